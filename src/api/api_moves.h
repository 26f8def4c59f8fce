/* What the files of moves share: merges and splits of customers. */
#ifndef HEADROOM_API_API_MOVES_H
#define HEADROOM_API_API_MOVES_H

#include "api/api_credit.h"
#include "api/api_foresee.h"
#include "credit/move.h"

struct moves_input {
    struct api_task *task;
    struct customer_reach reach;
    struct people_actor actor;
    struct move_asking asking;
    struct move move;
    bool planned; /* `plan` holds: the move was not decided yet */
    struct move_plan plan;
    struct move_consent *consents;
    size_t consent_count;
    struct move *rows; /* of a list */
    size_t row_count;
    int64_t last;
    int64_t below;
    size_t count;
    struct slice customer;             /* of a list */
    const struct json_value *accepted; /* ids of limits that may be over; NULL: none */
    struct slice texts[1];
    enum customer_status refused; /* of CREDIT_MOVE_CUSTOMER */
    enum credit_status status;
    struct jobs_item job; /* of the second half of an agreement */
    struct api_foresight foresight;
};

/** On the loop: asks the ledger what the plan would come to. False: refused, memory is short. */
bool api_move_foresee(struct moves_input *input) MUST_USE;
/** Writes the members of a preview: what of the customers and limits would change. */
void api_move_preview_write(struct json_writer *writer, const struct moves_input *input);
void api_task_move(struct api_task *task, enum credit_status status, enum customer_status refused);

#endif
