#include "dmn/answer.h"

#include "dmn/table.h"

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
        if (element->kind == DMN_INPUT && element->document == evaluation->model->first &&
            evaluation->globals.states[i] == FEEL_GLOBAL_KNOWN) {
            json_name(writer, element->name);
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

bool dmn_answer(const struct dmn_model *model, struct arena *arena,
                const struct dmn_question *question, struct buffer *out, struct buffer *reterr_text)
{
    struct dmn_evaluation evaluation;
    struct json_error error;
    const struct dmn_element *asked = find_asked(model, question->decision);
    if (asked == NULL) {
        buffer_printf(reterr_text, "the model has no decision '%.*s'", (int)question->decision.size,
                      question->decision.data);
        return false;
    }
    const struct json_value *input = json_parse(arena, &error, question->input);
    if (input == NULL || input->type != JSON_OBJECT) {
        buffer_printf(reterr_text, "the input is no JSON object: %s",
                      input == NULL ? error.message : "another value stands there");
        return false;
    }
    if (!dmn_evaluation_init(&evaluation, model, arena, question->limits, &question->now)) {
        buffer_append_cstr(reterr_text, "the evaluation takes more memory than allowed");
        return false;
    }
    evaluation.explain = question->explain;
    const struct feel_value value = ask(&evaluation, asked, input);
    if (evaluation.eval.status != FEEL_STATUS_OK) {
        buffer_append(reterr_text, feel_status_text(evaluation.eval.status));
        return false;
    }
    write_answer(out, &evaluation, question, value);
    return true;
}
