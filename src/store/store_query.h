/* The queries by name. Their texts stand in sql/queries.DIALECT.sql, one file a dialect, each query
 * behind a line "-- name: NAME"; a name that is missing or unknown there fails when the program is
 * tested and when it starts. Nothing else is ever sent to a database, and values are only bound. */
#ifndef HEADROOM_STORE_QUERY_H
#define HEADROOM_STORE_QUERY_H

/* X(identifier, name, kind, types of the parameters, types of the columns)
 * Kinds: READ changes nothing; AUDIT adds an audit entry; CHANGE is let through only in a
 * transaction that adds one; PLAIN changes what needs none (the room's own bookkeeping).
 * Types: i 64-bit integer, t text, b bytes; a capital may be NULL. */
// clang-format off
#define STORE_QUERY_LIST(X) \
    X(MIGRATION_LIST, "migration_list", READ, "", "itti") \
    X(MIGRATION_ADD, "migration_add", PLAIN, "itti", "") \
    X(AUDIT_ADD, "audit_add", AUDIT, "iittttTTTbb", "") \
    X(AUDIT_HEAD, "audit_head", READ, "", "ib") \
    X(AUDIT_FROM, "audit_from", READ, "ii", "iittttTTTbb") \
    X(AUDIT_OF_SUBJECT, "audit_of_subject", READ, "tii", "iittttTTTbb") \
    X(AUDIT_OF_ACTOR, "audit_of_actor", READ, "tii", "iittttTTTbb")
// clang-format on

enum store_query {
#define X(identifier, name, kind, parameters, columns) QUERY_##identifier,
    STORE_QUERY_LIST(X)
#undef X
        STORE_QUERY_COUNT
};

enum store_query_kind {
    STORE_KIND_READ,
    STORE_KIND_AUDIT,
    STORE_KIND_CHANGE,
    STORE_KIND_PLAIN,
};

struct store_query_form {
    const char *name;
    enum store_query_kind kind;
    const char *parameters;
    const char *columns;
};

/** What stands in the list. */
const struct store_query_form *store_query_form(enum store_query query);

#endif
