/* headroom pack: configuration packs checked and compared. */
#include "cli/cli.h"
#include "pack/pack_diff.h"

/* Reads and judges the pack in a folder; NULL after a message. `check` also runs its tests. */
static struct pack *read_pack(struct cli *cli, const char *path, bool check, int *reterr_status)
{
    struct buffer error = {0};
    struct pack_files *files = pack_files_from_folder(path, &error);
    struct pack *pack = NULL;
    if (files == NULL) {
        *reterr_status = cli_fail(cli, CLI_REFUSED, "%.*s", "%.*s", (int)error.size,
                                  error.data == NULL ? "" : error.data);
    } else {
        pack = check ? pack_check(files) : pack_load(files);
        *reterr_status = pack == NULL ? cli_fail_memory(cli) : CLI_DONE;
    }
    buffer_release(&error);
    return pack;
}

static void write_findings(struct cli *cli, const struct pack *pack, bool errors_only)
{
    for (const struct pack_finding *at = pack->first; at != NULL; at = at->next) {
        if (at->is_error || !errors_only) {
            pack_finding_write(&cli->out, at);
        }
    }
}

/* ---- check ---- */

static void write_summary(struct cli *cli, const struct pack *pack)
{
    char hash[2 * SHA256_SIZE];
    hex_write(hash, pack->files->hash, SHA256_SIZE);
    write_findings(cli, pack, false);
    buffer_append(&cli->out, pack->id);
    buffer_append_byte(&cli->out, ' ');
    buffer_append(&cli->out, pack->version);
    buffer_printf(&cli->out, " %.*s\n%u errors, %u warnings, %u cases passed\n", (int)sizeof hash,
                  hash, pack->error_count, pack->warning_count, pack->cases_passed);
}

static int check_run(struct cli *cli, const struct cli_arguments *arguments)
{
    int status = CLI_DONE;
    struct pack *pack = read_pack(cli, arguments->values[0], true, &status);
    if (pack == NULL) {
        return status;
    }
    if (cli_option_value(arguments, "json") != NULL) {
        pack_report_write(&cli->out, pack);
        buffer_append_byte(&cli->out, '\n');
    } else {
        write_summary(cli, pack);
    }
    status = pack->error_count == 0 ? CLI_DONE : CLI_REFUSED;
    pack_free(pack);
    return cli_flush(cli) ? status : CLI_SYSTEM;
}

static const struct cli_option check_options[] = {
    {"json", NULL, "print one JSON object", "输出一个 JSON 对象"},
    {0},
};

const struct cli_verb cli_verb_pack_check = {
    .name = "pack check",
    .arguments = "DIR",
    .count_min = 1,
    .count_max = 1,
    .summary_english = "check a configuration pack: models, tables, references, its own tests",
    .summary_chinese = "检查配置包：模型、表、引用及其自带测试",
    .details_english = "Each line names file, line and element. Exit status 1 when there is an "
                       "error; a pack with\nwarnings can be activated.",
    .details_chinese = "每行给出文件、行号与元素。有 error 时退出状态为 1；仅有 warning "
                       "的配置包可以启用。",
    .options = check_options,
    .run = check_run,
};

/* ---- diff ---- */

static int write_difference(struct cli *cli, const struct pack *before, const struct pack *after,
                            bool json)
{
    struct arena arena;
    struct pack_difference difference;
    arena_init(&arena, PACK_MEMORY_MAX);
    pack_diff(&difference, &arena, before, after);
    if (json) {
        pack_difference_write_json(&cli->out, &difference);
        buffer_append_byte(&cli->out, '\n');
    } else {
        pack_difference_write(&cli->out, &difference);
        buffer_printf(&cli->out, "%u changes\n", difference.count);
    }
    const bool failed = difference.failed;
    arena_release(&arena);
    if (failed) {
        return cli_fail_memory(cli);
    }
    return cli_flush(cli) ? CLI_DONE : CLI_SYSTEM;
}

static int diff_run(struct cli *cli, const struct cli_arguments *arguments)
{
    int status = CLI_DONE;
    struct pack *packs[2] = {NULL, NULL};
    uint32_t errors = 0;
    for (size_t i = 0; i < 2 && status == CLI_DONE; i++) {
        packs[i] = read_pack(cli, arguments->values[i], false, &status);
        if (packs[i] != NULL) {
            write_findings(cli, packs[i], true);
            errors += packs[i]->error_count;
        }
    }
    if (status == CLI_DONE && errors > 0) {
        status = cli_flush(cli) ? CLI_REFUSED : CLI_SYSTEM;
    } else if (status == CLI_DONE) {
        status =
            write_difference(cli, packs[0], packs[1], cli_option_value(arguments, "json") != NULL);
    }
    pack_free(packs[0]);
    pack_free(packs[1]);
    return status;
}

static const struct cli_option diff_options[] = {
    {"json", NULL, "print a list of JSON objects", "输出 JSON 对象列表"},
    {0},
};

const struct cli_verb cli_verb_pack_diff = {
    .name = "pack diff",
    .arguments = "DIR DIR",
    .count_min = 2,
    .count_max = 2,
    .summary_english = "what leads from one configuration pack to another",
    .summary_chinese = "比较两个配置包的差异",
    .details_english =
        "Compared are products and all other rows, parameters by their first day, "
        "rules of tables by\ntheir inputs, elements of processes by id, texts by key. "
        "A pack with errors is not compared.",
    .details_chinese = "按含义比较：产品等各表的行、按起始日的参数、按输入的决策规则、按标识的"
                       "流程元素、按键的文本。有错误的配置包不予比较。",
    .options = diff_options,
    .run = diff_run,
};

/* ---- content ---- */

static int content_run(struct cli *cli, const struct cli_arguments *arguments)
{
    struct buffer error = {0};
    struct pack_files *files = pack_files_from_folder(arguments->values[0], &error);
    int status = CLI_DONE;
    if (files == NULL) {
        status = cli_fail(cli, CLI_REFUSED, "%.*s", "%.*s", (int)error.size,
                          error.data == NULL ? "" : error.data);
    } else {
        pack_files_write(files, &cli->out);
        buffer_append_byte(&cli->out, '\n');
        pack_files_free(files);
    }
    buffer_release(&error);
    return cli_flush(cli) ? status : CLI_SYSTEM;
}

const struct cli_verb cli_verb_pack_content = {
    .name = "pack content",
    .arguments = "DIR",
    .count_min = 1,
    .count_max = 1,
    .summary_english = "print a configuration pack as one JSON document, as the server takes it",
    .summary_chinese = "将配置包输出为服务端接收的单个 JSON 文档",
    .run = content_run,
};
