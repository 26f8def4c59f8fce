/* Random sound models through the store, on both database systems. Each is played twice: straight,
 * in step with the pure machine, which must agree in every effect and wait; and killed at every
 * call, before its commit, behind it, or at any moment, with everything in memory thrown away and
 * the call done again, as who got no answer does. Both give the same trace, to the byte: history,
 * tasks, effects owed, timers, events. The same once more with a newer version in force from the
 * beginning: the case runs by the version that it began with, is not moved where something has no
 * place or is not as it was shown, and goes on by the newer one once a person moves it.
 * HEADROOM_SEED replays one. */
#include "case_kill.h"

#include <stdio.h>

#include "audit/trail.h"
#include "bpmn_newer.h"
#include "tier.h"

enum {
    MODELS_EACH = 100,     /* of a database */
    CALLS_MAX = 150,       /* of a case, before it is cancelled */
    MOVED_WITHIN = 4,      /* answers from the beginning, with a newer version */
    KILL_WITHIN_US = 4000, /* of a call's process */
    DEATHS = 16,           /* drawn from: the first three cost a process */
};

#define NEWER_VERSION (1ULL << 40) /* above the number of the older one */

/* ---- a run ---- */

struct run {
    struct world *world;
    uint64_t seed;
    struct arena arena; /* of one call */
    int64_t number;     /* of the case */
    int64_t event_first;
    struct buffer trace;
    struct call calls[CALLS_MAX * 8];
    size_t call_count;
    struct bpmn_making random;
    time_us now;
    /* the pure machine beside it */
    struct bpmn_env env;
    struct arena machine;
    struct bpmn_case *state;
    struct buffer saved;
    struct buffer effects; /* all of them, a line each */
    struct {
        uint32_t wait; /* 0: a message that was sent */
        uint32_t step;
        uint32_t ordinal;
    } services[10000];
    size_t service_count;
    unsigned sent_owed;
    bool nobody; /* a task that no candidate may claim */
    /* the version that the case is to be moved to; NULL: none, or it was moved */
    const struct pack *newer;
    unsigned answers_before; /* the move */
    bool moved;
};

static void trace_add(struct run *run)
{
    arena_reset(&run->arena);
    const struct census c = census_take(run->world, &run->arena, run->number, run->event_first);
    census_write(&run->trace, &c, false);
}

static void trace_end(struct run *run)
{
    arena_reset(&run->arena);
    const struct census c = census_take(run->world, &run->arena, run->number, run->event_first);
    census_write(&run->trace, &c, true);
    assert_false(buffer_failed(&run->trace));
}

/* ---- the pure machine ---- */

static void machine_took(struct run *run, const struct bpmn_effects *effects)
{
    for (const struct bpmn_effect *at = effects->first; at != NULL; at = at->next) {
        bpmn_effect_write(&run->effects, run->state, at);
        buffer_append_byte(&run->effects, '\n');
        if (at->kind == BPMN_EFFECT_SERVICE || at->kind == BPMN_EFFECT_SEND) {
            assert_true(run->service_count < sizeof run->services / sizeof run->services[0]);
            run->services[run->service_count].wait = at->wait;
            run->services[run->service_count].step = at->step;
            run->services[run->service_count++].ordinal = at->ordinal;
            run->sent_owed += at->kind == BPMN_EFFECT_SEND;
        }
    }
    buffer_reset(&run->saved);
    assert_int_equal(bpmn_case_save(&run->env, run->state, &run->saved), BPMN_STATUS_OK);
    arena_reset(&run->machine);
    assert_int_equal(bpmn_case_load(&run->env, buffer_slice(&run->saved), &run->state),
                     BPMN_STATUS_OK);
}

static void machine_step(struct run *run, struct bpmn_event event, const struct call *call)
{
    struct bpmn_effects effects = {0};
    struct feel_context *variables = feel_context_new(&run->machine, 2);
    assert_non_null(variables);
    assert_true(
        feel_context_put(&run->machine, variables, SLICE("choice"), feel_integer(call->choice)));
    event.at = call->now;
    event.by = slice_from_cstr(call->who);
    if (event.kind == BPMN_EVENT_DONE || event.kind == BPMN_EVENT_MESSAGE ||
        event.kind == BPMN_EVENT_RESOLVE) {
        event.variables = variables;
    }
    assert_int_equal(bpmn_case_step(&run->env, run->state, &event, &effects), BPMN_STATUS_OK);
    machine_took(run, &effects);
}

static const struct bpmn_wait *first_timer(const struct bpmn_case *state)
{
    const struct bpmn_wait *first = NULL;
    for (uint32_t w = 0; w < state->wait_count; w++) {
        const struct bpmn_wait *wait = &state->waits[w];
        if (wait->kind == BPMN_WAIT_TIMER &&
            (first == NULL || wait->due < first->due ||
             (wait->due == first->due && wait->number < first->number))) {
            first = wait;
        }
    }
    return first;
}

/* To the newer version. */
static void machine_move(struct run *run, const struct call *call)
{
    const struct bpmn_migration migration = {.replacements = run->world->replacements,
                                             .count = run->world->replacement_count,
                                             .by = slice_from_cstr(call->who),
                                             .at = call->now};
    struct bpmn_effects effects = {0};
    struct buffer text = {0};
    run->env.model = run->newer->processes;
    run->env.calendar = &run->newer->calendar;
    if (!bpmn_case_migrate(&run->env, run->state, &migration, &text, &run->state, &effects)) {
        fail_msg("seed %llu: %.*s", (unsigned long long)run->seed, (int)text.size, text.data);
    }
    buffer_release(&text);
    machine_took(run, &effects);
    run->newer = NULL;
    run->moved = true;
}

/* The same call for the machine. */
static void machine_call(struct run *run, const struct call *call)
{
    char id[32];
    (void)snprintf(id, sizeof id, "M-%u", call->id);
    struct bpmn_event event = {.wait = call->wait};
    switch (call->kind) {
    case CALL_COMPLETE:
    case CALL_EFFECT:
        event.kind = BPMN_EVENT_DONE;
        break;
    case CALL_ERROR:
        event.kind = BPMN_EVENT_ERROR;
        event.code = SLICE("E1");
        event.text = SLICE("no");
        break;
    case CALL_FAIL:
        event.kind = BPMN_EVENT_FAILED;
        event.text = SLICE("no");
        break;
    case CALL_MESSAGE:
        event = (struct bpmn_event){.kind = BPMN_EVENT_MESSAGE,
                                    .name = slice_from_cstr(call->name),
                                    .key = slice_from_cstr(call->key),
                                    .id = slice_from_cstr(id)};
        break;
    case CALL_RESOLVE:
        event.kind = BPMN_EVENT_RESOLVE;
        break;
    case CALL_CANCEL:
        event = (struct bpmn_event){.kind = BPMN_EVENT_CANCEL};
        break;
    case CALL_TIMERS:
        for (const struct bpmn_wait *timer = first_timer(run->state);
             timer != NULL && timer->due <= call->now; timer = first_timer(run->state)) {
            machine_step(run, (struct bpmn_event){.kind = BPMN_EVENT_TIMER, .wait = timer->number},
                         call);
        }
        return;
    case CALL_MOVE:
        machine_move(run, call);
        return;
    default:
        return;
    }
    machine_step(run, event, call);
}

static const struct bpmn_node *node_of(const struct run *run, uint32_t node)
{
    return &run->state->model->nodes[node];
}

/* Open tasks of the element that a wait stands at. */
static unsigned live_of(const struct run *run, const struct census *c, const struct bpmn_wait *wait)
{
    unsigned found = 0;
    for (size_t i = 0; i < c->task_count; i++) {
        found += c->tasks[i].ended == TIME_NONE && c->tasks[i].wait == wait->number &&
                 slice_equal(c->tasks[i].element, node_of(run, wait->node)->id);
    }
    return found;
}

static bool is_owed(const struct run *run, const struct census *c, const struct bpmn_wait *wait)
{
    char id[64] = "";
    for (size_t i = 0; i < run->service_count; i++) {
        if (run->services[i].wait == wait->number) {
            (void)snprintf(id, sizeof id, "%s/%u/%u", c->id, run->services[i].step,
                           run->services[i].ordinal);
        }
    }
    for (size_t i = 0; i < c->effect_count; i++) {
        if (slice_equal(c->effects[i].id, slice_from_cstr(id))) {
            return slice_equal(c->effects[i].topic, node_of(run, wait->node)->topic);
        }
    }
    return false;
}

/* The store has what the machine has: nothing is lost, nothing there twice. */
static void agree(struct run *run)
{
    arena_reset(&run->arena);
    const struct census c = census_take(run->world, &run->arena, run->number, run->event_first);
    const struct bpmn_case *state = run->state;
    unsigned tasks = 0;
    unsigned services = 0;
    unsigned live = 0;
    assert_true(slice_equal(c.state, buffer_slice(&run->saved)));
    assert_int_equal(c.row.step, state->step);
    assert_int_equal(c.waits.count, state->wait_count);
    for (uint32_t w = 0; w < state->wait_count; w++) {
        const struct bpmn_wait *wait = &state->waits[w];
        bool found = false;
        for (size_t i = 0; i < c.waits.count; i++) {
            const struct store_value *row = store_row(&c.waits, i);
            found = found || (row[0].number == wait->number &&
                              (row[2].type == STORE_NULL) == (wait->kind != BPMN_WAIT_TIMER) &&
                              (wait->kind != BPMN_WAIT_TIMER || row[2].number == wait->due));
        }
        assert_true(found);
        tasks += wait->kind == BPMN_WAIT_TASK;
        services += wait->kind == BPMN_WAIT_SERVICE;
        assert_true(wait->kind != BPMN_WAIT_TASK || live_of(run, &c, wait) == 1);
        assert_true(wait->kind != BPMN_WAIT_SERVICE || is_owed(run, &c, wait));
    }
    for (size_t i = 0; i < c.task_count; i++) {
        live += c.tasks[i].ended == TIME_NONE;
    }
    assert_int_equal(live, tasks);
    assert_int_equal(c.effect_count, services + run->sent_owed);
    struct buffer history = {0};
    for (size_t i = 0; i < c.history_count; i++) {
        buffer_append(&history, c.history[i].effect);
        buffer_append_byte(&history, '\n');
    }
    assert_true(slice_equal(buffer_slice(&history), buffer_slice(&run->effects)));
    buffer_release(&history);
}

/* ---- the straight run ---- */

static unsigned pick(struct run *run, unsigned count)
{
    return bpmn_making_pick(&run->random, count);
}

static struct call call_of(const struct run *run, enum call_kind kind, const char *who)
{
    struct call call = {.kind = kind, .now = run->now};
    (void)snprintf(call.who, sizeof call.who, "%s", who);
    return call;
}

/* Does it in the store and in the machine. False where four eyes refuse a claim. */
static bool perform(struct run *run, const struct call *call)
{
    arena_reset(&run->arena);
    const enum process_status status = call_do(run->world, &run->arena, call, &run->number);
    if (call->kind == CALL_CLAIM && status == PROCESS_FOUR_EYES) {
        return false;
    }
    if (status != call_first_status(call->kind)) {
        fail_msg("seed %llu: call %zu of kind %d: %s", (unsigned long long)run->seed,
                 run->call_count, call->kind, process_status_slug(status));
    }
    assert_true(run->call_count < sizeof run->calls / sizeof run->calls[0]);
    run->calls[run->call_count++] = *call;
    machine_call(run, call);
    agree(run);
    trace_add(run);
    return true;
}

/* Claims and completes a task; now and then it is given back, or returned for a supplement. */
static bool do_task(struct run *run, const struct bpmn_wait *wait)
{
    const struct bpmn_node *node = node_of(run, wait->node);
    const unsigned first = pick(run, WORLD_PEOPLE);
    const uint32_t number = wait->number;
    char who[32];
    bool claimed = false;
    for (unsigned i = 0; i < WORLD_PEOPLE && !claimed; i++) {
        (void)snprintf(who, sizeof who, "%.*s%u", (int)node->roles.size, node->roles.data,
                       (first + i) % WORLD_PEOPLE);
        struct call claim = call_of(run, CALL_CLAIM, who);
        claim.wait = number;
        claimed = perform(run, &claim);
    }
    if (!claimed) {
        return false;
    }
    const enum call_kind detours[][2] = {{CALL_UNCLAIM, CALL_CLAIM}, {CALL_RETURN, CALL_RESUME}};
    const unsigned detour = pick(run, 8);
    for (unsigned i = 0; detour < 2 && i < 2; i++) {
        const enum call_kind kind = detours[detour][i];
        struct call call = call_of(run, kind, kind == CALL_RESUME ? "starter" : who);
        call.wait = number;
        assert_true(perform(run, &call));
    }
    struct call complete = call_of(run, CALL_COMPLETE, who);
    complete.wait = number;
    complete.choice = pick(run, 3);
    return perform(run, &complete);
}

static void do_service(struct run *run, const struct bpmn_wait *wait)
{
    const struct bpmn_node *node = node_of(run, wait->node);
    const bool risky = slice_equal(node->topic, SLICE("risky"));
    const unsigned how = pick(run, 8);
    struct call call = call_of(run,
                               how == 0           ? CALL_FAIL
                               : how < 4 && risky ? CALL_ERROR
                                                  : CALL_EFFECT,
                               "system");
    call.wait = wait->number;
    call.choice = pick(run, 3);
    for (size_t i = 0; i < run->service_count; i++) {
        if (run->services[i].wait == wait->number) {
            call.step = run->services[i].step;
            call.ordinal = run->services[i].ordinal;
        }
    }
    assert_true(perform(run, &call));
}

static void do_sent(struct run *run)
{
    for (size_t i = 0; i < run->service_count; i++) {
        if (run->services[i].wait == 0 && run->services[i].step != 0) {
            struct call call = call_of(run, CALL_SENT, "system");
            call.step = run->services[i].step;
            call.ordinal = run->services[i].ordinal;
            run->services[i].step = 0;
            run->sent_owed--;
            assert_true(perform(run, &call));
            return;
        }
    }
}

/* Answers one of the waits, chosen by the seed. */
static void answer(struct run *run)
{
    const struct bpmn_wait *wait = &run->state->waits[pick(run, run->state->wait_count)];
    struct call call = call_of(run, CALL_TIMERS, "system");
    call.wait = wait->number;
    call.choice = pick(run, 3);
    switch (wait->kind) {
    case BPMN_WAIT_TASK:
        run->nobody = !do_task(run, wait);
        return;
    case BPMN_WAIT_SERVICE:
        do_service(run, wait);
        return;
    case BPMN_WAIT_MESSAGE: {
        const struct slice name = node_of(run, wait->node)->message;
        call.kind = CALL_MESSAGE;
        call.id = (unsigned)run->call_count + 1;
        (void)snprintf(call.name, sizeof call.name, "%.*s", (int)name.size, name.data);
        (void)snprintf(call.key, sizeof call.key, "%.*s", (int)wait->key.size, wait->key.data);
        break;
    }
    case BPMN_WAIT_INCIDENT:
        call.kind = CALL_RESOLVE;
        break;
    case BPMN_WAIT_TIMER:
        run->now = wait->due > run->now ? wait->due : run->now;
        call.now = run->now;
        break;
    }
    assert_true(perform(run, &call));
}

/* ---- the newer version ---- */

/* An element of the newer version at which what stands at `node` has no place. */
static struct slice wrong_place(struct run *run, const struct bpmn_node *node)
{
    const struct bpmn_model *newer = run->newer->processes;
    const bool of_other_roles = pick(run, 3) == 0;
    const unsigned first = pick(run, newer->node_count);
    for (unsigned i = 0; i < newer->node_count && pick(run, 4) != 0; i++) {
        const struct bpmn_node *to = &newer->nodes[(first + i) % newer->node_count];
        if (to->kind != node->kind ||
            (of_other_roles && to->kind == BPMN_USER && !slice_equal(to->id, node->id) &&
             !slice_equal(to->roles, node->roles))) {
            return to->id;
        }
    }
    return SLICE("nowhere");
}

/* What is refused changes nothing: not a byte of the case, no event, no entry in the trail. */
static void perform_refused(struct run *run, const struct call *call)
{
    struct buffer states[2] = {{0}};
    for (size_t i = 0; i < 2; i++) {
        arena_reset(&run->arena);
        const struct census c = census_take(run->world, &run->arena, run->number, run->event_first);
        census_write(&states[i], &c, true);
        buffer_printf(&states[i], "event %lld entry %lld\n",
                      (long long)census_event_head(run->world),
                      (long long)census_trail_head(run->world));
        assert_true(i == 1 || perform(run, call));
    }
    assert_true(slice_equal(buffer_slice(&states[0]), buffer_slice(&states[1])));
    buffer_release(&states[0]);
    buffer_release(&states[1]);
}

static void move_to_newer(struct run *run)
{
    struct call call = call_of(run, CALL_ASTRAY, "admin");
    const struct bpmn_token *token = &run->state->tokens[pick(run, run->state->token_count)];
    const struct bpmn_node *node = node_of(run, token->node);
    const struct slice to = wrong_place(run, node);
    (void)snprintf(call.name, sizeof call.name, "%.*s", (int)node->id.size, node->id.data);
    (void)snprintf(call.key, sizeof call.key, "%.*s", (int)to.size, to.data);
    perform_refused(run, &call);
    call = call_of(run, CALL_STALE, "admin");
    call.choice = pick(run, 2);
    perform_refused(run, &call);
    call = call_of(run, CALL_MOVE, "admin");
    assert_true(perform(run, &call));
}

/* ---- from start to end ---- */

static void machine_start(struct run *run, const struct pack *pack)
{
    struct bpmn_effects effects = {0};
    char id[32];
    (void)snprintf(id, sizeof id, "CS-%08lld", (long long)run->number);
    run->env = (struct bpmn_env){
        .model = pack->processes, .calendar = &pack->calendar, .arena = &run->machine};
    struct feel_context *variables = feel_context_new(&run->machine, 1);
    assert_true(variables != NULL &&
                feel_context_put(&run->machine, variables, SLICE("choice"), feel_integer(0)));
    const struct bpmn_event start = {.kind = BPMN_EVENT_START,
                                     .at = run->now,
                                     .by = SLICE("starter"),
                                     .id = slice_from_cstr(id),
                                     .node = pack_process_find(pack, SLICE("p")),
                                     .variables = variables};
    assert_int_equal(bpmn_case_start(&run->env, &start, &run->state, &effects), BPMN_STATUS_OK);
    machine_took(run, &effects);
}

static void play_straight(struct run *run, const struct pack *pack)
{
    struct call start = call_of(run, CALL_START, "starter");
    (void)snprintf(start.name, sizeof start.name, "straight/%llu", (unsigned long long)run->seed);
    run->event_first = census_event_head(run->world);
    assert_int_equal(call_do(run->world, &run->arena, &start, &run->number), PROCESS_OK);
    machine_start(run, pack);
    agree(run);
    trace_add(run);
    while (run->state->phase == BPMN_RUNNING) {
        run->now += US_PER_SECOND;
        assert_true(run->state->wait_count > 0); /* it waits for something, or has ended */
        if (run->newer != NULL && run->answers_before-- == 0) {
            move_to_newer(run);
            continue;
        }
        if (run->call_count > CALLS_MAX || run->nobody) {
            const struct call cancel = call_of(run, CALL_CANCEL, "starter");
            assert_true(perform(run, &cancel));
            break;
        }
        if (pick(run, 6) == 0) {
            struct call wrong = call_of(run, CALL_WRONG, "system");
            (void)snprintf(wrong.name, sizeof wrong.name, "unknown");
            assert_true(perform(run, &wrong));
        }
        if (run->sent_owed > 0 && pick(run, 3) == 0) {
            do_sent(run);
        }
        answer(run);
    }
    trace_end(run);
}

/* ---- the killed run ---- */

/* Kills a process that does it; whoever got no answer does it again. */
static void perform_killed(struct run *run, const struct call *call)
{
    const unsigned drawn = pick(run, DEATHS);
    const enum death death = drawn <= NOT_COMMITTED ? drawn
                             : drawn % 2 == 0       ? NOT_COMMITTED
                                                    : NO_ANSWER;
    const unsigned lives_us = death == AT_ANY_MOMENT ? pick(run, KILL_WITHIN_US) : 0;
    if (!call_killed(run->world, call, run->number, death, lives_us)) {
        fail_msg("seed %llu: call of kind %d, killed %d, came to something else",
                 (unsigned long long)run->seed, call->kind, death);
    }
    arena_reset(&run->arena);
    const enum process_status status = call_do(run->world, &run->arena, call, &run->number);
    const bool first = status == call_first_status(call->kind);
    const bool again = status == call_again_status(call->kind);
    if (!(death == BEFORE_COMMIT || death == NOT_COMMITTED ? first
          : death == BEHIND_COMMIT || death == NO_ANSWER   ? again
                                                           : first || again)) {
        fail_msg("seed %llu: call of kind %d, killed %d: %s", (unsigned long long)run->seed,
                 call->kind, death, process_status_slug(status));
    }
    trace_add(run);
}

static void play_killed(struct run *run, const struct run *straight)
{
    struct call start = call_of(run, CALL_START, "starter");
    (void)snprintf(start.name, sizeof start.name, "killed/%llu", (unsigned long long)run->seed);
    run->event_first = census_event_head(run->world);
    perform_killed(run, &start);
    for (size_t i = 0; i < straight->call_count; i++) {
        perform_killed(run, &straight->calls[i]);
    }
    trace_end(run);
}

/* ---- the suites ---- */

static void run_init(struct run *run, struct world *world, uint64_t seed)
{
    *run = (struct run){.world = world, .seed = seed, .now = WORLD_START_US};
    run->random.random = seed;
    arena_init(&run->arena, 256 << 20);
    arena_init(&run->machine, 256 << 20);
}

static void run_release(struct run *run)
{
    arena_release(&run->arena);
    arena_release(&run->machine);
    buffer_release(&run->trace);
    buffer_release(&run->saved);
    buffer_release(&run->effects);
}

struct counts {
    unsigned completed;
    unsigned nobody;
    unsigned moved;
    unsigned renamed;
    unsigned added;
    unsigned removed;
    uint64_t calls;
};

static void count(struct counts *inout_counts, const struct run *run)
{
    inout_counts->completed += run->state->phase == BPMN_COMPLETED;
    inout_counts->nobody += run->nobody;
    inout_counts->moved += run->moved;
    inout_counts->calls += run->call_count + 1;
}

/* In: newer  NULL: the case ends by the version that it began with */
static void play_twice(struct world *world, uint64_t seed, const struct pack *pack,
                       const struct pack *newer, struct counts *inout_counts)
{
    static struct run straight;
    static struct run killed;
    run_init(&straight, world, seed);
    run_init(&killed, world, seed);
    straight.newer = newer;
    straight.answers_before = newer == NULL ? 0 : pick(&straight, MOVED_WITHIN);
    play_straight(&straight, pack);
    play_killed(&killed, &straight);
    if (!slice_equal(buffer_slice(&straight.trace), buffer_slice(&killed.trace))) {
        (void)fprintf(stderr, "straight:\n%.*s\nkilled:\n%.*s\n", (int)straight.trace.size,
                      straight.trace.data, (int)killed.trace.size, killed.trace.data);
        fail_msg("seed %llu: another trace", (unsigned long long)seed);
    }
    count(inout_counts, &straight);
    run_release(&straight);
    run_release(&killed);
}

static void play_seed(struct world *world, uint64_t seed, bool move, struct counts *inout_counts)
{
    static struct bpmn_newer newer;
    char hash[PACK_HASH_TEXT];
    struct bpmn_making g;
    bpmn_making_run(&g, seed, false, true);
    struct pack *pack = world_pack(&g, seed);
    world_keep(world, pack);
    if (move) {
        bpmn_newer_make(&newer, &g, seed);
        struct pack *next = world_pack(&newer.making, seed + NEWER_VERSION);
        world_put_in_force(world, hash, next);
        world->replacements = newer.replacements;
        world->replacement_count = newer.count;
        play_twice(world, seed, pack, next, inout_counts);
        inout_counts->renamed += newer.renamed;
        inout_counts->added += newer.added;
        inout_counts->removed += newer.removed;
        pack_free(next);
        bpmn_newer_release(&newer);
    } else {
        play_twice(world, seed, pack, NULL, inout_counts);
    }
    pack_free(pack);
    bpmn_making_release(&g);
}

static enum store_status verify_work(struct store *store, void *context)
{
    return trail_verify(store, context, NULL, 0);
}

static void world_end(struct world *world)
{
    struct trail_walk walk;
    assert_int_equal(store_transact(world->store, STORE_READ, verify_work, &walk), STORE_OK);
    assert_false(walk.failed);
    assert_int_equal(store_prove(world->store), STORE_OK);
    case_world_close(world);
    database_remove(&world->database);
}

static void play_all(bool postgresql, bool move, uint64_t models)
{
    const uint64_t first = tier_seed(1);
    struct world world;
    struct counts counts = {0};
    if (database_missing(postgresql)) {
        skip();
    }
    for (uint64_t i = 0; i < models; i++) {
        if (i % MODELS_EACH == 0) {
            world_make(&world, postgresql);
        }
        play_seed(&world, first + i, move, &counts);
        if (i % MODELS_EACH == MODELS_EACH - 1 || i == models - 1) {
            world_end(&world);
        }
    }
    print_message(
        "%llu models, %u completed, %u without a candidate left, %llu calls, each killed\n",
        (unsigned long long)models, counts.completed, counts.nobody,
        (unsigned long long)counts.calls);
    if (move) {
        print_message("%u moved on the way, to versions with %u elements renamed, %u added, %u "
                      "removed\n",
                      counts.moved, counts.renamed, counts.added, counts.removed);
    }
    assert_true(tier_replayed() || counts.completed >= models * 8 / 10);
    assert_true(tier_replayed() || !move || counts.moved >= models / 2);
}

/* Fewer on PostgreSQL: a connection costs more. HEADROOM_POSTGRES_MODELS says it by itself. */
static uint64_t models_of(bool postgresql)
{
    const uint64_t few = tier_size("HEADROOM_MODELS", tier_sanitized() ? 30 : 60, 120, 10000) / 30;
    const uint64_t models = postgresql
                                ? tier_number("HEADROOM_POSTGRES_MODELS", few)
                                : tier_size("HEADROOM_MODELS", tier_sanitized() ? 4 : 8, 24, 10000);
    return tier_replayed() || models == 0 ? 1 : models;
}

static void in_sqlite(void **state)
{
    (void)state;
    play_all(false, false, models_of(false));
}

static void in_postgresql(void **state)
{
    (void)state;
    play_all(true, false, models_of(true));
}

static void moved_in_sqlite(void **state)
{
    (void)state;
    play_all(false, true, models_of(false));
}

static void moved_in_postgresql(void **state)
{
    (void)state;
    play_all(true, true, models_of(true));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_sqlite),
        cmocka_unit_test(in_postgresql),
        cmocka_unit_test(moved_in_sqlite),
        cmocka_unit_test(moved_in_postgresql),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
