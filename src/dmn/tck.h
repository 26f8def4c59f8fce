/* Test cases of the DMN technology compatibility kit. Format: testCases.xsd of the kit. */
#ifndef HEADROOM_DMN_TCK_H
#define HEADROOM_DMN_TCK_H

#include "dmn/evaluate.h"

struct dmn_tck_counts {
    uint32_t passed; /* cases all of whose result nodes equal */
    uint32_t failed;
};

/** Runs the cases of one test file on a model. Appends a line a result node to `report`:
 *  PASS|FAIL|ERROR file case node, with the difference of a failure behind it.
 *  False, with `reterr_error`, when the text is no test file. */
bool dmn_tck_run(const struct dmn_model *model, struct slice file, struct slice text,
                 const struct feel_moment *now, struct buffer *report,
                 struct dmn_tck_counts *counts, struct xml_error *reterr_error) MUST_USE;
/** The file name of the model that a test file names; data is NULL when it names none. */
bool dmn_tck_model_name(struct arena *arena, struct slice text, struct slice *ret_name) MUST_USE;

#endif
