/* The files of a pack in memory: from a folder or from JSON, in one canonical form with one hash.
 */
#ifndef HEADROOM_PACK_FILES_H
#define HEADROOM_PACK_FILES_H

#include "base/hash.h"
#include "base/json.h"
#include "os/tree.h"

enum {
    PACK_FILES_MAX = 500,
    PACK_FILE_SIZE_MAX = 2 << 20,
    PACK_SIZE_MAX = 8 << 20, /* of all files together, and of the canonical form */
    PACK_PATH_MAX = 128,
    PACK_ID_MAX = 64,
};

struct pack_files {
    struct arena arena;
    struct tree_file *files; /* ordered by path */
    uint32_t count;
    uint8_t hash[SHA256_SIZE]; /* SHA-256 of the canonical form */
};

/** Reads a folder but for data/. A pack whose pack.json says that it extends another has in
 *  addition those files of the folder of that id beside its own that it does not have itself.
 *  NULL, with the reason appended to `reterr_text`, when a file is not read, lies where none may,
 *  is no UTF-8, or a bound is passed. */
struct pack_files *pack_files_from_folder(const char *path, struct buffer *reterr_text) MUST_USE;
/** Reads {"files": {PATH: TEXT, ...}}. Extends nothing: what is handed in is whole. */
struct pack_files *pack_files_from_json(struct slice text, struct buffer *reterr_text) MUST_USE;
/** NULL-safe. */
void pack_files_free(struct pack_files *files);
/** Appends the canonical form: the JSON object above, compact, ordered by path. */
void pack_files_write(const struct pack_files *files, struct buffer *out);
/** A file; data is NULL when there is none of that path. */
struct slice pack_files_find(const struct pack_files *files, struct slice path);
/** True for a text that may be the id of a pack: small letters, digits and hyphens between, at most
 *  PACK_ID_MAX. */
bool pack_id_valid(struct slice id);

#endif
