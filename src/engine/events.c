/* Reading events: the entry from the history, who and why from the journal. */
#include "engine/internal.h"

/* Events looked at in one call of engine_movements, and limits of a subtree whose chains are
 * merged. */
enum { LOOKED_AT_MAX = 20000, MERGED_MAX = 1024 };

struct collecting {
    struct engine *engine;
    size_t capacity;
};

static bool batch_collect(void *context, const struct ledger_command *commands, size_t count,
                          bool keep_at)
{
    struct collecting *collecting = context;
    struct engine *engine = collecting->engine;

    (void)keep_at;
    if (engine->read_count + count > collecting->capacity) {
        const size_t capacity = (engine->read_count + count) * 2;
        struct ledger_command *all = arena_take_array(&engine->read_arena, capacity, sizeof(*all));
        REQUIRE(all != NULL, false);
        if (engine->read_count > 0) {
            memcpy(all, engine->read_commands, engine->read_count * sizeof(*all));
        }
        engine->read_commands = all;
        collecting->capacity = capacity;
    }
    memcpy(engine->read_commands + engine->read_count, commands, count * sizeof(*commands));
    engine->read_count += count;
    return true;
}

/* Reads the commands of a record, unless they are those read last. */
static bool record_read(struct engine *engine, uint64_t sequence, struct journal_position position)
{
    struct journal_record record;
    struct collecting collecting = {.engine = engine};
    const struct group_visitor visitor = {batch_collect, &collecting};

    if (engine->read_sequence == sequence) {
        return true;
    }
    if (engine->reader == NULL) {
        engine_settle(engine);
        REQUIRE(journal_reader_open(engine->journal, 1, &engine->reader, &engine->error) ==
                    JOURNAL_OK,
                false);
    }
    engine->read_sequence = 0;
    engine->read_count = 0;
    engine->read_commands = NULL;
    arena_reset(&engine->read_arena);
    REQUIRE(journal_reader_get(engine->reader, sequence, position, &record, &engine->error) ==
                JOURNAL_OK,
            false);
    REQUIRE(group_read(&engine->read_arena, record.payload, &visitor), false);
    engine->read_sequence = sequence;
    return true;
}

/* The command of an event that is none of time alone. */
static enum engine_status command_read(struct engine *engine, const struct history_entry *entry,
                                       const struct ledger_command **ret_command)
{
    REQUIRE(entry->op != LEDGER_OP_EXPIRE &&
                record_read(engine, entry->sequence, entry->position) &&
                entry->command < engine->read_count,
            ENGINE_JOURNAL);
    *ret_command = &engine->read_commands[entry->command];
    return ENGINE_OK;
}

/* The id of the reservation or exposure that a command made or changed. */
static struct ledger_id record_of(const struct ledger_command *command)
{
    switch ((enum ledger_op)command->op) {
    case LEDGER_OP_RESERVE:
    case LEDGER_OP_DRAW:
    case LEDGER_OP_CONFIRM:
        return command->id;
    case LEDGER_OP_CANCEL:
    case LEDGER_OP_REPAY:
    case LEDGER_OP_RESTATE:
        return command->target;
    default:
        return (struct ledger_id){{0}};
    }
}

enum engine_status engine_event_read(struct engine *engine, uint64_t number,
                                     struct engine_event *ret_event)
{
    struct history_entry entry;
    struct engine_event event = {0};

    REQUIRE(number >= 1 && number <= engine->history.total, ENGINE_NOT_FOUND);
    REQUIRE(history_read(&engine->history, number, &entry), ENGINE_JOURNAL);
    event.effect = (struct ledger_effect){
        .number = number,
        .at = entry.at,
        .command = entry.op == LEDGER_OP_EXPIRE ? 0 : entry.command,
        .limit = entry.limit,
        .record = LEDGER_NONE,
        .op = entry.op,
        .currency = (uint8_t)currency_from_code(slice_of(entry.currency, sizeof(entry.currency))),
    };
    memcpy(event.effect.amounts_minor, entry.amounts_minor, sizeof(entry.amounts_minor));
    event.sequence = entry.sequence;
    if (entry.op == LEDGER_OP_EXPIRE) {
        const struct ledger_command *reserve;

        REQUIRE(entry.made < number && history_read(&engine->history, entry.made, &entry),
                ENGINE_JOURNAL);
        TRY(command_read(engine, &entry, &reserve));
        event.id = reserve->id;
        event.record = reserve->id;
        *ret_event = event;
        return ENGINE_OK;
    }
    const struct ledger_command *command;
    TRY(command_read(engine, &entry, &command));
    event.id = command->id;
    event.record = record_of(command);
    event.target = command->target;
    event.actor = command->extra->actor;
    event.reason = command->extra->reason;
    event.case_ref = command->extra->case_ref;
    *ret_event = event;
    return ENGINE_OK;
}

/* ---- movements ---- */

static bool is_drawing(uint8_t op)
{
    return op == LEDGER_OP_RESERVE || op == LEDGER_OP_CONFIRM || op == LEDGER_OP_CANCEL ||
           op == LEDGER_OP_DRAW || op == LEDGER_OP_REPAY || op == LEDGER_OP_RESTATE ||
           op == LEDGER_OP_EXPIRE;
}

static bool path_has(const struct ledger *ledger, uint32_t limit, uint32_t above)
{
    size_t count;
    const uint32_t *path = ledger_limit_path(ledger, limit, &count);

    for (size_t i = 0; i < count; i++) {
        if (path[i] == above) {
            return true;
        }
    }
    return false;
}

/* Limits at or below `limit`, each once; more than `capacity` gives capacity + 1. */
static size_t below_list(const struct ledger *ledger, uint32_t limit, uint32_t *list,
                         size_t capacity)
{
    size_t count = 1;

    list[0] = limit;
    for (size_t i = 0; i < count; i++) {
        for (uint32_t child = ledger_child_next(ledger, list[i], LEDGER_NONE); child != LEDGER_NONE;
             child = ledger_child_next(ledger, list[i], child)) {
            bool known = false;
            for (size_t j = 0; j < count && !known; j++) {
                known = list[j] == child;
            }
            if (known) {
                continue;
            }
            if (count == capacity) {
                return capacity + 1;
            }
            list[count++] = child;
        }
    }
    return count;
}

/* A walk over the events of some limits, newest first. */
struct walk {
    struct engine *engine;
    const struct engine_movements_query *query;
    uint64_t *heads; /* the next event of each chain; NULL when every event is looked at */
    size_t heads_count;
    uint64_t next; /* of the walk over every event */
    size_t looked_at;
};

/* The newest event not yet looked at; 0 at the end. */
static uint64_t walk_next(struct walk *walk, struct history_entry *ret_entry, bool *ret_read)
{
    uint64_t number = walk->next;
    size_t newest = 0;

    *ret_read = true;
    if (walk->heads != NULL) {
        check(walk->heads_count > 0);
        for (size_t i = 1; i < walk->heads_count; i++) {
            newest = walk->heads[i] > walk->heads[newest] ? i : newest;
        }
        number = walk->heads[newest];
    }
    if (number == 0) {
        return 0;
    }
    *ret_read = history_read(&walk->engine->history, number, ret_entry);
    if (walk->heads != NULL) {
        walk->heads[newest] = *ret_read ? ret_entry->before : 0;
    } else {
        walk->next = number - 1;
    }
    walk->looked_at++;
    return number;
}

static bool entry_wanted(const struct walk *walk, const struct history_entry *entry)
{
    const struct engine_movements_query *query = walk->query;

    if ((query->before != 0 && entry->number >= query->before) ||
        (query->to != TIME_NONE && entry->at > query->to) ||
        (query->drawings_only && !is_drawing(entry->op)) || entry->limit == LEDGER_NONE) {
        return false;
    }
    return walk->heads != NULL || path_has(walk->engine->ledger, entry->limit, query->limit);
}

static enum engine_status walk_collect(struct walk *walk, uint64_t *ret_numbers, size_t capacity,
                                       size_t *ret_count, uint64_t *ret_before)
{
    struct history_entry entry;
    bool read;

    *ret_count = 0;
    *ret_before = 0;
    for (;;) {
        const uint64_t number = walk_next(walk, &entry, &read);

        REQUIRE(read, ENGINE_JOURNAL);
        if (number == 0 || (walk->query->from != TIME_NONE && entry.at < walk->query->from)) {
            return ENGINE_OK;
        }
        if (entry_wanted(walk, &entry)) {
            if (*ret_count == capacity) {
                *ret_before = number + 1;
                return ENGINE_OK;
            }
            ret_numbers[(*ret_count)++] = number;
        }
        if (walk->looked_at == LOOKED_AT_MAX) {
            *ret_before = number;
            return ENGINE_OK;
        }
    }
}

static bool event_is_on(struct history *history, uint64_t number, uint32_t limit)
{
    struct history_entry entry;

    return history_read(history, number, &entry) && entry.limit == limit;
}

enum engine_status engine_movements(struct engine *engine, uint64_t *ret_numbers, size_t capacity,
                                    size_t *ret_count, uint64_t *ret_before,
                                    const struct engine_movements_query *query)
{
    uint32_t below[MERGED_MAX];
    uint64_t heads[MERGED_MAX];
    struct walk walk = {.engine = engine, .query = query, .next = engine->history.total};
    const size_t count = below_list(engine->ledger, query->limit, below, MERGED_MAX);

    if (query->before != 0 && query->before <= walk.next) {
        walk.next = query->before - 1;
    }
    for (size_t i = 0; i < count && count <= MERGED_MAX; i++) {
        heads[i] = engine->history.chains[below[i]];
    }
    /* Chains are entered at their newest event. A later page goes on where it stands: on the one
     * chain if the event there is of it, else through all events. */
    if (query->before == 0 && count <= MERGED_MAX) {
        walk.heads = heads;
        walk.heads_count = count;
    } else if (count == 1 && event_is_on(&engine->history, walk.next, below[0])) {
        heads[0] = walk.next;
        walk.heads = heads;
        walk.heads_count = 1;
    }
    return walk_collect(&walk, ret_numbers, capacity, ret_count, ret_before);
}
