#include "customer/customer_import.h"

#include "customer/customer_dry.h"
#include "os/clock.h"

enum { ROWS_BYTES = 64 << 20, WORK_BYTES = 64 << 20, REFUSALS_PAGE = 1000, KEY_SIZE = 64 };

struct import {
    const struct customer_import_options *options;
    struct customer_reach reach;
    struct people_actor actor; /* its time goes on, a microsecond a row */
    struct customer_asking asking;
    time_us batch_now;
    char key[KEY_SIZE]; /* of the file: SHA-256 in hexadecimal */
    uint64_t size;
    struct customer_rows *rows;
    struct customer_file_row *batch;
    size_t batch_count;
    struct arena rows_arena; /* of the batch */
    struct arena arena;      /* of the work on it */
    bool ended;
    struct customer_import_figures figures;
    struct customer_import_figures after; /* what it will be once the batch is stored */
    struct customer_rows_error error;
    enum customer_status status;
    struct customer_dry *dry; /* of a dry run, with */
    struct dry_row *dry_rows; /* what became of the rows of the batch */
};

struct dry_row {
    struct customer_outcome outcome;
    struct customer_entry entry;
    enum customer_status status;
};

static struct store_value key_of(const struct import *import)
{
    return store_text(slice_of(import->key, KEY_SIZE));
}

/* ---- the position ---- */

static enum store_status begin_work(struct store *store, void *context)
{
    struct import *import = context;
    const struct store_value values[] = {key_of(import),
                                         store_integer(import->options->actor->now)};
    struct store_rows rows;

    arena_reset(&import->arena);
    TRY(store_select(store, &rows, &import->arena, QUERY_CUSTOMER_IMPORT_GET, values));
    if (rows.count == 0) {
        return store_change(store, NULL, QUERY_CUSTOMER_IMPORT_BEGIN, values);
    }
    const struct store_value *row = store_row(&rows, 0);
    import->figures = (struct customer_import_figures){.rows = (uint64_t)row[0].number,
                                                       .added = (uint64_t)row[1].number,
                                                       .refused = (uint64_t)row[2].number,
                                                       .before = (uint64_t)row[0].number,
                                                       .finished = row[3].type != STORE_NULL};
    return STORE_OK;
}

static enum store_status position_store(struct store *store, const struct import *import)
{
    const struct customer_import_figures *after = &import->after;
    const struct store_value values[] = {
        key_of(import), store_integer((int64_t)after->rows), store_integer((int64_t)after->added),
        store_integer((int64_t)after->refused),
        after->finished ? store_integer(import->options->actor->now) : store_null()};

    return store_change(store, NULL, QUERY_CUSTOMER_IMPORT_STEP, values);
}

/* ---- a batch ---- */

struct refusal_text {
    struct slice slug;
    struct slice english;
    struct slice chinese;
};

static struct refusal_text refusal_text(enum customer_status status,
                                        const struct customer_detail *detail)
{
    const bool more = detail->english[0] != '\0';

    return (struct refusal_text){
        customer_status_slug(status),
        more ? slice_from_cstr(detail->english) : customer_status_text(status, false),
        more ? slice_from_cstr(detail->chinese) : customer_status_text(status, true)};
}

static enum store_status refusal_store(struct store *store, const struct import *import,
                                       const struct customer_file_row *row,
                                       enum customer_status status,
                                       const struct customer_detail *detail)
{
    const struct refusal_text text = refusal_text(status, detail);
    const struct store_value values[] = {key_of(import),
                                         store_integer((int64_t)import->after.rows),
                                         store_integer((int64_t)row->line),
                                         store_text(text.slug),
                                         store_text(text.english),
                                         store_text(text.chinese)};

    return store_change(store, NULL, QUERY_CUSTOMER_IMPORT_REFUSE, values);
}

/* The candidates belong to what a person must look at. */
static void similar_detail(struct customer_outcome *outcome)
{
    struct customer_detail *detail = &outcome->detail;
    int size = snprintf(detail->english, sizeof(detail->english), "of a similar name:");

    for (size_t i = 0; i < outcome->candidate_count && size > 0 &&
                       (size_t)size + CUSTOMER_ID_MAX + 2 < sizeof(detail->english);
         i++) {
        const struct slice id = outcome->candidates[i].id;
        size += snprintf(detail->english + size, sizeof(detail->english) - (size_t)size, " %.*s",
                         (int)id.size, id.data);
    }
    (void)snprintf(detail->chinese, sizeof(detail->chinese), "名称相近：%.200s",
                   strchr(detail->english, ':') + 2);
}

static enum store_status row_add(struct store *store, struct import *import,
                                 const struct customer_file_row *row)
{
    struct customer_outcome outcome = {.arena = &import->arena, .detail = row->detail};
    struct customer_draft draft = row->draft;

    draft.similar_accepted = import->options->similar;
    import->after.rows++;
    import->actor.now = import->batch_now + (row - import->batch);
    import->status = row->status == CUSTOMER_OK
                         ? customer_add_within(store, &outcome, &import->asking, &draft)
                         : row->status;
    if (import->status == CUSTOMER_STORE || import->status == CUSTOMER_NO_MEMORY) {
        return STORE_REFUSED;
    }
    if (import->status == CUSTOMER_OK) {
        import->after.added++;
        return STORE_OK;
    }
    if (import->status == CUSTOMER_SIMILAR) {
        similar_detail(&outcome);
    }
    import->after.refused++;
    return refusal_store(store, import, row, import->status, &outcome.detail);
}

/* Everything in it depends on the batch, which is in memory, and on the store. */
static enum store_status batch_work(struct store *store, void *context)
{
    struct import *import = context;

    arena_reset(&import->arena);
    import->after = import->figures;
    import->status = CUSTOMER_OK;
    for (size_t i = 0; i < import->batch_count; i++) {
        TRY(row_add(store, import, &import->batch[i]));
    }
    import->after.finished = import->ended;
    return position_store(store, import);
}

/* ---- a batch of a dry run: looked at by the store, and then by what the file itself holds ---- */

static enum store_status dry_work(struct store *store, void *context)
{
    struct import *import = context;

    arena_reset(&import->arena);
    for (size_t i = 0; i < import->batch_count; i++) {
        struct customer_file_row *row = &import->batch[i];
        struct dry_row *dry = &import->dry_rows[i];
        /* The entry points into the draft, and is looked at behind the transaction. */
        row->draft.similar_accepted = import->options->similar;
        dry->outcome = (struct customer_outcome){.arena = &import->arena, .detail = row->detail};
        dry->status = row->status == CUSTOMER_OK
                          ? customer_add_judge(store, &dry->outcome, &import->asking, &row->draft,
                                               &dry->entry)
                          : row->status;
        if (dry->status == CUSTOMER_STORE || dry->status == CUSTOMER_NO_MEMORY) {
            import->status = dry->status;
            return STORE_REFUSED;
        }
    }
    return STORE_OK;
}

static enum customer_status dry_settle(struct import *import)
{
    const struct customer_import_options *options = import->options;

    import->after = import->figures;
    for (size_t i = 0; i < import->batch_count; i++) {
        const struct customer_file_row *row = &import->batch[i];
        struct dry_row *dry = &import->dry_rows[i];
        if (dry->status == CUSTOMER_SIMILAR) {
            similar_detail(&dry->outcome);
        }
        const enum customer_status status =
            customer_dry_row(import->dry, &dry->outcome, &dry->entry, row, dry->status);
        REQUIRE(status != CUSTOMER_NO_MEMORY, CUSTOMER_NO_MEMORY);
        import->after.rows++;
        if (status == CUSTOMER_OK) {
            import->after.added++;
            continue;
        }
        const struct refusal_text text = refusal_text(status, &dry->outcome.detail);
        import->after.refused++;
        options->refusal(options->context, row->line, text.slug, text.english, text.chinese);
    }
    import->after.finished = import->ended;
    return CUSTOMER_OK;
}

/* Fills the batch. False when the file cannot be read further. */
static bool batch_read(struct import *import)
{
    arena_reset(&import->rows_arena);
    import->batch_count = 0;
    import->batch_now = os_clock_realtime_us();
    while (import->batch_count < CUSTOMER_IMPORT_BATCH) {
        if (!customer_rows_next(import->rows, &import->batch[import->batch_count],
                                &import->rows_arena, &import->error)) {
            const struct customer_rows_error *error = &import->error;
            import->ended = true;
            return error->os == OS_OK && error->csv == CSV_RECORD && !error->memory &&
                   error->column.size == 0;
        }
        import->batch_count++;
    }
    return true;
}

/* Passes over what earlier runs have done. */
static bool rows_skip(struct import *import)
{
    for (uint64_t i = 0; i < import->figures.before; i++) {
        if (i % CUSTOMER_IMPORT_BATCH == 0) {
            arena_reset(&import->rows_arena);
        }
        if (!customer_rows_next(import->rows, &import->batch[0], &import->rows_arena,
                                &import->error)) {
            return false;
        }
    }
    return true;
}

static void progress(const struct import *import)
{
    if (import->options->progress != NULL) {
        import->options->progress(import->options->context, &import->figures,
                                  customer_rows_position(import->rows), import->size);
    }
}

static enum customer_status batch_run(struct store *store, struct import *import)
{
    const bool dry = import->options->dry;

    import->status = CUSTOMER_STORE;
    const enum store_status status =
        store_transact(store, dry ? STORE_READ : STORE_WRITE, dry ? dry_work : batch_work, import);
    if (status != STORE_OK) {
        return import->status == CUSTOMER_NO_MEMORY ? CUSTOMER_NO_MEMORY : CUSTOMER_STORE;
    }
    return dry ? dry_settle(import) : CUSTOMER_OK;
}

static enum customer_status batches_run(struct store *store, struct import *import)
{
    REQUIRE(rows_skip(import), CUSTOMER_BAD_BODY);
    while (!import->ended) {
        const bool whole = batch_read(import);
        /* A file that breaks off is not done: its good rows are, and it may be mended. */
        REQUIRE(whole || import->batch_count > 0, CUSTOMER_BAD_BODY);
        const bool ended = import->ended;
        import->ended = ended && whole;
        TRY(batch_run(store, import));
        import->figures = import->after;
        progress(import);
        REQUIRE(whole, CUSTOMER_BAD_BODY);
    }
    return CUSTOMER_OK;
}

/* ---- the refusals ---- */

struct refusals {
    const struct import *import;
    struct arena *arena;
    struct store_rows rows;
    int64_t after;
};

static enum store_status refusals_work(struct store *store, void *context)
{
    struct refusals *refusals = context;
    const struct store_value values[] = {key_of(refusals->import), store_integer(refusals->after),
                                         store_integer(REFUSALS_PAGE)};

    arena_reset(refusals->arena);
    return store_select(store, &refusals->rows, refusals->arena, QUERY_CUSTOMER_IMPORT_REFUSALS,
                        values);
}

static enum store_status refusals_tell(struct store *store, struct import *import)
{
    struct refusals refusals = {.import = import, .arena = &import->arena, .after = 0};

    do {
        TRY(store_transact(store, STORE_READ, refusals_work, &refusals));
        for (size_t i = 0; i < refusals.rows.count; i++) {
            const struct store_value *row = store_row(&refusals.rows, i);
            refusals.after = row[0].number;
            import->options->refusal(import->options->context, (uint64_t)row[1].number,
                                     row[2].bytes, row[3].bytes, row[4].bytes);
        }
    } while (refusals.rows.count == REFUSALS_PAGE);
    return STORE_OK;
}

/* ---- the run ---- */

static enum customer_status file_run(struct store *store, struct import *import)
{
    import->rows = customer_rows_open(import->options->path,
                                      customer_today(import->options->actor->now), &import->error);
    return import->rows == NULL ? CUSTOMER_BAD_BODY : batches_run(store, import);
}

/* Nothing is written, so that nobody has to wait for it: every batch is looked at in a reading
 * transaction of its own, and what earlier rows would have stored is kept in memory. */
static enum customer_status dry_run(struct store *store, struct import *import)
{
    import->dry = customer_dry_new();
    import->dry_rows = memory_allocate(CUSTOMER_IMPORT_BATCH * sizeof(*import->dry_rows));
    const enum customer_status status = import->dry == NULL || import->dry_rows == NULL
                                            ? CUSTOMER_NO_MEMORY
                                            : file_run(store, import);
    customer_dry_free(import->dry);
    memory_free(import->dry_rows);
    return status;
}

static enum customer_status run(struct store *store, struct import *import)
{
    if (import->options->dry) {
        return dry_run(store, import);
    }
    const enum store_status status = store_transact(store, STORE_WRITE, begin_work, import);
    REQUIRE(status == STORE_OK, customer_from_store(status));
    import->status = CUSTOMER_OK;
    if (!import->figures.finished) {
        import->status = file_run(store, import);
    }
    if (import->status == CUSTOMER_OK || import->status == CUSTOMER_BAD_BODY) {
        REQUIRE(refusals_tell(store, import) == STORE_OK, CUSTOMER_STORE);
    }
    return import->status;
}

enum customer_status customer_import(struct store *store,
                                     struct customer_import_figures *ret_figures,
                                     struct customer_rows_error *reterr_error,
                                     const struct customer_import_options *options)
{
    struct import import = {.options = options, .reach = {.everywhere = true}};
    uint8_t digest[SHA256_SIZE];

    *reterr_error = (struct customer_rows_error){.csv = CSV_RECORD};
    reterr_error->os = customer_rows_digest(options->path, digest, &import.size);
    REQUIRE(reterr_error->os == OS_OK, CUSTOMER_BAD_BODY);
    hex_write(import.key, digest, SHA256_SIZE);
    import.actor = *options->actor;
    import.asking = (struct customer_asking){&import.actor, &import.reach};
    import.batch = memory_allocate(CUSTOMER_IMPORT_BATCH * sizeof(*import.batch));
    REQUIRE(import.batch != NULL, CUSTOMER_NO_MEMORY);
    arena_init(&import.rows_arena, ROWS_BYTES);
    arena_init(&import.arena, WORK_BYTES);
    const enum customer_status status = run(store, &import);
    *ret_figures = import.figures;
    *reterr_error = import.error;
    /* The name of a column lives in the rows. */
    if (import.error.column.size > 0) {
        reterr_error->column = arena_copy(options->arena, import.error.column);
    }
    customer_rows_close(import.rows);
    arena_release(&import.rows_arena);
    arena_release(&import.arena);
    memory_free(import.batch);
    return status;
}
