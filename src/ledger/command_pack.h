/* Commands as bytes, for the journal. Little-endian, no padding; docs/reference/journal-format.md
 * describes it. Whatever was packed unpacks to the same command, on every build. */
#ifndef HEADROOM_LEDGER_COMMAND_PACK_H
#define HEADROOM_LEDGER_COMMAND_PACK_H

#include "base/arena.h"
#include "ledger/command.h"

/** Bytes that one packed command takes at most. */
#define COMMAND_PACKED_MAX (128U + 64U + 48U * 33U + 5U * (2U + LEDGER_TEXT_MAX))

/** Packs a command at `room`, which has COMMAND_PACKED_MAX bytes. Returns how many it took. */
size_t command_pack(uint8_t *room, const struct ledger_command *command);
/** Unpacks the command at the front of `*bytes` and moves `*bytes` behind it. Texts point into the
 * bytes, lists are made in the arena. Returns false when the bytes are no command, or the arena is
 * exhausted. */
bool command_unpack(struct arena *arena, struct ledger_command *ret_command,
                    struct slice *bytes) MUST_USE;

#endif
