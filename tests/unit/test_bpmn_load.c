/* BPMN documents: what is read, what is refused and in which words, what is found in the flow. */
#include "cmocka_headroom.h"

#include "bpmn/model.h"

#define HEAD                                                                                       \
    "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' "                            \
    "xmlns:h='urn:headroom:bpmn' "                                                                 \
    "id='d'>\n"
#define PROCESS(inside) HEAD "<process id='p'>\n" inside "</process></definitions>"
#define FLOW(id, source, target)                                                                   \
    "<sequenceFlow id='" id "' sourceRef='" source "' targetRef='" target "'/>\n"
#define WHEN(id, source, target, condition)                                                        \
    "<sequenceFlow id='" id "' sourceRef='" source "' targetRef='" target                          \
    "'><conditionExpression>" condition "</conditionExpression></sequenceFlow>\n"
#define START "<startEvent id='s'/>\n"
#define END "<endEvent id='e'/>\n"
/* s > x > e, with x between */
#define BETWEEN(element) PROCESS(START element END FLOW("f1", "s", "x") FLOW("f2", "x", "e"))

struct row {
    const char *model;
    const char *problems; /* all lines; NULL: the document is no BPMN */
};

static void check_row(const struct row *row)
{
    struct xml_error error;
    struct buffer out;
    buffer_init(&out);
    struct bpmn_model *model = bpmn_model_new();
    assert_non_null(model);
    if (!bpmn_model_add(model, &error, SLICE("m.bpmn"), slice_from_cstr(row->model))) {
        assert_null(row->problems);
        assert_non_null(error.message);
        bpmn_model_free(model);
        return;
    }
    assert_non_null(row->problems);
    if (bpmn_model_compile(model)) {
        assert_true(bpmn_check(model));
    } else {
        assert_true(model->refused_count > 0);
    }
    for (const struct bpmn_problem *at = model->first; at != NULL; at = at->next) {
        bpmn_problem_write(&out, model, at);
    }
    buffer_append_byte(&out, '\0');
    assert_string_equal(out.data, row->problems);
    buffer_release(&out);
    bpmn_model_free(model);
}

#define CHECK(rows)                                                                                \
    for (size_t i = 0; i < sizeof(rows) / sizeof((rows)[0]); i++) {                                \
        check_row(&(rows)[i]);                                                                     \
    }

static void what_is_sound_passes(void **state)
{
    static const struct row rows[] = {
        {BETWEEN("<userTask id='x'/>"), ""},
        {BETWEEN("<manualTask id='x'/>"), ""},
        {BETWEEN("<serviceTask id='x' h:topic='t'/>"), ""},
        {BETWEEN("<intermediateCatchEvent id='x'><timerEventDefinition><timeDuration>P2D"
                 "</timeDuration></timerEventDefinition></intermediateCatchEvent>"),
         ""},
        {BETWEEN("<subProcess id='x'><startEvent id='a'/><endEvent id='b'/>" FLOW(
             "f3", "a", "b") "</subProcess>"),
         ""},
        {BETWEEN("<userTask id='x'><multiInstanceLoopCharacteristics><loopCardinality>3"
                 "</loopCardinality></multiInstanceLoopCharacteristics></userTask>"),
         ""},
        {PROCESS(START END "<exclusiveGateway id='x' default='f3'/>" FLOW("f1", "s", "x") WHEN(
             "f2", "x", "e", "${amount > 5 &amp;&amp; !(kind == 'a')}") FLOW("f3", "x", "e")),
         ""},
        {PROCESS(""), "m.bpmn:2: note: process 'p': the process is empty\n"},
    };
    (void)state;
    CHECK(rows);
}

static void what_is_not_supported_is_refused_by_name(void **state)
{
    static const struct row rows[] = {
        {"<definitions/>", NULL},
        {"<definitions", NULL},
        {"", NULL},
        {HEAD "</definitions>",
         "m.bpmn:1: refused: definitions 'd': the document has no process\n"},
        {BETWEEN("<scriptTask id='x' name='Sum up'/>"),
         "m.bpmn:4: refused: scriptTask 'x' (Sum up): a scriptTask is not supported\n"
         "m.bpmn:5: refused: sequenceFlow 'f1': it begins or ends at no element\n"
         "m.bpmn:6: refused: sequenceFlow 'f2': it begins or ends at no element\n"},
        {BETWEEN("<subProcess id='x' triggeredByEvent='true'><startEvent id='a'/></subProcess>"),
         "m.bpmn:4: refused: subProcess 'x': an event sub-process is not supported\n"},
        {BETWEEN("<userTask id='x'><standardLoopCharacteristics/></userTask>"),
         "m.bpmn:4: refused: userTask 'x': a standard loop is not supported; draw the loop with a "
         "gateway\n"},
        {BETWEEN("<serviceTask id='x' isForCompensation='true'/>"),
         "m.bpmn:4: refused: serviceTask 'x': compensation is not supported\n"},
        {BETWEEN("<intermediateThrowEvent id='x'><signalEventDefinition/>"
                 "</intermediateThrowEvent>"),
         "m.bpmn:4: refused: intermediateThrowEvent 'x': a signalEventDefinition is not supported "
         "here\n"},
        {BETWEEN("<intermediateCatchEvent id='x'/>"),
         "m.bpmn:4: refused: intermediateCatchEvent 'x': it has no trigger\n"},
        {BETWEEN("<intermediateCatchEvent id='x'><timerEventDefinition><timeDuration>two days"
                 "</timeDuration></timerEventDefinition></intermediateCatchEvent>"),
         "m.bpmn:4: refused: intermediateCatchEvent 'x': the timer 'two days' is no duration of "
         "ISO 8601 and no expression behind =\n"},
        {BETWEEN("<callActivity id='x' calledElement='q'/>"),
         "m.bpmn:4: refused: callActivity 'x': no document given has a process 'q'\n"},
        {BETWEEN("<businessRuleTask id='x' h:decision='q'/>"),
         "m.bpmn:4: refused: businessRuleTask 'x': no decision model given has a decision 'q'\n"},
        {BETWEEN("<userTask id='s'/>"),
         "m.bpmn:4: refused: userTask 's': the id is used at line 3 already\n"
         "m.bpmn:5: refused: sequenceFlow 'f1': it begins or ends at no element\n"
         "m.bpmn:6: refused: sequenceFlow 'f2': it begins or ends at no element\n"},
        {BETWEEN("<boundaryEvent id='x' attachedToRef='e'><errorEventDefinition/></boundaryEvent>"),
         "m.bpmn:5: refused: sequenceFlow 'f1': it ends at an event that only begins\n"
         "m.bpmn:4: refused: boundaryEvent 'x': it is attached to no activity beside it\n"},
        {PROCESS(START END "<exclusiveGateway id='x' default='f9'/>" FLOW("f1", "s", "x")
                     WHEN("f2", "x", "e", "= (1 + ")),
         "m.bpmn:6: refused: sequenceFlow 'f2': the expression '(1 +': an expression is expected, "
         "at character 5\n"
         "m.bpmn:5: refused: exclusiveGateway 'x': its default 'f9' is none of its flows\n"},
        {PROCESS(START END "<exclusiveGateway id='x'/>" FLOW("f1", "s", "x")
                     WHEN("f2", "x", "e", "${service.ask(1)}")),
         "m.bpmn:6: refused: sequenceFlow 'f2': the expression ${service.ask(1)} is more than "
         "names, literals and comparisons; write it in FEEL, behind =\n"},
        {PROCESS("<endEvent id='e'/>"), "m.bpmn:2: refused: process 'p': it has no start event\n"},
    };
    (void)state;
    CHECK(rows);
}

static void what_can_go_wrong_is_found_with_a_way_there(void **state)
{
    static const struct row rows[] = {
        {PROCESS(START END "<userTask id='x'/>\n" FLOW("f1", "s", "e") FLOW("f2", "x", "e")),
         "m.bpmn:5: finding: userTask 'x': no way from a start leads to it\n"},
        {PROCESS(START "<exclusiveGateway id='g' default='f2'/>\n" END "<userTask id='x'/>\n" FLOW(
             "f1", "s", "g") FLOW("f2", "g", "e") WHEN("f3", "g", "x", "a") FLOW("f4", "x", "x")),
         "m.bpmn:6: finding: userTask 'x': no way leads from it to an end: what comes here never "
         "finishes; for example s > g > x\n"},
        {PROCESS(START "<exclusiveGateway id='g' default='f2'/>\n" END
                       "<parallelGateway id='x'/>\n" FLOW("f1", "s", "g") FLOW("f2", "g", "x")
                           WHEN("f3", "g", "x", "a") FLOW("f4", "x", "e")),
         "m.bpmn:6: finding: parallelGateway 'x': it can wait for ever: a token has come by 'f2' "
         "and none can come by 'f3'; for example s > g > x\n"},
        {PROCESS(START "<parallelGateway id='g'/>\n" END "<exclusiveGateway id='x'/>\n" FLOW(
             "f1", "s", "g") FLOW("f2", "g", "x") FLOW("f3", "g", "x") FLOW("f4", "x", "e")),
         "m.bpmn:5: finding: endEvent 'e': two tokens can be in front of it at once, so that it "
         "and what follows are done twice; for example s > g > x > x\n"},
        {PROCESS(START END "<inclusiveGateway id='g' default='f2'/>\n"
                           "<inclusiveGateway id='x'/>\n" FLOW("f1", "s", "g") FLOW("f2", "g", "x")
                               WHEN("f3", "g", "x", "a") WHEN("f5", "g", "x", "b")
                                   FLOW("f4", "x", "e")),
         ""},
        {PROCESS(START END "<exclusiveGateway id='x'/>" FLOW("f1", "s", "x")
                     WHEN("f2", "x", "e", "a") WHEN("f3", "x", "e", "not(a)")),
         "m.bpmn:5: finding: exclusiveGateway 'x': it has no default flow: when no condition "
         "holds, the case stops here with an incident\n"},
        {PROCESS(START
                 "<endEvent id='e'><errorEventDefinition/></endEvent>\n" FLOW("f1", "s", "e")),
         "m.bpmn:4: finding: endEvent 'e': nothing around it catches its error 'e'\n"},
    };
    (void)state;
    CHECK(rows);
}

static void every_allocation_may_fail(void **state)
{
    static const char text[] = BETWEEN("<userTask id='x' name='Review'/>");
    bool done = false;
    (void)state;
    for (unsigned long nth = 1; !done; nth++) {
        struct xml_error error;
        memory_fail_at(nth, 0);
        struct bpmn_model *model = bpmn_model_new();
        done = model != NULL && bpmn_model_add(model, &error, SLICE("m"), slice_from_cstr(text)) &&
               bpmn_model_compile(model) && bpmn_check(model);
        bpmn_model_free(model);
        memory_fail_at(0, 0);
        assert_true(nth < 1000);
    }
}

static void expressions_of_other_engines(void **state)
{
    static const char *const rows[][2] = {
        {"a == 'x'", "a = \"x\""},
        {"!approved", "not(approved)"},
        {"not (a and b.c >= -1.5)", "not((a and b.c >= -1.5))"},
        {"a eq 1 || b ne 2", "a = 1 or b != 2"},
        {"f(1)", NULL},
        {"a[0]", NULL},
        {"a +", NULL},
        {"'open", NULL},
        {"", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct buffer out;
        buffer_init(&out);
        const bool read = bpmn_expression_translate(&out, slice_from_cstr(rows[i][0]));
        assert_int_equal(read, rows[i][1] != NULL);
        if (read) {
            buffer_append_byte(&out, '\0');
            assert_string_equal(out.data, rows[i][1]);
        }
        buffer_release(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_sound_passes),
        cmocka_unit_test(what_is_not_supported_is_refused_by_name),
        cmocka_unit_test(what_can_go_wrong_is_found_with_a_way_there),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(expressions_of_other_engines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
