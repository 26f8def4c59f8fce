#include "base/buffer.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/arena.h"

enum { BUFFER_CAPACITY_MIN = 256 };

void buffer_init(struct buffer *buffer)
{
    *buffer = (struct buffer){0};
}

void buffer_release(struct buffer *buffer)
{
    memory_free(buffer->data);
    *buffer = (struct buffer){0};
}

void buffer_reset(struct buffer *buffer)
{
    buffer->size = 0;
    buffer->failed = false;
}

static bool buffer_grow(struct buffer *buffer, size_t needed)
{
    size_t capacity =
        buffer->capacity < BUFFER_CAPACITY_MIN ? BUFFER_CAPACITY_MIN : buffer->capacity;
    while (capacity < needed) {
        if (__builtin_mul_overflow(capacity, 2U, &capacity)) {
            return false;
        }
    }
    char *data = memory_resize(buffer->data, capacity);
    if (data == NULL) {
        return false;
    }
    buffer->data = data;
    buffer->capacity = capacity;
    return true;
}

char *buffer_reserve(struct buffer *buffer, size_t size)
{
    size_t needed;

    if (UNLIKELY(buffer->failed)) {
        return NULL;
    }
    if (UNLIKELY(__builtin_add_overflow(buffer->size, size, &needed) ||
                 (needed > buffer->capacity && !buffer_grow(buffer, needed)))) {
        buffer->failed = true;
        return NULL;
    }
    return buffer->data == NULL ? NULL : buffer->data + buffer->size;
}

void buffer_append(struct buffer *buffer, struct slice text)
{
    char *room = text.size == 0 ? NULL : buffer_reserve(buffer, text.size);

    if (room != NULL) {
        memcpy(room, text.data, text.size);
        buffer->size += text.size;
    }
}

void buffer_append_byte(struct buffer *buffer, char byte)
{
    char *room = buffer_reserve(buffer, 1);

    if (room != NULL) {
        *room = byte;
        buffer->size++;
    }
}

void buffer_append_cstr(struct buffer *buffer, const char *text)
{
    buffer_append(buffer, slice_from_cstr(text));
}

void buffer_append_u64(struct buffer *buffer, uint64_t value)
{
    char digits[20];
    size_t start = sizeof(digits);

    do {
        digits[--start] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    buffer_append(buffer, slice_of(digits + start, sizeof(digits) - start));
}

void buffer_append_i64(struct buffer *buffer, int64_t value)
{
    if (value < 0) {
        buffer_append_byte(buffer, '-');
        buffer_append_u64(buffer, 0 - (uint64_t)value);
    } else {
        buffer_append_u64(buffer, (uint64_t)value);
    }
}

void buffer_printf(struct buffer *buffer, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    const int needed = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    check(needed >= 0);
    char *room = buffer_reserve(buffer, (size_t)needed + 1);
    if (room == NULL) {
        return;
    }
    va_start(arguments, format);
    vsnprintf(room, (size_t)needed + 1, format, arguments);
    va_end(arguments);
    buffer->size += (size_t)needed;
}

void buffer_consume(struct buffer *buffer, size_t size)
{
    check(size <= buffer->size);
    buffer->size -= size;
    if (buffer->size > 0 && size > 0) {
        memmove(buffer->data, buffer->data + size, buffer->size);
    }
}
