/* From proposal to limits in the ledger, each case on both database systems. */
#include "credit_fixture.h"

#include "credit/activation.h"

static const char proposal_text[] =
    "{\"customer\":\"c-1\",\"type\":\"new\",\"purpose\":\"流动资金\",\"currency\":\"CNY\","
    "\"amount\":\"30000000.00\",\"lines\":[{\"product\":\"LOAN\",\"amount\":\"20000000.00\","
    "\"tenor_months\":12,\"revolving\":true,\"conditions\":[{\"when\":\"before_first_draw\","
    "\"text\":"
    "\"抵押登记\"}],\"lines\":[{\"product\":\"WORKING-CAPITAL\",\"amount\":\"20000000.00\","
    "\"tenor_months\":12,\"revolving\":true}]},{\"product\":\"TRADE\",\"amount\":\"10000000\","
    "\"tenor_months\":6,\"revolving\":false}]}";

struct reading {
    struct fixture *fixture;
    struct slice id;
    struct application application;
    struct decision *decisions;
    size_t count;
};

static enum store_status read_work(struct store *store, void *context)
{
    struct reading *reading = context;
    struct arena *arena = &reading->fixture->arena;

    assert_int_equal(application_read(store, &reading->application, arena, reading->id), CREDIT_OK);
    assert_int_equal(
        decisions_read(store, &reading->decisions, &reading->count, arena, reading->id), CREDIT_OK);
    return STORE_OK;
}

static struct reading reading_of(struct fixture *fixture, struct slice id)
{
    struct reading reading = {.fixture = fixture, .id = id};

    assert_int_equal(store_transact(fixture->store, STORE_READ, read_work, &reading), STORE_OK);
    return reading;
}

static void assert_state(struct fixture *fixture, struct slice id, enum application_state state,
                         const char *decision)
{
    const struct reading reading = reading_of(fixture, id);

    assert_int_equal(reading.application.state, state);
    assert_int_equal(reading.count, 1);
    assert_text(reading.decisions[0].state, decision);
}

/* ---- proposals ---- */

static void what_is_wrong_in_a_proposal_is_named(void **state)
{
    static const struct {
        const char *was, *is, *where;
    } rows[] = {
        {"\"c-1\"", "\"\"", "customer"},
        {"\"c-1\"", "7", "customer"},
        {"\"new\"", "\"ne w\"", "type"},
        {"\"purpose\"", "\"porpoise\"", "porpoise"},
        {"\"30000000.00\"", "\"0\"", "amount"},
        {"\"30000000.00\"", "\"-1\"", "amount"},
        {"\"30000000.00\"", "\"1.001\"", "amount"},
        {"\"30000000.00\"", "\"99999999999999999999\"", "amount"},
        {"\"30000000.00\"", "\"19999999.99\"", "lines[0].amount"},
        {"\"CNY\"", "\"XXZ\"", "currency"},
        {"\"tenor_months\":6", "\"tenor_months\":0", "lines[1].tenor_months"},
        {"\"tenor_months\":6", "\"tenor_months\":6.5", "lines[1].tenor_months"},
        {"\"revolving\":false", "\"revolving\":\"no\"", "lines[1].revolving"},
        {"\"revolving\":false", "\"revolving\":false,\"lines\":[]", "lines[1].lines"},
        {"before_first_draw", "some_day", "lines[0].when"},
        {"\"抵押登记\"", "\" \"", "lines[0].text"},
        {"\"WORKING-CAPITAL\",\"amount\":\"2", "\"WORKING-CAPITAL\",\"amount\":\"3",
         "lines[0].lines[0].amount"},
        {"\"lines\":[{\"product\":\"LOAN\"", "\"lines\":[1,{\"product\":\"LOAN\"", "lines[0]"},
    };
    struct arena arena;

    (void)state;
    arena_init(&arena, 64 << 20);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[2000];
        char where[PROPOSAL_WHERE_SIZE];
        struct json_error error;
        struct proposal proposal;
        const char *place = strstr(proposal_text, rows[i].was);
        assert_non_null(place);
        (void)snprintf(text, sizeof(text), "%.*s%s%s", (int)(place - proposal_text), proposal_text,
                       rows[i].is, place + strlen(rows[i].was));
        const struct json_value *value = json_parse(&arena, &error, slice_from_cstr(text));
        assert_non_null(value);
        assert_int_equal(proposal_read(&proposal, where, &arena, value), CREDIT_BAD_APPLICATION);
        assert_string_equal(where, rows[i].where);
    }
    arena_release(&arena);
}

/* A proposal of `count` lines, beside or below each other. */
static void many_write(struct buffer *text, unsigned count, bool deep)
{
    static const char line[] = "{\"product\":\"P\",\"amount\":\"1\",\"tenor_months\":1,"
                               "\"revolving\":true";

    buffer_reset(text);
    buffer_append_cstr(text, "{\"customer\":\"c\",\"type\":\"new\",\"purpose\":\"p\","
                             "\"currency\":\"CNY\",\"amount\":\"1\",\"lines\":[");
    for (unsigned i = 0; i < count; i++) {
        buffer_printf(text, "%s%s%s",
                      i == 0 ? ""
                      : deep ? ",\"lines\":["
                             : ",",
                      line, deep ? "" : "}");
    }
    for (unsigned i = 0; deep && i < count; i++) {
        buffer_append_cstr(text, i == 0 ? "}" : "]}");
    }
    buffer_append_cstr(text, "]}");
}

static void a_proposal_that_is_too_deep_or_wide_is_refused(void **state)
{
    static const struct {
        unsigned count;
        bool deep;
        enum credit_status status;
    } rows[] = {
        {PROPOSAL_LINES_MAX, false, CREDIT_OK},
        {PROPOSAL_LINES_MAX + 1, false, CREDIT_BAD_APPLICATION},
        {PROPOSAL_DEPTH_MAX, true, CREDIT_OK},
        {PROPOSAL_DEPTH_MAX + 1, true, CREDIT_BAD_APPLICATION},
    };
    struct buffer text = {0};
    struct arena arena;

    (void)state;
    arena_init(&arena, 64 << 20);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char where[PROPOSAL_WHERE_SIZE];
        struct json_error error;
        struct proposal proposal;
        many_write(&text, rows[i].count, rows[i].deep);
        const struct json_value *value = json_parse(&arena, &error, buffer_slice(&text));
        assert_non_null(value);
        assert_int_equal(proposal_read(&proposal, where, &arena, value), rows[i].status);
    }
    buffer_release(&text);
    arena_release(&arena);
}

static void what_is_written_is_read_again(void **state)
{
    struct buffer first = {0};
    struct buffer second = {0};
    struct fixture fixture = {0};
    struct json_writer writer;

    (void)state;
    arena_init(&fixture.arena, 64 << 20);
    const struct proposal proposal = proposal_of(&fixture, proposal_text);
    json_writer_init(&writer, &first);
    proposal_write(&writer, &proposal);
    buffer_append_byte(&first, '\0');
    const struct proposal again = proposal_of(&fixture, first.data);
    json_writer_init(&writer, &second);
    proposal_write(&writer, &again);
    buffer_append_byte(&second, '\0');
    assert_string_equal(first.data, second.data);
    assert_non_null(strstr(first.data, "\"clause\":\"1.1\""));
    buffer_release(&first);
    buffer_release(&second);
    arena_release(&fixture.arena);
}

/* ---- drafts ---- */

static void a_draft_is_changed_by_who_read_it_last(void **state)
{
    struct fixture *fixture = fixture_of(state);
    const struct application draft = entered(fixture, proposal_text);
    const struct proposal proposal = proposal_of(fixture, proposal_text);
    struct application changed;

    assert_text(draft.id, "AP-00000001");
    assert_int_equal(application_change(fixture->store, &changed, &fixture->arena, &fixture->asking,
                                        draft.id, 1, &proposal),
                     CREDIT_OK);
    assert_int_equal(changed.version, 2);
    assert_int_equal(application_change(fixture->store, &changed, &fixture->arena, &fixture->asking,
                                        draft.id, 1, &proposal),
                     CREDIT_CHANGED);
    assert_int_equal(application_add(fixture->store, &changed, &fixture->arena, &fixture->asking,
                                     SLICE("far"), &proposal),
                     CREDIT_ORGANISATION_NOT_FOUND);
    assert_int_equal(application_add(fixture->store, &changed, &fixture->arena, &fixture->asking,
                                     SLICE("nowhere"), &proposal),
                     CREDIT_ORGANISATION_NOT_FOUND);
    const struct application other = submitted(fixture, proposal_text);
    assert_int_equal(application_change(fixture->store, &changed, &fixture->arena, &fixture->asking,
                                        other.id, other.version, &proposal),
                     CREDIT_NOT_DRAFT);
    assert_text(other.id, "AP-00000002");
}

/* ---- decisions ---- */

static void an_approved_line_is_in_the_ledger_whatever_is_cut(void **state)
{
    struct fixture *fixture = fixture_of(state);
    const struct application application = submitted(fixture, proposal_text);
    struct credit_verdict verdict = verdict_of(application.id, true);

    assert_true(date_parse(SLICE("2027-06-30"), &verdict.valid_until));
    const struct decision decision = decided(fixture, &verdict);
    assert_text(decision.id, "AP-00000001.D1");
    assert_text(decision.state, "owed");
    for (unsigned i = 0; i < 3; i++) {
        close_both(fixture);
        open_both(fixture);
        assert_true(carry(fixture, false));
        assert_state(fixture, application.id, APPLICATION_APPROVED, "owed");
    }
    assert_true(carry(fixture, true));
    assert_false(carry(fixture, true));
    assert_state(fixture, application.id, APPLICATION_ACTIVE, "active");
    assert_int_equal(ledger_effects_total(engine_ledger(fixture->engine)), 1 + 4);
    assert_limit(fixture, "AP-00000001.T",
                 (const char *const[]){"\"holder\":\"c-1\"", "\"kind\":\"total\"",
                                       "\"cap\":\"30000000.00\"", NULL});
    assert_limit(fixture, "AP-00000001.2",
                 (const char *const[]){"\"parents\":[\"AP-00000001.1\"]", "\"cap\":\"20000000.00\"",
                                       "\"until\":\"2027-06-30\"", NULL});
    assert_limit(
        fixture, "AP-00000001.3",
        (const char *const[]){"\"parents\":[\"AP-00000001.T\"]", "\"revolving\":false", NULL});
    struct engine_event event;
    assert_int_equal(engine_event_read(fixture->engine, 4, &event), ENGINE_OK);
    assert_text(event.case_ref, "AP-00000001.D1#1.1");
    assert_text(event.actor, "u.approver");
}

static void a_step_is_decided_once(void **state)
{
    struct fixture *fixture = fixture_of(state);
    const struct application application = submitted(fixture, proposal_text);
    struct credit_verdict verdict = verdict_of(application.id, false);
    struct decision decision = decided(fixture, &verdict);

    assert_text(decision.state, "rejected");
    decision = decided(fixture, &verdict);
    assert_text(decision.id, "AP-00000001.D1");
    verdict.approve = true;
    assert_int_equal(
        credit_decide(fixture->store, &decision, &fixture->arena, &fixture->asking, &verdict),
        CREDIT_DECIDED);
    verdict.step = SLICE("again");
    assert_int_equal(
        credit_decide(fixture->store, &decision, &fixture->arena, &fixture->asking, &verdict),
        CREDIT_NOT_SUBMITTED);
    assert_state(fixture, application.id, APPLICATION_REJECTED, "rejected");
    assert_false(carry(fixture, true));
}

static void decisions_on_one_customer_go_one_after_the_other(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct slice ids[3];

    for (unsigned i = 0; i < 3; i++) {
        ids[i] = submitted(fixture, proposal_text).id;
        const struct credit_verdict verdict = verdict_of(ids[i], true);
        assert_text(decided(fixture, &verdict).state, i == 0 ? "owed" : "waiting");
    }
    /* The second cannot be: its first limit's id is taken by another. */
    assert_string_equal(tell(fixture,
                             "{\"op\":\"limit.open\",\"id\":\"AP-00000002.1\",\"currency\":"
                             "\"CNY\",\"cap\":\"1\"}"),
                        "{\"id\":\"AP-00000002.1\",\"result\":\"ok\"}");
    for (unsigned i = 0; i < 3; i++) {
        assert_true(carry(fixture, false));
        assert_true(carry(fixture, true));
    }
    assert_false(carry(fixture, true));
    assert_state(fixture, ids[0], APPLICATION_ACTIVE, "active");
    assert_state(fixture, ids[1], APPLICATION_REFUSED, "refused");
    assert_state(fixture, ids[2], APPLICATION_ACTIVE, "active");
    assert_limit(fixture, "AP-00000001.T", (const char *const[]){"\"cap\":\"60000000.00\"", NULL});
    assert_limit(fixture, "AP-00000003.1",
                 (const char *const[]){"\"parents\":[\"AP-00000001.T\"]", NULL});
}

static void after_a_refused_first_decision_the_next_opens_the_total(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct slice ids[2];

    (void)tell(fixture, "{\"op\":\"limit.open\",\"id\":\"AP-00000001.3\",\"currency\":\"CNY\","
                        "\"cap\":\"1\"}");
    for (unsigned i = 0; i < 2; i++) {
        ids[i] = submitted(fixture, proposal_text).id;
        const struct credit_verdict verdict = verdict_of(ids[i], true);
        (void)decided(fixture, &verdict);
    }
    while (carry(fixture, true)) {
    }
    assert_state(fixture, ids[0], APPLICATION_REFUSED, "refused");
    assert_state(fixture, ids[1], APPLICATION_ACTIVE, "active");
    assert_limit(fixture, "AP-00000002.T", (const char *const[]){"\"cap\":\"30000000.00\"", NULL});
    assert_non_null(
        strstr(tell(fixture, "{\"op\":\"get\",\"limit\":\"AP-00000001.T\"}"), "limit_not_found"));
}

static void a_total_in_another_currency_is_refused(void **state)
{
    static const char dollars[] =
        "{\"customer\":\"c-1\",\"type\":\"new\",\"purpose\":\"p\",\"currency\":\"USD\","
        "\"amount\":\"5\",\"lines\":[{\"product\":\"LOAN\",\"amount\":\"5\",\"tenor_months\":1,"
        "\"revolving\":true}]}";
    struct fixture *fixture = fixture_of(state);
    const struct slice first = submitted(fixture, proposal_text).id;
    const struct slice second = submitted(fixture, dollars).id;
    const struct slice third = submitted(fixture, proposal_text).id;
    const struct slice fourth = submitted(fixture, dollars).id;
    const struct slice ids[] = {first, second, third};
    struct decision decision;

    for (unsigned i = 0; i < 3; i++) {
        const struct credit_verdict verdict = verdict_of(ids[i], true);
        (void)decided(fixture, &verdict);
    }
    while (carry(fixture, true)) {
    }
    assert_state(fixture, first, APPLICATION_ACTIVE, "active");
    assert_state(fixture, second, APPLICATION_REFUSED, "refused");
    assert_state(fixture, third, APPLICATION_ACTIVE, "active");
    const struct credit_verdict verdict = verdict_of(fourth, true);
    assert_int_equal(
        credit_decide(fixture->store, &decision, &fixture->arena, &fixture->asking, &verdict),
        CREDIT_CURRENCY_DIFFERS);
    assert_int_equal(reading_of(fixture, fourth).application.state, APPLICATION_SUBMITTED);
}

/* ---- limits of the pack ---- */

static const struct slice loans[] = {{"LOAN", 4}, {"WORKING-CAPITAL", 15}};

static struct credit_rule single(int64_t cap_minor)
{
    return (struct credit_rule){.id = SLICE("CN.LEX1"),
                                .currency = CURRENCY_CNY,
                                .cap_minor = cap_minor,
                                .measure = SLICE("exposure"),
                                .mode = SLICE("hard")};
}

static struct credit_rule loan(int64_t cap_minor)
{
    return (struct credit_rule){.id = SLICE("CN.LOAN1"),
                                .currency = CURRENCY_CNY,
                                .cap_minor = cap_minor,
                                .measure = SLICE("nominal"),
                                .mode = SLICE("hard"),
                                .products = loans,
                                .product_count = 2};
}

static void limits_of_the_pack_stand_above_the_lines(void **state)
{
    struct fixture *fixture = fixture_of(state);
    const struct credit_rule before[] = {single(4000000000), loan(1500000000)};
    const struct credit_rule after[] = {single(5000000000), loan(1500000000)};
    struct credit_verdict verdict = verdict_of(submitted(fixture, proposal_text).id, true);

    verdict.rules = before;
    verdict.rule_count = 2;
    (void)decided(fixture, &verdict);
    assert_true(carry(fixture, true));
    assert_limit(
        fixture, "AP-00000001.R1",
        (const char *const[]){"\"cap\":\"40000000.00\"", "\"measure\":\"exposure\"", NULL});
    assert_limit(fixture, "AP-00000001.T",
                 (const char *const[]){"\"parents\":[\"AP-00000001.R1\"]", NULL});
    assert_limit(fixture, "AP-00000001.1",
                 (const char *const[]){"\"parents\":[\"AP-00000001.T\",\"AP-00000001.R2\"]", NULL});
    /* Fits the line and the total, and not the rule. */
    assert_string_equal(
        tell(fixture, "{\"op\":\"draw\",\"id\":\"d\",\"limit\":\"AP-00000001.2\",\"amount\":"
                      "\"15000000.01\"}"),
        "{\"id\":\"d\",\"result\":\"refused\",\"refusals\":[{\"limit\":\"AP-00000001.R2\","
        "\"reason\":"
        "\"limit_exceeded\",\"available\":\"15000000.00\",\"required\":\"15000000.01\"}]}");
    /* The next decision brings what stands to today's parameters. */
    verdict = verdict_of(submitted(fixture, proposal_text).id, true);
    verdict.rules = after;
    verdict.rule_count = 2;
    (void)decided(fixture, &verdict);
    assert_true(carry(fixture, true));
    assert_limit(fixture, "AP-00000001.R1", (const char *const[]){"\"cap\":\"50000000.00\"", NULL});
    assert_limit(fixture, "AP-00000002.2",
                 (const char *const[]){"\"parents\":[\"AP-00000002.1\",\"AP-00000001.R2\"]", NULL});
    /* A pack that has one limit less takes it away from above the total. */
    verdict = verdict_of(submitted(fixture, proposal_text).id, true);
    verdict.rules = after + 1;
    verdict.rule_count = 1;
    (void)decided(fixture, &verdict);
    assert_true(carry(fixture, true));
    assert_state(fixture, verdict.application, APPLICATION_ACTIVE, "active");
    assert_limit(fixture, "AP-00000001.T", (const char *const[]){"\"parents\":[]", NULL});
}

/* 20 000 000 yen are no cap of 20 000 000 yuan. */
static void a_limit_of_the_pack_in_another_currency_is_another_limit(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct credit_rule rule = single(4000000000);
    struct credit_verdict verdict = verdict_of(submitted(fixture, proposal_text).id, true);

    verdict.rules = &rule;
    verdict.rule_count = 1;
    (void)decided(fixture, &verdict);
    assert_true(carry(fixture, true));
    rule.currency = CURRENCY_JPY;
    rule.cap_minor = 20000000;
    for (unsigned i = 0; i < 2; i++) {
        verdict = verdict_of(submitted(fixture, proposal_text).id, true);
        verdict.rules = &rule;
        verdict.rule_count = 1;
        (void)decided(fixture, &verdict);
        assert_true(carry(fixture, true));
        assert_limit(
            fixture, "AP-00000001.R1",
            (const char *const[]){"\"currency\":\"CNY\"", "\"cap\":\"40000000.00\"", NULL});
        assert_limit(fixture, "AP-00000002.R1",
                     (const char *const[]){"\"currency\":\"JPY\"", "\"cap\":\"20000000\"", NULL});
        assert_limit(fixture, "AP-00000001.T",
                     (const char *const[]){"\"parents\":[\"AP-00000002.R1\"]", NULL});
    }
}

struct foreseeing {
    struct fixture *fixture;
    struct application application;
    struct slice checks, breaks;
    const struct credit_rule *rules;
};

static enum store_status foresee_work(struct store *store, void *context)
{
    struct foreseeing *f = context;

    struct credit_foresight found;

    assert_int_equal(credit_foresee(store, &found, &f->fixture->arena, &f->application, f->rules, 2,
                                    NULL, f->fixture->now),
                     CREDIT_OK);
    f->checks = found.checks;
    f->breaks = found.breaks;
    return STORE_OK;
}

static void what_would_not_fit_is_foreseen(void **state)
{
    struct fixture *fixture = fixture_of(state);
    const struct credit_rule rules[] = {single(4000000000), loan(1999999999)};
    struct foreseeing f = {.fixture = fixture, .rules = rules};

    f.application = submitted(fixture, proposal_text);
    assert_int_equal(store_transact(fixture->store, STORE_READ, foresee_work, &f), STORE_OK);
    assert_text(f.checks, "[]");
    assert_text(f.breaks, "[{\"rule\":\"CN.LOAN1\",\"currency\":\"CNY\",\"cap\":\"19999999.99\","
                          "\"required\":\"20000000.00\",\"required_currency\":\"CNY\"}]");
    struct credit_verdict verdict = verdict_of(f.application.id, true);
    verdict.rules = rules;
    verdict.rule_count = 2;
    (void)decided(fixture, &verdict);
    assert_true(carry(fixture, true));
    f.application = submitted(fixture, proposal_text);
    assert_int_equal(store_transact(fixture->store, STORE_READ, foresee_work, &f), STORE_OK);
    assert_text(f.breaks, "[]");
    assert_text(f.checks,
                "[{\"op\":\"check\",\"limit\":\"AP-00000001.R1\",\"amount\":\"30000000.00\","
                "\"currency\":\"CNY\"},{\"op\":\"check\",\"limit\":\"AP-00000001.R2\",\"amount\":"
                "\"20000000.00\",\"currency\":\"CNY\"}]");
}

#define BOTH(test)                                                                                 \
    {#test " on SQLite", test, setup, teardown, NULL},                                             \
    {                                                                                              \
#test " on PostgreSQL", test, setup, teardown, (void *)"postgresql"                        \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_wrong_in_a_proposal_is_named),
        cmocka_unit_test(a_proposal_that_is_too_deep_or_wide_is_refused),
        cmocka_unit_test(what_is_written_is_read_again),
        BOTH(a_draft_is_changed_by_who_read_it_last),
        BOTH(an_approved_line_is_in_the_ledger_whatever_is_cut),
        BOTH(a_step_is_decided_once),
        BOTH(decisions_on_one_customer_go_one_after_the_other),
        BOTH(after_a_refused_first_decision_the_next_opens_the_total),
        BOTH(a_total_in_another_currency_is_refused),
        BOTH(limits_of_the_pack_stand_above_the_lines),
        BOTH(a_limit_of_the_pack_in_another_currency_is_another_limit),
        BOTH(what_would_not_fit_is_foreseen),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
