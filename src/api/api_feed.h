/* The feed of events: those of the ledger and the steps of the credit plane in one order. A step
 * names how many events of the ledger stood when it was done; it comes behind the last of these and
 * before the next. */
#ifndef HEADROOM_API_API_FEED_H
#define HEADROOM_API_API_FEED_H

#include "api/api_event.h"
#include "audit/event.h"

enum {
    API_FEED_STEPS = 250,      /* steps read at a time for streams */
    API_FEED_TEXT_SIZE = 44,   /* of a cursor as text */
    API_FEED_BYTES = 64 << 20, /* of the steps read at a time */
};

/** A place in the feed: behind these events of the ledger and these steps. */
struct api_feed_place {
    uint64_t ledger;
    uint64_t credit;
};

/** Steps behind one place, as they were read. */
struct api_feed_steps {
    uint64_t after;
    size_t count;
    struct event *events; /* numbers after + 1 to after + count */
    bool complete;        /* there were no more */
};

/** "152", or "152.37" where steps were seen. */
void api_feed_write(char ret_text[API_FEED_TEXT_SIZE], const struct api_feed_place *place);
bool api_feed_read(struct slice text, struct api_feed_place *ret_place) MUST_USE;

enum api_feed_next {
    API_FEED_EVENT,  /* written, and the place moved */
    API_FEED_END,    /* nothing more */
    API_FEED_LACKS,  /* steps behind the place must be read first */
    API_FEED_FAILED, /* the journal cannot be read back: *reterr_status */
};
/** Writes the next event behind a place.
 *  In: ledger_last  no event of the ledger beyond this one */
enum api_feed_next api_feed_next(struct json_writer *writer, struct api *api,
                                 struct api_feed_place *inout_place,
                                 const struct api_feed_steps *steps, uint64_t ledger_last,
                                 enum engine_status *reterr_status);

#endif
