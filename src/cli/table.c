#include "cli/cli_text.h"

enum { COLUMN_GAP = 2, COLUMN_MIN = 8 };

void table_init(struct table *table, const struct table_column *columns, size_t count)
{
    check(count > 0 && count <= TABLE_COLUMNS_MAX);
    *table = (struct table){.columns = columns, .count = count};
}

void table_release(struct table *table)
{
    buffer_release(&table->text);
    buffer_release(&table->cells);
}

void table_cell_end(struct table *table, size_t offset)
{
    const struct table_cell cell = {offset, table->text.size - offset};

    buffer_append(&table->cells, slice_of((const char *)&cell, sizeof(cell)));
}

void table_cell(struct table *table, struct slice text)
{
    const size_t offset = table->text.size;

    buffer_append(&table->text, text);
    table_cell_end(table, offset);
}

static struct slice cell_text(const struct table *table, size_t index)
{
    struct table_cell cell;

    memcpy(&cell, table->cells.data + index * sizeof(cell), sizeof(cell));
    return slice_of(table->text.data + cell.offset, cell.size);
}

static size_t cells_count(const struct table *table)
{
    return table->cells.size / sizeof(struct table_cell);
}

/* The widest cell of each column, the heading included; returns their sum with the gaps. */
static size_t widths_measure(const struct table *table, size_t widths[TABLE_COLUMNS_MAX])
{
    size_t sum = (table->count - 1) * COLUMN_GAP;

    for (size_t column = 0; column < table->count; column++) {
        widths[column] = text_width(slice_from_cstr(table->columns[column].title));
        for (size_t i = column; i < cells_count(table); i += table->count) {
            const size_t width = text_width(cell_text(table, i));
            widths[column] = width > widths[column] ? width : widths[column];
        }
        sum += widths[column];
    }
    return sum;
}

/* Takes what is too much from the widest columns of text, the first one last: it names the row.
 * Figures are never cut. */
static void widths_fit(const struct table *table, size_t widths[TABLE_COLUMNS_MAX], size_t sum,
                       size_t width)
{
    check(table->count > 0);
    while (sum > width) {
        size_t widest = table->count;

        for (size_t i = 1; i < table->count; i++) {
            if (!table->columns[i].right && widths[i] > COLUMN_MIN &&
                (widest == table->count || widths[i] > widths[widest])) {
                widest = i;
            }
        }
        if (widest == table->count) {
            widest = 0;
        }
        if (widths[widest] <= COLUMN_MIN) {
            return;
        }
        widths[widest]--;
        sum--;
    }
}

static void row_write(const struct table *table, struct cli *cli, const size_t *widths,
                      const struct slice *texts)
{
    struct buffer *out = &cli->out;
    const size_t begin = out->size;

    for (size_t i = 0; i < table->count; i++) {
        struct buffer cut = {0};

        text_cut(&cut, texts[i], widths[i], cli->unicode);
        text_pad(out, buffer_slice(&cut), widths[i], table->columns[i].right);
        buffer_release(&cut);
        if (i + 1 < table->count) {
            buffer_append(out, SLICE("  "));
        }
    }
    while (out->size > begin && out->data[out->size - 1] == ' ') {
        out->size--;
    }
    buffer_append_byte(out, '\n');
}

void table_write(struct table *table, struct cli *cli)
{
    size_t widths[TABLE_COLUMNS_MAX];
    struct slice texts[TABLE_COLUMNS_MAX];
    bool has_heading = false;

    if (buffer_failed(&table->text) || buffer_failed(&table->cells)) {
        cli->out.failed = true;
        return;
    }
    const size_t sum = widths_measure(table, widths);
    if (cli->terminal) {
        widths_fit(table, widths, sum, cli->width);
    }
    for (size_t i = 0; i < table->count; i++) {
        texts[i] = slice_from_cstr(table->columns[i].title);
        has_heading = has_heading || texts[i].size > 0;
    }
    if (has_heading) {
        row_write(table, cli, widths, texts);
    }
    for (size_t row = 0; row + table->count <= cells_count(table); row += table->count) {
        for (size_t i = 0; i < table->count; i++) {
            texts[i] = cell_text(table, row + i);
        }
        row_write(table, cli, widths, texts);
    }
}
