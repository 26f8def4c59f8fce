/* Two customers that are one, and one that is two again.
 *
 * A merge makes the source a pointer to the target: its versions stay, its last one says
 * `merged_into`. The target takes its identifiers, relations, listings and ties. What the target
 * has itself counts: where only one can be, the source keeps its own. A split gives back what a
 * merge took, or takes chosen identifiers out to another customer.
 *
 * Both are judged first, for a preview, and done later, in a transaction of the caller's, from what
 * stands then. */
#ifndef HEADROOM_CUSTOMER_CUSTOMER_MERGE_H
#define HEADROOM_CUSTOMER_CUSTOMER_MERGE_H

#include "customer/customer_tie.h"

/** A tie that ends, and the one that stands in its place. */
struct customer_tie_turn {
    struct customer_tie was; /* number 0: none */
    struct customer_tie now; /* customer empty: none; number set when it is stored */
};

/** What a merge or split makes of two customers. */
struct customer_merge {
    struct customer source_before, target_before;
    struct customer source, target; /* as they will be */
    struct customer_tie_turn *ties;
    size_t tie_count;
};

/** In: source, target  ids; actor->now the moment. Texts in `arena`, within a transaction.
 *  Returns NOT_FOUND, MERGED (one of them was), NO_OTHER (the same), DIFFERS, TOO_MANY. */
enum customer_status customer_merge_judge(struct store *store, struct customer_merge *ret_merge,
                                          struct arena *arena, const struct people_actor *actor,
                                          struct slice source, struct slice target) MUST_USE;

/** What of a merge is taken back. */
struct customer_unmerge {
    struct slice source, target;      /* of the split: source gives, target was merged into it */
    int64_t source_version;           /* of the source, that the merge made */
    int64_t target_version;           /* of the target, that the merge made */
    const struct customer_tie *made;  /* ties that the merge made: customer and number */
    const struct customer_tie *ended; /* ... each in place of this one */
    size_t tie_count;
    bool all; /* every identifier that the target had; else these */
    const struct customer_identifier *identifiers;
    size_t identifier_count;
};
/** Returns NOT_MERGED, IDENTIFIER_NEEDED (one of them would be known by none), BAD_IDENTIFIER (one
 *  that is not the source's). */
enum customer_status customer_unmerge_judge(struct store *store, struct customer_merge *ret_merge,
                                            struct arena *arena, const struct people_actor *actor,
                                            const struct customer_unmerge *unmerge) MUST_USE;
/** Takes chosen identifiers out of one customer to another that stands; none may be chosen. */
enum customer_status customer_part_judge(struct store *store, struct customer_merge *ret_merge,
                                         struct arena *arena, const struct people_actor *actor,
                                         const struct customer_unmerge *unmerge) MUST_USE;

/** Stores what was judged in the same transaction, with audit entries and events. Sets the numbers
 *  of new ties and the versions. In: actions  of source and target: "customer.merge" ... */
enum customer_status customer_merge_store(struct store *store, struct customer_merge *merge,
                                          struct arena *arena, const struct people_actor *actor,
                                          const struct slice actions[2],
                                          struct slice reason) MUST_USE;

/** Keeps others from changing a customer while a move of it is under way; 0: no more. */
enum customer_status customer_moving_set(struct store *store, struct slice id,
                                         int64_t move) MUST_USE;

#endif
