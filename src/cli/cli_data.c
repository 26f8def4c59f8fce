#include "cli/cli_data.h"

bool cli_option_base(struct cli *cli, const struct cli_arguments *arguments,
                     enum currency *ret_base)
{
    const char *text = cli_option_value(arguments, "base");

    *ret_base = text == NULL ? CURRENCY_NONE : currency_from_code(slice_from_cstr(text));
    if (text != NULL && *ret_base == CURRENCY_NONE) {
        cli_fail(cli, CLI_USAGE, "--base: '%s' is no ISO 4217 currency such as CNY",
                 "--base：“%s”不是 ISO 4217 货币代码（如 CNY）", text);
        return false;
    }
    return true;
}

int cli_engine_fail(struct cli *cli, const char *directory, enum engine_status status,
                    const struct journal_error *error)
{
    struct buffer line = {0};
    const struct slice text =
        cli->chinese ? engine_status_chinese(status) : engine_status_english(status);

    if (error != NULL && error->status != JOURNAL_OK) {
        journal_error_write(error, cli->chinese, &line);
    } else {
        buffer_append(&line, text);
    }
    const int exit_status = cli_fail(cli, CLI_SYSTEM, "%s: %.*s", "%s：%.*s", directory,
                                     (int)line.size, line.size == 0 ? "" : line.data);
    buffer_release(&line);
    return exit_status;
}

static void note(const struct cli *cli, const char *text)
{
    (void)fprintf(stderr, "headroom %s: %s\n", cli->verb, text);
}

/* Says what a person should know of a recovery; silent after a clean stop. */
static void recovery_print(const struct cli *cli, const struct engine_recovery *recovery)
{
    const struct journal_recovery *journal = &recovery->journal;
    char text[256];

    if (journal->torn_size > 0) {
        (void)snprintf(text, sizeof(text),
                       cli->chinese ? "%s 偏移 %llu：丢弃 %llu 字节未完成且未应答的记录"
                                    : "%s at %llu: dropped %llu bytes of a record that was never "
                                      "complete nor answered",
                       journal->torn_file, (unsigned long long)journal->torn_offset,
                       (unsigned long long)journal->torn_size);
        note(cli, text);
    }
    if (journal->kept) {
        note(cli, cli_text(cli, "kept a complete record whose answer may not have been sent",
                           "保留了一条完整但可能尚未应答的记录"));
    }
    if (recovery->snapshots_refused > 0) {
        (void)snprintf(text, sizeof(text),
                       cli->chinese ? "跳过 %llu 个损坏的快照，改用日志恢复"
                                    : "passed over %llu damaged snapshots; the journal was used",
                       (unsigned long long)recovery->snapshots_refused);
        note(cli, text);
    }
}

int cli_engine_open(struct cli *cli, struct engine **ret_engine,
                    const struct engine_options *options)
{
    struct engine_recovery recovery;
    struct journal_error error = {.status = JOURNAL_OK};
    const enum engine_status status = engine_open(options, ret_engine, &recovery, &error);

    if (status != ENGINE_OK) {
        return cli_engine_fail(cli, options->directory, status, &error);
    }
    recovery_print(cli, &recovery);
    return CLI_DONE;
}

int cli_auth_fail(struct cli *cli, const char *directory, enum auth_status status,
                  const struct auth_error *error)
{
    const struct slice text = auth_status_text(status, cli->chinese);
    char line[32] = "";

    if (error->line > 0) {
        (void)snprintf(line, sizeof(line), ":%llu", (unsigned long long)error->line);
    }
    return cli_fail(cli, CLI_SYSTEM, "%s/%s%s: %.*s: %s", "%s/%s%s：%.*s：%s", directory,
                    error->file, line, (int)text.size, text.data, error->cause);
}
