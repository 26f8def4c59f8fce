/* headroom import ibrd: statements of the World Bank's loans through the limit ledger. */
#include "base/arena.h"
#include "cli/cli_data.h"
#include "cli/import_summary.h"
#include "os/clock.h"
#include "os/entropy.h"
#include "os/file.h"
#include "os/stream.h"
#include "os/terminal.h"

enum { READ_SIZE = 1 << 18 };

/* Progress is for a person who has waited this long. */
#define PROGRESS_AFTER_NS OS_NS_PER_SECOND

struct import {
    struct cli *cli;
    const struct cli_arguments *arguments;
    struct ibrd_statements statements;
    struct ibrd_options options;
    struct import_target *target;
    struct directory *tape_directory;
    struct file *tape; /* of --commands; NULL when it goes to standard output or nowhere */
    uint64_t tape_size;
    uint64_t begin_ns;
    bool progress;       /* standard error is a terminal */
    bool progress_shown; /* its last line is a progress line */
};

/* ---- messages ---- */

static void progress_clear(struct import *import)
{
    if (import->progress_shown) {
        (void)fputs("\r\033[K", stderr);
        import->progress_shown = false;
    }
}

static void progress_show(void *context, size_t step, size_t steps, date_days period)
{
    struct import *import = context;
    struct buffer text = {0};

    if (!import->progress || os_clock_monotonic_ns() - import->begin_ns < PROGRESS_AFTER_NS) {
        return;
    }
    date_write(&text, period);
    (void)fprintf(stderr, "\r\033[K%zu/%zu  %.*s", step + 1, steps, (int)text.size, text.data);
    (void)fflush(stderr);
    import->progress_shown = true;
    buffer_release(&text);
}

/* The cause behind a status, where it has one of its own. */
static struct slice cause_text(const struct import_error *error, bool chinese)
{
    if (error->status == IMPORT_BAD_CSV) {
        return chinese ? csv_status_chinese(error->csv) : csv_status_english(error->csv);
    }
    if (error->status == IMPORT_BAD_GZIP) {
        return chinese ? gzip_status_chinese(error->gzip) : gzip_status_english(error->gzip);
    }
    return slice_from_cstr(error->detail);
}

/* "FILE, line 12: the date cannot be read: 2020-13-01" */
static int fail_import(struct import *import, const struct import_error *error)
{
    struct cli *cli = import->cli;
    const bool of_file = error->file < import->arguments->count && error->line > 0;
    const struct slice text =
        cli->chinese ? import_status_chinese(error->status) : import_status_english(error->status);
    const struct slice cause = cause_text(error, cli->chinese);
    const char *file = of_file || error->status == IMPORT_BAD_GZIP ||
                               (error->status == IMPORT_NO_ROWS && error->file != UINT32_MAX)
                           ? import->arguments->values[error->file]
                           : "";
    char place[64] = "";
    const bool of_system =
        error->status == IMPORT_NO_MEMORY || error->status == IMPORT_LEDGER_FULL ||
        error->status == IMPORT_SUBMIT_FAILED || error->status == IMPORT_TAPE_FAILED;

    progress_clear(import);
    if (of_file) {
        if (cli->chinese) {
            (void)snprintf(place, sizeof(place), " 第 %llu 行", (unsigned long long)error->line);
        } else {
            (void)snprintf(place, sizeof(place), ", line %llu", (unsigned long long)error->line);
        }
    }
    return cli_fail(cli, of_system ? CLI_SYSTEM : CLI_REFUSED, "%s%s%s%.*s%s%.*s",
                    "%s%s%s%.*s%s%.*s", file, place, file[0] == '\0' ? "" : ": ", (int)text.size,
                    text.data, cause.size == 0 ? "" : ": ", (int)cause.size,
                    cause.size == 0 ? "" : cause.data);
}

/* ---- input ---- */

static int file_feed(struct import *import, struct ibrd_reader *reader, const char *path, int fd,
                     char *bytes)
{
    struct import_error error;
    size_t held = 0; /* read and not fed yet: the format shows in the first two bytes */

    for (;;) {
        size_t size = 0;
        const enum os_status status = os_stream_read(fd, bytes + held, READ_SIZE - held, &size);
        const bool last = status == OS_ENDED;

        if (status != OS_OK && !last) {
            return cli_fail_os(import->cli, status, path);
        }
        held += last ? 0 : size;
        if (held < 2 && !last) {
            continue;
        }
        if (ibrd_reader_feed(reader, &error, slice_of(bytes, held), last) != IMPORT_OK) {
            return fail_import(import, &error);
        }
        if (last) {
            return CLI_DONE;
        }
        held = 0;
    }
}

static int file_read_rows(struct import *import, const char *path, char *bytes)
{
    struct ibrd_reader reader;
    int fd;
    const enum os_status status = os_stream_open(&fd, path);

    if (status != OS_OK) {
        return cli_fail_os(import->cli, status, path);
    }
    ibrd_reader_init(&reader, &import->statements);
    const int result = file_feed(import, &reader, path, fd, bytes);
    ibrd_reader_release(&reader);
    os_stream_close(fd);
    return result;
}

static int statements_read(struct import *import)
{
    struct import_error error;
    char *bytes = memory_allocate(READ_SIZE);
    int status = CLI_DONE;

    if (bytes == NULL) {
        return cli_fail_memory(import->cli);
    }
    for (size_t i = 0; i < import->arguments->count && status == CLI_DONE; i++) {
        status = file_read_rows(import, import->arguments->values[i], bytes);
    }
    memory_free(bytes);
    if (status == CLI_DONE && ibrd_statements_sort(&import->statements, &error) != IMPORT_OK) {
        if (error.status == IMPORT_NO_ROWS) {
            error.file = UINT32_MAX;
        }
        status = fail_import(import, &error);
    }
    return status;
}

/* ---- commands as a file ---- */

static enum import_status tape_write(void *context, struct slice lines)
{
    struct import *import = context;

    if (import->tape == NULL) {
        return os_stream_write(OS_STREAM_OUTPUT, lines) == OS_OK ? IMPORT_OK : IMPORT_TAPE_FAILED;
    }
    const struct file_result result =
        file_write(import->tape, import->tape_size, lines.data, lines.size);
    import->tape_size += lines.size;
    return result.status == OS_OK ? IMPORT_OK : IMPORT_TAPE_FAILED;
}

static int tape_open(struct import *import, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash == NULL ? path : slash + 1;
    struct buffer folder = {0};

    import->options.tape = tape_write;
    if (strcmp(path, "-") == 0) {
        return CLI_DONE;
    }
    buffer_append(&folder, slash == NULL   ? SLICE(".")
                           : slash == path ? SLICE("/")
                                           : slice_of(path, (size_t)(slash - path)));
    buffer_append_byte(&folder, '\0');
    if (buffer_failed(&folder)) {
        return cli_fail_memory(import->cli);
    }
    struct file_result result = directory_open(files_real(), folder.data, &import->tape_directory);
    buffer_release(&folder);
    if (result.status == OS_OK) {
        result = file_open(import->tape_directory, name, FILE_CREATE, &import->tape);
    }
    if (result.status != OS_OK) {
        return cli_fail_os(import->cli, result.status, path);
    }
    return CLI_DONE;
}

/* ---- options ---- */

static int amount_option(struct import *import, const char *name, int64_t *inout_cents)
{
    const char *text = cli_option_value(import->arguments, name);

    if (text == NULL) {
        return CLI_DONE;
    }
    if (!amount_parse(slice_from_cstr(text), CURRENCY_USD, inout_cents)) {
        return cli_fail(import->cli, CLI_USAGE,
                        "--%s: '%s' is no amount in dollars such as 20000000000",
                        "--%s：“%s”不是美元金额（如 20000000000）", name, text);
    }
    return CLI_DONE;
}

static int options_read(struct import *import)
{
    const char *commands = cli_option_value(import->arguments, "commands");
    int status =
        amount_option(import, "single-borrower-limit", &import->options.single_borrower_limit);

    if (status == CLI_DONE) {
        status = amount_option(import, "portfolio-limit", &import->options.portfolio_limit);
    }
    import->options.unlocks = cli_option_value(import->arguments, "no-unlocks") == NULL;
    import->options.progress = progress_show;
    import->options.context = import;
    if (status == CLI_DONE && commands != NULL) {
        status = tape_open(import, commands);
    }
    return status;
}

/* ---- the run ---- */

static int target_run(struct import *import)
{
    struct ibrd_import *done = NULL;
    struct import_error error;

    if (ibrd_import_run(&done, &error, &import->statements, import->target, &import->options) !=
        IMPORT_OK) {
        /* Why the engine failed is said by whoever opened it. */
        return error.status == IMPORT_SUBMIT_FAILED ? CLI_SYSTEM : fail_import(import, &error);
    }
    progress_clear(import);
    const struct ibrd_result *result = ibrd_import_result(done);
    const uint64_t total_ns = os_clock_monotonic_ns() - import->begin_ns;
    int status = result->reconciled ? CLI_DONE : CLI_REFUSED;

    if (cli_option_value(import->arguments, "json") != NULL) {
        import_json_write(import->cli, result, total_ns);
    } else {
        import_summary_write(import->cli, result, total_ns);
    }
    if (!cli_flush(import->cli)) {
        status = CLI_SYSTEM;
    }
    ibrd_import_free(done);
    return status;
}

static int memory_run(struct import *import)
{
    import->target = import_memory_open();
    if (import->target == NULL) {
        return cli_fail_memory(import->cli);
    }
    const int status = target_run(import);
    import_memory_free(import->target);
    return status;
}

static int engine_run(struct import *import, struct engine *engine, const char *directory)
{
    import->target = import_engine_open(engine);
    if (import->target == NULL) {
        return cli_fail_memory(import->cli);
    }
    int status = target_run(import);
    const enum engine_status last = import_engine_status(import->target);
    if (last != ENGINE_OK) {
        progress_clear(import);
        status = cli_engine_fail(import->cli, directory, last, engine_error(engine));
    }
    import_engine_free(import->target);
    return status;
}

static int data_run(struct import *import, const char *directory)
{
    struct engine_options options;
    struct engine *engine = NULL;

    engine_options_init(&options);
    options.directory = directory;
    options.ledger.commands_max = IMPORT_BATCH_MAX;
    options.now = os_clock_realtime_us();
    os_entropy_fill(&options.ledger.hash_seed, sizeof(options.ledger.hash_seed));
    const int opened = cli_engine_open(import->cli, &engine, &options);
    if (opened != CLI_DONE) {
        return opened;
    }
    const int status = engine_run(import, engine, directory);
    engine_close(engine);
    return status;
}

static int run(struct cli *cli, const struct cli_arguments *arguments)
{
    struct import import = {
        .cli = cli,
        .arguments = arguments,
        .begin_ns = os_clock_monotonic_ns(),
        .progress = os_terminal_is(OS_STREAM_ERROR),
    };

    ibrd_options_init(&import.options);
    if (!ibrd_statements_open(&import.statements)) {
        return cli_fail_memory(cli);
    }
    int status = options_read(&import);
    if (status == CLI_DONE) {
        status = statements_read(&import);
    }
    if (status == CLI_DONE) {
        const char *directory = cli_option_value(arguments, "data");

        status = directory == NULL ? memory_run(&import) : data_run(&import, directory);
    }
    file_close(import.tape);
    directory_close(import.tape_directory);
    ibrd_statements_release(&import.statements);
    return status;
}

static const struct cli_option options[] = {
    {"data", "DIR", "keep the book in this data directory; without it nothing is kept",
     "将贷款簿存入该数据目录；缺省只在内存中运行"},
    {"single-borrower-limit", "USD", "what one country may owe; 20000000000 otherwise",
     "单一国家最高欠款；缺省 20000000000"},
    {"portfolio-limit", "USD", "what all may owe together; 350000000000 otherwise",
     "全部贷款最高欠款；缺省 350000000000"},
    {"no-unlocks", NULL,
     "leave refused drawings refused; otherwise an unlock on record lets through what the "
     "statement shows",
     "被拒提款保持拒绝；缺省以登记在案的解锁放行报表所示提款"},
    {"commands", "FILE", "also write every command as a line of JSON, for headroom replay",
     "同时逐行写出 JSON 命令，可供 headroom replay 使用"},
    {"json", NULL, "print the summary as one JSON object", "以 JSON 输出摘要"},
    {0},
};

const struct cli_verb cli_verb_import = {
    .name = "import ibrd",
    .arguments = "FILE...",
    .count_min = 1,
    .count_max = CLI_ARGUMENTS_MAX,
    .summary_english = "run the World Bank's loan book through the limit ledger",
    .summary_chinese = "将世界银行贷款簿导入额度账本",
    .details_english =
        "Reads \"Statement of Loans\" snapshots, plain CSV or gzip, in the order of their dates. "
        "The first becomes limits and opening balances: portfolio, region, country, borrower, "
        "loan. Each later one becomes the drawdowns, repayments, cancellations and corrections "
        "that lead to it, each decided by the ledger. At the end every loan is read back and "
        "compared with the statement. Exit status 0 when every loan whose figures agree with "
        "themselves at both ends of the interval reconciles to the cent, else 1. Run again on the "
        "same data directory, it finishes what was cut short and changes nothing else.",
    .details_chinese =
        "按日期顺序读取世界银行“贷款报表”快照（CSV 或 gzip）。首期形成额度与期初余额："
        "组合、区域、国家、借款人、贷款；其后各期转为提款、还款、取消与更正，逐笔由账本"
        "决策。最后从账本读回每笔贷款并与报表核对。两端数字自洽的贷款全部逐分一致时退出"
        "状态为 0，否则为 1。对同一数据目录重复运行只补完中断部分，不作其他变更。",
    .options = options,
    .run = run,
};
