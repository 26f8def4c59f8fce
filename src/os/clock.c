#include "os/clock.h"

#include <errno.h>
#include <time.h>

#include "base/check.h"

uint64_t os_clock_monotonic_ns(void)
{
    struct timespec now;

    check(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
    return (uint64_t)now.tv_sec * OS_NS_PER_SECOND + (uint64_t)now.tv_nsec;
}

int64_t os_clock_realtime_us(void)
{
    struct timespec now;

    check(clock_gettime(CLOCK_REALTIME, &now) == 0);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void os_clock_sleep_ns(uint64_t duration_ns)
{
    struct timespec rest = {(time_t)(duration_ns / OS_NS_PER_SECOND),
                            (long)(duration_ns % OS_NS_PER_SECOND)};

    while (nanosleep(&rest, &rest) != 0) {
        check(errno == EINTR);
    }
}
