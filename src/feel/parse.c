/* The grammar of expressions, from the operators that bind least to the primaries.
 * Source: DMN 1.5, 10.3.1.2. */
#include "feel/name.h"
#include "feel/parser.h"

static struct feel_node *node_binary(struct feel_parser *parser, enum feel_operation operation,
                                     size_t at, const struct feel_node *a,
                                     const struct feel_node *b)
{
    struct feel_node *node = feel_node_new(parser->compiler, operation, (uint32_t)at);
    node->child[0] = a;
    node->child[1] = b;
    return node;
}

static const struct feel_node *typed(struct feel_node *node, enum feel_kind kind)
{
    node->type = feel_type_of_kind(kind);
    return node;
}

/* e1 op e2 op ... of `and` and `or`: one node over all of them. */
static const struct feel_node *parse_logic(struct feel_parser *parser,
                                           enum feel_operation operation, const char *word,
                                           const struct feel_node *(*next)(struct feel_parser *))
{
    const struct feel_node *first = next(parser);
    if (!parser_at_word(parser, word)) {
        return first;
    }
    struct feel_node *node = feel_node_new(parser->compiler, operation, (uint32_t)parser->at);
    struct feel_node_list list = {0};
    feel_node_list_add(parser->compiler, &list, first, SLICE(""));
    while (parser_take_word(parser, word)) {
        feel_node_list_add(parser->compiler, &list, next(parser), SLICE(""));
    }
    node->list = list.nodes;
    node->count = list.count;
    return typed(node, FEEL_BOOLEAN);
}

static const struct feel_node *parse_between(struct feel_parser *parser,
                                             const struct feel_node *value, size_t at)
{
    struct feel_node *node = feel_node_new(parser->compiler, FEEL_OP_BETWEEN, (uint32_t)at);
    node->child[0] = value;
    node->child[1] = parser_additive(parser);
    if (!parser_take_word(parser, "and")) {
        return parser_fail(parser, parser->at, "`and` is expected after between");
    }
    node->child[2] = parser_additive(parser);
    return typed(node, FEEL_BOOLEAN);
}

static const struct feel_node *parse_in(struct feel_parser *parser, const struct feel_node *value,
                                        size_t at)
{
    struct feel_node *node = feel_node_new(parser->compiler, FEEL_OP_IN, (uint32_t)at);
    const struct feel_node *tests = parser_in_tests(parser);
    node->child[0] = value;
    node->list = tests->list;
    node->count = tests->count;
    return typed(node, FEEL_BOOLEAN);
}

static bool take_comparison(struct feel_parser *parser, enum feel_operation *ret_operation)
{
    static const struct {
        const char *symbol;
        enum feel_operation operation;
    } operators[] = {
        {"<=", FEEL_OP_LESS_EQUAL}, {">=", FEEL_OP_MORE_EQUAL}, {"!=", FEEL_OP_UNEQUAL},
        {"<", FEEL_OP_LESS},        {">", FEEL_OP_MORE},        {"=", FEEL_OP_EQUAL},
    };
    for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++) {
        if (parser_take(parser, operators[i].symbol)) {
            *ret_operation = operators[i].operation;
            return true;
        }
    }
    return false;
}

const struct feel_node *parser_operand(struct feel_parser *parser)
{
    parser_skip(parser);
    const char next = parser_peek(parser);
    if (next == '=' || next == '<' || next == '>') {
        return parser_fail(parser, parser->at, "a value is expected behind the comparison");
    }
    return parser_additive(parser);
}

static const struct feel_node *parse_comparison(struct feel_parser *parser)
{
    const struct feel_node *left = parser_additive(parser);
    for (;;) {
        parser_skip(parser);
        const size_t at = parser->at;
        enum feel_operation operation = FEEL_OP_EQUAL;
        if (take_comparison(parser, &operation)) {
            struct feel_node *node =
                node_binary(parser, operation, at, left, parser_operand(parser));
            left = typed(node, FEEL_BOOLEAN);
        } else if (parser_take_word(parser, "between")) {
            left = parse_between(parser, left, at);
        } else if (parser_take_word(parser, "in")) {
            left = parse_in(parser, left, at);
        } else {
            return left;
        }
    }
}

static const struct feel_node *parse_conjunction(struct feel_parser *parser)
{
    return parse_logic(parser, FEEL_OP_AND, "and", parse_comparison);
}

const struct feel_node *parser_expression(struct feel_parser *parser)
{
    if (!parser_enter(parser)) {
        return feel_node_error(parser->compiler, (uint32_t)parser->at, "nested too deeply");
    }
    const struct feel_node *node = parse_logic(parser, FEEL_OP_OR, "or", parse_conjunction);
    parser->depth--;
    return node;
}

/* The static type of an arithmetic node, where both sides tell. */
static const struct feel_type *arithmetic_type(const struct feel_node *a, const struct feel_node *b)
{
    if (a->type != NULL && b->type != NULL && a->type->kind == b->type->kind &&
        (a->type->kind == FEEL_NUMBER || a->type->kind == FEEL_STRING)) {
        return feel_type_of_kind(a->type->kind);
    }
    return NULL;
}

static const struct feel_node *arithmetic(struct feel_parser *parser, enum feel_operation operation,
                                          size_t at, const struct feel_node *a,
                                          const struct feel_node *b)
{
    struct feel_node *node = node_binary(parser, operation, at, a, b);
    node->type = arithmetic_type(a, b);
    return feel_node_fold(parser->compiler, node);
}

static const struct feel_node *parse_postfix(struct feel_parser *parser);

/* Any number of minus signs, then a postfix expression: rule 24 binds tighter than rule 23. */
static const struct feel_node *parse_unary(struct feel_parser *parser)
{
    parser_skip(parser);
    const size_t at = parser->at;
    size_t minus = 0;
    while (parser_take(parser, "-")) {
        minus++;
    }
    const struct feel_node *node = parse_postfix(parser);
    /* An even number of signs still demands something that has a negative. */
    for (size_t i = minus > 2 ? 2 - minus % 2 : minus; i > 0; i--) {
        struct feel_node *negated = node_binary(parser, FEEL_OP_NEGATE, at, node, NULL);
        negated->type = node->type;
        node = feel_node_fold(parser->compiler, negated);
    }
    return node;
}

static const struct feel_node *parse_power(struct feel_parser *parser)
{
    const struct feel_node *left = parse_unary(parser);
    for (;;) {
        parser_skip(parser);
        const size_t at = parser->at;
        if (!parser_take(parser, "**")) {
            return left;
        }
        left = arithmetic(parser, FEEL_OP_POWER, at, left, parse_unary(parser));
    }
}

static const struct feel_node *parse_multiplicative(struct feel_parser *parser)
{
    const struct feel_node *left = parse_power(parser);
    for (;;) {
        const char c = parser_peek(parser);
        const size_t at = parser->at;
        if (c != '*' && c != '/') {
            return left;
        }
        parser->at++;
        left = arithmetic(parser, c == '*' ? FEEL_OP_MULTIPLY : FEEL_OP_DIVIDE, at, left,
                          parse_power(parser));
    }
}

const struct feel_node *parser_additive(struct feel_parser *parser)
{
    const struct feel_node *left = parse_multiplicative(parser);
    for (;;) {
        const char c = parser_peek(parser);
        const size_t at = parser->at;
        if (c != '+' && c != '-') {
            return left;
        }
        parser->at++;
        left = arithmetic(parser, c == '+' ? FEEL_OP_ADD : FEEL_OP_SUBTRACT, at, left,
                          parse_multiplicative(parser));
    }
}

/* The type of e.name by that of e, NULL when not known. */
static const struct feel_type *path_type(struct feel_compiler *compiler,
                                         const struct feel_type *type, struct slice name)
{
    if (type == NULL) {
        return NULL;
    }
    if (type->kind == FEEL_LIST) {
        const struct feel_type *item = path_type(compiler, type->item, name);
        return item == NULL ? NULL : feel_type_list(compiler->arena, item);
    }
    for (uint32_t i = 0; type->kind == FEEL_CONTEXT && i < type->count; i++) {
        if (slice_equal(type->members[i].name, name)) {
            return type->members[i].type;
        }
    }
    return NULL;
}

static const struct feel_node *parse_path(struct feel_parser *parser, const struct feel_node *left,
                                          size_t at)
{
    struct feel_node *node = node_binary(parser, FEEL_OP_PATH, at, left, NULL);
    node->name = parser_member_name(parser, left->type);
    node->type = path_type(parser->compiler, left->type, node->name);
    return node;
}

static const struct feel_node *parse_filter(struct feel_parser *parser,
                                            const struct feel_node *left, size_t at)
{
    struct feel_node *node = node_binary(parser, FEEL_OP_FILTER, at, left, NULL);
    struct feel_scope scope;
    feel_scope_init(&scope, parser->scope, parser->scope->unit);
    const struct feel_type *type = left->type;
    scope.is_filter = true;
    scope.item_type = type != NULL && type->kind == FEEL_LIST ? type->item : type;
    scope.item_slot = feel_scope_declare(parser->compiler, &scope, SLICE("item"), scope.item_type);
    node->slot = scope.item_slot;
    const struct feel_scope *outer = parser->scope;
    const bool no_filter = parser->no_filter;
    parser->scope = &scope;
    parser->no_filter = false;
    node->child[1] = parser_expression(parser);
    parser->scope = outer;
    parser->no_filter = no_filter;
    if (!parser_take(parser, "]")) {
        return parser_fail(parser, parser->at, "] is expected");
    }
    const struct feel_type *inner = node->child[1]->type;
    if (inner != NULL && inner->kind == FEEL_NUMBER) {
        node->type = scope.item_type;
    } else if (inner != NULL && inner->kind == FEEL_BOOLEAN) {
        node->type = type != NULL && type->kind != FEEL_LIST
                         ? feel_type_list(parser->compiler->arena, type)
                         : type;
    }
    return node;
}

static const struct feel_node *parse_instance(struct feel_parser *parser,
                                              const struct feel_node *left, size_t at)
{
    struct feel_node *node = node_binary(parser, FEEL_OP_INSTANCE, at, left, NULL);
    node->target = parser_type(parser);
    return typed(node, FEEL_BOOLEAN);
}

static const struct feel_node *parse_primary(struct feel_parser *parser);

static const struct feel_node *parse_postfix(struct feel_parser *parser)
{
    const struct feel_node *left = parse_primary(parser);
    for (;;) {
        const char c = parser_peek(parser);
        const size_t at = parser->at;
        if (parser->message != NULL) {
            return left;
        }
        if (c == '.' && !(at + 1 < parser->text.size && parser->text.data[at + 1] == '.')) {
            parser->at++;
            left = parse_path(parser, left, at);
        } else if (c == '[' && !parser->no_filter) {
            parser->at++;
            left = parse_filter(parser, left, at);
        } else if (c == '(') {
            left = parser_call(parser, left, NULL, at);
        } else if (parser_take_words(parser, "instance", "of")) {
            left = parse_instance(parser, left, at);
        } else {
            return left;
        }
    }
}

static const struct feel_node *parse_if(struct feel_parser *parser, size_t at)
{
    struct feel_node *node = feel_node_new(parser->compiler, FEEL_OP_IF, (uint32_t)at);
    node->child[0] = parser_expression(parser);
    if (!parser_take_word(parser, "then")) {
        return parser_fail(parser, parser->at, "`then` is expected");
    }
    node->child[1] = parser_expression(parser);
    if (!parser_take_word(parser, "else")) {
        return parser_fail(parser, parser->at, "`else` is expected");
    }
    node->child[2] = parser_expression(parser);
    if (node->child[1]->type == node->child[2]->type) {
        node->type = node->child[1]->type;
    }
    return node;
}

/* Behind "(": a parenthesised expression, a one-ended range or an interval with an open start. */
static const struct feel_node *parse_parenthesis(struct feel_parser *parser, size_t at)
{
    const bool no_filter = parser->no_filter;
    parser->no_filter = false;
    const struct feel_node *node = parser_operator_test(parser);
    if (node == NULL) {
        node = parser_expression(parser);
        if (parser_take(parser, "..")) {
            parser->no_filter = no_filter;
            return parser_interval_end(parser, node, false, at);
        }
    }
    parser->no_filter = no_filter;
    if (!parser_take(parser, ")")) {
        return parser_fail(parser, parser->at, ") is expected");
    }
    return node;
}

static const struct feel_type *item_type(struct feel_parser *parser, const struct feel_node *node)
{
    const struct feel_type *type = node->count > 0 ? node->list[0]->type : NULL;
    for (uint32_t i = 1; i < node->count && type != NULL; i++) {
        const struct feel_type *other = node->list[i]->type;
        if (other == NULL || other->kind != type->kind || other->kind == FEEL_LIST) {
            type = NULL;
        }
    }
    return feel_type_list(parser->compiler->arena, type);
}

/* Behind "[": a list, or an interval with a closed start. */
static const struct feel_node *parse_bracket(struct feel_parser *parser, size_t at)
{
    struct feel_node *node = feel_node_new(parser->compiler, FEEL_OP_LIST, (uint32_t)at);
    struct feel_node_list list = {0};
    const bool no_filter = parser->no_filter;
    parser->no_filter = false;
    if (!parser_take(parser, "]")) {
        do {
            const struct feel_node *item = parser_expression(parser);
            if (list.count == 0 && parser_take(parser, "..")) {
                parser->no_filter = no_filter;
                return parser_interval_end(parser, item, true, at);
            }
            feel_node_list_add(parser->compiler, &list, item, SLICE(""));
        } while (parser_take(parser, ","));
        if (!parser_take(parser, "]")) {
            return parser_fail(parser, parser->at, "] or a comma is expected");
        }
    }
    parser->no_filter = no_filter;
    node->list = list.nodes;
    node->count = list.count;
    node->type = item_type(parser, node);
    return feel_node_fold(parser->compiler, node);
}

/* Behind "]": an interval with an open start. */
static const struct feel_node *parse_open_interval(struct feel_parser *parser, size_t at)
{
    const struct feel_node *start = parser_additive(parser);
    if (!parser_take(parser, "..")) {
        return parser_fail(parser, parser->at, ".. is expected");
    }
    return parser_interval_end(parser, start, false, at);
}

static const struct feel_node *parse_keyword(struct feel_parser *parser)
{
    const size_t at = parser->at;
    struct feel_compiler *compiler = parser->compiler;
    if (parser_take_word(parser, "if")) {
        return parse_if(parser, at);
    }
    if (parser_take_word(parser, "for")) {
        return parser_iteration(parser, FEEL_OP_FOR, at);
    }
    if (parser_take_word(parser, "some")) {
        return parser_iteration(parser, FEEL_OP_SOME, at);
    }
    if (parser_take_word(parser, "every")) {
        return parser_iteration(parser, FEEL_OP_EVERY, at);
    }
    if (parser_take_word(parser, "function")) {
        return parser_function(parser, at, NULL);
    }
    if (parser_take_word(parser, "null")) {
        return feel_node_constant(compiler, (uint32_t)at, FEEL_NOTHING);
    }
    if (parser_take_word(parser, "true")) {
        return feel_node_constant(compiler, (uint32_t)at, feel_boolean(true));
    }
    if (parser_take_word(parser, "false")) {
        return feel_node_constant(compiler, (uint32_t)at, feel_boolean(false));
    }
    return NULL;
}

static const struct feel_node *parse_symbol(struct feel_parser *parser, char c, size_t at)
{
    switch (c) {
    case '"':
        return parser_string(parser);
    case '@':
        return parser_at_literal(parser);
    case '(':
        parser->at++;
        return parse_parenthesis(parser, at);
    case '[':
        parser->at++;
        return parse_bracket(parser, at);
    case ']':
        parser->at++;
        return parse_open_interval(parser, at);
    case '{':
        parser->at++;
        return parser_context(parser, at);
    case '<':
    case '>':
    case '=':
    case '!': {
        const struct feel_node *test = parser_operator_test(parser);
        return test == NULL ? parser_fail(parser, at, "an expression is expected") : test;
    }
    default:
        return parser_fail(parser, at, "an expression is expected");
    }
}

static const struct feel_node *parse_primary_inner(struct feel_parser *parser)
{
    const char c = parser_peek(parser);
    const size_t at = parser->at;
    const bool digit = c >= '0' && c <= '9';
    const bool point = c == '.' && at + 1 < parser->text.size && parser->text.data[at + 1] >= '0' &&
                       parser->text.data[at + 1] <= '9';
    if (digit || point) {
        return parser_number(parser);
    }
    if (name_start_at(parser->text, at) > 0) {
        const struct feel_node *node = parse_keyword(parser);
        return node == NULL ? parser_name(parser) : node;
    }
    return parse_symbol(parser, c, at);
}

static const struct feel_node *parse_primary(struct feel_parser *parser)
{
    if (!parser_enter(parser)) {
        return feel_node_error(parser->compiler, (uint32_t)parser->at, "nested too deeply");
    }
    const struct feel_node *node = parse_primary_inner(parser);
    parser->depth--;
    return node;
}
