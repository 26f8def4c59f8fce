/* reserve, draw and check: one atomic decision over every limit on a path. */
#include "ledger/internal.h"

/* What a drawing asks for, once the names in its command are known. */
struct drawing {
    uint32_t limit;
    enum currency currency;
    int64_t amounts[MEASURE_COUNT];
    uint8_t defaults; /* bits of the amounts that equal their default */
    date_days due;
    unsigned unlocks_count;
    uint32_t unlocks[LEDGER_UNLOCKS_MAX];
    /* What each unlock is to be charged, -1 while it took nothing away. */
    int128 charges[LEDGER_UNLOCKS_MAX];
};

/* How a drawing would change one limit. */
struct fit {
    int128 committed; /* before, in the limit's currency */
    int128 rise;      /* by how much committed would rise */
    bool overflows;
};

static struct fit fit_of(struct ledger *ledger, const struct drawing *drawing,
                         const struct limit *limit)
{
    const enum currency own = (enum currency)limit->currency;
    const int64_t amount = drawing->amounts[limit->measure];
    struct fit fit = {.committed = limit_committed(ledger, limit)};
    int128 rise = amount;
    const int128 before = limit_committed_in(ledger, limit, drawing->currency);

    if (drawing->currency != own) {
        rise = convert(ledger, before + amount, drawing->currency, own) -
               convert(ledger, before, drawing->currency, own);
    }
    fit.rise = figure_add(fit.committed, rise) - fit.committed;
    fit.overflows = amount > 0 && (before + amount > SUM_MAX || fit.committed + fit.rise > SUM_MAX);
    return fit;
}

static bool exceeds(struct ledger *ledger, uint32_t number, struct fit fit)
{
    return ledger->limits[number].mode == MODE_HARD && fit.rise > 0 &&
           fit.committed + fit.rise > limit_ceiling(ledger, number);
}

/* True when the limit's state and dates allow a drawing that is due then. */
static bool limit_willing(const struct ledger *ledger, const struct limit *limit, date_days due)
{
    return limit->status == LIMIT_STATUS_ACTIVE && ledger->business_date >= limit->from &&
           ledger->business_date <= limit->until &&
           (limit->due_until == INT32_MAX || (due != DATE_NONE && due <= limit->due_until));
}

/* The common case in one pass: true when no limit on the path has any reason to refuse.
 * Out: ret_plain  whether every sum stands in the limits themselves
 *      ret_over   whether a limit may be over afterwards; true unless ret_plain */
static bool path_fits(struct ledger *ledger, const struct drawing *drawing, bool *ret_plain,
                      bool *ret_over)
{
    const uint32_t *path = limit_path(ledger, drawing->limit);
    const unsigned count = ledger->limits[drawing->limit].path_count;
    bool plain = true;
    bool over = false;

    for (unsigned i = 0; i < count; i++) {
        const struct limit *limit = &ledger->limits[path[i]];

        if (UNLIKELY(!limit_willing(ledger, limit, drawing->due))) {
            return false;
        }
        if (LIKELY(limit_is_plain(limit, drawing->currency))) {
            const int64_t amount = drawing->amounts[limit->measure];
            const int128 after = limit_committed_plain(limit) + amount;
            const bool beyond = after > limit->cap;

            if (UNLIKELY(amount > 0 && ((beyond && limit->mode == MODE_HARD) || after > SUM_MAX))) {
                return false;
            }
            over |= beyond;
            continue;
        }
        plain = false;
        if (UNLIKELY(!convertible(ledger, drawing->currency, (enum currency)limit->currency))) {
            return false;
        }
        const struct fit fit = fit_of(ledger, drawing, limit);
        if (UNLIKELY(fit.overflows || exceeds(ledger, path[i], fit))) {
            return false;
        }
    }
    *ret_plain = plain;
    *ret_over = over || !plain;
    return true;
}

/* sums_post for a path whose limits are all plain and have room: no sum can pass 64 bits. */
static void path_post_plain(struct ledger *ledger, const struct drawing *drawing, bool reserves)
{
    const uint32_t *path = limit_path(ledger, drawing->limit);
    const unsigned count = ledger->limits[drawing->limit].path_count;

    for (unsigned i = 0; i < count; i++) {
        struct limit *limit = &ledger->limits[path[i]];
        int64_t *sum = reserves ? &limit->reserved : &limit->outstanding;

        *sum += drawing->amounts[limit->measure];
    }
}

/* Looks for an unlock that takes a reason away, and notes its charge. */
static bool reason_lifted(const struct ledger *ledger, struct drawing *drawing, uint32_t limit,
                          enum ledger_lift lift, int128 required)
{
    for (unsigned i = 0; i < drawing->unlocks_count; i++) {
        const struct unlock *unlock = &ledger->unlocks[drawing->unlocks[i]];

        if (unlock->limit == limit && unlock->until >= ledger->business_date &&
            (unlock->lifts & lift) != 0 && unlock->remaining >= required) {
            drawing->charges[i] = required;
            return true;
        }
    }
    return false;
}

/* The first reason of the first pass that holds and is not lifted; LEDGER_OK when there is none. */
static enum ledger_status unwilling_reason(const struct ledger *ledger, struct drawing *drawing,
                                           uint32_t number, int128 required)
{
    const struct limit *limit = &ledger->limits[number];
    const date_days today = ledger->business_date;
    const bool dues = limit->due_until != INT32_MAX;
    const struct {
        bool holds;
        enum ledger_lift lift;
    } reasons[] = {
        {limit->status == LIMIT_STATUS_FROZEN, LIFT_LIMIT_FROZEN},
        {today < limit->from, LIFT_NOT_YET_VALID},
        {today > limit->until, LIFT_EXPIRED},
        {dues && drawing->due == DATE_NONE, LIFT_DUE_REQUIRED},
        {dues && drawing->due != DATE_NONE && drawing->due > limit->due_until, LIFT_DUE_TOO_LATE},
    };

    REQUIRE(limit->status != LIMIT_STATUS_CLOSED, LEDGER_LIMIT_CLOSED);
    REQUIRE(limit->status != LIMIT_STATUS_PENDING, LEDGER_LIMIT_PENDING);
    for (size_t i = 0; i < sizeof(reasons) / sizeof(*reasons); i++) {
        if (reasons[i].holds &&
            !reason_lifted(ledger, drawing, number, reasons[i].lift, required)) {
            return ledger_lift_reason(reasons[i].lift);
        }
    }
    return LEDGER_OK;
}

static enum ledger_status unfit_reason(struct ledger *ledger, struct drawing *drawing,
                                       uint32_t number, struct fit fit)
{
    if (fit.overflows) {
        return LEDGER_AMOUNT_OVERFLOW;
    }
    if (exceeds(ledger, number, fit) &&
        !reason_lifted(ledger, drawing, number, LIFT_LIMIT_EXCEEDED, fit.rise)) {
        return LEDGER_LIMIT_EXCEEDED;
    }
    return LEDGER_OK;
}

/* Every reason on the path, in the order of the rules: state and dates first, then amounts. */
static void path_judge(struct ledger *ledger, struct drawing *drawing, struct ledger_result *result)
{
    const uint32_t *path = limit_path(ledger, drawing->limit);
    const unsigned count = ledger->limits[drawing->limit].path_count;
    struct fit fits[LEDGER_PATH_MAX];

    result->refusals = &ledger->refusals[ledger->refusals_count];
    for (unsigned i = 0; i < count; i++) {
        fits[i] = fit_of(ledger, drawing, &ledger->limits[path[i]]);
        const enum ledger_status reason = unwilling_reason(ledger, drawing, path[i], fits[i].rise);
        if (reason != LEDGER_OK) {
            refusal_add(ledger, result, path[i], reason);
        }
    }
    for (unsigned i = 0; i < count; i++) {
        const enum ledger_status reason = unfit_reason(ledger, drawing, path[i], fits[i]);
        if (reason == LEDGER_OK) {
            continue;
        }
        struct ledger_refusal *refusal = refusal_add(ledger, result, path[i], reason);
        if (reason == LEDGER_LIMIT_EXCEEDED) {
            refusal->available_minor = limit_ceiling(ledger, path[i]) - fits[i].committed;
            refusal->required_minor = fits[i].rise;
        }
    }
}

static void unlocks_charge(struct ledger *ledger, const struct drawing *drawing)
{
    for (unsigned i = 0; i < drawing->unlocks_count; i++) {
        struct unlock *unlock = &ledger->unlocks[drawing->unlocks[i]];

        if (drawing->charges[i] < 0) {
            continue;
        }
        struct undo *undo = undo_push(ledger, UNDO_UNLOCK_USE, drawing->unlocks[i]);
        if (undo != NULL) {
            undo->amounts[0] = unlock->remaining;
        }
        unlock->remaining -= (int64_t)drawing->charges[i];
    }
}

static bool amounts_read(struct drawing *drawing, const struct ledger_command *command)
{
    static const uint64_t fields[MEASURE_COUNT] = {0, LEDGER_HAS(EXPOSURE), LEDGER_HAS(WEIGHTED)};

    drawing->amounts[0] = amount_resolve(command->amounts[0], drawing->currency);
    for (int i = 1; i < MEASURE_COUNT; i++) {
        drawing->amounts[i] = (command->fields & fields[i]) != 0
                                  ? amount_resolve(command->amounts[i], drawing->currency)
                                  : drawing->amounts[i - 1];
        if (drawing->amounts[i] == drawing->amounts[i - 1]) {
            drawing->defaults |= (uint8_t)(RECORD_AMOUNT_IS_DEFAULT << i);
        }
    }
    return drawing->amounts[0] >= 0 && drawing->amounts[1] >= 0 && drawing->amounts[2] >= 0;
}

static bool path_convertible(const struct ledger *ledger, const struct drawing *drawing)
{
    const uint32_t *path = limit_path(ledger, drawing->limit);
    const unsigned count = ledger->limits[drawing->limit].path_count;

    for (unsigned i = 0; i < count; i++) {
        const enum currency to = (enum currency)ledger->limits[path[i]].currency;
        if (UNLIKELY(!convertible(ledger, drawing->currency, to))) {
            return false;
        }
    }
    return true;
}

/* Steps 3 and 4, but for rate_not_set, which path_fits and then drawing_judge find. */
static enum ledger_status drawing_read(const struct ledger *ledger,
                                       const struct ledger_command *command,
                                       struct drawing *drawing)
{
    const struct ledger_extra *extra = command->extra;

    drawing->limit = id_find_target(ledger, command, ID_LIMIT);
    REQUIRE(drawing->limit != LEDGER_NONE, LEDGER_LIMIT_NOT_FOUND);
    drawing->due = command->due;
    drawing->unlocks_count = extra->unlocks_count;
    for (unsigned i = 0; i < extra->unlocks_count; i++) {
        drawing->unlocks[i] = id_find_kind(ledger, &extra->unlocks[i], ID_UNLOCK);
        drawing->charges[i] = -1;
        REQUIRE(drawing->unlocks[i] != LEDGER_NONE, LEDGER_UNLOCK_NOT_FOUND);
    }
    drawing->currency = (enum currency)command->currency;
    if (drawing->currency == CURRENCY_NONE) {
        drawing->currency = (enum currency)ledger->limits[drawing->limit].currency;
    }
    drawing->defaults = 0;
    REQUIRE(amounts_read(drawing, command), LEDGER_BAD_AMOUNT);
    return LEDGER_OK;
}

static void drawing_record(struct ledger *ledger, const struct ledger_command *command,
                           const struct drawing *drawing)
{
    uint32_t number;
    struct record *record = record_new(ledger, &number);

    record->id = command->id;
    record->content = content_hash(command, drawing->currency, -1);
    record->limit = drawing->limit;
    record->op = command->op;
    record->currency = (uint8_t)drawing->currency;
    record->defaults = drawing->defaults;
    record->expires = command->op == LEDGER_OP_RESERVE ? command->expires : TIME_NONE;
    memcpy(record->made, drawing->amounts, sizeof(record->made));
    memcpy(record->remaining, drawing->amounts, sizeof(record->remaining));
    record_add(ledger, number);
    effect_add(ledger, (enum ledger_op)command->op, drawing->limit, number, drawing->currency,
               drawing->amounts);
}

/* The uncommon case: what refuses, unless an unlock lifts it. */
RARELY static enum ledger_status drawing_judge(struct ledger *ledger, struct drawing *drawing,
                                               struct ledger_result *result)
{
    REQUIRE(path_convertible(ledger, drawing), LEDGER_RATE_NOT_SET);
    path_judge(ledger, drawing, result);
    return result->refusals_count == 0 ? LEDGER_OK : LEDGER_REFUSED;
}

enum ledger_status apply_drawing(struct ledger *ledger, const struct ledger_command *command,
                                 struct ledger_result *result)
{
    const bool reserves = command->op == LEDGER_OP_RESERVE;
    UNFILLED struct drawing drawing;
    bool plain = false;
    bool over = true;

    TRY(drawing_read(ledger, command, &drawing));
    if (UNLIKELY(!path_fits(ledger, &drawing, &plain, &over))) {
        TRY(drawing_judge(ledger, &drawing, result));
    }
    if (command->op == LEDGER_OP_CHECK) {
        /* Drawn to see which limits would be over, and taken back. */
        sums_post(ledger, drawing.limit, drawing.currency, POST_DRAW, drawing.amounts);
        over_list(ledger, result, drawing.limit);
        sums_post(ledger, drawing.limit, drawing.currency, POST_UNDRAW, drawing.amounts);
        return LEDGER_OK;
    }
    unlocks_charge(ledger, &drawing);
    if (LIKELY(plain && !ledger->in_chain)) {
        path_post_plain(ledger, &drawing, reserves);
    } else {
        sums_post(ledger, drawing.limit, drawing.currency, reserves ? POST_RESERVE : POST_DRAW,
                  drawing.amounts);
    }
    drawing_record(ledger, command, &drawing);
    if (UNLIKELY(over)) {
        over_list(ledger, result, drawing.limit);
    }
    return LEDGER_OK;
}
