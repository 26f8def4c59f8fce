/* What the files of the evaluator share; nobody else includes this. */
#ifndef HEADROOM_FEEL_EVAL_INNER_H
#define HEADROOM_FEEL_EVAL_INNER_H

#include "feel/eval.h"

struct feel_value feel_eval_call(struct feel_eval *eval, const struct feel_node *node,
                                 struct feel_value *frame);
struct feel_value feel_eval_closure(struct feel_eval *eval, const struct feel_node *node,
                                    const struct feel_value *frame);
struct feel_value feel_eval_iteration(struct feel_eval *eval, const struct feel_node *node,
                                      struct feel_value *frame);
struct feel_value feel_eval_filter(struct feel_eval *eval, const struct feel_node *node,
                                   struct feel_value *frame);

#endif
