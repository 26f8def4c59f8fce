/* GET /v1/events: a page of events, or a live stream of them. */
#include "api/api_event.h"

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
    uint64_t after; /* the last event sent */
    bool full;      /* the client does not read; `drained` ends it */
};

/* ---- a page ---- */

static void page_answer(struct api *api, struct http_request *request, uint64_t after,
                        uint64_t count)
{
    const struct ledger *ledger = engine_ledger(api->engine);
    const uint64_t last = ledger_effects_total(ledger);
    struct buffer body = {0};
    struct json_writer writer;
    struct engine_event event;

    json_writer_init(&writer, &body);
    json_object_begin(&writer);
    json_name(&writer, SLICE("events"));
    json_array_begin(&writer);
    for (; count > 0 && after < last; count--) {
        const enum engine_status status = engine_event_read(api->engine, after + 1, &event);
        if (status != ENGINE_OK) {
            buffer_release(&body);
            api_problem_history(request, status);
            return;
        }
        api_event_write(&writer, ledger, &event);
        after++;
    }
    json_array_end(&writer);
    api_number_member(&writer, "next", after);
    json_object_end(&writer);
    api_moment_headers(request, ledger);
    api_reply_json(request, 200, &body);
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

/* Source: WHATWG HTML, 9.2, server-sent events. */
static void event_frame(struct buffer *out, const struct ledger *ledger,
                        const struct engine_event *event)
{
    struct json_writer writer;

    buffer_printf(out, "id: %llu\ndata: ", (unsigned long long)event->effect.number);
    json_writer_init(&writer, out);
    api_event_write(&writer, ledger, event);
    buffer_append(out, SLICE("\n\n"));
}

/* Sends what the stream lacks, at most TURN_EVENTS; false when the stream has ended. */
static bool stream_pump(struct api_stream *stream)
{
    struct api *api = stream->api;
    const struct ledger *ledger = engine_ledger(api->engine);
    const uint64_t last = ledger_effects_total(ledger);
    struct buffer out = {0};
    struct engine_event event;
    uint64_t after = stream->after;

    for (unsigned i = 0; i < TURN_EVENTS && after < last && out.size < WRITE_SIZE; i++) {
        if (engine_event_read(api->engine, after + 1, &event) != ENGINE_OK) {
            break;
        }
        event_frame(&out, ledger, &event);
        after++;
    }
    const bool failed = buffer_failed(&out) || (after == stream->after && after < last);
    const enum http_result result =
        failed || out.size == 0 ? HTTP_OK : http_stream_write(stream->request, buffer_slice(&out));
    buffer_release(&out);
    if (failed || result == HTTP_GONE) {
        stream_end(stream, false);
        return false;
    }
    stream->full = result == HTTP_FULL;
    stream->after = result == HTTP_OK ? after : stream->after;
    return true;
}

/* At the end of each turn: every stream gets what was committed, a part at a time. */
static void streams_run(struct reactor_hook *hook)
{
    struct api *api = (struct api *)(void *)((char *)hook - offsetof(struct api, stream_hook));
    const uint64_t last = ledger_effects_total(engine_ledger(api->engine));
    struct api_stream *stream = api->streams;

    while (stream != NULL) {
        struct api_stream *next = stream->next;
        if (!stream->full && stream->after < last && stream_pump(stream) && !stream->full &&
            stream->after < last) {
            reactor_again(api->reactor);
        }
        stream = next;
    }
}

static void stream_begin(struct api *api, struct http_request *request, uint64_t after)
{
    struct api_stream *stream = arena_take(request->arena, sizeof(*stream));

    if (stream == NULL || api->draining || api->stream_count == STREAMS_MAX) {
        api_problem(request, 503, SLICE("too-busy"), "no more live streams now; ask for pages",
                    "实时订阅数已达上限；请改用分页查询");
        return;
    }
    *stream =
        (struct api_stream){.next = api->streams, .api = api, .request = request, .after = after};
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
static bool after_read(struct http_request *request, bool stream, uint64_t *ret_after)
{
    const struct slice resume = http_request_header(request, SLICE("last-event-id"));

    *ret_after = 0;
    if (stream && resume.size > 0) {
        if (!slice_to_u64(resume, UINT64_MAX - 1, ret_after)) {
            api_problem_parameter(request, "Last-Event-ID", "no number of an event",
                                  "不是事件编号");
            return false;
        }
        return true;
    }
    return api_query_number(request, "after", UINT64_MAX - 1, ret_after);
}

void api_events_get(struct http_request *request, void *context)
{
    struct api *api = context;
    const struct slice accept = http_request_header(request, SLICE("accept"));
    const bool stream =
        accept.size > 0 && memmem(accept.data, accept.size, "text/event-stream", 17) != NULL;
    uint64_t after;
    uint64_t page;

    if (!api_query_known(request) || !api_query_page(request, &page) ||
        !after_read(request, stream, &after)) {
        return;
    }
    if (stream && request->method == HTTP_METHOD_GET) {
        stream_begin(api, request, after);
    } else {
        page_answer(api, request, after, page);
    }
}

void api_init(struct api *api)
{
    api_roles_resolve(api);
    api->stream_hook.run = streams_run;
    reactor_hook_add(api->reactor, &api->stream_hook, REACTOR_COMMIT);
    api->query_hook.run = api_query_turn;
    reactor_hook_add(api->reactor, &api->query_hook, REACTOR_COMMIT);
}

void api_drain(struct api *api)
{
    api->draining = true;
    while (api->streams != NULL) {
        stream_end(api->streams, true);
    }
}
