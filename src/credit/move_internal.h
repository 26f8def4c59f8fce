/* What the files of moves share. */
#ifndef HEADROOM_CREDIT_MOVE_INTERNAL_H
#define HEADROOM_CREDIT_MOVE_INTERNAL_H

#include "credit/credit_internal.h"
#include "credit/move.h"

/** Customers by the statuses of their room; those that are not ours are MOVE_CUSTOMER. */
enum credit_status move_from_customer(enum customer_status *ret_customer,
                                      enum customer_status status) MUST_USE;
/** A row, whoever asks. */
enum credit_status move_row_read(struct store *store, struct move *ret_move, struct arena *arena,
                                 int64_t number) MUST_USE;
/** The newest merge of one into the other that was done; NOT_FOUND. */
enum credit_status move_merge_find(struct store *store, struct move *ret_move, struct arena *arena,
                                   struct slice source, struct slice target) MUST_USE;

/** The parents of a limit, ids with a space between, with `to` (empty: nothing) in the place of
 *  `from` (empty: at the end), each once. */
enum credit_status move_parents_edit(struct slice *inout_parents, struct arena *arena,
                                     struct slice from, struct slice to) MUST_USE;

/** What is written of a step of a move, of customers or of groups or of rules. */
struct move_step {
    const char *what, *verb; /* the action: "move.agree" */
    struct slice subject;    /* "customer-move/17" */
    struct slice after;      /* JSON */
    struct slice reason;     /* empty: none */
    struct slice detail;     /* of the event, JSON without personal data; data NULL: none */
};
/** Its audit entry and its event. */
enum credit_status move_step_record(struct store *store, const struct people_actor *actor,
                                    const struct move_step *step) MUST_USE;

/* ---- as JSON ---- */

/** A request for the store. */
void move_request_write(struct json_writer *writer, const struct move_request *request);
/** Limits as they were and will be. */
void move_plan_write(struct json_writer *writer, const struct move_plan *plan);

/** A limit of a plan that was stored. */
struct move_turn {
    struct slice id;
    struct slice customer[2], parents[2]; /* was, is */
    int64_t cap_minor[2];
};
enum credit_status move_turns_read(struct move_turn **ret_turns, size_t *ret_count,
                                   struct arena *arena, struct slice plan) MUST_USE;
/** What of the customers a merge changed: versions and ties. */
void move_result_write(struct json_writer *writer, const struct customer_merge *merge);
/** Reads it into what takes it back; `unmerge` keeps what is not of the result. */
enum credit_status move_result_read(struct customer_unmerge *unmerge, struct arena *arena,
                                    struct slice result) MUST_USE;

#endif
