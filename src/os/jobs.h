/* One thread beside the reactor's, for work that waits or computes for long: SQL, password hashes.
 * Jobs are done one after the other, in the order of their submission; what a job came to is told
 * on the reactor's thread. */
#ifndef HEADROOM_OS_JOBS_H
#define HEADROOM_OS_JOBS_H

#include "os/os_status.h"
#include "os/reactor.h"

struct jobs;

/** A piece of work; lives in the structure of its owner, until `done` was called. */
struct jobs_item {
    struct jobs_item *next; /* the queue's own */
    /** On the job thread: must touch nothing that the reactor's thread may touch meanwhile. */
    void (*run)(struct jobs_item *job);
    /** On the reactor's thread, in a COMMIT phase. */
    void (*done)(struct jobs_item *job);
};

/** Starts the thread. In: jobs_max  jobs that may wait or run at a time */
enum os_status jobs_open(struct jobs **ret_jobs, struct reactor *reactor, size_t jobs_max) MUST_USE;
/** Ends the job that runs, forgets those that wait, and those whose `done` was not called yet, and
 *  ends the thread. NULL-safe. */
void jobs_close(struct jobs *jobs);
/** Hands a job over. OS_EXHAUSTED when too many wait: nothing was taken. */
enum os_status jobs_submit(struct jobs *jobs, struct jobs_item *job) MUST_USE;
/** True when no job waits, runs or is to be told of. */
bool jobs_idle(const struct jobs *jobs);

#endif
