/* Decisions in this process: by the ledger alone (inproc), or made durable by the engine first. */
#include "base/arena.h"
#include "cli/bench.h"
#include "cli/cli_data.h"

enum { RECORDS_MAX = 1 << 28, RECORDS_WARM = 1 << 22, RECORDS_WARM_MAX = 1 << 26 };

struct inproc {
    struct ledger *ledger; /* inproc */
    struct engine *engine; /* engine */
    struct ledger_command *commands;
    struct ledger_result *results;
    struct ledger_extra *extras; /* of the book's limits */
    struct ledger_id (*parents)[3];
    uint64_t tick_ns;
};

static void id_write(struct ledger_id *id, struct bench_name name)
{
    *id = (struct ledger_id){{0}};
    bench_name_write(id->bytes, name);
}

static const struct ledger *ledger_of(const struct inproc *inproc)
{
    return inproc->engine != NULL ? engine_ledger(inproc->engine) : inproc->ledger;
}

static int apply(struct bench *bench, size_t count)
{
    struct inproc *inproc = bench->state;

    if (inproc->engine == NULL) {
        if (!ledger_has_room(inproc->ledger, count)) {
            return cli_fail(bench->cli, CLI_SYSTEM, "the ledger's tables are full: measure less",
                            "账本容量已满：请缩小测量规模");
        }
        ledger_apply(inproc->ledger, inproc->results, inproc->commands, count);
        return CLI_DONE;
    }
    const enum engine_status status = engine_apply(
        inproc->engine, inproc->commands, inproc->results, count, false, os_clock_realtime_us());
    return status == ENGINE_OK ? CLI_DONE
                               : cli_engine_fail(bench->cli, bench->directory, status,
                                                 engine_error(inproc->engine));
}

/* ---- the book ---- */

static void limit_fill(struct inproc *inproc, size_t at, const struct bench_limit *limit)
{
    struct ledger_command *command = &inproc->commands[at];
    struct ledger_extra *extra = &inproc->extras[at];

    ledger_command_init(command, LEDGER_OP_LIMIT_OPEN);
    id_write(&command->id, limit->name);
    *extra = ledger_extra_none;
    for (unsigned i = 0; i < limit->parents_count; i++) {
        id_write(&inproc->parents[at][i], limit->parents[i]);
    }
    extra->parents = inproc->parents[at];
    extra->parents_count = (uint8_t)limit->parents_count;
    command->extra = extra;
    command->has_id = true;
    command->currency = CURRENCY_CNY;
    command->fields = LEDGER_HAS(ID) | LEDGER_HAS(CURRENCY) | LEDGER_HAS(CAP);
    command->amounts[0] = (struct ledger_amount){AMOUNT_MAX, LEDGER_MINOR};
}

static int book_open(struct bench *bench)
{
    struct inproc *inproc = bench->state;
    size_t count = 0;

    for (uint64_t n = 0; n < bench->book.limits; n++) {
        struct bench_limit limit;

        bench_book_limit(&bench->book, &limit, n);
        limit_fill(inproc, count++, &limit);
        if (count == BENCH_BATCH_MAX || n + 1 == bench->book.limits) {
            TRY(apply(bench, count));
            for (size_t i = 0; i < count; i++) {
                check(inproc->results[i].status == LEDGER_OK);
            }
            count = 0;
        }
    }
    return CLI_DONE;
}

/* ---- the run ---- */

static void item_fill(struct ledger_command *command, const struct bench_item *item)
{
    const bool settles = item->op == LEDGER_OP_CONFIRM || item->op == LEDGER_OP_REPAY;

    ledger_command_init(command, item->op);
    id_write(&command->id, item->id);
    id_write(&command->target, item->target);
    command->has_id = true;
    command->fields = LEDGER_HAS(ID);
    if (settles) {
        command->fields |=
            item->op == LEDGER_OP_CONFIRM ? LEDGER_HAS(RESERVATION) : LEDGER_HAS(EXPOSURE_ID);
    } else {
        command->fields |= LEDGER_HAS(LIMIT) | LEDGER_HAS(AMOUNT);
        command->amounts[0] = (struct ledger_amount){100, LEDGER_MINOR};
    }
}

static int batch_run(struct bench *bench, uint64_t *inout_spent)
{
    struct inproc *inproc = bench->state;
    uint64_t refused = 0;

    for (uint64_t i = 0; i < bench->options.batch; i++) {
        struct bench_item item;

        bench_source_next(&bench->source, &item);
        item_fill(&inproc->commands[i], &item);
    }
    const uint64_t start = os_clock_monotonic_ns();
    TRY(apply(bench, bench->options.batch));
    const uint64_t took = os_clock_monotonic_ns() - start;
    for (uint64_t i = 0; i < bench->options.batch; i++) {
        refused += inproc->results[i].status != LEDGER_OK;
    }
    bench_count(bench, took, bench->options.batch, refused);
    *inout_spent += took; /* making the commands is not counted: a client does that */
    return CLI_DONE;
}

/* Has the memory committed that this run will use, by the rate of the run before it: the first
 * touch of a page is the kernel's work, and no decision's. */
static void memory_warm(const struct bench *bench, uint64_t for_ns, uint64_t commands)
{
    const struct ledger *ledger = ledger_of(bench->state);
    const uint64_t span_us = bench->span_ns / 1000;
    const uint64_t per_ms = span_us == 0 ? 0 : bench->answered * 1000 / span_us;
    struct ledger_counts counts;
    uint64_t records = RECORDS_WARM;

    if (commands != UINT64_MAX) {
        records = commands;
    } else {
        records += per_ms * (for_ns / OS_NS_PER_MS) / 4 * 5;
    }
    ledger_count(ledger, &counts);
    ledger_warm(ledger, bench->book.limits,
                counts.records + (records < RECORDS_WARM_MAX ? records : RECORDS_WARM_MAX));
}

static int inproc_run(struct bench *bench, uint64_t for_ns, uint64_t commands)
{
    struct inproc *inproc = bench->state;
    uint64_t spent = 0;

    memory_warm(bench, for_ns, commands);
    bench->answered = 0;
    while (spent < for_ns && bench->answered < commands) {
        TRY(batch_run(bench, &spent));
        const uint64_t now = os_clock_monotonic_ns();
        if (inproc->engine != NULL && now - inproc->tick_ns > OS_NS_PER_SECOND) {
            inproc->tick_ns = now;
            if (engine_tick(inproc->engine, os_clock_realtime_us()) != ENGINE_OK) {
                return cli_engine_fail(bench->cli, bench->directory, ENGINE_FAILED,
                                       engine_error(inproc->engine));
            }
        }
        if (bench_progress(bench, now)) {
            break;
        }
    }
    bench->span_ns = spent;
    return CLI_DONE;
}

/* ---- begin and end ---- */

static int ledger_begin(struct bench *bench)
{
    struct inproc *inproc = bench->state;
    struct engine_options options;

    engine_options_init(&options);
    options.ledger.base = CURRENCY_CNY;
    options.ledger.records_max = RECORDS_MAX;
    if (bench->book.limits > options.ledger.limits_max) {
        options.ledger.limits_max = (uint32_t)bench->book.limits;
    }
    if (bench->options.path == BENCH_INPROC) {
        inproc->ledger = ledger_open(&options.ledger);
        return inproc->ledger == NULL ? cli_fail_memory(bench->cli) : CLI_DONE;
    }
    TRY(bench_directory_make(bench));
    options.directory = bench->directory;
    options.now = os_clock_realtime_us();
    options.snapshot_bytes = bench->options.snapshot_mib << 20;
    return cli_engine_open(bench->cli, &inproc->engine, &options);
}

static int inproc_open(struct bench *bench)
{
    struct inproc *inproc = memory_allocate(sizeof(*inproc));
    struct ledger_counts counts;

    if (inproc == NULL) {
        return cli_fail_memory(bench->cli);
    }
    *inproc = (struct inproc){.tick_ns = os_clock_monotonic_ns()};
    bench->state = inproc;
    inproc->commands = memory_allocate(BENCH_BATCH_MAX * sizeof(*inproc->commands));
    inproc->results = memory_allocate(BENCH_BATCH_MAX * sizeof(*inproc->results));
    inproc->extras = memory_allocate(BENCH_BATCH_MAX * sizeof(*inproc->extras));
    inproc->parents = memory_allocate(BENCH_BATCH_MAX * sizeof(*inproc->parents));
    if (inproc->commands == NULL || inproc->results == NULL || inproc->extras == NULL ||
        inproc->parents == NULL) {
        return cli_fail_memory(bench->cli);
    }
    TRY(ledger_begin(bench));
    TRY(book_open(bench));
    ledger_count(ledger_of(inproc), &counts);
    bench->limit_bytes = counts.memory_bytes;
    return CLI_DONE;
}

static int inproc_finish(struct bench *bench, bool *ret_first_exists)
{
    struct inproc *inproc = bench->state;
    struct ledger_counts counts;
    struct os_process_usage usage;

    ledger_count(ledger_of(inproc), &counts);
    bench->record_bytes =
        counts.records == 0 ? 0 : (counts.memory_bytes - bench->limit_bytes) / counts.records;
    bench->limit_bytes /= bench->book.limits;
    if (inproc->engine != NULL) {
        struct engine_figures figures;
        engine_figures(inproc->engine, &figures);
        bench->snapshots = figures.snapshots;
    }
    if (os_process_usage(&usage, os_process_id()) == OS_OK) {
        bench->resident_bytes = usage.resident_bytes;
    }
    item_fill(&inproc->commands[0], &bench->source.first);
    TRY(apply(bench, 1));
    *ret_first_exists = inproc->results[0].status == LEDGER_EXISTS;
    return CLI_DONE;
}

static void inproc_close(struct bench *bench)
{
    struct inproc *inproc = bench->state;

    if (inproc == NULL) {
        return;
    }
    engine_close(inproc->engine);
    ledger_free(inproc->ledger);
    memory_free(inproc->commands);
    memory_free(inproc->results);
    memory_free(inproc->extras);
    memory_free(inproc->parents);
    memory_free(inproc);
    bench->state = NULL;
}

const struct bench_driver bench_inproc = {inproc_open, inproc_run, inproc_finish, inproc_close};
