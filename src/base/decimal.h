/* Decimal numbers of 34 digits (IEEE 754-2008 decimal128), rounded half-even, without infinities
 * and NaN: an operation whose result is none of these numbers returns false.
 * The only door to the decimal library; its types stay behind decimal.c. */
#ifndef HEADROOM_BASE_DECIMAL_H
#define HEADROOM_BASE_DECIMAL_H

#include "base/arena.h"
#include "base/buffer.h"

/* The bits of a finite decimal128 in the binary encoding, low word first. */
struct decimal {
    uint64_t bits[2];
};

/* The high word of an integer that fits in the low word: sign +, exponent 0. */
#define DECIMAL_HIGH_INTEGER 0x3040000000000000ULL
#define DECIMAL_ZERO ((struct decimal){{0, DECIMAL_HIGH_INTEGER}})

enum decimal_rounding {
    DECIMAL_HALF_EVEN,
    DECIMAL_FLOOR,
    DECIMAL_CEILING,
    DECIMAL_DOWN, /* towards zero */
    DECIMAL_HALF_UP,
    DECIMAL_HALF_DOWN,
    DECIMAL_UP, /* away from zero */
};

enum {
    DECIMAL_SCALE_MIN = -6111,
    DECIMAL_SCALE_MAX = 6176,
};

/** Reads [-+] digits [. digits] [e [-+] digits], with at least one digit; rounds to 34 digits.
 *  Returns false when `text` is none or out of range. */
bool decimal_parse(struct slice text, struct decimal *ret_value) MUST_USE;
struct decimal decimal_from_i64(int64_t value);
/** The value when it is a whole number within int64; false otherwise. */
bool decimal_to_i64(struct decimal value, int64_t *ret_value) MUST_USE;
/** Truncates towards zero to a whole number within int64; false when it does not fit. */
bool decimal_truncate_i64(struct decimal value, int64_t *ret_value) MUST_USE;
bool decimal_is_integer(struct decimal value);
bool decimal_is_zero(struct decimal value);
/** True for values below zero; a negative zero is none. */
bool decimal_is_negative(struct decimal value);

bool decimal_add(struct decimal a, struct decimal b, struct decimal *ret_value) MUST_USE;
bool decimal_subtract(struct decimal a, struct decimal b, struct decimal *ret_value) MUST_USE;
bool decimal_multiply(struct decimal a, struct decimal b, struct decimal *ret_value) MUST_USE;
/** False when `b` is zero. */
bool decimal_divide(struct decimal a, struct decimal b, struct decimal *ret_value) MUST_USE;
bool decimal_power(struct decimal a, struct decimal b, struct decimal *ret_value) MUST_USE;
/** a - b * floor(a / b), exactly; the sign of `b`. False when `b` is zero. */
bool decimal_modulo(struct decimal a, struct decimal b, struct decimal *ret_value) MUST_USE;
bool decimal_sqrt(struct decimal a, struct decimal *ret_value) MUST_USE;
bool decimal_log(struct decimal a, struct decimal *ret_value) MUST_USE;
bool decimal_exp(struct decimal a, struct decimal *ret_value) MUST_USE;
struct decimal decimal_negate(struct decimal value);
struct decimal decimal_absolute(struct decimal value);

/** Rounds to `scale` digits behind the point (negative: in front of it). A value that already has
 *  no more digits is padded with zeros while 34 digits last. `scale` in [DECIMAL_SCALE_MIN,
 *  DECIMAL_SCALE_MAX]. */
bool decimal_round(struct decimal value, int scale, enum decimal_rounding rounding,
                   struct decimal *ret_value) MUST_USE;
/** Digits behind the point as stored; negative for a positive exponent. */
int decimal_scale(struct decimal value);

/** Negative, zero or positive as a is below, equal to or above b. */
int decimal_compare(struct decimal a, struct decimal b);
bool decimal_equal(struct decimal a, struct decimal b);
/** Equal values have equal hashes. */
uint64_t decimal_hash(struct decimal value);

/** Writes the value without exponent and without trailing zeros behind the point. Values whose
 *  plain form passes 400 characters get an exponent. */
void decimal_write(struct buffer *buffer, struct decimal value);

#endif
