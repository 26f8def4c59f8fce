#include "http/http_client.h"

#include <http_parser.h>

#include "base/arena.h"

enum { HOST_MAX = 256, READ_SIZE = 1 << 16, BODY_MAX = 1 << 30 };

struct http_client {
    struct http_client_options options;
    char host[HOST_MAX];      /* without brackets */
    char authority[HOST_MAX]; /* for the Host header */
    uint16_t port;
    bool tls;
    struct os_connection *connection; /* NULL: not connected */
};

/* An answer while it is read. */
struct answer {
    http_parser parser;
    const struct http_client_request *request;
    struct http_client_response *response;
    bool is_content_type;
    bool complete;
    bool stopped; /* `take` wants no more */
    size_t content_type_size;
};

/* ---- the URL ---- */

static bool authority_read(struct http_client *client, struct slice authority)
{
    struct slice host = authority;
    uint64_t port = client->tls ? 443 : 80;
    size_t colon = authority.size;

    if (authority.size == 0 || authority.size >= HOST_MAX) {
        return false;
    }
    while (colon > 0 && authority.data[colon - 1] != ':' && authority.data[colon - 1] != ']') {
        colon--;
    }
    if (colon > 0 && authority.data[colon - 1] == ':') {
        host.size = colon - 1;
        if (!slice_to_u64(slice_of(authority.data + colon, authority.size - colon), 65535, &port) ||
            port == 0) {
            return false;
        }
    }
    if (host.size > 2 && host.data[0] == '[' && host.data[host.size - 1] == ']') {
        host = slice_of(host.data + 1, host.size - 2);
    }
    if (host.size == 0) {
        return false;
    }
    memcpy(client->host, host.data, host.size);
    memcpy(client->authority, authority.data, authority.size);
    client->port = (uint16_t)port;
    return true;
}

static bool url_read(struct http_client *client, struct slice url)
{
    const struct slice plain = SLICE("http://");
    const struct slice secure = SLICE("https://");

    client->tls = slice_starts_with(url, secure);
    if (!client->tls && !slice_starts_with(url, plain)) {
        return false;
    }
    const size_t prefix = client->tls ? secure.size : plain.size;
    check(url.data != NULL);
    struct slice authority = slice_of(url.data + prefix, url.size - prefix);
    if (authority.size > 0 && authority.data[authority.size - 1] == '/') {
        authority.size--;
    }
    for (size_t i = 0; i < authority.size; i++) {
        const uint8_t c = (uint8_t)authority.data[i];
        if (c <= ' ' || c >= 0x7F || c == '/' || c == '@' || c == '?' || c == '#') {
            return false;
        }
    }
    return authority_read(client, authority);
}

enum os_status http_client_open(struct http_client **ret_client, const char **reterr_cause,
                                const struct http_client_options *options)
{
    struct http_client *client = memory_allocate(sizeof(*client));

    *reterr_cause = "memory is short";
    REQUIRE(client != NULL, OS_EXHAUSTED);
    *client = (struct http_client){.options = *options};
    if (!url_read(client, slice_from_cstr(options->url))) {
        http_client_close(client);
        *reterr_cause = "it is no URL such as http://127.0.0.1:8080";
        return OS_INVALID;
    }
    *ret_client = client;
    return OS_OK;
}

void http_client_close(struct http_client *client)
{
    if (client != NULL) {
        os_connection_close(client->connection);
        memory_free(client);
    }
}

void http_client_encode(struct buffer *target, struct slice text)
{
    static const char hex[] = "0123456789ABCDEF";

    for (size_t i = 0; i < text.size; i++) {
        const char c = text.data[i];
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
            c == '-' || c == '.' || c == '_' || c == '~') {
            buffer_append_byte(target, c);
        } else {
            const char escape[3] = {'%', hex[(uint8_t)c >> 4], hex[(uint8_t)c & 15]};
            buffer_append(target, slice_of(escape, sizeof(escape)));
        }
    }
}

/* ---- the request ---- */

static void header_write(struct buffer *out, struct slice name, struct slice value)
{
    buffer_append(out, name);
    buffer_append(out, SLICE(": "));
    buffer_append(out, value);
    buffer_append(out, SLICE("\r\n"));
}

static void request_write(struct buffer *out, const struct http_client *client,
                          const struct http_client_request *request)
{
    buffer_append(out, request->method);
    buffer_append_byte(out, ' ');
    buffer_append(out, request->target);
    buffer_append(out, SLICE(" HTTP/1.1\r\n"));
    header_write(out, SLICE("Host"), slice_from_cstr(client->authority));
    if (client->options.token.size > 0) {
        buffer_append(out, SLICE("Authorization: Bearer "));
        buffer_append(out, client->options.token);
        buffer_append(out, SLICE("\r\n"));
    }
    for (size_t i = 0; i < request->header_count; i++) {
        header_write(out, request->headers[i].name, request->headers[i].value);
    }
    if (request->content_type.size > 0) {
        header_write(out, SLICE("Content-Type"), request->content_type);
        buffer_printf(out, "Content-Length: %zu\r\n", request->body.size);
    }
    buffer_append(out, SLICE("\r\n"));
    buffer_append(out, request->body);
}

/* ---- the answer ---- */

static int on_header_field(http_parser *parser, const char *at, size_t size)
{
    struct answer *answer = parser->data;

    answer->is_content_type = slice_equal_ascii_case(slice_of(at, size), SLICE("content-type"));
    return 0;
}

static int on_header_value(http_parser *parser, const char *at, size_t size)
{
    struct answer *answer = parser->data;
    struct http_client_response *response = answer->response;

    if (answer->is_content_type &&
        answer->content_type_size + size < sizeof(response->content_type)) {
        memcpy(response->content_type + answer->content_type_size, at, size);
        answer->content_type_size += size;
        response->content_type[answer->content_type_size] = '\0';
    }
    return 0;
}

static int on_headers_complete(http_parser *parser)
{
    struct answer *answer = parser->data;

    answer->response->status = parser->status_code;
    return slice_equal(answer->request->method, SLICE("HEAD")) ? 1 : 0;
}

static int on_body(http_parser *parser, const char *at, size_t size)
{
    struct answer *answer = parser->data;

    if (answer->request->take != NULL && answer->response->status == 200) {
        answer->stopped = !answer->request->take(answer->request->context, slice_of(at, size));
        return answer->stopped ? 1 : 0;
    }
    buffer_append(&answer->response->body, slice_of(at, size));
    return answer->response->body.size > BODY_MAX || buffer_failed(&answer->response->body) ? 1 : 0;
}

static int on_message_complete(http_parser *parser)
{
    struct answer *answer = parser->data;

    answer->complete = parser->status_code >= 200; /* 1xx goes before the answer */
    http_parser_pause(parser, answer->complete ? 1 : 0);
    return 0;
}

static const http_parser_settings settings = {
    .on_header_field = on_header_field,
    .on_header_value = on_header_value,
    .on_headers_complete = on_headers_complete,
    .on_body = on_body,
    .on_message_complete = on_message_complete,
};

static enum os_status answer_read(struct http_client *client, struct answer *answer,
                                  const char **reterr_cause)
{
    char bytes[READ_SIZE];

    while (!answer->complete && !answer->stopped) {
        size_t got = 0;
        const enum os_status status =
            os_connection_read(client->connection, bytes, sizeof(bytes), &got);

        if (status == OS_ENDED && answer->response->status != 0) {
            answer->response->cut =
                http_parser_execute(&answer->parser, &settings, NULL, 0) != 0 || !answer->complete;
            return OS_OK;
        }
        if (status != OS_OK) {
            *reterr_cause = status == OS_AGAIN   ? "the server did not answer in time"
                            : status == OS_ENDED ? "the server ended the connection"
                                                 : "the connection broke";
            return status;
        }
        const size_t parsed = http_parser_execute(&answer->parser, &settings, bytes, got);
        if (parsed != got && !answer->complete && !answer->stopped) {
            *reterr_cause = "the answer is no HTTP/1.1, or too large";
            return OS_FAILED;
        }
    }
    return OS_OK;
}

static void disconnect(struct http_client *client)
{
    os_connection_close(client->connection);
    client->connection = NULL;
}

static enum os_status connect_if_needed(struct http_client *client, const char **reterr_cause)
{
    const struct os_connection_options options = {
        .host = client->host,
        .port = client->port,
        .tls = client->tls,
        .ca_file = client->options.ca_file,
        .certificate_file = client->options.certificate_file,
        .key_file = client->options.key_file,
        .timeout_ms = client->options.timeout_ms,
    };

    return client->connection != NULL
               ? OS_OK
               : os_connection_open(&client->connection, reterr_cause, &options);
}

static enum os_status exchange_once(struct http_client *client,
                                    struct http_client_response *response,
                                    const char **reterr_cause,
                                    const struct http_client_request *request, struct slice bytes)
{
    struct answer answer = {.request = request, .response = response};

    enum os_status status = connect_if_needed(client, reterr_cause);
    if (status != OS_OK) {
        return status;
    }
    http_parser_init(&answer.parser, HTTP_RESPONSE);
    answer.parser.data = &answer;
    status = os_connection_write(client->connection, bytes);
    /* A server that refuses early answers before it has read all; its answer is then there. */
    const enum os_status read = answer_read(client, &answer, reterr_cause);
    status = read == OS_OK ? OS_OK : status == OS_OK ? read : status;
    if (status != OS_OK || answer.stopped || response->cut ||
        http_should_keep_alive(&answer.parser) == 0) {
        disconnect(client);
    }
    return status;
}

enum os_status http_client_exchange(struct http_client *client,
                                    struct http_client_response *ret_response,
                                    const char **reterr_cause,
                                    const struct http_client_request *request)
{
    struct buffer bytes = {0};
    const bool reused = client->connection != NULL;

    *ret_response = (struct http_client_response){0};
    *reterr_cause = "memory is short";
    request_write(&bytes, client, request);
    if (buffer_failed(&bytes)) {
        buffer_release(&bytes);
        return OS_EXHAUSTED;
    }
    enum os_status status =
        exchange_once(client, ret_response, reterr_cause, request, buffer_slice(&bytes));
    /* Commands carry ids, so that sending one twice has one effect. */
    if (status == OS_ENDED && reused && ret_response->status == 0) {
        status = exchange_once(client, ret_response, reterr_cause, request, buffer_slice(&bytes));
    }
    buffer_release(&bytes);
    return status;
}
