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
    TOKEN_SCOPE_MAX = 256,  /* bytes of all scopes of a token */
    TOKEN_PLACE_MAX = 32,   /* bytes of the id of an organisation */
};

struct auth_token {
    char id[TOKEN_ID_SIZE];
    char name[TOKEN_NAME_MAX];
    uint8_t name_size;
    uint8_t role; /* enum auth_role, one bit */
    uint8_t organisation_size;
    uint16_t scope_size;
    char scope[TOKEN_SCOPE_MAX]; /* "limits:read commands:write"; empty: all that its role may */
    char organisation[TOKEN_PLACE_MAX]; /* it reaches what stands at and below; empty: all */
    date_days used;                     /* last day (UTC) on which it was shown; DATE_NONE: never */
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

/** Copies a text into its place of a token, which has room for it. */
static inline void text_keep(char *place, struct slice text)
{
    if (text.size > 0) {
        memcpy(place, text.data, text.size);
    }
}

static inline struct slice token_scope(const struct auth_token *token)
{
    return slice_of(token->scope, token->scope_size);
}

static inline struct slice token_organisation(const struct auth_token *token)
{
    return slice_of(token->organisation, token->organisation_size);
}

/** Whether a token has a scope: it is among its own, or it has none, and so all. */
bool token_has_scope(const struct auth_token *token, struct slice scope);
/** The next scope of a list of scopes, one space between two; false at its end. */
bool scope_next(struct slice *inout_list, struct slice *ret_scope);

/** The name of one role. */
struct slice auth_role_name(enum auth_role role);
/** AUTH_NOBODY when no role has that name. */
enum auth_role auth_role_from_name(struct slice name);

/** Makes a secret and an id from random bytes, and the digest under which the token is kept. */
void token_make(struct auth_token *token, char ret_secret[TOKEN_SECRET_SIZE]);
/** True when `text` has the form of a secret. */
bool token_secret_valid(struct slice text);

#endif
