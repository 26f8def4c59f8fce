/* What the files of the parser share; nobody else includes this. */
#ifndef HEADROOM_FEEL_PARSER_H
#define HEADROOM_FEEL_PARSER_H

#include "feel/compile.h"

struct feel_parser {
    struct feel_compiler *compiler;
    struct slice text;
    size_t at;
    const struct feel_scope *scope;
    unsigned depth;
    bool no_filter;      /* a [ closes the interval that is being read */
    uint32_t questions;  /* uses of ? so far */
    const char *message; /* the first syntax error; NULL while there is none */
    size_t message_at;
};

/* Notes the first syntax error and gives a node to go on with. */
const struct feel_node *parser_fail(struct feel_parser *parser, size_t at, const char *message);
void parser_skip(struct feel_parser *parser);
/* The byte at the next token, 0 at the end. Skips white space and comments. */
char parser_peek(struct feel_parser *parser);
bool parser_take(struct feel_parser *parser, const char *symbol);
bool parser_at_word(struct feel_parser *parser, const char *word);
bool parser_take_word(struct feel_parser *parser, const char *word);
bool parser_take_words(struct feel_parser *parser, const char *first, const char *second);
bool parser_enter(struct feel_parser *parser);

const struct feel_node *parser_number(struct feel_parser *parser);
const struct feel_node *parser_string(struct feel_parser *parser);
const struct feel_node *parser_at_literal(struct feel_parser *parser);
/* The text of a string literal; data NULL after an error. */
struct slice parser_string_text(struct feel_parser *parser);
/* A name that is being defined: everything up to one of the stop bytes or the stop word. */
struct slice parser_defined_name(struct feel_parser *parser, const char *stops, const char *word);
/* A name in front of a colon, when one stands here; false and nothing taken otherwise. */
bool parser_take_key(struct feel_parser *parser, struct slice *ret_name);

const struct feel_node *parser_name(struct feel_parser *parser);
/* The name behind a point, by the type in front of it. */
struct slice parser_member_name(struct feel_parser *parser, const struct feel_type *type);
const struct feel_type *parser_type(struct feel_parser *parser);

const struct feel_node *parser_expression(struct feel_parser *parser);
/* What stands behind a comparison: `==` and its like are refused with a reason. */
const struct feel_node *parser_operand(struct feel_parser *parser);
const struct feel_node *parser_additive(struct feel_parser *parser);
const struct feel_node *parser_positive_test(struct feel_parser *parser,
                                             const struct feel_type *input_type);
const struct feel_node *parser_in_tests(struct feel_parser *parser);
const struct feel_node *parser_interval_end(struct feel_parser *parser,
                                            const struct feel_node *start, bool start_included,
                                            size_t at);
/* A one-ended range such as < 10, when an operator stands here; NULL otherwise. */
const struct feel_node *parser_operator_test(struct feel_parser *parser);
const struct feel_node *parser_function(struct feel_parser *parser, size_t at,
                                        const struct feel_binding *self);
const struct feel_node *parser_context(struct feel_parser *parser, size_t at);
const struct feel_node *parser_iteration(struct feel_parser *parser, enum feel_operation operation,
                                         size_t at);
const struct feel_node *parser_call(struct feel_parser *parser, const struct feel_node *callee,
                                    const struct feel_builtin *builtin, size_t at);

#endif
