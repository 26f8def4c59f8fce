/* The schema, from what is there to what this program knows. Each migration is a file a dialect,
 * applied once, in a transaction of its own, and noted with its name and the SHA-256 of its text: a
 * file that is changed after its release is found at the next start, not by its consequences. */
#include "base/hash.h"
#include "store/store_internal.h"

enum { HEX_SIZE = 2 * SHA256_SIZE };

struct migrate {
    unsigned number; /* to apply; 0: only look */
    const struct store_sql_file *file;
    unsigned applied; /* what was found */
};

/* "0001_audit.sqlite.sql" -> "audit". */
static struct slice migration_name(const struct store_sql_file *file)
{
    struct slice rest = slice_from_cstr(file->name);
    struct slice name;

    (void)slice_split(&rest, '_', &name);
    (void)slice_split(&rest, '.', &name);
    return name;
}

static void migration_checksum(const struct store_sql_file *file, char ret_text[HEX_SIZE])
{
    uint8_t digest[SHA256_SIZE];

    sha256_of(slice_of(file->text, file->size), digest);
    hex_write(ret_text, digest, SHA256_SIZE);
}

/* The rows are this program's migrations from the first, without a gap, each as it was applied. */
static enum store_status applied_judge(struct store *store, const struct store_rows *rows)
{
    char checksum[HEX_SIZE];

    for (size_t i = 0; i < rows->count; i++) {
        const struct store_value *row = store_row(rows, i);
        const struct store_sql_file *file =
            store_sql_migration(store->backend->dialect, (unsigned)i + 1);
        if (row[0].number != (int64_t)i + 1) {
            return store_fail(store, STORE_DAMAGED, "migration %zu is missing in schema_migration",
                              i + 1);
        }
        if (file == NULL) {
            return store_fail(store, STORE_TOO_NEW,
                              "its schema is %zu, this program knows %u: use the newer program",
                              rows->count, store_schema_newest());
        }
        migration_checksum(file, checksum);
        if (!slice_equal(row[2].bytes, slice_of(checksum, HEX_SIZE))) {
            return store_fail(store, STORE_DAMAGED,
                              "migration %s was applied with another text than this program's",
                              file->name);
        }
    }
    return STORE_OK;
}

static enum store_status look(struct store *store, struct migrate *migrate)
{
    struct store_rows rows;
    struct arena arena;

    arena_init(&arena, 1 << 20);
    enum store_status status = store_select(store, &rows, &arena, QUERY_MIGRATION_LIST, NULL);
    if (status == STORE_OK) {
        migrate->applied = (unsigned)rows.count;
        status = applied_judge(store, &rows);
    }
    arena_release(&arena);
    return status;
}

static enum store_status step(struct store *store, void *context)
{
    struct migrate *migrate = context;
    char checksum[HEX_SIZE];

    TRY(look(store, migrate));
    if (migrate->number != migrate->applied + 1) {
        return STORE_OK; /* another process was first, or there is nothing to do */
    }
    check(migrate->file != NULL);
    migration_checksum(migrate->file, checksum);
    TRY(store->backend->script(store, migrate->file->text));
    const struct store_value values[] = {
        store_integer(migrate->number),
        store_text(migration_name(migrate->file)),
        store_text(slice_of(checksum, HEX_SIZE)),
        store_integer(store->options.now),
    };
    TRY(store_change(store, NULL, QUERY_MIGRATION_ADD, values));
    migrate->applied = migrate->number;
    return STORE_OK;
}

static enum store_status step_run(struct store *store, struct migrate *migrate)
{
    TRY(store->backend->begin(store, STORE_BEGIN_MIGRATE));
    store->inside = store->writing = true;
    store->failed = STORE_OK;
    enum store_status status =
        store->backend->script(store, "CREATE TABLE IF NOT EXISTS schema_migration ("
                                      " number BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL,"
                                      " checksum TEXT NOT NULL, applied BIGINT NOT NULL)");
    status = status == STORE_OK ? step(store, migrate) : status;
    store->inside = false;
    if (status == STORE_OK) {
        return store->backend->commit(store);
    }
    store->backend->rollback(store);
    return status;
}

static enum store_status look_only(struct store *store, void *context)
{
    struct migrate *migrate = context;

    TRY(look(store, migrate));
    if (migrate->applied < store_schema_newest()) {
        return store_fail(store, STORE_FORBIDDEN,
                          "its schema is %u, this program's is %u: start headroom serve once",
                          migrate->applied, store_schema_newest());
    }
    return STORE_OK;
}

enum store_status store_migrate(struct store *store)
{
    const unsigned newest = store_schema_newest();
    const unsigned wanted =
        store->options.migrations_max == 0 ? newest : store->options.migrations_max;
    struct migrate migrate = {0};

    if (store->options.read_only) {
        TRY(store_transact(store, STORE_READ, look_only, &migrate));
        store->schema = migrate.applied;
        return STORE_OK;
    }
    TRY(step_run(store, &migrate));
    while (migrate.applied < wanted) {
        migrate.number = migrate.applied + 1;
        migrate.file = store_sql_migration(store->backend->dialect, migrate.number);
        check(migrate.file != NULL);
        TRY(step_run(store, &migrate));
    }
    store->schema = migrate.applied;
    return STORE_OK;
}
