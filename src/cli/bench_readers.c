/* Readers beside the load: connections that ask for limits over HTTP as fast as they are answered,
 * from a thread of their own, one question at a time on each. Fifteen ask for one limit, the
 * sixteenth for a page of a hundred. */
#include <stdatomic.h>

#include "base/arena.h"
#include "cli/bench.h"
#include "os/reactor.h"
#include "os/thread.h"

enum {
    QUESTION_MAX = 512,
    ANSWER_MAX = 256 << 10,
    CONNECT_TIMEOUT_MS = 10000,
    TURN_NS = 10000000,
    PAGE_EACH = 16,
};

struct reader {
    struct reactor_source source; /* first, so that the reactor's pointer is ours */
    struct bench_readers *readers;
    char *answer;
    size_t have, whole; /* bytes of the answer there, and in all once known */
    uint64_t begin_ns;
};

struct bench_readers {
    struct bench *bench;
    struct os_thread thread;
    struct reactor *reactor;
    struct reader *each;
    size_t count;
    uint64_t random, asked;
    atomic_bool ending;
    atomic_bool counting;
    atomic_bool failed;
    struct histogram latency;
    uint64_t answered;
};

static void question_send(struct reader *reader)
{
    struct bench_readers *readers = reader->readers;
    const struct bench_server *server = &readers->bench->server;
    const struct bench_book *book = &readers->bench->book;
    char name[BENCH_NAME_SIZE];
    char text[QUESTION_MAX];
    size_t sent = 0;

    readers->random = readers->random * 6364136223846793005U + 1442695040888963407U;
    bench_name_write(
        name, (struct bench_name){
                  'p', (uint64_t)((unsigned __int128)readers->random * book->products >> 64)});
    const bool page = ++readers->asked % PAGE_EACH == 0;
    const int size =
        snprintf(text, sizeof(text),
                 "GET /v1/limits%s%.*s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %.*s\r\n\r\n",
                 page ? "?limit=100" : "/", page ? 0 : BENCH_NAME_SIZE, name,
                 (int)server->token_size, server->token);
    check(size > 0 && size < QUESTION_MAX);
    reader->have = reader->whole = 0;
    reader->begin_ns = os_clock_monotonic_ns();
    const enum os_status status =
        os_socket_send(reader->source.fd, slice_of(text, (size_t)size), slice_of(NULL, 0), &sent);
    if (status != OS_OK || sent != (size_t)size) {
        atomic_store(&readers->failed, true);
    }
}

/* Sets `whole` once the head is there; false when it is not one of a good answer. */
static bool answer_measure(struct reader *reader)
{
    static const char field[] = "\r\nContent-Length: ";
    const char *end = memmem(reader->answer, reader->have, "\r\n\r\n", 4);
    uint64_t size;

    if (end == NULL) {
        return reader->have < ANSWER_MAX;
    }
    const size_t head = (size_t)(end - reader->answer);
    const char *length = memmem(reader->answer, head, field, sizeof(field) - 1);
    if (length == NULL ||
        !slice_starts_with(slice_of(reader->answer, head), SLICE("HTTP/1.1 200 "))) {
        return false;
    }
    length += sizeof(field) - 1;
    const char *stop = memchr(length, '\r', (size_t)(end + 1 - length));
    if (stop == NULL ||
        !slice_to_u64(slice_of(length, (size_t)(stop - length)), ANSWER_MAX - head - 4, &size)) {
        return false;
    }
    reader->whole = head + 4 + (size_t)size;
    return true;
}

static void reader_ready(struct reactor_source *source, unsigned events)
{
    struct reader *reader = (struct reader *)(void *)source;
    struct bench_readers *readers = reader->readers;
    size_t got = 0;

    (void)events;
    const enum os_status status = os_socket_receive(source->fd, reader->answer + reader->have,
                                                    ANSWER_MAX - reader->have, &got);
    if (status == OS_AGAIN) {
        return;
    }
    reader->have += got;
    if (status != OS_OK || (reader->whole == 0 && !answer_measure(reader))) {
        atomic_store(&readers->failed, true);
        reactor_remove(readers->reactor, source);
        return;
    }
    if (reader->whole == 0 || reader->have < reader->whole) {
        return;
    }
    if (atomic_load(&readers->counting)) {
        histogram_record(&readers->latency, os_clock_monotonic_ns() - reader->begin_ns, 1);
        readers->answered++;
    }
    question_send(reader);
}

static void *readers_run(void *context)
{
    struct bench_readers *readers = context;

    for (size_t i = 0; i < readers->count; i++) {
        question_send(&readers->each[i]);
    }
    while (!atomic_load(&readers->ending) && !atomic_load(&readers->failed)) {
        if (reactor_turn(readers->reactor, TURN_NS) != OS_OK) {
            atomic_store(&readers->failed, true);
        }
    }
    return NULL;
}

static int readers_connect(struct bench_readers *readers)
{
    struct bench *bench = readers->bench;

    for (size_t i = 0; i < readers->count; i++) {
        struct reader *reader = &readers->each[i];
        reader->readers = readers;
        reader->source.ready = reader_ready;
        reader->answer = memory_allocate(ANSWER_MAX);
        if (reader->answer == NULL) {
            return cli_fail_memory(bench->cli);
        }
        enum os_status status =
            os_socket_connect(&reader->source.fd, &bench->server.address, CONNECT_TIMEOUT_MS);
        if (status == OS_OK) {
            os_socket_unblock(reader->source.fd);
            status = reactor_add(readers->reactor, &reader->source, REACTOR_READ);
        }
        if (status != OS_OK) {
            return cli_fail_os(bench->cli, status, bench->server.url);
        }
    }
    return CLI_DONE;
}

int bench_readers_start(struct bench *bench)
{
    const size_t count = bench->options.readers;

    if (count == 0 || !bench->server.started) {
        return CLI_DONE;
    }
    struct bench_readers *readers = memory_allocate(sizeof(*readers));
    if (readers == NULL) {
        return cli_fail_memory(bench->cli);
    }
    *readers = (struct bench_readers){.bench = bench, .count = count, .random = 1};
    bench->readers = readers;
    histogram_init(&readers->latency);
    readers->each = memory_allocate(count * sizeof(*readers->each));
    if (readers->each == NULL || reactor_open(&readers->reactor) != OS_OK) {
        return cli_fail_memory(bench->cli);
    }
    memset(readers->each, 0, count * sizeof(*readers->each));
    for (size_t i = 0; i < count; i++) {
        readers->each[i].source.fd = -1;
    }
    TRY(readers_connect(readers));
    return os_thread_start(&readers->thread, readers_run, readers) == OS_OK
               ? CLI_DONE
               : cli_fail_memory(bench->cli);
}

void bench_readers_count(struct bench *bench, bool on)
{
    if (bench->readers != NULL) {
        atomic_store(&bench->readers->counting, on);
    }
}

int bench_readers_end(struct bench *bench)
{
    struct bench_readers *readers = bench->readers;

    if (readers == NULL) {
        return CLI_DONE;
    }
    atomic_store(&readers->ending, true);
    os_thread_join(&readers->thread);
    const bool failed = atomic_load(&readers->failed);
    bench->reads = readers->answered;
    bench->read_p99_ns = histogram_quantile(&readers->latency, 990000);
    for (size_t i = 0; readers->each != NULL && i < readers->count; i++) {
        if (readers->each[i].source.fd >= 0) {
            os_socket_close(readers->each[i].source.fd);
        }
        memory_free(readers->each[i].answer);
    }
    reactor_free(readers->reactor);
    memory_free(readers->each);
    memory_free(readers);
    bench->readers = NULL;
    return failed ? cli_fail(bench->cli, CLI_SYSTEM, "a reader's question was not answered by 200",
                             "读取请求未得到 200 应答")
                  : CLI_DONE;
}
