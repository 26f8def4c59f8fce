/* The files of SQLite as the store wants them written: what is held of the log, what a checkpoint
 * pauses for. */
#include "cmocka_headroom.h"
#include "store_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "store/store_vfs.h"

enum { PAGE = 4096, ROWS = 400, TEXT = 3000, PATH = 2 * LOCATION_SIZE };

static struct {
    unsigned writes;
    unsigned fails_at; /* 0: none */
} disk;

static ssize_t counting_pwrite(int fd, const void *data, size_t size, off_t offset)
{
    disk.writes++;
    if (disk.writes == disk.fails_at) {
        errno = EIO;
        return -1;
    }
    return pwrite(fd, data, size, offset);
}

static int group_setup(void **state)
{
    sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);

    (void)state;
    assert_int_equal(vfs->xSetSystemCall(vfs, "pwrite", (sqlite3_syscall_ptr)counting_pwrite),
                     SQLITE_OK);
    assert_int_equal(vfs->xSetSystemCall(vfs, "pwrite64", (sqlite3_syscall_ptr)counting_pwrite),
                     SQLITE_OK);
    return 0;
}

static sqlite3 *opened(const char *path, const char *vfs)
{
    sqlite3 *handle = NULL;

    assert_int_equal(store_vfs_register(), SQLITE_OK);
    assert_int_equal(
        sqlite3_open_v2(path, &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, vfs), SQLITE_OK);
    return handle;
}

static void done(sqlite3 *handle, const char *sql)
{
    if (sqlite3_exec(handle, sql, NULL, NULL, NULL) != SQLITE_OK) {
        fail_msg("%s: %s", sql, sqlite3_errmsg(handle));
    }
}

static int64_t number(sqlite3 *handle, const char *sql)
{
    sqlite3_stmt *statement = NULL;

    if (sqlite3_prepare_v2(handle, sql, -1, &statement, NULL) != SQLITE_OK ||
        sqlite3_step(statement) != SQLITE_ROW) {
        fail_msg("%s: %s", sql, sqlite3_errmsg(handle));
    }
    const int64_t found = sqlite3_column_int64(statement, 0);
    (void)sqlite3_finalize(statement);
    return found;
}

/* A table of ROWS rows of nearly a page, in a log that nothing moves unasked. */
static sqlite3 *table_made(const char *path)
{
    char sql[256];
    sqlite3 *handle = opened(path, STORE_VFS_NAME);

    done(handle, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                 "PRAGMA wal_autocheckpoint = 0;"
                 "CREATE TABLE thing (id INTEGER PRIMARY KEY, turn INTEGER NOT NULL, text TEXT)");
    (void)snprintf(sql, sizeof(sql),
                   "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) "
                   "INSERT INTO thing SELECT i, 0, hex(zeroblob(%d)) FROM n",
                   ROWS, TEXT / 2);
    done(handle, sql);
    return handle;
}

struct place {
    struct database database;
    sqlite3 *handle;
};

static int setup(void **state)
{
    struct place *place = test_calloc(1, sizeof(*place));

    disk.fails_at = 0;
    database_make(&place->database, false);
    place->handle = table_made(place->database.location);
    *state = place;
    return 0;
}

static int teardown(void **state)
{
    struct place *place = *state;

    disk.fails_at = 0;
    (void)sqlite3_close(place->handle);
    database_remove(&place->database);
    test_free(place);
    return 0;
}

/* 40 pages are 80 writes of SQLite; what is held is 31 pages. */
static void a_commit_is_written_in_pieces_of_what_is_held(void **state)
{
    struct place *place = *state;

    disk.writes = 0;
    done(place->handle, "UPDATE thing SET turn = 1 WHERE id <= 40");
    assert_in_range(disk.writes, 2, 3);
    disk.writes = 0;
    done(place->handle, "UPDATE thing SET turn = 2 WHERE id = 1");
    assert_int_equal(disk.writes, 1);
}

/* Who has only SQLite's own files reads each commit that was answered, and nothing of others. */
static void another_connection_sees_what_was_committed(void **state)
{
    struct place *place = *state;
    sqlite3 *other = opened(place->database.location, NULL);
    char sql[128];

    for (int turn = 1; turn <= 20; turn++) {
        (void)snprintf(sql, sizeof(sql), "BEGIN; UPDATE thing SET turn = %d WHERE id <= %d", turn,
                       turn * 10);
        done(place->handle, sql);
        assert_int_equal(number(other, "SELECT max(turn) FROM thing"), turn - 1);
        done(place->handle, "COMMIT");
        (void)snprintf(sql, sizeof(sql), "SELECT count(*) FROM thing WHERE turn = %d", turn);
        assert_int_equal(number(other, sql), turn * 10);
    }
    (void)sqlite3_close(other);
}

/* A cache of ten pages: what is changed goes to the log before the commit, is read from it again
 * and changed there once more. */
static void a_transaction_that_outgrows_its_memory_is_whole(void **state)
{
    struct place *place = *state;
    sqlite3 *other = opened(place->database.location, NULL);

    done(place->handle, "PRAGMA cache_size = 10; BEGIN");
    for (int turn = 0; turn < 3; turn++) {
        done(place->handle, "UPDATE thing SET turn = turn + id");
        assert_int_equal(number(place->handle, "SELECT sum(turn) FROM thing"),
                         (turn + 1) * ROWS * (ROWS + 1) / 2);
        assert_int_equal(number(other, "SELECT sum(turn) FROM thing"), 0);
    }
    done(place->handle, "ROLLBACK");
    assert_int_equal(number(place->handle, "SELECT sum(turn) FROM thing"), 0);
    done(place->handle, "BEGIN; UPDATE thing SET turn = id; UPDATE thing SET turn = turn + 1;"
                        "COMMIT");
    assert_int_equal(number(other, "SELECT sum(turn) FROM thing"), ROWS * (ROWS + 1) / 2 + ROWS);
    assert_int_equal(number(other, "SELECT count(*) FROM pragma_integrity_check "
                                   "WHERE integrity_check = 'ok'"),
                     1);
    (void)sqlite3_close(other);
}

static void file_copy(const char *from, const char *to)
{
    static char bytes[1 << 20];
    const int in = open(from, O_RDONLY);
    const int out = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ssize_t got;

    assert_true(in >= 0 && out >= 0);
    while ((got = read(in, bytes, sizeof(bytes))) > 0) {
        assert_int_equal(write(out, bytes, (size_t)got), got);
    }
    (void)close(in);
    (void)close(out);
}

/* As if the machine ended here: what is on the disk, opened by somebody else. */
static void files_copy(const struct place *place, const char *to)
{
    char from_log[PATH + 8];
    char to_log[PATH + 8];

    (void)snprintf(from_log, sizeof(from_log), "%s-wal", place->database.location);
    (void)snprintf(to_log, sizeof(to_log), "%s-wal", to);
    file_copy(place->database.location, to);
    file_copy(from_log, to_log);
}

/* SQLite takes the log with it. */
static void copy_remove(sqlite3 *handle, const char *path)
{
    assert_int_equal(sqlite3_close(handle), SQLITE_OK);
    assert_int_equal(unlink(path), 0);
}

static void what_was_committed_is_in_the_files(void **state)
{
    struct place *place = *state;
    char copy[PATH];

    (void)snprintf(copy, sizeof(copy), "%s.copy", place->database.location);
    done(place->handle, "UPDATE thing SET turn = 1");
    done(place->handle, "PRAGMA cache_size = 10; BEGIN; UPDATE thing SET turn = 2");
    files_copy(place, copy);
    done(place->handle, "COMMIT");
    sqlite3 *other = opened(copy, NULL);
    assert_int_equal(number(other, "SELECT sum(turn) FROM thing"), ROWS);
    copy_remove(other, copy);
    files_copy(place, copy);
    other = opened(copy, NULL);
    assert_int_equal(number(other, "SELECT sum(turn) FROM thing"), 2 * ROWS);
    copy_remove(other, copy);
}

/* Whichever write fails: the commit is refused, and the next one is whole. */
static void a_write_that_fails_is_no_commit(void **state)
{
    struct place *place = *state;
    bool struck = true;

    for (unsigned n = 1; struck; n++) {
        disk.writes = 0;
        disk.fails_at = n;
        const int result = sqlite3_exec(place->handle,
                                        "UPDATE thing SET turn = turn + 1 WHERE "
                                        "id <= 100",
                                        NULL, NULL, NULL);
        struck = disk.writes >= n;
        disk.fails_at = 0;
        assert_int_equal(result, struck ? SQLITE_IOERR : SQLITE_OK);
        assert_int_equal(number(place->handle, "SELECT sum(turn) FROM thing"), struck ? 0 : 100);
    }
    sqlite3 *other = opened(place->database.location, NULL);
    assert_int_equal(number(other, "SELECT sum(turn) FROM thing"), 100);
    (void)sqlite3_close(other);
}

static void counted(void *context)
{
    ++*(unsigned *)context;
}

static void a_paced_checkpoint_pauses_behind_each_portion(void **state)
{
    struct place *place = *state;
    sqlite3 *mover = opened(place->database.location, STORE_VFS_NAME);
    unsigned pauses = 0;
    int log = 0;
    int moved = 0;
    struct store_pace pace = {.portion = 32, .pause = counted, .context = &pauses};

    assert_int_equal(number(mover, "SELECT count(*) FROM thing"), ROWS);
    assert_int_equal(sqlite3_file_control(mover, "main", STORE_VFS_PACE, &pace), SQLITE_OK);
    assert_int_equal(
        sqlite3_wal_checkpoint_v2(mover, NULL, SQLITE_CHECKPOINT_PASSIVE, &log, &moved), SQLITE_OK);
    assert_int_equal(moved, log);
    assert_in_range(moved, ROWS, 2 * ROWS);
    assert_in_range(pauses, ROWS / 32, (unsigned)moved / 32);
    /* Without one nothing pauses any more. */
    assert_int_equal(sqlite3_file_control(mover, "main", STORE_VFS_PACE, NULL), SQLITE_OK);
    pauses = 0;
    done(place->handle, "UPDATE thing SET turn = 3");
    assert_int_equal(
        sqlite3_wal_checkpoint_v2(mover, NULL, SQLITE_CHECKPOINT_PASSIVE, &log, &moved), SQLITE_OK);
    assert_int_equal(moved, log);
    assert_int_equal(pauses, 0);
    assert_int_equal(number(mover, "SELECT sum(turn) FROM thing"), 3 * ROWS);
    (void)sqlite3_close(mover);
}

static void hurried(void *context)
{
    struct store_pace *pace = context;

    assert_int_equal(pace->portion, 32);
    pace->portion = 0;
}

/* Who has no time left any more does the rest at once. */
static void a_pause_may_be_the_last(void **state)
{
    struct place *place = *state;
    sqlite3 *mover = opened(place->database.location, STORE_VFS_NAME);
    int log = 0;
    int moved = 0;
    struct store_pace pace = {.portion = 32, .pause = hurried};

    pace.context = &pace;
    assert_int_equal(number(mover, "SELECT count(*) FROM thing"), ROWS);
    assert_int_equal(sqlite3_file_control(mover, "main", STORE_VFS_PACE, &pace), SQLITE_OK);
    assert_int_equal(
        sqlite3_wal_checkpoint_v2(mover, NULL, SQLITE_CHECKPOINT_PASSIVE, &log, &moved), SQLITE_OK);
    assert_int_equal(moved, log);
    assert_int_equal(pace.portion, 0);
    (void)sqlite3_close(mover);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_commit_is_written_in_pieces_of_what_is_held, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(another_connection_sees_what_was_committed, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_transaction_that_outgrows_its_memory_is_whole, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(what_was_committed_is_in_the_files, setup, teardown),
        cmocka_unit_test_setup_teardown(a_write_that_fails_is_no_commit, setup, teardown),
        cmocka_unit_test_setup_teardown(a_paced_checkpoint_pauses_behind_each_portion, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_pause_may_be_the_last, setup, teardown),
    };
    return cmocka_run_group_tests(tests, group_setup, NULL);
}
