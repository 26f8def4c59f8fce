#include "feel/value.h"

#include "feel/function.h"
#include "feel/temporal.h"

struct slice feel_kind_name(enum feel_kind kind)
{
    static const char *const names[FEEL_KIND_COUNT] = {
        [FEEL_NULL] = "null",
        [FEEL_BOOLEAN] = "boolean",
        [FEEL_NUMBER] = "number",
        [FEEL_STRING] = "string",
        [FEEL_DATE] = "date",
        [FEEL_TIME] = "time",
        [FEEL_DATE_TIME] = "date and time",
        [FEEL_MONTHS] = "years and months duration",
        [FEEL_SPAN] = "days and time duration",
        [FEEL_LIST] = "list",
        [FEEL_CONTEXT] = "context",
        [FEEL_RANGE] = "range",
        [FEEL_FUNCTION] = "function",
    };
    check(kind < FEEL_KIND_COUNT);
    return slice_from_cstr(names[kind]);
}

struct feel_context *feel_context_new(struct arena *arena, uint32_t capacity)
{
    struct feel_context *context = arena_take(arena, sizeof *context);
    if (context == NULL) {
        return NULL;
    }
    context->entries =
        arena_take_array(arena, capacity == 0 ? 1 : capacity, sizeof *context->entries);
    context->capacity = capacity == 0 ? 1 : capacity;
    return context->entries == NULL ? NULL : context;
}

static struct feel_entry *context_find(const struct feel_context *context, struct slice name)
{
    for (uint32_t i = 0; i < context->count; i++) {
        const struct slice own = context->entries[i].name;
        if (own.size == name.size &&
            (own.data == name.data || memcmp(own.data, name.data, name.size) == 0)) {
            return &context->entries[i];
        }
    }
    return NULL;
}

bool feel_context_put(struct arena *arena, struct feel_context *context, struct slice name,
                      struct feel_value value)
{
    struct feel_entry *entry = context_find(context, name);
    if (entry != NULL) {
        entry->value = value;
        return true;
    }
    if (context->count == context->capacity) {
        if (context->capacity > UINT32_MAX / 2) {
            return false;
        }
        const uint32_t capacity = context->capacity * 2;
        struct feel_entry *entries = arena_take_array(arena, capacity, sizeof *entries);
        if (entries == NULL) {
            return false;
        }
        memcpy(entries, context->entries, context->count * sizeof *entries);
        context->entries = entries;
        context->capacity = capacity;
    }
    context->entries[context->count++] = (struct feel_entry){.name = name, .value = value};
    return true;
}

const struct feel_value *feel_context_get(const struct feel_context *context, struct slice name)
{
    const struct feel_entry *entry = context_find(context, name);
    return entry == NULL ? NULL : &entry->value;
}

static enum feel_order order_i64(int64_t a, int64_t b)
{
    return a < b ? FEEL_LESS : a > b ? FEEL_MORE : FEEL_SAME;
}

static enum feel_order order_strings(struct feel_value a, struct feel_value b)
{
    /* UTF-8 sorts by bytes as its code points do. */
    const int order = slice_compare(feel_text(a), feel_text(b));
    return order < 0 ? FEEL_LESS : order > 0 ? FEEL_MORE : FEEL_SAME;
}

static bool is_day(struct feel_value value)
{
    return value.kind == FEEL_DATE || value.kind == FEEL_DATE_TIME;
}

static enum feel_order order_days(struct feel_value a, struct feel_value b)
{
    const struct feel_moment x = moment_of_day_value(a);
    const struct feel_moment y = moment_of_day_value(b);
    return (enum feel_order)moment_compare(&x, &y);
}

enum feel_order feel_compare(struct feel_value a, struct feel_value b)
{
    if (a.kind != b.kind) {
        return is_day(a) && is_day(b) ? order_days(a, b) : FEEL_INCOMPARABLE;
    }
    switch ((enum feel_kind)a.kind) {
    case FEEL_NUMBER:
        return (enum feel_order)decimal_compare(a.number, b.number);
    case FEEL_STRING:
        return order_strings(a, b);
    case FEEL_DATE:
        return order_i64(a.days, b.days);
    case FEEL_DATE_TIME:
        return (enum feel_order)moment_compare(a.moment, b.moment);
    case FEEL_TIME:
        return (enum feel_order)moment_compare(a.moment, b.moment);
    case FEEL_MONTHS:
        return order_i64(a.months, b.months);
    case FEEL_SPAN:
        return (enum feel_order)span_compare(a.span, b.span);
    default:
        return FEEL_INCOMPARABLE;
    }
}

static int equal_nested(struct feel_value a, struct feel_value b, unsigned depth);

static int equal_lists(struct feel_value a, struct feel_value b, unsigned depth)
{
    if (a.size != b.size) {
        return 0;
    }
    for (uint32_t i = 0; i < a.size; i++) {
        if (equal_nested(a.items[i], b.items[i], depth + 1) != 1) {
            return 0;
        }
    }
    return 1;
}

static int equal_contexts(const struct feel_context *a, const struct feel_context *b,
                          unsigned depth)
{
    if (a->count != b->count) {
        return 0;
    }
    for (uint32_t i = 0; i < a->count; i++) {
        const struct feel_value *other = feel_context_get(b, a->entries[i].name);
        if (other == NULL || equal_nested(a->entries[i].value, *other, depth + 1) != 1) {
            return 0;
        }
    }
    return 1;
}

static int equal_ranges(const struct feel_range *a, const struct feel_range *b, unsigned depth)
{
    return a->form == b->form && a->start_included == b->start_included &&
           a->end_included == b->end_included && equal_nested(a->start, b->start, depth + 1) == 1 &&
           equal_nested(a->end, b->end, depth + 1) == 1;
}

static int equal_nested(struct feel_value a, struct feel_value b, unsigned depth)
{
    if (a.kind == FEEL_NULL || b.kind == FEEL_NULL) {
        return a.kind == b.kind;
    }
    if (depth > FEEL_NEST_MAX) {
        return -1;
    }
    if (a.kind != b.kind) {
        if (!is_day(a) || !is_day(b)) {
            return -1;
        }
        const struct feel_moment x = moment_of_day_value(a);
        const struct feel_moment y = moment_of_day_value(b);
        return moment_equal(&x, &y);
    }
    switch ((enum feel_kind)a.kind) {
    case FEEL_BOOLEAN:
        return a.boolean == b.boolean;
    case FEEL_NUMBER:
        return decimal_equal(a.number, b.number);
    case FEEL_STRING:
        return slice_equal(feel_text(a), feel_text(b));
    case FEEL_DATE_TIME:
    case FEEL_TIME:
        return moment_equal(a.moment, b.moment);
    case FEEL_LIST:
        return equal_lists(a, b, depth);
    case FEEL_CONTEXT:
        return equal_contexts(a.context, b.context, depth);
    case FEEL_RANGE:
        return equal_ranges(a.range, b.range, depth);
    case FEEL_FUNCTION:
        return function_equal(a.function, b.function);
    default:
        return feel_compare(a, b) == FEEL_SAME;
    }
}

int feel_equal(struct feel_value a, struct feel_value b)
{
    return equal_nested(a, b, 0);
}

bool feel_same(struct feel_value a, struct feel_value b)
{
    if (a.kind != b.kind) {
        return false;
    }
    if (a.kind == FEEL_TIME || a.kind == FEEL_DATE_TIME) {
        return moment_same(a.moment, b.moment);
    }
    return feel_equal(a, b) == 1;
}
