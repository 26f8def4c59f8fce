/* Work that is done beside the caller, on a thread of its own: for what only reads what no longer
 * changes and writes what nobody looks at yet. */
#ifndef HEADROOM_OS_WORKER_H
#define HEADROOM_OS_WORKER_H

#include "os/os_status.h"

struct os_worker;

/** Runs work(context) on a new thread, which gives way to others when the machine is busy. */
enum os_status os_worker_start(struct os_worker **ret_worker, void (*work)(void *context),
                               void *context) MUST_USE;
/** Whether the work has ended; never waits. All that it wrote is then seen by the caller. */
bool os_worker_done(struct os_worker *worker);
/** Waits for the end of the work and frees the worker. NULL-safe. */
void os_worker_end(struct os_worker *worker);

#endif
