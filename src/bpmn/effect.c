/* Effects as JSON, and what a case shows of itself. */
#include "bpmn/machine.h"
#include "feel/text.h"

struct slice bpmn_effect_name(enum bpmn_effect_kind kind)
{
    static const char *const names[] = {
#define X(name, text) text,
        BPMN_EFFECT_LIST(X)
#undef X
    };
    check(kind < BPMN_EFFECT_COUNT);
    return slice_from_cstr(names[kind]);
}

struct slice bpmn_status_name(enum bpmn_status status)
{
    static const char *const names[] = {
#define X(name, english, chinese) #name,
        BPMN_STATUS_LIST(X)
#undef X
    };
    return slice_from_cstr(names[status]);
}

static void write_text(struct json_writer *writer, struct slice name, struct slice text)
{
    if (text.size > 0) {
        json_name(writer, name);
        json_string(writer, text);
    }
}

static void write_time(struct json_writer *writer, struct slice name, time_us time)
{
    json_name(writer, name);
    json_value_begin(writer);
    buffer_append_byte(writer->buffer, '"');
    time_write(writer->buffer, time);
    buffer_append_byte(writer->buffer, '"');
}

/* What the name of an effect of a kind is. */
static struct slice name_member(enum bpmn_effect_kind kind)
{
    switch (kind) {
    case BPMN_EFFECT_TASK:
        return SLICE("roles");
    case BPMN_EFFECT_SERVICE:
        return SLICE("topic");
    case BPMN_EFFECT_DECIDED:
        return SLICE("decision");
    case BPMN_EFFECT_ERROR:
    case BPMN_EFFECT_ESCALATION:
        return SLICE("code");
    default:
        return SLICE("message");
    }
}

void bpmn_effect_write(struct buffer *out, const struct bpmn_case *state,
                       const struct bpmn_effect *effect)
{
    struct json_writer writer;
    const struct bpmn_node *node = &state->model->nodes[effect->node];
    json_writer_init(&writer, out);
    json_object_begin(&writer);
    json_name(&writer, SLICE("id"));
    json_value_begin(&writer);
    struct buffer id = {0};
    buffer_append(&id, state->id);
    buffer_printf(&id, "/%u/%u", effect->step, effect->ordinal);
    json_quote(out, buffer_slice(&id));
    out->failed = out->failed || id.failed;
    buffer_release(&id);
    json_name(&writer, SLICE("effect"));
    json_string(&writer, bpmn_effect_name(effect->kind));
    write_time(&writer, SLICE("at"), effect->at);
    write_text(&writer, SLICE("by"), effect->by);
    json_name(&writer, SLICE("element"));
    json_string(&writer, node->id);
    write_text(&writer, SLICE("name"), node->name);
    if (effect->token != 0) {
        json_name(&writer, SLICE("token"));
        json_u64(&writer, effect->token);
    }
    if (effect->wait != 0) {
        json_name(&writer, SLICE("wait"));
        json_u64(&writer, effect->wait);
    }
    if (effect->kind == BPMN_EFFECT_TIMER) {
        write_time(&writer, SLICE("due"), effect->due);
    }
    write_text(&writer, name_member(effect->kind), effect->name);
    write_text(&writer, SLICE("key"), effect->key);
    write_text(&writer, SLICE("text"), effect->text);
    if (effect->kind == BPMN_EFFECT_TASK) {
        write_text(&writer, SLICE("assignee"), node->assignee);
        write_text(&writer, SLICE("form"), node->form);
    }
    if (effect->variables != NULL) {
        json_name(&writer, SLICE("variables"));
        text_write_json(&writer, feel_context_value(effect->variables));
    }
    json_object_end(&writer);
}

const struct feel_context *bpmn_case_variables(const struct bpmn_case *state)
{
    struct feel_context *context = feel_context_new(state->arena, 8);
    if (state->scope_count == 0) {
        return context;
    }
    const struct bpmn_scope *scope = &state->scopes[0];
    for (uint32_t i = 0; i < scope->variable_count && context != NULL; i++) {
        if (!feel_context_put(state->arena, context, scope->variables[i].name,
                              scope->variables[i].value)) {
            return NULL;
        }
    }
    return context;
}
