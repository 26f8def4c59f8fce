/* The thread beside the loop: order, bounds, and an end with work in hand. */
#include "cmocka_headroom.h"

#include "os/clock.h"
#include "os/jobs.h"

enum { JOBS = 200 };

struct sum {
    struct jobs_item job;
    struct sum **last; /* the one that ran before; the job thread alone */
    struct sum *before;
    unsigned *told;
    unsigned place; /* in the order of telling, from 1 */
    uint64_t sleep_ns;
    bool ran;
};

static void sum_run(struct jobs_item *job)
{
    struct sum *sum = (struct sum *)(void *)job;

    if (sum->sleep_ns > 0) {
        os_clock_sleep_ns(sum->sleep_ns);
    }
    sum->before = *sum->last;
    *sum->last = sum;
    sum->ran = true;
}

static void sum_done(struct jobs_item *job)
{
    struct sum *sum = (struct sum *)(void *)job;

    sum->place = ++*sum->told;
}

static void jobs_run_in_order_and_are_told_of(void **state)
{
    struct reactor *reactor;
    struct jobs *jobs;
    struct sum *sums = test_calloc(JOBS + 1, sizeof(*sums));
    struct sum *last = NULL;
    unsigned told = 0;

    (void)state;
    assert_int_equal(reactor_open(&reactor), OS_OK);
    assert_int_equal(jobs_open(&jobs, reactor, JOBS), OS_OK);
    assert_true(jobs_idle(jobs));
    for (unsigned i = 0; i <= JOBS; i++) {
        sums[i] = (struct sum){.job = {.run = sum_run, .done = sum_done},
                               .last = &last,
                               .told = &told,
                               .sleep_ns = i == 0 ? 20 * OS_NS_PER_MS : 0};
        assert_int_equal(jobs_submit(jobs, &sums[i].job), i < JOBS ? OS_OK : OS_EXHAUSTED);
    }
    while (told < JOBS) {
        assert_int_equal(reactor_turn(reactor, UINT64_MAX), OS_OK);
    }
    assert_true(jobs_idle(jobs));
    for (unsigned i = 0; i < JOBS; i++) {
        assert_ptr_equal(sums[i].before, i == 0 ? NULL : &sums[i - 1]);
        assert_int_equal(sums[i].place, i + 1);
    }
    assert_int_equal(jobs_submit(jobs, &sums[JOBS].job), OS_OK);
    while (told < JOBS + 1) {
        assert_int_equal(reactor_turn(reactor, UINT64_MAX), OS_OK);
    }
    jobs_close(jobs);
    reactor_free(reactor);
    test_free(sums);
}

static void an_end_waits_for_the_job_that_runs(void **state)
{
    struct reactor *reactor;
    struct jobs *jobs;
    struct sum sums[3] = {0};
    struct sum *last = NULL;
    unsigned told = 0;

    (void)state;
    assert_int_equal(reactor_open(&reactor), OS_OK);
    assert_int_equal(jobs_open(&jobs, reactor, JOBS), OS_OK);
    for (unsigned i = 0; i < 3; i++) {
        sums[i] = (struct sum){.job = {.run = sum_run, .done = sum_done},
                               .last = &last,
                               .told = &told,
                               .sleep_ns = 50 * OS_NS_PER_MS};
        assert_int_equal(jobs_submit(jobs, &sums[i].job), OS_OK);
    }
    os_clock_sleep_ns(10 * OS_NS_PER_MS);
    jobs_close(jobs);
    assert_int_equal(told, 0);
    assert_false(sums[2].ran);
    assert_int_equal(reactor_turn(reactor, 0), OS_OK);
    reactor_free(reactor);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(jobs_run_in_order_and_are_told_of),
        cmocka_unit_test(an_end_waits_for_the_job_that_runs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
