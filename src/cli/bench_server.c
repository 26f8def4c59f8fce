/* The server that a measurement starts for itself: its directory, its process, its book, its end.
 */
#include "base/arena.h"
#include "base/json.h"
#include "cli/bench.h"
#include "os/reactor.h"
#include "os/stream.h"
#include "os/terminal.h"

enum {
    READY_TIMEOUT_S = 600,
    CLIENT_TIMEOUT_MS = 120000,
    BOOK_BATCH = 4096,
    OUTPUT_MAX = 4096,
    ARGUMENTS_MAX = 20
};

/* ---- the directory ---- */

int bench_directory_make(struct bench *bench)
{
    const struct slice temporary = os_environment("TMPDIR");
    const char *parent = bench->options.in_memory ? "/dev/shm" : "/var/tmp";
    char folder[OS_PATH_MAX];
    enum os_status status;

    if (bench->options.directory != NULL) {
        (void)snprintf(bench->directory, sizeof(bench->directory), "%s", bench->options.directory);
        status = os_directory_begin(bench->directory);
        if (status == OS_EXISTS) {
            return cli_fail(bench->cli, CLI_USAGE, "%s: not empty; a measurement begins anew",
                            "%s：目录非空；测量须从空目录开始", bench->directory);
        }
    } else {
        if (temporary.data != NULL && temporary.size > 0 && !bench->options.in_memory) {
            (void)snprintf(folder, sizeof(folder), "%.*s", (int)temporary.size, temporary.data);
            parent = folder;
        }
        status = os_scratch_make(bench->directory, parent, "headroom-bench-");
        bench->directory_made = status == OS_OK;
    }
    if (status != OS_OK) {
        return cli_fail_os(bench->cli, status,
                           bench->options.directory != NULL ? bench->directory : parent);
    }
    bench->durable = !os_path_in_memory(bench->directory);
    if (!bench->durable && !bench->options.in_memory) {
        (void)fprintf(stderr, "headroom bench: %s %s\n", bench->directory,
                      cli_text(bench->cli, "lies in memory: nothing is durable there; see --data",
                               "位于内存文件系统，数据不会落盘；参见 --data"));
    }
    return CLI_DONE;
}

/* ---- the process ---- */

/* What the server has printed until it is ready. */
struct output {
    struct reactor_source source;
    struct bench_server *server;
    char text[OUTPUT_MAX];
    size_t size;
    bool ready, ended;
};

/* "ready http://ADDRESS:PORT/ binary ADDRESS:PORT". */
static void line_read(struct bench_server *server, struct slice line)
{
    struct slice word;

    check(slice_split(&line, ' ', &word));
    check(slice_split(&line, ' ', &word));
    word.size -= word.size > 0 && word.data[word.size - 1] == '/';
    (void)snprintf(server->url, sizeof(server->url), "%.*s", (int)word.size, word.data);
    const bool named = slice_split(&line, ' ', &word);
    if (named && slice_split(&line, ' ', &word)) {
        (void)snprintf(server->binary, sizeof(server->binary), "%.*s", (int)word.size, word.data);
    }
}

static void output_ready(struct reactor_source *source, unsigned events)
{
    struct output *output = (struct output *)(void *)source;
    size_t got = 0;

    (void)events;
    const enum os_status status = os_child_read(&output->server->child, output->text + output->size,
                                                sizeof(output->text) - 1 - output->size, &got);
    output->size += status == OS_OK ? got : 0;
    output->text[output->size] = '\0';
    if (status == OS_ENDED || output->size == sizeof(output->text) - 1) {
        output->ended = true;
    }
    const char *line = strstr(output->text, "ready http://");
    if (line != NULL && strchr(line, '\n') != NULL) {
        line_read(output->server, slice_of(line, (size_t)(strchr(line, '\n') - line)));
        output->ready = true;
    }
}

/* Waits until the server says that it is ready. */
static int server_wait(struct bench *bench)
{
    static struct output output;
    struct reactor *reactor;
    const uint64_t until = os_clock_monotonic_ns() + READY_TIMEOUT_S * OS_NS_PER_SECOND;

    output = (struct output){.server = &bench->server};
    output.source.fd = bench->server.child.pipe_fd;
    output.source.ready = output_ready;
    if (reactor_open(&reactor) != OS_OK ||
        reactor_add(reactor, &output.source, REACTOR_READ) != OS_OK) {
        return cli_fail_memory(bench->cli);
    }
    while (!output.ready && !output.ended && !os_interrupted() && os_clock_monotonic_ns() < until &&
           reactor_turn(reactor, OS_NS_PER_SECOND) == OS_OK) {
    }
    reactor_remove(reactor, &output.source);
    reactor_free(reactor);
    if (!output.ready) {
        return cli_fail(bench->cli, CLI_SYSTEM, "the server did not start: %s",
                        "服务器未能启动：%s", output.text);
    }
    const struct slice address = slice_from_cstr(bench->server.url + strlen("http://"));
    return os_address_parse(&bench->server.address, address) == OS_OK
               ? CLI_DONE
               : cli_fail(bench->cli, CLI_SYSTEM, "%s: no address", "%s：不是地址",
                          bench->server.url);
}

static int token_read(struct bench *bench)
{
    char path[OS_PATH_MAX + 32];
    int fd;

    (void)snprintf(path, sizeof(path), "%s/admin.token", bench->directory);
    enum os_status status = os_stream_open(&fd, path);
    if (status == OS_OK) {
        status = os_stream_read(fd, bench->server.token, sizeof(bench->server.token) - 1,
                                &bench->server.token_size);
        os_stream_close(fd);
    }
    if (status != OS_OK) {
        return cli_fail_os(bench->cli, status, path);
    }
    bench->server.token_size =
        slice_trim(slice_of(bench->server.token, bench->server.token_size)).size;
    bench->server.token[bench->server.token_size] = '\0';
    return CLI_DONE;
}

void bench_client_options(const struct bench *bench, struct hr_options *ret_options)
{
    *ret_options = (struct hr_options){.server = bench->server.binary,
                                       .token = bench->server.token,
                                       .timeout_ms = CLIENT_TIMEOUT_MS};
}

static int client_start(struct bench *bench)
{
    const char *cause = "";
    const struct http_client_options options = {
        .url = bench->server.url,
        .token = slice_of(bench->server.token, bench->server.token_size),
        .timeout_ms = CLIENT_TIMEOUT_MS};

    return http_client_open(&bench->server.client, &cause, &options) == OS_OK
               ? CLI_DONE
               : cli_fail(bench->cli, CLI_SYSTEM, "%s: %s", "%s：%s", bench->server.url, cause);
}

/* Room for what will be made: the server's default, or more where the measurement is that long. */
static uint64_t records_max(const struct bench *bench)
{
    const struct bench_options *options = &bench->options;
    const uint64_t made = options->rounds * options->commands + options->standing + (1U << 26);
    const uint64_t most = (1U << 30) - 1;

    return made < 1U << 27 ? 1U << 27 : made < most ? made : most;
}

int bench_server_start(struct bench *bench)
{
    char limits[24];
    char snapshot[24];
    char records[24];
    const uint64_t limits_max = bench->book.limits > 1U << 24 ? bench->book.limits : 1U << 24;
    const char *arguments[ARGUMENTS_MAX] = {
        "headroom",         "serve",       "--data",          bench->directory,
        "--listen",         "127.0.0.1:0", "--binary-listen", "127.0.0.1:0",
        "--limits-max",     limits,        "--records-max",   records,
        "--snapshot-every", snapshot,      "--language",      "en"};

    (void)snprintf(limits, sizeof(limits), "%llu", (unsigned long long)limits_max);
    (void)snprintf(records, sizeof(records), "%llu", (unsigned long long)records_max(bench));
    (void)snprintf(snapshot, sizeof(snapshot), "%llu",
                   (unsigned long long)bench->options.snapshot_mib);
    TRY(bench_directory_make(bench));
    const enum os_status status =
        os_program_start(&bench->server.child, (char *const *)(uintptr_t)arguments);
    if (status != OS_OK) {
        return cli_fail_os(bench->cli, status, "headroom serve");
    }
    bench->server.started = true;
    TRY(server_wait(bench));
    TRY(token_read(bench));
    return client_start(bench);
}

void bench_server_end(struct bench *bench)
{
    http_client_close(bench->server.client);
    bench->server.client = NULL;
    if (bench->server.started) {
        (void)os_child_end(&bench->server.child);
        bench->server.started = false;
    }
}

/* ---- what is not measured ---- */

/* Asks; prints why when that fails or the status is not 200. The caller releases the body. */
static int ask(struct bench *bench, struct http_client_response *response, const char *target,
               struct slice body)
{
    const char *cause = "";
    const struct http_client_request request = {
        .method = body.size > 0 ? SLICE("POST") : SLICE("GET"),
        .target = slice_from_cstr(target),
        .content_type = body.size > 0 ? SLICE("application/json") : SLICE(""),
        .body = body};
    const enum os_status status =
        http_client_exchange(bench->server.client, response, &cause, &request);

    if (status != OS_OK) {
        return cli_fail(bench->cli, CLI_SYSTEM, "%s%s: %s", "%s%s：%s", bench->server.url, target,
                        cause);
    }
    if (response->status != 200 || response->cut) {
        const int shown = response->body.size > 500 ? 500 : (int)response->body.size;

        cli_fail(bench->cli, CLI_SYSTEM, "%s%s: %u %.*s", "%s%s：%u %.*s", bench->server.url,
                 target, response->status, shown, response->body.data);
        buffer_release(&response->body);
        return CLI_SYSTEM;
    }
    return CLI_DONE;
}

static void name_append(struct buffer *body, const char *before, struct bench_name name)
{
    char text[BENCH_NAME_SIZE];

    bench_name_write(text, name);
    buffer_append_cstr(body, before);
    buffer_append(body, slice_of(text, sizeof(text)));
}

/* How often `word` stands in `text`. */
static size_t occurrences(struct slice text, struct slice word)
{
    size_t count = 0;
    const char *at = text.data;
    const char *const end = text.data + text.size;

    while ((at = memmem(at, (size_t)(end - at), word.data, word.size)) != NULL) {
        at += word.size;
        count++;
    }
    return count;
}

static int book_fail(struct bench *bench, struct hr_client *client, enum hr_status status)
{
    char text[256];

    hr_error_text(client, text, sizeof(text));
    return cli_fail(bench->cli, CLI_SYSTEM, "the book cannot be opened: %s %s",
                    "无法开立额度：%s %s", hr_status_text(status), text);
}

static void limit_add(struct hr_batch *batch, const struct bench_limit *limit)
{
    char names[4][BENCH_NAME_SIZE + 1] = {{0}};
    const char *parents[3] = {names[1], names[2], names[3]};

    bench_name_write(names[0], limit->name);
    struct hr_command *command = hr_batch_add(batch, HR_LIMIT_OPEN, names[0]);
    check(command != NULL);
    hr_set_currency(command, "CNY");
    hr_set_minor(command, HR_AMOUNT, AMOUNT_MAX);
    for (unsigned i = 0; i < limit->parents_count; i++) {
        bench_name_write(names[i + 1], limit->parents[i]);
    }
    if (limit->parents_count > 0) {
        check(hr_add_ids(batch, HR_PARENTS, parents, limit->parents_count) == HR_OK);
    }
}

static int book_send(struct bench *bench, struct hr_client *client, struct hr_batch *batch)
{
    const size_t count = hr_batch_count(batch);
    size_t done = 0;
    const enum hr_status status = hr_call(client, batch);

    if (status != HR_OK) {
        return book_fail(bench, client, status);
    }
    const struct hr_result *results = hr_batch_results(batch);
    for (size_t i = 0; i < count; i++) {
        done += results[i].code == HR_CODE_OK;
    }
    hr_batch_clear(batch);
    return done == count ? CLI_DONE
                         : cli_fail(bench->cli, CLI_SYSTEM, "only %zu of %zu limits were opened",
                                    "仅开立 %zu / %zu 个额度", done, count);
}

int bench_server_book(struct bench *bench)
{
    struct hr_client *client = NULL;
    struct hr_options options;
    int status = CLI_DONE;

    bench_client_options(bench, &options);
    const enum hr_status opened = hr_open(&client, &options);
    struct hr_batch *batch = hr_batch_new(BOOK_BATCH, 2 * BOOK_BATCH);
    if (opened != HR_OK || batch == NULL) {
        status = batch == NULL ? cli_fail_memory(bench->cli) : book_fail(bench, client, opened);
    }
    for (uint64_t n = 0; n < bench->book.limits && status == CLI_DONE; n++) {
        struct bench_limit limit;

        bench_book_limit(&bench->book, &limit, n);
        limit_add(batch, &limit);
        if (hr_batch_count(batch) == BOOK_BATCH || n + 1 == bench->book.limits) {
            status = os_interrupted() ? CLI_SYSTEM : book_send(bench, client, batch);
        }
    }
    hr_close(client);
    hr_batch_free(batch);
    return status;
}

/* The number behind `name` at the beginning of a line of the metrics; 0 when there is none. */
static uint64_t metric(struct slice text, struct slice name)
{
    struct slice line;
    uint64_t value = 0;

    while (slice_split(&text, '\n', &line)) {
        if (slice_starts_with(line, name) &&
            slice_to_u64(slice_of(line.data + name.size, line.size - name.size), UINT64_MAX,
                         &value)) {
            return value;
        }
    }
    return 0;
}

int bench_server_finish(struct bench *bench, bool *ret_first_exists)
{
    struct http_client_response response = {0};
    struct buffer body = {0};
    struct os_process_usage usage;
    const struct bench_item *first = &bench->source.first;

    if (os_process_usage(&usage, bench->server.child.pid) == OS_OK) {
        bench->resident_bytes = usage.resident_bytes;
    }
    TRY(ask(bench, &response, "/metrics", SLICE("")));
    bench->snapshots = metric(buffer_slice(&response.body), SLICE("headroom_snapshots_total "));
    buffer_release(&response.body);
    name_append(&body,
                first->op == LEDGER_OP_RESERVE ? "[{\"op\":\"reserve\",\"id\":\""
                                               : "[{\"op\":\"draw\",\"id\":\"",
                first->id);
    name_append(&body, "\",\"limit\":\"", first->target);
    buffer_append_cstr(&body, "\",\"amount\":\"1.00\"}]");
    response = (struct http_client_response){0};
    const int status = buffer_failed(&body)
                           ? cli_fail_memory(bench->cli)
                           : ask(bench, &response, "/v1/commands", buffer_slice(&body));
    buffer_release(&body);
    if (status == CLI_DONE) {
        *ret_first_exists =
            occurrences(buffer_slice(&response.body), SLICE("\"result\":\"exists\"")) == 1;
        buffer_release(&response.body);
    }
    return status;
}
