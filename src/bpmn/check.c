/* What can be said of a model's flow before it runs. */
#include "bpmn/game.h"

/* ---- elements that nothing reaches, tokens that never leave ---- */

struct reach {
    struct bpmn_model *model;
    bool *reached;
    bool *leaves;   /* a way leads from it to an end */
    uint32_t *from; /* the element before it on the shortest way; BPMN_NOWHERE */
    uint32_t *queue;
    uint32_t count;
};

static void visit(struct reach *reach, uint32_t node, uint32_t from)
{
    if (!reach->reached[node]) {
        reach->reached[node] = true;
        reach->from[node] = from;
        reach->queue[reach->count++] = node;
    }
}

static void reach_forward(struct reach *reach)
{
    const struct bpmn_model *model = reach->model;
    for (uint32_t i = 0; i < model->node_count; i++) {
        if (model->nodes[i].kind == BPMN_START || model->nodes[i].kind == BPMN_PROCESS) {
            visit(reach, i, BPMN_NOWHERE);
        }
    }
    for (uint32_t at = 0; at < reach->count; at++) {
        const uint32_t index = reach->queue[at];
        const struct bpmn_node *node = &model->nodes[index];
        for (uint32_t i = 0; i < node->outgoing_count; i++) {
            visit(reach, model->flows[node->outgoing[i]].target, index);
        }
        for (uint32_t i = 0; i < node->boundary_count; i++) {
            visit(reach, node->boundaries[i], index);
        }
    }
}

static void leave(struct reach *reach, uint32_t node)
{
    if (!reach->leaves[node]) {
        reach->leaves[node] = true;
        reach->queue[reach->count++] = node;
    }
}

static void reach_backward(struct reach *reach)
{
    const struct bpmn_model *model = reach->model;
    reach->count = 0;
    for (uint32_t i = 0; i < model->node_count; i++) {
        if (model->nodes[i].outgoing_count == 0 && model->nodes[i].boundary_count == 0) {
            leave(reach, i);
        }
    }
    for (uint32_t i = 0; i < model->node_count; i++) {
        if (model->nodes[i].outgoing_count == 0) {
            leave(reach, i);
        }
    }
    for (uint32_t at = 0; at < reach->count; at++) {
        const struct bpmn_node *node = &model->nodes[reach->queue[at]];
        for (uint32_t i = 0; i < node->incoming_count; i++) {
            leave(reach, model->flows[node->incoming[i]].source);
        }
        if (node->attached != BPMN_NOWHERE) {
            leave(reach, node->attached);
        }
    }
}

static struct slice path_to(struct reach *reach, uint32_t node)
{
    uint32_t count = 0;
    struct buffer text;
    buffer_init(&text);
    for (uint32_t at = node; at != BPMN_NOWHERE; at = reach->from[at]) {
        reach->queue[count++] = at;
    }
    for (uint32_t i = count; i-- > 0;) {
        buffer_append(&text, reach->model->nodes[reach->queue[i]].id);
        buffer_append_cstr(&text, i == 0 ? "" : " > ");
    }
    const struct slice copy = arena_copy(&reach->model->arena, buffer_slice(&text));
    reach->model->failed = reach->model->failed || copy.data == NULL || buffer_failed(&text);
    buffer_release(&text);
    return copy;
}

/* True when a token comes to the element out of a part that it could still leave. */
static bool is_trap_door(const struct reach *reach, uint32_t index)
{
    const struct bpmn_model *model = reach->model;
    const struct bpmn_node *node = &model->nodes[index];
    bool door = node->kind == BPMN_START;
    for (uint32_t i = 0; i < node->incoming_count; i++) {
        const uint32_t source = model->flows[node->incoming[i]].source;
        door = door || (reach->reached[source] && reach->leaves[source]);
    }
    return door;
}

static void report_reach(struct reach *reach)
{
    struct bpmn_model *model = reach->model;
    for (uint32_t i = 0; i < model->node_count; i++) {
        const struct bpmn_node *node = &model->nodes[i];
        const struct bpmn_problem *before = model->last;
        if (!reach->reached[i]) {
            bpmn_report(model, BPMN_FINDING, node, "no way from a start leads to it");
        } else if (!reach->leaves[i] && is_trap_door(reach, i)) {
            bpmn_report(model, BPMN_FINDING, node,
                        "no way leads from it to an end: what comes "
                        "here never finishes");
            if (model->last != before) {
                model->last->path = path_to(reach, i);
            }
        }
    }
}

static bool check_reach(struct bpmn_model *model)
{
    struct reach reach = {.model = model};
    struct arena arena;
    arena_init(&arena, 16 << 20);
    const size_t count = (size_t)model->node_count + 1;
    reach.reached = arena_take(&arena, count);
    reach.leaves = arena_take(&arena, count);
    reach.from = arena_take_array(&arena, count, sizeof(uint32_t));
    reach.queue = arena_take_array(&arena, count, sizeof(uint32_t));
    const bool room =
        reach.reached != NULL && reach.leaves != NULL && reach.from != NULL && reach.queue != NULL;
    if (room) {
        reach_forward(&reach);
        reach_backward(&reach);
        report_reach(&reach);
    }
    arena_release(&arena);
    return room;
}

/* ---- choices, errors, calls ---- */

static void check_choice(struct bpmn_model *model, const struct bpmn_node *node)
{
    uint32_t conditions = 0;
    for (uint32_t i = 0; i < node->outgoing_count; i++) {
        conditions += model->flows[node->outgoing[i]].condition.text.size > 0;
    }
    const bool gateway = node->kind == BPMN_EXCLUSIVE || node->kind == BPMN_INCLUSIVE;
    if (conditions > 0 && node->default_flow == BPMN_NOWHERE && node->kind != BPMN_PARALLEL &&
        node->kind != BPMN_EVENT_GATEWAY && (gateway || conditions == node->outgoing_count)) {
        bpmn_report(model, BPMN_FINDING, node,
                    "it has no default flow: when no condition holds, the case stops here with an "
                    "incident");
    }
}

static bool catches(const struct bpmn_model *model, const struct bpmn_node *host,
                    const struct bpmn_node *thrower)
{
    for (uint32_t i = 0; i < host->boundary_count; i++) {
        const struct bpmn_node *boundary = &model->nodes[host->boundaries[i]];
        if (boundary->trigger == thrower->trigger &&
            (boundary->code.size == 0 || slice_equal(boundary->code, thrower->code))) {
            return true;
        }
    }
    return false;
}

static bool is_caught(const struct bpmn_model *model, const struct bpmn_node *thrower)
{
    uint32_t at = thrower->parent;
    while (model->nodes[at].kind != BPMN_PROCESS) {
        if (catches(model, &model->nodes[at], thrower)) {
            return true;
        }
        at = model->nodes[at].parent;
    }
    bool called = false;
    for (uint32_t i = 0; i < model->node_count; i++) {
        if (model->nodes[i].called_node == at) {
            called = true;
            if (catches(model, &model->nodes[i], thrower)) {
                return true;
            }
        }
    }
    return called && thrower->trigger == BPMN_ESCALATION;
}

static void check_thrown(struct bpmn_model *model, const struct bpmn_node *node)
{
    const bool throws =
        (node->trigger == BPMN_ERROR && node->kind == BPMN_END) ||
        (node->trigger == BPMN_ESCALATION && (node->kind == BPMN_END || node->kind == BPMN_THROW));
    if (throws && !is_caught(model, node)) {
        bpmn_report(model, BPMN_FINDING, node, "nothing around it catches its %s '%.*s'",
                    node->trigger == BPMN_ERROR ? "error" : "escalation", (int)node->code.size,
                    node->code.data);
    }
}

/* A called process begins at a start event without trigger. */
static void check_call(struct bpmn_model *model, const struct bpmn_node *node)
{
    if (node->kind == BPMN_CALL && model->nodes[node->called_node].start == BPMN_NOWHERE) {
        bpmn_report(model, BPMN_FINDING, node,
                    "the process '%.*s' has no start event without trigger and cannot be called",
                    (int)node->called.size, node->called.data);
    }
}

bool bpmn_check(struct bpmn_model *model)
{
    if (!check_reach(model)) {
        return false;
    }
    for (uint32_t i = 0; i < model->node_count; i++) {
        const struct bpmn_node *node = &model->nodes[i];
        check_choice(model, node);
        check_thrown(model, node);
        check_call(model, node);
        if (bpmn_is_container(node->kind) && !bpmn_game(model, i)) {
            return false;
        }
    }
    return !model->failed;
}
