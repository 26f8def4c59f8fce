/* The life of a group: packed into one journal record, made durable, applied, answered.
 *
 * A batch that only asks is not journalled: it is applied at its place in the group and lets no
 * time pass, so that the state stays what the journal gives. When something is due to expire, a
 * record that only lets time pass goes first. */
#include "engine/internal.h"

#include "ledger/command_pack.h"
#include "os/clock.h"

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

/* What is put into one record. */
struct group {
    uint8_t *payload;
    size_t size, capacity;
    uint32_t batches;
    uint64_t commands;
};

/* Adds a batch; false when the record has no room for it. */
static bool group_add(struct group *group, const struct engine_batch *batch)
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
    group->batches++;
    group->commands += batch->count;
    return true;
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

/* Makes the group durable. */
static enum engine_status group_write(struct engine *engine, struct group *group, time_us now,
                                      struct journal_point *ret_point)
{
    const struct journal_entry entry = {
        .payload_size = (uint32_t)group->size,
        .time = now,
        .count = engine->figures.commands,
    };
    const uint64_t start = os_clock_monotonic_ns();

    memcpy(group->payload, &group->batches, sizeof(group->batches));
    const enum journal_status status =
        journal_append(engine->journal, &entry, ret_point, &engine->error);
    if (status != JOURNAL_OK) {
        engine->figures.disk_full += status == JOURNAL_FULL;
        engine->failed = !journal_status_again(status);
        return engine->failed ? ENGINE_FAILED : ENGINE_DISK_FULL;
    }
    latency_note(&engine->figures, os_clock_monotonic_ns() - start);
    engine->figures.records++;
    engine->figures.commands += group->commands;
    engine->figures.commands_behind += group->commands;
    engine->figures.journal_bytes += group->size;
    return ENGINE_OK;
}

static void batch_run(struct engine *engine, struct engine_batch *batch, bool journalled,
                      const struct journal_point *point, time_us now, uint32_t *first_command)
{
    if (journalled && !batch->keep_at) {
        ledger_pass_time(engine->ledger, now);
        effects_note(&engine->history, engine->ledger, *first_command, point->sequence,
                     point->position);
    }
    ledger_apply(engine->ledger, batch->results, batch->commands, batch->count);
    effects_note(&engine->history, engine->ledger, *first_command, point->sequence,
                 point->position);
    *first_command += journalled ? (uint32_t)batch->count : 0;
    batch_answer(batch, ENGINE_OK);
}

/* How one batch stands to the group that is being made. */
enum admission { ADMIT_ASKS, ADMIT_PACKED, ADMIT_REFUSED, ADMIT_NEXT_GROUP };

static enum admission batch_admit(struct engine *engine, struct group *group,
                                  struct engine_batch *batch)
{
    if (batch->count > engine->options.ledger.commands_max) {
        batch->status = ENGINE_TOO_LARGE;
        return ADMIT_REFUSED;
    }
    if (batch_only_asks(batch)) {
        return ADMIT_ASKS;
    }
    if (!ledger_has_room(engine->ledger, group->commands + batch->count)) {
        batch->status = ENGINE_TABLES_FULL;
        return ADMIT_REFUSED;
    }
    if (group_add(group, batch)) {
        return ADMIT_PACKED;
    }
    if (group->batches > 0) {
        return ADMIT_NEXT_GROUP;
    }
    batch->status = ENGINE_TOO_LARGE;
    return ADMIT_REFUSED;
}

/* Takes what fits one record off the queue and decides it. */
static enum engine_status group_commit(struct engine *engine, time_us now)
{
    struct group group = {.payload = journal_payload(engine->journal),
                          .size = sizeof(group.batches),
                          .capacity = journal_payload_max(engine->journal)};
    struct engine_batch *batches = NULL;
    struct engine_batch **end = &batches;
    struct journal_point point = {0};
    enum engine_status written = ENGINE_OK;
    uint32_t first_command = 0;

    while (engine->taken != NULL) {
        struct engine_batch *batch = engine->taken;
        batch->status = ENGINE_OK;
        const enum admission admission = batch_admit(engine, &group, batch);
        if (admission == ADMIT_NEXT_GROUP) {
            break;
        }
        engine->taken = batch->next;
        batch->next = NULL;
        batch->journalled = admission == ADMIT_PACKED;
        *end = batch;
        end = &batch->next;
    }
    if (group.batches > 0) {
        written = group_write(engine, &group, now, &point);
        REQUIRE(written != ENGINE_FAILED, written);
    }
    while (batches != NULL) {
        struct engine_batch *batch = batches;
        batches = batch->next;
        if (batch->status != ENGINE_OK || (batch->journalled && written != ENGINE_OK)) {
            batch_answer(batch, batch->status != ENGINE_OK ? batch->status : written);
        } else {
            batch_run(engine, batch, batch->journalled, &point, now, &first_command);
        }
    }
    return ENGINE_OK;
}

/* Writes a record that only lets time pass, when something is due. A full disk is no error here:
 * time passes with the next record that can be written. */
static enum engine_status time_commit(struct engine *engine, time_us now)
{
    const time_us deadline = ledger_next_deadline(engine->ledger);
    struct group group = {.payload = journal_payload(engine->journal),
                          .size = sizeof(group.batches)};
    struct journal_point point;

    if (deadline == TIME_NONE || deadline > now) {
        return ENGINE_OK;
    }
    const enum engine_status status = group_write(engine, &group, now, &point);
    if (status == ENGINE_OK) {
        ledger_pass_time(engine->ledger, now);
        effects_note(&engine->history, engine->ledger, 0, point.sequence, point.position);
    }
    return status == ENGINE_FAILED ? status : ENGINE_OK;
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
    if (engine->last == NULL) {
        engine->first = batch;
    } else {
        engine->last->next = batch;
    }
    engine->last = batch;
}

bool engine_pending(const struct engine *engine)
{
    return engine->first != NULL;
}

enum engine_status engine_commit(struct engine *engine, time_us now)
{
    const uint64_t before = engine->history.total;

    REQUIRE(!engine->failed, ENGINE_FAILED);
    if (engine->first != NULL) {
        TRY(time_commit(engine, now));
    }
    /* What `done` submits is of the next commit. */
    engine->taken = engine->first;
    engine->first = NULL;
    engine->last = NULL;
    while (engine->taken != NULL) {
        TRY(group_commit(engine, now));
    }
    history_flush(&engine->history);
    listeners_call(engine, before);
    return ENGINE_OK;
}

static void nothing_to_do(struct engine_batch *batch)
{
    (void)batch;
}

enum engine_status engine_apply(struct engine *engine, const struct ledger_command *commands,
                                struct ledger_result *results, size_t count, bool keep_at,
                                time_us now)
{
    struct engine_batch batch = {.commands = commands,
                                 .count = count,
                                 .results = results,
                                 .keep_at = keep_at,
                                 .done = nothing_to_do};

    engine_submit(engine, &batch);
    TRY(engine_commit(engine, now));
    return batch.status;
}

enum engine_status engine_tick(struct engine *engine, time_us now)
{
    const uint64_t before = engine->history.total;

    REQUIRE(!engine->failed, ENGINE_FAILED);
    TRY(time_commit(engine, now));
    history_flush(&engine->history);
    listeners_call(engine, before);
    engine->figures.room = journal_prepare(engine->journal) == JOURNAL_OK;
    return snapshot_tick(engine);
}
