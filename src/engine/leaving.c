/* What is closed leaves memory. When enough has gathered, what the ledger would keep for ever is
 * copied into a batch of the archive, a few places after each group; the batch is written beside
 * the writer; and when it is durable, each entry passes the filter and leaves the ledger, again a
 * few after each group. Whatever a crash interrupts, the journal and the last snapshot have all. */
#include "engine/internal.h"

#include "os/entropy.h"

#define CLOSED_MAX_DEFAULT (1ULL << 20)

enum {
    /* A command leaves one id at most. What leaves has to overtake it in three steps and a write,
     * and each batch holds what came during the one before: a pace near one would let them swell.
     */
    LOOKS_PER_COMMAND = 16, /* places, one after another in memory */
    FILTERED_PER_COMMAND = 16,
    RETIRED_PER_COMMAND = 4,
    STEP_LEAST = 256,
    ROW_AHEAD = 16, /* rows asked for before their turn, and what the index keeps of them */
    INDEX_AHEAD = 8,
    BEHIND_MOST = 8, /* times closed_max: then the caller waits for the write */
};

static void key_of(struct archive_key *ret_key, const struct ledger_id *id)
{
    _Static_assert(sizeof(ret_key->bytes) == sizeof(id->bytes), "an id is a key");
    memcpy(ret_key->bytes, id->bytes, sizeof(ret_key->bytes));
}

/* ---- the ledger's way to the archive ---- */

static void found_prefetch(void *context, uint64_t hash)
{
    archive_prefetch(context, hash);
}

static bool found_may_hold(void *context, uint64_t hash)
{
    return archive_may_hold(context, hash);
}

static bool found_find(void *context, const struct ledger_id *id, uint64_t hash,
                       uint8_t ret_value[LEDGER_CLOSED_MAX], size_t *ret_size)
{
    _Static_assert((int)LEDGER_CLOSED_MAX == (int)ARCHIVE_VALUE_MAX, "what is kept fits");
    struct archive_key key;

    key_of(&key, id);
    return archive_find(context, &key, hash, ret_value, ret_size) == JOURNAL_OK;
}

static void found_refuse(void *context, const struct ledger_id *id)
{
    struct archive_key key;

    key_of(&key, id);
    archive_refuse(context, &key);
}

/* ---- opening ---- */

enum engine_status leaving_open(struct engine *engine, struct leaving *leaving, const char *prefix,
                                bool read_only)
{
    struct archive_options options = {
        .files = engine->options.files,
        .directory = engine->directory,
        .prefix = prefix,
        .read_only = read_only,
        .threads = engine->options.files == files_real(),
    };

    *leaving = (struct leaving){.closed_max = engine->options.closed_max};
    if (leaving->closed_max == 0) {
        leaving->closed_max = CLOSED_MAX_DEFAULT;
    }
    for (unsigned i = 0; i < SNAPSHOT_KEEP_DEFAULT; i++) {
        leaving->kept[i] = UINT64_MAX; /* nothing is kept that could rely on anything */
    }
    memcpy(options.identity, journal_identity(engine->journal), sizeof(options.identity));
    os_entropy_fill(&options.run, sizeof(options.run));
    REQUIRE(archive_open(&options, &leaving->archive, &engine->error) == JOURNAL_OK,
            ENGINE_JOURNAL);
    leaving->found_by = (struct ledger_archive){leaving->archive, found_prefetch, found_may_hold,
                                                found_find, found_refuse};
    return ENGINE_OK;
}

void leaving_close(struct leaving *leaving)
{
    archive_close(leaving->archive);
    memory_free(leaving->references);
    *leaving = (struct leaving){0};
}

enum journal_status leaving_begin(struct leaving *leaving, struct ledger *ledger,
                                  const struct archive_point *point, struct journal_error *error)
{
    TRY(archive_begin(leaving->archive, point, error));
    ledger_archive_set(ledger, &leaving->found_by, archive_seed(leaving->archive));
    return JOURNAL_OK;
}

bool leaving_failed(const struct leaving *leaving)
{
    return archive_failure(leaving->archive)->status != JOURNAL_OK;
}

void leaving_kept(struct leaving *leaving, uint64_t batches)
{
    for (unsigned i = SNAPSHOT_KEEP_DEFAULT - 1; i > 0; i--) {
        leaving->kept[i] = leaving->kept[i - 1];
    }
    leaving->kept[0] = batches;
}

static uint64_t settled(const struct leaving *leaving)
{
    uint64_t least = UINT64_MAX;

    for (unsigned i = 0; i < SNAPSHOT_KEEP_DEFAULT; i++) {
        least = leaving->kept[i] < least ? leaving->kept[i] : least;
    }
    return least;
}

/* ---- step by step ---- */

/* The batch did not get in, or could not be gathered: tried again when there is more. */
static void put_off(struct leaving *leaving, const struct ledger *ledger)
{
    archive_forget(leaving->archive);
    leaving->count = 0;
    leaving->step = LEAVING_NOTHING;
    leaving->put_off = ledger_closed_count(ledger) + leaving->closed_max / 4 + 1;
}

static bool reference_add(struct leaving *leaving, uint32_t reference)
{
    if (leaving->count == leaving->capacity) {
        const size_t capacity = leaving->capacity == 0 ? 4096 : 2 * leaving->capacity;
        uint32_t *larger = memory_resize(leaving->references, capacity * sizeof(*larger));
        REQUIRE(larger != NULL, false);
        leaving->references = larger;
        leaving->capacity = capacity;
    }
    leaving->references[leaving->count++] = reference;
    return true;
}

static enum journal_status gather(struct leaving *leaving, const struct ledger *ledger,
                                  uint32_t looks)
{
    struct ledger_closed row;

    while (ledger_closed_next(ledger, &leaving->walk, &row, &looks)) {
        struct archive_key key;

        key_of(&key, &row.id);
        if (!reference_add(leaving, row.reference) ||
            !archive_add(leaving->archive, &key, row.value, row.size)) {
            put_off(leaving, ledger);
            return JOURNAL_OK;
        }
    }
    if (!leaving->walk.ended) {
        return JOURNAL_OK;
    }
    if (leaving->count == 0) {
        leaving->step = LEAVING_NOTHING;
        return JOURNAL_OK;
    }
    const enum journal_status status = archive_write_begin(leaving->archive);
    if (status == JOURNAL_NO_MEMORY) {
        put_off(leaving, ledger);
        return JOURNAL_OK;
    }
    leaving->step = LEAVING_WRITTEN;
    return status;
}

static enum journal_status write_wait(struct leaving *leaving, const struct ledger *ledger)
{
    const bool wait = ledger_closed_count(ledger) > BEHIND_MOST * leaving->closed_max;
    const enum journal_status status = archive_write_end(leaving->archive, wait);

    switch (status) {
    case JOURNAL_OK:
        leaving->step = LEAVING_RETIRED;
        leaving->is_filtered = false;
        leaving->retired = 0;
        leaving->put_off = 0;
        return JOURNAL_OK;
    case JOURNAL_END:
        return JOURNAL_OK;
    case JOURNAL_FULL:
    case JOURNAL_NO_MEMORY:
    case JOURNAL_UNREADABLE:
        put_off(leaving, ledger);
        return JOURNAL_OK;
    default:
        return status;
    }
}

static void row_retire(struct leaving *leaving, struct ledger *ledger, size_t at)
{
    const uint32_t reference = leaving->references[at];

    if (at + ROW_AHEAD < leaving->count) {
        ledger_closed_prefetch(ledger, leaving->references[at + ROW_AHEAD]);
    }
    if (at + INDEX_AHEAD < leaving->count) {
        ledger_closed_prefetch_index(ledger, leaving->references[at + INDEX_AHEAD]);
    }
    ledger_closed_retire(ledger, reference);
}

/* Nothing leaves the ledger before the filter sends those who ask for it to the archive. */
static void retire(struct leaving *leaving, struct ledger *ledger, size_t filtered, size_t most)
{
    if (!leaving->is_filtered) {
        leaving->is_filtered = archive_filter_batch(leaving->archive, filtered);
        if (!leaving->is_filtered) {
            return;
        }
    }
    const size_t left = leaving->count - leaving->retired;
    const size_t end = leaving->retired + (left < most ? left : most);

    while (leaving->retired < end) {
        row_retire(leaving, ledger, leaving->retired++);
    }
    if (leaving->retired == leaving->count) {
        leaving->count = 0;
        leaving->step = LEAVING_NOTHING;
    }
}

static void begin_when_due(struct leaving *leaving, const struct ledger *ledger)
{
    const uint64_t closed = ledger_closed_count(ledger);

    if (closed >= leaving->closed_max && closed >= leaving->put_off) {
        leaving->walk = (struct ledger_closed_walk){0};
        leaving->step = LEAVING_GATHERED;
    }
}

enum journal_status leaving_go(struct leaving *leaving, struct ledger *ledger, uint64_t commands)
{
    TRY(archive_tend(leaving->archive, settled(leaving), false));
    switch (leaving->step) {
    case LEAVING_NOTHING:
        begin_when_due(leaving, ledger);
        return JOURNAL_OK;
    case LEAVING_GATHERED:
        return gather(leaving, ledger, (uint32_t)(STEP_LEAST + LOOKS_PER_COMMAND * commands));
    case LEAVING_WRITTEN:
        return write_wait(leaving, ledger);
    case LEAVING_RETIRED:
        retire(leaving, ledger, STEP_LEAST + FILTERED_PER_COMMAND * commands,
               STEP_LEAST + RETIRED_PER_COMMAND * commands);
        return JOURNAL_OK;
    }
    check(!"a step of leaving memory");
    return JOURNAL_FAILED;
}

void leaving_settle(struct leaving *leaving, struct ledger *ledger)
{
    if (leaving->step == LEAVING_RETIRED) {
        retire(leaving, ledger, SIZE_MAX, SIZE_MAX);
    }
}
