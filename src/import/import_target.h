/* Where an import sends its commands, and where it reads back what became of them: a ledger in
 * memory, or one in a data directory behind the engine. */
#ifndef HEADROOM_IMPORT_TARGET_H
#define HEADROOM_IMPORT_TARGET_H

#include "engine/engine.h"
#include "import/import_status.h"

struct import_target;

struct import_target_operations {
    /* Applies `count` commands as one batch, durably where the target is durable. The results hold
     * until the next call. */
    enum import_status (*submit)(struct import_target *target, struct ledger_result *results,
                                 const struct ledger_command *commands, size_t count);
    /* The ledger as it stands; it is read, never changed. */
    const struct ledger *(*ledger)(struct import_target *target);
};

/** Implementations put their own fields behind it. */
struct import_target {
    const struct import_target_operations *operations;
    bool takes_time;      /* commands may carry `at`; else the target stamps them */
    uint64_t commands;    /* submitted so far */
    uint64_t nanoseconds; /* spent in submit so far */
};

enum { IMPORT_BATCH_MAX = 8192 };

/** Submits one batch of at most IMPORT_BATCH_MAX commands, and counts it. */
enum import_status import_submit(struct import_target *target, struct ledger_result *results,
                                 const struct ledger_command *commands, size_t count) MUST_USE;

static inline const struct ledger *import_ledger(struct import_target *target)
{
    return target->operations->ledger(target);
}

/** A new ledger in memory, in US dollars; NULL when memory is short. */
struct import_target *import_memory_open(void) MUST_USE;
/** NULL-safe. */
void import_memory_free(struct import_target *target);

/** The ledger of a data directory, which stays the caller's; NULL when memory is short. */
struct import_target *import_engine_open(struct engine *engine) MUST_USE;
/** What the engine said to the last batch, after IMPORT_SUBMIT_FAILED. */
enum engine_status import_engine_status(const struct import_target *target);
/** NULL-safe. */
void import_engine_free(struct import_target *target);

#endif
