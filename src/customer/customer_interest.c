#include "customer/customer_interest.h"

#include "customer/customer_internal.h"

enum { ARENA_MAX = 1 << 20, REASON_MAX = 500 };

struct interest_change {
    const struct people_actor *actor;
    struct slice user;
    struct customer_interest interest;
    struct slice reason;
    struct arena arena;
    enum customer_status (*work)(struct store *store, struct interest_change *change);
    enum customer_status status;
};

static bool relation_known(struct slice relation)
{
    static const char *const names[] = {"self",    "relative", "shareholder",
                                        "officer", "creditor", "other"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (slice_equal(relation, slice_from_cstr(names[i]))) {
            return true;
        }
    }
    return false;
}

static void interest_read(struct customer_interest *interest, const struct store_value *row)
{
    *interest = (struct customer_interest){
        .number = row[0].number,
        .person = row[1].bytes,
        .customer = row[2].bytes,
        .relation = row[3].bytes,
        .reason = row[4].bytes,
        .since = row[5].number,
        .declared_by = row[6].bytes,
        .until = row[7].type == STORE_NULL ? TIME_NONE : row[7].number,
        .ended_by = row[8].type == STORE_NULL ? SLICE("") : row[8].bytes,
    };
}

enum customer_status customer_interest_page(struct store *store,
                                            struct customer_interest **ret_interests,
                                            size_t *ret_count, struct arena *arena,
                                            struct slice person, int64_t behind, size_t count)
{
    const struct store_value values[] = {store_integer(behind), store_text(person),
                                         store_integer((int64_t)count)};
    struct store_rows rows;

    TRY(customer_from_store(store_select(store, &rows, arena, QUERY_INTEREST_PAGE, values)));
    struct customer_interest *list = arena_take_array(arena, rows.count + 1, sizeof(*list));
    REQUIRE(list != NULL, CUSTOMER_NO_MEMORY);
    for (size_t i = 0; i < rows.count; i++) {
        interest_read(&list[i], store_row(&rows, i));
    }
    *ret_interests = list;
    *ret_count = rows.count;
    return CUSTOMER_OK;
}

/* ---- changes ---- */

static enum customer_status
interest_record(struct store *store, const struct interest_change *change, struct slice action)
{
    const struct customer_interest *interest = &change->interest;
    char subject[CUSTOMER_ID_MAX + 16];
    struct buffer after = {0};
    struct json_writer writer;

    (void)snprintf(subject, sizeof(subject), "customer/%.*s", (int)interest->customer.size,
                   interest->customer.data);
    json_writer_init(&writer, &after);
    json_object_begin(&writer);
    json_name(&writer, SLICE("number"));
    json_i64(&writer, interest->number);
    json_name(&writer, SLICE("person"));
    json_string(&writer, interest->person);
    json_name(&writer, SLICE("relation"));
    json_string(&writer, interest->relation);
    json_object_end(&writer);
    const struct trail_entry entry = {.at = change->actor->now,
                                      .actor = change->actor->id,
                                      .address = change->actor->address,
                                      .action = action,
                                      .subject = slice_from_cstr(subject),
                                      .after = buffer_slice(&after),
                                      .reason = change->reason};
    const struct event event = {.at = change->actor->now,
                                .op = action,
                                .subject = entry.subject,
                                .actor = change->actor->id};
    enum store_status status = buffer_failed(&after) ? STORE_NO_MEMORY : trail_add(store, &entry);
    status = status == STORE_OK ? event_add(store, &event) : status;
    buffer_release(&after);
    return customer_from_store(status);
}

static enum customer_status person_find(struct store *store, struct interest_change *change,
                                        struct slice user, struct slice *ret_person)
{
    struct people_user row;

    const enum people_status status = people_user_read(store, &row, &change->arena, user);
    REQUIRE(status != PEOPLE_STORE, CUSTOMER_STORE);
    REQUIRE(status != PEOPLE_NO_MEMORY, CUSTOMER_NO_MEMORY);
    REQUIRE(status == PEOPLE_OK, CUSTOMER_NO_PERSON);
    *ret_person = row.person;
    return CUSTOMER_OK;
}

static enum customer_status add_work(struct store *store, struct interest_change *change)
{
    struct customer_interest *interest = &change->interest;
    struct store_rows rows;
    struct customer customer;

    TRY(person_find(store, change, change->user, &interest->person));
    TRY(customer_read(store, &customer, &change->arena, interest->customer, NULL));
    TRY(customer_from_store(store_select(store, &rows, &change->arena, QUERY_INTEREST_LAST, NULL)));
    interest->number = store_row(&rows, 0)[0].number + 1;
    const struct store_value values[] = {
        store_integer(interest->number), store_text(interest->person),
        store_text(interest->customer),  store_text(interest->relation),
        store_text(change->reason),      store_integer(change->actor->now),
        store_text(change->actor->id),
    };
    TRY(customer_from_store(store_change(store, NULL, QUERY_INTEREST_ADD, values)));
    return interest_record(store, change, SLICE("customer.interest"));
}

static enum customer_status end_work(struct store *store, struct interest_change *change)
{
    const int64_t number = change->interest.number;
    const struct store_value key[] = {store_integer(number)};
    struct store_rows rows;
    struct slice person;

    TRY(customer_from_store(store_select(store, &rows, &change->arena, QUERY_INTEREST_GET, key)));
    REQUIRE(rows.count == 1, CUSTOMER_NO_LISTING);
    interest_read(&change->interest, store_row(&rows, 0));
    REQUIRE(change->interest.until == TIME_NONE, CUSTOMER_NO_LISTING);
    const enum customer_status found = person_find(store, change, change->actor->id, &person);
    REQUIRE(found == CUSTOMER_OK || found == CUSTOMER_NO_PERSON, found); /* a token is no user */
    REQUIRE(found != CUSTOMER_OK || !slice_equal(person, change->interest.person),
            CUSTOMER_OWN_INTEREST);
    const struct store_value values[] = {store_integer(number), store_integer(change->actor->now),
                                         store_text(change->actor->id)};
    TRY(customer_from_store(store_change(store, NULL, QUERY_INTEREST_END, values)));
    return interest_record(store, change, SLICE("customer.interest.end"));
}

static enum store_status change_work(struct store *store, void *context)
{
    struct interest_change *change = context;

    arena_reset(&change->arena);
    change->status = change->work(store, change);
    return change->status == CUSTOMER_OK ? STORE_OK : STORE_REFUSED;
}

static enum customer_status change_run(struct store *store, struct interest_change *change)
{
    REQUIRE(slice_trim(change->reason).size > 0 && customer_text_valid(change->reason, REASON_MAX),
            CUSTOMER_BAD_REASON);
    arena_init(&change->arena, ARENA_MAX);
    const enum store_status status = store_transact(store, STORE_WRITE, change_work, change);
    arena_release(&change->arena);
    return status == STORE_OK || (status == STORE_REFUSED && change->status != CUSTOMER_OK)
               ? change->status
               : customer_from_store(status);
}

enum customer_status customer_interest_add(struct store *store, const struct people_actor *actor,
                                           struct slice user,
                                           const struct customer_interest *interest,
                                           int64_t *ret_number)
{
    struct interest_change change = {.actor = actor,
                                     .user = user,
                                     .interest = *interest,
                                     .reason = interest->reason,
                                     .work = add_work};

    REQUIRE(relation_known(interest->relation), CUSTOMER_BAD_TIE);
    TRY(change_run(store, &change));
    *ret_number = change.interest.number;
    return CUSTOMER_OK;
}

enum customer_status customer_interest_end(struct store *store, const struct people_actor *actor,
                                           int64_t number, struct slice reason)
{
    struct interest_change change = {
        .actor = actor, .interest = {.number = number}, .reason = reason, .work = end_work};

    return change_run(store, &change);
}
