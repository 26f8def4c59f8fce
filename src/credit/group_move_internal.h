/* What the files of groups' moves share. */
#ifndef HEADROOM_CREDIT_GROUP_MOVE_INTERNAL_H
#define HEADROOM_CREDIT_GROUP_MOVE_INTERNAL_H

#include "credit/group_move.h"
#include "credit/move_internal.h"

/** Puts the organisation that will look after a group, of its own legal entity; MOVE_CUSTOMER with
 *  NO_ORGANISATION. */
enum credit_status group_place_take(struct store *store, struct obligor_group *group,
                                    enum customer_status *ret_customer, struct arena *arena,
                                    struct slice organisation) MUST_USE;

#endif
