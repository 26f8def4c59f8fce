/* A directory for the time of one run, for programs that measure or try something on real files. */
#ifndef HEADROOM_OS_SCRATCH_H
#define HEADROOM_OS_SCRATCH_H

#include "os/os_status.h"

enum { OS_PATH_MAX = 4096 };

/** Makes a new directory in `parent`, for this user alone, whose name begins with `prefix`. */
enum os_status os_scratch_make(char ret_path[OS_PATH_MAX], const char *parent,
                               const char *prefix) MUST_USE;
/** Removes a directory and all that is in it, other file systems apart. */
enum os_status os_scratch_remove(const char *path) MUST_USE;
/** Makes `path` where it is missing. OS_EXISTS: it is there and not empty. */
enum os_status os_directory_begin(const char *path) MUST_USE;
/** True when a file system in memory (tmpfs, ramfs) holds `path`: nothing is durable there. */
bool os_path_in_memory(const char *path);

#endif
