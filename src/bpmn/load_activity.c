/* Activities: what work they stand for, what goes in and out, and how often they are done. */
#include "bpmn/model.h"
#include "feel/name.h"

/* ---- mappings ---- */

struct mapping_list {
    struct bpmn_model *model;
    struct bpmn_node *node;
    const struct bpmn_mapping **end;
};

static void add_mapping(struct mapping_list *list, struct slice target, struct slice source)
{
    struct bpmn_mapping *mapping = arena_take(&list->model->arena, sizeof *mapping);
    if (mapping == NULL) {
        list->model->failed = true;
        return;
    }
    if (!name_simple(target)) {
        bpmn_report(list->model, BPMN_REFUSED, list->node,
                    "a mapping's target '%.*s' is no simple name", (int)target.size, target.data);
        return;
    }
    mapping->target = target;
    bpmn_expression_compile(list->model, list->node, &mapping->source, source, SLICE("FEEL"));
    *list->end = mapping;
    list->end = &mapping->next;
}

/* A text of another engine that is an expression only where it is marked as one. */
static void add_marked(struct mapping_list *list, struct slice target, struct slice source)
{
    source = slice_trim(source);
    if (source.size > 0 && strchr("=$#", source.data[0]) != NULL) {
        add_mapping(list, target, source);
        return;
    }
    struct buffer quoted;
    buffer_init(&quoted);
    buffer_append_byte(&quoted, '"');
    for (size_t i = 0; i < source.size; i++) {
        if (strchr("\"\\", source.data[i]) != NULL) {
            buffer_append_byte(&quoted, '\\');
        }
        buffer_append_byte(&quoted, source.data[i] == '\n' ? ' ' : source.data[i]);
    }
    buffer_append_byte(&quoted, '"');
    const struct slice copy = arena_copy(&list->model->arena, buffer_slice(&quoted));
    if (copy.data == NULL || buffer_failed(&quoted)) {
        list->model->failed = true;
    } else {
        add_mapping(list, target, copy);
    }
    buffer_release(&quoted);
}

/* <camunda:inputParameter name="x">text</...>, without scripts, lists and maps. */
static void add_parameter(struct mapping_list *list, const struct xml_element *xml)
{
    if (xml->first != NULL) {
        bpmn_report(list->model, BPMN_NOTE, list->node, "the %.*s of its parameter has no effect",
                    (int)xml->first->name.size, xml->first->name.data);
    } else {
        add_marked(list, xml_attribute(xml, "name"), xml->text);
    }
}

/* <x:input source target/>, also inside <x:ioMapping>; <camunda:in source target/>. */
static void add_from(struct mapping_list *list, const struct xml_element *xml, bool input)
{
    const struct slice target = xml_attribute(xml, "target");
    const struct slice source = xml_attribute(xml, "source");
    const bool own = slice_equal(xml->space, SLICE("urn:headroom:bpmn"));
    if (xml_is(xml, input ? "inputParameter" : "outputParameter")) {
        add_parameter(list, xml);
    } else if (target.data != NULL && source.data != NULL &&
               xml_is(xml, input ? "input" : "output")) {
        own ? add_mapping(list, target, source) : add_marked(list, target, source);
    } else if (target.data != NULL && source.data != NULL && xml_is(xml, input ? "in" : "out")) {
        add_mapping(list, target, source);
    }
}

static const struct bpmn_mapping *load_mappings(struct bpmn_model *model, struct bpmn_node *node,
                                                bool input)
{
    const struct bpmn_mapping *first = NULL;
    struct mapping_list list = {.model = model, .node = node, .end = &first};
    const struct xml_element *extensions = xml_child(node->xml, "extensionElements");
    const struct xml_element *child = extensions == NULL ? NULL : extensions->first;
    for (; child != NULL; child = child->next) {
        if (!bpmn_extension_space(child->space)) {
            continue;
        }
        if (xml_is(child, "ioMapping") || xml_is(child, "inputOutput")) {
            for (const struct xml_element *at = child->first; at != NULL; at = at->next) {
                add_from(&list, at, input);
            }
        } else {
            add_from(&list, child, input);
        }
    }
    return first;
}

/* What other engines would run, and this one does not. */
static void note_extensions(struct bpmn_model *model, const struct bpmn_node *node)
{
    static const char *const names[] = {"executionListener", "taskListener", "executionListeners",
                                        "taskListeners",     "connector",    "script"};
    const struct xml_element *extensions = xml_child(node->xml, "extensionElements");
    const struct xml_element *child = extensions == NULL ? NULL : extensions->first;
    for (; child != NULL; child = child->next) {
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
            if (bpmn_extension_space(child->space) && xml_is(child, names[i])) {
                bpmn_report(model, BPMN_NOTE, node, "its %s has no effect", names[i]);
            }
        }
    }
}

/* ---- multi-instance ---- */

/* The name of the data object that a reference means, or the reference itself. */
static struct slice data_name(const struct xml_element *root, struct slice reference)
{
    const struct xml_element *at = root;
    reference = bpmn_local_name(slice_trim(reference));
    while (at != NULL && reference.size > 0) {
        const struct slice name = xml_attribute(at, "name");
        if (name.size > 0 && slice_equal(xml_attribute(at, "id"), reference)) {
            return name;
        }
        if (at->first != NULL) {
            at = at->first;
            continue;
        }
        while (at != NULL && at != root && at->next == NULL) {
            at = at->parent;
        }
        at = at == NULL || at == root ? NULL : at->next;
    }
    return reference;
}

static struct slice child_text(const struct xml_element *xml, const char *name)
{
    const struct xml_element *child = xml_child(xml, name);
    return child == NULL ? SLICE("") : slice_trim(child->text);
}

static struct slice child_name(const struct xml_element *xml, const char *name)
{
    const struct xml_element *child = xml_child(xml, name);
    return child == NULL ? SLICE("") : xml_attribute(child, "name");
}

static struct slice either(struct slice first, struct slice second)
{
    return first.size > 0 ? first : second;
}

static void load_multi(struct bpmn_model *model, struct bpmn_node *node,
                       const struct xml_element *xml)
{
    const struct xml_element *root = model->documents[node->document].xml;
    const struct slice none = {0};
    struct bpmn_multi *multi = arena_take(&model->arena, sizeof *multi);
    if (multi == NULL) {
        model->failed = true;
        return;
    }
    node->multi = multi;
    multi->sequential = slice_equal(xml_attribute(xml, "isSequential"), SLICE("true"));
    const struct slice collection =
        either(either(bpmn_extension(xml, "loopCharacteristics", "inputCollection"),
                      bpmn_extension(xml, NULL, "collection")),
               data_name(root, child_text(xml, "loopDataInputRef")));
    multi->item = either(either(bpmn_extension(xml, "loopCharacteristics", "inputElement"),
                                bpmn_extension(xml, NULL, "elementVariable")),
                         child_name(xml, "inputDataItem"));
    multi->output = either(bpmn_extension(xml, "loopCharacteristics", "outputCollection"),
                           data_name(root, child_text(xml, "loopDataOutputRef")));
    const struct slice output_item =
        either(bpmn_extension(xml, "loopCharacteristics", "outputElement"),
               child_name(xml, "outputDataItem"));
    const struct xml_element *condition = xml_child(xml, "completionCondition");
    bpmn_expression_compile(model, node, &multi->cardinality, child_text(xml, "loopCardinality"),
                            none);
    bpmn_expression_compile(model, node, &multi->collection, collection, SLICE("FEEL"));
    bpmn_expression_compile(model, node, &multi->output_item, output_item, SLICE("FEEL"));
    if (condition != NULL) {
        bpmn_expression_compile(model, node, &multi->completion, condition->text,
                                xml_attribute(condition, "language"));
    }
    if (multi->cardinality.text.size == 0 && multi->collection.text.size == 0) {
        bpmn_report(model, BPMN_REFUSED, node,
                    "its multi-instance marker says neither how many nor for what collection");
    }
    if ((multi->output.size > 0) != (output_item.size > 0)) {
        bpmn_report(model, BPMN_REFUSED, node,
                    "its multi-instance marker names only one of the collection of results and "
                    "the result of an instance");
    }
}

/* ---- kinds ---- */

/* The lane that lists an element. */
static struct slice lane_of(const struct bpmn_model *model, const struct bpmn_node *node)
{
    uint32_t process = (uint32_t)(node - model->nodes);
    while (model->nodes[process].parent != BPMN_NOWHERE) {
        process = model->nodes[process].parent;
    }
    const struct xml_element *sets = xml_child(model->nodes[process].xml, "laneSet");
    const struct xml_element *at = sets;
    while (at != NULL) {
        if (xml_is(at, "flowNodeRef") && slice_equal(slice_trim(at->text), node->id)) {
            return xml_attribute(at->parent, "name");
        }
        if (at->first != NULL) {
            at = at->first;
            continue;
        }
        while (at != NULL && at != sets && at->next == NULL) {
            at = at->parent;
        }
        at = at == NULL || at == sets ? NULL : at->next;
    }
    return SLICE("");
}

static struct slice owner_of(const struct xml_element *xml)
{
    static const char *const names[] = {"potentialOwner", "humanPerformer", "performer"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const struct xml_element *owner = xml_child(xml, names[i]);
        const struct xml_element *assignment =
            owner == NULL ? NULL : xml_child(owner, "resourceAssignmentExpression");
        if (assignment != NULL) {
            return child_text(assignment, "formalExpression");
        }
    }
    return SLICE("");
}

static void load_user(const struct bpmn_model *model, struct bpmn_node *node)
{
    const struct xml_element *xml = node->xml;
    node->roles = either(either(bpmn_extension(xml, NULL, "candidateRoles"),
                                bpmn_extension(xml, NULL, "candidateGroups")),
                         either(bpmn_extension(xml, "assignmentDefinition", "candidateGroups"),
                                either(owner_of(xml), lane_of(model, node))));
    node->assignee = either(bpmn_extension(xml, NULL, "assignee"),
                            bpmn_extension(xml, "assignmentDefinition", "assignee"));
    node->form = either(bpmn_extension(xml, NULL, "formKey"),
                        bpmn_extension(xml, "formDefinition", "formKey"));
}

static struct slice topic_of(const struct xml_element *xml)
{
    return either(bpmn_extension(xml, NULL, "topic"),
                  bpmn_extension(xml, "taskDefinition", "type"));
}

static void load_rule(struct bpmn_model *model, struct bpmn_node *node)
{
    const struct xml_element *xml = node->xml;
    node->decision = either(
        either(bpmn_extension(xml, NULL, "decision"), bpmn_extension(xml, NULL, "decisionRef")),
        bpmn_extension(xml, "calledDecision", "decisionId"));
    node->result = either(
        either(bpmn_extension(xml, NULL, "result"), bpmn_extension(xml, NULL, "resultVariable")),
        bpmn_extension(xml, "calledDecision", "resultVariable"));
    if (node->decision.size == 0) {
        bpmn_report(model, BPMN_REFUSED, node, "it names no decision");
        return;
    }
    for (const struct bpmn_rules *rules = model->rules; rules != NULL; rules = rules->next) {
        for (unsigned kind = DMN_DECISION; kind <= DMN_SERVICE && node->rule == NULL; kind++) {
            node->rule = dmn_model_find(rules->model, (enum dmn_kind)kind, node->decision);
            node->rules = rules->model;
        }
    }
    if (node->rule == NULL) {
        bpmn_report(model, BPMN_REFUSED, node, "no decision model given has a decision '%.*s'",
                    (int)node->decision.size, node->decision.data);
    }
}

static void load_call(struct bpmn_model *model, struct bpmn_node *node)
{
    node->called = bpmn_local_name(either(xml_attribute(node->xml, "calledElement"),
                                          bpmn_extension(node->xml, "calledElement", "processId")));
    const uint32_t called = bpmn_model_find(model, node->called);
    if (node->called.size == 0) {
        bpmn_report(model, BPMN_REFUSED, node, "it names no process");
    } else if (called == BPMN_NOWHERE || model->nodes[called].kind != BPMN_PROCESS) {
        bpmn_report(model, BPMN_REFUSED, node, "no document given has a process '%.*s'",
                    (int)node->called.size, node->called.data);
    } else {
        node->called_node = called;
    }
}

static void load_kind(struct bpmn_model *model, struct bpmn_node *node)
{
    const struct xml_element *xml = node->xml;
    switch (node->kind) {
    case BPMN_USER:
        load_user(model, node);
        break;
    case BPMN_SERVICE:
        node->topic = either(topic_of(xml), node->id);
        break;
    case BPMN_SEND:
        node->topic = topic_of(xml);
        bpmn_load_message(model, node, xml);
        break;
    case BPMN_RECEIVE:
        bpmn_load_message(model, node, xml);
        if (slice_equal(xml_attribute(xml, "instantiate"), SLICE("true"))) {
            bpmn_report(model, BPMN_REFUSED, node,
                        "a receive task that starts a process is not "
                        "supported");
        }
        break;
    case BPMN_RULE:
        load_rule(model, node);
        break;
    case BPMN_CALL:
        load_call(model, node);
        break;
    case BPMN_SUBPROCESS:
        if (slice_equal(xml_attribute(xml, "triggeredByEvent"), SLICE("true"))) {
            bpmn_report(model, BPMN_REFUSED, node, "an event sub-process is not supported");
        }
        break;
    default:
        break;
    }
}

void bpmn_load_activity(struct bpmn_model *model, struct bpmn_node *node)
{
    const struct xml_element *xml = node->xml;
    const struct xml_element *multi = xml_child(xml, "multiInstanceLoopCharacteristics");
    if (slice_equal(xml_attribute(xml, "isForCompensation"), SLICE("true"))) {
        bpmn_report(model, BPMN_REFUSED, node, "compensation is not supported");
    }
    if (xml_child(xml, "standardLoopCharacteristics") != NULL) {
        bpmn_report(model, BPMN_REFUSED, node,
                    "a standard loop is not supported; draw the loop with a gateway");
    }
    load_kind(model, node);
    if (multi != NULL) {
        load_multi(model, node, multi);
    }
    node->inputs = load_mappings(model, node, true);
    node->outputs = load_mappings(model, node, false);
    note_extensions(model, node);
}
