/* Commands as lines of JSON. Amounts are dollars: every limit of an import is kept in them. */
#include "base/json.h"
#include "import/import_batch.h"

static void member_text(struct json_writer *writer, struct slice name, struct slice text)
{
    json_name(writer, name);
    json_string(writer, text);
}

static void member_amount(struct json_writer *writer, struct slice name,
                          struct ledger_amount amount)
{
    check(amount.decimals == LEDGER_MINOR);
    json_name(writer, name);
    json_value_begin(writer);
    buffer_append_byte(writer->buffer, '"');
    amount_write(writer->buffer, (int128)amount.digits, CURRENCY_USD);
    buffer_append_byte(writer->buffer, '"');
}

static void member_date(struct json_writer *writer, struct slice name, date_days date)
{
    json_name(writer, name);
    json_value_begin(writer);
    buffer_append_byte(writer->buffer, '"');
    date_write(writer->buffer, date);
    buffer_append_byte(writer->buffer, '"');
}

static void member_ids(struct json_writer *writer, struct slice name, const struct ledger_id *ids,
                       size_t count)
{
    json_name(writer, name);
    json_array_begin(writer);
    for (size_t i = 0; i < count; i++) {
        json_string(writer, ledger_id_slice(&ids[i]));
    }
    json_array_end(writer);
}

static bool has(const struct ledger_command *command, uint64_t field)
{
    return (command->fields & field) != 0;
}

static void amounts_write(struct json_writer *writer, const struct ledger_command *command)
{
    if (has(command, LEDGER_HAS(CAP))) {
        member_amount(writer, SLICE("cap"), command->amounts[MEASURE_NOMINAL]);
    }
    if (has(command, LEDGER_HAS(AMOUNT))) {
        member_amount(writer, SLICE("amount"), command->amounts[MEASURE_NOMINAL]);
    }
    if (has(command, LEDGER_HAS(EXPOSURE))) {
        member_amount(writer, SLICE("exposure"), command->amounts[MEASURE_EXPOSURE]);
    }
    if (has(command, LEDGER_HAS(WEIGHTED))) {
        member_amount(writer, SLICE("weighted"), command->amounts[MEASURE_WEIGHTED]);
    }
}

static void target_write(struct json_writer *writer, const struct ledger_command *command)
{
    if (has(command, LEDGER_HAS(LIMIT))) {
        member_text(writer, SLICE("limit"), ledger_id_slice(&command->target));
    }
    if (has(command, LEDGER_HAS(EXPOSURE_ID))) {
        member_text(writer, SLICE("exposure_id"), ledger_id_slice(&command->target));
    }
    if (has(command, LEDGER_HAS(CURRENCY))) {
        member_text(writer, SLICE("currency"), currency_code((enum currency)command->currency));
    }
}

/* How a limit is made. */
static void terms_write(struct json_writer *writer, const struct ledger_command *command)
{
    const struct ledger_extra *extra = command->extra;

    if (has(command, LEDGER_HAS(PARENTS))) {
        member_ids(writer, SLICE("parents"), extra->parents, extra->parents_count);
    }
    if (has(command, LEDGER_HAS(HOLDER))) {
        member_text(writer, SLICE("holder"), extra->holder);
    }
    if (has(command, LEDGER_HAS(KIND))) {
        member_text(writer, SLICE("kind"), extra->kind);
    }
    if (has(command, LEDGER_HAS(MEASURE))) {
        member_text(writer, SLICE("measure"),
                    ledger_measure_name((enum ledger_measure)extra->measure));
    }
    if (has(command, LEDGER_HAS(MODE))) {
        member_text(writer, SLICE("mode"), ledger_mode_name((enum ledger_mode)extra->mode));
    }
    if (has(command, LEDGER_HAS(REVOLVING))) {
        json_name(writer, SLICE("revolving"));
        json_bool(writer, extra->revolving);
    }
    if (has(command, LEDGER_HAS(STATUS))) {
        member_text(writer, SLICE("status"),
                    ledger_limit_status_name((enum ledger_limit_status)extra->status));
    }
}

static void rest_write(struct json_writer *writer, const struct ledger_command *command)
{
    const struct ledger_extra *extra = command->extra;

    if (has(command, LEDGER_HAS(DATE))) {
        member_date(writer, SLICE("date"), extra->date);
    }
    if (has(command, LEDGER_HAS(UNTIL))) {
        member_date(writer, SLICE("until"), extra->until);
    }
    if (has(command, LEDGER_HAS(UNLOCKS))) {
        member_ids(writer, SLICE("unlocks"), extra->unlocks, extra->unlocks_count);
    }
    if (has(command, LEDGER_HAS(LIFTS))) {
        json_name(writer, SLICE("lifts"));
        json_array_begin(writer);
        for (unsigned bit = 1; bit <= LIFT_ALL; bit <<= 1) {
            if ((extra->lifts & bit) != 0) {
                json_string(writer, ledger_status_code(ledger_lift_reason((enum ledger_lift)bit)));
            }
        }
        json_array_end(writer);
    }
    if (has(command, LEDGER_HAS(ACTOR))) {
        member_text(writer, SLICE("actor"), extra->actor);
    }
    if (has(command, LEDGER_HAS(REASON))) {
        member_text(writer, SLICE("reason"), extra->reason);
    }
    if (has(command, LEDGER_HAS(CASE))) {
        member_text(writer, SLICE("case"), extra->case_ref);
    }
}

void import_command_write(struct buffer *buffer, const struct ledger_command *command)
{
    struct json_writer writer;

    json_writer_init(&writer, buffer);
    json_object_begin(&writer);
    member_text(&writer, SLICE("op"), ledger_op_name((enum ledger_op)command->op));
    member_text(&writer, SLICE("id"), ledger_id_slice(&command->id));
    target_write(&writer, command);
    amounts_write(&writer, command);
    terms_write(&writer, command);
    rest_write(&writer, command);
    if (command->at != TIME_NONE) {
        json_name(&writer, SLICE("at"));
        json_value_begin(&writer);
        buffer_append_byte(buffer, '"');
        time_write(buffer, command->at);
        buffer_append_byte(buffer, '"');
    }
    if (command->linked) {
        json_name(&writer, SLICE("linked"));
        json_bool(&writer, true);
    }
    json_object_end(&writer);
    buffer_append_byte(buffer, '\n');
}
