/* Joins: parallel ones wait for a token on each flow, inclusive ones for all that can still come.
 * Source: BPMN 2.0.2, 13.4.1 and 13.4.3. */
#include "bpmn/machine.h"

static bool stands_at(const struct bpmn_token *token, uint32_t scope, uint32_t node)
{
    return token->state == BPMN_TOKEN_JOIN && token->scope == scope && token->node == node;
}

/* The first token at a join that came by a flow; BPMN_NOWHERE when none has. */
static uint32_t token_by(const struct machine *m, uint32_t scope, uint32_t node, uint32_t flow)
{
    for (uint32_t t = 0; t < m->state->token_count; t++) {
        if (stands_at(token_at(m, t), scope, node) && token_at(m, t)->flow == flow) {
            return t;
        }
    }
    return BPMN_NOWHERE;
}

/* Merges one token of each flow that has any into the first of them, which leaves. */
static void fire(struct machine *m, uint32_t scope, uint32_t index)
{
    const struct bpmn_node *node = &m->model->nodes[index];
    uint32_t first = BPMN_NOWHERE;
    for (uint32_t i = 0; i < node->incoming_count; i++) {
        const uint32_t t = token_by(m, scope, index, node->incoming[i]);
        if (t == BPMN_NOWHERE) {
            continue;
        }
        if (first == BPMN_NOWHERE) {
            first = t;
        } else {
            machine_consume(m, t);
        }
    }
    check(first != BPMN_NOWHERE);
    machine_leave(m, first);
}

void machine_join(struct machine *m, uint32_t t)
{
    const struct bpmn_node *node = node_of(m, t);
    const uint32_t scope = token_at(m, t)->scope;
    const uint32_t index = token_at(m, t)->node;
    if (node->incoming_count <= 1) {
        machine_leave(m, t);
        return;
    }
    token_at(m, t)->state = BPMN_TOKEN_JOIN;
    if (node->kind == BPMN_INCLUSIVE) {
        return; /* decided when all else is at rest */
    }
    for (uint32_t i = 0; i < node->incoming_count; i++) {
        if (token_by(m, scope, index, node->incoming[i]) == BPMN_NOWHERE) {
            return;
        }
    }
    fire(m, scope, index);
}

/* ---- inclusive joins ---- */

struct search {
    uint32_t *stack;
    uint8_t *seen; /* of nodes */
};

/* Marks all nodes from which a token can come to `flow` without passing the join `but`. */
static void mark_sources(const struct machine *m, struct search *search, uint32_t flow,
                         uint32_t but)
{
    uint32_t count = 0;
    const uint32_t source = m->model->flows[flow].source;
    if (source != but && !search->seen[source]) {
        search->seen[source] = 1;
        search->stack[count++] = source;
    }
    while (count > 0) {
        const uint32_t at = search->stack[--count];
        const struct bpmn_node *node = &m->model->nodes[at];
        for (uint32_t i = 0; i <= node->incoming_count; i++) {
            const uint32_t before = i < node->incoming_count
                                        ? m->model->flows[node->incoming[i]].source
                                        : node->attached;
            if (before != BPMN_NOWHERE && before != but && !search->seen[before]) {
                search->seen[before] = 1;
                search->stack[count++] = before;
            }
        }
    }
}

static bool must_wait(struct machine *m, uint32_t scope, uint32_t index)
{
    const struct bpmn_node *node = &m->model->nodes[index];
    const size_t nodes = (size_t)m->model->node_count + 1;
    struct search held = {arena_take_array(m->env->arena, nodes, sizeof(uint32_t)),
                          arena_take(m->env->arena, nodes)};
    struct search empty = {held.stack, arena_take(m->env->arena, nodes)};
    if (held.stack == NULL || held.seen == NULL || empty.seen == NULL) {
        m->failed = true;
        return true;
    }
    for (uint32_t i = 0; i < node->incoming_count; i++) {
        const uint32_t flow = node->incoming[i];
        mark_sources(m, token_by(m, scope, index, flow) == BPMN_NOWHERE ? &empty : &held, flow,
                     index);
    }
    for (uint32_t t = 0; t < m->state->token_count; t++) {
        const struct bpmn_token *token = token_at(m, t);
        if (token->state != BPMN_TOKEN_DEAD && token->scope == scope && token->node != index &&
            empty.seen[token->node] && !held.seen[token->node]) {
            return true;
        }
    }
    return false;
}

bool machine_fire_inclusive(struct machine *m)
{
    for (uint32_t t = 0; t < m->state->token_count; t++) {
        const struct bpmn_token *token = token_at(m, t);
        if (token->state == BPMN_TOKEN_JOIN && node_of(m, t)->kind == BPMN_INCLUSIVE &&
            !must_wait(m, token->scope, token->node)) {
            fire(m, token->scope, token->node);
            return !m->failed;
        }
    }
    return false;
}

bool machine_is_stuck(const struct machine *m)
{
    bool joins = false;
    for (uint32_t t = 0; t < m->state->token_count; t++) {
        const enum bpmn_token_state state = token_at(m, t)->state;
        joins = joins || state == BPMN_TOKEN_JOIN;
        if (state == BPMN_TOKEN_WAIT || state == BPMN_TOKEN_INCIDENT) {
            return false;
        }
    }
    return joins;
}
