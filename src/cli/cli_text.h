/* Text on a terminal: how many columns it takes, padding, tables, bars. */
#ifndef HEADROOM_CLI_CLI_TEXT_H
#define HEADROOM_CLI_CLI_TEXT_H

#include "base/amount.h"
#include "cli/cli.h"

/** Columns that UTF-8 text takes: two for wide East Asian characters, none for combining ones.
 *  Source: Unicode 15, East_Asian_Width W and F; general categories Mn, Me, Cf. */
size_t text_width(struct slice text);
/** Appends `text` and spaces up to `width` columns; on the left when `right`. Control characters
 *  appear as '?', so that stored text cannot steer the terminal. */
void text_pad(struct buffer *buffer, struct slice text, size_t width, bool right);
/** Appends `text`, cut to `width` columns with an ellipsis. */
void text_cut(struct buffer *buffer, struct slice text, size_t width, bool unicode);
/** Appends `text` broken at spaces (and between wide characters) into lines of at most `width`
 *  columns, each behind `indent` spaces; ends with a newline. Newlines of the text are kept. */
void text_wrap(struct buffer *buffer, struct slice text, size_t indent, size_t width);

/* ---- tables ---- */

enum { TABLE_COLUMNS_MAX = 12 };

struct table_column {
    const char *title;
    bool right; /* figures */
};

struct table_cell {
    size_t offset; /* into the table's text */
    size_t size;
};

/** Rows are gathered and then written with aligned columns. */
struct table {
    const struct table_column *columns;
    size_t count; /* of columns */
    struct buffer text;
    struct buffer cells; /* of struct table_cell */
};

/** `columns` must outlive the table; one with an empty title throughout has no heading line. */
void table_init(struct table *table, const struct table_column *columns, size_t count);
void table_release(struct table *table);
/** Adds the next cell, row by row. */
void table_cell(struct table *table, struct slice text);
/** Adds a cell of which the caller has appended the text to table->text since `offset`. */
void table_cell_end(struct table *table, size_t offset);
/** Writes heading and rows to cli->out; a table too wide for the terminal cuts its widest text. */
void table_write(struct table *table, struct cli *cli);

/** Appends a bar of `width` columns: used, then reserved, then what is free, out of `cap`; what is
 *  above the cap is shown as over. With `unicode` in eighths of a block, otherwise in #, + and . */
void bar_write(struct buffer *buffer, bool unicode, size_t width, int128 used, int128 reserved,
               int128 cap);

/** Appends an amount as an API string ("1250000.50") with separators: "1,250,000.50". */
void amount_text_group(struct buffer *buffer, struct slice amount);
/** Reads such a string as a whole number of 10^-decimals, for bars and sums; false when it is
 *  none. */
bool amount_text_read(struct slice amount, int128 *ret_value, unsigned *ret_decimals) MUST_USE;

#endif
