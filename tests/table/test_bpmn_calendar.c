/* The business calendar: weekends, holidays, make-up working days, office hours. */
#include "cmocka_headroom.h"

#include "bpmn/calendar.h"

/* National Day of 2026: 1 to 7 October off, Saturday 10 October worked; 09:00 to 17:30 in Beijing.
 */
static const char china[] = "{\"offset\": \"+08:00\", \"open\": \"09:00\", \"close\": \"17:30\", "
                            "\"holidays\": [\"2026-10-07\","
                            "\"2026-10-01\", \"2026-10-02\", \"2026-10-05\", \"2026-10-06\"], "
                            "\"workdays\": [\"2026-10-10\"]}";

static void days(void **state)
{
    static const struct {
        const char *from;
        int64_t days;
        int64_t minutes;
        const char *to; /* NULL: out of reach */
    } rows[] = {
        {"2026-09-29T02:00:00Z", 0, 0, "2026-09-29T02:00:00Z"},
        {"2026-09-29T02:00:00Z", 1, 0, "2026-09-30T02:00:00Z"},
        {"2026-09-30T02:00:00Z", 1, 0, "2026-10-08T02:00:00Z"}, /* over the holiday */
        {"2026-09-30T02:00:00Z", 3, 0, "2026-10-10T02:00:00Z"}, /* the Saturday is worked */
        {"2026-09-30T02:00:00Z", 4, 0, "2026-10-12T02:00:00Z"}, /* the Sunday is not */
        {"2026-10-03T02:00:00Z", 1, 0, "2026-10-09T01:00:00Z"}, /* from the next opening */
        {"2026-10-03T02:00:00Z", 0, 0, "2026-10-08T01:00:00Z"},
        {"2026-09-29T02:00:00Z", 0, 90, "2026-09-29T03:30:00Z"},
        {"2026-09-29T09:00:00Z", 0, 30, "2026-09-29T09:30:00Z"}, /* up to closing time */
        {"2026-09-29T09:00:00Z", 0, 31, "2026-09-30T01:01:00Z"},
        {"2026-09-29T20:00:00Z", 0, 60, "2026-09-30T02:00:00Z"}, /* before opening, Beijing */
        {"2026-09-29T12:00:00Z", 0, 60, "2026-09-30T02:00:00Z"}, /* after closing */
        {"2026-09-30T09:00:00Z", 0, 60, "2026-10-08T01:30:00Z"},
        {"2026-09-29T02:00:00Z", 1, 8 * 60 + 30, "2026-10-08T02:00:00Z"},
        {"2026-09-29T02:00:00Z", 36601, 0, NULL},
        {"2026-09-29T02:00:00Z", -1, 0, NULL},
    };
    struct bpmn_calendar calendar;
    struct arena arena;
    struct buffer error = {0};
    (void)state;
    arena_init(&arena, 1 << 20);
    assert_true(bpmn_calendar_read(&arena, slice_from_cstr(china), &calendar, &error));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        time_us from = 0;
        time_us to = 0;
        struct buffer text = {0};
        assert_true(time_parse(slice_from_cstr(rows[i].from), &from));
        const bool found =
            bpmn_calendar_add(&calendar, from, rows[i].days, rows[i].minutes * 60, &to);
        assert_int_equal(found, rows[i].to != NULL);
        if (found) {
            time_write(&text, to);
            buffer_append_byte(&text, '\0');
            if (strcmp(text.data, rows[i].to) != 0) {
                fail_msg("%s + %ld d: %s instead of %s", rows[i].from, (long)rows[i].days,
                         text.data, rows[i].to);
            }
        }
        buffer_release(&text);
    }
    arena_release(&arena);
    buffer_release(&error);
}

static void wrong_calendars(void **state)
{
    static const char *const rows[][2] = {
        {"", "no JSON object"},
        {"[]", "no JSON object"},
        {"{\"open\": \"9:00\"}", "open has the wrong form"},
        {"{\"open\": \"18:00\", \"close\": \"17:00\"}", "closes before it opens"},
        {"{\"week\": [0]}", "week has the wrong form"},
        {"{\"week\": \"all\"}", "week has the wrong form"},
        {"{\"offset\": \"8\"}", "offset has the wrong form"},
        {"{\"offset\": \"+15:00\"}", "offset has the wrong form"},
        {"{\"holidays\": [\"2026-02-30\"]}", "'2026-02-30' is no date"},
        {"{\"holidays\": \"2026-02-01\"}", "holidays is no list"},
        {"{\"hours\": 8}", "no member hours"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct bpmn_calendar calendar;
        struct arena arena;
        struct buffer error = {0};
        arena_init(&arena, 1 << 20);
        assert_false(bpmn_calendar_read(&arena, slice_from_cstr(rows[i][0]), &calendar, &error));
        buffer_append_byte(&error, '\0');
        if (strstr(error.data, rows[i][1]) == NULL) {
            fail_msg("%s: %s", rows[i][0], error.data);
        }
        buffer_release(&error);
        arena_release(&arena);
    }
}

static void a_year_without_a_working_day_has_no_end(void **state)
{
    struct bpmn_calendar calendar = bpmn_calendar_default;
    time_us to = 0;
    (void)state;
    calendar.week = 0;
    assert_false(bpmn_calendar_add(&calendar, 0, 1, 0, &to));
    assert_false(bpmn_calendar_add(&calendar, 0, 0, 0, &to));
    assert_false(bpmn_calendar_add(&calendar, 0, 0, 60, &to));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days),
        cmocka_unit_test(wrong_calendars),
        cmocka_unit_test(a_year_without_a_working_day_has_no_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
