/* The three sums of each limit and currency, and what is computed from them.
 *
 * The sums of the limit's own currency stand inline as 64-bit integers. Sums of other currencies,
 * and whatever of the own currency would pass 64 bits (no drawing can do that, but a move or a
 * restatement can), stand in `struct sum` at 128 bits. The total of the own currency is inline plus
 * kept apart. */
#include "ledger/internal.h"

static struct sum *sum_find(const struct ledger *ledger, const struct limit *limit,
                            enum currency currency)
{
    for (uint32_t i = limit->sums; i != LEDGER_NONE; i = ledger->sums[i].next) {
        if (ledger->sums[i].currency == (uint32_t)currency) {
            return &ledger->sums[i];
        }
    }
    return NULL;
}

static struct sum *sum_find_or_add(struct ledger *ledger, struct limit *limit,
                                   enum currency currency)
{
    struct sum *sum = sum_find(ledger, limit, currency);

    if (sum == NULL) {
        uint32_t number = ledger->sum_free;

        if (number == LEDGER_NONE) {
            number = ledger->sums_count++;
            check(number < ledger->sums_max);
        } else {
            ledger->sum_free = ledger->sums[number].next;
        }
        sum = &ledger->sums[number];
        *sum = (struct sum){.currency = (uint32_t)currency, .next = limit->sums};
        limit->sums = number;
    }
    return sum;
}

void sums_drop(struct ledger *ledger, uint32_t number)
{
    struct limit *limit = &ledger->limits[number];

    while (limit->sums != LEDGER_NONE) {
        struct sum *sum = &ledger->sums[limit->sums];
        const uint32_t next = sum->next;

        sum->next = ledger->sum_free;
        ledger->sum_free = limit->sums;
        limit->sums = next;
    }
}

static bool fits_inline(int128 value)
{
    return value >= INT64_MIN && value <= INT64_MAX;
}

static void sums_add_wide(struct ledger *ledger, struct limit *limit, enum currency currency,
                          const int128 deltas[3])
{
    struct sum *sum = sum_find_or_add(ledger, limit, currency);

    sum->outstanding += deltas[0];
    sum->reserved += deltas[1];
    sum->repaid += deltas[2];
    if (currency == (enum currency)limit->currency) {
        sum->outstanding += limit->outstanding;
        sum->reserved += limit->reserved;
        sum->repaid += limit->repaid;
        limit->outstanding = 0;
        limit->reserved = 0;
        limit->repaid = 0;
    }
    sum->rates_epoch = 0;
}

void sums_add(struct ledger *ledger, uint32_t number, enum currency currency, int128 outstanding,
              int128 reserved, int128 repaid)
{
    struct limit *limit = &ledger->limits[number];

    if (LIKELY(currency == (enum currency)limit->currency)) {
        const int128 sums[3] = {limit->outstanding + outstanding, limit->reserved + reserved,
                                limit->repaid + repaid};

        if (LIKELY(fits_inline(sums[0]) && fits_inline(sums[1]) && fits_inline(sums[2]))) {
            limit->outstanding = (int64_t)sums[0];
            limit->reserved = (int64_t)sums[1];
            limit->repaid = (int64_t)sums[2];
            return;
        }
    }
    sums_add_wide(ledger, limit, currency, (const int128[3]){outstanding, reserved, repaid});
}

void sums_post(struct ledger *ledger, uint32_t number, enum currency currency, enum posting posting,
               const int64_t amounts[MEASURE_COUNT])
{
    /* How one unit moves outstanding, reserved and repaid. */
    static const int8_t signs[][3] = {
        [POST_RESERVE] = {0, 1, 0}, [POST_RELEASE] = {0, -1, 0}, [POST_DRAW] = {1, 0, 0},
        [POST_UNDRAW] = {-1, 0, 0}, [POST_REPAY] = {-1, 0, 1},   [POST_UNREPAY] = {1, 0, -1},
    };
    const int8_t *sign = signs[posting];
    const uint32_t *path = limit_path(ledger, number);
    const unsigned count = ledger->limits[number].path_count;

    for (unsigned i = 0; i < count; i++) {
        struct limit *limit = &ledger->limits[path[i]];
        const int64_t amount = amounts[limit->measure];
        int64_t outstanding;
        int64_t reserved;
        int64_t repaid;

        /* No amount passes 10^18, so a sign changes nothing that could overflow. */
        if (LIKELY(limit->currency == (uint8_t)currency &&
                   !__builtin_add_overflow(limit->outstanding, sign[0] * amount, &outstanding) &&
                   !__builtin_add_overflow(limit->reserved, sign[1] * amount, &reserved) &&
                   !__builtin_add_overflow(limit->repaid, sign[2] * amount, &repaid))) {
            limit->outstanding = outstanding;
            limit->reserved = reserved;
            limit->repaid = repaid;
            continue;
        }
        sums_add(ledger, path[i], currency, sign[0] * amount, sign[1] * amount, sign[2] * amount);
    }
    struct undo *undo = undo_push(ledger, UNDO_POST, number);
    if (UNLIKELY(undo != NULL)) {
        undo->currency = (uint8_t)currency;
        undo->posting = (uint8_t)posting;
        memcpy(undo->amounts, amounts, sizeof(undo->amounts));
    }
}

int128 figure_add(int128 a, int128 b)
{
    return a + b > FIGURE_MAX ? FIGURE_MAX : a + b;
}

static uint128 power_of_ten(unsigned exponent)
{
    static const uint32_t powers[] = {1, 10, 100, 1000, 10000};

    return powers[exponent];
}

bool convertible(const struct ledger *ledger, enum currency currency, enum currency to)
{
    return currency == to || (ledger->rates[currency] != 0 && ledger->rates[to] != 0);
}

/* ceil(amount x rate_from x 10^digits(to) / (rate_to x 10^digits(from))), exactly.
 * Source: ledger.md, "State". */
int128 convert(const struct ledger *ledger, int128 amount_minor, enum currency from,
               enum currency to)
{
    if (from == to || amount_minor == 0) {
        return amount_minor;
    }
    const unsigned from_digits = currency_digits(from);
    const unsigned to_digits = currency_digits(to);
    uint128 multiplier = ledger->rates[from]; /* at most 10^16 */
    uint128 divisor = ledger->rates[to];      /* 1 to 10^16 */

    check(amount_minor > 0 && multiplier > 0 && divisor > 0);
    if (to_digits >= from_digits) {
        multiplier *= power_of_ten(to_digits - from_digits);
    } else {
        divisor *= power_of_ten(from_digits - to_digits);
    }
    /* One of the two is at most 10^16 and the other at most 10^20, so that rest x multiplier fits.
     */
    const uint128 whole = (uint128)amount_minor / divisor;
    const uint128 rest = (uint128)amount_minor % divisor;
    const uint128 fraction = (rest * multiplier + divisor - 1) / divisor;
    uint128 product;

    if (__builtin_mul_overflow(whole, multiplier, &product) || product > (uint128)FIGURE_MAX) {
        return FIGURE_MAX;
    }
    return figure_add((int128)product, (int128)fraction);
}

static int128 sum_used(const struct sum *sum, const struct limit *limit)
{
    return sum->outstanding + (limit->revolving ? 0 : sum->repaid);
}

static int128 own_used(const struct limit *limit)
{
    return (int128)limit->outstanding + (limit->revolving ? 0 : limit->repaid);
}

int128 limit_committed_in(const struct ledger *ledger, const struct limit *limit,
                          enum currency currency)
{
    int128 committed = 0;

    if (currency == (enum currency)limit->currency) {
        committed = own_used(limit) + limit->reserved;
    }
    if (UNLIKELY(limit->sums != LEDGER_NONE)) {
        const struct sum *sum = sum_find(ledger, limit, currency);
        committed += sum == NULL ? 0 : sum_used(sum, limit) + sum->reserved;
    }
    return committed;
}

int128 limit_committed(struct ledger *ledger, const struct limit *limit)
{
    int128 committed = own_used(limit) + limit->reserved;

    for (uint32_t i = limit->sums; i != LEDGER_NONE; i = ledger->sums[i].next) {
        struct sum *sum = &ledger->sums[i];

        if (sum->rates_epoch != ledger->rates_epoch) {
            sum->committed = convert(ledger, sum_used(sum, limit) + sum->reserved,
                                     (enum currency)sum->currency, (enum currency)limit->currency);
            sum->rates_epoch = ledger->rates_epoch;
        }
        committed = figure_add(committed, sum->committed);
    }
    return committed;
}

int128 limit_effective_cap(const struct ledger *ledger, uint32_t number)
{
    const struct limit *limit = &ledger->limits[number];

    if (LIKELY((limit->extras & LIMIT_HAS_RAISE) == 0)) {
        return limit->cap;
    }
    const struct limit_rest *rest = &ledger->rests[number];
    const bool active =
        rest->raise_from <= ledger->business_date && ledger->business_date <= rest->raise_until;
    return (int128)limit->cap + (active ? rest->raise : 0);
}

int128 limit_ceiling(const struct ledger *ledger, uint32_t number)
{
    const struct limit *limit = &ledger->limits[number];

    if (LIKELY(limit->extras == 0)) {
        return limit->cap;
    }
    const struct limit_rest *rest = &ledger->rests[number];
    const int128 tolerance = (int128)limit->cap * rest->tolerance_bps / 10000;
    return limit_effective_cap(ledger, number) + tolerance - rest->frozen;
}

bool limit_over(struct ledger *ledger, uint32_t number)
{
    return limit_committed(ledger, &ledger->limits[number]) > limit_effective_cap(ledger, number);
}

void over_list(struct ledger *ledger, struct ledger_result *result, uint32_t number)
{
    const uint32_t *path = limit_path(ledger, number);
    const unsigned count = ledger->limits[number].path_count;
    uint32_t *const over = &ledger->overs[ledger->overs_count];
    unsigned over_count = 0;

    for (unsigned i = 0; i < count; i++) {
        const struct limit *limit = &ledger->limits[path[i]];

        if (LIKELY(limit_is_plain(limit, (enum currency)limit->currency) &&
                   limit_committed_plain(limit) <= limit->cap)) {
            continue;
        }
        if (limit->mode != MODE_OFF && limit_over(ledger, path[i])) {
            over[over_count++] = path[i];
        }
    }
    ledger->overs_count += over_count;
    result->over = over;
    result->over_count = (uint8_t)over_count;
}

size_t ledger_limit_sums(const struct ledger *ledger, struct ledger_currency_sums *sums,
                         size_t capacity, uint32_t number)
{
    const struct limit *limit = &ledger->limits[number];
    struct ledger_currency_sums own = {(enum currency)limit->currency, limit->outstanding,
                                       limit->reserved, limit->repaid};
    size_t count = 0;

    for (uint32_t i = limit->sums; i != LEDGER_NONE; i = ledger->sums[i].next) {
        const struct sum *sum = &ledger->sums[i];

        if (sum->currency == (uint32_t)own.currency) {
            own.outstanding_minor += sum->outstanding;
            own.reserved_minor += sum->reserved;
            own.repaid_minor += sum->repaid;
            continue;
        }
        if (sum->outstanding != 0 || sum->reserved != 0 || sum->repaid != 0) {
            if (count < capacity) {
                sums[count] = (struct ledger_currency_sums){
                    (enum currency)sum->currency, sum->outstanding, sum->reserved, sum->repaid};
            }
            count++;
        }
    }
    if (own.outstanding_minor != 0 || own.reserved_minor != 0 || own.repaid_minor != 0) {
        if (count < capacity) {
            sums[count] = own;
        }
        count++;
    }
    return count;
}
