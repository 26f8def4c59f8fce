/* Cases in the store, each on both database systems. */
#include "cmocka_headroom.h"
#include "store_fixture.h"

#include "audit/event.h"
#include "audit/trail.h"
#include "process/process.h"

/* Thursday, 2026-11-26T01:30:00Z, half past nine in the bank's office. */
static const time_us start_us = 1795656600LL * US_PER_SECOND;

struct fixture {
    struct database database;
    struct store *store;
    struct arena arena;
    struct pack_shelf shelf;
    bool missing;
    struct people_actor actor;
    struct process_asking asking;
    char hash[PACK_HASH_TEXT];
    char votes[PACK_HASH_TEXT];
};

static const char votes_process[] =
    "<definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\""
    " xmlns:h=\"urn:headroom:bpmn\" id=\"d\" targetNamespace=\"urn:test\">"
    "<process id=\"votes\" isExecutable=\"true\"><startEvent id=\"s\"/>"
    "<sequenceFlow id=\"f1\" sourceRef=\"s\" targetRef=\"vote\"/>"
    "<userTask id=\"vote\" h:candidateRoles=\"member\"><extensionElements>"
    "<h:input target=\"due\" source=\"= due\"/></extensionElements>"
    "<multiInstanceLoopCharacteristics><loopCardinality>3</loopCardinality>"
    "<completionCondition>numberOfCompletedInstances &gt;= 2</completionCondition>"
    "</multiInstanceLoopCharacteristics></userTask>"
    "<boundaryEvent id=\"late\" attachedToRef=\"vote\"><timerEventDefinition>"
    "<timeDuration>P3D</timeDuration></timerEventDefinition></boundaryEvent>"
    "<sequenceFlow id=\"f2\" sourceRef=\"vote\" targetRef=\"note\"/>"
    "<sequenceFlow id=\"f3\" sourceRef=\"late\" targetRef=\"note\"/>"
    "<serviceTask id=\"note\" h:topic=\"minutes.write\"><extensionElements>"
    "<h:input target=\"agreed\" source=\"= agreed\"/></extensionElements></serviceTask>"
    "<sequenceFlow id=\"f4\" sourceRef=\"note\" targetRef=\"wait\"/>"
    "<intermediateCatchEvent id=\"wait\"><messageEventDefinition messageRef=\"m\"/>"
    "</intermediateCatchEvent>"
    "<sequenceFlow id=\"f5\" sourceRef=\"wait\" targetRef=\"e\"/><endEvent id=\"e\"/></process>"
    "<message id=\"m\" name=\"filed\" h:correlationKey=\"= file\"/></definitions>";

static void store_pack(struct fixture *fixture, struct pack_files *files, char *ret_hash)
{
    struct buffer text = {0};
    struct pack *pack = pack_load(files);
    assert_non_null(pack);
    if (pack->error_count > 0) {
        pack_finding_write(&text, pack->first);
        fail_msg("%.*s", (int)text.size, text.data);
    }
    assert_int_equal(pack_version_add(fixture->store, &fixture->actor, ret_hash, pack),
                     PACK_STATUS_OK);
    pack_free(pack);
}

static void store_packs(struct fixture *fixture)
{
    struct buffer error = {0};
    struct buffer text = {0};
    store_pack(fixture, pack_files_from_folder("packs/cn-commercial-bank", &error), fixture->hash);
    buffer_append_cstr(&text, "{\"files\":{\"pack.json\":");
    json_quote(&text, SLICE("{\"format\":1,\"id\":\"votes\",\"version\":\"1\","
                            "\"title\":{\"zh\":\"x\",\"en\":\"x\"}}"));
    buffer_append_cstr(&text, ",\"roles.csv\":\"id,role,level,zh,en\\n"
                              "member,committee_member,head,x,x\\n\",\"calendar.json\":");
    json_quote(&text, SLICE("{\"offset\":\"+08:00\",\"open\":\"09:00\",\"close\":\"17:00\"}"));
    buffer_append_cstr(
        &text,
        ",\"texts/zh.json\":\"{\\\"process.votes\\\":\\\"x\\\",\\\"task.vote\\\":\\\"x\\\"}\","
        "\"texts/en.json\":\"{\\\"process.votes\\\":\\\"x\\\",\\\"task.vote\\\":\\\"x\\\"}\","
        "\"processes/votes.bpmn\":");
    json_quote(&text, slice_from_cstr(votes_process));
    buffer_append_cstr(&text, "}}");
    struct pack_files *files = pack_files_from_json(buffer_slice(&text), &error);
    if (files == NULL) {
        fail_msg("%.*s", (int)error.size, error.data);
    }
    store_pack(fixture, files, fixture->votes);
    buffer_release(&text);
    buffer_release(&error);
}

static void account(struct fixture *fixture, const char *id, const char *who, const char *place,
                    enum role role)
{
    const struct people_user user = {.id = slice_from_cstr(id),
                                     .login = slice_from_cstr(id),
                                     .person = slice_from_cstr(who),
                                     .name = SLICE("某人"),
                                     .organisation = slice_from_cstr(place)};
    const struct people_post post = {.organisation = slice_from_cstr(place),
                                     .role = role,
                                     .since = start_us - US_PER_DAY,
                                     .until = TIME_NONE};
    const enum people_status added = people_user_add(fixture->store, &fixture->actor, &user);
    assert_true(added == PEOPLE_OK || added == PEOPLE_EXISTS);
    assert_int_equal(people_post_give(fixture->store, &fixture->actor, user.id, &post), PEOPLE_OK);
}

static void person(struct fixture *fixture, const char *id, const char *place, enum role role)
{
    account(fixture, id, id, place, role);
}

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
    fixture->actor = (struct people_actor){SLICE("admin"), SLICE("10.0.0.1:5"), start_us};
    fixture->asking = (struct process_asking){&fixture->actor, true, &fixture->shelf};
    if (fixture->missing) {
        return 0;
    }
    database_make(&fixture->database, postgresql);
    fixture->store = database_open(&fixture->database);
    arena_init(&fixture->arena, 256 << 20);
    assert_int_equal(
        people_entity_add(fixture->store, &fixture->actor, SLICE("bank"), SLICE("某银行")),
        PEOPLE_OK);
    organisation(fixture, "head", "bank", "");
    organisation(fixture, "north", "", "head");
    organisation(fixture, "north-1", "", "north");
    organisation(fixture, "south", "", "head");
    person(fixture, "zhang", "north-1", ROLE_RELATIONSHIP_MANAGER);
    person(fixture, "li", "north", ROLE_REVIEWER);
    person(fixture, "sun", "south", ROLE_REVIEWER);
    person(fixture, "wang", "north", ROLE_APPROVER);
    person(fixture, "zhao", "head", ROLE_APPROVER);
    store_packs(fixture);
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    if (!fixture->missing) {
        store_close(fixture->store);
        pack_shelf_release(&fixture->shelf);
        arena_release(&fixture->arena);
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

/* ---- short forms ---- */

static void be(struct fixture *fixture, const char *who)
{
    fixture->actor.id = slice_from_cstr(who);
}

static struct process_case begin(struct fixture *fixture, const char *subject, int amount)
{
    char variables[200];
    struct process_case row;
    (void)snprintf(variables, sizeof(variables),
                   "{\"customer_type\":\"corporate\",\"organisation_level\":\"branch\","
                   "\"application_type\":\"new\",\"amount\":%d}",
                   amount);
    const struct process_start start = {.pack = slice_of(fixture->hash, PACK_HASH_TEXT),
                                        .process = SLICE("line-approval"),
                                        .organisation = SLICE("north-1"),
                                        .subject = slice_from_cstr(subject),
                                        .step = SLICE("1"),
                                        .variables = slice_from_cstr(variables)};
    be(fixture, "zhang");
    assert_int_equal(process_start(fixture->store, &row, &fixture->arena, &fixture->asking, &start),
                     PROCESS_OK);
    return row;
}

static struct process_case begin_votes(struct fixture *fixture)
{
    struct process_case row;
    const struct process_start start = {
        .pack = slice_of(fixture->votes, PACK_HASH_TEXT),
        .process = SLICE("votes"),
        .organisation = SLICE("north-1"),
        .subject = SLICE("application/AP-9"),
        .step = SLICE("committee"),
        .variables = SLICE("{\"due\":\"P1D\",\"agreed\":true,\"file\":\"F-1\"}")};
    be(fixture, "zhang");
    assert_int_equal(process_start(fixture->store, &row, &fixture->arena, &fixture->asking, &start),
                     PROCESS_OK);
    return row;
}

struct look {
    struct fixture *fixture;
    struct slice id;
    struct process_task *tasks;
    size_t count;
    struct process_effect *effects;
    struct process_history *history;
    struct process_case row;
    struct process_task_query query;
    enum process_status status;
};

static enum store_status tasks_work(struct store *store, void *context)
{
    struct look *look = context;
    look->status =
        process_case_tasks(store, &look->tasks, &look->count, &look->fixture->arena, look->id);
    return STORE_OK;
}

static enum store_status effects_work(struct store *store, void *context)
{
    struct look *look = context;
    look->status = process_effects_owed(store, &look->effects, &look->count, &look->fixture->arena,
                                        SLICE(""), look->id, 10);
    return STORE_OK;
}

static enum store_status case_work(struct store *store, void *context)
{
    struct look *look = context;
    look->status = process_case_read(store, &look->row, &look->fixture->arena, look->id);
    return STORE_OK;
}

static enum store_status history_work(struct store *store, void *context)
{
    struct look *look = context;
    look->status = process_case_history(store, &look->history, &look->count, &look->fixture->arena,
                                        look->id, 0, 0, 1000);
    return STORE_OK;
}

static enum store_status page_work(struct store *store, void *context)
{
    struct look *look = context;
    struct people_post *posts = NULL;
    size_t count = 0;
    if (look->id.size > 0) {
        assert_int_equal(
            people_posts_read(store, &posts, &count, &look->fixture->arena, look->id, start_us),
            PEOPLE_OK);
        look->query.posts = posts;
        look->query.post_count = count;
    }
    look->query.now = start_us;
    look->status =
        process_task_page(store, &look->tasks, &look->count, &look->fixture->arena, &look->query);
    return STORE_OK;
}

static struct look looked(struct fixture *fixture, store_work work, struct slice id)
{
    struct look look = {.fixture = fixture, .id = id, .query = {.count = 50}};
    assert_int_equal(store_transact(fixture->store, STORE_READ, work, &look), STORE_OK);
    assert_int_equal(look.status, PROCESS_OK);
    return look;
}

/* The newest task of a case at an element. */
static struct process_task task_at(struct fixture *fixture, struct slice id, const char *element)
{
    struct look look = looked(fixture, tasks_work, id);
    for (size_t i = look.count; i > 0; i--) {
        if (slice_equal(look.tasks[i - 1].element, slice_from_cstr(element))) {
            return look.tasks[i - 1];
        }
    }
    fail_msg("no task at %s", element);
    return (struct process_task){0};
}

static enum process_status claim(struct fixture *fixture, const char *who, struct slice task)
{
    struct process_task row;
    be(fixture, who);
    return process_task_claim(fixture->store, &row, &fixture->arena, &fixture->asking, task, 0);
}

static enum process_status complete(struct fixture *fixture, const char *who, struct slice task,
                                    const char *outputs)
{
    struct process_task row;
    const struct process_completion completion = {.outputs = slice_from_cstr(outputs)};
    be(fixture, who);
    return process_task_complete(fixture->store, &row, &fixture->arena, &fixture->asking, task, 0,
                                 &completion);
}

static void done(struct fixture *fixture, const char *who, struct slice id, const char *element,
                 const char *outputs)
{
    const struct process_task task = task_at(fixture, id, element);
    assert_int_equal(claim(fixture, who, task.id), PROCESS_OK);
    assert_int_equal(complete(fixture, who, task.id, outputs), PROCESS_OK);
}

#define AGREE "{\"review_outcome\":\"agree\",\"opinion\":\"fine\"}"
#define APPROVE "{\"decision_outcome\":\"approve\",\"opinion\":\"yes\"}"

/* ---- the flow ---- */

static void a_line_is_approved_by_two_people(void **state)
{
    struct fixture *fixture = fixture_of(state);
    const struct process_case row = begin(fixture, "application/AP-1", 20000000);
    struct process_case after;

    assert_true(slice_equal(row.id, SLICE("CS-00000001")));
    assert_true(slice_equal(row.path, SLICE("/head/north/north-1/")));
    done(fixture, "li", row.id, "review", AGREE);
    done(fixture, "wang", row.id, "decide_branch", APPROVE);
    struct look look = looked(fixture, effects_work, row.id);
    assert_int_equal(look.count, 1);
    assert_true(slice_equal(look.effects[0].topic, SLICE("limit.activate")));
    be(fixture, "system");
    for (int i = 0; i < 2; i++) { /* twice: the second time changes nothing */
        assert_int_equal(process_effect_complete(fixture->store, &after, &fixture->arena,
                                                 &fixture->asking, look.effects[0].id,
                                                 SLICE("{\"limits\":2}")),
                         PROCESS_OK);
        assert_true(slice_equal(after.phase, SLICE("completed")));
        assert_int_equal(after.step, 4);
    }
    assert_int_equal(looked(fixture, effects_work, row.id).count, 0);
    assert_true(looked(fixture, history_work, row.id).count > 10);
}

static void started_once(void **state)
{
    struct fixture *fixture = fixture_of(state);
    const struct process_case row = begin(fixture, "application/AP-1", 1);
    const struct process_case again = begin(fixture, "application/AP-1", 1);
    const struct process_case other = begin(fixture, "application/AP-2", 1);
    struct process_case never;
    struct process_start start = {.pack = slice_of(fixture->votes, PACK_HASH_TEXT),
                                  .process = SLICE("votes"),
                                  .organisation = SLICE("north-1"),
                                  .subject = SLICE("application/AP-1"),
                                  .step = SLICE("1"),
                                  .variables = SLICE("")};

    assert_true(slice_equal(row.id, again.id));
    assert_false(slice_equal(row.id, other.id));
    assert_int_equal(looked(fixture, tasks_work, row.id).count, 1);
    assert_int_equal(
        process_start(fixture->store, &never, &fixture->arena, &fixture->asking, &start),
        PROCESS_EXISTS);
    start.subject = SLICE("x");
    start.process = SLICE("nothing");
    assert_int_equal(
        process_start(fixture->store, &never, &fixture->arena, &fixture->asking, &start),
        PROCESS_NO_PACK);
    start.process = SLICE("votes");
    start.organisation = SLICE("nowhere");
    assert_int_equal(
        process_start(fixture->store, &never, &fixture->arena, &fixture->asking, &start),
        PROCESS_ORGANISATION_NOT_FOUND);
    start.organisation = SLICE("north-1");
    static const char *const hostile[] = {"[]", "{", "1", "{\"a\":1,\"a\":2}", "{\"a\":\xff}"};
    for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
        start.variables = slice_from_cstr(hostile[i]);
        assert_int_equal(
            process_start(fixture->store, &never, &fixture->arena, &fixture->asking, &start),
            PROCESS_BAD_INPUT);
    }
}

/* ---- who may ---- */

static void only_candidates_claim(void **state)
{
    struct fixture *fixture = fixture_of(state);
    const struct process_case row = begin(fixture, "application/AP-1", 80000000);
    const struct slice task = task_at(fixture, row.id, "review").id;

    assert_int_equal(claim(fixture, "sun", task), PROCESS_NOT_CANDIDATE);   /* another branch */
    assert_int_equal(claim(fixture, "wang", task), PROCESS_NOT_CANDIDATE);  /* another role */
    assert_int_equal(claim(fixture, "zhang", task), PROCESS_NOT_CANDIDATE); /* the initiator */
    fixture->asking.is_person = false;
    assert_int_equal(claim(fixture, "li", task), PROCESS_NOT_PERSON);
    fixture->asking.is_person = true;
    assert_int_equal(complete(fixture, "li", task, AGREE), PROCESS_NOT_CLAIMED);
    assert_int_equal(claim(fixture, "li", task), PROCESS_OK);
    assert_int_equal(claim(fixture, "li", task), PROCESS_OK);
    assert_int_equal(claim(fixture, "sun", task), PROCESS_CLAIMED);
    assert_int_equal(complete(fixture, "sun", task, AGREE), PROCESS_CLAIMED);
    assert_int_equal(claim(fixture, "li", SLICE("CS-00000001.9999")), PROCESS_NOT_FOUND);
    assert_int_equal(claim(fixture, "li", SLICE("CS-1.1")), PROCESS_NOT_FOUND);
    assert_int_equal(complete(fixture, "li", task, AGREE), PROCESS_OK);
    assert_int_equal(complete(fixture, "li", task, AGREE), PROCESS_TASK_STATE);
    /* Head office decides: the branch's approver is none. */
    assert_int_equal(claim(fixture, "wang", task_at(fixture, row.id, "decide_head").id),
                     PROCESS_NOT_CANDIDATE);
    done(fixture, "zhao", row.id, "decide_head", APPROVE);
}

static void post_end(struct fixture *fixture, const char *who, const char *place, enum role role)
{
    be(fixture, "admin");
    assert_int_equal(people_post_take(fixture->store, &fixture->actor, slice_from_cstr(who),
                                      slice_from_cstr(place), role),
                     PEOPLE_OK);
}

static void four_eyes(void **state)
{
    struct fixture *fixture = fixture_of(state);
    const struct process_case row = begin(fixture, "application/AP-1", 20000000);
    /* The initiator gets the reviewer's post, the reviewer the
     * approver's under a second account: not in this case. */
    post_end(fixture, "zhang", "north-1", ROLE_RELATIONSHIP_MANAGER);
    fixture->actor.now += US_PER_SECOND;
    person(fixture, "zhang", "north", ROLE_REVIEWER);
    assert_int_equal(claim(fixture, "zhang", task_at(fixture, row.id, "review").id),
                     PROCESS_FOUR_EYES);
    done(fixture, "li", row.id, "review", AGREE);
    post_end(fixture, "li", "north", ROLE_REVIEWER);
    post_end(fixture, "zhang", "north", ROLE_REVIEWER);
    fixture->actor.now += US_PER_SECOND;
    account(fixture, "li-2", "li", "north", ROLE_APPROVER);
    person(fixture, "zhang", "north", ROLE_APPROVER);
    const struct slice decide = task_at(fixture, row.id, "decide_branch").id;
    assert_int_equal(claim(fixture, "li-2", decide), PROCESS_FOUR_EYES);
    assert_int_equal(claim(fixture, "zhang", decide), PROCESS_FOUR_EYES);
    /* In another case, that neither had a part in, they may. */
    be(fixture, "admin");
    const struct process_case other = begin(fixture, "application/AP-2", 20000000);
    post_end(fixture, "wang", "north", ROLE_APPROVER);
    fixture->actor.now += US_PER_SECOND;
    person(fixture, "wang", "north", ROLE_REVIEWER);
    done(fixture, "wang", other.id, "review", AGREE);
    assert_int_equal(claim(fixture, "li-2", task_at(fixture, other.id, "decide_branch").id),
                     PROCESS_OK);
}

/* A post that ended between claim and completion no longer counts. */
static void a_post_that_ended_completes_nothing(void **state)
{
    struct fixture *fixture = fixture_of(state);
    const struct process_case row = begin(fixture, "application/AP-1", 1);
    const struct slice task = task_at(fixture, row.id, "review").id;

    assert_int_equal(claim(fixture, "li", task), PROCESS_OK);
    post_end(fixture, "li", "north", ROLE_REVIEWER);
    fixture->actor.now += US_PER_SECOND;
    assert_int_equal(complete(fixture, "li", task, AGREE), PROCESS_NOT_CANDIDATE);
}

static void the_form_says_what_is_given(void **state)
{
    struct fixture *fixture = fixture_of(state);
    const struct process_case row = begin(fixture, "application/AP-1", 80000000);
    const struct slice task = task_at(fixture, row.id, "review").id;
    static const char *const wrong[] = {
        "{}",
        "",
        "{\"review_outcome\":\"agree\"}",
        "{\"review_outcome\":\"perhaps\",\"opinion\":\"x\"}",
        "{\"review_outcome\":\"agree\",\"opinion\":null}",
        "{\"review_outcome\":\"agree\",\"opinion\":\"x\",\"routing\":{\"authority\":\"li\"}}",
    };

    assert_int_equal(claim(fixture, "li", task), PROCESS_OK);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_int_equal(complete(fixture, "li", task, wrong[i]), PROCESS_BAD_OUTPUTS);
    }
    assert_int_equal(complete(fixture, "li", task, "[1]"), PROCESS_BAD_INPUT);
    assert_int_equal(task_at(fixture, row.id, "review").version, 2);
    assert_int_equal(complete(fixture, "li", task, AGREE), PROCESS_OK);
}

static void each_member_votes_once(void **state)
{
    struct fixture *fixture = fixture_of(state);
    person(fixture, "m1", "head", ROLE_COMMITTEE_MEMBER);
    person(fixture, "m2", "head", ROLE_COMMITTEE_MEMBER);
    person(fixture, "m3", "north", ROLE_COMMITTEE_MEMBER);
    const struct process_case row = begin_votes(fixture);
    struct look look = looked(fixture, tasks_work, row.id);
    assert_int_equal(look.count, 3);
    assert_true(look.tasks[0].round > 0);
    assert_int_equal(claim(fixture, "m3", look.tasks[0].id), PROCESS_NOT_CANDIDATE);
    assert_int_equal(claim(fixture, "m1", look.tasks[0].id), PROCESS_OK);
    assert_int_equal(claim(fixture, "m1", look.tasks[1].id), PROCESS_FOUR_EYES);
    assert_int_equal(complete(fixture, "m1", look.tasks[0].id, "{}"), PROCESS_OK);
    post_end(fixture, "m1", "head", ROLE_COMMITTEE_MEMBER);
    account(fixture, "m1-2", "m1", "head", ROLE_COMMITTEE_MEMBER);
    assert_int_equal(claim(fixture, "m1-2", look.tasks[1].id), PROCESS_FOUR_EYES);
    assert_int_equal(claim(fixture, "m2", look.tasks[1].id), PROCESS_OK);
    assert_int_equal(complete(fixture, "m2", look.tasks[1].id, "{}"), PROCESS_OK);
    look = looked(fixture, tasks_work, row.id);
    assert_true(slice_equal(look.tasks[2].state, SLICE("cancelled")));
    assert_int_equal(claim(fixture, "m1", look.tasks[2].id), PROCESS_TASK_STATE);
}

/* ---- lists ---- */

static void candidates_see_their_tasks(void **state)
{
    struct fixture *fixture = fixture_of(state);
    for (int i = 0; i < 5; i++) {
        char subject[32];
        (void)snprintf(subject, sizeof(subject), "application/AP-%d", i);
        (void)begin(fixture, subject, 1);
    }
    assert_int_equal(looked(fixture, page_work, SLICE("li")).count, 5);
    assert_int_equal(looked(fixture, page_work, SLICE("sun")).count, 0);
    assert_int_equal(looked(fixture, page_work, SLICE("wang")).count, 0);
    assert_int_equal(looked(fixture, page_work, SLICE("")).count, 5);
    struct look look = {.fixture = fixture, .id = SLICE("li"), .query = {.count = 2, .behind = 2}};
    assert_int_equal(store_transact(fixture->store, STORE_READ, page_work, &look), STORE_OK);
    assert_int_equal(look.count, 2);
    assert_int_equal(look.tasks[0].number, 3);
    assert_int_equal(claim(fixture, "li", look.tasks[0].id), PROCESS_OK);
    assert_int_equal(looked(fixture, page_work, SLICE("li")).count, 4);
    look = (struct look){.fixture = fixture, .query = {.count = 9, .claimed_by = SLICE("li")}};
    assert_int_equal(store_transact(fixture->store, STORE_READ, page_work, &look), STORE_OK);
    assert_int_equal(look.count, 1);
}

/* ---- time ---- */

static void returned_time_does_not_count(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct process_task task;
    person(fixture, "m1", "head", ROLE_COMMITTEE_MEMBER);
    const struct process_case row = begin_votes(fixture);
    const struct slice id = looked(fixture, tasks_work, row.id).tasks[0].id;

    /* Due a working day later: Friday 09:30. */
    assert_int_equal(claim(fixture, "m1", id), PROCESS_OK);
    assert_int_equal(process_task_return(fixture->store, &task, &fixture->arena, &fixture->asking,
                                         id, 0, SLICE(" ")),
                     PROCESS_BAD_REASON);
    assert_int_equal(process_task_return(fixture->store, &task, &fixture->arena, &fixture->asking,
                                         id, 0, SLICE("accounts are missing")),
                     PROCESS_OK);
    assert_int_equal(task.due, start_us + US_PER_DAY);
    assert_int_equal(complete(fixture, "m1", id, "{}"), PROCESS_TASK_STATE);
    assert_int_equal(process_task_resume(fixture->store, &task, &fixture->arena, &fixture->asking,
                                         id, 0, SLICE("here")),
                     PROCESS_NOT_CANDIDATE);
    /* It comes back Friday 10:30, behind 7.5 + 1.5 office hours: due 1 h before the close of
     * Friday's office (09:30 + 7.5 h = 17:00), and so on Monday 10:30. */
    fixture->actor.now = start_us + US_PER_DAY + 3600 * US_PER_SECOND;
    be(fixture, "zhang");
    assert_int_equal(process_task_resume(fixture->store, &task, &fixture->arena, &fixture->asking,
                                         id, 0, SLICE("here they are")),
                     PROCESS_OK);
    assert_int_equal(task.due, start_us + 4 * US_PER_DAY + 3600 * US_PER_SECOND);
    assert_int_equal(complete(fixture, "m1", id, "{}"), PROCESS_OK);
}

static void timers_fire_once(void **state)
{
    struct fixture *fixture = fixture_of(state);
    const struct process_case row = begin_votes(fixture);
    struct process_case after;
    time_us next = 0;
    size_t fired = 9;

    fixture->actor.now = start_us + 3 * US_PER_DAY - 1;
    assert_int_equal(process_timers_due(fixture->store, &fired, &next, &fixture->asking, 10),
                     PROCESS_OK);
    assert_int_equal(fired, 0);
    assert_int_equal(next, start_us + 3 * US_PER_DAY);
    /* The program was down when it was due. */
    store_close(fixture->store);
    fixture->store = database_open(&fixture->database);
    fixture->actor.now = start_us + 9 * US_PER_DAY;
    for (size_t once = 1; once < 3; once++) {
        assert_int_equal(process_timers_due(fixture->store, &fired, &next, &fixture->asking, 10),
                         PROCESS_OK);
        assert_int_equal(fired, once == 1);
        assert_int_equal(next, TIME_NONE);
    }
    struct look look = looked(fixture, tasks_work, row.id);
    for (size_t i = 0; i < look.count; i++) {
        assert_true(slice_equal(look.tasks[i].state, SLICE("cancelled")));
    }
    look = looked(fixture, effects_work, row.id);
    assert_int_equal(look.count, 1);
    assert_true(slice_equal(look.effects[0].payload, SLICE("{\"agreed\":true}")));
    assert_int_equal(process_effect_fail(fixture->store, &after, &fixture->arena, &fixture->asking,
                                         look.effects[0].id, SLICE(""), SLICE("no paper")),
                     PROCESS_OK);
    assert_int_equal(after.incidents, 1);
    assert_true(slice_equal(after.phase, SLICE("running")));
}

static void messages_and_incidents(void **state)
{
    struct fixture *fixture = fixture_of(state);
    const struct process_case row = begin_votes(fixture);
    struct process_case after;
    struct process_message message = {row.id, SLICE("filed"), SLICE("F-1"), SLICE("M-1"),
                                      SLICE("{\"shelf\":7}")};
    time_us next;
    size_t fired;

    fixture->actor.now = start_us + 9 * US_PER_DAY;
    assert_int_equal(process_timers_due(fixture->store, &fired, &next, &fixture->asking, 10),
                     PROCESS_OK);
    assert_int_equal(
        process_message(fixture->store, &after, &fixture->arena, &fixture->asking, &message),
        PROCESS_EVENT);
    struct look look = looked(fixture, effects_work, row.id);
    assert_int_equal(process_effect_complete(fixture->store, &after, &fixture->arena,
                                             &fixture->asking, look.effects[0].id, SLICE("")),
                     PROCESS_OK);
    message.key = SLICE("F-2");
    assert_int_equal(
        process_message(fixture->store, &after, &fixture->arena, &fixture->asking, &message),
        PROCESS_EVENT);
    message.key = SLICE("F-1");
    assert_int_equal(
        process_message(fixture->store, &after, &fixture->arena, &fixture->asking, &message),
        PROCESS_OK);
    assert_true(slice_equal(after.phase, SLICE("completed")));
    assert_int_equal(process_cancel(fixture->store, &after, &fixture->arena, &fixture->asking,
                                    row.id, SLICE("too late")),
                     PROCESS_EVENT);
}

static void cancelled_for_good(void **state)
{
    struct fixture *fixture = fixture_of(state);
    const struct process_case row = begin(fixture, "application/AP-1", 1);
    struct process_case after;

    assert_int_equal(process_cancel(fixture->store, &after, &fixture->arena, &fixture->asking,
                                    row.id, SLICE("")),
                     PROCESS_BAD_REASON);
    assert_int_equal(process_cancel(fixture->store, &after, &fixture->arena, &fixture->asking,
                                    row.id, SLICE("withdrawn")),
                     PROCESS_OK);
    assert_true(slice_equal(after.phase, SLICE("cancelled")));
    assert_true(slice_equal(task_at(fixture, row.id, "review").state, SLICE("cancelled")));
    assert_int_equal(claim(fixture, "li", task_at(fixture, row.id, "review").id),
                     PROCESS_TASK_STATE);
}

/* ---- whole or not at all ---- */

struct outer {
    struct fixture *fixture;
    struct slice task;
    bool give_up;
};

static enum store_status outer_work(struct store *store, void *context)
{
    const struct process_completion agreed = {.outputs = slice_from_cstr(AGREE)};
    struct outer *outer = context;
    struct fixture *in = outer->fixture;
    struct process_task row;
    assert_true(process_task_complete(store, &row, &in->arena, &in->asking, outer->task, 0,
                                      &agreed) == PROCESS_OK);
    return outer->give_up ? STORE_REFUSED : STORE_OK;
}

/* A step within another transaction stands or falls with it, and the case goes on the same. */
static void a_step_is_part_of_the_callers_transaction(void **state)
{
    struct fixture *fixture = fixture_of(state);
    const struct process_case row = begin(fixture, "application/AP-1", 20000000);
    struct outer outer = {fixture, task_at(fixture, row.id, "review").id, true};

    assert_int_equal(claim(fixture, "li", outer.task), PROCESS_OK);
    const size_t before = looked(fixture, history_work, row.id).count;
    assert_int_equal(store_transact(fixture->store, STORE_WRITE, outer_work, &outer),
                     STORE_REFUSED);
    assert_int_equal(looked(fixture, history_work, row.id).count, before);
    assert_int_equal(looked(fixture, case_work, row.id).row.step, 1);
    outer.give_up = false;
    assert_int_equal(store_transact(fixture->store, STORE_WRITE, outer_work, &outer), STORE_OK);
    assert_int_equal(looked(fixture, case_work, row.id).row.step, 2);
    done(fixture, "wang", row.id, "decide_branch", APPROVE);
}

/* The same story in one go, and with a new connection and a new shelf before every step: the same
 * history, byte by byte, but for the case's id. */
static void goes_on_the_same_after_every_restart(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct process_case rows[2];

    for (int restarts = 0; restarts < 2; restarts++) {
        rows[restarts] =
            begin(fixture, restarts == 0 ? "application/AP-1" : "application/AP-2", 20000000);
        for (int step = 0; step < 2; step++) {
            if (restarts == 1) {
                store_close(fixture->store);
                pack_shelf_release(&fixture->shelf);
                fixture->shelf = (struct pack_shelf){0};
                fixture->store = database_open(&fixture->database);
            }
            done(fixture, step == 0 ? "li" : "wang", rows[restarts].id,
                 step == 0 ? "review" : "decide_branch", step == 0 ? AGREE : APPROVE);
        }
    }
    const struct look a = looked(fixture, history_work, rows[0].id);
    const struct look b = looked(fixture, history_work, rows[1].id);
    const struct slice id = SLICE("{\"id\":\"CS-0000000");
    assert_int_equal(a.count, b.count);
    for (size_t i = 0; i < a.count; i++) {
        assert_int_equal(a.history[i].effect.size, b.history[i].effect.size);
        assert_memory_equal(a.history[i].effect.data + id.size + 1,
                            b.history[i].effect.data + id.size + 1,
                            a.history[i].effect.size - id.size - 1);
    }
}

static enum store_status walk_work(struct store *store, void *context)
{
    struct trail_walk *walk = context;
    return trail_verify(store, walk, NULL, 0);
}

static enum store_status events_work(struct store *store, void *context)
{
    struct look *look = context;
    struct event *events;
    const enum store_status status =
        event_read(store, &events, &look->count, &look->fixture->arena, 0, 100);
    for (size_t i = 0; status == STORE_OK && i < look->count; i++) {
        if (slice_equal(events[i].op, SLICE("task.complete"))) {
            assert_true(slice_equal(events[i].case_ref, look->id));
            assert_true(slice_equal(events[i].actor, SLICE("li")));
            look->row.number++;
        }
    }
    return status;
}

static void every_step_is_recorded(void **state)
{
    struct fixture *fixture = fixture_of(state);
    const struct process_case row = begin(fixture, "application/AP-1", 1);
    struct look look = {.fixture = fixture, .id = row.id};
    struct trail_walk walk;

    done(fixture, "li", row.id, "review", AGREE);
    assert_int_equal(store_transact(fixture->store, STORE_READ, walk_work, &walk), STORE_OK);
    assert_false(walk.failed);
    assert_int_equal(store_transact(fixture->store, STORE_READ, events_work, &look), STORE_OK);
    assert_int_equal(look.row.number, 1);
}

#define ON_BOTH(test)                                                                              \
    cmocka_unit_test_prestate_setup_teardown(test, setup, teardown, NULL),                         \
        cmocka_unit_test_prestate_setup_teardown(test, setup, teardown, (void *)(uintptr_t)1)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(a_line_is_approved_by_two_people),
        ON_BOTH(started_once),
        ON_BOTH(only_candidates_claim),
        ON_BOTH(four_eyes),
        ON_BOTH(a_post_that_ended_completes_nothing),
        ON_BOTH(the_form_says_what_is_given),
        ON_BOTH(each_member_votes_once),
        ON_BOTH(candidates_see_their_tasks),
        ON_BOTH(returned_time_does_not_count),
        ON_BOTH(timers_fire_once),
        ON_BOTH(messages_and_incidents),
        ON_BOTH(cancelled_for_good),
        ON_BOTH(a_step_is_part_of_the_callers_transaction),
        ON_BOTH(goes_on_the_same_after_every_restart),
        ON_BOTH(every_step_is_recorded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
