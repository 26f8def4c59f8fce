/* The file of tokens: JSON a line, the first naming the format, the last the SHA-256 of all before
 * it. */
#ifndef HEADROOM_AUTH_TOKEN_FILE_H
#define HEADROOM_AUTH_TOKEN_FILE_H

#include "auth/auth_status.h"
#include "auth/token.h"
#include "base/buffer.h"

/** Appends the file's content for `count` tokens. */
void token_file_write(struct buffer *content, const struct auth_token *tokens, size_t count);
/** Reads it into a new array. AUTH_OK, NO_MEMORY or DAMAGED. In: name  of the file, for the error
 */
enum auth_status token_file_read(struct auth_token *tokens, size_t *ret_count, size_t capacity,
                                 struct slice content, const char *name,
                                 struct auth_error *reterr_error) MUST_USE;

#endif
