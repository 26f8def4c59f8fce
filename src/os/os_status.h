/* What a system call can come to, as the rooms above need to tell it apart. */
#ifndef HEADROOM_OS_STATUS_H
#define HEADROOM_OS_STATUS_H

#include "base/slice.h"

/* X(name, what it means, for a person) */
// clang-format off
#define OS_STATUS_LIST(X) \
    X(OK,        "done") \
    X(AGAIN,     "not ready yet; wait for the reactor") \
    X(ENDED,     "the other side has ended the connection") \
    X(MISSING,   "no such file or directory") \
    X(EXISTS,    "it exists already") \
    X(IN_USE,    "the address or the lock is held by another process") \
    X(FORBIDDEN, "permission denied") \
    X(FULL,      "no space left on the device") \
    X(EXHAUSTED, "out of memory or of file descriptors") \
    X(INVALID,   "the argument is no valid address, name or size") \
    X(FAILED,    "the system call failed")
// clang-format on

enum os_status {
#define X(name, text) OS_##name,
    OS_STATUS_LIST(X)
#undef X
        OS_STATUS_COUNT
};

/** The meaning of a status, in English. */
struct slice os_status_text(enum os_status status);
/** The status for the current errno. */
enum os_status os_status_from_errno(void) MUST_USE;

#endif
