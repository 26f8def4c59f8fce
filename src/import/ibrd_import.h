/* The World Bank's loan book through the limit ledger: the first statement becomes limits and
 * opening balances, each later one the drawdowns, repayments, cancellations and corrections that
 * lead to it; then every loan is read back from the ledger and compared with what is stated.
 *
 *      P:IBRD                 all loans, hard, on exposure
 *        R:REGION             counts only
 *          C:CODE             the country as obligor: hard, the single borrower limit
 *            B:CODE:NAME      the borrower's line: soft, what its loans have outstanding and open
 *              IBRD00010      the loan: hard, not revolving, original principal less cancelled
 *
 * A loan guaranteed by another country stands under that country as well. */
#ifndef HEADROOM_IMPORT_IBRD_IMPORT_H
#define HEADROOM_IMPORT_IBRD_IMPORT_H

#include "import/ibrd_position.h"
#include "import/import_target.h"

struct ibrd_options {
    int64_t single_borrower_limit; /* cents: what one country may owe */
    int64_t portfolio_limit;       /* cents: what all may owe together */
    /* What becomes of a drawing that a limit refuses though the statement says it took place: true,
     * an unlock for exactly what is missing, on record, and the drawing under it; false, it stays
     * refused. Opening balances and corrections, which are no new risk, are always unlocked. */
    bool unlocks;
    /* Called now and then; may be NULL. `step` counts statements from 0. */
    void (*progress)(void *context, size_t step, size_t steps, date_days period);
    /* Given every batch of commands as lines of JSON before it is submitted; may be NULL. */
    enum import_status (*tape)(void *context, struct slice lines);
    void *context;
};

/** The stated defaults: 20 and 350 billion dollars, unlocks, no callbacks. */
void ibrd_options_init(struct ibrd_options *options);

/** Why a row does not agree with itself, or the ledger not with it; the first that applies. */
// clang-format off
/* X(identifier, name for machines, English, Chinese). */
#define IBRD_CAUSE_LIST(X) \
    X(NONE, "none", "the statement's figures agree at both ends", "两端报表数字均自洽") \
    X(REFUSED, "refused", "a drawing was refused and not unlocked", "提款被拒绝且未解锁") \
    X(OVERPAID, "overpaid", "more repaid or sold than disbursed", "还款与转让之和超过提款") \
    X(NEGATIVE, "negative", "a figure below zero", "数字为负") \
    X(EXCHANGE, "exchange_adjustment", "exchange adjustment", "汇兑调整") \
    X(ROUNDING, "rounding", "rounding, at most ten cents, in an earlier statement", "早期报表尾差（不超过十美分）") \
    X(SOLD, "sold", "sold to third parties", "转让给第三方") \
    X(ROOM, "room", "undisbursed is not principal less cancelled and disbursed", "未提款与“本金-取消-已提款”不符") \
    X(DEBT, "debt", "due is not disbursed less repaid", "欠款与“已提款-已还款”不符") \
    X(UNEXPLAINED, "unexplained", "unexplained", "原因不明")
// clang-format on

enum ibrd_cause {
#define X(identifier, name, english, chinese) IBRD_CAUSE_##identifier,
    IBRD_CAUSE_LIST(X)
#undef X
        IBRD_CAUSE_COUNT
};

/** What is compared. */
// clang-format off
/* X(identifier, name for machines, English, Chinese). */
#define IBRD_MEASURE_LIST(X) \
    X(LIMIT, "limit", "limit", "额度") \
    X(UNDRAWN, "undrawn", "undrawn", "未提款") \
    X(DRAWN, "drawn", "drawn", "已提款") \
    X(REPAID, "repaid", "repaid", "已还款") \
    X(DUE, "due", "due", "欠款")
// clang-format on

enum ibrd_measure {
#define X(identifier, name, english, chinese) IBRD_MEASURE_##identifier,
    IBRD_MEASURE_LIST(X)
#undef X
        IBRD_MEASURE_COUNT
};

/** Of one cause. Differences are sums of what each loan differs by, without sign, in cents. */
struct ibrd_cause_count {
    uint64_t loans;
    uint64_t reconciled; /* limit, undrawn, drawn and repaid agree to the cent */
    uint64_t differing[IBRD_MEASURE_COUNT];
    int128 difference[IBRD_MEASURE_COUNT];
};

/** The reconciliation of one statement with the ledger. */
struct ibrd_reconciliation {
    date_days period;
    bool done; /* false: the ledger had already gone on when it was imported again */
    struct ibrd_cause_count causes[IBRD_CAUSE_COUNT];
    int128 stated[IBRD_MEASURE_COUNT];
    int128 held[IBRD_MEASURE_COUNT]; /* by the ledger */
};

/** What the import of one statement came to. */
struct ibrd_period_count {
    uint64_t loans, loans_new, loans_gone; /* gone: in the statement before and no more */
    uint64_t commands, refused, unlocked;
    struct ibrd_reconciliation reconciliation;
};

enum { IBRD_REFUSAL_LIMIT_SIZE = LEDGER_ID_SIZE };

/** Refusals for one reason at one limit; those of loans' own limits are counted together. */
struct ibrd_refusal_count {
    enum ledger_status reason;
    bool of_loans; /* `limit` is not set */
    struct ledger_id limit;
    uint64_t count;
    uint64_t unlocked;
    int128 required; /* cents that would have been added */
};

/** A country at the end, from the ledger. */
struct ibrd_country {
    struct ledger_id limit;
    struct slice name;
    int128 used, cap, available;
    bool over;
};

enum { IBRD_KINDS = 5 }; /* portfolio, region, country, borrower, loan */

struct ibrd_result {
    size_t period_count;
    const struct ibrd_period_count *periods;
    uint64_t rows;
    uint64_t loans;                         /* ever stated */
    uint64_t limits[IBRD_KINDS];            /* opened, by kind */
    uint64_t ops[LEDGER_OP_COUNT];          /* commands submitted, by op */
    uint64_t statuses[LEDGER_STATUS_COUNT]; /* and by what became of them */
    uint64_t unlocks;                       /* drawings let through by unlock */
    uint64_t left;                          /* drawings that stayed refused */
    uint64_t corrections;                   /* loans reversed and booked anew */
    size_t refusal_count;
    const struct ibrd_refusal_count *refusals; /* the most frequent first */
    size_t country_count;
    const struct ibrd_country *countries; /* the largest first */
    struct ibrd_country portfolio;
    uint64_t commands, nanoseconds; /* in the ledger */
    bool reconciled; /* every row whose figures agree at both ends of its interval reconciles */
};

struct ibrd_import;

/** Runs sorted statements through the target. Returns IMPORT_OK with `ret_import`, whose result can
 *  be read until ibrd_import_free. `options`, `statements` and `target` must outlive it. */
enum import_status ibrd_import_run(struct ibrd_import **ret_import,
                                   struct import_error *reterr_error,
                                   struct ibrd_statements *statements, struct import_target *target,
                                   const struct ibrd_options *options) MUST_USE;
const struct ibrd_result *ibrd_import_result(const struct ibrd_import *import);
/** NULL-safe. */
void ibrd_import_free(struct ibrd_import *import);

struct slice ibrd_cause_name(enum ibrd_cause cause);
struct slice ibrd_cause_text(enum ibrd_cause cause, bool chinese);
struct slice ibrd_measure_name(enum ibrd_measure measure);
struct slice ibrd_measure_text(enum ibrd_measure measure, bool chinese);

#endif
