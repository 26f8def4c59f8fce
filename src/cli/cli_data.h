/* What the verbs that open a data directory share. */
#ifndef HEADROOM_CLI_CLI_DATA_H
#define HEADROOM_CLI_CLI_DATA_H

#include "auth/auth.h"
#include "cli/cli.h"
#include "engine/engine.h"

/** Reads --base; false, with a message, when it is no currency. CURRENCY_NONE when it is not
 *  given. */
bool cli_option_base(struct cli *cli, const struct cli_arguments *arguments,
                     enum currency *ret_base) MUST_USE;
/** Opens a directory; prints what recovery found on standard error, and on failure why. Returns
 *  CLI_DONE or the exit status. */
int cli_engine_open(struct cli *cli, struct engine **ret_engine,
                    const struct engine_options *options);
/** Prints why the engine failed, in one line. Returns the exit status. */
int cli_engine_fail(struct cli *cli, const char *directory, enum engine_status status,
                    const struct journal_error *error);
/** Prints why tokens or audit log cannot be used. */
int cli_auth_fail(struct cli *cli, const char *directory, enum auth_status status,
                  const struct auth_error *error);

#endif
