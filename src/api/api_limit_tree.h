/* Limits of the ledger as a tree, depth first: what the views of customers and groups share. */
#ifndef HEADROOM_API_API_LIMIT_TREE_H
#define HEADROOM_API_API_LIMIT_TREE_H

#include "api/api_credit.h"
#include "ledger/ledger.h"

enum { API_TREE_LIMITS_MAX = 1000 };

struct api_tree_limit {
    uint32_t limit;
    const struct credit_limit *origin; /* NULL: not by a decision */
    size_t parent;                     /* index; SIZE_MAX: none in the tree */
    unsigned depth;
    bool written;
};

struct api_tree {
    struct api_tree_limit limits[API_TREE_LIMITS_MAX];
    size_t order[API_TREE_LIMITS_MAX]; /* indexes, depth first; set by api_tree_order */
    size_t count;
    bool more; /* there were more than there is room for */
};

/** Takes a limit once. In: origin  lives as long as the tree; may be NULL */
void api_tree_take(struct api_tree *tree, uint32_t limit, const struct credit_limit *origin);
/** The same of an id; nothing when the ledger has no such limit. */
void api_tree_take_id(struct api_tree *tree, const struct ledger *ledger, struct slice id,
                      const struct credit_limit *origin);
/** Begins the object of a limit: its depth, the decision and clause that opened it. */
void api_tree_limit_begin(struct json_writer *writer, const struct api_tree_limit *item);
/** Ends it with the limit as the ledger has it. */
void api_tree_limit_end(struct json_writer *writer, const struct ledger *ledger,
                        const struct api_tree_limit *item);
/** Puts each below the first of its parents that is in the tree, the oldest first. */
void api_tree_order(struct api_tree *tree, const struct ledger *ledger);

#endif
