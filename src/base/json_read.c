/* The strict JSON reader: one pass over the text, a value a node in the arena. */
#include "base/hash.h"
#include "base/json.h"

/* Objects up to this many members look for duplicates pair by pair, larger ones by a table. */
enum { PAIRWISE_MEMBERS_MAX = 24 };

struct reader {
    struct arena *arena;
    const char *start;
    const char *p;
    const char *end;
    struct json_error *error;
    unsigned depth;
};

static bool fail(struct reader *reader, const char *message)
{
    *reader->error = (struct json_error){(size_t)(reader->p - reader->start), message, false};
    return false;
}

static bool fail_memory(struct reader *reader)
{
    (void)fail(reader, "the text needs more memory than is allowed");
    reader->error->memory_short = true;
    return false;
}

static void skip_space(struct reader *reader)
{
    while (reader->p < reader->end &&
           (*reader->p == ' ' || *reader->p == '\n' || *reader->p == '\r' || *reader->p == '\t')) {
        reader->p++;
    }
}

static bool is_digit(const struct reader *reader)
{
    return reader->p < reader->end && *reader->p >= '0' && *reader->p <= '9';
}

static bool digits_skip(struct reader *reader)
{
    if (!is_digit(reader)) {
        return fail(reader, "a digit is missing in a number");
    }
    while (is_digit(reader)) {
        reader->p++;
    }
    return true;
}

static bool read_number(struct reader *reader, struct json_value *value)
{
    const char *begin = reader->p;

    if (*reader->p == '-') {
        reader->p++;
    }
    if (reader->p < reader->end && *reader->p == '0') {
        reader->p++;
        if (is_digit(reader)) {
            return fail(reader, "a number begins with a zero");
        }
    } else if (!digits_skip(reader)) {
        return false;
    }
    if (reader->p < reader->end && *reader->p == '.') {
        reader->p++;
        if (!digits_skip(reader)) {
            return false;
        }
    }
    if (reader->p < reader->end && (*reader->p == 'e' || *reader->p == 'E')) {
        reader->p++;
        if (reader->p < reader->end && (*reader->p == '+' || *reader->p == '-')) {
            reader->p++;
        }
        if (!digits_skip(reader)) {
            return false;
        }
    }
    value->type = JSON_NUMBER;
    value->text = slice_of(begin, (size_t)(reader->p - begin));
    return true;
}

static bool read_hex4(struct reader *reader, uint32_t *ret_unit)
{
    uint32_t unit = 0;

    if (reader->end - reader->p < 4) {
        return fail(reader, "an escape is cut short");
    }
    for (int i = 0; i < 4; i++) {
        const char c = reader->p[i];
        uint32_t digit;

        if (c >= '0' && c <= '9') {
            digit = (uint32_t)(c - '0');
        } else if (c >= 'a' && c <= 'f') {
            digit = (uint32_t)(c - 'a') + 10;
        } else if (c >= 'A' && c <= 'F') {
            digit = (uint32_t)(c - 'A') + 10;
        } else {
            return fail(reader, "an escape has a character that is no hexadecimal digit");
        }
        unit = unit << 4 | digit;
    }
    reader->p += 4;
    *ret_unit = unit;
    return true;
}

static char *utf8_put(char *out, uint32_t code)
{
    if (code < 0x80) {
        *out++ = (char)code;
    } else if (code < 0x800) {
        *out++ = (char)(0xC0 | code >> 6);
        *out++ = (char)(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
        *out++ = (char)(0xE0 | code >> 12);
        *out++ = (char)(0x80 | (code >> 6 & 0x3F));
        *out++ = (char)(0x80 | (code & 0x3F));
    } else {
        *out++ = (char)(0xF0 | code >> 18);
        *out++ = (char)(0x80 | (code >> 12 & 0x3F));
        *out++ = (char)(0x80 | (code >> 6 & 0x3F));
        *out++ = (char)(0x80 | (code & 0x3F));
    }
    return out;
}

/* Reads what follows "\u", with the second half of a surrogate pair. */
static bool read_unicode_escape(struct reader *reader, char **out)
{
    uint32_t code;
    uint32_t low;

    if (!read_hex4(reader, &code)) {
        return false;
    }
    if (code >= 0xDC00 && code <= 0xDFFF) {
        return fail(reader, "a low surrogate stands alone");
    }
    if (code >= 0xD800 && code <= 0xDBFF) {
        if (reader->end - reader->p < 2 || reader->p[0] != '\\' || reader->p[1] != 'u') {
            return fail(reader, "a high surrogate stands alone");
        }
        reader->p += 2;
        if (!read_hex4(reader, &low)) {
            return false;
        }
        if (low < 0xDC00 || low > 0xDFFF) {
            return fail(reader, "a high surrogate stands alone");
        }
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    }
    *out = utf8_put(*out, code);
    return true;
}

static bool read_escape(struct reader *reader, char **out)
{
    if (reader->p == reader->end) {
        return fail(reader, "a string is not closed");
    }
    const char c = *reader->p++;
    switch (c) {
    case '"':
    case '\\':
    case '/':
        *(*out)++ = c;
        return true;
    case 'b':
        *(*out)++ = '\b';
        return true;
    case 'f':
        *(*out)++ = '\f';
        return true;
    case 'n':
        *(*out)++ = '\n';
        return true;
    case 'r':
        *(*out)++ = '\r';
        return true;
    case 't':
        *(*out)++ = '\t';
        return true;
    case 'u':
        return read_unicode_escape(reader, out);
    default:
        reader->p--;
        return fail(reader, "an unknown escape in a string");
    }
}

/* Decodes a string that has escapes; `begin` is behind its opening quote, `p` at the first
 * backslash. */
static bool read_escaped(struct reader *reader, const char *begin, struct slice *ret_text)
{
    const char *close = reader->p;

    while (close < reader->end && *close != '"') {
        close += *close == '\\' && close + 1 < reader->end ? 2 : 1;
    }
    char *const text = arena_take(reader->arena, (size_t)(close - begin) + 1);
    if (text == NULL) {
        return fail_memory(reader);
    }
    char *out = text + (reader->p - begin);
    memcpy(text, begin, (size_t)(reader->p - begin));
    while (reader->p < reader->end && *reader->p != '"') {
        if ((uint8_t)*reader->p < 0x20) {
            return fail(reader, "a control character in a string");
        }
        if (*reader->p != '\\') {
            *out++ = *reader->p++;
            continue;
        }
        reader->p++;
        if (!read_escape(reader, &out)) {
            return false;
        }
    }
    *ret_text = slice_of(text, (size_t)(out - text));
    return true;
}

static bool read_string(struct reader *reader, struct slice *ret_text)
{
    const char *begin = ++reader->p;

    while (reader->p < reader->end && *reader->p != '"' && *reader->p != '\\' &&
           (uint8_t)*reader->p >= 0x20) {
        reader->p++;
    }
    *ret_text = slice_of(begin, (size_t)(reader->p - begin));
    if (reader->p < reader->end && *reader->p == '\\' && !read_escaped(reader, begin, ret_text)) {
        return false;
    }
    if (reader->p == reader->end) {
        return fail(reader, "a string is not closed");
    }
    if (*reader->p != '"') {
        return fail(reader, "a control character in a string");
    }
    reader->p++;
    return true;
}

static bool read_value(struct reader *reader, struct json_value *value);

static struct json_value *append(struct reader *reader, struct json_value *parent,
                                 struct json_value **last)
{
    struct json_value *value = arena_take(reader->arena, sizeof(*value));

    if (value == NULL) {
        fail_memory(reader);
        return NULL;
    }
    if (*last == NULL) {
        parent->first = value;
    } else {
        (*last)->next = value;
    }
    *last = value;
    parent->count++;
    return value;
}

/* After an element: true with *ret_more telling whether another follows. */
static bool read_separator(struct reader *reader, char close, bool *ret_more)
{
    skip_space(reader);
    if (reader->p == reader->end) {
        return fail(reader, "the text ends inside an array or object");
    }
    if (*reader->p != ',' && *reader->p != close) {
        return fail(reader, "a comma or a closing bracket is missing");
    }
    *ret_more = *reader->p == ',';
    reader->p++;
    return true;
}

static bool read_array(struct reader *reader, struct json_value *array)
{
    struct json_value *last = NULL;
    bool more = true;

    array->type = JSON_ARRAY;
    reader->p++;
    skip_space(reader);
    if (reader->p < reader->end && *reader->p == ']') {
        reader->p++;
        return true;
    }
    while (more) {
        struct json_value *element = append(reader, array, &last);
        if (element == NULL || !read_value(reader, element) ||
            !read_separator(reader, ']', &more)) {
            return false;
        }
    }
    return true;
}

static bool duplicate_pairwise(const struct json_value *object)
{
    for (const struct json_value *a = object->first; a != NULL; a = a->next) {
        for (const struct json_value *b = a->next; b != NULL; b = b->next) {
            if (slice_equal(a->name, b->name)) {
                return true;
            }
        }
    }
    return false;
}

static bool duplicates_refused(struct reader *reader, const struct json_value *object)
{
    if (object->count <= PAIRWISE_MEMBERS_MAX) {
        return duplicate_pairwise(object) ? fail(reader, "a member is given twice") : true;
    }
    size_t capacity = 64;
    while (capacity < (size_t)object->count * 2) {
        capacity *= 2;
    }
    const struct json_value **table =
        arena_take_array(reader->arena, capacity, sizeof(struct json_value *));
    if (table == NULL) {
        return fail_memory(reader);
    }
    const uint64_t seed = (uint64_t)(uintptr_t)table;
    for (const struct json_value *member = object->first; member != NULL; member = member->next) {
        size_t i = hash64(member->name.data, member->name.size, seed) & (capacity - 1);
        while (table[i] != NULL) {
            if (slice_equal(table[i]->name, member->name)) {
                return fail(reader, "a member is given twice");
            }
            i = (i + 1) & (capacity - 1);
        }
        table[i] = member;
    }
    return true;
}

static bool read_member(struct reader *reader, struct json_value *object, struct json_value **last)
{
    skip_space(reader);
    if (reader->p == reader->end || *reader->p != '"') {
        return fail(reader, "a member's name is missing");
    }
    struct json_value *member = append(reader, object, last);
    if (member == NULL || !read_string(reader, &member->name)) {
        return false;
    }
    skip_space(reader);
    if (reader->p == reader->end || *reader->p != ':') {
        return fail(reader, "a colon is missing behind a member's name");
    }
    reader->p++;
    return read_value(reader, member);
}

static bool read_object(struct reader *reader, struct json_value *object)
{
    struct json_value *last = NULL;
    bool more = true;

    object->type = JSON_OBJECT;
    reader->p++;
    skip_space(reader);
    if (reader->p < reader->end && *reader->p == '}') {
        reader->p++;
        return true;
    }
    while (more) {
        if (!read_member(reader, object, &last) || !read_separator(reader, '}', &more)) {
            return false;
        }
    }
    return duplicates_refused(reader, object);
}

static bool read_word(struct reader *reader, struct json_value *value, const char *word,
                      enum json_type type)
{
    const size_t size = strlen(word);

    if ((size_t)(reader->end - reader->p) < size || memcmp(reader->p, word, size) != 0) {
        return fail(reader, "an unknown word");
    }
    reader->p += size;
    value->type = type;
    return true;
}

static bool read_nested(struct reader *reader, struct json_value *value)
{
    if (reader->depth == JSON_DEPTH_MAX) {
        return fail(reader, "arrays and objects are nested too deeply");
    }
    reader->depth++;
    const bool done = *reader->p == '{' ? read_object(reader, value) : read_array(reader, value);
    reader->depth--;
    return done;
}

static bool read_value(struct reader *reader, struct json_value *value)
{
    skip_space(reader);
    if (reader->p == reader->end) {
        return fail(reader, "a value is missing");
    }
    switch (*reader->p) {
    case '{':
    case '[':
        return read_nested(reader, value);
    case '"':
        value->type = JSON_STRING;
        return read_string(reader, &value->text);
    case 't':
        return read_word(reader, value, "true", JSON_TRUE);
    case 'f':
        return read_word(reader, value, "false", JSON_FALSE);
    case 'n':
        return read_word(reader, value, "null", JSON_NULL);
    default:
        if (*reader->p == '-' || is_digit(reader)) {
            return read_number(reader, value);
        }
        return fail(reader, "a character that begins no value");
    }
}

struct json_value *json_parse(struct arena *arena, struct json_error *reterr_error,
                              struct slice text)
{
    struct reader reader = {.arena = arena,
                            .start = text.data,
                            .p = text.data,
                            .end = text.data == NULL ? NULL : text.data + text.size,
                            .error = reterr_error};
    struct json_value *value = arena_take(arena, sizeof(*value));

    *reterr_error = (struct json_error){0, "the text needs more memory than is allowed", true};
    if (value == NULL) {
        return NULL;
    }
    if (!utf8_valid(text)) {
        *reterr_error = (struct json_error){0, "the text is not valid UTF-8", false};
        return NULL;
    }
    if (!read_value(&reader, value)) {
        return NULL;
    }
    skip_space(&reader);
    if (reader.p != reader.end) {
        fail(&reader, "something follows the value");
        return NULL;
    }
    return value;
}

const struct json_value *json_member(const struct json_value *object, struct slice name)
{
    if (object == NULL || object->type != JSON_OBJECT) {
        return NULL;
    }
    for (const struct json_value *member = object->first; member != NULL; member = member->next) {
        if (slice_equal(member->name, name)) {
            return member;
        }
    }
    return NULL;
}
