/* --oidc FILE: the issuer that people sign in with. */
#ifndef HEADROOM_CLI_SERVE_OIDC_H
#define HEADROOM_CLI_SERVE_OIDC_H

#include "api/api_oidc.h"
#include "cli/cli.h"

struct serve_oidc {
    struct arena arena; /* of the configuration */
    struct oidc_config config;
};

/** Reads the file and opens the way to the issuer; does nothing without the option. Returns an exit
 *  status. `serve` is zeroed. */
int serve_oidc_start(struct serve_oidc *serve, struct cli *cli, const char *path, struct api *api);
void serve_oidc_stop(struct serve_oidc *serve, struct api *api);

#endif
