/* Questions to a model in JSON and their answers, for the command line and the server; and the
 * check of a model. */
#ifndef HEADROOM_DMN_ANSWER_H
#define HEADROOM_DMN_ANSWER_H

#include "dmn/evaluate.h"

struct dmn_question {
    struct slice decision; /* a decision, decision service or knowledge model, by name or id; of
                              dmn_answer_feel: the expression */
    struct slice input;    /* JSON: an object of inputs by name */
    bool explain;
    struct feel_limits limits; /* zero: the defaults */
    struct feel_moment now;    /* what now() and today() answer */
};

/* X(name): what becomes of a question. */
#define DMN_ANSWER_LIST(X)                                                                         \
    X(OK)                                                                                          \
    X(NO_DECISION) /* the model has none of that name */                                           \
    X(BAD_INPUT)   /* the input is no object of JSON */                                            \
    X(STOPPED)     /* the evaluation passed a bound of steps, depth or memory */

enum dmn_answer_status {
#define X(name) DMN_ANSWER_##name,
    DMN_ANSWER_LIST(X)
#undef X
};

/** Appends the answer as one JSON object: model, hash, decision, result, diagnostics, and with
 *  `explain` the decisions on the way with the tables' inputs and matched rules.
 *  Unless DMN_ANSWER_OK, the reason is appended to `reterr_text` and nothing to `out`. The arena
 *  takes all memory. */
enum dmn_answer_status dmn_answer(const struct dmn_model *model, struct arena *arena,
                                  const struct dmn_question *question, struct buffer *out,
                                  struct buffer *reterr_text) MUST_USE;
/** Appends the value of one FEEL expression, `question->decision`, over the members of the input,
 * as an object of result and diagnostics. DMN_ANSWER_NO_DECISION when the text is no FEEL. */
enum dmn_answer_status dmn_answer_feel(struct arena *arena, const struct dmn_question *question,
                                       struct buffer *out, struct buffer *reterr_text) MUST_USE;
/** Writes what can be asked of a model as members of an object: its name, namespace and hash, how
 *  many problems were found in it, its inputs and its decisions, services and knowledge models with
 *  their types. */
void dmn_describe(const struct dmn_model *model, struct json_writer *writer);
/** Appends the findings on a model, a line each: problems of expressions and references, gaps,
 *  overlaps and unreachable rules of tables, unused inputs. Returns their number. */
uint32_t dmn_check(const struct dmn_model *model, struct buffer *out);

#endif
