/* Results and views written as JSON. Source: ledger.md, "Results"; ledger-choices.md, "Answers". */
#include "ledger/command_json.h"

static void put_id(struct json_writer *writer, struct slice name, const struct ledger_id *id)
{
    json_name(writer, name);
    json_string(writer, ledger_id_slice(id));
}

static void put_text(struct json_writer *writer, struct slice name, struct slice text)
{
    json_name(writer, name);
    json_string(writer, text);
}

static void put_bool(struct json_writer *writer, struct slice name, bool value)
{
    json_name(writer, name);
    json_bool(writer, value);
}

static void put_date(struct json_writer *writer, struct slice name, date_days date)
{
    if (date == DATE_NONE) {
        return;
    }
    json_name(writer, name);
    json_value_begin(writer);
    buffer_append_byte(writer->buffer, '"');
    date_write(writer->buffer, date);
    buffer_append_byte(writer->buffer, '"');
}

void ledger_amount_write_json(struct json_writer *writer, struct slice name, int128 amount_minor,
                              enum currency currency)
{
    json_name(writer, name);
    json_value_begin(writer);
    buffer_append_byte(writer->buffer, '"');
    amount_write(writer->buffer, amount_minor, currency);
    buffer_append_byte(writer->buffer, '"');
}

static void put_raise(struct json_writer *writer, const struct ledger_limit_view *view)
{
    if (!view->has_raise) {
        return;
    }
    json_name(writer, SLICE("raise"));
    json_object_begin(writer);
    ledger_amount_write_json(writer, SLICE("amount"), view->raise_minor, view->currency);
    put_date(writer, SLICE("from"), view->raise_from);
    put_date(writer, SLICE("until"), view->raise_until);
    json_object_end(writer);
}

static void put_figures(struct json_writer *writer, const struct ledger_limit_view *view)
{
    const struct {
        struct slice name;
        int128 minor;
    } figures[] = {
        {SLICE("frozen"), view->frozen_minor},
        {SLICE("used"), view->used_minor},
        {SLICE("reserved"), view->reserved_minor},
        {SLICE("outstanding"), view->outstanding_minor},
        {SLICE("committed"), view->committed_minor},
        {SLICE("effective_cap"), view->effective_cap_minor},
        {SLICE("available"), view->available_minor},
    };

    for (size_t i = 0; i < sizeof(figures) / sizeof(*figures); i++) {
        ledger_amount_write_json(writer, figures[i].name, figures[i].minor, view->currency);
    }
    put_bool(writer, SLICE("over"), view->over);
}

void ledger_limit_write_json(struct json_writer *writer, const struct ledger *ledger,
                             const struct ledger_limit_view *view)
{
    json_object_begin(writer);
    put_id(writer, SLICE("id"), &view->id);
    put_text(writer, SLICE("holder"), view->holder);
    put_text(writer, SLICE("kind"), view->kind);
    put_text(writer, SLICE("currency"), currency_code(view->currency));
    json_name(writer, SLICE("parents"));
    json_array_begin(writer);
    for (unsigned i = 0; i < view->parents_count; i++) {
        json_string(writer, ledger_id_slice(ledger_limit_id(ledger, view->parents[i])));
    }
    json_array_end(writer);
    put_text(writer, SLICE("measure"), ledger_measure_name(view->measure));
    put_text(writer, SLICE("mode"), ledger_mode_name(view->mode));
    put_bool(writer, SLICE("revolving"), view->revolving);
    ledger_amount_write_json(writer, SLICE("cap"), view->cap_minor, view->currency);
    json_name(writer, SLICE("tolerance_bps"));
    json_i64(writer, view->tolerance_bps);
    put_raise(writer, view);
    put_text(writer, SLICE("status"), ledger_limit_status_name(view->status));
    put_date(writer, SLICE("from"), view->from);
    put_date(writer, SLICE("until"), view->until);
    put_date(writer, SLICE("due_until"), view->due_until);
    put_figures(writer, view);
    json_object_end(writer);
}

void ledger_record_write_json(struct json_writer *writer, const struct ledger *ledger,
                              const struct ledger_record_view *view)
{
    static const struct slice made[MEASURE_COUNT] = {
        {"amount", 6}, {"exposure", 8}, {"weighted", 8}};
    static const struct slice remaining[MEASURE_COUNT] = {
        {"remaining_amount", 16}, {"remaining_exposure", 18}, {"remaining_weighted", 18}};

    json_object_begin(writer);
    put_id(writer, SLICE("id"), &view->id);
    put_id(writer, SLICE("limit"), ledger_limit_id(ledger, view->limit));
    put_text(writer, SLICE("currency"), currency_code(view->currency));
    for (int i = 0; i < MEASURE_COUNT; i++) {
        ledger_amount_write_json(writer, made[i], view->made_minor[i], view->currency);
    }
    for (int i = 0; i < MEASURE_COUNT; i++) {
        ledger_amount_write_json(writer, remaining[i], view->remaining_minor[i], view->currency);
    }
    json_object_end(writer);
}

void ledger_unlock_write_json(struct json_writer *writer, const struct ledger *ledger,
                              const struct ledger_unlock_view *view)
{
    const enum currency currency = ledger_limit_currency(ledger, view->limit);

    json_object_begin(writer);
    put_id(writer, SLICE("id"), &view->id);
    put_id(writer, SLICE("limit"), ledger_limit_id(ledger, view->limit));
    ledger_amount_write_json(writer, SLICE("amount"), view->amount_minor, currency);
    ledger_amount_write_json(writer, SLICE("remaining"), view->remaining_minor, currency);
    put_date(writer, SLICE("until"), view->until);
    json_name(writer, SLICE("lifts"));
    json_array_begin(writer);
    for (unsigned bit = 1; bit < LIFT_ALL; bit *= 2) {
        if ((view->lifts & bit) != 0) {
            json_string(writer, ledger_status_code(ledger_lift_reason((enum ledger_lift)bit)));
        }
    }
    json_array_end(writer);
    json_object_end(writer);
}

static void put_refusals(struct json_writer *writer, const struct ledger_result *result)
{
    json_name(writer, SLICE("refusals"));
    json_array_begin(writer);
    for (unsigned i = 0; i < result->refusals_count; i++) {
        const struct ledger_refusal *refusal = &result->refusals[i];

        json_object_begin(writer);
        put_id(writer, SLICE("limit"), &refusal->limit);
        put_text(writer, SLICE("reason"), ledger_status_code(refusal->reason));
        if (refusal->reason == LEDGER_LIMIT_EXCEEDED) {
            ledger_amount_write_json(writer, SLICE("available"), refusal->available_minor,
                                     refusal->currency);
            ledger_amount_write_json(writer, SLICE("required"), refusal->required_minor,
                                     refusal->currency);
        }
        json_object_end(writer);
    }
    json_array_end(writer);
}

static void put_over(struct json_writer *writer, const struct ledger *ledger,
                     const struct ledger_result *result)
{
    json_name(writer, SLICE("over"));
    json_array_begin(writer);
    for (unsigned i = 0; i < result->over_count; i++) {
        json_string(writer, ledger_id_slice(ledger_limit_id(ledger, result->over[i])));
    }
    json_array_end(writer);
}

void ledger_result_write_json(struct json_writer *writer, const struct ledger *ledger,
                              const struct ledger_command *command,
                              const struct ledger_result *result)
{
    json_object_begin(writer);
    if (command->has_id) {
        put_id(writer, SLICE("id"), &command->id);
    }
    put_text(writer, SLICE("result"), ledger_status_code(result->status));
    if (result->status == LEDGER_REFUSED) {
        put_refusals(writer, result);
    }
    if (result->over_count > 0) {
        put_over(writer, ledger, result);
    }
    if (result->limit != NULL) {
        json_name(writer, SLICE("limit"));
        ledger_limit_write_json(writer, ledger, result->limit);
    } else if (result->record != NULL) {
        json_name(writer,
                  result->record->is_reservation ? SLICE("reservation") : SLICE("exposure"));
        ledger_record_write_json(writer, ledger, result->record);
    } else if (result->unlock != NULL) {
        json_name(writer, SLICE("unlock"));
        ledger_unlock_write_json(writer, ledger, result->unlock);
    }
    json_object_end(writer);
}
