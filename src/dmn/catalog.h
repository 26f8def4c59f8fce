/* The models of a folder, by the names of their files, for programs that answer from many. */
#ifndef HEADROOM_DMN_CATALOG_H
#define HEADROOM_DMN_CATALOG_H

#include "dmn/model.h"
#include "os/os_status.h"

enum { DMN_CATALOG_MAX = 10000 }; /* models of one folder */

struct dmn_catalog_entry {
    struct slice name; /* of the file, without ".dmn" */
    struct dmn_model *model;
};

struct dmn_catalog {
    struct arena arena;
    struct dmn_catalog_entry *entries; /* ordered by name */
    uint32_t count;
};

/** Loads every file *.dmn of a folder. A file that is no model is left out; for it, and for each
 *  problem of those that are, a line with file and reason is appended to `notes`.
 *  Returns:  OS_OK, or why the folder could not be read; OS_EXHAUSTED also when it holds more than
 *            DMN_CATALOG_MAX models
 *  Out:      ret_catalog  on OS_OK; to be freed */
enum os_status dmn_catalog_open(struct dmn_catalog **ret_catalog, const char *folder,
                                struct buffer *notes) MUST_USE;
/** NULL-safe. */
void dmn_catalog_free(struct dmn_catalog *catalog);
/** The model of a name; NULL when there is none. */
const struct dmn_model *dmn_catalog_find(const struct dmn_catalog *catalog, struct slice name);

#endif
