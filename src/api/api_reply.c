#include "api/api_reply.h"

void api_reply_json(struct http_request *request, unsigned status, struct buffer *body)
{
    if (buffer_failed(body)) {
        buffer_release(body);
        api_problem_memory(request);
        return;
    }
    http_header_add(request, SLICE("Cache-Control"), SLICE("no-store"));
    http_respond_buffer(request, status, SLICE("application/json"), body);
    buffer_release(body);
}

bool api_chinese(const struct http_request *request)
{
    const struct slice languages = http_request_header(request, SLICE("accept-language"));

    return languages.size >= 2 && slice_equal_ascii_case(slice_of(languages.data, 2), SLICE("zh"));
}

void api_problem(struct http_request *request, unsigned status, struct slice slug,
                 const char *english, const char *chinese)
{
    http_problem(request, status, slug, http_status_phrase(status),
                 slice_from_cstr(api_chinese(request) ? chinese : english));
}

void api_problem_auth(struct http_request *request, enum auth_status status)
{
    const unsigned http = auth_status_http(status);

    if (http == 401) {
        http_header_add(request, SLICE("WWW-Authenticate"), SLICE("Bearer realm=\"headroom\""));
    } else if (http == 429) {
        http_header_add(request, SLICE("Retry-After"), SLICE("60"));
    }
    http_problem(request, http, auth_status_slug(status), http_status_phrase(http),
                 auth_status_text(status, api_chinese(request)));
}

void api_problem_parameter(struct http_request *request, const char *name, const char *english,
                           const char *chinese)
{
    char detail[256];

    (void)snprintf(detail, sizeof(detail), "%s: %s", name,
                   api_chinese(request) ? chinese : english);
    http_problem(request, 400, SLICE("bad-parameter"), http_status_phrase(400),
                 slice_from_cstr(detail));
}

void api_problem_memory(struct http_request *request)
{
    api_problem(request, 503, SLICE("too-busy"), "memory is short; try again", "内存不足，请重试");
}

void api_problem_ledger(struct http_request *request, unsigned status, enum ledger_status code)
{
    char slug[64];
    const struct slice name = ledger_status_code(code);

    /* limit_not_found is /problems/limit-not-found. */
    check(name.size < sizeof(slug));
    for (size_t i = 0; i < name.size; i++) {
        slug[i] = name.data[i] == '_' ? '-' : name.data[i];
    }
    http_problem(request, status, slice_of(slug, name.size), http_status_phrase(status),
                 api_chinese(request) ? ledger_status_chinese(code) : ledger_status_english(code));
}

void api_moment_headers(struct http_request *request, const struct ledger *ledger)
{
    char bytes[96];
    struct buffer text = {0};

    (void)snprintf(bytes, sizeof(bytes), "%llu", (unsigned long long)ledger_effects_total(ledger));
    http_header_add(request, SLICE("Headroom-Event"), slice_from_cstr(bytes));
    time_write(&text, ledger_time(ledger));
    if (!buffer_failed(&text)) {
        http_header_add(request, SLICE("Headroom-Time"), buffer_slice(&text));
    }
    buffer_reset(&text);
    date_write(&text, ledger_business_date(ledger));
    if (!buffer_failed(&text)) {
        http_header_add(request, SLICE("Headroom-Business-Date"), buffer_slice(&text));
    }
    buffer_release(&text);
}

bool api_path_id(struct http_request *request, struct ledger_id *ret_id,
                 enum ledger_status not_found)
{
    if (!ledger_id_read(request->params[0], ret_id)) {
        api_problem_ledger(request, 404, not_found);
        return false;
    }
    return true;
}

bool api_query_number(struct http_request *request, const char *name, uint64_t max,
                      uint64_t *inout_value)
{
    const struct slice text = http_request_query(request, slice_from_cstr(name));

    if (text.data == NULL) {
        return true;
    }
    if (!slice_to_u64(text, max, inout_value)) {
        api_problem_parameter(request, name, "no whole number, or too large", "不是整数或过大");
        return false;
    }
    return true;
}

bool api_query_date(struct http_request *request, const char *name, date_days *inout_value)
{
    const struct slice text = http_request_query(request, slice_from_cstr(name));

    if (text.data != NULL && !date_parse(text, inout_value)) {
        api_problem_parameter(request, name, "no date such as 2026-11-23",
                              "不是形如 2026-11-23 的日期");
        return false;
    }
    return true;
}

bool api_query_time(struct http_request *request, const char *name, time_us *inout_value)
{
    const struct slice text = http_request_query(request, slice_from_cstr(name));

    if (text.data == NULL) {
        return true;
    }
    if (!time_parse(text, inout_value)) {
        api_problem_parameter(request, name, "no RFC 3339 time in UTC such as 2026-11-23T08:00:00Z",
                              "不是 RFC 3339 的 UTC 时间，如 2026-11-23T08:00:00Z");
        return false;
    }
    return true;
}

bool api_query_boolean(struct http_request *request, const char *name, bool *inout_value)
{
    const struct slice text = http_request_query(request, slice_from_cstr(name));
    const bool is_true = slice_equal(text, SLICE("true"));

    if (text.data == NULL) {
        return true;
    }
    if (!is_true && !slice_equal(text, SLICE("false"))) {
        api_problem_parameter(request, name, "true or false", "须为 true 或 false");
        return false;
    }
    *inout_value = is_true;
    return true;
}

bool api_query_known(struct http_request *request)
{
    const struct api_operation *operation = request->route->meta;

    for (size_t i = 0; i < request->query_count; i++) {
        const struct api_parameter *parameter = operation->parameters;
        const struct slice name = request->query[i].name;

        while (parameter != NULL && parameter->name != NULL &&
               (parameter->in_path || !slice_equal(slice_from_cstr(parameter->name), name))) {
            parameter++;
        }
        if (parameter == NULL || parameter->name == NULL) {
            api_problem(request, 400, SLICE("bad-parameter"),
                        "the query has a parameter that is not known here",
                        "查询中有此处未知的参数");
            return false;
        }
    }
    return true;
}

bool api_query_page(struct http_request *request, uint64_t *ret_count)
{
    *ret_count = API_PAGE_DEFAULT;
    if (!api_query_number(request, "limit", API_PAGE_MAX, ret_count)) {
        return false;
    }
    if (*ret_count == 0) {
        api_problem_parameter(request, "limit", "1 to 1000", "须为 1 至 1000");
        return false;
    }
    return true;
}

void api_text_member(struct json_writer *writer, const char *name, struct slice text)
{
    json_name(writer, slice_from_cstr(name));
    json_string(writer, text);
}

void api_date_member(struct json_writer *writer, const char *name, date_days date)
{
    json_name(writer, slice_from_cstr(name));
    json_value_begin(writer);
    buffer_append_byte(writer->buffer, '"');
    date_write(writer->buffer, date);
    buffer_append_byte(writer->buffer, '"');
}

void api_time_member(struct json_writer *writer, const char *name, time_us time)
{
    json_name(writer, slice_from_cstr(name));
    json_value_begin(writer);
    buffer_append_byte(writer->buffer, '"');
    time_write(writer->buffer, time);
    buffer_append_byte(writer->buffer, '"');
}

void api_number_member(struct json_writer *writer, const char *name, uint64_t value)
{
    json_name(writer, slice_from_cstr(name));
    json_u64(writer, value);
}

void api_next_member(struct json_writer *writer, struct slice text)
{
    json_name(writer, SLICE("next"));
    if (text.size == 0) {
        json_null(writer);
    } else {
        json_string(writer, text);
    }
}
