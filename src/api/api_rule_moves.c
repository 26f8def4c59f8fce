/* /v1/rule-moves: the pack's limits over many customers of no group, brought to those of the day;
 * proposed by one person, agreed to by another. */
#include "api/api_list.h"
#include "api/api_people.h"
#include "api/api_proposal.h"
#include "credit/rule_move.h"

struct rule_moves_input {
    struct api_proposal proposal;
    struct rule_move move;
    struct rule_move_plan plan; /* where proposal.planned */
    struct rule_move *rows;     /* of a list */
    size_t row_count;
};

static struct rule_moves_input *input_new(struct http_request *request);

static void body_refuse(struct api_task *task)
{
    api_task_refuse(task, 400, "bad-body",
                    "the body is no object of the fields that the description names",
                    "请求体须为接口说明所列字段组成的对象");
}

/* ---- proposing ---- */

static void propose_run(struct api_task *task)
{
    struct rule_moves_input *input = task->input;
    struct http_request *request = task->request;
    enum customer_status refused = CUSTOMER_OK;
    struct json_error error;
    int64_t number;

    const struct json_value *body = json_parse(request->arena, &error, request->body);
    if (!rule_move_request_read(&input->move, request->arena, body)) {
        body_refuse(task);
        return;
    }
    if (input->move.reason.size == 0 || input->move.reason.size > CUSTOMER_REASON_MAX) {
        api_task_customer(task, CUSTOMER_BAD_REASON, NULL);
        return;
    }
    if (!api_proposal_begin(task)) {
        return;
    }
    const enum credit_status status = rule_move_propose(
        task->api->store, &number, &refused, &task->arena, &input->proposal.asking, &input->move);
    api_task_move(task, status, refused);
    if (status == CREDIT_OK) {
        api_proposal_reply(task, number, "proposed", 201);
    }
}

void api_rule_moves_post(struct http_request *request, void *context)
{
    struct rule_moves_input *input = input_new(request);

    if (input != NULL && api_query_known(request)) {
        api_task_start(context, request, propose_run, input);
    }
}

/* ---- one ---- */

static enum store_status get_work(struct store *store, void *context)
{
    struct rule_moves_input *input = context;
    struct api_proposal *proposal = &input->proposal;
    struct arena *arena = &proposal->task->arena;

    enum credit_status status =
        rule_move_read(store, &input->move, arena, &proposal->reach, proposal->number);
    proposal->is_open = status == CREDIT_OK && slice_equal(input->move.state, SLICE("proposed"));
    if (proposal->is_open) {
        const enum credit_status planned = rule_move_plan_make(
            store, &input->plan, &proposal->refused, arena, &proposal->asking, &input->move);
        proposal->planned = planned == CREDIT_OK;
        /* What cannot be planned any more is shown without a plan. */
        status = planned == CREDIT_STORE || planned == CREDIT_NO_MEMORY ? planned : CREDIT_OK;
    }
    return api_proposal_outcome(proposal, status);
}

static void get_run(struct api_task *task)
{
    (void)!api_proposal_read(task, get_work);
}

static bool foresee(struct api_task *task)
{
    struct rule_moves_input *input = task->input;

    input->proposal.foresight = (struct api_foresight){.chain = input->plan.commands,
                                                       .chain_count = input->plan.command_count,
                                                       .limits = input->plan.limits,
                                                       .limit_count = input->plan.limit_count};
    return api_foresee(task, &input->proposal.foresight);
}

static void move_members(struct json_writer *writer, const struct rule_move *move)
{
    api_number_member(writer, "number", (uint64_t)move->number);
    api_number_member(writer, "customers", move->customer_count);
    api_text_member(writer, "reason", move->reason);
    api_text_member(writer, "state", move->state);
    api_time_member(writer, "proposed", move->proposed);
    api_text_member(writer, "proposed_by", move->proposed_by);
    if (move->agreed_by.size > 0) {
        api_text_member(writer, "agreed_by", move->agreed_by);
    }
    if (move->ended != TIME_NONE) {
        api_time_member(writer, "ended", move->ended);
    }
}

static void preview_member(struct json_writer *writer, const struct rule_moves_input *input,
                           const struct ledger *ledger)
{
    json_name(writer, SLICE("preview"));
    json_object_begin(writer);
    api_text_member(writer, "hash", input->plan.hash);
    json_name(writer, SLICE("turns"));
    json_array_begin(writer);
    for (size_t i = 0; i < input->plan.turn_count; i++) {
        json_object_begin(writer);
        api_text_member(writer, "customer", input->plan.turns[i].customer);
        api_text_member(writer, "state", rule_turn_name(input->plan.turns[i].state));
        json_object_end(writer);
    }
    json_array_end(writer);
    api_foresight_write(writer, ledger, &input->proposal.foresight);
    json_object_end(writer);
}

static void get_finished(struct api_task *task)
{
    struct rule_moves_input *input = task->input;
    const struct ledger *ledger = engine_ledger(task->api->engine);
    struct json_writer writer;

    if (api_task_failed(task) || (input->proposal.planned && !foresee(task))) {
        return;
    }
    json_writer_init(&writer, &task->body);
    json_object_begin(&writer);
    move_members(&writer, &input->move);
    json_name(&writer, SLICE("named"));
    json_array_begin(&writer);
    for (size_t i = 0; i < input->move.customer_count; i++) {
        json_string(&writer, input->move.customers[i]);
    }
    json_array_end(&writer);
    if (input->proposal.planned) {
        preview_member(&writer, input, ledger);
    }
    json_object_end(&writer);
    api_moment_headers(task->request, ledger);
}

void api_rule_move_get(struct http_request *request, void *context)
{
    struct rule_moves_input *input = input_new(request);

    if (input != NULL && api_query_known(request)) {
        api_task_start_finished(context, request, get_run, input, get_finished);
    }
}

/* ---- the list ---- */

static enum store_status list_work(struct store *store, void *context)
{
    struct rule_moves_input *input = context;
    struct api_proposal *proposal = &input->proposal;

    return api_proposal_outcome(proposal,
                                rule_move_page(store, &input->rows, &input->row_count,
                                               &proposal->last, &proposal->task->arena,
                                               &proposal->reach, proposal->below, proposal->count));
}

static void list_run(struct api_task *task)
{
    struct rule_moves_input *input = task->input;
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

void api_rule_moves_list(struct http_request *request, void *context)
{
    struct rule_moves_input *input = input_new(request);

    if (input != NULL &&
        api_list_read_numbered(request, &input->proposal.count, &input->proposal.below)) {
        api_task_start(context, request, list_run, input);
    }
}

/* ---- agreeing and rejecting ---- */

static enum credit_status agree(struct api_proposal *proposal)
{
    return rule_move_agree(proposal->task->api->store, &proposal->refused, &proposal->task->arena,
                           &proposal->asking, proposal->number, proposal->shown);
}

static struct slice hash(const struct api_proposal *proposal)
{
    return ((const struct rule_moves_input *)(const void *)proposal)->plan.hash;
}

static enum credit_status reject(struct api_proposal *proposal, struct slice reason)
{
    return rule_move_reject(proposal->task->api->store, &proposal->task->arena, &proposal->asking,
                            proposal->number, reason);
}

static const struct api_proposal_kind kind = {get_work, foresee, body_refuse, agree, reject, hash};

static struct rule_moves_input *input_new(struct http_request *request)
{
    return api_proposal_input(request, &kind, sizeof(struct rule_moves_input));
}

void api_rule_move_agree(struct http_request *request, void *context)
{
    struct rule_moves_input *input = input_new(request);

    api_proposal_agree(request, context, input == NULL ? NULL : &input->proposal);
}

void api_rule_move_reject(struct http_request *request, void *context)
{
    struct rule_moves_input *input = input_new(request);

    api_proposal_reject(request, context, input == NULL ? NULL : &input->proposal);
}
