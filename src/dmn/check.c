/* The check of a model. Tables are judged by regions: the constants of the cells of each column cut
 * its values into points and gaps, and one example of each stands for all of it. A table is judged
 * whole when all combinations are at most REGIONS_MAX; columns with other tests are asked too, but
 * only examples that an evaluation confirms are reported. */
#include "dmn/answer.h"
#include "dmn/table.h"
#include "feel/operator.h"

enum { REGIONS_MAX = 200000, EXAMPLES_MAX = 512, CHECK_MEMORY_MAX = 64 << 20 };

struct column_examples {
    struct feel_value values[EXAMPLES_MAX];
    uint32_t count;
    bool partial; /* not all regions have an example */
};

static int compare_values(const void *a, const void *b)
{
    const struct feel_value *x = a;
    const struct feel_value *y = b;
    return (int)feel_compare(*x, *y);
}

static void add_example(struct column_examples *examples, struct feel_value value)
{
    if (examples->count == EXAMPLES_MAX) {
        examples->partial = true;
        return;
    }
    for (uint32_t i = 0; i < examples->count; i++) {
        if (examples->values[i].kind != value.kind) {
            examples->partial = true;
            return;
        }
        if (feel_equal(examples->values[i], value) == 1) {
            return;
        }
    }
    examples->values[examples->count++] = value;
}

static void add_tests(struct column_examples *examples, const struct feel_node *tests)
{
    if (tests == NULL || (tests->operation == FEEL_OP_CONSTANT && feel_is_true(tests->constant))) {
        return;
    }
    if (tests->operation != FEEL_OP_IN) {
        examples->partial = true;
        return;
    }
    for (uint32_t i = 0; i < tests->count; i++) {
        const struct feel_node *test = tests->list[i];
        if (test->operation != FEEL_OP_CONSTANT) {
            examples->partial = true;
        } else if (test->constant.kind == FEEL_RANGE) {
            const struct feel_range *range = test->constant.range;
            if (range->start.kind != FEEL_NULL) {
                add_example(examples, range->start);
            }
            if (range->end.kind != FEEL_NULL) {
                add_example(examples, range->end);
            }
        } else {
            add_example(examples, test->constant);
        }
    }
}

/* A value between two neighbours, or beyond one end (the other is null); false when none is known.
 */
static bool between(struct feel_value low, struct feel_value high, struct feel_value *ret_value)
{
    struct decimal number = DECIMAL_ZERO;
    const struct feel_value base = low.kind != FEEL_NULL ? low : high;
    const int64_t step = low.kind != FEEL_NULL ? 1 : -1;
    if (base.kind == FEEL_NUMBER) {
        const struct decimal other =
            low.kind != FEEL_NULL && high.kind != FEEL_NULL ? high.number : DECIMAL_ZERO;
        const bool inner = low.kind != FEEL_NULL && high.kind != FEEL_NULL;
        const bool valid = inner ? decimal_add(base.number, other, &number) &&
                                       decimal_divide(number, decimal_from_i64(2), &number)
                                 : decimal_add(base.number, decimal_from_i64(step), &number);
        *ret_value = feel_number(number);
        return valid;
    }
    if (base.kind == FEEL_DATE) {
        *ret_value = (struct feel_value){.kind = FEEL_DATE, .days = base.days + step};
        return high.kind == FEEL_NULL || feel_compare(*ret_value, high) == FEEL_LESS;
    }
    return false;
}

static void add_gaps(struct column_examples *examples)
{
    const uint32_t count = examples->count;
    struct feel_value value = FEEL_NOTHING;
    if (count == 0 ||
        (examples->values[0].kind != FEEL_NUMBER && examples->values[0].kind != FEEL_DATE)) {
        return;
    }
    qsort(examples->values, count, sizeof examples->values[0], compare_values);
    for (uint32_t i = 0; i <= count; i++) {
        const struct feel_value low = i == 0 ? FEEL_NOTHING : examples->values[i - 1];
        const struct feel_value high = i == count ? FEEL_NOTHING : examples->values[i];
        if (between(low, high, &value)) {
            add_example(examples, value);
        }
    }
}

static void collect(const struct dmn_table *table, uint32_t at, struct column_examples *examples)
{
    const struct dmn_column *column = &table->inputs[at];
    const struct feel_type *type = column->type;
    *examples = (struct column_examples){0};
    for (uint32_t i = 0; i < table->rule_count; i++) {
        add_tests(examples, table->rules[i].inputs[at]);
    }
    if (type != NULL && type->kind == FEEL_BOOLEAN) {
        add_example(examples, feel_boolean(true));
        add_example(examples, feel_boolean(false));
        return;
    }
    const struct feel_tests *allowed = type == NULL ? NULL : type->allowed;
    add_tests(examples, allowed == NULL ? NULL : allowed->program.root);
    add_tests(examples, column->allowed);
    add_gaps(examples);
    /* Text that no cell names is a region too, unless the values are listed. */
    if (examples->count > 0 && examples->values[0].kind == FEEL_STRING && allowed == NULL &&
        column->allowed == NULL) {
        add_example(examples, feel_string(SLICE("(any other text)")));
    }
    if (examples->count == 0) {
        examples->values[examples->count++] = FEEL_NOTHING;
    }
}

struct check {
    struct buffer *out;
    const struct dmn_table *table;
    struct column_examples *columns;
    struct feel_eval *eval;
    struct feel_value *frame;
    uint32_t *picks; /* the example of each column at hand */
    uint64_t *hit;   /* rules that matched some example, and were not hidden */
    uint32_t gaps;
    uint32_t overlaps;
    uint32_t findings;
};

static void write_example(struct check *check)
{
    for (uint32_t i = 0; i < check->table->input_count; i++) {
        struct buffer text;
        buffer_init(&text);
        const struct feel_value value = check->columns[i].values[check->picks[i]];
        if (value.kind == FEEL_STRING) {
            json_quote(&text, feel_text(value));
        } else if (value.kind == FEEL_NULL) {
            buffer_append_cstr(&text, "any value");
        } else {
            text_write(&text, value);
        }
        buffer_append_cstr(check->out, i == 0 ? "" : ", ");
        buffer_append(check->out, check->table->inputs[i].name);
        buffer_append_cstr(check->out, " = ");
        buffer_append(check->out, buffer_slice(&text));
        buffer_release(&text);
    }
    buffer_append_byte(check->out, '\n');
}

static void begin_finding(struct check *check, uint32_t line)
{
    check->findings++;
    buffer_append(check->out, check->table->name);
    buffer_printf(check->out, ", line %u: ", line);
}

static bool rule_matches(struct check *check, const struct dmn_rule *rule)
{
    for (uint32_t i = 0; i < check->table->input_count; i++) {
        if (rule->inputs[i] != NULL &&
            !feel_is_true(feel_eval_node(check->eval, rule->inputs[i], check->frame))) {
            return false;
        }
    }
    return true;
}

static bool allowed_example(struct check *check)
{
    for (uint32_t i = 0; i < check->table->input_count; i++) {
        const struct dmn_column *column = &check->table->inputs[i];
        const struct feel_value value = check->columns[i].values[check->picks[i]];
        check->frame[column->slot] = value;
        if (column->allowed != NULL &&
            !feel_is_true(feel_eval_node(check->eval, column->allowed, check->frame))) {
            return false;
        }
        if (column->type != NULL && value.kind != FEEL_NULL &&
            !feel_type_accepts(check->eval, column->type, value)) {
            return false;
        }
    }
    return true;
}

static void judge_example(struct check *check)
{
    enum { REPORTED_MAX = 5 };
    const struct dmn_table *table = check->table;
    uint32_t first = UINT32_MAX;
    uint32_t second = UINT32_MAX;
    if (!allowed_example(check)) {
        return;
    }
    for (uint32_t i = 0; i < table->rule_count; i++) {
        if (!rule_matches(check, &table->rules[i])) {
            continue;
        }
        if (first == UINT32_MAX || table->policy != DMN_FIRST) {
            check->hit[i / 64] |= 1ULL << i % 64;
        }
        second = first != UINT32_MAX && second == UINT32_MAX ? i : second;
        first = first == UINT32_MAX ? i : first;
    }
    if (first == UINT32_MAX && table->outputs[0].fallback == NULL && check->gaps++ < REPORTED_MAX) {
        begin_finding(check, table->xml->line);
        buffer_append_cstr(check->out, "gap: no rule for ");
        write_example(check);
    }
    if (second != UINT32_MAX && table->policy == DMN_UNIQUE && check->overlaps++ < REPORTED_MAX) {
        begin_finding(check, table->rules[second].line);
        buffer_printf(check->out, "overlap: rules %u and %u for ", first + 1, second + 1);
        write_example(check);
    }
}

/* All combinations of examples, like the digits of a counter. */
static void judge_all(struct check *check)
{
    const uint32_t columns = check->table->input_count;
    for (;;) {
        judge_example(check);
        uint32_t at = 0;
        while (at < columns && ++check->picks[at] == check->columns[at].count) {
            check->picks[at++] = 0;
        }
        if (at == columns) {
            return;
        }
    }
}

static void report_unreachable(struct check *check)
{
    for (uint32_t i = 0; i < check->table->rule_count; i++) {
        if ((check->hit[i / 64] >> i % 64 & 1) == 0) {
            begin_finding(check, check->table->rules[i].line);
            buffer_printf(check->out, "rule %u cannot be reached\n", i + 1);
        }
    }
}

static void check_table(struct check *check, struct arena *arena)
{
    const struct dmn_table *table = check->table;
    uint64_t regions = 1;
    bool partial = false;
    uint16_t slots = 1;
    check->columns = arena_take_array(arena, table->input_count + 1, sizeof *check->columns);
    check->picks = arena_take_array(arena, table->input_count + 1, sizeof *check->picks);
    check->hit = arena_take_array(arena, table->rule_count / 64 + 1, sizeof *check->hit);
    if (check->columns == NULL || check->picks == NULL || check->hit == NULL) {
        return;
    }
    for (uint32_t i = 0; i < table->input_count; i++) {
        collect(table, i, &check->columns[i]);
        partial = partial || check->columns[i].partial;
        regions *= check->columns[i].count;
        slots = table->inputs[i].slot >= slots ? (uint16_t)(table->inputs[i].slot + 1) : slots;
        if (regions > REGIONS_MAX || partial) {
            begin_finding(check, table->xml->line);
            buffer_append_cstr(check->out, partial ? "note: a column has tests that are no "
                                                     "constants; gaps and overlaps are not judged\n"
                                                   : "note: the table has too many regions; gaps "
                                                     "and overlaps are not judged\n");
            check->findings--;
            return;
        }
    }
    check->frame = arena_take_array(arena, slots, sizeof *check->frame);
    if (check->frame != NULL && table->rule_count > 0) {
        judge_all(check);
        report_unreachable(check);
    }
}

static uint32_t check_tables(const struct dmn_model *model, struct buffer *out)
{
    uint32_t findings = 0;
    for (const struct dmn_table *table = model->tables; table != NULL; table = table->next) {
        struct arena arena;
        struct feel_eval eval;
        const struct feel_moment now = {0};
        arena_init(&arena, CHECK_MEMORY_MAX);
        feel_eval_init(&eval, &arena, (struct feel_limits){.steps_max = 200000000}, &now);
        eval.quiet = true;
        struct check check = {.out = out, .table = table, .eval = &eval};
        check_table(&check, &arena);
        findings += check.findings;
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
    return check_problems(model, out) + check_tables(model, out) + check_unused(model, out);
}
