#include "dmn/table.h"

#include "feel/builtin.h"
#include "feel/name.h"

static uint32_t count_of(const struct xml_element *xml, const char *name)
{
    uint32_t count = 0;
    for (const struct xml_element *at = xml_child(xml, name); at != NULL; at = xml_next(at)) {
        count++;
    }
    return count;
}

static void *take(struct dmn_model *model, size_t count, size_t size)
{
    void *memory = arena_take_array(&model->arena, count == 0 ? 1 : count, size);
    if (memory == NULL) {
        model->compiler.failed = true;
    }
    return memory;
}

static void read_policy(struct dmn_model *model, struct dmn_table *table)
{
    static const char *const policies[] = {"UNIQUE",  "ANY",        "PRIORITY",    "FIRST",
                                           "COLLECT", "RULE ORDER", "OUTPUT ORDER"};
    static const char *const aggregations[] = {"LIST", "SUM", "COUNT", "MIN", "MAX"};
    const struct slice policy = xml_attribute(table->xml, "hitPolicy");
    const struct slice aggregation = xml_attribute(table->xml, "aggregation");
    bool known = policy.size == 0;
    for (size_t i = 0; i < sizeof policies / sizeof policies[0]; i++) {
        if (slice_equal(policy, slice_from_cstr(policies[i]))) {
            table->policy = (enum dmn_hit_policy)i;
            known = true;
        }
    }
    for (size_t i = 0; i < sizeof aggregations / sizeof aggregations[0]; i++) {
        if (slice_equal(aggregation, slice_from_cstr(aggregations[i]))) {
            table->aggregation = (enum dmn_aggregation)i;
        }
    }
    if (!known) {
        dmn_source(model, table->xml, "hit policy", policy);
        feel_compiler_report(&model->compiler, 0, "the hit policy is not known");
    }
}

/* Compiles allowed values over the slot of a column; NULL when there are none. */
static const struct feel_node *compile_allowed(struct dmn_model *model,
                                               const struct feel_scope *scope,
                                               const struct dmn_column *column,
                                               const struct xml_element *xml)
{
    if (xml == NULL || slice_trim(dmn_text_of(xml)).size == 0) {
        return NULL;
    }
    dmn_source(model, xml, "allowed values", dmn_text_of(xml));
    return feel_compile_tests(&model->compiler, scope, column->slot, column->type,
                              dmn_text_of(xml));
}

static void compile_input(struct dmn_model *model, const struct feel_scope *scope,
                          struct dmn_column *column, const struct xml_element *xml, uint32_t number)
{
    char what[64];
    const struct xml_element *expression = xml_child(xml, "inputExpression");
    column->slot = feel_unit_slot(&model->compiler, scope->unit);
    if (expression == NULL) {
        column->expression = feel_node_error(&model->compiler, 0, "the column has no input");
        return;
    }
    column->name = slice_trim(dmn_text_of(expression));
    column->type = dmn_type_ref(model, expression);
    (void)snprintf(what, sizeof what, "input %u", number);
    dmn_source(model, expression, what, dmn_text_of(expression));
    const struct feel_node *node = feel_node_convert(
        &model->compiler, feel_compile_expression(&model->compiler, scope, dmn_text_of(expression)),
        column->type, column->name);
    column->expression = feel_node_source(&model->compiler, node);
    column->type = column->type == NULL ? column->expression->type : column->type;
    column->allowed = compile_allowed(model, scope, column, xml_child(xml, "inputValues"));
}

static void compile_output(struct dmn_model *model, const struct feel_scope *scope,
                           struct dmn_column *column, const struct xml_element *xml)
{
    const struct xml_element *fallback = xml_child(xml, "defaultOutputEntry");
    column->slot = feel_unit_slot(&model->compiler, scope->unit);
    column->name = name_normalize(&model->arena, xml_attribute(xml, "name"));
    column->type = dmn_type_ref(model, xml);
    feel_compiler_learn(&model->compiler, column->name);
    column->allowed = compile_allowed(model, scope, column, xml_child(xml, "outputValues"));
    if (fallback != NULL && slice_trim(dmn_text_of(fallback)).size > 0) {
        dmn_source(model, fallback, "default output", dmn_text_of(fallback));
        column->fallback =
            feel_node_source(&model->compiler, feel_compile_expression(&model->compiler, scope,
                                                                       dmn_text_of(fallback)));
    }
}

static void compile_rule(struct dmn_model *model, const struct feel_scope *scope,
                         struct dmn_table *table, struct dmn_rule *rule,
                         const struct xml_element *xml)
{
    char what[64];
    uint32_t at = 0;
    const unsigned number = (unsigned)(rule - table->rules) + 1;
    rule->line = xml->line;
    rule->inputs = take(model, table->input_count, sizeof(struct feel_node *));
    rule->outputs = take(model, table->output_count, sizeof(struct feel_node *));
    rule->sources = take(model, table->input_count, sizeof(struct feel_source *));
    if (rule->inputs == NULL || rule->outputs == NULL || rule->sources == NULL) {
        return;
    }
    for (const struct xml_element *cell = xml_child(xml, "inputEntry");
         cell != NULL && at < table->input_count; cell = xml_next(cell), at++) {
        const struct slice text = slice_trim(dmn_text_of(cell));
        if (text.size > 0 && !slice_equal(text, SLICE("-"))) {
            (void)snprintf(what, sizeof what, "rule %u, input %u", number, at + 1);
            dmn_source(model, cell, what, text);
            rule->inputs[at] = feel_compile_tests(&model->compiler, scope, table->inputs[at].slot,
                                                  table->inputs[at].type, text);
            rule->sources[at] = model->compiler.source;
        }
    }
    at = 0;
    for (const struct xml_element *cell = xml_child(xml, "outputEntry");
         cell != NULL && at < table->output_count; cell = xml_next(cell), at++) {
        (void)snprintf(what, sizeof what, "rule %u, output %u", number, at + 1);
        dmn_source(model, cell, what, dmn_text_of(cell));
        rule->outputs[at] = slice_trim(dmn_text_of(cell)).size == 0
                                ? feel_node_constant(&model->compiler, 0, FEEL_NOTHING)
                                : feel_node_source(&model->compiler,
                                                   feel_compile_expression(&model->compiler, scope,
                                                                           dmn_text_of(cell)));
    }
    for (; at < table->output_count; at++) {
        rule->outputs[at] = feel_node_constant(&model->compiler, 0, FEEL_NOTHING);
    }
}

static const struct feel_type *result_type(struct dmn_model *model, const struct dmn_table *table)
{
    const bool many = table->policy == DMN_RULE_ORDER || table->policy == DMN_OUTPUT_ORDER ||
                      table->policy == DMN_COLLECT;
    if (many && table->aggregation != DMN_LIST) {
        return NULL;
    }
    const struct feel_type *type = table->output_count == 1 ? table->outputs[0].type : NULL;
    if (table->output_count > 1) {
        struct feel_member *members = take(model, table->output_count, sizeof *members);
        struct feel_type *context = take(model, 1, sizeof *context);
        if (members == NULL || context == NULL) {
            return NULL;
        }
        for (uint32_t i = 0; i < table->output_count; i++) {
            members[i] = (struct feel_member){table->outputs[i].name, table->outputs[i].type};
        }
        *context = (struct feel_type){
            .kind = FEEL_CONTEXT, .members = members, .count = table->output_count};
        type = context;
    }
    return many ? feel_type_list(&model->arena, type) : type;
}

static void compile_parts(struct dmn_model *model, const struct feel_scope *scope,
                          struct dmn_table *table)
{
    uint32_t at = 0;
    for (const struct xml_element *x = xml_child(table->xml, "input"); x != NULL; x = xml_next(x)) {
        compile_input(model, scope, &table->inputs[at], x, at + 1);
        at++;
    }
    at = 0;
    for (const struct xml_element *x = xml_child(table->xml, "output"); x != NULL;
         x = xml_next(x)) {
        compile_output(model, scope, &table->outputs[at++], x);
    }
    at = 0;
    for (const struct xml_element *x = xml_child(table->xml, "rule"); x != NULL; x = xml_next(x)) {
        compile_rule(model, scope, table, &table->rules[at++], x);
    }
    for (at = 0; at < table->input_count && !model->compiler.failed; at++) {
        table->inputs[at].index = dmn_index_build(model, table, at);
    }
}

const struct feel_node *dmn_table_compile(struct dmn_model *model, const struct feel_scope *scope,
                                          const struct xml_element *xml)
{
    struct feel_node *node = feel_node_new(&model->compiler, FEEL_OP_HOST, 0);
    struct dmn_table *table = take(model, 1, sizeof *table);
    if (table == NULL) {
        return node;
    }
    *table = (struct dmn_table){
        .name = model->place,
        .xml = xml,
        .input_count = count_of(xml, "input"),
        .output_count = count_of(xml, "output"),
        .rule_count = count_of(xml, "rule"),
    };
    table->inputs = take(model, table->input_count, sizeof *table->inputs);
    table->outputs = take(model, table->output_count, sizeof *table->outputs);
    table->rules = take(model, table->rule_count, sizeof *table->rules);
    if (model->compiler.failed) {
        return node;
    }
    if (table->output_count == 0) {
        return feel_node_error(&model->compiler, 0, "the decision table has no output");
    }
    read_policy(model, table);
    compile_parts(model, scope, table);
    if (model->current->original == NULL) {
        table->next = model->tables;
        model->tables = table;
    }
    node->host = (struct feel_host){.run = dmn_table_run, .data = table};
    node->type = result_type(model, table);
    dmn_source(model, xml, "decision table", SLICE(""));
    return feel_node_source(&model->compiler, node);
}

/* What one evaluation of a table works on. */
struct run {
    struct feel_eval *eval;
    const struct dmn_table *table;
    struct feel_value *frame;
    uint64_t *matches; /* one bit a rule */
    uint32_t words;
};

static bool cell_holds(struct run *run, const struct dmn_rule *rule, uint32_t at)
{
    const struct dmn_column *column = &run->table->inputs[at];
    if (rule->inputs[at] == NULL) {
        return column->allowed == NULL ||
               feel_is_true(feel_eval_node(run->eval, column->allowed, run->frame));
    }
    const struct feel_source *outer = run->eval->source;
    run->eval->source = rule->sources[at];
    const bool holds = feel_is_true(feel_eval_node(run->eval, rule->inputs[at], run->frame));
    run->eval->source = outer;
    return holds;
}

/* Narrows the matches to the rules whose cell in a column holds, asking each that is left. */
static void match_cells(struct run *run, uint32_t column)
{
    const struct dmn_table *table = run->table;
    for (uint32_t word = 0; word < run->words; word++) {
        uint64_t left = run->matches[word];
        while (left != 0) {
            const uint32_t bit = (uint32_t)__builtin_ctzll(left);
            left &= left - 1;
            if (!cell_holds(run, &table->rules[word * 64 + bit], column)) {
                run->matches[word] &= ~(1ULL << bit);
            }
        }
    }
}

static void match_column(struct run *run, uint32_t at)
{
    const struct dmn_column *column = &run->table->inputs[at];
    const struct feel_value value = run->frame[column->slot];
    const uint64_t *set = column->index == NULL ? NULL : dmn_index_find(column->index, value);
    if (set == NULL) {
        match_cells(run, at);
        return;
    }
    for (uint32_t word = 0; word < run->words; word++) {
        run->matches[word] &= set[word];
    }
}

static uint32_t match_rules(struct run *run)
{
    const struct dmn_table *table = run->table;
    memset(run->matches, 0xff, run->words * sizeof *run->matches);
    if (table->rule_count % 64 != 0) {
        run->matches[run->words - 1] = (1ULL << table->rule_count % 64) - 1;
    }
    for (uint32_t i = 0; i < table->input_count; i++) {
        run->frame[table->inputs[i].slot] =
            feel_eval_node(run->eval, table->inputs[i].expression, run->frame);
    }
    for (uint32_t i = 0; i < table->input_count; i++) {
        match_column(run, i);
    }
    uint32_t count = 0;
    for (uint32_t word = 0; word < run->words; word++) {
        count += (uint32_t)__builtin_popcountll(run->matches[word]);
    }
    return count;
}

/* The outputs of a rule, or the defaults: a value, or a context of several. */
static struct feel_value output_value(struct run *run, const struct dmn_rule *rule)
{
    const struct dmn_table *table = run->table;
    struct feel_context *context = NULL;
    struct feel_value value = FEEL_NOTHING;
    if (table->output_count > 1) {
        context = feel_context_new(run->eval->arena, table->output_count);
        if (context == NULL) {
            return feel_out_of_memory(run->eval);
        }
    }
    for (uint32_t i = 0; i < table->output_count; i++) {
        const struct dmn_column *column = &table->outputs[i];
        const struct feel_node *node = rule == NULL ? column->fallback : rule->outputs[i];
        value = node == NULL ? FEEL_NOTHING : feel_eval_node(run->eval, node, run->frame);
        if (!feel_type_is_any(column->type) &&
            !feel_type_convert(run->eval, column->type, value, &value)) {
            value = feel_fail(run->eval, 0, "output %u of the table is not of its type", i + 1);
        }
        if (column->allowed != NULL && value.kind != FEEL_NULL) {
            run->frame[column->slot] = value;
            if (!feel_is_true(feel_eval_node(run->eval, column->allowed, run->frame))) {
                value =
                    feel_fail(run->eval, 0, "output %u of the table is none of its values", i + 1);
            }
        }
        if (context != NULL) {
            context->entries[context->count++] = (struct feel_entry){column->name, value};
        }
    }
    return context == NULL ? value : feel_context_value(context);
}

static bool is_multiple(const struct dmn_table *table)
{
    return table->policy == DMN_COLLECT || table->policy == DMN_RULE_ORDER ||
           table->policy == DMN_OUTPUT_ORDER;
}

static struct feel_value no_match(struct run *run)
{
    bool has_default = false;
    for (uint32_t i = 0; i < run->table->output_count; i++) {
        has_default = has_default || run->table->outputs[i].fallback != NULL;
    }
    if (has_default) {
        return output_value(run, NULL);
    }
    /* What is collected of nothing: no outputs, none of them, and no sum, least or greatest. */
    const bool counts = run->table->policy == DMN_COLLECT && run->table->aggregation == DMN_COUNT;
    const bool lists = is_multiple(run->table) &&
                       (run->table->policy != DMN_COLLECT || run->table->aggregation == DMN_LIST);
    static const struct feel_value nothing = {0};
    return counts ? feel_integer(0) : lists ? feel_list(&nothing, 0) : FEEL_NOTHING;
}

/* The place of an output in the order of its column's allowed values; last when it is not there. */
static uint32_t output_rank(struct run *run, const struct dmn_column *column,
                            struct feel_value value)
{
    const struct feel_node *allowed = column->allowed;
    if (allowed == NULL || allowed->operation != FEEL_OP_IN) {
        return 0;
    }
    run->frame[column->slot] = value;
    for (uint32_t i = 0; i < allowed->count; i++) {
        const struct feel_value wanted = feel_eval_node(run->eval, allowed->list[i], run->frame);
        if (feel_value_in(run->eval, value, wanted) == 1) {
            return i;
        }
    }
    return allowed->count;
}

/* Negative when output a comes before b by the order of allowed values, column by column. */
static int compare_outputs(struct run *run, struct feel_value a, struct feel_value b)
{
    for (uint32_t i = 0; i < run->table->output_count; i++) {
        const struct dmn_column *column = &run->table->outputs[i];
        const bool many = run->table->output_count > 1;
        const uint32_t x = output_rank(run, column, many ? a.context->entries[i].value : a);
        const uint32_t y = output_rank(run, column, many ? b.context->entries[i].value : b);
        if (x != y) {
            return x < y ? -1 : 1;
        }
    }
    return 0;
}

static struct feel_value aggregate(struct run *run, struct feel_value list)
{
    static const char *const names[] = {
        [DMN_SUM] = "sum", [DMN_COUNT] = "count", [DMN_MIN] = "min", [DMN_MAX] = "max"};
    if (run->table->policy != DMN_COLLECT || run->table->aggregation == DMN_LIST) {
        return list;
    }
    return builtin_call(run->eval, 0, builtin_find(slice_from_cstr(names[run->table->aggregation])),
                        false, &list, 1);
}

static struct feel_value all_outputs(struct run *run)
{
    struct feel_builder list = {0};
    for (uint32_t i = 0; i < run->table->rule_count; i++) {
        if ((run->matches[i / 64] >> i % 64 & 1) != 0 &&
            !feel_builder_add(run->eval, &list, output_value(run, &run->table->rules[i]))) {
            return FEEL_NOTHING;
        }
    }
    /* Insertion sort: stable, and matches are few. */
    for (uint32_t i = 1; run->table->policy == DMN_OUTPUT_ORDER && i < list.count; i++) {
        const struct feel_value value = list.items[i];
        uint32_t at = i;
        while (at > 0 && feel_spend(run->eval, 1) &&
               compare_outputs(run, value, list.items[at - 1]) < 0) {
            list.items[at] = list.items[at - 1];
            at--;
        }
        list.items[at] = value;
    }
    return aggregate(run, feel_builder_list(&list));
}

static struct feel_value single_output(struct run *run, uint32_t count)
{
    bool found = false;
    struct feel_value best = FEEL_NOTHING;
    if (run->table->policy == DMN_UNIQUE && count > 1) {
        return feel_fail(run->eval, 0, "%u rules of a table with the hit policy Unique match",
                         count);
    }
    for (uint32_t i = 0; i < run->table->rule_count; i++) {
        if ((run->matches[i / 64] >> i % 64 & 1) == 0) {
            continue;
        }
        const struct feel_value value = output_value(run, &run->table->rules[i]);
        if (found && run->table->policy == DMN_ANY && feel_equal(best, value) != 1) {
            return feel_fail(run->eval, 0, "rules of a table with the hit policy Any differ");
        }
        if (!found ||
            (run->table->policy == DMN_PRIORITY && compare_outputs(run, value, best) < 0)) {
            best = value;
        }
        found = true;
        if (run->table->policy == DMN_FIRST || run->table->policy == DMN_UNIQUE) {
            break;
        }
    }
    return best;
}

static void note_trace(struct run *run, uint32_t count)
{
    struct dmn_evaluation *evaluation = run->eval->host;
    struct dmn_trace_table *trace = arena_take(run->eval->arena, sizeof *trace);
    if (trace == NULL || evaluation->running == NULL) {
        return;
    }
    trace->table = run->table;
    trace->inputs =
        arena_take_array(run->eval->arena, run->table->input_count + 1, sizeof *trace->inputs);
    trace->rules = arena_take_array(run->eval->arena, count + 1, sizeof *trace->rules);
    if (trace->inputs == NULL || trace->rules == NULL) {
        (void)feel_out_of_memory(run->eval);
        return;
    }
    for (uint32_t i = 0; i < run->table->input_count; i++) {
        trace->inputs[i] = run->frame[run->table->inputs[i].slot];
    }
    for (uint32_t i = 0; i < run->table->rule_count; i++) {
        if ((run->matches[i / 64] >> i % 64 & 1) != 0) {
            trace->rules[trace->rule_count++] = i + 1;
        }
    }
    trace->next = evaluation->running->tables;
    evaluation->running->tables = trace;
}

struct feel_value dmn_table_run(struct feel_eval *eval, const struct feel_host *host,
                                struct feel_value *frame)
{
    enum { SMALL_WORDS = 32 };
    uint64_t small[SMALL_WORDS];
    struct run run = {.eval = eval, .table = host->data, .frame = frame};
    run.words = (run.table->rule_count + 63) / 64;
    run.matches = small;
    if (run.words > SMALL_WORDS) {
        run.matches = arena_take_array(eval->arena, run.words, sizeof *run.matches);
        if (run.matches == NULL) {
            return feel_out_of_memory(eval);
        }
    }
    const uint32_t count = match_rules(&run);
    if (((struct dmn_evaluation *)eval->host)->explain) {
        note_trace(&run, count);
    }
    if (count == 0) {
        return no_match(&run);
    }
    return is_multiple(run.table) ? all_outputs(&run) : single_output(&run, count);
}
