/* Opening a data directory: what the journal holds becomes the state again. */
#include "engine/engine.h"

#include "engine/internal.h"
#include "os/entropy.h"

#define SNAPSHOT_BYTES_DEFAULT (256ULL << 20)
#define READ_ARENA_MAX (1UL << 30)

/* Commands of a replay between two looks at how much memory the next ones will use. */
enum { REPLAY_TICK = 1 << 17 };

void engine_options_init(struct engine_options *options)
{
    *options = (struct engine_options){.files = files_real(), .first_date = DATE_NONE};
    ledger_options_init(&options->ledger);
    options->ledger.base = CURRENCY_NONE;
}

/* ---- recovery ---- */

struct recovering {
    struct engine *engine;
    const struct journal_record *record;
};

static void recovered_note(void *context, const struct ledger *ledger, uint32_t first_command)
{
    struct recovering *recovering = context;

    effects_note(&recovering->engine->history, ledger, first_command, recovering->record->sequence,
                 recovering->record->position);
    if (recovering->engine->history.pending.size >= 1U << 20) {
        history_flush(&recovering->engine->history);
    }
}

enum journal_status reader_behind(struct engine *engine, const struct journal_point *point,
                                  struct journal_reader **ret_reader)
{
    if (point->sequence == 0) {
        return journal_reader_open(engine->journal, 1, ret_reader, &engine->error);
    }
    return journal_reader_open_at(engine->journal, point, ret_reader, &engine->error);
}

static enum engine_status journal_replay(struct engine *engine, const struct journal_point *point,
                                         struct engine_recovery *recovery)
{
    struct journal_reader *reader;
    struct journal_record record;
    struct recovering recovering = {engine, &record};
    const struct group_effects effects = {recovered_note, &recovering};
    struct arena arena;
    uint64_t ticked = 0;
    enum journal_status status = reader_behind(engine, point, &reader);
    enum engine_status result = ENGINE_OK;
    struct ledger_result *results =
        memory_allocate(engine->options.ledger.commands_max * sizeof(*results));

    if (status != JOURNAL_OK || results == NULL) {
        memory_free(results);
        REQUIRE(status == JOURNAL_OK, ENGINE_JOURNAL);
        journal_reader_close(reader);
        return ENGINE_NO_MEMORY;
    }
    arena_init(&arena, READ_ARENA_MAX);
    while ((status = journal_reader_next(reader, &record, &engine->error)) == JOURNAL_OK) {
        uint64_t commands;

        if (!group_apply(engine->ledger, &record, &arena, results, &effects, &commands)) {
            result = arena.exhausted ? ENGINE_NO_MEMORY : ENGINE_STATE;
            break;
        }
        recovery->records++;
        recovery->commands += commands;
        if (recovery->commands - ticked >= REPLAY_TICK) {
            ticked = recovery->commands;
            ahead_tick(engine);
        }
        if (leaving_failed(&engine->leaving) ||
            leaving_go(&engine->leaving, engine->ledger, commands) != JOURNAL_OK) {
            engine->error = *archive_failure(engine->leaving.archive);
            result = ENGINE_JOURNAL;
            break;
        }
    }
    if (result == ENGINE_OK && status != JOURNAL_END) {
        result = ENGINE_JOURNAL;
    }
    history_flush(&engine->history);
    arena_release(&arena);
    memory_free(results);
    journal_reader_close(reader);
    return result;
}

static bool ledger_renew(struct engine *engine)
{
    ledger_free(engine->ledger);
    engine->ledger = ledger_open(&engine->options.ledger);
    return engine->ledger != NULL;
}

/* The one before, or the journal, cannot help when answered records or the archive are wrong. */
static bool snapshot_error_final(enum journal_status status)
{
    return status == JOURNAL_SNAPSHOT_AHEAD || status == JOURNAL_ARCHIVE_DAMAGED;
}

/* Notes what the snapshots still kept rely on, from the newest sound one to the oldest. */
static void snapshots_keep(struct engine *engine, const uint64_t *sequences, unsigned count)
{
    for (unsigned i = count; i > 0; i--) {
        leaving_kept(&engine->leaving, snapshot_relies_on(engine, sequences[i - 1]));
    }
}

/* Loads the newest snapshot that is sound and whose events are on disk; *ret_point stays the
 * beginning when there is none. */
static enum engine_status snapshot_choose(struct engine *engine, struct journal_point *ret_point,
                                          struct engine_recovery *recovery)
{
    uint64_t sequences[SNAPSHOT_LIST_MAX];
    unsigned count = 0;

    if (!engine->options.fresh_start &&
        snapshot_list(engine->journal, sequences, &count, &engine->error) != JOURNAL_OK) {
        return ENGINE_JOURNAL;
    }
    for (unsigned i = 0; i < count; i++) {
        const struct loading loading = {engine->ledger, &engine->leaving, engine->history.chains};
        struct journal_point point;
        const enum engine_status status = snapshot_load(engine, &loading, sequences[i], &point);

        REQUIRE(status == ENGINE_OK || !snapshot_error_final(engine->error.status), ENGINE_JOURNAL);
        if (status == ENGINE_OK &&
            history_begin(&engine->history, ledger_effects_total(engine->ledger))) {
            recovery->snapshot_sequence = sequences[i];
            *ret_point = point;
            snapshots_keep(engine, sequences + i, count - i);
            return ENGINE_OK;
        }
        recovery->snapshots_refused += status != ENGINE_OK;
        REQUIRE(ledger_renew(engine), ENGINE_NO_MEMORY);
        memset(engine->history.chains, 0,
               ledger_limits_count(engine->ledger) * sizeof(*engine->history.chains));
    }
    REQUIRE(leaving_begin(&engine->leaving, engine->ledger, &(struct archive_point){0},
                          &engine->error) == JOURNAL_OK,
            ENGINE_JOURNAL);
    return history_begin(&engine->history, 0) ? ENGINE_OK : ENGINE_JOURNAL;
}

static const struct slice label_prefix = {"headroom ledger, base ", 22};

enum currency journal_base(const struct journal *journal)
{
    const struct slice label = journal_label(journal);

    if (!slice_starts_with(label, label_prefix) || label.size < label_prefix.size + 3) {
        return CURRENCY_NONE;
    }
    return currency_from_code(slice_of(label.data + label_prefix.size, 3));
}

static enum engine_status directory_ready(struct engine *engine)
{
    const struct file_result made = directory_create(engine->options.files, engine->directory);

    if (made.status == OS_OK || made.status == OS_EXISTS) {
        return ENGINE_OK;
    }
    engine->error = (struct journal_error){.status = JOURNAL_UNREADABLE,
                                           .number = made.number,
                                           .cause = "the data directory cannot be made"};
    return ENGINE_JOURNAL;
}

/* Opens the journal that is there, or makes one whose label tells the base currency. */
static enum engine_status journal_begin(struct engine *engine, struct engine_recovery *recovery)
{
    struct engine_options *options = &engine->options;
    struct journal_options journal = {
        .files = options->files,
        .directory = engine->directory,
        .segment_size = options->segment_size,
        .payload_max = options->payload_max,
        .now = options->now,
    };
    const enum currency wanted = options->ledger.base;

    TRY(directory_ready(engine));
    os_entropy_fill(journal.identity, sizeof(journal.identity));
    enum journal_status status =
        journal_open(&journal, &engine->journal, &recovery->journal, &engine->error);
    if (status == JOURNAL_NOT_FOUND) {
        const struct slice code = currency_code(wanted == CURRENCY_NONE ? CURRENCY_CNY : wanted);
        journal.create = true;
        memcpy(journal.label, label_prefix.data, label_prefix.size);
        memcpy(journal.label + label_prefix.size, code.data, code.size);
        status = journal_open(&journal, &engine->journal, &recovery->journal, &engine->error);
    }
    REQUIRE(status == JOURNAL_OK, ENGINE_JOURNAL);
    options->ledger.base = journal_base(engine->journal);
    if (options->ledger.base == CURRENCY_NONE ||
        (wanted != CURRENCY_NONE && wanted != options->ledger.base)) {
        engine->error = (struct journal_error){
            .status = JOURNAL_FOREIGN,
            .cause = "its ledger was created with another base currency than the one asked for"};
        return ENGINE_JOURNAL;
    }
    return ENGINE_OK;
}

/* A new ledger opens the current day by a command like any other. */
static enum engine_status first_day_open(struct engine *engine)
{
    struct ledger_extra extra = ledger_extra_none;
    struct ledger_command command;
    struct ledger_result result;
    struct buffer id;

    if (engine->options.first_date == DATE_NONE || journal_last(engine->journal).sequence != 0) {
        return ENGINE_OK;
    }
    ledger_command_init(&command, LEDGER_OP_DAY_OPEN);
    extra.date = engine->options.first_date;
    extra.reason = SLICE("first day of the ledger");
    command.extra = &extra;
    command.fields = LEDGER_HAS(ID) | LEDGER_HAS(DATE) | LEDGER_HAS(REASON);
    command.has_id = true;
    buffer_init(&id);
    buffer_append_cstr(&id, "day.open ");
    date_write(&id, extra.date);
    const bool made = !buffer_failed(&id) && ledger_id_read(buffer_slice(&id), &command.id);
    buffer_release(&id);
    REQUIRE(made, ENGINE_NO_MEMORY);
    return engine_apply(engine, &command, &result, 1, false, engine->options.now);
}

static enum engine_status engine_begin(struct engine *engine, struct engine_recovery *recovery)
{
    struct journal_point point = {0};

    TRY(journal_begin(engine, recovery));
    REQUIRE(ledger_renew(engine), ENGINE_NO_MEMORY);
    TRY(history_open(&engine->history, engine->options.files, engine->directory,
                     engine->options.ledger.limits_max));
    TRY(leaving_open(engine, &engine->leaving, NULL, false));
    TRY(snapshot_choose(engine, &point, recovery));
    REQUIRE(archive_settle(engine->leaving.archive, &engine->error) == JOURNAL_OK, ENGINE_JOURNAL);
    if (engine->options.wake != NULL) {
        TRY(history_write_beside(&engine->history));
    }
    TRY(journal_replay(engine, &point, recovery));
    engine->snapshot_due = engine->options.snapshot_bytes;
    engine->figures.commands_behind = recovery->commands;
    engine->applied = journal_last(engine->journal);
    group_begin(engine, &engine->gathering, 0);
    TRY(first_day_open(engine));
    if (engine->options.wake != NULL) {
        REQUIRE(os_writer_start(&engine->writer, engine->options.wake,
                                engine->options.wake_context) == OS_OK,
                ENGINE_NO_MEMORY);
    }
    return ENGINE_OK;
}

enum engine_status engine_open(const struct engine_options *options, struct engine **ret_engine,
                               struct engine_recovery *ret_recovery,
                               struct journal_error *reterr_error)
{
    struct engine *engine = memory_allocate(sizeof(*engine));
    struct engine_recovery recovery = {0};
    const size_t path_size = strlen(options->directory) + 1;

    *reterr_error = (struct journal_error){.status = JOURNAL_NO_MEMORY, .cause = "memory is short"};
    REQUIRE(engine != NULL, ENGINE_NO_MEMORY);
    *engine = (struct engine){.options = *options, .directory = memory_allocate(path_size)};
    engine->error.cause = "";
    engine->figures.room = true;
    if (engine->options.snapshot_bytes == 0) {
        engine->options.snapshot_bytes = SNAPSHOT_BYTES_DEFAULT;
    }
    if (engine->options.ledger.hash_seed == 0) {
        os_entropy_fill(&engine->options.ledger.hash_seed, sizeof(uint64_t));
    }
    arena_init(&engine->read_arena, READ_ARENA_MAX);
    enum engine_status status = ENGINE_NO_MEMORY;
    if (engine->directory != NULL) {
        memcpy(engine->directory, options->directory, path_size);
        status = engine_begin(engine, &recovery);
    }
    if (status != ENGINE_OK) {
        if (status != ENGINE_NO_MEMORY) {
            *reterr_error = engine->error; /* else what was said at the beginning */
        }
        engine_close(engine);
        return status;
    }
    *ret_engine = engine;
    *ret_recovery = recovery;
    return ENGINE_OK;
}

void engine_close(struct engine *engine)
{
    if (engine == NULL) {
        return;
    }
    os_writer_end(engine->writer);
    ahead_end(engine);
    snapshot_abandon(engine);
    journal_reader_close(engine->reader);
    arena_release(&engine->read_arena);
    history_release(&engine->history);
    leaving_close(&engine->leaving);
    leaving_close(&engine->past);
    journal_close(engine->journal);
    ledger_free(engine->ledger);
    memory_free(engine->directory);
    memory_free(engine);
}

const struct journal_error *engine_error(const struct engine *engine)
{
    return &engine->error;
}

const struct ledger *engine_ledger(const struct engine *engine)
{
    return engine->ledger;
}

enum engine_status engine_foresee(struct engine *engine, bool *ret_holds,
                                  struct ledger_result *results, struct ledger_command *commands,
                                  size_t count, const struct ledger_look *look)
{
    REQUIRE(count <= engine->options.ledger.commands_max, ENGINE_TOO_LARGE);
    REQUIRE(ledger_has_room(engine->ledger, count), ENGINE_TABLES_FULL);
    for (size_t i = 0; i < count; i++) {
        commands[i].at = ledger_time(engine->ledger);
    }
    *ret_holds = ledger_foresee(engine->ledger, results, commands, count, look);
    return ENGINE_OK;
}

struct journal_point engine_last(const struct engine *engine)
{
    return engine->applied;
}

void engine_figures(const struct engine *engine, struct engine_figures *ret_figures)
{
    *ret_figures = engine->figures;
    archive_figures(engine->leaving.archive, &ret_figures->archive);
    ret_figures->snapshot_running = engine->snapshot.pid > 0;
}

void engine_listen(struct engine *engine, struct engine_listener *listener)
{
    listener->next = engine->listeners;
    engine->listeners = listener;
}

void engine_unlisten(struct engine *engine, struct engine_listener *listener)
{
    for (struct engine_listener **link = &engine->listeners; *link != NULL; link = &(*link)->next) {
        if (*link == listener) {
            *link = listener->next;
            return;
        }
    }
}
