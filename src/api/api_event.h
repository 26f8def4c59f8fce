/* Events and movements as JSON. */
#ifndef HEADROOM_API_API_EVENT_H
#define HEADROOM_API_API_EVENT_H

#include "api/api_reply.h"

/** Writes one event as an object. */
void api_event_write(struct json_writer *writer, const struct ledger *ledger,
                     const struct engine_event *event);
/** Answers 500: the journal cannot be read back. */
void api_problem_history(struct http_request *request, enum engine_status status);

#endif
