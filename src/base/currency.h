/* Currencies of ISO 4217 by a small number: their code and the decimals of their minor unit. */
#ifndef HEADROOM_BASE_CURRENCY_H
#define HEADROOM_BASE_CURRENCY_H

#include "base/currency_list.h"
#include "base/slice.h"

enum currency {
    CURRENCY_NONE = 0, /* not a currency: the value of a field left out */
#define X(code, numeric, digits) CURRENCY_##code,
    CURRENCY_LIST(X)
#undef X
        CURRENCY_COUNT
};

enum { CURRENCY_DIGITS_MAX = 4 };

/** The currency of an alphabetic code ("CNY"), or CURRENCY_NONE. Case matters. Cost: O(log
 * CURRENCY_COUNT). */
enum currency currency_from_code(struct slice code);
/** The alphabetic code, three letters; the currency is in [1, CURRENCY_COUNT). */
struct slice currency_code(enum currency currency);
/** Decimals of the minor unit, 0 to CURRENCY_DIGITS_MAX. Source: ISO 4217, table A.1. */
unsigned currency_digits(enum currency currency);

static inline bool currency_valid(unsigned currency)
{
    return currency > CURRENCY_NONE && currency < CURRENCY_COUNT;
}

#endif
