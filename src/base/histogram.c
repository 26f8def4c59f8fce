#include "base/histogram.h"

#include <string.h>

#include "base/check.h"

/* Values below 2^STEP_BITS have a bucket each. Above, a value with its highest bit at `top` falls
 * by its STEP_BITS next bits into one of STEPS buckets of 2^(top - STEP_BITS) values each. */

unsigned histogram_bucket_of(uint64_t value)
{
    if (value > HISTOGRAM_VALUE_MAX) {
        value = HISTOGRAM_VALUE_MAX;
    }
    if (value < HISTOGRAM_STEPS) {
        return (unsigned)value;
    }
    const unsigned shift = 63U - (unsigned)__builtin_clzll(value) - HISTOGRAM_STEP_BITS;
    return (shift << HISTOGRAM_STEP_BITS) + (unsigned)(value >> shift);
}

void histogram_bucket_bounds(unsigned bucket, uint64_t *ret_low, uint64_t *ret_high)
{
    check(bucket < HISTOGRAM_BUCKETS);
    if (bucket < HISTOGRAM_STEPS) {
        *ret_low = *ret_high = bucket;
        return;
    }
    const unsigned shift = (bucket >> HISTOGRAM_STEP_BITS) - 1;
    const uint64_t step = HISTOGRAM_STEPS + (bucket & (HISTOGRAM_STEPS - 1));
    *ret_low = step << shift;
    *ret_high = ((step + 1) << shift) - 1;
}

void histogram_init(struct histogram *histogram)
{
    memset(histogram, 0, sizeof(*histogram));
}

void histogram_record(struct histogram *histogram, uint64_t value, uint64_t count)
{
    if (count == 0) {
        return;
    }
    if (histogram->count == 0 || value < histogram->min) {
        histogram->min = value;
    }
    if (value > histogram->max) {
        histogram->max = value;
    }
    histogram->buckets[histogram_bucket_of(value)] += count;
    histogram->count += count;
}

void histogram_merge(struct histogram *histogram, const struct histogram *from)
{
    if (from->count == 0) {
        return;
    }
    if (histogram->count == 0 || from->min < histogram->min) {
        histogram->min = from->min;
    }
    if (from->max > histogram->max) {
        histogram->max = from->max;
    }
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
        histogram->buckets[i] += from->buckets[i];
    }
    histogram->count += from->count;
}

uint64_t histogram_quantile(const struct histogram *histogram, uint64_t per_million)
{
    uint64_t low;
    uint64_t high;
    uint64_t seen = 0;
    unsigned bucket = 0;

    check(per_million <= 1000000);
    if (histogram->count == 0 || per_million == 0) {
        return histogram->min;
    }
    /* count * per_million / 1,000,000, rounded up, without a product that could overflow. */
    const uint64_t rank = histogram->count / 1000000 * per_million +
                          (histogram->count % 1000000 * per_million + 999999) / 1000000;
    for (bucket = 0; bucket < HISTOGRAM_BUCKETS; bucket++) {
        seen += histogram->buckets[bucket];
        if (seen >= rank) {
            break;
        }
    }
    check(bucket < HISTOGRAM_BUCKETS);
    histogram_bucket_bounds(bucket, &low, &high);
    return bucket + 1 == HISTOGRAM_BUCKETS || high > histogram->max ? histogram->max : high;
}
