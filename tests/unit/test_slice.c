#include "cmocka_headroom.h"

#include "base/slice.h"

static int sign(int value)
{
    return value < 0 ? -1 : value > 0;
}

static void compare_orders_like_memcmp_with_prefixes_first(void **state)
{
    static const struct {
        struct slice a, b;
        int order;
    } rows[] = {
        {SLICE(""), SLICE(""), 0},          {{NULL, 0}, SLICE(""), 0},
        {SLICE(""), SLICE("a"), -1},        {SLICE("a"), SLICE("a"), 0},
        {SLICE("a"), SLICE("b"), -1},       {SLICE("ab"), SLICE("a"), 1},
        {SLICE("a\0b"), SLICE("a"), 1},     {SLICE("B"), SLICE("a"), -1},
        {SLICE("\x7F"), SLICE("\x80"), -1}, {SLICE("a\0a"), SLICE("a\0b"), -1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(sign(slice_compare(rows[i].a, rows[i].b)), rows[i].order);
        assert_int_equal(sign(slice_compare(rows[i].b, rows[i].a)), -rows[i].order);
        assert_int_equal(slice_equal(rows[i].a, rows[i].b), rows[i].order == 0);
    }
}

static void ascii_case_is_ignored_and_no_other(void **state)
{
    (void)state;
    assert_true(slice_equal_ascii_case(SLICE("Content-LENGTH"), SLICE("content-length")));
    assert_true(slice_equal_ascii_case(SLICE(""), slice_of(NULL, 0)));
    assert_false(slice_equal_ascii_case(SLICE("ab"), SLICE("abc")));
    assert_false(slice_equal_ascii_case(SLICE("@"), SLICE("`")));
    assert_false(slice_equal_ascii_case(SLICE("["), SLICE("{")));
    assert_false(slice_equal_ascii_case(SLICE("\xC3\x84"), SLICE("\xC3\xA4")));
}

static void starts_with_looks_at_the_beginning(void **state)
{
    (void)state;
    assert_true(slice_starts_with(SLICE("Bearer x"), SLICE("Bearer ")));
    assert_true(slice_starts_with(SLICE("x"), slice_of(NULL, 0)));
    assert_true(slice_starts_with(slice_of(NULL, 0), slice_of(NULL, 0)));
    assert_false(slice_starts_with(SLICE("Bear"), SLICE("Bearer")));
    assert_false(slice_starts_with(SLICE("bearer"), SLICE("Bearer")));
}

static void trim_takes_spaces_off_both_ends(void **state)
{
    (void)state;
    assert_true(slice_equal(slice_trim(SLICE(" \t\r\na b\n ")), SLICE("a b")));
    assert_true(slice_equal(slice_trim(SLICE("  ")), SLICE("")));
    assert_true(slice_equal(slice_trim(slice_of(NULL, 0)), SLICE("")));
    assert_true(slice_equal(slice_trim(SLICE("\v")), SLICE("\v")));
}

/* Splits `text` at commas and joins the parts with '|'. */
static void split_and_join(struct slice text, char ret_joined[64])
{
    struct slice part;
    size_t size = 0;

    while (slice_split(&text, ',', &part)) {
        if (part.size > 0) {
            memcpy(ret_joined + size, part.data, part.size);
            size += part.size;
        }
        ret_joined[size++] = '|';
    }
    ret_joined[size] = 0;
}

static void split_gives_every_part_once(void **state)
{
    static const struct {
        struct slice text;
        const char *joined;
    } rows[] = {
        {{NULL, 0}, ""},    {SLICE(""), "|"},       {SLICE("a"), "a|"},
        {SLICE(","), "||"}, {SLICE("a,b"), "a|b|"}, {SLICE("a,,b,"), "a||b||"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char joined[64];
        split_and_join(rows[i].text, joined);
        assert_string_equal(joined, rows[i].joined);
    }
}

static void numbers_are_digits_up_to_the_bound(void **state)
{
    static const struct {
        struct slice text;
        uint64_t max, value;
        bool accepted;
    } rows[] = {
        {SLICE("0"), 0, 0, true},
        {SLICE("007"), 7, 7, true},
        {SLICE("8192"), 8192, 8192, true},
        {SLICE("8193"), 8192, 0, false},
        {SLICE("18446744073709551615"), UINT64_MAX, UINT64_MAX, true},
        {SLICE("18446744073709551616"), UINT64_MAX, 0, false},
        {SLICE("99999999999999999999"), UINT64_MAX, 0, false},
        {SLICE("000000000000000000001"), UINT64_MAX, 0, false}, /* 21 characters */
        {SLICE(""), 9, 0, false},
        {SLICE("+1"), 9, 0, false},
        {SLICE("-1"), 9, 0, false},
        {SLICE(" 1"), 9, 0, false},
        {SLICE("1 "), 9, 0, false},
        {SLICE("1\0"), 9, 0, false},
        {SLICE("0x1"), 9, 0, false},
        {SLICE("1e1"), 99, 0, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint64_t value = 4711;
        assert_int_equal(slice_to_u64(rows[i].text, rows[i].max, &value), rows[i].accepted);
        assert_true(value == (rows[i].accepted ? rows[i].value : 4711));
    }
}

/* Encodes a code point as the standard says, surrogates too. */
static size_t encode(uint32_t code, char *ret_text)
{
    if (code < 0x80) {
        ret_text[0] = (char)code;
        return 1;
    }
    const size_t size = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const uint8_t marks[5] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = size - 1; i > 0; i--) {
        ret_text[i] = (char)(0x80 | (code & 0x3F));
        code >>= 6;
    }
    ret_text[0] = (char)(marks[size] | code);
    return size;
}

static void utf8_takes_every_scalar_value_and_no_surrogate(void **state)
{
    (void)state;
    for (uint32_t code = 0; code <= 0x110000; code++) {
        char text[4];
        const size_t size = encode(code, text);
        const bool scalar = code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF);
        assert_int_equal(utf8_valid(slice_of(text, size)), scalar);
        assert_int_equal(utf8_valid(slice_of(text, size - 1)), size == 1);
    }
}

/* Whether two bytes are UTF-8 by the definition: both ASCII, or one code point of two bytes. */
static bool pair_is_utf8(unsigned first, unsigned second)
{
    return (first < 0x80 && second < 0x80) ||
           (first >= 0xC2 && first <= 0xDF && second >= 0x80 && second <= 0xBF);
}

static void utf8_judges_every_pair_of_bytes(void **state)
{
    (void)state;
    for (unsigned first = 0; first < 256; first++) {
        for (unsigned second = 0; second < 256; second++) {
            const char text[2] = {(char)first, (char)second};
            assert_int_equal(utf8_valid(slice_of(text, 2)), pair_is_utf8(first, second));
        }
    }
}

static void utf8_refuses_what_is_malformed(void **state)
{
    static const struct slice rows[] = {
        SLICE("\xC0\x80"),             /* overlong NUL */
        SLICE("\xC1\xBF"),             /* overlong DEL */
        SLICE("\xE0\x80\x80"),         /* overlong, three bytes */
        SLICE("\xE0\x9F\xBF"),         /* overlong U+07FF */
        SLICE("\xF0\x80\x80\x80"),     /* overlong, four bytes */
        SLICE("\xF0\x8F\xBF\xBF"),     /* overlong U+FFFF */
        SLICE("\xED\xA0\x80"),         /* U+D800 */
        SLICE("\xED\xBF\xBF"),         /* U+DFFF */
        SLICE("\xF4\x90\x80\x80"),     /* U+110000 */
        SLICE("\xF5\x80\x80\x80"),     /* a lead that never is */
        SLICE("\xF8\x88\x80\x80\x80"), /* five bytes */
        SLICE("\x80"),                 /* a continuation alone */
        SLICE("a\xBF"),                /* the same behind a letter */
        SLICE("\xE4\xBD"),             /* cut short */
        SLICE("\xE4\xBD\x41"),         /* a letter for a continuation */
        SLICE("\xF0\x9F\x98\xC0"),     /* a lead for a continuation */
        SLICE("ok \xFF"),              /* a byte that never is */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_false(utf8_valid(rows[i]));
    }
    assert_true(utf8_valid(slice_of(NULL, 0)));
    assert_true(utf8_valid(SLICE("\xE6\x8E\x88\xE4\xBF\xA1 \xF0\x9F\x98\x80\0 x")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compare_orders_like_memcmp_with_prefixes_first),
        cmocka_unit_test(ascii_case_is_ignored_and_no_other),
        cmocka_unit_test(starts_with_looks_at_the_beginning),
        cmocka_unit_test(trim_takes_spaces_off_both_ends),
        cmocka_unit_test(split_gives_every_part_once),
        cmocka_unit_test(numbers_are_digits_up_to_the_bound),
        cmocka_unit_test(utf8_takes_every_scalar_value_and_no_surrogate),
        cmocka_unit_test(utf8_judges_every_pair_of_bytes),
        cmocka_unit_test(utf8_refuses_what_is_malformed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
