/* The outbox between store and engine, cut at every point, on both database systems: what is owed
 * has one effect and one answer. */
#include "planes_fixture.h"

#include "api/api_feed.h"
#include "credit/sender.h"

static const char chain_text[] =
    "[{\"op\":\"limit.open\",\"id\":\"AP-1.total\",\"currency\":\"CNY\",\"cap\":\"800.00\","
    "\"holder\":\"c-1\",\"case\":\"AP-1\"},"
    "{\"op\":\"limit.open\",\"id\":\"AP-1.1\",\"currency\":\"CNY\",\"cap\":\"500.00\","
    "\"parents\":[\"AP-1.total\"],\"case\":\"AP-1\"}]";

/* ---- transactions ---- */

static struct outbox_chain chain_of(const char *step, const char *text)
{
    return (struct outbox_chain){.case_ref = SLICE("AP-1"),
                                 .step = slice_from_cstr(step),
                                 .purpose = SLICE("activation"),
                                 .subject = SLICE("decision/AP-1"),
                                 .actor = SLICE("u.approver"),
                                 .commands = slice_from_cstr(text),
                                 .made = start_us};
}

static enum store_status owe_work(struct store *store, void *context)
{
    const struct outbox_chain *chain = context;
    const struct trail_entry entry = {.at = chain->made,
                                      .actor = chain->actor,
                                      .action = SLICE("decision.make"),
                                      .subject = chain->subject};

    TRY(trail_add(store, &entry));
    return outbox_add(store, chain);
}

static enum store_status owe(struct fixture *fixture, const char *step, const char *text)
{
    struct outbox_chain chain = chain_of(step, text);

    return store_transact(fixture->store, STORE_WRITE, owe_work, &chain);
}

struct look {
    struct fixture *fixture;
    struct outbox_chain chain;
    const char *step; /* NULL: the oldest that is owed */
    bool found;
    struct event *events;
    size_t count;
};

static enum store_status look_work(struct store *store, void *context)
{
    struct look *look = context;
    struct arena *arena = &look->fixture->arena;

    TRY(event_read(store, &look->events, &look->count, arena, 0, 100));
    return look->step == NULL ? outbox_next(store, &look->chain, &look->found, arena)
                              : outbox_read(store, &look->chain, &look->found, arena, SLICE("AP-1"),
                                            slice_from_cstr(look->step));
}

static struct look look(struct fixture *fixture, const char *step)
{
    struct look look = {.fixture = fixture, .step = step};

    assert_int_equal(store_transact(fixture->store, STORE_READ, look_work, &look), STORE_OK);
    return look;
}

static enum store_status answer_work(struct store *store, void *context)
{
    bool stored;

    return outbox_answer(store, &stored, context);
}

/* ---- a life that ends at a point ---- */

enum cut { CUT_STORED, CUT_READ, CUT_APPLIED, CUT_JUDGED, CUT_ANSWERED, CUT_COUNT };

/* Does what the sender does with the oldest chain, as far as `cut`. */
static void carry(struct fixture *fixture, enum cut cut)
{
    struct ledger_command *commands;
    struct ledger_result results[8];
    struct buffer answer = {0};
    size_t count;
    struct look owed = look(fixture, NULL);

    if (cut == CUT_STORED || cut == CUT_READ || !owed.found) {
        return;
    }
    assert_true(
        outbox_commands(&commands, &count, &fixture->arena, owed.chain.commands, CURRENCY_CNY));
    assert_in_range(count, 1, 8);
    fixture->now += US_PER_SECOND;
    assert_int_equal(engine_apply(fixture->engine, commands, results, count, false, fixture->now),
                     ENGINE_OK);
    if (cut > CUT_APPLIED) {
        outbox_judge(&owed.chain, &answer, engine_ledger(fixture->engine), commands, results,
                     count);
        owed.chain.answered = fixture->now;
    }
    if (cut > CUT_JUDGED) {
        assert_int_equal(store_transact(fixture->store, STORE_WRITE, answer_work, &owed.chain),
                         STORE_OK);
    }
    buffer_release(&answer);
}

static void assert_done_once(struct fixture *fixture)
{
    const struct look done = look(fixture, "1");
    const struct ledger *ledger = engine_ledger(fixture->engine);

    assert_true(done.found);
    assert_int_equal(done.chain.state, OUTBOX_ACCEPTED);
    assert_false(look(fixture, NULL).found);
    assert_int_equal(done.count, 2);
    assert_text(done.events[0].op, "ledger.order");
    assert_text(done.events[1].op, "ledger.accept");
    /* The business date that the server opens, and the two limits. */
    assert_int_equal(ledger_effects_total(ledger), 3);
    assert_int_equal(done.events[0].ledger, 0);
    assert_int_equal(done.events[1].ledger, 3);
    assert_int_equal(done.chain.ledger, 3);
}

static void whatever_the_cut_a_chain_has_one_effect(void **state)
{
    struct fixture *fixture = fixture_of(state);

    /* One life for each cut on the same chain: it is cut again and again, and ends all the same. */
    assert_int_equal(owe(fixture, "1", chain_text), STORE_OK);
    for (enum cut cut = CUT_STORED; cut < CUT_ANSWERED; cut++) {
        for (unsigned i = 0; i < 3; i++) {
            carry(fixture, cut);
            close_both(fixture);
            open_both(fixture);
            assert_true(look(fixture, NULL).found);
        }
    }
    carry(fixture, CUT_ANSWERED);
    assert_done_once(fixture);
    close_both(fixture);
    open_both(fixture);
    carry(fixture, CUT_ANSWERED);
    assert_done_once(fixture);
}

static void a_refused_chain_leaves_nothing_and_says_why(void **state)
{
    struct fixture *fixture = fixture_of(state);

    assert_int_equal(owe(fixture, "1",
                         "[{\"op\":\"limit.open\",\"id\":\"AP-1.1\",\"currency\":\"CNY\",\"cap\":"
                         "\"1.00\"},{\"op\":\"limit.open\",\"id\":\"AP-1.2\",\"currency\":\"CNY\","
                         "\"cap\":\"1.00\",\"parents\":[\"nowhere\"]}]"),
                     STORE_OK);
    carry(fixture, CUT_ANSWERED);
    const struct look done = look(fixture, "1");
    assert_int_equal(done.chain.state, OUTBOX_REFUSED);
    assert_text(done.chain.answer, "[{\"id\":\"AP-1.1\",\"result\":\"linked_failed\"},"
                                   "{\"id\":\"AP-1.2\",\"result\":\"parent_not_found\"}]");
    assert_int_equal(ledger_effects_total(engine_ledger(fixture->engine)), 1);
    assert_text(done.events[1].op, "ledger.refuse");
}

static void what_is_no_chain_is_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "{}",
        "[]",
        "[1]",
        "[{\"op\":\"limit.open\"}]",
        "[",
        "null",
        "[{\"op\":\"limit.close\",\"id\":\"x\",\"limit\":\"y\",\"at\":\"2020-01-01T00:00:00Z\"}]",
    };
    struct fixture *fixture = fixture_of(state);
    char step[8];

    for (unsigned i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        (void)snprintf(step, sizeof(step), "%u", i + 1);
        assert_int_equal(owe(fixture, step, texts[i]), STORE_OK);
        carry(fixture, CUT_ANSWERED);
        assert_int_equal(look(fixture, step).chain.state, OUTBOX_REFUSED);
    }
    assert_int_equal(ledger_effects_total(engine_ledger(fixture->engine)), 1);
}

static void a_step_owes_one_chain(void **state)
{
    struct fixture *fixture = fixture_of(state);

    assert_int_equal(owe(fixture, "1", chain_text), STORE_OK);
    assert_int_equal(owe(fixture, "1", chain_text), STORE_OK);
    assert_int_equal(owe(fixture, "1", "[{\"op\":\"limit.close\",\"id\":\"x\",\"limit\":\"y\"}]"),
                     STORE_EXISTS);
    carry(fixture, CUT_ANSWERED);
    assert_done_once(fixture);
    assert_int_equal(owe(fixture, "1", chain_text), STORE_OK);
    assert_done_once(fixture);
}

/* ---- the sender in its loop ---- */

static enum store_status answered_count(struct store *store, const struct outbox_chain *chain,
                                        void *context)
{
    (void)store;
    assert_int_equal(chain->state, OUTBOX_ACCEPTED);
    ++*(unsigned *)context;
    return STORE_OK;
}

static void turns(struct fixture *fixture, struct reactor *reactor, struct sender *sender)
{
    for (unsigned i = 0; i < 1000 && !sender_idle(sender); i++) {
        assert_int_equal(reactor_turn(reactor, 100000000), OS_OK);
        if (engine_pending(fixture->engine)) {
            fixture->now += US_PER_SECOND;
            assert_int_equal(engine_commit(fixture->engine, fixture->now), ENGINE_OK);
        }
    }
    assert_true(sender_idle(sender));
}

static void the_sender_carries_all_that_is_owed_in_order(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct reactor *reactor;
    struct jobs *jobs;
    struct sender *sender;
    char step[8];
    char text[200];
    unsigned answered = 0;

    for (unsigned i = 1; i <= 20; i++) {
        /* Each stands below the one before: out of order it would be refused. */
        (void)snprintf(step, sizeof(step), "%u", i);
        (void)snprintf(
            text, sizeof(text),
            "[{\"op\":\"limit.open\",\"id\":\"L%u\",\"currency\":\"CNY\",\"cap\":\"1.00\""
            ",\"parents\":[%s%.0u%s]}]",
            i, i == 1 ? "" : "\"L", i == 1 ? 0 : i - 1, i == 1 ? "" : "\"");
        assert_int_equal(owe(fixture, step, text), STORE_OK);
    }
    assert_int_equal(reactor_open(&reactor), OS_OK);
    assert_int_equal(jobs_open(&jobs, reactor, 10), OS_OK);
    const struct sender_options options = {.engine = fixture->engine,
                                           .store = fixture->store,
                                           .jobs = jobs,
                                           .reactor = reactor,
                                           .answered = answered_count,
                                           .context = &answered};
    assert_int_equal(sender_open(&sender, &options), OS_OK);
    turns(fixture, reactor, sender);
    assert_int_equal(answered, 20);
    sender_poke(sender);
    turns(fixture, reactor, sender);
    assert_int_equal(answered, 20);
    jobs_close(jobs);
    sender_free(sender);
    reactor_free(reactor);
    assert_int_equal(ledger_effects_total(engine_ledger(fixture->engine)), 21);
}

/* ---- the feed ---- */

/* The feed from a place on, "C1 L1 L2 ...", its places beside it. */
static void feed_text(struct fixture *fixture, struct buffer *out, struct api_feed_place place,
                      const struct api_feed_steps *steps)
{
    struct api api = {.engine = fixture->engine};
    enum engine_status status;
    char text[API_FEED_TEXT_SIZE];
    enum api_feed_next next;

    do {
        const uint64_t credit = place.credit;
        struct buffer event = {0};
        struct json_writer writer;
        json_writer_init(&writer, &event);
        next = api_feed_next(&writer, &api, &place, steps, 3, &status);
        if (next == API_FEED_EVENT) {
            api_feed_write(text, &place);
            buffer_printf(out, "%s%s ", place.credit > credit ? "C" : "L", text);
        }
        buffer_release(&event);
    } while (next == API_FEED_EVENT);
    buffer_append_cstr(out, next == API_FEED_END ? "end" : "lacks");
}

static void steps_and_ledger_are_one_feed(void **state)
{
    static const struct {
        struct api_feed_place place;
        size_t first, count;
        bool complete;
        const char *feed;
    } rows[] = {
        {{0, 0}, 0, 2, true, "C0.1 L1.1 L2.1 L3.1 C3.2 end"},
        {{2, 1}, 1, 1, true, "L3.1 C3.2 end"},
        {{3, 2}, 2, 0, true, "end"},
        {{1, 0}, 0, 2, true, "C1.1 L2.1 L3.1 C3.2 end"},
        {{0, 0}, 0, 1, false, "C0.1 lacks"},
        {{0, 2}, 0, 1, false, "lacks"},
        {{1, 0}, 1, 1, true, "lacks"},
        {{2, 99}, 0, 2, true, "L3.99 end"},
    };
    struct fixture *fixture = fixture_of(state);
    struct buffer out = {0};

    assert_int_equal(owe(fixture, "1", chain_text), STORE_OK);
    carry(fixture, CUT_ANSWERED);
    const struct look done = look(fixture, "1");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct api_feed_steps steps = {.after = rows[i].first,
                                             .count = rows[i].count,
                                             .events = done.events + rows[i].first,
                                             .complete = rows[i].complete};
        buffer_reset(&out);
        feed_text(fixture, &out, rows[i].place, &steps);
        assert_text(buffer_slice(&out), rows[i].feed);
    }
    buffer_release(&out);
}

static void places_are_read_as_they_are_written(void **state)
{
    static const char *const wrong[] = {"",
                                        ".",
                                        "1.",
                                        ".1",
                                        "1.2.3",
                                        "-1",
                                        "1.-1",
                                        " 1",
                                        "0x1",
                                        "1e3",
                                        "9223372036854775808",
                                        "1.99999999999999999999"};
    struct api_feed_place place;
    char text[API_FEED_TEXT_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_false(api_feed_read(slice_from_cstr(wrong[i]), &place));
    }
    place = (struct api_feed_place){INT64_MAX, INT64_MAX};
    api_feed_write(text, &place);
    place = (struct api_feed_place){0};
    assert_true(api_feed_read(slice_from_cstr(text), &place));
    assert_true(place.ledger == INT64_MAX && place.credit == INT64_MAX);
    assert_true(api_feed_read(SLICE("7"), &place));
    assert_true(place.ledger == 7 && place.credit == 0);
}

#define BOTH(test)                                                                                 \
    {#test " on SQLite", test, setup_bare, teardown, NULL},                                        \
    {                                                                                              \
#test " on PostgreSQL", test, setup_bare, teardown, (void *)"postgresql"                   \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH(whatever_the_cut_a_chain_has_one_effect),
        BOTH(a_refused_chain_leaves_nothing_and_says_why),
        BOTH(what_is_no_chain_is_refused),
        BOTH(a_step_owes_one_chain),
        BOTH(the_sender_carries_all_that_is_owed_in_order),
        BOTH(steps_and_ledger_are_one_feed),
        cmocka_unit_test(places_are_read_as_they_are_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
