#include "ledger/index.h"

#include "base/arena.h"
#include "os/pages.h"

enum { SHARD_CAPACITY_MIN = 64 };

/* Shards fill evenly; to keep them from growing all at once, each grows at a load of its own
 * between a half and three quarters. */
static uint32_t grow_at(const struct index *index, uint32_t shard, uint32_t capacity)
{
    return capacity / 2 + (uint32_t)((uint64_t)capacity / 4 * shard / index->shards_count);
}

bool index_open(struct index *index, uint64_t entries_max, uint32_t shards_count)
{
    size_t half = SHARD_CAPACITY_MIN;

    *index = (struct index){.shards_count = shards_count};
    /* Twice the mean: room for an uneven spread, and for the load at which a shard grows. */
    while (half < entries_max / shards_count * 2) {
        half *= 2;
    }
    index->half = half;
    index->space_bytes = half * 2 * shards_count * sizeof(uint64_t);
    index->space = os_pages_reserve(index->space_bytes, false);
    index->shards = memory_allocate(shards_count * sizeof(*index->shards));
    if (index->space == NULL || index->shards == NULL) {
        index_release(index);
        return false;
    }
    for (uint32_t i = 0; i < shards_count; i++) {
        index->shards[i] = (struct index_shard){
            .slots = index->space + half * 2 * i,
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

static void shard_grow(struct index *index, struct index_shard *shard)
{
    const size_t number = (size_t)(shard - index->shards);
    const uint32_t capacity = (shard->mask + 1) * 2;
    uint64_t *const first = index->space + index->half * 2 * number;
    uint64_t *const other = shard->slots == first ? first + index->half : first;

    check(capacity <= index->half);
    for (uint32_t i = 0; i <= shard->mask; i++) {
        if (shard->slots[i] != 0) {
            slot_put(other, capacity - 1, shard->slots[i]);
        }
    }
    const size_t bytes = (size_t)(shard->mask + 1) * sizeof(uint64_t);
    if (bytes >= 4096) {
        os_pages_discard(shard->slots, bytes);
    } else {
        memset(shard->slots, 0, bytes);
    }
    shard->slots = other;
    shard->mask = capacity - 1;
    shard->grow_at = grow_at(index, (uint32_t)number, capacity);
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
