/* Customers from a file, many in a transaction.
 *
 * An import is known by the SHA-256 of its file. Each batch is one transaction with its customers,
 * their audit entries, its refusals and the position reached: killed at any point, the same file
 * goes on where it was, and a file that is done changes nothing when it comes again. */
#ifndef HEADROOM_CUSTOMER_CUSTOMER_IMPORT_H
#define HEADROOM_CUSTOMER_CUSTOMER_IMPORT_H

#include "customer/customer_rows.h"

enum { CUSTOMER_IMPORT_BATCH = 1000 };

struct customer_import_figures {
    uint64_t rows; /* of the file that were judged, earlier runs included */
    uint64_t added;
    uint64_t refused;
    uint64_t before; /* rows that earlier runs had done */
    bool finished;
};

struct customer_import_options {
    const char *path;
    const struct people_actor *actor;
    bool dry;     /* judge everything, and write nothing */
    bool similar; /* enter customers of a similar name too */
    /** After each batch. NULL: none. */
    void (*progress)(void *context, const struct customer_import_figures *figures,
                     uint64_t position, uint64_t size);
    /** A refusal, in the order of the file, at the end. */
    void (*refusal)(void *context, uint64_t line, struct slice slug, struct slice english,
                    struct slice chinese);
    void *context;
    struct arena *arena; /* of texts in what is answered */
};

/** Imports. Returns OK when the file was read to its end, whatever was refused; STORE, NO_MEMORY;
 * or BAD_BODY with `reterr_error` set: the file cannot be read further, and what stands before it
 * is stored. */
enum customer_status customer_import(struct store *store,
                                     struct customer_import_figures *ret_figures,
                                     struct customer_rows_error *reterr_error,
                                     const struct customer_import_options *options) MUST_USE;

#endif
