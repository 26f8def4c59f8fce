/* Conversions, date and time functions. Source: DMN 1.5, tables 72, 73, 77, 79 and 82. */
#include "feel/builtin.h"
#include "feel/compile.h"
#include "feel/text.h"

static struct feel_value days_value(int64_t days)
{
    return (struct feel_value){.kind = FEEL_DATE, .days = days};
}

static struct slice text_of(const struct builtin_call *call)
{
    return feel_text(call->arguments[0]);
}

/* A whole number in an argument. */
static bool whole(const struct builtin_call *call, uint32_t index, int64_t *ret_value)
{
    return decimal_to_i64(call->arguments[index].number, ret_value);
}

BUILTIN(builtin_date)
{
    const struct feel_value from = call->arguments[0];
    int64_t days = 0;
    if (from.kind == FEEL_DATE) {
        return from;
    }
    if (from.kind == FEEL_DATE_TIME) {
        return days_value(from.moment->days);
    }
    return date_read(text_of(call), &days) ? days_value(days)
                                           : builtin_fail(call, "date: the text is no date");
}

static bool date_parts(const struct builtin_call *call, int64_t *ret_days)
{
    int64_t year = 0;
    int64_t month = 0;
    int64_t day = 0;
    if (!whole(call, 0, &year) || !whole(call, 1, &month) || !whole(call, 2, &day) ||
        !calendar_valid(year, month, day)) {
        return false;
    }
    *ret_days = calendar_days(year, (int)month, (int)day);
    return true;
}

BUILTIN(builtin_date_parts)
{
    int64_t days = 0;
    return date_parts(call, &days) ? days_value(days)
                                   : builtin_fail(call, "date: there is no such day");
}

BUILTIN(builtin_time)
{
    const struct feel_value from = call->arguments[0];
    struct feel_moment moment = {.has_offset = true};
    if (from.kind == FEEL_TIME) {
        return from;
    }
    if (from.kind == FEEL_DATE_TIME) {
        moment = *from.moment;
        moment.days = 0;
    } else if (from.kind == FEEL_STRING && !time_read(&call->eval->zones, text_of(call), &moment)) {
        return builtin_fail(call, "time: the text is no time");
    }
    return feel_moment_value(call->eval, FEEL_TIME, &moment);
}

/* Hour, minute and second from the argument `first` on. */
static bool time_parts(const struct builtin_call *call, uint32_t first, int64_t *ret_nanos)
{
    int64_t hour = 0;
    int64_t minute = 0;
    struct feel_span second = {0, 0};
    if (!whole(call, first, &hour) || !whole(call, first + 1, &minute) ||
        !span_from_decimal(call->arguments[first + 2].number, &second) || hour < 0 || hour > 23 ||
        minute < 0 || minute > 59 || second.seconds < 0 || second.nanos < 0 ||
        second.seconds > 59) {
        return false;
    }
    *ret_nanos = (hour * 3600 + minute * 60 + second.seconds) * NANOS_PER_SECOND + second.nanos;
    return true;
}

static bool offset_of(struct feel_value value, struct feel_moment *moment)
{
    if (value.kind != FEEL_SPAN) {
        return true;
    }
    if (value.span.nanos != 0 || value.span.seconds > OFFSET_MAX_S ||
        value.span.seconds < -OFFSET_MAX_S) {
        return false;
    }
    moment->has_offset = true;
    moment->offset = (int32_t)value.span.seconds;
    return true;
}

BUILTIN(builtin_time_parts)
{
    struct feel_moment moment = {0};
    if (!time_parts(call, 0, &moment.nanos) || !offset_of(call->arguments[3], &moment)) {
        return builtin_fail(call, "time: there is no such time");
    }
    return feel_moment_value(call->eval, FEEL_TIME, &moment);
}

BUILTIN(builtin_date_time)
{
    const struct feel_value from = call->arguments[0];
    struct feel_moment moment;
    if (from.kind == FEEL_DATE_TIME) {
        return from;
    }
    if (from.kind == FEEL_DATE) {
        moment = moment_of_day_value(from);
    } else if (!date_time_read(&call->eval->zones, text_of(call), &moment)) {
        return builtin_fail(call, "date and time: the text is no date and time");
    }
    return feel_moment_value(call->eval, FEEL_DATE_TIME, &moment);
}

BUILTIN(builtin_date_time_join)
{
    const struct feel_value day = call->arguments[0];
    struct feel_moment moment = *call->arguments[1].moment;
    moment.days = day.kind == FEEL_DATE ? day.days : day.moment->days;
    moment_settle(&moment, false);
    return feel_moment_value(call->eval, FEEL_DATE_TIME, &moment);
}

BUILTIN(builtin_date_time_parts)
{
    struct feel_moment moment = {0};
    const struct feel_value place = call->arguments[6];
    bool valid = date_parts(call, &moment.days) && time_parts(call, 3, &moment.nanos) &&
                 offset_of(place, &moment);
    if (valid && place.kind == FEEL_STRING) {
        moment.zone = feel_zone(&call->eval->zones, feel_text(place));
        valid = moment.zone != NULL;
        moment_settle(&moment, false);
    }
    return valid ? feel_moment_value(call->eval, FEEL_DATE_TIME, &moment)
                 : builtin_fail(call, "date and time: there is no such date and time");
}

BUILTIN(builtin_duration)
{
    struct feel_value value = call->arguments[0];
    if (value.kind == FEEL_STRING && !duration_read(text_of(call), &value)) {
        return builtin_fail(call, "duration: the text is no duration");
    }
    return value;
}

BUILTIN(builtin_months_between)
{
    const struct feel_moment from = moment_of_day_value(call->arguments[0]);
    const struct feel_moment to = moment_of_day_value(call->arguments[1]);
    return (struct feel_value){.kind = FEEL_MONTHS, .months = moment_months_between(&from, &to)};
}

/* One byte out of a set, or nothing: the separators of number(). */
static bool separator(struct feel_value value, const char *allowed, char *ret_separator)
{
    *ret_separator = '\0';
    if (value.kind == FEEL_NULL) {
        return true;
    }
    if (value.size != 1 || strchr(allowed, value.text[0]) == NULL) {
        return false;
    }
    *ret_separator = value.text[0];
    return true;
}

static bool plain_number(struct slice text, struct decimal *ret_value)
{
    for (size_t i = 0; i < text.size; i++) {
        const char c = text.data[i];
        const bool exponent = (c == 'e' || c == 'E') && i > 0;
        if (!((c >= '0' && c <= '9') || c == '.' || c == '-' || c == '+' || exponent)) {
            return false;
        }
    }
    return decimal_parse(text, ret_value);
}

BUILTIN(builtin_number)
{
    struct decimal value = DECIMAL_ZERO;
    char grouping = '\0';
    char point = '\0';
    if (call->arguments[0].kind == FEEL_NUMBER) {
        return call->arguments[0];
    }
    const struct slice text = text_of(call);
    if (!separator(call->arguments[1], " ,.", &grouping) ||
        !separator(call->arguments[2], ",.", &point) || (grouping != '\0' && grouping == point)) {
        return builtin_fail(call, "number: the separators are not allowed");
    }
    char *plain = arena_take(call->eval->arena, text.size + 1);
    if (plain == NULL) {
        return feel_out_of_memory(call->eval);
    }
    size_t size = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (grouping == '\0' || text.data[i] != grouping) {
            const bool is_point = point != '\0' && text.data[i] == point;
            /* Without a named separator the point is one; with a comma it is none. */
            if (text.data[i] == '.' && point == ',') {
                return builtin_fail(call, "number: the text is no number");
            }
            plain[size++] = is_point ? '.' : text.data[i];
        }
    }
    return plain_number(slice_of(plain, size), &value)
               ? feel_number(value)
               : builtin_fail(call, "number: the text is no number");
}

BUILTIN(builtin_string)
{
    struct buffer out;
    if (call->arguments[0].kind == FEEL_NULL) {
        return FEEL_NOTHING;
    }
    buffer_init(&out);
    text_write(&out, call->arguments[0]);
    return feel_string_of_buffer(call->eval, &out);
}

/* Ends of a range literal are literals, or calls of functions with literals: no call in a call, no
 * end left out. */
static bool range_plain(struct slice text)
{
    bool quoted = false;
    for (size_t i = 1; i + 1 < text.size; i++) {
        const char c = text.data[i];
        if (c == '"') {
            quoted = !quoted;
        } else if (quoted && c == '\\') {
            i++;
        } else if (!quoted && c == '(' && strchr("\"-0123456789", text.data[i + 1]) == NULL) {
            return false;
        }
    }
    return true;
}

static bool range_valid(struct feel_value value)
{
    const struct feel_range *range = value.kind == FEEL_RANGE ? value.range : NULL;
    return range != NULL && range->form == FEEL_RANGE_INTERVAL && range->start.kind != FEEL_NULL &&
           range->end.kind != FEEL_NULL;
}

BUILTIN(builtin_range)
{
    struct feel_compiler compiler;
    struct feel_unit unit = {0};
    struct feel_scope scope;
    feel_compiler_init(&compiler, call->eval->arena);
    compiler.zones = call->eval->zones;
    feel_scope_init(&scope, NULL, &unit);
    const struct slice text = slice_trim(text_of(call));
    static const char opening[] = {'[', '(', ']'};
    static const char closing[] = {']', ')', '['};
    const bool delimited = text.size >= 4 &&
                           memchr(opening, text.data[0], sizeof(opening)) != NULL &&
                           memchr(closing, text.data[text.size - 1], sizeof(closing)) != NULL;
    if (!delimited || text.size > 10000 || !range_plain(text)) {
        return builtin_fail(call, "range: the text is no interval");
    }
    const struct feel_node *node = feel_compile_range(&compiler, &scope, text);
    call->eval->zones = compiler.zones;
    if (compiler.failed) {
        return feel_out_of_memory(call->eval);
    }
    if (node->operation != FEEL_OP_CONSTANT || !range_valid(node->constant)) {
        return builtin_fail(call, "range: the text is no interval of literals");
    }
    return node->constant;
}

BUILTIN(builtin_not)
{
    const struct feel_value value = call->arguments[0];
    return value.kind == FEEL_BOOLEAN ? feel_boolean(!value.boolean)
           : value.kind == FEEL_NULL  ? FEEL_NOTHING
                                      : builtin_fail(call, "not: the argument is no boolean");
}

BUILTIN(builtin_is)
{
    return feel_boolean(feel_same(call->arguments[0], call->arguments[1]));
}

static int64_t day_of(const struct builtin_call *call)
{
    const struct feel_value value = call->arguments[0];
    return value.kind == FEEL_DATE ? value.days : value.moment->days;
}

BUILTIN(builtin_day_of_year)
{
    return feel_integer(calendar_day_of_year(day_of(call)));
}

BUILTIN(builtin_day_of_week)
{
    static const char *const names[] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                        "Friday", "Saturday", "Sunday"};
    return feel_string(slice_from_cstr(names[calendar_weekday(day_of(call)) - 1]));
}

BUILTIN(builtin_month_of_year)
{
    static const char *const names[] = {"January",   "February", "March",    "April",
                                        "May",       "June",     "July",     "August",
                                        "September", "October",  "November", "December"};
    int64_t year = 0;
    int month = 0;
    int day = 0;
    calendar_civil(day_of(call), &year, &month, &day);
    return feel_string(slice_from_cstr(names[month - 1]));
}

BUILTIN(builtin_week_of_year)
{
    return feel_integer(calendar_week(day_of(call)));
}

BUILTIN(builtin_now)
{
    return feel_moment_value(call->eval, FEEL_DATE_TIME, &call->eval->now);
}

BUILTIN(builtin_today)
{
    return days_value(call->eval->now.days);
}
