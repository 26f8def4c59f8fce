#include "import/import_target.h"

#include "os/clock.h"

enum import_status import_submit(struct import_target *target, struct ledger_result *results,
                                 const struct ledger_command *commands, size_t count)
{
    check(count <= IMPORT_BATCH_MAX);
    if (count == 0) {
        return IMPORT_OK;
    }
    const uint64_t begin = os_clock_monotonic_ns();
    const enum import_status status = target->operations->submit(target, results, commands, count);
    target->nanoseconds += os_clock_monotonic_ns() - begin;
    target->commands += status == IMPORT_OK ? count : 0;
    return status;
}
