/* /v1/rates, /v1/day, /healthz, /readyz: the ledger as a whole, and the process. */
#include "api/api_reply.h"

/* A rate without zeros at its end: 7.1, not 7.1000000000. */
static void rate_write(struct buffer *out, uint64_t rate_e10)
{
    char digits[32];
    int size = snprintf(digits, sizeof(digits), "%llu.%010llu",
                        (unsigned long long)(rate_e10 / LEDGER_RATE_ONE),
                        (unsigned long long)(rate_e10 % LEDGER_RATE_ONE));

    while (digits[size - 1] == '0') {
        size--;
    }
    size -= digits[size - 1] == '.' ? 1 : 0;
    buffer_append(out, slice_of(digits, (size_t)size));
}

void api_rates_list(struct http_request *request, void *context)
{
    const struct api *api = context;
    const struct ledger *ledger = engine_ledger(api->engine);
    struct buffer body = {0};
    struct json_writer writer;

    if (!api_query_known(request)) {
        return;
    }
    json_writer_init(&writer, &body);
    json_object_begin(&writer);
    api_text_member(&writer, "base", currency_code(ledger_base(ledger)));
    json_name(&writer, SLICE("rates"));
    json_array_begin(&writer);
    for (unsigned i = 1; i < CURRENCY_COUNT; i++) {
        const uint64_t rate_e10 = ledger_rate_e10(ledger, (enum currency)i);
        if (rate_e10 == 0) {
            continue;
        }
        json_object_begin(&writer);
        api_text_member(&writer, "currency", currency_code((enum currency)i));
        json_name(&writer, SLICE("rate"));
        json_value_begin(&writer);
        buffer_append_byte(&body, '"');
        rate_write(&body, rate_e10);
        buffer_append_byte(&body, '"');
        json_object_end(&writer);
    }
    json_array_end(&writer);
    json_object_end(&writer);
    api_moment_headers(request, ledger);
    api_reply_json(request, 200, &body);
}

void api_day_get(struct http_request *request, void *context)
{
    const struct api *api = context;
    const struct ledger *ledger = engine_ledger(api->engine);
    struct buffer body = {0};
    struct json_writer writer;

    if (!api_query_known(request)) {
        return;
    }
    json_writer_init(&writer, &body);
    json_object_begin(&writer);
    api_date_member(&writer, "business_date", ledger_business_date(ledger));
    api_time_member(&writer, "time", ledger_time(ledger));
    api_text_member(&writer, "base", currency_code(ledger_base(ledger)));
    json_object_end(&writer);
    api_moment_headers(request, ledger);
    api_reply_json(request, 200, &body);
}

void api_healthz_get(struct http_request *request, void *context)
{
    (void)context;
    http_respond(request, 200, SLICE("text/plain; charset=utf-8"), SLICE("ok\n"));
}

void api_readyz_get(struct http_request *request, void *context)
{
    const struct api *api = context;
    struct engine_figures figures;

    engine_figures(api->engine, &figures);
    if (!figures.room) {
        api_problem(request, 503, SLICE("no-space"), "no space is left for the journal",
                    "日志空间不足");
        return;
    }
    if (api->draining) {
        api_problem(request, 503, SLICE("draining"), "the server is stopping", "服务正在停止");
        return;
    }
    http_respond(request, 200, SLICE("text/plain; charset=utf-8"), SLICE("ready\n"));
}
