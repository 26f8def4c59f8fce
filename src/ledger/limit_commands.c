/* The commands that make and change limits, unlocks, rates and the business date. Each has three
 * acts: refuse, in the order of ledger.md; the point of no return; effects. */
#include "ledger/internal.h"

/* What a command on a limit has been found to name. */
struct target {
    uint32_t limit;
    int64_t amount; /* minor units, -1 when the command gives none */
};

/* Steps 3 and 4 that every command on a limit shares. */
static enum ledger_status target_find(const struct ledger *ledger,
                                      const struct ledger_command *command,
                                      struct target *ret_target)
{
    const uint32_t limit = id_find_target(ledger, command, ID_LIMIT);
    int64_t amount = -1;

    REQUIRE(limit != LEDGER_NONE, LEDGER_LIMIT_NOT_FOUND);
    if ((command->fields & (LEDGER_HAS(AMOUNT) | LEDGER_HAS(CAP))) != 0) {
        amount = amount_resolve(command->amounts[0], (enum currency)ledger->limits[limit].currency);
        REQUIRE(amount >= 0, LEDGER_BAD_AMOUNT);
    }
    REQUIRE(ledger->limits[limit].status != LIMIT_STATUS_CLOSED, LEDGER_LIMIT_CLOSED);
    *ret_target = (struct target){limit, amount};
    return LEDGER_OK;
}

/* What every accepted command on a limit ends with. */
static void target_done(struct ledger *ledger, const struct ledger_command *command,
                        struct ledger_result *result, struct target target)
{
    const enum currency currency = (enum currency)ledger->limits[target.limit].currency;
    const int64_t amounts[MEASURE_COUNT] = {target.amount < 0 ? 0 : target.amount, 0, 0};

    trace_add(ledger, command,
              content_hash(command, (enum currency)command->currency, target.amount), currency,
              amounts, 0);
    effect_add(ledger, (enum ledger_op)command->op, target.limit, LEDGER_NONE, currency, amounts);
    if (command->op != LEDGER_OP_LIMIT_CLOSE) {
        over_list(ledger, result, target.limit);
    }
}

static void extra_mark(struct limit *limit, uint8_t bit, bool on)
{
    limit->extras = (uint8_t)(on ? limit->extras | bit : limit->extras & ~bit);
}

/* ---- rates and days ---- */

static enum ledger_status rate_set(struct ledger *ledger, const struct ledger_command *command)
{
    static const int64_t none[MEASURE_COUNT] = {0};
    struct undo *undo = undo_push(ledger, UNDO_RATE, command->currency);

    if (undo != NULL) {
        undo->rate = ledger->rates[command->currency];
    }
    ledger->rates[command->currency] = command->extra->rate_e10;
    ledger->rates_epoch++;
    trace_add(ledger, command, content_hash(command, (enum currency)command->currency, -1),
              (enum currency)command->currency, none, 0);
    effect_add(ledger, LEDGER_OP_RATE_SET, LEDGER_NONE, LEDGER_NONE,
               (enum currency)command->currency, none);
    return LEDGER_OK;
}

static enum ledger_status day_open(struct ledger *ledger, const struct ledger_command *command)
{
    static const int64_t none[MEASURE_COUNT] = {0};

    REQUIRE(command->extra->date > ledger->business_date, LEDGER_DATE_NOT_AFTER);

    undo_push(ledger, UNDO_DAY, (uint32_t)ledger->business_date);
    ledger->business_date = command->extra->date;
    trace_add(ledger, command, content_hash(command, CURRENCY_NONE, -1), CURRENCY_NONE, none, 0);
    effect_add(ledger, LEDGER_OP_DAY_OPEN, LEDGER_NONE, LEDGER_NONE, CURRENCY_NONE, none);
    return LEDGER_OK;
}

/* ---- opening ---- */

static enum ledger_status parents_find(const struct ledger *ledger,
                                       const struct ledger_command *command,
                                       uint32_t parents[LEDGER_PARENTS_MAX])
{
    const struct ledger_extra *extra = command->extra;

    for (unsigned i = 0; i < extra->parents_count; i++) {
        parents[i] = id_find_kind(ledger, &extra->parents[i], ID_LIMIT);
        REQUIRE(parents[i] != LEDGER_NONE, LEDGER_PARENT_NOT_FOUND);
    }
    return LEDGER_OK;
}

static bool parents_repeat(const uint32_t *parents, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        for (unsigned j = i + 1; j < count; j++) {
            if (parents[i] == parents[j]) {
                return true;
            }
        }
    }
    return false;
}

static bool parents_closed(const struct ledger *ledger, const uint32_t *parents, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (ledger->limits[parents[i]].status == LIMIT_STATUS_CLOSED) {
            return true;
        }
    }
    return false;
}

static void name_link(struct names *names, uint32_t name, uint32_t limit, uint32_t *ret_next)
{
    *ret_next = LEDGER_NONE;
    if (name != LEDGER_NONE) {
        *ret_next = names->names[name].limit;
        names->names[name].limit = limit;
    }
}

static void limit_fill(struct ledger *ledger, uint32_t number, const struct ledger_command *command)
{
    const struct ledger_extra *extra = command->extra;
    struct limit *limit = &ledger->limits[number];
    struct limit_rest *rest = &ledger->rests[number];
    const int64_t cap = (int64_t)command->amounts[0].digits;

    *limit = (struct limit){
        .cap = cap,
        .sums = LEDGER_NONE,
        .from = extra->from,
        .until = extra->until == DATE_NONE ? INT32_MAX : extra->until,
        .due_until = extra->due_until == DATE_NONE ? INT32_MAX : extra->due_until,
        .record = LEDGER_NONE,
        .status = extra->status,
        .measure = extra->measure,
        .mode = extra->mode,
        .currency = command->currency,
        .revolving = extra->revolving,
        .extras = extra->tolerance_bps > 0 ? LIMIT_HAS_TOLERANCE : 0,
        .id = command->id,
        .content = content_hash(command, (enum currency)command->currency, cap),
    };
    *rest = (struct limit_rest){
        .raise_from = DATE_NONE,
        .raise_until = DATE_NONE,
        .tolerance_bps = extra->tolerance_bps,
        .holder = name_intern(&ledger->holders, extra->holder),
        .kind = name_intern(&ledger->kinds, extra->kind),
        .parent_edge = LEDGER_NONE,
    };
    ledger->child_edges[number] = LEDGER_NONE;
}

static enum ledger_status limit_open(struct ledger *ledger, const struct ledger_command *command,
                                     struct ledger_result *result)
{
    const unsigned count = command->extra->parents_count;
    const uint32_t number = ledger->limits_count;
    uint32_t parents[LEDGER_PARENTS_MAX];
    uint32_t path[LEDGER_PATH_MAX];

    check(number < ledger->options.limits_max && command->amounts[0].decimals == LEDGER_MINOR);
    TRY(parents_find(ledger, command, parents));
    REQUIRE(!parents_repeat(parents, count), LEDGER_BAD_PARENTS);
    /* The path is computed from edges, which are tried and taken back if it is too long. */
    ledger->rests[number].parent_edge = LEDGER_NONE;
    parents_set(ledger, number, parents, count);
    const unsigned path_count = path_compute(ledger, number, path);
    parents_set(ledger, number, NULL, 0);
    REQUIRE(path_count > 0, LEDGER_BAD_PARENTS);
    REQUIRE(!parents_closed(ledger, parents, count), LEDGER_PARENT_CLOSED);

    limit_fill(ledger, number, command);
    ledger->limits_count++;
    parents_set(ledger, number, parents, count);
    path_store(ledger, number, path, path_count);
    name_link(&ledger->holders, ledger->rests[number].holder, number,
              &ledger->rests[number].holder_next);
    name_link(&ledger->kinds, ledger->rests[number].kind, number, &ledger->rests[number].kind_next);
    id_insert(ledger, ledger->sight->id_hash, ID_LIMIT, number);
    undo_push(ledger, UNDO_LIMIT_OPEN, number);
    effect_add(ledger, LEDGER_OP_LIMIT_OPEN, number, LEDGER_NONE, (enum currency)command->currency,
               (const int64_t[MEASURE_COUNT]){ledger->limits[number].cap, 0, 0});
    over_list(ledger, result, number);
    return LEDGER_OK;
}

/* ---- changing ---- */

static enum ledger_status limit_adjust(struct ledger *ledger, const struct ledger_command *command,
                                       struct ledger_result *result)
{
    const struct ledger_extra *extra = command->extra;
    struct target target;

    TRY(target_find(ledger, command, &target));

    struct limit *limit = &ledger->limits[target.limit];
    undo_limit_state(ledger, target.limit);
    if ((command->fields & LEDGER_HAS(CAP)) != 0) {
        limit->cap = target.amount;
    }
    if ((command->fields & LEDGER_HAS(UNTIL)) != 0) {
        limit->until = extra->until;
    }
    if ((command->fields & LEDGER_HAS(DUE_UNTIL)) != 0) {
        limit->due_until = extra->due_until;
    }
    if ((command->fields & LEDGER_HAS(TOLERANCE_BPS)) != 0) {
        ledger->rests[target.limit].tolerance_bps = extra->tolerance_bps;
        extra_mark(limit, LIMIT_HAS_TOLERANCE, extra->tolerance_bps > 0);
    }
    if ((command->fields & LEDGER_HAS(MODE)) != 0) {
        limit->mode = extra->mode;
    }
    target_done(ledger, command, result, target);
    return LEDGER_OK;
}

static enum ledger_status limit_raise(struct ledger *ledger, const struct ledger_command *command,
                                      struct ledger_result *result)
{
    struct target target;

    TRY(target_find(ledger, command, &target));

    undo_limit_state(ledger, target.limit);
    ledger->rests[target.limit].raise = target.amount;
    ledger->rests[target.limit].raise_from = command->extra->from;
    ledger->rests[target.limit].raise_until = command->extra->until;
    extra_mark(&ledger->limits[target.limit], LIMIT_HAS_RAISE, true);
    target_done(ledger, command, result, target);
    return LEDGER_OK;
}

static enum ledger_status limit_activate(struct ledger *ledger,
                                         const struct ledger_command *command,
                                         struct ledger_result *result)
{
    struct target target;

    TRY(target_find(ledger, command, &target));
    REQUIRE(ledger->limits[target.limit].status == LIMIT_STATUS_PENDING, LEDGER_NOT_PENDING);

    undo_limit_state(ledger, target.limit);
    ledger->limits[target.limit].status = LIMIT_STATUS_ACTIVE;
    target_done(ledger, command, result, target);
    return LEDGER_OK;
}

static enum ledger_status limit_freeze(struct ledger *ledger, const struct ledger_command *command,
                                       struct ledger_result *result)
{
    struct target target;

    TRY(target_find(ledger, command, &target));
    REQUIRE(ledger->limits[target.limit].status != LIMIT_STATUS_PENDING, LEDGER_LIMIT_PENDING);

    undo_limit_state(ledger, target.limit);
    if (target.amount < 0) {
        ledger->limits[target.limit].status = LIMIT_STATUS_FROZEN;
    } else {
        ledger->rests[target.limit].frozen += target.amount;
        extra_mark(&ledger->limits[target.limit], LIMIT_HAS_FROZEN, true);
    }
    target_done(ledger, command, result, target);
    return LEDGER_OK;
}

static enum ledger_status limit_unfreeze(struct ledger *ledger,
                                         const struct ledger_command *command,
                                         struct ledger_result *result)
{
    struct target target;

    TRY(target_find(ledger, command, &target));
    struct limit *limit = &ledger->limits[target.limit];
    struct limit_rest *rest = &ledger->rests[target.limit];

    if (target.amount < 0) {
        REQUIRE(limit->status == LIMIT_STATUS_FROZEN || rest->frozen > 0, LEDGER_NOT_FROZEN);
    } else {
        REQUIRE(target.amount <= rest->frozen, LEDGER_NOT_FROZEN);
    }

    undo_limit_state(ledger, target.limit);
    if (target.amount < 0) {
        limit->status = LIMIT_STATUS_ACTIVE;
        rest->frozen = 0;
    } else {
        rest->frozen -= target.amount;
    }
    extra_mark(limit, LIMIT_HAS_FROZEN, rest->frozen > 0);
    target_done(ledger, command, result, target);
    return LEDGER_OK;
}

static enum ledger_status limit_move(struct ledger *ledger, const struct ledger_command *command,
                                     struct ledger_result *result)
{
    const unsigned count = command->extra->parents_count;
    uint32_t parents[LEDGER_PARENTS_MAX];
    struct target target = {.amount = -1};

    target.limit = id_find_target(ledger, command, ID_LIMIT);
    REQUIRE(target.limit != LEDGER_NONE, LEDGER_LIMIT_NOT_FOUND);
    TRY(parents_find(ledger, command, parents));
    REQUIRE(ledger->limits[target.limit].status != LIMIT_STATUS_CLOSED, LEDGER_LIMIT_CLOSED);
    REQUIRE(!parents_repeat(parents, count), LEDGER_BAD_PARENTS);
    const enum ledger_status judged = limit_move_judge(ledger, target.limit, parents, count);
    REQUIRE(judged != LEDGER_BAD_PARENTS, judged);
    REQUIRE(!parents_closed(ledger, parents, count), LEDGER_PARENT_CLOSED);
    REQUIRE(judged == LEDGER_OK, judged);

    struct undo *undo = undo_push(ledger, UNDO_REPARENT, target.limit);
    if (undo != NULL) {
        undo->parents_count = (uint8_t)parents_get(ledger, target.limit, undo->parents);
    }
    limit_reparent(ledger, target.limit, parents, count);
    target_done(ledger, command, result, target);
    return LEDGER_OK;
}

static bool child_open(const struct ledger *ledger, uint32_t limit)
{
    for (uint32_t child = ledger_child_next(ledger, limit, LEDGER_NONE); child != LEDGER_NONE;
         child = ledger_child_next(ledger, limit, child)) {
        if (ledger->limits[child].status != LIMIT_STATUS_CLOSED) {
            return true;
        }
    }
    return false;
}

static enum ledger_status limit_close(struct ledger *ledger, const struct ledger_command *command,
                                      struct ledger_result *result)
{
    struct target target;

    TRY(target_find(ledger, command, &target));
    struct limit *limit = &ledger->limits[target.limit];
    REQUIRE(limit->record == LEDGER_NONE && !child_open(ledger, target.limit), LEDGER_LIMIT_IN_USE);

    undo_limit_state(ledger, target.limit);
    limit->status = LIMIT_STATUS_CLOSED;
    ledger->limits_closed++;
    target_done(ledger, command, result, target);
    return LEDGER_OK;
}

static enum ledger_status unlock_grant(struct ledger *ledger, const struct ledger_command *command)
{
    const uint32_t number = ledger->unlocks_count;
    struct target target;

    check(number < ledger->options.unlocks_max);
    TRY(target_find(ledger, command, &target));

    ledger->unlocks_count++;
    ledger->unlocks[number] = (struct unlock){
        .id = command->id,
        .content = content_hash(command, (enum currency)command->currency, target.amount),
        .amount = target.amount,
        .remaining = target.amount,
        .limit = target.limit,
        .until = command->extra->until,
        .lifts = command->extra->lifts,
    };
    id_insert(ledger, ledger->sight->id_hash, ID_UNLOCK, number);
    undo_push(ledger, UNDO_UNLOCK_ADD, number);
    effect_add(ledger, LEDGER_OP_UNLOCK, target.limit, LEDGER_NONE,
               (enum currency)ledger->limits[target.limit].currency,
               (const int64_t[MEASURE_COUNT]){target.amount, 0, 0});
    return LEDGER_OK;
}

enum ledger_status apply_limit_command(struct ledger *ledger, const struct ledger_command *command,
                                       struct ledger_result *result)
{
    switch ((enum ledger_op)command->op) {
    case LEDGER_OP_RATE_SET:
        return rate_set(ledger, command);
    case LEDGER_OP_DAY_OPEN:
        return day_open(ledger, command);
    case LEDGER_OP_LIMIT_OPEN:
        return limit_open(ledger, command, result);
    case LEDGER_OP_LIMIT_ADJUST:
        return limit_adjust(ledger, command, result);
    case LEDGER_OP_LIMIT_RAISE:
        return limit_raise(ledger, command, result);
    case LEDGER_OP_LIMIT_ACTIVATE:
        return limit_activate(ledger, command, result);
    case LEDGER_OP_LIMIT_FREEZE:
        return limit_freeze(ledger, command, result);
    case LEDGER_OP_LIMIT_UNFREEZE:
        return limit_unfreeze(ledger, command, result);
    case LEDGER_OP_LIMIT_MOVE:
        return limit_move(ledger, command, result);
    case LEDGER_OP_LIMIT_CLOSE:
        return limit_close(ledger, command, result);
    case LEDGER_OP_UNLOCK:
        return unlock_grant(ledger, command);
    default:
        check(!"a command on a limit");
        return LEDGER_BAD_REQUEST;
    }
}
