/* The built-in functions: one table of signatures.
 * Source: DMN 1.5, 10.3.4. */
#ifndef HEADROOM_FEEL_BUILTIN_H
#define HEADROOM_FEEL_BUILTIN_H

#include "feel/eval.h"

enum { BUILTIN_PARAMETERS_MAX = 7 };

/* Kinds that a parameter accepts, as bits. */
enum {
    KIND_NULL = 1 << FEEL_NULL,
    KIND_BOOLEAN = 1 << FEEL_BOOLEAN,
    KIND_NUMBER = 1 << FEEL_NUMBER,
    KIND_STRING = 1 << FEEL_STRING,
    KIND_DATE = 1 << FEEL_DATE,
    KIND_TIME = 1 << FEEL_TIME,
    KIND_DATE_TIME = 1 << FEEL_DATE_TIME,
    KIND_MONTHS = 1 << FEEL_MONTHS,
    KIND_SPAN = 1 << FEEL_SPAN,
    KIND_LIST = 1 << FEEL_LIST,
    KIND_CONTEXT = 1 << FEEL_CONTEXT,
    KIND_RANGE = 1 << FEEL_RANGE,
    KIND_FUNCTION = 1 << FEEL_FUNCTION,
    KIND_ANY = (1 << FEEL_KIND_COUNT) - 1,
    KIND_DAY = KIND_DATE | KIND_DATE_TIME,
    KIND_POINT = KIND_ANY & ~(KIND_NULL | KIND_LIST | KIND_CONTEXT | KIND_RANGE | KIND_FUNCTION),
};

/* A call of a built-in function; arguments left out are null. */
struct builtin_call {
    struct feel_eval *eval;
    uint32_t position;
    uint32_t count; /* arguments given */
    const struct feel_value *arguments;
};

struct builtin_parameter {
    const char *name;
    uint16_t kinds;
};

struct feel_builtin {
    const char *name;
    struct feel_value (*run)(const struct builtin_call *call);
    uint8_t required; /* arguments at least */
    uint8_t count;    /* arguments at most, unless variadic */
    bool variadic;    /* the last parameter may come again and again */
    bool impure;      /* depends on more than its arguments */
    uint8_t result;   /* kind of a result that is not null, or FEEL_ANY */
    struct builtin_parameter parameters[BUILTIN_PARAMETERS_MAX];
};

/** All signatures, those of one function behind one another. */
const struct feel_builtin *builtin_list(size_t *ret_count);
/** The first signature of a function; NULL when there is none of that name. */
const struct feel_builtin *builtin_find(struct slice name);
/** The next signature of the same function, NULL behind the last. */
const struct feel_builtin *builtin_next(const struct feel_builtin *builtin);
/** The function with the longest name at a place of a text; `ret_end` is behind it. */
const struct feel_builtin *builtin_match(struct slice text, size_t at, size_t *ret_end);
/** Calls the first signature, from `builtin` on, that takes the arguments; `only` tries that one
 *  alone. */
struct feel_value builtin_call(struct feel_eval *eval, uint32_t position,
                               const struct feel_builtin *builtin, bool only,
                               const struct feel_value *arguments, uint32_t count);

/* Notes that an argument is outside of its domain, and gives null. */
struct feel_value builtin_fail(const struct builtin_call *call, const char *message);

#define BUILTIN(name) struct feel_value name(const struct builtin_call *call)

BUILTIN(builtin_date);
BUILTIN(builtin_date_parts);
BUILTIN(builtin_time);
BUILTIN(builtin_time_parts);
BUILTIN(builtin_date_time);
BUILTIN(builtin_date_time_join);
BUILTIN(builtin_date_time_parts);
BUILTIN(builtin_duration);
BUILTIN(builtin_months_between);
BUILTIN(builtin_number);
BUILTIN(builtin_string);
BUILTIN(builtin_range);
BUILTIN(builtin_not);
BUILTIN(builtin_substring);
BUILTIN(builtin_string_length);
BUILTIN(builtin_upper_case);
BUILTIN(builtin_lower_case);
BUILTIN(builtin_substring_before);
BUILTIN(builtin_substring_after);
BUILTIN(builtin_contains);
BUILTIN(builtin_starts_with);
BUILTIN(builtin_ends_with);
BUILTIN(builtin_matches);
BUILTIN(builtin_replace);
BUILTIN(builtin_split);
BUILTIN(builtin_string_join);
BUILTIN(builtin_list_contains);
BUILTIN(builtin_list_replace);
BUILTIN(builtin_count);
BUILTIN(builtin_min);
BUILTIN(builtin_max);
BUILTIN(builtin_sum);
BUILTIN(builtin_mean);
BUILTIN(builtin_all);
BUILTIN(builtin_any);
BUILTIN(builtin_sublist);
BUILTIN(builtin_append);
BUILTIN(builtin_concatenate);
BUILTIN(builtin_insert_before);
BUILTIN(builtin_remove);
BUILTIN(builtin_reverse);
BUILTIN(builtin_index_of);
BUILTIN(builtin_union);
BUILTIN(builtin_distinct_values);
BUILTIN(builtin_flatten);
BUILTIN(builtin_product);
BUILTIN(builtin_median);
BUILTIN(builtin_stddev);
BUILTIN(builtin_mode);
BUILTIN(builtin_sort);
BUILTIN(builtin_decimal);
BUILTIN(builtin_floor);
BUILTIN(builtin_ceiling);
BUILTIN(builtin_round_up);
BUILTIN(builtin_round_down);
BUILTIN(builtin_round_half_up);
BUILTIN(builtin_round_half_down);
BUILTIN(builtin_abs);
BUILTIN(builtin_modulo);
BUILTIN(builtin_sqrt);
BUILTIN(builtin_log);
BUILTIN(builtin_exp);
BUILTIN(builtin_odd);
BUILTIN(builtin_even);
BUILTIN(builtin_is);
BUILTIN(builtin_before);
BUILTIN(builtin_after);
BUILTIN(builtin_meets);
BUILTIN(builtin_met_by);
BUILTIN(builtin_overlaps);
BUILTIN(builtin_overlaps_before);
BUILTIN(builtin_overlaps_after);
BUILTIN(builtin_finishes);
BUILTIN(builtin_finished_by);
BUILTIN(builtin_includes);
BUILTIN(builtin_during);
BUILTIN(builtin_starts);
BUILTIN(builtin_started_by);
BUILTIN(builtin_coincides);
BUILTIN(builtin_day_of_year);
BUILTIN(builtin_day_of_week);
BUILTIN(builtin_month_of_year);
BUILTIN(builtin_week_of_year);
BUILTIN(builtin_get_value);
BUILTIN(builtin_get_value_path);
BUILTIN(builtin_get_entries);
BUILTIN(builtin_context);
BUILTIN(builtin_context_put);
BUILTIN(builtin_context_put_path);
BUILTIN(builtin_context_merge);
BUILTIN(builtin_now);
BUILTIN(builtin_today);

#endif
