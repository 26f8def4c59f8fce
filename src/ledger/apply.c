/* A batch of commands, one after another, with chains that hold or fail as a whole.
 *
 * A batch is known ahead, so what its commands will touch is fetched ahead: while one command is
 * applied, the index entries, limits, paths and records of those behind it are on their way to the
 * cache. The look-ahead only warns the cache; it changes nothing and may be wrong. */
#include "ledger/internal.h"

/* How many commands ahead each step of the look-ahead stands. */
enum { AHEAD_HASH = 24, AHEAD_FIND = 16, AHEAD_PATH = 8, AHEAD_SLOTS = 32 };

struct ahead {
    uint64_t target_hash;
    uint32_t limit;
};

static void ahead_hash(const struct ledger *ledger, struct ahead *ahead,
                       const struct ledger_command *command)
{
    ahead->target_hash = id_hash(ledger, &command->target);
    index_prefetch(&ledger->ids, ahead->target_hash);
    index_prefetch(&ledger->ids, id_hash(ledger, &command->id));
}

static void ahead_find(const struct ledger *ledger, struct ahead *ahead)
{
    struct index_walk walk;

    index_walk_begin(&walk, &ledger->ids, ahead->target_hash);
    const uint32_t reference = index_walk_next(&walk);
    ahead->limit = LEDGER_NONE;
    if (reference == INDEX_NONE) {
        return;
    }
    const uint32_t number = reference_number(reference);
    if (reference_kind(reference) == ID_LIMIT) {
        ahead->limit = number;
        __builtin_prefetch(&ledger->limits[number], 1);
        __builtin_prefetch(&ledger->rests[number].id);
    } else if (reference_kind(reference) == ID_RECORD) {
        __builtin_prefetch(&ledger->records[number], 1);
        __builtin_prefetch((const char *)&ledger->records[number] + 64, 1);
    }
}

static void ahead_path(const struct ledger *ledger, const struct ahead *ahead)
{
    if (ahead->limit == LEDGER_NONE) {
        return;
    }
    const struct limit *limit = &ledger->limits[ahead->limit];
    const uint32_t *path = &ledger->paths[limit->path];

    for (unsigned i = 1; i < limit->path_count; i++) {
        __builtin_prefetch(&ledger->limits[path[i]], 1);
    }
    if (limit->record != LEDGER_NONE) {
        __builtin_prefetch(&ledger->records[limit->record].next, 1);
    }
}

static void look_ahead(const struct ledger *ledger, struct ahead ahead[AHEAD_SLOTS],
                       const struct ledger_command *commands, size_t count, size_t at)
{
    if (at + AHEAD_HASH < count) {
        ahead_hash(ledger, &ahead[(at + AHEAD_HASH) % AHEAD_SLOTS], &commands[at + AHEAD_HASH]);
    }
    if (at >= AHEAD_HASH - AHEAD_FIND && at + AHEAD_FIND < count) {
        ahead_find(ledger, &ahead[(at + AHEAD_FIND) % AHEAD_SLOTS]);
    }
    if (at >= AHEAD_HASH - AHEAD_PATH && at + AHEAD_PATH < count) {
        ahead_path(ledger, &ahead[(at + AHEAD_PATH) % AHEAD_SLOTS]);
    }
}

void effect_add(struct ledger *ledger, enum ledger_op op, uint32_t limit, uint32_t record,
                enum currency currency, const int64_t amounts[MEASURE_COUNT])
{
    check(ledger->effects_count < ledger->effects_max);
    struct ledger_effect *effect = &ledger->effects[ledger->effects_count++];

    *effect = (struct ledger_effect){.number = ++ledger->effects_total,
                                     .at = ledger->time,
                                     .command = ledger->command,
                                     .limit = limit,
                                     .record = record,
                                     .op = (uint8_t)op,
                                     .currency = (uint8_t)currency};
    memcpy(effect->amounts_minor, amounts, sizeof(effect->amounts_minor));
}

struct ledger_refusal *refusal_add(struct ledger *ledger, struct ledger_result *result,
                                   uint32_t limit, enum ledger_status reason)
{
    struct ledger_refusal *refusal = &ledger->refusals[ledger->refusals_count++];

    *refusal = (struct ledger_refusal){.limit = ledger->rests[limit].id,
                                       .currency = (enum currency)ledger->limits[limit].currency,
                                       .reason = reason};
    result->refusals_count++;
    return refusal;
}

static enum ledger_status dispatch(struct ledger *ledger, const struct ledger_command *command,
                                   struct ledger_result *result)
{
    switch ((enum ledger_op)command->op) {
    case LEDGER_OP_RESERVE:
    case LEDGER_OP_DRAW:
    case LEDGER_OP_CHECK:
        return apply_drawing(ledger, command, result);
    case LEDGER_OP_CONFIRM:
    case LEDGER_OP_CANCEL:
    case LEDGER_OP_REPAY:
    case LEDGER_OP_RESTATE:
        return apply_settlement(ledger, command, result);
    case LEDGER_OP_GET:
        return apply_get(ledger, command, result);
    default:
        return apply_limit_command(ledger, command, result);
    }
}

static bool is_query(const struct ledger_command *command)
{
    return command->op == LEDGER_OP_CHECK || command->op == LEDGER_OP_GET;
}

/* Steps 1 to 5 for one command whose time has come. */
static enum ledger_status command_apply(struct ledger *ledger, const struct ledger_command *command,
                                        struct ledger_result *result)
{
    if (UNLIKELY(command->form != LEDGER_OK)) {
        return (enum ledger_status)command->form;
    }
    if (!is_query(command)) {
        const uint32_t known = id_find(ledger, &command->id, id_hash(ledger, &command->id));
        if (UNLIKELY(known != LEDGER_NONE)) {
            return identity_judge(ledger, command, known);
        }
    }
    return dispatch(ledger, command, result);
}

static void single_apply(struct ledger *ledger, struct ledger_result *result,
                         const struct ledger_command *command)
{
    time_pass(ledger, command->at);
    result->status = command_apply(ledger, command, result);
}

/* True when a result does not make its chain fail. */
static bool holds(const struct ledger_command *command, enum ledger_status status)
{
    return status == LEDGER_OK || status == LEDGER_EXISTS ||
           (command->op == LEDGER_OP_CHECK && status == LEDGER_REFUSED);
}

static void chain_fail(struct ledger *ledger, struct ledger_result *results,
                       const struct ledger_command *commands, size_t first, size_t count,
                       size_t culprit, size_t effects)
{
    undo_all(ledger);
    ledger->effects_total -= ledger->effects_count - effects;
    ledger->effects_count = effects;
    for (size_t i = first; i < first + count; i++) {
        if (i != culprit) {
            results[i] = (struct ledger_result){.status = LEDGER_LINKED_FAILED};
        }
        ledger->command = (uint32_t)i;
        time_pass(ledger, commands[i].at);
    }
}

/* A chain of `count` commands from `first`. `open`: the batch ends before it is closed. */
static void chain_apply(struct ledger *ledger, struct ledger_result *results,
                        const struct ledger_command *commands, size_t first, size_t count,
                        bool open)
{
    const size_t last = first + count - 1;
    size_t culprit = SIZE_MAX;

    /* What passes before the first command of the chain is no part of it. */
    time_pass(ledger, commands[first].at);
    const size_t effects = ledger->effects_count;
    ledger->undos_count = 0;
    ledger->in_chain = true;
    for (size_t i = first; i <= last && !(open && i == last); i++) {
        ledger->command = (uint32_t)i;
        single_apply(ledger, &results[i], &commands[i]);
        if (!holds(&commands[i], results[i].status)) {
            culprit = i;
            break;
        }
    }
    if (culprit != SIZE_MAX || open) {
        chain_fail(ledger, results, commands, first, count, culprit, effects);
    }
    if (open) {
        results[last] = (struct ledger_result){.status = LEDGER_CHAIN_OPEN};
    }
    ledger->in_chain = false;
}

void ledger_apply(struct ledger *ledger, struct ledger_result *results,
                  const struct ledger_command *commands, size_t count)
{
    struct ahead ahead[AHEAD_SLOTS];

    check(count <= ledger->options.commands_max);
    ledger->effects_count = 0;
    ledger->refusals_count = 0;
    ledger->overs_count = 0;
    ledger->views_count = 0;
    memset(results, 0, count * sizeof(*results));
    for (size_t i = 0; i < count && i < AHEAD_HASH; i++) {
        ahead_hash(ledger, &ahead[i], &commands[i]);
        ahead[i].limit = LEDGER_NONE;
    }
    for (size_t i = 0; i < count;) {
        size_t end = i;

        while (UNLIKELY(end < count && commands[end].linked)) {
            end++;
        }
        if (LIKELY(end == i)) {
            look_ahead(ledger, ahead, commands, count, i);
            ledger->command = (uint32_t)i;
            single_apply(ledger, &results[i], &commands[i]);
            i++;
            continue;
        }
        const bool open = end == count;
        const size_t chain = open ? end - i : end - i + 1;
        for (size_t j = i; j < i + chain; j++) {
            look_ahead(ledger, ahead, commands, count, j);
        }
        chain_apply(ledger, results, commands, i, chain, open);
        i += chain;
    }
}

void ledger_pass_time(struct ledger *ledger, time_us at)
{
    ledger->effects_count = 0;
    ledger->command = 0;
    time_pass(ledger, at);
}

const struct ledger_effect *ledger_effects(const struct ledger *ledger, size_t *ret_count)
{
    *ret_count = ledger->effects_count;
    return ledger->effects;
}
