#include "cli/serve_people.h"

#include "auth/role.h"
#include "os/stream.h"

/* Of Debian's package cracklib-runtime: known passwords, and words of English. */
#define SYSTEM_WORDS "/usr/share/dict/cracklib-small"

enum { WORDS_MAX = 256 << 20, CHUNK = 1 << 20 };

/* The roles that a list names, a bit each; false: `reterr_name` is none. */
static bool roles_read(struct slice list, unsigned *ret_roles, struct slice *reterr_name)
{
    enum { ALL = (1U << ROLE_COUNT) - 1 };
    struct slice rest = list;
    struct slice name;
    unsigned roles = 0;

    while (slice_split(&rest, ',', &name)) {
        enum role role;
        name = slice_trim(name);
        if (slice_equal(name, SLICE("all"))) {
            roles |= ALL;
        } else if (role_from_name(name, &role)) {
            roles |= 1U << role;
        } else {
            *reterr_name = name;
            return false;
        }
    }
    *ret_roles = roles;
    return true;
}

/* All of a file of words. */
static int words_read(struct cli *cli, const char *path, int fd, struct buffer *ret_text)
{
    enum os_status status = OS_OK;
    size_t got = 0;

    while (status == OS_OK && ret_text->size <= WORDS_MAX) {
        char *room = buffer_reserve(ret_text, CHUNK);
        if (room == NULL) {
            return cli_fail_memory(cli);
        }
        status = os_stream_read(fd, room, CHUNK, &got);
        ret_text->size += status == OS_OK ? got : 0;
    }
    if (status == OS_OK) {
        return cli_fail(cli, CLI_USAGE, "%s: a list of passwords larger than 256 MiB",
                        "%s：密码表超过 256 MiB", path);
    }
    return status == OS_ENDED ? CLI_DONE : cli_fail_os(cli, status, path);
}

static int words_add(struct password_list *list, struct cli *cli, const char *path, int fd)
{
    struct buffer text = {0};

    int status = words_read(cli, path, fd, &text);
    if (status == CLI_DONE && !password_list_add(list, buffer_slice(&text))) {
        status = cli_fail_memory(cli);
    }
    buffer_release(&text);
    return status;
}

/* The list of the system, where it is, and that of the deployment. */
static int refused_load(struct password_list *list, struct cli *cli, const char *own)
{
    int status = CLI_DONE;
    int fd;

    const enum os_status found = os_stream_open(&fd, SYSTEM_WORDS);
    if (found == OS_OK) {
        status = words_add(list, cli, SYSTEM_WORDS, fd);
        os_stream_close(fd);
    } else if (found != OS_MISSING) {
        return cli_fail_os(cli, found, SYSTEM_WORDS);
    } else if (own == NULL) {
        (void)cli_fail(
            cli, CLI_DONE,
            "no list of known passwords: " SYSTEM_WORDS
            " (package cracklib-runtime) is missing, and --passwords-refused names "
            "none; known passwords are taken",
            "没有已知密码表：缺少 " SYSTEM_WORDS
            "（软件包 cracklib-runtime），也未给出 --passwords-refused；已知密码将不被拒绝");
    }
    if (status == CLI_DONE && own != NULL) {
        const enum os_status opened = os_stream_open(&fd, own);
        if (opened != OS_OK) {
            return cli_fail_os(cli, opened, own);
        }
        status = words_add(list, cli, own, fd);
        os_stream_close(fd);
    }
    if (status == CLI_DONE && !password_list_seal(list)) {
        status = cli_fail_memory(cli);
    }
    return status;
}

int serve_people_read(struct serve_people *people, struct cli *cli,
                      const struct cli_arguments *arguments)
{
    const char *roles = cli_option_value(arguments, "second-factor");
    struct slice wrong;

    if (roles != NULL && !roles_read(slice_from_cstr(roles), &people->factor_roles, &wrong)) {
        return cli_fail(cli, CLI_USAGE,
                        "--second-factor: \"%.*s\" is no role; name some of those that posts give, "
                        "with commas between, or all",
                        "--second-factor：没有角色“%.*s”；请列出任职角色，以逗号分隔，或用 all",
                        (int)wrong.size, wrong.data);
    }
    return refused_load(&people->refused, cli, cli_option_value(arguments, "passwords-refused"));
}

void serve_people_release(struct serve_people *people)
{
    password_list_release(&people->refused);
}
