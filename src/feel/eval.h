/* The evaluator: runs programs within bounds of steps, depth and memory. Re-entrant; all memory
 * comes from the caller's arena; the clock is a value of the caller. */
#ifndef HEADROOM_FEEL_EVAL_H
#define HEADROOM_FEEL_EVAL_H

#include "feel/function.h"
#include "feel/temporal.h"

/* X(name, English text). What ends an evaluation as a whole; anything else is null and a
 * diagnostic. */
#define FEEL_STATUS_LIST(X)                                                                        \
    X(OK, "evaluated")                                                                             \
    X(STEPS, "the evaluation takes more steps than allowed")                                       \
    X(DEPTH, "the evaluation is nested more deeply than allowed")                                  \
    X(MEMORY, "the evaluation takes more memory than allowed")

enum feel_status {
#define X(name, text) FEEL_STATUS_##name,
    FEEL_STATUS_LIST(X)
#undef X
};

struct slice feel_status_text(enum feel_status status);

struct feel_diagnostic {
    const struct feel_source *source; /* NULL: outside of any expression */
    uint32_t position;                /* bytes from the start of the source text */
    struct slice message;
    struct feel_diagnostic *next;
};

enum { FEEL_DIAGNOSTICS_MAX = 100 };

/* The values of names outside of an expression, by index; each is found once, when first asked. */
struct feel_globals {
    struct feel_value *values;
    uint8_t *states; /* enum feel_global_state */
    uint32_t count;
    struct feel_value (*find)(struct feel_eval *eval, struct feel_globals *globals, uint32_t index);
    void *data;
};

enum feel_global_state { FEEL_GLOBAL_UNKNOWN, FEEL_GLOBAL_RUNNING, FEEL_GLOBAL_KNOWN };

struct feel_limits {
    uint64_t steps_max;
    uint32_t depth_max;
};

enum { FEEL_STEPS_DEFAULT = 10000000, FEEL_DEPTH_DEFAULT = 2500 };

struct feel_stack_block;

struct feel_eval {
    struct arena *arena;
    struct feel_globals *globals;
    const struct feel_source *source; /* of the expression being evaluated */
    uint64_t steps_left;
    uint32_t depth_left;
    enum feel_status status;
    struct feel_stack_block *stack; /* where slots and arguments lie, last in first out */
    struct feel_zones zones;
    struct feel_moment now; /* the caller's clock */
    struct feel_diagnostic *first;
    struct feel_diagnostic *last;
    uint32_t diagnostic_count;
    bool quiet; /* diagnostics are not wanted */
    void *host; /* of the room above */
};

/** `now` is what now() and today() answer. Limits of zero stand for the defaults. */
void feel_eval_init(struct feel_eval *eval, struct arena *arena, struct feel_limits limits,
                    const struct feel_moment *now);
/** Runs a program in a frame of its own; `arguments` fill its first slots. */
struct feel_value feel_run(struct feel_eval *eval, const struct feel_program *program,
                           const struct feel_value *arguments, uint32_t count);
/** Evaluates a node in a frame; for the rooms above and the built-in functions. */
struct feel_value feel_eval_node(struct feel_eval *eval, const struct feel_node *node,
                                 struct feel_value *frame);
/** Runs unary tests over a value: true, false or null. */
struct feel_value feel_test(struct feel_eval *eval, const struct feel_tests *tests,
                            struct feel_value value);
/** Calls a function with positional arguments, which are converted to its parameters' types. */
struct feel_value feel_call(struct feel_eval *eval, const struct feel_function *function,
                            const struct feel_value *arguments, uint32_t count);
/** Tells whether a value satisfies the value of one positive unary test: 1, 0, or -1 for null. */
int feel_value_in(struct feel_eval *eval, struct feel_value value, struct feel_value test);

/** Takes `count` slots of null off the stack; NULL when memory is exhausted. Each take is given
 *  back, newest first. */
struct feel_value *feel_stack_take(struct feel_eval *eval, uint32_t count);
void feel_stack_give(struct feel_eval *eval, const struct feel_value *slots, uint32_t count);

/** Counts work that no node shows; false when the steps are used up. */
bool feel_spend(struct feel_eval *eval, uint64_t steps);
/** Notes a diagnostic at a place of the current source and gives null. */
struct feel_value feel_fail(struct feel_eval *eval, uint32_t position, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/** Ends the evaluation for want of memory and gives null. */
struct feel_value feel_out_of_memory(struct feel_eval *eval);
/** The finished text of a buffer as a string in the arena; releases the buffer. */
struct feel_value feel_string_of_buffer(struct feel_eval *eval, struct buffer *buffer);
/** A copy of a moment as a value of kind FEEL_TIME or FEEL_DATE_TIME. */
struct feel_value feel_moment_value(struct feel_eval *eval, enum feel_kind kind,
                                    const struct feel_moment *moment);

/* A list that grows while it is built. */
struct feel_builder {
    struct feel_value *items;
    uint32_t count;
    uint32_t capacity;
};

/** False when memory is exhausted, which ends the evaluation. */
bool feel_builder_add(struct feel_eval *eval, struct feel_builder *builder,
                      struct feel_value value) MUST_USE;
static inline struct feel_value feel_builder_list(const struct feel_builder *builder)
{
    return feel_list(builder->items, builder->count);
}

#endif
