/* Groups' limits between store and ledger, cut at every point, beside decisions, each case on both
 * database systems. */
#include "credit_fixture.h"

#include "credit/customer_rules.h"
#include "credit/group_move.h"

static const char *proposal_of_customer(const char *customer)
{
    static char text[300];

    (void)snprintf(text, sizeof(text),
                   "{\"customer\":\"%s\",\"type\":\"new\",\"purpose\":\"p\",\"currency\":\"CNY\","
                   "\"amount\":\"30\",\"lines\":[{\"product\":\"LOAN\",\"amount\":\"20\","
                   "\"tenor_months\":12,\"revolving\":true}]}",
                   customer);
    return text;
}

static struct decision lines_decide(struct fixture *fixture, const char *customer)
{
    const struct application application = submitted(fixture, proposal_of_customer(customer));
    const struct credit_verdict verdict = verdict_of(application.id, true);

    return decided(fixture, &verdict);
}

struct asker {
    struct people_actor actor;
    struct customer_reach reach;
    struct move_asking asking;
};

static const struct move_asking *as(struct asker *asker, struct fixture *fixture, const char *user,
                                    const char *person)
{
    static const struct slice everywhere = {"/", 1};

    *asker =
        (struct asker){.actor = {slice_from_cstr(user), SLICE("10.0.0.1:5"), fixture->now},
                       .reach = {.paths = &everywhere, .count = 1, .legal_entity = SLICE("bank")}};
    asker->asking = (struct move_asking){
        .actor = &asker->actor, .reach = &asker->reach, .person = slice_from_cstr(person)};
    return &asker->asking;
}

/* A group that c-1 leads; its id is GR-00000001. */
static void group_make(struct fixture *fixture)
{
    const struct customer_asking asking = {&fixture->actor, &fixture->reach};
    const struct obligor_group_draft draft = {.name = SLICE("甲集团"),
                                              .organisation = SLICE("north"),
                                              .lead = SLICE("c-1"),
                                              .reason = SLICE("r")};
    struct obligor_group group;

    assert_int_equal(obligor_group_add(fixture->store, &group, &fixture->arena, &asking, &draft),
                     CUSTOMER_OK);
    assert_text(group.id, "GR-00000001");
}

static enum credit_status propose(struct fixture *fixture, const char *body, int64_t *ret_number)
{
    struct json_error error;
    struct group_move move = {.body = slice_from_cstr(body), .reason = SLICE("r")};
    enum customer_status customer;
    struct asker asker;

    const struct json_value *value = json_parse(&fixture->arena, &error, move.body);
    assert_non_null(value);
    assert_int_equal(group_move_request_read(&move.request, &fixture->arena, value), CREDIT_OK);
    return group_move_propose(fixture->store, ret_number, &customer, &fixture->arena,
                              as(&asker, fixture, "u.manager", "p.1"), &move);
}

struct showing {
    struct fixture *fixture;
    struct asker *asker;
    int64_t number;
    struct slice hash;
};

/* What who agrees was shown. */
static enum store_status shown_work(struct store *store, void *context)
{
    struct showing *showing = context;
    struct arena *arena = &showing->fixture->arena;
    struct group_move move;
    struct group_plan plan;

    assert_int_equal(group_move_read(store, &move, arena, &showing->asker->reach, showing->number),
                     CREDIT_OK);
    assert_int_equal(group_plan_make(store, &plan, arena, &showing->asker->actor, NULL, &move),
                     CREDIT_OK);
    showing->hash = plan.hash;
    return STORE_OK;
}

static enum credit_status agree(struct fixture *fixture, int64_t number, const char *person)
{
    enum customer_status customer;
    struct asker asker;
    const struct move_asking *asking = as(&asker, fixture, "u.limits", person);
    struct showing showing = {.fixture = fixture, .asker = &asker, .number = number};

    assert_int_equal(store_transact(fixture->store, STORE_READ, shown_work, &showing), STORE_OK);
    return group_move_agree(fixture->store, &customer, &fixture->arena, asking, number,
                            showing.hash);
}

static const char limit_body[] = "{\"kind\":\"limit\",\"group\":\"GR-00000001\",\"cap\":\"500\","
                                 "\"currency\":\"CNY\"}";
static const char join_body[] =
    "{\"kind\":\"join\",\"group\":\"GR-00000001\",\"customers\":[\"c-2\"]}";

static int64_t agreed(struct fixture *fixture, const char *body)
{
    int64_t number;

    assert_int_equal(propose(fixture, body, &number), CREDIT_OK);
    assert_int_equal(agree(fixture, number, "p.1"), CREDIT_FOUR_EYES);
    assert_int_equal(agree(fixture, number, ""), CREDIT_FOUR_EYES);
    assert_int_equal(agree(fixture, number, "p.2"), CREDIT_OK);
    return number;
}

/* ---- cases ---- */

static void a_decision_opens_a_members_total_below_its_groups(void **state)
{
    struct fixture *fixture = fixture_of(state);

    group_make(fixture);
    (void)agreed(fixture, limit_body);
    assert_true(carry(fixture, true));
    assert_text(lines_decide(fixture, "c-1").state, "owed");
    assert_true(carry(fixture, true));
    assert_limit(fixture, "AP-00000001.T",
                 (const char *const[]){"\"parents\":[\"GR-00000001.T\"]", NULL});
    /* The next raises the total, where it stands. */
    assert_text(lines_decide(fixture, "c-1").state, "owed");
    assert_true(carry(fixture, true));
    assert_limit(
        fixture, "AP-00000001.T",
        (const char *const[]){"\"parents\":[\"GR-00000001.T\"]", "\"cap\":\"60.00\"", NULL});
    /* One who is no member stands alone, until it joins. */
    (void)lines_decide(fixture, "c-2");
    assert_true(carry(fixture, true));
    assert_limit(fixture, "AP-00000003.T", (const char *const[]){"\"parents\":[]", NULL});
    (void)agreed(fixture, join_body);
    assert_true(carry(fixture, true));
    assert_limit(fixture, "AP-00000003.T",
                 (const char *const[]){"\"parents\":[\"GR-00000001.T\"]", NULL});
    (void)lines_decide(fixture, "c-2");
    assert_true(carry(fixture, true));
    assert_limit(
        fixture, "AP-00000003.T",
        (const char *const[]){"\"parents\":[\"GR-00000001.T\"]", "\"cap\":\"60.00\"", NULL});
}

static void moves_and_decisions_wait_for_each_other(void **state)
{
    struct fixture *fixture = fixture_of(state);
    int64_t number;

    group_make(fixture);
    (void)agreed(fixture, limit_body);
    assert_true(carry(fixture, true));
    (void)lines_decide(fixture, "c-2");
    assert_int_equal(propose(fixture, join_body, &number), CREDIT_DECISION_PENDING);
    assert_true(carry(fixture, true));
    (void)agreed(fixture, join_body);
    /* Under way: a decision waits, and nothing else moves. */
    assert_text(lines_decide(fixture, "c-2").state, "waiting");
    assert_int_equal(propose(fixture, join_body, &number), CREDIT_MOVE_OPEN);
    for (unsigned i = 0; i < 3; i++) {
        close_both(fixture);
        open_both(fixture);
        assert_true(carry(fixture, false)); /* killed before the answer was stored */
    }
    assert_true(carry(fixture, true));
    assert_true(carry(fixture, true)); /* the decision's */
    assert_false(carry(fixture, true));
    assert_limit(
        fixture, "AP-00000001.T",
        (const char *const[]){"\"parents\":[\"GR-00000001.T\"]", "\"cap\":\"60.00\"", NULL});
}

static void a_refused_move_leaves_everything_as_it_was(void **state)
{
    struct fixture *fixture = fixture_of(state);
    int64_t number;

    group_make(fixture);
    /* The id of the total is taken. */
    (void)tell(fixture, "{\"op\":\"limit.open\",\"id\":\"GR-00000001.T\",\"currency\":\"CNY\","
                        "\"cap\":\"1\"}");
    (void)agreed(fixture, limit_body);
    assert_true(carry(fixture, true));
    assert_false(carry(fixture, true));
    assert_int_equal(propose(fixture, limit_body, &number), CREDIT_OK); /* it has none still */
    assert_text(lines_decide(fixture, "c-1").state, "owed");
    assert_true(carry(fixture, true));
    assert_limit(fixture, "AP-00000001.T", (const char *const[]){"\"parents\":[]", NULL});
}

/* A chain of the limits of the pack over c-1 at the bank, which the ledger will refuse. */
static enum store_status rules_owe_work(struct store *store, void *context)
{
    struct fixture *fixture = context;
    const struct outbox_chain chain = {
        .case_ref = SLICE("CR-1"),
        .step = SLICE("rules"),
        .purpose = SLICE(CUSTOMER_RULES_PURPOSE),
        .subject = SLICE("customer-rules/bank/c-1"),
        .actor = SLICE("u.limits"),
        .commands = SLICE("[{\"op\":\"limit.adjust\",\"id\":\"CR-1.1\",\"limit\":\"none\","
                          "\"cap\":\"1\"}]"),
        .made = fixture->now};
    const struct trail_entry entry = {.at = fixture->now,
                                      .actor = SLICE("u.limits"),
                                      .action = SLICE("customer.rules"),
                                      .subject = SLICE("customer/c-1")};

    assert_int_equal(customer_moving_set(store, SLICE("c-1"), 1), CUSTOMER_OK);
    TRY(trail_add(store, &entry));
    return outbox_add(store, &chain);
}

static void who_waits_at_another_legal_entity_goes_on(void **state)
{
    struct fixture *fixture = fixture_of(state);
    const struct customer_asking asking = {&fixture->actor, &fixture->reach};
    const struct proposal proposal = proposal_of(fixture, proposal_of_customer("c-1"));
    struct application application;

    const struct customer_relating relating = {.organisation = SLICE("leasing"),
                                               .identifier = {CUSTOMER_KIND_LEI, lei(fixture, 1)},
                                               .reason = SLICE("r")};
    assert_int_equal(
        customer_relate(fixture->store, &fixture->outcome, &asking, SLICE("c-1"), &relating),
        CUSTOMER_OK);
    assert_int_equal(store_transact(fixture->store, STORE_WRITE, rules_owe_work, fixture),
                     STORE_OK);
    assert_int_equal(application_add(fixture->store, &application, &fixture->arena,
                                     &fixture->asking, SLICE("leasing"), &proposal),
                     CREDIT_OK);
    const struct application_move move = {.id = application.id,
                                          .version = application.version,
                                          .to = APPLICATION_SUBMITTED,
                                          .case_ref = application.id,
                                          .action = SLICE("application.submit")};
    assert_int_equal(
        application_move(fixture->store, &application, &fixture->arena, &fixture->asking, &move),
        CREDIT_OK);
    const struct credit_verdict verdict = verdict_of(application.id, true);
    assert_text(decided(fixture, &verdict).state, "waiting");
    assert_true(carry(fixture, true)); /* the bank's */
    assert_true(carry(fixture, true)); /* the decision's */
    assert_limit(fixture, "AP-00000001.T", (const char *const[]){"\"cap\":\"30.00\"", NULL});
}

static enum store_status rules_put_work(struct store *store, void *context)
{
    const struct fixture *fixture = context;
    const struct trail_entry entry = {.at = fixture->now,
                                      .actor = SLICE("u.limits"),
                                      .action = SLICE("group.rules"),
                                      .subject = SLICE("group/GR-00000001")};

    for (unsigned i = 1; i <= GROUP_RULES_MAX; i++) {
        char id[40];
        (void)snprintf(id, sizeof(id), "GR-00000001.R%u", i);
        const struct group_rule rule = {.id = slice_from_cstr(id),
                                        .number = i,
                                        .rule = slice_from_cstr(id),
                                        .types = SLICE(""),
                                        .currency = CURRENCY_CNY,
                                        .cap_minor = 100000,
                                        .mode = SLICE("hard")};
        assert_int_equal(group_rule_put(store, SLICE("GR-00000001"), &rule), CREDIT_OK);
    }
    return trail_add(store, &entry);
}

/* What becomes of one decision never keeps the answers of the ledger from being stored. */
static void a_waiting_decision_below_too_many_limits_is_refused(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct credit_rule rules[6];
    char ids[6][8];

    group_make(fixture);
    assert_int_equal(store_transact(fixture->store, STORE_WRITE, rules_put_work, fixture),
                     STORE_OK);
    for (unsigned i = 1; i <= GROUP_RULES_MAX; i++) {
        char text[160];
        (void)snprintf(text, sizeof(text),
                       "{\"op\":\"limit.open\",\"id\":\"GR-00000001.R%u\",\"currency\":\"CNY\","
                       "\"cap\":\"1000\"}",
                       i);
        (void)tell(fixture, text);
    }
    (void)lines_decide(fixture, "c-2");
    assert_true(carry(fixture, true));
    (void)agreed(fixture, join_body);
    const struct application application = submitted(fixture, proposal_of_customer("c-2"));
    struct credit_verdict verdict = verdict_of(application.id, true);
    for (unsigned i = 0; i < 6; i++) {
        (void)snprintf(ids[i], sizeof(ids[i]), "X.%u", i);
        rules[i] = (struct credit_rule){.id = slice_from_cstr(ids[i]),
                                        .currency = CURRENCY_CNY,
                                        .cap_minor = 100000,
                                        .measure = SLICE("nominal"),
                                        .mode = SLICE("hard")};
    }
    verdict.rules = rules;
    verdict.rule_count = 6;
    assert_text(decided(fixture, &verdict).state, "waiting");
    assert_true(carry(fixture, true)); /* the group's */
    assert_text(decided(fixture, &verdict).state, "refused");
    assert_false(carry(fixture, true));
}

enum { MANY = 260, OWN_RULES = 3 };

/* A total and three limits of the pack over each member. */
static enum store_status many_work(struct store *store, void *context)
{
    const struct fixture *fixture = context;
    const struct trail_entry entry = {.at = fixture->now,
                                      .actor = SLICE("u.limits"),
                                      .action = SLICE("group.rules"),
                                      .subject = SLICE("group/GR-00000001")};

    for (unsigned i = 0; i < MANY; i++) {
        for (unsigned kind = 0; kind <= OWN_RULES; kind++) {
            char id[24];
            char customer[16];
            char clause[8];
            (void)snprintf(customer, sizeof(customer), "m-%u", i);
            (void)snprintf(id, sizeof(id), "L-%u.%u", i, kind);
            (void)snprintf(clause, sizeof(clause), kind == 0 ? "total" : "X.%u", kind);
            const struct store_value limit[] = {
                store_text(slice_from_cstr(id)),
                store_text(SLICE("bank")),
                store_text(slice_from_cstr(customer)),
                store_text(kind == 0 ? SLICE("total") : SLICE("rule")),
                store_text(SLICE("AP-00000001.D1")),
                store_text(slice_from_cstr(clause)),
                store_text(SLICE("")),
                store_text(SLICE("CNY")),
                store_integer(100)};
            TRY(store_change(store, NULL, QUERY_CREDIT_LIMIT_PUT, limit));
        }
    }
    const struct store_value settled[] = {store_text(SLICE("AP-00000001.D1")),
                                          store_text(SLICE("open"))};
    TRY(store_change(store, NULL, QUERY_CREDIT_LIMIT_SETTLE, settled));
    return trail_add(store, &entry);
}

static enum store_status many_plan_work(struct store *store, void *context)
{
    struct fixture *fixture = context;
    struct group_move move = {.number = 1,
                              .request = {.kind = GROUP_MOVE_RULES, .group = SLICE("GR-00000001")},
                              .state = SLICE("proposed"),
                              .rules =
                                  SLICE("[{\"id\":\"X.G\",\"currency\":\"CNY\",\"cap_minor\":900,"
                                        "\"measure\":\"nominal\",\"mode\":\"hard\",\"products\":"
                                        "[],\"of_group\":true,\"types\":\"\"},"
                                        "{\"id\":\"X.1\",\"currency\":\"CNY\",\"cap_minor\":900,"
                                        "\"measure\":\"nominal\",\"mode\":\"hard\",\"products\":"
                                        "[],\"types\":\"\"},"
                                        "{\"id\":\"X.2\",\"currency\":\"CNY\",\"cap_minor\":900,"
                                        "\"measure\":\"nominal\",\"mode\":\"hard\",\"products\":"
                                        "[],\"types\":\"\"},"
                                        "{\"id\":\"X.3\",\"currency\":\"CNY\",\"cap_minor\":900,"
                                        "\"measure\":\"nominal\",\"mode\":\"hard\",\"products\":"
                                        "[],\"types\":\"\"}]")};
    struct group_plan plan;

    /* One opened over the group, and every member's total below it. */
    assert_int_equal(group_plan_make(store, &plan, &fixture->arena, &fixture->actor, NULL, &move),
                     CREDIT_OK);
    assert_int_equal(plan.command_count, 1 + MANY);
    assert_int_equal(plan.own_count, 0);
    return STORE_OK;
}

struct many {
    struct fixture *fixture;
    struct slice ids[MANY];
};

static enum store_status many_make_work(struct store *store, void *context)
{
    struct many *many = context;

    (void)store;
    for (unsigned i = 0; i < MANY; i++) {
        char id[16];
        char name[48];
        (void)snprintf(id, sizeof(id), "m-%u", i);
        (void)snprintf(name, sizeof(name), "第%u钢铁有限公司", i);
        customer_make(many->fixture, id, name, "north", 100 + i);
        many->ids[i] = arena_copy(&many->fixture->arena, slice_from_cstr(id));
    }
    return STORE_OK;
}

static void a_large_group_is_brought_to_the_day_without_its_members_own(void **state)
{
    struct fixture *fixture = fixture_of(state);
    const struct customer_asking asking = {&fixture->actor, &fixture->reach};
    struct many many = {.fixture = fixture};
    struct obligor_group group;

    assert_int_equal(store_transact(fixture->store, STORE_WRITE, many_make_work, &many), STORE_OK);
    const struct obligor_group_draft draft = {.name = SLICE("甲集团"),
                                              .organisation = SLICE("north"),
                                              .lead = many.ids[0],
                                              .members = many.ids + 1,
                                              .member_count = MANY - 1,
                                              .reason = SLICE("r")};
    assert_int_equal(obligor_group_add(fixture->store, &group, &fixture->arena, &asking, &draft),
                     CUSTOMER_OK);
    (void)lines_decide(fixture, "c-1"); /* a decision that all limits stand on */
    assert_true(carry(fixture, true));
    assert_int_equal(store_transact(fixture->store, STORE_WRITE, many_work, fixture), STORE_OK);
    assert_int_equal(store_transact(fixture->store, STORE_READ, many_plan_work, fixture), STORE_OK);
}

#define BOTH(test)                                                                                 \
    {#test " on SQLite", test, setup, teardown, NULL},                                             \
    {                                                                                              \
#test " on PostgreSQL", test, setup, teardown, (void *)"postgresql"                        \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH(a_decision_opens_a_members_total_below_its_groups),
        BOTH(moves_and_decisions_wait_for_each_other),
        BOTH(a_refused_move_leaves_everything_as_it_was),
        BOTH(who_waits_at_another_legal_entity_goes_on),
        BOTH(a_waiting_decision_below_too_many_limits_is_refused),
        BOTH(a_large_group_is_brought_to_the_day_without_its_members_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
