/* Random process models from a seed: blocks within blocks, and regions of choices without
 * structure. What one seed gives never changes within a commit. */
#ifndef HEADROOM_TESTS_SIM_BPMN_MODELS_H
#define HEADROOM_TESTS_SIM_BPMN_MODELS_H

#include "base/buffer.h"

struct bpmn_making {
    struct buffer xml;
    struct buffer rest;   /* flows of the container under way */
    struct buffer others; /* called processes */
    struct buffer users;  /* ids of user tasks, each with a new line behind it */
    uint64_t random;
    unsigned elements;  /* numbers for ids */
    unsigned processes; /* "p", and called ones: "p1" to "pN" */
    unsigned left;      /* elements that may still be made */
    unsigned loops;     /* around the block under way */
    bool mismatched;    /* joins of any kind behind splits of any kind */
    bool rich;          /* also called processes, rules, escalation, guards of activities */
};

/** A number below `count`, the next of the seed's. */
unsigned bpmn_making_pick(struct bpmn_making *g, unsigned count);

/** Makes a document in g->xml whose process to start is "p". Its conditions are over `choice`, a
 *  number from 0 to 2; its errors have the code "E1"; messages have the name "note" and the key
 *  "k" with the choice behind it, or neither; user tasks are for the roles "reviewer", "member"
 *  (those that are voted on) and "decider"; rules are called "turn".
 *  Sound unless `mismatched`: what is `rich` runs reminders beside the main flow, too. */
void bpmn_making_run(struct bpmn_making *g, uint64_t seed, bool mismatched, bool rich);
void bpmn_making_release(struct bpmn_making *g);

/** A DMN document with the decision "turn". */
extern const char bpmn_making_rules[];

#endif
