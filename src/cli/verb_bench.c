/* headroom bench: how many decisions a second, in process and made durable by the engine.
 *
 * A decision is one `draw` over a path of five limits (product, customer, group, two portfolio
 * limits), with an id of its own that is remembered for ever. Closed loop: the next batch is made
 * when the one before is answered. */
#include "base/arena.h"
#include "cli/cli.h"
#include "engine/engine.h"
#include "os/clock.h"

enum shape { SHAPE_SPREAD, SHAPE_SKEWED, SHAPE_HOT };

enum {
    BATCH_MAX = 8192,
    CUSTOMERS_PER_GROUP = 10,
    PRODUCTS_PER_CUSTOMER = 4,
    SAMPLES_MAX = 1 << 22,
    ZIPF_STEPS = 4096,
};

struct bench {
    struct cli *cli;
    bool durable;
    enum shape shape;
    uint64_t seconds, batch, limits;
    struct ledger *ledger; /* in process */
    struct engine *engine; /* durable */
    struct ledger_command *commands;
    struct ledger_result *results;
    uint64_t products; /* limits that are drawn on */
    uint64_t random;   /* state of the generator; fixed seed */
    uint64_t made;     /* decisions so far, which number the ids */
    uint64_t refused;
    uint64_t *samples; /* nanoseconds a batch */
    size_t samples_count;
    uint64_t zipf[ZIPF_STEPS]; /* quantiles of the ranks, for the skewed shape */
};

/* splitmix64: S. Vigna, public domain algorithm. */
static uint64_t random_next(struct bench *bench)
{
    uint64_t z = bench->random += 0x9E3779B97F4A7C15ULL;

    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
}

static void id_make(struct ledger_id *id, char kind, uint64_t number)
{
    static const char digits[] = "0123456789abcdef";

    *id = (struct ledger_id){{0}};
    id->bytes[0] = kind;
    for (int i = 0; i < 16; i++) {
        id->bytes[1 + i] = digits[number >> (60 - 4 * i) & 15];
    }
}

/* Ranks whose share of all draws is a step of 1/4096, for Zipf with exponent 0.99: rank^0.01 grows
 * evenly. */
static void zipf_fill(struct bench *bench)
{
    /* P(rank <= r) ~ r^0.01 / n^0.01; the inverse is n^q scaled, computed in 2^-32 steps of log2.
     */
    uint64_t bits = 0;

    while (bits < 63 && 1ULL << bits < bench->products) {
        bits++;
    }
    for (unsigned i = 0; i < ZIPF_STEPS; i++) {
        const uint64_t whole = (uint64_t)i * bits / ZIPF_STEPS;
        const uint64_t rank = 1ULL << whole;
        bench->zipf[i] = rank > bench->products ? bench->products : rank;
    }
}

static uint64_t product_pick(struct bench *bench)
{
    const uint64_t random = random_next(bench);

    if (bench->shape != SHAPE_SKEWED) {
        return random % bench->products;
    }
    /* A step of the quantiles, and a place within the ranks it spans. */
    const uint64_t low = bench->zipf[random % ZIPF_STEPS];
    const uint64_t rank = low - 1 + (random >> 32) % low;
    return rank * 0x9E3779B1ULL % bench->products; /* hot ranks lie apart in memory */
}

static int apply(struct bench *bench, size_t count)
{
    if (!bench->durable) {
        ledger_apply(bench->ledger, bench->results, bench->commands, count);
        return CLI_DONE;
    }
    const enum engine_status status = engine_apply(bench->engine, bench->commands, bench->results,
                                                   count, false, os_clock_realtime_us());
    if (status != ENGINE_OK) {
        return cli_fail(bench->cli, CLI_SYSTEM, "the journal: %.*s", "日志：%.*s",
                        (int)engine_status_english(status).size,
                        engine_status_english(status).data);
    }
    return CLI_DONE;
}

/* ---- the book ---- */

struct opening {
    struct ledger_extra extra;
    struct ledger_id parents[3];
};

static void open_fill(struct ledger_command *command, struct opening *opening, char kind,
                      uint64_t number, unsigned parents)
{
    ledger_command_init(command, LEDGER_OP_LIMIT_OPEN);
    id_make(&command->id, kind, number);
    opening->extra = ledger_extra_none;
    opening->extra.parents = opening->parents;
    opening->extra.parents_count = (uint8_t)parents;
    command->extra = &opening->extra;
    command->has_id = true;
    command->currency = CURRENCY_CNY;
    command->fields = LEDGER_HAS(ID) | LEDGER_HAS(CURRENCY) | LEDGER_HAS(CAP);
    command->amounts[0] = (struct ledger_amount){AMOUNT_MAX, LEDGER_MINOR};
}

/* The n-th limit of the book, parents before children. */
static void limit_fill(struct bench *bench, struct ledger_command *command, struct opening *opening,
                       uint64_t n)
{
    const uint64_t customers = bench->products / PRODUCTS_PER_CUSTOMER;
    const uint64_t groups = customers / CUSTOMERS_PER_GROUP + 1;

    if (n < 2) {
        open_fill(command, opening, 'f', n, 0);
        return;
    }
    n -= 2;
    if (n < groups) {
        open_fill(command, opening, 'g', n, 0);
        return;
    }
    n -= groups;
    if (n < customers) {
        open_fill(command, opening, 'c', n, 1);
        id_make(&opening->parents[0], 'g', bench->shape == SHAPE_HOT ? 0 : n / CUSTOMERS_PER_GROUP);
        return;
    }
    n -= customers;
    open_fill(command, opening, 'p', n, 3);
    id_make(&opening->parents[0], 'c', n / PRODUCTS_PER_CUSTOMER);
    id_make(&opening->parents[1], 'f', 0);
    id_make(&opening->parents[2], 'f', 1);
}

static int book_open(struct bench *bench)
{
    struct opening *openings = memory_allocate(BATCH_MAX * sizeof(*openings));
    size_t count = 0;
    int status = CLI_DONE;

    if (openings == NULL) {
        return cli_fail_memory(bench->cli);
    }
    bench->products = bench->limits * 10 / 13 / PRODUCTS_PER_CUSTOMER * PRODUCTS_PER_CUSTOMER;
    const uint64_t customers = bench->products / PRODUCTS_PER_CUSTOMER;
    const uint64_t total = 2 + customers / CUSTOMERS_PER_GROUP + 1 + customers + bench->products;
    for (uint64_t n = 0; n < total && status == CLI_DONE; n++) {
        limit_fill(bench, &bench->commands[count], &openings[count], n);
        count++;
        if (count == BATCH_MAX || n + 1 == total) {
            status = apply(bench, count);
            count = 0;
        }
    }
    bench->limits = total;
    memory_free(openings);
    return status;
}

/* ---- the run ---- */

static void draws_fill(struct bench *bench)
{
    for (uint64_t i = 0; i < bench->batch; i++) {
        struct ledger_command *command = &bench->commands[i];

        ledger_command_init(command, LEDGER_OP_DRAW);
        id_make(&command->id, 'd', bench->made + i);
        id_make(&command->target, 'p', product_pick(bench));
        command->has_id = true;
        command->fields = LEDGER_HAS(ID) | LEDGER_HAS(LIMIT) | LEDGER_HAS(AMOUNT);
        command->amounts[0] = (struct ledger_amount){100, LEDGER_MINOR};
    }
}

static int run(struct bench *bench, uint64_t *ret_ns)
{
    const uint64_t until = bench->seconds * OS_NS_PER_SECOND;
    const uint64_t most = 1ULL << 26; /* records that the tables hold */
    uint64_t spent = 0;

    while (spent < until && bench->made + bench->batch < most) {
        draws_fill(bench); /* making the commands is not counted: a client does that */
        const uint64_t start = os_clock_monotonic_ns();
        const int status = apply(bench, bench->batch);
        const uint64_t took = os_clock_monotonic_ns() - start;

        if (status != CLI_DONE) {
            return status;
        }
        for (uint64_t i = 0; i < bench->batch; i++) {
            bench->refused += bench->results[i].status != LEDGER_OK;
        }
        if (bench->samples_count < SAMPLES_MAX) {
            bench->samples[bench->samples_count++] = took;
        }
        bench->made += bench->batch;
        spent += took;
    }
    *ret_ns = spent;
    return CLI_DONE;
}

static int sample_order(const void *a, const void *b)
{
    const uint64_t left = *(const uint64_t *)a;
    const uint64_t right = *(const uint64_t *)b;

    return left < right ? -1 : left > right;
}

static uint64_t quantile_us(const struct bench *bench, uint64_t per_mille)
{
    const size_t at = (size_t)(bench->samples_count * per_mille / 1000);

    return bench->samples[at < bench->samples_count ? at : bench->samples_count - 1] / 1000;
}

static const struct ledger *ledger_of(const struct bench *bench)
{
    return bench->durable ? engine_ledger(bench->engine) : bench->ledger;
}

static void report(struct bench *bench, uint64_t ns, uint64_t limit_bytes)
{
    static const char *const shapes[] = {"spread", "skewed", "hot"};
    struct ledger_counts counts;
    struct buffer *out = &bench->cli->out;

    ledger_count(ledger_of(bench), &counts);
    qsort(bench->samples, bench->samples_count, sizeof(*bench->samples), sample_order);
    const uint64_t rate = ns == 0 ? 0 : (uint64_t)((uint128)bench->made * OS_NS_PER_SECOND / ns);
    const uint64_t exposure_bytes =
        bench->made == 0 ? 0 : (counts.memory_bytes - limit_bytes) / bench->made;
    buffer_printf(out, "%s\n",
                  cli_text(bench->cli,
                           "decisions of one draw over five limits each, one writer, closed loop",
                           "每次决策为一笔用信、路径五个额度，单写入者，闭环"));
    buffer_printf(
        out,
        "{\"path\":\"%s\",\"shape\":\"%s\",\"durable\":%s,\"limits\":%llu,\"batch\":%llu,"
        "\"decisions\":%llu,\"refused\":%llu,\"decisions_per_second\":%llu,"
        "\"p50_us\":%llu,\"p99_us\":%llu,\"p999_us\":%llu,\"bytes_per_limit\":%llu,"
        "\"bytes_per_exposure\":%llu}\n",
        bench->durable ? "engine" : "inproc", shapes[bench->shape],
        bench->durable ? "true" : "false", (unsigned long long)bench->limits,
        (unsigned long long)bench->batch, (unsigned long long)bench->made,
        (unsigned long long)bench->refused, (unsigned long long)rate,
        (unsigned long long)quantile_us(bench, 500), (unsigned long long)quantile_us(bench, 990),
        (unsigned long long)quantile_us(bench, 999),
        (unsigned long long)(limit_bytes / bench->limits), (unsigned long long)exposure_bytes);
}

static int measure(struct bench *bench)
{
    struct ledger_counts counts;
    uint64_t ns;

    const int opened = book_open(bench);
    if (opened != CLI_DONE) {
        return opened;
    }
    zipf_fill(bench);
    ledger_count(ledger_of(bench), &counts);
    ledger_warm(ledger_of(bench), bench->limits, bench->seconds * 8000000);
    const int status = run(bench, &ns);
    if (status == CLI_DONE) {
        report(bench, ns, counts.memory_bytes);
    }
    return status;
}

static int ledger_begin(struct bench *bench, const char *directory)
{
    struct engine_options options;
    struct engine_recovery recovery;
    struct journal_error error;

    engine_options_init(&options);
    options.ledger.records_max = 1U << 26;
    options.directory = directory;
    options.now = os_clock_realtime_us();
    if (!bench->durable) {
        options.ledger.base = CURRENCY_CNY;
        bench->ledger = ledger_open(&options.ledger);
        return bench->ledger == NULL ? cli_fail_memory(bench->cli) : CLI_DONE;
    }
    const enum engine_status status = engine_open(&options, &bench->engine, &recovery, &error);
    return status == ENGINE_OK
               ? CLI_DONE
               : cli_fail(bench->cli, CLI_SYSTEM, "%s: %s", "%s：%s", directory, error.cause);
}

static bool shape_read(struct bench *bench, const char *name)
{
    const struct slice shape = slice_from_cstr(name == NULL ? "spread" : name);

    bench->shape = slice_equal(shape, SLICE("skewed")) ? SHAPE_SKEWED
                   : slice_equal(shape, SLICE("hot"))  ? SHAPE_HOT
                                                       : SHAPE_SPREAD;
    return bench->shape != SHAPE_SPREAD || slice_equal(shape, SLICE("spread"));
}

static int bench_run(struct cli *cli, const struct cli_arguments *arguments)
{
    struct bench bench = {.cli = cli, .seconds = 5, .batch = 8000, .limits = 1000000, .random = 1};
    const struct slice path = slice_from_cstr(arguments->values[0]);
    const char *directory = cli_option_value(arguments, "data");

    bench.durable = slice_equal(path, SLICE("engine"));
    if (!bench.durable && !slice_equal(path, SLICE("inproc"))) {
        return cli_fail(cli, CLI_USAGE, "%s: measure inproc or engine",
                        "%s：可测量 inproc 或 engine", arguments->values[0]);
    }
    if (!shape_read(&bench, cli_option_value(arguments, "shape"))) {
        return cli_fail(cli, CLI_USAGE, "--shape is spread, skewed or hot",
                        "--shape 为 spread、skewed 或 hot");
    }
    if (bench.durable && directory == NULL) {
        return cli_fail(cli, CLI_USAGE, "engine needs --data DIR, an empty or missing directory",
                        "engine 需要 --data DIR（空的或不存在的目录）");
    }
    if (!cli_option_number(cli, arguments, "seconds", 1, 3600, &bench.seconds) ||
        !cli_option_number(cli, arguments, "batch", 1, BATCH_MAX, &bench.batch) ||
        !cli_option_number(cli, arguments, "limits", 100, 1U << 23, &bench.limits)) {
        return CLI_USAGE;
    }
    bench.commands = memory_allocate(BATCH_MAX * sizeof(*bench.commands));
    bench.results = memory_allocate(BATCH_MAX * sizeof(*bench.results));
    bench.samples = memory_allocate(SAMPLES_MAX * sizeof(*bench.samples));
    int status = CLI_SYSTEM;
    if (bench.commands == NULL || bench.results == NULL || bench.samples == NULL) {
        status = cli_fail_memory(cli);
    } else {
        status = ledger_begin(&bench, directory);
    }
    if (status == CLI_DONE) {
        status = measure(&bench);
    }
    engine_close(bench.engine);
    ledger_free(bench.ledger);
    memory_free(bench.commands);
    memory_free(bench.results);
    memory_free(bench.samples);
    return status;
}

static const struct cli_option options[] = {
    {"shape", "SHAPE", "spread (uniform), skewed (few limits get most), hot (one group)",
     "spread（均匀）、skewed（集中于少数额度）、hot（同一集团）"},
    {"seconds", "N", "time spent deciding; default 5", "决策用时（秒），默认 5"},
    {"batch", "N", "decisions a batch, 1 to 8192; default 8000",
     "每批决策数，1 至 8192，默认 8000"},
    {"limits", "N", "limits in the book; default 1000000", "额度数量，默认 1000000"},
    {"data", "DIR", "data directory for `engine`; left behind for a look",
     "engine 的数据目录，测后保留"},
    {NULL, NULL, NULL, NULL},
};

const struct cli_verb cli_verb_bench = {
    .name = "bench",
    .arguments = "inproc|engine",
    .count_min = 1,
    .count_max = 1,
    .summary_english = "measure decisions a second; the last line is one JSON object",
    .summary_chinese = "测量每秒决策数；最后一行为一个 JSON 对象",
    .details_english =
        "inproc decides in this process without a journal; engine makes each batch durable first.\n"
        "decisions_per_second counts the time spent deciding, not that of making the commands.\n"
        "p50_us, p99_us and p999_us are of one batch. bytes_per_limit and bytes_per_exposure are\n"
        "what the ledger's tables use, ids and indexes included.",
    .details_chinese =
        "inproc 在本进程内决策，不写日志；engine 先将每批写入日志并落盘。\n"
        "decisions_per_second 只计决策用时，不含生成命令的时间。\n"
        "p50_us、p99_us、p999_us 为单批耗时。bytes_per_limit、bytes_per_exposure 为账本各表\n"
        "（含标识与索引）平均占用。",
    .options = options,
    .run = bench_run,
};
