#include "base/zone.h"

/* A rule such as M3.5.0/2: when in a year, local time, a change takes place. */
struct zone_change {
    char form; /* 'M': month, week, weekday; 'J': day 1..365 without 29 February; '0': day 0..365 */
    int month; /* or the day of the forms J and 0 */
    int week;
    int weekday; /* 0 is Sunday */
    int32_t time_s;
};

struct zone_rule {
    bool present;
    bool has_summer;
    int32_t standard_s;
    int32_t summer_s;
    struct zone_change begin; /* of summer time, in standard time */
    struct zone_change end;   /* of summer time, in summer time */
};

struct zone {
    struct slice name;
    uint32_t count;         /* transitions */
    const int64_t *at_s;    /* ascending */
    const int32_t *after_s; /* offset from that transition on */
    int32_t first_s;        /* offset before the first transition */
    struct zone_rule rule;
};

enum { HEADER_SIZE = 44, LOCAL_TYPE_SIZE = 6 };

static uint32_t read_u32(const uint8_t *data)
{
    return ((uint32_t)data[0] << 24) | ((uint32_t)data[1] << 16) | ((uint32_t)data[2] << 8) |
           data[3];
}

static int64_t read_i64(const uint8_t *data)
{
    return (int64_t)(((uint64_t)read_u32(data) << 32) | read_u32(data + 4));
}

struct header {
    uint32_t utc_count;
    uint32_t standard_count;
    uint32_t leap_count;
    uint32_t transition_count;
    uint32_t type_count;
    uint32_t letter_count;
};

static bool header_read(const uint8_t *data, size_t size, struct header *ret_header)
{
    if (size < HEADER_SIZE || memcmp(data, "TZif", 4) != 0) {
        return false;
    }
    *ret_header = (struct header){
        .utc_count = read_u32(data + 20),
        .standard_count = read_u32(data + 24),
        .leap_count = read_u32(data + 28),
        .transition_count = read_u32(data + 32),
        .type_count = read_u32(data + 36),
        .letter_count = read_u32(data + 40),
    };
    const uint32_t count_max = 1U << 16;
    return ret_header->utc_count <= count_max && ret_header->standard_count <= count_max &&
           ret_header->leap_count <= count_max && ret_header->transition_count <= count_max &&
           ret_header->type_count >= 1 && ret_header->type_count <= 256 &&
           ret_header->letter_count <= count_max;
}

static size_t body_size(const struct header *header, size_t time_size)
{
    return header->transition_count * (time_size + 1) +
           header->type_count * (size_t)LOCAL_TYPE_SIZE + header->letter_count +
           header->leap_count * (time_size + 4) + header->standard_count + header->utc_count;
}

/* A cursor over the text of a POSIX rule. */
struct cursor {
    struct slice text;
    size_t at;
};

static char cursor_peek(const struct cursor *cursor)
{
    return cursor->at < cursor->text.size ? cursor->text.data[cursor->at] : '\0';
}

static bool cursor_take(struct cursor *cursor, char wanted)
{
    if (cursor_peek(cursor) != wanted) {
        return false;
    }
    cursor->at++;
    return true;
}

static bool cursor_number(struct cursor *cursor, int *ret_value)
{
    int value = 0;
    const size_t start = cursor->at;
    while (cursor_peek(cursor) >= '0' && cursor_peek(cursor) <= '9' && cursor->at - start < 5) {
        value = value * 10 + (cursor_peek(cursor) - '0');
        cursor->at++;
    }
    *ret_value = value;
    return cursor->at > start;
}

/* [+-]hh[:mm[:ss]] */
static bool cursor_time(struct cursor *cursor, int32_t *ret_seconds)
{
    const bool negative = cursor_take(cursor, '-');
    if (!negative) {
        (void)cursor_take(cursor, '+');
    }
    int hours = 0;
    int minutes = 0;
    int seconds = 0;
    if (!cursor_number(cursor, &hours)) {
        return false;
    }
    if (cursor_take(cursor, ':') && !cursor_number(cursor, &minutes)) {
        return false;
    }
    if (cursor_take(cursor, ':') && !cursor_number(cursor, &seconds)) {
        return false;
    }
    if (hours > 167 || minutes > 59 || seconds > 59) {
        return false;
    }
    const int32_t total = hours * 3600 + minutes * 60 + seconds;
    *ret_seconds = negative ? -total : total;
    return true;
}

static bool cursor_letters(struct cursor *cursor)
{
    const size_t start = cursor->at;
    if (cursor_take(cursor, '<')) {
        while (cursor_peek(cursor) != '>' && cursor_peek(cursor) != '\0') {
            cursor->at++;
        }
        return cursor_take(cursor, '>');
    }
    while ((cursor_peek(cursor) >= 'A' && cursor_peek(cursor) <= 'Z') ||
           (cursor_peek(cursor) >= 'a' && cursor_peek(cursor) <= 'z')) {
        cursor->at++;
    }
    return cursor->at > start;
}

static bool cursor_change(struct cursor *cursor, struct zone_change *ret_change)
{
    struct zone_change change = {.form = '0', .time_s = 7200};
    if (cursor_take(cursor, 'M')) {
        change.form = 'M';
        if (!cursor_number(cursor, &change.month) || !cursor_take(cursor, '.') ||
            !cursor_number(cursor, &change.week) || !cursor_take(cursor, '.') ||
            !cursor_number(cursor, &change.weekday) || change.month < 1 || change.month > 12 ||
            change.week < 1 || change.week > 5 || change.weekday > 6) {
            return false;
        }
    } else {
        change.form = cursor_take(cursor, 'J') ? 'J' : '0';
        if (!cursor_number(cursor, &change.month) || change.month > 365) {
            return false;
        }
    }
    if (cursor_take(cursor, '/') && !cursor_time(cursor, &change.time_s)) {
        return false;
    }
    *ret_change = change;
    return true;
}

/* Reads a footer such as CET-1CEST,M3.5.0,M10.5.0/3. An empty one is no rule. */
static bool rule_parse(struct slice text, struct zone_rule *ret_rule)
{
    *ret_rule = (struct zone_rule){0};
    if (text.size == 0) {
        return true;
    }
    struct cursor cursor = {.text = text};
    int32_t west_s = 0;
    if (!cursor_letters(&cursor) || !cursor_time(&cursor, &west_s)) {
        return false;
    }
    ret_rule->present = true;
    ret_rule->standard_s = -west_s;
    if (cursor.at == text.size) {
        return true;
    }
    ret_rule->has_summer = true;
    ret_rule->summer_s = ret_rule->standard_s + 3600;
    if (!cursor_letters(&cursor)) {
        return false;
    }
    if (cursor_peek(&cursor) != ',') {
        if (!cursor_time(&cursor, &west_s)) {
            return false;
        }
        ret_rule->summer_s = -west_s;
    }
    return cursor_take(&cursor, ',') && cursor_change(&cursor, &ret_rule->begin) &&
           cursor_take(&cursor, ',') && cursor_change(&cursor, &ret_rule->end) &&
           cursor.at == text.size;
}

/* Days since 1970-01-01 of a civil day of any year. Source: H. Hinnant, "chrono-compatible
 * low-level date algorithms", days_from_civil. */
static int64_t days_of(int64_t year, int month, int day)
{
    year -= month <= 2;
    const int64_t era = (year >= 0 ? year : year - 399) / 400;
    const int64_t year_of_era = year - era * 400;
    const int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
           719468;
}

static int64_t year_of(int64_t seconds)
{
    int64_t days = seconds / 86400 - (seconds % 86400 < 0);
    days += 719468;
    const int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    const int64_t day_of_era = days - era * 146097;
    const int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    const int64_t day_of_year =
        day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    return year_of_era + era * 400 + (day_of_year >= 306);
}

static bool is_leap(int64_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* The local time, in seconds as if UTC, at which a change takes place in a year. */
static int64_t change_at(const struct zone_change *change, int64_t year)
{
    int64_t day = 0;
    if (change->form == 'M') {
        static const int month_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
        const int64_t first = days_of(year, change->month, 1);
        const int64_t first_weekday = ((first + 4) % 7 + 7) % 7;
        int64_t offset = (change->weekday - first_weekday + 7) % 7 + 7 * (change->week - 1);
        const int last = month_days[change->month - 1] + (change->month == 2 && is_leap(year));
        if (offset >= last) {
            offset -= 7;
        }
        day = first + offset;
    } else if (change->form == 'J') {
        day = days_of(year, 1, 1) + change->month - 1 + (is_leap(year) && change->month >= 60);
    } else {
        day = days_of(year, 1, 1) + change->month;
    }
    return day * 86400 + change->time_s;
}

static int32_t rule_offset_at(const struct zone_rule *rule, int64_t utc_s)
{
    if (!rule->has_summer) {
        return rule->standard_s;
    }
    const int64_t year = year_of(utc_s + rule->standard_s);
    const int64_t begin = change_at(&rule->begin, year) - rule->standard_s;
    const int64_t end = change_at(&rule->end, year) - rule->summer_s;
    const bool summer = begin < end ? utc_s >= begin && utc_s < end : utc_s >= begin || utc_s < end;
    return summer ? rule->summer_s : rule->standard_s;
}

static bool zone_read_transitions(struct arena *arena, struct zone *zone, const uint8_t *data,
                                  const struct header *header)
{
    const uint32_t count = header->transition_count;
    int64_t *at_s = arena_take_array(arena, count == 0 ? 1 : count, sizeof *at_s);
    int32_t *after_s = arena_take_array(arena, count == 0 ? 1 : count, sizeof *after_s);
    if (at_s == NULL || after_s == NULL) {
        return false;
    }
    const uint8_t *indexes = data + (size_t)count * 8;
    const uint8_t *types = indexes + count;
    for (uint32_t i = 0; i < count; i++) {
        if (indexes[i] >= header->type_count) {
            return false;
        }
        at_s[i] = read_i64(data + (size_t)i * 8);
        after_s[i] = (int32_t)read_u32(types + (size_t)indexes[i] * LOCAL_TYPE_SIZE);
        if (i > 0 && at_s[i] <= at_s[i - 1]) {
            return false;
        }
    }
    zone->count = count;
    zone->at_s = at_s;
    zone->after_s = after_s;
    zone->first_s = (int32_t)read_u32(types);
    return true;
}

const struct zone *zone_parse(struct arena *arena, struct slice name, struct slice bytes)
{
    const uint8_t *data = (const uint8_t *)bytes.data;
    struct header header;
    if (!header_read(data, bytes.size, &header) || data[4] < '2') {
        return NULL;
    }
    const size_t skip = HEADER_SIZE + body_size(&header, 4);
    if (skip > bytes.size || !header_read(data + skip, bytes.size - skip, &header)) {
        return NULL;
    }
    const size_t body = skip + HEADER_SIZE;
    const size_t footer = body + body_size(&header, 8);
    if (footer + 2 > bytes.size || data[footer] != '\n' || data[bytes.size - 1] != '\n') {
        return NULL;
    }
    struct zone *zone = arena_take(arena, sizeof *zone);
    if (zone == NULL || !zone_read_transitions(arena, zone, data + body, &header)) {
        return NULL;
    }
    zone->name = arena_copy(arena, name);
    const struct slice rule = slice_of(bytes.data + footer + 1, bytes.size - footer - 2);
    return zone->name.data != NULL && rule_parse(rule, &zone->rule) ? zone : NULL;
}

struct slice zone_name(const struct zone *zone)
{
    return zone->name;
}

/* Transitions at or before an instant. */
static uint32_t transitions_until(const struct zone *zone, int64_t utc_s)
{
    uint32_t low = 0;
    uint32_t high = zone->count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (zone->at_s[middle] <= utc_s) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

int32_t zone_offset_at(const struct zone *zone, int64_t utc_s)
{
    const uint32_t passed = transitions_until(zone, utc_s);
    if (passed == zone->count && zone->rule.present) {
        return rule_offset_at(&zone->rule, utc_s);
    }
    return passed == 0 ? zone->first_s : zone->after_s[passed - 1];
}

int32_t zone_offset_of_local(const struct zone *zone, int64_t local_s)
{
    /* No zone is further than a day from UTC, and no two changes lie within two days: one of the
     * offsets on either side of the local time holds. */
    const int32_t before = zone_offset_at(zone, local_s - 86400);
    const int32_t after = zone_offset_at(zone, local_s + 86400);
    if (before == after) {
        return before;
    }
    if (zone_offset_at(zone, local_s - before) == before) {
        return before;
    }
    return zone_offset_at(zone, local_s - after) == after ? after : before;
}
