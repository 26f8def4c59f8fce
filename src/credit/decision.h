/* Decisions (批复) and their activation: what was approved becomes limits in the ledger.
 *
 * A decision is stored with the decider, the proof of authority and the limits of the pack that it
 * must fit, and with it, in the same transaction, the chain of commands that the ledger is owed.
 * One customer's decisions go one after the other: while the ledger owes an answer to one, the next
 * waits, because the cap of the customer's total limit follows from the answer.
 *
 *     waiting -> owed -> active | refused            rejected: the end at once
 *
 * Ids of limits: APPLICATION.T the customer's total, APPLICATION.N the n-th line, depth first,
 * APPLICATION.RN the n-th limit of the pack. `case` of each is DECISION#CLAUSE. */
#ifndef HEADROOM_CREDIT_DECISION_H
#define HEADROOM_CREDIT_DECISION_H

#include "credit/application.h"
#include "credit/outbox.h"

struct pack_shelf;

enum {
    CREDIT_RULES_MAX = 20, /* over one customer */
    CREDIT_PACK_RULES_MAX = 200,
};

#define DECISION_PURPOSE "activation"

/** A limit of the pack in force for the customer: the ledger counts it for the customer's total
 *  limit, or for the lines of some products. */
struct credit_rule {
    struct slice id; /* "CN.LEX1" */
    enum currency currency;
    int64_t cap_minor;
    struct slice measure;         /* "nominal", "exposure", "weighted" */
    struct slice mode;            /* "hard", "soft", "off" */
    const struct slice *products; /* ids; with none it counts the total */
    size_t product_count;
    bool of_group;       /* it counts all of a group of connected customers */
    struct slice types;  /* of customers, ';' between; empty: all */
    struct slice zh, en; /* its name; not kept in the store */
};

/** What a person decided. */
struct credit_verdict {
    struct slice application;
    struct slice case_ref;
    struct slice step; /* of the case: a step is decided once */
    struct slice decider;
    bool approve;
    struct slice opinion;  /* may be empty */
    struct slice proof;    /* JSON: the decision table's own account; may be empty */
    date_days valid_until; /* last day of drawing; DATE_NONE: open */
    const struct credit_rule *rules;
    size_t rule_count;
};

struct decision {
    struct slice id; /* "AP-00000001.D1" */
    struct slice application;
    struct slice case_ref;
    struct slice step;
    struct slice legal_entity;
    struct slice customer;
    bool approve;
    struct slice decider;
    struct slice opinion;
    struct slice body;  /* JSON: what was approved */
    struct slice rules; /* JSON */
    struct slice proof; /* JSON; empty: none */
    date_days valid_until;
    time_us made;
    struct slice state;
};

/** Decides, in one transaction or as a part of the caller's. The same step again with the same
 *  outcome changes nothing and gives the decision that stands; with another one it is DECIDED. */
enum credit_status credit_decide(struct store *store, struct decision *ret_decision,
                                 struct arena *arena, const struct credit_asking *asking,
                                 const struct credit_verdict *verdict) MUST_USE;
/** What goes on when the ledger has answered a decision's chain; within the transaction that stores
 *  the answer. Also builds the chain of the customer's next decision. */
enum store_status credit_answered(struct store *store, const struct outbox_chain *chain) MUST_USE;

/** The customer's next decision that waits gets its turn, unless one is owed already. */
enum credit_status credit_turn(struct store *store, struct arena *arena, struct slice legal_entity,
                               struct slice customer, time_us now) MUST_USE;
/** The same in each legal entity: after a move, for which all of them waited. */
enum credit_status credit_turns(struct store *store, struct arena *arena, struct slice customer,
                                time_us now) MUST_USE;

enum credit_status decision_read(struct store *store, struct decision *ret_decision,
                                 struct arena *arena, struct slice id) MUST_USE;
/** Those of an application, in order. */
enum credit_status decisions_read(struct store *store, struct decision **ret_decisions,
                                  size_t *ret_count, struct arena *arena,
                                  struct slice application) MUST_USE;

/** A limit that a decision opened and the ledger accepted. */
struct credit_limit {
    struct slice id;
    struct slice kind; /* "total", "rule", "line" */
    struct slice decision;
    struct slice clause;
    struct slice parents; /* ids, a space between */
    enum currency currency;
    int64_t cap_minor;
    struct slice legal_entity;
    struct slice
        customer; /* whose it is now; as the ledger has it the holder is for ever the first */
};
enum credit_status credit_limits_read(struct store *store, struct credit_limit **ret_limits,
                                      size_t *ret_count, struct arena *arena,
                                      struct slice customer) MUST_USE;

/** The same of a customer and of all that were merged into it.
 *  Out: ret_turned  ids of limits whose holder in the ledger is one of these, and that are another
 *                   customer's now */
enum credit_status credit_family_limits_read(struct store *store, struct credit_limit **ret_limits,
                                             size_t *ret_count, struct slice **ret_turned,
                                             size_t *ret_turned_count, struct arena *arena,
                                             const struct slice *family,
                                             size_t family_count) MUST_USE;

/** What a proposal is held against before it is submitted or decided. */
struct credit_test {
    struct slice rule;  /* of the pack; empty: the total of the group */
    struct slice limit; /* of the ledger; empty: one that is not open yet */
    bool of_group;
    struct slice zh, en; /* its name */
    enum currency currency, required_currency;
    int64_t cap_minor, required_minor; /* where it is not open yet */
};
struct credit_foresight {
    struct slice group; /* of the customer; empty: none */
    /* A JSON array for a chain: `prelude_count` commands that bring the limits of the pack to those
     * of the day, as a decision would, then one `check` for each test with a limit, in order. */
    struct slice commands;
    size_t prelude_count;
    struct slice checks;       /* the latter alone */
    struct slice breaks;       /* a JSON array: what limits that are not open yet do not hold */
    struct credit_test *tests; /* first those with a limit, then the breaks */
    size_t test_count, break_count;
};

/** What to ask the ledger before: whether the lines, drawn in full, would fit every limit of the
 * pack over the customer and its group, and the total of the group. In: rules  of the customer's
 * type, of scopes customer and group; shelf NULL: what stands is taken as it is */
enum credit_status credit_foresee(struct store *store, struct credit_foresight *ret_foresight,
                                  struct arena *arena, const struct application *application,
                                  const struct credit_rule *rules, size_t rule_count,
                                  struct pack_shelf *shelf, time_us now) MUST_USE;

#endif
