/* A store and a ledger, as a server has them, for tests of what stands between them. */
#ifndef HEADROOM_TESTS_PLANES_FIXTURE_H
#define HEADROOM_TESTS_PLANES_FIXTURE_H

#include "cmocka_headroom.h"
#include "store_fixture.h"

#include "credit/move.h"
#include "engine/engine.h"

static const time_us start_us = 1795000000LL * US_PER_SECOND;

struct fixture {
    struct database database;
    char directory[160];
    struct engine_options options;
    struct engine *engine;
    struct store *store;
    struct arena arena;
    struct people_actor actor;
    struct credit_asking asking;
    struct customer_reach reach;
    struct customer_outcome outcome;
    bool missing;
    time_us now;
};

static inline void open_both(struct fixture *fixture)
{
    struct engine_recovery recovery;
    struct journal_error error;

    fixture->store = database_open(&fixture->database);
    assert_int_equal(engine_open(&fixture->options, &fixture->engine, &recovery, &error),
                     ENGINE_OK);
}

static inline void close_both(struct fixture *fixture)
{
    engine_close(fixture->engine);
    store_close(fixture->store);
    fixture->engine = NULL;
    fixture->store = NULL;
}

/* Both opened, empty. */
static inline int setup_bare(void **state)
{
    const bool postgresql = *state != NULL;
    const char *folder = getenv("TMPDIR");
    struct fixture *fixture = test_calloc(1, sizeof(*fixture));

    *state = fixture;
    fixture->missing = database_missing(postgresql);
    fixture->now = start_us;
    if (fixture->missing) {
        return 0;
    }
    database_make(&fixture->database, postgresql);
    (void)snprintf(fixture->directory, sizeof(fixture->directory), "%s/planes-XXXXXX",
                   folder == NULL ? "build" : folder);
    assert_non_null(mkdtemp(fixture->directory));
    engine_options_init(&fixture->options);
    fixture->options.directory = fixture->directory;
    fixture->options.ledger.limits_max = 1 << 10;
    fixture->options.ledger.records_max = 1 << 10;
    fixture->options.ledger.traces_max = 1 << 10;
    fixture->options.segment_size = 1 << 24;
    fixture->options.first_date = time_to_date(start_us);
    fixture->options.now = start_us;
    arena_init(&fixture->arena, 512 << 20);
    open_both(fixture);
    return 0;
}

static inline int teardown(void **state)
{
    struct fixture *fixture = *state;
    char name[FILE_NAME_MAX + 1];
    struct directory *directory;
    bool end = false;

    if (!fixture->missing) {
        close_both(fixture);
        if (directory_open(files_real(), fixture->directory, &directory).status == OS_OK) {
            while (directory_next(directory, true, name, &end).status == OS_OK && !end) {
                assert_int_equal(directory_remove(directory, name).status, OS_OK);
            }
            directory_close(directory);
        }
        (void)rmdir(fixture->directory);
        database_remove(&fixture->database);
        arena_release(&fixture->arena);
    }
    test_free(fixture);
    return 0;
}

static inline struct fixture *fixture_of(void **state)
{
    struct fixture *fixture = *state;

    if (fixture->missing) {
        skip();
    }
    return fixture;
}

static inline void assert_text(struct slice text, const char *expected)
{
    if (!slice_equal(text, slice_from_cstr(expected))) {
        fail_msg("\"%.*s\" is not \"%s\"", (int)text.size, text.data, expected);
    }
}

#endif
