/* A program that must fail: a check stops it in the middle of its second case of three. */
#include "cmocka_headroom.h"

#include "base/check.h"

static void passes(void **state)
{
    (void)state;
}

static void stops(void **state)
{
    (void)state;
    check(state == NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(passes),
        cmocka_unit_test(stops),
        cmocka_unit_test(passes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
