/* Relations between points and ranges. Source: DMN 1.5, table 78; the letters are its rows. */
#include "feel/builtin.h"

/* A point or the end of a range: where it lies, and whether it belongs. */
struct end {
    struct feel_value value;
    bool included;
    int infinite; /* -1, 1: the range has no such end; value is null */
};

struct pair {
    const struct builtin_call *call;
    bool failed; /* two ends cannot be compared */
};

static bool is_range(const struct builtin_call *call, uint32_t index)
{
    return call->arguments[index].kind == FEEL_RANGE;
}

static struct end start_of(const struct builtin_call *call, uint32_t index)
{
    const struct feel_value value = call->arguments[index];
    if (value.kind != FEEL_RANGE) {
        return (struct end){value, true, 0};
    }
    const struct feel_value start = value.range->start;
    const bool open = start.kind == FEEL_NULL && value.range->end.kind != FEEL_NULL;
    return (struct end){start, value.range->start_included, open ? -1 : 0};
}

static struct end end_of(const struct builtin_call *call, uint32_t index)
{
    const struct feel_value value = call->arguments[index];
    if (value.kind != FEEL_RANGE) {
        return (struct end){value, true, 0};
    }
    const struct feel_value end = value.range->end;
    const bool open = end.kind == FEEL_NULL && value.range->start.kind != FEEL_NULL;
    return (struct end){end, value.range->end_included, open ? 1 : 0};
}

static enum feel_order compare(struct pair *pair, struct end a, struct end b)
{
    if (a.infinite != 0 || b.infinite != 0) {
        return a.infinite < b.infinite   ? FEEL_LESS
               : a.infinite > b.infinite ? FEEL_MORE
                                         : FEEL_SAME;
    }
    const enum feel_order order = feel_compare(a.value, b.value);
    pair->failed = pair->failed || order == FEEL_INCOMPARABLE;
    return order;
}

static bool less(struct pair *pair, struct end a, struct end b)
{
    return compare(pair, a, b) == FEEL_LESS;
}

static bool same(struct pair *pair, struct end a, struct end b)
{
    return compare(pair, a, b) == FEEL_SAME;
}

static struct feel_value answer(const struct pair *pair, bool value)
{
    return pair->failed ? builtin_fail(pair->call, "the values cannot be compared")
                        : feel_boolean(value);
}

/* True when all that ends at `a` lies before all that begins at `b`. */
static bool ends_before(struct pair *pair, struct end a, struct end b)
{
    return less(pair, a, b) || ((!a.included || !b.included) && same(pair, a, b));
}

BUILTIN(builtin_before)
{
    struct pair pair = {call, false};
    return answer(&pair, ends_before(&pair, end_of(call, 0), start_of(call, 1)));
}

BUILTIN(builtin_after)
{
    struct pair pair = {call, false};
    return answer(&pair, ends_before(&pair, end_of(call, 1), start_of(call, 0)));
}

static bool touches(struct pair *pair, struct end a, struct end b)
{
    return a.included && b.included && same(pair, a, b);
}

BUILTIN(builtin_meets)
{
    struct pair pair = {call, false};
    return answer(&pair, touches(&pair, end_of(call, 0), start_of(call, 1)));
}

BUILTIN(builtin_met_by)
{
    struct pair pair = {call, false};
    return answer(&pair, touches(&pair, end_of(call, 1), start_of(call, 0)));
}

/* True when something that ends at `a` reaches what begins at `b`. */
static bool reaches(struct pair *pair, struct end a, struct end b)
{
    return less(pair, b, a) || touches(pair, a, b);
}

BUILTIN(builtin_overlaps)
{
    struct pair pair = {call, false};
    const bool value = reaches(&pair, end_of(call, 0), start_of(call, 1)) &&
                       reaches(&pair, end_of(call, 1), start_of(call, 0));
    return answer(&pair, value);
}

/* The range at index `a` begins first, reaches into the one at `b` and ends no later. */
static struct feel_value overlaps_first(const struct builtin_call *call, uint32_t a, uint32_t b)
{
    struct pair pair = {call, false};
    const struct end a_start = start_of(call, a);
    const struct end b_start = start_of(call, b);
    const struct end a_end = end_of(call, a);
    const struct end b_end = end_of(call, b);
    const bool begins = less(&pair, a_start, b_start) ||
                        (a_start.included && !b_start.included && same(&pair, a_start, b_start));
    const bool ends = less(&pair, a_end, b_end) ||
                      ((!a_end.included || b_end.included) && same(&pair, a_end, b_end));
    const bool meets = reaches(&pair, a_end, b_start);
    return answer(&pair, begins && meets && ends);
}

BUILTIN(builtin_overlaps_before)
{
    return overlaps_first(call, 0, 1);
}

BUILTIN(builtin_overlaps_after)
{
    return overlaps_first(call, 1, 0);
}

/* The one at `a` ends with the one at `b` and begins no earlier. */
static struct feel_value finishes(const struct builtin_call *call, uint32_t a, uint32_t b)
{
    struct pair pair = {call, false};
    const struct end a_end = end_of(call, a);
    const struct end b_end = end_of(call, b);
    const bool together = same(&pair, a_end, b_end);
    if (!is_range(call, a)) {
        return answer(&pair, together && b_end.included);
    }
    const struct end a_start = start_of(call, a);
    const struct end b_start = start_of(call, b);
    const bool inside = less(&pair, b_start, a_start) ||
                        ((!a_start.included || b_start.included) && same(&pair, a_start, b_start));
    return answer(&pair, together && a_end.included == b_end.included && inside);
}

BUILTIN(builtin_finishes)
{
    return finishes(call, 0, 1);
}

BUILTIN(builtin_finished_by)
{
    return finishes(call, 1, 0);
}

/* The one at `a` lies within the one at `b`. */
static struct feel_value within(const struct builtin_call *call, uint32_t a, uint32_t b)
{
    struct pair pair = {call, false};
    const struct end a_start = start_of(call, a);
    const struct end b_start = start_of(call, b);
    const struct end a_end = end_of(call, a);
    const struct end b_end = end_of(call, b);
    const bool starts = less(&pair, b_start, a_start) ||
                        ((b_start.included || (is_range(call, a) && !a_start.included)) &&
                         same(&pair, a_start, b_start));
    const bool ends =
        less(&pair, a_end, b_end) ||
        ((b_end.included || (is_range(call, a) && !a_end.included)) && same(&pair, a_end, b_end));
    return answer(&pair, starts && ends);
}

BUILTIN(builtin_during)
{
    return within(call, 0, 1);
}

BUILTIN(builtin_includes)
{
    return within(call, 1, 0);
}

/* The one at `a` begins with the one at `b` and ends no later. */
static struct feel_value starts(const struct builtin_call *call, uint32_t a, uint32_t b)
{
    struct pair pair = {call, false};
    const struct end a_start = start_of(call, a);
    const struct end b_start = start_of(call, b);
    const bool together = same(&pair, a_start, b_start);
    if (!is_range(call, a)) {
        return answer(&pair, together && b_start.included);
    }
    const struct end a_end = end_of(call, a);
    const struct end b_end = end_of(call, b);
    const bool inside = less(&pair, a_end, b_end) ||
                        ((!a_end.included || b_end.included) && same(&pair, a_end, b_end));
    return answer(&pair, together && a_start.included == b_start.included && inside);
}

BUILTIN(builtin_starts)
{
    return starts(call, 0, 1);
}

BUILTIN(builtin_started_by)
{
    return starts(call, 1, 0);
}

BUILTIN(builtin_coincides)
{
    struct pair pair = {call, false};
    const struct end a_start = start_of(call, 0);
    const struct end b_start = start_of(call, 1);
    const struct end a_end = end_of(call, 0);
    const struct end b_end = end_of(call, 1);
    const bool value = a_start.included == b_start.included && a_end.included == b_end.included &&
                       same(&pair, a_start, b_start) && same(&pair, a_end, b_end);
    return answer(&pair, value);
}
