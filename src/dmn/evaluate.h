/* Evaluations of a model: inputs in, values of decisions out, with what led to them. */
#ifndef HEADROOM_DMN_EVALUATE_H
#define HEADROOM_DMN_EVALUATE_H

#include "dmn/model.h"
#include "feel/text.h"

/* One table as it was evaluated. */
struct dmn_trace_table {
    const struct dmn_table *table;
    struct feel_value *inputs; /* one of each input column */
    uint32_t *rules;           /* numbers from 1 of the rules that matched, in table order */
    uint32_t rule_count;
    struct dmn_trace_table *next;
};

/* One decision as it was evaluated. */
struct dmn_trace {
    const struct dmn_element *element;
    struct feel_value value;
    struct dmn_trace_table *tables; /* newest first */
    struct dmn_trace *outer;        /* the decision that asked for it; NULL: the caller */
    struct dmn_trace *next;         /* in the order in which they were finished */
};

struct dmn_evaluation {
    struct feel_eval eval;
    const struct dmn_model *model;
    struct feel_globals globals;
    bool explain;
    struct dmn_trace *running;
    struct dmn_trace *first;
    struct dmn_trace *last;
};

/** Prepares an evaluation in an arena. False when memory is exhausted. */
bool dmn_evaluation_init(struct dmn_evaluation *evaluation, const struct dmn_model *model,
                         struct arena *arena, struct feel_limits limits,
                         const struct feel_moment *now) MUST_USE;
/** Sets an input data, or the value of a decision in place of its logic, by its name. What an
 * import leads to is set by a context under the name of the import, or by its own name alone for
 * every instance. False when something of that name is not there. */
bool dmn_evaluation_set(struct dmn_evaluation *evaluation, struct slice name,
                        struct feel_value value) MUST_USE;
/** Sets an input data or decision of the model. */
void dmn_evaluation_bind(struct dmn_evaluation *evaluation, const struct dmn_element *element,
                         struct feel_value value);
/** The value of a decision, or of any other element. */
struct feel_value dmn_evaluation_get(struct dmn_evaluation *evaluation,
                                     const struct dmn_element *element);
/** Calls a decision service or knowledge model with arguments by name. */
struct feel_value dmn_evaluation_invoke(struct dmn_evaluation *evaluation,
                                        const struct dmn_element *element,
                                        const struct feel_context *arguments);
/** The value of an output decision of a service, with its inputs from the evaluation. */
struct feel_value dmn_evaluation_service(struct dmn_evaluation *evaluation,
                                         const struct dmn_element *service,
                                         const struct dmn_element *output);

#endif
