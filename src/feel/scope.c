#include "feel/scope.h"

#include "feel/name.h"

#include <stdarg.h>

void feel_compiler_init(struct feel_compiler *compiler, struct arena *arena)
{
    *compiler = (struct feel_compiler){.arena = arena, .zones = {.arena = arena}};
}

void feel_compiler_learn(struct feel_compiler *compiler, struct slice name)
{
    if (name.size == 0 || name_simple(name)) {
        return;
    }
    for (uint32_t i = 0; i < compiler->word_count; i++) {
        if (name_equal(compiler->words[i], name)) {
            return;
        }
    }
    if (compiler->word_count == compiler->word_capacity) {
        const uint32_t capacity = compiler->word_capacity == 0 ? 16 : compiler->word_capacity * 2;
        struct slice *words = arena_take_array(compiler->arena, capacity, sizeof *words);
        if (words == NULL) {
            compiler->failed = true;
            return;
        }
        if (compiler->word_count > 0) {
            memcpy(words, compiler->words, compiler->word_count * sizeof *words);
        }
        compiler->words = words;
        compiler->word_capacity = capacity;
    }
    compiler->words[compiler->word_count++] = name;
}

void feel_compiler_report(struct feel_compiler *compiler, uint32_t position, const char *format,
                          ...)
{
    char text[512];
    va_list arguments;
    if (compiler->quiet) {
        return;
    }
    va_start(arguments, format);
    const int size = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    struct feel_problem *problem = arena_take(compiler->arena, sizeof *problem);
    if (problem == NULL || size < 0) {
        compiler->failed = true;
        return;
    }
    const size_t kept = (size_t)size < sizeof text ? (size_t)size : sizeof text - 1;
    problem->source = compiler->source;
    problem->position = position;
    problem->message = arena_copy(compiler->arena, slice_of(text, kept));
    if (compiler->last == NULL) {
        compiler->first = problem;
    } else {
        compiler->last->next = problem;
    }
    compiler->last = problem;
    compiler->problem_count++;
}

void feel_compiler_source(struct feel_compiler *compiler, struct slice where, struct slice text)
{
    struct feel_source *source = arena_take(compiler->arena, sizeof *source);
    if (source == NULL) {
        compiler->failed = true;
        return;
    }
    *source = (struct feel_source){.where = where, .text = text};
    compiler->source = source;
}

uint16_t feel_unit_slot(struct feel_compiler *compiler, struct feel_unit *unit)
{
    if (unit->slot_count == FEEL_SLOT_NONE) {
        compiler->failed = true;
        return 0;
    }
    return unit->slot_count++;
}

void feel_scope_init(struct feel_scope *scope, const struct feel_scope *parent,
                     struct feel_unit *unit)
{
    *scope = (struct feel_scope){.parent = parent, .unit = unit};
}

void feel_scope_add(struct feel_compiler *compiler, struct feel_scope *scope,
                    struct feel_binding binding)
{
    if (scope->count == scope->capacity) {
        const uint32_t capacity = scope->capacity == 0 ? 4 : scope->capacity * 2;
        struct feel_binding *bindings =
            arena_take_array(compiler->arena, capacity, sizeof *bindings);
        if (bindings == NULL) {
            compiler->failed = true;
            return;
        }
        if (scope->count > 0) {
            memcpy(bindings, scope->bindings, scope->count * sizeof *bindings);
        }
        scope->bindings = bindings;
        scope->capacity = capacity;
    }
    scope->bindings[scope->count++] = binding;
}

uint16_t feel_scope_declare(struct feel_compiler *compiler, struct feel_scope *scope,
                            struct slice name, const struct feel_type *type)
{
    const uint16_t slot = feel_unit_slot(compiler, scope->unit);
    feel_scope_add(compiler, scope,
                   (struct feel_binding){
                       .name = name, .form = FEEL_BINDING_LOCAL, .index = slot, .type = type});
    return slot;
}

static uint16_t unit_capture(struct feel_compiler *compiler, struct feel_unit *unit, uint16_t outer)
{
    for (uint16_t i = 0; i < unit->capture_count; i++) {
        if (unit->captures[i].outer == outer) {
            return unit->captures[i].own;
        }
    }
    if (unit->capture_count == unit->capture_capacity) {
        const uint16_t capacity =
            unit->capture_capacity == 0 ? 4 : (uint16_t)(unit->capture_capacity * 2);
        struct feel_capture *captures =
            arena_take_array(compiler->arena, capacity, sizeof *captures);
        if (captures == NULL || capacity > FEEL_SLOT_NONE / 4) {
            compiler->failed = true;
            return 0;
        }
        if (unit->capture_count > 0) {
            memcpy(captures, unit->captures, unit->capture_count * sizeof *captures);
        }
        unit->captures = captures;
        unit->capture_capacity = capacity;
    }
    const uint16_t own = feel_unit_slot(compiler, unit);
    unit->captures[unit->capture_count++] = (struct feel_capture){.outer = outer, .own = own};
    return own;
}

uint16_t feel_unit_reach(struct feel_compiler *compiler, struct feel_unit *unit,
                         const struct feel_unit *owner, uint16_t slot)
{
    /* Functions within functions: each one takes the value along from the next outer frame.
     * The depth of the parser bounds that of the units. */
    enum { DEPTH_MAX = 1024 };
    struct feel_unit *path[DEPTH_MAX];
    size_t depth = 0;
    for (struct feel_unit *at = unit; at != owner; at = at->parent) {
        check(at != NULL && depth < DEPTH_MAX);
        path[depth++] = at;
    }
    while (depth > 0) {
        slot = unit_capture(compiler, path[--depth], slot);
    }
    return slot;
}
