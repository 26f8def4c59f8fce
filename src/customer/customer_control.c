#include "customer/customer_control.h"

/* What `from` controls, into its row: grown until nothing is added. A set that only grows ends. */
static void set_grow(const struct control_web *web, uint32_t from, bool *row, uint32_t *votes)
{
    bool grown = true;

    row[from] = true;
    while (grown) {
        grown = false;
        memset(votes, 0, web->node_count * sizeof(*votes));
        for (size_t i = 0; i < web->edge_count; i++) {
            const struct control_edge *edge = &web->edges[i];
            if (!row[edge->holder] || row[edge->held]) {
                continue;
            }
            votes[edge->held] += edge->share;
            if (edge->control || votes[edge->held] > CONTROL_WHOLE / 2) {
                row[edge->held] = true;
                grown = true;
            }
        }
    }
    row[from] = false;
}

bool control_compute(struct control_web *web, struct arena *arena)
{
    const size_t count = web->node_count;

    check(count <= CONTROL_NODES_MAX && web->edge_count <= CONTROL_EDGES_MAX);
    web->controls = arena_take_array(arena, count * count + 1, sizeof(*web->controls));
    uint32_t *votes = arena_take_array(arena, count + 1, sizeof(*votes));
    if (web->controls == NULL || votes == NULL) {
        return false;
    }
    for (size_t i = 0; i < web->edge_count; i++) {
        check(web->edges[i].holder < count && web->edges[i].held < count);
    }
    for (uint32_t from = 0; from < count; from++) {
        set_grow(web, from, web->controls + from * count, votes);
    }
    return true;
}

bool control_is(const struct control_web *web, uint32_t a, uint32_t b)
{
    check(a < web->node_count && b < web->node_count);
    return web->controls[a * web->node_count + b];
}

bool control_top(const struct control_web *web, uint32_t top, uint32_t node)
{
    if (top != node && !control_is(web, top, node)) {
        return false;
    }
    for (uint32_t a = 0; a < web->node_count; a++) {
        if (control_is(web, a, top) && !control_is(web, top, a)) {
            return false;
        }
    }
    return true;
}
