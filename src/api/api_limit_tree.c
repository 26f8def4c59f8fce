#include "api/api_limit_tree.h"

static size_t index_of(const struct api_tree *tree, uint32_t limit)
{
    for (size_t i = 0; i < tree->count; i++) {
        if (tree->limits[i].limit == limit) {
            return i;
        }
    }
    return SIZE_MAX;
}

void api_tree_take(struct api_tree *tree, uint32_t limit, const struct credit_limit *origin)
{
    if (tree->count == API_TREE_LIMITS_MAX) {
        tree->more = true;
    } else if (index_of(tree, limit) == SIZE_MAX) {
        tree->limits[tree->count++] =
            (struct api_tree_limit){.limit = limit, .origin = origin, .parent = SIZE_MAX};
    }
}

void api_tree_take_id(struct api_tree *tree, const struct ledger *ledger, struct slice id,
                      const struct credit_limit *origin)
{
    struct ledger_id name;
    const uint32_t limit =
        ledger_id_read(id, &name) ? ledger_limit_find(ledger, &name) : LEDGER_NONE;

    if (limit != LEDGER_NONE) {
        api_tree_take(tree, limit, origin);
    }
}

static int limit_compare(const void *a, const void *b)
{
    const uint32_t left = ((const struct api_tree_limit *)a)->limit;
    const uint32_t right = ((const struct api_tree_limit *)b)->limit;

    return left < right ? -1 : left > right ? 1 : 0;
}

static void parents_find(struct api_tree *tree, const struct ledger *ledger)
{
    for (size_t i = 0; i < tree->count; i++) {
        struct ledger_limit_view limit;
        ledger_limit_view(ledger, &limit, tree->limits[i].limit);
        for (unsigned p = 0; p < limit.parents_count && tree->limits[i].parent == SIZE_MAX; p++) {
            tree->limits[i].parent = index_of(tree, limit.parents[p]);
        }
    }
}

/* Depth first: behind each the first child that has not been put, else back to its parent. */
static void order_find(struct api_tree *tree)
{
    size_t put = 0;
    size_t at = SIZE_MAX;

    while (put < tree->count) {
        size_t child = 0;
        while (child < tree->count &&
               (tree->limits[child].written || tree->limits[child].parent != at)) {
            child++;
        }
        if (child == tree->count) {
            check(at != SIZE_MAX); /* the ledger has no cycles */
            at = tree->limits[at].parent;
            continue;
        }
        tree->limits[child].written = true;
        tree->limits[child].depth = at == SIZE_MAX ? 0 : tree->limits[at].depth + 1;
        tree->order[put++] = child;
        at = child;
    }
}

void api_tree_order(struct api_tree *tree, const struct ledger *ledger)
{
    qsort(tree->limits, tree->count, sizeof(tree->limits[0]), limit_compare);
    parents_find(tree, ledger);
    order_find(tree);
}

void api_tree_limit_begin(struct json_writer *writer, const struct api_tree_limit *item)
{
    json_object_begin(writer);
    api_number_member(writer, "depth", item->depth);
    if (item->origin != NULL) {
        api_text_member(writer, "decision", item->origin->decision);
        api_text_member(writer, "clause", item->origin->clause);
    }
}

void api_tree_limit_end(struct json_writer *writer, const struct ledger *ledger,
                        const struct api_tree_limit *item)
{
    struct ledger_limit_view view;

    ledger_limit_view(ledger, &view, item->limit);
    json_name(writer, SLICE("limit"));
    ledger_limit_write_json(writer, ledger, &view);
    json_object_end(writer);
}
