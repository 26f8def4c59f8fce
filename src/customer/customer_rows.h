/* Rows of customers in a file: comma-separated values with a line of names, or a JSON object a
 * line. Each becomes a draft, judged, or a refusal with its reason. */
#ifndef HEADROOM_CUSTOMER_CUSTOMER_ROWS_H
#define HEADROOM_CUSTOMER_CUSTOMER_ROWS_H

#include "base/csv.h"
#include "base/hash.h"
#include "customer/customer.h"
#include "os/os_status.h"

enum { CUSTOMER_ROW_SIZE_MAX = 64 << 10, CUSTOMER_COLUMNS_MAX = 64 };

/** One row. */
struct customer_file_row {
    uint64_t line; /* on which it begins */
    struct customer_draft draft;
    enum customer_status status; /* OK: the draft was judged; else why it is refused */
    struct customer_detail detail;
};

struct customer_rows;

/** What ended a reading. */
struct customer_rows_error {
    enum os_status os;   /* the file could not be read */
    enum csv_status csv; /* on `line`; CSV_RECORD: that was not it */
    uint64_t line;
    struct slice column; /* a column that is not known */
    bool memory;
};

/** Opens a file that ends in ".csv" or another name for JSON lines. NULL with `reterr_error` set.
 */
struct customer_rows *customer_rows_open(const char *path, date_days today,
                                         struct customer_rows_error *reterr_error) MUST_USE;
/** NULL-safe. */
void customer_rows_close(struct customer_rows *rows);
/** The next row, its texts in `arena`. False at the end, or with `reterr_error` set: its fields are
 *  zero and CSV_RECORD when it is the end. */
bool customer_rows_next(struct customer_rows *rows, struct customer_file_row *ret_row,
                        struct arena *arena, struct customer_rows_error *reterr_error) MUST_USE;
/** Bytes read so far. */
uint64_t customer_rows_position(const struct customer_rows *rows);
/** The size and the SHA-256 of a file's bytes. */
enum os_status customer_rows_digest(const char *path, uint8_t ret_digest[SHA256_SIZE],
                                    uint64_t *ret_size) MUST_USE;

#endif
