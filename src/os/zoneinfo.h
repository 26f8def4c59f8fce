/* The system's files of the IANA time zone database. */
#ifndef HEADROOM_OS_ZONEINFO_H
#define HEADROOM_OS_ZONEINFO_H

#include "base/zone.h"

/** Loads a zone such as "Europe/Paris" into the arena. Returns NULL when the database has no zone
 *  of that name, its file is damaged or the arena is exhausted. */
const struct zone *zoneinfo_load(struct arena *arena, struct slice name) MUST_USE;

#endif
