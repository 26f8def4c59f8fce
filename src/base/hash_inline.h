/* The table hash of few bytes, for loops that take it several times an item: the same value as
 * hash64, without the call. */
#ifndef HEADROOM_BASE_HASH_INLINE_H
#define HEADROOM_BASE_HASH_INLINE_H

#define XXH_INLINE_ALL
#include <xxhash.h>

/** hash64(data, 32, seed). */
static inline uint64_t hash64_of_32(const void *data, uint64_t seed)
{
    return XXH3_64bits_withSeed(data, 32, seed);
}

/** hash64(data, 96, seed). */
static inline uint64_t hash64_of_96(const void *data, uint64_t seed)
{
    return XXH3_64bits_withSeed(data, 96, seed);
}

#endif
