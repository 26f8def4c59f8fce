/* An index from hashes to numbers: open addressing in shards that grow one at a time, so that no
 * single insert pays for the whole table. The owner compares keys; the index keeps 32 bits of each
 * hash beside the number, so that a wrong candidate is rarely looked at. Private to the ledger. */
#ifndef HEADROOM_LEDGER_INDEX_H
#define HEADROOM_LEDGER_INDEX_H

#include "base/prefetch.h"
#include "base/slice.h"

#define INDEX_NONE UINT32_MAX

struct index_shard {
    uint64_t
        *slots;    /* hash bits 32 to 63 in the high half, number + 1 in the low half; 0 is empty */
    uint32_t mask; /* capacity - 1 */
    uint32_t count;
    uint32_t grow_at;
};

/* The tables of all shards of one capacity lie side by side in one level of the space, so that
 * memory is used whole from the front and huge pages can back it. A shard that grows moves from one
 * level to the next; what it leaves is never used again. */
struct index {
    struct index_shard *shards;
    uint64_t *space;
    size_t space_bytes;
    uint32_t shards_count; /* a power of two */
    uint32_t levels;       /* level l holds shards of 64 << l slots */
    uint32_t level_left;   /* the lowest level that still has memory */
    uint32_t shards_left;  /* of that level, how many from the front have given theirs back */
};

struct index_walk {
    const uint64_t *slots;
    uint32_t mask, at, tag;
};

/** Address space for `entries_max` numbers, in huge pages where asked; false when it cannot be had.
 */
bool index_open(struct index *index, uint64_t entries_max, uint32_t shards_count,
                bool huge) MUST_USE;
void index_release(struct index *index);
void index_insert(struct index *index, uint64_t hash, uint32_t number);
/** Takes out a number that was inserted under `hash`. */
void index_remove(struct index *index, uint64_t hash, uint32_t number);
uint64_t index_bytes(const struct index *index);
/** The memory into which the shards grow next, from the time when about half of what they have is
 *  used; 0 bytes before. */
size_t index_ahead(const struct index *index, void **ret_from);
/** The memory that an index grown to `entries` has used. */
size_t index_space(const struct index *index, uint64_t entries, void **ret_from);
/** Gives that memory to the process now. */
void index_warm(const struct index *index, uint64_t entries);

static inline const struct index_shard *index_shard_of(const struct index *index, uint64_t hash)
{
    return &index->shards[hash & (index->shards_count - 1)];
}

static inline void index_prefetch(const struct index *index, uint64_t hash)
{
    const struct index_shard *shard = index_shard_of(index, hash);
    prefetch(&shard->slots[(uint32_t)(hash >> 32) & shard->mask]);
}

static inline void index_walk_begin(struct index_walk *walk, const struct index *index,
                                    uint64_t hash)
{
    const struct index_shard *shard = index_shard_of(index, hash);

    walk->slots = shard->slots;
    walk->mask = shard->mask;
    walk->tag = (uint32_t)(hash >> 32);
    walk->at = walk->tag & shard->mask;
}

/** The next number that may have been inserted under the hash; INDEX_NONE at the end. */
static inline uint32_t index_walk_next(struct index_walk *walk)
{
    for (;;) {
        const uint64_t slot = walk->slots[walk->at];

        if (slot == 0) {
            return INDEX_NONE;
        }
        walk->at = (walk->at + 1) & walk->mask;
        if ((uint32_t)(slot >> 32) == walk->tag) {
            return (uint32_t)slot - 1;
        }
    }
}

#endif
