#include "api/api_event.h"

/* Drawings move three amounts; what changes a limit, one. */
static bool moves_three(enum ledger_op op)
{
    switch (op) {
    case LEDGER_OP_RESERVE:
    case LEDGER_OP_CONFIRM:
    case LEDGER_OP_CANCEL:
    case LEDGER_OP_DRAW:
    case LEDGER_OP_REPAY:
    case LEDGER_OP_RESTATE:
    case LEDGER_OP_EXPIRE:
        return true;
    default:
        return false;
    }
}

static void id_member(struct json_writer *writer, const char *name, const struct ledger_id *id)
{
    const struct slice text = ledger_id_slice(id);

    if (text.size > 0) {
        api_text_member(writer, name, text);
    }
}

static void text_member(struct json_writer *writer, const char *name, struct slice text)
{
    if (text.size > 0) {
        api_text_member(writer, name, text);
    }
}

static void amounts_write(struct json_writer *writer, const struct ledger_effect *effect)
{
    const enum currency currency = (enum currency)effect->currency;

    if (currency == CURRENCY_NONE || effect->op == LEDGER_OP_RATE_SET) {
        return;
    }
    api_text_member(writer, "currency", currency_code(currency));
    ledger_amount_write_json(writer, SLICE("amount"), effect->amounts_minor[MEASURE_NOMINAL],
                             currency);
    if (moves_three((enum ledger_op)effect->op)) {
        ledger_amount_write_json(writer, SLICE("exposure"), effect->amounts_minor[MEASURE_EXPOSURE],
                                 currency);
        ledger_amount_write_json(writer, SLICE("weighted"), effect->amounts_minor[MEASURE_WEIGHTED],
                                 currency);
    }
}

void api_event_write(struct json_writer *writer, const struct ledger *ledger,
                     const struct engine_event *event)
{
    const struct ledger_effect *effect = &event->effect;

    json_object_begin(writer);
    api_number_member(writer, "number", effect->number);
    api_text_member(writer, "source", SLICE("ledger"));
    api_time_member(writer, "at", effect->at);
    api_text_member(writer, "op", ledger_op_name((enum ledger_op)effect->op));
    id_member(writer, "id", &event->id);
    if (effect->limit != LEDGER_NONE) {
        id_member(writer, "limit", ledger_limit_id(ledger, effect->limit));
    }
    id_member(writer, "record", &event->record);
    amounts_write(writer, effect);
    text_member(writer, "actor", event->actor);
    text_member(writer, "reason", event->reason);
    text_member(writer, "case", event->case_ref);
    json_object_end(writer);
}

void api_problem_history(struct http_request *request, enum engine_status status)
{
    const unsigned http = (unsigned)engine_status_http(status);

    http_problem(request, http, http == 503 ? SLICE("too-busy") : SLICE("internal"),
                 http_status_phrase(http),
                 api_chinese(request) ? engine_status_chinese(status)
                                      : engine_status_english(status));
}
