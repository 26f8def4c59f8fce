/* How to sign in with an issuer of OpenID Connect: a file of JSON,
 *
 *     {"issuer": "https://sso.bank.example", "client_id": "headroom", "client_secret": "...",
 *      "redirect_uri": "https://headroom.bank.example/", "algorithms": ["RS256"],
 *      "skew_seconds": 60, "ca_file": "/etc/headroom/sso-ca.pem"}
 *
 * of which client_secret (sent in the body, client_secret_post), algorithms (RS256 and ES256
 * unless given), skew_seconds (60; at most 300) and ca_file (the system's) may be left out. */
#ifndef HEADROOM_AUTH_OIDC_CONFIG_H
#define HEADROOM_AUTH_OIDC_CONFIG_H

#include "base/arena.h"
#include "base/slice.h"

struct oidc_config {
    struct slice issuer;
    struct slice client;
    struct slice secret; /* empty: a public client */
    struct slice redirect;
    const char *ca_file; /* NULL: the system's */
    unsigned algorithms; /* bits of enum jwt_algorithm */
    int64_t skew_seconds;
};

/** Reads it; texts in `arena`. False with what is wrong, in English. */
bool oidc_config_read(struct oidc_config *ret_config, const char **reterr_cause,
                      struct arena *arena, struct slice text) MUST_USE;
/** Whether a URL may be trusted with a sign-in: https, or http on this machine. */
bool oidc_url_safe(struct slice url);

#endif
