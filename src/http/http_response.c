#include "http/http_server.h"

#include "base/date.h"
#include "base/json.h"

enum {
    HEAD_FIXED_MAX = 256, /* status line, Date, names, Connection, the empty line */
    FRAMING_MAX = 48,     /* Content-Length with twenty digits */
};

static struct http_exchange *exchange_of(struct http_request *request)
{
    return (struct http_exchange *)(void *)request;
}

/* ---- the head of an answer ---------------------------------------------------------------- */

/* IMF-fixdate of RFC 9110, 5.6.7, written once a second. */
static struct slice date_text(struct http_server *server)
{
    static const char days[] = "ThuFriSatSunMonTueWed"; /* 1970-01-01 was a Thursday */
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    const uint64_t now_ns = reactor_now_ns(server->reactor);

    if (now_ns >= server->date_due_ns) {
        const time_us now_us = os_clock_realtime_us();
        const date_days date = time_to_date(now_us);
        const int second = (int)((now_us - (time_us)date * US_PER_DAY) / US_PER_SECOND);
        int year;
        int month;
        int day;
        char text[64];

        date_to_civil(date, &year, &month, &day);
        const int size =
            snprintf(text, sizeof(text), "%.3s, %02d %.3s %04d %02d:%02d:%02d GMT",
                     &days[3L * (((date % 7) + 7) % 7)], day, &months[3L * (month - 1)], year,
                     second / 3600, second / 60 % 60, second % 60);
        check(size == DATE_SIZE);
        memcpy(server->date, text, DATE_SIZE);
        const uint64_t into_ns = (uint64_t)(now_us % US_PER_SECOND) * 1000;
        server->date_due_ns = now_ns + OS_NS_PER_SECOND - into_ns;
    }
    return slice_of(server->date, DATE_SIZE);
}

static char *put(char *to, struct slice text)
{
    memcpy(to, text.data, text.size);
    return to + text.size;
}

void http_response_head(struct http_exchange *exchange, struct buffer *output, unsigned status,
                        struct slice content_type, struct slice framing)
{
    struct http_connection *connection = exchange->connection;
    const struct slice phrase = http_status_phrase(status);
    const bool close = exchange->close || (connection->no_more && connection->last == exchange);
    const size_t size_max =
        HEAD_FIXED_MAX + content_type.size + framing.size + exchange->headers.size;

    check(status >= 200 && status <= 599);
    exchange->status = status;
    char *start = buffer_reserve(output, size_max);
    if (start == NULL) {
        return; /* the flush sees the failed buffer and cuts the connection */
    }
    char *at = put(start, SLICE("HTTP/1.1 "));
    *at++ = (char)('0' + status / 100);
    *at++ = (char)('0' + status / 10 % 10);
    *at++ = (char)('0' + status % 10);
    *at++ = ' ';
    at = put(at, phrase);
    at = put(at, SLICE("\r\nDate: "));
    at = put(at, date_text(connection->server));
    if (content_type.size > 0) {
        at = put(at, SLICE("\r\nContent-Type: "));
        at = put(at, content_type);
    }
    at = put(at, SLICE("\r\n"));
    at = put(at, framing);
    if (close) {
        at = put(at, SLICE("Connection: close\r\n"));
    }
    if (exchange->headers.size > 0) {
        at = put(at, buffer_slice(&exchange->headers));
    }
    at = put(at, SLICE("\r\n"));
    check((size_t)(at - start) <= size_max);
    output->size += (size_t)(at - start);
}

static bool header_valid(struct slice name, struct slice value)
{
    for (size_t i = 0; i < name.size; i++) {
        if (name.data[i] <= ' ' || name.data[i] > '~' || name.data[i] == ':') {
            return false;
        }
    }
    for (size_t i = 0; i < value.size; i++) {
        if (value.data[i] < ' ' || value.data[i] > '~') {
            return false;
        }
    }
    return name.size > 0;
}

void http_header_add(struct http_request *request, struct slice name, struct slice value)
{
    struct buffer *headers = &exchange_of(request)->headers;

    check(header_valid(name, value));
    buffer_append(headers, name);
    buffer_append(headers, SLICE(": "));
    buffer_append(headers, value);
    buffer_append(headers, SLICE("\r\n"));
}

/* ---- the way of an answer to the client ---------------------------------------------------- */

static bool is_its_turn(const struct http_exchange *exchange)
{
    return exchange->connection->first == exchange && exchange->connection->tail.size == 0;
}

struct buffer *http_exchange_output(struct http_exchange *exchange)
{
    struct http_connection *connection = exchange->connection;
    struct buffer *output = is_its_turn(exchange) ? &connection->output : &exchange->answer;

    if (output->data == NULL) {
        *output = http_buffer_take(connection->server);
    }
    return output;
}

/* What waited in the exchange goes behind what the connection has to send. */
static void exchange_release_answer(struct http_exchange *exchange)
{
    struct http_connection *connection = exchange->connection;

    if (exchange->answer.size > 0 || exchange->answer.failed) {
        struct buffer *output = http_exchange_output(exchange);

        if (output->size == 0) {
            const struct buffer empty = *output;

            *output = exchange->answer;
            exchange->answer = empty;
        } else {
            buffer_append(output, buffer_slice(&exchange->answer));
            output->failed = output->failed || exchange->answer.failed;
        }
        http_buffer_give(connection->server, &exchange->answer);
    }
    if (exchange->tail.size > 0) {
        connection->tail = exchange->tail;
        connection->tail_owner = exchange->tail_owner;
        exchange->tail = slice_of(NULL, 0);
        exchange->tail_owner = (struct buffer){0};
    }
    connection->waiting_size -= exchange->waiting;
    exchange->waiting = 0;
}

void http_connection_advance(struct http_connection *connection)
{
    struct http_exchange *exchange;

    while ((exchange = connection->first) != NULL && connection->tail.size == 0 &&
           !connection->cut) {
        exchange_release_answer(exchange);
        if (exchange->state == EXCHANGE_RECEIVING && exchange->continue_due) {
            buffer_append(http_exchange_output(exchange), SLICE("HTTP/1.1 100 Continue\r\n\r\n"));
            exchange->continue_due = false;
        }
        if (exchange->state != EXCHANGE_ANSWERED) {
            break;
        }
        connection->cut = exchange->cut;
        http_exchange_end(exchange);
    }
}

void http_exchange_answered(struct http_exchange *exchange)
{
    struct http_connection *connection = exchange->connection;
    struct http_server *server = connection->server;

    check(exchange->state != EXCHANGE_ANSWERED);
    exchange->state = EXCHANGE_ANSWERED;
    server->figures.requests++;
    if (server->config.answered != NULL) {
        const uint64_t now_ns = os_clock_monotonic_ns();

        server->config.answered(&exchange->request, exchange->status, now_ns - exchange->started_ns,
                                server->config.context);
    }
    if (!connection->open) {
        http_exchange_end(exchange);
        return;
    }
    http_connection_dirty(connection);
    if (connection->first == exchange) {
        http_connection_advance(connection);
    }
}

/* ---- whole answers ------------------------------------------------------------------------ */

static bool status_has_body(unsigned status)
{
    return status != 204 && status != 304;
}

/* "Content-Length: 123\r\n" into `ret_text`; returns its size. */
static size_t length_write(char ret_text[FRAMING_MAX], size_t length)
{
    char digits[20];
    size_t start = sizeof(digits);

    do {
        digits[--start] = (char)('0' + length % 10);
        length /= 10;
    } while (length > 0);
    char *at = put(ret_text, SLICE("Content-Length: "));
    at = put(at, slice_of(digits + start, sizeof(digits) - start));
    at = put(at, SLICE("\r\n"));
    return (size_t)(at - ret_text);
}

/* Writes head and body; of a body in `owner`, or of a static one, only a small one is copied. */
static void exchange_respond(struct http_exchange *exchange, unsigned status,
                             struct slice content_type, struct slice body, struct buffer *owner,
                             bool by_reference)
{
    char framing[FRAMING_MAX];
    size_t framing_size = 0;

    check(exchange->state == EXCHANGE_IN_HAND || exchange->state == EXCHANGE_RECEIVING);
    if (!exchange->connection->open) {
        exchange->status = status;
        http_exchange_answered(exchange);
        return;
    }
    if (status_has_body(status)) {
        framing_size = length_write(framing, body.size);
    }
    struct buffer *output = http_exchange_output(exchange);
    const size_t before = output->size;
    http_response_head(exchange, output, status, content_type, slice_of(framing, framing_size));
    if (exchange->request.method == HTTP_METHOD_HEAD || !status_has_body(status)) {
        body = slice_of(NULL, 0);
    }
    if (by_reference && body.size > COPY_MAX) {
        exchange->tail = body;
        if (owner != NULL) {
            exchange->tail_owner = *owner;
            *owner = (struct buffer){0};
        }
        http_exchange_wait(exchange, body.size);
    } else {
        buffer_append(output, body);
    }
    if (output == &exchange->answer) {
        http_exchange_wait(exchange, output->size - before);
    }
    http_exchange_answered(exchange);
}

void http_respond(struct http_request *request, unsigned status, struct slice content_type,
                  struct slice body)
{
    exchange_respond(exchange_of(request), status, content_type, body, NULL, false);
}

void http_respond_static(struct http_request *request, unsigned status, struct slice content_type,
                         struct slice body)
{
    exchange_respond(exchange_of(request), status, content_type, body, NULL, true);
}

void http_respond_buffer(struct http_request *request, unsigned status, struct slice content_type,
                         struct buffer *body)
{
    if (buffer_failed(body)) {
        http_exchange_refuse(exchange_of(request), HTTP_REFUSAL_BUSY);
    } else {
        exchange_respond(exchange_of(request), status, content_type, buffer_slice(body), body,
                         true);
    }
    buffer_reset(body);
}

static void problem(struct http_request *request, unsigned status, struct slice slug,
                    const struct slice texts[2], const struct http_member *member)
{
    struct http_server *server = exchange_of(request)->connection->server;
    struct buffer body = http_buffer_take(server);
    struct json_writer writer;

    json_writer_init(&writer, &body);
    json_object_begin(&writer);
    json_name(&writer, SLICE("type"));
    json_value_begin(&writer);
    buffer_append(&body, SLICE("\"/problems/"));
    buffer_append(&body, slug);
    buffer_append(&body, SLICE("\""));
    json_name(&writer, SLICE("title"));
    json_string(&writer, texts[0]);
    json_name(&writer, SLICE("status"));
    json_u64(&writer, status);
    if (texts[1].size > 0) {
        json_name(&writer, SLICE("detail"));
        json_string(&writer, texts[1]);
    }
    if (member != NULL) {
        json_name(&writer, member->name);
        json_raw(&writer, member->value);
    }
    json_object_end(&writer);
    http_respond(request, status, SLICE("application/problem+json"), buffer_slice(&body));
    http_buffer_give(server, &body);
}

void http_problem(struct http_request *request, unsigned status, struct slice slug,
                  struct slice title, struct slice detail)
{
    const struct slice texts[] = {title, detail};

    problem(request, status, slug, texts, NULL);
}

void http_problem_with(struct http_request *request, unsigned status, struct slice slug,
                       struct slice detail, const struct http_member *member)
{
    const struct slice texts[] = {http_status_phrase(status), detail};

    problem(request, status, slug, texts, member);
}

void http_exchange_refuse(struct http_exchange *exchange, enum http_refusal refusal)
{
    const unsigned status = http_refusal_status(refusal);

    exchange->connection->server->figures.refusals++;
    if (status == 503) {
        http_header_add(&exchange->request, SLICE("Retry-After"), SLICE("1"));
    }
    http_problem(&exchange->request, status, http_refusal_slug(refusal), http_status_phrase(status),
                 http_refusal_detail(refusal));
}
