/* Errors and escalations: from where they are thrown outwards to what catches them. */
#include "bpmn/machine.h"

static bool catches(const struct bpmn_node *boundary, enum bpmn_trigger trigger, struct slice code)
{
    return boundary->trigger == trigger &&
           (boundary->code.size == 0 || slice_equal(boundary->code, code));
}

/* The token that waits for the scope of a token; BPMN_NOWHERE at the case itself. */
static uint32_t outer_token(const struct machine *m, uint32_t t)
{
    uint32_t s = machine_scope(m->state, token_at(m, t)->scope);
    if (m->state->scopes[s].kind == BPMN_SCOPE_INSTANCE) {
        s = machine_scope(m->state, m->state->scopes[s].parent);
    }
    return m->state->scopes[s].token == 0 ? BPMN_NOWHERE
                                          : machine_token(m->state, m->state->scopes[s].token);
}

bool machine_find_catch(const struct machine *m, uint32_t t, enum bpmn_trigger trigger,
                        struct slice code, uint32_t *ret_token, uint32_t *ret_boundary)
{
    for (; t != BPMN_NOWHERE; t = outer_token(m, t)) {
        const struct bpmn_node *node = node_of(m, t);
        const uint32_t count = machine_is_inner(m, t) ? 0 : node->boundary_count;
        /* One that names the code goes before one that catches all. */
        for (int pass = 0; pass < 2; pass++) {
            for (uint32_t i = 0; i < count; i++) {
                const struct bpmn_node *boundary = &m->model->nodes[node->boundaries[i]];
                if (catches(boundary, trigger, code) && (boundary->code.size == 0) == (pass == 1)) {
                    *ret_token = t;
                    *ret_boundary = node->boundaries[i];
                    return true;
                }
            }
        }
    }
    return false;
}

void machine_throw_error(struct machine *m, uint32_t t, struct slice code, struct slice text)
{
    uint32_t catcher = 0;
    uint32_t boundary = 0;
    struct bpmn_effect *effect = machine_effect(m, BPMN_EFFECT_ERROR, t);
    effect->name = code;
    effect->text = text;
    if (machine_find_catch(m, t, BPMN_ERROR, code, &catcher, &boundary)) {
        machine_fire_boundary(m, catcher, boundary);
    } else {
        machine_incident(m, t, "nothing catches the error '%.*s'", (int)code.size, code.data);
    }
}

bool machine_throw_escalation(struct machine *m, uint32_t t, struct slice code)
{
    uint32_t catcher = 0;
    uint32_t boundary = 0;
    struct bpmn_effect *effect = machine_effect(m, BPMN_EFFECT_ESCALATION, t);
    effect->name = code;
    if (!machine_find_catch(m, t, BPMN_ESCALATION, code, &catcher, &boundary)) {
        return true;
    }
    machine_fire_boundary(m, catcher, boundary);
    return !m->model->nodes[boundary].interrupting;
}
