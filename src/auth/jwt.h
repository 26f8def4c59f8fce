/* ID tokens of OpenID Connect: a signed JWT judged by the keys that its issuer publishes. Pure.
 *
 * The algorithm is never taken from the token alone: it must stand in the policy's list, and the
 * key that the token names must be of the kind that the algorithm needs.
 * Sources: RFC 7515 (JWS, compact form), RFC 7517 (JWK), RFC 7518 (RS256, ES256), RFC 8725 (best
 * practices), OpenID Connect Core 1.0, 3.1.3.7 (what a client must check). */
#ifndef HEADROOM_AUTH_JWT_H
#define HEADROOM_AUTH_JWT_H

#include "base/arena.h"
#include "base/date.h"
#include "base/slice.h"

enum {
    JWT_TOKEN_MAX = 16 << 10, /* bytes */
    JWT_SUBJECT_MAX = 255,    /* bytes. Source: OpenID Connect Core 1.0, 2 */
    JWT_RSA_BITS_MIN = 2048,
    JWT_AGE_SECONDS = 10 * 60, /* how long ago a token may have been issued */
};

/* X(name, why a token is refused) */
#define JWT_STATUS_LIST(X)                                                                         \
    X(OK, "")                                                                                      \
    X(NO_MEMORY, "memory is short")                                                                \
    X(MALFORMED, "it is no signed token")                                                          \
    X(ALGORITHM, "its algorithm is not allowed")                                                   \
    X(CRITICAL, "it asks for extensions that are not known")                                       \
    X(KEY, "its key is not among those of the issuer")                                             \
    X(SIGNATURE, "its signature does not fit")                                                     \
    X(ISSUER, "it is of another issuer")                                                           \
    X(AUDIENCE, "it is for somebody else")                                                         \
    X(EXPIRED, "it has expired")                                                                   \
    X(TIME, "it is not valid yet, or was issued too long ago")                                     \
    X(NONCE, "it was not made for this sign-in")                                                   \
    X(SUBJECT, "it names nobody")

enum jwt_status {
#define X(name, why) JWT_##name,
    JWT_STATUS_LIST(X)
#undef X
        JWT_STATUS_COUNT
};

enum jwt_algorithm { JWT_RS256 = 1, JWT_ES256 = 2 }; /* bits */

struct jwt_policy {
    unsigned algorithms; /* bits of enum jwt_algorithm */
    struct slice issuer;
    struct slice client; /* the audience */
    struct slice nonce;
    int64_t skew_seconds; /* that clocks may differ */
    time_us now;
};

/** Judges a token. JWT_KEY may come from keys that have grown old: the caller may fetch them anew.
 *  In: keys  the issuer's JWK set (JSON)   Out: ret_subject  in the arena */
enum jwt_status jwt_judge(struct slice *ret_subject, struct arena *arena,
                          const struct jwt_policy *policy, struct slice keys,
                          struct slice token) MUST_USE;
const char *jwt_status_why(enum jwt_status status);
/** 0 when the name is of no algorithm that can be allowed. */
unsigned jwt_algorithm_from_name(struct slice name);

#endif
