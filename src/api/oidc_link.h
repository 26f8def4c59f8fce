/* The way to an issuer of OpenID Connect: what it says of itself, its keys, and the exchange of a
 * code for an ID token. Blocking, on a thread of its own, so that an issuer that is slow holds up
 * neither decisions nor the credit plane. */
#ifndef HEADROOM_API_OIDC_LINK_H
#define HEADROOM_API_OIDC_LINK_H

#include "auth/jwt.h"
#include "auth/oidc_config.h"
#include "base/buffer.h"

/* X(name, HTTP status, slug, English, Chinese) */
// clang-format off
#define OIDC_STATUS_LIST(X) \
    X(OK, 200, "", "done", "成功") \
    X(UNREACHABLE, 503, "issuer-unreachable", "the issuer did not answer as it should; try again", "身份提供方未正常应答，请重试") \
    X(REFUSED, 401, "sign-in-refused", "the issuer or its token was refused; sign in again", "身份提供方或其令牌未被接受，请重新登录") \
    X(NO_MEMORY, 503, "too-busy", "memory is short", "内存不足")
// clang-format on

enum oidc_status {
#define X(name, http, slug, english, chinese) OIDC_##name,
    OIDC_STATUS_LIST(X)
#undef X
        OIDC_STATUS_COUNT
};

struct oidc_link; /* of one thread */

/** `config` must outlive it. NULL when memory is short. */
struct oidc_link *oidc_link_new(const struct oidc_config *config);
void oidc_link_free(struct oidc_link *link);

/** Where a browser is sent: the authorisation endpoint with its query.
 *  In: state, nonce, challenge  of the sign-in (RFC 7636: S256 of the verifier) */
enum oidc_status oidc_link_location(struct oidc_link *link, struct buffer *location,
                                    struct slice state, struct slice nonce,
                                    struct slice challenge) MUST_USE;
/** Exchanges a code and judges the ID token. Out: ret_subject  in the arena; ret_why  of REFUSED,
 * for the trail */
enum oidc_status oidc_link_exchange(struct oidc_link *link, struct slice *ret_subject,
                                    const char **ret_why, struct arena *arena, struct slice code,
                                    struct slice verifier, struct slice nonce) MUST_USE;

#endif
