/* --help: of a verb, of a group of verbs, of the program. */
#include "cli/cli.h"
#include "cli/cli_text.h"

enum { INDENT_NAMES = 2, INDENT_HELP = 26 };

static size_t help_width(const struct cli *cli)
{
    return cli->width < 100 ? cli->width : 100;
}

/* "  NAME   HELP", the help wrapped at its own indent. */
static void help_row(struct cli *cli, struct slice name, const char *help)
{
    struct buffer *out = &cli->out;

    buffer_append(out, SLICE("  "));
    if (text_width(name) + INDENT_NAMES + 2 > INDENT_HELP) {
        buffer_append(out, name);
        buffer_append_byte(out, '\n');
        text_wrap(out, slice_from_cstr(help), INDENT_HELP, help_width(cli));
        return;
    }
    const size_t begin = out->size;
    text_pad(out, name, INDENT_HELP - INDENT_NAMES, false);
    struct buffer wrapped = {0};
    text_wrap(&wrapped, slice_from_cstr(help), INDENT_HELP, help_width(cli));
    if (wrapped.size > INDENT_HELP && out->size > begin) {
        buffer_append(out, slice_of(wrapped.data + INDENT_HELP, wrapped.size - INDENT_HELP));
    } else {
        buffer_append_byte(out, '\n');
    }
    buffer_release(&wrapped);
}

static void option_row(struct cli *cli, const struct cli_option *option)
{
    struct buffer name = {0};

    buffer_append_cstr(&name, "--");
    buffer_append_cstr(&name, option->name);
    if (option->value != NULL) {
        buffer_append_byte(&name, ' ');
        buffer_append_cstr(&name, option->value);
    }
    help_row(cli, buffer_slice(&name), cli_text(cli, option->help_english, option->help_chinese));
    buffer_release(&name);
}

void cli_help_verb(struct cli *cli, const struct cli_verb *verb)
{
    static const struct cli_option everywhere[] = {
        {"language", "en|zh", "language of texts; from LC_ALL, LC_MESSAGES or LANG otherwise",
         "文字的语言；缺省取自 LC_ALL、LC_MESSAGES 或 LANG"},
        {"help", NULL, "this text", "显示本说明"},
    };
    const char *details = cli_text(cli, verb->details_english, verb->details_chinese);

    buffer_printf(&cli->out, "%s headroom %s%s%s [%s]\n\n", cli_text(cli, "usage:", "用法："),
                  verb->name, verb->arguments[0] == '\0' ? "" : " ", verb->arguments,
                  cli_text(cli, "OPTIONS", "选项"));
    text_wrap(&cli->out,
              slice_from_cstr(cli_text(cli, verb->summary_english, verb->summary_chinese)), 0,
              help_width(cli));
    if (details != NULL) {
        buffer_append_byte(&cli->out, '\n');
        text_wrap(&cli->out, slice_from_cstr(details), 0, help_width(cli));
    }
    buffer_printf(&cli->out, "\n%s\n", cli_text(cli, "options:", "选项："));
    for (size_t i = 0; verb->options != NULL && verb->options[i].name != NULL; i++) {
        option_row(cli, &verb->options[i]);
    }
    for (size_t i = 0; i < sizeof(everywhere) / sizeof(everywhere[0]); i++) {
        option_row(cli, &everywhere[i]);
    }
}

void cli_help_group(struct cli *cli, const char *group)
{
    const struct slice prefix = slice_from_cstr(group);
    size_t count;
    const struct cli_verb *const *verbs = cli_verbs(&count);

    buffer_printf(&cli->out, "%s headroom %s%s%s\n\n", cli_text(cli, "usage:", "用法："),
                  group == NULL ? "" : group, group == NULL ? "" : " ",
                  cli_text(cli, "VERB [OPTIONS]", "命令 [选项]"));
    if (group == NULL) {
        buffer_append_cstr(&cli->out,
                           cli_text(cli, "Credit lines and their limits, decided in real time.\n\n",
                                    "统一授信与额度的实时管控。\n\n"));
    }
    for (size_t i = 0; i < count; i++) {
        const struct slice name = slice_from_cstr(verbs[i]->name);
        if (group == NULL || (slice_starts_with(name, prefix) && name.size > prefix.size &&
                              name.data[prefix.size] == ' ')) {
            help_row(cli, name,
                     cli_text(cli, verbs[i]->summary_english, verbs[i]->summary_chinese));
        }
    }
    buffer_append_cstr(
        &cli->out,
        cli_text(cli,
                 "\nheadroom VERB --help says more. Exit status: 0 success, 1 refused or"
                 " a check failed,\n2 usage, 3 the system failed.\n",
                 "\nheadroom 命令 --help 给出详细说明。退出状态：0 成功，1 被拒绝或检查未通过，\n"
                 "2 用法有误，3 系统故障。\n"));
}
