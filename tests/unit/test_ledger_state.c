/* The state as a whole: saved and loaded, digested, verified, and how much more of it fits. */
#include "cmocka_headroom.h"

#include "ledger/command_json.h"
#include "ledger/internal.h"

static const char *const story[] = {
    "{\"op\":\"rate.set\",\"id\":\"r\",\"currency\":\"USD\",\"rate\":\"7.1234\"}",
    "{\"op\":\"day.open\",\"id\":\"y\",\"date\":\"2026-01-01\"}",
    "{\"op\":\"limit.open\",\"id\":\"P\",\"currency\":\"CNY\",\"cap\":\"100.00\",\"kind\":"
    "\"group\"}",
    "{\"op\":\"limit.open\",\"id\":\"Q\",\"currency\":\"CNY\",\"cap\":\"90.00\",\"holder\":\"h\"}",
    "{\"op\":\"limit.open\",\"id\":\"L\",\"currency\":\"USD\",\"cap\":\"9.00\",\"parents\":[\"P\"],"
    "\"holder\":\"h\",\"kind\":\"line\"}",
    "{\"op\":\"unlock\",\"id\":\"u\",\"limit\":\"L\",\"amount\":\"5.00\",\"until\":\"2026-12-31\"}",
    "{\"op\":\"draw\",\"id\":\"d\",\"limit\":\"L\",\"amount\":\"2.00\"}",
    "{\"op\":\"draw\",\"id\":\"e\",\"limit\":\"L\",\"amount\":\"7.00\",\"currency\":\"CNY\"}",
    "{\"op\":\"reserve\",\"id\":\"v\",\"limit\":\"L\",\"amount\":\"1.00\","
    "\"expires\":\"2026-06-01T00:00:00Z\"}",
    "{\"op\":\"confirm\",\"id\":\"c\",\"reservation\":\"v\",\"amount\":\"0.40\",\"final\":false}",
    "{\"op\":\"repay\",\"id\":\"p\",\"exposure_id\":\"d\",\"amount\":\"0.50\"}",
    "{\"op\":\"limit.move\",\"id\":\"m\",\"limit\":\"L\",\"parents\":[\"Q\"]}",
};

enum { STORY_COUNT = sizeof(story) / sizeof(story[0]) };

static struct ledger *ledger_new(uint64_t hash_seed, enum currency base)
{
    const struct ledger_options options = {
        .base = base,
        .limits_max = 64,
        .records_max = 64,
        .traces_max = 64,
        .unlocks_max = 8,
        .commands_max = 16,
        .hash_seed = hash_seed,
    };
    struct ledger *ledger = ledger_open(&options);

    assert_non_null(ledger);
    return ledger;
}

static enum ledger_status ledger_do(struct ledger *ledger, const char *text)
{
    struct arena arena;
    struct json_error error = {0};
    struct ledger_command command;
    struct ledger_result result;

    arena_init(&arena, 1UL << 20);
    const struct json_value *value = json_parse(&arena, &error, slice_from_cstr(text));
    assert_true(ledger_command_read_json(&arena, &command, value, ledger_base(ledger), true));
    ledger_apply(ledger, &result, &command, 1);
    arena_release(&arena);
    return result.status;
}

static struct ledger *ledger_told(uint64_t hash_seed)
{
    struct ledger *ledger = ledger_new(hash_seed, CURRENCY_CNY);

    for (size_t i = 0; i < STORY_COUNT; i++) {
        assert_int_equal(ledger_do(ledger, story[i]), LEDGER_OK);
    }
    return ledger;
}

static bool ledger_stands(const struct ledger *ledger)
{
    struct buffer message = {0};
    const bool stands = ledger_verify(ledger, &message);

    assert_true(stands == (message.size == 0));
    buffer_release(&message);
    return stands;
}

static void digests_compare(const struct ledger *a, const struct ledger *b, bool equal)
{
    uint8_t one[32];
    uint8_t other[32];

    assert_true(ledger_digest(a, one) && ledger_digest(b, other));
    assert_true((memcmp(one, other, sizeof(one)) == 0) == equal);
}

static int bytes_write(void *context, const void *data, size_t size)
{
    buffer_append(context, slice_of(data, size));
    return 0;
}

static int write_refused(void *context, const void *data, size_t size)
{
    (void)context;
    (void)data;
    (void)size;
    return 7;
}

static int bytes_read(void *context, void *data, size_t size)
{
    struct slice *rest = context;

    if (rest->size < size) {
        return 9;
    }
    memcpy(data, rest->data, size);
    *rest = slice_of(rest->data + size, rest->size - size);
    return 0;
}

static void ledger_bytes(struct buffer *bytes, const struct ledger *ledger)
{
    const struct ledger_sink sink = {bytes_write, bytes};

    assert_int_equal(ledger_save(ledger, &sink), 0);
    assert_false(buffer_failed(bytes));
}

static int ledger_from(struct ledger **ret_ledger, struct slice bytes, enum currency base)
{
    const struct ledger_source source = {.read = bytes_read, .context = &bytes};

    *ret_ledger = ledger_new(99, base);
    return ledger_load(*ret_ledger, &source);
}

static void a_loaded_state_is_the_saved_one_and_goes_on_alike(void **state)
{
    struct ledger *ledger = ledger_told(1);
    struct ledger *loaded;
    struct buffer bytes = {0};

    (void)state;
    ledger_bytes(&bytes, ledger);
    assert_int_equal(ledger_from(&loaded, buffer_slice(&bytes), CURRENCY_CNY), 0);
    assert_true(ledger_stands(loaded));
    digests_compare(ledger, loaded, true);
    for (size_t i = 0; i < STORY_COUNT; i++) {
        assert_int_equal(ledger_do(loaded, story[i]), LEDGER_EXISTS);
    }
    ledger_pass_time(ledger, ledger_next_deadline(ledger));
    digests_compare(ledger, loaded, false);
    ledger_pass_time(loaded, ledger_next_deadline(loaded));
    digests_compare(ledger, loaded, true);
    ledger_free(loaded);
    ledger_free(ledger);
    buffer_release(&bytes);
}

static void what_is_no_state_of_this_ledger_is_refused(void **state)
{
    struct ledger *ledger = ledger_told(1);
    struct ledger *loaded;
    struct buffer bytes = {0};

    (void)state;
    ledger_bytes(&bytes, ledger);
    const struct slice whole = buffer_slice(&bytes);
    for (size_t size = 0; size < whole.size; size += size < 64 ? 1 : 97) {
        assert_int_equal(ledger_from(&loaded, slice_of(whole.data, size), CURRENCY_CNY), 9);
        ledger_free(loaded);
    }
    assert_int_equal(ledger_from(&loaded, whole, CURRENCY_USD), -1);
    ledger_free(loaded);
    for (size_t i = 0; i < 16; i++) { /* the magic, then the layout */
        bytes.data[i] ^= 1;
        assert_int_equal(ledger_from(&loaded, whole, CURRENCY_CNY), -1);
        ledger_free(loaded);
        bytes.data[i] ^= 1;
    }
    const struct ledger_sink sink = {write_refused, NULL};
    assert_int_equal(ledger_save(ledger, &sink), 7);
    ledger_free(ledger);
    buffer_release(&bytes);
}

/* ---- what would come ---- */

struct foreseen {
    int128 used[3]; /* of P, Q, X; -1: not there */
    unsigned looks;
};

static int128 used_of(const struct ledger *ledger, const char *id)
{
    struct ledger_id name;
    struct ledger_limit_view view;

    assert_true(ledger_id_read(slice_from_cstr(id), &name));
    const uint32_t limit = ledger_limit_find(ledger, &name);
    if (limit == LEDGER_NONE) {
        return -1;
    }
    ledger_limit_view(ledger, &view, limit);
    return view.used_minor;
}

static void foreseen_look(void *context, const struct ledger *ledger)
{
    struct foreseen *foreseen = context;

    assert_true(ledger_stands(ledger));
    foreseen->used[0] = used_of(ledger, "P");
    foreseen->used[1] = used_of(ledger, "Q");
    foreseen->used[2] = used_of(ledger, "X");
    foreseen->looks++;
}

/* A chain seen through to its end, and one that fails at its last command. */
static void what_would_come_is_seen_and_leaves_nothing(void **state)
{
    static const char *const chain[] = {
        "{\"op\":\"limit.open\",\"id\":\"X\",\"currency\":\"CNY\",\"cap\":\"500.00\"}",
        "{\"op\":\"limit.move\",\"id\":\"m2\",\"limit\":\"L\",\"parents\":[\"P\",\"X\"]}",
        "{\"op\":\"draw\",\"id\":\"d2\",\"limit\":\"L\",\"amount\":\"1.00\",\"currency\":\"CNY\"}",
        "{\"op\":\"rate.set\",\"id\":\"r2\",\"currency\":\"USD\",\"rate\":\"8\"}",
        "{\"op\":\"limit.close\",\"id\":\"x2\",\"limit\":\"P\"}",
    };
    enum { CHAIN = sizeof(chain) / sizeof(chain[0]) };
    struct ledger *ledger = ledger_told(1);
    struct ledger *untouched = ledger_told(1);
    struct ledger_command commands[CHAIN];
    struct ledger_result results[CHAIN];
    struct foreseen foreseen = {.looks = 0};
    const struct ledger_look look = {foreseen_look, &foreseen};
    const uint64_t total = ledger_effects_total(ledger);
    const int128 before = used_of(ledger, "Q");
    struct json_error error = {0};
    struct arena arena;

    (void)state;
    arena_init(&arena, 1UL << 20);
    for (size_t i = 0; i < CHAIN; i++) {
        assert_true(ledger_command_read_json(&arena, &commands[i],
                                             json_parse(&arena, &error, slice_from_cstr(chain[i])),
                                             CURRENCY_CNY, false));
        commands[i].at = ledger_time(ledger);
    }
    for (unsigned round = 0; round < 3; round++) {
        assert_true(ledger_foresee(ledger, results, commands, CHAIN - 1, &look));
        assert_int_equal(foreseen.looks, round + 1);
        /* 1.50 + 0.40 of USD at 8, and 8.00: both new parents count it, the old one no more. */
        assert_true(foreseen.used[0] == 2320 && foreseen.used[2] == 2320 && foreseen.used[1] == 0);
        assert_false(ledger_foresee(ledger, results, commands, CHAIN, &look));
        assert_int_equal(results[CHAIN - 1].status, LEDGER_LIMIT_IN_USE);
        assert_int_equal(foreseen.looks, round + 1);
        assert_true(ledger_stands(ledger));
        assert_int_equal(ledger_effects_total(ledger), total);
        assert_true(used_of(ledger, "Q") == before && used_of(ledger, "X") == -1);
        digests_compare(ledger, untouched, true);
    }
    /* And both go on alike. */
    for (size_t i = 0; i + 1 < CHAIN; i++) {
        assert_int_equal(ledger_do(ledger, chain[i]), LEDGER_OK);
        assert_int_equal(ledger_do(untouched, chain[i]), LEDGER_OK);
    }
    assert_true(used_of(ledger, "X") == 2320);
    digests_compare(ledger, untouched, true);
    arena_release(&arena);
    ledger_free(ledger);
    ledger_free(untouched);
}

static void the_digest_knows_the_commands_and_not_the_seed(void **state)
{
    struct ledger *a = ledger_told(1);
    struct ledger *b = ledger_told(0x123456789ABCDEFULL);

    (void)state;
    digests_compare(a, b, true);
    assert_int_equal(
        ledger_do(a, "{\"op\":\"limit.freeze\",\"id\":\"f\",\"limit\":\"L\",\"amount\":\"0.01\"}"),
        LEDGER_OK);
    digests_compare(a, b, false);
    ledger_free(b);
    ledger_free(a);
}

static void room_ends_with_the_smallest_table(void **state)
{
    struct ledger *ledger = ledger_new(1, CURRENCY_CNY);

    (void)state;
    assert_true(ledger_has_room(ledger, 0) && ledger_has_room(ledger, 8));
    assert_false(ledger_has_room(ledger, 9)); /* unlocks_max */
    assert_int_equal(ledger_do(ledger, story[2]), LEDGER_OK);
    assert_int_equal(ledger_do(ledger, "{\"op\":\"unlock\",\"id\":\"u\",\"limit\":\"P\","
                                       "\"amount\":\"1\",\"until\":\"2026-01-01\"}"),
                     LEDGER_OK);
    assert_true(ledger_has_room(ledger, 7));
    assert_false(ledger_has_room(ledger, 8));
    ledger_free(ledger);
}

static void verify_finds_each_kind_of_harm(void **state)
{
    struct ledger *ledger = ledger_told(1);
    struct limit *limit = &ledger->limits[2];

    (void)state;
    assert_true(ledger_stands(ledger));
    limit->outstanding++;
    assert_false(ledger_stands(ledger));
    limit->outstanding--;
    limit->reserved--;
    assert_false(ledger_stands(ledger));
    limit->reserved++;
    ledger->sums[ledger->limits[2].sums].outstanding++;
    assert_false(ledger_stands(ledger));
    ledger->sums[ledger->limits[2].sums].outstanding--;
    ledger->records[0].remaining[MEASURE_NOMINAL]++;
    assert_false(ledger_stands(ledger));
    ledger->records[0].remaining[MEASURE_NOMINAL]--;
    ledger->limits[0].id.bytes[0] ^= 1;
    assert_false(ledger_stands(ledger));
    ledger->limits[0].id.bytes[0] ^= 1;
    limit->near[1] ^= 1;
    assert_false(ledger_stands(ledger));
    limit->near[1] ^= 1;
    ledger->exposures_open++;
    assert_false(ledger_stands(ledger));
    ledger->exposures_open--;
    assert_true(ledger_stands(ledger));
    ledger_free(ledger);
}

static void path_expect(struct ledger *ledger, const char *what, size_t count)
{
    struct ledger_id id;
    size_t found;

    assert_true(ledger_id_read(slice_from_cstr("D"), &id));
    assert_int_equal(ledger_do(ledger, what), LEDGER_OK);
    const uint32_t limit = ledger_limit_find(ledger, &id);
    const uint32_t *path = ledger_limit_path(ledger, limit, &found);
    assert_int_equal(found, count);
    assert_int_equal(path[0], limit);
    assert_int_equal(path[count - 1], 0); /* the top */
    assert_true(ledger_stands(ledger));
}

/* A short path lies in its limit, a long one apart: what is moved to and fro gives its place back.
 */
static void paths_grow_and_shrink(void **state)
{
    struct ledger *ledger = ledger_new(1, CURRENCY_CNY);
    char text[128];

    (void)state;
    assert_int_equal(
        ledger_do(ledger,
                  "{\"op\":\"limit.open\",\"id\":\"0\",\"currency\":\"CNY\",\"cap\":\"9\"}"),
        LEDGER_OK);
    for (int i = 1; i < LIMIT_PATH_NEAR; i++) {
        snprintf(text, sizeof(text),
                 "{\"op\":\"limit.open\",\"id\":\"%d\",\"currency\":\"CNY\",\"cap\":\"9\","
                 "\"parents\":[\"%d\"]}",
                 i, i - 1);
        assert_int_equal(ledger_do(ledger, text), LEDGER_OK);
    }
    assert_int_equal(ledger->paths_used, 0);
    path_expect(ledger,
                "{\"op\":\"limit.open\",\"id\":\"D\",\"currency\":\"CNY\",\"cap\":\"9\","
                "\"parents\":[\"5\"]}",
                LIMIT_PATH_NEAR + 1);
    assert_int_equal(
        ledger_do(ledger, "{\"op\":\"draw\",\"id\":\"d\",\"limit\":\"D\",\"amount\":\"1\"}"),
        LEDGER_OK);
    for (int i = 0; i < 3; i++) {
        snprintf(text, sizeof(text),
                 "{\"op\":\"limit.move\",\"id\":\"up%d\",\"limit\":\"D\",\"parents\":[\"4\"]}", i);
        path_expect(ledger, text, LIMIT_PATH_NEAR);
        snprintf(text, sizeof(text),
                 "{\"op\":\"limit.move\",\"id\":\"down%d\",\"limit\":\"D\",\"parents\":[\"5\"]}",
                 i);
        path_expect(ledger, text, LIMIT_PATH_NEAR + 1);
    }
    assert_int_equal(ledger->paths_used, LIMIT_PATH_NEAR + 1);
    ledger_free(ledger);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_loaded_state_is_the_saved_one_and_goes_on_alike),
        cmocka_unit_test(what_is_no_state_of_this_ledger_is_refused),
        cmocka_unit_test(what_would_come_is_seen_and_leaves_nothing),
        cmocka_unit_test(the_digest_knows_the_commands_and_not_the_seed),
        cmocka_unit_test(room_ends_with_the_smallest_table),
        cmocka_unit_test(verify_finds_each_kind_of_harm),
        cmocka_unit_test(paths_grow_and_shrink),
    };

    return cmocka_run_group_tests_name("ledger state", tests, NULL, NULL);
}
