/* Scopes of the compiler: which names an expression may use and where their values will lie.
 * Source: DMN 1.5, 10.3.2.11. */
#ifndef HEADROOM_FEEL_SCOPE_H
#define HEADROOM_FEEL_SCOPE_H

#include "feel/node.h"
#include "feel/temporal.h"

/* One frame at evaluation: that of an expression or of a function body. */
struct feel_unit {
    struct feel_unit *parent; /* the frame in which the function is created; NULL outside */
    uint16_t slot_count;
    uint16_t capture_count;
    uint16_t capture_capacity;
    struct feel_capture *captures;
};

enum feel_binding_form {
    FEEL_BINDING_LOCAL,  /* index is a slot of the unit of its scope */
    FEEL_BINDING_GLOBAL, /* index of the globals */
    FEEL_BINDING_SPACE,  /* names of another model, behind a point */
};

struct feel_binding {
    struct slice name;
    enum feel_binding_form form;
    uint32_t index;
    const struct feel_type *type;   /* NULL: not known */
    const struct feel_scope *space; /* of FEEL_BINDING_SPACE */
};

struct feel_scope {
    const struct feel_scope *parent;
    struct feel_unit *unit;
    struct feel_binding *bindings;
    uint32_t count;
    uint32_t capacity;
    bool is_filter; /* names may be entries of the item */
    uint16_t item_slot;
    const struct feel_type *item_type; /* NULL: not known */
};

/* What compiling takes: memory, types, names, and where problems are noted. */
struct feel_compiler {
    struct arena *arena;
    struct feel_zones zones;
    /* The type of a qualified name of the model; NULL when there is none. */
    const struct feel_type *(*find_type)(void *data, struct slice name);
    /* The index of the global that a name found nowhere stands for, where names are open; false
     * when it stands for none. NULL: names are closed. */
    bool (*find_name)(void *data, struct slice name, uint32_t *ret_index);
    void *data;
    struct slice *words; /* names of more than one token known anywhere in the model */
    uint32_t word_count;
    uint32_t word_capacity;
    const struct feel_source *source;
    struct feel_problem *first; /* problems in the order in which they were found */
    struct feel_problem *last;
    uint32_t problem_count;
    bool quiet;  /* problems are not wanted */
    bool failed; /* the arena is exhausted */
};

struct feel_problem {
    const struct feel_source *source;
    uint32_t position;
    struct slice message;
    struct feel_problem *next;
};

void feel_compiler_init(struct feel_compiler *compiler, struct arena *arena);
/** Remembers a name that may appear behind a point or in a filter. */
void feel_compiler_learn(struct feel_compiler *compiler, struct slice name);
/** Notes a problem in the current source. */
void feel_compiler_report(struct feel_compiler *compiler, uint32_t position, const char *format,
                          ...) __attribute__((format(printf, 3, 4)));
/** Begins a source; its texts are kept as they are. */
void feel_compiler_source(struct feel_compiler *compiler, struct slice where, struct slice text);

/** A new slot of a unit; FEEL_SLOT_NONE, and compiler->failed, when there are too many. */
uint16_t feel_unit_slot(struct feel_compiler *compiler, struct feel_unit *unit);
void feel_scope_init(struct feel_scope *scope, const struct feel_scope *parent,
                     struct feel_unit *unit);
/** Adds a name; a later one hides an earlier one of the same scope. */
void feel_scope_add(struct feel_compiler *compiler, struct feel_scope *scope,
                    struct feel_binding binding);
/** Adds a local variable and gives its slot. */
uint16_t feel_scope_declare(struct feel_compiler *compiler, struct feel_scope *scope,
                            struct slice name, const struct feel_type *type);
/** The slot in which a local of an enclosing scope is seen from `unit`; captures it on the way. */
uint16_t feel_unit_reach(struct feel_compiler *compiler, struct feel_unit *unit,
                         const struct feel_unit *owner, uint16_t slot);

#endif
