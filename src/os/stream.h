/* Byte streams that block: files read from front to end, standard input and output. For programs a
 * person or a script runs; servers use the reactor. */
#ifndef HEADROOM_OS_STREAM_H
#define HEADROOM_OS_STREAM_H

#include "os/os_status.h"

enum { OS_STREAM_INPUT = 0, OS_STREAM_OUTPUT = 1, OS_STREAM_ERROR = 2 };

/** Opens a file to be read; "-" is standard input. OS_INVALID: it is a directory. */
enum os_status os_stream_open(int *ret_fd, const char *path) MUST_USE;
/** Whether an open file is a regular one of this user or root that nobody else may read or write.
 */
bool os_stream_private(int fd);
/** Reads what is there, 1 to `size` bytes, waiting for the first. OS_ENDED: the end was reached. */
enum os_status os_stream_read(int fd, char *ret_bytes, size_t size, size_t *ret_size) MUST_USE;
/** Writes all of `text`. OS_ENDED: nobody reads it any more. */
enum os_status os_stream_write(int fd, struct slice text) MUST_USE;
/** Closes a file; standard input stays open. */
void os_stream_close(int fd);

#endif
