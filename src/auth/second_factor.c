#include "auth/second_factor.h"

#include "auth/people_internal.h"
#include "auth/recovery_code.h"
#include "os/entropy.h"

enum {
    OWNER_MAX = PEOPLE_ID_MAX + 16,
    ARENA_MAX = 256 << 20, /* 200 bytes a user who has a second factor */
};

/* A seal is good for one user's second factor alone, in use or begun. */
static struct slice owner_write(char ret_text[OWNER_MAX], struct slice user, bool begun)
{
    const int size = snprintf(ret_text, OWNER_MAX, "%s/%.*s", begun ? "totp-begun" : "totp",
                              (int)user.size, user.data);

    check(size > 0 && size < OWNER_MAX);
    return slice_of(ret_text, (size_t)size);
}

void second_factor_close(const struct seal_ring *ring, struct slice user, bool begun,
                         const uint8_t key[TOTP_KEY_SIZE], uint8_t ret_sealed[SECOND_FACTOR_SEALED])
{
    char owner[OWNER_MAX];

    seal_close(ring, owner_write(owner, user, begun), slice_of((const char *)key, TOTP_KEY_SIZE),
               ret_sealed);
}

static bool key_open(const struct seal_ring *ring, struct slice user, bool begun,
                     struct slice sealed, uint8_t ret_key[TOTP_KEY_SIZE])
{
    char owner[OWNER_MAX];

    return seal_open(ring, owner_write(owner, user, begun), sealed, ret_key, TOTP_KEY_SIZE);
}

bool second_factor_open(const struct people_user *user, const struct seal_ring *ring,
                        uint8_t ret_key[TOTP_KEY_SIZE])
{
    return ring != NULL && key_open(ring, user->id, false, user->totp_key, ret_key);
}

bool second_factor_begun_open(const struct people_user *user, const struct seal_ring *ring,
                              uint8_t ret_key[TOTP_KEY_SIZE])
{
    return ring != NULL && key_open(ring, user->id, true, user->totp_begun, ret_key);
}

/* ---- a code ---- */

static enum people_status recovery_judge(struct store *store, struct people_change *change,
                                         const struct people_user *user, struct slice code,
                                         enum people_status why)
{
    uint8_t digest[SHA256_SIZE];
    uint64_t used = 0;
    uint64_t left = 0;

    if (!recovery_code_digest(code, digest)) {
        return people_attempt_refuse(store, change, user, why);
    }
    const struct store_value values[] = {store_text(user->id), store_bytes(digest, SHA256_SIZE)};
    TRY(people_from_store(store_change(store, &used, QUERY_RECOVERY_CODE_USE, values)));
    if (used == 0) {
        return people_attempt_refuse(store, change, user, why);
    }
    TRY(recovery_codes_count(store, &left, &change->arena, user->id));
    buffer_printf(&change->after, "{\"recovery_code\":\"used\",\"recovery_codes\":%llu}",
                  (unsigned long long)left);
    return PEOPLE_OK;
}

enum people_status second_factor_judge(struct store *store, struct people_change *change,
                                       const struct people_user *user, const struct seal_ring *ring,
                                       struct slice code, enum people_status why)
{
    uint8_t key[TOTP_KEY_SIZE];
    int64_t step;

    if (code.size > TOTP_DIGITS) {
        return recovery_judge(store, change, user, code, why);
    }
    if (!second_factor_open(user, ring, key)) {
        change->stored_refusal = true;
        return PEOPLE_FACTOR_LOST;
    }
    const bool fits = totp_fits(key, code, change->actor->now, user->totp_step, &step);
    explicit_bzero(key, sizeof(key));
    if (!fits) {
        return people_attempt_refuse(store, change, user, why);
    }
    const struct store_value values[] = {store_text(user->id), store_integer(step)};
    return people_from_store(store_change(store, NULL, QUERY_USER_TOTP_STEP_SET, values));
}

/* ---- taken by who administers ---- */

static enum people_status reset_work(struct store *store, struct people_change *change)
{
    struct people_user user;

    TRY(people_user_read(store, &user, &change->arena, change->subject_id));
    TRY(people_self_judge(store, change, &user));
    buffer_printf(&change->before, "{\"second_factor\":%s}",
                  user.totp_key.size > 0 ? "true" : "false");
    buffer_append_cstr(&change->after, "{\"second_factor\":false}");
    const struct store_value due[] = {store_text(user.id), store_integer(1)};
    const struct store_value ended[] = {store_text(user.id), store_integer(change->actor->now)};
    TRY(people_from_store(store_change(store, NULL, QUERY_USER_TOTP_RESET, due)));
    TRY(people_from_store(store_change(store, NULL, QUERY_RECOVERY_CODES_DROP, due)));
    return people_from_store(store_change(store, NULL, QUERY_SESSIONS_END, ended));
}

enum people_status second_factor_reset(struct store *store, const struct people_actor *actor,
                                       struct slice user)
{
    struct people_change change = {.actor = actor,
                                   .action = SLICE("user.second_factor_reset"),
                                   .subject_kind = SLICE("user"),
                                   .subject_id = user,
                                   .work = reset_work};

    REQUIRE(people_id_valid(user), PEOPLE_NOT_FOUND);
    REQUIRE(!slice_equal(actor->id, user), PEOPLE_SELF);
    return people_change_run(store, &change);
}

/* ---- all of them ---- */

struct sealing {
    const struct seal_ring *ring;
    const struct people_actor *actor;
    bool accept_lost;
    struct second_factor_report report;
    struct arena *arena;
    uint64_t count; /* of those that are sealed */
};

static enum store_status rows_read(struct store *store, struct sealing *sealing,
                                   struct store_rows *ret_rows)
{
    return store_select(store, ret_rows, sealing->arena, QUERY_USER_TOTP_KEYS, NULL);
}

/* One key; it is left as it is where that is right, or cannot be helped. One that is begun and
 * cannot be opened is no loss: its user begins again. */
static enum store_status row_seal(struct store *store, struct sealing *sealing,
                                  const struct store_value *row, bool begun)
{
    struct second_factor_report *report = &sealing->report;
    uint8_t id[SEAL_ID_SIZE] = {0};
    uint8_t key[TOTP_KEY_SIZE];
    uint8_t sealed[SECOND_FACTOR_SEALED];
    const struct slice stored = row[1].bytes;
    const enum seal_state state = seal_state(sealing->ring, stored, id);
    bool opened;

    if (state == SEAL_NONE && stored.size == TOTP_KEY_SIZE) {
        memcpy(key, stored.data, TOTP_KEY_SIZE);
        opened = true;
    } else {
        opened = key_open(sealing->ring, row[0].bytes, begun, stored, key);
    }
    if (!opened) {
        if (!begun && report->lost++ == 0) {
            memcpy(report->lost_id, id, SEAL_ID_SIZE);
        }
        return STORE_OK;
    }
    if (state == SEAL_NEWEST) {
        explicit_bzero(key, sizeof(key));
        return STORE_OK;
    }
    second_factor_close(sealing->ring, row[0].bytes, begun, key, sealed);
    explicit_bzero(key, sizeof(key));
    report->sealed++;
    const struct store_value values[] = {row[0], store_bytes(sealed, SECOND_FACTOR_SEALED)};
    return store_change(store, NULL, begun ? QUERY_USER_TOTP_BEGUN_SEAL : QUERY_USER_TOTP_SEAL,
                        values);
}

static enum store_status sealing_record(struct store *store, const struct sealing *sealing)
{
    char after[96];
    char key[2 * SEAL_ID_SIZE];

    hex_write(key, sealing->ring->ids[0], SEAL_ID_SIZE);
    const int size =
        snprintf(after, sizeof(after), "{\"sealed\":%llu,\"lost\":%llu,\"key\":\"%.*s\"}",
                 (unsigned long long)sealing->report.sealed,
                 (unsigned long long)sealing->report.lost, (int)sizeof(key), key);
    check(size > 0 && (size_t)size < sizeof(after));
    const struct trail_entry entry = {.at = sealing->actor->now,
                                      .actor = sealing->actor->id,
                                      .address = sealing->actor->address,
                                      .action = SLICE("second_factors.seal"),
                                      .subject = SLICE("users"),
                                      .after = slice_of(after, (size_t)size)};
    return trail_add(store, &entry);
}

static enum store_status seal_work(struct store *store, void *context)
{
    struct sealing *sealing = context;
    struct store_rows rows;

    arena_reset(sealing->arena);
    sealing->report = (struct second_factor_report){0};
    TRY(rows_read(store, sealing, &rows));
    for (size_t i = 0; i < rows.count; i++) {
        TRY(row_seal(store, sealing, store_row(&rows, i), false));
    }
    TRY(store_select(store, &rows, sealing->arena, QUERY_USER_TOTP_BEGUN_KEYS, NULL));
    for (size_t i = 0; i < rows.count; i++) {
        TRY(row_seal(store, sealing, store_row(&rows, i), true));
    }
    if (sealing->report.lost > 0 && !sealing->accept_lost) {
        return STORE_REFUSED;
    }
    return sealing->report.sealed > 0 ? sealing_record(store, sealing) : STORE_OK;
}

enum people_status second_factors_seal(struct store *store, const struct seal_ring *ring,
                                       const struct people_actor *actor, bool accept_lost,
                                       struct second_factor_report *ret_report)
{
    struct arena arena;
    struct sealing sealing = {
        .ring = ring, .actor = actor, .accept_lost = accept_lost, .arena = &arena};

    arena_init(&arena, ARENA_MAX);
    const enum store_status status = store_transact(store, STORE_WRITE, seal_work, &sealing);
    arena_release(&arena);
    if (status == STORE_REFUSED) {
        *ret_report = sealing.report;
        return PEOPLE_FACTOR_LOST;
    }
    TRY(people_from_store(status));
    *ret_report = sealing.report;
    return PEOPLE_OK;
}

static enum store_status count_work(struct store *store, void *context)
{
    struct sealing *sealing = context;
    struct store_rows rows;

    arena_reset(sealing->arena);
    sealing->count = 0;
    TRY(rows_read(store, sealing, &rows));
    for (size_t i = 0; i < rows.count; i++) {
        sealing->count += store_row(&rows, i)[1].bytes.size != TOTP_KEY_SIZE ? 1 : 0;
    }
    return STORE_OK;
}

enum people_status second_factors_count(struct store *store, uint64_t *ret_sealed)
{
    struct arena arena;
    struct sealing sealing = {.arena = &arena};

    arena_init(&arena, ARENA_MAX);
    const enum store_status status = store_transact(store, STORE_READ, count_work, &sealing);
    arena_release(&arena);
    TRY(people_from_store(status));
    *ret_sealed = sealing.count;
    return PEOPLE_OK;
}
