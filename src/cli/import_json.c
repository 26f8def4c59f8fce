/* The summary of an import as JSON, for programs. Amounts are strings, in dollars. */
#include "base/json.h"
#include "cli/import_summary.h"

static void member_u64(struct json_writer *writer, struct slice name, uint64_t value)
{
    json_name(writer, name);
    json_u64(writer, value);
}

static void member_text(struct json_writer *writer, struct slice name, struct slice text)
{
    json_name(writer, name);
    json_string(writer, text);
}

static void member_amount(struct json_writer *writer, struct slice name, int128 cents)
{
    json_name(writer, name);
    json_value_begin(writer);
    buffer_append_byte(writer->buffer, '"');
    amount_write(writer->buffer, cents, CURRENCY_USD);
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

static void causes_write(struct json_writer *writer,
                         const struct ibrd_reconciliation *reconciliation)
{
    json_name(writer, SLICE("causes"));
    json_array_begin(writer);
    for (int i = 0; i < IBRD_CAUSE_COUNT; i++) {
        const struct ibrd_cause_count *count = &reconciliation->causes[i];

        if (count->loans == 0) {
            continue;
        }
        json_object_begin(writer);
        member_text(writer, SLICE("cause"), ibrd_cause_name((enum ibrd_cause)i));
        member_u64(writer, SLICE("loans"), count->loans);
        member_u64(writer, SLICE("reconciled"), count->reconciled);
        json_name(writer, SLICE("differing"));
        json_object_begin(writer);
        for (int j = 0; j < IBRD_MEASURE_COUNT; j++) {
            member_u64(writer, ibrd_measure_name((enum ibrd_measure)j), count->differing[j]);
        }
        json_object_end(writer);
        json_name(writer, SLICE("difference"));
        json_object_begin(writer);
        for (int j = 0; j < IBRD_MEASURE_COUNT; j++) {
            member_amount(writer, ibrd_measure_name((enum ibrd_measure)j), count->difference[j]);
        }
        json_object_end(writer);
        json_object_end(writer);
    }
    json_array_end(writer);
}

static void totals_write(struct json_writer *writer, struct slice name,
                         const int128 totals[IBRD_MEASURE_COUNT])
{
    json_name(writer, name);
    json_object_begin(writer);
    for (int i = 0; i < IBRD_MEASURE_COUNT; i++) {
        member_amount(writer, ibrd_measure_name((enum ibrd_measure)i), totals[i]);
    }
    json_object_end(writer);
}

static void periods_write(struct json_writer *writer, const struct ibrd_result *result)
{
    json_name(writer, SLICE("statements"));
    json_array_begin(writer);
    for (size_t i = 0; i < result->period_count; i++) {
        const struct ibrd_period_count *period = &result->periods[i];

        json_object_begin(writer);
        member_date(writer, SLICE("date"), period->reconciliation.period);
        member_u64(writer, SLICE("loans"), period->loans);
        member_u64(writer, SLICE("new"), period->loans_new);
        member_u64(writer, SLICE("gone"), period->loans_gone);
        member_u64(writer, SLICE("commands"), period->commands);
        member_u64(writer, SLICE("refused"), period->refused);
        member_u64(writer, SLICE("unlocked"), period->unlocked);
        if (period->reconciliation.done) {
            totals_write(writer, SLICE("stated"), period->reconciliation.stated);
            totals_write(writer, SLICE("held"), period->reconciliation.held);
            causes_write(writer, &period->reconciliation);
        }
        json_object_end(writer);
    }
    json_array_end(writer);
}

static void counts_write(struct json_writer *writer, const struct ibrd_result *result)
{
    json_name(writer, SLICE("ops"));
    json_object_begin(writer);
    for (int i = 0; i < LEDGER_OP_COUNT; i++) {
        if (result->ops[i] > 0) {
            member_u64(writer, ledger_op_name((enum ledger_op)i), result->ops[i]);
        }
    }
    json_object_end(writer);
    json_name(writer, SLICE("results"));
    json_object_begin(writer);
    for (int i = 0; i < LEDGER_STATUS_COUNT; i++) {
        if (result->statuses[i] > 0) {
            member_u64(writer, ledger_status_code((enum ledger_status)i), result->statuses[i]);
        }
    }
    json_object_end(writer);
}

static void refusals_write(struct json_writer *writer, const struct ibrd_result *result)
{
    json_name(writer, SLICE("refusals"));
    json_array_begin(writer);
    for (size_t i = 0; i < result->refusal_count; i++) {
        const struct ibrd_refusal_count *refusal = &result->refusals[i];

        json_object_begin(writer);
        member_text(writer, SLICE("reason"), ledger_status_code(refusal->reason));
        member_text(writer, SLICE("limit"),
                    refusal->of_loans ? SLICE("loan") : ledger_id_slice(&refusal->limit));
        member_u64(writer, SLICE("count"), refusal->count);
        member_u64(writer, SLICE("unlocked"), refusal->unlocked);
        member_amount(writer, SLICE("required"), refusal->required);
        json_object_end(writer);
    }
    json_array_end(writer);
}

static void country_write(struct json_writer *writer, const struct ibrd_country *country)
{
    json_object_begin(writer);
    member_text(writer, SLICE("limit"), ledger_id_slice(&country->limit));
    member_text(writer, SLICE("name"), country->name);
    member_amount(writer, SLICE("used"), country->used);
    member_amount(writer, SLICE("cap"), country->cap);
    member_amount(writer, SLICE("available"), country->available);
    json_name(writer, SLICE("over"));
    json_bool(writer, country->over);
    json_object_end(writer);
}

void import_json_write(struct cli *cli, const struct ibrd_result *result, uint64_t total_ns)
{
    static const struct slice kinds[IBRD_KINDS] = {
        {"portfolio", 9}, {"region", 6}, {"country", 7}, {"borrower", 8}, {"loan", 4}};
    struct json_writer writer;

    json_writer_init(&writer, &cli->out);
    json_object_begin(&writer);
    json_name(&writer, SLICE("reconciled"));
    json_bool(&writer, result->reconciled);
    member_u64(&writer, SLICE("rows"), result->rows);
    member_u64(&writer, SLICE("loans"), result->loans);
    member_u64(&writer, SLICE("commands"), result->commands);
    member_u64(&writer, SLICE("unlocked"), result->unlocks);
    member_u64(&writer, SLICE("left_refused"), result->left);
    member_u64(&writer, SLICE("corrections"), result->corrections);
    json_name(&writer, SLICE("limits"));
    json_object_begin(&writer);
    for (int i = 0; i < IBRD_KINDS; i++) {
        member_u64(&writer, kinds[i], result->limits[i]);
    }
    json_object_end(&writer);
    counts_write(&writer, result);
    refusals_write(&writer, result);
    periods_write(&writer, result);
    json_name(&writer, SLICE("portfolio"));
    country_write(&writer, &result->portfolio);
    json_name(&writer, SLICE("countries"));
    json_array_begin(&writer);
    for (size_t i = 0; i < result->country_count; i++) {
        country_write(&writer, &result->countries[i]);
    }
    json_array_end(&writer);
    member_u64(&writer, SLICE("ledger_ns"), result->nanoseconds);
    member_u64(&writer, SLICE("total_ns"), total_ns);
    json_object_end(&writer);
    buffer_append_byte(&cli->out, '\n');
}
