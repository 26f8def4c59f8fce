#include "dmn/evaluate.h"

#include "feel/name.h"

static struct feel_value service_call(struct feel_eval *eval, const struct feel_function *function,
                                      const struct feel_value *arguments);

static struct feel_value function_value(struct feel_eval *eval, struct feel_globals *globals,
                                        const struct dmn_element *element)
{
    struct feel_function *function = arena_take(eval->arena, sizeof *function);
    if (function == NULL) {
        return feel_out_of_memory(eval);
    }
    function->lambda = &element->lambda;
    function->globals = globals;
    function->data = element;
    function->call = element->kind == DMN_SERVICE ? service_call : NULL;
    return (struct feel_value){.kind = FEEL_FUNCTION, .function = function};
}

static struct feel_value decide(struct feel_eval *eval, const struct dmn_element *element)
{
    struct dmn_evaluation *evaluation = eval->host;
    struct dmn_trace *trace = NULL;
    if (evaluation->explain) {
        trace = arena_take(eval->arena, sizeof *trace);
        if (trace == NULL) {
            return feel_out_of_memory(eval);
        }
        trace->element = element;
        trace->outer = evaluation->running;
        evaluation->running = trace;
    }
    const struct feel_value value = feel_run(eval, &element->program, NULL, 0);
    if (trace != NULL) {
        evaluation->running = trace->outer;
        trace->value = value;
        if (evaluation->last == NULL) {
            evaluation->first = trace;
        } else {
            evaluation->last->next = trace;
        }
        evaluation->last = trace;
    }
    return value;
}

static struct feel_value find(struct feel_eval *eval, struct feel_globals *globals, uint32_t index)
{
    const struct dmn_element *element =
        &((struct dmn_evaluation *)eval->host)->model->elements[index];
    struct feel_globals *outer = eval->globals;
    struct feel_value value;

    eval->globals = globals;
    switch (element->kind) {
    case DMN_INPUT:
        value = feel_fail(eval, 0, "the input '%.*s' is not given", (int)element->name.size,
                          element->name.data);
        break;
    case DMN_DECISION:
        value = decide(eval, element);
        break;
    default:
        value = function_value(eval, globals, element);
        break;
    }
    eval->globals = outer;
    return value;
}

static bool globals_init(struct feel_globals *globals, struct arena *arena,
                         const struct dmn_model *model)
{
    const uint32_t count = model->element_count;
    globals->values = arena_take_array(arena, count == 0 ? 1 : count, sizeof *globals->values);
    globals->states = arena_take(arena, count == 0 ? 1 : count);
    globals->count = count;
    globals->find = find;
    return globals->values != NULL && globals->states != NULL;
}

bool dmn_evaluation_init(struct dmn_evaluation *evaluation, const struct dmn_model *model,
                         struct arena *arena, struct feel_limits limits,
                         const struct feel_moment *now)
{
    *evaluation = (struct dmn_evaluation){.model = model};
    feel_eval_init(&evaluation->eval, arena, limits, now);
    evaluation->eval.host = evaluation;
    evaluation->eval.globals = &evaluation->globals;
    return globals_init(&evaluation->globals, arena, model);
}

/* Binds a value to an element, converted to its type; null, with a diagnostic, when it is not. */
static void bind(struct feel_eval *eval, struct feel_globals *globals,
                 const struct dmn_element *element, struct feel_value value)
{
    struct feel_value bound = value;
    if (!feel_type_is_any(element->type) &&
        !feel_type_convert(eval, element->type, value, &bound)) {
        bound = feel_fail(eval, 0, "the input '%.*s' is not of its type", (int)element->name.size,
                          element->name.data);
    }
    globals->values[element->index] = bound;
    globals->states[element->index] = FEEL_GLOBAL_KNOWN;
}

/* Sets by name within one instance of a document: an input, a decision, or through the name of an
 * import what lies behind it. */
static bool set_within(struct dmn_evaluation *evaluation, const struct dmn_document *document,
                       struct slice name, struct feel_value value, unsigned depth)
{
    const struct dmn_model *model = evaluation->model;
    const struct dmn_element *element = dmn_document_find(model, document, DMN_INPUT, name);
    element = element == NULL ? dmn_document_find(model, document, DMN_DECISION, name) : element;
    if (element != NULL) {
        bind(&evaluation->eval, &evaluation->globals, element, value);
        return true;
    }
    bool known = false;
    for (uint32_t i = 0; i < document->import_count && depth < DMN_IMPORT_DEPTH_MAX; i++) {
        const struct dmn_import *import = &document->imports[i];
        if (import->document == NULL || !name_equal(import->name, name)) {
            continue;
        }
        known = true;
        for (uint32_t k = 0; value.kind == FEEL_CONTEXT && k < value.context->count; k++) {
            const struct feel_entry *entry = &value.context->entries[k];
            known =
                set_within(evaluation, import->document, entry->name, entry->value, depth + 1) &&
                known;
        }
    }
    return known;
}

bool dmn_evaluation_set(struct dmn_evaluation *evaluation, struct slice name,
                        struct feel_value value)
{
    const struct dmn_model *model = evaluation->model;
    if (set_within(evaluation, model->first, name, value, 0)) {
        return true;
    }
    bool known = false;
    for (const struct dmn_document *at = model->first->next; at != NULL; at = at->next) {
        known = set_within(evaluation, at, name, value, DMN_IMPORT_DEPTH_MAX) || known;
    }
    return known;
}

void dmn_evaluation_bind(struct dmn_evaluation *evaluation, const struct dmn_element *element,
                         struct feel_value value)
{
    bind(&evaluation->eval, &evaluation->globals, element, value);
}

struct feel_value dmn_evaluation_get(struct dmn_evaluation *evaluation,
                                     const struct dmn_element *element)
{
    const struct feel_node node = {
        .operation = FEEL_OP_GLOBAL, .index = element->index, .name = element->name};
    const struct feel_value value = feel_eval_node(&evaluation->eval, &node, NULL);
    return evaluation->eval.status == FEEL_STATUS_OK ? value : FEEL_NOTHING;
}

static struct feel_value outputs_of(struct feel_eval *eval, struct feel_globals *globals,
                                    const struct dmn_element *service)
{
    const struct dmn_model *model = ((struct dmn_evaluation *)eval->host)->model;
    struct feel_context *context = feel_context_new(eval->arena, service->output_count);
    struct feel_globals *outer = eval->globals;
    if (context == NULL) {
        return feel_out_of_memory(eval);
    }
    eval->globals = globals;
    for (uint32_t i = 0; i < service->output_count; i++) {
        const struct dmn_element *output = &model->elements[service->outputs[i]];
        const struct feel_node node = {
            .operation = FEEL_OP_GLOBAL, .index = output->index, .name = output->name};
        context->entries[context->count++] =
            (struct feel_entry){output->name, feel_eval_node(eval, &node, NULL)};
    }
    eval->globals = outer;
    return service->output_count == 1 ? context->entries[0].value : feel_context_value(context);
}

static struct feel_value service_call(struct feel_eval *eval, const struct feel_function *function,
                                      const struct feel_value *arguments)
{
    const struct dmn_element *service = function->data;
    const struct dmn_model *model = ((struct dmn_evaluation *)eval->host)->model;
    struct feel_globals *globals = arena_take(eval->arena, sizeof *globals);
    if (globals == NULL || !globals_init(globals, eval->arena, model)) {
        return feel_out_of_memory(eval);
    }
    for (uint32_t i = 0; i < service->lambda.parameter_count; i++) {
        bind(eval, globals, &model->elements[service->parameters[i]], arguments[i]);
    }
    struct feel_value value = outputs_of(eval, globals, service);
    if (!feel_type_is_any(service->type) && service->type->kind != FEEL_FUNCTION &&
        !feel_type_convert(eval, service->type, value, &value)) {
        return feel_fail(eval, 0, "the result of '%.*s' is not of its type",
                         (int)service->name.size, service->name.data);
    }
    return value;
}

struct feel_value dmn_evaluation_invoke(struct dmn_evaluation *evaluation,
                                        const struct dmn_element *element,
                                        const struct feel_context *arguments)
{
    struct feel_eval *eval = &evaluation->eval;
    const struct feel_value function = function_value(eval, &evaluation->globals, element);
    const uint32_t count = element->lambda.parameter_count;
    struct feel_value *ordered =
        function.kind == FEEL_FUNCTION ? feel_stack_take(eval, count) : NULL;
    if (ordered == NULL) {
        return FEEL_NOTHING;
    }
    for (uint32_t i = 0; i < count; i++) {
        const struct feel_value *given =
            feel_context_get(arguments, element->lambda.parameters[i].name);
        ordered[i] = given == NULL ? FEEL_NOTHING : *given;
    }
    const struct feel_value value = feel_call(eval, function.function, ordered, count);
    feel_stack_give(eval, ordered, count);
    return eval->status == FEEL_STATUS_OK ? value : FEEL_NOTHING;
}

struct feel_value dmn_evaluation_service(struct dmn_evaluation *evaluation,
                                         const struct dmn_element *service,
                                         const struct dmn_element *output)
{
    struct feel_eval *eval = &evaluation->eval;
    struct feel_globals *globals = arena_take(eval->arena, sizeof *globals);
    if (globals == NULL || !globals_init(globals, eval->arena, evaluation->model)) {
        return feel_out_of_memory(eval);
    }
    for (uint32_t i = 0; i < service->lambda.parameter_count; i++) {
        const uint32_t index = service->parameters[i];
        if (evaluation->globals.states[index] == FEEL_GLOBAL_KNOWN) {
            globals->values[index] = evaluation->globals.values[index];
        }
        globals->states[index] = FEEL_GLOBAL_KNOWN;
    }
    const struct feel_node node = {
        .operation = FEEL_OP_GLOBAL, .index = output->index, .name = output->name};
    struct feel_globals *outer = eval->globals;
    eval->globals = globals;
    const struct feel_value value = feel_eval_node(eval, &node, NULL);
    eval->globals = outer;
    return eval->status == FEEL_STATUS_OK ? value : FEEL_NOTHING;
}
