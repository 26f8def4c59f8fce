#include "http/http_server.h"

static void connection_settle(struct http_connection *connection);

/* ---- life and death ----------------------------------------------------------------------- */

size_t http_connection_unsent(const struct http_connection *connection)
{
    return connection->output.size - connection->output_sent + connection->tail.size;
}

static bool everything_sent(const struct http_connection *connection)
{
    return http_connection_unsent(connection) == 0 &&
           connection->wire.size == connection->wire_sent;
}

/* No further head is read while too much waits for the client. */
static bool must_pause(const struct http_connection *connection)
{
    const struct http_config *config = &connection->server->config;

    return connection->exchange_count >= config->pipeline_max ||
           http_connection_unsent(connection) + connection->waiting_size >= config->unsent_max;
}

void http_connection_dirty(struct http_connection *connection)
{
    struct http_server *server = connection->server;

    if (!connection->dirty) {
        connection->dirty = true;
        connection->dirty_next = server->dirty;
        server->dirty = connection;
    }
}

static void buffers_release(struct http_connection *connection)
{
    struct http_server *server = connection->server;

    http_buffer_give(server, &connection->input);
    http_buffer_give(server, &connection->output);
    http_buffer_give(server, &connection->wire);
    buffer_release(&connection->tail_owner);
    connection->tail = slice_of(NULL, 0);
    connection->output_sent = 0;
    connection->wire_sent = 0;
}

/* Frees what no handler holds, and tells streams; each call of a handler may change the queue. */
static void exchanges_abandon(struct http_connection *connection)
{
    struct http_exchange *exchange = connection->first;

    while (exchange != NULL) {
        struct http_exchange *next = exchange->next;

        if (exchange->state == EXCHANGE_RECEIVING || exchange->state == EXCHANGE_ANSWERED) {
            http_exchange_end(exchange);
        } else if (exchange->state == EXCHANGE_STREAMING && !exchange->gone_told) {
            http_stream_tell_gone(exchange);
            next = connection->first;
        }
        exchange = next;
    }
}

void http_connection_die(struct http_connection *connection)
{
    struct http_server *server = connection->server;

    if (!connection->open) {
        return;
    }
    reactor_remove(server->reactor, &connection->source);
    os_socket_close(connection->source.fd);
    http_wait_set(connection, HTTP_WAIT_NONE);
    http_tls_free(connection->tls);
    connection->tls = NULL;
    buffers_release(connection);
    connection->receiving = NULL;
    server->figures.connections_open--;
    /* Still dirty until the exchanges are settled, so that none of them frees the slot. */
    http_connection_dirty(connection);
    connection->open = false;
    exchanges_abandon(connection);
}

void http_connection_refuse(struct http_connection *connection, enum http_refusal refusal)
{
    struct http_exchange *exchange = connection->receiving;

    connection->receiving = NULL;
    connection->no_more = true;
    if (exchange == NULL) {
        exchange = http_exchange_begin(connection);
    }
    if (exchange == NULL) {
        connection->cut = true;
        http_connection_dirty(connection);
        return;
    }
    exchange->close = true;
    http_exchange_refuse(exchange, refusal);
}

/* ---- taking bytes ------------------------------------------------------------------------- */

/* The request is whole: a handler may answer it and it may be gone after this call. */
static void request_complete(struct http_connection *connection, struct http_exchange *exchange)
{
    connection->receiving = NULL;
    connection->restart = true;
    if (exchange->close) {
        connection->no_more = true;
    }
    http_exchange_dispatch(exchange);
}

/* Reads a whole head and gives the request to its handler, or waits for its body. */
static void head_take(struct http_connection *connection, struct slice text)
{
    struct http_server *server = connection->server;
    const struct http_head *head = &server->head;
    struct http_exchange *exchange = http_exchange_begin(connection);
    bool answered = false;

    if (exchange == NULL) {
        http_connection_refuse(connection, HTTP_REFUSAL_BUSY);
        return;
    }
    connection->receiving = exchange;
    const struct slice copy = arena_copy(&exchange->arena, text);
    enum http_refusal refusal = copy.data == NULL
                                    ? HTTP_REFUSAL_BUSY
                                    : http_head_read(&server->head, copy, &server->head_limits);
    if (refusal != HTTP_REFUSAL_NONE) {
        http_connection_refuse(connection, refusal);
        return;
    }
    const bool has_body = head->chunked || head->content_length > 0;
    refusal = http_exchange_route(exchange, &answered);
    if (answered || refusal != HTTP_REFUSAL_NONE) {
        connection->receiving = NULL;
        connection->restart = true;
        connection->no_more = connection->no_more || has_body || !head->keep_alive;
        if (!answered) {
            http_exchange_refuse(exchange, refusal);
        }
    } else if (has_body) {
        connection->chunk =
            (struct http_chunk){.state = head->chunked ? HTTP_CHUNK_SIZE : HTTP_CHUNK_DONE};
        connection->body_left = head->content_length;
        connection->restart = true;
        if (head->expect_continue) {
            exchange->continue_due = true;
            http_connection_dirty(connection);
        }
    } else {
        request_complete(connection, exchange);
    }
}

/* Appends to the body; a refusal when it is too large for the request or for the server. */
static enum http_refusal body_append(struct http_exchange *exchange, struct slice piece)
{
    struct http_server *server = exchange->connection->server;

    REQUIRE(piece.size <= http_exchange_body_max(exchange) - exchange->body.size,
            HTTP_REFUSAL_BODY_TOO_LARGE);
    REQUIRE(piece.size <= server->config.bodies_max - server->figures.bodies_size,
            HTTP_REFUSAL_BUSY);
    buffer_append(&exchange->body, piece);
    REQUIRE(!buffer_failed(&exchange->body), HTTP_REFUSAL_BUSY);
    server->figures.bodies_size += piece.size;
    return HTTP_REFUSAL_NONE;
}

/* Takes bytes of the body that is being received; returns how many. */
static size_t body_take(struct http_connection *connection, struct slice input)
{
    struct http_exchange *exchange = connection->receiving;
    struct slice rest = input;
    struct slice piece;
    enum http_refusal refusal = HTTP_REFUSAL_NONE;
    bool whole;

    exchange->continue_due = false; /* the client did not wait for it */
    if (connection->chunk.state == HTTP_CHUNK_DONE) {
        const size_t size =
            connection->body_left < input.size ? (size_t)connection->body_left : input.size;

        piece = slice_of(input.data, size);
        rest = slice_of(input.data + size, input.size - size);
        connection->body_left -= size;
        whole = connection->body_left == 0;
    } else {
        refusal = http_chunk_take(&connection->chunk, &piece, &rest);
        whole = connection->chunk.state == HTTP_CHUNK_DONE;
    }
    if (refusal == HTTP_REFUSAL_NONE) {
        refusal = body_append(exchange, piece);
    }
    if (refusal != HTTP_REFUSAL_NONE) {
        http_connection_refuse(connection, refusal);
        return input.size;
    }
    connection->progress += piece.size;
    if (connection->progress >= PROGRESS_STEP) {
        connection->restart = true;
    }
    if (whole) {
        request_complete(connection, exchange);
    }
    return input.size - rest.size;
}

/* Takes what can be taken of `input`; returns how many bytes. */
static size_t requests_take(struct http_connection *connection, struct slice input)
{
    size_t used = 0;

    connection->paused = false;
    while (used < input.size) {
        const struct slice rest = slice_of(input.data + used, input.size - used);
        size_t head_size;

        if (connection->receiving != NULL) {
            used += body_take(connection, rest);
            continue;
        }
        if (connection->no_more) {
            return input.size; /* nothing that comes now is read */
        }
        if (must_pause(connection)) {
            connection->paused = true;
            break;
        }
        const enum http_refusal refusal = http_head_find(&head_size, &connection->head_scanned,
                                                         rest, &connection->server->head_limits);
        if (refusal != HTTP_REFUSAL_NONE) {
            http_connection_refuse(connection, refusal);
            return input.size;
        }
        if (head_size == 0) {
            break;
        }
        connection->head_scanned = 0;
        used += head_size;
        head_take(connection, slice_of(rest.data, head_size));
    }
    return used;
}

/* What was not taken stays with the connection. `rest` does not lie in connection->input. */
static void input_keep(struct http_connection *connection, struct slice rest)
{
    struct buffer *input = &connection->input;

    if (rest.size == 0) {
        if (input->data != NULL) {
            http_buffer_give(connection->server, input);
        }
        return;
    }
    if (input->data == NULL) {
        *input = http_buffer_take(connection->server);
    }
    buffer_reset(input);
    buffer_append(input, rest);
    if (buffer_failed(input)) {
        connection->cut = true;
        http_connection_dirty(connection);
    }
}

/* Copies what was left to the front of the scratch memory; returns its size. */
static size_t scratch_begin(struct http_connection *connection)
{
    const struct slice left = buffer_slice(&connection->input);

    check(left.size <= connection->server->head_limits.size_max + READ_SIZE);
    if (left.size > 0) {
        check(left.data != NULL);
        memcpy(connection->server->scratch, left.data, left.size);
    }
    return left.size;
}

static void scratch_take(struct http_connection *connection, size_t size)
{
    const struct slice input = slice_of(connection->server->scratch, size);
    const size_t used = requests_take(connection, input);

    input_keep(connection, slice_of(input.data + used, input.size - used));
}

/* The peer sends no more: what is in hand is still answered, a stream is over. */
static void input_end(struct http_connection *connection)
{
    connection->input_ended = true;
    connection->no_more = true;
    if (connection->receiving != NULL || connection->first == NULL || connection->lingering) {
        http_connection_die(connection);
        return;
    }
    for (struct http_exchange *exchange = connection->first; exchange != NULL;
         exchange = exchange->next) {
        if (exchange->state == EXCHANGE_STREAMING) {
            http_connection_die(connection);
            return;
        }
    }
}

/* ---- receiving ---------------------------------------------------------------------------- */

/* Decrypts and takes until TLS has no more or the connection must pause. */
static void tls_take(struct http_connection *connection)
{
    while (connection->open) {
        size_t got;

        if (!connection->no_more && connection->receiving == NULL && must_pause(connection)) {
            connection->paused = true;
            return;
        }
        const size_t left = scratch_begin(connection);
        const enum http_tls_step step =
            http_tls_read(connection->tls, connection->server->scratch + left, READ_SIZE, &got);
        if (step == HTTP_TLS_OK) {
            scratch_take(connection, left + got);
            if (connection->paused) {
                return;
            }
        } else {
            if (step == HTTP_TLS_ENDED) {
                input_end(connection);
            } else if (step == HTTP_TLS_BROKEN) {
                http_connection_die(connection);
            }
            return;
        }
    }
}

static void tls_receive(struct http_connection *connection, struct slice bytes)
{
    if (!http_tls_feed(connection->tls, bytes)) {
        http_connection_die(connection);
        return;
    }
    if (!connection->handshaken) {
        const enum http_tls_step step = http_tls_handshake(connection->tls);

        http_connection_dirty(connection); /* there may be handshake bytes or an alert to send */
        if (step == HTTP_TLS_MORE) {
            return;
        }
        if (step != HTTP_TLS_OK) {
            connection->cut = true;
            return;
        }
        connection->handshaken = true;
        http_tls_subject(connection->tls, &connection->subject);
    }
    tls_take(connection);
    if (connection->open) {
        http_connection_dirty(connection); /* TLS may answer by itself */
    }
}

static void connection_receive(struct http_connection *connection)
{
    struct http_server *server = connection->server;
    const bool encrypted = connection->tls != NULL;
    const size_t left = encrypted ? 0 : scratch_begin(connection);
    char *to = encrypted ? server->wire_scratch : server->scratch + left;
    size_t got;

    const enum os_status status = os_socket_receive(connection->source.fd, to, READ_SIZE, &got);
    if (status == OS_AGAIN) {
        return;
    }
    if (status == OS_ENDED) {
        input_end(connection);
        return;
    }
    if (status != OS_OK) {
        http_connection_die(connection);
        return;
    }
    server->figures.bytes_received += got;
    if (connection->lingering || connection->cut) {
        return; /* dropped */
    }
    if (encrypted) {
        tls_receive(connection, slice_of(to, got));
    } else {
        scratch_take(connection, left + got);
    }
}

static void connection_ready(struct reactor_source *source, unsigned events)
{
    struct http_connection *connection = (struct http_connection *)(void *)source;

    if ((events & REACTOR_WRITE) != 0) {
        connection->blocked = false;
        http_connection_dirty(connection);
    }
    if ((events & REACTOR_READ) != 0) {
        connection_receive(connection);
    } else if ((events & REACTOR_HANGUP) != 0) {
        http_connection_die(connection);
    }
    if (!connection->dirty) {
        connection_settle(connection); /* the flush does it for the others */
    }
}

/* ---- sending ------------------------------------------------------------------------------ */

static void output_done(struct http_connection *connection)
{
    if (connection->output.data != NULL) {
        http_buffer_give(connection->server, &connection->output);
    }
    connection->output_sent = 0;
    if (connection->tail_owner.data != NULL) {
        buffer_release(&connection->tail_owner);
    }
}

/* Counts `size` bytes of output and then tail as gone. */
static void output_advance(struct http_connection *connection, size_t size)
{
    const size_t of_output = connection->output.size - connection->output_sent;
    const size_t first = size < of_output ? size : of_output;

    connection->output_sent += first;
    size -= first;
    connection->tail = slice_of(size == 0 ? connection->tail.data : connection->tail.data + size,
                                connection->tail.size - size);
    if (http_connection_unsent(connection) == 0) {
        output_done(connection);
    } else if (connection->output_sent >= BUFFER_KEPT_MAX) {
        buffer_consume(&connection->output, connection->output_sent);
        connection->output_sent = 0;
    }
}

static struct slice output_rest(const struct http_connection *connection)
{
    return slice_of(
        connection->output.data == NULL ? NULL : connection->output.data + connection->output_sent,
        connection->output.size - connection->output_sent);
}

/* Sends two pieces; OS_AGAIN when not all was taken. */
static enum os_status pieces_send(struct http_connection *connection, struct slice first,
                                  struct slice second, size_t *ret_size)
{
    *ret_size = 0;
    const enum os_status status = os_socket_send(connection->source.fd, first, second, ret_size);
    connection->server->figures.bytes_sent += *ret_size;
    connection->progress += *ret_size;
    if (connection->progress >= PROGRESS_STEP) {
        connection->restart = true;
    }
    if (status == OS_OK && *ret_size < first.size + second.size) {
        return OS_AGAIN; /* the socket is full; asking again would only say so */
    }
    return status;
}

static enum os_status plain_send(struct http_connection *connection)
{
    size_t sent;
    const enum os_status status =
        pieces_send(connection, output_rest(connection), connection->tail, &sent);

    output_advance(connection, sent);
    return status;
}

/* Encrypts a piece of the output, then sends what is encrypted. */
static enum os_status tls_send(struct http_connection *connection)
{
    size_t sent;

    if (connection->wire.size == connection->wire_sent) {
        const struct slice rest = output_rest(connection);
        const struct slice whole = rest.size > 0 ? rest : connection->tail;
        const struct slice piece =
            slice_of(whole.data, whole.size < READ_SIZE ? whole.size : READ_SIZE);

        if (connection->handshaken && !http_tls_write(connection->tls, piece)) {
            return OS_FAILED;
        }
        if (connection->handshaken) {
            output_advance(connection, piece.size);
        }
        connection->wire_sent = 0;
        if (connection->wire.data == NULL) {
            connection->wire = http_buffer_take(connection->server);
        }
        buffer_reset(&connection->wire);
        http_tls_drain(connection->tls, &connection->wire);
        if (buffer_failed(&connection->wire)) {
            return OS_FAILED;
        }
    }
    const enum os_status status =
        pieces_send(connection,
                    slice_of(connection->wire.data + connection->wire_sent,
                             connection->wire.size - connection->wire_sent),
                    slice_of(NULL, 0), &sent);
    connection->wire_sent += sent;
    if (connection->wire_sent == connection->wire.size) {
        http_buffer_give(connection->server, &connection->wire);
        connection->wire_sent = 0;
    }
    return status;
}

/* Sends until nothing is left or the socket takes no more. */
static enum os_status output_send(struct http_connection *connection)
{
    do {
        if (buffer_failed(&connection->output)) {
            return OS_EXHAUSTED;
        }
        if (connection->tls != NULL || http_connection_unsent(connection) > 0) {
            const enum os_status status =
                connection->tls != NULL ? tls_send(connection) : plain_send(connection);

            REQUIRE(status == OS_OK, status);
        }
        http_connection_advance(connection);
    } while (http_connection_unsent(connection) > 0);
    return OS_OK;
}

/* All was sent and nothing more comes: our side ends, and what the client still sends is dropped
 * for a while, because closing over unread bytes would destroy the answer on its way. */
static void linger_begin(struct http_connection *connection)
{
    if (connection->input_ended) {
        http_connection_die(connection);
        return;
    }
    if (connection->tls != NULL && connection->handshaken) {
        struct buffer wire = http_buffer_take(connection->server);
        size_t sent;

        http_tls_end(connection->tls);
        http_tls_drain(connection->tls, &wire);
        /* 31 bytes into an empty socket; if they are lost the client sees an end without notice */
        (void)!os_socket_send(connection->source.fd, buffer_slice(&wire), slice_of(NULL, 0), &sent);
        http_buffer_give(connection->server, &wire);
    }
    os_socket_end(connection->source.fd);
    connection->lingering = true;
    connection->restart = true;
}

static void stream_tell_room(struct http_connection *connection)
{
    struct http_exchange *exchange = connection->first;

    if (exchange != NULL && exchange->state == EXCHANGE_STREAMING && exchange->full &&
        http_connection_unsent(connection) <= connection->server->config.stream_unsent_max / 2) {
        http_stream_tell_drained(exchange);
    }
}

/* There is room again: what waited unread is taken, as if it had just come. */
static void connection_resume(struct http_connection *connection)
{
    connection->paused = false;
    reactor_again(connection->server->reactor);
    scratch_take(connection, scratch_begin(connection));
    if (connection->tls != NULL && !connection->paused && connection->open) {
        tls_take(connection);
    }
}

void http_connection_flush(struct http_connection *connection)
{
    if (!connection->open) {
        if (connection->first == NULL) {
            http_slot_free(connection);
        }
        return;
    }
    if (!connection->blocked && !connection->lingering) {
        http_connection_advance(connection);
        const enum os_status status = output_send(connection);

        connection->blocked = status == OS_AGAIN;
        if (status != OS_OK && status != OS_AGAIN) {
            http_connection_die(connection);
            return;
        }
    }
    if (connection->cut && (everything_sent(connection) || connection->blocked)) {
        http_connection_die(connection);
        return;
    }
    stream_tell_room(connection);
    if (connection->paused && !must_pause(connection)) {
        connection_resume(connection);
    }
    if (connection->open && connection->no_more && connection->first == NULL &&
        !connection->lingering && everything_sent(connection)) {
        linger_begin(connection);
    }
    connection_settle(connection);
}

/* ---- what the connection waits for -------------------------------------------------------- */

static enum http_wait wait_of(const struct http_connection *connection)
{
    if (connection->lingering) {
        return HTTP_WAIT_LINGER;
    }
    if (!connection->handshaken) {
        return HTTP_WAIT_HANDSHAKE;
    }
    if (connection->blocked) {
        return HTTP_WAIT_WRITE;
    }
    if (connection->receiving != NULL) {
        return HTTP_WAIT_BODY;
    }
    if (connection->input.size > 0 && !connection->paused) {
        return HTTP_WAIT_HEADER;
    }
    if (connection->first == NULL) {
        return HTTP_WAIT_IDLE;
    }
    return connection->first->state == EXCHANGE_STREAMING ? HTTP_WAIT_STREAM : HTTP_WAIT_NONE;
}

/* Brings time-out and interest in line with the state. */
static void connection_settle(struct http_connection *connection)
{
    unsigned interest = 0;

    if (!connection->open) {
        return;
    }
    if (!connection->input_ended && !connection->paused) {
        interest |= REACTOR_READ;
    }
    if (connection->blocked) {
        interest |= REACTOR_WRITE;
    }
    reactor_change(connection->server->reactor, &connection->source, interest);
    http_wait_set(connection, wait_of(connection));
}

void http_connection_begin(struct http_connection *connection, int fd)
{
    struct http_server *server = connection->server;

    connection->source.fd = fd;
    connection->source.ready = connection_ready;
    connection->open = true;
    server->figures.connections_open++;
    if (server->tls != NULL) {
        connection->tls = http_tls_new(server->tls);
    }
    connection->handshaken = server->tls == NULL;
    if ((server->tls != NULL && connection->tls == NULL) ||
        reactor_add(server->reactor, &connection->source, REACTOR_READ) != OS_OK) {
        http_connection_die(connection);
        return;
    }
    connection_settle(connection);
}
