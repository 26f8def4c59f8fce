/* The pack's limits over many customers of no group, brought to those of the day together, after a
 * new figure of capital: one person proposes whom, another agrees to what was shown. With the
 * consent stands, in the same transaction, a chain that the ledger is owed for each of them, as of
 * customer_rules.h; each is accepted or refused by itself.
 *
 *     proposed -> agreed
 *         +-> rejected
 *
 * Whose limits are not of the day: rule_difference.h. Those of a group: its own move. */
#ifndef HEADROOM_CREDIT_RULE_MOVE_H
#define HEADROOM_CREDIT_RULE_MOVE_H

#include "credit/customer_rules.h"

enum { RULE_MOVE_CUSTOMERS_MAX = 200 }; /* of one: as many as a page of the list has */

struct rule_move {
    int64_t number;
    struct slice legal_entity;
    const struct slice *customers; /* each once */
    size_t customer_count;
    struct slice body; /* them, as JSON */
    struct slice reason, state;
    time_us proposed;
    struct slice proposed_by, person;
    struct slice agreed_by; /* empty: not yet */
    time_us ended;          /* TIME_NONE: not yet */
};

/* X(identifier, name) */
#define RULE_TURN_LIST(X)                                                                          \
    X(READY, "ready")     /* its limits change */                                                  \
    X(TODAY, "today")     /* they are of the day */                                                \
    X(WAITING, "waiting") /* a move or a decision is under way: it is left out */                  \
    X(GROUPED, "grouped") /* it is a member of a group by now: left out */                         \
    X(GONE, "gone")       /* it was merged into another: left out */

enum rule_turn_state {
#define X(identifier, name) RULE_TURN_##identifier,
    RULE_TURN_LIST(X)
#undef X
};
struct slice rule_turn_name(enum rule_turn_state state);

struct rule_turn {
    struct slice customer;
    enum rule_turn_state state;
    struct group_plan plan; /* of READY and TODAY */
};

/** What a move would do, from what stands now. */
struct rule_move_plan {
    struct rule_turn *turns;
    size_t turn_count;
    struct slice commands; /* of all, a JSON array, to be looked at together */
    size_t command_count;
    struct slice *limits; /* ids of those that the commands name */
    size_t limit_count;
    struct slice hash; /* of whom it names and what it comes to, whoever looks */
};

/** The customers of a body {"customers": [...], "reason"}; false when it is no such object, names
 *  none, too many, or one twice. Texts point into `body`. */
bool rule_move_request_read(struct rule_move *ret_move, struct arena *arena,
                            const struct json_value *body) MUST_USE;
/** Plans from what stands, within a transaction. In: move  number, customers. Out: ret_customer  of
 *  MOVE_CUSTOMER: one of them is nobody's, or out of reach. NO_PACK, NO_RULES; TOO_MANY_LIMITS
 *  where more than OUTBOX_COMMANDS_MAX commands would be needed. */
enum credit_status rule_move_plan_make(struct store *store, struct rule_move_plan *ret_plan,
                                       enum customer_status *ret_customer, struct arena *arena,
                                       const struct move_asking *asking,
                                       const struct rule_move *move) MUST_USE;

/* ---- changes, each a transaction ---- */

/** Proposes. In: move  customers, reason; asking  a person of a legal entity. As of
 *  rule_move_plan_make. */
enum credit_status rule_move_propose(struct store *store, int64_t *ret_number,
                                     enum customer_status *ret_customer, struct arena *arena,
                                     const struct move_asking *asking,
                                     const struct rule_move *move) MUST_USE;
/** In: shown  the hash of the plan that the person was shown. Returns FOUR_EYES, MOVE_ENDED,
 *  SHOWN_NEEDED where it is empty, SHOWN_CHANGED, and what rule_move_plan_make says. */
enum credit_status rule_move_agree(struct store *store, enum customer_status *ret_customer,
                                   struct arena *arena, const struct move_asking *asking,
                                   int64_t number, struct slice shown) MUST_USE;
enum credit_status rule_move_reject(struct store *store, struct arena *arena,
                                    const struct move_asking *asking, int64_t number,
                                    struct slice reason) MUST_USE;

/* ---- reading, within a transaction; texts in `arena` ---- */

/** MOVE_NOT_FOUND also where who asks does not reach each of its customers. */
enum credit_status rule_move_read(struct store *store, struct rule_move *ret_move,
                                  struct arena *arena, const struct customer_reach *reach,
                                  int64_t number) MUST_USE;
/** Those with numbers below `below`, newest first, within reach; ret_last 0 where there are no
 *  more. */
enum credit_status rule_move_page(struct store *store, struct rule_move **ret_moves,
                                  size_t *ret_count, int64_t *ret_last, struct arena *arena,
                                  const struct customer_reach *reach, int64_t below,
                                  size_t count) MUST_USE;

#endif
