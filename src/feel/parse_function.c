/* Function literals, calls, contexts and iterations. */
#include "feel/builtin.h"
#include "feel/name.h"
#include "feel/parser.h"

struct arguments {
    struct feel_node_list list;
    bool named;
};

/* Behind "(": positional or named arguments, up to the closing parenthesis. */
static bool parse_arguments(struct feel_parser *parser, struct arguments *ret_arguments)
{
    struct arguments arguments = {0};
    const bool no_filter = parser->no_filter;
    parser->no_filter = false;
    if (!parser_take(parser, ")")) {
        do {
            struct slice name = SLICE("");
            parser_skip(parser);
            const bool named = parser_take_key(parser, &name);
            if (arguments.list.count > 0 && named != arguments.named) {
                (void)parser_fail(parser, parser->at,
                                  "arguments are either all by position or all by name");
                return false;
            }
            arguments.named = named;
            feel_node_list_add(parser->compiler, &arguments.list, parser_expression(parser), name);
        } while (parser_take(parser, ","));
        if (!parser_take(parser, ")")) {
            (void)parser_fail(parser, parser->at, ") or a comma is expected");
            return false;
        }
    }
    parser->no_filter = no_filter;
    *ret_arguments = arguments;
    return true;
}

/* The place of a parameter in a signature, -1 when it has none of that name. */
static int parameter_index(const struct feel_builtin *builtin, struct slice name)
{
    for (int i = 0; i < builtin->count; i++) {
        if (slice_equal(slice_from_cstr(builtin->parameters[i].name), name)) {
            return i;
        }
    }
    return -1;
}

/* True when the signature has every name of the arguments; they are put in its order. */
static bool order_arguments(struct feel_parser *parser, const struct feel_builtin *builtin,
                            const struct feel_node_list *list, struct feel_node_list *ret_ordered)
{
    const struct feel_node *ordered[BUILTIN_PARAMETERS_MAX] = {NULL};
    int last = builtin->required - 1;
    for (uint32_t i = 0; i < list->count; i++) {
        const int index = parameter_index(builtin, list->names[i]);
        if (index < 0 || ordered[index] != NULL) {
            return false;
        }
        ordered[index] = list->nodes[i];
        last = index > last ? index : last;
    }
    struct feel_node_list result = {0};
    for (int i = 0; i <= last; i++) {
        const struct feel_node *node =
            ordered[i] != NULL ? ordered[i] : feel_node_constant(parser->compiler, 0, FEEL_NOTHING);
        feel_node_list_add(parser->compiler, &result, node, SLICE(""));
    }
    *ret_ordered = result;
    return true;
}

/* The signature that has every name of the arguments, NULL when there is none. Of two, such as
 * before(point, range) and before(range, point), it is the one that has them in the order given. */
static const struct feel_builtin *signature_of(const struct feel_builtin *builtin,
                                               const struct feel_node_list *list)
{
    const struct feel_builtin *any = NULL;
    for (; builtin != NULL; builtin = builtin_next(builtin)) {
        bool fits = true;
        bool in_order = true;
        int last = -1;
        for (uint32_t i = 0; i < list->count && fits; i++) {
            const int index = parameter_index(builtin, list->names[i]);
            fits = index >= 0;
            in_order = in_order && index > last;
            last = index;
        }
        if (fits && in_order) {
            return builtin;
        }
        any = fits && any == NULL ? builtin : any;
    }
    return any;
}

static const struct feel_node *builtin_node(struct feel_parser *parser,
                                            const struct feel_builtin *builtin,
                                            const struct arguments *arguments, size_t at)
{
    struct feel_node *node = feel_node_new(parser->compiler, FEEL_OP_CALL_BUILTIN, (uint32_t)at);
    struct feel_node_list list = arguments->list;
    node->builtin = builtin;
    if (arguments->named) {
        node->builtin = signature_of(builtin, &arguments->list);
        if (node->builtin == NULL ||
            !order_arguments(parser, node->builtin, &arguments->list, &list)) {
            feel_compiler_report(parser->compiler, (uint32_t)at,
                                 "the function '%s' has no parameters of these names",
                                 builtin->name);
            return feel_node_error(parser->compiler, (uint32_t)at,
                                   "the function has no parameters of these names");
        }
        node->flag = true;
    }
    node->list = list.nodes;
    node->count = list.count;
    const uint8_t result = node->builtin->result;
    node->type = result == FEEL_ANY ? NULL : feel_type_of_kind(result);
    return feel_node_fold(parser->compiler, node);
}

const struct feel_node *parser_call(struct feel_parser *parser, const struct feel_node *callee,
                                    const struct feel_builtin *builtin, size_t at)
{
    struct arguments arguments;
    if (!parser_take(parser, "(") || !parse_arguments(parser, &arguments)) {
        return parser_fail(parser, at, "( is expected");
    }
    if (builtin != NULL) {
        return builtin_node(parser, builtin, &arguments, at);
    }
    struct feel_node *node = feel_node_new(parser->compiler, FEEL_OP_CALL, (uint32_t)at);
    node->child[0] = callee;
    node->list = arguments.list.nodes;
    node->count = arguments.list.count;
    node->names = arguments.named ? arguments.list.names : NULL;
    if (callee->type != NULL && callee->type->kind == FEEL_FUNCTION) {
        node->type = callee->type->item;
    }
    return node;
}

/* The parameters of a function literal, declared in its scope. */
static bool parse_parameters(struct feel_parser *parser, struct feel_scope *scope,
                             struct feel_lambda *lambda)
{
    enum { PARAMETERS_MAX = 256 };
    struct feel_member parameters[PARAMETERS_MAX];
    uint32_t count = 0;
    if (!parser_take(parser, ")")) {
        do {
            if (count == PARAMETERS_MAX) {
                (void)parser_fail(parser, parser->at, "the function has too many parameters");
                return false;
            }
            const struct slice name = parser_defined_name(parser, ",:)", NULL);
            const struct feel_type *type = parser_take(parser, ":") ? parser_type(parser) : NULL;
            parameters[count++] = (struct feel_member){.name = name, .type = type};
            (void)feel_scope_declare(parser->compiler, scope, name, type);
        } while (parser->message == NULL && parser_take(parser, ","));
        if (!parser_take(parser, ")")) {
            (void)parser_fail(parser, parser->at, ") or a comma is expected");
            return false;
        }
    }
    struct feel_member *kept =
        arena_take_array(parser->compiler->arena, count == 0 ? 1 : count, sizeof *kept);
    if (kept == NULL) {
        parser->compiler->failed = true;
        return false;
    }
    memcpy(kept, parameters, count * sizeof *kept);
    lambda->parameters = kept;
    lambda->parameter_count = count;
    return true;
}

static const struct feel_type *function_type(struct feel_parser *parser,
                                             const struct feel_lambda *lambda)
{
    struct feel_type *type = arena_take(parser->compiler->arena, sizeof *type);
    if (type == NULL) {
        parser->compiler->failed = true;
        return NULL;
    }
    *type = (struct feel_type){.kind = FEEL_FUNCTION,
                               .item = lambda->result,
                               .members = lambda->parameters,
                               .count = lambda->parameter_count};
    return type;
}

/* Behind the parameters: the body, in the frame of the function's calls. */
static void parse_body(struct feel_parser *parser, struct feel_lambda *lambda)
{
    if (parser_take_word(parser, "external")) {
        (void)parser_expression(parser);
        lambda->refusal = "functions defined outside of the model are not run";
        return;
    }
    lambda->body = parser_expression(parser);
    lambda->result = lambda->body->type;
}

const struct feel_node *parser_function(struct feel_parser *parser, size_t at,
                                        const struct feel_binding *self)
{
    struct feel_node *node = feel_node_new(parser->compiler, FEEL_OP_FUNCTION, (uint32_t)at);
    struct feel_lambda *lambda = arena_take(parser->compiler->arena, sizeof *lambda);
    if (!parser_take(parser, "(") || lambda == NULL) {
        return parser_fail(parser, parser->at, "( is expected");
    }
    struct feel_unit unit = {.parent = parser->scope->unit};
    const struct feel_scope *outer = parser->scope;
    struct feel_scope scope;
    feel_scope_init(&scope, outer, &unit);
    if (!parse_parameters(parser, &scope, lambda)) {
        return feel_node_error(parser->compiler, (uint32_t)at, "the function cannot be read");
    }
    parser->scope = &scope;
    parse_body(parser, lambda);
    parser->scope = outer;
    lambda->source = parser->compiler->source;
    lambda->slot_count = unit.slot_count;
    lambda->captures = unit.captures;
    lambda->capture_count = unit.capture_count;
    lambda->self_slot = FEEL_SLOT_NONE;
    for (uint16_t i = 0; self != NULL && i < unit.capture_count; i++) {
        if (unit.captures[i].outer == self->index) {
            lambda->self_slot = unit.captures[i].own;
        }
    }
    node->lambda = lambda;
    node->type = function_type(parser, lambda);
    return node;
}

static const struct feel_type *context_type(struct feel_parser *parser,
                                            const struct feel_node_list *list)
{
    struct feel_type *type = arena_take(parser->compiler->arena, sizeof *type);
    struct feel_member *members = arena_take_array(
        parser->compiler->arena, list->count == 0 ? 1 : list->count, sizeof *members);
    if (type == NULL || members == NULL) {
        parser->compiler->failed = true;
        return NULL;
    }
    for (uint32_t i = 0; i < list->count; i++) {
        members[i] = (struct feel_member){.name = list->names[i], .type = list->nodes[i]->type};
    }
    *type = (struct feel_type){.kind = FEEL_CONTEXT, .members = members, .count = list->count};
    return type;
}

/* One entry: its value may use the entries before it; a function may also use its own name. */
static bool parse_entry(struct feel_parser *parser, struct feel_scope *scope,
                        struct feel_node_list *list)
{
    struct slice name = SLICE("");
    parser_skip(parser);
    if (!parser_take_key(parser, &name)) {
        (void)parser_fail(parser, parser->at, "a key and a colon are expected");
        return false;
    }
    for (uint32_t i = 0; i < list->count; i++) {
        if (slice_equal(list->names[i], name)) {
            (void)parser_fail(parser, parser->at, "the context has two entries of that name");
            return false;
        }
    }
    feel_compiler_learn(parser->compiler, name);
    const uint16_t slot = feel_unit_slot(parser->compiler, scope->unit);
    struct feel_binding binding = {.name = name, .form = FEEL_BINDING_LOCAL, .index = slot};
    const struct feel_node *value = NULL;
    parser_skip(parser);
    const size_t at = parser->at;
    if (parser_take_word(parser, "function") && parser_peek(parser) == '(') {
        feel_scope_add(parser->compiler, scope, binding);
        value = parser_function(parser, at, &binding);
        scope->bindings[scope->count - 1].type = value->type;
    } else {
        parser->at = at;
        value = parser_expression(parser);
        binding.type = value->type;
        feel_scope_add(parser->compiler, scope, binding);
    }
    feel_node_list_add(parser->compiler, list, value, name);
    return true;
}

const struct feel_node *parser_context(struct feel_parser *parser, size_t at)
{
    struct feel_node *node = feel_node_new(parser->compiler, FEEL_OP_CONTEXT, (uint32_t)at);
    struct feel_node_list list = {0};
    struct feel_scope scope;
    const struct feel_scope *outer = parser->scope;
    const bool no_filter = parser->no_filter;
    feel_scope_init(&scope, outer, outer->unit);
    parser->scope = &scope;
    parser->no_filter = false;
    if (!parser_take(parser, "}")) {
        bool more = true;
        while (more && parse_entry(parser, &scope, &list)) {
            more = parser_take(parser, ",");
        }
        if (parser->message == NULL && !parser_take(parser, "}")) {
            (void)parser_fail(parser, parser->at, "} or a comma is expected");
        }
    }
    parser->scope = outer;
    parser->no_filter = no_filter;
    /* Each entry has a slot of its own; the node lists them beside the values. */
    uint16_t *slots = arena_take_array(parser->compiler->arena, list.count + 1, sizeof *slots);
    if (slots == NULL) {
        parser->compiler->failed = true;
        return node;
    }
    for (uint32_t i = 0; i < list.count; i++) {
        slots[i] = (uint16_t)scope.bindings[i].index;
    }
    node->slots = slots;
    node->list = list.nodes;
    node->names = list.names;
    node->count = list.count;
    node->type = context_type(parser, &list);
    return node;
}

/* name in domain [.. domain]; the variable is in scope behind it. */
static const struct feel_node *parse_domain(struct feel_parser *parser, struct feel_scope *scope)
{
    parser_skip(parser);
    struct feel_node *node = feel_node_new(parser->compiler, FEEL_OP_DOMAIN, (uint32_t)parser->at);
    const struct slice name = parser_defined_name(parser, ",:)]}(", "in");
    if (!parser_take_word(parser, "in")) {
        return parser_fail(parser, parser->at, "`in` is expected");
    }
    node->child[0] = parser_expression(parser);
    const struct feel_type *type = node->child[0]->type;
    if (parser_take(parser, "..")) {
        node->child[1] = parser_expression(parser);
    } else if (type != NULL && (type->kind == FEEL_LIST || type->kind == FEEL_RANGE)) {
        type = type->item;
    }
    node->slot = feel_scope_declare(parser->compiler, scope, name, type);
    return node;
}

const struct feel_node *parser_iteration(struct feel_parser *parser, enum feel_operation operation,
                                         size_t at)
{
    struct feel_node *node = feel_node_new(parser->compiler, operation, (uint32_t)at);
    struct feel_node_list list = {0};
    struct feel_scope scope;
    const struct feel_scope *outer = parser->scope;
    feel_scope_init(&scope, outer, outer->unit);
    parser->scope = &scope;
    do {
        feel_node_list_add(parser->compiler, &list, parse_domain(parser, &scope), SLICE(""));
    } while (parser->message == NULL && parser_take(parser, ","));
    const char *word = operation == FEEL_OP_FOR ? "return" : "satisfies";
    if (operation == FEEL_OP_FOR) {
        node->slot = feel_scope_declare(parser->compiler, &scope, SLICE("partial"), NULL);
    }
    if (parser_take_word(parser, word)) {
        node->child[0] = parser_expression(parser);
    } else {
        node->child[0] = parser_fail(parser, parser->at,
                                     operation == FEEL_OP_FOR ? "`return` is expected"
                                                              : "`satisfies` is expected");
    }
    parser->scope = outer;
    node->list = list.nodes;
    node->count = list.count;
    node->type = operation == FEEL_OP_FOR
                     ? feel_type_list(parser->compiler->arena, node->child[0]->type)
                     : feel_type_of_kind(FEEL_BOOLEAN);
    return node;
}
