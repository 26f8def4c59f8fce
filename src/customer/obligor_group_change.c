/* Groups entered, changed, their members in and out; each version with its audit entry and event.
 */
#include "base/amount.h"
#include "customer/customer_internal.h"
#include "customer/obligor_group.h"

/* ---- audit ---- */

static enum customer_status body_make(struct slice *ret_body, struct arena *arena,
                                      const struct obligor_group *group)
{
    struct buffer out = {0};
    struct json_writer writer;
    const struct {
        const char *name;
        struct slice text;
    } members[] = {{"name", group->name},
                   {"organisation", group->organisation},
                   {"lead", group->lead},
                   {"merged_into", group->merged_into},
                   {"limit", group->limit}};

    json_writer_init(&writer, &out);
    json_object_begin(&writer);
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        if (members[i].text.size > 0) {
            json_name(&writer, slice_from_cstr(members[i].name));
            json_string(&writer, members[i].text);
        }
    }
    if (group->limit.size > 0) {
        json_name(&writer, SLICE("cap"));
        json_value_begin(&writer);
        buffer_append_byte(&out, '"');
        amount_write(&out, group->cap_minor, group->currency);
        buffer_append_byte(&out, '"');
    }
    json_object_end(&writer);
    *ret_body = buffer_failed(&out) ? slice_of(NULL, 0) : arena_copy(arena, buffer_slice(&out));
    buffer_release(&out);
    return ret_body->data == NULL ? CUSTOMER_NO_MEMORY : CUSTOMER_OK;
}

static enum customer_status obligor_group_record(struct store *store,
                                                 const struct obligor_group *group,
                                                 const struct people_actor *actor,
                                                 struct slice action, struct slice before,
                                                 struct slice after, struct slice reason)
{
    char subject[GROUP_ID_SIZE + 8];

    (void)snprintf(subject, sizeof(subject), "group/%.*s", (int)group->id.size, group->id.data);
    const struct trail_entry entry = {.at = actor->now,
                                      .actor = actor->id,
                                      .address = actor->address,
                                      .action = action,
                                      .subject = slice_from_cstr(subject),
                                      .before = before,
                                      .after = after,
                                      .reason = reason.size > 0 ? reason : slice_of(NULL, 0)};
    const struct event event = {
        .at = actor->now, .op = action, .subject = entry.subject, .actor = actor->id};
    TRY(customer_from_store(trail_add(store, &entry)));
    return customer_from_store(event_add(store, &event));
}

/* ---- rows ---- */

static enum customer_status row_put(struct store *store, const struct obligor_group *group)
{
    const bool limited = group->limit.size > 0;
    const struct store_value values[] = {store_text(group->id),
                                         store_integer(group->version),
                                         store_text(group->organisation),
                                         store_text(group->path),
                                         store_text(group->name),
                                         store_text(group->lead),
                                         store_text_or_null(group->merged_into),
                                         store_text_or_null(group->limit),
                                         limited ? store_text(currency_code(group->currency))
                                                 : store_null(),
                                         limited ? store_integer(group->cap_minor) : store_null()};
    const struct store_value first[] = {
        store_integer(group->number),    store_text(group->id),
        store_integer(group->version),   store_text(group->legal_entity),
        store_text(group->organisation), store_text(group->path),
        store_text(group->name),         store_text(group->lead),
        store_integer(group->created)};

    return customer_from_store(group->version == 1
                                   ? store_change(store, NULL, QUERY_GROUP_ADD, first)
                                   : store_change(store, NULL, QUERY_GROUP_SET, values));
}

/* Versions are in order of both the day and the time, though a clock may go back. */
static enum customer_status version_put(struct store *store, struct arena *arena,
                                        const struct obligor_group *group,
                                        const struct people_actor *actor, struct slice action,
                                        struct slice reason)
{
    date_days valid_from = customer_today(actor->now);
    time_us recorded_at = actor->now;
    struct obligor_group_version *last;
    size_t count;

    TRY(obligor_group_versions_read(store, &last, &count, arena, group->id, INT64_MAX, DATE_NONE,
                                    1));
    if (count > 0) {
        valid_from = last[0].valid_from > valid_from ? last[0].valid_from : valid_from;
        recorded_at = last[0].recorded_at > recorded_at ? last[0].recorded_at : recorded_at;
    }
    const struct store_value values[] = {store_text(group->id),
                                         store_integer(group->version),
                                         store_integer(valid_from),
                                         store_integer(recorded_at),
                                         store_text(actor->id),
                                         store_text(action),
                                         store_text(reason),
                                         store_text(group->name),
                                         store_text(group->organisation),
                                         store_text(group->lead),
                                         store_text_or_null(group->merged_into)};
    return customer_from_store(store_change(store, NULL, QUERY_GROUP_VERSION_ADD, values));
}

enum customer_status obligor_group_store(struct store *store, struct obligor_group *group,
                                         struct arena *arena, const struct people_actor *actor,
                                         struct slice action, struct slice reason)
{
    struct slice before = slice_of(NULL, 0);
    struct slice after;
    struct obligor_group was;

    if (group->version > 0) {
        TRY(obligor_group_row_read(store, &was, arena, group->id));
        TRY(body_make(&before, arena, &was));
    }
    group->version++;
    TRY(body_make(&after, arena, group));
    TRY(row_put(store, group));
    TRY(version_put(store, arena, group, actor, action, reason));
    return obligor_group_record(store, group, actor, action, before, after, reason);
}

enum customer_status obligor_group_moving_set(struct store *store, struct slice id, int64_t move)
{
    const struct store_value values[] = {store_text(id),
                                         move == 0 ? store_null() : store_integer(move)};

    return customer_from_store(store_change(store, NULL, QUERY_GROUP_MOVING, values));
}

/* ---- members ---- */

enum customer_status obligor_group_member_put(struct store *store, struct arena *arena,
                                              const struct obligor_group *group,
                                              struct slice customer, struct slice reason,
                                              date_days today)
{
    struct obligor_group_member *members;
    struct obligor_group other;
    size_t count;
    size_t open = 0;

    TRY(obligor_group_of(store, &other, arena, group->legal_entity, customer));
    REQUIRE(other.id.size == 0, CUSTOMER_IN_GROUP);
    TRY(obligor_group_members_read(store, &members, &count, arena, group->id, DATE_NONE));
    for (size_t i = 0; i < count; i++) {
        open += members[i].until == DATE_NONE ? 1 : 0;
    }
    REQUIRE(open < GROUP_MEMBERS_MAX && count < GROUP_ROWS_MAX, CUSTOMER_TOO_MANY);
    const struct store_value values[] = {store_text(group->id),
                                         store_integer((int64_t)count + 1),
                                         store_text(group->legal_entity),
                                         store_text(customer),
                                         store_text(reason),
                                         store_integer(today)};
    return customer_from_store(store_change(store, NULL, QUERY_GROUP_MEMBER_ADD, values));
}

enum customer_status obligor_group_member_close(struct store *store,
                                                const struct obligor_group *group,
                                                struct slice customer, date_days today)
{
    const struct store_value values[] = {store_text(group->id), store_text(customer),
                                         store_integer(today)};

    return customer_from_store(store_change(store, NULL, QUERY_GROUP_MEMBER_END, values));
}

/* ---- changes ---- */

struct obligor_group_change {
    struct obligor_group *group;
    struct arena *arena;
    const struct customer_asking *asking;
    const struct obligor_group_draft *draft;
    struct slice id;
    int64_t version;
    enum customer_status (*work)(struct store *store, struct obligor_group_change *change);
    enum customer_status status;
};

static enum customer_status place_take(struct store *store, struct obligor_group *group,
                                       const struct obligor_group_change *change)
{
    struct people_organisation place;

    const enum people_status status =
        people_organisation_read(store, &place, change->arena, change->draft->organisation);
    REQUIRE(status != PEOPLE_STORE, CUSTOMER_STORE);
    REQUIRE(status != PEOPLE_NO_MEMORY, CUSTOMER_NO_MEMORY);
    REQUIRE(status == PEOPLE_OK && customer_reaches(change->asking->reach, place.path),
            CUSTOMER_NO_ORGANISATION);
    REQUIRE(group->legal_entity.size == 0 || slice_equal(group->legal_entity, place.legal_entity),
            CUSTOMER_NO_ORGANISATION);
    group->legal_entity = place.legal_entity;
    group->organisation = place.id;
    group->path = place.path;
    return CUSTOMER_OK;
}

/* A customer that joins is within reach, stands, and is not under way elsewhere. */
static enum customer_status
joining_judge(struct store *store, const struct obligor_group_change *change, struct slice id)
{
    struct customer customer;

    TRY(customer_read(store, &customer, change->arena, id, NULL));
    REQUIRE(customer_seen(change->asking->reach, &customer), CUSTOMER_NOT_FOUND);
    REQUIRE(customer.merged_into.size == 0, CUSTOMER_MERGED);
    REQUIRE(customer.moving == 0, CUSTOMER_MOVING);
    return CUSTOMER_OK;
}

enum customer_status obligor_group_make(struct store *store, struct obligor_group *inout_group,
                                        struct arena *arena, const struct people_actor *actor,
                                        struct slice action, struct slice reason)
{
    char *id = arena_take(arena, GROUP_ID_SIZE);
    struct store_rows rows;

    REQUIRE(id != NULL, CUSTOMER_NO_MEMORY);
    TRY(customer_from_store(store_select(store, &rows, arena, QUERY_GROUP_LAST, NULL)));
    inout_group->number = store_row(&rows, 0)[0].number + 1;
    inout_group->version = 0;
    inout_group->created = actor->now;
    if (inout_group->id.size == 0) {
        (void)snprintf(id, GROUP_ID_SIZE, "GR-%08lld", (long long)inout_group->number);
        inout_group->id = slice_from_cstr(id);
    }
    return obligor_group_store(store, inout_group, arena, actor, action, reason);
}

static enum customer_status add_work(struct store *store, struct obligor_group_change *change)
{
    const struct obligor_group_draft *draft = change->draft;
    const struct people_actor *actor = change->asking->actor;
    const date_days today = customer_today(actor->now);
    struct obligor_group group = {.name = draft->name, .lead = draft->lead};

    TRY(place_take(store, &group, change));
    REQUIRE(draft->member_count < GROUP_MEMBERS_MAX, CUSTOMER_TOO_MANY);
    TRY(joining_judge(store, change, draft->lead));
    TRY(obligor_group_make(store, &group, change->arena, actor, SLICE("group.create"),
                           draft->reason));
    TRY(obligor_group_member_put(store, change->arena, &group, draft->lead, draft->reason, today));
    for (size_t i = 0; i < draft->member_count; i++) {
        TRY(joining_judge(store, change, draft->members[i]));
        TRY(obligor_group_member_put(store, change->arena, &group, draft->members[i], draft->reason,
                                     today));
    }
    *change->group = group;
    return CUSTOMER_OK;
}

static enum customer_status lead_judge(struct store *store,
                                       const struct obligor_group_change *change,
                                       const struct obligor_group *group)
{
    struct obligor_group other;

    TRY(obligor_group_of(store, &other, change->arena, group->legal_entity, change->draft->lead));
    return slice_equal(other.id, group->id) ? CUSTOMER_OK : CUSTOMER_NOT_IN_GROUP;
}

/* Whoever changes a group reaches its organisation; a member within reach lets them read alone. */
static enum customer_status update_work(struct store *store, struct obligor_group_change *change)
{
    const struct obligor_group_draft *draft = change->draft;
    struct obligor_group group;

    TRY(obligor_group_read(store, &group, change->arena, change->asking->reach, change->id));
    REQUIRE(customer_reaches(change->asking->reach, group.path), CUSTOMER_NO_ORGANISATION);
    REQUIRE(group.version == change->version, CUSTOMER_CHANGED);
    REQUIRE(group.merged_into.size == 0, CUSTOMER_GROUP_MERGED);
    REQUIRE(group.moving == 0, CUSTOMER_GROUP_MOVING);
    if (draft->organisation.size > 0) {
        TRY(place_take(store, &group, change));
    }
    if (draft->lead.size > 0) {
        TRY(lead_judge(store, change, &group));
        group.lead = draft->lead;
    }
    group.name = draft->name.size > 0 ? draft->name : group.name;
    *change->group = group;
    return obligor_group_store(store, change->group, change->arena, change->asking->actor,
                               SLICE("group.update"), draft->reason);
}

static enum store_status change_work(struct store *store, void *context)
{
    struct obligor_group_change *change = context;

    change->status = change->work(store, change);
    return change->status == CUSTOMER_OK ? STORE_OK : STORE_REFUSED;
}

static enum customer_status change_run(struct store *store, struct obligor_group_change *change)
{
    const struct obligor_group_draft *draft = change->draft;

    REQUIRE(draft->name.size == 0 || customer_text_valid(draft->name, CUSTOMER_NAME_MAX),
            CUSTOMER_BAD_NAME);
    REQUIRE(slice_trim(draft->reason).size > 0 &&
                customer_text_valid(draft->reason, CUSTOMER_REASON_MAX),
            CUSTOMER_BAD_REASON);
    const enum store_status status = store_transact(store, STORE_WRITE, change_work, change);
    return status == STORE_REFUSED && change->status != CUSTOMER_OK ? change->status
                                                                    : customer_from_store(status);
}

enum customer_status obligor_group_add(struct store *store, struct obligor_group *ret_group,
                                       struct arena *arena, const struct customer_asking *asking,
                                       const struct obligor_group_draft *draft)
{
    struct obligor_group_change change = {
        .group = ret_group, .arena = arena, .asking = asking, .draft = draft, .work = add_work};

    REQUIRE(draft->name.size > 0, CUSTOMER_BAD_NAME);
    return change_run(store, &change);
}

enum customer_status obligor_group_update(struct store *store, struct obligor_group *ret_group,
                                          struct arena *arena, const struct customer_asking *asking,
                                          struct slice id, int64_t version,
                                          const struct obligor_group_draft *draft)
{
    struct obligor_group_change change = {.group = ret_group,
                                          .arena = arena,
                                          .asking = asking,
                                          .draft = draft,
                                          .id = id,
                                          .version = version,
                                          .work = update_work};

    return change_run(store, &change);
}
