/* What is closed leaves memory: whenever that happens, every answer, figure and digest is what it
 * would have been. Two ledgers get the same commands; one gives up what is closed at random. */
#include "cmocka_headroom.h"

#include <stdlib.h>

#include "ledger/internal.h"

enum { KEPT_MAX = 40000, STEPS = 9000, LIMITS = 12 };

/* A stand-in for the archive: what was given up, looked for from the first to the last. */
struct kept {
    struct ledger_closed rows[KEPT_MAX];
    size_t count, finds, refused;
};

static void kept_prefetch(void *context, uint64_t hash)
{
    (void)context;
    (void)hash;
}

static bool kept_may_hold(void *context, uint64_t hash)
{
    (void)context;
    (void)hash;
    return true;
}

static bool kept_find(void *context, const struct ledger_id *id, uint64_t hash,
                      uint8_t ret_value[LEDGER_CLOSED_MAX], size_t *ret_size)
{
    struct kept *kept = context;

    (void)hash;
    kept->finds++;
    for (size_t i = 0; i < kept->count; i++) {
        if (ledger_id_equal(&kept->rows[i].id, id)) {
            memcpy(ret_value, kept->rows[i].value, kept->rows[i].size);
            *ret_size = kept->rows[i].size;
            return true;
        }
    }
    return false;
}

static void kept_refuse(void *context, const struct ledger_id *id)
{
    struct kept *kept = context;

    (void)id;
    kept->refused++;
}

struct pair {
    struct kept kept;
    struct ledger_archive archive;
    struct ledger *whole;    /* keeps all in memory */
    struct ledger *archived; /* gives up what is closed */
    uint64_t random;
    uint32_t made;
    struct ledger_extra extra;
};

static struct ledger *ledger_new(void)
{
    const struct ledger_options options = {.base = CURRENCY_CNY,
                                           .limits_max = 64,
                                           .records_max = 20000,
                                           .traces_max = 20000,
                                           .unlocks_max = 8,
                                           .commands_max = 16,
                                           .hash_seed = 5};
    struct ledger *ledger = ledger_open(&options);

    assert_non_null(ledger);
    return ledger;
}

static uint64_t below(struct pair *pair, uint64_t bound)
{
    pair->random = pair->random * 6364136223846793005ULL + 1442695040888963407ULL;
    return (pair->random >> 33) % bound;
}

static struct ledger_id id_named(char kind, uint64_t number)
{
    struct ledger_id id = {{0}};

    snprintf(id.bytes, sizeof(id.bytes), "%c%llu", kind, (unsigned long long)number);
    return id;
}

static void pair_open_limits(struct pair *pair)
{
    for (uint32_t i = 0; i < LIMITS; i++) {
        struct ledger_command command;
        struct ledger_result result;

        ledger_command_init(&command, LEDGER_OP_LIMIT_OPEN);
        struct ledger_extra extra = *command.extra;
        const struct ledger_id parent = id_named('l', i / 3);
        extra.parents = &parent;
        extra.parents_count = i >= 3;
        command.extra = &extra;
        command.id = id_named('l', i);
        command.fields = LEDGER_HAS(ID) | LEDGER_HAS(CAP) | LEDGER_HAS(CURRENCY);
        command.currency = i % 5 == 4 ? CURRENCY_JPY : CURRENCY_CNY;
        command.amounts[0] = (struct ledger_amount){50000, LEDGER_MINOR};
        if (i == 0) {
            struct ledger_command rate = command;
            struct ledger_extra rate_extra = ledger_extra_none;
            rate.op = LEDGER_OP_RATE_SET;
            rate.id = id_named('r', 0);
            rate.currency = CURRENCY_JPY;
            rate_extra.rate_e10 = LEDGER_RATE_ONE / 20;
            rate.extra = &rate_extra;
            ledger_apply(pair->whole, &result, &rate, 1);
            ledger_apply(pair->archived, &result, &rate, 1);
            assert_int_equal(result.status, LEDGER_OK);
        }
        ledger_apply(pair->whole, &result, &command, 1);
        assert_int_equal(result.status, LEDGER_OK);
        ledger_apply(pair->archived, &result, &command, 1);
        assert_int_equal(result.status, LEDGER_OK);
    }
}

static int setup(void **state)
{
    struct pair *pair = calloc(1, sizeof(*pair));

    assert_non_null(pair);
    pair->whole = ledger_new();
    pair->archived = ledger_new();
    pair->archive =
        (struct ledger_archive){&pair->kept, kept_prefetch, kept_may_hold, kept_find, kept_refuse};
    ledger_archive_set(pair->archived, &pair->archive, 77);
    pair_open_limits(pair);
    *state = pair;
    return 0;
}

static int teardown(void **state)
{
    struct pair *pair = *state;

    ledger_free(pair->whole);
    ledger_free(pair->archived);
    free(pair);
    return 0;
}

/* A command of a random kind on a random thing, new or met before. */
static void command_draw(struct pair *pair, struct ledger_command *command)
{
    static const enum ledger_op ops[] = {
        LEDGER_OP_DRAW,    LEDGER_OP_DRAW,         LEDGER_OP_RESERVE,       LEDGER_OP_RESERVE,
        LEDGER_OP_CONFIRM, LEDGER_OP_CANCEL,       LEDGER_OP_REPAY,         LEDGER_OP_REPAY,
        LEDGER_OP_REPAY,   LEDGER_OP_RESTATE,      LEDGER_OP_GET,           LEDGER_OP_CHECK,
        LEDGER_OP_DRAW,    LEDGER_OP_LIMIT_FREEZE, LEDGER_OP_LIMIT_UNFREEZE};
    const enum ledger_op op = ops[below(pair, sizeof(ops) / sizeof(ops[0]))];
    const bool again = below(pair, 6) == 0;

    ledger_command_init(command, op);
    command->id = id_named('c', again ? below(pair, pair->made + 1) : pair->made++);
    command->fields = LEDGER_HAS(ID);
    command->has_id = true;
    if (op == LEDGER_OP_DRAW || op == LEDGER_OP_RESERVE || op == LEDGER_OP_CHECK ||
        op == LEDGER_OP_LIMIT_FREEZE || op == LEDGER_OP_LIMIT_UNFREEZE) {
        command->target = id_named('l', below(pair, LIMITS + 1));
        command->fields |= LEDGER_HAS(LIMIT);
    } else {
        const uint64_t back = below(pair, 8) == 0 ? pair->made : 60;
        const uint64_t newest = pair->made + 2;
        command->target =
            id_named('c', newest > back ? newest - below(pair, back + 1) : below(pair, newest));
        command->fields |= op == LEDGER_OP_CONFIRM || op == LEDGER_OP_CANCEL ||
                                   (op == LEDGER_OP_GET && below(pair, 2) == 0)
                               ? LEDGER_HAS(RESERVATION)
                               : LEDGER_HAS(EXPOSURE_ID);
    }
    const bool takes = op == LEDGER_OP_DRAW || op == LEDGER_OP_RESERVE || op == LEDGER_OP_CHECK;
    if (takes || (op == LEDGER_OP_RESTATE) || (op == LEDGER_OP_REPAY && below(pair, 3) == 0) ||
        (op == LEDGER_OP_CONFIRM && below(pair, 3) == 0)) {
        command->fields |= LEDGER_HAS(AMOUNT);
        command->amounts[0] = (struct ledger_amount){1 + below(pair, 300), LEDGER_MINOR};
        if (below(pair, 4) == 0) {
            command->fields |= LEDGER_HAS(EXPOSURE);
            command->amounts[1] = (struct ledger_amount){below(pair, 2), LEDGER_MINOR};
        }
        if (below(pair, 20) == 0) {
            command->amounts[0] = (struct ledger_amount){12345, 3}; /* too many decimals */
        }
    }
    if (op == LEDGER_OP_RESERVE && below(pair, 2) == 0) {
        command->fields |= LEDGER_HAS(EXPIRES);
        command->expires = ledger_time(pair->whole) + (time_us)below(pair, 40);
    }
    if (below(pair, 9) == 0) {
        command->fields |= LEDGER_HAS(AT);
        command->at = ledger_time(pair->whole) + (time_us)below(pair, 20);
    }
    command->linked = below(pair, 7) == 0;
    command->final = below(pair, 3) == 0;
}

static void results_compare(const struct pair *pair, const struct ledger_result *whole,
                            const struct ledger_result *archived)
{
    assert_int_equal(archived->status, whole->status);
    assert_int_equal(archived->refusals_count, whole->refusals_count);
    assert_int_equal(archived->over_count, whole->over_count);
    assert_true((archived->record == NULL) == (whole->record == NULL));
    if (whole->record != NULL) {
        const struct ledger_record_view *a = whole->record;
        const struct ledger_record_view *b = archived->record;

        assert_memory_equal(&b->id, &a->id, sizeof(a->id));
        assert_int_equal(b->limit, a->limit);
        assert_int_equal(b->is_reservation, a->is_reservation);
        assert_int_equal(b->open, a->open);
        assert_int_equal(b->currency, a->currency);
        assert_int_equal(b->expires, a->expires);
        assert_memory_equal(b->made_minor, a->made_minor, sizeof(a->made_minor));
        assert_memory_equal(b->remaining_minor, a->remaining_minor, sizeof(a->remaining_minor));
    }
    assert_int_equal(pair->kept.refused, 0);
}

static void effects_compare(const struct pair *pair)
{
    size_t counts[2];
    const struct ledger_effect *whole = ledger_effects(pair->whole, &counts[0]);
    const struct ledger_effect *archived = ledger_effects(pair->archived, &counts[1]);

    assert_int_equal(counts[0], counts[1]);
    for (size_t i = 0; i < counts[0]; i++) {
        struct ledger_effect a = whole[i];
        struct ledger_effect b = archived[i];

        assert_true((a.record == LEDGER_NONE) == (b.record == LEDGER_NONE));
        if (a.record != LEDGER_NONE) {
            assert_int_equal(ledger_record_number(pair->whole, a.record),
                             ledger_record_number(pair->archived, b.record));
        }
        a.record = b.record = 0; /* places differ */
        assert_memory_equal(&a, &b, sizeof(a));
    }
}

/* Gives up what is closed: some now, or all. */
static void closed_leave(struct pair *pair, bool all)
{
    struct ledger_closed_walk walk = {0};
    struct ledger_closed row;
    size_t first = pair->kept.count;
    const uint64_t before = ledger_closed_count(pair->archived);
    size_t met = 0;

    while (!walk.ended) {
        uint32_t looks = 1 + (uint32_t)below(pair, 50);
        while (ledger_closed_next(pair->archived, &walk, &row, &looks)) {
            met++;
            if (all || below(pair, 3) != 0) {
                assert_true(pair->kept.count < KEPT_MAX);
                pair->kept.rows[pair->kept.count++] = row;
            }
        }
    }
    assert_int_equal(met, before);
    for (; first < pair->kept.count; first++) {
        ledger_closed_retire(pair->archived, pair->kept.rows[first].reference);
    }
    assert_true(!all || ledger_closed_count(pair->archived) == 0);
}

static void digests_compare(const struct ledger *a, const struct ledger *b)
{
    uint8_t one[32];
    uint8_t other[32];

    assert_true(ledger_digest(a, one) && ledger_digest(b, other));
    assert_memory_equal(one, other, sizeof(one));
}

static void state_stands(const struct ledger *ledger)
{
    struct buffer message = {0};

    if (!ledger_verify(ledger, &message)) {
        fail_msg("%.*s", (int)message.size, message.data);
    }
    buffer_release(&message);
}

static int bytes_write(void *context, const void *data, size_t size)
{
    buffer_append(context, slice_of(data, size));
    return 0;
}

static int bytes_read(void *context, void *data, size_t size)
{
    struct slice *rest = context;

    assert_true(rest->size >= size);
    memcpy(data, rest->data, size);
    *rest = slice_of(rest->data + size, rest->size - size);
    return 0;
}

/* Saves the ledger that gives up what is closed, and goes on with what is loaded from that. */
static void archived_reload(struct pair *pair)
{
    struct buffer bytes = {0};
    const struct ledger_sink sink = {bytes_write, &bytes};

    assert_int_equal(ledger_save(pair->archived, &sink), 0);
    struct slice rest = buffer_slice(&bytes);
    const struct ledger_source source = {.read = bytes_read, .context = &rest};
    ledger_free(pair->archived);
    pair->archived = ledger_new();
    ledger_archive_set(pair->archived, &pair->archive, below(pair, 1000));
    assert_int_equal(ledger_load(pair->archived, &source), 0);
    buffer_release(&bytes);
}

static void lists_compare(const struct pair *pair)
{
    for (uint32_t limit = 0; limit < LIMITS; limit++) {
        uint32_t a = LEDGER_NONE;
        uint32_t b = LEDGER_NONE;
        uint64_t number_a = 0;
        uint64_t number_b = 0;

        do {
            a = ledger_record_next(pair->whole, limit, a, number_a);
            b = ledger_record_next(pair->archived, limit, b, number_b);
            assert_true((a == LEDGER_NONE) == (b == LEDGER_NONE));
            if (a != LEDGER_NONE) {
                number_a = ledger_record_number(pair->whole, a);
                number_b = ledger_record_number(pair->archived, b);
                assert_int_equal(number_a, number_b);
            }
        } while (a != LEDGER_NONE);
    }
}

static void nothing_tells_when_it_left(void **state)
{
    struct pair *pair = *state;
    struct ledger_command commands[16];
    struct ledger_result whole[16];
    struct ledger_result archived[16];
    size_t known = 0;

    for (unsigned seed = 1; seed <= 3; seed++) {
        pair->random += seed;
        for (unsigned step = 0; step < STEPS / 3; step++) {
            const size_t count = 1 + below(pair, 16);

            for (size_t i = 0; i < count; i++) {
                command_draw(pair, &commands[i]);
            }
            ledger_apply(pair->whole, whole, commands, count);
            ledger_apply(pair->archived, archived, commands, count);
            for (size_t i = 0; i < count; i++) {
                results_compare(pair, &whole[i], &archived[i]);
                known += whole[i].status == LEDGER_EXISTS || whole[i].status == LEDGER_ID_CONFLICT;
            }
            effects_compare(pair);
            if (below(pair, 10) == 0) {
                closed_leave(pair, below(pair, 4) == 0);
            }
            if (step % 200 == 0) {
                digests_compare(pair->whole, pair->archived);
                lists_compare(pair);
                state_stands(pair->archived);
            }
            if (step % 777 == 0) {
                archived_reload(pair);
            }
        }
    }
    state_stands(pair->whole);
    state_stands(pair->archived);
    digests_compare(pair->whole, pair->archived);
    struct ledger_counts counts[2];
    ledger_count(pair->whole, &counts[0]);
    ledger_count(pair->archived, &counts[1]);
    assert_int_equal(counts[1].records, counts[0].records);
    assert_int_equal(counts[1].ids, counts[0].ids);
    assert_int_equal(counts[1].archived, pair->kept.count);
    assert_true(counts[1].memory_bytes < counts[0].memory_bytes);
    assert_true(known > 1000 && pair->kept.count > 5000);
    print_message("%zu left memory, %zu repeats and conflicts\n", pair->kept.count, known);
}

static void bytes_that_make_no_sense_are_refused(void **state)
{
    struct pair *pair = *state;
    struct ledger_command command;
    struct ledger_result result;
    uint8_t value[LEDGER_CLOSED_MAX];
    struct closed closed = {.is_record = true,
                            .op = LEDGER_OP_DRAW,
                            .currency = CURRENCY_CNY,
                            .content = 1,
                            .number = 3,
                            .limit = 2,
                            .expires = 9,
                            .amounts = {5, 4, 3}};
    const size_t size = closed_pack(value, &closed);
    struct closed again;

    assert_true(closed_unpack(&again, slice_of((const char *)value, size)));
    assert_memory_equal(again.amounts, closed.amounts, sizeof(closed.amounts));
    for (size_t cut = 0; cut < size; cut++) {
        assert_false(closed_unpack(&again, slice_of((const char *)value, cut)));
    }
    /* A limit that there is none of. */
    closed.limit = 1000;
    pair->kept.rows[0].id = id_named('z', 1);
    pair->kept.rows[0].size = closed_pack(pair->kept.rows[0].value, &closed);
    pair->kept.count = 1;
    ledger_command_init(&command, LEDGER_OP_DRAW);
    command.id = id_named('z', 1);
    command.fields = LEDGER_HAS(ID);
    ledger_apply(pair->archived, &result, &command, 1);
    assert_int_equal(pair->kept.refused, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_tells_when_it_left, setup, teardown),
        cmocka_unit_test_setup_teardown(bytes_that_make_no_sense_are_refused, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
