/* An arena: memory for one request or document, given out front to back and freed whole.
 * Not thread-safe. The allocator seam `memory_allocate` is the only way to the heap of library
 * rooms, so tests can make the n-th allocation fail. */
#ifndef HEADROOM_BASE_ARENA_H
#define HEADROOM_BASE_ARENA_H

#include <stddef.h>

#include "base/slice.h"

struct arena_block;

struct arena {
    struct arena_block *block; /* newest first */
    size_t used_max;           /* bytes that may be given out in all */
    size_t used;               /* bytes given out, rounding included */
    bool exhausted;            /* something asked for was not given since the last reset */
};

/** An empty arena that gives out at most `used_max` bytes; takes no memory yet. */
void arena_init(struct arena *arena, size_t used_max);
/** Frees every block; the arena is empty and can be used again. NULL-safe on an arena of zeroes. */
void arena_release(struct arena *arena);
/** Empties the arena but keeps its first block, for the next request on a connection. */
void arena_reset(struct arena *arena);
/** `size` bytes, zeroed, aligned for any type; NULL when the arena's bound or the heap is
 * exhausted. */
void *arena_take(struct arena *arena, size_t size) MUST_USE;
/** `count` elements of `size` bytes; NULL also when the product overflows. */
void *arena_take_array(struct arena *arena, size_t count, size_t size) MUST_USE;
/** A copy of `text`, NUL-terminated behind its size; data is NULL when there is no room. */
struct slice arena_copy(struct arena *arena, struct slice text) MUST_USE;

/** The allocator seam: malloc, realloc, free, unless a test put its own in place. Zero size gives
 * NULL. */
void *memory_allocate(size_t size) MUST_USE;
void *memory_resize(void *memory, size_t size) MUST_USE;
void memory_free(void *memory);
/** Makes the `nth` allocation from now fail (1 is the next), once or from then on; 0 ends it. For
 * tests. */
void memory_fail_at(unsigned long nth, int for_good);

#endif
