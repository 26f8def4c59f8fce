/* Documents to nodes and flows: what is read, what is passed over, and what is refused by name. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "bpmn/model.h"
#include "feel/name.h"

#define BPMN_SPACE "http://www.omg.org/spec/BPMN/20100524/MODEL"

struct slice bpmn_kind_text(enum bpmn_kind kind)
{
    static const char *const texts[] = {
#define X(name, element) [BPMN_##name] = (element),
        BPMN_KIND_LIST(X)
#undef X
    };
    return kind < BPMN_KIND_COUNT ? slice_from_cstr(texts[kind]) : SLICE("sequenceFlow");
}

/* ---- problems ---- */

__attribute__((format(printf, 3, 0))) static void report(struct bpmn_model *model,
                                                         const struct bpmn_problem *problem,
                                                         const char *format, va_list arguments)
{
    char text[512];
    const int size = vsnprintf(text, sizeof text, format, arguments);
    model->refused_count += problem->severity == BPMN_REFUSED;
    if (model->problem_count == BPMN_PROBLEMS_MAX) {
        return;
    }
    struct bpmn_problem *added = arena_take(&model->arena, sizeof *added);
    if (added == NULL || size < 0) {
        model->failed = true;
        return;
    }
    *added = *problem;
    const size_t kept = (size_t)size < sizeof text ? (size_t)size : sizeof text - 1;
    added->message = arena_copy(&model->arena, slice_of(text, kept));
    model->failed = model->failed || added->message.data == NULL;
    *(model->last == NULL ? &model->first : &model->last->next) = added;
    model->last = added;
    model->problem_count++;
}

void bpmn_report(struct bpmn_model *model, enum bpmn_severity severity,
                 const struct bpmn_node *node, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    report(model,
           &(struct bpmn_problem){.severity = severity,
                                  .document = node->document,
                                  .line = node->line,
                                  .kind = bpmn_kind_text(node->kind),
                                  .id = node->id,
                                  .name = node->name},
           format, arguments);
    va_end(arguments);
}

void bpmn_report_xml(struct bpmn_model *model, enum bpmn_severity severity, uint32_t document,
                     const struct xml_element *xml, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    report(model,
           &(struct bpmn_problem){.severity = severity,
                                  .document = document,
                                  .line = xml->line,
                                  .kind = xml->name,
                                  .id = xml_attribute(xml, "id"),
                                  .name = xml_attribute(xml, "name")},
           format, arguments);
    va_end(arguments);
}

/* A name as one line. */
static void write_name(struct buffer *out, struct slice name)
{
    for (size_t i = 0; i < name.size; i++) {
        buffer_append_byte(out, (unsigned char)name.data[i] < ' ' ? ' ' : name.data[i]);
    }
}

void bpmn_problem_write(struct buffer *out, const struct bpmn_model *model,
                        const struct bpmn_problem *problem)
{
    static const char *const words[] = {"refused", "finding", "note"};
    write_name(out, model->documents[problem->document].name);
    buffer_printf(out, ":%u: %s: %.*s '", problem->line, words[problem->severity],
                  (int)problem->kind.size, problem->kind.data);
    write_name(out, problem->id);
    buffer_append_byte(out, '\'');
    if (problem->name.size > 0) {
        buffer_append_cstr(out, " (");
        write_name(out, problem->name);
        buffer_append_byte(out, ')');
    }
    buffer_append_cstr(out, ": ");
    write_name(out, problem->message);
    if (problem->path.size > 0) {
        buffer_append_cstr(out, "; for example ");
        write_name(out, problem->path);
    }
    buffer_append_byte(out, '\n');
}

/* ---- documents ---- */

struct bpmn_model *bpmn_model_new(void)
{
    struct bpmn_model *model = memory_allocate(sizeof *model);
    if (model == NULL) {
        return NULL;
    }
    *model = (struct bpmn_model){0};
    arena_init(&model->arena, BPMN_MODEL_MEMORY_MAX);
    feel_compiler_init(&model->compiler, &model->arena);
    feel_scope_init(&model->scope, NULL, &model->unit);
    model->documents =
        arena_take_array(&model->arena, BPMN_DOCUMENTS_MAX, sizeof *model->documents);
    if (model->documents == NULL) {
        bpmn_model_free(model);
        return NULL;
    }
    return model;
}

void bpmn_model_free(struct bpmn_model *model)
{
    if (model != NULL) {
        arena_release(&model->arena);
        memory_free(model);
    }
}

bool bpmn_model_add(struct bpmn_model *model, struct xml_error *reterr_error, struct slice name,
                    struct slice text)
{
    const char *wrong = NULL;
    uint32_t line = 1;
    struct bpmn_document document = {.name = arena_copy(&model->arena, name)};
    const struct xml_element *xml = NULL;
    if (model->document_count == BPMN_DOCUMENTS_MAX) {
        wrong = "a model has at most 256 documents";
    } else if (document.name.data == NULL) {
        wrong = "memory is exhausted";
    } else {
        xml = xml_parse(&model->arena, reterr_error, text);
        if (xml == NULL) {
            return false;
        }
        line = xml->line;
        if (!slice_equal(xml->space, SLICE(BPMN_SPACE)) || !xml_is(xml, "definitions")) {
            wrong = "the document is not definitions of BPMN 2.0";
        }
    }
    if (wrong != NULL) {
        *reterr_error = (struct xml_error){.line = line, .column = 1, .message = wrong};
        return false;
    }
    document.xml = xml;
    document.language = xml_attribute(xml, "expressionLanguage");
    sha256_of(text, document.hash);
    model->documents[model->document_count++] = document;
    return true;
}

bool bpmn_model_add_rules(struct bpmn_model *model, const struct dmn_model *rules)
{
    struct bpmn_rules *added = arena_take(&model->arena, sizeof *added);
    if (added == NULL) {
        return false;
    }
    added->model = rules;
    *(model->rules_last == NULL ? &model->rules : &model->rules_last->next) = added;
    model->rules_last = added;
    return true;
}

const struct xml_element *bpmn_root_element(const struct bpmn_model *model, uint32_t document,
                                            const char *name, struct slice id)
{
    const struct xml_element *child = model->documents[document].xml->first;
    for (; child != NULL; child = child->next) {
        if (xml_is(child, name) && slice_equal(xml_attribute(child, "id"), id)) {
            return child;
        }
    }
    return NULL;
}

struct slice bpmn_local_name(struct slice name)
{
    const char *colon = name.size == 0 ? NULL : memchr(name.data, ':', name.size);
    return colon == NULL ? name
                         : slice_of(colon + 1, (size_t)(name.data + name.size - (colon + 1)));
}

/* ---- elements ---- */

/* What says nothing about the flow, or is read elsewhere. */
static bool passed_over(struct slice name)
{
    static const char *const names[] = {
        "documentation",
        "extensionElements",
        "laneSet",
        "incoming",
        "outgoing",
        "dataObject",
        "dataObjectReference",
        "dataStoreReference",
        "association",
        "textAnnotation",
        "group",
        "ioSpecification",
        "property",
        "performer",
        "potentialOwner",
        "humanPerformer",
        "resourceRole",
        "multiInstanceLoopCharacteristics",
        "dataInputAssociation",
        "dataOutputAssociation",
        "supportedInterfaceRef",
        "ioBinding",
        "auditing",
        "monitoring",
        "supports",
        "standardLoopCharacteristics",
        "correlationSubscription",
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (slice_equal(name, slice_from_cstr(names[i]))) {
            return true;
        }
    }
    return false;
}

static enum bpmn_kind kind_of(struct slice name)
{
    enum bpmn_kind kind = BPMN_START;
    while (kind < BPMN_KIND_COUNT && !slice_equal(bpmn_kind_text(kind), name)) {
        kind++;
    }
    return kind;
}

/* Elements of a document, itself included: a bound for nodes and flows. */
static uint32_t count_elements(const struct xml_element *root)
{
    uint32_t count = 0;
    const struct xml_element *at = root;
    while (at != NULL) {
        count += kind_of(at->name) < BPMN_KIND_COUNT || xml_is(at, "process") ||
                 xml_is(at, "sequenceFlow");
        if (at->first != NULL) {
            at = at->first;
            continue;
        }
        while (at != NULL && at->next == NULL) {
            at = at == root ? NULL : at->parent;
        }
        at = at == NULL || at == root ? NULL : at->next;
    }
    return count;
}

static struct bpmn_node *add_node(struct bpmn_model *model, const struct xml_element *xml,
                                  enum bpmn_kind kind, uint32_t document, uint32_t parent)
{
    check(model->node_count < model->node_capacity);
    struct bpmn_node *node = &model->nodes[model->node_count++];
    *node = (struct bpmn_node){
        .kind = kind,
        .id = xml_attribute(xml, "id"),
        .name = xml_attribute(xml, "name"),
        .line = xml->line,
        .document = document,
        .parent = parent,
        .xml = xml,
        .default_flow = BPMN_NOWHERE,
        .start = BPMN_NOWHERE,
        .attached = BPMN_NOWHERE,
        .called_node = BPMN_NOWHERE,
        .interrupting = !slice_equal(xml_attribute(xml, "cancelActivity"), SLICE("false")),
        .executable = slice_equal(xml_attribute(xml, "isExecutable"), SLICE("true")),
    };
    if (node->id.size == 0) {
        bpmn_report(model, BPMN_REFUSED, node, "the element has no id");
    }
    return node;
}

/* Names of data that FEEL could not tell from its neighbours. */
static void declare(struct bpmn_model *model, const struct xml_element *xml)
{
    const struct slice name = xml_attribute(xml, "name");
    uint32_t index = 0;
    if (name.size > 0 && !name_simple(name) && bpmn_name_index(model, name, &index)) {
        feel_scope_add(
            &model->compiler, &model->scope,
            (struct feel_binding){.name = name, .form = FEEL_BINDING_GLOBAL, .index = index});
        feel_compiler_learn(&model->compiler, name);
    }
}

static void add_flow(struct bpmn_model *model, const struct xml_element *xml, uint32_t parent)
{
    check(model->flow_count < model->flow_capacity);
    /* Until the references are resolved, `source` is the parent. */
    model->flows[model->flow_count++] = (struct bpmn_flow){
        .id = xml_attribute(xml, "id"),
        .name = xml_attribute(xml, "name"),
        .line = xml->line,
        .source = parent,
        .target = BPMN_NOWHERE,
        .xml = xml,
    };
}

static void load_children(struct bpmn_model *model, uint32_t parent, unsigned depth)
{
    const uint32_t document = model->nodes[parent].document;
    if (depth > BPMN_NESTING_MAX) {
        bpmn_report(model, BPMN_REFUSED, &model->nodes[parent],
                    "sub-processes are nested more than %d deep", BPMN_NESTING_MAX);
        return;
    }
    const struct xml_element *child = model->nodes[parent].xml->first;
    for (; child != NULL; child = child->next) {
        const enum bpmn_kind kind = kind_of(child->name);
        if (!slice_equal(child->space, SLICE(BPMN_SPACE))) {
            continue;
        }
        if (xml_is(child, "sequenceFlow")) {
            add_flow(model, child, parent);
        } else if (kind < BPMN_KIND_COUNT) {
            const uint32_t index = model->node_count;
            (void)add_node(model, child, kind, document, parent);
            if (kind == BPMN_SUBPROCESS) {
                load_children(model, index, depth + 1);
            }
        } else if (xml_is(child, "dataObject") || xml_is(child, "dataObjectReference") ||
                   xml_is(child, "property")) {
            declare(model, child);
        } else if (!passed_over(child->name)) {
            bpmn_report_xml(model, BPMN_REFUSED, document, child, "a %.*s is not supported",
                            (int)child->name.size, child->name.data);
        }
    }
}

static bool load_documents(struct bpmn_model *model)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < model->document_count; i++) {
        count += count_elements(model->documents[i].xml);
    }
    if (count > BPMN_NODES_MAX) {
        bpmn_report_xml(model, BPMN_REFUSED, 0, model->documents[0].xml,
                        "the model has more than %d elements", BPMN_NODES_MAX);
        return false;
    }
    model->node_capacity = count;
    model->flow_capacity = count;
    model->nodes = arena_take_array(&model->arena, count + 1, sizeof *model->nodes);
    model->flows = arena_take_array(&model->arena, count + 1, sizeof *model->flows);
    if (model->nodes == NULL || model->flows == NULL) {
        model->failed = true;
        return false;
    }
    for (uint32_t i = 0; i < model->document_count; i++) {
        const struct xml_element *child = model->documents[i].xml->first;
        for (; child != NULL; child = child->next) {
            if (xml_is(child, "process") && slice_equal(child->space, SLICE(BPMN_SPACE))) {
                const uint32_t index = model->node_count;
                (void)add_node(model, child, BPMN_PROCESS, i, BPMN_NOWHERE);
                load_children(model, index, 0);
            }
        }
    }
    if (model->node_count == 0 && model->refused_count == 0) {
        bpmn_report_xml(model, BPMN_REFUSED, 0, model->documents[0].xml,
                        "the document has no process");
    }
    return model->refused_count == 0 || model->node_count > 0;
}

/* ---- references ---- */

struct id_place {
    struct slice id;
    uint32_t index;
};

static int compare_places(const void *a, const void *b)
{
    const struct id_place *left = a;
    const struct id_place *right = b;
    const int order = slice_compare(left->id, right->id);
    return order != 0 ? order : (left->index > right->index) - (left->index < right->index);
}

uint32_t bpmn_model_find(const struct bpmn_model *model, struct slice id)
{
    for (uint32_t i = 0; i < model->node_count; i++) {
        if (slice_equal(model->nodes[i].id, id)) {
            return i;
        }
    }
    return BPMN_NOWHERE;
}

static uint32_t find_place(const struct id_place *places, uint32_t count, struct slice id)
{
    uint32_t low = 0;
    uint32_t high = count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (slice_compare(places[middle].id, id) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < count && slice_equal(places[low].id, id) ? places[low].index : BPMN_NOWHERE;
}

static void report_flow(struct bpmn_model *model, uint32_t flow, uint32_t document,
                        const char *message)
{
    bpmn_report_xml(model, BPMN_REFUSED, document, model->flows[flow].xml, "%s", message);
}

static void resolve_flow(struct bpmn_model *model, const struct id_place *places, uint32_t index)
{
    struct bpmn_flow *flow = &model->flows[index];
    const struct xml_element *xml = flow->xml;
    const uint32_t parent = flow->source;
    const uint32_t document = model->nodes[parent].document;
    flow->source = find_place(places, model->node_count, xml_attribute(xml, "sourceRef"));
    flow->target = find_place(places, model->node_count, xml_attribute(xml, "targetRef"));
    if (flow->source == BPMN_NOWHERE || flow->target == BPMN_NOWHERE) {
        report_flow(model, index, document, "it begins or ends at no element");
        flow->source = BPMN_NOWHERE;
        return;
    }
    const struct bpmn_node *source = &model->nodes[flow->source];
    const struct bpmn_node *target = &model->nodes[flow->target];
    if (source->parent != target->parent || source->kind == BPMN_PROCESS) {
        report_flow(model, index, document, "it crosses the border of a process or sub-process");
        flow->source = BPMN_NOWHERE;
    } else if (target->kind == BPMN_START || target->kind == BPMN_BOUNDARY) {
        report_flow(model, index, document, "it ends at an event that only begins");
        flow->source = BPMN_NOWHERE;
    } else if (source->kind == BPMN_END) {
        report_flow(model, index, document, "it begins at an end event");
        flow->source = BPMN_NOWHERE;
    }
    const struct xml_element *condition = xml_child(xml, "conditionExpression");
    if (condition != NULL && flow->source != BPMN_NOWHERE) {
        struct bpmn_node place = *source;
        place.kind = BPMN_KIND_COUNT;
        place.id = flow->id;
        place.name = flow->name;
        place.line = condition->line;
        bpmn_expression_compile(model, &place, &flow->condition, condition->text,
                                xml_attribute(condition, "language"));
    }
}

/* Gives each node its flows, in the order of the document, and each activity its boundary
 * events. */
static bool connect(struct bpmn_model *model)
{
    const size_t ends = (size_t)model->flow_count * 2 + model->node_count + 1;
    uint32_t *lists = arena_take_array(&model->arena, ends, sizeof *lists);
    if (lists == NULL) {
        return false;
    }
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t i = 0; i < model->flow_count; i++) {
            if (model->flows[i].source == BPMN_NOWHERE) {
                continue;
            }
            struct bpmn_node *source = &model->nodes[model->flows[i].source];
            struct bpmn_node *target = &model->nodes[model->flows[i].target];
            if (pass == 1) {
                source->outgoing[source->outgoing_count] = i;
                target->incoming[target->incoming_count] = i;
            }
            source->outgoing_count++;
            target->incoming_count++;
        }
        for (uint32_t i = 0; i < model->node_count; i++) {
            struct bpmn_node *node = &model->nodes[i];
            if (node->attached != BPMN_NOWHERE) {
                struct bpmn_node *host = &model->nodes[node->attached];
                if (pass == 1) {
                    host->boundaries[host->boundary_count] = i;
                }
                host->boundary_count++;
            }
        }
        for (uint32_t i = 0; pass == 0 && i < model->node_count; i++) {
            struct bpmn_node *node = &model->nodes[i];
            node->outgoing = lists;
            node->incoming = node->outgoing + node->outgoing_count;
            node->boundaries = node->incoming + node->incoming_count;
            lists += node->outgoing_count + node->incoming_count + node->boundary_count;
            node->outgoing_count = node->incoming_count = node->boundary_count = 0;
        }
    }
    return true;
}

static void resolve_boundary(struct bpmn_model *model, const struct id_place *places,
                             struct bpmn_node *node)
{
    const uint32_t host =
        find_place(places, model->node_count, xml_attribute(node->xml, "attachedToRef"));
    if (host == BPMN_NOWHERE || !bpmn_is_activity(model->nodes[host].kind) ||
        model->nodes[host].parent != node->parent) {
        bpmn_report(model, BPMN_REFUSED, node, "it is attached to no activity beside it");
    } else {
        node->attached = host;
    }
}

static bool resolve(struct bpmn_model *model)
{
    struct id_place *places =
        arena_take_array(&model->arena, (size_t)model->node_count + 1, sizeof *places);
    if (places == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < model->node_count; i++) {
        places[i] = (struct id_place){model->nodes[i].id, i};
    }
    qsort(places, model->node_count, sizeof *places, compare_places);
    for (uint32_t i = 1; i < model->node_count; i++) {
        if (places[i].id.size > 0 && slice_equal(places[i].id, places[i - 1].id)) {
            bpmn_report(model, BPMN_REFUSED, &model->nodes[places[i].index],
                        "the id is used at line %u already",
                        model->nodes[places[i - 1].index].line);
        }
    }
    for (uint32_t i = 0; i < model->flow_count; i++) {
        resolve_flow(model, places, i);
    }
    for (uint32_t i = 0; i < model->node_count; i++) {
        struct bpmn_node *node = &model->nodes[i];
        if (node->kind == BPMN_BOUNDARY) {
            resolve_boundary(model, places, node);
        }
    }
    return connect(model);
}

/* ---- what holds of each node ---- */

static void check_gateway(struct bpmn_model *model, const struct bpmn_node *node)
{
    for (uint32_t i = 0; i < node->outgoing_count; i++) {
        const struct bpmn_flow *flow = &model->flows[node->outgoing[i]];
        const struct bpmn_node *target = &model->nodes[flow->target];
        const bool given = flow->condition.text.size > 0;
        const bool catches = (target->kind == BPMN_RECEIVE ||
                              (target->kind == BPMN_CATCH && target->trigger != BPMN_NONE)) &&
                             target->incoming_count == 1;
        if (node->kind == BPMN_EVENT_GATEWAY && !catches) {
            bpmn_report(model, BPMN_REFUSED, target,
                        "behind the event based gateway '%.*s' only a message, a timer or a "
                        "receive task of one incoming flow may stand",
                        (int)node->id.size, node->id.data);
        } else if ((node->kind == BPMN_PARALLEL || node->kind == BPMN_EVENT_GATEWAY) && given) {
            bpmn_report(model, BPMN_NOTE, node, "the condition of its flow '%.*s' has no effect",
                        (int)flow->id.size, flow->id.data);
        } else if (node->kind == BPMN_EXCLUSIVE && node->outgoing_count > 1 && !given &&
                   node->outgoing[i] != node->default_flow) {
            bpmn_report(model, BPMN_FINDING, node,
                        "its flow '%.*s' has no condition and is not its default: it is taken "
                        "only by a person's choice",
                        (int)flow->id.size, flow->id.data);
        }
    }
}

static void check_default(struct bpmn_model *model, struct bpmn_node *node)
{
    const struct slice id = xml_attribute(node->xml, "default");
    for (uint32_t i = 0; i < node->outgoing_count; i++) {
        if (id.size > 0 && slice_equal(model->flows[node->outgoing[i]].id, id)) {
            node->default_flow = node->outgoing[i];
        }
    }
    if (id.size > 0 && node->default_flow == BPMN_NOWHERE) {
        bpmn_report(model, BPMN_REFUSED, node, "its default '%.*s' is none of its flows",
                    (int)id.size, id.data);
    }
}

/* Start events of a container: one without trigger at most, and one at least. */
static void check_starts(struct bpmn_model *model, uint32_t container)
{
    struct bpmn_node *node = &model->nodes[container];
    uint32_t starts = 0;
    uint32_t inside = 0;
    for (uint32_t i = container + 1; i < model->node_count; i++) {
        const struct bpmn_node *child = &model->nodes[i];
        inside += child->parent == container;
        if (child->parent != container || child->kind != BPMN_START) {
            continue;
        }
        starts++;
        if (child->trigger == BPMN_NONE && node->start != BPMN_NOWHERE) {
            bpmn_report(model, BPMN_REFUSED, child,
                        "'%.*s' has a start event without trigger already", (int)node->id.size,
                        node->id.data);
        } else if (child->trigger == BPMN_NONE) {
            node->start = i;
        } else if (node->kind == BPMN_SUBPROCESS) {
            bpmn_report(model, BPMN_REFUSED, child,
                        "the start of a sub-process has no trigger of its own");
        }
    }
    if (inside == 0 && node->kind == BPMN_PROCESS) {
        bpmn_report(model, BPMN_NOTE, node, "the process is empty");
    } else if (starts == 0) {
        bpmn_report(model, BPMN_REFUSED, node,
                    inside == 0 ? "it is empty" : "it has no start event");
    }
}

static void load_nodes(struct bpmn_model *model)
{
    for (uint32_t i = 0; i < model->node_count; i++) {
        struct bpmn_node *node = &model->nodes[i];
        if (node->kind >= BPMN_START && node->kind <= BPMN_BOUNDARY) {
            bpmn_load_event(model, node);
        } else if (bpmn_is_activity(node->kind)) {
            bpmn_load_activity(model, node);
        } else if (node->kind == BPMN_PROCESS) {
            const struct slice roles = bpmn_extension(node->xml, NULL, "candidateStarterRoles");
            node->roles =
                roles.size > 0 ? roles : bpmn_extension(node->xml, NULL, "candidateStarterGroups");
        }
    }
    for (uint32_t i = 0; i < model->node_count; i++) {
        struct bpmn_node *node = &model->nodes[i];
        check_default(model, node);
        if (node->kind >= BPMN_EXCLUSIVE) {
            check_gateway(model, node);
        }
        if (bpmn_is_container(node->kind)) {
            check_starts(model, i);
        }
    }
}

static void hash_model(struct bpmn_model *model)
{
    struct sha256 *sha = sha256_new();
    if (sha == NULL) {
        model->failed = true;
        return;
    }
    for (uint32_t i = 0; i < model->document_count; i++) {
        sha256_update(sha, model->documents[i].hash, SHA256_SIZE);
    }
    for (const struct bpmn_rules *rules = model->rules; rules != NULL; rules = rules->next) {
        const struct dmn_document *document = rules->model->first;
        for (; document != NULL; document = document->next) {
            sha256_update(sha, document->hash, SHA256_SIZE);
        }
    }
    sha256_finish(sha, model->hash);
}

static bool find_name(void *data, struct slice name, uint32_t *ret_index)
{
    return bpmn_name_index(data, name, ret_index);
}

bool bpmn_model_compile(struct bpmn_model *model)
{
    model->compiler.find_name = find_name;
    model->compiler.data = model;
    if (model->document_count == 0) {
        return false;
    }
    if (load_documents(model)) {
        if (!resolve(model)) {
            model->failed = true;
            return false;
        }
        load_nodes(model);
    }
    hash_model(model);
    model->failed = model->failed || model->compiler.failed;
    return !model->failed && model->refused_count == 0;
}

uint32_t bpmn_model_main(const struct bpmn_model *model)
{
    uint32_t first = BPMN_NOWHERE;
    uint32_t executable = BPMN_NOWHERE;
    uint32_t count = 0;
    for (uint32_t i = 0; i < model->node_count; i++) {
        const struct bpmn_node *node = &model->nodes[i];
        if (node->kind != BPMN_PROCESS || node->document != 0) {
            continue;
        }
        if (node->executable) {
            executable = i;
            count++;
        }
        first = first == BPMN_NOWHERE ? i : first;
    }
    return count == 1 ? executable : first;
}
