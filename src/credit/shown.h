/* The hash of what a person was shown, which they name when they agree to it. */
#ifndef HEADROOM_CREDIT_SHOWN_H
#define HEADROOM_CREDIT_SHOWN_H

#include "base/arena.h"
#include "base/buffer.h"
#include "credit/credit_status.h"

/** Appends a text with its end, and a number. */
void shown_text(struct buffer *shown, struct slice text);
void shown_number(struct buffer *shown, int64_t number);
/** The SHA-256 of what was appended, as 64 hexadecimal digits in `arena`; releases `shown`.
 *  NO_MEMORY */
enum credit_status shown_hash(struct slice *ret_hash, struct arena *arena,
                              struct buffer *shown) MUST_USE;

#endif
