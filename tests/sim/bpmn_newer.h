/* A newer version of a random process model: some of its elements and flows have other ids, some
 * stand behind new ones, some are watched by new timers, and some timers and messages at borders
 * are gone. Every case of the older one has a place in it. */
#ifndef HEADROOM_TESTS_SIM_BPMN_NEWER_H
#define HEADROOM_TESTS_SIM_BPMN_NEWER_H

#include "bpmn/case.h"
#include "bpmn_models.h"

enum { BPMN_NEWER_MAX = 512 /* ids that became others */ };

struct bpmn_newer {
    struct bpmn_making making; /* the model; release it */
    /* What a person would map: renamed elements and flows, texts in `names`. */
    struct bpmn_replacement replacements[BPMN_NEWER_MAX];
    size_t count;
    struct buffer names;
    unsigned renamed;
    unsigned added; /* elements in flows, and timers at borders */
    unsigned removed;
};

/** The newer version of what bpmn_making_run made (not of a `mismatched` one), sound as well; the
 *  same for the same model and seed. */
void bpmn_newer_make(struct bpmn_newer *newer, const struct bpmn_making *older, uint64_t seed);
void bpmn_newer_release(struct bpmn_newer *newer);

#endif
