#include "base/decimal.h"

#include "base/hash.h"

#include <bid_conf.h>

#include <bid_functions.h>

/* The library is linked in the form that passes arguments by value and takes the rounding mode and
 * the exception flags as parameters: no hidden state, safe in every thread. */
enum {
    FLAG_INVALID = 0x01,
    FLAG_OVERFLOW = 0x08,
    EXPONENT_BIAS = 6176,
    DIGITS_MAX = 34,
    PLAIN_MAX = 400, /* characters of a number written without exponent */
};

#define SIGN_BIT 0x8000000000000000ULL
#define COEFFICIENT_HIGH_MASK 0x0001ffffffffffffULL
/* Below this bound the sum of two low words stays an exact low word. */
#define SMALL_MAX 0x3fffffffffffffffULL

static BID_UINT128 to_bid(struct decimal value)
{
    BID_UINT128 bid;
    bid.w[0] = value.bits[0];
    bid.w[1] = value.bits[1];
    return bid;
}

/* Stores a finite result; infinities and NaN have the bits 11110 behind the sign. */
static bool from_bid(BID_UINT128 bid, struct decimal *ret_value)
{
    if ((bid.w[1] & 0x7800000000000000ULL) == 0x7800000000000000ULL) {
        return false;
    }
    ret_value->bits[0] = bid.w[0];
    ret_value->bits[1] = bid.w[1];
    return true;
}

static bool is_small_integer(struct decimal value)
{
    return value.bits[1] == DECIMAL_HIGH_INTEGER && value.bits[0] <= SMALL_MAX;
}

static size_t scan_digits(struct slice text, size_t at)
{
    while (at < text.size && text.data[at] >= '0' && text.data[at] <= '9') {
        at++;
    }
    return at;
}

/* True when all of `text` is a number in the grammar of decimal_parse. */
static bool number_text_valid(struct slice text)
{
    size_t at = 0;
    if (at < text.size && (text.data[at] == '-' || text.data[at] == '+')) {
        at++;
    }
    const size_t whole = scan_digits(text, at);
    size_t digits = whole - at;
    at = whole;
    if (at < text.size && text.data[at] == '.') {
        const size_t end = scan_digits(text, at + 1);
        digits += end - at - 1;
        at = end;
    }
    if (digits == 0) {
        return false;
    }
    if (at < text.size && (text.data[at] == 'e' || text.data[at] == 'E')) {
        at++;
        if (at < text.size && (text.data[at] == '-' || text.data[at] == '+')) {
            at++;
        }
        const size_t end = scan_digits(text, at);
        if (end == at || end - at > 6) {
            return false;
        }
        at = end;
    }
    return at == text.size;
}

/* Integers of up to 18 digits, the most frequent numbers by far. */
static bool parse_small(struct slice text, struct decimal *ret_value)
{
    if (text.size == 0 || text.size > 18) {
        return false;
    }
    uint64_t value = 0;
    for (size_t i = 0; i < text.size; i++) {
        const char digit = text.data[i];
        if (digit < '0' || digit > '9') {
            return false;
        }
        value = value * 10 + (uint64_t)(digit - '0');
    }
    *ret_value = (struct decimal){{value, DECIMAL_HIGH_INTEGER}};
    return true;
}

bool decimal_parse(struct slice text, struct decimal *ret_value)
{
    if (parse_small(text, ret_value)) {
        return true;
    }
    if (!number_text_valid(text)) {
        return false;
    }
    char small[128];
    char *copy = small;
    if (text.size >= sizeof small) {
        copy = memory_allocate(text.size + 1);
        if (copy == NULL) {
            return false;
        }
    }
    memcpy(copy, text.data, text.size);
    copy[text.size] = '\0';
    _IDEC_flags flags = 0;
    const BID_UINT128 bid = bid128_from_string(copy, BID_ROUNDING_TO_NEAREST, &flags);
    if (copy != small) {
        memory_free(copy);
    }
    return from_bid(bid, ret_value);
}

struct decimal decimal_from_i64(int64_t value)
{
    const uint64_t sign = value < 0 ? SIGN_BIT : 0;
    const uint64_t size = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    return (struct decimal){{size, DECIMAL_HIGH_INTEGER | sign}};
}

bool decimal_to_i64(struct decimal value, int64_t *ret_value)
{
    if (is_small_integer(value)) {
        *ret_value = (int64_t)value.bits[0];
        return true;
    }
    return decimal_is_integer(value) && decimal_truncate_i64(value, ret_value);
}

bool decimal_truncate_i64(struct decimal value, int64_t *ret_value)
{
    _IDEC_flags flags = 0;
    const BID_SINT64 whole = bid128_to_int64_int(to_bid(value), &flags);
    if ((flags & FLAG_INVALID) != 0) {
        return false;
    }
    *ret_value = whole;
    return true;
}

bool decimal_is_integer(struct decimal value)
{
    if (is_small_integer(value)) {
        return true;
    }
    _IDEC_flags flags = 0;
    const BID_UINT128 bid = to_bid(value);
    const BID_UINT128 whole = bid128_round_integral_zero(bid, &flags);
    return bid128_quiet_equal(bid, whole, &flags) != 0;
}

bool decimal_is_zero(struct decimal value)
{
    return bid128_isZero(to_bid(value)) != 0;
}

bool decimal_is_negative(struct decimal value)
{
    return (value.bits[1] & SIGN_BIT) != 0 && !decimal_is_zero(value);
}

bool decimal_add(struct decimal a, struct decimal b, struct decimal *ret_value)
{
    if (is_small_integer(a) && is_small_integer(b)) {
        *ret_value = (struct decimal){{a.bits[0] + b.bits[0], DECIMAL_HIGH_INTEGER}};
        return true;
    }
    _IDEC_flags flags = 0;
    return from_bid(bid128_add(to_bid(a), to_bid(b), BID_ROUNDING_TO_NEAREST, &flags), ret_value);
}

bool decimal_subtract(struct decimal a, struct decimal b, struct decimal *ret_value)
{
    if (is_small_integer(a) && is_small_integer(b) && a.bits[0] >= b.bits[0]) {
        *ret_value = (struct decimal){{a.bits[0] - b.bits[0], DECIMAL_HIGH_INTEGER}};
        return true;
    }
    _IDEC_flags flags = 0;
    return from_bid(bid128_sub(to_bid(a), to_bid(b), BID_ROUNDING_TO_NEAREST, &flags), ret_value);
}

bool decimal_multiply(struct decimal a, struct decimal b, struct decimal *ret_value)
{
    if (is_small_integer(a) && is_small_integer(b) && ((a.bits[0] | b.bits[0]) >> 31) == 0) {
        *ret_value = (struct decimal){{a.bits[0] * b.bits[0], DECIMAL_HIGH_INTEGER}};
        return true;
    }
    _IDEC_flags flags = 0;
    return from_bid(bid128_mul(to_bid(a), to_bid(b), BID_ROUNDING_TO_NEAREST, &flags), ret_value);
}

bool decimal_divide(struct decimal a, struct decimal b, struct decimal *ret_value)
{
    if (decimal_is_zero(b)) {
        return false;
    }
    _IDEC_flags flags = 0;
    return from_bid(bid128_div(to_bid(a), to_bid(b), BID_ROUNDING_TO_NEAREST, &flags), ret_value);
}

/* A number of about 68 digits: the unevaluated sum of two, of which the first is the sum rounded.
 */
struct wide {
    BID_UINT128 high;
    BID_UINT128 low;
};

static BID_UINT128 negated(BID_UINT128 value)
{
    return bid128_negate(value);
}

/* A number and a much smaller one. */
static struct wide wide_sum(BID_UINT128 number, BID_UINT128 rest)
{
    _IDEC_flags flags = 0;
    struct wide sum;
    sum.high = bid128_add(number, rest, BID_ROUNDING_TO_NEAREST, &flags);
    sum.low = bid128_sub(rest, bid128_sub(sum.high, number, BID_ROUNDING_TO_NEAREST, &flags),
                         BID_ROUNDING_TO_NEAREST, &flags);
    return sum;
}

/* The product of two wide numbers. The error of the product of the high parts is exact, by fma. */
static struct wide wide_multiply(struct wide a, struct wide b)
{
    _IDEC_flags flags = 0;
    const BID_UINT128 product = bid128_mul(a.high, b.high, BID_ROUNDING_TO_NEAREST, &flags);
    BID_UINT128 rest =
        bid128_fma(a.high, b.high, negated(product), BID_ROUNDING_TO_NEAREST, &flags);
    rest = bid128_fma(a.high, b.low, rest, BID_ROUNDING_TO_NEAREST, &flags);
    rest = bid128_fma(a.low, b.high, rest, BID_ROUNDING_TO_NEAREST, &flags);
    return wide_sum(product, rest);
}

static struct wide wide_invert(struct wide a)
{
    _IDEC_flags flags = 0;
    const BID_UINT128 one = to_bid(decimal_from_i64(1));
    const BID_UINT128 guess = bid128_div(one, a.high, BID_ROUNDING_TO_NEAREST, &flags);
    BID_UINT128 rest = bid128_fma(negated(guess), a.high, one, BID_ROUNDING_TO_NEAREST, &flags);
    rest = bid128_fma(negated(guess), a.low, rest, BID_ROUNDING_TO_NEAREST, &flags);
    rest = bid128_div(rest, a.high, BID_ROUNDING_TO_NEAREST, &flags);
    return wide_sum(guess, rest);
}

/* base^n by squaring, in twice the digits: the general power function of the library is wrong by
 * several units of the last one. */
static struct wide power_whole(struct wide base, uint64_t n)
{
    struct wide result = {to_bid(decimal_from_i64(1)), to_bid(DECIMAL_ZERO)};
    for (; n > 0; n >>= 1) {
        if ((n & 1) != 0) {
            result = wide_multiply(result, base);
        }
        base = n > 1 ? wide_multiply(base, base) : base;
    }
    return result;
}

static bool power_inverted(struct decimal a, uint64_t n, struct decimal *ret_value)
{
    const struct wide base = {to_bid(a), to_bid(DECIMAL_ZERO)};
    const struct wide power = power_whole(base, n);
    struct decimal value = DECIMAL_ZERO;
    if (decimal_is_zero(a)) {
        return false;
    }
    /* The power may be out of range where its inverse is not. */
    const bool in_range = from_bid(power.high, &value) && !decimal_is_zero(value);
    return from_bid((in_range ? wide_invert(power) : power_whole(wide_invert(base), n)).high,
                    ret_value);
}

bool decimal_power(struct decimal a, struct decimal b, struct decimal *ret_value)
{
    enum { WHOLE_MAX = 1000000000 };
    int64_t n = 0;
    _IDEC_flags flags = 0;
    if (decimal_to_i64(b, &n) && n >= -WHOLE_MAX && n < 0) {
        return power_inverted(a, (uint64_t)-n, ret_value);
    }
    if (decimal_to_i64(b, &n) && n <= WHOLE_MAX && n >= 0) {
        const struct wide base = {to_bid(a), to_bid(DECIMAL_ZERO)};
        return from_bid(power_whole(base, (uint64_t)n).high, ret_value);
    }
    return from_bid(bid128_pow(to_bid(a), to_bid(b), BID_ROUNDING_TO_NEAREST, &flags), ret_value);
}

bool decimal_modulo(struct decimal a, struct decimal b, struct decimal *ret_value)
{
    if (decimal_is_zero(b)) {
        return false;
    }
    _IDEC_flags flags = 0;
    /* The remainder of the truncating division is exact; floor division differs from it by one
     * divisor when the signs differ. */
    struct decimal rest = DECIMAL_ZERO;
    if (!from_bid(bid128_fmod(to_bid(a), to_bid(b), &flags), &rest)) {
        return false;
    }
    if (!decimal_is_zero(rest) && decimal_is_negative(rest) != decimal_is_negative(b)) {
        return decimal_add(rest, b, ret_value);
    }
    *ret_value = rest;
    return true;
}

bool decimal_sqrt(struct decimal a, struct decimal *ret_value)
{
    _IDEC_flags flags = 0;
    return from_bid(bid128_sqrt(to_bid(a), BID_ROUNDING_TO_NEAREST, &flags), ret_value);
}

bool decimal_log(struct decimal a, struct decimal *ret_value)
{
    _IDEC_flags flags = 0;
    return from_bid(bid128_log(to_bid(a), BID_ROUNDING_TO_NEAREST, &flags), ret_value);
}

bool decimal_exp(struct decimal a, struct decimal *ret_value)
{
    _IDEC_flags flags = 0;
    return from_bid(bid128_exp(to_bid(a), BID_ROUNDING_TO_NEAREST, &flags), ret_value);
}

struct decimal decimal_negate(struct decimal value)
{
    value.bits[1] ^= SIGN_BIT;
    return value;
}

struct decimal decimal_absolute(struct decimal value)
{
    value.bits[1] &= ~SIGN_BIT;
    return value;
}

int decimal_scale(struct decimal value)
{
    return EXPONENT_BIAS - (int)((value.bits[1] >> 49) & 0x3fff);
}

static struct decimal power_of_ten(int exponent)
{
    check(exponent >= -EXPONENT_BIAS && exponent <= -DECIMAL_SCALE_MIN);
    return (struct decimal){{1, (uint64_t)(exponent + EXPONENT_BIAS) << 49}};
}

/* The library has no round-half-down and no round-up; both follow from the truncated value and
 * the distance to it, which is exact. */
static bool round_from_truncated(struct decimal value, struct decimal unit,
                                 enum decimal_rounding rounding, struct decimal *ret_value)
{
    _IDEC_flags flags = 0;
    const BID_UINT128 truncated =
        bid128_quantize(to_bid(value), to_bid(unit), BID_ROUNDING_TO_ZERO, &flags);
    struct decimal down = DECIMAL_ZERO;
    struct decimal rest = DECIMAL_ZERO;
    if (!from_bid(truncated, &down) || !decimal_subtract(value, down, &rest)) {
        return false;
    }
    bool away = !decimal_is_zero(rest);
    if (away && rounding == DECIMAL_HALF_DOWN) {
        struct decimal twice = DECIMAL_ZERO;
        if (!decimal_add(rest, rest, &twice)) {
            return false;
        }
        away = decimal_compare(decimal_absolute(twice), unit) > 0;
    }
    if (!away) {
        *ret_value = down;
        return true;
    }
    return decimal_is_negative(value) ? decimal_subtract(down, unit, ret_value)
                                      : decimal_add(down, unit, ret_value);
}

bool decimal_round(struct decimal value, int scale, enum decimal_rounding rounding,
                   struct decimal *ret_value)
{
    check(scale >= DECIMAL_SCALE_MIN && scale <= DECIMAL_SCALE_MAX);
    const struct decimal unit = power_of_ten(-scale);
    if (rounding == DECIMAL_UP || rounding == DECIMAL_HALF_DOWN) {
        if (round_from_truncated(value, unit, rounding, ret_value)) {
            return true;
        }
    } else {
        static const unsigned modes[] = {
            [DECIMAL_HALF_EVEN] = BID_ROUNDING_TO_NEAREST, [DECIMAL_FLOOR] = BID_ROUNDING_DOWN,
            [DECIMAL_CEILING] = BID_ROUNDING_UP,           [DECIMAL_DOWN] = BID_ROUNDING_TO_ZERO,
            [DECIMAL_HALF_UP] = BID_ROUNDING_TIES_AWAY,
        };
        _IDEC_flags flags = 0;
        const BID_UINT128 bid =
            bid128_quantize(to_bid(value), to_bid(unit), modes[rounding], &flags);
        if (from_bid(bid, ret_value)) {
            return true;
        }
    }
    /* No room for that many digits: the value has fewer behind the point and stays itself. */
    *ret_value = value;
    return true;
}

int decimal_compare(struct decimal a, struct decimal b)
{
    if (is_small_integer(a) && is_small_integer(b)) {
        return (a.bits[0] > b.bits[0]) - (a.bits[0] < b.bits[0]);
    }
    _IDEC_flags flags = 0;
    const BID_UINT128 x = to_bid(a);
    const BID_UINT128 y = to_bid(b);
    if (bid128_quiet_less(x, y, &flags) != 0) {
        return -1;
    }
    return bid128_quiet_equal(x, y, &flags) != 0 ? 0 : 1;
}

bool decimal_equal(struct decimal a, struct decimal b)
{
    if (a.bits[0] == b.bits[0] && a.bits[1] == b.bits[1]) {
        return true;
    }
    return !(is_small_integer(a) && is_small_integer(b)) && decimal_compare(a, b) == 0;
}

/* Digits of the coefficient, most significant first, without leading zeros; "0" for zero.
 * Returns their count; `ret_exponent` is the power of ten of the last one. */
static size_t to_digits(struct decimal value, char ret_digits[DIGITS_MAX + 1], int *ret_exponent)
{
    *ret_exponent = -decimal_scale(value);
    unsigned __int128 coefficient =
        ((unsigned __int128)(value.bits[1] & COEFFICIENT_HIGH_MASK) << 64) | value.bits[0];
    char reversed[DIGITS_MAX + 1];
    size_t count = 0;
    do {
        reversed[count++] = (char)('0' + (int)(coefficient % 10));
        coefficient /= 10;
    } while (coefficient != 0 && count <= DIGITS_MAX);
    for (size_t i = 0; i < count; i++) {
        ret_digits[i] = reversed[count - 1 - i];
    }
    return count;
}

uint64_t decimal_hash(struct decimal value)
{
    char digits[DIGITS_MAX + 8];
    int exponent = 0;
    size_t count = to_digits(value, digits, &exponent);
    while (count > 1 && digits[count - 1] == '0') {
        count--;
        exponent++;
    }
    if (count == 1 && digits[0] == '0') {
        return hash64("0", 1, 0);
    }
    digits[count] = decimal_is_negative(value) ? '-' : '+';
    return hash64(digits, count + 1, (uint64_t)(int64_t)exponent);
}

static void append_zeros(struct buffer *buffer, int count)
{
    for (int i = 0; i < count; i++) {
        buffer_append_byte(buffer, '0');
    }
}

void decimal_write(struct buffer *buffer, struct decimal value)
{
    char digits[DIGITS_MAX + 1];
    int exponent = 0;
    size_t count = to_digits(value, digits, &exponent);
    while (count > 1 && exponent < 0 && digits[count - 1] == '0') {
        count--;
        exponent++;
    }
    if (count == 1 && digits[0] == '0') {
        buffer_append_byte(buffer, '0');
        return;
    }
    if (decimal_is_negative(value)) {
        buffer_append_byte(buffer, '-');
    }
    const int point = (int)count + exponent; /* digits in front of the point */
    if (point > PLAIN_MAX || point < -PLAIN_MAX) {
        buffer_append_byte(buffer, digits[0]);
        if (count > 1) {
            buffer_append_byte(buffer, '.');
            buffer_append(buffer, slice_of(digits + 1, count - 1));
        }
        buffer_printf(buffer, "E%+d", point - 1);
    } else if (exponent >= 0) {
        buffer_append(buffer, slice_of(digits, count));
        append_zeros(buffer, exponent);
    } else if (point > 0) {
        buffer_append(buffer, slice_of(digits, (size_t)point));
        buffer_append_byte(buffer, '.');
        buffer_append(buffer, slice_of(digits + point, count - (size_t)point));
    } else {
        buffer_append_cstr(buffer, "0.");
        append_zeros(buffer, -point);
        buffer_append(buffer, slice_of(digits, count));
    }
}
