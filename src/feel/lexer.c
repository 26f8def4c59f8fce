/* Tokens and literals. */
#include "feel/name.h"
#include "feel/parser.h"
#include "feel/text.h"

const struct feel_node *parser_fail(struct feel_parser *parser, size_t at, const char *message)
{
    if (parser->message == NULL) {
        parser->message = message;
        parser->message_at = at;
    }
    parser->at = parser->text.size;
    return feel_node_error(parser->compiler, (uint32_t)at, message);
}

static bool starts(const struct feel_parser *parser, const char *symbol)
{
    const size_t size = strlen(symbol);
    return parser->text.size - parser->at >= size &&
           memcmp(parser->text.data + parser->at, symbol, size) == 0;
}

/* Moves behind a comment, when one stands here. */
static bool skip_comment(struct feel_parser *parser)
{
    if (starts(parser, "//")) {
        while (parser->at < parser->text.size && parser->text.data[parser->at] != '\n') {
            parser->at++;
        }
        return true;
    }
    if (!starts(parser, "/*")) {
        return false;
    }
    const size_t start = parser->at;
    for (parser->at += 2; parser->at < parser->text.size; parser->at++) {
        if (starts(parser, "*/")) {
            parser->at += 2;
            return true;
        }
    }
    (void)parser_fail(parser, start, "the comment is not closed");
    return false;
}

void parser_skip(struct feel_parser *parser)
{
    for (;;) {
        const size_t space = name_space_at(parser->text, parser->at);
        if (space > 0) {
            parser->at += space;
        } else if (!skip_comment(parser)) {
            return;
        }
    }
}

char parser_peek(struct feel_parser *parser)
{
    parser_skip(parser);
    return parser->at < parser->text.size ? parser->text.data[parser->at] : '\0';
}

bool parser_take(struct feel_parser *parser, const char *symbol)
{
    parser_skip(parser);
    if (!starts(parser, symbol)) {
        return false;
    }
    parser->at += strlen(symbol);
    return true;
}

bool parser_at_word(struct feel_parser *parser, const char *word)
{
    parser_skip(parser);
    return starts(parser, word) && name_word_at(parser->text, parser->at) == strlen(word);
}

bool parser_take_word(struct feel_parser *parser, const char *word)
{
    if (!parser_at_word(parser, word)) {
        return false;
    }
    parser->at += strlen(word);
    return true;
}

bool parser_take_words(struct feel_parser *parser, const char *first, const char *second)
{
    const size_t start = parser->at;
    if (parser_take_word(parser, first) && parser_take_word(parser, second)) {
        return true;
    }
    parser->at = start;
    return false;
}

bool parser_enter(struct feel_parser *parser)
{
    if (parser->depth >= FEEL_PARSE_DEPTH_MAX) {
        (void)parser_fail(parser, parser->at, "the expression is nested too deeply");
        return false;
    }
    parser->depth++;
    return true;
}

static size_t digits_at(struct slice text, size_t at)
{
    const size_t start = at;
    while (at < text.size && text.data[at] >= '0' && text.data[at] <= '9') {
        at++;
    }
    return at - start;
}

/* The bytes of an exponent such as e+4, 0 when there is none. */
static size_t exponent_at(struct slice text, size_t at)
{
    if (at >= text.size || (text.data[at] != 'e' && text.data[at] != 'E')) {
        return 0;
    }
    size_t next = at + 1;
    if (next < text.size && (text.data[next] == '+' || text.data[next] == '-')) {
        next++;
    }
    const size_t digits = digits_at(text, next);
    return digits == 0 ? 0 : next + digits - at;
}

const struct feel_node *parser_number(struct feel_parser *parser)
{
    const size_t start = parser->at;
    size_t at = start + digits_at(parser->text, start);
    if (at < parser->text.size && parser->text.data[at] == '.') {
        const size_t digits = digits_at(parser->text, at + 1);
        at += digits > 0 ? 1 + digits : 0;
    }
    at += exponent_at(parser->text, at);
    struct decimal value = DECIMAL_ZERO;
    if (!decimal_parse(slice_of(parser->text.data + start, at - start), &value)) {
        return parser_fail(parser, start, "the number is out of range");
    }
    parser->at = at;
    return feel_node_constant(parser->compiler, (uint32_t)start, feel_number(value));
}

static bool hex_digits(struct slice text, size_t at, size_t count, uint32_t *ret_value)
{
    uint32_t value = 0;
    if (text.size - at < count) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const char c = text.data[at + i];
        const int digit = c >= '0' && c <= '9'   ? c - '0'
                          : c >= 'a' && c <= 'f' ? c - 'a' + 10
                          : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                                 : -1;
        if (digit < 0) {
            return false;
        }
        value = value * 16 + (uint32_t)digit;
    }
    *ret_value = value;
    return true;
}

/* \uXXXX, a pair of surrogates, or \UXXXXXX, behind the backslash. Returns the bytes read. */
static size_t unicode_escape(struct slice text, size_t at, char *out, size_t *out_size)
{
    const size_t count = text.data[at] == 'u' ? 4 : 6;
    uint32_t point = 0;
    size_t read = 1 + count;
    if (!hex_digits(text, at + 1, count, &point)) {
        return 0;
    }
    uint32_t low = 0;
    if (point >= 0xd800 && point < 0xdc00 && text.size - at >= 11 && text.data[at + 5] == '\\' &&
        text.data[at + 6] == 'u' && hex_digits(text, at + 7, 4, &low) && low >= 0xdc00 &&
        low < 0xe000) {
        point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
        read = 11;
    }
    if (point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) {
        return 0;
    }
    *out_size += text_encode(point, out + *out_size);
    return read;
}

/* Decodes one escape behind the backslash at `at`; returns the bytes read. An unknown escape stands
 * for itself with its backslash, as patterns such as "\d" are written. */
static size_t read_escape(struct slice text, size_t at, char *out, size_t *out_size)
{
    static const char letters[] = "\"\\'nrt";
    static const char values[] = "\"\\'\n\r\t";
    if (at >= text.size) {
        return 0;
    }
    const char c = text.data[at];
    const char *found = c == '\0' ? NULL : strchr(letters, c);
    if (found != NULL) {
        out[(*out_size)++] = values[found - letters];
        return 1;
    }
    if (c == 'u' || c == 'U') {
        const size_t read = unicode_escape(text, at, out, out_size);
        if (read > 0) {
            return read;
        }
    }
    out[(*out_size)++] = '\\';
    return SIZE_MAX;
}

struct slice parser_string_text(struct feel_parser *parser)
{
    parser_skip(parser);
    const size_t start = parser->at++;
    size_t end = parser->at;
    while (end < parser->text.size && parser->text.data[end] != '"') {
        end += parser->text.data[end] == '\\' ? 2 : 1;
    }
    if (end >= parser->text.size) {
        (void)parser_fail(parser, start, "the string is not closed");
        return slice_of(NULL, 0);
    }
    char *out = arena_take(parser->compiler->arena, end - parser->at + 1);
    if (out == NULL) {
        parser->compiler->failed = true;
        return slice_of(NULL, 0);
    }
    size_t size = 0;
    while (parser->at < end) {
        const char c = parser->text.data[parser->at++];
        if (c != '\\') {
            out[size++] = c;
            continue;
        }
        const size_t read = read_escape(slice_of(parser->text.data, end), parser->at, out, &size);
        parser->at += read == SIZE_MAX ? 0 : read;
    }
    parser->at = end + 1;
    return slice_of(out, size);
}

const struct feel_node *parser_string(struct feel_parser *parser)
{
    const size_t at = parser->at;
    const struct slice text = parser_string_text(parser);
    if (text.data == NULL) {
        return feel_node_error(parser->compiler, (uint32_t)at, "the string cannot be read");
    }
    return feel_node_constant(parser->compiler, (uint32_t)at, feel_string(text));
}

const struct feel_node *parser_at_literal(struct feel_parser *parser)
{
    const size_t at = parser->at++;
    if (parser_peek(parser) != '"') {
        return parser_fail(parser, at, "a string is expected behind @");
    }
    const struct slice text = parser_string_text(parser);
    struct feel_value value = FEEL_NOTHING;
    if (text.data == NULL ||
        !text_read_temporal(parser->compiler->arena, &parser->compiler->zones, text, &value)) {
        feel_compiler_report(parser->compiler, (uint32_t)at,
                             "\"%.*s\" is no date, time or duration", (int)text.size, text.data);
        return feel_node_error(parser->compiler, (uint32_t)at,
                               "the text behind @ is no date, time or duration");
    }
    return feel_node_constant(parser->compiler, (uint32_t)at, value);
}

struct slice parser_defined_name(struct feel_parser *parser, const char *stops, const char *word)
{
    parser_skip(parser);
    const size_t start = parser->at;
    size_t end = start;
    while (parser->at < parser->text.size && parser->message == NULL) {
        if (parser->at > start && word != NULL && parser_at_word(parser, word)) {
            break;
        }
        if (parser->at >= parser->text.size ||
            strchr(stops, parser->text.data[parser->at]) != NULL) {
            break;
        }
        size_t size = name_word_at(parser->text, parser->at);
        if (size == 0 && name_symbol(parser->text.data[parser->at]) && parser->at > start) {
            size = 1;
        }
        if (size == 0) {
            break;
        }
        parser->at += size;
        end = parser->at;
        parser_skip(parser);
    }
    const struct slice raw = slice_of(parser->text.data + start, end - start);
    if (raw.size == 0 || name_start_at(parser->text, start) == 0) {
        (void)parser_fail(parser, start, "a name is expected");
        return SLICE("");
    }
    const struct slice name = name_normalize(parser->compiler->arena, raw);
    if (name.data == NULL) {
        parser->compiler->failed = true;
        return SLICE("");
    }
    return name;
}

bool parser_take_key(struct feel_parser *parser, struct slice *ret_name)
{
    const size_t start = parser->at;
    if (parser_peek(parser) == '"') {
        const struct slice text = parser_string_text(parser);
        if (text.data != NULL && parser_take(parser, ":")) {
            *ret_name = text;
            return true;
        }
        parser->at = start;
        return false;
    }
    size_t at = parser->at;
    if (name_start_at(parser->text, at) == 0) {
        return false;
    }
    while (at < parser->text.size && parser->text.data[at] != ':') {
        size_t size = name_word_at(parser->text, at);
        size = size == 0 ? name_space_at(parser->text, at) : size;
        if (size == 0 && !name_symbol(parser->text.data[at])) {
            parser->at = start;
            return false;
        }
        at += size == 0 ? 1 : size;
    }
    if (at >= parser->text.size) {
        parser->at = start;
        return false;
    }
    *ret_name = name_normalize(parser->compiler->arena,
                               slice_of(parser->text.data + parser->at, at - parser->at));
    if (ret_name->data == NULL) {
        parser->compiler->failed = true;
        *ret_name = SLICE("");
    }
    parser->at = at + 1;
    return true;
}
