/* Memory ahead of its use: a first touch of a page makes the decision that touches it wait for the
 * kernel, which costs more than many decisions. While the tables grow, a thread that gives way to
 * others commits what the next seconds will use. An engine at rest takes nothing. */
#include "engine/internal.h"

#include "os/pages.h"

enum {
    AHEAD_TICKS = 3,          /* ticks of growth that are kept ahead */
    AHEAD_ROWS_MAX = 1 << 23, /* and at most so many rows of a table */
    PIECE = 2 << 20,
};

/* In pieces: the kernel holds a lock over each that the serving thread may need. */
void ahead_commit(const struct ledger_ahead *part)
{
    for (size_t at = 0; at < part->bytes; at += PIECE) {
        const size_t rest = part->bytes - at;
        os_pages_populate((char *)part->from + at, rest < PIECE ? rest : PIECE);
    }
}

static void populate(void *context)
{
    const struct ahead *ahead = context;

    for (unsigned i = 0; i < LEDGER_AHEAD_COUNT; i++) {
        ahead_commit(&ahead->parts[i]);
    }
}

/* Leaves out what an earlier round has committed. */
static size_t parts_cut(struct ahead *ahead)
{
    size_t bytes = 0;

    for (unsigned i = 0; i < LEDGER_AHEAD_COUNT; i++) {
        struct ledger_ahead *part = &ahead->parts[i];
        char *const from = part->from;
        char *const end = part->bytes > 0 ? from + part->bytes : from;
        char *const done = ahead->done[i];

        if (part->bytes > 0 && done > from && done <= end) {
            *part = (struct ledger_ahead){done, (size_t)(end - done)};
        } else if (part->bytes > 0 && done > end) {
            part->bytes = 0;
        }
        if (part->bytes > 0) {
            ahead->done[i] = end;
        }
        bytes += part->bytes;
    }
    return bytes;
}

static uint64_t rows_wanted(uint64_t count, uint64_t before)
{
    const uint64_t wanted = count > before ? (count - before) * AHEAD_TICKS : 0;

    return wanted < AHEAD_ROWS_MAX ? wanted : AHEAD_ROWS_MAX;
}

void ahead_tick(struct engine *engine)
{
    struct ahead *ahead = &engine->ahead;
    struct ledger_growth growth;

    if (ahead->worker != NULL) {
        if (!os_worker_done(ahead->worker)) {
            return;
        }
        ahead_end(engine);
    }
    ledger_growth(engine->ledger, &growth);
    const uint64_t records = rows_wanted(growth.records, ahead->records);
    const uint64_t traces = rows_wanted(growth.traces, ahead->traces);
    ahead->records = growth.records;
    ahead->traces = growth.traces;
    if (engine->options.wake == NULL || records + traces == 0) {
        return;
    }
    ledger_ahead(engine->ledger, ahead->parts, records, traces);
    if (parts_cut(ahead) > 0 && os_worker_start(&ahead->worker, populate, ahead) != OS_OK) {
        ahead->worker = NULL; /* the first touches do it then */
    }
}

void ahead_end(struct engine *engine)
{
    os_worker_end(engine->ahead.worker);
    engine->ahead.worker = NULL;
}
