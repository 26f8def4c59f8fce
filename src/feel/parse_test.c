/* Unary tests, ranges and types. */
#include "feel/name.h"
#include "feel/parser.h"

const struct feel_node *parser_interval_end(struct feel_parser *parser,
                                            const struct feel_node *start, bool start_included,
                                            size_t at)
{
    struct feel_node *node = feel_node_new(parser->compiler, FEEL_OP_RANGE, (uint32_t)at);
    const bool no_filter = parser->no_filter;
    parser->no_filter = true;
    node->child[0] = start;
    node->child[1] = parser_additive(parser);
    parser->no_filter = no_filter;
    node->flag = start_included ? FEEL_START_INCLUDED : 0;
    if (parser_take(parser, "]")) {
        node->flag |= FEEL_END_INCLUDED;
    } else if (!parser_take(parser, ")") && !parser_take(parser, "[")) {
        return parser_fail(parser, parser->at, "the end of an interval is expected");
    }
    struct feel_type *type = arena_take(parser->compiler->arena, sizeof *type);
    if (type == NULL) {
        parser->compiler->failed = true;
        return node;
    }
    *type = (struct feel_type){.kind = FEEL_RANGE, .item = start->type};
    node->type = type;
    return feel_node_fold(parser->compiler, node);
}

const struct feel_node *parser_operator_test(struct feel_parser *parser)
{
    static const struct {
        const char *symbol;
        enum feel_range_form form;
        bool included;
    } operators[] = {
        {"<=", FEEL_RANGE_LESS, true},     {">=", FEEL_RANGE_GREATER, true},
        {"!=", FEEL_RANGE_UNEQUAL, false}, {"<", FEEL_RANGE_LESS, false},
        {">", FEEL_RANGE_GREATER, false},  {"=", FEEL_RANGE_EQUAL, true},
    };
    parser_skip(parser);
    const size_t at = parser->at;
    for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++) {
        if (parser_take(parser, operators[i].symbol)) {
            struct feel_node *node =
                feel_node_new(parser->compiler, FEEL_OP_TEST_RANGE, (uint32_t)at);
            node->flag = (uint8_t)operators[i].form;
            node->slot = operators[i].included;
            node->child[0] = parser_operand(parser);
            node->type = feel_type_of_kind(FEEL_RANGE);
            return feel_node_fold(parser->compiler, node);
        }
    }
    return NULL;
}

/* True when a node is a condition by its form: its value alone decides a unary test. */
static bool is_condition(const struct feel_node *node)
{
    switch ((enum feel_operation)node->operation) {
    case FEEL_OP_EQUAL:
    case FEEL_OP_UNEQUAL:
    case FEEL_OP_LESS:
    case FEEL_OP_LESS_EQUAL:
    case FEEL_OP_MORE:
    case FEEL_OP_MORE_EQUAL:
    case FEEL_OP_BETWEEN:
    case FEEL_OP_IN:
    case FEEL_OP_AND:
    case FEEL_OP_OR:
    case FEEL_OP_SOME:
    case FEEL_OP_EVERY:
    case FEEL_OP_INSTANCE:
        return true;
    case FEEL_OP_CALL_BUILTIN:
        return node->type != NULL && node->type->kind == FEEL_BOOLEAN;
    default:
        return false;
    }
}

const struct feel_node *parser_positive_test(struct feel_parser *parser,
                                             const struct feel_type *input_type)
{
    const uint32_t questions = parser->questions;
    const struct feel_node *test = parser_operator_test(parser);
    const size_t at = parser->at;
    if (test != NULL) {
        return test;
    }
    test = parser_expression(parser);
    const bool mentions = parser->questions != questions && test->operation != FEEL_OP_LOCAL;
    const bool loose = !mentions && is_condition(test) &&
                       !(input_type != NULL && input_type->kind == FEEL_BOOLEAN);
    /* A range or list that merely mentions the value is a test of its own kind. */
    const bool is_value = test->type != NULL && test->type->kind != FEEL_BOOLEAN;
    if ((mentions && !is_value) || loose) {
        struct feel_node *condition =
            feel_node_new(parser->compiler, FEEL_OP_CONDITION, (uint32_t)at);
        condition->child[0] = test;
        condition->flag = mentions ? FEEL_CONDITION_STRICT : FEEL_CONDITION_LOOSE;
        condition->type = feel_type_of_kind(FEEL_BOOLEAN);
        return condition;
    }
    return test;
}

/* Behind `in`: one test, or several in parentheses. */
const struct feel_node *parser_in_tests(struct feel_parser *parser)
{
    parser_skip(parser);
    struct feel_node *node = feel_node_new(parser->compiler, FEEL_OP_IN, (uint32_t)parser->at);
    struct feel_node_list list = {0};
    const size_t at = parser->at;
    if (parser_peek(parser) != '(') {
        const struct feel_node *test = parser_operator_test(parser);
        feel_node_list_add(parser->compiler, &list, test == NULL ? parser_additive(parser) : test,
                           SLICE(""));
    } else {
        parser->at++;
        const bool no_filter = parser->no_filter;
        parser->no_filter = false;
        do {
            const struct feel_node *test = parser_operator_test(parser);
            test = test == NULL ? parser_expression(parser) : test;
            if (list.count == 0 && parser_take(parser, "..")) {
                parser->no_filter = no_filter;
                feel_node_list_add(parser->compiler, &list,
                                   parser_interval_end(parser, test, false, at), SLICE(""));
                node->list = list.nodes;
                node->count = list.count;
                return node;
            }
            feel_node_list_add(parser->compiler, &list, test, SLICE(""));
        } while (parser_take(parser, ","));
        parser->no_filter = no_filter;
        if (!parser_take(parser, ")")) {
            (void)parser_fail(parser, parser->at, ") or a comma is expected");
        }
    }
    node->list = list.nodes;
    node->count = list.count;
    return node;
}

static const struct feel_type *new_type(struct feel_parser *parser, struct feel_type value)
{
    struct feel_type *type = arena_take(parser->compiler->arena, sizeof *type);
    if (type == NULL) {
        parser->compiler->failed = true;
        return NULL;
    }
    *type = value;
    return type;
}

enum { TYPE_MEMBERS_MAX = 64 };

/* Types, with names in front of them when `named`, up to ">". */
static bool parse_members(struct feel_parser *parser, bool named,
                          const struct feel_member **ret_members, uint32_t *ret_count)
{
    struct feel_member members[TYPE_MEMBERS_MAX];
    uint32_t count = 0;
    while (!parser_take(parser, ">")) {
        if ((count > 0 && !parser_take(parser, ",")) || count == TYPE_MEMBERS_MAX) {
            (void)parser_fail(parser, parser->at, "> or a comma is expected");
            return false;
        }
        members[count] = (struct feel_member){0};
        if (named && !parser_take_key(parser, &members[count].name)) {
            (void)parser_fail(parser, parser->at, "a name and a colon are expected");
            return false;
        }
        members[count].type = parser_type(parser);
        if (parser->message != NULL || members[count].type == NULL) {
            return false;
        }
        count++;
    }
    struct feel_member *kept =
        arena_take_array(parser->compiler->arena, count == 0 ? 1 : count, sizeof *kept);
    if (kept == NULL) {
        parser->compiler->failed = true;
        return false;
    }
    memcpy(kept, members, count * sizeof *kept);
    *ret_members = kept;
    *ret_count = count;
    return true;
}

static const struct feel_type *parse_type_of_item(struct feel_parser *parser, enum feel_kind kind)
{
    const struct feel_type *item = parser_type(parser);
    if (!parser_take(parser, ">")) {
        (void)parser_fail(parser, parser->at, "> is expected");
        return NULL;
    }
    return item == NULL ? NULL
                        : new_type(parser, (struct feel_type){.kind = (uint8_t)kind, .item = item});
}

static const struct feel_type *parse_function_type(struct feel_parser *parser)
{
    const struct feel_member *members = NULL;
    uint32_t count = 0;
    if (!parse_members(parser, false, &members, &count)) {
        return NULL;
    }
    if (!parser_take(parser, "->")) {
        (void)parser_fail(parser, parser->at, "-> is expected");
        return NULL;
    }
    const struct feel_type *result = parser_type(parser);
    return result == NULL ? NULL
                          : new_type(parser, (struct feel_type){.kind = FEEL_FUNCTION,
                                                                .item = result,
                                                                .members = members,
                                                                .count = count});
}

static const struct feel_type *parse_context_type(struct feel_parser *parser)
{
    const struct feel_member *members = NULL;
    uint32_t count = 0;
    if (!parse_members(parser, true, &members, &count)) {
        return NULL;
    }
    return new_type(parser,
                    (struct feel_type){.kind = FEEL_CONTEXT, .members = members, .count = count});
}

/* A name of the language or of the model: the longest sequence of words that is one. */
static const struct feel_type *parse_named_type(struct feel_parser *parser)
{
    const size_t start = parser->at;
    size_t end = start;
    size_t best = 0;
    const struct feel_type *type = NULL;
    for (;;) {
        const size_t word = name_word_at(parser->text, end);
        const bool symbol = word == 0 && end < parser->text.size && end > start &&
                            name_symbol(parser->text.data[end]);
        if (word == 0 && !symbol) {
            break;
        }
        end += symbol ? 1 : word;
        const struct slice name = name_normalize(parser->compiler->arena,
                                                 slice_of(parser->text.data + start, end - start));
        const struct feel_type *found = feel_type_named(name);
        if (found == NULL && parser->compiler->find_type != NULL) {
            found = parser->compiler->find_type(parser->compiler->data, name);
        }
        if (found != NULL) {
            type = found;
            best = end;
        }
        for (size_t size = name_space_at(parser->text, end); size > 0;
             size = name_space_at(parser->text, end)) {
            end += size;
        }
    }
    if (type == NULL) {
        const size_t word = name_word_at(parser->text, start);
        if (word == 0) {
            (void)parser_fail(parser, start, "a type is expected");
            return NULL;
        }
        parser->at = start + word;
        feel_compiler_report(parser->compiler, (uint32_t)start, "the type '%.*s' is not known",
                             (int)word, parser->text.data + start);
        return NULL;
    }
    parser->at = best;
    return type;
}

static const struct feel_type *parse_type_inner(struct feel_parser *parser)
{
    parser_skip(parser);
    const size_t start = parser->at;
    if (parser_take_word(parser, "list") && parser_take(parser, "<")) {
        return parse_type_of_item(parser, FEEL_LIST);
    }
    parser->at = start;
    if (parser_take_word(parser, "range") && parser_take(parser, "<")) {
        return parse_type_of_item(parser, FEEL_RANGE);
    }
    parser->at = start;
    if (parser_take_word(parser, "context") && parser_take(parser, "<")) {
        return parse_context_type(parser);
    }
    parser->at = start;
    if (parser_take_word(parser, "function") && parser_take(parser, "<")) {
        return parse_function_type(parser);
    }
    parser->at = start;
    return parse_named_type(parser);
}

const struct feel_type *parser_type(struct feel_parser *parser)
{
    if (!parser_enter(parser)) {
        return NULL;
    }
    const struct feel_type *type = parse_type_inner(parser);
    parser->depth--;
    return type;
}
