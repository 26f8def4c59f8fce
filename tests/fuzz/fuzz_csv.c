/* Any bytes: the records do not depend on how the text is cut, and what was read, written again
 * with every field in quotes, reads the same. */
#include "base/csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Writes the records, every field in quotes. Returns how the text ended. */
static enum csv_status rewrite(struct buffer *out, struct slice text, size_t piece)
{
    static const struct csv_options options = {1 << 16, 256};
    struct slice input = slice_of(text.data, 0);
    size_t fed = 0;
    enum csv_status status;
    struct csv csv;

    csv_init(&csv, &options);
    for (;;) {
        struct csv_record record;

        status = csv_next(&csv, &record, &input, fed == text.size);
        if (status == CSV_MORE) {
            const size_t rest = text.size - fed;
            input = slice_of(text.data + fed, piece < rest ? piece : rest);
            fed += input.size;
            continue;
        }
        if (status != CSV_RECORD) {
            break;
        }
        check(record.count > 0 && record.line > 0);
        for (size_t i = 0; i < record.count; i++) {
            buffer_append(out, i == 0 ? SLICE("\"") : SLICE(",\""));
            for (size_t j = 0; j < record.fields[i].size; j++) {
                const char c = record.fields[i].data[j];
                buffer_append(out, c == '"' ? SLICE("\"\"") : slice_of(&c, 1));
            }
            buffer_append_byte(out, '"');
        }
        buffer_append_byte(out, '\n');
    }
    csv_release(&csv);
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct slice text = slice_of((const char *)data, size);
    struct buffer whole = {0}, bytes = {0}, again = {0};
    const enum csv_status status = rewrite(&whole, text, size == 0 ? 1 : size);

    check(status != CSV_RECORD && status != CSV_MORE && status != CSV_NO_MEMORY);
    check(rewrite(&bytes, text, 1) == status);
    check(slice_equal(buffer_slice(&whole), buffer_slice(&bytes)));
    check(rewrite(&again, buffer_slice(&whole), 4096) == CSV_END);
    check(slice_equal(buffer_slice(&whole), buffer_slice(&again)));
    buffer_release(&again);
    buffer_release(&bytes);
    buffer_release(&whole);
    return 0;
}
