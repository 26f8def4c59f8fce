/* What the resources of customers share. */
#ifndef HEADROOM_API_API_CUSTOMER_H
#define HEADROOM_API_API_CUSTOMER_H

#include "api/api_task.h"
#include "auth/mask.h"
#include "customer/customer.h"

/** Makes a status the reply of a task; OK leaves it as it is. In: detail  NULL: the status says
 *  all */
void api_task_customer(struct api_task *task, enum customer_status status,
                       const struct customer_detail *detail);
/** How far who asks reaches by the posts that give the route's roles; false when memory is short,
 *  which is refused. In the request's arena. */
bool api_task_reach(struct api_task *task, struct customer_reach *ret_reach) MUST_USE;
/** What who asks is shown of a customer's personal data. */
void api_customer_view(const struct api_task *task, const struct customer_reach *reach,
                       const struct customer *customer, struct mask_view *ret_view);
/** Writes a customer as who asks may see it: the relations and listings of the own legal entity,
 *  and identifiers of natural persons as the view says. */
void api_customer_write(struct json_writer *writer, const struct customer *customer,
                        const struct customer_reach *reach, struct mask_view *view);
/** Records a look at a natural person, in a transaction of its own, before anything is shown. */
enum store_status api_customer_look(struct api_task *task, struct slice id) MUST_USE;

#endif
