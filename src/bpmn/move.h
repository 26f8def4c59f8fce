/* What becomes of each token when a case is moved to another model. */
#ifndef HEADROOM_BPMN_MOVE_H
#define HEADROOM_BPMN_MOVE_H

#include "bpmn/case.h"

struct bpmn_move {
    const char *what; /* "scope", "token" or "wait" */
    uint32_t number;
    struct slice kind; /* of the element */
    struct slice from; /* its id in the old model */
    struct slice to;   /* ... and in the new one; empty: nowhere */
    const char *why;   /* what stands in the way, or why it ends; NULL: it moves */
    bool ends;         /* of a wait of a boundary event that only the old model has */
    const struct bpmn_move *next;
};

/* In order; texts belong to the models. */
struct bpmn_moves {
    struct arena *arena;
    const struct bpmn_move *first;
    struct bpmn_move *last;
    bool failed; /* memory is exhausted */
};

#endif
