/* headroom import customers: customers from a file into the credit plane's database. */
#include "base/arena.h"
#include "cli/cli_data.h"
#include "cli/serve_store.h"
#include "customer/customer_import.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/stream.h"
#include "os/terminal.h"

enum { TEXTS_BYTES = 64 << 10 };

/* Progress is for a person who has waited this long. */
#define PROGRESS_AFTER_NS OS_NS_PER_SECOND

struct import {
    struct cli *cli;
    const struct cli_arguments *arguments;
    const char *path;
    struct buffer report; /* refused rows */
    uint64_t refusals;
    uint64_t begin_ns;
    bool progress;
    bool progress_shown;
};

static void progress_clear(struct import *import)
{
    if (import->progress_shown) {
        (void)fputs("\r\033[K", stderr);
        import->progress_shown = false;
    }
}

static void progress_show(void *context, const struct customer_import_figures *figures,
                          uint64_t position, uint64_t size)
{
    struct import *import = context;

    if (!import->progress || os_clock_monotonic_ns() - import->begin_ns < PROGRESS_AFTER_NS) {
        return;
    }
    (void)fprintf(stderr, "\r\033[K%3llu %%  %llu + %llu",
                  (unsigned long long)(size == 0 ? 100 : position * 100 / size),
                  (unsigned long long)figures->added, (unsigned long long)figures->refused);
    (void)fflush(stderr);
    import->progress_shown = true;
}

/* ---- the report ---- */

static void field_append(struct buffer *out, struct slice text)
{
    buffer_append_byte(out, '"');
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] == '"') {
            buffer_append_byte(out, '"');
        }
        buffer_append_byte(out, text.data[i]);
    }
    buffer_append_byte(out, '"');
}

static void refusal_note(void *context, uint64_t line, struct slice slug, struct slice english,
                         struct slice chinese)
{
    struct import *import = context;

    if (import->refusals++ == 0) {
        buffer_append_cstr(&import->report, "line,reason,detail\r\n");
    }
    buffer_append_u64(&import->report, line);
    buffer_append_byte(&import->report, ',');
    buffer_append(&import->report, slug);
    buffer_append_byte(&import->report, ',');
    field_append(&import->report, import->cli->chinese ? chinese : english);
    buffer_append_cstr(&import->report, "\r\n");
}

/* Writes the report under another name and gives it its own: never a half of one. */
static struct file_result report_store(const struct import *import, struct directory *directory,
                                       const char *name)
{
    char temporary[FILE_NAME_MAX + 1];
    struct file *file = NULL;

    (void)snprintf(temporary, sizeof(temporary), "%s.new", name);
    struct file_result result = directory_remove(directory, temporary);
    if (result.status == OS_OK || result.status == OS_MISSING) {
        result = file_open(directory, temporary, FILE_CREATE, &file);
    }
    if (result.status != OS_OK) {
        return result;
    }
    result = file_write(file, 0, import->report.data, import->report.size);
    file_close(file);
    return result.status == OS_OK ? directory_rename(directory, temporary, name) : result;
}

/* `*ret_path` is where it went; NULL when nothing was refused. */
static int report_write(struct import *import, struct buffer *path)
{
    const char *given = cli_option_value(import->arguments, "report");
    struct directory *directory = NULL;
    struct buffer folder = {0};

    if (given != NULL) {
        buffer_append_cstr(path, given);
    } else {
        buffer_printf(path, "%s.refused.csv", import->path);
    }
    buffer_append_byte(path, '\0');
    if (buffer_failed(path) || buffer_failed(&import->report)) {
        return cli_fail_memory(import->cli);
    }
    const char *slash = strrchr(path->data, '/');
    const char *name = slash == NULL ? path->data : slash + 1;
    buffer_append(&folder, slash == NULL ? SLICE(".")
                           : slash == path->data
                               ? SLICE("/")
                               : slice_of(path->data, (size_t)(slash - path->data)));
    buffer_append_byte(&folder, '\0');
    struct file_result result = {.status = OS_EXHAUSTED};
    if (!buffer_failed(&folder)) {
        result = directory_open(files_real(), folder.data, &directory);
    }
    if (result.status == OS_OK && strlen(name) + 4 <= FILE_NAME_MAX) {
        result = report_store(import, directory, name);
    }
    directory_close(directory);
    buffer_release(&folder);
    return result.status == OS_OK ? CLI_DONE : cli_fail_os(import->cli, result.status, path->data);
}

/* ---- the end ---- */

static int fail_file(struct import *import, const struct customer_rows_error *error)
{
    struct cli *cli = import->cli;
    const unsigned long long line = error->line;

    if (error->os != OS_OK) {
        return cli_fail_os(cli, error->os, import->path);
    }
    if (error->memory) {
        return cli_fail_memory(cli);
    }
    if (error->column.size > 0) {
        return cli_fail(cli, CLI_REFUSED, "%s, line %llu: there is no column '%.*s'",
                        "%s 第 %llu 行：没有列“%.*s”", import->path, line, (int)error->column.size,
                        error->column.data);
    }
    const struct slice text =
        cli->chinese ? csv_status_chinese(error->csv) : csv_status_english(error->csv);
    return cli_fail(cli, CLI_REFUSED, "%s, line %llu: %.*s", "%s 第 %llu 行：%.*s", import->path,
                    line, (int)text.size, text.data);
}

static void summary_write(const struct import *import,
                          const struct customer_import_figures *figures, const char *report)
{
    struct cli *cli = import->cli;
    const bool dry = cli_option_value(import->arguments, "dry-run") != NULL;
    const unsigned long long ms = (os_clock_monotonic_ns() - import->begin_ns) / OS_NS_PER_MS;

    if (cli_option_value(import->arguments, "json") != NULL) {
        buffer_printf(&cli->out,
                      "{\"rows\":%llu,\"added\":%llu,\"refused\":%llu,\"before\":%llu,"
                      "\"finished\":%s,\"dry_run\":%s,\"milliseconds\":%llu}\n",
                      (unsigned long long)figures->rows, (unsigned long long)figures->added,
                      (unsigned long long)figures->refused, (unsigned long long)figures->before,
                      figures->finished ? "true" : "false", dry ? "true" : "false", ms);
        return;
    }
    const unsigned long long rows = figures->rows;
    const unsigned long long added = figures->added;
    const unsigned long long refused = figures->refused;
    if (cli->chinese) {
        buffer_printf(&cli->out, "%llu 行：录入 %llu，拒绝 %llu，用时 %llu.%03llu 秒%s\n", rows,
                      added, refused, ms / 1000, ms % 1000, dry ? "；未写入任何内容" : "");
    } else {
        buffer_printf(&cli->out, "%llu rows: %llu entered, %llu refused, in %llu.%03llu s%s\n",
                      rows, added, refused, ms / 1000, ms % 1000,
                      dry ? "; nothing was stored" : "");
    }
    if (figures->before > 0) {
        buffer_append_u64(&cli->out, figures->before);
        buffer_append_cstr(&cli->out,
                           cli_text(cli, " of them were done before\n", " 行此前已完成\n"));
    }
    if (report != NULL) {
        buffer_append_cstr(&cli->out, cli_text(cli, "refused: ", "拒绝清单："));
        buffer_append_cstr(&cli->out, report);
        buffer_append_byte(&cli->out, '\n');
    }
}

static int store_run(struct import *import, struct store *store, const char *location)
{
    const struct people_actor actor = {.id = SLICE("import"),
                                       .address = SLICE("headroom import customers"),
                                       .now = os_clock_realtime_us()};
    struct arena arena;
    struct customer_import_options options = {
        .path = import->path,
        .actor = &actor,
        .dry = cli_option_value(import->arguments, "dry-run") != NULL,
        .similar = cli_option_value(import->arguments, "accept-similar") != NULL,
        .progress = progress_show,
        .refusal = refusal_note,
        .context = import,
        .arena = &arena};
    struct customer_import_figures figures = {0};
    struct customer_rows_error error;
    struct buffer path = {0};
    int result = CLI_DONE;

    arena_init(&arena, TEXTS_BYTES);
    const enum customer_status status = customer_import(store, &figures, &error, &options);
    progress_clear(import);
    if (status == CUSTOMER_STORE) {
        result =
            cli_store_fail(import->cli, location, store_error(store)->status, store_error(store));
    } else if (status == CUSTOMER_NO_MEMORY) {
        result = cli_fail_memory(import->cli);
    } else if (import->refusals > 0) {
        result = report_write(import, &path);
    }
    if (result == CLI_DONE && (status == CUSTOMER_OK || figures.rows > 0)) {
        summary_write(import, &figures, import->refusals > 0 ? path.data : NULL);
        result = cli_flush(import->cli) ? CLI_DONE : CLI_SYSTEM;
    }
    if (result == CLI_DONE && status != CUSTOMER_OK) {
        result = fail_file(import, &error);
    }
    if (result == CLI_DONE && figures.refused > 0) {
        result = CLI_REFUSED;
    }
    buffer_release(&path);
    arena_release(&arena);
    return result;
}

/* A database that is not there is made by a server, with the legal entities and organisations that
 * customers belong to; an import into an empty one would only refuse every row. */
static int database_judge(struct cli *cli, const char *directory, const char *location)
{
    int fd;
    const enum os_status status = os_stream_open(&fd, location);

    if (status == OS_OK) {
        os_stream_close(fd);
        return CLI_DONE;
    }
    return cli_fail(cli, CLI_SYSTEM,
                    "%s has no database (" STORE_FILE
                    "). Start the server on it once: headroom serve "
                    "--data %s; enter legal entities and organisations, then import. Where the "
                    "server uses PostgreSQL, give --store instead",
                    "%s 中没有数据库（" STORE_FILE "）。请先启动服务：headroom serve --data "
                    "%s，录入法人与机构后再导入。若服务使用 PostgreSQL，请改用 --store",
                    directory, directory);
}

static int run(struct cli *cli, const struct cli_arguments *arguments)
{
    struct import import = {.cli = cli,
                            .arguments = arguments,
                            .path = arguments->values[0],
                            .begin_ns = os_clock_monotonic_ns(),
                            .progress = os_terminal_is(OS_STREAM_ERROR)};
    const char *directory = cli_option_value(arguments, "data");
    const char *store_option = cli_option_value(arguments, "store");
    struct store_options options = {.now = os_clock_realtime_us()};
    struct store_error error;
    struct store *store = NULL;
    struct buffer location = {0};

    if (directory == NULL && store_option == NULL) {
        return cli_fail(cli, CLI_USAGE, "--data DIR or --store postgresql://... is needed",
                        "需要 --data DIR 或 --store postgresql://...");
    }
    const int judged = serve_store_judge(cli, arguments);
    if (judged != CLI_DONE) {
        return judged;
    }
    if (!serve_store_location(&location, directory, store_option)) {
        return cli_fail_memory(cli);
    }
    options.location = location.data;
    options.read_only = cli_option_value(arguments, "dry-run") != NULL;
    int result = store_option == NULL ? database_judge(cli, directory, location.data) : CLI_DONE;
    if (result == CLI_DONE) {
        const enum store_status opened = store_open(&store, &options, &error);
        result = opened == STORE_OK ? store_run(&import, store, location.data)
                                    : cli_store_fail(cli, location.data, opened, &error);
    }
    store_close(store);
    buffer_release(&location);
    buffer_release(&import.report);
    return result;
}

static const struct cli_option options[] = {
    {"data", "DIR", "the data directory whose database it is", "数据目录"},
    {"store", "postgresql://...", "the database of the credit plane; DIR/credit.db otherwise",
     "授信数据库；缺省为 DIR/credit.db"},
    {"dry-run", NULL, "judge every row as if, and store nothing", "逐行试判而不写入"},
    {"accept-similar", NULL, "enter customers of a similar name too, without confirmation",
     "名称相近者不经确认一并录入"},
    {"report", "FILE", "refused rows, with reasons; FILE.refused.csv otherwise",
     "拒绝清单；缺省为 FILE.refused.csv"},
    {"json", NULL, "print the summary as one JSON object", "以 JSON 输出摘要"},
    {0},
};

const struct cli_verb cli_verb_import_customers = {
    .name = "import customers",
    .arguments = "FILE",
    .count_min = 1,
    .count_max = 1,
    .summary_english = "enter customers from a CSV or NDJSON file",
    .summary_chinese = "从 CSV 或 NDJSON 文件批量录入客户",
    .details_english =
        "A file that ends in .csv has a first line of names: type, name, organisation, an "
        "identifier by its kind (uscc, id_card, lei ...), and if wanted id, name_en, industry, "
        "region, country, valid_from, reason, confirmed_distinct (ids with spaces between). Any "
        "other file has the body of POST /v1/customers on each line. Rows are judged like entries "
        "of a person; those refused go to the report. Rows are stored 1,000 at a time: killed, it "
        "goes on where it was when it is run again with the same file. Exit status 1 when a row "
        "was refused.",
    .details_chinese =
        "以 .csv 结尾的文件首行为列名：type、name、organisation、按种类列出的证件号码（uscc、"
        "id_card、lei 等），可选 id、name_en、industry、region、country、valid_from、reason、"
        "confirmed_distinct（标识以空格分隔）。其他文件每行为 POST /v1/customers 的请求体。"
        "逐行按人工录入的规则判断，被拒行写入清单。每 1000 行一次写入；中断后以同一文件再次"
        "运行即从中断处继续。有行被拒时退出状态为 1。",
    .options = options,
    .run = run,
};
