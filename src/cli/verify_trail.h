/* The part of `headroom verify` that proves the credit plane's database and its audit trail. */
#ifndef HEADROOM_CLI_VERIFY_TRAIL_H
#define HEADROOM_CLI_VERIFY_TRAIL_H

#include "base/buffer.h"
#include "cli/cli.h"

struct verify_trail {
    const char *directory;
    const char *store;      /* --store; NULL: the file in the directory */
    const char *heads_file; /* --audit-heads; NULL: none */
    uint64_t stood;         /* events of the ledger; UINT64_MAX: not known */
    struct buffer heads;    /* deposits found in the directory's log, as struct trail_head */
};

/** Reads the heads of the file into `verify->heads`; returns an exit status. */
int verify_heads_read(struct cli *cli, struct verify_trail *verify);
/** Proves the database; returns an exit status. */
int verify_trail_run(struct cli *cli, struct verify_trail *verify);

#endif
