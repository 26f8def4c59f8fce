/* headroom bpmn: process models checked and run. */
#include "bpmn/script.h"
#include "cli/bpmn_load.h"
#include "cli/cli_text.h"
#include "feel/text.h"

/* ---- check ---- */

bool bpmn_write_problems(struct cli *cli, const struct bpmn_model *model)
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

bool bpmn_load(struct cli *cli, const struct cli_arguments *arguments,
               struct bpmn_library *ret_library, int *reterr_status)
{
    struct buffer error;
    buffer_init(&error);
    const bool loaded = bpmn_library_load(ret_library, &error, arguments->values, arguments->count);
    if (!loaded) {
        const int size = error.size == 0 ? 0 : (int)error.size - 1;
        *reterr_status = cli_fail(cli, CLI_REFUSED, "%.*s", "%.*s", size, error.data);
    }
    buffer_release(&error);
    return loaded;
}

static int check_run(struct cli *cli, const struct cli_arguments *arguments)
{
    struct bpmn_library library;
    int status = CLI_DONE;
    if (!bpmn_load(cli, arguments, &library, &status)) {
        return status;
    }
    if (library.model->refused_count == 0 && !bpmn_check(library.model)) {
        bpmn_library_release(&library);
        return cli_fail_memory(cli);
    }
    const bool sound = bpmn_write_problems(cli, library.model);
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

/* ---- run ---- */

struct trace {
    struct cli *cli;
    bool json;
};

static void write_detail(struct buffer *out, const char *name, struct slice text)
{
    if (text.size > 0) {
        buffer_printf(out, "  %s=", name);
        buffer_append(out, text);
    }
}

/* What stands behind the element: all but what the columns in front of it say. */
static void write_details(struct buffer *out, const struct bpmn_effect *effect)
{
    if (effect->wait != 0) {
        buffer_printf(out, "  wait=%u", effect->wait);
    }
    if (effect->kind == BPMN_EFFECT_TIMER) {
        buffer_append_cstr(out, "  due=");
        time_write(out, effect->due);
    }
    write_detail(out, "name", effect->name);
    write_detail(out, "key", effect->key);
    write_detail(out, "by", effect->by);
    write_detail(out, "text", effect->text);
    if (effect->variables != NULL && effect->variables->count > 0) {
        buffer_append_cstr(out, "  ");
        text_write(out, feel_context_value(effect->variables));
    }
}

static void show(void *data, const struct bpmn_case *state, const struct bpmn_effect *effect)
{
    const struct trace *trace = data;
    struct buffer *out = &trace->cli->out;
    struct buffer text = {0};
    if (trace->json) {
        bpmn_effect_write(out, state, effect);
        buffer_append_byte(out, '\n');
        return;
    }
    time_write(&text, effect->at);
    text_pad(out, buffer_slice(&text), 21, false);
    text_pad(out, bpmn_effect_name(effect->kind), 18, false);
    const struct bpmn_node *node = &state->model->nodes[effect->node];
    buffer_reset(&text);
    buffer_append(&text, node->id);
    if (node->name.size > 0) {
        buffer_append_cstr(&text, " (");
        buffer_append(&text, node->name);
        buffer_append_byte(&text, ')');
    }
    text_pad(out, buffer_slice(&text), 32, false);
    buffer_reset(&text);
    write_details(&text, effect);
    text_pad(out, buffer_slice(&text), 0, false);
    buffer_append_byte(out, '\n');
    out->failed = out->failed || text.failed;
    buffer_release(&text);
}

static int read_calendar(struct cli *cli, struct arena *arena, const char *path,
                         struct bpmn_calendar *ret_calendar)
{
    struct slice text = SLICE("");
    struct file_result result;
    struct buffer error = {0};
    int status = CLI_DONE;
    if (path == NULL) {
        *ret_calendar = bpmn_calendar_default;
    } else if (!dmn_file_read(arena, path, &text, &result)) {
        status = cli_fail_os(cli, result.status, path);
    } else if (!bpmn_calendar_read(arena, text, ret_calendar, &error)) {
        status =
            cli_fail(cli, CLI_REFUSED, "%s: %.*s", "%s：%.*s", path, (int)error.size, error.data);
    }
    buffer_release(&error);
    return status;
}

static int play(struct cli *cli, struct bpmn_script *script)
{
    struct buffer error = {0};
    const bool played = bpmn_script_run(script, &error);
    int status = cli_flush(cli) ? CLI_DONE : CLI_SYSTEM;
    if (!played) {
        const int size = error.size == 0 ? 0 : (int)error.size - 1;
        status = cli_fail(cli, CLI_REFUSED, "%.*s", "%.*s", size, error.data);
    }
    buffer_release(&error);
    buffer_release(&script->state);
    return status;
}

static int run_run(struct cli *cli, const struct cli_arguments *arguments)
{
    struct bpmn_library library;
    struct arena arena;
    struct bpmn_calendar calendar;
    struct file_result result;
    struct trace trace = {cli, cli_option_value(arguments, "json") != NULL};
    struct bpmn_script script = {.show = show, .data = &trace};
    const char *path = cli_option_value(arguments, "script");
    int status = CLI_DONE;
    if (path == NULL) {
        return cli_fail(cli, CLI_USAGE, "--script is missing", "缺少 --script");
    }
    if (!bpmn_load(cli, arguments, &library, &status)) {
        return status;
    }
    arena_init(&arena, DMN_FILE_SIZE_MAX * 2U);
    if (library.model->refused_count > 0) {
        (void)bpmn_write_problems(cli, library.model);
        status = cli_flush(cli) ? CLI_REFUSED : CLI_SYSTEM;
    } else if (!dmn_file_read(&arena, path, &script.text, &result)) {
        status = cli_fail_os(cli, result.status, path);
    } else {
        status = read_calendar(cli, &arena, cli_option_value(arguments, "calendar"), &calendar);
    }
    if (status == CLI_DONE) {
        script.model = library.model;
        script.calendar = &calendar;
        status = play(cli, &script);
    }
    arena_release(&arena);
    bpmn_library_release(&library);
    return status;
}

static const struct cli_option run_options[] = {
    {"script", "FILE", "the steps to play, one JSON object a line",
     "要执行的步骤，每行一个 JSON 对象"},
    {"calendar", "FILE", "the business calendar, a JSON object; Monday to Friday otherwise",
     "营业日历，JSON 对象；缺省为周一至周五"},
    {"json", NULL, "print each effect as one JSON object", "每个效果输出为一个 JSON 对象"},
    {0},
};

const struct cli_verb cli_verb_bpmn_run = {
    .name = "bpmn run",
    .arguments = "MODEL [FILE...]",
    .count_min = 1,
    .count_max = CLI_ARGUMENTS_MAX,
    .summary_english = "play one case of a BPMN model by a script of steps",
    .summary_chinese = "按步骤脚本执行 BPMN 模型的一个流程实例",
    .details_english =
        "A line of the script is one step, such as {\"start\": \"\"}, {\"complete\": \"Review\", "
        "\"by\": \"li\", \"variables\": {\"approved\": true}}, {\"message\": \"Paid\"}, "
        "{\"clock\": "
        "\"P2D\"}, {\"resolve\": \"Gateway\", \"flow\": \"f2\"} or {\"expect\": {\"status\": "
        "\"completed\"}}; lines that begin with # are notes. Exit status 1 when a step is refused "
        "or an expectation is not met.",
    .details_chinese =
        "脚本每行为一个步骤，例如 {\"start\": \"\"}、{\"complete\": \"Review\", \"by\": \"li\"}、"
        "{\"message\": \"Paid\"}、{\"clock\": \"P2D\"}、{\"expect\": {\"status\": \"completed\"}}；"
        "以 # 开头的行为注释。步骤被拒绝或期望不符时退出状态为 1。",
    .options = run_options,
    .run = run_run,
};
