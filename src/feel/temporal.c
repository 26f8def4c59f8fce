#include "feel/temporal.h"

#include "os/zoneinfo.h"

struct feel_zone_entry {
    struct slice name;
    const struct zone *zone; /* NULL: there is no such zone */
    struct feel_zone_entry *next;
};

const struct zone *feel_zone(struct feel_zones *zones, struct slice name)
{
    for (struct feel_zone_entry *at = zones->first; at != NULL; at = at->next) {
        if (slice_equal(at->name, name)) {
            return at->zone;
        }
    }
    struct feel_zone_entry *entry = arena_take(zones->arena, sizeof *entry);
    if (entry == NULL) {
        return NULL;
    }
    entry->name = arena_copy(zones->arena, name);
    entry->zone = zoneinfo_load(zones->arena, name);
    if (entry->name.data == NULL) {
        return NULL;
    }
    entry->next = zones->first;
    zones->first = entry;
    return entry->zone;
}

/* Source: H. Hinnant, "chrono-compatible low-level date algorithms", days_from_civil. */
int64_t calendar_days(int64_t year, int month, int day)
{
    year -= month <= 2;
    const int64_t era = (year >= 0 ? year : year - 399) / 400;
    const int64_t year_of_era = year - era * 400;
    const int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
           719468;
}

void calendar_civil(int64_t days, int64_t *ret_year, int *ret_month, int *ret_day)
{
    days += 719468;
    const int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    const int64_t day_of_era = days - era * 146097;
    const int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    const int64_t day_of_year =
        day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const int64_t month = (5 * day_of_year + 2) / 153;
    *ret_day = (int)(day_of_year - (153 * month + 2) / 5 + 1);
    *ret_month = (int)(month < 10 ? month + 3 : month - 9);
    *ret_year = year_of_era + era * 400 + (*ret_month <= 2);
}

static bool is_leap(int64_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int month_length(int64_t year, int month)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return lengths[month - 1] + (month == 2 && is_leap(year));
}

bool calendar_valid(int64_t year, int64_t month, int64_t day)
{
    return year >= -CALENDAR_YEAR_MAX && year <= CALENDAR_YEAR_MAX && month >= 1 && month <= 12 &&
           day >= 1 && day <= month_length(year, (int)month);
}

bool calendar_days_valid(int64_t days)
{
    return days >= calendar_days(-CALENDAR_YEAR_MAX, 1, 1) &&
           days <= calendar_days(CALENDAR_YEAR_MAX, 12, 31);
}

static int64_t floor_divide(int64_t a, int64_t b)
{
    return a / b - (a % b != 0 && (a % b < 0) != (b < 0));
}

static int64_t floor_modulo(int64_t a, int64_t b)
{
    return a - floor_divide(a, b) * b;
}

int calendar_weekday(int64_t days)
{
    return (int)floor_modulo(days + 3, 7) + 1;
}

int calendar_day_of_year(int64_t days)
{
    int64_t year = 0;
    int month = 0;
    int day = 0;
    calendar_civil(days, &year, &month, &day);
    return (int)(days - calendar_days(year, 1, 1)) + 1;
}

int calendar_week(int64_t days)
{
    /* The week of a day is that of its Thursday, whose year is the week's year. */
    const int64_t thursday = days - calendar_weekday(days) + 4;
    return (calendar_day_of_year(thursday) - 1) / 7 + 1;
}

bool calendar_add_months(int64_t days, int64_t months, int64_t *ret_days)
{
    int64_t year = 0;
    int month = 0;
    int day = 0;
    calendar_civil(days, &year, &month, &day);
    int64_t total = 0;
    if (__builtin_add_overflow(year * 12 + (month - 1), months, &total)) {
        return false;
    }
    year = floor_divide(total, 12);
    month = (int)floor_modulo(total, 12) + 1;
    if (year < -CALENDAR_YEAR_MAX || year > CALENDAR_YEAR_MAX) {
        return false;
    }
    const int last = month_length(year, month);
    *ret_days = calendar_days(year, month, day < last ? day : last);
    return true;
}

/* A cursor over a text in one of the lexical forms. */
struct reader {
    struct slice text;
    size_t at;
};

static char peek(const struct reader *reader)
{
    return reader->at < reader->text.size ? reader->text.data[reader->at] : '\0';
}

static bool take(struct reader *reader, char wanted)
{
    if (reader->at >= reader->text.size || reader->text.data[reader->at] != wanted) {
        return false;
    }
    reader->at++;
    return true;
}

static bool at_digit(const struct reader *reader)
{
    return peek(reader) >= '0' && peek(reader) <= '9';
}

/* Reads exactly `count` digits. */
static bool take_digits(struct reader *reader, int count, int *ret_value)
{
    int value = 0;
    for (int i = 0; i < count; i++) {
        if (!at_digit(reader)) {
            return false;
        }
        value = value * 10 + (peek(reader) - '0');
        reader->at++;
    }
    *ret_value = value;
    return true;
}

/* Reads any number of digits up to a value that fits. */
static bool take_number(struct reader *reader, int64_t *ret_value)
{
    int64_t value = 0;
    if (!at_digit(reader)) {
        return false;
    }
    while (at_digit(reader)) {
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, peek(reader) - '0', &value)) {
            return false;
        }
        reader->at++;
    }
    *ret_value = value;
    return true;
}

/* Digits behind a point; those beyond the ninth are dropped. */
static bool take_fraction(struct reader *reader, int32_t *ret_nanos)
{
    int32_t nanos = 0;
    int digits = 0;
    if (!at_digit(reader)) {
        return false;
    }
    while (at_digit(reader)) {
        if (digits < 9) {
            nanos = nanos * 10 + (peek(reader) - '0');
        }
        digits++;
        reader->at++;
    }
    for (; digits < 9; digits++) {
        nanos *= 10;
    }
    *ret_nanos = nanos;
    return true;
}

/* -?YYYY+-MM-DD; a year of more than four digits has no leading zero. */
static bool take_date(struct reader *reader, int64_t *ret_days)
{
    const bool negative = take(reader, '-');
    const size_t start = reader->at;
    int64_t year = 0;
    int month = 0;
    int day = 0;
    if (!take_number(reader, &year)) {
        return false;
    }
    const size_t digits = reader->at - start;
    if (digits < 4 || (digits > 4 && reader->text.data[start] == '0') || (negative && year == 0)) {
        return false;
    }
    if (!take(reader, '-') || !take_digits(reader, 2, &month) || !take(reader, '-') ||
        !take_digits(reader, 2, &day)) {
        return false;
    }
    year = negative ? -year : year;
    if (!calendar_valid(year, month, day)) {
        return false;
    }
    *ret_days = calendar_days(year, month, day);
    return true;
}

/* Z, +hh:mm, -hh:mm, with optional :ss, or @zone; nothing is fine too. */
static bool take_place(struct reader *reader, struct feel_zones *zones, struct feel_moment *moment)
{
    if (reader->at == reader->text.size) {
        return true;
    }
    if (take(reader, 'Z') || take(reader, 'z')) {
        moment->has_offset = true;
        return true;
    }
    if (take(reader, '@')) {
        const struct slice name =
            slice_of(reader->text.data + reader->at, reader->text.size - reader->at);
        moment->zone = feel_zone(zones, name);
        reader->at = reader->text.size;
        return moment->zone != NULL;
    }
    const bool negative = peek(reader) == '-';
    int hours = 0;
    int minutes = 0;
    int seconds = 0;
    if (!take(reader, '-') && !take(reader, '+')) {
        return false;
    }
    if (!take_digits(reader, 2, &hours) || !take(reader, ':') ||
        !take_digits(reader, 2, &minutes)) {
        return false;
    }
    if (take(reader, ':') && !take_digits(reader, 2, &seconds)) {
        return false;
    }
    const int32_t offset = hours * 3600 + minutes * 60 + seconds;
    if (minutes > 59 || seconds > 59 || offset > OFFSET_MAX_S) {
        return false;
    }
    moment->has_offset = true;
    moment->offset = negative ? -offset : offset;
    return true;
}

/* Stands for the day of a time that has none. */
#define TIME_ALONE INT64_MIN

/* hh:mm:ss[.fraction][place] to the end of the text. */
static bool take_time(struct reader *reader, struct feel_zones *zones, struct feel_moment *moment)
{
    int hour = 0;
    int minute = 0;
    int second = 0;
    int32_t nanos = 0;
    if (!take_digits(reader, 2, &hour) || !take(reader, ':') || !take_digits(reader, 2, &minute) ||
        !take(reader, ':') || !take_digits(reader, 2, &second)) {
        return false;
    }
    if (take(reader, '.') && !take_fraction(reader, &nanos)) {
        return false;
    }
    /* The end of a day is the beginning of the next one; a time alone has no next day. */
    if (hour == 24 && minute == 0 && second == 0 && nanos == 0 && moment->days != TIME_ALONE) {
        hour = 0;
        moment->days++;
    }
    if (hour > 23 || minute > 59 || second > 59) {
        return false;
    }
    moment->nanos = (hour * 3600 + minute * 60 + second) * NANOS_PER_SECOND + nanos;
    return take_place(reader, zones, moment) && reader->at == reader->text.size;
}

bool date_read(struct slice text, int64_t *ret_days)
{
    struct reader reader = {.text = text};
    return take_date(&reader, ret_days) && reader.at == text.size;
}

bool time_read(struct feel_zones *zones, struct slice text, struct feel_moment *ret_time)
{
    struct reader reader = {.text = text};
    struct feel_moment moment = {.days = TIME_ALONE};
    if (!take_time(&reader, zones, &moment)) {
        return false;
    }
    moment.days = 0;
    moment_settle(&moment, true);
    *ret_time = moment;
    return true;
}

bool date_time_read(struct feel_zones *zones, struct slice text, struct feel_moment *ret_moment)
{
    struct reader reader = {.text = text};
    struct feel_moment moment = {0};
    if (!take_date(&reader, &moment.days)) {
        return false;
    }
    if (reader.at < text.size) {
        if (!take(&reader, 'T') || !take_time(&reader, zones, &moment)) {
            return false;
        }
        moment_settle(&moment, false);
    }
    *ret_moment = moment;
    return true;
}

struct duration_parts {
    int64_t years, months, days, hours, minutes, seconds;
    int32_t nanos;
    bool has_months, has_days; /* a part of that kind was written */
};

/* The parts behind T. */
static bool take_duration_time(struct reader *reader, struct duration_parts *parts)
{
    int64_t *const targets[] = {&parts->hours, &parts->minutes, &parts->seconds};
    static const char letters[] = "HMS";
    int next = 0;
    bool any = false;
    while (reader->at < reader->text.size) {
        int64_t value = 0;
        if (!take_number(reader, &value)) {
            return false;
        }
        if (take(reader, '.')) {
            if (at_digit(reader) && !take_fraction(reader, &parts->nanos)) {
                return false;
            }
            if (peek(reader) != 'S') {
                return false;
            }
        }
        while (next < 3 && peek(reader) != letters[next]) {
            next++;
        }
        if (next == 3) {
            return false;
        }
        *targets[next++] = value;
        reader->at++;
        any = true;
    }
    parts->has_days = true;
    return any;
}

static bool take_duration_parts(struct reader *reader, struct duration_parts *parts)
{
    int64_t *const targets[] = {&parts->years, &parts->months, &parts->days};
    static const char letters[] = "YMD";
    int next = 0;
    while (reader->at < reader->text.size && peek(reader) != 'T') {
        int64_t value = 0;
        if (!take_number(reader, &value)) {
            return false;
        }
        while (next < 3 && peek(reader) != letters[next]) {
            next++;
        }
        if (next == 3) {
            return false;
        }
        *(next == 2 ? &parts->has_days : &parts->has_months) = true;
        *targets[next++] = value;
        reader->at++;
    }
    return !take(reader, 'T') || take_duration_time(reader, parts);
}

bool duration_read(struct slice text, struct feel_value *ret_value)
{
    struct reader reader = {.text = text};
    struct duration_parts parts = {0};
    const bool negative = take(&reader, '-');
    if (!take(&reader, 'P') || !take_duration_parts(&reader, &parts) ||
        parts.has_months == parts.has_days) {
        return false;
    }
    if (parts.has_months) {
        int64_t months = 0;
        if (__builtin_mul_overflow(parts.years, 12, &months) ||
            __builtin_add_overflow(months, parts.months, &months)) {
            return false;
        }
        *ret_value =
            (struct feel_value){.kind = FEEL_MONTHS, .months = negative ? -months : months};
        return true;
    }
    int64_t total = 0;
    int64_t hours = 0;
    int64_t minutes = 0;
    if (__builtin_mul_overflow(parts.days, 86400, &total) ||
        __builtin_mul_overflow(parts.hours, 3600, &hours) ||
        __builtin_mul_overflow(parts.minutes, 60, &minutes) ||
        __builtin_add_overflow(total, hours, &total) ||
        __builtin_add_overflow(total, minutes, &total) ||
        __builtin_add_overflow(total, parts.seconds, &total)) {
        return false;
    }
    struct feel_span span = {total, parts.nanos};
    *ret_value =
        (struct feel_value){.kind = FEEL_SPAN, .span = negative ? span_negate(span) : span};
    return true;
}

static void write_date(struct buffer *buffer, int64_t days)
{
    int64_t year = 0;
    int month = 0;
    int day = 0;
    calendar_civil(days, &year, &month, &day);
    if (year < 0) {
        buffer_append_byte(buffer, '-');
        year = -year;
    }
    buffer_printf(buffer, "%04lld-%02d-%02d", (long long)year, month, day);
}

/* The digits of a fraction of nanoseconds with its point, without trailing zeros. */
static void write_fraction(struct buffer *buffer, int32_t nanos)
{
    if (nanos == 0) {
        return;
    }
    int digits = 9;
    while (nanos % 10 == 0) {
        nanos /= 10;
        digits--;
    }
    buffer_printf(buffer, ".%0*d", digits, (int)nanos);
}

static void write_place(struct buffer *buffer, const struct feel_moment *moment)
{
    if (moment->zone != NULL) {
        buffer_append_byte(buffer, '@');
        buffer_append(buffer, zone_name(moment->zone));
    } else if (moment->has_offset && moment->offset == 0) {
        buffer_append_byte(buffer, 'Z');
    } else if (moment->has_offset) {
        const int offset = moment->offset < 0 ? -moment->offset : moment->offset;
        buffer_printf(buffer, "%c%02d:%02d", moment->offset < 0 ? '-' : '+', offset / 3600,
                      offset / 60 % 60);
        if (offset % 60 != 0) {
            buffer_printf(buffer, ":%02d", offset % 60);
        }
    }
}

static void write_time(struct buffer *buffer, const struct feel_moment *moment)
{
    const int second = (int)(moment->nanos / NANOS_PER_SECOND);
    buffer_printf(buffer, "%02d:%02d:%02d", second / 3600, second / 60 % 60, second % 60);
    write_fraction(buffer, (int32_t)(moment->nanos % NANOS_PER_SECOND));
    write_place(buffer, moment);
}

static void write_months(struct buffer *buffer, int64_t months)
{
    if (months < 0) {
        buffer_append_byte(buffer, '-');
        months = -months;
    }
    buffer_append_byte(buffer, 'P');
    if (months >= 12) {
        buffer_printf(buffer, "%lldY", (long long)(months / 12));
    }
    if (months % 12 != 0 || months == 0) {
        buffer_printf(buffer, "%lldM", (long long)(months % 12));
    }
}

static void write_span(struct buffer *buffer, struct feel_span span)
{
    if (span.seconds < 0 || span.nanos < 0) {
        buffer_append_byte(buffer, '-');
        span = span_negate(span);
    }
    buffer_append_byte(buffer, 'P');
    const int64_t days = span.seconds / 86400;
    const int rest = (int)(span.seconds % 86400);
    if (days != 0) {
        buffer_printf(buffer, "%lldD", (long long)days);
    }
    if (rest == 0 && span.nanos == 0) {
        buffer_append_cstr(buffer, days == 0 ? "T0S" : "");
        return;
    }
    buffer_append_byte(buffer, 'T');
    if (rest >= 3600) {
        buffer_printf(buffer, "%dH", rest / 3600);
    }
    if (rest / 60 % 60 != 0) {
        buffer_printf(buffer, "%dM", rest / 60 % 60);
    }
    if (rest % 60 != 0 || span.nanos != 0) {
        buffer_printf(buffer, "%d", rest % 60);
        write_fraction(buffer, span.nanos);
        buffer_append_byte(buffer, 'S');
    }
}

void temporal_write(struct buffer *buffer, struct feel_value value)
{
    switch ((enum feel_kind)value.kind) {
    case FEEL_DATE:
        write_date(buffer, value.days);
        break;
    case FEEL_TIME:
        write_time(buffer, value.moment);
        break;
    case FEEL_DATE_TIME:
        write_date(buffer, value.moment->days);
        buffer_append_byte(buffer, 'T');
        write_time(buffer, value.moment);
        break;
    case FEEL_MONTHS:
        write_months(buffer, value.months);
        break;
    case FEEL_SPAN:
        write_span(buffer, value.span);
        break;
    default:
        check(false);
    }
}

static int64_t local_seconds(const struct feel_moment *moment)
{
    return moment->days * 86400 + moment->nanos / NANOS_PER_SECOND;
}

void moment_settle(struct feel_moment *moment, bool is_time)
{
    if (moment->zone != NULL) {
        moment->offset = is_time ? zone_offset_at(moment->zone, 0)
                                 : zone_offset_of_local(moment->zone, local_seconds(moment));
    }
}

struct feel_moment moment_of_day_value(struct feel_value value)
{
    if (value.kind == FEEL_DATE_TIME) {
        return *value.moment;
    }
    check(value.kind == FEEL_DATE);
    return (struct feel_moment){.days = value.days, .has_offset = true};
}

/* Seconds of a and b on one scale; a moment without place is read in that of the other. */
static void common_seconds(const struct feel_moment *a, const struct feel_moment *b, int64_t *ret_a,
                           int64_t *ret_b)
{
    const bool both = moment_has_place(a) && moment_has_place(b);
    *ret_a = local_seconds(a) - (both ? a->offset : 0);
    *ret_b = local_seconds(b) - (both ? b->offset : 0);
}

int moment_compare(const struct feel_moment *a, const struct feel_moment *b)
{
    int64_t x = 0;
    int64_t y = 0;
    common_seconds(a, b, &x, &y);
    if (x == y) {
        x = a->nanos % NANOS_PER_SECOND;
        y = b->nanos % NANOS_PER_SECOND;
    }
    return (x > y) - (x < y);
}

bool moment_equal(const struct feel_moment *a, const struct feel_moment *b)
{
    int64_t x = 0;
    int64_t y = 0;
    common_seconds(a, b, &x, &y);
    return x == y && moment_has_place(a) == moment_has_place(b);
}

bool moment_same(const struct feel_moment *a, const struct feel_moment *b)
{
    if (a->days != b->days || a->nanos != b->nanos || a->has_offset != b->has_offset ||
        (a->zone == NULL) != (b->zone == NULL)) {
        return false;
    }
    if (a->zone != NULL) {
        return slice_equal(zone_name(a->zone), zone_name(b->zone));
    }
    return a->offset == b->offset;
}

bool moment_subtract(const struct feel_moment *a, const struct feel_moment *b,
                     struct feel_span *ret_span)
{
    if (moment_has_place(a) != moment_has_place(b)) {
        return false;
    }
    int64_t x = 0;
    int64_t y = 0;
    common_seconds(a, b, &x, &y);
    const struct feel_span from = {y, (int32_t)(b->nanos % NANOS_PER_SECOND)};
    const struct feel_span to = {x, (int32_t)(a->nanos % NANOS_PER_SECOND)};
    return span_add(to, span_negate(from), ret_span);
}

/* Splits a duration into whole days (floored) and the nanoseconds of the rest. */
static void span_split(struct feel_span span, int64_t *ret_days, int64_t *ret_nanos)
{
    const int64_t days = floor_divide(span.seconds, 86400);
    *ret_days = days;
    *ret_nanos = (span.seconds - days * 86400) * NANOS_PER_SECOND + span.nanos;
}

/* Adds to what the clocks show, without regard to their place. */
static bool shift_local(struct feel_moment *moment, struct feel_span span)
{
    int64_t days = 0;
    int64_t nanos = 0;
    span_split(span, &days, &nanos);
    nanos += moment->nanos;
    const int64_t carry = floor_divide(nanos, NANOS_PER_DAY);
    moment->nanos = nanos - carry * NANOS_PER_DAY;
    return !__builtin_add_overflow(moment->days, days, &moment->days) &&
           !__builtin_add_overflow(moment->days, carry, &moment->days) &&
           calendar_days_valid(moment->days);
}

bool moment_add(const struct feel_moment *moment, struct feel_span span,
                struct feel_moment *ret_moment)
{
    struct feel_moment moved = *moment;
    if (!shift_local(&moved, span)) {
        return false;
    }
    if (moved.zone != NULL) {
        const int32_t offset = zone_offset_at(moved.zone, local_seconds(&moved) - moment->offset);
        if (!shift_local(&moved, (struct feel_span){offset - moment->offset, 0})) {
            return false;
        }
        moved.offset = offset;
    }
    *ret_moment = moved;
    return true;
}

struct feel_moment time_add(const struct feel_moment *time, struct feel_span span)
{
    struct feel_moment moved = *time;
    int64_t days = 0;
    int64_t nanos = 0;
    span_split(span, &days, &nanos);
    moved.nanos = floor_modulo(moved.nanos + nanos, NANOS_PER_DAY);
    return moved;
}

bool date_add(int64_t days, struct feel_span span, int64_t *ret_days)
{
    struct feel_moment moment = {.days = days};
    if (!shift_local(&moment, span)) {
        return false;
    }
    *ret_days = moment.days;
    return true;
}

int64_t moment_months_between(const struct feel_moment *from, const struct feel_moment *to)
{
    int64_t from_year = 0;
    int64_t to_year = 0;
    int from_month = 0;
    int to_month = 0;
    int from_day = 0;
    int to_day = 0;
    calendar_civil(from->days, &from_year, &from_month, &from_day);
    calendar_civil(to->days, &to_year, &to_month, &to_day);
    int64_t months = (to_year - from_year) * 12 + (to_month - from_month);
    if (months > 0 && to_day < from_day) {
        months--;
    } else if (months < 0 && to_day > from_day) {
        months++;
    }
    return months;
}

int span_compare(struct feel_span a, struct feel_span b)
{
    if (a.seconds != b.seconds) {
        return a.seconds < b.seconds ? -1 : 1;
    }
    return (a.nanos > b.nanos) - (a.nanos < b.nanos);
}

bool span_add(struct feel_span a, struct feel_span b, struct feel_span *ret_span)
{
    struct feel_span sum = {0, a.nanos + b.nanos};
    if (__builtin_add_overflow(a.seconds, b.seconds, &sum.seconds)) {
        return false;
    }
    const int64_t carry = sum.nanos / (int32_t)NANOS_PER_SECOND;
    sum.nanos %= (int32_t)NANOS_PER_SECOND;
    if (__builtin_add_overflow(sum.seconds, carry, &sum.seconds)) {
        return false;
    }
    if (sum.seconds > 0 && sum.nanos < 0) {
        sum.seconds--;
        sum.nanos += (int32_t)NANOS_PER_SECOND;
    } else if (sum.seconds < 0 && sum.nanos > 0) {
        sum.seconds++;
        sum.nanos -= (int32_t)NANOS_PER_SECOND;
    }
    *ret_span = sum;
    return true;
}

struct feel_span span_negate(struct feel_span span)
{
    return (struct feel_span){-span.seconds, -span.nanos};
}

bool span_to_decimal(struct feel_span span, struct decimal *ret_seconds)
{
    struct decimal fraction = decimal_from_i64(span.nanos);
    const struct decimal whole = decimal_from_i64(span.seconds);
    if (span.nanos == 0) {
        *ret_seconds = whole;
        return true;
    }
    return decimal_divide(fraction, decimal_from_i64(NANOS_PER_SECOND), &fraction) &&
           decimal_add(whole, fraction, ret_seconds);
}

bool span_from_decimal(struct decimal seconds, struct feel_span *ret_span)
{
    struct feel_span span = {0, 0};
    struct decimal rest = DECIMAL_ZERO;
    int64_t nanos = 0;
    if (!decimal_truncate_i64(seconds, &span.seconds) || span.seconds == INT64_MIN ||
        !decimal_subtract(seconds, decimal_from_i64(span.seconds), &rest) ||
        !decimal_multiply(rest, decimal_from_i64(NANOS_PER_SECOND), &rest) ||
        !decimal_truncate_i64(rest, &nanos)) {
        return false;
    }
    span.nanos = (int32_t)nanos;
    *ret_span = span;
    return true;
}
