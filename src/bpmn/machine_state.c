#include <stdarg.h>
#include <stdio.h>

#include "bpmn/machine.h"

const struct bpmn_limits bpmn_limits_default = {
    .moves_max = 10000,
    .tokens_max = 10000,
    .instances_max = 1000,
    .depth_max = 32,
    .state_max = 1 << 20,
};

bool machine_init(struct machine *m, const struct bpmn_env *env, struct bpmn_case *state,
                  const struct bpmn_event *event, struct bpmn_effects *effects)
{
    *m = (struct machine){
        .env = env,
        .model = env->model,
        .calendar = env->calendar == NULL ? &bpmn_calendar_default : env->calendar,
        .limits = env->limits == NULL ? &bpmn_limits_default : env->limits,
        .state = state,
        .event = event,
        .effects = effects,
        .zones = {.arena = env->arena},
    };
    *effects = (struct bpmn_effects){.end = &effects->first};
    return state != NULL;
}

/* ---- finding ---- */

uint32_t machine_scope(const struct bpmn_case *state, uint32_t number)
{
    uint32_t s = 0;
    while (s < state->scope_count && state->scopes[s].number != number) {
        s++;
    }
    check(s < state->scope_count);
    return s;
}

uint32_t machine_token(const struct bpmn_case *state, uint32_t number)
{
    uint32_t t = 0;
    while (t < state->token_count && state->tokens[t].number != number) {
        t++;
    }
    check(t < state->token_count);
    return t;
}

uint32_t machine_wait(const struct bpmn_case *state, uint32_t number)
{
    for (uint32_t w = 0; w < state->wait_count; w++) {
        if (state->waits[w].number == number && !state->waits[w].dead) {
            return w;
        }
    }
    return BPMN_NOWHERE;
}

/* ---- adding ---- */

/* Room for one more item; false when memory is exhausted. */
static bool grow(struct machine *m, void **items, uint32_t count, uint32_t *capacity, size_t size)
{
    if (count < *capacity) {
        return true;
    }
    const uint32_t wanted = *capacity == 0 ? 8 : *capacity * 2;
    void *larger = arena_take_array(m->env->arena, wanted, size);
    if (larger == NULL) {
        m->failed = true;
        return false;
    }
    if (count > 0) {
        memcpy(larger, *items, count * size);
    }
    *items = larger;
    *capacity = wanted;
    return true;
}

uint32_t machine_new_scope(struct machine *m, enum bpmn_scope_kind kind, uint32_t parent,
                           uint32_t token, uint32_t node)
{
    struct bpmn_case *state = m->state;
    void *items = state->scopes;
    if (!grow(m, &items, state->scope_count, &state->scope_capacity, sizeof *state->scopes)) {
        return BPMN_NOWHERE;
    }
    state->scopes = items;
    state->scopes[state->scope_count] = (struct bpmn_scope){
        .number = ++state->last, .parent = parent, .token = token, .node = node, .kind = kind};
    return state->scope_count++;
}

uint32_t machine_new_token(struct machine *m, uint32_t scope, uint32_t node)
{
    struct bpmn_case *state = m->state;
    void *items = state->tokens;
    if (!grow(m, &items, state->token_count, &state->token_capacity, sizeof *state->tokens)) {
        return BPMN_NOWHERE;
    }
    state->tokens = items;
    state->tokens[state->token_count] = (struct bpmn_token){.number = ++state->last,
                                                            .scope = scope,
                                                            .node = node,
                                                            .flow = BPMN_NOWHERE,
                                                            .state = BPMN_TOKEN_ACTIVE};
    state->scopes[machine_scope(state, scope)].live++;
    return state->token_count++;
}

uint32_t machine_new_wait(struct machine *m, uint32_t t, enum bpmn_wait_kind kind, uint32_t node)
{
    struct bpmn_case *state = m->state;
    void *items = state->waits;
    if (!grow(m, &items, state->wait_count, &state->wait_capacity, sizeof *state->waits)) {
        return BPMN_NOWHERE;
    }
    state->waits = items;
    state->waits[state->wait_count] = (struct bpmn_wait){
        .number = ++state->last, .token = token_at(m, t)->number, .node = node, .kind = kind};
    return state->wait_count++;
}

bool machine_has_room(const struct machine *m, uint32_t tokens)
{
    const struct bpmn_case *state = m->state;
    return tokens <= m->limits->tokens_max &&
           state->token_count <= m->limits->tokens_max - tokens &&
           state->scope_count < m->limits->tokens_max &&
           state->wait_count < m->limits->tokens_max * 2;
}

struct bpmn_effect *machine_effect(struct machine *m, enum bpmn_effect_kind kind, uint32_t t)
{
    struct bpmn_effect *effect = arena_take(m->env->arena, sizeof *effect);
    if (effect == NULL) {
        m->failed = true;
        return &m->lost;
    }
    *effect = (struct bpmn_effect){
        .kind = kind,
        .step = m->state->step,
        .ordinal = ++m->effects->count,
        .node = t == BPMN_NOWHERE ? m->state->scopes[0].node : token_at(m, t)->node,
        .token = t == BPMN_NOWHERE ? 0 : token_at(m, t)->number,
        .at = m->state->now,
        .by = m->event->by,
    };
    *m->effects->end = effect;
    m->effects->end = &effect->next;
    return effect;
}

/* ---- ending ---- */

void machine_end_waits(struct machine *m, uint32_t t, uint32_t keep)
{
    static const enum bpmn_effect_kind ends[] = {
        [BPMN_WAIT_TASK] = BPMN_EFFECT_TASK_END,
        [BPMN_WAIT_SERVICE] = BPMN_EFFECT_SERVICE_END,
        [BPMN_WAIT_TIMER] = BPMN_EFFECT_TIMER_END,
        [BPMN_WAIT_MESSAGE] = BPMN_EFFECT_AWAIT_END,
        [BPMN_WAIT_INCIDENT] = BPMN_EFFECT_INCIDENT_END,
    };
    for (uint32_t w = 0; w < m->state->wait_count; w++) {
        struct bpmn_wait *wait = &m->state->waits[w];
        if (!wait->dead && wait->token == token_at(m, t)->number && w != keep) {
            struct bpmn_effect *effect = machine_effect(m, ends[wait->kind], t);
            effect->wait = wait->number;
            effect->node = wait->node;
            wait->dead = true;
        }
    }
}

void machine_activate(struct machine *m, uint32_t t, uint32_t node, uint32_t flow)
{
    struct bpmn_token *token = token_at(m, t);
    token->node = node;
    token->flow = flow;
    token->state = BPMN_TOKEN_ACTIVE;
    m->active = t < m->active ? t : m->active;
}

void machine_consume(struct machine *m, uint32_t t)
{
    struct bpmn_token *token = token_at(m, t);
    struct bpmn_scope *scope = &m->state->scopes[machine_scope(m->state, token->scope)];
    check(token->state != BPMN_TOKEN_DEAD && scope->live > 0);
    token->state = BPMN_TOKEN_DEAD;
    scope->live--;
    m->emptied = m->emptied || scope->live == 0;
}

void machine_kill_scope(struct machine *m, uint32_t s)
{
    m->state->scopes[s].dead = true;
    m->state->scopes[s].live = 0;
}

/* Takes a token away with its waits; what it opened is dying already. */
static void stop_token(struct machine *m, uint32_t t)
{
    machine_end_waits(m, t, BPMN_NOWHERE);
    (void)machine_effect(m, BPMN_EFFECT_STOP, t);
    token_at(m, t)->state = BPMN_TOKEN_DEAD;
}

/* Ends scopes and all that is in them. A scope stands behind its parent, so that one pass finds all
 * that are inside. */
static void stop_scopes(struct machine *m, uint32_t token)
{
    struct bpmn_case *state = m->state;
    for (uint32_t s = 1; s < state->scope_count; s++) {
        struct bpmn_scope *scope = &state->scopes[s];
        const bool parent_dead = state->scopes[machine_scope(state, scope->parent)].dead;
        if (!scope->dead && ((token != 0 && scope->token == token) || parent_dead)) {
            machine_kill_scope(m, s);
        }
    }
    for (uint32_t t = 0; t < state->token_count; t++) {
        if (state->tokens[t].state != BPMN_TOKEN_DEAD &&
            state->scopes[machine_scope(state, state->tokens[t].scope)].dead) {
            stop_token(m, t);
        }
    }
}

void machine_cancel_inside(struct machine *m, uint32_t t)
{
    machine_end_waits(m, t, BPMN_NOWHERE);
    if (token_at(m, t)->state == BPMN_TOKEN_CHILD) {
        stop_scopes(m, token_at(m, t)->number);
    }
}

void machine_cancel_scope(struct machine *m, uint32_t s, uint32_t keep)
{
    const uint32_t number = m->state->scopes[s].number;
    for (uint32_t t = 0; t < m->state->token_count; t++) {
        const struct bpmn_token *token = token_at(m, t);
        if (t != keep && token->scope == number && token->state != BPMN_TOKEN_DEAD) {
            machine_cancel_inside(m, t);
            (void)machine_effect(m, BPMN_EFFECT_STOP, t);
            machine_consume(m, t);
        }
    }
}

void machine_incident(struct machine *m, uint32_t t, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    const int size = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    const size_t kept = size < 0 ? 0 : (size_t)size < sizeof text ? (size_t)size : sizeof text - 1;
    const uint32_t w = machine_new_wait(m, t, BPMN_WAIT_INCIDENT, token_at(m, t)->node);
    if (w == BPMN_NOWHERE) {
        return;
    }
    token_at(m, t)->state = BPMN_TOKEN_INCIDENT;
    struct bpmn_effect *effect = machine_effect(m, BPMN_EFFECT_INCIDENT, t);
    effect->wait = m->state->waits[w].number;
    /* A text that was cut may end within a character. */
    size_t end = kept;
    while (end > 0 && !utf8_valid(slice_of(text, end))) {
        end--;
    }
    effect->text = arena_copy(m->env->arena, slice_of(text, end));
    m->failed = m->failed || effect->text.data == NULL;
}

void machine_compact(struct bpmn_case *state)
{
    uint32_t kept = 0;
    for (uint32_t s = 0; s < state->scope_count; s++) {
        if (!state->scopes[s].dead) {
            state->scopes[kept++] = state->scopes[s];
        }
    }
    state->scope_count = kept;
    kept = 0;
    for (uint32_t t = 0; t < state->token_count; t++) {
        if (state->tokens[t].state != BPMN_TOKEN_DEAD) {
            state->tokens[kept++] = state->tokens[t];
        }
    }
    state->token_count = kept;
    kept = 0;
    for (uint32_t w = 0; w < state->wait_count; w++) {
        if (!state->waits[w].dead) {
            state->waits[kept++] = state->waits[w];
        }
    }
    state->wait_count = kept;
}
