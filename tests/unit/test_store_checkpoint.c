/* SQLite's log is moved into the database beside the transactions. */
#include "cmocka_headroom.h"
#include "store_fixture.h"

#include <stdio.h>
#include <sys/stat.h>

#include "store/store_checkpoint.h"

enum { PAGE = 4096, VALUE = 1 << 20, SECONDS_MAX = 20 };

static char value[VALUE];

static enum store_status add_work(struct store *store, void *context)
{
    const unsigned *number = context;
    char key[32];
    (void)snprintf(key, sizeof key, "key-%u", *number);
    const struct store_value values[] = {
        store_text(SLICE("actor")),
        store_text(slice_from_cstr(key)),
        store_bytes("0123456789abcdef0123456789abcdef", 32),
        store_integer(1),
        store_integer(200),
        store_text(slice_of(value, *number < 100 ? VALUE : 1)),
        store_text(SLICE("")),
    };
    return store_change(store, NULL, QUERY_IDEMPOTENCY_ADD, values);
}

static int64_t file_bytes(const struct database *database)
{
    struct stat found;
    assert_int_equal(stat(database->location, &found), 0);
    return (int64_t)found.st_size;
}

static void the_log_is_moved_by_its_thread(void **state)
{
    struct database database;
    unsigned number = 0;
    (void)state;
    memset(value, 'v', sizeof value);
    database_make(&database, false);
    struct store *store = database_open(&database);
    /* No commit moves the log itself before CHECKPOINT_PAGES_WAITING. */
    const int64_t bytes = (int64_t)PAGE * (CHECKPOINT_PAGES + 500);
    assert_true(bytes < (int64_t)PAGE * CHECKPOINT_PAGES_WAITING);
    for (; (int64_t)number * VALUE < bytes; number++) {
        assert_int_equal(store_transact(store, STORE_WRITE, add_work, &number), STORE_OK);
    }
    unsigned turns = 0;
    for (number = 100; file_bytes(&database) < bytes - 2 * VALUE; number++) {
        assert_true(++turns < SECONDS_MAX * 100);
        assert_int_equal(store_transact(store, STORE_WRITE, add_work, &number), STORE_OK);
        (void)usleep(10000);
    }
    store_close(store);
    store = database_open(&database);
    assert_int_equal(store_prove(store), STORE_OK);
    store_close(store);
    database_remove(&database);
}

static int64_t log_bytes(const struct database *database)
{
    char path[LOCATION_SIZE + 8];
    struct stat found;

    (void)snprintf(path, sizeof(path), "%s-wal", database->location);
    return stat(path, &found) == 0 ? (int64_t)found.st_size : 0;
}

/* Commits without a pause between them: the thread is behind each of them, and still the log does
 * not grow for ever. */
static void a_log_begins_anew_while_others_commit(void **state)
{
    enum { FRAME = PAGE + 24, TURNS = 24000 };
    struct database database;
    unsigned number = 100;
    bool anew = false;
    int64_t pages = 0;
    (void)state;
    memset(value, 'v', sizeof value);
    database_make(&database, false);
    struct store *store = database_open(&database);
    for (unsigned turn = 0; turn < TURNS && !anew; turn++, number++) {
        assert_int_equal(store_transact(store, STORE_WRITE, add_work, &number), STORE_OK);
        /* Each adds a page or more: a file that does not grow is written from its beginning. */
        const int64_t before = pages;
        pages = log_bytes(&database) / FRAME;
        anew = pages == before;
    }
    assert_true(anew);
    assert_in_range(pages, CHECKPOINT_PAGES, TURNS);
    assert_int_equal(store_prove(store), STORE_OK);
    store_close(store);
    database_remove(&database);
}

/* Until the thread stands still, as it does without a database. */
static bool helps_at_last(struct checkpoint *checkpoint, int pages)
{
    for (int i = 0; i < SECONDS_MAX * 100; i++) {
        if (checkpoint_grew(checkpoint, pages)) {
            return true;
        }
        (void)usleep(10000);
    }
    return false;
}

static void a_commit_moves_the_rest_of_a_long_log(void **state)
{
    enum { LONG = CHECKPOINT_PAGES_LONG, REST = CHECKPOINT_PAGES_REST };
    struct checkpoint *checkpoint = NULL;
    (void)state;
    assert_int_equal(checkpoint_start(&checkpoint, "build/no/such/credit.db"), OS_OK);
    /* Nothing was moved, so that it is the thread's to do. */
    assert_false(checkpoint_grew(checkpoint, 10));
    assert_false(checkpoint_grew(checkpoint, LONG));
    assert_false(checkpoint_grew(checkpoint, LONG + 1));
    /* All but the rest. */
    checkpoint_moved(checkpoint, LONG + 2 - REST);
    assert_true(helps_at_last(checkpoint, LONG + 2));
    /* A reader is in the way: it is tried again only when there is more. */
    assert_false(checkpoint_grew(checkpoint, LONG + 3));
    checkpoint_moved(checkpoint, LONG + 2);
    assert_false(checkpoint_grew(checkpoint, LONG + 1 + REST));
    assert_true(helps_at_last(checkpoint, LONG + 2 + REST));
    /* It began anew, and what was moved counts no more. */
    assert_false(checkpoint_grew(checkpoint, 20));
    assert_false(checkpoint_grew(checkpoint, LONG));
    assert_false(checkpoint_grew(checkpoint, LONG + 1));
    /* The thread does not keep up. */
    assert_true(checkpoint_grew(checkpoint, CHECKPOINT_PAGES_WAITING));
    checkpoint_end(checkpoint);
}

/* One that cannot open the database does nothing, and ends. */
static void a_thread_without_a_database_ends(void **state)
{
    struct checkpoint *checkpoint = NULL;
    (void)state;
    checkpoint_end(NULL);
    assert_int_equal(checkpoint_start(&checkpoint, "build/no/such/credit.db"), OS_OK);
    for (int i = 0; i < 3; i++) {
        (void)checkpoint_grew(checkpoint, CHECKPOINT_PAGES * (i + 1));
    }
    assert_false(checkpoint_broken(checkpoint));
    checkpoint_end(checkpoint);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_log_is_moved_by_its_thread),
        cmocka_unit_test(a_log_begins_anew_while_others_commit),
        cmocka_unit_test(a_commit_moves_the_rest_of_a_long_log),
        cmocka_unit_test(a_thread_without_a_database_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
