#include "ledger/index.h"

#include "base/arena.h"
#include "os/pages.h"

enum { SHARD_CAPACITY_MIN = 64, DISCARD_UNIT = 2 * 1024 * 1024 /* a huge page */ };

/* Shards fill evenly; to keep them from growing all at once, each grows at a load of its own
 * between a half and three quarters. */
static uint32_t grow_at(const struct index *index, uint32_t shard, uint32_t capacity)
{
    return capacity / 2 + (uint32_t)((uint64_t)capacity / 4 * shard / index->shards_count);
}

/* Where the tables of a level begin. */
static uint64_t *level_space(const struct index *index, uint32_t level)
{
    return index->space +
           (size_t)SHARD_CAPACITY_MIN * index->shards_count * (((size_t)1 << level) - 1);
}

static uint64_t *shard_space(const struct index *index, uint32_t shard, uint32_t level)
{
    return level_space(index, level) + (((size_t)SHARD_CAPACITY_MIN * shard) << level);
}

static uint32_t shard_level(const struct index *index, uint32_t shard)
{
    return (uint32_t)__builtin_ctz(index->shards[shard].mask + 1) -
           (uint32_t)__builtin_ctz(SHARD_CAPACITY_MIN);
}

bool index_open(struct index *index, uint64_t entries_max, uint32_t shards_count, bool huge)
{
    *index = (struct index){.shards_count = shards_count, .levels = 1};
    /* Twice the mean: room for an uneven spread, and for the load at which a shard grows. */
    while (((uint64_t)SHARD_CAPACITY_MIN << (index->levels - 1)) < entries_max / shards_count * 2) {
        index->levels++;
    }
    index->space_bytes = (size_t)SHARD_CAPACITY_MIN * shards_count *
                         (((size_t)1 << index->levels) - 1) * sizeof(uint64_t);
    index->space = os_pages_reserve(index->space_bytes, huge);
    index->shards = memory_allocate(shards_count * sizeof(*index->shards));
    if (index->space == NULL || index->shards == NULL) {
        index_release(index);
        return false;
    }
    for (uint32_t i = 0; i < shards_count; i++) {
        index->shards[i] = (struct index_shard){
            .slots = shard_space(index, i, 0),
            .mask = SHARD_CAPACITY_MIN - 1,
            .grow_at = grow_at(index, i, SHARD_CAPACITY_MIN),
        };
    }
    return true;
}

void index_release(struct index *index)
{
    os_pages_release(index->space, index->space_bytes);
    memory_free(index->shards);
    *index = (struct index){0};
}

static void slot_put(uint64_t *slots, uint32_t mask, uint64_t slot)
{
    uint32_t at = (uint32_t)(slot >> 32) & mask;

    while (slots[at] != 0) {
        at = (at + 1) & mask;
    }
    slots[at] = slot;
}

/* Gives back what the shards at the front of the lowest level have left, in whole huge pages.
 * Shards leave about in the order of their numbers. */
static void level_discard(struct index *index)
{
    uint32_t left = index->shards_left;

    while (left < index->shards_count && shard_level(index, left) > index->level_left) {
        left++;
    }
    uintptr_t from = (uintptr_t)shard_space(index, index->shards_left, index->level_left);
    uintptr_t to = (uintptr_t)shard_space(index, left, index->level_left);
    from = (from + DISCARD_UNIT - 1) / DISCARD_UNIT * DISCARD_UNIT;
    to = to / DISCARD_UNIT * DISCARD_UNIT;
    if (to > from) {
        os_pages_discard((void *)from, to - from);
        index->shards_left = left;
    }
    if (left == index->shards_count) {
        index->level_left++;
        index->shards_left = 0;
    }
}

static void shard_grow(struct index *index, struct index_shard *shard)
{
    const uint32_t number = (uint32_t)(shard - index->shards);
    const uint32_t level = shard_level(index, number) + 1;
    const uint32_t capacity = (shard->mask + 1) * 2;
    uint64_t *const slots = shard_space(index, number, level);

    check(level < index->levels);
    for (uint32_t i = 0; i <= shard->mask; i++) {
        if (shard->slots[i] != 0) {
            slot_put(slots, capacity - 1, shard->slots[i]);
        }
    }
    shard->slots = slots;
    shard->mask = capacity - 1;
    shard->grow_at = grow_at(index, number, capacity);
    level_discard(index);
}

void index_insert(struct index *index, uint64_t hash, uint32_t number)
{
    struct index_shard *shard = &index->shards[hash & (index->shards_count - 1)];

    check(number < INDEX_NONE);
    if (UNLIKELY(shard->count >= shard->grow_at)) {
        shard_grow(index, shard);
    }
    slot_put(shard->slots, shard->mask, (hash >> 32) << 32 | (number + 1));
    shard->count++;
}

void index_remove(struct index *index, uint64_t hash, uint32_t number)
{
    struct index_shard *shard = &index->shards[hash & (index->shards_count - 1)];
    uint64_t *const slots = shard->slots;
    const uint32_t mask = shard->mask;
    const uint64_t wanted = (hash >> 32) << 32 | (number + 1);
    uint32_t hole = (uint32_t)(hash >> 32) & mask;

    while (slots[hole] != wanted) {
        check(slots[hole] != 0);
        hole = (hole + 1) & mask;
    }
    /* Moves back whatever the hole would cut off from its first place. */
    for (uint32_t at = (hole + 1) & mask; slots[at] != 0; at = (at + 1) & mask) {
        const uint32_t home = (uint32_t)(slots[at] >> 32) & mask;

        if (((at - home) & mask) >= ((at - hole) & mask)) {
            slots[hole] = slots[at];
            hole = at;
        }
    }
    slots[hole] = 0;
    shard->count--;
}

uint64_t index_bytes(const struct index *index)
{
    uint64_t bytes = 0;

    for (uint32_t i = 0; i < index->shards_count; i++) {
        bytes += ((uint64_t)index->shards[i].mask + 1) * sizeof(uint64_t);
    }
    return bytes;
}

size_t index_space(const struct index *index, uint64_t entries, void **ret_from)
{
    uint64_t each = entries / index->shards_count;
    uint32_t level = 0;

    while (level + 1 < index->levels && ((uint64_t)SHARD_CAPACITY_MIN << level) / 2 < each) {
        level++;
    }
    *ret_from = level_space(index, 0);
    return (size_t)((char *)level_space(index, level + 1) - (char *)index->space);
}

void index_warm(const struct index *index, uint64_t entries)
{
    void *from;
    const size_t bytes = index_space(index, entries, &from);

    os_pages_populate(from, bytes);
}

size_t index_ahead(const struct index *index, void **ret_from)
{
    const struct index_shard *shard = &index->shards[0]; /* of the shards the first one to grow */
    const uint32_t level = shard_level(index, 0);

    if (level + 1 >= index->levels || shard->count < shard->grow_at / 8 * 7) {
        return 0;
    }
    *ret_from = level_space(index, level + 1);
    return (((size_t)SHARD_CAPACITY_MIN * index->shards_count) << (level + 1)) * sizeof(uint64_t);
}
