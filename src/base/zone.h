/* Time zones of the IANA database: the offset from UTC that holds at an instant.
 * Format: RFC 8536 (TZif, versions 2 and 3) with its footer, a POSIX TZ rule for the time behind
 * the last transition of the file. */
#ifndef HEADROOM_BASE_ZONE_H
#define HEADROOM_BASE_ZONE_H

#include "base/arena.h"

struct zone;

/** Reads the bytes of a TZif file; all that is kept is copied into the arena.
 *  Returns NULL when the bytes are no such file or the arena is exhausted. */
const struct zone *zone_parse(struct arena *arena, struct slice name, struct slice bytes) MUST_USE;
struct slice zone_name(const struct zone *zone);
/** Seconds east of UTC that hold at an instant, in seconds since 1970-01-01T00:00:00Z. */
int32_t zone_offset_at(const struct zone *zone, int64_t utc_s);
/** Seconds east of UTC that hold when clocks there show `local_s`, counted as if it were UTC. A
 * time shown twice means the first; one skipped is read with the offset before the jump. */
int32_t zone_offset_of_local(const struct zone *zone, int64_t local_s);

#endif
