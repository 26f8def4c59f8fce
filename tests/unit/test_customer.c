/* Customers in the store, each case on both database systems; names and identifiers by themselves.
 */
#include "cmocka_headroom.h"
#include "store_fixture.h"

#include "audit/trail.h"
#include "customer/customer.h"
#include "customer/customer_control.h"

static const time_us start_us = 1795000000LL * US_PER_SECOND; /* 2026-11-18 */

struct fixture {
    struct database database;
    struct store *store;
    struct arena arena;
    bool missing;
    struct people_actor actor;
    struct customer_reach reach;
    struct customer_outcome outcome;
};

static void organisation(struct fixture *fixture, const char *id, const char *entity,
                         const char *parent)
{
    const struct people_organisation wanted = {.id = slice_from_cstr(id),
                                               .name = slice_from_cstr(id),
                                               .legal_entity = slice_from_cstr(entity),
                                               .parent = slice_from_cstr(parent)};

    assert_int_equal(people_organisation_add(fixture->store, &fixture->actor, &wanted), PEOPLE_OK);
}

static int setup(void **state)
{
    const bool postgresql = *state != NULL;
    struct fixture *fixture = test_calloc(1, sizeof(*fixture));

    *state = fixture;
    fixture->missing = database_missing(postgresql);
    fixture->actor = (struct people_actor){SLICE("wang"), SLICE("10.0.0.1:5"), start_us};
    fixture->reach.everywhere = true;
    if (!fixture->missing) {
        database_make(&fixture->database, postgresql);
        fixture->store = database_open(&fixture->database);
        arena_init(&fixture->arena, 64 << 20);
        fixture->outcome.arena = &fixture->arena;
        assert_int_equal(
            people_entity_add(fixture->store, &fixture->actor, SLICE("bank"), SLICE("某银行")),
            PEOPLE_OK);
        organisation(fixture, "head", "bank", "");
        organisation(fixture, "north", "", "head");
        organisation(fixture, "north-1", "", "north");
        organisation(fixture, "south", "", "head");
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

/* Whole numbers with a check character that fits, in the order of their making. */
static struct slice lei(struct fixture *fixture, unsigned number)
{
    char *text = arena_take(&fixture->arena, 32);
    unsigned rest = 0;

    assert_non_null(text);
    (void)snprintf(text, 32, "%018u00", number);
    for (size_t i = 0; i < 20; i++) {
        rest = (rest * 10 + (unsigned)(text[i] - '0')) % 97;
    }
    (void)snprintf(text, 32, "%018u%02u", number, 98 - rest);
    return slice_of(text, 20);
}

static struct customer_draft draft_of(struct fixture *fixture, unsigned number, const char *name,
                                      const char *place)
{
    struct customer_draft draft = {.type = CUSTOMER_CORPORATE,
                                   .name = slice_from_cstr(name),
                                   .organisation = slice_from_cstr(place),
                                   .valid_from = DATE_NONE,
                                   .identifier_count = 1};

    draft.identifiers[0] = (struct customer_identifier){CUSTOMER_KIND_LEI, lei(fixture, number)};
    return draft;
}

static enum customer_status add(struct fixture *fixture, const struct customer_draft *given)
{
    const struct customer_asking asking = {&fixture->actor, &fixture->reach};
    struct customer_draft draft = *given;

    TRY(customer_draft_judge(&draft, &fixture->outcome.detail, &fixture->arena,
                             customer_today(fixture->actor.now)));
    return customer_add(fixture->store, &fixture->outcome, &asking, &draft);
}

struct reading {
    struct fixture *fixture;
    struct slice id;
    const struct customer_moment *moment;
    struct customer customer;
    enum customer_status status;
};

static enum store_status read_work(struct store *store, void *context)
{
    struct reading *reading = context;

    reading->status = customer_read(store, &reading->customer, &reading->fixture->arena,
                                    reading->id, reading->moment);
    return STORE_OK;
}

static struct reading read_at(struct fixture *fixture, struct slice id,
                              const struct customer_moment *moment)
{
    struct reading reading = {.fixture = fixture, .id = id, .moment = moment};

    assert_int_equal(store_transact(fixture->store, STORE_READ, read_work, &reading), STORE_OK);
    return reading;
}

/* ---- by themselves ---- */

static void names_are_folded_and_lose_their_legal_form(void **state)
{
    static const struct {
        const char *name;
        const char *folded;
        const char *key;
    } cases[] = {
        {"北方钢铁有限公司", "北方钢铁有限公司", "北方钢铁"},
        {"北方钢铁（集团）有限责任公司", "北方钢铁集团有限责任公司", "北方钢铁集团"},
        {"北方　钢铁 股份有限公司", "北方钢铁股份有限公司", "北方钢铁"},
        {"ＡＢＣ科技公司", "abc科技公司", "abc科技"},
        {"North Steel Co., Ltd.", "northsteelcoltd", "northsteel"},
        {"NORTH STEEL Company Limited", "northsteelcompanylimited", "northsteel"},
        {"公司", "公司", "公司"},
        {"Ltd.", "ltd", "ltd"},
        {"«Ö»·1", "Ö1", "Ö1"},
        {"𠮷野家", "𠮷野家", "𠮷野家"},
        {"", "", ""},
    };
    struct arena arena;

    (void)state;
    arena_init(&arena, 1 << 20);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct slice name = slice_from_cstr(cases[i].name);
        const struct slice folded = customer_name_fold(&arena, name);
        const struct slice key = customer_name_key(&arena, name);
        if (!slice_equal(folded, slice_from_cstr(cases[i].folded)) ||
            !slice_equal(key, slice_from_cstr(cases[i].key))) {
            fail_msg("%s: %.*s, %.*s", cases[i].name, (int)folded.size, folded.data, (int)key.size,
                     key.data);
        }
    }
    arena_release(&arena);
}

static void identifiers_are_judged_by_their_kind(void **state)
{
    static const struct {
        enum customer_kind kind;
        const char *value;
        const char *normal; /* NULL: refused */
    } cases[] = {
        {CUSTOMER_KIND_USCC, " 91110000600037341l ", "91110000600037341L"},
        {CUSTOMER_KIND_USCC, "91110000600037341M", NULL},
        {CUSTOMER_KIND_ORGANISATION_CODE, "60003734-1", "600037341"},
        {CUSTOMER_KIND_ORGANISATION_CODE, "6000-37341", NULL},
        {CUSTOMER_KIND_LEI, "213800KUD8LAJWSQ9D15", "213800KUD8LAJWSQ9D15"},
        {CUSTOMER_KIND_LEI, "213800KUD8LXJWSQ9D15", NULL},
        {CUSTOMER_KIND_BIC, "icbkcnbj", "ICBKCNBJ"},
        {CUSTOMER_KIND_BIC, "ICBKCNBJSHI", "ICBKCNBJSHI"},
        {CUSTOMER_KIND_BIC, "ICBK1NBJ", NULL},
        {CUSTOMER_KIND_BIC, "ICBKCNBJS", NULL},
        {CUSTOMER_KIND_CNAPS, "102100099996", "102100099996"},
        {CUSTOMER_KIND_CNAPS, "10210009999", NULL},
        {CUSTOMER_KIND_CNAPS, "10210009999A", NULL},
        {CUSTOMER_KIND_ID_CARD, "11010519491231002x", "11010519491231002X"},
        {CUSTOMER_KIND_ID_CARD, "110105491231002", "11010519491231002X"},
        {CUSTOMER_KIND_ID_CARD, "110105491331002", NULL},
        {CUSTOMER_KIND_PASSPORT, "e12345678", "E12345678"},
        {CUSTOMER_KIND_PASSPORT, "E1", NULL},
        {CUSTOMER_KIND_TRAVEL_PERMIT, "H12345678", "H12345678"},
        {CUSTOMER_KIND_CORE_NUMBER, "0012", "0012"},
        {CUSTOMER_KIND_CORE_NUMBER, "", NULL},
        {CUSTOMER_KIND_CORE_NUMBER, "123456789012345678901234567890123", NULL},
        {CUSTOMER_KIND_CORE_NUMBER, "a'b", NULL},
    };
    struct arena arena;

    (void)state;
    arena_init(&arena, 1 << 20);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct customer_identifier identifier = {cases[i].kind, slice_from_cstr(cases[i].value)};
        struct customer_detail detail = {0};
        const enum customer_status status =
            customer_identifier_judge(&identifier, &detail, &arena, customer_today(start_us));
        if (cases[i].normal == NULL) {
            assert_int_equal(status, CUSTOMER_BAD_IDENTIFIER);
            assert_true(detail.english[0] != '\0' && detail.chinese[0] != '\0');
        } else if (status != CUSTOMER_OK ||
                   !slice_equal(identifier.value, slice_from_cstr(cases[i].normal))) {
            fail_msg("%s: %s", cases[i].value, customer_status_name(status));
        }
    }
    arena_release(&arena);
}

/* ---- control, against every subset ---- */

enum { NODES = 6, EDGES_MAX = 12, WEBS = 3000 };

static uint32_t random_next(uint64_t *state)
{
    *state = *state * 6364136223846793005ULL + 1442695040888963407ULL;
    return (uint32_t)(*state >> 33);
}

/* A set holds together when whatever it has the majority of, or controls by other means, is in it;
 * what a node controls is in every such set with the node in it. */
static bool closed(const struct control_web *web, unsigned set)
{
    for (uint32_t node = 0; node < web->node_count; node++) {
        uint32_t votes = 0;
        bool control = false;
        for (size_t i = 0; i < web->edge_count; i++) {
            const struct control_edge *edge = &web->edges[i];
            if (edge->held == node && (set >> edge->holder & 1) != 0) {
                votes += edge->share;
                control = control || edge->control;
            }
        }
        if ((control || votes > CONTROL_WHOLE / 2) && (set >> node & 1) == 0) {
            return false;
        }
    }
    return true;
}

static void web_judge(const struct control_web *web, uint64_t seed)
{
    for (uint32_t a = 0; a < NODES; a++) {
        unsigned common = (1U << NODES) - 1;
        for (unsigned set = 0; set < 1U << NODES; set++) {
            if ((set >> a & 1) != 0 && closed(web, set)) {
                common &= set;
            }
        }
        for (uint32_t b = 0; b < NODES; b++) {
            if (a != b && control_is(web, a, b) != ((common >> b & 1) != 0)) {
                fail_msg("seed %llu: %u and %u", (unsigned long long)seed, a, b);
            }
        }
        /* Every node has a top, whatever loops there are. */
        bool topped = false;
        for (uint32_t top = 0; top < NODES; top++) {
            topped = topped || control_top(web, top, a);
        }
        assert_true(topped);
    }
}

static void control_is_the_least_set_that_holds_together(void **state)
{
    size_t controls = 0;
    size_t loops = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= WEBS; seed++) {
        struct control_edge edges[EDGES_MAX];
        uint64_t random = seed;
        struct arena arena;
        struct control_web web = {.edges = edges, .node_count = NODES};

        web.edge_count = random_next(&random) % (EDGES_MAX + 1);
        for (size_t i = 0; i < web.edge_count; i++) {
            edges[i] = (struct control_edge){.holder = random_next(&random) % NODES,
                                             .held = random_next(&random) % NODES,
                                             .share = random_next(&random) % 7000,
                                             .control = random_next(&random) % 10 == 0};
        }
        arena_init(&arena, 1 << 20);
        assert_true(control_compute(&web, &arena));
        web_judge(&web, seed);
        for (uint32_t a = 0; a < NODES; a++) {
            for (uint32_t b = 0; b < a; b++) {
                controls += control_is(&web, a, b) ? 1 : 0;
                loops += control_is(&web, a, b) && control_is(&web, b, a) ? 1 : 0;
            }
        }
        arena_release(&arena);
    }
    assert_true(controls > WEBS && loops > WEBS / 100);
}

/* ---- in the store ---- */

static void what_was_entered_is_read_back_whole(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct customer_draft draft = draft_of(fixture, 1, "甲\"公司\\", "north-1");

    draft.name_en = SLICE("A");
    draft.industry = SLICE("C31");
    draft.identifiers[draft.identifier_count++] =
        (struct customer_identifier){CUSTOMER_KIND_USCC, SLICE("91110000600037341L")};
    assert_int_equal(add(fixture, &draft), CUSTOMER_OK);
    const struct reading reading = read_at(fixture, fixture->outcome.id, NULL);
    const struct customer *customer = &reading.customer;
    assert_int_equal(reading.status, CUSTOMER_OK);
    assert_true(slice_equal(customer->name, draft.name));
    assert_true(slice_equal(customer->industry, draft.industry));
    assert_int_equal(customer->identifier_count, 2);
    assert_int_equal(customer->relation_count, 1);
    assert_true(slice_equal(customer->relations[0].path, SLICE("/head/north/north-1/")));
    assert_int_equal(customer->version, 1);
    assert_int_equal(customer->valid_from, customer_today(start_us));
    assert_int_equal(customer->created, start_us);
    assert_true(slice_equal(customer->actor, SLICE("wang")));
    /* The organisation code in the social credit code is taken with it. */
    struct customer_draft other = draft_of(fixture, 2, "乙公司", "south");
    other.identifiers[0] =
        (struct customer_identifier){CUSTOMER_KIND_ORGANISATION_CODE, SLICE("60003734-1")};
    assert_int_equal(add(fixture, &other), CUSTOMER_EXISTS);
    assert_true(slice_equal(fixture->outcome.other, customer->id));
}

static void versions_stay_in_order_when_the_clock_does_not(void **state)
{
    struct fixture *fixture = fixture_of(state);
    const struct customer_asking asking = {&fixture->actor, &fixture->reach};
    struct customer_draft draft = draft_of(fixture, 1, "甲公司", "north");

    assert_int_equal(add(fixture, &draft), CUSTOMER_OK);
    const struct slice id = fixture->outcome.id;
    fixture->actor.now -= 3 * US_PER_DAY;
    draft.name = SLICE("乙公司");
    assert_int_equal(customer_update(fixture->store, &fixture->outcome, &asking, id, 1, &draft),
                     CUSTOMER_OK);
    const struct reading reading = read_at(fixture, id, NULL);
    assert_int_equal(reading.customer.version, 2);
    assert_int_equal(reading.customer.recorded_at, start_us);
    assert_int_equal(reading.customer.valid_from, customer_today(start_us));
    assert_int_equal(customer_update(fixture->store, &fixture->outcome, &asking, id, 1, &draft),
                     CUSTOMER_CHANGED);
    /* The name of before is nobody's any more. */
    const struct customer_draft another = draft_of(fixture, 2, "甲公司", "north");
    assert_int_equal(add(fixture, &another), CUSTOMER_OK);
    draft.name = SLICE("甲 公司");
    assert_int_equal(customer_update(fixture->store, &fixture->outcome, &asking, id, 2, &draft),
                     CUSTOMER_SIMILAR);
    assert_int_equal(fixture->outcome.candidate_count, 1);
    assert_int_equal(read_at(fixture, id, NULL).customer.version, 2);
}

/* A failed query in the middle leaves nothing: half a customer is none. */
static void a_customer_is_whole_or_absent(void **state)
{
    struct fixture *fixture = fixture_of(state);
    const struct customer_draft draft = draft_of(fixture, 1, "甲公司", "north");

    assert_true(database_run(&fixture->database, "DROP TABLE customer_scope"));
    assert_int_equal(add(fixture, &draft), CUSTOMER_STORE);
    fixture->outcome.id = SLICE("none");
    assert_true(database_run(
        &fixture->database,
        "CREATE TABLE customer_scope (organisation text, name text, customer text, type text, "
        "folded text, created bigint)"));
    /* A statement that was prepared over the old table is prepared anew. */
    store_close(fixture->store);
    fixture->store = database_open(&fixture->database);
    assert_int_equal(add(fixture, &draft), CUSTOMER_OK);
}

#define BOTH(test)                                                                                 \
    {#test " (SQLite)", test, setup, teardown, NULL},                                              \
    {                                                                                              \
#test " (PostgreSQL)", test, setup, teardown, (void *)"postgresql"                         \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_folded_and_lose_their_legal_form),
        cmocka_unit_test(identifiers_are_judged_by_their_kind),
        cmocka_unit_test(control_is_the_least_set_that_holds_together),
        BOTH(what_was_entered_is_read_back_whole),
        BOTH(versions_stay_in_order_when_the_clock_does_not),
        BOTH(a_customer_is_whole_or_absent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
