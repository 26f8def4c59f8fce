/* GET /v1/limits/{id}/movements, and a limit as of an earlier time. */
#include "api/api_event.h"
#include "api/api_scope.h"
#include "os/process.h"

enum { CHILDREN_MAX = 4, CHILD_READ = 16384, CHILD_NOT_FOUND = 1, CHILD_FAILED = 2 };

static void movements_write(struct json_writer *writer, struct api *api, const uint64_t *numbers,
                            size_t count, enum engine_status *status)
{
    const struct ledger *ledger = engine_ledger(api->engine);
    struct engine_event event;

    json_name(writer, SLICE("movements"));
    json_array_begin(writer);
    for (size_t i = 0; i < count && *status == ENGINE_OK; i++) {
        *status = engine_event_read(api->engine, numbers[i], &event);
        if (*status == ENGINE_OK && api_scope_sees(api, ledger, event.effect.limit)) {
            api_event_write(writer, ledger, &event);
        }
    }
    json_array_end(writer);
}

void api_limit_movements(struct http_request *request, void *context)
{
    struct api *api = context;
    const struct ledger *ledger = engine_ledger(api->engine);
    struct engine_movements_query query = {.from = TIME_NONE, .to = TIME_NONE};
    struct ledger_id id;
    uint64_t page;
    size_t count = 0;
    uint64_t before = 0;
    struct buffer body = {0};
    struct json_writer writer;

    if (!api_query_known(request) || !api_query_page(request, &page) ||
        !api_query_number(request, "cursor", UINT64_MAX, &query.before) ||
        !api_query_time(request, "from", &query.from) ||
        !api_query_time(request, "to", &query.to) ||
        !api_path_id(request, &id, LEDGER_LIMIT_NOT_FOUND)) {
        return;
    }
    query.limit = ledger_limit_find(ledger, &id);
    if (query.limit == LEDGER_NONE || !api_scope_sees(api, ledger, query.limit)) {
        api_problem_ledger(request, 404, LEDGER_LIMIT_NOT_FOUND);
        return;
    }
    uint64_t *numbers = arena_take_array(request->arena, (size_t)page, sizeof(*numbers));
    if (numbers == NULL) {
        api_problem_memory(request);
        return;
    }
    enum engine_status status =
        engine_movements(api->engine, numbers, (size_t)page, &count, &before, &query);
    json_writer_init(&writer, &body);
    json_object_begin(&writer);
    movements_write(&writer, api, numbers, count, &status);
    char cursor[24] = "";
    if (before != 0) {
        (void)snprintf(cursor, sizeof(cursor), "%llu", (unsigned long long)before);
    }
    api_next_member(&writer, slice_from_cstr(cursor));
    json_object_end(&writer);
    if (status != ENGINE_OK) {
        buffer_release(&body);
        api_problem_history(request, status);
        return;
    }
    api_moment_headers(request, ledger);
    api_reply_json(request, 200, &body);
}

/* ---- as of ---- */

/* A question about the past. A child process rebuilds the state from files and writes the answer
 * into a pipe, while this one goes on deciding. Not in the request's arena: it outlives a client
 * that has gone. */
struct api_child {
    struct reactor_source source; /* first, so that the reactor's pointer is ours */
    struct api_child *next;
    struct api *api;
    struct http_request *request;
    struct os_child child;
    struct ledger_id id;
    time_us as_of;
    struct buffer body;
};

/* In the child. */
static int child_work(int pipe_fd, void *context)
{
    const struct api_child *question = context;
    struct ledger *ledger;
    struct ledger_limit_view view;
    struct buffer body = {0};
    struct json_writer writer;

    if (engine_state_at(question->api->engine, &ledger, question->as_of) != ENGINE_OK) {
        return CHILD_FAILED;
    }
    const uint32_t limit = ledger_limit_find(ledger, &question->id);
    if (limit == LEDGER_NONE) {
        return CHILD_NOT_FOUND;
    }
    ledger_limit_view(ledger, &view, limit);
    json_writer_init(&writer, &body);
    ledger_limit_write_json(&writer, ledger, &view);
    return !buffer_failed(&body) && os_child_write(pipe_fd, buffer_slice(&body)) ? 0 : CHILD_FAILED;
}

static void child_answer(struct api_child *question, int exit_status)
{
    struct http_request *request = question->request;
    struct buffer time = {0};

    if (exit_status == CHILD_NOT_FOUND) {
        api_problem_ledger(request, 404, LEDGER_LIMIT_NOT_FOUND);
    } else if (exit_status != 0 || buffer_failed(&question->body)) {
        api_problem(request, 503, SLICE("history-unavailable"),
                    "the state of that time could not be rebuilt; try again",
                    "无法重建该时点的状态，请重试");
    } else {
        time_write(&time, question->as_of);
        if (!buffer_failed(&time)) {
            http_header_add(request, SLICE("Headroom-As-Of"), buffer_slice(&time));
        }
        buffer_release(&time);
        api_reply_json(request, 200, &question->body);
    }
}

static void child_end(struct api_child *question)
{
    struct api *api = question->api;
    struct api_child **place = &api->children;

    while (*place != question) {
        check(*place != NULL);
        place = &(*place)->next;
    }
    *place = question->next;
    api->child_count--;
    reactor_remove(api->reactor, &question->source);
    child_answer(question, os_child_end(&question->child));
    buffer_release(&question->body);
    memory_free(question);
}

static void child_ready(struct reactor_source *source, unsigned events)
{
    struct api_child *question = (struct api_child *)(void *)source;
    char *room = buffer_reserve(&question->body, CHILD_READ);
    size_t got = 0;

    (void)events;
    const enum os_status status =
        room == NULL ? OS_ENDED : os_child_read(&question->child, room, CHILD_READ, &got);
    if (status == OS_OK) {
        question->body.size += got;
    } else if (status != OS_AGAIN) {
        child_end(question);
    }
}

static bool child_begin(struct api_child *question)
{
    struct api *api = question->api;

    engine_settle(api->engine); /* the child reads the journal as it stands */
    if (os_child_start_sharing(&question->child, child_work, question) != OS_OK) {
        return false;
    }
    question->source = (struct reactor_source){.fd = question->child.pipe_fd, .ready = child_ready};
    if (reactor_add(api->reactor, &question->source, REACTOR_READ) != OS_OK) {
        (void)os_child_end(&question->child);
        return false;
    }
    question->next = api->children;
    api->children = question;
    api->child_count++;
    return true;
}

void api_limit_as_of(struct api *api, struct http_request *request, const struct ledger_id *id,
                     time_us as_of)
{
    struct api_child *question =
        api->child_count < CHILDREN_MAX ? memory_allocate(sizeof(*question)) : NULL;

    if (question != NULL) {
        *question = (struct api_child){.api = api, .request = request, .id = *id, .as_of = as_of};
        if (child_begin(question)) {
            return;
        }
        memory_free(question);
    }
    http_header_add(request, SLICE("Retry-After"), SLICE("1"));
    api_problem(request, 503, SLICE("too-busy"),
                "too many questions about the past are under way; try again",
                "正在处理的历史查询过多，请稍后重试");
}
