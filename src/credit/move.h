/* Customers merged and split, with their limits.
 *
 * One person proposes, and for each legal entity that it concerns another one agrees: whoever has a
 * relation to one of the customers, or limits. With the last consent stands, in the same
 * transaction, the chain of `limit.move` that the ledger is owed, and the customers are kept from
 * other changes. When the ledger has accepted it, the customers become one (or two), in the
 * transaction that stores the answer; when it refuses, nothing of them has changed.
 *
 *     proposed -> owed -> done | refused (by the ledger)
 *         +-> rejected
 *
 * A limit keeps the holder under which it was opened. Of a merged customer the total stands below
 * that of the one that took it, so that all that is drawn counts there; its lines count on the
 * pack's limits of that one. */
#ifndef HEADROOM_CREDIT_MOVE_H
#define HEADROOM_CREDIT_MOVE_H

#include "credit/decision.h"
#include "customer/customer_merge.h"

struct pack_shelf;

#define MOVE_PURPOSE "move"

enum {
    MOVE_PAGE_MAX = 200,
    MOVE_CHOSEN_MAX = 200,       /* limits that are named */
    MOVE_BYTES = 256 << 20,      /* of planning one */
    MOVE_ENTITIES_MAX = 64,      /* legal entities that one concerns */
    MOVE_PARENTS_SIZE = 31 * 33, /* of the ids of parents, a space between */
};

enum move_kind { MOVE_MERGE, MOVE_SPLIT };
struct slice move_kind_name(enum move_kind kind);

/** What is to move. Of a merge all does. */
struct move_request {
    bool cap_added; /* the total that takes rises by what comes, and falls by what goes */
    bool all_identifiers, all_limits; /* of a split that takes a merge back; else these */
    struct customer_identifier identifiers[CUSTOMER_IDENTIFIERS_MAX];
    size_t identifier_count;
    struct slice limits[MOVE_CHOSEN_MAX]; /* lines at the top, with all below them */
    size_t limit_count;
};

struct move {
    int64_t number;
    enum move_kind kind;
    struct slice source,
        target; /* a merge: source into target; a split: out of source, to target */
    struct move_request request;
    struct slice reason;
    struct slice state;
    time_us proposed;
    struct slice proposed_by;
    struct slice person;       /* behind the proposer; empty: a token */
    struct slice plan, result; /* JSON; empty: not yet */
    time_us ended;             /* TIME_NONE: not yet */
};

struct move_consent {
    struct slice legal_entity, actor, person;
    time_us at;
};

/** A limit of the credit plane that changes. */
struct move_limit {
    const struct credit_limit *was;
    struct slice customer; /* as it will be, like the next two */
    int64_t cap_minor;
    struct slice parents;
};

/** What a move would do, from what stands now. */
struct move_plan {
    struct customer_merge customers;
    struct move_limit *limits; /* those that change */
    size_t limit_count;
    struct slice commands; /* a JSON array; "[]" where the ledger has nothing to do */
    size_t command_count;
    struct application *applications; /* not decided yet, that will name the target */
    size_t application_count;
    struct slice entities[MOVE_ENTITIES_MAX]; /* legal entities that must agree */
    size_t entity_count;
    struct slice hash; /* of what was asked and what it comes to, whoever looks */
    enum customer_status customer_status; /* of MOVE_CUSTOMER */
};

/** Who asks. */
struct move_asking {
    const struct people_actor *actor;
    const struct customer_reach *reach;
    struct slice person;      /* the natural person; empty: a token */
    struct pack_shelf *shelf; /* of the thread */
};

/** Plans a move from what stands, within a transaction. In: move  kind, source, target, request,
 *  number (0: a preview of none) */
enum credit_status move_plan_make(struct store *store, struct move_plan *ret_plan,
                                  struct arena *arena, const struct people_actor *actor,
                                  const struct move *move) MUST_USE;

/* ---- changes, each a transaction ---- */

/** Proposes. In: move  kind, source, target, request, reason. Whoever asks reaches both customers:
 *  CUSTOMER_NOT_FOUND. */
enum credit_status move_propose(struct store *store, int64_t *ret_number,
                                enum customer_status *ret_customer, struct arena *arena,
                                const struct move_asking *asking, const struct move *move) MUST_USE;
/** Agrees for the legal entity of who asks; with the last one the ledger is owed the chain.
 *  In: shown  the hash of the plan that the person was shown. Returns CUSTOMER_NOT_FOUND as of
 *  move_reached, FOUR_EYES, NOT_CONCERNED, MOVE_ENDED, SHOWN_NEEDED where it is empty,
 *  SHOWN_CHANGED, and what move_plan_make says. */
enum credit_status move_agree(struct store *store, enum customer_status *ret_customer,
                              struct arena *arena, const struct move_asking *asking, int64_t number,
                              struct slice shown) MUST_USE;
enum credit_status move_reject(struct store *store, struct arena *arena,
                               const struct move_asking *asking, int64_t number,
                               struct slice reason) MUST_USE;
/** What goes on when the ledger has answered, within the transaction that stores the answer. */
enum credit_status move_answered(struct store *store, struct arena *arena,
                                 const struct outbox_chain *chain) MUST_USE;

/* ---- reading, within a transaction; texts in `arena` ---- */

/** NOT_FOUND also where who asks reaches neither customer. */
enum credit_status move_read(struct store *store, struct move *ret_move, struct arena *arena,
                             const struct customer_reach *reach, int64_t number) MUST_USE;
/** Whether somebody reaches each of the two customers that the own legal entity has a relation
 * with: who does may agree, and be shown what becomes of the limits; within a transaction.
 *  CUSTOMER_NOT_FOUND: they do not. */
enum credit_status move_reached(struct store *store, struct arena *arena,
                                const struct customer_reach *reach,
                                const struct move *move) MUST_USE;
enum credit_status move_consents_read(struct store *store, struct move_consent **ret_consents,
                                      size_t *ret_count, struct arena *arena,
                                      int64_t number) MUST_USE;
/** Those of a customer (empty: all) with numbers below `below`, newest first, within reach. */
enum credit_status move_page(struct store *store, struct move **ret_moves, size_t *ret_count,
                             int64_t *ret_last, struct arena *arena,
                             const struct customer_reach *reach, struct slice customer,
                             int64_t below, size_t count) MUST_USE;

/** Reads what a person asks: an object with `cap`, `identifiers`, `limits`, each optional. */
enum credit_status move_request_read(struct move_request *ret_request,
                                     const struct json_value *value) MUST_USE;

#endif
