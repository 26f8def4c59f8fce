/* Who controls whom, from shares. Pure.
 *
 * A controls X when A, together with everything that A controls, holds more than half of the votes
 * in X, or when A or something that it controls is recorded to control X by other means (an
 * agreement, the majority of the board). So shares that are held through several controlled ones
 * add up whole; they are not multiplied along the chain.
 * Source: IFRS 10, B35 and B38 to B40; Basel LEX10.10 to 10.12 (control: more than half of the
 * votes, or by agreement, or by appointments); the chain of control as in the guideline on risks of
 * group customers, art. 3 (商业银行集团客户授信业务风险管理指引: 直接或间接控制). */
#ifndef HEADROOM_CUSTOMER_CUSTOMER_CONTROL_H
#define HEADROOM_CUSTOMER_CUSTOMER_CONTROL_H

#include "base/arena.h"

enum {
    CONTROL_WHOLE = 10000,   /* a share is counted in hundredths of a per cent */
    CONTROL_NODES_MAX = 500, /* of one web of shares */
    CONTROL_EDGES_MAX = 5000,
};

struct control_edge {
    uint32_t holder, held; /* numbers of nodes */
    uint32_t share;        /* of CONTROL_WHOLE */
    bool control;          /* by other means, whatever the share */
};

struct control_web {
    const struct control_edge *edges;
    size_t edge_count;
    size_t node_count;
    /* For each node its set: controls[a * node_count + b] tells whether a controls b; itself not.
     */
    bool *controls;
};

/** Computes who controls whom. In: web  edges and counts, within the bounds; controls is taken from
 *  `arena`. False when that is exhausted. Cost: nodes * edges * depth. */
bool control_compute(struct control_web *web, struct arena *arena) MUST_USE;
bool control_is(const struct control_web *web, uint32_t a, uint32_t b);
/** True when a node stands at the top of another: it controls it, and whoever controls the top is
 *  controlled by it in turn (a loop). A node that nobody controls is its own top. */
bool control_top(const struct control_web *web, uint32_t top, uint32_t node);

#endif
