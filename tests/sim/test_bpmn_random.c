/* Random sound models run to completion or to a legal wait; the same seed gives the same trace; a
 * case saved and read between any two steps gives that trace too. HEADROOM_SEED replays one. */
#include "cmocka_headroom.h"

#include <stdio.h>

#include "bpmn/case.h"
#include "bpmn_models.h"
#include "dmn/model.h"
#include "tier.h"

static struct dmn_model *rules;

/* ---- the run ---- */

struct run {
    const struct bpmn_model *model;
    struct arena arena;
    struct bpmn_env env;
    struct bpmn_case *state;
    struct buffer saved;
    struct buffer trace;
    bool reload;
    bool stuck; /* an incident, or nothing to wait for */
    unsigned steps;
};

static void keep(struct run *run, const struct bpmn_effects *effects)
{
    for (const struct bpmn_effect *at = effects->first; at != NULL; at = at->next) {
        bpmn_effect_write(&run->trace, run->state, at);
        buffer_append_byte(&run->trace, '\n');
        run->stuck = run->stuck || at->kind == BPMN_EFFECT_INCIDENT;
    }
    buffer_reset(&run->saved);
    assert_int_equal(bpmn_case_save(&run->env, run->state, &run->saved), BPMN_STATUS_OK);
    if (run->reload) {
        arena_release(&run->arena);
        arena_init(&run->arena, 64 << 20);
        assert_int_equal(bpmn_case_load(&run->env, buffer_slice(&run->saved), &run->state),
                         BPMN_STATUS_OK);
    }
}

/* Answers one of the waits, chosen by the seed. */
static void answer(struct run *run, struct bpmn_making *g)
{
    const struct bpmn_wait *wait = &run->state->waits[bpmn_making_pick(g, run->state->wait_count)];
    struct feel_context *variables = feel_context_new(&run->arena, 2);
    struct bpmn_effects effects;
    assert_non_null(variables);
    assert_true(feel_context_put(&run->arena, variables, SLICE("choice"),
                                 feel_integer(bpmn_making_pick(g, 3))));
    struct bpmn_event event = {.kind = BPMN_EVENT_DONE,
                               .at = (time_us)run->steps * US_PER_SECOND,
                               .by = SLICE("li"),
                               .wait = wait->number,
                               .variables = variables};
    if (wait->kind == BPMN_WAIT_TIMER) {
        event.kind = BPMN_EVENT_TIMER;
        event.at = wait->due;
        event.variables = NULL;
    } else if (wait->kind == BPMN_WAIT_MESSAGE) {
        event.kind = BPMN_EVENT_MESSAGE;
        event.name = run->model->nodes[wait->node].message;
        event.key = wait->key;
    }
    assert_int_equal(bpmn_case_step(&run->env, run->state, &event, &effects), BPMN_STATUS_OK);
    keep(run, &effects);
}

enum { STEPS_MAX = 400 };

static void play(struct run *run, uint64_t seed)
{
    struct bpmn_making g = {.random = seed};
    struct bpmn_effects effects;
    struct bpmn_event start = {
        .kind = BPMN_EVENT_START, .id = SLICE("c"), .node = bpmn_model_main(run->model)};
    arena_init(&run->arena, 256 << 20);
    struct feel_context *variables = feel_context_new(&run->arena, 1);
    assert_true(variables != NULL &&
                feel_context_put(&run->arena, variables, SLICE("choice"), feel_integer(0)));
    start.variables = variables;
    run->env = (struct bpmn_env){.model = run->model, .arena = &run->arena};
    assert_int_equal(bpmn_case_start(&run->env, &start, &run->state, &effects), BPMN_STATUS_OK);
    keep(run, &effects);
    while (run->state->phase == BPMN_RUNNING && !run->stuck && run->steps < STEPS_MAX) {
        run->steps++;
        if (run->state->wait_count == 0) {
            run->stuck = true;
            break;
        }
        answer(run, &g);
    }
}

static void finish(struct run *run)
{
    arena_release(&run->arena);
    buffer_release(&run->saved);
    buffer_release(&run->trace);
}

static bool play_seed(uint64_t seed, unsigned *inout_completed, uint64_t *inout_steps)
{
    struct bpmn_making g;
    struct xml_error error;
    bpmn_making_run(&g, seed, false, seed % 2 == 0);
    struct bpmn_model *model = bpmn_model_new();
    assert_non_null(model);
    bool good = bpmn_model_add(model, &error, SLICE("random"), buffer_slice(&g.xml)) &&
                bpmn_model_add_rules(model, rules) && bpmn_model_compile(model) &&
                bpmn_check(model);
    for (const struct bpmn_problem *at = model->first; at != NULL; at = at->next) {
        struct buffer text = {0};
        bpmn_problem_write(&text, model, at);
        if (at->severity != BPMN_NOTE) {
            print_error("seed %llu: %.*s", (unsigned long long)seed, (int)text.size, text.data);
            good = false;
        }
        buffer_release(&text);
    }
    struct run straight = {.model = model};
    struct run broken = {.model = model, .reload = true};
    if (good) {
        play(&straight, seed);
        play(&broken, seed);
        good = !straight.stuck && straight.steps == broken.steps &&
               slice_equal(buffer_slice(&straight.trace), buffer_slice(&broken.trace)) &&
               slice_equal(buffer_slice(&straight.saved), buffer_slice(&broken.saved));
        *inout_steps += straight.steps;
        *inout_completed += straight.state->phase == BPMN_COMPLETED;
        if (!good) {
            (void)fprintf(stderr, "seed %llu: stuck %d, steps %u and %u\n%.*s\n%.*s\n",
                          (unsigned long long)seed, straight.stuck, straight.steps, broken.steps,
                          (int)g.xml.size, g.xml.data, (int)straight.trace.size,
                          straight.trace.data);
        }
        finish(&straight);
        finish(&broken);
    }
    bpmn_model_free(model);
    bpmn_making_release(&g);
    return good;
}

/* Gateways that do not fit: whatever gets stuck in a run has been found before. */
static void play_mismatched(uint64_t seed, unsigned *inout_stuck, unsigned *inout_found)
{
    struct bpmn_making g;
    struct xml_error error;
    unsigned findings = 0;
    bool whole = true;
    bpmn_making_run(&g, seed, true, false);
    struct bpmn_model *model = bpmn_model_new();
    assert_non_null(model);
    assert_true(bpmn_model_add(model, &error, SLICE("random"), buffer_slice(&g.xml)) &&
                bpmn_model_add_rules(model, rules) && bpmn_model_compile(model) &&
                bpmn_check(model));
    for (const struct bpmn_problem *at = model->first; at != NULL; at = at->next) {
        findings += at->severity == BPMN_FINDING;
        whole = whole && at->severity != BPMN_NOTE;
    }
    struct run run = {.model = model};
    play(&run, seed);
    if (run.stuck && findings == 0 && whole) {
        fail_msg("seed %llu is stuck and nothing was found\n%.*s", (unsigned long long)seed,
                 (int)g.xml.size, g.xml.data);
    }
    *inout_stuck += run.stuck;
    *inout_found += findings > 0;
    finish(&run);
    bpmn_model_free(model);
    bpmn_making_release(&g);
}

static void what_gets_stuck_was_found(void **state)
{
    const uint64_t count =
        tier_replayed() ? 1
                        : tier_size("HEADROOM_MODELS", tier_sanitized() ? 100 : 200, 600, 50000);
    const uint64_t first = tier_seed(1);
    unsigned stuck = 0;
    unsigned found = 0;
    (void)state;
    for (uint64_t seed = first; seed < first + count; seed++) {
        play_mismatched(seed, &stuck, &found);
    }
    print_message("%llu models, findings in %u, %u got stuck\n", (unsigned long long)count, found,
                  stuck);
    assert_true(tier_replayed() || stuck > count / 100);
}

static void random_models_run_to_their_end(void **state)
{
    const uint64_t count =
        tier_replayed() ? 1
                        : tier_size("HEADROOM_MODELS", tier_sanitized() ? 200 : 500, 1500, 100000);
    const uint64_t first = tier_seed(1);
    unsigned completed = 0;
    uint64_t steps = 0;
    (void)state;
    for (uint64_t seed = first; seed < first + count; seed++) {
        assert_true(play_seed(seed, &completed, &steps));
    }
    print_message("%llu models, %u completed within %d steps, %llu steps\n",
                  (unsigned long long)count, completed, STEPS_MAX, (unsigned long long)steps);
    assert_true(tier_replayed() || completed > count * 8 / 10);
}

static int setup(void **state)
{
    struct xml_error error;
    (void)state;
    rules = dmn_model_new();
    return rules != NULL && dmn_model_add(rules, &error, slice_from_cstr(bpmn_making_rules)) &&
                   dmn_model_compile(rules) && rules->compiler.first == NULL
               ? 0
               : -1;
}

static int teardown(void **state)
{
    (void)state;
    dmn_model_free(rules);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_models_run_to_their_end),
        cmocka_unit_test(what_gets_stuck_was_found),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
