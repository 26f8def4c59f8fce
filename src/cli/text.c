#include "cli/cli_text.h"

struct range {
    uint32_t first, last;
};

/* East_Asian_Width W and F, merged where only unassigned code points lie between. */
static const struct range wide[] = {
    {0x1100, 0x115F},   {0x231A, 0x231B},   {0x2329, 0x232A},   {0x23E9, 0x23EC},
    {0x23F0, 0x23F0},   {0x23F3, 0x23F3},   {0x25FD, 0x25FE},   {0x2614, 0x2615},
    {0x2648, 0x2653},   {0x267F, 0x267F},   {0x2693, 0x2693},   {0x26A1, 0x26A1},
    {0x26AA, 0x26AB},   {0x26BD, 0x26BE},   {0x26C4, 0x26C5},   {0x26CE, 0x26CE},
    {0x26D4, 0x26D4},   {0x26EA, 0x26EA},   {0x26F2, 0x26F3},   {0x26F5, 0x26F5},
    {0x26FA, 0x26FA},   {0x26FD, 0x26FD},   {0x2705, 0x2705},   {0x270A, 0x270B},
    {0x2728, 0x2728},   {0x274C, 0x274C},   {0x274E, 0x274E},   {0x2753, 0x2755},
    {0x2757, 0x2757},   {0x2795, 0x2797},   {0x27B0, 0x27B0},   {0x27BF, 0x27BF},
    {0x2B1B, 0x2B1C},   {0x2B50, 0x2B50},   {0x2B55, 0x2B55},   {0x2E80, 0x303E},
    {0x3041, 0x3247},   {0x3250, 0x4DBF},   {0x4E00, 0xA4C6},   {0xA960, 0xA97C},
    {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},   {0xFE10, 0xFE19},   {0xFE30, 0xFE6B},
    {0xFF01, 0xFF60},   {0xFFE0, 0xFFE6},   {0x16FE0, 0x18CD5}, {0x1AFF0, 0x1B2FB},
    {0x1F004, 0x1F004}, {0x1F0CF, 0x1F0CF}, {0x1F18E, 0x1F18E}, {0x1F191, 0x1F19A},
    {0x1F200, 0x1F265}, {0x1F300, 0x1F320}, {0x1F32D, 0x1F335}, {0x1F337, 0x1F37C},
    {0x1F37E, 0x1F393}, {0x1F3A0, 0x1F3CA}, {0x1F3CF, 0x1F3D3}, {0x1F3E0, 0x1F3F0},
    {0x1F3F4, 0x1F3F4}, {0x1F3F8, 0x1F43E}, {0x1F440, 0x1F440}, {0x1F442, 0x1F4FC},
    {0x1F4FF, 0x1F53D}, {0x1F54B, 0x1F54E}, {0x1F550, 0x1F567}, {0x1F57A, 0x1F57A},
    {0x1F595, 0x1F596}, {0x1F5A4, 0x1F5A4}, {0x1F5FB, 0x1F64F}, {0x1F680, 0x1F6C5},
    {0x1F6CC, 0x1F6CC}, {0x1F6D0, 0x1F6D2}, {0x1F6D5, 0x1F6DF}, {0x1F6EB, 0x1F6EC},
    {0x1F6F4, 0x1F6FC}, {0x1F7E0, 0x1F7F0}, {0x1F90C, 0x1F93A}, {0x1F93C, 0x1F945},
    {0x1F947, 0x1F9FF}, {0x1FA70, 0x1FAF8}, {0x20000, 0x2FFFD}, {0x30000, 0x3FFFD},
};

/* Combining marks and format characters that stand in text of the scripts likely in names. */
static const struct range zero[] = {
    {0x0300, 0x036F}, {0x0483, 0x0489}, {0x0591, 0x05BD}, {0x0610, 0x061A},   {0x064B, 0x065F},
    {0x06D6, 0x06DC}, {0x0900, 0x0902}, {0x093A, 0x093A}, {0x093C, 0x093C},   {0x0941, 0x0948},
    {0x094D, 0x094D}, {0x0E31, 0x0E31}, {0x0E34, 0x0E3A}, {0x0E47, 0x0E4E},   {0x1AB0, 0x1ACE},
    {0x1DC0, 0x1DFF}, {0x200B, 0x200F}, {0x202A, 0x202E}, {0x2060, 0x2064},   {0x20D0, 0x20F0},
    {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}, {0xFEFF, 0xFEFF}, {0xE0100, 0xE01EF},
};

static bool range_has(const struct range *ranges, size_t count, uint32_t code)
{
    size_t low = 0;
    size_t high = count;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (code > ranges[middle].last) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < count && ranges[low].first <= code;
}

/* Takes one character off the front of `*rest`, which is not empty. A byte that begins no UTF-8
 * character counts as U+FFFD. */
static uint32_t character_take(struct slice *rest)
{
    const uint8_t lead = (uint8_t)rest->data[0];
    const size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    uint32_t code = lead;

    if (size > rest->size || !utf8_valid(slice_of(rest->data, size))) {
        *rest = slice_of(rest->data + 1, rest->size - 1);
        return 0xFFFD;
    }
    if (size > 1) {
        code = lead & (0xFFU >> (size + 1));
        for (size_t i = 1; i < size; i++) {
            code = code << 6 | ((uint8_t)rest->data[i] & 0x3F);
        }
    }
    *rest = slice_of(rest->data + size, rest->size - size);
    return code;
}

static bool is_control(uint32_t code)
{
    return code < 0x20 || (code >= 0x7F && code < 0xA0) || (code >= 0x202A && code <= 0x202E) ||
           (code >= 0x2066 && code <= 0x2069);
}

static size_t character_width(uint32_t code)
{
    if (is_control(code)) {
        return 1; /* shown as '?' */
    }
    if (code < 0x300) {
        return 1;
    }
    if (range_has(zero, sizeof(zero) / sizeof(zero[0]), code)) {
        return 0;
    }
    return range_has(wide, sizeof(wide) / sizeof(wide[0]), code) ? 2 : 1;
}

size_t text_width(struct slice text)
{
    size_t width = 0;

    while (text.size > 0) {
        width += character_width(character_take(&text));
    }
    return width;
}

/* Appends as much of `text` as fits `width` columns; returns the columns taken. */
static size_t text_take(struct buffer *buffer, struct slice text, size_t width)
{
    size_t taken = 0;

    while (text.size > 0) {
        const char *begin = text.data;
        const uint32_t code = character_take(&text);
        const size_t columns = character_width(code);

        if (taken + columns > width) {
            break;
        }
        taken += columns;
        if (is_control(code) || code == 0xFFFD) {
            buffer_append_byte(buffer, '?');
        } else {
            buffer_append(buffer, slice_of(begin, (size_t)(text.data - begin)));
        }
    }
    return taken;
}

static void spaces(struct buffer *buffer, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        buffer_append_byte(buffer, ' ');
    }
}

void text_pad(struct buffer *buffer, struct slice text, size_t width, bool right)
{
    const size_t own = text_width(text);
    const size_t padding = own < width ? width - own : 0;

    if (right) {
        spaces(buffer, padding);
    }
    (void)text_take(buffer, text, own);
    if (!right) {
        spaces(buffer, padding);
    }
}

void text_cut(struct buffer *buffer, struct slice text, size_t width, bool unicode)
{
    const struct slice ellipsis = unicode ? SLICE("…") : SLICE("~");

    if (text_width(text) <= width) {
        (void)text_take(buffer, text, width);
    } else if (width > 0) {
        (void)text_take(buffer, text, width - 1);
        buffer_append(buffer, ellipsis);
    }
}

/* The piece of `line` that goes on one line of `width` columns: up to the last space that fits, or
 * the last wide character; all of a longer word. */
static struct slice line_piece(struct slice line, size_t width)
{
    struct slice rest = line;
    size_t columns = 0;
    size_t good = 0; /* where the line may end */

    while (rest.size > 0) {
        const size_t before = line.size - rest.size;
        const uint32_t code = character_take(&rest);
        const bool is_wide = character_width(code) == 2;

        if ((code == ' ' || is_wide) && before > 0) {
            /* Closing punctuation does not begin a line. */
            const bool closes = code == 0x3002 || code == 0xFF0C || code == 0xFF1B ||
                                code == 0x3001 || code == 0xFF1A || code == 0xFF09 ||
                                code == 0x201D;
            good = closes && good > 0 ? good : before;
        }
        columns += character_width(code);
        if (columns > width && good > 0) {
            return slice_of(line.data, good);
        }
    }
    return line;
}

void text_wrap(struct buffer *buffer, struct slice text, size_t indent, size_t width)
{
    const size_t columns = width > indent + 20 ? width - indent : 20;
    struct slice line;

    while (slice_split(&text, '\n', &line)) {
        do {
            const struct slice piece = line_piece(line, columns);
            if (piece.size > 0) {
                spaces(buffer, indent);
                buffer_append(buffer, piece);
            }
            buffer_append_byte(buffer, '\n');
            line = slice_of(line.data + piece.size, line.size - piece.size);
            while (line.size > 0 && line.data[0] == ' ') {
                line = slice_of(line.data + 1, line.size - 1);
            }
        } while (line.size > 0);
    }
}
