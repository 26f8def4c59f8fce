#include "auth/people_internal.h"

enum { ARENA_MAX = 4 << 20 };

enum people_status people_from_store(enum store_status status)
{
    switch (status) {
    case STORE_OK:
        return PEOPLE_OK;
    case STORE_EXISTS:
        return PEOPLE_EXISTS;
    case STORE_REFERENCE:
        return PEOPLE_NOT_FOUND;
    case STORE_NO_MEMORY:
        return PEOPLE_NO_MEMORY;
    default:
        return PEOPLE_STORE;
    }
}

void people_object_write(struct buffer *out, const char *const *names, const struct slice *texts)
{
    struct json_writer writer;

    json_writer_init(&writer, out);
    json_object_begin(&writer);
    for (size_t i = 0; names[i] != NULL; i++) {
        if (texts[i].size > 0) {
            json_name(&writer, slice_from_cstr(names[i]));
            json_string(&writer, texts[i]);
        }
    }
    json_object_end(&writer);
}

enum people_status people_password_store(struct store *store, struct slice user, struct slice hash,
                                         time_us now, bool to_be_changed)
{
    const struct store_value id[] = {store_text(user)};
    const struct store_value kept[] = {store_text(user), store_integer(PEOPLE_PASSWORDS_PAST)};
    const struct store_value values[] = {store_text(user), store_text(hash), store_integer(now),
                                         store_integer(to_be_changed ? 1 : 0)};

    TRY(people_from_store(store_change(store, NULL, QUERY_PASSWORD_PAST_ADD, id)));
    TRY(people_from_store(store_change(store, NULL, QUERY_PASSWORD_PAST_DROP, kept)));
    return people_from_store(store_change(store, NULL, QUERY_USER_PASSWORD_SET, values));
}

static enum people_status entity_name_read(struct store *store, struct slice *ret_name,
                                           struct arena *arena, struct slice organisation)
{
    struct people_organisation place;
    struct store_rows rows;

    TRY(people_organisation_read(store, &place, arena, organisation));
    const struct store_value id[] = {store_text(place.legal_entity)};
    TRY(people_from_store(store_select(store, &rows, arena, QUERY_ENTITY_GET, id)));
    *ret_name = rows.count == 1 ? store_row(&rows, 0)[1].bytes : SLICE("");
    return PEOPLE_OK;
}

enum people_status people_password_judge(struct store *store, struct arena *arena,
                                         const struct people_user *user, struct slice password,
                                         const struct password_list *refused)
{
    struct slice entity;

    REQUIRE(password_valid(password, user->login), PEOPLE_BAD_PASSWORD);
    REQUIRE(!password_guessed(refused, password), PEOPLE_PASSWORD_GUESSED);
    TRY(entity_name_read(store, &entity, arena, user->organisation));
    REQUIRE(!password_names(password, user->name) && !password_names(password, entity) &&
                !password_names(password, SLICE("headroom")),
            PEOPLE_PASSWORD_NAMES);
    return PEOPLE_OK;
}

static enum store_status record(struct store *store, struct people_change *change)
{
    char subject[TRAIL_TEXT_MAX];

    const int size =
        snprintf(subject, sizeof(subject), "%.*s/%.*s", (int)change->subject_kind.size,
                 change->subject_kind.data, (int)change->subject_id.size, change->subject_id.data);
    if (buffer_failed(&change->before) || buffer_failed(&change->after)) {
        return STORE_NO_MEMORY;
    }
    check(size > 0 && (size_t)size < sizeof(subject));
    const struct trail_entry entry = {
        .at = change->actor->now,
        .actor = change->actor->id,
        .address = change->actor->address,
        .action = change->action,
        .subject = slice_of(subject, (size_t)size),
        .before = buffer_slice(&change->before),
        .after = buffer_slice(&change->after),
        .reason = change->status == PEOPLE_OK ? slice_of(NULL, 0)
                                              : people_status_text(change->status, false),
    };
    return trail_add(store, &entry);
}

static enum store_status change_work(struct store *store, void *context)
{
    struct people_change *change = context;

    /* It may be run again from the start. */
    arena_reset(&change->arena);
    buffer_reset(&change->before);
    buffer_reset(&change->after);
    change->unaudited = change->stored_refusal = false;
    change->status = change->work(store, change);
    if (change->status != PEOPLE_OK && !change->stored_refusal) {
        return STORE_REFUSED;
    }
    return change->unaudited ? STORE_OK : record(store, change);
}

enum people_status people_change_run(struct store *store, struct people_change *change)
{
    arena_init(&change->arena, ARENA_MAX);
    const enum store_status status = store_transact(store, STORE_WRITE, change_work, change);
    arena_release(&change->arena);
    buffer_release(&change->before);
    buffer_release(&change->after);
    if (status == STORE_OK || (status == STORE_REFUSED && change->status != PEOPLE_OK)) {
        return change->status;
    }
    return people_from_store(status);
}

enum people_status people_others_end(struct store *store, const struct people_change *change,
                                     const uint8_t digest[SHA256_SIZE])
{
    const struct store_value others[] = {store_text(change->subject_id),
                                         store_integer(change->actor->now),
                                         store_bytes(digest, SHA256_SIZE)};

    return people_from_store(store_change(store, NULL, QUERY_SESSIONS_END_OTHERS, others));
}
