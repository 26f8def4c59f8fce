#include "cmocka_headroom.h"

#include "base/amount.h"

static enum currency currency_named(const char *code)
{
    const enum currency currency = currency_from_code(slice_from_cstr(code));

    assert_true(currency_valid(currency));
    return currency;
}

static void amounts_are_read_in_their_currency(void **state)
{
    static const struct {
        struct slice text;
        const char *currency;
        int64_t minor; /* -1: refused */
    } rows[] = {
        {SLICE("0"), "CNY", 0},
        {SLICE("0.00"), "CNY", 0},
        {SLICE("1"), "CNY", 100},
        {SLICE("1.5"), "CNY", 150},
        {SLICE("1.50"), "CNY", 150},
        {SLICE("1250000.50"), "CNY", 125000050},
        {SLICE("0.01"), "CNY", 1},
        {SLICE("0001.01"), "CNY", 101},
        {SLICE("12345678901234567.89"), "CNY", -1},
        {SLICE("10000000000000000"), "CNY", AMOUNT_MAX},
        {SLICE("10000000000000000.00"), "CNY", AMOUNT_MAX},
        {SLICE("10000000000000000.01"), "CNY", -1},
        {SLICE("9999999999999999.99"), "CNY", AMOUNT_MAX - 1},
        {SLICE("1.000"), "CNY", -1},
        {SLICE("1.005"), "CNY", -1},
        {SLICE("1.001"), "KWD", 1001},
        {SLICE("1.0001"), "KWD", -1},
        {SLICE("1.0001"), "CLF", 10001},
        {SLICE("100000000000000"), "CLF", AMOUNT_MAX},
        {SLICE("100000000000000.0001"), "CLF", -1},
        {SLICE("15"), "JPY", 15},
        {SLICE("1.0"), "JPY", -1},
        {SLICE("1000000000000000000"), "JPY", AMOUNT_MAX},
        {SLICE("1000000000000000001"), "JPY", -1},
        {SLICE("18446744073709551615"), "JPY", -1},
        {SLICE("18446744073709551616"), "JPY", -1},
        {SLICE("99999999999999999999999999"), "JPY", -1},
        {SLICE("0000000000000000000000000000000007"), "JPY", 7},
        {SLICE(""), "CNY", -1},
        {SLICE("."), "CNY", -1},
        {SLICE(".5"), "CNY", -1},
        {SLICE("5."), "CNY", -1},
        {SLICE("1.2.3"), "CNY", -1},
        {SLICE("1..2"), "CNY", -1},
        {SLICE("-1"), "CNY", -1},
        {SLICE("+1"), "CNY", -1},
        {SLICE("1e3"), "CNY", -1},
        {SLICE("1E3"), "CNY", -1},
        {SLICE(" 1"), "CNY", -1},
        {SLICE("1 "), "CNY", -1},
        {SLICE("1,000.00"), "CNY", -1},
        {SLICE("1_000"), "CNY", -1},
        {SLICE("0x10"), "CNY", -1},
        {SLICE("1\0"), "CNY", -1},
        {SLICE("\xEF\xBC\x91"), "CNY", -1},
        {SLICE("NaN"), "CNY", -1},
        {{NULL, 0}, "CNY", -1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int64_t minor = 4711;
        const bool read = amount_parse(rows[i].text, currency_named(rows[i].currency), &minor);
        assert_int_equal(read, rows[i].minor >= 0);
        assert_true(minor == (read ? rows[i].minor : 4711));
    }
}

static void amounts_are_written_with_their_decimals(void **state)
{
    const int128 largest = (int128)(((uint128)1 << 127) - 1);
    const struct {
        int128 minor;
        const char *currency;
        const char *text, *grouped;
    } rows[] = {
        {0, "CNY", "0.00", "0.00"},
        {1, "CNY", "0.01", "0.01"},
        {-1, "CNY", "-0.01", "-0.01"},
        {99, "CNY", "0.99", "0.99"},
        {100, "CNY", "1.00", "1.00"},
        {99999, "CNY", "999.99", "999.99"},
        {100000, "CNY", "1000.00", "1,000.00"},
        {-125000050, "CNY", "-1250000.50", "-1,250,000.50"},
        {AMOUNT_MAX, "CNY", "10000000000000000.00", "10,000,000,000,000,000.00"},
        {0, "JPY", "0", "0"},
        {999, "JPY", "999", "999"},
        {1000, "JPY", "1000", "1,000"},
        {-1000000, "JPY", "-1000000", "-1,000,000"},
        {1, "KWD", "0.001", "0.001"},
        {1234567, "KWD", "1234.567", "1,234.567"},
        {1, "CLF", "0.0001", "0.0001"},
        {12345678, "CLF", "1234.5678", "1,234.5678"},
        {largest, "JPY", "170141183460469231731687303715884105727",
         "170,141,183,460,469,231,731,687,303,715,884,105,727"},
        {-largest - 1, "CLF", "-17014118346046923173168730371588410.5728",
         "-17,014,118,346,046,923,173,168,730,371,588,410.5728"},
        {-largest - 1, "JPY", "-170141183460469231731687303715884105728",
         "-170,141,183,460,469,231,731,687,303,715,884,105,728"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct buffer buffer = {0};
        amount_write(&buffer, rows[i].minor, currency_named(rows[i].currency));
        assert_true(slice_equal(buffer_slice(&buffer), slice_from_cstr(rows[i].text)));
        buffer_reset(&buffer);
        amount_write_grouped(&buffer, rows[i].minor, currency_named(rows[i].currency));
        assert_true(slice_equal(buffer_slice(&buffer), slice_from_cstr(rows[i].grouped)));
        buffer_release(&buffer);
    }
}

static void every_small_amount_survives_the_round_trip(void **state)
{
    static const char *const codes[] = {"JPY", "CNY", "KWD", "CLF"};

    (void)state;
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        struct buffer buffer = {0};
        for (int64_t minor = 0; minor < 100000; minor += 1 + minor / 1000) {
            int64_t read = -1;
            buffer_reset(&buffer);
            amount_write(&buffer, minor, currency_named(codes[i]));
            assert_true(amount_parse(buffer_slice(&buffer), currency_named(codes[i]), &read));
            assert_true(read == minor);
        }
        buffer_release(&buffer);
    }
}

static struct decimal_text decimal_of(const char *text)
{
    struct decimal_text decimal = {0};

    assert_true(decimal_text_parse(slice_from_cstr(text), &decimal));
    return decimal;
}

static void decimals_keep_what_was_written(void **state)
{
    struct decimal_text decimal = {1, 2};

    (void)state;
    assert_true(decimal_of("1.500").digits == 1500 && decimal_of("1.500").decimals == 3);
    assert_true(decimal_of("007").digits == 7 && decimal_of("007").decimals == 0);
    assert_true(decimal_of("0.000000000000000001").decimals == 18);
    assert_false(decimal_text_parse(SLICE("0.0000000000000000001"), &decimal));
    assert_true(decimal_of("18446744073709551615").digits == UINT64_MAX);
    assert_false(decimal_text_parse(SLICE("18446744073709551616"), &decimal));
    assert_false(decimal_text_parse(SLICE("184467440737095516150"), &decimal));
    assert_true(decimal.digits == 1 && decimal.decimals == 2);
}

static void decimals_are_scaled_exactly_or_not_at_all(void **state)
{
    static const struct {
        const char *text;
        unsigned scale;
        uint64_t max, value; /* value UINT64_MAX: refused */
    } rows[] = {
        {"1.5", 1, 15, 15},
        {"1.5", 2, 150, 150},
        {"1.5", 2, 149, UINT64_MAX},
        {"1.50", 1, 99, 15},
        {"1.55", 1, 99, UINT64_MAX},
        {"1.5", 0, 99, UINT64_MAX},
        {"7.1234567891", 10, 100000000000, 71234567891},
        {"1000000", 10, 10000000000000000, 10000000000000000},
        {"18446744073709551615", 1, UINT64_MAX - 1, UINT64_MAX},
        {"0", 18, 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint64_t value = UINT64_MAX;
        const bool done =
            decimal_text_scale(decimal_of(rows[i].text), rows[i].scale, rows[i].max, &value);
        assert_int_equal(done, rows[i].value != UINT64_MAX);
        assert_true(value == rows[i].value);
    }
}

static void decimals_are_ordered_by_value(void **state)
{
    static const char *const ordered[] = {
        "0",
        "0.000000000000000001",
        "0.1",
        "1",
        "1.0000001",
        "1.05",
        "10",
        "18.446744073709551615",
        "18.5",
        "1000000",
        "18446744073709551614",
        "18446744073709551615",
    };
    const size_t count = sizeof(ordered) / sizeof(ordered[0]);

    (void)state;
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < count; j++) {
            const int order = decimal_text_compare(decimal_of(ordered[i]), decimal_of(ordered[j]));
            assert_int_equal(order < 0, i < j);
            assert_int_equal(order > 0, i > j);
        }
    }
    assert_int_equal(decimal_text_compare(decimal_of("1.50"), decimal_of("1.5")), 0);
    assert_int_equal(decimal_text_compare(decimal_of("0.000"), decimal_of("0")), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(amounts_are_read_in_their_currency),
        cmocka_unit_test(amounts_are_written_with_their_decimals),
        cmocka_unit_test(every_small_amount_survives_the_round_trip),
        cmocka_unit_test(decimals_keep_what_was_written),
        cmocka_unit_test(decimals_are_scaled_exactly_or_not_at_all),
        cmocka_unit_test(decimals_are_ordered_by_value),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
