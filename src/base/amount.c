#include "base/amount.h"

enum { DECIMALS_MAX = 18 };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool decimal_text_parse(struct slice text, struct decimal_text *ret_decimal)
{
    struct decimal_text decimal = {0};
    bool behind_point = false;

    if (text.size == 0 || !is_digit(text.data[0]) || !is_digit(text.data[text.size - 1])) {
        return false;
    }
    for (size_t i = 0; i < text.size; i++) {
        const char c = text.data[i];

        if (c == '.' && !behind_point) {
            behind_point = true;
            continue;
        }
        if (!is_digit(c) || (behind_point && decimal.decimals == DECIMALS_MAX) ||
            __builtin_mul_overflow(decimal.digits, 10U, &decimal.digits) ||
            __builtin_add_overflow(decimal.digits, (uint64_t)(c - '0'), &decimal.digits)) {
            return false;
        }
        decimal.decimals = (uint8_t)(decimal.decimals + behind_point);
    }
    *ret_decimal = decimal;
    return true;
}

bool decimal_text_scale(struct decimal_text decimal, unsigned scale, uint64_t max,
                        uint64_t *ret_value)
{
    uint64_t value = decimal.digits;

    for (unsigned i = decimal.decimals; i < scale; i++) {
        if (__builtin_mul_overflow(value, 10U, &value)) {
            return false;
        }
    }
    for (unsigned i = scale; i < decimal.decimals; i++) {
        if (value % 10 != 0) {
            return false;
        }
        value /= 10;
    }
    if (value > max) {
        return false;
    }
    *ret_value = value;
    return true;
}

int decimal_text_compare(struct decimal_text a, struct decimal_text b)
{
    uint128 left = a.digits;
    uint128 right = b.digits;

    for (unsigned i = a.decimals; i < b.decimals; i++) {
        left *= 10;
    }
    for (unsigned i = b.decimals; i < a.decimals; i++) {
        right *= 10;
    }
    return left < right ? -1 : left > right;
}

bool amount_parse(struct slice text, enum currency currency, int64_t *ret_minor)
{
    struct decimal_text decimal;
    uint64_t value;

    if (!decimal_text_parse(text, &decimal) || decimal.decimals > currency_digits(currency) ||
        !decimal_text_scale(decimal, currency_digits(currency), AMOUNT_MAX, &value)) {
        return false;
    }
    *ret_minor = (int64_t)value;
    return true;
}

static void write_with_groups(struct buffer *buffer, int128 amount_minor, enum currency currency,
                              bool grouped)
{
    const unsigned digits = currency_digits(currency);
    uint128 value = amount_minor < 0 ? (uint128)0 - (uint128)amount_minor : (uint128)amount_minor;
    char text[64]; /* 39 digits of 2^127, 12 commas, a point and a sign */
    size_t start = sizeof(text);
    unsigned written = 0;

    while (value > 0 || written <= digits) {
        if (written == digits && digits > 0) {
            text[--start] = '.';
        }
        if (grouped && written > digits && (written - digits) % 3 == 0) {
            text[--start] = ',';
        }
        text[--start] = (char)('0' + (int)(value % 10));
        value /= 10;
        written++;
    }
    if (amount_minor < 0) {
        text[--start] = '-';
    }
    buffer_append(buffer, slice_of(text + start, sizeof(text) - start));
}

void amount_write(struct buffer *buffer, int128 amount_minor, enum currency currency)
{
    write_with_groups(buffer, amount_minor, currency, false);
}

void amount_write_grouped(struct buffer *buffer, int128 amount_minor, enum currency currency)
{
    write_with_groups(buffer, amount_minor, currency, true);
}
