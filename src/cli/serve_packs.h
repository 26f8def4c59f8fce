/* The part of `headroom serve` that stores the configuration packs of a folder. */
#ifndef HEADROOM_CLI_SERVE_PACKS_H
#define HEADROOM_CLI_SERVE_PACKS_H

#include "cli/cli.h"
#include "store/store.h"

/** Checks each pack in a folder and stores those without errors; none is activated. What is wrong
 *  with the others is said on standard error, and is no reason not to start. Returns an exit status
 *  of the start. */
int serve_packs(struct cli *cli, struct store *store, const char *folder);

#endif
