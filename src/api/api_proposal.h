/* What the two kinds of moves share, of customers and of groups: proposed by one person, looked at
 * with what the ledger would come to, agreed to or rejected by another. A resource puts a `struct
 * api_proposal` before its own input of a task. */
#ifndef HEADROOM_API_API_PROPOSAL_H
#define HEADROOM_API_API_PROPOSAL_H

#include "api/api_credit.h"
#include "api/api_foresee.h"
#include "credit/move.h"

struct api_proposal;

/* What a kind of moves does. */
struct api_proposal_kind {
    store_work read; /* with the task's input: reads the move, plans what was not decided */
    bool (*foresee)(struct api_task *task);     /* on the loop; false: refused */
    void (*refuse_body)(struct api_task *task); /* that agrees */
    enum credit_status (*agree)(struct api_proposal *proposal);
    enum credit_status (*reject)(struct api_proposal *proposal, struct slice reason);
    /* Of the plan, which who agrees names by `shown`. */
    struct slice (*hash)(const struct api_proposal *proposal);
};

struct api_proposal {
    const struct api_proposal_kind *kind;
    struct api_task *task;
    struct customer_reach reach;
    struct people_actor actor;
    struct move_asking asking;
    int64_t number;      /* of the path; 0: none, and nobody's */
    int64_t last, below; /* of a list */
    size_t count;
    const struct json_value *accepted; /* ids of limits that may be over; NULL: none */
    struct slice texts[1];
    struct slice shown;           /* the hash that who agrees names */
    bool is_open;                 /* neither agreed to nor rejected; set by `read` */
    bool planned;                 /* and can be done, as the plan says */
    enum customer_status refused; /* of CREDIT_MOVE_CUSTOMER */
    enum credit_status status;
    struct api_foresight foresight;
    struct jobs_item job; /* of the second half of an agreement */
};

/** An input of `size` bytes that begins with a proposal, the number of the path in it. NULL: memory
 *  is short, the request has been answered. */
void *api_proposal_input(struct http_request *request, const struct api_proposal_kind *kind,
                         size_t size) MUST_USE;
/** Answers for a status, and for what the customers refused where it is CREDIT_MOVE_CUSTOMER. */
void api_task_move(struct api_task *task, enum credit_status status, enum customer_status refused);
/** Who asks, and how far they reach. False: refused. */
bool api_proposal_begin(struct api_task *task) MUST_USE;
/** The end of a work of api_proposal_read. */
enum store_status api_proposal_outcome(struct api_proposal *proposal, enum credit_status status);
/** Begins, and runs `work` with the task's input in a transaction that reads. False: refused. */
bool api_proposal_read(struct api_task *task, store_work work) MUST_USE;
bool api_task_failed(const struct api_task *task);
/** {"number", "state"} */
void api_proposal_reply(struct api_task *task, int64_t number, const char *state, unsigned status);

/** Agrees: reads, asks the ledger what it would come to, and where no limit would be over that was
 *  not accepted by name, agrees in a job of its own. Body: {"accepted_over": [...]} or {}. */
void api_proposal_agree(struct http_request *request, void *context, struct api_proposal *proposal);
/** Rejects. Body: {"reason"}. */
void api_proposal_reject(struct http_request *request, void *context,
                         struct api_proposal *proposal);

#endif
