#include "store/store_checkpoint.h"

#include "base/arena.h"
#include "os/thread.h"

struct checkpoint {
    const char *path;
    struct os_thread thread;
    struct os_mutex mutex; /* of what follows */
    struct os_condition condition;
    bool asked;
    bool ending;
    bool broken;
};

/* Waits until there is something to do; false when the thread is to end. */
static bool wait(struct checkpoint *checkpoint)
{
    os_mutex_lock(&checkpoint->mutex);
    while (!checkpoint->asked && !checkpoint->ending) {
        os_condition_wait(&checkpoint->condition, &checkpoint->mutex);
    }
    const bool more = !checkpoint->ending;
    checkpoint->asked = false;
    os_mutex_unlock(&checkpoint->mutex);
    return more;
}

/* Of the log, what no reader needs any more is moved; the rest at the next time. What fails leaves
 * the log as it is, so that nothing is lost; but a sync that failed is not believed afterwards. */
static void move(struct checkpoint *checkpoint, sqlite3 *handle)
{
    if (sqlite3_wal_checkpoint_v2(handle, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL) ==
        SQLITE_OK) {
        return;
    }
    const int extended = sqlite3_extended_errcode(handle);
    if (extended == SQLITE_IOERR_FSYNC || extended == SQLITE_IOERR_DIR_FSYNC) {
        os_mutex_lock(&checkpoint->mutex);
        checkpoint->broken = true;
        os_mutex_unlock(&checkpoint->mutex);
    }
}

/* A connection knows that there is a log once it has read. */
static sqlite3 *handle_open(const struct checkpoint *checkpoint)
{
    sqlite3 *handle = NULL;
    const int opened = sqlite3_open_v2(checkpoint->path, &handle,
                                       SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);

    if (opened == SQLITE_OK &&
        sqlite3_busy_timeout(handle, CHECKPOINT_BUSY_TIMEOUT_MS) == SQLITE_OK &&
        sqlite3_exec(handle, "PRAGMA synchronous = FULL; SELECT count(*) FROM sqlite_schema", NULL,
                     NULL, NULL) == SQLITE_OK) {
        return handle;
    }
    (void)sqlite3_close(handle);
    return NULL;
}

static void *run(void *context)
{
    struct checkpoint *checkpoint = context;
    sqlite3 *handle = NULL;

    while (wait(checkpoint)) {
        handle = handle == NULL ? handle_open(checkpoint) : handle;
        if (handle != NULL && !checkpoint_broken(checkpoint)) {
            move(checkpoint, handle);
        }
    }
    (void)sqlite3_close(handle);
    return NULL;
}

enum os_status checkpoint_start(struct checkpoint **ret_checkpoint, const char *path)
{
    struct checkpoint *checkpoint = memory_allocate(sizeof(*checkpoint));

    if (checkpoint == NULL) {
        return OS_EXHAUSTED;
    }
    *checkpoint = (struct checkpoint){.path = path};
    os_mutex_init(&checkpoint->mutex);
    os_condition_init(&checkpoint->condition);
    const enum os_status status = os_thread_start(&checkpoint->thread, run, checkpoint);
    if (status != OS_OK) {
        checkpoint_end(checkpoint);
        return status;
    }
    *ret_checkpoint = checkpoint;
    return OS_OK;
}

void checkpoint_ask(struct checkpoint *checkpoint)
{
    os_mutex_lock(&checkpoint->mutex);
    checkpoint->asked = true;
    os_condition_wake(&checkpoint->condition);
    os_mutex_unlock(&checkpoint->mutex);
}

bool checkpoint_broken(struct checkpoint *checkpoint)
{
    os_mutex_lock(&checkpoint->mutex);
    const bool broken = checkpoint->broken;
    os_mutex_unlock(&checkpoint->mutex);
    return broken;
}

void checkpoint_end(struct checkpoint *checkpoint)
{
    if (checkpoint == NULL) {
        return;
    }
    os_mutex_lock(&checkpoint->mutex);
    checkpoint->ending = true;
    os_condition_wake(&checkpoint->condition);
    os_mutex_unlock(&checkpoint->mutex);
    os_thread_join(&checkpoint->thread);
    os_condition_release(&checkpoint->condition);
    os_mutex_release(&checkpoint->mutex);
    memory_free(checkpoint);
}
