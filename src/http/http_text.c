/* Percent-encoding and query strings. Source: RFC 3986, section 2.1; WHATWG URL, section 5. */
#include "http/http_route.h"

enum { QUERY_FIELDS_MAX = 64 };

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool has_control(struct slice text)
{
    for (size_t i = 0; i < text.size; i++) {
        const uint8_t byte = (uint8_t)text.data[i];

        if (byte < 0x20 || byte == 0x7F) {
            return true;
        }
    }
    return false;
}

/* Decodes into `ret_bytes`, which has room for text.size; false when an encoding is none. */
static bool decode(char *ret_bytes, size_t *ret_size, struct slice text, bool plus)
{
    size_t size = 0;

    for (size_t i = 0; i < text.size; i++) {
        char byte = text.data[i];

        if (byte == '%') {
            const int high = i + 2 < text.size ? hex_value(text.data[i + 1]) : -1;
            const int low = i + 2 < text.size ? hex_value(text.data[i + 2]) : -1;

            if (high < 0 || low < 0) {
                return false;
            }
            byte = (char)(high * 16 + low);
            i += 2;
        } else if (plus && byte == '+') {
            byte = ' ';
        }
        ret_bytes[size++] = byte;
    }
    *ret_size = size;
    return true;
}

enum http_refusal http_percent_decode(struct arena *arena, struct slice *ret_text,
                                      struct slice text, bool plus)
{
    const bool encoded = text.size > 0 && (memchr(text.data, '%', text.size) != NULL ||
                                           (plus && memchr(text.data, '+', text.size) != NULL));
    struct slice decoded = text;

    if (encoded) {
        char *bytes = arena_take(arena, text.size);
        size_t size = 0;

        REQUIRE(bytes != NULL, HTTP_REFUSAL_BUSY);
        REQUIRE(decode(bytes, &size, text, plus), HTTP_REFUSAL_BAD_ENCODING);
        decoded = slice_of(bytes, size);
    }
    REQUIRE(!has_control(decoded) && utf8_valid(decoded), HTTP_REFUSAL_BAD_ENCODING);
    *ret_text = decoded;
    return HTTP_REFUSAL_NONE;
}

/* "name=value" or "name"; an empty name is no parameter. */
static enum http_refusal query_field(struct arena *arena, struct http_field *ret_field,
                                     struct slice text)
{
    struct slice rest = text;
    struct slice name = {0};

    REQUIRE(slice_split(&rest, '=', &name) && name.size > 0, HTTP_REFUSAL_BAD_QUERY);
    const enum http_refusal status[2] = {
        http_percent_decode(arena, &ret_field->name, name, true),
        http_percent_decode(arena, &ret_field->value,
                            rest.data == NULL ? slice_of(text.data, 0) : rest, true),
    };
    for (size_t i = 0; i < 2; i++) {
        if (status[i] != HTTP_REFUSAL_NONE) {
            return status[i] == HTTP_REFUSAL_BUSY ? HTTP_REFUSAL_BUSY : HTTP_REFUSAL_BAD_QUERY;
        }
    }
    return HTTP_REFUSAL_NONE;
}

enum http_refusal http_query_parse(struct arena *arena, struct http_field **ret_fields,
                                   size_t *ret_count, struct slice query)
{
    size_t parts = 1;
    size_t count = 0;
    struct slice part;

    if (query.size == 0) {
        *ret_fields = NULL;
        *ret_count = 0;
        return HTTP_REFUSAL_NONE;
    }
    for (size_t i = 0; i < query.size; i++) {
        parts += query.data[i] == '&';
    }
    REQUIRE(parts <= QUERY_FIELDS_MAX, HTTP_REFUSAL_BAD_QUERY);
    struct http_field *fields = arena_take_array(arena, parts, sizeof(*fields));
    REQUIRE(fields != NULL, HTTP_REFUSAL_BUSY);
    while (slice_split(&query, '&', &part)) {
        const enum http_refusal refusal = query_field(arena, &fields[count], part);

        REQUIRE(refusal == HTTP_REFUSAL_NONE, refusal);
        for (size_t i = 0; i < count; i++) {
            REQUIRE(!slice_equal(fields[i].name, fields[count].name), HTTP_REFUSAL_QUERY_TWICE);
        }
        count++;
    }
    *ret_fields = fields;
    *ret_count = count;
    return HTTP_REFUSAL_NONE;
}
