/* /v1/groups: entered, changed, listed; their versions. The document is in api_group_document.c. */
#include "api/api_groups.h"

#include "api/api_list.h"
#include "api/api_people.h"
#include "api/api_proposal.h"
#include "credit/group_move.h"
#include "credit/sender.h"

struct groups_input *api_groups_input(struct http_request *request)
{
    struct groups_input *input = arena_take(request->arena, sizeof(*input));

    if (input == NULL) {
        api_problem_memory(request);
        return NULL;
    }
    input->day = DATE_NONE;
    return input;
}

enum store_status api_groups_done(struct groups_input *input, enum customer_status status)
{
    input->status = status;
    return status == CUSTOMER_OK ? STORE_OK : STORE_REFUSED;
}

bool api_groups_read(struct api_task *task, store_work work)
{
    struct groups_input *input = task->input;

    input->task = task;
    if (!api_task_reach(task, &input->reach)) {
        return false;
    }
    const enum store_status status = store_transact(task->api->store, STORE_READ, work, input);
    if (status != STORE_OK && status != STORE_REFUSED) {
        task->store_status = status;
        return false;
    }
    api_task_customer(task, input->status, NULL);
    return input->status == CUSTOMER_OK;
}

void api_group_members_write(struct json_writer *writer, const struct obligor_group *group)
{
    api_text_member(writer, "id", group->id);
    api_number_member(writer, "version", (uint64_t)group->version);
    api_text_member(writer, "name", group->name);
    api_text_member(writer, "legal_entity", group->legal_entity);
    api_text_member(writer, "organisation", group->organisation);
    api_text_member(writer, "lead", group->lead);
    if (group->merged_into.size > 0) {
        api_text_member(writer, "merged_into", group->merged_into);
    }
    if (group->limit.size > 0) {
        api_text_member(writer, "limit", group->limit);
    }
    api_time_member(writer, "created", group->created);
}

/* ---- entering and changing ---- */

static void body_refuse(struct api_task *task)
{
    api_task_customer(task, CUSTOMER_BAD_BODY, NULL);
}

static bool member_take(struct obligor_group_draft *draft, const struct json_value *member)
{
    const struct {
        const char *name;
        struct slice *to;
    } texts[] = {{"name", &draft->name},
                 {"organisation", &draft->organisation},
                 {"lead", &draft->lead},
                 {"reason", &draft->reason}};

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (slice_equal(member->name, slice_from_cstr(texts[i].name))) {
            *texts[i].to = member->text;
            return member->type == JSON_STRING && member->text.size > 0;
        }
    }
    return false;
}

static bool members_read(struct api_task *task, struct obligor_group_draft *draft,
                         const struct json_value *list)
{
    struct slice *members =
        arena_take_array(task->request->arena, (size_t)list->count + 1, sizeof(*members));
    size_t count = 0;

    if (members == NULL || list->type != JSON_ARRAY) {
        return false;
    }
    for (const struct json_value *item = list->first; item != NULL; item = item->next) {
        if (item->type != JSON_STRING || item->text.size == 0) {
            return false;
        }
        members[count++] = item->text;
    }
    draft->members = members;
    draft->member_count = count;
    return true;
}

/* An object of texts, and of a new group a list of members. */
static bool draft_read(struct api_task *task, struct obligor_group_draft *draft, bool is_new)
{
    struct json_error error;
    const struct json_value *body = json_parse(task->request->arena, &error, task->request->body);
    bool good = body != NULL && body->type == JSON_OBJECT;

    *draft = (struct obligor_group_draft){.name = SLICE("")};
    for (const struct json_value *member = good ? body->first : NULL; member != NULL && good;
         member = member->next) {
        good = is_new && slice_equal(member->name, SLICE("members"))
                   ? members_read(task, draft, member)
                   : member_take(draft, member);
    }
    good = good && (!is_new ||
                    (draft->name.size > 0 && draft->organisation.size > 0 && draft->lead.size > 0));
    if (!good) {
        body_refuse(task);
    }
    return good;
}

static void change_reply(struct api_task *task, enum customer_status status,
                         const struct obligor_group *group, unsigned success)
{
    struct json_writer writer;

    api_task_customer(task, status, NULL);
    if (status == CUSTOMER_OK) {
        json_writer_init(&writer, &task->body);
        json_object_begin(&writer);
        api_text_member(&writer, "id", group->id);
        api_number_member(&writer, "version", (uint64_t)group->version);
        json_object_end(&writer);
        api_task_version(task, group->version);
        task->status = success;
    }
}

static void add_run(struct api_task *task)
{
    struct groups_input *input = task->input;
    const struct people_actor actor = api_task_actor(task);
    const struct customer_asking asking = {&actor, &input->reach};
    struct obligor_group_draft draft;

    enum customer_status refused = CUSTOMER_OK;

    if (!draft_read(task, &draft, true) || !api_task_reach(task, &input->reach)) {
        return;
    }
    const enum credit_status status = group_enter(task->api->store, &input->group, &refused,
                                                  &task->arena, &asking, &task->api->packs, &draft);
    if (status == CREDIT_OK || status == CREDIT_MOVE_CUSTOMER) {
        change_reply(task, refused, &input->group, 201);
    } else {
        api_task_credit(task, status, NULL);
    }
}

/* The ledger may be owed the limits that the pack has for the group. */
static void add_finished(struct api_task *task)
{
    if (!api_task_failed(task)) {
        api_steps_changed(task->api);
        if (task->api->sender != NULL) {
            sender_poke(task->api->sender);
        }
    }
}

static void groups_task(struct http_request *request, void *context,
                        void (*work)(struct api_task *task))
{
    struct groups_input *input = api_groups_input(request);

    if (input != NULL && api_query_known(request)) {
        api_task_start(context, request, work, input);
    }
}

void api_groups_post(struct http_request *request, void *context)
{
    struct groups_input *input = api_groups_input(request);

    if (input != NULL && api_query_known(request)) {
        api_task_start_finished(context, request, add_run, input, add_finished);
    }
}

static enum store_status version_work(struct store *store, void *context)
{
    struct groups_input *input = context;

    return api_groups_done(input,
                           obligor_group_read(store, &input->group, &input->task->arena,
                                              &input->reach, input->task->request->params[0]));
}

/* What If-Match says is judged against what was read; the change judges once more, in its own
 * transaction, that it still is so. */
static void put_run(struct api_task *task)
{
    struct groups_input *input = task->input;
    const struct people_actor actor = api_task_actor(task);
    const struct customer_asking asking = {&actor, &input->reach};
    struct obligor_group_draft draft;

    if (!draft_read(task, &draft, false) || !api_groups_read(task, version_work) ||
        !api_task_matches(task, input->group.version, true)) {
        return;
    }
    const enum customer_status status =
        obligor_group_update(task->api->store, &input->group, &task->arena, &asking,
                             task->request->params[0], input->group.version, &draft);
    change_reply(task, status, &input->group, 200);
}

void api_group_put(struct http_request *request, void *context)
{
    groups_task(request, context, put_run);
}

/* ---- versions ---- */

static enum store_status history_work(struct store *store, void *context)
{
    struct groups_input *input = context;
    struct arena *arena = &input->task->arena;

    enum customer_status status = obligor_group_read(store, &input->group, arena, &input->reach,
                                                     input->task->request->params[0]);
    if (status == CUSTOMER_OK) {
        status = obligor_group_versions_read(store, &input->versions, &input->version_count, arena,
                                             input->group.id, input->before, DATE_NONE,
                                             input->query.count);
    }
    return api_groups_done(input, status);
}

static void version_write(struct json_writer *writer, const struct obligor_group_version *version)
{
    json_object_begin(writer);
    api_number_member(writer, "version", (uint64_t)version->version);
    api_date_member(writer, "valid_from", version->valid_from);
    api_time_member(writer, "recorded_at", version->recorded_at);
    api_text_member(writer, "recorded_by", version->actor);
    api_text_member(writer, "action", version->action);
    api_text_member(writer, "reason", version->reason);
    api_text_member(writer, "name", version->name);
    api_text_member(writer, "organisation", version->organisation);
    api_text_member(writer, "lead", version->lead);
    if (version->merged_into.size > 0) {
        api_text_member(writer, "merged_into", version->merged_into);
    }
    json_object_end(writer);
}

static void history_run(struct api_task *task)
{
    struct groups_input *input = task->input;
    struct json_writer writer;

    if (!api_groups_read(task, history_work)) {
        return;
    }
    api_items_begin(&writer, &task->body);
    for (size_t i = 0; i < input->version_count; i++) {
        version_write(&writer, &input->versions[i]);
    }
    const bool full = input->version_count == input->query.count;
    api_items_end_numbered(&writer, task->request, full,
                           full ? input->versions[input->version_count - 1].version : 0);
}

void api_group_history(struct http_request *request, void *context)
{
    struct groups_input *input = api_groups_input(request);

    if (input != NULL && api_list_read_numbered(request, &input->query.count, &input->before)) {
        api_task_start(context, request, history_run, input);
    }
}

/* ---- the list ---- */

static enum store_status list_work(struct store *store, void *context)
{
    struct groups_input *input = context;

    return api_groups_done(input, obligor_group_page_read(store, &input->page, &input->task->arena,
                                                          &input->reach, &input->query));
}

static void list_run(struct api_task *task)
{
    struct groups_input *input = task->input;
    const bool by_name = input->query.sort == GROUP_BY_NAME;
    const struct obligor_group_page *page = &input->page;
    struct json_writer writer;

    if (!api_groups_read(task, list_work)) {
        return;
    }
    api_items_begin(&writer, &task->body);
    for (size_t i = 0; i < page->count; i++) {
        json_object_begin(&writer);
        api_group_members_write(&writer, &page->groups[i]);
        json_object_end(&writer);
    }
    if (page->more) {
        const struct store_value place[] = {store_text(page->last.name),
                                            store_integer(page->last.number),
                                            store_integer(page->last.passed)};
        api_items_end(&writer, task->request, by_name ? "tii" : "ii", by_name ? place : place + 1);
    } else {
        api_items_end_last(&writer);
    }
}

static bool match_read(struct http_request *request, struct obligor_group_query *query)
{
    query->match = http_request_query(request, SLICE("match"));
    query->customer = http_request_query(request, SLICE("customer"));
    if (query->match.size > CUSTOMER_NAME_MAX || !utf8_valid(query->match) ||
        (query->match.size > 0 && memchr(query->match.data, '\0', query->match.size) != NULL)) {
        api_problem_parameter(request, "match", "too long, or no text", "过长或不是文本");
        return false;
    }
    if (query->customer.size > 0 && !people_id_valid(query->customer)) {
        api_problem_parameter(request, "customer", "no id of a customer", "不是客户标识");
        return false;
    }
    return true;
}

void api_groups_list(struct http_request *request, void *context)
{
    static const char *const sorts[] = {"name", "created", NULL};
    struct groups_input *input = api_groups_input(request);
    struct obligor_group_query *query = input == NULL ? NULL : &input->query;
    struct api_cursor cursor;
    size_t sort;

    if (input == NULL || !api_list_sort(request, sorts, &sort, &query->descending) ||
        !match_read(request, query) || !api_list_read(request, &cursor, sort == 0 ? "tii" : "ii")) {
        return;
    }
    query->sort = sort == 0 ? GROUP_BY_NAME : GROUP_BY_NUMBER;
    query->count = cursor.count;
    query->behind = cursor.given;
    if (cursor.given) {
        const struct store_value *place = &cursor.values[sort == 0 ? 1 : 0];
        query->from = (struct obligor_group_place){sort == 0 ? cursor.values[0].bytes : SLICE(""),
                                                   place[0].number, place[1].number};
    }
    api_task_start(context, request, list_run, input);
}
