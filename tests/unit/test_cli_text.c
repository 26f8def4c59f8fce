#include "cmocka_headroom.h"

#include "cli/cli_text.h"

static void assert_text(struct buffer *buffer, const char *wanted)
{
    buffer_append_byte(buffer, '\0');
    assert_false(buffer_failed(buffer));
    assert_string_equal(buffer->data, wanted);
    buffer_reset(buffer);
}

static void widths_are_those_of_a_terminal(void **state)
{
    (void)state;
    assert_int_equal(text_width(SLICE("")), 0);
    assert_int_equal(text_width(SLICE("abc")), 3);
    assert_int_equal(text_width(SLICE("额度")), 4);
    assert_int_equal(text_width(SLICE("Ａ，（")), 6);
    assert_int_equal(text_width(SLICE("e\u0301")), 1);
    assert_int_equal(text_width(SLICE("한글")), 4);
    assert_int_equal(text_width(SLICE("\U00020000")), 2);
    assert_int_equal(text_width(SLICE("█▒·")), 3);
    assert_int_equal(text_width(SLICE("\xff\xfe")), 2);
}

static void padding_and_cutting(void **state)
{
    struct buffer out = {0};

    (void)state;
    text_pad(&out, SLICE("额"), 5, false);
    assert_text(&out, "额   ");
    text_pad(&out, SLICE("1.00"), 6, true);
    assert_text(&out, "  1.00");
    text_pad(&out, SLICE("longer"), 2, true);
    assert_text(&out, "longer");
    text_cut(&out, SLICE("额度额度"), 8, true);
    assert_text(&out, "额度额度");
    text_cut(&out, SLICE("额度额度"), 6, true);
    assert_text(&out, "额度…");
    text_cut(&out, SLICE("abcdef"), 4, false);
    assert_text(&out, "abc~");
    text_cut(&out, SLICE("a\x1b[31m\n"), 20, true);
    assert_text(&out, "a?[31m?");
    text_cut(&out, SLICE("a\u202eb"), 20, true);
    assert_text(&out, "a?b");
    buffer_release(&out);
}

static void wrapping(void **state)
{
    struct buffer out = {0};

    (void)state;
    text_wrap(&out, SLICE("one two three four five six"), 2, 24);
    assert_text(&out, "  one two three four\n  five six\n");
    text_wrap(&out, SLICE("a\n\nb"), 0, 40);
    assert_text(&out, "a\n\nb\n");
    text_wrap(&out, SLICE("一二三四五六七八九十，一"), 0, 20);
    assert_text(&out, "一二三四五六七八九\n十，一\n");
    buffer_release(&out);
}

static void amounts_are_grouped_and_read(void **state)
{
    struct buffer out = {0};
    int128 value;
    unsigned decimals;

    (void)state;
    amount_text_group(&out, SLICE("1250000.50"));
    assert_text(&out, "1,250,000.50");
    amount_text_group(&out, SLICE("-1000"));
    assert_text(&out, "-1,000");
    amount_text_group(&out, SLICE("999.99"));
    assert_text(&out, "999.99");
    amount_text_group(&out, SLICE(""));
    assert_text(&out, "");
    assert_true(amount_text_read(SLICE("-12.50"), &value, &decimals));
    assert_true(value == -1250 && decimals == 2);
    assert_false(amount_text_read(SLICE(""), &value, &decimals));
    assert_false(amount_text_read(SLICE("1.2.3"), &value, &decimals));
    assert_false(amount_text_read(SLICE("1a"), &value, &decimals));
    buffer_release(&out);
}

static void bars(void **state)
{
    struct buffer out = {0};

    (void)state;
    bar_write(&out, false, 8, 50, 25, 100);
    assert_text(&out, "[####++..]");
    bar_write(&out, true, 8, 50, 25, 100);
    assert_text(&out, "████▒▒·· ");
    bar_write(&out, true, 4, 3, 0, 32);
    assert_text(&out, "▍··· ");
    bar_write(&out, false, 4, 0, 0, 0);
    assert_text(&out, "[....]");
    bar_write(&out, false, 4, 120, 0, 100);
    assert_text(&out, "[####!");
    bar_write(&out, false, 4, 1, 0, 0);
    assert_text(&out, "[####!");
    /* Sums far beyond 64 bits. */
    const int128 huge = (int128)INT64_MAX * 1000000;
    bar_write(&out, false, 4, huge / 2, 0, huge);
    assert_text(&out, "[##..]");
    buffer_release(&out);
}

static void tables_line_up_and_keep_the_name_longest(void **state)
{
    static const struct table_column columns[] = {{"NAME", false}, {"WHAT", false}, {"SUM", true}};
    struct cli cli = {.width = 40};
    struct table table;

    (void)state;
    table_init(&table, columns, 3);
    table_cell(&table, SLICE("额度"));
    table_cell(&table, SLICE("x"));
    table_cell(&table, SLICE("1.00"));
    table_cell(&table, SLICE("ab"));
    table_cell(&table, SLICE("yy"));
    table_cell(&table, SLICE("10.00"));
    table_write(&table, &cli);
    assert_text(&cli.out, "NAME  WHAT    SUM\n额度  x      1.00\nab    yy    10.00\n");
    table_release(&table);
    table_init(&table, columns, 3);
    table_cell(&table, SLICE("a-rather-long-name"));
    table_cell(&table, SLICE("something quite long here"));
    table_cell(&table, SLICE("123,456.00"));
    cli.terminal = true;
    table_write(&table, &cli);
    assert_text(&cli.out, "NAME                WHAT             SUM\n"
                          "a-rather-long-name  somethi~  123,456.00\n");
    table_release(&table);
    buffer_release(&cli.out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(widths_are_those_of_a_terminal),
        cmocka_unit_test(padding_and_cutting),
        cmocka_unit_test(wrapping),
        cmocka_unit_test(amounts_are_grouped_and_read),
        cmocka_unit_test(bars),
        cmocka_unit_test(tables_line_up_and_keep_the_name_longest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
