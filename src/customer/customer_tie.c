#include "customer/customer_tie.h"

#include "customer/customer_internal.h"

enum { ARENA_MAX = 16 << 20 };

static const char *const names[CUSTOMER_TIE_COUNT] = {
#define X(identifier, name, chinese) name,
    CUSTOMER_TIE_LIST(X)
#undef X
};

struct slice customer_tie_name(enum customer_tie_kind kind)
{
    check((unsigned)kind < CUSTOMER_TIE_COUNT);
    return slice_from_cstr(names[kind]);
}

bool customer_tie_from_name(struct slice name, enum customer_tie_kind *ret_kind)
{
    for (unsigned i = 0; i < CUSTOMER_TIE_COUNT; i++) {
        if (slice_equal(name, slice_from_cstr(names[i]))) {
            *ret_kind = (enum customer_tie_kind)i;
            return true;
        }
    }
    return false;
}

bool customer_share_parse(struct slice text, uint32_t *ret_share)
{
    struct slice rest = text;
    struct slice whole;
    uint64_t units = 0;
    uint64_t part = 0;

    if (!slice_split(&rest, '.', &whole) || !slice_to_u64(whole, 100, &units)) {
        return false;
    }
    if (rest.data != NULL) {
        if (rest.size == 0 || rest.size > 2 || !slice_to_u64(rest, 99, &part)) {
            return false;
        }
        part = rest.size == 1 ? part * 10 : part;
    }
    *ret_share = (uint32_t)(units * 100 + part);
    return *ret_share > 0 && *ret_share <= CONTROL_WHOLE;
}

void customer_share_write(struct buffer *out, uint32_t share)
{
    buffer_printf(out, "%u.%02u", share / 100, share % 100);
}

/* ---- rows ---- */

enum customer_status customer_ties_read(struct store *store, struct customer_tie **ret_ties,
                                        size_t *ret_count, struct arena *arena,
                                        enum store_query query, struct slice id)
{
    const struct store_value values[] = {store_text(id)};
    struct store_rows rows;

    TRY(customer_from_store(store_select(store, &rows, arena, query, values)));
    struct customer_tie *ties = arena_take_array(arena, rows.count + 1, sizeof(*ties));
    REQUIRE(ties != NULL, CUSTOMER_NO_MEMORY);
    for (size_t i = 0; i < rows.count; i++) {
        const struct store_value *row = store_row(&rows, i);
        ties[i] = (struct customer_tie){
            .customer = row[0].bytes,
            .number = row[1].number,
            .other = row[3].bytes,
            .share = (uint32_t)row[4].number,
            .since = (date_days)row[5].number,
            .until = row[6].type == STORE_NULL ? DATE_NONE : (date_days)row[6].number,
            .reason = row[7].bytes};
        REQUIRE(customer_tie_from_name(row[2].bytes, &ties[i].kind), CUSTOMER_STORE);
    }
    *ret_ties = ties;
    *ret_count = rows.count;
    return CUSTOMER_OK;
}

/* ---- changes ---- */

struct tie_change {
    const struct customer_asking *asking;
    struct slice id;
    struct customer_tie tie;
    struct slice reason;
    struct arena arena;
    enum customer_status (*work)(struct store *store, struct tie_change *change);
    enum customer_status status;
};

static bool holds_on(const struct customer_tie *tie, date_days day)
{
    return tie->since <= day && (tie->until == DATE_NONE || tie->until > day);
}

/* Two spans of days that have one in common. */
static bool overlap(const struct customer_tie *a, const struct customer_tie *b)
{
    return (a->until == DATE_NONE || a->until > b->since) &&
           (b->until == DATE_NONE || b->until > a->since);
}

/* All shares on the first day of each: a sum can only rise there. */
static bool shares_fit(const struct customer_tie *ties, size_t count,
                       const struct customer_tie *wanted)
{
    for (size_t i = 0; i <= count; i++) {
        const struct customer_tie *first = i == count ? wanted : &ties[i];
        uint64_t sum = holds_on(wanted, first->since) ? wanted->share : 0;
        for (size_t j = 0; j < count && sum > 0; j++) {
            sum += holds_on(&ties[j], first->since) ? ties[j].share : 0;
        }
        if (sum > CONTROL_WHOLE) {
            return false;
        }
    }
    return true;
}

static enum customer_status tie_record(struct store *store, const struct people_actor *actor,
                                       const struct customer_tie *tie, struct slice action,
                                       struct slice reason)
{
    char subject[CUSTOMER_ID_MAX + 16];
    char after[256];

    (void)snprintf(subject, sizeof(subject), "customer/%.*s", (int)tie->customer.size,
                   tie->customer.data);
    (void)snprintf(after, sizeof(after),
                   "{\"number\":%lld,\"kind\":\"%s\",\"other\":\"%.*s\",\"share\":%u}",
                   (long long)tie->number, names[tie->kind], (int)tie->other.size, tie->other.data,
                   tie->share);
    const struct trail_entry entry = {.at = actor->now,
                                      .actor = actor->id,
                                      .address = actor->address,
                                      .action = action,
                                      .subject = slice_from_cstr(subject),
                                      .after = slice_from_cstr(after),
                                      .reason = reason};
    const struct event event = {.at = actor->now,
                                .op = action,
                                .subject = entry.subject,
                                .actor = actor->id,
                                .detail = entry.after};
    TRY(customer_from_store(trail_add(store, &entry)));
    return customer_from_store(event_add(store, &event));
}

enum customer_status customer_tie_put(struct store *store, const struct people_actor *actor,
                                      const struct customer_tie *tie)
{
    const struct store_value values[] = {store_text(tie->customer),
                                         store_integer(tie->number),
                                         store_text(customer_tie_name(tie->kind)),
                                         store_text(tie->other),
                                         store_integer(tie->share),
                                         store_integer(tie->since),
                                         tie->until == DATE_NONE ? store_null()
                                                                 : store_integer(tie->until),
                                         store_text(tie->reason)};

    TRY(customer_from_store(store_change(store, NULL, QUERY_CUSTOMER_TIE_ADD, values)));
    return tie_record(store, actor, tie, SLICE("customer.tie"), tie->reason);
}

enum customer_status customer_tie_close(struct store *store, const struct people_actor *actor,
                                        const struct customer_tie *tie, struct slice reason)
{
    const date_days today = customer_today(actor->now);
    const date_days end = tie->since > today ? tie->since : today;
    const struct store_value values[] = {store_text(tie->customer), store_integer(tie->number),
                                         store_integer(end)};

    TRY(customer_from_store(store_change(store, NULL, QUERY_CUSTOMER_TIE_END, values)));
    return tie_record(store, actor, tie, SLICE("customer.untie"), reason);
}

/* Both customers are there, and the one that is tied within reach. */
static enum customer_status ends_judge(struct store *store, struct tie_change *change)
{
    struct customer customer;
    struct customer other;

    TRY(customer_read(store, &customer, &change->arena, change->id, NULL));
    REQUIRE(customer_seen(change->asking->reach, &customer), CUSTOMER_NOT_FOUND);
    REQUIRE(customer.merged_into.size == 0, CUSTOMER_MERGED);
    REQUIRE(customer.moving == 0, CUSTOMER_MOVING);
    if (change->tie.other.size > 0) {
        REQUIRE(!slice_equal(change->tie.other, change->id), CUSTOMER_NO_OTHER);
        const enum customer_status status =
            customer_read(store, &other, &change->arena, change->tie.other, NULL);
        REQUIRE(status == CUSTOMER_OK, status == CUSTOMER_NOT_FOUND ? CUSTOMER_NO_OTHER : status);
        REQUIRE(other.merged_into.size == 0, CUSTOMER_MERGED);
        REQUIRE(other.moving == 0, CUSTOMER_MOVING);
    }
    return CUSTOMER_OK;
}

static enum customer_status add_within(struct store *store, struct tie_change *change)
{
    struct customer_tie *tie = &change->tie;
    struct customer_tie *ties;
    size_t count;

    TRY(ends_judge(store, change));
    TRY(customer_ties_read(store, &ties, &count, &change->arena, QUERY_CUSTOMER_TIES, change->id));
    REQUIRE(count < CUSTOMER_LISTINGS_MAX, CUSTOMER_TOO_MANY);
    tie->number = 1;
    for (size_t i = 0; i < count; i++) {
        tie->number = ties[i].number >= tie->number ? ties[i].number + 1 : tie->number;
        REQUIRE(ties[i].kind != tie->kind || !slice_equal(ties[i].other, tie->other) ||
                    !overlap(&ties[i], tie),
                CUSTOMER_HELD);
    }
    REQUIRE(tie->kind != CUSTOMER_TIE_SHARE || shares_fit(ties, count, tie), CUSTOMER_BAD_SHARE);
    tie->customer = change->id;
    return customer_tie_put(store, change->asking->actor, tie);
}

static enum customer_status end_within(struct store *store, struct tie_change *change)
{
    const date_days today = customer_today(change->asking->actor->now);
    const int64_t number = change->tie.number;
    struct customer_tie *ties;
    size_t count;

    change->tie.other = SLICE("");
    TRY(ends_judge(store, change));
    TRY(customer_ties_read(store, &ties, &count, &change->arena, QUERY_CUSTOMER_TIES, change->id));
    for (size_t i = 0; i < count; i++) {
        const struct customer_tie *tie = &ties[i];
        if (tie->number == number && (tie->until == DATE_NONE || tie->until > today)) {
            return customer_tie_close(store, change->asking->actor, tie, change->reason);
        }
    }
    return CUSTOMER_NO_LISTING;
}

static enum store_status change_work(struct store *store, void *context)
{
    struct tie_change *change = context;

    arena_reset(&change->arena);
    change->status = change->work(store, change);
    return change->status == CUSTOMER_OK ? STORE_OK : STORE_REFUSED;
}

static enum customer_status change_run(struct store *store, struct tie_change *change)
{
    REQUIRE(customer_text_valid(change->reason, CUSTOMER_REASON_MAX), CUSTOMER_BAD_REASON);
    arena_init(&change->arena, ARENA_MAX);
    const enum store_status status = store_transact(store, STORE_WRITE, change_work, change);
    arena_release(&change->arena);
    return status == STORE_REFUSED ? change->status : customer_from_store(status);
}

enum customer_status customer_tie_add(struct store *store, const struct customer_asking *asking,
                                      struct slice id, const struct customer_tie *tie,
                                      int64_t *ret_number)
{
    struct tie_change change = {
        .asking = asking, .id = id, .tie = *tie, .reason = tie->reason, .work = add_within};

    if (change.tie.since == DATE_NONE) {
        change.tie.since = customer_today(asking->actor->now);
    }
    REQUIRE(tie->until == DATE_NONE || tie->until > change.tie.since, CUSTOMER_BAD_DATES);
    REQUIRE((tie->kind == CUSTOMER_TIE_SHARE) == (tie->share > 0), CUSTOMER_BAD_SHARE);
    REQUIRE(people_id_valid(tie->other), CUSTOMER_NO_OTHER);
    TRY(change_run(store, &change));
    *ret_number = change.tie.number;
    return CUSTOMER_OK;
}

enum customer_status customer_tie_end(struct store *store, const struct customer_asking *asking,
                                      struct slice id, int64_t number, struct slice reason)
{
    struct tie_change change = {.asking = asking,
                                .id = id,
                                .tie = {.number = number},
                                .reason = reason,
                                .work = end_within};

    return change_run(store, &change);
}
