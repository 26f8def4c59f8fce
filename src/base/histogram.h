/* A histogram of times or sizes with a bounded relative error: each power of two is cut into the
 * same number of buckets, as G. Tene's HdrHistogram does. Recording costs a few instructions and
 * never allocates, so that it may stand in the loop that is measured. */
#ifndef HEADROOM_BASE_HISTOGRAM_H
#define HEADROOM_BASE_HISTOGRAM_H

#include <stdint.h>

enum {
    HISTOGRAM_STEP_BITS = 7, /* 128 buckets a power of two: a bucket is at most 1/128 wide */
    HISTOGRAM_STEPS = 1 << HISTOGRAM_STEP_BITS,
    HISTOGRAM_VALUE_BITS = 44, /* in nanoseconds nearly five hours */
    HISTOGRAM_BUCKETS = (HISTOGRAM_VALUE_BITS - HISTOGRAM_STEP_BITS + 1) * HISTOGRAM_STEPS,
};

#define HISTOGRAM_VALUE_MAX ((1ULL << HISTOGRAM_VALUE_BITS) - 1)

struct histogram {
    uint64_t buckets[HISTOGRAM_BUCKETS];
    uint64_t count;
    uint64_t min, max; /* as recorded, exact; 0 while count is 0 */
};

void histogram_init(struct histogram *histogram);
/** Counts `value` `count` times; a value above HISTOGRAM_VALUE_MAX counts as that. */
void histogram_record(struct histogram *histogram, uint64_t value, uint64_t count);
/** Adds what `from` has counted. */
void histogram_merge(struct histogram *histogram, const struct histogram *from);
/** The least value such that at least `per_million` of 1,000,000 recorded ones are not above it:
 *  the upper end of its bucket, thus too high by less than 1/128 and never too low, and never
 *  above the greatest value recorded. 0 when nothing was recorded.
 *  In: per_million  0 (the smallest value) to 1,000,000 (the greatest) */
uint64_t histogram_quantile(const struct histogram *histogram, uint64_t per_million);
/** Buckets by their number, for printing: counts of values in [*ret_low, *ret_high]. */
void histogram_bucket_bounds(unsigned bucket, uint64_t *ret_low, uint64_t *ret_high);
/** The bucket that counts `value`. */
unsigned histogram_bucket_of(uint64_t value);

#endif
