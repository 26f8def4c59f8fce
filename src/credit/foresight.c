/* Before a proposal is submitted or decided: would its lines, drawn in full, fit what stands above
 * them? Limits that stand are asked by `check`, which sees their whole path; limits of the pack
 * that the decision would open hold nothing yet, and are compared with their cap. */
#include "credit/activation.h"
#include "credit/credit_internal.h"

struct foresight {
    const struct proposal *proposal;
    struct activation standing; /* to look limits up in */
    struct json_writer checks;
    struct json_writer breaks;
    struct buffer checks_text;
    struct buffer breaks_text;
};

static void text_member(struct json_writer *writer, const char *name, struct slice text)
{
    json_name(writer, slice_from_cstr(name));
    json_string(writer, text);
}

static void amount_member(struct json_writer *writer, const char *name, int64_t amount_minor,
                          enum currency currency)
{
    json_name(writer, slice_from_cstr(name));
    json_value_begin(writer);
    buffer_append_byte(writer->buffer, '"');
    amount_write(writer->buffer, amount_minor, currency);
    buffer_append_byte(writer->buffer, '"');
}

static void check_write(struct json_writer *writer, struct slice limit, int64_t amount_minor,
                        enum currency currency)
{
    json_object_begin(writer);
    text_member(writer, "op", SLICE("check"));
    text_member(writer, "limit", limit);
    amount_member(writer, "amount", amount_minor, currency);
    text_member(writer, "currency", currency_code(currency));
    json_object_end(writer);
}

static void break_write(struct json_writer *writer, const struct credit_rule *rule,
                        int64_t amount_minor, enum currency currency)
{
    json_object_begin(writer);
    text_member(writer, "rule", rule->id);
    text_member(writer, "currency", currency_code(rule->currency));
    amount_member(writer, "cap", rule->cap_minor, rule->currency);
    amount_member(writer, "required", amount_minor, currency);
    text_member(writer, "required_currency", currency_code(currency));
    json_object_end(writer);
}

/* What the proposal asks of one rule in one currency. Amounts in other currencies than the rule's
 * cannot be compared before there is a limit to ask: they are named as what does not fit. */
static void rule_ask(struct foresight *foresight, const struct credit_rule *rule,
                     int64_t amount_minor, enum currency currency)
{
    const struct credit_limit *limit = activation_standing(&foresight->standing, "rule", rule->id);

    if (limit != NULL) {
        check_write(&foresight->checks, limit->id, amount_minor, currency);
    } else if (currency != rule->currency || amount_minor > rule->cap_minor) {
        break_write(&foresight->breaks, rule, amount_minor, currency);
    }
}

/* True when a line above is counted by the rule already. */
static bool counted_above(const struct proposal *proposal, const struct credit_rule *rule,
                          const struct proposal_line *line)
{
    while (line->parent != SIZE_MAX) {
        line = &proposal->lines[line->parent];
        if (activation_counts(rule, line)) {
            return true;
        }
    }
    return false;
}

/* The lines of one rule, summed by currency, each currency when its first line is met. */
static void lines_ask(struct foresight *foresight, const struct credit_rule *rule)
{
    const struct proposal *proposal = foresight->proposal;
    bool asked[CURRENCY_COUNT] = {false};

    for (size_t i = 0; i < proposal->line_count; i++) {
        const enum currency currency = proposal->lines[i].currency;
        int64_t sum = 0;

        if (asked[currency]) {
            continue;
        }
        for (size_t j = i; j < proposal->line_count; j++) {
            const struct proposal_line *line = &proposal->lines[j];
            if (line->currency == currency && activation_counts(rule, line) &&
                !counted_above(proposal, rule, line)) {
                sum = sum > AMOUNT_MAX - line->amount_minor ? AMOUNT_MAX : sum + line->amount_minor;
            }
        }
        asked[currency] = true;
        if (sum > 0) {
            rule_ask(foresight, rule, sum, currency);
        }
    }
}

static enum credit_status copy_out(struct slice *ret_text, struct arena *arena,
                                   struct buffer *buffer)
{
    buffer_append_byte(buffer, ']');
    *ret_text = buffer_failed(buffer) ? slice_of(NULL, 0) : arena_copy(arena, buffer_slice(buffer));
    buffer_release(buffer);
    return ret_text->data == NULL ? CREDIT_NO_MEMORY : CREDIT_OK;
}

static enum credit_status foresight_prepare(struct store *store, struct foresight *foresight,
                                            struct arena *arena,
                                            const struct application *application)
{
    struct proposal *proposal = arena_take(arena, sizeof(*proposal));
    struct decision *decision = arena_take(arena, sizeof(*decision));
    struct credit_limit *limits;
    char where[PROPOSAL_WHERE_SIZE];
    struct json_error error;

    const struct json_value *value = json_parse(arena, &error, application->body);
    REQUIRE(proposal != NULL && decision != NULL && value != NULL, CREDIT_NO_MEMORY);
    TRY(proposal_read(proposal, where, arena, value));
    TRY(credit_limits_read(store, &limits, &foresight->standing.standing_count, arena,
                           application->customer));
    *decision = (struct decision){.legal_entity = application->legal_entity};
    foresight->proposal = proposal;
    foresight->standing.decision = decision;
    foresight->standing.standing = limits;
    return CREDIT_OK;
}

enum credit_status credit_foresee(struct store *store, struct slice *ret_checks,
                                  struct slice *ret_breaks, struct arena *arena,
                                  const struct application *application,
                                  const struct credit_rule *rules, size_t rule_count)
{
    struct foresight foresight = {0};

    TRY(foresight_prepare(store, &foresight, arena, application));
    json_writer_init(&foresight.checks, &foresight.checks_text);
    json_writer_init(&foresight.breaks, &foresight.breaks_text);
    buffer_append_byte(&foresight.checks_text, '[');
    buffer_append_byte(&foresight.breaks_text, '[');
    for (size_t i = 0; i < rule_count; i++) {
        if (rules[i].product_count == 0) {
            rule_ask(&foresight, &rules[i], foresight.proposal->amount_minor,
                     foresight.proposal->currency);
        } else {
            lines_ask(&foresight, &rules[i]);
        }
    }
    const enum credit_status checks = copy_out(ret_checks, arena, &foresight.checks_text);
    const enum credit_status breaks = copy_out(ret_breaks, arena, &foresight.breaks_text);
    return checks != CREDIT_OK ? checks : breaks;
}
