/* One connection: receiving, sending, waiting. */
#include "base/arena.h"
#include "binary/binary_internal.h"
#include "wire/wire_frame.h"

static bool everything_sent(const struct binary_connection *connection)
{
    return connection->output.size == connection->output_sent &&
           connection->wire.size == connection->wire_sent;
}

/* ---- life and death ---- */

void binary_connection_dirty(struct binary_connection *connection)
{
    if (!connection->dirty) {
        connection->dirty = true;
        connection->dirty_next = connection->server->dirty;
        connection->server->dirty = connection;
    }
}

static void input_release(struct binary_connection *connection)
{
    connection->server->inputs_size -= connection->input_capacity;
    memory_free(connection->input);
    connection->input = NULL;
    connection->input_size = 0;
    connection->input_capacity = 0;
}

void binary_connection_die(struct binary_connection *connection)
{
    struct binary_server *server = connection->server;

    if (connection->dead) {
        return;
    }
    connection->dead = true;
    reactor_remove(server->config.reactor, &connection->source);
    os_socket_close(connection->source.fd);
    binary_jobs_forget(connection);
    http_tls_free(connection->tls);
    connection->tls = NULL;
    input_release(connection);
    buffer_release(&connection->output);
    buffer_release(&connection->wire);
    if (connection->previous == NULL) {
        server->connections = connection->next;
    } else {
        connection->previous->next = connection->next;
    }
    if (connection->next != NULL) {
        connection->next->previous = connection->previous;
    }
    server->figures.connections_open--;
    binary_connection_dirty(connection); /* freed in the flush: who called may still look at it */
}

void binary_connection_refuse(struct binary_connection *connection, enum wire_error error)
{
    if (connection->told) {
        return;
    }
    connection->told = true;
    connection->no_more = true;
    connection->ending = true;
    connection->server->figures.errors++;
    binary_error_put(connection, error, 0);
}

void binary_connection_drain(struct binary_connection *connection)
{
    connection->no_more = true;
    if (connection->job_count == 0) {
        binary_connection_refuse(connection, WIRE_DRAINING);
    }
    binary_connection_dirty(connection);
}

/* ---- receiving ---- */

static size_t input_wanted(const struct binary_connection *connection)
{
    struct wire_header header;

    if (connection->input_size < WIRE_HEADER_SIZE) {
        return WIRE_HEADER_SIZE;
    }
    memcpy(&header, connection->input, sizeof(header)); /* judged when it was whole */
    return header.size;
}

/* Makes room for `capacity` bytes. */
static bool input_grow(struct binary_connection *connection, size_t capacity)
{
    struct binary_server *server = connection->server;

    if (capacity > connection->input_capacity) {
        const size_t more = capacity - connection->input_capacity;

        REQUIRE(server->inputs_size + more <= BINARY_INPUTS_MAX, false);
        uint8_t *input = memory_resize(connection->input, capacity);
        REQUIRE(input != NULL, false);
        server->inputs_size += more;
        connection->input = input;
        connection->input_capacity = capacity;
    }
    return true;
}

/* Keeps the beginning of a frame, which may stand in the input already, with room for `wanted`
 * bytes. */
static bool input_keep(struct binary_connection *connection, const uint8_t *bytes, size_t size,
                       size_t wanted)
{
    const size_t capacity = wanted < size ? size : wanted;
    const bool inside = connection->input != NULL && bytes >= connection->input &&
                        bytes < connection->input + connection->input_capacity;

    if (inside && size > 0) { /* before the memory may move */
        memmove(connection->input, bytes, size);
    }
    REQUIRE(input_grow(connection, capacity), false);
    if (!inside && size > 0) {
        check(connection->input != NULL); /* there is room for them */
        memcpy(connection->input, bytes, size);
    }
    connection->input_size = size;
    return true;
}

/* Takes frames out of `bytes` and keeps what is left. */
static void bytes_take(struct binary_connection *connection, const uint8_t *bytes, size_t size)
{
    size_t wanted;
    const size_t used = binary_frames_take(connection, bytes, size, &wanted);

    if (!input_keep(connection, bytes + used, size - used, wanted)) {
        connection->input_size = 0;
        binary_connection_refuse(connection, WIRE_MEMORY_SHORT);
    }
}

static void plain_take(struct binary_connection *connection, const uint8_t *bytes, size_t size)
{
    while (size > 0 && !connection->paused && !connection->no_more) {
        if (connection->input_size == 0) {
            bytes_take(connection, bytes, size);
            return;
        }
        const size_t wanted = input_wanted(connection) - connection->input_size;
        const size_t part = wanted < size ? wanted : size;

        if (!input_grow(connection, connection->input_size + part)) {
            binary_connection_refuse(connection, WIRE_MEMORY_SHORT);
            return;
        }
        memcpy(connection->input + connection->input_size, bytes, part);
        connection->input_size += part;
        bytes += part;
        size -= part;
        bytes_take(connection, connection->input, connection->input_size);
    }
    /* Paused with bytes in hand: they wait behind what is kept. */
    if (size > 0 && connection->paused) {
        const size_t kept = connection->input_size;

        if (!input_grow(connection, kept + size)) {
            binary_connection_refuse(connection, WIRE_MEMORY_SHORT);
            return;
        }
        memcpy(connection->input + kept, bytes, size);
        connection->input_size = kept + size;
    }
}

static void input_end(struct binary_connection *connection)
{
    connection->input_ended = true;
    connection->no_more = true;
    connection->ending = true;
    if (connection->job_count == 0 || connection->lingering) {
        binary_connection_die(connection);
    }
}

/* Where the next bytes go: behind the frame that is not whole, or into the scratch memory. */
static enum os_status receive(struct binary_connection *connection, size_t *ret_got,
                              bool *ret_short)
{
    struct binary_server *server = connection->server;
    const bool whole = connection->input_size == 0;
    const size_t wanted = whole ? 0 : input_wanted(connection);

    if (whole) {
        TRY(os_socket_receive(connection->source.fd, (char *)server->scratch, BINARY_READ_SIZE,
                              ret_got));
        *ret_short = *ret_got < BINARY_READ_SIZE;
        bytes_take(connection, server->scratch, *ret_got);
        return OS_OK;
    }
    if (!input_grow(connection, wanted)) {
        binary_connection_refuse(connection, WIRE_MEMORY_SHORT);
        return OS_AGAIN;
    }
    const size_t room = wanted - connection->input_size;
    TRY(os_socket_receive(connection->source.fd, (char *)connection->input + connection->input_size,
                          room, ret_got));
    *ret_short = *ret_got < room;
    connection->input_size += *ret_got;
    bytes_take(connection, connection->input, connection->input_size);
    return OS_OK;
}

static void tls_take(struct binary_connection *connection)
{
    size_t got;

    while (!connection->dead && !connection->paused && !connection->no_more) {
        const enum http_tls_step step = http_tls_read(
            connection->tls, (char *)connection->server->scratch, BINARY_READ_SIZE, &got);

        if (step == HTTP_TLS_OK) {
            connection->progress += got;
            plain_take(connection, connection->server->scratch, got);
        } else {
            if (step == HTTP_TLS_ENDED) {
                input_end(connection);
            } else if (step == HTTP_TLS_BROKEN) {
                binary_connection_die(connection);
            }
            return;
        }
    }
}

static enum os_status tls_receive(struct binary_connection *connection, size_t *ret_got,
                                  bool *ret_short)
{
    struct binary_server *server = connection->server;

    TRY(os_socket_receive(connection->source.fd, server->wire_scratch, BINARY_READ_SIZE, ret_got));
    *ret_short = *ret_got < BINARY_READ_SIZE;
    REQUIRE(http_tls_feed(connection->tls, slice_of(server->wire_scratch, *ret_got)), OS_FAILED);
    binary_connection_dirty(connection); /* TLS may answer by itself */
    if (!connection->handshaken) {
        const enum http_tls_step step = http_tls_handshake(connection->tls);

        if (step != HTTP_TLS_OK) {
            return step == HTTP_TLS_MORE ? OS_OK : OS_FAILED;
        }
        connection->handshaken = true;
    }
    tls_take(connection);
    return OS_OK;
}

static void dropped_receive(struct binary_connection *connection)
{
    size_t got;
    const enum os_status status = os_socket_receive(
        connection->source.fd, (char *)connection->server->scratch, BINARY_READ_SIZE, &got);

    if (status != OS_OK && status != OS_AGAIN) {
        binary_connection_die(connection);
    }
}

static void connection_receive(struct binary_connection *connection)
{
    size_t total = 0;
    bool emptied = false;

    if (connection->lingering || connection->told) {
        dropped_receive(connection);
        return;
    }
    while (!connection->dead && !connection->paused && !connection->no_more && !emptied &&
           total < BINARY_TURN_MAX) {
        size_t got = 0;
        const enum os_status status = connection->tls != NULL
                                          ? tls_receive(connection, &got, &emptied)
                                          : receive(connection, &got, &emptied);

        total += got;
        if (status == OS_AGAIN) {
            break;
        }
        if (status == OS_ENDED) {
            input_end(connection);
        } else if (status != OS_OK) {
            binary_connection_die(connection);
        }
    }
    connection->server->figures.bytes_received += total;
    connection->progress += total;
}

/* ---- sending ---- */

static enum os_status plain_send(struct binary_connection *connection)
{
    while (connection->output_sent < connection->output.size) {
        size_t sent;
        const struct slice rest = slice_of(connection->output.data + connection->output_sent,
                                           connection->output.size - connection->output_sent);

        TRY(os_socket_send(connection->source.fd, rest, slice_of(NULL, 0), &sent));
        connection->output_sent += sent;
        connection->progress += sent;
        connection->server->figures.bytes_sent += sent;
    }
    return OS_OK;
}

static enum os_status tls_send(struct binary_connection *connection)
{
    for (;;) {
        while (connection->wire_sent < connection->wire.size) {
            size_t sent;
            const struct slice rest = slice_of(connection->wire.data + connection->wire_sent,
                                               connection->wire.size - connection->wire_sent);

            TRY(os_socket_send(connection->source.fd, rest, slice_of(NULL, 0), &sent));
            connection->wire_sent += sent;
            connection->progress += sent;
            connection->server->figures.bytes_sent += sent;
        }
        buffer_reset(&connection->wire);
        connection->wire_sent = 0;
        const size_t left = connection->output.size - connection->output_sent;
        const size_t part = left < BINARY_READ_SIZE ? left : (size_t)BINARY_READ_SIZE;
        if (connection->handshaken && part > 0) {
            REQUIRE(
                http_tls_write(connection->tls,
                               slice_of(connection->output.data + connection->output_sent, part)),
                OS_FAILED);
            connection->output_sent += part;
        }
        http_tls_drain(connection->tls, &connection->wire);
        REQUIRE(!buffer_failed(&connection->wire), OS_EXHAUSTED);
        if (connection->wire.size == 0) {
            return OS_OK;
        }
    }
}

/* Our side ends; what still comes is dropped for a while, because closing over unread bytes would
 * destroy the last answers on their way. */
static void linger_begin(struct binary_connection *connection)
{
    if (connection->input_ended) {
        binary_connection_die(connection);
        return;
    }
    if (connection->tls != NULL && connection->handshaken) {
        http_tls_end(connection->tls);
        http_tls_drain(connection->tls, &connection->wire);
        size_t sent;
        /* a few bytes into an empty socket; if they are lost the client sees an abrupt end */
        (void)!os_socket_send(connection->source.fd, buffer_slice(&connection->wire),
                              slice_of(NULL, 0), &sent);
        buffer_reset(&connection->wire);
    }
    os_socket_end(connection->source.fd);
    connection->lingering = true;
}

static void output_trim(struct binary_connection *connection)
{
    if (connection->output_sent == connection->output.size) {
        buffer_reset(&connection->output);
        connection->output_sent = 0;
    } else if (connection->output_sent >= BINARY_KEPT_MAX) {
        buffer_consume(&connection->output, connection->output_sent);
        connection->output_sent = 0;
    }
}

/* There is room again: what waited in hand is taken. */
static void connection_resume(struct binary_connection *connection)
{
    connection->paused = false;
    reactor_again(connection->server->config.reactor);
    if (connection->input_size > 0) {
        bytes_take(connection, connection->input, connection->input_size);
    }
    if (connection->tls != NULL) {
        tls_take(connection);
    }
}

static enum binary_wait wait_of(const struct binary_connection *connection)
{
    if (connection->lingering) {
        return BINARY_WAIT_LINGER;
    }
    if (!connection->signed_in) {
        return BINARY_WAIT_HELLO;
    }
    if (connection->blocked) {
        return BINARY_WAIT_WRITE;
    }
    if (connection->paused || connection->job_count > 0) {
        return connection->input_size > 0 && !connection->paused ? BINARY_WAIT_FRAME
                                                                 : BINARY_WAIT_NOTHING;
    }
    return connection->input_size > 0 ? BINARY_WAIT_FRAME : BINARY_WAIT_IDLE;
}

/* Brings interest and wait in line with the state. */
static void connection_settle(struct binary_connection *connection)
{
    struct reactor *reactor = connection->server->config.reactor;
    const enum binary_wait wait = wait_of(connection);
    unsigned interest = 0;

    if (!connection->input_ended && !connection->paused &&
        (!connection->no_more || connection->told || connection->lingering)) {
        interest |= REACTOR_READ;
    }
    if (connection->blocked) {
        interest |= REACTOR_WRITE;
    }
    reactor_change(reactor, &connection->source, interest);
    if (wait != connection->wait || connection->progress >= BINARY_PROGRESS ||
        wait == BINARY_WAIT_IDLE) {
        connection->wait = wait;
        connection->since_ns = reactor_now_ns(reactor);
        connection->progress = 0;
    }
}

void binary_connection_flush(struct binary_connection *connection)
{
    if (connection->dead) {
        memory_free(connection);
        return;
    }
    if (!connection->blocked && !connection->lingering) {
        const enum os_status status = buffer_failed(&connection->output) ? OS_EXHAUSTED
                                      : connection->tls != NULL          ? tls_send(connection)
                                                                         : plain_send(connection);
        connection->blocked = status == OS_AGAIN;
        if (status != OS_OK && status != OS_AGAIN) {
            binary_connection_die(connection);
            return;
        }
        output_trim(connection);
    }
    if (connection->paused && !connection->no_more && !binary_must_pause(connection)) {
        connection_resume(connection);
    }
    if (connection->dead) {
        return;
    }
    if (connection->no_more && connection->job_count == 0 && !connection->lingering) {
        if (connection->server->draining && !connection->told && !connection->ending) {
            binary_connection_refuse(connection, WIRE_DRAINING);
            reactor_again(connection->server->config.reactor);
        } else if (connection->ending && everything_sent(connection)) {
            linger_begin(connection);
        }
    }
    if (!connection->dead) {
        connection_settle(connection);
    }
}

/* ---- events and time ---- */

static void connection_ready(struct reactor_source *source, unsigned events)
{
    struct binary_connection *connection = (struct binary_connection *)(void *)source;

    if ((events & REACTOR_WRITE) != 0) {
        connection->blocked = false;
    }
    if ((events & REACTOR_READ) != 0) {
        connection_receive(connection);
    } else if ((events & REACTOR_HANGUP) != 0) {
        binary_connection_die(connection);
    }
    binary_connection_dirty(connection);
}

void binary_connection_sweep(struct binary_connection *connection, uint64_t now_ns)
{
    const struct binary_config *config = &connection->server->config;
    const unsigned timeouts_ms[BINARY_WAIT_COUNT] = {
        [BINARY_WAIT_HELLO] = config->hello_timeout_ms,
        [BINARY_WAIT_FRAME] = config->frame_timeout_ms,
        [BINARY_WAIT_IDLE] = BINARY_IDLE_MS,
        [BINARY_WAIT_WRITE] = config->write_timeout_ms,
        [BINARY_WAIT_LINGER] = BINARY_LINGER_MS,
    };
    const uint64_t timeout_ns = timeouts_ms[connection->wait] * OS_NS_PER_MS;

    if (connection->wait == BINARY_WAIT_IDLE && connection->dirty) {
        return; /* no longer: something came in this turn, and is in the input until the flush */
    }
    if (connection->wait == BINARY_WAIT_IDLE && connection->input_capacity > BINARY_KEPT_MAX) {
        input_release(connection);
        buffer_release(&connection->output);
        connection->output_sent = 0;
    }
    if (timeout_ns == 0 || now_ns - connection->since_ns < timeout_ns) {
        return;
    }
    switch (connection->wait) {
    case BINARY_WAIT_HELLO:
    case BINARY_WAIT_FRAME:
        connection->server->figures.timeouts++;
        if (connection->handshaken && !connection->told) {
            binary_connection_refuse(connection, WIRE_TOO_SLOW);
        } else {
            binary_connection_die(connection);
        }
        break;
    case BINARY_WAIT_WRITE:
        connection->server->figures.timeouts++;
        binary_connection_die(connection);
        break;
    default:
        binary_connection_die(connection);
        break;
    }
}

void binary_connection_begin(struct binary_server *server, int fd, const struct os_address *peer)
{
    struct binary_connection *connection = memory_allocate(sizeof(*connection));

    if (connection == NULL) {
        server->figures.connections_refused++;
        os_socket_close(fd);
        return;
    }
    *connection = (struct binary_connection){.server = server, .peer = *peer};
    connection->source.fd = fd;
    connection->source.ready = connection_ready;
    connection->handshaken = server->tls == NULL;
    connection->wait = BINARY_WAIT_HELLO;
    connection->since_ns = reactor_now_ns(server->config.reactor);
    connection->next = server->connections;
    if (connection->next != NULL) {
        connection->next->previous = connection;
    }
    server->connections = connection;
    server->figures.connections_open++;
    server->figures.connections_accepted++;
    if (server->tls != NULL) {
        connection->tls = http_tls_new(server->tls);
    }
    if ((server->tls != NULL && connection->tls == NULL) ||
        reactor_add(server->config.reactor, &connection->source, REACTOR_READ) != OS_OK) {
        binary_connection_die(connection);
    }
}
