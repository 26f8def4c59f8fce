/* The life of a group: packed into one journal record, made durable, applied, answered.
 *
 * A group is gathered while the one before is written. When that write ends, the next one begins at
 * once, and what it made durable is decided and answered while the next is on its way: the disk and
 * the processor work at the same time, and still nothing is applied before it is durable. Without a
 * writer each write is waited for.
 *
 * A batch that only asks is not journalled: it is applied at its place in the group and lets no
 * time pass, so that the state stays what the journal gives. When something is due to expire, a
 * record that only lets time pass goes first. */
#include "engine/internal.h"

#include "ledger/command_pack.h"
#include "os/clock.h"

/* What a tick is worth for what leaves memory, in commands. */
enum { CLOSED_LEAVE_IDLE = 4096 };

static bool batch_only_asks(const struct engine_batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        const struct ledger_command *command = &batch->commands[i];
        const bool asks = command->op == LEDGER_OP_CHECK || command->op == LEDGER_OP_GET ||
                          command->form != LEDGER_OK;
        if (!asks || (batch->keep_at && command->at != TIME_NONE)) {
            return false;
        }
    }
    return true;
}

/* Adds a batch to the payload; false when the record has no room for it. */
static bool group_pack(struct group *group, const struct engine_batch *batch)
{
    uint8_t *out = group->payload + group->size;
    uint8_t *const end = group->payload + group->capacity;
    const uint32_t count = (uint32_t)batch->count;

    if ((size_t)(end - out) < 1 + sizeof(count)) {
        return false;
    }
    *out++ = batch->keep_at ? 1 : 0;
    memcpy(out, &count, sizeof(count));
    out += sizeof(count);
    for (size_t i = 0; i < batch->count; i++) {
        if ((size_t)(end - out) < COMMAND_PACKED_MAX) {
            return false;
        }
        out += command_pack(out, &batch->commands[i]);
    }
    group->size = (size_t)(out - group->payload);
    group->packed++;
    group->commands += batch->count;
    return true;
}

void group_begin(struct engine *engine, struct group *group, unsigned buffer)
{
    *group = (struct group){
        .buffer = buffer,
        .payload = journal_payload(engine->journal, buffer),
        .size = sizeof(group->packed),
        .capacity = journal_payload_max(engine->journal),
    };
}

static void batch_answer(struct engine_batch *batch, enum engine_status status)
{
    batch->status = status;
    batch->done(batch);
}

static void latency_note(struct engine_figures *figures, uint64_t ns)
{
    const uint64_t us = ns / 1000;
    const unsigned place = us == 0 ? 0 : 64U - (unsigned)__builtin_clzll(us);

    figures->sync_ns += ns;
    figures->sync_ns_max = ns > figures->sync_ns_max ? ns : figures->sync_ns_max;
    figures->sync_histogram[place > 31 ? 31 : place]++;
}

/* ---- writing ---- */

/* In the writer's thread, where there is one: the journal and the group are its own meanwhile. */
static void group_append(void *context)
{
    struct engine *engine = context;
    struct group *group = &engine->writing;
    const struct journal_entry entry = {
        .buffer = group->buffer,
        .payload_size = (uint32_t)group->size,
        .time = group->time,
        .count = group->first_number,
    };
    const uint64_t start = os_clock_monotonic_ns();

    group->written = journal_append(engine->journal, &entry, &group->point, &group->error);
    group->took_ns = os_clock_monotonic_ns() - start;
}

static void write_begin(struct engine *engine, const struct group *group, time_us now)
{
    check(!engine->is_writing);
    engine->writing = *group;
    engine->writing.time = now;
    engine->writing.first_number = engine->figures.commands;
    memcpy(group->payload, &group->packed, sizeof(group->packed));
    engine->is_writing = true;
    if (engine->writer == NULL) {
        group_append(engine);
    } else {
        os_writer_give(engine->writer, group_append, engine);
    }
}

/* Takes the outcome of the write that has ended. */
static enum engine_status write_end(struct engine *engine)
{
    const struct group *group = &engine->writing;
    struct engine_figures *figures = &engine->figures;

    engine->is_writing = false;
    if (group->written != JOURNAL_OK) {
        engine->error = group->error;
        figures->disk_full += group->written == JOURNAL_FULL;
        engine->failed = !journal_status_again(group->written);
        return engine->failed ? ENGINE_FAILED : ENGINE_DISK_FULL;
    }
    if (engine->reader != NULL) {
        journal_reader_advance(engine->reader, engine->journal);
    }
    latency_note(figures, group->took_ns);
    figures->records++;
    figures->commands += group->commands;
    figures->commands_behind += group->commands;
    figures->journal_bytes += group->size;
    return ENGINE_OK;
}

void engine_settle(struct engine *engine)
{
    if (engine->writer != NULL) {
        os_writer_wait(engine->writer);
    }
}

static bool write_under_way(const struct engine *engine)
{
    return engine->is_writing && engine->writer != NULL && os_writer_busy(engine->writer);
}

/* ---- gathering ---- */

/* How one batch stands to the group that is being gathered. */
enum admission { ADMIT_ASKS, ADMIT_PACKED, ADMIT_REFUSED, ADMIT_NEXT_GROUP };

static enum admission batch_admit(struct engine *engine, struct engine_batch *batch)
{
    struct group *group = &engine->gathering;
    const uint64_t ahead = group->commands + (engine->is_writing ? engine->writing.commands : 0);

    if (batch->count > engine->options.ledger.commands_max) {
        batch->status = ENGINE_TOO_LARGE;
        return ADMIT_REFUSED;
    }
    if (batch_only_asks(batch)) {
        return ADMIT_ASKS;
    }
    if (!ledger_has_room(engine->ledger, ahead + batch->count)) {
        batch->status = ENGINE_TABLES_FULL;
        return ADMIT_REFUSED;
    }
    if (group_pack(group, batch)) {
        return ADMIT_PACKED;
    }
    if (group->packed > 0) {
        return ADMIT_NEXT_GROUP;
    }
    batch->status = ENGINE_TOO_LARGE;
    return ADMIT_REFUSED;
}

/* Takes what fits one record off the queue. */
static void group_gather(struct engine *engine)
{
    struct group *group = &engine->gathering;

    while (engine->taken != NULL) {
        struct engine_batch *batch = engine->taken;
        batch->status = ENGINE_OK;
        const enum admission admission = batch_admit(engine, batch);
        if (admission == ADMIT_NEXT_GROUP) {
            return;
        }
        engine->taken = batch->next;
        batch->next = NULL;
        batch->journalled = admission == ADMIT_PACKED;
        if (group->first == NULL) {
            group->first = batch;
        } else {
            group->last->next = batch;
        }
        group->last = batch;
    }
}

/* ---- deciding ---- */

static void archive_fail(struct engine *engine)
{
    engine->error = *archive_failure(engine->leaving.archive);
    engine->failed = true;
}

/* What is closed leaves memory, at the pace at which more of it comes. */
static void closed_leave(struct engine *engine, uint64_t commands)
{
    if (!engine->failed && leaving_go(&engine->leaving, engine->ledger, commands) != JOURNAL_OK) {
        archive_fail(engine);
    }
}

static void batch_run(struct engine *engine, struct engine_batch *batch, const struct group *group,
                      uint32_t *first_command)
{
    const bool journalled = batch->journalled;

    if (journalled && !batch->keep_at) {
        ledger_pass_time(engine->ledger, group->time);
        effects_note(&engine->history, engine->ledger, *first_command, group->point.sequence,
                     group->point.position);
    }
    ledger_apply(engine->ledger, batch->results, batch->commands, batch->count);
    if (UNLIKELY(leaving_failed(&engine->leaving))) {
        archive_fail(engine);
        return; /* what was decided without the archive is not answered */
    }
    effects_note(&engine->history, engine->ledger, *first_command, group->point.sequence,
                 group->point.position);
    *first_command += journalled ? (uint32_t)batch->count : 0;
    batch_answer(batch, ENGINE_OK);
}

/* Applies and answers the batches of a group whose record is durable (OK), was refused, or was not
 * needed (OK too). */
static void group_run(struct engine *engine, const struct group *group, enum engine_status written)
{
    struct engine_batch *batches = group->first;
    uint32_t first_command = 0;

    if (group->only_time && written == ENGINE_OK) {
        ledger_pass_time(engine->ledger, group->time);
        effects_note(&engine->history, engine->ledger, 0, group->point.sequence,
                     group->point.position);
    }
    while (batches != NULL && !engine->failed) {
        struct engine_batch *batch = batches;

        batches = batch->next;
        if (batch->status != ENGINE_OK || (batch->journalled && written != ENGINE_OK)) {
            batch_answer(batch, batch->status != ENGINE_OK ? batch->status : written);
        } else {
            batch_run(engine, batch, group, &first_command);
        }
    }
    closed_leave(engine, group->commands);
}

/* ---- one after another ---- */

/* Whether what was gathered begins with a batch that lets time pass itself. */
static bool passes_time(const struct group *group)
{
    return group->first != NULL && group->first->journalled && !group->first->keep_at;
}

static bool time_is_due(const struct engine *engine, time_us now)
{
    const time_us deadline = ledger_next_deadline(engine->ledger);

    return deadline != TIME_NONE && deadline <= now && !engine->time_refused;
}

/* Writes a record that only lets time pass, before what was gathered. */
static void time_write_begin(struct engine *engine, time_us now)
{
    struct group group;

    group_begin(engine, &group, engine->gathering.buffer ^ 1U);
    group.only_time = true;
    write_begin(engine, &group, now);
}

static void gathered_write_begin(struct engine *engine, time_us now)
{
    const struct group group = engine->gathering;

    group_begin(engine, &engine->gathering, group.buffer ^ 1U);
    write_begin(engine, &group, now);
}

/* Begins what comes next, or decides at once what needs no record. False when there is nothing. */
static bool group_start(struct engine *engine, time_us now)
{
    group_gather(engine);
    const struct group *gathering = &engine->gathering;
    if (gathering->first == NULL) {
        return false;
    }
    if (!passes_time(gathering) && time_is_due(engine, now)) {
        time_write_begin(engine, now);
    } else if (gathering->packed > 0) {
        gathered_write_begin(engine, now);
    } else {
        const struct group asked = *gathering;
        group_begin(engine, &engine->gathering, asked.buffer);
        group_run(engine, &asked, ENGINE_OK);
    }
    return true;
}

/* Takes what the write that ended made durable. The next write begins before it is decided, unless
 * a snapshot waits for a moment without one. */
static enum engine_status group_finish(struct engine *engine, time_us now)
{
    const enum engine_status written = write_end(engine);
    const struct group group = engine->writing;

    REQUIRE(written != ENGINE_FAILED, written);
    engine->time_refused |= group.only_time && written != ENGINE_OK;
    if (engine->writer != NULL && !snapshot_ready(engine)) {
        group_gather(engine);
        if (engine->gathering.packed > 0 && passes_time(&engine->gathering)) {
            gathered_write_begin(engine, now);
        }
    }
    if (written == ENGINE_OK) {
        engine->applied = group.point;
    }
    group_run(engine, &group, written);
    if (snapshot_ready(engine)) {
        return engine_snapshot_begin(engine) == ENGINE_FAILED ? ENGINE_FAILED : ENGINE_OK;
    }
    return ENGINE_OK;
}

static void listeners_call(struct engine *engine, uint64_t before)
{
    const uint64_t last = engine->history.total;

    if (last == before) {
        return;
    }
    for (struct engine_listener *listener = engine->listeners; listener != NULL;) {
        struct engine_listener *next = listener->next;
        listener->events(listener, before + 1, last);
        listener = next;
    }
}

void engine_submit(struct engine *engine, struct engine_batch *batch)
{
    check(batch->count > 0 && batch->done != NULL);
    batch->next = NULL;
    if (engine->first == NULL) {
        engine->first = batch;
    } else {
        engine->last->next = batch;
    }
    engine->last = batch;
}

bool engine_pending(const struct engine *engine)
{
    return engine->first != NULL || engine->taken != NULL || engine->gathering.first != NULL ||
           engine->is_writing;
}

bool engine_waits(const struct engine *engine)
{
    return write_under_way(engine);
}

/* What `done` submits is of the next commit. */
static void queue_take(struct engine *engine)
{
    if (engine->first == NULL) {
        return;
    }
    if (engine->taken == NULL) {
        engine->taken = engine->first;
    } else {
        engine->taken_last->next = engine->first;
    }
    engine->taken_last = engine->last;
    engine->first = NULL;
}

/* Goes on until there is nothing to do or a write is waited for. */
static enum engine_status groups_advance(struct engine *engine, time_us now)
{
    for (;;) {
        REQUIRE(!engine->failed, ENGINE_FAILED);
        if (write_under_way(engine)) {
            group_gather(engine);
            return ENGINE_OK;
        }
        if (engine->is_writing) {
            TRY(group_finish(engine, now));
        } else if (!group_start(engine, now)) {
            return ENGINE_OK;
        }
    }
}

static enum engine_status advance_and_tell(struct engine *engine, time_us now)
{
    const uint64_t before = engine->history.total;

    REQUIRE(!engine->failed, ENGINE_FAILED);
    engine->time_refused = false;
    TRY(groups_advance(engine, now));
    history_flush(&engine->history);
    listeners_call(engine, before);
    return ENGINE_OK;
}

enum engine_status engine_commit(struct engine *engine, time_us now)
{
    queue_take(engine);
    return advance_and_tell(engine, now);
}

struct waited {
    struct engine_batch batch;
    bool done;
};

static void waited_done(struct engine_batch *batch)
{
    struct waited *waited =
        (struct waited *)(void *)((char *)batch - offsetof(struct waited, batch));

    waited->done = true;
}

enum engine_status engine_apply(struct engine *engine, const struct ledger_command *commands,
                                struct ledger_result *results, size_t count, bool keep_at,
                                time_us now)
{
    struct waited waited = {.batch = {.commands = commands,
                                      .count = count,
                                      .results = results,
                                      .keep_at = keep_at,
                                      .done = waited_done}};

    engine_submit(engine, &waited.batch);
    while (!waited.done) {
        TRY(engine_commit(engine, now));
        engine_settle(engine);
    }
    return waited.batch.status;
}

enum engine_status engine_tick(struct engine *engine, time_us now)
{
    REQUIRE(!engine->failed, ENGINE_FAILED);
    engine->time_refused = false;
    if (!engine->is_writing && time_is_due(engine, now)) {
        time_write_begin(engine, now);
    }
    TRY(advance_and_tell(engine, now));
    closed_leave(engine, CLOSED_LEAVE_IDLE);
    REQUIRE(!engine->failed, ENGINE_FAILED);
    if (!engine->is_writing) {
        engine->figures.room = journal_prepare(engine->journal) == JOURNAL_OK;
    }
    ahead_tick(engine);
    return snapshot_tick(engine);
}
