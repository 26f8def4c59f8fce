/* Commands filled in. What cannot be said is written so that the server answers bad_... for it. */
#include "base/amount.h"
#include "base/date.h"
#include "client/client_internal.h"

_Static_assert(sizeof(struct hr_command) == sizeof(struct wire_command) &&
                   offsetof(struct hr_command, amounts) == offsetof(struct wire_command, amounts) &&
                   offsetof(struct hr_command, due) == offsetof(struct wire_command, due) &&
                   offsetof(struct hr_command, target) == offsetof(struct wire_command, target),
               "a command is a record of the wire");

enum { AMOUNT_IS_NONE = 254 }; /* no number of decimals: the server answers bad_amount */

/* An id that is none (too long) becomes one that no server takes: a control character. */
static void id_put(char bytes[HR_ID_SIZE], const char *id)
{
    const struct slice value = slice_from_cstr(id == NULL ? "" : id);

    memset(bytes, 0, HR_ID_SIZE);
    if (value.size > HR_ID_SIZE || (id != NULL && value.size == 0)) {
        bytes[0] = 1;
    } else if (value.size > 0) {
        memcpy(bytes, value.data, value.size);
    }
}

void hr_command(struct hr_command *command, enum hr_op op, const char *id)
{
    memset(command, 0, sizeof(*command));
    command->op = (uint8_t)op;
    id_put(command->id, id);
}

void hr_set_target(struct hr_command *command, enum hr_target kind, const char *id)
{
    command->target_kind = (uint8_t)kind;
    id_put(command->target, id == NULL ? "" : id);
}

static void amount_put(struct hr_command *command, enum hr_measure measure, uint64_t digits,
                       uint8_t decimals)
{
    check((unsigned)measure <= HR_WEIGHTED);
    command->flags |= (uint16_t)(WIRE_HAS_AMOUNT << (unsigned)measure);
    command->amounts[measure] = digits;
    command->decimals[measure] = decimals;
}

void hr_set_amount(struct hr_command *command, enum hr_measure measure, const char *amount)
{
    struct decimal_text decimal;

    if (decimal_text_parse(slice_from_cstr(amount), &decimal)) {
        amount_put(command, measure, decimal.digits, decimal.decimals);
    } else {
        amount_put(command, measure, 0, AMOUNT_IS_NONE);
    }
}

void hr_set_minor(struct hr_command *command, enum hr_measure measure, uint64_t minor)
{
    amount_put(command, measure, minor, WIRE_MINOR);
}

void hr_set_currency(struct hr_command *command, const char *code)
{
    const bool three = code != NULL && strlen(code) == sizeof(command->currency);

    memcpy(command->currency, three ? code : "???", sizeof(command->currency));
}

int32_t hr_date(const char *text)
{
    date_days date;

    return date_parse(slice_from_cstr(text), &date) ? date : HR_DATE_NONE;
}

void hr_set_due(struct hr_command *command, const char *date)
{
    command->flags |= WIRE_HAS_DUE;
    command->due = hr_date(date); /* none is out of range: bad_date */
}

void hr_set_expires(struct hr_command *command, int64_t at_us)
{
    command->flags |= WIRE_HAS_EXPIRES;
    command->expires = at_us;
}

void hr_set_final(struct hr_command *command, bool final)
{
    const unsigned others = command->flags & ~(unsigned)WIRE_FINAL;

    command->flags = (uint16_t)(others | WIRE_HAS_FINAL | (final ? (unsigned)WIRE_FINAL : 0U));
}

void hr_set_linked(struct hr_command *command, bool linked)
{
    const unsigned others = command->flags & ~(unsigned)WIRE_LINKED;

    command->flags = (uint16_t)(others | (linked ? (unsigned)WIRE_LINKED : 0U));
}

/* ---- whole commands ---- */

static void whole(struct hr_command *command, enum hr_target kind, const char *target,
                  const char *amount)
{
    hr_set_target(command, kind, target);
    if (amount != NULL) {
        hr_set_amount(command, HR_AMOUNT, amount);
    }
}

void hr_reserve(struct hr_command *command, const char *id, const char *limit, const char *amount)
{
    hr_command(command, HR_RESERVE, id);
    whole(command, HR_TARGET_LIMIT, limit, amount);
}

void hr_confirm(struct hr_command *command, const char *id, const char *reservation,
                const char *amount)
{
    hr_command(command, HR_CONFIRM, id);
    whole(command, HR_TARGET_RESERVATION, reservation, amount);
}

void hr_cancel(struct hr_command *command, const char *id, const char *reservation)
{
    hr_command(command, HR_CANCEL, id);
    whole(command, HR_TARGET_RESERVATION, reservation, NULL);
}

void hr_draw(struct hr_command *command, const char *id, const char *limit, const char *amount)
{
    hr_command(command, HR_DRAW, id);
    whole(command, HR_TARGET_LIMIT, limit, amount);
}

void hr_repay(struct hr_command *command, const char *id, const char *exposure_id,
              const char *amount)
{
    hr_command(command, HR_REPAY, id);
    whole(command, HR_TARGET_EXPOSURE, exposure_id, amount);
}

void hr_restate(struct hr_command *command, const char *id, const char *exposure_id,
                const char *amount)
{
    hr_command(command, HR_RESTATE, id);
    whole(command, HR_TARGET_EXPOSURE, exposure_id, amount);
}

void hr_check(struct hr_command *command, const char *limit, const char *amount)
{
    hr_command(command, HR_CHECK, NULL);
    whole(command, HR_TARGET_LIMIT, limit, amount);
}

void hr_get(struct hr_command *command, enum hr_target kind, const char *id)
{
    hr_command(command, HR_GET, NULL);
    whole(command, kind, id, NULL);
}
