#include "import/ibrd_import.h"

#include "base/hash.h"
#include "import/ibrd_book.h"

/** Bytes of what an import keeps a name, a loan and a row. */
#define IMPORT_ARENA_MAX (4ULL << 30)

/** Cents. The World Bank's own single borrower limit was of this order when the statements of 2020
 *  to 2022 were made; its Articles of Agreement (III, section 3) bound the whole by capital,
 * reserves and surplus, which are more than the second. */
static const int64_t single_borrower_default = 20LL * 1000 * 1000 * 1000 * 100;
static const int64_t portfolio_default = 350LL * 1000 * 1000 * 1000 * 100;

void ibrd_options_init(struct ibrd_options *options)
{
    *options = (struct ibrd_options){
        .single_borrower_limit = single_borrower_default,
        .portfolio_limit = portfolio_default,
        .unlocks = true,
    };
}

static bool import_take(struct ibrd_import *import)
{
    const uint32_t names = import_names_count(&import->statements->names);
    const uint32_t loans = ibrd_loans_count(import->statements);

    arena_init(&import->arena, IMPORT_ARENA_MAX);
    for (int kind = 0; kind < IBRD_LOAN_KIND; kind++) {
        import->party_of[kind] =
            arena_take_array(&import->arena, names, sizeof(*import->party_of[kind]));
        if (import->party_of[kind] == NULL) {
            return false;
        }
    }
    import->loans = arena_take_array(&import->arena, loans, sizeof(*import->loans));
    if (import->loans == NULL || !import_batch_open(&import->batch)) {
        return false;
    }
    for (uint32_t i = 0; i < loans; i++) {
        import->loans[i] = (struct ibrd_loan){
            .corrected = DATE_NONE,
            .borrower = IBRD_PARTY_NONE,
            .guarantor = IBRD_PARTY_NONE,
            .first = IBRD_EXPOSURE_NONE,
            .last = IBRD_EXPOSURE_NONE,
            .row_before = IBRD_ROW_NONE,
            .row = IBRD_ROW_NONE,
        };
    }
    return true;
}

void ibrd_import_free(struct ibrd_import *import)
{
    if (import == NULL) {
        return;
    }
    buffer_release(&import->parties);
    buffer_release(&import->exposures);
    buffer_release(&import->pending);
    buffer_release(&import->refused);
    buffer_release(&import->tape);
    buffer_release(&import->refusals);
    buffer_release(&import->periods);
    buffer_release(&import->scratch);
    import_batch_release(&import->batch);
    arena_release(&import->arena);
    memory_free(import);
}

const struct ibrd_result *ibrd_import_result(const struct ibrd_import *import)
{
    return &import->result;
}

/* What the statement is, in words and as a hash of what its rows say: two imports under the same
 * ids are the same only where this is. */
static enum import_status content_write(struct ibrd_import *import, date_days after,
                                        const struct ibrd_row *rows, size_t count)
{
    struct buffer *text = &import->scratch;
    struct sha256 *sha = sha256_new();
    uint8_t digest[SHA256_SIZE];
    char hex[2 * SHA256_SIZE];

    if (sha == NULL) {
        return ibrd_fail(import, IMPORT_NO_MEMORY, SLICE(""));
    }
    for (size_t i = 0; i < count; i++) {
        sha256_update(sha, rows[i].figures, sizeof(rows[i].figures));
        for (int j = 0; j < IBRD_TEXT_COUNT; j++) {
            const struct slice name =
                ibrd_row_text(import->statements, &rows[i], (enum ibrd_text)j);

            sha256_update(sha, name.data, name.size);
            sha256_update(sha, "", 1);
        }
    }
    sha256_finish(sha, digest);
    hex_write(hex, digest, sizeof(digest));
    buffer_reset(text);
    buffer_append(text, SLICE("Statement of Loans, "));
    date_write(text, import->period);
    if (after != DATE_NONE) {
        buffer_append(text, SLICE(", after "));
        date_write(text, after);
    }
    buffer_printf(text, ": %zu loans, sha256 %.*s; single borrower limit ", count, 16, hex);
    amount_write_grouped(text, import->options.single_borrower_limit, CURRENCY_USD);
    buffer_append_cstr(text, import->options.unlocks ? "; refused drawings are unlocked"
                                                     : "; refused drawings stay refused");
    return buffer_failed(text) ? ibrd_fail(import, IMPORT_NO_MEMORY, SLICE("")) : IMPORT_OK;
}

/* Opens the day, and says in the portfolio's history what is imported. */
static enum import_status period_open(struct ibrd_import *import, date_days after,
                                      const struct ibrd_row *rows, size_t count)
{
    struct ledger_id id;

    TRY(content_write(import, after, rows, count));
    ibrd_step_id(&id, SLICE("P:IBRD"), import->period, "day", -1);
    const uint64_t known = import->result.statuses[LEDGER_EXISTS];
    struct ledger_command *command =
        ibrd_command(import, LEDGER_OP_DAY_OPEN, &id, "the end of the statement's period");
    import_command_extra(&import->batch, command)->date = import->period;
    command->fields |= LEDGER_HAS(DATE);
    if (import->target->takes_time) {
        command->at = (time_us)import->period * US_PER_DAY;
    }
    TRY(ibrd_portfolio_plan(import, after, buffer_slice(&import->scratch)));
    TRY(ibrd_flush(import));
    import->seen_before = import->result.statuses[LEDGER_EXISTS] > known;
    return IMPORT_OK;
}

/* Points each loan at its row of the statement under way. */
static void rows_enter(struct ibrd_import *import, struct ibrd_period_count *count, size_t begin,
                       size_t rows_count)
{
    size_t all;
    const struct ibrd_row *rows = ibrd_rows(import->statements, &all);

    for (uint32_t i = 0; i < ibrd_loans_count(import->statements); i++) {
        struct ibrd_loan *loan = &import->loans[i];

        count->loans_gone += loan->row != IBRD_ROW_NONE ? 1 : 0;
        loan->row_before = loan->row != IBRD_ROW_NONE ? loan->row : loan->row_before;
        loan->row = IBRD_ROW_NONE;
    }
    for (size_t i = begin; i < begin + rows_count; i++) {
        struct ibrd_loan *loan = &import->loans[rows[i].loan];

        loan->row = (uint32_t)i;
        count->loans_new += loan->row_before == IBRD_ROW_NONE ? 1 : 0;
        count->loans_gone -= loan->row_before != IBRD_ROW_NONE &&
                                     rows[loan->row_before].period == rows[begin - 1].period
                                 ? 1
                                 : 0;
    }
    count->loans = rows_count;
}

static enum import_status period_run(struct ibrd_import *import, date_days after, size_t begin,
                                     size_t count, bool last)
{
    size_t all;
    const struct ibrd_row *rows = ibrd_rows(import->statements, &all) + begin;
    struct ibrd_period_count period = {0};
    const struct ibrd_result before = import->result;
    const uint64_t commands = import->target->commands;
    uint32_t *parents = memory_allocate(2 * count * sizeof(*parents));

    if (parents == NULL) {
        return ibrd_fail(import, IMPORT_NO_MEMORY, SLICE(""));
    }
    import->period = rows[0].period;
    rows_enter(import, &period, begin, count);
    enum import_status status = period_open(import, after, rows, count);
    if (status == IMPORT_OK) {
        status = ibrd_parties_plan(import, parents, rows, count);
    }
    if (status == IMPORT_OK) {
        status = ibrd_flush(import);
    }
    if (status == IMPORT_OK) {
        status = ibrd_flows_run(import, rows, count, parents);
    }
    memory_free(parents);
    TRY(status);
    if (last || !import->seen_before) {
        ibrd_reconcile(import, &period.reconciliation, rows, count);
    }
    period.reconciliation.period = import->period;
    period.commands = import->target->commands - commands;
    period.refused = import->result.statuses[LEDGER_REFUSED] - before.statuses[LEDGER_REFUSED];
    period.unlocked = import->result.unlocks - before.unlocks;
    buffer_append(&import->periods, slice_of((const char *)&period, sizeof(period)));
    return buffer_failed(&import->periods) ? ibrd_fail(import, IMPORT_NO_MEMORY, SLICE(""))
                                           : IMPORT_OK;
}

static int refusal_order(const void *first, const void *second)
{
    const struct ibrd_refusal_count *a = first;
    const struct ibrd_refusal_count *b = second;

    if (a->count != b->count) {
        return a->count > b->count ? -1 : 1;
    }
    if (a->reason != b->reason) {
        return a->reason < b->reason ? -1 : 1;
    }
    return memcmp(a->limit.bytes, b->limit.bytes, LEDGER_ID_SIZE);
}

static enum import_status periods_run(struct ibrd_import *import)
{
    struct ibrd_result *result = &import->result;
    date_days after = DATE_NONE;
    size_t count, steps = 0;
    const struct ibrd_row *rows = ibrd_rows(import->statements, &count);

    for (size_t begin = 0; begin < count; begin += ibrd_period_rows(import->statements, begin)) {
        steps++;
    }
    for (size_t begin = 0, step = 0; begin < count; step++) {
        const size_t size = ibrd_period_rows(import->statements, begin);

        if (import->options.progress != NULL) {
            import->options.progress(import->options.context, step, steps, rows[begin].period);
        }
        TRY(period_run(import, after, begin, size, begin + size == count));
        after = rows[begin].period;
        begin += size;
    }
    TRY(ibrd_countries_read(import));
    result->rows = count;
    result->loans = ibrd_loans_count(import->statements);
    result->period_count = steps;
    result->periods = (const void *)import->periods.data;
    result->refusal_count = import->refusals.size / sizeof(struct ibrd_refusal_count);
    result->refusals = (const void *)import->refusals.data;
    if (result->refusal_count > 0) {
        qsort(import->refusals.data, result->refusal_count, sizeof(struct ibrd_refusal_count),
              refusal_order);
    }
    result->commands = import->target->commands;
    result->nanoseconds = import->target->nanoseconds;
    return IMPORT_OK;
}

enum import_status ibrd_import_run(struct ibrd_import **ret_import,
                                   struct import_error *reterr_error,
                                   struct ibrd_statements *statements, struct import_target *target,
                                   const struct ibrd_options *options)
{
    struct ibrd_import *import = memory_allocate(sizeof(*import));

    *reterr_error = (struct import_error){.status = IMPORT_NO_MEMORY};
    if (import == NULL) {
        return IMPORT_NO_MEMORY;
    }
    *import = (struct ibrd_import){
        .statements = statements,
        .target = target,
        .options = *options,
        .error = reterr_error,
        .result = {.reconciled = true},
    };
    const enum import_status status = import_take(import) ? periods_run(import) : IMPORT_NO_MEMORY;
    if (status != IMPORT_OK) {
        ibrd_import_free(import);
        return status;
    }
    *ret_import = import;
    return IMPORT_OK;
}

/* ---- names ---- */

static const struct {
    const char *name, *english, *chinese;
} cause_texts[IBRD_CAUSE_COUNT] =
    {
#define X(identifier, name, english, chinese) {name, english, chinese},
        IBRD_CAUSE_LIST(X)
#undef X
},
  measure_texts[IBRD_MEASURE_COUNT] = {
#define X(identifier, name, english, chinese) {name, english, chinese},
      IBRD_MEASURE_LIST(X)
#undef X
};

struct slice ibrd_cause_name(enum ibrd_cause cause)
{
    check((unsigned)cause < IBRD_CAUSE_COUNT);
    return slice_from_cstr(cause_texts[cause].name);
}

struct slice ibrd_cause_text(enum ibrd_cause cause, bool chinese)
{
    check((unsigned)cause < IBRD_CAUSE_COUNT);
    return slice_from_cstr(chinese ? cause_texts[cause].chinese : cause_texts[cause].english);
}

struct slice ibrd_measure_name(enum ibrd_measure measure)
{
    check((unsigned)measure < IBRD_MEASURE_COUNT);
    return slice_from_cstr(measure_texts[measure].name);
}

struct slice ibrd_measure_text(enum ibrd_measure measure, bool chinese)
{
    check((unsigned)measure < IBRD_MEASURE_COUNT);
    return slice_from_cstr(chinese ? measure_texts[measure].chinese
                                   : measure_texts[measure].english);
}
