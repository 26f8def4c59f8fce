/* A running case moved to a newer pack, on both database systems: votes under way, timers, owed
 * effects; and that it goes on the same after the program ended in between. */
#include "cmocka_headroom.h"

#include <stdio.h>

#include "sim/case_world.h"

/* In: vote, its boundary's id and duration, topic of the service */
static const char document[] =
    "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' "
    "xmlns:h='urn:headroom:bpmn'><process id='p' isExecutable='true'><startEvent id='s'/>"
    "<sequenceFlow id='f1' sourceRef='s' targetRef='%1$s'/>"
    "<userTask id='%1$s' h:candidateRoles='member'><multiInstanceLoopCharacteristics>"
    "<loopCardinality>3</loopCardinality><completionCondition>numberOfCompletedInstances &gt;= 2"
    "</completionCondition></multiInstanceLoopCharacteristics></userTask>"
    "<boundaryEvent id='%2$s' attachedToRef='%1$s'><timerEventDefinition>"
    "<timeDuration>%3$s</timeDuration></timerEventDefinition></boundaryEvent>"
    "<sequenceFlow id='f2' sourceRef='%1$s' targetRef='note'/>"
    "<sequenceFlow id='f3' sourceRef='%2$s' targetRef='note'/>"
    "<serviceTask id='note' h:topic='%4$s'/><sequenceFlow id='f4' sourceRef='note' targetRef='e'/>"
    "<endEvent id='e'/></process></definitions>";

struct fixture {
    struct world world;
    struct arena arena;
    char newer[PACK_HASH_TEXT];
    int64_t number;
    bool missing;
};

static struct pack *pack_make(uint64_t version, const char *vote, const char *boundary,
                              const char *duration, const char *topic)
{
    struct bpmn_making g = {.processes = 1};
    char text[sizeof document + 400];
    (void)snprintf(text, sizeof text, document, vote, boundary, duration, topic);
    buffer_append_cstr(&g.xml, text);
    buffer_printf(&g.users, "%s\n", vote);
    struct pack *pack = world_pack(&g, version);
    bpmn_making_release(&g);
    return pack;
}

static int setup(void **state)
{
    const bool postgresql = *state != NULL;
    struct fixture *fixture = test_calloc(1, sizeof(*fixture));
    const struct call start = {
        .kind = CALL_START, .who = "starter", .name = "x", .now = WORLD_START_US};
    *state = fixture;
    fixture->missing = database_missing(postgresql);
    if (fixture->missing) {
        return 0;
    }
    arena_init(&fixture->arena, 64 << 20);
    world_make(&fixture->world, postgresql);
    struct pack *older = pack_make(1, "vote", "late", "P3D", "minutes");
    struct pack *newer = pack_make(2, "ballot", "soon", "P1D", "protocol");
    world_keep(&fixture->world, older);
    world_put_in_force(&fixture->world, fixture->newer, newer);
    pack_free(older);
    pack_free(newer);
    assert_int_equal(call_do(&fixture->world, &fixture->arena, &start, &fixture->number),
                     PROCESS_OK);
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    if (!fixture->missing) {
        case_world_close(&fixture->world);
        database_remove(&fixture->world.database);
        arena_release(&fixture->arena);
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

static struct census seen(struct fixture *fixture)
{
    return census_take(&fixture->world, &fixture->arena, fixture->number, 0);
}

static enum process_status act(struct fixture *fixture, enum call_kind kind, const char *who,
                               int64_t wait)
{
    struct call call = {.kind = kind, .wait = (uint32_t)wait, .now = WORLD_START_US};
    (void)snprintf(call.who, sizeof call.who, "%s", who);
    return call_do(&fixture->world, &fixture->arena, &call, &fixture->number);
}

static enum process_status move(struct fixture *fixture, struct process_moving *ret_moving,
                                const char *to)
{
    const struct bpmn_replacement names[] = {{SLICE("vote"), slice_from_cstr(to)}};
    const struct process_move wish = {.case_id = SLICE("CS-00000001"),
                                      .pack = slice_of(fixture->newer, PACK_HASH_TEXT),
                                      .reason = SLICE("amended"),
                                      .replacements = names,
                                      .count = 1};
    fixture->world.actor.id = SLICE("admin");
    return process_move(fixture->world.store, ret_moving, &fixture->arena, &fixture->world.asking,
                        &wish);
}

static int64_t timer_due(const struct census *c)
{
    int64_t due = 0;
    for (size_t i = 0; i < c->waits.count; i++) {
        const struct store_value *row = store_row(&c->waits, i);
        if (slice_equal(row[1].bytes, SLICE("timer"))) {
            assert_int_equal(due, 0);
            due = row[2].number;
        }
    }
    return due;
}

static void a_vote_under_way_goes_on(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct process_moving moving;
    struct census c = seen(fixture);

    assert_int_equal(c.task_count, 3);
    const int64_t first = c.tasks[0].wait;
    const int64_t second = c.tasks[1].wait;
    assert_int_equal(timer_due(&c), WORLD_START_US + 3 * US_PER_DAY);
    assert_int_equal(act(fixture, CALL_CLAIM, "member0", first), PROCESS_OK);
    assert_int_equal(act(fixture, CALL_COMPLETE, "member0", first), PROCESS_OK);
    assert_int_equal(act(fixture, CALL_CLAIM, "member1", second), PROCESS_OK);
    /* Nothing is moved where something has no place. */
    const int64_t step = seen(fixture).row.step;
    assert_int_equal(move(fixture, &moving, "vote"), PROCESS_NO_PLACE);
    assert_false(moving.possible);
    assert_true(slice_equal(seen(fixture).row.pack, slice_of(fixture->world.hash, PACK_HASH_TEXT)));
    assert_int_equal(seen(fixture).row.step, step);
    assert_int_equal(move(fixture, &moving, "ballot"), PROCESS_OK);
    case_world_close(&fixture->world);
    case_world_open(&fixture->world);
    c = seen(fixture);
    assert_true(slice_equal(c.row.pack, slice_of(fixture->newer, PACK_HASH_TEXT)));
    assert_int_equal(c.row.step, step + 1);
    assert_int_equal(timer_due(&c), WORLD_START_US + US_PER_DAY);
    for (size_t i = 0; i < c.task_count; i++) {
        assert_true(slice_equal(c.tasks[i].element, SLICE("ballot")));
    }
    /* Who has voted has voted; who has claimed has claimed. */
    assert_int_equal(act(fixture, CALL_CLAIM, "member0", c.tasks[2].wait), PROCESS_FOUR_EYES);
    assert_int_equal(act(fixture, CALL_COMPLETE, "member1", second), PROCESS_OK);
    c = seen(fixture);
    assert_int_equal(c.effect_count, 1);
    assert_true(slice_equal(c.effects[0].topic, SLICE("protocol")));
    assert_int_equal(move(fixture, &moving, "ballot"), PROCESS_SAME_PACK);
}

static void what_is_owed_stays_owed(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct process_moving moving;
    struct process_case row;
    struct call timers = {.kind = CALL_TIMERS, .who = "system"};

    timers.now = WORLD_START_US + 3 * US_PER_DAY;
    assert_int_equal(call_do(&fixture->world, &fixture->arena, &timers, &fixture->number),
                     PROCESS_OK);
    struct census c = seen(fixture);
    assert_int_equal(c.effect_count, 1);
    assert_true(slice_equal(c.effects[0].topic, SLICE("minutes")));
    const struct slice id = c.effects[0].id;
    assert_int_equal(move(fixture, &moving, "ballot"), PROCESS_OK);
    c = seen(fixture);
    assert_int_equal(c.effect_count, 1);
    assert_true(slice_equal(c.effects[0].topic, SLICE("protocol")));
    assert_true(slice_equal(c.effects[0].id, id));
    /* Tasks that ended before the move are history, under the name that they had. */
    assert_true(slice_equal(c.tasks[0].element, SLICE("vote")));
    assert_int_equal(process_effect_complete(fixture->world.store, &row, &fixture->arena,
                                             &fixture->world.asking, id, SLICE("")),
                     PROCESS_OK);
    assert_true(slice_equal(row.phase, SLICE("completed")));
    assert_int_equal(move(fixture, &moving, "ballot"), PROCESS_SAME_PACK);
}

#define ON_BOTH(test)                                                                              \
    cmocka_unit_test_prestate_setup_teardown(test, setup, teardown, NULL),                         \
        cmocka_unit_test_prestate_setup_teardown(test, setup, teardown, (void *)(uintptr_t)1)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(a_vote_under_way_goes_on),
        ON_BOTH(what_is_owed_stays_owed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
