/* Hashes of passwords at the least cost argon2id knows, for suites of what is done with passwords:
 * the real cost, which test_password.c holds, is most of what they would do, and under
 * AddressSanitizer five times that. The program takes the place of the library's function; each
 * hash says what it cost, so that it is checked at that. */
#ifndef HEADROOM_TESTS_QUICK_PASSWORD_H
#define HEADROOM_TESTS_QUICK_PASSWORD_H

#include <argon2.h>

int argon2id_hash_encoded(const uint32_t passes, const uint32_t memory_kib, const uint32_t lanes,
                          const void *password, const size_t password_size, const void *salt,
                          const size_t salt_size, const size_t hash_size, char *encoded,
                          const size_t encoded_size)
{
    (void)passes;
    (void)memory_kib;
    return argon2_hash(ARGON2_MIN_TIME, 8 * lanes, lanes, password, password_size, salt, salt_size,
                       NULL, hash_size, encoded, encoded_size, Argon2_id, ARGON2_VERSION_NUMBER);
}

#endif
