/* /v1/group-moves: a group's total limit, customers that join and leave, groups merged and split,
 * with their limits; proposed by one person, agreed to by another. */
#include "api/api_foresee.h"
#include "api/api_groups.h"
#include "api/api_list.h"
#include "api/api_people.h"
#include "base/amount.h"
#include "credit/group_move.h"
#include "credit/sender.h"

struct group_moves_input {
    struct api_task *task;
    struct customer_reach reach;
    struct people_actor actor;
    struct move_asking asking;
    struct group_move move;
    bool planned; /* `plan` holds: it was not decided yet, and can be done */
    struct group_plan plan;
    struct api_foresight foresight;
    struct group_move *rows; /* of a list */
    size_t row_count;
    int64_t last, below;
    size_t count;
    struct slice group;                /* of a list */
    const struct json_value *accepted; /* ids of limits that may be over; NULL: none */
    struct slice texts[1];
    enum customer_status refused; /* of CREDIT_MOVE_CUSTOMER */
    enum credit_status status;
    struct jobs_item job; /* of the second half of an agreement */
};

static struct group_moves_input *input_new(struct http_request *request)
{
    struct group_moves_input *input = arena_take(request->arena, sizeof(*input));
    uint64_t number = 0;

    if (input == NULL) {
        api_problem_memory(request);
        return NULL;
    }
    input->below = INT64_MAX;
    /* Numbers that are none are nobody's. */
    if (request->param_count > 0 && slice_to_u64(request->params[0], INT64_MAX, &number)) {
        input->move.number = (int64_t)number;
    }
    return input;
}

static void status_reply(struct api_task *task, enum credit_status status,
                         enum customer_status refused)
{
    if (status == CREDIT_MOVE_CUSTOMER) {
        api_task_customer(task, refused, NULL);
    } else {
        api_task_credit(task, status, NULL);
    }
}

/* Who asks, and how far they reach. */
static bool begin(struct api_task *task)
{
    struct group_moves_input *input = task->input;

    input->task = task;
    input->actor = api_task_actor(task);
    input->asking = (struct move_asking){&input->actor, &input->reach,
                                         task->by_session ? task->session.person : SLICE("")};
    return api_task_reach(task, &input->reach);
}

static enum store_status outcome(struct group_moves_input *input, enum credit_status status)
{
    input->status = status;
    return status == CREDIT_OK ? STORE_OK : STORE_REFUSED;
}

static bool read_run(struct api_task *task, store_work work)
{
    struct group_moves_input *input = task->input;

    if (!begin(task)) {
        return false;
    }
    const enum store_status status = store_transact(task->api->store, STORE_READ, work, input);
    if (status != STORE_OK && status != STORE_REFUSED) {
        task->store_status = status;
        return false;
    }
    status_reply(task, input->status, input->refused);
    return input->status == CREDIT_OK;
}

static bool failed(const struct api_task *task)
{
    return task->slug != NULL || task->store_status != STORE_OK;
}

/* ---- proposing ---- */

static bool body_read(struct api_task *task)
{
    struct group_moves_input *input = task->input;
    struct http_request *request = task->request;
    struct json_error error;
    const struct json_value *body = json_parse(request->arena, &error, request->body);
    const struct json_value *reason = json_member(body, SLICE("reason"));
    struct group_move *move = &input->move;

    const enum credit_status status = group_move_request_read(&move->request, request->arena, body);
    if (status != CREDIT_OK) {
        api_task_credit(task, status, NULL);
        return false;
    }
    move->body = request->body;
    move->reason = reason == NULL ? SLICE("") : slice_trim(reason->text);
    if (move->reason.size == 0 || move->reason.size > CUSTOMER_REASON_MAX) {
        api_task_customer(task, CUSTOMER_BAD_REASON, NULL);
        return false;
    }
    return true;
}

static void number_reply(struct api_task *task, int64_t number, struct slice state, unsigned status)
{
    struct json_writer writer;

    json_writer_init(&writer, &task->body);
    json_object_begin(&writer);
    api_number_member(&writer, "number", (uint64_t)number);
    api_text_member(&writer, "state", state);
    json_object_end(&writer);
    task->status = status;
}

static void propose_run(struct api_task *task)
{
    struct group_moves_input *input = task->input;
    enum customer_status refused = CUSTOMER_OK;
    int64_t number;

    if (!body_read(task) || !begin(task)) {
        return;
    }
    const enum credit_status status = group_move_propose(
        task->api->store, &number, &refused, &task->arena, &input->asking, &input->move);
    status_reply(task, status, refused);
    if (status == CREDIT_OK) {
        number_reply(task, number, SLICE("proposed"), 201);
    }
}

void api_group_moves_post(struct http_request *request, void *context)
{
    struct group_moves_input *input = input_new(request);

    if (input != NULL && api_query_known(request)) {
        api_task_start(context, request, propose_run, input);
    }
}

/* ---- one ---- */

static void request_write(struct json_writer *writer, const struct group_move_request *request)
{
    api_text_member(writer, "kind", group_move_kind_name(request->kind));
    api_text_member(writer, "group", request->group);
    if (request->target.size > 0) {
        api_text_member(writer, "target", request->target);
    }
    if (request->customer_count > 0) {
        json_name(writer, SLICE("customers"));
        json_array_begin(writer);
        for (size_t i = 0; i < request->customer_count; i++) {
            json_string(writer, request->customers[i]);
        }
        json_array_end(writer);
    }
    if (request->has_cap) {
        json_name(writer, SLICE("cap"));
        json_value_begin(writer);
        buffer_append_byte(writer->buffer, '"');
        amount_write(writer->buffer, request->cap_minor, request->currency);
        buffer_append_byte(writer->buffer, '"');
        api_text_member(writer, "currency", currency_code(request->currency));
    }
    if (request->kind == GROUP_MOVE_MERGE || request->kind == GROUP_MOVE_SPLIT) {
        json_name(writer, SLICE("cap_moves"));
        json_bool(writer, request->cap_moves);
    }
    if (request->kind == GROUP_MOVE_SPLIT) {
        api_text_member(writer, "name", request->name);
        api_text_member(writer, "organisation", request->organisation);
        api_text_member(writer, "lead", request->lead);
    }
}

static void move_members(struct json_writer *writer, const struct group_move *move)
{
    api_number_member(writer, "number", (uint64_t)move->number);
    request_write(writer, &move->request);
    api_text_member(writer, "reason", move->reason);
    api_text_member(writer, "state", move->state);
    api_time_member(writer, "proposed", move->proposed);
    api_text_member(writer, "proposed_by", move->proposed_by);
    if (move->agreed_by.size > 0) {
        api_text_member(writer, "agreed_by", move->agreed_by);
    }
    if (move->made.size > 0) {
        api_text_member(writer, "made", move->made);
    }
    if (move->ended != TIME_NONE) {
        api_time_member(writer, "ended", move->ended);
    }
}

/* What the ledger said, where it refused. */
static enum credit_status answer_read(struct store *store, struct group_moves_input *input)
{
    char case_ref[32];
    struct outbox_chain chain;
    bool found;

    (void)snprintf(case_ref, sizeof(case_ref), "GM-%lld", (long long)input->move.number);
    if (outbox_read(store, &chain, &found, &input->task->arena, slice_from_cstr(case_ref),
                    group_move_kind_name(input->move.request.kind)) != STORE_OK) {
        return CREDIT_STORE;
    }
    input->texts[0] = found && chain.state == OUTBOX_REFUSED ? chain.answer : SLICE("");
    return CREDIT_OK;
}

static enum store_status get_work(struct store *store, void *context)
{
    struct group_moves_input *input = context;
    struct arena *arena = &input->task->arena;

    input->planned = false;
    enum credit_status status =
        group_move_read(store, &input->move, arena, &input->reach, input->move.number);
    /* What cannot be planned any more is shown without a plan. */
    if (status == CREDIT_OK && slice_equal(input->move.state, SLICE("proposed"))) {
        const enum credit_status planned =
            group_plan_make(store, &input->plan, arena, &input->actor, &input->move);
        input->planned = planned == CREDIT_OK;
        status = planned == CREDIT_STORE || planned == CREDIT_NO_MEMORY ? planned : CREDIT_OK;
    } else if (status == CREDIT_OK && slice_equal(input->move.state, SLICE("refused"))) {
        status = answer_read(store, input);
    }
    return outcome(input, status);
}

static void get_run(struct api_task *task)
{
    (void)!read_run(task, get_work);
}

static bool foresee(struct group_moves_input *input)
{
    input->foresight = (struct api_foresight){.chain = input->plan.commands,
                                              .chain_count = input->plan.command_count,
                                              .limits = input->plan.limits,
                                              .limit_count = input->plan.limit_count};
    return api_foresee(input->task, &input->foresight);
}

static void get_finished(struct api_task *task)
{
    struct group_moves_input *input = task->input;
    const struct ledger *ledger = engine_ledger(task->api->engine);
    struct json_writer writer;

    if (failed(task) || (input->planned && !foresee(input))) {
        return;
    }
    json_writer_init(&writer, &task->body);
    json_object_begin(&writer);
    move_members(&writer, &input->move);
    if (input->planned) {
        json_name(&writer, SLICE("preview"));
        json_object_begin(&writer);
        api_foresight_write(&writer, ledger, &input->foresight);
        json_object_end(&writer);
    }
    if (input->texts[0].size > 0) {
        json_name(&writer, SLICE("answer"));
        json_value_begin(&writer);
        buffer_append(&task->body, input->texts[0]);
    }
    json_object_end(&writer);
    api_moment_headers(task->request, ledger);
}

void api_group_move_get(struct http_request *request, void *context)
{
    struct group_moves_input *input = input_new(request);

    if (input != NULL && api_query_known(request)) {
        api_task_start_finished(context, request, get_run, input, get_finished);
    }
}

/* ---- the list ---- */

static enum store_status list_work(struct store *store, void *context)
{
    struct group_moves_input *input = context;

    return outcome(input, group_move_page(store, &input->rows, &input->row_count, &input->last,
                                          &input->task->arena, &input->reach, input->group,
                                          input->below, input->count));
}

static void list_run(struct api_task *task)
{
    struct group_moves_input *input = task->input;
    struct json_writer writer;

    if (!read_run(task, list_work)) {
        return;
    }
    api_items_begin(&writer, &task->body);
    for (size_t i = 0; i < input->row_count; i++) {
        json_object_begin(&writer);
        move_members(&writer, &input->rows[i]);
        json_object_end(&writer);
    }
    api_items_end_numbered(&writer, task->request, input->last > 0, input->last);
}

void api_group_moves_list(struct http_request *request, void *context)
{
    struct group_moves_input *input = input_new(request);
    struct api_cursor cursor;

    if (input == NULL || !api_list_read(request, &cursor, "i")) {
        return;
    }
    input->count = cursor.count;
    input->below = cursor.given ? cursor.values[0].number : INT64_MAX;
    input->group = http_request_query(request, SLICE("group"));
    api_task_start(context, request, list_run, input);
}

/* ---- agreeing: the store, the ledger's what-if, the store ---- */

static struct group_moves_input *of_job(struct jobs_item *job)
{
    return (struct group_moves_input *)(void *)((char *)job -
                                                offsetof(struct group_moves_input, job));
}

static void agree(struct group_moves_input *input)
{
    struct api_task *task = input->task;

    const enum credit_status status = group_move_agree(
        task->api->store, &input->refused, &task->arena, &input->asking, input->move.number);
    status_reply(task, status, input->refused);
    if (status == CREDIT_OK) {
        number_reply(task, input->move.number, SLICE("agreed"), 200);
    }
}

static void agree_run(struct jobs_item *job)
{
    agree(of_job(job));
}

static void agree_done(struct jobs_item *job)
{
    struct api_task *task = of_job(job)->task;

    api_steps_changed(task->api);
    if (task->api->sender != NULL) {
        sender_poke(task->api->sender);
    }
    api_task_answer(task);
}

/* {"accepted_over": [...]}, or {} */
static bool accepted_read(struct api_task *task)
{
    struct group_moves_input *input = task->input;
    struct json_error error;
    const struct json_value *body = json_parse(task->request->arena, &error, task->request->body);
    const bool is_object = body != NULL && body->type == JSON_OBJECT;

    input->accepted = is_object ? json_member(body, SLICE("accepted_over")) : NULL;
    if (!is_object || body->count != (input->accepted == NULL ? 0U : 1U) ||
        (input->accepted != NULL && input->accepted->type != JSON_ARRAY)) {
        api_task_credit(task, CREDIT_BAD_GROUP_MOVE, NULL);
        return false;
    }
    return true;
}

static void agree_read(struct api_task *task)
{
    struct group_moves_input *input = task->input;

    if (!accepted_read(task) || !read_run(task, get_work) || input->planned) {
        return;
    }
    /* Says why: it was decided, or cannot be done any more. */
    if (slice_equal(input->move.state, SLICE("proposed"))) {
        agree(input);
    } else {
        api_task_credit(task, CREDIT_MOVE_ENDED, NULL);
    }
}

static void agree_finished(struct api_task *task)
{
    struct group_moves_input *input = task->input;

    if (failed(task) || !input->planned || !foresee(input) ||
        !api_foresee_room(task, &input->foresight, input->accepted)) {
        return;
    }
    input->job = (struct jobs_item){.run = agree_run, .done = agree_done};
    if (jobs_submit(task->api->jobs, &input->job) == OS_OK) {
        task->deferred = true;
    } else {
        api_task_refuse(task, 503, "too-busy", "too much is waiting; try again",
                        "排队过多，请重试");
    }
}

void api_group_move_agree(struct http_request *request, void *context)
{
    struct group_moves_input *input = input_new(request);

    if (input != NULL && api_query_known(request)) {
        api_task_start_finished(context, request, agree_read, input, agree_finished);
    }
}

/* ---- rejecting ---- */

static void reject_run(struct api_task *task)
{
    static const char *const names[] = {"reason", NULL};
    struct group_moves_input *input = task->input;

    if (!api_task_texts(task, names, 1, input->texts) || !begin(task)) {
        return;
    }
    if (input->texts[0].size == 0 || input->texts[0].size > CUSTOMER_REASON_MAX) {
        api_task_customer(task, CUSTOMER_BAD_REASON, NULL);
        return;
    }
    const enum credit_status status =
        group_move_reject(task->api->store, &input->refused, &task->arena, &input->asking,
                          input->move.number, input->texts[0]);
    status_reply(task, status, input->refused);
    if (status == CREDIT_OK) {
        number_reply(task, input->move.number, SLICE("rejected"), 200);
    }
}

void api_group_move_reject(struct http_request *request, void *context)
{
    struct group_moves_input *input = input_new(request);

    if (input != NULL && api_query_known(request)) {
        api_task_start(context, request, reject_run, input);
    }
}
