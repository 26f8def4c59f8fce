/* The files of SQLite as this store wants them written: of its log each commit in one piece, of the
 * database a checkpoint in small portions. Everything else is left to SQLite's own files.
 *
 * SQLite writes each page of its log with two calls, 24 bytes and the page, and a transaction of
 * 30 pages so with 60. Nobody but the connection that writes them looks at them before the sync
 * that makes them a commit (the index of the log names none of them), so they are held until then.
 *
 * A checkpoint hands some thousand pages to the system at once, and the commit that is synced then
 * waits behind all of them. One that is paced syncs and pauses after each portion. */
#ifndef HEADROOM_STORE_VFS_H
#define HEADROOM_STORE_VFS_H

#include <sqlite3.h>

#define STORE_VFS_NAME "headroom"

enum {
    STORE_VFS_PACE = 0x48720001, /* for sqlite3_file_control: a struct store_pace *, or NULL */
    /* Bytes of the log that are held; more are written before. SQLite's own files take no more at
     * once (its os_unix.c, seekAndWriteFd). */
    STORE_VFS_HELD_MAX = (128 << 10) - 1,
};

/** How the database file is written through a connection, by its checkpoints alone. */
struct store_pace {
    unsigned portion;             /* writes, behind which the file is synced ...; 0: never */
    void (*pause)(void *context); /* ... and this is called; it may set another portion */
    void *context;
    unsigned written; /* since the last portion */
};

/** Makes STORE_VFS_NAME known to SQLite; it may be called again, and by several threads.
 *  Returns: a result of SQLite; SQLITE_ERROR where it has no files of its own */
int store_vfs_register(void);

#endif
