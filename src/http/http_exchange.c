#include "http/http_server.h"

/* ---- pools -------------------------------------------------------------------------------- */

struct buffer http_buffer_take(struct http_server *server)
{
    return server->buffer_pool_count > 0 ? server->buffer_pool[--server->buffer_pool_count]
                                         : (struct buffer){0};
}

void http_buffer_give(struct http_server *server, struct buffer *buffer)
{
    if (buffer->data != NULL && buffer->capacity <= BUFFER_KEPT_MAX &&
        server->buffer_pool_count < POOL_MAX) {
        buffer_reset(buffer);
        server->buffer_pool[server->buffer_pool_count++] = *buffer;
        *buffer = (struct buffer){0};
    } else {
        buffer_release(buffer);
    }
}

static struct http_exchange *exchange_new(struct http_server *server)
{
    struct http_exchange *exchange = server->exchange_pool;

    if (exchange != NULL) {
        server->exchange_pool = exchange->next;
        server->exchange_pool_count--;
        return exchange;
    }
    exchange = memory_allocate(sizeof(*exchange));
    if (exchange != NULL) {
        *exchange = (struct http_exchange){0};
        arena_init(&exchange->arena, server->config.arena_max);
    }
    return exchange;
}

static void exchange_free(struct http_exchange *exchange)
{
    arena_release(&exchange->arena);
    buffer_release(&exchange->body);
    buffer_release(&exchange->headers);
    memory_free(exchange);
}

/* Keeps the arena's first block, the body and the headers for the next request. */
static void exchange_recycle(struct http_server *server, struct http_exchange *exchange)
{
    struct arena arena = exchange->arena;
    struct buffer body = exchange->body;
    struct buffer headers = exchange->headers;

    arena_reset(&arena);
    buffer_reset(&headers);
    if (body.capacity > BUFFER_KEPT_MAX) {
        buffer_release(&body);
    }
    buffer_reset(&body);
    *exchange = (struct http_exchange){.arena = arena, .body = body, .headers = headers};
    if (server->exchange_pool_count == POOL_MAX) {
        exchange_free(exchange);
        return;
    }
    exchange->next = server->exchange_pool;
    server->exchange_pool = exchange;
    server->exchange_pool_count++;
}

void http_exchange_pool_free(struct http_server *server)
{
    while (server->exchange_pool != NULL) {
        struct http_exchange *exchange = server->exchange_pool;

        server->exchange_pool = exchange->next;
        exchange_free(exchange);
    }
}

/* ---- the queue of a connection ------------------------------------------------------------ */

struct http_exchange *http_exchange_begin(struct http_connection *connection)
{
    struct http_server *server = connection->server;
    struct http_exchange *exchange =
        server->exchange_count < EXCHANGES_MAX ? exchange_new(server) : NULL;

    if (exchange == NULL) {
        return NULL;
    }
    server->exchange_count++;
    exchange->connection = connection;
    exchange->next = NULL;
    exchange->state = EXCHANGE_RECEIVING;
    exchange->started_ns = reactor_now_ns(server->reactor);
    exchange->request.arena = &exchange->arena;
    exchange->request.peer_address = os_address_text(&connection->peer);
    exchange->request.peer_subject = buffer_slice(&connection->subject);
    if (connection->last == NULL) {
        connection->first = exchange;
    } else {
        connection->last->next = exchange;
    }
    connection->last = exchange;
    connection->exchange_count++;
    return exchange;
}

void http_exchange_wait(struct http_exchange *exchange, size_t size)
{
    exchange->waiting += size;
    exchange->connection->waiting_size += size;
}

void http_exchange_end(struct http_exchange *exchange)
{
    struct http_connection *connection = exchange->connection;
    struct http_server *server = connection->server;
    struct http_exchange *before = NULL;

    if (connection->first == exchange) {
        connection->first = exchange->next;
    } else {
        before = connection->first;
        while (before->next != exchange) {
            before = before->next;
        }
        before->next = exchange->next;
    }
    if (connection->last == exchange) {
        connection->last = before;
    }
    connection->exchange_count--;
    connection->waiting_size -= exchange->waiting;
    server->exchange_count--;
    server->figures.bodies_size -= exchange->body.size;
    http_buffer_give(server, &exchange->answer);
    buffer_release(&exchange->tail_owner);
    exchange_recycle(server, exchange);
    if (!connection->open && connection->first == NULL && !connection->dirty) {
        http_slot_free(connection);
    }
}

/* ---- from head to handler ----------------------------------------------------------------- */

static bool exchange_fields(struct http_exchange *exchange, const struct http_head *head)
{
    struct http_field *fields =
        head->field_count == 0
            ? NULL
            : arena_take_array(&exchange->arena, head->field_count, sizeof(*fields));

    if (fields == NULL && head->field_count > 0) {
        return false;
    }
    for (size_t i = 0; i < head->field_count; i++) {
        fields[i] = head->fields[i];
    }
    exchange->request.headers = fields;
    exchange->request.header_count = head->field_count;
    return true;
}

static void exchange_allow(struct http_exchange *exchange, unsigned allowed)
{
    struct http_server *server = exchange->connection->server;
    struct buffer text = http_buffer_take(server);

    http_allow_write(&text, allowed);
    http_header_add(&exchange->request, SLICE("Allow"), buffer_slice(&text));
    http_buffer_give(server, &text);
}

/* OPTIONS is answered from the table, unless a route takes it. */
static void exchange_options(struct http_exchange *exchange, unsigned allowed)
{
    exchange_allow(exchange, allowed);
    http_respond(&exchange->request, 204, SLICE(""), SLICE(""));
}

static enum http_refusal exchange_match(struct http_exchange *exchange, bool *ret_answered)
{
    struct http_request *request = &exchange->request;
    const struct http_server *server = exchange->connection->server;
    const bool options = request->method == HTTP_METHOD_OPTIONS;
    struct http_match match;

    if (options && slice_equal(request->path, SLICE("*"))) {
        exchange_options(exchange, (1U << HTTP_METHOD_COUNT) - 1);
        *ret_answered = true;
        return HTTP_REFUSAL_NONE;
    }
    const enum http_refusal refusal =
        http_router_match(&match, server->router, &exchange->arena, request->method, request->path);
    if (refusal == HTTP_REFUSAL_METHOD_NOT_ALLOWED) {
        if (options) {
            exchange_options(exchange, match.allowed);
            *ret_answered = true;
            return HTTP_REFUSAL_NONE;
        }
        exchange_allow(exchange, match.allowed);
    }
    REQUIRE(refusal == HTTP_REFUSAL_NONE, refusal);
    request->route = match.route;
    request->param_count = match.param_count;
    memcpy(request->params, match.params, match.param_count * sizeof(match.params[0]));
    return HTTP_REFUSAL_NONE;
}

enum http_refusal http_exchange_route(struct http_exchange *exchange, bool *ret_answered)
{
    struct http_request *request = &exchange->request;
    const struct http_server *server = exchange->connection->server;
    const struct http_head *head = &server->head;
    const bool has_body = head->chunked || head->content_length > 0;
    struct http_field *query = NULL;

    request->method = head->method;
    request->target = head->target;
    request->path = head->path;
    exchange->version_1_0 = head->version_1_0;
    exchange->close = !head->keep_alive || has_body; /* an answer before the body ends it */
    REQUIRE(exchange_fields(exchange, head), HTTP_REFUSAL_BUSY);
    enum http_refusal refusal = exchange_match(exchange, ret_answered);
    REQUIRE(refusal == HTTP_REFUSAL_NONE && !*ret_answered, refusal);
    refusal = http_query_parse(&exchange->arena, &query, &request->query_count, head->query);
    REQUIRE(refusal == HTTP_REFUSAL_NONE, refusal);
    request->query = query;
    REQUIRE(head->content_length <= http_exchange_body_max(exchange), HTTP_REFUSAL_BODY_TOO_LARGE);
    if (server->config.admit != NULL && !server->config.admit(request, server->config.context)) {
        *ret_answered = true;
        return HTTP_REFUSAL_NONE;
    }
    exchange->close = !head->keep_alive;
    return HTTP_REFUSAL_NONE;
}

size_t http_exchange_body_max(const struct http_exchange *exchange)
{
    const struct http_route *route = exchange->request.route;

    return route->body_max != 0 ? route->body_max : exchange->connection->server->config.body_max;
}

void http_exchange_dispatch(struct http_exchange *exchange)
{
    struct http_request *request = &exchange->request;

    check(exchange->state == EXCHANGE_RECEIVING && request->route != NULL);
    exchange->state = EXCHANGE_IN_HAND;
    request->body = buffer_slice(&exchange->body);
    request->route->handler(request, exchange->connection->server->config.context);
}

/* ---- what handlers ask -------------------------------------------------------------------- */

struct slice http_request_header(const struct http_request *request, struct slice name)
{
    for (size_t i = 0; i < request->header_count; i++) {
        if (slice_equal_ascii_case(request->headers[i].name, name)) {
            return request->headers[i].value;
        }
    }
    return slice_of(NULL, 0);
}

struct slice http_request_query(const struct http_request *request, struct slice name)
{
    for (size_t i = 0; i < request->query_count; i++) {
        if (slice_equal(request->query[i].name, name)) {
            return request->query[i].value;
        }
    }
    return slice_of(NULL, 0);
}

bool http_request_gone(const struct http_request *request)
{
    const struct http_exchange *exchange = (const struct http_exchange *)(const void *)request;

    return !exchange->connection->open || exchange->gone_told;
}
