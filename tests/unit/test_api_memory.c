/* The whole service in this process, over a loopback socket, while the n-th allocation fails, for
 * every n, once and for good: each answer that comes is whole, a command that was answered has its
 * effect once, and without the failure the same conversation is answered as ever. */
#include "cmocka_headroom.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api/api.h"
#include "base/arena.h"
#include "os/clock.h"

static struct service {
    char directory[64];
    struct engine *engine;
    struct auth *auth;
    struct reactor *reactor;
    struct http_server *server;
    struct api api;
    struct reactor_hook commit;
    struct os_address bound;
    char secret[TOKEN_SECRET_SIZE];
} service;

static char memory[1 << 20];

static void commit_run(struct reactor_hook *hook)
{
    (void)hook;
    if (engine_pending(service.engine)) {
        assert_int_equal(engine_commit(service.engine, os_clock_realtime_us()), ENGINE_OK);
    }
}

static void service_open(void)
{
    const struct auth_request request = {.name = SLICE("a test"),
                                         .role = AUTH_ADMINISTRATOR,
                                         .expires = TIME_NONE,
                                         .actor = SLICE("0123456789abcdef"),
                                         .address = SLICE("127.0.0.1:1")};
    struct http_config config = {.context = &service.api,
                                 .admit = api_admit,
                                 .answered = api_answered,
                                 .connections_max = 8};
    const time_us now = os_clock_realtime_us();
    const struct auth_token *token;
    struct engine_options options;
    struct engine_recovery recovery;
    struct journal_error error;
    struct auth_error auth_error;
    struct os_address address;
    bool first;

    memcpy(service.directory, "test_api_memory_XXXXXX", sizeof("test_api_memory_XXXXXX"));
    assert_non_null(mkdtemp(service.directory));
    engine_options_init(&options);
    options.directory = service.directory;
    options.now = now;
    options.payload_max = 1 << 16;
    options.segment_size = 1 << 20;
    assert_int_equal(engine_open(&options, &service.engine, &recovery, &error), ENGINE_OK);
    assert_int_equal(
        auth_open(files_real(), service.directory, now, &service.auth, &first, &auth_error),
        AUTH_OK);
    assert_int_equal(auth_token_create(service.auth, &token, service.secret, &request, now),
                     AUTH_OK);
    assert_int_equal(reactor_open(&service.reactor), OS_OK);
    service.api =
        (struct api){.engine = service.engine, .auth = service.auth, .reactor = service.reactor};
    service.api.version = "test";
    service.commit.run = commit_run;
    reactor_hook_add(service.reactor, &service.commit, REACTOR_COMMIT);
    api_init(&service.api);
    config.routes = api_routes(&config.route_count);
    assert_int_equal(http_server_open(&service.server, service.reactor, &config), HTTP_OK);
    service.api.server = service.server;
    assert_int_equal(os_address_parse(&address, SLICE("127.0.0.1:0")), OS_OK);
    assert_int_equal(http_server_listen(service.server, &service.bound, &address), HTTP_OK);
}

static void service_close(void)
{
    char name[FILE_NAME_MAX + 1];
    struct directory *directory;
    bool end = false;

    api_drain(&service.api);
    http_server_free(service.server);
    reactor_free(service.reactor);
    auth_close(service.auth);
    engine_close(service.engine);
    assert_int_equal(directory_open(files_real(), service.directory, &directory).status, OS_OK);
    while (directory_next(directory, true, name, &end).status == OS_OK && !end) {
        assert_int_equal(directory_remove(directory, name).status, OS_OK);
    }
    directory_close(directory);
    (void)rmdir(service.directory);
}

static size_t request_write(char *room, size_t size, const char *method, const char *target,
                            const char *body, bool last)
{
    return (size_t)snprintf(room, size,
                            "%s %s HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer %.*s\r\n"
                            "Content-Type: application/json\r\nContent-Length: %zu\r\n%s\r\n%s",
                            method, target, (int)TOKEN_SECRET_SIZE, service.secret, strlen(body),
                            last ? "Connection: close\r\n" : "", body);
}

/* What a program asks in a day; `number` names its drawing. */
static size_t conversation_write(char *room, size_t size, unsigned number)
{
    static const char *const targets[] = {"/v1/limits",
                                          "/v1/limits/L",
                                          "/v1/limits/L/tree",
                                          "/v1/limits/L/exposures",
                                          "/v1/limits/L/movements",
                                          "/v1/exposures/d1",
                                          "/v1/rates",
                                          "/v1/day",
                                          "/v1/events?limit=5",
                                          "/v1/me",
                                          "/v1/tokens",
                                          "/metrics",
                                          "/v1/openapi.json",
                                          "/healthz"};
    char body[256];
    size_t used;

    (void)snprintf(body, sizeof(body),
                   "[{\"op\":\"limit.open\",\"id\":\"L\",\"currency\":\"CNY\",\"cap\":\"100000\"},"
                   "{\"op\":\"draw\",\"id\":\"d%u\",\"limit\":\"L\",\"amount\":\"1\"}]",
                   number);
    used = request_write(room, size, "POST", "/v1/commands", body, false);
    for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
        used += request_write(room + used, size - used, "GET", targets[i], "",
                              i + 1 == sizeof(targets) / sizeof(targets[0]));
    }
    assert_true(used < size);
    return used;
}

/* Sends the conversation and reads until the server closes. Returns how many answers came with 200.
 */
static unsigned converse(unsigned number)
{
    static char requests[16384];
    const size_t size = conversation_write(requests, sizeof(requests), number);
    size_t sent = 0;
    size_t got = 0;
    unsigned answered = 0;
    int fd = -1;

    assert_int_equal(os_socket_connect(&fd, &service.bound, 1000), OS_OK);
    assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    for (unsigned turn = 0; turn < 20000; turn++) {
        const ssize_t out = sent < size ? send(fd, requests + sent, size - sent, MSG_NOSIGNAL) : 0;
        const ssize_t in = recv(fd, memory + got, sizeof(memory) - 1 - got, 0);

        sent += out > 0 ? (size_t)out : 0;
        got += in > 0 ? (size_t)in : 0;
        if (in == 0 || (in < 0 && errno != EAGAIN)) {
            break;
        }
        assert_int_equal(reactor_turn(service.reactor, OS_NS_PER_MS), OS_OK);
        assert_true(turn < 19999);
    }
    (void)close(fd);
    memory[got] = '\0';
    assert_true(got == 0 || strncmp(memory, "HTTP/1.1 ", 9) == 0);
    for (const char *at = memory; (at = strstr(at, "HTTP/1.1 ")) != NULL; at += 9) {
        answered += strncmp(at + 9, "200 ", 4) == 0;
        /* Nothing but an answer, or a refusal for want of memory. */
        if (strncmp(at + 9, "200 ", 4) != 0 && strncmp(at + 9, "50", 2) != 0 && number > 1) {
            fail_msg("%.300s", at);
        }
    }
    return answered;
}

static unsigned used_major(void)
{
    const struct ledger_id id = {"L"};
    const uint32_t limit = ledger_limit_find(engine_ledger(service.engine), &id);
    struct ledger_limit_view view;

    assert_int_not_equal(limit, LEDGER_NONE);
    ledger_limit_view(engine_ledger(service.engine), &view, limit);
    return (unsigned)(view.used_minor / 100);
}

static void any_allocation_may_fail(void **state)
{
    unsigned number = 1;

    (void)state;
    service_open();
    /* The first time the questions overtake the commit that makes what they ask for. */
    (void)converse(number);
    const unsigned whole = converse(++number);
    assert_int_equal(whole, 15);
    for (int for_good = 0; for_good <= 1; for_good++) {
        unsigned long n = 1;
        unsigned whole_in_a_row = 0;

        while (whole_in_a_row < 10) {
            number++;
            memory_fail_at(n, for_good);
            const unsigned answered = converse(number);
            memory_fail_at(0, 0);
            whole_in_a_row = answered == whole ? whole_in_a_row + 1 : 0;
            /* Sent again, it is answered whole, and each drawing has its one effect. */
            assert_int_equal(converse(number), whole);
            assert_int_equal(used_major(), number);
            n++;
        }
        assert_true(n > 30);
        print_message("%lu allocations failed %s\n", n - 1, for_good ? "for good" : "once");
    }
    service_close();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_allocation_may_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
