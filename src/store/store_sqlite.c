/* SQLite behind the store's interface: one file, write-ahead log, a sync at each commit. */
#include <sqlite3.h>

#include "base/buffer.h"
#include "os/file.h"
#include "store/store_checkpoint.h"
#include "store/store_internal.h"
#include "store/store_vfs.h"

enum {
    APPLICATION_ID = 0x48724443, /* "HrDC" in the file's header: no other program's database */
    SUFFIX_MAX = 16,             /* ".new-journal" */
    HEADER_SIZE = 100,           /* of a file */
};

struct sqlite_connection {
    sqlite3 *handle;
    sqlite3_stmt *statements[STORE_QUERY_COUNT]; /* prepared at their first use */
    struct checkpoint *checkpoint;               /* NULL until the log is long enough */
};

static struct sqlite_connection *connection_of(const struct store *store)
{
    return store->connection;
}

static enum store_status constraint_status(int extended)
{
    switch (extended) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
        return STORE_EXISTS;
    case SQLITE_CONSTRAINT_FOREIGNKEY:
        return STORE_REFERENCE;
    default:
        return STORE_CONSTRAINT;
    }
}

static enum store_status status_of(int extended)
{
    switch (extended & 0xFF) {
    case SQLITE_CONSTRAINT:
        return constraint_status(extended);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return extended == SQLITE_BUSY_SNAPSHOT ? STORE_CONFLICT : STORE_BUSY;
    case SQLITE_FULL:
        return STORE_FULL;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return STORE_DAMAGED;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return STORE_FORBIDDEN;
    case SQLITE_CANTOPEN:
        return STORE_UNAVAILABLE;
    case SQLITE_NOMEM:
        return STORE_NO_MEMORY;
    case SQLITE_TOOBIG:
        return STORE_TOO_LARGE;
    default:
        return STORE_FAILED;
    }
}

/* Notes what SQLite says of its last call. Its messages name tables and columns, never values. */
static enum store_status failed(struct store *store, const char *what)
{
    sqlite3 *handle = connection_of(store)->handle;
    const int extended = sqlite3_extended_errcode(handle);

    if (extended == SQLITE_IOERR_FSYNC || extended == SQLITE_IOERR_DIR_FSYNC) {
        store->broken = true;
    }
    return store_fail(store, status_of(extended), "%s: %s (SQLite %d)", what,
                      sqlite3_errmsg(handle), extended);
}

static enum store_status script(struct store *store, const char *sql)
{
    const int result = sqlite3_exec(connection_of(store)->handle, sql, NULL, NULL, NULL);

    return result == SQLITE_OK ? STORE_OK : failed(store, "statement");
}

/* ---- opening ---- */

/* The first number that a statement gives. */
static enum store_status number_of(struct store *store, const char *sql, int64_t *ret_number)
{
    sqlite3_stmt *statement = NULL;
    int result = sqlite3_prepare_v2(connection_of(store)->handle, sql, -1, &statement, NULL);

    if (result == SQLITE_OK) {
        result = sqlite3_step(statement);
    }
    if (result == SQLITE_ROW) {
        *ret_number = sqlite3_column_int64(statement, 0);
    }
    const enum store_status status =
        result == SQLITE_ROW || result == SQLITE_DONE ? STORE_OK : failed(store, sql);
    (void)sqlite3_finalize(statement);
    return status;
}

/* The file is this program's, with a schema in it: a file that was cut to nothing, which SQLite
 * itself would take for a new one, is damage. */
static enum store_status owner_judge(struct store *store)
{
    int64_t tables = 0;
    int64_t application = 0;

    TRY(number_of(store, "SELECT count(*) FROM sqlite_schema", &tables));
    TRY(number_of(store, "PRAGMA application_id", &application));
    if (tables == 0) {
        return store_fail(store, STORE_DAMAGED, "there is nothing in it: it was cut or emptied");
    }
    if (application != APPLICATION_ID) {
        return store_fail(store, STORE_FORBIDDEN, "it is the database of another program");
    }
    return STORE_OK;
}

static enum store_status connection_prepare(struct store *store, bool making)
{
    char sql[64];

    if (!making) {
        TRY(owner_judge(store));
    }
    /* The schema is data from the file: it may call nothing that has an effect outside. */
    TRY(script(store, "PRAGMA trusted_schema = OFF; PRAGMA foreign_keys = ON;"
                      "PRAGMA cell_size_check = ON; PRAGMA synchronous = FULL;"
                      /* In KiB: what one large transaction changes stays in memory. */
                      "PRAGMA cache_size = -65536;"));
    if (making) {
        (void)snprintf(sql, sizeof(sql), "PRAGMA application_id = %d", APPLICATION_ID);
        TRY(script(store, sql));
        /* What is cut short is thrown away, so that one sync at the end is all it needs. */
        return script(store, "PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF");
    }
    return store->options.read_only ? STORE_OK : script(store, "PRAGMA journal_mode = WAL");
}

/* Behind each commit, told how long the log is. Returns what SQLite is to make of the commit, which
 * is done. */
static int log_grew(void *context, sqlite3 *handle, const char *database, int pages)
{
    struct store *store = context;
    struct sqlite_connection *connection = connection_of(store);

    if (connection->checkpoint == NULL && pages >= CHECKPOINT_PAGES &&
        checkpoint_start(&connection->checkpoint, store->location) != OS_OK) {
        connection->checkpoint = NULL;
    }
    if (connection->checkpoint != NULL ? checkpoint_grew(connection->checkpoint, pages)
                                       : pages >= CHECKPOINT_PAGES) {
        int moved = 0;
        const int result =
            sqlite3_wal_checkpoint_v2(handle, database, SQLITE_CHECKPOINT_PASSIVE, NULL, &moved);
        store->broken = store->broken || (result & 0xFF) == SQLITE_IOERR;
        if (connection->checkpoint != NULL && result == SQLITE_OK) {
            checkpoint_moved(connection->checkpoint, moved);
        }
    }
    return SQLITE_OK;
}

static void sqlite_store_close(struct store *store)
{
    struct sqlite_connection *connection = connection_of(store);

    if (connection != NULL) {
        checkpoint_end(connection->checkpoint);
        for (size_t i = 0; i < STORE_QUERY_COUNT; i++) {
            (void)sqlite3_finalize(connection->statements[i]);
        }
        (void)sqlite3_close(connection->handle);
        memory_free(connection);
        store->connection = NULL;
    }
}

static enum store_status connection_open(struct store *store, const char *path, bool making)
{
    struct sqlite_connection *connection = memory_allocate(sizeof(*connection));
    const int flags = store->options.read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;

    if (connection == NULL) {
        return store_fail(store, STORE_NO_MEMORY, "no memory for a connection");
    }
    *connection = (struct sqlite_connection){0};
    store->connection = connection;
    if (store_vfs_register() != SQLITE_OK) {
        return store_fail(store, STORE_NO_MEMORY, "SQLite does not begin");
    }
    const int result = sqlite3_open_v2(
        path, &connection->handle, flags | SQLITE_OPEN_NOMUTEX | (making ? SQLITE_OPEN_CREATE : 0),
        STORE_VFS_NAME);
    if (connection->handle == NULL) {
        return store_fail(store, STORE_NO_MEMORY, "no memory for a connection");
    }
    if (result != SQLITE_OK) {
        return failed(store, "open");
    }
    (void)sqlite3_extended_result_codes(connection->handle, 1);
    (void)sqlite3_busy_timeout(connection->handle, (int)store->options.busy_timeout_ms);
    (void)sqlite3_db_config(connection->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    if (!making) {
        (void)sqlite3_wal_hook(connection->handle, log_grew, store);
    }
    (void)sqlite3_limit(connection->handle, SQLITE_LIMIT_ATTACHED, 0);
    (void)sqlite3_limit(connection->handle, SQLITE_LIMIT_LENGTH, 4 * STORE_VALUE_MAX);
    return connection_prepare(store, making);
}

static enum store_status sqlite_store_open(struct store *store)
{
    return connection_open(store, store->location, false);
}

/* ---- making ---- */

static enum store_status call_failed(struct store *store, struct file_result result,
                                     const char *what)
{
    const struct slice text = os_status_text(result.status);
    const enum store_status status = result.status == OS_FULL        ? STORE_FULL
                                     : result.status == OS_EXHAUSTED ? STORE_NO_MEMORY
                                                                     : STORE_UNAVAILABLE;

    return store_fail(store, status, "%s: %.*s (errno %d)", what, (int)text.size, text.data,
                      result.number);
}

/* The folder of a path, opened, and the name in it. */
static enum store_status place_open(struct store *store, struct directory **ret_directory,
                                    const char **ret_name)
{
    const char *slash = strrchr(store->location, '/');
    const size_t size = slash == NULL ? 1 : (size_t)(slash - store->location) + 1;
    const struct slice folder =
        arena_copy(&store->arena, slice_of(slash == NULL ? "." : store->location, size));

    if (folder.data == NULL) {
        return store_fail(store, STORE_NO_MEMORY, "no memory for its name");
    }
    *ret_name = slash == NULL ? store->location : slash + 1;
    if (strlen(*ret_name) > FILE_NAME_MAX - SUFFIX_MAX) {
        return store_fail(store, STORE_UNAVAILABLE, "its name is too long");
    }
    const struct file_result opened = directory_open(files_real(), folder.data, ret_directory);
    return opened.status == OS_OK ? STORE_OK : call_failed(store, opened, "its folder");
}

static bool is_there(struct directory *directory, const char *name, const char *suffix)
{
    char full[FILE_NAME_MAX + 1];
    struct file *file;

    (void)snprintf(full, sizeof(full), "%s%s", name, suffix);
    const struct file_result result = file_open(directory, full, FILE_READ, &file);
    if (result.status == OS_OK) {
        file_close(file);
    }
    return result.status != OS_MISSING;
}

/* A start that was cut short may have left some of these. */
static enum store_status leftovers_remove(struct store *store, struct directory *directory,
                                          const char *name)
{
    static const char *const suffixes[] = {".new", ".new-journal", ".new-wal", ".new-shm"};
    char full[FILE_NAME_MAX + 1];

    for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
        (void)snprintf(full, sizeof(full), "%s%s", name, suffixes[i]);
        const struct file_result result = directory_remove(directory, full);
        if (result.status != OS_OK && result.status != OS_MISSING) {
            return call_failed(store, result, full);
        }
    }
    return STORE_OK;
}

static struct file_result content_sync(struct directory *directory, const char *name)
{
    struct file *file;
    struct file_result result = file_open(directory, name, FILE_UPDATE, &file);

    if (result.status == OS_OK) {
        result = file_sync(file);
        file_close(file);
    }
    return result;
}

/* Makes the database under another name, whole and durable, and gives it its own by renaming. */
static enum store_status make(struct store *store, struct directory *directory, const char *name)
{
    char from[FILE_NAME_MAX + 1];
    struct buffer path = {0};

    TRY(leftovers_remove(store, directory, name));
    (void)snprintf(from, sizeof(from), "%s.new", name);
    buffer_printf(&path, "%s.new", store->location);
    buffer_append_byte(&path, '\0');
    enum store_status status = buffer_failed(&path)
                                   ? store_fail(store, STORE_NO_MEMORY, "no memory for its name")
                                   : connection_open(store, path.data, true);
    status = status == STORE_OK ? store_migrate(store) : status;
    sqlite_store_close(store);
    buffer_release(&path);
    REQUIRE(status == STORE_OK, status);
    struct file_result result = content_sync(directory, from);
    result = result.status == OS_OK ? directory_rename(directory, from, name) : result;
    result = result.status == OS_OK ? directory_sync(directory) : result;
    return result.status == OS_OK ? STORE_OK : call_failed(store, result, name);
}

/* SQLite fills a last page that was cut with zeros and goes on. Nothing but a checkpoint that was
 * cut short leaves a part of a page, and then the log still has all of it.
 * Source: SQLite, "Database File Format", 1.3. */
static enum store_status size_judge(struct store *store, struct directory *directory,
                                    const char *name)
{
    uint8_t header[HEADER_SIZE];
    size_t got = 0;
    uint64_t size = 0;
    struct file *file;

    struct file_result result = file_open(directory, name, FILE_READ, &file);
    if (result.status != OS_OK) {
        return call_failed(store, result, name);
    }
    result = file_read(file, 0, header, sizeof(header), &got);
    result = result.status == OS_OK ? file_size(file, &size) : result;
    file_close(file);
    if (result.status != OS_OK) {
        return call_failed(store, result, name);
    }
    if (got < sizeof(header)) {
        return store_fail(store, STORE_DAMAGED, "%s was cut: it has %zu bytes", name, got);
    }
    if (memcmp(header, "SQLite format 3", 16) != 0) {
        return store_fail(store, STORE_DAMAGED, "%s is not a database of SQLite", name);
    }
    const uint64_t page = (uint64_t)header[16] << 8 | header[17];
    const uint64_t page_size = page == 1 ? 65536 : page;
    if (page_size >= 512 && (page_size & (page_size - 1)) == 0 && size % page_size != 0 &&
        !is_there(directory, name, "-wal")) {
        return store_fail(store, STORE_DAMAGED, "%s was cut: it ends within a page", name);
    }
    return STORE_OK;
}

static enum store_status sqlite_store_make(struct store *store)
{
    struct directory *directory = NULL;
    const char *name = NULL;
    enum store_status status;

    TRY(place_open(store, &directory, &name));
    if (is_there(directory, name, "")) {
        status = size_judge(store, directory, name);
    } else if (store->options.read_only) {
        status = store_fail(store, STORE_UNAVAILABLE, "%s is not there", name);
    } else if (is_there(directory, name, "-wal")) {
        status = store_fail(store, STORE_DAMAGED, "%s is missing beside %s-wal", name, name);
    } else {
        status = make(store, directory, name);
    }
    directory_close(directory);
    return status;
}

/* ---- transactions ---- */

static enum store_status sqlite_store_begin(struct store *store, enum store_begin how)
{
    struct checkpoint *checkpoint = connection_of(store)->checkpoint;

    if (checkpoint != NULL && checkpoint_broken(checkpoint)) {
        store->broken = true;
        return store_fail(store, STORE_FAILED, "a sync failed while the log was moved");
    }
    /* Writers take the lock at once: a reader that would become one could only fail. */
    return script(store, how == STORE_BEGIN_READ ? "BEGIN DEFERRED" : "BEGIN IMMEDIATE");
}

/* Some failures end the transaction by themselves. */
static void sqlite_store_rollback(struct store *store)
{
    sqlite3 *handle = connection_of(store)->handle;

    if (sqlite3_get_autocommit(handle) == 0) {
        (void)sqlite3_exec(handle, "ROLLBACK", NULL, NULL, NULL);
    }
}

static enum store_status sqlite_store_commit(struct store *store)
{
    const enum store_status status = script(store, "COMMIT");

    if (status != STORE_OK) {
        sqlite_store_rollback(store);
    }
    return status;
}

/* ---- queries ---- */

static int value_bind(sqlite3_stmt *statement, int place, const struct store_value *value)
{
    const char *data = value->bytes.size == 0 ? "" : value->bytes.data;

    switch (value->type) {
    case STORE_INTEGER:
        return sqlite3_bind_int64(statement, place, value->number);
    case STORE_TEXT:
        return sqlite3_bind_text64(statement, place, data, value->bytes.size, SQLITE_STATIC,
                                   SQLITE_UTF8);
    case STORE_BYTES:
        return sqlite3_bind_blob64(statement, place, data, value->bytes.size, SQLITE_STATIC);
    case STORE_NULL:
        break;
    }
    return sqlite3_bind_null(statement, place);
}

static enum store_status statement_ready(struct store *store, sqlite3_stmt **ret_statement,
                                         enum store_query query, const struct store_value *values)
{
    struct sqlite_connection *connection = connection_of(store);
    const struct store_query_form *form = store_query_form(query);
    sqlite3_stmt **statement = &connection->statements[query];
    const int parameters = (int)strlen(form->parameters);

    if (*statement == NULL &&
        sqlite3_prepare_v3(connection->handle, store->queries[query], -1, SQLITE_PREPARE_PERSISTENT,
                           statement, NULL) != SQLITE_OK) {
        return failed(store, form->name);
    }
    check(sqlite3_bind_parameter_count(*statement) == parameters);
    check(sqlite3_column_count(*statement) == (int)strlen(form->columns));
    for (int i = 0; i < parameters; i++) {
        if (value_bind(*statement, i + 1, &values[i]) != SQLITE_OK) {
            return failed(store, form->name);
        }
    }
    *ret_statement = *statement;
    return STORE_OK;
}

/* A cell of the type that the query's form states; anything else is damage. */
static enum store_status cell_copy(struct store *store, struct store_value *ret_value,
                                   struct arena *arena, sqlite3_stmt *statement, int column,
                                   const struct store_query_form *form)
{
    const int found = sqlite3_column_type(statement, column);
    const char type = form->columns[column];

    if (found == SQLITE_NULL && (type == 'I' || type == 'T' || type == 'B')) {
        *ret_value = store_null();
        return STORE_OK;
    }
    if (found == SQLITE_INTEGER && (type == 'i' || type == 'I')) {
        *ret_value = store_integer(sqlite3_column_int64(statement, column));
        return STORE_OK;
    }
    const bool text = found == SQLITE_TEXT && (type == 't' || type == 'T');
    const bool bytes = found == SQLITE_BLOB && (type == 'b' || type == 'B');
    if (!text && !bytes) {
        return store_fail(store, STORE_DAMAGED, "%s: column %d has another type than it should",
                          form->name, column + 1);
    }
    const void *data = text ? (const void *)sqlite3_column_text(statement, column)
                            : sqlite3_column_blob(statement, column);
    const struct slice copy =
        arena_copy(arena, slice_of(data, (size_t)sqlite3_column_bytes(statement, column)));
    if (copy.data == NULL) {
        return store_fail(store, STORE_TOO_LARGE, "%s: the answer is larger than its bound",
                          form->name);
    }
    *ret_value = (struct store_value){.type = text ? STORE_TEXT : STORE_BYTES, .bytes = copy};
    return STORE_OK;
}

/* Room for one row more; the rows are copied when the room is doubled. */
static struct store_value *rows_grow(struct store_rows *rows, size_t *inout_room,
                                     struct arena *arena)
{
    if (rows->count == *inout_room) {
        const size_t room = *inout_room == 0 ? 16 : 2 * *inout_room;
        struct store_value *values = arena_take_array(arena, room * rows->columns, sizeof(*values));
        if (values == NULL) {
            return NULL;
        }
        if (rows->count > 0) {
            memcpy(values, rows->values, rows->count * rows->columns * sizeof(*values));
        }
        rows->values = values;
        *inout_room = room;
    }
    return (struct store_value *)(uintptr_t)rows->values + rows->count * rows->columns;
}

static enum store_status rows_read(struct store *store, struct store_rows *rows,
                                   struct arena *arena, sqlite3_stmt *statement,
                                   const struct store_query_form *form)
{
    size_t room = 0;
    int result;

    *rows = (struct store_rows){.columns = strlen(form->columns)};
    while ((result = sqlite3_step(statement)) == SQLITE_ROW) {
        struct store_value *row = rows_grow(rows, &room, arena);
        if (row == NULL) {
            return store_fail(store, STORE_TOO_LARGE, "%s: the answer is larger than its bound",
                              form->name);
        }
        for (size_t i = 0; i < rows->columns; i++) {
            TRY(cell_copy(store, &row[i], arena, statement, (int)i, form));
        }
        rows->count++;
    }
    return result == SQLITE_DONE ? STORE_OK : failed(store, form->name);
}

static enum store_status sqlite_store_run(struct store *store, struct store_rows *ret_rows,
                                          uint64_t *ret_changed, struct arena *arena,
                                          enum store_query query, const struct store_value *values)
{
    const struct store_query_form *form = store_query_form(query);
    struct store_rows rows = {0};
    sqlite3_stmt *statement = NULL;
    enum store_status status;

    TRY(statement_ready(store, &statement, query, values));
    if (arena != NULL) {
        status = rows_read(store, &rows, arena, statement, form);
    } else {
        status = sqlite3_step(statement) == SQLITE_DONE ? STORE_OK : failed(store, form->name);
    }
    *ret_changed = (uint64_t)sqlite3_changes64(connection_of(store)->handle);
    (void)sqlite3_reset(statement);
    (void)sqlite3_clear_bindings(statement);
    if (status == STORE_OK && arena != NULL) {
        *ret_rows = rows;
    }
    return status;
}

/* ---- proving ---- */

static enum store_status pragma_check(struct store *store, const char *pragma, bool ok_expected)
{
    sqlite3_stmt *statement = NULL;
    sqlite3 *handle = connection_of(store)->handle;
    enum store_status status = STORE_OK;

    int result = sqlite3_prepare_v2(handle, pragma, -1, &statement, NULL);
    if (result == SQLITE_OK) {
        result = sqlite3_step(statement);
    }
    if (result == SQLITE_ROW) {
        const char *text = (const char *)sqlite3_column_text(statement, 0);
        if (!ok_expected || text == NULL || strcmp(text, "ok") != 0) {
            status = store_fail(store, STORE_DAMAGED, "%s: %s", pragma, text == NULL ? "" : text);
        }
    } else if (result != SQLITE_DONE) {
        status = failed(store, pragma);
    }
    (void)sqlite3_finalize(statement);
    return status;
}

static enum store_status sqlite_store_prove(struct store *store)
{
    TRY(pragma_check(store, "PRAGMA integrity_check(1)", true));
    return pragma_check(store, "PRAGMA foreign_key_check", false);
}

const struct store_backend store_sqlite = {
    .name = "SQLite",
    .dialect = "sqlite",
    .make = sqlite_store_make,
    .open = sqlite_store_open,
    .close = sqlite_store_close,
    .begin = sqlite_store_begin,
    .commit = sqlite_store_commit,
    .rollback = sqlite_store_rollback,
    .run = sqlite_store_run,
    .script = script,
    .prove = sqlite_store_prove,
};
