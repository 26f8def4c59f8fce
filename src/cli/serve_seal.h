/* The part of `headroom serve` that reads the keys which secrets in the database are sealed with,
 * makes the first one, and seals what is not yet sealed with the newest. */
#ifndef HEADROOM_CLI_SERVE_SEAL_H
#define HEADROOM_CLI_SERVE_SEAL_H

#include "auth/seal.h"
#include "cli/cli.h"
#include "store/store.h"

#define SEAL_FILE "seal.key"

struct serve_seal {
    const char *directory; /* of the data */
    const char *option;    /* --seal-key; NULL: SEAL_FILE in the data directory */
    bool accept_lost;      /* --accept-lost-keys */
};

/** Returns an exit status; the ring is empty unless it is CLI_DONE. A file in the data directory is
 *  made where it is missing and nothing is sealed yet; one that is named must be there. */
int serve_seal_start(struct seal_ring *ret_ring, struct cli *cli, struct store *store,
                     const struct serve_seal *serve) MUST_USE;

#endif
