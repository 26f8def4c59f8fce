/* Amounts as people write them ("1250000.50") and as the ledger holds them (integers of minor
 * units). */
#ifndef HEADROOM_BASE_AMOUNT_H
#define HEADROOM_BASE_AMOUNT_H

#include "base/buffer.h"
#include "base/currency.h"

__extension__ typedef __int128 int128;
__extension__ typedef unsigned __int128 uint128;

/* The largest amount of one command, in minor units. Source: ledger.md, "Values". */
#define AMOUNT_MAX 1000000000000000000LL

/** A decimal as written: digits x 10^-decimals. */
struct decimal_text {
    uint64_t digits;  /* all digits as one integer */
    uint8_t decimals; /* digits behind the point */
};

/** Reads digits with an optional point and more digits; no sign, exponent, space or separator.
 *  Returns false when the text is none, has more than 18 decimals, or its digits pass 2^64 - 1. */
bool decimal_text_parse(struct slice text, struct decimal_text *ret_decimal) MUST_USE;
/** The value times 10^scale when that is a whole number not above `max`; false otherwise. */
bool decimal_text_scale(struct decimal_text decimal, unsigned scale, uint64_t max,
                        uint64_t *ret_value) MUST_USE;
/** Orders two decimals by value: negative, zero or positive. */
int decimal_text_compare(struct decimal_text a, struct decimal_text b);

/** Writes minor units with exactly the currency's decimals, such as -5.00. */
void amount_write(struct buffer *buffer, int128 amount_minor, enum currency currency);
/** The same with a comma between groups of three digits, for people. */
void amount_write_grouped(struct buffer *buffer, int128 amount_minor, enum currency currency);
/** Reads an amount in a currency: at most its decimals, 0 to AMOUNT_MAX minor units. */
bool amount_parse(struct slice text, enum currency currency, int64_t *ret_minor) MUST_USE;

#endif
