#include "os/os_status.h"

#include <errno.h>

struct slice os_status_text(enum os_status status)
{
    static const struct slice texts[OS_STATUS_COUNT] = {
#define X(name, text) [OS_##name] = {text, sizeof(text) - 1},
        OS_STATUS_LIST(X)
#undef X
    };

    check(status >= 0 && status < OS_STATUS_COUNT);
    return texts[status];
}

enum os_status os_status_from_errno(void)
{
    switch (errno) {
    case EAGAIN:
    case EINPROGRESS:
        return OS_AGAIN;
    case EPIPE:
    case ECONNRESET:
    case ECONNABORTED:
    case ETIMEDOUT:
    case ENOTCONN:
        return OS_ENDED;
    case ENOENT:
    case ENOTDIR:
        return OS_MISSING;
    case EEXIST:
        return OS_EXISTS;
    case EADDRINUSE:
        return OS_IN_USE;
    case EACCES:
    case EPERM:
    case EROFS:
        return OS_FORBIDDEN;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return OS_FULL;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case ENOBUFS:
        return OS_EXHAUSTED;
    case EINVAL:
    case EADDRNOTAVAIL:
    case ENAMETOOLONG:
        return OS_INVALID;
    default:
        return OS_FAILED;
    }
}
