/* Frames taken: hello, ping, and batches on their way to the engine and back. */
#include "auth/permission.h"
#include "base/arena.h"
#include "binary/binary_internal.h"
#include "os/clock.h"
#include "wire/wire_decode.h"
#include "wire/wire_encode.h"
#include "wire/wire_frame.h"

/* ---- jobs ---- */

/* Bytes of memory that a batch takes: commands, results, extras, and a copy of its records when
 * extras point into them. */
static size_t job_size(uint32_t count, uint32_t records)
{
    const size_t extras = wire_extras_max(count, records);

    return (size_t)count * (sizeof(struct ledger_command) + sizeof(struct ledger_result)) +
           extras * sizeof(struct ledger_extra) +
           (extras > 0 ? (size_t)records * WIRE_RECORD_SIZE : 0);
}

static void job_free(struct binary_job *job)
{
    memory_free(job->memory);
    memory_free(job);
}

static bool job_grow(struct binary_job *job, size_t size)
{
    if (job->capacity < size) {
        memory_free(job->memory);
        job->memory = memory_allocate(size);
        job->capacity = job->memory == NULL ? 0 : size;
    }
    return job->memory != NULL;
}

static struct binary_job *job_take(struct binary_server *server, size_t size)
{
    struct binary_job *job = server->pool;

    if (job != NULL) {
        server->pool = job->next;
        server->pool_size -= job->capacity;
    } else {
        job = memory_allocate(sizeof(*job));
        REQUIRE(job != NULL, NULL);
        *job = (struct binary_job){.server = server};
    }
    if (!job_grow(job, size)) {
        job_free(job);
        return NULL;
    }
    server->jobs_size += job->capacity;
    return job;
}

static void job_give(struct binary_job *job)
{
    struct binary_server *server = job->server;

    server->jobs_size -= job->capacity;
    if (server->pool_size + job->capacity > BINARY_POOL_MAX) {
        job_free(job);
        return;
    }
    job->connection = NULL;
    job->next = server->pool;
    server->pool = job;
    server->pool_size += job->capacity;
}

void binary_pool_free(struct binary_server *server)
{
    while (server->pool != NULL) {
        struct binary_job *job = server->pool;

        server->pool = job->next;
        job_free(job);
    }
}

static void job_link(struct binary_connection *connection, struct binary_job *job)
{
    job->connection = connection;
    job->previous = NULL;
    job->next = connection->jobs;
    if (job->next != NULL) {
        job->next->previous = job;
    }
    connection->jobs = job;
    connection->job_count++;
}

static void job_unlink(struct binary_job *job)
{
    struct binary_connection *connection = job->connection;

    if (job->previous == NULL) {
        connection->jobs = job->next;
    } else {
        job->previous->next = job->next;
    }
    if (job->next != NULL) {
        job->next->previous = job->previous;
    }
    connection->job_count--;
}

void binary_jobs_forget(struct binary_connection *connection)
{
    for (struct binary_job *job = connection->jobs; job != NULL; job = job->next) {
        job->connection = NULL;
    }
    connection->jobs = NULL;
    connection->job_count = 0;
}

/* ---- answers ---- */

void binary_error_put(struct binary_connection *connection, enum wire_error error, uint64_t tag)
{
    char *room = buffer_reserve(&connection->output, WIRE_ERROR_FRAME_SIZE);

    if (room != NULL) {
        wire_error_write((uint8_t *)room, error, tag);
        connection->output.size += WIRE_ERROR_FRAME_SIZE;
    }
    binary_connection_dirty(connection);
}

static enum wire_error engine_error_of(enum engine_status status)
{
    switch (status) {
    case ENGINE_DISK_FULL:
        return WIRE_DISK_FULL;
    case ENGINE_TABLES_FULL:
        return WIRE_TABLES_FULL;
    case ENGINE_TOO_LARGE:
        return WIRE_TOO_LARGE;
    case ENGINE_NO_MEMORY:
        return WIRE_MEMORY_SHORT;
    default:
        return WIRE_INTERNAL;
    }
}

static void results_put(struct binary_connection *connection, const struct engine_batch *batch,
                        uint64_t tag)
{
    const uint32_t count = (uint32_t)batch->count;
    const uint32_t details = wire_details_count(batch->results, count);
    const uint32_t size = wire_frame_size(WIRE_RESULTS, count, details);
    char *room = buffer_reserve(&connection->output, size);

    if (room != NULL) {
        wire_results_write((uint8_t *)room, engine_ledger(connection->server->config.engine),
                           batch->results, count, details, tag);
        connection->output.size += size;
    }
}

static void batch_done(struct engine_batch *batch)
{
    struct binary_job *job = (struct binary_job *)(void *)batch;
    struct binary_connection *connection = job->connection;
    struct binary_figures *figures = &job->server->figures;

    if (batch->status == ENGINE_OK) {
        for (size_t i = 0; i < batch->count; i++) {
            figures->decisions[batch->results[i].status]++;
        }
    }
    if (connection != NULL) {
        if (batch->status == ENGINE_OK) {
            results_put(connection, batch, job->tag);
        } else {
            const enum wire_error error = engine_error_of(batch->status);

            binary_error_put(connection, error, job->tag);
            connection->no_more = connection->no_more || wire_error_ends(error);
            connection->ending = connection->ending || wire_error_ends(error);
        }
        job_unlink(job);
        binary_connection_dirty(connection);
    }
    job_give(job);
}

/* ---- frames ---- */

static enum wire_error auth_error_of(enum auth_status status)
{
    switch (status) {
    case AUTH_OK:
        return WIRE_OK;
    case AUTH_MISSING:
        return WIRE_SIGN_IN_NEEDED;
    case AUTH_THROTTLED:
        return WIRE_THROTTLED;
    default:
        return WIRE_TOKEN_REFUSED;
    }
}

static enum wire_error token_judge(struct binary_connection *connection, struct slice token)
{
    struct binary_server *server = connection->server;
    char header[8 + WIRE_TOKEN_MAX] = "Bearer ";

    memcpy(header + 7, token.data, token.size);
    const enum auth_status status =
        auth_judge(server->config.auth, &connection->token,
                   slice_of(header, token.size == 0 ? 0 : 7 + token.size),
                   os_address_text(&connection->peer), os_clock_realtime_us());
    explicit_bzero(header, sizeof(header));
    return auth_error_of(status);
}

static bool welcome_put(struct binary_connection *connection)
{
    struct binary_server *server = connection->server;
    struct wire_header header = {
        .size = WIRE_HEADER_SIZE + WIRE_RECORD_SIZE, .type = WIRE_WELCOME, .records = 1};
    struct wire_welcome welcome = {
        .version = WIRE_VERSION,
        .role = connection->token->role,
        .commands_max = WIRE_COMMANDS_MAX,
        .records_max = WIRE_RECORDS_MAX,
        .batches_max = WIRE_BATCHES_MAX,
    };
    const struct slice base = currency_code(ledger_base(engine_ledger(server->config.engine)));
    const struct slice version = slice_from_cstr(server->config.version);
    uint8_t *room = (uint8_t *)buffer_reserve(&connection->output, header.size);

    if (room == NULL) {
        return false;
    }
    memcpy(welcome.base, base.data, base.size);
    if (version.size <= sizeof(welcome.server)) {
        memcpy(welcome.server, version.data, version.size);
    }
    memcpy(room + WIRE_HEADER_SIZE, &welcome, sizeof(welcome));
    wire_frame_seal(room, &header);
    connection->output.size += header.size;
    binary_connection_dirty(connection);
    return true;
}

static enum wire_error hello_take(struct binary_connection *connection, const uint8_t *body)
{
    struct wire_hello hello;

    REQUIRE(!connection->signed_in, WIRE_HELLO_FIRST);
    memcpy(&hello, body, sizeof(hello));
    REQUIRE(hello.version_min <= WIRE_VERSION && hello.version_max >= WIRE_VERSION,
            WIRE_BAD_VERSION);
    REQUIRE(hello.token_size <= WIRE_TOKEN_MAX, WIRE_BAD_RECORD);
    TRY(token_judge(connection, slice_of(hello.token, hello.token_size)));
    explicit_bzero(&hello, sizeof(hello));
    connection->signed_in = true;
    return welcome_put(connection) ? WIRE_OK : WIRE_MEMORY_SHORT;
}

static enum wire_error ping_take(struct binary_connection *connection,
                                 const struct wire_header *ping)
{
    struct wire_header pong = {.size = WIRE_HEADER_SIZE, .type = WIRE_PONG, .tag = ping->tag};
    char *room = buffer_reserve(&connection->output, WIRE_HEADER_SIZE);

    if (room != NULL) {
        wire_frame_seal((uint8_t *)room, &pong);
        connection->output.size += WIRE_HEADER_SIZE;
    }
    binary_connection_dirty(connection);
    return WIRE_OK;
}

/* Lays a job's memory out and decodes the records into it. */
static enum wire_error job_decode(struct binary_job *job, const struct wire_header *header,
                                  const uint8_t *body)
{
    struct ledger_command *commands = (struct ledger_command *)(void *)job->memory;
    struct ledger_result *results = (struct ledger_result *)(void *)(commands + header->count);
    struct ledger_extra *extras = (struct ledger_extra *)(void *)(results + header->count);
    const uint32_t extras_max = wire_extras_max(header->count, header->records);
    struct wire_batch batch = {
        .records = body,
        .records_count = header->records,
        .count = header->count,
        .base = ledger_base(engine_ledger(job->server->config.engine)),
    };

    if (extras_max > 0) { /* texts and ids must outlive the receive buffer */
        uint8_t *copy = (uint8_t *)(extras + extras_max);

        memcpy(copy, body, (size_t)header->records * WIRE_RECORD_SIZE);
        batch.records = copy;
    }
    job->batch = (struct engine_batch){
        .commands = commands, .count = header->count, .results = results, .done = batch_done};
    job->tag = header->tag;
    return wire_batch_decode(commands, extras, &batch);
}

static enum wire_error batch_take(struct binary_connection *connection,
                                  const struct wire_header *header, const uint8_t *body)
{
    struct binary_server *server = connection->server;

    REQUIRE(connection->signed_in, WIRE_HELLO_FIRST);
    TRY(auth_error_of(
        auth_judge_again(server->config.auth, connection->token, os_clock_realtime_us())));
    if ((connection->token->role & server->roles) == 0 ||
        !token_has_scope(connection->token, SLICE("commands:write")) ||
        token_organisation(connection->token).size > 0) {
        binary_error_put(connection, WIRE_ROLE_NEEDED, header->tag);
        return WIRE_OK;
    }
    struct binary_job *job = job_take(server, job_size(header->count, header->records));
    if (job == NULL) {
        binary_error_put(connection, WIRE_MEMORY_SHORT, header->tag);
        return WIRE_OK;
    }
    const enum wire_error error = job_decode(job, header, body);
    if (error != WIRE_OK) {
        job_give(job);
        return error;
    }
    server->figures.batches++;
    server->figures.commands += header->count;
    job_link(connection, job);
    engine_submit(server->config.engine, &job->batch);
    return WIRE_OK;
}

static enum wire_error frame_take(struct binary_connection *connection,
                                  const struct wire_header *header, const uint8_t *body)
{
    TRY(wire_body_check(header, body));
    switch (header->type) {
    case WIRE_HELLO:
        return hello_take(connection, body);
    case WIRE_BATCH:
        return batch_take(connection, header, body);
    case WIRE_PING:
        return connection->signed_in ? ping_take(connection, header) : WIRE_HELLO_FIRST;
    default:
        return WIRE_BAD_TYPE;
    }
}

/* A frame that a stranger may not send is refused before its body is waited for. */
static enum wire_error header_judge(const struct binary_connection *connection,
                                    struct wire_header *ret_header, const uint8_t *bytes)
{
    TRY(wire_header_read(ret_header, bytes));
    REQUIRE(connection->signed_in || ret_header->type == WIRE_HELLO, WIRE_HELLO_FIRST);
    REQUIRE(ret_header->type == WIRE_HELLO || ret_header->type == WIRE_BATCH ||
                ret_header->type == WIRE_PING,
            WIRE_BAD_TYPE);
    return WIRE_OK;
}

bool binary_must_pause(const struct binary_connection *connection)
{
    const struct binary_server *server = connection->server;

    return connection->job_count >= WIRE_BATCHES_MAX || server->jobs_size >= BINARY_JOBS_MAX ||
           connection->output.size - connection->output_sent >= server->config.unsent_max;
}

size_t binary_frames_take(struct binary_connection *connection, const uint8_t *bytes, size_t size,
                          size_t *ret_wanted)
{
    size_t used = 0;

    *ret_wanted = 0;
    connection->paused = false;
    while (size - used >= WIRE_HEADER_SIZE && !connection->no_more) {
        struct wire_header header;

        if (binary_must_pause(connection)) {
            connection->paused = true;
            return used;
        }
        enum wire_error error = header_judge(connection, &header, bytes + used);
        if (error == WIRE_OK && header.size > size - used) {
            *ret_wanted = header.size;
            return used;
        }
        if (error == WIRE_OK) {
            error = frame_take(connection, &header, bytes + used + WIRE_HEADER_SIZE);
        }
        if (error != WIRE_OK) {
            binary_connection_refuse(connection, error);
            return size;
        }
        used += header.size;
    }
    return connection->no_more ? size : used;
}
