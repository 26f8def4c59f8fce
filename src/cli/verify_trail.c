#include "cli/verify_trail.h"

#include "cli/serve_store.h"
#include "os/stream.h"

enum { HEADS_FILE_MAX = 64 << 20 };

/* ---- deposited heads ---- */

static int line_take(struct cli *cli, struct verify_trail *verify, struct slice line, size_t number)
{
    struct trail_head head;

    if (slice_trim(line).size == 0) {
        return CLI_DONE;
    }
    if (!trail_head_parse(line, &head)) {
        return cli_fail(cli, CLI_USAGE, "%s:%zu: no number and hash of an audit head",
                        "%s:%zu：不是审计链头的编号与散列值", verify->heads_file, number);
    }
    buffer_append(&verify->heads, slice_of((const char *)&head, sizeof(head)));
    return CLI_DONE;
}

static int file_read_all(struct cli *cli, const char *path, struct buffer *content)
{
    int fd;
    enum os_status status = os_stream_open(&fd, path);

    while (status == OS_OK && content->size < HEADS_FILE_MAX) {
        size_t got = 0;
        char *room = buffer_reserve(content, 1 << 16);
        if (room == NULL) {
            os_stream_close(fd);
            return cli_fail_memory(cli);
        }
        status = os_stream_read(fd, room, 1 << 16, &got);
        content->size += status == OS_OK ? got : 0;
    }
    if (status == OS_ENDED) {
        os_stream_close(fd);
        return CLI_DONE;
    }
    if (status == OS_OK) {
        os_stream_close(fd);
        return cli_fail(cli, CLI_USAGE, "%s: too large for a list of heads",
                        "%s：文件过大，不是审计链头列表", path);
    }
    const struct slice text = os_status_text(status);
    return cli_fail(cli, CLI_SYSTEM, "%s: %.*s", "%s：%.*s", path, (int)text.size, text.data);
}

int verify_heads_read(struct cli *cli, struct verify_trail *verify)
{
    struct buffer content = {0};
    struct slice rest;
    struct slice line;

    if (verify->heads_file == NULL) {
        return CLI_DONE;
    }
    int status = file_read_all(cli, verify->heads_file, &content);
    rest = slice_of(content.data == NULL ? "" : content.data, content.size);
    for (size_t number = 1; status == CLI_DONE && slice_split(&rest, '\n', &line); number++) {
        status = line_take(cli, verify, line, number);
    }
    buffer_release(&content);
    return status;
}

/* ---- the database ---- */

static int trail_judge(struct cli *cli, const struct verify_trail *verify, struct store *store,
                       const char *location)
{
    struct trail_head *heads = (struct trail_head *)(void *)verify->heads.data;
    const size_t count = verify->heads.size / sizeof(*heads);
    struct trail_walk walk;
    char hash[2 * SHA256_SIZE];

    enum store_status status = store_prove(store);
    trail_heads_sort(heads, count);
    if (status == STORE_OK) {
        status = trail_verify(store, &walk, heads, count);
    }
    if (status != STORE_OK) {
        (void)cli_store_fail(cli, location, status, store_error(store));
        return status == STORE_DAMAGED ? CLI_REFUSED : CLI_SYSTEM;
    }
    if (walk.failed) {
        return cli_fail(cli, CLI_REFUSED, "the audit trail in the database: %s",
                        "数据库中的审计轨迹：%s", walk.wrong);
    }
    if (serve_store_ledger(cli, store, location, verify->stood) != CLI_DONE) {
        return CLI_REFUSED;
    }
    hex_write(hash, walk.head.hash, SHA256_SIZE);
    buffer_printf(&cli->out, "%s%u %s\n%s%lld\n%s%zu\n%s%lld %.*s\n",
                  cli_text(cli, "schema         ", "数据库结构    "), store_schema(store),
                  store_dialect(store), cli_text(cli, "trail entries  ", "审计轨迹条目  "),
                  (long long)walk.head.number, cli_text(cli, "heads found    ", "已核对链头    "),
                  count, cli_text(cli, "trail head     ", "审计轨迹链头  "),
                  (long long)walk.head.number, (int)sizeof(hash), hash);
    return CLI_DONE;
}

int verify_trail_run(struct cli *cli, struct verify_trail *verify)
{
    struct buffer location = {0};
    struct store_error error;
    struct store *store = NULL;
    int exit_status;

    if (!serve_store_location(&location, verify->directory, verify->store)) {
        buffer_release(&location);
        return cli_fail_memory(cli);
    }
    const struct store_options options = {.location = location.data, .read_only = true};
    const enum store_status status = store_open(&store, &options, &error);
    if (status == STORE_OK) {
        exit_status = trail_judge(cli, verify, store, location.data);
    } else if (status == STORE_UNAVAILABLE && verify->store == NULL && verify->heads.size == 0) {
        exit_status = CLI_DONE; /* a directory that was never served */
    } else {
        (void)cli_store_fail(cli, location.data, status, &error);
        exit_status =
            status == STORE_DAMAGED || status == STORE_UNAVAILABLE ? CLI_REFUSED : CLI_SYSTEM;
    }
    store_close(store);
    buffer_release(&location);
    return exit_status;
}
