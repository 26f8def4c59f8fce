/* Dates, times and durations of FEEL: reading, writing, calendar and arithmetic.
 * The calendar is the proleptic Gregorian one, years -999999999 to 999999999, no leap seconds.
 * Source: DMN 1.5, 10.3.2.3.4 to 10.3.2.3.8; lexical forms: XML Schema part 2 and ISO 8601. */
#ifndef HEADROOM_FEEL_TEMPORAL_H
#define HEADROOM_FEEL_TEMPORAL_H

#include "base/buffer.h"
#include "feel/value.h"

#define NANOS_PER_SECOND 1000000000LL
#define NANOS_PER_DAY (86400LL * NANOS_PER_SECOND)
#define CALENDAR_YEAR_MAX 999999999LL

enum { OFFSET_MAX_S = 14 * 3600 };

/* Zones that one evaluation or one model has loaded, each once. */
struct feel_zones {
    struct arena *arena;
    struct feel_zone_entry *first;
};

/** The zone of a name of the IANA database, NULL when there is none. */
const struct zone *feel_zone(struct feel_zones *zones, struct slice name);

int64_t calendar_days(int64_t year, int month, int day);
void calendar_civil(int64_t days, int64_t *ret_year, int *ret_month, int *ret_day);
bool calendar_valid(int64_t year, int64_t month, int64_t day);
bool calendar_days_valid(int64_t days);
/** 1 is Monday, 7 is Sunday. */
int calendar_weekday(int64_t days);
/** The week of the year, 1 to 53, by ISO 8601. */
int calendar_week(int64_t days);
int calendar_day_of_year(int64_t days);
/** The day moved by whole months; a day beyond the end of its month becomes the last one. False
 *  when the year leaves the calendar. */
bool calendar_add_months(int64_t days, int64_t months, int64_t *ret_days) MUST_USE;

bool date_read(struct slice text, int64_t *ret_days) MUST_USE;
bool time_read(struct feel_zones *zones, struct slice text, struct feel_moment *ret_time) MUST_USE;
bool date_time_read(struct feel_zones *zones, struct slice text,
                    struct feel_moment *ret_moment) MUST_USE;
/** Reads either kind of duration; `ret_value` is of kind FEEL_MONTHS or FEEL_SPAN. */
bool duration_read(struct slice text, struct feel_value *ret_value) MUST_USE;

/** Appends a value of a temporal kind in the form in which the language reads it. */
void temporal_write(struct buffer *buffer, struct feel_value value);

/** Settles the offset of a moment with a zone from what its clocks show; `is_time` for a time,
 *  whose zone is read as on 1970-01-01. */
void moment_settle(struct feel_moment *moment, bool is_time);
/** A date as midnight UTC, or the moment of a date and time. */
struct feel_moment moment_of_day_value(struct feel_value value);
/** Negative, zero, positive. A moment without offset takes that of the other. */
int moment_compare(const struct feel_moment *a, const struct feel_moment *b);
/** Equal instants to the second; false when only one has an offset. */
bool moment_equal(const struct feel_moment *a, const struct feel_moment *b);
/** The same clock, offset and zone. */
bool moment_same(const struct feel_moment *a, const struct feel_moment *b);
static inline bool moment_has_place(const struct feel_moment *moment)
{
    return moment->has_offset || moment->zone != NULL;
}
/** a - b; false when only one has an offset. */
bool moment_subtract(const struct feel_moment *a, const struct feel_moment *b,
                     struct feel_span *ret_span) MUST_USE;
/** A date and time moved by a duration; false when it leaves the calendar. */
bool moment_add(const struct feel_moment *moment, struct feel_span span,
                struct feel_moment *ret_moment) MUST_USE;
/** A time moved by a duration, modulo a day. */
struct feel_moment time_add(const struct feel_moment *time, struct feel_span span);
/** A date moved by a duration from its midnight; false when it leaves the calendar. */
bool date_add(int64_t days, struct feel_span span, int64_t *ret_days) MUST_USE;
/** Whole months from the day of one moment to that of another, towards zero. */
int64_t moment_months_between(const struct feel_moment *from, const struct feel_moment *to);

int span_compare(struct feel_span a, struct feel_span b);
bool span_add(struct feel_span a, struct feel_span b, struct feel_span *ret_span) MUST_USE;
struct feel_span span_negate(struct feel_span span);
/** The length in seconds, with its fraction. */
bool span_to_decimal(struct feel_span span, struct decimal *ret_seconds) MUST_USE;
/** From seconds; digits below the nanosecond are cut off. */
bool span_from_decimal(struct decimal seconds, struct feel_span *ret_span) MUST_USE;

#endif
