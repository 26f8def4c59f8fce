#include "feel/name.h"

/* Decodes the code point at a place; its bytes, or 0 at the end. Malformed text counts byte by
 * byte as U+FFFD. */
static size_t decode(struct slice text, size_t at, uint32_t *ret_point)
{
    if (at >= text.size) {
        return 0;
    }
    const uint8_t *data = (const uint8_t *)text.data + at;
    const size_t left = text.size - at;
    if (data[0] < 0x80) {
        *ret_point = data[0];
        return 1;
    }
    if (data[0] >= 0xc2 && data[0] < 0xe0 && left >= 2) {
        *ret_point = ((uint32_t)(data[0] & 0x1f) << 6) | (data[1] & 0x3fU);
        return 2;
    }
    if (data[0] >= 0xe0 && data[0] < 0xf0 && left >= 3) {
        *ret_point =
            ((uint32_t)(data[0] & 0x0f) << 12) | ((data[1] & 0x3fU) << 6) | (data[2] & 0x3fU);
        return 3;
    }
    if (data[0] >= 0xf0 && data[0] < 0xf5 && left >= 4) {
        *ret_point = ((uint32_t)(data[0] & 0x07) << 18) | ((data[1] & 0x3fU) << 12) |
                     ((data[2] & 0x3fU) << 6) | (data[3] & 0x3fU);
        return 4;
    }
    *ret_point = 0xfffd;
    return 1;
}

/* Rules 61 and 62. */
static bool is_space(uint32_t c)
{
    return (c >= 0x0a && c <= 0x0d) || c == 0x09 || c == 0x20 || c == 0x85 || c == 0xa0 ||
           c == 0x1680 || c == 0x180e || (c >= 0x2000 && c <= 0x200b) || c == 0x2028 ||
           c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000 || c == 0xfeff;
}

/* Rule 28. */
static bool is_start(uint32_t c)
{
    if (c < 0x80) {
        return c == '?' || c == '_' || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    }
    static const uint32_t ranges[][2] = {
        {0xc0, 0xd6},     {0xd8, 0xf6},     {0xf8, 0x2ff},    {0x370, 0x37d},
        {0x37f, 0x1fff},  {0x200c, 0x200d}, {0x2070, 0x218f}, {0x2c00, 0x2fef},
        {0x3001, 0xd7ff}, {0xf900, 0xfdcf}, {0xfdf0, 0xfffd}, {0x10000, 0xeffff},
    };
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        if (c >= ranges[i][0] && c <= ranges[i][1]) {
            return !is_space(c);
        }
    }
    return false;
}

/* Rule 29. */
static bool is_part(uint32_t c)
{
    return is_start(c) || (c >= '0' && c <= '9') || c == 0xb7 || (c >= 0x300 && c <= 0x36f) ||
           (c >= 0x203f && c <= 0x2040);
}

size_t name_space_at(struct slice text, size_t at)
{
    uint32_t point = 0;
    const size_t size = decode(text, at, &point);
    return size > 0 && is_space(point) ? size : 0;
}

size_t name_start_at(struct slice text, size_t at)
{
    uint32_t point = 0;
    const size_t size = decode(text, at, &point);
    return size > 0 && is_start(point) ? size : 0;
}

size_t name_part_at(struct slice text, size_t at)
{
    uint32_t point = 0;
    const size_t size = decode(text, at, &point);
    return size > 0 && is_part(point) ? size : 0;
}

size_t name_word_at(struct slice text, size_t at)
{
    const size_t start = at;
    for (size_t size = name_part_at(text, at); size > 0; size = name_part_at(text, at)) {
        at += size;
    }
    return at - start;
}

bool name_symbol(char c)
{
    return c == '.' || c == '/' || c == '-' || c == '\'' || c == '+' || c == '*';
}

/* The next token at or behind `*at`: a word or one other character. Moves `*at` behind it. */
static struct slice next_token(struct slice text, size_t *at)
{
    for (size_t size = name_space_at(text, *at); size > 0; size = name_space_at(text, *at)) {
        *at += size;
    }
    if (*at >= text.size) {
        return slice_of(text.data, 0);
    }
    size_t size = name_word_at(text, *at);
    if (size == 0) {
        uint32_t point = 0;
        size = decode(text, *at, &point);
    }
    const struct slice token = slice_of(text.data + *at, size);
    *at += size;
    return token;
}

size_t name_match(struct slice name, struct slice text, size_t at)
{
    size_t in_name = 0;
    size_t in_text = at;
    struct slice wanted = next_token(name, &in_name);
    if (wanted.size == 0) {
        return 0;
    }
    while (wanted.size > 0) {
        const struct slice found = next_token(text, &in_text);
        if (!slice_equal(wanted, found)) {
            return 0;
        }
        wanted = next_token(name, &in_name);
    }
    return in_text;
}

bool name_equal(struct slice a, struct slice b)
{
    if (slice_equal(a, b)) {
        return true;
    }
    size_t at = name_match(a, b, 0);
    return at > 0 && next_token(b, &at).size == 0;
}

struct slice name_normalize(struct arena *arena, struct slice name)
{
    char *data = arena_take(arena, name.size + 1);
    if (data == NULL) {
        return slice_of(NULL, 0);
    }
    size_t size = 0;
    bool gap = false;
    for (size_t at = 0; at < name.size;) {
        const size_t space = name_space_at(name, at);
        if (space > 0) {
            gap = size > 0;
            at += space;
            continue;
        }
        if (gap) {
            data[size++] = ' ';
            gap = false;
        }
        data[size++] = name.data[at++];
    }
    return slice_of(data, size);
}

bool name_simple(struct slice name)
{
    return name.size > 0 && name_start_at(name, 0) > 0 && name_word_at(name, 0) == name.size;
}
