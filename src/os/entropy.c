#include "os/entropy.h"

#include <errno.h>
#include <sys/random.h>
#include <sys/types.h>

#include "base/check.h"

void os_entropy_fill(void *ret_bytes, size_t size)
{
    char *bytes = ret_bytes;

    while (size > 0) {
        const ssize_t got = getrandom(bytes, size, 0);

        check(got > 0 || errno == EINTR);
        if (got > 0) {
            bytes += got;
            size -= (size_t)got;
        }
    }
}
