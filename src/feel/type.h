/* Types of FEEL: the lattice of DMN 1.5, 10.3.2.9, with the item definitions of a model. */
#ifndef HEADROOM_FEEL_TYPE_H
#define HEADROOM_FEEL_TYPE_H

#include "feel/value.h"

struct feel_eval;
struct feel_type;
struct feel_tests;

/* The kinds of types are those of values, and Any. */
enum { FEEL_ANY = FEEL_KIND_COUNT };

struct feel_member {
    struct slice name; /* of an entry of a context or of a parameter of a function */
    const struct feel_type *type;
};

struct feel_type {
    uint8_t kind;                 /* enum feel_kind or FEEL_ANY */
    uint32_t count;               /* of members */
    struct slice name;            /* of the item definition, empty for a type without one */
    const struct feel_type *item; /* of a list or range: of its values; of a function: result */
    const struct feel_member *members; /* of a context: entries; of a function: parameters */
    const struct feel_type *base;      /* a value must conform to this type too; NULL: none */
    const struct feel_tests *allowed;  /* a value must pass these tests too; NULL: any */
};

/** A type of a kind without parameters; lists hold Any, contexts have no required entries. */
const struct feel_type *feel_type_of_kind(unsigned kind);
/** The type that a name of the language stands for, NULL when it is none; `list`, `context`,
 *  `function` and `range` without parameters are none. */
const struct feel_type *feel_type_named(struct slice name);
/** True when every value of `type` is one of `other`, as far as structure tells. */
bool feel_type_conforms(const struct feel_type *type, const struct feel_type *other);
/** The type of a list of values of a type, NULL when the arena is exhausted. */
const struct feel_type *feel_type_list(struct arena *arena, const struct feel_type *item);
/** True when a value is of a type, its constraints included; null is of every type. */
bool feel_type_accepts(struct feel_eval *eval, const struct feel_type *type,
                       struct feel_value value);
/** The same without regard to the constraints of item definitions: what `instance of` asks. */
bool feel_type_has(struct feel_eval *eval, const struct feel_type *type, struct feel_value value);
/** The value converted to a type: itself, the item of a list of one, the list of one item, the
 *  midnight of a date. False when no conversion leads there. Source: DMN 1.5, 10.3.2.9.4. */
bool feel_type_convert(struct feel_eval *eval, const struct feel_type *type,
                       struct feel_value value, struct feel_value *ret_value) MUST_USE;
/** Appends a type as the language writes it. */
void feel_type_write(struct buffer *buffer, const struct feel_type *type);

static inline bool feel_type_is_any(const struct feel_type *type)
{
    return type == NULL || type->kind == FEEL_ANY;
}

#endif
