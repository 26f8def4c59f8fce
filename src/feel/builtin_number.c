/* Numeric functions, and those of lists of numbers. Source: DMN 1.5, tables 75 and 76. */
#include "feel/builtin.h"

static struct feel_value result(const struct builtin_call *call, bool valid, struct decimal value)
{
    return valid ? feel_number(value) : builtin_fail(call, "the result is not a number in range");
}

static struct feel_value round_by(const struct builtin_call *call, enum decimal_rounding rounding)
{
    int64_t scale = 0;
    struct decimal value = DECIMAL_ZERO;
    if (call->count > 1 && !decimal_truncate_i64(call->arguments[1].number, &scale)) {
        return builtin_fail(call, "the scale is out of range");
    }
    if (scale < DECIMAL_SCALE_MIN || scale > DECIMAL_SCALE_MAX) {
        return builtin_fail(call, "the scale is out of range");
    }
    const bool valid = decimal_round(call->arguments[0].number, (int)scale, rounding, &value);
    return result(call, valid, value);
}

BUILTIN(builtin_decimal)
{
    return round_by(call, DECIMAL_HALF_EVEN);
}

BUILTIN(builtin_floor)
{
    return round_by(call, DECIMAL_FLOOR);
}

BUILTIN(builtin_ceiling)
{
    return round_by(call, DECIMAL_CEILING);
}

BUILTIN(builtin_round_up)
{
    return round_by(call, DECIMAL_UP);
}

BUILTIN(builtin_round_down)
{
    return round_by(call, DECIMAL_DOWN);
}

BUILTIN(builtin_round_half_up)
{
    return round_by(call, DECIMAL_HALF_UP);
}

BUILTIN(builtin_round_half_down)
{
    return round_by(call, DECIMAL_HALF_DOWN);
}

BUILTIN(builtin_abs)
{
    struct feel_value value = call->arguments[0];
    if (value.kind == FEEL_NUMBER) {
        value.number = decimal_absolute(value.number);
    } else if (value.kind == FEEL_MONTHS) {
        value.months = value.months < 0 ? -value.months : value.months;
    } else if (value.span.seconds < 0 || value.span.nanos < 0) {
        value.span = span_negate(value.span);
    }
    return value;
}

BUILTIN(builtin_modulo)
{
    struct decimal value = DECIMAL_ZERO;
    const bool valid = decimal_modulo(call->arguments[0].number, call->arguments[1].number, &value);
    return valid ? feel_number(value) : builtin_fail(call, "modulo: the divisor is zero");
}

BUILTIN(builtin_sqrt)
{
    struct decimal value = DECIMAL_ZERO;
    return result(call, decimal_sqrt(call->arguments[0].number, &value), value);
}

BUILTIN(builtin_log)
{
    struct decimal value = DECIMAL_ZERO;
    return result(call, decimal_log(call->arguments[0].number, &value), value);
}

BUILTIN(builtin_exp)
{
    struct decimal value = DECIMAL_ZERO;
    return result(call, decimal_exp(call->arguments[0].number, &value), value);
}

static struct feel_value parity(const struct builtin_call *call, bool odd)
{
    struct decimal rest = DECIMAL_ZERO;
    if (!decimal_is_integer(call->arguments[0].number) ||
        !decimal_modulo(call->arguments[0].number, decimal_from_i64(2), &rest)) {
        return builtin_fail(call, "only whole numbers are odd or even");
    }
    return feel_boolean(decimal_is_zero(rest) != odd);
}

BUILTIN(builtin_odd)
{
    return parity(call, true);
}

BUILTIN(builtin_even)
{
    return parity(call, false);
}

/* The items of the list that is the only argument, or the arguments themselves. */
static struct feel_value items_of(const struct builtin_call *call)
{
    if (call->count == 1 && call->arguments[0].kind == FEEL_LIST) {
        return call->arguments[0];
    }
    return feel_list(call->arguments, call->count);
}

static bool all_numbers(const struct builtin_call *call, struct feel_value items)
{
    if (!feel_spend(call->eval, items.size)) {
        return false;
    }
    for (uint32_t i = 0; i < items.size; i++) {
        if (items.items[i].kind != FEEL_NUMBER) {
            return false;
        }
    }
    return true;
}

static bool fold(struct feel_value items, struct decimal start,
                 bool (*step)(struct decimal, struct decimal, struct decimal *),
                 struct decimal *ret_value)
{
    struct decimal value = start;
    for (uint32_t i = 0; i < items.size; i++) {
        if (!step(value, items.items[i].number, &value)) {
            return false;
        }
    }
    *ret_value = value;
    return true;
}

/* Durations of one kind have a sum and a mean too. */
static struct feel_value sum_durations(const struct builtin_call *call, struct feel_value items)
{
    struct feel_value sum = items.items[0];
    for (uint32_t i = 1; i < items.size; i++) {
        const struct feel_value item = items.items[i];
        if (item.kind != sum.kind ||
            (sum.kind == FEEL_MONTHS ? __builtin_add_overflow(sum.months, item.months, &sum.months)
                                     : !span_add(sum.span, item.span, &sum.span))) {
            return builtin_fail(call, "the list holds values that have no sum");
        }
    }
    return sum;
}

BUILTIN(builtin_sum)
{
    const struct feel_value items = items_of(call);
    struct decimal value = DECIMAL_ZERO;
    if (items.size == 0) {
        return FEEL_NOTHING;
    }
    if (items.items[0].kind == FEEL_MONTHS || items.items[0].kind == FEEL_SPAN) {
        return sum_durations(call, items);
    }
    if (!all_numbers(call, items)) {
        return builtin_fail(call, "the list holds values that are no numbers");
    }
    return result(call, fold(items, DECIMAL_ZERO, decimal_add, &value), value);
}

BUILTIN(builtin_product)
{
    const struct feel_value items = items_of(call);
    struct decimal value = DECIMAL_ZERO;
    if (items.size == 0 || !all_numbers(call, items)) {
        return items.size == 0 ? FEEL_NOTHING
                               : builtin_fail(call, "the list holds values that are no numbers");
    }
    return result(call, fold(items, decimal_from_i64(1), decimal_multiply, &value), value);
}

static bool mean_of(struct feel_value items, struct decimal *ret_mean)
{
    struct decimal sum = DECIMAL_ZERO;
    return items.size > 0 && fold(items, DECIMAL_ZERO, decimal_add, &sum) &&
           decimal_divide(sum, decimal_from_i64(items.size), ret_mean);
}

BUILTIN(builtin_mean)
{
    const struct feel_value items = items_of(call);
    struct decimal mean = DECIMAL_ZERO;
    if (!all_numbers(call, items)) {
        return builtin_fail(call, "the list holds values that are no numbers");
    }
    return items.size == 0 ? FEEL_NOTHING : result(call, mean_of(items, &mean), mean);
}

static int compare_numbers(const void *a, const void *b)
{
    const struct feel_value *x = a;
    const struct feel_value *y = b;
    return decimal_compare(x->number, y->number);
}

/* A sorted copy of a list of numbers; NULL when it is none or memory is exhausted. */
static struct feel_value *sorted(const struct builtin_call *call, struct feel_value items)
{
    if (!all_numbers(call, items)) {
        (void)builtin_fail(call, "the list holds values that are no numbers");
        return NULL;
    }
    struct feel_value *copy = arena_take_array(call->eval->arena, items.size, sizeof *copy);
    if (copy == NULL) {
        (void)feel_out_of_memory(call->eval);
        return NULL;
    }
    memcpy(copy, items.items, items.size * sizeof *copy);
    qsort(copy, items.size, sizeof *copy, compare_numbers);
    return copy;
}

BUILTIN(builtin_median)
{
    const struct feel_value items = items_of(call);
    struct feel_value *copy = items.size == 0 ? NULL : sorted(call, items);
    if (copy == NULL) {
        return FEEL_NOTHING;
    }
    const uint32_t middle = items.size / 2;
    if (items.size % 2 == 1) {
        return copy[middle];
    }
    struct decimal mean = DECIMAL_ZERO;
    return result(call, mean_of(feel_list(copy + middle - 1, 2), &mean), mean);
}

BUILTIN(builtin_stddev)
{
    const struct feel_value items = items_of(call);
    struct decimal mean = DECIMAL_ZERO;
    struct decimal total = DECIMAL_ZERO;
    if (!all_numbers(call, items) || items.size < 2) {
        return builtin_fail(call, "a standard deviation takes two numbers at least");
    }
    bool valid = mean_of(items, &mean);
    for (uint32_t i = 0; i < items.size && valid; i++) {
        struct decimal distance = DECIMAL_ZERO;
        valid = decimal_subtract(items.items[i].number, mean, &distance) &&
                decimal_multiply(distance, distance, &distance) &&
                decimal_add(total, distance, &total);
    }
    valid = valid && decimal_divide(total, decimal_from_i64(items.size - 1), &total) &&
            decimal_sqrt(total, &total);
    return result(call, valid, total);
}

BUILTIN(builtin_mode)
{
    const struct feel_value items = items_of(call);
    if (items.size == 0) {
        return feel_list(NULL, 0);
    }
    struct feel_value *copy = sorted(call, items);
    struct feel_builder modes = {0};
    uint32_t best = 0;
    for (uint32_t i = 0; copy != NULL && i < items.size;) {
        uint32_t end = i + 1;
        while (end < items.size && decimal_equal(copy[end].number, copy[i].number)) {
            end++;
        }
        if (end - i > best) {
            best = end - i;
            modes.count = 0;
        }
        if (end - i == best && !feel_builder_add(call->eval, &modes, copy[i])) {
            return FEEL_NOTHING;
        }
        i = end;
    }
    return copy == NULL ? FEEL_NOTHING : feel_builder_list(&modes);
}

static struct feel_value extreme(const struct builtin_call *call, enum feel_order wanted)
{
    const struct feel_value items = items_of(call);
    if (items.size == 0 || !feel_spend(call->eval, items.size)) {
        return FEEL_NOTHING;
    }
    struct feel_value best = items.items[0];
    for (uint32_t i = 0; i < items.size; i++) {
        const enum feel_order order = feel_compare(items.items[i], best);
        if (order == FEEL_INCOMPARABLE) {
            return builtin_fail(call, "the values cannot be compared");
        }
        if (order == wanted) {
            best = items.items[i];
        }
    }
    return best;
}

BUILTIN(builtin_min)
{
    return extreme(call, FEEL_LESS);
}

BUILTIN(builtin_max)
{
    return extreme(call, FEEL_MORE);
}

static struct feel_value ternary(const struct builtin_call *call, bool decides)
{
    const struct feel_value items = items_of(call);
    bool unknown = false;
    if (call->count == 1 && call->arguments[0].kind == FEEL_NULL) {
        return builtin_fail(call, "a list of booleans is expected");
    }
    for (uint32_t i = 0; i < items.size; i++) {
        if (items.items[i].kind == FEEL_BOOLEAN && items.items[i].boolean == decides) {
            return feel_boolean(decides);
        }
        unknown = unknown || items.items[i].kind != FEEL_BOOLEAN;
    }
    return unknown ? builtin_fail(call, "an item is no boolean") : feel_boolean(!decides);
}

BUILTIN(builtin_all)
{
    return ternary(call, false);
}

BUILTIN(builtin_any)
{
    return ternary(call, true);
}
