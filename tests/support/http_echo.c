/* A small server over src/http for tests and measurements from outside. It prints "ready ADDRESS"
 * and answers until SIGTERM drains it:
 *
 *     GET  /fixed            a fixed JSON answer, at once
 *     POST /decide           a fixed JSON answer in the COMMIT hook, as the engine does
 *     POST /echo             the body
 *     GET  /item/{id}        the decoded id, the query and the peer as text
 *     GET  /later/{ms}       "later MS" after that many milliseconds
 *     GET  /large/{bytes}    a body of that many bytes
 *     GET  /ticks            server-sent events, one each 20 ms, until the client goes
 *     GET  /silent           a stream that sends nothing but its heartbeat
 *     GET  /count/{n}        a stream of n lines, as fast as the client reads
 *     GET  /child            what a forked child writes
 *     GET  /page             an embedded page
 *     POST /guarded          refused before its body without "Authorization: Bearer open"
 *     GET  /figures          the server's counters
 */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>

#include "base/json.h"
#include "http/http.h"
#include "os/process.h"

struct echo {
    struct reactor *reactor;
    struct http_server *server;
    struct http_request *pending[65536]; /* of /decide, until the COMMIT hook */
    size_t pending_count;
    struct reactor_hook commit;
};

struct later {
    struct reactor_timer timer;
    struct http_request *request;
    struct slice text;
};

struct ticks {
    struct reactor_timer timer;
    struct http_request *request;
    uint64_t number;
};

struct count {
    uint64_t next, end;
};

struct child {
    struct reactor_source source;
    struct os_child process;
    struct http_request *request;
};

static struct echo echo;

static const struct slice TEXT = {"text/plain; charset=utf-8", 25};
static const struct slice JSON = {"application/json", 16};
static const struct slice DECISION = {"[{\"id\":\"r-000000001\",\"result\":\"ok\"}]", 36};

static void fixed(struct http_request *request, void *context)
{
    (void)context;
    http_respond(request, 200, JSON, DECISION);
}

static void decide(struct http_request *request, void *context)
{
    (void)context;
    check(echo.pending_count < sizeof(echo.pending) / sizeof(echo.pending[0]));
    echo.pending[echo.pending_count++] = request;
}

static void commit(struct reactor_hook *hook)
{
    (void)hook;
    for (size_t i = 0; i < echo.pending_count; i++) {
        http_respond(echo.pending[i], 200, JSON, DECISION);
    }
    echo.pending_count = 0;
}

static void echo_body(struct http_request *request, void *context)
{
    (void)context;
    http_respond(request, 200, TEXT, request->body);
}

static void item(struct http_request *request, void *context)
{
    struct buffer text = {0};

    (void)context;
    buffer_append(&text, SLICE("id="));
    buffer_append(&text, request->params[0]);
    for (size_t i = 0; i < request->query_count; i++) {
        buffer_append(&text, SLICE("\n"));
        buffer_append(&text, request->query[i].name);
        buffer_append(&text, SLICE("="));
        buffer_append(&text, request->query[i].value);
    }
    if (request->peer_subject.size > 0) {
        buffer_append(&text, SLICE("\nsubject="));
        buffer_append(&text, request->peer_subject);
    }
    http_respond_buffer(request, 200, TEXT, &text);
    buffer_release(&text);
}

static uint64_t number(struct http_request *request)
{
    uint64_t value = 0;

    return slice_to_u64(request->params[0], UINT32_MAX, &value) ? value : 0;
}

static void later_due(struct reactor_timer *timer)
{
    struct later *later = (struct later *)(void *)timer;

    http_respond(later->request, 200, TEXT, later->text);
}

static void later(struct http_request *request, void *context)
{
    struct later *later = arena_take(request->arena, sizeof(*later));
    struct buffer text = {0};

    (void)context;
    check(later != NULL);
    buffer_printf(&text, "later %u", (unsigned)number(request));
    later->request = request;
    later->timer.expired = later_due;
    later->text = arena_copy(request->arena, buffer_slice(&text));
    buffer_release(&text);
    check(reactor_timer_set(echo.reactor, &later->timer,
                            reactor_now_ns(echo.reactor) + number(request) * OS_NS_PER_MS) ==
          OS_OK);
}

static void large(struct http_request *request, void *context)
{
    struct buffer text = {0};
    const size_t size = (size_t)number(request);
    char *room = size == 0 ? NULL : buffer_reserve(&text, size);

    (void)context;
    for (size_t i = 0; room != NULL && i < size; i++) {
        room[i] = (char)('a' + i % 26);
    }
    text.size = room == NULL ? 0 : size;
    http_respond_buffer(request, 200, TEXT, &text);
    buffer_release(&text);
}

static void tick(struct reactor_timer *timer)
{
    struct ticks *ticks = (struct ticks *)(void *)timer;
    struct buffer text = {0};

    buffer_printf(&text, "id: %u\ndata: tick\n\n", (unsigned)++ticks->number);
    if (http_stream_write(ticks->request, buffer_slice(&text)) != HTTP_GONE) {
        check(reactor_timer_set(echo.reactor, timer,
                                reactor_now_ns(echo.reactor) + 20 * OS_NS_PER_MS) == OS_OK);
    }
    buffer_release(&text);
}

static void ticks_gone(struct http_request *request)
{
    struct ticks *ticks = request->user;

    reactor_timer_cancel(echo.reactor, &ticks->timer);
    http_stream_end(request, true);
}

static void nothing(struct http_request *request)
{
    (void)request;
}

static void ticks(struct http_request *request, void *context)
{
    static const struct http_stream_events events = {.drained = nothing, .gone = ticks_gone};
    struct ticks *state = arena_take(request->arena, sizeof(*state));

    (void)context;
    check(state != NULL);
    state->request = request;
    state->timer.expired = tick;
    request->user = state;
    http_stream_begin(request, 200, SLICE("text/event-stream"), SLICE(":\n\n"), &events);
    tick(&state->timer);
}

static void end_stream(struct http_request *request)
{
    http_stream_end(request, true);
}

static void silent(struct http_request *request, void *context)
{
    static const struct http_stream_events events = {.drained = nothing, .gone = end_stream};

    (void)context;
    http_stream_begin(request, 200, SLICE("text/event-stream"), SLICE(":\n\n"), &events);
}

static void count_on(struct http_request *request)
{
    struct count *state = request->user;

    while (state->next < state->end) {
        char line[32];
        const int size = snprintf(line, sizeof(line), "%u\n", (unsigned)state->next);

        if (http_stream_write(request, slice_of(line, (size_t)size)) != HTTP_OK) {
            return;
        }
        state->next++;
    }
    http_stream_end(request, true);
}

static void count_gone(struct http_request *request)
{
    http_stream_end(request, false);
}

static void count(struct http_request *request, void *context)
{
    static const struct http_stream_events events = {.drained = count_on, .gone = count_gone};
    struct count *state = arena_take(request->arena, sizeof(*state));

    (void)context;
    check(state != NULL);
    state->end = number(request);
    request->user = state;
    http_stream_begin(request, 200, TEXT, SLICE(""), &events);
    count_on(request);
}

static int child_work(int pipe_fd, void *context)
{
    (void)context;
    for (int i = 0; i < 1000; i++) {
        if (!os_child_write(pipe_fd, SLICE("written by a child\n"))) {
            return 1;
        }
    }
    return 0;
}

static void child_end(struct child *child, bool whole)
{
    reactor_remove(echo.reactor, &child->source);
    const int status = os_child_end(&child->process);
    http_stream_end(child->request, whole && status == 0);
}

static void child_ready(struct reactor_source *source, unsigned events)
{
    struct child *child = (struct child *)(void *)source;
    char bytes[4096];
    size_t size;

    (void)events;
    const enum os_status status = os_child_read(&child->process, bytes, sizeof(bytes), &size);
    if (status == OS_AGAIN) {
        return;
    }
    if (status != OS_OK) {
        child_end(child, status == OS_ENDED);
        return;
    }
    if (http_stream_write(child->request, slice_of(bytes, size)) != HTTP_OK) {
        child_end(child, false);
    }
}

static void child_gone(struct http_request *request)
{
    child_end(request->user, false);
}

static void child(struct http_request *request, void *context)
{
    static const struct http_stream_events events = {.drained = nothing, .gone = child_gone};
    struct child *state = arena_take(request->arena, sizeof(*state));

    check(state != NULL && os_child_start(&state->process, child_work, context) == OS_OK);
    state->request = request;
    state->source.fd = state->process.pipe_fd;
    state->source.ready = child_ready;
    request->user = state;
    http_stream_begin(request, 200, TEXT, SLICE(""), &events);
    check(reactor_add(echo.reactor, &state->source, REACTOR_READ) == OS_OK);
}

static void page(struct http_request *request, void *context)
{
    static const struct http_page embedded = {
        .content_type = {"text/html; charset=utf-8", 24},
        .body = {"<!doctype html><title>Headroom</title><p>page", 45},
        .etag = {"\"1\"", 3},
    };

    (void)context;
    http_respond_page(request, &embedded);
}

static void figures(struct http_request *request, void *context)
{
    struct http_figures now;
    struct buffer text = {0};

    (void)context;
    http_server_figures(echo.server, &now);
    buffer_append(&text, SLICE("{\"connections_open\":"));
    buffer_append_u64(&text, now.connections_open);
    buffer_append(&text, SLICE(",\"refusals\":"));
    buffer_append_u64(&text, now.refusals);
    buffer_append(&text, SLICE(",\"timeouts\":"));
    buffer_append_u64(&text, now.timeouts);
    buffer_append(&text, SLICE(",\"bodies_size\":"));
    buffer_append_u64(&text, now.bodies_size);
    buffer_append(&text, SLICE("}"));
    http_respond_buffer(request, 200, JSON, &text);
    buffer_release(&text);
}

static bool admit(struct http_request *request, void *context)
{
    (void)context;
    if (slice_equal(request->path, SLICE("/guarded")) &&
        !slice_equal(http_request_header(request, SLICE("Authorization")), SLICE("Bearer open"))) {
        http_problem(request, 401, SLICE("unauthenticated"), SLICE("No token"), SLICE(""));
        return false;
    }
    return true;
}

static const struct http_route routes[] = {
    {HTTP_METHOD_GET, "/fixed", fixed, NULL, 0},
    {HTTP_METHOD_POST, "/decide", decide, NULL, 0},
    {HTTP_METHOD_POST, "/echo", echo_body, NULL, 0},
    {HTTP_METHOD_GET, "/item/{id}", item, NULL, 0},
    {HTTP_METHOD_GET, "/later/{ms}", later, NULL, 0},
    {HTTP_METHOD_GET, "/large/{bytes}", large, NULL, 0},
    {HTTP_METHOD_GET, "/ticks", ticks, NULL, 0},
    {HTTP_METHOD_GET, "/silent", silent, NULL, 0},
    {HTTP_METHOD_GET, "/count/{n}", count, NULL, 0},
    {HTTP_METHOD_GET, "/child", child, NULL, 0},
    {HTTP_METHOD_GET, "/page", page, NULL, 0},
    {HTTP_METHOD_POST, "/guarded", echo_body, NULL, 0},
    {HTTP_METHOD_GET, "/figures", figures, NULL, 0},
};

static void stop(void *context)
{
    reactor_stop(context);
}

static void drain(void *context)
{
    http_server_drain(echo.server, stop, context);
}

static void reload(void *context)
{
    (void)context;
    const enum http_result result = http_server_reload(echo.server);
    const struct slice text = http_result_text(result);

    printf("reload: %.*s\n", (int)text.size, text.data);
    fflush(stdout);
}

static size_t number_option(void)
{
    uint64_t value = 0;

    check(slice_to_u64(slice_from_cstr(optarg), SIZE_MAX, &value));
    return (size_t)value;
}

static void options(int count_of, char **values, struct http_config *config,
                    struct os_address *address)
{
    static const struct option names[] = {
        {"listen", 1, NULL, 'l'},     {"certificate", 1, NULL, 'c'},  {"key", 1, NULL, 'k'},
        {"client-ca", 1, NULL, 'a'},  {"required", 0, NULL, 'r'},     {"connections", 1, NULL, 'n'},
        {"timeout-ms", 1, NULL, 't'}, {"body-max", 1, NULL, 'b'},     {"bodies-max", 1, NULL, 'B'},
        {"idle-ms", 1, NULL, 'i'},    {"heartbeat-ms", 1, NULL, 'h'}, {"drain-ms", 1, NULL, 'd'},
        {NULL, 0, NULL, 0},
    };
    int option;

    while ((option = getopt_long(count_of, values, "", names, NULL)) >= 0) {
        switch (option) {
        case 'l':
            check(os_address_parse(address, slice_from_cstr(optarg)) == OS_OK);
            break;
        case 'c':
            config->tls.certificate_file = optarg;
            break;
        case 'k':
            config->tls.key_file = optarg;
            break;
        case 'a':
            config->tls.client_ca_file = optarg;
            break;
        case 'r':
            config->tls.client_required = true;
            break;
        case 'n':
            config->connections_max = number_option();
            break;
        case 't':
            config->header_timeout_ms = config->body_timeout_ms = config->write_timeout_ms =
                config->handshake_timeout_ms = (unsigned)number_option();
            break;
        case 'i':
            config->idle_timeout_ms = (unsigned)number_option();
            break;
        case 'b':
            config->body_max = number_option();
            break;
        case 'B':
            config->bodies_max = number_option();
            break;
        case 'h':
            config->heartbeat_ms = (unsigned)number_option();
            break;
        case 'd':
            config->drain_timeout_ms = (unsigned)number_option();
            break;
        default:
            exit(2);
        }
    }
}

int main(int count_of, char **values)
{
    struct http_config config = {
        .routes = routes,
        .route_count = sizeof(routes) / sizeof(routes[0]),
        .admit = admit,
    };
    struct os_address address;
    struct os_address bound;

    check(os_address_parse(&address, SLICE("127.0.0.1:0")) == OS_OK);
    options(count_of, values, &config, &address);
    os_sigpipe_ignore();
    (void)os_descriptors_allow(65536);
    check(reactor_open(&echo.reactor) == OS_OK);
    echo.commit.run = commit;
    reactor_hook_add(echo.reactor, &echo.commit, REACTOR_COMMIT);
    check(reactor_signal(echo.reactor, SIGTERM, drain, echo.reactor) == OS_OK);
    check(reactor_signal(echo.reactor, SIGHUP, reload, NULL) == OS_OK);
    const enum http_result result = http_server_open(&echo.server, echo.reactor, &config);
    if (result != HTTP_OK) {
        fprintf(stderr, "http_echo: %s\n", http_result_text(result).data);
        return 3;
    }
    check(http_server_listen(echo.server, &bound, &address) == HTTP_OK);
    printf("ready %.*s\n", (int)bound.text_size, bound.text);
    fflush(stdout);
    check(reactor_run(echo.reactor) == OS_OK);
    http_server_free(echo.server);
    reactor_free(echo.reactor);
    return 0;
}
