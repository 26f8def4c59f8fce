/* Limits of the pack that stand in the ledger otherwise than the pack in force has them today:
 * after a new figure of capital, a new ratio, another pack. Found by reading; nothing is changed,
 * since a mistyped figure would be everywhere before anyone saw it. How they are brought to the
 * day: customer_rules.h, group_move.h (kind `rules`), rule_move.h. */
#ifndef HEADROOM_CREDIT_RULE_DIFFERENCE_H
#define HEADROOM_CREDIT_RULE_DIFFERENCE_H

#include "credit/group_rule.h"
#include "credit/pack_rules.h"
#include "customer/obligor_group.h"

/** One limit, as the ledger has it and as the pack has it. */
struct rule_difference_limit {
    struct slice id;   /* of the ledger's limit; empty: none stands, it would be opened */
    struct slice rule; /* of the pack: "CN.LEX1" */
    enum currency currency;
    int64_t was_minor; /* where `id` is not empty */
    int64_t is_minor;  /* where it is not `closes` */
    bool closes;       /* of a group: the pack has it no more */
    struct slice mode; /* of a group: the new one; empty: the same */
    bool types;        /* of a group: other types of customers are counted */
};

/** A customer or a group with such limits. */
struct rule_difference {
    bool of_group;
    struct slice id, name;
    struct slice type;  /* of a customer */
    struct slice group; /* whose member the customer is: they are brought by a move of it */
    bool waits;         /* a move or a decision is under way; nothing can be asked for before */
    struct rule_difference_limit *limits;
    size_t limit_count;
};

/** A place in the list: behind a customer, or behind a group and so many that are not seen. */
struct rule_difference_place {
    bool of_group;
    struct slice id; /* of a customer */
    int64_t order;   /* when it was entered; of a group its number */
    int64_t passed;
};

/** A page, customers and then groups, each in the order in which they were entered: a place in it
 *  tells nobody a name. */
struct rule_difference_query {
    bool customers, groups;          /* which are looked for */
    struct slice organisation, path; /* customers at or below; empty: all within reach */
    struct slice rule;               /* with a difference of this limit of the pack; empty: any */
    bool behind;
    struct rule_difference_place from; /* where `behind` */
    size_t count;
};

struct rule_difference_page {
    struct rule_difference *items;
    size_t count;
    bool more; /* there may be more behind `last`; the page may be short then, even empty */
    struct rule_difference_place last; /* the last that was looked at */
};

/** Within a transaction: the page, of the legal entity of `reach`; at most some hundred customers
 *  are looked at for it. In: today  the day of the rules. NO_RULES where a limit of the pack has no
 *  amount today at an organisation of one that was looked at. */
enum credit_status rule_differences_read(struct store *store, struct rule_difference_page *ret_page,
                                         struct arena *arena, struct pack_shelf *shelf,
                                         const struct customer_reach *reach,
                                         const struct rule_difference_query *query,
                                         date_days today) MUST_USE;

#endif
