/* How much a simulation does: by the tier of the test run, unless the environment says otherwise.
 */
#ifndef HEADROOM_TESTS_SIM_TIER_H
#define HEADROOM_TESTS_SIM_TIER_H

#include <stdlib.h>

#include "base/slice.h"

static inline uint64_t tier_number(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    uint64_t number = otherwise;

    if (text != NULL && !slice_to_u64(slice_from_cstr(text), UINT64_MAX, &number)) {
        return otherwise;
    }
    return number;
}

/** The size for this tier, or the number in the environment variable `name` or HEADROOM_SIZE. */
static inline uint64_t tier_size(const char *name, uint64_t test, uint64_t check_size,
                                 uint64_t soak)
{
    const struct slice tier = slice_from_cstr(getenv("HEADROOM_TIER"));
    const uint64_t size = slice_equal(tier, SLICE("soak"))    ? soak
                          : slice_equal(tier, SLICE("check")) ? check_size
                                                              : test;

    return tier_number(name, tier_number("HEADROOM_SIZE", size));
}

/** Whether this is a build with AddressSanitizer and not a soak: there everything costs five to ten
 * times as much, and what it sees does not grow with how much is done. */
static inline bool tier_sanitized(void)
{
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
    return !slice_equal(slice_from_cstr(getenv("HEADROOM_TIER")), SLICE("soak"));
#endif
#endif
    return false;
}

/** Of a fault at each call or allocation, each so-manieth one: `stride`, and eight times that
 * and one where it is sanitized. The two builds fall on other calls. */
static inline uint64_t tier_stride(uint64_t stride)
{
    return tier_sanitized() ? 8 * stride + 1 : stride;
}

/** HEADROOM_SEED replays a single seed. */
static inline bool tier_replayed(void)
{
    return getenv("HEADROOM_SEED") != NULL;
}

/** The first seed: HEADROOM_SEED, HEADROOM_FIRST for a piece of a longer run, or `otherwise`. */
static inline uint64_t tier_seed(uint64_t otherwise)
{
    return tier_number("HEADROOM_SEED", tier_number("HEADROOM_FIRST", otherwise));
}

#endif
