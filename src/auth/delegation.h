/* Written delegation: a person stands in for another in the tasks of one post of theirs, from a
 * moment to a moment, by a document with a number.
 *
 * A post is delegated, never what one holds by delegation. It counts while its dates last, the
 * delegator holds the post and is not disabled, and the delegate holds no role that excludes it. */
#ifndef HEADROOM_AUTH_DELEGATION_H
#define HEADROOM_AUTH_DELEGATION_H

#include "auth/people.h"

enum { DELEGATION_TEXT_MAX = 500 /* bytes of a document's number or a reason */ };

struct delegation {
    int64_t number; /* from 1 */
    struct slice delegator;
    struct slice delegate;
    struct slice organisation;
    struct slice path; /* of the organisation */
    enum role role;
    time_us since;
    time_us until;
    struct slice document;
    struct slice reason;
    time_us made;
    struct slice made_by;
    time_us revoked; /* TIME_NONE: not */
    struct slice revoked_by;
    struct slice revoke_reason;
};

/** What somebody may do in the stead of another. */
struct people_stead {
    struct people_post post;
    struct slice user;   /* the delegator */
    struct slice person; /* the natural person behind that account */
};

/** Writes a delegation down. Refuses, in this order: BAD_DATES (it ends, later than it begins and
 *  than now), BAD_DOCUMENT; NOT_FOUND; SELF (who asks is the delegate, by any account), SAME_PERSON
 *  (both are one natural person), DISABLED; OTHER_ENTITY; NOT_DELEGABLE (an administrator's post);
 *  POST_NOT_HELD (not by the delegator, or not for all of the time); DUTIES (a role of the
 *  delegate's, held or delegated in that time, excludes it).
 *  In: wanted  delegator, delegate, organisation, role, since (begins now at the earliest), until,
 *  document, reason */
enum people_status delegation_make(struct store *store, const struct people_actor *actor,
                                   int64_t *ret_number, const struct delegation *wanted) MUST_USE;
/** Ends it now. REVOKED when it was before. */
enum people_status delegation_revoke(struct store *store, const struct people_actor *actor,
                                     int64_t number, struct slice reason) MUST_USE;

/* ---- reading, within a transaction; texts in `arena` ---- */

enum people_status delegation_read(struct store *store, struct delegation *ret_delegation,
                                   struct arena *arena, int64_t number) MUST_USE;
struct delegation_query {
    struct slice user; /* delegator or delegate; empty: any */
    struct slice path; /* of posts at and below this organisation; empty: any */
    int64_t behind;    /* the number of the row before; 0: the front */
    size_t count;
};
/** In the order of their numbers. */
enum people_status delegation_page(struct store *store, struct delegation **ret_rows,
                                   size_t *ret_count, struct arena *arena,
                                   const struct delegation_query *query) MUST_USE;
/** What a user may do at `now` in the stead of others. In: person  behind the user's account */
enum people_status delegation_steads(struct store *store, struct people_stead **ret_steads,
                                     size_t *ret_count, struct arena *arena, struct slice user,
                                     struct slice person, time_us now) MUST_USE;

#endif
