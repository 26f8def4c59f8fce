#include "store/store_checkpoint.h"

#include "base/arena.h"
#include "os/clock.h"
#include "os/thread.h"
#include "store/store_vfs.h"

struct checkpoint {
    const char *path;
    struct os_thread thread;
    struct os_mutex mutex; /* of what follows */
    struct os_condition condition;
    bool asked;
    bool moving;
    bool hurried;
    bool ending;
    bool broken;
    int asked_at;  /* pages of the log when a move was last asked for */
    int moved;     /* ... of which so many are in the database */
    int helped_at; /* ... when a commit last moved the rest */
    /* Of the thread alone. */
    struct store_pace pace;
    uint64_t portion_began_ns;
};

/* Waits until there is something to do; false when the thread is to end. */
static bool wait(struct checkpoint *checkpoint)
{
    os_mutex_lock(&checkpoint->mutex);
    checkpoint->moving = false;
    while (!checkpoint->asked && !checkpoint->ending) {
        os_condition_wait(&checkpoint->condition, &checkpoint->mutex);
    }
    const bool more = !checkpoint->ending;
    checkpoint->asked = false;
    checkpoint->moving = more;
    os_mutex_unlock(&checkpoint->mutex);
    return more;
}

/* Behind a portion: the disk is left to others as long as it took. Where there is no time for that,
 * the rest goes at once: a sync a portion could not keep up with a bulk load. */
static void pause(void *context)
{
    struct checkpoint *checkpoint = context;
    const uint64_t now_ns = os_clock_monotonic_ns();
    const uint64_t took_ns = now_ns - checkpoint->portion_began_ns;
    const uint64_t most_ns = CHECKPOINT_PAUSE_MAX_MS * OS_NS_PER_MS;
    const uint64_t until_ns = now_ns + (took_ns < most_ns ? took_ns : most_ns);
    bool waits = true;

    os_mutex_lock(&checkpoint->mutex);
    while (waits && !checkpoint->hurried && !checkpoint->ending) {
        waits = os_condition_wait_until(&checkpoint->condition, &checkpoint->mutex, until_ns);
    }
    checkpoint->pace.portion = checkpoint->hurried ? 0 : CHECKPOINT_PORTION;
    os_mutex_unlock(&checkpoint->mutex);
    checkpoint->portion_began_ns = os_clock_monotonic_ns();
}

/* Of the log, what no reader needs any more is moved; the rest at the next time. What fails leaves
 * the log as it is, so that nothing is lost; but a sync that failed is not believed afterwards. */
static void move(struct checkpoint *checkpoint, sqlite3 *handle)
{
    int moved = 0;

    os_mutex_lock(&checkpoint->mutex);
    checkpoint->pace.portion = checkpoint->hurried ? 0 : CHECKPOINT_PORTION;
    os_mutex_unlock(&checkpoint->mutex);
    checkpoint->pace.written = 0;
    checkpoint->portion_began_ns = os_clock_monotonic_ns();
    const int result =
        sqlite3_wal_checkpoint_v2(handle, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, &moved);
    const int extended = sqlite3_extended_errcode(handle);
    os_mutex_lock(&checkpoint->mutex);
    if (result == SQLITE_OK && moved > 0) {
        checkpoint->moved = moved;
    }
    if (result != SQLITE_OK &&
        (extended == SQLITE_IOERR_FSYNC || extended == SQLITE_IOERR_DIR_FSYNC)) {
        checkpoint->broken = true;
    }
    os_mutex_unlock(&checkpoint->mutex);
}

/* A connection knows that there is a log once it has read. */
static sqlite3 *handle_open(struct checkpoint *checkpoint)
{
    sqlite3 *handle = NULL;
    const int opened = sqlite3_open_v2(checkpoint->path, &handle,
                                       SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, STORE_VFS_NAME);

    if (opened == SQLITE_OK &&
        sqlite3_busy_timeout(handle, CHECKPOINT_BUSY_TIMEOUT_MS) == SQLITE_OK &&
        sqlite3_exec(handle, "PRAGMA synchronous = FULL; SELECT count(*) FROM sqlite_schema", NULL,
                     NULL, NULL) == SQLITE_OK &&
        sqlite3_file_control(handle, "main", STORE_VFS_PACE, &checkpoint->pace) == SQLITE_OK) {
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
    checkpoint->pace = (struct store_pace){.pause = pause, .context = checkpoint};
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

/* A log that is shorter than it was began anew. */
static void began_anew(struct checkpoint *checkpoint, int pages)
{
    if (pages < checkpoint->asked_at || pages < checkpoint->moved ||
        pages < checkpoint->helped_at) {
        checkpoint->asked_at = checkpoint->moved = checkpoint->helped_at = 0;
    }
}

/* Once in CHECKPOINT_PAGES; and of a long log as often as the thread can, until little is left. */
static bool move_is_due(const struct checkpoint *checkpoint, int pages)
{
    const int more = pages - checkpoint->asked_at;

    return more >= CHECKPOINT_PAGES ||
           (pages >= CHECKPOINT_PAGES_LONG && !checkpoint->moving &&
            more >= CHECKPOINT_PAGES_REST && pages - checkpoint->moved > CHECKPOINT_PAGES_REST);
}

bool checkpoint_grew(struct checkpoint *checkpoint, int pages)
{
    bool helps = false;

    os_mutex_lock(&checkpoint->mutex);
    began_anew(checkpoint, pages);
    checkpoint->hurried = pages >= CHECKPOINT_PAGES_HURRY;
    if (move_is_due(checkpoint, pages)) {
        checkpoint->asked = true;
        checkpoint->asked_at = pages;
        os_condition_wake(&checkpoint->condition);
    } else if (pages >= CHECKPOINT_PAGES_LONG && !checkpoint->asked && !checkpoint->moving &&
               pages - checkpoint->moved <= CHECKPOINT_PAGES_REST) {
        /* A reader may still stand in the way; that is not tried at each commit. */
        helps = pages >= checkpoint->helped_at + CHECKPOINT_PAGES_REST;
        checkpoint->helped_at = helps ? pages : checkpoint->helped_at;
    }
    os_mutex_unlock(&checkpoint->mutex);
    return helps || pages >= CHECKPOINT_PAGES_WAITING;
}

void checkpoint_moved(struct checkpoint *checkpoint, int moved)
{
    os_mutex_lock(&checkpoint->mutex);
    checkpoint->moved = moved;
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
