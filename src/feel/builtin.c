#include "feel/builtin.h"

#include "feel/name.h"

#define N KIND_NUMBER
#define S KIND_STRING
#define L KIND_LIST
#define ANY KIND_ANY

/* clang-format off */
static const struct feel_builtin builtins[] = {
    {"abs", builtin_abs, 1, 1, false, false, FEEL_ANY, {{"n", N | KIND_MONTHS | KIND_SPAN}}},
    {"after", builtin_after, 2, 2, false, false, FEEL_BOOLEAN, {{"point1", KIND_POINT}, {"point2", KIND_POINT}}},
    {"after", builtin_after, 2, 2, false, false, FEEL_BOOLEAN, {{"point", KIND_POINT}, {"range", KIND_RANGE}}},
    {"after", builtin_after, 2, 2, false, false, FEEL_BOOLEAN, {{"range", KIND_RANGE}, {"point", KIND_POINT}}},
    {"after", builtin_after, 2, 2, false, false, FEEL_BOOLEAN, {{"range1", KIND_RANGE}, {"range2", KIND_RANGE}}},
    {"all", builtin_all, 1, 1, false, false, FEEL_BOOLEAN, {{"list", ANY}}},
    {"all", builtin_all, 2, 2, true, false, FEEL_BOOLEAN, {{"b1", ANY}, {"b2", ANY}}},
    {"any", builtin_any, 1, 1, false, false, FEEL_BOOLEAN, {{"list", ANY}}},
    {"any", builtin_any, 2, 2, true, false, FEEL_BOOLEAN, {{"b1", ANY}, {"b2", ANY}}},
    {"append", builtin_append, 1, 2, true, false, FEEL_LIST, {{"list", L}, {"item", ANY}}},
    {"before", builtin_before, 2, 2, false, false, FEEL_BOOLEAN, {{"point1", KIND_POINT}, {"point2", KIND_POINT}}},
    {"before", builtin_before, 2, 2, false, false, FEEL_BOOLEAN, {{"point", KIND_POINT}, {"range", KIND_RANGE}}},
    {"before", builtin_before, 2, 2, false, false, FEEL_BOOLEAN, {{"range", KIND_RANGE}, {"point", KIND_POINT}}},
    {"before", builtin_before, 2, 2, false, false, FEEL_BOOLEAN, {{"range1", KIND_RANGE}, {"range2", KIND_RANGE}}},
    {"ceiling", builtin_ceiling, 1, 2, false, false, FEEL_NUMBER, {{"n", N}, {"scale", N}}},
    {"coincides", builtin_coincides, 2, 2, false, false, FEEL_BOOLEAN, {{"point1", KIND_POINT}, {"point2", KIND_POINT}}},
    {"coincides", builtin_coincides, 2, 2, false, false, FEEL_BOOLEAN, {{"range1", KIND_RANGE}, {"range2", KIND_RANGE}}},
    {"concatenate", builtin_concatenate, 1, 1, true, false, FEEL_LIST, {{"list", L}}},
    {"contains", builtin_contains, 2, 2, false, false, FEEL_BOOLEAN, {{"string", S}, {"match", S}}},
    {"context", builtin_context, 1, 1, false, false, FEEL_CONTEXT, {{"entries", L}}},
    {"context merge", builtin_context_merge, 1, 1, false, false, FEEL_CONTEXT, {{"contexts", L}}},
    {"context put", builtin_context_put, 3, 3, false, false, FEEL_CONTEXT, {{"context", KIND_CONTEXT}, {"key", S}, {"value", ANY}}},
    {"context put", builtin_context_put_path, 3, 3, false, false, FEEL_CONTEXT, {{"context", KIND_CONTEXT}, {"keys", L}, {"value", ANY}}},
    {"count", builtin_count, 1, 1, false, false, FEEL_NUMBER, {{"list", L}}},
    {"date", builtin_date, 1, 1, false, false, FEEL_DATE, {{"from", S | KIND_DAY}}},
    {"date", builtin_date_parts, 3, 3, false, false, FEEL_DATE, {{"year", N}, {"month", N}, {"day", N}}},
    {"date and time", builtin_date_time, 1, 1, false, false, FEEL_DATE_TIME, {{"from", S | KIND_DAY}}},
    {"date and time", builtin_date_time_join, 2, 2, false, false, FEEL_DATE_TIME, {{"date", KIND_DAY}, {"time", KIND_TIME}}},
    {"date and time", builtin_date_time_parts, 6, 7, false, false, FEEL_DATE_TIME, {{"year", N}, {"month", N}, {"day", N}, {"hour", N}, {"minute", N}, {"second", N}, {"offset", KIND_SPAN | KIND_NULL}}},
    {"date and time", builtin_date_time_parts, 7, 7, false, false, FEEL_DATE_TIME, {{"year", N}, {"month", N}, {"day", N}, {"hour", N}, {"minute", N}, {"second", N}, {"timezone", S}}},
    {"day of week", builtin_day_of_week, 1, 1, false, false, FEEL_STRING, {{"date", KIND_DAY}}},
    {"day of year", builtin_day_of_year, 1, 1, false, false, FEEL_NUMBER, {{"date", KIND_DAY}}},
    {"decimal", builtin_decimal, 2, 2, false, false, FEEL_NUMBER, {{"n", N}, {"scale", N}}},
    {"distinct values", builtin_distinct_values, 1, 1, false, false, FEEL_LIST, {{"list", L}}},
    {"duration", builtin_duration, 1, 1, false, false, FEEL_ANY, {{"from", S | KIND_MONTHS | KIND_SPAN}}},
    {"during", builtin_during, 2, 2, false, false, FEEL_BOOLEAN, {{"point", KIND_POINT}, {"range", KIND_RANGE}}},
    {"during", builtin_during, 2, 2, false, false, FEEL_BOOLEAN, {{"range1", KIND_RANGE}, {"range2", KIND_RANGE}}},
    {"ends with", builtin_ends_with, 2, 2, false, false, FEEL_BOOLEAN, {{"string", S}, {"match", S}}},
    {"even", builtin_even, 1, 1, false, false, FEEL_BOOLEAN, {{"number", N}}},
    {"exp", builtin_exp, 1, 1, false, false, FEEL_NUMBER, {{"number", N}}},
    {"finished by", builtin_finished_by, 2, 2, false, false, FEEL_BOOLEAN, {{"range", KIND_RANGE}, {"point", KIND_POINT}}},
    {"finished by", builtin_finished_by, 2, 2, false, false, FEEL_BOOLEAN, {{"range1", KIND_RANGE}, {"range2", KIND_RANGE}}},
    {"finishes", builtin_finishes, 2, 2, false, false, FEEL_BOOLEAN, {{"point", KIND_POINT}, {"range", KIND_RANGE}}},
    {"finishes", builtin_finishes, 2, 2, false, false, FEEL_BOOLEAN, {{"range1", KIND_RANGE}, {"range2", KIND_RANGE}}},
    {"flatten", builtin_flatten, 1, 1, false, false, FEEL_LIST, {{"list", L}}},
    {"floor", builtin_floor, 1, 2, false, false, FEEL_NUMBER, {{"n", N}, {"scale", N}}},
    {"get entries", builtin_get_entries, 1, 1, false, false, FEEL_LIST, {{"m", KIND_CONTEXT}}},
    {"get value", builtin_get_value, 2, 2, false, false, FEEL_ANY, {{"m", KIND_CONTEXT}, {"key", S}}},
    {"get value", builtin_get_value_path, 2, 2, false, false, FEEL_ANY, {{"m", KIND_CONTEXT}, {"keys", L}}},
    {"includes", builtin_includes, 2, 2, false, false, FEEL_BOOLEAN, {{"range", KIND_RANGE}, {"point", KIND_POINT}}},
    {"includes", builtin_includes, 2, 2, false, false, FEEL_BOOLEAN, {{"range1", KIND_RANGE}, {"range2", KIND_RANGE}}},
    {"index of", builtin_index_of, 2, 2, false, false, FEEL_LIST, {{"list", L}, {"match", ANY}}},
    {"insert before", builtin_insert_before, 3, 3, false, false, FEEL_LIST, {{"list", L}, {"position", N}, {"newItem", ANY}}},
    {"is", builtin_is, 2, 2, false, false, FEEL_BOOLEAN, {{"value1", ANY}, {"value2", ANY}}},
    {"list contains", builtin_list_contains, 2, 2, false, false, FEEL_BOOLEAN, {{"list", L}, {"element", ANY}}},
    {"list replace", builtin_list_replace, 3, 3, false, false, FEEL_LIST, {{"list", L}, {"position", N}, {"newItem", ANY}}},
    {"list replace", builtin_list_replace, 3, 3, false, false, FEEL_LIST, {{"list", L}, {"match", KIND_FUNCTION}, {"newItem", ANY}}},
    {"log", builtin_log, 1, 1, false, false, FEEL_NUMBER, {{"number", N}}},
    {"lower case", builtin_lower_case, 1, 1, false, false, FEEL_STRING, {{"string", S}}},
    {"matches", builtin_matches, 2, 3, false, false, FEEL_BOOLEAN, {{"input", S}, {"pattern", S}, {"flags", S | KIND_NULL}}},
    {"max", builtin_max, 1, 1, false, false, FEEL_ANY, {{"list", ANY}}},
    {"max", builtin_max, 2, 2, true, false, FEEL_ANY, {{"c1", ANY}, {"c2", ANY}}},
    {"mean", builtin_mean, 1, 1, false, false, FEEL_ANY, {{"list", ANY}}},
    {"mean", builtin_mean, 2, 2, true, false, FEEL_ANY, {{"n1", ANY}, {"n2", ANY}}},
    {"median", builtin_median, 1, 1, false, false, FEEL_NUMBER, {{"list", ANY}}},
    {"median", builtin_median, 2, 2, true, false, FEEL_NUMBER, {{"n1", ANY}, {"n2", ANY}}},
    {"meets", builtin_meets, 2, 2, false, false, FEEL_BOOLEAN, {{"range1", KIND_RANGE}, {"range2", KIND_RANGE}}},
    {"met by", builtin_met_by, 2, 2, false, false, FEEL_BOOLEAN, {{"range1", KIND_RANGE}, {"range2", KIND_RANGE}}},
    {"min", builtin_min, 1, 1, false, false, FEEL_ANY, {{"list", ANY}}},
    {"min", builtin_min, 2, 2, true, false, FEEL_ANY, {{"c1", ANY}, {"c2", ANY}}},
    {"mode", builtin_mode, 1, 1, false, false, FEEL_LIST, {{"list", ANY}}},
    {"mode", builtin_mode, 2, 2, true, false, FEEL_LIST, {{"n1", ANY}, {"n2", ANY}}},
    {"modulo", builtin_modulo, 2, 2, false, false, FEEL_NUMBER, {{"dividend", N}, {"divisor", N}}},
    {"month of year", builtin_month_of_year, 1, 1, false, false, FEEL_STRING, {{"date", KIND_DAY}}},
    {"not", builtin_not, 1, 1, false, false, FEEL_BOOLEAN, {{"negand", ANY}}},
    {"now", builtin_now, 0, 0, false, true, FEEL_DATE_TIME, {{0}}},
    {"number", builtin_number, 1, 1, false, false, FEEL_NUMBER, {{"from", S | N}}},
    {"number", builtin_number, 3, 3, false, false, FEEL_NUMBER, {{"from", S}, {"grouping separator", S | KIND_NULL}, {"decimal separator", S | KIND_NULL}}},
    {"odd", builtin_odd, 1, 1, false, false, FEEL_BOOLEAN, {{"number", N}}},
    {"overlaps", builtin_overlaps, 2, 2, false, false, FEEL_BOOLEAN, {{"range1", KIND_RANGE}, {"range2", KIND_RANGE}}},
    {"overlaps after", builtin_overlaps_after, 2, 2, false, false, FEEL_BOOLEAN, {{"range1", KIND_RANGE}, {"range2", KIND_RANGE}}},
    {"overlaps before", builtin_overlaps_before, 2, 2, false, false, FEEL_BOOLEAN, {{"range1", KIND_RANGE}, {"range2", KIND_RANGE}}},
    {"product", builtin_product, 1, 1, false, false, FEEL_NUMBER, {{"list", ANY}}},
    {"product", builtin_product, 2, 2, true, false, FEEL_NUMBER, {{"n1", ANY}, {"n2", ANY}}},
    {"range", builtin_range, 1, 1, false, false, FEEL_RANGE, {{"from", S}}},
    {"remove", builtin_remove, 2, 2, false, false, FEEL_LIST, {{"list", L}, {"position", N}}},
    {"replace", builtin_replace, 3, 4, false, false, FEEL_STRING, {{"input", S}, {"pattern", S}, {"replacement", S}, {"flags", S | KIND_NULL}}},
    {"reverse", builtin_reverse, 1, 1, false, false, FEEL_LIST, {{"list", L}}},
    {"round down", builtin_round_down, 2, 2, false, false, FEEL_NUMBER, {{"n", N}, {"scale", N}}},
    {"round half down", builtin_round_half_down, 2, 2, false, false, FEEL_NUMBER, {{"n", N}, {"scale", N}}},
    {"round half up", builtin_round_half_up, 2, 2, false, false, FEEL_NUMBER, {{"n", N}, {"scale", N}}},
    {"round up", builtin_round_up, 2, 2, false, false, FEEL_NUMBER, {{"n", N}, {"scale", N}}},
    {"sort", builtin_sort, 1, 2, false, true, FEEL_LIST, {{"list", L}, {"precedes", KIND_FUNCTION}}},
    {"split", builtin_split, 2, 2, false, false, FEEL_LIST, {{"string", S}, {"delimiter", S}}},
    {"sqrt", builtin_sqrt, 1, 1, false, false, FEEL_NUMBER, {{"number", N}}},
    {"started by", builtin_started_by, 2, 2, false, false, FEEL_BOOLEAN, {{"range", KIND_RANGE}, {"point", KIND_POINT}}},
    {"started by", builtin_started_by, 2, 2, false, false, FEEL_BOOLEAN, {{"range1", KIND_RANGE}, {"range2", KIND_RANGE}}},
    {"starts", builtin_starts, 2, 2, false, false, FEEL_BOOLEAN, {{"point", KIND_POINT}, {"range", KIND_RANGE}}},
    {"starts", builtin_starts, 2, 2, false, false, FEEL_BOOLEAN, {{"range1", KIND_RANGE}, {"range2", KIND_RANGE}}},
    {"starts with", builtin_starts_with, 2, 2, false, false, FEEL_BOOLEAN, {{"string", S}, {"match", S}}},
    {"stddev", builtin_stddev, 1, 1, false, false, FEEL_NUMBER, {{"list", ANY}}},
    {"stddev", builtin_stddev, 2, 2, true, false, FEEL_NUMBER, {{"n1", ANY}, {"n2", ANY}}},
    {"string", builtin_string, 1, 1, false, false, FEEL_STRING, {{"from", ANY}}},
    {"string join", builtin_string_join, 1, 2, false, false, FEEL_STRING, {{"list", L}, {"delimiter", S | KIND_NULL}}},
    {"string length", builtin_string_length, 1, 1, false, false, FEEL_NUMBER, {{"string", S}}},
    {"sublist", builtin_sublist, 2, 3, false, false, FEEL_LIST, {{"list", L}, {"start position", N}, {"length", N}}},
    {"substring", builtin_substring, 2, 3, false, false, FEEL_STRING, {{"string", S}, {"start position", N}, {"length", N}}},
    {"substring after", builtin_substring_after, 2, 2, false, false, FEEL_STRING, {{"string", S}, {"match", S}}},
    {"substring before", builtin_substring_before, 2, 2, false, false, FEEL_STRING, {{"string", S}, {"match", S}}},
    {"sum", builtin_sum, 1, 1, false, false, FEEL_ANY, {{"list", ANY}}},
    {"sum", builtin_sum, 2, 2, true, false, FEEL_ANY, {{"n1", ANY}, {"n2", ANY}}},
    {"time", builtin_time, 1, 1, false, false, FEEL_TIME, {{"from", S | KIND_TIME | KIND_DAY}}},
    {"time", builtin_time_parts, 3, 4, false, false, FEEL_TIME, {{"hour", N}, {"minute", N}, {"second", N}, {"offset", KIND_SPAN | KIND_NULL}}},
    {"today", builtin_today, 0, 0, false, true, FEEL_DATE, {{0}}},
    {"union", builtin_union, 1, 1, true, false, FEEL_LIST, {{"list", L}}},
    {"upper case", builtin_upper_case, 1, 1, false, false, FEEL_STRING, {{"string", S}}},
    {"week of year", builtin_week_of_year, 1, 1, false, false, FEEL_NUMBER, {{"date", KIND_DAY}}},
    {"years and months duration", builtin_months_between, 2, 2, false, false, FEEL_MONTHS, {{"from", KIND_DAY}, {"to", KIND_DAY}}},
};
/* clang-format on */

enum { BUILTIN_COUNT = sizeof builtins / sizeof builtins[0] };

const struct feel_builtin *builtin_list(size_t *ret_count)
{
    *ret_count = BUILTIN_COUNT;
    return builtins;
}

const struct feel_builtin *builtin_find(struct slice name)
{
    for (size_t i = 0; i < BUILTIN_COUNT; i++) {
        if (slice_equal(slice_from_cstr(builtins[i].name), name)) {
            return &builtins[i];
        }
    }
    return NULL;
}

const struct feel_builtin *builtin_next(const struct feel_builtin *builtin)
{
    const struct feel_builtin *next = builtin + 1;
    return next < builtins + BUILTIN_COUNT && strcmp(next->name, builtin->name) == 0 ? next : NULL;
}

const struct feel_builtin *builtin_match(struct slice text, size_t at, size_t *ret_end)
{
    const struct feel_builtin *best = NULL;
    *ret_end = 0;
    for (size_t i = 0; i < BUILTIN_COUNT; i++) {
        if (at >= text.size || builtins[i].name[0] != text.data[at] ||
            (i > 0 && strcmp(builtins[i].name, builtins[i - 1].name) == 0)) {
            continue;
        }
        const size_t end = name_match(slice_from_cstr(builtins[i].name), text, at);
        if (end > *ret_end) {
            *ret_end = end;
            best = &builtins[i];
        }
    }
    return best;
}

struct feel_value builtin_fail(const struct builtin_call *call, const char *message)
{
    return feel_fail(call->eval, call->position, "%s", message);
}

/* Fits one argument to the kinds of its parameter, by the implicit conversions. */
static bool fit(struct feel_eval *eval, uint16_t kinds, struct feel_value given,
                struct feel_value *ret_value)
{
    if ((kinds >> given.kind & 1) != 0) {
        *ret_value = given;
        return true;
    }
    if (given.kind == FEEL_LIST && given.size == 1 && (kinds >> given.items[0].kind & 1) != 0) {
        *ret_value = given.items[0];
        return true;
    }
    if (kinds == KIND_LIST && given.kind != FEEL_NULL) {
        struct feel_value *item = arena_take(eval->arena, sizeof *item);
        if (item == NULL) {
            (void)feel_out_of_memory(eval);
            return false;
        }
        *item = given;
        *ret_value = feel_list(item, 1);
        return true;
    }
    return false;
}

static bool fit_all(struct feel_eval *eval, const struct feel_builtin *builtin,
                    const struct feel_value *given, uint32_t count, struct feel_value *ret_fitted)
{
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t at = i < builtin->count ? i : builtin->count - 1U;
        if (!fit(eval, builtin->parameters[at].kinds, given[i], &ret_fitted[i])) {
            return false;
        }
    }
    return true;
}

static struct feel_value builtin_run(struct feel_eval *eval, uint32_t position,
                                     const struct feel_builtin *builtin, uint32_t count,
                                     const struct feel_value *fitted)
{
    const struct builtin_call call = {
        .eval = eval, .position = position, .count = count, .arguments = fitted};

    return builtin->run(&call);
}

struct feel_value builtin_call(struct feel_eval *eval, uint32_t position,
                               const struct feel_builtin *builtin, bool only,
                               const struct feel_value *arguments, uint32_t count)
{
    const char *name = builtin->name;
    bool arity = false;
    uint32_t slots = count < BUILTIN_PARAMETERS_MAX ? BUILTIN_PARAMETERS_MAX : count;
    struct feel_value *fitted = feel_spend(eval, count) ? feel_stack_take(eval, slots) : NULL;
    if (fitted == NULL) {
        return FEEL_NOTHING;
    }
    for (; builtin != NULL; builtin = only ? NULL : builtin_next(builtin)) {
        if (count < builtin->required || (count > builtin->count && !builtin->variadic)) {
            continue;
        }
        arity = true;
        if (fit_all(eval, builtin, arguments, count, fitted)) {
            const struct feel_value value = builtin_run(eval, position, builtin, count, fitted);
            feel_stack_give(eval, fitted, slots);
            return value;
        }
    }
    feel_stack_give(eval, fitted, slots);
    return feel_fail(eval, position,
                     arity ? "%s: an argument is not of the type of its parameter"
                           : "%s: the number of arguments is wrong",
                     name);
}
