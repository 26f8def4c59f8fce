/* Imports. Each import is an instance of its document with elements of its own: a model that
 * reaches another by two ways may give it two sets of inputs. Item definitions are shared by all
 * instances. Source: DMN 1.5, 6.3.3 and 10.4. */
#include "dmn/model.h"

enum { INSTANCES_MAX = 1000 };

struct resolver {
    struct dmn_model *model;
    uint32_t instance_count;
};

static struct dmn_document *document_of(const struct dmn_model *model, struct slice space)
{
    for (struct dmn_document *at = model->first; at != NULL; at = at->next) {
        if (at->original == NULL && slice_equal(at->space, space)) {
            return at;
        }
    }
    return NULL;
}

/* A further instance of a document, with imports that are still to be resolved. */
static struct dmn_document *instance_of(struct resolver *resolver, struct dmn_document *original)
{
    struct dmn_model *model = resolver->model;
    struct dmn_document *copy = arena_take(&model->arena, sizeof *copy);
    struct dmn_import *imports =
        arena_take_array(&model->arena, original->import_count + 1U, sizeof *imports);
    if (copy == NULL || imports == NULL) {
        model->compiler.failed = true;
        return original;
    }
    *copy = *original;
    memcpy(imports, original->imports, original->import_count * sizeof *imports);
    copy->imports = imports;
    copy->original = original;
    copy->next = NULL;
    copy->is_imported = false;
    model->last->next = copy;
    model->last = copy;
    resolver->instance_count++;
    return copy;
}

/* The path of an imported document as names write it: "Model B.modelA." */
static struct slice path_of(struct resolver *resolver, const struct dmn_document *importer,
                            const struct dmn_import *import)
{
    struct buffer path;
    buffer_init(&path);
    buffer_append(&path, importer->path);
    buffer_append(&path, import->name);
    if (import->name.size > 0) {
        buffer_append_byte(&path, '.');
    }
    const struct slice copy = arena_copy(&resolver->model->arena, buffer_slice(&path));
    if (buffer_failed(&path) || copy.data == NULL) {
        resolver->model->compiler.failed = true;
    }
    buffer_release(&path);
    return copy;
}

/* A document that imports itself, by whatever way, is met again as the instance that it is. */
static struct dmn_document *on_the_way(struct dmn_document *document, struct slice space)
{
    for (; document != NULL; document = document->importer) {
        if (slice_equal(document->space, space)) {
            return document;
        }
    }
    return NULL;
}

static void resolve(struct resolver *resolver, struct dmn_document *document, unsigned depth)
{
    struct dmn_model *model = resolver->model;
    document->is_imported = true;
    for (uint32_t i = 0; i < document->import_count; i++) {
        struct dmn_import *import = &document->imports[i];
        struct dmn_document *found = document_of(model, import->space);
        if (found == NULL) {
            if (document->original == NULL) {
                feel_compiler_source(&model->compiler, document->name, SLICE(""));
                feel_compiler_report(&model->compiler, 0,
                                     "the imported model of namespace %.*s is not there",
                                     (int)import->space.size, import->space.data);
            }
            continue;
        }
        import->document = on_the_way(document, import->space);
        if (import->document != NULL) {
            continue;
        }
        const bool full =
            resolver->instance_count >= INSTANCES_MAX || depth >= DMN_IMPORT_DEPTH_MAX;
        import->document = found->is_imported && !full ? instance_of(resolver, found) : found;
        if (!import->document->is_imported) {
            import->document->importer = document;
            import->document->path = path_of(resolver, document, import);
            resolve(resolver, import->document, depth + 1);
        }
    }
}

void dmn_imports_resolve(struct dmn_model *model)
{
    struct resolver resolver = {.model = model};
    resolve(&resolver, model->first, 0);
    /* Documents that nothing imports, but that were given, are there by their names. */
    for (struct dmn_document *at = model->first; at != NULL; at = at->next) {
        if (!at->is_imported) {
            resolve(&resolver, at, 0);
        }
    }
}

static uint32_t input_count(const struct dmn_model *model, const struct dmn_document *document)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < model->element_count; i++) {
        count += model->elements[i].kind == DMN_INPUT && model->elements[i].document == document;
    }
    return count;
}

const struct feel_type *dmn_inputs_type(struct dmn_model *model, struct dmn_document *document)
{
    if (document->inputs != NULL) {
        return document->inputs;
    }
    struct feel_type *type = arena_take(&model->arena, sizeof *type);
    const uint32_t most = input_count(model, document) + document->import_count;
    struct feel_member *members = arena_take_array(&model->arena, most + 1U, sizeof *members);
    if (type == NULL || members == NULL) {
        model->compiler.failed = true;
        return NULL;
    }
    *type = (struct feel_type){.kind = FEEL_CONTEXT, .members = members};
    document->inputs = type; /* before what it imports: imports may go in a circle */
    for (uint32_t i = 0; i < model->element_count; i++) {
        const struct dmn_element *element = &model->elements[i];
        if (element->kind == DMN_INPUT && element->document == document) {
            members[type->count++] = (struct feel_member){element->name, element->type};
        }
    }
    for (uint32_t i = 0; i < document->import_count; i++) {
        const struct dmn_import *import = &document->imports[i];
        if (import->document != NULL && import->name.size > 0) {
            members[type->count++] =
                (struct feel_member){import->name, dmn_inputs_type(model, import->document)};
        }
    }
    return type;
}
