/* The part of `headroom serve` that reads what the deployment asks of people who sign in. */
#ifndef HEADROOM_CLI_SERVE_PEOPLE_H
#define HEADROOM_CLI_SERVE_PEOPLE_H

#include "api/api.h"
#include "cli/cli.h"

/** Reads --second-factor into `api`. Returns an exit status. */
int serve_people_start(struct api *api, struct cli *cli,
                       const struct cli_arguments *arguments) MUST_USE;

#endif
