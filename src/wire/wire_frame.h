/* Frames: their headers made and judged. Used by server and client alike; knows no command. */
#ifndef HEADROOM_WIRE_FRAME_H
#define HEADROOM_WIRE_FRAME_H

#include "wire/wire_format.h"

/** Fills magic, version and both checksums of a frame whose other fields and body are in place.
 *  In/Out: frame  header->size bytes; the header stands at its front */
void wire_frame_seal(uint8_t *frame, struct wire_header *header);
/** The size that a frame of this type and these counts must have; 0 when no frame may have them. */
uint32_t wire_frame_size(enum wire_type type, uint32_t count, uint32_t records);
/** Judges a header by itself, before any byte of the body is waited for: magic, checksum, version,
 *  type, counts and size. */
enum wire_error wire_header_read(struct wire_header *ret_header,
                                 const uint8_t bytes[WIRE_HEADER_SIZE]);
/** Judges the body's checksum. */
enum wire_error wire_body_check(const struct wire_header *header, const uint8_t *body);
/** Writes an ERROR frame of one record into `ret_frame`. */
enum { WIRE_ERROR_FRAME_SIZE = WIRE_HEADER_SIZE + WIRE_RECORD_SIZE };
void wire_error_write(uint8_t ret_frame[WIRE_ERROR_FRAME_SIZE], enum wire_error error,
                      uint64_t tag);
/** What an error means, in English; static. */
const char *wire_error_text(enum wire_error error);
bool wire_error_ends(enum wire_error error);
bool wire_error_again(enum wire_error error);

#endif
