#include "engine/internal.h"

#include "ledger/command_pack.h"

static bool take(struct slice *bytes, void *data, size_t size)
{
    if (bytes->size < size) {
        return false;
    }
    memcpy(data, bytes->data, size);
    *bytes = slice_of(bytes->data + size, bytes->size - size);
    return true;
}

bool group_read(struct arena *arena, struct slice payload, const struct group_visitor *visitor)
{
    uint32_t batches;

    REQUIRE(take(&payload, &batches, sizeof(batches)), false);
    for (uint32_t i = 0; i < batches; i++) {
        uint8_t keep_at;
        uint32_t count;

        REQUIRE(take(&payload, &keep_at, sizeof(keep_at)) && take(&payload, &count, sizeof(count)),
                false);
        REQUIRE(count <= payload.size, false); /* each command takes more than one byte */
        struct ledger_command *commands = arena_take_array(arena, count + 1UL, sizeof(*commands));
        REQUIRE(commands != NULL, false);
        for (uint32_t j = 0; j < count; j++) {
            REQUIRE(command_unpack(arena, &commands[j], &payload), false);
        }
        REQUIRE(visitor->batch(visitor->context, commands, count, keep_at != 0), false);
    }
    return payload.size == 0;
}

struct applying {
    struct ledger *ledger;
    struct ledger_result *results;
    const struct group_effects *effects;
    time_us time;
    size_t count; /* commands so far */
};

static void effects_report(const struct applying *applying)
{
    if (applying->effects != NULL) {
        applying->effects->after(applying->effects->context, applying->ledger,
                                 (uint32_t)applying->count);
    }
}

static bool batch_apply(void *context, const struct ledger_command *commands, size_t count,
                        bool keep_at)
{
    struct applying *applying = context;

    if (!keep_at) {
        ledger_pass_time(applying->ledger, applying->time);
        effects_report(applying);
    }
    ledger_apply(applying->ledger, applying->results, commands, count);
    effects_report(applying);
    applying->count += count;
    return true;
}

bool group_apply(struct ledger *ledger, const struct journal_record *record, struct arena *arena,
                 struct ledger_result *results, const struct group_effects *effects,
                 uint64_t *ret_commands)
{
    struct applying applying = {
        .ledger = ledger, .results = results, .effects = effects, .time = record->time};
    const struct group_visitor visitor = {batch_apply, &applying};
    uint32_t batches = 1;

    arena_reset(arena);
    if (record->payload.size >= sizeof(batches)) {
        memcpy(&batches, record->payload.data, sizeof(batches));
    }
    if (batches == 0) {
        ledger_pass_time(ledger, record->time); /* a record that only lets time pass */
        effects_report(&applying);
    }
    const bool done = group_read(arena, record->payload, &visitor);
    *ret_commands = applying.count;
    return done;
}

/* How far ahead the newest event of a limit is fetched. */
enum { NOTES_AHEAD = 12 };

void effects_note(struct history *history, const struct ledger *ledger, uint32_t first_command,
                  uint64_t sequence, struct journal_position position)
{
    size_t count;
    const struct ledger_effect *effects = ledger_effects(ledger, &count);

    for (size_t i = 0; i < count; i++) {
        const struct ledger_effect *effect = &effects[i];
        if (i + NOTES_AHEAD < count) {
            history_prefetch(history, effects[i + NOTES_AHEAD].limit);
        }
        struct history_entry entry = {
            .at = effect->at,
            .sequence = sequence,
            .position = position,
            .command = first_command + effect->command,
            .limit = effect->limit,
            .op = effect->op,
        };

        if (effect->op == LEDGER_OP_EXPIRE) {
            entry.made = ledger_record_number(ledger, effect->record);
        }
        memcpy(entry.amounts_minor, effect->amounts_minor, sizeof(entry.amounts_minor));
        if (effect->currency != CURRENCY_NONE) {
            memcpy(entry.currency, currency_code((enum currency)effect->currency).data, 3);
        }
        history_append(history, &entry);
        check(entry.number == effect->number);
    }
}
