#include "api/api_proposal.h"

#include "api/api_people.h"
#include "credit/sender.h"

void *api_proposal_input(struct http_request *request, const struct api_proposal_kind *kind,
                         size_t size)
{
    struct api_proposal *proposal = arena_take(request->arena, size);
    uint64_t number = 0;

    if (proposal == NULL) {
        api_problem_memory(request);
        return NULL;
    }
    memset(proposal, 0, size);
    proposal->kind = kind;
    proposal->below = INT64_MAX;
    /* Numbers that are none are nobody's. */
    if (request->param_count > 0 && slice_to_u64(request->params[0], INT64_MAX, &number)) {
        proposal->number = (int64_t)number;
    }
    return proposal;
}

void api_task_move(struct api_task *task, enum credit_status status, enum customer_status refused)
{
    if (status == CREDIT_MOVE_CUSTOMER) {
        api_task_customer(task, refused, NULL);
    } else {
        api_task_credit(task, status, NULL);
    }
}

bool api_proposal_begin(struct api_task *task)
{
    struct api_proposal *proposal = task->input;

    proposal->task = task;
    proposal->actor = api_task_actor(task);
    proposal->asking = (struct move_asking){&proposal->actor, &proposal->reach,
                                            task->by_session ? task->session.person : SLICE(""),
                                            &task->api->packs};
    return api_task_reach(task, &proposal->reach);
}

enum store_status api_proposal_outcome(struct api_proposal *proposal, enum credit_status status)
{
    proposal->status = status;
    return status == CREDIT_OK ? STORE_OK : STORE_REFUSED;
}

bool api_proposal_read(struct api_task *task, store_work work)
{
    struct api_proposal *proposal = task->input;

    if (!api_proposal_begin(task)) {
        return false;
    }
    const enum store_status status =
        store_transact(task->api->store, STORE_READ, work, task->input);
    if (status != STORE_OK && status != STORE_REFUSED) {
        task->store_status = status;
        return false;
    }
    api_task_move(task, proposal->status, proposal->refused);
    return proposal->status == CREDIT_OK;
}

bool api_task_failed(const struct api_task *task)
{
    return task->slug != NULL || task->store_status != STORE_OK;
}

void api_proposal_reply(struct api_task *task, int64_t number, const char *state, unsigned status)
{
    struct json_writer writer;

    json_writer_init(&writer, &task->body);
    json_object_begin(&writer);
    api_number_member(&writer, "number", (uint64_t)number);
    api_text_member(&writer, "state", slice_from_cstr(state));
    json_object_end(&writer);
    task->status = status;
}

/* ---- agreeing: the store, the ledger's what-if, the store ---- */

static bool accepted_read(struct api_task *task)
{
    struct api_proposal *proposal = task->input;
    struct json_error error;
    const struct json_value *body = json_parse(task->request->arena, &error, task->request->body);
    const bool is_object = body != NULL && body->type == JSON_OBJECT;

    proposal->accepted = is_object ? json_member(body, SLICE("accepted_over")) : NULL;
    return is_object && body->count == (proposal->accepted == NULL ? 0U : 1U) &&
           (proposal->accepted == NULL || proposal->accepted->type == JSON_ARRAY);
}

static void agree(struct api_task *task)
{
    struct api_proposal *proposal = task->input;
    const enum credit_status status = proposal->kind->agree(proposal);

    api_task_move(task, status, proposal->refused);
    if (status == CREDIT_OK) {
        api_proposal_reply(task, proposal->number, "agreed", 200);
    }
}

static struct api_task *task_of(struct jobs_item *job)
{
    return ((struct api_proposal *)(void *)((char *)job - offsetof(struct api_proposal, job)))
        ->task;
}

static void agree_run(struct jobs_item *job)
{
    agree(task_of(job));
}

static void agree_done(struct jobs_item *job)
{
    struct api_task *task = task_of(job);

    api_steps_changed(task->api);
    if (task->api->sender != NULL) {
        sender_poke(task->api->sender);
    }
    api_task_answer(task);
}

static void agree_read(struct api_task *task)
{
    const struct api_proposal *proposal = task->input;

    if (!accepted_read(task)) {
        proposal->kind->refuse_body(task);
        return;
    }
    if (!api_proposal_read(task, proposal->kind->read) || proposal->planned) {
        return;
    }
    /* Says why: it was decided, or cannot be done any more. */
    if (proposal->is_open) {
        agree(task);
    } else {
        api_task_credit(task, CREDIT_MOVE_ENDED, NULL);
    }
}

/* Who agrees names what they were shown. */
static bool shown_judge(struct api_task *task)
{
    const struct api_proposal *proposal = task->input;
    enum credit_status status = CREDIT_OK;

    if (proposal->shown.size == 0) {
        status = CREDIT_SHOWN_NEEDED;
    } else if (!slice_equal(proposal->shown, proposal->kind->hash(proposal))) {
        status = CREDIT_SHOWN_CHANGED;
    }
    api_task_credit(task, status, NULL);
    return status == CREDIT_OK;
}

static void agree_finished(struct api_task *task)
{
    struct api_proposal *proposal = task->input;

    if (api_task_failed(task) || !proposal->planned || !shown_judge(task) ||
        !proposal->kind->foresee(task) ||
        !api_foresee_room(task, &proposal->foresight, proposal->accepted)) {
        return;
    }
    proposal->job = (struct jobs_item){.run = agree_run, .done = agree_done};
    if (jobs_submit(task->api->jobs, &proposal->job) == OS_OK) {
        task->deferred = true;
    } else {
        api_task_refuse(task, 503, "too-busy", "too much is waiting; try again",
                        "排队过多，请重试");
    }
}

void api_proposal_agree(struct http_request *request, void *context, struct api_proposal *proposal)
{
    if (proposal != NULL && api_query_known(request)) {
        proposal->shown = http_request_query(request, SLICE("shown"));
        api_task_start_finished(context, request, agree_read, proposal, agree_finished);
    }
}

/* ---- rejecting ---- */

static void reject_run(struct api_task *task)
{
    static const char *const names[] = {"reason", NULL};
    struct api_proposal *proposal = task->input;

    if (!api_task_texts(task, names, 1, proposal->texts) || !api_proposal_begin(task)) {
        return;
    }
    const struct slice reason = proposal->texts[0];
    if (reason.size == 0 || reason.size > CUSTOMER_REASON_MAX) {
        api_task_customer(task, CUSTOMER_BAD_REASON, NULL);
        return;
    }
    const enum credit_status status = proposal->kind->reject(proposal, reason);
    api_task_move(task, status, proposal->refused);
    if (status == CREDIT_OK) {
        api_proposal_reply(task, proposal->number, "rejected", 200);
    }
}

void api_proposal_reject(struct http_request *request, void *context, struct api_proposal *proposal)
{
    if (proposal != NULL && api_query_known(request)) {
        api_task_start(context, request, reject_run, proposal);
    }
}
