/* The arithmetic, the comparisons and the properties of FEEL values. */
#ifndef HEADROOM_FEEL_OPERATOR_H
#define HEADROOM_FEEL_OPERATOR_H

#include "feel/eval.h"

/** FEEL_OP_ADD to FEEL_OP_POWER over two values. Source: DMN 1.5, tables 56 to 60. */
struct feel_value operator_arithmetic(struct feel_eval *eval, const struct feel_node *node,
                                      struct feel_value a, struct feel_value b);
struct feel_value operator_negate(struct feel_eval *eval, const struct feel_node *node,
                                  struct feel_value value);
/** FEEL_OP_EQUAL to FEEL_OP_MORE_EQUAL. Source: DMN 1.5, tables 52 to 54. */
struct feel_value operator_compare(struct feel_eval *eval, const struct feel_node *node,
                                   struct feel_value a, struct feel_value b);
/** The entry of a context, the property of a temporal value or range, or those of the items of a
 *  list. Source: DMN 1.5, tables 64 to 67. */
struct feel_value operator_path(struct feel_eval *eval, const struct feel_node *node,
                                struct feel_value value, struct slice name);
/** True when the name is a property of values of a kind that is no context. */
bool operator_property_known(struct slice name);
/** 1 when a value lies in a range, 0 when not, -1 when they cannot be compared. */
int operator_in_range(struct feel_value value, const struct feel_range *range);

#endif
