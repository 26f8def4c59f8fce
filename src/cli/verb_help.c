/* headroom help, headroom version. */
#include "cli/cli.h"

static int run_help(struct cli *cli, const struct cli_arguments *arguments)
{
    size_t count;
    const struct cli_verb *const *verbs = cli_verbs(&count);
    struct buffer name = {0};
    bool found = arguments->count == 0;

    if (arguments->count == 0) {
        cli_help_group(cli, NULL);
        return CLI_DONE;
    }
    for (size_t i = 0; i < arguments->count; i++) {
        buffer_printf(&name, "%s%s", i == 0 ? "" : " ", arguments->values[i]);
    }
    for (size_t i = 0; i < count && !found; i++) {
        const struct slice full = slice_from_cstr(verbs[i]->name);
        if (slice_equal(full, buffer_slice(&name))) {
            cli_help_verb(cli, verbs[i]);
            found = true;
        } else if (slice_starts_with(full, buffer_slice(&name)) && full.data[name.size] == ' ') {
            cli_help_group(cli, arguments->values[0]);
            found = true;
        }
    }
    const int status =
        found ? CLI_DONE
              : cli_fail(cli, CLI_USAGE, "no verb is called '%.*s'; headroom help lists them",
                         "没有名为“%.*s”的命令；headroom help 列出全部命令", (int)name.size,
                         name.data);
    buffer_release(&name);
    return status;
}

static int run_version(struct cli *cli, const struct cli_arguments *arguments)
{
    (void)arguments;
    buffer_append_cstr(&cli->out, "headroom " HEADROOM_VERSION "\n");
    return CLI_DONE;
}

const struct cli_verb cli_verb_help = {
    .name = "help",
    .arguments = "[VERB]",
    .count_max = 2,
    .summary_english = "explain a verb, or list them",
    .summary_chinese = "说明一个命令，或列出全部命令",
    .run = run_help,
};

const struct cli_verb cli_verb_version = {
    .name = "version",
    .arguments = "",
    .summary_english = "print the version",
    .summary_chinese = "显示版本",
    .run = run_version,
};
