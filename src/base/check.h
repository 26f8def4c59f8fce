/* Assertions that stay on in production, and the two macros of the project that return. */
#ifndef HEADROOM_BASE_CHECK_H
#define HEADROOM_BASE_CHECK_H

#include "banned.h"

/** Ends the process when a condition that the program relies on does not hold.
 *  The journal is there to recover from; going on with a wrong state is not an option. */
#define check(condition)                                                                           \
    do {                                                                                           \
        if (__builtin_expect(!(condition), 0)) {                                                   \
            check_failed(#condition, __FILE__, __LINE__);                                          \
        }                                                                                          \
    } while (0)

/** Returns the status of `call` from the enclosing function unless it is zero (OK). */
#define TRY(call)                                                                                  \
    do {                                                                                           \
        const __auto_type try_status_ = (call);                                                    \
        if (__builtin_expect(try_status_ != 0, 0)) {                                               \
            return try_status_;                                                                    \
        }                                                                                          \
    } while (0)

/** Returns `status` from the enclosing function unless `condition` holds. */
#define REQUIRE(condition, status)                                                                 \
    do {                                                                                           \
        if (__builtin_expect(!(condition), 0)) {                                                   \
            return (status);                                                                       \
        }                                                                                          \
    } while (0)

#define MUST_USE __attribute__((warn_unused_result))
#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)
/* Before a function that is rarely called: kept out of its callers, whose frames and registers it
 * would cost even where it is not reached. */
#define RARELY __attribute__((noinline, cold))
/* Before a large local variable on the hot path of which only what was set is read: a release build
 * would fill it with zeros each time. */
#define UNFILLED __attribute__((uninitialized))

_Noreturn void check_failed(const char *condition, const char *file, int line);

#endif
