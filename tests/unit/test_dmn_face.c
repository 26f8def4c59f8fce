/* The library's face: models from memory, questions in JSON, evaluations value by value; each with
 * the n-th allocation failing. */
#include "cmocka_headroom.h"

#include "base/arena.h"
#include "headroom/dmn.h"

#define HEAD                                                                                       \
    "<definitions xmlns='https://www.omg.org/spec/DMN/20230324/MODEL/' id='m' name='M' "           \
    "namespace='urn:m'>"

static const char main_text[] = HEAD
    "<import name='lib' namespace='urn:lib' "
    "importType='https://www.omg.org/spec/DMN/20230324/MODEL/'/>"
    "<inputData id='i1' name='Score'><variable name='Score' typeRef='number'/></inputData>"
    "<inputData id='i2' name='Since'><variable name='Since' typeRef='date'/></inputData>"
    "<inputData id='i3' name='Items'><variable name='Items'/></inputData>"
    "<inputData id='i4' name='Who'><variable name='Who' typeRef='string'/></inputData>"
    "<inputData id='i5' name='Sure'><variable name='Sure' typeRef='boolean'/></inputData>"
    "<decision id='d1' name='Grade'><variable name='Grade' typeRef='string'/>"
    "<informationRequirement><requiredInput href='#i1'/></informationRequirement>"
    "<decisionTable hitPolicy='FIRST'><input><inputExpression "
    "typeRef='number'><text>Score</text></inputExpression></input><output/>"
    "<rule><inputEntry><text>&gt;= 700</text></inputEntry><outputEntry><text>\"high\"</text>"
    "</outputEntry></rule><rule><inputEntry><text>-</text></inputEntry><outputEntry><text>\"low\""
    "</text></outputEntry></rule></decisionTable></decision>"
    "<decision id='d2' name='All'><variable name='All'/>"
    "<informationRequirement><requiredInput href='#i1'/></informationRequirement>"
    "<informationRequirement><requiredInput href='#i2'/></informationRequirement>"
    "<informationRequirement><requiredInput href='#i3'/></informationRequirement>"
    "<informationRequirement><requiredInput href='#i4'/></informationRequirement>"
    "<informationRequirement><requiredInput href='#i5'/></informationRequirement>"
    "<informationRequirement><requiredDecision href='#d1'/></informationRequirement>"
    "<literalExpression><text>{score: Score, since: Since, items: Items, who: Who, sure: Sure, "
    "grade: Grade, clock: now()}</text></literalExpression></decision>"
    "<decision id='d3' name='Wrong'><variable name='Wrong'/><literalExpression><text>1 + null"
    "</text></literalExpression></decision>"
    "<decision id='d4' name='Endless'><variable name='Endless'/><literalExpression><text>count(for "
    "a in 1..100000, b in 1..100000 return a)</text></literalExpression></decision>"
    "<decision id='d5' name='Twice'><variable name='Twice'/>"
    "<informationRequirement><requiredInput href='#i1'/></informationRequirement>"
    "<knowledgeRequirement><requiredKnowledge href='urn:lib#k'/></knowledgeRequirement>"
    "<literalExpression><text>lib.double(Score)</text></literalExpression></decision>"
    "</definitions>";

static const char lib_text[] =
    "<definitions xmlns='https://www.omg.org/spec/DMN/20230324/MODEL/' id='l' name='L' "
    "namespace='urn:lib'><businessKnowledgeModel id='k' name='double'><variable "
    "name='double'/><encapsulatedLogic><formalParameter name='n' typeRef='number'/>"
    "<literalExpression><text>2 * n</text></literalExpression></encapsulatedLogic>"
    "</businessKnowledgeModel></definitions>";

static const struct hr_dmn_document documents[] = {
    {main_text, sizeof main_text - 1},
    {lib_text, sizeof lib_text - 1},
};

static struct hr_dmn_model *read_model(void)
{
    struct hr_dmn_model *model = NULL;
    struct hr_dmn_text reason = HR_DMN_TEXT_NONE;
    if (hr_dmn_model_read(&model, &reason, documents, 2) != HR_DMN_OK) {
        fail_msg("%s", reason.data);
    }
    return model;
}

static hr_dmn_element find(const struct hr_dmn_model *model, const char *name)
{
    hr_dmn_element element = UINT32_MAX;
    assert_int_equal(hr_dmn_find(model, &element, name), HR_DMN_OK);
    return element;
}

static void assert_value(const struct hr_dmn_value *value, const char *text)
{
    struct hr_dmn_text got = HR_DMN_TEXT_NONE;
    assert_non_null(value);
    assert_int_equal(hr_dmn_value_text(value, &got), HR_DMN_OK);
    assert_string_equal(got.data, text);
    assert_int_equal(got.size, strlen(text));
    hr_dmn_text_release(&got);
}

static void a_text_that_is_no_model_is_refused_with_a_reason(void **state)
{
    static const struct {
        const char *text;
        const char *reason;
    } rows[] = {
        {"", "document 1, line 1: "},
        {"<definitions", "document 1, line 1: "},
        {"<definitions/>", "the namespace '' is none of DMN 1.1 to 1.5"},
        {"<definitions xmlns='urn:x'/>", "the namespace 'urn:x' is none of DMN 1.1 to 1.5"},
        {"<model xmlns='https://www.omg.org/spec/DMN/20230324/MODEL/'/>",
         "the root is no definitions element of DMN"},
        {"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "document 1, line 1: "},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct hr_dmn_model *model = NULL;
        struct hr_dmn_text reason = HR_DMN_TEXT_NONE;
        const struct hr_dmn_document document = {rows[i].text, strlen(rows[i].text)};
        assert_int_equal(hr_dmn_model_read(&model, &reason, &document, 1), HR_DMN_BAD_MODEL);
        assert_null(model);
        assert_non_null(strstr(reason.data, rows[i].reason));
        hr_dmn_text_release(&reason);
        assert_null(reason.data);
    }
    struct hr_dmn_model *model = NULL;
    assert_int_equal(hr_dmn_model_read(&model, NULL, NULL, 0), HR_DMN_BAD_MODEL);
    assert_int_equal(hr_dmn_model_open(&model, NULL, "/no/such/file.dmn"), HR_DMN_BAD_MODEL);
    hr_dmn_model_free(NULL);
}

static void questions_in_json(void **state)
{
    struct hr_dmn_model *model = read_model();
    static const struct {
        const char *decision;
        const char *input;
        enum hr_dmn_status status;
        const char *part; /* of the answer or of the reason */
    } rows[] = {
        {"Grade", "{\"Score\": 700}", HR_DMN_OK, "\"result\":\"high\",\"diagnostics\":[]"},
        {"d1", "{\"Score\": 1}", HR_DMN_OK, "\"result\":\"low\""},
        {"Twice", "{\"Score\": 0.1234567890123456789012345678901234}", HR_DMN_OK,
         "\"result\":0.2469135780246913578024691357802468"},
        {"Wrong", NULL, HR_DMN_OK, "\"result\":null,\"diagnostics\":[{\"where\":\"Wrong, line 1\""},
        {"None", NULL, HR_DMN_NOT_FOUND, "no decision 'None'"},
        {"Grade", "[]", HR_DMN_BAD_INPUT, "no JSON object"},
        {"Grade", "{", HR_DMN_BAD_INPUT, "no JSON object"},
        {"Endless", NULL, HR_DMN_STOPPED, "than allowed"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct hr_dmn_text answer = HR_DMN_TEXT_NONE;
        struct hr_dmn_text reason = HR_DMN_TEXT_NONE;
        const struct hr_dmn_question question = {
            .decision = rows[i].decision, .input = rows[i].input, .limits = {.steps_max = 100000}};
        assert_int_equal(hr_dmn_evaluate(model, &answer, &reason, &question), rows[i].status);
        const struct hr_dmn_text *said = rows[i].status == HR_DMN_OK ? &answer : &reason;
        if (strstr(said->data, rows[i].part) == NULL) {
            fail_msg("%s: %s", rows[i].decision, said->data);
        }
        assert_null((rows[i].status == HR_DMN_OK ? &reason : &answer)->data);
        hr_dmn_text_release(&answer);
        hr_dmn_text_release(&reason);
    }
    hr_dmn_model_free(model);
}

static void feel_by_itself(void **state)
{
    struct hr_dmn_text answer = HR_DMN_TEXT_NONE;
    struct hr_dmn_text reason = HR_DMN_TEXT_NONE;
    struct hr_dmn_question question = {.decision = "now()", .now_us = -1};
    (void)state;
    assert_int_equal(hr_dmn_feel(&answer, &reason, &question), HR_DMN_OK);
    assert_string_equal(answer.data,
                        "{\"result\":\"1969-12-31T23:59:59.999999Z\",\"diagnostics\":[]}");
    hr_dmn_text_release(&answer);
    question.decision = "1 +";
    assert_int_equal(hr_dmn_feel(&answer, &reason, &question), HR_DMN_BAD_MODEL);
    assert_non_null(strstr(reason.data, "column 4"));
    hr_dmn_text_release(&reason);
}

static void descriptions_and_findings(void **state)
{
    struct hr_dmn_model *model = read_model();
    struct hr_dmn_text text = HR_DMN_TEXT_NONE;
    size_t count = 99;
    (void)state;
    assert_int_equal(hr_dmn_describe(model, &text), HR_DMN_OK);
    assert_non_null(strstr(text.data, "{\"name\":\"Since\",\"id\":\"i2\",\"type\":\"date\"}"));
    assert_null(strstr(text.data, "double"));
    hr_dmn_text_release(&text);
    assert_int_equal(hr_dmn_check(model, &text, &count), HR_DMN_OK);
    assert_int_equal(count, 0);
    assert_string_equal(text.data, "");
    hr_dmn_text_release(&text);
    hr_dmn_model_free(model);
}

static void set_all(struct hr_dmn_evaluation *evaluation, const struct hr_dmn_model *model)
{
    assert_int_equal(hr_dmn_set_number(evaluation, find(model, "Score"), "-12.50"), HR_DMN_OK);
    assert_int_equal(hr_dmn_set_temporal(evaluation, find(model, "Since"), "2024-02-29"),
                     HR_DMN_OK);
    assert_int_equal(hr_dmn_set_json(evaluation, find(model, "Items"), "[1, {\"a b\": null}]"),
                     HR_DMN_OK);
    assert_int_equal(hr_dmn_set_string(evaluation, find(model, "Who"), "\xe6\x9d\x8e xx", 4),
                     HR_DMN_OK);
    assert_int_equal(hr_dmn_set_boolean(evaluation, find(model, "Sure"), true), HR_DMN_OK);
}

static void values_in_and_out(void **state)
{
    struct hr_dmn_model *model = read_model();
    struct hr_dmn_evaluation *evaluation = NULL;
    const struct hr_dmn_value *value = NULL;
    size_t size;
    int64_t integer = 0;
    (void)state;
    assert_int_equal(hr_dmn_evaluation_new(&evaluation, model, NULL), HR_DMN_OK);
    for (int turn = 0; turn < 3; turn++) {
        assert_int_equal(hr_dmn_begin(evaluation, 1000000), HR_DMN_OK);
        set_all(evaluation, model);
        assert_int_equal(hr_dmn_get(evaluation, &value, find(model, "All")), HR_DMN_OK);
        assert_int_equal(hr_dmn_value_kind(value), HR_DMN_CONTEXT);
        assert_int_equal(hr_dmn_value_count(value), 7);
        assert_value(value, "{score: -12.5, since: 2024-02-29, items: [1, {a b: null}], who: "
                            "\"\xe6\x9d\x8e \", sure: true, grade: \"low\", clock: "
                            "1970-01-01T00:00:01Z}");
    }
    assert_int_equal(hr_dmn_value_kind(hr_dmn_value_entry(value, "since")), HR_DMN_DATE);
    assert_int_equal(hr_dmn_value_kind(hr_dmn_value_entry(value, "clock")), HR_DMN_DATE_TIME);
    assert_true(hr_dmn_value_is_true(hr_dmn_value_entry(value, "sure")));
    assert_false(hr_dmn_value_is_true(value));
    assert_null(hr_dmn_value_entry(value, "none"));
    assert_memory_equal(hr_dmn_value_name(value, 2, &size), "items", 5);
    assert_int_equal(size, 5);
    assert_null(hr_dmn_value_name(value, 7, &size));
    assert_null(hr_dmn_value_item(value, 7));
    const struct hr_dmn_value *items = hr_dmn_value_item(value, 2);
    assert_int_equal(hr_dmn_value_count(items), 2);
    assert_int_equal(hr_dmn_value_integer(hr_dmn_value_item(items, 0), &integer), HR_DMN_OK);
    assert_int_equal(integer, 1);
    assert_int_equal(hr_dmn_value_integer(hr_dmn_value_entry(value, "score"), &integer),
                     HR_DMN_NOT_FOUND);
    assert_memory_equal(hr_dmn_value_string(hr_dmn_value_entry(value, "who"), &size), "\xe6", 1);
    assert_int_equal(size, 4);
    assert_null(hr_dmn_value_string(value, &size));
    hr_dmn_evaluation_free(evaluation);
    hr_dmn_model_free(model);
}

static void what_does_not_fit_is_told(void **state)
{
    struct hr_dmn_model *model = read_model();
    struct hr_dmn_evaluation *evaluation = NULL;
    const struct hr_dmn_value *value = NULL;
    struct hr_dmn_text text = HR_DMN_TEXT_NONE;
    const struct hr_dmn_limits limits = {.steps_max = 1000};
    hr_dmn_element element = 77;
    (void)state;
    const hr_dmn_element score = find(model, "Score");
    assert_int_equal(hr_dmn_find(model, &element, "double"), HR_DMN_NOT_FOUND);
    assert_int_equal(element, 77);
    assert_int_equal(hr_dmn_evaluation_new(&evaluation, model, &limits), HR_DMN_OK);
    assert_int_equal(hr_dmn_set_null(evaluation, score), HR_DMN_NOT_FOUND); /* before begin */
    assert_int_equal(hr_dmn_begin(evaluation, 0), HR_DMN_OK);
    assert_int_equal(hr_dmn_set_null(evaluation, 1000), HR_DMN_NOT_FOUND);
    assert_int_equal(hr_dmn_get(evaluation, &value, 1000), HR_DMN_NOT_FOUND);
    assert_int_equal(hr_dmn_set_number(evaluation, score, "many"), HR_DMN_BAD_INPUT);
    assert_int_equal(hr_dmn_set_string(evaluation, score, "\xff", 1), HR_DMN_BAD_INPUT);
    assert_int_equal(hr_dmn_set_temporal(evaluation, score, "2023-02-29"), HR_DMN_BAD_INPUT);
    assert_int_equal(hr_dmn_set_json(evaluation, score, "{"), HR_DMN_BAD_INPUT);
    assert_int_equal(hr_dmn_diagnostic(evaluation, &text, 0), HR_DMN_NOT_FOUND);
    assert_int_equal(hr_dmn_set_string(evaluation, score, "many", 4), HR_DMN_OK);
    assert_int_equal(hr_dmn_diagnostic(evaluation, &text, 0), HR_DMN_OK);
    assert_string_equal(text.data, "the input 'Score' is not of its type");
    hr_dmn_text_release(&text);
    assert_int_equal(hr_dmn_get(evaluation, &value, find(model, "Wrong")), HR_DMN_OK);
    assert_int_equal(hr_dmn_value_kind(value), HR_DMN_NULL);
    assert_int_equal(hr_dmn_diagnostic(evaluation, &text, 1), HR_DMN_OK);
    assert_string_equal(text.data, "Wrong, line 1, column 3: addition is not defined for number "
                                   "and null");
    hr_dmn_text_release(&text);
    value = NULL;
    assert_int_equal(hr_dmn_get(evaluation, &value, find(model, "Endless")), HR_DMN_STOPPED);
    assert_null(value);
    assert_int_equal(hr_dmn_set_integer(evaluation, score, 1), HR_DMN_STOPPED);
    assert_int_equal(hr_dmn_begin(evaluation, 0), HR_DMN_OK); /* as good as new */
    assert_int_equal(hr_dmn_set_integer(evaluation, score, 701), HR_DMN_OK);
    assert_int_equal(hr_dmn_get(evaluation, &value, find(model, "Grade")), HR_DMN_OK);
    assert_value(value, "high");
    hr_dmn_evaluation_free(evaluation);
    hr_dmn_evaluation_free(NULL);
    hr_dmn_model_free(model);
}

/* One run of everything; true when no allocation failed it. */
static bool live(void)
{
    struct hr_dmn_model *model = NULL;
    struct hr_dmn_evaluation *evaluation = NULL;
    const struct hr_dmn_value *value = NULL;
    struct hr_dmn_text text = HR_DMN_TEXT_NONE;
    const struct hr_dmn_question question = {
        .decision = "All", .input = "{\"Score\":1,\"Since\":\"2026-01-01\"}", .explain = true};
    bool whole = hr_dmn_model_read(&model, &text, documents, 2) == HR_DMN_OK;
    hr_dmn_text_release(&text);
    if (model == NULL) {
        return false;
    }
    whole = hr_dmn_describe(model, &text) == HR_DMN_OK && whole;
    hr_dmn_text_release(&text);
    whole = hr_dmn_check(model, &text, NULL) == HR_DMN_OK && whole;
    hr_dmn_text_release(&text);
    whole = hr_dmn_evaluate(model, &text, NULL, &question) == HR_DMN_OK && whole;
    hr_dmn_text_release(&text);
    if (hr_dmn_evaluation_new(&evaluation, model, NULL) == HR_DMN_OK) {
        whole = hr_dmn_begin(evaluation, 0) == HR_DMN_OK &&
                hr_dmn_set_json(evaluation, 2, "[\"\\u0041\", 2]") == HR_DMN_OK &&
                hr_dmn_get(evaluation, &value, 6) == HR_DMN_OK &&
                hr_dmn_value_json(value, &text) == HR_DMN_OK && whole;
        hr_dmn_text_release(&text);
    }
    whole = evaluation != NULL && whole;
    hr_dmn_evaluation_free(evaluation);
    hr_dmn_model_free(model);
    return whole;
}

static void the_nth_allocation_fails(void **state)
{
    (void)state;
    for (int for_good = 0; for_good < 2; for_good++) {
        unsigned long nth = 1;
        for (bool whole = false; !whole; nth++) {
            assert_true(nth < 5000);
            memory_fail_at(nth, for_good);
            whole = live();
            memory_fail_at(0, 0);
        }
        assert_true(nth > 20);
    }
    assert_true(live());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_that_is_no_model_is_refused_with_a_reason),
        cmocka_unit_test(questions_in_json),
        cmocka_unit_test(feel_by_itself),
        cmocka_unit_test(descriptions_and_findings),
        cmocka_unit_test(values_in_and_out),
        cmocka_unit_test(what_does_not_fit_is_told),
        cmocka_unit_test(the_nth_allocation_fails),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
