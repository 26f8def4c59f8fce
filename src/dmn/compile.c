/* Decisions, knowledge models, services and boxed expressions, compiled to nodes of FEEL.
 * Source: DMN 1.5, 10.2.2 and 10.4. */
#include "dmn/evaluate.h"
#include "dmn/model.h"
#include "feel/name.h"

static const struct feel_node *boxed_of(struct dmn_model *model, const struct feel_scope *scope,
                                        const struct xml_element *parent, const char *name)
{
    const struct xml_element *child = xml_child(parent, name);
    const struct xml_element *inner = child == NULL ? NULL : dmn_expression_of(child);
    if (inner == NULL) {
        return feel_node_error(&model->compiler, 0, "an expression is missing");
    }
    const struct slice outer = dmn_enter(model, "%s", name);
    const struct feel_node *node = dmn_boxed(model, scope, inner);
    model->place = outer;
    return node;
}

static const struct feel_node *boxed_literal(struct dmn_model *model,
                                             const struct feel_scope *scope,
                                             const struct xml_element *xml)
{
    const struct slice language = xml_attribute(xml, "expressionLanguage");
    const struct slice text = dmn_text_of(xml);
    dmn_source(model, xml, "", text);
    if (language.size > 0 && memmem(language.data, language.size, "FEEL", 4) == NULL &&
        memmem(language.data, language.size, "feel", 4) == NULL) {
        feel_compiler_report(&model->compiler, 0, "the expression language %.*s is not FEEL",
                             (int)language.size, language.data);
        return feel_node_error(&model->compiler, 0, "the expression language is not FEEL");
    }
    if (slice_trim(text).size == 0) {
        feel_compiler_report(&model->compiler, 0, "the expression is empty");
        return feel_node_error(&model->compiler, 0, "the expression is empty");
    }
    const struct feel_node *node = feel_compile_expression(&model->compiler, scope, text);
    const struct feel_type *type = dmn_type_ref(model, xml);
    if (type != NULL) {
        node = feel_node_convert(&model->compiler, node, type, SLICE("expression"));
    }
    return feel_node_source(&model->compiler, node);
}

/* Puts the slots and children of a context or list together. */
static struct feel_node *list_node(struct dmn_model *model, enum feel_operation operation,
                                   const struct feel_node_list *list)
{
    struct feel_node *node = feel_node_new(&model->compiler, operation, 0);
    node->list = list->nodes;
    node->names = list->names;
    node->count = list->count;
    return node;
}

static const struct feel_type *context_type(struct dmn_model *model,
                                            const struct feel_node_list *list)
{
    struct feel_type *type = arena_take(&model->arena, sizeof *type);
    struct feel_member *members =
        arena_take_array(&model->arena, list->count == 0 ? 1 : list->count, sizeof *members);
    if (type == NULL || members == NULL) {
        model->compiler.failed = true;
        return NULL;
    }
    for (uint32_t i = 0; i < list->count; i++) {
        members[i] = (struct feel_member){.name = list->names[i], .type = list->nodes[i]->type};
    }
    *type = (struct feel_type){.kind = FEEL_CONTEXT, .members = members, .count = list->count};
    return type;
}

static const struct feel_node *entry_value(struct dmn_model *model, struct feel_scope *scope,
                                           const struct xml_element *entry, struct slice name,
                                           const struct feel_type *type)
{
    const struct xml_element *expression = dmn_expression_of(entry);
    if (expression == NULL) {
        return feel_node_error(&model->compiler, 0, "the entry has no expression");
    }
    const struct slice outer = name.size == 0
                                   ? dmn_enter(model, "result")
                                   : dmn_enter(model, "entry '%.*s'", (int)name.size, name.data);
    const struct feel_node *node = dmn_boxed(model, scope, expression);
    const struct feel_node *converted = feel_node_convert(&model->compiler, node, type, name);
    if (converted != node) {
        dmn_source(model, entry, "", SLICE(""));
        converted = feel_node_source(&model->compiler, converted);
    }
    model->place = outer;
    return converted;
}

static const struct feel_node *boxed_context(struct dmn_model *model,
                                             const struct feel_scope *outer,
                                             const struct xml_element *xml)
{
    struct feel_node_list list = {0};
    struct feel_scope scope;
    const struct feel_node *result = NULL;
    feel_scope_init(&scope, outer, outer->unit);
    for (const struct xml_element *at = xml_child(xml, "contextEntry"); at != NULL;
         at = xml_next(at)) {
        const struct xml_element *variable = xml_child(at, "variable");
        if (variable == NULL) {
            result = entry_value(model, &scope, at, SLICE(""), NULL);
            continue;
        }
        const struct slice name = name_normalize(&model->arena, xml_attribute(variable, "name"));
        const struct feel_type *type = dmn_type_ref(model, variable);
        feel_compiler_learn(&model->compiler, name);
        const struct feel_node *value = entry_value(model, &scope, at, name, type);
        (void)feel_scope_declare(&model->compiler, &scope, name, type == NULL ? value->type : type);
        feel_node_list_add(&model->compiler, &list, value, name);
    }
    struct feel_node *node = list_node(model, FEEL_OP_CONTEXT, &list);
    uint16_t *slots = arena_take_array(&model->arena, list.count + 1, sizeof *slots);
    if (slots == NULL || model->compiler.failed) { /* a name may be missing from the scope */
        model->compiler.failed = true;
        return node;
    }
    for (uint32_t i = 0; i < list.count; i++) {
        slots[i] = (uint16_t)scope.bindings[i].index;
    }
    node->slots = slots;
    node->child[0] = result;
    node->type = result != NULL ? result->type : context_type(model, &list);
    return node;
}

static const struct feel_node *boxed_list(struct dmn_model *model, const struct feel_scope *scope,
                                          const struct xml_element *xml)
{
    struct feel_node_list list = {0};
    for (const struct xml_element *at = xml->first; at != NULL; at = at->next) {
        struct xml_element single = {.space = xml->space, .first = NULL};
        struct xml_element copy = *at;
        copy.next = NULL;
        single.first = &copy;
        if (dmn_expression_of(&single) != NULL) {
            const struct slice outer = dmn_enter(model, "item %u", list.count + 1);
            feel_node_list_add(&model->compiler, &list, dmn_boxed(model, scope, at), SLICE(""));
            model->place = outer;
        }
    }
    struct feel_node *node = list_node(model, FEEL_OP_LIST, &list);
    node->type = feel_type_list(&model->arena, list.count > 0 ? list.nodes[0]->type : NULL);
    return node;
}

static const struct feel_node *boxed_relation(struct dmn_model *model,
                                              const struct feel_scope *scope,
                                              const struct xml_element *xml)
{
    struct feel_node_list rows = {0};
    for (const struct xml_element *row = xml_child(xml, "row"); row != NULL; row = xml_next(row)) {
        struct feel_node_list cells = {0};
        const struct xml_element *column = xml_child(xml, "column");
        for (const struct xml_element *at = row->first; at != NULL && column != NULL;
             at = at->next) {
            const struct slice name = name_normalize(&model->arena, xml_attribute(column, "name"));
            feel_compiler_learn(&model->compiler, name);
            const struct slice outer = dmn_enter(model, "row %u, column '%.*s'", rows.count + 1,
                                                 (int)name.size, name.data);
            feel_node_list_add(&model->compiler, &cells,
                               feel_node_convert(&model->compiler, dmn_boxed(model, scope, at),
                                                 dmn_type_ref(model, column), name),
                               name);
            model->place = outer;
            column = xml_next(column);
        }
        struct feel_node *node = list_node(model, FEEL_OP_CONTEXT, &cells);
        uint16_t *slots = arena_take_array(&model->arena, cells.count + 1, sizeof *slots);
        if (slots == NULL) {
            model->compiler.failed = true;
            return node;
        }
        memset(slots, 0xff, (cells.count + 1) * sizeof *slots);
        node->slots = slots;
        node->type = context_type(model, &cells);
        feel_node_list_add(&model->compiler, &rows, node, SLICE(""));
    }
    struct feel_node *node = list_node(model, FEEL_OP_LIST, &rows);
    node->type = feel_type_list(&model->arena, rows.count > 0 ? rows.nodes[0]->type : NULL);
    return node;
}

const struct feel_node *dmn_function(struct dmn_model *model, const struct feel_scope *outer,
                                     const struct xml_element *xml, struct feel_lambda *lambda)
{
    struct feel_unit unit = {.parent = outer->unit};
    struct feel_scope scope;
    uint32_t count = 0;
    feel_scope_init(&scope, outer, &unit);
    for (const struct xml_element *at = xml_child(xml, "formalParameter"); at != NULL;
         at = xml_next(at)) {
        count++;
    }
    struct feel_member *members =
        arena_take_array(&model->arena, count == 0 ? 1 : count, sizeof *members);
    struct feel_node *node = feel_node_new(&model->compiler, FEEL_OP_FUNCTION, 0);
    struct feel_type *type = arena_take(&model->arena, sizeof *type);
    if (members == NULL || type == NULL) {
        model->compiler.failed = true;
        return node;
    }
    count = 0;
    for (const struct xml_element *at = xml_child(xml, "formalParameter"); at != NULL;
         at = xml_next(at)) {
        members[count].name = name_normalize(&model->arena, xml_attribute(at, "name"));
        members[count].type = dmn_type_ref(model, at);
        (void)feel_scope_declare(&model->compiler, &scope, members[count].name,
                                 members[count].type);
        count++;
    }
    const struct slice kind = xml_attribute(xml, "kind");
    const struct xml_element *body = dmn_expression_of(xml);
    dmn_source(model, xml, "function", SLICE(""));
    lambda->source = model->compiler.source;
    if (kind.size > 0 && !slice_equal(kind, SLICE("FEEL"))) {
        lambda->refusal = "functions defined in Java or PMML are not run";
    }
    lambda->body = body == NULL || lambda->refusal != NULL
                       ? feel_node_error(&model->compiler, 0, "the function has no body")
                       : dmn_boxed(model, &scope, body);
    lambda->result = dmn_type_ref(model, xml);
    lambda->body =
        feel_node_convert(&model->compiler, lambda->body, lambda->result, SLICE("result"));
    lambda->result = lambda->result == NULL ? lambda->body->type : lambda->result;
    lambda->parameters = members;
    lambda->parameter_count = count;
    lambda->slot_count = unit.slot_count;
    lambda->captures = unit.captures;
    lambda->capture_count = unit.capture_count;
    lambda->self_slot = FEEL_SLOT_NONE;
    *type = (struct feel_type){
        .kind = FEEL_FUNCTION, .item = lambda->result, .members = members, .count = count};
    node->lambda = lambda;
    node->type = type;
    return node;
}

static const struct feel_node *boxed_function(struct dmn_model *model,
                                              const struct feel_scope *scope,
                                              const struct xml_element *xml)
{
    struct feel_lambda *lambda = arena_take(&model->arena, sizeof *lambda);
    if (lambda == NULL) {
        model->compiler.failed = true;
        return feel_node_error(&model->compiler, 0, "memory is exhausted");
    }
    return dmn_function(model, scope, xml, lambda);
}

static const struct feel_node *boxed_invocation(struct dmn_model *model,
                                                const struct feel_scope *scope,
                                                const struct xml_element *xml)
{
    const struct xml_element *callee = dmn_expression_of(xml);
    struct feel_node_list list = {0};
    if (callee == NULL) {
        return feel_node_error(&model->compiler, 0, "the invocation names no function");
    }
    const struct feel_node *function = dmn_boxed(model, scope, callee);
    for (const struct xml_element *at = xml_child(xml, "binding"); at != NULL; at = xml_next(at)) {
        const struct xml_element *parameter = xml_child(at, "parameter");
        const struct xml_element *value = dmn_expression_of(at);
        if (parameter == NULL) {
            continue;
        }
        const struct slice name = name_normalize(&model->arena, xml_attribute(parameter, "name"));
        const struct slice outer = dmn_enter(model, "binding '%.*s'", (int)name.size, name.data);
        feel_node_list_add(&model->compiler, &list,
                           value == NULL ? feel_node_constant(&model->compiler, 0, FEEL_NOTHING)
                                         : dmn_boxed(model, scope, value),
                           name);
        model->place = outer;
    }
    struct feel_node *node = list_node(model, FEEL_OP_CALL, &list);
    node->child[0] = function;
    node->names = list.count == 0 ? NULL : list.names;
    if (function->type != NULL && function->type->kind == FEEL_FUNCTION) {
        node->type = function->type->item;
    }
    return node;
}

static const struct feel_node *boxed_conditional(struct dmn_model *model,
                                                 const struct feel_scope *scope,
                                                 const struct xml_element *xml)
{
    /* The parts first: with memory exhausted all nodes are one and the same. */
    const struct feel_node *condition = boxed_of(model, scope, xml, "if");
    const struct feel_node *then = boxed_of(model, scope, xml, "then");
    const struct feel_node *otherwise = boxed_of(model, scope, xml, "else");
    struct feel_node *node = feel_node_new(&model->compiler, FEEL_OP_IF, 0);
    node->child[0] = condition;
    node->child[1] = then;
    node->child[2] = otherwise;
    if (then->type == otherwise->type) {
        node->type = then->type;
    }
    return node;
}

static const struct feel_node *boxed_filter(struct dmn_model *model, const struct feel_scope *outer,
                                            const struct xml_element *xml)
{
    struct feel_node *node = feel_node_new(&model->compiler, FEEL_OP_FILTER, 0);
    struct feel_scope scope;
    node->child[0] = boxed_of(model, outer, xml, "in");
    const struct feel_type *type = node->child[0]->type;
    feel_scope_init(&scope, outer, outer->unit);
    scope.is_filter = true;
    scope.item_type = type != NULL && type->kind == FEEL_LIST ? type->item : type;
    scope.item_slot = feel_scope_declare(&model->compiler, &scope, SLICE("item"), scope.item_type);
    node->slot = scope.item_slot;
    node->flag = true; /* the match of a boxed filter is a boolean */
    node->child[1] = boxed_of(model, &scope, xml, "match");
    return node;
}

static const struct feel_node *boxed_iterator(struct dmn_model *model,
                                              const struct feel_scope *outer,
                                              const struct xml_element *xml,
                                              enum feel_operation operation)
{
    struct feel_node *node = feel_node_new(&model->compiler, operation, 0);
    struct feel_node *domain = feel_node_new(&model->compiler, FEEL_OP_DOMAIN, 0);
    struct feel_node_list list = {0};
    struct feel_scope scope;
    feel_scope_init(&scope, outer, outer->unit);
    domain->child[0] = boxed_of(model, outer, xml, "in");
    const struct feel_type *type = domain->child[0]->type;
    type =
        type != NULL && (type->kind == FEEL_LIST || type->kind == FEEL_RANGE) ? type->item : type;
    domain->slot = feel_scope_declare(
        &model->compiler, &scope,
        name_normalize(&model->arena, xml_attribute(xml, "iteratorVariable")), type);
    feel_node_list_add(&model->compiler, &list, domain, SLICE(""));
    if (operation == FEEL_OP_FOR) {
        node->slot = feel_scope_declare(&model->compiler, &scope, SLICE("partial"), NULL);
    }
    node->child[0] =
        boxed_of(model, &scope, xml, operation == FEEL_OP_FOR ? "return" : "satisfies");
    node->list = list.nodes;
    node->count = list.count;
    node->type = operation == FEEL_OP_FOR ? feel_type_list(&model->arena, node->child[0]->type)
                                          : feel_type_of_kind(FEEL_BOOLEAN);
    return node;
}

static const struct feel_node *boxed_inner(struct dmn_model *model, const struct feel_scope *scope,
                                           const struct xml_element *xml)
{
    static const struct {
        const char *name;
        const struct feel_node *(*compile)(struct dmn_model *, const struct feel_scope *,
                                           const struct xml_element *);
    } forms[] = {
        {"literalExpression", boxed_literal},
        {"context", boxed_context},
        {"list", boxed_list},
        {"relation", boxed_relation},
        {"functionDefinition", boxed_function},
        {"invocation", boxed_invocation},
        {"conditional", boxed_conditional},
        {"filter", boxed_filter},
        {"decisionTable", dmn_table_compile},
    };
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (xml_is(xml, forms[i].name)) {
            return forms[i].compile(model, scope, xml);
        }
    }
    return boxed_iterator(model, scope, xml,
                          xml_is(xml, "for")    ? FEEL_OP_FOR
                          : xml_is(xml, "some") ? FEEL_OP_SOME
                                                : FEEL_OP_EVERY);
}

const struct feel_node *dmn_boxed(struct dmn_model *model, const struct feel_scope *scope,
                                  const struct xml_element *xml)
{
    const struct feel_node *node = boxed_inner(model, scope, xml);
    if (xml_is(xml, "functionDefinition") || xml_is(xml, "decisionTable") ||
        xml_is(xml, "literalExpression")) {
        return node;
    }
    const struct feel_type *type = dmn_type_ref(model, xml);
    return type == NULL ? node
                        : feel_node_convert(&model->compiler, node, type, SLICE("expression"));
}

/* Brings the name of a required element into scope: its own, or behind that of the import. */
static void require(struct dmn_model *model, struct feel_scope *scope,
                    const struct dmn_element *element, const struct dmn_element *required)
{
    const struct feel_type *type = required->type;
    struct feel_binding binding = {.name = required->name,
                                   .form = FEEL_BINDING_GLOBAL,
                                   .index = required->index,
                                   .type = type};
    if (required->kind == DMN_BKM || required->kind == DMN_SERVICE) {
        binding.type = feel_type_of_kind(FEEL_FUNCTION);
    }
    struct slice import = SLICE("");
    for (uint32_t i = 0; i < element->document->import_count; i++) {
        if (element->document->imports[i].document == required->document) {
            import = element->document->imports[i].name;
        }
    }
    if (required->document == element->document || import.size == 0) {
        feel_scope_add(&model->compiler, scope, binding);
        return;
    }
    for (uint32_t i = 0; i < scope->count; i++) {
        if (scope->bindings[i].form == FEEL_BINDING_SPACE &&
            slice_equal(scope->bindings[i].name, import)) {
            struct feel_scope *space = (struct feel_scope *)(uintptr_t)scope->bindings[i].space;
            feel_scope_add(&model->compiler, space, binding);
            return;
        }
    }
    struct feel_scope *space = arena_take(&model->arena, sizeof *space);
    if (space == NULL) {
        model->compiler.failed = true;
        return;
    }
    feel_scope_init(space, NULL, scope->unit);
    feel_scope_add(&model->compiler, space, binding);
    feel_scope_add(
        &model->compiler, scope,
        (struct feel_binding){.name = import, .form = FEEL_BINDING_SPACE, .space = space});
}

static void require_all(struct dmn_model *model, struct feel_scope *scope,
                        const struct dmn_element *element)
{
    static const char *const references[] = {"requiredInput", "requiredDecision",
                                             "requiredKnowledge"};
    for (const struct xml_element *at = element->xml->first; at != NULL; at = at->next) {
        if (!xml_is(at, "informationRequirement") && !xml_is(at, "knowledgeRequirement")) {
            continue;
        }
        for (size_t i = 0; i < sizeof references / sizeof references[0]; i++) {
            const struct xml_element *reference = xml_child(at, references[i]);
            if (reference == NULL) {
                continue;
            }
            const struct slice href = xml_attribute(reference, "href");
            const struct dmn_element *required =
                dmn_element_by_href(model, element->document, href);
            if (required == NULL) {
                dmn_source(model, reference, "requirement", href);
                feel_compiler_report(&model->compiler, 0, "there is no element %.*s",
                                     (int)href.size, href.data);
            } else {
                require(model, scope, element, required);
            }
        }
    }
}

static void compile_service(struct dmn_model *model, struct dmn_element *element)
{
    static const char *const lists[] = {"inputData", "inputDecision", "outputDecision"};
    enum { MEMBERS_MAX = 256 };
    uint32_t *indexes = arena_take_array(&model->arena, MEMBERS_MAX, sizeof *indexes);
    uint32_t *outputs = arena_take_array(&model->arena, MEMBERS_MAX, sizeof *outputs);
    struct feel_member *members = arena_take_array(&model->arena, MEMBERS_MAX, sizeof *members);
    if (indexes == NULL || outputs == NULL || members == NULL) {
        model->compiler.failed = true;
        return;
    }
    uint32_t count = 0;
    for (size_t i = 0; i < 3; i++) {
        for (const struct xml_element *at = xml_child(element->xml, lists[i]); at != NULL;
             at = xml_next(at)) {
            const struct slice href = xml_attribute(at, "href");
            const struct dmn_element *part = dmn_element_by_href(model, element->document, href);
            if (part == NULL || count == MEMBERS_MAX || element->output_count == MEMBERS_MAX) {
                dmn_source(model, at, lists[i], href);
                feel_compiler_report(&model->compiler, 0, "there is no element %.*s",
                                     (int)href.size, href.data);
            } else if (i == 2) {
                outputs[element->output_count++] = part->index;
            } else {
                members[count] = (struct feel_member){.name = part->name, .type = part->type};
                indexes[count++] = part->index;
            }
        }
    }
    element->parameters = indexes;
    element->outputs = outputs;
    element->lambda = (struct feel_lambda){.parameters = members,
                                           .parameter_count = count,
                                           .self_slot = FEEL_SLOT_NONE,
                                           .result = element->type};
}

void dmn_element_compile(struct dmn_model *model, struct dmn_element *element)
{
    struct feel_unit unit = {0};
    struct feel_scope scope;
    model->current = element->document;
    model->place = element->name;
    feel_scope_init(&scope, NULL, &unit);
    if (element->kind == DMN_SERVICE) {
        compile_service(model, element);
        return;
    }
    require_all(model, &scope, element);
    if (element->kind == DMN_BKM) {
        require(model, &scope, element, element); /* it may call itself */
        const struct xml_element *logic = xml_child(element->xml, "encapsulatedLogic");
        element->lambda.self_slot = FEEL_SLOT_NONE;
        element->lambda.refusal = logic == NULL ? "the knowledge model has no logic" : NULL;
        if (logic != NULL) {
            (void)dmn_function(model, &scope, logic, &element->lambda);
            if (element->type != NULL && element->type->kind != FEEL_FUNCTION) {
                element->lambda.body = feel_node_convert(&model->compiler, element->lambda.body,
                                                         element->type, element->name);
            }
        }
    } else if (element->kind == DMN_DECISION) {
        const struct xml_element *expression = dmn_expression_of(element->xml);
        dmn_source(model, element->xml, "", SLICE(""));
        element->program.source = model->compiler.source;
        const struct feel_node *node =
            expression == NULL ? feel_node_error(&model->compiler, 0, "the decision has no logic")
                               : dmn_boxed(model, &scope, expression);
        element->program.root =
            feel_node_convert(&model->compiler, node, element->type, element->name);
        element->program.slot_count = unit.slot_count;
    }
}
