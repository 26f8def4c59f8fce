#include "customer/customer_rows.h"

#include "customer/customer_internal.h"
#include "os/stream.h"

enum { READ_SIZE = 1 << 18, HEADER_BYTES = 16 << 10 };

enum column {
    COLUMN_TEXT,      /* of the draft, at `offset` */
    COLUMN_TYPE,      /* its word */
    COLUMN_DATE,      /* valid_from */
    COLUMN_KIND,      /* an identifier */
    COLUMN_CONFIRMED, /* ids with spaces between */
};

struct column_form {
    enum column column;
    size_t offset;
    enum customer_kind kind;
};

struct customer_rows {
    int fd;
    date_days today;
    bool csv_format;
    bool ended; /* the file was read to its end */
    struct csv csv;
    struct buffer input; /* read and not used yet */
    size_t used;         /* of it */
    uint64_t position;
    uint64_t line; /* of the next JSON line */
    struct arena arena;
    struct column_form columns[CUSTOMER_COLUMNS_MAX];
    size_t column_count; /* 0: the names were not read yet */
};

static bool column_find(struct slice name, struct column_form *ret_form)
{
    static const struct {
        const char *name;
        size_t offset;
    } texts[] = {
        {"id", offsetof(struct customer_draft, id)},
        {"name", offsetof(struct customer_draft, name)},
        {"name_en", offsetof(struct customer_draft, name_en)},
        {"industry", offsetof(struct customer_draft, industry)},
        {"region", offsetof(struct customer_draft, region)},
        {"country", offsetof(struct customer_draft, country)},
        {"organisation", offsetof(struct customer_draft, organisation)},
        {"reason", offsetof(struct customer_draft, reason)},
    };
    struct column_form form = {.column = COLUMN_TEXT};

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (slice_equal(name, slice_from_cstr(texts[i].name))) {
            form.offset = texts[i].offset;
            *ret_form = form;
            return true;
        }
    }
    if (customer_kind_from_name(name, &form.kind)) {
        form.column = COLUMN_KIND;
    } else if (slice_equal(name, SLICE("type"))) {
        form.column = COLUMN_TYPE;
    } else if (slice_equal(name, SLICE("valid_from"))) {
        form.column = COLUMN_DATE;
    } else if (slice_equal(name, SLICE("confirmed_distinct"))) {
        form.column = COLUMN_CONFIRMED;
    } else {
        return false;
    }
    *ret_form = form;
    return true;
}

struct customer_rows *customer_rows_open(const char *path, date_days today,
                                         struct customer_rows_error *reterr_error)
{
    const struct slice name = slice_from_cstr(path);
    const struct csv_options options = {CUSTOMER_ROW_SIZE_MAX, CUSTOMER_COLUMNS_MAX};
    struct customer_rows *rows = memory_allocate(sizeof(*rows));

    *reterr_error = (struct customer_rows_error){.csv = CSV_RECORD, .memory = rows == NULL};
    if (rows == NULL) {
        return NULL;
    }
    *rows = (struct customer_rows){.today = today, .line = 1};
    rows->csv_format =
        name.size >= 4 && slice_equal(slice_of(name.data + name.size - 4, 4), SLICE(".csv"));
    reterr_error->os = os_stream_open(&rows->fd, path);
    if (reterr_error->os != OS_OK) {
        memory_free(rows);
        return NULL;
    }
    csv_init(&rows->csv, &options);
    arena_init(&rows->arena, HEADER_BYTES);
    return rows;
}

void customer_rows_close(struct customer_rows *rows)
{
    if (rows != NULL) {
        os_stream_close(rows->fd);
        csv_release(&rows->csv);
        buffer_release(&rows->input);
        arena_release(&rows->arena);
        memory_free(rows);
    }
}

uint64_t customer_rows_position(const struct customer_rows *rows)
{
    return rows->position;
}

/* Reads more behind what is not used yet. False when that failed. */
static bool more(struct customer_rows *rows, struct customer_rows_error *error)
{
    size_t got = 0;

    buffer_consume(&rows->input, rows->used);
    rows->used = 0;
    char *place = buffer_reserve(&rows->input, READ_SIZE);
    if (place == NULL) {
        error->memory = true;
        return false;
    }
    const enum os_status status = os_stream_read(rows->fd, place, READ_SIZE, &got);
    if (status == OS_ENDED) {
        rows->ended = true;
        return true;
    }
    error->os = status;
    if (status != OS_OK) {
        return false;
    }
    rows->input.size += got;
    rows->position += got;
    return true;
}

/* ---- comma-separated values ---- */

static enum customer_status confirmed_split(struct customer_draft *draft, struct slice text)
{
    struct slice id;

    while (slice_split(&text, ' ', &id)) {
        REQUIRE(draft->confirmed_count < CUSTOMER_CANDIDATES_MAX, CUSTOMER_TOO_MANY);
        if (id.size > 0) {
            draft->confirmed[draft->confirmed_count++] = id;
        }
    }
    return CUSTOMER_OK;
}

static enum customer_status field_read(struct customer_draft *draft, const struct column_form *form,
                                       struct slice text)
{
    switch (form->column) {
    case COLUMN_TEXT:
        *(struct slice *)(void *)((char *)draft + form->offset) = text;
        return CUSTOMER_OK;
    case COLUMN_TYPE:
        return customer_type_from_name(text, &draft->type) ? CUSTOMER_OK : CUSTOMER_BAD_TYPE;
    case COLUMN_DATE:
        return date_parse(text, &draft->valid_from) ? CUSTOMER_OK : CUSTOMER_BAD_DATES;
    case COLUMN_KIND:
        REQUIRE(draft->identifier_count < CUSTOMER_IDENTIFIERS_MAX, CUSTOMER_TOO_MANY);
        draft->identifiers[draft->identifier_count++] =
            (struct customer_identifier){form->kind, text};
        return CUSTOMER_OK;
    default:
        return confirmed_split(draft, text);
    }
}

static enum customer_status record_read(const struct customer_rows *rows,
                                        struct customer_draft *draft, struct arena *arena,
                                        const struct csv_record *record)
{
    REQUIRE(record->count == rows->column_count, CUSTOMER_BAD_BODY);
    for (size_t i = 0; i < record->count; i++) {
        const struct slice trimmed = slice_trim(record->fields[i]);
        if (trimmed.size > 0) {
            const struct slice text = arena_copy(arena, trimmed);
            REQUIRE(text.data != NULL, CUSTOMER_NO_MEMORY);
            TRY(field_read(draft, &rows->columns[i], text));
        }
    }
    return CUSTOMER_OK;
}

/* The first record names the columns. */
static bool names_read(struct customer_rows *rows, const struct csv_record *record,
                       struct customer_rows_error *error)
{
    for (size_t i = 0; i < record->count; i++) {
        const struct slice name = slice_trim(record->fields[i]);
        if (!column_find(name, &rows->columns[i])) {
            error->line = record->line;
            error->column = arena_copy(&rows->arena, name);
            error->memory = error->column.data == NULL;
            return false;
        }
    }
    rows->column_count = record->count;
    return true;
}

static bool csv_row(struct customer_rows *rows, struct customer_file_row *row, struct arena *arena,
                    struct customer_rows_error *error)
{
    struct csv_record record;

    for (;;) {
        struct slice rest = slice_of(rows->input.data == NULL ? "" : rows->input.data + rows->used,
                                     rows->input.size - rows->used);
        const size_t before = rest.size;
        const enum csv_status status = csv_next(&rows->csv, &record, &rest, rows->ended);

        rows->used += before - rest.size;
        if (status == CSV_MORE) {
            if (!more(rows, error)) {
                return false;
            }
        } else if (status == CSV_RECORD && rows->column_count == 0) {
            if (!names_read(rows, &record, error)) {
                return false;
            }
        } else if (status == CSV_RECORD) {
            row->line = record.line;
            row->status = record_read(rows, &row->draft, arena, &record);
            return true;
        } else {
            if (status != CSV_END) {
                error->csv = status;
                error->line = csv_line(&rows->csv);
            }
            return false;
        }
    }
}

/* ---- JSON lines ---- */

/* The next line that is not empty, without its end. False at the end, or on an error. */
static bool line_next(struct customer_rows *rows, struct slice *ret_line, uint64_t *ret_number,
                      struct customer_rows_error *error)
{
    for (;;) {
        const char *begin = rows->input.data == NULL ? "" : rows->input.data + rows->used;
        const size_t size = rows->input.size - rows->used;
        const char *end = size == 0 ? NULL : memchr(begin, '\n', size);

        if (end == NULL && !rows->ended) {
            if (size > CUSTOMER_ROW_SIZE_MAX) {
                error->csv = CSV_TOO_LONG;
                error->line = rows->line;
                return false;
            }
            if (!more(rows, error)) {
                return false;
            }
            continue;
        }
        if (size == 0) {
            return false;
        }
        const size_t length = end == NULL ? size : (size_t)(end - begin);
        rows->used += length + (end == NULL ? 0 : 1);
        *ret_line = slice_trim(slice_of(begin, length));
        *ret_number = rows->line++;
        if (ret_line->size > CUSTOMER_ROW_SIZE_MAX) {
            error->csv = CSV_TOO_LONG;
            error->line = *ret_number;
            return false;
        }
        if (ret_line->size > 0) {
            return true;
        }
    }
}

static bool json_row(struct customer_rows *rows, struct customer_file_row *row, struct arena *arena,
                     struct customer_rows_error *error)
{
    struct json_error wrong;
    struct slice line;

    if (!line_next(rows, &line, &row->line, error)) {
        return false;
    }
    line = arena_copy(arena, line);
    const struct json_value *value = line.data == NULL ? NULL : json_parse(arena, &wrong, line);
    row->status = line.data == NULL || (value == NULL && wrong.memory_short)
                      ? CUSTOMER_NO_MEMORY
                      : customer_draft_read(&row->draft, &row->detail, value);
    return true;
}

bool customer_rows_next(struct customer_rows *rows, struct customer_file_row *ret_row,
                        struct arena *arena, struct customer_rows_error *reterr_error)
{
    struct customer_file_row *row = ret_row;

    *reterr_error = (struct customer_rows_error){.csv = CSV_RECORD};
    *row =
        (struct customer_file_row){.draft = {.type = CUSTOMER_TYPE_COUNT, .valid_from = DATE_NONE}};
    if (!(rows->csv_format ? csv_row(rows, row, arena, reterr_error)
                           : json_row(rows, row, arena, reterr_error))) {
        return false;
    }
    if (row->status == CUSTOMER_OK) {
        row->status = customer_draft_judge(&row->draft, &row->detail, arena, rows->today);
    }
    if (row->status == CUSTOMER_NO_MEMORY) {
        reterr_error->memory = true;
        return false;
    }
    return true;
}

enum os_status customer_rows_digest(const char *path, uint8_t ret_digest[SHA256_SIZE],
                                    uint64_t *ret_size)
{
    struct sha256 *sha = sha256_new();
    char *bytes = memory_allocate(READ_SIZE);
    uint8_t digest[SHA256_SIZE];
    enum os_status status = OS_EXHAUSTED;
    uint64_t total = 0;
    int fd = -1;

    if (sha != NULL && bytes != NULL) {
        status = os_stream_open(&fd, path);
    }
    const bool opened = status == OS_OK;
    while (status == OS_OK) {
        size_t got = 0;
        status = os_stream_read(fd, bytes, READ_SIZE, &got);
        sha256_update(sha, bytes, status == OS_OK ? got : 0);
        total += got;
    }
    if (opened) {
        os_stream_close(fd);
    }
    if (sha != NULL) {
        sha256_finish(sha, digest);
    }
    memory_free(bytes);
    if (status != OS_ENDED) {
        return status;
    }
    memcpy(ret_digest, digest, sizeof(digest));
    *ret_size = total;
    return OS_OK;
}
