/* PostgreSQL behind the store's interface: one connection, statements prepared at their first use,
 * values and answers in binary form, so that no text of a value is ever read as SQL. */
#include "store/libpq.h" /* before what bans a function that its headers name */

#include "base/buffer.h"
#include "store/store_internal.h"

enum {
    SERVER_OLDEST = 150000,
    PARAMETERS_MAX = 32,
    INTEGER_SIZE = 8,
    /* Source: PostgreSQL 15, src/include/catalog/pg_type.dat. */
    OID_BYTEA = 17,
    OID_INT8 = 20,
    OID_TEXT = 25,
};

struct postgresql_connection {
    PGconn *handle;
    bool prepared[STORE_QUERY_COUNT];
};

static struct postgresql_connection *connection_of(const struct store *store)
{
    return store->connection;
}

/* ---- failures ---- */

struct state_row {
    const char *prefix; /* of the SQLSTATE; the first row that fits counts */
    enum store_status status;
};

/* Source: PostgreSQL 15, appendix A. */
static const struct state_row states[] = {
    {"40001", STORE_CONFLICT},  {"40P01", STORE_CONFLICT},    {"23505", STORE_EXISTS},
    {"23503", STORE_REFERENCE}, {"23", STORE_CONSTRAINT},     {"P0001", STORE_CONSTRAINT},
    {"22", STORE_BAD_VALUE},    {"54", STORE_TOO_LARGE},      {"53100", STORE_FULL},
    {"53200", STORE_NO_MEMORY}, {"53300", STORE_UNAVAILABLE}, {"55P03", STORE_BUSY},
    {"57014", STORE_BUSY},      {"57P", STORE_LOST},          {"08", STORE_LOST},
    {"25006", STORE_FORBIDDEN}, {"42501", STORE_FORBIDDEN},   {"28", STORE_UNAVAILABLE},
    {"3D", STORE_UNAVAILABLE},  {"XX001", STORE_DAMAGED},     {"XX002", STORE_DAMAGED},
};

static enum store_status status_of(const PGconn *handle, const char *state)
{
    if (pq.status(handle) != CONNECTION_OK) {
        return STORE_LOST;
    }
    for (size_t i = 0; state != NULL && i < sizeof(states) / sizeof(states[0]); i++) {
        if (strncmp(state, states[i].prefix, strlen(states[i].prefix)) == 0) {
            return states[i].status;
        }
    }
    return STORE_FAILED;
}

/* The primary message alone: details may quote values of the row. */
static enum store_status failed(struct store *store, const PGresult *result, const char *what)
{
    const PGconn *handle = connection_of(store)->handle;
    const char *state = pq.resultErrorField(result, PG_DIAG_SQLSTATE);
    const char *primary = pq.resultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    const char *rule = pq.resultErrorField(result, PG_DIAG_CONSTRAINT_NAME);

    return store_fail(store, status_of(handle, state), "%s: %s%s%s (SQLSTATE %s)", what,
                      primary == NULL ? "the connection was lost" : primary,
                      rule == NULL ? "" : ", ", rule == NULL ? "" : rule,
                      state == NULL ? "none" : state);
}

/* Runs a statement without values and gives its command tag a look. */
static enum store_status simple(struct store *store, const char *sql, const char *tag)
{
    PGresult *result = pq.exec(connection_of(store)->handle, sql);
    const ExecStatusType kind = pq.resultStatus(result);
    enum store_status status = STORE_OK;

    if (kind != PGRES_COMMAND_OK && kind != PGRES_TUPLES_OK) {
        status = failed(store, result, "statement");
    } else if (tag != NULL && strcmp(pq.cmdStatus(result), tag) != 0) {
        status = store_fail(store, STORE_FAILED, "the server answered %s instead of %s",
                            pq.cmdStatus(result), tag);
    }
    pq.clear(result);
    return status;
}

static enum store_status script(struct store *store, const char *sql)
{
    return simple(store, sql, NULL);
}

/* ---- opening ---- */

/* Messages of the server go nowhere: what matters comes back as a result. */
static void notice_drop(void *context, const PGresult *result)
{
    (void)context;
    (void)result;
}

static enum store_status server_judge(struct store *store)
{
    PGconn *handle = connection_of(store)->handle;
    const char *encoding = pq.parameterStatus(handle, "server_encoding");
    char sql[160];

    if (pq.serverVersion(handle) < SERVER_OLDEST) {
        return store_fail(store, STORE_UNAVAILABLE, "PostgreSQL 15 or newer is needed, this is %d",
                          pq.serverVersion(handle) / 10000);
    }
    if (encoding == NULL || strcmp(encoding, "UTF8") != 0 ||
        pq.setClientEncoding(handle, "UTF8") != 0) {
        return store_fail(store, STORE_UNAVAILABLE, "the database's encoding is not UTF8");
    }
    /* A commit that was answered is on disk, whatever the server's default is; and whoever waits
     * for a lock hears of it. */
    (void)snprintf(sql, sizeof(sql),
                   "SET synchronous_commit = on; SET lock_timeout = %u;"
                   "SET idle_in_transaction_session_timeout = 60000",
                   store->options.busy_timeout_ms);
    return script(store, sql);
}

static void postgresql_store_close(struct store *store)
{
    struct postgresql_connection *connection = connection_of(store);

    if (connection != NULL) {
        pq.finish(connection->handle);
        memory_free(connection);
        store->connection = NULL;
    }
}

static enum store_status postgresql_store_open(struct store *store)
{
    static const char *const names[] = {"dbname", "fallback_application_name", "connect_timeout",
                                        NULL};
    const char *const values[] = {store->location, "headroom", "10", NULL};
    const char *missing = libpq_load();

    if (missing != NULL) {
        return store_fail(store, STORE_UNAVAILABLE, "%s", missing);
    }
    struct postgresql_connection *connection = memory_allocate(sizeof(*connection));
    if (connection == NULL) {
        return store_fail(store, STORE_NO_MEMORY, "no memory for a connection");
    }
    *connection = (struct postgresql_connection){0};
    store->connection = connection;
    connection->handle = pq.connectdbParams(names, values, 1);
    if (connection->handle == NULL) {
        return store_fail(store, STORE_NO_MEMORY, "no memory for a connection");
    }
    if (pq.status(connection->handle) != CONNECTION_OK) {
        const struct slice message =
            slice_trim(slice_from_cstr(pq.errorMessage(connection->handle)));
        return store_fail(store, STORE_UNAVAILABLE, "%.*s", (int)message.size, message.data);
    }
    (void)pq.setNoticeReceiver(connection->handle, notice_drop, NULL);
    return server_judge(store);
}

/* ---- transactions ---- */

static enum store_status postgresql_store_begin(struct store *store, enum store_begin how)
{
    if (connection_of(store) == NULL) {
        return store_fail(store, STORE_LOST, "there is no connection");
    }
    switch (how) {
    case STORE_BEGIN_READ:
        return simple(store, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", "BEGIN");
    case STORE_BEGIN_WRITE:
        return simple(store, "BEGIN ISOLATION LEVEL SERIALIZABLE READ WRITE", "BEGIN");
    case STORE_BEGIN_MIGRATE:
        TRY(simple(store, "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE", "BEGIN"));
        /* One migrates at a time, others wait: "HrDC", and the schema. */
        return script(store,
                      "SET LOCAL lock_timeout = 60000;"
                      "SELECT pg_advisory_xact_lock(1215448131, hashtext(current_schema()))");
    }
    check(false);
    return STORE_FAILED;
}

static void postgresql_store_rollback(struct store *store)
{
    struct postgresql_connection *connection = connection_of(store);

    if (connection != NULL && pq.status(connection->handle) == CONNECTION_OK &&
        pq.transactionStatus(connection->handle) != PQTRANS_IDLE) {
        pq.clear(pq.exec(connection->handle, "ROLLBACK"));
    }
}

/* The server answers a COMMIT of a failed transaction with ROLLBACK. A connection that ends between
 * the question and the answer leaves both possible. */
static enum store_status postgresql_store_commit(struct store *store)
{
    const enum store_status status = simple(store, "COMMIT", "COMMIT");

    if (status == STORE_LOST) {
        return store_fail(store, STORE_UNKNOWN,
                          "the connection was lost before the answer to the commit");
    }
    if (status != STORE_OK) {
        postgresql_store_rollback(store);
    }
    return status;
}

/* ---- queries ---- */

/* 64 bits in network order, as int8 has them. */
static void integer_write(char *ret_bytes, int64_t number)
{
    for (unsigned i = 0; i < INTEGER_SIZE; i++) {
        ret_bytes[i] = (char)(uint8_t)((uint64_t)number >> (56 - 8 * i));
    }
}

static int64_t integer_read(const char *bytes)
{
    uint64_t number = 0;

    for (unsigned i = 0; i < INTEGER_SIZE; i++) {
        number = number << 8 | (uint8_t)bytes[i];
    }
    return (int64_t)number;
}

static Oid oid_of(char type)
{
    switch (type) {
    case 'i':
    case 'I':
        return OID_INT8;
    case 't':
    case 'T':
        return OID_TEXT;
    default:
        check(type == 'b' || type == 'B');
        return OID_BYTEA;
    }
}

static void name_write(char ret_name[16], enum store_query query)
{
    (void)snprintf(ret_name, 16, "q%u", (unsigned)query % 100000);
}

static enum store_status statement_prepare(struct store *store, enum store_query query)
{
    struct postgresql_connection *connection = connection_of(store);
    const struct store_query_form *form = store_query_form(query);
    const size_t count = strlen(form->parameters);
    Oid types[PARAMETERS_MAX];
    char name[16];

    if (connection->prepared[query]) {
        return STORE_OK;
    }
    check(count <= PARAMETERS_MAX);
    for (size_t i = 0; i < count; i++) {
        types[i] = oid_of(form->parameters[i]);
    }
    name_write(name, query);
    PGresult *result =
        pq.prepare(connection->handle, name, store->queries[query], (int)count, types);
    const enum store_status status =
        pq.resultStatus(result) == PGRES_COMMAND_OK ? STORE_OK : failed(store, result, form->name);
    pq.clear(result);
    connection->prepared[query] = status == STORE_OK;
    return status;
}

static PGresult *statement_execute(struct store *store, enum store_query query,
                                   const struct store_value *values)
{
    char integers[PARAMETERS_MAX][INTEGER_SIZE];
    const char *data[PARAMETERS_MAX];
    int sizes[PARAMETERS_MAX];
    int formats[PARAMETERS_MAX];
    char name[16];
    const int count = (int)strlen(store_query_form(query)->parameters);

    for (int i = 0; i < count; i++) {
        formats[i] = 1;
        data[i] = NULL;
        sizes[i] = 0;
        if (values[i].type == STORE_INTEGER) {
            integer_write(integers[i], values[i].number);
            data[i] = integers[i];
            sizes[i] = INTEGER_SIZE;
        } else if (values[i].type != STORE_NULL) {
            data[i] = values[i].bytes.size == 0 ? "" : values[i].bytes.data;
            sizes[i] = (int)values[i].bytes.size;
        }
    }
    name_write(name, query);
    return pq.execPrepared(connection_of(store)->handle, name, count, data, sizes, formats, 1);
}

static enum store_status cell_copy(struct store *store, struct store_value *ret_value,
                                   struct arena *arena, const PGresult *result, int place[2],
                                   const struct store_query_form *form)
{
    const char type = form->columns[place[1]];
    const char *data = pq.getvalue(result, place[0], place[1]);

    if (pq.getisnull(result, place[0], place[1]) != 0) {
        *ret_value = store_null();
        return type == 'I' || type == 'T' || type == 'B'
                   ? STORE_OK
                   : store_fail(store, STORE_DAMAGED, "%s: column %d is empty", form->name,
                                place[1] + 1);
    }
    if (oid_of(type) == OID_INT8) {
        *ret_value = store_integer(integer_read(data));
        return STORE_OK;
    }
    const struct slice copy =
        arena_copy(arena, slice_of(data, (size_t)pq.getlength(result, place[0], place[1])));
    if (copy.data == NULL) {
        return store_fail(store, STORE_TOO_LARGE, "%s: the answer is larger than its bound",
                          form->name);
    }
    *ret_value = (struct store_value){.type = oid_of(type) == OID_TEXT ? STORE_TEXT : STORE_BYTES,
                                      .bytes = copy};
    return STORE_OK;
}

static enum store_status rows_copy(struct store *store, struct store_rows *ret_rows,
                                   struct arena *arena, const PGresult *result,
                                   const struct store_query_form *form)
{
    struct store_rows rows = {.count = (size_t)pq.ntuples(result),
                              .columns = strlen(form->columns)};

    check((size_t)pq.nfields(result) == rows.columns);
    for (size_t i = 0; i < rows.columns; i++) {
        check(pq.ftype(result, (int)i) == oid_of(form->columns[i]));
    }
    if (rows.count > 0) {
        struct store_value *values =
            arena_take_array(arena, rows.count * rows.columns, sizeof(*values));
        if (values == NULL) {
            return store_fail(store, STORE_TOO_LARGE, "%s: the answer is larger than its bound",
                              form->name);
        }
        for (size_t i = 0; i < rows.count * rows.columns; i++) {
            int place[2] = {(int)(i / rows.columns), (int)(i % rows.columns)};
            TRY(cell_copy(store, &values[i], arena, result, place, form));
        }
        rows.values = values;
    }
    *ret_rows = rows;
    return STORE_OK;
}

static enum store_status postgresql_store_run(struct store *store, struct store_rows *ret_rows,
                                              uint64_t *ret_changed, struct arena *arena,
                                              enum store_query query,
                                              const struct store_value *values)
{
    const struct store_query_form *form = store_query_form(query);

    TRY(statement_prepare(store, query));
    PGresult *result = statement_execute(store, query, values);
    const ExecStatusType kind = pq.resultStatus(result);
    enum store_status status = STORE_OK;
    if (kind != PGRES_COMMAND_OK && kind != PGRES_TUPLES_OK) {
        status = failed(store, result, form->name);
    } else if (arena != NULL) {
        status = rows_copy(store, ret_rows, arena, result, form);
    } else {
        uint64_t changed = 0;
        *ret_changed =
            slice_to_u64(slice_from_cstr(pq.cmdTuples(result)), UINT64_MAX, &changed) ? changed : 0;
    }
    pq.clear(result);
    return status;
}

static enum store_status postgresql_store_prove(struct store *store)
{
    if (connection_of(store) == NULL) {
        return store_fail(store, STORE_LOST, "there is no connection");
    }
    return script(store, "SELECT 1");
}

const struct store_backend store_postgresql = {
    .name = "PostgreSQL",
    .dialect = "postgresql",
    .open = postgresql_store_open,
    .close = postgresql_store_close,
    .begin = postgresql_store_begin,
    .commit = postgresql_store_commit,
    .rollback = postgresql_store_rollback,
    .run = postgresql_store_run,
    .script = script,
    .prove = postgresql_store_prove,
};
