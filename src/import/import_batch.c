#include "import/import_batch.h"

/** Bytes that the commands of one batch point to, at most. */
#define BATCH_ARENA_MAX (256ULL << 20)

bool import_batch_open(struct import_batch *batch)
{
    *batch = (struct import_batch){0};
    arena_init(&batch->arena, BATCH_ARENA_MAX);
    batch->commands = memory_allocate(IMPORT_BATCH_MAX * sizeof(*batch->commands));
    batch->results = memory_allocate(IMPORT_BATCH_MAX * sizeof(*batch->results));
    if (batch->commands == NULL || batch->results == NULL) {
        import_batch_release(batch);
        return false;
    }
    return true;
}

void import_batch_release(struct import_batch *batch)
{
    memory_free(batch->commands);
    memory_free(batch->results);
    arena_release(&batch->arena);
    *batch = (struct import_batch){0};
}

void import_batch_reset(struct import_batch *batch)
{
    batch->count = 0;
    arena_reset(&batch->arena);
}

struct ledger_command *import_batch_add(struct import_batch *batch, enum ledger_op op,
                                        const struct ledger_id *id)
{
    check(batch->count < IMPORT_BATCH_MAX);
    struct ledger_command *command = &batch->commands[batch->count++];

    ledger_command_init(command, op);
    command->id = *id;
    command->has_id = true;
    command->fields = LEDGER_HAS(ID);
    return command;
}

struct ledger_extra *import_command_extra(struct import_batch *batch,
                                          struct ledger_command *command)
{
    static struct ledger_extra lost; /* written when memory is short, and never read */

    if (command->extra == &ledger_extra_none) {
        struct ledger_extra *extra = arena_take(&batch->arena, sizeof(*extra));

        if (extra == NULL) {
            batch->failed = true;
            return &lost;
        }
        *extra = ledger_extra_none;
        command->extra = extra;
    }
    /* It was taken from the arena above, and is the command's alone. */
    return (struct ledger_extra *)(uintptr_t)command->extra;
}

static struct slice text_copy(struct import_batch *batch, struct slice text)
{
    struct slice copy = {NULL, 0};

    if (text.size > LEDGER_TEXT_MAX) {
        text.size = LEDGER_TEXT_MAX;
        while (text.size > 0 && !utf8_valid(text)) {
            text.size--;
        }
    }
    if (text.size > 0) {
        copy = arena_copy(&batch->arena, text);
        batch->failed = batch->failed || copy.data == NULL;
    }
    return copy;
}

void import_command_reason(struct import_batch *batch, struct ledger_command *command,
                           struct slice text)
{
    import_command_extra(batch, command)->reason = text_copy(batch, text);
    command->fields |= LEDGER_HAS(REASON);
}

void import_command_case(struct import_batch *batch, struct ledger_command *command,
                         struct slice text)
{
    import_command_extra(batch, command)->case_ref = text_copy(batch, text);
    command->fields |= LEDGER_HAS(CASE);
}

void import_command_target(struct ledger_command *command, uint64_t field,
                           const struct ledger_id *id)
{
    command->target = *id;
    command->fields |= field;
}

void import_command_amount(struct ledger_command *command, uint64_t field, int64_t minor)
{
    const int index = field == LEDGER_HAS(EXPOSURE) ? 1 : field == LEDGER_HAS(WEIGHTED) ? 2 : 0;

    check(minor >= 0);
    command->amounts[index] = (struct ledger_amount){(uint64_t)minor, LEDGER_MINOR};
    command->fields |= field;
}

static const struct ledger_id *ids_copy(struct import_batch *batch, const struct ledger_id *ids,
                                        size_t count)
{
    struct ledger_id *copy = arena_take_array(&batch->arena, count, sizeof(*copy));

    if (copy == NULL) {
        batch->failed = true;
        return NULL;
    }
    memcpy(copy, ids, count * sizeof(*ids));
    return copy;
}

void import_command_parents(struct import_batch *batch, struct ledger_command *command,
                            const struct ledger_id *ids, size_t count)
{
    struct ledger_extra *extra = import_command_extra(batch, command);

    check(count > 0 && count <= LEDGER_PARENTS_MAX);
    extra->parents = ids_copy(batch, ids, count);
    extra->parents_count = (uint8_t)count;
    command->fields |= LEDGER_HAS(PARENTS);
}

void import_command_unlocks(struct import_batch *batch, struct ledger_command *command,
                            const struct ledger_id *ids, size_t count)
{
    struct ledger_extra *extra = import_command_extra(batch, command);

    check(count > 0 && count <= LEDGER_UNLOCKS_MAX);
    extra->unlocks = ids_copy(batch, ids, count);
    extra->unlocks_count = (uint8_t)count;
    command->fields |= LEDGER_HAS(UNLOCKS);
}
