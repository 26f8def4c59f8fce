/* What the guard takes and what it refuses: one row a case. H is the Host header that a request
 * needs, E the empty line. */
#include "cmocka_headroom.h"

#include "http/http_head.h"

#define H "Host: bank.example\r\n"
#define E "\r\n"

struct row {
    const char *text;
    size_t size; /* 0: up to the terminator */
    enum http_refusal refusal;
};

#define ROW(text, refusal)                                                                         \
    {                                                                                              \
        text, sizeof(text) - 1, HTTP_REFUSAL_##refusal                                             \
    }

static const struct row rows[] = {
    /* taken */
    ROW("GET / HTTP/1.1\r\n" H E, NONE),
    ROW("GET /v1/limits/a%2Fb?x=1&y=%E4%B8%AD HTTP/1.1\r\n" H E, NONE),
    ROW("GET / HTTP/1.0\r\n" E, NONE),
    ROW("OPTIONS * HTTP/1.1\r\n" H E, NONE),
    ROW("POST /v1/commands HTTP/1.1\r\n" H "Content-Length: 12\r\n" E, NONE),
    ROW("POST /v1/commands HTTP/1.1\r\n" H "Transfer-Encoding: Chunked\r\n" E, NONE),
    ROW("POST / HTTP/1.1\r\n" H "Expect: 100-Continue\r\nContent-Length: 1\r\n" E, NONE),
    ROW("GET / HTTP/1.1\r\nhOsT: bank.example:8443\r\n" E, NONE),
    ROW("GET / HTTP/1.1\r\nHost: [::1]:8080\r\n" E, NONE),
    ROW("GET http://bank.example/x HTTP/1.1\r\n" H E, NONE),
    ROW("GET https://BANK.example/x?y=1 HTTP/1.1\r\n" H E, NONE),
    ROW("GET / HTTP/1.1\r\n" H "X-Name: \xE4\xB8\xAD\r\n" E, NONE),
    ROW("GET / HTTP/1.1\r\n" H "X-Empty:\r\n" E, NONE),
    ROW("GET / HTTP/1.1\r\n" H "X-Tabs: \t a\tb \t\r\n" E, NONE),
    ROW("GET /?q=[1]{2}|3^4`5 HTTP/1.1\r\n" H E, NONE),
    ROW("GET / HTTP/1.1\r\n" H "Accept: a\r\nAccept: b\r\n" E, NONE),

    /* line ends: RFC 9112, 2.2 */
    ROW("GET / HTTP/1.1\n" H E, BARE_LF),
    ROW("GET / HTTP/1.1\r\nHost: a\n" E, BARE_LF),
    ROW("GET / HTTP/1.1\r\n" H "\n", BARE_LF),
    ROW("\n", BARE_LF),
    ROW("GET / HTTP/1.1\r\n" H "X: a\rb\r\n" E, BARE_CR),
    ROW("GET / HTTP/1.1\r\n" H "X: a\r\r\n" E, BARE_CR),
    ROW("GET / HTTP/1.1\r\r\n" H E, BAD_REQUEST_LINE),
    ROW("\r\nGET / HTTP/1.1\r\n" H E, BAD_REQUEST_LINE),

    /* characters */
    ROW("GET / HTTP/1.1\r\n" H "X: a\0b\r\n" E, BAD_CHARACTER),
    ROW("GET / HTTP/1.1\r\n" H "X: a\x0B"
        "chunked\r\n" E,
        BAD_CHARACTER),
    ROW("GET / HTTP/1.1\r\n" H "X: \x7F\r\n" E, BAD_CHARACTER),
    ROW("GET / HTTP/1.1\r\n" H "X: \x1B[2J\r\n" E, BAD_CHARACTER),
    ROW("GET / HTTP/1.1\r\n" H "X\0Y: a\r\n" E, BAD_HEADER_NAME),
    ROW("GET / HTTP/1.1\r\n" H "\xE4\xB8\xAD: a\r\n" E, BAD_HEADER_NAME),
    ROW("GET / HTTP/1.1\r\n" H "X(Y): a\r\n" E, BAD_HEADER_NAME),
    ROW("GET / HTTP/1.1\r\n" H ": a\r\n" E, BAD_HEADER_NAME),
    ROW("GET / HTTP/1.1\r\n" H "NoColon\r\n" E, BAD_HEADER_NAME),
    ROW("GET / HTTP/1.1\r\n" H "X : a\r\n" E, SPACE_BEFORE_COLON),
    ROW("GET / HTTP/1.1\r\n" H "X\t: a\r\n" E, SPACE_BEFORE_COLON),
    ROW("POST / HTTP/1.1\r\n" H "Content-Length : 5\r\n" E, SPACE_BEFORE_COLON),
    ROW("POST / HTTP/1.1\r\n" H "Transfer-Encoding : chunked\r\n" E, SPACE_BEFORE_COLON),
    ROW("GET / HTTP/1.1\r\n" H "X: a\r\n b\r\n" E, FOLDED_HEADER),
    ROW("GET / HTTP/1.1\r\n" H "X: a\r\n\tb\r\n" E, FOLDED_HEADER),
    ROW("GET / HTTP/1.1\r\n " H E, FOLDED_HEADER),

    /* request line: RFC 9112, 3 */
    ROW("GET /\r\n" H E, BAD_REQUEST_LINE),
    ROW("GET  / HTTP/1.1\r\n" H E, BAD_REQUEST_LINE),
    ROW("GET /  HTTP/1.1\r\n" H E, BAD_REQUEST_LINE),
    ROW(" GET / HTTP/1.1\r\n" H E, BAD_REQUEST_LINE),
    ROW("GET / HTTP/1.1 \r\n" H E, BAD_REQUEST_LINE),
    ROW("GET\t/\tHTTP/1.1\r\n" H E, BAD_REQUEST_LINE),
    ROW("GET / http/1.1\r\n" H E, BAD_REQUEST_LINE),
    ROW("GET / HTTP/1.1a\r\n" H E, BAD_REQUEST_LINE),
    ROW("GET / HTTP/11\r\n" H E, BAD_REQUEST_LINE),
    ROW("G@T / HTTP/1.1\r\n" H E, BAD_REQUEST_LINE),
    ROW("\x16\x03\x01 / HTTP/1.1\r\n" H E, BAD_REQUEST_LINE),
    ROW("GET / HTTP/1.2\r\n" H E, BAD_VERSION),
    ROW("GET / HTTP/2.0\r\n" H E, BAD_VERSION),
    ROW("GET / HTTP/0.9\r\n" H E, BAD_VERSION),
    ROW("get / HTTP/1.1\r\n" H E, BAD_METHOD),
    ROW("TRACE / HTTP/1.1\r\n" H E, BAD_METHOD),
    ROW("CONNECT bank.example:443 HTTP/1.1\r\n" H E, BAD_METHOD),

    /* target: RFC 9112, 3.2 */
    ROW("GET x HTTP/1.1\r\n" H E, BAD_TARGET),
    ROW("GET * HTTP/1.1\r\n" H E, BAD_TARGET),
    ROW("GET ?a=b HTTP/1.1\r\n" H E, BAD_TARGET),
    ROW("GET /\xE4\xB8\xAD HTTP/1.1\r\n" H E, BAD_TARGET),
    ROW("GET /a#b HTTP/1.1\r\n" H E, BAD_TARGET),
    ROW("GET /a\\b HTTP/1.1\r\n" H E, BAD_TARGET),
    ROW("GET /\"x\" HTTP/1.1\r\n" H E, BAD_TARGET),
    ROW("GET /a\0b HTTP/1.1\r\n" H E, BAD_TARGET),
    ROW("GET ftp://bank.example/ HTTP/1.1\r\n" H E, BAD_TARGET),
    ROW("GET http://bank.example HTTP/1.1\r\n" H E, BAD_TARGET),
    ROW("GET http:///x HTTP/1.1\r\n" H E, BAD_TARGET),
    ROW("GET http://user@bank.example/ HTTP/1.1\r\n" H E, BAD_TARGET),
    ROW("GET http://other.example/ HTTP/1.1\r\n" H E, BAD_HOST),

    /* host: RFC 9112, 3.2.2 */
    ROW("GET / HTTP/1.1\r\n" E, HOST_MISSING),
    ROW("GET http://bank.example/ HTTP/1.1\r\n" E, HOST_MISSING),
    ROW("GET / HTTP/1.1\r\n" H H E, HOST_TWICE),
    ROW("GET / HTTP/1.1\r\nHost:\r\n" E, BAD_HOST),
    ROW("GET / HTTP/1.1\r\nHost: a b\r\n" E, BAD_HOST),
    ROW("GET / HTTP/1.1\r\nHost: a/b\r\n" E, BAD_HOST),
    ROW("GET / HTTP/1.1\r\nHost: a@b\r\n" E, BAD_HOST),
    ROW("GET / HTTP/1.1\r\nHost: a,b\r\n" E, BAD_HOST),

    /* framing: RFC 9112, 6.3 */
    ROW("POST / HTTP/1.1\r\n" H "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n" E,
        LENGTH_AND_CODING),
    ROW("POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n" E,
        LENGTH_AND_CODING),
    ROW("POST / HTTP/1.1\r\n" H "Content-Length: 5\r\nContent-Length: 5\r\n" E, LENGTH_TWICE),
    ROW("POST / HTTP/1.1\r\n" H "Content-Length: 5\r\ncontent-length: 6\r\n" E, LENGTH_TWICE),
    ROW("POST / HTTP/1.1\r\n" H "Content-Length: 5, 5\r\n" E, LENGTH_TWICE),
    ROW("POST / HTTP/1.1\r\n" H "Content-Length: +5\r\n" E, BAD_LENGTH),
    ROW("POST / HTTP/1.1\r\n" H "Content-Length: -5\r\n" E, BAD_LENGTH),
    ROW("POST / HTTP/1.1\r\n" H "Content-Length: 0x5\r\n" E, BAD_LENGTH),
    ROW("POST / HTTP/1.1\r\n" H "Content-Length: 5 5\r\n" E, BAD_LENGTH),
    ROW("POST / HTTP/1.1\r\n" H "Content-Length: 5.0\r\n" E, BAD_LENGTH),
    ROW("POST / HTTP/1.1\r\n" H "Content-Length:\r\n" E, BAD_LENGTH),
    ROW("POST / HTTP/1.1\r\n" H "Content-Length: 9223372036854775808\r\n" E, BAD_LENGTH),
    ROW("POST / HTTP/1.1\r\n" H "Content-Length: 18446744073709551621\r\n" E, BAD_LENGTH),
    ROW("POST / HTTP/1.1\r\n" H "Transfer-Encoding: gzip, chunked\r\n" E, BAD_CODING),
    ROW("POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked, identity\r\n" E, BAD_CODING),
    ROW("POST / HTTP/1.1\r\n" H "Transfer-Encoding: xchunked\r\n" E, BAD_CODING),
    ROW("POST / HTTP/1.1\r\n" H "Transfer-Encoding: \"chunked\"\r\n" E, BAD_CODING),
    ROW("POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked;q=1\r\n" E, BAD_CODING),
    ROW("POST / HTTP/1.1\r\n" H "Transfer-Encoding:\r\n" E, BAD_CODING),
    ROW("POST / HTTP/1.0\r\n" H "Transfer-Encoding: chunked\r\n" E, BAD_CODING),
    ROW("POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n" E,
        HEADER_TWICE),
    ROW("POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n" E,
        HEADER_TWICE),

    /* headers that may stand once */
    ROW("GET / HTTP/1.1\r\n" H "Authorization: a\r\nauthorization: a\r\n" E, HEADER_TWICE),
    ROW("GET / HTTP/1.1\r\n" H "Content-Type: a\r\nContent-Type: b\r\n" E, HEADER_TWICE),
    ROW("GET / HTTP/1.1\r\n" H "Expect: 100-continue\r\nExpect: 100-continue\r\n" E, HEADER_TWICE),

    /* what this server does not do */
    ROW("GET / HTTP/1.1\r\n" H "Expect: 200-ok\r\n" E, BAD_EXPECTATION),
    ROW("GET / HTTP/1.1\r\n" H "Upgrade: h2c\r\n" E, UPGRADE),
    ROW("GET / HTTP/1.1\r\n" H "Connection: keep-alive, Upgrade\r\n" E, UPGRADE),
};

static const struct http_head_limits limits = {
    .request_line_max = 1024, .size_max = 4096, .fields_max = 16};

static struct http_head head;

/* Finds and reads, as the server does, with the bytes coming in pieces of `step`. */
static enum http_refusal read_in_steps(struct slice text, size_t step)
{
    size_t scanned = 0;
    size_t size = 0;

    for (size_t got = step < text.size ? step : text.size;; got += step) {
        got = got < text.size ? got : text.size;
        const enum http_refusal refusal =
            http_head_find(&size, &scanned, slice_of(text.data, got), &limits);

        if (refusal != HTTP_REFUSAL_NONE) {
            return refusal;
        }
        if (size > 0) {
            break;
        }
        assert_true(got < text.size);
    }
    /* exactly this memory, so that a sanitizer sees a byte read beyond it */
    char *copy = memory_allocate(size);
    assert_non_null(copy);
    memcpy(copy, text.data, size);
    const enum http_refusal refusal = http_head_read(&head, slice_of(copy, size), &limits);
    memory_free(copy);
    return refusal;
}

static void each_row_in_one_piece_and_byte_by_byte(void **state)
{
    static const size_t steps[] = {SIZE_MAX / 2, 1, 7};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (size_t s = 0; s < sizeof(steps) / sizeof(steps[0]); s++) {
            const enum http_refusal refusal =
                read_in_steps(slice_of(rows[i].text, rows[i].size), steps[s]);

            if (refusal != rows[i].refusal) {
                fail_msg("row %zu: %s: got \"%s\"", i, rows[i].text,
                         refusal == HTTP_REFUSAL_NONE ? "taken"
                                                      : http_refusal_detail(refusal).data);
            }
        }
    }
}

static void a_head_is_read_into_its_parts(void **state)
{
    const struct slice text =
        SLICE("POST http://bank.example/v1/limits/a%2Fb?at=1 HTTP/1.1\r\n"
              "Host: bank.example\r\nContent-Length: 0012\r\nX-Trace:  a b \r\n"
              "Expect: 100-continue\r\nConnection: close\r\n\r\n");

    (void)state;
    assert_int_equal(http_head_read(&head, text, &limits), HTTP_REFUSAL_NONE);
    assert_int_equal(head.method, HTTP_METHOD_POST);
    assert_true(slice_equal(head.path, SLICE("/v1/limits/a%2Fb")));
    assert_true(slice_equal(head.query, SLICE("at=1")));
    assert_true(slice_equal(head.host, SLICE("bank.example")));
    assert_int_equal(head.content_length, 12);
    assert_int_equal(head.field_count, 5);
    assert_true(slice_equal(head.fields[2].name, SLICE("X-Trace")));
    assert_true(slice_equal(head.fields[2].value, SLICE("a b")));
    assert_true(head.expect_continue);
    assert_false(head.keep_alive);
    assert_false(head.chunked);
    assert_false(head.version_1_0);
}

static void a_head_ends_at_its_empty_line(void **state)
{
    const struct slice text = SLICE("GET / HTTP/1.1\r\n" H E "GET /second HTTP/1.1\r\n" H E);
    size_t scanned = 0;
    size_t size = 0;

    (void)state;
    assert_int_equal(http_head_find(&size, &scanned, text, &limits), HTTP_REFUSAL_NONE);
    assert_int_equal(size, strlen("GET / HTTP/1.1\r\n" H E));
}

/* A request of one line of `line` bytes and one header that fills up to `size` bytes. */
static enum http_refusal of_size(size_t line, size_t size)
{
    struct buffer text = {0};

    buffer_append(&text, SLICE("GET /"));
    while (text.size < line - strlen(" HTTP/1.1")) {
        buffer_append_byte(&text, 'a');
    }
    buffer_append(&text, SLICE(" HTTP/1.1\r\n" H "X: "));
    while (text.size + 4 < size) {
        buffer_append_byte(&text, 'b');
    }
    buffer_append(&text, SLICE("\r\n\r\n"));
    const enum http_refusal refusal = read_in_steps(buffer_slice(&text), SIZE_MAX / 2);
    assert_int_equal(read_in_steps(buffer_slice(&text), 1), refusal);
    buffer_release(&text);
    return refusal;
}

static void sizes_are_bounded_to_the_byte(void **state)
{
    (void)state;
    assert_int_equal(of_size(1024, 2000), HTTP_REFUSAL_NONE);
    assert_int_equal(of_size(1025, 2000), HTTP_REFUSAL_TARGET_TOO_LONG);
    assert_int_equal(of_size(100, 4096), HTTP_REFUSAL_NONE);
    assert_int_equal(of_size(100, 4097), HTTP_REFUSAL_HEADERS_TOO_LARGE);
}

static void headers_are_counted(void **state)
{
    struct buffer text = {0};

    (void)state;
    buffer_append(&text, SLICE("GET / HTTP/1.1\r\n" H));
    for (size_t i = 1; i < limits.fields_max; i++) {
        buffer_append(&text, SLICE("X: a\r\n"));
    }
    buffer_append(&text, SLICE(E));
    assert_int_equal(http_head_read(&head, buffer_slice(&text), &limits), HTTP_REFUSAL_NONE);
    text.size -= 2;
    buffer_append(&text, SLICE("X: a\r\n" E));
    assert_int_equal(http_head_read(&head, buffer_slice(&text), &limits),
                     HTTP_REFUSAL_HEADERS_TOO_LARGE);
    buffer_release(&text);
}

static void a_head_without_end_is_refused_early(void **state)
{
    struct buffer text = {0};
    size_t scanned = 0;
    size_t size = 0;

    (void)state;
    for (size_t i = 0; i < limits.request_line_max; i++) {
        buffer_append_byte(&text, 'a');
    }
    assert_int_equal(http_head_find(&size, &scanned, buffer_slice(&text), &limits),
                     HTTP_REFUSAL_NONE);
    buffer_append(&text, SLICE("a"));
    assert_int_equal(http_head_find(&size, &scanned, buffer_slice(&text), &limits),
                     HTTP_REFUSAL_NONE); /* it may be the CR */
    buffer_append(&text, SLICE("a"));
    assert_int_equal(http_head_find(&size, &scanned, buffer_slice(&text), &limits),
                     HTTP_REFUSAL_TARGET_TOO_LONG);
    buffer_release(&text);
}

/* No byte in place of another makes the second reader refuse, or read differently, what the guard
 * takes; counts what is taken, so that the test is seen to try something. */
static size_t each_changed_byte(struct slice text)
{
    size_t taken = 0;
    char copy[256];

    for (size_t at = 0; at < text.size; at++) {
        for (unsigned byte = 0; byte < 256; byte++) {
            size_t scanned = 0;
            size_t size = 0;

            memcpy(copy, text.data, text.size);
            copy[at] = (char)byte;
            if (http_head_find(&size, &scanned, slice_of(copy, text.size), &limits) !=
                    HTTP_REFUSAL_NONE ||
                size == 0) {
                continue;
            }
            const enum http_refusal refusal = http_head_read(&head, slice_of(copy, size), &limits);
            if (refusal == HTTP_REFUSAL_PARSERS_DISAGREE) {
                fail_msg("the readers disagree with byte %u at %zu", byte, at);
            }
            taken += refusal == HTTP_REFUSAL_NONE;
        }
    }
    return taken;
}

static void a_changed_byte_never_splits_the_readers(void **state)
{
    (void)state;
    assert_true(each_changed_byte(SLICE("POST /a?b=c HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n"
                                        "Connection: close\r\nX: y\r\n\r\n")) > 1000);
    assert_true(each_changed_byte(SLICE("PUT /a HTTP/1.1\r\nHost: h\r\n"
                                        "Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n"
                                        "Keep-Alive: timeout=5\r\n\r\n")) > 1000);
    assert_true(each_changed_byte(SLICE("GET http://h/a HTTP/1.0\r\nHost: h\r\n"
                                        "Proxy-Connection: keep-alive\r\n\r\n")) > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_row_in_one_piece_and_byte_by_byte),
        cmocka_unit_test(a_head_is_read_into_its_parts),
        cmocka_unit_test(a_head_ends_at_its_empty_line),
        cmocka_unit_test(sizes_are_bounded_to_the_byte),
        cmocka_unit_test(headers_are_counted),
        cmocka_unit_test(a_head_without_end_is_refused_early),
        cmocka_unit_test(a_changed_byte_never_splits_the_readers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
