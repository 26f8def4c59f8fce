/* What `headroom import ibrd` prints at its end. */
#ifndef HEADROOM_CLI_IMPORT_SUMMARY_H
#define HEADROOM_CLI_IMPORT_SUMMARY_H

#include "cli/cli.h"
#include "import/ibrd_import.h"

/** Appends the summary to cli->out, as tables for people. `total_ns` is the time of the whole run.
 */
void import_summary_write(struct cli *cli, const struct ibrd_result *result, uint64_t total_ns);
/** Appends it as one JSON object and a newline. */
void import_json_write(struct cli *cli, const struct ibrd_result *result, uint64_t total_ns);

#endif
