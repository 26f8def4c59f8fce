#include "import/ibrd_statement.h"

#include "import/ibrd_value.h"

enum {
    RECORD_SIZE_MAX = 1 << 16,
    UNPACKED_SIZE = 1 << 16,
    UNPACK_RATIO_MAX = 200, /* these statements pack about 6 to 1 */
};

/** Bytes of one unpacked file. Every statement since 2011, monthly, is about 0.5 GB. */
#define UNPACKED_SIZE_MAX (8ULL << 30)

static const struct {
    const char *heading;
    bool needed;
} figure_columns[IBRD_FIGURE_COUNT] =
    {
#define X(identifier, heading, needed) {heading, needed},
        IBRD_FIGURE_LIST(X)
#undef X
},
  text_columns[IBRD_TEXT_COUNT] = {
#define X(identifier, heading, needed) {heading, needed},
      IBRD_TEXT_LIST(X)
#undef X
};

static const char period_heading[] = "endofperiod";

/* Headings of other editions, and what they are called here. */
static const struct {
    const char *other;
    const char *heading;
} synonyms[] = {
    {"countryeconomy", "country"},
    {"countryeconomycode", "countrycode"},
    {"guarantorcountryeconomycode", "guarantorcountrycode"},
    {"guarantorcode", "guarantorcountrycode"},
    {"guarantorcountryeconomy", "guarantor"},
    {"asofdate", "endofperiod"},
};

bool ibrd_statements_open(struct ibrd_statements *statements)
{
    *statements = (struct ibrd_statements){0};
    return import_names_open(&statements->names);
}

void ibrd_statements_release(struct ibrd_statements *statements)
{
    import_names_release(&statements->names);
    buffer_release(&statements->rows);
    buffer_release(&statements->loans);
}

void ibrd_reader_init(struct ibrd_reader *reader, struct ibrd_statements *statements)
{
    static const struct csv_options options = {RECORD_SIZE_MAX, IBRD_COLUMNS_MAX};

    *reader = (struct ibrd_reader){.statements = statements, .file = statements->files++};
    csv_init(&reader->csv, &options);
}

void ibrd_reader_release(struct ibrd_reader *reader)
{
    csv_release(&reader->csv);
    gzip_free(reader->gzip);
    buffer_release(&reader->unpacked);
    buffer_release(&reader->scratch);
}

static enum import_status fail(const struct ibrd_reader *reader, struct import_error *reterr_error,
                               enum import_status status, uint64_t line, struct slice detail)
{
    *reterr_error = (struct import_error){.status = status, .file = reader->file, .line = line};
    import_error_detail(reterr_error, detail);
    return status;
}

/* ---- the heading ---- */

/* The column of a heading, or NULL when it is not one that is needed. */
static int *column_of(struct ibrd_reader *reader, struct slice heading)
{
    for (size_t i = 0; i < sizeof(synonyms) / sizeof(synonyms[0]); i++) {
        if (slice_equal(heading, slice_from_cstr(synonyms[i].other))) {
            heading = slice_from_cstr(synonyms[i].heading);
            break;
        }
    }
    if (slice_equal(heading, slice_from_cstr(period_heading))) {
        return &reader->period;
    }
    for (size_t i = 0; i < IBRD_FIGURE_COUNT; i++) {
        if (slice_equal(heading, slice_from_cstr(figure_columns[i].heading))) {
            return &reader->figures[i];
        }
    }
    for (size_t i = 0; i < IBRD_TEXT_COUNT; i++) {
        if (slice_equal(heading, slice_from_cstr(text_columns[i].heading))) {
            return &reader->texts[i];
        }
    }
    return NULL;
}

/* "original_principal_amount_us" and the like: the unit is part of the name there. */
static struct slice heading_without_unit(struct slice heading)
{
    static const char *const units[] = {"us", "usd"};

    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        const struct slice unit = slice_from_cstr(units[i]);

        if (heading.size > unit.size &&
            slice_equal(slice_of(heading.data + heading.size - unit.size, unit.size), unit)) {
            return slice_of(heading.data, heading.size - unit.size);
        }
    }
    return heading;
}

static const char *column_missing(const struct ibrd_reader *reader)
{
    if (reader->period < 0) {
        return period_heading;
    }
    for (size_t i = 0; i < IBRD_FIGURE_COUNT; i++) {
        if (figure_columns[i].needed && reader->figures[i] < 0) {
            return figure_columns[i].heading;
        }
    }
    for (size_t i = 0; i < IBRD_TEXT_COUNT; i++) {
        if (text_columns[i].needed && reader->texts[i] < 0) {
            return text_columns[i].heading;
        }
    }
    return NULL;
}

static enum import_status heading_take(struct ibrd_reader *reader,
                                       struct import_error *reterr_error,
                                       const struct csv_record *record)
{
    reader->period = -1;
    for (size_t i = 0; i < IBRD_FIGURE_COUNT; i++) {
        reader->figures[i] = -1;
    }
    for (size_t i = 0; i < IBRD_TEXT_COUNT; i++) {
        reader->texts[i] = -1;
    }
    for (size_t i = 0; i < record->count; i++) {
        buffer_reset(&reader->scratch);
        ibrd_heading_write(&reader->scratch, record->fields[i]);
        if (buffer_failed(&reader->scratch)) {
            return fail(reader, reterr_error, IMPORT_NO_MEMORY, record->line, SLICE(""));
        }
        const struct slice heading = buffer_slice(&reader->scratch);
        int *column = column_of(reader, heading);

        column = column != NULL ? column : column_of(reader, heading_without_unit(heading));
        if (column != NULL && *column >= 0) {
            return fail(reader, reterr_error, IMPORT_TWO_COLUMNS, record->line, record->fields[i]);
        }
        if (column != NULL) {
            *column = (int)i;
        }
    }
    const char *missing = column_missing(reader);
    if (missing != NULL) {
        return fail(reader, reterr_error, IMPORT_NO_COLUMN, record->line, slice_from_cstr(missing));
    }
    reader->columns = record->count;
    return IMPORT_OK;
}

/* ---- a row ---- */

static bool loan_valid(struct slice loan)
{
    for (size_t i = 0; i < loan.size; i++) {
        const char c = loan.data[i];

        if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'))) {
            return false;
        }
    }
    return loan.size > 0 && loan.size <= IBRD_LOAN_SIZE;
}

static bool text_is_key(enum ibrd_text text)
{
    return text == IBRD_TEXT_LOAN || text == IBRD_TEXT_REGION || text == IBRD_TEXT_COUNTRY_CODE ||
           text == IBRD_TEXT_GUARANTOR_CODE;
}

static enum import_status texts_take(struct ibrd_reader *reader, struct import_error *reterr_error,
                                     struct ibrd_row *row, const struct csv_record *record)
{
    for (int i = 0; i < IBRD_TEXT_COUNT; i++) {
        const int column = reader->texts[i];

        row->texts[i] = NAME_NONE;
        if (column < 0) {
            continue;
        }
        buffer_reset(&reader->scratch);
        ibrd_name_write(&reader->scratch, record->fields[column], text_is_key((enum ibrd_text)i));
        if (buffer_failed(&reader->scratch) ||
            !import_names_add(&reader->statements->names, &row->texts[i],
                              buffer_slice(&reader->scratch))) {
            return fail(reader, reterr_error, IMPORT_NO_MEMORY, record->line, SLICE(""));
        }
    }
    if (!loan_valid(import_names_get(&reader->statements->names, row->texts[IBRD_TEXT_LOAN]))) {
        return fail(reader, reterr_error, IMPORT_BAD_LOAN, record->line,
                    record->fields[reader->texts[IBRD_TEXT_LOAN]]);
    }
    return IMPORT_OK;
}

/* A code, or the name in capitals where there is none. */
static bool key_make(struct ibrd_reader *reader, uint32_t *ret_key, uint32_t code, uint32_t name)
{
    struct import_names *names = &reader->statements->names;

    if (code != NAME_NONE || name == NAME_NONE) {
        *ret_key = code;
        return true;
    }
    buffer_reset(&reader->scratch);
    ibrd_name_write(&reader->scratch, import_names_get(names, name), true);
    return !buffer_failed(&reader->scratch) &&
           import_names_add(names, ret_key, buffer_slice(&reader->scratch));
}

/* What tells the country, the guarantor and the borrower apart from others. */
static bool keys_make(struct ibrd_reader *reader, struct ibrd_row *row)
{
    struct import_names *names = &reader->statements->names;
    const uint32_t *texts = row->texts;

    row->borrower_key = NAME_NONE;
    if (!key_make(reader, &row->country_key, texts[IBRD_TEXT_COUNTRY_CODE],
                  texts[IBRD_TEXT_COUNTRY]) ||
        !key_make(reader, &row->guarantor_key, texts[IBRD_TEXT_GUARANTOR_CODE],
                  texts[IBRD_TEXT_GUARANTOR])) {
        return false;
    }
    if (texts[IBRD_TEXT_BORROWER] == NAME_NONE) {
        return true;
    }
    buffer_reset(&reader->scratch);
    buffer_append(&reader->scratch, import_names_get(names, row->country_key));
    buffer_append_byte(&reader->scratch, ':');
    ibrd_name_write(&reader->scratch, import_names_get(names, texts[IBRD_TEXT_BORROWER]), true);
    return !buffer_failed(&reader->scratch) &&
           import_names_add(names, &row->borrower_key, buffer_slice(&reader->scratch));
}

static enum import_status row_take(struct ibrd_reader *reader, struct import_error *reterr_error,
                                   const struct csv_record *record)
{
    struct buffer *rows = &reader->statements->rows;
    struct ibrd_row row = {.file = reader->file, .line = (uint32_t)record->line};

    if (record->count != reader->columns) {
        return fail(reader, reterr_error, IMPORT_BAD_COUNT, record->line, SLICE(""));
    }
    if (!ibrd_date_read(record->fields[reader->period], &row.period)) {
        return fail(reader, reterr_error, IMPORT_BAD_DATE, record->line,
                    record->fields[reader->period]);
    }
    for (size_t i = 0; i < IBRD_FIGURE_COUNT; i++) {
        const int column = reader->figures[i];

        if (column >= 0 && !ibrd_amount_read(record->fields[column], &row.figures[i])) {
            return fail(reader, reterr_error, IMPORT_BAD_AMOUNT, record->line,
                        record->fields[column]);
        }
    }
    TRY(texts_take(reader, reterr_error, &row, record));
    if (!keys_make(reader, &row)) {
        return fail(reader, reterr_error, IMPORT_NO_MEMORY, record->line, SLICE(""));
    }
    if (rows->size / sizeof(row) == IBRD_ROWS_MAX || record->line > UINT32_MAX) {
        return fail(reader, reterr_error, IMPORT_TOO_MANY, record->line, SLICE(""));
    }
    buffer_append(rows, slice_of((const char *)&row, sizeof(row)));
    return buffer_failed(rows)
               ? fail(reader, reterr_error, IMPORT_NO_MEMORY, record->line, SLICE(""))
               : IMPORT_OK;
}

/* ---- the bytes ---- */

static enum import_status text_feed(struct ibrd_reader *reader, struct import_error *reterr_error,
                                    struct slice bytes, bool last)
{
    for (;;) {
        struct csv_record record;
        const enum csv_status status = csv_next(&reader->csv, &record, &bytes, last);

        if (status == CSV_MORE) {
            return IMPORT_OK;
        }
        if (status == CSV_END) {
            return reader->columns > 0 ? IMPORT_OK
                                       : fail(reader, reterr_error, IMPORT_NO_ROWS, 0, SLICE(""));
        }
        if (status != CSV_RECORD) {
            (void)fail(reader, reterr_error,
                       status == CSV_NO_MEMORY ? IMPORT_NO_MEMORY : IMPORT_BAD_CSV,
                       csv_line(&reader->csv), SLICE(""));
            reterr_error->csv = status;
            return reterr_error->status;
        }
        if (reader->columns == 0) {
            TRY(heading_take(reader, reterr_error, &record));
        } else {
            TRY(row_take(reader, reterr_error, &record));
        }
    }
}

static enum import_status gzip_feed(struct ibrd_reader *reader, struct import_error *reterr_error,
                                    struct slice bytes, bool last)
{
    char *data = buffer_reserve(&reader->unpacked, UNPACKED_SIZE);

    if (data == NULL) {
        return fail(reader, reterr_error, IMPORT_NO_MEMORY, 0, SLICE(""));
    }
    for (;;) {
        size_t size = 0;
        const enum gzip_status status =
            gzip_read(reader->gzip, data, UNPACKED_SIZE, &size, &bytes, last);

        if (status == GZIP_MORE) {
            return IMPORT_OK;
        }
        if (status == GZIP_END) {
            return text_feed(reader, reterr_error, SLICE(""), true);
        }
        if (status != GZIP_OK) {
            (void)fail(reader, reterr_error,
                       status == GZIP_NO_MEMORY ? IMPORT_NO_MEMORY : IMPORT_BAD_GZIP, 0, SLICE(""));
            reterr_error->gzip = status;
            return reterr_error->status;
        }
        TRY(text_feed(reader, reterr_error, slice_of(data, size), false));
    }
}

enum import_status ibrd_reader_feed(struct ibrd_reader *reader, struct import_error *reterr_error,
                                    struct slice bytes, bool last)
{
    static const struct gzip_options options = {UNPACKED_SIZE_MAX, UNPACK_RATIO_MAX};

    if (!reader->begun) {
        reader->begun = true;
        if (gzip_recognise(bytes)) {
            reader->gzip = gzip_new(&options);
            if (reader->gzip == NULL) {
                return fail(reader, reterr_error, IMPORT_NO_MEMORY, 0, SLICE(""));
            }
        }
    }
    return reader->gzip != NULL ? gzip_feed(reader, reterr_error, bytes, last)
                                : text_feed(reader, reterr_error, bytes, last);
}

/* ---- all rows ---- */

const struct ibrd_row *ibrd_rows(const struct ibrd_statements *statements, size_t *ret_count)
{
    *ret_count = statements->rows.size / sizeof(struct ibrd_row);
    return (const struct ibrd_row *)(const void *)statements->rows.data;
}

uint32_t ibrd_loans_count(const struct ibrd_statements *statements)
{
    return (uint32_t)(statements->loans.size / sizeof(uint32_t));
}

struct slice ibrd_loan_name(const struct ibrd_statements *statements, uint32_t loan)
{
    check(loan < ibrd_loans_count(statements));
    return import_names_get(&statements->names,
                            ((const uint32_t *)(const void *)statements->loans.data)[loan]);
}

struct slice ibrd_row_text(const struct ibrd_statements *statements, const struct ibrd_row *row,
                           enum ibrd_text text)
{
    return import_names_get(&statements->names, row->texts[text]);
}

size_t ibrd_period_rows(const struct ibrd_statements *statements, size_t begin)
{
    size_t count;
    const struct ibrd_row *rows = ibrd_rows(statements, &count);
    size_t end = begin;

    while (end < count && rows[end].period == rows[begin].period) {
        end++;
    }
    return end - begin;
}

struct named_loan {
    struct slice text;
    uint32_t name;
};

static int named_loan_order(const void *a, const void *b)
{
    return slice_compare(((const struct named_loan *)a)->text,
                         ((const struct named_loan *)b)->text);
}

/* By date, loan, then as they were read. */
static int row_order(const void *first, const void *second)
{
    const struct ibrd_row *a = first;
    const struct ibrd_row *b = second;

    if (a->period != b->period) {
        return a->period < b->period ? -1 : 1;
    }
    if (a->loan != b->loan) {
        return a->loan < b->loan ? -1 : 1;
    }
    if (a->file != b->file) {
        return a->file < b->file ? -1 : 1;
    }
    return a->line < b->line ? -1 : a->line > b->line;
}

/* Numbers the loans in the order of their names, in every row. `ranks` has room for one number a
 * name, `loans` for one loan a name. */
static void loans_number(struct ibrd_statements *statements, uint32_t *ranks,
                         struct named_loan *loans)
{
    struct ibrd_row *rows = (void *)statements->rows.data;
    const size_t count = statements->rows.size / sizeof(*rows);
    size_t loans_count = 0;

    for (size_t i = 0; i < count; i++) {
        const uint32_t name = rows[i].texts[IBRD_TEXT_LOAN];

        if (ranks[name] == 0) {
            ranks[name] = 1;
            loans[loans_count++] =
                (struct named_loan){import_names_get(&statements->names, name), name};
        }
    }
    qsort(loans, loans_count, sizeof(*loans), named_loan_order);
    for (size_t i = 0; i < loans_count; i++) {
        ranks[loans[i].name] = (uint32_t)i;
        buffer_append(&statements->loans,
                      slice_of((const char *)&loans[i].name, sizeof(loans[i].name)));
    }
    for (size_t i = 0; i < count; i++) {
        rows[i].loan = ranks[rows[i].texts[IBRD_TEXT_LOAN]];
    }
}

static bool rows_agree(const struct ibrd_row *a, const struct ibrd_row *b)
{
    return memcmp(a->figures, b->figures, sizeof(a->figures)) == 0 &&
           memcmp(a->texts, b->texts, sizeof(a->texts)) == 0;
}

static enum import_status repeats_drop(struct ibrd_statements *statements,
                                       struct import_error *reterr_error)
{
    struct ibrd_row *rows = (void *)statements->rows.data;
    const size_t count = statements->rows.size / sizeof(*rows);
    size_t kept = 0;

    for (size_t i = 0; i < count; i++) {
        const struct ibrd_row *before = kept == 0 ? NULL : &rows[kept - 1];

        if (before != NULL && before->period == rows[i].period && before->loan == rows[i].loan) {
            if (!rows_agree(before, &rows[i])) {
                *reterr_error = (struct import_error){
                    .status = IMPORT_TWO_ROWS, .file = rows[i].file, .line = rows[i].line};
                import_error_detail(reterr_error, ibrd_loan_name(statements, rows[i].loan));
                return IMPORT_TWO_ROWS;
            }
            continue;
        }
        rows[kept++] = rows[i];
    }
    statements->rows.size = kept * sizeof(*rows);
    return IMPORT_OK;
}

enum import_status ibrd_statements_sort(struct ibrd_statements *statements,
                                        struct import_error *reterr_error)
{
    const size_t names = import_names_count(&statements->names);
    const size_t count = statements->rows.size / sizeof(struct ibrd_row);
    struct arena arena;

    *reterr_error = (struct import_error){.status = IMPORT_NO_MEMORY};
    if (count == 0) {
        reterr_error->status = IMPORT_NO_ROWS;
        return IMPORT_NO_ROWS;
    }
    arena_init(&arena, SIZE_MAX / 2);
    uint32_t *ranks = arena_take_array(&arena, names, sizeof(*ranks));
    struct named_loan *loans = arena_take_array(&arena, names, sizeof(*loans));
    if (ranks == NULL || loans == NULL) {
        arena_release(&arena);
        return IMPORT_NO_MEMORY;
    }
    buffer_reset(&statements->loans);
    loans_number(statements, ranks, loans);
    arena_release(&arena);
    if (buffer_failed(&statements->loans)) {
        return IMPORT_NO_MEMORY;
    }
    qsort(statements->rows.data, count, sizeof(struct ibrd_row), row_order);
    return repeats_drop(statements, reterr_error);
}
