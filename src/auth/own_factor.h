/* A user enrols, replaces and removes their own second factor (TOTP), and has recovery codes for
 * when it is lost. */
#ifndef HEADROOM_AUTH_OWN_FACTOR_H
#define HEADROOM_AUTH_OWN_FACTOR_H

#include "auth/recovery_code.h"
#include "auth/session.h"

enum { OWN_FACTOR_BEGUN_SECONDS = 10 * 60 }; /* how long one that is begun waits for its code */

/** What who asks shows. Every call is one transaction with its audit entry; a wrong password or
 *  code counts as a wrong attempt to sign in, and is in the trail. */
struct own_factor {
    struct slice secret;   /* of the session that asks */
    struct slice password; /* read by all but own_factor_confirm */
    struct slice code;     /* of the factor that the user has, or a recovery code */
    const struct seal_ring *ring;
    unsigned required; /* roles that need a second factor, a bit each; read by own_factor_remove */
};

/** A factor that has begun: shown once, kept sealed. */
struct own_factor_begun {
    uint8_t key[TOTP_KEY_SIZE];
    char login[PEOPLE_ID_MAX];
    size_t login_size;
};

struct own_factor_codes {
    char codes[RECOVERY_CODES][RECOVERY_CODE_SIZE]; /* shown once, kept as SHA-256 */
};

/** Makes a key, which is no second factor before it is confirmed; in the place of one that was
 *  begun before. A user who has a second factor shows its code too, and keeps it until then.
 *  Returns OK; NO_PASSWORD: their second factor is the issuer's matter; PASSWORD_CHANGE: the
 *  password comes first; LOCKED; WRONG_PASSWORD; WRONG_CODE; FACTOR_LOST; ENDED, NOT_FOUND, STORE,
 *  NO_MEMORY. Cost: the hash of a password, about 30 ms. */
enum people_status own_factor_begin(struct store *store, struct own_factor_begun *ret_begun,
                                    const struct people_actor *actor,
                                    const struct own_factor *shown) MUST_USE;
/** Makes the key that was begun the second factor, by a code of it that is good for nothing else;
 *  every other session ends, and there are new recovery codes.
 *  Returns OK; FACTOR_NOT_BEGUN: none, too long ago, or sealed with a key that is gone;
 *  PASSWORD_CHANGE; LOCKED; WRONG_CODE; ENDED, NOT_FOUND, STORE, NO_MEMORY. */
enum people_status own_factor_confirm(struct store *store, struct own_factor_codes *ret_codes,
                                      const struct people_actor *actor,
                                      const struct own_factor *shown) MUST_USE;
/** Removes it with its recovery codes, by password and code; every other session ends.
 *  Returns as own_factor_begin, or FACTOR_NONE; FACTOR_REQUIRED. */
enum people_status own_factor_remove(struct store *store, const struct people_actor *actor,
                                     const struct own_factor *shown) MUST_USE;
/** New recovery codes in the place of all earlier ones, by password and code.
 *  Returns as own_factor_begin, or FACTOR_NONE. */
enum people_status own_factor_recode(struct store *store, struct own_factor_codes *ret_codes,
                                     const struct people_actor *actor,
                                     const struct own_factor *shown) MUST_USE;

#endif
