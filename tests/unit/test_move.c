/* Customers merged and split with their limits, cut at every point between store and ledger, each
 * case on both database systems. */
#include "credit_fixture.h"

/* ---- what people do ---- */

/* A line for loans of 20, and one for trade of 10, below a total of 30 (millions). */
static const char *proposal_of_customer(const char *customer)
{
    static char text[600];

    (void)snprintf(text, sizeof(text),
                   "{\"customer\":\"%s\",\"type\":\"new\",\"purpose\":\"p\",\"currency\":\"CNY\","
                   "\"amount\":\"30000000\",\"lines\":[{\"product\":\"LOAN\",\"amount\":"
                   "\"20000000\",\"tenor_months\":12,\"revolving\":true},{\"product\":\"TRADE\","
                   "\"amount\":\"10000000\",\"tenor_months\":6,\"revolving\":true}]}",
                   customer);
    return text;
}

static const struct slice loans[] = {{"LOAN", 4}};

static const struct credit_rule rules[] = {
    {.id = {"CN.LEX1", 7},
     .currency = CURRENCY_CNY,
     .cap_minor = 4000000000,
     .measure = {"exposure", 8},
     .mode = {"hard", 4}},
    {.id = {"CN.LOAN1", 8},
     .currency = CURRENCY_CNY,
     .cap_minor = 2500000000,
     .measure = {"nominal", 7},
     .mode = {"hard", 4},
     .products = loans,
     .product_count = 1},
};

/* Opens the lines of a customer, with the first `rule_count` limits of the pack. */
static void lines_open(struct fixture *fixture, const char *customer, size_t rule_count)
{
    const struct application application = submitted(fixture, proposal_of_customer(customer));
    struct credit_verdict verdict = verdict_of(application.id, true);

    verdict.rules = rules;
    verdict.rule_count = rule_count;
    assert_text(decided(fixture, &verdict).state, "owed");
    assert_true(carry(fixture, true));
}

static void draw(struct fixture *fixture, const char *id, const char *limit, const char *amount)
{
    char text[200];

    (void)snprintf(text, sizeof(text),
                   "{\"op\":\"draw\",\"id\":\"%s\",\"limit\":\"%s\",\"amount\":\"%s\"}", id, limit,
                   amount);
    assert_non_null(strstr(tell(fixture, text), "\"result\":\"ok\""));
}

struct asker {
    struct people_actor actor;
    struct customer_reach reach;
    struct move_asking asking;
};

static struct move_asking *as(struct asker *asker, struct fixture *fixture, const char *user,
                              const char *person, const char *legal_entity)
{
    static const struct slice everywhere = {"/", 1};

    *asker = (struct asker){
        .actor = {slice_from_cstr(user), SLICE("10.0.0.1:5"), fixture->now},
        .reach = {.paths = &everywhere, .count = 1, .legal_entity = slice_from_cstr(legal_entity)}};
    asker->asking = (struct move_asking){
        .actor = &asker->actor, .reach = &asker->reach, .person = slice_from_cstr(person)};
    return &asker->asking;
}

static struct move merge_of(const char *source, const char *target, bool cap_added)
{
    return (struct move){
        .kind = MOVE_MERGE,
        .source = slice_from_cstr(source),
        .target = slice_from_cstr(target),
        .request = {.cap_added = cap_added, .all_identifiers = true, .all_limits = true},
        .reason = SLICE("同一客户")};
}

static struct move split_of(const char *source, const char *target)
{
    struct move move = merge_of(source, target, true);

    move.kind = MOVE_SPLIT;
    return move;
}

static enum credit_status propose(struct fixture *fixture, const struct move *move,
                                  int64_t *ret_number, enum customer_status *ret_customer)
{
    struct asker asker;

    return move_propose(fixture->store, ret_number, ret_customer, &fixture->arena,
                        as(&asker, fixture, "u.manager", "p.1", "bank"), move);
}

static int64_t proposed(struct fixture *fixture, const struct move *move)
{
    enum customer_status customer;
    int64_t number;

    assert_int_equal(propose(fixture, move, &number, &customer), CREDIT_OK);
    return number;
}

struct looking {
    struct fixture *fixture;
    const struct move_asking *asking;
    int64_t number;
    struct slice shown; /* some text where there is nothing to see */
};

static enum store_status look_work(struct store *store, void *context)
{
    struct looking *looking = context;
    struct arena *arena = &looking->fixture->arena;
    struct move_plan plan;
    struct move move;
    const bool planned =
        move_read(store, &move, arena, looking->asking->reach, looking->number) == CREDIT_OK &&
        move_plan_make(store, &plan, arena, looking->asking->actor, &move) == CREDIT_OK;

    looking->shown = planned ? plan.hash : SLICE("nothing");
    return STORE_OK;
}

static enum credit_status agree(struct fixture *fixture, int64_t number, const char *person,
                                const char *legal_entity)
{
    enum customer_status customer;
    struct asker asker;
    const struct move_asking *asking = as(&asker, fixture, "u.limits", person, legal_entity);
    struct looking looking = {.fixture = fixture, .asking = asking, .number = number};

    assert_int_equal(store_transact(fixture->store, STORE_READ, look_work, &looking), STORE_OK);
    return move_agree(fixture->store, &customer, &fixture->arena, asking, number, looking.shown);
}

/* ---- what stands ---- */

struct seen {
    struct fixture *fixture;
    int64_t number;
    const char *id;
    struct move move;
    struct customer customer;
    struct event *events;
    size_t event_count;
};

static enum store_status seen_work(struct store *store, void *context)
{
    struct seen *seen = context;
    struct arena *arena = &seen->fixture->arena;

    if (seen->number > 0) {
        const struct customer_reach reach = {.everywhere = true};
        assert_int_equal(move_read(store, &seen->move, arena, &reach, seen->number), CREDIT_OK);
    }
    if (seen->id != NULL) {
        assert_int_equal(
            customer_read(store, &seen->customer, arena, slice_from_cstr(seen->id), NULL),
            CUSTOMER_OK);
    }
    return event_read(store, &seen->events, &seen->event_count, arena, 0, 1000);
}

static struct seen seen_of(struct fixture *fixture, int64_t number, const char *id)
{
    struct seen seen = {.fixture = fixture, .number = number, .id = id};

    assert_int_equal(store_transact(fixture->store, STORE_READ, seen_work, &seen), STORE_OK);
    return seen;
}

static void assert_move(struct fixture *fixture, int64_t number, const char *state)
{
    assert_text(seen_of(fixture, number, NULL).move.state, state);
}

static size_t events_of(struct fixture *fixture, const char *op)
{
    const struct seen seen = seen_of(fixture, 0, NULL);
    size_t count = 0;

    for (size_t i = 0; i < seen.event_count; i++) {
        count += slice_equal(seen.events[i].op, slice_from_cstr(op)) ? 1 : 0;
    }
    return count;
}

static void assert_used(struct fixture *fixture, const char *limit, const char *used,
                        const char *parents)
{
    char text[100];

    (void)snprintf(text, sizeof(text), "\"used\":\"%s\"", used);
    assert_limit(fixture, limit, (const char *const[]){text, parents, NULL});
}

/* Both with a total, limits of the pack and something drawn on a line for loans. */
static void both_open(struct fixture *fixture)
{
    lines_open(fixture, "c-1", 2); /* AP-1 */
    lines_open(fixture, "c-2", 2); /* AP-2 */
    draw(fixture, "d1", "AP-00000001.1", "5000000");
    draw(fixture, "d2", "AP-00000002.1", "3000000");
}

static void assert_apart(struct fixture *fixture)
{
    assert_used(fixture, "AP-00000001.T", "5000000.00", "\"parents\":[\"AP-00000001.R1\"]");
    assert_used(fixture, "AP-00000001.1", "5000000.00",
                "\"parents\":[\"AP-00000001.T\",\"AP-00000001.R2\"]");
    assert_used(fixture, "AP-00000001.R1", "5000000.00", NULL);
    assert_used(fixture, "AP-00000001.R2", "5000000.00", NULL);
    assert_used(fixture, "AP-00000002.T", "3000000.00", "\"cap\":\"30000000.00\"");
    assert_used(fixture, "AP-00000002.R1", "3000000.00", NULL);
    assert_used(fixture, "AP-00000002.R2", "3000000.00", NULL);
    assert_int_equal(seen_of(fixture, 0, "c-1").customer.merged_into.size, 0);
    assert_int_equal(seen_of(fixture, 0, "c-1").customer.identifier_count, 2);
    assert_int_equal(seen_of(fixture, 0, "c-2").customer.identifier_count, 2);
    assert_int_equal(seen_of(fixture, 0, "c-1").customer.moving, 0);
    assert_int_equal(seen_of(fixture, 0, "c-2").customer.moving, 0);
}

static void assert_one(struct fixture *fixture)
{
    assert_used(fixture, "AP-00000001.T", "5000000.00", "\"parents\":[\"AP-00000002.T\"]");
    assert_used(fixture, "AP-00000001.1", "5000000.00",
                "\"parents\":[\"AP-00000001.T\",\"AP-00000002.R2\"]");
    assert_used(fixture, "AP-00000001.R1", "0.00", NULL);
    assert_used(fixture, "AP-00000001.R2", "0.00", NULL);
    assert_used(fixture, "AP-00000002.T", "8000000.00", "\"cap\":\"60000000.00\"");
    assert_used(fixture, "AP-00000002.R1", "8000000.00", NULL);
    assert_used(fixture, "AP-00000002.R2", "8000000.00", NULL);
    assert_text(seen_of(fixture, 0, "c-1").customer.merged_into, "c-2");
    /* An LEI is one customer's alone: the source keeps its own; the core number goes. */
    assert_int_equal(seen_of(fixture, 0, "c-1").customer.identifier_count, 1);
    assert_int_equal(seen_of(fixture, 0, "c-2").customer.identifier_count, 3);
    assert_int_equal(seen_of(fixture, 0, "c-2").customer.moving, 0);
}

/* ---- cases ---- */

static void whatever_the_cut_a_merge_is_done_once(void **state)
{
    struct fixture *fixture = fixture_of(state);

    both_open(fixture);
    const struct move merge = merge_of("c-1", "c-2", true);
    const int64_t number = proposed(fixture, &merge);
    assert_apart(fixture);
    assert_int_equal(agree(fixture, number, "p.1", "bank"), CREDIT_FOUR_EYES);
    assert_int_equal(agree(fixture, number, "", "bank"), CREDIT_FOUR_EYES);
    assert_int_equal(agree(fixture, number, "p.2", "lease"), CREDIT_NOT_CONCERNED);
    assert_int_equal(agree(fixture, number, "p.2", "bank"), CREDIT_OK);
    assert_int_equal(agree(fixture, number, "p.3", "bank"), CREDIT_MOVE_ENDED);
    assert_move(fixture, number, "owed");
    assert_int_equal(seen_of(fixture, 0, "c-1").customer.moving, number);
    for (unsigned life = 0; life < 3; life++) {
        close_both(fixture);
        open_both(fixture);
        assert_move(fixture, number, "owed");
        assert_text(seen_of(fixture, 0, "c-1").customer.merged_into, "");
        assert_true(carry(fixture, false)); /* the ledger has it, the store has no answer */
    }
    close_both(fixture);
    open_both(fixture);
    assert_true(carry(fixture, true));
    assert_false(carry(fixture, true));
    close_both(fixture);
    open_both(fixture);
    assert_move(fixture, number, "done");
    assert_one(fixture);
    assert_int_equal(events_of(fixture, "move.finish"), 1);
    assert_int_equal(events_of(fixture, "customer.merge"), 1);
    assert_int_equal(events_of(fixture, "customer.absorb"), 1);
}

static void a_split_takes_a_merge_back(void **state)
{
    struct fixture *fixture = fixture_of(state);

    both_open(fixture);
    const struct move merge = merge_of("c-1", "c-2", true);
    assert_int_equal(agree(fixture, proposed(fixture, &merge), "p.2", "bank"), CREDIT_OK);
    assert_true(carry(fixture, true));
    draw(fixture, "d3", "AP-00000001.2", "1000000");
    assert_used(fixture, "AP-00000002.T", "9000000.00", NULL);
    tell(fixture, "{\"op\":\"repay\",\"id\":\"p3\",\"exposure_id\":\"d3\"}");
    const struct move split = split_of("c-2", "c-1");
    const int64_t number = proposed(fixture, &split);
    assert_int_equal(agree(fixture, number, "p.2", "bank"), CREDIT_OK);
    assert_true(carry(fixture, false));
    assert_true(carry(fixture, true));
    assert_move(fixture, number, "done");
    assert_apart(fixture);
    /* And once more both ways: ids derive from the move, so nothing collides. */
    assert_int_equal(agree(fixture, proposed(fixture, &merge), "p.2", "bank"), CREDIT_OK);
    assert_true(carry(fixture, true));
    assert_one(fixture);
    assert_int_equal(agree(fixture, proposed(fixture, &split), "p.2", "bank"), CREDIT_OK);
    assert_true(carry(fixture, true));
    assert_apart(fixture);
}

static void a_split_gives_back_the_lines_that_were_chosen(void **state)
{
    struct fixture *fixture = fixture_of(state);

    both_open(fixture);
    const struct move merge = merge_of("c-1", "c-2", true);
    assert_int_equal(agree(fixture, proposed(fixture, &merge), "p.2", "bank"), CREDIT_OK);
    assert_true(carry(fixture, true));
    struct move split = split_of("c-2", "c-1");
    split.request.all_limits = false;
    split.request.limits[0] = SLICE("AP-00000001.9");
    split.request.limit_count = 1;
    enum customer_status customer;
    int64_t number;
    assert_int_equal(propose(fixture, &split, &number, &customer), CREDIT_NO_LIMIT);
    split.request.limits[0] = SLICE("AP-00000001.2");
    number = proposed(fixture, &split);
    assert_int_equal(agree(fixture, number, "p.2", "bank"), CREDIT_OK);
    assert_true(carry(fixture, true));
    assert_move(fixture, number, "done");
    /* The line for loans stays, with what is drawn on it. */
    assert_used(fixture, "AP-00000001.1", "5000000.00",
                "\"parents\":[\"AP-00000002.T\",\"AP-00000002.R2\"]");
    assert_used(fixture, "AP-00000002.T", "8000000.00", "\"cap\":\"30000000.00\"");
    assert_used(fixture, "AP-00000001.T", "0.00", "\"parents\":[\"AP-00000001.R1\"]");
    assert_used(fixture, "AP-00000001.2", "0.00", "\"parents\":[\"AP-00000001.T\"]");
}

static void a_part_goes_to_another_customer(void **state)
{
    struct fixture *fixture = fixture_of(state);
    enum customer_status customer;
    int64_t number;

    lines_open(fixture, "c-1", 2);
    draw(fixture, "d1", "AP-00000001.1", "5000000");
    struct move part = split_of("c-1", "c-2");
    part.request.all_identifiers = part.request.all_limits = false;
    assert_int_equal(propose(fixture, &part, &number, &customer), CREDIT_NO_LIMIT);
    part.request.limits[0] = SLICE("AP-00000001.1");
    part.request.limit_count = 1;
    assert_int_equal(propose(fixture, &part, &number, &customer), CREDIT_NO_TOTAL);
    lines_open(fixture, "c-2", 2);
    part.request.identifiers[0] =
        (struct customer_identifier){CUSTOMER_KIND_CORE_NUMBER, SLICE("1002")};
    part.request.identifier_count = 1;
    assert_int_equal(propose(fixture, &part, &number, &customer), CREDIT_MOVE_CUSTOMER);
    assert_int_equal(customer, CUSTOMER_BAD_IDENTIFIER);
    part.request.identifiers[0].value = SLICE("1001");
    number = proposed(fixture, &part);
    assert_int_equal(agree(fixture, number, "p.2", "bank"), CREDIT_OK);
    assert_true(carry(fixture, true));
    assert_move(fixture, number, "done");
    assert_used(fixture, "AP-00000001.1", "5000000.00",
                "\"parents\":[\"AP-00000002.T\",\"AP-00000002.R2\"]");
    assert_used(fixture, "AP-00000002.T", "5000000.00", "\"cap\":\"50000000.00\"");
    assert_used(fixture, "AP-00000001.T", "0.00", "\"cap\":\"10000000.00\"");
    assert_used(fixture, "AP-00000001.R1", "0.00", NULL);
    assert_int_equal(seen_of(fixture, 0, "c-1").customer.identifier_count, 1);
    assert_int_equal(seen_of(fixture, 0, "c-2").customer.identifier_count, 3);
}

static void where_the_target_has_none_the_limits_become_its_own(void **state)
{
    struct fixture *fixture = fixture_of(state);

    lines_open(fixture, "c-1", 2);
    draw(fixture, "d1", "AP-00000001.1", "5000000");
    const struct move merge = merge_of("c-1", "c-2", true);
    const int64_t number = proposed(fixture, &merge);
    assert_int_equal(agree(fixture, number, "p.2", "bank"), CREDIT_OK);
    /* Nothing for the ledger to do: done at once. */
    assert_false(carry(fixture, true));
    assert_move(fixture, number, "done");
    /* The next decision of the target raises that total. */
    lines_open(fixture, "c-2", 2);
    assert_used(fixture, "AP-00000001.T", "5000000.00", "\"cap\":\"60000000.00\"");
    assert_limit(fixture, "AP-00000002.1",
                 (const char *const[]){"\"parents\":[\"AP-00000001.T\",\"AP-00000001.R2\"]", NULL});
    /* What came since stands below it: the merge cannot be taken back whole. */
    const struct move split = split_of("c-2", "c-1");
    enum customer_status customer;
    int64_t other;
    assert_int_equal(propose(fixture, &split, &other, &customer), CREDIT_ENTANGLED);
}

static void a_limit_of_the_pack_that_only_the_source_has_counts_both(void **state)
{
    struct fixture *fixture = fixture_of(state);

    lines_open(fixture, "c-1", 2);
    lines_open(fixture, "c-2", 0);
    draw(fixture, "d1", "AP-00000001.1", "5000000");
    draw(fixture, "d2", "AP-00000002.1", "3000000");
    const struct move merge = merge_of("c-1", "c-2", false);
    assert_int_equal(agree(fixture, proposed(fixture, &merge), "p.2", "bank"), CREDIT_OK);
    assert_true(carry(fixture, true));
    assert_used(fixture, "AP-00000001.R1", "8000000.00", NULL);
    assert_used(fixture, "AP-00000001.R2", "5000000.00", NULL);
    assert_used(fixture, "AP-00000002.T", "8000000.00", "\"parents\":[\"AP-00000001.R1\"]");
    assert_used(fixture, "AP-00000001.T", "5000000.00", "\"parents\":[\"AP-00000002.T\"]");
    const struct move split = split_of("c-2", "c-1");
    assert_int_equal(agree(fixture, proposed(fixture, &split), "p.2", "bank"), CREDIT_OK);
    assert_true(carry(fixture, true));
    assert_used(fixture, "AP-00000001.R1", "5000000.00", NULL);
    assert_used(fixture, "AP-00000002.T", "3000000.00", "\"parents\":[]");
}

static void what_the_ledger_refuses_changes_nothing(void **state)
{
    struct fixture *fixture = fixture_of(state);

    both_open(fixture);
    /* Somebody has taken an id that the move would use. */
    assert_non_null(strstr(tell(fixture, "{\"op\":\"limit.open\",\"id\":\"MV-1.2\",\"currency\":"
                                         "\"CNY\",\"cap\":\"1.00\"}"),
                           "\"ok\""));
    const struct move merge = merge_of("c-1", "c-2", true);
    const int64_t number = proposed(fixture, &merge);
    assert_int_equal(agree(fixture, number, "p.2", "bank"), CREDIT_OK);
    assert_true(carry(fixture, true));
    assert_move(fixture, number, "refused");
    assert_apart(fixture);
    assert_int_equal(events_of(fixture, "move.refuse"), 1);
    assert_int_equal(events_of(fixture, "customer.merge"), 0);
    /* The next one has other ids. */
    assert_int_equal(agree(fixture, proposed(fixture, &merge), "p.2", "bank"), CREDIT_OK);
    assert_true(carry(fixture, true));
    assert_one(fixture);
}

static void what_comes_meanwhile_waits_and_is_the_others(void **state)
{
    struct fixture *fixture = fixture_of(state);

    both_open(fixture);
    const struct application open = submitted(fixture, proposal_of_customer("c-1"));
    const struct application draft = entered(fixture, proposal_of_customer("c-1"));
    const struct move merge = merge_of("c-1", "c-2", true);
    assert_int_equal(agree(fixture, proposed(fixture, &merge), "p.2", "bank"), CREDIT_OK);
    /* Nobody changes the customers now. */
    const struct customer_asking asking = {&fixture->actor, &fixture->reach};
    struct customer_listing listing = {.list = CUSTOMER_LIST_WATCH,
                                       .legal_entity = SLICE("bank"),
                                       .reason = SLICE("x"),
                                       .since = DATE_NONE,
                                       .until = DATE_NONE};
    int64_t number;
    assert_int_equal(customer_list_add(fixture->store, &fixture->outcome, &asking, SLICE("c-2"),
                                       &listing, &number),
                     CUSTOMER_MOVING);
    struct customer_tie tie = {.kind = CUSTOMER_TIE_CONTROL,
                               .other = SLICE("c-2"),
                               .reason = SLICE("x"),
                               .since = DATE_NONE,
                               .until = DATE_NONE};
    customer_make(fixture, "c-3", "丙钢铁有限公司", "north", 3);
    assert_int_equal(customer_tie_add(fixture->store, &asking, SLICE("c-3"), &tie, &number),
                     CUSTOMER_MOVING);
    /* A decision waits. */
    struct credit_verdict verdict = verdict_of(open.id, true);
    verdict.rules = rules;
    verdict.rule_count = 2;
    assert_text(decided(fixture, &verdict).state, "waiting");
    assert_true(carry(fixture, true)); /* the move */
    assert_one(fixture);
    assert_true(carry(fixture, true)); /* the decision, now the other's */
    assert_limit(fixture, "AP-00000002.T", (const char *const[]){"\"cap\":\"90000000.00\"", NULL});
    assert_limit(fixture, "AP-00000003.1",
                 (const char *const[]){"\"holder\":\"c-2\"",
                                       "\"parents\":[\"AP-00000002.T\",\"AP-00000002.R2\"]", NULL});
    /* The draft names the other, too. */
    const struct application_move withdraw = {
        .id = draft.id, .to = APPLICATION_WITHDRAWN, .action = SLICE("application.withdraw")};
    struct application moved;
    assert_int_equal(
        application_move(fixture->store, &moved, &fixture->arena, &fixture->asking, &withdraw),
        CREDIT_OK);
    assert_text(moved.customer, "c-2");
    assert_non_null(memmem(moved.body.data, moved.body.size, "\"c-2\"", 5));
}

static void every_legal_entity_agrees(void **state)
{
    struct fixture *fixture = fixture_of(state);

    customer_make(fixture, "c-9", "丁钢铁有限公司", "leasing", 9);
    const struct move merge = merge_of("c-9", "c-1", false);
    const int64_t number = proposed(fixture, &merge);
    assert_int_equal(agree(fixture, number, "p.2", "bank"), CREDIT_OK);
    assert_move(fixture, number, "proposed");
    assert_int_equal(agree(fixture, number, "p.3", "bank"), CREDIT_NOT_CONCERNED);
    assert_int_equal(agree(fixture, number, "p.2", "lease"), CREDIT_FOUR_EYES);
    assert_int_equal(agree(fixture, number, "p.4", "lease"), CREDIT_OK);
    assert_move(fixture, number, "done");
    assert_int_equal(seen_of(fixture, 0, "c-1").customer.relation_count, 2);
    /* History says what each was. */
    assert_int_equal(seen_of(fixture, 0, "c-9").customer.version, 2);
}

static void what_cannot_be_is_refused(void **state)
{
    struct fixture *fixture = fixture_of(state);
    enum customer_status customer;
    int64_t number;

    struct move merge = merge_of("c-1", "c-1", true);
    assert_int_equal(propose(fixture, &merge, &number, &customer), CREDIT_MOVE_CUSTOMER);
    assert_int_equal(customer, CUSTOMER_NO_OTHER);
    merge = merge_of("c-1", "none", true);
    assert_int_equal(propose(fixture, &merge, &number, &customer), CREDIT_CUSTOMER_NOT_FOUND);
    merge = merge_of("c-1", "c-2", true);
    number = proposed(fixture, &merge);
    merge = merge_of("c-2", "c-1", true);
    assert_int_equal(propose(fixture, &merge, &number, &customer), CREDIT_MOVE_OPEN);
    struct asker asker;
    assert_int_equal(move_reject(fixture->store, &fixture->arena,
                                 as(&asker, fixture, "u.x", "p.1", "bank"), 1, SLICE("误提")),
                     CREDIT_OK);
    assert_move(fixture, 1, "rejected");
    assert_int_equal(agree(fixture, 1, "p.2", "bank"), CREDIT_MOVE_ENDED);
    assert_int_equal(agree(fixture, 99, "p.2", "bank"), CREDIT_MOVE_NOT_FOUND);
    /* While the ledger owes an answer to a decision its limits are not known. */
    const struct application application = submitted(fixture, proposal_of_customer("c-1"));
    const struct credit_verdict verdict = verdict_of(application.id, true);
    (void)decided(fixture, &verdict);
    assert_int_equal(propose(fixture, &merge, &number, &customer), CREDIT_DECISION_PENDING);
    assert_true(carry(fixture, true));
    assert_int_equal(agree(fixture, proposed(fixture, &merge), "p.2", "bank"), CREDIT_OK);
    (void)carry(fixture, true);
    merge = merge_of("c-2", "c-1", true);
    assert_int_equal(propose(fixture, &merge, &number, &customer), CREDIT_MOVE_CUSTOMER);
    assert_int_equal(customer, CUSTOMER_MERGED);
}

#define BOTH(test)                                                                                 \
    {#test " on SQLite", test, setup, teardown, NULL},                                             \
    {                                                                                              \
#test " on PostgreSQL", test, setup, teardown, (void *)"postgresql"                        \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH(whatever_the_cut_a_merge_is_done_once),
        BOTH(a_split_takes_a_merge_back),
        BOTH(a_split_gives_back_the_lines_that_were_chosen),
        BOTH(a_part_goes_to_another_customer),
        BOTH(where_the_target_has_none_the_limits_become_its_own),
        BOTH(a_limit_of_the_pack_that_only_the_source_has_counts_both),
        BOTH(what_the_ledger_refuses_changes_nothing),
        BOTH(what_comes_meanwhile_waits_and_is_the_others),
        BOTH(every_legal_entity_agrees),
        BOTH(what_cannot_be_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
