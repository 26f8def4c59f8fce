/* From the book to the statement, loan by loan. What frees room comes first, what takes it last, so
 * that no drawing is refused for room that the same statement frees. Within the drawings the room
 * only shrinks: one that was refused stays refused however often the import is run again. */
#include "import/ibrd_book.h"

/* What a loan has to go through. */
struct step {
    uint32_t loan;
    const struct ibrd_row *row;
    uint32_t borrower, guarantor;
    struct ibrd_position due; /* what the statement states */
};

static int64_t repaid_of(const struct ibrd_position *position)
{
    return position->repaid + position->sold;
}

static void step_id(struct ledger_id *ret_id, const struct ibrd_import *import, uint32_t loan,
                    const char *name, int number)
{
    ibrd_step_id(ret_id, ibrd_loan_name(import->statements, loan), import->period, name, number);
}

/* A command that names the loan's limit. */
static struct ledger_command *limit_command(struct ibrd_import *import, enum ledger_op op,
                                            uint32_t loan, const char *step, const char *reason)
{
    struct ledger_id id, limit;

    step_id(&id, import, loan, step, -1);
    ibrd_loan_id(&limit, import, loan);
    struct ledger_command *command = ibrd_command(import, op, &id, reason);
    import_command_target(command, LEDGER_HAS(LIMIT), &limit);
    return command;
}

static void repay_plan(struct ibrd_import *import, uint32_t loan,
                       const struct ibrd_exposure *exposure, int64_t amount, const char *step,
                       int number, const char *reason)
{
    struct ledger_id id, exposure_id;

    step_id(&id, import, loan, step, number);
    ibrd_exposure_id(&exposure_id, import, loan, exposure);
    struct ledger_command *command = ibrd_command(import, LEDGER_OP_REPAY, &id, reason);
    import_command_target(command, LEDGER_HAS(EXPOSURE_ID), &exposure_id);
    import_command_amount(command, LEDGER_HAS(AMOUNT), amount);
}

static size_t exposures_count(const struct ibrd_import *import, const struct ibrd_loan *loan)
{
    size_t count = 0;

    for (uint32_t i = loan->first; i != IBRD_EXPOSURE_NONE; i = ibrd_exposure(import, i)->next) {
        count++;
    }
    return count;
}

/* ---- corrections ---- */

/* The ledger never takes back what was drawn or repaid. A statement in which either fell corrects
 * an earlier one: the loan is reversed here, and booked anew under a limit of its own below. */
static bool step_corrects(const struct ibrd_import *import, const struct step *step)
{
    const struct ibrd_position *held = &import->loans[step->loan].held;

    return step->due.drawn < held->drawn || repaid_of(&step->due) < repaid_of(held);
}

static enum import_status reversal_plan(struct ibrd_import *import, const struct step *step)
{
    struct ibrd_loan *loan = &import->loans[step->loan];
    int number = 0;

    TRY(ibrd_reserve(import, exposures_count(import, loan) + 1));
    while (loan->first != IBRD_EXPOSURE_NONE) {
        struct ibrd_exposure *exposure = ibrd_exposure(import, loan->first);

        repay_plan(import, step->loan, exposure, exposure->remaining, "v", number++,
                   "reversed: the statement corrects an earlier one");
        import->batch.commands[import->batch.count - 1].linked = true;
        loan->first = exposure->next;
    }
    loan->last = IBRD_EXPOSURE_NONE;
    (void)limit_command(import, LEDGER_OP_LIMIT_CLOSE, step->loan, "z",
                        "reversed: the statement corrects an earlier one");
    loan->open = false;
    loan->booking++;
    loan->corrected = import->period;
    loan->held = (struct ibrd_position){0};
    import->result.corrections++;
    return IMPORT_OK;
}

/* ---- what frees room ---- */

/* Takes `amount` off the loan's drawings, the oldest first. */
static enum import_status repayments_plan(struct ibrd_import *import, uint32_t number,
                                          int64_t amount, int *inout_step, const char *reason)
{
    struct ibrd_loan *loan = &import->loans[number];

    while (amount > 0) {
        TRY(ibrd_reserve(import, 1));
        check(loan->first != IBRD_EXPOSURE_NONE);
        struct ibrd_exposure *exposure = ibrd_exposure(import, loan->first);
        const int64_t part = amount < exposure->remaining ? amount : exposure->remaining;

        repay_plan(import, number, exposure, part, "r", (*inout_step)++, reason);
        amount -= part;
        exposure->remaining -= part;
        if (exposure->remaining == 0) {
            loan->first = exposure->next;
            loan->last = loan->first == IBRD_EXPOSURE_NONE ? IBRD_EXPOSURE_NONE : loan->last;
        }
    }
    return IMPORT_OK;
}

/* How much more is repaid to the bank, and sold. The sum is what counts in the ledger. */
static void repaid_split(const struct ibrd_position *held, const struct ibrd_position *due,
                         int64_t *ret_repaid, int64_t *ret_sold)
{
    const int64_t all = repaid_of(due) - repaid_of(held);
    int64_t sold = due->sold - held->sold;

    sold = sold < 0 ? 0 : sold > all ? all : sold;
    *ret_repaid = all - sold;
    *ret_sold = sold;
}

/* What is repaid of drawings that stood at the statement before. */
static enum import_status reductions_plan(struct ibrd_import *import, const struct step *step)
{
    struct ibrd_position *held = &import->loans[step->loan].held;
    int64_t outstanding = ibrd_position_outstanding(held);
    int64_t repaid, sold;
    int number = 0;

    repaid_split(held, &step->due, &repaid, &sold);
    repaid = repaid < outstanding ? repaid : outstanding;
    outstanding -= repaid;
    sold = sold < outstanding ? sold : outstanding;
    TRY(repayments_plan(import, step->loan, repaid, &number, "repaid to the bank"));
    TRY(repayments_plan(import, step->loan, sold, &number, "sold to third parties"));
    held->repaid += repaid;
    held->sold += sold;
    return IMPORT_OK;
}

static void parents_set(struct ibrd_import *import, struct ledger_command *command,
                        const struct step *step)
{
    struct ledger_id parents[2];
    size_t count = 0;

    parents[count++] = ibrd_party(import, step->borrower)->id;
    if (step->guarantor != IBRD_PARTY_NONE) {
        parents[count++] = ibrd_party(import, step->guarantor)->id;
    }
    import_command_parents(&import->batch, command, parents, count);
}

/* Borrower, guarantor, effectiveness and limit, where the statement changes them. */
static enum import_status terms_plan(struct ibrd_import *import, const struct step *step)
{
    struct ibrd_loan *loan = &import->loans[step->loan];

    TRY(ibrd_reserve(import, 4));
    if (loan->borrower != step->borrower || loan->guarantor != step->guarantor) {
        parents_set(import,
                    limit_command(import, LEDGER_OP_LIMIT_MOVE, step->loan, "m",
                                  "the statement names another borrower or guarantor"),
                    step);
        loan->borrower = step->borrower;
        loan->guarantor = step->guarantor;
    }
    if (loan->held.pending && !step->due.pending) {
        (void)limit_command(import, LEDGER_OP_LIMIT_ACTIVATE, step->loan, "a",
                            "no longer only approved or signed");
        loan->held.pending = false;
    }
    if (step->due.frozen < loan->held.frozen) {
        import_command_amount(limit_command(import, LEDGER_OP_LIMIT_UNFREEZE, step->loan, "g",
                                            "stated as undisbursed, drawn or cancelled"),
                              LEDGER_HAS(AMOUNT), loan->held.frozen - step->due.frozen);
        loan->held.frozen = step->due.frozen;
    }
    if (step->due.cap != loan->held.cap) {
        import_command_amount(limit_command(import, LEDGER_OP_LIMIT_ADJUST, step->loan, "c",
                                            "original principal less cancelled"),
                              LEDGER_HAS(CAP), step->due.cap);
        loan->held.cap = step->due.cap;
    }
    return IMPORT_OK;
}

static enum import_status reduce_plan(struct ibrd_import *import, const struct step *step)
{
    if (!import->loans[step->loan].open) {
        return IMPORT_OK;
    }
    if (step_corrects(import, step)) {
        return reversal_plan(import, step);
    }
    TRY(terms_plan(import, step));
    return reductions_plan(import, step);
}

/* ---- what takes room ---- */

static enum import_status open_plan(struct ibrd_import *import, const struct step *step)
{
    struct ibrd_loan *loan = &import->loans[step->loan];
    const struct ibrd_party *borrower = ibrd_party(import, step->borrower);
    struct ledger_id id;

    if (loan->open) {
        return IMPORT_OK;
    }
    TRY(ibrd_reserve(import, 1));
    ibrd_loan_id(&id, import, step->loan);
    struct ledger_command *command =
        ibrd_command(import, LEDGER_OP_LIMIT_OPEN, &id,
                     loan->booking > 0 ? "booked anew: the statement corrects an earlier one"
                                       : "original principal less cancelled");
    struct ledger_extra *extra = import_command_extra(&import->batch, command);
    command->currency = CURRENCY_USD;
    extra->kind = SLICE("loan");
    extra->revolving = false;
    extra->status = step->due.pending ? LIMIT_STATUS_PENDING : LIMIT_STATUS_ACTIVE;
    command->fields |=
        LEDGER_HAS(CURRENCY) | LEDGER_HAS(KIND) | LEDGER_HAS(REVOLVING) | LEDGER_HAS(STATUS);
    if (borrower->kind == IBRD_BORROWER) {
        const struct slice name = ledger_id_slice(&borrower->id);

        extra->holder = slice_of(name.data + 2, name.size - 2);
        command->fields |= LEDGER_HAS(HOLDER);
    }
    import_command_case(&import->batch, command,
                        ibrd_row_text(import->statements, step->row, IBRD_TEXT_BORROWER));
    import_command_amount(command, LEDGER_HAS(CAP), step->due.cap);
    parents_set(import, command, step);
    loan->open = true;
    loan->held.cap = step->due.cap;
    loan->held.pending = step->due.pending;
    loan->borrower = step->borrower;
    loan->guarantor = step->guarantor;
    import->result.limits[IBRD_LOAN_KIND]++;
    return IMPORT_OK;
}

static enum import_status draw_plan(struct ibrd_import *import, const struct step *step)
{
    const struct ibrd_loan *loan = &import->loans[step->loan];
    const bool first = import->periods.size == 0;
    struct ibrd_draw draw = {
        .loan = step->loan,
        .amount = step->due.drawn - loan->held.drawn,
        .always_unlock = first || loan->corrected == import->period,
    };

    if (draw.amount == 0) {
        return IMPORT_OK;
    }
    repaid_split(&loan->held, &step->due, &draw.repaid, &draw.sold);
    return ibrd_draw_plan(import, &draw);
}

/* Room that the statement does not state as undisbursed is set aside, so that nobody draws it. */
static enum import_status freeze_plan(struct ibrd_import *import, const struct step *step)
{
    struct ibrd_loan *loan = &import->loans[step->loan];

    if (step->due.frozen <= loan->held.frozen) {
        return IMPORT_OK;
    }
    TRY(ibrd_reserve(import, 1));
    import_command_amount(
        limit_command(import, LEDGER_OP_LIMIT_FREEZE, step->loan, "f", "not stated as undisbursed"),
        LEDGER_HAS(AMOUNT), step->due.frozen - loan->held.frozen);
    loan->held.frozen = step->due.frozen;
    return IMPORT_OK;
}

enum import_status ibrd_flows_run(struct ibrd_import *import, const struct ibrd_row *rows,
                                  size_t count, const uint32_t *parents)
{
    static enum import_status (*const phases[])(struct ibrd_import *, const struct step *) = {
        reduce_plan, open_plan, draw_plan, freeze_plan};

    for (size_t phase = 0; phase < sizeof(phases) / sizeof(phases[0]); phase++) {
        for (size_t i = 0; i < count; i++) {
            struct step step = {
                .loan = rows[i].loan,
                .row = &rows[i],
                .borrower = parents[2 * i],
                .guarantor = parents[2 * i + 1],
            };

            ibrd_position_of(&step.due, import->statements, &rows[i]);
            TRY(phases[phase](import, &step));
        }
        TRY(ibrd_flush(import));
    }
    return IMPORT_OK;
}
