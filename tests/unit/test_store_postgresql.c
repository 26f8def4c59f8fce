/* The store on PostgreSQL when the server is away, goes away, or is not what is needed. */
#include "cmocka_headroom.h"

#include <stdlib.h>

#include "store_fixture.h"

struct fixture {
    struct database database;
    struct store *store;
    bool missing;
};

static int setup(void **state)
{
    struct fixture *fixture = test_calloc(1, sizeof(*fixture));

    *state = fixture;
    fixture->missing = database_missing(true);
    if (!fixture->missing) {
        database_make(&fixture->database, true);
        fixture->store = database_open(&fixture->database);
    }
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    store_close(fixture->store);
    if (!fixture->missing) {
        database_remove(&fixture->database);
    }
    test_free(fixture);
    return 0;
}

static struct fixture *fixture_of(void **state)
{
    struct fixture *fixture = *state;

    if (fixture->missing) {
        skip();
    }
    return fixture;
}

/* Ends every other connection of the program, as a restart of the server or a firewall would. */
static void connections_end(const struct fixture *fixture)
{
    assert_true(
        database_run(&fixture->database,
                     "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                     " WHERE application_name = current_database() AND pid <> pg_backend_pid()"));
}

struct work {
    struct fixture *fixture;
    unsigned calls;
    unsigned cuts; /* calls during which the connection ends */
};

static enum store_status add_work(struct store *store, void *context)
{
    static const char hash[32];
    struct work *work = context;
    const struct store_value values[] = {
        store_integer(1),
        store_integer(0),
        store_text(SLICE("a")),
        store_text(SLICE("")),
        store_text(SLICE("test")),
        store_text(SLICE("thing")),
        store_null(),
        store_null(),
        store_null(),
        store_bytes(hash, 32),
        store_bytes(hash, 32),
    };

    work->calls++;
    if (work->calls <= work->cuts) {
        connections_end(work->fixture);
    }
    return store_change(store, NULL, QUERY_AUDIT_ADD, values);
}

static int64_t stored(const struct fixture *fixture)
{
    PGconn *connection = PQconnectdb(fixture->database.location);
    PGresult *result = PQexec(connection, "SELECT count(*) FROM audit_entry");
    uint64_t count = 0;

    assert_true(slice_to_u64(slice_from_cstr(PQgetvalue(result, 0, 0)), 1000, &count));
    PQclear(result);
    PQfinish(connection);
    return (int64_t)count;
}

static void a_connection_lost_between_transactions_is_opened_again(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct work work = {.fixture = fixture};

    connections_end(fixture);
    assert_int_equal(store_transact(fixture->store, STORE_WRITE, add_work, &work), STORE_OK);
    assert_int_equal(work.calls, 1);
    assert_int_equal(stored(fixture), 1);
}

static void a_connection_lost_within_a_transaction_begins_it_anew(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct work work = {.fixture = fixture, .cuts = 1};

    assert_int_equal(store_transact(fixture->store, STORE_WRITE, add_work, &work), STORE_OK);
    assert_int_equal(work.calls, 2);
    assert_int_equal(stored(fixture), 1);
}

static void a_connection_lost_again_is_reported(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct work work = {.fixture = fixture, .cuts = 2};

    assert_int_equal(store_transact(fixture->store, STORE_WRITE, add_work, &work), STORE_LOST);
    assert_int_equal(work.calls, 2);
    assert_int_equal(stored(fixture), 0);
    assert_true(store_status_again(STORE_LOST));
    /* The next one finds its way. */
    assert_int_equal(store_transact(fixture->store, STORE_WRITE, add_work, &work), STORE_OK);
    assert_int_equal(stored(fixture), 1);
}

/* A trigger that runs at the commit ends the connection under it: the commit was sent, and no
 * answer came. It is not tried again. */
static void a_connection_lost_at_the_commit_is_unknown(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct work work = {.fixture = fixture};

    assert_true(database_run(
        &fixture->database,
        "CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS"
        " $$BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END$$;"
        "CREATE CONSTRAINT TRIGGER cut AFTER INSERT ON audit_entry DEFERRABLE INITIALLY DEFERRED"
        " FOR EACH ROW EXECUTE FUNCTION cut()"));
    assert_int_equal(store_transact(fixture->store, STORE_WRITE, add_work, &work), STORE_UNKNOWN);
    assert_int_equal(work.calls, 1);
    assert_false(store_status_again(STORE_UNKNOWN));
    assert_int_equal(stored(fixture), 0);
    assert_true(database_run(&fixture->database, "DROP TRIGGER cut ON audit_entry"));
    assert_int_equal(store_transact(fixture->store, STORE_WRITE, add_work, &work), STORE_OK);
}

/* A rule that is checked at the commit refuses there; nothing is stored and it is said so. */
static void a_commit_that_is_refused_stores_nothing(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct work work = {.fixture = fixture};

    assert_true(database_run(
        &fixture->database,
        "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS"
        " $$BEGIN RAISE EXCEPTION 'a secret value %', NEW.actor; END$$;"
        "CREATE CONSTRAINT TRIGGER no AFTER INSERT ON audit_entry DEFERRABLE INITIALLY DEFERRED"
        " FOR EACH ROW EXECUTE FUNCTION no()"));
    assert_int_equal(store_transact(fixture->store, STORE_WRITE, add_work, &work),
                     STORE_CONSTRAINT);
    assert_int_equal(stored(fixture), 0);
}

static enum store_status open_at(const char *location, struct store_error *error)
{
    const struct store_options options = {.location = location};
    struct store *store = NULL;
    const enum store_status status = store_open(&store, &options, error);

    store_close(store);
    return status;
}

static void a_server_that_is_not_there_is_named(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct store_error error;
    char location[LOCATION_SIZE];

    assert_int_equal(open_at("postgresql:///headroom?host=/no/such/folder", &error),
                     STORE_UNAVAILABLE);
    assert_non_null(strstr(error.message, "/no/such/folder"));
    assert_int_equal(open_at("postgresql://127.0.0.1:1/headroom", &error), STORE_UNAVAILABLE);
    assert_int_equal(open_at("postgresql://[", &error), STORE_UNAVAILABLE);
    /* Neither a database nor a user of that name. */
    (void)snprintf(location, sizeof(location), "%s&dbname=nowhere", getenv("HEADROOM_POSTGRES"));
    assert_int_equal(open_at(location, &error), STORE_UNAVAILABLE);
    assert_non_null(strstr(error.message, "nowhere"));
    (void)fixture;
}

static void another_encoding_is_refused(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct store_error error;
    char location[LOCATION_SIZE];

    assert_true(
        database_run(&fixture->database,
                     "CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0"));
    (void)snprintf(location, sizeof(location), "%s&dbname=latin", getenv("HEADROOM_POSTGRES"));
    assert_int_equal(open_at(location, &error), STORE_UNAVAILABLE);
    assert_non_null(strstr(error.message, "UTF8"));
    assert_true(database_run(&fixture->database, "DROP DATABASE latin"));
}

static void a_user_who_may_not_write_is_refused(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct work work = {.fixture = fixture};

    assert_true(database_run(&fixture->database, "CREATE ROLE looker LOGIN"));
    assert_true(
        database_run(&fixture->database, "GRANT SELECT ON ALL TABLES IN SCHEMA public TO looker"));
    char location[LOCATION_SIZE + 32];
    struct store *store = NULL;
    struct store_error error;
    (void)snprintf(location, sizeof(location), "%s&user=looker", fixture->database.location);
    const struct store_options options = {.location = location, .read_only = true};
    assert_int_equal(store_open(&store, &options, &error), STORE_OK);
    assert_int_equal(store_transact(store, STORE_WRITE, add_work, &work), STORE_FORBIDDEN);
    store_close(store);
    assert_true(database_run(&fixture->database, "DROP OWNED BY looker; DROP ROLE looker"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_connection_lost_between_transactions_is_opened_again,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(a_connection_lost_within_a_transaction_begins_it_anew,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(a_connection_lost_again_is_reported, setup, teardown),
        cmocka_unit_test_setup_teardown(a_connection_lost_at_the_commit_is_unknown, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_commit_that_is_refused_stores_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(a_server_that_is_not_there_is_named, setup, teardown),
        cmocka_unit_test_setup_teardown(another_encoding_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(a_user_who_may_not_write_is_refused, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
