#include "ledger/command.h"

const struct ledger_extra ledger_extra_none = {
    .date = DATE_NONE,
    .from = DATE_NONE,
    .until = DATE_NONE,
    .due_until = DATE_NONE,
    .measure = MEASURE_NOMINAL,
    .mode = MODE_HARD,
    .status = LIMIT_STATUS_ACTIVE,
    .lifts = LIFT_LIMIT_EXCEEDED,
    .revolving = true,
};

static const char *const op_names[LEDGER_OP_COUNT] = {
    "",
#define X(identifier, name) name,
    LEDGER_OP_LIST(X)
#undef X
        "expire",
};

static const char *const measure_names[MEASURE_COUNT] = {"nominal", "exposure", "weighted"};
static const char *const mode_names[MODE_COUNT] = {"hard", "soft", "off"};
static const char *const limit_status_names[LIMIT_STATUS_COUNT] = {"pending", "active", "frozen",
                                                                   "closed"};

struct slice ledger_op_name(enum ledger_op op)
{
    check((unsigned)op < LEDGER_OP_COUNT);
    return slice_from_cstr(op_names[op]);
}

enum ledger_op ledger_op_from_name(struct slice name)
{
    for (unsigned op = LEDGER_OP_NONE + 1; op < LEDGER_OP_EXPIRE; op++) {
        if (slice_equal(name, slice_from_cstr(op_names[op]))) {
            return (enum ledger_op)op;
        }
    }
    return LEDGER_OP_NONE;
}

struct slice ledger_measure_name(enum ledger_measure measure)
{
    check((unsigned)measure < MEASURE_COUNT);
    return slice_from_cstr(measure_names[measure]);
}

struct slice ledger_mode_name(enum ledger_mode mode)
{
    check((unsigned)mode < MODE_COUNT);
    return slice_from_cstr(mode_names[mode]);
}

struct slice ledger_limit_status_name(enum ledger_limit_status status)
{
    check((unsigned)status < LIMIT_STATUS_COUNT);
    return slice_from_cstr(limit_status_names[status]);
}

enum ledger_status ledger_lift_reason(enum ledger_lift lift)
{
    switch (lift) {
    case LIFT_LIMIT_EXCEEDED:
        return LEDGER_LIMIT_EXCEEDED;
    case LIFT_LIMIT_FROZEN:
        return LEDGER_LIMIT_FROZEN;
    case LIFT_NOT_YET_VALID:
        return LEDGER_NOT_YET_VALID;
    case LIFT_EXPIRED:
        return LEDGER_EXPIRED;
    case LIFT_DUE_REQUIRED:
        return LEDGER_DUE_REQUIRED;
    case LIFT_DUE_TOO_LATE:
        return LEDGER_DUE_TOO_LATE;
    case LIFT_ALL:
        break;
    }
    check(!"one lift at a time");
    return LEDGER_OK;
}

bool ledger_text_has_control(struct slice text)
{
    for (size_t i = 0; i < text.size; i++) {
        const uint8_t c = (uint8_t)text.data[i];

        if (c < 0x20 || c == 0x7F) {
            return true;
        }
        /* U+0080 to U+009F are C2 80 to C2 9F in UTF-8. */
        if (c == 0xC2 && i + 1 < text.size && (uint8_t)text.data[i + 1] < 0xA0) {
            return true;
        }
    }
    return false;
}

bool ledger_id_read(struct slice text, struct ledger_id *ret_id)
{
    if (text.size == 0 || text.size > LEDGER_ID_SIZE || text.data[0] == ' ' ||
        text.data[text.size - 1] == ' ' || ledger_text_has_control(text) || !utf8_valid(text)) {
        return false;
    }
    *ret_id = (struct ledger_id){{0}};
    memcpy(ret_id->bytes, text.data, text.size);
    return true;
}

struct slice ledger_id_slice(const struct ledger_id *id)
{
    const char *end = memchr(id->bytes, 0, LEDGER_ID_SIZE);

    return slice_of(id->bytes, end == NULL ? LEDGER_ID_SIZE : (size_t)(end - id->bytes));
}

void ledger_command_init(struct ledger_command *command, enum ledger_op op)
{
    *command = (struct ledger_command){
        .op = (uint8_t)op,
        .at = TIME_NONE,
        .expires = TIME_NONE,
        .due = DATE_NONE,
        .extra = &ledger_extra_none,
        .final = true,
    };
}

void ledger_command_break(struct ledger_command *command, enum ledger_status status)
{
    if (command->form == LEDGER_OK || (uint8_t)status < command->form) {
        command->form = (uint8_t)status;
    }
}

/* Judges an amount against its currency, and turns it into minor units; without a currency, against
 * what holds for every one. */
static bool amount_fits(struct ledger_amount *amount, enum currency currency)
{
    const struct decimal_text decimal = {amount->digits, amount->decimals};
    uint64_t minor;

    if (amount->decimals == LEDGER_MINOR) {
        return amount->digits <= AMOUNT_MAX;
    }
    if (currency == CURRENCY_NONE) {
        /* A currency with as few decimals as the amount has gives the fewest minor units. */
        return amount->decimals <= CURRENCY_DIGITS_MAX && amount->digits <= AMOUNT_MAX;
    }
    if (amount->decimals > currency_digits(currency) ||
        !decimal_text_scale(decimal, currency_digits(currency), AMOUNT_MAX, &minor)) {
        return false;
    }
    *amount = (struct ledger_amount){minor, LEDGER_MINOR};
    return true;
}

/* Orders two amounts of one command, which are all minor units or all as written. */
static bool amount_above(struct ledger_amount a, struct ledger_amount b)
{
    if (a.decimals == LEDGER_MINOR) {
        return a.digits > b.digits;
    }
    return decimal_text_compare((struct decimal_text){a.digits, a.decimals},
                                (struct decimal_text){b.digits, b.decimals}) > 0;
}

static bool amounts_hold(struct ledger_command *command)
{
    static const uint64_t fields[MEASURE_COUNT] = {LEDGER_HAS(AMOUNT) | LEDGER_HAS(CAP),
                                                   LEDGER_HAS(EXPOSURE), LEDGER_HAS(WEIGHTED)};
    const bool has_amount = (command->fields & LEDGER_HAS(AMOUNT)) != 0;

    for (int i = 0; i < MEASURE_COUNT; i++) {
        if ((command->fields & fields[i]) != 0 &&
            !amount_fits(&command->amounts[i], (enum currency)command->currency)) {
            return false;
        }
    }
    if (has_amount && command->amounts[0].digits == 0 && command->op != LEDGER_OP_RESTATE) {
        return false;
    }
    for (int i = 1; has_amount && i < MEASURE_COUNT; i++) {
        if ((command->fields & fields[i]) != 0 &&
            amount_above(command->amounts[i], command->amounts[0])) {
            return false;
        }
    }
    return true;
}

void ledger_command_judge(struct ledger_command *command, enum currency base)
{
    const struct ledger_extra *extra = command->extra;

    if (command->form != LEDGER_OK && command->form < LEDGER_BAD_AMOUNT) {
        return; /* what comes first is broken already */
    }
    if (!amounts_hold(command)) {
        ledger_command_break(command, LEDGER_BAD_AMOUNT);
    }
    if (command->op == LEDGER_OP_RATE_SET && command->currency == base &&
        extra->rate_e10 != LEDGER_RATE_ONE) {
        ledger_command_break(command, LEDGER_BAD_RATE);
    }
    if (extra->from != DATE_NONE && extra->until != DATE_NONE && extra->until < extra->from) {
        ledger_command_break(command, LEDGER_BAD_DATE);
    }
}
