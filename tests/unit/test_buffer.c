#include "cmocka_headroom.h"

#include "base/arena.h"
#include "base/buffer.h"

static struct buffer buffer;

static int begin(void **state)
{
    (void)state;
    buffer_init(&buffer);
    return 0;
}

static int end(void **state)
{
    (void)state;
    memory_fail_at(0, 0);
    buffer_release(&buffer);
    return 0;
}

static void assert_holds(const char *text)
{
    assert_int_equal(buffer.size, strlen(text));
    assert_memory_equal(buffer.data, text, buffer.size);
}

static void appends_follow_each_other(void **state)
{
    (void)state;
    buffer_append(&buffer, SLICE("used "));
    buffer_append_byte(&buffer, '=');
    buffer_append_cstr(&buffer, " ");
    buffer_append_u64(&buffer, 1250000);
    buffer_append(&buffer, slice_of(NULL, 0));
    buffer_append_cstr(&buffer, NULL);
    assert_holds("used = 1250000");
    assert_false(buffer_failed(&buffer));
}

static void integers_at_their_bounds(void **state)
{
    (void)state;
    buffer_append_u64(&buffer, 0);
    buffer_append_byte(&buffer, ' ');
    buffer_append_u64(&buffer, UINT64_MAX);
    buffer_append_byte(&buffer, ' ');
    buffer_append_i64(&buffer, INT64_MIN);
    buffer_append_byte(&buffer, ' ');
    buffer_append_i64(&buffer, INT64_MAX);
    buffer_append_byte(&buffer, ' ');
    buffer_append_i64(&buffer, -1);
    assert_holds("0 18446744073709551615 -9223372036854775808 9223372036854775807 -1");
}

static void printf_of_any_length(void **state)
{
    char expected[2001];

    (void)state;
    memset(expected, 'x', 2000);
    expected[2000] = 0;
    buffer_printf(&buffer, "%s", "");
    assert_int_equal(buffer.size, 0);
    buffer_printf(&buffer, "%d%%", 42);
    assert_holds("42%");
    buffer_reset(&buffer);
    buffer_printf(&buffer, "%s", expected);
    assert_holds(expected);
}

static void many_appends_lose_nothing(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 100000; i++) {
        buffer_append_byte(&buffer, (char)('a' + i % 26));
    }
    assert_int_equal(buffer.size, 100000);
    for (unsigned i = 0; i < 100000; i++) {
        assert_true(buffer.data[i] == (char)('a' + i % 26));
    }
}

static void consume_moves_the_rest_to_the_front(void **state)
{
    (void)state;
    buffer_consume(&buffer, 0);
    buffer_append(&buffer, SLICE("header,body"));
    buffer_consume(&buffer, 7);
    assert_holds("body");
    buffer_consume(&buffer, 0);
    assert_holds("body");
    buffer_consume(&buffer, 4);
    assert_int_equal(buffer.size, 0);
}

static void reserve_is_counted_by_the_caller(void **state)
{
    (void)state;
    char *room = buffer_reserve(&buffer, 1000);
    assert_non_null(room);
    assert_int_equal(buffer.size, 0);
    assert_true(buffer.capacity >= 1000);
    memcpy(room, "abc", 3);
    buffer.size += 3;
    assert_holds("abc");
}

static void failure_is_remembered_and_keeps_what_was_there(void **state)
{
    (void)state;
    buffer_append(&buffer, SLICE("kept"));
    memory_fail_at(1, 0);
    assert_null(buffer_reserve(&buffer, 4096));
    assert_true(buffer_failed(&buffer));
    buffer_append(&buffer, SLICE("lost"));
    buffer_append_byte(&buffer, 'x');
    buffer_append_u64(&buffer, 1);
    buffer_printf(&buffer, "%d", 1);
    assert_holds("kept");
    buffer_reset(&buffer);
    assert_false(buffer_failed(&buffer));
    buffer_append(&buffer, SLICE("again"));
    assert_holds("again");
}

static void sizes_that_overflow_fail(void **state)
{
    (void)state;
    assert_null(buffer_reserve(&buffer, SIZE_MAX));
    assert_true(buffer_failed(&buffer));
    buffer_reset(&buffer);
    buffer_append_byte(&buffer, 'x');
    assert_null(buffer_reserve(&buffer, SIZE_MAX));
    assert_true(buffer_failed(&buffer));
    assert_int_equal(buffer.size, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(appends_follow_each_other, begin, end),
        cmocka_unit_test_setup_teardown(integers_at_their_bounds, begin, end),
        cmocka_unit_test_setup_teardown(printf_of_any_length, begin, end),
        cmocka_unit_test_setup_teardown(many_appends_lose_nothing, begin, end),
        cmocka_unit_test_setup_teardown(consume_moves_the_rest_to_the_front, begin, end),
        cmocka_unit_test_setup_teardown(reserve_is_counted_by_the_caller, begin, end),
        cmocka_unit_test_setup_teardown(failure_is_remembered_and_keeps_what_was_there, begin, end),
        cmocka_unit_test_setup_teardown(sizes_that_overflow_fail, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
