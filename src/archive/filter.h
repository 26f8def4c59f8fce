/* A filter over hashes: which ids may be in the archive. Split-block Bloom filter: each hash sets
 * one bit in each of the eight words of one cache line.
 * Source: Putze, Sanders, Singler, "Cache-, hash- and space-efficient Bloom filters", 2007.
 *
 * It is kept in parts, by the high bits of the hash, each of which grows on its own, so that no
 * growth needs twice the memory of the whole. At 16 bits a hash about one answer in a thousand is
 * wrong, and only in saying that an id may be there. */
#ifndef HEADROOM_ARCHIVE_FILTER_H
#define HEADROOM_ARCHIVE_FILTER_H

#include <stdatomic.h>

#include "base/prefetch.h"
#include "base/slice.h"

enum {
    FILTER_PARTS = 64,
    FILTER_PART_SHIFT = 58, /* of a hash, to its part */
    FILTER_LINE_WORDS = 8,
    FILTER_LINE_HASHES = 32, /* 512 bits at 16 a hash */
};

/* Words are atomic because a part that is being made is filled by two threads. */
struct filter_part {
    _Atomic uint64_t *words; /* in lines of 64 bytes */
    void *memory;            /* where a small part lies; NULL: in pages of its own */
    uint64_t lines;
    uint64_t count; /* hashes added */
};

struct filter {
    struct filter_part parts[FILTER_PARTS];
};

/** A part of its own, empty, for `capacity` hashes. False when memory is short. */
bool filter_part_open(struct filter_part *part, uint64_t capacity) MUST_USE;
void filter_part_release(struct filter_part *part);
void filter_release(struct filter *filter);
/** By the only thread that adds to the part; does not count. */
void filter_part_add(struct filter_part *part, uint64_t hash);
/** The same, by several threads at once: a locked write a word, which waits for all writes before.
 */
void filter_part_add_shared(struct filter_part *part, uint64_t hash);
uint64_t filter_bytes(const struct filter *filter);

static inline unsigned filter_part_of(uint64_t hash)
{
    return (unsigned)(hash >> FILTER_PART_SHIFT);
}

static inline uint64_t filter_part_capacity(const struct filter_part *part)
{
    return part->lines * FILTER_LINE_HASHES;
}

/* How many hashes a part has when it is to grow. All parts fill at one pace and one grows at a
 * time, so that some begin earlier: what waits beyond its room answers more and more often wrongly,
 * each time for a block read. */
static inline uint64_t filter_part_due(const struct filter_part *part, unsigned number)
{
    const uint64_t capacity = filter_part_capacity(part);

    return capacity - capacity / 4 * number / FILTER_PARTS;
}

/* 32 bits of the hash below those of the part, spread over the lines. */
static inline _Atomic uint64_t *filter_line(const struct filter_part *part, uint64_t hash)
{
    const uint64_t spread = (uint32_t)(hash >> (FILTER_PART_SHIFT - 32));

    return part->words + (spread * part->lines >> 32) * FILTER_LINE_WORDS;
}

/* One bit of each word: six bits of a product for each. */
static inline uint64_t filter_bits(uint64_t hash)
{
    return (hash * 0x9E3779B97F4A7C15ULL) >> 16;
}

static inline void filter_prefetch(const struct filter *filter, uint64_t hash)
{
    const struct filter_part *part = &filter->parts[filter_part_of(hash)];

    if (LIKELY(part->lines > 0)) {
        prefetch((const void *)filter_line(part, hash));
    }
}

static inline bool filter_may_hold(const struct filter *filter, uint64_t hash)
{
    const struct filter_part *part = &filter->parts[filter_part_of(hash)];
    uint64_t bits = filter_bits(hash);
    uint64_t all = 1;

    if (UNLIKELY(part->lines == 0)) {
        return false;
    }
    const _Atomic uint64_t *line = filter_line(part, hash);
    for (int i = 0; i < FILTER_LINE_WORDS; i++) {
        all &= atomic_load_explicit(&line[i], memory_order_relaxed) >> (bits & 63);
        bits >>= 6;
    }
    return (all & 1) != 0;
}

#endif
