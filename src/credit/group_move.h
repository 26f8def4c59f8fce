/* Groups and their limits: a total limit of a group opened or changed, customers joining and
 * leaving with their limits, two groups merged, a part of one split off; and with each of these, or
 * for themselves, the limits that the pack in force has for groups (group_rule.h).
 *
 * One person proposes and another agrees. With the consent stands, in the same transaction, the
 * chain that the ledger is owed, and group and customers are kept from other changes. When the
 * ledger has accepted it, the group is what was planned, in the transaction that stores the answer;
 * when it refuses, nothing of it has changed.
 *
 *     proposed -> owed -> done | refused (by the ledger)
 *         +-> rejected
 *
 * Under a group's total stand the totals of its members, so that all that is drawn counts there.
 * Source: guideline on risks of group customers, art. 10 to 12: a total for the group, shared out
 * among its members (商业银行集团客户授信业务风险管理指引, 集团授信总额). */
#ifndef HEADROOM_CREDIT_GROUP_MOVE_H
#define HEADROOM_CREDIT_GROUP_MOVE_H

#include "credit/group_rule.h"
#include "credit/move.h"
#include "customer/obligor_group.h"

#define GROUP_MOVE_PURPOSE "group-move"

/* X(identifier, name, audit action of the group) */
#define GROUP_MOVE_LIST(X)                                                                         \
    X(LIMIT, "limit", "group.limit")                                                               \
    X(JOIN, "join", "group.join")                                                                  \
    X(LEAVE, "leave", "group.leave")                                                               \
    X(MERGE, "merge", "group.merge")                                                               \
    X(SPLIT, "split", "group.split")                                                               \
    X(RULES, "rules", "group.rules")

enum group_move_kind {
#define X(identifier, name, action) GROUP_MOVE_##identifier,
    GROUP_MOVE_LIST(X)
#undef X
        GROUP_MOVE_COUNT
};
struct slice group_move_kind_name(enum group_move_kind kind);

enum { GROUP_MOVE_TEXT_SIZE = 40 };

/** What a person asks. Which members are needed and which may not be there: group_move_read. */
struct group_move_request {
    enum group_move_kind kind;
    struct slice group;      /* of a merge: that goes; of a split: that gives */
    struct slice target;     /* of a merge: that takes */
    struct slice *customers; /* that join, leave, or split off */
    size_t customer_count;
    bool has_cap;
    int64_t cap_minor; /* of a limit, or of the new group's */
    enum currency currency;
    bool cap_moves;                        /* of a merge: the target's cap rises by the source's;
                                              of a split: the source's falls by the new one */
    struct slice name, organisation, lead; /* of a split: the new group's */
};

struct group_move {
    int64_t number;
    struct slice legal_entity;
    struct group_move_request request;
    struct slice body; /* the request as JSON */
    struct slice reason, state;
    time_us proposed;
    struct slice proposed_by, person; /* person empty: a token */
    struct slice agreed_by;           /* empty: not yet */
    struct slice made;                /* of a split: the id of the new group */
    time_us ended;                    /* TIME_NONE: not yet */
    struct slice rules; /* JSON: the pack's limits that it goes by; empty: those of the day */
};

/** A limit of the pack over a group, as it stands and as it will. */
struct group_rule_turn {
    struct group_rule was, is;      /* was.id empty: it is opened */
    const struct credit_rule *rule; /* NULL: the pack has it no more */
};

/** One of the groups of a move. */
struct group_side {
    const struct obligor_group *group; /* NULL: there is none */
    struct group_rule_turn *rules;
    size_t rule_count;
    unsigned types; /* of its members as they will be, a bit each */
    bool reforms;   /* a limit over it is opened or closed: all members are turned */
    bool adjusts;   /* or has another cap or mode */
};

/** A limit of the pack that stands over one customer alone. */
struct group_own {
    struct slice id, customer, decision;
    const struct credit_limit *standing; /* NULL: it is opened */
    const struct credit_rule *rule;
};

/** A member's total, or that it has none. */
struct group_turn {
    struct slice customer;
    struct slice type;                /* of the customer */
    const struct credit_limit *total; /* NULL: none */
    const struct credit_limit *limits;
    size_t limit_count;
    struct slice parents;        /* as they will be */
    const struct group_side *to; /* the group that it will be in; NULL: none */
};

/** What a move would do, from what stands now. */
struct group_plan {
    struct obligor_group from, to; /* as they will be; to.id empty: no other */
    bool from_changes, to_changes; /* their limits do */
    bool opens;                    /* a total is opened, of `to` in a split, else of `from` */
    bool closes;                   /* a merge: the source's total */
    bool has_pack;                 /* one is in force */
    struct credit_rule *rules;     /* its limits, for all types of customers */
    size_t rule_count;
    struct group_side sides[2]; /* of `from` and `to` */
    struct group_own *own;
    size_t own_count;
    struct group_turn *turns;
    size_t turn_count, turn_room;
    size_t mover_count;    /* the first: who comes or goes; the others stay */
    struct slice commands; /* a JSON array */
    size_t command_count;
    struct slice *limits; /* ids of those that the commands name */
    size_t limit_count;
    struct slice hash; /* of what was asked and what it comes to, whoever looks */
    enum customer_status customer_status; /* of MOVE_CUSTOMER */
};

/** Reads what a person asks; texts point into `value`. BAD_GROUP_MOVE */
enum credit_status group_move_request_read(struct group_move_request *ret_request,
                                           struct arena *arena,
                                           const struct json_value *value) MUST_USE;
/** Plans from what stands, within a transaction. In: move  request, number, state, rules; shelf
 *  NULL: by the rules of the move, as it was agreed to. Returns NO_RULES where a limit of the pack
 *  has no amount today. */
enum credit_status group_plan_make(struct store *store, struct group_plan *ret_plan,
                                   struct arena *arena, const struct people_actor *actor,
                                   struct pack_shelf *shelf,
                                   const struct group_move *move) MUST_USE;

/* ---- changes, each a transaction ---- */

/** Proposes, in a transaction. In: move  request, body, reason. MOVE_CUSTOMER also as of
 *  group_move_reached. */
enum credit_status group_move_propose(struct store *store, int64_t *ret_number,
                                      enum customer_status *ret_customer, struct arena *arena,
                                      const struct move_asking *asking,
                                      const struct group_move *move) MUST_USE;
/** What a move would do, whether it is proposed or not: as of group_move_propose, and nothing is
 *  changed; within a transaction. */
enum credit_status group_move_foresee(struct store *store, struct group_plan *ret_plan,
                                      enum customer_status *ret_customer, struct arena *arena,
                                      const struct move_asking *asking,
                                      const struct group_move *move) MUST_USE;
/** In: shown  the hash of the plan that the person was shown. Returns MOVE_CUSTOMER as of
 *  group_move_reached, FOUR_EYES, MOVE_ENDED, SHOWN_NEEDED where it is empty, SHOWN_CHANGED, and
 *  what group_plan_make says. */
enum credit_status group_move_agree(struct store *store, enum customer_status *ret_customer,
                                    struct arena *arena, const struct move_asking *asking,
                                    int64_t number, struct slice shown) MUST_USE;
/** Who reaches the organisation of the group of a move rejects it. */
enum credit_status group_move_reject(struct store *store, enum customer_status *ret_customer,
                                     struct arena *arena, const struct move_asking *asking,
                                     int64_t number, struct slice reason) MUST_USE;
/** What goes on when the ledger has answered, within the transaction that stores the answer. */
enum credit_status group_move_answered(struct store *store, struct arena *arena,
                                       const struct outbox_chain *chain) MUST_USE;

/** Enters a group, and owes the ledger the limits that the pack has for it. As of
 * obligor_group_add; in a transaction of its own. */
enum credit_status group_enter(struct store *store, struct obligor_group *ret_group,
                               enum customer_status *ret_customer, struct arena *arena,
                               const struct customer_asking *asking, struct pack_shelf *shelf,
                               const struct obligor_group_draft *draft) MUST_USE;
/** Brings the limits of the pack over a customer's group to those of today, within the transaction
 *  of a decision about the customer. Out: ret_waits  it cannot be decided yet, because one of the
 *  limits does not stand and somebody of the group has something under way */
enum credit_status group_rules_bring(struct store *store, bool *ret_waits, struct arena *arena,
                                     struct pack_shelf *shelf, struct slice legal_entity,
                                     struct slice customer, time_us now) MUST_USE;

/* ---- reading, within a transaction; texts in `arena` ---- */

/** Whether somebody reaches the organisation of each group of a move, and each customer that joins:
 *  who does may propose it, agree to it, and be shown what it would do to their limits.
 *  MOVE_CUSTOMER with NO_GROUP or NOT_FOUND: they do not. */
enum credit_status group_move_reached(struct store *store, enum customer_status *ret_customer,
                                      struct arena *arena, const struct customer_reach *reach,
                                      const struct group_move_request *request) MUST_USE;
/** MOVE_NOT_FOUND also where who asks does not see the group. */
enum credit_status group_move_read(struct store *store, struct group_move *ret_move,
                                   struct arena *arena, const struct customer_reach *reach,
                                   int64_t number) MUST_USE;
/** Those of a group (empty: all) with numbers below `below`, newest first, within reach; ret_last 0
 *  where there are no more. */
enum credit_status group_move_page(struct store *store, struct group_move **ret_moves,
                                   size_t *ret_count, int64_t *ret_last, struct arena *arena,
                                   const struct customer_reach *reach, struct slice group,
                                   int64_t below, size_t count) MUST_USE;

#endif
