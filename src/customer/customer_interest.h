/* Interests: which natural persons of the bank are related to a customer. They withdraw from its
 * cases (回避); the room of cases asks for it. Entered at once, ended by another person alone.
 * Source: Commercial Bank Law of the PRC, art. 40 and 74: persons related to the bank's staff. */
#ifndef HEADROOM_CUSTOMER_CUSTOMER_INTEREST_H
#define HEADROOM_CUSTOMER_CUSTOMER_INTEREST_H

#include "customer/customer.h"

struct customer_interest {
    int64_t number;      /* from 1 */
    struct slice person; /* behind the accounts */
    struct slice customer;
    struct slice relation; /* "self", "relative", "shareholder", "officer", "creditor", "other" */
    struct slice reason;
    time_us since;
    struct slice declared_by;
    time_us until; /* TIME_NONE: it stands */
    struct slice ended_by;
};

/** Enters that the person behind a user's account is related to a customer, from now on.
 *  In: user, interest  customer, relation, reason
 *  Returns: BAD_TIE (no such relation), BAD_REASON, NO_PERSON, NOT_FOUND */
enum customer_status customer_interest_add(struct store *store, const struct people_actor *actor,
                                           struct slice user,
                                           const struct customer_interest *interest,
                                           int64_t *ret_number) MUST_USE;
/** Ends it now. OWN_INTEREST: who asks is that person, by any account. */
enum customer_status customer_interest_end(struct store *store, const struct people_actor *actor,
                                           int64_t number, struct slice reason) MUST_USE;

/** Those behind a number, in their order; within a transaction. In: person  empty: anybody's */
enum customer_status customer_interest_page(struct store *store,
                                            struct customer_interest **ret_interests,
                                            size_t *ret_count, struct arena *arena,
                                            struct slice person, int64_t behind,
                                            size_t count) MUST_USE;

#endif
