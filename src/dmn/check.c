/* The check of a model: problems of expressions and references, tables, inputs without use. */
#include "dmn/answer.h"
#include "dmn/judge.h"
#include "feel/type_check.h"

enum { CHECK_MEMORY_MAX = 256 << 20, CHECK_STEPS_MAX = 50000000 };

static uint32_t check_tables(const struct dmn_model *model, struct buffer *out)
{
    uint32_t findings = 0;
    for (const struct dmn_table *table = model->tables; table != NULL; table = table->next) {
        struct arena arena;
        struct feel_eval eval;
        const struct feel_moment now = {0};
        arena_init(&arena, CHECK_MEMORY_MAX);
        feel_eval_init(&eval, &arena, (struct feel_limits){.steps_max = CHECK_STEPS_MAX}, &now);
        eval.quiet = true;
        findings += dmn_judge(table, &eval, out);
        arena_release(&arena);
    }
    return findings;
}

static uint32_t check_problems(const struct dmn_model *model, struct buffer *out)
{
    for (const struct feel_problem *at = model->compiler.first; at != NULL; at = at->next) {
        dmn_problem_write(out, at);
        buffer_append_byte(out, '\n');
    }
    return model->compiler.problem_count;
}

/* ---- types ---- */

struct typing {
    struct buffer *out;
    struct feel_type_check check;
    struct feel_eval eval;
    uint32_t findings;
};

static void report_type(void *data, const struct feel_source *source, uint32_t position,
                        struct slice message)
{
    struct typing *typing = data;
    const struct feel_problem problem = {
        .source = source, .position = position, .message = message};
    dmn_problem_write(typing->out, &problem);
    buffer_append_byte(typing->out, '\n');
    typing->findings++;
}

static void report_output(struct typing *typing, const struct dmn_table *table,
                          const struct dmn_rule *rule, uint32_t output, const char *what)
{
    buffer_append(typing->out, table->name);
    buffer_printf(typing->out, ", rule %u, output %u, line %u: %s\n",
                  (unsigned)(rule - table->rules) + 1, output + 1, rule->line, what);
    typing->findings++;
}

/* An output against the type and the values of its column. */
static void check_output(struct typing *typing, const struct dmn_table *table,
                         const struct dmn_rule *rule, uint32_t at, struct feel_value *frame)
{
    const struct dmn_column *column = &table->outputs[at];
    const struct feel_node *node = rule->outputs[at];
    struct feel_value value = FEEL_NOTHING;
    if (!feel_type_can_convert(node->type, column->type)) {
        report_output(typing, table, rule, at, "the output is never of the type of its column");
        return;
    }
    if (node->operation != FEEL_OP_CONSTANT || node->constant.kind == FEEL_NULL) {
        return;
    }
    value = node->constant;
    if (!feel_type_is_any(column->type) &&
        !feel_type_convert(&typing->eval, column->type, value, &value)) {
        report_output(typing, table, rule, at, "the output is not allowed by its type");
        return;
    }
    frame[column->slot] = value;
    if (column->allowed != NULL && column->allowed->operation == FEEL_OP_IN &&
        !feel_is_true(feel_eval_node(&typing->eval, column->allowed, frame))) {
        report_output(typing, table, rule, at, "the output is none of the output values");
    }
}

static void check_table_types(struct typing *typing, const struct dmn_table *table)
{
    uint16_t slots = 1;
    for (uint32_t i = 0; i < table->output_count; i++) {
        slots = table->outputs[i].slot >= slots ? (uint16_t)(table->outputs[i].slot + 1) : slots;
    }
    struct feel_value *frame = arena_take_array(typing->check.arena, slots, sizeof *frame);
    for (uint32_t i = 0; i < table->input_count; i++) {
        feel_type_check(&typing->check, table->inputs[i].expression);
    }
    for (uint32_t i = 0; i < table->rule_count && frame != NULL; i++) {
        const struct dmn_rule *rule = &table->rules[i];
        for (uint32_t k = 0; k < table->input_count; k++) {
            typing->check.source = rule->sources[k];
            feel_type_check(&typing->check, rule->inputs[k]);
        }
        typing->check.source = NULL;
        for (uint32_t k = 0; k < table->output_count; k++) {
            feel_type_check(&typing->check, rule->outputs[k]);
            check_output(typing, table, rule, k, frame);
        }
    }
}

static uint32_t check_types(const struct dmn_model *model, struct buffer *out)
{
    struct arena arena;
    const struct feel_moment now = {0};
    struct typing typing = {.out = out};
    arena_init(&arena, CHECK_MEMORY_MAX);
    feel_eval_init(&typing.eval, &arena, (struct feel_limits){.steps_max = CHECK_STEPS_MAX}, &now);
    typing.eval.quiet = true;
    typing.check =
        (struct feel_type_check){.report = report_type, .data = &typing, .arena = &arena};
    for (uint32_t i = 0; i < model->element_count; i++) {
        const struct dmn_element *element = &model->elements[i];
        if (element->document->original == NULL) {
            typing.check.source = element->program.source;
            feel_type_check(&typing.check, element->program.root);
            typing.check.source = element->lambda.source;
            feel_type_check(&typing.check, element->lambda.body);
        }
    }
    typing.check.source = NULL;
    for (const struct dmn_table *table = model->tables; table != NULL; table = table->next) {
        check_table_types(&typing, table);
    }
    arena_release(&arena);
    return typing.findings;
}

/* ---- inputs without use ---- */

/* True when some element requires, or some service takes, the element. */
static bool is_used(const struct dmn_model *model, const struct dmn_element *wanted,
                    const struct dmn_element *by, const struct xml_element *xml, unsigned depth)
{
    for (const struct xml_element *at = xml->first; at != NULL && depth < 4; at = at->next) {
        const struct slice href = xml_attribute(at, "href");
        if (href.size > 0 && dmn_element_by_href(model, by->document, href) == wanted) {
            return true;
        }
        if (is_used(model, wanted, by, at, depth + 1)) {
            return true;
        }
    }
    return false;
}

static uint32_t check_unused(const struct dmn_model *model, struct buffer *out)
{
    uint32_t findings = 0;
    for (uint32_t i = 0; i < model->element_count; i++) {
        const struct dmn_element *element = &model->elements[i];
        bool used = element->kind != DMN_INPUT || element->document != model->first;
        for (uint32_t k = 0; k < model->element_count && !used; k++) {
            used = is_used(model, element, &model->elements[k], model->elements[k].xml, 0);
        }
        if (!used) {
            buffer_append(out, element->name);
            buffer_printf(out, ", line %u: the input is not used\n", element->xml->line);
            findings++;
        }
    }
    return findings;
}

uint32_t dmn_check(const struct dmn_model *model, struct buffer *out)
{
    return check_problems(model, out) + check_types(model, out) + check_tables(model, out) +
           check_unused(model, out);
}
