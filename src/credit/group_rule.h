/* The pack's limits over groups of connected customers, as they stand in the ledger.
 *
 * A group has one limit of the ledger for each limit of the pack of scope `group` that counts one
 * of its members by the type of the customer. Below it stand the totals of those members; and the
 * group's own total, where it counts them all. Opened, changed and closed by moves of the group
 * alone (group_move.h), so that each goes with the members that stand below it.
 * Source: measures for large exposures of commercial banks, art. 7 to 9
 * (商业银行大额风险暴露管理办法). */
#ifndef HEADROOM_CREDIT_GROUP_RULE_H
#define HEADROOM_CREDIT_GROUP_RULE_H

#include "credit/decision.h"

enum { GROUP_RULES_MAX = 20 }; /* that stand over one group */

struct group_rule {
    struct slice id;    /* of the ledger's limit: "GR-00000001.R1" */
    int64_t number;     /* of the group's, from 1 */
    struct slice rule;  /* of the pack: "CN.LEX2" */
    struct slice types; /* of customers, ';' between; empty: all */
    enum currency currency;
    int64_t cap_minor;
    struct slice mode; /* "hard", "soft", "off" */
    bool above_total;  /* the group's total stands below it */
    bool closed;
};

/** All that a group ever had, by number, within a transaction; texts in `arena`. */
enum credit_status group_rules_read(struct store *store, struct group_rule **ret_rules,
                                    size_t *ret_count, struct arena *arena,
                                    struct slice group) MUST_USE;
enum credit_status group_rule_put(struct store *store, struct slice group,
                                  const struct group_rule *rule) MUST_USE;

#endif
