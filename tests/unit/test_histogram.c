#include "cmocka_headroom.h"

#include "base/histogram.h"

static struct histogram histogram;
static struct histogram other;

static int setup(void **state)
{
    (void)state;
    histogram_init(&histogram);
    histogram_init(&other);
    return 0;
}

/* The buckets lie end to end from 0 on, each value is in the one that counts it, and none is wider
 * than 1/128 of its values. */
static void buckets_tile_the_values(void **state)
{
    uint64_t next = 0;

    (void)state;
    for (unsigned bucket = 0; bucket < HISTOGRAM_BUCKETS; bucket++) {
        uint64_t low;
        uint64_t high;

        histogram_bucket_bounds(bucket, &low, &high);
        assert_int_equal(low, next);
        assert_true(high >= low);
        assert_true((high - low) * HISTOGRAM_STEPS <= low);
        assert_int_equal(histogram_bucket_of(low), bucket);
        assert_int_equal(histogram_bucket_of(low + (high - low) / 2), bucket);
        assert_int_equal(histogram_bucket_of(high), bucket);
        next = high + 1;
    }
    assert_int_equal(next, HISTOGRAM_VALUE_MAX + 1);
    assert_int_equal(histogram_bucket_of(UINT64_MAX), HISTOGRAM_BUCKETS - 1);
}

static void an_empty_one_has_nothing_to_say(void **state)
{
    (void)state;
    histogram_record(&histogram, 77, 0);
    histogram_merge(&histogram, &other);
    assert_int_equal(histogram.count, 0);
    assert_int_equal(histogram_quantile(&histogram, 0), 0);
    assert_int_equal(histogram_quantile(&histogram, 500000), 0);
    assert_int_equal(histogram_quantile(&histogram, 1000000), 0);
}

static void small_values_are_exact(void **state)
{
    (void)state;
    for (uint64_t value = 1; value <= 100; value++) {
        histogram_record(&histogram, value, 1);
    }
    assert_int_equal(histogram_quantile(&histogram, 0), 1);
    assert_int_equal(histogram_quantile(&histogram, 1), 1);
    assert_int_equal(histogram_quantile(&histogram, 500000), 50);
    assert_int_equal(histogram_quantile(&histogram, 500001), 51);
    assert_int_equal(histogram_quantile(&histogram, 990000), 99);
    assert_int_equal(histogram_quantile(&histogram, 990001), 100);
    assert_int_equal(histogram_quantile(&histogram, 1000000), 100);
}

/* Against the sorted values themselves: never too low, too high by less than 1/128. */
static void quantiles_are_close_from_above(void **state)
{
    enum { COUNT = 20000 };
    static uint64_t values[COUNT];
    uint64_t random = 1;

    (void)state;
    for (unsigned i = 0; i < COUNT; i++) {
        random = random * 6364136223846793005ULL + 1442695040888963407ULL;
        values[i] = (random >> 20) >> (random % 43);
        histogram_record(&histogram, values[i], 1);
    }
    for (unsigned i = 1; i < COUNT; i++) { /* insertion sort keeps the test free of a callback */
        const uint64_t value = values[i];
        unsigned at = i;

        for (; at > 0 && values[at - 1] > value; at--) {
            values[at] = values[at - 1];
        }
        values[at] = value;
    }
    for (unsigned i = 0; i < COUNT; i++) {
        const uint64_t got = histogram_quantile(&histogram, (uint64_t)(i + 1) * 1000000 / COUNT);

        assert_true(got >= values[i]);
        assert_true(got - values[i] <= values[i] / HISTOGRAM_STEPS);
    }
    assert_int_equal(histogram.min, values[0]);
    assert_int_equal(histogram.max, values[COUNT - 1]);
    assert_int_equal(histogram_quantile(&histogram, 1000000), values[COUNT - 1]);
}

static void counts_weigh_and_large_values_saturate(void **state)
{
    (void)state;
    histogram_record(&histogram, 5, 990);
    histogram_record(&histogram, UINT64_MAX, 10);
    assert_int_equal(histogram.count, 1000);
    assert_int_equal(histogram_quantile(&histogram, 990000), 5);
    assert_int_equal(histogram_quantile(&histogram, 990001), UINT64_MAX);
    histogram_record(&histogram, 5, UINT64_MAX / 4); /* no product overflows */
    assert_int_equal(histogram_quantile(&histogram, 999999), 5);
}

static void merging_is_recording_in_one(void **state)
{
    static struct histogram both;

    (void)state;
    histogram_init(&both);
    for (uint64_t value = 3; value < 1ULL << 40; value = value * 3 / 2) {
        histogram_record(&histogram, value, value % 5);
        histogram_record(&both, value, value % 5);
        histogram_record(&other, value * 7, 2);
        histogram_record(&both, value * 7, 2);
    }
    histogram_merge(&histogram, &other);
    assert_memory_equal(&histogram, &both, sizeof(both));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(buckets_tile_the_values, setup),
        cmocka_unit_test_setup(an_empty_one_has_nothing_to_say, setup),
        cmocka_unit_test_setup(small_values_are_exact, setup),
        cmocka_unit_test_setup(quantiles_are_close_from_above, setup),
        cmocka_unit_test_setup(counts_weigh_and_large_values_saturate, setup),
        cmocka_unit_test_setup(merging_is_recording_in_one, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
