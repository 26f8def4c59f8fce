/* /v1/delegations: who stands in for whom in the tasks of a post, by which document and how long.
 */
#include "api/api_customer.h"
#include "api/api_list.h"
#include "api/api_people.h"
#include "auth/delegation.h"

enum { TEXTS_MAX = 8 };

struct delegation_input {
    struct api_task *task;
    int64_t number;
    struct slice texts[TEXTS_MAX];
    struct delegation row;
    struct delegation *rows;
    size_t count;
    struct delegation_query query;
    bool mine;
    enum people_status status;
};

static struct delegation_input *input_new(struct http_request *request)
{
    struct delegation_input *input = arena_take(request->arena, sizeof(*input));
    uint64_t number = 0;

    if (input == NULL) {
        api_problem_memory(request);
        return NULL;
    }
    *input = (struct delegation_input){0};
    if (request->param_count > 0) {
        const struct slice id = request->params[0];
        const bool named = slice_starts_with(id, SLICE("DG-")) && id.size >= 11 &&
                           slice_to_u64(slice_of(id.data + 3, id.size - 3), INT64_MAX, &number);
        input->number = named ? (int64_t)number : 0;
    }
    return input;
}

static void delegation_task(struct http_request *request, void *context,
                            void (*work)(struct api_task *task))
{
    struct delegation_input *input = input_new(request);

    if (input != NULL && api_query_known(request)) {
        api_task_start(context, request, work, input);
    }
}

static bool is_me(const struct api_task *task, struct slice user)
{
    return task->by_session && slice_equal(task->session.user, user);
}

/* Who may write down or end what another delegates: whoever gives posts there. */
static bool administers(const struct api_task *task, struct slice path)
{
    return task->by_session ? people_sees(task->session.posts, task->session.post_count,
                                          ROLE_SECURITY_ADMINISTRATOR, path, task->now)
                            : api_task_sees(task, path);
}

static bool sees(const struct api_task *task, const struct delegation *row)
{
    return is_me(task, row->delegator) || is_me(task, row->delegate) ||
           api_task_sees(task, row->path);
}

/* ---- answers ---- */

static void row_write(struct json_writer *writer, const struct delegation *row)
{
    char id[32];

    const int size = snprintf(id, sizeof(id), "DG-%08lld", (long long)row->number);
    check(size > 0 && (size_t)size < sizeof(id));
    json_object_begin(writer);
    api_text_member(writer, "id", slice_of(id, (size_t)size));
    api_text_member(writer, "delegator", row->delegator);
    api_text_member(writer, "delegate", row->delegate);
    api_text_member(writer, "organisation", row->organisation);
    api_text_member(writer, "role", role_name(row->role));
    api_time_member(writer, "since", row->since);
    api_time_member(writer, "until", row->until);
    api_text_member(writer, "document", row->document);
    api_text_member(writer, "reason", row->reason);
    api_time_member(writer, "made_at", row->made);
    api_text_member(writer, "made_by", row->made_by);
    if (row->revoked != TIME_NONE) {
        api_time_member(writer, "revoked_at", row->revoked);
        api_text_member(writer, "revoked_by", row->revoked_by);
        api_text_member(writer, "revoke_reason", row->revoke_reason);
    }
    json_object_end(writer);
}

static enum store_status row_work(struct store *store, void *context)
{
    struct delegation_input *input = context;

    input->status = delegation_read(store, &input->row, &input->task->arena, input->number);
    return input->status == PEOPLE_STORE ? STORE_REFUSED : STORE_OK;
}

static bool row_find(struct api_task *task)
{
    struct delegation_input *input = task->input;

    input->task = task;
    const enum store_status status = store_transact(task->api->store, STORE_READ, row_work, input);
    if (status != STORE_OK && status != STORE_REFUSED) {
        task->store_status = status;
        return false;
    }
    if (input->status == PEOPLE_OK && !sees(task, &input->row)) {
        input->status = PEOPLE_NOT_FOUND;
    }
    api_task_people(task, input->status);
    return input->status == PEOPLE_OK;
}

static void row_reply(struct api_task *task, unsigned status)
{
    const struct delegation_input *input = task->input;
    struct json_writer writer;

    if (row_find(task)) {
        json_writer_init(&writer, &task->body);
        row_write(&writer, &input->row);
        task->status = status;
    }
}

/* ---- the list ---- */

static enum store_status list_work(struct store *store, void *context)
{
    struct delegation_input *input = context;
    const struct api_task *task = input->task;

    input->query.path = task->place;
    input->query.user = input->mine ? task->actor : SLICE("");
    input->status =
        delegation_page(store, &input->rows, &input->count, &input->task->arena, &input->query);
    return input->status == PEOPLE_STORE ? STORE_REFUSED : STORE_OK;
}

static void list_run(struct api_task *task)
{
    struct delegation_input *input = task->input;
    struct json_writer writer;

    input->task = task;
    const enum store_status status = store_transact(task->api->store, STORE_READ, list_work, input);
    if (status != STORE_OK) {
        task->store_status = status == STORE_REFUSED ? STORE_FAILED : status;
        return;
    }
    api_items_begin(&writer, &task->body);
    for (size_t i = 0; i < input->count; i++) {
        if (sees(task, &input->rows[i])) {
            row_write(&writer, &input->rows[i]);
        }
    }
    api_items_end_numbered(&writer, task->request, input->count >= input->query.count,
                           input->count == 0 ? 0 : input->rows[input->count - 1].number);
}

void api_delegations_list(struct http_request *request, void *context)
{
    struct delegation_input *input = input_new(request);
    const struct slice list = http_request_query(request, SLICE("list"));
    struct api_cursor cursor;

    if (input == NULL || !api_list_read(request, &cursor, "i")) {
        return;
    }
    input->mine = slice_equal(list, SLICE("mine"));
    if (list.size > 0 && !input->mine && !slice_equal(list, SLICE("all"))) {
        api_problem_parameter(request, "list", "it is mine or all", "取值为 mine 或 all");
        return;
    }
    input->query.behind = cursor.given ? cursor.values[0].number : 0;
    input->query.count = cursor.count;
    api_task_start(context, request, list_run, input);
}

static void get_run(struct api_task *task)
{
    row_reply(task, 200);
}

void api_delegation_get(struct http_request *request, void *context)
{
    delegation_task(request, context, get_run);
}

/* ---- made and revoked ---- */

static enum store_status place_work(struct store *store, void *context)
{
    struct delegation_input *input = context;
    struct people_organisation place;

    input->status =
        people_organisation_read(store, &place, &input->task->arena, input->row.organisation);
    input->row.path = input->status == PEOPLE_OK ? place.path : SLICE("");
    return input->status == PEOPLE_STORE ? STORE_REFUSED : STORE_OK;
}

/* Role and dates, and whether who asks may: the delegator, or who gives posts there. */
static bool wanted_read(struct api_task *task)
{
    struct delegation_input *input = task->input;
    struct delegation *row = &input->row;
    const struct slice *texts = input->texts;

    *row = (struct delegation){.delegate = texts[0],
                               .organisation = texts[1],
                               .document = texts[4],
                               .reason = texts[5],
                               .delegator = texts[6].size > 0 ? texts[6] : task->actor};
    if (!role_from_name(texts[2], &row->role)) {
        api_task_refuse(task, 400, "bad-role", "there is no such role", "没有该角色");
        return false;
    }
    if (!time_parse(texts[3], &row->until) ||
        (texts[7].size > 0 && !time_parse(texts[7], &row->since))) {
        api_task_refuse(task, 400, "bad-dates", "since and until are RFC 3339 times in UTC",
                        "since 与 until 须为 RFC 3339 的 UTC 时间");
        return false;
    }
    input->task = task;
    task->store_status = store_transact(task->api->store, STORE_READ, place_work, input);
    if (task->store_status != STORE_OK) {
        return false;
    }
    if (!is_me(task, row->delegator) && !administers(task, row->path)) {
        api_task_people(task, PEOPLE_NOT_FOUND);
        return false;
    }
    return true;
}

static void make_run(struct api_task *task)
{
    static const char *const names[] = {"delegate", "organisation", "role",  "until", "document",
                                        "reason",   "delegator",    "since", NULL};
    struct delegation_input *input = task->input;
    const struct people_actor actor = api_task_actor(task);

    if (!api_task_texts(task, names, 6, input->texts) || !wanted_read(task)) {
        return;
    }
    const enum people_status status =
        delegation_make(task->api->store, &actor, &input->number, &input->row);
    api_task_people(task, status);
    if (status == PEOPLE_OK) {
        row_reply(task, 201);
    }
}

void api_delegations_post(struct http_request *request, void *context)
{
    delegation_task(request, context, make_run);
}

static void revoke_run(struct api_task *task)
{
    static const char *const names[] = {"reason", NULL};
    struct delegation_input *input = task->input;
    const struct people_actor actor = api_task_actor(task);

    if (!api_task_texts(task, names, 1, input->texts) || !row_find(task)) {
        return;
    }
    if (!is_me(task, input->row.delegator) && !administers(task, input->row.path)) {
        api_task_refuse(task, 403, "not-the-delegator",
                        "the delegator revokes it, or who gives posts there",
                        "只能由转授人或该机构的安全管理员撤销");
        return;
    }
    const enum people_status status =
        delegation_revoke(task->api->store, &actor, input->number, input->texts[0]);
    api_task_people(task, status);
    if (status == PEOPLE_OK) {
        row_reply(task, 200);
    }
}

void api_delegation_revoke(struct http_request *request, void *context)
{
    delegation_task(request, context, revoke_run);
}
