/* The chain of ledger commands that a decision owes. Pure: from what was approved and what stands
 * to commands as JSON. */
#ifndef HEADROOM_CREDIT_ACTIVATION_H
#define HEADROOM_CREDIT_ACTIVATION_H

#include "credit/decision.h"

/** A limit after the chain was accepted. */
struct activation_limit {
    char id[40];
    const char *kind;    /* "total", "rule", "line" */
    struct slice clause; /* of the decision; id of the rule; "total" */
    char parents[1024];  /* ids, a space between */
    enum currency currency;
    int64_t cap_minor;
    bool opened; /* else it stood before */
};

struct activation {
    const struct decision *decision;
    const struct proposal *proposal;
    const struct credit_rule *rules;
    size_t rule_count;
    const struct credit_limit *standing; /* of the customer, in any legal entity */
    size_t standing_count;
    const struct slice *group_limits; /* of the customer's group, that its total stands below */
    size_t group_limit_count;
    /* Set by activation_build. */
    struct activation_limit *limits;
    size_t limit_count;
    struct buffer commands; /* to be released by the caller */
    size_t command_count;
};

/** Builds the chain: limits of the pack opened or brought to their cap of today, the customer's
 *  total opened or raised by what was approved, the lines below it. CURRENCY_DIFFERS and
 *  AMOUNT_OVERFLOW of the total; NO_RULES where more limits would stand above it than a path has.
 */
enum credit_status activation_build(struct activation *activation, struct arena *arena) MUST_USE;
/** The limit that stands for a rule of the pack, in the rule's currency and the decision's legal
 *  entity; NULL: none. */
const struct credit_limit *activation_rule(const struct activation *activation,
                                           const struct credit_rule *rule);
/** How the ledger is to measure and to control a limit of the pack. */
struct slice credit_rule_measure(const struct credit_rule *rule);
struct slice credit_rule_mode(const struct credit_rule *rule);
bool activation_counts(const struct credit_rule *rule, const struct proposal_line *line);

#endif
