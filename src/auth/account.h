/* The accounts of the people who work here, as those who keep them look at them: pages, one with
 * its posts, the sessions that are open. */
#ifndef HEADROOM_AUTH_ACCOUNT_H
#define HEADROOM_AUTH_ACCOUNT_H

#include "auth/session.h"

enum account_order { ACCOUNT_BY_LOGIN, ACCOUNT_BY_NAME, ACCOUNT_BY_CREATED };

/** An account without its secrets. */
struct account {
    struct slice id;
    struct slice login;
    struct slice name;
    struct slice organisation;
    struct slice path; /* of the organisation */
    struct slice legal_entity;
    struct slice person;
    time_us created;
    time_us disabled;     /* TIME_NONE: not */
    time_us locked_until; /* not later than now: not locked */
    bool password;        /* it has one */
    time_us password_set;
    bool password_change; /* it is to be changed first */
    bool second_factor;
};

/** Which accounts are asked for; what is empty asks for nothing. */
struct account_query {
    enum account_order order; /* the id decides between equals */
    bool descending;
    const struct store_value *behind; /* key of the order and id of the last row; NULL: from the
                                         beginning */
    struct slice below;               /* path of an organisation: accounts at and below it */
    struct slice legal_entity;
    struct slice state; /* "active", "locked", "disabled" */
    struct slice role;  /* of a post in force, together with */
    struct slice post;  /* the organisation of that post */
    struct slice match; /* in the login, or in the name whatever the case of ASCII letters */
    time_us now;
    size_t count;
};

/** Whether there is a state of that name. */
bool account_state_known(struct slice state);
/** What an account is at `now`. */
struct slice account_state(const struct account *account, time_us now);
/** At most query->count accounts in order, within a transaction; texts in `arena`.
 *  Returns OK, STORE or NO_MEMORY. */
enum people_status account_page(struct store *store, struct account **ret_accounts,
                                size_t *ret_count, struct arena *arena,
                                const struct account_query *query) MUST_USE;
/** One, within a transaction. Returns as account_page, or NOT_FOUND. */
enum people_status account_read(struct store *store, struct account *ret_account,
                                struct arena *arena, struct slice id) MUST_USE;

enum { ACCOUNT_SESSIONS_MAX = 200, ACCOUNT_SESSION_ID_SIZE = 16 };

/** A session that is open. */
struct account_session {
    char id[ACCOUNT_SESSION_ID_SIZE]; /* the beginning of its hash: opens nothing */
    time_us created;
    time_us seen;
    struct slice address;
    bool confined;
};

/** The open sessions of a user, newest first, within a transaction. Returns as account_page. */
enum people_status account_sessions(struct store *store, struct account_session **ret_sessions,
                                    size_t *ret_count, struct arena *arena, struct slice user,
                                    time_us now) MUST_USE;
/** Ends every session of a user. NOT_FOUND: there is no such user. */
enum people_status account_sessions_end(struct store *store, const struct people_actor *actor,
                                        struct slice user) MUST_USE;

#endif
