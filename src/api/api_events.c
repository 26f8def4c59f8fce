/* GET /v1/events: a page of events, or a live stream of them. */
#include "api/api_feed.h"
#include "api/api_task.h"

enum {
    STREAMS_MAX = 1000,
    TURN_EVENTS = 256,      /* events of one stream in one turn of the loop */
    WRITE_SIZE = 32 * 1024, /* bytes gathered before a write */
};

/* A live stream of events; ends with its request. */
struct api_stream {
    struct api_stream *next;
    struct api *api;
    struct http_request *request;
    struct api_feed_place place; /* behind the last event sent */
    bool full;                   /* the client does not read; `drained` ends it */
    bool lacks;                  /* steps must be read before it goes on */
};

/* The steps that streams share, read by the job thread. */
struct api_steps {
    struct jobs_item job;
    struct api *api;
    struct api_feed_steps read; /* what streams are fed from */
    struct arena arena;         /* of `read` */
    struct api_feed_steps next; /* what the job reads */
    struct arena next_arena;
    enum store_status status;
    bool reading;
    bool stale; /* others may have been stored since `read` was */
};

/* ---- a page ---- */

struct page {
    struct api_feed_place place;
    uint64_t count;
    uint64_t ledger_last; /* when it was asked: what follows from a later step stands behind it */
    struct api_feed_steps steps;
};

static enum store_status steps_work(struct store *store, void *context)
{
    struct api_task *task = context;
    struct page *page = task->input;
    struct api_feed_steps *steps = &page->steps;

    steps->after = page->place.credit;
    TRY(event_read(store, &steps->events, &steps->count, &task->arena, (int64_t)steps->after,
                   (size_t)page->count));
    steps->complete = steps->count < page->count;
    return STORE_OK;
}

static enum engine_status page_write(struct api *api, struct page *page, struct buffer *body)
{
    enum api_feed_next next = API_FEED_EVENT;
    enum engine_status status = ENGINE_OK;
    struct json_writer writer;
    char text[API_FEED_TEXT_SIZE];

    json_writer_init(&writer, body);
    json_object_begin(&writer);
    json_name(&writer, SLICE("events"));
    json_array_begin(&writer);
    for (uint64_t i = 0; i < page->count && next == API_FEED_EVENT; i++) {
        next = api_feed_next(&writer, api, &page->place, &page->steps, page->ledger_last, &status);
    }
    json_array_end(&writer);
    api_feed_write(text, &page->place);
    api_text_member(&writer, "next", slice_from_cstr(text));
    json_object_end(&writer);
    return next == API_FEED_FAILED ? status : ENGINE_OK;
}

/* Without a store there are no steps. */
static void page_bare(struct api *api, struct http_request *request, struct page *page)
{
    struct buffer body = {0};

    page->steps = (struct api_feed_steps){.after = page->place.credit, .complete = true};
    const enum engine_status status = page_write(api, page, &body);
    if (status != ENGINE_OK) {
        buffer_release(&body);
        api_problem_history(request, status);
    } else {
        api_moment_headers(request, engine_ledger(api->engine));
        api_reply_json(request, 200, &body);
    }
}

static void page_run(struct api_task *task)
{
    task->store_status = store_transact(task->api->store, STORE_READ, steps_work, task);
}

static void page_finished(struct api_task *task)
{
    if (task->store_status != STORE_OK || task->slug != NULL) {
        return;
    }
    const enum engine_status status = page_write(task->api, task->input, &task->body);
    if (status != ENGINE_OK) {
        const unsigned http = (unsigned)engine_status_http(status);
        buffer_release(&task->body);
        api_task_refuse(task, http, http == 503 ? "too-busy" : "internal",
                        engine_status_english(status).data, engine_status_chinese(status).data);
    } else {
        api_moment_headers(task->request, engine_ledger(task->api->engine));
    }
}

static void page_answer(struct api *api, struct http_request *request,
                        const struct api_feed_place *place, uint64_t count)
{
    struct page *page = arena_take(request->arena, sizeof(*page));

    if (page == NULL) {
        api_problem_memory(request);
        return;
    }
    *page = (struct page){.place = *place,
                          .count = count,
                          .ledger_last = ledger_effects_total(engine_ledger(api->engine))};
    if (api->store == NULL) {
        page_bare(api, request, page);
    } else {
        api_task_start_finished(api, request, page_run, page, page_finished);
    }
}

/* ---- a stream ---- */

static void stream_unlink(struct api_stream *stream)
{
    struct api_stream **place = &stream->api->streams;

    while (*place != stream) {
        check(*place != NULL);
        place = &(*place)->next;
    }
    *place = stream->next;
    stream->api->stream_count--;
}

static void stream_end(struct api_stream *stream, bool whole)
{
    struct http_request *request = stream->request;

    stream_unlink(stream);
    http_stream_end(request, whole); /* the stream lies in the request's arena: it is gone now */
}

static void stream_gone(struct http_request *request)
{
    stream_end(request->user, false);
}

static void stream_drained(struct http_request *request)
{
    struct api_stream *stream = request->user;

    stream->full = false;
    reactor_again(stream->api->reactor);
}

static const struct http_stream_events stream_events = {.drained = stream_drained,
                                                        .gone = stream_gone};

/* ---- steps for the streams ---- */

static enum store_status steps_read_work(struct store *store, void *context)
{
    struct api_steps *steps = context;

    arena_reset(&steps->next_arena);
    TRY(event_read(store, &steps->next.events, &steps->next.count, &steps->next_arena,
                   (int64_t)steps->next.after, API_FEED_STEPS));
    steps->next.complete = steps->next.count < API_FEED_STEPS;
    return STORE_OK;
}

static void steps_run(struct jobs_item *job)
{
    struct api_steps *steps = (struct api_steps *)(void *)job;

    steps->status = store_transact(steps->api->store, STORE_READ, steps_read_work, steps);
}

static void steps_done(struct jobs_item *job)
{
    struct api_steps *steps = (struct api_steps *)(void *)job;
    const struct arena before = steps->arena;

    steps->reading = false;
    reactor_again(steps->api->reactor);
    if (steps->status != STORE_OK) {
        /* Clients resume where they were. */
        while (steps->api->streams != NULL) {
            stream_end(steps->api->streams, false);
        }
        return;
    }
    steps->arena = steps->next_arena;
    steps->read = steps->next;
    steps->next_arena = before;
    arena_reset(&steps->next_arena);
    for (struct api_stream *stream = steps->api->streams; stream != NULL; stream = stream->next) {
        stream->lacks = false;
    }
}

/* Begins to read the steps behind a place, unless a reading is under way. */
static void steps_read(struct api_steps *steps, uint64_t after)
{
    if (!steps->reading) {
        steps->job = (struct jobs_item){.run = steps_run, .done = steps_done};
        steps->next = (struct api_feed_steps){.after = after};
        steps->stale = false;
        steps->reading = jobs_submit(steps->api->jobs, &steps->job) == OS_OK;
        if (!steps->reading) {
            steps->stale = true; /* too much waits: at the next step, or the next turn */
        }
    }
}

void api_steps_changed(struct api *api)
{
    if (api->steps != NULL && !api->steps->stale) {
        api->steps->stale = true;
        reactor_again(api->reactor);
    }
}

/* ---- feeding ---- */

static const struct api_feed_steps no_steps = {.complete = true};

/* Source: WHATWG HTML, 9.2, server-sent events. The id stands in front of the data, and is that of
 * the place behind the event, which is known when it is written. */
static void event_frame(struct buffer *out, const struct api_feed_place *place,
                        const struct buffer *event)
{
    char text[API_FEED_TEXT_SIZE];

    api_feed_write(text, place);
    buffer_printf(out, "id: %s\ndata: ", text);
    buffer_append(out, buffer_slice(event));
    buffer_append(out, SLICE("\n\n"));
}

/* Gathers what the stream lacks, at most TURN_EVENTS. */
static enum api_feed_next frames_gather(struct api_stream *stream, struct buffer *out,
                                        struct api_feed_place *inout_place)
{
    struct api *api = stream->api;
    const struct api_feed_steps *steps = api->steps == NULL ? &no_steps : &api->steps->read;
    const uint64_t last = ledger_effects_total(engine_ledger(api->engine));
    enum api_feed_next next = API_FEED_EVENT;
    enum engine_status status;
    struct buffer event = {0};

    for (unsigned i = 0; i < TURN_EVENTS && next == API_FEED_EVENT && out->size < WRITE_SIZE; i++) {
        struct json_writer writer;
        buffer_reset(&event);
        json_writer_init(&writer, &event);
        next = api_feed_next(&writer, api, inout_place, steps, last, &status);
        if (next == API_FEED_EVENT) {
            event_frame(out, inout_place, &event);
        }
        out->failed = out->failed || buffer_failed(&event);
    }
    buffer_release(&event);
    return next;
}

/* Sends what the stream lacks, a part of it; true when there is more to send now. */
static bool stream_pump(struct api_stream *stream)
{
    struct api_feed_place place = stream->place;
    struct buffer out = {0};

    const enum api_feed_next next = frames_gather(stream, &out, &place);
    const bool failed = buffer_failed(&out) || next == API_FEED_FAILED;
    const enum http_result result =
        failed || out.size == 0 ? HTTP_OK : http_stream_write(stream->request, buffer_slice(&out));
    buffer_release(&out);
    if (failed || result == HTTP_GONE) {
        stream_end(stream, false);
        return false;
    }
    stream->full = result == HTTP_FULL;
    stream->place = result == HTTP_OK ? place : stream->place;
    stream->lacks = result == HTTP_OK && next == API_FEED_LACKS;
    return result == HTTP_OK && next == API_FEED_EVENT;
}

/* At the end of each turn: every stream gets what was committed, a part at a time; first the steps
 * are read that may lie before it. */
static void streams_run(struct reactor_hook *hook)
{
    struct api *api = (struct api *)(void *)((char *)hook - offsetof(struct api, stream_hook));
    struct api_stream *stream = api->streams;
    struct api_stream *waiting = NULL;

    if (api->steps != NULL && stream != NULL && (api->steps->stale || api->steps->reading)) {
        steps_read(api->steps, stream->place.credit);
        return;
    }
    while (stream != NULL) {
        struct api_stream *next = stream->next;
        if (!stream->full && !stream->lacks && stream_pump(stream)) {
            reactor_again(api->reactor);
        }
        stream = next;
    }
    for (stream = api->streams; stream != NULL; stream = stream->next) {
        waiting = stream->lacks && !stream->full ? stream : waiting;
    }
    if (waiting != NULL && api->steps != NULL) {
        steps_read(api->steps, waiting->place.credit);
    }
}

static void stream_begin(struct api *api, struct http_request *request,
                         const struct api_feed_place *place)
{
    struct api_stream *stream = arena_take(request->arena, sizeof(*stream));

    if (stream == NULL || api->draining || api->stream_count == STREAMS_MAX) {
        api_problem(request, 503, SLICE("too-busy"), "no more live streams now; ask for pages",
                    "实时订阅数已达上限；请改用分页查询");
        return;
    }
    *stream =
        (struct api_stream){.next = api->streams, .api = api, .request = request, .place = *place};
    api->streams = stream;
    api->stream_count++;
    request->user = stream;
    http_header_add(request, SLICE("Cache-Control"), SLICE("no-store"));
    http_stream_begin(request, 200, SLICE("text/event-stream"), SLICE(":\n\n"), &stream_events);
    if (http_stream_write(request, SLICE(": headroom\n\n")) == HTTP_GONE) {
        stream_end(stream, false);
        return;
    }
    reactor_again(api->reactor);
}

/* Where to begin: Last-Event-ID wins over `after`, because a client that resumes repeats the URL.
 */
static bool place_read(struct http_request *request, bool stream, struct api_feed_place *ret_place)
{
    const struct slice resume = http_request_header(request, SLICE("last-event-id"));

    *ret_place = (struct api_feed_place){0};
    if (stream && resume.size > 0) {
        if (!api_feed_read(resume, ret_place)) {
            api_problem_parameter(request, "Last-Event-ID", "no place in the feed of events",
                                  "不是事件流中的位置");
            return false;
        }
        return true;
    }
    const struct slice after = http_request_query(request, SLICE("after"));
    if (after.data != NULL && !api_feed_read(after, ret_place)) {
        api_problem_parameter(request, "after", "no place in the feed of events",
                              "不是事件流中的位置");
        return false;
    }
    return true;
}

void api_events_get(struct http_request *request, void *context)
{
    struct api *api = context;
    const struct slice accept = http_request_header(request, SLICE("accept"));
    const bool stream =
        accept.size > 0 && memmem(accept.data, accept.size, "text/event-stream", 17) != NULL;
    struct api_feed_place place;
    uint64_t page;

    if (!api_query_known(request) || !api_query_page(request, &page) ||
        !place_read(request, stream, &place)) {
        return;
    }
    if (stream && request->method == HTTP_METHOD_GET) {
        stream_begin(api, request, &place);
    } else {
        page_answer(api, request, &place, page);
    }
}

void api_init(struct api *api)
{
    api_roles_resolve(api);
    if (api->store != NULL) {
        api->steps = memory_allocate(sizeof(*api->steps));
        check(api->steps != NULL);
        *api->steps = (struct api_steps){.api = api, .stale = true};
        arena_init(&api->steps->arena, API_FEED_BYTES);
        arena_init(&api->steps->next_arena, API_FEED_BYTES);
    }
    api->stream_hook.run = streams_run;
    reactor_hook_add(api->reactor, &api->stream_hook, REACTOR_COMMIT);
    api->query_hook.run = api_query_turn;
    reactor_hook_add(api->reactor, &api->query_hook, REACTOR_COMMIT);
}

void api_release(struct api *api)
{
    if (api->steps != NULL) {
        arena_release(&api->steps->arena);
        arena_release(&api->steps->next_arena);
        memory_free(api->steps);
        api->steps = NULL;
    }
    pack_shelf_release(&api->packs);
}

void api_drain(struct api *api)
{
    api->draining = true;
    while (api->streams != NULL) {
        stream_end(api->streams, true);
    }
}
