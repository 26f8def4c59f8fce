/* The state as bytes, for snapshots: the tables as they lie in memory, behind a head that says how
 * large they are and for which build. Indexes are made anew on reading; checksums are the business
 * of whoever keeps the bytes. */
#include "base/hash.h"
#include "ledger/internal.h"

#define STATE_MAGIC 0x3430657461747348ULL /* "Hstate04" */

struct state_head {
    uint64_t magic;
    uint64_t
        layout; /* hash of what the tables mean: sizes of their rows and the list of currencies */
    time_us time;
    uint64_t effects_total;
    uint64_t rates_epoch;
    date_days business_date;
    uint32_t base;
    uint32_t limits_count, records_count, unlocks_count, traces_count, edges_count, sums_count;
    uint32_t paths_used, holders_count, kinds_count, deadlines_count, deadlines_live;
    uint32_t limits_closed, reservations_open, exposures_open;
    uint32_t edge_free, sum_free, record_free, trace_free, records_free, traces_free;
    uint64_t records_archived, traces_archived;
    struct hash_sum archived_sum;
    uint32_t path_free[LEDGER_PATH_MAX + 1];
    uint64_t rates[CURRENCY_COUNT];
};

static uint64_t layout_hash(void)
{
    static const char currencies[] =
#define X(code, numeric, digits) #code #digits
        CURRENCY_LIST(X)
#undef X
        ;
    const uint64_t sizes[] = {
        sizeof(struct limit),  sizeof(struct limit_rest), sizeof(struct record),
        sizeof(struct unlock), sizeof(struct trace),      sizeof(struct edge),
        sizeof(struct sum),    sizeof(struct name),       sizeof(struct deadline)};

    return hash64(currencies, sizeof(currencies), hash64(sizes, sizeof(sizes), 1));
}

struct part {
    void *rows;
    size_t bytes;
};

enum { PARTS_COUNT = 13 };

static void parts_list(const struct ledger *ledger, const struct state_head *head,
                       struct part parts[PARTS_COUNT])
{
    const struct part list[PARTS_COUNT] = {
        {ledger->limits, head->limits_count * sizeof(struct limit)},
        {ledger->rests, head->limits_count * sizeof(struct limit_rest)},
        {ledger->child_edges, head->limits_count * sizeof(uint32_t)},
        {ledger->records, head->records_count * sizeof(struct record)},
        {ledger->links, head->records_count * sizeof(struct record_link)},
        {ledger->unlocks, head->unlocks_count * sizeof(struct unlock)},
        {ledger->traces, head->traces_count * sizeof(struct trace)},
        {ledger->edges, head->edges_count * sizeof(struct edge)},
        {ledger->sums, head->sums_count * sizeof(struct sum)},
        {ledger->paths, head->paths_used * sizeof(uint32_t)},
        {ledger->holders.names, head->holders_count * sizeof(struct name)},
        {ledger->kinds.names, head->kinds_count * sizeof(struct name)},
        {ledger->deadlines, head->deadlines_count * sizeof(struct deadline)},
    };

    memcpy(parts, list, sizeof(list));
}

static void head_fill(struct state_head *head, const struct ledger *ledger)
{
    memset(head, 0, sizeof(*head)); /* padding included */
    head->magic = STATE_MAGIC;
    head->layout = layout_hash();
    head->time = ledger->time;
    head->effects_total = ledger->effects_total;
    head->rates_epoch = ledger->rates_epoch;
    head->business_date = ledger->business_date;
    head->base = (uint32_t)ledger->options.base;
    head->limits_count = ledger->limits_count;
    head->records_count = ledger->records_count;
    head->unlocks_count = ledger->unlocks_count;
    head->traces_count = ledger->traces_count;
    head->edges_count = ledger->edges_count;
    head->sums_count = ledger->sums_count;
    head->paths_used = ledger->paths_used;
    head->holders_count = ledger->holders.count;
    head->kinds_count = ledger->kinds.count;
    head->deadlines_count = ledger->deadlines_count;
    head->deadlines_live = ledger->deadlines_live;
    head->limits_closed = ledger->limits_closed;
    head->reservations_open = ledger->reservations_open;
    head->exposures_open = ledger->exposures_open;
    head->edge_free = ledger->edge_free;
    head->sum_free = ledger->sum_free;
    head->record_free = ledger->record_free;
    head->trace_free = ledger->trace_free;
    head->records_free = ledger->records_free;
    head->traces_free = ledger->traces_free;
    head->records_archived = ledger->records_archived;
    head->traces_archived = ledger->traces_archived;
    head->archived_sum = ledger->archived_sum;
    memcpy(head->path_free, ledger->path_free, sizeof(head->path_free));
    memcpy(head->rates, ledger->rates, sizeof(head->rates));
}

int ledger_save(const struct ledger *ledger, const struct ledger_sink *sink)
{
    struct state_head head;
    struct part parts[PARTS_COUNT];

    head_fill(&head, ledger);
    parts_list(ledger, &head, parts);
    TRY(sink->write(sink->context, &head, sizeof(head)));
    for (int i = 0; i < PARTS_COUNT; i++) {
        if (parts[i].bytes > 0) {
            TRY(sink->write(sink->context, parts[i].rows, parts[i].bytes));
        }
    }
    return 0;
}

static bool head_fits(const struct ledger *ledger, const struct state_head *head)
{
    const struct ledger_options *options = &ledger->options;

    return head->magic == STATE_MAGIC && head->layout == layout_hash() &&
           head->base == (uint32_t)options->base && head->limits_count <= options->limits_max &&
           head->records_count <= options->records_max &&
           head->unlocks_count <= options->unlocks_max &&
           head->traces_count <= options->traces_max && head->edges_count <= ledger->edges_max &&
           head->sums_count <= ledger->sums_max && head->holders_count <= ledger->holders.max &&
           head->kinds_count <= ledger->kinds.max &&
           head->paths_used <= options->limits_max * (uint64_t)LEDGER_PATH_MAX &&
           head->deadlines_count <= 2 * (uint64_t)options->records_max + 2048;
}

static void head_take(struct ledger *ledger, const struct state_head *head)
{
    ledger->time = head->time;
    ledger->effects_total = head->effects_total;
    ledger->rates_epoch = head->rates_epoch;
    ledger->business_date = head->business_date;
    ledger->limits_count = head->limits_count;
    ledger->records_count = head->records_count;
    ledger->unlocks_count = head->unlocks_count;
    ledger->traces_count = head->traces_count;
    ledger->edges_count = head->edges_count;
    ledger->sums_count = head->sums_count;
    ledger->paths_used = head->paths_used;
    ledger->deadlines_count = head->deadlines_count;
    ledger->deadlines_live = head->deadlines_live;
    ledger->limits_closed = head->limits_closed;
    ledger->reservations_open = head->reservations_open;
    ledger->exposures_open = head->exposures_open;
    ledger->edge_free = head->edge_free;
    ledger->sum_free = head->sum_free;
    ledger->record_free = head->record_free;
    ledger->trace_free = head->trace_free;
    ledger->records_free = head->records_free;
    ledger->traces_free = head->traces_free;
    ledger->records_archived = head->records_archived;
    ledger->traces_archived = head->traces_archived;
    ledger->archived_sum = head->archived_sum;
    memcpy(ledger->path_free, head->path_free, sizeof(head->path_free));
    memcpy(ledger->rates, head->rates, sizeof(head->rates));
}

/* Rows whose index entry is asked for ahead of its turn. */
enum { INDEX_AHEAD = 16 };

static void ids_index(struct ledger *ledger, unsigned kind, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (i + INDEX_AHEAD < count) {
            const struct ledger_id *ahead = id_of(ledger, kind << 30 | (i + INDEX_AHEAD));
            index_prefetch(&ledger->ids, id_hash(ledger, ahead));
        }
        if (!place_free(ledger, kind, i)) {
            id_insert(ledger, id_hash(ledger, id_of(ledger, kind << 30 | i)), kind, i);
        }
    }
}

static void names_index(struct names *names, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct slice text = name_text(names, i);

        index_insert(&names->index, hash64(text.data, text.size, names->hash_seed), i);
    }
    names->count = count;
}

/* Tells the source of the tables and of the index of ids. */
static void coming_tell(const struct ledger *ledger, const struct ledger_source *source,
                        const struct part parts[PARTS_COUNT], const struct state_head *head)
{
    struct ledger_ahead coming[PARTS_COUNT + 1];

    _Static_assert(PARTS_COUNT + 1 <= LEDGER_COMING_MAX, "room for every part");
    for (int i = 0; i < PARTS_COUNT; i++) {
        coming[i] = (struct ledger_ahead){parts[i].rows, parts[i].bytes};
    }
    coming[PARTS_COUNT].bytes = index_space(&ledger->ids,
                                            (uint64_t)head->limits_count + head->records_count +
                                                head->unlocks_count + head->traces_count,
                                            &coming[PARTS_COUNT].from);
    if (source->coming != NULL) {
        source->coming(source->context, coming, PARTS_COUNT + 1);
    }
}

int ledger_load(struct ledger *ledger, const struct ledger_source *source)
{
    struct state_head head;
    struct part parts[PARTS_COUNT];

    check(ledger->limits_count == 0 && ledger->effects_total == 0);
    TRY(source->read(source->context, &head, sizeof(head)));
    REQUIRE(head_fits(ledger, &head), -1);
    parts_list(ledger, &head, parts);
    coming_tell(ledger, source, parts, &head);
    for (int i = 0; i < PARTS_COUNT; i++) {
        if (parts[i].bytes > 0) {
            TRY(source->read(source->context, parts[i].rows, parts[i].bytes));
        }
    }
    head_take(ledger, &head);
    names_index(&ledger->holders, head.holders_count);
    names_index(&ledger->kinds, head.kinds_count);
    ids_index(ledger, ID_LIMIT, head.limits_count);
    ids_index(ledger, ID_RECORD, head.records_count);
    ids_index(ledger, ID_UNLOCK, head.unlocks_count);
    ids_index(ledger, ID_TRACE, head.traces_count);
    return 0;
}
