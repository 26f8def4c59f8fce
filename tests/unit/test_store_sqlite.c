/* The store on SQLite when the file or the disk is not as it should be: each failing call, a cut
 * file, rot, another program's file, a full disk. */
#include "cmocka_headroom.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "store_fixture.h"

#include "sim/tier.h"

enum { ENTRIES = 40, LIFE = 3 };

/* ---- entries to store ---- */

struct entry {
    int64_t number;
    size_t size; /* of its text */
};

static enum store_status entry_work(struct store *store, void *context)
{
    static char text[1 << 16];
    static const char hash[32];
    const struct entry *entry = context;
    const struct store_value none = store_null();

    memset(text, 'a' + (int)(entry->number % 26), sizeof(text));
    const struct store_value values[] = {
        store_integer(entry->number),
        store_integer(0),
        store_text(SLICE("a")),
        store_text(SLICE("")),
        store_text(SLICE("test")),
        store_text(SLICE("thing")),
        store_text(slice_of(text, entry->size)),
        none,
        none,
        store_bytes(hash, 32),
        store_bytes(hash, 32),
    };
    return store_change(store, NULL, QUERY_AUDIT_ADD, values);
}

static enum store_status add(struct store *store, int64_t number, size_t size)
{
    struct entry entry = {number, size};

    return store_transact(store, STORE_WRITE, entry_work, &entry);
}

struct count {
    struct arena arena;
    size_t count;
    bool whole; /* each text is the one that was stored, numbered from 1 without a gap */
};

static enum store_status count_work(struct store *store, void *context)
{
    struct count *count = context;
    struct store_rows rows;
    const struct store_value values[] = {store_integer(0), store_integer(100000)};

    TRY(store_select(store, &rows, &count->arena, QUERY_AUDIT_FROM, values));
    count->count = rows.count;
    count->whole = true;
    for (size_t i = 0; i < rows.count; i++) {
        const struct store_value *row = store_row(&rows, i);
        const struct slice text = row[6].bytes;
        const char letter = (char)('a' + row[0].number % 26);
        bool same = row[0].number == (int64_t)i + 1 && text.size > 0;
        for (size_t j = 0; same && j < text.size; j++) {
            same = text.data[j] == letter;
        }
        count->whole = count->whole && same;
    }
    return STORE_OK;
}

static enum store_status counted(struct store *store, struct count *ret_count)
{
    *ret_count = (struct count){0};
    arena_init(&ret_count->arena, 64 << 20);
    const enum store_status status = store_transact(store, STORE_READ, count_work, ret_count);
    arena_release(&ret_count->arena);
    return status;
}

static enum store_status open_at(const char *location, bool read_only, struct store **ret_store,
                                 struct store_error *error)
{
    const struct store_options options = {
        .location = location, .busy_timeout_ms = 50, .read_only = read_only};

    return store_open(ret_store, &options, error);
}

/* ---- the disk, through SQLite's own seam ---- */

static struct {
    unsigned long countdown; /* calls until one fails; 0: none does */
    int number;              /* errno of the failure; 0: a sync that fails */
    bool for_good;
    bool struck;
} fault;

static bool strikes(bool is_sync)
{
    if (fault.countdown == 0 || is_sync != (fault.number == 0)) {
        return false;
    }
    if (fault.countdown > 1) {
        fault.countdown--;
        return false;
    }
    fault.countdown = fault.for_good ? 1 : 0;
    fault.struck = true;
    return true;
}

static ssize_t failing_pwrite(int fd, const void *data, size_t size, off_t offset)
{
    if (strikes(false)) {
        /* A full disk takes a part first. */
        const ssize_t part =
            fault.number == ENOSPC && size > 1 ? pwrite(fd, data, size / 2, offset) : -1;
        errno = fault.number;
        /* What is left comes again, and is refused then. */
        if (part > 0 && !fault.for_good) {
            fault.countdown = 1;
        }
        return part;
    }
    return pwrite(fd, data, size, offset);
}

/* The sync is a method of the open file; each kind of file has a table of methods. */
enum { KINDS_MAX = 8 };

static struct {
    const sqlite3_io_methods *real;
    sqlite3_io_methods wrapped;
} kinds[KINDS_MAX];

static int failing_sync(sqlite3_file *file, int flags)
{
    for (size_t i = 0; i < KINDS_MAX; i++) {
        if (file->pMethods == &kinds[i].wrapped) {
            (void)flags; /* no machine crashes here, so nothing need be waited for */
            return strikes(true) ? SQLITE_IOERR_FSYNC : SQLITE_OK;
        }
    }
    return SQLITE_ERROR;
}

static void methods_wrap(sqlite3_file *file)
{
    size_t i = 0;

    while (kinds[i].real != NULL && kinds[i].real != file->pMethods) {
        assert_true(++i < KINDS_MAX);
    }
    if (kinds[i].real == NULL) {
        kinds[i].real = file->pMethods;
        kinds[i].wrapped = *file->pMethods;
        kinds[i].wrapped.xSync = failing_sync;
    }
    file->pMethods = &kinds[i].wrapped;
}

static int (*open_real)(sqlite3_vfs *, const char *, sqlite3_file *, int, int *);

static int wrapping_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
                         int *ret_flags)
{
    const int result = open_real(vfs, name, file, flags, ret_flags);

    if (result == SQLITE_OK && file->pMethods != NULL) {
        methods_wrap(file);
    }
    return result;
}

static int group_setup(void **state)
{
    sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);

    (void)state;
    assert_int_equal(vfs->xSetSystemCall(vfs, "pwrite", (sqlite3_syscall_ptr)failing_pwrite),
                     SQLITE_OK);
    assert_int_equal(vfs->xSetSystemCall(vfs, "pwrite64", (sqlite3_syscall_ptr)failing_pwrite),
                     SQLITE_OK);
    open_real = vfs->xOpen;
    vfs->xOpen = wrapping_open;
    return 0;
}

/* ---- cases ---- */

static int setup(void **state)
{
    struct database *database = test_calloc(1, sizeof(*database));

    database_make(database, false);
    *state = database;
    return 0;
}

static int teardown(void **state)
{
    fault.countdown = 0;
    database_remove(*state);
    test_free(*state);
    return 0;
}

/* Stores until something fails; returns how many were answered as stored. */
static size_t life(const char *location, enum store_status *ret_status)
{
    struct store_error error;
    struct store *store = NULL;
    size_t stored = 0;

    *ret_status = open_at(location, false, &store, &error);
    while (*ret_status == STORE_OK && stored < LIFE) {
        *ret_status = add(store, (int64_t)stored + 1, 3000);
        stored += *ret_status == STORE_OK ? 1 : 0;
    }
    if (store != NULL && *ret_status != STORE_OK) {
        /* After a refusal the store either goes on or refuses cleanly. */
        (void)!add(store, (int64_t)stored + 1, 10);
    }
    store_close(store);
    return stored;
}

/* How many calls of the kind that `number` stands for laying down the schema takes. */
static unsigned long calls_of_opening(int number)
{
    struct database own;
    struct store *store = NULL;
    struct store_error error;

    database_make(&own, false);
    fault.countdown = ULONG_MAX;
    fault.number = number;
    assert_int_equal(open_at(own.location, false, &store, &error), STORE_OK);
    const unsigned long calls = ULONG_MAX - fault.countdown;
    fault.countdown = 0;
    store_close(store);
    database_remove(&own);
    assert_true(calls > 0);
    return calls;
}

/* The n-th write or sync fails, once and for good: what was answered is there after a new start,
 * with at most the one that was not answered behind it, and nothing is half there. For every n in a
 * soak; else for some of those that lay down the schema, one migration like the other, and for
 * every one behind. */
static void nth_fails(int number, bool for_good, enum store_status expected)
{
    const unsigned long opening = calls_of_opening(number);
    const unsigned long step = tier_stride(tier_size("HEADROOM_STEP", 11, 7, 1));
    bool seen = false;

    for (unsigned long n = 1; n < 2 * opening + 2000;
         n += n + step < opening ? step : tier_stride(1)) {
        struct database own;
        struct store *store = NULL;
        struct store_error error;
        struct count count;
        enum store_status status;
        database_make(&own, false);
        fault.countdown = n;
        fault.number = number;
        fault.for_good = for_good;
        fault.struck = false;
        const size_t stored = life(own.location, &status);
        const bool struck = fault.struck;
        fault.countdown = 0;
        seen = seen || status == expected;
        if (status != STORE_OK && status != expected && status != STORE_FAILED &&
            status != STORE_UNAVAILABLE) {
            fail_msg("call %lu: %s", n, store_status_name(status));
        }
        assert_int_equal(open_at(own.location, false, &store, &error), STORE_OK);
        assert_int_equal(counted(store, &count), STORE_OK);
        assert_true(count.whole);
        assert_in_range(count.count, stored, stored + 1);
        assert_int_equal(store_prove(store), STORE_OK);
        store_close(store);
        database_remove(&own);
        if (!struck) {
            assert_int_equal(stored, LIFE);
            break;
        }
    }
    assert_true(seen);
}

static void a_full_disk_refuses_and_loses_nothing(void **state)
{
    (void)state;
    nth_fails(ENOSPC, false, STORE_FULL);
    nth_fails(ENOSPC, true, STORE_FULL);
}

static void a_write_that_fails_refuses_and_loses_nothing(void **state)
{
    (void)state;
    nth_fails(EIO, false, STORE_FAILED);
    nth_fails(EIO, true, STORE_FAILED);
}

static void a_sync_that_fails_refuses_and_loses_nothing(void **state)
{
    (void)state;
    nth_fails(0, false, STORE_FAILED);
    nth_fails(0, true, STORE_FAILED);
}

static void after_a_failed_sync_nothing_is_done_any_more(void **state)
{
    struct database *database = *state;
    struct store *store = database_open(database);
    struct count count;

    assert_int_equal(add(store, 1, 10), STORE_OK);
    fault.number = 0;
    fault.for_good = false;
    fault.countdown = 1;
    assert_int_equal(add(store, 2, 10), STORE_FAILED);
    fault.countdown = 0;
    assert_int_equal(add(store, 2, 10), STORE_FAILED);
    assert_int_equal(counted(store, &count), STORE_FAILED);
    assert_non_null(strstr(store_error(store)->message, "a sync failed before"));
    store_close(store);
    store = database_open(database);
    assert_int_equal(counted(store, &count), STORE_OK);
    assert_in_range(count.count, 1, 2);
    store_close(store);
}

/* ---- files that are not as they should be ---- */

static void file_write(const char *path, const void *data, size_t size)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, data, size), size);
    (void)close(fd);
}

static char *file_read(const char *path, size_t *ret_size)
{
    struct stat status;
    const int fd = open(path, O_RDONLY);

    assert_true(fd >= 0 && fstat(fd, &status) == 0);
    char *data = test_malloc((size_t)status.st_size);
    assert_int_equal(read(fd, data, (size_t)status.st_size), status.st_size);
    (void)close(fd);
    *ret_size = (size_t)status.st_size;
    return data;
}

static void another_file_is_not_touched(void **state)
{
    static const char text[] = "Dear reader, this is a letter and no database, but long enough to "
                               "be taken for one by a program that does not look closely at it. "
                               "It goes on for a while, so that it has more than a hundred bytes.";
    struct database *database = *state;
    struct store_error error;
    struct store *store = NULL;
    size_t size;

    file_write(database->location, text, sizeof(text));
    assert_int_equal(open_at(database->location, false, &store, &error), STORE_DAMAGED);
    char *back = file_read(database->location, &size);
    assert_int_equal(size, sizeof(text));
    assert_memory_equal(back, text, size);
    test_free(back);
    (void)unlink(database->location);
    assert_true(
        database_run(database, "CREATE TABLE customer (id INTEGER); PRAGMA user_version=3"));
    assert_int_equal(open_at(database->location, false, &store, &error), STORE_FORBIDDEN);
    assert_non_null(strstr(error.message, "another program"));
    (void)unlink(database->location);
    assert_int_equal(open_at(database->location, true, &store, &error), STORE_UNAVAILABLE);
    /* Emptied, or taken away from beside its log. */
    file_write(database->location, "", 0);
    assert_int_equal(open_at(database->location, false, &store, &error), STORE_DAMAGED);
    (void)unlink(database->location);
    char log[LOCATION_SIZE + 8];
    (void)snprintf(log, sizeof(log), "%s-wal", database->location);
    file_write(log, "", 0);
    assert_int_equal(open_at(database->location, false, &store, &error), STORE_DAMAGED);
    (void)unlink(log);
    assert_int_equal(open_at("build/no/such/folder/credit.db", false, &store, &error),
                     STORE_UNAVAILABLE);
    assert_int_equal(open_at("build/", false, &store, &error), STORE_UNAVAILABLE);
}

static void filled(const struct database *database)
{
    struct store *store = database_open(database);

    for (int64_t i = 1; i <= ENTRIES; i++) {
        assert_int_equal(add(store, i, 500 + 100 * (size_t)i), STORE_OK);
    }
    store_close(store); /* everything is in the one file then */
}

/* What a file came to: 0 refused or found damaged, 1 whole, 2 read wrongly without a word. */
static int judged(const struct database *database)
{
    struct store_error error;
    struct store *store = NULL;
    struct count count;

    if (open_at(database->location, false, &store, &error) != STORE_OK) {
        return 0;
    }
    const enum store_status status = store_prove(store);
    const enum store_status read = counted(store, &count);
    store_close(store);
    if (status != STORE_OK || read != STORE_OK) {
        return 0;
    }
    return count.whole && count.count == ENTRIES ? 1 : 2;
}

static void a_cut_file_is_found(void **state)
{
    struct database *database = *state;
    size_t size;

    filled(database);
    assert_int_equal(judged(database), 1);
    char *content = file_read(database->location, &size);
    assert_true(size > 40 * 1024);
    for (size_t cut = 1; cut < size; cut += 1531) {
        file_write(database->location, content, cut);
        if (judged(database) != 0) {
            fail_msg("%zu of %zu bytes were taken for the whole", cut, size);
        }
    }
    file_write(database->location, content, size);
    assert_int_equal(judged(database), 1);
    test_free(content);
}

/* SQLite's file has no checksums over rows: what rot changes inside a text only the audit trail's
 * hashes find. But the structure holds or is named, and no page is read from elsewhere. */
static void zeroed_pages_are_found(void **state)
{
    struct database *database = *state;
    size_t size;
    size_t found = 0;
    size_t tried = 0;

    filled(database);
    char *content = file_read(database->location, &size);
    for (size_t page = 0; page < size / 4096; page += tier_stride(1)) {
        char *copy = test_malloc(size);
        memcpy(copy, content, size);
        memset(copy + page * 4096, 0, 4096);
        file_write(database->location, copy, size);
        tried++;
        found += judged(database) == 0 ? 1 : 0;
        test_free(copy);
    }
    assert_true(tried > 10);
    /* A page of the middle of one long text has no structure of its own but a pointer. */
    assert_in_range(found, tried * 3 / 4, tried);
    test_free(content);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_full_disk_refuses_and_loses_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(a_write_that_fails_refuses_and_loses_nothing, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_sync_that_fails_refuses_and_loses_nothing, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(after_a_failed_sync_nothing_is_done_any_more, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(another_file_is_not_touched, setup, teardown),
        cmocka_unit_test_setup_teardown(a_cut_file_is_found, setup, teardown),
        cmocka_unit_test_setup_teardown(zeroed_pages_are_found, setup, teardown),
    };

    return cmocka_run_group_tests(tests, group_setup, NULL);
}
