/* headroom bpmn: process models checked and run. */
#include "bpmn/folder.h"
#include "cli/cli.h"

/* ---- check ---- */

static bool write_problems(struct cli *cli, const struct bpmn_model *model)
{
    uint32_t counts[BPMN_NOTE + 1] = {0};
    const struct bpmn_problem *problem = model->first;
    for (; problem != NULL; problem = problem->next) {
        counts[problem->severity]++;
        bpmn_problem_write(&cli->out, model, problem);
    }
    buffer_printf(&cli->out, "%u refused, %u findings, %u notes\n", model->refused_count,
                  counts[BPMN_FINDING], counts[BPMN_NOTE]);
    return model->refused_count == 0 && counts[BPMN_FINDING] == 0;
}

/* Reads the files named; false after a message. */
static bool load(struct cli *cli, const struct cli_arguments *arguments,
                 struct bpmn_library *ret_library, int *ret_status)
{
    struct buffer error;
    buffer_init(&error);
    const bool loaded = bpmn_library_load(ret_library, &error, arguments->values, arguments->count);
    if (!loaded) {
        const int size = error.size == 0 ? 0 : (int)error.size - 1;
        *ret_status = cli_fail(cli, CLI_REFUSED, "%.*s", "%.*s", size, error.data);
    }
    buffer_release(&error);
    return loaded;
}

static int check_run(struct cli *cli, const struct cli_arguments *arguments)
{
    struct bpmn_library library;
    int status = CLI_DONE;
    if (!load(cli, arguments, &library, &status)) {
        return status;
    }
    if (library.model->refused_count == 0 && !bpmn_check(library.model)) {
        bpmn_library_release(&library);
        return cli_fail_memory(cli);
    }
    const bool sound = write_problems(cli, library.model);
    bpmn_library_release(&library);
    if (!cli_flush(cli)) {
        return CLI_SYSTEM;
    }
    return sound ? CLI_DONE : CLI_REFUSED;
}

const struct cli_verb cli_verb_bpmn_check = {
    .name = "bpmn check",
    .arguments = "MODEL [FILE...]",
    .count_min = 1,
    .count_max = CLI_ARGUMENTS_MAX,
    .summary_english =
        "check a BPMN model: what is not supported, and where a case could get stuck",
    .summary_chinese = "检查 BPMN 流程模型：不支持的元素，以及流程可能卡住之处",
    .details_english =
        "The files behind the model are the processes (.bpmn) and decisions (.dmn) that it "
        "calls. Each line names file, line and element, and is of one of three kinds: refused "
        "(the model cannot be run), finding (it can, and may go wrong), note (that part has no "
        "effect). Exit status 1 when anything is refused or found.",
    .details_chinese =
        "模型之后的文件是其调用的流程（.bpmn）与决策（.dmn）。每行给出文件、行号与元素，"
        "分为三类：refused（模型无法运行）、finding（可以运行但可能出错）、"
        "note（该部分不起作用）。有 refused 或 finding 时退出状态为 1。",
    .run = check_run,
};
