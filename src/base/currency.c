#include "base/currency.h"

static const char codes[CURRENCY_COUNT][4] = {"",
#define X(code, numeric, digits) #code,
                                              CURRENCY_LIST(X)
#undef X
};

static const uint8_t digits_of[CURRENCY_COUNT] = {0,
#define X(code, numeric, digits) digits,
                                                  CURRENCY_LIST(X)
#undef X
};

enum currency currency_from_code(struct slice code)
{
    unsigned low = 1;
    unsigned high = CURRENCY_COUNT;

    if (code.size != 3) {
        return CURRENCY_NONE;
    }
    while (low < high) {
        const unsigned middle = (low + high) / 2;
        const int order = memcmp(code.data, codes[middle], 3);

        if (order == 0) {
            return (enum currency)middle;
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return CURRENCY_NONE;
}

struct slice currency_code(enum currency currency)
{
    check(currency_valid(currency));
    return slice_of(codes[currency], 3);
}

unsigned currency_digits(enum currency currency)
{
    check(currency_valid(currency));
    return digits_of[currency];
}
