/* CSV files into tables: columns, cells, keys. */
#include <stdlib.h>

#include "auth/role.h"
#include "base/csv.h"
#include "base/currency.h"
#include "pack/pack.h"

static const struct csv_options options = {.record_size_max = 64 << 10,
                                           .fields_max = PACK_COLUMNS_MAX};

struct reading {
    struct pack *pack;
    struct slice file;
    struct pack_table *table;
    uint32_t capacity;
    uint32_t places[PACK_COLUMNS_MAX]; /* of each field: its column */
    size_t field_count;
};

static void report(struct reading *reading, uint64_t line, struct slice element, const char *what,
                   struct slice detail)
{
    pack_report(reading->pack, true, reading->file, (uint32_t)line, element, "%s%s%.*s%s", what,
                detail.size > 0 ? ": '" : "", (int)(detail.size > 200 ? 200 : detail.size),
                detail.data == NULL ? "" : detail.data, detail.size > 0 ? "'" : "");
}

/* ---- the header ---- */

static bool take_name(struct reading *reading, const struct csv_record *record, size_t field,
                      bool *seen)
{
    const struct pack_table_form *form = reading->table->form;
    const struct slice name = record->fields[field];
    for (uint32_t i = 0; i < form->column_count; i++) {
        if (slice_equal(slice_from_cstr(form->columns[i].name), name) && !seen[i]) {
            reading->places[field] = i;
            seen[i] = true;
            return true;
        }
    }
    report(reading, record->line, SLICE("header"), "no column, or one that stands there twice",
           name);
    return false;
}

static bool read_header(struct reading *reading, const struct csv_record *record)
{
    const struct pack_table_form *form = reading->table->form;
    bool seen[PACK_COLUMNS_MAX] = {false};
    bool good = true;
    reading->field_count = record->count;
    for (size_t i = 0; i < record->count; i++) {
        good = take_name(reading, record, i, seen) && good;
    }
    for (uint32_t i = 0; i < form->column_count; i++) {
        if (!seen[i] && !form->columns[i].is_optional) {
            report(reading, record->line, SLICE("header"), "a column is missing",
                   slice_from_cstr(form->columns[i].name));
            good = false;
        }
    }
    return good;
}

/* ---- cells ---- */

static bool is_id(struct slice text)
{
    for (size_t i = 0; i < text.size; i++) {
        const char c = text.data[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              (i > 0 && (c == '.' || c == '-')) || c == '_')) {
            return false;
        }
    }
    return text.size <= PACK_ID_MAX;
}

static bool is_word(struct slice text, const char *words)
{
    struct slice rest = slice_from_cstr(words);
    struct slice word;
    while (pack_list_next(&rest, &word)) {
        if (slice_equal(word, text)) {
            return true;
        }
    }
    return false;
}

/* What is wrong with a cell by itself; NULL when nothing is. References are judged later. */
static const char *judge_cell(const struct pack_column *column, struct slice text)
{
    struct decimal number;
    date_days day = 0;
    uint64_t whole = 0;
    enum role role;
    switch (column->cell) {
    case PACK_CELL_ID:
        return is_id(text) ? NULL : "no id: letters, digits, and . - _ between";
    case PACK_CELL_WORD:
        return is_word(text, column->detail) ? NULL : "none of the words of this column";
    case PACK_CELL_DATE:
        return date_parse(text, &day) ? NULL : "no date YYYY-MM-DD";
    case PACK_CELL_NUMBER:
        return decimal_parse(text, &number) ? NULL : "no number";
    case PACK_CELL_WHOLE:
        return slice_to_u64(text, 1000000000, &whole) ? NULL : "no whole number";
    case PACK_CELL_ROLE:
        return role_from_name(text, &role) ? NULL : "no role of the program";
    case PACK_CELL_MONEY:
        return currency_from_code(text) != CURRENCY_NONE ? NULL : "no currency of ISO 4217";
    case PACK_CELL_TEXT:
    case PACK_CELL_REF:
    case PACK_CELL_REFS:
    case PACK_CELL_FORMULA:
        return NULL;
    }
    check(false);
}

static bool read_cell(struct reading *reading, const struct csv_record *record,
                      const struct pack_column *column, struct slice text)
{
    const struct slice name = slice_from_cstr(column->name);
    const char *wrong = NULL;
    if (text.size == 0) {
        wrong = column->is_optional ? NULL : "the cell is empty";
    } else if (text.size > PACK_CELL_MAX) {
        wrong = "the cell is longer than allowed";
        text = SLICE("");
    } else {
        wrong = judge_cell(column, text);
    }
    if (wrong != NULL) {
        report(reading, record->line, name, wrong, text);
    }
    return wrong == NULL;
}

static void read_row(struct reading *reading, const struct csv_record *record)
{
    const struct pack_table_form *form = reading->table->form;
    struct pack *pack = reading->pack;
    struct pack_table *table = reading->table;
    bool good = true;
    if (record->count != reading->field_count) {
        report(reading, record->line, SLICE(""), "another number of fields than the header has",
               SLICE(""));
        return;
    }
    struct slice *cells = arena_take_array(&pack->arena, form->column_count, sizeof *cells);
    if (cells == NULL) {
        pack->failed = true;
        return;
    }
    for (size_t i = 0; i < record->count; i++) {
        cells[reading->places[i]] = pack_copy(pack, slice_trim(record->fields[i]));
    }
    for (uint32_t i = 0; i < form->column_count; i++) {
        good = read_cell(reading, record, &form->columns[i], cells[i]) && good;
    }
    if (good && table->count < reading->capacity) {
        table->rows[table->count++] =
            (struct pack_row){.line = (uint32_t)record->line, .cells = cells};
    }
}

/* ---- the file ---- */

static void read_records(struct reading *reading, struct slice text)
{
    struct csv csv;
    struct csv_record record;
    enum csv_status status = CSV_END;
    bool good = true;
    uint32_t rows = 0;
    csv_init(&csv, &options);
    for (bool header = true; good && !reading->pack->failed; header = false) {
        status = csv_next(&csv, &record, &text, true);
        if (status != CSV_RECORD) {
            break;
        }
        if (header) {
            good = read_header(reading, &record);
        } else if (rows++ == PACK_ROWS_MAX) {
            report(reading, record.line, SLICE(""), "more rows than allowed", SLICE(""));
            good = false;
        } else {
            read_row(reading, &record);
        }
    }
    if (status == CSV_NO_MEMORY) {
        reading->pack->failed = true;
    } else if (good && status != CSV_END) {
        report(reading, csv_line(&csv), SLICE(""), csv_status_english(status).data, SLICE(""));
    } else if (good && reading->field_count == 0) {
        report(reading, 1, SLICE("header"), "the file has no header", SLICE(""));
    }
    csv_release(&csv);
}

static int compare_rows(const void *a, const void *b, void *form)
{
    return pack_row_compare(form, a, b);
}

static void sort_rows(struct reading *reading)
{
    struct pack_table *table = reading->table;
    void *form = (void *)(uintptr_t)table->form; /* only read */
    qsort_r(table->rows, table->count, sizeof *table->rows, compare_rows, form);
    for (uint32_t i = 1; i < table->count; i++) {
        if (pack_row_compare(table->form, &table->rows[i - 1], &table->rows[i]) == 0) {
            const uint32_t a = table->rows[i - 1].line;
            const uint32_t b = table->rows[i].line;
            struct buffer key = {0};
            pack_row_key_write(&key, table->form, &table->rows[i]);
            report(reading, a > b ? a : b, buffer_slice(&key),
                   "a row with this key stands there before", SLICE(""));
            buffer_release(&key);
        }
    }
}

static void read_table(struct pack *pack, enum pack_table_name name)
{
    char path[PACK_PATH_MAX];
    const struct pack_table_form *form = pack_table_form(name);
    const int size = snprintf(path, sizeof path, "%s.csv", form->name);
    const struct slice file = slice_of(path, (size_t)size);
    const struct slice text = pack_files_find(pack->files, file);
    struct reading reading = {.pack = pack, .file = file, .table = &pack->tables[name]};
    *reading.table = (struct pack_table){.form = form};
    if (text.data == NULL) {
        return;
    }
    for (size_t i = 0; i < text.size; i++) {
        reading.capacity += text.data[i] == '\n';
    }
    reading.table->rows =
        arena_take_array(&pack->arena, ++reading.capacity, sizeof *reading.table->rows);
    if (reading.table->rows == NULL) {
        pack->failed = true;
        return;
    }
    read_records(&reading, text);
    sort_rows(&reading);
}

void pack_tables_read(struct pack *pack)
{
    for (unsigned i = 0; i < PACK_TABLE_COUNT && !pack->failed; i++) {
        read_table(pack, (enum pack_table_name)i);
    }
}
