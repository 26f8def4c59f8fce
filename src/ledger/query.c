/* What can be asked of the ledger. */
#include "ledger/internal.h"

time_us ledger_time(const struct ledger *ledger)
{
    return ledger->time;
}

time_us ledger_next_deadline(const struct ledger *ledger)
{
    return ledger->deadlines_count == 0 ? TIME_NONE : ledger->deadlines[0].expires;
}

date_days ledger_business_date(const struct ledger *ledger)
{
    return ledger->business_date;
}

enum currency ledger_base(const struct ledger *ledger)
{
    return ledger->options.base;
}

uint64_t ledger_effects_total(const struct ledger *ledger)
{
    return ledger->effects_total;
}

uint64_t ledger_rate_e10(const struct ledger *ledger, enum currency currency)
{
    check(currency_valid(currency));
    return ledger->rates[currency];
}

void ledger_count(const struct ledger *ledger, struct ledger_counts *ret_counts)
{
    *ret_counts = (struct ledger_counts){
        .limits = ledger->limits_count,
        .limits_closed = ledger->limits_closed,
        .reservations_open = ledger->reservations_open,
        .exposures_open = ledger->exposures_open,
        .records = ledger->records_count - ledger->records_free + ledger->records_archived,
        .archived = ledger->records_archived + ledger->traces_archived,
        .unlocks = ledger->unlocks_count,
        .ids = (uint64_t)ledger->limits_count + ledger->records_count - ledger->records_free +
               ledger->records_archived + ledger->unlocks_count + ledger->traces_count -
               ledger->traces_free + ledger->traces_archived,
        .memory_bytes =
            ledger->limits_count *
                (sizeof(struct limit) + sizeof(struct limit_rest) + sizeof(uint32_t)) +
            ledger->records_count * (sizeof(struct record) + sizeof(struct record_link)) +
            ledger->unlocks_count * sizeof(struct unlock) +
            ledger->traces_count * sizeof(struct trace) +
            ledger->edges_count * sizeof(struct edge) + ledger->sums_count * sizeof(struct sum) +
            ledger->paths_used * sizeof(uint32_t) +
            (ledger->holders.count + ledger->kinds.count) * sizeof(struct name) +
            index_bytes(&ledger->ids) + index_bytes(&ledger->holders.index) +
            index_bytes(&ledger->kinds.index) + ledger->deadlines_count * sizeof(struct deadline),
    };
}

uint32_t ledger_limit_find(const struct ledger *ledger, const struct ledger_id *id)
{
    return id_find_kind(ledger, id, ID_LIMIT);
}

uint32_t ledger_record_find(const struct ledger *ledger, const struct ledger_id *id)
{
    return id_find_kind(ledger, id, ID_RECORD);
}

bool ledger_record_look(const struct ledger *ledger, const struct ledger_id *id,
                        struct ledger_record_view *ret_view)
{
    const uint64_t hash = id_hash(ledger, id);
    const uint32_t reference = id_find(ledger, id, hash);
    struct closed closed;

    if (reference != LEDGER_NONE) {
        REQUIRE(reference_kind(reference) == ID_RECORD, false);
        ledger_record_view(ledger, ret_view, reference_number(reference));
        return true;
    }
    REQUIRE(closed_find(ledger, id, hash, &closed) && closed.is_record, false);
    closed_view(ret_view, id, &closed);
    return true;
}

uint64_t ledger_record_number(const struct ledger *ledger, uint32_t record)
{
    check(record < ledger->records_count);
    return ledger->records[record].number;
}

uint32_t ledger_unlock_find(const struct ledger *ledger, const struct ledger_id *id)
{
    return id_find_kind(ledger, id, ID_UNLOCK);
}

uint32_t ledger_limits_count(const struct ledger *ledger)
{
    return ledger->limits_count;
}

const struct ledger_id *ledger_limit_id(const struct ledger *ledger, uint32_t limit)
{
    check(limit < ledger->limits_count);
    return &ledger->limits[limit].id;
}

const struct ledger_id *ledger_record_id(const struct ledger *ledger, uint32_t record)
{
    check(record < ledger->records_count);
    return &ledger->records[record].id;
}

enum currency ledger_limit_currency(const struct ledger *ledger, uint32_t limit)
{
    check(limit < ledger->limits_count);
    return (enum currency)ledger->limits[limit].currency;
}

const uint32_t *ledger_limit_path(const struct ledger *ledger, uint32_t limit, size_t *ret_count)
{
    check(limit < ledger->limits_count);
    *ret_count = ledger->limits[limit].path_count;
    return limit_path(ledger, limit);
}

uint32_t ledger_record_next(const struct ledger *ledger, uint32_t limit, uint32_t record,
                            uint64_t number)
{
    check(limit < ledger->limits_count);
    uint32_t next = ledger->limits[limit].record;

    if (record == LEDGER_NONE) {
        return next;
    }
    if (record < ledger->records_count && ledger->records[record].number == number &&
        record_open(&ledger->records[record]) && ledger->records[record].limit == limit) {
        return ledger->links[record].next;
    }
    /* It closed since: go on with the first one that is older. */
    while (next != LEDGER_NONE && ledger->records[next].number >= number) {
        next = ledger->links[next].next;
    }
    return next;
}

uint32_t ledger_holder_next(const struct ledger *ledger, struct slice holder, uint32_t limit)
{
    if (limit != LEDGER_NONE) {
        check(limit < ledger->limits_count);
        return ledger->rests[limit].holder_next;
    }
    const uint32_t name = name_find(&ledger->holders, holder);
    return name == LEDGER_NONE ? LEDGER_NONE : ledger->holders.names[name].limit;
}

uint32_t ledger_kind_next(const struct ledger *ledger, struct slice kind, uint32_t limit)
{
    if (limit != LEDGER_NONE) {
        check(limit < ledger->limits_count);
        return ledger->rests[limit].kind_next;
    }
    const uint32_t name = name_find(&ledger->kinds, kind);
    return name == LEDGER_NONE ? LEDGER_NONE : ledger->kinds.names[name].limit;
}

/* The sums of every currency, each converted and then added. */
static void figures_fill(const struct ledger *ledger, struct ledger_limit_view *view,
                         uint32_t number)
{
    const struct limit *limit = &ledger->limits[number];
    struct ledger_currency_sums sums[CURRENCY_COUNT];
    const size_t count = ledger_limit_sums(ledger, sums, CURRENCY_COUNT, number);
    const enum currency own = (enum currency)limit->currency;

    for (size_t i = 0; i < count; i++) {
        const int128 used =
            sums[i].outstanding_minor + (limit->revolving ? 0 : sums[i].repaid_minor);

        view->committed_minor =
            figure_add(view->committed_minor,
                       convert(ledger, used + sums[i].reserved_minor, sums[i].currency, own));
        view->used_minor =
            figure_add(view->used_minor, convert(ledger, used, sums[i].currency, own));
        view->outstanding_minor =
            figure_add(view->outstanding_minor,
                       convert(ledger, sums[i].outstanding_minor, sums[i].currency, own));
    }
    view->reserved_minor = view->committed_minor - view->used_minor;
    view->effective_cap_minor = limit_effective_cap(ledger, number);
    view->available_minor = view->effective_cap_minor - view->committed_minor - view->frozen_minor;
    view->over = view->committed_minor > view->effective_cap_minor;
}

void ledger_limit_view(const struct ledger *ledger, struct ledger_limit_view *ret_view,
                       uint32_t number)
{
    check(number < ledger->limits_count);
    const struct limit *limit = &ledger->limits[number];
    const struct limit_rest *rest = &ledger->rests[number];

    *ret_view = (struct ledger_limit_view){
        .id = ledger->limits[number].id,
        .holder = name_text(&ledger->holders, rest->holder),
        .kind = name_text(&ledger->kinds, rest->kind),
        .currency = (enum currency)limit->currency,
        .measure = (enum ledger_measure)limit->measure,
        .mode = (enum ledger_mode)limit->mode,
        .status = (enum ledger_limit_status)limit->status,
        .revolving = limit->revolving != 0,
        .has_raise = (limit->extras & LIMIT_HAS_RAISE) != 0,
        .tolerance_bps = rest->tolerance_bps,
        .from = limit->from,
        .until = limit->until == INT32_MAX ? DATE_NONE : limit->until,
        .due_until = limit->due_until == INT32_MAX ? DATE_NONE : limit->due_until,
        .raise_from = rest->raise_from,
        .raise_until = rest->raise_until,
        .cap_minor = limit->cap,
        .raise_minor = rest->raise,
        .frozen_minor = rest->frozen,
    };
    ret_view->parents_count = (uint8_t)parents_get(ledger, number, ret_view->parents);
    figures_fill(ledger, ret_view, number);
}

void ledger_record_view(const struct ledger *ledger, struct ledger_record_view *ret_view,
                        uint32_t number)
{
    check(number < ledger->records_count);
    const struct record *record = &ledger->records[number];

    *ret_view = (struct ledger_record_view){
        .id = record->id,
        .limit = record->limit,
        .is_reservation = record_is_reservation(record),
        .open = record_open(record),
        .currency = (enum currency)record->currency,
        .expires = record->expires,
    };
    memcpy(ret_view->made_minor, record->made, sizeof(record->made));
    memcpy(ret_view->remaining_minor, record->remaining, sizeof(record->remaining));
}

void ledger_unlock_view(const struct ledger *ledger, struct ledger_unlock_view *ret_view,
                        uint32_t number)
{
    check(number < ledger->unlocks_count);
    const struct unlock *unlock = &ledger->unlocks[number];

    *ret_view = (struct ledger_unlock_view){
        .id = unlock->id,
        .limit = unlock->limit,
        .amount_minor = unlock->amount,
        .remaining_minor = unlock->remaining,
        .until = unlock->until,
        .lifts = unlock->lifts,
    };
}

/* Room for one view of `size` bytes that holds until the next batch. */
static void *view_take(struct ledger *ledger, size_t size)
{
    void *view = ledger->views + ledger->views_count;

    ledger->views_count += (size + 15) & ~(size_t)15;
    return view;
}

static enum ledger_status get_record(struct ledger *ledger, const struct ledger_command *command,
                                     struct ledger_result *result, bool reservation)
{
    const uint32_t number = id_find_target(ledger, command, ID_RECORD);
    struct closed closed = {0};
    const bool there = number != LEDGER_NONE
                           ? record_is_reservation(&ledger->records[number]) == reservation
                           : closed_find_record(ledger, &command->target,
                                                ledger->sight->target_hash, reservation, &closed);

    REQUIRE(there, reservation ? LEDGER_RESERVATION_NOT_FOUND : LEDGER_EXPOSURE_NOT_FOUND);
    struct ledger_record_view *view = view_take(ledger, sizeof(*view));
    if (number != LEDGER_NONE) {
        ledger_record_view(ledger, view, number);
    } else {
        closed_view(view, &command->target, &closed);
    }
    result->record = view;
    return LEDGER_OK;
}

enum ledger_status apply_get(struct ledger *ledger, const struct ledger_command *command,
                             struct ledger_result *result)
{
    if ((command->fields & LEDGER_HAS(LIMIT)) != 0) {
        const uint32_t number = id_find_target(ledger, command, ID_LIMIT);
        REQUIRE(number != LEDGER_NONE, LEDGER_LIMIT_NOT_FOUND);
        struct ledger_limit_view *view = view_take(ledger, sizeof(*view));
        ledger_limit_view(ledger, view, number);
        result->limit = view;
        return LEDGER_OK;
    }
    if ((command->fields & LEDGER_HAS(UNLOCK)) != 0) {
        const uint32_t number = id_find_target(ledger, command, ID_UNLOCK);
        REQUIRE(number != LEDGER_NONE, LEDGER_UNLOCK_NOT_FOUND);
        struct ledger_unlock_view *view = view_take(ledger, sizeof(*view));
        ledger_unlock_view(ledger, view, number);
        result->unlock = view;
        return LEDGER_OK;
    }
    return get_record(ledger, command, result, (command->fields & LEDGER_HAS(RESERVATION)) != 0);
}
