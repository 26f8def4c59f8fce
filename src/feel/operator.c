#include "feel/operator.h"

static struct feel_value fail_kinds(struct feel_eval *eval, const struct feel_node *node,
                                    const char *what, struct feel_value a, struct feel_value b)
{
    const struct slice x = feel_kind_name((enum feel_kind)a.kind);
    const struct slice y = feel_kind_name((enum feel_kind)b.kind);
    return feel_fail(eval, node->position, "%s is not defined for %.*s and %.*s", what, (int)x.size,
                     x.data, (int)y.size, y.data);
}

static struct feel_value number_result(struct feel_eval *eval, const struct feel_node *node,
                                       bool valid, struct decimal value)
{
    return valid ? feel_number(value)
                 : feel_fail(eval, node->position, "the result is not a number in range");
}

static struct feel_value numbers(struct feel_eval *eval, const struct feel_node *node,
                                 struct decimal a, struct decimal b)
{
    struct decimal value = DECIMAL_ZERO;
    bool valid = false;
    switch ((enum feel_operation)node->operation) {
    case FEEL_OP_ADD:
        valid = decimal_add(a, b, &value);
        break;
    case FEEL_OP_SUBTRACT:
        valid = decimal_subtract(a, b, &value);
        break;
    case FEEL_OP_MULTIPLY:
        valid = decimal_multiply(a, b, &value);
        break;
    case FEEL_OP_DIVIDE:
        valid = decimal_divide(a, b, &value);
        break;
    default:
        valid = decimal_power(a, b, &value);
        break;
    }
    return number_result(eval, node, valid, value);
}

static struct feel_value concatenate(struct feel_eval *eval, struct feel_value a,
                                     struct feel_value b)
{
    const size_t size = (size_t)a.size + b.size;
    char *text = size > UINT32_MAX ? NULL : arena_take(eval->arena, size + 1);
    if (text == NULL) {
        return feel_out_of_memory(eval);
    }
    if (a.size > 0) {
        memcpy(text, a.text, a.size);
    }
    if (b.size > 0) {
        memcpy(text + a.size, b.text, b.size);
    }
    return feel_string(slice_of(text, size));
}

static bool is_day(struct feel_value value)
{
    return value.kind == FEEL_DATE || value.kind == FEEL_DATE_TIME;
}

/* A point in time and a duration; NOTHING with a diagnostic when it leaves the calendar. */
static struct feel_value shift(struct feel_eval *eval, const struct feel_node *node,
                               struct feel_value point, struct feel_value duration)
{
    int64_t days = 0;
    struct feel_moment moment;
    if (duration.kind == FEEL_MONTHS && is_day(point)) {
        const int64_t from = point.kind == FEEL_DATE ? point.days : point.moment->days;
        if (calendar_add_months(from, duration.months, &days)) {
            if (point.kind == FEEL_DATE) {
                return (struct feel_value){.kind = FEEL_DATE, .days = days};
            }
            moment = *point.moment;
            moment.days = days;
            moment_settle(&moment, false);
            return feel_moment_value(eval, FEEL_DATE_TIME, &moment);
        }
    } else if (duration.kind == FEEL_SPAN && point.kind == FEEL_DATE) {
        if (date_add(point.days, duration.span, &days)) {
            return (struct feel_value){.kind = FEEL_DATE, .days = days};
        }
    } else if (duration.kind == FEEL_SPAN && point.kind == FEEL_DATE_TIME) {
        if (moment_add(point.moment, duration.span, &moment)) {
            return feel_moment_value(eval, FEEL_DATE_TIME, &moment);
        }
    } else if (duration.kind == FEEL_SPAN && point.kind == FEEL_TIME) {
        moment = time_add(point.moment, duration.span);
        return feel_moment_value(eval, FEEL_TIME, &moment);
    } else {
        return fail_kinds(eval, node, "addition", point, duration);
    }
    return feel_fail(eval, node->position, "the result is outside of the calendar");
}

static struct feel_value durations(struct feel_eval *eval, const struct feel_node *node,
                                   struct feel_value a, struct feel_value b)
{
    if (a.kind == FEEL_MONTHS && b.kind == FEEL_MONTHS) {
        int64_t months = 0;
        if (!__builtin_add_overflow(a.months, b.months, &months)) {
            return (struct feel_value){.kind = FEEL_MONTHS, .months = months};
        }
    } else if (a.kind == FEEL_SPAN && b.kind == FEEL_SPAN) {
        struct feel_span span;
        if (span_add(a.span, b.span, &span)) {
            return (struct feel_value){.kind = FEEL_SPAN, .span = span};
        }
    } else {
        return fail_kinds(eval, node, "addition", a, b);
    }
    return feel_fail(eval, node->position, "the duration is out of range");
}

static bool is_duration(struct feel_value value)
{
    return value.kind == FEEL_MONTHS || value.kind == FEEL_SPAN;
}

static struct feel_value negated(struct feel_value value)
{
    if (value.kind == FEEL_MONTHS) {
        value.months = -value.months;
    } else {
        value.span = span_negate(value.span);
    }
    return value;
}

static struct feel_value add(struct feel_eval *eval, const struct feel_node *node,
                             struct feel_value a, struct feel_value b)
{
    if (a.kind == FEEL_STRING && b.kind == FEEL_STRING) {
        return concatenate(eval, a, b);
    }
    if (is_duration(a) && is_duration(b)) {
        return durations(eval, node, a, b);
    }
    if (is_duration(b)) {
        return shift(eval, node, a, b);
    }
    if (is_duration(a)) {
        return shift(eval, node, b, a);
    }
    return fail_kinds(eval, node, "addition", a, b);
}

static struct feel_value subtract(struct feel_eval *eval, const struct feel_node *node,
                                  struct feel_value a, struct feel_value b)
{
    struct feel_span span;
    if (is_duration(b)) {
        return is_duration(a) ? durations(eval, node, a, negated(b))
                              : shift(eval, node, a, negated(b));
    }
    if (is_day(a) && is_day(b)) {
        const struct feel_moment x = moment_of_day_value(a);
        const struct feel_moment y = moment_of_day_value(b);
        if (moment_subtract(&x, &y, &span)) {
            return (struct feel_value){.kind = FEEL_SPAN, .span = span};
        }
    } else if (a.kind == FEEL_TIME && b.kind == FEEL_TIME) {
        if (moment_subtract(a.moment, b.moment, &span)) {
            return (struct feel_value){.kind = FEEL_SPAN, .span = span};
        }
    } else {
        return fail_kinds(eval, node, "subtraction", a, b);
    }
    return feel_fail(eval, node->position, "only one of the values has a time zone");
}

/* The length of a duration as a number: months or seconds. */
static bool duration_number(struct feel_value value, struct decimal *ret_number)
{
    if (value.kind == FEEL_MONTHS) {
        *ret_number = decimal_from_i64(value.months);
        return true;
    }
    return span_to_decimal(value.span, ret_number);
}

static struct feel_value scale(struct feel_eval *eval, const struct feel_node *node,
                               struct feel_value duration, struct decimal factor)
{
    struct decimal length = DECIMAL_ZERO;
    struct feel_value result = {.kind = duration.kind};
    bool valid = duration_number(duration, &length) &&
                 (node->operation == FEEL_OP_MULTIPLY ? decimal_multiply(length, factor, &length)
                                                      : decimal_divide(length, factor, &length));
    if (valid && duration.kind == FEEL_MONTHS) {
        valid = decimal_truncate_i64(length, &result.months);
    } else if (valid) {
        valid = span_from_decimal(length, &result.span);
    }
    return valid ? result : feel_fail(eval, node->position, "the duration is out of range");
}

static struct feel_value multiply_or_divide(struct feel_eval *eval, const struct feel_node *node,
                                            struct feel_value a, struct feel_value b)
{
    const bool divide = node->operation == FEEL_OP_DIVIDE;
    if (is_duration(a) && b.kind == FEEL_NUMBER) {
        return scale(eval, node, a, b.number);
    }
    if (!divide && is_duration(b) && a.kind == FEEL_NUMBER) {
        return scale(eval, node, b, a.number);
    }
    if (divide && is_duration(a) && a.kind == b.kind) {
        struct decimal x = DECIMAL_ZERO;
        struct decimal y = DECIMAL_ZERO;
        const bool valid =
            duration_number(a, &x) && duration_number(b, &y) && decimal_divide(x, y, &x);
        return number_result(eval, node, valid, x);
    }
    return fail_kinds(eval, node, divide ? "division" : "multiplication", a, b);
}

struct feel_value operator_arithmetic(struct feel_eval *eval, const struct feel_node *node,
                                      struct feel_value a, struct feel_value b)
{
    if (a.kind == FEEL_NUMBER && b.kind == FEEL_NUMBER) {
        return numbers(eval, node, a.number, b.number);
    }
    switch ((enum feel_operation)node->operation) {
    case FEEL_OP_ADD:
        return add(eval, node, a, b);
    case FEEL_OP_SUBTRACT:
        return subtract(eval, node, a, b);
    case FEEL_OP_POWER:
        return fail_kinds(eval, node, "exponentiation", a, b);
    default:
        return multiply_or_divide(eval, node, a, b);
    }
}

struct feel_value operator_negate(struct feel_eval *eval, const struct feel_node *node,
                                  struct feel_value value)
{
    if (value.kind == FEEL_NUMBER) {
        return feel_number(decimal_negate(value.number));
    }
    if (is_duration(value)) {
        return negated(value);
    }
    return feel_fail(eval, node->position, "only numbers and durations can be negated");
}

struct feel_value operator_compare(struct feel_eval *eval, const struct feel_node *node,
                                   struct feel_value a, struct feel_value b)
{
    if (node->operation == FEEL_OP_EQUAL || node->operation == FEEL_OP_UNEQUAL) {
        const int equal = feel_equal(a, b);
        if (equal < 0) {
            return fail_kinds(eval, node, "equality", a, b);
        }
        return feel_boolean((equal == 1) == (node->operation == FEEL_OP_EQUAL));
    }
    const enum feel_order order = feel_compare(a, b);
    if (order == FEEL_INCOMPARABLE) {
        return fail_kinds(eval, node, "order", a, b);
    }
    switch ((enum feel_operation)node->operation) {
    case FEEL_OP_LESS:
        return feel_boolean(order < 0);
    case FEEL_OP_LESS_EQUAL:
        return feel_boolean(order <= 0);
    case FEEL_OP_MORE:
        return feel_boolean(order > 0);
    default:
        return feel_boolean(order >= 0);
    }
}

int operator_in_range(struct feel_value value, const struct feel_range *range)
{
    if (range->form == FEEL_RANGE_EQUAL) {
        return feel_equal(value, range->start);
    }
    if (range->form == FEEL_RANGE_UNEQUAL) {
        const int equal = feel_equal(value, range->start);
        return equal < 0 ? -1 : !equal;
    }
    const bool has_start = range->start.kind != FEEL_NULL;
    const bool has_end = range->end.kind != FEEL_NULL;
    if (!has_start && !has_end) {
        return -1;
    }
    if (has_start) {
        const enum feel_order order = feel_compare(value, range->start);
        if (order == FEEL_INCOMPARABLE) {
            return -1;
        }
        if (order == FEEL_LESS || (order == FEEL_SAME && !range->start_included)) {
            return 0;
        }
    }
    if (has_end) {
        const enum feel_order order = feel_compare(value, range->end);
        if (order == FEEL_INCOMPARABLE) {
            return -1;
        }
        if (order == FEEL_MORE || (order == FEEL_SAME && !range->end_included)) {
            return 0;
        }
    }
    return 1;
}

static bool is(struct slice name, const char *wanted)
{
    return slice_equal(name, slice_from_cstr(wanted));
}

static bool day_property(int64_t days, struct slice name, struct feel_value *ret_value)
{
    int64_t year = 0;
    int month = 0;
    int day = 0;
    calendar_civil(days, &year, &month, &day);
    if (is(name, "year")) {
        *ret_value = feel_integer(year);
    } else if (is(name, "month")) {
        *ret_value = feel_integer(month);
    } else if (is(name, "day")) {
        *ret_value = feel_integer(day);
    } else if (is(name, "weekday")) {
        *ret_value = feel_integer(calendar_weekday(days));
    } else {
        return false;
    }
    return true;
}

/* Seconds within the minute with their fraction. */
static struct feel_value seconds_value(int64_t seconds, int64_t nanos)
{
    struct decimal value = DECIMAL_ZERO;
    const struct feel_span span = {seconds, (int32_t)nanos};
    return span_to_decimal(span, &value) ? feel_number(value) : FEEL_NOTHING;
}

static bool time_property(const struct feel_moment *moment, struct slice name,
                          struct feel_value *ret_value)
{
    const int64_t second = moment->nanos / NANOS_PER_SECOND;
    *ret_value = FEEL_NOTHING;
    if (is(name, "hour")) {
        *ret_value = feel_integer(second / 3600);
    } else if (is(name, "minute")) {
        *ret_value = feel_integer(second / 60 % 60);
    } else if (is(name, "second")) {
        *ret_value = seconds_value(second % 60, moment->nanos % NANOS_PER_SECOND);
    } else if (is(name, "time offset")) {
        if (moment_has_place(moment)) {
            *ret_value = (struct feel_value){.kind = FEEL_SPAN, .span = {moment->offset, 0}};
        }
    } else if (is(name, "timezone")) {
        if (moment->zone != NULL) {
            *ret_value = feel_string(zone_name(moment->zone));
        }
    } else {
        return false;
    }
    return true;
}

static bool span_property(struct feel_span span, struct slice name, struct feel_value *ret_value)
{
    if (is(name, "days")) {
        *ret_value = feel_integer(span.seconds / 86400);
    } else if (is(name, "hours")) {
        *ret_value = feel_integer(span.seconds / 3600 % 24);
    } else if (is(name, "minutes")) {
        *ret_value = feel_integer(span.seconds / 60 % 60);
    } else if (is(name, "seconds")) {
        *ret_value = seconds_value(span.seconds % 60, span.nanos);
    } else {
        return false;
    }
    return true;
}

static bool months_property(int64_t months, struct slice name, struct feel_value *ret_value)
{
    if (is(name, "years")) {
        *ret_value = feel_integer(months / 12);
    } else if (is(name, "months")) {
        *ret_value = feel_integer(months % 12);
    } else {
        return false;
    }
    return true;
}

static bool range_property(const struct feel_range *range, struct slice name,
                           struct feel_value *ret_value)
{
    if (is(name, "start")) {
        *ret_value = range->start;
    } else if (is(name, "end")) {
        *ret_value = range->end;
    } else if (is(name, "start included")) {
        *ret_value = feel_boolean(range->start_included);
    } else if (is(name, "end included")) {
        *ret_value = feel_boolean(range->end_included);
    } else {
        return false;
    }
    return true;
}

static bool property(struct feel_value value, struct slice name, struct feel_value *ret_value)
{
    switch ((enum feel_kind)value.kind) {
    case FEEL_DATE:
        return day_property(value.days, name, ret_value);
    case FEEL_DATE_TIME:
        return day_property(value.moment->days, name, ret_value) ||
               time_property(value.moment, name, ret_value);
    case FEEL_TIME:
        return time_property(value.moment, name, ret_value);
    case FEEL_SPAN:
        return span_property(value.span, name, ret_value);
    case FEEL_MONTHS:
        return months_property(value.months, name, ret_value);
    case FEEL_RANGE:
        return range_property(value.range, name, ret_value);
    default:
        return false;
    }
}

static struct feel_value path_of_list(struct feel_eval *eval, const struct feel_node *node,
                                      struct feel_value list, struct slice name)
{
    struct feel_value *items =
        arena_take_array(eval->arena, list.size == 0 ? 1 : list.size, sizeof *items);
    if (items == NULL || !feel_spend(eval, list.size) || eval->depth_left == 0) {
        return items == NULL ? feel_out_of_memory(eval) : FEEL_NOTHING;
    }
    eval->depth_left--;
    for (uint32_t i = 0; i < list.size; i++) {
        items[i] = operator_path(eval, node, list.items[i], name);
    }
    eval->depth_left++;
    return feel_list(items, list.size);
}

struct feel_value operator_path(struct feel_eval *eval, const struct feel_node *node,
                                struct feel_value value, struct slice name)
{
    if (value.kind == FEEL_CONTEXT) {
        const struct feel_value *entry = feel_context_get(value.context, name);
        return entry != NULL ? *entry
                             : feel_fail(eval, node->position, "the context has no entry '%.*s'",
                                         (int)name.size, name.data);
    }
    if (value.kind == FEEL_LIST) {
        return path_of_list(eval, node, value, name);
    }
    struct feel_value result = FEEL_NOTHING;
    if (value.kind != FEEL_NULL && property(value, name, &result)) {
        return result;
    }
    const struct slice kind = feel_kind_name((enum feel_kind)value.kind);
    return feel_fail(eval, node->position, "%.*s has no property '%.*s'", (int)kind.size, kind.data,
                     (int)name.size, name.data);
}

bool operator_property_known(struct slice name)
{
    static const char *const names[] = {
        "year",        "month", "day",      "weekday",        "hour",         "minute",  "second",
        "time offset", "years", "days",     "hours",          "minutes",      "seconds", "months",
        "start",       "end",   "timezone", "start included", "end included",
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (is(name, names[i])) {
            return true;
        }
    }
    return false;
}
