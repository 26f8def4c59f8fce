/* A database of its own for a test: an SQLite file, or a database on the private PostgreSQL server
 * that tools/runtests names in HEADROOM_POSTGRES. Where there is none the test is skipped. On
 * PostgreSQL the tables are made once a program and copied: to make them costs ten times as much.
 */
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
    char name[64];    /* of the database on PostgreSQL */
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

static inline struct store *database_open(const struct database *database);

/* An empty database, or a copy of another on PostgreSQL. */
static inline void postgresql_make(struct database *database, const char *copied)
{
    static unsigned number;
    char sql[256];

    *database = (struct database){.postgresql = true};
    (void)snprintf(database->name, sizeof(database->name), "t%d_%u", (int)getpid(), ++number);
    (void)snprintf(sql, sizeof(sql), "CREATE DATABASE %s TEMPLATE %s STRATEGY FILE_COPY",
                   database->name, copied);
    assert_true(database_run(database, sql));
    (void)snprintf(database->location, sizeof(database->location),
                   "%s&dbname=%s&application_name=%s", getenv("HEADROOM_POSTGRES"), database->name,
                   database->name);
}

/* A database without a table. */
static inline void database_make_empty(struct database *database, bool postgresql)
{
    const char *folder = getenv("TMPDIR");

    if (postgresql) {
        postgresql_make(database, "template1");
        return;
    }
    *database = (struct database){.postgresql = false};
    (void)snprintf(database->folder, sizeof(database->folder), "%s/store_XXXXXX",
                   folder == NULL ? "build" : folder);
    assert_non_null(mkdtemp(database->folder));
    (void)snprintf(database->location, sizeof(database->location), "%s/" STORE_FILE,
                   database->folder);
}

/* The one that is copied; it goes with the server. */
static inline const char *postgresql_whole(void)
{
    static struct database whole;

    if (whole.name[0] == '\0') {
        postgresql_make(&whole, "template1");
        store_close(database_open(&whole));
    }
    return whole.name;
}

/* A database for `database_open`; on PostgreSQL with its tables already. */
static inline void database_make(struct database *database, bool postgresql)
{
    if (postgresql) {
        postgresql_make(database, postgresql_whole());
    } else {
        database_make_empty(database, false);
    }
}

static inline void database_remove(struct database *database)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
    char text[LOCATION_SIZE + 16];

    if (database->postgresql) {
        database->location[0] = '\0'; /* nobody drops the database they are in */
        (void)snprintf(text, sizeof(text), "DROP DATABASE %s WITH (FORCE)", database->name);
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
