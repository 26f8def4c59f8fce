/* Submission (提交): a draft becomes a case of the process that the pack's routing table names.
 *
 * The pack in force at the application's organisation is asked its decision `route` with
 *
 *     customer_type, organisation_level, application_type, amount (in the base currency)
 *
 * and answers with an object whose `process` is one of the pack's. What was asked and answered,
 * with the rules that matched, is kept with the application as its routing:
 *
 *     {pack: {id, version, hash}, input: {...}, answer: {decision, result, ...}}
 *
 * Application, case, first tasks, audit entries and events are one transaction. */
#ifndef HEADROOM_CREDIT_SUBMISSION_H
#define HEADROOM_CREDIT_SUBMISSION_H

#include "credit/application.h"
#include "process/process.h"

#define SUBMISSION_DECISION "route"
#define SUBMISSION_STEP "approval" /* of the case's key; its subject is the application */

/** Rates to the base currency, as they stood when it was asked. */
struct credit_rates {
    enum currency base;
    uint64_t rate_e10[CURRENCY_COUNT]; /* of one major unit x 10^10; 0: none */
};

struct credit_submission {
    struct slice id;
    int64_t version; /* as it was read; 0: whatever it is */
    bool is_person;
    struct pack_shelf *shelf;
    const struct credit_rates *rates;
};

/** An amount in the base currency's minor units, rounded up; NO_RATE, or AMOUNT_OVERFLOW. */
enum credit_status credit_to_base(int64_t *ret_minor, const struct credit_rates *rates,
                                  int64_t minor, enum currency currency) MUST_USE;

/** Submits a draft. Whoever entered or changed a version has begun the case, for the rule of four
 *  eyes, and so has who submits. In one transaction, or as a part of the caller's. */
enum credit_status application_submit(struct store *store, struct application *ret_application,
                                      struct arena *arena, const struct credit_asking *asking,
                                      const struct credit_submission *submission) MUST_USE;
/** Gives up a draft, or what is in process and not decided: its case is cancelled with it.
 *  In: reason  1 to PROCESS_REASON_MAX bytes; may be empty for a draft */
enum credit_status application_withdraw(struct store *store, struct application *ret_application,
                                        struct arena *arena, const struct credit_asking *asking,
                                        const struct credit_submission *submission,
                                        struct slice reason) MUST_USE;

#endif
