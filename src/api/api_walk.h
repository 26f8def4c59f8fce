/* A walk through a limit and what is below it, depth first, without memory of its own: where it
 * stands is the way from the root, which also makes the cursor of a page. A limit with several
 * parents below the root is entered only from the first of them; elsewhere it is shown as repeated.
 * Limits that are opened or moved meanwhile are met or missed; none is met twice. */
#ifndef HEADROOM_API_API_WALK_H
#define HEADROOM_API_API_WALK_H

#include "base/buffer.h"
#include "ledger/ledger.h"

struct api_walk {
    const struct ledger *ledger;
    uint32_t way[LEDGER_PATH_MAX]; /* from the root to where it stands */
    size_t depth;                  /* levels below the root; way[depth] is the place */
    size_t depth_max;
    bool ended;
};

/** Stands on the root. */
void api_walk_init(struct api_walk *walk, const struct ledger *ledger, uint32_t root,
                   size_t depth_max);
/** Stands where a cursor says; false when it is none of this root. */
bool api_walk_seek(struct api_walk *walk, struct slice cursor) MUST_USE;
/** Appends the cursor of where it stands: numbers of limits, separated by dots. */
void api_walk_cursor(const struct api_walk *walk, struct buffer *text);
/** True when what is below the place stands elsewhere. */
bool api_walk_repeated(const struct api_walk *walk);
/** Goes on; false behind the last limit. */
bool api_walk_next(struct api_walk *walk);

static inline uint32_t api_walk_limit(const struct api_walk *walk)
{
    return walk->way[walk->depth];
}

#endif
