/* /v1/customers/{id}/rules: the pack's limits over one customer of no group as they would be
 * brought to the day, and brought. */
#include "api/api_people.h"
#include "api/api_proposal.h"
#include "credit/customer_rules.h"
#include "credit/sender.h"

struct rules_input {
    struct api_proposal proposal; /* first, as its helpers have it */
    struct group_plan plan;
    size_t count;
};

static const struct api_proposal_kind kind;

static struct rules_input *input_new(struct http_request *request)
{
    return api_proposal_input(request, &kind, sizeof(struct rules_input));
}

/* No two are asked for in one microsecond: one job thread does them. */
static struct customer_rules_asked asked_of(const struct api_task *task, struct slice reason)
{
    return (struct customer_rules_asked){
        .customer = task->request->params[0], .reason = reason, .tag = "CR", .number = task->now};
}

static enum store_status read_work(struct store *store, void *context)
{
    struct rules_input *input = context;
    struct api_proposal *proposal = &input->proposal;
    struct api_task *task = proposal->task;
    const struct customer_rules_asked asked = asked_of(task, SLICE(""));

    return api_proposal_outcome(proposal,
                                customer_rules_foresee(store, &input->plan, &proposal->refused,
                                                       &task->arena, &proposal->asking, &asked));
}

static void read_run(struct api_task *task)
{
    (void)!api_proposal_read(task, read_work);
}

static void read_finished(struct api_task *task)
{
    struct rules_input *input = task->input;
    struct api_foresight *foresight = &input->proposal.foresight;
    struct json_writer writer;

    *foresight = (struct api_foresight){.chain = input->plan.commands,
                                        .chain_count = input->plan.command_count,
                                        .limits = input->plan.limits,
                                        .limit_count = input->plan.limit_count};
    if (api_task_failed(task) || !api_foresee(task, foresight)) {
        return;
    }
    json_writer_init(&writer, &task->body);
    json_object_begin(&writer);
    api_foresight_write(&writer, engine_ledger(task->api->engine), foresight);
    json_object_end(&writer);
    api_moment_headers(task->request, engine_ledger(task->api->engine));
}

void api_customer_rules_preview(struct http_request *request, void *context)
{
    struct rules_input *input = input_new(request);

    if (input != NULL && api_query_known(request)) {
        api_task_start_finished(context, request, read_run, input, read_finished);
    }
}

static void bring_run(struct api_task *task)
{
    static const char *const names[] = {"reason", NULL};
    struct rules_input *input = task->input;
    struct api_proposal *proposal = &input->proposal;
    struct json_writer writer;

    if (!api_task_texts(task, names, 1, proposal->texts) || !api_proposal_begin(task)) {
        return;
    }
    const struct slice reason = slice_trim(proposal->texts[0]);
    if (reason.size == 0 || reason.size > CUSTOMER_REASON_MAX) {
        api_task_customer(task, CUSTOMER_BAD_REASON, NULL);
        return;
    }
    const struct customer_rules_asked asked = asked_of(task, reason);
    const enum credit_status status =
        customer_rules_bring(task->api->store, &input->count, &proposal->refused, &task->arena,
                             &proposal->asking, &asked);
    api_task_move(task, status, proposal->refused);
    if (status == CREDIT_OK) {
        json_writer_init(&writer, &task->body);
        json_object_begin(&writer);
        api_number_member(&writer, "commands", input->count);
        json_object_end(&writer);
    }
}

static void bring_finished(struct api_task *task)
{
    if (!api_task_failed(task)) {
        api_steps_changed(task->api);
        if (task->api->sender != NULL) {
            sender_poke(task->api->sender);
        }
    }
}

void api_customer_rules_post(struct http_request *request, void *context)
{
    struct rules_input *input = input_new(request);

    if (input != NULL && api_query_known(request)) {
        api_task_start_finished(context, request, bring_run, input, bring_finished);
    }
}
