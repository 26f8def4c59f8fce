#include "import/ibrd_value.h"

enum {
    DIGITS_MAX = 40,     /* significant digits that are looked at; further ones decide nothing */
    EXPONENT_MAX = 1000, /* beyond it every amount is zero or out of range */
    CENTS_SCALE = 2,
    CENTS_DIGITS_MAX = 17, /* digits of IBRD_AMOUNT_MAX */
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static struct slice slice_from(struct slice text, size_t begin)
{
    return slice_of(text.data + begin, text.size - begin);
}

/* A decimal number: 0.DIGITS x 10^point. */
struct number {
    char digits[DIGITS_MAX]; /* without leading zeros */
    int count;
    int point;
};

static void number_digit(struct number *number, char digit, bool behind_point)
{
    if (number->count == 0 && digit == '0') {
        number->point -= behind_point ? 1 : 0;
        return;
    }
    number->point += behind_point ? 0 : 1;
    if (number->count < DIGITS_MAX) {
        number->digits[number->count++] = digit;
    }
}

/* The digits before the point, in groups of three where there is a separator. */
static bool whole_take(struct slice *inout_text, struct number *number, size_t *ret_digits)
{
    size_t digits = 0;
    size_t group = 0; /* digits since the last separator */
    bool grouped = false;
    size_t i = 0;

    for (; i < inout_text->size; i++) {
        const char c = inout_text->data[i];

        if (c == ',') {
            if (grouped ? group != 3 : group == 0 || group > 3) {
                return false;
            }
            grouped = true;
            group = 0;
        } else if (is_digit(c)) {
            number_digit(number, c, false);
            digits++;
            group++;
        } else {
            break;
        }
    }
    *inout_text = slice_from(*inout_text, i);
    *ret_digits = digits;
    return !grouped || group == 3;
}

static size_t fraction_take(struct slice *inout_text, struct number *number)
{
    size_t i = 0;

    if (inout_text->size == 0 || inout_text->data[0] != '.') {
        return 0;
    }
    for (i = 1; i < inout_text->size && is_digit(inout_text->data[i]); i++) {
        number_digit(number, inout_text->data[i], true);
    }
    *inout_text = slice_from(*inout_text, i);
    return i - 1;
}

/* "E-9": at most EXPONENT_MAX either way. */
static bool exponent_take(struct slice *inout_text, int *ret_exponent)
{
    const struct slice text = *inout_text;
    bool negative = false;
    int exponent = 0;
    size_t i = 1;

    *ret_exponent = 0;
    if (text.size == 0 || lower(text.data[0]) != 'e') {
        return true;
    }
    if (i < text.size && (text.data[i] == '-' || text.data[i] == '+')) {
        negative = text.data[i] == '-';
        i++;
    }
    const size_t begin = i;
    for (; i < text.size && is_digit(text.data[i]); i++) {
        exponent = exponent > EXPONENT_MAX ? exponent : exponent * 10 + (text.data[i] - '0');
    }
    *inout_text = slice_from(text, i);
    *ret_exponent = negative ? -exponent : exponent;
    return i > begin;
}

/* Cents of a number, the first digit dropped deciding. False when it is out of range. */
static bool number_round(const struct number *number, int64_t *ret_cents)
{
    const int kept = number->point + CENTS_SCALE; /* digits that stand before the cents' end */
    int64_t cents = 0;

    if (number->count == 0 || kept < 0) {
        *ret_cents = 0;
        return true;
    }
    if (kept > CENTS_DIGITS_MAX) {
        return false;
    }
    for (int i = 0; i < kept; i++) {
        cents = cents * 10 + (i < number->count ? number->digits[i] - '0' : 0);
    }
    if (kept < number->count && number->digits[kept] >= '5') {
        cents++;
    }
    *ret_cents = cents;
    return cents <= IBRD_AMOUNT_MAX;
}

bool ibrd_amount_read(struct slice text, int64_t *ret_cents)
{
    struct number number = {.count = 0};
    bool negative = false;
    size_t digits;
    int exponent;
    int64_t cents;

    text = slice_trim(text);
    if (text.size == 0) {
        *ret_cents = 0;
        return true;
    }
    if (text.data[0] == '-') {
        negative = true;
        text = slice_from(text, 1);
    }
    if (text.size > 0 && text.data[0] == '$') {
        text = slice_from(text, 1);
    }
    if (!whole_take(&text, &number, &digits)) {
        return false;
    }
    digits += fraction_take(&text, &number);
    if (digits == 0 || !exponent_take(&text, &exponent) || text.size > 0) {
        return false;
    }
    number.point += exponent;
    if (!number_round(&number, &cents)) {
        return false;
    }
    *ret_cents = negative ? -cents : cents;
    return true;
}

/* Takes a whole number of at most `digits_max` digits off the front. */
static bool integer_take(struct slice *inout_text, size_t digits_max, int *ret_value)
{
    size_t i = 0;
    int value = 0;

    while (i < inout_text->size && i < digits_max && is_digit(inout_text->data[i])) {
        value = value * 10 + (inout_text->data[i] - '0');
        i++;
    }
    *inout_text = slice_from(*inout_text, i);
    *ret_value = value;
    return i > 0;
}

static bool byte_take(struct slice *inout_text, char byte)
{
    if (inout_text->size == 0 || inout_text->data[0] != byte) {
        return false;
    }
    *inout_text = slice_from(*inout_text, 1);
    return true;
}

static bool month_take(struct slice *inout_text, int *ret_month)
{
    static const char months[] = "janfebmaraprmayjunjulaugsepoctnovdec";

    for (int month = 0; inout_text->size >= 3 && month < 12; month++) {
        const char *name = months + (ptrdiff_t)month * 3;

        if (lower(inout_text->data[0]) == name[0] && lower(inout_text->data[1]) == name[1] &&
            lower(inout_text->data[2]) == name[2]) {
            *inout_text = slice_from(*inout_text, 3);
            *ret_month = month + 1;
            return true;
        }
    }
    return false;
}

/* The date of a day that exists: one that does not comes back as another day. */
static bool civil_read(int year, int month, int day, date_days *ret_date)
{
    int year_back, month_back, day_back;

    if (year < 1 || month < 1 || month > 12 || day < 1 || day > 31) {
        return false;
    }
    const date_days date = date_from_civil(year, month, day);
    date_to_civil(date, &year_back, &month_back, &day_back);
    if (year_back != year || month_back != month || day_back != day) {
        return false;
    }
    *ret_date = date;
    return true;
}

bool ibrd_date_read(struct slice text, date_days *ret_date)
{
    int first, second, year;

    text = slice_trim(text);
    if (text.size >= 10 && text.data[4] == '-') {
        return (text.size == 10 || text.data[10] == 'T' || text.data[10] == ' ') &&
               date_parse(slice_of(text.data, 10), ret_date);
    }
    if (!integer_take(&text, 2, &first)) {
        return false;
    }
    if (byte_take(&text, '/')) {
        return integer_take(&text, 2, &second) && byte_take(&text, '/') &&
               integer_take(&text, 4, &year) && (text.size == 0 || text.data[0] == ' ') &&
               civil_read(year, first, second, ret_date);
    }
    return byte_take(&text, '-') && month_take(&text, &second) && byte_take(&text, '-') &&
           integer_take(&text, 4, &year) && (text.size == 0 || text.data[0] == ' ') &&
           civil_read(year, second, first, ret_date);
}

void ibrd_heading_write(struct buffer *buffer, struct slice text)
{
    int depth = 0;

    for (size_t i = 0; i < text.size; i++) {
        const char c = lower(text.data[i]);

        depth += c == '(' ? 1 : 0;
        if (depth == 0 && c == '\'' && i + 1 < text.size && lower(text.data[i + 1]) == 's') {
            i++;
        } else if (depth == 0 && ((c >= 'a' && c <= 'z') || is_digit(c))) {
            buffer_append_byte(buffer, c);
        }
        depth -= c == ')' && depth > 0 ? 1 : 0;
    }
}

/* Bytes of the well-formed character at the front of `text`; 0 when there is none. */
static size_t character_size(struct slice text)
{
    for (size_t size = 1; size <= 4 && size <= text.size; size++) {
        if (utf8_valid(slice_of(text.data, size))) {
            return size;
        }
    }
    return 0;
}

void ibrd_name_write(struct buffer *buffer, struct slice text, bool fold)
{
    bool space = false; /* one is due before the next character */
    bool begun = false;

    while (text.size > 0) {
        const size_t size = character_size(text);
        const uint8_t first = (uint8_t)text.data[0];
        const bool control = first < 0x20 || first == 0x7F ||
                             (size == 2 && first == 0xC2 && (uint8_t)text.data[1] < 0xA0);
        const bool blank = first == ' ' || control ||
                           (size == 2 && first == 0xC2 && (uint8_t)text.data[1] == 0xA0);

        if (!blank && space && begun) {
            buffer_append_byte(buffer, ' ');
        }
        space = blank;
        if (!blank) {
            begun = true;
        }
        if (!blank && size == 0) {
            buffer_append_byte(buffer, '?');
        } else if (!blank && size == 1 && fold && first >= 'a' && first <= 'z') {
            buffer_append_byte(buffer, (char)(first - 'a' + 'A'));
        } else if (!blank) {
            buffer_append(buffer, slice_of(text.data, size));
        }
        text = slice_from(text, size == 0 ? 1 : size);
    }
}
