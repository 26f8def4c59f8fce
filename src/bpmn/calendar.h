/* A business calendar as data: the working week, office hours, holidays and make-up working days
 * (调休), at one offset from UTC. */
#ifndef HEADROOM_BPMN_CALENDAR_H
#define HEADROOM_BPMN_CALENDAR_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/date.h"

struct bpmn_calendar {
    int32_t offset_s;          /* local time is UTC plus this */
    int32_t open_s;            /* office hours, seconds of the local day */
    int32_t close_s;           /* after open_s */
    uint8_t week;              /* working days, bit 0 is Monday */
    const date_days *holidays; /* sorted; not worked though the week says so */
    uint32_t holiday_count;
    const date_days *workdays; /* sorted; worked in spite of week and holidays */
    uint32_t workday_count;
};

enum { BPMN_CALENDAR_DAYS_MAX = 36600 }; /* that a timer may run, and that are searched */

/** Monday to Friday, 09:00 to 17:00 UTC, no holidays. */
extern const struct bpmn_calendar bpmn_calendar_default;

/** Reads {"offset": "+08:00", "week": [1, 2, 3, 4, 5], "open": "09:00", "close": "17:30",
 *  "holidays": ["2026-10-01"], "workdays": ["2026-10-10"]}, all optional, 1 being Monday. False,
 *  with the reason appended to `reterr_text`. The days live in the arena. */
bool bpmn_calendar_read(struct arena *arena, struct slice text, struct bpmn_calendar *ret_calendar,
                        struct buffer *reterr_text) MUST_USE;
bool bpmn_calendar_works(const struct bpmn_calendar *calendar, date_days day);
/** The moment that is `days` working days and `seconds` of office hours behind `from`, both from
 *  zero on. Outside office hours counting begins at the next opening. A number of days alone keeps
 *  the time of day. False when the calendar has no such moment within reach. */
bool bpmn_calendar_add(const struct bpmn_calendar *calendar, time_us from, int64_t days,
                       int64_t seconds, time_us *ret_time) MUST_USE;

#endif
