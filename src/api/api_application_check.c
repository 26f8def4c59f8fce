/* POST /v1/applications/{id}/check: would the lines, opened and drawn in full, fit? The job thread
 * reads the proposal, the pack in force and the limits that stand; the ledger is asked, between two
 * batches, by `check` behind what brings the limits of the pack to the day. Nothing is changed. */
#include "api/api_credit.h"
#include "base/amount.h"
#include "credit/outbox.h"
#include "credit/pack_rules.h"
#include "ledger/command_json.h"

struct check_input {
    struct api_task *task;
    struct application application;
    struct slice pack, pack_id, pack_version; /* its hash, its names */
    struct credit_foresight found;
    char unknown[PROPOSAL_WHERE_SIZE];
    const struct json_value *asked; /* `checks`, read */
    struct ledger_command *commands;
    struct ledger_result *results;
    size_t count, first; /* of the commands; the first check among them */
    bool settles;        /* the limits of the pack can be brought to the day */
    enum credit_status status;
};

/* ---- from the store ---- */

/* The pack may be gone from the shelf when the answer is written. */
static enum credit_status names_keep(struct credit_rule *rules, size_t count, struct arena *arena)
{
    for (size_t i = 0; i < count; i++) {
        rules[i].id = arena_copy(arena, rules[i].id);
        rules[i].zh = arena_copy(arena, rules[i].zh);
        rules[i].en = arena_copy(arena, rules[i].en);
        REQUIRE(rules[i].id.data != NULL && rules[i].zh.data != NULL && rules[i].en.data != NULL,
                CREDIT_NO_MEMORY);
    }
    return CREDIT_OK;
}

static enum credit_status judge(struct store *store, struct check_input *input)
{
    struct api_task *task = input->task;
    struct arena *arena = &task->arena;
    struct credit_ground ground;
    struct credit_rule *rules;
    size_t count;

    TRY(application_read(store, &input->application, arena, task->request->params[0]));
    REQUIRE(api_task_sees(task, input->application.path), CREDIT_NOT_FOUND);
    TRY(credit_ground_read(store, &ground, arena, &task->api->packs, &input->application));
    input->pack = ground.hash;
    input->pack_id = arena_copy(arena, ground.pack->id);
    input->pack_version = arena_copy(arena, ground.pack->version);
    REQUIRE(input->pack_id.data != NULL && input->pack_version.data != NULL, CREDIT_NO_MEMORY);
    TRY(pack_rules(&rules, &count, arena, ground.pack, ground.customer_type,
                   customer_today(task->now)));
    TRY(names_keep(rules, count, arena));
    input->unknown[0] = '\0';
    (void)pack_products_known(ground.pack, &ground.proposal, input->unknown);
    return credit_foresee(store, &input->found, arena, &input->application, rules, count,
                          &task->api->packs, task->now);
}

static enum store_status check_work(struct store *store, void *context)
{
    struct check_input *input = context;

    input->status = judge(store, input);
    return input->status == CREDIT_OK ? STORE_OK : STORE_REFUSED;
}

static void check_run(struct api_task *task)
{
    struct check_input *input = task->input;

    input->task = task;
    const enum store_status status =
        store_transact(task->api->store, STORE_READ, check_work, input);
    if (status != STORE_OK && status != STORE_REFUSED) {
        task->store_status = status;
        return;
    }
    api_task_credit(task, input->status, NULL);
}

/* ---- what would be broken, by what figure ---- */

/* How much is too much for a limit. */
struct lack {
    const struct credit_test *test;
    bool measured; /* in one currency */
    enum ledger_status reason;
    int128 available_minor, required_minor;
};

static void figure_member(struct json_writer *writer, const char *name, int128 amount_minor,
                          enum currency currency)
{
    json_name(writer, slice_from_cstr(name));
    json_value_begin(writer);
    buffer_append_byte(writer->buffer, '"');
    amount_write(writer->buffer, amount_minor, currency);
    buffer_append_byte(writer->buffer, '"');
}

static void lack_text_write(struct buffer *text, const struct check_input *input,
                            const struct lack *lack, bool chinese)
{
    const struct credit_test *test = lack->test;
    const struct slice name = chinese ? test->zh : test->en;
    const struct slice code = currency_code(test->currency);
    const struct slice group = test->of_group ? input->found.group : SLICE("");

    if (group.size > 0) {
        buffer_printf(text, chinese ? "集团%.*s，" : "group %.*s, ", (int)group.size, group.data);
    }
    buffer_append(text, name);
    if (test->rule.size > 0) {
        buffer_printf(text, chinese ? "（%.*s）" : " (%.*s)", (int)test->rule.size,
                      test->rule.data);
    }
    if (!lack->measured) {
        buffer_append(text, chinese ? SLICE("：") : SLICE(": "));
        buffer_append(text, chinese ? ledger_status_chinese(lack->reason)
                                    : ledger_status_english(lack->reason));
        return;
    }
    buffer_append(text, chinese ? SLICE("：可用") : SLICE(": room "));
    amount_write(text, lack->available_minor, test->currency);
    buffer_append(text, chinese ? SLICE("，需要") : SLICE(", needed "));
    amount_write(text, lack->required_minor, test->currency);
    buffer_append(text, chinese ? SLICE("，超出") : SLICE(", too much by "));
    amount_write(text, lack->required_minor - lack->available_minor, test->currency);
    buffer_printf(text, " %.*s", (int)code.size, code.data);
}

static void text_member(struct json_writer *writer, const struct check_input *input,
                        const struct lack *lack, const char *name, bool chinese)
{
    struct buffer text = {0};

    lack_text_write(&text, input, lack, chinese);
    api_text_member(writer, name, buffer_slice(&text));
    writer->buffer->failed = writer->buffer->failed || buffer_failed(&text);
    buffer_release(&text);
}

static void lack_write(struct json_writer *writer, const struct check_input *input,
                       const struct lack *lack)
{
    const struct credit_test *test = lack->test;

    json_object_begin(writer);
    api_text_member(writer, "scope", test->of_group ? SLICE("group") : SLICE("customer"));
    if (test->rule.size > 0) {
        api_text_member(writer, "rule", test->rule);
    }
    if (test->of_group && input->found.group.size > 0) {
        api_text_member(writer, "group", input->found.group);
    }
    api_text_member(writer, "reason", ledger_status_code(lack->reason));
    if (lack->measured) {
        api_text_member(writer, "currency", currency_code(test->currency));
        figure_member(writer, "available", lack->available_minor, test->currency);
        figure_member(writer, "required", lack->required_minor, test->currency);
        figure_member(writer, "excess", lack->required_minor - lack->available_minor,
                      test->currency);
    }
    text_member(writer, input, lack, "zh", true);
    text_member(writer, input, lack, "en", false);
    json_object_end(writer);
}

/* What the ledger said of a limit: of its path, what stands above it is asked for itself. */
static bool lack_read(const struct credit_test *test, const struct ledger_result *result,
                      struct lack *ret_lack)
{
    *ret_lack = (struct lack){.test = test, .reason = result->status};
    for (size_t i = 0; result->status == LEDGER_REFUSED && i < result->refusals_count; i++) {
        const struct ledger_refusal *refusal = &result->refusals[i];
        if (slice_equal(ledger_id_slice(&refusal->limit), test->limit)) {
            ret_lack->reason = refusal->reason;
            ret_lack->measured = refusal->reason == LEDGER_LIMIT_EXCEEDED;
            ret_lack->available_minor = refusal->available_minor;
            ret_lack->required_minor = refusal->required_minor;
            return true;
        }
    }
    return result->status != LEDGER_OK && result->status != LEDGER_REFUSED;
}

static void broken_write(struct json_writer *writer, const struct check_input *input)
{
    const struct credit_foresight *found = &input->found;
    const size_t asked = found->test_count - found->break_count;
    struct lack lack;

    json_name(writer, SLICE("broken"));
    json_array_begin(writer);
    for (size_t i = 0; i < asked; i++) {
        if (lack_read(&found->tests[i], &input->results[input->first + i], &lack)) {
            lack_write(writer, input, &lack);
        }
    }
    for (size_t i = asked; i < found->test_count; i++) {
        const struct credit_test *test = &found->tests[i];
        const bool same = test->currency == test->required_currency;
        lack = (struct lack){.test = test,
                             .measured = same,
                             .reason = same ? LEDGER_LIMIT_EXCEEDED : LEDGER_BAD_CURRENCY,
                             .available_minor = test->cap_minor,
                             .required_minor = test->required_minor};
        lack_write(writer, input, &lack);
    }
    json_array_end(writer);
}

/* ---- the answer ---- */

static void asked_write(struct json_writer *writer, const struct check_input *input, size_t index,
                        const struct json_value *asked)
{
    const struct ledger *ledger = engine_ledger(input->task->api->engine);

    json_object_begin(writer);
    api_text_member(writer, "limit", json_member(asked, SLICE("limit"))->text);
    api_text_member(writer, "amount", json_member(asked, SLICE("amount"))->text);
    api_text_member(writer, "currency", json_member(asked, SLICE("currency"))->text);
    json_name(writer, SLICE("answer"));
    ledger_result_write_json(writer, ledger, &input->commands[index], &input->results[index]);
    json_object_end(writer);
}

static bool all_fit(const struct check_input *input)
{
    bool fits = input->unknown[0] == '\0' && input->settles && input->found.break_count == 0;

    for (size_t i = input->first; i < input->count; i++) {
        fits = fits && input->results[i].status == LEDGER_OK;
    }
    return fits;
}

static void answer_write(struct check_input *input)
{
    struct api_task *task = input->task;
    struct json_writer writer;
    size_t index = input->first;

    json_writer_init(&writer, &task->body);
    json_object_begin(&writer);
    json_name(&writer, SLICE("fits"));
    json_bool(&writer, all_fit(input));
    json_name(&writer, SLICE("pack"));
    json_object_begin(&writer);
    api_text_member(&writer, "id", input->pack_id);
    api_text_member(&writer, "version", input->pack_version);
    api_text_member(&writer, "hash", input->pack);
    json_object_end(&writer);
    if (input->unknown[0] != '\0') {
        api_text_member(&writer, "unknown", slice_from_cstr(input->unknown));
    }
    if (!input->settles) {
        json_name(&writer, SLICE("settles"));
        json_bool(&writer, false);
    }
    broken_write(&writer, input);
    json_name(&writer, SLICE("breaks"));
    json_raw(&writer, input->found.breaks);
    json_name(&writer, SLICE("checks"));
    json_array_begin(&writer);
    for (const struct json_value *asked = input->asked == NULL ? NULL : input->asked->first;
         asked != NULL; asked = asked->next) {
        asked_write(&writer, input, index++, asked);
    }
    json_array_end(&writer);
    json_object_end(&writer);
    api_moment_headers(task->request, engine_ledger(task->api->engine));
}

/* ---- from the ledger ---- */

static void look(void *context, const struct ledger *ledger)
{
    (void)context;
    (void)ledger;
}

static bool commands_read(struct check_input *input)
{
    struct arena *arena = &input->task->arena;
    const enum currency base = ledger_base(engine_ledger(input->task->api->engine));
    struct json_error error;

    input->asked = json_parse(arena, &error, input->found.checks);
    if (input->asked == NULL) {
        return false;
    }
    const size_t room = input->found.prelude_count + input->asked->count + 1U;
    input->results = arena_take_array(arena, room, sizeof(*input->results));
    const bool empty = slice_equal(input->found.commands, SLICE("[]"));
    return input->results != NULL && (empty || outbox_commands(&input->commands, &input->count,
                                                               arena, input->found.commands, base));
}

/* Asks those of the commands that are not `done`, as one chain. Out: ret_culprit  the one by which
 * it fails; count: it holds */
static enum engine_status chain_ask(struct check_input *input, const bool *done,
                                    size_t *ret_culprit)
{
    const struct ledger_look looking = {look, NULL};
    struct arena *arena = &input->task->arena;
    struct ledger_command *commands = arena_take_array(arena, input->count + 1, sizeof(*commands));
    struct ledger_result *results = arena_take_array(arena, input->count + 1, sizeof(*results));
    size_t count = 0;
    bool holds = true;

    *ret_culprit = input->count;
    if (commands == NULL || results == NULL) {
        return ENGINE_NO_MEMORY;
    }
    for (size_t i = 0; i < input->count; i++) {
        if (!done[i]) {
            commands[count] = input->commands[i];
            commands[count++].linked = true;
        }
    }
    if (count == 0) {
        return ENGINE_OK;
    }
    commands[count - 1].linked = false;
    const enum engine_status status =
        engine_foresee(input->task->api->engine, &holds, results, commands, count, &looking);
    for (size_t i = 0, at = 0; status == ENGINE_OK && i < input->count; i++) {
        if (done[i]) {
            continue;
        }
        input->results[i] = results[at++];
        const enum ledger_status said = input->results[i].status;
        if (!holds && said != LEDGER_OK && said != LEDGER_EXISTS &&
            !(i >= input->first && said == LEDGER_REFUSED)) {
            *ret_culprit = i;
            break;
        }
    }
    return status;
}

/* What the ledger would say once the limits of the pack are those of the day; where they cannot be,
 * of what stands. A check whose form or rate is wrong fails the chain: the others are asked without
 * it. */
static enum engine_status ask(struct check_input *input)
{
    bool *done = arena_take_array(&input->task->arena, input->count + 1, sizeof(*done));
    enum engine_status status = done == NULL ? ENGINE_NO_MEMORY : ENGINE_OK;
    size_t culprit = 0;

    input->settles = true;
    input->first = input->found.prelude_count;
    for (size_t i = 0; done != NULL && i < input->count; i++) {
        done[i] = false;
    }
    while (status == ENGINE_OK && culprit < input->count) {
        status = chain_ask(input, done, &culprit);
        for (size_t i = 0; culprit < input->first && i < input->first; i++) {
            input->settles = false;
            done[i] = true;
        }
        if (culprit < input->count) {
            done[culprit] = true;
        }
    }
    return status;
}

static void check_finished(struct api_task *task)
{
    struct check_input *input = task->input;

    if (task->slug != NULL || task->store_status != STORE_OK) {
        return;
    }
    if (!commands_read(input)) {
        api_task_credit(task, CREDIT_NO_MEMORY, NULL);
        return;
    }
    const enum engine_status status = ask(input);
    if (status == ENGINE_OK) {
        answer_write(input);
    } else {
        api_task_refuse(task, (unsigned)engine_status_http(status), "too-busy",
                        engine_status_english(status).data, engine_status_chinese(status).data);
    }
}

void api_application_check(struct http_request *request, void *context)
{
    struct check_input *input = arena_take(request->arena, sizeof(*input));

    if (input == NULL) {
        api_problem_memory(request);
        return;
    }
    *input = (struct check_input){0};
    if (api_query_known(request)) {
        api_task_start_finished(context, request, check_run, input, check_finished);
    }
}
