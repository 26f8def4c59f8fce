/* The SQL files that are embedded in the program: queries by name, migrations by number. */
#include "base/buffer.h"
#include "store/store_internal.h"

static const struct store_query_form forms[STORE_QUERY_COUNT] = {
#define X(identifier, name, kind, parameters, columns)                                             \
    {name, STORE_KIND_##kind, parameters, columns},
    STORE_QUERY_LIST(X)
#undef X
};

const struct store_query_form *store_query_form(enum store_query query)
{
    check((unsigned)query < STORE_QUERY_COUNT);
    return &forms[query];
}

static const struct store_sql_file *file_find(const char *name)
{
    for (size_t i = 0; i < store_sql_files_count; i++) {
        if (strcmp(store_sql_files[i].name, name) == 0) {
            return &store_sql_files[i];
        }
    }
    return NULL;
}

static bool query_find(struct slice name, enum store_query *ret_query)
{
    for (size_t i = 0; i < STORE_QUERY_COUNT; i++) {
        if (slice_equal(name, slice_from_cstr(forms[i].name))) {
            *ret_query = (enum store_query)i;
            return true;
        }
    }
    return false;
}

static enum store_status query_keep(struct store *store, struct slice name, struct slice text)
{
    enum store_query query;

    if (!query_find(name, &query)) {
        return store_fail(store, STORE_FAILED, "queries.%s.sql: %.*s is not in the list of queries",
                          store->backend->dialect, (int)name.size, name.data);
    }
    if (store->queries[query] != NULL) {
        return store_fail(store, STORE_FAILED, "queries.%s.sql: %s stands there twice",
                          store->backend->dialect, forms[query].name);
    }
    const struct slice copy = arena_copy(&store->arena, slice_trim(text));
    if (copy.data == NULL) {
        return store_fail(store, STORE_NO_MEMORY, "no memory for the queries");
    }
    store->queries[query] = copy.data;
    return STORE_OK;
}

/* The text of a query reaches from behind its line of the name to the next such line. */
enum store_status store_sql_load(struct store *store)
{
    static const struct slice mark = {"-- name: ", 9};
    char file_name[64];
    struct slice name = {0};
    const char *begin = NULL;
    struct slice line;

    (void)snprintf(file_name, sizeof(file_name), "queries.%s.sql", store->backend->dialect);
    const struct store_sql_file *file = file_find(file_name);
    check(file != NULL);
    struct slice rest = slice_of(file->text, file->size);
    while (slice_split(&rest, '\n', &line)) {
        const bool end = rest.data == NULL;
        if (!end && !slice_starts_with(line, mark)) {
            continue;
        }
        if (name.size > 0) {
            const char *stop = end ? file->text + file->size : line.data;
            TRY(query_keep(store, name, slice_of(begin, (size_t)(stop - begin))));
        }
        name = slice_trim(slice_of(line.data + mark.size, end ? 0 : line.size - mark.size));
        begin = line.data + line.size;
    }
    for (size_t i = 0; i < STORE_QUERY_COUNT; i++) {
        if (store->queries[i] == NULL) {
            return store_fail(store, STORE_FAILED, "queries.%s.sql: %s is missing",
                              store->backend->dialect, forms[i].name);
        }
    }
    return STORE_OK;
}

const struct store_sql_file *store_sql_migration(const char *dialect, unsigned number)
{
    char prefix[8];
    char suffix[32];

    (void)snprintf(prefix, sizeof(prefix), "%04u_", number % 10000);
    (void)snprintf(suffix, sizeof(suffix), ".%s.sql", dialect);
    for (size_t i = 0; i < store_sql_files_count; i++) {
        const struct slice name = slice_from_cstr(store_sql_files[i].name);
        const size_t size = strlen(suffix);
        if (slice_starts_with(name, slice_from_cstr(prefix)) && name.size > size &&
            memcmp(name.data + name.size - size, suffix, size) == 0) {
            return &store_sql_files[i];
        }
    }
    return NULL;
}

unsigned store_schema_newest(void)
{
    unsigned number = 0;

    while (store_sql_migration("sqlite", number + 1) != NULL) {
        number++;
    }
    return number;
}
