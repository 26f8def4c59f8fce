#include "store/store.h"

#include <stdarg.h>

#include "os/clock.h"
#include "os/entropy.h"
#include "store/store_internal.h"

enum {
    ARENA_MAX = 1 << 20,
    BUSY_TIMEOUT_MS = 5000,
    PAUSE_FIRST_US = 500, /* before the second attempt; doubled for each further one */
};

enum store_status store_fail(struct store *store, enum store_status status, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    store->error.status = status;
    (void)vsnprintf(store->error.message, sizeof(store->error.message), format, arguments);
    va_end(arguments);
    return status;
}

/* ---- opening ---- */

bool store_is_postgresql(const char *location)
{
    const struct slice text = slice_from_cstr(location);

    return slice_starts_with(text, SLICE("postgresql://")) ||
           slice_starts_with(text, SLICE("postgres://"));
}

static enum store_status open_all(struct store *store)
{
    const struct slice location =
        arena_copy(&store->arena, slice_from_cstr(store->options.location));

    if (location.data == NULL) {
        return store_fail(store, STORE_NO_MEMORY, "no memory for its name");
    }
    store->location = location.data;
    TRY(store_sql_load(store));
    if (store->backend->make != NULL) {
        TRY(store->backend->make(store));
    }
    TRY(store->backend->open(store));
    return store_migrate(store);
}

enum store_status store_open(struct store **ret_store, const struct store_options *options,
                             struct store_error *reterr_error)
{
    struct store *store = memory_allocate(sizeof(*store));

    *reterr_error = (struct store_error){.status = STORE_NO_MEMORY, .message = "memory is short"};
    REQUIRE(store != NULL, STORE_NO_MEMORY);
    *store = (struct store){.options = *options};
    store->backend = store_is_postgresql(options->location) ? &store_postgresql : &store_sqlite;
    if (store->options.busy_timeout_ms == 0) {
        store->options.busy_timeout_ms = BUSY_TIMEOUT_MS;
    }
    arena_init(&store->arena, ARENA_MAX);
    const enum store_status status = open_all(store);
    if (status != STORE_OK) {
        *reterr_error = store->error;
        reterr_error->status = status;
        store_close(store);
        return status;
    }
    *ret_store = store;
    return STORE_OK;
}

void store_close(struct store *store)
{
    if (store != NULL) {
        store->backend->close(store);
        arena_release(&store->arena);
        memory_free(store);
    }
}

const struct store_error *store_error(const struct store *store)
{
    return &store->error;
}

const char *store_dialect(const struct store *store)
{
    return store->backend->name;
}

unsigned store_schema(const struct store *store)
{
    return store->schema;
}

enum store_status store_prove(struct store *store)
{
    check(!store->inside);
    return store->backend->prove(store);
}

/* ---- transactions ---- */

/* One attempt. `*ret_committing` tells whether the commit was sent. */
static enum store_status attempt(struct store *store, enum store_mode mode, store_work work,
                                 void *context, bool *ret_committing)
{
    *ret_committing = false;
    TRY(store->backend->begin(store, mode == STORE_READ ? STORE_BEGIN_READ : STORE_BEGIN_WRITE));
    store->inside = true;
    store->writing = mode == STORE_WRITE;
    store->changed = store->audited = store->refused = false;
    store->failed = STORE_OK;
    enum store_status status = work(store, context);
    store->inside = false;
    /* A work that goes on after a query failed would store a half of what it meant. */
    if (status == STORE_OK || store->failed == STORE_CONFLICT || store->failed == STORE_LOST) {
        status = store->failed == STORE_OK ? status : store->failed;
    }
    if (status == STORE_OK && store->refused) {
        status = STORE_REFUSED;
    }
    if (status != STORE_OK) {
        store->backend->rollback(store);
        return status;
    }
    check(!store->changed || store->audited); /* no audit, no write */
    *ret_committing = true;
    return store->backend->commit(store);
}

/* Longer with each attempt, and by chance, so that two that met do not meet again. */
static void wait_a_while(unsigned attempts)
{
    uint32_t chance;

    os_entropy_fill(&chance, sizeof(chance));
    const uint64_t bound_us = (uint64_t)PAUSE_FIRST_US << attempts;
    os_clock_sleep_ns((bound_us / 2 + chance % bound_us) * 1000);
}

/* A connection that was lost before the commit was sent has stored nothing: once it is opened again
 * and the work begun anew. */
static bool reopened(struct store *store, bool *inout_done)
{
    if (*inout_done) {
        return false;
    }
    *inout_done = true;
    store->backend->close(store);
    return store->backend->open(store) == STORE_OK;
}

/* A transaction within another: a part of it, and what is given up here is given up whole. */
static enum store_status join(struct store *store, enum store_mode mode, store_work work,
                              void *context)
{
    check(mode == STORE_READ || store->writing);
    const enum store_status status = work(store, context);
    store->refused = store->refused || (mode == STORE_WRITE && status != STORE_OK);
    return status;
}

enum store_status store_transact(struct store *store, enum store_mode mode, store_work work,
                                 void *context)
{
    bool reopened_before = false;

    if (store->inside) {
        return join(store, mode, work, context);
    }
    for (unsigned attempts = 0;; attempts++) {
        bool committing;
        if (store->broken) {
            return store_fail(store, STORE_FAILED,
                              "a sync failed before; what is stored is known after a restart only");
        }
        const enum store_status status = attempt(store, mode, work, context, &committing);
        if (status == STORE_CONFLICT && attempts + 1 < STORE_ATTEMPTS) {
            wait_a_while(attempts);
        } else if (status != STORE_LOST || !reopened(store, &reopened_before)) {
            return status;
        }
        check(!committing || status == STORE_CONFLICT);
    }
}

/* ---- queries ---- */

/* Wrong types are a mistake of the program; wrong bytes come from outside. */
static enum store_status values_judge(struct store *store, enum store_query query,
                                      const struct store_value *values)
{
    const struct store_query_form *form = store_query_form(query);

    for (size_t i = 0; form->parameters[i] != '\0'; i++) {
        const char type = form->parameters[i];
        const struct store_value *value = &values[i];
        switch (value->type) {
        case STORE_NULL:
            check(type == 'I' || type == 'T' || type == 'B');
            continue;
        case STORE_INTEGER:
            check(type == 'i' || type == 'I');
            continue;
        case STORE_TEXT:
            check(type == 't' || type == 'T');
            break;
        case STORE_BYTES:
            check(type == 'b' || type == 'B');
            break;
        }
        if (value->bytes.size > STORE_VALUE_MAX) {
            return store_fail(store, STORE_TOO_LARGE, "%s: value %zu has %zu bytes, at most %d can",
                              form->name, i + 1, value->bytes.size, STORE_VALUE_MAX);
        }
        if (value->type == STORE_TEXT && value->bytes.size > 0 &&
            (!utf8_valid(value->bytes) ||
             memchr(value->bytes.data, '\0', value->bytes.size) != NULL)) {
            return store_fail(store, STORE_BAD_VALUE, "%s: value %zu is no UTF-8 or holds a NUL",
                              form->name, i + 1);
        }
    }
    return STORE_OK;
}

static enum store_status run(struct store *store, struct store_rows *ret_rows,
                             uint64_t *ret_changed, struct arena *arena, enum store_query query,
                             const struct store_value *values)
{
    check(store->inside);
    if (store->failed != STORE_OK) {
        return store->failed;
    }
    enum store_status status = values_judge(store, query, values);
    if (status == STORE_OK) {
        status = store->backend->run(store, ret_rows, ret_changed, arena, query, values);
    }
    /* Two that number their audit entries alike have met; the one that comes later begins anew. */
    if (status == STORE_EXISTS && query == QUERY_AUDIT_ADD) {
        status = STORE_CONFLICT;
    }
    store->failed = status;
    return status;
}

enum store_status store_select(struct store *store, struct store_rows *ret_rows,
                               struct arena *arena, enum store_query query,
                               const struct store_value *values)
{
    uint64_t changed;

    check(store_query_form(query)->kind == STORE_KIND_READ);
    return run(store, ret_rows, &changed, arena, query, values);
}

enum store_status store_change(struct store *store, uint64_t *ret_changed, enum store_query query,
                               const struct store_value *values)
{
    const enum store_query_kind kind = store_query_form(query)->kind;
    uint64_t changed = 0;

    check(kind != STORE_KIND_READ && store->writing);
    TRY(run(store, NULL, &changed, NULL, query, values));
    store->changed = store->changed || kind == STORE_KIND_CHANGE;
    store->audited = store->audited || kind == STORE_KIND_AUDIT;
    if (ret_changed != NULL) {
        *ret_changed = changed;
    }
    return STORE_OK;
}
