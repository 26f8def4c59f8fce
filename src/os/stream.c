#include "os/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum os_status os_stream_open(int *ret_fd, const char *path)
{
    struct stat facts;

    if (strcmp(path, "-") == 0) {
        *ret_fd = OS_STREAM_INPUT;
        return OS_OK;
    }
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    REQUIRE(fd >= 0, os_status_from_errno());
    if (fstat(fd, &facts) == 0 && S_ISDIR(facts.st_mode)) {
        (void)close(fd);
        return OS_INVALID;
    }
    (void)posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    *ret_fd = fd;
    return OS_OK;
}

bool os_stream_private(int fd)
{
    struct stat facts;

    return fstat(fd, &facts) == 0 && S_ISREG(facts.st_mode) &&
           (facts.st_mode & (S_IRWXG | S_IRWXO)) == 0 &&
           (facts.st_uid == geteuid() || facts.st_uid == 0);
}

enum os_status os_stream_read(int fd, char *ret_bytes, size_t size, size_t *ret_size)
{
    ssize_t got;

    check(size > 0);
    do {
        got = read(fd, ret_bytes, size);
    } while (got < 0 && errno == EINTR);
    REQUIRE(got >= 0, os_status_from_errno());
    REQUIRE(got > 0, OS_ENDED);
    *ret_size = (size_t)got;
    return OS_OK;
}

enum os_status os_stream_write(int fd, struct slice text)
{
    while (text.size > 0) {
        const ssize_t put = write(fd, text.data, text.size);

        if (put < 0 && errno == EINTR) {
            continue;
        }
        REQUIRE(put >= 0, os_status_from_errno());
        text = slice_of(text.data + put, text.size - (size_t)put);
    }
    return OS_OK;
}

void os_stream_close(int fd)
{
    if (fd > OS_STREAM_ERROR) {
        (void)close(fd);
    }
}
