#include "audit.h"

/* A bank over two groups over six lines; a portfolio across them, so that one line is reached by
 * two ways; every control strength, a tolerance, a line that does not revolve. */
const struct audit_shape audit_shapes[AUDIT_LIMITS] = {
    {{-1, -1, -1}, 900000, MODE_HARD, true, 0}, {{0, -1, -1}, 400000, MODE_HARD, true, 0},
    {{0, -1, -1}, 500000, MODE_SOFT, true, 0},  {{-1, -1, -1}, 300000, MODE_HARD, true, 250},
    {{1, -1, -1}, 150000, MODE_HARD, true, 0},  {{1, 3, -1}, 150000, MODE_HARD, true, 1000},
    {{2, 3, -1}, 200000, MODE_HARD, false, 0},  {{2, -1, -1}, 100000, MODE_OFF, true, 0},
    {{2, 1, -1}, 120000, MODE_SOFT, true, 0},   {{4, -1, -1}, 60000, MODE_HARD, true, 0},
    {{4, 3, -1}, 80000, MODE_HARD, false, 50},  {{6, -1, -1}, 90000, MODE_HARD, true, 0},
};

void audit_init(struct audit *audit, struct audit_event *events)
{
    memset(audit, 0, sizeof(*audit));
    audit->events = events;
}

void audit_copy(struct audit *to, const struct audit *from)
{
    const uint32_t used =
        from->entries_used > to->entries_used ? from->entries_used : to->entries_used;

    to->time = from->time;
    memcpy(to->limits, from->limits, sizeof(from->limits));
    memcpy(to->entries, from->entries, used * sizeof(from->entries[0]));
    memcpy(to->expiring, from->expiring, from->expiring_count * sizeof(from->expiring[0]));
    to->expiring_count = from->expiring_count;
    to->entries_used = from->entries_used;
    to->events_count = from->events_count;
    to->events = from->events;
}

/* A path: the limit and all its ancestors, each once, in depth-first preorder. */
static unsigned path_add(int *path, unsigned count, int limit)
{
    for (unsigned i = 0; i < count; i++) {
        if (path[i] == limit) {
            return count;
        }
    }
    path[count++] = limit;
    for (const int *parent = audit_shapes[limit].parents; *parent >= 0; parent++) {
        count = path_add(path, count, *parent);
    }
    check(count <= AUDIT_PATH_MAX);
    return count;
}

static int64_t committed(const struct audit *audit, int number)
{
    const struct audit_limit *limit = &audit->limits[number];

    return limit->outstanding + limit->reserved +
           (audit_shapes[number].revolving ? 0 : limit->repaid);
}

static int64_t tolerance(const struct audit *audit, int number)
{
    return audit->limits[number].cap * audit_shapes[number].tolerance_bps / 10000;
}

enum sum { OUTSTANDING, RESERVED, REPAID };

static void post(struct audit *audit, int limit, enum sum sum, int64_t amount)
{
    int path[AUDIT_PATH_MAX];
    const unsigned count = path_add(path, 0, limit);

    for (unsigned i = 0; i < count; i++) {
        struct audit_limit *at = &audit->limits[path[i]];

        *(sum == OUTSTANDING ? &at->outstanding
          : sum == RESERVED  ? &at->reserved
                             : &at->repaid) += amount;
    }
}

static void event(struct audit *audit, uint8_t op, uint32_t number, int64_t amount)
{
    check(audit->events_count < 2 * AUDIT_ORDERS_MAX);
    audit->events[audit->events_count++] = (struct audit_event){op, number, audit->time, amount};
}

static void over_list(const struct audit *audit, struct audit_answer *answer, int limit)
{
    int path[AUDIT_PATH_MAX];
    const unsigned count = path_add(path, 0, limit);

    for (unsigned i = 0; i < count; i++) {
        if (audit_shapes[path[i]].mode != MODE_OFF &&
            committed(audit, path[i]) > audit->limits[path[i]].cap) {
            answer->over_limits[answer->over++] = path[i];
        }
    }
}

/* ---- time ---- */

static void expiring_drop(struct audit *audit, uint32_t number)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < audit->expiring_count; i++) {
        if (audit->expiring[i] != number) {
            audit->expiring[kept++] = audit->expiring[i];
        }
    }
    audit->expiring_count = kept;
}

void audit_pass_time(struct audit *audit, time_us at)
{
    audit->time = at > audit->time ? at : audit->time;
    for (;;) {
        uint32_t due = AUDIT_ORDERS_MAX;

        /* Of those that are due the earliest; of equal ones the one made first stands first. */
        for (uint32_t i = 0; i < audit->expiring_count; i++) {
            const uint32_t number = audit->expiring[i];

            if (audit->entries[number].expires <= audit->time &&
                (due == AUDIT_ORDERS_MAX ||
                 audit->entries[number].expires < audit->entries[due].expires)) {
                due = number;
            }
        }
        if (due == AUDIT_ORDERS_MAX) {
            return;
        }
        struct audit_entry *entry = &audit->entries[due];
        post(audit, entry->limit, RESERVED, -entry->remaining);
        event(audit, LEDGER_OP_EXPIRE, due, entry->remaining);
        entry->remaining = 0;
        expiring_drop(audit, due);
    }
}

/* ---- orders, each in the order of ledger.md, "Results" ---- */

static enum ledger_status judge_path(const struct audit *audit, struct audit_answer *answer,
                                     int limit, int64_t amount)
{
    int path[AUDIT_PATH_MAX];
    const unsigned count = path_add(path, 0, limit);

    for (unsigned i = 0; i < count; i++) {
        const struct audit_limit *at = &audit->limits[path[i]];

        if (at->closed || at->frozen_whole) {
            answer->refusal_limits[answer->refusals] = path[i];
            answer->refusal_reasons[answer->refusals++] =
                at->closed ? LEDGER_LIMIT_CLOSED : LEDGER_LIMIT_FROZEN;
        }
    }
    for (unsigned i = 0; i < count; i++) {
        const struct audit_limit *at = &audit->limits[path[i]];
        const int64_t free =
            at->cap + tolerance(audit, path[i]) - committed(audit, path[i]) - at->frozen;

        if (audit_shapes[path[i]].mode == MODE_HARD && amount > free) {
            answer->refusal_limits[answer->refusals] = path[i];
            answer->available_minor[answer->refusals] = free;
            answer->refusal_reasons[answer->refusals++] = LEDGER_LIMIT_EXCEEDED;
        }
    }
    answer->required_minor = amount;
    return answer->refusals > 0 ? LEDGER_REFUSED : LEDGER_OK;
}

static struct audit_entry *remember(struct audit *audit, const struct audit_order *order, int limit)
{
    struct audit_entry *entry = &audit->entries[order->number];

    *entry = (struct audit_entry){
        .applied = true, .foreign = order->foreign, .limit = (uint8_t)limit, .expires = TIME_NONE};
    if (order->number >= audit->entries_used) {
        audit->entries_used = order->number + 1;
    }
    return entry;
}

static enum ledger_status drawing(struct audit *audit, struct audit_answer *answer,
                                  const struct audit_order *order)
{
    const int limit = (int)order->target;
    const int64_t amount = order->amount_minor;
    const bool reserve = order->op == LEDGER_OP_RESERVE;

    REQUIRE(audit->limits[limit].open, LEDGER_LIMIT_NOT_FOUND);
    REQUIRE(judge_path(audit, answer, limit, amount) == LEDGER_OK, LEDGER_REFUSED);
    post(audit, limit, reserve ? RESERVED : OUTSTANDING, amount);
    over_list(audit, answer, limit);
    if (order->op == LEDGER_OP_CHECK) {
        post(audit, limit, OUTSTANDING, -amount);
        return LEDGER_OK;
    }
    struct audit_entry *entry = remember(audit, order, limit);
    entry->is_reservation = reserve;
    entry->is_exposure = !reserve;
    entry->remaining = amount;
    event(audit, order->op, order->number, amount);
    if (reserve && order->expires != TIME_NONE) {
        entry->expires = order->expires;
        audit->expiring[audit->expiring_count++] = order->number;
    }
    return LEDGER_OK;
}

static enum ledger_status settle_reservation(struct audit *audit, struct audit_answer *answer,
                                             const struct audit_order *order)
{
    struct audit_entry *from = &audit->entries[order->target];
    const bool confirm = order->op == LEDGER_OP_CONFIRM;
    int path[AUDIT_PATH_MAX];

    REQUIRE(from->applied && from->is_reservation, LEDGER_RESERVATION_NOT_FOUND);
    REQUIRE(from->remaining > 0, LEDGER_RESERVATION_CLOSED);
    const int limit = from->limit;
    const int64_t held = from->remaining;
    const int64_t amount = confirm && order->has_amount ? order->amount_minor : held;
    REQUIRE(amount <= held, LEDGER_AMOUNT_TOO_LARGE);
    const unsigned count = path_add(path, 0, limit);
    for (unsigned i = 0; confirm && i < count; i++) {
        if (audit->limits[path[i]].frozen_whole) {
            answer->refusal_limits[answer->refusals] = path[i];
            answer->refusal_reasons[answer->refusals++] = LEDGER_LIMIT_FROZEN;
        }
    }
    REQUIRE(answer->refusals == 0, LEDGER_REFUSED);
    const int64_t left = confirm && !order->final ? held - amount : 0;
    from->remaining = left;
    post(audit, limit, RESERVED, left - held);
    if (left == 0 && from->expires != TIME_NONE) {
        expiring_drop(audit, order->target);
    }
    struct audit_entry *entry = remember(audit, order, limit);
    if (confirm) {
        post(audit, limit, OUTSTANDING, amount);
        entry->is_exposure = true;
        entry->remaining = amount;
    }
    event(audit, order->op, order->number, amount);
    over_list(audit, answer, limit);
    return LEDGER_OK;
}

static enum ledger_status settle_exposure(struct audit *audit, struct audit_answer *answer,
                                          const struct audit_order *order)
{
    struct audit_entry *from = &audit->entries[order->target];
    const bool repay = order->op == LEDGER_OP_REPAY;

    REQUIRE(from->applied && from->is_exposure, LEDGER_EXPOSURE_NOT_FOUND);
    REQUIRE(from->remaining > 0, LEDGER_EXPOSURE_CLOSED);
    const int64_t stood = from->remaining;
    const int64_t amount = order->has_amount ? order->amount_minor : stood;
    REQUIRE(!repay || amount <= stood, LEDGER_AMOUNT_TOO_LARGE);
    const int64_t left = repay ? stood - amount : amount;
    const int limit = from->limit;
    from->remaining = left;
    post(audit, limit, OUTSTANDING, left - stood);
    if (left < stood) {
        post(audit, limit, REPAID, stood - left);
    }
    (void)remember(audit, order, limit);
    event(audit, order->op, order->number, repay ? amount : -1);
    over_list(audit, answer, limit);
    return LEDGER_OK;
}

static bool leaf_in_use(const struct audit *audit, int limit)
{
    for (uint32_t i = 0; i < audit->entries_used; i++) {
        const struct audit_entry *entry = &audit->entries[i];

        if (entry->applied && entry->remaining > 0 && entry->limit == limit) {
            return true;
        }
    }
    for (int i = 0; i < AUDIT_LIMITS; i++) {
        for (const int *parent = audit_shapes[i].parents; *parent >= 0; parent++) {
            if (*parent == limit && audit->limits[i].open && !audit->limits[i].closed) {
                return true;
            }
        }
    }
    return false;
}

static enum ledger_status limit_order(struct audit *audit, struct audit_answer *answer,
                                      const struct audit_order *order)
{
    const int limit = (int)order->target;
    struct audit_limit *at = &audit->limits[limit];

    REQUIRE(at->open, LEDGER_LIMIT_NOT_FOUND);
    REQUIRE(!at->closed, LEDGER_LIMIT_CLOSED);
    switch (order->op) {
    case LEDGER_OP_LIMIT_ADJUST:
        at->cap = order->amount_minor;
        break;
    case LEDGER_OP_LIMIT_FREEZE:
        at->frozen_whole = at->frozen_whole || !order->has_amount;
        at->frozen += order->has_amount ? order->amount_minor : 0;
        break;
    case LEDGER_OP_LIMIT_UNFREEZE:
        REQUIRE(order->has_amount ? order->amount_minor <= at->frozen
                                  : at->frozen_whole || at->frozen > 0,
                LEDGER_NOT_FROZEN);
        at->frozen_whole = at->frozen_whole && order->has_amount;
        at->frozen = order->has_amount ? at->frozen - order->amount_minor : 0;
        break;
    default:
        check(order->op == LEDGER_OP_LIMIT_CLOSE);
        REQUIRE(!leaf_in_use(audit, limit), LEDGER_LIMIT_IN_USE);
        at->closed = true;
    }
    (void)remember(audit, order, limit);
    event(audit, order->op, order->number, -1);
    if (order->op != LEDGER_OP_LIMIT_CLOSE) {
        over_list(audit, answer, limit);
    }
    return LEDGER_OK;
}

static enum ledger_status limit_open(struct audit *audit, struct audit_answer *answer,
                                     const struct audit_order *order)
{
    const int limit = (int)order->number;

    for (const int *parent = audit_shapes[limit].parents; *parent >= 0; parent++) {
        REQUIRE(audit->limits[*parent].open, LEDGER_PARENT_NOT_FOUND);
    }
    for (const int *parent = audit_shapes[limit].parents; *parent >= 0; parent++) {
        REQUIRE(!audit->limits[*parent].closed, LEDGER_PARENT_CLOSED);
    }
    audit->limits[limit] = (struct audit_limit){.open = true, .cap = audit_shapes[limit].cap_minor};
    (void)remember(audit, order, limit);
    event(audit, order->op, order->number, -1);
    over_list(audit, answer, limit);
    return LEDGER_OK;
}

static enum ledger_status order_decide(struct audit *audit, struct audit_answer *answer,
                                       const struct audit_order *order)
{
    const struct audit_entry *entry = &audit->entries[order->number];

    audit_pass_time(audit, audit->time); /* what was reserved until a time already past */
    if (order->op != LEDGER_OP_CHECK && entry->applied) {
        return entry->foreign == order->foreign ? LEDGER_EXISTS : LEDGER_ID_CONFLICT;
    }
    switch (order->op) {
    case LEDGER_OP_LIMIT_OPEN:
        return limit_open(audit, answer, order);
    case LEDGER_OP_CHECK:
    case LEDGER_OP_DRAW:
    case LEDGER_OP_RESERVE:
        return drawing(audit, answer, order);
    case LEDGER_OP_CONFIRM:
    case LEDGER_OP_CANCEL:
        return settle_reservation(audit, answer, order);
    case LEDGER_OP_REPAY:
    case LEDGER_OP_RESTATE:
        return settle_exposure(audit, answer, order);
    default:
        return limit_order(audit, answer, order);
    }
}

/* ---- batches ---- */

static bool fails(const struct audit_order *order, enum ledger_status status)
{
    return status != LEDGER_OK && status != LEDGER_EXISTS &&
           (order->op != LEDGER_OP_CHECK || status != LEDGER_REFUSED);
}

/* Orders `first` to `last` are chained; `open` when the batch ends inside. */
static void chain_decide(struct audit *audit, struct audit_answer *answers,
                         const struct audit_order *orders, size_t last, bool open)
{
    static struct audit before;
    size_t failed = last + 1;

    audit_copy(&before, audit);
    for (size_t i = 0; i <= last && failed > last; i++) {
        answers[i].status = order_decide(audit, &answers[i], &orders[i]);
        if (fails(&orders[i], answers[i].status)) {
            failed = i;
        }
    }
    if (failed > last && !open) {
        return;
    }
    audit_copy(audit, &before);
    audit_pass_time(audit, audit->time);
    for (size_t i = 0; i <= last; i++) {
        if (i != failed || (open && i == last)) {
            answers[i] = (struct audit_answer){.status = open && i == last ? LEDGER_CHAIN_OPEN
                                                                           : LEDGER_LINKED_FAILED};
        }
    }
}

void audit_batch(struct audit *audit, struct audit_answer *answers,
                 const struct audit_order *orders, size_t count)
{
    size_t at = 0;

    memset(answers, 0, count * sizeof(*answers));
    while (at < count) {
        size_t last = at;

        while (orders[last].linked && last + 1 < count) {
            last++;
        }
        if (last == at && !orders[at].linked) {
            answers[at].status = order_decide(audit, &answers[at], &orders[at]);
        } else {
            chain_decide(audit, answers + at, orders + at, last - at, orders[last].linked);
        }
        at = last + 1;
    }
    audit_pass_time(audit, audit->time);
}

/* ---- comparing ---- */

struct ledger_id audit_id(uint32_t number)
{
    static struct ledger_id ids[AUDIT_ORDERS_MAX + 1];

    check(number <= AUDIT_ORDERS_MAX);
    if (ids[number].bytes[0] == 0) {
        (void)snprintf(ids[number].bytes, sizeof(ids[number].bytes), "%s%u",
                       number < AUDIT_LIMITS ? "limit-" : "o", number);
    }
    return ids[number];
}

static bool is_limit(const struct ledger_id *id, int number)
{
    const struct ledger_id expected = audit_id((uint32_t)number);

    return ledger_id_equal(id, &expected);
}

const char *audit_compare_answer(const struct ledger *ledger, const struct ledger_result *result,
                                 const struct audit_answer *answer)
{
    REQUIRE(result->status == answer->status, "another result");
    if (answer->status == LEDGER_REFUSED) {
        REQUIRE(result->refusals_count == answer->refusals, "another number of refusals");
        for (unsigned i = 0; i < answer->refusals; i++) {
            const struct ledger_refusal *refusal = &result->refusals[i];

            REQUIRE(is_limit(&refusal->limit, answer->refusal_limits[i]) &&
                        refusal->reason == answer->refusal_reasons[i],
                    "another refusal");
            REQUIRE(refusal->reason != LEDGER_LIMIT_EXCEEDED ||
                        (refusal->available_minor == answer->available_minor[i] &&
                         refusal->required_minor == answer->required_minor),
                    "a refusal with other amounts");
        }
    }
    if (answer->status == LEDGER_OK) {
        REQUIRE(result->over_count == answer->over, "another number of limits over");
        for (unsigned i = 0; i < answer->over; i++) {
            REQUIRE(is_limit(ledger_limit_id(ledger, result->over[i]), answer->over_limits[i]),
                    "another limit is over");
        }
    }
    return NULL;
}

static const char *compare_limit(const struct audit *audit, const struct ledger *ledger, int number)
{
    const struct audit_limit *limit = &audit->limits[number];
    const struct ledger_id id = audit_id((uint32_t)number);
    const uint32_t found = ledger_limit_find(ledger, &id);
    struct ledger_limit_view view;

    REQUIRE((found != LEDGER_NONE) == limit->open, "a limit is missing, or there without cause");
    if (!limit->open) {
        return NULL;
    }
    ledger_limit_view(ledger, &view, found);
    REQUIRE(view.outstanding_minor == limit->outstanding && view.reserved_minor == limit->reserved,
            "a limit stands at another amount");
    REQUIRE(view.committed_minor == committed(audit, number), "a limit has committed otherwise");
    REQUIRE(view.cap_minor == limit->cap && view.frozen_minor == limit->frozen,
            "a limit has another cap or frozen amount");
    REQUIRE(view.status == (limit->closed         ? LIMIT_STATUS_CLOSED
                            : limit->frozen_whole ? LIMIT_STATUS_FROZEN
                                                  : LIMIT_STATUS_ACTIVE),
            "a limit has another status");
    REQUIRE(view.over == (committed(audit, number) > limit->cap), "over differs");
    return NULL;
}

const char *audit_compare_state(const struct audit *audit, const struct ledger *ledger)
{
    struct ledger_counts counts;
    uint64_t reservations = 0;
    uint64_t exposures = 0;

    REQUIRE(ledger_time(ledger) == audit->time, "the ledger's time differs");
    REQUIRE(ledger_effects_total(ledger) == audit->events_count, "another number of events");
    for (int i = 0; i < AUDIT_LIMITS; i++) {
        const char *wrong = compare_limit(audit, ledger, i);

        REQUIRE(wrong == NULL, wrong);
    }
    for (uint32_t i = 0; i < audit->entries_used; i++) {
        const struct audit_entry *entry = &audit->entries[i];
        const struct ledger_id id = audit_id(i);
        struct ledger_record_view view;

        if (!entry->applied || entry->remaining == 0) {
            continue;
        }
        const uint32_t found = ledger_record_find(ledger, &id);
        REQUIRE(found != LEDGER_NONE, "an open record is missing");
        ledger_record_view(ledger, &view, found);
        REQUIRE(view.open && view.is_reservation == entry->is_reservation &&
                    view.remaining_minor[MEASURE_NOMINAL] == entry->remaining,
                "a record stands at another amount");
        reservations += entry->is_reservation;
        exposures += entry->is_exposure;
    }
    ledger_count(ledger, &counts);
    REQUIRE(counts.reservations_open == reservations && counts.exposures_open == exposures,
            "another number of open records");
    return NULL;
}

/* ---- orders as commands ---- */

static uint64_t amount_field(const struct audit_order *order)
{
    const bool cap = order->op == LEDGER_OP_LIMIT_OPEN || order->op == LEDGER_OP_LIMIT_ADJUST;

    return !order->has_amount ? 0 : cap ? LEDGER_HAS(CAP) : LEDGER_HAS(AMOUNT);
}

static uint64_t target_field(const struct audit_order *order)
{
    switch (order->op) {
    case LEDGER_OP_LIMIT_OPEN:
        return 0;
    case LEDGER_OP_CONFIRM:
    case LEDGER_OP_CANCEL:
        return LEDGER_HAS(RESERVATION);
    case LEDGER_OP_REPAY:
    case LEDGER_OP_RESTATE:
        return LEDGER_HAS(EXPOSURE_ID);
    default:
        return LEDGER_HAS(LIMIT);
    }
}

void audit_command(const struct audit_order *order, struct ledger_command *ret_command,
                   struct ledger_extra *extra, struct ledger_id parents[3])
{
    ledger_command_init(ret_command, order->op);
    ret_command->fields = target_field(order) | amount_field(order);
    if (order->op != LEDGER_OP_CHECK) {
        ret_command->id = audit_id(order->number);
        ret_command->has_id = true;
        ret_command->fields |= LEDGER_HAS(ID);
    }
    if (target_field(order) != 0) {
        ret_command->target = audit_id(order->target);
    }
    if (order->has_amount) {
        ret_command->amounts[0] = (struct ledger_amount){(uint64_t)order->amount_minor, 2};
    }
    ret_command->linked = order->linked;
    *extra = ledger_extra_none;
    ret_command->extra = extra;
    if (order->expires != TIME_NONE && order->op == LEDGER_OP_RESERVE) {
        ret_command->expires = order->expires;
        ret_command->fields |= LEDGER_HAS(EXPIRES);
    }
    if (order->op == LEDGER_OP_CONFIRM) {
        ret_command->final = order->final;
        ret_command->fields |= LEDGER_HAS(FINAL);
    }
    if (order->foreign) {
        extra->reason = SLICE("with another reason");
        ret_command->fields |= LEDGER_HAS(REASON);
    }
    if (order->op == LEDGER_OP_LIMIT_OPEN) {
        const struct audit_shape *shape = &audit_shapes[order->number];

        ret_command->currency = CURRENCY_CNY;
        ret_command->amounts[0] = (struct ledger_amount){(uint64_t)shape->cap_minor, 2};
        ret_command->fields |= LEDGER_HAS(CURRENCY) | LEDGER_HAS(CAP) | LEDGER_HAS(MODE) |
                               LEDGER_HAS(REVOLVING) | LEDGER_HAS(TOLERANCE_BPS);
        extra->mode = (uint8_t)shape->mode;
        extra->revolving = shape->revolving;
        extra->tolerance_bps = shape->tolerance_bps;
        for (const int *parent = shape->parents; *parent >= 0; parent++) {
            parents[extra->parents_count++] = audit_id((uint32_t)*parent);
        }
        extra->parents = parents;
        ret_command->fields |= extra->parents_count > 0 ? LEDGER_HAS(PARENTS) : 0;
    }
    ledger_command_judge(ret_command, CURRENCY_CNY);
}
