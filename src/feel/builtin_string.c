/* String functions. Source: DMN 1.5, table 74. */
#include "feel/builtin.h"
#include "feel/case.h"
#include "feel/regex.h"
#include "feel/text.h"

static struct slice text_of(const struct builtin_call *call, uint32_t index)
{
    return feel_text(call->arguments[index]);
}

/* The place of `match` in a text; SIZE_MAX when it does not occur. */
static size_t find(struct slice text, struct slice match)
{
    if (match.size == 0) {
        return 0;
    }
    if (match.size > text.size) {
        return SIZE_MAX;
    }
    const char *found = memmem(text.data, text.size, match.data, match.size);
    return found == NULL ? SIZE_MAX : (size_t)(found - text.data);
}

BUILTIN(builtin_substring)
{
    const struct slice text = text_of(call, 0);
    const int64_t size = (int64_t)text_length(text);
    int64_t start = 0;
    int64_t length = size;
    if (!feel_spend(call->eval, (uint64_t)size / 16) ||
        !decimal_truncate_i64(call->arguments[1].number, &start) || start == 0 || start > size ||
        start < -size) {
        return builtin_fail(call, "substring: the start position is outside of the string");
    }
    if (call->count > 2 &&
        (!decimal_truncate_i64(call->arguments[2].number, &length) || length < 1)) {
        return builtin_fail(call, "substring: the length is below 1");
    }
    start = start > 0 ? start - 1 : size + start;
    length = length > size - start ? size - start : length;
    const size_t from = text_offset(text, (size_t)start);
    const struct slice rest = slice_of(text.data + from, text.size - from);
    return feel_string(slice_of(rest.data, text_offset(rest, (size_t)length)));
}

BUILTIN(builtin_string_length)
{
    return feel_integer((int64_t)text_length(text_of(call, 0)));
}

static struct feel_value change_case(const struct builtin_call *call, bool upper)
{
    const struct slice text = text_of(call, 0);
    struct buffer out;
    buffer_init(&out);
    for (size_t at = 0; at < text.size; at += text_point_size(text, at)) {
        char bytes[4];
        const uint32_t point = text_point_at(text, at);
        if (upper && point == 0xdf) {
            buffer_append_cstr(&out, "SS");
            continue;
        }
        const uint32_t changed = upper ? case_upper(point) : case_lower(point);
        buffer_append(&out, slice_of(bytes, text_encode(changed, bytes)));
    }
    return feel_string_of_buffer(call->eval, &out);
}

BUILTIN(builtin_upper_case)
{
    return change_case(call, true);
}

BUILTIN(builtin_lower_case)
{
    return change_case(call, false);
}

BUILTIN(builtin_substring_before)
{
    const struct slice text = text_of(call, 0);
    const size_t at = find(text, text_of(call, 1));
    return feel_string(at == SIZE_MAX ? SLICE("") : slice_of(text.data, at));
}

BUILTIN(builtin_substring_after)
{
    const struct slice text = text_of(call, 0);
    const struct slice match = text_of(call, 1);
    const size_t at = find(text, match);
    if (at == SIZE_MAX) {
        return feel_string(SLICE(""));
    }
    return feel_string(slice_of(text.data + at + match.size, text.size - at - match.size));
}

BUILTIN(builtin_contains)
{
    return feel_boolean(find(text_of(call, 0), text_of(call, 1)) != SIZE_MAX);
}

BUILTIN(builtin_starts_with)
{
    return feel_boolean(slice_starts_with(text_of(call, 0), text_of(call, 1)));
}

BUILTIN(builtin_ends_with)
{
    const struct slice text = text_of(call, 0);
    const struct slice match = text_of(call, 1);
    return feel_boolean(
        match.size <= text.size &&
        slice_equal(slice_of(text.data + text.size - match.size, match.size), match));
}

/* The pattern in argument 1 with the flags in `flags`; NULL after a diagnostic. */
static struct regex *pattern_of(const struct builtin_call *call, uint32_t flags)
{
    const char *message = NULL;
    const bool has_flags = flags < call->count && call->arguments[flags].kind == FEEL_STRING;
    struct regex *regex = regex_new(call->eval->arena, text_of(call, 1),
                                    has_flags ? text_of(call, flags) : SLICE(""), &message);
    if (regex == NULL) {
        (void)builtin_fail(call, message);
    }
    return regex;
}

static int find_match(const struct builtin_call *call, struct regex *regex, struct slice text,
                      size_t at, struct regex_match *ret_match)
{
    if (!feel_spend(call->eval, 1 + (text.size - at) / 16)) {
        return -1;
    }
    const int found = regex_find(regex, text, at, ret_match);
    if (found < 0) {
        (void)builtin_fail(call, "matching the pattern takes more work than allowed");
    }
    return found;
}

BUILTIN(builtin_matches)
{
    struct regex_match match;
    struct regex *regex = pattern_of(call, 2);
    const int found = regex == NULL ? -1 : find_match(call, regex, text_of(call, 0), 0, &match);
    return found < 0 ? FEEL_NOTHING : feel_boolean(found == 1);
}

static void append_group(struct buffer *out, struct slice text, const struct regex_match *match,
                         uint32_t group)
{
    if (group < match->count && match->groups[group].start != SIZE_MAX) {
        const size_t start = match->groups[group].start;
        buffer_append(out, slice_of(text.data + start, match->groups[group].end - start));
    }
}

/* $N takes as many digits as name a group. False when the replacement is malformed. */
static bool append_replacement(struct buffer *out, struct slice text, struct slice replacement,
                               const struct regex_match *match)
{
    for (size_t i = 0; i < replacement.size; i++) {
        const char c = replacement.data[i];
        if (c == '\\') {
            i++;
            if (i >= replacement.size ||
                (replacement.data[i] != '\\' && replacement.data[i] != '$')) {
                return false;
            }
            buffer_append_byte(out, replacement.data[i]);
        } else if (c == '$') {
            if (++i >= replacement.size || replacement.data[i] < '0' || replacement.data[i] > '9') {
                return false;
            }
            uint32_t group = (uint32_t)(replacement.data[i] - '0');
            while (i + 1 < replacement.size && replacement.data[i + 1] >= '0' &&
                   replacement.data[i + 1] <= '9' &&
                   group * 10 + (uint32_t)(replacement.data[i + 1] - '0') < match->count) {
                group = group * 10 + (uint32_t)(replacement.data[++i] - '0');
            }
            append_group(out, text, match, group);
        } else {
            buffer_append_byte(out, c);
        }
    }
    return true;
}

BUILTIN(builtin_replace)
{
    const struct slice text = text_of(call, 0);
    struct regex *regex = pattern_of(call, 3);
    struct regex_match match;
    if (regex == NULL) {
        return FEEL_NOTHING;
    }
    if (regex_find(regex, SLICE(""), 0, &match) != 0) {
        return builtin_fail(call, "replace: the pattern matches the empty string");
    }
    struct buffer out;
    buffer_init(&out);
    size_t at = 0;
    int found = find_match(call, regex, text, at, &match);
    const char *message = NULL;
    while (found == 1 && message == NULL) {
        buffer_append(&out, slice_of(text.data + at, match.groups[0].start - at));
        if (regex_literal(regex)) {
            buffer_append(&out, text_of(call, 2));
        } else if (!append_replacement(&out, text, text_of(call, 2), &match)) {
            message = "replace: the replacement is malformed";
        }
        at = match.groups[0].end;
        found = find_match(call, regex, text, at, &match);
        found = found == 1 && match.groups[0].end == at ? 0 : found;
    }
    if (found < 0 || message != NULL) {
        buffer_release(&out);
        return message == NULL ? FEEL_NOTHING : builtin_fail(call, message);
    }
    buffer_append(&out, slice_of(text.data + at, text.size - at));
    return feel_string_of_buffer(call->eval, &out);
}

BUILTIN(builtin_split)
{
    const struct slice text = text_of(call, 0);
    struct regex *regex = pattern_of(call, BUILTIN_PARAMETERS_MAX);
    struct regex_match match;
    struct feel_builder parts = {0};
    if (regex == NULL) {
        return FEEL_NOTHING;
    }
    if (regex_find(regex, SLICE(""), 0, &match) != 0) {
        return builtin_fail(call, "split: the pattern matches the empty string");
    }
    size_t at = 0;
    int found = find_match(call, regex, text, at, &match);
    while (found == 1 && match.groups[0].end > at) {
        const struct slice part = slice_of(text.data + at, match.groups[0].start - at);
        if (!feel_builder_add(call->eval, &parts, feel_string(part))) {
            return FEEL_NOTHING;
        }
        at = match.groups[0].end;
        found = find_match(call, regex, text, at, &match);
    }
    if (found < 0 || !feel_builder_add(call->eval, &parts,
                                       feel_string(slice_of(text.data + at, text.size - at)))) {
        return FEEL_NOTHING;
    }
    return feel_builder_list(&parts);
}

BUILTIN(builtin_string_join)
{
    const struct feel_value list = call->arguments[0];
    const struct slice delimiter =
        call->count > 1 && call->arguments[1].kind == FEEL_STRING ? text_of(call, 1) : SLICE("");
    struct buffer out;
    buffer_init(&out);
    bool first = true;
    for (uint32_t i = 0; i < list.size; i++) {
        if (list.items[i].kind == FEEL_NULL) {
            continue;
        }
        if (list.items[i].kind != FEEL_STRING || !feel_spend(call->eval, 1)) {
            buffer_release(&out);
            return builtin_fail(call, "string join: an item is no string");
        }
        buffer_append(&out, first ? SLICE("") : delimiter);
        buffer_append(&out, feel_text(list.items[i]));
        first = false;
    }
    return feel_string_of_buffer(call->eval, &out);
}
