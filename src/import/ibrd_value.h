/* The values of a "Statement of Loans" as its files write them: amounts with separators, exponents
 * and rounding noise, dates in three forms, names with stray bytes. */
#ifndef HEADROOM_IMPORT_IBRD_VALUE_H
#define HEADROOM_IMPORT_IBRD_VALUE_H

#include "base/buffer.h"
#include "base/date.h"

/** The largest amount of a statement, in cents; sums of a few hundred fit an int64_t. */
#define IBRD_AMOUNT_MAX 10000000000000000LL

/** Reads dollars as cents, rounded half away from zero: "250000000", "-0.010000002", "1.86E-9",
 *  "191,044,211.75", "$1,000.00"; empty text is 0. Returns false when the text is no number, its
 *  separators do not stand by threes, or the value passes IBRD_AMOUNT_MAX. */
bool ibrd_amount_read(struct slice text, int64_t *ret_cents) MUST_USE;
/** Reads "2020-11-30", "05/31/2022" (month first) or "31-May-2022", with or without a time of day
 *  behind it. */
bool ibrd_date_read(struct slice text, date_days *ret_date) MUST_USE;
/** Appends a column's name without what differs between editions: letters and digits only, in lower
 *  case, without what stands in parentheses and without "'s". */
void ibrd_heading_write(struct buffer *buffer, struct slice text);
/** Appends a name: UTF-8 without control characters, one space between words, none at the ends;
 *  what is no UTF-8 becomes '?'. With `fold` ASCII letters become capitals. */
void ibrd_name_write(struct buffer *buffer, struct slice text, bool fold);

#endif
