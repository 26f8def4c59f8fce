/* The memory of a dry run: what earlier rows of the file would hold, had they been entered. */
#ifndef HEADROOM_CUSTOMER_CUSTOMER_DRY_H
#define HEADROOM_CUSTOMER_CUSTOMER_DRY_H

#include "customer/customer_internal.h"
#include "customer/customer_rows.h"

struct customer_dry;

/** NULL when memory is short. */
struct customer_dry *customer_dry_new(void) MUST_USE;
/** NULL-safe. */
void customer_dry_free(struct customer_dry *dry);
/** Judges a row behind the store's own judgement, and keeps it when it would be entered.
 *  Returns: what entering it would have come to; NO_MEMORY
 *  In/Out:  outcome  of the store's judgement; its detail names the line of the row that is in the
 *                    way
 *  In:      status   of the store's judgement */
enum customer_status customer_dry_row(struct customer_dry *dry, struct customer_outcome *outcome,
                                      const struct customer_entry *entry,
                                      const struct customer_file_row *row,
                                      enum customer_status status) MUST_USE;

#endif
