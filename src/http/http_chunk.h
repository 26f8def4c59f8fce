/* The chunked transfer coding of request bodies (RFC 9112, section 7.1), strict: at most eight hex
 * digits, no extensions, no trailers, CR LF everywhere. Inside of the room. */
#ifndef HEADROOM_HTTP_CHUNK_H
#define HEADROOM_HTTP_CHUNK_H

#include "http/http_status.h"

enum http_chunk_state {
    HTTP_CHUNK_SIZE,    /* the first digit of a size */
    HTTP_CHUNK_DIGITS,  /* further digits, or CR */
    HTTP_CHUNK_SIZE_LF, /* the LF behind a size */
    HTTP_CHUNK_DATA,
    HTTP_CHUNK_DATA_CR,
    HTTP_CHUNK_DATA_LF,
    HTTP_CHUNK_LAST_CR, /* the empty line behind the last chunk */
    HTTP_CHUNK_LAST_LF,
    HTTP_CHUNK_DONE,
};

struct http_chunk {
    enum http_chunk_state state;
    unsigned digits;
    uint64_t left; /* bytes of the current chunk that are still to come */
};

/** Takes bytes off `*input` until a piece of the body is found, the body is done or the input is
 *  used up. Returns NONE with `ret_piece` (empty when there is none now) or BAD_CHUNK. */
enum http_refusal http_chunk_take(struct http_chunk *chunk, struct slice *ret_piece,
                                  struct slice *input) MUST_USE;

#endif
