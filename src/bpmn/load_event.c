/* Events: their triggers, and what extensions say about elements. */
#include "bpmn/model.h"
#include "feel/temporal.h"

bool bpmn_extension_space(struct slice space)
{
    static const char *const spaces[] = {
        "urn:headroom:bpmn",
        "http://camunda.org/schema/zeebe/1.0",
        "http://camunda.org/schema/1.0/bpmn",
        "http://activiti.org/bpmn",
    };
    for (size_t i = 0; i < sizeof spaces / sizeof spaces[0]; i++) {
        if (slice_equal(space, slice_from_cstr(spaces[i]))) {
            return true;
        }
    }
    return false;
}

static struct slice own_attribute(const struct xml_element *xml, const char *name)
{
    const struct xml_attribute *attribute = xml->attributes;
    for (; attribute != NULL; attribute = attribute->next) {
        if (bpmn_extension_space(attribute->space) &&
            slice_equal(attribute->name, slice_from_cstr(name))) {
            return attribute->value;
        }
    }
    return (struct slice){0};
}

struct slice bpmn_extension(const struct xml_element *xml, const char *element,
                            const char *attribute)
{
    if (element == NULL) {
        return own_attribute(xml, attribute);
    }
    const struct xml_element *extensions = xml_child(xml, "extensionElements");
    const struct xml_element *child = extensions == NULL ? NULL : extensions->first;
    for (; child != NULL; child = child->next) {
        const struct slice value = xml_attribute(child, attribute);
        if (bpmn_extension_space(child->space) && xml_is(child, element) && value.data != NULL) {
            return value;
        }
    }
    return (struct slice){0};
}

/* ---- messages ---- */

static struct slice key_of(const struct xml_element *xml)
{
    const struct slice key = own_attribute(xml, "correlationKey");
    return key.data != NULL ? key : bpmn_extension(xml, "subscription", "correlationKey");
}

void bpmn_load_message(struct bpmn_model *model, struct bpmn_node *node,
                       const struct xml_element *xml)
{
    const struct slice reference = xml_attribute(xml, "messageRef");
    const struct xml_element *message =
        reference.size == 0
            ? NULL
            : bpmn_root_element(model, node->document, "message", bpmn_local_name(reference));
    struct slice key = key_of(node->xml);
    node->message = message == NULL ? SLICE("") : xml_attribute(message, "name");
    if (node->message.size == 0) {
        node->message = reference.size > 0    ? bpmn_local_name(reference)
                        : node->name.size > 0 ? node->name
                                              : node->id;
    }
    if (key.data == NULL && message != NULL) {
        key = key_of(message);
    }
    bpmn_expression_compile(model, node, &node->key, key, (struct slice){0});
}

/* ---- timers ---- */

static bool duration_valid(struct slice text)
{
    struct feel_value value;
    return duration_read(text, &value) &&
           (value.kind == FEEL_MONTHS ? value.months >= 0
                                      : value.span.seconds >= 0 && value.span.nanos >= 0);
}

/* R, R5 or R/ in front of a duration. */
static bool cycle_valid(struct slice text)
{
    struct slice count;
    struct slice rest = text;
    uint64_t times = 0;
    if (text.size < 2 || text.data[0] != 'R' || !slice_split(&rest, '/', &count)) {
        return false;
    }
    count = slice_of(count.data + 1, count.size - 1);
    return (count.size == 0 || (slice_to_u64(count, UINT32_MAX - 1, &times) && times > 0)) &&
           duration_valid(rest);
}

static bool literal_valid(enum bpmn_timer_form form, struct slice text)
{
    struct feel_zones zones = {0};
    struct feel_moment moment;
    switch (form) {
    case BPMN_DURATION:
        return duration_valid(text);
    case BPMN_DATE:
        return date_time_read(&zones, text, &moment);
    case BPMN_CYCLE:
        return cycle_valid(text);
    }
    return false;
}

static bool marked(struct slice text)
{
    return text.size > 0 && strchr("=$#", text.data[0]) != NULL;
}

static void load_timer(struct bpmn_model *model, struct bpmn_node *node,
                       const struct xml_element *xml)
{
    static const char *const names[] = {"timeDuration", "timeDate", "timeCycle"};
    const struct slice calendar = own_attribute(xml, "calendar");
    struct bpmn_timer *timer = &node->timer;
    const struct xml_element *found = NULL;
    for (unsigned i = 0; i < 3 && found == NULL; i++) {
        found = xml_child(xml, names[i]);
        timer->form = (enum bpmn_timer_form)i;
    }
    const struct slice text = found == NULL ? SLICE("") : slice_trim(found->text);
    timer->business = slice_equal(calendar, SLICE("business"));
    if (calendar.data != NULL && !timer->business && !slice_equal(calendar, SLICE("all"))) {
        bpmn_report(model, BPMN_REFUSED, node, "the calendar '%.*s' is neither business nor all",
                    (int)calendar.size, calendar.data);
    }
    if (text.size == 0) {
        bpmn_report(model, BPMN_REFUSED, node, "its timer says neither when nor how long");
    } else if (literal_valid(timer->form, text)) {
        timer->literal = text;
    } else if (node->kind == BPMN_START) {
        bpmn_report(model, BPMN_NOTE, node,
                    "the schedule '%.*s' is not kept here: such a case is started by a command",
                    (int)text.size, text.data);
    } else if (marked(text)) {
        bpmn_expression_compile(model, node, &timer->expression, text, (struct slice){0});
    } else {
        bpmn_report(model, BPMN_REFUSED, node,
                    "the timer '%.*s' is no %s of ISO 8601 and no expression behind =",
                    (int)text.size, text.data,
                    timer->form == BPMN_DURATION ? "duration"
                    : timer->form == BPMN_DATE   ? "date and time"
                                                 : "repeated interval");
    }
    if (timer->form == BPMN_CYCLE && node->kind == BPMN_BOUNDARY && node->interrupting) {
        bpmn_report(model, BPMN_NOTE, node, "an interrupting timer fires once");
    }
}

/* ---- triggers ---- */

static void load_code(struct bpmn_model *model, struct bpmn_node *node,
                      const struct xml_element *xml, bool is_error)
{
    const struct slice reference = xml_attribute(xml, is_error ? "errorRef" : "escalationRef");
    const struct xml_element *root =
        reference.size == 0
            ? NULL
            : bpmn_root_element(model, node->document, is_error ? "error" : "escalation",
                                bpmn_local_name(reference));
    node->code = root == NULL ? bpmn_local_name(reference)
                              : xml_attribute(root, is_error ? "errorCode" : "escalationCode");
    if (node->code.size == 0 && root != NULL) {
        node->code = xml_attribute(root, "name");
    }
    if (node->code.size == 0 && root != NULL) {
        node->code = xml_attribute(root, "id");
    }
    if (node->code.size == 0 && node->kind != BPMN_BOUNDARY) {
        node->code = node->id;
    }
}

static bool allowed(enum bpmn_kind kind, enum bpmn_trigger trigger)
{
    switch (trigger) {
    case BPMN_NONE:
        return kind != BPMN_CATCH && kind != BPMN_BOUNDARY;
    case BPMN_MESSAGE:
        return true;
    case BPMN_TIMER:
        return kind == BPMN_START || kind == BPMN_CATCH || kind == BPMN_BOUNDARY;
    case BPMN_ERROR:
        return kind == BPMN_END || kind == BPMN_BOUNDARY;
    case BPMN_ESCALATION:
        return kind == BPMN_END || kind == BPMN_BOUNDARY || kind == BPMN_THROW;
    case BPMN_TERMINATE:
        return kind == BPMN_END;
    }
    return false;
}

static void load_trigger(struct bpmn_model *model, struct bpmn_node *node,
                         const struct xml_element *xml)
{
    static const char *const names[] = {"",
                                        "messageEventDefinition",
                                        "timerEventDefinition",
                                        "errorEventDefinition",
                                        "escalationEventDefinition",
                                        "terminateEventDefinition"};
    unsigned trigger = BPMN_MESSAGE;
    while (trigger <= BPMN_TERMINATE && !xml_is(xml, names[trigger])) {
        trigger++;
    }
    if (trigger > BPMN_TERMINATE || !allowed(node->kind, (enum bpmn_trigger)trigger)) {
        bpmn_report(model, BPMN_REFUSED, node, "a %.*s is not supported here", (int)xml->name.size,
                    xml->name.data);
        return;
    }
    node->trigger = (enum bpmn_trigger)trigger;
    if (trigger == BPMN_MESSAGE) {
        bpmn_load_message(model, node, xml);
    } else if (trigger == BPMN_TIMER) {
        load_timer(model, node, xml);
    } else if (trigger == BPMN_ERROR || trigger == BPMN_ESCALATION) {
        load_code(model, node, xml, trigger == BPMN_ERROR);
    }
}

static bool ends_with(struct slice text, struct slice end)
{
    return text.size >= end.size &&
           memcmp(text.data + text.size - end.size, end.data, end.size) == 0;
}

void bpmn_load_event(struct bpmn_model *model, struct bpmn_node *node)
{
    unsigned count = 0;
    const uint32_t refused = model->refused_count;
    for (const struct xml_element *child = node->xml->first; child != NULL; child = child->next) {
        if (ends_with(child->name, SLICE("EventDefinition"))) {
            count++;
            load_trigger(model, node, child);
        } else if (xml_is(child, "eventDefinitionRef")) {
            bpmn_report(model, BPMN_REFUSED, node, "an eventDefinitionRef is not supported");
        }
    }
    if (count > 1) {
        bpmn_report(model, BPMN_REFUSED, node, "an event of several triggers is not supported");
    } else if (count == 0 && refused == model->refused_count && !allowed(node->kind, BPMN_NONE)) {
        bpmn_report(model, BPMN_REFUSED, node, "it has no trigger");
    }
    node->interrupting = node->interrupting || node->trigger == BPMN_ERROR;
    if (node->kind == BPMN_START) {
        const struct slice form = bpmn_extension(node->xml, NULL, "formKey");
        node->form = form.size > 0 ? form : bpmn_extension(node->xml, "formDefinition", "formKey");
    }
}
