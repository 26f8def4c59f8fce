/* The clocks. The reactor reads the monotonic one once a turn; use reactor_now_ns where you can. */
#ifndef HEADROOM_OS_CLOCK_H
#define HEADROOM_OS_CLOCK_H

#include <stdint.h>

#define OS_NS_PER_MS 1000000ULL
#define OS_NS_PER_SECOND 1000000000ULL

/** Nanoseconds of a clock that never goes back; its zero has no meaning. */
uint64_t os_clock_monotonic_ns(void);
/** Microseconds since 1970-01-01T00:00:00Z by the machine's clock, which may jump. */
int64_t os_clock_realtime_us(void);
/** Waits, at least so long; never on the reactor's thread. */
void os_clock_sleep_ns(uint64_t duration_ns);

#endif
