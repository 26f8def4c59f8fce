/* The engine on a real directory: what was answered is there after a restart, by journal and by
 * snapshot. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <unistd.h>

#include "engine/engine.h"
#include "ledger/command_json.h"
#include "os/clock.h"

static const time_us morning = 1764000000LL * US_PER_SECOND; /* 2025-11-24T16:00:00Z */

struct fixture {
    char directory[64];
    struct engine_options options;
    struct engine *engine;
    struct engine_recovery recovery;
    time_us now;
    unsigned next_id;
};

static void fixture_open(struct fixture *fixture)
{
    struct journal_error error;
    const enum engine_status status =
        engine_open(&fixture->options, &fixture->engine, &fixture->recovery, &error);

    if (status != ENGINE_OK) {
        print_message("%s: %s\n", engine_status_english(status).data, error.cause);
    }
    assert_int_equal(status, ENGINE_OK);
}

static void fixture_reopen(struct fixture *fixture)
{
    engine_close(fixture->engine);
    fixture->engine = NULL;
    fixture_open(fixture);
}

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    snprintf(fixture->directory, sizeof(fixture->directory), "engine-XXXXXX");
    assert_non_null(mkdtemp(fixture->directory));
    engine_options_init(&fixture->options);
    fixture->options.directory = fixture->directory;
    fixture->options.ledger.limits_max = 1 << 16;
    fixture->options.ledger.records_max = 1 << 20;
    fixture->options.ledger.traces_max = 1 << 20;
    fixture->options.ledger.unlocks_max = 1 << 12;
    fixture->options.segment_size = 1 << 24;
    fixture->options.first_date = time_to_date(morning);
    fixture->options.now = morning;
    fixture->now = morning;
    fixture_open(fixture);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    char name[FILE_NAME_MAX + 1];
    struct directory *directory;
    bool end = false;

    engine_close(fixture->engine);
    if (directory_open(files_real(), fixture->directory, &directory).status == OS_OK) {
        while (directory_next(directory, true, name, &end).status == OS_OK && !end) {
            assert_int_equal(directory_remove(directory, name).status, OS_OK);
        }
        directory_close(directory);
    }
    (void)rmdir(fixture->directory);
    free(fixture);
    return 0;
}

/* Sends one command as JSON text and gives the answer as text, valid until the next call. */
static const char *send(struct fixture *fixture, const char *text)
{
    static struct buffer answer;
    struct arena arena;
    struct json_error error;
    struct json_writer writer;
    struct ledger_command command;
    struct ledger_result result;

    arena_init(&arena, 1 << 20);
    const struct json_value *value = json_parse(&arena, &error, slice_from_cstr(text));
    assert_true(ledger_command_read_json(&arena, &command, value, CURRENCY_CNY, false));
    fixture->now += US_PER_SECOND;
    assert_int_equal(engine_apply(fixture->engine, &command, &result, 1, false, fixture->now),
                     ENGINE_OK);
    buffer_reset(&answer);
    json_writer_init(&writer, &answer);
    ledger_result_write_json(&writer, engine_ledger(fixture->engine), &command, &result);
    buffer_append_byte(&answer, 0);
    arena_release(&arena);
    return answer.data;
}

static void digest(struct fixture *fixture, uint8_t ret_digest[32])
{
    assert_true(ledger_digest(engine_ledger(fixture->engine), ret_digest));
}

static void story(struct fixture *fixture)
{
    static const char *const lines[] = {
        "{\"op\":\"limit.open\",\"id\":\"G\",\"currency\":\"CNY\",\"cap\":\"1000\",\"kind\":"
        "\"group\"}",
        "{\"op\":\"limit.open\",\"id\":\"L\",\"currency\":\"CNY\",\"cap\":\"600\",\"parents\":["
        "\"G\"],"
        "\"holder\":\"客户一\",\"actor\":\"wang\",\"reason\":\"批复 2025-17\"}",
        "{\"op\":\"draw\",\"id\":\"d1\",\"limit\":\"L\",\"amount\":\"250.00\",\"case\":\"C-9\"}",
        "{\"op\":\"reserve\",\"id\":\"r1\",\"limit\":\"L\",\"amount\":\"100\","
        "\"expires\":\"2025-11-24T17:00:00Z\"}",
        "{\"op\":\"repay\",\"id\":\"p1\",\"exposure_id\":\"d1\",\"amount\":\"50\"}",
    };

    for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
        assert_non_null(strstr(send(fixture, lines[i]), "\"result\":\"ok\""));
    }
}

static void survives_a_restart(void **state)
{
    struct fixture *fixture = *state;
    uint8_t before[32];
    uint8_t after[32];

    story(fixture);
    digest(fixture, before);
    fixture_reopen(fixture);
    digest(fixture, after);
    assert_memory_equal(before, after, 32);
    assert_int_equal(fixture->recovery.commands, 6); /* the first day and the story */
    assert_string_equal(send(fixture,
                             "{\"op\":\"draw\",\"id\":\"d1\",\"limit\":\"L\",\"amount\":250,"
                             "\"case\":\"C-9\"}"),
                        "{\"id\":\"d1\",\"result\":\"exists\"}");
}

static void starts_from_a_snapshot(void **state)
{
    struct fixture *fixture = *state;
    uint8_t before[32];
    uint8_t after[32];

    story(fixture);
    assert_int_equal(engine_snapshot(fixture->engine), ENGINE_OK);
    assert_non_null(strstr(
        send(fixture, "{\"op\":\"draw\",\"id\":\"d2\",\"limit\":\"L\",\"amount\":\"1\"}"), "ok"));
    digest(fixture, before);
    fixture_reopen(fixture);
    digest(fixture, after);
    assert_memory_equal(before, after, 32);
    assert_int_equal(fixture->recovery.commands, 1);
    assert_true(fixture->recovery.snapshot_sequence > 0);

    struct engine_event event;
    assert_int_equal(engine_event_read(fixture->engine, 3, &event), ENGINE_OK);
    assert_true(slice_equal(event.actor, SLICE("wang")));
    assert_true(slice_equal(ledger_id_slice(&event.id), SLICE("L")));
}

static void a_child_writes_the_same_snapshot(void **state)
{
    struct fixture *fixture = *state;
    struct engine_figures figures;

    story(fixture);
    assert_int_equal(engine_snapshot_begin(fixture->engine), ENGINE_OK);
    do {
        assert_int_equal(engine_tick(fixture->engine, fixture->now), ENGINE_OK);
        engine_figures(fixture->engine, &figures);
    } while (figures.snapshot_running);
    assert_int_equal(figures.snapshots, 1);
    assert_int_equal(figures.snapshots_failed, 0);
    fixture_reopen(fixture);
    assert_int_equal(fixture->recovery.commands, 0);
}

static void time_passes_on_record(void **state)
{
    struct fixture *fixture = *state;
    const uint32_t limit = (story(fixture), ledger_limit_find(engine_ledger(fixture->engine),
                                                              &(struct ledger_id){"L"}));
    struct ledger_limit_view view;
    uint8_t before[32];
    uint8_t after[32];

    fixture->now = morning + 2LL * 3600 * US_PER_SECOND;
    assert_int_equal(engine_tick(fixture->engine, fixture->now), ENGINE_OK);
    ledger_limit_view(engine_ledger(fixture->engine), &view, limit);
    assert_int_equal((int64_t)view.reserved_minor, 0);
    digest(fixture, before);
    fixture_reopen(fixture);
    digest(fixture, after);
    assert_memory_equal(before, after, 32);
}

static void movements_newest_first(void **state)
{
    struct fixture *fixture = *state;
    uint64_t numbers[3];
    uint64_t before;
    size_t count;

    story(fixture);
    struct engine_movements_query query = {
        .limit = ledger_limit_find(engine_ledger(fixture->engine), &(struct ledger_id){"G"}),
        .from = TIME_NONE,
        .to = TIME_NONE,
    };
    assert_int_equal(engine_movements(fixture->engine, numbers, 3, &count, &before, &query),
                     ENGINE_OK);
    assert_int_equal(count, 3);
    assert_int_equal(numbers[0], 6); /* repay; the day is event 1 */
    assert_int_equal(numbers[2], 4);
    query.before = before;
    assert_int_equal(engine_movements(fixture->engine, numbers, 3, &count, &before, &query),
                     ENGINE_OK);
    assert_int_equal(count, 2); /* both openings */
    assert_int_equal(numbers[1], 2);
    assert_int_equal(before, 0);
}

static void an_earlier_state(void **state)
{
    struct fixture *fixture = *state;
    struct ledger *ledger;
    struct ledger_limit_view view;

    story(fixture);
    const time_us then = fixture->now;
    assert_int_equal(engine_snapshot(fixture->engine), ENGINE_OK);
    send(fixture, "{\"op\":\"draw\",\"id\":\"d3\",\"limit\":\"L\",\"amount\":\"1\"}");
    for (int earlier = 0; earlier < 3; earlier++) {
        assert_int_equal(engine_state_at(fixture->engine, &ledger, then - earlier * US_PER_SECOND),
                         ENGINE_OK);
        ledger_limit_view(ledger, &view, ledger_limit_find(ledger, &(struct ledger_id){"L"}));
        /* After all: 200 used, 100 reserved; before the repayment 250; before the reservation 0. */
        assert_int_equal((int64_t)view.used_minor, earlier == 0 ? 20000 : 25000);
        assert_int_equal((int64_t)view.reserved_minor, earlier == 2 ? 0 : 10000);
        ledger_free(ledger);
    }
}

static void proves_itself(void **state)
{
    struct fixture *fixture = *state;
    struct engine_proof proof;
    struct journal_error error;
    uint8_t live[32];

    story(fixture);
    assert_int_equal(engine_snapshot(fixture->engine), ENGINE_OK);
    send(fixture, "{\"op\":\"repay\",\"id\":\"p2\",\"exposure_id\":\"d1\"}");
    digest(fixture, live);
    engine_close(fixture->engine);
    fixture->engine = NULL;
    assert_int_equal(engine_verify(&fixture->options, &proof, &error, NULL), ENGINE_OK);
    assert_memory_equal(proof.digest, live, 32);
    assert_int_equal(proof.commands, 7);
    assert_int_equal(proof.snapshots, 1);
    fixture_open(fixture);
}

static void lost_events_are_made_again(void **state)
{
    struct fixture *fixture = *state;
    struct directory *directory;
    struct engine_event event;

    story(fixture);
    assert_int_equal(engine_snapshot(fixture->engine), ENGINE_OK);
    engine_close(fixture->engine);
    fixture->engine = NULL;
    assert_int_equal(directory_open(files_real(), fixture->directory, &directory).status, OS_OK);
    assert_int_equal(directory_remove(directory, "events-0000000000000001").status, OS_OK);
    directory_close(directory);
    fixture_open(fixture);
    assert_int_equal(engine_event_read(fixture->engine, 4, &event), ENGINE_OK);
    assert_true(slice_equal(event.case_ref, SLICE("C-9")));
}

static void another_base_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct journal_error error;
    struct engine *other;

    engine_close(fixture->engine);
    fixture->engine = NULL;
    fixture->options.ledger.base = CURRENCY_USD;
    assert_int_equal(engine_open(&fixture->options, &other, &fixture->recovery, &error),
                     ENGINE_JOURNAL);
    assert_int_equal(error.status, JOURNAL_FOREIGN);
    fixture->options.ledger.base = CURRENCY_CNY;
    fixture_open(fixture);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(survives_a_restart),
        TEST(starts_from_a_snapshot),
        TEST(a_child_writes_the_same_snapshot),
        TEST(time_passes_on_record),
        TEST(movements_newest_first),
        TEST(an_earlier_state),
        TEST(proves_itself),
        TEST(lost_events_are_made_again),
        TEST(another_base_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
