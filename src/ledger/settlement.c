/* confirm, cancel, repay and restate: what becomes of a reservation or an exposure. */
#include "ledger/internal.h"

static const int64_t nothing[MEASURE_COUNT] = {0};

/* A command that takes from a record, or restates it. */
struct settlement {
    uint32_t record;
    int64_t amounts[MEASURE_COUNT];
    uint8_t defaults; /* bits of the amounts that equal their default */
};

/* ceil(remaining x amount / base): the share of a whole that goes with an amount. Source:
 * ledger.md, "Commands". */
static int128 share(int64_t remaining, int64_t amount, int64_t base)
{
    return ((int128)remaining * amount + base - 1) / base;
}

/* Reads the amounts that the command gives; false for one that the record's currency cannot
 * express. */
static bool amounts_given(const struct ledger_command *command, enum currency currency,
                          int64_t given[MEASURE_COUNT])
{
    static const uint64_t fields[MEASURE_COUNT] = {LEDGER_HAS(AMOUNT), LEDGER_HAS(EXPOSURE),
                                                   LEDGER_HAS(WEIGHTED)};

    for (int i = 0; i < MEASURE_COUNT; i++) {
        given[i] = -1;
        if ((command->fields & fields[i]) == 0) {
            continue;
        }
        given[i] = amount_resolve(command->amounts[i], currency);
        if (given[i] < 0) {
            return false;
        }
    }
    return true;
}

/* Fills in the defaults. Returns false when a share would pass the largest amount
 * (ledger-choices.md, R30). */
static bool amounts_complete(struct settlement *settlement, const int64_t given[MEASURE_COUNT],
                             const int64_t remaining[MEASURE_COUNT])
{
    int128 value = given[0] < 0 ? remaining[0] : given[0];

    settlement->defaults = value == remaining[0] ? RECORD_AMOUNT_IS_DEFAULT : 0;
    settlement->amounts[0] = (int64_t)value;
    for (int i = 1; i < MEASURE_COUNT; i++) {
        const int128 usual = share(remaining[i], settlement->amounts[0], remaining[0]);

        value = given[i] < 0 ? usual : given[i];
        if (value > AMOUNT_MAX) {
            return false;
        }
        settlement->amounts[i] = (int64_t)value;
        if (value == usual) {
            settlement->defaults |= (uint8_t)(RECORD_AMOUNT_IS_DEFAULT << i);
        }
    }
    return true;
}

/* The same for a record that is not in memory: one that has left it is closed. */
static enum ledger_status settlement_absent(const struct ledger *ledger,
                                            const struct ledger_command *command, bool reservation)
{
    int64_t given[MEASURE_COUNT];
    struct closed closed;

    REQUIRE(closed_find_record(ledger, &command->target, ledger->sight->target_hash, reservation,
                               &closed),
            reservation ? LEDGER_RESERVATION_NOT_FOUND : LEDGER_EXPOSURE_NOT_FOUND);
    REQUIRE(amounts_given(command, (enum currency)closed.currency, given), LEDGER_BAD_AMOUNT);
    return reservation ? LEDGER_RESERVATION_CLOSED : LEDGER_EXPOSURE_CLOSED;
}

/* Steps 3 and 4 that all four share, but for the amounts against what remains. */
static enum ledger_status settlement_read(const struct ledger *ledger,
                                          const struct ledger_command *command,
                                          struct settlement *settlement, bool reservation)
{
    const uint32_t number = id_find_target(ledger, command, ID_RECORD);
    int64_t given[MEASURE_COUNT];

    if (UNLIKELY(number == LEDGER_NONE)) {
        return settlement_absent(ledger, command, reservation);
    }
    REQUIRE(record_is_reservation(&ledger->records[number]) == reservation,
            reservation ? LEDGER_RESERVATION_NOT_FOUND : LEDGER_EXPOSURE_NOT_FOUND);
    const struct record *record = &ledger->records[number];
    REQUIRE(amounts_given(command, (enum currency)record->currency, given), LEDGER_BAD_AMOUNT);
    REQUIRE(record_open(record), reservation ? LEDGER_RESERVATION_CLOSED : LEDGER_EXPOSURE_CLOSED);
    REQUIRE(amounts_complete(settlement, given, record->remaining), LEDGER_BAD_AMOUNT);
    settlement->record = number;
    return LEDGER_OK;
}

static bool within_remaining(const struct ledger *ledger, const struct settlement *settlement)
{
    const int64_t *remaining = ledger->records[settlement->record].remaining;

    for (int i = 0; i < MEASURE_COUNT; i++) {
        if (settlement->amounts[i] > remaining[i]) {
            return false;
        }
    }
    return true;
}

/* What leaves a record when `taken` is taken: that, or all when nothing of the first amount is
 * left. */
static void leaving(int64_t leaves[MEASURE_COUNT], int64_t stays[MEASURE_COUNT],
                    const struct record *record, const int64_t taken[MEASURE_COUNT], bool all)
{
    const bool closes = all || taken[0] == record->remaining[0];

    for (int i = 0; i < MEASURE_COUNT; i++) {
        leaves[i] = closes ? record->remaining[i] : taken[i];
        stays[i] = record->remaining[i] - leaves[i];
    }
}

static enum ledger_status frozen_judge(struct ledger *ledger, struct ledger_result *result,
                                       uint32_t limit)
{
    const uint32_t *path = limit_path(ledger, limit);

    result->refusals = &ledger->refusals[ledger->refusals_count];
    for (unsigned i = 0; i < ledger->limits[limit].path_count; i++) {
        if (ledger->limits[path[i]].status == LIMIT_STATUS_FROZEN) {
            refusal_add(ledger, result, path[i], LEDGER_LIMIT_FROZEN);
        }
    }
    return result->refusals_count == 0 ? LEDGER_OK : LEDGER_REFUSED;
}

static enum ledger_status confirm(struct ledger *ledger, const struct ledger_command *command,
                                  struct ledger_result *result)
{
    struct settlement settlement;
    int64_t leaves[MEASURE_COUNT];
    int64_t stays[MEASURE_COUNT];

    TRY(settlement_read(ledger, command, &settlement, true));
    REQUIRE(within_remaining(ledger, &settlement), LEDGER_AMOUNT_TOO_LARGE);
    const struct record *reservation = &ledger->records[settlement.record];
    TRY(frozen_judge(ledger, result, reservation->limit));

    const enum currency currency = (enum currency)reservation->currency;
    const uint32_t limit = reservation->limit;
    leaving(leaves, stays, reservation, settlement.amounts, command->final);
    sums_post(ledger, limit, currency, POST_RELEASE, leaves);
    record_set_remaining(ledger, settlement.record, stays);
    uint32_t number;
    struct record *exposure = record_new(ledger, &number);
    exposure->id = command->id;
    exposure->content = content_hash(command, CURRENCY_NONE, -1);
    exposure->limit = limit;
    exposure->op = LEDGER_OP_CONFIRM;
    exposure->currency = (uint8_t)currency;
    exposure->defaults = settlement.defaults;
    exposure->expires = TIME_NONE;
    memcpy(exposure->made, settlement.amounts, sizeof(exposure->made));
    memcpy(exposure->remaining, settlement.amounts, sizeof(exposure->remaining));
    sums_post(ledger, limit, currency, POST_DRAW, settlement.amounts);
    record_add(ledger, number);
    effect_add(ledger, LEDGER_OP_CONFIRM, limit, number, currency, settlement.amounts);
    over_list(ledger, result, limit);
    return LEDGER_OK;
}

/* What cancel, repay and restate end with. */
static void settlement_done(struct ledger *ledger, const struct ledger_command *command,
                            struct ledger_result *result, const struct settlement *settlement,
                            const int64_t moved[MEASURE_COUNT])
{
    const struct record *record = &ledger->records[settlement->record];

    trace_add(ledger, command, content_hash(command, CURRENCY_NONE, -1),
              (enum currency)record->currency, settlement->amounts, settlement->defaults);
    effect_add(ledger, (enum ledger_op)command->op, record->limit, settlement->record,
               (enum currency)record->currency, moved);
    over_list(ledger, result, record->limit);
}

static enum ledger_status cancel(struct ledger *ledger, const struct ledger_command *command,
                                 struct ledger_result *result)
{
    struct settlement settlement;

    TRY(settlement_read(ledger, command, &settlement, true));

    const struct record *record = &ledger->records[settlement.record];
    int64_t released[MEASURE_COUNT];
    memcpy(released, record->remaining, sizeof(released));
    sums_post(ledger, record->limit, (enum currency)record->currency, POST_RELEASE, released);
    record_set_remaining(ledger, settlement.record, nothing);
    settlement_done(ledger, command, result, &settlement, released);
    return LEDGER_OK;
}

static enum ledger_status repay(struct ledger *ledger, const struct ledger_command *command,
                                struct ledger_result *result)
{
    struct settlement settlement;
    int64_t leaves[MEASURE_COUNT];
    int64_t stays[MEASURE_COUNT];

    TRY(settlement_read(ledger, command, &settlement, false));
    REQUIRE(within_remaining(ledger, &settlement), LEDGER_AMOUNT_TOO_LARGE);

    const struct record *record = &ledger->records[settlement.record];
    leaving(leaves, stays, record, settlement.amounts, false);
    sums_post(ledger, record->limit, (enum currency)record->currency, POST_REPAY, leaves);
    record_set_remaining(ledger, settlement.record, stays);
    settlement_done(ledger, command, result, &settlement, leaves);
    return LEDGER_OK;
}

static enum ledger_status restate(struct ledger *ledger, const struct ledger_command *command,
                                  struct ledger_result *result)
{
    struct settlement settlement;
    int64_t rises[MEASURE_COUNT];
    int64_t falls[MEASURE_COUNT];
    int64_t changes[MEASURE_COUNT];

    TRY(settlement_read(ledger, command, &settlement, false));

    const struct record *record = &ledger->records[settlement.record];
    const enum currency currency = (enum currency)record->currency;
    for (int i = 0; i < MEASURE_COUNT; i++) {
        changes[i] = settlement.amounts[i] - record->remaining[i];
        rises[i] = changes[i] > 0 ? changes[i] : 0;
        falls[i] = changes[i] < 0 ? -changes[i] : 0;
    }
    sums_post(ledger, record->limit, currency, POST_DRAW, rises);
    sums_post(ledger, record->limit, currency, POST_REPAY, falls);
    record_set_remaining(ledger, settlement.record, settlement.amounts);
    settlement_done(ledger, command, result, &settlement, changes);
    return LEDGER_OK;
}

enum ledger_status apply_settlement(struct ledger *ledger, const struct ledger_command *command,
                                    struct ledger_result *result)
{
    switch ((enum ledger_op)command->op) {
    case LEDGER_OP_CONFIRM:
        return confirm(ledger, command, result);
    case LEDGER_OP_CANCEL:
        return cancel(ledger, command, result);
    case LEDGER_OP_REPAY:
        return repay(ledger, command, result);
    case LEDGER_OP_RESTATE:
        return restate(ledger, command, result);
    default:
        check(!"a command on a record");
        return LEDGER_BAD_REQUEST;
    }
}
