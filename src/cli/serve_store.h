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
    uint64_t stood;              /* events of the ledger at the start */
};

/** Refuses a --store that is no address of PostgreSQL. Returns an exit status. */
int serve_store_judge(struct cli *cli, const struct cli_arguments *arguments);
/** Where the database is: --store, else a file in the data directory. False when memory is short.
 */
bool serve_store_location(struct buffer *ret_location, const char *directory, const char *option);
/** Opens the database, brings its schema up, compares it with the ledger and its trail with the
 * last deposit, and only then records the start. Returns an exit status. `serve` is zeroed but for
 *  `stood`. */
int serve_store_start(struct serve_store *serve, struct cli *cli, const char *location,
                      struct reactor *reactor, struct auth *auth);
/** Deposits the head when it has moved. */
void serve_store_tick(struct serve_store *serve);
/** Records the end, deposits, closes. Does nothing to one that was not started. */
void serve_store_stop(struct serve_store *serve);
/** Refuses a ledger that is older than the database, by the events that the newest step names:
 * limits that the database calls open would be gone. Returns an exit status. */
int serve_store_ledger(struct cli *cli, struct store *store, const char *location, uint64_t stood);
/** Says what is wrong with a database; returns the exit status. */
int cli_store_fail(struct cli *cli, const char *location, enum store_status status,
                   const struct store_error *error);

#endif
