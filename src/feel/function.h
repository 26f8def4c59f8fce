/* Function values: closures, built-in functions, and invocables of the room above. */
#ifndef HEADROOM_FEEL_FUNCTION_H
#define HEADROOM_FEEL_FUNCTION_H

#include "feel/node.h"

struct feel_globals;

struct feel_function {
    const struct feel_builtin *builtin; /* the first signature of a built-in function, or NULL */
    const struct feel_lambda *lambda;   /* of any other function */
    const struct feel_value *captured;
    struct feel_globals *globals; /* what global names mean in the body */
    /* Evaluates in place of the body of the lambda; NULL: the body. */
    struct feel_value (*call)(struct feel_eval *eval, const struct feel_function *function,
                              const struct feel_value *arguments);
    const void *data;
};

/** Functions are equal when they have the same text and captured the same values: 1, 0, or -1 for
 *  null, the answer for two built-in functions that differ. */
int function_equal(const struct feel_function *a, const struct feel_function *b);
/** Parameters as a type: their names, types and the result. */
bool function_has_type(const struct feel_function *function, const struct feel_type *type);

#endif
