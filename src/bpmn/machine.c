/* One step: an event is refused in the documented order, or taken. */
#include "bpmn/machine.h"

struct slice bpmn_status_text(enum bpmn_status status)
{
    static const char *const texts[] = {
#define X(name, english, chinese) english,
        BPMN_STATUS_LIST(X)
#undef X
    };
    return slice_from_cstr(texts[status]);
}

struct slice bpmn_status_text_chinese(enum bpmn_status status)
{
    static const char *const texts[] = {
#define X(name, english, chinese) chinese,
        BPMN_STATUS_LIST(X)
#undef X
    };
    return slice_from_cstr(texts[status]);
}

/* ---- copies: a case keeps nothing of its event's memory ---- */

static struct slice keep(struct machine *m, struct slice text)
{
    const struct slice copy = arena_copy(m->env->arena, text);
    m->failed = m->failed || copy.data == NULL;
    return copy.data == NULL ? SLICE("") : copy;
}

static bool fits(struct slice text, size_t max)
{
    return text.size <= max && utf8_valid(text);
}

static bool well_formed(const struct bpmn_event *event)
{
    return event->kind <= BPMN_EVENT_CANCEL && event->at != TIME_NONE &&
           fits(event->by, BPMN_NAME_MAX) && fits(event->id, BPMN_NAME_MAX) &&
           fits(event->name, BPMN_NAME_MAX) && fits(event->key, BPMN_NAME_MAX) &&
           fits(event->code, BPMN_NAME_MAX) && fits(event->text, BPMN_NAME_MAX) &&
           fits(event->flow, BPMN_NAME_MAX);
}

/* ---- what is refused ---- */

static bool is_work(enum bpmn_wait_kind kind)
{
    return kind == BPMN_WAIT_TASK || kind == BPMN_WAIT_SERVICE;
}

static bool accepts(enum bpmn_wait_kind wait, enum bpmn_event_kind event)
{
    switch (event) {
    case BPMN_EVENT_DONE:
    case BPMN_EVENT_ERROR:
    case BPMN_EVENT_ESCALATE:
        return is_work(wait);
    case BPMN_EVENT_FAILED:
        return wait == BPMN_WAIT_SERVICE;
    case BPMN_EVENT_TIMER:
        return wait == BPMN_WAIT_TIMER;
    case BPMN_EVENT_RESOLVE:
        return wait == BPMN_WAIT_INCIDENT;
    default:
        return false;
    }
}

static uint32_t flow_of(const struct bpmn_model *model, const struct bpmn_node *node,
                        struct slice id)
{
    for (uint32_t i = 0; i < node->outgoing_count; i++) {
        if (slice_equal(model->flows[node->outgoing[i]].id, id)) {
            return node->outgoing[i];
        }
    }
    return BPMN_NOWHERE;
}

/* The oldest wait for a message. */
static uint32_t find_message(const struct machine *m)
{
    for (uint32_t w = 0; w < m->state->wait_count; w++) {
        const struct bpmn_wait *wait = &m->state->waits[w];
        if (wait->kind == BPMN_WAIT_MESSAGE &&
            slice_equal(m->model->nodes[wait->node].message, m->event->name) &&
            slice_equal(wait->key, m->event->key)) {
            return w;
        }
    }
    return BPMN_NOWHERE;
}

static bool message_seen(const struct machine *m)
{
    const uint64_t hash = hash64(m->event->id.data, m->event->id.size, 0);
    for (uint32_t i = 0; m->event->id.size > 0 && i < m->state->message_count; i++) {
        if (m->state->messages[i] == hash) {
            return true;
        }
    }
    return false;
}

static enum bpmn_status refuse_message(const struct machine *m, uint32_t *ret_wait)
{
    if (message_seen(m)) {
        return BPMN_STATUS_DUPLICATE;
    }
    const uint32_t w = find_message(m);
    if (w == BPMN_NOWHERE) {
        return BPMN_STATUS_UNMATCHED;
    }
    *ret_wait = w;
    return BPMN_STATUS_OK;
}

/* The statuses in the order of the list. Sets the wait that the event is for. */
static enum bpmn_status refuse(const struct machine *m, uint32_t *ret_wait)
{
    const struct bpmn_event *event = m->event;
    const struct bpmn_case *state = m->state;
    uint32_t token = 0;
    uint32_t boundary = 0;
    if (!well_formed(event) || event->kind == BPMN_EVENT_START) {
        return BPMN_STATUS_BAD_EVENT;
    }
    if (state->phase != BPMN_RUNNING) {
        return BPMN_STATUS_CLOSED;
    }
    if (event->kind == BPMN_EVENT_CANCEL) {
        return BPMN_STATUS_OK;
    }
    if (event->kind == BPMN_EVENT_MESSAGE) {
        return refuse_message(m, ret_wait);
    }
    const uint32_t w = machine_wait(state, event->wait);
    if (w == BPMN_NOWHERE) {
        return BPMN_STATUS_GONE;
    }
    const struct bpmn_wait *wait = &state->waits[w];
    const uint32_t t = machine_token(state, wait->token);
    if (!accepts(wait->kind, event->kind)) {
        return BPMN_STATUS_UNFIT;
    }
    if (event->kind == BPMN_EVENT_TIMER && event->at < wait->due && state->now < wait->due) {
        return BPMN_STATUS_EARLY;
    }
    if (event->kind == BPMN_EVENT_RESOLVE && event->flow.size > 0 &&
        (machine_is_inner(m, t) || flow_of(m->model, node_of(m, t), event->flow) == BPMN_NOWHERE)) {
        return BPMN_STATUS_NO_FLOW;
    }
    const bool escalates = event->kind == BPMN_EVENT_ESCALATE;
    if ((escalates || event->kind == BPMN_EVENT_ERROR) &&
        !machine_find_catch(m, t, escalates ? BPMN_ESCALATION : BPMN_ERROR, event->code, &token,
                            &boundary)) {
        return BPMN_STATUS_NO_CATCH;
    }
    *ret_wait = w;
    return BPMN_STATUS_OK;
}

/* ---- what is taken ---- */

static void remember_message(struct machine *m)
{
    struct bpmn_case *state = m->state;
    if (m->event->id.size == 0) {
        return;
    }
    if (state->message_count == state->message_capacity) {
        const uint32_t capacity = state->message_capacity == 0 ? 4 : state->message_capacity * 2;
        uint64_t *larger = arena_take_array(m->env->arena, capacity, sizeof *larger);
        if (larger == NULL) {
            m->failed = true;
            return;
        }
        if (state->message_count > 0) {
            memcpy(larger, state->messages, state->message_count * sizeof *larger);
        }
        state->messages = larger;
        state->message_capacity = capacity;
    }
    state->messages[state->message_count++] = hash64(m->event->id.data, m->event->id.size, 0);
}

/* A timer or message of a boundary event, of an event behind an event gateway, or of the event or
 * receive task itself. */
static void take_trigger(struct machine *m, uint32_t w)
{
    struct bpmn_wait *wait = &m->state->waits[w];
    const uint32_t node = wait->node;
    const uint32_t t = machine_token(m->state, wait->token);
    const struct feel_context *variables = m->event->variables;
    if (m->model->nodes[node].kind == BPMN_BOUNDARY) {
        if (wait->kind == BPMN_WAIT_TIMER) {
            wait->left -= wait->left != UINT32_MAX;
            if (wait->left == 0) {
                wait->dead = true;
            } else {
                struct slice why = SLICE("");
                wait->dead = !machine_due(m, token_at(m, t)->scope, &m->model->nodes[node].timer,
                                          wait->due, wait, &why);
                if (!wait->dead) {
                    struct bpmn_effect *effect = machine_effect(m, BPMN_EFFECT_TIMER, t);
                    effect->node = node;
                    effect->wait = wait->number;
                    effect->due = wait->due;
                }
            }
        } else if (m->model->nodes[node].interrupting) {
            wait->dead = true;
        }
        machine_assign_all(m, token_at(m, t)->scope, variables);
        machine_fire_boundary(m, t, node);
        return;
    }
    wait->dead = true;
    if (token_at(m, t)->node != node) {
        (void)machine_effect(m, BPMN_EFFECT_LEAVE, t);
        token_at(m, t)->node = node;
        (void)machine_effect(m, BPMN_EFFECT_ENTER, t);
    }
    if (machine_take_results(m, t, variables)) {
        machine_finish(m, t);
    }
}

static void take_resolve(struct machine *m, uint32_t t)
{
    const uint32_t flow = flow_of(m->model, node_of(m, t), m->event->flow);
    machine_cancel_inside(m, t);
    machine_assign_all(m, token_at(m, t)->scope, m->event->variables);
    if (m->event->flow.size > 0) {
        (void)machine_effect(m, BPMN_EFFECT_LEAVE, t);
        machine_follow(m, t, flow);
    } else {
        machine_activate(m, t, token_at(m, t)->node, token_at(m, t)->flow);
    }
}

static void take(struct machine *m, uint32_t w)
{
    const struct bpmn_event *event = m->event;
    struct bpmn_wait *wait = &m->state->waits[w];
    const uint32_t t = machine_token(m->state, wait->token);
    switch (event->kind) {
    case BPMN_EVENT_DONE:
        wait->dead = true;
        if (machine_take_results(m, t, event->variables)) {
            machine_finish(m, t);
        }
        break;
    case BPMN_EVENT_FAILED:
        wait->dead = true;
        machine_incident(m, t, "the service failed: %.*s", (int)event->text.size, event->text.data);
        break;
    case BPMN_EVENT_ERROR:
        wait->dead = true;
        machine_assign_all(m, token_at(m, t)->scope, event->variables);
        machine_throw_error(m, t, keep(m, event->code), keep(m, event->text));
        break;
    case BPMN_EVENT_ESCALATE:
        machine_assign_all(m, token_at(m, t)->scope, event->variables);
        (void)machine_throw_escalation(m, t, keep(m, event->code));
        break;
    case BPMN_EVENT_MESSAGE:
        remember_message(m);
        take_trigger(m, w);
        break;
    case BPMN_EVENT_TIMER:
        take_trigger(m, w);
        break;
    default:
        take_resolve(m, t);
    }
}

static void take_cancel(struct machine *m)
{
    machine_cancel_scope(m, 0, BPMN_NOWHERE);
    struct bpmn_effect *effect = machine_effect(m, BPMN_EFFECT_CASE_CANCEL, BPMN_NOWHERE);
    effect->text = keep(m, m->event->text);
    m->state->phase = BPMN_CANCELLED;
    for (uint32_t s = 0; s < m->state->scope_count; s++) {
        machine_kill_scope(m, s);
    }
}

/* The event with what a case may keep of it copied. */
static struct bpmn_event kept_event(struct machine *m, const struct bpmn_event *event)
{
    struct bpmn_event kept = *event;
    kept.by = keep(m, event->by);
    return kept;
}

enum bpmn_status bpmn_case_step(const struct bpmn_env *env, struct bpmn_case *state,
                                const struct bpmn_event *event, struct bpmn_effects *ret_effects)
{
    struct machine m;
    uint32_t wait = BPMN_NOWHERE;
    (void)machine_init(&m, env, state, event, ret_effects);
    TRY(refuse(&m, &wait));
    /* The point of no return: from here on only memory can fail. */
    const struct bpmn_event kept = kept_event(&m, event);
    m.event = &kept;
    state->now = event->at > state->now ? event->at : state->now;
    state->step++;
    if (event->kind == BPMN_EVENT_CANCEL) {
        take_cancel(&m);
    } else {
        take(&m, wait);
        machine_run(&m);
    }
    machine_compact(state);
    return m.failed ? BPMN_STATUS_MEMORY : BPMN_STATUS_OK;
}

/* ---- the start ---- */

/* The start event that is meant: named itself, by its message, or the one without trigger. */
static uint32_t find_start(const struct bpmn_model *model, const struct bpmn_event *event)
{
    if (event->node >= model->node_count) {
        return BPMN_NOWHERE;
    }
    const struct bpmn_node *node = &model->nodes[event->node];
    if (node->kind == BPMN_START && model->nodes[node->parent].kind == BPMN_PROCESS) {
        return event->node;
    }
    if (node->kind != BPMN_PROCESS) {
        return BPMN_NOWHERE;
    }
    if (event->name.size == 0) {
        return node->start;
    }
    for (uint32_t i = 0; i < model->node_count; i++) {
        const struct bpmn_node *start = &model->nodes[i];
        if (start->kind == BPMN_START && start->parent == event->node &&
            start->trigger == BPMN_MESSAGE && slice_equal(start->message, event->name)) {
            return i;
        }
    }
    return BPMN_NOWHERE;
}

enum bpmn_status bpmn_case_start(const struct bpmn_env *env, const struct bpmn_event *event,
                                 struct bpmn_case **ret_case, struct bpmn_effects *ret_effects)
{
    struct machine m;
    const uint32_t start = find_start(env->model, event);
    REQUIRE(well_formed(event) && event->kind == BPMN_EVENT_START && event->id.size > 0 &&
                event->id.size <= BPMN_CASE_ID_MAX,
            BPMN_STATUS_BAD_EVENT);
    REQUIRE(start != BPMN_NOWHERE, BPMN_STATUS_NO_START);
    struct bpmn_case *state = arena_take(env->arena, sizeof *state);
    REQUIRE(machine_init(&m, env, state, event, ret_effects), BPMN_STATUS_MEMORY);
    const struct bpmn_event kept = kept_event(&m, event);
    m.event = &kept;
    *state = (struct bpmn_case){.model = env->model,
                                .arena = env->arena,
                                .id = keep(&m, event->id),
                                .now = event->at,
                                .step = 1};
    const uint32_t process = env->model->nodes[start].parent;
    const uint32_t s = machine_new_scope(&m, BPMN_SCOPE_CASE, 0, 0, process);
    REQUIRE(s != BPMN_NOWHERE && state->scopes != NULL, BPMN_STATUS_MEMORY);
    struct bpmn_effect *effect = machine_effect(&m, BPMN_EFFECT_CASE_START, BPMN_NOWHERE);
    effect->variables = event->variables;
    machine_assign_all(&m, state->scopes[s].number, event->variables);
    REQUIRE(machine_new_token(&m, state->scopes[s].number, start) != BPMN_NOWHERE,
            BPMN_STATUS_MEMORY);
    machine_run(&m);
    machine_compact(state);
    REQUIRE(!m.failed, BPMN_STATUS_MEMORY);
    *ret_case = state;
    return BPMN_STATUS_OK;
}

bool bpmn_start_due(const struct bpmn_env *env, uint32_t node, time_us from, time_us *ret_due)
{
    struct machine m;
    struct bpmn_effects effects;
    const struct bpmn_event event = {.kind = BPMN_EVENT_TIMER};
    struct bpmn_wait wait = {.left = 0};
    struct slice why = SLICE("");
    (void)machine_init(&m, env, NULL, &event, &effects);
    REQUIRE(node < env->model->node_count, false);
    const struct bpmn_node *start = &env->model->nodes[node];
    REQUIRE(start->kind == BPMN_START && start->trigger == BPMN_TIMER &&
                start->timer.literal.size > 0,
            false);
    REQUIRE(machine_due(&m, 0, &start->timer, from, &wait, &why) &&
                (start->timer.form != BPMN_DATE || wait.due > from),
            false);
    *ret_due = wait.due;
    return true;
}
