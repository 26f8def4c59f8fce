/* A bearer token as it is kept: who it is for and what it may do, but not the token itself. */
#ifndef HEADROOM_AUTH_TOKEN_H
#define HEADROOM_AUTH_TOKEN_H

#include "base/date.h"
#include "base/hash.h"

/* X(identifier, name): roles, each a bit. */
#define AUTH_ROLE_LIST(X)                                                                          \
    X(READER, "reader")                                                                            \
    X(OPERATOR, "operator")                                                                        \
    X(ADMINISTRATOR, "administrator")

enum auth_role_place {
#define X(identifier, name) AUTH_PLACE_##identifier,
    AUTH_ROLE_LIST(X)
#undef X
        AUTH_ROLE_COUNT
};

enum auth_role {
    AUTH_NOBODY = 0,
#define X(identifier, name) AUTH_##identifier = 1 << AUTH_PLACE_##identifier,
    AUTH_ROLE_LIST(X)
#undef X
};

enum {
    TOKEN_SECRET_SIZE = 46, /* "hr_" and 43 characters of base64url: 256 random bits */
    TOKEN_ID_SIZE = 16,     /* hexadecimal digits */
    TOKEN_NAME_MAX = 64,    /* bytes */
};

struct auth_token {
    char id[TOKEN_ID_SIZE];
    char name[TOKEN_NAME_MAX];
    uint8_t name_size;
    uint8_t role;   /* enum auth_role, one bit */
    date_days used; /* last day (UTC) on which it was shown; DATE_NONE: never */
    time_us created;
    time_us expires;             /* TIME_NONE: never */
    time_us revoked;             /* TIME_NONE: it was not */
    uint8_t digest[SHA256_SIZE]; /* of the secret */
};

static inline struct slice token_id(const struct auth_token *token)
{
    return slice_of(token->id, TOKEN_ID_SIZE);
}

static inline struct slice token_name(const struct auth_token *token)
{
    return slice_of(token->name, token->name_size);
}

/** The name of one role. */
struct slice auth_role_name(enum auth_role role);
/** AUTH_NOBODY when no role has that name. */
enum auth_role auth_role_from_name(struct slice name);

/** Makes a secret and an id from random bytes, and the digest under which the token is kept. */
void token_make(struct auth_token *token, char ret_secret[TOKEN_SECRET_SIZE]);
/** True when `text` has the form of a secret. */
bool token_secret_valid(struct slice text);

#endif
