#include "cmocka_headroom.h"

#include "base/currency.h"

/* Facts of ISO 4217 that a wrong list would get wrong; tests/tools compares the whole list. */
static const struct {
    const char *code;
    unsigned digits;
} facts[] = {
    {"CNY", 2}, {"USD", 2}, {"EUR", 2}, {"HKD", 2}, {"GBP", 2}, {"JPY", 0}, {"KRW", 0},
    {"VND", 0}, {"UGX", 0}, {"ISK", 0}, {"CLP", 0}, {"XOF", 0}, {"XAF", 0}, {"XPF", 0},
    {"KWD", 3}, {"BHD", 3}, {"OMR", 3}, {"JOD", 3}, {"TND", 3}, {"LYD", 3}, {"IQD", 3},
    {"CLF", 4}, {"UYW", 4}, {"AED", 2}, {"ZWG", 2}, {"TRY", 2}, {"SLE", 2}, {"VED", 2},
};

static void facts_hold(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
        const enum currency currency = currency_from_code(slice_from_cstr(facts[i].code));
        assert_true(currency_valid(currency));
        assert_int_equal(currency_digits(currency), facts[i].digits);
        assert_true(slice_equal(currency_code(currency), slice_from_cstr(facts[i].code)));
    }
}

static void every_currency_is_found_by_its_code_in_order(void **state)
{
    (void)state;
    assert_in_range(CURRENCY_COUNT, 150, 200);
    for (unsigned i = 1; i < CURRENCY_COUNT; i++) {
        const struct slice code = currency_code((enum currency)i);
        assert_int_equal(currency_from_code(code), i);
        assert_in_range(currency_digits((enum currency)i), 0, CURRENCY_DIGITS_MAX);
        assert_true(i == 1 || slice_compare(currency_code((enum currency)(i - 1)), code) < 0);
    }
}

static void what_is_no_currency_is_none(void **state)
{
    static const struct slice rows[] = {
        SLICE(""),     SLICE("CN"),  SLICE("CNYX"), SLICE("cny"),    SLICE("Cny"), SLICE(" CNY"),
        SLICE("CNY "), SLICE("AAA"), SLICE("ZZZ"),  SLICE("156"),    SLICE("XAU"), SLICE("XDR"),
        SLICE("XTS"),  SLICE("DEM"), SLICE("HRK"),  SLICE("\0\0\0"), SLICE("RMB"), {NULL, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(currency_from_code(rows[i]), CURRENCY_NONE);
    }
    assert_false(currency_valid(CURRENCY_NONE));
    assert_false(currency_valid(CURRENCY_COUNT));
}

static void every_three_capitals_are_a_currency_or_none(void **state)
{
    unsigned found = 0;

    (void)state;
    for (unsigned i = 0; i < 26 * 26 * 26; i++) {
        const char code[3] = {(char)('A' + i / 676), (char)('A' + i / 26 % 26),
                              (char)('A' + i % 26)};
        const enum currency currency = currency_from_code(slice_of(code, 3));
        found += currency != CURRENCY_NONE;
        assert_true(currency == CURRENCY_NONE ||
                    slice_equal(currency_code(currency), slice_of(code, 3)));
    }
    assert_int_equal(found, CURRENCY_COUNT - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(facts_hold),
        cmocka_unit_test(every_currency_is_found_by_its_code_in_order),
        cmocka_unit_test(what_is_no_currency_is_none),
        cmocka_unit_test(every_three_capitals_are_a_currency_or_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
