/* From text to the compiled form. A text that is not FEEL gives a node that is always null, and a
 * problem in the compiler. */
#ifndef HEADROOM_FEEL_COMPILE_H
#define HEADROOM_FEEL_COMPILE_H

#include "feel/scope.h"

/* Expressions within one another; deeper texts are refused. */
enum { FEEL_PARSE_DEPTH_MAX = 800 };

/** Compiles an expression (rule 1). */
const struct feel_node *feel_compile_expression(struct feel_compiler *compiler,
                                                const struct feel_scope *scope, struct slice text);
/** Compiles unary tests (rule 15) of the value in slot `input` of the scope's unit, which the text
 *  knows as `?`. The node gives a boolean or null. */
const struct feel_node *feel_compile_tests(struct feel_compiler *compiler,
                                           const struct feel_scope *scope, uint16_t input,
                                           const struct feel_type *input_type, struct slice text);
/** Compiles a name of the scope, as an expression that consists of it alone would. */
const struct feel_node *feel_compile_name(struct feel_compiler *compiler,
                                          const struct feel_scope *scope, struct slice name);
/** Compiles the text of range(): an interval whose ends are left out or literals. */
const struct feel_node *feel_compile_range(struct feel_compiler *compiler,
                                           const struct feel_scope *scope, struct slice text);
/** Reads a type (rule 52); NULL when the text is none. */
const struct feel_type *feel_compile_type(struct feel_compiler *compiler, struct slice text);

/** A node in the compiler's arena; never NULL (compiler->failed when memory is exhausted). */
struct feel_node *feel_node_new(struct feel_compiler *compiler, enum feel_operation operation,
                                uint32_t position);
/** A node that is always null, with the reason that its evaluation notes. */
const struct feel_node *feel_node_error(struct feel_compiler *compiler, uint32_t position,
                                        const char *message);
const struct feel_node *feel_node_constant(struct feel_compiler *compiler, uint32_t position,
                                           struct feel_value value);
/** A node whose diagnostics name the compiler's current source; itself when it can have none. */
const struct feel_node *feel_node_source(struct feel_compiler *compiler,
                                         const struct feel_node *node);
/** A node that reads a local variable of an enclosing scope. */
const struct feel_node *feel_node_local(struct feel_compiler *compiler, uint16_t slot,
                                        const struct feel_type *type);
/** The node itself, or its value when all that it takes is constant. */
const struct feel_node *feel_node_fold(struct feel_compiler *compiler, struct feel_node *node);
/** Nodes collected to be children of one. */
struct feel_node_list {
    const struct feel_node **nodes;
    struct slice *names;
    uint32_t count;
    uint32_t capacity;
};
void feel_node_list_add(struct feel_compiler *compiler, struct feel_node_list *list,
                        const struct feel_node *node, struct slice name);
/** The value bound to a variable with a type; `name` is for diagnostics. */
const struct feel_node *feel_node_convert(struct feel_compiler *compiler,
                                          const struct feel_node *node,
                                          const struct feel_type *type, struct slice name);
/** The static type of a constant. */
const struct feel_type *feel_type_of_constant(struct arena *arena, struct feel_value value);

#endif
