#include "feel/function.h"

#include "feel/builtin.h"
#include "feel/eval_inner.h"

int function_equal(const struct feel_function *a, const struct feel_function *b)
{
    if (a == b) {
        return 1;
    }
    if (a->builtin != NULL || b->builtin != NULL) {
        return a->builtin == b->builtin ? 1 : -1;
    }
    if (a->lambda != b->lambda || a->call != b->call || a->data != b->data ||
        a->globals != b->globals) {
        return 0;
    }
    for (uint16_t i = 0; i < a->lambda->capture_count; i++) {
        const struct feel_value x = a->captured[i];
        const struct feel_value y = b->captured[i];
        const bool both = x.kind == FEEL_FUNCTION && y.kind == FEEL_FUNCTION;
        if (both ? x.function->lambda != y.function->lambda : feel_equal(x, y) != 1) {
            return 0;
        }
    }
    return 1;
}

static bool builtin_has_type(const struct feel_builtin *builtin, const struct feel_type *type)
{
    for (; builtin != NULL; builtin = builtin_next(builtin)) {
        bool fits =
            builtin->variadic ? type->count >= builtin->required : type->count == builtin->count;
        for (uint32_t i = 0; i < type->count && fits; i++) {
            const uint32_t at = i < builtin->count ? i : builtin->count - 1U;
            const struct feel_type *wanted = type->members[i].type;
            const uint16_t kinds = builtin->parameters[at].kinds;
            fits = wanted->kind == FEEL_ANY ? (kinds | KIND_NULL) == KIND_ANY
                                            : (kinds >> wanted->kind & 1) != 0;
        }
        if (fits && (feel_type_is_any(type->item) || builtin->result == type->item->kind)) {
            return true;
        }
    }
    return false;
}

bool function_has_type(const struct feel_function *function, const struct feel_type *type)
{
    if (function->builtin != NULL) {
        return builtin_has_type(function->builtin, type);
    }
    const struct feel_lambda *lambda = function->lambda;
    const struct feel_type own = {.kind = FEEL_FUNCTION,
                                  .item = lambda->result,
                                  .members = lambda->parameters,
                                  .count = lambda->parameter_count};
    return feel_type_conforms(&own, type);
}

struct feel_value feel_eval_closure(struct feel_eval *eval, const struct feel_node *node,
                                    const struct feel_value *frame)
{
    const struct feel_lambda *lambda = node->lambda;
    struct feel_function *function = arena_take(eval->arena, sizeof *function);
    struct feel_value *captured = arena_take_array(
        eval->arena, lambda->capture_count == 0 ? 1 : lambda->capture_count, sizeof *captured);
    if (function == NULL || captured == NULL) {
        return feel_out_of_memory(eval);
    }
    for (uint16_t i = 0; i < lambda->capture_count; i++) {
        captured[i] = frame[lambda->captures[i].outer];
    }
    function->lambda = lambda;
    function->captured = captured;
    function->globals = eval->globals;
    return (struct feel_value){.kind = FEEL_FUNCTION, .function = function};
}

static struct feel_value run_body(struct feel_eval *eval, const struct feel_function *function,
                                  const struct feel_value *arguments)
{
    const struct feel_lambda *lambda = function->lambda;
    struct feel_value *frame = feel_stack_take(eval, lambda->slot_count);
    if (frame == NULL) {
        return FEEL_NOTHING;
    }
    memcpy(frame, arguments, lambda->parameter_count * sizeof *frame);
    for (uint16_t i = 0; i < lambda->capture_count; i++) {
        frame[lambda->captures[i].own] = function->captured[i];
    }
    if (lambda->self_slot != FEEL_SLOT_NONE) {
        frame[lambda->self_slot] = (struct feel_value){.kind = FEEL_FUNCTION, .function = function};
    }
    struct feel_globals *globals = eval->globals;
    const struct feel_source *source = eval->source;
    eval->globals = function->globals;
    eval->source = lambda->source;
    const struct feel_value value = feel_eval_node(eval, lambda->body, frame);
    eval->globals = globals;
    eval->source = source;
    feel_stack_give(eval, frame, lambda->slot_count);
    return value;
}

/* Converts the arguments to the types of the parameters and runs the function. */
static struct feel_value call_lambda(struct feel_eval *eval, uint32_t position,
                                     const struct feel_function *function,
                                     struct feel_value *arguments)
{
    const struct feel_lambda *lambda = function->lambda;
    if (lambda->refusal != NULL) {
        return feel_fail(eval, position, "%s", lambda->refusal);
    }
    for (uint32_t i = 0; i < lambda->parameter_count; i++) {
        const struct feel_member *parameter = &lambda->parameters[i];
        if (!feel_type_is_any(parameter->type) &&
            !feel_type_convert(eval, parameter->type, arguments[i], &arguments[i])) {
            return feel_fail(eval, position, "the argument '%.*s' is not of its type",
                             (int)parameter->name.size, parameter->name.data);
        }
    }
    if (function->call != NULL) {
        return function->call(eval, function, arguments);
    }
    return run_body(eval, function, arguments);
}

static struct feel_value call_positional(struct feel_eval *eval, uint32_t position,
                                         const struct feel_function *function,
                                         struct feel_value *arguments, uint32_t count)
{
    if (function->builtin != NULL) {
        return builtin_call(eval, position, function->builtin, false, arguments, count);
    }
    if (function->lambda->parameter_count != count) {
        return feel_fail(eval, position, "the function takes %u arguments, not %u",
                         function->lambda->parameter_count, count);
    }
    return call_lambda(eval, position, function, arguments);
}

struct feel_value feel_call(struct feel_eval *eval, const struct feel_function *function,
                            const struct feel_value *arguments, uint32_t count)
{
    if (eval->depth_left == 0) {
        eval->status = eval->status == FEEL_STATUS_OK ? FEEL_STATUS_DEPTH : eval->status;
        return FEEL_NOTHING;
    }
    struct feel_value *copy = feel_stack_take(eval, count);
    if (copy == NULL) {
        return FEEL_NOTHING;
    }
    if (count > 0) {
        memcpy(copy, arguments, count * sizeof *copy);
    }
    eval->depth_left--;
    const struct feel_value value = call_positional(eval, 0, function, copy, count);
    eval->depth_left++;
    feel_stack_give(eval, copy, count);
    return value;
}

static int parameter_index(const struct feel_lambda *lambda, struct slice name)
{
    for (uint32_t i = 0; i < lambda->parameter_count; i++) {
        if (slice_equal(lambda->parameters[i].name, name)) {
            return (int)i;
        }
    }
    return -1;
}

static int builtin_index(const struct feel_builtin *builtin, struct slice name)
{
    for (int i = 0; i < builtin->count; i++) {
        if (slice_equal(slice_from_cstr(builtin->parameters[i].name), name)) {
            return i;
        }
    }
    return -1;
}

/* A built-in function behind a variable, called by names. */
static struct feel_value call_builtin_named(struct feel_eval *eval, const struct feel_node *node,
                                            const struct feel_builtin *builtin,
                                            const struct feel_value *given)
{
    for (; builtin != NULL; builtin = builtin_next(builtin)) {
        struct feel_value ordered[BUILTIN_PARAMETERS_MAX] = {{0}};
        uint32_t count = builtin->required;
        bool fits = true;
        for (uint32_t i = 0; i < node->count && fits; i++) {
            const int index = builtin_index(builtin, node->names[i]);
            fits = index >= 0;
            if (fits) {
                ordered[index] = given[i];
                count = (uint32_t)index + 1 > count ? (uint32_t)index + 1 : count;
            }
        }
        if (fits) {
            return builtin_call(eval, node->position, builtin, true, ordered, count);
        }
    }
    return feel_fail(eval, node->position, "the function has no parameters of these names");
}

static struct feel_value call_named(struct feel_eval *eval, const struct feel_node *node,
                                    const struct feel_function *function,
                                    const struct feel_value *given)
{
    if (function->builtin != NULL) {
        return call_builtin_named(eval, node, function->builtin, given);
    }
    const uint32_t count = function->lambda->parameter_count;
    struct feel_value *ordered = feel_stack_take(eval, count);
    if (ordered == NULL) {
        return FEEL_NOTHING;
    }
    struct feel_value value = FEEL_NOTHING;
    bool fits = node->count <= count;
    for (uint32_t i = 0; i < node->count && fits; i++) {
        const int index = parameter_index(function->lambda, node->names[i]);
        fits = index >= 0;
        if (fits) {
            ordered[index] = given[i];
        }
    }
    if (fits) {
        value = call_lambda(eval, node->position, function, ordered);
    } else {
        (void)feel_fail(eval, node->position, "the function has no parameters of these names");
    }
    feel_stack_give(eval, ordered, count);
    return value;
}

struct feel_value feel_eval_call(struct feel_eval *eval, const struct feel_node *node,
                                 struct feel_value *frame)
{
    const struct feel_value callee = feel_eval_node(eval, node->child[0], frame);
    if (callee.kind != FEEL_FUNCTION) {
        const struct slice kind = feel_kind_name((enum feel_kind)callee.kind);
        return feel_fail(eval, node->position, "%.*s cannot be called", (int)kind.size, kind.data);
    }
    struct feel_value *arguments = feel_stack_take(eval, node->count);
    if (arguments == NULL) {
        return FEEL_NOTHING;
    }
    for (uint32_t i = 0; i < node->count; i++) {
        arguments[i] = feel_eval_node(eval, node->list[i], frame);
    }
    const struct feel_value value =
        node->names != NULL
            ? call_named(eval, node, callee.function, arguments)
            : call_positional(eval, node->position, callee.function, arguments, node->count);
    feel_stack_give(eval, arguments, node->count);
    return value;
}
