#include "feel/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

enum { MATCH_STEPS_MAX = 1000000, MATCH_DEPTH_MAX = 2000, MATCH_HEAP_MAX_KB = 16384 };

struct regex {
    pcre2_code *code;
    pcre2_match_data *data;
    pcre2_match_context *context;
    uint32_t groups;
    bool literal;
};

static void *take(PCRE2_SIZE size, void *arena)
{
    return arena_take(arena, size);
}

static void give(void *memory, void *arena)
{
    (void)memory;
    (void)arena;
}

/* What XPath writes otherwise than PCRE: the escapes \i and \c, and subtraction of classes. */
static const char name_start[] = "_:A-Za-z\\x{c0}-\\x{d6}\\x{d8}-\\x{f6}\\x{f8}-\\x{2ff}"
                                 "\\x{370}-\\x{37d}\\x{37f}-\\x{1fff}\\x{200c}\\x{200d}"
                                 "\\x{2070}-\\x{218f}\\x{2c00}-\\x{2fef}\\x{3001}-\\x{d7ff}"
                                 "\\x{f900}-\\x{fdcf}\\x{fdf0}-\\x{fffd}\\x{10000}-\\x{effff}";
static const char name_more[] = "\\-.0-9\\x{b7}\\x{300}-\\x{36f}\\x{203f}\\x{2040}";

/* The blocks of \p{IsName}, which PCRE does not know; names without spaces and hyphens. */
static const struct {
    const char *name;
    const char *range;
} blocks[] = {
    {"BasicLatin", "\\x{0}-\\x{7f}"},
    {"Latin1Supplement", "\\x{80}-\\x{ff}"},
    {"LatinExtendedA", "\\x{100}-\\x{17f}"},
    {"LatinExtendedB", "\\x{180}-\\x{24f}"},
    {"IPAExtensions", "\\x{250}-\\x{2af}"},
    {"SpacingModifierLetters", "\\x{2b0}-\\x{2ff}"},
    {"CombiningDiacriticalMarks", "\\x{300}-\\x{36f}"},
    {"Greek", "\\x{370}-\\x{3ff}"},
    {"GreekandCoptic", "\\x{370}-\\x{3ff}"},
    {"Cyrillic", "\\x{400}-\\x{4ff}"},
    {"Armenian", "\\x{530}-\\x{58f}"},
    {"Hebrew", "\\x{590}-\\x{5ff}"},
    {"Arabic", "\\x{600}-\\x{6ff}"},
    {"Devanagari", "\\x{900}-\\x{97f}"},
    {"Thai", "\\x{e00}-\\x{e7f}"},
    {"HangulJamo", "\\x{1100}-\\x{11ff}"},
    {"LatinExtendedAdditional", "\\x{1e00}-\\x{1eff}"},
    {"GreekExtended", "\\x{1f00}-\\x{1fff}"},
    {"GeneralPunctuation", "\\x{2000}-\\x{206f}"},
    {"SuperscriptsandSubscripts", "\\x{2070}-\\x{209f}"},
    {"CurrencySymbols", "\\x{20a0}-\\x{20cf}"},
    {"LetterlikeSymbols", "\\x{2100}-\\x{214f}"},
    {"NumberForms", "\\x{2150}-\\x{218f}"},
    {"Arrows", "\\x{2190}-\\x{21ff}"},
    {"MathematicalOperators", "\\x{2200}-\\x{22ff}"},
    {"BoxDrawing", "\\x{2500}-\\x{257f}"},
    {"CJKSymbolsandPunctuation", "\\x{3000}-\\x{303f}"},
    {"Hiragana", "\\x{3040}-\\x{309f}"},
    {"Katakana", "\\x{30a0}-\\x{30ff}"},
    {"CJKUnifiedIdeographsExtensionA", "\\x{3400}-\\x{4dbf}"},
    {"CJKUnifiedIdeographs", "\\x{4e00}-\\x{9fff}"},
    {"HangulSyllables", "\\x{ac00}-\\x{d7af}"},
    {"PrivateUse", "\\x{e000}-\\x{f8ff}"},
    {"CJKCompatibilityIdeographs", "\\x{f900}-\\x{faff}"},
    {"HalfwidthandFullwidthForms", "\\x{ff00}-\\x{ffef}"},
};

struct translation {
    struct slice pattern;
    struct buffer out;
    bool dot_all;
    const char *message;
    unsigned depth;
    uint32_t opened; /* groups opened so far */
};

static bool escape_valid(char c)
{
    return c != '\0' && strchr("nrt\\|.?*+(){}-[]^$sSdDwWpPiIcC123456789", c) != NULL;
}

/* {name} behind \p or \P. */
static size_t translate_property(struct translation *translation, size_t at, char letter,
                                 bool in_class)
{
    const struct slice pattern = translation->pattern;
    const char *close =
        at < pattern.size ? memchr(pattern.data + at, '}', pattern.size - at) : NULL;
    if (close == NULL || pattern.data[at] != '{') {
        translation->message = "a property of the pattern has no name";
        return pattern.size;
    }
    const size_t end = (size_t)(close - pattern.data) + 1;
    const struct slice name = slice_of(pattern.data + at + 1, end - at - 2);
    if (!slice_starts_with(name, SLICE("Is"))) {
        buffer_printf(&translation->out, "\\%c{%.*s}", letter, (int)name.size, name.data);
        return end;
    }
    char plain[48];
    size_t size = 0;
    for (size_t i = 2; i < name.size && size < sizeof plain; i++) {
        if (name.data[i] != '-') {
            plain[size++] = name.data[i];
        }
    }
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++) {
        if (slice_equal(slice_from_cstr(blocks[i].name), slice_of(plain, size)) &&
            !(in_class && letter == 'P')) {
            buffer_append_cstr(&translation->out, in_class ? "" : letter == 'P' ? "[^" : "[");
            buffer_append_cstr(&translation->out, blocks[i].range);
            buffer_append_cstr(&translation->out, in_class ? "" : "]");
            return end;
        }
    }
    translation->message = "the pattern names an unknown block";
    return pattern.size;
}

/* One escape at `at`, which is behind the backslash; returns the place behind it. */
static size_t translate_escape(struct translation *translation, size_t at, bool in_class)
{
    const struct slice pattern = translation->pattern;
    const char c = at < pattern.size ? pattern.data[at] : '\0';
    if (!escape_valid(c) || (in_class && c >= '1' && c <= '9')) {
        translation->message = "the pattern has an unknown escape";
        return pattern.size;
    }
    if (c == 'i' || c == 'c' || c == 'I' || c == 'C') {
        const bool negated = c == 'I' || c == 'C';
        if (in_class && negated) {
            translation->message = "\\I and \\C are not supported within a class";
            return pattern.size;
        }
        buffer_append_cstr(&translation->out, in_class ? "" : negated ? "[^" : "[");
        buffer_append_cstr(&translation->out, name_start);
        buffer_append_cstr(&translation->out, c == 'c' || c == 'C' ? name_more : "");
        buffer_append_cstr(&translation->out, in_class ? "" : "]");
        return at + 1;
    }
    if (c == 'p' || c == 'P') {
        return translate_property(translation, at + 1, c, in_class);
    }
    if (c >= '1' && c <= '9') {
        if ((uint32_t)(c - '0') > translation->opened) {
            translation->message = "the pattern refers to a group that it has not";
        }
        buffer_printf(&translation->out, "\\g{%c}", c);
        return at + 1;
    }
    buffer_append_byte(&translation->out, '\\');
    buffer_append_byte(&translation->out, c);
    return at + 1;
}

/* A class from its bracket on; [a-[b]] becomes (?![b])[a]. */
static size_t translate_class(struct translation *translation, size_t at)
{
    const struct slice pattern = translation->pattern;
    struct buffer before = translation->out;
    buffer_init(&translation->out);
    struct buffer subtracted;
    buffer_init(&subtracted);
    if (++translation->depth > 32) {
        translation->message = "the pattern is nested too deeply";
    }
    buffer_append_byte(&translation->out, '[');
    size_t next = at + 1;
    if (next < pattern.size && pattern.data[next] == '^') {
        buffer_append_byte(&translation->out, '^');
        next++;
    }
    const size_t first = next;
    bool closed = false;
    while (next < pattern.size && translation->message == NULL && !closed) {
        const char c = pattern.data[next];
        if (c == '\\') {
            next = translate_escape(translation, next + 1, true);
        } else if (c == '-' && next + 1 < pattern.size && pattern.data[next + 1] == '[') {
            struct buffer own = translation->out;
            buffer_init(&translation->out);
            next = translate_class(translation, next + 1);
            subtracted = translation->out;
            translation->out = own;
        } else if (c == '[') {
            translation->message = "the pattern has a bracket within a class";
        } else if (c == ']' && next > first) {
            closed = true;
            next++;
        } else {
            buffer_append_byte(&translation->out, c);
            next++;
        }
    }
    if (!closed && translation->message == NULL) {
        translation->message = "a class of the pattern is not closed";
    }
    buffer_append_byte(&translation->out, ']');
    if (subtracted.size > 0) {
        buffer_append_cstr(&before, "(?:(?!");
        buffer_append(&before, buffer_slice(&subtracted));
        buffer_append_byte(&before, ')');
    }
    buffer_append(&before, buffer_slice(&translation->out));
    buffer_append_cstr(&before, subtracted.size > 0 ? ")" : "");
    before.failed |= translation->out.failed || subtracted.failed;
    buffer_release(&translation->out);
    buffer_release(&subtracted);
    translation->out = before;
    translation->depth--;
    return next;
}

static void translate(struct translation *translation)
{
    const struct slice pattern = translation->pattern;
    size_t at = 0;
    bool repeated = false; /* a repetition stands in front */
    while (at < pattern.size && translation->message == NULL) {
        const char c = pattern.data[at];
        const bool repeats = strchr("+*?}", c) != NULL && c != '\0';
        if (c == '\\') {
            at = translate_escape(translation, at + 1, false);
        } else if (c == '[') {
            at = translate_class(translation, at);
        } else if (c == '.') {
            buffer_append_cstr(&translation->out, translation->dot_all ? "." : "[^\\n\\r]");
            at++;
        } else if (c == '(') {
            const bool special = at + 1 < pattern.size && pattern.data[at + 1] == '?';
            const bool plain = special && at + 2 < pattern.size && pattern.data[at + 2] == ':';
            if ((special && !plain) || (at + 1 < pattern.size && pattern.data[at + 1] == '*')) {
                translation->message = "the pattern has a group that XPath does not know";
            }
            translation->opened += !special;
            buffer_append_byte(&translation->out, c);
            at++;
        } else if (c == '+' && repeated) {
            translation->message = "the pattern repeats a repetition";
        } else {
            buffer_append_byte(&translation->out, c);
            at++;
        }
        repeated = repeats;
    }
}

/* Flag x: white space is no part of the pattern, but within a class. */
static bool strip_spaces(struct arena *arena, struct slice pattern, struct slice *ret_pattern)
{
    char *plain = arena_take(arena, pattern.size + 1);
    size_t size = 0;
    unsigned depth = 0;
    if (plain == NULL) {
        return false;
    }
    for (size_t i = 0; i < pattern.size; i++) {
        const char c = pattern.data[i];
        const bool escaped =
            size > 0 && plain[size - 1] == '\\' && !(size > 1 && plain[size - 2] == '\\');
        if (depth == 0 && (c == ' ' || c == '\t' || c == '\n' || c == '\r')) {
            continue;
        }
        depth += c == '[' && !escaped;
        depth -= c == ']' && !escaped && depth > 0;
        plain[size++] = c;
    }
    *ret_pattern = slice_of(plain, size);
    return true;
}

static bool read_flags(struct slice flags, uint32_t *options, bool *extended)
{
    for (size_t i = 0; i < flags.size; i++) {
        switch (flags.data[i]) {
        case 's':
            *options |= PCRE2_DOTALL;
            break;
        case 'm':
            *options |= PCRE2_MULTILINE;
            break;
        case 'i':
            *options |= PCRE2_CASELESS;
            break;
        case 'x':
            *extended = true;
            break;
        case 'q':
            *options |= PCRE2_LITERAL;
            break;
        default:
            return false;
        }
    }
    return true;
}

static bool compile(struct regex *regex, struct arena *arena, struct slice text, uint32_t options)
{
    int error = 0;
    PCRE2_SIZE offset = 0;
    pcre2_general_context *general = pcre2_general_context_create(take, give, arena);
    pcre2_compile_context *context = general == NULL ? NULL : pcre2_compile_context_create(general);
    if (context == NULL) {
        return false;
    }
    (void)pcre2_set_newline(context, PCRE2_NEWLINE_LF);
    (void)pcre2_set_parens_nest_limit(context, 100);
    regex->code =
        pcre2_compile((PCRE2_SPTR)text.data, text.size, options, &error, &offset, context);
    if (regex->code == NULL) {
        return false;
    }
    (void)pcre2_pattern_info(regex->code, PCRE2_INFO_CAPTURECOUNT, &regex->groups);
    regex->data = pcre2_match_data_create(REGEX_GROUPS_MAX, general);
    regex->context = pcre2_match_context_create(general);
    if (regex->data == NULL || regex->context == NULL) {
        return false;
    }
    (void)pcre2_set_match_limit(regex->context, MATCH_STEPS_MAX);
    (void)pcre2_set_depth_limit(regex->context, MATCH_DEPTH_MAX);
    (void)pcre2_set_heap_limit(regex->context, MATCH_HEAP_MAX_KB);
    return true;
}

struct regex *regex_new(struct arena *arena, struct slice pattern, struct slice flags,
                        const char **reterr_message)
{
    uint32_t options = 0;
    struct translation translation = {.pattern = pattern};
    bool extended = false;
    *reterr_message = "the flags of the pattern are unknown";
    if (!read_flags(flags, &options, &extended)) {
        return NULL;
    }
    translation.dot_all = (options & PCRE2_DOTALL) != 0;
    if (extended && (options & PCRE2_LITERAL) == 0 &&
        !strip_spaces(arena, pattern, &translation.pattern)) {
        return NULL;
    }
    const bool literal = (options & PCRE2_LITERAL) != 0;
    options &= literal ? PCRE2_LITERAL | PCRE2_CASELESS : ~0U;
    options |= PCRE2_UTF | PCRE2_NO_UTF_CHECK;
    options |= literal ? 0 : PCRE2_UCP | PCRE2_DOLLAR_ENDONLY | PCRE2_NO_AUTO_POSSESS;
    buffer_init(&translation.out);
    struct regex *regex = arena_take(arena, sizeof *regex);
    if (!literal) {
        translate(&translation);
    }
    *reterr_message =
        translation.message != NULL ? translation.message : "the pattern cannot be read";
    const struct slice text = literal ? pattern : buffer_slice(&translation.out);
    bool valid = regex != NULL && translation.message == NULL && !translation.out.failed;
    valid = valid && compile(regex, arena, text.data == NULL ? SLICE("") : text, options) &&
            regex->groups < REGEX_GROUPS_MAX;
    buffer_release(&translation.out);
    if (valid) {
        regex->literal = literal;
    }
    return valid ? regex : NULL;
}

int regex_find(struct regex *regex, struct slice text, size_t at, struct regex_match *ret_match)
{
    const char *data = text.data == NULL ? "" : text.data;
    const int count =
        pcre2_match(regex->code, (PCRE2_SPTR)data, text.size, at, 0, regex->data, regex->context);
    if (count == PCRE2_ERROR_NOMATCH) {
        return 0;
    }
    if (count <= 0) {
        return -1;
    }
    const PCRE2_SIZE *places = pcre2_get_ovector_pointer(regex->data);
    ret_match->count = regex->groups + 1;
    for (uint32_t i = 0; i < ret_match->count; i++) {
        const bool set = (int)i < count;
        ret_match->groups[i].start = set ? places[2 * i] : SIZE_MAX;
        ret_match->groups[i].end = set ? places[2 * i + 1] : SIZE_MAX;
    }
    return 1;
}

uint32_t regex_groups(const struct regex *regex)
{
    return regex->groups;
}

bool regex_literal(const struct regex *regex)
{
    return regex->literal;
}
