#include "bpmn/value.h"

/* Kinds are those of FEEL; a whole number that fits in 64 bits has one of its own. */
enum { WHOLE_NUMBER = FEEL_KIND_COUNT };

enum moment_flag { MOMENT_OFFSET = 1, MOMENT_ZONE = 2 };

/* ---- numbers and text ---- */

void bpmn_write_u64(struct buffer *buffer, uint64_t value)
{
    while (value >= 0x80) {
        buffer_append_byte(buffer, (char)(value & 0x7f) | (char)0x80);
        value >>= 7;
    }
    buffer_append_byte(buffer, (char)value);
}

void bpmn_write_i64(struct buffer *buffer, int64_t value)
{
    const uint64_t bits = (uint64_t)value << 1;
    bpmn_write_u64(buffer, value < 0 ? ~bits : bits);
}

void bpmn_write_text(struct buffer *buffer, struct slice text)
{
    bpmn_write_u64(buffer, text.size);
    buffer_append(buffer, text);
}

uint8_t bpmn_read_byte(struct bpmn_reader *reader)
{
    if (reader->bad || reader->rest.size == 0) {
        reader->bad = true;
        return 0;
    }
    const uint8_t byte = (uint8_t)reader->rest.data[0];
    reader->rest = slice_of(reader->rest.data + 1, reader->rest.size - 1);
    return byte;
}

uint64_t bpmn_read_u64(struct bpmn_reader *reader, uint64_t max)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        const uint8_t byte = bpmn_read_byte(reader);
        const uint64_t part = byte & 0x7fU;
        if (shift == 63 && part > 1) {
            break;
        }
        value |= part << shift;
        if ((byte & 0x80U) == 0) {
            /* One way to write a number: no zeroes at the end. */
            if (value > max || (shift > 0 && part == 0)) {
                break;
            }
            return reader->bad ? 0 : value;
        }
    }
    reader->bad = true;
    return 0;
}

int64_t bpmn_read_i64(struct bpmn_reader *reader)
{
    const uint64_t bits = bpmn_read_u64(reader, UINT64_MAX);
    return (int64_t)((bits & 1) != 0 ? ~(bits >> 1) : bits >> 1);
}

struct slice bpmn_read_text(struct bpmn_reader *reader)
{
    const uint64_t size = bpmn_read_u64(reader, UINT32_MAX);
    const struct slice text = slice_of(reader->rest.data, (size_t)size);
    if (reader->bad || size > reader->rest.size || !utf8_valid(text)) {
        reader->bad = true;
        return SLICE("");
    }
    reader->rest = slice_of(reader->rest.data + size, reader->rest.size - (size_t)size);
    return text;
}

uint32_t bpmn_read_count(struct bpmn_reader *reader)
{
    const uint64_t count = bpmn_read_u64(reader, UINT32_MAX);
    if (count > reader->rest.size) {
        reader->bad = true;
        return 0;
    }
    return (uint32_t)count;
}

void *bpmn_read_take(struct bpmn_reader *reader, size_t count, size_t size)
{
    void *memory = arena_take_array(reader->arena, count + 1, size);
    if (memory == NULL) {
        reader->memory_short = true;
        reader->bad = true;
    }
    return memory;
}

/* ---- writing ---- */

static bool write_value(struct buffer *buffer, struct feel_value value, unsigned depth);

/* True when the number, to the bit, is what the whole number makes. */
static bool is_whole(struct decimal number, int64_t *ret_whole)
{
    if (!decimal_to_i64(number, ret_whole)) {
        return false;
    }
    const struct decimal same = decimal_from_i64(*ret_whole);
    return same.bits[0] == number.bits[0] && same.bits[1] == number.bits[1];
}

static void write_number(struct buffer *buffer, struct decimal number)
{
    int64_t whole = 0;
    if (is_whole(number, &whole)) {
        buffer_append_byte(buffer, WHOLE_NUMBER);
        bpmn_write_i64(buffer, whole);
        return;
    }
    buffer_append_byte(buffer, FEEL_NUMBER);
    for (unsigned i = 0; i < 16; i++) {
        buffer_append_byte(buffer, (char)(number.bits[i / 8] >> (i % 8 * 8) & 0xff));
    }
}

static void write_moment(struct buffer *buffer, const struct feel_moment *moment)
{
    const int flags =
        (moment->has_offset ? MOMENT_OFFSET : 0) | (moment->zone != NULL ? MOMENT_ZONE : 0);
    bpmn_write_i64(buffer, moment->days);
    bpmn_write_u64(buffer, (uint64_t)moment->nanos);
    buffer_append_byte(buffer, (char)flags);
    bpmn_write_i64(buffer, flags == 0 ? 0 : moment->offset);
    if (moment->zone != NULL) {
        bpmn_write_text(buffer, zone_name(moment->zone));
    }
}

static bool write_inner(struct buffer *buffer, struct feel_value value, unsigned depth)
{
    bool good = depth < BPMN_VALUE_DEPTH_MAX;
    if (value.kind == FEEL_LIST) {
        bpmn_write_u64(buffer, value.size);
        for (uint32_t i = 0; i < value.size && good; i++) {
            good = write_value(buffer, value.items[i], depth + 1);
        }
    } else if (value.kind == FEEL_CONTEXT) {
        bpmn_write_u64(buffer, value.context->count);
        for (uint32_t i = 0; i < value.context->count && good; i++) {
            bpmn_write_text(buffer, value.context->entries[i].name);
            good = write_value(buffer, value.context->entries[i].value, depth + 1);
        }
    } else {
        buffer_append_byte(buffer, (char)value.range->form);
        buffer_append_byte(buffer, (char)((value.range->start_included ? 1 : 0) |
                                          (value.range->end_included ? 2 : 0)));
        good = good && write_value(buffer, value.range->start, depth + 1) &&
               write_value(buffer, value.range->end, depth + 1);
    }
    return good;
}

static bool write_value(struct buffer *buffer, struct feel_value value, unsigned depth)
{
    if (value.kind == FEEL_NUMBER) {
        write_number(buffer, value.number);
        return true;
    }
    buffer_append_byte(buffer, (char)(value.kind == FEEL_FUNCTION ? FEEL_NULL : value.kind));
    switch (value.kind) {
    case FEEL_BOOLEAN:
        buffer_append_byte(buffer, value.boolean ? 1 : 0);
        return true;
    case FEEL_STRING:
        bpmn_write_text(buffer, feel_text(value));
        return true;
    case FEEL_DATE:
        bpmn_write_i64(buffer, value.days);
        return true;
    case FEEL_TIME:
    case FEEL_DATE_TIME:
        write_moment(buffer, value.moment);
        return true;
    case FEEL_MONTHS:
        bpmn_write_i64(buffer, value.months);
        return true;
    case FEEL_SPAN:
        bpmn_write_i64(buffer, value.span.seconds);
        bpmn_write_i64(buffer, value.span.nanos);
        return true;
    case FEEL_LIST:
    case FEEL_CONTEXT:
    case FEEL_RANGE:
        return write_inner(buffer, value, depth);
    default:
        return true;
    }
}

bool bpmn_value_write(struct buffer *buffer, struct feel_value value)
{
    return write_value(buffer, value, 0);
}

/* ---- reading ---- */

static struct feel_value read_value(struct bpmn_reader *reader, unsigned depth);

static struct feel_value read_decimal(struct bpmn_reader *reader)
{
    struct decimal number = {{0, 0}};
    for (unsigned i = 0; i < 16; i++) {
        number.bits[i / 8] |= (uint64_t)bpmn_read_byte(reader) << (i % 8 * 8);
    }
    /* Infinities, NaN and coefficients of more than 34 digits are no decimals of ours, and a whole
     * number has its own form. */
    int64_t whole = 0;
    if (is_whole(number, &whole) || (number.bits[1] >> 61 & 3) == 3 ||
        (number.bits[1] & 0x1ffffffffffffULL) > 0x1ed09bead87c0ULL) {
        reader->bad = true;
        return FEEL_NOTHING;
    }
    return feel_number(number);
}

static struct feel_value read_moment(struct bpmn_reader *reader, uint8_t kind)
{
    struct feel_moment *moment = bpmn_read_take(reader, 0, sizeof *moment);
    const int64_t days = bpmn_read_i64(reader);
    const uint64_t nanos = bpmn_read_u64(reader, NANOS_PER_DAY - 1);
    const uint8_t flags = bpmn_read_byte(reader);
    const int64_t offset = bpmn_read_i64(reader);
    if (reader->bad || flags > (MOMENT_OFFSET | MOMENT_ZONE) || offset > 24 * 3600 ||
        offset < -24 * 3600 || !calendar_days_valid(days) || (kind == FEEL_TIME && days != 0) ||
        (flags == 0 && offset != 0)) {
        reader->bad = true;
        return FEEL_NOTHING;
    }
    *moment = (struct feel_moment){.days = days,
                                   .nanos = (int64_t)nanos,
                                   .offset = (int32_t)offset,
                                   .has_offset = (flags & MOMENT_OFFSET) != 0};
    if ((flags & MOMENT_ZONE) != 0) {
        moment->zone = feel_zone(reader->zones, bpmn_read_text(reader));
        reader->bad = reader->bad || moment->zone == NULL;
    }
    return (struct feel_value){.kind = kind, .moment = moment};
}

static struct feel_value read_list(struct bpmn_reader *reader, unsigned depth)
{
    const uint32_t count = bpmn_read_count(reader);
    struct feel_value *items = bpmn_read_take(reader, count, sizeof *items);
    for (uint32_t i = 0; i < count && !reader->bad; i++) {
        items[i] = read_value(reader, depth + 1);
    }
    return feel_list(items, count);
}

static struct feel_value read_context(struct bpmn_reader *reader, unsigned depth)
{
    const uint32_t count = bpmn_read_count(reader);
    struct feel_context *context = feel_context_new(reader->arena, count);
    if (context == NULL) {
        reader->bad = true;
        reader->memory_short = true;
    }
    for (uint32_t i = 0; i < count && !reader->bad; i++) {
        const struct slice name = bpmn_read_text(reader);
        const struct feel_value value = read_value(reader, depth + 1);
        if (!reader->bad &&
            (!feel_context_put(reader->arena, context, name, value) || context->count != i + 1)) {
            reader->bad = true;
        }
    }
    return reader->bad ? FEEL_NOTHING : feel_context_value(context);
}

static struct feel_value read_range(struct bpmn_reader *reader, unsigned depth)
{
    struct feel_range *range = bpmn_read_take(reader, 0, sizeof *range);
    const uint8_t form = bpmn_read_byte(reader);
    const uint8_t included = bpmn_read_byte(reader);
    const struct feel_value start = read_value(reader, depth + 1);
    const struct feel_value end = read_value(reader, depth + 1);
    if (reader->bad || form > FEEL_RANGE_UNEQUAL || included > 3) {
        reader->bad = true;
        return FEEL_NOTHING;
    }
    *range = (struct feel_range){.form = (enum feel_range_form)form,
                                 .start_included = (included & 1) != 0,
                                 .end_included = (included & 2) != 0,
                                 .start = start,
                                 .end = end};
    return (struct feel_value){.kind = FEEL_RANGE, .range = range};
}

static struct feel_value read_simple(struct bpmn_reader *reader, uint8_t kind)
{
    struct feel_value value = {.kind = kind};
    if (kind == FEEL_BOOLEAN) {
        const uint8_t byte = bpmn_read_byte(reader);
        reader->bad = reader->bad || byte > 1;
        value.boolean = byte == 1;
    } else if (kind == FEEL_DATE) {
        value.days = bpmn_read_i64(reader);
        reader->bad = reader->bad || !calendar_days_valid(value.days);
    } else if (kind == FEEL_MONTHS) {
        value.months = bpmn_read_i64(reader);
    } else if (kind == FEEL_SPAN) {
        value.span.seconds = bpmn_read_i64(reader);
        const int64_t nanos = bpmn_read_i64(reader);
        reader->bad = reader->bad || nanos >= NANOS_PER_SECOND || nanos <= -NANOS_PER_SECOND;
        value.span.nanos = reader->bad ? 0 : (int32_t)nanos;
    } else if (kind != FEEL_NULL) {
        reader->bad = true;
    }
    return value;
}

static struct feel_value read_value(struct bpmn_reader *reader, unsigned depth)
{
    const uint8_t kind = bpmn_read_byte(reader);
    if (depth > BPMN_VALUE_DEPTH_MAX) {
        reader->bad = true;
    }
    if (reader->bad) {
        return FEEL_NOTHING;
    }
    switch (kind) {
    case WHOLE_NUMBER:
        return feel_integer(bpmn_read_i64(reader));
    case FEEL_NUMBER:
        return read_decimal(reader);
    case FEEL_STRING:
        return feel_string(bpmn_read_text(reader));
    case FEEL_TIME:
    case FEEL_DATE_TIME:
        return read_moment(reader, kind);
    case FEEL_LIST:
        return read_list(reader, depth);
    case FEEL_CONTEXT:
        return read_context(reader, depth);
    case FEEL_RANGE:
        return read_range(reader, depth);
    default:
        return read_simple(reader, kind);
    }
}

struct feel_value bpmn_value_read(struct bpmn_reader *reader)
{
    return read_value(reader, 0);
}
