/* Hashes: fast ones for tables and checksums (XXH3), a strong one for what people compare
 * (SHA-256). */
#ifndef HEADROOM_BASE_HASH_H
#define HEADROOM_BASE_HASH_H

#include "base/slice.h"

/** 128 bits of XXH3; equal on every build and machine. Detects damage, not malice. */
struct hash128 {
    uint64_t low;
    uint64_t high;
};

uint64_t hash64(const void *data, size_t size, uint64_t seed);
struct hash128 hash128(const void *data, size_t size, uint64_t seed);

static inline bool hash128_equal(struct hash128 a, struct hash128 b)
{
    return a.low == b.low && a.high == b.high;
}

/** A sum of hashes: tells two collections of things apart whatever the order in which they are gone
 *  through, and sums of parts add up to that of the whole. Detects damage, not malice. */
struct hash_sum {
    uint64_t words[4];
};

void hash_sum_add(struct hash_sum *sum, const void *data, size_t size);
/** Adds all that another sum has. */
void hash_sum_join(struct hash_sum *sum, const struct hash_sum *other);

static inline bool hash_sum_equal(const struct hash_sum *a, const struct hash_sum *b)
{
    return memcmp(a->words, b->words, sizeof(a->words)) == 0;
}

enum { SHA256_SIZE = 32 };

/** SHA-256 over a stream of bytes (FIPS 180-4). */
struct sha256;
/** NULL when memory is short. */
struct sha256 *sha256_new(void) MUST_USE;
void sha256_update(struct sha256 *sha, const void *data, size_t size);
/** Gives the digest and frees `sha`. */
void sha256_finish(struct sha256 *sha, uint8_t ret_digest[SHA256_SIZE]);
void sha256_of(struct slice text, uint8_t ret_digest[SHA256_SIZE]);
/** Lower-case hexadecimal, two characters a byte, into `ret_text` of 2 * size bytes, no terminator.
 */
void hex_write(char *ret_text, const uint8_t *data, size_t size);
/** Reads 2 * size lower-case hexadecimal digits. False when `text` is something else; `ret_bytes`
 * may be changed then. */
bool hex_read(struct slice text, uint8_t *ret_bytes, size_t size) MUST_USE;
/** Compares in a time that does not depend on where the bytes differ. */
bool secret_equal(const uint8_t *a, const uint8_t *b, size_t size);

#endif
