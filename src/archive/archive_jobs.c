/* What runs beside the caller: writing a batch, merging segments, growing a part of the filter. A
 * job reads what no longer changes, and writes what nobody looks at before it is reaped. */
#include <stdlib.h>

#include "base/arena.h"
#include "base/buffer.h"

#include "archive/archive_internal.h"

enum {
    STOP_EVERY = 4096, /* entries between two looks at whether the archive is being closed */
    BYTES_AHEAD = 16,  /* entries asked for before their turn: by hash, they lie all over */
};

enum journal_status job_start(struct job *job, bool thread, void (*run)(void *context),
                              void *context)
{
    check(!job->active);
    job->status = JOURNAL_OK;
    job->worker = NULL;
    if (thread) {
        REQUIRE(os_worker_start(&job->worker, run, context) == OS_OK, JOURNAL_NO_MEMORY);
    } else {
        run(context);
    }
    job->active = true;
    return JOURNAL_OK;
}

bool job_end(struct job *job, bool wait)
{
    if (!job->active || (job->worker != NULL && !wait && !os_worker_done(job->worker))) {
        return false;
    }
    os_worker_end(job->worker);
    job->worker = NULL;
    job->active = false;
    return true;
}

static bool stopped(const struct job *job)
{
    return atomic_load_explicit(job->stop, memory_order_relaxed);
}

/* ---- a batch ---- */

static int gathered_compare(const void *a, const void *b, void *context)
{
    const struct gathered *first = a;
    const struct gathered *second = b;
    const uint8_t *bytes = context;

    return entry_compare(first->hash, bytes + first->at, second->hash, bytes + second->at);
}

static enum journal_status batch_write(struct batch_job *batch, struct segment_writer *writer)
{
    const uint8_t *bytes = (const uint8_t *)batch->bytes.data;

    for (size_t i = 0; i < batch->count; i++) {
        if (i + BYTES_AHEAD < batch->count) {
            prefetch(bytes + batch->entries[i + BYTES_AHEAD].at);
        }
        TRY(segment_writer_add(writer, bytes + batch->entries[i].at, batch->entries[i].hash,
                               &batch->job.error));
    }
    return JOURNAL_OK;
}

void batch_job_run(void *context)
{
    struct batch_job *batch = context;
    struct segment_writer *writer = NULL;

    qsort_r(batch->entries, batch->count, sizeof(*batch->entries), gathered_compare,
            batch->bytes.data);
    batch->job.status = segment_writer_open(&batch->making, &writer, &batch->job.error);
    if (batch->job.status != JOURNAL_OK) {
        return;
    }
    batch->job.status = batch_write(batch, writer);
    if (batch->job.status != JOURNAL_OK) {
        segment_writer_abandon(writer);
        return;
    }
    batch->job.status = segment_writer_finish(writer, &batch->made, &batch->job.error);
}

/* ---- a merge ---- */

struct merging {
    struct segment_cursor cursors[MERGE_MAX];
    bool ended[MERGE_MAX];
    unsigned count;
};

static enum journal_status merging_advance(struct merging *merging, unsigned i,
                                           struct journal_error *error)
{
    const enum journal_status status = segment_cursor_next(&merging->cursors[i], error);

    merging->ended[i] = status == JOURNAL_END;
    return status == JOURNAL_END ? JOURNAL_OK : status;
}

/* The cursor whose entry comes first; `count` when all have ended. */
static unsigned merging_first(const struct merging *merging)
{
    unsigned first = merging->count;

    for (unsigned i = 0; i < merging->count; i++) {
        if (merging->ended[i]) {
            continue;
        }
        if (first == merging->count ||
            entry_compare(merging->cursors[i].hash, merging->cursors[i].bytes,
                          merging->cursors[first].hash, merging->cursors[first].bytes) < 0) {
            first = i;
        }
    }
    return first;
}

static enum journal_status merge_write(struct merge_job *merge, struct merging *merging,
                                       struct segment_writer *writer)
{
    struct journal_error *error = &merge->job.error;
    uint64_t done = 0;

    for (unsigned i = 0; i < merge->inputs_count; i++) {
        TRY(segment_cursor_open(&merging->cursors[i], merge->inputs[i], 0, error));
        merging->count++;
        TRY(merging_advance(merging, i, error));
    }
    for (unsigned i = merging_first(merging); i < merging->count; i = merging_first(merging)) {
        const struct segment_cursor *cursor = &merging->cursors[i];

        TRY(segment_writer_add(writer, cursor->bytes, cursor->hash, error));
        TRY(merging_advance(merging, i, error));
        if (++done % STOP_EVERY == 0) {
            REQUIRE(!stopped(&merge->job), JOURNAL_END);
        }
    }
    return JOURNAL_OK;
}

void merge_job_run(void *context)
{
    struct merge_job *merge = context;
    struct segment_writer *writer = NULL;
    struct merging merging = {.count = 0};

    merge->job.status = segment_writer_open(&merge->making, &writer, &merge->job.error);
    if (merge->job.status != JOURNAL_OK) {
        return;
    }
    merge->job.status = merge_write(merge, &merging, writer);
    for (unsigned i = 0; i < merging.count; i++) {
        segment_cursor_close(&merging.cursors[i]);
    }
    if (merge->job.status != JOURNAL_OK) {
        segment_writer_abandon(writer);
        return;
    }
    merge->job.status = segment_writer_finish(writer, &merge->made, &merge->job.error);
}

/* ---- growth of the filter ---- */

static enum journal_status part_fill(struct grow_job *grow, struct segment_cursor *cursor)
{
    enum journal_status status;
    uint64_t done = 0;

    while ((status = segment_cursor_next(cursor, &grow->job.error)) == JOURNAL_OK) {
        const unsigned part = filter_part_of(cursor->hash);

        if (part > grow->part) {
            return JOURNAL_OK;
        }
        if (part == grow->part) {
            filter_part_add_shared(&grow->made, cursor->hash);
        }
        if (++done % STOP_EVERY == 0) {
            REQUIRE(!stopped(&grow->job), JOURNAL_END);
        }
    }
    return status == JOURNAL_END ? JOURNAL_OK : status;
}

void grow_job_run(void *context)
{
    struct grow_job *grow = context;
    const uint64_t from = (uint64_t)grow->part << FILTER_PART_SHIFT;

    for (size_t i = 0; i < grow->segments_count && grow->job.status == JOURNAL_OK; i++) {
        struct segment *segment = grow->segments[i];
        struct segment_cursor cursor;

        grow->job.status = segment_cursor_open(&cursor, segment, segment_block_of(segment, from),
                                               &grow->job.error);
        if (grow->job.status == JOURNAL_OK) {
            grow->job.status = part_fill(grow, &cursor);
            segment_cursor_close(&cursor);
        }
    }
}
