#include "http/http_server.h"

#include "os/pages.h"

enum { LINGER_TIMEOUT_MS = 2000, LISTEN_BACKLOG = 1024, HEAD_SIZE_LIMIT = 64 * 1024 };

/* ---- time-outs ---------------------------------------------------------------------------- */

static void timer_want(struct http_server *server, uint64_t due_ns)
{
    if (server->timer.place == 0 || due_ns < server->timer.due_ns) {
        /* The heap's room was made by the first use; a failure leaves the earlier deadline. */
        (void)!reactor_timer_set(server->reactor, &server->timer, due_ns);
    }
}

static void wait_unlink(struct http_connection *connection)
{
    struct wait_list *list = &connection->server->waits[connection->wait];

    if (connection->wait == HTTP_WAIT_NONE) {
        return;
    }
    if (connection->wait_previous == NULL) {
        list->first = connection->wait_next;
    } else {
        connection->wait_previous->wait_next = connection->wait_next;
    }
    if (connection->wait_next == NULL) {
        list->last = connection->wait_previous;
    } else {
        connection->wait_next->wait_previous = connection->wait_previous;
    }
    connection->wait = HTTP_WAIT_NONE;
}

void http_wait_set(struct http_connection *connection, enum http_wait wait)
{
    struct http_server *server = connection->server;
    struct wait_list *list = &server->waits[wait];

    if (connection->wait == wait && !connection->restart) {
        return;
    }
    wait_unlink(connection);
    connection->restart = false;
    connection->progress = 0;
    if (wait == HTTP_WAIT_NONE) {
        return;
    }
    connection->wait = wait;
    connection->deadline_ns = reactor_now_ns(server->reactor) + list->timeout_ns;
    connection->wait_previous = list->last;
    connection->wait_next = NULL;
    if (list->last == NULL) {
        list->first = connection;
    } else {
        list->last->wait_next = connection;
    }
    list->last = connection;
    timer_want(server, connection->deadline_ns);
}

static void connection_expire(struct http_connection *connection)
{
    struct http_server *server = connection->server;
    const enum http_wait wait = connection->wait;

    wait_unlink(connection);
    if (wait == HTTP_WAIT_STREAM) {
        http_stream_heartbeat(connection->first);
        http_connection_dirty(connection); /* also without heartbeat: to wait again */
        return;
    }
    server->figures.timeouts += wait != HTTP_WAIT_LINGER && wait != HTTP_WAIT_IDLE;
    if (wait == HTTP_WAIT_HEADER || wait == HTTP_WAIT_BODY) {
        http_connection_refuse(connection, HTTP_REFUSAL_HEADER_TIMEOUT);
    } else {
        http_connection_die(connection);
    }
}

/* The sweep waits for the flush of this turn: what a client has just made room for is progress,
 * even when this process comes to it late. */
static void timer_expired(struct reactor_timer *timer)
{
    struct http_server *server =
        (struct http_server *)(void *)((char *)timer - offsetof(struct http_server, timer));

    server->sweep_due = true;
}

static void waits_sweep(struct http_server *server)
{
    const uint64_t now_ns = reactor_now_ns(server->reactor);
    uint64_t next_ns = UINT64_MAX;

    for (size_t wait = 0; wait < HTTP_WAIT_COUNT; wait++) {
        struct wait_list *list = &server->waits[wait];

        while (list->first != NULL && list->first->deadline_ns <= now_ns) {
            connection_expire(list->first);
        }
        if (list->first != NULL && list->first->deadline_ns < next_ns) {
            next_ns = list->first->deadline_ns;
        }
    }
    if (next_ns != UINT64_MAX) {
        timer_want(server, next_ns);
    }
}

/* ---- slots and accepting ------------------------------------------------------------------ */

static uint32_t slot_index(const struct http_connection *connection)
{
    return (uint32_t)(connection - connection->server->connections);
}

void http_slot_free(struct http_connection *connection)
{
    struct http_server *server = connection->server;

    check(!connection->open && connection->first == NULL && connection->wait == HTTP_WAIT_NONE);
    buffer_release(&connection->subject);
    server->free_slots[server->free_count++] = slot_index(connection);
}

/* Closes the connection that has been idle the longest and frees its slot; false when none is idle.
 * One that has become busy in this turn is in the list until the flush, but dirty. */
static bool idle_shed(struct http_server *server)
{
    struct http_connection *oldest = server->waits[HTTP_WAIT_IDLE].first;

    while (oldest != NULL && (oldest->dirty || oldest->first != NULL)) {
        oldest = oldest->wait_next;
    }
    if (oldest == NULL) {
        return false;
    }
    http_connection_die(oldest);
    /* Its death made it dirty; it is freed at once and not in the flush, for it is wanted now. */
    check(server->dirty == oldest && oldest->first == NULL);
    server->dirty = oldest->dirty_next;
    oldest->dirty = false;
    http_slot_free(oldest);
    return true;
}

/* Answers without a slot. */
static void connection_turn_away(struct http_server *server, int fd)
{
    static const struct slice body = {
        "{\"type\":\"/problems/too-busy\",\"title\":\"Service Unavailable\",\"status\":503}", 72};
    char head[256];
    size_t sent;
    const int size = snprintf(head, sizeof(head),
                              "HTTP/1.1 503 Service Unavailable\r\n"
                              "Content-Type: application/problem+json\r\n"
                              "Content-Length: %zu\r\nRetry-After: 1\r\n"
                              "Connection: close\r\n\r\n",
                              body.size);

    server->figures.connections_refused++;
    if (server->tls == NULL) {
        (void)!os_socket_send(fd, slice_of(head, (size_t)size), body, &sent);
    }
    os_socket_close(fd);
}

/* NULL when every slot is taken. What was never taken is never touched: it costs no memory. */
static struct http_connection *slot_take(struct http_server *server)
{
    if (server->free_count > 0) {
        return &server->connections[server->free_slots[--server->free_count]];
    }
    return server->slots_used < server->config.connections_max
               ? &server->connections[server->slots_used++]
               : NULL;
}

static void connection_accepted(struct http_server *server, int fd, const struct os_address *peer)
{
    struct http_connection *connection = slot_take(server);

    if (connection == NULL && idle_shed(server)) {
        connection = slot_take(server);
    }
    if (connection == NULL) {
        connection_turn_away(server, fd);
        return;
    }
    *connection = (struct http_connection){.server = server, .peer = *peer};
    server->figures.connections_accepted++;
    http_connection_begin(connection, fd);
}

/* No descriptor is left: an idle connection gives its own up, or the spare one is used to take the
 * waiting connection off the queue and turn it away; else the listener would be ready for ever. */
static bool descriptor_make(struct http_server *server, int listener)
{
    struct os_address peer;
    int fd;

    if (idle_shed(server)) {
        return true;
    }
    os_descriptor_close(server->spare_fd);
    const enum os_status status = os_socket_accept(&fd, &peer, listener);
    if (status == OS_OK) {
        connection_turn_away(server, fd);
    }
    server->spare_fd = os_descriptor_spare();
    return status == OS_OK;
}

static void listener_ready(struct reactor_source *source, unsigned events)
{
    struct http_listener *listener = (struct http_listener *)(void *)source;

    (void)events;
    for (size_t i = 0; i < ACCEPTS_MAX; i++) {
        struct os_address peer;
        int fd;
        const enum os_status status = os_socket_accept(&fd, &peer, source->fd);

        if (status == OS_OK) {
            connection_accepted(listener->server, fd, &peer);
        } else if (status != OS_EXHAUSTED || !descriptor_make(listener->server, source->fd)) {
            return;
        }
    }
}

enum http_result http_listener_open(struct reactor *reactor, struct reactor_source *source,
                                    struct os_address *ret_bound, const struct os_address *address)
{
    switch (os_socket_listen(&source->fd, ret_bound, address, LISTEN_BACKLOG)) {
    case OS_OK:
        break;
    case OS_IN_USE:
        return HTTP_IN_USE;
    case OS_FORBIDDEN:
        return HTTP_FORBIDDEN;
    case OS_INVALID:
        return HTTP_BAD_ADDRESS;
    default:
        return HTTP_FAILED;
    }
    if (reactor_add(reactor, source, REACTOR_READ) != OS_OK) {
        os_socket_close(source->fd);
        return HTTP_FAILED;
    }
    return HTTP_OK;
}

enum http_result http_server_listen(struct http_server *server, struct os_address *ret_bound,
                                    const struct os_address *address)
{
    struct http_listener *listener = &server->listeners[server->listener_count];

    REQUIRE(server->listener_count < LISTENERS_MAX && !server->draining, HTTP_BAD_ADDRESS);
    *listener = (struct http_listener){.server = server, .source = {.ready = listener_ready}};
    TRY(http_listener_open(server->reactor, &listener->source, ret_bound, address));
    server->listener_count++;
    return HTTP_OK;
}

static void listeners_close(struct http_server *server)
{
    for (size_t i = 0; i < server->listener_count; i++) {
        reactor_remove(server->reactor, &server->listeners[i].source);
        os_socket_close(server->listeners[i].source.fd);
    }
    server->listener_count = 0;
}

/* ---- the end of a turn -------------------------------------------------------------------- */

static void dirty_flush(struct http_server *server)
{
    struct http_connection *connection = server->dirty;

    server->dirty = NULL;
    while (connection != NULL) {
        struct http_connection *next = connection->dirty_next;

        connection->dirty = false;
        http_connection_flush(connection);
        connection = next;
    }
}

static void server_flush(struct reactor_hook *hook)
{
    struct http_server *server =
        (struct http_server *)(void *)((char *)hook - offsetof(struct http_server, flush));

    dirty_flush(server);
    if (server->sweep_due) {
        server->sweep_due = false;
        waits_sweep(server);
    }
    if (server->dirty != NULL) {
        reactor_again(server->reactor); /* a handler or the sweep has made answers */
    }
    if (server->drained != NULL && server->figures.connections_open == 0) {
        void (*drained)(void *context) = server->drained;

        server->drained = NULL;
        reactor_timer_cancel(server->reactor, &server->drain_timer);
        drained(server->drained_context);
    }
}

/* ---- draining ----------------------------------------------------------------------------- */

static void connection_drain(struct http_connection *connection)
{
    connection->no_more = true;
    if (connection->first == NULL && !connection->lingering) {
        /* What was answered in this turn has yet to be sent; the flush ends the connection then. */
        if (http_connection_unsent(connection) == 0) {
            http_connection_die(connection);
        }
        return;
    }
    struct http_exchange *exchange = connection->first;
    while (exchange != NULL) {
        struct http_exchange *next = exchange->next;

        if (exchange->state == EXCHANGE_STREAMING && !exchange->gone_told) {
            http_stream_tell_gone(exchange);
            next = connection->first; /* the call may have changed the queue */
        }
        exchange = next;
    }
}

static void connections_cut(struct http_server *server)
{
    for (size_t i = 0; i < server->slots_used; i++) {
        http_connection_die(&server->connections[i]);
    }
}

static void drain_expired(struct reactor_timer *timer)
{
    struct http_server *server =
        (struct http_server *)(void *)((char *)timer - offsetof(struct http_server, drain_timer));

    connections_cut(server);
}

void http_server_drain(struct http_server *server, void (*drained)(void *context), void *context)
{
    const uint64_t limit_ns = server->config.drain_timeout_ms * OS_NS_PER_MS;

    if (server->draining) {
        return;
    }
    server->draining = true;
    server->drained = drained;
    server->drained_context = context;
    listeners_close(server);
    for (size_t i = 0; i < server->slots_used; i++) {
        if (server->connections[i].open) {
            connection_drain(&server->connections[i]);
        }
    }
    if (reactor_timer_set(server->reactor, &server->drain_timer,
                          reactor_now_ns(server->reactor) + limit_ns) != OS_OK) {
        connections_cut(server);
    }
    reactor_again(server->reactor);
}

/* ---- opening and freeing ------------------------------------------------------------------ */

static void config_default(size_t *value, size_t standard)
{
    *value = *value == 0 ? standard : *value;
}

static void config_default_ms(unsigned *value, unsigned standard)
{
    *value = *value == 0 ? standard : *value;
}

static void config_defaults(struct http_config *config)
{
    config_default(&config->connections_max, 10000);
    config_default(&config->pipeline_max, 64);
    config_default(&config->request_line_max, 8192);
    config_default(&config->headers_size_max, 16384);
    config_default(&config->headers_max, 64);
    config_default(&config->body_max, 16UL << 20);
    config_default(&config->bodies_max, 512UL << 20);
    config_default(&config->arena_max, 256UL << 20);
    config_default(&config->unsent_max, 1UL << 20);
    config_default(&config->stream_unsent_max, 256UL << 10);
    config_default_ms(&config->handshake_timeout_ms, 10000);
    config_default_ms(&config->header_timeout_ms, 10000);
    config_default_ms(&config->body_timeout_ms, 10000);
    config_default_ms(&config->idle_timeout_ms, 60000);
    config_default_ms(&config->write_timeout_ms, 10000);
    config_default_ms(&config->heartbeat_ms, 15000);
    config_default_ms(&config->drain_timeout_ms, 10000);
    check(config->headers_size_max <= HEAD_SIZE_LIMIT &&
          config->request_line_max <= config->headers_size_max &&
          config->headers_max <= HTTP_HEAD_FIELDS_MAX && config->connections_max <= UINT32_MAX);
}

static void waits_init(struct http_server *server)
{
    const struct http_config *config = &server->config;
    const unsigned timeouts_ms[HTTP_WAIT_COUNT] = {
        [HTTP_WAIT_HANDSHAKE] = config->handshake_timeout_ms,
        [HTTP_WAIT_IDLE] = config->idle_timeout_ms,
        [HTTP_WAIT_HEADER] = config->header_timeout_ms,
        [HTTP_WAIT_BODY] = config->body_timeout_ms,
        [HTTP_WAIT_WRITE] = config->write_timeout_ms,
        [HTTP_WAIT_STREAM] = config->heartbeat_ms,
        [HTTP_WAIT_LINGER] = LINGER_TIMEOUT_MS,
    };

    for (size_t wait = 0; wait < HTTP_WAIT_COUNT; wait++) {
        server->waits[wait].timeout_ns = timeouts_ms[wait] * OS_NS_PER_MS;
    }
}

static size_t slots_size(const struct http_config *config)
{
    return config->connections_max * sizeof(struct http_connection);
}

static enum http_result server_memory(struct http_server *server)
{
    const struct http_config *config = &server->config;

    server->scratch = memory_allocate(config->headers_size_max + 2 * (size_t)READ_SIZE);
    server->wire_scratch = memory_allocate(READ_SIZE);
    server->free_slots = memory_allocate(config->connections_max * sizeof(uint32_t));
    server->connections = os_pages_reserve(slots_size(config), false);
    REQUIRE(server->scratch != NULL && server->wire_scratch != NULL && server->free_slots != NULL &&
                server->connections != NULL,
            HTTP_NO_MEMORY);
    return HTTP_OK;
}

static enum http_result server_start(struct http_server *server)
{
    const struct http_config *config = &server->config;

    TRY(server_memory(server));
    TRY(http_router_open(&server->router, config->routes, config->route_count));
    if (config->tls.certificate_file != NULL) {
        TRY(http_tls_context_open(&server->tls, &config->tls));
    }
    waits_init(server);
    server->head_limits = (struct http_head_limits){
        .request_line_max = config->request_line_max,
        .size_max = config->headers_size_max,
        .fields_max = config->headers_max,
    };
    server->spare_fd = os_descriptor_spare();
    server->timer.expired = timer_expired;
    server->drain_timer.expired = drain_expired;
    server->flush.run = server_flush;
    reactor_hook_add(server->reactor, &server->flush, REACTOR_FLUSH);
    return HTTP_OK;
}

enum http_result http_server_open(struct http_server **ret_server, struct reactor *reactor,
                                  const struct http_config *config)
{
    struct http_server *server = memory_allocate(sizeof(*server));

    REQUIRE(server != NULL, HTTP_NO_MEMORY);
    memset(server, 0, sizeof(*server));
    server->reactor = reactor;
    server->config = *config;
    server->spare_fd = -1;
    config_defaults(&server->config);
    const enum http_result result = server_start(server);
    if (result != HTTP_OK) {
        http_server_free(server);
        return result;
    }
    *ret_server = server;
    return HTTP_OK;
}

/* What handlers still hold of dead connections. */
static void exchanges_forget(struct http_server *server)
{
    for (size_t i = 0; i < server->slots_used && server->exchange_count > 0; i++) {
        struct http_connection *connection = &server->connections[i];

        while (connection->first != NULL) {
            http_exchange_end(connection->first);
        }
    }
}

void http_server_free(struct http_server *server)
{
    if (server == NULL) {
        return;
    }
    listeners_close(server);
    if (server->connections != NULL) {
        connections_cut(server);
        exchanges_forget(server);
        reactor_timer_cancel(server->reactor, &server->timer);
        reactor_timer_cancel(server->reactor, &server->drain_timer);
        reactor_hook_remove(server->reactor, &server->flush);
    }
    http_exchange_pool_free(server);
    while (server->buffer_pool_count > 0) {
        buffer_release(&server->buffer_pool[--server->buffer_pool_count]);
    }
    os_descriptor_close(server->spare_fd);
    http_tls_context_free(server->tls);
    http_router_free(server->router);
    os_pages_release(server->connections, slots_size(&server->config));
    memory_free(server->free_slots);
    memory_free(server->wire_scratch);
    memory_free(server->scratch);
    memory_free(server);
}

enum http_result http_server_reload(struct http_server *server)
{
    struct http_tls_context *fresh = NULL;

    if (server->tls == NULL) {
        return HTTP_OK;
    }
    TRY(http_tls_context_open(&fresh, &server->config.tls));
    http_tls_context_free(server->tls);
    server->tls = fresh;
    return HTTP_OK;
}

const struct http_router *http_server_router(const struct http_server *server)
{
    return server->router;
}

void http_server_figures(const struct http_server *server, struct http_figures *ret_figures)
{
    *ret_figures = server->figures;
}
