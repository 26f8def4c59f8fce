/* People, posts, duties, sign-in and sessions, each case on both database systems. */
#include "cmocka_headroom.h"
#include "quick_password.h"
#include "store_fixture.h"

#include "audit/trail.h"
#include "auth/own_password.h"
#include "auth/people.h"
#include "auth/second_factor.h"
#include "auth/session.h"

static const time_us start_us = 1795000000LL * US_PER_SECOND;
static const struct slice password = {"correct horse battery", 21};
static const struct seal_ring ring = {.count = 1, .keys = {{1, 2, 3}}, .ids = {{4, 5, 6, 7}}};

struct fixture {
    struct database database;
    struct store *store;
    struct arena arena;
    bool missing;
    struct people_actor admin;
    struct session_begun begun;
};

static void organisation(struct fixture *fixture, const char *id, const char *entity,
                         const char *parent)
{
    const struct people_organisation wanted = {.id = slice_from_cstr(id),
                                               .name = slice_from_cstr(id),
                                               .legal_entity = slice_from_cstr(entity),
                                               .parent = slice_from_cstr(parent)};

    assert_int_equal(people_organisation_add(fixture->store, &fixture->admin, &wanted), PEOPLE_OK);
}

static enum people_status user_add(struct fixture *fixture, const char *id, const char *place)
{
    const struct people_user user = {.id = slice_from_cstr(id),
                                     .login = slice_from_cstr(id),
                                     .name = SLICE("王丽"),
                                     .organisation = slice_from_cstr(place)};

    return people_user_add(fixture->store, &fixture->admin, &user);
}

/* A second account of a person. */
static enum people_status account_add(struct fixture *fixture, const char *id, const char *person)
{
    const struct people_user user = {.id = slice_from_cstr(id),
                                     .login = slice_from_cstr(id),
                                     .name = SLICE("王丽"),
                                     .organisation = SLICE("head"),
                                     .person = slice_from_cstr(person)};

    return people_user_add(fixture->store, &fixture->admin, &user);
}

static int setup(void **state)
{
    const bool postgresql = *state != NULL;
    struct fixture *fixture = test_calloc(1, sizeof(*fixture));

    *state = fixture;
    fixture->missing = database_missing(postgresql);
    fixture->admin = (struct people_actor){SLICE("security"), SLICE("10.0.0.1:5"), start_us};
    if (!fixture->missing) {
        database_make(&fixture->database, postgresql);
        fixture->store = database_open(&fixture->database);
        arena_init(&fixture->arena, 64 << 20);
        assert_int_equal(
            people_entity_add(fixture->store, &fixture->admin, SLICE("bank"), SLICE("某银行")),
            PEOPLE_OK);
        assert_int_equal(
            people_entity_add(fixture->store, &fixture->admin, SLICE("lease"), SLICE("某租赁")),
            PEOPLE_OK);
        organisation(fixture, "head", "bank", "");
        organisation(fixture, "north", "", "head");
        organisation(fixture, "north-1", "", "north");
        organisation(fixture, "north-10", "", "north");
        organisation(fixture, "lease-head", "lease", "");
        assert_int_equal(user_add(fixture, "wang", "north-1"), PEOPLE_OK);
    }
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    store_close(fixture->store);
    arena_release(&fixture->arena);
    if (!fixture->missing) {
        database_remove(&fixture->database);
    }
    test_free(fixture);
    return 0;
}

static struct fixture *fixture_of(void **state)
{
    struct fixture *fixture = *state;

    if (fixture->missing) {
        skip();
    }
    return fixture;
}

/* ---- two accounts of one person ---- */

static enum people_status head_post(struct fixture *fixture, const char *user, enum role role,
                                    const struct people_actor *actor)
{
    const struct people_post post = {
        .organisation = SLICE("head"), .role = role, .until = TIME_NONE};

    return people_post_give(fixture->store, actor, slice_from_cstr(user), &post);
}

static void two_accounts_are_one_person(void **state)
{
    struct fixture *fixture = fixture_of(state);
    const struct people_actor wang = {SLICE("wang"), SLICE("10.0.0.1:5"), start_us};
    const struct people_actor wang2 = {SLICE("wang2"), SLICE("10.0.0.1:5"), start_us};

    assert_int_equal(account_add(fixture, "wang2", "wang"), PEOPLE_OK);
    assert_int_equal(account_add(fixture, "li", ""), PEOPLE_OK);
    assert_int_equal(account_add(fixture, "bad", "No Id"), PEOPLE_BAD_ID);
    /* Duties that exclude each other, one by each account. */
    assert_int_equal(head_post(fixture, "wang", ROLE_RELATIONSHIP_MANAGER, &fixture->admin),
                     PEOPLE_OK);
    assert_int_equal(head_post(fixture, "wang2", ROLE_APPROVER, &fixture->admin), PEOPLE_DUTIES);
    assert_int_equal(head_post(fixture, "wang2", ROLE_SECURITY_ADMINISTRATOR, &fixture->admin),
                     PEOPLE_DUTIES);
    assert_int_equal(head_post(fixture, "li", ROLE_APPROVER, &fixture->admin), PEOPLE_OK);
    /* What one account may not do to itself it may not do to the other. */
    for (unsigned i = 0; i < 2; i++) {
        const struct people_actor *actor = i == 0 ? &wang2 : &wang;
        const char *other = i == 0 ? "wang" : "wang2";
        assert_int_equal(head_post(fixture, other, ROLE_MONITORING_OFFICER, actor), PEOPLE_SELF);
        assert_int_equal(people_user_disable(fixture->store, actor, slice_from_cstr(other), false),
                         PEOPLE_SELF);
        assert_int_equal(people_post_take(fixture->store, actor, slice_from_cstr(other),
                                          SLICE("head"), ROLE_RELATIONSHIP_MANAGER),
                         PEOPLE_SELF);
        assert_int_equal(head_post(fixture, "li", ROLE_WARNING_OFFICER, actor),
                         i == 0 ? PEOPLE_OK : PEOPLE_HELD);
    }
}

/* ---- the trail that all of this leaves ---- */

struct trail_seen {
    struct arena *arena;
    struct trail_entry *entries;
    size_t count;
};

static enum store_status trail_work(struct store *store, void *context)
{
    struct trail_seen *seen = context;
    const struct trail_filter filter = {.count = 1000};

    return trail_read(store, &seen->entries, &seen->count, seen->arena, &filter);
}

static struct trail_seen trail_of(struct fixture *fixture)
{
    struct trail_seen seen = {.arena = &fixture->arena};

    assert_int_equal(store_transact(fixture->store, STORE_READ, trail_work, &seen), STORE_OK);
    return seen;
}

static const struct trail_entry *last_entry(struct fixture *fixture)
{
    const struct trail_seen seen = trail_of(fixture);

    assert_true(seen.count > 0);
    return &seen.entries[seen.count - 1];
}

#define assert_text(slice, text) assert_true(slice_equal(slice, SLICE(text)))

/* ---- people ---- */

static void what_is_wrong_is_refused_and_leaves_nothing(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct store *store = fixture->store;
    const size_t before = trail_of(fixture).count;
    const struct people_organisation other = {.id = SLICE("x"),
                                              .name = SLICE("x"),
                                              .parent = SLICE("head"),
                                              .legal_entity = SLICE("lease")};
    const struct people_organisation nowhere = {
        .id = SLICE("x"), .name = SLICE("x"), .parent = SLICE("nowhere")};
    const struct people_organisation twice = {
        .id = SLICE("north"), .name = SLICE("x"), .parent = SLICE("head")};

    static const char *const bad_ids[] = {
        "", "A", "a b", "-a", "a/b", "é", "a'", ".", "123456789012345678901234567890123"};
    for (size_t i = 0; i < sizeof(bad_ids) / sizeof(bad_ids[0]); i++) {
        assert_int_equal(user_add(fixture, bad_ids[i], "head"), PEOPLE_BAD_ID);
        assert_int_equal(
            people_entity_add(store, &fixture->admin, slice_from_cstr(bad_ids[i]), SLICE("a")),
            PEOPLE_BAD_ID);
    }
    assert_int_equal(people_entity_add(store, &fixture->admin, SLICE("a"), SLICE(" a")),
                     PEOPLE_BAD_NAME);
    assert_int_equal(people_entity_add(store, &fixture->admin, SLICE("a"), SLICE("a\nb")),
                     PEOPLE_BAD_NAME);
    assert_int_equal(people_entity_add(store, &fixture->admin, SLICE("bank"), SLICE("a")),
                     PEOPLE_EXISTS);
    assert_int_equal(people_organisation_add(store, &fixture->admin, &other), PEOPLE_OTHER_ENTITY);
    assert_int_equal(people_organisation_add(store, &fixture->admin, &nowhere), PEOPLE_NOT_FOUND);
    assert_int_equal(people_organisation_add(store, &fixture->admin, &twice), PEOPLE_EXISTS);
    assert_int_equal(user_add(fixture, "li", "nowhere"), PEOPLE_NOT_FOUND);
    assert_int_equal(user_add(fixture, "wang", "head"), PEOPLE_EXISTS);
    assert_int_equal(people_password_set(store, &fixture->admin, SLICE("nobody"), password, NULL),
                     PEOPLE_NOT_FOUND);
    assert_int_equal(people_password_set(store, &fixture->admin, SLICE("wang"),
                                         SLICE("a wang in it, long"), NULL),
                     PEOPLE_BAD_PASSWORD);
    assert_int_equal(trail_of(fixture).count, before);
}

static void every_change_is_in_the_trail_without_secrets(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct trail_walk walk;

    const struct trail_entry *entry = last_entry(fixture);
    assert_text(entry->action, "user.create");
    assert_text(entry->subject, "user/wang");
    assert_text(entry->actor, "security");
    assert_text(entry->address, "10.0.0.1:5");
    assert_text(
        entry->after,
        "{\"login\":\"wang\",\"name\":\"王丽\",\"organisation\":\"north-1\",\"person\":\"wang\"}");
    assert_int_equal(
        people_password_set(fixture->store, &fixture->admin, SLICE("wang"), password, NULL),
        PEOPLE_OK);
    assert_text(last_entry(fixture)->action, "user.password");
    assert_int_equal(second_factor_reset(fixture->store, &fixture->admin, SLICE("wang")),
                     PEOPLE_OK);
    assert_text(last_entry(fixture)->action, "user.second_factor_reset");
    const struct trail_seen seen = trail_of(fixture);
    for (size_t i = 0; i < seen.count; i++) {
        const struct slice after = seen.entries[i].after;
        assert_true(after.size == 0 || memmem(after.data, after.size, "argon2", 6) == NULL);
        assert_true(after.size == 0 || memmem(after.data, after.size, password.data, 21) == NULL);
    }
    assert_int_equal(trail_verify(fixture->store, &walk, NULL, 0), STORE_OK);
    assert_false(walk.failed);
}

/* ---- posts ---- */

static enum people_status give(struct fixture *fixture, const char *user, const char *place,
                               enum role role, time_us since, time_us until)
{
    const struct people_post post = {
        .organisation = slice_from_cstr(place), .role = role, .since = since, .until = until};

    return people_post_give(fixture->store, &fixture->admin, slice_from_cstr(user), &post);
}

static void duties_that_exclude_each_other_are_not_held_together(void **state)
{
    struct fixture *fixture = fixture_of(state);
    const time_us day = US_PER_DAY;

    assert_int_equal(
        give(fixture, "wang", "north-1", ROLE_RELATIONSHIP_MANAGER, 0, start_us + 10 * day),
        PEOPLE_OK);
    /* Not here, not elsewhere, not for a part of the time; afterwards it is free. */
    assert_int_equal(give(fixture, "wang", "north-1", ROLE_APPROVER, 0, TIME_NONE), PEOPLE_DUTIES);
    assert_int_equal(give(fixture, "wang", "head", ROLE_REVIEWER, 0, TIME_NONE), PEOPLE_DUTIES);
    assert_int_equal(give(fixture, "wang", "head", ROLE_REVIEWER, start_us + 9 * day, TIME_NONE),
                     PEOPLE_DUTIES);
    assert_int_equal(give(fixture, "wang", "head", ROLE_SYSTEM_ADMINISTRATOR, 0, TIME_NONE),
                     PEOPLE_DUTIES);
    assert_int_equal(give(fixture, "wang", "head", ROLE_REVIEWER, start_us + 10 * day, TIME_NONE),
                     PEOPLE_OK);
    assert_int_equal(
        give(fixture, "wang", "head", ROLE_RELATIONSHIP_MANAGER, start_us + 20 * day, TIME_NONE),
        PEOPLE_DUTIES);
    /* What does not exclude goes together; the same twice does not. */
    assert_int_equal(give(fixture, "wang", "north-1", ROLE_MANAGEMENT, 0, TIME_NONE), PEOPLE_OK);
    assert_int_equal(give(fixture, "wang", "north-1", ROLE_MANAGEMENT, 0, TIME_NONE), PEOPLE_HELD);
    assert_int_equal(give(fixture, "wang", "lease-head", ROLE_MANAGEMENT, 0, TIME_NONE),
                     PEOPLE_OTHER_ENTITY);
    assert_int_equal(give(fixture, "wang", "north", ROLE_MANAGEMENT, 0, start_us - 1),
                     PEOPLE_BAD_DATES);
    assert_int_equal(give(fixture, "nobody", "north", ROLE_MANAGEMENT, 0, TIME_NONE),
                     PEOPLE_NOT_FOUND);
    /* Nobody for themselves. */
    fixture->admin.id = SLICE("wang");
    assert_int_equal(give(fixture, "wang", "north", ROLE_MANAGEMENT, 0, TIME_NONE), PEOPLE_SELF);
    assert_int_equal(people_post_take(fixture->store, &fixture->admin, SLICE("wang"),
                                      SLICE("north-1"), ROLE_MANAGEMENT),
                     PEOPLE_SELF);
    assert_int_equal(people_user_disable(fixture->store, &fixture->admin, SLICE("wang"), false),
                     PEOPLE_SELF);
}

static void every_pair_of_roles_is_judged_as_the_table_says(void **state)
{
    struct fixture *fixture = fixture_of(state);
    unsigned refused = 0;

    for (unsigned a = 0; a < ROLE_COUNT; a++) {
        char user[8];
        (void)snprintf(user, sizeof(user), "u%u", a);
        assert_int_equal(user_add(fixture, user, "head"), PEOPLE_OK);
        assert_int_equal(give(fixture, user, "head", (enum role)a, 0, TIME_NONE), PEOPLE_OK);
        for (unsigned b = 0; b < ROLE_COUNT; b++) {
            const enum people_status status =
                give(fixture, user, "north", (enum role)b, 0, TIME_NONE);
            if (roles_exclude((enum role)a, (enum role)b)) {
                assert_int_equal(status, PEOPLE_DUTIES);
                refused++;
            } else if (status == PEOPLE_OK) {
                assert_int_equal(people_post_take(fixture->store, &fixture->admin,
                                                  slice_from_cstr(user), SLICE("north"),
                                                  (enum role)b),
                                 PEOPLE_OK);
            } else {
                fail_msg("%u with %u: %s", a, b, people_status_name(status));
            }
        }
    }
    assert_true(refused > 2 * (3 * 10 + 3));
}

struct posts_seen {
    struct fixture *fixture;
    struct people_post *posts;
    size_t count;
    time_us now;
};

static enum store_status posts_work(struct store *store, void *context)
{
    struct posts_seen *seen = context;

    return people_posts_read(store, &seen->posts, &seen->count, &seen->fixture->arena,
                             SLICE("wang"), seen->now) == PEOPLE_OK
               ? STORE_OK
               : STORE_REFUSED;
}

static void a_post_sees_what_stands_below_it(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct posts_seen seen = {.fixture = fixture, .now = start_us};

    assert_int_equal(give(fixture, "wang", "north-1", ROLE_REVIEWER, 0, TIME_NONE), PEOPLE_OK);
    assert_int_equal(give(fixture, "wang", "north", ROLE_MANAGEMENT, start_us + US_PER_DAY,
                          start_us + 2 * US_PER_DAY),
                     PEOPLE_OK);
    assert_int_equal(store_transact(fixture->store, STORE_READ, posts_work, &seen), STORE_OK);
    assert_int_equal(seen.count, 2);
    const struct people_post *posts = seen.posts;
    assert_true(people_sees(posts, 2, ROLE_REVIEWER, SLICE("/head/north/north-1/"), start_us));
    assert_true(people_sees(posts, 2, ROLE_REVIEWER, SLICE("/head/north/north-1/team/"), start_us));
    /* Not beside it, not above it, not a name that begins alike, not with another role. */
    assert_false(people_sees(posts, 2, ROLE_REVIEWER, SLICE("/head/north/north-10/"), start_us));
    assert_false(people_sees(posts, 2, ROLE_REVIEWER, SLICE("/head/north/"), start_us));
    assert_false(people_sees(posts, 2, ROLE_REVIEWER, SLICE("/lease-head/"), start_us));
    assert_false(people_sees(posts, 2, ROLE_REVIEWER, SLICE(""), start_us));
    assert_false(people_sees(posts, 2, ROLE_APPROVER, SLICE("/head/north/north-1/"), start_us));
    /* Not before its time and not after it. */
    const struct slice north_10 = SLICE("/head/north/north-10/");
    assert_false(people_sees(posts, 2, ROLE_MANAGEMENT, north_10, start_us));
    assert_true(people_sees(posts, 2, ROLE_MANAGEMENT, north_10, start_us + US_PER_DAY));
    assert_false(people_sees(posts, 2, ROLE_MANAGEMENT, north_10, start_us + 2 * US_PER_DAY));
    /* Taken away, it is gone at once. */
    fixture->admin.now++;
    seen.now++;
    assert_int_equal(people_post_take(fixture->store, &fixture->admin, SLICE("wang"),
                                      SLICE("north-1"), ROLE_REVIEWER),
                     PEOPLE_OK);
    assert_int_equal(people_post_take(fixture->store, &fixture->admin, SLICE("wang"),
                                      SLICE("north-1"), ROLE_REVIEWER),
                     PEOPLE_NOT_FOUND);
    assert_int_equal(store_transact(fixture->store, STORE_READ, posts_work, &seen), STORE_OK);
    assert_int_equal(seen.count, 1);
}

/* ---- signing in ---- */

static enum people_status enter(struct fixture *fixture, struct slice login, struct slice word,
                                struct slice code, time_us now)
{
    const struct sign_in sign_in = {.login = login,
                                    .password = word,
                                    .code = code,
                                    .ring = &ring,
                                    .address = SLICE("10.0.0.9:1"),
                                    .now = now};

    return session_begin(fixture->store, &fixture->begun, &sign_in);
}

static enum people_status judge(struct fixture *fixture, time_us now, struct session *session)
{
    return session_judge(fixture->store, session, &fixture->arena,
                         slice_of(fixture->begun.secret, SESSION_SECRET_SIZE), now);
}

static void password_give(struct fixture *fixture)
{
    assert_int_equal(
        people_password_set(fixture->store, &fixture->admin, SLICE("wang"), password, NULL),
        PEOPLE_OK);
}

static void a_session_begins_and_ends(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct session session;

    assert_int_equal(enter(fixture, SLICE("wang"), password, SLICE(""), start_us), PEOPLE_REFUSED);
    password_give(fixture);
    assert_int_equal(give(fixture, "wang", "north-1", ROLE_REVIEWER, 0, TIME_NONE), PEOPLE_OK);
    assert_int_equal(enter(fixture, SLICE("wang"), password, SLICE(""), start_us), PEOPLE_OK);
    assert_true(
        slice_equal(slice_of(fixture->begun.user, fixture->begun.user_size), SLICE("wang")));
    assert_int_equal(judge(fixture, start_us, &session), PEOPLE_OK);
    assert_text(session.user, "wang");
    assert_int_equal(session.post_count, 1);
    assert_int_equal(session.posts[0].role, ROLE_REVIEWER);
    /* Another secret, or a changed one, is none. */
    fixture->begun.secret[45] ^= 1;
    assert_int_equal(judge(fixture, start_us, &session), PEOPLE_ENDED);
    fixture->begun.secret[45] ^= 1;
    assert_int_equal(session_judge(fixture->store, &session, &fixture->arena, SLICE("hs_"), 0),
                     PEOPLE_ENDED);
    const struct people_actor wang = {SLICE("wang"), SLICE(""), start_us};
    assert_int_equal(
        session_end(fixture->store, slice_of(fixture->begun.secret, SESSION_SECRET_SIZE), &wang),
        PEOPLE_OK);
    assert_int_equal(judge(fixture, start_us, &session), PEOPLE_ENDED);
    assert_text(last_entry(fixture)->action, "session.end");
}

static void a_session_ends_by_itself(void **state)
{
    struct fixture *fixture = fixture_of(state);
    const time_us idle = SESSION_IDLE_SECONDS * US_PER_SECOND;
    const time_us longest = SESSION_SECONDS * US_PER_SECOND;
    struct session session;
    time_us now = start_us;

    password_give(fixture);
    assert_int_equal(enter(fixture, SLICE("wang"), password, SLICE(""), now), PEOPLE_OK);
    assert_int_equal(judge(fixture, now + idle - 1, &session), PEOPLE_OK);
    /* The look has kept it alive; without another it ends. */
    assert_int_equal(judge(fixture, now + 2 * idle - 2, &session), PEOPLE_OK);
    assert_int_equal(judge(fixture, now + 3 * idle, &session), PEOPLE_ENDED);
    /* However busy, it ends. */
    assert_int_equal(enter(fixture, SLICE("wang"), password, SLICE(""), now), PEOPLE_OK);
    for (; now < start_us + longest; now += idle / 2) {
        assert_int_equal(judge(fixture, now, &session), PEOPLE_OK);
    }
    assert_int_equal(judge(fixture, start_us + longest, &session), PEOPLE_ENDED);
    /* A new password, and a disabled account, end what is open. */
    now = start_us + longest;
    assert_int_equal(enter(fixture, SLICE("wang"), password, SLICE(""), now), PEOPLE_OK);
    fixture->admin.now = now;
    password_give(fixture);
    assert_int_equal(judge(fixture, now, &session), PEOPLE_ENDED);
    assert_int_equal(enter(fixture, SLICE("wang"), password, SLICE(""), now), PEOPLE_OK);
    assert_int_equal(people_user_disable(fixture->store, &fixture->admin, SLICE("wang"), true),
                     PEOPLE_OK);
    assert_int_equal(judge(fixture, now, &session), PEOPLE_ENDED);
    assert_int_equal(enter(fixture, SLICE("wang"), password, SLICE(""), now), PEOPLE_REFUSED);
    assert_int_equal(give(fixture, "wang", "north-1", ROLE_REVIEWER, 0, TIME_NONE),
                     PEOPLE_DISABLED);
    assert_int_equal(people_user_disable(fixture->store, &fixture->admin, SLICE("wang"), false),
                     PEOPLE_OK);
    assert_int_equal(enter(fixture, SLICE("wang"), password, SLICE(""), now), PEOPLE_OK);
}

static void wrong_attempts_lock_for_longer_each_time(void **state)
{
    struct fixture *fixture = fixture_of(state);
    const time_us lock = SIGN_IN_LOCK_SECONDS * US_PER_SECOND;
    const struct slice wrong = SLICE("correct horse batterz");
    time_us now = start_us;

    password_give(fixture);
    for (unsigned i = 0; i < SIGN_IN_ATTEMPTS; i++) {
        assert_int_equal(enter(fixture, SLICE("wang"), wrong, SLICE(""), now), PEOPLE_REFUSED);
    }
    assert_text(last_entry(fixture)->action, "session.begin");
    assert_text(last_entry(fixture)->subject, "user/wang");
    assert_true(last_entry(fixture)->reason.size > 0);
    assert_int_equal(enter(fixture, SLICE("wang"), password, SLICE(""), now), PEOPLE_LOCKED);
    now += lock;
    assert_int_equal(enter(fixture, SLICE("wang"), wrong, SLICE(""), now), PEOPLE_REFUSED);
    assert_int_equal(enter(fixture, SLICE("wang"), password, SLICE(""), now + 2 * lock - 1),
                     PEOPLE_LOCKED);
    assert_int_equal(enter(fixture, SLICE("wang"), password, SLICE(""), now + 2 * lock), PEOPLE_OK);
    /* It begins to count anew. */
    now += 2 * lock;
    for (unsigned i = 0; i < SIGN_IN_ATTEMPTS - 1; i++) {
        assert_int_equal(enter(fixture, SLICE("wang"), wrong, SLICE(""), now), PEOPLE_REFUSED);
    }
    assert_int_equal(enter(fixture, SLICE("wang"), password, SLICE(""), now), PEOPLE_OK);
    /* What nobody has is refused alike, and what was typed is not kept. */
    assert_int_equal(enter(fixture, SLICE("my-secret-word"), password, SLICE(""), now),
                     PEOPLE_REFUSED);
    assert_text(last_entry(fixture)->subject, "user/unknown");
    assert_int_equal(enter(fixture, SLICE("' OR 1=1 --"), password, SLICE(""), now),
                     PEOPLE_REFUSED);
}

/* The change of the own password, by the session that began last. */
static enum people_status own_change(struct fixture *fixture, const char *old, const char *wanted,
                                     time_us now)
{
    const struct people_actor wang = {SLICE("wang"), SLICE("10.0.0.9:1"), now};
    const struct own_password change = {.secret =
                                            slice_of(fixture->begun.secret, SESSION_SECRET_SIZE),
                                        .old = slice_from_cstr(old),
                                        .wanted = slice_from_cstr(wanted)};

    return own_password_change(fixture->store, &wang, &change);
}

static void an_administrators_password_is_changed_first(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct session session;

    password_give(fixture);
    assert_int_equal(enter(fixture, SLICE("wang"), password, SLICE(""), start_us), PEOPLE_OK);
    assert_true(fixture->begun.confined);
    const struct session_begun other = fixture->begun;
    assert_int_equal(enter(fixture, SLICE("wang"), password, SLICE(""), start_us), PEOPLE_OK);
    assert_int_equal(judge(fixture, start_us, &session), PEOPLE_OK);
    assert_true(session.confined);
    assert_int_equal(own_change(fixture, "correct horse battery", "a word of my own", start_us),
                     PEOPLE_OK);
    assert_text(last_entry(fixture)->action, "user.own_password");
    assert_text(last_entry(fixture)->actor, "wang");
    /* The session that asked goes on, and opens everything; the other one has ended. */
    assert_int_equal(judge(fixture, start_us, &session), PEOPLE_OK);
    assert_false(session.confined);
    assert_int_equal(session_judge(fixture->store, &session, &fixture->arena,
                                   slice_of(other.secret, SESSION_SECRET_SIZE), start_us),
                     PEOPLE_ENDED);
    assert_int_equal(enter(fixture, SLICE("wang"), password, SLICE(""), start_us), PEOPLE_REFUSED);
    assert_int_equal(enter(fixture, SLICE("wang"), SLICE("a word of my own"), SLICE(""), start_us),
                     PEOPLE_OK);
    assert_false(fixture->begun.confined);
    /* An administrator resets it: everything has ended, and it is to be changed again. */
    password_give(fixture);
    assert_int_equal(judge(fixture, start_us, &session), PEOPLE_ENDED);
    assert_int_equal(enter(fixture, SLICE("wang"), password, SLICE(""), start_us), PEOPLE_OK);
    assert_true(fixture->begun.confined);
}

static void a_password_is_not_had_again(void **state)
{
    static const char *const words[] = {"correct horse battery", "word number one",
                                        "word number two",       "word number three",
                                        "word number four",      "word number five"};
    struct fixture *fixture = fixture_of(state);

    password_give(fixture);
    assert_int_equal(enter(fixture, SLICE("wang"), password, SLICE(""), start_us), PEOPLE_OK);
    for (size_t i = 0; i + 1 < 6; i++) {
        /* The present one, and the four before it. */
        for (size_t k = i < 4 ? 0 : i - 4; k <= i; k++) {
            assert_int_equal(own_change(fixture, words[i], words[k], start_us),
                             PEOPLE_PASSWORD_USED);
        }
        assert_int_equal(own_change(fixture, words[i], words[i + 1], start_us), PEOPLE_OK);
    }
    assert_int_equal(own_change(fixture, words[5], words[0], start_us), PEOPLE_OK);
    /* A reset does not make the one before it good again. */
    password_give(fixture);
    assert_int_equal(enter(fixture, SLICE("wang"), password, SLICE(""), start_us), PEOPLE_OK);
    assert_int_equal(own_change(fixture, words[0], words[5], start_us), PEOPLE_PASSWORD_USED);
}

static void wrong_old_passwords_lock_the_account(void **state)
{
    struct fixture *fixture = fixture_of(state);
    const time_us lock = SIGN_IN_LOCK_SECONDS * US_PER_SECOND;
    struct session session;

    assert_int_equal(own_change(fixture, "x", "y", start_us), PEOPLE_ENDED);
    password_give(fixture);
    assert_int_equal(enter(fixture, SLICE("wang"), password, SLICE(""), start_us), PEOPLE_OK);
    for (const char *const *wrong =
             (const char *const[]){"short", "aaaaaaaaaaaaa", "wang is my name", NULL};
         *wrong != NULL; wrong++) {
        assert_int_equal(own_change(fixture, "correct horse battery", *wrong, start_us),
                         PEOPLE_BAD_PASSWORD);
    }
    for (unsigned i = 0; i < SIGN_IN_ATTEMPTS; i++) {
        assert_int_equal(own_change(fixture, "correct horse batterz", "a word of my own", start_us),
                         PEOPLE_WRONG_PASSWORD);
        assert_text(last_entry(fixture)->action, "user.own_password");
        assert_true(last_entry(fixture)->reason.size > 0);
    }
    assert_int_equal(own_change(fixture, "correct horse battery", "a word of my own", start_us),
                     PEOPLE_LOCKED);
    assert_int_equal(enter(fixture, SLICE("wang"), password, SLICE(""), start_us), PEOPLE_LOCKED);
    /* Attempts of both kinds are counted together. */
    assert_int_equal(enter(fixture, SLICE("wang"), SLICE("wrong"), SLICE(""), start_us + lock),
                     PEOPLE_REFUSED);
    assert_int_equal(
        own_change(fixture, "correct horse battery", "a word of my own", start_us + lock + 1),
        PEOPLE_LOCKED);
    assert_int_equal(
        own_change(fixture, "correct horse battery", "a word of my own", start_us + 3 * lock),
        PEOPLE_OK);
    assert_int_equal(judge(fixture, start_us + 1, &session), PEOPLE_OK);
    assert_false(session.confined);
}

static void nobody_sets_their_own_password_as_an_administrator(void **state)
{
    struct fixture *fixture = fixture_of(state);
    const struct people_actor wang = {SLICE("wang"), SLICE("10.0.0.9:1"), start_us};

    assert_int_equal(people_password_set(fixture->store, &wang, SLICE("wang"), password, NULL),
                     PEOPLE_SELF);
    /* Nor by a second account. */
    assert_int_equal(account_add(fixture, "wang2", "wang"), PEOPLE_OK);
    assert_int_equal(people_password_set(fixture->store, &wang, SLICE("wang2"), password, NULL),
                     PEOPLE_SELF);
    /* Who has none has none to change. */
    struct sign_in_identity identity = {.issuer = SLICE("https://sso.example"),
                                        .subject = SLICE("w"),
                                        .address = SLICE("10.0.0.9:1"),
                                        .now = start_us};
    assert_int_equal(people_identity_set(fixture->store, &fixture->admin, SLICE("wang"),
                                         identity.issuer, identity.subject),
                     PEOPLE_OK);
    assert_int_equal(session_begin_identity(fixture->store, &fixture->begun, &identity), PEOPLE_OK);
    assert_false(fixture->begun.confined);
    assert_int_equal(own_change(fixture, "", "a word of my own", start_us), PEOPLE_NO_PASSWORD);
    /* One whom an issuer knows is not confined by a password that they did not use. */
    password_give(fixture);
    assert_int_equal(session_begin_identity(fixture->store, &fixture->begun, &identity), PEOPLE_OK);
    assert_false(fixture->begun.confined);
}

#define BOTH(test)                                                                                 \
    {#test " on SQLite", test, setup, teardown, NULL},                                             \
    {                                                                                              \
#test " on PostgreSQL", test, setup, teardown, (void *)"postgresql"                        \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH(two_accounts_are_one_person),
        BOTH(what_is_wrong_is_refused_and_leaves_nothing),
        BOTH(every_change_is_in_the_trail_without_secrets),
        BOTH(duties_that_exclude_each_other_are_not_held_together),
        BOTH(every_pair_of_roles_is_judged_as_the_table_says),
        BOTH(a_post_sees_what_stands_below_it),
        BOTH(a_session_begins_and_ends),
        BOTH(a_session_ends_by_itself),
        BOTH(wrong_attempts_lock_for_longer_each_time),
        BOTH(an_administrators_password_is_changed_first),
        BOTH(a_password_is_not_had_again),
        BOTH(wrong_old_passwords_lock_the_account),
        BOTH(nobody_sets_their_own_password_as_an_administrator),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
