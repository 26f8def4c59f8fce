/* /v1/interests: which persons of the bank are related to a customer, and withdraw from its cases.
 */
#include "api/api_customer.h"
#include "api/api_list.h"
#include "api/api_people.h"
#include "customer/customer_interest.h"

enum { TEXTS_MAX = 4 };

struct interests_input {
    struct api_task *task;
    struct slice texts[TEXTS_MAX];
    int64_t behind;
    size_t limit;
    struct customer_interest *rows;
    size_t count;
    enum customer_status status;
};

static struct interests_input *input_new(struct http_request *request)
{
    struct interests_input *input = arena_take(request->arena, sizeof(*input));

    if (input == NULL) {
        api_problem_memory(request);
        return NULL;
    }
    *input = (struct interests_input){0};
    return input;
}

static void interests_task(struct http_request *request, void *context,
                           void (*work)(struct api_task *task))
{
    struct interests_input *input = input_new(request);

    if (input != NULL && api_query_known(request)) {
        api_task_start(context, request, work, input);
    }
}

/* Who sees and enters those of others: whoever keeps people's posts or the trail. */
static bool keeps(const struct api_task *task)
{
    if (!task->by_session) {
        return true;
    }
    for (size_t i = 0; i < task->session.post_count; i++) {
        const enum role role = task->session.posts[i].role;
        if (role == ROLE_SECURITY_ADMINISTRATOR || role == ROLE_AUDIT_ADMINISTRATOR) {
            return true;
        }
    }
    return false;
}

static void number_reply(struct api_task *task, enum customer_status status, int64_t number,
                         unsigned success)
{
    struct json_writer writer;

    api_task_customer(task, status, NULL);
    if (status == CUSTOMER_OK) {
        json_writer_init(&writer, &task->body);
        json_object_begin(&writer);
        api_number_member(&writer, "number", (uint64_t)number);
        json_object_end(&writer);
        task->status = success;
    }
}

static void add_run(struct api_task *task)
{
    static const char *const names[] = {"customer", "relation", "reason", "user", NULL};
    struct interests_input *input = task->input;
    const struct people_actor actor = api_task_actor(task);
    int64_t number = 0;

    if (!api_task_texts(task, names, 3, input->texts)) {
        return;
    }
    const struct slice user = input->texts[3].size > 0 ? input->texts[3] : task->actor;
    if (!slice_equal(user, task->actor) && !keeps(task)) {
        api_task_refuse(task, 403, "own-alone", "enter what concerns yourself",
                        "只能申报本人的利害关系");
        return;
    }
    const struct customer_interest interest = {
        .customer = input->texts[0], .relation = input->texts[1], .reason = input->texts[2]};
    const enum customer_status status =
        customer_interest_add(task->api->store, &actor, user, &interest, &number);
    number_reply(task, status, number, 201);
}

void api_interests_post(struct http_request *request, void *context)
{
    interests_task(request, context, add_run);
}

static void end_run(struct api_task *task)
{
    static const char *const names[] = {"reason", NULL};
    struct interests_input *input = task->input;
    const struct people_actor actor = api_task_actor(task);
    uint64_t number = 0;

    if (!slice_to_u64(task->request->params[0], INT64_MAX, &number)) {
        api_task_customer(task, CUSTOMER_NO_LISTING, NULL);
    } else if (api_task_texts(task, names, 1, input->texts)) {
        const enum customer_status status =
            customer_interest_end(task->api->store, &actor, (int64_t)number, input->texts[0]);
        number_reply(task, status, (int64_t)number, 200);
    }
}

void api_interest_end(struct http_request *request, void *context)
{
    interests_task(request, context, end_run);
}

/* ---- the list ---- */

static enum store_status list_work(struct store *store, void *context)
{
    struct interests_input *input = context;
    const struct api_task *task = input->task;

    input->status = customer_interest_page(store, &input->rows, &input->count, &input->task->arena,
                                           keeps(task) ? SLICE("") : task->session.person,
                                           input->behind, input->limit);
    return input->status == CUSTOMER_OK ? STORE_OK : STORE_REFUSED;
}

static void row_write(struct json_writer *writer, const struct customer_interest *row)
{
    json_object_begin(writer);
    api_number_member(writer, "number", (uint64_t)row->number);
    api_text_member(writer, "person", row->person);
    api_text_member(writer, "customer", row->customer);
    api_text_member(writer, "relation", row->relation);
    api_text_member(writer, "reason", row->reason);
    api_time_member(writer, "since", row->since);
    api_text_member(writer, "declared_by", row->declared_by);
    if (row->until != TIME_NONE) {
        api_time_member(writer, "until", row->until);
        api_text_member(writer, "ended_by", row->ended_by);
    }
    json_object_end(writer);
}

static void list_run(struct api_task *task)
{
    struct interests_input *input = task->input;
    struct json_writer writer;

    input->task = task;
    const enum store_status status = store_transact(task->api->store, STORE_READ, list_work, input);
    if (status != STORE_OK) {
        task->store_status = status == STORE_REFUSED ? STORE_FAILED : status;
        return;
    }
    api_items_begin(&writer, &task->body);
    for (size_t i = 0; i < input->count; i++) {
        row_write(&writer, &input->rows[i]);
    }
    api_items_end_numbered(&writer, task->request, input->count >= input->limit,
                           input->count == 0 ? 0 : input->rows[input->count - 1].number);
}

void api_interests_list(struct http_request *request, void *context)
{
    struct interests_input *input = input_new(request);
    struct api_cursor cursor;

    if (input == NULL || !api_list_read(request, &cursor, "i")) {
        return;
    }
    input->behind = cursor.given ? cursor.values[0].number : 0;
    input->limit = cursor.count;
    api_task_start(context, request, list_run, input);
}
