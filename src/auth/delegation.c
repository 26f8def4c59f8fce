#include "auth/delegation.h"

#include "auth/people_internal.h"

enum { ID_SIZE = 32 };

/* ---- rows ---- */

static struct slice text_or_empty(const struct store_value *value)
{
    return value->type == STORE_NULL ? SLICE("") : value->bytes;
}

/* False where the role is of a newer version. */
static bool row_read(struct delegation *row, const struct store_value *values)
{
    *row = (struct delegation){
        .number = values[0].number,
        .delegator = values[1].bytes,
        .delegate = values[2].bytes,
        .organisation = values[3].bytes,
        .path = values[4].bytes,
        .since = values[6].number,
        .until = values[7].number,
        .document = values[8].bytes,
        .reason = values[9].bytes,
        .made = values[10].number,
        .made_by = values[11].bytes,
        .revoked = values[12].type == STORE_NULL ? TIME_NONE : values[12].number,
        .revoked_by = text_or_empty(&values[13]),
        .revoke_reason = text_or_empty(&values[14]),
    };
    return role_from_name(values[5].bytes, &row->role);
}

enum people_status delegation_read(struct store *store, struct delegation *ret_delegation,
                                   struct arena *arena, int64_t number)
{
    const struct store_value values[] = {store_integer(number)};
    struct store_rows rows;

    TRY(people_from_store(store_select(store, &rows, arena, QUERY_DELEGATION_GET, values)));
    REQUIRE(rows.count == 1 && row_read(ret_delegation, store_row(&rows, 0)), PEOPLE_NOT_FOUND);
    return PEOPLE_OK;
}

enum people_status delegation_page(struct store *store, struct delegation **ret_rows,
                                   size_t *ret_count, struct arena *arena,
                                   const struct delegation_query *query)
{
    const struct store_value values[] = {store_integer(query->behind), store_text(query->user),
                                         store_text(query->path),
                                         store_integer((int64_t)query->count)};
    struct store_rows rows;
    size_t count = 0;

    TRY(people_from_store(store_select(store, &rows, arena, QUERY_DELEGATION_PAGE, values)));
    struct delegation *list = arena_take_array(arena, rows.count + 1, sizeof(*list));
    REQUIRE(list != NULL, PEOPLE_NO_MEMORY);
    for (size_t i = 0; i < rows.count; i++) {
        count += row_read(&list[count], store_row(&rows, i));
    }
    *ret_rows = list;
    *ret_count = count;
    return PEOPLE_OK;
}

/* Whether a role excludes one that is held, by any account of the person, at a moment in common. */
static bool posts_exclude(const struct people_post *posts, size_t count,
                          const struct people_post *wanted)
{
    for (size_t i = 0; i < count; i++) {
        if ((posts[i].until == TIME_NONE || posts[i].until > wanted->since) &&
            posts[i].since < wanted->until && roles_exclude(posts[i].role, wanted->role)) {
            return true;
        }
    }
    return false;
}

enum people_status delegation_steads(struct store *store, struct people_stead **ret_steads,
                                     size_t *ret_count, struct arena *arena, struct slice user,
                                     struct slice person, time_us now)
{
    const struct store_value values[] = {store_text(user), store_integer(now)};
    struct people_post *own = NULL;
    struct store_rows rows;
    size_t own_count = 0;
    size_t count = 0;

    TRY(people_from_store(store_select(store, &rows, arena, QUERY_DELEGATIONS_IN_FORCE, values)));
    struct people_stead *steads = arena_take_array(arena, rows.count + 1, sizeof(*steads));
    REQUIRE(steads != NULL, PEOPLE_NO_MEMORY);
    if (rows.count > 0) {
        TRY(people_person_posts_read(store, &own, &own_count, arena, person, now));
    }
    for (size_t i = 0; i < rows.count; i++) {
        const struct store_value *row = store_row(&rows, i);
        struct people_stead *stead = &steads[count];
        *stead = (struct people_stead){.post = {.organisation = row[0].bytes,
                                                .path = row[2].bytes,
                                                .legal_entity = row[3].bytes,
                                                .since = row[4].number,
                                                .until = row[5].number},
                                       .user = row[6].bytes,
                                       .person = row[7].bytes};
        struct people_post at = {.since = now, .until = now + 1};
        if (role_from_name(row[1].bytes, &stead->post.role)) {
            at.role = stead->post.role;
            count += !posts_exclude(own, own_count, &at) && !slice_equal(stead->person, person);
        }
    }
    *ret_steads = steads;
    *ret_count = count;
    return PEOPLE_OK;
}

/* ---- made ---- */

struct making {
    struct delegation wanted;
    int64_t number;
    char id[ID_SIZE];
};

static void delegation_write(struct buffer *out, const struct delegation *row)
{
    struct json_writer writer;
    const struct {
        const char *name;
        struct slice text;
    } texts[] = {{"delegator", row->delegator},       {"delegate", row->delegate},
                 {"organisation", row->organisation}, {"role", role_name(row->role)},
                 {"document", row->document},         {"reason", row->reason}};

    json_writer_init(&writer, out);
    json_object_begin(&writer);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        json_name(&writer, slice_from_cstr(texts[i].name));
        json_string(&writer, texts[i].text);
    }
    json_name(&writer, SLICE("since"));
    json_i64(&writer, row->since);
    json_name(&writer, SLICE("until"));
    json_i64(&writer, row->until);
    json_object_end(&writer);
}

/* The delegator holds the post for all of the time. */
static enum people_status post_judge(struct store *store, struct people_change *change,
                                     const struct delegation *wanted)
{
    struct people_post *posts;
    size_t count;

    TRY(people_posts_read(store, &posts, &count, &change->arena, wanted->delegator,
                          change->actor->now));
    for (size_t i = 0; i < count; i++) {
        if (posts[i].role == wanted->role &&
            slice_equal(posts[i].organisation, wanted->organisation) &&
            posts[i].since <= wanted->since &&
            (posts[i].until == TIME_NONE || posts[i].until >= wanted->until)) {
            return PEOPLE_OK;
        }
    }
    return PEOPLE_POST_NOT_HELD;
}

/* The delegate has nothing, held or delegated, that excludes the role in that time. */
static enum people_status duties_judge(struct store *store, struct people_change *change,
                                       const struct delegation *wanted, struct slice person)
{
    const struct people_post asked = {
        .role = wanted->role, .since = wanted->since, .until = wanted->until};
    const struct store_value values[] = {store_text(person), store_integer(change->actor->now)};
    struct people_post *posts;
    struct store_rows rows;
    size_t count;

    TRY(people_person_posts_read(store, &posts, &count, &change->arena, person,
                                 change->actor->now));
    REQUIRE(!posts_exclude(posts, count, &asked), PEOPLE_DUTIES);
    TRY(people_from_store(
        store_select(store, &rows, &change->arena, QUERY_DELEGATIONS_TO_PERSON, values)));
    for (size_t i = 0; i < rows.count; i++) {
        const struct store_value *row = store_row(&rows, i);
        struct people_post other = {.since = row[1].number, .until = row[2].number};
        REQUIRE(!role_from_name(row[0].bytes, &other.role) || !posts_exclude(&other, 1, &asked),
                PEOPLE_DUTIES);
    }
    return PEOPLE_OK;
}

static enum people_status people_judge(struct store *store, struct people_change *change,
                                       const struct delegation *wanted)
{
    struct people_organisation place;
    struct people_organisation home;
    struct people_user delegator;
    struct people_user delegate;
    struct people_user actor;

    TRY(people_user_read(store, &delegator, &change->arena, wanted->delegator));
    TRY(people_user_read(store, &delegate, &change->arena, wanted->delegate));
    TRY(people_organisation_read(store, &place, &change->arena, wanted->organisation));
    TRY(people_organisation_read(store, &home, &change->arena, delegate.organisation));
    const enum people_status known =
        people_user_read(store, &actor, &change->arena, change->actor->id);
    REQUIRE(known == PEOPLE_OK || known == PEOPLE_NOT_FOUND, known); /* a token is no user */
    REQUIRE(known != PEOPLE_OK || !slice_equal(actor.person, delegate.person), PEOPLE_SELF);
    REQUIRE(!slice_equal(delegator.person, delegate.person), PEOPLE_SAME_PERSON);
    REQUIRE(delegator.disabled == TIME_NONE && delegate.disabled == TIME_NONE, PEOPLE_DISABLED);
    REQUIRE(slice_equal(home.legal_entity, place.legal_entity), PEOPLE_OTHER_ENTITY);
    REQUIRE(wanted->role > ROLE_AUDIT_ADMINISTRATOR, PEOPLE_NOT_DELEGABLE);
    TRY(post_judge(store, change, wanted));
    return duties_judge(store, change, wanted, delegate.person);
}

static enum people_status make_work(struct store *store, struct people_change *change)
{
    struct making *making = change->input;
    const struct delegation *row = &making->wanted;
    struct store_rows rows;

    TRY(people_judge(store, change, row));
    TRY(people_from_store(store_select(store, &rows, &change->arena, QUERY_DELEGATION_LAST, NULL)));
    making->number = store_row(&rows, 0)[0].number + 1;
    const int size = snprintf(making->id, ID_SIZE, "DG-%08lld", (long long)making->number);
    check(size > 0 && size < ID_SIZE);
    change->subject_id = slice_of(making->id, (size_t)size);
    delegation_write(&change->after, row);
    const struct store_value values[] = {
        store_integer(making->number),    store_text(row->delegator),
        store_text(row->delegate),        store_text(row->organisation),
        store_text(role_name(row->role)), store_integer(row->since),
        store_integer(row->until),        store_text(row->document),
        store_text(row->reason),          store_integer(change->actor->now),
        store_text(change->actor->id),
    };
    return people_from_store(store_change(store, NULL, QUERY_DELEGATION_ADD, values));
}

static bool text_valid(struct slice text)
{
    return slice_trim(text).size > 0 && text.size <= DELEGATION_TEXT_MAX && utf8_valid(text) &&
           memchr(text.data, '\0', text.size) == NULL;
}

enum people_status delegation_make(struct store *store, const struct people_actor *actor,
                                   int64_t *ret_number, const struct delegation *wanted)
{
    struct making making = {.wanted = *wanted};
    struct people_change change = {.actor = actor,
                                   .action = SLICE("delegation.make"),
                                   .subject_kind = SLICE("delegation"),
                                   .work = make_work,
                                   .input = &making};

    making.wanted.since = wanted->since < actor->now ? actor->now : wanted->since;
    REQUIRE(wanted->until != TIME_NONE && wanted->until > making.wanted.since, PEOPLE_BAD_DATES);
    REQUIRE(text_valid(wanted->document) && text_valid(wanted->reason), PEOPLE_BAD_DOCUMENT);
    REQUIRE(people_id_valid(wanted->delegator) && people_id_valid(wanted->delegate) &&
                people_id_valid(wanted->organisation),
            PEOPLE_NOT_FOUND);
    TRY(people_change_run(store, &change));
    *ret_number = making.number;
    return PEOPLE_OK;
}

/* ---- revoked ---- */

static enum people_status revoke_work(struct store *store, struct people_change *change)
{
    static const char *const names[] = {"delegator", "delegate", "reason", NULL};
    struct making *making = change->input;
    struct delegation row;

    TRY(delegation_read(store, &row, &change->arena, making->number));
    REQUIRE(row.revoked == TIME_NONE, PEOPLE_REVOKED);
    const struct slice texts[] = {row.delegator, row.delegate, making->wanted.reason};
    people_object_write(&change->after, names, texts);
    const struct store_value values[] = {
        store_integer(row.number), store_integer(change->actor->now), store_text(change->actor->id),
        store_text(making->wanted.reason)};
    return people_from_store(store_change(store, NULL, QUERY_DELEGATION_REVOKE, values));
}

enum people_status delegation_revoke(struct store *store, const struct people_actor *actor,
                                     int64_t number, struct slice reason)
{
    struct making making = {.wanted = {.reason = reason}, .number = number};
    struct people_change change = {.actor = actor,
                                   .action = SLICE("delegation.revoke"),
                                   .subject_kind = SLICE("delegation"),
                                   .work = revoke_work,
                                   .input = &making};

    REQUIRE(text_valid(reason), PEOPLE_BAD_DOCUMENT);
    const int size = snprintf(making.id, ID_SIZE, "DG-%08lld", (long long)number);
    check(size > 0 && size < ID_SIZE);
    change.subject_id = slice_of(making.id, (size_t)size);
    return people_change_run(store, &change);
}
