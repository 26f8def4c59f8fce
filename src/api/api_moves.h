/* What the files of moves share: merges and splits of customers. */
#ifndef HEADROOM_API_API_MOVES_H
#define HEADROOM_API_API_MOVES_H

#include "api/api_credit.h"
#include "credit/move.h"

enum { MOVES_LOOKS_MAX = 1000 };

/** A limit on the path of one that moves, before and after. */
struct move_look {
    uint32_t limit;
    struct ledger_limit_view before, after;
};

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
    /* What the ledger says. */
    struct ledger_command *commands;
    struct ledger_result *results;
    size_t command_count;
    enum engine_status engine;
    bool holds; /* the chain would be accepted */
    struct move_look *looks;
    size_t look_count;
};

/** On the loop: asks the ledger what the plan would come to. False: refused, memory is short. */
bool api_move_foresee(struct moves_input *input) MUST_USE;
/** True where a limit would be over that is not, or by more than it is. */
bool api_move_over(const struct move_look *look);
/** Writes the members of a preview: what of the customers and limits would change. */
void api_move_preview_write(struct json_writer *writer, const struct moves_input *input);
void api_task_move(struct api_task *task, enum credit_status status, enum customer_status refused);

#endif
