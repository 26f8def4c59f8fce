#include "api/api_walk.h"

void api_walk_init(struct api_walk *walk, const struct ledger *ledger, uint32_t root,
                   size_t depth_max)
{
    *walk = (struct api_walk){.ledger = ledger, .depth_max = depth_max};
    walk->way[0] = root;
}

/* True when `limit` is `root` or below it. */
static bool is_below(const struct ledger *ledger, uint32_t limit, uint32_t root)
{
    size_t count;
    const uint32_t *path = ledger_limit_path(ledger, limit, &count);

    for (size_t i = 0; i < count; i++) {
        if (path[i] == root) {
            return true;
        }
    }
    return false;
}

bool api_walk_repeated(const struct api_walk *walk)
{
    struct ledger_limit_view view;

    if (walk->depth == 0) {
        return false;
    }
    ledger_limit_view(walk->ledger, &view, api_walk_limit(walk));
    for (unsigned i = 0; i < view.parents_count; i++) {
        if (is_below(walk->ledger, view.parents[i], walk->way[0])) {
            return view.parents[i] != walk->way[walk->depth - 1];
        }
    }
    return true;
}

bool api_walk_next(struct api_walk *walk)
{
    uint32_t child = LEDGER_NONE;

    if (walk->depth < walk->depth_max && walk->depth + 1 < LEDGER_PATH_MAX &&
        !api_walk_repeated(walk)) {
        child = ledger_child_next(walk->ledger, api_walk_limit(walk), LEDGER_NONE);
        if (child != LEDGER_NONE) {
            walk->way[++walk->depth] = child;
            return true;
        }
    }
    while (walk->depth > 0) {
        child = ledger_child_next(walk->ledger, walk->way[walk->depth - 1], api_walk_limit(walk));
        if (child != LEDGER_NONE) {
            walk->way[walk->depth] = child;
            return true;
        }
        walk->depth--;
    }
    walk->ended = true;
    return false;
}

void api_walk_cursor(const struct api_walk *walk, struct buffer *text)
{
    for (size_t i = 0; i <= walk->depth; i++) {
        buffer_printf(text, "%s%u", i == 0 ? "" : ".", walk->way[i]);
    }
}

bool api_walk_seek(struct api_walk *walk, struct slice cursor)
{
    const uint32_t root = walk->way[0];
    const uint32_t count = ledger_limits_count(walk->ledger);
    struct slice part;
    size_t depth = 0;

    for (; slice_split(&cursor, '.', &part); depth++) {
        uint64_t number;
        if (depth == LEDGER_PATH_MAX || !slice_to_u64(part, count - 1, &number)) {
            return false;
        }
        walk->way[depth] = (uint32_t)number;
    }
    walk->depth = depth == 0 ? 0 : depth - 1;
    return depth > 0 && walk->way[0] == root;
}
