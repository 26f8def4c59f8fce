/* What the files of the room share. */
#ifndef HEADROOM_CREDIT_CREDIT_INTERNAL_H
#define HEADROOM_CREDIT_CREDIT_INTERNAL_H

#include "audit/event.h"
#include "audit/trail.h"
#include "credit/decision.h"
#include "customer/obligor_group.h"
#include "process/process.h"

static inline enum credit_status credit_from_store(enum store_status status)
{
    return status == STORE_OK          ? CREDIT_OK
           : status == STORE_NO_MEMORY ? CREDIT_NO_MEMORY
                                       : CREDIT_STORE;
}

/** What a transaction came to. In: said  what its work refused it with; OK: nothing */
static inline enum credit_status credit_outcome(enum store_status status, enum credit_status said)
{
    return status == STORE_REFUSED && said != CREDIT_OK ? said : credit_from_store(status);
}

/* One change under way. `work` may be run again from the start. */
struct credit_change {
    struct arena *arena;
    const struct credit_asking *asking;
    enum credit_status (*work)(struct store *store, struct credit_change *change);
    void *input;
    struct slice action;             /* of the audit entry and the event */
    char subject[80];                /* "application/AP-00000001"; set by the work */
    struct slice before;             /* JSON; data NULL: none */
    struct slice after;              /* JSON */
    struct slice reason;             /* data NULL: none */
    struct slice case_ref;           /* of the event */
    struct slice detail;             /* of the event, JSON without personal data */
    struct application *application; /* what it came to */
    enum credit_status status;
};

/** Runs a change: the work, its audit entry, its event, whole or not at all. */
enum credit_status credit_change_run(struct store *store, struct credit_change *change) MUST_USE;
/** The outcome within a caller's own transaction. */
enum store_status credit_record(struct store *store, const struct credit_change *change) MUST_USE;
/** The application within reach, as somebody read it before, 0: whatever it is; sets the subject.
 */
enum credit_status credit_application_find(struct store *store, struct application *ret_application,
                                           struct credit_change *change, struct slice id,
                                           int64_t version) MUST_USE;
/** Stores a new version of an application that was read as `was`. */
enum credit_status credit_application_put(struct store *store, struct application *now,
                                          const struct application *was, struct slice actor,
                                          time_us at) MUST_USE;

enum credit_status credit_from_process(enum process_status status);

/** What stands over a customer in a legal entity beside its own limits of the pack. */
struct credit_over {
    struct slice type; /* of the customer */
    bool grouped;
    struct obligor_group group;
    struct slice *limits; /* ids: of the group, that the customer's total stands below */
    size_t limit_count;
};
enum credit_status credit_over_read(struct store *store, struct credit_over *over,
                                    struct arena *arena, struct slice legal_entity,
                                    struct slice id) MUST_USE;

/** Limits of the pack as JSON for the store, and read again; what is no such JSON is damage. */
enum credit_status credit_rules_write(struct slice *ret_json, struct arena *arena,
                                      const struct credit_rule *rules, size_t count) MUST_USE;
enum credit_status credit_rules_read(struct credit_rule **ret_rules, size_t *ret_count,
                                     struct arena *arena, struct slice json) MUST_USE;

/** The decision of a step of a case. */
enum credit_status credit_decision_of(struct store *store, struct decision *ret_decision,
                                      bool *ret_found, struct arena *arena, struct slice case_ref,
                                      struct slice step) MUST_USE;

#endif
