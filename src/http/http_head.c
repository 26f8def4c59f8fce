/* Two readers look at every head. The guard below decides; it takes only what can be read in one
 * way (RFC 9112 without its tolerances: no bare LF, no folding, no list of lengths, no unknown
 * coding). libhttp-parser, a parser with twelve years of traffic behind it, reads the same bytes,
 * and where the two differ in method, target, version, number of headers or framing the request is
 * refused: a request that two careful readers read differently is how one is smuggled past a proxy.
 * The packaged library is built without its own strict mode, so it is no guard by itself. */
#include "http/http_head.h"

#include "http/http_second.h"

enum byte_class {
    BYTE_TOKEN = 1, /* RFC 9110, 5.6.2 */
    BYTE_VALUE = 2, /* of a header value: HTAB, SP, VCHAR, obs-text */
    BYTE_PATH = 4,  /* pchar and '/' of RFC 3986, with '%' */
    BYTE_QUERY = 8, /* the same and what browsers leave unencoded there */
    BYTE_HOST = 16, /* of a Host header */
    BYTE_DIGIT = 32,
};

static const uint8_t byte_classes[256] = {
    ['\t'] = BYTE_VALUE,
    [' '] = BYTE_VALUE,
    ['!'] = BYTE_VALUE | BYTE_TOKEN | BYTE_PATH | BYTE_QUERY,
    ['"'] = BYTE_VALUE,
    ['#'] = BYTE_VALUE | BYTE_TOKEN,
    ['$'] = BYTE_VALUE | BYTE_TOKEN | BYTE_PATH | BYTE_QUERY,
    ['%'] = BYTE_VALUE | BYTE_TOKEN | BYTE_PATH | BYTE_QUERY,
    ['&'] = BYTE_VALUE | BYTE_TOKEN | BYTE_PATH | BYTE_QUERY,
    ['\''] = BYTE_VALUE | BYTE_TOKEN | BYTE_PATH | BYTE_QUERY,
    ['('] = BYTE_VALUE | BYTE_PATH | BYTE_QUERY,
    [')'] = BYTE_VALUE | BYTE_PATH | BYTE_QUERY,
    ['*'] = BYTE_VALUE | BYTE_TOKEN | BYTE_PATH | BYTE_QUERY,
    ['+'] = BYTE_VALUE | BYTE_TOKEN | BYTE_PATH | BYTE_QUERY,
    [','] = BYTE_VALUE | BYTE_PATH | BYTE_QUERY,
    ['-'] = BYTE_VALUE | BYTE_TOKEN | BYTE_PATH | BYTE_QUERY | BYTE_HOST,
    ['.'] = BYTE_VALUE | BYTE_TOKEN | BYTE_PATH | BYTE_QUERY | BYTE_HOST,
    ['/'] = BYTE_VALUE | BYTE_PATH | BYTE_QUERY,
    ['0' ... '9'] = BYTE_VALUE | BYTE_TOKEN | BYTE_PATH | BYTE_QUERY | BYTE_HOST | BYTE_DIGIT,
    [':'] = BYTE_VALUE | BYTE_PATH | BYTE_QUERY | BYTE_HOST,
    [';'] = BYTE_VALUE | BYTE_PATH | BYTE_QUERY,
    ['<'] = BYTE_VALUE,
    ['='] = BYTE_VALUE | BYTE_PATH | BYTE_QUERY,
    ['>'] = BYTE_VALUE,
    ['?'] = BYTE_VALUE | BYTE_QUERY,
    ['@'] = BYTE_VALUE | BYTE_PATH | BYTE_QUERY,
    ['A' ... 'Z'] = BYTE_VALUE | BYTE_TOKEN | BYTE_PATH | BYTE_QUERY | BYTE_HOST,
    ['['] = BYTE_VALUE | BYTE_QUERY | BYTE_HOST,
    ['\\'] = BYTE_VALUE,
    [']'] = BYTE_VALUE | BYTE_QUERY | BYTE_HOST,
    ['^'] = BYTE_VALUE | BYTE_TOKEN | BYTE_QUERY,
    ['_'] = BYTE_VALUE | BYTE_TOKEN | BYTE_PATH | BYTE_QUERY | BYTE_HOST,
    ['`'] = BYTE_VALUE | BYTE_TOKEN | BYTE_QUERY,
    ['a' ... 'z'] = BYTE_VALUE | BYTE_TOKEN | BYTE_PATH | BYTE_QUERY | BYTE_HOST,
    ['{'] = BYTE_VALUE | BYTE_QUERY,
    ['|'] = BYTE_VALUE | BYTE_TOKEN | BYTE_QUERY,
    ['}'] = BYTE_VALUE | BYTE_QUERY,
    ['~'] = BYTE_VALUE | BYTE_TOKEN | BYTE_PATH | BYTE_QUERY,
    [0x80 ... 0xFF] = BYTE_VALUE,
};

/* Bytes at the start of `text` that are all of `wanted`. */
static size_t span(struct slice text, enum byte_class wanted)
{
    size_t size = 0;

    while (size < text.size && (byte_classes[(uint8_t)text.data[size]] & wanted) != 0) {
        size++;
    }
    return size;
}

static bool all_of(struct slice text, enum byte_class wanted)
{
    return span(text, wanted) == text.size;
}

static struct slice slice_from(struct slice text, size_t start)
{
    return slice_of(text.data + start, text.size - start);
}

/* ---- finding the end ----------------------------------------------------------------------- */

enum http_refusal http_head_find(size_t *ret_size, size_t *scanned, struct slice input,
                                 const struct http_head_limits *limits)
{
    size_t at = *scanned;

    *ret_size = 0;
    while (at < input.size) {
        const char *lf = memchr(input.data + at, '\n', input.size - at);

        if (lf == NULL) {
            break;
        }
        const size_t end = (size_t)(lf - input.data) + 1;
        REQUIRE(end >= 2 && input.data[end - 2] == '\r', HTTP_REFUSAL_BARE_LF);
        if (end <= limits->size_max && (end == 2 || (end >= 4 && input.data[end - 3] == '\n'))) {
            *ret_size = end;
            *scanned = end;
            return HTTP_REFUSAL_NONE;
        }
        at = end;
        if (at > limits->size_max) {
            break;
        }
    }
    *scanned = input.size;
    const size_t line_max = limits->request_line_max + 2; /* with its CR LF */
    if (input.size >= line_max && memchr(input.data, '\n', line_max) == NULL) {
        return HTTP_REFUSAL_TARGET_TOO_LONG;
    }
    return input.size >= limits->size_max ? HTTP_REFUSAL_HEADERS_TOO_LARGE : HTTP_REFUSAL_NONE;
}

/* ---- the request line ---------------------------------------------------------------------- */

static bool method_read(struct slice text, enum http_method *ret_method)
{
    for (size_t method = 0; method < HTTP_METHOD_COUNT; method++) {
        if (slice_equal(text, http_method_name((enum http_method)method))) {
            *ret_method = (enum http_method)method;
            return true;
        }
    }
    return false;
}

/* Splits path and query of an origin-form target, and checks their characters. */
static enum http_refusal origin_read(struct http_head *head, struct slice target)
{
    const size_t path_size = span(target, BYTE_PATH);

    REQUIRE(path_size > 0 && target.data[0] == '/', HTTP_REFUSAL_BAD_TARGET);
    head->path = slice_of(target.data, path_size);
    head->query = slice_of(NULL, 0);
    if (path_size < target.size) {
        REQUIRE(target.data[path_size] == '?', HTTP_REFUSAL_BAD_TARGET);
        head->query = slice_from(target, path_size + 1);
        REQUIRE(all_of(head->query, BYTE_QUERY), HTTP_REFUSAL_BAD_TARGET);
    }
    return HTTP_REFUSAL_NONE;
}

/* Origin form, absolute form (its authority is kept as host, to be compared with the header), or
 * "*" with OPTIONS. Source: RFC 9112, section 3.2. */
static enum http_refusal target_read(struct http_head *head)
{
    const struct slice target = head->target;
    static const struct slice schemes[] = {{"http://", 7}, {"https://", 8}};

    if (slice_equal(target, SLICE("*")) && head->method == HTTP_METHOD_OPTIONS) {
        head->path = target;
        head->query = slice_of(NULL, 0);
        return HTTP_REFUSAL_NONE;
    }
    for (size_t i = 0; i < 2; i++) {
        if (!slice_starts_with(target, schemes[i])) {
            continue;
        }
        const struct slice rest = slice_from(target, schemes[i].size);
        const size_t host_size = span(rest, BYTE_HOST);
        REQUIRE(host_size > 0 && host_size < rest.size, HTTP_REFUSAL_BAD_TARGET);
        head->host = slice_of(rest.data, host_size);
        return origin_read(head, slice_from(rest, host_size));
    }
    return origin_read(head, target);
}

static enum http_refusal request_line_read(struct http_head *head, struct slice line,
                                           const struct http_head_limits *limits)
{
    struct slice rest = line;
    struct slice method = {0};
    struct slice target = {0};

    REQUIRE(line.size <= limits->request_line_max, HTTP_REFUSAL_TARGET_TOO_LONG);
    REQUIRE(slice_split(&rest, ' ', &method) && slice_split(&rest, ' ', &target) &&
                method.size > 0 && all_of(method, BYTE_TOKEN) && target.size > 0,
            HTTP_REFUSAL_BAD_REQUEST_LINE);
    REQUIRE(rest.size == 8 && slice_starts_with(rest, SLICE("HTTP/")) && rest.data[6] == '.' &&
                (byte_classes[(uint8_t)rest.data[5]] & BYTE_DIGIT) != 0 &&
                (byte_classes[(uint8_t)rest.data[7]] & BYTE_DIGIT) != 0,
            HTTP_REFUSAL_BAD_REQUEST_LINE);
    head->version_1_0 = slice_equal(rest, SLICE("HTTP/1.0"));
    REQUIRE(head->version_1_0 || slice_equal(rest, SLICE("HTTP/1.1")), HTTP_REFUSAL_BAD_VERSION);
    REQUIRE(method_read(method, &head->method), HTTP_REFUSAL_BAD_METHOD);
    head->target = target;
    return target_read(head);
}

/* ---- headers ------------------------------------------------------------------------------- */

/* Which headers were seen that may stand once and that we read. */
struct seen {
    bool host, content_length, transfer_encoding, expect, authorization, content_type, close;
};

static bool first_time(bool *seen)
{
    const bool first = !*seen;

    *seen = true;
    return first;
}

static enum http_refusal host_read(struct http_head *head, struct seen *seen, struct slice value)
{
    REQUIRE(first_time(&seen->host), HTTP_REFUSAL_HOST_TWICE);
    REQUIRE(value.size > 0 && all_of(value, BYTE_HOST), HTTP_REFUSAL_BAD_HOST);
    REQUIRE(head->host.size == 0 || slice_equal_ascii_case(head->host, value),
            HTTP_REFUSAL_BAD_HOST);
    head->host = value;
    return HTTP_REFUSAL_NONE;
}

static enum http_refusal length_read(struct http_head *head, struct seen *seen, struct slice value)
{
    REQUIRE(first_time(&seen->content_length), HTTP_REFUSAL_LENGTH_TWICE);
    REQUIRE(value.size == 0 || memchr(value.data, ',', value.size) == NULL,
            HTTP_REFUSAL_LENGTH_TWICE);
    REQUIRE(slice_to_u64(value, INT64_MAX, &head->content_length), HTTP_REFUSAL_BAD_LENGTH);
    return HTTP_REFUSAL_NONE;
}

static enum http_refusal coding_read(struct http_head *head, struct seen *seen, struct slice value)
{
    REQUIRE(first_time(&seen->transfer_encoding), HTTP_REFUSAL_HEADER_TWICE);
    REQUIRE(slice_equal_ascii_case(value, SLICE("chunked")) && !head->version_1_0,
            HTTP_REFUSAL_BAD_CODING);
    head->chunked = true;
    return HTTP_REFUSAL_NONE;
}

static enum http_refusal expect_read(struct http_head *head, struct seen *seen, struct slice value)
{
    REQUIRE(first_time(&seen->expect), HTTP_REFUSAL_HEADER_TWICE);
    REQUIRE(slice_equal_ascii_case(value, SLICE("100-continue")), HTTP_REFUSAL_BAD_EXPECTATION);
    head->expect_continue = !head->version_1_0;
    return HTTP_REFUSAL_NONE;
}

static enum http_refusal connection_read(struct seen *seen, struct slice value)
{
    struct slice option;

    while (slice_split(&value, ',', &option)) {
        option = slice_trim(option);
        REQUIRE(!slice_equal_ascii_case(option, SLICE("upgrade")), HTTP_REFUSAL_UPGRADE);
        seen->close = seen->close || slice_equal_ascii_case(option, SLICE("close"));
    }
    return HTTP_REFUSAL_NONE;
}

/* What a header means for the framing and the connection; the others are the handlers'. */
static enum http_refusal field_read(struct http_head *head, struct seen *seen,
                                    const struct http_field *field)
{
    const struct slice name = field->name;

    switch (name.size) {
    case 4:
        return slice_equal_ascii_case(name, SLICE("host")) ? host_read(head, seen, field->value)
                                                           : HTTP_REFUSAL_NONE;
    case 6:
        return slice_equal_ascii_case(name, SLICE("expect")) ? expect_read(head, seen, field->value)
                                                             : HTTP_REFUSAL_NONE;
    case 7:
        return slice_equal_ascii_case(name, SLICE("upgrade")) ? HTTP_REFUSAL_UPGRADE
                                                              : HTTP_REFUSAL_NONE;
    case 10:
        return slice_equal_ascii_case(name, SLICE("connection"))
                   ? connection_read(seen, field->value)
                   : HTTP_REFUSAL_NONE;
    case 12:
        return slice_equal_ascii_case(name, SLICE("content-type")) &&
                       !first_time(&seen->content_type)
                   ? HTTP_REFUSAL_HEADER_TWICE
                   : HTTP_REFUSAL_NONE;
    case 13:
        return slice_equal_ascii_case(name, SLICE("authorization")) &&
                       !first_time(&seen->authorization)
                   ? HTTP_REFUSAL_HEADER_TWICE
                   : HTTP_REFUSAL_NONE;
    case 14:
        return slice_equal_ascii_case(name, SLICE("content-length"))
                   ? length_read(head, seen, field->value)
                   : HTTP_REFUSAL_NONE;
    case 17:
        return slice_equal_ascii_case(name, SLICE("transfer-encoding"))
                   ? coding_read(head, seen, field->value)
                   : HTTP_REFUSAL_NONE;
    default:
        return HTTP_REFUSAL_NONE;
    }
}

static enum http_refusal field_split(struct http_field *ret_field, struct slice line)
{
    REQUIRE(line.data[0] != ' ' && line.data[0] != '\t', HTTP_REFUSAL_FOLDED_HEADER);
    const size_t name_size = span(line, BYTE_TOKEN);
    REQUIRE(name_size < line.size, HTTP_REFUSAL_BAD_HEADER_NAME);
    if (line.data[name_size] != ':') {
        const bool space = line.data[name_size] == ' ' || line.data[name_size] == '\t';

        return space && name_size > 0 ? HTTP_REFUSAL_SPACE_BEFORE_COLON
                                      : HTTP_REFUSAL_BAD_HEADER_NAME;
    }
    REQUIRE(name_size > 0, HTTP_REFUSAL_BAD_HEADER_NAME);
    const struct slice value = slice_from(line, name_size + 1);
    const size_t value_size = span(value, BYTE_VALUE);
    if (value_size < value.size) {
        return value.data[value_size] == '\r' ? HTTP_REFUSAL_BARE_CR : HTTP_REFUSAL_BAD_CHARACTER;
    }
    *ret_field = (struct http_field){slice_of(line.data, name_size), slice_trim(value)};
    return HTTP_REFUSAL_NONE;
}

/* Takes the line up to CR LF off `*rest`; http_head_find saw to it that each LF follows a CR. */
static struct slice line_take(struct slice *rest)
{
    const char *lf = memchr(rest->data, '\n', rest->size);

    check(lf != NULL && lf > rest->data);
    const struct slice line = slice_of(rest->data, (size_t)(lf - rest->data) - 1);
    *rest = slice_from(*rest, line.size + 2);
    return line;
}

static enum http_refusal guard_read(struct http_head *head, struct slice text,
                                    const struct http_head_limits *limits)
{
    struct seen seen = {0};
    struct slice rest = text;
    enum http_refusal refusal = request_line_read(head, line_take(&rest), limits);

    REQUIRE(refusal == HTTP_REFUSAL_NONE, refusal);
    for (struct slice line = line_take(&rest); line.size > 0; line = line_take(&rest)) {
        REQUIRE(head->field_count < limits->fields_max, HTTP_REFUSAL_HEADERS_TOO_LARGE);
        struct http_field *field = &head->fields[head->field_count++];

        refusal = field_split(field, line);
        REQUIRE(refusal == HTTP_REFUSAL_NONE, refusal);
        refusal = field_read(head, &seen, field);
        REQUIRE(refusal == HTTP_REFUSAL_NONE, refusal);
    }
    check(rest.size == 0);
    REQUIRE(!seen.content_length || !seen.transfer_encoding, HTTP_REFUSAL_LENGTH_AND_CODING);
    REQUIRE(seen.host || head->version_1_0, HTTP_REFUSAL_HOST_MISSING);
    head->keep_alive = !seen.close && !head->version_1_0;
    return HTTP_REFUSAL_NONE;
}

/* ---- the second reader --------------------------------------------------------------------- */

static bool second_reader_agrees(const struct http_head *head, struct slice text)
{
    struct http_second second;

    return http_second_read(&second, text) &&
           slice_equal(second.method, http_method_name(head->method)) &&
           slice_equal(second.target, head->target) && second.version_major == 1 &&
           second.version_minor == (head->version_1_0 ? 0U : 1U) &&
           second.field_count == head->field_count && second.chunked == head->chunked &&
           second.content_length == head->content_length;
}

enum http_refusal http_head_read(struct http_head *ret_head, struct slice text,
                                 const struct http_head_limits *limits)
{
    check(text.size >= 2 && limits->fields_max <= HTTP_HEAD_FIELDS_MAX);
    ret_head->chunked = false;
    ret_head->expect_continue = false;
    ret_head->keep_alive = false;
    ret_head->content_length = 0;
    ret_head->host = slice_of(NULL, 0);
    ret_head->field_count = 0;
    const enum http_refusal refusal = guard_read(ret_head, text, limits);
    REQUIRE(refusal == HTTP_REFUSAL_NONE, refusal);
    return second_reader_agrees(ret_head, text) ? HTTP_REFUSAL_NONE : HTTP_REFUSAL_PARSERS_DISAGREE;
}
