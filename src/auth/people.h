/* The people of the bank: legal entities, organisations in a tree, users, the posts they hold.
 *
 * Every change is one transaction with its audit entry; passwords and keys are in none. A user sees
 * what belongs to the organisations at and below their posts. */
#ifndef HEADROOM_AUTH_PEOPLE_H
#define HEADROOM_AUTH_PEOPLE_H

#include "auth/password.h"
#include "auth/password_list.h"
#include "auth/people_status.h"
#include "auth/role.h"
#include "base/hash.h"
#include "store/store.h"

enum {
    PEOPLE_ID_MAX = 32,     /* bytes of ids and logins */
    PEOPLE_NAME_MAX = 120,  /* bytes */
    PEOPLE_DEPTH_MAX = 16,  /* organisations from the root to a leaf */
    PEOPLE_POSTS_MAX = 200, /* of one user */
};

/** Who asks for a change, and when; recorded with it. */
struct people_actor {
    struct slice id; /* of the user or token */
    struct slice address;
    time_us now;
};

struct people_organisation {
    struct slice id;
    struct slice legal_entity;
    struct slice parent; /* empty: the root of its legal entity */
    struct slice path;   /* "/head/branch/" */
    struct slice name;
};

struct people_user {
    struct slice id;
    struct slice login;
    struct slice name;
    struct slice organisation;
    struct slice password; /* hash; empty: cannot sign in by password */
    int64_t failures;      /* wrong attempts since the last good one */
    time_us locked_until;
    struct slice totp_key;   /* sealed, see second_factor.h; empty: no second factor */
    int64_t totp_step;       /* last used */
    time_us disabled;        /* TIME_NONE: not */
    struct slice person;     /* the natural person behind the account; its own id unless stated */
    bool password_change;    /* an administrator set the password: it is to be changed */
    struct slice totp_begun; /* a key that is not confirmed yet, sealed; empty: none */
    time_us totp_begun_at;
    bool factor_due; /* an administrator took the second factor: another comes first */
};

struct people_post {
    struct slice organisation;
    struct slice path;
    struct slice legal_entity;
    enum role role;
    time_us since;
    time_us until; /* TIME_NONE: open */
};

/* ---- changes ---- */

enum people_status people_entity_add(struct store *store, const struct people_actor *actor,
                                     struct slice id, struct slice name) MUST_USE;
/** In: organisation  id, name, and parent or (for a root) legal_entity; path is not read.
 *  An entity has one root; a parent's legal entity is its own. */
enum people_status people_organisation_add(struct store *store, const struct people_actor *actor,
                                           const struct people_organisation *organisation) MUST_USE;
/** In: user  id, login, name, organisation; person, such as a number of staff, where one person has
 *  more than one account: all of them are one person wherever duties are kept apart */
enum people_status people_user_add(struct store *store, const struct people_actor *actor,
                                   const struct people_user *user) MUST_USE;
/** Sets a password that the user must change before anything else, and ends every session of the
 *  user. BAD_PASSWORD, PASSWORD_GUESSED, PASSWORD_NAMES: it is none that may be had. SELF: the
 *  own one is changed by who knows the old one (own_password.h). */
enum people_status people_password_set(struct store *store, const struct people_actor *actor,
                                       struct slice user, struct slice password,
                                       const struct password_list *refused) MUST_USE;
/** Disables a user and ends their sessions, or enables them again; also ends a lock. */
enum people_status people_user_disable(struct store *store, const struct people_actor *actor,
                                       struct slice user, bool disabled) MUST_USE;
/** States by what subject an issuer knows a user, in the place of an earlier one; an empty subject
 *  takes it away. EXISTS: it is another user's; BAD_NAME: it is none (1 to 255 bytes). */
enum people_status people_identity_set(struct store *store, const struct people_actor *actor,
                                       struct slice user, struct slice issuer,
                                       struct slice subject) MUST_USE;
/** Gives a post. Refuses what excludes a role that the person holds, by any account, at any time
 * that the new post lasts, in any organisation; a post in another legal entity than the user's own;
 * and (PEOPLE_SELF, as in all that is an administrator's) what a person does to an account of
 * theirs. In: post  organisation, role, since, until */
enum people_status people_post_give(struct store *store, const struct people_actor *actor,
                                    struct slice user, const struct people_post *post) MUST_USE;
/** Ends a post now. */
enum people_status people_post_take(struct store *store, const struct people_actor *actor,
                                    struct slice user, struct slice organisation,
                                    enum role role) MUST_USE;

/* ---- reading, within a transaction; texts in `arena` ---- */

enum people_status people_user_read(struct store *store, struct people_user *ret_user,
                                    struct arena *arena, struct slice id) MUST_USE;
/** The user whom an issuer knows by a subject. */
enum people_status people_user_by_identity(struct store *store, struct people_user *ret_user,
                                           struct arena *arena, struct slice issuer,
                                           struct slice subject) MUST_USE;
enum people_status people_user_by_login(struct store *store, struct people_user *ret_user,
                                        struct arena *arena, struct slice login) MUST_USE;
/** Posts that have not ended by `now`, those of the future included. */
enum people_status people_posts_read(struct store *store, struct people_post **ret_posts,
                                     size_t *ret_count, struct arena *arena, struct slice user,
                                     time_us now) MUST_USE;
/** Those of posts that have begun, moved to the front; their number. */
size_t people_posts_begun(struct people_post *posts, size_t count, time_us now);
/** The same of all accounts of a person. */
enum people_status people_person_posts_read(struct store *store, struct people_post **ret_posts,
                                            size_t *ret_count, struct arena *arena,
                                            struct slice person, time_us now) MUST_USE;
enum people_status people_organisation_read(struct store *store,
                                            struct people_organisation *ret_organisation,
                                            struct arena *arena, struct slice id) MUST_USE;

/** Whether one of the posts, in force at `now`, has the role and sees the organisation of `path`:
 *  it is the post's own or stands below it. Pure. */
bool people_sees(const struct people_post *posts, size_t count, enum role role, struct slice path,
                 time_us now);
/** The roles, a bit each, of all posts in force that see the organisation of `path`. Pure. */
unsigned people_roles(const struct people_post *posts, size_t count, struct slice path,
                      time_us now);
bool people_id_valid(struct slice id);
bool people_name_valid(struct slice name);

#endif
