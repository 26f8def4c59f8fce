#include "cmocka_headroom.h"

#include "base/check.h"

static int tried(int status)
{
    TRY(status);
    return 7;
}

static int required(int condition)
{
    REQUIRE(condition, 3);
    return 7;
}

static void try_returns_what_is_not_zero(void **state)
{
    (void)state;
    assert_int_equal(tried(5), 5);
    assert_int_equal(tried(0), 7);
}

static void require_returns_the_status_unless_it_holds(void **state)
{
    (void)state;
    assert_int_equal(required(0), 3);
    assert_int_equal(required(1), 7);
}

static void check_evaluates_its_condition_once(void **state)
{
    int count = 0;

    (void)state;
    check(++count == 1);
    assert_int_equal(count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(try_returns_what_is_not_zero),
        cmocka_unit_test(require_returns_the_status_unless_it_holds),
        cmocka_unit_test(check_evaluates_its_condition_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
