#include "feel/text.h"

#include "feel/name.h"

size_t text_encode(uint32_t point, char *ret_bytes)
{
    uint8_t *out = (uint8_t *)ret_bytes;
    if (point < 0x80) {
        out[0] = (uint8_t)point;
        return 1;
    }
    if (point < 0x800) {
        out[0] = (uint8_t)(0xc0 | (point >> 6));
        out[1] = (uint8_t)(0x80 | (point & 0x3f));
        return 2;
    }
    if (point < 0x10000) {
        out[0] = (uint8_t)(0xe0 | (point >> 12));
        out[1] = (uint8_t)(0x80 | ((point >> 6) & 0x3f));
        out[2] = (uint8_t)(0x80 | (point & 0x3f));
        return 3;
    }
    out[0] = (uint8_t)(0xf0 | (point >> 18));
    out[1] = (uint8_t)(0x80 | ((point >> 12) & 0x3f));
    out[2] = (uint8_t)(0x80 | ((point >> 6) & 0x3f));
    out[3] = (uint8_t)(0x80 | (point & 0x3f));
    return 4;
}

size_t text_point_size(struct slice text, size_t at)
{
    const uint8_t first = (uint8_t)text.data[at];
    const size_t size = first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    return size <= text.size - at ? size : text.size - at;
}

uint32_t text_point_at(struct slice text, size_t at)
{
    const size_t size = text_point_size(text, at);
    const uint8_t *data = (const uint8_t *)text.data + at;
    uint32_t point = size == 1 ? data[0] : data[0] & (0xffU >> (size + 1));
    for (size_t i = 1; i < size; i++) {
        point = (point << 6) | (data[i] & 0x3fU);
    }
    return point;
}

size_t text_length(struct slice text)
{
    size_t length = 0;
    for (size_t i = 0; i < text.size; i++) {
        length += ((uint8_t)text.data[i] & 0xc0) != 0x80;
    }
    return length;
}

size_t text_offset(struct slice text, size_t index)
{
    size_t at = 0;
    while (index > 0 && at < text.size) {
        at += text_point_size(text, at);
        index--;
    }
    return at;
}

static bool store_moment(struct arena *arena, enum feel_kind kind, const struct feel_moment *moment,
                         struct feel_value *ret_value)
{
    struct feel_moment *copy = arena_take(arena, sizeof *copy);
    if (copy == NULL) {
        return false;
    }
    *copy = *moment;
    *ret_value = (struct feel_value){.kind = (uint8_t)kind, .moment = copy};
    return true;
}

bool text_read_temporal(struct arena *arena, struct feel_zones *zones, struct slice text,
                        struct feel_value *ret_value)
{
    struct feel_moment moment;
    int64_t days = 0;
    if (date_read(text, &days)) {
        *ret_value = (struct feel_value){.kind = FEEL_DATE, .days = days};
        return true;
    }
    if (duration_read(text, ret_value)) {
        return true;
    }
    if (time_read(zones, text, &moment)) {
        return store_moment(arena, FEEL_TIME, &moment, ret_value);
    }
    return date_time_read(zones, text, &moment) &&
           store_moment(arena, FEEL_DATE_TIME, &moment, ret_value);
}

static void write_quoted(struct buffer *buffer, struct slice text)
{
    buffer_append_byte(buffer, '"');
    for (size_t i = 0; i < text.size; i++) {
        const char c = text.data[i];
        switch (c) {
        case '"':
            buffer_append_cstr(buffer, "\\\"");
            break;
        case '\\':
            buffer_append_cstr(buffer, "\\\\");
            break;
        case '\n':
            buffer_append_cstr(buffer, "\\n");
            break;
        case '\r':
            buffer_append_cstr(buffer, "\\r");
            break;
        case '\t':
            buffer_append_cstr(buffer, "\\t");
            break;
        default:
            buffer_append_byte(buffer, c);
            break;
        }
    }
    buffer_append_byte(buffer, '"');
}

static void write_nested(struct buffer *buffer, struct feel_value value, unsigned depth);

static void write_range(struct buffer *buffer, const struct feel_range *range, unsigned depth)
{
    static const char *const symbols[][2] = {
        [FEEL_RANGE_LESS] = {"<", "<="},
        [FEEL_RANGE_GREATER] = {">", ">="},
        [FEEL_RANGE_EQUAL] = {"=", "="},
        [FEEL_RANGE_UNEQUAL] = {"!=", "!="},
    };
    if (range->form == FEEL_RANGE_INTERVAL) {
        buffer_append_byte(buffer, range->start_included ? '[' : '(');
        write_nested(buffer, range->start, depth + 1);
        buffer_append_cstr(buffer, "..");
        write_nested(buffer, range->end, depth + 1);
        buffer_append_byte(buffer, range->end_included ? ']' : ')');
        return;
    }
    const bool less = range->form == FEEL_RANGE_LESS;
    buffer_append_cstr(buffer,
                       symbols[range->form][less ? range->end_included : range->start_included]);
    buffer_append_byte(buffer, ' ');
    write_nested(buffer, less ? range->end : range->start, depth + 1);
}

static void write_context(struct buffer *buffer, const struct feel_context *context, unsigned depth)
{
    buffer_append_byte(buffer, '{');
    for (uint32_t i = 0; i < context->count; i++) {
        buffer_append_cstr(buffer, i == 0 ? "" : ", ");
        const struct slice name = context->entries[i].name;
        bool plain = name.size > 0;
        for (size_t at = 0; at < name.size && plain;) {
            const size_t part = name_part_at(name, at);
            plain = part > 0 || (at > 0 && name.data[at] == ' ');
            at += part > 0 ? part : 1;
        }
        if (plain && name_start_at(name, 0) > 0) {
            buffer_append(buffer, name);
        } else {
            write_quoted(buffer, name);
        }
        buffer_append_cstr(buffer, ": ");
        write_nested(buffer, context->entries[i].value, depth + 1);
    }
    buffer_append_byte(buffer, '}');
}

static void write_bare(struct buffer *buffer, struct feel_value value, unsigned depth)
{
    switch ((enum feel_kind)value.kind) {
    case FEEL_NULL:
        buffer_append_cstr(buffer, "null");
        break;
    case FEEL_BOOLEAN:
        buffer_append_cstr(buffer, value.boolean ? "true" : "false");
        break;
    case FEEL_NUMBER:
        decimal_write(buffer, value.number);
        break;
    case FEEL_STRING:
        buffer_append(buffer, feel_text(value));
        break;
    case FEEL_LIST:
        buffer_append_byte(buffer, '[');
        for (uint32_t i = 0; i < value.size; i++) {
            buffer_append_cstr(buffer, i == 0 ? "" : ", ");
            write_nested(buffer, value.items[i], depth + 1);
        }
        buffer_append_byte(buffer, ']');
        break;
    case FEEL_CONTEXT:
        write_context(buffer, value.context, depth);
        break;
    case FEEL_RANGE:
        write_range(buffer, value.range, depth);
        break;
    case FEEL_FUNCTION:
        buffer_append_cstr(buffer, "function");
        break;
    default:
        temporal_write(buffer, value);
        break;
    }
}

static void write_nested(struct buffer *buffer, struct feel_value value, unsigned depth)
{
    if (depth > FEEL_NEST_MAX) {
        buffer_append_cstr(buffer, "...");
    } else if (value.kind == FEEL_STRING) {
        write_quoted(buffer, feel_text(value));
    } else {
        write_bare(buffer, value, depth);
    }
}

void text_write(struct buffer *buffer, struct feel_value value)
{
    write_bare(buffer, value, 0);
}

static void write_json(struct json_writer *writer, struct feel_value value, unsigned depth)
{
    if (depth > FEEL_NEST_MAX) {
        json_null(writer);
        return;
    }
    switch ((enum feel_kind)value.kind) {
    case FEEL_NULL:
        json_null(writer);
        break;
    case FEEL_BOOLEAN:
        json_bool(writer, value.boolean);
        break;
    case FEEL_NUMBER:
        json_value_begin(writer);
        decimal_write(writer->buffer, value.number);
        break;
    case FEEL_STRING:
        json_string(writer, feel_text(value));
        break;
    case FEEL_LIST:
        json_array_begin(writer);
        for (uint32_t i = 0; i < value.size; i++) {
            write_json(writer, value.items[i], depth + 1);
        }
        json_array_end(writer);
        break;
    case FEEL_CONTEXT:
        json_object_begin(writer);
        for (uint32_t i = 0; i < value.context->count; i++) {
            json_name(writer, value.context->entries[i].name);
            write_json(writer, value.context->entries[i].value, depth + 1);
        }
        json_object_end(writer);
        break;
    default: {
        struct buffer text;
        buffer_init(&text);
        text_write(&text, value);
        json_string(writer, buffer_slice(&text));
        writer->buffer->failed |= text.failed;
        buffer_release(&text);
        break;
    }
    }
}

void text_write_json(struct json_writer *writer, struct feel_value value)
{
    write_json(writer, value, 0);
}

static const struct feel_type *entry_type(const struct feel_type *type, struct slice name)
{
    for (uint32_t i = 0; type != NULL && type->kind == FEEL_CONTEXT && i < type->count; i++) {
        if (slice_equal(type->members[i].name, name)) {
            return type->members[i].type;
        }
    }
    return NULL;
}

static bool string_from_json(struct arena *arena, struct feel_zones *zones, struct slice text,
                             const struct feel_type *type, struct feel_value *ret_value)
{
    *ret_value = feel_string(text);
    struct feel_value temporal = FEEL_NOTHING;
    if (type != NULL && type->kind >= FEEL_DATE && type->kind <= FEEL_SPAN &&
        text_read_temporal(arena, zones, text, &temporal) && temporal.kind == type->kind) {
        *ret_value = temporal;
    }
    return true;
}

static bool list_from_json(struct arena *arena, struct feel_zones *zones,
                           const struct json_value *json, const struct feel_type *type,
                           struct feel_value *ret_value)
{
    struct feel_value *items =
        arena_take_array(arena, json->count == 0 ? 1 : json->count, sizeof *items);
    const struct feel_type *item = type != NULL && type->kind == FEEL_LIST ? type->item : NULL;
    uint32_t count = 0;
    for (const struct json_value *at = json->first; items != NULL && at != NULL; at = at->next) {
        if (!text_from_json(arena, zones, at, item, &items[count++])) {
            return false;
        }
    }
    *ret_value = feel_list(items, count);
    return items != NULL;
}

static bool context_from_json(struct arena *arena, struct feel_zones *zones,
                              const struct json_value *json, const struct feel_type *type,
                              struct feel_value *ret_value)
{
    struct feel_context *context = feel_context_new(arena, json->count);
    if (context == NULL) {
        return false;
    }
    for (const struct json_value *at = json->first; at != NULL; at = at->next) {
        struct feel_entry *entry = &context->entries[context->count++];
        entry->name = at->name;
        if (!text_from_json(arena, zones, at, entry_type(type, at->name), &entry->value)) {
            return false;
        }
    }
    *ret_value = feel_context_value(context);
    return true;
}

bool text_from_json(struct arena *arena, struct feel_zones *zones, const struct json_value *json,
                    const struct feel_type *type, struct feel_value *ret_value)
{
    switch (json->type) {
    case JSON_TRUE:
    case JSON_FALSE:
        *ret_value = feel_boolean(json->type == JSON_TRUE);
        return true;
    case JSON_NUMBER: {
        struct decimal number = DECIMAL_ZERO;
        *ret_value = decimal_parse(json->text, &number) ? feel_number(number) : FEEL_NOTHING;
        return true;
    }
    case JSON_STRING:
        return string_from_json(arena, zones, json->text, type, ret_value);
    case JSON_ARRAY:
        return list_from_json(arena, zones, json, type, ret_value);
    case JSON_OBJECT:
        return context_from_json(arena, zones, json, type, ret_value);
    default:
        *ret_value = FEEL_NOTHING;
        return true;
    }
}
