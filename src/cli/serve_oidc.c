#include "cli/serve_oidc.h"

#include "os/stream.h"

enum { FILE_MAX = 16 << 10, ARENA_MAX = 1 << 20 };

static int config_load(struct cli *cli, const char *path, struct arena *arena,
                       struct slice *ret_text)
{
    int fd;
    size_t got = 0;
    size_t size = 0;
    char *text = arena_take(arena, FILE_MAX);

    if (text == NULL) {
        return cli_fail_memory(cli);
    }
    enum os_status status = os_stream_open(&fd, path);
    if (status != OS_OK) {
        return cli_fail_os(cli, status, path);
    }
    while (status == OS_OK && size < FILE_MAX) {
        status = os_stream_read(fd, text + size, FILE_MAX - size, &got);
        size += status == OS_OK ? got : 0;
    }
    os_stream_close(fd);
    if (status == OS_OK) {
        return cli_fail(cli, CLI_USAGE, "--oidc %s: it is larger than 16 KiB",
                        "--oidc %s：超过 16 KiB", path);
    }
    *ret_text = slice_of(text, size);
    return status == OS_ENDED ? CLI_DONE : cli_fail_os(cli, status, path);
}

int serve_oidc_start(struct serve_oidc *serve, struct cli *cli, const char *path, struct api *api)
{
    struct slice text = {0};
    const char *cause;

    if (path == NULL) {
        return CLI_DONE;
    }
    arena_init(&serve->arena, ARENA_MAX);
    const int status = config_load(cli, path, &serve->arena, &text);
    if (status != CLI_DONE) {
        return status;
    }
    if (!oidc_config_read(&serve->config, &cause, &serve->arena, text)) {
        return cli_fail(cli, CLI_USAGE, "--oidc %s: %s", "--oidc %s：%s", path, cause);
    }
    return api_oidc_open(api, &serve->config) == OS_OK ? CLI_DONE : cli_fail_memory(cli);
}

void serve_oidc_stop(struct serve_oidc *serve, struct api *api)
{
    api_oidc_close(api);
    arena_release(&serve->arena);
}
