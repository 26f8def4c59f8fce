/* A database of its own for a test: an SQLite file, or a schema on the private PostgreSQL server
 * that tools/runtests names in HEADROOM_POSTGRES. Where there is none the test is skipped. */
#ifndef HEADROOM_TESTS_STORE_FIXTURE_H
#define HEADROOM_TESTS_STORE_FIXTURE_H

#include <libpq-fe.h>
#include <sqlite3.h>
#include <unistd.h>

#include "store/store.h"

enum { LOCATION_SIZE = 512 };

struct database {
    bool postgresql;
    char folder[128]; /* of the SQLite file */
    char schema[64];
    char location[LOCATION_SIZE];
};

static inline bool database_missing(bool postgresql)
{
    const char *url = getenv("HEADROOM_POSTGRES");

    return postgresql && (url == NULL || url[0] == '\0');
}

/* Runs SQL beside the store, as a person with a client would. Returns whether it succeeded. */
static inline bool database_run(const struct database *database, const char *sql)
{
    bool done;

    if (database->postgresql) {
        PGconn *connection = PQconnectdb(database->location[0] == '\0' ? getenv("HEADROOM_POSTGRES")
                                                                       : database->location);
        PGresult *result = PQexec(connection, sql);
        const ExecStatusType status = PQresultStatus(result);
        done = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
        PQclear(result);
        PQfinish(connection);
    } else {
        sqlite3 *handle = NULL;
        done = sqlite3_open(database->location, &handle) == SQLITE_OK &&
               sqlite3_exec(handle, sql, NULL, NULL, NULL) == SQLITE_OK;
        (void)sqlite3_close(handle);
    }
    return done;
}

static inline void database_make(struct database *database, bool postgresql)
{
    static unsigned number;
    const char *folder = getenv("TMPDIR");

    *database = (struct database){.postgresql = postgresql};
    if (postgresql) {
        char sql[128];
        (void)snprintf(database->schema, sizeof(database->schema), "t%d_%u", (int)getpid(),
                       ++number);
        (void)snprintf(sql, sizeof(sql), "CREATE SCHEMA %s", database->schema);
        assert_true(database_run(database, sql));
        (void)snprintf(database->location, sizeof(database->location),
                       "%s&application_name=%s&options=-csearch_path%%3D%s",
                       getenv("HEADROOM_POSTGRES"), database->schema, database->schema);
    } else {
        (void)snprintf(database->folder, sizeof(database->folder), "%s/store_XXXXXX",
                       folder == NULL ? "build" : folder);
        assert_non_null(mkdtemp(database->folder));
        (void)snprintf(database->location, sizeof(database->location), "%s/" STORE_FILE,
                       database->folder);
    }
}

static inline void database_remove(struct database *database)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
    char text[LOCATION_SIZE + 16];

    if (database->postgresql) {
        (void)snprintf(text, sizeof(text),
                       "SET client_min_messages = error; DROP SCHEMA %s CASCADE", database->schema);
        assert_true(database_run(database, text));
        return;
    }
    for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
        (void)snprintf(text, sizeof(text), "%s%s", database->location, suffixes[i]);
        (void)unlink(text);
    }
    (void)rmdir(database->folder);
}

static inline struct store *database_open(const struct database *database)
{
    const struct store_options options = {.location = database->location,
                                          .busy_timeout_ms = 1000,
                                          .now = 1795000000LL * US_PER_SECOND};
    struct store_error error;
    struct store *store = NULL;

    const enum store_status status = store_open(&store, &options, &error);
    if (status != STORE_OK) {
        fail_msg("%s: %s", store_status_name(status), error.message);
    }
    return store;
}

#endif
