/* Names as they are compared: folded, and without the words for the legal form. */
#include "customer/customer.h"

enum { SUFFIX_ROUNDS = 2 };

/* One character of well-formed UTF-8; returns its size. */
static size_t character_read(struct slice text, uint32_t *ret_point)
{
    const uint8_t first = (uint8_t)text.data[0];
    const size_t size = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    uint32_t point = size == 1 ? first : first & (0x7FU >> size);

    check(size <= text.size);
    for (size_t i = 1; i < size; i++) {
        point = point << 6 | ((uint8_t)text.data[i] & 0x3FU);
    }
    *ret_point = point;
    return size;
}

/* Spaces, punctuation and symbols in the blocks where names have them. */
static bool skipped(uint32_t point)
{
    const bool letter = (point >= '0' && point <= '9') || (point >= 'A' && point <= 'Z') ||
                        (point >= 'a' && point <= 'z');

    return (point < 0x80 && !letter) || (point >= 0x80 && point < 0xC0) ||
           (point >= 0x2000 && point < 0x2070) || (point >= 0x3000 && point < 0x3040) ||
           (point >= 0xFE10 && point < 0xFE70) || (point >= 0xFF00 && point < 0xFFF0);
}

/* Full-width forms of ASCII are U+FF01 to U+FF5E. */
static uint32_t folded(uint32_t point)
{
    const uint32_t narrow = point >= 0xFF01 && point <= 0xFF5E ? point - 0xFF01 + '!' : point;

    return narrow >= 'A' && narrow <= 'Z' ? narrow - 'A' + 'a' : narrow;
}

struct slice customer_name_fold(struct arena *arena, struct slice name)
{
    char *text = arena_take(arena, name.size + 1);
    size_t size = 0;

    if (text == NULL) {
        return slice_of(NULL, 0);
    }
    while (name.size > 0) {
        uint32_t point;
        const size_t width = character_read(name, &point);
        const uint32_t as = folded(point);

        if (as < 0x80 && !skipped(as)) {
            text[size++] = (char)as;
        } else if (!skipped(as)) {
            memcpy(text + size, name.data, width);
            size += width;
        }
        name = slice_of(name.data + width, name.size - width);
    }
    return slice_of(text, size);
}

/* Longer ones first. */
static const char *const legal_forms[] = {
    "有限责任公司", "股份有限公司", "股份公司", "有限公司", "公司", "companylimited",
    "corporation",  "incorporated", "limited",  "coltd",    "gmbh", "corp",
    "llc",          "plc",          "inc",      "ltd",      "co",
};

struct slice customer_name_key(struct arena *arena, struct slice name)
{
    struct slice key = customer_name_fold(arena, name);

    for (unsigned round = 0; round < SUFFIX_ROUNDS; round++) {
        for (size_t i = 0; i < sizeof(legal_forms) / sizeof(legal_forms[0]); i++) {
            const struct slice form = slice_from_cstr(legal_forms[i]);
            if (key.size > form.size &&
                memcmp(key.data + key.size - form.size, form.data, form.size) == 0) {
                key.size -= form.size;
                break;
            }
        }
    }
    return key;
}
