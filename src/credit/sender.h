/* The sender: carries what the outbox owes to the engine, one chain after the other, and stores
 * each answer. It reads and stores on the job thread and submits on the loop. Whatever ends the
 * process between two of these, the next start begins with the oldest chain that has no answer. */
#ifndef HEADROOM_CREDIT_SENDER_H
#define HEADROOM_CREDIT_SENDER_H

#include "credit/outbox.h"
#include "engine/engine.h"
#include "os/jobs.h"

struct sender;

struct sender_options {
    struct engine *engine;
    struct store *store; /* of the job thread */
    struct jobs *jobs;
    struct reactor *reactor;
    /** On the job thread, before what is owed is read: makes chains of what waits elsewhere; may be
     *  NULL. Out: ret_changed  whether anything was stored. What it returns other than STORE_OK is
     *  tried again later. */
    enum store_status (*gather)(struct store *store, bool *ret_changed, void *context);
    /** On the job thread, in the transaction that stores the answer, once an answer; may be NULL.
     *  What it returns other than STORE_OK rolls back, and the answer is stored again later. */
    enum store_status (*answered)(struct store *store, const struct outbox_chain *chain,
                                  void *context);
    /** On the loop, before a chain is submitted and after an answer was stored; may be NULL. */
    void (*changed)(void *context);
    void *context;
};

enum os_status sender_open(struct sender **ret_sender,
                           const struct sender_options *options) MUST_USE;
/** NULL-safe. Behind jobs_close, and before the engine is closed. */
void sender_free(struct sender *sender);
/** Something may be owed: looks for it in this turn. Cheap; also looks by itself at its start,
 * after each answer, and some seconds after a failure. */
void sender_poke(struct sender *sender);
/** Begins nothing more; what is under way ends by itself or at the next start. */
void sender_drain(struct sender *sender);
/** True when nothing is under way. */
bool sender_idle(const struct sender *sender);

#endif
