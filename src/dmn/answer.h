/* Questions to a model in JSON and their answers, for the command line and the server; and the
 * check of a model. */
#ifndef HEADROOM_DMN_ANSWER_H
#define HEADROOM_DMN_ANSWER_H

#include "dmn/evaluate.h"

struct dmn_question {
    struct slice decision; /* a decision, decision service or knowledge model, by name or id */
    struct slice input;    /* JSON: an object of inputs by name */
    bool explain;
    struct feel_limits limits; /* zero: the defaults */
    struct feel_moment now;    /* what now() and today() answer */
};

/** Appends the answer as one JSON object: model, hash, decision, result, diagnostics, and with
 *  `explain` the decisions on the way with the tables' inputs and matched rules.
 *  False, with the reason appended to `reterr_text`, when there is no such decision, the input is
 * no object of JSON, or the bounds of the evaluation are passed. The arena takes all memory. */
bool dmn_answer(const struct dmn_model *model, struct arena *arena,
                const struct dmn_question *question, struct buffer *out,
                struct buffer *reterr_text) MUST_USE;
/** Appends the findings on a model, a line each: problems of expressions and references, gaps,
 *  overlaps and unreachable rules of tables, unused inputs. Returns their number. */
uint32_t dmn_check(const struct dmn_model *model, struct buffer *out);

#endif
