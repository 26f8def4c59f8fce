/* Packs in the store, each case on both database systems. */
#include "cmocka_headroom.h"
#include "store_fixture.h"

#include "audit/trail.h"
#include "pack/pack_store.h"

static const time_us start_us = 1795000000LL * US_PER_SECOND;
static const struct slice why = {"as decided", 10};

struct fixture {
    struct database database;
    struct store *store;
    struct arena arena;
    bool missing;
    struct people_actor zhang; /* who proposes */
    struct people_actor li;    /* who activates */
    char base[PACK_HASH_TEXT];
    char demo[PACK_HASH_TEXT];
};

static void organisation(struct fixture *fixture, const char *id, const char *entity,
                         const char *parent)
{
    const struct people_organisation wanted = {.id = slice_from_cstr(id),
                                               .name = slice_from_cstr(id),
                                               .legal_entity = slice_from_cstr(entity),
                                               .parent = slice_from_cstr(parent)};
    assert_int_equal(people_organisation_add(fixture->store, &fixture->zhang, &wanted), PEOPLE_OK);
}

static struct pack *checked(const char *folder)
{
    struct buffer error = {0};
    struct pack *pack = pack_check(pack_files_from_folder(folder, &error));
    assert_non_null(pack);
    buffer_release(&error);
    return pack;
}

static void store_pack(struct fixture *fixture, const char *folder, char hash[PACK_HASH_TEXT])
{
    struct pack *pack = checked(folder);
    assert_int_equal(pack_version_add(fixture->store, &fixture->zhang, hash, pack), PACK_STATUS_OK);
    pack_free(pack);
}

static int setup(void **state)
{
    const bool postgresql = *state != NULL;
    struct fixture *fixture = test_calloc(1, sizeof(*fixture));
    *state = fixture;
    fixture->missing = database_missing(postgresql);
    fixture->zhang = (struct people_actor){SLICE("zhang"), SLICE("10.0.0.1:5"), start_us};
    fixture->li = (struct people_actor){SLICE("li"), SLICE("10.0.0.2:5"), start_us + 10};
    if (fixture->missing) {
        return 0;
    }
    database_make(&fixture->database, postgresql);
    fixture->store = database_open(&fixture->database);
    arena_init(&fixture->arena, 64 << 20);
    assert_int_equal(
        people_entity_add(fixture->store, &fixture->zhang, SLICE("bank"), SLICE("某银行")),
        PEOPLE_OK);
    assert_int_equal(
        people_entity_add(fixture->store, &fixture->zhang, SLICE("lease"), SLICE("某租赁")),
        PEOPLE_OK);
    organisation(fixture, "head", "bank", "");
    organisation(fixture, "north", "", "head");
    organisation(fixture, "north-1", "", "north");
    organisation(fixture, "north-10", "", "north");
    organisation(fixture, "lease-head", "lease", "");
    store_pack(fixture, "packs/cn-commercial-bank", fixture->base);
    store_pack(fixture, "packs/demo", fixture->demo);
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

static struct slice hash_of(const char hash[PACK_HASH_TEXT])
{
    return slice_of(hash, PACK_HASH_TEXT);
}

static enum pack_status propose(struct fixture *fixture, const char *place, struct slice pack,
                                int64_t *ret_number)
{
    const struct pack_proposal proposal = {slice_from_cstr(place), pack, why};
    return pack_propose(fixture->store, &fixture->zhang, ret_number, &proposal);
}

static void put_in_force(struct fixture *fixture, const char *place, struct slice pack, time_us at)
{
    int64_t number = 0;
    fixture->li.now = at;
    assert_int_equal(propose(fixture, place, pack, &number), PACK_STATUS_OK);
    assert_int_equal(pack_activate(fixture->store, &fixture->li, number, pack), PACK_STATUS_OK);
}

struct question {
    struct fixture *fixture;
    struct slice path;
    time_us at;
    int64_t number;
    struct pack_activation activation;
    struct pack_shelf *shelf;
    const struct pack *pack;
    struct slice hash;
    enum pack_status status;
};

static enum store_status force_work(struct store *store, void *context)
{
    struct question *q = context;
    q->status = pack_in_force(store, &q->activation, &q->fixture->arena, q->path, q->at);
    return STORE_OK;
}

static enum store_status number_work(struct store *store, void *context)
{
    struct question *q = context;
    q->status = pack_activation_read(store, &q->activation, &q->fixture->arena, q->number);
    return STORE_OK;
}

static enum store_status shelf_work(struct store *store, void *context)
{
    struct question *q = context;
    q->status = pack_shelf_take(q->shelf, &q->pack, store, q->hash);
    return STORE_OK;
}

static void assert_in_force(struct fixture *fixture, const char *path, time_us at, const char *hash)
{
    struct question q = {.fixture = fixture, .path = slice_from_cstr(path), .at = at};
    assert_int_equal(store_transact(fixture->store, STORE_READ, force_work, &q), STORE_OK);
    assert_int_equal(q.status, hash == NULL ? PACK_STATUS_NOT_FOUND : PACK_STATUS_OK);
    if (hash != NULL) {
        assert_memory_equal(q.activation.pack.data, hash, PACK_HASH_TEXT);
    }
}

/* ---- contents ---- */

static void the_same_content_is_stored_once(void **state)
{
    struct fixture *fixture = fixture_of(state);
    char again[PACK_HASH_TEXT];
    store_pack(fixture, "packs/demo", again);
    assert_memory_equal(again, fixture->demo, PACK_HASH_TEXT);
}

static void a_version_has_one_content(void **state)
{
    struct fixture *fixture = fixture_of(state);
    char hash[PACK_HASH_TEXT];
    struct buffer error = {0};
    struct pack *pack = pack_check(pack_files_from_json(
        SLICE(
            "{\"files\":{\"pack.json\":\"{\\\"format\\\":1,\\\"id\\\":\\\"demo\\\",\\\"version\\\":"
            "\\\"0.1.0\\\",\\\"title\\\":{\\\"zh\\\":\\\"x\\\",\\\"en\\\":\\\"x\\\"}}\"}}"),
        &error));
    assert_non_null(pack);
    assert_int_equal(pack->error_count, 0);
    assert_int_equal(pack_version_add(fixture->store, &fixture->zhang, hash, pack),
                     PACK_STATUS_TAKEN);
    pack_free(pack);
    pack = pack_check(pack_files_from_json(SLICE("{\"files\":{}}"), &error));
    assert_int_equal(pack_version_add(fixture->store, &fixture->zhang, hash, pack),
                     PACK_STATUS_ERRORS);
    pack_free(pack);
    buffer_release(&error);
}

static void what_was_stored_is_compiled_again(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct pack_shelf shelf = {0};
    struct question q = {.fixture = fixture, .shelf = &shelf, .hash = hash_of(fixture->demo)};
    assert_int_equal(store_transact(fixture->store, STORE_READ, shelf_work, &q), STORE_OK);
    assert_int_equal(q.status, PACK_STATUS_OK);
    assert_true(slice_equal(q.pack->id, SLICE("demo")));
    const struct pack *first = q.pack;
    assert_int_equal(store_transact(fixture->store, STORE_READ, shelf_work, &q), STORE_OK);
    assert_ptr_equal(q.pack, first);
    q.hash = SLICE("nothing");
    assert_int_equal(store_transact(fixture->store, STORE_READ, shelf_work, &q), STORE_OK);
    assert_int_equal(q.status, PACK_STATUS_NOT_FOUND);
    pack_shelf_release(&shelf);
}

/* ---- four eyes ---- */

static void nobody_activates_alone(void **state)
{
    struct fixture *fixture = fixture_of(state);
    int64_t number = 0;
    const struct slice base = hash_of(fixture->base);
    assert_int_equal(propose(fixture, "head", base, &number), PACK_STATUS_OK);
    assert_int_equal(pack_activate(fixture->store, &fixture->zhang, number, base),
                     PACK_STATUS_SELF);
    assert_in_force(fixture, "/head/", INT64_MAX, NULL);
    assert_int_equal(pack_activate(fixture->store, &fixture->li, number, hash_of(fixture->demo)),
                     PACK_STATUS_STALE);
    assert_int_equal(pack_activate(fixture->store, &fixture->li, number + 1, base),
                     PACK_STATUS_NOT_FOUND);
    assert_int_equal(pack_activate(fixture->store, &fixture->li, number, base), PACK_STATUS_OK);
    assert_int_equal(pack_activate(fixture->store, &fixture->li, number, base),
                     PACK_STATUS_DECIDED);
    assert_int_equal(pack_reject(fixture->store, &fixture->li, number, why), PACK_STATUS_DECIDED);
    /* Not by a hand in the database either. */
    assert_false(
        database_run(&fixture->database, "UPDATE pack_activation SET decided_by = proposed_by"));
}

static void one_proposal_at_a_time(void **state)
{
    struct fixture *fixture = fixture_of(state);
    int64_t number = 0;
    int64_t other = 0;
    const struct slice base = hash_of(fixture->base);
    const struct slice demo = hash_of(fixture->demo);
    assert_int_equal(propose(fixture, "head", base, &number), PACK_STATUS_OK);
    assert_int_equal(propose(fixture, "head", demo, &other), PACK_STATUS_PENDING);
    assert_int_equal(propose(fixture, "north", demo, &other), PACK_STATUS_OK);
    assert_int_equal(pack_reject(fixture->store, &fixture->zhang, number, why), PACK_STATUS_OK);
    assert_int_equal(propose(fixture, "head", demo, &other), PACK_STATUS_OK);
    assert_int_equal(propose(fixture, "nowhere", demo, &other), PACK_STATUS_NOT_FOUND);
    assert_int_equal(propose(fixture, "lease-head", SLICE("abc"), &other), PACK_STATUS_NOT_FOUND);
    const struct pack_proposal mute = {SLICE("lease-head"), demo, SLICE(" ")};
    assert_int_equal(pack_propose(fixture->store, &fixture->zhang, &other, &mute),
                     PACK_STATUS_BAD_REASON);
}

/* ---- in force ---- */

static void the_nearest_pack_holds(void **state)
{
    struct fixture *fixture = fixture_of(state);
    int64_t number = 0;
    assert_in_force(fixture, "/head/north/", INT64_MAX, NULL);
    put_in_force(fixture, "head", hash_of(fixture->base), start_us + 100);
    put_in_force(fixture, "north-1", hash_of(fixture->demo), start_us + 200);
    assert_in_force(fixture, "/head/", INT64_MAX, fixture->base);
    assert_in_force(fixture, "/head/north/", INT64_MAX, fixture->base);
    assert_in_force(fixture, "/head/north/north-1/", INT64_MAX, fixture->demo);
    assert_in_force(fixture, "/head/north/north-10/", INT64_MAX, fixture->base);
    assert_in_force(fixture, "/lease-head/", INT64_MAX, NULL); /* another legal entity */
    assert_int_equal(propose(fixture, "head", hash_of(fixture->base), &number), PACK_STATUS_ACTIVE);
}

static void what_held_then_can_be_asked(void **state)
{
    struct fixture *fixture = fixture_of(state);
    put_in_force(fixture, "head", hash_of(fixture->base), start_us + 100);
    put_in_force(fixture, "head", hash_of(fixture->demo), start_us + 200);
    assert_in_force(fixture, "/head/north/", start_us + 99, NULL);
    assert_in_force(fixture, "/head/north/", start_us + 100, fixture->base);
    assert_in_force(fixture, "/head/north/", start_us + 199, fixture->base);
    assert_in_force(fixture, "/head/north/", start_us + 200, fixture->demo);
}

static void rolled_back_under_four_eyes(void **state)
{
    struct fixture *fixture = fixture_of(state);
    int64_t number = 0;
    const struct slice base = hash_of(fixture->base);
    put_in_force(fixture, "head", base, start_us + 100);
    assert_int_equal(propose(fixture, "head", SLICE(""), &number), PACK_STATUS_NOTHING_BEFORE);
    put_in_force(fixture, "head", hash_of(fixture->demo), start_us + 200);
    assert_int_equal(propose(fixture, "head", SLICE(""), &number), PACK_STATUS_OK);
    struct question q = {.fixture = fixture, .number = number};
    assert_int_equal(store_transact(fixture->store, STORE_READ, number_work, &q), STORE_OK);
    assert_true(q.activation.roll_back);
    assert_true(slice_equal(q.activation.pack, base));
    fixture->li.now = start_us + 300;
    assert_int_equal(pack_activate(fixture->store, &fixture->zhang, number, base),
                     PACK_STATUS_SELF);
    assert_int_equal(pack_activate(fixture->store, &fixture->li, number, base), PACK_STATUS_OK);
    assert_in_force(fixture, "/head/", INT64_MAX, fixture->base);
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

static void every_step_is_recorded(void **state)
{
    struct fixture *fixture = fixture_of(state);
    static const char *const actions[] = {"pack.store",    "pack.store",   "pack.propose",
                                          "pack.activate", "pack.propose", "pack.reject"};
    int64_t number = 0;
    put_in_force(fixture, "head", hash_of(fixture->base), start_us + 100);
    assert_int_equal(propose(fixture, "head", hash_of(fixture->demo), &number), PACK_STATUS_OK);
    assert_int_equal(pack_reject(fixture->store, &fixture->li, number, why), PACK_STATUS_OK);
    struct trail_seen seen = {.arena = &fixture->arena};
    assert_int_equal(store_transact(fixture->store, STORE_READ, trail_work, &seen), STORE_OK);
    const size_t count = sizeof actions / sizeof actions[0];
    assert_true(seen.count > count);
    for (size_t i = 0; i < count; i++) {
        const struct trail_entry *entry = &seen.entries[seen.count - count + i];
        assert_true(slice_equal(entry->action, slice_from_cstr(actions[i])));
    }
    const struct trail_entry *last = &seen.entries[seen.count - 1];
    assert_true(slice_equal(last->actor, SLICE("li")));
    assert_true(slice_equal(last->reason, why));
}

#define ON_BOTH(test)                                                                              \
    cmocka_unit_test_prestate_setup_teardown(test, setup, teardown, NULL),                         \
        cmocka_unit_test_prestate_setup_teardown(test, setup, teardown, (void *)(uintptr_t)1)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(the_same_content_is_stored_once),
        ON_BOTH(a_version_has_one_content),
        ON_BOTH(what_was_stored_is_compiled_again),
        ON_BOTH(nobody_activates_alone),
        ON_BOTH(one_proposal_at_a_time),
        ON_BOTH(the_nearest_pack_holds),
        ON_BOTH(what_held_then_can_be_asked),
        ON_BOTH(rolled_back_under_four_eyes),
        ON_BOTH(every_step_is_recorded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
