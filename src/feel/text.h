/* Strings of FEEL: code points, conversion of values from and to text. */
#ifndef HEADROOM_FEEL_TEXT_H
#define HEADROOM_FEEL_TEXT_H

#include "base/buffer.h"
#include "base/json.h"
#include "feel/eval.h"

/** Writes a code point as UTF-8 into `ret_bytes` of 4; returns the bytes written. */
size_t text_encode(uint32_t point, char *ret_bytes);
/** The bytes of the code point at a place of well-formed text. */
size_t text_point_size(struct slice text, size_t at);
/** The code point at a place of well-formed text. */
uint32_t text_point_at(struct slice text, size_t at);
size_t text_length(struct slice text);
/** The place of the code point number `index`, from 0; the end of the text when it has fewer. */
size_t text_offset(struct slice text, size_t index);

/** Reads a date, a time, a date and time or a duration. */
bool text_read_temporal(struct arena *arena, struct feel_zones *zones, struct slice text,
                        struct feel_value *ret_value) MUST_USE;
/** Appends a value as string() writes it: strings bare at the top, quoted within. */
void text_write(struct buffer *buffer, struct feel_value value);
/** Appends a value as JSON: numbers with all digits, temporal values, ranges and functions as
 *  strings. */
void text_write_json(struct json_writer *writer, struct feel_value value);
/** A JSON value as FEEL; with a type, strings become the temporal values that it names. The JSON
 *  text must outlive the value. False when memory is exhausted. */
bool text_from_json(struct arena *arena, struct feel_zones *zones, const struct json_value *json,
                    const struct feel_type *type, struct feel_value *ret_value) MUST_USE;

#endif
