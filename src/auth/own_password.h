/* A user changes their own password, by the old one. */
#ifndef HEADROOM_AUTH_OWN_PASSWORD_H
#define HEADROOM_AUTH_OWN_PASSWORD_H

#include "auth/password_list.h"
#include "auth/session.h"

struct own_password {
    struct slice secret; /* of the session that asks: it goes on, every other one ends */
    struct slice old;
    struct slice wanted;
    const struct password_list *refused; /* NULL: none */
};

/** Changes the password of who asks, and frees the session that was confined until then.
 *  In: actor  id of the user
 *  Returns OK; BAD_PASSWORD; PASSWORD_GUESSED; PASSWORD_NAMES; NO_PASSWORD; LOCKED;
 *           WRONG_PASSWORD, which counts as a wrong attempt to sign in does; PASSWORD_USED for the
 *           present one and the four before it; ENDED, NOT_FOUND, STORE, NO_MEMORY. Refusals that
 *           speak of a password are in the trail.
 *  Cost: the hashes of up to six passwords, about 30 ms each.
 *  Source: NIST SP 800-63B, 5.1.1.2 (length, no rules of composition, no change by the calendar),
 *  5.2.2 (attempts); GB/T 22239-2019, 8.1.4.1 a, b (authentication information, failed attempts).
 */
enum people_status own_password_change(struct store *store, const struct people_actor *actor,
                                       const struct own_password *wanted) MUST_USE;

#endif
