/* Random sound models run to completion or to a legal wait; the same seed gives the same trace; a
 * case saved and read between any two steps gives that trace too. HEADROOM_SEED replays one. */
#include "cmocka_headroom.h"

#include <stdio.h>

#include "bpmn/case.h"
#include "tier.h"

/* ---- the generator: blocks within blocks, and regions of choices without structure ---- */

struct generator {
    struct buffer xml;
    struct buffer rest; /* flows, and other processes */
    uint64_t random;
    unsigned elements; /* numbers for ids */
    unsigned left;     /* elements that may still be made */
    bool mismatched;   /* joins of any kind behind splits of any kind */
};

static unsigned pick(struct generator *g, unsigned count)
{
    g->random += 0x9e3779b97f4a7c15ULL;
    uint64_t mixed = g->random;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9ULL;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebULL;
    return (unsigned)((mixed ^ (mixed >> 31)) % count);
}

static void flow(struct generator *g, unsigned from, unsigned to, bool conditional)
{
    buffer_printf(&g->rest, "<sequenceFlow id='f%u' sourceRef='n%u' targetRef='n%u'", g->elements++,
                  from, to);
    if (conditional) {
        buffer_printf(&g->rest,
                      "><conditionExpression>choice = %u</conditionExpression></sequenceFlow>",
                      pick(g, 3));
    } else {
        buffer_append_cstr(&g->rest, "/>");
    }
}

static void default_flow(struct generator *g, unsigned from, unsigned to)
{
    buffer_printf(&g->rest, "<sequenceFlow id='d%u' sourceRef='n%u' targetRef='n%u'/>", from, from,
                  to);
}

static unsigned element(struct generator *g, const char *open, const char *inside)
{
    const unsigned id = g->elements++;
    char kind[64];
    size_t size = strcspn(open, " ");
    assert_true(size < sizeof kind);
    memcpy(kind, open, size);
    kind[size] = '\0';
    g->left -= g->left > 0;
    buffer_printf(&g->xml, "<%s id='n%u'%s>%s</%s>", kind, id, open + size, inside, kind);
    return id;
}

/* A gateway that chooses has a default flow, named after it. */
static unsigned chooser(struct generator *g, const char *kind)
{
    const unsigned id = g->elements++;
    buffer_printf(&g->xml, "<%s id='n%u' default='d%u'/>", kind, id, id);
    return id;
}

struct block {
    unsigned first;
    unsigned last;
};

static struct block make_block(struct generator *g, unsigned depth);

static struct block make_task(struct generator *g)
{
    static const char *const kinds[] = {"userTask", "serviceTask", "task", "manualTask",
                                        "sendTask"};
    static const char many[] =
        "<multiInstanceLoopCharacteristics%s><loopCardinality>%u</loopCardinality>%s"
        "</multiInstanceLoopCharacteristics>";
    char inside[512] = "";
    if (pick(g, 5) == 0) {
        (void)snprintf(inside, sizeof inside, many, pick(g, 2) == 0 ? " isSequential='true'" : "",
                       pick(g, 4),
                       pick(g, 2) == 0 ? "<completionCondition>numberOfCompletedInstances >= 2"
                                         "</completionCondition>"
                                       : "");
    }
    const unsigned id = element(g, kinds[pick(g, 5)], inside);
    return (struct block){id, id};
}

static struct block make_event(struct generator *g)
{
    static const char *const events[][2] = {
        {"intermediateCatchEvent", "<timerEventDefinition><timeDuration>PT1H</timeDuration>"
                                   "</timerEventDefinition>"},
        {"intermediateCatchEvent", "<messageEventDefinition/>"},
        {"intermediateThrowEvent", "<messageEventDefinition/>"},
        {"intermediateThrowEvent", ""},
        {"receiveTask", ""},
    };
    const unsigned which = pick(g, 5);
    const unsigned id = element(g, events[which][0], events[which][1]);
    return (struct block){id, id};
}

static struct block make_sequence(struct generator *g, unsigned depth)
{
    struct block all = make_block(g, depth + 1);
    for (unsigned i = depth == 0 ? 2 + pick(g, 4) : pick(g, 3); i > 0; i--) {
        const struct block next = make_block(g, depth + 1);
        flow(g, all.last, next.first, false);
        all.last = next.last;
    }
    return all;
}

/* A split and its join of one kind. */
static struct block make_branches(struct generator *g, unsigned depth)
{
    static const char *const kinds[] = {"exclusiveGateway", "parallelGateway", "inclusiveGateway"};
    const unsigned kind = pick(g, 3);
    const unsigned branches = 2 + pick(g, 2);
    const unsigned split = kind == 1 ? element(g, kinds[1], "") : chooser(g, kinds[kind]);
    const unsigned join = element(g, kinds[g->mismatched ? pick(g, 3) : kind], "");
    for (unsigned i = 0; i < branches; i++) {
        const struct block branch = make_block(g, depth + 1);
        if (i == 0 && kind != 1) {
            default_flow(g, split, branch.first);
        } else {
            flow(g, split, branch.first, kind != 1);
        }
        flow(g, branch.last, join, false);
    }
    return (struct block){split, join};
}

static struct block make_loop(struct generator *g, unsigned depth)
{
    const unsigned merge = element(g, "exclusiveGateway", "");
    const struct block body = make_block(g, depth + 1);
    const unsigned wait = element(g, "userTask", "");
    const unsigned split = chooser(g, "exclusiveGateway");
    flow(g, merge, body.first, false);
    flow(g, body.last, wait, false);
    flow(g, wait, split, false);
    flow(g, split, merge, true);
    return (struct block){merge, split};
}

/* What stands behind a loop leaves it by the default flow. */
static void connect(struct generator *g, struct block from, unsigned to, bool from_loop)
{
    if (from_loop) {
        default_flow(g, from.last, to);
    } else {
        flow(g, from.last, to, false);
    }
}

static struct block wrap_loop(struct generator *g, unsigned depth)
{
    const struct block loop = make_loop(g, depth);
    const unsigned behind = element(g, "task", "");
    connect(g, loop, behind, true);
    return (struct block){loop.first, behind};
}

static struct block make_event_choice(struct generator *g)
{
    const unsigned gateway = element(g, "eventBasedGateway", "");
    const unsigned timer =
        element(g, "intermediateCatchEvent",
                "<timerEventDefinition><timeDuration>PT2H</timeDuration></timerEventDefinition>");
    const unsigned message = element(g, "receiveTask", "");
    const unsigned merge = element(g, "exclusiveGateway", "");
    flow(g, gateway, timer, false);
    flow(g, gateway, message, false);
    flow(g, timer, merge, false);
    flow(g, message, merge, false);
    return (struct block){gateway, merge};
}

/* A sub-process or a called process; sometimes with an error or a timer at its border. */
static struct block make_inside(struct generator *g, unsigned depth)
{
    const unsigned id = g->elements++;
    const unsigned form = pick(g, 3);
    struct buffer outer = g->xml;
    struct buffer flows = g->rest;
    buffer_init(&g->xml);
    buffer_init(&g->rest);
    const unsigned start = element(g, "startEvent", "");
    const struct block body = make_block(g, depth + 1);
    const unsigned end = element(g, "endEvent", form == 1 ? "<errorEventDefinition/>" : "");
    flow(g, start, body.first, false);
    flow(g, body.last, end, false);
    struct buffer inner = g->xml;
    buffer_append(&inner, buffer_slice(&g->rest));
    buffer_release(&g->rest);
    g->xml = outer;
    g->rest = flows;
    buffer_printf(&g->xml, "<subProcess id='n%u'>", id);
    buffer_append(&g->xml, buffer_slice(&inner));
    buffer_append_cstr(&g->xml, "</subProcess>");
    buffer_release(&inner);
    if (form == 0) {
        return (struct block){id, id};
    }
    const unsigned boundary = g->elements++;
    const unsigned merge = element(g, "exclusiveGateway", "");
    buffer_printf(&g->xml, "<boundaryEvent id='n%u' attachedToRef='n%u'>%s</boundaryEvent>",
                  boundary, id,
                  form == 1 ? "<errorEventDefinition/>"
                            : "<timerEventDefinition><timeDuration>PT3H</timeDuration>"
                              "</timerEventDefinition>");
    flow(g, boundary, merge, false);
    flow(g, id, merge, false);
    return (struct block){id, merge};
}

/* Choices that jump forwards and, through a wait, backwards, without any nesting: one token, so
 * that it is sound while every element can reach the last. */
static struct block make_jumble(struct generator *g)
{
    enum { SIZE = 6 };
    unsigned nodes[SIZE + 1];
    for (unsigned i = 0; i < SIZE; i++) {
        nodes[i] = chooser(g, "exclusiveGateway");
    }
    nodes[SIZE] = element(g, "exclusiveGateway", "");
    for (unsigned i = 0; i < SIZE; i++) {
        default_flow(g, nodes[i], nodes[i + 1]);
        flow(g, nodes[i], nodes[i + 1 + pick(g, SIZE - i)], true);
        if (i > 0 && pick(g, 3) == 0) {
            const unsigned wait = element(g, "userTask", "");
            flow(g, nodes[i], wait, true);
            flow(g, wait, nodes[pick(g, i)], false);
        }
    }
    return (struct block){nodes[0], nodes[SIZE]};
}

static struct block make_block(struct generator *g, unsigned depth)
{
    if (depth > 6 || g->left == 0) {
        return make_task(g);
    }
    switch (pick(g, 9)) {
    case 0:
        return make_event(g);
    case 1:
    case 2:
        return make_sequence(g, depth);
    case 3:
    case 4:
        return make_branches(g, depth);
    case 5:
        return wrap_loop(g, depth);
    case 6:
        return make_inside(g, depth);
    case 7:
        return pick(g, 2) == 0 ? make_event_choice(g) : make_jumble(g);
    default:
        return make_task(g);
    }
}

static void generate(struct generator *g, uint64_t seed, bool mismatched)
{
    *g = (struct generator){.random = seed, .left = 30, .mismatched = mismatched};
    buffer_append_cstr(&g->xml, "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL'>"
                                "<process id='p' isExecutable='true'>");
    const unsigned start = element(g, "startEvent", "");
    const struct block body = make_sequence(g, 0);
    const unsigned end = element(g, "endEvent", "");
    flow(g, start, body.first, false);
    flow(g, body.last, end, false);
    buffer_append(&g->xml, buffer_slice(&g->rest));
    buffer_append_cstr(&g->xml, "</process></definitions>");
    buffer_release(&g->rest);
    assert_false(buffer_failed(&g->xml));
}

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
static void answer(struct run *run, struct generator *g)
{
    const struct bpmn_wait *wait = &run->state->waits[pick(g, run->state->wait_count)];
    struct feel_context *variables = feel_context_new(&run->arena, 2);
    struct bpmn_effects effects;
    assert_non_null(variables);
    assert_true(
        feel_context_put(&run->arena, variables, SLICE("choice"), feel_integer(pick(g, 3))));
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
    struct generator g = {.random = seed};
    struct bpmn_effects effects;
    const struct bpmn_event start = {
        .kind = BPMN_EVENT_START, .id = SLICE("c"), .node = bpmn_model_main(run->model)};
    arena_init(&run->arena, 256 << 20);
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
    struct generator g;
    struct xml_error error;
    generate(&g, seed, false);
    struct bpmn_model *model = bpmn_model_new();
    assert_non_null(model);
    bool good = bpmn_model_add(model, &error, SLICE("random"), buffer_slice(&g.xml)) &&
                bpmn_model_compile(model) && bpmn_check(model);
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
            print_error("seed %llu: stuck %d, steps %u and %u\n%.*s\n", (unsigned long long)seed,
                        straight.stuck, straight.steps, broken.steps, (int)straight.trace.size,
                        straight.trace.data);
        }
        finish(&straight);
        finish(&broken);
    }
    bpmn_model_free(model);
    buffer_release(&g.xml);
    return good;
}

/* Gateways that do not fit: whatever gets stuck in a run has been found before. */
static void play_mismatched(uint64_t seed, unsigned *inout_stuck, unsigned *inout_found)
{
    struct generator g;
    struct xml_error error;
    unsigned findings = 0;
    bool whole = true;
    generate(&g, seed, true);
    struct bpmn_model *model = bpmn_model_new();
    assert_non_null(model);
    assert_true(bpmn_model_add(model, &error, SLICE("random"), buffer_slice(&g.xml)) &&
                bpmn_model_compile(model) && bpmn_check(model));
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
    buffer_release(&g.xml);
}

static void what_gets_stuck_was_found(void **state)
{
    const uint64_t count = tier_replayed() ? 1 : tier_size("HEADROOM_MODELS", 200, 600, 50000);
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
    const uint64_t count = tier_replayed() ? 1 : tier_size("HEADROOM_MODELS", 500, 1500, 100000);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_models_run_to_their_end),
        cmocka_unit_test(what_gets_stuck_was_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
