/* headroom dmn: decision models evaluated, checked and tested. */
#include "base/date.h"
#include "base/json.h"
#include "cli/cli.h"
#include "dmn/answer.h"
#include "dmn/folder.h"
#include "dmn/tck.h"
#include "os/clock.h"

enum { TEST_FILES_MAX = 100000, EVALUATION_MEMORY_MAX = 256 << 20 };

static struct feel_moment clock_moment(void)
{
    const int64_t now_us = os_clock_realtime_us();
    const int64_t days = now_us / US_PER_DAY;
    return (struct feel_moment){
        .days = days, .nanos = (now_us - days * US_PER_DAY) * 1000, .has_offset = true};
}

/* ---- test ---- */

struct test_run {
    struct cli *cli;
    struct dmn_tck_counts counts;
    bool broken; /* a file could not be read */
};

static void test_file(struct test_run *run, const char *path)
{
    struct arena arena;
    struct slice text = SLICE("");
    struct slice name = SLICE("");
    struct file_result result;
    struct buffer model_path;
    struct buffer error;
    struct xml_error xml_error;
    const struct feel_moment now = clock_moment();
    arena_init(&arena, DMN_FILE_SIZE_MAX * 2U);
    buffer_init(&model_path);
    buffer_init(&error);
    if (!dmn_file_read(&arena, path, &text, &result)) {
        run->broken = true;
        (void)cli_fail_os(run->cli, result.status, path);
    } else if (dmn_tck_model_name(&arena, text, &name)) {
        dmn_path_join(&model_path, dmn_path_folder(path), name);
        struct dmn_model *model = dmn_model_load(model_path.data, &error);
        if (model == NULL || !dmn_tck_run(model, slice_from_cstr(path), text, &now, &run->cli->out,
                                          &run->counts, &xml_error)) {
            buffer_printf(&run->cli->out, "ERROR %s - - %.*s\n", path, (int)error.size, error.data);
            run->counts.failed++;
        }
        dmn_model_free(model);
    }
    buffer_release(&error);
    buffer_release(&model_path);
    arena_release(&arena);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void test_path(struct test_run *run, const char *path, unsigned depth);

/* The names of a folder, sorted, so that every run reports in the same order. */
static void test_folder(struct test_run *run, struct directory *directory, const char *path,
                        unsigned depth)
{
    struct arena arena;
    char name[FILE_NAME_MAX + 1];
    bool end = false;
    size_t count = 0;
    arena_init(&arena, 64 << 20);
    const char **names = arena_take_array(&arena, TEST_FILES_MAX, sizeof *names);
    for (bool first = true; names != NULL && count < TEST_FILES_MAX &&
                            directory_next(directory, first, name, &end).status == OS_OK && !end;
         first = false) {
        struct buffer inner;
        buffer_init(&inner);
        dmn_path_join(&inner, slice_from_cstr(path), slice_from_cstr(name));
        names[count] = arena_copy(&arena, buffer_slice(&inner)).data;
        count += names[count] != NULL;
        buffer_release(&inner);
    }
    if (names != NULL) {
        qsort(names, count, sizeof *names, compare_names);
    }
    for (size_t i = 0; i < count; i++) {
        if (strrchr(names[i], '/')[1] != '.') {
            test_path(run, names[i], depth + 1);
        }
    }
    arena_release(&arena);
}

static void test_path(struct test_run *run, const char *path, unsigned depth)
{
    struct directory *directory = NULL;
    if (depth < 32 && directory_open(files_real(), path, &directory).status == OS_OK) {
        test_folder(run, directory, path, depth);
        directory_close(directory);
    } else if (depth == 0 || dmn_path_ends(path, ".xml")) {
        test_file(run, path);
        if (!cli_flush(run->cli)) {
            run->broken = true;
        }
    }
}

static int test_run(struct cli *cli, const struct cli_arguments *arguments)
{
    struct test_run run = {.cli = cli};
    for (size_t i = 0; i < arguments->count; i++) {
        test_path(&run, arguments->values[i], 0);
    }
    buffer_printf(&cli->out, "%u passed, %u failed\n", run.counts.passed, run.counts.failed);
    if (!cli_flush(cli) || run.broken) {
        return CLI_SYSTEM;
    }
    return run.counts.failed == 0 ? CLI_DONE : CLI_REFUSED;
}

const struct cli_verb cli_verb_dmn_test = {
    .name = "dmn test",
    .arguments = "PATH...",
    .count_min = 1,
    .count_max = CLI_ARGUMENTS_MAX,
    .summary_english = "run test case files of the DMN compatibility kit",
    .summary_chinese = "运行 DMN 兼容性测试套件的测试文件",
    .details_english = "A folder stands for all test files below it. Each line is PASS, FAIL or "
                       "ERROR, the file,\nthe case and the result node; the last one counts cases.",
    .details_chinese =
        "文件夹代表其下所有测试文件。每行为 PASS、FAIL 或 ERROR、文件、用例与结果节点；"
        "末行为用例计数。",
    .run = test_run,
};

/* ---- eval ---- */

/* The input: JSON itself when it begins like an object, else the name of a file. */
static int read_input(struct cli *cli, struct arena *arena, const char *input,
                      struct slice *ret_text)
{
    struct file_result result;
    const struct slice given = slice_trim(slice_from_cstr(input));
    if (given.size == 0 || given.data[0] == '{') {
        *ret_text = given.size == 0 ? SLICE("{}") : given;
        return CLI_DONE;
    }
    return dmn_file_read(arena, input, ret_text, &result) ? CLI_DONE
                                                          : cli_fail_os(cli, result.status, input);
}

/* Asks a model or, when that is NULL, FEEL by itself. */
static int evaluate(struct cli *cli, const struct cli_arguments *arguments,
                    const struct dmn_model *model, const char *decision, struct arena *arena)
{
    const char *input = cli_option_value(arguments, "input");
    struct slice text = SLICE("{}");
    struct buffer error;
    const struct feel_moment now = clock_moment();
    const int status = input == NULL ? CLI_DONE : read_input(cli, arena, input, &text);
    if (status != CLI_DONE) {
        return status;
    }
    buffer_init(&error);
    const struct dmn_question question = {
        .decision = slice_from_cstr(decision),
        .input = text,
        .explain = cli_option_value(arguments, "explain") != NULL,
        .now = now,
    };
    const enum dmn_answer_status answer =
        model == NULL ? dmn_answer_feel(arena, &question, &cli->out, &error)
                      : dmn_answer(model, arena, &question, &cli->out, &error);
    int exit_status = CLI_DONE;
    if (answer != DMN_ANSWER_OK) {
        exit_status = cli_fail(cli, CLI_REFUSED, "%.*s", "%.*s", (int)error.size, error.data);
    } else {
        buffer_append_byte(&cli->out, '\n');
    }
    buffer_release(&error);
    return cli_flush(cli) ? exit_status : CLI_SYSTEM;
}

static int eval_run(struct cli *cli, const struct cli_arguments *arguments)
{
    struct arena arena;
    struct buffer error;
    if (cli_option_value(arguments, "decision") == NULL) {
        return cli_fail(cli, CLI_USAGE, "--decision is missing", "缺少 --decision");
    }
    buffer_init(&error);
    struct dmn_model *model = dmn_model_load(arguments->values[0], &error);
    if (model == NULL) {
        const int status = cli_fail(cli, CLI_REFUSED, "%.*s", "%.*s", (int)error.size, error.data);
        buffer_release(&error);
        return status;
    }
    arena_init(&arena, EVALUATION_MEMORY_MAX);
    const int status =
        evaluate(cli, arguments, model, cli_option_value(arguments, "decision"), &arena);
    arena_release(&arena);
    dmn_model_free(model);
    buffer_release(&error);
    return status;
}

static const struct cli_option eval_options[] = {
    {"decision", "NAME", "the decision, decision service or knowledge model to evaluate",
     "要评估的决策、决策服务或知识模型"},
    {"input", "FILE|JSON", "an object of inputs by name", "按名称给出输入的 JSON 对象"},
    {"explain", NULL, "show the rules that matched and the decisions on the way",
     "显示命中的规则与中间决策"},
    {0},
};

const struct cli_verb cli_verb_dmn_eval = {
    .name = "dmn eval",
    .arguments = "MODEL",
    .count_min = 1,
    .count_max = 1,
    .summary_english = "evaluate a decision of a DMN model",
    .summary_chinese = "评估 DMN 模型中的决策",
    .options = eval_options,
    .run = eval_run,
};

/* ---- feel ---- */

static int feel_run_verb(struct cli *cli, const struct cli_arguments *arguments)
{
    struct arena arena;
    arena_init(&arena, EVALUATION_MEMORY_MAX);
    const int status = evaluate(cli, arguments, NULL, arguments->values[0], &arena);
    arena_release(&arena);
    return status;
}

static const struct cli_option feel_options[] = {
    {"input", "FILE|JSON", "an object of values by the names that the expression uses",
     "按表达式所用名称给出值的 JSON 对象"},
    {0},
};

const struct cli_verb cli_verb_dmn_feel = {
    .name = "dmn feel",
    .arguments = "EXPRESSION",
    .count_min = 1,
    .count_max = 1,
    .summary_english = "evaluate an expression of FEEL, the language of DMN",
    .summary_chinese = "评估 FEEL（DMN 的表达式语言）表达式",
    .options = feel_options,
    .run = feel_run_verb,
};

/* ---- check ---- */

static int check_run(struct cli *cli, const struct cli_arguments *arguments)
{
    struct buffer error;
    buffer_init(&error);
    struct dmn_model *model = dmn_model_load(arguments->values[0], &error);
    if (model == NULL) {
        const int status = cli_fail(cli, CLI_REFUSED, "%.*s", "%.*s", (int)error.size, error.data);
        buffer_release(&error);
        return status;
    }
    const uint32_t findings = dmn_check(model, &cli->out);
    buffer_printf(&cli->out, "%u findings\n", findings);
    dmn_model_free(model);
    buffer_release(&error);
    if (!cli_flush(cli)) {
        return CLI_SYSTEM;
    }
    return findings == 0 ? CLI_DONE : CLI_REFUSED;
}

const struct cli_verb cli_verb_dmn_check = {
    .name = "dmn check",
    .arguments = "MODEL",
    .count_min = 1,
    .count_max = 1,
    .summary_english = "check a DMN model: references, types, gaps and overlaps of tables",
    .summary_chinese = "检查 DMN 模型：引用、类型、决策表的缺口与重叠",
    .run = check_run,
};
