/* Bars of utilisation, and amounts for people. */
#include "cli/cli_text.h"

/* Eighths of a bar of `width` columns that `part` of `cap` fills: at least one where part is above
 * zero, at most all. */
static size_t bar_eighths(int128 part, int128 cap, size_t width)
{
    const size_t all = width * 8;

    if (part <= 0) {
        return 0;
    }
    if (cap <= 0 || part >= cap) {
        return all;
    }
    /* Both are brought below 2^63, so that the product holds. */
    while (cap > INT64_MAX) {
        cap /= 2;
        part /= 2;
    }
    const size_t eighths = (size_t)(part * (int128)all / cap);
    return eighths == 0 ? 1 : eighths;
}

static void bar_plain(struct buffer *buffer, size_t width, size_t used, size_t committed, bool over)
{
    buffer_append_byte(buffer, '[');
    for (size_t i = 0; i < width; i++) {
        const size_t middle = i * 8 + 4;
        buffer_append_byte(buffer, middle <= used ? '#' : middle <= committed ? '+' : '.');
    }
    buffer_append_byte(buffer, over ? '!' : ']');
}

/* Used in full blocks, with a partial one at its end; reserved in medium shade; free in dots. */
static void bar_blocks(struct buffer *buffer, size_t width, size_t used, size_t committed,
                       bool over)
{
    static const char *const partial[8] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};

    for (size_t i = 0; i < width; i++) {
        const size_t begin = i * 8;
        if (begin + 8 <= used) {
            buffer_append_cstr(buffer, "█");
        } else if (begin < used) {
            buffer_append_cstr(buffer, partial[used - begin]);
        } else {
            buffer_append_cstr(buffer, begin < committed ? "▒" : "·");
        }
    }
    buffer_append_cstr(buffer, over ? "!" : " ");
}

void bar_write(struct buffer *buffer, bool unicode, size_t width, int128 used, int128 reserved,
               int128 cap)
{
    const int128 committed = used + reserved;
    const bool over = committed > cap;
    const size_t used_eighths = bar_eighths(used, cap, width);
    const size_t committed_eighths = bar_eighths(committed, cap, width);

    if (unicode) {
        bar_blocks(buffer, width, used_eighths, committed_eighths, over);
    } else {
        bar_plain(buffer, width, used_eighths, committed_eighths, over);
    }
}

void amount_text_group(struct buffer *buffer, struct slice amount)
{
    size_t whole = 0;

    if (amount.size > 0 && amount.data[0] == '-') {
        buffer_append_byte(buffer, '-');
        amount = slice_of(amount.data + 1, amount.size - 1);
    }
    while (whole < amount.size && amount.data[whole] != '.') {
        whole++;
    }
    for (size_t i = 0; i < amount.size; i++) {
        if (i > 0 && i < whole && (whole - i) % 3 == 0) {
            buffer_append_byte(buffer, ',');
        }
        buffer_append_byte(buffer, amount.data[i]);
    }
}

bool amount_text_read(struct slice amount, int128 *ret_value, unsigned *ret_decimals)
{
    const bool negative = amount.size > 0 && amount.data[0] == '-';
    bool point = false;
    unsigned digits = 0;
    unsigned decimals = 0;
    int128 value = 0;

    for (size_t i = negative ? 1 : 0; i < amount.size; i++) {
        const char c = amount.data[i];
        if (c == '.' && !point) {
            point = true;
            continue;
        }
        if (c < '0' || c > '9' || ++digits > 38) {
            return false;
        }
        value = value * 10 + (c - '0');
        decimals += point ? 1 : 0;
    }
    *ret_value = negative ? -value : value;
    *ret_decimals = decimals;
    return digits > 0;
}
