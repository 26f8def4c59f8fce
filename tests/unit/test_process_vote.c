/* Votes over sub-processes, on both database systems: who may do what again. */
#include "cmocka_headroom.h"

#include <stdio.h>

#include "sim/case_world.h"

static const char document[] =
    "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' "
    "xmlns:h='urn:headroom:bpmn'><process id='p' isExecutable='true'><startEvent id='s'/>"
    "<sequenceFlow id='f1' sourceRef='s' targetRef='part'/><subProcess id='part'>"
    "<multiInstanceLoopCharacteristics><loopCardinality>2</loopCardinality>"
    "</multiInstanceLoopCharacteristics><startEvent id='s2'/>"
    "<sequenceFlow id='g1' sourceRef='s2' targetRef='again'/><exclusiveGateway id='again'/>"
    "<sequenceFlow id='g2' sourceRef='again' targetRef='opinion'/>"
    "<userTask id='opinion' h:candidateRoles='member'/>"
    "<sequenceFlow id='g3' sourceRef='opinion' targetRef='fine'/>"
    "<exclusiveGateway id='fine' default='g5'/>"
    "<sequenceFlow id='g4' sourceRef='fine' targetRef='again'>"
    "<conditionExpression>choice = 1</conditionExpression></sequenceFlow>"
    "<sequenceFlow id='g5' sourceRef='fine' targetRef='e2'/><endEvent id='e2'/></subProcess>"
    "<sequenceFlow id='f2' sourceRef='part' targetRef='e'/><endEvent id='e'/></process>"
    "</definitions>";

struct fixture {
    struct world world;
    struct arena arena;
    int64_t number;
    bool missing;
};

static int setup(void **state)
{
    const bool postgresql = *state != NULL;
    struct fixture *fixture = test_calloc(1, sizeof(*fixture));
    struct bpmn_making g = {.processes = 1};
    const struct call start = {.kind = CALL_START, .who = "starter", .name = "vote", .now = 1};
    *state = fixture;
    fixture->missing = database_missing(postgresql);
    if (fixture->missing) {
        return 0;
    }
    arena_init(&fixture->arena, 64 << 20);
    world_make(&fixture->world, postgresql);
    buffer_append_cstr(&g.xml, document);
    buffer_append_cstr(&g.users, "opinion\n");
    struct pack *pack = world_pack(&g, 1);
    fixture->world.actor.id = SLICE("admin");
    assert_int_equal(
        pack_version_add(fixture->world.store, &fixture->world.actor, fixture->world.hash, pack),
        PACK_STATUS_OK);
    pack_free(pack);
    bpmn_making_release(&g);
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

/* Claims, or completes, an open task of the case: the n-th. */
static enum process_status act(struct fixture *fixture, enum call_kind kind, const char *who,
                               unsigned nth, unsigned choice)
{
    const struct census c = census_take(&fixture->world, &fixture->arena, fixture->number, 0);
    struct call call = {.kind = kind, .choice = choice, .now = WORLD_START_US};
    (void)snprintf(call.who, sizeof call.who, "%s", who);
    for (size_t i = 0; i < c.task_count; i++) {
        if (c.tasks[i].ended == TIME_NONE && nth-- == 0) {
            call.wait = (uint32_t)c.tasks[i].wait;
            return call_do(&fixture->world, &fixture->arena, &call, &fixture->number);
        }
    }
    fail_msg("no such task");
    return PROCESS_NOT_FOUND;
}

static void a_member_does_the_own_part_again(void **state)
{
    struct fixture *fixture = *state;
    if (fixture->missing) {
        skip();
    }
    assert_int_equal(act(fixture, CALL_CLAIM, "member0", 0, 0), PROCESS_OK);
    assert_int_equal(act(fixture, CALL_COMPLETE, "member0", 0, 1), PROCESS_OK);
    /* Two are open: the other's part, and the own one once more. */
    assert_int_equal(act(fixture, CALL_CLAIM, "member0", 0, 0), PROCESS_FOUR_EYES);
    assert_int_equal(act(fixture, CALL_CLAIM, "member1", 0, 0), PROCESS_OK);
    assert_int_equal(act(fixture, CALL_CLAIM, "member1", 1, 0), PROCESS_FOUR_EYES);
    assert_int_equal(act(fixture, CALL_CLAIM, "member0", 1, 0), PROCESS_OK);
    assert_int_equal(act(fixture, CALL_COMPLETE, "member0", 1, 0), PROCESS_OK);
    assert_int_equal(act(fixture, CALL_COMPLETE, "member1", 0, 0), PROCESS_OK);
    const struct census c = census_take(&fixture->world, &fixture->arena, fixture->number, 0);
    assert_true(slice_equal(c.row.phase, SLICE("completed")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate_setup_teardown(a_member_does_the_own_part_again, setup, teardown,
                                                 NULL),
        cmocka_unit_test_prestate_setup_teardown(a_member_does_the_own_part_again, setup, teardown,
                                                 (void *)(uintptr_t)1),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
