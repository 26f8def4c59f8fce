/* The pack's limits over one customer of no group, brought to those of the day: after a new figure
 * of capital, when no decision is at hand that would do it. The pack is in force because two people
 * wanted it so, and nothing is chosen here, so one person asks. What the ledger is owed is one
 * chain through the outbox; until it has answered, decisions about the customer wait. */
#ifndef HEADROOM_CREDIT_CUSTOMER_RULES_H
#define HEADROOM_CREDIT_CUSTOMER_RULES_H

#include "credit/group_move.h"

#define CUSTOMER_RULES_PURPOSE "customer-rules"

/** Whom, and what the ids of commands and new limits begin with, such as "CR-17": never the same
 *  twice. */
struct customer_rules_asked {
    struct slice customer;
    struct slice reason;
    const char *tag; /* "CR" of one alone, "RM" of a rule_move.h */
    int64_t number;
};

/** What it would change, within a transaction. In: asking  of a legal entity. Returns MOVE_CUSTOMER
 *  (beyond reach, merged, without a relation, in a group), NO_PACK, NO_RULES, MOVE_OPEN,
 *  DECISION_PENDING */
enum credit_status customer_rules_foresee(struct store *store, struct group_plan *ret_plan,
                                          enum customer_status *ret_customer, struct arena *arena,
                                          const struct move_asking *asking,
                                          const struct customer_rules_asked *asked) MUST_USE;
/** Owes what was planned to the ledger, within a transaction. In: plan  of some commands */
enum credit_status customer_rules_owe(struct store *store, const struct move_asking *asking,
                                      const struct customer_rules_asked *asked,
                                      const struct group_plan *plan) MUST_USE;
/** Owes it to the ledger, in a transaction of its own. Out: ret_count  commands; 0: nothing to do
 */
enum credit_status customer_rules_bring(struct store *store, size_t *ret_count,
                                        enum customer_status *ret_customer, struct arena *arena,
                                        const struct move_asking *asking,
                                        const struct customer_rules_asked *asked) MUST_USE;
/** What goes on when the ledger has answered, within the transaction that stores the answer. */
enum credit_status customer_rules_answered(struct store *store, struct arena *arena,
                                           const struct outbox_chain *chain) MUST_USE;

#endif
