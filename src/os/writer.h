/* A standing thread that does one piece of work at a time, for calls that wait on a device while
 * the thread that asked goes on. What the work touches is the writer's alone until it is done. */
#ifndef HEADROOM_OS_WRITER_H
#define HEADROOM_OS_WRITER_H

#include <stdbool.h>

#include "os/os_status.h"

struct os_writer;

/** Starts the thread; it takes no signals. `finished` is called in it after each piece of work and
 *  may only wake somebody, as reactor_wake does; NULL for nobody. */
enum os_status os_writer_start(struct os_writer **ret_writer, void (*finished)(void *context),
                               void *context) MUST_USE;
/** Waits for the work under way and ends the thread. NULL-safe. */
void os_writer_end(struct os_writer *writer);
/** Begins `work(context)`; nothing may be under way. */
void os_writer_give(struct os_writer *writer, void (*work)(void *context), void *context);
/** Whether work is under way; when it is not, what it wrote is to be seen. */
bool os_writer_busy(const struct os_writer *writer);
/** Waits until no work is under way. */
void os_writer_wait(struct os_writer *writer);

#endif
