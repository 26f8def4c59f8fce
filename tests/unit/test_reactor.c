#include "cmocka_headroom.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/arena.h"
#include "os/entropy.h"
#include "os/pages.h"
#include "os/process.h"
#include "os/reactor.h"
#include "os/socket.h"

/* What happened, in order, one letter an event. */
static char trace[256];
static size_t trace_size;
static struct reactor *reactor;

static void note(char letter)
{
    assert_true(trace_size + 1 < sizeof(trace));
    trace[trace_size++] = letter;
    trace[trace_size] = '\0';
}

static int begin(void **state)
{
    (void)state;
    trace_size = 0;
    trace[0] = '\0';
    return reactor_open(&reactor) == OS_OK ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    memory_fail_at(0, 0);
    reactor_free(reactor);
    return 0;
}

static void turn(uint64_t wait_ns)
{
    assert_int_equal(reactor_turn(reactor, wait_ns), OS_OK);
}

/* ---- sources ------------------------------------------------------------------------------ */

struct pipe_source {
    struct reactor_source source;
    int write_fd;
    char letter;
    struct pipe_source *victim; /* removed when this one is ready */
};

static void pipe_ready(struct reactor_source *source, unsigned events)
{
    struct pipe_source *pipe_source = (struct pipe_source *)(void *)source;
    char byte;

    if ((events & REACTOR_READ) != 0) {
        assert_int_equal(read(source->fd, &byte, 1), 1);
        note(pipe_source->letter);
    }
    if ((events & REACTOR_HANGUP) != 0) {
        note('H');
    }
    if (pipe_source->victim != NULL) {
        reactor_remove(reactor, &pipe_source->victim->source);
    }
}

static void pipe_open(struct pipe_source *source, char letter)
{
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    *source = (struct pipe_source){
        .source = {.fd = ends[0], .ready = pipe_ready}, .write_fd = ends[1], .letter = letter};
    assert_int_equal(reactor_add(reactor, &source->source, REACTOR_READ), OS_OK);
}

static void pipe_close(struct pipe_source *source)
{
    reactor_remove(reactor, &source->source);
    close(source->source.fd);
    if (source->write_fd >= 0) {
        close(source->write_fd);
    }
}

static void a_source_is_ready_as_long_as_bytes_are_left(void **state)
{
    struct pipe_source source;

    (void)state;
    pipe_open(&source, 'a');
    turn(0);
    assert_string_equal(trace, "");
    assert_int_equal(write(source.write_fd, "xy", 2), 2);
    turn(UINT64_MAX);
    assert_string_equal(trace, "a");
    turn(UINT64_MAX);
    assert_string_equal(trace, "aa");
    turn(0);
    assert_string_equal(trace, "aa");
    pipe_close(&source);
}

static void interest_can_be_taken_back(void **state)
{
    struct pipe_source source;

    (void)state;
    pipe_open(&source, 'a');
    assert_int_equal(write(source.write_fd, "x", 1), 1);
    reactor_change(reactor, &source.source, 0);
    turn(0);
    assert_string_equal(trace, "");
    reactor_change(reactor, &source.source, REACTOR_READ);
    turn(0);
    assert_string_equal(trace, "a");
    close(source.write_fd);
    source.write_fd = -1;
    turn(0);
    assert_string_equal(trace, "aH");
    pipe_close(&source);
}

static void a_removed_source_hears_nothing_of_the_same_turn(void **state)
{
    struct pipe_source first;
    struct pipe_source second;

    (void)state;
    pipe_open(&first, 'a');
    pipe_open(&second, 'b');
    first.victim = &second;
    second.victim = &first;
    assert_int_equal(write(first.write_fd, "x", 1), 1);
    assert_int_equal(write(second.write_fd, "x", 1), 1);
    turn(0);
    assert_int_equal(trace_size, 1); /* either of them, never both */
    turn(0);
    assert_int_equal(trace_size, 1);
    first.victim = NULL;
    second.victim = NULL;
    pipe_close(&first);
    pipe_close(&second);
}

/* ---- timers ------------------------------------------------------------------------------- */

struct test_timer {
    struct reactor_timer timer;
    unsigned number;
    uint64_t again_ns; /* set again for this moment when it expires; 0: not */
};

enum { TIMERS = 200 };
static unsigned expired[TIMERS * 2];
static size_t expired_count;

static void timer_expired(struct reactor_timer *timer)
{
    struct test_timer *test_timer = (struct test_timer *)(void *)timer;

    expired[expired_count++] = test_timer->number;
    if (test_timer->again_ns != 0) {
        assert_int_equal(reactor_timer_set(reactor, timer, test_timer->again_ns), OS_OK);
    }
}

static void timers_expire_in_order(void **state)
{
    static struct test_timer timers[TIMERS];
    uint32_t random = 12345;

    (void)state;
    expired_count = 0;
    memset(timers, 0, sizeof(timers));
    for (unsigned i = 0; i < TIMERS; i++) {
        random = random * 1664525U + 1013904223U;
        timers[i].number = random >> 16;
        timers[i].timer.expired = timer_expired;
        /* set twice, to move it in the heap; every third is cancelled */
        assert_int_equal(reactor_timer_set(reactor, &timers[i].timer, random % 977), OS_OK);
        assert_int_equal(reactor_timer_set(reactor, &timers[i].timer, timers[i].number), OS_OK);
    }
    for (unsigned i = 0; i < TIMERS; i += 3) {
        reactor_timer_cancel(reactor, &timers[i].timer);
        reactor_timer_cancel(reactor, &timers[i].timer); /* does nothing */
    }
    turn(UINT64_MAX);
    assert_int_equal(expired_count, TIMERS - (TIMERS + 2) / 3);
    for (size_t i = 1; i < expired_count; i++) {
        assert_true(expired[i - 1] <= expired[i]);
    }
}

static void a_timer_is_not_early_and_ends_the_wait(void **state)
{
    struct test_timer timer = {.timer = {.expired = timer_expired}, .number = 7};
    const uint64_t due_ns = os_clock_monotonic_ns() + 3 * OS_NS_PER_MS;

    (void)state;
    expired_count = 0;
    assert_int_equal(reactor_timer_set(reactor, &timer.timer, due_ns), OS_OK);
    turn(0);
    assert_true(expired_count == 0 || reactor_now_ns(reactor) >= due_ns);
    while (expired_count == 0) {
        turn(UINT64_MAX);
    }
    assert_true(reactor_now_ns(reactor) >= due_ns);
}

static void a_timer_set_again_for_now_waits_for_the_next_turn(void **state)
{
    struct test_timer timer = {.timer = {.expired = timer_expired}, .again_ns = 1};

    (void)state;
    expired_count = 0;
    assert_int_equal(reactor_timer_set(reactor, &timer.timer, 1), OS_OK);
    turn(UINT64_MAX);
    assert_int_equal(expired_count, 1);
    turn(UINT64_MAX);
    assert_int_equal(expired_count, 2);
    reactor_timer_cancel(reactor, &timer.timer);
}

static void a_timer_that_finds_no_memory_is_not_set(void **state)
{
    struct test_timer timer = {.timer = {.expired = timer_expired}};

    (void)state;
    memory_fail_at(1, 0);
    assert_int_equal(reactor_timer_set(reactor, &timer.timer, 1), OS_EXHAUSTED);
    assert_int_equal(timer.timer.place, 0);
    assert_int_equal(reactor_timer_set(reactor, &timer.timer, 1), OS_OK);
    reactor_timer_cancel(reactor, &timer.timer);
}

/* ---- the order of a turn ------------------------------------------------------------------ */

static void commit_first(struct reactor_hook *hook)
{
    (void)hook;
    note('1');
}

static void commit_second(struct reactor_hook *hook)
{
    (void)hook;
    note('2');
}

static void flush(struct reactor_hook *hook)
{
    note('f');
    if (trace_size > 12) {
        reactor_hook_remove(reactor, hook);
    }
}

static void order_timer(struct reactor_timer *timer)
{
    (void)timer;
    note('t');
}

static void a_turn_has_its_order(void **state)
{
    struct reactor_hook hooks[3] = {{.run = flush}, {.run = commit_first}, {.run = commit_second}};
    struct reactor_timer timer = {.expired = order_timer};
    struct pipe_source source;

    (void)state;
    reactor_hook_add(reactor, &hooks[0], REACTOR_FLUSH);
    reactor_hook_add(reactor, &hooks[1], REACTOR_COMMIT);
    reactor_hook_add(reactor, &hooks[2], REACTOR_COMMIT);
    pipe_open(&source, 's');
    assert_int_equal(write(source.write_fd, "x", 1), 1);
    assert_int_equal(reactor_timer_set(reactor, &timer, 1), OS_OK);
    turn(UINT64_MAX);
    assert_string_equal(trace, "st12f");
    reactor_again(reactor); /* no event, yet no wait */
    turn(UINT64_MAX);
    assert_string_equal(trace, "st12f12f");
    reactor_wake(reactor);
    turn(UINT64_MAX);
    assert_string_equal(trace, "st12f12f12f");
    turn(0);
    turn(0); /* the flush hook has removed itself */
    assert_string_equal(trace, "st12f12f12f12f12");
    reactor_hook_remove(reactor, &hooks[1]);
    turn(0);
    assert_string_equal(trace, "st12f12f12f12f122");
    pipe_close(&source);
}

static void stop_on_signal(void *context)
{
    note('T');
    reactor_stop(context);
}

static void count_signal(void *context)
{
    (void)context;
    note('U');
}

static void signals_come_between_events(void **state)
{
    (void)state;
    assert_int_equal(reactor_signal(reactor, SIGUSR1, count_signal, NULL), OS_OK);
    assert_int_equal(reactor_signal(reactor, SIGTERM, stop_on_signal, reactor), OS_OK);
    assert_int_equal(reactor_signal(reactor, 0, count_signal, NULL), OS_INVALID);
    assert_int_equal(raise(SIGUSR1), 0);
    assert_string_equal(trace, "");
    turn(UINT64_MAX);
    assert_string_equal(trace, "U");
    assert_int_equal(raise(SIGTERM), 0);
    assert_int_equal(reactor_run(reactor), OS_OK);
    assert_string_equal(trace, "UT");
}

/* ---- the rest of the room ----------------------------------------------------------------- */

static int child_says(int pipe_fd, void *context)
{
    const int *number = context;

    return os_child_write(pipe_fd, SLICE("from the child")) && *number == 42 ? 7 : 1;
}

static int child_waits(int pipe_fd, void *context)
{
    (void)pipe_fd;
    (void)context;
    while (pause() != 0) {
    }
    return 0;
}

static void a_child_sees_memory_and_answers(void **state)
{
    struct os_child child;
    int number = 42;
    char text[64];
    size_t size = 0;
    size_t got;
    enum os_status status;

    (void)state;
    assert_int_equal(os_child_start(&child, child_says, &number), OS_OK);
    while ((status = os_child_read(&child, text + size, sizeof(text) - size, &got)) != OS_ENDED) {
        size += status == OS_OK ? got : 0;
        assert_true(status == OS_OK || status == OS_AGAIN);
    }
    assert_true(slice_equal(slice_of(text, size), SLICE("from the child")));
    assert_int_equal(os_child_end(&child), 7);
}

static void a_child_that_hangs_is_ended(void **state)
{
    struct os_child child;
    char byte;
    size_t got;

    (void)state;
    assert_int_equal(os_child_start(&child, child_waits, NULL), OS_OK);
    assert_int_equal(os_child_read(&child, &byte, 1, &got), OS_AGAIN);
    assert_int_equal(os_child_end(&child), 128);
}

static void addresses_are_read_strictly(void **state)
{
    static const struct {
        const char *text;
        const char *canonical; /* NULL: refused */
        bool loopback;
    } rows[] = {
        {"127.0.0.1:8080", "127.0.0.1:8080", true},
        {"127.9.9.9:1", "127.9.9.9:1", true},
        {"0.0.0.0:0", "0.0.0.0:0", false},
        {"[::1]:8080", "[::1]:8080", true},
        {"[0:0::1]:8080", "[::1]:8080", true},
        {"[::]:8080", "[::]:8080", false},
        {"localhost:8080", "127.0.0.1:8080", true},
        {"127.0.0.1", NULL, false},
        {"127.0.0.1:", NULL, false},
        {":8080", NULL, false},
        {"127.0.0.1:65536", NULL, false},
        {"127.0.0.1:+1", NULL, false},
        {"::1:8080", NULL, false},
        {"[127.0.0.1]:1", "127.0.0.1:1", true},
        {"example.org:80", NULL, false},
        {"127.1:80", NULL, false},
        {"", NULL, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct os_address address;
        const enum os_status status = os_address_parse(&address, slice_from_cstr(rows[i].text));

        if (status != (rows[i].canonical == NULL ? OS_INVALID : OS_OK)) {
            fail_msg("%s: %d", rows[i].text, (int)status);
        }
        if (status == OS_OK) {
            assert_true(slice_equal(os_address_text(&address), slice_from_cstr(rows[i].canonical)));
            assert_int_equal(address.loopback, rows[i].loopback);
        }
    }
}

static void sockets_carry_bytes_both_ways(void **state)
{
    struct os_address any;
    struct os_address bound;
    struct os_address peer;
    int listener;
    int client;
    int server = -1;
    char bytes[16];
    size_t size;

    (void)state;
    assert_int_equal(os_address_parse(&any, SLICE("127.0.0.1:0")), OS_OK);
    assert_int_equal(os_socket_listen(&listener, &bound, &any, 4), OS_OK);
    assert_int_equal(os_socket_accept(&server, &peer, listener), OS_AGAIN);
    assert_int_equal(os_socket_connect(&client, &bound, 1000), OS_OK);
    assert_int_equal(os_socket_accept(&server, &peer, listener), OS_OK);
    assert_true(peer.loopback);
    int no_delay = 0;
    socklen_t option_size = sizeof(no_delay);
    assert_int_equal(getsockopt(server, IPPROTO_TCP, TCP_NODELAY, &no_delay, &option_size), 0);
    assert_int_not_equal(no_delay, 0); /* inherited from the listener */
    assert_int_equal(os_socket_receive(server, bytes, sizeof(bytes), &size), OS_AGAIN);
    assert_int_equal(os_socket_send(client, SLICE("two "), SLICE("parts"), &size), OS_OK);
    assert_int_equal(size, 9);
    assert_int_equal(os_socket_receive(server, bytes, sizeof(bytes), &size), OS_OK);
    assert_true(slice_equal(slice_of(bytes, size), SLICE("two parts")));
    os_socket_end(client);
    assert_int_equal(os_socket_receive(server, bytes, sizeof(bytes), &size), OS_ENDED);
    os_socket_close(server);
    os_socket_close(client);
    int second;
    assert_int_equal(os_socket_listen(&second, &peer, &bound, 4), OS_IN_USE);
    os_socket_close(listener);
    assert_int_equal(os_socket_connect(&client, &bound, 1000), OS_FAILED); /* nobody listens */
}

static void pages_read_as_zero_until_written_and_after_a_discard(void **state)
{
    const size_t size = 64UL << 20;

    (void)state;
    for (int huge = 0; huge <= 1; huge++) {
        unsigned char *pages = os_pages_reserve(size, huge != 0);

        assert_non_null(pages);
        assert_int_equal(pages[0] | pages[size - 1], 0);
        pages[0] = 1;
        pages[size - 1] = 2;
        os_pages_discard(pages, 4096);
        assert_int_equal(pages[0], 0);
        assert_int_equal(pages[size - 1], 2);
        os_pages_release(pages, size);
    }
    assert_null(os_pages_reserve(0, false));
    assert_null(os_pages_reserve(SIZE_MAX, false));
    assert_null(os_pages_reserve(1UL << 60, true));
    os_pages_release(NULL, size);
}

static void random_bytes_differ(void **state)
{
    unsigned char first[32];
    unsigned char second[32];

    (void)state;
    os_entropy_fill(first, sizeof(first));
    os_entropy_fill(second, sizeof(second));
    assert_memory_not_equal(first, second, sizeof(first));
    os_entropy_fill(NULL, 0);
}

static void clocks_go_on(void **state)
{
    const uint64_t monotonic = os_clock_monotonic_ns();
    const int64_t realtime = os_clock_realtime_us();

    (void)state;
    assert_true(os_clock_monotonic_ns() >= monotonic);
    assert_true(realtime > 1700000000LL * 1000000); /* after November 2023 */
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(a_source_is_ready_as_long_as_bytes_are_left),
        TEST(interest_can_be_taken_back),
        TEST(a_removed_source_hears_nothing_of_the_same_turn),
        TEST(timers_expire_in_order),
        TEST(a_timer_is_not_early_and_ends_the_wait),
        TEST(a_timer_set_again_for_now_waits_for_the_next_turn),
        TEST(a_timer_that_finds_no_memory_is_not_set),
        TEST(a_turn_has_its_order),
        TEST(signals_come_between_events),
        TEST(a_child_sees_memory_and_answers),
        TEST(a_child_that_hangs_is_ended),
        TEST(addresses_are_read_strictly),
        TEST(sockets_carry_bytes_both_ways),
        TEST(pages_read_as_zero_until_written_and_after_a_discard),
        TEST(random_bytes_differ),
        TEST(clocks_go_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
