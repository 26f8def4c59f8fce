/* Records of a BATCH as commands of the ledger. What a record says wrongly becomes a command that
 * will answer `bad_...`, at its place; only what breaks the frame is an error of the frame. */
#ifndef HEADROOM_WIRE_DECODE_H
#define HEADROOM_WIRE_DECODE_H

#include "ledger/command.h"
#include "wire/wire_format.h"

struct wire_batch {
    const uint8_t *records; /* `records_count` of WIRE_RECORD_SIZE bytes */
    uint32_t records_count;
    uint32_t count;     /* commands, at most records_count */
    enum currency base; /* of the ledger */
};

/** Extra fields that a batch may need room for: one a command that has continuations. */
static inline uint32_t wire_extras_max(uint32_t count, uint32_t records_count)
{
    const uint32_t continuations = records_count - count;

    return continuations < count ? continuations : count;
}

/** Decodes a batch.
 *  Returns:  WIRE_OK, WIRE_BAD_COUNT (records are not as many as the commands say), WIRE_BAD_RECORD
 *  Out:      ret_commands  batch->count; texts and lists of ids point into batch->records
 *            ret_extras    wire_extras_max of them; what commands with continuations point to
 *  Cost:     no allocation; 15 ns a command without continuations */
enum wire_error wire_batch_decode(struct ledger_command *ret_commands,
                                  struct ledger_extra *ret_extras, const struct wire_batch *batch);

#endif
