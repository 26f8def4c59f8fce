/* Passwords: their rules and their hashes (argon2id), and the second factor (TOTP). */
#ifndef HEADROOM_AUTH_PASSWORD_H
#define HEADROOM_AUTH_PASSWORD_H

#include "base/date.h"

enum {
    PASSWORD_MIN = 12,  /* bytes */
    PASSWORD_MAX = 256, /* bytes */
    PASSWORD_HASH_SIZE = 128,
    TOTP_KEY_SIZE = 20, /* bytes: as long as the hash. Source: RFC 4226, section 4, R6 */
    TOTP_DIGITS = 6,
    TOTP_PERIOD = 30,    /* seconds */
    TOTP_TEXT_SIZE = 32, /* a key in base32 */
};

/** True when `password` may be one: 12 to 256 bytes of UTF-8 without control characters, more than
 *  four different bytes, and not containing the login.
 *  Source: NIST SP 800-63B, 5.1.1.2: length, no rules of composition. */
bool password_valid(struct slice password, struct slice login);
/** Whether a text has a part in it, whatever the case of ASCII letters; an empty part is in none.
 */
bool password_contains(struct slice text, struct slice part);
/** Hashes with a salt of its own, into text that ends in NUL. About 30 ms and 19 MiB.
 *  False when memory is short. Source: OWASP password storage, argon2id, m = 19 MiB, t = 2, p = 1.
 */
bool password_hash(struct slice password, char ret_hash[PASSWORD_HASH_SIZE]) MUST_USE;
/** Whether a password has that hash; takes as long when `hash` is empty, and says no. */
bool password_fits(struct slice password, struct slice hash);

/** The code of a time step. Source: RFC 4226, section 5.3; RFC 6238, section 4, HMAC-SHA-1. */
uint32_t totp_code(const uint8_t *key, size_t key_size, int64_t step, unsigned digits);
/** Judges what a person typed: six digits of the present step, the one before or behind it, later
 *  than `step_used`, so that no code is good twice. Out: ret_step  the step of the code */
bool totp_fits(const uint8_t key[TOTP_KEY_SIZE], struct slice code, time_us now, int64_t step_used,
               int64_t *ret_step) MUST_USE;
/** The key as authenticator programs take it. Source: RFC 4648, section 6. */
void totp_key_write(char ret_text[TOTP_TEXT_SIZE], const uint8_t key[TOTP_KEY_SIZE]);

#endif
