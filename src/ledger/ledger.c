/* The life of a ledger: its tables lie in address space reserved at the start. */
#include "ledger/ledger.h"

#include "base/arena.h"
#include "ledger/internal.h"
#include "os/pages.h"

/* Detail that one command can leave: reasons of both passes, limits that are over, one view. */
enum {
    REFUSALS_PER_COMMAND = 2 * LEDGER_PATH_MAX,
    VIEW_BYTES_MAX = 512,
    UNDOS_PER_COMMAND = 16,
    EDGES_PER_LIMIT = 8,
    SUMS_PER_LIMIT = 8,
    ID_SHARDS = 1024,
};

_Static_assert(sizeof(struct ledger_limit_view) <= VIEW_BYTES_MAX, "a view fits its room");

void ledger_options_init(struct ledger_options *options)
{
    *options = (struct ledger_options){
        .base = CURRENCY_CNY,
        .limits_max = 1U << 24,
        .records_max = 1U << 27,
        .traces_max = 1U << 28,
        .unlocks_max = 1U << 24,
        .commands_max = 8192,
    };
}

struct table {
    void **place;
    size_t bytes;
    bool huge; /* large, and read at random */
};

enum { TABLES_COUNT = 18 };

static void tables_list(struct ledger *ledger, struct table tables[TABLES_COUNT])
{
    const struct ledger_options *options = &ledger->options;
    const size_t limits = options->limits_max;
    const size_t records = options->records_max;
    const size_t commands = options->commands_max;
    const struct table list[TABLES_COUNT] = {
        {(void **)&ledger->limits, limits * sizeof(struct limit), true},
        {(void **)&ledger->rests, limits * sizeof(struct limit_rest), true},
        {(void **)&ledger->child_edges, limits * sizeof(uint32_t), false},
        {(void **)&ledger->records, records * sizeof(struct record), true},
        {(void **)&ledger->links, records * sizeof(struct record_link), true},
        {(void **)&ledger->unlocks, options->unlocks_max * sizeof(struct unlock), false},
        {(void **)&ledger->traces, options->traces_max * sizeof(struct trace), true},
        {(void **)&ledger->edges, ledger->edges_max * sizeof(struct edge), false},
        {(void **)&ledger->sums, ledger->sums_max * sizeof(struct sum), false},
        {(void **)&ledger->paths, limits * LEDGER_PATH_MAX * sizeof(uint32_t), true},
        {(void **)&ledger->deadlines, (2 * records + 2048) * sizeof(struct deadline), false},
        {(void **)&ledger->effects, ledger->effects_max * sizeof(struct ledger_effect), false},
        {(void **)&ledger->refusals,
         commands * REFUSALS_PER_COMMAND * sizeof(struct ledger_refusal), false},
        {(void **)&ledger->overs, commands * LEDGER_PATH_MAX * sizeof(uint32_t), false},
        {(void **)&ledger->views, commands * VIEW_BYTES_MAX, false},
        {(void **)&ledger->undos, ledger->undos_max * sizeof(struct undo), false},
        {(void **)&ledger->subtree, limits * sizeof(uint32_t), false},
        {(void **)&ledger->marks, limits / 8 + 8, false},
    };

    memcpy(tables, list, sizeof(list));
}

static bool tables_reserve(struct ledger *ledger)
{
    const struct ledger_options *options = &ledger->options;
    const uint64_t ids = (uint64_t)options->limits_max + options->records_max +
                         options->unlocks_max + options->traces_max;
    struct table tables[TABLES_COUNT];

    ledger->edges_max = options->limits_max * EDGES_PER_LIMIT;
    ledger->sums_max = options->limits_max * SUMS_PER_LIMIT;
    ledger->effects_max = (size_t)options->commands_max + options->records_max;
    ledger->undos_max =
        (size_t)options->commands_max * UNDOS_PER_COMMAND + 2 * (size_t)options->records_max;
    tables_list(ledger, tables);
    for (int i = 0; i < TABLES_COUNT; i++) {
        *tables[i].place = os_pages_reserve(tables[i].bytes, tables[i].huge);
        if (*tables[i].place == NULL) {
            return false;
        }
    }
    return index_open(&ledger->ids, ids, ID_SHARDS, true) &&
           names_open(&ledger->holders, options->limits_max, options->hash_seed) &&
           names_open(&ledger->kinds, options->limits_max, options->hash_seed);
}

struct ledger *ledger_open(const struct ledger_options *options)
{
    struct ledger *ledger = memory_allocate(sizeof(*ledger));

    check(currency_valid(options->base));
    check(options->limits_max > 0 && options->limits_max <= 1U << 28);
    check(options->records_max < 1U << 30 && options->traces_max < 1U << 30);
    check(options->unlocks_max < 1U << 30 && options->commands_max > 0);
    if (ledger == NULL) {
        return NULL;
    }
    *ledger = (struct ledger){
        .options = *options,
        .rates_epoch = 1,
        .edge_free = LEDGER_NONE,
        .sum_free = LEDGER_NONE,
        .record_free = LEDGER_NONE,
        .trace_free = LEDGER_NONE,
    };
    ledger->rates[options->base] = LEDGER_RATE_ONE;
    for (int i = 0; i <= LEDGER_PATH_MAX; i++) {
        ledger->path_free[i] = LEDGER_NONE;
    }
    if (!tables_reserve(ledger)) {
        ledger_free(ledger);
        return NULL;
    }
    return ledger;
}

void ledger_free(struct ledger *ledger)
{
    struct table tables[TABLES_COUNT];

    if (ledger == NULL) {
        return;
    }
    tables_list(ledger, tables);
    for (int i = 0; i < TABLES_COUNT; i++) {
        os_pages_release(*tables[i].place, tables[i].bytes);
    }
    if (ledger->ids.shards != NULL) {
        index_release(&ledger->ids);
    }
    names_release(&ledger->holders);
    names_release(&ledger->kinds);
    memory_free(ledger);
}

bool ledger_has_room(const struct ledger *ledger, size_t count)
{
    const struct ledger_options *options = &ledger->options;

    return count <= options->limits_max - ledger->limits_count &&
           count <= options->records_max - ledger->records_count + ledger->records_free &&
           count <= options->traces_max - ledger->traces_count + ledger->traces_free &&
           count <= options->unlocks_max - ledger->unlocks_count &&
           count * LEDGER_PARENTS_MAX <= ledger->edges_max - ledger->edges_count &&
           count * LEDGER_PATH_MAX <= ledger->sums_max - ledger->sums_count &&
           (size_t)ledger->paths_used + count * LEDGER_PATH_MAX <=
               (size_t)options->limits_max * LEDGER_PATH_MAX;
}

void ledger_warm(const struct ledger *ledger, uint64_t limits, uint64_t records)
{
    limits = limits < ledger->options.limits_max ? limits : ledger->options.limits_max;
    records = records < ledger->options.records_max ? records : ledger->options.records_max;
    os_pages_populate(ledger->limits, limits * sizeof(struct limit));
    os_pages_populate(ledger->rests, limits * sizeof(struct limit_rest));
    os_pages_populate(ledger->records, records * sizeof(struct record));
    os_pages_populate(ledger->links, records * sizeof(struct record_link));
    index_warm(&ledger->ids, limits + records);
    os_pages_populate(ledger->effects, ledger->options.commands_max * sizeof(struct ledger_effect));
}

void ledger_growth(const struct ledger *ledger, struct ledger_growth *ret_growth)
{
    *ret_growth = (struct ledger_growth){ledger->records_count, ledger->traces_count};
}

static struct ledger_ahead rows_ahead(void *table, size_t row, uint64_t used, uint64_t max,
                                      uint64_t wanted)
{
    const uint64_t rows = wanted < max - used ? wanted : max - used;

    return (struct ledger_ahead){(char *)table + used * row, rows * row};
}

void ledger_ahead(const struct ledger *ledger, struct ledger_ahead ret_parts[LEDGER_AHEAD_COUNT],
                  uint64_t records, uint64_t traces)
{
    const struct ledger_options *options = &ledger->options;

    ret_parts[0] = rows_ahead(ledger->records, sizeof(struct record), ledger->records_count,
                              options->records_max, records);
    ret_parts[1] = rows_ahead(ledger->links, sizeof(struct record_link), ledger->records_count,
                              options->records_max, records);
    ret_parts[2] = rows_ahead(ledger->traces, sizeof(struct trace), ledger->traces_count,
                              options->traces_max, traces);
    ret_parts[3] = (struct ledger_ahead){0};
    ret_parts[3].bytes = index_ahead(&ledger->ids, &ret_parts[3].from);
}

static size_t limits_bytes(const struct ledger *ledger)
{
    return ledger->limits_count * sizeof(struct limit);
}

size_t ledger_fork_bytes(const struct ledger *ledger)
{
    return limits_bytes(ledger) + ledger->records_count * sizeof(struct record_link);
}

static void hot_inherit(struct ledger *ledger, bool inherit)
{
    const struct ledger_options *options = &ledger->options;

    os_pages_inherit(ledger->limits, options->limits_max * sizeof(struct limit), inherit);
    os_pages_inherit(ledger->links, options->records_max * sizeof(struct record_link), inherit);
    os_pages_inherit(ledger->effects, ledger->effects_max * sizeof(struct ledger_effect), inherit);
    os_pages_inherit(ledger->ids.space, ledger->ids.space_bytes, inherit);
}

void ledger_fork_begin(struct ledger *ledger, void *copy)
{
    const size_t limits = limits_bytes(ledger);

    memcpy(copy, ledger->limits, limits);
    memcpy((char *)copy + limits, ledger->links, ledger_fork_bytes(ledger) - limits);
    hot_inherit(ledger, false);
}

void ledger_fork_end(struct ledger *ledger)
{
    hot_inherit(ledger, true);
}

void ledger_fork_child(struct ledger *ledger, void *copy)
{
    ledger->limits = copy;
    ledger->links = (void *)((char *)copy + limits_bytes(ledger));
}
