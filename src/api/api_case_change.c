/* /v1/cases and /v1/messages: cases that people start and cancel, messages that cases await. */
#include "api/api_customer.h"
#include "api/api_people.h"
#include "api/api_process.h"

struct change_input {
    struct api_task *task;
    struct people_actor actor;
    struct process_asking asking;
    struct process_begin begin;
    struct process_message message;
    struct process_resolution resolution;
    struct slice reason;
    struct process_case row;
    bool is_new;
    enum process_status status;
};

static void change_task(struct http_request *request, void *context,
                        void (*work)(struct api_task *task))
{
    struct change_input *input = arena_take(request->arena, sizeof(*input));

    if (input == NULL) {
        api_problem_memory(request);
        return;
    }
    *input = (struct change_input){0};
    if (api_query_known(request)) {
        api_task_start(context, request, work, input);
    }
}

static struct change_input *begin(struct api_task *task)
{
    struct change_input *input = task->input;

    input->task = task;
    input->actor = api_task_actor(task);
    input->asking = (struct process_asking){&input->actor, task->by_session, &task->api->packs};
    input->status = PROCESS_OK;
    return input;
}

static enum store_status done(struct change_input *input, enum process_status status)
{
    input->status = status;
    return status == PROCESS_OK ? STORE_OK : STORE_REFUSED;
}

/* Runs a change and answers with the case. A refusal that the task has said itself stays. */
static void change_run(struct api_task *task, store_work work)
{
    const struct change_input *input = task->input;
    struct json_writer writer;

    const enum store_status status =
        store_transact(task->api->store, STORE_WRITE, work, task->input);
    if (task->slug == NULL && api_task_process(task, status, input->status)) {
        json_writer_init(&writer, &task->body);
        api_case_write(&writer, &input->row);
        api_task_version(task, input->row.step);
    }
}

/* ---- bodies ---- */

/* The text of a JSON value; the reader bounds its depth. */
static void value_write(struct json_writer *writer, const struct json_value *value)
{
    switch (value->type) {
    case JSON_STRING:
        json_string(writer, value->text);
        return;
    case JSON_NUMBER:
        json_raw(writer, value->text);
        return;
    case JSON_ARRAY:
    case JSON_OBJECT:
        break;
    default:
        json_raw(writer, value->type == JSON_NULL   ? SLICE("null")
                         : value->type == JSON_TRUE ? SLICE("true")
                                                    : SLICE("false"));
        return;
    }
    if (value->type == JSON_ARRAY) {
        json_array_begin(writer);
    } else {
        json_object_begin(writer);
    }
    for (const struct json_value *at = value->first; at != NULL; at = at->next) {
        if (value->type == JSON_OBJECT) {
            json_name(writer, at->name);
        }
        value_write(writer, at);
    }
    if (value->type == JSON_ARRAY) {
        json_array_end(writer);
    } else {
        json_object_end(writer);
    }
}

struct member {
    const char *name;
    bool required;
    bool object; /* else a text */
    struct slice *ret_text;
};

static bool body_wrong(struct api_task *task)
{
    api_task_refuse(task, 400, "bad-body", "the body is not what this route takes",
                    "请求体不符合此接口的要求");
    return false;
}

static bool member_read(struct api_task *task, const struct member *member,
                        const struct json_value *value)
{
    struct buffer text = {0};
    struct json_writer writer;

    if (value->type != (member->object ? JSON_OBJECT : JSON_STRING)) {
        return body_wrong(task);
    }
    if (!member->object) {
        *member->ret_text = value->text;
        return true;
    }
    json_writer_init(&writer, &text);
    value_write(&writer, value);
    *member->ret_text = arena_copy(&task->arena, buffer_slice(&text));
    const bool failed = buffer_failed(&text) || member->ret_text->data == NULL;
    buffer_release(&text);
    if (failed) {
        task->store_status = STORE_NO_MEMORY;
    }
    return !failed;
}

/* An object with these members and no others. */
static bool body_read(struct api_task *task, const struct member *members, size_t count)
{
    struct json_error error;
    const struct json_value *body = json_parse(&task->arena, &error, task->request->body);
    uint32_t found = 0;

    if (body == NULL && error.memory_short) {
        task->store_status = STORE_NO_MEMORY;
        return false;
    }
    if (body == NULL || body->type != JSON_OBJECT) {
        return body_wrong(task);
    }
    for (size_t i = 0; i < count; i++) {
        const struct json_value *value = json_member(body, slice_from_cstr(members[i].name));
        if (value == NULL && members[i].required) {
            return body_wrong(task);
        }
        if (value != NULL && !member_read(task, &members[i], value)) {
            return false;
        }
        found += value != NULL;
    }
    return found == body->count || body_wrong(task);
}

/* ---- start ---- */

static enum store_status start_work(struct store *store, void *context)
{
    struct change_input *input = context;

    return done(input, process_begin(store, &input->row, &input->is_new, &input->task->arena,
                                     &input->asking, &input->begin));
}

static void start_run(struct api_task *task)
{
    struct change_input *input = begin(task);
    struct process_begin *wish = &input->begin;
    const struct member members[] = {
        {"process", true, false, &wish->process},
        {"organisation", true, false, &wish->organisation},
        {"subject", true, false, &wish->subject},
        {"key", false, false, &wish->key},
        {"variables", false, true, &wish->variables},
    };

    *wish = (struct process_begin){0};
    if (body_read(task, members, sizeof(members) / sizeof(members[0]))) {
        change_run(task, start_work);
        if (task->slug == NULL && task->store_status == STORE_OK) {
            task->status = input->is_new ? 201 : 200;
        }
    }
}

void api_process_case_start(struct http_request *request, void *context)
{
    change_task(request, context, start_run);
}

/* ---- cancel ---- */

static enum process_status case_find(struct store *store, struct change_input *input,
                                     struct slice id)
{
    TRY(process_case_read(store, &input->row, &input->task->arena, id));
    return api_task_sees(input->task, input->row.path) ? PROCESS_OK : PROCESS_NOT_FOUND;
}

/* Who started a case by hand takes it back; else it needs a limit manager. */
static bool may_cancel(const struct change_input *input)
{
    const struct session *session = &input->task->session;

    return slice_equal(input->row.started_by, input->actor.id) ||
           people_sees(session->posts, session->post_count, ROLE_LIMIT_MANAGER, input->row.path,
                       input->task->now);
}

static enum store_status cancel_work(struct store *store, void *context)
{
    struct change_input *input = context;
    struct api_task *task = input->task;

    const enum process_status found = case_find(store, input, task->request->params[0]);
    if (found != PROCESS_OK) {
        return done(input, found);
    }
    if (slice_starts_with(input->row.subject, SLICE("application/"))) {
        api_task_refuse(task, 409, "case-of-an-application",
                        "a case of an application ends with it and is not cancelled by itself",
                        "授信申请的流程随申请结束，不能单独撤销");
        return STORE_REFUSED;
    }
    if (!may_cancel(input)) {
        api_task_refuse(task, 403, "not-yours",
                        "who started a case, or a limit manager, cancels it",
                        "流程只能由发起人或额度管理岗撤销");
        return STORE_REFUSED;
    }
    if (!api_task_matches(task, input->row.step, false)) {
        return STORE_REFUSED;
    }
    return done(input, process_cancel(store, &input->row, &task->arena, &input->asking,
                                      input->row.id, input->reason));
}

static void cancel_run(struct api_task *task)
{
    static const char *const names[] = {"reason", NULL};
    struct change_input *input = begin(task);

    if (api_task_texts(task, names, 1, &input->reason)) {
        change_run(task, cancel_work);
    }
}

void api_process_case_cancel(struct http_request *request, void *context)
{
    change_task(request, context, cancel_run);
}

/* ---- incidents ---- */

static enum store_status resolve_work(struct store *store, void *context)
{
    struct change_input *input = context;

    const enum process_status found = case_find(store, input, input->resolution.case_id);
    if (found != PROCESS_OK) {
        return done(input, found);
    }
    if (!api_task_matches(input->task, input->row.step, false)) {
        return STORE_REFUSED;
    }
    return done(input, process_incident_resolve(store, &input->row, &input->task->arena,
                                                &input->asking, &input->resolution));
}

static void resolve_run(struct api_task *task)
{
    struct change_input *input = begin(task);
    struct process_resolution *resolution = &input->resolution;
    const struct member members[] = {
        {"reason", true, false, &resolution->reason},
        {"flow", false, false, &resolution->flow},
        {"variables", false, true, &resolution->variables},
    };
    uint64_t wait = 0;

    *resolution = (struct process_resolution){.case_id = task->request->params[0]};
    if (!slice_to_u64(task->request->params[1], UINT32_MAX, &wait)) {
        (void)api_task_process(task, STORE_REFUSED, PROCESS_NOT_FOUND);
        return;
    }
    resolution->wait = (int64_t)wait;
    if (body_read(task, members, sizeof(members) / sizeof(members[0]))) {
        change_run(task, resolve_work);
    }
}

void api_process_incident_resolve(struct http_request *request, void *context)
{
    change_task(request, context, resolve_run);
}

/* ---- messages ---- */

/* The one case within reach that awaits the message. */
static enum process_status message_find(struct store *store, struct change_input *input)
{
    struct process_case *cases = NULL;
    size_t count = 0;
    size_t seen = 0;

    if (input->message.case_id.size > 0) {
        return case_find(store, input, input->message.case_id);
    }
    TRY(process_message_cases(store, &cases, &count, &input->task->arena, input->message.name,
                              input->message.key));
    for (size_t i = 0; i < count; i++) {
        if (api_task_sees(input->task, cases[i].path)) {
            input->row = cases[i];
            seen++;
        }
    }
    REQUIRE(seen <= 1, PROCESS_AMBIGUOUS);
    return seen == 0 ? PROCESS_EVENT : PROCESS_OK;
}

static enum store_status message_work(struct store *store, void *context)
{
    struct change_input *input = context;
    struct process_message message = input->message;

    const enum process_status found = message_find(store, input);
    if (found != PROCESS_OK) {
        return done(input, found);
    }
    message.case_id = input->row.id;
    return done(input,
                process_message(store, &input->row, &input->task->arena, &input->asking, &message));
}

static void message_run(struct api_task *task)
{
    struct change_input *input = begin(task);
    struct process_message *message = &input->message;
    const struct member members[] = {
        {"name", true, false, &message->name},
        {"key", false, false, &message->key},
        {"id", false, false, &message->id},
        {"case", false, false, &message->case_id},
        {"variables", false, true, &message->variables},
    };

    *message = (struct process_message){0};
    if (body_read(task, members, sizeof(members) / sizeof(members[0]))) {
        change_run(task, message_work);
    }
}

void api_process_message_post(struct http_request *request, void *context)
{
    change_task(request, context, message_run);
}
