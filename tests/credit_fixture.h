/* A store and a ledger with a bank and two customers, and what its people and the sender do. */
#ifndef HEADROOM_TESTS_CREDIT_FIXTURE_H
#define HEADROOM_TESTS_CREDIT_FIXTURE_H

#include "planes_fixture.h"

#include "ledger/command_json.h"

static inline bool sees_all(const void *context, struct slice path)
{
    (void)context;
    return !slice_equal(path, SLICE("/head/far/"));
}

static inline void organisation_make(struct fixture *fixture, const char *id, const char *entity,
                                     const char *parent)
{
    const struct people_organisation organisation = {.id = slice_from_cstr(id),
                                                     .name = slice_from_cstr(id),
                                                     .legal_entity = slice_from_cstr(entity),
                                                     .parent = slice_from_cstr(parent)};

    assert_int_equal(people_organisation_add(fixture->store, &fixture->actor, &organisation),
                     PEOPLE_OK);
}

/* Whole numbers with a check character that fits, in the order of their making. */
static inline struct slice lei(struct fixture *fixture, unsigned number)
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

/* Known by an LEI and a number of the core system. */
static inline void customer_make(struct fixture *fixture, const char *id, const char *name,
                                 const char *place, unsigned number)
{
    const struct customer_asking asking = {&fixture->actor, &fixture->reach};
    char *core = arena_take(&fixture->arena, 16);
    struct customer_draft draft = {.id = slice_from_cstr(id),
                                   .type = CUSTOMER_CORPORATE,
                                   .name = slice_from_cstr(name),
                                   .organisation = slice_from_cstr(place),
                                   .valid_from = DATE_NONE,
                                   .identifier_count = 2};

    assert_non_null(core);
    (void)snprintf(core, 16, "100%u", number);
    draft.identifiers[0] = (struct customer_identifier){CUSTOMER_KIND_LEI, lei(fixture, number)};
    draft.identifiers[1] =
        (struct customer_identifier){CUSTOMER_KIND_CORE_NUMBER, slice_from_cstr(core)};
    assert_int_equal(customer_draft_judge(&draft, &fixture->outcome.detail, &fixture->arena,
                                          customer_today(start_us)),
                     CUSTOMER_OK);
    assert_int_equal(customer_add(fixture->store, &fixture->outcome, &asking, &draft), CUSTOMER_OK);
}

/* With a bank and two customers. */
static inline int setup(void **state)
{
    assert_int_equal(setup_bare(state), 0);
    struct fixture *fixture = *state;

    fixture->actor = (struct people_actor){SLICE("u.manager"), SLICE("10.0.0.1:5"), start_us};
    fixture->reach.everywhere = true;
    fixture->outcome.arena = &fixture->arena;
    fixture->asking = (struct credit_asking){.actor = &fixture->actor, .sees = sees_all};
    if (fixture->missing) {
        return 0;
    }
    assert_int_equal(
        people_entity_add(fixture->store, &fixture->actor, SLICE("bank"), SLICE("某银行")),
        PEOPLE_OK);
    organisation_make(fixture, "head", "bank", "");
    organisation_make(fixture, "north", "", "head");
    organisation_make(fixture, "far", "", "head");
    assert_int_equal(
        people_entity_add(fixture->store, &fixture->actor, SLICE("lease"), SLICE("某租赁")),
        PEOPLE_OK);
    organisation_make(fixture, "leasing", "lease", "");
    customer_make(fixture, "c-1", "甲钢铁有限公司", "north", 1);
    customer_make(fixture, "c-2", "乙钢铁有限公司", "north", 2);
    return 0;
}

static inline struct proposal proposal_of(struct fixture *fixture, const char *text)
{
    char where[PROPOSAL_WHERE_SIZE];
    struct json_error error;
    struct proposal proposal;

    const struct json_value *value = json_parse(&fixture->arena, &error, slice_from_cstr(text));
    assert_non_null(value);
    assert_int_equal(proposal_read(&proposal, where, &fixture->arena, value), CREDIT_OK);
    return proposal;
}

static inline struct application entered(struct fixture *fixture, const char *text)
{
    const struct proposal proposal = proposal_of(fixture, text);
    struct application application;

    assert_int_equal(application_add(fixture->store, &application, &fixture->arena,
                                     &fixture->asking, SLICE("north"), &proposal),
                     CREDIT_OK);
    return application;
}

static inline struct application submitted(struct fixture *fixture, const char *text)
{
    struct application application = entered(fixture, text);
    const struct application_move move = {.id = application.id,
                                          .version = application.version,
                                          .to = APPLICATION_SUBMITTED,
                                          .case_ref = application.id,
                                          .action = SLICE("application.submit")};

    assert_int_equal(
        application_move(fixture->store, &application, &fixture->arena, &fixture->asking, &move),
        CREDIT_OK);
    return application;
}

static inline struct credit_verdict verdict_of(struct slice application, bool approve)
{
    return (struct credit_verdict){.application = application,
                                   .case_ref = application,
                                   .step = SLICE("decide"),
                                   .decider = SLICE("u.approver"),
                                   .approve = approve,
                                   .opinion = SLICE("同意"),
                                   .proof = SLICE("{\"rule\":1}"),
                                   .valid_until = DATE_NONE};
}

static inline struct decision decided(struct fixture *fixture, const struct credit_verdict *verdict)
{
    struct decision decision;

    assert_int_equal(
        credit_decide(fixture->store, &decision, &fixture->arena, &fixture->asking, verdict),
        CREDIT_OK);
    return decision;
}

/* ---- what the sender does ---- */

struct carrying {
    struct fixture *fixture;
    struct outbox_chain chain;
    bool found;
};

static inline enum store_status next_work(struct store *store, void *context)
{
    struct carrying *carrying = context;

    return outbox_next(store, &carrying->chain, &carrying->found, &carrying->fixture->arena);
}

static inline enum store_status answer_work(struct store *store, void *context)
{
    struct carrying *carrying = context;
    bool stored;

    TRY(outbox_answer(store, &stored, &carrying->chain));
    return stored ? credit_answered(store, &carrying->chain) : STORE_OK;
}

/* Carries the oldest chain; `answer` false: killed before the answer is stored. False: none. */
static inline bool carry(struct fixture *fixture, bool answer)
{
    struct carrying carrying = {.fixture = fixture};
    struct ledger_command *commands;
    struct ledger_result results[64];
    struct buffer out = {0};
    size_t count;

    assert_int_equal(store_transact(fixture->store, STORE_READ, next_work, &carrying), STORE_OK);
    if (!carrying.found) {
        return false;
    }
    assert_true(
        outbox_commands(&commands, &count, &fixture->arena, carrying.chain.commands, CURRENCY_CNY));
    fixture->now += US_PER_SECOND;
    assert_int_equal(engine_apply(fixture->engine, commands, results, count, false, fixture->now),
                     ENGINE_OK);
    outbox_judge(&carrying.chain, &out, engine_ledger(fixture->engine), commands, results, count);
    carrying.chain.answered = fixture->now;
    if (answer) {
        assert_int_equal(store_transact(fixture->store, STORE_WRITE, answer_work, &carrying),
                         STORE_OK);
    }
    buffer_release(&out);
    return true;
}

/* One command as JSON; the answer as text, valid until the next call. */
static inline const char *tell(struct fixture *fixture, const char *text)
{
    static char answer[2000];
    struct json_error error;
    struct json_writer writer;
    struct ledger_command command;
    struct ledger_result result;
    struct buffer out = {0};

    const struct json_value *value = json_parse(&fixture->arena, &error, slice_from_cstr(text));
    assert_true(ledger_command_read_json(&fixture->arena, &command, value, CURRENCY_CNY, false));
    fixture->now += US_PER_SECOND;
    assert_int_equal(engine_apply(fixture->engine, &command, &result, 1, false, fixture->now),
                     ENGINE_OK);
    json_writer_init(&writer, &out);
    ledger_result_write_json(&writer, engine_ledger(fixture->engine), &command, &result);
    (void)snprintf(answer, sizeof(answer), "%.*s", (int)out.size, out.data);
    buffer_release(&out);
    return answer;
}

static inline void assert_limit(struct fixture *fixture, const char *id, const char *const *parts)
{
    char text[100];

    (void)snprintf(text, sizeof(text), "{\"op\":\"get\",\"limit\":\"%s\"}", id);
    const char *answer = tell(fixture, text);
    for (size_t i = 0; parts[i] != NULL; i++) {
        if (strstr(answer, parts[i]) == NULL) {
            fail_msg("%s lacks %s", answer, parts[i]);
        }
    }
}

#endif
