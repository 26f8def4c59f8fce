#include "cli/serve_store.h"

#include "audit/event.h"
#include "base/arena.h"
#include "os/clock.h"

enum { JOBS_MAX = 1000 };

int cli_store_fail(struct cli *cli, const char *location, enum store_status status,
                   const struct store_error *error)
{
    const struct slice text = store_status_text(status, cli->chinese);
    /* What stands behind '?' or before '@' of an address may be a secret. */
    const bool url = strstr(location, "://") != NULL;

    return cli_fail(cli, CLI_SYSTEM, "%s: %.*s: %s", "%s：%.*s：%s", url ? "--store" : location,
                    (int)text.size, text.data, error->message);
}

int serve_store_judge(struct cli *cli, const struct cli_arguments *arguments)
{
    const char *option = cli_option_value(arguments, "store");

    return option == NULL || store_is_postgresql(option)
               ? CLI_DONE
               : cli_fail(cli, CLI_USAGE,
                          "--store: '%s' is no address such as postgresql://user@host/database; "
                          "without --store the database is a file in the data directory",
                          "--store：“%s”不是 postgresql://user@host/database 形式的地址；"
                          "不用 --store 时，数据库为数据目录中的文件",
                          option);
}

bool serve_store_location(struct buffer *ret_location, const char *directory, const char *option)
{
    if (option != NULL) {
        buffer_append_cstr(ret_location, option);
    } else {
        buffer_printf(ret_location, "%s/" STORE_FILE, directory);
    }
    buffer_append_byte(ret_location, '\0');
    return !buffer_failed(ret_location);
}

/* ---- what is recorded ---- */

static enum store_status entry_work(struct store *store, void *context)
{
    return trail_add(store, context);
}

static enum store_status event_record(struct serve_store *serve, struct slice action)
{
    char after[128];
    struct trail_entry entry = {.at = os_clock_realtime_us(),
                                .actor = SLICE("system"),
                                .action = action,
                                .subject = SLICE("server")};

    (void)snprintf(after, sizeof(after), "{\"version\":\"%s\",\"database\":\"%s\",\"schema\":%u}",
                   HEADROOM_VERSION, store_dialect(serve->store), store_schema(serve->store));
    entry.after = slice_from_cstr(after);
    return store_transact(serve->store, STORE_WRITE, entry_work, &entry);
}

/* ---- the deposit ---- */

static enum store_status head_work(struct store *store, void *context)
{
    return trail_head_read(store, context);
}

static void deposit(struct serve_store *serve)
{
    if (serve->head.number != serve->deposited.number &&
        auth_deposit(serve->auth, &serve->head, os_clock_realtime_us()) == AUTH_OK) {
        serve->deposited = serve->head;
    }
}

static void head_run(struct jobs_item *job)
{
    struct serve_store *serve =
        (struct serve_store *)(void *)((char *)job - offsetof(struct serve_store, job));

    serve->read_status = store_transact(serve->store, STORE_READ, head_work, &serve->head);
}

static void head_done(struct jobs_item *job)
{
    struct serve_store *serve =
        (struct serve_store *)(void *)((char *)job - offsetof(struct serve_store, job));

    serve->reading = false;
    if (serve->read_status == STORE_OK) {
        deposit(serve);
    }
}

void serve_store_tick(struct serve_store *serve)
{
    if (!serve->reading) {
        serve->job = (struct jobs_item){.run = head_run, .done = head_done};
        serve->reading = jobs_submit(serve->jobs, &serve->job) == OS_OK;
    }
}

/* ---- start and end ---- */

struct compare {
    struct trail_head deposited;
    bool same;
};

static enum store_status compare_work(struct store *store, void *context)
{
    struct compare *compare = context;
    const struct trail_filter filter = {.after = compare->deposited.number - 1, .count = 1};
    struct trail_entry *entries;
    struct arena arena;
    size_t count;

    arena_init(&arena, 4UL * TRAIL_VALUE_MAX);
    const enum store_status status = trail_read(store, &entries, &count, &arena, &filter);
    compare->same = status == STORE_OK && count == 1 &&
                    entries[0].number == compare->deposited.number &&
                    memcmp(entries[0].hash, compare->deposited.hash, SHA256_SIZE) == 0;
    arena_release(&arena);
    return status;
}

/* A database that was rolled back or exchanged behind the program's back is not gone on with. */
static int trail_compare(struct serve_store *serve, const char *location)
{
    struct compare compare = {.deposited = *auth_deposited(serve->auth)};

    if (compare.deposited.number == 0) {
        return CLI_DONE;
    }
    const enum store_status status =
        store_transact(serve->store, STORE_READ, compare_work, &compare);
    if (status != STORE_OK) {
        return cli_store_fail(serve->cli, location, status, store_error(serve->store));
    }
    if (!compare.same) {
        const struct store_error error = {
            .message = "entry of the audit trail that " AUDIT_FILE
                       " names is not there: the database was rolled back or exchanged; restore "
                       "database and data directory together"};
        return cli_store_fail(serve->cli, location, STORE_DAMAGED, &error);
    }
    return CLI_DONE;
}

static enum store_status step_head_work(struct store *store, void *context)
{
    int64_t number;

    return event_head(store, &number, context);
}

int serve_store_ledger(struct cli *cli, struct store *store, const char *location, uint64_t stood)
{
    int64_t named = 0;
    struct store_error error = {.status = STORE_DAMAGED};

    const enum store_status status = store_transact(store, STORE_READ, step_head_work, &named);
    if (status != STORE_OK) {
        return cli_store_fail(cli, location, status, store_error(store));
    }
    if ((uint64_t)named > stood) {
        (void)snprintf(error.message, sizeof(error.message),
                       "the database has taken answers up to event %lld, and the ledger stands at "
                       "%llu: the data directory is older than the database; restore both together",
                       (long long)named, (unsigned long long)stood);
        return cli_store_fail(cli, location, STORE_DAMAGED, &error);
    }
    return CLI_DONE;
}

int serve_store_start(struct serve_store *serve, struct cli *cli, const char *location,
                      struct reactor *reactor, struct auth *auth)
{
    const struct store_options options = {.location = location, .now = os_clock_realtime_us()};
    struct store_error error;

    serve->cli = cli;
    serve->auth = auth;
    enum store_status status = store_open(&serve->store, &options, &error);
    if (status != STORE_OK) {
        return cli_store_fail(cli, location, status, &error);
    }
    int compared = serve_store_ledger(cli, serve->store, location, serve->stood);
    compared = compared == CLI_DONE ? trail_compare(serve, location) : compared;
    if (compared != CLI_DONE) {
        store_close(serve->store);
        serve->store = NULL;
        return compared;
    }
    status = event_record(serve, SLICE("server.start"));
    status = status == STORE_OK ? store_transact(serve->store, STORE_READ, head_work, &serve->head)
                                : status;
    if (status != STORE_OK) {
        return cli_store_fail(cli, location, status, store_error(serve->store));
    }
    deposit(serve);
    return jobs_open(&serve->jobs, reactor, JOBS_MAX) == OS_OK ? CLI_DONE : cli_fail_memory(cli);
}

void serve_store_stop(struct serve_store *serve)
{
    jobs_close(serve->jobs);
    if (serve->store != NULL) {
        if (serve->jobs != NULL && event_record(serve, SLICE("server.stop")) == STORE_OK &&
            store_transact(serve->store, STORE_READ, head_work, &serve->head) == STORE_OK) {
            deposit(serve);
        }
        store_close(serve->store);
    }
    *serve = (struct serve_store){0};
}
