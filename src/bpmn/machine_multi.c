/* Multi-instance activities: votes and the like.
 * Source: BPMN 2.0.2, 10.3.8 and 13.3.7. */
#include "bpmn/machine.h"

/* How many instances, and for what; false with an incident. */
static bool count_instances(struct machine *m, uint32_t t, uint32_t *ret_total,
                            struct feel_value *ret_items)
{
    const struct bpmn_multi *multi = node_of(m, t)->multi;
    const bool listed = bpmn_expression_given(&multi->collection);
    struct feel_value value = FEEL_NOTHING;
    struct slice why = SLICE("");
    int64_t count = -1;
    if (!machine_evaluate(m, token_at(m, t)->scope, NULL,
                          listed ? &multi->collection : &multi->cardinality, &value, &why)) {
        machine_incident(m, t, "its instances: %.*s", (int)why.size, why.data);
        return false;
    }
    if (listed) {
        count = value.kind == FEEL_LIST ? (int64_t)value.size : -1;
    } else if (value.kind != FEEL_NUMBER || !decimal_to_i64(value.number, &count)) {
        count = -1;
    }
    if (count < 0 || count > m->limits->instances_max) {
        machine_incident(m, t, "its instances are %s, or more than %u%s%.*s",
                         listed ? "no list" : "no whole number", m->limits->instances_max,
                         why.size > 0 ? ": " : "", (int)why.size, why.data);
        return false;
    }
    *ret_total = (uint32_t)count;
    *ret_items = listed ? value : FEEL_NOTHING;
    return true;
}

static void spawn(struct machine *m, uint32_t s)
{
    struct bpmn_scope *outer = &m->state->scopes[s];
    const struct bpmn_multi *multi = m->model->nodes[outer->node].multi;
    const uint32_t place = outer->started++;
    const uint32_t number = outer->number;
    const uint32_t node = outer->node;
    const struct feel_value item =
        outer->items.kind == FEEL_LIST ? outer->items.items[place] : FEEL_NOTHING;
    outer->live++;
    const uint32_t instance = machine_new_scope(m, BPMN_SCOPE_INSTANCE, number, 0, node);
    if (instance == BPMN_NOWHERE) {
        return;
    }
    m->state->scopes[instance].started = place + 1;
    const uint32_t instance_number = m->state->scopes[instance].number;
    if (multi->item.size > 0 && item.kind != FEEL_NULL) {
        machine_set(m, instance_number, multi->item, item);
    }
    const uint32_t t = machine_new_token(m, instance_number, node);
    if (t != BPMN_NOWHERE) {
        machine_activate(m, t, node, BPMN_NOWHERE);
    }
}

/* Hands the results on, and lets the token of the activity leave. */
static void finish(struct machine *m, uint32_t s)
{
    const struct bpmn_scope *scope = &m->state->scopes[s];
    const struct bpmn_multi *multi = m->model->nodes[scope->node].multi;
    const uint32_t t = machine_token(m->state, scope->token);
    struct feel_value results = FEEL_NOTHING;
    if (multi->output.size > 0 && machine_lookup(m, scope->number, multi->output, &results)) {
        machine_assign(m, scope->parent, multi->output, results);
    }
    machine_kill_scope(m, s);
    machine_finish(m, t);
}

void machine_multi_begin(struct machine *m, uint32_t t)
{
    const struct bpmn_multi *multi = node_of(m, t)->multi;
    uint32_t total = 0;
    struct feel_value items = FEEL_NOTHING;
    if (!count_instances(m, t, &total, &items)) {
        return;
    }
    if (!machine_has_room(m, total)) {
        machine_incident(m, t, "the case would have more than %u tokens", m->limits->tokens_max);
        return;
    }
    const uint32_t s = machine_new_scope(m, BPMN_SCOPE_MULTI, token_at(m, t)->scope,
                                         token_at(m, t)->number, token_at(m, t)->node);
    if (s == BPMN_NOWHERE) {
        return;
    }
    m->state->scopes[s].total = total;
    m->state->scopes[s].items = items;
    token_at(m, t)->state = BPMN_TOKEN_CHILD;
    if (multi->output.size > 0) {
        struct feel_value *empty =
            arena_take_array(m->env->arena, (size_t)total + 1, sizeof *empty);
        m->failed = m->failed || empty == NULL;
        machine_set(m, m->state->scopes[s].number, multi->output,
                    feel_list(empty, empty == NULL ? 0 : total));
    }
    if (total == 0) {
        finish(m, s);
    }
    for (uint32_t i = 0; i < total && (i == 0 || !multi->sequential) && !m->failed; i++) {
        spawn(m, s);
    }
}

/* Keeps the result of an instance at its place of the list; false with an incident. */
static bool collect(struct machine *m, uint32_t s, uint32_t instance, uint32_t t)
{
    const struct bpmn_scope *scope = &m->state->scopes[s];
    const struct bpmn_multi *multi = m->model->nodes[scope->node].multi;
    struct feel_value old = FEEL_NOTHING;
    struct feel_value value = FEEL_NOTHING;
    struct slice why = SLICE("");
    if (multi->output.size == 0) {
        return true;
    }
    if (!machine_evaluate(m, m->state->scopes[instance].number, NULL, &multi->output_item, &value,
                          &why)) {
        machine_incident(m, t, "the result of an instance: %.*s", (int)why.size, why.data);
        return false;
    }
    const uint32_t place = m->state->scopes[instance].started - 1;
    const bool found = machine_lookup(m, scope->number, multi->output, &old);
    struct feel_value *items =
        arena_take_array(m->env->arena, (size_t)scope->total + 1, sizeof *items);
    if (items == NULL) {
        m->failed = true;
        return false;
    }
    if (found && old.kind == FEEL_LIST && old.size == scope->total && old.size > 0) {
        memcpy(items, old.items, old.size * sizeof *items);
    }
    items[place] = value;
    machine_set(m, scope->number, multi->output, feel_list(items, scope->total));
    return true;
}

/* Ends the scopes and tokens of the instances that are left. */
static void stop_rest(struct machine *m, uint32_t s)
{
    const uint32_t number = m->state->scopes[s].number;
    for (uint32_t i = 0; i < m->state->scope_count; i++) {
        if (!m->state->scopes[i].dead && m->state->scopes[i].parent == number) {
            machine_cancel_scope(m, i, BPMN_NOWHERE);
            machine_kill_scope(m, i);
        }
    }
    m->state->scopes[s].live = 0;
}

void machine_instance_done(struct machine *m, uint32_t instance)
{
    const uint32_t s = machine_scope(m->state, m->state->scopes[instance].parent);
    const struct bpmn_multi *multi = m->model->nodes[m->state->scopes[s].node].multi;
    const uint32_t t = machine_token(m->state, m->state->scopes[s].token);
    struct feel_value done = FEEL_NOTHING;
    struct slice why = SLICE("");
    const bool kept = collect(m, s, instance, t);
    machine_kill_scope(m, instance);
    m->state->scopes[s].live--;
    m->state->scopes[s].completed++;
    if (kept && bpmn_expression_given(&multi->completion) &&
        !machine_evaluate(m, m->state->scopes[s].number, NULL, &multi->completion, &done, &why)) {
        machine_incident(m, t, "its completion condition: %.*s", (int)why.size, why.data);
    }
    if (m->failed || token_at(m, t)->state == BPMN_TOKEN_INCIDENT) {
        stop_rest(m, s);
        machine_kill_scope(m, s);
        return;
    }
    const struct bpmn_scope *scope = &m->state->scopes[s];
    if (feel_is_true(done)) {
        stop_rest(m, s);
        finish(m, s);
    } else if (scope->started < scope->total && multi->sequential) {
        spawn(m, s);
    } else if (scope->live == 0) {
        finish(m, s);
    }
}
