#include "bpmn/game.h"

/* A marking counts the tokens on each flow of the container. Chains of elements that do nothing to
 * a token but pass it on are one place: the flow at their end. */
struct game {
    struct bpmn_model *model;
    struct arena arena; /* of this container alone */
    uint32_t container;
    uint32_t *local;   /* of each flow of the model: its place, or BPMN_NOWHERE */
    uint32_t *flows;   /* of each place: its flow */
    uint32_t *nodes;   /* of the container */
    uint8_t *markings; /* place_count bytes each */
    uint32_t *parents; /* the marking that led to each */
    uint32_t *fired;   /* by this node */
    uint32_t *by;      /* that took a token off this flow; BPMN_NOWHERE: a join, a start */
    uint32_t *table;   /* open addressing: marking + 1 */
    uint8_t *next;     /* the marking being made */
    uint32_t *stack;   /* of the search for ways to a join */
    uint8_t *seen;
    bool *reported; /* of each node of the model */
    bool *main;     /* of each node: reached without a boundary event that does not interrupt */
    uint32_t place_count;
    uint32_t node_count;
    uint32_t count;
    uint32_t at; /* being expanded */
    bool twice;  /* the marking being made has two tokens on a flow */
    bool moved;  /* the marking being expanded has a successor */
    bool full;
};

enum { TABLE_SIZE = 1 << 16 };

static bool passes_on(const struct bpmn_node *node)
{
    return node->incoming_count == 1 && node->outgoing_count == 1 && node->boundary_count == 0;
}

static uint32_t chain_end(const struct bpmn_model *model, uint32_t flow)
{
    for (uint32_t i = 0; i < model->flow_count; i++) {
        const struct bpmn_node *target = &model->nodes[model->flows[flow].target];
        if (!passes_on(target)) {
            break;
        }
        flow = target->outgoing[0];
    }
    return flow;
}

static void put(struct game *game, uint32_t flow)
{
    const uint32_t place = game->local[flow];
    /* What runs beside the main flow, such as reminders, may run twice. */
    if (!game->main[game->model->flows[game->flows[place]].source]) {
        game->next[place] = 1;
        return;
    }
    game->twice = game->twice || game->next[place] == 1;
    game->next[place] = 2 < game->next[place] + 1 ? 2 : (uint8_t)(game->next[place] + 1);
}

/* The way to a marking backwards, and before each element the chain that led to it. */
struct path {
    uint32_t nodes[128];
    uint32_t count;
};

static void path_add(const struct game *game, struct path *path, uint32_t node, uint32_t flow)
{
    const uint32_t max = sizeof path->nodes / sizeof path->nodes[0];
    const struct bpmn_model *model = game->model;
    if (path->count < max) {
        path->nodes[path->count++] = node;
    }
    while (flow != BPMN_NOWHERE && path->count < max &&
           passes_on(&model->nodes[model->flows[flow].source])) {
        path->nodes[path->count++] = model->flows[flow].source;
        flow = model->nodes[model->flows[flow].source].incoming[0];
    }
}

static struct slice path_to(struct game *game, uint32_t marking, uint32_t last, uint32_t flow)
{
    struct path path = {.count = 0};
    struct buffer text;
    buffer_init(&text);
    path_add(game, &path, last, flow);
    for (uint32_t at = marking; at != BPMN_NOWHERE; at = game->parents[at]) {
        path_add(game, &path, game->fired[at], game->by[at]);
    }
    if (path.count == sizeof path.nodes / sizeof path.nodes[0]) {
        buffer_append_cstr(&text, "... > ");
    }
    for (uint32_t i = path.count; i-- > 0;) {
        buffer_append(&text, game->model->nodes[path.nodes[i]].id);
        buffer_append_cstr(&text, i == 0 ? "" : " > ");
    }
    const struct slice copy = arena_copy(&game->model->arena, buffer_slice(&text));
    game->model->failed = game->model->failed || copy.data == NULL || buffer_failed(&text);
    buffer_release(&text);
    return copy;
}

static void report_twice(struct game *game, uint32_t node, uint32_t by)
{
    for (uint32_t place = 0; place < game->place_count; place++) {
        const struct bpmn_flow *flow = &game->model->flows[game->flows[place]];
        if (game->next[place] < 2 || game->reported[flow->target]) {
            continue;
        }
        const struct bpmn_problem *before = game->model->last;
        game->reported[flow->target] = true;
        bpmn_report(game->model, BPMN_FINDING, &game->model->nodes[flow->target],
                    "two tokens can be in front of it at once, so that it and what follows are "
                    "done twice");
        if (game->model->last != before) {
            game->model->last->path = path_to(game, game->at, node, by);
        }
    }
}

/* Keeps the marking made, unless it is known. */
static void add(struct game *game, uint32_t node, uint32_t by)
{
    game->moved = true;
    if (game->twice) {
        report_twice(game, node, by);
        return;
    }
    const uint64_t hash = hash64(game->next, game->place_count, 0);
    uint32_t slot = (uint32_t)hash & (TABLE_SIZE - 1);
    for (; game->table[slot] != 0; slot = (slot + 1) & (TABLE_SIZE - 1)) {
        const size_t offset = (size_t)(game->table[slot] - 1) * game->place_count;
        if (memcmp(game->markings + offset, game->next, game->place_count) == 0) {
            return;
        }
    }
    if (game->count == BPMN_GAME_MAX) {
        game->full = true;
        return;
    }
    memcpy(game->markings + (size_t)game->count * game->place_count, game->next, game->place_count);
    game->parents[game->count] = game->at;
    game->fired[game->count] = node;
    game->by[game->count] = by;
    game->table[slot] = ++game->count;
}

static void begin(struct game *game)
{
    memcpy(game->next, game->markings + (size_t)game->at * game->place_count, game->place_count);
    game->twice = false;
}

/* ---- joins ---- */

static bool marked(const struct game *game, uint32_t flow)
{
    return game->markings[(size_t)game->at * game->place_count + game->local[flow]] > 0;
}

/* Whether a token on flow `from` can come to flow `to` without passing the node `but`. */
static bool can_reach(const struct game *game, uint32_t from, uint32_t to, uint32_t but)
{
    const struct bpmn_model *model = game->model;
    uint32_t *stack = game->stack;
    uint8_t *seen = game->seen;
    uint32_t count = 0;
    memset(seen, 0, game->place_count);
    stack[count++] = from;
    seen[game->local[from]] = 1;
    while (count > 0) {
        const uint32_t flow = stack[--count];
        const struct bpmn_node *node = &model->nodes[model->flows[flow].target];
        if (flow == to) {
            return true;
        }
        if (model->flows[flow].target == but) {
            continue;
        }
        for (uint32_t b = 0; b <= node->boundary_count; b++) {
            const struct bpmn_node *out =
                b == node->boundary_count ? node : &model->nodes[node->boundaries[b]];
            for (uint32_t i = 0; i < out->outgoing_count; i++) {
                const uint32_t end = chain_end(model, out->outgoing[i]);
                if (!seen[game->local[end]]) {
                    seen[game->local[end]] = 1;
                    stack[count++] = end;
                }
            }
        }
    }
    return false;
}

/* An inclusive join waits for a token elsewhere that may still arrive by an empty flow, unless it
 * may also arrive by one that holds a token. Source: BPMN 2.0.2, 13.4.3. */
static bool must_wait(struct game *game, uint32_t index)
{
    const struct bpmn_node *node = &game->model->nodes[index];
    bool wait = false;
    for (uint32_t place = 0; place < game->place_count && !wait; place++) {
        const uint32_t flow = game->flows[place];
        if (!marked(game, flow) || game->model->flows[flow].target == index) {
            continue;
        }
        bool to_empty = false;
        bool to_held = false;
        for (uint32_t i = 0; i < node->incoming_count; i++) {
            bool *found = marked(game, node->incoming[i]) ? &to_held : &to_empty;
            *found = *found || can_reach(game, flow, node->incoming[i], index);
        }
        wait = to_empty && !to_held;
    }
    return wait;
}

/* ---- moves ---- */

static void put_all(struct game *game, const struct bpmn_node *node)
{
    for (uint32_t i = 0; i < node->outgoing_count; i++) {
        put(game, node->outgoing[i]);
    }
}

/* What is taken away before the node goes on: one flow, or one token of each that has any. */
static void take_in(struct game *game, const struct bpmn_node *node, uint32_t flow)
{
    begin(game);
    for (uint32_t i = 0; i < node->incoming_count; i++) {
        const uint32_t place = game->local[node->incoming[i]];
        if ((flow == BPMN_NOWHERE || flow == node->incoming[i]) && game->next[place] > 0) {
            game->next[place]--;
        }
    }
}

static bool ends_all(const struct bpmn_node *node)
{
    return node->kind == BPMN_END &&
           (node->trigger == BPMN_TERMINATE || node->trigger == BPMN_ERROR);
}

static bool is_choice(const struct bpmn_node *node)
{
    return node->kind == BPMN_EXCLUSIVE || node->kind == BPMN_EVENT_GATEWAY;
}

/* Some of the flows: all subsets of up to four, else each alone and all. */
static void fire_some(struct game *game, uint32_t index, uint32_t flow)
{
    const struct bpmn_node *node = &game->model->nodes[index];
    const uint32_t count = node->outgoing_count;
    const uint32_t last = count <= 4 ? (1U << count) - 1 : count + 1;
    for (uint32_t choice = 1; choice <= last; choice++) {
        take_in(game, node, flow);
        for (uint32_t i = 0; i < count; i++) {
            const bool taken =
                count <= 4 ? (choice >> i & 1U) != 0 : choice == count + 1 || choice == i + 1;
            if (taken) {
                put(game, node->outgoing[i]);
            }
        }
        add(game, index, flow);
    }
}

static bool has_conditions(const struct game *game, const struct bpmn_node *node)
{
    for (uint32_t i = 0; i < node->outgoing_count; i++) {
        if (game->model->flows[node->outgoing[i]].condition.text.size > 0) {
            return true;
        }
    }
    return false;
}

static void fire(struct game *game, uint32_t index, uint32_t flow)
{
    const struct bpmn_node *node = &game->model->nodes[index];
    if (is_choice(node)) {
        for (uint32_t i = 0; i < node->outgoing_count; i++) {
            take_in(game, node, flow);
            put(game, node->outgoing[i]);
            add(game, index, flow);
        }
    } else if (node->kind == BPMN_INCLUSIVE ||
               (node->kind != BPMN_PARALLEL && has_conditions(game, node))) {
        fire_some(game, index, flow);
    } else {
        take_in(game, node, flow);
        if (ends_all(node)) {
            memset(game->next, 0, game->place_count);
        }
        put_all(game, node);
        add(game, index, flow);
    }
    for (uint32_t b = 0; b < node->boundary_count; b++) {
        const struct bpmn_node *boundary = &game->model->nodes[node->boundaries[b]];
        take_in(game, node, flow);
        put_all(game, boundary);
        if (!boundary->interrupting) {
            put_all(game, node);
        }
        add(game, node->boundaries[b], flow);
    }
}

static void expand_node(struct game *game, uint32_t index)
{
    const struct bpmn_node *node = &game->model->nodes[index];
    uint32_t held = 0;
    for (uint32_t i = 0; i < node->incoming_count; i++) {
        held += marked(game, node->incoming[i]);
    }
    const bool joins =
        (node->kind == BPMN_PARALLEL || node->kind == BPMN_INCLUSIVE) && node->incoming_count > 1;
    if (held == 0 || passes_on(node)) {
        return;
    }
    if (!joins) {
        for (uint32_t i = 0; i < node->incoming_count; i++) {
            if (marked(game, node->incoming[i])) {
                fire(game, index, node->incoming[i]);
            }
        }
    } else if (node->kind == BPMN_PARALLEL ? held == node->incoming_count
                                           : !must_wait(game, index)) {
        fire(game, index, BPMN_NOWHERE);
    }
}

/* Nothing can move: the joins that hold a token wait for ever. */
static void report_stuck(struct game *game)
{
    for (uint32_t i = 0; i < game->node_count; i++) {
        const struct bpmn_node *node = &game->model->nodes[game->nodes[i]];
        uint32_t held = BPMN_NOWHERE;
        uint32_t empty = BPMN_NOWHERE;
        for (uint32_t f = 0; f < node->incoming_count; f++) {
            *(marked(game, node->incoming[f]) ? &held : &empty) = node->incoming[f];
        }
        if (held == BPMN_NOWHERE || empty == BPMN_NOWHERE || game->reported[game->nodes[i]]) {
            continue;
        }
        const struct slice by = game->model->flows[held].id;
        const struct slice not_by = game->model->flows[empty].id;
        const struct bpmn_problem *before = game->model->last;
        game->reported[game->nodes[i]] = true;
        bpmn_report(game->model, BPMN_FINDING, node,
                    "it can wait for ever: a token has come by '%.*s' and none can come by '%.*s'",
                    (int)by.size, by.data, (int)not_by.size, not_by.data);
        if (game->model->last != before) {
            game->model->last->path = path_to(game, game->at, game->nodes[i], held);
        }
    }
}

static void expand(struct game *game)
{
    const uint8_t *marking = game->markings + (size_t)game->at * game->place_count;
    bool empty = true;
    for (uint32_t i = 0; i < game->place_count; i++) {
        empty = empty && marking[i] == 0;
    }
    if (empty) {
        return;
    }
    game->moved = false;
    for (uint32_t i = 0; i < game->node_count && !game->full; i++) {
        expand_node(game, game->nodes[i]);
    }
    if (!game->moved && !game->full) {
        report_stuck(game);
    }
}

/* ---- the board ---- */

/* Marks what is reached from the starts; `stack` has room for every node of the container. */
static void mark_main(struct game *game, uint32_t *stack)
{
    const struct bpmn_model *model = game->model;
    uint32_t count = 0;
    for (uint32_t i = 0; i < game->node_count; i++) {
        if (model->nodes[game->nodes[i]].kind == BPMN_START) {
            game->main[game->nodes[i]] = true;
            stack[count++] = game->nodes[i];
        }
    }
    while (count > 0) {
        const struct bpmn_node *node = &model->nodes[stack[--count]];
        const uint32_t ways = node->outgoing_count + node->boundary_count;
        for (uint32_t i = 0; i < ways; i++) {
            const uint32_t to = i < node->outgoing_count
                                    ? model->flows[node->outgoing[i]].target
                                    : node->boundaries[i - node->outgoing_count];
            const bool side =
                model->nodes[to].kind == BPMN_BOUNDARY && !model->nodes[to].interrupting;
            if (!game->main[to] && !side) {
                game->main[to] = true;
                stack[count++] = to;
            }
        }
    }
}

static bool lay_out(struct game *game)
{
    struct bpmn_model *model = game->model;
    game->local = arena_take_array(&game->arena, (size_t)model->flow_count + 1, sizeof(uint32_t));
    game->flows = arena_take_array(&game->arena, (size_t)model->flow_count + 1, sizeof(uint32_t));
    game->nodes = arena_take_array(&game->arena, (size_t)model->node_count + 1, sizeof(uint32_t));
    game->reported = arena_take(&game->arena, (size_t)model->node_count + 1);
    game->main = arena_take(&game->arena, (size_t)model->node_count + 1);
    uint32_t *stack =
        arena_take_array(&game->arena, (size_t)model->node_count + 1, sizeof(uint32_t));
    if (game->main == NULL || stack == NULL || game->local == NULL || game->flows == NULL ||
        game->nodes == NULL || game->reported == NULL) {
        return false;
    }
    for (uint32_t i = game->container + 1; i < model->node_count; i++) {
        if (model->nodes[i].parent == game->container) {
            game->nodes[game->node_count++] = i;
        }
    }
    mark_main(game, stack);
    memset(game->local, 0xff, ((size_t)model->flow_count + 1) * sizeof(uint32_t));
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t i = 0; i < model->flow_count; i++) {
            if (model->nodes[model->flows[i].source].parent != game->container) {
                continue;
            }
            const uint32_t end = chain_end(model, i);
            if (pass == 0 && end == i) {
                game->local[i] = game->place_count;
                game->flows[game->place_count++] = i;
            } else if (pass == 1) {
                game->local[i] = game->local[end] == BPMN_NOWHERE ? 0 : game->local[end];
            }
        }
    }
    const size_t places = game->place_count;
    game->markings = arena_take_array(&game->arena, BPMN_GAME_MAX, places + 1);
    game->parents = arena_take_array(&game->arena, BPMN_GAME_MAX, sizeof(uint32_t));
    game->fired = arena_take_array(&game->arena, BPMN_GAME_MAX, sizeof(uint32_t));
    game->by = arena_take_array(&game->arena, BPMN_GAME_MAX, sizeof(uint32_t));
    game->table = arena_take_array(&game->arena, TABLE_SIZE, sizeof(uint32_t));
    game->next = arena_take(&game->arena, places + 1);
    game->stack = arena_take_array(&game->arena, places + 1, sizeof(uint32_t));
    game->seen = arena_take(&game->arena, places + 1);
    return game->stack != NULL && game->seen != NULL && game->markings != NULL &&
           game->parents != NULL && game->fired != NULL && game->by != NULL &&
           game->table != NULL && game->next != NULL;
}

static void play(struct game *game)
{
    for (uint32_t i = 0; i < game->node_count; i++) {
        const struct bpmn_node *node = &game->model->nodes[game->nodes[i]];
        if (node->kind == BPMN_START) {
            game->at = BPMN_NOWHERE;
            game->twice = false;
            memset(game->next, 0, game->place_count);
            put_all(game, node);
            add(game, game->nodes[i], BPMN_NOWHERE);
        }
    }
    for (game->at = 0; game->at < game->count && !game->full; game->at++) {
        expand(game);
    }
    if (game->full) {
        bpmn_report(game->model, BPMN_NOTE, &game->model->nodes[game->container],
                    "it has more than %d states without data; only those were examined",
                    BPMN_GAME_MAX);
    }
}

bool bpmn_game(struct bpmn_model *model, uint32_t container)
{
    struct game game = {.model = model, .container = container};
    uint32_t count = 0;
    for (uint32_t i = 0; i < model->flow_count; i++) {
        count += model->nodes[model->flows[i].source].parent == container;
    }
    if (count == 0) {
        return true;
    }
    if (count > BPMN_GAME_FLOWS_MAX) {
        bpmn_report(model, BPMN_NOTE, &model->nodes[container],
                    "it has more than %d flows; its joins were not examined", BPMN_GAME_FLOWS_MAX);
        return true;
    }
    arena_init(&game.arena, 512U << 20);
    const bool laid_out = lay_out(&game);
    if (laid_out && game.place_count > 0) {
        play(&game);
    }
    arena_release(&game.arena);
    return laid_out && !model->failed;
}
