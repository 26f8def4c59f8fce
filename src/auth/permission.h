/* Who may do what: one table, route by role. What has no row is refused. */
#ifndef HEADROOM_AUTH_PERMISSION_H
#define HEADROOM_AUTH_PERMISSION_H

#include "auth/token.h"

/** Every person who is signed in, whatever their posts. */
#define PERMISSION_ANY_PERSON (~0U)

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

#endif
