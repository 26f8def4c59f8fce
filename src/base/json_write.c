#include "base/json.h"

void json_writer_init(struct json_writer *writer, struct buffer *buffer)
{
    *writer = (struct json_writer){.buffer = buffer};
}

void json_value_begin(struct json_writer *writer)
{
    if (writer->comma) {
        buffer_append_byte(writer->buffer, ',');
    }
    writer->comma = true;
}

static void open(struct json_writer *writer, char bracket)
{
    json_value_begin(writer);
    buffer_append_byte(writer->buffer, bracket);
    writer->comma = false;
}

static void close(struct json_writer *writer, char bracket)
{
    buffer_append_byte(writer->buffer, bracket);
    writer->comma = true;
}

void json_object_begin(struct json_writer *writer)
{
    open(writer, '{');
}

void json_object_end(struct json_writer *writer)
{
    close(writer, '}');
}

void json_array_begin(struct json_writer *writer)
{
    open(writer, '[');
}

void json_array_end(struct json_writer *writer)
{
    close(writer, ']');
}

void json_name(struct json_writer *writer, struct slice name)
{
    json_value_begin(writer);
    json_quote(writer->buffer, name);
    buffer_append_byte(writer->buffer, ':');
    writer->comma = false;
}

void json_string(struct json_writer *writer, struct slice text)
{
    json_value_begin(writer);
    json_quote(writer->buffer, text);
}

void json_i64(struct json_writer *writer, int64_t value)
{
    json_value_begin(writer);
    buffer_append_i64(writer->buffer, value);
}

void json_u64(struct json_writer *writer, uint64_t value)
{
    json_value_begin(writer);
    buffer_append_u64(writer->buffer, value);
}

void json_bool(struct json_writer *writer, bool value)
{
    json_value_begin(writer);
    buffer_append(writer->buffer, value ? SLICE("true") : SLICE("false"));
}

void json_null(struct json_writer *writer)
{
    json_value_begin(writer);
    buffer_append(writer->buffer, SLICE("null"));
}

void json_raw(struct json_writer *writer, struct slice text)
{
    json_value_begin(writer);
    buffer_append(writer->buffer, text);
}

/* The letter behind the backslash of a short escape, 'u' for a long one, 0 for none. */
static char escape_letter(uint8_t c)
{
    switch (c) {
    case '"':
    case '\\':
        return (char)c;
    case '\b':
        return 'b';
    case '\f':
        return 'f';
    case '\n':
        return 'n';
    case '\r':
        return 'r';
    case '\t':
        return 't';
    default:
        return c < 0x20 ? 'u' : 0;
    }
}

void json_quote(struct buffer *buffer, struct slice text)
{
    static const char hex[] = "0123456789abcdef";
    size_t plain = 0; /* where the run of plain characters begins */

    buffer_append_byte(buffer, '"');
    for (size_t i = 0; i < text.size; i++) {
        const uint8_t c = (uint8_t)text.data[i];
        const char letter = escape_letter(c);

        if (letter == 0) {
            continue;
        }
        buffer_append(buffer, slice_of(text.data + plain, i - plain));
        plain = i + 1;
        buffer_append_byte(buffer, '\\');
        buffer_append_byte(buffer, letter);
        if (letter == 'u') {
            const char digits[4] = {'0', '0', hex[c >> 4], hex[c & 15]};
            buffer_append(buffer, slice_of(digits, 4));
        }
    }
    if (plain < text.size) { /* the data of an empty slice may be NULL */
        buffer_append(buffer, slice_of(text.data + plain, text.size - plain));
    }
    buffer_append_byte(buffer, '"');
}
