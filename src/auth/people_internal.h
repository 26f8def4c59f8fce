/* Inside of the room: how a change of people is one transaction with its audit entry. */
#ifndef HEADROOM_AUTH_PEOPLE_INTERNAL_H
#define HEADROOM_AUTH_PEOPLE_INTERNAL_H

#include "audit/trail.h"
#include "auth/password_list.h"
#include "auth/people.h"
#include "auth/seal.h"
#include "base/json.h"

/** A change under way. `work` runs in the transaction and returns what it came to; it describes
 * what it did in subject, before and after. */
struct people_change {
    const struct people_actor *actor;
    struct slice action;
    struct slice subject_kind; /* "user" */
    struct slice subject_id;
    struct arena arena;
    struct buffer before;
    struct buffer after;
    enum people_status (*work)(struct store *store, struct people_change *change);
    void *input;
    bool unaudited;      /* the work found that there is nothing to do or to record */
    bool stored_refusal; /* the work's own refusal is stored and recorded like a change */
    enum people_status status;
};

/** Runs it. Returns the work's status; PEOPLE_STORE when the database did not take it. */
enum people_status people_change_run(struct store *store, struct people_change *change) MUST_USE;
/** EXISTS, NOT_FOUND or STORE for a status of the store. */
enum people_status people_from_store(enum store_status status) MUST_USE;
/** {"name": text, ...} into `out`; pairs end at a NULL name; empty texts are left out. */
void people_object_write(struct buffer *out, const char *const *names, const struct slice *texts);

enum { PEOPLE_PASSWORDS_PAST = 4 }; /* that a user had before, and may not have again */

/** Within a change of user `user`: sets the hash; the one before it is kept among the past ones. */
enum people_status people_password_store(struct store *store, struct slice user, struct slice hash,
                                         time_us now, bool to_be_changed) MUST_USE;
/** Counts a wrong attempt of a user, and locks the account when it was one too many; it is stored
 *  with the refusal. Returns `why`, or what failed. */
enum people_status people_attempt_refuse(struct store *store, struct people_change *change,
                                         const struct people_user *user,
                                         enum people_status why) MUST_USE;
/** Within a change: judges what a user with a second factor gave as its code: six digits of the
 *  authenticator, or a recovery code, each good once. A wrong one counts as an attempt.
 *  Returns OK; `why` for a wrong one; FACTOR_LOST; STORE, NO_MEMORY. */
enum people_status second_factor_judge(struct store *store, struct people_change *change,
                                       const struct people_user *user, const struct seal_ring *ring,
                                       struct slice code, enum people_status why) MUST_USE;
/** Within a transaction: ends every session of the user that a change is about but the one with
 *  this digest. */
enum people_status people_others_end(struct store *store, const struct people_change *change,
                                     const uint8_t digest[SHA256_SIZE]) MUST_USE;
/** Within a transaction: BAD_PASSWORD, PASSWORD_GUESSED or PASSWORD_NAMES for what a user may not
 *  have, of the login, the name and the legal entity that is theirs. In: refused  NULL: none */
enum people_status people_password_judge(struct store *store, struct arena *arena,
                                         const struct people_user *user, struct slice password,
                                         const struct password_list *refused) MUST_USE;
/** PEOPLE_SELF where who changes an account is the person behind it, by whatever account. */
enum people_status people_self_judge(struct store *store, struct people_change *change,
                                     const struct people_user *user) MUST_USE;

#endif
