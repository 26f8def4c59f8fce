/* /v1/customer-moves: customers merged and split with their limits; proposed by one person, agreed
 * to by another for each legal entity that it concerns. */
#include "api/api_moves.h"

#include "api/api_list.h"
#include "api/api_people.h"

static struct moves_input *input_new(struct http_request *request);

/* ---- what is asked for ---- */

static struct slice text_of(const struct json_value *body, const char *name)
{
    const struct json_value *member = json_member(body, slice_from_cstr(name));

    return member != NULL && member->type == JSON_STRING ? member->text : SLICE("");
}

static bool members_known(const struct json_value *body, const char *const *names)
{
    for (const struct json_value *member = body->first; member != NULL; member = member->next) {
        size_t i = 0;
        while (names[i] != NULL && !slice_equal(member->name, slice_from_cstr(names[i]))) {
            i++;
        }
        if (names[i] == NULL) {
            return false;
        }
    }
    return true;
}

static void body_refuse(struct api_task *task)
{
    api_task_refuse(task, 400, "bad-body",
                    "the body is no object of the fields that the description names",
                    "请求体须为接口说明所列字段组成的对象");
}

static bool identifiers_judge(struct api_task *task, struct move_request *request)
{
    struct customer_detail detail = {0};

    for (size_t i = 0; i < request->identifier_count; i++) {
        const enum customer_status status = customer_identifier_judge(
            &request->identifiers[i], &detail, task->request->arena, customer_today(task->now));
        if (status != CUSTOMER_OK) {
            api_task_customer(task, status, NULL);
            return false;
        }
    }
    return true;
}

/* {"kind", "source", "target", "reason", "cap", "identifiers", "limits"} */
static bool body_read(struct api_task *task, bool reasoned)
{
    static const char *const names[] = {"kind", "source",      "target", "reason",
                                        "cap",  "identifiers", "limits", NULL};
    struct moves_input *input = task->input;
    struct json_error error;
    const struct json_value *body = json_parse(task->request->arena, &error, task->request->body);
    const bool is_object = body != NULL && body->type == JSON_OBJECT && members_known(body, names);
    const struct slice kind = is_object ? text_of(body, "kind") : SLICE("");
    struct move *move = &input->move;

    if (!is_object || (!slice_equal(kind, SLICE("merge")) && !slice_equal(kind, SLICE("split"))) ||
        move_request_read(&move->request, body) != CREDIT_OK) {
        body_refuse(task);
        return false;
    }
    move->kind = slice_equal(kind, SLICE("merge")) ? MOVE_MERGE : MOVE_SPLIT;
    move->source = text_of(body, "source");
    move->target = text_of(body, "target");
    move->reason = text_of(body, "reason");
    const bool chosen = !move->request.all_identifiers || !move->request.all_limits;
    if (move->kind == MOVE_MERGE && chosen) { /* of a merge all moves */
        body_refuse(task);
        return false;
    }
    if (reasoned && (move->reason.size == 0 || move->reason.size > CUSTOMER_REASON_MAX)) {
        api_task_customer(task, CUSTOMER_BAD_REASON, NULL);
        return false;
    }
    return identifiers_judge(task, &move->request);
}

/* ---- writing one ---- */

static void request_write(struct json_writer *writer, const struct move_request *request)
{
    api_text_member(writer, "cap", request->cap_added ? SLICE("add") : SLICE("keep"));
    if (!request->all_identifiers) {
        /* Kinds alone: who may see the values finds them with the customer. */
        json_name(writer, SLICE("identifier_kinds"));
        json_array_begin(writer);
        for (size_t i = 0; i < request->identifier_count; i++) {
            json_string(writer, customer_kind_name(request->identifiers[i].kind));
        }
        json_array_end(writer);
    }
    if (!request->all_limits) {
        json_name(writer, SLICE("chosen_limits"));
        json_array_begin(writer);
        for (size_t i = 0; i < request->limit_count; i++) {
            json_string(writer, request->limits[i]);
        }
        json_array_end(writer);
    }
}

static void move_members(struct json_writer *writer, const struct move *move)
{
    api_number_member(writer, "number", (uint64_t)move->number);
    api_text_member(writer, "kind", move_kind_name(move->kind));
    api_text_member(writer, "source", move->source);
    api_text_member(writer, "target", move->target);
    request_write(writer, &move->request);
    api_text_member(writer, "reason", move->reason);
    api_text_member(writer, "state", move->state);
    api_time_member(writer, "proposed", move->proposed);
    api_text_member(writer, "proposed_by", move->proposed_by);
    if (move->ended != TIME_NONE) {
        api_time_member(writer, "ended", move->ended);
    }
}

static void consents_write(struct json_writer *writer, const struct moves_input *input)
{
    json_name(writer, SLICE("consents"));
    json_array_begin(writer);
    for (size_t i = 0; i < input->consent_count; i++) {
        json_object_begin(writer);
        api_text_member(writer, "legal_entity", input->consents[i].legal_entity);
        api_text_member(writer, "by", input->consents[i].actor);
        api_time_member(writer, "at", input->consents[i].at);
        json_object_end(writer);
    }
    json_array_end(writer);
}

/* ---- planning ---- */

static enum credit_status seen_judge(struct store *store, struct moves_input *input)
{
    TRY(api_customer_within_any(store, input->proposal.task, &input->proposal.reach,
                                input->move.source));
    return api_customer_within_any(store, input->proposal.task, &input->proposal.reach,
                                   input->move.target);
}

static enum credit_status plan(struct store *store, struct moves_input *input)
{
    const enum credit_status status = move_plan_make(
        store, &input->plan, &input->proposal.task->arena, &input->proposal.actor, &input->move);

    input->proposal.refused = input->plan.customer_status;
    input->proposal.planned = status == CREDIT_OK;
    return status;
}

static enum store_status preview_work(struct store *store, void *context)
{
    struct moves_input *input = context;

    enum credit_status status = seen_judge(store, input);
    return api_proposal_outcome(&input->proposal,
                                status == CREDIT_OK ? plan(store, input) : status);
}

/* What is shown of natural persons is recorded before. */
static void look_record(struct api_task *task)
{
    const struct moves_input *input = task->input;
    const struct customer_merge *merge = &input->plan.customers;

    if (input->proposal.planned && !api_task_failed(task) &&
        merge->source_before.type == CUSTOMER_INDIVIDUAL) {
        task->store_status = api_customer_look(task, merge->source_before.id);
    }
}

static void preview_run(struct api_task *task)
{
    if (body_read(task, false) && api_proposal_read(task, preview_work)) {
        look_record(task);
    }
}

static void preview_finished(struct api_task *task)
{
    struct moves_input *input = task->input;
    struct json_writer writer;

    if (api_task_failed(task) || !api_move_foresee(input)) {
        return;
    }
    json_writer_init(&writer, &task->body);
    json_object_begin(&writer);
    api_text_member(&writer, "kind", move_kind_name(input->move.kind));
    api_text_member(&writer, "source", input->move.source);
    api_text_member(&writer, "target", input->move.target);
    api_move_preview_write(&writer, input);
    json_object_end(&writer);
    api_moment_headers(task->request, engine_ledger(task->api->engine));
}

void api_moves_preview(struct http_request *request, void *context)
{
    struct moves_input *input = input_new(request);

    if (input != NULL && api_query_known(request)) {
        api_task_start_finished(context, request, preview_run, input, preview_finished);
    }
}

/* ---- proposing ---- */

static void propose_run(struct api_task *task)
{
    struct moves_input *input = task->input;
    enum customer_status refused;
    int64_t number;

    if (!body_read(task, true) || !api_proposal_begin(task)) {
        return;
    }
    const enum credit_status status = move_propose(
        task->api->store, &number, &refused, &task->arena, &input->proposal.asking, &input->move);
    api_task_move(task, status, refused);
    if (status == CREDIT_OK) {
        api_proposal_reply(task, number, "proposed", 201);
    }
}

void api_moves_post(struct http_request *request, void *context)
{
    struct moves_input *input = input_new(request);

    if (input != NULL && api_query_known(request)) {
        api_task_start(context, request, propose_run, input);
    }
}

/* ---- one ---- */

static enum store_status get_work(struct store *store, void *context)
{
    struct moves_input *input = context;
    struct arena *arena = &input->proposal.task->arena;

    enum credit_status status =
        move_read(store, &input->move, arena, &input->proposal.reach, input->proposal.number);
    if (status == CREDIT_OK) {
        status = move_consents_read(store, &input->consents, &input->consent_count, arena,
                                    input->proposal.number);
    }
    /* What cannot be planned any more is shown without a plan, and so it is to who does not reach
     * both. */
    input->proposal.is_open =
        status == CREDIT_OK && slice_equal(input->move.state, SLICE("proposed"));
    if (input->proposal.is_open) {
        enum credit_status planned =
            move_reached(store, arena, &input->proposal.reach, &input->move);
        planned = planned == CREDIT_OK ? plan(store, input) : planned;
        status = planned == CREDIT_STORE || planned == CREDIT_NO_MEMORY ? planned : CREDIT_OK;
    }
    return api_proposal_outcome(&input->proposal, status);
}

static void get_run(struct api_task *task)
{
    if (api_proposal_read(task, get_work)) {
        look_record(task);
    }
}

static void get_finished(struct api_task *task)
{
    struct moves_input *input = task->input;
    struct json_writer writer;

    if (api_task_failed(task) || (input->proposal.planned && !api_move_foresee(input))) {
        return;
    }
    json_writer_init(&writer, &task->body);
    json_object_begin(&writer);
    move_members(&writer, &input->move);
    consents_write(&writer, input);
    if (input->proposal.planned) {
        json_name(&writer, SLICE("preview"));
        json_object_begin(&writer);
        api_move_preview_write(&writer, input);
        json_object_end(&writer);
    }
    json_object_end(&writer);
    api_moment_headers(task->request, engine_ledger(task->api->engine));
}

void api_move_get(struct http_request *request, void *context)
{
    struct moves_input *input = input_new(request);

    if (input != NULL && api_query_known(request)) {
        api_task_start_finished(context, request, get_run, input, get_finished);
    }
}

/* ---- the list ---- */

static enum store_status list_work(struct store *store, void *context)
{
    struct moves_input *input = context;

    return api_proposal_outcome(
        &input->proposal, move_page(store, &input->rows, &input->row_count, &input->proposal.last,
                                    &input->proposal.task->arena, &input->proposal.reach,
                                    input->customer, input->proposal.below, input->proposal.count));
}

static void list_run(struct api_task *task)
{
    struct moves_input *input = task->input;
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

void api_moves_list(struct http_request *request, void *context)
{
    struct moves_input *input = input_new(request);

    if (input == NULL ||
        !api_list_read_numbered(request, &input->proposal.count, &input->proposal.below)) {
        return;
    }
    input->customer = http_request_query(request, SLICE("customer"));
    api_task_start(context, request, list_run, input);
}

/* ---- agreeing and rejecting ---- */

static enum credit_status agree(struct api_proposal *proposal)
{
    return move_agree(proposal->task->api->store, &proposal->refused, &proposal->task->arena,
                      &proposal->asking, proposal->number, proposal->shown);
}

static struct slice hash(const struct api_proposal *proposal)
{
    return ((const struct moves_input *)(const void *)proposal)->plan.hash;
}

static enum credit_status reject(struct api_proposal *proposal, struct slice reason)
{
    return move_reject(proposal->task->api->store, &proposal->task->arena, &proposal->asking,
                       proposal->number, reason);
}

static bool foresee(struct api_task *task)
{
    return api_move_foresee(task->input);
}

static const struct api_proposal_kind kind = {get_work, foresee, body_refuse, agree, reject, hash};

static struct moves_input *input_new(struct http_request *request)
{
    return api_proposal_input(request, &kind, sizeof(struct moves_input));
}

void api_move_agree(struct http_request *request, void *context)
{
    struct moves_input *input = input_new(request);

    api_proposal_agree(request, context, input == NULL ? NULL : &input->proposal);
}

void api_move_reject(struct http_request *request, void *context)
{
    struct moves_input *input = input_new(request);

    api_proposal_reject(request, context, input == NULL ? NULL : &input->proposal);
}
