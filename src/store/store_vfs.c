#include "store/store_vfs.h"

#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/check.h"

/* SQLite's own file lies behind this. */
struct vfs_file {
    sqlite3_file base;
    struct store_pace *pace; /* NULL: not paced */
    bool is_log;
    bool is_database;
    char *held; /* of the log, not yet written; NULL: none was yet */
    int held_size;
    sqlite3_int64 held_at; /* its place in the file */
    uint64_t real[];       /* as SQLite aligns it */
};

static struct vfs_file *file_of(sqlite3_file *base)
{
    return (struct vfs_file *)(void *)base;
}

static sqlite3_file *real_of(sqlite3_file *base)
{
    return (sqlite3_file *)(void *)file_of(base)->real;
}

/* ---- the log ---- */

/* What cannot be written is no commit: SQLite is told so by the call that needed it, and writes the
 * same place anew. */
static int held_write(struct vfs_file *file)
{
    sqlite3_file *real = real_of(&file->base);
    const int size = file->held_size;

    file->held_size = 0;
    return size == 0 ? SQLITE_OK : real->pMethods->xWrite(real, file->held, size, file->held_at);
}

static int log_write(struct vfs_file *file, const void *data, int size, sqlite3_int64 at)
{
    sqlite3_file *real = real_of(&file->base);

    if (file->held_size > 0 &&
        (at != file->held_at + file->held_size || size > STORE_VFS_HELD_MAX - file->held_size)) {
        const int result = held_write(file);
        if (result != SQLITE_OK) {
            return result;
        }
    }
    if (file->held == NULL) {
        file->held = memory_allocate(STORE_VFS_HELD_MAX);
    }
    if (file->held == NULL || size > STORE_VFS_HELD_MAX) {
        return real->pMethods->xWrite(real, data, size, at);
    }
    if (file->held_size == 0) {
        file->held_at = at;
    }
    memcpy(file->held + file->held_size, data, (size_t)size);
    file->held_size += size;
    return SQLITE_OK;
}

/* ---- the database ---- */

static int database_write(struct vfs_file *file, const void *data, int size, sqlite3_int64 at)
{
    sqlite3_file *real = real_of(&file->base);
    struct store_pace *pace = file->pace;
    int result = real->pMethods->xWrite(real, data, size, at);

    if (result == SQLITE_OK && pace != NULL && pace->portion > 0 &&
        ++pace->written >= pace->portion) {
        pace->written = 0;
        result = real->pMethods->xSync(real, SQLITE_SYNC_NORMAL | SQLITE_SYNC_DATAONLY);
        if (result == SQLITE_OK) {
            pace->pause(pace->context);
        }
    }
    return result;
}

/* ---- the methods of a file ---- */

static int file_close(sqlite3_file *base)
{
    struct vfs_file *file = file_of(base);
    sqlite3_file *real = real_of(base);

    (void)held_write(file); /* of no commit: nobody waits for it */
    memory_free(file->held);
    return real->pMethods->xClose(real);
}

static int file_read(sqlite3_file *base, void *data, int size, sqlite3_int64 at)
{
    sqlite3_file *real = real_of(base);
    const int result = held_write(file_of(base));

    return result != SQLITE_OK ? result : real->pMethods->xRead(real, data, size, at);
}

static int file_write(sqlite3_file *base, const void *data, int size, sqlite3_int64 at)
{
    struct vfs_file *file = file_of(base);

    check(size >= 0 && at >= 0);
    return file->is_log ? log_write(file, data, size, at) : database_write(file, data, size, at);
}

static int file_truncate(sqlite3_file *base, sqlite3_int64 size)
{
    sqlite3_file *real = real_of(base);
    const int result = held_write(file_of(base));

    return result != SQLITE_OK ? result : real->pMethods->xTruncate(real, size);
}

static int file_sync(sqlite3_file *base, int flags)
{
    sqlite3_file *real = real_of(base);
    const int result = held_write(file_of(base));

    return result != SQLITE_OK ? result : real->pMethods->xSync(real, flags);
}

static int file_size(sqlite3_file *base, sqlite3_int64 *ret_size)
{
    sqlite3_file *real = real_of(base);
    const int result = held_write(file_of(base));

    return result != SQLITE_OK ? result : real->pMethods->xFileSize(real, ret_size);
}

static int file_control(sqlite3_file *base, int operation, void *argument)
{
    struct vfs_file *file = file_of(base);
    sqlite3_file *real = real_of(base);

    if (operation == STORE_VFS_PACE) {
        check(file->is_database);
        file->pace = argument;
        return SQLITE_OK;
    }
    return real->pMethods->xFileControl(real, operation, argument);
}

static int file_lock(sqlite3_file *base, int level)
{
    return real_of(base)->pMethods->xLock(real_of(base), level);
}

static int file_unlock(sqlite3_file *base, int level)
{
    return real_of(base)->pMethods->xUnlock(real_of(base), level);
}

static int file_reserved(sqlite3_file *base, int *ret_reserved)
{
    return real_of(base)->pMethods->xCheckReservedLock(real_of(base), ret_reserved);
}

static int file_sector(sqlite3_file *base)
{
    return real_of(base)->pMethods->xSectorSize(real_of(base));
}

static int file_device(sqlite3_file *base)
{
    return real_of(base)->pMethods->xDeviceCharacteristics(real_of(base));
}

static int file_shm_map(sqlite3_file *base, int page, int size, int extend,
                        void volatile **ret_memory)
{
    return real_of(base)->pMethods->xShmMap(real_of(base), page, size, extend, ret_memory);
}

static int file_shm_lock(sqlite3_file *base, int first, int count, int flags)
{
    return real_of(base)->pMethods->xShmLock(real_of(base), first, count, flags);
}

static void file_shm_barrier(sqlite3_file *base)
{
    real_of(base)->pMethods->xShmBarrier(real_of(base));
}

static int file_shm_unmap(sqlite3_file *base, int remove)
{
    return real_of(base)->pMethods->xShmUnmap(real_of(base), remove);
}

/* Version 2: nothing is read through a mapping. */
static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_reserved,
    .xFileControl = file_control,
    .xSectorSize = file_sector,
    .xDeviceCharacteristics = file_device,
    .xShmMap = file_shm_map,
    .xShmLock = file_shm_lock,
    .xShmBarrier = file_shm_barrier,
    .xShmUnmap = file_shm_unmap,
};

/* ---- the system of files ---- */

static sqlite3_vfs *vfs_real; /* SQLite's own */

static int vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *base, int flags,
                    int *ret_flags)
{
    struct vfs_file *file = file_of(base);

    (void)vfs;
    *file = (struct vfs_file){.is_log = (flags & SQLITE_OPEN_WAL) != 0,
                              .is_database = (flags & SQLITE_OPEN_MAIN_DB) != 0};
    const int result = vfs_real->xOpen(vfs_real, name, real_of(base), flags, ret_flags);
    /* SQLite closes what has methods, whether it was opened or not. */
    base->pMethods = real_of(base)->pMethods == NULL ? NULL : &methods;
    return result;
}

int store_vfs_register(void)
{
    static sqlite3_vfs own;
    int result = sqlite3_initialize();

    if (result != SQLITE_OK) {
        return result;
    }
    sqlite3_mutex *mutex = sqlite3_mutex_alloc(SQLITE_MUTEX_STATIC_APP1);
    sqlite3_mutex_enter(mutex);
    if (vfs_real == NULL) {
        sqlite3_vfs *real = sqlite3_vfs_find(NULL);
        result = real == NULL ? SQLITE_ERROR : SQLITE_OK;
        if (real != NULL) {
            /* Its other calls are about names and the machine, and know nothing of a file. */
            own = *real;
            own.pNext = NULL;
            own.zName = STORE_VFS_NAME;
            own.szOsFile = (int)sizeof(struct vfs_file) + real->szOsFile;
            own.xOpen = vfs_open;
            result = sqlite3_vfs_register(&own, 0);
            vfs_real = result == SQLITE_OK ? real : NULL;
        }
    }
    sqlite3_mutex_leave(mutex);
    return result;
}
