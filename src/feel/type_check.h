/* Types that cannot be right, found without evaluating: the operands of an operator, the arguments
 * of a call, a test of a value of another kind. Only what fails for every value is reported. */
#ifndef HEADROOM_FEEL_TYPE_CHECK_H
#define HEADROOM_FEEL_TYPE_CHECK_H

#include "feel/eval.h"

struct feel_type_check {
    /* Told of each finding; `source` may be NULL. */
    void (*report)(void *data, const struct feel_source *source, uint32_t position,
                   struct slice message);
    void *data;
    const struct feel_source *source; /* of the node at hand */
    struct arena *arena;
};

/** Walks through an expression and whatever it holds. */
void feel_type_check(struct feel_type_check *check, const struct feel_node *node);
/** True when some value of one type can be bound to a variable of another. */
bool feel_type_can_convert(const struct feel_type *type, const struct feel_type *target);

#endif
