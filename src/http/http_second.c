#include "http/http_second.h"

#include <http_parser.h>

static int on_url(http_parser *parser, const char *data, size_t size)
{
    struct http_second *second = parser->data;

    second->target = slice_of(data, size);
    return 0;
}

static int on_header_field(http_parser *parser, const char *data, size_t size)
{
    struct http_second *second = parser->data;

    (void)data;
    (void)size;
    second->field_count++; /* the head comes in one piece, so each name is one call */
    return 0;
}

bool http_second_read(struct http_second *ret_second, struct slice text)
{
    static const http_parser_settings settings = {
        .on_url = on_url,
        .on_header_field = on_header_field,
    };
    http_parser parser;

    *ret_second = (struct http_second){0};
    http_parser_init(&parser, HTTP_REQUEST);
    parser.data = ret_second;
    const size_t parsed = http_parser_execute(&parser, &settings, text.data, text.size);
    if (HTTP_PARSER_ERRNO(&parser) != HPE_OK || parsed != text.size || parser.upgrade != 0) {
        return false;
    }
    ret_second->method = slice_from_cstr(http_method_str((enum http_method)parser.method));
    ret_second->version_major = parser.http_major;
    ret_second->version_minor = parser.http_minor;
    ret_second->chunked = (parser.flags & F_CHUNKED) != 0;
    ret_second->content_length = parser.content_length == UINT64_MAX ? 0 : parser.content_length;
    return true;
}
