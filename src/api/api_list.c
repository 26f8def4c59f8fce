/* Lists from the store. A cursor is base64url of: format 1, a hash of what was asked for, the
 * values of the last row in the order of the list. It is no secret, and forging one shows nothing
 * that a first page would not: its values are only bound. */
#include "api/api_list.h"

#include "base/base64.h"

enum { FORMAT = 1, HEAD_SIZE = 9 };

static bool count_read(struct http_request *request, size_t *ret_count)
{
    uint64_t count = API_LIST_DEFAULT;

    if (!api_query_number(request, "limit", API_LIST_MAX, &count)) {
        return false;
    }
    if (count == 0) {
        api_problem_parameter(request, "limit", "1 to 200", "须为 1 至 200");
        return false;
    }
    *ret_count = (size_t)count;
    return true;
}

bool api_list_sort(struct http_request *request, const char *const *names, size_t *ret_index,
                   bool *ret_down)
{
    struct slice text = http_request_query(request, SLICE("sort"));
    const bool down = text.size > 0 && text.data[0] == '-';

    if (text.data == NULL) {
        *ret_index = 0;
        *ret_down = false;
        return true;
    }
    text = down ? slice_of(text.data + 1, text.size - 1) : text;
    for (size_t i = 0; names[i] != NULL; i++) {
        if (slice_equal(text, slice_from_cstr(names[i]))) {
            *ret_index = i;
            *ret_down = down;
            return true;
        }
    }
    api_problem_parameter(request, "sort", "the list cannot be sorted by this",
                          "列表不支持按此字段排序");
    return false;
}

/* Of path and query, whatever the order of its parameters. */
static uint64_t asked_hash(const struct http_request *request)
{
    uint64_t sum = hash64(request->path.data, request->path.size, 0);

    for (size_t i = 0; i < request->query_count; i++) {
        const struct http_field *field = &request->query[i];
        if (!slice_equal(field->name, SLICE("cursor")) &&
            !slice_equal(field->name, SLICE("limit"))) {
            sum += hash64(field->value.data, field->value.size,
                          hash64(field->name.data, field->name.size, 1));
        }
    }
    return sum;
}

static bool integer_read(struct slice *inout_rest, void *ret_number, size_t size)
{
    if (inout_rest->size < size) {
        return false;
    }
    memcpy(ret_number, inout_rest->data, size);
    *inout_rest = slice_of(inout_rest->data + size, inout_rest->size - size);
    return true;
}

static bool value_read(struct slice *inout_rest, char type, struct store_value *ret_value)
{
    int64_t number;
    uint16_t size;

    if (type == 'i') {
        if (!integer_read(inout_rest, &number, sizeof(number))) {
            return false;
        }
        *ret_value = store_integer(number);
        return true;
    }
    if (!integer_read(inout_rest, &size, sizeof(size)) || size > inout_rest->size) {
        return false;
    }
    const struct slice text = slice_of(inout_rest->data, size);
    *inout_rest = slice_of(inout_rest->data + size, inout_rest->size - size);
    *ret_value = store_text(text);
    return utf8_valid(text) && (size == 0 || memchr(text.data, '\0', size) == NULL);
}

static bool cursor_decode(const struct http_request *request, struct api_cursor *ret_cursor,
                          const char *types, struct slice text)
{
    struct slice rest;
    uint8_t format;
    uint64_t asked;

    if (!base64url_read(&rest, request->arena, text) ||
        !integer_read(&rest, &format, sizeof(format)) || format != FORMAT ||
        !integer_read(&rest, &asked, sizeof(asked)) || asked != asked_hash(request)) {
        return false;
    }
    for (size_t i = 0; types[i] != '\0'; i++) {
        check(i < API_CURSOR_VALUES_MAX);
        if (!value_read(&rest, types[i], &ret_cursor->values[i])) {
            return false;
        }
    }
    ret_cursor->given = true;
    return rest.size == 0;
}

bool api_list_read(struct http_request *request, struct api_cursor *ret_cursor, const char *types)
{
    const struct slice text = http_request_query(request, SLICE("cursor"));
    struct api_cursor cursor = {0};

    if (!api_query_known(request)) {
        return false;
    }
    if (text.data != NULL && !cursor_decode(request, &cursor, types, text)) {
        api_problem_parameter(request, "cursor", "it is not the \"next\" of a page of this list",
                              "不是该列表某页返回的 next");
        return false;
    }
    *ret_cursor = cursor;
    return count_read(request, &ret_cursor->count);
}

bool api_list_read_numbered(struct http_request *request, size_t *ret_count, int64_t *ret_below)
{
    struct api_cursor cursor;

    if (!api_list_read(request, &cursor, "i")) {
        return false;
    }
    *ret_count = cursor.count;
    *ret_below = cursor.given ? cursor.values[0].number : INT64_MAX;
    return true;
}

/* ---- a page ---- */

void api_items_begin(struct json_writer *writer, struct buffer *body)
{
    json_writer_init(writer, body);
    json_object_begin(writer);
    json_name(writer, SLICE("items"));
    json_array_begin(writer);
}

static void items_end(struct json_writer *writer, struct slice next)
{
    json_array_end(writer);
    api_next_member(writer, next);
    json_object_end(writer);
}

void api_items_end(struct json_writer *writer, const struct http_request *request,
                   const char *types, const struct store_value *values)
{
    uint8_t bytes[HEAD_SIZE + API_CURSOR_VALUES_MAX * (2 + API_CURSOR_TEXT_MAX)];
    char text[(sizeof(bytes) + 2) / 3 * 4];
    const uint64_t asked = asked_hash(request);
    size_t size = HEAD_SIZE;

    bytes[0] = FORMAT;
    memcpy(bytes + 1, &asked, sizeof(asked));
    for (size_t i = 0; types[i] != '\0'; i++) {
        const struct store_value *value = &values[i];
        check(i < API_CURSOR_VALUES_MAX);
        if (types[i] == 'i') {
            check(value->type == STORE_INTEGER);
            memcpy(bytes + size, &value->number, sizeof(value->number));
            size += sizeof(value->number);
        } else {
            const uint16_t length = (uint16_t)value->bytes.size;
            check(value->type == STORE_TEXT && value->bytes.size <= API_CURSOR_TEXT_MAX);
            memcpy(bytes + size, &length, sizeof(length));
            memcpy(bytes + size + sizeof(length), value->bytes.data, length);
            size += sizeof(length) + length;
        }
    }
    base64url_write(text, bytes, size);
    items_end(writer, slice_of(text, base64url_size(size)));
}

void api_items_end_last(struct json_writer *writer)
{
    items_end(writer, SLICE(""));
}

void api_items_end_numbered(struct json_writer *writer, const struct http_request *request,
                            bool full, int64_t last)
{
    const struct store_value place = store_integer(last);

    if (full) {
        api_items_end(writer, request, "i", &place);
    } else {
        api_items_end_last(writer);
    }
}
