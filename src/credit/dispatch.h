/* What processes ask of this room: effects of service tasks, carried out on the job thread.
 *
 *     limit.activate       the case has approved: decides, opens limits; done when the ledger has
 *                          accepted, the error "limit.refused" when it has refused
 *     application.reject   the case has not approved: the application is rejected
 *
 * A case's subject is "application/ID". The step of the decision is the effect's id, so that an
 * effect that is carried out again decides nothing again. Who decides is the person who completed
 * the case's last task under the role of approver; a rejection may be anybody's who completed the
 * last task. Whatever ends the process between two of its steps, the next call goes on from what is
 * stored. */
#ifndef HEADROOM_CREDIT_DISPATCH_H
#define HEADROOM_CREDIT_DISPATCH_H

#include "credit/decision.h"
#include "process/process.h"

#define TOPIC_ACTIVATE "limit.activate"
#define TOPIC_REJECT "application.reject"
#define ERROR_LIMIT_REFUSED "limit.refused"

enum { DISPATCH_COUNT = 100 }; /* effects of a topic looked at in one call, oldest first */

/** Carries out what is owed, each effect in a transaction of its own. One that cannot be carried
 * out becomes an incident of its case; the others go on. In: now Out: ret_changed  whether anything
 * was stored */
enum store_status credit_dispatch(struct store *store, bool *ret_changed, struct pack_shelf *shelf,
                                  time_us now) MUST_USE;

#endif
