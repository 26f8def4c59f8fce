/* A script plays one case: lines of JSON, each a step or a move of the clock, with what is expected
 * in between. For analysts and for tests of models. */
#ifndef HEADROOM_BPMN_SCRIPT_H
#define HEADROOM_BPMN_SCRIPT_H

#include "bpmn/case.h"

enum { BPMN_SCRIPT_STEPS_MAX = 100000, BPMN_STEP_MEMORY_MAX = 64 << 20 };

struct bpmn_script {
    const struct bpmn_model *model;
    const struct bpmn_calendar *calendar; /* NULL: the default */
    const struct bpmn_limits *limits;     /* NULL: the default */
    struct slice text;
    /* Told of every effect in turn; may be NULL. */
    void (*show)(void *data, const struct bpmn_case *state, const struct bpmn_effect *effect);
    void *data;
    struct buffer state; /* out: the state at the end, to be released by the caller */
};

/** Plays the script; between any two steps the state is saved and loaded. False, with line and
 *  reason appended to `reterr_text`, when a line is no step, is refused, or an expectation is not
 *  met. */
bool bpmn_script_run(struct bpmn_script *script, struct buffer *reterr_text) MUST_USE;

#endif
