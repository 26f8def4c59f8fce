/* Second factors that people enrol themselves, and their recovery codes, each case on both database
 * systems. */
#include "cmocka_headroom.h"
#include "quick_password.h"
#include "store_fixture.h"

#include "audit/trail.h"
#include "auth/own_factor.h"
#include "auth/own_password.h"
#include "auth/second_factor.h"

static const time_us start_us = 1795000000LL * US_PER_SECOND;
static const time_us step_us = TOTP_PERIOD * US_PER_SECOND;
static const char given[] = "correct horse battery";
static const char own[] = "a word of my own";
static const struct seal_ring ring = {.count = 1, .keys = {{1, 2, 3}}, .ids = {{4, 5, 6, 7}}};
static const struct seal_ring other_ring = {.count = 1, .keys = {{3, 2, 1}}, .ids = {{7, 6, 5, 4}}};

struct fixture {
    struct database database;
    struct store *store;
    struct arena arena;
    bool missing;
    struct people_actor admin;
    struct session_begun begun;
    uint8_t key[TOTP_KEY_SIZE]; /* of wang */
    struct own_factor_codes codes;
};

static void user_add(struct fixture *fixture, const char *id, const char *person)
{
    const struct people_user user = {.id = slice_from_cstr(id),
                                     .login = slice_from_cstr(id),
                                     .name = SLICE("王丽"),
                                     .organisation = SLICE("head"),
                                     .person = slice_from_cstr(person)};

    assert_int_equal(people_user_add(fixture->store, &fixture->admin, &user), PEOPLE_OK);
}

static int setup(void **state)
{
    const bool postgresql = *state != NULL;
    struct fixture *fixture = test_calloc(1, sizeof(*fixture));
    const struct people_organisation head = {
        .id = SLICE("head"), .name = SLICE("head"), .legal_entity = SLICE("bank")};

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
        assert_int_equal(people_organisation_add(fixture->store, &fixture->admin, &head),
                         PEOPLE_OK);
        user_add(fixture, "wang", "");
        user_add(fixture, "li", "");
        assert_int_equal(people_password_set(fixture->store, &fixture->admin, SLICE("wang"),
                                             slice_from_cstr(given), NULL),
                         PEOPLE_OK);
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

static enum people_status enter(struct fixture *fixture, const char *word, const char *code,
                                time_us now)
{
    const struct sign_in sign_in = {.login = SLICE("wang"),
                                    .password = slice_from_cstr(word),
                                    .code = slice_from_cstr(code),
                                    .ring = &ring,
                                    .address = SLICE("10.0.0.9:1"),
                                    .now = now};

    return session_begin(fixture->store, &fixture->begun, &sign_in);
}

static struct people_actor wang_at(time_us now)
{
    return (struct people_actor){SLICE("wang"), SLICE("10.0.0.9:1"), now};
}

static struct own_factor shown(const struct fixture *fixture, const char *word, const char *code)
{
    return (struct own_factor){.secret = slice_of(fixture->begun.secret, SESSION_SECRET_SIZE),
                               .password = slice_from_cstr(word),
                               .code = slice_from_cstr(code),
                               .ring = &ring};
}

static enum people_status begin(struct fixture *fixture, const char *word, const char *code,
                                time_us now)
{
    const struct people_actor wang = wang_at(now);
    const struct own_factor what = shown(fixture, word, code);
    struct own_factor_begun begun;

    const enum people_status status = own_factor_begin(fixture->store, &begun, &wang, &what);
    if (status == PEOPLE_OK) {
        memcpy(fixture->key, begun.key, sizeof(begun.key));
        assert_int_equal(begun.login_size, 4);
        assert_memory_equal(begun.login, "wang", 4);
    }
    return status;
}

static enum people_status confirm(struct fixture *fixture, const char *code, time_us now)
{
    const struct people_actor wang = wang_at(now);
    const struct own_factor what = shown(fixture, "", code);

    return own_factor_confirm(fixture->store, &fixture->codes, &wang, &what);
}

static enum people_status remove_it(struct fixture *fixture, const char *code, unsigned required,
                                    time_us now)
{
    const struct people_actor wang = wang_at(now);
    struct own_factor what = shown(fixture, own, code);

    what.required = required;
    return own_factor_remove(fixture->store, &wang, &what);
}

/* The code of wang's key at a time, in one of two places. */
static const char *code_at(const struct fixture *fixture, time_us now)
{
    static char texts[2][TOTP_DIGITS + 1];
    static unsigned turn;
    char *text = texts[turn++ % 2];

    (void)snprintf(text, TOTP_DIGITS + 1, "%06u",
                   (unsigned)totp_code(fixture->key, TOTP_KEY_SIZE, now / step_us, TOTP_DIGITS) %
                       1000000);
    return text;
}

static const char *recovery_at(const struct fixture *fixture, size_t i)
{
    static char text[RECOVERY_CODE_SIZE + 1];

    memcpy(text, fixture->codes.codes[i], RECOVERY_CODE_SIZE);
    return text;
}

/* wang, signed in with a password of her own. */
static void signed_in(struct fixture *fixture)
{
    const struct people_actor wang = wang_at(start_us);

    assert_int_equal(enter(fixture, given, "", start_us), PEOPLE_OK);
    const struct own_password change = {.secret =
                                            slice_of(fixture->begun.secret, SESSION_SECRET_SIZE),
                                        .old = slice_from_cstr(given),
                                        .wanted = slice_from_cstr(own)};
    assert_int_equal(own_password_change(fixture->store, &wang, &change), PEOPLE_OK);
}

/* The same, with a second factor that a code of `now` has confirmed. */
static void enrolled(struct fixture *fixture, time_us now)
{
    signed_in(fixture);
    assert_int_equal(begin(fixture, own, "", now), PEOPLE_OK);
    assert_int_equal(confirm(fixture, code_at(fixture, now), now), PEOPLE_OK);
}

static struct session judge(struct fixture *fixture, time_us now, enum people_status expected)
{
    struct session session = {0};

    assert_int_equal(session_judge(fixture->store, &session, &fixture->arena,
                                   slice_of(fixture->begun.secret, SESSION_SECRET_SIZE), now),
                     expected);
    return session;
}

/* ---- the trail ---- */

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
    assert_true(seen.count > 0);
    return seen;
}

static void assert_last(struct fixture *fixture, const char *action, const char *after)
{
    const struct trail_seen seen = trail_of(fixture);
    const struct trail_entry *entry = &seen.entries[seen.count - 1];

    assert_true(slice_equal(entry->action, slice_from_cstr(action)));
    assert_true(slice_equal(entry->after, slice_from_cstr(after)));
}

static bool holds(struct slice text, const void *part, size_t size)
{
    return text.size > 0 && memmem(text.data, text.size, part, size) != NULL;
}

/* ---- enrolling ---- */

static void a_second_factor_is_enrolled_and_used_once_a_code(void **state)
{
    struct fixture *fixture = fixture_of(state);
    const char *wrong = "000000";

    signed_in(fixture);
    const struct session_begun first = fixture->begun;
    assert_int_equal(enter(fixture, own, "", start_us), PEOPLE_OK);
    assert_int_equal(confirm(fixture, "123456", start_us), PEOPLE_FACTOR_NOT_BEGUN);
    assert_int_equal(begin(fixture, given, "", start_us), PEOPLE_WRONG_PASSWORD);
    assert_int_equal(begin(fixture, own, "", start_us), PEOPLE_OK);
    assert_last(fixture, "user.second_factor_begin", "");
    /* It is none yet. */
    assert_false(judge(fixture, start_us, PEOPLE_OK).factor);
    assert_int_equal(confirm(fixture, "", start_us), PEOPLE_WRONG_CODE);
    assert_int_equal(confirm(fixture, wrong, start_us), PEOPLE_WRONG_CODE);
    assert_int_equal(confirm(fixture, code_at(fixture, start_us), start_us), PEOPLE_OK);
    assert_last(fixture, "user.second_factor_confirm",
                "{\"second_factor\":true,\"recovery_codes\":10}");
    assert_true(judge(fixture, start_us, PEOPLE_OK).factor_shown);
    fixture->begun = first;
    (void)judge(fixture, start_us, PEOPLE_ENDED);
    /* The code that confirmed is used up. */
    assert_int_equal(enter(fixture, own, "", start_us), PEOPLE_CODE_NEEDED);
    assert_int_equal(enter(fixture, own, code_at(fixture, start_us), start_us), PEOPLE_REFUSED);
    const time_us later = start_us + step_us;
    assert_int_equal(enter(fixture, "another password", code_at(fixture, later), later),
                     PEOPLE_REFUSED);
    assert_int_equal(enter(fixture, own, code_at(fixture, later), later), PEOPLE_OK);
    assert_true(judge(fixture, later, PEOPLE_OK).factor_shown);
    assert_int_equal(enter(fixture, own, code_at(fixture, later), later), PEOPLE_REFUSED);
    /* What was confirmed is confirmed once. */
    assert_int_equal(enter(fixture, own, code_at(fixture, later + step_us), later + step_us),
                     PEOPLE_OK);
    assert_int_equal(confirm(fixture, code_at(fixture, later), later), PEOPLE_FACTOR_NOT_BEGUN);
}

static void codes_are_guessed_no_longer_than_passwords(void **state)
{
    struct fixture *fixture = fixture_of(state);

    signed_in(fixture);
    assert_int_equal(begin(fixture, own, "", start_us), PEOPLE_OK);
    for (unsigned i = 0; i < SIGN_IN_ATTEMPTS; i++) {
        assert_int_equal(confirm(fixture, i % 2 == 0 ? "12345" : "no code", start_us),
                         PEOPLE_WRONG_CODE);
    }
    assert_int_equal(confirm(fixture, code_at(fixture, start_us), start_us), PEOPLE_LOCKED);
    assert_int_equal(begin(fixture, own, "", start_us), PEOPLE_LOCKED);
    assert_int_equal(enter(fixture, own, "", start_us), PEOPLE_LOCKED);
    assert_false(judge(fixture, start_us, PEOPLE_OK).factor);
    /* Codes at sign-in and for a change are counted together. */
    const time_us now = start_us + SIGN_IN_LOCK_SECONDS * US_PER_SECOND;
    assert_int_equal(begin(fixture, own, "", now), PEOPLE_OK);
    assert_int_equal(confirm(fixture, code_at(fixture, now), now), PEOPLE_OK);
    assert_int_equal(enter(fixture, own, "000000", now), PEOPLE_REFUSED);
    assert_int_equal(remove_it(fixture, code_at(fixture, now + step_us), 0, now), PEOPLE_LOCKED);
}

static void what_was_begun_waits_ten_minutes(void **state)
{
    struct fixture *fixture = fixture_of(state);
    const time_us end = start_us + OWN_FACTOR_BEGUN_SECONDS * US_PER_SECOND;
    const struct people_actor wang = wang_at(start_us);

    signed_in(fixture);
    assert_int_equal(begin(fixture, own, "", start_us), PEOPLE_OK);
    assert_int_equal(confirm(fixture, code_at(fixture, end), end), PEOPLE_FACTOR_NOT_BEGUN);
    /* One that cannot be opened any more is begun again. */
    struct own_factor what = shown(fixture, "", code_at(fixture, start_us));
    what.ring = &other_ring;
    assert_int_equal(own_factor_confirm(fixture->store, &fixture->codes, &wang, &what),
                     PEOPLE_FACTOR_NOT_BEGUN);
    /* The last one begun is the one that counts. */
    uint8_t before[TOTP_KEY_SIZE];
    memcpy(before, fixture->key, sizeof(before));
    assert_int_equal(begin(fixture, own, "", start_us), PEOPLE_OK);
    assert_memory_not_equal(before, fixture->key, sizeof(before));
    assert_int_equal(confirm(fixture, code_at(fixture, end - 1), end - 1), PEOPLE_OK);
}

static void who_was_given_a_password_changes_it_first(void **state)
{
    struct fixture *fixture = fixture_of(state);
    const struct people_actor li = {SLICE("li"), SLICE("10.0.0.9:1"), start_us};
    const struct own_factor nothing = {.secret = SLICE("hs_"), .ring = &ring};
    struct own_factor_begun begun;

    assert_int_equal(enter(fixture, given, "", start_us), PEOPLE_OK);
    assert_int_equal(begin(fixture, given, "", start_us), PEOPLE_PASSWORD_CHANGE);
    assert_int_equal(confirm(fixture, "123456", start_us), PEOPLE_PASSWORD_CHANGE);
    /* Who has no password has an issuer, whose matter it is. */
    const struct own_factor what = shown(fixture, "", "");
    assert_int_equal(own_factor_begin(fixture->store, &begun, &li, &what), PEOPLE_NO_PASSWORD);
    assert_int_equal(own_factor_begin(fixture->store, &begun, &li, &nothing), PEOPLE_ENDED);
    assert_int_equal(own_factor_confirm(fixture->store, &fixture->codes, &li, &nothing),
                     PEOPLE_ENDED);
    assert_int_equal(own_factor_remove(fixture->store, &li, &nothing), PEOPLE_ENDED);
}

static void one_is_replaced_by_its_own_code(void **state)
{
    struct fixture *fixture = fixture_of(state);
    time_us now = start_us;
    uint8_t old[TOTP_KEY_SIZE];

    enrolled(fixture, now);
    memcpy(old, fixture->key, sizeof(old));
    now += step_us;
    const char *code = code_at(fixture, now);
    assert_int_equal(begin(fixture, own, "", now), PEOPLE_WRONG_CODE);
    assert_int_equal(begin(fixture, own, "000000", now), PEOPLE_WRONG_CODE);
    assert_int_equal(begin(fixture, own, code, now), PEOPLE_OK);
    /* The old one holds until the new one is confirmed; a code of it confirms nothing. */
    uint8_t fresh[TOTP_KEY_SIZE];
    memcpy(fresh, fixture->key, sizeof(fresh));
    memcpy(fixture->key, old, sizeof(old));
    now += step_us;
    assert_int_equal(enter(fixture, own, code_at(fixture, now), now), PEOPLE_OK);
    now += step_us;
    assert_int_equal(confirm(fixture, code_at(fixture, now), now), PEOPLE_WRONG_CODE);
    memcpy(fixture->key, fresh, sizeof(fresh));
    assert_int_equal(confirm(fixture, code_at(fixture, now), now), PEOPLE_OK);
    now += step_us;
    memcpy(fixture->key, old, sizeof(old));
    assert_int_equal(enter(fixture, own, code_at(fixture, now), now), PEOPLE_REFUSED);
    memcpy(fixture->key, fresh, sizeof(fresh));
    assert_int_equal(enter(fixture, own, code_at(fixture, now), now), PEOPLE_OK);
}

/* ---- recovery ---- */

static void a_recovery_code_opens_once(void **state)
{
    struct fixture *fixture = fixture_of(state);
    char plain[RECOVERY_CODE_PLAIN + 1] = {0};
    size_t size = 0;

    enrolled(fixture, start_us);
    assert_int_equal(enter(fixture, own, recovery_at(fixture, 0), start_us), PEOPLE_OK);
    assert_last(fixture, "session.begin", "{\"recovery_code\":\"used\",\"recovery_codes\":9}");
    assert_true(judge(fixture, start_us, PEOPLE_OK).factor_shown);
    assert_int_equal(enter(fixture, own, recovery_at(fixture, 0), start_us), PEOPLE_REFUSED);
    /* As people type it. */
    for (const char *c = recovery_at(fixture, 1); *c != '\0'; c++) {
        if (*c != '-') {
            plain[size++] = (char)(*c >= 'A' && *c <= 'Z' ? *c - 'A' + 'a' : *c);
        }
    }
    assert_int_equal(enter(fixture, own, plain, start_us), PEOPLE_OK);
    plain[0] = plain[0] == '2' ? '3' : '2';
    assert_int_equal(enter(fixture, own, plain, start_us), PEOPLE_REFUSED);
    assert_int_equal(enter(fixture, own, "AAAAA-AAAAA-AAAAA-AAAAA-AAAA1", start_us),
                     PEOPLE_REFUSED);
    assert_int_equal(enter(fixture, own, recovery_at(fixture, 2), start_us), PEOPLE_OK);
    /* New ones replace all that are left; making them takes one. */
    const char *kept = recovery_at(fixture, 3);
    const struct people_actor wang = wang_at(start_us);
    const struct own_factor what = shown(fixture, own, kept);
    struct own_factor_codes codes;
    assert_int_equal(own_factor_recode(fixture->store, &codes, &wang, &what), PEOPLE_OK);
    assert_last(fixture, "user.recovery_codes",
                "{\"recovery_codes\":10,\"recovery_code\":\"used\"}");
    assert_int_equal(enter(fixture, own, recovery_at(fixture, 4), start_us), PEOPLE_REFUSED);
    fixture->codes = codes;
    assert_int_equal(enter(fixture, own, recovery_at(fixture, 9), start_us), PEOPLE_OK);
}

static void a_recovery_code_helps_where_the_key_is_lost(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct sign_in sign_in = {.login = SLICE("wang"),
                              .password = slice_from_cstr(own),
                              .ring = &other_ring,
                              .address = SLICE("10.0.0.9:1"),
                              .now = start_us};

    enrolled(fixture, start_us);
    sign_in.code = slice_from_cstr(code_at(fixture, start_us + step_us));
    assert_int_equal(session_begin(fixture->store, &fixture->begun, &sign_in), PEOPLE_FACTOR_LOST);
    sign_in.code = slice_from_cstr(recovery_at(fixture, 0));
    assert_int_equal(session_begin(fixture->store, &fixture->begun, &sign_in), PEOPLE_OK);
    /* And to make another. */
    const struct people_actor wang = wang_at(start_us);
    struct own_factor what = shown(fixture, own, recovery_at(fixture, 1));
    struct own_factor_begun begun;
    what.ring = &other_ring;
    assert_int_equal(own_factor_begin(fixture->store, &begun, &wang, &what), PEOPLE_OK);
    memcpy(fixture->key, begun.key, sizeof(begun.key));
    what.code = slice_from_cstr(code_at(fixture, start_us));
    assert_int_equal(own_factor_confirm(fixture->store, &fixture->codes, &wang, &what), PEOPLE_OK);
    sign_in.code = slice_from_cstr(code_at(fixture, start_us + step_us));
    assert_int_equal(session_begin(fixture->store, &fixture->begun, &sign_in), PEOPLE_OK);
}

/* ---- without one ---- */

static void one_is_removed_by_password_and_code(void **state)
{
    struct fixture *fixture = fixture_of(state);
    const unsigned reviewers = 1U << ROLE_REVIEWER;
    const struct people_post post = {
        .organisation = SLICE("head"), .role = ROLE_REVIEWER, .until = start_us + US_PER_DAY};
    const struct people_post later = {.organisation = SLICE("head"),
                                      .role = ROLE_REVIEWER,
                                      .since = start_us + US_PER_DAY,
                                      .until = start_us + 2 * US_PER_DAY};
    time_us now = start_us + step_us;

    signed_in(fixture);
    assert_int_equal(remove_it(fixture, "000000", 0, start_us), PEOPLE_FACTOR_NONE);
    assert_int_equal(begin(fixture, own, "", start_us), PEOPLE_OK);
    assert_int_equal(confirm(fixture, code_at(fixture, start_us), start_us), PEOPLE_OK);
    /* A post that has not begun asks for nothing yet. */
    assert_int_equal(people_post_give(fixture->store, &fixture->admin, SLICE("wang"), &later),
                     PEOPLE_OK);
    assert_int_equal(remove_it(fixture, "", reviewers, now), PEOPLE_WRONG_CODE);
    assert_int_equal(people_post_give(fixture->store, &fixture->admin, SLICE("wang"), &post),
                     PEOPLE_OK);
    assert_int_equal(remove_it(fixture, code_at(fixture, now), reviewers, now),
                     PEOPLE_FACTOR_REQUIRED);
    assert_int_equal(remove_it(fixture, "", 1U << ROLE_APPROVER, now), PEOPLE_WRONG_CODE);
    assert_int_equal(remove_it(fixture, code_at(fixture, start_us), 0, now), PEOPLE_WRONG_CODE);
    assert_int_equal(remove_it(fixture, code_at(fixture, now), 1U << ROLE_APPROVER, now),
                     PEOPLE_OK);
    assert_last(fixture, "user.second_factor_remove", "{\"second_factor\":false}");
    assert_false(judge(fixture, now, PEOPLE_OK).factor);
    assert_int_equal(enter(fixture, own, "", now), PEOPLE_OK);
    assert_true(session_factor_due(&(struct session){.factor_due = true}, 0));
    const struct session session = judge(fixture, now, PEOPLE_OK);
    assert_false(session_factor_due(&session, 0));
    assert_true(session_factor_due(&session, reviewers));
    assert_false(session_factor_due(&session, 1U << ROLE_APPROVER));
    /* The recovery codes went with it. */
    assert_int_equal(begin(fixture, own, "", now), PEOPLE_OK);
    const struct own_factor_codes old = fixture->codes;
    assert_int_equal(confirm(fixture, code_at(fixture, now), now), PEOPLE_OK);
    fixture->codes = old;
    assert_int_equal(enter(fixture, own, recovery_at(fixture, 0), now), PEOPLE_REFUSED);
}

static void who_administers_takes_it_and_reads_nothing(void **state)
{
    struct fixture *fixture = fixture_of(state);
    const struct people_actor wang = wang_at(start_us);
    const struct people_actor wang2 = {SLICE("wang2"), SLICE("10.0.0.9:1"), start_us};

    enrolled(fixture, start_us);
    user_add(fixture, "wang2", "wang");
    assert_int_equal(second_factor_reset(fixture->store, &wang, SLICE("wang")), PEOPLE_SELF);
    assert_int_equal(second_factor_reset(fixture->store, &wang2, SLICE("wang")), PEOPLE_SELF);
    assert_int_equal(second_factor_reset(fixture->store, &fixture->admin, SLICE("nobody")),
                     PEOPLE_NOT_FOUND);
    assert_int_equal(second_factor_reset(fixture->store, &fixture->admin, SLICE("No Id")),
                     PEOPLE_NOT_FOUND);
    assert_int_equal(second_factor_reset(fixture->store, &fixture->admin, SLICE("wang")),
                     PEOPLE_OK);
    assert_last(fixture, "user.second_factor_reset", "{\"second_factor\":false}");
    (void)judge(fixture, start_us, PEOPLE_ENDED);
    assert_int_equal(enter(fixture, own, "", start_us), PEOPLE_OK);
    struct session session = judge(fixture, start_us, PEOPLE_OK);
    assert_true(session_factor_due(&session, 0));
    assert_int_equal(begin(fixture, own, "", start_us), PEOPLE_OK);
    assert_int_equal(confirm(fixture, code_at(fixture, start_us), start_us), PEOPLE_OK);
    session = judge(fixture, start_us, PEOPLE_OK);
    assert_false(session_factor_due(&session, ~0U));
}

static void who_stands_in_needs_what_the_other_needs(void **state)
{
    struct people_post posts[] = {{.role = ROLE_MANAGEMENT}};
    struct people_stead steads[] = {{.post = {.role = ROLE_APPROVER}}};
    struct session session = {
        .posts = posts, .post_count = 1, .steads = steads, .stead_count = 1, .factor = true};

    (void)state;
    assert_true(session_factor_due(&session, 1U << ROLE_APPROVER));
    assert_true(session_factor_due(&session, 1U << ROLE_MANAGEMENT));
    assert_false(session_factor_due(&session, 1U << ROLE_REVIEWER));
    session.factor_shown = true;
    assert_false(session_factor_due(&session, 1U << ROLE_APPROVER));
}

static void a_key_that_is_begun_opens_as_nothing_else(void **state)
{
    uint8_t key[TOTP_KEY_SIZE] = {9, 8, 7};
    uint8_t sealed[2][SECOND_FACTOR_SEALED];
    uint8_t opened[TOTP_KEY_SIZE];

    (void)state;
    for (unsigned begun = 0; begun < 2; begun++) {
        second_factor_close(&ring, SLICE("wang"), begun == 1, key, sealed[begun]);
    }
    for (unsigned i = 0; i < 2; i++) {
        const struct slice value = slice_of((const char *)sealed[i], SECOND_FACTOR_SEALED);
        const struct people_user user = {
            .id = SLICE("wang"), .totp_key = value, .totp_begun = value};
        const struct people_user li = {.id = SLICE("li"), .totp_key = value, .totp_begun = value};
        assert_int_equal(second_factor_open(&user, &ring, opened), i == 0);
        assert_int_equal(second_factor_begun_open(&user, &ring, opened), i == 1);
        assert_false(second_factor_open(&li, &ring, opened));
        assert_false(second_factor_begun_open(&li, &ring, opened));
        assert_memory_equal(opened, key, sizeof(key));
    }
}

static void the_trail_has_no_secret(void **state)
{
    struct fixture *fixture = fixture_of(state);
    char key[TOTP_TEXT_SIZE];
    struct trail_walk walk;

    enrolled(fixture, start_us);
    assert_int_equal(enter(fixture, own, recovery_at(fixture, 0), start_us), PEOPLE_OK);
    totp_key_write(key, fixture->key);
    const struct trail_seen seen = trail_of(fixture);
    for (size_t i = 0; i < seen.count; i++) {
        const struct slice texts[] = {seen.entries[i].before, seen.entries[i].after,
                                      seen.entries[i].reason};
        for (size_t k = 0; k < 3; k++) {
            assert_false(holds(texts[k], key, sizeof(key)));
            assert_false(holds(texts[k], fixture->key, sizeof(fixture->key)));
            assert_false(holds(texts[k], own, sizeof(own) - 1));
            assert_false(holds(texts[k], recovery_at(fixture, 0), RECOVERY_CODE_SIZE));
        }
    }
    assert_int_equal(trail_verify(fixture->store, &walk, NULL, 0), STORE_OK);
    assert_false(walk.failed);
}

#define BOTH(test)                                                                                 \
    {#test " on SQLite", test, setup, teardown, NULL},                                             \
    {                                                                                              \
#test " on PostgreSQL", test, setup, teardown, (void *)"postgresql"                        \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH(a_second_factor_is_enrolled_and_used_once_a_code),
        BOTH(codes_are_guessed_no_longer_than_passwords),
        BOTH(what_was_begun_waits_ten_minutes),
        BOTH(who_was_given_a_password_changes_it_first),
        BOTH(one_is_replaced_by_its_own_code),
        BOTH(a_recovery_code_opens_once),
        BOTH(a_recovery_code_helps_where_the_key_is_lost),
        BOTH(one_is_removed_by_password_and_code),
        BOTH(who_administers_takes_it_and_reads_nothing),
        cmocka_unit_test(who_stands_in_needs_what_the_other_needs),
        cmocka_unit_test(a_key_that_is_begun_opens_as_nothing_else),
        BOTH(the_trail_has_no_secret),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
