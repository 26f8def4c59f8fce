#include "bpmn/calendar.h"

#include <stdlib.h>

#include "base/json.h"

enum { DAY_S = 86400 };

const struct bpmn_calendar bpmn_calendar_default = {
    .open_s = 9 * 3600, .close_s = 17 * 3600, .week = 0x1f};

/* ---- reading ---- */

/* "HH:MM", up to 24:00. */
static bool clock_read(struct slice text, int32_t *ret_s)
{
    uint64_t hours = 0;
    uint64_t minutes = 0;
    if (text.size != 5 || text.data[2] != ':' ||
        !slice_to_u64(slice_of(text.data, 2), 24, &hours) ||
        !slice_to_u64(slice_of(text.data + 3, 2), 59, &minutes) || hours * 60 + minutes > 1440) {
        return false;
    }
    *ret_s = (int32_t)(hours * 3600 + minutes * 60);
    return true;
}

static bool offset_read(struct slice text, int32_t *ret_s)
{
    int32_t offset = 0;
    if (slice_equal(text, SLICE("Z"))) {
        *ret_s = 0;
        return true;
    }
    if (text.size != 6 || (text.data[0] != '+' && text.data[0] != '-') ||
        !clock_read(slice_of(text.data + 1, 5), &offset) || offset > 14 * 3600) {
        return false;
    }
    *ret_s = text.data[0] == '-' ? -offset : offset;
    return true;
}

static int compare_days(const void *a, const void *b)
{
    const date_days left = *(const date_days *)a;
    const date_days right = *(const date_days *)b;
    return (left > right) - (left < right);
}

/* A list of dates, sorted; false with `reterr_text` set. */
static bool days_read(struct arena *arena, const struct json_value *json,
                      const date_days **ret_days, uint32_t *ret_count, struct buffer *reterr_text)
{
    if (json->type != JSON_ARRAY) {
        buffer_append(reterr_text, json->name);
        buffer_append_cstr(reterr_text, " is no list of dates");
        return false;
    }
    date_days *days = arena_take_array(arena, (size_t)json->count + 1, sizeof *days);
    uint32_t count = 0;
    if (days == NULL) {
        buffer_append_cstr(reterr_text, "memory is exhausted");
        return false;
    }
    for (const struct json_value *at = json->first; at != NULL; at = at->next) {
        if (at->type != JSON_STRING || !date_parse(at->text, &days[count])) {
            buffer_append(reterr_text, json->name);
            buffer_printf(reterr_text, ": '%.*s' is no date such as 2026-10-01", (int)at->text.size,
                          at->text.data);
            return false;
        }
        count++;
    }
    qsort(days, count, sizeof *days, compare_days);
    *ret_days = days;
    *ret_count = count;
    return true;
}

static bool week_read(const struct json_value *json, uint8_t *ret_week)
{
    uint8_t week = 0;
    if (json->type != JSON_ARRAY) {
        return false;
    }
    for (const struct json_value *at = json->first; at != NULL; at = at->next) {
        uint64_t day = 0;
        if (at->type != JSON_NUMBER || !slice_to_u64(at->text, 7, &day) || day == 0) {
            return false;
        }
        week = (uint8_t)(week | 1U << (day - 1));
    }
    *ret_week = week;
    return true;
}

static bool member_read(struct arena *arena, const struct json_value *member,
                        struct bpmn_calendar *calendar, struct buffer *reterr_text)
{
    const bool text = member->type == JSON_STRING;
    bool good = false;
    if (slice_equal(member->name, SLICE("holidays"))) {
        return days_read(arena, member, &calendar->holidays, &calendar->holiday_count, reterr_text);
    }
    if (slice_equal(member->name, SLICE("workdays"))) {
        return days_read(arena, member, &calendar->workdays, &calendar->workday_count, reterr_text);
    }
    if (slice_equal(member->name, SLICE("offset"))) {
        good = text && offset_read(member->text, &calendar->offset_s);
    } else if (slice_equal(member->name, SLICE("open"))) {
        good = text && clock_read(member->text, &calendar->open_s);
    } else if (slice_equal(member->name, SLICE("close"))) {
        good = text && clock_read(member->text, &calendar->close_s);
    } else if (slice_equal(member->name, SLICE("week"))) {
        good = week_read(member, &calendar->week);
    } else {
        buffer_append_cstr(reterr_text, "a calendar has no member ");
        buffer_append(reterr_text, member->name);
        return false;
    }
    if (!good) {
        buffer_append(reterr_text, member->name);
        buffer_append_cstr(reterr_text, " has the wrong form");
    }
    return good;
}

bool bpmn_calendar_read(struct arena *arena, struct slice text, struct bpmn_calendar *ret_calendar,
                        struct buffer *reterr_text)
{
    struct bpmn_calendar calendar = bpmn_calendar_default;
    struct json_error error;
    const struct json_value *json = json_parse(arena, &error, text);
    if (json == NULL || json->type != JSON_OBJECT) {
        buffer_printf(reterr_text, "the calendar is no JSON object: %s at byte %zu",
                      json == NULL ? error.message : "another value",
                      json == NULL ? error.offset : (size_t)0);
        return false;
    }
    for (const struct json_value *at = json->first; at != NULL; at = at->next) {
        if (!member_read(arena, at, &calendar, reterr_text)) {
            return false;
        }
    }
    if (calendar.close_s <= calendar.open_s) {
        buffer_append_cstr(reterr_text, "the office closes before it opens");
        return false;
    }
    *ret_calendar = calendar;
    return true;
}

/* ---- counting ---- */

static bool has_day(const date_days *days, uint32_t count, date_days day)
{
    return count > 0 && bsearch(&day, days, count, sizeof *days, compare_days) != NULL;
}

bool bpmn_calendar_works(const struct bpmn_calendar *calendar, date_days day)
{
    if (has_day(calendar->workdays, calendar->workday_count, day)) {
        return true;
    }
    if (has_day(calendar->holidays, calendar->holiday_count, day)) {
        return false;
    }
    const int weekday = (int)((((int64_t)day + 3) % 7 + 7) % 7); /* 1970-01-01 was a Thursday */
    return (calendar->week >> weekday & 1U) != 0;
}

/* The next working day behind `day`, counted off from *inout_reach. */
static bool next_day(const struct bpmn_calendar *calendar, int64_t *inout_day, int64_t *inout_reach)
{
    do {
        (*inout_day)++;
        if (--*inout_reach < 0) {
            return false;
        }
    } while (!bpmn_calendar_works(calendar, (date_days)*inout_day));
    return true;
}

bool bpmn_calendar_add(const struct bpmn_calendar *calendar, time_us from, int64_t days,
                       int64_t seconds, time_us *ret_time)
{
    const int64_t local_us = from + calendar->offset_s * US_PER_SECOND;
    const int64_t hours_us = (calendar->close_s - calendar->open_s) * US_PER_SECOND;
    const int64_t open_us = calendar->open_s * US_PER_SECOND;
    int64_t reach = (int64_t)BPMN_CALENDAR_DAYS_MAX * 2;
    int64_t day = local_us / US_PER_DAY - (local_us % US_PER_DAY < 0);
    int64_t time = local_us - day * US_PER_DAY;
    if (days < 0 || days > BPMN_CALENDAR_DAYS_MAX || seconds < 0 ||
        seconds > (int64_t)BPMN_CALENDAR_DAYS_MAX * DAY_S) {
        return false;
    }
    if (!bpmn_calendar_works(calendar, (date_days)day)) {
        time = open_us;
        if (!next_day(calendar, &day, &reach)) {
            return false;
        }
    }
    for (; days > 0; days--) {
        if (!next_day(calendar, &day, &reach)) {
            return false;
        }
    }
    int64_t left_us = seconds * US_PER_SECOND;
    if (left_us > 0) {
        time = time < open_us ? open_us : time;
        while (time > open_us + hours_us || left_us > open_us + hours_us - time) {
            left_us -= time > open_us + hours_us ? 0 : open_us + hours_us - time;
            time = open_us;
            if (!next_day(calendar, &day, &reach)) {
                return false;
            }
        }
        time += left_us;
    }
    *ret_time = day * US_PER_DAY + time - calendar->offset_s * US_PER_SECOND;
    return true;
}
