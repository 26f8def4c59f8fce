/* The difference between two packs, by what it means: rows, rules, elements, texts. */
#ifndef HEADROOM_PACK_DIFF_H
#define HEADROOM_PACK_DIFF_H

#include "pack/pack.h"

enum pack_change_kind { PACK_ADDED, PACK_REMOVED, PACK_CHANGED };

struct pack_change {
    enum pack_change_kind kind;
    struct slice what;    /* "product", "rule", "flow element", "text", ... */
    struct slice element; /* its key: "LOAN", "route: corporate | head | -" */
    struct slice part;    /* of what is changed: a column, "outputs"; may be empty */
    struct slice before;  /* empty where there is nothing */
    struct slice after;
    const struct pack_change *next;
};

struct pack_difference {
    const struct pack_change *first;
    const struct pack_change *last;
    uint32_t count;
    bool failed; /* memory is exhausted */
};

/** What leads from one pack to the other; `before` NULL: from nothing. All memory is the arena's.
 */
void pack_diff(struct pack_difference *ret_difference, struct arena *arena,
               const struct pack *before, const struct pack *after);
/** Appends a line each: added|removed|changed WHAT ELEMENT[: PART: BEFORE -> AFTER]. */
void pack_difference_write(struct buffer *out, const struct pack_difference *difference);
/** Appends a list of objects: change, what, element, part, before, after. */
void pack_difference_write_json(struct buffer *out, const struct pack_difference *difference);

#endif
