#include "feel/compile.h"

#include "feel/builtin.h"
#include "feel/name.h"
#include "feel/parser.h"

struct feel_node *feel_node_new(struct feel_compiler *compiler, enum feel_operation operation,
                                uint32_t position)
{
    /* What is written here after memory ran out is never evaluated: compiler->failed is set. */
    static _Thread_local struct feel_node spare;
    struct feel_node *node = arena_take(compiler->arena, sizeof *node);
    if (node == NULL) {
        compiler->failed = true;
        node = &spare;
    }
    *node = (struct feel_node){.operation = (uint8_t)operation, .position = position};
    return node;
}

const struct feel_node *feel_node_error(struct feel_compiler *compiler, uint32_t position,
                                        const char *message)
{
    struct feel_node *node = feel_node_new(compiler, FEEL_OP_ERROR, position);
    node->message = message;
    return node;
}

static const struct feel_type *new_item_type(struct arena *arena, enum feel_kind kind,
                                             const struct feel_type *item)
{
    struct feel_type *type = arena_take(arena, sizeof *type);
    if (type != NULL) {
        *type = (struct feel_type){.kind = (uint8_t)kind, .item = item};
    }
    return type;
}

const struct feel_type *feel_type_of_constant(struct arena *arena, struct feel_value value)
{
    switch ((enum feel_kind)value.kind) {
    case FEEL_NULL:
    case FEEL_FUNCTION:
    case FEEL_CONTEXT:
        return NULL;
    case FEEL_RANGE: {
        const struct feel_value end =
            value.range->start.kind == FEEL_NULL ? value.range->end : value.range->start;
        return new_item_type(arena, FEEL_RANGE, feel_type_of_kind(end.kind));
    }
    case FEEL_LIST: {
        const struct feel_type *item = NULL;
        for (uint32_t i = 0; i < value.size; i++) {
            if (i > 0 && value.items[i].kind != value.items[0].kind) {
                item = NULL;
                break;
            }
            item = feel_type_of_constant(arena, value.items[0]);
        }
        return new_item_type(arena, FEEL_LIST, item);
    }
    default:
        return feel_type_of_kind(value.kind);
    }
}

const struct feel_node *feel_node_constant(struct feel_compiler *compiler, uint32_t position,
                                           struct feel_value value)
{
    struct feel_node *node = feel_node_new(compiler, FEEL_OP_CONSTANT, position);
    node->constant = value;
    node->type = feel_type_of_constant(compiler->arena, value);
    return node;
}

const struct feel_node *feel_node_source(struct feel_compiler *compiler,
                                         const struct feel_node *node)
{
    if (node->operation == FEEL_OP_CONSTANT || node->operation == FEEL_OP_LOCAL) {
        return node;
    }
    struct feel_node *wrapper = feel_node_new(compiler, FEEL_OP_SOURCE, node->position);
    wrapper->child[0] = node;
    wrapper->type = node->type;
    wrapper->source = compiler->source;
    return wrapper;
}

const struct feel_node *feel_node_local(struct feel_compiler *compiler, uint16_t slot,
                                        const struct feel_type *type)
{
    struct feel_node *node = feel_node_new(compiler, FEEL_OP_LOCAL, 0);
    node->slot = slot;
    node->type = type;
    return node;
}

void feel_node_list_add(struct feel_compiler *compiler, struct feel_node_list *list,
                        const struct feel_node *node, struct slice name)
{
    if (list->count == list->capacity) {
        const uint32_t capacity = list->capacity == 0 ? 4 : list->capacity * 2;
        const struct feel_node **nodes =
            arena_take_array(compiler->arena, capacity, sizeof(struct feel_node *));
        struct slice *names = arena_take_array(compiler->arena, capacity, sizeof *names);
        if (nodes == NULL || names == NULL) {
            compiler->failed = true;
            return;
        }
        if (list->count > 0) {
            memcpy(nodes, list->nodes, list->count * sizeof(struct feel_node *));
            memcpy(names, list->names, list->count * sizeof *names);
        }
        list->nodes = nodes;
        list->names = names;
        list->capacity = capacity;
    }
    list->nodes[list->count] = node;
    list->names[list->count] = name;
    list->count++;
}

static bool is_constant(const struct feel_node *node)
{
    for (size_t i = 0; i < 3; i++) {
        if (node->child[i] != NULL && node->child[i]->operation != FEEL_OP_CONSTANT) {
            return false;
        }
    }
    for (uint32_t i = 0; i < node->count; i++) {
        if (node->list[i]->operation != FEEL_OP_CONSTANT ||
            node->list[i]->constant.kind == FEEL_FUNCTION) {
            return false;
        }
    }
    return !(node->operation == FEEL_OP_CALL_BUILTIN && node->builtin->impure);
}

const struct feel_node *feel_node_fold(struct feel_compiler *compiler, struct feel_node *node)
{
    enum { FOLD_STEPS_MAX = 10000 };
    if (!is_constant(node) || compiler->failed) {
        return node;
    }
    struct feel_eval eval;
    const struct feel_moment never = {0};
    feel_eval_init(&eval, compiler->arena, (struct feel_limits){.steps_max = FOLD_STEPS_MAX},
                   &never);
    eval.zones = compiler->zones;
    eval.quiet = true;
    const struct feel_value value = feel_eval_node(&eval, node, NULL);
    compiler->zones = eval.zones;
    /* What fails keeps its form, so that each evaluation notes why. */
    if (eval.status != FEEL_STATUS_OK || eval.diagnostic_count > 0) {
        return node;
    }
    const struct feel_node *folded = feel_node_constant(compiler, node->position, value);
    return folded;
}

const struct feel_node *feel_node_convert(struct feel_compiler *compiler,
                                          const struct feel_node *node,
                                          const struct feel_type *type, struct slice name)
{
    if (feel_type_is_any(type)) {
        return node;
    }
    struct feel_node *converted = feel_node_new(compiler, FEEL_OP_CONVERT, node->position);
    converted->child[0] = node;
    converted->target = type;
    converted->names = NULL;
    converted->type = type;
    struct slice *names = arena_take(compiler->arena, sizeof *names);
    if (names == NULL) {
        compiler->failed = true;
        return node;
    }
    names[0] = name;
    converted->names = names;
    return converted;
}

static const struct feel_node *finish(struct feel_parser *parser, const struct feel_node *node)
{
    if (parser->message == NULL && parser_peek(parser) != '\0') {
        (void)parser_fail(parser, parser->at, "the expression should end here");
    }
    if (parser->message == NULL) {
        return node;
    }
    feel_compiler_report(parser->compiler, (uint32_t)parser->message_at, "%s", parser->message);
    return feel_node_error(parser->compiler, (uint32_t)parser->message_at, parser->message);
}

static struct feel_parser parser_of(struct feel_compiler *compiler, const struct feel_scope *scope,
                                    struct slice text)
{
    return (struct feel_parser){.compiler = compiler, .scope = scope, .text = text};
}

/* Texts of models are UTF-8 already; those of other callers are checked here. */
static const struct feel_node *check_text(struct feel_compiler *compiler, struct slice text)
{
    if (text.size < UINT32_MAX && utf8_valid(text)) {
        return NULL;
    }
    feel_compiler_report(compiler, 0, "the text is no well-formed UTF-8");
    return feel_node_error(compiler, 0, "the text is no well-formed UTF-8");
}

const struct feel_node *feel_compile_expression(struct feel_compiler *compiler,
                                                const struct feel_scope *scope, struct slice text)
{
    const struct feel_node *refused = check_text(compiler, text);
    if (refused != NULL) {
        return refused;
    }
    struct feel_parser parser = parser_of(compiler, scope, text);
    return finish(&parser, parser_expression(&parser));
}

const struct feel_node *feel_compile_name(struct feel_compiler *compiler,
                                          const struct feel_scope *scope, struct slice name)
{
    struct feel_parser parser = parser_of(compiler, scope, name);
    parser_skip(&parser);
    return finish(&parser, parser_name(&parser));
}

/* One end of an interval; nothing stands for null. */
static const struct feel_node *range_end(struct feel_parser *parser)
{
    const bool left_out = parser_peek(parser) == '.' && parser->at + 1 < parser->text.size &&
                          parser->text.data[parser->at + 1] == '.';
    return left_out ? feel_node_constant(parser->compiler, (uint32_t)parser->at, FEEL_NOTHING)
                    : parser_additive(parser);
}

const struct feel_node *feel_compile_range(struct feel_compiler *compiler,
                                           const struct feel_scope *scope, struct slice text)
{
    if (text.size < 4) {
        return feel_node_error(compiler, 0, "the text is no interval");
    }
    /* The closing bracket is cut off, so that it is no filter of the end. */
    struct feel_parser parser = parser_of(compiler, scope, slice_of(text.data, text.size - 1));
    struct feel_node *node = feel_node_new(compiler, FEEL_OP_RANGE, 0);
    parser.at = 1;
    node->child[0] = range_end(&parser);
    if (!parser_take(&parser, "..")) {
        return parser_fail(&parser, parser.at, ".. is expected");
    }
    node->child[1] = parser_peek(&parser) == '\0'
                         ? feel_node_constant(compiler, (uint32_t)parser.at, FEEL_NOTHING)
                         : parser_additive(&parser);
    node->flag = (uint8_t)((text.data[0] == '[' ? FEEL_START_INCLUDED : 0) |
                           (text.data[text.size - 1] == ']' ? FEEL_END_INCLUDED : 0));
    return finish(&parser, feel_node_fold(compiler, node));
}

const struct feel_type *feel_compile_type(struct feel_compiler *compiler, struct slice text)
{
    struct feel_parser parser = parser_of(compiler, NULL, text);
    const struct feel_type *type = parser_type(&parser);
    if (type != NULL && parser.message == NULL && parser_peek(&parser) == '\0') {
        return type;
    }
    return NULL;
}

static struct feel_node *tests_node(struct feel_parser *parser, uint16_t input,
                                    const struct feel_type *input_type)
{
    struct feel_node *node = feel_node_new(parser->compiler, FEEL_OP_IN, 0);
    node->child[0] = feel_node_local(parser->compiler, input, input_type);
    node->type = feel_type_of_kind(FEEL_BOOLEAN);
    return node;
}

/* True when what stands between the parentheses of not(...) closes at the end of the text, so that
 * it is rule 15.b and no function call within an expression. */
static bool take_negation(struct feel_parser *parser)
{
    const size_t start = parser->at;
    if (parser_take_word(parser, "not") && parser_take(parser, "(")) {
        return true;
    }
    parser->at = start;
    return false;
}

static void parse_tests(struct feel_parser *parser, struct feel_node *node,
                        const struct feel_type *input_type)
{
    struct feel_node_list list = {0};
    do {
        feel_node_list_add(parser->compiler, &list, parser_positive_test(parser, input_type),
                           SLICE(""));
    } while (parser->message == NULL && parser_take(parser, ","));
    node->list = list.nodes;
    node->count = list.count;
}

static const struct feel_node *compile_negation(struct feel_compiler *compiler,
                                                const struct feel_scope *scope, uint16_t input,
                                                const struct feel_type *input_type,
                                                struct slice text)
{
    struct feel_parser parser = parser_of(compiler, scope, text);
    struct feel_node *node = tests_node(&parser, input, input_type);
    if (!take_negation(&parser)) {
        return NULL;
    }
    parse_tests(&parser, node, input_type);
    node->flag = FEEL_IN_NEGATED;
    if (parser.message == NULL && parser_take(&parser, ")") && parser_peek(&parser) == '\0') {
        return node;
    }
    return NULL;
}

const struct feel_node *feel_compile_tests(struct feel_compiler *compiler,
                                           const struct feel_scope *scope, uint16_t input,
                                           const struct feel_type *input_type, struct slice text)
{
    const struct feel_node *refused = check_text(compiler, text);
    if (refused != NULL) {
        return refused;
    }
    if (slice_equal(slice_trim(text), SLICE("-"))) {
        return feel_node_constant(compiler, 0, feel_boolean(true));
    }
    struct feel_scope inner;
    feel_scope_init(&inner, scope, scope->unit);
    feel_scope_add(
        compiler, &inner,
        (struct feel_binding){
            .name = SLICE("?"), .form = FEEL_BINDING_LOCAL, .index = input, .type = input_type});
    /* Problems of a reading as a negation that fails are not problems of the text. */
    struct feel_problem *const last = compiler->last;
    const uint32_t count = compiler->problem_count;
    const struct feel_node *negation = compile_negation(compiler, &inner, input, input_type, text);
    if (negation != NULL) {
        return negation;
    }
    compiler->last = last;
    compiler->problem_count = count;
    *(last == NULL ? &compiler->first : &last->next) = NULL;
    struct feel_parser parser = parser_of(compiler, &inner, text);
    struct feel_node *node = tests_node(&parser, input, input_type);
    parse_tests(&parser, node, input_type);
    return finish(&parser, node);
}
