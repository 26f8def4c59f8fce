#include "cli/serve_seal.h"

#include "auth/auth_file.h"
#include "auth/second_factor.h"
#include "cli/cli_data.h"
#include "os/clock.h"
#include "os/stream.h"

#define TEMPORARY SEAL_FILE ".new"

static const char head[] =
    "# Keys of the secrets in the database: the first seals, the others open what is older.\n"
    "# Without this file second factors are lost: it belongs to the backup.\n";

static int store_failed(struct cli *cli, struct store *store)
{
    return cli_fail(cli, CLI_SYSTEM, "second factors: %s", "第二因素：%s",
                    store_error(store)->message);
}

/* ---- the file ---- */

static int file_make(struct cli *cli, const char *directory)
{
    char content[sizeof(head) + SEAL_LINE_SIZE + 1];
    struct directory *place;
    struct auth_error error;

    memcpy(content, head, sizeof(head) - 1);
    seal_line_make(content + sizeof(head) - 1);
    content[sizeof(head) - 1 + SEAL_LINE_SIZE] = '\n';
    const struct file_result opened = directory_open(files_real(), directory, &place);
    if (opened.status != OS_OK) {
        return cli_fail_os(cli, opened.status, directory);
    }
    const enum auth_status status = auth_file_replace(
        place, SEAL_FILE, TEMPORARY, slice_of(content, sizeof(head) + SEAL_LINE_SIZE), &error);
    directory_close(place);
    explicit_bzero(content, sizeof(content));
    return status == AUTH_OK ? CLI_DONE : cli_auth_fail(cli, directory, status, &error);
}

/* One that is missing may be made as long as nothing needs the one that was there. */
static int missing(struct cli *cli, struct store *store, const struct serve_seal *serve)
{
    uint64_t sealed = 0;

    if (serve->option != NULL) {
        return cli_fail(cli, CLI_SYSTEM,
                        "--seal-key %s: there is no such file. Put it back from the backup; for a "
                        "new bank make one: (umask 077; openssl rand -hex 32 > FILE)",
                        "--seal-key %s：文件不存在。请从备份恢复；新建系统可执行 (umask 077; "
                        "openssl rand -hex 32 > FILE)",
                        serve->option);
    }
    if (second_factors_count(store, &sealed) != PEOPLE_OK) {
        return store_failed(cli, store);
    }
    if (sealed > 0 && !serve->accept_lost) {
        return cli_fail(
            cli, CLI_SYSTEM,
            "%s/" SEAL_FILE " is missing, and %llu second factors are sealed with it: put it back "
            "from the backup. If it is lost, start once with --accept-lost-keys, and have an "
            "administrator take these second factors",
            "%s/" SEAL_FILE " 缺失，而有 %llu 个第二因素由其封存：请从备份恢复。如确已遗失，"
            "以 --accept-lost-keys 启动一次，并由管理员重置这些用户的第二因素",
            serve->directory, (unsigned long long)sealed);
    }
    return file_make(cli, serve->directory);
}

static enum os_status content_read(int fd, char *text, size_t *ret_size)
{
    enum os_status status = OS_OK;
    size_t size = 0;
    size_t got = 0;

    while (status == OS_OK && size < SEAL_RING_MAX) {
        status = os_stream_read(fd, text + size, SEAL_RING_MAX - size, &got);
        size += status == OS_OK ? got : 0;
    }
    *ret_size = size;
    return status;
}

static int ring_read(struct seal_ring *ret_ring, struct cli *cli, const char *path, int fd)
{
    char text[SEAL_RING_MAX];
    size_t size = 0;
    size_t line = 0;

    if (!os_stream_private(fd)) {
        return cli_fail(cli, CLI_SYSTEM,
                        "%s: it must be a file of this user or root that nobody else may read or "
                        "write: chmod 600",
                        "%s：须为本用户或 root 所有且他人不可读写的文件：chmod 600", path);
    }
    const enum os_status status = content_read(fd, text, &size);
    if (status != OS_ENDED && status != OS_OK) {
        return cli_fail_os(cli, status, path);
    }
    const bool read = status == OS_ENDED && seal_ring_read(ret_ring, slice_of(text, size), &line);
    explicit_bzero(text, sizeof(text));
    return read ? CLI_DONE
                : cli_fail(cli, CLI_SYSTEM,
                           "%s, line %zu: it holds 1 to 16 different keys, 64 hexadecimal digits a "
                           "line",
                           "%s 第 %zu 行：须为 1 至 16 个互不相同的密钥，每行 64 位十六进制数字",
                           path, line);
}

static int ring_load(struct seal_ring *ret_ring, struct cli *cli, struct store *store,
                     const struct serve_seal *serve)
{
    struct buffer path = {0};
    int fd = -1;

    buffer_printf(&path, "%s", serve->option != NULL ? serve->option : serve->directory);
    buffer_append_cstr(&path, serve->option != NULL ? "" : "/" SEAL_FILE);
    buffer_append_byte(&path, '\0');
    if (buffer_failed(&path)) {
        return cli_fail_memory(cli);
    }
    enum os_status opened = os_stream_open(&fd, path.data);
    int status = opened == OS_MISSING ? missing(cli, store, serve) : CLI_DONE;
    if (opened == OS_MISSING && status == CLI_DONE) {
        opened = os_stream_open(&fd, path.data);
    }
    if (status == CLI_DONE && opened != OS_OK) {
        status = cli_fail_os(cli, opened, path.data);
    } else if (status == CLI_DONE) {
        status = ring_read(ret_ring, cli, path.data, fd);
        os_stream_close(fd);
    }
    buffer_release(&path);
    return status;
}

/* ---- what is sealed ---- */

static int lost_fail(struct cli *cli, const struct second_factor_report *report)
{
    char id[2 * SEAL_ID_SIZE];

    hex_write(id, report->lost_id, SEAL_ID_SIZE);
    return cli_fail(
        cli, CLI_SYSTEM,
        "%llu second factors cannot be opened: the key %.*s is not among those of the "
        "key file, or what it sealed was changed. Add that key from the backup; if it "
        "is lost, start once with --accept-lost-keys, and have an administrator take "
        "these second factors",
        "%llu 个第二因素无法解封：密钥文件中没有密钥 %.*s，或密文已被改动。请从备份补入"
        "该密钥；如确已遗失，以 --accept-lost-keys 启动一次，并由管理员重置这些用户的第二因素",
        (unsigned long long)report->lost, (int)sizeof(id), id);
}

int serve_seal_start(struct seal_ring *ret_ring, struct cli *cli, struct store *store,
                     const struct serve_seal *serve)
{
    const struct people_actor actor = {.id = SLICE("system"), .now = os_clock_realtime_us()};
    struct second_factor_report report = {0};

    const int loaded = ring_load(ret_ring, cli, store, serve);
    if (loaded != CLI_DONE) {
        return loaded;
    }
    const enum people_status status =
        second_factors_seal(store, ret_ring, &actor, serve->accept_lost, &report);
    if (status == PEOPLE_OK) {
        return CLI_DONE;
    }
    seal_ring_release(ret_ring);
    return status == PEOPLE_FACTOR_LOST ? lost_fail(cli, &report) : store_failed(cli, store);
}
