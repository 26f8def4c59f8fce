/* A slice: bytes that somebody else owns, with their size. Text is UTF-8 and has no terminator. */
#ifndef HEADROOM_BASE_SLICE_H
#define HEADROOM_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/check.h"

struct slice {
    const char *data; /* may be NULL when size is 0 */
    size_t size;      /* bytes */
};

/** A slice over a string literal. */
#define SLICE(literal) ((struct slice){("" literal), sizeof(literal) - 1})

static inline struct slice slice_of(const char *data, size_t size)
{
    return (struct slice){data, size};
}

/** A slice over a C string; NULL gives the empty slice. */
static inline struct slice slice_from_cstr(const char *text)
{
    return (struct slice){text, text == NULL ? 0 : strlen(text)};
}

static inline bool slice_equal(struct slice a, struct slice b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

/** The order of memcmp, a prefix before what it begins. */
int slice_compare(struct slice a, struct slice b);
/** Equality without regard to the case of ASCII letters. */
bool slice_equal_ascii_case(struct slice a, struct slice b);
bool slice_starts_with(struct slice text, struct slice prefix);
/** Text without spaces, tabs, CR and LF at either end. */
struct slice slice_trim(struct slice text);
/** Takes what stands before the first `separator` off `*rest`; all of it when there is none.
 *  Returns false when `*rest` had been used up before (data NULL). */
bool slice_split(struct slice *rest, char separator, struct slice *ret_part);
/** Reads all of `text` as a decimal number without sign; false when it is none or passes `max`. */
bool slice_to_u64(struct slice text, uint64_t max, uint64_t *ret_value) MUST_USE;

/** True when `text` is well-formed UTF-8 (no overlong forms, surrogates or code points above
 * 10FFFF). Source: RFC 3629, section 4. */
bool utf8_valid(struct slice text);

#endif
