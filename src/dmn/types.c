/* Item definitions. Source: DMN 1.5, 7.3.3. */
#include "dmn/model.h"
#include "feel/name.h"

static const struct feel_type *item_type(struct dmn_model *model, struct dmn_document *document,
                                         struct slice name)
{
    (void)model;
    for (uint32_t i = 0; document != NULL && i < document->item_count; i++) {
        if (name_equal(document->items[i].name, name)) {
            return document->items[i].type;
        }
    }
    return NULL;
}

const struct feel_type *dmn_type_find(void *data, struct slice name)
{
    struct dmn_model *model = data;
    struct dmn_document *document = model->current;
    const struct feel_type *own = item_type(model, document, name);
    for (uint32_t i = 0; own == NULL && document != NULL && i < document->import_count; i++) {
        const struct dmn_import *import = &document->imports[i];
        struct slice inner = name;
        if (import->name.size > 0) {
            if (!slice_starts_with(name, import->name) || name.size <= import->name.size ||
                name.data[import->name.size] != '.') {
                continue;
            }
            inner = slice_of(name.data + import->name.size + 1, name.size - import->name.size - 1);
        }
        own = item_type(model, import->document, inner);
    }
    return own;
}

/* The type of a reference: of the language, of this document or of an imported one, with or without
 * a prefix such as feel: in front. */
static const struct feel_type *type_named(struct dmn_model *model, struct slice raw)
{
    const struct slice name = name_normalize(&model->arena, raw);
    if (name.data == NULL) {
        model->compiler.failed = true;
        return NULL;
    }
    const struct feel_type *type = dmn_type_find(model, name);
    type = type == NULL ? feel_type_named(name) : type;
    const char *colon = name.size == 0 ? NULL : memchr(name.data, ':', name.size);
    if (type == NULL && colon != NULL) {
        const size_t at = (size_t)(colon - name.data) + 1;
        return type_named(model, slice_of(name.data + at, name.size - at));
    }
    return type == NULL ? feel_compile_type(&model->compiler, name) : type;
}

const struct feel_type *dmn_type_ref(struct dmn_model *model, const struct xml_element *xml)
{
    struct slice name = xml_attribute(xml, "typeRef");
    if (name.size == 0) {
        const struct xml_element *child = xml_child(xml, "typeRef");
        name = child == NULL ? SLICE("") : slice_trim(child->text);
    }
    if (name.size == 0) {
        return NULL;
    }
    const struct feel_type *type = type_named(model, name);
    if (type == NULL) {
        dmn_source(model, xml, "", name);
        feel_compiler_report(&model->compiler, 0, "the type '%.*s' is not known", (int)name.size,
                             name.data);
    }
    return type;
}

static const struct feel_tests *
compile_tests(struct dmn_model *model, const struct xml_element *xml, const struct feel_type *type)
{
    struct feel_tests *tests = arena_take(&model->arena, sizeof *tests);
    if (tests == NULL) {
        model->compiler.failed = true;
        return NULL;
    }
    struct feel_unit unit = {.slot_count = 1};
    struct feel_scope scope;
    feel_scope_init(&scope, NULL, &unit);
    dmn_source(model, xml, "allowed values", dmn_text_of(xml));
    tests->program.root = feel_compile_tests(&model->compiler, &scope, 0, type, dmn_text_of(xml));
    tests->program.slot_count = unit.slot_count;
    tests->program.source = model->compiler.source;
    return tests;
}

static void define(struct dmn_model *model, const struct xml_element *xml, struct feel_type *type,
                   unsigned depth);

static bool is_collection(const struct xml_element *xml)
{
    return slice_equal(xml_attribute(xml, "isCollection"), SLICE("true"));
}

/* The type of a component. One that only names a type is that type itself, which may be the one
 * that is being defined: structures may hold others of their kind. */
static const struct feel_type *component_type(struct dmn_model *model,
                                              const struct xml_element *xml, unsigned depth)
{
    static const char *const more[] = {"itemComponent", "functionItem", "allowedValues",
                                       "typeConstraint"};
    bool plain = true;
    for (size_t i = 0; i < sizeof more / sizeof more[0]; i++) {
        plain = plain && xml_child(xml, more[i]) == NULL;
    }
    if (plain) {
        const struct feel_type *type = dmn_type_ref(model, xml);
        return is_collection(xml) ? feel_type_list(&model->arena, type) : type;
    }
    struct feel_type *type = arena_take(&model->arena, sizeof *type);
    if (type == NULL) {
        model->compiler.failed = true;
        return NULL;
    }
    define(model, xml, type, depth + 1);
    return type;
}

static void define_members(struct dmn_model *model, const struct xml_element *xml,
                           struct feel_type *type, unsigned depth)
{
    uint32_t count = 0;
    for (const struct xml_element *at = xml_child(xml, "itemComponent"); at != NULL;
         at = xml_next(at)) {
        count++;
    }
    struct feel_member *members = arena_take_array(&model->arena, count, sizeof *members);
    if (members == NULL) {
        model->compiler.failed = true;
        return;
    }
    type->kind = FEEL_CONTEXT;
    for (const struct xml_element *at = xml_child(xml, "itemComponent"); at != NULL;
         at = xml_next(at)) {
        members[type->count].name = name_normalize(&model->arena, xml_attribute(at, "name"));
        members[type->count].type = component_type(model, at, depth);
        feel_compiler_learn(&model->compiler, members[type->count].name);
        type->count++;
    }
    type->members = members;
}

static void define_function(struct dmn_model *model, const struct xml_element *xml,
                            struct feel_type *type)
{
    uint32_t count = 0;
    for (const struct xml_element *at = xml_child(xml, "parameters"); at != NULL;
         at = xml_next(at)) {
        count++;
    }
    struct feel_member *members =
        arena_take_array(&model->arena, count == 0 ? 1 : count, sizeof *members);
    if (members == NULL) {
        model->compiler.failed = true;
        return;
    }
    const struct slice output = xml_attribute(xml, "outputTypeRef");
    type->kind = FEEL_FUNCTION;
    type->item = output.size == 0 ? NULL : type_named(model, output);
    for (const struct xml_element *at = xml_child(xml, "parameters"); at != NULL;
         at = xml_next(at)) {
        members[type->count++] = (struct feel_member){.name = xml_attribute(at, "name"),
                                                      .type = dmn_type_ref(model, at)};
    }
    type->members = members;
}

/* Fills the type of one item definition or component, without its being a collection. */
static void define_single(struct dmn_model *model, const struct xml_element *xml,
                          struct feel_type *type, unsigned depth)
{
    const struct xml_element *function = xml_child(xml, "functionItem");
    if (xml_child(xml, "itemComponent") != NULL) {
        define_members(model, xml, type, depth);
    } else if (function != NULL) {
        define_function(model, function, type);
    } else {
        const struct feel_type *base = dmn_type_ref(model, xml);
        /* A base that is defined further down has its kind only then: define it first. */
        for (struct dmn_document *document = model->first; base != NULL && document != NULL;
             document = document->next) {
            for (uint32_t i = 0; i < document->item_count; i++) {
                struct dmn_item *item = &document->items[i];
                if (item->type == base && !item->ready && depth < 100) {
                    item->ready = true;
                    struct dmn_document *current = model->current;
                    model->current = document;
                    define(model, item->xml, item->type, depth + 1);
                    model->current = current;
                }
            }
        }
        type->kind = base == NULL ? FEEL_ANY : base->kind;
        if (base != NULL) {
            type->item = base->item;
            type->members = base->members;
            type->count = base->count;
            type->base = base->allowed != NULL || base->base != NULL ? base : NULL;
        }
    }
    const struct xml_element *allowed = xml_child(xml, "allowedValues");
    if (allowed != NULL) {
        type->allowed = compile_tests(model, allowed, type);
    }
}

/* Adds a constraint to those that the type has already. */
static void constrain(struct dmn_model *model, const struct xml_element *xml,
                      struct feel_type *type)
{
    if (type->allowed != NULL) {
        struct feel_type *base = arena_take(&model->arena, sizeof *base);
        if (base == NULL) {
            model->compiler.failed = true;
            return;
        }
        *base = *type;
        type->base = base;
    }
    type->allowed = compile_tests(model, xml, type);
}

static void define(struct dmn_model *model, const struct xml_element *xml, struct feel_type *type,
                   unsigned depth)
{
    const struct xml_element *constraint = xml_child(xml, "typeConstraint");
    if (depth > 100) {
        model->compiler.failed = true;
        return;
    }
    if (!is_collection(xml)) {
        define_single(model, xml, type, depth);
    } else {
        struct feel_type *item = arena_take(&model->arena, sizeof *item);
        if (item == NULL) {
            model->compiler.failed = true;
            return;
        }
        item->kind = FEEL_ANY;
        define_single(model, xml, item, depth);
        type->kind = FEEL_LIST;
        type->item = item;
    }
    if (constraint != NULL) {
        constrain(model, constraint, type);
    }
}

void dmn_types_compile(struct dmn_model *model, struct dmn_document *document)
{
    model->current = document;
    for (uint32_t i = 0; i < document->item_count; i++) {
        struct dmn_item *item = &document->items[i];
        model->place = item->name;
        if (!item->ready) {
            item->ready = true;
            define(model, item->xml, item->type, 0);
        }
    }
}
