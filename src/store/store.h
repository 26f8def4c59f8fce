/* The SQL database of the credit plane: SQLite in the data directory, or PostgreSQL 15 and later,
 * behind one interface. Named queries, bound values, whole transactions.
 *
 * Life of a transaction: begin; the caller's work, which runs queries; commit. Where the database
 * says that it could not be serialised with others, all of it is done again from the start, a
 * bounded number of times, so `work` must depend on nothing but the store and its context's inputs.
 * Once a query failed the transaction can only be rolled back. A transaction that changes rows
 * commits only when it also added an audit entry.
 *
 * One thread a store. */
#ifndef HEADROOM_STORE_H
#define HEADROOM_STORE_H

#include "base/arena.h"
#include "base/date.h"
#include "store/store_query.h"
#include "store/store_status.h"

enum {
    STORE_VALUE_MAX = 16 << 20, /* bytes of one text or byte value */
    STORE_ATTEMPTS = 8,         /* of one transaction, conflicts included */
    STORE_MESSAGE_SIZE = 256,
};

#define STORE_FILE "credit.db"

struct store;

struct store_options {
    /** A path of an SQLite file, made when it is missing, or "postgresql://...". */
    const char *location;
    unsigned busy_timeout_ms; /* how long to wait for a lock; 0: 5,000 */
    bool read_only;           /* nothing is made or changed; the schema must be the newest */
    unsigned migrations_max;  /* stop at this schema, for tests; 0: the newest */
    time_us now;              /* noted beside migrations that are applied */
};

/** What failed, for a person: no values of rows are in it. */
struct store_error {
    enum store_status status;
    char message[STORE_MESSAGE_SIZE];
};

/** Whether a location is the address of a PostgreSQL database; else it is a file of SQLite. */
bool store_is_postgresql(const char *location);
/** Opens the database and brings its schema up to this program's: each missing migration is applied
 *  in a transaction of its own. A migration that is not as it was applied is DAMAGED; one that this
 *  program does not know is TOO_NEW. */
enum store_status store_open(struct store **ret_store, const struct store_options *options,
                             struct store_error *reterr_error) MUST_USE;
/** NULL-safe. */
void store_close(struct store *store);
/** What the last call that failed had to say. */
const struct store_error *store_error(const struct store *store);
/** "SQLite" or "PostgreSQL". */
const char *store_dialect(const struct store *store);
/** The number of the newest migration that is applied. */
unsigned store_schema(const struct store *store);
/** The number of the newest migration that this program knows. */
unsigned store_schema_newest(void);
/** Reads all of an SQLite file and proves its structure and references; asks a PostgreSQL server
 *  whether it answers, whose checksums are its own. Returns OK, DAMAGED, or what failed. */
enum store_status store_prove(struct store *store) MUST_USE;

/* ---- values ---- */

enum store_type { STORE_NULL, STORE_INTEGER, STORE_TEXT, STORE_BYTES };

struct store_value {
    enum store_type type;
    int64_t number;     /* of STORE_INTEGER */
    struct slice bytes; /* of STORE_TEXT (UTF-8, no NUL) and STORE_BYTES */
};

static inline struct store_value store_null(void)
{
    return (struct store_value){.type = STORE_NULL};
}

static inline struct store_value store_integer(int64_t number)
{
    return (struct store_value){.type = STORE_INTEGER, .number = number};
}

static inline struct store_value store_text(struct slice text)
{
    return (struct store_value){.type = STORE_TEXT, .bytes = text};
}

/** NULL where the text is empty. */
static inline struct store_value store_text_or_null(struct slice text)
{
    return text.size == 0 ? store_null() : store_text(text);
}

static inline struct store_value store_bytes(const void *data, size_t size)
{
    return (struct store_value){.type = STORE_BYTES, .bytes = {data, size}};
}

/** The rows of an answer, in an arena. */
struct store_rows {
    size_t count;
    size_t columns;
    const struct store_value *values; /* row by row */
};

static inline const struct store_value *store_row(const struct store_rows *rows, size_t row)
{
    check(row < rows->count);
    return &rows->values[row * rows->columns];
}

/* ---- transactions ---- */

enum store_mode {
    STORE_READ,  /* one view of all tables; changes are refused */
    STORE_WRITE, /* serialisable */
};

/** The work of a transaction. What it returns other than STORE_OK rolls back: the status of a query
 *  that failed, or STORE_REFUSED for a reason of its own, which it keeps in its context. */
typedef enum store_status (*store_work)(struct store *store, void *context);

/** Runs a transaction. On STORE_OK of a write it is durable; on UNKNOWN it may be; on anything else
 *  nothing was stored.
 *  Within the work of another transaction it is a part of that one: nothing is durable before the
 *  outer one is committed, and a write that is given up here can only be given up whole; the outer
 *  call returns STORE_REFUSED then, if its own work says no other. A write within a read is a
 *  mistake of the program (a check). */
enum store_status store_transact(struct store *store, enum store_mode mode, store_work work,
                                 void *context) MUST_USE;

/** Within a transaction: the rows of a query, copied into `arena`.
 *  In: values  as many as the query has parameters, of its types (a check) */
enum store_status store_select(struct store *store, struct store_rows *ret_rows,
                               struct arena *arena, enum store_query query,
                               const struct store_value *values) MUST_USE;
/** Within a writing transaction: a query that changes rows.
 *  Out: ret_changed  how many; may be NULL */
enum store_status store_change(struct store *store, uint64_t *ret_changed, enum store_query query,
                               const struct store_value *values) MUST_USE;

#endif
