/* Recovery codes: each opens once in the place of a second factor that is lost. */
#ifndef HEADROOM_AUTH_RECOVERY_CODE_H
#define HEADROOM_AUTH_RECOVERY_CODE_H

#include "auth/people.h"

enum {
    RECOVERY_CODES = 10,      /* of one user */
    RECOVERY_CODE_SIZE = 29,  /* five groups of five characters of base32, with '-' between them */
    RECOVERY_CODE_PLAIN = 25, /* characters that count: 125 random bits */
};

/** A new code. 125 random bits, so that an unsalted fast hash keeps it.
 *  Source: NIST SP 800-63B, 5.1.2.2 (look-up secrets of at least 112 bits are kept hashed). */
void recovery_code_make(char ret_code[RECOVERY_CODE_SIZE]);
/** The hash that a code is kept by, whatever the case of its letters, with or without '-' and
 *  blanks. False when it has not the form of one. */
bool recovery_code_digest(struct slice code, uint8_t ret_digest[SHA256_SIZE]) MUST_USE;
/** How many a user has left, within a transaction. */
enum people_status recovery_codes_count(struct store *store, uint64_t *ret_count,
                                        struct arena *arena, struct slice user) MUST_USE;

#endif
