/* headroom bpmn bench: what a step of a case costs, with many cases in flight. */
#include <stdio.h>

#include "base/histogram.h"
#include "bpmn/script.h"
#include "cli/bpmn_load.h"
#include "feel/text.h"
#include "os/clock.h"

enum { CASES_MAX = 10000000, SECONDS_MAX = 3600, IDS_SIZE = 24 };

/* The cases as they would lie in a store: nothing but the bytes of their states. */
struct fleet {
    const struct bpmn_model *model;
    struct slice *states; /* each its own memory */
    uint64_t count;
    uint64_t bytes;
    uint64_t steps;
    uint64_t completed;
    uint64_t random;
    time_us now;
    uint32_t process;
    struct arena kept; /* of the variables */
    const struct feel_context *variables;
    struct buffer saved;
    struct histogram *times;
};

static uint64_t draw(struct fleet *fleet, uint64_t count)
{
    fleet->random ^= fleet->random << 13;
    fleet->random ^= fleet->random >> 7;
    fleet->random ^= fleet->random << 17;
    return fleet->random % count;
}

/* Keeps what is in `saved` as the state of a case. */
static bool store(struct fleet *fleet, uint64_t index)
{
    struct slice *state = &fleet->states[index];
    char *memory = memory_allocate(fleet->saved.size);
    if (memory == NULL) {
        return false;
    }
    memcpy(memory, fleet->saved.data, fleet->saved.size);
    fleet->bytes += fleet->saved.size;
    fleet->bytes -= state->size;
    memory_free((char *)state->data);
    *state = slice_of(memory, fleet->saved.size);
    return true;
}

static enum bpmn_status start(struct fleet *fleet, struct bpmn_env *env, uint64_t index)
{
    char id[IDS_SIZE];
    struct bpmn_effects effects;
    struct bpmn_case *state = NULL;
    const int size = snprintf(id, sizeof id, "case-%llu", (unsigned long long)index);
    const struct bpmn_event event = {.kind = BPMN_EVENT_START,
                                     .at = fleet->now,
                                     .by = SLICE("bench"),
                                     .id = slice_of(id, (size_t)size),
                                     .node = fleet->process,
                                     .variables = fleet->variables};
    const enum bpmn_status status = bpmn_case_start(env, &event, &state, &effects);
    buffer_reset(&fleet->saved);
    return status != BPMN_STATUS_OK ? status : bpmn_case_save(env, state, &fleet->saved);
}

/* What the world answers to a wait. */
static struct bpmn_event answer(const struct fleet *fleet, const struct bpmn_wait *wait)
{
    struct bpmn_event event = {.kind = BPMN_EVENT_DONE,
                               .at = fleet->now,
                               .by = SLICE("bench"),
                               .wait = wait->number,
                               .variables = fleet->variables};
    if (wait->kind == BPMN_WAIT_TIMER) {
        event.kind = BPMN_EVENT_TIMER;
        event.at = wait->due;
    } else if (wait->kind == BPMN_WAIT_MESSAGE) {
        event.kind = BPMN_EVENT_MESSAGE;
        event.name = fleet->model->nodes[wait->node].message;
        event.key = wait->key;
    } else if (wait->kind == BPMN_WAIT_INCIDENT) {
        event.kind = BPMN_EVENT_RESOLVE;
    }
    return event;
}

/* Takes one case a step further: reads its state, answers one of its waits, saves it. A case that
 * has ended is started anew, which is no step. */
static enum bpmn_status step(struct fleet *fleet, struct bpmn_env *env, uint64_t index)
{
    struct bpmn_case *state = NULL;
    struct bpmn_effects effects;
    TRY(bpmn_case_load(env, fleet->states[index], &state));
    if (state->phase != BPMN_RUNNING || state->wait_count == 0) {
        fleet->completed++;
        return start(fleet, env, index);
    }
    const struct bpmn_event event = answer(fleet, &state->waits[draw(fleet, state->wait_count)]);
    TRY(bpmn_case_step(env, state, &event, &effects));
    buffer_reset(&fleet->saved);
    TRY(bpmn_case_save(env, state, &fleet->saved));
    fleet->steps++;
    return BPMN_STATUS_OK;
}

static enum bpmn_status open_cases(struct fleet *fleet, struct bpmn_env *env)
{
    for (uint64_t i = 0; i < fleet->count; i++) {
        arena_reset(env->arena);
        TRY(start(fleet, env, i));
        REQUIRE(store(fleet, i), BPMN_STATUS_MEMORY);
    }
    return BPMN_STATUS_OK;
}

static enum bpmn_status measure(struct fleet *fleet, struct bpmn_env *env, uint64_t for_ns)
{
    const uint64_t begin_ns = os_clock_monotonic_ns();
    for (uint64_t now_ns = begin_ns; now_ns - begin_ns < for_ns;) {
        const uint64_t index = draw(fleet, fleet->count);
        const uint64_t steps = fleet->steps;
        fleet->now += 1000;
        arena_reset(env->arena);
        TRY(step(fleet, env, index));
        REQUIRE(store(fleet, index), BPMN_STATUS_MEMORY);
        const uint64_t end_ns = os_clock_monotonic_ns();
        if (fleet->steps > steps) {
            histogram_record(fleet->times, end_ns - now_ns, 1);
        }
        now_ns = end_ns;
    }
    return BPMN_STATUS_OK;
}

static void write_figures(struct cli *cli, const struct fleet *fleet, uint64_t bytes,
                          uint64_t seconds)
{
    buffer_printf(&cli->out,
                  "{\"cases\":%llu,\"bytes_a_case_at_start\":%llu,\"bytes_a_case\":%llu,"
                  "\"steps\":%llu,\"completed\":%llu,\"steps_a_second\":%llu,\"step_p50_ns\":%llu,"
                  "\"step_p99_ns\":%llu,\"step_max_ns\":%llu}\n",
                  (unsigned long long)fleet->count, (unsigned long long)(bytes / fleet->count),
                  (unsigned long long)(fleet->bytes / fleet->count),
                  (unsigned long long)fleet->steps, (unsigned long long)fleet->completed,
                  (unsigned long long)(fleet->steps / seconds),
                  (unsigned long long)histogram_quantile(fleet->times, 500000),
                  (unsigned long long)histogram_quantile(fleet->times, 990000),
                  (unsigned long long)histogram_quantile(fleet->times, 1000000));
}

static int run_fleet(struct cli *cli, struct fleet *fleet, uint64_t seconds)
{
    struct arena arena;
    struct bpmn_env env = {.model = fleet->model, .arena = &arena};
    arena_init(&arena, BPMN_STEP_MEMORY_MAX);
    enum bpmn_status status = open_cases(fleet, &env);
    const uint64_t bytes = fleet->bytes;
    if (status == BPMN_STATUS_OK) {
        status = measure(fleet, &env, seconds * 1000000000ULL);
    }
    arena_release(&arena);
    if (status != BPMN_STATUS_OK) {
        const struct slice english = bpmn_status_text(status);
        const struct slice chinese = bpmn_status_text_chinese(status);
        return cli_fail(cli, CLI_REFUSED, "%.*s", "%.*s",
                        (int)(cli->chinese ? chinese.size : english.size),
                        cli->chinese ? chinese.data : english.data);
    }
    write_figures(cli, fleet, bytes, seconds);
    return cli_flush(cli) ? CLI_DONE : CLI_SYSTEM;
}

/* The variables that a case starts with and that every answer brings. */
static bool read_variables(struct fleet *fleet, const char *text)
{
    struct json_error error;
    struct feel_zones zones = {.arena = &fleet->kept};
    struct feel_value value = FEEL_NOTHING;
    const struct json_value *json =
        json_parse(&fleet->kept, &error, slice_from_cstr(text == NULL ? "{}" : text));
    if (json == NULL || json->type != JSON_OBJECT ||
        !text_from_json(&fleet->kept, &zones, json, NULL, &value)) {
        return false;
    }
    fleet->variables = value.context;
    return true;
}

static int bench_model(struct cli *cli, const struct cli_arguments *arguments,
                       const struct bpmn_model *model)
{
    uint64_t cases = 100000;
    uint64_t seconds = 5;
    struct fleet fleet = {.model = model,
                          .random = 88172645463325252ULL,
                          .now = 1767258000 * US_PER_SECOND,
                          .process = bpmn_model_main(model)};
    if (!cli_option_number(cli, arguments, "cases", 1, CASES_MAX, &cases) ||
        !cli_option_number(cli, arguments, "seconds", 1, SECONDS_MAX, &seconds)) {
        return CLI_USAGE;
    }
    arena_init(&fleet.kept, 1 << 20);
    fleet.count = cases;
    fleet.states = memory_allocate(cases * sizeof *fleet.states);
    fleet.times = memory_allocate(sizeof *fleet.times);
    int status = CLI_DONE;
    if (fleet.states == NULL || fleet.times == NULL) {
        status = cli_fail_memory(cli);
    } else if (!read_variables(&fleet, cli_option_value(arguments, "variables"))) {
        status =
            cli_fail(cli, CLI_USAGE, "--variables is no JSON object", "--variables 不是 JSON 对象");
        memset(fleet.states, 0, cases * sizeof *fleet.states);
    } else {
        memset(fleet.states, 0, cases * sizeof *fleet.states);
        histogram_init(fleet.times);
        status = run_fleet(cli, &fleet, seconds);
    }
    for (uint64_t i = 0; fleet.states != NULL && fleet.times != NULL && i < cases; i++) {
        memory_free((char *)fleet.states[i].data);
    }
    memory_free(fleet.states);
    memory_free(fleet.times);
    buffer_release(&fleet.saved);
    arena_release(&fleet.kept);
    return status;
}

static int bench_run(struct cli *cli, const struct cli_arguments *arguments)
{
    struct bpmn_library library;
    int status = CLI_DONE;
    if (!bpmn_load(cli, arguments, &library, &status)) {
        return status;
    }
    if (library.model->refused_count > 0) {
        (void)bpmn_write_problems(cli, library.model);
        status = cli_flush(cli) ? CLI_REFUSED : CLI_SYSTEM;
    } else {
        status = bench_model(cli, arguments, library.model);
    }
    bpmn_library_release(&library);
    return status;
}

static const struct cli_option bench_options[] = {
    {"cases", "N", "cases in flight; 100,000 otherwise", "在途流程实例数，缺省 100000"},
    {"seconds", "S", "how long to measure; 5 otherwise", "测量秒数，缺省 5"},
    {"variables", "JSON", "variables of the start and of every answer",
     "启动与每次应答所带的变量，JSON 对象"},
    {0},
};

const struct cli_verb cli_verb_bpmn_bench = {
    .name = "bpmn bench",
    .arguments = "MODEL [FILE...]",
    .count_min = 1,
    .count_max = CLI_ARGUMENTS_MAX,
    .summary_english = "measure a step of a case with many cases in flight",
    .summary_chinese = "测量大量流程实例在途时单步的开销",
    .details_english =
        "The cases lie in memory as the bytes of their states. A step reads the state of a random "
        "case, answers one of its waits, and saves it; a case that has ended is started anew. "
        "Nothing is made durable. The last line is one JSON object of figures.",
    .details_chinese =
        "流程实例以状态字节存于内存。每步读取一个随机实例的状态，应答其一个等待项并保存；"
        "已结束的实例重新启动。不落盘。末行为一个 JSON 对象。",
    .options = bench_options,
    .run = bench_run,
};
