/* The target of an import that lasts: a data directory behind the engine. */
#include "base/arena.h"
#include "import/import_target.h"
#include "os/clock.h"

struct import_engine {
    struct import_target target; /* first, so that the two are one address */
    struct engine *engine;
    enum engine_status status; /* of the last batch */
};

static enum import_status engine_target_submit(struct import_target *target,
                                               struct ledger_result *results,
                                               const struct ledger_command *commands, size_t count)
{
    struct import_engine *import = (void *)target;

    import->status =
        engine_apply(import->engine, commands, results, count, true, os_clock_realtime_us());
    return import->status == ENGINE_OK ? IMPORT_OK : IMPORT_SUBMIT_FAILED;
}

static const struct ledger *engine_target_ledger(struct import_target *target)
{
    return engine_ledger(((struct import_engine *)(void *)target)->engine);
}

struct import_target *import_engine_open(struct engine *engine)
{
    static const struct import_target_operations operations = {engine_target_submit,
                                                               engine_target_ledger};
    struct import_engine *import = memory_allocate(sizeof(*import));

    if (import == NULL) {
        return NULL;
    }
    *import = (struct import_engine){.target = {.operations = &operations, .takes_time = true},
                                     .engine = engine};
    return &import->target;
}

enum engine_status import_engine_status(const struct import_target *target)
{
    return ((const struct import_engine *)(const void *)target)->status;
}

void import_engine_free(struct import_target *target)
{
    memory_free(target);
}
