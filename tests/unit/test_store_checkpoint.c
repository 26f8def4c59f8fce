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

/* One that cannot open the database does nothing, and ends. */
static void a_thread_without_a_database_ends(void **state)
{
    struct checkpoint *checkpoint = NULL;
    (void)state;
    checkpoint_end(NULL);
    assert_int_equal(checkpoint_start(&checkpoint, "build/no/such/credit.db"), OS_OK);
    for (int i = 0; i < 3; i++) {
        checkpoint_ask(checkpoint);
    }
    assert_false(checkpoint_broken(checkpoint));
    checkpoint_end(checkpoint);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_log_is_moved_by_its_thread),
        cmocka_unit_test(a_thread_without_a_database_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
