/* The token game without data: every choice may go every way. Explores the markings of one process
 * or sub-process and reports joins that wait for ever and flows that hold two tokens.
 * Source: W. van der Aalst, "The application of Petri nets to workflow management" (soundness). */
#ifndef HEADROOM_BPMN_GAME_H
#define HEADROOM_BPMN_GAME_H

#include "bpmn/model.h"

enum {
    BPMN_GAME_MAX = 20000,     /* markings that are examined in one container */
    BPMN_GAME_FLOWS_MAX = 4096 /* flows of a container that is examined */
};

/** False when memory is exhausted. */
bool bpmn_game(struct bpmn_model *model, uint32_t container) MUST_USE;

#endif
