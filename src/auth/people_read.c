/* Reading people from the store, and what they may see. */
#include "auth/people.h"

bool people_id_valid(struct slice id)
{
    if (id.size == 0 || id.size > PEOPLE_ID_MAX) {
        return false;
    }
    for (size_t i = 0; i < id.size; i++) {
        const char c = id.data[i];
        const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (!plain && (i == 0 || (c != '.' && c != '_' && c != '-'))) {
            return false;
        }
    }
    return true;
}

bool people_name_valid(struct slice name)
{
    if (name.size == 0 || name.size > PEOPLE_NAME_MAX || !utf8_valid(name) ||
        slice_trim(name).size != name.size) {
        return false;
    }
    for (size_t i = 0; i < name.size; i++) {
        if ((uint8_t)name.data[i] < 0x20 || name.data[i] == 0x7F) {
            return false;
        }
    }
    return true;
}

static enum people_status status_of(enum store_status status)
{
    return status == STORE_OK          ? PEOPLE_OK
           : status == STORE_NO_MEMORY ? PEOPLE_NO_MEMORY
                                       : PEOPLE_STORE;
}

static struct slice text_or_empty(const struct store_value *value)
{
    return value->type == STORE_NULL ? SLICE("") : value->bytes;
}

static time_us time_or_none(const struct store_value *value)
{
    return value->type == STORE_NULL ? TIME_NONE : value->number;
}

static enum people_status user_find(struct store *store, struct people_user *ret_user,
                                    struct arena *arena, enum store_query query, struct slice key)
{
    const struct store_value values[] = {store_text(key)};
    struct store_rows rows;

    TRY(status_of(store_select(store, &rows, arena, query, values)));
    REQUIRE(rows.count == 1, PEOPLE_NOT_FOUND);
    const struct store_value *row = store_row(&rows, 0);
    *ret_user = (struct people_user){
        .id = row[0].bytes,
        .login = row[1].bytes,
        .name = row[2].bytes,
        .organisation = row[3].bytes,
        .password = text_or_empty(&row[4]),
        .failures = row[5].number,
        .locked_until = row[6].number,
        .totp_key = text_or_empty(&row[7]),
        .totp_step = row[8].number,
        .disabled = time_or_none(&row[9]),
        .person = row[10].bytes,
        .password_change = row[11].number != 0,
        .totp_begun = text_or_empty(&row[12]),
        .totp_begun_at = row[13].number,
        .factor_due = row[14].number != 0,
    };
    return PEOPLE_OK;
}

enum people_status people_user_read(struct store *store, struct people_user *ret_user,
                                    struct arena *arena, struct slice id)
{
    REQUIRE(people_id_valid(id), PEOPLE_NOT_FOUND);
    return user_find(store, ret_user, arena, QUERY_USER_GET, id);
}

enum people_status people_user_by_identity(struct store *store, struct people_user *ret_user,
                                           struct arena *arena, struct slice issuer,
                                           struct slice subject)
{
    const struct store_value values[] = {store_text(issuer), store_text(subject)};
    struct store_rows rows;

    TRY(status_of(store_select(store, &rows, arena, QUERY_IDENTITY_GET, values)));
    REQUIRE(rows.count == 1, PEOPLE_NOT_FOUND);
    return people_user_read(store, ret_user, arena, store_row(&rows, 0)[0].bytes);
}

enum people_status people_user_by_login(struct store *store, struct people_user *ret_user,
                                        struct arena *arena, struct slice login)
{
    REQUIRE(people_id_valid(login), PEOPLE_NOT_FOUND);
    return user_find(store, ret_user, arena, QUERY_USER_BY_LOGIN, login);
}

struct posts {
    struct people_post *posts;
    size_t count;
};

static enum people_status posts_read(struct store *store, struct posts *ret_posts,
                                     struct arena *arena, enum store_query query,
                                     const struct store_value *values)
{
    struct store_rows rows;

    TRY(status_of(store_select(store, &rows, arena, query, values)));
    struct people_post *posts =
        arena_take_array(arena, rows.count == 0 ? 1 : rows.count, sizeof(*posts));
    REQUIRE(posts != NULL, PEOPLE_NO_MEMORY);
    size_t count = 0;
    for (size_t i = 0; i < rows.count; i++) {
        const struct store_value *row = store_row(&rows, i);
        enum role role;
        if (!role_from_name(row[1].bytes, &role)) {
            continue; /* of a newer version: gives nothing here */
        }
        posts[count++] = (struct people_post){.organisation = row[0].bytes,
                                              .path = row[2].bytes,
                                              .legal_entity = row[3].bytes,
                                              .role = role,
                                              .since = row[4].number,
                                              .until = time_or_none(&row[5])};
    }
    *ret_posts = (struct posts){posts, count};
    return PEOPLE_OK;
}

enum people_status people_posts_read(struct store *store, struct people_post **ret_posts,
                                     size_t *ret_count, struct arena *arena, struct slice user,
                                     time_us now)
{
    const struct store_value values[] = {store_text(user), store_integer(now)};
    struct posts posts;

    TRY(posts_read(store, &posts, arena, QUERY_POSTS_OF, values));
    *ret_posts = posts.posts;
    *ret_count = posts.count;
    return PEOPLE_OK;
}

size_t people_posts_begun(struct people_post *posts, size_t count, time_us now)
{
    size_t begun = 0;

    for (size_t i = 0; i < count; i++) {
        if (posts[i].since <= now) {
            posts[begun++] = posts[i];
        }
    }
    return begun;
}

enum people_status people_person_posts_read(struct store *store, struct people_post **ret_posts,
                                            size_t *ret_count, struct arena *arena,
                                            struct slice person, time_us now)
{
    const struct store_value values[] = {store_text(person), store_integer(now)};
    struct posts posts;

    TRY(posts_read(store, &posts, arena, QUERY_POSTS_OF_PERSON, values));
    *ret_posts = posts.posts;
    *ret_count = posts.count;
    return PEOPLE_OK;
}

enum people_status people_organisation_read(struct store *store,
                                            struct people_organisation *ret_organisation,
                                            struct arena *arena, struct slice id)
{
    const struct store_value values[] = {store_text(id)};
    struct store_rows rows;

    REQUIRE(people_id_valid(id), PEOPLE_NOT_FOUND);
    TRY(status_of(store_select(store, &rows, arena, QUERY_ORGANISATION_GET, values)));
    REQUIRE(rows.count == 1, PEOPLE_NOT_FOUND);
    const struct store_value *row = store_row(&rows, 0);
    *ret_organisation = (struct people_organisation){.id = row[0].bytes,
                                                     .legal_entity = row[1].bytes,
                                                     .parent = text_or_empty(&row[2]),
                                                     .path = row[3].bytes,
                                                     .name = row[4].bytes};
    return PEOPLE_OK;
}

/* Paths end in a slash: "/a/b/" does not begin "/a/bc/". */
static bool post_sees(const struct people_post *post, struct slice path, time_us now)
{
    return post->since <= now && (post->until == TIME_NONE || post->until > now) &&
           post->path.size > 0 && slice_starts_with(path, post->path);
}

unsigned people_roles(const struct people_post *posts, size_t count, struct slice path, time_us now)
{
    unsigned roles = 0;

    for (size_t i = 0; i < count; i++) {
        roles |= post_sees(&posts[i], path, now) ? 1U << posts[i].role : 0;
    }
    return roles;
}

bool people_sees(const struct people_post *posts, size_t count, enum role role, struct slice path,
                 time_us now)
{
    return (people_roles(posts, count, path, now) >> role & 1) != 0;
}
