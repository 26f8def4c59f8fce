#include "base/slice.h"

int slice_compare(struct slice a, struct slice b)
{
    const size_t common = a.size < b.size ? a.size : b.size;
    const int order = common == 0 ? 0 : memcmp(a.data, b.data, common);

    if (order != 0) {
        return order;
    }
    return a.size < b.size ? -1 : a.size > b.size;
}

static char ascii_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

bool slice_equal_ascii_case(struct slice a, struct slice b)
{
    if (a.size != b.size) {
        return false;
    }
    for (size_t i = 0; i < a.size; i++) {
        if (ascii_lower(a.data[i]) != ascii_lower(b.data[i])) {
            return false;
        }
    }
    return true;
}

bool slice_starts_with(struct slice text, struct slice prefix)
{
    return text.size >= prefix.size && slice_equal(slice_of(text.data, prefix.size), prefix);
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct slice slice_trim(struct slice text)
{
    while (text.size > 0 && is_space(text.data[0])) {
        text.data++;
        text.size--;
    }
    while (text.size > 0 && is_space(text.data[text.size - 1])) {
        text.size--;
    }
    return text;
}

bool slice_split(struct slice *rest, char separator, struct slice *ret_part)
{
    if (rest->data == NULL) {
        return false;
    }
    const char *end = rest->size == 0 ? NULL : memchr(rest->data, separator, rest->size);

    if (end == NULL) {
        *ret_part = *rest;
        *rest = slice_of(NULL, 0);
        return true;
    }
    const size_t size = (size_t)(end - rest->data);
    *ret_part = slice_of(rest->data, size);
    *rest = slice_of(end + 1, rest->size - size - 1);
    return true;
}

bool slice_to_u64(struct slice text, uint64_t max, uint64_t *ret_value)
{
    uint64_t value = 0;

    if (text.size == 0 || text.size > 20) {
        return false;
    }
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            return false;
        }
        if (__builtin_mul_overflow(value, 10U, &value) ||
            __builtin_add_overflow(value, (uint64_t)(text.data[i] - '0'), &value)) {
            return false;
        }
    }
    if (value > max) {
        return false;
    }
    *ret_value = value;
    return true;
}

/* Bytes of the sequence that `first` leads, and the allowed range of its second byte
 * (RFC 3629, table 3-7 of the Unicode Standard); 0 when `first` leads none. */
static size_t utf8_lead(uint8_t first, uint8_t *ret_low, uint8_t *ret_high)
{
    *ret_low = 0x80;
    *ret_high = 0xBF;
    if (first >= 0xC2 && first <= 0xDF) {
        return 2;
    }
    if (first >= 0xE0 && first <= 0xEF) {
        *ret_low = first == 0xE0 ? 0xA0 : 0x80;
        *ret_high = first == 0xED ? 0x9F : 0xBF;
        return 3;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        *ret_low = first == 0xF0 ? 0x90 : 0x80;
        *ret_high = first == 0xF4 ? 0x8F : 0xBF;
        return 4;
    }
    return 0;
}

bool utf8_valid(struct slice text)
{
    const uint8_t *p = (const uint8_t *)text.data;
    size_t left = text.size;

    while (left > 0) {
        uint8_t low;
        uint8_t high;

        if (*p < 0x80) {
            p++;
            left--;
            continue;
        }
        const size_t size = utf8_lead(*p, &low, &high);
        if (size == 0 || size > left || p[1] < low || p[1] > high) {
            return false;
        }
        for (size_t i = 2; i < size; i++) {
            if ((p[i] & 0xC0) != 0x80) {
                return false;
            }
        }
        p += size;
        left -= size;
    }
    return true;
}
