/* A batch of commands, one after another, with chains that hold or fail as a whole.
 *
 * A batch is known ahead, so what its commands will touch is fetched ahead: while one command is
 * applied, the index entries, limits, paths and records of those behind it are on their way to the
 * cache. Each command passes four steps before its turn, far enough apart that what one step asks
 * for has come when the next step reads it: a miss costs several times what a decision does. The
 * look-ahead warms the cache and keeps the hashes and the number of the target; it changes nothing.
 *
 * Each step takes a block of commands at once, in a loop that does little else than ask: a prefetch
 * whose page is not in the TLB holds everything behind it until the page table was read, and only
 * those that the processor sees close together wait side by side. */
#include "ledger/internal.h"

enum { BLOCK_SIZE = 8, BLOCKS_AHEAD = 4 };

_Static_assert((BLOCKS_AHEAD + 1) * BLOCK_SIZE <= SIGHTS_COUNT,
               "a sight is kept until its command is applied");

static void ahead_hash(const struct ledger *ledger, struct sight *sight,
                       const struct ledger_command *command)
{
    sight->target_hash = id_hash(ledger, &command->target);
    sight->id_hash = id_hash(ledger, &command->id);
    sight->target = LEDGER_NONE;
}

static void ahead_ask(const struct ledger *ledger, const struct sight *sight)
{
    index_prefetch(&ledger->ids, sight->target_hash);
    index_prefetch(&ledger->ids, sight->id_hash);
    if (ledger->archive != NULL) {
        ledger->archive->prefetch(ledger->archive->context, sight->id_hash);
    }
}

/* The first number under the hash is nearly always the one. */
static void ahead_find(const struct ledger *ledger, struct sight *sight)
{
    struct index_walk walk;

    index_walk_begin(&walk, &ledger->ids, sight->target_hash);
    sight->target = index_walk_next(&walk);
    sight->drops = ledger->drops;
    if (sight->target == INDEX_NONE) {
        return;
    }
    const uint32_t number = reference_number(sight->target);
    if (reference_kind(sight->target) == ID_LIMIT) {
        prefetch(&ledger->limits[number]);
        prefetch(&ledger->limits[number].id);
    } else if (reference_kind(sight->target) == ID_RECORD) {
        prefetch(&ledger->records[number]);
        prefetch((const char *)&ledger->records[number] + 64);
    }
}

/* Makes sure of the number, and fetches where the path of its limit is. */
static void ahead_read(const struct ledger *ledger, struct sight *sight,
                       const struct ledger_command *command)
{
    if (sight->target == LEDGER_NONE || sight->drops != ledger->drops) {
        return;
    }
    if (UNLIKELY(!ledger_id_equal(id_of(ledger, sight->target), &command->target))) {
        sight->target = LEDGER_NONE;
        return;
    }
    const uint32_t number = reference_number(sight->target);
    if (reference_kind(sight->target) == ID_LIMIT) {
        const struct limit *limit = &ledger->limits[number];
        if (UNLIKELY(limit->path_count > LIMIT_PATH_NEAR)) {
            prefetch(&ledger->paths[limit->path]);
        }
        if (limit->record != LEDGER_NONE) {
            prefetch(&ledger->links[limit->record]);
        }
    } else if (reference_kind(sight->target) == ID_RECORD) {
        prefetch(&ledger->limits[ledger->records[number].limit]);
        prefetch(&ledger->limits[ledger->records[number].limit].id);
        prefetch(&ledger->links[number]);
    }
}

static void ahead_path(const struct ledger *ledger, const struct sight *sight)
{
    if (sight->target == LEDGER_NONE || sight->drops != ledger->drops) {
        return;
    }
    uint32_t number = reference_number(sight->target);
    if (reference_kind(sight->target) == ID_RECORD) {
        const struct record_link *link = &ledger->links[number];
        if (link->next != LEDGER_NONE) {
            prefetch(&ledger->links[link->next]);
        }
        if (link->prev != LEDGER_NONE) {
            prefetch(&ledger->links[link->prev]);
        }
        number = ledger->records[number].limit;
    } else if (reference_kind(sight->target) != ID_LIMIT) {
        return;
    }
    const uint32_t *path = limit_path(ledger, number);
    const unsigned count = ledger->limits[number].path_count;

    for (unsigned i = 1; i < count; i++) {
        prefetch(&ledger->limits[path[i]]);
    }
}

static inline struct sight *sight_of(struct ledger *ledger, size_t at)
{
    return &ledger->sights[at % SIGHTS_COUNT];
}

/* Takes each of the four blocks of commands on the way one step further; the farthest is `block`,
 * which may lie beyond the batch. */
static void blocks_ahead(struct ledger *ledger, const struct ledger_command *commands, size_t count,
                         size_t block)
{
    for (size_t step = 0; step < BLOCKS_AHEAD && step <= block; step++) {
        const size_t first = (block - step) * BLOCK_SIZE;
        const size_t end = first + BLOCK_SIZE < count ? first + BLOCK_SIZE : count;

        switch (step) {
        case 0:
            for (size_t at = first; at < end; at++) {
                ahead_hash(ledger, sight_of(ledger, at), &commands[at]);
            }
            for (size_t at = first; at < end; at++) {
                ahead_ask(ledger, sight_of(ledger, at));
            }
            break;
        case 1:
            for (size_t at = first; at < end; at++) {
                ahead_find(ledger, sight_of(ledger, at));
            }
            break;
        case 2:
            for (size_t at = first; at < end; at++) {
                ahead_read(ledger, sight_of(ledger, at), &commands[at]);
            }
            break;
        default:
            for (size_t at = first; at < end; at++) {
                ahead_path(ledger, sight_of(ledger, at));
            }
            break;
        }
    }
}

/* Before the first command of a batch. */
static void look_ahead_begin(struct ledger *ledger, const struct ledger_command *commands,
                             size_t count)
{
    for (size_t block = 0; block < BLOCKS_AHEAD; block++) {
        blocks_ahead(ledger, commands, count, block);
    }
}

/* Before each command, or where it is passed over: each number in turn. */
static inline void look_ahead(struct ledger *ledger, const struct ledger_command *commands,
                              size_t count, size_t at)
{
    if (at % BLOCK_SIZE == 0) {
        blocks_ahead(ledger, commands, count, at / BLOCK_SIZE + BLOCKS_AHEAD);
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

    *refusal = (struct ledger_refusal){.limit = ledger->limits[limit].id,
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

/* Whether the id of a command is in the archive, and what the command is then. */
RARELY static bool is_archived(const struct ledger *ledger, const struct ledger_command *command,
                               enum ledger_status *ret_status)
{
    struct closed closed;

    REQUIRE(closed_find(ledger, &command->id, ledger->sight->id_hash, &closed), false);
    *ret_status = identity_judge_closed(ledger, command, &closed);
    return true;
}

/* Steps 1 to 5 for one command whose time has come. */
static enum ledger_status command_apply(struct ledger *ledger, const struct ledger_command *command,
                                        struct ledger_result *result)
{
    if (UNLIKELY(command->form != LEDGER_OK)) {
        return (enum ledger_status)command->form;
    }
    if (!is_query(command)) {
        const uint32_t known = id_find(ledger, &command->id, ledger->sight->id_hash);
        if (UNLIKELY(known != LEDGER_NONE)) {
            return identity_judge(ledger, command, known);
        }
        enum ledger_status status;
        if (UNLIKELY(closed_may_hold(ledger, ledger->sight->id_hash)) &&
            is_archived(ledger, command, &status)) {
            return status;
        }
    }
    return dispatch(ledger, command, result);
}

/* The command at `at` of the batch. */
static void single_apply(struct ledger *ledger, struct ledger_result *result,
                         const struct ledger_command *command, size_t at)
{
    ledger->command = (uint32_t)at;
    ledger->sight = sight_of(ledger, at);
    *result = (struct ledger_result){0};
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

/* Moves the look-ahead over the commands of a chain that were not reached. */
static void look_ahead_over(struct ledger *ledger, const struct ledger_command *commands,
                            size_t batch, size_t from, size_t last)
{
    for (size_t i = from; i <= last; i++) {
        look_ahead(ledger, commands, batch, i);
    }
}

/* A chain of `count` commands from `first`. `open`: the batch, of `batch` commands, ends before it
 * is closed. */
static void chain_apply(struct ledger *ledger, struct ledger_result *results,
                        const struct ledger_command *commands, size_t batch, size_t first,
                        size_t count, bool open)
{
    const size_t last = first + count - 1;
    size_t culprit = SIZE_MAX;

    /* What passes before the first command of the chain is no part of it. */
    time_pass(ledger, commands[first].at);
    const size_t effects = ledger->effects_count;
    ledger->undos_count = 0;
    ledger->in_chain = true;
    for (size_t i = first; i <= last && !(open && i == last); i++) {
        look_ahead(ledger, commands, batch, i);
        single_apply(ledger, &results[i], &commands[i], i);
        if (!holds(&commands[i], results[i].status)) {
            culprit = i;
            break;
        }
    }
    if (culprit != SIZE_MAX || open) {
        chain_fail(ledger, results, commands, first, count, culprit, effects);
        look_ahead_over(ledger, commands, batch, culprit == SIZE_MAX ? last : culprit + 1, last);
    }
    if (open) {
        results[last] = (struct ledger_result){.status = LEDGER_CHAIN_OPEN};
    }
    ledger->in_chain = false;
}

void ledger_apply(struct ledger *ledger, struct ledger_result *results,
                  const struct ledger_command *commands, size_t count)
{
    check(count <= ledger->options.commands_max);
    ledger->effects_count = 0;
    ledger->refusals_count = 0;
    ledger->overs_count = 0;
    ledger->views_count = 0;
    look_ahead_begin(ledger, commands, count);
    for (size_t i = 0; i < count;) {
        size_t end = i;

        while (UNLIKELY(end < count && commands[end].linked)) {
            end++;
        }
        if (LIKELY(end == i)) {
            look_ahead(ledger, commands, count, i);
            single_apply(ledger, &results[i], &commands[i], i);
            i++;
            continue;
        }
        const bool open = end == count;
        const size_t chain = open ? end - i : end - i + 1;
        chain_apply(ledger, results, commands, count, i, chain, open);
        i += chain;
    }
    /* What was reserved until a time already past goes now, so that nothing is due between batches:
     * one that only asks stands in no journal and must not change the state. */
    time_pass(ledger, ledger->time);
}

bool ledger_foresee(struct ledger *ledger, struct ledger_result *results,
                    const struct ledger_command *commands, size_t count,
                    const struct ledger_look *look)
{
    size_t done = 0;

    check(count <= ledger->options.commands_max && !ledger->in_chain);
    ledger->effects_count = 0;
    ledger->refusals_count = 0;
    ledger->overs_count = 0;
    ledger->views_count = 0;
    ledger->undos_count = 0;
    ledger->in_chain = true;
    look_ahead_begin(ledger, commands, count);
    while (done < count) {
        check(commands[done].at <= ledger->time); /* the passage of time is never taken back */
        look_ahead(ledger, commands, count, done);
        single_apply(ledger, &results[done], &commands[done], done);
        if (!holds(&commands[done], results[done].status)) {
            break;
        }
        done++;
    }
    if (done == count) {
        look->look(look->context, ledger);
    }
    undo_all(ledger);
    ledger->effects_total -= ledger->effects_count;
    ledger->effects_count = 0;
    return done == count;
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
