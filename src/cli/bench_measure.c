/* The course of a measurement: open, fill what shall stand, warm up, measure in rounds, end. */
#include "cli/bench.h"

#include "os/stream.h"
#include "os/terminal.h"

enum { PROGRESS_NS = 200000000, WARM_UP_NS_MAX = 1000000000 };

static void progress_clear(const struct bench *bench)
{
    if (bench->progress_ns != 0) {
        (void)fprintf(stderr, "\r\x1b[K");
    }
}

bool bench_progress(struct bench *bench, uint64_t now_ns)
{
    if (os_interrupted()) {
        return true;
    }
    if (now_ns - bench->progress_ns < PROGRESS_NS || !os_terminal_is(OS_STREAM_ERROR)) {
        return false;
    }
    /* A run begins to count anew. */
    const uint64_t before =
        bench->answered < bench->progress_answered ? 0 : bench->progress_answered;
    const uint64_t rate =
        (bench->answered - before) * 1000000 / ((now_ns - bench->progress_ns) / 1000);

    if (bench->progress_ns != 0) {
        (void)fprintf(stderr, "\r\x1b[K%s %zu/%llu: %llu %s",
                      bench->counting ? cli_text(bench->cli, "round", "轮次")
                                      : cli_text(bench->cli, "warming up, round", "预热，轮次"),
                      bench->rounds_count + 1, (unsigned long long)bench->options.rounds,
                      (unsigned long long)rate, cli_text(bench->cli, "commands/s", "条命令/秒"));
    }
    bench->progress_ns = now_ns;
    bench->progress_answered = bench->answered;
    return false;
}

uint64_t bench_decisions(const struct bench *bench, uint64_t commands)
{
    const bool pairs =
        bench->options.work == BENCH_TWO_PHASE || bench->options.work == BENCH_TURNOVER;

    return pairs ? commands / 2 : commands;
}

/* What server and client have used so far, and the time. */
struct usage {
    uint64_t server_ns, client_ns, wall_ns;
};

static struct usage usage_now(const struct bench *bench)
{
    struct os_process_usage usage;
    struct usage now = {.wall_ns = os_clock_monotonic_ns()};

    if (os_process_usage(&usage, os_process_id()) == OS_OK) {
        now.client_ns = usage.cpu_ns;
    }
    if (bench->server.started && os_process_usage(&usage, bench->server.child.pid) == OS_OK) {
        now.server_ns = usage.cpu_ns;
    }
    return now;
}

static int round_run(struct bench *bench)
{
    bench->counting = true;
    bench->commands = bench->refused = bench->errors = 0;
    histogram_init(&bench->latency);
    const int status = bench->driver->run(
        bench, bench->options.commands > 0 ? UINT64_MAX : bench->options.seconds * OS_NS_PER_SECOND,
        bench->options.commands > 0 ? bench->options.commands : UINT64_MAX);
    bench->counting = false;
    TRY(status);
    if (os_interrupted()) {
        return CLI_SYSTEM;
    }
    histogram_merge(&bench->whole, &bench->latency);
    bench->commands_all += bench->commands;
    bench->refused_all += bench->refused;
    bench->errors_all += bench->errors;
    bench->ns_all += bench->span_ns;
    bench->rounds[bench->rounds_count++] =
        (struct bench_round){.ns = bench->span_ns,
                             .commands = bench->commands,
                             .p99_ns = histogram_quantile(&bench->latency, 990000)};
    return CLI_DONE;
}

static int rounds_run(struct bench *bench)
{
    const uint64_t warm_ns = bench->options.seconds * OS_NS_PER_SECOND / 4;

    if (bench->source.standing > 0) {
        TRY(bench->driver->run(bench, UINT64_MAX, bench->source.standing));
    }
    TRY(bench->driver->run(bench, warm_ns < WARM_UP_NS_MAX ? warm_ns : WARM_UP_NS_MAX, UINT64_MAX));
    TRY(bench_readers_start(bench));
    const struct usage before = usage_now(bench);
    bench_readers_count(bench, true);
    for (uint64_t i = 0; i < bench->options.rounds; i++) {
        TRY(round_run(bench));
    }
    bench_readers_count(bench, false);
    const struct usage after = usage_now(bench);
    bench->server_cpu_ns = after.server_ns - before.server_ns;
    bench->client_cpu_ns = after.client_ns - before.client_ns;
    bench->wall_ns = after.wall_ns - before.wall_ns;
    TRY(bench_readers_end(bench));
    return bench->driver->finish(bench, &bench->first_exists);
}

int bench_measure(struct bench *bench)
{
    os_interrupt_watch();
    bench_book_init(&bench->book, bench->options.shape, bench->options.limits);
    bench_source_init(&bench->source, &bench->book, bench->options.work, bench->options.standing);
    histogram_init(&bench->whole);
    int status = bench->driver->open(bench);
    status = status == CLI_DONE ? rounds_run(bench) : status;
    if (status != CLI_DONE) {
        (void)bench_readers_end(bench);
    }
    bench->driver->close(bench);
    progress_clear(bench);
    if (bench->directory_made) {
        const enum os_status removed = os_scratch_remove(bench->directory);
        if (removed != OS_OK && status == CLI_DONE) {
            status = cli_fail_os(bench->cli, removed, bench->directory);
        }
    }
    if (os_interrupted()) {
        return cli_fail(bench->cli, CLI_SYSTEM, "ended before it was done; there are no figures",
                        "测量中途结束，无结果");
    }
    if (status == CLI_DONE) {
        bench_report(bench);
    }
    if (status == CLI_DONE && !bench->first_exists) {
        status = cli_fail(bench->cli, CLI_REFUSED,
                          "the first command, sent again at the end, was not answered `exists`",
                          "结束时重发首条命令，应答不是 `exists`");
    }
    return status;
}
