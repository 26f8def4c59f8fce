#include "auth/own_factor.h"

#include "auth/people_internal.h"
#include "auth/second_factor.h"
#include "os/entropy.h"

struct factor_change {
    const struct own_factor *shown;
    const struct people_actor *actor;
    struct arena arena; /* of the reading before */
    enum people_status status;
    struct people_user user; /* as it was read before the hashing */
    bool fits;               /* the password */
    uint8_t digest[SHA256_SIZE];
    uint8_t key[TOTP_KEY_SIZE];
    struct own_factor_codes codes;
};

/* ---- who asks ---- */

static enum store_status user_work(struct store *store, void *context)
{
    struct factor_change *factor = context;

    factor->status = people_user_read(store, &factor->user, &factor->arena, factor->actor->id);
    return factor->status == PEOPLE_STORE ? STORE_REFUSED : STORE_OK;
}

/* The password is judged outside of a transaction, since that takes long. */
static enum people_status password_judge(struct store *store, struct factor_change *factor)
{
    const enum store_status read = store_transact(store, STORE_READ, user_work, factor);

    REQUIRE(read == STORE_OK || read == STORE_REFUSED, people_from_store(read));
    TRY(factor->status);
    REQUIRE(factor->user.password.size > 0, PEOPLE_NO_PASSWORD);
    /* One that is locked is refused without the work. */
    if (factor->user.locked_until <= factor->actor->now) {
        factor->fits = password_fits(factor->shown->password, factor->user.password);
    }
    return PEOPLE_OK;
}

/* What every one of these changes begins with. */
static enum people_status user_judge(struct store *store, struct people_change *change,
                                     struct people_user *ret_user)
{
    TRY(people_user_read(store, ret_user, &change->arena, change->subject_id));
    REQUIRE(ret_user->disabled == TIME_NONE, PEOPLE_ENDED);
    REQUIRE(!ret_user->password_change, PEOPLE_PASSWORD_CHANGE);
    if (ret_user->locked_until > change->actor->now) {
        change->stored_refusal = true;
        return PEOPLE_LOCKED;
    }
    return PEOPLE_OK;
}

/* The password, and the code of the factor that there is. A right one does not end the count of
 * wrong attempts: only signing in does. */
static enum people_status shown_judge(struct store *store, struct people_change *change,
                                      const struct people_user *user)
{
    const struct factor_change *factor = change->input;

    /* The hash is of before the transaction: a password that was changed since does not count. */
    if (!factor->fits || !slice_equal(factor->user.password, user->password)) {
        return people_attempt_refuse(store, change, user, PEOPLE_WRONG_PASSWORD);
    }
    if (user->totp_key.size == 0) {
        return PEOPLE_OK;
    }
    REQUIRE(factor->shown->code.size > 0, PEOPLE_WRONG_CODE);
    return second_factor_judge(store, change, user, factor->shown->ring, factor->shown->code,
                               PEOPLE_WRONG_CODE);
}

static enum people_status codes_store(struct store *store, struct people_change *change)
{
    const struct factor_change *factor = change->input;
    const struct store_value user[] = {store_text(change->subject_id)};
    uint8_t digest[SHA256_SIZE];

    TRY(people_from_store(store_change(store, NULL, QUERY_RECOVERY_CODES_DROP, user)));
    for (size_t i = 0; i < RECOVERY_CODES; i++) {
        check(recovery_code_digest(slice_of(factor->codes.codes[i], RECOVERY_CODE_SIZE), digest));
        const struct store_value values[] = {user[0], store_bytes(digest, SHA256_SIZE)};
        TRY(people_from_store(store_change(store, NULL, QUERY_RECOVERY_CODE_ADD, values)));
    }
    return PEOPLE_OK;
}

static void codes_make(struct factor_change *factor)
{
    for (size_t i = 0; i < RECOVERY_CODES; i++) {
        recovery_code_make(factor->codes.codes[i]);
    }
}

static struct people_change change_of(struct factor_change *factor, const char *action)
{
    return (struct people_change){.actor = factor->actor,
                                  .action = slice_from_cstr(action),
                                  .subject_kind = SLICE("user"),
                                  .subject_id = factor->actor->id,
                                  .input = factor};
}

/* ---- begin ---- */

static enum people_status begin_work(struct store *store, struct people_change *change)
{
    const struct factor_change *factor = change->input;
    uint8_t sealed[SECOND_FACTOR_SEALED];
    struct people_user user;

    TRY(user_judge(store, change, &user));
    TRY(shown_judge(store, change, &user));
    second_factor_close(factor->shown->ring, user.id, true, factor->key, sealed);
    const struct store_value values[] = {store_text(user.id), store_bytes(sealed, sizeof(sealed)),
                                         store_integer(change->actor->now)};
    return people_from_store(store_change(store, NULL, QUERY_USER_TOTP_BEGIN, values));
}

static enum people_status begin_run(struct store *store, struct own_factor_begun *ret_begun,
                                    struct factor_change *factor)
{
    struct people_change change = change_of(factor, "user.second_factor_begin");

    TRY(password_judge(store, factor));
    change.work = begin_work;
    os_entropy_fill(factor->key, sizeof(factor->key));
    TRY(people_change_run(store, &change));
    memcpy(ret_begun->key, factor->key, sizeof(factor->key));
    memcpy(ret_begun->login, factor->user.login.data, factor->user.login.size);
    ret_begun->login_size = factor->user.login.size;
    return PEOPLE_OK;
}

enum people_status own_factor_begin(struct store *store, struct own_factor_begun *ret_begun,
                                    const struct people_actor *actor,
                                    const struct own_factor *shown)
{
    struct factor_change factor = {.shown = shown, .actor = actor};

    REQUIRE(session_digest(shown->secret, factor.digest), PEOPLE_ENDED);
    arena_init(&factor.arena, 1 << 20);
    const enum people_status status = begin_run(store, ret_begun, &factor);
    arena_release(&factor.arena);
    explicit_bzero(&factor, sizeof(factor));
    return status;
}

/* ---- confirm ---- */

/* The key that was begun, by a code of it; the step of the code. */
static enum people_status begun_judge(struct store *store, struct people_change *change,
                                      const struct people_user *user,
                                      uint8_t ret_key[TOTP_KEY_SIZE], int64_t *ret_step)
{
    const struct own_factor *shown = ((const struct factor_change *)change->input)->shown;
    const time_us until = user->totp_begun_at + OWN_FACTOR_BEGUN_SECONDS * US_PER_SECOND;

    REQUIRE(change->actor->now < until && second_factor_begun_open(user, shown->ring, ret_key),
            PEOPLE_FACTOR_NOT_BEGUN);
    REQUIRE(shown->code.size > 0, PEOPLE_WRONG_CODE);
    return totp_fits(ret_key, shown->code, change->actor->now, 0, ret_step)
               ? PEOPLE_OK
               : people_attempt_refuse(store, change, user, PEOPLE_WRONG_CODE);
}

static enum people_status confirm_work(struct store *store, struct people_change *change)
{
    struct factor_change *factor = change->input;
    const struct store_value session[] = {store_bytes(factor->digest, SHA256_SIZE),
                                          store_integer(1)};
    uint8_t sealed[SECOND_FACTOR_SEALED];
    struct people_user user;
    int64_t step;

    TRY(user_judge(store, change, &user));
    TRY(begun_judge(store, change, &user, factor->key, &step));
    second_factor_close(factor->shown->ring, user.id, false, factor->key, sealed);
    const struct store_value values[] = {store_text(user.id), store_bytes(sealed, sizeof(sealed)),
                                         store_integer(step)};
    TRY(people_from_store(store_change(store, NULL, QUERY_USER_TOTP_SET, values)));
    TRY(codes_store(store, change));
    TRY(people_from_store(store_change(store, NULL, QUERY_SESSION_FACTOR_SET, session)));
    buffer_printf(&change->before, "{\"second_factor\":%s}",
                  user.totp_key.size > 0 ? "true" : "false");
    buffer_printf(&change->after, "{\"second_factor\":true,\"recovery_codes\":%d}", RECOVERY_CODES);
    return people_others_end(store, change, factor->digest);
}

enum people_status own_factor_confirm(struct store *store, struct own_factor_codes *ret_codes,
                                      const struct people_actor *actor,
                                      const struct own_factor *shown)
{
    struct factor_change factor = {.shown = shown, .actor = actor};
    struct people_change change = change_of(&factor, "user.second_factor_confirm");

    REQUIRE(session_digest(shown->secret, factor.digest), PEOPLE_ENDED);
    change.work = confirm_work;
    codes_make(&factor);
    const enum people_status status = people_change_run(store, &change);
    if (status == PEOPLE_OK) {
        *ret_codes = factor.codes;
    }
    explicit_bzero(&factor, sizeof(factor));
    return status;
}

/* ---- remove, and new codes ---- */

/* Whether a user may not be without: one of their posts, or of those they stand in for. */
static enum people_status required_judge(struct store *store, struct people_change *change,
                                         const struct people_user *user)
{
    const unsigned roles = ((const struct factor_change *)change->input)->shown->required;
    struct session session = {.factor_due = user->factor_due};

    if (roles == 0) {
        return PEOPLE_OK;
    }
    TRY(people_posts_read(store, &session.posts, &session.post_count, &change->arena, user->id,
                          change->actor->now));
    session.post_count = people_posts_begun(session.posts, session.post_count, change->actor->now);
    TRY(delegation_steads(store, &session.steads, &session.stead_count, &change->arena, user->id,
                          user->person, change->actor->now));
    return session_factor_due(&session, roles) ? PEOPLE_FACTOR_REQUIRED : PEOPLE_OK;
}

/* What the trail says beside the change, where judging noted that a recovery code stood for the
 * second factor. */
static const char *recovery_take(struct people_change *change)
{
    const bool recovered = change->after.size > 0;

    buffer_reset(&change->after);
    return recovered ? ",\"recovery_code\":\"used\"" : "";
}

static enum people_status remove_work(struct store *store, struct people_change *change)
{
    const struct factor_change *factor = change->input;
    struct people_user user;

    TRY(user_judge(store, change, &user));
    REQUIRE(user.totp_key.size > 0, PEOPLE_FACTOR_NONE);
    TRY(required_judge(store, change, &user));
    TRY(shown_judge(store, change, &user));
    const struct store_value none[] = {store_text(user.id), store_integer(0)};
    const struct store_value session[] = {store_bytes(factor->digest, SHA256_SIZE),
                                          store_integer(0)};
    TRY(people_from_store(store_change(store, NULL, QUERY_USER_TOTP_RESET, none)));
    TRY(people_from_store(store_change(store, NULL, QUERY_RECOVERY_CODES_DROP, none)));
    TRY(people_from_store(store_change(store, NULL, QUERY_SESSION_FACTOR_SET, session)));
    buffer_append_cstr(&change->before, "{\"second_factor\":true}");
    buffer_printf(&change->after, "{\"second_factor\":false%s}", recovery_take(change));
    return people_others_end(store, change, factor->digest);
}

static enum people_status recode_work(struct store *store, struct people_change *change)
{
    struct people_user user;

    TRY(user_judge(store, change, &user));
    REQUIRE(user.totp_key.size > 0, PEOPLE_FACTOR_NONE);
    TRY(shown_judge(store, change, &user));
    TRY(codes_store(store, change));
    buffer_printf(&change->after, "{\"recovery_codes\":%d%s}", RECOVERY_CODES,
                  recovery_take(change));
    return PEOPLE_OK;
}

/* A change by password and code. */
static enum people_status shown_run(struct store *store, struct factor_change *factor,
                                    struct people_change *change)
{
    REQUIRE(session_digest(factor->shown->secret, factor->digest), PEOPLE_ENDED);
    arena_init(&factor->arena, 1 << 20);
    enum people_status status = password_judge(store, factor);
    if (status == PEOPLE_OK) {
        status = people_change_run(store, change);
    }
    arena_release(&factor->arena);
    return status;
}

enum people_status own_factor_remove(struct store *store, const struct people_actor *actor,
                                     const struct own_factor *shown)
{
    struct factor_change factor = {.shown = shown, .actor = actor};
    struct people_change change = change_of(&factor, "user.second_factor_remove");

    change.work = remove_work;
    return shown_run(store, &factor, &change);
}

enum people_status own_factor_recode(struct store *store, struct own_factor_codes *ret_codes,
                                     const struct people_actor *actor,
                                     const struct own_factor *shown)
{
    struct factor_change factor = {.shown = shown, .actor = actor};
    struct people_change change = change_of(&factor, "user.recovery_codes");

    change.work = recode_work;
    codes_make(&factor);
    const enum people_status status = shown_run(store, &factor, &change);
    if (status == PEOPLE_OK) {
        *ret_codes = factor.codes;
    }
    explicit_bzero(&factor, sizeof(factor));
    return status;
}
