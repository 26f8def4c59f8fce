#include "api/api_task.h"

void api_task_refuse(struct api_task *task, unsigned status, const char *slug, const char *english,
                     const char *chinese)
{
    task->status = status;
    task->slug = slug;
    task->english = english;
    task->chinese = chinese;
}

static void task_run(struct jobs_item *job)
{
    struct api_task *task = (struct api_task *)(void *)job;

    task->work(task);
}

static void store_problem(struct http_request *request, enum store_status status)
{
    const unsigned http = store_status_http(status);
    const struct slice text = store_status_text(status, api_chinese(request));

    if (store_status_again(status)) {
        http_header_add(request, SLICE("Retry-After"), SLICE("1"));
    }
    http_problem(request, http, SLICE("store"), http_status_phrase(http), text);
}

static void task_done(struct jobs_item *job)
{
    struct api_task *task = (struct api_task *)(void *)job;
    struct http_request *request = task->request;
    struct buffer body = task->body;

    arena_release(&task->arena);
    /* The task lives in the request's arena: nothing of it is touched behind the answer. */
    if (task->slug != NULL) {
        buffer_release(&body);
        api_problem(request, task->status, slice_from_cstr(task->slug), task->english,
                    task->chinese);
    } else if (task->store_status != STORE_OK) {
        buffer_release(&body);
        store_problem(request, task->store_status);
    } else if (task->status == 204) {
        buffer_release(&body);
        http_respond(request, 204, SLICE(""), SLICE(""));
    } else {
        api_reply_json(request, task->status, &body);
    }
}

void api_task_start(struct api *api, struct http_request *request,
                    void (*work)(struct api_task *task), void *input)
{
    struct api_task *task = arena_take(request->arena, sizeof(*task));
    const struct auth_token *token = api_token(request);

    if (task == NULL) {
        api_problem_memory(request);
        return;
    }
    *task = (struct api_task){.job = {.run = task_run, .done = task_done},
                              .api = api,
                              .request = request,
                              .now = api_now(),
                              .work = work,
                              .input = input,
                              .status = 200};
    /* Tokens may move when others are made meanwhile. */
    task->actor = token == NULL ? SLICE("anybody") : arena_copy(request->arena, token_id(token));
    arena_init(&task->arena, API_TASK_BYTES);
    if (task->actor.data == NULL || jobs_submit(api->jobs, &task->job) != OS_OK) {
        api_problem(request, 503, SLICE("too-busy"), "too much is waiting; try again",
                    "排队过多，请重试");
    }
}
