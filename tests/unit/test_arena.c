#include "cmocka_headroom.h"

#include "base/arena.h"

static int no_failure_is_planned(void **state)
{
    (void)state;
    memory_fail_at(0, 0);
    return 0;
}

static bool is_zero(const char *memory, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (memory[i] != 0) {
            return false;
        }
    }
    return true;
}

static void memory_is_zeroed_aligned_and_apart(void **state)
{
    struct arena arena;
    char *previous = NULL;

    (void)state;
    arena_init(&arena, 10UL * 1024 * 1024);
    for (size_t size = 1; size < 3000; size += 7) {
        char *memory = arena_take(&arena, size);
        assert_non_null(memory);
        assert_int_equal((uintptr_t)memory % 16, 0);
        assert_true(is_zero(memory, size));
        assert_true(previous == NULL || previous[0] == 0x5A);
        memset(memory, 0x5A, size);
        previous = memory;
    }
    arena_release(&arena);
    assert_int_equal(arena.used, 0);
}

static void reset_gives_zeroed_memory_again(void **state)
{
    struct arena arena;

    (void)state;
    arena_init(&arena, 1024UL * 1024);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 40; i++) {
            char *memory = arena_take(&arena, 1000);
            assert_non_null(memory);
            assert_true(is_zero(memory, 1000));
            memset(memory, 0xFF, 1000);
        }
        arena_reset(&arena);
        assert_int_equal(arena.used, 0);
    }
    arena_release(&arena);
}

static void bound_holds_to_the_byte(void **state)
{
    struct arena arena;

    (void)state;
    arena_init(&arena, 64);
    assert_non_null(arena_take(&arena, 33)); /* takes 48 */
    assert_null(arena_take(&arena, 17));
    assert_int_equal(arena.used, 48);
    assert_non_null(arena_take(&arena, 16));
    assert_null(arena_take(&arena, 1));
    arena_release(&arena);
    assert_non_null(arena_take(&arena, 64));
    arena_release(&arena);
}

static void sizes_that_overflow_are_refused(void **state)
{
    struct arena arena;

    (void)state;
    arena_init(&arena, SIZE_MAX);
    assert_null(arena_take(&arena, SIZE_MAX));
    assert_null(arena_take(&arena, SIZE_MAX - 14));
    assert_null(arena_take_array(&arena, SIZE_MAX / 2, 3));
    assert_null(arena_take_array(&arena, (size_t)1 << 33, (size_t)1 << 33));
    assert_null(arena_copy(&arena, slice_of("", SIZE_MAX)).data);
    assert_int_equal(arena.used, 0);
    arena_release(&arena);
}

static void blocks_larger_than_the_usual_are_served(void **state)
{
    struct arena arena;

    (void)state;
    arena_init(&arena, 64UL * 1024 * 1024);
    char *large = arena_take(&arena, 5UL * 1024 * 1024);
    char *small = arena_take(&arena, 10);
    assert_non_null(large);
    assert_non_null(small);
    large[5UL * 1024 * 1024 - 1] = 1;
    arena_release(&arena);
}

static void copy_has_a_terminator_behind_its_size(void **state)
{
    struct arena arena;

    (void)state;
    arena_init(&arena, 1024);
    const struct slice copy = arena_copy(&arena, SLICE("limit\0x"));
    assert_true(slice_equal(copy, SLICE("limit\0x")));
    assert_int_equal(copy.data[copy.size], 0);
    const struct slice empty = arena_copy(&arena, slice_of(NULL, 0));
    assert_non_null(empty.data);
    assert_int_equal(empty.size, 0);
    arena_release(&arena);
}

/* Takes from a new arena until five blocks were needed; false when one was refused. */
static bool five_blocks(void)
{
    struct arena arena;
    bool served = true;

    arena_init(&arena, 64UL * 1024 * 1024);
    for (int i = 0; i < 5 && served; i++) {
        const size_t used = arena.used;
        served = arena_take(&arena, 2UL * 1024 * 1024) != NULL;
        assert_true(served || arena.used == used);
    }
    /* An arena that was refused memory goes on working. */
    assert_true(served || arena_take(&arena, 1) != NULL);
    arena_release(&arena);
    return served;
}

static void nth_allocation_that_fails_is_a_value(void **state)
{
    (void)state;
    for (unsigned long nth = 1; nth <= 5; nth++) {
        memory_fail_at(nth, 0);
        assert_false(five_blocks());
    }
    memory_fail_at(6, 0);
    assert_true(five_blocks());
}

static void failure_for_good_lasts_until_it_is_ended(void **state)
{
    (void)state;
    memory_fail_at(2, 1);
    void *memory = memory_allocate(8);
    assert_non_null(memory);
    for (int i = 0; i < 4; i++) {
        assert_null(memory_allocate(8));
        assert_null(memory_resize(memory, 16));
    }
    memory_fail_at(0, 0);
    memory = memory_resize(memory, 16);
    assert_non_null(memory);
    memory_free(memory);
    memory_free(NULL);
}

static void nothing_of_no_size(void **state)
{
    (void)state;
    assert_null(memory_allocate(0));
    assert_null(memory_resize(NULL, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(memory_is_zeroed_aligned_and_apart, no_failure_is_planned),
        cmocka_unit_test_teardown(reset_gives_zeroed_memory_again, no_failure_is_planned),
        cmocka_unit_test_teardown(bound_holds_to_the_byte, no_failure_is_planned),
        cmocka_unit_test_teardown(sizes_that_overflow_are_refused, no_failure_is_planned),
        cmocka_unit_test_teardown(blocks_larger_than_the_usual_are_served, no_failure_is_planned),
        cmocka_unit_test_teardown(copy_has_a_terminator_behind_its_size, no_failure_is_planned),
        cmocka_unit_test_teardown(nth_allocation_that_fails_is_a_value, no_failure_is_planned),
        cmocka_unit_test_teardown(failure_for_good_lasts_until_it_is_ended, no_failure_is_planned),
        cmocka_unit_test_teardown(nothing_of_no_size, no_failure_is_planned),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
