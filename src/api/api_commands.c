/* POST /v1/commands: one request is one batch. Batches of several requests that arrive together
 * share one group in the engine; each is answered when it is durable. */
#include "api/api_reply.h"

/* One request from its body to its answer; lives in the request's arena. */
struct job {
    struct engine_batch batch; /* first, so that the engine's pointer is ours */
    struct api *api;
    struct http_request *request;
    struct ledger_command *commands;
    size_t count;
    bool lines; /* NDJSON in and out */
};

/* ---- the answer ---- */

static void engine_problem(struct http_request *request, enum engine_status status)
{
    const unsigned http = (unsigned)engine_status_http(status);
    const struct slice slug = http == 507   ? SLICE("no-space")
                              : http == 413 ? SLICE("batch-too-large")
                              : http == 503 ? SLICE("too-busy")
                                            : SLICE("internal");

    if (http == 507 || http == 503) {
        http_header_add(request, SLICE("Retry-After"), SLICE("5"));
    }
    http_problem(request, http, slug, http_status_phrase(http),
                 api_chinese(request) ? engine_status_chinese(status)
                                      : engine_status_english(status));
}

static void results_write(const struct job *job, struct buffer *body)
{
    const struct ledger *ledger = engine_ledger(job->api->engine);
    struct json_writer writer;

    json_writer_init(&writer, body);
    if (!job->lines) {
        json_array_begin(&writer);
    }
    for (size_t i = 0; i < job->count; i++) {
        ledger_result_write_json(&writer, ledger, &job->commands[i], &job->batch.results[i]);
        if (job->lines) {
            buffer_append_byte(body, '\n');
            writer.comma = false;
        }
    }
    if (!job->lines) {
        json_array_end(&writer);
    }
}

static void job_answer(struct job *job)
{
    struct http_request *request = job->request;
    struct buffer body = {0};

    for (size_t i = 0; i < job->count; i++) {
        job->api->metrics.decisions[job->batch.results[i].status]++;
    }
    results_write(job, &body);
    if (buffer_failed(&body)) {
        /* The commands are done; asking again with the same ids tells what became of them. */
        buffer_release(&body);
        api_problem_memory(request);
        return;
    }
    api_moment_headers(request, engine_ledger(job->api->engine));
    http_header_add(request, SLICE("Cache-Control"), SLICE("no-store"));
    http_respond_buffer(request, 200,
                        job->lines ? SLICE("application/x-ndjson") : SLICE("application/json"),
                        &body);
    buffer_release(&body);
}

static void batch_done(struct engine_batch *batch)
{
    struct job *job = (struct job *)(void *)batch;

    if (batch->status == ENGINE_OK) {
        job_answer(job);
    } else {
        engine_problem(job->request, batch->status);
    }
}

/* ---- the body ---- */

static bool too_many(struct http_request *request)
{
    api_problem(request, 413, SLICE("too-many-commands"),
                "a request has at most 8192 commands; send several requests",
                "每个请求最多 8192 条命令；请分多次发送");
    return false;
}

static bool command_read(struct job *job, const struct json_value *value)
{
    const enum currency base = ledger_base(engine_ledger(job->api->engine));

    if (!ledger_command_read_json(job->request->arena, &job->commands[job->count], value, base,
                                  false)) {
        api_problem_memory(job->request);
        return false;
    }
    job->count++;
    return true;
}

static bool commands_take(struct job *job, size_t count)
{
    job->commands =
        arena_take_array(job->request->arena, count == 0 ? 1 : count, sizeof(*job->commands));
    job->batch.results =
        arena_take_array(job->request->arena, count == 0 ? 1 : count, sizeof(*job->batch.results));
    if (job->commands == NULL || job->batch.results == NULL) {
        api_problem_memory(job->request);
        return false;
    }
    return true;
}

static bool array_read(struct job *job)
{
    struct http_request *request = job->request;
    struct json_error error;
    const struct json_value *body = json_parse(request->arena, &error, request->body);
    char detail[160];

    if (body == NULL && error.memory_short) {
        api_problem_memory(request);
        return false;
    }
    if (body == NULL || body->type != JSON_ARRAY) {
        (void)snprintf(detail, sizeof(detail), "at byte %zu: %s", body == NULL ? error.offset : 0,
                       body == NULL ? error.message : "an array of commands is needed");
        http_problem(request, 400, SLICE("malformed-json"), http_status_phrase(400),
                     slice_from_cstr(detail));
        return false;
    }
    if (body->count > API_COMMANDS_MAX) {
        return too_many(request);
    }
    if (!commands_take(job, body->count)) {
        return false;
    }
    for (const struct json_value *value = body->first; value != NULL; value = value->next) {
        if (!command_read(job, value)) {
            return false;
        }
    }
    return true;
}

/* Takes the next line off; a line end at the end of the text begins no further line. */
static bool line_next(struct slice *rest, struct slice *ret_line)
{
    return rest->size > 0 && slice_split(rest, '\n', ret_line);
}

static size_t lines_count(struct slice text)
{
    struct slice line;
    size_t count = 0;

    while (line_next(&text, &line)) {
        count++;
    }
    return count;
}

static bool lines_read(struct job *job)
{
    struct slice text = job->request->body;
    struct slice line;
    const size_t count = lines_count(text);

    if (count > API_COMMANDS_MAX) {
        return too_many(job->request);
    }
    if (!commands_take(job, count)) {
        return false;
    }
    while (line_next(&text, &line)) {
        struct json_error error;

        const struct json_value *value = json_parse(job->request->arena, &error, line);
        if (value == NULL && error.memory_short) {
            api_problem_memory(job->request);
            return false;
        }
        if (!command_read(job, value)) {
            return false;
        }
    }
    return true;
}

/* The media type without its parameters. */
static struct slice media_type(const struct http_request *request)
{
    struct slice rest = http_request_header(request, SLICE("content-type"));
    struct slice type = SLICE("");

    (void)slice_split(&rest, ';', &type);
    return slice_trim(type);
}

void api_commands_post(struct http_request *request, void *context)
{
    const struct slice type = media_type(request);
    struct job *job = arena_take(request->arena, sizeof(*job));

    if (!api_query_known(request)) {
        return;
    }
    if (job == NULL) {
        api_problem_memory(request);
        return;
    }
    *job = (struct job){.api = context, .request = request};
    job->lines = slice_equal_ascii_case(type, SLICE("application/x-ndjson"));
    /* The form type is what curl and others send with a body when they are not told. */
    if (!job->lines && type.size > 0 && !slice_equal_ascii_case(type, SLICE("application/json")) &&
        !slice_equal_ascii_case(type, SLICE("application/x-www-form-urlencoded"))) {
        api_problem(request, 415, SLICE("unknown-media-type"),
                    "application/json or application/x-ndjson",
                    "须为 application/json 或 application/x-ndjson");
        return;
    }
    if (!(job->lines ? lines_read(job) : array_read(job))) {
        return;
    }
    job->api->metrics.batches++;
    if (job->count == 0) {
        job_answer(job);
        return;
    }
    job->batch.commands = job->commands;
    job->batch.count = job->count;
    job->batch.done = batch_done;
    engine_submit(job->api->engine, &job->batch);
}
