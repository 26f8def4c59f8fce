/* What tokens and audit log share in reading and writing files. */
#ifndef HEADROOM_AUTH_AUTH_FILE_H
#define HEADROOM_AUTH_AUTH_FILE_H

#include "auth/auth_status.h"
#include "base/buffer.h"
#include "os/file.h"

/** FULL, NO_MEMORY or FAILED for what a file call that failed came to. */
enum auth_status auth_from_os(enum os_status status);
/** The status of a file call that failed, with what a person needs to know in `reterr_error`. */
enum auth_status auth_file_failed(struct auth_error *reterr_error, const char *name,
                                  struct file_result result);
/** AUTH_DAMAGED, with the place in `reterr_error`. */
enum auth_status auth_file_damaged(struct auth_error *reterr_error, const char *name, uint64_t line,
                                   const char *cause);
/** Appends a file's content. `*ret_found` is false when there is none; `bytes_max` bounds it. */
enum auth_status auth_file_read(struct directory *directory, const char *name, size_t bytes_max,
                                struct buffer *content, bool *ret_found,
                                struct auth_error *reterr_error) MUST_USE;
/** Replaces a file: it has its old or its new content whatever happens, and on AUTH_OK the new one,
 *  durably. In: temporary  a second name */
enum auth_status auth_file_replace(struct directory *directory, const char *name,
                                   const char *temporary, struct slice content,
                                   struct auth_error *reterr_error) MUST_USE;

#endif
