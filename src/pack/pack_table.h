/* The tables of a pack: CSV files with known columns, read strictly and judged cell by cell. */
#ifndef HEADROOM_PACK_TABLE_H
#define HEADROOM_PACK_TABLE_H

#include "base/buffer.h"
#include "base/date.h"
#include "base/decimal.h"

enum {
    PACK_ROWS_MAX = 20000,
    PACK_COLUMNS_MAX = 24,
    PACK_CELL_MAX = 4000, /* bytes */
};

/* X(identifier, name of the table and of its file without ".csv", what one row is called) */
#define PACK_TABLE_LIST(X)                                                                         \
    X(CUSTOMER_TYPES, "customer_types", "customer type")                                           \
    X(APPLICATION_TYPES, "application_types", "application type")                                  \
    X(ORGANISATIONS, "organisations", "organisation")                                              \
    X(ROLES, "roles", "role")                                                                      \
    X(PRODUCTS, "products", "product")                                                             \
    X(TREES, "trees", "tree node")                                                                 \
    X(PARAMETERS, "parameters", "parameter")                                                       \
    X(LIMITS, "limits", "limit")

enum pack_table_name {
#define X(identifier, name, row) PACK_##identifier,
    PACK_TABLE_LIST(X)
#undef X
        PACK_TABLE_COUNT
};

/* What a cell must be. */
enum pack_cell {
    PACK_CELL_ID,      /* letters, digits, points, hyphens, underscores */
    PACK_CELL_TEXT,    /* any text */
    PACK_CELL_WORD,    /* one of the words of `detail`, which ';' separates */
    PACK_CELL_REF,     /* an id of the table named by `detail` */
    PACK_CELL_REFS,    /* ids of it, ';' between */
    PACK_CELL_DATE,    /* YYYY-MM-DD */
    PACK_CELL_NUMBER,  /* a decimal number */
    PACK_CELL_WHOLE,   /* a whole number from 0 to 10^9 */
    PACK_CELL_ROLE,    /* a role of the program */
    PACK_CELL_MONEY,   /* a currency of ISO 4217 */
    PACK_CELL_FORMULA, /* FEEL over the parameters */
};

struct pack_column {
    const char *name;
    enum pack_cell cell;
    bool is_optional; /* the cell may be empty, and the column missing */
    bool is_key;      /* the keys together are had by one row alone */
    const char *detail;
};

struct pack_table_form {
    const char *name;
    const char *row;
    const struct pack_column *columns;
    uint32_t column_count;
};

struct pack_row {
    uint32_t line;
    const struct slice *cells; /* one a column of the form; empty where none was given */
};

struct pack_table {
    const struct pack_table_form *form;
    struct pack_row *rows; /* ordered by key */
    uint32_t count;
};

const struct pack_table_form *pack_table_form(enum pack_table_name name);
/** The table of that name; PACK_TABLE_COUNT when there is none. */
enum pack_table_name pack_table_by_name(struct slice name);
/** The index of a column, which must be there (a check). */
uint32_t pack_column_find(const struct pack_table_form *form, const char *name);
/** The cell of a column. */
struct slice pack_cell(const struct pack_table *table, const struct pack_row *row,
                       const char *column);
/** The first row of a first key; NULL when there is none. */
const struct pack_row *pack_row_find(const struct pack_table *table, struct slice key);
/** The order of rows by their keys: negative, zero, positive. */
int pack_row_compare(const struct pack_table_form *form, const struct pack_row *a,
                     const struct pack_row *b);
/** Appends the keys of a row, " / " between. */
void pack_row_key_write(struct buffer *out, const struct pack_table_form *form,
                        const struct pack_row *row);
/** Takes the next of the parts of a list that ';' separates, trimmed; false at its end. */
bool pack_list_next(struct slice *rest, struct slice *ret_part);

#endif
