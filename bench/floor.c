/* What the machine gives a server that does nothing: one thread reads the requests in hand, makes
 * one synced write for all of them, and sends each a fixed answer; another process keeps
 * CONNECTIONS connections busy, one request under way on each. What a ledger does is beside it.
 *
 * bench/floor compiles and runs it: floor FILE CONNECTIONS SECONDS ROUNDS WRITES. WRITES synced
 * writes of 4 KiB, one after the other, before each turn's answers; with CONNECTIONS 0 there is no
 * server, and the writes alone are counted. Prints a line a round: requests a second, then median
 * and 99 % of a request in microseconds. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { BLOCK = 4096, BLOCKS = 1024, CONNECTIONS_MAX = 1024, SAMPLES_MAX = 1 << 22, BUFFER = 4096 };

/* As large as ours are: a draw and its result. */
static const char body[] = "[{\"op\":\"draw\",\"id\":\"d-00000000-000000000001\",\"limit\":"
                           "\"p-000000123456\",\"amount\":\"1.00\"}]";
static const char answer[] =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 71\r\n\r\n"
    "[{\"id\":\"d-00000000-000000000001\",\"result\":\"ok\",\"event\":\"000000000001\"}]\n";
static float samples[SAMPLES_MAX];
static int file = -1;
static long writes_a_turn = 1;
static unsigned char *block;

static void fail(const char *what)
{
    (void)fprintf(stderr, "bench/floor: %s: %s\n", what, strerror(errno));
    exit(3);
}

static double now(void)
{
    struct timespec at;

    (void)clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec * 1e6 + (double)at.tv_nsec / 1e3;
}

static void file_make(const char *path)
{
    file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_DIRECT | O_DSYNC | O_CLOEXEC, 0600);
    if (file < 0 && errno == EINVAL) {
        file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_DSYNC | O_CLOEXEC, 0600);
    }
    if (file < 0 || posix_memalign((void **)&block, BLOCK, BLOCK) != 0) {
        fail(path);
    }
    memset(block, 'x', BLOCK);
    for (long i = 0; i < BLOCKS; i++) {
        if (pwrite(file, block, BLOCK, i * BLOCK) != BLOCK) {
            fail("pwrite");
        }
    }
}

static void synced_writes(long count)
{
    static long next;

    for (long i = 0; i < count; i++) {
        if (pwrite(file, block, BLOCK, next++ % BLOCKS * BLOCK) != BLOCK) {
            fail("pwrite");
        }
    }
}

static int sample_compare(const void *a, const void *b)
{
    const float x = *(const float *)a;
    const float y = *(const float *)b;

    return x < y ? -1 : x > y;
}

static void round_print(size_t count, double took)
{
    const size_t kept = count < SAMPLES_MAX ? count : SAMPLES_MAX;

    qsort(samples, kept, sizeof(samples[0]), sample_compare);
    (void)printf("%.0f %.1f %.1f\n", (double)count / took * 1e6, (double)samples[kept / 2],
                 (double)samples[kept * 99 / 100]);
    (void)fflush(stdout);
}

static void server_run(int listener)
{
    static char bytes[BUFFER];
    struct epoll_event events[CONNECTIONS_MAX];
    const int poll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
    const int on = 1;

    if (poll < 0 || epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event) != 0) {
        fail("epoll");
    }
    for (;;) {
        int ready[CONNECTIONS_MAX];
        int count = 0;
        const int got = epoll_wait(poll, events, CONNECTIONS_MAX, -1);

        for (int i = 0; i < got; i++) {
            const int fd = events[i].data.fd;
            if (fd == listener) {
                event.data.fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
                (void)setsockopt(event.data.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
                (void)epoll_ctl(poll, EPOLL_CTL_ADD, event.data.fd, &event);
            } else if (recv(fd, bytes, sizeof(bytes), 0) > 0) {
                ready[count++] = fd;
            } else {
                (void)close(fd);
            }
        }
        if (count > 0) {
            synced_writes(writes_a_turn);
        }
        for (int i = 0; i < count; i++) {
            (void)send(ready[i], answer, sizeof(answer) - 1, MSG_NOSIGNAL);
        }
    }
}

struct client {
    int fd;
    double sent;
};

static void request_send(struct client *client, const char *request, size_t size)
{
    client->sent = now();
    if (send(client->fd, request, size, MSG_NOSIGNAL) != (ssize_t)size) {
        fail("send");
    }
}

static void client_run(const struct sockaddr_in *address, int connections, double seconds,
                       long rounds)
{
    static struct client clients[CONNECTIONS_MAX];
    struct epoll_event events[CONNECTIONS_MAX];
    const int poll = epoll_create1(EPOLL_CLOEXEC);
    static char bytes[BUFFER];
    static char request[BUFFER];
    const int on = 1;
    const size_t size = (size_t)snprintf(
        request, sizeof(request),
        "POST /v1/commands HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %064d\r\n"
        "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
        0, sizeof(body) - 1, body);

    for (int i = 0; i < connections; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = &clients[i]};
        clients[i].fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (connect(clients[i].fd, (const struct sockaddr *)address, sizeof(*address)) != 0 ||
            setsockopt(clients[i].fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) != 0 ||
            epoll_ctl(poll, EPOLL_CTL_ADD, clients[i].fd, &event) != 0) {
            fail("connect");
        }
        request_send(&clients[i], request, size);
    }
    for (long round = -1; round < rounds; round++) {
        const double begin = now();
        const double end = begin + (round < 0 ? seconds / 4 : seconds) * 1e6;
        size_t count = 0;
        double at = begin;
        while (at < end) {
            const int got = epoll_wait(poll, events, CONNECTIONS_MAX, 1000);
            for (int i = 0; i < got; i++) {
                struct client *client = events[i].data.ptr;
                if (recv(client->fd, bytes, sizeof(bytes), 0) <= 0) {
                    fail("recv");
                }
                samples[count++ % SAMPLES_MAX] = (float)(now() - client->sent);
                request_send(client, request, size);
            }
            at = now();
        }
        if (round >= 0) {
            round_print(count, at - begin);
        }
    }
}

static void serve(int connections, double seconds, long rounds)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (bind(listener, (const struct sockaddr *)&address, sizeof(address)) != 0 ||
        listen(listener, CONNECTIONS_MAX) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &size) != 0) {
        fail("listen");
    }
    const pid_t server = fork();
    if (server < 0) {
        fail("fork");
    }
    if (server == 0) {
        server_run(listener);
    }
    client_run(&address, connections, seconds, rounds);
    (void)kill(server, SIGKILL);
    (void)waitpid(server, NULL, 0);
}

static void write_alone(double seconds, long rounds)
{
    for (long round = 0; round < rounds; round++) {
        const double begin = now();
        double at = begin;
        size_t count = 0;
        while (at < begin + seconds * 1e6) {
            const double before = at;
            synced_writes(writes_a_turn);
            at = now();
            samples[count++ % SAMPLES_MAX] = (float)(at - before);
        }
        round_print(count, at - begin);
    }
}

int main(int argc, char **argv)
{
    if (argc != 6) {
        (void)fprintf(stderr, "usage: floor FILE CONNECTIONS SECONDS ROUNDS WRITES\n");
        return 2;
    }
    const long connections = strtol(argv[2], NULL, 10);
    const double seconds = strtod(argv[3], NULL);
    const long rounds = strtol(argv[4], NULL, 10);

    writes_a_turn = strtol(argv[5], NULL, 10);
    if (connections < 0 || connections > CONNECTIONS_MAX || seconds <= 0 || rounds < 1) {
        (void)fprintf(stderr, "bench/floor: bad arguments\n");
        return 2;
    }
    file_make(argv[1]);
    if (connections == 0) {
        write_alone(seconds, rounds);
    } else {
        serve((int)connections, seconds, rounds);
    }
    return 0;
}
