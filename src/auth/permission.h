/* Who may do what: one table, route by role. What has no row is refused. */
#ifndef HEADROOM_AUTH_PERMISSION_H
#define HEADROOM_AUTH_PERMISSION_H

#include "auth/token.h"

/** Every person who is signed in, whatever their posts. */
#define PERMISSION_ANY_PERSON (~0U)

/** In `people`, beside roles: whoever may use the route sees all places. Without it the handler
 *  judges the place (api_task_sees), and tokens that are bound to an organisation may use it too.
 */
#define PERMISSION_ALL_PLACES (1U << 31)

/** To see personal data in the clear, for tokens that have scopes. */
#define PERMISSION_PERSONAL "personal:read"

enum { PERMISSION_SCOPE_MAX = 40 }; /* bytes of one scope */

/** Everybody, without a token. Stands alone in a row. */
#define AUTH_ANYBODY 0x80U

struct permission {
    const char *method;  /* GET covers HEAD */
    const char *pattern; /* as in the route table */
    unsigned roles;      /* of tokens: bits of enum auth_role, or AUTH_ANYBODY */
    unsigned people;     /* of people: 1 << enum role each, or PERMISSION_ANY_PERSON; 0: none */
};

/** The rows, for whoever checks that none is missing or superfluous. */
const struct permission *permission_rows(size_t *ret_count);
/** The roles that may use a route; AUTH_NOBODY when it has no row. */
unsigned permission_roles(struct slice method, struct slice pattern);
/** The roles of people that may use a route; 0 when it has no row. */
unsigned permission_people(struct slice method, struct slice pattern);
/** The scope that a route asks of tokens: the first part of its path behind /v1, and ":read" for
 *  GET or ":write". Empty where none is asked for: routes for anybody, and /v1/me.
 *  Returns its size; `ret_scope` is of PERMISSION_SCOPE_MAX bytes. */
size_t permission_scope(char ret_scope[PERMISSION_SCOPE_MAX], struct slice method,
                        struct slice pattern);
/** Whether a token that is bound to an organisation may use a route: it judges places. */
bool permission_placed(struct slice method, struct slice pattern);
/** Whether some route asks for this scope, or it is PERMISSION_PERSONAL. */
bool permission_scope_known(struct slice scope);

#endif
