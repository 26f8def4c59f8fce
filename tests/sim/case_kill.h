/* Calls whose program dies before there is an answer. For cmocka programs. */
#ifndef HEADROOM_TESTS_SIM_CASE_KILL_H
#define HEADROOM_TESTS_SIM_CASE_KILL_H

#include "case_world.h"

/* In the three first a process of its own is killed, which costs more; then the connection is
 * dropped. */
enum death { BEFORE_COMMIT, BEHIND_COMMIT, AT_ANY_MOMENT, NOT_COMMITTED, NO_ANSWER };

/** Does a call, ended by `death`; all that was in memory is thrown away. False when it came to
 *  something else than it should, or its process ended by itself.
 *  In: number  of the case; lives_us  of AT_ANY_MOMENT */
bool call_killed(struct world *world, const struct call *call, int64_t number, enum death death,
                 unsigned lives_us);

#endif
