/* Snapshots: the ledger's state and the newest event of each limit, written by a child process that
 * has a copy of this one's memory, so that nothing stops meanwhile; and the state at an earlier
 * time, read from them. */
#include "engine/internal.h"

#include "os/pages.h"

enum { COPY_SPARE = 1 << 20 };

#define SNAPSHOT_START_MAGIC 0x31307061736E7348ULL /* "Hsnsap01" */

/* What stands before the state of the ledger: what the snapshot relies on beside the journal. */
struct snapshot_start {
    uint64_t magic;
    struct archive_point archive;
};

_Static_assert(sizeof(struct snapshot_start) == 56, "stored as it lies in memory");

/* ---- writing ---- */

struct writing {
    struct snapshot_writer *writer;
    struct journal_error *error;
};

static int sink_write(void *context, const void *data, size_t size)
{
    struct writing *writing = context;

    return (int)snapshot_writer_add(writing->writer, data, size, writing->error);
}

/* Writes a snapshot of the state as it is; in this process. */
static enum journal_status state_write(struct engine *engine, struct journal_error *error)
{
    struct writing writing = {.error = error};
    const struct ledger_sink sink = {sink_write, &writing};
    const uint64_t limits = ledger_limits_count(engine->ledger);

    history_flush_all(&engine->history);
    if (!history_sync(&engine->history)) {
        return JOURNAL_FULL; /* a snapshot must not stand before its events */
    }
    const struct snapshot_start start = {SNAPSHOT_START_MAGIC,
                                         archive_point(engine->leaving.archive)};
    enum journal_status status = snapshot_writer_open(
        engine->journal, engine->options.snapshot_block, &writing.writer, error);
    REQUIRE(status == JOURNAL_OK, status);
    status = snapshot_writer_add(writing.writer, &start, sizeof(start), error);
    if (status == JOURNAL_OK) {
        status = (enum journal_status)ledger_save(engine->ledger, &sink);
    }
    if (status == JOURNAL_OK && limits > 0) {
        status = snapshot_writer_add(writing.writer, engine->history.chains,
                                     limits * sizeof(uint64_t), error);
    }
    if (status != JOURNAL_OK) {
        snapshot_writer_abandon(writing.writer);
        return status;
    }
    return snapshot_writer_finish(writing.writer, SNAPSHOT_KEEP_DEFAULT, error);
}

/* How the child ends: the parent must know of a sync that failed, for no later one is believed. */
enum { CHILD_DONE, CHILD_FAILED, CHILD_SYNC_FAILED };

static int child_work(int pipe_fd, void *context)
{
    struct engine *engine = context;
    struct journal_error error;

    (void)pipe_fd;
    if (state_write(engine, &error) == JOURNAL_OK) {
        return CHILD_DONE;
    }
    return engine->history.sync_failed ? CHILD_SYNC_FAILED : CHILD_FAILED;
}

/* ---- the copy ---- */

static size_t copy_bytes(const struct engine *engine)
{
    return ledger_fork_bytes(engine->ledger) +
           ledger_limits_count(engine->ledger) * sizeof(*engine->history.chains);
}

static void copy_populate(void *context)
{
    const struct state_copy *copy = context;

    os_pages_populate(copy->pages, copy->bytes);
}

static void copy_release(struct state_copy *copy)
{
    os_worker_end(copy->worker);
    os_pages_release(copy->pages, copy->bytes);
    *copy = (struct state_copy){0};
}

/* Begins to get the memory for it, with room for limits that are opened meanwhile. */
static void copy_begin(struct engine *engine)
{
    struct state_copy *copy = &engine->copy;
    const size_t bytes = copy_bytes(engine);

    copy->bytes = bytes + bytes / 4 + COPY_SPARE;
    copy->pages = os_pages_reserve(copy->bytes, true);
    if (copy->pages != NULL && os_worker_start(&copy->worker, copy_populate, copy) != OS_OK) {
        copy->worker = NULL;
    }
}

/* Copies, where there is room; without it the child shares the tables as they are. */
static bool copy_take(struct engine *engine)
{
    struct state_copy *copy = &engine->copy;

    if (copy->pages == NULL || copy_bytes(engine) > copy->bytes) {
        return false;
    }
    ledger_fork_begin(engine->ledger, copy->pages);
    memcpy((char *)copy->pages + ledger_fork_bytes(engine->ledger), engine->history.chains,
           ledger_limits_count(engine->ledger) * sizeof(*engine->history.chains));
    os_pages_inherit(engine->history.chains, engine->history.chains_bytes, false);
    return true;
}

/* In the child. */
static int copy_work(int pipe_fd, void *context)
{
    struct engine *engine = context;

    engine->history.chains =
        (void *)((char *)engine->copy.pages + ledger_fork_bytes(engine->ledger));
    ledger_fork_child(engine->ledger, engine->copy.pages);
    return child_work(pipe_fd, context);
}

bool snapshot_ready(const struct engine *engine)
{
    return engine->snapshot_wanted && !engine->is_writing &&
           engine->leaving.step !=
               LEAVING_RETIRED && /* what is half out would be put out at once */
           (engine->copy.worker == NULL || os_worker_done(engine->copy.worker));
}

static enum os_status child_start(struct engine *engine)
{
    history_flush_all(&engine->history);
    const bool copied = copy_take(engine);
    const enum os_status status =
        os_child_start_sharing(&engine->snapshot, copied ? copy_work : child_work, engine);
    if (copied) {
        ledger_fork_end(engine->ledger);
        os_pages_inherit(engine->history.chains, engine->history.chains_bytes, true);
    }
    copy_release(&engine->copy);
    return status;
}

enum engine_status engine_snapshot_begin(struct engine *engine)
{
    if (engine->snapshot.pid > 0) {
        return ENGINE_OK;
    }
    if (engine->writer != NULL && !engine->snapshot_wanted) {
        copy_begin(engine);
        engine->snapshot_wanted = true;
    }
    if (engine->snapshot_wanted && !snapshot_ready(engine)) {
        return ENGINE_OK; /* it begins when the copy is ready and no record is on its way */
    }
    engine->snapshot_wanted = false;
    leaving_settle(&engine->leaving, engine->ledger);
    if (child_start(engine) != OS_OK) {
        engine->snapshot = (struct os_child){0};
        engine->figures.snapshots_failed++;
        return ENGINE_NO_MEMORY;
    }
    history_cut(&engine->history);
    engine->snapshot_due = engine->figures.journal_bytes + engine->options.snapshot_bytes;
    engine->snapshot_covers = engine->figures.commands_behind;
    engine->snapshot_relies = archive_point(engine->leaving.archive).batches;
    return ENGINE_OK;
}

enum engine_status engine_snapshot(struct engine *engine)
{
    snapshot_abandon(engine);
    while (engine->is_writing) {
        engine_settle(engine);
        TRY(engine_commit(engine, engine->writing.time));
    }
    leaving_settle(&engine->leaving, engine->ledger);
    const enum journal_status status = state_write(engine, &engine->error);
    engine->figures.snapshots += status == JOURNAL_OK;
    engine->figures.snapshots_failed += status != JOURNAL_OK;
    if (status == JOURNAL_OK) {
        leaving_kept(&engine->leaving, archive_point(engine->leaving.archive).batches);
        engine->figures.commands_behind = 0;
        return ENGINE_OK;
    }
    return status == JOURNAL_FULL ? ENGINE_DISK_FULL : ENGINE_JOURNAL;
}

enum engine_status snapshot_tick(struct engine *engine)
{
    char byte;
    size_t got;

    if (engine->snapshot.pid > 0) {
        if (os_child_read(&engine->snapshot, &byte, 1, &got) == OS_ENDED) {
            const int ended = os_child_end(&engine->snapshot);
            const bool done = ended == CHILD_DONE;
            engine->history.sync_failed |= ended == CHILD_SYNC_FAILED;
            if (done) {
                history_synced(&engine->history);
                leaving_kept(&engine->leaving, engine->snapshot_relies);
            }
            engine->snapshot = (struct os_child){0};
            engine->figures.snapshots += done;
            engine->figures.commands_behind -= done ? engine->snapshot_covers : 0;
            engine->figures.snapshots_failed += !done;
        }
    } else if ((engine->figures.journal_bytes >= engine->snapshot_due || engine->snapshot_wanted) &&
               engine_snapshot_begin(engine) != ENGINE_OK) {
        engine->snapshot_due += engine->options.snapshot_bytes; /* tried again after as much more */
    }
    return ENGINE_OK;
}

void snapshot_abandon(struct engine *engine)
{
    copy_release(&engine->copy);
    engine->snapshot_wanted = false;
    if (engine->snapshot.pid > 0) {
        (void)os_child_end(&engine->snapshot);
        engine->snapshot = (struct os_child){0};
    }
}

/* ---- reading ---- */

struct reading {
    struct snapshot_reader *reader;
    struct journal_error *error;
    struct os_worker *worker; /* commits the parts meanwhile */
    struct ledger_ahead parts[LEDGER_COMING_MAX];
    size_t parts_count;
};

static void parts_commit(void *context)
{
    const struct reading *reading = context;

    for (size_t i = 0; i < reading->parts_count; i++) {
        ahead_commit(&reading->parts[i]);
    }
}

/* A fresh page costs more than what is read into it: a second core makes them ready. */
static void parts_coming(void *context, const struct ledger_ahead *parts, size_t count)
{
    struct reading *reading = context;

    memcpy(reading->parts, parts, count * sizeof(*parts));
    reading->parts_count = count;
    if (os_worker_start(&reading->worker, parts_commit, reading) != OS_OK) {
        reading->worker = NULL; /* the first touches do it then */
    }
}

static int source_read(void *context, void *data, size_t size)
{
    struct reading *reading = context;

    return (int)snapshot_reader_read(reading->reader, data, size, reading->error);
}

static enum journal_status start_read(struct snapshot_reader *reader,
                                      struct snapshot_start *ret_start, struct journal_error *error)
{
    TRY(snapshot_reader_read(reader, ret_start, sizeof(*ret_start), error));
    if (ret_start->magic != SNAPSHOT_START_MAGIC) {
        *error = (struct journal_error){.status = JOURNAL_SNAPSHOT_MISMATCH,
                                        .cause = "the snapshot is of another version"};
        return error->status;
    }
    return JOURNAL_OK;
}

uint64_t snapshot_relies_on(struct engine *engine, uint64_t sequence)
{
    struct snapshot_reader *reader;
    struct snapshot_start start = {0};
    struct journal_point point;
    struct journal_error error;

    if (snapshot_reader_open(engine->journal, sequence, &reader, &point, &error) != JOURNAL_OK) {
        return 0;
    }
    const bool read = start_read(reader, &start, &error) == JOURNAL_OK;
    snapshot_reader_close(reader);
    return read ? start.archive.batches : 0;
}

/* Archive and state; both must tell of the same. */
static bool state_load(struct engine *engine, const struct loading *loading,
                       struct reading *reading)
{
    const struct ledger_source source = {
        .read = source_read,
        .context = reading,
        .coming = engine->options.wake != NULL ? parts_coming : NULL,
    };
    struct snapshot_start start;
    struct hash_sum sum;
    uint64_t count;

    REQUIRE(start_read(reading->reader, &start, &engine->error) == JOURNAL_OK &&
                leaving_begin(loading->leaving, loading->ledger, &start.archive, &engine->error) ==
                    JOURNAL_OK &&
                ledger_load(loading->ledger, &source) == 0,
            false);
    ledger_archived(loading->ledger, &count, &sum);
    return count == start.archive.entries && hash_sum_equal(&sum, &start.archive.sum);
}

enum engine_status snapshot_load(struct engine *engine, const struct loading *loading,
                                 uint64_t sequence, struct journal_point *ret_point)
{
    struct reading reading = {.error = &engine->error};
    struct ledger *ledger = loading->ledger;
    uint64_t *chains = loading->chains;
    struct journal_point point;

    REQUIRE(snapshot_reader_open(engine->journal, sequence, &reading.reader, &point,
                                 &engine->error) == JOURNAL_OK,
            ENGINE_JOURNAL);
    bool loaded = state_load(engine, loading, &reading);
    os_worker_end(reading.worker);
    const uint64_t bytes = ledger_limits_count(ledger) * sizeof(uint64_t);
    if (loaded && chains != NULL) {
        loaded = (bytes == 0 || snapshot_reader_read(reading.reader, chains, bytes,
                                                     &engine->error) == JOURNAL_OK) &&
                 snapshot_reader_end(reading.reader, &engine->error) == JOURNAL_OK;
    }
    snapshot_reader_close(reading.reader);
    REQUIRE(loaded, ENGINE_JOURNAL);
    *ret_point = point;
    return ENGINE_OK;
}

/* ---- an earlier time ---- */

/* A ledger from the newest snapshot that stands not later than `at`, or a new one. */
static struct ledger *ledger_before(struct engine *engine, time_us at,
                                    struct journal_point *ret_point)
{
    uint64_t sequences[SNAPSHOT_LIST_MAX];
    unsigned count = 0;

    *ret_point = (struct journal_point){0};
    if (snapshot_list(engine->journal, sequences, &count, &engine->error) != JOURNAL_OK) {
        count = 0;
    }
    for (unsigned i = 0; i < count; i++) {
        struct ledger *ledger = ledger_open(&engine->options.ledger);
        const struct loading loading = {.ledger = ledger, .leaving = &engine->past};

        if (ledger == NULL) {
            return NULL;
        }
        leaving_close(&engine->past);
        if (leaving_open(engine, &engine->past, NULL, true) == ENGINE_OK &&
            snapshot_load(engine, &loading, sequences[i], ret_point) == ENGINE_OK &&
            ledger_time(ledger) <= at) {
            return ledger;
        }
        ledger_free(ledger);
        *ret_point = (struct journal_point){0};
    }
    return ledger_open(&engine->options.ledger);
}

struct until {
    struct ledger *ledger;
    struct ledger_result *results;
    time_us at, time;
};

/* Applies the commands of a batch whose time is not after the moment asked for. */
static bool batch_until(void *context, const struct ledger_command *commands, size_t count,
                        bool keep_at)
{
    struct until *until = context;

    if (!keep_at) {
        REQUIRE(until->time <= until->at, false);
        ledger_pass_time(until->ledger, until->time);
    }
    for (size_t i = 0; keep_at && i < count; i++) {
        if (commands[i].at != TIME_NONE && commands[i].at > until->at) {
            return false; /* a batch that carries its own times is taken whole or not at all */
        }
    }
    ledger_apply(until->ledger, until->results, commands, count);
    return true;
}

enum engine_status engine_state_at(struct engine *engine, struct ledger **ret_ledger, time_us at)
{
    struct journal_point point;
    struct journal_reader *reader;
    struct journal_record record;
    struct arena arena;
    struct until until = {.at = at};
    const struct group_visitor visitor = {batch_until, &until};
    enum journal_status status;

    until.results = memory_allocate(engine->options.ledger.commands_max * sizeof(*until.results));
    until.ledger = ledger_before(engine, at, &point);
    status = until.ledger == NULL || until.results == NULL ? JOURNAL_NO_MEMORY
                                                           : reader_behind(engine, &point, &reader);
    if (status != JOURNAL_OK) {
        memory_free(until.results);
        ledger_free(until.ledger);
        return status == JOURNAL_NO_MEMORY ? ENGINE_NO_MEMORY : ENGINE_JOURNAL;
    }
    arena_init(&arena, 1UL << 30);
    while ((status = journal_reader_next(reader, &record, &engine->error)) == JOURNAL_OK) {
        until.time = record.time;
        arena_reset(&arena);
        if (!group_read(&arena, record.payload, &visitor)) {
            break;
        }
        if (record.time <= at) {
            ledger_pass_time(until.ledger, record.time);
        }
    }
    ledger_pass_time(until.ledger, at);
    arena_release(&arena);
    journal_reader_close(reader);
    memory_free(until.results);
    const bool found = engine->past.archive == NULL || !leaving_failed(&engine->past);
    if ((status != JOURNAL_OK && status != JOURNAL_END) || !found) {
        if (!found) {
            engine->error = *archive_failure(engine->past.archive);
        }
        ledger_free(until.ledger);
        return ENGINE_JOURNAL;
    }
    *ret_ledger = until.ledger;
    return ENGINE_OK;
}
