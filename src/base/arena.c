#include "base/arena.h"

#include <stdlib.h>

enum { ARENA_ALIGN = 16, ARENA_BLOCK_MIN = 16 * 1024 };

struct arena_block {
    struct arena_block *next;
    size_t size; /* bytes behind this header */
    size_t used;
    size_t reserved; /* keeps the bytes behind the header aligned */
};

_Static_assert(sizeof(struct arena_block) % ARENA_ALIGN == 0, "blocks begin aligned");

static unsigned long fail_countdown; /* 0: no failure is planned */
static int fail_for_good;

static int failure_is_due(void)
{
    if (LIKELY(fail_countdown == 0)) {
        return 0;
    }
    if (fail_countdown > 1) {
        fail_countdown--;
        return 0;
    }
    fail_countdown = fail_for_good ? 1 : 0;
    return 1;
}

void memory_fail_at(unsigned long nth, int for_good)
{
    fail_countdown = nth;
    fail_for_good = for_good;
}

void *memory_allocate(size_t size)
{
    return size == 0 || failure_is_due() ? NULL : malloc(size);
}

void *memory_resize(void *memory, size_t size)
{
    return size == 0 || failure_is_due() ? NULL : realloc(memory, size);
}

void memory_free(void *memory)
{
    free(memory);
}

void arena_init(struct arena *arena, size_t used_max)
{
    *arena = (struct arena){.used_max = used_max};
}

void arena_release(struct arena *arena)
{
    while (arena->block != NULL) {
        struct arena_block *next = arena->block->next;
        memory_free(arena->block);
        arena->block = next;
    }
    arena->used = 0;
}

void arena_reset(struct arena *arena)
{
    while (arena->block != NULL && arena->block->next != NULL) {
        struct arena_block *next = arena->block->next;
        memory_free(arena->block);
        arena->block = next;
    }
    if (arena->block != NULL) {
        arena->block->used = 0;
    }
    arena->used = 0;
    arena->exhausted = false;
}

static struct arena_block *block_add(struct arena *arena, size_t size)
{
    size_t grown = arena->block == NULL ? ARENA_BLOCK_MIN : arena->block->size * 2;

    if (grown > 1024UL * 1024UL) {
        grown = 1024UL * 1024UL;
    }
    if (grown < size) {
        grown = size;
    }
    if (grown > SIZE_MAX - sizeof(struct arena_block)) {
        return NULL;
    }
    struct arena_block *block = memory_allocate(sizeof(*block) + grown);
    if (block == NULL) {
        return NULL;
    }
    *block = (struct arena_block){.next = arena->block, .size = grown};
    arena->block = block;
    return block;
}

void *arena_take(struct arena *arena, size_t size)
{
    const size_t rounded = (size + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);

    /* Rounding a size near SIZE_MAX wraps to less than the size. */
    if (rounded < size || rounded > arena->used_max - arena->used) {
        arena->exhausted = true;
        return NULL;
    }
    struct arena_block *block = arena->block;
    if (block == NULL || block->size - block->used < rounded) {
        block = block_add(arena, rounded);
        if (block == NULL) {
            arena->exhausted = true;
            return NULL;
        }
    }
    void *memory = (char *)(block + 1) + block->used;
    block->used += rounded;
    arena->used += rounded;
    memset(memory, 0, rounded);
    return memory;
}

void *arena_take_array(struct arena *arena, size_t count, size_t size)
{
    size_t bytes;

    return __builtin_mul_overflow(count, size, &bytes) ? NULL : arena_take(arena, bytes);
}

struct slice arena_copy(struct arena *arena, struct slice text)
{
    char *copy = text.size == SIZE_MAX ? NULL : arena_take(arena, text.size + 1);

    if (copy == NULL) {
        return slice_of(NULL, 0);
    }
    if (text.size > 0) {
        memcpy(copy, text.data, text.size);
    }
    return slice_of(copy, text.size);
}
