#include "base/csv.h"

static const char mark[3] = {'\xEF', '\xBB', '\xBF'};

void csv_init(struct csv *csv, const struct csv_options *options)
{
    check(options->record_size_max > 0 && options->fields_max > 0);
    *csv = (struct csv){.options = *options, .line = 1, .record_line = 1};
}

void csv_release(struct csv *csv)
{
    buffer_release(&csv->text);
    buffer_release(&csv->ends);
    buffer_release(&csv->fields);
}

uint64_t csv_line(const struct csv *csv)
{
    return csv->line;
}

static enum csv_status csv_fail(struct csv *csv, enum csv_status failure)
{
    csv->state = CSV_STATE_FAILED;
    csv->failure = failure;
    return failure;
}

static enum csv_status text_take(struct csv *csv, const char *data, size_t size)
{
    if (size > csv->options.record_size_max - csv->text.size) {
        return csv_fail(csv, CSV_TOO_LONG);
    }
    buffer_append(&csv->text, slice_of(data, size));
    return CSV_RECORD;
}

static enum csv_status field_end(struct csv *csv)
{
    const size_t end = csv->text.size;

    if (csv->ends.size / sizeof(end) == csv->options.fields_max) {
        return csv_fail(csv, CSV_TOO_MANY);
    }
    buffer_append(&csv->ends, slice_of((const char *)&end, sizeof(end)));
    return CSV_RECORD;
}

/* Gives out the fields gathered. */
static enum csv_status record_end(struct csv *csv, struct csv_record *ret_record)
{
    const size_t count = csv->ends.size / sizeof(size_t);
    const char *text = csv->text.data == NULL ? "" : csv->text.data; /* all fields were empty */
    size_t begin = 0;

    buffer_reset(&csv->fields);
    struct slice *fields = (void *)buffer_reserve(&csv->fields, count * sizeof(*fields));
    if (fields == NULL || buffer_failed(&csv->text) || buffer_failed(&csv->ends)) {
        return csv_fail(csv, CSV_NO_MEMORY);
    }
    for (size_t i = 0; i < count; i++) {
        size_t end;

        memcpy(&end, csv->ends.data + i * sizeof(end), sizeof(end));
        fields[i] = slice_of(text + begin, end - begin);
        begin = end;
    }
    check(count > 0 && begin == csv->text.size);
    *ret_record = (struct csv_record){fields, count, csv->record_line};
    csv->state = CSV_STATE_RECORD;
    return CSV_RECORD;
}

/* The record that the last one's end made room for. */
static void record_begin(struct csv *csv)
{
    buffer_reset(&csv->text);
    buffer_reset(&csv->ends);
    csv->record_line = csv->line;
    csv->state = CSV_STATE_FIELD;
}

/* Bytes at the front of `input` that a field takes as they are. */
static size_t plain_run(const struct csv *csv, struct slice input)
{
    size_t run = 0;

    if (csv->state == CSV_STATE_QUOTED) {
        while (run < input.size && input.data[run] != '"' && input.data[run] != '\n' &&
               input.data[run] != '\0') {
            run++;
        }
        return run;
    }
    while (run < input.size && input.data[run] != ',' && input.data[run] != '"' &&
           input.data[run] != '\n' && input.data[run] != '\r' && input.data[run] != '\0') {
        run++;
    }
    return run;
}

/* The line feed that ends a record. */
static enum csv_status line_end(struct csv *csv, struct csv_record *ret_record, bool *ret_done)
{
    const enum csv_status status = field_end(csv);

    if (status != CSV_RECORD) {
        return status;
    }
    csv->line++;
    *ret_done = true;
    return record_end(csv, ret_record);
}

/* The byte behind a field's last one, outside quotes. `*ret_done` when it ended a record. */
static enum csv_status separator_take(struct csv *csv, struct csv_record *ret_record, char byte,
                                      bool *ret_done)
{
    switch (byte) {
    case ',':
        csv->state = CSV_STATE_FIELD;
        return field_end(csv);
    case '\r':
        csv->state = CSV_STATE_CR;
        return CSV_RECORD;
    case '\n':
        return line_end(csv, ret_record, ret_done);
    case '\0':
        return csv_fail(csv, CSV_NUL);
    default:
        return csv_fail(csv, csv->state == CSV_STATE_QUOTE ? CSV_AFTER_QUOTE : CSV_STRAY_QUOTE);
    }
}

static enum csv_status quoted_take(struct csv *csv, char byte)
{
    if (byte == '\0') {
        return csv_fail(csv, CSV_NUL);
    }
    if (byte == '"') {
        csv->state = CSV_STATE_QUOTE;
        return CSV_RECORD;
    }
    csv->line += byte == '\n' ? 1 : 0;
    return text_take(csv, &byte, 1);
}

/* One byte that is no part of a plain run. */
static enum csv_status byte_take(struct csv *csv, struct csv_record *ret_record, char byte,
                                 bool *ret_done)
{
    switch (csv->state) {
    case CSV_STATE_QUOTED:
        return quoted_take(csv, byte);
    case CSV_STATE_QUOTE:
        if (byte == '"') {
            csv->state = CSV_STATE_QUOTED;
            return text_take(csv, &byte, 1);
        }
        return separator_take(csv, ret_record, byte, ret_done);
    case CSV_STATE_FIELD:
        if (byte == '"') {
            csv->state = CSV_STATE_QUOTED;
            return CSV_RECORD;
        }
        return separator_take(csv, ret_record, byte, ret_done);
    case CSV_STATE_PLAIN:
        return separator_take(csv, ret_record, byte, ret_done);
    case CSV_STATE_CR:
        if (byte != '\n') {
            return csv_fail(csv, CSV_BARE_CR);
        }
        return separator_take(csv, ret_record, byte, ret_done);
    case CSV_STATE_CR_EMPTY:
    case CSV_STATE_RECORD:
    case CSV_STATE_FAILED:
        break;
    }
    check(!"a state of csv");
    return CSV_NO_MEMORY;
}

/* Takes the byte order mark off the very beginning of the text. */
static void mark_skip(struct csv *csv, struct slice *inout_input)
{
    while (csv->mark_seen < sizeof(mark) && inout_input->size > 0) {
        if (inout_input->data[0] != mark[csv->mark_seen]) {
            break;
        }
        csv->mark_seen++;
        *inout_input = slice_of(inout_input->data + 1, inout_input->size - 1);
    }
}

/* Before a record: passes over empty lines. Returns CSV_RECORD when a record begins. */
static enum csv_status lines_skip(struct csv *csv, struct slice *inout_input)
{
    while (inout_input->size > 0) {
        const char byte = inout_input->data[0];

        if (byte != '\n' && csv->state == CSV_STATE_CR_EMPTY) {
            return csv_fail(csv, CSV_BARE_CR);
        }
        if (byte != '\n' && byte != '\r') {
            record_begin(csv);
            return CSV_RECORD;
        }
        csv->state = byte == '\r' ? CSV_STATE_CR_EMPTY : CSV_STATE_RECORD;
        csv->line += byte == '\n' ? 1 : 0;
        *inout_input = slice_of(inout_input->data + 1, inout_input->size - 1);
    }
    return CSV_MORE;
}

/* The input is over: the last record may lack its line end. */
static enum csv_status text_end(struct csv *csv, struct csv_record *ret_record)
{
    switch (csv->state) {
    case CSV_STATE_RECORD:
        return CSV_END;
    case CSV_STATE_QUOTED:
        return csv_fail(csv, CSV_OPEN_QUOTE);
    case CSV_STATE_CR:
    case CSV_STATE_CR_EMPTY:
        return csv_fail(csv, CSV_BARE_CR);
    case CSV_STATE_FIELD:
    case CSV_STATE_PLAIN:
    case CSV_STATE_QUOTE:
    case CSV_STATE_FAILED:
        break;
    }
    const enum csv_status status = field_end(csv);
    return status != CSV_RECORD ? status : record_end(csv, ret_record);
}

/* The bytes of a mark that turned out to be none, or was cut short, begin the first field. */
static enum csv_status mark_settle(struct csv *csv)
{
    const unsigned seen = csv->mark_seen;

    csv->mark_seen = sizeof(mark);
    if (seen == 0 || seen == sizeof(mark)) {
        return CSV_RECORD;
    }
    record_begin(csv);
    csv->state = CSV_STATE_PLAIN;
    return text_take(csv, mark, seen);
}

enum csv_status csv_next(struct csv *csv, struct csv_record *ret_record, struct slice *inout_input,
                         bool last)
{
    enum csv_status status = CSV_RECORD;
    bool done = false;

    if (csv->state == CSV_STATE_FAILED) {
        return csv->failure;
    }
    if (csv->mark_seen < sizeof(mark)) {
        mark_skip(csv, inout_input);
        if (inout_input->size > 0 || last) {
            status = mark_settle(csv);
        }
    }
    if (status == CSV_RECORD &&
        (csv->state == CSV_STATE_RECORD || csv->state == CSV_STATE_CR_EMPTY)) {
        status = lines_skip(csv, inout_input);
        status = status == CSV_MORE ? CSV_RECORD : status;
    }
    while (status == CSV_RECORD && !done && inout_input->size > 0) {
        const bool takes_run = csv->state == CSV_STATE_QUOTED || csv->state == CSV_STATE_PLAIN ||
                               csv->state == CSV_STATE_FIELD;
        const size_t run = takes_run ? plain_run(csv, *inout_input) : 0;
        const char *data = inout_input->data;
        const size_t taken = run > 0 ? run : 1;

        if (run > 0) {
            csv->state = csv->state == CSV_STATE_FIELD ? CSV_STATE_PLAIN : csv->state;
            status = text_take(csv, data, run);
        } else {
            status = byte_take(csv, ret_record, data[0], &done);
        }
        *inout_input = slice_of(data + taken, inout_input->size - taken);
    }
    if (status != CSV_RECORD || done) {
        return status;
    }
    return last ? text_end(csv, ret_record) : CSV_MORE;
}

static const char *const english_texts[CSV_STATUS_COUNT] = {
#define X(name, english, chinese) english,
    CSV_STATUS_LIST(X)
#undef X
};

static const char *const chinese_texts[CSV_STATUS_COUNT] = {
#define X(name, english, chinese) chinese,
    CSV_STATUS_LIST(X)
#undef X
};

struct slice csv_status_english(enum csv_status status)
{
    check((unsigned)status < CSV_STATUS_COUNT);
    return slice_from_cstr(english_texts[status]);
}

struct slice csv_status_chinese(enum csv_status status)
{
    check((unsigned)status < CSV_STATUS_COUNT);
    return slice_from_cstr(chinese_texts[status]);
}
