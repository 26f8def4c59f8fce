#include "auth/session.h"

#include "auth/people_internal.h"
#include "auth/token.h"

static const char prefix[4] = "hs_";

_Static_assert((int)SESSION_SECRET_SIZE == (int)TOKEN_SECRET_SIZE, "made as a token's secret is");

/* ---- who a session is for ---- */

struct judging {
    struct session *session;
    struct arena *arena;
    uint8_t digest[SHA256_SIZE];
    time_us now;
    time_us seen;
    enum people_status status;
};

static bool lives(const struct store_value *row, time_us now)
{
    const time_us created = row[1].number;
    const time_us seen = row[2].number;

    return row[3].type == STORE_NULL && row[4].type == STORE_NULL &&
           now < seen + SESSION_IDLE_SECONDS * US_PER_SECOND &&
           now < created + SESSION_SECONDS * US_PER_SECOND;
}

static enum store_status judge_work(struct store *store, void *context)
{
    struct judging *judging = context;
    const struct store_value values[] = {store_bytes(judging->digest, SHA256_SIZE)};
    struct session *session = judging->session;
    struct store_rows rows;

    TRY(store_select(store, &rows, judging->arena, QUERY_SESSION_GET, values));
    judging->status = PEOPLE_ENDED;
    if (rows.count != 1 || !lives(store_row(&rows, 0), judging->now)) {
        return STORE_OK;
    }
    const struct store_value *row = store_row(&rows, 0);
    judging->seen = row[2].number;
    *session = (struct session){.user = row[0].bytes,
                                .organisation = row[5].bytes,
                                .person = row[6].bytes,
                                .confined = row[7].number != 0,
                                .factor_shown = row[8].number != 0,
                                .factor_due = row[9].number != 0,
                                .factor = row[10].number != 0};
    judging->status = people_posts_read(store, &session->posts, &session->post_count,
                                        judging->arena, session->user, judging->now);
    session->post_count = people_posts_begun(session->posts, session->post_count, judging->now);
    if (judging->status == PEOPLE_OK) {
        judging->status =
            delegation_steads(store, &session->steads, &session->stead_count, judging->arena,
                              session->user, session->person, judging->now);
    }
    return STORE_OK;
}

/* ---- signing in ---- */

struct attempt {
    const struct sign_in *sign_in;           /* by password, or */
    const struct sign_in_identity *identity; /* by an issuer */
    struct session_begun begun;
    struct slice hash; /* that the password was compared with, before the transaction */
    bool fits;
    bool known;
};

struct hash_read {
    struct slice login;
    struct arena *arena;
    struct slice hash;
    bool known;
};

static enum store_status hash_work(struct store *store, void *context)
{
    struct hash_read *read = context;
    struct people_user user;

    const enum people_status status = people_user_by_login(store, &user, read->arena, read->login);
    read->known = status == PEOPLE_OK;
    read->hash = read->known ? user.password : SLICE("");
    return status == PEOPLE_OK || status == PEOPLE_NOT_FOUND ? STORE_OK : STORE_REFUSED;
}

static time_us lock_until(int64_t failures, time_us now)
{
    int64_t seconds = SIGN_IN_LOCK_SECONDS;

    if (failures < SIGN_IN_ATTEMPTS) {
        return 0;
    }
    for (int64_t i = SIGN_IN_ATTEMPTS; i < failures && seconds < SIGN_IN_LOCK_SECONDS_MAX; i++) {
        seconds *= 2;
    }
    seconds = seconds < SIGN_IN_LOCK_SECONDS_MAX ? seconds : SIGN_IN_LOCK_SECONDS_MAX;
    return now + seconds * US_PER_SECOND;
}

/* A wrong attempt is stored: it counts, and it is in the trail. */
enum people_status people_attempt_refuse(struct store *store, struct people_change *change,
                                         const struct people_user *user, enum people_status why)
{
    const int64_t failures = user->failures + 1;
    const struct store_value values[] = {store_text(user->id), store_integer(failures),
                                         store_integer(lock_until(failures, change->actor->now))};

    change->stored_refusal = true;
    const enum store_status stored = store_change(store, NULL, QUERY_USER_FAILURES_SET, values);
    if (stored != STORE_OK) {
        change->stored_refusal = false;
        return people_from_store(stored);
    }
    return why;
}

static enum people_status factor_judge(struct store *store, struct people_change *change,
                                       const struct people_user *user)
{
    const struct attempt *attempt = change->input;

    if (user->totp_key.size == 0) {
        return PEOPLE_OK;
    }
    if (attempt->sign_in->code.size == 0) {
        return PEOPLE_CODE_NEEDED;
    }
    return second_factor_judge(store, change, user, attempt->sign_in->ring, attempt->sign_in->code,
                               PEOPLE_REFUSED);
}

/* What the session that has begun is to do first: it is judged as each of its requests will be, and
 * begins only where that can be done. */
static enum people_status due_find(struct store *store, struct people_change *change,
                                   const uint8_t digest[SHA256_SIZE])
{
    struct attempt *attempt = change->input;
    struct session session = {0};
    struct judging judging = {
        .session = &session, .arena = &change->arena, .now = change->actor->now};

    memcpy(judging.digest, digest, SHA256_SIZE);
    TRY(people_from_store(judge_work(store, &judging)));
    TRY(judging.status);
    attempt->begun.factor_due =
        session_factor_due(&session, attempt->sign_in != NULL ? attempt->sign_in->factor_roles
                                                              : attempt->identity->factor_roles);
    return PEOPLE_OK;
}

static enum people_status session_store(struct store *store, struct people_change *change,
                                        const struct people_user *user)
{
    struct attempt *attempt = change->input;
    struct session_begun *begun = &attempt->begun;
    const struct store_value none[] = {store_text(user->id), store_integer(0), store_integer(0)};
    struct auth_token token;
    uint8_t digest[SHA256_SIZE];

    token_make(&token, begun->secret);
    memcpy(begun->secret, prefix, 3);
    sha256_of(slice_of(begun->secret, SESSION_SECRET_SIZE), digest);
    /* Who signs in by an issuer did not use the password. */
    begun->confined = user->password_change && attempt->sign_in != NULL;
    const struct store_value values[] = {
        store_bytes(digest, SHA256_SIZE),
        store_text(user->id),
        store_integer(change->actor->now),
        store_text(change->actor->address),
        store_integer(begun->confined ? 1 : 0),
        store_integer(user->totp_key.size > 0 || attempt->sign_in == NULL ? 1 : 0)};
    TRY(people_from_store(store_change(store, NULL, QUERY_USER_FAILURES_SET, none)));
    TRY(people_from_store(store_change(store, NULL, QUERY_SESSION_ADD, values)));
    memcpy(begun->user, user->id.data, user->id.size);
    begun->user_size = user->id.size;
    return due_find(store, change, digest);
}

static enum people_status attempt_work(struct store *store, struct people_change *change)
{
    struct attempt *attempt = change->input;
    struct people_user user;

    const enum people_status found =
        people_user_by_login(store, &user, &change->arena, attempt->sign_in->login);
    if (found == PEOPLE_NOT_FOUND) {
        /* Recorded, without what was typed: it may be a password in the wrong field. */
        change->stored_refusal = true;
        change->subject_id = SLICE("unknown");
        return PEOPLE_REFUSED;
    }
    TRY(found);
    change->subject_id = user.id;
    if (user.locked_until > change->actor->now) {
        change->stored_refusal = true;
        return PEOPLE_LOCKED;
    }
    /* The hash is of before the transaction: a password that was changed since does not count. */
    const bool fits = attempt->known && attempt->fits && slice_equal(attempt->hash, user.password);
    if (!fits || user.disabled != TIME_NONE) {
        return people_attempt_refuse(store, change, &user, PEOPLE_REFUSED);
    }
    TRY(factor_judge(store, change, &user));
    return session_store(store, change, &user);
}

/* A wrong code is a status of its own kind: what was stored of it must be recorded. */
static enum people_status attempt_run(struct store *store, struct attempt *attempt)
{
    const struct people_actor actor = {
        .id = SLICE("sign-in"), .address = attempt->sign_in->address, .now = attempt->sign_in->now};
    struct people_change change = {.actor = &actor,
                                   .action = SLICE("session.begin"),
                                   .subject_kind = SLICE("user"),
                                   .work = attempt_work,
                                   .input = attempt};

    return people_change_run(store, &change);
}

enum people_status session_begin(struct store *store, struct session_begun *ret_begun,
                                 const struct sign_in *sign_in)
{
    struct attempt attempt = {.sign_in = sign_in};
    struct arena arena;
    struct hash_read read = {.login = sign_in->login, .arena = &arena};

    arena_init(&arena, 1 << 20);
    const enum store_status status = store_transact(store, STORE_READ, hash_work, &read);
    if (status != STORE_OK) {
        arena_release(&arena);
        return PEOPLE_STORE;
    }
    /* Outside of a transaction, since it takes long; as long for a user that does not exist. */
    attempt.known = read.known;
    attempt.hash = read.hash;
    attempt.fits = password_fits(sign_in->password, read.hash);
    const enum people_status came_to = attempt_run(store, &attempt);
    arena_release(&arena);
    if (came_to == PEOPLE_OK) {
        *ret_begun = attempt.begun;
    }
    explicit_bzero(attempt.begun.secret, sizeof(attempt.begun.secret));
    return came_to;
}

/* ---- signing in by an issuer ---- */

static enum people_status identity_work(struct store *store, struct people_change *change)
{
    struct attempt *attempt = change->input;
    const struct sign_in_identity *identity = attempt->identity;
    struct people_user user;

    change->subject_id = SLICE("unknown");
    const enum people_status found =
        identity->subject.size == 0 ? PEOPLE_NOT_FOUND
                                    : people_user_by_identity(store, &user, &change->arena,
                                                              identity->issuer, identity->subject);
    if (found == PEOPLE_NOT_FOUND) {
        change->stored_refusal = true;
        buffer_append_cstr(&change->after, "{\"issuer\":");
        json_quote(&change->after, identity->issuer);
        buffer_append_cstr(&change->after, ",\"why\":");
        json_quote(&change->after, slice_from_cstr(identity->subject.size > 0
                                                       ? "nobody here is known by its subject"
                                                       : identity->why));
        buffer_append_cstr(&change->after, "}");
        return PEOPLE_REFUSED;
    }
    TRY(found);
    change->subject_id = user.id;
    if (user.disabled != TIME_NONE || user.locked_until > change->actor->now) {
        change->stored_refusal = true;
        return user.disabled != TIME_NONE ? PEOPLE_REFUSED : PEOPLE_LOCKED;
    }
    return session_store(store, change, &user);
}

enum people_status session_begin_identity(struct store *store, struct session_begun *ret_begun,
                                          const struct sign_in_identity *sign_in)
{
    struct attempt attempt = {.identity = sign_in};
    const struct people_actor actor = {
        .id = SLICE("sign-in"), .address = sign_in->address, .now = sign_in->now};
    struct people_change change = {.actor = &actor,
                                   .action = SLICE("session.begin"),
                                   .subject_kind = SLICE("user"),
                                   .work = identity_work,
                                   .input = &attempt};

    const enum people_status came_to = people_change_run(store, &change);
    if (came_to == PEOPLE_OK) {
        *ret_begun = attempt.begun;
    }
    explicit_bzero(attempt.begun.secret, sizeof(attempt.begun.secret));
    return came_to;
}

/* ---- the session ---- */

static enum store_status seen_work(struct store *store, void *context)
{
    const struct judging *judging = context;
    const struct store_value values[] = {store_bytes(judging->digest, SHA256_SIZE),
                                         store_integer(judging->now)};

    return store_change(store, NULL, QUERY_SESSION_SEEN, values);
}

bool session_digest(struct slice secret, uint8_t ret_digest[SHA256_SIZE])
{
    if (secret.size != SESSION_SECRET_SIZE || memcmp(secret.data, prefix, 3) != 0) {
        return false;
    }
    sha256_of(secret, ret_digest);
    return true;
}

enum people_status session_judge(struct store *store, struct session *ret_session,
                                 struct arena *arena, struct slice secret, time_us now)
{
    struct session session = {0};
    struct judging judging = {.session = &session, .arena = arena, .now = now};

    REQUIRE(session_digest(secret, judging.digest), PEOPLE_ENDED);
    TRY(people_from_store(store_transact(store, STORE_READ, judge_work, &judging)));
    REQUIRE(judging.status == PEOPLE_OK, judging.status);
    if (now - judging.seen >= SESSION_SEEN_SECONDS * US_PER_SECOND) {
        TRY(people_from_store(store_transact(store, STORE_WRITE, seen_work, &judging)));
    }
    *ret_session = session;
    return PEOPLE_OK;
}

bool session_factor_due(const struct session *session, unsigned roles)
{
    bool needed = session->factor_due;

    for (size_t i = 0; i < session->post_count; i++) {
        needed = needed || (roles >> session->posts[i].role & 1) != 0;
    }
    for (size_t i = 0; i < session->stead_count; i++) {
        needed = needed || (roles >> session->steads[i].post.role & 1) != 0;
    }
    return needed && !session->factor_shown;
}

struct ending {
    uint8_t digest[SHA256_SIZE];
};

static enum people_status end_work(struct store *store, struct people_change *change)
{
    const struct ending *ending = change->input;
    const struct store_value values[] = {store_bytes(ending->digest, SHA256_SIZE),
                                         store_integer(change->actor->now)};
    uint64_t changed = 0;

    TRY(people_from_store(store_change(store, &changed, QUERY_SESSION_END, values)));
    /* Recorded also when it had ended: a transaction that ran a change has an entry. */
    (void)changed;
    return PEOPLE_OK;
}

enum people_status session_end(struct store *store, struct slice secret,
                               const struct people_actor *actor)
{
    struct ending ending;
    struct people_change change = {.actor = actor,
                                   .action = SLICE("session.end"),
                                   .subject_kind = SLICE("user"),
                                   .subject_id = actor->id,
                                   .work = end_work,
                                   .input = &ending};

    REQUIRE(session_digest(secret, ending.digest), PEOPLE_OK);
    return people_change_run(store, &change);
}
