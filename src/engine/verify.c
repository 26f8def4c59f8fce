/* The proof of a data directory: everything read again from the first record. */
#include "base/hash.h"
#include "engine/internal.h"

struct proving {
    struct engine *engine;
    struct engine_proof *proof;
    struct ledger_result *results;
    struct arena arena;
};

static enum engine_status state_prove(struct proving *proving)
{
    struct engine_proof *proof = proving->proof;
    struct buffer message;

    buffer_init(&message);
    const bool sound = ledger_verify(proving->engine->ledger, &message);
    snprintf(proof->message, sizeof(proof->message), "%.*s", (int)message.size, message.data);
    buffer_release(&message);
    REQUIRE(sound, ENGINE_STATE);
    REQUIRE(ledger_digest(proving->engine->ledger, proof->digest), ENGINE_NO_MEMORY);
    return ENGINE_OK;
}

/* The archive verifies what it goes through; whether it is what the state tells of is in the sum.
 */
static bool entry_pass(void *context, const struct archive_key *key, const uint8_t *value,
                       size_t size)
{
    (void)context;
    (void)key;
    (void)value;
    (void)size;
    return true;
}

/* Compares the snapshot at `sequence`, and the archive that it relies on, with the state replayed
 * to there. */
static enum engine_status snapshot_prove(struct proving *proving, uint64_t sequence)
{
    struct engine *engine = proving->engine;
    struct ledger *ledger = ledger_open(&engine->options.ledger);
    const struct loading loading = {.ledger = ledger, .leaving = &engine->past};
    struct journal_point point;
    uint8_t loaded[SHA256_SIZE];
    uint8_t replayed[SHA256_SIZE];

    REQUIRE(ledger != NULL, ENGINE_NO_MEMORY);
    leaving_close(&engine->past);
    enum engine_status status = leaving_open(engine, &engine->past, NULL, true);
    if (status == ENGINE_OK) {
        status = snapshot_load(engine, &loading, sequence, &point);
    }
    if (status == ENGINE_OK &&
        snapshot_verify(engine->journal, sequence, &engine->error) != JOURNAL_OK) {
        status = ENGINE_JOURNAL;
    }
    if (status == ENGINE_OK &&
        archive_visit(engine->past.archive, entry_pass, NULL) != JOURNAL_OK) {
        engine->error = *archive_failure(engine->past.archive);
        status = ENGINE_JOURNAL;
    }
    if (status == ENGINE_OK &&
        (!ledger_digest(ledger, loaded) || !ledger_digest(engine->ledger, replayed))) {
        status = ENGINE_NO_MEMORY;
    }
    ledger_free(ledger);
    if (status == ENGINE_JOURNAL && engine->error.status == JOURNAL_ARCHIVE_MISSING) {
        engine->error = (struct journal_error){.cause = ""};
        proving->proof->snapshots_bare++;
        return ENGINE_OK; /* nothing is lost: what the archive held is in the journal */
    }
    REQUIRE(status == ENGINE_OK, status);
    if (memcmp(loaded, replayed, SHA256_SIZE) != 0) {
        snprintf(proving->proof->message, sizeof(proving->proof->message),
                 "the snapshot at record %llu differs from the state replayed to there",
                 (unsigned long long)sequence);
        return ENGINE_STATE;
    }
    proving->proof->snapshots++;
    return ENGINE_OK;
}

static enum engine_status record_prove(struct proving *proving, const struct journal_record *record)
{
    uint64_t commands;

    if (!group_apply(proving->engine->ledger, record, &proving->arena, proving->results, NULL,
                     &commands)) {
        snprintf(proving->proof->message, sizeof(proving->proof->message),
                 "record %llu is no group of commands", (unsigned long long)record->sequence);
        return ENGINE_STATE;
    }
    proving->proof->records++;
    proving->proof->commands += commands;
    struct leaving *leaving = &proving->engine->leaving;
    if (leaving_failed(leaving) ||
        leaving_go(leaving, proving->engine->ledger, commands) != JOURNAL_OK) {
        proving->engine->error = *archive_failure(leaving->archive);
        return ENGINE_JOURNAL;
    }
    return ENGINE_OK;
}

static enum engine_status records_prove(struct proving *proving, struct journal_reader *reader,
                                        void (*progress)(uint64_t records))
{
    struct engine *engine = proving->engine;
    uint64_t snapshots[SNAPSHOT_LIST_MAX];
    unsigned count;
    struct journal_record record;
    enum journal_status status;

    REQUIRE(snapshot_list(engine->journal, snapshots, &count, &engine->error) == JOURNAL_OK,
            ENGINE_JOURNAL);
    while ((status = journal_reader_next(reader, &record, &engine->error)) == JOURNAL_OK) {
        TRY(record_prove(proving, &record));
        for (unsigned i = 0; i < count; i++) {
            if (snapshots[i] == record.sequence) {
                TRY(snapshot_prove(proving, record.sequence));
            }
        }
        if (progress != NULL && record.sequence % 1024 == 0) {
            progress(record.sequence);
        }
    }
    REQUIRE(status == JOURNAL_END, ENGINE_JOURNAL);
    for (unsigned i = 0; i < count; i++) {
        if (snapshots[i] > proving->proof->records) {
            engine->error =
                (struct journal_error){.status = JOURNAL_SNAPSHOT_AHEAD,
                                       .sequence = snapshots[i],
                                       .cause = "a snapshot stands behind the last record"};
            return ENGINE_JOURNAL;
        }
    }
    return ENGINE_OK;
}

static enum engine_status engine_prove(struct engine *engine, struct engine_proof *proof,
                                       void (*progress)(uint64_t records))
{
    struct proving proving = {.engine = engine, .proof = proof};
    struct journal_reader *reader;

    proving.results =
        memory_allocate(engine->options.ledger.commands_max * sizeof(*proving.results));
    REQUIRE(proving.results != NULL, ENGINE_NO_MEMORY);
    arena_init(&proving.arena, 1UL << 30);
    enum engine_status status = ENGINE_JOURNAL;
    if (journal_reader_open(engine->journal, 1, &reader, &engine->error) == JOURNAL_OK) {
        status = records_prove(&proving, reader, progress);
        journal_reader_close(reader);
    }
    if (status == ENGINE_OK) {
        status = state_prove(&proving);
    }
    ledger_count(engine->ledger, &proof->counts);
    proof->events = ledger_effects_total(engine->ledger);
    arena_release(&proving.arena);
    memory_free(proving.results);
    return status;
}

/* What is closed leaves memory here too, into an archive of its own that is removed at the end:
 * that of the directory is what is to be proved. Nothing is written while little is closed. */
static enum engine_status leaving_prepare(struct engine *engine)
{
    const size_t size = strlen(engine->options.directory) + 1;

    engine->directory = memory_allocate(size);
    REQUIRE(engine->directory != NULL, ENGINE_NO_MEMORY);
    memcpy(engine->directory, engine->options.directory, size);
    TRY(leaving_open(engine, &engine->leaving, "proof", false));
    REQUIRE(leaving_begin(&engine->leaving, engine->ledger, &(struct archive_point){0},
                          &engine->error) == JOURNAL_OK &&
                archive_settle(engine->leaving.archive, &engine->error) == JOURNAL_OK,
            ENGINE_JOURNAL);
    return ENGINE_OK;
}

enum engine_status engine_verify(const struct engine_options *options,
                                 struct engine_proof *ret_proof, struct journal_error *reterr_error,
                                 void (*progress)(uint64_t records))
{
    struct engine engine = {.options = *options};
    struct engine_proof proof = {0};
    struct journal_recovery recovery;
    struct journal_options journal = {
        .files = options->files, .directory = options->directory, .read_only = true};

    engine.error.cause = "";
    enum engine_status status = ENGINE_JOURNAL;
    if (journal_open(&journal, &engine.journal, &recovery, &engine.error) == JOURNAL_OK) {
        engine.options.ledger.base = journal_base(engine.journal);
        engine.ledger = ledger_open(&engine.options.ledger);
        status = engine.ledger == NULL ? ENGINE_NO_MEMORY : leaving_prepare(&engine);
        if (status == ENGINE_OK) {
            status = engine_prove(&engine, &proof, progress);
        }
    }
    *reterr_error = engine.error;
    *ret_proof = proof;
    if (engine.leaving.archive != NULL) {
        archive_remove(engine.leaving.archive);
    }
    leaving_close(&engine.leaving);
    leaving_close(&engine.past);
    ledger_free(engine.ledger);
    journal_close(engine.journal);
    memory_free(engine.directory);
    return status;
}
