#include "base/base64.h"

static const char alphabet[65] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void base64url_write(char *ret_text, const void *data, size_t size)
{
    const uint8_t *bytes = data;
    uint32_t bits = 0;
    unsigned count = 0; /* of bits that wait */

    for (size_t i = 0; i < size; i++) {
        bits = bits << 8 | bytes[i];
        for (count += 8; count >= 6; count -= 6) {
            *ret_text++ = alphabet[bits >> (count - 6) & 63];
        }
    }
    if (count > 0) {
        *ret_text = alphabet[bits << (6 - count) & 63];
    }
}

/* The six bits of a character; 64 when it is none. */
static unsigned value_of(char c)
{
    if (c >= 'A' && c <= 'Z') {
        return (unsigned)(c - 'A');
    }
    if (c >= 'a' && c <= 'z') {
        return (unsigned)(c - 'a') + 26;
    }
    if (c >= '0' && c <= '9') {
        return (unsigned)(c - '0') + 52;
    }
    return c == '-' ? 62 : c == '_' ? 63 : 64;
}

bool base64url_read(struct slice *ret_data, struct arena *arena, struct slice text)
{
    const size_t size = text.size / 4 * 3 + (text.size % 4 == 0 ? 0 : text.size % 4 - 1);
    uint32_t bits = 0;
    unsigned count = 0;
    size_t used = 0;

    if (text.size % 4 == 1) {
        return false;
    }
    char *data = arena_take(arena, size + 1);
    if (data == NULL) {
        return false;
    }
    for (size_t i = 0; i < text.size; i++) {
        const unsigned value = value_of(text.data[i]);
        if (value == 64) {
            return false;
        }
        bits = bits << 6 | value;
        count += 6;
        if (count >= 8) {
            count -= 8;
            data[used++] = (char)(bits >> count & 0xFF);
        }
    }
    check(used == size);
    *ret_data = slice_of(data, size);
    return (bits & ((1U << count) - 1)) == 0;
}
