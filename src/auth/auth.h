/* The door: which token was shown, whether it holds, and the record of what was done to tokens.
 *
 * Tokens live in DIR/tokens, which is replaced as a whole; only their SHA-256 is kept. They are
 * random 256-bit numbers, so an unsalted fast hash is as good as a slow one. One thread. */
#ifndef HEADROOM_AUTH_AUTH_H
#define HEADROOM_AUTH_AUTH_H

#include "auth/audit.h"
#include "auth/auth_status.h"
#include "auth/token.h"
#include "os/file.h"

#define AUTH_TOKENS_FILE "tokens"
#define AUTH_ADMIN_FILE "admin.token"

enum {
    AUTH_TOKENS_MAX = 10000,
    AUTH_REFUSALS_MAX = 20,     /* refused tokens an address and minute before THROTTLED */
    AUTH_REFUSALS_WRITTEN = 20, /* refused tokens a minute that reach the audit log */
};

struct auth;

/** Opens tokens and audit log of a data directory; at a first start makes them, with an
 *  administrator token in DIR/admin.token.
 *  Out: ret_first  this was the first start
 *  Returns AUTH_OK, NO_MEMORY, FULL, DAMAGED or FAILED */
enum auth_status auth_open(struct files *files, const char *path, time_us now,
                           struct auth **ret_auth, bool *ret_first,
                           struct auth_error *reterr_error) MUST_USE;
/** NULL-safe. Call auth_flush first. */
void auth_close(struct auth *auth);

/** Judges what stood in "Authorization". Returns AUTH_OK with the token (valid until auth_close);
 * MISSING, UNKNOWN, EXPIRED, REVOKED, or THROTTLED instead of these when the address had too many.
 * A good token passes whatever else came from its address. In: authorization  the header's value;
 * address  "192.0.2.7:50311", the port is not looked at */
enum auth_status auth_judge(struct auth *auth, const struct auth_token **ret_token,
                            struct slice authorization, struct slice address, time_us now) MUST_USE;

/** Judges a token that passed before, for a connection that lasts: AUTH_OK, EXPIRED or REVOKED. */
enum auth_status auth_judge_again(struct auth *auth, const struct auth_token *token,
                                  time_us now) MUST_USE;

/** Whether this address may try to sign in: it had fewer than AUTH_REFUSALS_MAX refusals this
 * minute. */
bool auth_sign_in_allowed(const struct auth *auth, struct slice address, time_us now);
/** Counts a refused sign-in of a person for its address; the trail has the entry. */
void auth_sign_in_refused(struct auth *auth, struct slice address, time_us now);

struct auth_request {
    struct slice name;
    enum auth_role role;
    time_us expires;           /* TIME_NONE: never */
    struct slice scope;        /* as in struct auth_token; empty: all that the role may */
    struct slice organisation; /* empty: all */
    struct slice actor;        /* id of the administrator's token */
    struct slice address;
};

/** Makes a token. Its secret is given once and kept nowhere. One whose maker has scopes has scopes
 *  among those (AUTH_BEYOND). */
enum auth_status auth_token_create(struct auth *auth, const struct auth_token **ret_token,
                                   char ret_secret[TOKEN_SECRET_SIZE],
                                   const struct auth_request *request, time_us now) MUST_USE;
/** Revokes a token; AUTH_OK also when it was revoked before. */
enum auth_status auth_token_revoke(struct auth *auth, struct slice id, struct slice actor,
                                   struct slice address, time_us now) MUST_USE;
/** Tokens in the order of their making. */
const struct auth_token *auth_tokens(const struct auth *auth, size_t *ret_count);
const struct auth_token *auth_token_find(const struct auth *auth, struct slice id);

/** Writes the days of last use that changed, at most one write a call. */
enum auth_status auth_flush(struct auth *auth) MUST_USE;
const struct audit_summary *auth_audit(const struct auth *auth);
/** Writes a head of the trail in the store to the log, as a deposit beside it. */
enum auth_status auth_deposit(struct auth *auth, const struct trail_head *head,
                              time_us now) MUST_USE;
/** The last deposit; number 0 when there is none. */
const struct trail_head *auth_deposited(const struct auth *auth);

/** Verifies tokens file and audit log of a directory without changing them.
 *  Out: heads  every deposit in the log, as struct trail_head; may be NULL */
enum auth_status auth_verify(struct files *files, const char *path,
                             struct audit_summary *ret_summary, size_t *ret_tokens,
                             struct auth_error *reterr_error, const uint8_t *wanted_head,
                             struct buffer *heads) MUST_USE;

#endif
