#include "dmn/answer.h"

#include "dmn/table.h"
#include "feel/name.h"

static void write_value(struct json_writer *writer, const char *name, struct feel_value value)
{
    json_name(writer, slice_from_cstr(name));
    text_write_json(writer, value);
}

static void write_text(struct json_writer *writer, const char *name, struct slice text)
{
    json_name(writer, slice_from_cstr(name));
    json_string(writer, text);
}

static void write_diagnostics(struct json_writer *writer, const struct feel_eval *eval)
{
    json_name(writer, SLICE("diagnostics"));
    json_array_begin(writer);
    for (const struct feel_diagnostic *at = eval->first; at != NULL; at = at->next) {
        json_object_begin(writer);
        if (at->source != NULL) {
            write_text(writer, "where", at->source->where);
            json_name(writer, SLICE("column"));
            json_u64(writer, (uint64_t)at->position + 1);
        }
        write_text(writer, "message", at->message);
        json_object_end(writer);
    }
    json_array_end(writer);
}

static void write_table(struct json_writer *writer, const struct dmn_trace_table *trace)
{
    json_object_begin(writer);
    json_name(writer, SLICE("line"));
    json_u64(writer, trace->table->xml->line);
    json_name(writer, SLICE("inputs"));
    json_array_begin(writer);
    for (uint32_t i = 0; i < trace->table->input_count; i++) {
        json_object_begin(writer);
        write_text(writer, "expression", trace->table->inputs[i].name);
        write_value(writer, "value", trace->inputs[i]);
        json_object_end(writer);
    }
    json_array_end(writer);
    json_name(writer, SLICE("rules"));
    json_array_begin(writer);
    for (uint32_t i = 0; i < trace->rule_count; i++) {
        json_u64(writer, trace->rules[i]);
    }
    json_array_end(writer);
    json_object_end(writer);
}

static void write_traces(struct json_writer *writer, const struct dmn_evaluation *evaluation)
{
    json_name(writer, SLICE("decisions"));
    json_array_begin(writer);
    for (const struct dmn_trace *at = evaluation->first; at != NULL; at = at->next) {
        json_object_begin(writer);
        write_text(writer, "name", at->element->name);
        write_value(writer, "value", at->value);
        json_name(writer, SLICE("tables"));
        json_array_begin(writer);
        for (const struct dmn_trace_table *table = at->tables; table != NULL; table = table->next) {
            write_table(writer, table);
        }
        json_array_end(writer);
        json_object_end(writer);
    }
    json_array_end(writer);
}

static void write_inputs(struct json_writer *writer, const struct dmn_evaluation *evaluation)
{
    json_name(writer, SLICE("inputs"));
    json_object_begin(writer);
    for (uint32_t i = 0; i < evaluation->globals.count; i++) {
        const struct dmn_element *element = &evaluation->model->elements[i];
        if (element->kind == DMN_INPUT && evaluation->globals.states[i] == FEEL_GLOBAL_KNOWN) {
            struct buffer name;
            buffer_init(&name);
            buffer_append(&name, element->document->path);
            buffer_append(&name, element->name);
            json_name(writer, buffer_slice(&name));
            writer->buffer->failed |= name.failed;
            buffer_release(&name);
            text_write_json(writer, evaluation->globals.values[i]);
        }
    }
    json_object_end(writer);
}

static const struct dmn_element *find_asked(const struct dmn_model *model, struct slice name)
{
    static const enum dmn_kind kinds[] = {DMN_DECISION, DMN_SERVICE, DMN_BKM};
    const struct dmn_element *found = NULL;
    for (size_t i = 0; found == NULL && i < sizeof kinds / sizeof kinds[0]; i++) {
        found = dmn_model_find(model, kinds[i], name);
    }
    return found;
}

/* The type that an argument of an element, or an input of the model, is to have. */
static const struct feel_type *argument_type(const struct dmn_model *model,
                                             const struct dmn_element *asked, struct slice name)
{
    for (uint32_t i = 0; asked->kind != DMN_DECISION && i < asked->lambda.parameter_count; i++) {
        if (slice_equal(asked->lambda.parameters[i].name, name)) {
            return asked->lambda.parameters[i].type;
        }
    }
    const struct feel_type *inputs = model->first->inputs;
    for (uint32_t i = 0; i < inputs->count; i++) {
        if (slice_equal(inputs->members[i].name, name)) {
            return inputs->members[i].type;
        }
    }
    const struct dmn_element *input = dmn_model_find(model, DMN_INPUT, name);
    input = input == NULL ? dmn_model_find(model, DMN_DECISION, name) : input;
    return input == NULL ? NULL : input->type;
}

static struct feel_value ask(struct dmn_evaluation *evaluation, const struct dmn_element *asked,
                             const struct json_value *input)
{
    struct feel_eval *eval = &evaluation->eval;
    struct feel_context *arguments = feel_context_new(eval->arena, input->count);
    for (const struct json_value *at = input->first; at != NULL && arguments != NULL;
         at = at->next) {
        struct feel_value value = FEEL_NOTHING;
        const struct feel_type *type = argument_type(evaluation->model, asked, at->name);
        if (!text_from_json(eval->arena, &eval->zones, at, type, &value) ||
            !feel_context_put(eval->arena, arguments, at->name, value)) {
            return feel_out_of_memory(eval);
        }
        const bool known = dmn_evaluation_set(evaluation, at->name, value);
        if (!known && asked->kind == DMN_DECISION) {
            (void)feel_fail(eval, 0, "the model has no input '%.*s'", (int)at->name.size,
                            at->name.data);
        }
    }
    if (arguments == NULL) {
        return feel_out_of_memory(eval);
    }
    return asked->kind == DMN_DECISION ? dmn_evaluation_get(evaluation, asked)
                                       : dmn_evaluation_invoke(evaluation, asked, arguments);
}

static void write_answer(struct buffer *out, const struct dmn_evaluation *evaluation,
                         const struct dmn_question *question, struct feel_value value)
{
    struct json_writer writer;
    char hash[2 * SHA256_SIZE];
    const struct dmn_document *document = evaluation->model->first;
    hex_write(hash, document->hash, SHA256_SIZE);
    json_writer_init(&writer, out);
    json_object_begin(&writer);
    write_text(&writer, "model", document->name);
    write_text(&writer, "model_hash", slice_of(hash, sizeof hash));
    write_text(&writer, "decision", question->decision);
    write_value(&writer, "result", value);
    write_diagnostics(&writer, &evaluation->eval);
    if (question->explain) {
        write_inputs(&writer, evaluation);
        write_traces(&writer, evaluation);
    }
    json_object_end(&writer);
}

static enum dmn_answer_status read_input(struct arena *arena, const struct dmn_question *question,
                                         const struct json_value **ret_input,
                                         struct buffer *reterr_text)
{
    struct json_error error;
    const struct json_value *input = json_parse(arena, &error, question->input);
    if (input == NULL && error.memory_short) {
        buffer_append(reterr_text, feel_status_text(FEEL_STATUS_MEMORY));
        return DMN_ANSWER_STOPPED;
    }
    if (input == NULL || input->type != JSON_OBJECT) {
        buffer_printf(reterr_text, "the input is no JSON object: %s",
                      input == NULL ? error.message : "another value stands there");
        return DMN_ANSWER_BAD_INPUT;
    }
    *ret_input = input;
    return DMN_ANSWER_OK;
}

enum dmn_answer_status dmn_answer(const struct dmn_model *model, struct arena *arena,
                                  const struct dmn_question *question, struct buffer *out,
                                  struct buffer *reterr_text)
{
    struct dmn_evaluation evaluation;
    const struct dmn_element *asked = find_asked(model, question->decision);
    if (asked == NULL) {
        buffer_printf(reterr_text, "the model has no decision '%.*s'", (int)question->decision.size,
                      question->decision.data);
        return DMN_ANSWER_NO_DECISION;
    }
    const struct json_value *input = NULL;
    const enum dmn_answer_status status = read_input(arena, question, &input, reterr_text);
    if (status != DMN_ANSWER_OK) {
        return status;
    }
    if (!dmn_evaluation_init(&evaluation, model, arena, question->limits, &question->now)) {
        buffer_append(reterr_text, feel_status_text(FEEL_STATUS_MEMORY));
        return DMN_ANSWER_STOPPED;
    }
    evaluation.explain = question->explain;
    const struct feel_value value = ask(&evaluation, asked, input);
    if (evaluation.eval.status != FEEL_STATUS_OK) {
        buffer_append(reterr_text, feel_status_text(evaluation.eval.status));
        return DMN_ANSWER_STOPPED;
    }
    write_answer(out, &evaluation, question, value);
    return DMN_ANSWER_OK;
}

/* Compiles the expression of a question in a scope of the members of its input. */
static bool compile_feel(struct feel_compiler *compiler, struct feel_program *ret_program,
                         const struct dmn_question *question, const struct json_value *input,
                         struct buffer *reterr_text)
{
    struct feel_unit unit = {0};
    struct feel_scope scope;
    feel_scope_init(&scope, NULL, &unit);
    for (const struct json_value *at = input->first; at != NULL; at = at->next) {
        const struct slice name = name_normalize(compiler->arena, at->name);
        feel_compiler_learn(compiler, name);
        (void)feel_scope_declare(compiler, &scope, name, NULL);
    }
    feel_compiler_source(compiler, SLICE("expression"), question->decision);
    ret_program->root = feel_compile_expression(compiler, &scope, question->decision);
    ret_program->slot_count = unit.slot_count;
    ret_program->source = compiler->source;
    if (compiler->failed) {
        buffer_append(reterr_text, feel_status_text(FEEL_STATUS_MEMORY));
    } else if (compiler->first != NULL) {
        dmn_problem_write(reterr_text, compiler->first);
    }
    return !compiler->failed && compiler->first == NULL;
}

enum dmn_answer_status dmn_answer_feel(struct arena *arena, const struct dmn_question *question,
                                       struct buffer *out, struct buffer *reterr_text)
{
    struct feel_compiler compiler;
    struct feel_program program;
    struct feel_eval eval;
    struct json_writer writer;
    const struct json_value *input = NULL;
    const enum dmn_answer_status status = read_input(arena, question, &input, reterr_text);
    if (status != DMN_ANSWER_OK) {
        return status;
    }
    feel_compiler_init(&compiler, arena);
    if (!compile_feel(&compiler, &program, question, input, reterr_text)) {
        return compiler.failed ? DMN_ANSWER_STOPPED : DMN_ANSWER_NO_DECISION;
    }
    feel_eval_init(&eval, arena, question->limits, &question->now);
    struct feel_value *values = arena_take_array(arena, input->count + 1U, sizeof *values);
    uint32_t count = 0;
    for (const struct json_value *at = input->first; at != NULL && values != NULL; at = at->next) {
        if (!text_from_json(arena, &eval.zones, at, NULL, &values[count++])) {
            values = NULL;
        }
    }
    const struct feel_value value =
        values == NULL ? feel_out_of_memory(&eval) : feel_run(&eval, &program, values, count);
    if (eval.status != FEEL_STATUS_OK) {
        buffer_append(reterr_text, feel_status_text(eval.status));
        return DMN_ANSWER_STOPPED;
    }
    json_writer_init(&writer, out);
    json_object_begin(&writer);
    write_value(&writer, "result", value);
    write_diagnostics(&writer, &eval);
    json_object_end(&writer);
    return DMN_ANSWER_OK;
}
