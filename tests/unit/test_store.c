/* The store, each case on both database systems. */
#include "cmocka_headroom.h"

#include <stdlib.h>

#include "store_fixture.h"

struct fixture {
    struct database database;
    struct store *store;
    struct arena arena;
    bool missing; /* no PostgreSQL here */
};

static int setup(void **state)
{
    const bool postgresql = *state != NULL;
    struct fixture *fixture = test_calloc(1, sizeof(*fixture));

    *state = fixture;
    fixture->missing = database_missing(postgresql);
    if (!fixture->missing) {
        database_make(&fixture->database, postgresql);
        fixture->store = database_open(&fixture->database);
        arena_init(&fixture->arena, 256 << 20);
    }
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    store_close(fixture->store);
    arena_release(&fixture->arena);
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

/* ---- one entry of the audit trail, as something to store ---- */

struct entry {
    int64_t number;
    int64_t at;
    struct slice actor;
    struct slice before;
    struct slice hash;
    bool refuse; /* give up behind the insert */
    bool twice;  /* insert it again, which fails, and go on as if nothing had happened */
    enum store_status second;
};

static const char hash_zero[32];

static enum store_status entry_insert(struct store *store, const struct entry *entry)
{
    const struct slice hash = entry->hash.size == 0 ? slice_of(hash_zero, 32) : entry->hash;
    const struct store_value values[] = {
        store_integer(entry->number),
        store_integer(entry->at),
        store_text(entry->actor),
        store_text(SLICE("[::1]:5")),
        store_text(SLICE("test.change")),
        store_text(SLICE("thing/1")),
        entry->before.data == NULL ? store_null() : store_text(entry->before),
        store_null(),
        store_null(),
        store_bytes(hash_zero, 32),
        store_bytes(hash.data, hash.size),
    };

    return store_change(store, NULL, QUERY_AUDIT_ADD, values);
}

static enum store_status entry_work(struct store *store, void *context)
{
    struct entry *entry = context;

    TRY(entry_insert(store, entry));
    if (entry->twice) {
        entry->second = entry_insert(store, entry);
        return STORE_OK;
    }
    return entry->refuse ? STORE_REFUSED : STORE_OK;
}

static enum store_status entry_add(struct store *store, struct entry *entry)
{
    return store_transact(store, STORE_WRITE, entry_work, entry);
}

struct head {
    struct arena *arena;
    struct store_rows rows;
};

static enum store_status head_work(struct store *store, void *context)
{
    struct head *head = context;
    const struct store_value values[] = {store_integer(0), store_integer(1000)};

    return store_select(store, &head->rows, head->arena, QUERY_AUDIT_FROM, values);
}

static struct store_rows entries(struct fixture *fixture, struct store *store)
{
    struct head head = {.arena = &fixture->arena};

    assert_int_equal(store_transact(store, STORE_READ, head_work, &head), STORE_OK);
    return head.rows;
}

/* ---- cases ---- */

static void a_store_opens_again_as_it_was(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct entry entry = {.number = 1, .actor = SLICE("a")};

    assert_int_equal(store_schema(fixture->store), store_schema_newest());
    assert_true(store_schema_newest() >= 1);
    assert_int_equal(entry_add(fixture->store, &entry), STORE_OK);
    store_close(fixture->store);
    fixture->store = database_open(&fixture->database);
    assert_int_equal(entries(fixture, fixture->store).count, 1);
    assert_int_equal(store_prove(fixture->store), STORE_OK);
}

/* Texts and bytes that would hurt where SQL is built from strings, and numbers at their ends. */
static void values_come_back_as_they_went(void **state)
{
    static const char *const texts[] = {
        "",
        "'; DROP TABLE audit_entry; --",
        "\" \\ % _ $1 ?1 :a @b",
        "\\x00 \\u0000 \001\177\t\r\n",
        "额度 \xF0\x9F\x8F\xA6 \xEF\xBB\xBF\xE2\x80\xAE",
        "NULL",
        "{\"a\":[1,2]}",
    };
    struct fixture *fixture = fixture_of(state);
    char bytes[32];
    int64_t number = 0;

    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (char)(uint8_t)(i * 8 + i % 8);
    }
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct entry entry = {.number = ++number,
                              .at = i % 2 == 0 ? INT64_MIN : INT64_MAX,
                              .actor = slice_from_cstr(texts[i]),
                              .before = slice_from_cstr(texts[i]),
                              .hash = slice_of(bytes, sizeof(bytes))};
        assert_int_equal(entry_add(fixture->store, &entry), STORE_OK);
    }
    const struct store_rows rows = entries(fixture, fixture->store);
    assert_int_equal(rows.count, number);
    for (size_t i = 0; i < rows.count; i++) {
        const struct store_value *row = store_row(&rows, i);
        assert_true(slice_equal(row[2].bytes, slice_from_cstr(texts[i])));
        assert_int_equal(row[6].type, STORE_TEXT);
        assert_true(slice_equal(row[6].bytes, slice_from_cstr(texts[i])));
        assert_int_equal(row[7].type, STORE_NULL);
        assert_true(row[1].number == (i % 2 == 0 ? INT64_MIN : INT64_MAX));
        assert_true(slice_equal(row[10].bytes, slice_of(bytes, sizeof(bytes))));
    }
}

static void what_is_no_text_is_refused_and_nothing_is_stored(void **state)
{
    static const struct slice bad[] = {
        {"a\0b", 3}, {"\xC0\x80", 2}, {"\xED\xA0\x80", 3}, {"\xFF", 1}, {"\xE9\xA2", 2}};
    struct fixture *fixture = fixture_of(state);

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct entry entry = {.number = 1, .actor = SLICE("a"), .before = bad[i]};
        assert_int_equal(entry_add(fixture->store, &entry), STORE_BAD_VALUE);
    }
    assert_int_equal(entries(fixture, fixture->store).count, 0);
}

static void huge_values_are_kept_or_refused(void **state)
{
    struct fixture *fixture = fixture_of(state);
    char *text = test_malloc(STORE_VALUE_MAX + 1);
    struct arena small;
    struct head head = {.arena = &small};

    memset(text, 'x', STORE_VALUE_MAX + 1);
    struct entry entry = {
        .number = 1, .actor = SLICE("a"), .before = slice_of(text, STORE_VALUE_MAX)};
    assert_int_equal(entry_add(fixture->store, &entry), STORE_OK);
    entry.number = 2;
    entry.before.size++;
    assert_int_equal(entry_add(fixture->store, &entry), STORE_TOO_LARGE);
    assert_non_null(strstr(store_error(fixture->store)->message, "16777217 bytes"));
    const struct store_rows rows = entries(fixture, fixture->store);
    assert_int_equal(rows.count, 1);
    assert_true(slice_equal(store_row(&rows, 0)[6].bytes, slice_of(text, STORE_VALUE_MAX)));
    /* An answer that is larger than who asks has room for. */
    arena_init(&small, 1 << 16);
    assert_int_equal(store_transact(fixture->store, STORE_READ, head_work, &head), STORE_TOO_LARGE);
    arena_release(&small);
    assert_int_equal(entries(fixture, fixture->store).count, 1);
    test_free(text);
}

static void what_is_given_up_leaves_nothing(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct entry entry = {.number = 1, .actor = SLICE("a"), .refuse = true};

    assert_int_equal(entry_add(fixture->store, &entry), STORE_REFUSED);
    assert_int_equal(entries(fixture, fixture->store).count, 0);
}

static void after_a_failed_query_nothing_is_committed(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct entry entry = {.number = 0, .actor = SLICE("a")};

    /* The schema's own rules are told apart. */
    assert_int_equal(entry_add(fixture->store, &entry), STORE_CONSTRAINT);
    entry = (struct entry){.number = 1, .actor = SLICE("a"), .hash = SLICE("short")};
    assert_int_equal(entry_add(fixture->store, &entry), STORE_CONSTRAINT);
    assert_null(strstr(store_error(fixture->store)->message, "short"));
    /* A work that passes over a failure: a number that exists is another writer's, so it is done
     * again, and in the end refused. */
    entry = (struct entry){.number = 1, .actor = SLICE("a"), .twice = true};
    assert_int_equal(entry_add(fixture->store, &entry), STORE_CONFLICT);
    assert_int_equal(entry.second, STORE_CONFLICT);
    assert_int_equal(entries(fixture, fixture->store).count, 0);
}

struct mute {
    unsigned calls;
};

static enum store_status failure_ignored(struct store *store, void *context)
{
    struct mute *mute = context;
    struct entry bad = {.number = -1, .actor = SLICE("a")};
    struct entry good = {.number = 1, .actor = SLICE("a")};

    mute->calls++;
    (void)!entry_insert(store, &bad);
    /* The transaction is lost, whatever is asked of it now. */
    assert_int_equal(entry_insert(store, &good), STORE_CONSTRAINT);
    return STORE_OK;
}

static void a_failure_that_the_work_ignores_still_rolls_back(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct mute mute = {0};

    assert_int_equal(store_transact(fixture->store, STORE_WRITE, failure_ignored, &mute),
                     STORE_CONSTRAINT);
    assert_int_equal(mute.calls, 1);
    assert_int_equal(entries(fixture, fixture->store).count, 0);
}

/* ---- a transaction within another ---- */

struct nest {
    struct entry first;
    struct entry second;
    enum store_status came_to; /* of the second */
    bool passes_over;          /* a second one that was given up */
};

static enum store_status nest_work(struct store *store, void *context)
{
    struct nest *nest = context;

    TRY(entry_add(store, &nest->first));
    nest->came_to = entry_add(store, &nest->second);
    return nest->passes_over ? STORE_OK : nest->came_to;
}

static void a_transaction_within_another_is_a_part_of_it(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct nest nest = {.first = {.number = 1, .actor = SLICE("a")},
                        .second = {.number = 2, .actor = SLICE("b")}};

    assert_int_equal(store_transact(fixture->store, STORE_WRITE, nest_work, &nest), STORE_OK);
    assert_int_equal(entries(fixture, fixture->store).count, 2);
    /* What one gives up is given up whole, whether the outer work looks at it or not. */
    for (unsigned passes_over = 0; passes_over < 2; passes_over++) {
        nest = (struct nest){.first = {.number = 3, .actor = SLICE("a")},
                             .second = {.number = 4, .actor = SLICE("b"), .refuse = true},
                             .passes_over = passes_over == 1};
        assert_int_equal(store_transact(fixture->store, STORE_WRITE, nest_work, &nest),
                         STORE_REFUSED);
        assert_int_equal(nest.came_to, STORE_REFUSED);
        assert_int_equal(entries(fixture, fixture->store).count, 2);
    }
    /* The next one begins anew. */
    nest = (struct nest){.first = {.number = 3, .actor = SLICE("a")},
                         .second = {.number = 4, .actor = SLICE("b")}};
    assert_int_equal(store_transact(fixture->store, STORE_WRITE, nest_work, &nest), STORE_OK);
    assert_int_equal(entries(fixture, fixture->store).count, 4);
}

/* A second connection writes while the first one reads. */
struct view {
    struct fixture *fixture;
    struct store *other;
    size_t before;
    size_t after;
};

static enum store_status view_work(struct store *store, void *context)
{
    struct view *view = context;
    struct head head = {.arena = &view->fixture->arena};
    struct entry entry = {.number = 1, .actor = SLICE("other")};

    TRY(head_work(store, &head));
    view->before = head.rows.count;
    assert_int_equal(entry_add(view->other, &entry), STORE_OK);
    TRY(head_work(store, &head));
    view->after = head.rows.count;
    return STORE_OK;
}

static void a_read_sees_one_state(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct view view = {.fixture = fixture, .other = database_open(&fixture->database)};

    assert_int_equal(store_transact(fixture->store, STORE_READ, view_work, &view), STORE_OK);
    assert_int_equal(view.before, 0);
    assert_int_equal(view.after, 0);
    assert_int_equal(entries(fixture, fixture->store).count, 1);
    store_close(view.other);
}

static void the_audit_trail_takes_no_change(void **state)
{
    static const char *const attempts[] = {
        "UPDATE audit_entry SET actor = 'b'",
        "DELETE FROM audit_entry",
        "DELETE FROM audit_entry WHERE number = 1",
    };
    struct fixture *fixture = fixture_of(state);
    struct entry entry = {.number = 1, .actor = SLICE("a")};

    assert_int_equal(entry_add(fixture->store, &entry), STORE_OK);
    for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
        assert_false(database_run(&fixture->database, attempts[i]));
    }
    if (fixture->database.postgresql) {
        assert_false(database_run(&fixture->database, "TRUNCATE audit_entry"));
    }
    assert_int_equal(entries(fixture, fixture->store).count, 1);
}

/* ---- every query ---- */

struct any {
    enum store_query query;
    bool empty; /* NULL wherever it may be */
    struct arena *arena;
};

static enum store_status any_work(struct store *store, void *context)
{
    const struct any *any = context;
    const struct store_query_form *form = store_query_form(any->query);
    struct store_value values[32];
    struct store_rows rows;

    for (size_t i = 0; form->parameters[i] != '\0'; i++) {
        const char type = form->parameters[i];
        const bool nullable = type == 'I' || type == 'T' || type == 'B';
        values[i] = nullable && any->empty       ? store_null()
                    : type == 'i' || type == 'I' ? store_integer(1)
                    : type == 't' || type == 'T' ? store_text(SLICE("a"))
                                                 : store_bytes(hash_zero, sizeof(hash_zero));
    }
    const enum store_status status =
        form->kind == STORE_KIND_READ ? store_select(store, &rows, any->arena, any->query, values)
                                      : store_change(store, NULL, any->query, values);
    return status == STORE_OK ? STORE_REFUSED : status;
}

static void every_query_runs(void **state)
{
    struct fixture *fixture = fixture_of(state);

    for (unsigned i = 0; i < 2 * STORE_QUERY_COUNT; i++) {
        struct any any = {
            .query = (enum store_query)(i / 2), .empty = i % 2 == 0, .arena = &fixture->arena};
        const enum store_status status =
            store_transact(fixture->store, STORE_WRITE, any_work, &any);
        /* One row of made-up values may break a rule of the schema, but the query is one. */
        if (status != STORE_REFUSED && status != STORE_EXISTS && status != STORE_REFERENCE &&
            status != STORE_CONSTRAINT) {
            fail_msg("%s: %s: %s", store_query_form(any.query)->name, store_status_name(status),
                     store_error(fixture->store)->message);
        }
    }
}

/* ---- conflicts and locks ---- */

struct race {
    struct fixture *fixture;
    struct store *other;
    unsigned calls;
    unsigned disturbed; /* the first so many calls meet another writer */
};

/* Numbers the next entry from the head that it read, as a writer of the trail does. */
static enum store_status next_work(struct store *store, void *context)
{
    struct race *race = context;
    struct store_rows rows;
    struct entry entry = {.actor = SLICE("next")};

    TRY(store_select(store, &rows, &race->fixture->arena, QUERY_AUDIT_HEAD, NULL));
    race->calls++;
    if (race->other != NULL && race->calls <= race->disturbed) {
        struct race other = {.fixture = race->fixture};
        assert_int_equal(store_transact(race->other, STORE_WRITE, next_work, &other), STORE_OK);
    }
    entry.number = rows.count == 0 ? 1 : store_row(&rows, 0)[0].number + 1;
    return entry_insert(store, &entry);
}

static void a_conflict_is_done_again_whole(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct race race = {.fixture = fixture, .disturbed = 3};

    race.other = database_open(&fixture->database);
    assert_int_equal(store_transact(fixture->store, STORE_WRITE, next_work, &race), STORE_OK);
    assert_int_equal(race.calls, 4);
    assert_int_equal(entries(fixture, fixture->store).count, 4);
    /* And not for ever. */
    race.calls = 0;
    race.disturbed = 1000;
    assert_int_equal(store_transact(fixture->store, STORE_WRITE, next_work, &race), STORE_CONFLICT);
    assert_int_equal(race.calls, STORE_ATTEMPTS);
    assert_true(store_status_again(STORE_CONFLICT));
    assert_int_equal(entries(fixture, fixture->store).count, 4 + STORE_ATTEMPTS);
    store_close(race.other);
}

static enum store_status locked_work(struct store *store, void *context)
{
    struct race *race = context;
    struct entry entry = {.number = 7, .actor = SLICE("late")};

    TRY(entry_insert(store, &(struct entry){.number = 1, .actor = SLICE("first")}));
    race->calls = entry_add(race->other, &entry);
    return STORE_OK;
}

static void a_locked_database_is_busy(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct race race = {.fixture = fixture, .other = database_open(&fixture->database)};

    if (fixture->database.postgresql) {
        /* Rows do not lock each other there; a maintenance command does. */
        const char *sql = "LOCK TABLE audit_entry IN ACCESS EXCLUSIVE MODE";
        PGconn *person = PQconnectdb(fixture->database.location);
        struct entry entry = {.number = 1, .actor = SLICE("late")};
        PQclear(PQexec(person, "BEGIN"));
        PQclear(PQexec(person, sql));
        assert_int_equal(entry_add(race.other, &entry), STORE_BUSY);
        PQclear(PQexec(person, "ROLLBACK"));
        PQfinish(person);
        assert_int_equal(entry_add(race.other, &entry), STORE_OK);
    } else {
        assert_int_equal(store_transact(fixture->store, STORE_WRITE, locked_work, &race), STORE_OK);
        assert_int_equal(race.calls, STORE_BUSY);
    }
    assert_int_equal(entries(fixture, fixture->store).count, 1);
    store_close(race.other);
}

/* ---- the schema over time ---- */

static enum store_status open_at(const struct fixture *fixture, unsigned schema, bool read_only,
                                 struct store **ret_store)
{
    const struct store_options options = {.location = fixture->database.location,
                                          .busy_timeout_ms = 50,
                                          .migrations_max = schema,
                                          .read_only = read_only};
    struct store_error error;

    return store_open(ret_store, &options, &error);
}

/* Text that tells two schemas apart. */
static void schema_write(const struct fixture *fixture, struct buffer *out)
{
    const struct database *database = &fixture->database;

    if (database->postgresql) {
        PGconn *connection = PQconnectdb(database->location);
        PGresult *result = PQexec(
            connection, "SELECT table_name || ' ' || column_name || ' ' || data_type || ' ' || "
                        "is_nullable || ' '"
                        " || coalesce(collation_name, '') FROM information_schema.columns"
                        " WHERE table_schema = current_schema() UNION ALL "
                        "SELECT replace(indexdef, current_schema() || '.', '') FROM pg_indexes"
                        " WHERE schemaname = current_schema() ORDER BY 1");
        for (int i = 0; i < PQntuples(result); i++) {
            buffer_printf(out, "%s\n", PQgetvalue(result, i, 0));
        }
        PQclear(result);
        PQfinish(connection);
        return;
    }
    sqlite3 *handle = NULL;
    sqlite3_stmt *statement = NULL;
    assert_int_equal(sqlite3_open(database->location, &handle), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(handle,
                                        "SELECT coalesce(sql, name) FROM sqlite_schema ORDER BY 1",
                                        -1, &statement, NULL),
                     SQLITE_OK);
    while (sqlite3_step(statement) == SQLITE_ROW) {
        buffer_printf(out, "%s\n", (const char *)sqlite3_column_text(statement, 0));
    }
    (void)sqlite3_finalize(statement);
    (void)sqlite3_close(handle);
}

static void every_older_schema_is_brought_up_with_its_rows(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct buffer fresh = {0};
    /* On PostgreSQL from each by tests/api/test_upgrade.py. */
    const unsigned step = fixture->database.postgresql ? 5 : 1;

    schema_write(fixture, &fresh);
    assert_true(fresh.size > 100);
    for (unsigned schema = 1; schema <= store_schema_newest(); schema += step) {
        struct fixture old = {0};
        struct buffer upgraded = {0};
        struct entry entry = {.number = 1, .actor = SLICE("an older program")};
        database_make_empty(&old.database, fixture->database.postgresql);
        arena_init(&old.arena, 1 << 20);
        assert_int_equal(open_at(&old, schema, false, &old.store), STORE_OK);
        assert_int_equal(store_schema(old.store), schema);
        assert_int_equal(entry_add(old.store, &entry), STORE_OK);
        store_close(old.store);
        if (schema < store_schema_newest()) {
            assert_int_equal(open_at(&old, 0, true, &old.store), STORE_FORBIDDEN);
        }
        assert_int_equal(open_at(&old, 0, false, &old.store), STORE_OK);
        assert_int_equal(store_schema(old.store), store_schema_newest());
        assert_int_equal(entries(&old, old.store).count, 1);
        schema_write(&old, &upgraded);
        assert_true(slice_equal(buffer_slice(&upgraded), buffer_slice(&fresh)));
        store_close(old.store);
        buffer_release(&upgraded);
        arena_release(&old.arena);
        database_remove(&old.database);
    }
    buffer_release(&fresh);
}

static void a_schema_that_is_not_ours_is_refused(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct store *store;
    char sql[160];

    (void)snprintf(sql, sizeof(sql), "INSERT INTO schema_migration VALUES (%u, 'later', 'x', 0)",
                   store_schema_newest() + 1);
    assert_true(database_run(&fixture->database, sql));
    assert_int_equal(open_at(fixture, 0, false, &store), STORE_TOO_NEW);
    (void)snprintf(sql, sizeof(sql), "DELETE FROM schema_migration WHERE number > %u",
                   store_schema_newest());
    assert_true(database_run(&fixture->database, sql));
    assert_int_equal(open_at(fixture, 0, false, &store), STORE_OK);
    store_close(store);
    assert_true(database_run(&fixture->database,
                             "UPDATE schema_migration SET checksum = 'f' WHERE number = 1"));
    assert_int_equal(open_at(fixture, 0, false, &store), STORE_DAMAGED);
    assert_int_equal(open_at(fixture, 0, true, &store), STORE_DAMAGED);
    assert_true(database_run(&fixture->database,
                             "DELETE FROM schema_migration WHERE number = 1;"
                             "INSERT INTO schema_migration VALUES (1000, 'x', 'x', 0)"));
    assert_int_equal(open_at(fixture, 0, false, &store), STORE_DAMAGED);
}

static void a_reader_changes_nothing(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct entry entry = {.number = 1, .actor = SLICE("a")};
    struct store *store;

    assert_int_equal(entry_add(fixture->store, &entry), STORE_OK);
    assert_int_equal(open_at(fixture, 0, true, &store), STORE_OK);
    assert_int_equal(entries(fixture, store).count, 1);
    assert_int_equal(store_prove(store), STORE_OK);
    store_close(store);
}

/* ---- memory ---- */

static void the_nth_allocation_fails(void **state)
{
    struct fixture *fixture = fixture_of(state);
    const struct store_options options = {.location = fixture->database.location};
    struct store_error error;

    for (unsigned long n = 1;; n++) {
        struct store *store = NULL;
        memory_fail_at(n, 0);
        const enum store_status status = store_open(&store, &options, &error);
        memory_fail_at(0, 0);
        if (status == STORE_OK) {
            assert_true(n > 3);
            store_close(store);
            break;
        }
        assert_true(status == STORE_NO_MEMORY || status == STORE_TOO_LARGE);
    }
}

#define ON_POSTGRESQL(test)                                                                        \
    {                                                                                              \
#test " on PostgreSQL", test, setup, teardown, (void *)"postgresql"                        \
    }
#define BOTH(test)                                                                                 \
    {#test " on SQLite", test, setup, teardown, NULL},                                             \
    {                                                                                              \
#test " on PostgreSQL", test, setup, teardown, (void *)"postgresql"                        \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH(a_store_opens_again_as_it_was),
        BOTH(values_come_back_as_they_went),
        BOTH(what_is_no_text_is_refused_and_nothing_is_stored),
        BOTH(huge_values_are_kept_or_refused),
        BOTH(what_is_given_up_leaves_nothing),
        BOTH(after_a_failed_query_nothing_is_committed),
        BOTH(a_failure_that_the_work_ignores_still_rolls_back),
        BOTH(a_transaction_within_another_is_a_part_of_it),
        BOTH(a_read_sees_one_state),
        BOTH(the_audit_trail_takes_no_change),
        BOTH(every_query_runs),
        /* On SQLite a writer holds the lock from its start: there are no conflicts, only waits. */
        ON_POSTGRESQL(a_conflict_is_done_again_whole),
        BOTH(a_locked_database_is_busy),
        BOTH(every_older_schema_is_brought_up_with_its_rows),
        BOTH(a_schema_that_is_not_ours_is_refused),
        BOTH(a_reader_changes_nothing),
        BOTH(the_nth_allocation_fails),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
