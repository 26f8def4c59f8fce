/* The ledger against the statement, loan by loan. Every figure is read back from the ledger. */
#include "import/ibrd_book.h"

enum { ROUNDING_CENTS = 10 };

static bool is_rounding(int64_t gap)
{
    return gap >= -ROUNDING_CENTS && gap <= ROUNDING_CENTS;
}

/* True when the row is off by no more than the noise of a file that kept too few digits. */
static bool row_is_rounded(const struct ibrd_row *row)
{
    return is_rounding(ibrd_room_gap(row)) && is_rounding(ibrd_debt_gap(row));
}

static bool row_is_negative(const struct ibrd_row *row)
{
    const int64_t *figures = row->figures;

    return figures[IBRD_PRINCIPAL] < figures[IBRD_CANCELLED] || figures[IBRD_DISBURSED] < 0 ||
           figures[IBRD_REPAID] < 0 || figures[IBRD_SOLD] < 0;
}

/* Why a row is not sound at both ends: `before` is where the interval began, or the row itself. */
static enum ibrd_cause cause_of(const struct ibrd_row *before, const struct ibrd_row *row)
{
    const struct ibrd_row *ends[2] = {row, before};

    for (int i = 0; i < 2; i++) {
        if (row_is_negative(ends[i])) {
            return IBRD_CAUSE_NEGATIVE;
        }
        if (!ibrd_row_in_order(ends[i])) {
            return IBRD_CAUSE_OVERPAID;
        }
    }
    if (row_is_rounded(row) && row_is_rounded(before)) {
        return IBRD_CAUSE_ROUNDING;
    }
    if (row->figures[IBRD_EXCHANGE] != 0 || before->figures[IBRD_EXCHANGE] != 0) {
        return IBRD_CAUSE_EXCHANGE;
    }
    if (row->figures[IBRD_SOLD] != 0 || before->figures[IBRD_SOLD] != 0) {
        return IBRD_CAUSE_SOLD;
    }
    if (ibrd_room_gap(row) != 0 || ibrd_room_gap(before) != 0) {
        return IBRD_CAUSE_ROOM;
    }
    return IBRD_CAUSE_DEBT;
}

static void stated_read(int64_t ret_stated[IBRD_MEASURE_COUNT], const struct ibrd_row *row)
{
    const int64_t *figures = row->figures;

    ret_stated[IBRD_MEASURE_LIMIT] = figures[IBRD_PRINCIPAL] - figures[IBRD_CANCELLED];
    ret_stated[IBRD_MEASURE_UNDRAWN] = figures[IBRD_UNDISBURSED];
    ret_stated[IBRD_MEASURE_DRAWN] = figures[IBRD_DISBURSED];
    ret_stated[IBRD_MEASURE_REPAID] = figures[IBRD_REPAID] + figures[IBRD_SOLD];
    ret_stated[IBRD_MEASURE_DUE] = figures[IBRD_DUE];
}

/* The same five as the ledger holds them. Where the exchange adjustment is part of what is due, it
 * is added: it is no drawing, and the ledger does not hold it. */
static void held_read(struct ibrd_import *import, int64_t ret_held[IBRD_MEASURE_COUNT],
                      const struct ibrd_row *row)
{
    const struct ledger *ledger = import_ledger(import->target);
    struct ledger_limit_view view;
    struct ledger_id id;

    ibrd_loan_id(&id, import, row->loan);
    const uint32_t limit = ledger_limit_find(ledger, &id);
    memset(ret_held, 0, IBRD_MEASURE_COUNT * sizeof(*ret_held));
    if (limit == LEDGER_NONE) {
        return;
    }
    ledger_limit_view(ledger, &view, limit);
    const int64_t outstanding = (int64_t)view.outstanding_minor;
    ret_held[IBRD_MEASURE_LIMIT] = view.cap_minor;
    ret_held[IBRD_MEASURE_UNDRAWN] = (int64_t)view.available_minor;
    ret_held[IBRD_MEASURE_DRAWN] = (int64_t)view.used_minor;
    ret_held[IBRD_MEASURE_REPAID] = (int64_t)view.used_minor - outstanding;
    ret_held[IBRD_MEASURE_DUE] = outstanding;
    if (outstanding != row->figures[IBRD_DUE] &&
        outstanding + row->figures[IBRD_EXCHANGE] == row->figures[IBRD_DUE]) {
        ret_held[IBRD_MEASURE_DUE] = row->figures[IBRD_DUE];
    }
}

/* Compares one row. Returns true when limit, undrawn, drawn and repaid agree to the cent. */
static bool row_compare(struct ibrd_cause_count *count, const int64_t stated[IBRD_MEASURE_COUNT],
                        const int64_t held[IBRD_MEASURE_COUNT])
{
    bool agrees = true;

    for (int i = 0; i < IBRD_MEASURE_COUNT; i++) {
        const int64_t difference = held[i] - stated[i];

        count->differing[i] += difference != 0 ? 1 : 0;
        count->difference[i] += difference < 0 ? -difference : difference;
        agrees = agrees && (difference == 0 || i == IBRD_MEASURE_DUE);
    }
    count->loans++;
    count->reconciled += agrees ? 1 : 0;
    return agrees;
}

static bool row_reconcile(struct ibrd_import *import, struct ibrd_reconciliation *reconciliation,
                          const struct ibrd_row *row)
{
    const struct ibrd_loan *loan = &import->loans[row->loan];
    size_t rows_count;
    const struct ibrd_row *rows = ibrd_rows(import->statements, &rows_count);
    const struct ibrd_row *before =
        loan->row_before == IBRD_ROW_NONE ? row : &rows[loan->row_before];
    const bool sound = ibrd_row_sound(row) && ibrd_row_sound(before);
    int64_t stated[IBRD_MEASURE_COUNT], held[IBRD_MEASURE_COUNT];
    enum ibrd_cause cause = sound ? IBRD_CAUSE_NONE : cause_of(before, row);

    stated_read(stated, row);
    held_read(import, held, row);
    for (int i = 0; i < IBRD_MEASURE_COUNT; i++) {
        reconciliation->stated[i] += stated[i];
        reconciliation->held[i] += held[i];
    }
    const bool differs = memcmp(stated, held, sizeof(stated)) != 0;
    if (differs && loan->refused) {
        cause = IBRD_CAUSE_REFUSED;
    } else if (differs && sound) {
        cause = IBRD_CAUSE_UNEXPLAINED;
    }
    (void)row_compare(&reconciliation->causes[cause], stated, held);
    return !(sound && differs);
}

void ibrd_reconcile(struct ibrd_import *import, struct ibrd_reconciliation *ret_reconciliation,
                    const struct ibrd_row *rows, size_t count)
{
    *ret_reconciliation = (struct ibrd_reconciliation){.period = import->period, .done = true};
    for (size_t i = 0; i < count; i++) {
        if (!row_reconcile(import, ret_reconciliation, &rows[i])) {
            import->result.reconciled = false;
        }
    }
}

static void country_read(struct ibrd_import *import, struct ibrd_country *ret_country,
                         const struct ibrd_party *party)
{
    const struct ledger *ledger = import_ledger(import->target);
    const uint32_t limit = ledger_limit_find(ledger, &party->id);
    struct ledger_limit_view view = {0};

    if (limit != LEDGER_NONE) {
        ledger_limit_view(ledger, &view, limit);
    }
    *ret_country = (struct ibrd_country){
        .limit = party->id,
        .name = import_names_get(&import->statements->names, party->name),
        .used = view.used_minor,
        .cap = view.cap_minor,
        .available = view.available_minor,
        .over = view.over,
    };
}

static int country_order(const void *first, const void *second)
{
    const struct ibrd_country *a = first;
    const struct ibrd_country *b = second;

    if (a->used != b->used) {
        return a->used > b->used ? -1 : 1;
    }
    return slice_compare(ledger_id_slice(&a->limit), ledger_id_slice(&b->limit));
}

enum import_status ibrd_countries_read(struct ibrd_import *import)
{
    const uint32_t count = ibrd_parties_count(import);
    struct ibrd_country *countries = arena_take_array(&import->arena, count, sizeof(*countries));

    if (countries == NULL) {
        return ibrd_fail(import, IMPORT_NO_MEMORY, SLICE(""));
    }
    for (uint32_t i = 0; i < count; i++) {
        const struct ibrd_party *party = ibrd_party(import, i);

        if (party->kind == IBRD_COUNTRY) {
            country_read(import, &countries[import->result.country_count++], party);
        }
    }
    qsort(countries, import->result.country_count, sizeof(*countries), country_order);
    import->result.countries = countries;
    country_read(import, &import->result.portfolio, ibrd_party(import, 0));
    return IMPORT_OK;
}
