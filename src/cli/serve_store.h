/* The part of `headroom serve` that opens the credit plane's database, and deposits the head of its
 * audit trail beside it. */
#ifndef HEADROOM_CLI_SERVE_STORE_H
#define HEADROOM_CLI_SERVE_STORE_H

#include "audit/trail.h"
#include "auth/auth.h"
#include "cli/cli.h"
#include "os/jobs.h"

struct serve_store {
    struct cli *cli;
    struct auth *auth;
    struct store *store;
    struct jobs *jobs;
    struct jobs_item job; /* reads the head */
    bool reading;
    enum store_status read_status;
    struct trail_head head;      /* as it was read */
    struct trail_head deposited; /* the last that was written to the log */
};

/** Where the database is: --store, else a file in the data directory. False when memory is short.
 */
bool serve_store_location(struct buffer *ret_location, const char *directory, const char *option);
/** Opens the database, brings its schema up, compares its trail with the last deposit, records the
 *  start. Returns an exit status. `serve` is zeroed. */
int serve_store_start(struct serve_store *serve, struct cli *cli, const char *location,
                      struct reactor *reactor, struct auth *auth);
/** Deposits the head when it has moved. */
void serve_store_tick(struct serve_store *serve);
/** Records the end, deposits, closes. Does nothing to one that was not started. */
void serve_store_stop(struct serve_store *serve);
/** Says what is wrong with a database; returns the exit status. */
int cli_store_fail(struct cli *cli, const char *location, enum store_status status,
                   const struct store_error *error);

#endif
