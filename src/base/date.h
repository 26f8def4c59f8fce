/* Dates and times of the proleptic Gregorian calendar, UTC, without any clock.
 * A date is days since 1970-01-01; a time is microseconds since 1970-01-01T00:00:00Z. */
#ifndef HEADROOM_BASE_DATE_H
#define HEADROOM_BASE_DATE_H

#include "base/buffer.h"

typedef int32_t date_days;
typedef int64_t time_us;

/* A date field that was left out; outside the years 0001 to 9999. */
#define DATE_NONE INT32_MIN
#define TIME_NONE INT64_MIN
#define US_PER_SECOND 1000000LL
#define US_PER_DAY (86400LL * US_PER_SECOND)

/** Reads "YYYY-MM-DD", years 0001 to 9999. Returns false when the text is no such day.
 *  Source: RFC 3339, section 5.6, full-date. */
bool date_parse(struct slice text, date_days *ret_date) MUST_USE;
/** Reads an RFC 3339 date-time with offset Z or zero, 0 to 9 fraction digits (kept to the
 * microsecond), years 0001 to 9999, no leap second. Returns false when it is none. */
bool time_parse(struct slice text, time_us *ret_time) MUST_USE;
void date_write(struct buffer *buffer, date_days date);
/** Writes with as many fraction digits (0, 3 or 6) as the value needs, and Z. */
void time_write(struct buffer *buffer, time_us time);
/** Year, month (1 to 12) and day (1 to 31) of a date. */
void date_to_civil(date_days date, int *ret_year, int *ret_month, int *ret_day);
/** The date of a civil day that exists. Source: H. Hinnant, "chrono-compatible low-level date
 * algorithms". */
date_days date_from_civil(int year, int month, int day);
/** The UTC date on which a time falls. */
date_days time_to_date(time_us time);

#endif
