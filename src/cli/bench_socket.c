/* A load of batches through libheadroom: each is filled in and submitted again when it is answered,
 * on the library's own thread, so that nothing waits for a hand-over between threads. */
#include "base/arena.h"
#include "cli/bench.h"
#include "os/thread.h"

enum { CONNECTION_BATCHES_MAX = 32, LOOK_NS = 50000000 };

struct socket_load;

/* A batch on its way, again and again. */
struct flight {
    struct socket_load *load;
    struct hr_client *client;
    struct hr_batch *batch;
    uint64_t begin_ns; /* when it was to be submitted */
};

struct socket_load {
    struct bench *bench;
    struct hr_client **clients;
    struct flight *flights;
    size_t flights_count;
    struct hr_command templates[LEDGER_OP_COUNT];
    uint64_t interval_ns; /* open loop: between two batches; 0: closed loop */

    struct os_mutex mutex; /* over all that follows, the source and the figures of the bench */
    struct os_condition news;
    struct flight **free; /* a stack */
    size_t free_count;
    bool running;             /* answered batches are submitted again */
    uint64_t commands_wanted; /* wake the waiting thread when so many are answered */
    enum hr_status status;    /* of the first failure */
    struct hr_client *failed;
};

/* ---- one batch ---- */

static void flight_fill(struct flight *flight)
{
    struct hr_command *commands = hr_batch_commands(flight->batch);
    struct bench *bench = flight->load->bench;

    for (uint64_t i = 0; i < bench->options.batch; i++) {
        struct bench_item item;

        bench_source_next(&bench->source, &item);
        commands[i] = flight->load->templates[item.op];
        bench_name_write(commands[i].id, item.id);
        bench_name_write(commands[i].target, item.target);
    }
}

static void flight_failed(struct flight *flight, enum hr_status status)
{
    struct socket_load *load = flight->load;

    if (load->status == HR_OK) {
        load->status = status;
        load->failed = flight->client;
    }
    load->running = false;
}

static void flight_done(struct hr_batch *batch, enum hr_status status, void *context);

/* Under the mutex. */
static void flight_begin(struct flight *flight, uint64_t begin_ns)
{
    flight_fill(flight);
    flight->begin_ns = begin_ns;
    const enum hr_status status = hr_submit(flight->client, flight->batch, flight_done, flight);
    if (status != HR_OK) {
        flight_failed(flight, status);
        flight->load->free[flight->load->free_count++] = flight;
    }
}

static void flight_done(struct hr_batch *batch, enum hr_status status, void *context)
{
    struct flight *flight = context;
    struct socket_load *load = flight->load;
    struct bench *bench = load->bench;
    const struct hr_result *results = hr_batch_results(batch);
    uint64_t refused = 0;

    for (uint64_t i = 0; status == HR_OK && i < bench->options.batch; i++) {
        refused += results[i].code != HR_CODE_OK;
    }
    os_mutex_lock(&load->mutex);
    const uint64_t now = os_clock_monotonic_ns();
    if (status == HR_OK) {
        bench_count(bench, now - flight->begin_ns, bench->options.batch, refused);
    } else {
        flight_failed(flight, status);
    }
    if (load->running && load->interval_ns == 0 && bench->answered < load->commands_wanted) {
        flight_begin(flight, now);
    } else {
        load->free[load->free_count++] = flight;
        os_condition_wake(&load->news);
    }
    os_mutex_unlock(&load->mutex);
}

/* ---- the run ---- */

/* Submits what is due, under the mutex; returns when to look again. */
static uint64_t flights_begin(struct socket_load *load, uint64_t now, uint64_t *inout_due_ns)
{
    while (load->free_count > 0 && load->running) {
        if (load->interval_ns != 0 && *inout_due_ns > now) {
            return *inout_due_ns;
        }
        flight_begin(load->free[--load->free_count],
                     load->interval_ns != 0 ? *inout_due_ns : os_clock_monotonic_ns());
        *inout_due_ns += load->interval_ns;
    }
    return UINT64_MAX;
}

static int load_failed(struct socket_load *load)
{
    char text[256];

    hr_error_text(load->failed, text, sizeof(text));
    return cli_fail(load->bench->cli, CLI_SYSTEM, "%s: %s", "%s：%s", hr_status_text(load->status),
                    text);
}

/* Open loop: batches that were due before the end and found none free have waited this long. */
static void overdue_count(struct socket_load *load, uint64_t due_ns, uint64_t end_ns)
{
    if (load->interval_ns != 0 && load->bench->counting) {
        for (; due_ns < end_ns; due_ns += load->interval_ns) {
            histogram_record(&load->bench->latency, end_ns - due_ns, 1);
        }
    }
}

static int socket_run(struct bench *bench, uint64_t for_ns, uint64_t commands)
{
    struct socket_load *load = bench->state;
    const uint64_t start = os_clock_monotonic_ns();
    const uint64_t until = for_ns > UINT64_MAX - start ? UINT64_MAX : start + for_ns;
    uint64_t due = start;
    uint64_t now = start;

    os_mutex_lock(&load->mutex);
    bench->answered = 0;
    load->commands_wanted = commands;
    load->running = true;
    while (now < until && bench->answered < commands && load->status == HR_OK) {
        uint64_t look = flights_begin(load, now, &due);
        look = look < until ? look : until;
        look = look < now + LOOK_NS ? look : now + LOOK_NS;
        (void)os_condition_wait_until(&load->news, &load->mutex, look);
        now = os_clock_monotonic_ns();
        if (bench_progress(bench, now)) {
            break;
        }
    }
    overdue_count(load, due, now);
    load->running = false;
    while (load->free_count < load->flights_count) { /* every call has a time-out */
        os_condition_wait(&load->news, &load->mutex);
    }
    bench->span_ns = os_clock_monotonic_ns() - start;
    os_mutex_unlock(&load->mutex);
    return load->status == HR_OK ? CLI_DONE : load_failed(load);
}

static int socket_finish(struct bench *bench, bool *ret_first_exists)
{
    return bench_server_finish(bench, ret_first_exists);
}

/* ---- begin and end ---- */

static void templates_make(struct socket_load *load)
{
    hr_draw(&load->templates[LEDGER_OP_DRAW], "", "", "1.00");
    hr_reserve(&load->templates[LEDGER_OP_RESERVE], "", "", "1.00");
    hr_confirm(&load->templates[LEDGER_OP_CONFIRM], "", "", NULL);
    hr_repay(&load->templates[LEDGER_OP_REPAY], "", "", NULL);
}

static bool flights_make(struct socket_load *load)
{
    const struct bench_options *options = &load->bench->options;

    for (size_t i = 0; i < load->flights_count; i++) {
        struct flight *flight = &load->flights[i];

        *flight = (struct flight){.load = load,
                                  .client = load->clients[i % options->connections],
                                  .batch = hr_batch_new(options->batch, 0)};
        if (flight->batch == NULL) {
            return false;
        }
        for (uint64_t n = 0; n < options->batch; n++) {
            check(hr_batch_add(flight->batch, HR_DRAW, "x") != NULL);
        }
        load->free[load->free_count++] = flight;
    }
    return true;
}

static int clients_open(struct socket_load *load)
{
    struct bench *bench = load->bench;
    const uint64_t each = (load->flights_count - 1) / bench->options.connections + 1;
    struct hr_options options;

    bench_client_options(bench, &options);
    options.batches_max = (unsigned)(each < CONNECTION_BATCHES_MAX ? each : CONNECTION_BATCHES_MAX);
    for (uint64_t i = 0; i < bench->options.connections; i++) {
        const enum hr_status status = hr_open(&load->clients[i], &options);

        if (status != HR_OK) {
            load->status = status;
            load->failed = load->clients[i];
            return load->failed == NULL ? cli_fail_memory(bench->cli) : load_failed(load);
        }
    }
    return CLI_DONE;
}

static int socket_open(struct bench *bench)
{
    struct socket_load *load = memory_allocate(sizeof(*load));
    const size_t connections = bench->options.connections;

    if (load == NULL) {
        return cli_fail_memory(bench->cli);
    }
    *load = (struct socket_load){.bench = bench};
    bench->state = load;
    os_mutex_init(&load->mutex);
    os_condition_init(&load->news);
    const size_t flights = bench->options.in_flight / bench->options.batch;
    load->clients = memory_allocate(connections * sizeof(struct hr_client *));
    load->flights = memory_allocate(flights * sizeof(*load->flights));
    load->free = memory_allocate(flights * sizeof(struct flight *));
    if (load->clients == NULL || load->flights == NULL || load->free == NULL) {
        return cli_fail_memory(bench->cli);
    }
    memset((void *)load->clients, 0, connections * sizeof(struct hr_client *));
    memset(load->flights, 0, flights * sizeof(*load->flights));
    load->flights_count = flights;
    if (bench->options.rate > 0) {
        load->interval_ns = OS_NS_PER_SECOND * bench->options.batch / bench->options.rate;
        load->interval_ns += load->interval_ns == 0;
    }
    templates_make(load);
    TRY(bench_server_start(bench));
    TRY(bench_server_book(bench));
    TRY(clients_open(load));
    return flights_make(load) ? CLI_DONE : cli_fail_memory(bench->cli);
}

static void socket_close(struct bench *bench)
{
    struct socket_load *load = bench->state;

    if (load != NULL) {
        for (size_t i = 0; load->clients != NULL && i < bench->options.connections; i++) {
            hr_close(load->clients[i]);
        }
        for (size_t i = 0; i < load->flights_count; i++) {
            hr_batch_free(load->flights[i].batch);
        }
        memory_free((void *)load->clients);
        memory_free(load->flights);
        memory_free((void *)load->free);
        os_condition_release(&load->news);
        os_mutex_release(&load->mutex);
        memory_free(load);
        bench->state = NULL;
    }
    bench_server_end(bench);
}

const struct bench_driver bench_socket = {socket_open, socket_run, socket_finish, socket_close};
