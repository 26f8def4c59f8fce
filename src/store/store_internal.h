/* Inside of the room: what the two backends share. */
#ifndef HEADROOM_STORE_INTERNAL_H
#define HEADROOM_STORE_INTERNAL_H

#include "store/store.h"

/* How a transaction begins. */
enum store_begin {
    STORE_BEGIN_READ,
    STORE_BEGIN_WRITE,
    STORE_BEGIN_MIGRATE, /* as WRITE, and nobody else migrates */
};

/** A database system. Every call sets the store's error where it fails. */
struct store_backend {
    const char *name;
    const char *dialect; /* as in the names of the files in sql/ */
    /** Makes the database where there is none yet; NULL where that is somebody else's work. */
    enum store_status (*make)(struct store *store);
    enum store_status (*open)(struct store *store);
    /** May be called whatever open came to. */
    void (*close)(struct store *store);
    enum store_status (*begin)(struct store *store, enum store_begin how);
    /** Whatever it returns, the transaction is over. */
    enum store_status (*commit)(struct store *store);
    void (*rollback)(struct store *store);
    /** Runs a query; `ret_rows` is set when `arena` is not NULL. */
    enum store_status (*run)(struct store *store, struct store_rows *ret_rows,
                             uint64_t *ret_changed, struct arena *arena, enum store_query query,
                             const struct store_value *values);
    /** Runs statements without values, as migrations have them. In: sql  ends in NUL */
    enum store_status (*script)(struct store *store, const char *sql);
    enum store_status (*prove)(struct store *store);
};

extern const struct store_backend store_sqlite;
extern const struct store_backend store_postgresql;

struct store {
    const struct store_backend *backend;
    struct store_options options;
    struct store_error error;
    struct arena arena; /* of the query texts and the location */
    const char *location;
    const char *queries[STORE_QUERY_COUNT]; /* of the dialect */
    unsigned schema;
    bool broken; /* a sync failed: what is stored is not known; nothing is done any more */
    /* Of the transaction under way. */
    bool inside;
    bool writing;
    bool changed;             /* a CHANGE ran ... */
    bool audited;             /* ... and an AUDIT */
    bool refused;             /* a transaction within it was given up */
    enum store_status failed; /* of the first query that failed */
    void *connection;         /* the backend's own */
};

/** Notes what failed and returns `status`. */
enum store_status store_fail(struct store *store, enum store_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* ---- the SQL files, embedded ---- */

struct store_sql_file {
    const char *name; /* "queries.sqlite.sql", "0001_audit.sqlite.sql" */
    const char *text; /* ends in NUL */
    size_t size;
};

extern const struct store_sql_file store_sql_files[];
extern const size_t store_sql_files_count;

/** Fills store->queries from the file of the dialect. */
enum store_status store_sql_load(struct store *store) MUST_USE;
/** The n-th migration of a dialect, from 1; NULL behind the last. */
const struct store_sql_file *store_sql_migration(const char *dialect, unsigned number);
/** Applies what is missing, in order. */
enum store_status store_migrate(struct store *store) MUST_USE;

#endif
