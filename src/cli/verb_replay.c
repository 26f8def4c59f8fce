/* headroom replay: commands as lines of JSON in, one line of result a command out.
 *
 * The whole input is one batch, but it is applied in pieces that never cut a chain, so that memory
 * does not grow with the input and the reader of a pipe gets answers while it writes. */
#include "base/arena.h"
#include "base/hash.h"
#include "cli/cli_data.h"
#include "ledger/command_json.h"
#include "os/clock.h"
#include "os/entropy.h"
#include "os/stream.h"

enum {
    PIECE_MAX = 4096,      /* commands applied together, where no longer chain asks for more */
    CHAIN_MAX = 1 << 20,   /* commands of one chain in memory */
    CHAIN_MAX_DATA = 4096, /* and in a data directory, where one record holds it */
    READ_SIZE = 1 << 18,   /* bytes read at a time */
    OUTPUT_SIZE = 1 << 16, /* bytes of results that are written out together, at least */
};

struct replay {
    struct cli *cli;
    const char *path; /* for messages */
    int fd;
    size_t chain_max;
    struct engine *engine; /* NULL: in memory */
    const char *directory; /* of the engine */
    struct ledger *memory; /* the ledger without engine */
    const struct ledger *ledger;
    struct arena arena;    /* lines and their values, until their commands are applied */
    struct buffer input;   /* what was read and is no whole line yet */
    size_t scanned;        /* bytes of input known to hold no line end */
    struct buffer piece;   /* of struct ledger_command */
    struct buffer results; /* of struct ledger_result, room for the largest piece so far */
    uint64_t lines;        /* read so far */
};

static struct ledger_command *piece_commands(const struct replay *replay)
{
    return (struct ledger_command *)(void *)replay->piece.data;
}

static size_t piece_count(const struct replay *replay)
{
    return replay->piece.size / sizeof(struct ledger_command);
}

static int piece_write(struct replay *replay, const struct ledger_result *results)
{
    const struct ledger_command *commands = piece_commands(replay);
    struct buffer *out = &replay->cli->out;

    for (size_t i = 0; i < piece_count(replay); i++) {
        struct json_writer writer;

        json_writer_init(&writer, out);
        ledger_result_write_json(&writer, replay->ledger, &commands[i], &results[i]);
        buffer_append_byte(out, '\n');
        if (out->size >= OUTPUT_SIZE && !cli_flush(replay->cli)) {
            return CLI_SYSTEM;
        }
    }
    return CLI_DONE;
}

static int tables_full(struct replay *replay)
{
    return cli_fail(
        replay->cli, CLI_SYSTEM, "%s, line %llu: the ledger's tables are full; split the input",
        "%s 第 %llu 行：账本容量已满；请拆分输入", replay->path, (unsigned long long)replay->lines);
}

static int commands_apply(struct replay *replay, struct ledger_result *results, size_t count)
{
    if (replay->engine != NULL) {
        const enum engine_status status = engine_apply(
            replay->engine, piece_commands(replay), results, count, true, os_clock_realtime_us());
        return status == ENGINE_OK ? CLI_DONE
                                   : cli_engine_fail(replay->cli, replay->directory, status,
                                                     engine_error(replay->engine));
    }
    if (!ledger_has_room(replay->memory, count)) {
        return tables_full(replay);
    }
    ledger_apply(replay->memory, results, piece_commands(replay), count);
    return CLI_DONE;
}

/* Applies what was gathered, which ends no chain in its middle, and writes the results. */
static int piece_apply(struct replay *replay)
{
    const size_t count = piece_count(replay);

    if (count == 0) {
        return CLI_DONE;
    }
    buffer_reset(&replay->results);
    struct ledger_result *results =
        (void *)buffer_reserve(&replay->results, count * sizeof(struct ledger_result));
    if (results == NULL) {
        return cli_fail_memory(replay->cli);
    }
    int status = commands_apply(replay, results, count);
    status = status == CLI_DONE ? piece_write(replay, results) : status;
    buffer_reset(&replay->piece);
    arena_reset(&replay->arena);
    return status;
}

/* Reads one line into the piece, and applies the piece when it is large and no chain is open. */
static int line_take(struct replay *replay, struct slice line)
{
    struct ledger_command command;
    struct json_error error;

    replay->lines++;
    const struct slice kept = arena_copy(&replay->arena, line);
    if (kept.data == NULL) {
        return cli_fail_memory(replay->cli);
    }
    const struct json_value *value = json_parse(&replay->arena, &error, kept);
    if ((value == NULL && error.memory_short) ||
        !ledger_command_read_json(&replay->arena, &command, value, ledger_base(replay->ledger),
                                  true)) {
        return cli_fail_memory(replay->cli);
    }
    buffer_append(&replay->piece, slice_of((const char *)&command, sizeof(command)));
    if (buffer_failed(&replay->piece)) {
        return cli_fail_memory(replay->cli);
    }
    if (piece_count(replay) >= PIECE_MAX && !command.linked) {
        return piece_apply(replay);
    }
    if (piece_count(replay) == PIECE_MAX + replay->chain_max) {
        return cli_fail(replay->cli, CLI_SYSTEM,
                        "%s, line %llu: a chain of more than %zu commands; split it",
                        "%s 第 %llu 行：关联命令超过 %zu 条；请拆分", replay->path,
                        (unsigned long long)replay->lines, replay->chain_max);
    }
    return CLI_DONE;
}

/* Takes the whole lines of what was read; at the end also a last one without a line end. */
static int lines_take(struct replay *replay, bool end)
{
    struct buffer *input = &replay->input;
    size_t begin = 0;
    int status = CLI_DONE;

    while (status == CLI_DONE && (replay->scanned < input->size || (end && begin < input->size))) {
        const char *from = input->data + replay->scanned;
        const char *line_end = memchr(from, '\n', input->size - replay->scanned);

        if (line_end == NULL && !end) {
            replay->scanned = input->size;
            break;
        }
        const size_t stop = line_end == NULL ? input->size : (size_t)(line_end - input->data);
        status = line_take(replay, slice_of(input->data + begin, stop - begin));
        begin = line_end == NULL ? stop : stop + 1;
        replay->scanned = begin;
    }
    buffer_consume(input, begin);
    replay->scanned -= begin;
    return status;
}

static bool chain_is_open(const struct replay *replay)
{
    const size_t count = piece_count(replay);

    return count > 0 && piece_commands(replay)[count - 1].linked;
}

static int replay_run(struct replay *replay)
{
    for (;;) {
        char *room = buffer_reserve(&replay->input, READ_SIZE);
        size_t got = 0;

        if (room == NULL) {
            return cli_fail_memory(replay->cli);
        }
        const enum os_status read = os_stream_read(replay->fd, room, READ_SIZE, &got);
        if (read != OS_OK && read != OS_ENDED) {
            return cli_fail_os(replay->cli, read, replay->path);
        }
        replay->input.size += got;
        int status = lines_take(replay, read == OS_ENDED);
        if (status == CLI_DONE && (read == OS_ENDED || !chain_is_open(replay))) {
            status = piece_apply(replay);
        }
        if (status != CLI_DONE || !cli_flush(replay->cli)) {
            return status != CLI_DONE ? status : CLI_SYSTEM;
        }
        if (read == OS_ENDED) {
            return CLI_DONE;
        }
    }
}

static int digest_print(struct replay *replay)
{
    uint8_t digest[SHA256_SIZE];
    char text[2 * SHA256_SIZE];

    if (!ledger_digest(replay->ledger, digest)) {
        return cli_fail_memory(replay->cli);
    }
    hex_write(text, digest, sizeof(digest));
    (void)fprintf(stderr, "%.*s\n", (int)sizeof(text), text);
    return CLI_DONE;
}

static int replay_in_memory(struct replay *replay, enum currency base)
{
    struct ledger_options options;

    ledger_options_init(&options);
    options.base = base == CURRENCY_NONE ? CURRENCY_CNY : base;
    options.commands_max = PIECE_MAX + CHAIN_MAX;
    os_entropy_fill(&options.hash_seed, sizeof(options.hash_seed));
    replay->memory = ledger_open(&options);
    if (replay->memory == NULL) {
        return cli_fail_memory(replay->cli);
    }
    replay->ledger = replay->memory;
    replay->chain_max = CHAIN_MAX;
    return replay_run(replay);
}

static int replay_in_directory(struct replay *replay, enum currency base)
{
    struct engine_options options;

    engine_options_init(&options);
    options.directory = replay->directory;
    options.ledger.base = base;
    options.ledger.commands_max = PIECE_MAX + CHAIN_MAX_DATA;
    options.now = os_clock_realtime_us();
    os_entropy_fill(&options.ledger.hash_seed, sizeof(options.ledger.hash_seed));
    const int status = cli_engine_open(replay->cli, &replay->engine, &options);
    if (status != CLI_DONE) {
        return status;
    }
    replay->ledger = engine_ledger(replay->engine);
    replay->chain_max = CHAIN_MAX_DATA;
    return replay_run(replay);
}

static int run(struct cli *cli, const struct cli_arguments *arguments)
{
    struct replay replay = {.cli = cli, .path = arguments->values[0]};
    enum currency base;

    replay.directory = cli_option_value(arguments, "data");
    if (!cli_option_base(cli, arguments, &base)) {
        return CLI_USAGE;
    }
    const enum os_status opened = os_stream_open(&replay.fd, replay.path);
    if (opened != OS_OK) {
        return cli_fail_os(cli, opened, replay.path);
    }
    arena_init(&replay.arena, SIZE_MAX / 2);
    int status = replay.directory == NULL ? replay_in_memory(&replay, base)
                                          : replay_in_directory(&replay, base);
    if (status == CLI_DONE && cli_option_value(arguments, "digest") != NULL) {
        status = digest_print(&replay);
    }
    ledger_free(replay.memory);
    engine_close(replay.engine);
    arena_release(&replay.arena);
    buffer_release(&replay.input);
    buffer_release(&replay.piece);
    buffer_release(&replay.results);
    os_stream_close(replay.fd);
    return status;
}

static const struct cli_option options[] = {
    {"data", "DIR", "apply them durably in this data directory, made when it is missing",
     "在此数据目录中持久执行；不存在则创建"},
    {"base", "CURRENCY", "base currency of the rates; CNY otherwise", "汇率的本位币；缺省为 CNY"},
    {"digest", NULL, "print the SHA-256 of the state at the end, on standard error",
     "结束时在标准错误输出状态的 SHA-256"},
    {0},
};

const struct cli_verb cli_verb_replay = {
    .name = "replay",
    .arguments = "FILE|-",
    .count_min = 1,
    .count_max = 1,
    .summary_english = "apply commands from a file and print their results",
    .summary_chinese = "执行文件中的命令并输出结果",
    .details_english =
        "Reads one JSON command a line (- is standard input) and prints one JSON result a line, in "
        "the same order. The whole input is one batch: a chain may have 1048576 commands, 4096 "
        "with "
        "--data. `at` may be given. A line that is no JSON, an empty one too, is answered with "
        "bad_request. Results that are not ok do not change the exit "
        "status: what was asked, to apply the commands and say what became of each, was done.",
    .details_chinese = "逐行读取 JSON 命令（- 表示标准输入），按相同顺序逐行输出 JSON "
                       "结果。整个输入为一个批次：关联命令最长"
                       "可达 1048576 条。可给出 at。不是 JSON 的行（空行亦然）以 bad_request "
                       "应答。结果不为 ok "
                       "不影响退出状态。",
    .options = options,
    .run = run,
};
