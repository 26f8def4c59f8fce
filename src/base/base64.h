/* Base64url without padding. Source: RFC 4648, section 5. */
#ifndef HEADROOM_BASE_BASE64_H
#define HEADROOM_BASE_BASE64_H

#include "base/arena.h"
#include "base/slice.h"

/** Characters that `size` bytes take. */
static inline size_t base64url_size(size_t size)
{
    return size / 3 * 4 + (size % 3 == 0 ? 0 : size % 3 + 1);
}

/** Writes base64url_size(size) characters, no terminator. */
void base64url_write(char *ret_text, const void *data, size_t size);
/** Reads into `arena`. False when the text is none, in any other spelling than that of
 *  base64url_write included (padding, bits left over), or memory is short. */
bool base64url_read(struct slice *ret_data, struct arena *arena, struct slice text) MUST_USE;

#endif
