/* /v1/reservations, /v1/exposures, /v1/unlocks: one thing by its id. */
#include "api/api_scope.h"

static void record_get(struct http_request *request, const struct api *api, bool is_reservation)
{
    const enum ledger_status not_found =
        is_reservation ? LEDGER_RESERVATION_NOT_FOUND : LEDGER_EXPOSURE_NOT_FOUND;
    const struct ledger *ledger = engine_ledger(api->engine);
    struct ledger_record_view view;
    struct ledger_id id;
    struct buffer body = {0};
    struct json_writer writer;

    if (!api_query_known(request) || !api_path_id(request, &id, not_found)) {
        return;
    }
    if (!ledger_record_look(ledger, &id, &view) || view.is_reservation != is_reservation ||
        !api_scope_sees(api, ledger, view.limit)) {
        api_problem_ledger(request, 404, not_found);
        return;
    }
    json_writer_init(&writer, &body);
    ledger_record_write_json(&writer, ledger, &view);
    api_moment_headers(request, ledger);
    api_reply_json(request, 200, &body);
}

void api_reservation_get(struct http_request *request, void *context)
{
    record_get(request, context, true);
}

void api_exposure_get(struct http_request *request, void *context)
{
    record_get(request, context, false);
}

void api_unlock_get(struct http_request *request, void *context)
{
    const struct api *api = context;
    const struct ledger *ledger = engine_ledger(api->engine);
    struct ledger_unlock_view view;
    struct ledger_id id;
    struct buffer body = {0};
    struct json_writer writer;

    if (!api_query_known(request) || !api_path_id(request, &id, LEDGER_UNLOCK_NOT_FOUND)) {
        return;
    }
    const uint32_t unlock = ledger_unlock_find(ledger, &id);
    if (unlock != LEDGER_NONE) {
        ledger_unlock_view(ledger, &view, unlock);
    }
    if (unlock == LEDGER_NONE || !api_scope_sees(api, ledger, view.limit)) {
        api_problem_ledger(request, 404, LEDGER_UNLOCK_NOT_FOUND);
        return;
    }
    json_writer_init(&writer, &body);
    ledger_unlock_write_json(&writer, ledger, &view);
    api_moment_headers(request, ledger);
    api_reply_json(request, 200, &body);
}
