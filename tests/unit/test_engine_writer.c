/* The engine with a thread that writes: batches that arrive while a record is on its way are
 * answered once, in order, after they are durable; a snapshot waits for a moment without a write.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <poll.h>
#include <stdatomic.h>
#include <unistd.h>

#include "engine/engine.h"
#include "os/clock.h"
#include "os/writer.h"

enum { BATCHES = 3000, PER_BATCH = 3, IN_HAND = 40 };

static const time_us morning = 1764000000LL * US_PER_SECOND; /* 2025-11-24T16:00:00Z */

struct one {
    struct engine_batch batch;
    struct fixture *fixture;
    unsigned number;
    struct ledger_command commands[PER_BATCH];
    struct ledger_result results[PER_BATCH];
};

struct fixture {
    char directory[256];
    struct engine_options options;
    struct engine *engine;
    atomic_uint wakes;
    struct one *ones;
    unsigned submitted, answered;
};

static void wake(void *context)
{
    atomic_fetch_add(&((struct fixture *)context)->wakes, 1);
}

static void fixture_open(struct fixture *fixture)
{
    struct engine_recovery recovery;
    struct journal_error error;

    assert_int_equal(engine_open(&fixture->options, &fixture->engine, &recovery, &error),
                     ENGINE_OK);
}

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    fixture->ones = calloc(BATCHES, sizeof(*fixture->ones));
    const char *folder = getenv("TMPDIR");
    snprintf(fixture->directory, sizeof(fixture->directory), "%s/headroom-XXXXXX",
             folder == NULL ? "/tmp" : folder);
    assert_non_null(mkdtemp(fixture->directory));
    engine_options_init(&fixture->options);
    fixture->options.directory = fixture->directory;
    fixture->options.ledger.limits_max = 1 << 16;
    fixture->options.ledger.records_max = 1 << 20;
    fixture->options.ledger.traces_max = 1 << 20;
    fixture->options.ledger.unlocks_max = 1 << 12;
    fixture->options.segment_size = 1 << 22;
    fixture->options.payload_max = 1 << 16;
    fixture->options.first_date = time_to_date(morning);
    fixture->options.now = morning;
    fixture->options.wake = wake;
    fixture->options.wake_context = fixture;
    fixture_open(fixture);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    engine_close(fixture->engine);
    free(fixture->ones);
    free(fixture);
    return 0;
}

static void command_begin(struct ledger_command *command, enum ledger_op op, const char *id,
                          const char *target)
{
    ledger_command_init(command, op);
    command->has_id = id != NULL;
    command->fields = LEDGER_HAS(AMOUNT) | LEDGER_HAS(LIMIT) | (id == NULL ? 0 : LEDGER_HAS(ID));
    command->amounts[0] = (struct ledger_amount){100, LEDGER_MINOR};
    if (id != NULL) {
        assert_true(ledger_id_read(slice_from_cstr(id), &command->id));
    }
    assert_true(ledger_id_read(slice_from_cstr(target), &command->target));
}

static void limit_open(struct fixture *fixture)
{
    struct ledger_extra extra = ledger_extra_none;
    struct ledger_command command;
    struct ledger_result result;

    ledger_command_init(&command, LEDGER_OP_LIMIT_OPEN);
    assert_true(ledger_id_read(SLICE("L"), &command.id));
    command.has_id = true;
    command.currency = CURRENCY_CNY;
    command.extra = &extra;
    command.fields = LEDGER_HAS(ID) | LEDGER_HAS(CURRENCY) | LEDGER_HAS(CAP);
    command.amounts[0] = (struct ledger_amount){AMOUNT_MAX, LEDGER_MINOR};
    assert_int_equal(engine_apply(fixture->engine, &command, &result, 1, false, morning),
                     ENGINE_OK);
    assert_int_equal(result.status, LEDGER_OK);
}

static void answered(struct engine_batch *batch)
{
    struct one *one = (struct one *)(void *)batch; /* the batch is its first member */
    struct fixture *fixture = one->fixture;

    assert_int_equal(batch->status, ENGINE_OK);
    assert_int_equal(one->number, fixture->answered);
    fixture->answered++;
    for (size_t i = 0; i < batch->count; i++) {
        assert_int_equal(one->results[i].status, LEDGER_OK);
    }
    /* What was answered is in the journal: the engine stands at a record that holds it. */
    assert_true(engine_last(fixture->engine).sequence > 0);
}

/* Batches of draws; each fifth only asks. */
static void submit(struct fixture *fixture)
{
    struct one *one = &fixture->ones[fixture->submitted];
    const bool asks = fixture->submitted % 5 == 4;
    char id[32];

    one->fixture = fixture;
    one->number = fixture->submitted++;
    for (unsigned i = 0; i < PER_BATCH; i++) {
        snprintf(id, sizeof(id), "d%u.%u", one->number, i);
        command_begin(&one->commands[i], asks ? LEDGER_OP_CHECK : LEDGER_OP_DRAW, asks ? NULL : id,
                      "L");
    }
    one->batch = (struct engine_batch){
        .commands = one->commands, .count = PER_BATCH, .results = one->results, .done = answered};
    engine_submit(fixture->engine, &one->batch);
}

/* A loop as a server's: commits until there is nothing to do, sleeps until the worker wakes it. */
static void run(struct fixture *fixture)
{
    unsigned waited = 0;
    bool begun = false;

    while (fixture->answered < BATCHES) {
        while (fixture->submitted < BATCHES && fixture->submitted - fixture->answered < IN_HAND) {
            submit(fixture);
        }
        assert_int_equal(engine_commit(fixture->engine, morning + fixture->answered), ENGINE_OK);
        if (!begun && fixture->submitted >= BATCHES / 2) {
            begun = true;
            assert_int_equal(engine_snapshot_begin(fixture->engine), ENGINE_OK);
        }
        if (engine_waits(fixture->engine)) {
            const unsigned before = atomic_load(&fixture->wakes);
            waited++;
            while (engine_waits(fixture->engine) && atomic_load(&fixture->wakes) == before) {
                poll(NULL, 0, 1);
            }
        }
    }
    assert_true(waited > 0);
    while (engine_pending(fixture->engine)) {
        assert_int_equal(engine_commit(fixture->engine, morning + BATCHES), ENGINE_OK);
    }
}

static void every_batch_is_answered_once_in_order(void **state)
{
    struct fixture *fixture = *state;
    struct ledger_counts counts;
    struct engine_figures figures;
    uint8_t before[32];
    uint8_t after[32];

    limit_open(fixture);
    run(fixture);
    ledger_count(engine_ledger(fixture->engine), &counts);
    assert_int_equal(counts.exposures_open, BATCHES / 5 * 4 * PER_BATCH);
    engine_figures(fixture->engine, &figures);
    assert_true(figures.records < BATCHES / 2); /* groups held several batches */
    while (figures.snapshots == 0 && figures.snapshots_failed == 0) {
        poll(NULL, 0, 1);
        assert_int_equal(engine_tick(fixture->engine, morning + BATCHES), ENGINE_OK);
        engine_figures(fixture->engine, &figures);
    }
    assert_int_equal(figures.snapshots, 1);
    assert_true(ledger_digest(engine_ledger(fixture->engine), before));
    engine_close(fixture->engine);
    fixture_open(fixture);
    assert_true(ledger_digest(engine_ledger(fixture->engine), after));
    assert_memory_equal(before, after, sizeof(before));
}

static void closing_forgets_what_is_on_its_way(void **state)
{
    struct fixture *fixture = *state;

    limit_open(fixture);
    for (unsigned i = 0; i < 4; i++) {
        submit(fixture);
    }
    assert_int_equal(engine_commit(fixture->engine, morning), ENGINE_OK);
    engine_close(fixture->engine); /* may or may not have become durable; nobody was answered */
    fixture_open(fixture);
    struct ledger_counts counts;
    ledger_count(engine_ledger(fixture->engine), &counts);
    assert_true(counts.exposures_open == 0 || counts.exposures_open == 4 * PER_BATCH);
}

static void work_add(void *context)
{
    ++*(unsigned *)context;
}

static void a_worker_does_one_thing_after_another(void **state)
{
    struct os_writer *worker;
    unsigned done = 0;

    (void)state;
    assert_int_equal(os_writer_start(&worker, NULL, NULL), OS_OK);
    os_writer_wait(worker); /* nothing is under way */
    for (unsigned i = 0; i < 1000; i++) {
        os_writer_give(worker, work_add, &done);
        os_writer_wait(worker);
        assert_false(os_writer_busy(worker));
        assert_int_equal(done, i + 1);
    }
    os_writer_give(worker, work_add, &done);
    os_writer_end(worker); /* waits for it */
    assert_int_equal(done, 1001);
    os_writer_end(NULL);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(every_batch_is_answered_once_in_order),
        TEST(closing_forgets_what_is_on_its_way),
        cmocka_unit_test(a_worker_does_one_thing_after_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
