/* Signing in with an issuer of OpenID Connect (code flow with PKCE). */
#ifndef HEADROOM_API_API_OIDC_H
#define HEADROOM_API_API_OIDC_H

#include "api/api.h"
#include "auth/oidc_config.h"

/** Starts the thread that asks the issuer. `config` must outlive it. */
enum os_status api_oidc_open(struct api *api, const struct oidc_config *config) MUST_USE;
/** Before the reactor is freed; fine where nothing was opened. */
void api_oidc_close(struct api *api);

#endif
