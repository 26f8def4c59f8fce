/* A running case moved from one model to another, element by element. */
#include "bpmn/machine.h"
#include "bpmn/move.h"

struct migration {
    const struct bpmn_model *old;
    const struct bpmn_model *new;
    const struct bpmn_migration *wish;
    struct buffer *out;
    bool stopped; /* something stands in the way */
};

static struct slice replaced(const struct migration *g, struct slice id)
{
    for (size_t i = 0; i < g->wish->count; i++) {
        if (slice_equal(g->wish->replacements[i].from, id)) {
            return g->wish->replacements[i].to;
        }
    }
    return id;
}

/* The element of the new model; BPMN_NOWHERE when there is none. */
static uint32_t target_of(const struct migration *g, uint32_t node)
{
    return bpmn_model_find(g->new, replaced(g, g->old->nodes[node].id));
}

/* NULL, or why a token at the one cannot stand at the other. */
static const char *obstacle(const struct migration *g, uint32_t from, uint32_t to)
{
    if (to == BPMN_NOWHERE) {
        return "the new model has no such element";
    }
    const struct bpmn_node *old = &g->old->nodes[from];
    const struct bpmn_node *new = &g->new->nodes[to];
    if (old->kind != new->kind || old->trigger != new->trigger) {
        return "it is another kind of element";
    }
    /* Whoever was to do it does it: a token is not taken past them by another name. */
    if (old->kind == BPMN_USER && !slice_equal(old->id, new->id) &&
        !slice_equal(old->roles, new->roles)) {
        return "it is a task of other roles";
    }
    if ((old->multi == NULL) != (new->multi == NULL)) {
        return "only one of them is multi-instance";
    }
    if (old->parent != BPMN_NOWHERE && target_of(g, old->parent) != new->parent) {
        return "it lies in another process or sub-process";
    }
    if (old->kind == BPMN_CALL && target_of(g, old->called_node) != new->called_node) {
        return "it calls another process";
    }
    return NULL;
}

static void say(const struct migration *g, const char *what, uint32_t number, uint32_t node)
{
    const struct bpmn_node *old = &g->old->nodes[node];
    const struct slice kind = bpmn_kind_text(old->kind);
    buffer_printf(g->out, "%s %u at %.*s '%.*s': ", what, number, (int)kind.size, kind.data,
                  (int)old->id.size, old->id.data);
}

static void say_end(const struct migration *g, uint32_t to, const char *why)
{
    if (why != NULL) {
        buffer_printf(g->out, "cannot move: %s\n", why);
    } else {
        const struct slice id = g->new->nodes[to].id;
        buffer_printf(g->out, "to '%.*s'\n", (int)id.size, id.data);
    }
}

/* The same as a value. In: to  BPMN_NOWHERE: nowhere */
static void note(const struct migration *g, const char *what, uint32_t number, uint32_t node,
                 uint32_t to, const char *why)
{
    struct bpmn_moves *moves = g->wish->moves;
    const struct bpmn_node *old = &g->old->nodes[node];
    if (moves == NULL) {
        return;
    }
    struct bpmn_move *move = arena_take(moves->arena, sizeof *move);
    if (move == NULL) {
        moves->failed = true;
        return;
    }
    *move = (struct bpmn_move){.what = what,
                               .number = number,
                               .kind = bpmn_kind_text(old->kind),
                               .from = old->id,
                               .to = to == BPMN_NOWHERE ? SLICE("") : g->new->nodes[to].id,
                               .why = why};
    if (moves->last == NULL) {
        moves->first = move;
    } else {
        moves->last->next = move;
    }
    moves->last = move;
}

/* Moves a place; says so, or what is in the way. */
static void move(struct migration *g, const char *what, uint32_t number, uint32_t *inout_node)
{
    const uint32_t to = target_of(g, *inout_node);
    const char *why = obstacle(g, *inout_node, to);
    say(g, what, number, *inout_node);
    say_end(g, to, why);
    note(g, what, number, *inout_node, why == NULL ? to : BPMN_NOWHERE, why);
    if (why != NULL) {
        g->stopped = true;
    } else {
        *inout_node = to;
    }
}

/* A token at a join keeps the flow by which it came. In: from  its element in the old model */
static void move_flow(struct migration *g, struct bpmn_token *token, uint32_t from)
{
    if (token->flow == BPMN_NOWHERE) {
        return;
    }
    const struct slice id = replaced(g, g->old->flows[token->flow].id);
    const struct bpmn_node *node = g->stopped ? NULL : &g->new->nodes[token->node];
    uint32_t found = BPMN_NOWHERE;
    for (uint32_t i = 0; node != NULL && i < node->incoming_count; i++) {
        if (slice_equal(g->new->flows[node->incoming[i]].id, id)) {
            found = node->incoming[i];
        }
    }
    token->flow = found;
    if (found == BPMN_NOWHERE && token->state == BPMN_TOKEN_JOIN && !g->stopped) {
        buffer_printf(g->out, "token %u: cannot move: the flow '%.*s' by which it came is gone\n",
                      token->number, (int)id.size, id.data);
        note(g, "token", token->number, from, BPMN_NOWHERE, "the flow by which it came is gone");
        g->stopped = true;
    }
}

/* Timers and messages of boundary events may go with the old model; all else stays. */
static void move_wait(struct migration *g, struct bpmn_wait *wait)
{
    const struct bpmn_node *old = &g->old->nodes[wait->node];
    const uint32_t to = target_of(g, wait->node);
    const bool optional = old->kind == BPMN_BOUNDARY;
    const char *why = obstacle(g, wait->node, to);
    if (why == NULL && optional && g->new->nodes[to].attached != target_of(g, old->attached)) {
        why = "it is attached to another activity";
    }
    if (why == NULL) {
        wait->node = to;
    } else if (optional) {
        say(g, "wait", wait->number, wait->node);
        buffer_printf(g->out, "ends: %s\n", why);
        note(g, "wait", wait->number, wait->node, BPMN_NOWHERE, why);
        if (g->wish->moves != NULL && g->wish->moves->last != NULL) {
            g->wish->moves->last->ends = true;
        }
        wait->dead = true;
    } else {
        say(g, "wait", wait->number, wait->node);
        say_end(g, to, why);
        note(g, "wait", wait->number, wait->node, BPMN_NOWHERE, why);
        g->stopped = true;
    }
}

static void *copied(struct arena *arena, const void *items, uint32_t count, size_t size)
{
    void *copy = arena_take_array(arena, (size_t)count + 1, size);
    if (copy != NULL && count > 0) {
        memcpy(copy, items, count * size);
    }
    return copy;
}

static struct bpmn_case *copy_case(const struct bpmn_env *env, const struct bpmn_case *old)
{
    struct bpmn_case *state = arena_take(env->arena, sizeof *state);
    if (state == NULL) {
        return NULL;
    }
    *state = *old;
    state->arena = env->arena;
    state->scopes = copied(env->arena, old->scopes, old->scope_count, sizeof *old->scopes);
    state->tokens = copied(env->arena, old->tokens, old->token_count, sizeof *old->tokens);
    state->waits = copied(env->arena, old->waits, old->wait_count, sizeof *old->waits);
    state->messages = copied(env->arena, old->messages, old->message_count, sizeof(uint64_t));
    state->scope_capacity = old->scope_count;
    state->token_capacity = old->token_count;
    state->wait_capacity = old->wait_count;
    state->message_capacity = old->message_count;
    return state->scopes == NULL || state->tokens == NULL || state->waits == NULL ||
                   state->messages == NULL
               ? NULL
               : state;
}

/* Boundary events that only the new model has. */
static void arm_new(struct machine *m, uint32_t t)
{
    const struct bpmn_node *node = node_of(m, t);
    const enum bpmn_token_state before = token_at(m, t)->state;
    if (machine_is_inner(m, t)) {
        return;
    }
    for (uint32_t i = 0; i < node->boundary_count; i++) {
        const uint32_t boundary = node->boundaries[i];
        const enum bpmn_trigger trigger = m->model->nodes[boundary].trigger;
        bool armed = trigger != BPMN_TIMER && trigger != BPMN_MESSAGE;
        for (uint32_t w = 0; w < m->state->wait_count; w++) {
            armed = armed || (m->state->waits[w].node == boundary && !m->state->waits[w].dead &&
                              m->state->waits[w].token == token_at(m, t)->number);
        }
        if (!armed) {
            const bool good = machine_arm(m, t, boundary);
            token_at(m, t)->state = good ? before : token_at(m, t)->state;
            if (!good) {
                return;
            }
        }
    }
}

static bool apply(const struct bpmn_env *env, struct bpmn_case *state,
                  const struct bpmn_migration *wish, struct bpmn_effects *ret_effects)
{
    struct machine m;
    const struct bpmn_event event = {.kind = BPMN_EVENT_RESOLVE, .at = wish->at, .by = wish->by};
    (void)machine_init(&m, env, state, &event, ret_effects);
    state->model = env->model;
    state->now = wish->at > state->now ? wish->at : state->now;
    state->step++;
    for (uint32_t t = 0; t < state->token_count; t++) {
        (void)machine_effect(&m, BPMN_EFFECT_MOVE, t);
    }
    for (uint32_t w = 0; w < state->wait_count; w++) {
        if (state->waits[w].dead) {
            const uint32_t t = machine_token(state, state->waits[w].token);
            struct bpmn_effect *effect =
                machine_effect(&m,
                               state->waits[w].kind == BPMN_WAIT_TIMER ? BPMN_EFFECT_TIMER_END
                                                                       : BPMN_EFFECT_AWAIT_END,
                               t);
            effect->wait = state->waits[w].number;
        }
    }
    const uint32_t count = state->token_count;
    for (uint32_t t = 0; t < count && !m.failed; t++) {
        arm_new(&m, t);
    }
    machine_compact(state);
    return !m.failed;
}

bool bpmn_case_migrate(const struct bpmn_env *env, const struct bpmn_case *old,
                       const struct bpmn_migration *migration, struct buffer *out,
                       struct bpmn_case **ret_case, struct bpmn_effects *ret_effects)
{
    struct migration g = {.old = old->model, .new = env->model, .wish = migration, .out = out};
    struct bpmn_case *state = copy_case(env, old);
    if (state == NULL) {
        buffer_append_cstr(out, "memory is exhausted\n");
        return false;
    }
    if (state->phase != BPMN_RUNNING) {
        buffer_append_cstr(out, "the case has ended\n");
        return false;
    }
    for (uint32_t s = 0; s < state->scope_count; s++) {
        move(&g, "scope", state->scopes[s].number, &state->scopes[s].node);
    }
    for (uint32_t t = 0; t < state->token_count; t++) {
        const uint32_t from = state->tokens[t].node;
        move(&g, "token", state->tokens[t].number, &state->tokens[t].node);
        move_flow(&g, &state->tokens[t], from);
    }
    for (uint32_t w = 0; w < state->wait_count; w++) {
        move_wait(&g, &state->waits[w]);
    }
    if (g.stopped || ret_case == NULL) {
        return !g.stopped;
    }
    if (!apply(env, state, migration, ret_effects)) {
        buffer_append_cstr(out, "memory is exhausted\n");
        return false;
    }
    *ret_case = state;
    return true;
}
