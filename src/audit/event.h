/* The steps of the credit plane, for everybody who may read the feed of events: rows of the store's
 * table `event`, numbered from 1 without gaps, added in the transaction of the step that they tell
 * of. The feed joins them with the events of the ledger by the count of ledger events that each
 * step names; see docs/reference/api.md, "Events". No personal data stands in them. */
#ifndef HEADROOM_AUDIT_EVENT_H
#define HEADROOM_AUDIT_EVENT_H

#include "store/store.h"

enum { EVENT_PAGE_MAX = 1000 };

struct event {
    int64_t number; /* from 1, without gaps */
    int64_t ledger; /* events of the ledger that stood when the step was done, as far as known */
    time_us at;
    struct slice op;       /* "application.submit" */
    struct slice subject;  /* "application/AP-00000001" */
    struct slice actor;    /* id of a user or token, or "system" */
    struct slice case_ref; /* data NULL: none */
    struct slice detail;   /* a JSON object; data NULL: none */
};

/** Adds an event, within a writing transaction that also adds an audit entry; `number` is set here.
 *  In: event  `ledger` 0 where the count is not known; never less than that of the event before,
 *             which is kept then. Texts UTF-8 without NUL. */
enum store_status event_add(struct store *store, const struct event *event) MUST_USE;
/** Number and ledger count of the newest event, 0 where there is none, within a transaction. */
enum store_status event_head(struct store *store, int64_t *ret_number,
                             int64_t *ret_ledger) MUST_USE;
/** Events with a number above `after`, in order, at most `count` (1 to EVENT_PAGE_MAX), within a
 *  transaction; texts in `arena`. */
enum store_status event_read(struct store *store, struct event **ret_events, size_t *ret_count,
                             struct arena *arena, int64_t after, size_t count) MUST_USE;

#endif
