/* The part of `headroom serve` that reads what the deployment asks of people who sign in. */
#ifndef HEADROOM_CLI_SERVE_PEOPLE_H
#define HEADROOM_CLI_SERVE_PEOPLE_H

#include "api/api.h"
#include "cli/cli.h"

struct serve_people {
    unsigned factor_roles; /* that need a second factor, bits of enum role */
    struct password_list refused;
};

/** Reads --second-factor and --passwords-refused, and the system's list of words, where there is
 *  one; says so where there is none. Before anything is made: what is wrong leaves nothing behind.
 *  Returns an exit status. */
int serve_people_read(struct serve_people *people, struct cli *cli,
                      const struct cli_arguments *arguments) MUST_USE;
/** Gives back what was read. */
void serve_people_release(struct serve_people *people);

#endif
