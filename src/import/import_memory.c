/* The target of an import that keeps nothing: a ledger in memory. */
#include "base/arena.h"
#include "import/import_target.h"

struct import_memory {
    struct import_target target; /* first, so that the two are one address */
    struct ledger *ledger;
};

static enum import_status memory_submit(struct import_target *target, struct ledger_result *results,
                                        const struct ledger_command *commands, size_t count)
{
    struct import_memory *memory = (void *)target;

    if (!ledger_has_room(memory->ledger, count)) {
        return IMPORT_LEDGER_FULL;
    }
    ledger_apply(memory->ledger, results, commands, count);
    return IMPORT_OK;
}

static const struct ledger *memory_ledger(struct import_target *target)
{
    return ((struct import_memory *)(void *)target)->ledger;
}

struct import_target *import_memory_open(void)
{
    static const struct import_target_operations operations = {memory_submit, memory_ledger};
    struct ledger_options options;
    struct import_memory *memory = memory_allocate(sizeof(*memory));

    if (memory == NULL) {
        return NULL;
    }
    ledger_options_init(&options);
    options.base = CURRENCY_USD;
    options.commands_max = IMPORT_BATCH_MAX;
    *memory = (struct import_memory){.target = {.operations = &operations, .takes_time = true},
                                     .ledger = ledger_open(&options)};
    if (memory->ledger == NULL) {
        memory_free(memory);
        return NULL;
    }
    return &memory->target;
}

void import_memory_free(struct import_target *target)
{
    struct import_memory *memory = (void *)target;

    if (memory != NULL) {
        ledger_free(memory->ledger);
        memory_free(memory);
    }
}
