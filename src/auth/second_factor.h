/* Keys of second factors (TOTP), which the database keeps sealed for their user. */
#ifndef HEADROOM_AUTH_SECOND_FACTOR_H
#define HEADROOM_AUTH_SECOND_FACTOR_H

#include "auth/people.h"
#include "auth/seal.h"

/** Makes a key for the second factor, which is asked for from then on; `ret_key` is shown once.
 *  For the own account it is the user's own wish; for another it replaces a lost one. */
enum people_status second_factor_make(struct store *store, const struct people_actor *actor,
                                      struct slice user, const struct seal_ring *ring,
                                      uint8_t ret_key[TOTP_KEY_SIZE]) MUST_USE;
/** The key of a user who has one. False when it cannot be opened with this ring. */
bool second_factor_open(const struct people_user *user, const struct seal_ring *ring,
                        uint8_t ret_key[TOTP_KEY_SIZE]) MUST_USE;

/** What became of the keys that are stored. */
struct second_factor_report {
    uint64_t sealed;               /* anew: they were as they are, or sealed with an older key */
    uint64_t lost;                 /* that this ring does not open */
    uint8_t lost_id[SEAL_ID_SIZE]; /* of the key that the first of them needs */
};

/** How many keys are stored that only the key of a ring opens, to judge a ring that is missing. */
enum people_status second_factors_count(struct store *store, uint64_t *ret_sealed) MUST_USE;
/** Seals all keys with the newest key of the ring, in one transaction with its audit entry; those
 *  that cannot be opened stay as they are.
 *  Returns OK; FACTOR_LOST when some cannot be opened and `accept_lost` is false: nothing was
 *  changed then; STORE, NO_MEMORY. Out: ret_report  of OK and FACTOR_LOST */
enum people_status second_factors_seal(struct store *store, const struct seal_ring *ring,
                                       const struct people_actor *actor, bool accept_lost,
                                       struct second_factor_report *ret_report) MUST_USE;

#endif
