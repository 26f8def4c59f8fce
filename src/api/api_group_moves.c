/* /v1/group-moves: a group's total limit, customers that join and leave, groups merged and split,
 * with their limits; proposed by one person, agreed to by another. */
#include "api/api_groups.h"
#include "api/api_list.h"
#include "api/api_people.h"
#include "api/api_proposal.h"
#include "base/amount.h"
#include "credit/group_move.h"

struct group_moves_input {
    struct api_proposal proposal;
    struct group_move move;
    struct group_plan plan;  /* where proposal.planned */
    struct slice answer;     /* of the ledger, where it refused */
    struct group_move *rows; /* of a list */
    size_t row_count;
    struct slice group; /* of a list */
};

static struct group_moves_input *input_new(struct http_request *request);

/* ---- proposing ---- */

/* In: reasoned  a reason is needed */
static bool body_read(struct api_task *task, bool reasoned)
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
    if (reasoned && (move->reason.size == 0 || move->reason.size > CUSTOMER_REASON_MAX)) {
        api_task_customer(task, CUSTOMER_BAD_REASON, NULL);
        return false;
    }
    return true;
}

static void propose_run(struct api_task *task)
{
    struct group_moves_input *input = task->input;
    enum customer_status refused = CUSTOMER_OK;
    int64_t number;

    if (!body_read(task, true) || !api_proposal_begin(task)) {
        return;
    }
    const enum credit_status status = group_move_propose(
        task->api->store, &number, &refused, &task->arena, &input->proposal.asking, &input->move);
    api_task_move(task, status, refused);
    if (status == CREDIT_OK) {
        api_proposal_reply(task, number, "proposed", 201);
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

    (void)snprintf(case_ref, sizeof(case_ref), "GM-%lld", (long long)input->proposal.number);
    if (outbox_read(store, &chain, &found, &input->proposal.task->arena, slice_from_cstr(case_ref),
                    group_move_kind_name(input->move.request.kind)) != STORE_OK) {
        return CREDIT_STORE;
    }
    input->answer = found && chain.state == OUTBOX_REFUSED ? chain.answer : SLICE("");
    return CREDIT_OK;
}

/* What it would do to limits, or why the ledger refused: for those who reach all that it changes.
 * What cannot be planned any more is shown without a plan. */
static enum credit_status limits_read(struct store *store, struct group_moves_input *input)
{
    struct api_proposal *proposal = &input->proposal;
    struct arena *arena = &proposal->task->arena;
    enum customer_status ignored;

    enum credit_status status =
        group_move_reached(store, &ignored, arena, &proposal->reach, &input->move.request);
    if (status == CREDIT_OK && proposal->is_open) {
        status = group_plan_make(store, &input->plan, arena, &proposal->actor,
                                 &proposal->task->api->packs, &input->move);
        proposal->planned = status == CREDIT_OK;
    } else if (status == CREDIT_OK && slice_equal(input->move.state, SLICE("refused"))) {
        return answer_read(store, input);
    }
    return status == CREDIT_STORE || status == CREDIT_NO_MEMORY ? status : CREDIT_OK;
}

static enum store_status get_work(struct store *store, void *context)
{
    struct group_moves_input *input = context;
    struct arena *arena = &input->proposal.task->arena;

    input->proposal.planned = false;
    enum credit_status status =
        group_move_read(store, &input->move, arena, &input->proposal.reach, input->proposal.number);
    input->proposal.is_open =
        status == CREDIT_OK && slice_equal(input->move.state, SLICE("proposed"));
    if (status == CREDIT_OK) {
        status = limits_read(store, input);
    }
    return api_proposal_outcome(&input->proposal, status);
}

static void get_run(struct api_task *task)
{
    (void)!api_proposal_read(task, get_work);
}

static bool foresee(struct api_task *task)
{
    struct group_moves_input *input = task->input;

    input->proposal.foresight = (struct api_foresight){.chain = input->plan.commands,
                                                       .chain_count = input->plan.command_count,
                                                       .limits = input->plan.limits,
                                                       .limit_count = input->plan.limit_count};
    return api_foresee(task, &input->proposal.foresight);
}

static void preview_write(struct json_writer *writer, const struct group_moves_input *input)
{
    const struct group_plan *plan = &input->plan;

    json_name(writer, SLICE("preview"));
    json_object_begin(writer);
    api_text_member(writer, "hash", plan->hash);
    json_name(writer, SLICE("customers"));
    json_array_begin(writer);
    for (size_t i = 0; i < plan->turn_count; i++) {
        json_string(writer, plan->turns[i].customer);
    }
    json_array_end(writer);
    api_foresight_write(writer, engine_ledger(input->proposal.task->api->engine),
                        &input->proposal.foresight);
    json_object_end(writer);
}

static void get_finished(struct api_task *task)
{
    struct group_moves_input *input = task->input;
    const struct ledger *ledger = engine_ledger(task->api->engine);
    struct json_writer writer;

    if (api_task_failed(task) || (input->proposal.planned && !foresee(task))) {
        return;
    }
    json_writer_init(&writer, &task->body);
    json_object_begin(&writer);
    move_members(&writer, &input->move);
    if (input->proposal.planned) {
        preview_write(&writer, input);
    }
    if (input->answer.size > 0) {
        json_name(&writer, SLICE("answer"));
        json_value_begin(&writer);
        buffer_append(&task->body, input->answer);
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

/* ---- what one would do that is not proposed ---- */

static enum store_status preview_work(struct store *store, void *context)
{
    struct group_moves_input *input = context;
    struct api_proposal *proposal = &input->proposal;

    return api_proposal_outcome(
        proposal, group_move_foresee(store, &input->plan, &proposal->refused,
                                     &proposal->task->arena, &proposal->asking, &input->move));
}

static void preview_run(struct api_task *task)
{
    if (body_read(task, false)) {
        (void)!api_proposal_read(task, preview_work);
    }
}

static void preview_finished(struct api_task *task)
{
    const struct group_moves_input *input = task->input;
    struct json_writer writer;

    if (api_task_failed(task) || !foresee(task)) {
        return;
    }
    json_writer_init(&writer, &task->body);
    json_object_begin(&writer);
    request_write(&writer, &input->move.request);
    preview_write(&writer, input);
    json_object_end(&writer);
    api_moment_headers(task->request, engine_ledger(task->api->engine));
}

void api_group_moves_preview(struct http_request *request, void *context)
{
    struct group_moves_input *input = input_new(request);

    if (input != NULL && api_query_known(request)) {
        api_task_start_finished(context, request, preview_run, input, preview_finished);
    }
}

/* ---- the list ---- */

static enum store_status list_work(struct store *store, void *context)
{
    struct group_moves_input *input = context;

    return api_proposal_outcome(&input->proposal,
                                group_move_page(store, &input->rows, &input->row_count,
                                                &input->proposal.last, &input->proposal.task->arena,
                                                &input->proposal.reach, input->group,
                                                input->proposal.below, input->proposal.count));
}

static void list_run(struct api_task *task)
{
    struct group_moves_input *input = task->input;
    struct json_writer writer;

    if (!api_proposal_read(task, list_work)) {
        return;
    }
    api_items_begin(&writer, &task->body);
    for (size_t i = 0; i < input->row_count; i++) {
        json_object_begin(&writer);
        move_members(&writer, &input->rows[i]);
        json_object_end(&writer);
    }
    api_items_end_numbered(&writer, task->request, input->proposal.last > 0, input->proposal.last);
}

void api_group_moves_list(struct http_request *request, void *context)
{
    struct group_moves_input *input = input_new(request);

    if (input == NULL ||
        !api_list_read_numbered(request, &input->proposal.count, &input->proposal.below)) {
        return;
    }
    input->group = http_request_query(request, SLICE("group"));
    api_task_start(context, request, list_run, input);
}

/* ---- agreeing and rejecting ---- */

static enum credit_status agree(struct api_proposal *proposal)
{
    return group_move_agree(proposal->task->api->store, &proposal->refused, &proposal->task->arena,
                            &proposal->asking, proposal->number, proposal->shown);
}

static struct slice hash(const struct api_proposal *proposal)
{
    return ((const struct group_moves_input *)(const void *)proposal)->plan.hash;
}

static enum credit_status reject(struct api_proposal *proposal, struct slice reason)
{
    return group_move_reject(proposal->task->api->store, &proposal->refused, &proposal->task->arena,
                             &proposal->asking, proposal->number, reason);
}

static void body_refuse(struct api_task *task)
{
    api_task_credit(task, CREDIT_BAD_GROUP_MOVE, NULL);
}

static const struct api_proposal_kind kind = {get_work, foresee, body_refuse, agree, reject, hash};

static struct group_moves_input *input_new(struct http_request *request)
{
    return api_proposal_input(request, &kind, sizeof(struct group_moves_input));
}

void api_group_move_agree(struct http_request *request, void *context)
{
    struct group_moves_input *input = input_new(request);

    api_proposal_agree(request, context, input == NULL ? NULL : &input->proposal);
}

void api_group_move_reject(struct http_request *request, void *context)
{
    struct group_moves_input *input = input_new(request);

    api_proposal_reject(request, context, input == NULL ? NULL : &input->proposal);
}
