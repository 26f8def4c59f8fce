/* Moves SQLite's write-ahead log into the database beside the transactions, on a thread and a
 * connection of its own: a commit that did it itself would take many times as long as others, and
 * so would one that is synced while thousands of pages are on their way to the disk. So the thread
 * goes on in small portions, each synced, and pauses behind each as long as it took.
 *
 * The log begins anew only when all of it is moved at the moment of a commit. Under load the thread
 * is always a few transactions behind; once the log is long and what is left is little, the commit
 * moves that itself. */
#ifndef HEADROOM_STORE_CHECKPOINT_H
#define HEADROOM_STORE_CHECKPOINT_H

#include <sqlite3.h>

#include "os/os_status.h"

enum {
    CHECKPOINT_PAGES = 2000,          /* of the log, more than at the last move: 8 MiB */
    CHECKPOINT_PAGES_LONG = 8000,     /* from here the log is to begin anew */
    CHECKPOINT_PAGES_REST = 200,      /* that a commit moves itself, so that it does */
    CHECKPOINT_PAGES_HURRY = 16000,   /* from here nothing pauses: 64 MiB, a bulk load */
    CHECKPOINT_PAGES_WAITING = 32000, /* ... and commits move all: the thread does not keep up */
    CHECKPOINT_PORTION = 32,          /* pages that are written and synced at once */
    CHECKPOINT_PAUSE_MAX_MS = 20,
    CHECKPOINT_BUSY_TIMEOUT_MS = 5000,
};

struct checkpoint;

/** Starts the thread. In: path  of the database, which must outlive it */
enum os_status checkpoint_start(struct checkpoint **ret_checkpoint, const char *path) MUST_USE;
/** Told behind a commit how many pages the log has; asks for a move where that is due, and returns
 *  at once.
 *  Returns: true when the commit is to move what is left itself */
bool checkpoint_grew(struct checkpoint *checkpoint, int pages);
/** What a commit moved itself: of `pages` of the log, `moved`. */
void checkpoint_moved(struct checkpoint *checkpoint, int moved);
/** True when a sync failed: nothing of the log was given up, and the store must not go on. */
bool checkpoint_broken(struct checkpoint *checkpoint);
/** Waits for the move under way, and ends the thread. NULL-safe. */
void checkpoint_end(struct checkpoint *checkpoint);

#endif
