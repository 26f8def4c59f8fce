#include "auth/password.h"

#include <argon2.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/hash.h"
#include "os/entropy.h"

enum {
    ARGON2_MEMORY_KIB = 19 * 1024,
    ARGON2_PASSES = 2,
    ARGON2_LANES = 1,
    SALT_SIZE = 16,
    HASH_SIZE = 32,
    DIFFERENT_MIN = 5,
    SHA1_SIZE = 20,
};

/* ---- rules ---- */

bool password_contains(struct slice text, struct slice part)
{
    for (size_t i = 0; part.size > 0 && i + part.size <= text.size; i++) {
        if (slice_equal_ascii_case(slice_of(text.data + i, part.size), part)) {
            return true;
        }
    }
    return false;
}

bool password_valid(struct slice password, struct slice login)
{
    bool seen[256] = {false};
    unsigned different = 0;

    if (password.size < PASSWORD_MIN || password.size > PASSWORD_MAX || !utf8_valid(password) ||
        password_contains(password, login)) {
        return false;
    }
    for (size_t i = 0; i < password.size; i++) {
        const uint8_t byte = (uint8_t)password.data[i];
        if (byte < 0x20 || byte == 0x7F) {
            return false;
        }
        different += seen[byte] ? 0 : 1;
        seen[byte] = true;
    }
    return different >= DIFFERENT_MIN;
}

/* ---- hashes ---- */

bool password_hash(struct slice password, char ret_hash[PASSWORD_HASH_SIZE])
{
    uint8_t salt[SALT_SIZE];

    check(password.size <= PASSWORD_MAX);
    os_entropy_fill(salt, sizeof(salt));
    return argon2id_hash_encoded(ARGON2_PASSES, ARGON2_MEMORY_KIB, ARGON2_LANES, password.data,
                                 password.size, salt, sizeof(salt), HASH_SIZE, ret_hash,
                                 PASSWORD_HASH_SIZE) == ARGON2_OK;
}

/* The work of a check against a hash that nobody has. */
static void same_time_spend(struct slice password)
{
    char hash[PASSWORD_HASH_SIZE];

    (void)!password_hash(password, hash);
}

bool password_fits(struct slice password, struct slice hash)
{
    char text[PASSWORD_HASH_SIZE];

    if (password.size > PASSWORD_MAX) {
        return false;
    }
    if (hash.size == 0 || hash.size >= sizeof(text)) {
        same_time_spend(password);
        return false;
    }
    memcpy(text, hash.data, hash.size);
    text[hash.size] = '\0';
    return argon2id_verify(text, password.data, password.size) == ARGON2_OK;
}

/* ---- the second factor ---- */

uint32_t totp_code(const uint8_t *key, size_t key_size, int64_t step, unsigned digits)
{
    uint8_t counter[8];
    uint8_t mac[SHA1_SIZE];
    unsigned size = 0;
    uint32_t modulus = 1;

    check(digits >= 6 && digits <= 8);
    for (unsigned i = 0; i < sizeof(counter); i++) {
        counter[i] = (uint8_t)((uint64_t)step >> (56 - 8 * i));
    }
    check(HMAC(EVP_sha1(), key, (int)key_size, counter, sizeof(counter), mac, &size) != NULL &&
          size == SHA1_SIZE);
    const unsigned place = mac[SHA1_SIZE - 1] & 15;
    const uint32_t bits = (uint32_t)(mac[place] & 0x7F) << 24 | (uint32_t)mac[place + 1] << 16 |
                          (uint32_t)mac[place + 2] << 8 | mac[place + 3];
    for (unsigned i = 0; i < digits; i++) {
        modulus *= 10;
    }
    return bits % modulus;
}

bool totp_fits(const uint8_t key[TOTP_KEY_SIZE], struct slice code, time_us now, int64_t step_used,
               int64_t *ret_step)
{
    const int64_t present = now / (TOTP_PERIOD * US_PER_SECOND);

    if (code.size != TOTP_DIGITS) {
        return false;
    }
    for (int64_t step = present - 1; step <= present + 1; step++) {
        char text[TOTP_DIGITS + 1];
        (void)snprintf(text, sizeof(text), "%06u",
                       (unsigned)totp_code(key, TOTP_KEY_SIZE, step, TOTP_DIGITS) % 1000000);
        if (secret_equal((const uint8_t *)text, (const uint8_t *)code.data, TOTP_DIGITS) &&
            step > step_used) {
            *ret_step = step;
            return true;
        }
    }
    return false;
}

void totp_key_write(char ret_text[TOTP_TEXT_SIZE], const uint8_t key[TOTP_KEY_SIZE])
{
    static const char alphabet[33] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    uint32_t bits = 0;
    unsigned count = 0;

    _Static_assert(TOTP_KEY_SIZE * 8 == TOTP_TEXT_SIZE * 5, "the key fills its text");
    for (size_t i = 0; i < TOTP_KEY_SIZE; i++) {
        bits = bits << 8 | key[i];
        for (count += 8; count >= 5; count -= 5) {
            *ret_text++ = alphabet[bits >> (count - 5) & 31];
        }
    }
}
