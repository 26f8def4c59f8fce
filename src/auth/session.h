/* How people sign in: login and password, the second factor, the lock after wrong attempts, and the
 * session that follows. All of it is recorded in the audit trail. */
#ifndef HEADROOM_AUTH_SESSION_H
#define HEADROOM_AUTH_SESSION_H

#include "auth/delegation.h"
#include "auth/seal.h"

enum {
    SESSION_SECRET_SIZE = 46,       /* "hs_" and 43 characters of base64url: 256 random bits */
    SIGN_IN_ATTEMPTS = 5,           /* wrong ones before the account is locked */
    SIGN_IN_LOCK_SECONDS = 15 * 60, /* doubled with each further one, */
    SIGN_IN_LOCK_SECONDS_MAX = 24 * 3600,
    SESSION_IDLE_SECONDS = 30 * 60,
    SESSION_SECONDS = 12 * 3600, /* however busy it is */
    SESSION_SEEN_SECONDS = 60,   /* how exactly the last use is kept */
};

struct sign_in {
    struct slice login;
    struct slice password;
    struct slice code; /* of the second factor, or a recovery code; empty: none was given */
    const struct seal_ring *ring; /* that its key is sealed with; NULL: none can be judged */
    unsigned factor_roles;        /* that need a second factor, a bit each */
    struct slice address;
    time_us now;
};

/** A session that has begun. */
struct session_begun {
    char secret[SESSION_SECRET_SIZE]; /* shown once, kept as SHA-256 */
    char user[PEOPLE_ID_MAX];
    size_t user_size;
    bool confined;   /* until the password is changed it opens nothing else */
    bool factor_due; /* until a second factor is enrolled, the same */
};

/** Signs in. Returns OK; CODE_NEEDED (the password was right); LOCKED; FACTOR_LOST; REFUSED for all
 *  else that is wrong, a disabled or unknown user included; STORE, NO_MEMORY. */
enum people_status session_begin(struct store *store, struct session_begun *ret_begun,
                                 const struct sign_in *sign_in) MUST_USE;

/** Who an issuer says has signed in. */
struct sign_in_identity {
    struct slice issuer;
    struct slice subject; /* empty: nobody, for the reason below */
    const char *why;      /* why nobody, for the trail */
    unsigned factor_roles;
    struct slice address;
    time_us now;
};

/** Signs in whom an issuer names; a second factor is the issuer's matter. The refusal of a token is
 *  recorded too. Out, returns: as session_begin, but for CODE_NEEDED */
enum people_status session_begin_identity(struct store *store, struct session_begun *ret_begun,
                                          const struct sign_in_identity *sign_in) MUST_USE;

/** Who a session is for. */
struct session {
    struct slice user;   /* in the arena */
    struct slice person; /* the natural person */
    struct slice organisation;
    bool confined;             /* the password is to be changed first */
    bool factor;               /* the user has a second factor */
    bool factor_shown;         /* when it began, or the issuer's matter */
    bool factor_due;           /* an administrator took it: another is to be enrolled first */
    struct people_post *posts; /* in force at that moment */
    size_t post_count;
    struct people_stead *steads; /* in whose stead they may act at that moment */
    size_t stead_count;
};

/** The hash that a session is kept by. False when `secret` has not the form of one. */
bool session_digest(struct slice secret, uint8_t ret_digest[SHA256_SIZE]) MUST_USE;
/** Judges what was shown, and keeps its last use. Returns OK, ENDED, STORE or NO_MEMORY. */
enum people_status session_judge(struct store *store, struct session *ret_session,
                                 struct arena *arena, struct slice secret, time_us now) MUST_USE;
/** Whether a session is to enrol a second factor before anything else: one is due, and it showed
 *  none. In: roles  that need one, a bit each, by own posts or in another's stead. Pure. */
bool session_factor_due(const struct session *session, unsigned roles);
/** Signs out; OK also when the session has ended before. */
enum people_status session_end(struct store *store, struct slice secret,
                               const struct people_actor *actor) MUST_USE;

#endif
