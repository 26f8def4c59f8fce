/* /v1/customers/{id}/ties and /group: who holds, controls and depends on whom, and the group that
 * comes of it on a day. */
#include "api/api_customer.h"
#include "api/api_people.h"
#include "customer/customer_tie.h"

enum { TEXTS_MAX = 6 };

struct ties_input {
    struct customer_reach reach;
    struct slice texts[TEXTS_MAX];
    date_days day; /* DATE_NONE: today */
    struct api_task *task;
    struct customer_group group;
    enum customer_status status;
};

static struct ties_input *input_new(struct http_request *request)
{
    struct ties_input *input = arena_take(request->arena, sizeof(*input));

    if (input == NULL) {
        api_problem_memory(request);
        return NULL;
    }
    *input = (struct ties_input){.day = DATE_NONE};
    return input;
}

/* ---- changes ---- */

static void number_reply(struct api_task *task, enum customer_status status, int64_t number,
                         unsigned success)
{
    struct json_writer writer;

    api_task_customer(task, status, NULL);
    if (status == CUSTOMER_OK) {
        json_writer_init(&writer, &task->body);
        json_object_begin(&writer);
        api_text_member(&writer, "id", task->request->params[0]);
        api_number_member(&writer, "number", (uint64_t)number);
        json_object_end(&writer);
        task->status = success;
    }
}

static enum customer_status tie_read(const struct ties_input *input, struct customer_tie *ret_tie)
{
    struct customer_tie tie = {.other = input->texts[1],
                               .reason = input->texts[2],
                               .since = DATE_NONE,
                               .until = DATE_NONE};

    REQUIRE(customer_tie_from_name(input->texts[0], &tie.kind), CUSTOMER_BAD_TIE);
    REQUIRE(input->texts[3].size == 0 || customer_share_parse(input->texts[3], &tie.share),
            CUSTOMER_BAD_SHARE);
    REQUIRE(input->texts[4].size == 0 || date_parse(input->texts[4], &tie.since),
            CUSTOMER_BAD_DATES);
    REQUIRE(input->texts[5].size == 0 || date_parse(input->texts[5], &tie.until),
            CUSTOMER_BAD_DATES);
    *ret_tie = tie;
    return CUSTOMER_OK;
}

static void add_run(struct api_task *task)
{
    static const char *const names[] = {"kind", "other", "reason", "share", "since", "until", NULL};
    struct ties_input *input = task->input;
    const struct people_actor actor = api_task_actor(task);
    const struct customer_asking asking = {&actor, &input->reach};
    struct customer_tie tie;
    int64_t number = 0;

    if (!api_task_texts(task, names, 3, input->texts) || !api_task_reach(task, &input->reach)) {
        return;
    }
    enum customer_status status = tie_read(input, &tie);
    if (status == CUSTOMER_OK) {
        status =
            customer_tie_add(task->api->store, &asking, task->request->params[0], &tie, &number);
    }
    number_reply(task, status, number, 201);
}

void api_customer_ties_post(struct http_request *request, void *context)
{
    struct ties_input *input = input_new(request);

    if (input != NULL && api_query_known(request)) {
        api_task_start(context, request, add_run, input);
    }
}

static void end_run(struct api_task *task)
{
    static const char *const names[] = {"reason", NULL};
    struct ties_input *input = task->input;
    const struct people_actor actor = api_task_actor(task);
    const struct customer_asking asking = {&actor, &input->reach};
    uint64_t number;

    if (!slice_to_u64(task->request->params[1], INT64_MAX, &number)) {
        api_task_customer(task, CUSTOMER_NO_LISTING, NULL);
        return;
    }
    if (api_task_texts(task, names, 1, input->texts) && api_task_reach(task, &input->reach)) {
        number_reply(task,
                     customer_tie_end(task->api->store, &asking, task->request->params[0],
                                      (int64_t)number, input->texts[0]),
                     (int64_t)number, 200);
    }
}

void api_customer_tie_end(struct http_request *request, void *context)
{
    struct ties_input *input = input_new(request);

    if (input != NULL && api_query_known(request)) {
        api_task_start(context, request, end_run, input);
    }
}

/* ---- the group ---- */

static void members_write(struct json_writer *writer, const struct customer_group *group)
{
    json_name(writer, SLICE("members"));
    json_array_begin(writer);
    for (size_t i = 0; i < group->member_count; i++) {
        const struct customer_member *member = &group->members[i];
        json_object_begin(writer);
        api_text_member(writer, "id", member->id);
        api_text_member(writer, "basis",
                        member->by_control ? SLICE("control") : SLICE("dependence"));
        json_name(writer, SLICE("top"));
        json_bool(writer, member->is_top);
        json_name(writer, SLICE("loop"));
        json_bool(writer, member->in_loop);
        json_object_end(writer);
    }
    json_array_end(writer);
}

static void ties_write(struct json_writer *writer, const struct customer_group *group)
{
    json_name(writer, SLICE("ties"));
    json_array_begin(writer);
    for (size_t i = 0; i < group->tie_count; i++) {
        const struct customer_tie *tie = &group->ties[i];
        json_object_begin(writer);
        api_text_member(writer, "customer", tie->customer);
        api_number_member(writer, "number", (uint64_t)tie->number);
        api_text_member(writer, "kind", customer_tie_name(tie->kind));
        api_text_member(writer, "other", tie->other);
        if (tie->share > 0) {
            json_name(writer, SLICE("share"));
            json_value_begin(writer);
            buffer_append_byte(writer->buffer, '"');
            customer_share_write(writer->buffer, tie->share);
            buffer_append_byte(writer->buffer, '"');
        }
        api_text_member(writer, "reason", tie->reason);
        api_date_member(writer, "since", tie->since);
        if (tie->until != DATE_NONE) {
            api_date_member(writer, "until", tie->until);
        }
        json_object_end(writer);
    }
    json_array_end(writer);
}

static enum store_status group_work(struct store *store, void *context)
{
    struct ties_input *input = context;
    struct api_task *task = input->task;
    struct customer customer;

    input->status = customer_read(store, &customer, &task->arena, task->request->params[0], NULL);
    if (input->status == CUSTOMER_OK && !customer_seen(&input->reach, &customer)) {
        input->status = CUSTOMER_NOT_FOUND;
    }
    if (input->status == CUSTOMER_OK) {
        input->status =
            customer_group_read(store, &input->group, &task->arena, customer.id, input->day);
    }
    return input->status == CUSTOMER_OK ? STORE_OK : STORE_REFUSED;
}

static void group_run(struct api_task *task)
{
    struct ties_input *input = task->input;
    struct json_writer writer;

    input->task = task;
    input->day = input->day == DATE_NONE ? customer_today(task->now) : input->day;
    if (!api_task_reach(task, &input->reach)) {
        return;
    }
    const enum store_status status =
        store_transact(task->api->store, STORE_READ, group_work, input);
    if (status != STORE_OK && status != STORE_REFUSED) {
        task->store_status = status;
        return;
    }
    api_task_customer(task, input->status, NULL);
    if (input->status != CUSTOMER_OK) {
        return;
    }
    json_writer_init(&writer, &task->body);
    json_object_begin(&writer);
    api_text_member(&writer, "customer", task->request->params[0]);
    api_date_member(&writer, "as_of", input->day);
    json_name(&writer, SLICE("complete"));
    json_bool(&writer, input->group.complete);
    members_write(&writer, &input->group);
    ties_write(&writer, &input->group);
    json_object_end(&writer);
}

void api_customer_group_get(struct http_request *request, void *context)
{
    struct ties_input *input = input_new(request);

    if (input == NULL || !api_query_known(request) ||
        !api_query_date(request, "as_of", &input->day)) {
        return;
    }
    api_task_start(context, request, group_run, input);
}
