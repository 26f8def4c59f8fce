/* Tokens: what happens when one enters an element, and by which flows it leaves. */
#include "bpmn/machine.h"

bool machine_is_inner(const struct machine *m, uint32_t t)
{
    const struct bpmn_token *token = token_at(m, t);
    const struct bpmn_scope *scope = &m->state->scopes[machine_scope(m->state, token->scope)];
    return scope->kind == BPMN_SCOPE_INSTANCE && scope->node == token->node;
}

/* ---- leaving ---- */

void machine_follow(struct machine *m, uint32_t t, uint32_t flow)
{
    machine_activate(m, t, m->model->flows[flow].target, flow);
}

enum verdict { VERDICT_NO, VERDICT_YES, VERDICT_FAILED };

static enum verdict condition_holds(struct machine *m, uint32_t t, uint32_t flow,
                                    struct slice *ret_text)
{
    struct feel_value value = FEEL_NOTHING;
    struct slice why = SLICE("");
    if (!machine_evaluate(m, token_at(m, t)->scope, NULL, &m->model->flows[flow].condition, &value,
                          &why)) {
        const struct slice id = m->model->flows[flow].id;
        machine_incident(m, t, "the condition of the flow %.*s: %.*s", (int)id.size, id.data,
                         (int)why.size, why.data);
        return VERDICT_FAILED;
    }
    if (!feel_is_true(value) && why.size > 0) {
        *ret_text = why;
    }
    return feel_is_true(value) ? VERDICT_YES : VERDICT_NO;
}

static void no_way(struct machine *m, uint32_t t, struct slice why)
{
    machine_incident(m, t, "no condition of its flows holds, and it has no default%s%.*s",
                     why.size > 0 ? ": " : "", (int)why.size, why.data);
}

static void follow_only(struct machine *m, uint32_t t, uint32_t flow)
{
    (void)machine_effect(m, BPMN_EFFECT_LEAVE, t);
    machine_follow(m, t, flow);
}

/* The first flow whose condition holds, else the default. */
static void leave_exclusive(struct machine *m, uint32_t t)
{
    const struct bpmn_node *node = node_of(m, t);
    struct slice why = SLICE("");
    if (node->outgoing_count == 1 &&
        !bpmn_expression_given(&m->model->flows[node->outgoing[0]].condition)) {
        follow_only(m, t, node->outgoing[0]);
        return;
    }
    for (uint32_t i = 0; i < node->outgoing_count; i++) {
        const uint32_t flow = node->outgoing[i];
        if (flow == node->default_flow ||
            !bpmn_expression_given(&m->model->flows[flow].condition)) {
            continue;
        }
        const enum verdict verdict = condition_holds(m, t, flow, &why);
        if (verdict == VERDICT_YES) {
            follow_only(m, t, flow);
        }
        if (verdict != VERDICT_NO) {
            return;
        }
    }
    if (node->default_flow != BPMN_NOWHERE) {
        follow_only(m, t, node->default_flow);
    } else {
        no_way(m, t, why);
    }
}

/* One token on each of the flows; the token itself takes the first. */
static void fork(struct machine *m, uint32_t t, const uint32_t *flows, uint32_t count)
{
    if (!machine_has_room(m, count - 1)) {
        machine_incident(m, t, "the case would have more than %u tokens", m->limits->tokens_max);
        return;
    }
    const uint32_t scope = token_at(m, t)->scope;
    const uint32_t from = token_at(m, t)->node;
    (void)machine_effect(m, BPMN_EFFECT_LEAVE, t);
    machine_follow(m, t, flows[0]);
    for (uint32_t i = 1; i < count; i++) {
        const uint32_t added = machine_new_token(m, scope, from);
        if (added == BPMN_NOWHERE) {
            return;
        }
        machine_follow(m, added, flows[i]);
    }
}

/* Every flow without condition and every one whose condition holds; the default when none of the
 * conditions does. At a parallel gateway conditions have no effect. */
static void leave_all(struct machine *m, uint32_t t)
{
    const struct bpmn_node *node = node_of(m, t);
    uint32_t *flows =
        arena_take_array(m->env->arena, (size_t)node->outgoing_count + 1, sizeof *flows);
    struct slice why = SLICE("");
    uint32_t count = 0;
    uint32_t held = 0;
    uint32_t asked = 0;
    if (flows == NULL) {
        m->failed = true;
        return;
    }
    for (uint32_t i = 0; i < node->outgoing_count; i++) {
        const uint32_t flow = node->outgoing[i];
        enum verdict verdict = VERDICT_YES;
        if (flow == node->default_flow && node->kind != BPMN_PARALLEL) {
            continue;
        }
        if (bpmn_expression_given(&m->model->flows[flow].condition) &&
            node->kind != BPMN_PARALLEL) {
            verdict = condition_holds(m, t, flow, &why);
            asked++;
            held += verdict == VERDICT_YES;
        }
        if (verdict == VERDICT_FAILED) {
            return;
        }
        if (verdict == VERDICT_YES) {
            flows[count++] = flow;
        }
    }
    if (held == 0 && node->default_flow != BPMN_NOWHERE && node->kind != BPMN_PARALLEL &&
        (asked > 0 || count == 0)) {
        flows[count++] = node->default_flow;
    }
    if (count > 0) {
        fork(m, t, flows, count);
    } else if (node->outgoing_count > 0) {
        no_way(m, t, why);
    } else {
        (void)machine_effect(m, BPMN_EFFECT_LEAVE, t);
        machine_consume(m, t);
    }
}

void machine_leave(struct machine *m, uint32_t t)
{
    if (machine_is_inner(m, t)) {
        (void)machine_effect(m, BPMN_EFFECT_LEAVE, t);
        machine_consume(m, t);
    } else if (node_of(m, t)->kind == BPMN_EXCLUSIVE && node_of(m, t)->outgoing_count > 0) {
        leave_exclusive(m, t);
    } else {
        leave_all(m, t);
    }
}

void machine_finish(struct machine *m, uint32_t t)
{
    machine_end_waits(m, t, BPMN_NOWHERE);
    machine_leave(m, t);
}

/* ---- waiting ---- */

static bool arm_timer(struct machine *m, uint32_t t, uint32_t index)
{
    const struct bpmn_node *node = &m->model->nodes[index];
    struct bpmn_wait timer = {.left = 0};
    struct slice why = SLICE("");
    if (!machine_due(m, token_at(m, t)->scope, &node->timer, m->state->now, &timer, &why)) {
        machine_incident(m, t, "the timer '%.*s': %.*s", (int)node->id.size, node->id.data,
                         (int)why.size, why.data);
        return false;
    }
    const uint32_t w = machine_new_wait(m, t, BPMN_WAIT_TIMER, index);
    if (w == BPMN_NOWHERE) {
        return false;
    }
    m->state->waits[w].due = timer.due;
    m->state->waits[w].left = node->interrupting ? 1 : timer.left;
    struct bpmn_effect *effect = machine_effect(m, BPMN_EFFECT_TIMER, t);
    effect->node = index;
    effect->wait = m->state->waits[w].number;
    effect->due = timer.due;
    return true;
}

/* A key as text; false with an incident. */
static bool key_of(struct machine *m, uint32_t t, const struct bpmn_node *node,
                   struct slice *ret_key)
{
    struct feel_value value = FEEL_NOTHING;
    struct slice why = SLICE("");
    *ret_key = SLICE("");
    if (!bpmn_expression_given(&node->key)) {
        return true;
    }
    const bool good = machine_evaluate(m, token_at(m, t)->scope, NULL, &node->key, &value, &why);
    if (good && value.kind == FEEL_STRING) {
        *ret_key = feel_text(value);
        return true;
    }
    if (good && value.kind == FEEL_NUMBER) {
        struct buffer text;
        buffer_init(&text);
        decimal_write(&text, value.number);
        *ret_key = arena_copy(m->env->arena, buffer_slice(&text));
        m->failed = m->failed || buffer_failed(&text) || ret_key->data == NULL;
        buffer_release(&text);
        return !m->failed;
    }
    machine_incident(m, t, "the key of the message '%.*s' is neither text nor number%s%.*s",
                     (int)node->message.size, node->message.data, why.size > 0 ? ": " : "",
                     (int)why.size, why.data);
    return false;
}

static bool arm_message(struct machine *m, uint32_t t, uint32_t index)
{
    const struct bpmn_node *node = &m->model->nodes[index];
    struct slice key;
    if (!key_of(m, t, node, &key)) {
        return false;
    }
    const uint32_t w = machine_new_wait(m, t, BPMN_WAIT_MESSAGE, index);
    if (w == BPMN_NOWHERE) {
        return false;
    }
    m->state->waits[w].key = key;
    struct bpmn_effect *effect = machine_effect(m, BPMN_EFFECT_AWAIT, t);
    effect->node = index;
    effect->wait = m->state->waits[w].number;
    effect->name = node->message;
    effect->key = key;
    return true;
}

bool machine_arm(struct machine *m, uint32_t t, uint32_t node)
{
    token_at(m, t)->state = BPMN_TOKEN_WAIT;
    return m->model->nodes[node].trigger == BPMN_TIMER ? arm_timer(m, t, node)
                                                       : arm_message(m, t, node);
}

bool machine_arm_boundaries(struct machine *m, uint32_t t)
{
    const struct bpmn_node *node = node_of(m, t);
    for (uint32_t i = 0; i < node->boundary_count; i++) {
        const enum bpmn_trigger trigger = m->model->nodes[node->boundaries[i]].trigger;
        if ((trigger == BPMN_TIMER || trigger == BPMN_MESSAGE) &&
            !machine_arm(m, t, node->boundaries[i])) {
            return false;
        }
    }
    return true;
}

void machine_fire_boundary(struct machine *m, uint32_t t, uint32_t boundary)
{
    if (m->model->nodes[boundary].interrupting) {
        machine_cancel_inside(m, t);
        (void)machine_effect(m, BPMN_EFFECT_STOP, t);
        machine_activate(m, t, boundary, BPMN_NOWHERE);
        return;
    }
    if (!machine_has_room(m, 1)) {
        machine_cancel_inside(m, t);
        machine_incident(m, t, "the case would have more than %u tokens", m->limits->tokens_max);
        return;
    }
    const uint32_t added = machine_new_token(m, token_at(m, t)->scope, boundary);
    if (added != BPMN_NOWHERE) {
        machine_activate(m, added, boundary, BPMN_NOWHERE);
    }
}

/* ---- entering ---- */

static void ask(struct machine *m, uint32_t t, enum bpmn_wait_kind kind,
                enum bpmn_effect_kind effect_kind, struct slice name)
{
    const struct feel_context *inputs = machine_inputs(m, t);
    const uint32_t w =
        inputs == NULL ? BPMN_NOWHERE : machine_new_wait(m, t, kind, token_at(m, t)->node);
    if (w == BPMN_NOWHERE) {
        return;
    }
    token_at(m, t)->state = BPMN_TOKEN_WAIT;
    struct bpmn_effect *effect = machine_effect(m, effect_kind, t);
    effect->wait = m->state->waits[w].number;
    effect->name = name;
    effect->variables = inputs;
}

/* Sends a message; false with an incident. */
static bool send(struct machine *m, uint32_t t)
{
    const struct bpmn_node *node = node_of(m, t);
    struct slice key;
    if (!key_of(m, t, node, &key)) {
        return false;
    }
    const struct feel_context *inputs = machine_inputs(m, t);
    if (inputs == NULL) {
        return false;
    }
    struct bpmn_effect *effect = machine_effect(m, BPMN_EFFECT_SEND, t);
    effect->name = node->message;
    effect->key = key;
    effect->variables = inputs;
    return true;
}

static uint32_t depth_of(const struct machine *m, uint32_t scope)
{
    uint32_t depth = 0;
    while (scope != 0) {
        scope = m->state->scopes[machine_scope(m->state, scope)].parent;
        depth++;
    }
    return depth;
}

/* Opens a sub-process or a called process. */
static void open_scope(struct machine *m, uint32_t t, enum bpmn_scope_kind kind, uint32_t container)
{
    const struct bpmn_node *inside = &m->model->nodes[container];
    const uint32_t outer = token_at(m, t)->scope;
    if (inside->start == BPMN_NOWHERE) {
        machine_incident(m, t, "the process '%.*s' has no start event without trigger",
                         (int)inside->id.size, inside->id.data);
        return;
    }
    /* A multi-instance activity takes two scopes and one more for what is inside. */
    if (depth_of(m, outer) >= m->limits->depth_max * 3 || !machine_has_room(m, 1)) {
        machine_incident(m, t, "more sub-processes and calls are nested or open than allowed");
        return;
    }
    const struct bpmn_mapping *inputs = node_of(m, t)->inputs;
    const struct feel_context *given = NULL;
    if (inputs != NULL || kind == BPMN_SCOPE_CALL) {
        given = machine_inputs(m, t);
        if (given == NULL) {
            return;
        }
    }
    const uint32_t s = machine_new_scope(m, kind, outer, token_at(m, t)->number, container);
    if (s == BPMN_NOWHERE) {
        return;
    }
    const uint32_t number = m->state->scopes[s].number;
    for (uint32_t i = 0; given != NULL && i < given->count; i++) {
        machine_set(m, number, given->entries[i].name, given->entries[i].value);
    }
    token_at(m, t)->state = BPMN_TOKEN_CHILD;
    (void)machine_new_token(m, number, inside->start);
}

static void enter_activity(struct machine *m, uint32_t t)
{
    const struct bpmn_node *node = node_of(m, t);
    if (!machine_is_inner(m, t)) {
        if (!machine_arm_boundaries(m, t)) {
            return;
        }
        if (node->multi != NULL) {
            machine_multi_begin(m, t);
            return;
        }
    }
    switch (node->kind) {
    case BPMN_USER:
        ask(m, t, BPMN_WAIT_TASK, BPMN_EFFECT_TASK, node->roles);
        break;
    case BPMN_SERVICE:
        ask(m, t, BPMN_WAIT_SERVICE, BPMN_EFFECT_SERVICE, node->topic);
        break;
    case BPMN_SEND:
        if (node->topic.size > 0) {
            ask(m, t, BPMN_WAIT_SERVICE, BPMN_EFFECT_SERVICE, node->topic);
        } else if (send(m, t)) {
            machine_finish(m, t);
        }
        break;
    case BPMN_RECEIVE:
        (void)machine_arm(m, t, token_at(m, t)->node);
        break;
    case BPMN_RULE:
        if (machine_decide(m, t)) {
            machine_finish(m, t);
        }
        break;
    case BPMN_SUBPROCESS:
        open_scope(m, t, BPMN_SCOPE_SUB, token_at(m, t)->node);
        break;
    case BPMN_CALL:
        open_scope(m, t, BPMN_SCOPE_CALL, node->called_node);
        break;
    default:
        machine_finish(m, t); /* a task that no system carries out */
    }
}

static void enter_end(struct machine *m, uint32_t t)
{
    const struct bpmn_node *node = node_of(m, t);
    const uint32_t s = machine_scope(m->state, token_at(m, t)->scope);
    switch (node->trigger) {
    case BPMN_MESSAGE:
        if (!send(m, t)) {
            return;
        }
        break;
    case BPMN_ERROR:
        machine_throw_error(m, t, node->code, SLICE(""));
        return;
    case BPMN_ESCALATION:
        if (!machine_throw_escalation(m, t, node->code)) {
            return;
        }
        break;
    case BPMN_TERMINATE:
        machine_cancel_scope(m, s, t);
        break;
    default:
        break;
    }
    machine_consume(m, t);
}

static void enter_throw(struct machine *m, uint32_t t)
{
    const struct bpmn_node *node = node_of(m, t);
    if (node->trigger == BPMN_MESSAGE && !send(m, t)) {
        return;
    }
    if (node->trigger == BPMN_ESCALATION && !machine_throw_escalation(m, t, node->code)) {
        return;
    }
    machine_leave(m, t);
}

static void enter_event_gateway(struct machine *m, uint32_t t)
{
    const struct bpmn_node *node = node_of(m, t);
    for (uint32_t i = 0; i < node->outgoing_count; i++) {
        if (!machine_arm(m, t, m->model->flows[node->outgoing[i]].target)) {
            return;
        }
    }
    if (node->outgoing_count == 0) {
        machine_consume(m, t);
    }
}

static void enter(struct machine *m, uint32_t t)
{
    const struct bpmn_node *node = node_of(m, t);
    (void)machine_effect(m, BPMN_EFFECT_ENTER, t);
    if (++m->moves > m->limits->moves_max) {
        machine_incident(m, t, "more than %u elements were entered in one step",
                         m->limits->moves_max);
        return;
    }
    if (bpmn_is_activity(node->kind)) {
        enter_activity(m, t);
        return;
    }
    switch (node->kind) {
    case BPMN_END:
        enter_end(m, t);
        break;
    case BPMN_THROW:
        enter_throw(m, t);
        break;
    case BPMN_CATCH:
        (void)machine_arm(m, t, token_at(m, t)->node);
        break;
    case BPMN_PARALLEL:
    case BPMN_INCLUSIVE:
        machine_join(m, t);
        break;
    case BPMN_EVENT_GATEWAY:
        enter_event_gateway(m, t);
        break;
    default:
        machine_leave(m, t);
    }
}

/* ---- until nothing moves ---- */

/* What a called process or a sub-process leaves to its caller; false with an incident. */
static bool hand_over(struct machine *m, uint32_t t, uint32_t s)
{
    const struct bpmn_scope *scope = &m->state->scopes[s];
    const struct bpmn_node *node = node_of(m, t);
    const struct feel_context *results = NULL;
    if (node->outputs != NULL) {
        results = machine_map(m, t, scope->number, NULL, node->outputs);
        if (results == NULL) {
            return false;
        }
    } else if (scope->kind == BPMN_SCOPE_CALL) {
        results = machine_view(m, scope->number);
    }
    machine_assign_all(m, token_at(m, t)->scope, results);
    return !m->failed;
}

static void close_scope(struct machine *m, uint32_t s)
{
    const enum bpmn_scope_kind kind = m->state->scopes[s].kind;
    if (kind == BPMN_SCOPE_CASE) {
        m->state->phase = BPMN_COMPLETED;
        struct bpmn_effect *effect = machine_effect(m, BPMN_EFFECT_CASE_END, BPMN_NOWHERE);
        effect->variables = machine_view(m, m->state->scopes[s].number);
        machine_kill_scope(m, s);
    } else if (kind == BPMN_SCOPE_INSTANCE) {
        machine_instance_done(m, s);
    } else {
        const uint32_t t = machine_token(m->state, m->state->scopes[s].token);
        const bool good = hand_over(m, t, s);
        machine_kill_scope(m, s);
        if (good) {
            machine_finish(m, t);
        }
    }
}

/* Closes one scope that has lost its last token; the innermost first. */
static bool settle(struct machine *m)
{
    for (uint32_t s = m->state->scope_count; m->emptied && s-- > 0;) {
        const struct bpmn_scope *scope = &m->state->scopes[s];
        if (!scope->dead && scope->live == 0 && scope->kind != BPMN_SCOPE_MULTI) {
            close_scope(m, s);
            return true;
        }
    }
    m->emptied = false;
    return false;
}

static uint32_t next_active(struct machine *m)
{
    while (m->active < m->state->token_count &&
           m->state->tokens[m->active].state != BPMN_TOKEN_ACTIVE) {
        m->active++;
    }
    return m->active < m->state->token_count ? m->active : BPMN_NOWHERE;
}

void machine_run(struct machine *m)
{
    for (;;) {
        if (m->failed) {
            return;
        }
        if (settle(m)) {
            continue;
        }
        const uint32_t t = next_active(m);
        if (t != BPMN_NOWHERE) {
            enter(m, t);
        } else if (!machine_fire_inclusive(m)) {
            break;
        }
    }
    if (m->state->phase == BPMN_RUNNING && machine_is_stuck(m)) {
        for (uint32_t t = 0; t < m->state->token_count; t++) {
            if (m->state->tokens[t].state == BPMN_TOKEN_JOIN) {
                machine_incident(m, t, "it waits for a token that can never come");
                break;
            }
        }
    }
}
