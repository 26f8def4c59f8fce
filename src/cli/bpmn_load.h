/* What the verbs of process models share. */
#ifndef HEADROOM_CLI_BPMN_LOAD_H
#define HEADROOM_CLI_BPMN_LOAD_H

#include "bpmn/folder.h"
#include "cli/cli.h"

/** Reads the files that are a verb's arguments. False, with `reterr_status`, after a message. */
bool bpmn_load(struct cli *cli, const struct cli_arguments *arguments,
               struct bpmn_library *ret_library, int *reterr_status) MUST_USE;
/** Writes the problems of a model and their counts; true when there is nothing but notes. */
bool bpmn_write_problems(struct cli *cli, const struct bpmn_model *model);

#endif
