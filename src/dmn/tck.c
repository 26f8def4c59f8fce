#include "dmn/tck.h"

static const char schema_instance[] = "http://www.w3.org/2001/XMLSchema-instance";

enum { CASE_MEMORY_MAX = 64 << 20 };

static bool is_nil(const struct xml_element *xml)
{
    return slice_equal(xml_attribute_of(xml, schema_instance, "nil"), SLICE("true"));
}

/* The type that a value is written in, without its prefix. */
static struct slice value_type(const struct xml_element *xml)
{
    const struct slice type = xml_attribute_of(xml, schema_instance, "type");
    const char *colon = type.size == 0 ? NULL : memchr(type.data, ':', type.size);
    return colon == NULL ? type : slice_of(colon + 1, type.size - (size_t)(colon - type.data) - 1);
}

static bool is_one_of(struct slice name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (slice_equal(name, slice_from_cstr(names[i]))) {
            return true;
        }
    }
    return false;
}

static struct feel_value read_simple(struct feel_eval *eval, const struct xml_element *xml)
{
    static const char *const numbers[] = {"decimal", "double", "integer", "int", "long", "float"};
    static const char *const temporals[] = {
        "date", "time", "dateTime", "duration", "dayTimeDuration", "yearMonthDuration"};
    const struct slice type = value_type(xml);
    const struct slice text = slice_trim(xml->text);
    struct decimal number = DECIMAL_ZERO;
    struct feel_value value = FEEL_NOTHING;
    if (is_nil(xml)) {
        return FEEL_NOTHING;
    }
    if (is_one_of(type, numbers, sizeof numbers / sizeof numbers[0])) {
        return decimal_parse(text, &number) ? feel_number(number) : FEEL_NOTHING;
    }
    if (slice_equal(type, SLICE("boolean"))) {
        return feel_boolean(slice_equal(text, SLICE("true")) || slice_equal(text, SLICE("1")));
    }
    if (is_one_of(type, temporals, sizeof temporals / sizeof temporals[0]) &&
        text_read_temporal(eval->arena, &eval->zones, text, &value)) {
        return value;
    }
    return feel_string(xml->text);
}

/* A text in the type that its input has, where the file names none. */
static struct feel_value by_type(struct feel_eval *eval, const struct feel_type *type,
                                 struct feel_value value)
{
    const struct slice text = value.kind == FEEL_STRING ? slice_trim(feel_text(value)) : SLICE("");
    struct decimal number = DECIMAL_ZERO;
    struct feel_value temporal = FEEL_NOTHING;
    if (type == NULL || value.kind != FEEL_STRING) {
        return value;
    }
    if (type->kind == FEEL_NUMBER && decimal_parse(text, &number)) {
        return feel_number(number);
    }
    if (type->kind == FEEL_BOOLEAN &&
        (slice_equal(text, SLICE("true")) || slice_equal(text, SLICE("false")))) {
        return feel_boolean(text.size == 4);
    }
    if (type->kind >= FEEL_DATE && type->kind <= FEEL_SPAN &&
        text_read_temporal(eval->arena, &eval->zones, text, &temporal) &&
        temporal.kind == type->kind) {
        return temporal;
    }
    return value;
}

static struct feel_value read_value(struct feel_eval *eval, const struct xml_element *xml,
                                    unsigned depth);

static struct feel_value read_list(struct feel_eval *eval, const struct xml_element *xml,
                                   unsigned depth)
{
    struct feel_builder builder = {0};
    for (const struct xml_element *at = xml_child(xml, "item"); at != NULL; at = xml_next(at)) {
        if (!feel_builder_add(eval, &builder, read_value(eval, at, depth + 1))) {
            return FEEL_NOTHING;
        }
    }
    return feel_builder_list(&builder);
}

static struct feel_value read_components(struct feel_eval *eval, const struct xml_element *xml,
                                         unsigned depth)
{
    struct feel_context *context = feel_context_new(eval->arena, 4);
    for (const struct xml_element *at = xml_child(xml, "component"); at != NULL && context != NULL;
         at = xml_next(at)) {
        const struct feel_value value = is_nil(at) ? FEEL_NOTHING : read_value(eval, at, depth + 1);
        if (!feel_context_put(eval->arena, context, xml_attribute(at, "name"), value)) {
            return feel_out_of_memory(eval);
        }
    }
    return context == NULL ? feel_out_of_memory(eval) : feel_context_value(context);
}

/* The value inside an element of valueType. */
static struct feel_value read_value(struct feel_eval *eval, const struct xml_element *xml,
                                    unsigned depth)
{
    const struct xml_element *value = xml_child(xml, "value");
    const struct xml_element *list = xml_child(xml, "list");
    if (depth > FEEL_NEST_MAX) {
        return FEEL_NOTHING;
    }
    if (value != NULL) {
        return read_simple(eval, value);
    }
    if (list != NULL) {
        return is_nil(list) ? FEEL_NOTHING : read_list(eval, list, depth);
    }
    return xml_child(xml, "component") == NULL ? FEEL_NOTHING : read_components(eval, xml, depth);
}

/* Numbers of the kit that no decimal holds exactly are given to some digits, often as a double
 * printed them: an expected number with six digits behind the point and more is met within one
 * unit of the eighth, or of its last one when it has fewer. */
static bool number_meets(struct decimal expected, struct decimal actual)
{
    enum { ROUNDED_DIGITS_MIN = 6, COMPARED_DIGITS_MAX = 8 };
    struct decimal distance = DECIMAL_ZERO;
    struct decimal unit = DECIMAL_ZERO;
    const int scale = decimal_scale(expected);
    if (decimal_equal(expected, actual)) {
        return true;
    }
    const int digits = scale < COMPARED_DIGITS_MAX ? scale : COMPARED_DIGITS_MAX;
    return scale >= ROUNDED_DIGITS_MIN && decimal_subtract(expected, actual, &distance) &&
           decimal_power(decimal_from_i64(10), decimal_from_i64(-digits), &unit) &&
           decimal_compare(decimal_absolute(distance), unit) <= 0;
}

static bool meets(struct feel_value expected, struct feel_value actual, unsigned depth)
{
    if (depth > FEEL_NEST_MAX) {
        return false;
    }
    if (expected.kind == FEEL_NUMBER && actual.kind == FEEL_NUMBER) {
        return number_meets(expected.number, actual.number);
    }
    if (expected.kind == FEEL_LIST && actual.kind == FEEL_LIST) {
        bool same = expected.size == actual.size;
        for (uint32_t i = 0; same && i < expected.size; i++) {
            same = meets(expected.items[i], actual.items[i], depth + 1);
        }
        return same;
    }
    if (expected.kind == FEEL_CONTEXT && actual.kind == FEEL_CONTEXT) {
        bool same = expected.context->count == actual.context->count;
        for (uint32_t i = 0; same && i < expected.context->count; i++) {
            const struct feel_entry *entry = &expected.context->entries[i];
            const struct feel_value *other = feel_context_get(actual.context, entry->name);
            same = other != NULL && meets(entry->value, *other, depth + 1);
        }
        return same;
    }
    return expected.kind == actual.kind && feel_same(expected, actual);
}

struct test {
    const struct dmn_model *model;
    struct slice file;
    const struct feel_moment *now;
    struct buffer *report;
    struct arena arena;
};

static void report_line(struct test *test, const char *verdict, struct slice id, struct slice node)
{
    buffer_append_cstr(test->report, verdict);
    buffer_append_byte(test->report, ' ');
    buffer_append(test->report, test->file);
    buffer_append_byte(test->report, ' ');
    buffer_append(test->report, id);
    buffer_append_byte(test->report, ' ');
    buffer_append(test->report, node);
}

static void report_difference(struct test *test, struct dmn_evaluation *evaluation,
                              struct feel_value expected, struct feel_value actual)
{
    buffer_append_cstr(test->report, " expected ");
    text_write(test->report, expected);
    buffer_append_cstr(test->report, ", got ");
    text_write(test->report, actual);
    const struct feel_diagnostic *why = evaluation->eval.first;
    if (why != NULL) {
        buffer_append_cstr(test->report, " (");
        if (why->source != NULL) {
            buffer_append(test->report, why->source->where);
            buffer_printf(test->report, ", column %u: ", why->position + 1);
        }
        buffer_append(test->report, why->message);
        buffer_append_byte(test->report, ')');
    }
}

static void set_inputs(struct test *test, struct dmn_evaluation *evaluation,
                       const struct xml_element *test_case, struct feel_context *arguments)
{
    for (const struct xml_element *at = xml_child(test_case, "inputNode"); at != NULL;
         at = xml_next(at)) {
        const struct slice name = xml_attribute(at, "name");
        const struct dmn_element *input = dmn_model_find(test->model, DMN_INPUT, name);
        const struct feel_value value =
            by_type(&evaluation->eval, input == NULL ? NULL : input->type,
                    read_value(&evaluation->eval, at, 0));
        /* Arguments of an invocable are no elements of the model. */
        const bool known = dmn_evaluation_set(evaluation, name, value);
        (void)known;
        if (!feel_context_put(&test->arena, arguments, name, value)) {
            (void)feel_out_of_memory(&evaluation->eval);
        }
    }
}

/* Evaluates one result node; false when the model has no such element. */
static bool evaluate_node(struct test *test, struct dmn_evaluation *evaluation,
                          const struct xml_element *test_case, struct slice node,
                          const struct feel_context *arguments, struct feel_value *ret_value)
{
    const struct slice type = xml_attribute(test_case, "type");
    const struct slice invocable = xml_attribute(test_case, "invocableName");
    const struct dmn_element *output = dmn_model_find(test->model, DMN_DECISION, node);
    if (slice_equal(type, SLICE("bkm"))) {
        const struct dmn_element *bkm =
            dmn_model_find(test->model, DMN_BKM, invocable.size > 0 ? invocable : node);
        if (bkm != NULL) {
            *ret_value = dmn_evaluation_invoke(evaluation, bkm, arguments);
        }
        return bkm != NULL;
    }
    const struct dmn_element *service =
        invocable.size > 0 ? dmn_model_find(test->model, DMN_SERVICE, invocable) : NULL;
    if (service == NULL && output == NULL) {
        service = dmn_model_find(test->model, DMN_SERVICE, node);
    }
    if (service != NULL) {
        *ret_value = output != NULL ? dmn_evaluation_service(evaluation, service, output)
                                    : dmn_evaluation_invoke(evaluation, service, arguments);
        return true;
    }
    if (output == NULL || invocable.size > 0) {
        return false;
    }
    *ret_value = dmn_evaluation_get(evaluation, output);
    return true;
}

static bool run_node(struct test *test, const struct xml_element *test_case,
                     const struct xml_element *result)
{
    struct dmn_evaluation evaluation;
    const struct slice id = xml_attribute(test_case, "id");
    const struct slice node = xml_attribute(result, "name");
    struct feel_value actual = FEEL_NOTHING;
    arena_reset(&test->arena);
    const struct feel_limits limits = {0};
    if (!dmn_evaluation_init(&evaluation, test->model, &test->arena, limits, test->now)) {
        report_line(test, "ERROR", id, node);
        buffer_append_cstr(test->report, " memory is exhausted\n");
        return false;
    }
    struct feel_context *arguments = feel_context_new(&test->arena, 4);
    const bool is_error = slice_equal(xml_attribute(result, "errorResult"), SLICE("true"));
    const struct xml_element *value = is_error ? NULL : xml_child(result, "expected");
    const struct feel_value expected =
        value == NULL ? FEEL_NOTHING : read_value(&evaluation.eval, value, 0);
    if (arguments == NULL) {
        return false;
    }
    set_inputs(test, &evaluation, test_case, arguments);
    const bool found = evaluate_node(test, &evaluation, test_case, node, arguments, &actual);
    const bool passed = found && meets(expected, actual, 0);
    const bool stopped = evaluation.eval.status != FEEL_STATUS_OK;
    report_line(test, !found || stopped ? "ERROR" : passed ? "PASS" : "FAIL", id, node);
    if (!found) {
        buffer_append_cstr(test->report, " the model has no such element");
    } else if (stopped) {
        buffer_append_byte(test->report, ' ');
        buffer_append(test->report, feel_status_text(evaluation.eval.status));
    } else if (!passed) {
        report_difference(test, &evaluation, expected, actual);
    }
    buffer_append_byte(test->report, '\n');
    return passed && !stopped;
}

bool dmn_tck_run(const struct dmn_model *model, struct slice file, struct slice text,
                 const struct feel_moment *now, struct buffer *report,
                 struct dmn_tck_counts *counts, struct xml_error *reterr_error)
{
    struct arena arena;
    arena_init(&arena, CASE_MEMORY_MAX);
    const struct xml_element *root = xml_parse(&arena, reterr_error, text);
    if (root != NULL && !xml_is(root, "testCases")) {
        *reterr_error =
            (struct xml_error){.line = root->line, .message = "the root is no testCases element"};
        root = NULL;
    }
    if (root == NULL) {
        arena_release(&arena);
        return false;
    }
    struct test test = {.model = model, .file = file, .now = now, .report = report};
    arena_init(&test.arena, CASE_MEMORY_MAX);
    for (const struct xml_element *at = xml_child(root, "testCase"); at != NULL;
         at = xml_next(at)) {
        bool passed = true;
        for (const struct xml_element *result = xml_child(at, "resultNode"); result != NULL;
             result = xml_next(result)) {
            passed = run_node(&test, at, result) && passed;
        }
        *(passed ? &counts->passed : &counts->failed) += 1;
    }
    arena_release(&test.arena);
    arena_release(&arena);
    return true;
}

bool dmn_tck_model_name(struct arena *arena, struct slice text, struct slice *ret_name)
{
    struct xml_error error;
    const struct xml_element *root = xml_parse(arena, &error, text);
    const struct xml_element *name = root == NULL ? NULL : xml_child(root, "modelName");
    if (name == NULL || !xml_is(root, "testCases")) {
        return false;
    }
    *ret_name = slice_trim(name->text);
    return true;
}
