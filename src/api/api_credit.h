/* What the resources of applications share. */
#ifndef HEADROOM_API_API_CREDIT_H
#define HEADROOM_API_API_CREDIT_H

#include "api/api_customer.h"
#include "credit/decision.h"

/** Makes a status the reply of a task; OK leaves it as it is. In: where  the place in the body that
 *  is wrong, in the request's arena; NULL: none */
void api_task_credit(struct api_task *task, enum credit_status status, const char *where);
/** Who asks, for the room of credit; lives as long as the task. NULL, refused, when memory is
 *  short. */
const struct credit_asking *api_task_asking(struct api_task *task);
/** Within a transaction: whether there is such a customer within reach. In: reach  of the task */
enum credit_status api_customer_within(struct store *store, struct api_task *task,
                                       const struct customer_reach *reach,
                                       struct slice id) MUST_USE;
/** The same, of one that was merged into another too. */
enum credit_status api_customer_within_any(struct store *store, struct api_task *task,
                                           const struct customer_reach *reach,
                                           struct slice id) MUST_USE;
/** Writes an application as an object; `decisions` NULL: without them. */
void api_application_write(struct json_writer *writer, const struct application *application,
                           const struct decision *decisions, size_t decision_count);

#endif
