/* The server in this process, driven turn by turn over a loopback socket: what happens inside a
 * turn, and what is left when memory runs out at any moment. */
#include "cmocka_headroom.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/http.h"

static struct reactor *reactor;
static struct http_server *server;
static struct reactor_hook commit;
static struct http_request *pending[64];
static size_t pending_count;
static size_t groups[64]; /* requests that each COMMIT hook found */
static size_t group_count;

static void now(struct http_request *request, void *context)
{
    (void)context;
    http_respond(request, 200, SLICE("text/plain"), SLICE("now"));
}

static void decide(struct http_request *request, void *context)
{
    (void)context;
    assert_true(pending_count < 64);
    pending[pending_count++] = request;
}

static void commit_run(struct reactor_hook *hook)
{
    (void)hook;
    if (pending_count > 0 && group_count < 64) {
        groups[group_count++] = pending_count;
    }
    for (size_t i = pending_count; i > 0; i--) { /* in the wrong order, on purpose */
        http_respond(pending[i - 1], 200, SLICE("text/plain"), pending[i - 1]->body);
    }
    pending_count = 0;
}

static void nothing(struct http_request *request)
{
    (void)request;
}

static void stream_gone(struct http_request *request)
{
    http_stream_end(request, false);
}

static void stream(struct http_request *request, void *context)
{
    static const struct http_stream_events events = {.drained = nothing, .gone = stream_gone};

    (void)context;
    http_stream_begin(request, 200, SLICE("text/plain"), SLICE(""), &events);
    const enum http_result result = http_stream_write(request, SLICE("piece"));
    http_stream_end(request, result == HTTP_OK);
}

static void problem(struct http_request *request, void *context)
{
    (void)context;
    http_header_add(request, SLICE("X-Reason"), SLICE("asked for"));
    http_problem(request, 409, SLICE("conflict"), SLICE("A \"conflict\""), SLICE("in detail"));
}

static const struct http_route routes[] = {
    {HTTP_METHOD_GET, "/now", now, NULL, 0},
    {HTTP_METHOD_POST, "/decide", decide, NULL, 0},
    {HTTP_METHOD_GET, "/stream/{name}", stream, NULL, 0},
    {HTTP_METHOD_GET, "/problem", problem, NULL, 0},
};

static void close_all(void)
{
    http_server_free(server);
    reactor_free(reactor);
    server = NULL;
    reactor = NULL;
    pending_count = 0;
    group_count = 0;
}

/* False when memory was short, with nothing left behind. */
static bool open_all(struct os_address *ret_bound)
{
    const struct http_config config = {
        .routes = routes,
        .route_count = sizeof(routes) / sizeof(routes[0]),
        .connections_max = 8,
    };
    struct os_address address;

    assert_int_equal(os_address_parse(&address, SLICE("127.0.0.1:0")), OS_OK);
    if (reactor_open(&reactor) != OS_OK) {
        reactor = NULL;
        return false;
    }
    if (http_server_open(&server, reactor, &config) != HTTP_OK) {
        server = NULL;
        close_all();
        return false;
    }
    commit.run = commit_run;
    reactor_hook_add(reactor, &commit, REACTOR_COMMIT);
    assert_int_equal(http_server_listen(server, ret_bound, &address), HTTP_OK);
    return true;
}

static int connect_to(const struct os_address *bound)
{
    int fd = -1;

    assert_int_equal(os_socket_connect(&fd, bound, 1000), OS_OK);
    assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    return fd;
}

static void send_text(int fd, const char *text)
{
    size_t sent;

    assert_int_equal(os_socket_send(fd, slice_from_cstr(text), slice_of(NULL, 0), &sent), OS_OK);
    assert_int_equal(sent, strlen(text));
}

/* Turns until the answers end with `last` or the server has closed; returns whether it closed. */
static bool receive(int fd, struct buffer *answers, const char *last)
{
    char bytes[4096];
    size_t size;

    for (size_t turns = 0; turns < 10000; turns++) {
        const enum os_status status = os_socket_receive(fd, bytes, sizeof(bytes), &size);

        if (status == OS_OK) {
            assert_true(answers->size + size <= answers->capacity);
            memcpy(answers->data + answers->size, bytes, size);
            answers->size += size;
        } else if (status != OS_AGAIN) {
            return true;
        }
        const size_t last_size = strlen(last);
        if (answers->size >= last_size &&
            memcmp(answers->data + answers->size - last_size, last, last_size) == 0) {
            return false;
        }
        assert_int_equal(reactor_turn(reactor, OS_NS_PER_MS), OS_OK);
    }
    fail_msg("no answer within 10,000 turns");
    return true;
}

static bool has(const struct buffer *answers, const char *text)
{
    return memmem(answers->data, answers->size, text, strlen(text)) != NULL;
}

static char memory[65536];

static void requests_of_one_turn_are_one_group_answered_in_order(void **state)
{
    struct buffer answers = {.data = memory, .capacity = sizeof(memory)};
    struct os_address bound;

    (void)state;
    assert_true(open_all(&bound));
    const int first = connect_to(&bound);
    const int second = connect_to(&bound);
    assert_int_equal(reactor_turn(reactor, OS_NS_PER_SECOND), OS_OK); /* accepts both */
    send_text(first, "POST /decide HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\n1"
                     "POST /decide HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\n2");
    send_text(second, "POST /decide HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\n3");
    assert_int_equal(reactor_turn(reactor, OS_NS_PER_SECOND), OS_OK);
    assert_int_equal(group_count, 1);
    assert_int_equal(groups[0], 3);
    assert_false(receive(first, &answers, "\r\n\r\n2"));
    assert_true(has(&answers, "\r\n\r\n1HTTP/1.1 200 OK\r\n"));
    answers.size = 0;
    assert_false(receive(second, &answers, "\r\n\r\n3"));
    os_socket_close(first);
    os_socket_close(second);
    close_all();
}

static void a_problem_has_its_form(void **state)
{
    struct buffer answers = {.data = memory, .capacity = sizeof(memory)};
    struct os_address bound;

    (void)state;
    assert_true(open_all(&bound));
    const int fd = connect_to(&bound);
    send_text(fd, "GET /problem HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_false(receive(fd, &answers, "}"));
    assert_true(has(&answers, "HTTP/1.1 409 Conflict\r\n"));
    assert_true(has(&answers, "\r\nX-Reason: asked for\r\n"));
    assert_true(has(&answers, "\r\nContent-Type: application/problem+json\r\n"));
    assert_true(has(&answers,
                    "\r\n\r\n{\"type\":\"/problems/conflict\",\"title\":\"A \\\"conflict\\\"\","
                    "\"status\":409,\"detail\":\"in detail\"}"));
    os_socket_close(fd);
    close_all();
}

/* A connection with two requests that nothing has answered. */
static int two_pending(struct os_address *ret_bound)
{
    assert_true(open_all(ret_bound));
    reactor_hook_remove(reactor, &commit);
    const int fd = connect_to(ret_bound);
    assert_int_equal(reactor_turn(reactor, OS_NS_PER_SECOND), OS_OK);
    send_text(fd, "POST /decide HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\n1"
                  "POST /decide HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\n2");
    assert_int_equal(reactor_turn(reactor, OS_NS_PER_SECOND), OS_OK);
    assert_int_equal(pending_count, 2);
    assert_false(http_request_gone(pending[0]));
    return fd;
}

static uint64_t connections_open(void)
{
    struct http_figures figures;

    http_server_figures(server, &figures);
    return figures.connections_open;
}

static void an_answer_after_the_client_has_gone_is_dropped(void **state)
{
    struct os_address bound;
    const struct linger reset = {.l_onoff = 1, .l_linger = 0};

    (void)state;
    const int fd = two_pending(&bound);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)), 0);
    assert_int_equal(close(fd), 0); /* with a reset, so that the server knows at once */
    while (connections_open() > 0) {
        assert_int_equal(reactor_turn(reactor, OS_NS_PER_SECOND), OS_OK);
    }
    assert_true(http_request_gone(pending[0]));
    http_respond(pending[1], 200, SLICE(""), SLICE("second"));
    assert_true(http_request_gone(pending[0]));
    http_respond(pending[0], 200, SLICE(""), SLICE("first"));
    assert_int_equal(reactor_turn(reactor, 0), OS_OK);
    close_all();
}

static void a_server_can_be_freed_with_requests_in_hand(void **state)
{
    struct os_address bound;

    (void)state;
    const int fd = two_pending(&bound);
    close_all();
    os_socket_close(fd);
}

static void a_client_that_has_sent_all_still_gets_its_answers(void **state)
{
    struct buffer answers = {.data = memory, .capacity = sizeof(memory)};
    struct os_address bound;

    (void)state;
    const int fd = two_pending(&bound);
    os_socket_end(fd);
    assert_int_equal(reactor_turn(reactor, OS_NS_PER_SECOND), OS_OK);
    http_respond(pending[1], 200, SLICE(""), SLICE("second"));
    http_respond(pending[0], 200, SLICE(""), SLICE("first"));
    assert_true(receive(fd, &answers, "never"));
    assert_true(has(&answers, "\r\n\r\nfirstHTTP/1.1 200 OK\r\n"));
    assert_true(has(&answers, "\r\n\r\nsecond"));
    os_socket_close(fd);
    close_all();
}

/* One conversation of every kind of answer while the n-th allocation fails, once or from then on.
 * It ends with the last answer, or with a closed connection; each answer that came is whole.
 * Returns false once the failure was planned beyond the last allocation. */
static bool converse(unsigned long nth, int for_good)
{
    static const char requests[] = "GET /now HTTP/1.1\r\nHost: h\r\n\r\n"
                                   "POST /decide HTTP/1.1\r\nHost: h\r\n"
                                   "Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n"
                                   "GET /stream/a%20b?x=%31 HTTP/1.1\r\nHost: h\r\n\r\n"
                                   "GET /problem HTTP/1.1\r\nHost: h\r\n\r\n"
                                   "GET /nowhere HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
    struct buffer answers = {.data = memory, .capacity = sizeof(memory)};
    struct os_address bound;

    memory_fail_at(nth, for_good);
    if (!open_all(&bound)) {
        memory_fail_at(0, 0);
        return true;
    }
    const int fd = connect_to(&bound);
    send_text(fd, requests);
    (void)receive(fd, &answers, "there is nothing at this path\"}");
    memory_fail_at(0, 0);
    const bool whole = has(&answers, "there is nothing at this path\"}") &&
                       has(&answers, "\r\n\r\nnow") && has(&answers, "\r\n\r\nbody") &&
                       has(&answers, "5\r\npiece\r\n0\r\n\r\n");
    assert_true(answers.size == 0 || memcmp(answers.data, "HTTP/1.1 ", 9) == 0);
    os_socket_close(fd);
    close_all();
    return !whole;
}

static void any_allocation_may_fail(void **state)
{
    (void)state;
    for (int for_good = 0; for_good <= 1; for_good++) {
        unsigned long nth = 1;
        unsigned whole_in_a_row = 0;

        /* some failures are survived with every answer whole: go on a while behind them */
        while (whole_in_a_row < 20) {
            whole_in_a_row = converse(nth, for_good) ? 0 : whole_in_a_row + 1;
            nth++;
        }
        assert_true(nth > 25);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_of_one_turn_are_one_group_answered_in_order),
        cmocka_unit_test(a_problem_has_its_form),
        cmocka_unit_test(an_answer_after_the_client_has_gone_is_dropped),
        cmocka_unit_test(a_server_can_be_freed_with_requests_in_hand),
        cmocka_unit_test(a_client_that_has_sent_all_still_gets_its_answers),
        cmocka_unit_test(any_allocation_may_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
