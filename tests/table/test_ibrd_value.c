/* The values of the public statements, one row a form that they take. */
#include "cmocka_headroom.h"

#include "import/ibrd_value.h"

static const struct {
    const char *text;
    int64_t cents;
} amounts[] = {
    {"", 0},
    {"  ", 0},
    {"0", 0},
    {"250000000", 25000000000},
    {"191044211.8", 19104421180},
    {"3955788.25", 395578825},
    {"191,044,211.75", 19104421175},
    {"38,000", 3800000},
    {"1,234", 123400},
    {"$1,234.50", 123450},
    {"-1,234.50", -123450},
    {"-$0.5", -50},
    {" 7 ", 700},
    {"007", 700},
    {".5", 50},
    {"5.", 500},
    /* Noise of binary fractions, as the older files hold it. */
    {"1.86E-9", 0},
    {"-3.73e-9", 0},
    {"0.000000000116415321826935", 0},
    {"-0.010000002", -1},
    {"0.010000014", 1},
    {"2.97713104300E9", 297713104300},
    {"2.97713104300e+9", 297713104300},
    {"1E2", 10000},
    /* Half a cent goes away from zero; only the first dropped digit decides. */
    {"0.005", 1},
    {"-0.005", -1},
    {"0.0049999999999999999999999999999999999999999999999", 0},
    {"0.0050000000000000000000000000000000000000000000000", 1},
    {"0.995", 100},
    {"5E-3", 1},
    {"4.9E-3", 0},
    {"9E-4", 0},
    {"0E99999", 0},
    {"1E-99999", 0},
    /* The bound. */
    {"100,000,000,000,000.00", IBRD_AMOUNT_MAX},
    {"-100000000000000", -IBRD_AMOUNT_MAX},
    {"1E14", IBRD_AMOUNT_MAX},
};

static const char *const bad_amounts[] = {
    "-",        "$",        ".",
    ",",        "a",        "1a",
    "1 2",      "--1",      "+1",
    "1,23",     "12,34",    ",123",
    "1234,567", "1,234,56", "1,,234",
    "1.2.3",    "1.234,5",  "1e",
    "1e+",      "1e-",      "1e1.5",
    "0x10",     "NaN",      "infinity",
    "(1,234)",  "1,234,",   "100000000000000.01",
    "1E15",     "1E99999",  "99999999999999999999999999999999999999999999",
};

static void amounts_are_read_to_the_cent(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(amounts) / sizeof(amounts[0]); i++) {
        int64_t cents = 12345;

        if (!ibrd_amount_read(slice_from_cstr(amounts[i].text), &cents) ||
            cents != amounts[i].cents) {
            fail_msg("'%s' is read as %lld", amounts[i].text, (long long)cents);
        }
    }
}

static void no_other_amount_is_guessed(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(bad_amounts) / sizeof(bad_amounts[0]); i++) {
        int64_t cents = 12345;

        if (ibrd_amount_read(slice_from_cstr(bad_amounts[i]), &cents)) {
            fail_msg("'%s' is read as %lld", bad_amounts[i], (long long)cents);
        }
        assert_int_equal(cents, 12345);
    }
}

static const struct {
    const char *text, *date; /* NULL: it is none */
} dates[] = {
    {"2020-11-30", "2020-11-30"},
    {"2020-11-30T00:00:00.000", "2020-11-30"},
    {"2020-11-30 00:00:00", "2020-11-30"},
    {" 2020-11-30 ", "2020-11-30"},
    {"05/31/2022 12:00:00 AM", "2022-05-31"},
    {"05/31/2022", "2022-05-31"},
    {"5/3/2022", "2022-05-03"},
    {"02/29/2024", "2024-02-29"},
    {"31-May-2022", "2022-05-31"},
    {"1-DEC-2022", "2022-12-01"},
    {"02/29/2022", NULL},
    {"02/30/2024", NULL},
    {"31/05/2022", NULL},
    {"00/10/2022", NULL},
    {"13/01/2022", NULL},
    {"05/00/2022", NULL},
    {"05/31/22x", NULL},
    {"05/31/0000", NULL},
    {"05-31-2022", NULL},
    {"31-Mai-2022", NULL},
    {"31-May", NULL},
    {"2020-11-31", NULL},
    {"2020-11-30x", NULL},
    {"2020-11", NULL},
    {"", NULL},
    {"x", NULL},
};

static void dates_are_read_in_three_forms(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(dates) / sizeof(dates[0]); i++) {
        date_days date = DATE_NONE;
        date_days expected = DATE_NONE;
        const bool read = ibrd_date_read(slice_from_cstr(dates[i].text), &date);

        if (dates[i].date != NULL) {
            assert_true(date_parse(slice_from_cstr(dates[i].date), &expected));
        }
        if (read != (dates[i].date != NULL) || date != expected) {
            fail_msg("'%s' is read as day %d", dates[i].text, (int)date);
        }
    }
}

static const struct {
    const char *text, *heading;
} headings[] = {
    {"End of Period", "endofperiod"},
    {"end_of_period", "endofperiod"},
    {"Borrower's Obligation", "borrowerobligation"},
    {"Borrower Obligation", "borrowerobligation"},
    {"Original Principal Amount (US$)", "originalprincipalamount"},
    {"original_principal_amount", "originalprincipalamount"},
    {"Effective Date (Most Recent)", "effectivedate"},
    {"Country / Economy Code", "countryeconomycode"},
    {"Sold 3rd Party", "sold3rdparty"},
    {"a (b (c) d) e", "ae"},
    {"a) b", "ab"},
    {"(", ""},
    {"'", ""},
};

static void headings_lose_what_differs_between_editions(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(headings) / sizeof(headings[0]); i++) {
        struct buffer out = {0};

        ibrd_heading_write(&out, slice_from_cstr(headings[i].text));
        assert_true(slice_equal(buffer_slice(&out), slice_from_cstr(headings[i].heading)));
        buffer_release(&out);
    }
}

static const struct {
    struct slice text;
    const char *name, *folded;
} names[] = {
    {SLICE("MINISTRY OF PUBLIC  FINANCE"), "MINISTRY OF PUBLIC FINANCE",
     "MINISTRY OF PUBLIC FINANCE"},
    {SLICE(" Minist\xC3\xA8re \t de\n"), "Minist\xC3\xA8re de", "MINIST\xC3\xA8RE DE"},
    {SLICE("a\xC2\xA0"
           "b"),
     "a b", "A B"},
    {SLICE("a\0b\x7F"
           "c\xC2\x85"
           "d"),
     "a b c d", "A B C D"},
    {SLICE("R\xE9publique"), "R?publique", "R?PUBLIQUE"},
    {SLICE("\xF0\x9F\x8F\xA6"), "\xF0\x9F\x8F\xA6", "\xF0\x9F\x8F\xA6"},
    {SLICE("\xE4\xB8"), "??", "??"},
    {SLICE("   "), "", ""},
    {SLICE(""), "", ""},
};

static void names_are_made_fit_to_be_shown(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        for (int fold = 0; fold < 2; fold++) {
            const char *expected = fold ? names[i].folded : names[i].name;
            struct buffer out = {0};

            ibrd_name_write(&out, names[i].text, fold != 0);
            assert_true(slice_equal(buffer_slice(&out), slice_from_cstr(expected)));
            assert_true(utf8_valid(buffer_slice(&out)));
            buffer_release(&out);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(amounts_are_read_to_the_cent),
        cmocka_unit_test(no_other_amount_is_guessed),
        cmocka_unit_test(dates_are_read_in_three_forms),
        cmocka_unit_test(headings_lose_what_differs_between_editions),
        cmocka_unit_test(names_are_made_fit_to_be_shown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
