/* What makes a repeated command the same: every field but `at` and `linked`, with defaults filled
 * in and amounts compared as values. Source: ledger.md, "Results", 2; ledger-choices.md,
 * "Identity". */
#include "base/hash.h"
#include "ledger/internal.h"

/* Fixed for ever: the hashes are part of snapshots. */
#define CONTENT_SEED 0x6C65646765723031ULL

static uint64_t pack(uint32_t low, uint32_t high)
{
    return (uint64_t)high << 32 | low;
}

static uint64_t hash_texts(uint64_t hash, const struct ledger_extra *extra)
{
    const struct slice texts[] = {extra->holder, extra->kind, extra->actor, extra->reason,
                                  extra->case_ref};

    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        if (texts[i].size > 0) {
            hash = hash64(texts[i].data, texts[i].size, hash + i + 1);
        }
    }
    if (extra->parents_count > 0) {
        hash = hash64(extra->parents, extra->parents_count * sizeof(*extra->parents), hash);
    }
    if (extra->unlocks_count > 0) {
        hash = hash64(extra->unlocks, extra->unlocks_count * sizeof(*extra->unlocks), hash);
    }
    return hash;
}

uint64_t content_hash(const struct ledger_command *command, enum currency currency, int64_t amount)
{
    const struct ledger_extra *extra = command->extra;
    /* Only limit.adjust tells a mode or tolerance that was left out from its default. */
    const uint64_t given = command->op == LEDGER_OP_LIMIT_ADJUST
                               ? command->fields & (LEDGER_HAS(MODE) | LEDGER_HAS(TOLERANCE_BPS))
                               : 0;
    uint64_t words[12] = {
        pack((uint32_t)command->op | (uint32_t)currency << 8 | (uint32_t)extra->measure << 16 |
                 (uint32_t)extra->mode << 24,
             (uint32_t)extra->status | (uint32_t)extra->lifts << 8 |
                 (uint32_t)extra->revolving << 16 | (uint32_t)command->final << 24),
        given,
        extra->rate_e10,
        (uint64_t)amount,
        (uint64_t)command->expires,
        pack((uint32_t)extra->from, (uint32_t)extra->until),
        pack((uint32_t)extra->due_until, (uint32_t)command->due),
        pack((uint32_t)extra->date, (uint32_t)extra->tolerance_bps),
    };

    _Static_assert(sizeof(words) == 96, "as long as the hash of it");
    memcpy(&words[8], command->target.bytes, LEDGER_ID_SIZE);
    const uint64_t hash = hash64_of_96(words, CONTENT_SEED);
    return LIKELY(extra == &ledger_extra_none) ? hash : hash_texts(hash, extra);
}

int64_t amount_resolve(struct ledger_amount amount, enum currency currency)
{
    uint64_t minor;

    if (LIKELY(amount.decimals == LEDGER_MINOR)) {
        return amount.digits <= AMOUNT_MAX ? (int64_t)amount.digits : -1;
    }
    if (amount.decimals > currency_digits(currency) ||
        !decimal_text_scale((struct decimal_text){amount.digits, amount.decimals},
                            currency_digits(currency), AMOUNT_MAX, &minor)) {
        return -1;
    }
    return (int64_t)minor;
}

/* What is kept of the command that used an id first. */
struct stored {
    uint64_t content;
    const int64_t *amounts; /* NULL when its content has them all */
    uint8_t op, currency, defaults;
};

static struct stored stored_of(const struct ledger *ledger, uint32_t reference)
{
    const uint32_t number = reference_number(reference);

    switch (reference_kind(reference)) {
    case ID_LIMIT:
        return (struct stored){.content = ledger->limits[number].content,
                               .op = LEDGER_OP_LIMIT_OPEN,
                               .currency = ledger->limits[number].currency};
    case ID_RECORD: {
        const struct record *record = &ledger->records[number];
        return (struct stored){record->content, record->made, record->op, record->currency,
                               record->defaults};
    }
    case ID_UNLOCK:
        return (struct stored){.content = ledger->unlocks[number].content,
                               .op = LEDGER_OP_UNLOCK,
                               .currency = ledger->limits[ledger->unlocks[number].limit].currency};
    default: {
        const struct trace *trace = &ledger->traces[number];
        const bool settles = trace->op == LEDGER_OP_REPAY || trace->op == LEDGER_OP_RESTATE;
        return (struct stored){trace->content, settles ? trace->amounts : NULL, trace->op,
                               trace->currency, trace->defaults};
    }
    }
}

static struct stored stored_of_closed(const struct closed *closed)
{
    const bool has_amounts =
        closed->is_record || closed->op == LEDGER_OP_REPAY || closed->op == LEDGER_OP_RESTATE;

    return (struct stored){closed->content, has_amounts ? closed->amounts : NULL, closed->op,
                           closed->currency, closed->defaults};
}

/* An amount as a value: minor units even where it is written with more decimals than the currency
 * has; -1 when the currency cannot express it. */
static int64_t amount_value(struct ledger_amount amount, enum currency currency)
{
    uint64_t minor;

    if (amount.decimals == LEDGER_MINOR) {
        return amount_resolve(amount, currency);
    }
    if (currency == CURRENCY_NONE ||
        !decimal_text_scale((struct decimal_text){amount.digits, amount.decimals},
                            currency_digits(currency), AMOUNT_MAX, &minor)) {
        return -1;
    }
    return (int64_t)minor;
}

static bool amounts_same(const struct ledger_command *command, const struct stored *stored)
{
    static const uint64_t fields[MEASURE_COUNT] = {LEDGER_HAS(AMOUNT), LEDGER_HAS(EXPOSURE),
                                                   LEDGER_HAS(WEIGHTED)};

    for (int i = 0; i < MEASURE_COUNT; i++) {
        const bool given = (command->fields & fields[i]) != 0;
        const bool same = given
                              ? amount_value(command->amounts[i],
                                             (enum currency)stored->currency) == stored->amounts[i]
                              : (stored->defaults & RECORD_AMOUNT_IS_DEFAULT << i) != 0;
        if (!same) {
            return false;
        }
    }
    return true;
}

/* The currency that is part of the content: the one given, or for a drawing that of the limit it
 * names. */
static enum currency content_currency(const struct ledger *ledger,
                                      const struct ledger_command *command)
{
    if (command->op != LEDGER_OP_RESERVE && command->op != LEDGER_OP_DRAW) {
        return (enum currency)command->currency;
    }
    if (command->currency != CURRENCY_NONE) {
        return (enum currency)command->currency;
    }
    const uint32_t limit = id_find_target(ledger, command, ID_LIMIT);
    return limit == LEDGER_NONE ? CURRENCY_NONE : (enum currency)ledger->limits[limit].currency;
}

static enum ledger_status stored_judge(const struct ledger *ledger,
                                       const struct ledger_command *command,
                                       const struct stored *stored)
{
    int64_t amount = -1;

    if (command->op != stored->op) {
        return LEDGER_ID_CONFLICT;
    }
    if (stored->amounts == NULL &&
        (command->fields & (LEDGER_HAS(AMOUNT) | LEDGER_HAS(CAP))) != 0) {
        amount = amount_value(command->amounts[0], (enum currency)stored->currency);
        if (amount < 0) {
            return LEDGER_ID_CONFLICT;
        }
    }
    if (content_hash(command, content_currency(ledger, command), amount) != stored->content) {
        return LEDGER_ID_CONFLICT;
    }
    if (stored->amounts != NULL && !amounts_same(command, stored)) {
        return LEDGER_ID_CONFLICT;
    }
    return LEDGER_EXISTS;
}

enum ledger_status identity_judge(const struct ledger *ledger, const struct ledger_command *command,
                                  uint32_t reference)
{
    const struct stored stored = stored_of(ledger, reference);

    return stored_judge(ledger, command, &stored);
}

enum ledger_status identity_judge_closed(const struct ledger *ledger,
                                         const struct ledger_command *command,
                                         const struct closed *closed)
{
    const struct stored stored = stored_of_closed(closed);

    return stored_judge(ledger, command, &stored);
}

void trace_free(struct ledger *ledger, uint32_t number)
{
    struct trace *trace = &ledger->traces[number];

    memset(trace, 0, sizeof(*trace));
    if (number + 1 == ledger->traces_count) {
        ledger->traces_count--;
        return;
    }
    trace->content = ledger->trace_free;
    ledger->trace_free = number;
    ledger->traces_free++;
}

void trace_drop(struct ledger *ledger, uint32_t number)
{
    id_remove(ledger, &ledger->traces[number].id, ID_TRACE, number);
    trace_free(ledger, number);
}

static uint32_t trace_new(struct ledger *ledger)
{
    const uint32_t number = ledger->trace_free;

    if (number == LEDGER_NONE) {
        check(ledger->traces_count < ledger->options.traces_max);
        return ledger->traces_count++;
    }
    ledger->trace_free = (uint32_t)ledger->traces[number].content;
    ledger->traces_free--;
    return number;
}

void trace_add(struct ledger *ledger, const struct ledger_command *command, uint64_t content,
               enum currency currency, const int64_t amounts[MEASURE_COUNT], uint8_t defaults)
{
    const uint32_t number = trace_new(ledger);
    struct trace *trace = &ledger->traces[number];

    *trace = (struct trace){.id = command->id,
                            .content = content,
                            .op = command->op,
                            .currency = (uint8_t)currency,
                            .defaults = defaults};
    memcpy(trace->amounts, amounts, sizeof(trace->amounts));
    id_insert(ledger, ledger->sight->id_hash, ID_TRACE, number);
    undo_push(ledger, UNDO_TRACE_ADD, number);
}
