/* The server as a whole: listening, the end of a turn, the sweep of each second, draining. */
#include "auth/permission.h"
#include "base/arena.h"
#include "binary/binary_internal.h"
#include "wire/wire_frame.h"

/* ---- accepting ---- */

/* Without a slot: a client that speaks TLS could not read an answer, the others are told. */
static void connection_turn_away(struct binary_server *server, int fd)
{
    uint8_t frame[WIRE_ERROR_FRAME_SIZE];
    size_t sent;

    server->figures.connections_refused++;
    if (server->tls == NULL) {
        wire_error_write(frame, WIRE_BUSY, 0);
        (void)!os_socket_send(fd, slice_of((const char *)frame, sizeof(frame)), slice_of(NULL, 0),
                              &sent);
    }
    os_socket_close(fd);
}

static void listener_ready(struct reactor_source *source, unsigned events)
{
    struct binary_server *server = ((struct binary_listener *)(void *)source)->server;

    (void)events;
    for (size_t i = 0; i < BINARY_ACCEPTS_MAX; i++) {
        struct os_address peer;
        int fd;

        if (os_socket_accept(&fd, &peer, source->fd) != OS_OK) {
            return; /* of what is left in the queue the next turn hears again */
        }
        if (server->figures.connections_open >= server->config.connections_max) {
            connection_turn_away(server, fd);
        } else {
            binary_connection_begin(server, fd, &peer);
        }
    }
}

enum http_result binary_server_listen(struct binary_server *server, struct os_address *ret_bound,
                                      const struct os_address *address)
{
    struct binary_listener *listener = &server->listeners[server->listener_count];

    REQUIRE(server->listener_count < BINARY_LISTENERS_MAX && !server->draining, HTTP_BAD_ADDRESS);
    *listener = (struct binary_listener){.server = server, .source = {.ready = listener_ready}};
    TRY(http_listener_open(server->config.reactor, &listener->source, ret_bound, address));
    server->listener_count++;
    return HTTP_OK;
}

static void listeners_close(struct binary_server *server)
{
    for (size_t i = 0; i < server->listener_count; i++) {
        reactor_remove(server->config.reactor, &server->listeners[i].source);
        os_socket_close(server->listeners[i].source.fd);
    }
    server->listener_count = 0;
}

/* ---- the end of a turn ---- */

static void drained_tell(struct binary_server *server)
{
    void (*drained)(void *context) = server->drained;

    if (drained != NULL && server->figures.connections_open == 0) {
        server->drained = NULL;
        reactor_timer_cancel(server->config.reactor, &server->drain_timer);
        drained(server->drained_context);
    }
}

static void server_flush(struct reactor_hook *hook)
{
    struct binary_server *server =
        (struct binary_server *)(void *)((char *)hook - offsetof(struct binary_server, flush));
    struct binary_connection *connection = server->dirty;

    server->dirty = NULL;
    while (connection != NULL) {
        struct binary_connection *next = connection->dirty_next;

        connection->dirty = false;
        binary_connection_flush(connection);
        connection = next;
    }
    if (server->dirty != NULL) {
        reactor_again(server->config.reactor);
    }
    drained_tell(server);
}

static void sweep_set(struct binary_server *server)
{
    /* Without memory for a timer there is no sweep; the timer's place is kept once it was set. */
    (void)!reactor_timer_set(server->config.reactor, &server->sweep_timer,
                             reactor_now_ns(server->config.reactor) + OS_NS_PER_SECOND);
}

static void sweep(struct reactor_timer *timer)
{
    struct binary_server *server =
        (struct binary_server *)(void *)((char *)timer -
                                         offsetof(struct binary_server, sweep_timer));
    const uint64_t now_ns = reactor_now_ns(server->config.reactor);
    struct binary_connection *connection = server->connections;

    while (connection != NULL) {
        struct binary_connection *next = connection->next;

        binary_connection_sweep(connection, now_ns);
        connection = next;
    }
    sweep_set(server);
}

/* ---- draining ---- */

static void connections_cut(struct binary_server *server)
{
    while (server->connections != NULL) {
        binary_connection_die(server->connections);
    }
}

static void drain_expired(struct reactor_timer *timer)
{
    connections_cut((struct binary_server *)(void *)((char *)timer -
                                                     offsetof(struct binary_server, drain_timer)));
}

void binary_server_drain(struct binary_server *server, void (*drained)(void *context),
                         void *context)
{
    struct reactor *reactor = server->config.reactor;
    const uint64_t limit_ns = server->config.drain_timeout_ms * OS_NS_PER_MS;

    if (server->draining) {
        return;
    }
    server->draining = true;
    server->drained = drained;
    server->drained_context = context;
    listeners_close(server);
    for (struct binary_connection *connection = server->connections; connection != NULL;
         connection = connection->next) {
        binary_connection_drain(connection);
    }
    if (reactor_timer_set(reactor, &server->drain_timer, reactor_now_ns(reactor) + limit_ns) !=
        OS_OK) {
        connections_cut(server);
    }
    reactor_again(reactor);
}

/* ---- opening and freeing ---- */

static void default_ms(unsigned *value)
{
    *value = *value == 0 ? 10000 : *value;
}

static enum http_result server_start(struct binary_server *server)
{
    struct binary_config *config = &server->config;

    default_ms(&config->hello_timeout_ms);
    default_ms(&config->frame_timeout_ms);
    default_ms(&config->write_timeout_ms);
    default_ms(&config->drain_timeout_ms);
    config->connections_max = config->connections_max == 0 ? 1000 : config->connections_max;
    config->unsent_max = config->unsent_max == 0 ? 4UL << 20 : config->unsent_max;
    server->roles = permission_roles(SLICE("POST"), SLICE("/v1/commands"));
    server->flush.run = server_flush;
    reactor_hook_add(config->reactor, &server->flush, REACTOR_FLUSH);
    server->sweep_timer.expired = sweep;
    server->drain_timer.expired = drain_expired;
    server->scratch = memory_allocate(BINARY_READ_SIZE);
    REQUIRE(server->scratch != NULL, HTTP_NO_MEMORY);
    if (config->tls.certificate_file != NULL) {
        server->wire_scratch = memory_allocate(BINARY_READ_SIZE);
        REQUIRE(server->wire_scratch != NULL, HTTP_NO_MEMORY);
        TRY(http_tls_context_open(&server->tls, &config->tls));
    }
    REQUIRE(reactor_timer_set(config->reactor, &server->sweep_timer,
                              reactor_now_ns(config->reactor) + OS_NS_PER_SECOND) == OS_OK,
            HTTP_NO_MEMORY);
    return HTTP_OK;
}

enum http_result binary_server_open(struct binary_server **ret_server,
                                    const struct binary_config *config)
{
    struct binary_server *server = memory_allocate(sizeof(*server));

    REQUIRE(server != NULL, HTTP_NO_MEMORY);
    *server = (struct binary_server){.config = *config};
    const enum http_result result = server_start(server);
    if (result != HTTP_OK) {
        binary_server_free(server);
        return result;
    }
    *ret_server = server;
    return HTTP_OK;
}

static void dirty_free(struct binary_server *server)
{
    while (server->dirty != NULL) {
        struct binary_connection *connection = server->dirty;

        server->dirty = connection->dirty_next;
        check(connection->dead);
        memory_free(connection);
    }
}

void binary_server_free(struct binary_server *server)
{
    if (server == NULL) {
        return;
    }
    listeners_close(server);
    connections_cut(server);
    dirty_free(server);
    reactor_timer_cancel(server->config.reactor, &server->sweep_timer);
    reactor_timer_cancel(server->config.reactor, &server->drain_timer);
    reactor_hook_remove(server->config.reactor, &server->flush);
    binary_pool_free(server);
    http_tls_context_free(server->tls);
    memory_free(server->scratch);
    memory_free(server->wire_scratch);
    memory_free(server);
}

enum http_result binary_server_reload(struct binary_server *server)
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

void binary_server_figures(const struct binary_server *server, struct binary_figures *ret_figures)
{
    *ret_figures = server->figures;
}
