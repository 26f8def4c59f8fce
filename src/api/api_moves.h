/* What the files of moves share: merges and splits of customers. */
#ifndef HEADROOM_API_API_MOVES_H
#define HEADROOM_API_API_MOVES_H

#include "api/api_proposal.h"

struct moves_input {
    struct api_proposal proposal;
    struct move move;
    struct move_plan plan; /* where proposal.planned */
    struct move_consent *consents;
    size_t consent_count;
    struct move *rows; /* of a list */
    size_t row_count;
    struct slice customer; /* of a list */
};

/** On the loop: asks the ledger what the plan would come to. False: refused, memory is short. */
bool api_move_foresee(struct moves_input *input) MUST_USE;
/** Writes the members of a preview: what of the customers and limits would change. */
void api_move_preview_write(struct json_writer *writer, const struct moves_input *input);

#endif
