/* The book that an import builds, on its own side: what was booked so far, by party and by loan,
 * and the commands that are under way. Shared by the files of ibrd_import.h alone. */
#ifndef HEADROOM_IMPORT_IBRD_BOOK_H
#define HEADROOM_IMPORT_IBRD_BOOK_H

#include "import/ibrd_import.h"
#include "import/import_batch.h"

enum ibrd_kind {
    IBRD_PORTFOLIO,
    IBRD_REGION,
    IBRD_COUNTRY,
    IBRD_BORROWER,
    IBRD_LOAN_KIND,
};

#define IBRD_PARTY_NONE UINT32_MAX
#define IBRD_EXPOSURE_NONE UINT32_MAX
#define IBRD_ROW_NONE UINT32_MAX

/** A limit above the loans. */
struct ibrd_party {
    enum ibrd_kind kind;
    struct ledger_id id;
    uint32_t name;   /* as last stated, in names */
    uint32_t parent; /* a party; IBRD_PARTY_NONE for the portfolio */
    int64_t cap;     /* as booked */
    int64_t cap_due; /* what it comes to in the statement under way */
    size_t row;      /* of a country: the first row of the statement under way that names it */
};

/** A drawing that stands. */
struct ibrd_exposure {
    date_days period;  /* in which it was drawn */
    bool unlocked;     /* drawn under an unlock: its id differs */
    int64_t remaining; /* cents */
    uint32_t next;     /* of the loan, in the order of drawing; IBRD_EXPOSURE_NONE at the end */
};

/** A loan as booked. */
struct ibrd_loan {
    bool open;
    bool refused;              /* a drawing stayed refused */
    uint32_t booking;          /* 0, and one more a correction that booked it anew */
    date_days corrected;       /* the last statement that did; DATE_NONE when none did */
    struct ibrd_position held; /* accepted by the ledger */
    uint32_t borrower;         /* the party above it */
    uint32_t guarantor;        /* a second one; IBRD_PARTY_NONE */
    uint32_t first, last;      /* exposures */
    uint32_t row_before;       /* its row in the statement before; IBRD_ROW_NONE */
    uint32_t row;              /* its row in the statement under way; IBRD_ROW_NONE */
};

/** A permission that a drawing needs: on every limit of its path at most one. */
struct ibrd_unlock {
    struct ledger_id limit;
    int64_t required; /* cents */
    uint8_t lifts;    /* enum ledger_lift bits */
};

enum { IBRD_UNLOCKS_MAX = 8 };

/** What a drawing is about to do to a loan. */
struct ibrd_draw {
    uint32_t loan;
    uint32_t unlock_count; /* above 0: a further try, under unlocks */
    int64_t amount;        /* drawn */
    int64_t repaid;        /* of it, repaid at once, to the bank */
    int64_t sold;          /* of it, sold at once */
    bool always_unlock;    /* an opening balance or a correction */
    struct ibrd_unlock unlocks[IBRD_UNLOCKS_MAX];
};

/** A refused drawing that is to be tried again under its unlocks, or noted as refused. */
struct ibrd_refused {
    struct ibrd_draw draw;
    bool left;                 /* it stays refused */
    enum ledger_status reason; /* the first, for the note */
    struct ledger_id limit;
};

/** A drawing in the batch: where its command stands. */
struct ibrd_pending {
    struct ibrd_draw draw;
    size_t command;
};

struct ibrd_import {
    struct ibrd_statements *statements;
    struct import_target *target;
    struct ibrd_options options;
    struct import_error *error; /* where to say what went wrong */
    struct ibrd_result result;

    struct buffer parties;              /* of struct ibrd_party; the first is the portfolio */
    struct buffer exposures;            /* of struct ibrd_exposure */
    uint32_t *party_of[IBRD_LOAN_KIND]; /* by kind and name: number of the party + 1, or 0 */
    struct ibrd_loan *loans;
    struct arena arena; /* for the three above, and the result's lists */

    struct import_batch batch;
    struct buffer pending;  /* of struct ibrd_pending: drawings in the batch */
    struct buffer refused;  /* of struct ibrd_refused */
    struct buffer tape;     /* lines of JSON */
    struct buffer refusals; /* of struct ibrd_refusal_count */
    struct buffer periods;  /* of struct ibrd_period_count */
    struct buffer scratch;

    date_days period; /* of the statement under way */
    bool seen_before; /* it had been imported earlier: its day exists */
};

/* ---- ibrd_id.c ---- */

/** An id of prefix and text; one that is too long is cut and ends in '~' and 8 digits of its hash.
 */
void ibrd_id_make(struct ledger_id *ret_id, struct slice prefix, struct slice text);
/** The id of a step: "NAME@2022-05-31.STEP", or with `number` >= 0 ".STEPnumber"; made to fit
 *  likewise. */
void ibrd_step_id(struct ledger_id *ret_id, struct slice name, date_days period, const char *step,
                  int number);
/** The id of the loan's limit as booked now. */
void ibrd_loan_id(struct ledger_id *ret_id, const struct ibrd_import *import, uint32_t loan);

/* ---- ibrd_party.c ---- */

struct ibrd_party *ibrd_party(const struct ibrd_import *import, uint32_t party);
uint32_t ibrd_parties_count(const struct ibrd_import *import);
/** The country under which a party stands, or IBRD_PARTY_NONE. */
uint32_t ibrd_party_country(const struct ibrd_import *import, uint32_t party);
/** Makes the portfolio, or repeats that it is there: the command carries what this import is, so
 *  that another one under the same ids is found out. `after` is DATE_NONE for the first. */
enum import_status ibrd_portfolio_plan(struct ibrd_import *import, date_days after,
                                       struct slice content);
/** Opens, moves and adjusts the limits above the loans for the statement under way; sets each
 *  row's parties in `ret_parents` (borrower and guarantor, two a row). */
enum import_status ibrd_parties_plan(struct ibrd_import *import, uint32_t *ret_parents,
                                     const struct ibrd_row *rows, size_t count);

/* ---- ibrd_flow.c ---- */

/** Plans and submits what leads from the book to the statement's rows. */
enum import_status ibrd_flows_run(struct ibrd_import *import, const struct ibrd_row *rows,
                                  size_t count, const uint32_t *parents);

/* ---- ibrd_submit.c ---- */

/** Submits what the batch holds, counts what became of it, and settles its drawings: what was
 *  accepted is entered in the book, what was refused is unlocked or left. */
enum import_status ibrd_flush(struct ibrd_import *import);
/** Room for `count` more commands: submits the batch first when there is none. */
enum import_status ibrd_reserve(struct ibrd_import *import, size_t count);
/** Adds a drawing to the batch, with what is repaid of it at once. */
enum import_status ibrd_draw_plan(struct ibrd_import *import, const struct ibrd_draw *draw);
/** A command of the import, in its name. */
struct ledger_command *ibrd_command(struct ibrd_import *import, enum ledger_op op,
                                    const struct ledger_id *id, const char *reason);
struct ibrd_exposure *ibrd_exposure(const struct ibrd_import *import, uint32_t exposure);
/** The id of a loan's exposure. */
void ibrd_exposure_id(struct ledger_id *ret_id, const struct ibrd_import *import, uint32_t loan,
                      const struct ibrd_exposure *exposure);
enum import_status ibrd_fail(struct ibrd_import *import, enum import_status status,
                             struct slice detail);

/* ---- ibrd_reconcile.c ---- */

/** Compares each row with the ledger. Clears result.reconciled when a sound row does not agree. */
void ibrd_reconcile(struct ibrd_import *import, struct ibrd_reconciliation *ret_reconciliation,
                    const struct ibrd_row *rows, size_t count);
/** Fills in the countries and the portfolio of the result. */
enum import_status ibrd_countries_read(struct ibrd_import *import);

#endif
