/* The JSON reader over a table of texts: y rows must be accepted, n rows refused, and i rows are
 * what RFC 8259 leaves to the reader, with our choice. Sources of the cases: the grammar of the
 * RFC, rule by rule, and the ways in which readers are known to differ. */
#include "cmocka_headroom.h"

#include "base/json.h"

struct row {
    const char *name; /* y_, n_ or i_ */
    struct slice text;
    bool accepted;
};

#define Y(name, text)                                                                              \
    {                                                                                              \
        "y_" name, SLICE(text), true                                                               \
    }
#define N(name, text)                                                                              \
    {                                                                                              \
        "n_" name, SLICE(text), false                                                              \
    }
#define I_ACCEPTED(name, text)                                                                     \
    {                                                                                              \
        "i_" name, SLICE(text), true                                                               \
    }
#define I_REFUSED(name, text)                                                                      \
    {                                                                                              \
        "i_" name, SLICE(text), false                                                              \
    }

// clang-format off
static const struct row rows[] = {
    /* Values and white space. */
    Y("null", "null"), Y("true", "true"), Y("false", "false"), Y("zero", "0"), Y("empty_string", "\"\""),
    Y("empty_array", "[]"), Y("empty_object", "{}"), Y("spaces_around", " \t\r\n[ \t\r\n] \t\r\n"),
    Y("spaces_everywhere", " { \"a\" : [ 1 , 2 ] , \"b\" : { } } "), Y("newline_between", "[1\n,\n2]"),
    Y("nested", "[[[[[[[[[[]]]]]]]]]]"), Y("mixed", "[null,1,\"1\",{}]"), Y("false_in_array", "[false]"),
    N("nothing", ""), N("only_space", "   "), N("two_values", "1 2"), N("two_arrays", "[][]"),
    N("trailing_comma_array", "[1,]"), N("leading_comma", "[,1]"), N("only_comma", "[,]"),
    N("double_comma", "[1,,2]"), N("missing_comma", "[1 2]"), N("trailing_comma_object", "{\"a\":1,}"),
    N("leading_comma_object", "{,\"a\":1}"), N("missing_comma_object", "{\"a\":1 \"b\":2}"),
    N("open_array", "["), N("open_array_value", "[1"), N("open_array_comma", "[1,"), N("open_object", "{"),
    N("open_object_name", "{\"a\""), N("open_object_colon", "{\"a\":"), N("open_object_value", "{\"a\":1"),
    N("open_object_comma", "{\"a\":1,"), N("close_alone", "]"), N("close_brace_alone", "}"),
    N("wrong_close", "[}"), N("wrong_close_object", "{]"), N("one_close_too_many", "[]]"), N("comma_close", "[1},"),
    N("colon_in_array", "[\"a\":1]"), N("comma_for_colon", "{\"a\",1}"), N("two_colons", "{\"a\"::1}"),
    N("no_colon", "{\"a\" 1}"), N("no_value", "{\"a\":}"), N("no_name", "{:1}"), N("name_number", "{1:1}"),
    N("name_null", "{null:1}"), N("name_unquoted", "{a:1}"), N("name_single_quotes", "{'a':1}"),
    N("trailing_word", "[] x"), N("trailing_hash", "[]#"), N("trailing_nul", "[]\0"), N("nul_first", "\0[]"),
    N("form_feed", "[\f]"), N("vertical_tab", "[\v]"), N("no_break_space", "[\xC2\xA0]"),
    N("line_separator", "[\xE2\x80\xA8]"), N("comment_block", "/* */[]"), N("comment_line", "[] // x"),
    N("comment_inside", "[1/**/]"), N("semicolon", "[1;2]"), N("star", "*"), N("equals", "{\"a\"=1}"),
    N("parentheses", "(1)"), N("angle", "<null>"), N("backslash", "\\"), N("escaped_bracket", "\\u005B]"),
    /* Words. */
    N("word_capital", "True"), N("word_upper", "NULL"), N("word_short", "nul"), N("word_long", "nulll"),
    N("word_joined", "truefalse"), N("word_fals", "[fals]"), N("word_tru", "[tru]"), N("word_digit", "null1"),
    N("undefined", "undefined"), N("nan", "NaN"), N("infinity", "Infinity"), N("minus_infinity", "-Infinity"),
    N("inf", "inf"), N("minus_nan", "-nan"), N("none", "None"), N("word_wide", "\xEF\xBD\x81"),
    /* Numbers. */
    Y("minus_zero", "-0"), Y("minus_one", "-1"), Y("ten", "10"), Y("fraction", "0.5"), Y("minus_fraction", "-0.5"),
    Y("long_fraction", "0.000000000000000000000000000000000000000000000000000000000000000000000000001"),
    Y("exponent", "1e1"), Y("exponent_upper", "1E1"), Y("exponent_plus", "1e+1"), Y("exponent_minus", "1E-1"),
    Y("exponent_zero", "1e0"), Y("exponent_leading_zero", "1e01"), Y("zero_exponent", "0e1"), Y("zero_e_minus", "0e-1"),
    Y("fraction_exponent", "12.5e3"), Y("minus_everything", "-12.5E-3"), Y("trailing_zeros", "1.50"),
    Y("digits_kept", "12345678901234567.89"), Y("beyond_2_64", "123456789012345678901234567890"),
    I_ACCEPTED("huge_exponent", "1e999999999999"), I_ACCEPTED("tiny_exponent", "1e-999999999999"),
    I_ACCEPTED("very_long_integer", "100000000000000000000000000000000000000000000000000000000000000000000000000"),
    N("plus", "+1"), N("minus_alone", "-"), N("two_minus", "--1"), N("minus_space", "- 1"), N("minus_letter", "-a"),
    N("minus_point", "-.5"), N("minus_leading_zero", "-01"), N("minus_minus_zero", "-00"),
    N("leading_zero", "01"), N("double_zero", "00"), N("leading_zero_fraction", "00.5"), N("leading_zero_exponent", "012e1"),
    N("point_alone", "."), N("point_first", ".5"), N("point_last", "1."), N("point_exponent", "1.e1"),
    N("two_points", "1.2.3"), N("point_minus", "1.-2"), N("exponent_alone", "1e"), N("exponent_sign_alone", "1e+"),
    N("exponent_minus_alone", "1e-"), N("exponent_two_signs", "1e+-1"), N("exponent_fraction", "1e1.5"),
    N("exponent_first", "e1"), N("exponent_twice", "1e1e1"), N("zero_point_e", "0.e1"), N("zero_e", "0e"), N("zero_e_plus", "0E+"),
    N("hexadecimal", "0x1F"), N("hexadecimal_short", "0x"), N("octal", "0o17"), N("binary", "0b1"), N("separator", "1_000"),
    N("thousands", "[1,000.50"), N("suffix_letter", "1a"), N("suffix_l", "1L"), N("suffix_f", "1.5f"), N("inner_space", "1 000"),
    N("space_before_point", "1 .5"), N("wide_digit", "\xEF\xBC\x91"), N("arabic_digit", "\xD9\xA1"), N("currency", "$1"),
    /* Strings. */
    Y("plain", "\"limit\""), Y("chinese", "\"\xE6\x8E\x88\xE4\xBF\xA1\""), Y("emoji", "\"\xF0\x9F\x98\x80\""),
    Y("escapes", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""), Y("unicode", "\"\\u6388\\u4FE1\""), Y("unicode_lower", "\"\\u4fe1\""),
    Y("surrogate_pair", "\"\\uD83D\\uDE00\""), Y("surrogate_pair_lower", "\"\\ud83d\\ude00\""),
    Y("surrogate_first", "\"\\uD800\\uDC00\""), Y("surrogate_last", "\"\\uDBFF\\uDFFF\""), Y("nul_escape", "\"\\u0000\""),
    Y("escaped_quote", "\"\\u0022\""), Y("escaped_backslash", "\"\\u005C\""), Y("escaped_control", "\"\\u001F\""),
    Y("delete", "\"\x7F\""), Y("c1_control", "\"\xC2\x80\""), Y("line_separator_inside", "\"\xE2\x80\xA8\""),
    Y("noncharacter", "\"\xEF\xBF\xBF\""), Y("noncharacter_escape", "\"\\uFFFF\""), Y("bom_inside", "\"\xEF\xBB\xBF\""),
    Y("byte_order_escape", "\"\\uFEFF\""), Y("backslash_then_u", "\"\\\\u0041\""), Y("slash", "\"/\""), Y("solidus_escape", "\"\\/\""),
    Y("brackets_inside", "\"[{]},:\""), Y("comment_inside_string", "\"/* */\""), Y("quote_single", "\"'\""),
    Y("max_scalar", "\"\xF4\x8F\xBF\xBF\""), Y("two_escapes_in_row", "\"\\n\\n\""), Y("escape_last", "\"a\\n\""),
    I_REFUSED("lone_high", "\"\\uD800\""), I_REFUSED("lone_low", "\"\\uDC00\""), I_REFUSED("high_high", "\"\\uD800\\uD800\""),
    I_REFUSED("low_high", "\"\\uDC00\\uD800\""), I_REFUSED("high_letter", "\"\\uD800a\""), I_REFUSED("high_newline", "\"\\uD800\\n\""),
    I_REFUSED("high_bmp", "\"\\uD800\\u0041\""), I_REFUSED("high_end", "\"\\uDBFF"), I_REFUSED("high_cut", "\"\\uD800\\u"),
    I_REFUSED("bom_first", "\xEF\xBB\xBF[]"), I_REFUSED("utf16_le", "\xFF\xFE[\0]\0"), I_REFUSED("utf16_be", "\0[\0]"),
    I_REFUSED("overlong_slash", "\"\xC0\xAF\""), I_REFUSED("overlong_three", "\"\xE0\x80\xAF\""), I_REFUSED("surrogate_bytes", "\"\xED\xA0\x80\""),
    I_REFUSED("beyond_last", "\"\xF4\x90\x80\x80\""), I_REFUSED("lone_continuation", "\"\x81\""), I_REFUSED("byte_ff", "\"\xFF\""),
    I_REFUSED("latin1", "\"\xE9\""), I_REFUSED("cut_sequence", "\"\xE6\x8E\""), I_REFUSED("bad_utf8_in_name", "{\"\xFF\":1}"),
    I_REFUSED("bad_utf8_outside", "[\xFF]"), I_REFUSED("bad_utf8_behind", "[]\xFF"), I_REFUSED("gbk", "\"\xCA\xDA\xD0\xC5\""),
    N("quote_alone", "\""), N("open_string", "\"abc"), N("open_escape", "\"\\"), N("open_escaped_quote", "\"\\\""),
    N("open_unicode", "\"\\u\""), N("short_unicode", "\"\\u00A\""), N("short_unicode_one", "\"\\u0\""), N("unicode_letters", "\"\\uGHIJ\""),
    N("unicode_upper_u", "\"\\U0041\""), N("unicode_sign", "\"\\u+041\""), N("unicode_space", "\"\\u 041\""),
    N("unicode_braces", "\"\\u{41}\""), N("unicode_low_bad", "\"\\uD800\\uGGGG\""), N("escape_x", "\"\\x41\""), N("escape_a", "\"\\a\""), N("escape_v", "\"\\v\""),
    N("escape_zero", "\"\\0\""), N("escape_quote", "\"\\'\""), N("escape_space", "\"\\ \""), N("escape_newline", "\"\\\n\""),
    N("escape_wide", "\"\\\xE6\x8E\x88\""), N("escape_nul", "\"\\\0\""), N("escape_emoji", "\"\\\xF0\x9F\x98\x80\""),
    N("raw_newline", "\"a\nb\""), N("raw_tab", "\"\t\""), N("raw_nul", "\"\0\""), N("raw_unit_separator", "\"\x1F\""),
    N("raw_return", "\"a\rb\""), N("raw_tab_behind_escape", "\"\\n\t\""), N("raw_nul_behind_escape", "\"\\n\0\""),
    N("single_quotes", "'a'"), N("unquoted", "abc"), N("string_then_text", "\"a\"x"), N("string_then_string", "\"a\"\"b\""),
    N("wide_quotes", "\xE2\x80\x9C" "a\xE2\x80\x9D"), N("backtick", "`a`"), N("open_name", "{\"a"), N("concatenation", "\"a\"+\"b\""),
    /* Objects. */
    Y("one_member", "{\"a\":1}"), Y("two_members", "{\"a\":1,\"b\":2}"), Y("empty_name", "{\"\":0}"),
    Y("names_by_case", "{\"a\":1,\"A\":2}"), Y("names_with_nul", "{\"a\\u0000\":1,\"a\":2}"), Y("same_name_inside", "{\"a\":{\"a\":1}}"),
    Y("same_name_in_siblings", "[{\"a\":1},{\"a\":1}]"), Y("composed_and_decomposed", "{\"\xC3\xA9\":1,\"e\xCC\x81\":2}"),
    I_REFUSED("name_twice", "{\"a\":1,\"a\":1}"), I_REFUSED("name_twice_apart", "{\"a\":1,\"b\":2,\"a\":3}"),
    I_REFUSED("name_twice_by_escape", "{\"a\":1,\"\\u0061\":2}"), I_REFUSED("empty_name_twice", "{\"\":1,\"\":2}"),
    I_REFUSED("name_twice_inside", "[{\"x\":{\"a\":1,\"a\":2}}]"), I_REFUSED("proto_twice", "{\"__proto__\":1,\"__proto__\":2}"),
    N("object_of_values", "{1,2}"), N("object_of_string", "{\"a\"}"), N("array_as_name", "{[]:1}"), N("trailing_text", "{\"a\":1}x"),
    N("brace_inside", "{\"a\":{}"), N("value_twice", "{\"a\":1 2}"), N("bracket_closes", "{\"a\":[1}"), N("space_name", "{ }}"),
};
// clang-format on

static void every_row_is_judged_as_written(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct arena arena;
        struct json_error error = {0};
        arena_init(&arena, 1024UL * 1024);
        const struct json_value *value = json_parse(&arena, &error, rows[i].text);
        if ((value != NULL) != rows[i].accepted) {
            print_error("%s is %s\n", rows[i].name, value == NULL ? error.message : "accepted");
        }
        assert_int_equal(value != NULL, rows[i].accepted);
        assert_true(value != NULL || (error.message != NULL && error.offset <= rows[i].text.size));
        arena_release(&arena);
    }
}

static void names_of_rows_say_what_is_expected(void **state)
{
    size_t accepted = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_true(rows[i].name[0] == 'i' || (rows[i].name[0] == 'y') == rows[i].accepted);
        accepted += rows[i].accepted;
        for (size_t j = 0; j < i; j++) {
            assert_string_not_equal(rows[i].name, rows[j].name);
        }
    }
    assert_in_range(accepted, 70, sizeof(rows) / sizeof(rows[0]) - 150);
}

/* A text cut anywhere is no text, for texts that are not complete before their last character. */
static void every_prefix_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct slice text = slice_trim(rows[i].text);
        const char first = text.size == 0 ? 0 : text.data[0];
        if (!rows[i].accepted || (first != '{' && first != '[' && first != '"')) {
            continue;
        }
        for (size_t size = 0; size < text.size; size++) {
            struct arena arena;
            struct json_error error;
            arena_init(&arena, 1024UL * 1024);
            assert_null(json_parse(&arena, &error, slice_of(text.data, size)));
            assert_true(error.offset <= size);
            arena_release(&arena);
        }
    }
}

/* A text with one character behind its end that would complete or continue it: never looked at. */
static void nothing_behind_the_size_is_read(void **state)
{
    static const struct slice texts[] = {SLICE("[1]"),  SLICE("12"),        SLICE("\"ab\""),
                                         SLICE("true"), SLICE("{\"a\":1}"), SLICE("\"\\u0041\"")};

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        for (size_t size = 0; size <= texts[i].size; size++) {
            struct arena arena;
            struct json_error error;
            char *exact = malloc(size + 1); /* the sanitizer guards what follows */
            arena_init(&arena, 4096);
            memcpy(exact, texts[i].data, size);
            exact[size] = (char)0xFF;
            const bool whole = size == texts[i].size || (i == 1 && size == 1);
            assert_int_equal(json_parse(&arena, &error, slice_of(exact, size)) != NULL, whole);
            free(exact);
            arena_release(&arena);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_judged_as_written),
        cmocka_unit_test(names_of_rows_say_what_is_expected),
        cmocka_unit_test(every_prefix_is_refused),
        cmocka_unit_test(nothing_behind_the_size_is_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
