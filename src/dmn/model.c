#include "dmn/model.h"

#include <stdarg.h>

#include "feel/name.h"

struct dmn_model *dmn_model_new(void)
{
    struct dmn_model *model = memory_allocate(sizeof *model);
    if (model == NULL) {
        return NULL;
    }
    *model = (struct dmn_model){0};
    arena_init(&model->arena, DMN_MODEL_MEMORY_MAX);
    feel_compiler_init(&model->compiler, &model->arena);
    model->compiler.find_type = dmn_type_find;
    model->compiler.data = model;
    return model;
}

void dmn_model_free(struct dmn_model *model)
{
    if (model != NULL) {
        arena_release(&model->arena);
        memory_free(model);
    }
}

static bool is_dmn_space(struct slice space)
{
    static const char *const spaces[] = {
        "http://www.omg.org/spec/DMN/20151101/dmn.xsd", /* 1.1, and how some tools write it */
        "http://www.omg.org/spec/DMN/20151101/dmn11.xsd",
        "http://www.omg.org/spec/DMN/20151101",
        "http://www.omg.org/spec/DMN/20180521/MODEL/",
        "https://www.omg.org/spec/DMN/20191111/MODEL/",
        "https://www.omg.org/spec/DMN/20211108/MODEL/",
        "https://www.omg.org/spec/DMN/20230324/MODEL/",
        "https://www.omg.org/spec/DMN/20240513/MODEL/",
    };
    for (size_t i = 0; i < sizeof spaces / sizeof spaces[0]; i++) {
        if (slice_equal(space, slice_from_cstr(spaces[i]))) {
            return true;
        }
    }
    return false;
}

static uint32_t count_children(const struct xml_element *xml, const char *name)
{
    uint32_t count = 0;
    for (const struct xml_element *at = xml_child(xml, name); at != NULL; at = xml_next(at)) {
        count++;
    }
    return count;
}

static bool read_imports(struct dmn_model *model, struct dmn_document *document)
{
    const uint32_t count = count_children(document->xml, "import");
    document->imports =
        arena_take_array(&model->arena, count == 0 ? 1 : count, sizeof *document->imports);
    if (document->imports == NULL) {
        return false;
    }
    for (const struct xml_element *at = xml_child(document->xml, "import"); at != NULL;
         at = xml_next(at)) {
        if (is_dmn_space(xml_attribute(at, "importType"))) {
            document->imports[document->import_count++] = (struct dmn_import){
                .name = xml_attribute(at, "name"), .space = xml_attribute(at, "namespace")};
        }
    }
    return true;
}

static bool read_items(struct dmn_model *model, struct dmn_document *document)
{
    const uint32_t count = count_children(document->xml, "itemDefinition");
    document->items =
        arena_take_array(&model->arena, count == 0 ? 1 : count, sizeof *document->items);
    if (document->items == NULL) {
        return false;
    }
    for (const struct xml_element *at = xml_child(document->xml, "itemDefinition"); at != NULL;
         at = xml_next(at)) {
        struct dmn_item *item = &document->items[document->item_count++];
        item->name = name_normalize(&model->arena, xml_attribute(at, "name"));
        item->xml = at;
        item->type = arena_take(&model->arena, sizeof *item->type);
        if (item->type == NULL || item->name.data == NULL) {
            return false;
        }
        item->type->kind = FEEL_ANY;
        item->type->name = item->name;
    }
    return true;
}

/* The message may name a namespace, and then lies in the arena of the model. */
static bool is_definitions(struct dmn_model *model, const struct xml_element *root,
                           struct xml_error *reterr_error)
{
    static const char other[] = "the root is no definitions element of DMN";
    struct buffer text;
    *reterr_error = (struct xml_error){.line = root->line, .message = other};
    if (!xml_is(root, "definitions")) {
        return false;
    }
    if (is_dmn_space(root->space)) {
        return true;
    }
    buffer_init(&text);
    buffer_printf(&text, "the namespace '%.*s' is none of DMN 1.1 to 1.5",
                  (int)(root->space.size < 200 ? root->space.size : 200), root->space.data);
    const struct slice copy = arena_copy(&model->arena, buffer_slice(&text));
    reterr_error->message = copy.data == NULL ? other : copy.data;
    buffer_release(&text);
    return false;
}

bool dmn_model_add(struct dmn_model *model, struct xml_error *reterr_error, struct slice text)
{
    struct dmn_document *document = arena_take(&model->arena, sizeof *document);
    *reterr_error = (struct xml_error){.message = "the model takes more memory than allowed"};
    if (document == NULL) {
        return false;
    }
    document->source = arena_copy(&model->arena, text);
    if (document->source.data == NULL) {
        return false;
    }
    document->xml = xml_parse(&model->arena, reterr_error, document->source);
    if (document->xml == NULL) {
        return false;
    }
    if (!is_definitions(model, document->xml, reterr_error)) {
        return false;
    }
    sha256_of(text, document->hash);
    document->name = xml_attribute(document->xml, "name");
    document->space = xml_attribute(document->xml, "namespace");
    if (!read_imports(model, document) || !read_items(model, document)) {
        return false;
    }
    if (model->last == NULL) {
        model->first = document;
    } else {
        model->last->next = document;
    }
    model->last = document;
    return true;
}

static bool element_kind(const struct xml_element *xml, enum dmn_kind *ret_kind)
{
    static const char *const names[] = {
        [DMN_INPUT] = "inputData",
        [DMN_DECISION] = "decision",
        [DMN_BKM] = "businessKnowledgeModel",
        [DMN_SERVICE] = "decisionService",
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (xml_is(xml, names[i])) {
            *ret_kind = (enum dmn_kind)i;
            return true;
        }
    }
    return false;
}

static void read_element(struct dmn_model *model, struct dmn_document *document,
                         const struct xml_element *xml, enum dmn_kind kind)
{
    struct dmn_element *element = &model->elements[model->element_count];
    const struct xml_element *variable = xml_child(xml, "variable");
    struct slice name = variable == NULL ? slice_of(NULL, 0) : xml_attribute(variable, "name");
    name = name.size == 0 ? xml_attribute(xml, "name") : name;
    *element = (struct dmn_element){
        .kind = kind,
        .index = model->element_count++,
        .id = xml_attribute(xml, "id"),
        .name = name_normalize(&model->arena, name),
        .document = document,
        .xml = xml,
    };
    if (element->name.data == NULL) {
        model->compiler.failed = true;
    }
}

static bool read_elements(struct dmn_model *model)
{
    enum dmn_kind kind;
    uint32_t count = 0;
    for (struct dmn_document *document = model->first; document != NULL;
         document = document->next) {
        for (struct xml_element *at = document->xml->first; at != NULL; at = at->next) {
            count += element_kind(at, &kind);
        }
    }
    model->elements =
        arena_take_array(&model->arena, count == 0 ? 1 : count, sizeof *model->elements);
    if (model->elements == NULL) {
        return false;
    }
    for (struct dmn_document *document = model->first; document != NULL;
         document = document->next) {
        for (struct xml_element *at = document->xml->first; at != NULL; at = at->next) {
            if (element_kind(at, &kind)) {
                read_element(model, document, at, kind);
            }
        }
    }
    return true;
}

struct dmn_element *dmn_element_by_href(const struct dmn_model *model,
                                        const struct dmn_document *document, struct slice href)
{
    const char *hash = href.size == 0 ? NULL : memchr(href.data, '#', href.size);
    const size_t at = hash == NULL ? 0 : (size_t)(hash - href.data);
    const struct slice space = slice_of(href.data, at);
    const struct slice id = hash == NULL ? href : slice_of(hash + 1, href.size - at - 1);
    const struct dmn_document *target = document;
    if (space.size > 0 && !slice_equal(space, document->space)) {
        target = NULL;
        for (uint32_t i = 0; i < document->import_count && target == NULL; i++) {
            const struct dmn_document *imported = document->imports[i].document;
            target = imported != NULL && slice_equal(imported->space, space) ? imported : NULL;
        }
    }
    for (uint32_t i = 0; i < model->element_count; i++) {
        struct dmn_element *element = &model->elements[i];
        const bool same = target == NULL ? slice_equal(element->document->space, space)
                                         : element->document == target;
        if (same && slice_equal(element->id, id)) {
            return element;
        }
    }
    return NULL;
}

bool dmn_model_compile(struct dmn_model *model)
{
    dmn_imports_resolve(model);
    for (struct dmn_document *at = model->first; at != NULL; at = at->next) {
        if (at->original == NULL) {
            dmn_types_compile(model, at);
        }
    }
    if (!read_elements(model)) {
        return false;
    }
    for (uint32_t i = 0; i < model->element_count; i++) {
        struct dmn_element *element = &model->elements[i];
        const struct xml_element *variable = xml_child(element->xml, "variable");
        model->current = element->document;
        feel_compiler_learn(&model->compiler, element->name);
        if (variable != NULL) {
            element->type = dmn_type_ref(model, variable);
        }
    }
    for (struct dmn_document *at = model->first; at != NULL; at = at->next) {
        (void)dmn_inputs_type(model, at);
    }
    for (uint32_t i = 0; i < model->element_count; i++) {
        /* What is wrong in a document is told once. */
        model->compiler.quiet = model->elements[i].document->original != NULL;
        dmn_element_compile(model, &model->elements[i]);
    }
    model->compiler.quiet = false;
    return !model->compiler.failed;
}

/* An exact name needs no reading of tokens; nearly every question has one. */
static bool has_name(const struct dmn_element *element, struct slice name, bool exact)
{
    if (exact) {
        return slice_equal(element->name, name) || slice_equal(element->id, name);
    }
    return name_equal(element->name, name) || name_equal(xml_attribute(element->xml, "name"), name);
}

const struct dmn_element *dmn_document_find(const struct dmn_model *model,
                                            const struct dmn_document *document, enum dmn_kind kind,
                                            struct slice name)
{
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t i = 0; i < model->element_count; i++) {
            const struct dmn_element *element = &model->elements[i];
            if (element->kind == kind && element->document == document &&
                has_name(element, name, pass == 0)) {
                return element;
            }
        }
    }
    return NULL;
}

const struct dmn_element *dmn_model_find(const struct dmn_model *model, enum dmn_kind kind,
                                         struct slice name)
{
    const struct dmn_element *found = NULL;
    for (const struct dmn_document *at = model->first; at != NULL && found == NULL; at = at->next) {
        found = dmn_document_find(model, at, kind, name);
    }
    return found;
}

void dmn_problem_write(struct buffer *out, const struct feel_problem *problem)
{
    if (problem->source != NULL) {
        buffer_append(out, problem->source->where);
        buffer_printf(out, ", column %u: ", problem->position + 1);
    }
    buffer_append(out, problem->message);
}

struct slice dmn_text_of(const struct xml_element *xml)
{
    const struct xml_element *text = xml == NULL ? NULL : xml_child(xml, "text");
    return text == NULL ? SLICE("") : text->text;
}

struct slice dmn_enter(struct dmn_model *model, const char *format, ...)
{
    const struct slice outer = model->place;
    char part[256];
    struct buffer place;
    va_list arguments;
    va_start(arguments, format);
    const int size = vsnprintf(part, sizeof part, format, arguments);
    va_end(arguments);
    buffer_init(&place);
    buffer_append(&place, outer);
    if (outer.size > 0) {
        buffer_append_cstr(&place, ", ");
    }
    buffer_append(&place, slice_of(part, size < 0                     ? 0
                                         : (size_t)size < sizeof part ? (size_t)size
                                                                      : sizeof part - 1));
    model->place = arena_copy(&model->arena, buffer_slice(&place));
    if (buffer_failed(&place) || model->place.data == NULL) {
        model->place = outer;
        model->compiler.failed = true;
    }
    buffer_release(&place);
    return outer;
}

void dmn_source(struct dmn_model *model, const struct xml_element *xml, const char *what,
                struct slice text)
{
    struct buffer where;
    buffer_init(&where);
    buffer_append(&where, model->place);
    if (what[0] != '\0') {
        buffer_append_cstr(&where, ", ");
        buffer_append_cstr(&where, what);
    }
    buffer_printf(&where, ", line %u", xml->line);
    const struct slice copy = arena_copy(&model->arena, buffer_slice(&where));
    buffer_release(&where);
    if (copy.data == NULL) {
        model->compiler.failed = true;
        return;
    }
    feel_compiler_source(&model->compiler, copy, text);
}

const struct xml_element *dmn_expression_of(const struct xml_element *xml)
{
    static const char *const names[] = {
        "literalExpression", "decisionTable", "context", "list", "relation", "functionDefinition",
        "invocation",        "conditional",   "filter",  "for",  "some",     "every",
    };
    for (const struct xml_element *at = xml->first; at != NULL; at = at->next) {
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
            if (xml_is(at, names[i]) && slice_equal(at->space, xml->space)) {
                return at;
            }
        }
    }
    return NULL;
}
