/* /v1/tasks and /v1/cases: what people have to do, and what it is a part of. Who sees a case:
 * whoever has a post at or above its organisation. */
#include "api/api_process.h"
#include "api/api_customer.h"
#include "api/api_list.h"
#include "api/api_people.h"

struct look {
    struct mask_view view;
    char subject[TRAIL_TEXT_MAX];
};

struct process_input {
    struct api_task *task;
    struct people_actor actor;
    struct process_asking asking;
    enum process_status (*change)(struct store *store, struct process_task *ret_task,
                                  struct process_input *input);
    struct slice id;
    struct slice text;  /* outputs, or a reason */
    struct slice shown; /* of a completion */
    struct process_content content;
    struct look *looks; /* what was shown of personal data in the clear */
    size_t look_count;
    struct process_task row;
    struct process_task *tasks;
    struct process_case one;
    struct process_case *cases;
    struct process_history *history;
    size_t count;
    struct process_incident *incidents; /* of one case */
    size_t incident_count;
    struct process_task_query query;
    struct process_case_query case_query;
    bool mine;
    int64_t step; /* of the history: behind this place */
    int64_t ordinal;
    enum process_status status;
};

static struct process_input *input_new(struct http_request *request)
{
    struct process_input *input = arena_take(request->arena, sizeof(*input));

    if (input == NULL) {
        api_problem_memory(request);
        return NULL;
    }
    *input =
        (struct process_input){.id = request->param_count > 0 ? request->params[0] : SLICE("")};
    return input;
}

static void process_task_begin(struct http_request *request, void *context,
                               void (*work)(struct api_task *task))
{
    struct process_input *input = input_new(request);

    if (input != NULL && api_query_known(request)) {
        api_task_start(context, request, work, input);
    }
}

static struct process_input *begin(struct api_task *task)
{
    struct process_input *input = task->input;

    input->task = task;
    input->actor = api_task_actor(task);
    input->asking = (struct process_asking){&input->actor, task->by_session, &task->api->packs};
    input->status = PROCESS_OK;
    return input;
}

static enum store_status done(struct process_input *input, enum process_status status)
{
    input->status = status;
    return status == PROCESS_OK ? STORE_OK : STORE_REFUSED;
}

bool api_task_process(struct api_task *task, enum store_status status, enum process_status process)
{
    if (status == STORE_OK && process == PROCESS_OK) {
        return true;
    }
    if (status != STORE_REFUSED || process == PROCESS_STORE) {
        const enum store_status stored = store_error(task->api->store)->status;
        task->store_status = status != STORE_REFUSED && status != STORE_OK ? status
                             : stored == STORE_OK                          ? STORE_FAILED
                                                                           : stored;
    } else if (process != PROCESS_OK) {
        api_task_refuse(task, process_status_http(process), process_status_slug(process),
                        process_status_text(process, false), process_status_text(process, true));
    }
    return false;
}

/* ---- personal data: what was shown of it is recorded before it is ---- */

static enum process_status looks_begin(struct process_input *input, size_t count)
{
    input->look_count = 0;
    input->looks = arena_take_array(&input->task->arena, count + 1, sizeof(*input->looks));
    return input->looks == NULL ? PROCESS_NO_MEMORY : PROCESS_OK;
}

static struct process_masking masking_begin(struct process_input *input, const char *kind,
                                            struct slice id, struct slice path)
{
    struct look *look = &input->looks[input->look_count];

    api_task_view(input->task, &look->view, path);
    (void)snprintf(look->subject, sizeof(look->subject), "%s/%.*s", kind, (int)id.size, id.data);
    return (struct process_masking){&look->view, &input->task->arena, &input->task->api->packs};
}

static enum process_status tasks_mask(struct store *store, struct process_input *input,
                                      struct process_task *tasks, size_t count)
{
    TRY(looks_begin(input, count));
    for (size_t i = 0; i < count; i++) {
        const struct process_masking masking =
            masking_begin(input, "task", tasks[i].id, tasks[i].path);
        if (api_task_sees(input->task, tasks[i].path)) {
            TRY(process_task_mask(store, &tasks[i], &masking));
            input->look_count += masking.view->clear != 0;
        }
    }
    return PROCESS_OK;
}

static enum store_status looks_work(struct store *store, void *context)
{
    struct process_input *input = context;

    for (size_t i = 0; i < input->look_count; i++) {
        struct mask_view view = input->looks[i].view;
        TRY(mask_record(store, &view, &input->actor, slice_from_cstr(input->looks[i].subject)));
    }
    return STORE_OK;
}

/* Runs a transaction; what it came to is the reply where it is no success. */
static bool succeeded(struct api_task *task, enum store_mode mode, store_work work)
{
    struct process_input *input = begin(task);
    const enum store_status status = store_transact(task->api->store, mode, work, input);

    if (!api_task_process(task, status, input->status)) {
        return false;
    }
    if (input->look_count > 0) {
        task->store_status = store_transact(task->api->store, STORE_WRITE, looks_work, input);
    }
    return task->store_status == STORE_OK;
}

/* ---- answers ---- */

static void raw_member(struct json_writer *writer, const char *name, struct slice json)
{
    if (json.size > 0) {
        json_name(writer, slice_from_cstr(name));
        json_raw(writer, json);
    }
}

static void text_member(struct json_writer *writer, const char *name, struct slice text)
{
    if (text.size > 0) {
        api_text_member(writer, name, text);
    }
}

static void time_member(struct json_writer *writer, const char *name, time_us time)
{
    if (time != TIME_NONE) {
        api_time_member(writer, name, time);
    }
}

/* In: content  NULL: not told */
static void task_write(struct json_writer *writer, const struct process_task *row,
                       const struct process_content *content)
{
    json_object_begin(writer);
    api_text_member(writer, "id", row->id);
    api_number_member(writer, "version", (uint64_t)row->version);
    api_text_member(writer, "case", row->case_id);
    api_text_member(writer, "subject", row->subject);
    api_text_member(writer, "organisation", row->organisation);
    api_text_member(writer, "element", row->element);
    api_text_member(writer, "name", row->name);
    text_member(writer, "form", row->form);
    api_text_member(writer, "candidates", row->roles);
    text_member(writer, "assignee", row->assignee);
    api_text_member(writer, "state", row->state);
    text_member(writer, "claimed_by", row->claimed_by);
    text_member(writer, "in_stead_of", row->claimed_for);
    text_member(writer, "role", row->role);
    text_member(writer, "reason", row->reason);
    raw_member(writer, "inputs", row->inputs);
    raw_member(writer, "outputs", row->outputs);
    api_time_member(writer, "created_at", row->created);
    time_member(writer, "due_at", row->due);
    time_member(writer, "returned_at", row->returned);
    time_member(writer, "escalated_at", row->escalated);
    time_member(writer, "ended_at", row->ended);
    text_member(writer, "shown", row->shown);
    if (content != NULL && content->hash.size > 0) {
        api_text_member(writer, "content", content->hash);
        json_name(writer, SLICE("names_content"));
        json_bool(writer, content->needed);
    }
    json_object_end(writer);
}

static void case_members(struct json_writer *writer, const struct process_case *row)
{
    api_text_member(writer, "id", row->id);
    api_number_member(writer, "step", (uint64_t)row->step);
    api_text_member(writer, "phase", row->phase);
    api_text_member(writer, "subject", row->subject);
    api_text_member(writer, "organisation", row->organisation);
    api_text_member(writer, "process", row->process);
    api_text_member(writer, "pack", row->pack);
    api_number_member(writer, "incidents", (uint64_t)row->incidents);
    api_text_member(writer, "started_by", row->started_by);
    api_time_member(writer, "started_at", row->started);
    api_time_member(writer, "changed_at", row->changed);
    time_member(writer, "ended_at", row->ended);
}

void api_case_write(struct json_writer *writer, const struct process_case *row)
{
    json_object_begin(writer);
    case_members(writer, row);
    json_object_end(writer);
}

static void incident_write(struct json_writer *writer, const struct process_incident *incident)
{
    json_object_begin(writer);
    api_number_member(writer, "wait", (uint64_t)incident->wait);
    api_text_member(writer, "element", incident->element);
    api_text_member(writer, "name", incident->name);
    json_name(writer, SLICE("flows"));
    json_array_begin(writer);
    for (size_t i = 0; i < incident->flow_count; i++) {
        json_string(writer, incident->flows[i]);
    }
    json_array_end(writer);
    json_object_end(writer);
}

/* One case, with its tasks and where it stopped. */
static void case_write(struct json_writer *writer, const struct process_input *input)
{
    json_object_begin(writer);
    case_members(writer, &input->one);
    json_name(writer, SLICE("tasks"));
    json_array_begin(writer);
    for (size_t i = 0; i < input->count; i++) {
        task_write(writer, &input->tasks[i], NULL);
    }
    json_array_end(writer);
    json_name(writer, SLICE("open_incidents"));
    json_array_begin(writer);
    for (size_t i = 0; i < input->incident_count; i++) {
        incident_write(writer, &input->incidents[i]);
    }
    json_array_end(writer);
    json_object_end(writer);
}

static void task_reply(struct api_task *task, const struct process_input *input)
{
    struct json_writer writer;

    json_writer_init(&writer, &task->body);
    task_write(&writer, &input->row, &input->content);
    api_task_version(task, input->row.version);
}

/* ---- one task ---- */

static enum process_status task_find(struct store *store, struct process_input *input)
{
    TRY(process_task_read(store, &input->row, &input->task->arena, input->id));
    return api_task_sees(input->task, input->row.path) ? PROCESS_OK : PROCESS_NOT_FOUND;
}

/* What is told of the task beside its row, and what it holds as who asks may see it. */
static enum process_status task_complement(struct store *store, struct process_input *input)
{
    TRY(process_task_content(store, &input->content, &input->task->arena, &input->task->api->packs,
                             &input->row));
    return tasks_mask(store, input, &input->row, 1);
}

static enum store_status task_get_work(struct store *store, void *context)
{
    const enum process_status status = task_find(store, context);

    return done(context, status == PROCESS_OK ? task_complement(store, context) : status);
}

static void task_get_run(struct api_task *task)
{
    if (succeeded(task, STORE_READ, task_get_work)) {
        task_reply(task, task->input);
    }
}

void api_process_task_get(struct http_request *request, void *context)
{
    process_task_begin(request, context, task_get_run);
}

static enum store_status change_work(struct store *store, void *context)
{
    struct process_input *input = context;

    enum process_status status = task_find(store, input);
    if (status != PROCESS_OK) {
        return done(input, status);
    }
    if (!api_task_matches(input->task, input->row.version, false)) {
        return STORE_REFUSED; /* which it has said itself */
    }
    status = input->change(store, &input->row, input);
    return done(input, status == PROCESS_OK ? task_complement(store, input) : status);
}

static void change_run(struct api_task *task)
{
    if (succeeded(task, STORE_WRITE, change_work)) {
        task_reply(task, task->input);
    }
}

static enum process_status claim(struct store *store, struct process_task *ret_task,
                                 struct process_input *input)
{
    return process_task_claim(store, ret_task, &input->task->arena, &input->asking, input->id, 0);
}

static enum process_status unclaim(struct store *store, struct process_task *ret_task,
                                   struct process_input *input)
{
    return process_task_unclaim(store, ret_task, &input->task->arena, &input->asking, input->id, 0);
}

static enum process_status complete(struct store *store, struct process_task *ret_task,
                                    struct process_input *input)
{
    const struct process_completion completion = {input->text, input->shown};

    return process_task_complete(store, ret_task, &input->task->arena, &input->asking, input->id, 0,
                                 &completion);
}

static enum process_status hand_back(struct store *store, struct process_task *ret_task,
                                     struct process_input *input)
{
    return process_task_return(store, ret_task, &input->task->arena, &input->asking, input->id, 0,
                               input->text);
}

static enum process_status resume(struct store *store, struct process_task *ret_task,
                                  struct process_input *input)
{
    return process_task_resume(store, ret_task, &input->task->arena, &input->asking, input->id, 0,
                               input->text);
}

static void claim_run(struct api_task *task)
{
    ((struct process_input *)task->input)->change = claim;
    change_run(task);
}

static void unclaim_run(struct api_task *task)
{
    ((struct process_input *)task->input)->change = unclaim;
    change_run(task);
}

static void complete_run(struct api_task *task)
{
    struct process_input *input = task->input;

    input->change = complete;
    input->text = task->request->body;
    input->shown = http_request_query(task->request, SLICE("shown"));
    change_run(task);
}

static void reason_run(struct api_task *task)
{
    static const char *const names[] = {"reason", NULL};
    struct process_input *input = task->input;

    if (api_task_texts(task, names, 1, &input->text)) {
        change_run(task);
    }
}

static void return_run(struct api_task *task)
{
    ((struct process_input *)task->input)->change = hand_back;
    reason_run(task);
}

static void resume_run(struct api_task *task)
{
    ((struct process_input *)task->input)->change = resume;
    reason_run(task);
}

void api_process_task_claim(struct http_request *request, void *context)
{
    process_task_begin(request, context, claim_run);
}

void api_process_task_unclaim(struct http_request *request, void *context)
{
    process_task_begin(request, context, unclaim_run);
}

void api_process_task_complete(struct http_request *request, void *context)
{
    process_task_begin(request, context, complete_run);
}

void api_process_task_return(struct http_request *request, void *context)
{
    process_task_begin(request, context, return_run);
}

void api_process_task_resume(struct http_request *request, void *context)
{
    process_task_begin(request, context, resume_run);
}

/* ---- the list of tasks ---- */

static enum store_status tasks_work(struct store *store, void *context)
{
    struct process_input *input = context;
    const struct api_task *task = input->task;
    struct process_task_query *query = &input->query;

    query->now = task->now;
    query->posts = task->by_session ? task->session.posts : NULL;
    query->post_count = task->by_session ? task->session.post_count : 0;
    query->path = task->place;
    query->claimed_by = input->mine ? task->actor : SLICE("");
    enum process_status status =
        process_task_page(store, &input->tasks, &input->count, &input->task->arena, query);
    if (status == PROCESS_OK) {
        status = tasks_mask(store, input, input->tasks, input->count);
    }
    return done(input, status);
}

static void tasks_run(struct api_task *task)
{
    struct process_input *input = task->input;
    struct json_writer writer;

    if (!succeeded(task, STORE_READ, tasks_work)) {
        return;
    }
    api_items_begin(&writer, &task->body);
    for (size_t i = 0; i < input->count; i++) {
        if (api_task_sees(task, input->tasks[i].path)) {
            task_write(&writer, &input->tasks[i], NULL);
        }
    }
    api_items_end_numbered(&writer, task->request, input->count >= input->query.count,
                           input->count == 0 ? 0 : input->tasks[input->count - 1].number);
}

void api_process_tasks_list(struct http_request *request, void *context)
{
    struct process_input *input = input_new(request);
    const struct slice list = http_request_query(request, SLICE("list"));
    struct api_cursor cursor;

    if (input == NULL || !api_list_read(request, &cursor, "i")) {
        return;
    }
    input->mine = slice_equal(list, SLICE("mine"));
    if (list.size > 0 && !input->mine && !slice_equal(list, SLICE("candidates"))) {
        api_problem_parameter(request, "list", "it is mine or candidates",
                              "取值为 mine 或 candidates");
        return;
    }
    input->query.behind = cursor.given ? cursor.values[0].number : 0;
    input->query.count = cursor.count;
    api_task_start(context, request, tasks_run, input);
}

/* ---- cases ---- */

static enum process_status case_find(struct store *store, struct process_input *input)
{
    TRY(process_case_read(store, &input->one, &input->task->arena, input->id));
    return api_task_sees(input->task, input->one.path) ? PROCESS_OK : PROCESS_NOT_FOUND;
}

static enum process_status case_read(struct store *store, struct process_input *input)
{
    struct arena *arena = &input->task->arena;

    TRY(case_find(store, input));
    TRY(process_case_tasks(store, &input->tasks, &input->count, arena, input->id));
    TRY(process_case_incidents(store, &input->incidents, &input->incident_count, arena,
                               &input->task->api->packs, &input->one));
    return tasks_mask(store, input, input->tasks, input->count);
}

static enum store_status case_work(struct store *store, void *context)
{
    return done(context, case_read(store, context));
}

static void case_run(struct api_task *task)
{
    const struct process_input *input = task->input;
    struct json_writer writer;

    if (succeeded(task, STORE_READ, case_work)) {
        json_writer_init(&writer, &task->body);
        case_write(&writer, input);
    }
}

void api_process_case_get(struct http_request *request, void *context)
{
    process_task_begin(request, context, case_run);
}

static enum store_status cases_work(struct store *store, void *context)
{
    struct process_input *input = context;

    input->case_query.path = input->task->place;
    return done(input, process_case_page(store, &input->cases, &input->count, &input->task->arena,
                                         &input->case_query));
}

/* What lies beyond reach is left out, so that a page may be short though there are more. */
static void cases_run(struct api_task *task)
{
    const struct process_input *input = task->input;
    struct json_writer writer;

    if (!succeeded(task, STORE_READ, cases_work)) {
        return;
    }
    api_items_begin(&writer, &task->body);
    for (size_t i = 0; i < input->count; i++) {
        if (api_task_sees(task, input->cases[i].path)) {
            api_case_write(&writer, &input->cases[i]);
        }
    }
    api_items_end_numbered(&writer, task->request, input->count >= input->case_query.count,
                           input->count == 0 ? 0 : input->cases[input->count - 1].number);
}

void api_process_cases_list(struct http_request *request, void *context)
{
    struct process_input *input = input_new(request);
    struct api_cursor cursor;

    if (input == NULL || !api_list_read(request, &cursor, "i")) {
        return;
    }
    const struct slice phase = http_request_query(request, SLICE("phase"));
    if (phase.size > 0 && !slice_equal(phase, SLICE("running")) &&
        !slice_equal(phase, SLICE("completed")) && !slice_equal(phase, SLICE("cancelled"))) {
        api_problem_parameter(request, "phase", "there is no such phase", "没有该阶段");
        return;
    }
    input->case_query =
        (struct process_case_query){.phase = http_request_query(request, SLICE("phase")),
                                    .subject = http_request_query(request, SLICE("subject")),
                                    .behind = cursor.given ? cursor.values[0].number : 0,
                                    .count = cursor.count};
    api_task_start(context, request, cases_run, input);
}

static enum process_status history_mask(struct store *store, struct process_input *input)
{
    TRY(looks_begin(input, 1));
    const struct process_masking masking =
        masking_begin(input, "case", input->one.id, input->one.path);
    TRY(process_history_mask(store, &input->one, input->history, input->count, &masking));
    input->look_count = masking.view->clear != 0;
    return PROCESS_OK;
}

static enum store_status history_work(struct store *store, void *context)
{
    struct process_input *input = context;

    enum process_status status = case_find(store, input);
    if (status == PROCESS_OK) {
        status =
            process_case_history(store, &input->history, &input->count, &input->task->arena,
                                 input->id, input->step, input->ordinal, input->case_query.count);
    }
    if (status == PROCESS_OK) {
        status = history_mask(store, input);
    }
    return done(input, status);
}

static void history_run(struct api_task *task)
{
    const struct process_input *input = task->input;
    struct json_writer writer;

    if (!succeeded(task, STORE_READ, history_work)) {
        return;
    }
    api_items_begin(&writer, &task->body);
    for (size_t i = 0; i < input->count; i++) {
        json_raw(&writer, input->history[i].effect);
    }
    if (input->count < input->case_query.count) {
        api_items_end_last(&writer);
    } else {
        const struct process_history *last = &input->history[input->count - 1];
        const struct store_value place[] = {store_integer(last->step),
                                            store_integer(last->ordinal)};
        api_items_end(&writer, task->request, "ii", place);
    }
}

void api_process_case_history(struct http_request *request, void *context)
{
    struct process_input *input = input_new(request);
    struct api_cursor cursor;

    if (input == NULL || !api_list_read(request, &cursor, "ii")) {
        return;
    }
    input->case_query.count = cursor.count;
    input->step = cursor.given ? cursor.values[0].number : 0;
    input->ordinal = cursor.given ? cursor.values[1].number : 0;
    api_task_start(context, request, history_run, input);
}
