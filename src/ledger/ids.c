#include "ledger/internal.h"

const struct ledger_id *id_of(const struct ledger *ledger, uint32_t reference)
{
    const uint32_t number = reference_number(reference);

    switch (reference_kind(reference)) {
    case ID_LIMIT:
        return &ledger->limits[number].id;
    case ID_RECORD:
        return &ledger->records[number].id;
    case ID_UNLOCK:
        return &ledger->unlocks[number].id;
    default:
        return &ledger->traces[number].id;
    }
}

uint32_t id_find(const struct ledger *ledger, const struct ledger_id *id, uint64_t hash)
{
    struct index_walk walk;
    uint32_t reference;

    index_walk_begin(&walk, &ledger->ids, hash);
    while ((reference = index_walk_next(&walk)) != INDEX_NONE) {
        if (ledger_id_equal(id_of(ledger, reference), id)) {
            return reference;
        }
    }
    return LEDGER_NONE;
}

void id_insert(struct ledger *ledger, uint64_t hash, unsigned kind, uint32_t number)
{
    index_insert(&ledger->ids, hash, kind << 30 | number);
}

void id_remove(struct ledger *ledger, const struct ledger_id *id, unsigned kind, uint32_t number)
{
    index_remove(&ledger->ids, id_hash(ledger, id), kind << 30 | number);
}

uint32_t id_find_kind(const struct ledger *ledger, const struct ledger_id *id, unsigned kind)
{
    const uint32_t reference = id_find(ledger, id, id_hash(ledger, id));

    if (reference == LEDGER_NONE || reference_kind(reference) != kind) {
        return LEDGER_NONE;
    }
    return reference_number(reference);
}

uint32_t id_find_target(const struct ledger *ledger, const struct ledger_command *command,
                        unsigned kind)
{
    const struct sight *sight = ledger->sight;
    uint32_t reference = sight->target;

    if (UNLIKELY(reference == LEDGER_NONE || sight->drops != ledger->drops)) {
        reference = id_find(ledger, &command->target, sight->target_hash);
    }
    if (UNLIKELY(reference == LEDGER_NONE || reference_kind(reference) != kind)) {
        return LEDGER_NONE;
    }
    return reference_number(reference);
}
