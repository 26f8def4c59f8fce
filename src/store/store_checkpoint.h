/* Moves SQLite's write-ahead log into the database beside the transactions, on a thread and a
 * connection of its own: a commit that did it itself would take many times as long as others. */
#ifndef HEADROOM_STORE_CHECKPOINT_H
#define HEADROOM_STORE_CHECKPOINT_H

#include <sqlite3.h>

#include "os/os_status.h"

enum {
    CHECKPOINT_PAGES = 4000,          /* of the log, from which it is moved: 16 MiB */
    CHECKPOINT_PAGES_WAITING = 32000, /* ... by the commit itself: the thread does not keep up */
    CHECKPOINT_BUSY_TIMEOUT_MS = 5000,
};

struct checkpoint;

/** Starts the thread. In: path  of the database, which must outlive it */
enum os_status checkpoint_start(struct checkpoint **ret_checkpoint, const char *path) MUST_USE;
/** Asks for a move; returns at once. */
void checkpoint_ask(struct checkpoint *checkpoint);
/** True when a sync failed: nothing of the log was given up, and the store must not go on. */
bool checkpoint_broken(struct checkpoint *checkpoint);
/** Waits for the move under way, and ends the thread. NULL-safe. */
void checkpoint_end(struct checkpoint *checkpoint);

#endif
