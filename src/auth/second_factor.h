/* Keys of second factors (TOTP), which the database keeps sealed for their user. */
#ifndef HEADROOM_AUTH_SECOND_FACTOR_H
#define HEADROOM_AUTH_SECOND_FACTOR_H

#include "auth/people.h"
#include "auth/seal.h"

/** Takes a user's second factor, or one that they never had, with their recovery codes, and ends
 *  their sessions: the next one enrols another before anything else (own_factor.h). Whoever
 *  administers sees no key. SELF: nobody does it to an account of their own. */
enum people_status second_factor_reset(struct store *store, const struct people_actor *actor,
                                       struct slice user) MUST_USE;
/** The key of a user who has one. False when it cannot be opened with this ring. */
bool second_factor_open(const struct people_user *user, const struct seal_ring *ring,
                        uint8_t ret_key[TOTP_KEY_SIZE]) MUST_USE;

enum {
    SECOND_FACTOR_SEALED = TOTP_KEY_SIZE + SEAL_OVERHEAD, /* bytes of a key as it is stored */
};

/** Seals a key for its user, as one in use or as one that is begun: neither opens as the other. */
void second_factor_close(const struct seal_ring *ring, struct slice user, bool begun,
                         const uint8_t key[TOTP_KEY_SIZE],
                         uint8_t ret_sealed[SECOND_FACTOR_SEALED]);
/** The key that a user has begun. False when there is none that can be opened. */
bool second_factor_begun_open(const struct people_user *user, const struct seal_ring *ring,
                              uint8_t ret_key[TOTP_KEY_SIZE]) MUST_USE;

/** What became of the keys that are stored. */
struct second_factor_report {
    uint64_t sealed;               /* anew: they were as they are, or sealed with an older key */
    uint64_t lost;                 /* that this ring does not open */
    uint8_t lost_id[SEAL_ID_SIZE]; /* of the key that the first of them needs */
};

/** How many keys are stored that only the key of a ring opens, to judge a ring that is missing. */
enum people_status second_factors_count(struct store *store, uint64_t *ret_sealed) MUST_USE;
/** Seals all keys, in use and begun, with the newest key of the ring, in one transaction with its
 * audit entry; those that cannot be opened stay as they are. Returns OK; FACTOR_LOST when some
 * cannot be opened and `accept_lost` is false: nothing was changed then; STORE, NO_MEMORY. Out:
 * ret_report  of OK and FACTOR_LOST */
enum people_status second_factors_seal(struct store *store, const struct seal_ring *ring,
                                       const struct people_actor *actor, bool accept_lost,
                                       struct second_factor_report *ret_report) MUST_USE;

#endif
