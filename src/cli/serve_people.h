/* The part of `headroom serve` that reads what the deployment asks of people who sign in. */
#ifndef HEADROOM_CLI_SERVE_PEOPLE_H
#define HEADROOM_CLI_SERVE_PEOPLE_H

#include "api/api.h"
#include "cli/cli.h"

/** Reads --second-factor and --passwords-refused into `api`, and the system's list of words, where
 *  there is one; says so where there is none. Returns an exit status. */
int serve_people_start(struct api *api, struct cli *cli,
                       const struct cli_arguments *arguments) MUST_USE;
/** Gives back what was read. */
void serve_people_stop(struct api *api);

#endif
