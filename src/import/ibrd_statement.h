/* "Statement of Loans" files of the World Bank, read into rows: one loan at one date, as stated.
 * A file may hold the statement of one date or of many, in any order. Columns are found by their
 * headings, in the spellings of the public editions; columns that are not needed are passed over.
 */
#ifndef HEADROOM_IMPORT_IBRD_STATEMENT_H
#define HEADROOM_IMPORT_IBRD_STATEMENT_H

#include "base/csv.h"
#include "base/date.h"
#include "base/gzip.h"
#include "import/import_names.h"
#include "import/import_status.h"

// clang-format off
/* X(identifier, heading as ibrd_heading_write leaves it, needed). All in cents of US dollars. */
#define IBRD_FIGURE_LIST(X) \
    X(PRINCIPAL, "originalprincipalamount", true) \
    X(CANCELLED, "cancelledamount", true) \
    X(UNDISBURSED, "undisbursedamount", true) \
    X(DISBURSED, "disbursedamount", true) \
    X(REPAID, "repaidtoibrd", true) \
    X(DUE, "duetoibrd", true) \
    X(EXCHANGE, "exchangeadjustment", false) \
    X(SOLD, "sold3rdparty", false)

/* The texts of a row: X(identifier, heading, needed). Other headings for the same stand in the .c. */
#define IBRD_TEXT_LIST(X) \
    X(LOAN, "loannumber", true) \
    X(REGION, "region", true) \
    X(COUNTRY_CODE, "countrycode", false) \
    X(COUNTRY, "country", true) \
    X(BORROWER, "borrower", false) \
    X(GUARANTOR_CODE, "guarantorcountrycode", false) \
    X(GUARANTOR, "guarantor", false) \
    X(STATUS, "loanstatus", false)
// clang-format on

enum ibrd_figure {
#define X(identifier, heading, needed) IBRD_##identifier,
    IBRD_FIGURE_LIST(X)
#undef X
        IBRD_FIGURE_COUNT
};

enum ibrd_text {
#define X(identifier, heading, needed) IBRD_TEXT_##identifier,
    IBRD_TEXT_LIST(X)
#undef X
        IBRD_TEXT_COUNT
};

struct ibrd_row {
    date_days period;                   /* the end of the period that the statement is of */
    uint32_t file;                      /* number of the file it stands in, from 0 */
    uint32_t line;                      /* of the file */
    uint32_t loan;                      /* number of the loan: the order of their names */
    uint32_t texts[IBRD_TEXT_COUNT];    /* numbers in names, NAME_NONE where empty */
    uint32_t country_key;               /* code, or name where there is none; in names */
    uint32_t guarantor_key;             /* the same; NAME_NONE without a guarantor */
    uint32_t borrower_key;              /* "CN:NAME IN CAPITALS"; NAME_NONE without a borrower */
    int64_t figures[IBRD_FIGURE_COUNT]; /* cents */
};

/** Every row of every file; after ibrd_statements_sort in the order of date and loan number. */
struct ibrd_statements {
    struct import_names names;
    struct buffer rows;  /* of struct ibrd_row */
    struct buffer loans; /* of uint32_t: the names of the loans in their order */
    uint32_t files;
};

enum {
    IBRD_ROWS_MAX = 1 << 24,
    IBRD_COLUMNS_MAX = 256,
    IBRD_LOAN_SIZE = 16, /* bytes of a loan number at most */
};

/** Reads one file. */
struct ibrd_reader {
    struct ibrd_statements *statements;
    struct csv csv;
    struct gzip *gzip;      /* NULL when the file is plain, or nothing was read yet */
    struct buffer unpacked; /* room for what gzip gives */
    struct buffer scratch;
    size_t columns; /* of the heading; 0 before it was read */
    int period;     /* column of the date; -1 when there is none */
    int figures[IBRD_FIGURE_COUNT], texts[IBRD_TEXT_COUNT]; /* columns likewise */
    uint32_t file;
    bool begun;
};

/** False when memory is short. */
bool ibrd_statements_open(struct ibrd_statements *statements) MUST_USE;
void ibrd_statements_release(struct ibrd_statements *statements);

/** Begins the next file. */
void ibrd_reader_init(struct ibrd_reader *reader, struct ibrd_statements *statements);
void ibrd_reader_release(struct ibrd_reader *reader);
/** Reads the next bytes of the file, plain or gzip as its first bytes say; `last` ends it. The
 *  first call brings at least two bytes, or all there are. */
enum import_status ibrd_reader_feed(struct ibrd_reader *reader, struct import_error *reterr_error,
                                    struct slice bytes, bool last) MUST_USE;

/** Sorts the rows, numbers the loans, drops rows that repeat another, and refuses rows that
 *  contradict one. */
enum import_status ibrd_statements_sort(struct ibrd_statements *statements,
                                        struct import_error *reterr_error) MUST_USE;
const struct ibrd_row *ibrd_rows(const struct ibrd_statements *statements, size_t *ret_count);
/** Rows from `begin` on that are of the same date. */
size_t ibrd_period_rows(const struct ibrd_statements *statements, size_t begin);
uint32_t ibrd_loans_count(const struct ibrd_statements *statements);
struct slice ibrd_loan_name(const struct ibrd_statements *statements, uint32_t loan);
/** A text of a row. */
struct slice ibrd_row_text(const struct ibrd_statements *statements, const struct ibrd_row *row,
                           enum ibrd_text text);

#endif
