/* headroom bench: how many decisions a second, and how long each takes, in process and through the
 * server that it starts for itself. bench_measure.c says how a measurement goes. */
#include "base/arena.h"
#include "cli/bench.h"

enum { CONNECTIONS_MAX = 10000, IN_FLIGHT_MAX = 1 << 20, SOCKET_BATCH = 1024, SOCKET_BATCHES = 8 };

/* Where `word` stands in a list of `count`; `count` when it is not there. */
static unsigned word_find(const char *word, const char *const *words, unsigned count)
{
    unsigned at = 0;

    while (at < count && strcmp(word, words[at]) != 0) {
        at++;
    }
    return at;
}

static int words_read(struct cli *cli, const struct cli_arguments *arguments,
                      struct bench_options *options)
{
    static const char *const paths[] = {"inproc", "engine", "socket", "http"};
    static const char *const shapes[] = {"spread", "skewed", "hot"};
    static const char *const works[] = {"draw", "reserve", "two-phase", "turnover"};
    const char *shape = cli_option_value(arguments, "shape");
    const char *work = cli_option_value(arguments, "work");

    options->path = word_find(arguments->values[0], paths, 4);
    options->shape = shape == NULL ? BENCH_SPREAD : word_find(shape, shapes, 3);
    options->work = work == NULL ? BENCH_DRAW : word_find(work, works, 4);
    if (options->path > BENCH_HTTP) {
        return cli_fail(cli, CLI_USAGE, "%s: measure inproc, engine, socket or http",
                        "%s：可测量 inproc、engine、socket 或 http", arguments->values[0]);
    }
    if (options->shape > BENCH_HOT) {
        return cli_fail(cli, CLI_USAGE, "--shape is spread, skewed or hot, not %s",
                        "--shape 为 spread、skewed 或 hot，而非 %s", shape);
    }
    if (options->work > BENCH_TURNOVER) {
        return cli_fail(cli, CLI_USAGE, "--work is draw, reserve, two-phase or turnover, not %s",
                        "--work 为 draw、reserve、two-phase 或 turnover，而非 %s", work);
    }
    return CLI_DONE;
}

static bool numbers_read(struct cli *cli, const struct cli_arguments *arguments,
                         struct bench_options *options)
{
    return cli_option_number(cli, arguments, "seconds", 1, 86400, &options->seconds) &&
           cli_option_number(cli, arguments, "commands", 1, 1ULL << 40, &options->commands) &&
           cli_option_number(cli, arguments, "rounds", 1, BENCH_ROUNDS_MAX, &options->rounds) &&
           cli_option_number(cli, arguments, "batch", 1, BENCH_BATCH_MAX, &options->batch) &&
           cli_option_number(cli, arguments, "in-flight", 1, IN_FLIGHT_MAX, &options->in_flight) &&
           cli_option_number(cli, arguments, "connections", 1, CONNECTIONS_MAX,
                             &options->connections) &&
           cli_option_number(cli, arguments, "rate", 1, 1000000000, &options->rate) &&
           cli_option_number(cli, arguments, "limits", 100, 1U << 28, &options->limits) &&
           cli_option_number(cli, arguments, "readers", 1, CONNECTIONS_MAX, &options->readers) &&
           cli_option_number(cli, arguments, "standing", 0, 1U << 29, &options->standing) &&
           cli_option_number(cli, arguments, "snapshot-every", 1, 1U << 20, &options->snapshot_mib);
}

/* In process there is one batch and nobody who connects. */
static int flight_settle_inproc(struct cli *cli, struct bench_options *options)
{
    if (options->connections != 0 || options->in_flight != 0 || options->rate != 0) {
        return cli_fail(
            cli, CLI_USAGE,
            "in process --batch alone says how many are in flight: no --connections, "
            "--in-flight or --rate",
            "进程内测量仅由 --batch 决定在途数：不可使用 --connections、--in-flight 或 --rate");
    }
    options->batch = options->batch == 0 ? 8000 : options->batch;
    options->in_flight = options->batch;
    return CLI_DONE;
}

/* Through the binary protocol: whole batches in flight, spread over the connections. */
static int flight_settle_socket(struct cli *cli, struct bench_options *options)
{
    options->connections = options->connections == 0 ? 1 : options->connections;
    if (options->batch == 0) {
        options->batch =
            options->in_flight != 0 && options->in_flight < SOCKET_BATCH ? 1 : SOCKET_BATCH;
    }
    if (options->in_flight == 0) {
        options->in_flight = SOCKET_BATCHES * options->batch * options->connections;
    }
    if (options->in_flight % options->batch != 0 ||
        options->in_flight / options->batch < options->connections) {
        return cli_fail(
            cli, CLI_USAGE,
            "--in-flight is a multiple of --batch, with a batch for each of --connections",
            "--in-flight 须为 --batch 的整数倍，且每个连接至少一批");
    }
    return CLI_DONE;
}

/* Through HTTP a connection has one request under way, so that two of the three numbers give the
 * third. */
static int flight_settle_http(struct cli *cli, struct bench_options *options)
{
    options->batch = options->batch == 0 ? 1 : options->batch;
    if (options->connections == 0) {
        options->connections =
            options->in_flight == 0 ? 64 : (options->in_flight - 1) / options->batch + 1;
    }
    if (options->connections > CONNECTIONS_MAX ||
        (options->in_flight != 0 && options->in_flight != options->connections * options->batch)) {
        return cli_fail(cli, CLI_USAGE,
                        "--in-flight is --connections times --batch here, at most %d connections",
                        "此处 --in-flight 等于 --connections 乘以 --batch，连接数至多 %d",
                        CONNECTIONS_MAX);
    }
    options->in_flight = options->connections * options->batch;
    return CLI_DONE;
}

static int flight_settle(struct cli *cli, struct bench_options *options)
{
    return options->path == BENCH_HTTP     ? flight_settle_http(cli, options)
           : options->path == BENCH_SOCKET ? flight_settle_socket(cli, options)
                                           : flight_settle_inproc(cli, options);
}

static int options_settle(struct cli *cli, const struct cli_arguments *arguments,
                          struct bench_options *options)
{
    const bool pairs = options->work == BENCH_TWO_PHASE || options->work == BENCH_TURNOVER;

    options->in_memory = cli_option_value(arguments, "no-durable") != NULL;
    options->directory = cli_option_value(arguments, "data");
    TRY(flight_settle(cli, options));
    if (options->path == BENCH_INPROC && options->directory != NULL) {
        return cli_fail(cli, CLI_USAGE, "inproc writes nothing: no --data",
                        "inproc 不写任何数据：不可使用 --data");
    }
    if (options->in_memory && options->directory != NULL) {
        return cli_fail(cli, CLI_USAGE, "--no-durable chooses the directory: no --data",
                        "--no-durable 自行选定目录：不可使用 --data");
    }
    if (options->readers != 0 && options->path != BENCH_SOCKET && options->path != BENCH_HTTP) {
        return cli_fail(cli, CLI_USAGE, "--readers need a server: socket or http",
                        "--readers 需要服务器：socket 或 http");
    }
    if (!pairs && options->standing != 0) {
        return cli_fail(cli, CLI_USAGE, "--standing is for two-phase and turnover",
                        "--standing 仅用于 two-phase 与 turnover");
    }
    /* What is settled must have been answered before: more stands than is in flight. */
    if (pairs && options->standing < 4 * options->in_flight) {
        options->standing = 4 * options->in_flight;
    }
    return CLI_DONE;
}

static int bench_run(struct cli *cli, const struct cli_arguments *arguments)
{
    static const struct bench_driver *const drivers[] = {&bench_inproc, &bench_inproc,
                                                         &bench_socket, &bench_http};
    struct bench_options options = {
        .seconds = 5, .rounds = 1, .limits = 1000000, .snapshot_mib = 256};

    TRY(words_read(cli, arguments, &options));
    if (!numbers_read(cli, arguments, &options)) {
        return CLI_USAGE;
    }
    TRY(options_settle(cli, arguments, &options));
    struct bench *bench = memory_allocate(sizeof(*bench));
    if (bench == NULL) {
        return cli_fail_memory(cli);
    }
    memset(bench, 0, sizeof(*bench));
    bench->cli = cli;
    bench->options = options;
    bench->driver = drivers[options.path];
    const int status = bench_measure(bench);
    memory_free(bench);
    return status;
}

static const struct cli_option options[] = {
    {"shape", "SHAPE",
     "spread: over all products evenly; skewed: by Zipf's law with exponent 0.99; hot: evenly, but "
     "all through one group and one portfolio limit",
     "spread：均匀分布于全部产品；skewed：按指数 0.99 的 Zipf "
     "分布；hot：均匀分布，但全部经过同一集团与同一组合额度"},
    {"work", "WORK",
     "draw; reserve; two-phase: a reserve and the confirm of an earlier one by turns; turnover: a "
     "draw and the repayment of an earlier one by turns",
     "draw 用信；reserve "
     "预占；two-phase：预占与对先前预占的确认交替；turnover：用信与对先前用信的还款交替"},
    {"seconds", "N", "length of a round; default 5", "每轮时长（秒），默认 5"},
    {"commands", "N", "end a round after so many commands instead", "改为按命令数结束一轮"},
    {"rounds", "N", "rounds, of which the middle one gives the rate; default 1",
     "轮数，速率取中位轮；默认 1"},
    {"batch", "N",
     "commands a request, 1 to 8192; default 8000 in process, 1024 through "
     "the socket, 1 through http",
     "每请求命令数，1 至 8192；进程内默认 8000，socket 默认 1024，http 默认 1"},
    {"connections", "N", "socket: default 1; http: each with one request under way, default 64",
     "socket：连接数，默认 1；http：每个连接一个在途请求，默认 64"},
    {"in-flight", "N",
     "commands under way; socket: default eight batches a connection; http: instead of "
     "--connections",
     "在途命令数；socket：默认每连接八批；http：可代替 --connections"},
    {"rate", "N", "open loop: so many commands a second are due, whatever the answers take",
     "开环：每秒应发的命令数，与应答快慢无关"},
    {"limits", "N", "limits in the book; default 1000000", "额度数量，默认 1000000"},
    {"readers", "N",
     "socket, http: so many connections more ask for limits over HTTP all the time; default none",
     "socket、http：另有若干连接不停地通过 HTTP 查询额度；默认没有"},
    {"standing", "N", "two-phase, turnover: what stands open all the time",
     "two-phase、turnover：始终保持未结的笔数"},
    {"snapshot-every", "MIB", "journal between two snapshots; default 256",
     "两次快照之间的日志量（MiB），默认 256"},
    {"no-durable", NULL, "the data directory lies in memory: the same work, no disk",
     "数据目录位于内存：同样的处理，不落盘"},
    {"data", "DIR",
     "data directory, empty or missing, left behind for a look; otherwise one of "
     "its own in TMPDIR or /var/tmp, removed at the end",
     "数据目录（空的或不存在的），测后保留；缺省在 TMPDIR 或 /var/tmp 中自建，测后删除"},
    {NULL, NULL, NULL, NULL},
};

const struct cli_verb cli_verb_bench = {
    .name = "bench",
    .arguments = "inproc|engine|socket|http",
    .count_min = 1,
    .count_max = 1,
    .summary_english = "measure decisions a second; the last line is one JSON object",
    .summary_chinese = "测量每秒决策数；最后一行为一个 JSON 对象",
    .details_english =
        "A decision is one draw or reserve over a path of five limits (product, customer, group, "
        "two "
        "portfolio limits) with a fresh id that is remembered for ever. One limit in five is a "
        "customer. After a warm-up of a quarter of a round, at most a second, come the rounds.\n"
        "\n"
        "inproc: the ledger alone in this process, no journal, never durable.\n"
        "engine: in this process, each batch made durable first.\n"
        "socket: libheadroom and the binary protocol, to a `headroom serve` of its own, killed at "
        "the "
        "end; batches of less than 1024 the library gathers into larger ones while others are "
        "under "
        "way.\n"
        "http: POST /v1/commands to such a server.\n"
        "\n"
        "decisions_per_second: of the middle round, answers that came in it by its length; "
        "in process the time spent deciding alone, not that of making commands or of getting "
        "memory. With two-phase and "
        "turnover a decision is a pair of commands; commands_per_second counts both.\n"
        "p50_us, p90_us, p99_us, p999_us, max_us: how long a request or batch took, of `batch` "
        "commands, "
        "in all rounds, in microseconds: not more than so long took 50, 90, 99, 99.9, 100 % of "
        "them; "
        "at most 0.8 % too high. Closed loop: from the moment at which the answer before it was "
        "seen. Open loop (--rate): from the moment at which it was due, also when it had to wait "
        "for "
        "its turn; what was due and never sent counts with the time it waited.\n"
        "round_decisions_per_second, round_p99_us: the same, round by round.\n"
        "batch, in_flight, connections, rate, limits, standing, seconds: as asked for, seconds of "
        "all rounds together; rate 0 is the closed loop.\n"
        "durable: true when answers waited for a disk. decisions, commands, refused, errors: in "
        "all "
        "rounds; refused is any result but ok, errors are answers 503.\n"
        "bytes_per_limit, bytes_per_exposure: in process, what the ledger's tables use, ids and "
        "indexes included; else 0. resident_bytes: memory of the server, or of this process, at "
        "the "
        "end.\n"
        "server_cpu_percent, client_cpu_percent: of one core, while rounds ran. snapshots: written "
        "by the server. reads_per_second, read_p99_us: questions of --readers, fifteen for one "
        "limit "
        "and the sixteenth for a page of a hundred.\n"
        "first_id_exists: the very first command was sent again at the end and answered `exists`; "
        "when not, the exit status is 1.",
    .details_chinese =
        "一次决策为一笔用信或预占，路径五个额度（产品、客户、集团、两个组合额度），使用永久记住的新"
        "标识。"
        "每五个额度中有一个客户。先预热四分之一轮（至多一秒），再逐轮测量。\n"
        "\n"
        "inproc：仅在本进程内由账本决策，不写日志，不落盘。\n"
        "engine：在本进程内，每批先落盘。\n"
        "socket：经 libheadroom 与二进制协议访问自行启动的 `headroom serve`，结束时终止该服务器；"
        "不足 1024 条的批由该库在等待应答期间合并。\n"
        "http：向同样的服务器发送 POST /v1/commands。\n"
        "\n"
        "decisions_per_"
        "second：取中位轮，该轮内得到的应答除以时长；进程内只计决策用时，不含生成命令与取得内存的时"
        "间。"
        "two-phase 与 turnover 以一对命令为一次决策；commands_per_second 计全部命令。\n"
        "p50_us、p90_us、p99_us、p999_us、max_us：各轮全部请求（每请求 batch "
        "条命令）的时延（微秒）："
        "50、90、99、99.9、100 % 的请求不超过此值，至多偏高 0.8 %。闭环自看到上一应答时起计；"
        "开环（--rate）自应发时刻起计，含等待空闲连接的时间；应发而未发的请求按已等待的时间计入。\n"
        "round_decisions_per_second、round_p99_us：逐轮的结果。\n"
        "batch、in_flight、connections、rate、limits、standing、seconds：所要求的参数，seconds "
        "为各轮合计；rate 为 0 表示闭环。\n"
        "durable：应答前已落盘则为 true。decisions、commands、refused、errors：各轮合计；refused "
        "为非 ok "
        "的结果，errors 为 503 应答。\n"
        "bytes_per_limit、bytes_per_exposure：进程内测量时账本各表（含标识与索引）平均占用，否则为 "
        "0。"
        "resident_bytes：结束时服务器（或本进程）占用的内存。\n"
        "server_cpu_percent、client_cpu_"
        "percent：各轮期间占一个核的百分比。snapshots：服务器写出的快照数。reads_per_second、"
        "read_p99_us：--readers 的查询，十五次查单个额度，第十六次查一页一百个。\n"
        "first_id_exists：结束时重发首条命令，应答为 `exists`；否则退出状态为 1。",
    .options = options,
    .run = bench_run,
};
