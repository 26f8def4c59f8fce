/* What the resources of customers share. */
#ifndef HEADROOM_API_API_CUSTOMER_H
#define HEADROOM_API_API_CUSTOMER_H

#include "api/api_task.h"
#include "customer/customer.h"

/** Makes a status the reply of a task; OK leaves it as it is. In: detail  NULL: the status says
 *  all */
void api_task_customer(struct api_task *task, enum customer_status status,
                       const struct customer_detail *detail);
/** How far who asks reaches by the posts that give the route's roles; false when memory is short,
 *  which is refused. In the request's arena. */
bool api_task_reach(struct api_task *task, struct customer_reach *ret_reach) MUST_USE;
/** Whether who asks handles identifiers of natural persons: else they are shown masked. */
bool api_task_unmasked(const struct api_task *task);
/** Writes a customer as who asks may see it: the relations and listings of the own legal entity. */
void api_customer_write(struct json_writer *writer, const struct customer *customer,
                        const struct customer_reach *reach, bool unmasked);
struct people_actor api_task_actor(const struct api_task *task);

#endif
