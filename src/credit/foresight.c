/* Before a proposal is submitted or decided: would its lines, drawn in full, fit what stands above
 * them? Limits that stand are asked by `check`, which sees their whole path, after they were
 * brought to the day, as the decision would bring them; limits of the pack that the decision would
 * open hold nothing yet, and are compared with their cap. Of a group those that are yet to be
 * opened are opened first, since they hold what its members have drawn. */
#include "credit/activation.h"
#include "credit/credit_internal.h"
#include "credit/group_move.h"
#include "credit/pack_rules.h"

enum { TESTS_MAX = CREDIT_RULES_MAX * CURRENCY_COUNT + 1, PRELUDE_MAX = 800, ID_SIZE = 40 };

struct foresight {
    const struct proposal *proposal;
    const struct application *application;
    struct activation standing; /* to look limits up in */
    struct credit_over over;
    struct group_plan plan; /* of the group's limits of the day */
    bool planned;
    struct credit_foresight *found;
    struct arena *arena;
    struct json_writer prelude;
    struct json_writer checks;
    struct json_writer breaks;
    struct buffer prelude_text;
    struct buffer checks_text;
    struct buffer breaks_text;
    enum credit_status status;
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

/* A limit that stands over the customer alone, brought to the day; empty: it is not open yet. */
static struct slice own_limit(struct foresight *foresight, const struct credit_rule *rule)
{
    const struct credit_limit *limit = activation_rule(&foresight->standing, rule);
    char id[ID_SIZE];

    for (size_t i = 0; foresight->planned && i < foresight->plan.own_count; i++) {
        const struct group_own *own = &foresight->plan.own[i];
        if (slice_equal(own->customer, foresight->application->customer) &&
            slice_equal(own->rule->id, rule->id)) {
            return own->id; /* the group's move brings it */
        }
    }
    if (limit == NULL) {
        return SLICE("");
    }
    if (limit->cap_minor != rule->cap_minor) {
        (void)snprintf(id, sizeof(id), "%.*s.Q%zu", (int)foresight->application->id.size,
                       foresight->application->id.data, ++foresight->found->prelude_count);
        json_object_begin(&foresight->prelude);
        text_member(&foresight->prelude, "op", SLICE("limit.adjust"));
        text_member(&foresight->prelude, "id", slice_from_cstr(id));
        text_member(&foresight->prelude, "limit", limit->id);
        amount_member(&foresight->prelude, "cap", rule->cap_minor, rule->currency);
        json_object_end(&foresight->prelude);
    }
    return limit->id;
}

/* A limit over the group, as it stands or as it would be opened; empty: neither. */
static struct slice group_limit(const struct foresight *foresight, const struct credit_rule *rule)
{
    const struct group_side *side = &foresight->plan.sides[0];

    for (size_t i = 0; i < side->rule_count; i++) {
        const struct group_rule *is = foresight->planned ? &side->rules[i].is : &side->rules[i].was;
        if (is->id.size > 0 && !is->closed && slice_equal(is->rule, rule->id)) {
            return is->id;
        }
    }
    return SLICE("");
}

static void test_add(struct foresight *foresight, const struct credit_test *test)
{
    struct credit_foresight *found = foresight->found;

    if (found->test_count == TESTS_MAX) {
        foresight->status = CREDIT_NO_RULES;
        return;
    }
    found->tests[found->test_count++] = *test;
}

/* What the proposal asks of one rule in one currency. Amounts in other currencies than the rule's
 * cannot be compared before there is a limit to ask: they are named as what does not fit. */
static void rule_ask(struct foresight *foresight, const struct credit_rule *rule,
                     struct slice limit, int64_t amount_minor, enum currency currency)
{
    const struct credit_test test = {.rule = rule->id,
                                     .limit = limit,
                                     .of_group = rule->of_group,
                                     .zh = rule->zh,
                                     .en = rule->en,
                                     .currency = rule->currency,
                                     .required_currency = currency,
                                     .cap_minor = rule->cap_minor,
                                     .required_minor = amount_minor};

    if (limit.size > 0) {
        check_write(&foresight->checks, limit, amount_minor, currency);
        test_add(foresight, &test);
    } else if (currency != rule->currency || amount_minor > rule->cap_minor) {
        break_write(&foresight->breaks, rule, amount_minor, currency);
        test_add(foresight, &test);
        foresight->found->break_count++;
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
static void lines_ask(struct foresight *foresight, const struct credit_rule *rule,
                      struct slice limit)
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
            rule_ask(foresight, rule, limit, sum, currency);
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

/* The limits of the group as its next move would have them. Where nothing can move now, as they
 * stand. */
static enum credit_status group_prepare(struct store *store, struct foresight *foresight,
                                        struct pack_shelf *shelf, time_us now)
{
    const struct people_actor actor = {.id = SLICE("system"), .address = SLICE(""), .now = now};
    const struct group_move move = {
        .request = {.kind = GROUP_MOVE_RULES, .group = foresight->over.group.id},
        .state = SLICE("proposed"),
        .ended = TIME_NONE};

    foresight->found->group = foresight->over.group.id;
    const enum credit_status status =
        group_plan_make(store, &foresight->plan, foresight->arena, &actor, shelf, &move);
    if (status == CREDIT_STORE || status == CREDIT_NO_MEMORY || status == CREDIT_NO_RULES) {
        return status;
    }
    foresight->planned = status == CREDIT_OK && foresight->plan.command_count <= PRELUDE_MAX;
    if (!foresight->planned || foresight->plan.command_count == 0) {
        return CREDIT_OK;
    }
    foresight->found->prelude_count = foresight->plan.command_count;
    const struct slice commands = foresight->plan.commands;
    buffer_append(&foresight->prelude_text, slice_of(commands.data + 1, commands.size - 2));
    foresight->prelude.comma = true;
    return CREDIT_OK;
}

static enum credit_status foresight_prepare(struct store *store, struct foresight *foresight)
{
    const struct application *application = foresight->application;
    struct arena *arena = foresight->arena;
    struct proposal *proposal = arena_take(arena, sizeof(*proposal));
    struct decision *decision = arena_take(arena, sizeof(*decision));
    struct credit_limit *limits;
    char where[PROPOSAL_WHERE_SIZE];
    struct json_error error;

    const struct json_value *value = json_parse(arena, &error, application->body);
    foresight->found->tests = arena_take_array(arena, TESTS_MAX, sizeof(struct credit_test));
    REQUIRE(proposal != NULL && decision != NULL && value != NULL &&
                foresight->found->tests != NULL,
            CREDIT_NO_MEMORY);
    TRY(proposal_read(proposal, where, arena, value));
    TRY(credit_limits_read(store, &limits, &foresight->standing.standing_count, arena,
                           application->customer));
    TRY(credit_over_read(store, &foresight->over, arena, application->legal_entity,
                         application->customer));
    *decision = (struct decision){.legal_entity = application->legal_entity};
    foresight->proposal = proposal;
    foresight->standing.decision = decision;
    foresight->standing.standing = limits;
    return CREDIT_OK;
}

/* The total of the group, where it has one. */
static void total_ask(struct foresight *foresight)
{
    const struct proposal *proposal = foresight->proposal;
    const struct obligor_group *group = &foresight->over.group;
    const struct credit_test test = {.limit = group->limit,
                                     .of_group = true,
                                     .zh = SLICE("集团授信总额"),
                                     .en = SLICE("total limit of the group"),
                                     .currency = group->currency,
                                     .required_currency = proposal->currency,
                                     .required_minor = proposal->amount_minor};

    if (foresight->over.grouped && group->limit.size > 0) {
        check_write(&foresight->checks, group->limit, proposal->amount_minor, proposal->currency);
        test_add(foresight, &test);
    }
}

/* Those with a limit first, in the order of their checks. */
static enum credit_status tests_order(struct credit_foresight *found, struct arena *arena)
{
    struct credit_test *ordered = arena_take_array(arena, TESTS_MAX, sizeof(*ordered));
    size_t count = 0;

    REQUIRE(ordered != NULL, CREDIT_NO_MEMORY);
    for (unsigned pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < found->test_count; i++) {
            if ((found->tests[i].limit.size == 0) == (pass == 1)) {
                ordered[count++] = found->tests[i];
            }
        }
    }
    found->tests = ordered;
    return CREDIT_OK;
}

static enum credit_status texts_take(struct foresight *foresight)
{
    struct credit_foresight *found = foresight->found;
    struct buffer all = {0};

    buffer_append_byte(&all, '[');
    buffer_append(&all, buffer_slice(&foresight->prelude_text));
    if (foresight->prelude_text.size > 0 && foresight->checks_text.size > 1) {
        buffer_append_byte(&all, ',');
    }
    const struct slice checks = buffer_slice(&foresight->checks_text);
    buffer_append(&all, slice_of(checks.data + 1, checks.size - 1));
    TRY(copy_out(&found->commands, foresight->arena, &all));
    TRY(copy_out(&found->checks, foresight->arena, &foresight->checks_text));
    return copy_out(&found->breaks, foresight->arena, &foresight->breaks_text);
}

static enum credit_status rules_ask(struct store *store, struct foresight *foresight,
                                    const struct credit_rule *rules, size_t rule_count,
                                    struct pack_shelf *shelf, time_us now)
{
    const bool grouped = foresight->over.grouped;

    if (grouped && shelf != NULL) {
        TRY(group_prepare(store, foresight, shelf, now));
    }
    for (size_t i = 0; i < rule_count; i++) {
        const struct credit_rule *rule = &rules[i];
        if (!(rule->of_group && grouped) &&
            !credit_rule_alone(rules, rule_count, i, foresight->over.type)) {
            continue;
        }
        const struct slice limit =
            rule->of_group && grouped ? group_limit(foresight, rule) : own_limit(foresight, rule);
        if (rule->product_count == 0) {
            rule_ask(foresight, rule, limit, foresight->proposal->amount_minor,
                     foresight->proposal->currency);
        } else {
            lines_ask(foresight, rule, limit);
        }
    }
    total_ask(foresight);
    return foresight->status;
}

enum credit_status credit_foresee(struct store *store, struct credit_foresight *ret_foresight,
                                  struct arena *arena, const struct application *application,
                                  const struct credit_rule *rules, size_t rule_count,
                                  struct pack_shelf *shelf, time_us now)
{
    struct foresight foresight = {
        .application = application, .found = ret_foresight, .arena = arena, .status = CREDIT_OK};

    *ret_foresight = (struct credit_foresight){.group = SLICE("")};
    TRY(foresight_prepare(store, &foresight));
    json_writer_init(&foresight.prelude, &foresight.prelude_text);
    json_writer_init(&foresight.checks, &foresight.checks_text);
    json_writer_init(&foresight.breaks, &foresight.breaks_text);
    buffer_append_byte(&foresight.checks_text, '[');
    buffer_append_byte(&foresight.breaks_text, '[');
    enum credit_status status = rules_ask(store, &foresight, rules, rule_count, shelf, now);
    if (status == CREDIT_OK) {
        status = texts_take(&foresight);
    }
    buffer_release(&foresight.prelude_text);
    buffer_release(&foresight.checks_text);
    buffer_release(&foresight.breaks_text);
    return status == CREDIT_OK ? tests_order(ret_foresight, arena) : status;
}
