/* The audit trail: adding, reading, cutting long texts, and every kind of damage. */
#include "cmocka_headroom.h"
#include "store_fixture.h"

#include <stdlib.h>

#include "audit/trail.h"
#include "base/buffer.h"

enum { LENGTH = 60, DAMAGES = 2000, DAMAGES_SOAK = 10000, TEXTS = 7 };

/* ---- a trail in memory ---- */

static uint64_t random_state;

static uint64_t random_next(uint64_t bound)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state % bound;
}

struct chain {
    struct trail_entry entries[LENGTH + 2];
    size_t count;
    struct arena arena;
};

static void chain_seal(struct chain *chain, size_t from)
{
    for (size_t i = from; i < chain->count; i++) {
        if (i == 0) {
            memset(chain->entries[0].previous, 0, SHA256_SIZE);
        } else {
            memcpy(chain->entries[i].previous, chain->entries[i - 1].hash, SHA256_SIZE);
        }
        trail_hash(&chain->entries[i], chain->entries[i].hash);
    }
}

static void chain_make(struct chain *chain)
{
    static const char *const actions[] = {"customer.create", "customer.look", "user.lock"};

    *chain = (struct chain){.count = LENGTH};
    arena_init(&chain->arena, 8 << 20);
    for (size_t i = 0; i < LENGTH; i++) {
        char text[64];
        (void)snprintf(text, sizeof(text), "{\"name\":\"customer %zu\"}", i);
        chain->entries[i] = (struct trail_entry){
            .number = (int64_t)i + 1,
            .at = 1795000000LL * US_PER_SECOND + (time_us)i,
            .actor = SLICE("u-17"),
            .address = SLICE("10.0.0.8:4711"),
            .action = slice_from_cstr(actions[i % 3]),
            .subject = SLICE("customer/8f2c"),
            .before =
                i % 3 == 0 ? slice_of(NULL, 0) : arena_copy(&chain->arena, slice_from_cstr(text)),
            .after = arena_copy(&chain->arena, slice_from_cstr(text)),
            .reason = i % 5 == 0 ? SLICE("") : slice_of(NULL, 0),
        };
    }
    chain_seal(chain, 0);
}

static bool chain_whole(const struct chain *chain, const struct trail_head *heads, size_t count)
{
    struct trail_walk walk;

    trail_walk_init(&walk, heads, count);
    for (size_t i = 0; i < chain->count; i++) {
        if (!trail_walk_next(&walk, &chain->entries[i])) {
            assert_true(walk.wrong[0] != '\0');
            return false;
        }
    }
    return trail_walk_end(&walk);
}

static struct trail_head head_of(const struct trail_entry *entry)
{
    struct trail_head head = {.number = entry->number};

    memcpy(head.hash, entry->hash, SHA256_SIZE);
    return head;
}

/* ---- damage ---- */

static struct slice *text_at(struct trail_entry *entry, size_t which)
{
    struct slice *const texts[TEXTS] = {&entry->actor,   &entry->address, &entry->action,
                                        &entry->subject, &entry->before,  &entry->after,
                                        &entry->reason};
    return texts[which];
}

/* Changes one text: a bit, a byte more or less, there or not there. */
static void text_damage(struct chain *chain, struct trail_entry *entry)
{
    struct slice *text = text_at(entry, random_next(TEXTS));

    if (text->data == NULL) {
        *text = SLICE("");
        return;
    }
    struct slice copy = arena_copy(&chain->arena, *text);
    assert_non_null(copy.data);
    const uint64_t how = random_next(3);
    if (text->size == 0 || how == 0) {
        char *longer = arena_take(&chain->arena, text->size + 2);
        assert_non_null(longer);
        memcpy(longer, copy.data, text->size);
        longer[text->size] = (char)random_next(256);
        copy = slice_of(longer, text->size + 1);
    } else if (how == 1) {
        copy.size--;
    } else {
        ((char *)(uintptr_t)copy.data)[random_next(copy.size)] ^= (char)(1 << random_next(8));
    }
    *text = copy;
}

/* Moves bytes from the end of one text to the begin of the next, which a plain concatenation would
 * not see. */
static void border_damage(struct chain *chain, struct trail_entry *entry)
{
    const size_t which = random_next(3);
    struct slice *left = text_at(entry, which);
    struct slice *right = text_at(entry, which + 1);
    char *joined = arena_take(&chain->arena, left->size + right->size + 1);

    assert_non_null(joined);
    memcpy(joined, left->data, left->size);
    memcpy(joined + left->size, right->data, right->size);
    const size_t total = left->size + right->size;
    size_t border = random_next(total + 1);
    border = border == left->size ? (border + 1) % (total + 1) : border;
    *left = slice_of(joined, border);
    *right = slice_of(joined + border, total - border);
}

static void entries_move(struct chain *chain, size_t to, size_t from)
{
    memmove(&chain->entries[to], &chain->entries[from],
            (chain->count - from) * sizeof(chain->entries[0]));
    chain->count = chain->count + to - from;
}

/* One damage. The forger of the last kinds knows the hash and seals anew what he left. */
static void damage(struct chain *chain, unsigned kind)
{
    const size_t place = random_next(chain->count);
    struct trail_entry *entry = &chain->entries[place];
    const size_t other = (place + 1 + random_next(chain->count - 1)) % chain->count;
    const struct trail_entry kept = *entry;

    switch (kind) {
    case 0:
        text_damage(chain, entry);
        break;
    case 1:
        border_damage(chain, entry);
        break;
    case 2:
        entry->at ^= 1LL << random_next(63);
        break;
    case 3:
        (random_next(2) == 0 ? entry->hash : entry->previous)[random_next(32)] ^=
            (uint8_t)(1 << random_next(8));
        break;
    case 4: /* cut out, and numbered anew or not */
        entries_move(chain, place, place + 1);
        for (size_t i = place; random_next(2) == 0 && i < chain->count; i++) {
            chain->entries[i].number--;
        }
        break;
    case 5: /* swapped, with or without their numbers */
        *entry = chain->entries[other];
        chain->entries[other] = kept;
        if (random_next(2) == 0) {
            chain->entries[other].number = entry->number;
            entry->number = kept.number;
        }
        break;
    case 6: /* put in twice */
        entries_move(chain, place + 1, place);
        chain->entries[place] = kept;
        break;
    case 7: /* cut at the end */
        chain->count = place;
        break;
    case 8: /* rolled back, and others written since */
        chain->count = place + 1;
        entry->at++;
        chain_seal(chain, place);
        break;
    case 9: /* changed, and everything behind it sealed anew */
        text_damage(chain, entry);
        chain_seal(chain, place);
        break;
    default: /* one taken out, everything behind it numbered and sealed anew */
        entries_move(chain, place, place + 1);
        for (size_t i = place; i < chain->count; i++) {
            chain->entries[i].number--;
        }
        chain_seal(chain, place);
        break;
    }
}

enum { KINDS = 11 };

static void every_damage_is_found(void **state)
{
    const char *tier = getenv("HEADROOM_TIER");
    const unsigned damages = tier == NULL || strcmp(tier, "soak") != 0 ? DAMAGES : DAMAGES_SOAK;
    unsigned found[KINDS] = {0};

    (void)state;
    random_state = 0x9E3779B97F4A7C15ULL;
    for (unsigned i = 0; i < damages; i++) {
        struct chain chain;
        const uint64_t seed = random_state;
        chain_make(&chain);
        /* The newest head is deposited, and one in the middle. */
        const struct trail_head heads[] = {head_of(&chain.entries[LENGTH / 2]),
                                           head_of(&chain.entries[LENGTH - 1])};
        assert_true(chain_whole(&chain, heads, 2));
        damage(&chain, i % KINDS);
        if (chain_whole(&chain, heads, 2)) {
            fail_msg("damage %u of kind %u, seed %llu, was not found", i, i % KINDS,
                     (unsigned long long)seed);
        }
        found[i % KINDS]++;
        arena_release(&chain.arena);
    }
    for (unsigned kind = 0; kind < KINDS; kind++) {
        assert_true(found[kind] >= damages / KINDS);
    }
}

/* The harness itself: without a deposit a cut end is not seen, and says nothing wrong. */
static void a_cut_end_needs_a_deposit(void **state)
{
    struct chain chain;

    (void)state;
    chain_make(&chain);
    const struct trail_head middle = head_of(&chain.entries[LENGTH / 2]);
    const struct trail_head last = head_of(&chain.entries[LENGTH - 1]);
    chain.count = LENGTH - 3;
    assert_true(chain_whole(&chain, NULL, 0));
    assert_true(chain_whole(&chain, &middle, 1));
    assert_false(chain_whole(&chain, &last, 1));
    chain.count = 0;
    assert_true(chain_whole(&chain, NULL, 0));
    assert_false(chain_whole(&chain, &middle, 1));
    arena_release(&chain.arena);
}

static void heads_are_written_and_read(void **state)
{
    static const char *const bad[] = {
        "",
        "1",
        "x 00",
        "1 zz",
        "-1 0000000000000000000000000000000000000000000000000000000000000000",
        "1 000000000000000000000000000000000000000000000000000000000000000g",
        "1 00000000000000000000000000000000000000000000000000000000000000000",
        "9223372036854775808 0000000000000000000000000000000000000000000000000000000000000000",
        "1 ABCD000000000000000000000000000000000000000000000000000000000000"};
    struct trail_head head = {.number = INT64_MAX};
    struct trail_head back;
    struct buffer text = {0};

    (void)state;
    for (size_t i = 0; i < SHA256_SIZE; i++) {
        head.hash[i] = (uint8_t)(i * 9);
    }
    trail_head_write(&text, &head);
    assert_true(trail_head_parse(buffer_slice(&text), &back));
    assert_memory_equal(&head, &back, sizeof(head));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(trail_head_parse(slice_from_cstr(bad[i]), &back));
    }
    buffer_release(&text);
}

/* The hash of one entry, computed outside (sha256sum over the bytes that README.md names). */
static void the_hash_is_the_documented_one(void **state)
{
    static const char expected[] =
        "f94b5fd1b132f20e2c3d61bc5fb7e1b43bd05a37ad9f070c90ba35c0dd2ffcfe";
    const struct trail_entry entry = {.number = 1,
                                      .at = 1000000,
                                      .actor = SLICE("u"),
                                      .address = SLICE(""),
                                      .action = SLICE("a.b"),
                                      .subject = SLICE("s/1"),
                                      .after = SLICE("{}")};
    uint8_t hash[SHA256_SIZE];
    char text[2 * SHA256_SIZE];

    (void)state;
    trail_hash(&entry, hash);
    hex_write(text, hash, sizeof(hash));
    assert_memory_equal(text, expected, sizeof(text));
}

/* ---- in the store ---- */

struct fixture {
    struct database database;
    struct store *store;
    struct arena arena;
    bool missing;
};

static int setup(void **state)
{
    const bool postgresql = *state != NULL;
    struct fixture *fixture = test_calloc(1, sizeof(*fixture));

    *state = fixture;
    fixture->missing = database_missing(postgresql);
    if (!fixture->missing) {
        database_make(&fixture->database, postgresql);
        fixture->store = database_open(&fixture->database);
        arena_init(&fixture->arena, 64 << 20);
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

static enum store_status add_work(struct store *store, void *context)
{
    return trail_add(store, context);
}

static enum store_status fill_work(struct store *store, void *context)
{
    const unsigned *count = context;

    for (unsigned i = 0; i < *count; i++) {
        const struct trail_entry entry = {.at = i,
                                          .actor = i % 2 == 0 ? SLICE("u-1") : SLICE("u-2"),
                                          .address = SLICE("[::1]:9"),
                                          .action = SLICE("customer.create"),
                                          .subject = i % 3 == 0 ? SLICE("customer/a")
                                                                : SLICE("customer/b"),
                                          .after = SLICE("{\"name\":\"额度\"}")};
        TRY(trail_add(store, &entry));
    }
    return STORE_OK;
}

static void add(struct fixture *fixture, unsigned count)
{
    assert_int_equal(store_transact(fixture->store, STORE_WRITE, fill_work, &count), STORE_OK);
}

struct read {
    struct arena *arena;
    struct trail_filter filter;
    struct trail_entry *entries;
    size_t count;
    struct trail_head head;
};

static enum store_status read_work(struct store *store, void *context)
{
    struct read *read = context;

    TRY(trail_head_read(store, &read->head));
    return trail_read(store, &read->entries, &read->count, read->arena, &read->filter);
}

static void entries_are_found_by_what_and_by_whom(void **state)
{
    struct fixture *fixture = *state;
    struct read read = {.arena = &fixture->arena, .filter = {.count = 4}};

    if (fixture->missing) {
        skip();
    }
    add(fixture, 12);
    assert_int_equal(store_transact(fixture->store, STORE_READ, read_work, &read), STORE_OK);
    assert_int_equal(read.count, 4);
    assert_int_equal(read.entries[3].number, 4);
    assert_int_equal(read.head.number, 12);
    read.filter = (struct trail_filter){.subject = SLICE("customer/a"), .after = 4, .count = 100};
    assert_int_equal(store_transact(fixture->store, STORE_READ, read_work, &read), STORE_OK);
    assert_int_equal(read.count, 2);
    assert_int_equal(read.entries[0].number, 7);
    read.filter = (struct trail_filter){.actor = SLICE("u-2"), .count = 100};
    assert_int_equal(store_transact(fixture->store, STORE_READ, read_work, &read), STORE_OK);
    assert_int_equal(read.count, 6);
}

static void a_text_of_any_size_is_recorded(void **state)
{
    struct fixture *fixture = *state;
    struct read read = {.arena = &fixture->arena, .filter = {.count = 10}};
    struct trail_walk walk;

    if (fixture->missing) {
        skip();
    }
    const size_t size = 3 * TRAIL_VALUE_MAX;
    char *text = test_malloc(size);
    for (size_t i = 0; i < size; i++) {
        text[i] = "\xE9\xA2\x9D"[i % 3];
    }
    struct trail_entry entry = {.actor = slice_of(text, 3 * TRAIL_TEXT_MAX),
                                .action = SLICE("x"),
                                .before = slice_of(text, size),
                                .after = slice_of(text, size),
                                .reason = slice_of(text, size)};
    assert_int_equal(store_transact(fixture->store, STORE_WRITE, add_work, &entry), STORE_OK);
    assert_int_equal(store_transact(fixture->store, STORE_READ, read_work, &read), STORE_OK);
    assert_in_range(read.entries[0].before.size, TRAIL_VALUE_MAX - 3, TRAIL_VALUE_MAX);
    assert_in_range(read.entries[0].actor.size, TRAIL_TEXT_MAX - 3, TRAIL_TEXT_MAX);
    assert_memory_equal(read.entries[0].actor.data + read.entries[0].actor.size - 3, "...", 3);
    assert_int_equal(trail_verify(fixture->store, &walk, NULL, 0), STORE_OK);
    assert_false(walk.failed);
    test_free(text);
}

/* Somebody with the rights of the database's owner, who takes the triggers away first. */
static void what_a_hand_changes_in_the_database_is_found(void **state)
{
    static const char *const sqlite_first[] = {"DROP TRIGGER audit_entry_no_update",
                                               "DROP TRIGGER audit_entry_no_delete"};
    static const char *const damages[] = {
        "UPDATE audit_entry SET actor = 'u-9' WHERE number = 500",
        "UPDATE audit_entry SET after = NULL WHERE number = 1",
        "UPDATE audit_entry SET reason = '' WHERE number = 777",
        "UPDATE audit_entry SET at = at + 1 WHERE number = 1200",
        "DELETE FROM audit_entry WHERE number = 600",
        "DELETE FROM audit_entry WHERE number <= 3",
        "DELETE FROM audit_entry WHERE number > 1100",
        "UPDATE audit_entry SET number = 5000 WHERE number = 1200",
        ("UPDATE audit_entry SET hash = (SELECT hash FROM audit_entry WHERE number = 3) WHERE "
         "number = 4"),
        "DELETE FROM audit_entry",
    };
    struct fixture *fixture = *state;
    struct trail_walk walk;

    if (fixture->missing) {
        skip();
    }
    add(fixture, 1200);
    assert_int_equal(trail_verify(fixture->store, &walk, NULL, 0), STORE_OK);
    assert_false(walk.failed);
    assert_int_equal(walk.head.number, 1200);
    const struct trail_head deposited = walk.head;
    if (fixture->database.postgresql) {
        assert_true(
            database_run(&fixture->database, "ALTER TABLE audit_entry DISABLE TRIGGER ALL"));
    } else {
        assert_true(database_run(&fixture->database, sqlite_first[0]));
        assert_true(database_run(&fixture->database, sqlite_first[1]));
    }
    for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
        assert_true(database_run(&fixture->database, "DROP TABLE IF EXISTS kept"));
        assert_true(
            database_run(&fixture->database, "CREATE TABLE kept AS SELECT * FROM audit_entry"));
        assert_true(database_run(&fixture->database, damages[i]));
        assert_int_equal(trail_verify(fixture->store, &walk, &deposited, 1), STORE_OK);
        if (!walk.failed) {
            fail_msg("not found: %s", damages[i]);
        }
        assert_true(database_run(&fixture->database, "DELETE FROM audit_entry"));
        assert_true(database_run(&fixture->database, "INSERT INTO audit_entry SELECT * FROM kept"));
        assert_int_equal(trail_verify(fixture->store, &walk, &deposited, 1), STORE_OK);
        assert_false(walk.failed);
    }
}

#define BOTH(test)                                                                                 \
    {#test " on SQLite", test, setup, teardown, NULL},                                             \
    {                                                                                              \
#test " on PostgreSQL", test, setup, teardown, (void *)"postgresql"                        \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_damage_is_found),
        cmocka_unit_test(a_cut_end_needs_a_deposit),
        cmocka_unit_test(heads_are_written_and_read),
        cmocka_unit_test(the_hash_is_the_documented_one),
        BOTH(entries_are_found_by_what_and_by_whom),
        BOTH(a_text_of_any_size_is_recorded),
        BOTH(what_a_hand_changes_in_the_database_is_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
