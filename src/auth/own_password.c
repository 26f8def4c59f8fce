#include "auth/own_password.h"

#include "auth/people_internal.h"

struct own_change {
    const struct own_password *wanted;
    const struct people_actor *actor;
    struct arena *arena;
    enum people_status status;
    enum people_status judged; /* the new password */
    struct people_user user;   /* as it was read before the hashing */
    struct slice past[PEOPLE_PASSWORDS_PAST];
    size_t past_count;
    bool fits; /* the old password */
    bool used; /* the new one is one of those before */
    char hash[PASSWORD_HASH_SIZE];
    uint8_t digest[SHA256_SIZE];
};

static enum store_status past_work(struct store *store, void *context)
{
    struct own_change *own = context;
    const struct store_value id[] = {store_text(own->actor->id)};
    struct store_rows rows;

    own->status = people_user_read(store, &own->user, own->arena, own->actor->id);
    if (own->status != PEOPLE_OK) {
        return own->status == PEOPLE_STORE ? STORE_REFUSED : STORE_OK;
    }
    own->judged = people_password_judge(store, own->arena, &own->user, own->wanted->wanted,
                                        own->wanted->refused);
    TRY(store_select(store, &rows, own->arena, QUERY_PASSWORDS_PAST, id));
    own->past_count = 0;
    for (size_t i = 0; i < rows.count && own->past_count < PEOPLE_PASSWORDS_PAST; i++) {
        own->past[own->past_count++] = store_row(&rows, i)[0].bytes;
    }
    return STORE_OK;
}

/* Hashing takes long, and is done outside of a transaction. */
static enum people_status hashes_make(struct own_change *own)
{
    const struct own_password *wanted = own->wanted;

    own->fits = password_fits(wanted->old, own->user.password);
    if (!own->fits) {
        return PEOPLE_OK;
    }
    own->used = slice_equal(wanted->old, wanted->wanted);
    for (size_t i = 0; i < own->past_count && !own->used; i++) {
        own->used = password_fits(wanted->wanted, own->past[i]);
    }
    if (own->used) {
        return PEOPLE_OK;
    }
    return password_hash(wanted->wanted, own->hash) ? PEOPLE_OK : PEOPLE_NO_MEMORY;
}

static enum people_status change_work(struct store *store, struct people_change *change)
{
    const struct own_change *own = change->input;
    const struct store_value session[] = {store_bytes(own->digest, SHA256_SIZE)};
    struct people_user user;

    TRY(people_user_read(store, &user, &change->arena, change->subject_id));
    REQUIRE(user.disabled == TIME_NONE, PEOPLE_ENDED);
    if (user.locked_until > change->actor->now) {
        change->stored_refusal = true;
        return PEOPLE_LOCKED;
    }
    /* The hash is of before the transaction: a password that was changed since does not count. */
    if (!own->fits || !slice_equal(own->user.password, user.password)) {
        return people_attempt_refuse(store, change, &user, PEOPLE_WRONG_PASSWORD);
    }
    if (own->used) {
        change->stored_refusal = true;
        return PEOPLE_PASSWORD_USED;
    }
    TRY(people_password_store(store, user.id, slice_from_cstr(own->hash), change->actor->now,
                              false));
    TRY(people_from_store(store_change(store, NULL, QUERY_SESSION_FREE, session)));
    return people_others_end(store, change, own->digest);
}

static enum people_status change_run(struct store *store, struct own_change *own)
{
    struct people_change change = {.actor = own->actor,
                                   .action = SLICE("user.own_password"),
                                   .subject_kind = SLICE("user"),
                                   .subject_id = own->actor->id,
                                   .work = change_work,
                                   .input = own};

    const enum store_status read = store_transact(store, STORE_READ, past_work, own);
    REQUIRE(read == STORE_OK || read == STORE_REFUSED, people_from_store(read));
    TRY(own->status);
    REQUIRE(own->user.password.size > 0, PEOPLE_NO_PASSWORD);
    TRY(own->judged);
    /* One that is locked is refused without the work. */
    if (own->user.locked_until <= own->actor->now) {
        TRY(hashes_make(own));
    }
    return people_change_run(store, &change);
}

enum people_status own_password_change(struct store *store, const struct people_actor *actor,
                                       const struct own_password *wanted)
{
    struct arena arena;
    struct own_change own = {.wanted = wanted, .actor = actor, .arena = &arena};

    REQUIRE(session_digest(wanted->secret, own.digest), PEOPLE_ENDED);
    arena_init(&arena, 1 << 20);
    const enum people_status status = change_run(store, &own);
    arena_release(&arena);
    return status;
}
