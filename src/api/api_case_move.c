/* /v1/cases/{id}/move: a running case moved to the newer version of its process, and what that
 * would come to. */
#include "api/api_customer.h"
#include "api/api_process.h"

enum { REPLACEMENTS_MAX = 200 };

struct move_input {
    struct api_task *task;
    struct people_actor actor;
    struct process_asking asking;
    struct bpmn_replacement *replacements;
    struct process_move wish;
    struct process_moving moving;
    enum process_status status;
};

/* ---- bodies ---- */

static bool body_wrong(struct api_task *task)
{
    api_task_refuse(task, 400, "bad-body", "the body is not what this route takes",
                    "请求体不符合此接口的要求");
    return false;
}

static bool replacements_read(struct api_task *task, struct move_input *input,
                              const struct json_value *list)
{
    if (list->type != JSON_OBJECT || list->count > REPLACEMENTS_MAX) {
        return body_wrong(task);
    }
    input->replacements =
        arena_take_array(&task->arena, list->count + 1, sizeof(*input->replacements));
    if (input->replacements == NULL) {
        task->store_status = STORE_NO_MEMORY;
        return false;
    }
    for (const struct json_value *at = list->first; at != NULL; at = at->next) {
        if (at->type != JSON_STRING) {
            return body_wrong(task);
        }
        input->replacements[input->wish.count++] = (struct bpmn_replacement){at->name, at->text};
    }
    input->wish.replacements = input->replacements;
    return true;
}

static bool member_read(struct api_task *task, struct move_input *input,
                        const struct json_value *value, bool preview)
{
    uint64_t step = 0;

    if (slice_equal(value->name, SLICE("elements"))) {
        return replacements_read(task, input, value);
    }
    if (!preview && value->type == JSON_STRING && slice_equal(value->name, SLICE("pack"))) {
        input->wish.pack = value->text;
        return true;
    }
    if (!preview && value->type == JSON_STRING && slice_equal(value->name, SLICE("reason"))) {
        input->wish.reason = value->text;
        return true;
    }
    if (!preview && value->type == JSON_NUMBER && slice_equal(value->name, SLICE("step")) &&
        slice_to_u64(value->text, INT64_MAX, &step) && step > 0) {
        input->wish.step = (int64_t)step;
        return true;
    }
    return body_wrong(task);
}

/* A preview may have no body; a move names what was shown. */
static bool body_read(struct api_task *task, struct move_input *input, bool preview)
{
    struct json_error error;

    input->wish = (struct process_move){.case_id = task->request->params[0]};
    if (preview && task->request->body.size == 0) {
        return true;
    }
    const struct json_value *body = json_parse(&task->arena, &error, task->request->body);
    if (body == NULL && error.memory_short) {
        task->store_status = STORE_NO_MEMORY;
        return false;
    }
    if (body == NULL || body->type != JSON_OBJECT) {
        return body_wrong(task);
    }
    for (const struct json_value *at = body->first; at != NULL; at = at->next) {
        if (!member_read(task, input, at, preview)) {
            return false;
        }
    }
    return preview ||
           (input->wish.pack.size > 0 && input->wish.step > 0 && input->wish.reason.data != NULL) ||
           body_wrong(task);
}

/* ---- answers ---- */

static void moving_write(struct buffer *out, const struct process_moving *moving)
{
    struct json_writer writer;

    json_writer_init(&writer, out);
    json_object_begin(&writer);
    api_text_member(&writer, "case", moving->row.id);
    api_number_member(&writer, "step", (uint64_t)moving->row.step);
    api_text_member(&writer, "from", moving->from);
    api_text_member(&writer, "to", moving->to);
    json_name(&writer, SLICE("possible"));
    json_bool(&writer, moving->possible);
    json_name(&writer, SLICE("moves"));
    process_moves_write(&writer, moving->moves);
    json_object_end(&writer);
}

/* What has no place goes along with the refusal. */
static void obstacles_tell(struct api_task *task, const struct process_moving *moving)
{
    struct buffer text = {0};
    struct json_writer writer;

    json_writer_init(&writer, &text);
    process_moves_write(&writer, moving->moves);
    const struct slice copy = buffer_failed(&text)
                                  ? slice_of(NULL, 0)
                                  : arena_copy(task->request->arena, buffer_slice(&text));
    task->more = (struct http_member){SLICE("moves"), copy};
    buffer_release(&text);
}

/* ---- the work ---- */

static enum store_status done(struct move_input *input, enum process_status status)
{
    input->status = status;
    return status == PROCESS_OK ? STORE_OK : STORE_REFUSED;
}

static enum process_status case_seen(struct store *store, const struct move_input *input)
{
    struct process_case row;

    TRY(process_case_read(store, &row, &input->task->arena, input->wish.case_id));
    return api_task_sees(input->task, row.path) ? PROCESS_OK : PROCESS_NOT_FOUND;
}

static enum store_status preview_work(struct store *store, void *context)
{
    struct move_input *input = context;

    enum process_status status = case_seen(store, input);
    if (status == PROCESS_OK) {
        status = process_move_preview(store, &input->moving, &input->task->arena, &input->asking,
                                      &input->wish);
    }
    return done(input, status);
}

static enum store_status move_work(struct store *store, void *context)
{
    struct move_input *input = context;

    enum process_status status = case_seen(store, input);
    if (status == PROCESS_OK) {
        status =
            process_move(store, &input->moving, &input->task->arena, &input->asking, &input->wish);
    }
    return done(input, status);
}

static void run(struct api_task *task, bool preview)
{
    struct move_input *input = task->input;

    input->task = task;
    input->actor = api_task_actor(task);
    input->asking = (struct process_asking){&input->actor, task->by_session, &task->api->packs};
    input->moving = (struct process_moving){0};
    input->status = PROCESS_OK;
    if (!body_read(task, input, preview)) {
        return;
    }
    const enum store_status status =
        store_transact(task->api->store, preview ? STORE_READ : STORE_WRITE,
                       preview ? preview_work : move_work, input);
    if (api_task_process(task, status, input->status)) {
        moving_write(&task->body, &input->moving);
    } else if (input->status == PROCESS_NO_PLACE) {
        obstacles_tell(task, &input->moving);
    }
}

static void preview_run(struct api_task *task)
{
    run(task, true);
}

static void move_run(struct api_task *task)
{
    run(task, false);
}

static void start(struct http_request *request, void *context, void (*work)(struct api_task *task))
{
    struct move_input *input = arena_take(request->arena, sizeof(*input));

    if (input == NULL) {
        api_problem_memory(request);
        return;
    }
    *input = (struct move_input){0};
    if (api_query_known(request)) {
        api_task_start(context, request, work, input);
    }
}

void api_process_case_move_preview(struct http_request *request, void *context)
{
    start(request, context, preview_run);
}

void api_process_case_move(struct http_request *request, void *context)
{
    start(request, context, move_run);
}
