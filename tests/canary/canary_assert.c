/* A program that must fail: tests/tools/test_runtests.py demands that the runner sees it. */
#include "cmocka_headroom.h"

static void passes(void **state)
{
    (void)state;
}

static void fails(void **state)
{
    (void)state;
    assert_int_equal(1, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(passes),
        cmocka_unit_test(fails),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
