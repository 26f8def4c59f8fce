#include "cmocka_headroom.h"

#include "base/date.h"

/* Made by Python's datetime: date.toordinal() less that of 1970-01-01. */
static const struct {
    const char *text;
    date_days days;
} calendar[] = {
    {"0001-01-01", -719162}, {"0001-12-31", -718798}, {"0004-02-29", -718008},
    {"0092-08-21", -685692}, {"0100-02-28", -682945}, {"0100-03-01", -682944},
    {"0400-02-29", -573372}, {"0651-12-04", -481418}, {"0670-02-15", -474770},
    {"0891-08-19", -393866}, {"1354-05-19", -224851}, {"1434-02-02", -195738},
    {"1582-10-04", -141438}, {"1582-10-15", -141427}, {"1600-02-29", -135081},
    {"1699-12-31", -98616},  {"1700-03-01", -98556},  {"1752-09-03", -79377},
    {"1800-02-28", -62033},  {"1899-12-31", -25568},  {"1900-02-28", -25509},
    {"1900-03-01", -25508},  {"1904-02-29", -24048},  {"1949-10-01", -7397},
    {"1969-12-31", -1},      {"1970-01-01", 0},       {"1970-01-02", 1},
    {"1972-02-29", 789},     {"1999-12-31", 10956},   {"2000-02-29", 11016},
    {"2000-03-01", 11017},   {"2004-02-29", 12477},   {"2020-11-30", 18596},
    {"2022-05-31", 19143},   {"2024-02-29", 19782},   {"2026-11-23", 20780},
    {"2038-01-19", 24855},   {"2038-01-20", 24856},   {"2100-02-28", 47540},
    {"2100-03-01", 47541},   {"2400-02-29", 157113},  {"2473-05-22", 183859},
    {"2700-08-14", 266852},  {"3311-10-06", 490068},  {"3366-02-13", 509922},
    {"3529-09-07", 569662},  {"3928-05-03", 715267},  {"3929-08-05", 715726},
    {"4051-10-13", 760355},  {"4061-10-23", 764018},  {"4329-05-11", 861737},
    {"4434-05-20", 900097},  {"4584-05-21", 954885},  {"4921-12-14", 1078178},
    {"4944-03-06", 1086296}, {"5858-11-29", 1420395}, {"5939-10-25", 1449944},
    {"6358-08-21", 1602916}, {"6381-01-01", 1611085}, {"6467-07-14", 1642690},
    {"6560-12-22", 1676819}, {"6608-03-21", 1694074}, {"6787-02-19", 1759422},
    {"7564-01-04", 2043169}, {"7580-07-18", 2049209}, {"7673-05-01", 2083099},
    {"7910-06-16", 2169706}, {"8008-05-26", 2205480}, {"8381-07-09", 2341759},
    {"8447-10-01", 2365949}, {"8763-05-13", 2481224}, {"9322-09-11", 2685516},
    {"9440-01-23", 2728383}, {"9635-07-02", 2799766}, {"9700-08-09", 2823545},
    {"9999-12-31", 2932896},
};

static bool date_writes_as(date_days date, const char *text)
{
    struct buffer buffer = {0};

    date_write(&buffer, date);
    const bool same = slice_equal(buffer_slice(&buffer), slice_from_cstr(text));
    buffer_release(&buffer);
    return same;
}

static void dates_agree_with_the_calendar_of_python(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(calendar) / sizeof(calendar[0]); i++) {
        date_days days;
        assert_true(date_parse(slice_from_cstr(calendar[i].text), &days));
        assert_int_equal(days, calendar[i].days);
        assert_true(date_writes_as(calendar[i].days, calendar[i].text));
    }
}

/* The day after a day, by the rules that children learn. */
static void next_day(int *year, int *month, int *day)
{
    static const int lengths[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool leap = *year % 4 == 0 && (*year % 100 != 0 || *year % 400 == 0);

    if (++*day > lengths[*month - 1] + (*month == 2 && leap)) {
        *day = 1;
        if (++*month > 12) {
            *month = 1;
            ++*year;
        }
    }
}

static void every_day_of_9999_years_follows_the_one_before(void **state)
{
    int year = 1;
    int month = 1;
    int day = 1;

    (void)state;
    for (date_days date = -719162; date <= 2932896; date++) {
        int y;
        int m;
        int d;
        date_to_civil(date, &y, &m, &d);
        assert_true(y == year && m == month && d == day);
        assert_true(date_from_civil(year, month, day) == date);
        next_day(&year, &month, &day);
    }
    assert_true(year == 10000 && month == 1 && day == 1);
}

static void texts_that_are_no_dates_are_refused(void **state)
{
    static const struct slice rows[] = {
        SLICE(""),
        SLICE("2026"),
        SLICE("2026-11"),
        SLICE("2026-11-2"),
        SLICE("2026-11-233"),
        SLICE("26-11-23"),
        SLICE("2026-1-023"),
        SLICE("2026/11/23"),
        SLICE("20261123"),
        SLICE("2026-11-23 "),
        SLICE(" 2026-11-23"),
        SLICE("2026-11-23T"),
        SLICE("0000-01-01"),
        SLICE("2026-00-01"),
        SLICE("2026-13-01"),
        SLICE("2026-01-00"),
        SLICE("2026-01-32"),
        SLICE("2026-04-31"),
        SLICE("2026-06-31"),
        SLICE("2026-09-31"),
        SLICE("2026-11-31"),
        SLICE("2025-02-29"),
        SLICE("1900-02-29"),
        SLICE("2024-02-30"),
        SLICE("-026-11-23"),
        SLICE("+026-11-23"),
        SLICE("2026-+1-23"),
        SLICE("2026-11- 3"),
        SLICE("2026-11-2\0"),
        SLICE("2O26-11-23"),
        SLICE("\xEF\xBC\x92"
              "026-1-2"),
        {NULL, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        date_days days = 4711;
        assert_false(date_parse(rows[i], &days));
        assert_int_equal(days, 4711);
    }
}

static void times_are_read_and_written(void **state)
{
    static const struct {
        const char *text;
        time_us time;
        const char *written; /* NULL: as read */
    } rows[] = {
        {"1970-01-01T00:00:00Z", 0, NULL},
        {"1970-01-01T00:00:00.000001Z", 1, NULL},
        {"1970-01-01T00:00:00.001Z", 1000, NULL},
        {"1970-01-01T00:00:00.1Z", 100000, "1970-01-01T00:00:00.100Z"},
        {"1970-01-01T00:00:00.1234567Z", 123456, "1970-01-01T00:00:00.123456Z"},
        {"1970-01-01T00:00:00.123456999Z", 123456, "1970-01-01T00:00:00.123456Z"},
        {"1970-01-01T00:00:00.000000999Z", 0, "1970-01-01T00:00:00Z"},
        {"1969-12-31T23:59:59Z", -1000000, NULL},
        {"1969-12-31T23:59:59.999999Z", -1, NULL},
        {"2026-11-23T09:30:15Z", 1795426215000000, NULL},
        {"2026-11-23t09:30:15z", 1795426215000000, "2026-11-23T09:30:15Z"},
        {"2026-11-23T09:30:15+00:00", 1795426215000000, "2026-11-23T09:30:15Z"},
        {"2026-11-23T09:30:15.5-00:00", 1795426215500000, "2026-11-23T09:30:15.500Z"},
        {"0001-01-01T00:00:00Z", -62135596800000000, NULL},
        {"9999-12-31T23:59:59.999999Z", 253402300799999999, NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct buffer buffer = {0};
        time_us time;
        assert_true(time_parse(slice_from_cstr(rows[i].text), &time));
        assert_true(time == rows[i].time);
        time_write(&buffer, time);
        assert_true(
            slice_equal(buffer_slice(&buffer),
                        slice_from_cstr(rows[i].written == NULL ? rows[i].text : rows[i].written)));
        buffer_release(&buffer);
    }
}

static void texts_that_are_no_times_are_refused(void **state)
{
    static const struct slice rows[] = {
        SLICE(""),
        SLICE("2026-11-23"),
        SLICE("2026-11-23T09:30:15"),
        SLICE("2026-11-23 09:30:15Z"),
        SLICE("2026-11-23T09:30Z"),
        SLICE("2026-11-23T9:30:15Z"),
        SLICE("2026-11-23T24:00:00Z"),
        SLICE("2026-11-23T09:60:00Z"),
        SLICE("2026-11-23T09:30:60Z"),
        SLICE("2016-12-31T23:59:60Z"),
        SLICE("2026-11-23T09:30:15.Z"),
        SLICE("2026-11-23T09:30:15,5Z"),
        SLICE("2026-11-23T09:30:15.1234567890Z"),
        SLICE("2026-11-23T09:30:15.5"),
        SLICE("2026-11-23T09:30:15.5 Z"),
        SLICE("2026-11-23T09:30:15ZZ"),
        SLICE("2026-11-23T09:30:15Z "),
        SLICE("2026-11-23T09:30:15+08:00"),
        SLICE("2026-11-23T09:30:15+0000"),
        SLICE("2026-11-23T09:30:15+00"),
        SLICE("2026-11-23T09:30:15+00:00Z"),
        SLICE("2026-11-23T09-30-15Z"),
        SLICE("2026-11-23T-9:30:15Z"),
        SLICE("2025-02-29T00:00:00Z"),
        SLICE("0000-01-01T00:00:00Z"),
        SLICE("2026-11-23T09:30:1\0Z"),
        {NULL, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        time_us time = 4711;
        assert_false(time_parse(rows[i], &time));
        assert_true(time == 4711);
    }
}

static void a_time_falls_on_the_date_that_it_is_written_with(void **state)
{
    (void)state;
    for (date_days date = -800; date < 800; date++) {
        assert_int_equal(time_to_date((time_us)date * US_PER_DAY), date);
        assert_int_equal(time_to_date((time_us)date * US_PER_DAY - 1), date - 1);
        assert_int_equal(time_to_date((time_us)date * US_PER_DAY + US_PER_DAY - 1), date);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dates_agree_with_the_calendar_of_python),
        cmocka_unit_test(every_day_of_9999_years_follows_the_one_before),
        cmocka_unit_test(texts_that_are_no_dates_are_refused),
        cmocka_unit_test(times_are_read_and_written),
        cmocka_unit_test(texts_that_are_no_times_are_refused),
        cmocka_unit_test(a_time_falls_on_the_date_that_it_is_written_with),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
