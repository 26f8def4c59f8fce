/* POST /v1/applications/{id}/check: would the lines, opened and drawn in full, fit? The job thread
 * reads the proposal, the pack in force and the limits that stand; the ledger is asked by `check`
 * in the batch of the turn. Nothing is changed. */
#include "api/api_credit.h"
#include "credit/pack_rules.h"
#include "ledger/command_json.h"

struct check_input {
    struct engine_batch batch; /* first, so that the engine's pointer is ours */
    struct api_task *task;
    struct application application;
    struct slice pack, pack_id, pack_version; /* its hash, its names */
    struct slice checks, breaks;              /* JSON */
    char unknown[PROPOSAL_WHERE_SIZE];
    const struct json_value *asked; /* `checks`, read */
    enum credit_status status;
};

/* ---- from the store ---- */

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
    input->unknown[0] = '\0';
    (void)pack_products_known(ground.pack, &ground.proposal, input->unknown);
    return credit_foresee(store, &input->checks, &input->breaks, arena, &input->application, rules,
                          count);
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
    ledger_result_write_json(writer, ledger, &input->batch.commands[index],
                             &input->batch.results[index]);
    json_object_end(writer);
}

static bool all_fit(const struct check_input *input)
{
    bool fits = input->unknown[0] == '\0' && slice_equal(input->breaks, SLICE("[]"));

    for (size_t i = 0; i < input->batch.count; i++) {
        fits = fits && input->batch.results[i].status == LEDGER_OK;
    }
    return fits;
}

static void answer_write(struct check_input *input)
{
    struct api_task *task = input->task;
    struct json_writer writer;
    size_t index = 0;

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
    json_name(&writer, SLICE("breaks"));
    json_raw(&writer, input->breaks);
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

static void batch_done(struct engine_batch *batch)
{
    struct check_input *input = (struct check_input *)(void *)batch;
    struct api_task *task = input->task;

    if (batch->status == ENGINE_OK) {
        answer_write(input);
    } else {
        api_task_refuse(task, (unsigned)engine_status_http(batch->status), "too-busy",
                        engine_status_english(batch->status).data,
                        engine_status_chinese(batch->status).data);
    }
    api_task_answer(task);
}

static bool commands_read(struct check_input *input)
{
    struct arena *arena = &input->task->arena;
    const enum currency base = ledger_base(engine_ledger(input->task->api->engine));
    struct json_error error;
    size_t count = 0;

    input->asked = json_parse(arena, &error, input->checks);
    if (input->asked == NULL) {
        return false;
    }
    struct ledger_command *commands =
        arena_take_array(arena, input->asked->count + 1U, sizeof(*commands));
    input->batch.results =
        arena_take_array(arena, input->asked->count + 1U, sizeof(*input->batch.results));
    for (const struct json_value *asked = input->asked->first; commands != NULL && asked != NULL;
         asked = asked->next) {
        if (!ledger_command_read_json(arena, &commands[count++], asked, base, false)) {
            return false;
        }
    }
    input->batch.commands = commands;
    input->batch.count = count;
    return commands != NULL && input->batch.results != NULL;
}

static void check_finished(struct api_task *task)
{
    struct check_input *input = task->input;

    if (task->slug != NULL || task->store_status != STORE_OK) {
        return;
    }
    if (!commands_read(input)) {
        api_task_credit(task, CREDIT_NO_MEMORY, NULL);
    } else if (input->batch.count == 0) {
        answer_write(input);
    } else {
        task->deferred = true;
        input->batch.done = batch_done;
        engine_submit(task->api->engine, &input->batch);
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
