/* What each element does: a model, and a script that plays it and says what is expected. */
#include "cmocka_headroom.h"

#include "bpmn/script.h"

#define HEAD                                                                                       \
    "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' "                            \
    "xmlns:h='urn:headroom:bpmn'>"                                                                 \
    "<message id='m' name='paid'/><error id='er' errorCode='E1'/><error id='es' errorCode='E2'/>"  \
    "<escalation id='esc' escalationCode='X1'/>"
#define PROCESS(inside)                                                                            \
    HEAD "<process id='p' isExecutable='true'>" inside "</process></definitions>"
#define FLOW(id, source, target)                                                                   \
    "<sequenceFlow id='" id "' sourceRef='" source "' targetRef='" target "'/>"
#define WHEN(id, source, target, condition)                                                        \
    "<sequenceFlow id='" id "' sourceRef='" source "' targetRef='" target                          \
    "'><conditionExpression>" condition "</conditionExpression></sequenceFlow>"
#define START "<startEvent id='s'/>"
#define END(id) "<endEvent id='" id "'/>"
#define USER(id) "<userTask id='" id "'/>"
#define TIMER(form, text)                                                                          \
    "<timerEventDefinition><" form ">" text "</" form "></timerEventDefinition>"
#define MESSAGE "<messageEventDefinition messageRef='m'/>"
#define BOUNDARY(id, host, more, trigger)                                                          \
    "<boundaryEvent id='" id "' attachedToRef='" host "' " more ">" trigger "</boundaryEvent>"
/* s > x > e */
#define BETWEEN(element) PROCESS(START element END("e") FLOW("f1", "s", "x") FLOW("f2", "x", "e"))
/* the boundary event b on x leads to y, and y to g */
#define GUARDED(element, boundary)                                                                 \
    PROCESS(START element END("e") FLOW("f1", "s", "x") FLOW("f2", "x", "e") boundary USER("y")    \
                FLOW("f3", "b", "y") END("g") FLOW("f4", "y", "g"))
#define MULTI(more)                                                                                \
    "<userTask id='x'><multiInstanceLoopCharacteristics" more                                      \
    "</multiInstanceLoopCharacteristics></userTask>"
#define BEGIN "{'start': ''}\n"
#define BEGIN_WITH(variables) "{'start': '', 'variables': {" variables "}}\n"
#define DONE(id) "{'complete': '" id "'}\n"
#define DONE_WITH(id, variables) "{'complete': '" id "', 'variables': {" variables "}}\n"
#define OPEN(ids) "{'expect': {'status': 'running', 'open': [" ids "]}}\n"
#define COMPLETED "{'expect': {'status': 'completed', 'open': []}}\n"

struct row {
    const char *name;
    const char *model;
    const char *script; /* with ' for quotes */
    const char *error;  /* NULL: none */
};

static void write_effect(void *data, const struct bpmn_case *state,
                         const struct bpmn_effect *effect)
{
    struct buffer *out = data;
    bpmn_effect_write(out, state, effect);
    assert_false(buffer_failed(out));
    buffer_reset(out);
}

static void play(const struct row *row)
{
    struct xml_error xml;
    struct buffer error;
    struct buffer script;
    struct buffer effect;
    buffer_init(&error);
    buffer_init(&script);
    buffer_init(&effect);
    struct bpmn_model *model = bpmn_model_new();
    assert_non_null(model);
    assert_true(bpmn_model_add(model, &xml, SLICE("m"), slice_from_cstr(row->model)));
    if (!bpmn_model_compile(model)) {
        bpmn_problem_write(&error, model, model->first);
        fail_msg("%s: %.*s", row->name, (int)error.size, error.data);
    }
    for (const char *at = row->script; *at != '\0'; at++) {
        buffer_append_byte(&script, *at == '\'' ? '"' : *at);
    }
    struct bpmn_script run = {
        .model = model, .text = buffer_slice(&script), .show = write_effect, .data = &effect};
    const bool good = bpmn_script_run(&run, &error);
    buffer_append_byte(&error, '\0');
    if (good != (row->error == NULL) || (!good && strstr(error.data, row->error) == NULL)) {
        fail_msg("%s: %s", row->name, error.data);
    }
    buffer_release(&run.state);
    buffer_release(&error);
    buffer_release(&script);
    buffer_release(&effect);
    bpmn_model_free(model);
}

#define PLAY(rows)                                                                                 \
    for (size_t i = 0; i < sizeof(rows) / sizeof((rows)[0]); i++) {                                \
        play(&(rows)[i]);                                                                          \
    }

static void tasks(void **state)
{
    static const struct row rows[] = {
        {"user", BETWEEN(USER("x")), BEGIN OPEN("'x'") DONE("x") COMPLETED, NULL},
        {"abstract", BETWEEN("<task id='x'/>"), BEGIN COMPLETED, NULL},
        {"manual", BETWEEN("<manualTask id='x'/>"), BEGIN COMPLETED, NULL},
        {"service", BETWEEN("<serviceTask id='x'/>"), BEGIN OPEN("'x'") DONE("x") COMPLETED, NULL},
        {"send", BETWEEN("<sendTask id='x' messageRef='m'/>"), BEGIN COMPLETED, NULL},
        {"send by a service", BETWEEN("<sendTask id='x' h:topic='mail'/>"),
         BEGIN OPEN("'x'") DONE("x") COMPLETED, NULL},
        {"receive", BETWEEN("<receiveTask id='x' messageRef='m'/>"),
         BEGIN OPEN("'x'") "{'message': 'paid'}\n" COMPLETED, NULL},
        {"results", BETWEEN(USER("x")),
         BEGIN_WITH("'a': 1")
             DONE_WITH("x", "'a': 2, 'b': 'c'") "{'expect': {'status': 'completed'}}\n",
         NULL},
        {"a failed service waits for a person", BETWEEN("<serviceTask id='x'/>"),
         BEGIN "{'fail': 'x', 'text': 'no line'}\n" OPEN("'x'") "{'resolve': 'x'}\n" DONE("x")
             COMPLETED,
         NULL},
        {"a failed service passed over by hand", BETWEEN("<serviceTask id='x'/>"),
         BEGIN "{'fail': 'x'}\n{'resolve': 'x', 'flow': 'f2'}\n" COMPLETED, NULL},
        {"a user task does not fail", BETWEEN(USER("x")), BEGIN "{'fail': 'x'}\n",
         "takes another event"},
        {"cancelled", BETWEEN(USER("x")),
         BEGIN "{'cancel': 'withdrawn'}\n{'expect': {'status': 'cancelled', 'open': []}}\n", NULL},
        {"closed", BETWEEN("<task id='x'/>"), BEGIN "{'cancel': ''}\n", "the case has ended"},
        {"two flows out of a task are taken both",
         PROCESS(START USER("x") END("e") USER("y") FLOW("f1", "s", "x") FLOW("f2", "x", "e")
                     FLOW("f3", "x", "y")),
         BEGIN DONE("x") OPEN("'y'") DONE("y") COMPLETED, NULL},
    };
    (void)state;
    PLAY(rows);
}

static void mappings(void **state)
{
    static const struct row rows[] = {
        {"outputs alone come back",
         PROCESS(START "<userTask id='x'><extensionElements><h:output target='sum' source='a + b'/>"
                       "</extensionElements></userTask>" USER("y") END("e") FLOW("f1", "s", "x")
                           FLOW("f2", "x", "y") FLOW("f3", "y", "e")),
         BEGIN_WITH("'a': 1, 'c': 7") DONE_WITH(
             "x", "'b': 2, 'c': 8") "{'expect': {'variables': {'sum': 3, 'a': 1, 'c': 7}}}\n",
         NULL},
        {"inputs of a sub-process stay inside",
         PROCESS(
             START
             "<subProcess id='x'><extensionElements><h:input target='a' source='a * 2'/>"
             "<h:output target='r' source='a'/></extensionElements><startEvent id='i'/>" USER("y")
                 END("o") FLOW("f5", "i", "y") FLOW("f6", "y", "o") "</subProcess>" USER("z")
                     END("e") FLOW("f1", "s", "x") FLOW("f2", "x", "z") FLOW("f3", "z", "e")),
         BEGIN_WITH("'a': 5")
             DONE_WITH("y", "'b': 1") "{'expect': {'variables': {'a': 5, 'r': 10, 'b': 1}}}\n",
         NULL},
        {"a called process sees copies",
         HEAD "<process id='p' isExecutable='true'>" START
              "<callActivity id='x' calledElement='q'/>" USER("z") END("e") FLOW("f1", "s", "x")
                  FLOW("f2", "x", "z") FLOW(
                      "f3", "z", "e") "</process><process id='q'>"
                                      "<startEvent id='i'/>" USER("y") END("o") FLOW("f5", "i", "y")
                                          FLOW("f6", "y", "o") "</process></definitions>",
         BEGIN_WITH("'a': 5") OPEN("'y'")
             DONE_WITH("y", "'a': 6") "{'expect': {'open': ['z'], 'variables': {'a': 6}}}\n",
         NULL},
        {"a process that calls itself is stopped",
         PROCESS(START "<callActivity id='x' calledElement='p'/>" END("e") FLOW("f1", "s", "x")
                     FLOW("f2", "x", "e")),
         BEGIN OPEN("'x'"), NULL},
    };
    (void)state;
    PLAY(rows);
}

#define XOR(flows)                                                                                 \
    PROCESS(START "<exclusiveGateway id='x' default='d'/>" FLOW("f1", "s", "x") USER("a")          \
                USER("b") USER("c") flows)

static void gateways(void **state)
{
    static const struct row rows[] = {
        {"the first condition that holds",
         XOR(WHEN("f2", "x", "a", "n > 5") WHEN("f3", "x", "b", "n > 1") FLOW("d", "x", "c")),
         BEGIN_WITH("'n': 9") OPEN("'a'"), NULL},
        {"the second",
         XOR(WHEN("f2", "x", "a", "n > 5") WHEN("f3", "x", "b", "n > 1") FLOW("d", "x", "c")),
         BEGIN_WITH("'n': 2") OPEN("'b'"), NULL},
        {"the default, also for a variable that is missing",
         XOR(WHEN("f2", "x", "a", "n > 5") WHEN("f3", "x", "b", "n > 1") FLOW("d", "x", "c")),
         BEGIN OPEN("'c'"), NULL},
        {"no condition holds: a person chooses",
         PROCESS(START "<exclusiveGateway id='x'/>" FLOW("f1", "s", "x") USER("a") USER("b")
                     WHEN("f2", "x", "a", "v = 1") WHEN("f3", "x", "b", "v = 2")),
         BEGIN OPEN("'x'") "{'resolve': 'x', 'flow': 'f3'}\n" OPEN("'b'"), NULL},
        {"or sets what was missing",
         PROCESS(START "<exclusiveGateway id='x'/>" FLOW("f1", "s", "x") USER("a") USER("b")
                     WHEN("f2", "x", "a", "v = 1") WHEN("f3", "x", "b", "v = 2")),
         BEGIN "{'resolve': 'x', 'variables': {'v': 1}}\n" OPEN("'a'"), NULL},
        {"a flow of another gateway is none",
         PROCESS(START "<exclusiveGateway id='x'/>" FLOW("f1", "s", "x") USER("a")
                     WHEN("f2", "x", "a", "v = 1")),
         BEGIN "{'resolve': 'x', 'flow': 'f1'}\n", "has no such flow"},
        {"parallel waits for all",
         PROCESS(START "<parallelGateway id='g'/><parallelGateway id='j'/>" USER("a") USER("b")
                     END("e") FLOW("f1", "s", "g") FLOW("f2", "g", "a") FLOW("f3", "g", "b")
                         FLOW("f4", "a", "j") FLOW("f5", "b", "j") FLOW("f6", "j", "e")),
         BEGIN OPEN("'a', 'b'") DONE("b") OPEN("'a'") DONE("a") COMPLETED, NULL},
        {"a parallel join that can never fire is an incident",
         PROCESS(START "<exclusiveGateway id='g' default='f2'/><parallelGateway id='j'/>" END("e")
                     FLOW("f1", "s", "g") FLOW("f2", "g", "j") WHEN("f3", "g", "j", "false")
                         FLOW("f6", "j", "e")),
         BEGIN OPEN("'j'") "{'resolve': 'j', 'flow': 'f6'}\n" COMPLETED, NULL},
    };
    (void)state;
    PLAY(rows);
}

static void inclusive_and_event_gateways(void **state)
{
    static const struct row rows[] = {
        {"inclusive takes some and waits for those",
         PROCESS(START "<inclusiveGateway id='g' default='f4'/><inclusiveGateway id='j'/>" USER("a")
                     USER("b") USER("c") END("e") FLOW("f1", "s", "g") WHEN("f2", "g", "a", "n > 0")
                         WHEN("f3", "g", "b", "n > 1") FLOW("f4", "g", "c") FLOW("f5", "a", "j")
                             FLOW("f6", "b", "j") FLOW("f7", "c", "j") USER("z")
                                 FLOW("f8", "j", "z") FLOW("f9", "z", "e")),
         BEGIN_WITH("'n': 2") OPEN("'a', 'b'") DONE("a") OPEN("'b'") DONE("b") OPEN("'z'") DONE("z")
             COMPLETED,
         NULL},
        {"inclusive takes its default alone",
         PROCESS(START "<inclusiveGateway id='g' default='f4'/><inclusiveGateway id='j'/>" USER("a")
                     USER("c") END("e") FLOW("f1", "s", "g") WHEN("f2", "g", "a", "n > 0")
                         FLOW("f4", "g", "c") FLOW("f5", "a", "j") FLOW("f7", "c", "j")
                             FLOW("f8", "j", "e")),
         BEGIN OPEN("'c'") DONE("c") COMPLETED, NULL},
        {"an inclusive join waits for a token two steps away",
         PROCESS(START "<parallelGateway id='g'/><inclusiveGateway id='j'/>" USER("a") USER("b")
                     USER("c") USER("z") END("e") FLOW("f1", "s", "g") FLOW("f2", "g", "a")
                         FLOW("f3", "g", "b") FLOW("f4", "b", "c") FLOW("f5", "a", "j")
                             FLOW("f6", "c", "j") FLOW("f7", "j", "z") FLOW("f8", "z", "e")),
         BEGIN DONE("a") OPEN("'b'") DONE("b") OPEN("'c'") DONE("c") OPEN("'z'"), NULL},
        {"an event gateway takes the first event",
         PROCESS(START "<eventBasedGateway id='g'/><intermediateCatchEvent id='t'>" TIMER(
             "timeDuration",
             "PT1H") "</intermediateCatchEvent><intermediateCatchEvent id='w'>" MESSAGE
                     "</intermediateCatchEvent>" USER("a") USER("b") FLOW("f1", "s", "g")
                         FLOW("f2", "g", "t") FLOW("f3", "g", "w") FLOW("f4", "t", "a")
                             FLOW("f5", "w", "b")),
         BEGIN OPEN("'t', 'w'") "{'message': 'paid'}\n" OPEN("'b'") "{'clock': 'PT2H'}\n" OPEN(
             "'b'"),
         NULL},
        {"or the timer",
         PROCESS(START "<eventBasedGateway id='g'/><intermediateCatchEvent id='t'>" TIMER(
             "timeDuration",
             "PT1H") "</intermediateCatchEvent><receiveTask id='w' messageRef='m'/>" USER("a")
                     USER("b") FLOW("f1", "s", "g") FLOW("f2", "g", "t") FLOW("f3", "g", "w")
                         FLOW("f4", "t", "a") FLOW("f5", "w", "b")),
         BEGIN "{'clock': 'PT1H'}\n" OPEN("'a'") "{'message': 'paid'}\n", "is awaited"},
        {"a loop without a wait is stopped",
         PROCESS(START "<exclusiveGateway id='x' default='f3'/>" FLOW("f1", "s", "x") END("e") WHEN(
             "f2", "x", "e", "stop") "<task id='y'/>" FLOW("f3", "x", "y") FLOW("f4", "y", "x")),
         BEGIN OPEN("'y'") "{'resolve': 'y', 'variables': {'stop': true}}\n" COMPLETED, NULL},
    };
    (void)state;
    PLAY(rows);
}

static void events(void **state)
{
    static const struct row rows[] = {
        {"a timer waits",
         BETWEEN("<intermediateCatchEvent id='x'>" TIMER("timeDuration",
                                                         "P1DT1H") "</intermediateCatchEvent>"),
         BEGIN "{'clock': 'P1D'}\n" OPEN("'x'") "{'clock': 'PT1H'}\n" COMPLETED, NULL},
        {"to a date",
         BETWEEN("<intermediateCatchEvent id='x'>" TIMER(
             "timeDate", "2026-02-01T00:00:00Z") "</intermediateCatchEvent>"),
         BEGIN "{'at': '2026-01-31T23:59:59Z'}\n" OPEN(
             "'x'") "{'at': '2026-02-01T00:00:00Z'}\n" COMPLETED,
         NULL},
        {"for as long as a variable says",
         BETWEEN("<intermediateCatchEvent id='x'>" TIMER(
             "timeDuration", "= duration(wait)") "</intermediateCatchEvent>"),
         BEGIN_WITH("'wait': 'PT5M'") "{'clock': 'PT4M'}\n" OPEN(
             "'x'") "{'clock': 'PT1M'}\n" COMPLETED,
         NULL},
        {"a timer without a time is an incident",
         BETWEEN("<intermediateCatchEvent id='x'>" TIMER("timeDuration",
                                                         "= wait") "</intermediateCatchEvent>"),
         BEGIN OPEN("'x'") "{'resolve': 'x', 'variables': {'wait': 'PT1H'}}\n{'clock': "
                           "'PT1H'}\n" COMPLETED,
         NULL},
        {"a message with the right key",
         BETWEEN("<intermediateCatchEvent id='x' h:correlationKey='no'>" MESSAGE
                 "</intermediateCatchEvent>"),
         BEGIN_WITH("'no': 17") "{'message': 'paid', 'key': '17'}\n" COMPLETED, NULL},
        {"and not with another",
         BETWEEN("<intermediateCatchEvent id='x' h:correlationKey='no'>" MESSAGE
                 "</intermediateCatchEvent>"),
         BEGIN_WITH("'no': 17") "{'message': 'paid', 'key': '18'}\n", "is awaited"},
        {"a message once",
         PROCESS(START
                 "<receiveTask id='x' messageRef='m'/><receiveTask id='y' messageRef='m'/>" END("e")
                     FLOW("f1", "s", "x") FLOW("f2", "x", "y") FLOW("f3", "y", "e")),
         BEGIN
         "{'message': 'paid', 'id': 'm-1'}\n" OPEN("'y'") "{'message': 'paid', 'id': 'm-1'}\n",
         "taken before"},
        {"started by a message",
         PROCESS("<startEvent id='s'>" MESSAGE "</startEvent>" USER("x") FLOW("f1", "s", "x")),
         "{'start': 'p', 'message': 'paid'}\n" OPEN("'x'"), NULL},
        {"not started without it",
         PROCESS("<startEvent id='s'>" MESSAGE "</startEvent>" USER("x") FLOW("f1", "s", "x")),
         BEGIN, "no such start event"},
        {"messages and escalations thrown on the way",
         BETWEEN("<intermediateThrowEvent id='x'>" MESSAGE "</intermediateThrowEvent>"),
         BEGIN COMPLETED, NULL},
        {"terminate ends the rest",
         PROCESS(
             START "<parallelGateway id='g'/>" USER("a") USER("b") FLOW("f1", "s",
                                                                        "g") FLOW("f2", "g", "a")
                 FLOW("f3", "g",
                      "b") "<endEvent id='e'><terminateEventDefinition/></endEvent>" FLOW("f4", "a",
                                                                                          "e")),
         BEGIN DONE("a") COMPLETED, NULL},
        {"in a sub-process, that alone",
         PROCESS(START "<subProcess id='x'><startEvent id='i'/><parallelGateway id='g'/>" USER("a")
                     USER("b") FLOW("f5", "i", "g") FLOW("f6", "g", "a")
                         FLOW("f7", "g", "b") "<endEvent "
                                              "id='o'><terminateEventDefinition/></endEvent>" FLOW(
                                                  "f8", "a", "o") "</subProcess>" USER("z")
                                                  FLOW("f1", "s", "x") FLOW("f2", "x", "z")),
         BEGIN DONE("a") OPEN("'z'"), NULL},
    };
    (void)state;
    PLAY(rows);
}

static void boundaries(void **state)
{
    static const struct row rows[] = {
        {"a timer interrupts",
         GUARDED(USER("x"), BOUNDARY("b", "x", "", TIMER("timeDuration", "PT1H"))),
         BEGIN OPEN("'b', 'x'") "{'clock': 'PT1H'}\n" OPEN("'y'") DONE("y") COMPLETED, NULL},
        {"and is gone when the task is done",
         GUARDED(USER("x"), BOUNDARY("b", "x", "", TIMER("timeDuration", "PT1H"))),
         BEGIN DONE("x") COMPLETED, NULL},
        {"a timer beside",
         GUARDED(USER("x"),
                 BOUNDARY("b", "x", "cancelActivity='false'", TIMER("timeDuration", "PT1H"))),
         BEGIN "{'clock': 'PT3H'}\n" OPEN("'x', 'y'") DONE("x") OPEN("'y'") DONE("y") COMPLETED,
         NULL},
        {"a timer beside, three times",
         GUARDED(USER("x"),
                 BOUNDARY("b", "x", "cancelActivity='false'", TIMER("timeCycle", "R3/PT1H"))),
         BEGIN "{'clock': 'PT2H'}\n" OPEN("'b', 'x', 'y', 'y'") "{'clock': 'PT9H'}\n" OPEN(
             "'x', 'y', 'y', 'y'"),
         NULL},
        {"a message interrupts a sub-process",
         GUARDED("<subProcess id='x'><startEvent id='i'/>" USER("a") END("o") FLOW("f5", "i", "a")
                     FLOW("f6", "a", "o") "</subProcess>",
                 BOUNDARY("b", "x", "", MESSAGE)),
         BEGIN OPEN("'a', 'b'") "{'message': 'paid'}\n" OPEN("'y'"), NULL},
    };
    (void)state;
    PLAY(rows);
}

static void errors_and_escalations(void **state)
{
    static const struct row rows[] = {
        {"an error out of a sub-process, by its code",
         GUARDED("<subProcess id='x'><startEvent id='i'/><endEvent id='o'><errorEventDefinition "
                 "errorRef='er'/></endEvent>" FLOW("f5", "i", "o") "</subProcess>",
                 BOUNDARY("b", "x", "", "<errorEventDefinition errorRef='er'/>")),
         BEGIN OPEN("'y'"), NULL},
        {"another code passes by",
         GUARDED("<subProcess id='x'><startEvent id='i'/><endEvent id='o'><errorEventDefinition "
                 "errorRef='es'/></endEvent>" FLOW("f5", "i", "o") "</subProcess>",
                 BOUNDARY("b", "x", "", "<errorEventDefinition errorRef='er'/>")),
         BEGIN OPEN("'o'"), NULL},
        {"an error of a service",
         GUARDED("<serviceTask id='x'/>", BOUNDARY("b", "x", "", "<errorEventDefinition/>")),
         BEGIN "{'error': 'x', 'code': 'E7'}\n" OPEN("'y'"), NULL},
        {"that nothing catches", BETWEEN("<serviceTask id='x'/>"),
         BEGIN "{'error': 'x', 'code': 'E7'}\n", "nothing there catches it"},
        {"an error through a call and two sub-processes",
         HEAD
         "<process id='p' isExecutable='true'>" START
         "<subProcess id='x'><startEvent id='i'/><callActivity id='c' calledElement='q'/>" FLOW(
             "f5", "i", "c") "</subProcess>" BOUNDARY("b", "x", "",
                                                      "<errorEventDefinition "
                                                      "errorRef='er'/>") USER("y")
             FLOW("f1", "s", "x")
                 FLOW("f3", "b",
                      "y") "</process><process id='q'><startEvent id='j'/><subProcess "
                           "id='w'><startEvent "
                           "id='k'/><endEvent id='o'><errorEventDefinition "
                           "errorRef='er'/></endEvent>" FLOW("f6", "k", "o") "</subProcess>" FLOW(
                               "f7", "j", "w") "</process></definitions>",
         BEGIN OPEN("'y'"), NULL},
        {"an escalation goes on beside",
         GUARDED("<subProcess id='x'><startEvent id='i'/><intermediateThrowEvent id='t'>"
                 "<escalationEventDefinition escalationRef='esc'/></intermediateThrowEvent>" USER(
                     "a") FLOW("f5", "i", "t") FLOW("f6", "t", "a") "</subProcess>",
                 BOUNDARY("b", "x", "cancelActivity='false'",
                          "<escalationEventDefinition escalationRef='esc'/>")),
         BEGIN OPEN("'a', 'y'"), NULL},
        {"or interrupts",
         GUARDED("<subProcess id='x'><startEvent id='i'/><intermediateThrowEvent id='t'>"
                 "<escalationEventDefinition escalationRef='esc'/></intermediateThrowEvent>" USER(
                     "a") FLOW("f5", "i", "t") FLOW("f6", "t", "a") "</subProcess>",
                 BOUNDARY("b", "x", "", "<escalationEventDefinition/>")),
         BEGIN OPEN("'y'"), NULL},
        {"a person escalates",
         GUARDED(USER("x"),
                 BOUNDARY("b", "x", "cancelActivity='false'", "<escalationEventDefinition/>")),
         BEGIN "{'escalate': 'x', 'code': 'late'}\n" OPEN("'x', 'y'"), NULL},
        {"an escalation that nothing catches passes",
         PROCESS(
             START
             "<endEvent id='e'><escalationEventDefinition escalationRef='esc'/></endEvent>" FLOW(
                 "f1", "s", "e")),
         BEGIN COMPLETED, NULL},
    };
    (void)state;
    PLAY(rows);
}

#define VOTES                                                                                      \
    "><extensionElements><h:loopCharacteristics inputCollection='who' inputElement='one' "         \
    "outputCollection='votes' outputElement='vote'/></extensionElements>"                          \
    "<completionCondition>count(votes[item = &quot;yes&quot;]) >= 2</completionCondition>"
static void multi_instance(void **state)
{
    static const struct row rows[] = {
        {"in parallel", BETWEEN(MULTI("><loopCardinality>3</loopCardinality>")),
         BEGIN OPEN("'x', 'x', 'x'") DONE("x") DONE("x") OPEN("'x'") DONE("x") COMPLETED, NULL},
        {"one after the other",
         BETWEEN(MULTI(" isSequential='true'><loopCardinality>3</loopCardinality>")),
         BEGIN OPEN("'x'") DONE("x") OPEN("'x'") DONE("x") DONE("x") COMPLETED, NULL},
        {"none at all", BETWEEN(MULTI("><loopCardinality>0</loopCardinality>")), BEGIN COMPLETED,
         NULL},
        {"a vote ends as soon as it is decided, and the results keep their places",
         PROCESS(START MULTI(VOTES) USER("z") FLOW("f1", "s", "x") FLOW("f2", "x", "z")),
         BEGIN_WITH("'who': ['a', 'b', 'c', 'd']") DONE_WITH("x", "'vote': 'no'")
             DONE_WITH("x", "'vote': 'yes'") OPEN("'x', 'x'")
                 DONE_WITH("x", "'vote': 'yes'") "{'expect': {'open': ['z'], 'variables': "
                                                 "{'votes': ['no', 'yes', 'yes', null], "
                                                 "'vote': null}}}\n",
         NULL},
        {"no list is an incident",
         PROCESS(START MULTI(VOTES) USER("z") FLOW("f1", "s", "x") FLOW("f2", "x", "z")),
         BEGIN OPEN("'x'") "{'resolve': 'x', 'variables': {'who': []}}\n" OPEN("'z'"), NULL},
        {"too many are an incident", BETWEEN(MULTI("><loopCardinality>1001</loopCardinality>")),
         BEGIN OPEN("'x'"), NULL},
        {"a timer ends all instances",
         GUARDED(MULTI("><loopCardinality>3</loopCardinality>"),
                 BOUNDARY("b", "x", "", TIMER("timeDuration", "PT1H"))),
         BEGIN OPEN("'b', 'x', 'x', 'x'") "{'clock': 'PT1H'}\n" OPEN("'y'"), NULL},
        {"an error of one ends all",
         GUARDED("<serviceTask id='x'><multiInstanceLoopCharacteristics><loopCardinality>3"
                 "</loopCardinality></multiInstanceLoopCharacteristics></serviceTask>",
                 BOUNDARY("b", "x", "", "<errorEventDefinition/>")),
         BEGIN DONE("x") "{'error': 'x', 'code': 'E'}\n" OPEN("'y'"), NULL},
        {"of a sub-process, each with its own item",
         PROCESS(START "<subProcess id='x'><multiInstanceLoopCharacteristics><extensionElements>"
                       "<h:loopCharacteristics inputCollection='who' inputElement='one' "
                       "outputCollection='all' outputElement='one * 2'/></extensionElements>"
                       "</multiInstanceLoopCharacteristics><startEvent id='i'/>" USER("a") END("o")
                           FLOW("f5", "i", "a") FLOW("f6", "a", "o") "</subProcess>" USER("z")
                               FLOW("f1", "s", "x") FLOW("f2", "x", "z")),
         BEGIN_WITH("'who': [1, 2, 3]") OPEN("'a', 'a', 'a'") DONE("a") DONE("a")
             DONE("a") "{'expect': {'open': ['z'], 'variables': {'all': [2, 4, 6]}}}\n",
         NULL},
        {"counters",
         BETWEEN(MULTI("><loopCardinality>4</loopCardinality><completionCondition>"
                       "numberOfCompletedInstances * 2 >= numberOfInstances and "
                       "numberOfActiveInstances = 2</completionCondition>")),
         BEGIN DONE("x") OPEN("'x', 'x', 'x'") DONE("x") COMPLETED, NULL},
    };
    (void)state;
    PLAY(rows);
}

static void scripts(void **state)
{
    static const struct row rows[] = {
        {"no JSON", BETWEEN(USER("x")), "start\n", "line 1: no JSON object"},
        {"unknown member", BETWEEN(USER("x")), "{'begin': ''}\n",
         "line 1: a step has no member: begin"},
        {"not started", BETWEEN(USER("x")), "\n# note\n{'complete': 'x'}\n",
         "line 3: the case has not been started"},
        {"twice", BETWEEN(USER("x")), BEGIN BEGIN, "line 2: the case has been started"},
        {"nothing there", BETWEEN(USER("x")), BEGIN DONE("y"),
         "line 2: nothing of that kind is open at: y"},
        {"not met", BETWEEN(USER("x")), BEGIN OPEN("'y'"), "line 2: open is: [x] instead of [y]"},
        {"status", BETWEEN(USER("x")), BEGIN COMPLETED, "line 2: the case is: running"},
        {"value", BETWEEN(USER("x")), BEGIN "{'expect': {'variables': {'a': 1}}}\n",
         "line 2: a is null instead of 1"},
        {"no time", BETWEEN(USER("x")), "{'at': 'noon'}\n", "line 1: neither a time"},
        {"no process", BETWEEN(USER("x")), "{'start': 'q'}\n", "no such start event"},
    };
    (void)state;
    PLAY(rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tasks),
        cmocka_unit_test(mappings),
        cmocka_unit_test(gateways),
        cmocka_unit_test(events),
        cmocka_unit_test(boundaries),
        cmocka_unit_test(inclusive_and_event_gateways),
        cmocka_unit_test(errors_and_escalations),
        cmocka_unit_test(multi_instance),
        cmocka_unit_test(scripts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
