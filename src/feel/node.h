/* The compiled form of expressions: a closed tree of nodes in an arena, names resolved to slots,
 * literals to values. Nothing of the text is read again at evaluation. */
#ifndef HEADROOM_FEEL_NODE_H
#define HEADROOM_FEEL_NODE_H

#include "feel/type.h"
#include "feel/value.h"

struct feel_builtin;
struct feel_eval;
struct feel_node;

enum feel_operation {
    FEEL_OP_CONSTANT, /* constant */
    FEEL_OP_LOCAL,    /* slot */
    FEEL_OP_GLOBAL,   /* index */
    FEEL_OP_MEMBER,   /* name of the item in slot, else child[0]: a name inside a filter */
    FEEL_OP_ERROR,    /* message: always null */
    FEEL_OP_ADD,
    FEEL_OP_SUBTRACT,
    FEEL_OP_MULTIPLY,
    FEEL_OP_DIVIDE,
    FEEL_OP_POWER,
    FEEL_OP_NEGATE,
    FEEL_OP_EQUAL,
    FEEL_OP_UNEQUAL,
    FEEL_OP_LESS,
    FEEL_OP_LESS_EQUAL,
    FEEL_OP_MORE,
    FEEL_OP_MORE_EQUAL,
    FEEL_OP_BETWEEN, /* child[0] between child[1] and child[2] */
    FEEL_OP_IN,      /* child[0] in list (tests) */
    FEEL_OP_AND,     /* list, from left to right */
    FEEL_OP_OR,      /* list */
    FEEL_OP_IF,      /* child[0..2] */
    FEEL_OP_FOR,     /* list of domains, slot of partial; child[0] the result */
    FEEL_OP_SOME,    /* the same with a condition */
    FEEL_OP_EVERY,
    FEEL_OP_FILTER,       /* child[0][child[1]], slot of item */
    FEEL_OP_PATH,         /* child[0].name */
    FEEL_OP_LIST,         /* list */
    FEEL_OP_CONTEXT,      /* list, names, slots; child[0]: the result of a boxed context */
    FEEL_OP_RANGE,        /* child[0] .. child[1], flag: feel_range_flag */
    FEEL_OP_TEST_RANGE,   /* a range of one end: child[0], form */
    FEEL_OP_FUNCTION,     /* lambda */
    FEEL_OP_CALL,         /* child[0] called with list, names when named */
    FEEL_OP_CALL_BUILTIN, /* builtin called with list */
    FEEL_OP_INSTANCE,     /* child[0] instance of type */
    FEEL_OP_DOMAIN,       /* child[0] .. child[1] of an iteration */
    FEEL_OP_CONVERT,      /* child[0] bound to a variable of a type; name of the variable */
    FEEL_OP_CONDITION, /* a unary test that is a condition, child[0]; flag: enum feel_condition */
    FEEL_OP_SOURCE,    /* child[0], which was written in another source */
    FEEL_OP_HOST,      /* host: something that the room above evaluates */
};

enum feel_range_flag {
    FEEL_START_INCLUDED = 1,
    FEEL_END_INCLUDED = 2,
};

/* The forms of FEEL_OP_CONDITION. */
enum feel_condition {
    FEEL_CONDITION_STRICT, /* it mentions ?: the test holds when it is true */
    FEEL_CONDITION_LOOSE,  /* it does not: the same unless the tested value is a boolean */
};

/* The forms of FEEL_OP_IN. */
enum feel_in_flag {
    FEEL_IN_NEGATED = 1, /* not(tests) */
};

/* One expression of a model, for diagnostics. */
struct feel_source {
    struct slice where; /* the element of the model, such as "decision 'Rating', rule 3, input 2" */
    struct slice text;
};

/* A value that a function takes along from where it is created. */
struct feel_capture {
    uint16_t outer; /* slot of the frame in which the function is created */
    uint16_t own;   /* slot of the frame of its calls */
};

/* A function literal, and whatever is called like one. */
struct feel_lambda {
    const struct feel_member *parameters;
    uint32_t parameter_count;
    uint16_t slot_count; /* of the frame of a call: the parameters first */
    uint16_t capture_count;
    uint16_t self_slot; /* receives the function itself; FEEL_SLOT_NONE without */
    const struct feel_capture *captures;
    const struct feel_node *body;
    const struct feel_type *result; /* NULL: any */
    const struct feel_source *source;
    const char *refusal; /* not NULL: an external function, and why it is not run */
};

#define FEEL_SLOT_NONE UINT16_MAX

/* A node that the room above evaluates. */
struct feel_host {
    struct feel_value (*run)(struct feel_eval *eval, const struct feel_host *host,
                             struct feel_value *frame);
    const void *data;
};

struct feel_node {
    uint8_t operation; /* enum feel_operation */
    uint8_t flag;      /* enum feel_range_flag, enum feel_range_form */
    uint16_t slot;
    uint32_t count;    /* of list and names */
    uint32_t position; /* bytes from the start of the source text */
    uint32_t index;    /* of a global */
    const struct feel_node *child[3];
    const struct feel_node *const *list;
    const struct slice *names;
    const uint16_t *slots;        /* of the entries of a context */
    const struct feel_type *type; /* the static type of the value; NULL: not known */
    union {
        struct feel_value constant;
        struct slice name;
        const char *message;
        const struct feel_type *target; /* of INSTANCE, NULL: no such type; of CONVERT */
        const struct feel_lambda *lambda;
        const struct feel_builtin *builtin;
        struct feel_host host;
        const struct feel_source *source; /* of SOURCE */
    };
};

/* Something that can be evaluated: a tree and the slots that it needs. */
struct feel_program {
    const struct feel_node *root;
    uint16_t slot_count;
    const struct feel_source *source;
};

/* Unary tests as a program over the tested value in slot 0; the answer is a boolean. */
struct feel_tests {
    struct feel_program program;
};

#endif
