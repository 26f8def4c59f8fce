/* The pack in force for an application, and its limits as rules that a customer's lines must fit.
 */
#ifndef HEADROOM_CREDIT_PACK_RULES_H
#define HEADROOM_CREDIT_PACK_RULES_H

#include "credit/decision.h"
#include "customer/customer.h"
#include "pack/pack_store.h"

/** What an application stands on. */
struct credit_ground {
    struct proposal proposal;
    const struct pack *pack; /* in force at its organisation */
    struct slice hash;       /* of the pack */
    struct slice customer_type;
};

/** Within a transaction. NO_PACK, CUSTOMER_NOT_FOUND; texts in `arena`. */
enum credit_status credit_ground_read(struct store *store, struct credit_ground *ret_ground,
                                      struct arena *arena, struct pack_shelf *shelf,
                                      const struct application *application) MUST_USE;
/** The limits of the pack that are on and in force on a day, of scopes `customer` and `group`, for
 * a type of customers (empty: for all of them); those of other scopes (related parties) are not
 * among them. A limit with products counts these and all that stand below them. Amounts are rounded
 * down to minor units. NO_RULES where a formula has no value on that day, where a limit of groups
 * counts some products alone, or where there are more than CREDIT_RULES_MAX (for all types:
 *  CREDIT_PACK_RULES_MAX). Texts point into `pack` and `arena`. */
enum credit_status pack_rules(struct credit_rule **ret_rules, size_t *ret_count,
                              struct arena *arena, const struct pack *pack,
                              struct slice customer_type, date_days day) MUST_USE;
/** Whether a list of types of customers, ';' between, has one; an empty list has all. */
bool credit_types_have(struct slice types, struct slice type);
/** Whether a rule stands over a customer that belongs to no group, and so is a group of its own:
 * one of groups does unless one of customers lets no more of the same through. */
bool credit_rule_alone(const struct credit_rule *rules, size_t count, size_t index,
                       struct slice type);
/** Whether a rule has a limit over one customer: one of customers that counts the type; of groups,
 * one that stands over a customer of no group. */
bool credit_rule_own(const struct credit_rule *rules, size_t count, size_t index, struct slice type,
                     bool in_group);
/** Whether an open limit of a customer is that of a rule, in a legal entity. */
bool credit_limit_is(const struct credit_limit *limit, struct slice legal_entity,
                     const struct credit_rule *rule);
/** NO_PACK where none is in force. */
enum credit_status credit_from_pack(enum pack_status status) MUST_USE;
/** Whether every product of a proposal is one of the pack's that is on. In: where  room for
 *  PROPOSAL_WHERE_SIZE bytes: the clause of the first line that is not */
bool pack_products_known(const struct pack *pack, const struct proposal *proposal, char *ret_where);

#endif
