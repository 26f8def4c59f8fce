/* A load generator for POST /v1/commands: connections kept alive, one request at a time on each,
 * one command or an array of them a request. It shares the machine with the server, so it is cheap:
 * a request is one text made at start, in which only names change; nothing is allocated and no
 * answer is parsed further than its status, its length and the count of its "ok". */
#include "base/arena.h"
#include "cli/bench.h"
#include "os/reactor.h"
#include "os/socket.h"

enum { SLOT_MAX = 160, ANSWER_HEAD = 4096, ANSWER_EACH = 1024, CONNECT_TIMEOUT_MS = 10000 };

/* The text of one command, with its two names to be written in. */
struct slot {
    char text[SLOT_MAX];
    size_t size, id_at, target_at;
};

struct load;

struct load_connection {
    struct reactor_source source; /* first, so that the reactor's pointer is ours */
    struct load *load;
    char *request;
    size_t sent; /* of the request */
    char *answer;
    size_t have;       /* bytes of the answer */
    size_t whole;      /* bytes it will have; 0: not known yet */
    uint64_t begin_ns; /* when the request was to be sent */
    bool busy;
};

struct load {
    struct bench *bench;
    struct reactor *reactor;
    struct load_connection *connections;
    size_t *free; /* a stack of connections without a request */
    size_t free_count;
    struct slot slots[LEDGER_OP_COUNT];
    size_t head_size, slot_size, answer_max;
    bool closing;         /* no request is begun any more */
    uint64_t due_ns;      /* open loop: when the next request is to be sent */
    uint64_t interval_ns; /* 0: closed loop */
    int status;           /* of the first failure */
};

/* ---- requests ---- */

static void slot_fill(struct slot *slot, const char *op, const char *target, const char *end)
{
    const int size =
        snprintf(slot->text, sizeof(slot->text), "{\"op\":\"%s\",\"id\":\"%17s\",\"%s\":\"%17s\"%s",
                 op, "", target, "", end);

    check(size > 0 && size < SLOT_MAX);
    slot->size = (size_t)size;
    slot->id_at = strlen("{\"op\":\"") + strlen(op) + strlen("\",\"id\":\"");
    slot->target_at =
        slot->id_at + BENCH_NAME_SIZE + strlen("\",\"") + strlen(target) + strlen("\":\"");
}

/* All commands that a measurement sends get the same size, by spaces before the end. */
static void slots_make(struct load *load)
{
    const enum bench_work work = load->bench->options.work;
    struct slot *make;
    struct slot *settle = NULL;

    if (work == BENCH_DRAW || work == BENCH_TURNOVER) {
        make = &load->slots[LEDGER_OP_DRAW];
        slot_fill(make, "draw", "limit", ",\"amount\":\"1.00\"");
    } else {
        make = &load->slots[LEDGER_OP_RESERVE];
        slot_fill(make, "reserve", "limit", ",\"amount\":\"1.00\"");
    }
    if (work == BENCH_TWO_PHASE) {
        settle = &load->slots[LEDGER_OP_CONFIRM];
        slot_fill(settle, "confirm", "reservation", "");
    } else if (work == BENCH_TURNOVER) {
        settle = &load->slots[LEDGER_OP_REPAY];
        slot_fill(settle, "repay", "exposure_id", "");
    }
    const size_t size =
        (settle != NULL && settle->size > make->size ? settle->size : make->size) + 1;
    check(size <= SLOT_MAX);
    for (int i = 0; i < 2; i++) {
        struct slot *slot = i == 0 ? make : settle;
        if (slot != NULL) {
            memset(slot->text + slot->size, ' ', size - 1 - slot->size);
            slot->text[size - 1] = '}';
            slot->size = size;
        }
    }
    load->slot_size = size;
}

static bool request_make(struct load *load, struct load_connection *connection)
{
    const uint64_t batch = load->bench->options.batch;
    const size_t body = 1 + batch * (load->slot_size + 1); /* brackets and commas */
    char head[512];
    const int size =
        snprintf(head, sizeof(head),
                 "POST /v1/commands HTTP/1.1\r\nHost: %.*s\r\nAuthorization: Bearer %.*s\r\n"
                 "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
                 (int)os_address_text(&load->bench->server.address).size,
                 os_address_text(&load->bench->server.address).data,
                 (int)load->bench->server.token_size, load->bench->server.token, body);

    check(size > 0 && size < (int)sizeof(head));
    load->head_size = (size_t)size;
    load->answer_max = ANSWER_HEAD + batch * ANSWER_EACH;
    connection->request = memory_allocate(load->head_size + body);
    connection->answer = memory_allocate(load->answer_max);
    if (connection->request == NULL || connection->answer == NULL) {
        return false;
    }
    memset(connection->request, ',', load->head_size + body);
    memcpy(connection->request, head, load->head_size);
    connection->request[load->head_size] = '[';
    connection->request[load->head_size + body - 1] = ']';
    return true;
}

static void request_fill(struct load *load, struct load_connection *connection)
{
    char *at = connection->request + load->head_size + 1;

    for (uint64_t i = 0; i < load->bench->options.batch; i++) {
        struct bench_item item;

        bench_source_next(&load->bench->source, &item);
        const struct slot *slot = &load->slots[item.op];
        memcpy(at, slot->text, slot->size);
        bench_name_write(at + slot->id_at, item.id);
        bench_name_write(at + slot->target_at, item.target);
        at += slot->size + 1;
    }
}

/* ---- one exchange ---- */

static void load_fail(struct load *load, const char *english, const char *chinese)
{
    if (load->status == CLI_DONE) {
        load->status = cli_fail(load->bench->cli, CLI_SYSTEM, "%s", "%s",
                                cli_text(load->bench->cli, english, chinese));
    }
}

static void request_send(struct load *load, struct load_connection *connection)
{
    const size_t size = load->head_size + 1 + load->bench->options.batch * (load->slot_size + 1);

    while (connection->sent < size) {
        size_t sent = 0;
        const enum os_status status = os_socket_send(
            connection->source.fd,
            slice_of(connection->request + connection->sent, size - connection->sent),
            slice_of(NULL, 0), &sent);

        if (status == OS_AGAIN) {
            reactor_change(load->reactor, &connection->source, REACTOR_READ | REACTOR_WRITE);
            return;
        }
        if (status != OS_OK) {
            load_fail(load, "the server has ended a connection", "服务器中断了连接");
            return;
        }
        connection->sent += sent;
    }
    reactor_change(load->reactor, &connection->source, REACTOR_READ);
}

/* `begin_ns` is when it should be sent, which may be before now. */
static void request_begin(struct load *load, struct load_connection *connection, uint64_t begin_ns)
{
    request_fill(load, connection);
    connection->begin_ns = begin_ns;
    connection->sent = connection->have = connection->whole = 0;
    connection->busy = true;
    request_send(load, connection);
}

/* Finds the length of an answer in its head, once that is whole. */
static bool answer_length(struct load *load, struct load_connection *connection)
{
    static const char field[] = "\r\nContent-Length: ";
    const char *end = memmem(connection->answer, connection->have, "\r\n\r\n", 4);

    if (end == NULL) {
        return connection->have < load->answer_max;
    }
    const char *length =
        memmem(connection->answer, (size_t)(end - connection->answer), field, sizeof(field) - 1);
    if (length == NULL) {
        return false;
    }
    length += sizeof(field) - 1;
    const char *stop = memchr(length, '\r', (size_t)(end + 1 - length));
    uint64_t size;
    if (stop == NULL ||
        !slice_to_u64(slice_of(length, (size_t)(stop - length)), load->answer_max, &size)) {
        return false;
    }
    connection->whole = (size_t)(end + 4 - connection->answer) + (size_t)size;
    return connection->whole <= load->answer_max;
}

/* How many of the results are "ok"; the names in them hold no quote. */
static uint64_t answer_done(const struct load_connection *connection)
{
    static const char word[] = "\"result\":\"ok\"";
    const char *at = connection->answer;
    const char *const end = connection->answer + connection->whole;
    uint64_t count = 0;

    while ((at = memmem(at, (size_t)(end - at), word, sizeof(word) - 1)) != NULL) {
        at += sizeof(word) - 1;
        count++;
    }
    return count;
}

static void answer_take(struct load *load, struct load_connection *connection)
{
    struct bench *bench = load->bench;
    const uint64_t now = reactor_now_ns(load->reactor);
    const struct slice answer = slice_of(connection->answer, connection->whole);

    connection->busy = false;
    if (slice_starts_with(answer, SLICE("HTTP/1.1 200 "))) {
        const uint64_t done = answer_done(connection);
        const uint64_t took = os_clock_monotonic_ns() - connection->begin_ns;

        if (done > bench->options.batch) {
            load_fail(load, "more results than commands", "结果多于命令");
        }
        bench_count(bench, took, bench->options.batch, bench->options.batch - done);
    } else if (slice_starts_with(answer, SLICE("HTTP/1.1 503 "))) {
        bench->errors += bench->counting;
    } else {
        connection->answer[connection->whole < 512 ? connection->whole : 512] = '\0';
        load_fail(load, connection->answer, connection->answer);
    }
    if (!load->closing && load->interval_ns == 0 && load->status == CLI_DONE) {
        request_begin(load, connection, now);
    } else {
        load->free[load->free_count++] = (size_t)(connection - load->connections);
    }
}

static void connection_ready(struct reactor_source *source, unsigned events)
{
    struct load_connection *connection = (struct load_connection *)(void *)source;
    struct load *load = connection->load;
    size_t got = 0;

    if ((events & REACTOR_WRITE) != 0 && connection->busy) {
        request_send(load, connection);
    }
    if ((events & (REACTOR_READ | REACTOR_HANGUP)) == 0) {
        return;
    }
    const enum os_status status =
        connection->have == load->answer_max
            ? OS_FAILED
            : os_socket_receive(source->fd, connection->answer + connection->have,
                                load->answer_max - connection->have, &got);
    if (status == OS_AGAIN) {
        return;
    }
    connection->have += got;
    if (status != OS_OK || !connection->busy ||
        (connection->whole == 0 && !answer_length(load, connection))) {
        reactor_remove(load->reactor, source);
        load_fail(load, "the server has ended a connection, or its answer cannot be read",
                  "服务器中断了连接，或应答无法读取");
        return;
    }
    if (connection->whole != 0 && connection->have >= connection->whole) {
        answer_take(load, connection);
    }
}

/* ---- the run ---- */

/* Begins on free connections what is due; in the closed loop that is everything. */
static void requests_begin(struct load *load, uint64_t now)
{
    while (load->free_count > 0 && load->status == CLI_DONE) {
        if (load->interval_ns != 0 && load->due_ns > now) {
            return;
        }
        struct load_connection *connection = &load->connections[load->free[--load->free_count]];
        request_begin(load, connection, load->interval_ns != 0 ? load->due_ns : now);
        load->due_ns += load->interval_ns;
    }
}

static uint64_t turn_wait(const struct load *load, uint64_t now, uint64_t until)
{
    const uint64_t end = until > now ? until - now : 0;

    if (load->interval_ns == 0 || load->free_count == 0) {
        return end;
    }
    const uint64_t due = load->due_ns > now ? load->due_ns - now : 0;
    return due < end ? due : end;
}

/* Open loop: requests that were due before the end and found no connection have waited at least
 * this long. To leave them out would be the omission that flatters. */
static void overdue_count(struct load *load, uint64_t now)
{
    if (load->interval_ns == 0 || !load->bench->counting) {
        return;
    }
    for (uint64_t due = load->due_ns; due < now; due += load->interval_ns) {
        histogram_record(&load->bench->latency, now - due, 1);
    }
}

static int http_run(struct bench *bench, uint64_t for_ns, uint64_t commands)
{
    struct load *load = bench->state;
    const uint64_t start = os_clock_monotonic_ns();
    const uint64_t until = for_ns > UINT64_MAX - start ? UINT64_MAX : start + for_ns;
    uint64_t now = start;

    bench->answered = 0;
    load->closing = false;
    if (load->interval_ns != 0) {
        load->due_ns = start; /* what was left of the round before is not owed by this one */
    }
    while (now < until && bench->answered < commands && load->status == CLI_DONE) {
        requests_begin(load, now);
        if (reactor_turn(load->reactor, turn_wait(load, now, until)) != OS_OK) {
            load_fail(load, "epoll failed", "epoll 失败");
        }
        now = os_clock_monotonic_ns();
        if (bench_progress(bench, now)) {
            break;
        }
    }
    overdue_count(load, now);
    bench->span_ns = now - start;
    return load->status;
}

static int http_finish(struct bench *bench, bool *ret_first_exists)
{
    struct load *load = bench->state;

    load->closing = true;
    while (load->free_count < bench->options.connections && load->status == CLI_DONE &&
           !os_interrupted()) {
        if (reactor_turn(load->reactor, OS_NS_PER_SECOND) != OS_OK) {
            load_fail(load, "epoll failed", "epoll 失败");
        }
    }
    TRY(load->status);
    return bench_server_finish(bench, ret_first_exists);
}

/* ---- begin and end ---- */

static int connections_open(struct load *load)
{
    struct bench *bench = load->bench;

    for (size_t i = 0; i < bench->options.connections; i++) {
        struct load_connection *connection = &load->connections[i];

        connection->load = load;
        connection->source.ready = connection_ready;
        if (!request_make(load, connection)) {
            return cli_fail_memory(bench->cli);
        }
        enum os_status status =
            os_socket_connect(&connection->source.fd, &bench->server.address, CONNECT_TIMEOUT_MS);
        if (status == OS_OK) {
            os_socket_unblock(connection->source.fd);
            status = reactor_add(load->reactor, &connection->source, REACTOR_READ);
        }
        if (status != OS_OK) {
            return cli_fail_os(bench->cli, status, bench->server.url);
        }
        load->free[load->free_count++] = i;
    }
    return CLI_DONE;
}

static int http_open(struct bench *bench)
{
    struct load *load = memory_allocate(sizeof(*load));
    const size_t count = bench->options.connections;

    if (load == NULL) {
        return cli_fail_memory(bench->cli);
    }
    *load = (struct load){.bench = bench};
    bench->state = load;
    load->connections = memory_allocate(count * sizeof(*load->connections));
    load->free = memory_allocate(count * sizeof(*load->free));
    if (load->connections == NULL || load->free == NULL || reactor_open(&load->reactor) != OS_OK) {
        return cli_fail_memory(bench->cli);
    }
    memset(load->connections, 0, count * sizeof(*load->connections));
    for (size_t i = 0; i < count; i++) {
        load->connections[i].source.fd = -1;
    }
    (void)os_descriptors_allow(count + 64);
    if (bench->options.rate > 0) {
        load->interval_ns = OS_NS_PER_SECOND * bench->options.batch / bench->options.rate;
        load->interval_ns += load->interval_ns == 0;
    }
    TRY(bench_server_start(bench));
    TRY(bench_server_book(bench));
    slots_make(load);
    return connections_open(load);
}

static void http_close(struct bench *bench)
{
    struct load *load = bench->state;

    if (load != NULL) {
        for (size_t i = 0; load->connections != NULL && i < bench->options.connections; i++) {
            struct load_connection *connection = &load->connections[i];

            if (connection->source.fd >= 0) {
                os_socket_close(connection->source.fd);
            }
            memory_free(connection->request);
            memory_free(connection->answer);
        }
        reactor_free(load->reactor);
        memory_free(load->connections);
        memory_free(load->free);
        memory_free(load);
        bench->state = NULL;
    }
    bench_server_end(bench);
}

const struct bench_driver bench_http = {http_open, http_run, http_finish, http_close};
