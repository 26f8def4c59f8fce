/* The outbox: chains of ledger commands that the credit plane owes to the ledger.
 *
 * A chain is written in the transaction of the step that decides on it, and names case and step. It
 * is submitted as one linked chain, with the text that was stored, until an answer is stored: the
 * ids of its commands derive from case and step, so that a chain that was submitted twice is
 * answered `exists` the second time and has one effect. */
#ifndef HEADROOM_CREDIT_OUTBOX_H
#define HEADROOM_CREDIT_OUTBOX_H

#include "audit/event.h"
#include "audit/trail.h"
#include "ledger/ledger.h"

enum {
    OUTBOX_COMMANDS_MAX = 1000,     /* of one chain */
    OUTBOX_BYTES_MAX = 4 << 20,     /* of its text */
    OUTBOX_ANSWER_BYTES = 64 << 20, /* of reading one back */
};

enum outbox_state { OUTBOX_OWED, OUTBOX_ACCEPTED, OUTBOX_REFUSED };

struct outbox_chain {
    int64_t number;        /* set by the outbox: the order in which chains are submitted */
    struct slice case_ref; /* with `step` its key */
    struct slice step;
    struct slice purpose;  /* says who goes on with the answer */
    struct slice subject;  /* what it is about: "decision/AP-00000001.1" */
    struct slice actor;    /* who decided */
    struct slice commands; /* a JSON array of commands as of POST /v1/commands, without `linked` */
    time_us made;
    enum outbox_state state;
    struct slice answer; /* the results, a JSON array; empty while it is owed */
    int64_t ledger;      /* events of the ledger that stood with the answer */
    time_us answered;
};

/** Writes a chain that is owed, with an event, within a writing transaction that adds an audit
 *  entry. Where a chain of that case and step stands already, nothing is done when it is the same,
 *  and the status is STORE_EXISTS when it is another. */
enum store_status outbox_add(struct store *store, const struct outbox_chain *chain) MUST_USE;
/** The chain of a case and step; `ret_found` false when there is none. Texts in `arena`. */
enum store_status outbox_read(struct store *store, struct outbox_chain *ret_chain, bool *ret_found,
                              struct arena *arena, struct slice case_ref,
                              struct slice step) MUST_USE;
/** The chain that is owed longest; `ret_found` false when none is. */
enum store_status outbox_next(struct store *store, struct outbox_chain *ret_chain, bool *ret_found,
                              struct arena *arena) MUST_USE;
/** Stores the answer of a chain that is owed, with an event and an audit entry; does nothing when
 *  the answer stands already, and `ret_stored` is false then.
 *  In: chain  number, state, answer, ledger, answered, and what it was read with */
enum store_status outbox_answer(struct store *store, bool *ret_stored,
                                const struct outbox_chain *chain) MUST_USE;

/** Reads the commands of a chain, linked to one. A text that is no list of commands gives commands
 *  whose form is bad, so that the ledger refuses the chain; false when the arena is exhausted.
 *  Out: ret_commands, ret_count  1 to OUTBOX_COMMANDS_MAX */
bool outbox_commands(struct ledger_command **ret_commands, size_t *ret_count, struct arena *arena,
                     struct slice text, enum currency base) MUST_USE;
/** Sets state and answer from what the ledger said; `answer` is in `out`. */
void outbox_judge(struct outbox_chain *inout_chain, struct buffer *out, const struct ledger *ledger,
                  const struct ledger_command *commands, const struct ledger_result *results,
                  size_t count);

#endif
