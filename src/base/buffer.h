/* A buffer: bytes that grow at the end. A failed allocation is remembered, later appends do
 * nothing, and whoever finishes the buffer asks buffer_failed once. */
#ifndef HEADROOM_BASE_BUFFER_H
#define HEADROOM_BASE_BUFFER_H

#include <stdbool.h>

#include "base/slice.h"

struct buffer {
    char *data;
    size_t size;     /* bytes in use */
    size_t capacity; /* bytes allocated */
    bool failed;     /* an append was lost for want of memory */
};

/** An empty buffer; a buffer of zeroes is one too. */
void buffer_init(struct buffer *buffer);
void buffer_release(struct buffer *buffer);
/** Empties the buffer, keeps its memory, forgets a failure. */
void buffer_reset(struct buffer *buffer);
/** Room for `size` more bytes at data + size, to be counted in by the caller; NULL on failure. */
char *buffer_reserve(struct buffer *buffer, size_t size) MUST_USE;
void buffer_append(struct buffer *buffer, struct slice text);
void buffer_append_byte(struct buffer *buffer, char byte);
void buffer_append_cstr(struct buffer *buffer, const char *text);
void buffer_append_u64(struct buffer *buffer, uint64_t value);
void buffer_append_i64(struct buffer *buffer, int64_t value);
/** printf into the buffer. */
void buffer_printf(struct buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/** Drops the first `size` bytes and moves the rest to the front. */
void buffer_consume(struct buffer *buffer, size_t size);

static inline struct slice buffer_slice(const struct buffer *buffer)
{
    return slice_of(buffer->data, buffer->size);
}

static inline bool buffer_failed(const struct buffer *buffer)
{
    return buffer->failed;
}

#endif
