/* Questions to the ledger of who does not see everything: a person, or a token that is bound to an
 * organisation. The job thread judges who asks and finds the limits that they may see, the loop
 * then answers with these alone.
 *
 * A limit is seen by whoever sees the customer whose it is, in the legal entity whose decision
 * opened it. The ledger knows neither; what no decision opened is seen by none of them. */
#ifndef HEADROOM_API_API_SCOPE_H
#define HEADROOM_API_API_SCOPE_H

#include "api/api_reply.h"

enum { API_SCOPE_LIMITS_MAX = 16384 }; /* of one customer, or of all of a group */

/** What a question names, by which the customer or the group is found whose limits it is about. */
enum api_scope_of {
    API_SCOPE_NOTHING, /* it is about no limit: rates, the day */
    API_SCOPE_LIMIT,   /* a limit in the path */
    API_SCOPE_RECORD,  /* a reservation or exposure in the path */
    API_SCOPE_UNLOCK,  /* an unlock in the path */
    API_SCOPE_HOLDER,  /* a customer or group, in the parameter `holder`, which they must give */
};

/** The limits that may be shown, in the order of their ids. */
struct api_scope {
    struct ledger_id *limits;
    size_t count;
};

/** Whether who asks is judged so: everybody but a token that sees everything. */
bool api_scoped(const struct http_request *request);
/** Has the job thread find the scope; then the question takes its turn (api_query_push). */
void api_scope_start(struct api *api, struct http_request *request);
/** Whether a limit may be shown in the answer to the question that has its turn. */
bool api_scope_sees(const struct api *api, const struct ledger *ledger, uint32_t limit);

#endif
