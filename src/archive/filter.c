#include "archive/filter.h"

#include "base/arena.h"
#include "os/pages.h"

enum { LINE_BYTES = FILTER_LINE_WORDS * sizeof(uint64_t), PAGES_MIN = 1 << 20, HUGE_MIN = 4 << 20 };

static size_t part_bytes(const struct filter_part *part)
{
    return part->lines * LINE_BYTES;
}

bool filter_part_open(struct filter_part *part, uint64_t capacity)
{
    const uint64_t lines = (capacity + FILTER_LINE_HASHES - 1) / FILTER_LINE_HASHES;
    struct filter_part made = {.lines = lines == 0 ? 1 : lines};
    const size_t bytes = part_bytes(&made);

    check(made.lines <= UINT32_MAX);
    if (bytes < PAGES_MIN) {
        made.memory = memory_allocate(bytes + LINE_BYTES);
        REQUIRE(made.memory != NULL, false);
        memset(made.memory, 0, bytes + LINE_BYTES);
        char *start = made.memory;
        start += (LINE_BYTES - (uintptr_t)start % LINE_BYTES) % LINE_BYTES;
        made.words = (_Atomic uint64_t *)(void *)start;
    } else {
        made.words = os_pages_reserve(bytes, bytes >= HUGE_MIN);
        REQUIRE(made.words != NULL, false);
    }
    *part = made;
    return true;
}

void filter_part_release(struct filter_part *part)
{
    if (part->memory != NULL) {
        memory_free(part->memory);
    } else {
        os_pages_release((void *)part->words, part_bytes(part));
    }
    *part = (struct filter_part){0};
}

void filter_release(struct filter *filter)
{
    for (int i = 0; i < FILTER_PARTS; i++) {
        filter_part_release(&filter->parts[i]);
    }
}

void filter_part_add(struct filter_part *part, uint64_t hash)
{
    _Atomic uint64_t *line = filter_line(part, hash);
    uint64_t bits = filter_bits(hash);

    for (int i = 0; i < FILTER_LINE_WORDS; i++) {
        const uint64_t word = atomic_load_explicit(&line[i], memory_order_relaxed);

        atomic_store_explicit(&line[i], word | 1ULL << (bits & 63), memory_order_relaxed);
        bits >>= 6;
    }
}

void filter_part_add_shared(struct filter_part *part, uint64_t hash)
{
    _Atomic uint64_t *line = filter_line(part, hash);
    uint64_t bits = filter_bits(hash);

    for (int i = 0; i < FILTER_LINE_WORDS; i++) {
        const uint64_t bit = 1ULL << (bits & 63);

        if ((atomic_load_explicit(&line[i], memory_order_relaxed) & bit) == 0) {
            atomic_fetch_or_explicit(&line[i], bit, memory_order_relaxed);
        }
        bits >>= 6;
    }
}

uint64_t filter_bytes(const struct filter *filter)
{
    uint64_t bytes = 0;

    for (int i = 0; i < FILTER_PARTS; i++) {
        bytes += part_bytes(&filter->parts[i]);
    }
    return bytes;
}
