/* Commands gathered for one batch, with the ids, lists and texts that they point to. */
#ifndef HEADROOM_IMPORT_BATCH_H
#define HEADROOM_IMPORT_BATCH_H

#include "base/arena.h"
#include "import/import_target.h"

struct import_batch {
    struct ledger_command *commands; /* room for IMPORT_BATCH_MAX */
    struct ledger_result *results;   /* likewise; of the last submit */
    size_t count;
    struct arena arena; /* what the commands point to */
    bool failed;        /* memory was short */
};

/** False when memory is short. */
bool import_batch_open(struct import_batch *batch) MUST_USE;
void import_batch_release(struct import_batch *batch);
/** Empties it for the next commands. */
void import_batch_reset(struct import_batch *batch);

/** Adds a command with an id and its fields at their defaults. There must be room for it. */
struct ledger_command *import_batch_add(struct import_batch *batch, enum ledger_op op,
                                        const struct ledger_id *id);
/** The extra fields of a command of this batch, its own copy to be changed. */
struct ledger_extra *import_command_extra(struct import_batch *batch,
                                          struct ledger_command *command);
/** Sets a text of a command: `text` is copied. */
void import_command_reason(struct import_batch *batch, struct ledger_command *command,
                           struct slice text);
void import_command_case(struct import_batch *batch, struct ledger_command *command,
                         struct slice text);
/** Sets the limit, exposure or unlock that a command names; `field` is its LEDGER_HAS bit. */
void import_command_target(struct ledger_command *command, uint64_t field,
                           const struct ledger_id *id);
/** Sets one of the amounts, in minor units; `field` is the LEDGER_HAS bit of amount, exposure,
 *  weighted or cap. */
void import_command_amount(struct ledger_command *command, uint64_t field, int64_t minor);
/** Sets the parents or unlocks of a command: `ids` are copied. */
void import_command_parents(struct import_batch *batch, struct ledger_command *command,
                            const struct ledger_id *ids, size_t count);
void import_command_unlocks(struct import_batch *batch, struct ledger_command *command,
                            const struct ledger_id *ids, size_t count);

/** Appends a command as one line of JSON, as `headroom replay` reads it. */
void import_command_write(struct buffer *buffer, const struct ledger_command *command);

#endif
