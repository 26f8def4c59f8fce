#include "http/http_server.h"

static struct http_exchange *exchange_of(struct http_request *request)
{
    return (struct http_exchange *)(void *)request;
}

/* Appends one chunk. HTTP/1.0 knows no chunks: there the end of the connection ends the stream. */
static void chunk_write(struct http_exchange *exchange, struct slice text)
{
    struct buffer *output = http_exchange_output(exchange);
    const size_t before = output->size;

    if (exchange->request.method == HTTP_METHOD_HEAD) {
        return;
    }
    if (exchange->version_1_0) {
        buffer_append(output, text);
    } else {
        buffer_printf(output, "%zx\r\n", text.size);
        buffer_append(output, text);
        buffer_append(output, SLICE("\r\n"));
    }
    if (output == &exchange->answer) {
        http_exchange_wait(exchange, output->size - before);
    }
    exchange->connection->restart = true; /* the next heartbeat counts from here */
    http_connection_dirty(exchange->connection);
}

void http_stream_begin(struct http_request *request, unsigned status, struct slice content_type,
                       struct slice heartbeat, const struct http_stream_events *events)
{
    struct http_exchange *exchange = exchange_of(request);
    struct http_connection *connection = exchange->connection;

    check(exchange->state == EXCHANGE_IN_HAND && events->gone != NULL && events->drained != NULL);
    exchange->state = EXCHANGE_STREAMING;
    exchange->heartbeat = heartbeat;
    exchange->events = events;
    exchange->status = status;
    if (exchange->version_1_0) {
        exchange->close = true;
        connection->no_more = true;
    }
    if (!connection->open) {
        exchange->gone_told = true; /* the first write says so */
        return;
    }
    struct buffer *output = http_exchange_output(exchange);
    const size_t before = output->size;
    http_response_head(exchange, output, status, content_type,
                       exchange->version_1_0 ? SLICE("") : SLICE("Transfer-Encoding: chunked\r\n"));
    if (output == &exchange->answer) {
        http_exchange_wait(exchange, output->size - before);
    }
    http_connection_dirty(connection);
}

enum http_result http_stream_write(struct http_request *request, struct slice text)
{
    struct http_exchange *exchange = exchange_of(request);
    struct http_connection *connection = exchange->connection;

    check(exchange->state == EXCHANGE_STREAMING);
    REQUIRE(connection->open && !exchange->gone_told, HTTP_GONE);
    const size_t unsent =
        connection->first == exchange ? http_connection_unsent(connection) : exchange->waiting;
    if (unsent >= connection->server->config.stream_unsent_max) {
        exchange->full = true;
        return HTTP_FULL;
    }
    if (text.size > 0) {
        chunk_write(exchange, text);
    }
    return HTTP_OK;
}

void http_stream_end(struct http_request *request, bool whole)
{
    struct http_exchange *exchange = exchange_of(request);

    check(exchange->state == EXCHANGE_STREAMING);
    if (exchange->connection->open) {
        if (!whole) {
            exchange->cut = true;
        } else if (!exchange->version_1_0 && exchange->request.method != HTTP_METHOD_HEAD) {
            struct buffer *output = http_exchange_output(exchange);

            buffer_append(output, SLICE("0\r\n\r\n"));
        }
    }
    http_exchange_answered(exchange);
}

void http_stream_heartbeat(struct http_exchange *exchange)
{
    if (exchange->state == EXCHANGE_STREAMING && exchange->heartbeat.size > 0) {
        chunk_write(exchange, exchange->heartbeat);
    }
}

void http_stream_tell_gone(struct http_exchange *exchange)
{
    if (exchange->state == EXCHANGE_STREAMING && !exchange->gone_told) {
        exchange->gone_told = true;
        exchange->events->gone(&exchange->request);
    }
}

void http_stream_tell_drained(struct http_exchange *exchange)
{
    if (exchange->full && !exchange->gone_told) {
        exchange->full = false;
        exchange->events->drained(&exchange->request);
    }
}
