/* Child processes that work on a copy of this process's memory (a consistent view for nothing) and
 * stream what they find through a pipe. */
#ifndef HEADROOM_OS_PROCESS_H
#define HEADROOM_OS_PROCESS_H

#include <stdint.h>

#include "os/os_status.h"

struct os_child {
    int pid;
    int pipe_fd; /* what the child writes, non-blocking; an end of file when it has ended */
    int pid_fd;  /* readable when the child has ended */
};

/** What runs in the child. It gets the blocking end of the pipe and returns its exit status, 0 to
 *  127. It may read all memory, but must not touch the reactor or any descriptor but `pipe_fd`. */
typedef int (*os_child_work)(int pipe_fd, void *context);

/** Forks. In the child every descriptor but the pipe and the standard three is closed, signals are
 *  at their defaults, and the child dies with its parent. */
enum os_status os_child_start(struct os_child *ret_child, os_child_work work,
                              void *context) MUST_USE;
/** The same, but the child keeps the descriptors of files: for work that reads or writes them, such
 *  as a snapshot. Sockets are closed in it all the same, so that a connection that ends here ends.
 */
enum os_status os_child_start_sharing(struct os_child *ret_child, os_child_work work,
                                      void *context) MUST_USE;
/** Reads from the child's pipe. OS_AGAIN: nothing yet; OS_ENDED: all was read. */
enum os_status os_child_read(struct os_child *child, char *ret_bytes, size_t size,
                             size_t *ret_size) MUST_USE;
/** Writes all of `text` from the child; false when the parent is gone. */
bool os_child_write(int pipe_fd, struct slice text) MUST_USE;
/** Ends the child (kill when it still runs), reaps it and closes both descriptors. Returns its exit
 *  status, or 128 when a signal ended it. Sources on the descriptors must have been removed. */
int os_child_end(struct os_child *child);

/** Starts this program itself anew, with `arguments` (the first is its name, NULL ends them): the
 *  same file, though another may stand in its place by now. What it prints, errors included, is in
 *  the pipe. */
enum os_status os_program_start(struct os_child *ret_child, char *const *arguments) MUST_USE;

/** What a process has used so far. */
struct os_process_usage {
    uint64_t cpu_ns;         /* of all its threads, in user and system mode, to 1/100 s */
    uint64_t resident_bytes; /* in memory now */
};
/** OS_MISSING: there is no such process, or it ended and was reaped. */
enum os_status os_process_usage(struct os_process_usage *ret_usage, int pid) MUST_USE;

/** From now on SIGINT and SIGTERM do not end the process but are told by os_interrupted: for a
 *  program that has to clear up behind itself. A second one ends it. */
void os_interrupt_watch(void);
bool os_interrupted(void);

/** This process: its id, and how many descriptors it may have open. */
int os_process_id(void);
/** Raises the soft limit of open descriptors to `wanted` or to the hard limit; returns what holds
 *  then. */
uint64_t os_descriptors_allow(uint64_t wanted);
/** Writing to a pipe or socket without reader gives a status, not SIGPIPE. */
void os_sigpipe_ignore(void);

#endif
