/* Values of FEEL: immutable, 24 bytes, what does not fit lies in an arena.
 * Source: DMN 1.5, 10.3.2 (semantic domain). */
#ifndef HEADROOM_FEEL_VALUE_H
#define HEADROOM_FEEL_VALUE_H

#include "base/decimal.h"
#include "base/zone.h"

enum feel_kind {
    FEEL_NULL,
    FEEL_BOOLEAN,
    FEEL_NUMBER,
    FEEL_STRING,
    FEEL_DATE,
    FEEL_TIME,
    FEEL_DATE_TIME,
    FEEL_MONTHS, /* years and months duration */
    FEEL_SPAN,   /* days and time duration */
    FEEL_LIST,
    FEEL_CONTEXT,
    FEEL_RANGE,
    FEEL_FUNCTION,
    FEEL_KIND_COUNT,
};

/* A time, or a date and time: what clocks show, and where. */
struct feel_moment {
    int64_t days;            /* since 1970-01-01, proleptic Gregorian; 0 for a time */
    int64_t nanos;           /* of the day, 0 to 86400 * 10^9 - 1 */
    int32_t offset;          /* seconds east of UTC; meaningful when has_offset or zone */
    bool has_offset;         /* written as an offset, Z included */
    const struct zone *zone; /* written as a zone; NULL otherwise */
};

/* A duration of days and time: seconds * 10^9 + nanos, nanos of the sign of the whole. */
struct feel_span {
    int64_t seconds;
    int32_t nanos;
};

struct feel_value {
    uint8_t kind;  /* enum feel_kind */
    uint32_t size; /* bytes of a string, items of a list */
    union {
        bool boolean;
        struct decimal number;
        const char *text;
        int64_t days; /* a date, since 1970-01-01 */
        const struct feel_moment *moment;
        int64_t months;
        struct feel_span span;
        const struct feel_value *items;
        const struct feel_context *context;
        const struct feel_range *range;
        const struct feel_function *function;
    };
};

struct feel_entry {
    struct slice name;
    struct feel_value value;
};

struct feel_context {
    uint32_t count;
    uint32_t capacity; /* entries that fit; only its builder adds */
    struct feel_entry *entries;
};

/* How a range was written; ranges of different forms are never equal. */
enum feel_range_form {
    FEEL_RANGE_INTERVAL, /* [a..b], with null for an open end */
    FEEL_RANGE_LESS,     /* (< b), (<= b) */
    FEEL_RANGE_GREATER,  /* (> a), (>= a) */
    FEEL_RANGE_EQUAL,    /* (= a) */
    FEEL_RANGE_UNEQUAL,  /* (!= a) */
};

struct feel_range {
    enum feel_range_form form;
    bool start_included;
    bool end_included;
    struct feel_value start; /* null: no lower end */
    struct feel_value end;
};

#define FEEL_NOTHING ((struct feel_value){.kind = FEEL_NULL})

static inline struct feel_value feel_boolean(bool value)
{
    return (struct feel_value){.kind = FEEL_BOOLEAN, .boolean = value};
}

static inline struct feel_value feel_number(struct decimal value)
{
    return (struct feel_value){.kind = FEEL_NUMBER, .number = value};
}

static inline struct feel_value feel_integer(int64_t value)
{
    return feel_number(decimal_from_i64(value));
}

/** The string lies where `text` lies; at most 2^32 - 1 bytes. */
static inline struct feel_value feel_string(struct slice text)
{
    check(text.size <= UINT32_MAX);
    return (struct feel_value){.kind = FEEL_STRING, .size = (uint32_t)text.size, .text = text.data};
}

static inline struct slice feel_text(struct feel_value value)
{
    return slice_of(value.text, value.size);
}

static inline struct feel_value feel_list(const struct feel_value *items, uint32_t count)
{
    return (struct feel_value){.kind = FEEL_LIST, .size = count, .items = items};
}

static inline bool feel_is_true(struct feel_value value)
{
    return value.kind == FEEL_BOOLEAN && value.boolean;
}

/** The name of a kind as the language writes it, such as "date and time". */
struct slice feel_kind_name(enum feel_kind kind);

/** An empty context with room for `capacity` entries, NULL when the arena is exhausted. */
struct feel_context *feel_context_new(struct arena *arena, uint32_t capacity) MUST_USE;
/** Adds an entry, or replaces the value of the entry of that name, keeping its place. Grows the
 *  context within the arena; false when that is exhausted. */
bool feel_context_put(struct arena *arena, struct feel_context *context, struct slice name,
                      struct feel_value value) MUST_USE;
/** The value of an entry, NULL when there is none. */
const struct feel_value *feel_context_get(const struct feel_context *context, struct slice name);

static inline struct feel_value feel_context_value(const struct feel_context *context)
{
    return (struct feel_value){.kind = FEEL_CONTEXT, .context = context};
}

/* The answer of a comparison. FEEL_INCOMPARABLE is null in the language. */
enum feel_order {
    FEEL_LESS = -1,
    FEEL_SAME = 0,
    FEEL_MORE = 1,
    FEEL_INCOMPARABLE = 2,
};

enum { FEEL_NEST_MAX = 200 }; /* lists and contexts within one another that are compared */

/** Orders numbers, strings, dates, times and durations of the same kind; a date counts as midnight
 *  UTC beside a date and time. Source: DMN 1.5, table 54. */
enum feel_order feel_compare(struct feel_value a, struct feel_value b);
/** Equality: 1 equal, 0 not, -1 null (the values are of different kinds). Fractions of a second are
 *  not considered in times. Source: DMN 1.5, table 53. */
int feel_equal(struct feel_value a, struct feel_value b);
/** True when both are the same element of the domain: equality without any conversion. */
bool feel_same(struct feel_value a, struct feel_value b);

#endif
