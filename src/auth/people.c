#include "auth/people.h"

#include "auth/people_internal.h"
#include "os/entropy.h"

/* ---- legal entities and organisations ---- */

struct named {
    struct slice id;
    struct slice name;
};

static enum people_status entity_work(struct store *store, struct people_change *change)
{
    static const char *const names[] = {"name", NULL};
    const struct named *named = change->input;
    const struct store_value values[] = {store_text(named->id), store_text(named->name),
                                         store_integer(change->actor->now)};

    people_object_write(&change->after, names, &named->name);
    return people_from_store(store_change(store, NULL, QUERY_ENTITY_ADD, values));
}

enum people_status people_entity_add(struct store *store, const struct people_actor *actor,
                                     struct slice id, struct slice name)
{
    struct named named = {id, name};
    struct people_change change = {.actor = actor,
                                   .action = SLICE("entity.create"),
                                   .subject_kind = SLICE("entity"),
                                   .subject_id = id,
                                   .work = entity_work,
                                   .input = &named};

    REQUIRE(people_id_valid(id), PEOPLE_BAD_ID);
    REQUIRE(people_name_valid(name), PEOPLE_BAD_NAME);
    return people_change_run(store, &change);
}

/* The path of a new organisation, "/head/branch/", and its legal entity. */
static enum people_status place_find(struct store *store, struct people_organisation *place,
                                     struct arena *arena)
{
    struct people_organisation parent = {0};
    size_t depth = 0;

    if (place->parent.size > 0) {
        TRY(people_organisation_read(store, &parent, arena, place->parent));
        REQUIRE(place->legal_entity.size == 0 ||
                    slice_equal(place->legal_entity, parent.legal_entity),
                PEOPLE_OTHER_ENTITY);
        place->legal_entity = parent.legal_entity;
    } else {
        parent.path = SLICE("/");
    }
    char *path = arena_take(arena, parent.path.size + place->id.size + 1);
    REQUIRE(path != NULL, PEOPLE_NO_MEMORY);
    memcpy(path, parent.path.data, parent.path.size);
    memcpy(path + parent.path.size, place->id.data, place->id.size);
    path[parent.path.size + place->id.size] = '/';
    place->path = slice_of(path, parent.path.size + place->id.size + 1);
    for (size_t i = 0; i < place->path.size; i++) {
        depth += place->path.data[i] == '/' ? 1 : 0;
    }
    return depth - 1 <= PEOPLE_DEPTH_MAX ? PEOPLE_OK : PEOPLE_BAD_ID;
}

static enum people_status organisation_work(struct store *store, struct people_change *change)
{
    static const char *const names[] = {"legal_entity", "path", "name", NULL};
    struct people_organisation place = *(const struct people_organisation *)change->input;

    TRY(place_find(store, &place, &change->arena));
    const struct slice texts[] = {place.legal_entity, place.path, place.name};
    people_object_write(&change->after, names, texts);
    const struct store_value values[] = {
        store_text(place.id),   store_text(place.legal_entity), store_text_or_null(place.parent),
        store_text(place.path), store_text(place.name),         store_integer(change->actor->now)};
    return people_from_store(store_change(store, NULL, QUERY_ORGANISATION_ADD, values));
}

enum people_status people_organisation_add(struct store *store, const struct people_actor *actor,
                                           const struct people_organisation *organisation)
{
    struct people_organisation wanted = *organisation;
    struct people_change change = {.actor = actor,
                                   .action = SLICE("organisation.create"),
                                   .subject_kind = SLICE("organisation"),
                                   .subject_id = wanted.id,
                                   .work = organisation_work,
                                   .input = &wanted};

    REQUIRE(people_id_valid(wanted.id), PEOPLE_BAD_ID);
    REQUIRE(people_name_valid(wanted.name), PEOPLE_BAD_NAME);
    REQUIRE(wanted.parent.size > 0 || people_id_valid(wanted.legal_entity), PEOPLE_NOT_FOUND);
    return people_change_run(store, &change);
}

/* ---- users ---- */

static enum people_status user_work(struct store *store, struct people_change *change)
{
    static const char *const names[] = {"login", "name", "organisation", "person", NULL};
    const struct people_user *user = change->input;
    const struct slice texts[] = {user->login, user->name, user->organisation, user->person};
    const struct store_value values[] = {store_text(user->id),
                                         store_text(user->login),
                                         store_text(user->name),
                                         store_text(user->organisation),
                                         store_integer(change->actor->now),
                                         store_text(user->person)};

    people_object_write(&change->after, names, texts);
    return people_from_store(store_change(store, NULL, QUERY_USER_ADD, values));
}

static struct people_change user_change(const struct people_actor *actor, struct slice action,
                                        struct slice user)
{
    return (struct people_change){
        .actor = actor, .action = action, .subject_kind = SLICE("user"), .subject_id = user};
}

enum people_status people_user_add(struct store *store, const struct people_actor *actor,
                                   const struct people_user *user)
{
    struct people_user wanted = *user;
    struct people_change change = user_change(actor, SLICE("user.create"), wanted.id);

    change.work = user_work;
    change.input = &wanted;
    REQUIRE(people_id_valid(wanted.id) && people_id_valid(wanted.login), PEOPLE_BAD_ID);
    REQUIRE(people_name_valid(wanted.name), PEOPLE_BAD_NAME);
    wanted.person = wanted.person.size == 0 ? wanted.id : wanted.person;
    REQUIRE(people_id_valid(wanted.person), PEOPLE_BAD_ID);
    REQUIRE(people_id_valid(wanted.organisation), PEOPLE_NOT_FOUND);
    return people_change_run(store, &change);
}

static enum people_status sessions_end(struct store *store, const struct people_change *change)
{
    const struct store_value values[] = {store_text(change->subject_id),
                                         store_integer(change->actor->now)};

    return people_from_store(store_change(store, NULL, QUERY_SESSIONS_END, values));
}

/* Nobody does an administrator's work on an account of their own, be it a second one. */
enum people_status people_self_judge(struct store *store, struct people_change *change,
                                     const struct people_user *user)
{
    struct people_user actor;

    const enum people_status status =
        people_user_read(store, &actor, &change->arena, change->actor->id);
    if (status == PEOPLE_NOT_FOUND) {
        return PEOPLE_OK; /* a token, or the program itself */
    }
    TRY(status);
    return slice_equal(actor.person, user->person) ? PEOPLE_SELF : PEOPLE_OK;
}

struct password_input {
    struct slice password;
    const struct password_list *refused;
    char hash[PASSWORD_HASH_SIZE];
};

static enum people_status password_work(struct store *store, struct people_change *change)
{
    const struct password_input *input = change->input;
    struct people_user user;

    TRY(people_user_read(store, &user, &change->arena, change->subject_id));
    TRY(people_self_judge(store, change, &user));
    TRY(people_password_judge(store, &change->arena, &user, input->password, input->refused));
    TRY(people_password_store(store, user.id, slice_from_cstr(input->hash), change->actor->now,
                              true));
    return sessions_end(store, change);
}

enum people_status people_password_set(struct store *store, const struct people_actor *actor,
                                       struct slice user, struct slice password,
                                       const struct password_list *refused)
{
    struct password_input input = {.password = password, .refused = refused};
    struct people_change change = user_change(actor, SLICE("user.password"), user);

    REQUIRE(!slice_equal(actor->id, user), PEOPLE_SELF);
    REQUIRE(password_valid(password, SLICE("")), PEOPLE_BAD_PASSWORD);
    REQUIRE(people_id_valid(user), PEOPLE_NOT_FOUND);
    REQUIRE(password_hash(password, input.hash), PEOPLE_NO_MEMORY);
    change.work = password_work;
    change.input = &input;
    return people_change_run(store, &change);
}

static enum people_status disable_work(struct store *store, struct people_change *change)
{
    const bool *disabled = change->input;
    struct people_user user;

    TRY(people_user_read(store, &user, &change->arena, change->subject_id));
    TRY(people_self_judge(store, change, &user));
    buffer_append_cstr(&change->before,
                       user.disabled == TIME_NONE ? "{\"disabled\":false}" : "{\"disabled\":true}");
    buffer_append_cstr(&change->after, *disabled ? "{\"disabled\":true}" : "{\"disabled\":false}");
    const struct store_value values[] = {
        store_text(user.id), *disabled ? store_integer(change->actor->now) : store_null()};
    TRY(people_from_store(store_change(store, NULL, QUERY_USER_DISABLED_SET, values)));
    const struct store_value none[] = {store_text(user.id), store_integer(0), store_integer(0)};
    TRY(people_from_store(store_change(store, NULL, QUERY_USER_FAILURES_SET, none)));
    return *disabled ? sessions_end(store, change) : PEOPLE_OK;
}

enum people_status people_user_disable(struct store *store, const struct people_actor *actor,
                                       struct slice user, bool disabled)
{
    struct people_change change =
        user_change(actor, disabled ? SLICE("user.disable") : SLICE("user.enable"), user);

    REQUIRE(people_id_valid(user), PEOPLE_NOT_FOUND);
    REQUIRE(!slice_equal(actor->id, user), PEOPLE_SELF);
    change.work = disable_work;
    change.input = &disabled;
    return people_change_run(store, &change);
}

/* ---- identities of issuers ---- */

enum { SUBJECT_MAX = 255 };

struct identity {
    struct slice issuer;
    struct slice subject;
};

static enum people_status identity_work(struct store *store, struct people_change *change)
{
    static const char *const names[] = {"issuer", "subject", NULL};
    const struct identity *identity = change->input;
    const struct slice texts[] = {identity->issuer, identity->subject};
    struct people_user user;

    TRY(people_user_read(store, &user, &change->arena, change->subject_id));
    TRY(people_self_judge(store, change, &user));
    const struct store_value drop[] = {store_text(user.id), store_text(identity->issuer)};
    const struct store_value add[] = {store_text(identity->issuer), store_text(identity->subject),
                                      store_text(user.id), store_integer(change->actor->now)};
    people_object_write(&change->after, names, texts);
    TRY(people_from_store(store_change(store, NULL, QUERY_IDENTITY_DROP, drop)));
    if (identity->subject.size > 0) {
        TRY(people_from_store(store_change(store, NULL, QUERY_IDENTITY_ADD, add)));
    }
    return sessions_end(store, change);
}

enum people_status people_identity_set(struct store *store, const struct people_actor *actor,
                                       struct slice user, struct slice issuer, struct slice subject)
{
    struct identity identity = {issuer, subject};
    struct people_change change = user_change(actor, SLICE("user.identity"), user);

    REQUIRE(people_id_valid(user), PEOPLE_NOT_FOUND);
    REQUIRE(issuer.size > 0 && issuer.size <= SUBJECT_MAX && utf8_valid(issuer) &&
                memchr(issuer.data, '\0', issuer.size) == NULL,
            PEOPLE_BAD_NAME);
    REQUIRE(subject.size <= SUBJECT_MAX && utf8_valid(subject) &&
                (subject.size == 0 || memchr(subject.data, '\0', subject.size) == NULL),
            PEOPLE_BAD_NAME);
    change.work = identity_work;
    change.input = &identity;
    return people_change_run(store, &change);
}

/* ---- posts ---- */

/* Two spans of time that have a moment in common; TIME_NONE is no end. */
static bool overlap(const struct people_post *a, const struct people_post *b)
{
    return (a->until == TIME_NONE || a->until > b->since) &&
           (b->until == TIME_NONE || b->until > a->since);
}

static enum people_status duties_judge(struct store *store, struct people_change *change,
                                       const struct people_user *user,
                                       const struct people_post *wanted)
{
    struct people_post *posts;
    size_t count;

    TRY(people_person_posts_read(store, &posts, &count, &change->arena, user->person,
                                 change->actor->now));
    REQUIRE(count < PEOPLE_POSTS_MAX, PEOPLE_DUTIES);
    for (size_t i = 0; i < count; i++) {
        if (!overlap(&posts[i], wanted)) {
            continue;
        }
        REQUIRE(!roles_exclude(posts[i].role, wanted->role), PEOPLE_DUTIES);
        REQUIRE(posts[i].role != wanted->role ||
                    !slice_equal(posts[i].organisation, wanted->organisation),
                PEOPLE_HELD);
    }
    return PEOPLE_OK;
}

static void post_write(struct buffer *out, const struct people_post *post)
{
    struct json_writer writer;

    json_writer_init(&writer, out);
    json_object_begin(&writer);
    json_name(&writer, SLICE("organisation"));
    json_string(&writer, post->organisation);
    json_name(&writer, SLICE("role"));
    json_string(&writer, role_name(post->role));
    json_name(&writer, SLICE("since"));
    json_i64(&writer, post->since);
    json_name(&writer, SLICE("until"));
    if (post->until == TIME_NONE) {
        json_null(&writer);
    } else {
        json_i64(&writer, post->until);
    }
    json_object_end(&writer);
}

static enum people_status give_work(struct store *store, struct people_change *change)
{
    const struct people_post *post = change->input;
    struct people_organisation home;
    struct people_organisation place;
    struct people_user user;

    TRY(people_user_read(store, &user, &change->arena, change->subject_id));
    TRY(people_self_judge(store, change, &user));
    REQUIRE(user.disabled == TIME_NONE, PEOPLE_DISABLED);
    TRY(people_organisation_read(store, &place, &change->arena, post->organisation));
    TRY(people_organisation_read(store, &home, &change->arena, user.organisation));
    REQUIRE(slice_equal(home.legal_entity, place.legal_entity), PEOPLE_OTHER_ENTITY);
    TRY(duties_judge(store, change, &user, post));
    post_write(&change->after, post);
    const struct store_value values[] = {
        store_text(user.id), store_text(post->organisation), store_text(role_name(post->role)),
        store_integer(post->since),
        post->until == TIME_NONE ? store_null() : store_integer(post->until)};
    return people_from_store(store_change(store, NULL, QUERY_POST_ADD, values));
}

enum people_status people_post_give(struct store *store, const struct people_actor *actor,
                                    struct slice user, const struct people_post *post)
{
    struct people_post wanted = *post;
    struct people_change change = user_change(actor, SLICE("post.give"), user);

    REQUIRE(people_id_valid(user), PEOPLE_NOT_FOUND);
    REQUIRE(!slice_equal(actor->id, user), PEOPLE_SELF);
    /* History is not written: a post begins now or later. */
    wanted.since = wanted.since < actor->now ? actor->now : wanted.since;
    REQUIRE(wanted.until == TIME_NONE || wanted.until > wanted.since, PEOPLE_BAD_DATES);
    change.work = give_work;
    change.input = &wanted;
    return people_change_run(store, &change);
}

static enum people_status take_work(struct store *store, struct people_change *change)
{
    static const char *const names[] = {"organisation", "role", NULL};
    const struct people_post *post = change->input;
    const struct slice texts[] = {post->organisation, role_name(post->role)};
    const struct store_value values[] = {store_text(change->subject_id),
                                         store_text(post->organisation), store_text(texts[1]),
                                         store_integer(change->actor->now)};
    struct people_user user;
    uint64_t changed = 0;

    TRY(people_user_read(store, &user, &change->arena, change->subject_id));
    TRY(people_self_judge(store, change, &user));
    people_object_write(&change->before, names, texts);
    TRY(people_from_store(store_change(store, &changed, QUERY_POST_END, values)));
    return changed == 1 ? PEOPLE_OK : PEOPLE_NOT_FOUND;
}

enum people_status people_post_take(struct store *store, const struct people_actor *actor,
                                    struct slice user, struct slice organisation, enum role role)
{
    struct people_post post = {.organisation = organisation, .role = role};
    struct people_change change = user_change(actor, SLICE("post.take"), user);

    REQUIRE(people_id_valid(user) && people_id_valid(organisation), PEOPLE_NOT_FOUND);
    REQUIRE(!slice_equal(actor->id, user), PEOPLE_SELF);
    change.work = take_work;
    change.input = &post;
    return people_change_run(store, &change);
}
