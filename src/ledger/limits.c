/* The graph of limits: edges, paths, and what a move does to the sums.
 *
 * The path of every limit is kept (itself, then its ancestors in depth-first preorder, each once),
 * because a drawing walks it millions of times for each time that a limit moves. */
#include "ledger/internal.h"

/* ---- edges ---- */

static uint32_t edge_take(struct ledger *ledger)
{
    const uint32_t edge = ledger->edge_free;

    if (edge != LEDGER_NONE) {
        ledger->edge_free = ledger->edges[edge].parent_next;
        return edge;
    }
    return ledger->edges_count++;
}

/* Puts an edge into the ring of its parent's children, which is ordered by number. */
static void ring_insert(struct ledger *ledger, uint32_t number)
{
    struct edge *edge = &ledger->edges[number];
    uint32_t *last = &ledger->child_edges[edge->parent];

    if (*last == LEDGER_NONE) {
        edge->child_next = number;
        edge->child_prev = number;
        *last = number;
        return;
    }
    uint32_t before = *last; /* the edge behind which this one goes */
    const bool is_last = ledger->edges[before].child < edge->child;
    if (!is_last) {
        const uint32_t first = ledger->edges[*last].child_next;
        while (before != first &&
               ledger->edges[ledger->edges[before].child_prev].child > edge->child) {
            before = ledger->edges[before].child_prev;
        }
        before = ledger->edges[before].child_prev;
    }
    edge->child_prev = before;
    edge->child_next = ledger->edges[before].child_next;
    ledger->edges[edge->child_next].child_prev = number;
    ledger->edges[before].child_next = number;
    if (is_last) {
        *last = number;
    }
}

static void ring_remove(struct ledger *ledger, uint32_t number)
{
    struct edge *edge = &ledger->edges[number];
    uint32_t *last = &ledger->child_edges[edge->parent];

    if (edge->child_next == number) {
        *last = LEDGER_NONE;
        return;
    }
    ledger->edges[edge->child_prev].child_next = edge->child_next;
    ledger->edges[edge->child_next].child_prev = edge->child_prev;
    if (*last == number) {
        *last = edge->child_prev;
    }
}

void parents_set(struct ledger *ledger, uint32_t limit, const uint32_t *parents, unsigned count)
{
    uint32_t *link = &ledger->rests[limit].parent_edge;

    while (*link != LEDGER_NONE) {
        const uint32_t number = *link;
        *link = ledger->edges[number].parent_next;
        ring_remove(ledger, number);
        ledger->edges[number].parent_next = ledger->edge_free;
        ledger->edge_free = number;
    }
    for (unsigned i = 0; i < count; i++) {
        const uint32_t number = edge_take(ledger);
        struct edge *edge = &ledger->edges[number];

        *edge = (struct edge){.parent = parents[i], .child = limit, .parent_next = LEDGER_NONE};
        ring_insert(ledger, number);
        *link = number;
        link = &edge->parent_next;
    }
}

unsigned parents_get(const struct ledger *ledger, uint32_t limit,
                     uint32_t parents[LEDGER_PARENTS_MAX])
{
    unsigned count = 0;

    for (uint32_t i = ledger->rests[limit].parent_edge; i != LEDGER_NONE;
         i = ledger->edges[i].parent_next) {
        check(count < LEDGER_PARENTS_MAX);
        parents[count++] = ledger->edges[i].parent;
    }
    return count;
}

/* The child behind `edge` in its ring, LEDGER_NONE behind the last. */
static uint32_t child_edge_next(const struct ledger *ledger, uint32_t parent, uint32_t edge)
{
    const uint32_t last = ledger->child_edges[parent];

    if (edge == LEDGER_NONE) {
        return last == LEDGER_NONE ? LEDGER_NONE : ledger->edges[last].child_next;
    }
    return edge == last ? LEDGER_NONE : ledger->edges[edge].child_next;
}

uint32_t ledger_child_next(const struct ledger *ledger, uint32_t limit, uint32_t child)
{
    uint32_t edge = LEDGER_NONE;

    if (child != LEDGER_NONE) {
        for (edge = ledger->rests[child].parent_edge;
             edge != LEDGER_NONE && ledger->edges[edge].parent != limit;
             edge = ledger->edges[edge].parent_next) {
        }
        if (edge == LEDGER_NONE) {
            return LEDGER_NONE; /* no longer a child */
        }
    }
    edge = child_edge_next(ledger, limit, edge);
    return edge == LEDGER_NONE ? LEDGER_NONE : ledger->edges[edge].child;
}

/* ---- paths ---- */

static bool path_has(const uint32_t *path, unsigned count, uint32_t limit)
{
    for (unsigned i = 0; i < count; i++) {
        if (path[i] == limit) {
            return true;
        }
    }
    return false;
}

unsigned path_compute(const struct ledger *ledger, uint32_t limit, uint32_t path[LEDGER_PATH_MAX])
{
    uint32_t waiting[LEDGER_PATH_MAX]; /* for each limit on the way up, the edge to follow next */
    unsigned depth = 0;
    unsigned count = 1;

    path[0] = limit;
    waiting[depth++] = ledger->rests[limit].parent_edge;
    while (depth > 0) {
        const uint32_t number = waiting[depth - 1];

        if (number == LEDGER_NONE) {
            depth--;
            continue;
        }
        const struct edge *edge = &ledger->edges[number];
        waiting[depth - 1] = edge->parent_next;
        if (path_has(path, count, edge->parent)) {
            continue;
        }
        if (count == LEDGER_PATH_MAX) {
            return 0;
        }
        path[count++] = edge->parent;
        waiting[depth++] = ledger->rests[edge->parent].parent_edge;
    }
    return count;
}

void path_store(struct ledger *ledger, uint32_t limit, const uint32_t *path, unsigned count)
{
    uint32_t place = ledger->path_free[count];

    ledger->limits[limit].path_count = (uint8_t)count;
    if (count <= LIMIT_PATH_NEAR) {
        memcpy(ledger->limits[limit].near, path, count * sizeof(*path));
        return;
    }
    if (place != LEDGER_NONE) {
        ledger->path_free[count] = ledger->paths[place];
    } else {
        place = ledger->paths_used;
        ledger->paths_used += count;
    }
    memcpy(&ledger->paths[place], path, count * sizeof(*path));
    ledger->limits[limit].path = place;
}

void path_free(struct ledger *ledger, uint32_t limit)
{
    const uint32_t place = ledger->limits[limit].path;
    const unsigned count = ledger->limits[limit].path_count;

    if (count <= LIMIT_PATH_NEAR) {
        return;
    }
    ledger->paths[place] = ledger->path_free[count];
    ledger->path_free[count] = place;
}

/* ---- moves ---- */

static bool mark_set(struct ledger *ledger, uint32_t limit)
{
    uint64_t *word = &ledger->marks[limit / 64];
    const uint64_t bit = 1ULL << (limit % 64);
    const bool was_set = (*word & bit) != 0;

    *word |= bit;
    return !was_set;
}

uint32_t subtree_list(struct ledger *ledger, uint32_t limit)
{
    uint32_t count = 0;

    mark_set(ledger, limit);
    ledger->subtree[count++] = limit;
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t parent = ledger->subtree[i];

        for (uint32_t edge = child_edge_next(ledger, parent, LEDGER_NONE); edge != LEDGER_NONE;
             edge = child_edge_next(ledger, parent, edge)) {
            if (mark_set(ledger, ledger->edges[edge].child)) {
                ledger->subtree[count++] = ledger->edges[edge].child;
            }
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        ledger->marks[ledger->subtree[i] / 64] = 0;
    }
    return count;
}

/* Adds what stands directly on `limit` to the sums of `other`, or takes it off. */
static void standing_add(struct ledger *ledger, uint32_t limit, uint32_t other, int sign)
{
    const unsigned measure = ledger->limits[other].measure;

    for (uint32_t i = ledger->limits[limit].record; i != LEDGER_NONE; i = ledger->links[i].next) {
        const struct record *record = &ledger->records[i];
        const int64_t amount = sign * record->remaining[measure];
        const bool reserved = record_is_reservation(record);

        sums_add(ledger, other, (enum currency)record->currency, reserved ? 0 : amount,
                 reserved ? amount : 0, 0);
    }
}

static void limit_repath(struct ledger *ledger, uint32_t limit)
{
    uint32_t old[LEDGER_PATH_MAX];
    uint32_t path[LEDGER_PATH_MAX];
    const unsigned old_count = ledger->limits[limit].path_count;
    const unsigned count = path_compute(ledger, limit, path);

    check(count > 0);
    memcpy(old, limit_path(ledger, limit), old_count * sizeof(*old));
    for (unsigned i = 0; i < old_count; i++) {
        if (!path_has(path, count, old[i])) {
            standing_add(ledger, limit, old[i], -1);
        }
    }
    for (unsigned i = 0; i < count; i++) {
        if (!path_has(old, old_count, path[i])) {
            standing_add(ledger, limit, path[i], 1);
        }
    }
    path_free(ledger, limit);
    path_store(ledger, limit, path, count);
}

void limit_reparent(struct ledger *ledger, uint32_t limit, const uint32_t *parents, unsigned count)
{
    const uint32_t below = subtree_list(ledger, limit);

    parents_set(ledger, limit, parents, count);
    for (uint32_t i = 0; i < below; i++) {
        limit_repath(ledger, ledger->subtree[i]);
    }
}

/* True when everything that stands directly on `limit` can be expressed in the currency of what
 * would join its path. */
static bool joining_convertible(const struct ledger *ledger, uint32_t limit, const uint32_t *path,
                                unsigned count)
{
    const uint32_t *old = limit_path(ledger, limit);
    const unsigned old_count = ledger->limits[limit].path_count;

    for (unsigned i = 0; i < count; i++) {
        if (path_has(old, old_count, path[i])) {
            continue;
        }
        const enum currency to = (enum currency)ledger->limits[path[i]].currency;
        for (uint32_t j = ledger->limits[limit].record; j != LEDGER_NONE;
             j = ledger->links[j].next) {
            if (!convertible(ledger, (enum currency)ledger->records[j].currency, to)) {
                return false;
            }
        }
    }
    return true;
}

static enum ledger_status paths_judge(const struct ledger *ledger, uint32_t below)
{
    enum ledger_status status = LEDGER_OK;

    for (uint32_t i = 0; i < below; i++) {
        uint32_t path[LEDGER_PATH_MAX];
        const unsigned count = path_compute(ledger, ledger->subtree[i], path);

        if (count == 0) {
            return LEDGER_BAD_PARENTS;
        }
        if (status == LEDGER_OK && !joining_convertible(ledger, ledger->subtree[i], path, count)) {
            status = LEDGER_RATE_NOT_SET;
        }
    }
    return status;
}

enum ledger_status limit_move_judge(struct ledger *ledger, uint32_t limit, const uint32_t *parents,
                                    unsigned count)
{
    uint32_t before[LEDGER_PARENTS_MAX];

    for (unsigned i = 0; i < count; i++) {
        const uint32_t *path = limit_path(ledger, parents[i]);
        if (path_has(path, ledger->limits[parents[i]].path_count, limit)) {
            return LEDGER_BAD_PARENTS; /* a cycle */
        }
    }
    /* Tried on the edges alone, and put back. */
    const uint32_t below = subtree_list(ledger, limit);
    const unsigned before_count = parents_get(ledger, limit, before);
    parents_set(ledger, limit, parents, count);
    const enum ledger_status status = paths_judge(ledger, below);
    parents_set(ledger, limit, before, before_count);
    return status;
}
