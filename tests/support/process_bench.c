/* Cases in a store, many of them in flight, and how long a step takes, for bench/cases:
 *
 *   process_bench STORE PACK CASES STEPS
 *
 * Stores the pack of the folder PACK, starts CASES line approvals at the organisation "b00" to
 * "b19" by the user "starter", and then, STEPS times, claims and completes the review of a case
 * taken at random as the user "reviewer", each call a transaction of its own. All of them must be
 * there. Prints one JSON object. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "process/process.h"

enum {
    BATCH = 500, /* cases of one transaction while they are started */
    BRANCHES = 20,
    KINDS = 3, /* claim, complete, and both */
    ID_SIZE = 32,
    ARENA_MAX = 64 << 20,
};

struct bench {
    struct store *store;
    struct arena arena;
    struct pack_shelf shelf;
    struct people_actor actor;
    struct process_asking asking;
    char hash[PACK_HASH_TEXT];
    long cases;
    long steps;
    long started;
    int64_t start_us;
    int64_t *spans[KINDS];
};

static int64_t clock_us(clockid_t clock)
{
    struct timespec now;

    (void)clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int64_t now_us(void)
{
    return clock_us(CLOCK_MONOTONIC);
}

static bool failed(const char *what, const char *why)
{
    (void)fprintf(stderr, "process_bench: %s: %s\n", what, why);
    return false;
}

static bool pack_store(struct bench *bench, const char *folder)
{
    struct buffer error = {0};
    struct pack_files *files = pack_files_from_folder(folder, &error);
    struct pack *pack = files == NULL ? NULL : pack_load(files);

    buffer_release(&error);
    if (pack == NULL) {
        return failed(folder, "no pack");
    }
    const enum pack_status stored =
        pack_version_add(bench->store, &bench->actor, bench->hash, pack);
    pack_free(pack);
    return stored == PACK_STATUS_OK || failed(folder, "the pack is not stored");
}

static enum store_status start_work(struct store *store, void *context)
{
    struct bench *bench = context;
    const long end = bench->started + BATCH < bench->cases ? bench->started + BATCH : bench->cases;
    enum process_status status = PROCESS_OK;

    for (long i = bench->started; i < end && status == PROCESS_OK; i++) {
        char subject[ID_SIZE];
        char place[ID_SIZE];
        struct process_case row;
        (void)snprintf(subject, sizeof(subject), "bench/%ld", i);
        (void)snprintf(place, sizeof(place), "b%02ld", i % BRANCHES);
        const struct process_start start = {
            .pack = slice_of(bench->hash, sizeof(bench->hash)),
            .process = SLICE("line-approval"),
            .organisation = slice_from_cstr(place),
            .subject = slice_from_cstr(subject),
            .step = SLICE("1"),
            .variables = SLICE("{\"customer_type\":\"corporate\",\"organisation_level\":\"branch\","
                               "\"application_type\":\"new\",\"amount\":20000000}")};
        arena_reset(&bench->arena);
        status = process_start(store, &row, &bench->arena, &bench->asking, &start);
    }
    return status == PROCESS_OK ? STORE_OK : STORE_REFUSED;
}

static bool cases_start(struct bench *bench)
{
    const int64_t begin = now_us();

    while (bench->started < bench->cases) {
        if (store_transact(bench->store, STORE_WRITE, start_work, bench) != STORE_OK) {
            return failed("start", store_error(bench->store)->message);
        }
        bench->started += BATCH;
    }
    bench->start_us = now_us() - begin;
    return true;
}

static enum process_status step(struct bench *bench, long number, long n)
{
    const struct process_completion completion = {
        .outputs = SLICE("{\"review_outcome\":\"agree\",\"opinion\":\"measured\"}")};
    struct process_task task;
    char id[ID_SIZE];

    /* The review is the first thing that a case waits for. */
    (void)snprintf(id, sizeof(id), "CS-%08ld.3", number);
    arena_reset(&bench->arena);
    const int64_t begin = now_us();
    enum process_status status = process_task_claim(bench->store, &task, &bench->arena,
                                                    &bench->asking, slice_from_cstr(id), 0);
    const int64_t claimed = now_us();
    if (status == PROCESS_OK) {
        status = process_task_complete(bench->store, &task, &bench->arena, &bench->asking,
                                       slice_from_cstr(id), 0, &completion);
    }
    const int64_t done = now_us();
    bench->spans[0][n] = claimed - begin;
    bench->spans[1][n] = done - claimed;
    bench->spans[2][n] = done - begin;
    return status;
}

/* Each case once, in an order without pattern. */
static bool steps_run(struct bench *bench)
{
    long *numbers = calloc((size_t)bench->cases, sizeof(*numbers));
    enum process_status status = numbers == NULL ? PROCESS_NO_MEMORY : PROCESS_OK;
    uint64_t random = 1;

    for (long i = 0; numbers != NULL && i < bench->cases; i++) {
        random = random * 6364136223846793005ULL + 1442695040888963407ULL;
        const long other = (long)((random >> 33) % (uint64_t)(i + 1));
        numbers[i] = numbers[other];
        numbers[other] = i + 1;
    }
    bench->actor.id = SLICE("reviewer");
    for (long n = 0; n < bench->steps && status == PROCESS_OK; n++) {
        status = step(bench, numbers[n], n);
    }
    free(numbers);
    return status == PROCESS_OK || failed("step", process_status_text(status, false));
}

static int order(const void *a, const void *b)
{
    const int64_t left = *(const int64_t *)a;
    const int64_t right = *(const int64_t *)b;

    return (left > right) - (left < right);
}

static void report(const struct bench *bench)
{
    static const char *const names[KINDS] = {"claim", "complete", "step"};

    (void)printf("{\"cases\":%ld,\"start_us\":%lld", bench->cases,
                 (long long)(bench->start_us / (bench->cases > 0 ? bench->cases : 1)));
    for (int kind = 0; kind < KINDS; kind++) {
        int64_t *spans = bench->spans[kind];
        qsort(spans, (size_t)bench->steps, sizeof(*spans), order);
        (void)printf(",\"%s\":{\"p50_us\":%lld,\"p99_us\":%lld,\"max_us\":%lld}", names[kind],
                     (long long)spans[bench->steps / 2], (long long)spans[bench->steps * 99 / 100],
                     (long long)spans[bench->steps - 1]);
    }
    (void)printf("}\n");
}

static bool number_read(const char *text, long *ret_number)
{
    uint64_t number = 0;

    if (!slice_to_u64(slice_from_cstr(text), 100000000, &number)) {
        return false;
    }
    *ret_number = (long)number;
    return true;
}

int main(int argc, char **argv)
{
    struct bench bench = {
        .actor = {SLICE("starter"), SLICE("127.0.0.1:1"), clock_us(CLOCK_REALTIME)}};
    const struct store_options options = {
        .location = argc > 1 ? argv[1] : "", .busy_timeout_ms = 5000, .now = bench.actor.now};
    struct store_error error;

    if (argc != 5 || !number_read(argv[3], &bench.cases) || !number_read(argv[4], &bench.steps) ||
        bench.cases < 2 || bench.steps < 1 || bench.steps > bench.cases) {
        (void)failed("arguments", "see the head of its source");
        return 2;
    }
    if (store_open(&bench.store, &options, &error) != STORE_OK) {
        (void)failed(argv[1], error.message);
        return 1;
    }
    arena_init(&bench.arena, ARENA_MAX);
    bench.asking = (struct process_asking){&bench.actor, true, &bench.shelf};
    for (int kind = 0; kind < KINDS; kind++) {
        bench.spans[kind] = calloc((size_t)bench.steps, sizeof(int64_t));
    }
    const bool good = bench.spans[0] != NULL && bench.spans[1] != NULL && bench.spans[2] != NULL &&
                      pack_store(&bench, argv[2]) && cases_start(&bench) && steps_run(&bench);
    if (good) {
        report(&bench);
    }
    for (int kind = 0; kind < KINDS; kind++) {
        free(bench.spans[kind]);
    }
    pack_shelf_release(&bench.shelf);
    arena_release(&bench.arena);
    store_close(bench.store);
    return good ? 0 : 1;
}
