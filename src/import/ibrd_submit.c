/* Batches of an import: submitted, counted, and their drawings settled. */
#include "import/ibrd_book.h"

enum { BATCH_COMMANDS = 4096 }; /* in one batch, unless one loan needs more */

enum import_status ibrd_fail(struct ibrd_import *import, enum import_status status,
                             struct slice detail)
{
    *import->error = (struct import_error){.status = status};
    import_error_detail(import->error, detail);
    return status;
}

struct ledger_command *ibrd_command(struct ibrd_import *import, enum ledger_op op,
                                    const struct ledger_id *id, const char *reason)
{
    struct ledger_command *command = import_batch_add(&import->batch, op, id);
    struct ledger_extra *extra = import_command_extra(&import->batch, command);

    extra->actor = SLICE("headroom import ibrd");
    command->fields |= LEDGER_HAS(ACTOR);
    if (reason != NULL) {
        extra->reason = slice_from_cstr(reason);
        command->fields |= LEDGER_HAS(REASON);
    }
    import->result.ops[op]++;
    return command;
}

struct ibrd_exposure *ibrd_exposure(const struct ibrd_import *import, uint32_t exposure)
{
    check(exposure < import->exposures.size / sizeof(struct ibrd_exposure));
    return (struct ibrd_exposure *)(void *)import->exposures.data + exposure;
}

void ibrd_exposure_id(struct ledger_id *ret_id, const struct ibrd_import *import, uint32_t loan,
                      const struct ibrd_exposure *exposure)
{
    ibrd_step_id(ret_id, ibrd_loan_name(import->statements, loan), exposure->period,
                 exposure->unlocked ? "x" : "d", -1);
}

/* ---- drawings ---- */

static void loan_step_id(struct ledger_id *ret_id, const struct ibrd_import *import, uint32_t loan,
                         const char *step, int number)
{
    ibrd_step_id(ret_id, ibrd_loan_name(import->statements, loan), import->period, step, number);
}

/* What of a drawing was repaid or sold before the statement: it counts on the loan alone, for no
 * statement ever showed it as owed. */
static void repaid_plan(struct ibrd_import *import, const struct ledger_id *exposure, uint32_t loan,
                        int64_t amount, int number, const char *reason)
{
    struct ledger_id id;

    if (amount == 0) {
        return;
    }
    import->batch.commands[import->batch.count - 1].linked = true;
    loan_step_id(&id, import, loan, "p", number);
    struct ledger_command *command = ibrd_command(import, LEDGER_OP_REPAY, &id, reason);
    import_command_target(command, LEDGER_HAS(EXPOSURE_ID), exposure);
    import_command_amount(command, LEDGER_HAS(AMOUNT), amount);
    import_command_amount(command, LEDGER_HAS(EXPOSURE), 0);
    import_command_amount(command, LEDGER_HAS(WEIGHTED), 0);
}

/* The drawing itself and what follows it, as one chain. */
static enum import_status drawing_plan(struct ibrd_import *import, const struct ibrd_draw *draw)
{
    const struct ibrd_pending pending = {*draw, import->batch.count};
    struct ledger_id unlocks[IBRD_UNLOCKS_MAX];
    struct ledger_id id, limit;

    loan_step_id(&id, import, draw->loan, draw->unlock_count > 0 ? "x" : "d", -1);
    ibrd_loan_id(&limit, import, draw->loan);
    struct ledger_command *command =
        ibrd_command(import, LEDGER_OP_DRAW, &id,
                     draw->always_unlock ? "the balance that the statement states"
                                         : "disbursed since the statement before");
    import_command_target(command, LEDGER_HAS(LIMIT), &limit);
    import_command_amount(command, LEDGER_HAS(AMOUNT), draw->amount);
    import_command_amount(command, LEDGER_HAS(EXPOSURE), draw->amount - draw->repaid - draw->sold);
    for (uint32_t i = 0; i < draw->unlock_count; i++) {
        loan_step_id(&unlocks[i], import, draw->loan, "u", (int)i);
    }
    if (draw->unlock_count > 0) {
        import_command_unlocks(&import->batch, command, unlocks, draw->unlock_count);
    }
    buffer_append(&import->pending, slice_of((const char *)&pending, sizeof(pending)));
    repaid_plan(import, &id, draw->loan, draw->repaid, 0, "repaid to the bank");
    repaid_plan(import, &id, draw->loan, draw->sold, 1, "sold to third parties");
    return buffer_failed(&import->pending) ? ibrd_fail(import, IMPORT_NO_MEMORY, SLICE(""))
                                           : IMPORT_OK;
}

enum import_status ibrd_draw_plan(struct ibrd_import *import, const struct ibrd_draw *draw)
{
    check(draw->amount > 0 && draw->repaid + draw->sold <= draw->amount && draw->unlock_count == 0);
    TRY(ibrd_reserve(import, 3));
    return drawing_plan(import, draw);
}

/* Puts a refusal on record: the loan's cap is set to what it is, under the id of the drawing. So
 * the history tells of it, and the same import run again does not try once more. */
static void note_plan(struct ibrd_import *import, const struct ibrd_refused *refused)
{
    const uint32_t loan = refused->draw.loan;
    struct ledger_id id, limit;

    loan_step_id(&id, import, loan, "d", -1);
    ibrd_loan_id(&limit, import, loan);
    buffer_reset(&import->scratch);
    buffer_append(&import->scratch, SLICE("drawing of "));
    amount_write_grouped(&import->scratch, refused->draw.amount, CURRENCY_USD);
    buffer_append(&import->scratch, SLICE(" refused: "));
    buffer_append(&import->scratch, ledger_status_code(refused->reason));
    buffer_append(&import->scratch, SLICE(" at "));
    buffer_append(&import->scratch, ledger_id_slice(&refused->limit));
    struct ledger_command *command = ibrd_command(import, LEDGER_OP_LIMIT_ADJUST, &id, NULL);
    import_command_target(command, LEDGER_HAS(LIMIT), &limit);
    import_command_amount(command, LEDGER_HAS(CAP), import->loans[loan].held.cap);
    import_command_reason(&import->batch, command, buffer_slice(&import->scratch));
    import->batch.failed = import->batch.failed || buffer_failed(&import->scratch);
}

/* The note, the unlocks and the drawing again, as one chain. */
static enum import_status retry_plan(struct ibrd_import *import, const struct ibrd_refused *refused)
{
    const date_days business = ledger_business_date(import_ledger(import->target));
    const struct ibrd_draw *draw = &refused->draw;

    note_plan(import, refused);
    if (refused->left) {
        return IMPORT_OK;
    }
    for (uint32_t i = 0; i < draw->unlock_count; i++) {
        struct ledger_id id;

        import->batch.commands[import->batch.count - 1].linked = true;
        loan_step_id(&id, import, draw->loan, "u", (int)i);
        struct ledger_command *command = ibrd_command(
            import, LEDGER_OP_UNLOCK, &id, "the statement shows that the drawing took place");
        struct ledger_extra *extra = import_command_extra(&import->batch, command);

        import_command_target(command, LEDGER_HAS(LIMIT), &draw->unlocks[i].limit);
        import_command_amount(command, LEDGER_HAS(AMOUNT), draw->unlocks[i].required);
        extra->until = business > import->period ? business : import->period;
        extra->lifts = draw->unlocks[i].lifts;
        command->fields |= LEDGER_HAS(UNTIL) | LEDGER_HAS(LIFTS);
    }
    import->batch.commands[import->batch.count - 1].linked = true;
    return drawing_plan(import, draw);
}

/* ---- what became of them ---- */

static enum import_status draw_settle(struct ibrd_import *import, const struct ibrd_draw *draw)
{
    struct ibrd_loan *loan = &import->loans[draw->loan];
    const struct ibrd_exposure exposure = {
        .period = import->period,
        .unlocked = draw->unlock_count > 0,
        .remaining = draw->amount - draw->repaid - draw->sold,
        .next = IBRD_EXPOSURE_NONE,
    };
    const uint32_t number = (uint32_t)(import->exposures.size / sizeof(exposure));

    loan->held.drawn += draw->amount;
    loan->held.repaid += draw->repaid;
    loan->held.sold += draw->sold;
    import->result.unlocks += exposure.unlocked ? 1 : 0;
    if (exposure.remaining == 0) {
        return IMPORT_OK;
    }
    buffer_append(&import->exposures, slice_of((const char *)&exposure, sizeof(exposure)));
    if (buffer_failed(&import->exposures)) {
        return ibrd_fail(import, IMPORT_NO_MEMORY, SLICE(""));
    }
    if (loan->last == IBRD_EXPOSURE_NONE) {
        loan->first = number;
    } else {
        ibrd_exposure(import, loan->last)->next = number;
    }
    loan->last = number;
    return IMPORT_OK;
}

static void draw_leave(struct ibrd_import *import, const struct ibrd_draw *draw)
{
    import->loans[draw->loan].refused = true;
    import->result.left++;
}

/* The ids of all other limits have a letter and a colon before their names. */
static bool limit_is_loan(const struct ledger_id *limit)
{
    return ledger_id_slice(limit).size < 2 || limit->bytes[1] != ':';
}

/* Counts one reason of refusal, and that it is lifted. */
static bool refusal_count(struct ibrd_import *import, const struct ledger_id *limit,
                          enum ledger_status reason, int128 required, bool unlocked)
{
    struct ibrd_refusal_count *counts = (void *)import->refusals.data;
    const size_t count = import->refusals.size / sizeof(*counts);
    struct ibrd_refusal_count entry = {.reason = reason, .of_loans = limit_is_loan(limit)};

    if (!entry.of_loans) {
        entry.limit = *limit;
    }
    for (size_t i = 0; i < count; i++) {
        if (counts[i].reason == reason && ledger_id_equal(&counts[i].limit, &entry.limit)) {
            counts[i].count++;
            counts[i].unlocked += unlocked ? 1 : 0;
            counts[i].required += required;
            return true;
        }
    }
    entry.count = 1;
    entry.unlocked = unlocked ? 1 : 0;
    entry.required = required;
    buffer_append(&import->refusals, slice_of((const char *)&entry, sizeof(entry)));
    return !buffer_failed(&import->refusals);
}

/* The bit of an unlock that lifts a reason; 0 when none does. */
static uint8_t lift_of(enum ledger_status reason)
{
    for (unsigned bit = 1; bit <= LIFT_ALL; bit <<= 1) {
        if (ledger_lift_reason((enum ledger_lift)bit) == reason) {
            return (uint8_t)bit;
        }
    }
    return 0;
}

/* Adds to a drawing's unlocks what lifts one reason. False when nothing does. */
static bool unlock_add(struct ibrd_draw *draw, const struct ledger_refusal *refusal)
{
    const uint8_t lift = lift_of(refusal->reason);
    /* What the reasons other than want of room need is not said; it is at most the drawing. */
    const int128 required =
        refusal->reason == LEDGER_LIMIT_EXCEEDED ? refusal->required_minor : draw->amount;

    for (uint32_t i = 0; i < draw->unlock_count; i++) {
        struct ibrd_unlock *unlock = &draw->unlocks[i];

        if (ledger_id_equal(&unlock->limit, &refusal->limit)) {
            const bool grows = (unlock->lifts | lift) != unlock->lifts;

            unlock->lifts |= lift;
            unlock->required = draw->amount;
            return lift != 0 && grows;
        }
    }
    if (lift == 0 || draw->unlock_count == IBRD_UNLOCKS_MAX) {
        return false;
    }
    draw->unlocks[draw->unlock_count++] =
        (struct ibrd_unlock){refusal->limit, (int64_t)required, lift};
    return true;
}

/* A refused drawing: counted, and put down to be unlocked or left. One that is refused again, since
 * others have taken the room of a further limit meanwhile, is unlocked there too. */
static enum import_status refused_take(struct ibrd_import *import, const struct ibrd_draw *draw,
                                       const struct ledger_result *result)
{
    struct ibrd_refused refused = {.draw = *draw};
    bool lifts = draw->always_unlock || import->options.unlocks;

    check(result->refusals_count > 0);
    for (uint32_t i = 0; lifts && i < result->refusals_count; i++) {
        lifts = unlock_add(&refused.draw, &result->refusals[i]);
    }
    for (uint32_t i = 0; i < result->refusals_count; i++) {
        const struct ledger_refusal *refusal = &result->refusals[i];

        if (!refusal_count(import, &refusal->limit, refusal->reason, refusal->required_minor,
                           lifts)) {
            return ibrd_fail(import, IMPORT_NO_MEMORY, SLICE(""));
        }
    }
    refused.left = !lifts;
    refused.reason = result->refusals[0].reason;
    refused.limit = result->refusals[0].limit;
    if (refused.left) {
        draw_leave(import, draw);
    }
    buffer_append(&import->refused, slice_of((const char *)&refused, sizeof(refused)));
    return buffer_failed(&import->refused) ? ibrd_fail(import, IMPORT_NO_MEMORY, SLICE(""))
                                           : IMPORT_OK;
}

/* A drawing whose id stands for a note: it was refused when the import ran before. */
static enum import_status noted_take(struct ibrd_import *import, const struct ibrd_draw *draw)
{
    struct ibrd_draw again = *draw;
    struct ledger_record_view view;
    struct ledger_id id;

    loan_step_id(&id, import, draw->loan, "x", -1);
    again.unlock_count = 1;
    if (ledger_record_look(import_ledger(import->target), &id, &view)) {
        return draw_settle(import, &again);
    }
    draw_leave(import, draw);
    return IMPORT_OK;
}

static enum import_status pending_settle(struct ibrd_import *import)
{
    const struct ibrd_pending *pending = (const void *)import->pending.data;
    const size_t count = import->pending.size / sizeof(*pending);

    for (size_t i = 0; i < count; i++) {
        const struct ledger_result *result = &import->batch.results[pending[i].command];

        if (result->status == LEDGER_OK || result->status == LEDGER_EXISTS) {
            TRY(draw_settle(import, &pending[i].draw));
        } else if (result->status == LEDGER_REFUSED) {
            TRY(refused_take(import, &pending[i].draw, result));
        } else if (result->status == LEDGER_ID_CONFLICT && pending[i].draw.unlock_count == 0) {
            TRY(noted_take(import, &pending[i].draw));
        } else {
            draw_leave(import, &pending[i].draw);
        }
    }
    buffer_reset(&import->pending);
    return IMPORT_OK;
}

static enum import_status tape_write(struct ibrd_import *import)
{
    if (import->options.tape == NULL) {
        return IMPORT_OK;
    }
    buffer_reset(&import->tape);
    for (size_t i = 0; i < import->batch.count; i++) {
        import_command_write(&import->tape, &import->batch.commands[i]);
    }
    if (buffer_failed(&import->tape)) {
        return ibrd_fail(import, IMPORT_NO_MEMORY, SLICE(""));
    }
    const enum import_status status =
        import->options.tape(import->options.context, buffer_slice(&import->tape));
    return status == IMPORT_OK ? IMPORT_OK : ibrd_fail(import, status, SLICE(""));
}

static enum import_status batch_submit(struct ibrd_import *import)
{
    struct import_batch *batch = &import->batch;

    if (batch->failed) {
        return ibrd_fail(import, IMPORT_NO_MEMORY, SLICE(""));
    }
    for (size_t i = 0; i < batch->count; i++) {
        ledger_command_judge(&batch->commands[i], ledger_base(import_ledger(import->target)));
    }
    TRY(tape_write(import));
    const enum import_status status =
        import_submit(import->target, batch->results, batch->commands, batch->count);
    if (status != IMPORT_OK) {
        return ibrd_fail(import, status, SLICE(""));
    }
    for (size_t i = 0; i < batch->count; i++) {
        const enum ledger_status code = batch->results[i].status;

        import->result.statuses[code]++;
        /* A drawing's id may stand for the note of its refusal; nothing else may be known. */
        if (code == LEDGER_ID_CONFLICT && batch->commands[i].op != LEDGER_OP_DRAW) {
            return ibrd_fail(import, IMPORT_OTHER_BOOK, ledger_id_slice(&batch->commands[i].id));
        }
    }
    TRY(pending_settle(import));
    import_batch_reset(batch);
    return IMPORT_OK;
}

enum import_status ibrd_flush(struct ibrd_import *import)
{
    TRY(batch_submit(import));
    for (size_t i = 0; i < import->refused.size / sizeof(struct ibrd_refused); i++) {
        struct ibrd_refused refused;

        memcpy(&refused, import->refused.data + i * sizeof(refused), sizeof(refused));
        if (import->batch.count + IBRD_UNLOCKS_MAX + 4 > BATCH_COMMANDS) {
            TRY(batch_submit(import));
        }
        TRY(retry_plan(import, &refused));
        /* The last of the list: what is refused again joins it, and is left. */
        if (i + 1 == import->refused.size / sizeof(struct ibrd_refused)) {
            TRY(batch_submit(import));
        }
    }
    buffer_reset(&import->refused);
    return IMPORT_OK;
}

enum import_status ibrd_reserve(struct ibrd_import *import, size_t count)
{
    if (import->batch.count + count <= BATCH_COMMANDS) {
        return IMPORT_OK;
    }
    TRY(ibrd_flush(import));
    return count <= IMPORT_BATCH_MAX ? IMPORT_OK : ibrd_fail(import, IMPORT_TOO_MANY, SLICE(""));
}
