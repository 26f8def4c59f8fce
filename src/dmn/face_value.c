/* The library's face: evaluations value by value. A value of the face is one of FEEL in the arena
 * of its evaluation. */
#include "dmn/face.h"

struct hr_dmn_evaluation {
    const struct dmn_model *model;
    struct hr_dmn_limits limits;
    struct arena arena;
    struct dmn_evaluation evaluation;
    bool begun;
};

static const struct hr_dmn_value *value_out(const struct feel_value *value)
{
    return (const struct hr_dmn_value *)value;
}

static const struct feel_value *value_in(const struct hr_dmn_value *value)
{
    return (const struct feel_value *)value;
}

enum hr_dmn_status hr_dmn_find(const struct hr_dmn_model *model, hr_dmn_element *ret_element,
                               const char *name)
{
    static const enum dmn_kind kinds[] = {DMN_INPUT, DMN_DECISION};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        const struct dmn_element *element =
            dmn_model_find(model->model, kinds[i], slice_from_cstr(name));
        if (element != NULL) {
            *ret_element = element->index;
            return HR_DMN_OK;
        }
    }
    return HR_DMN_NOT_FOUND;
}

enum hr_dmn_status hr_dmn_evaluation_new(struct hr_dmn_evaluation **ret_evaluation,
                                         const struct hr_dmn_model *model,
                                         const struct hr_dmn_limits *limits)
{
    struct hr_dmn_evaluation *evaluation = memory_allocate(sizeof *evaluation);
    if (evaluation == NULL) {
        return HR_DMN_NO_MEMORY;
    }
    *evaluation = (struct hr_dmn_evaluation){.model = model->model};
    if (limits != NULL) {
        evaluation->limits = *limits;
    }
    arena_init(&evaluation->arena, face_memory(&evaluation->limits));
    *ret_evaluation = evaluation;
    return HR_DMN_OK;
}

void hr_dmn_evaluation_free(struct hr_dmn_evaluation *evaluation)
{
    if (evaluation != NULL) {
        arena_release(&evaluation->arena);
        memory_free(evaluation);
    }
}

enum hr_dmn_status hr_dmn_begin(struct hr_dmn_evaluation *evaluation, int64_t now_us)
{
    const struct feel_moment now = face_moment(now_us);
    const struct feel_limits limits = {.steps_max = evaluation->limits.steps_max,
                                       .depth_max = evaluation->limits.depth_max};
    arena_reset(&evaluation->arena);
    evaluation->begun = dmn_evaluation_init(&evaluation->evaluation, evaluation->model,
                                            &evaluation->arena, limits, &now);
    return evaluation->begun ? HR_DMN_OK : HR_DMN_NO_MEMORY;
}

static enum hr_dmn_status stopped(const struct hr_dmn_evaluation *evaluation)
{
    return evaluation->evaluation.eval.status == FEEL_STATUS_OK ? HR_DMN_OK : HR_DMN_STOPPED;
}

/* The input or decision of a number; NULL when it is neither, or nothing has begun. */
static const struct dmn_element *element_of(const struct hr_dmn_evaluation *evaluation,
                                            hr_dmn_element number)
{
    if (!evaluation->begun || number >= evaluation->model->element_count) {
        return NULL;
    }
    const struct dmn_element *element = &evaluation->model->elements[number];
    return element->kind == DMN_INPUT || element->kind == DMN_DECISION ? element : NULL;
}

static enum hr_dmn_status set(struct hr_dmn_evaluation *evaluation, hr_dmn_element number,
                              struct feel_value value)
{
    const struct dmn_element *element = element_of(evaluation, number);
    if (element == NULL) {
        return HR_DMN_NOT_FOUND;
    }
    dmn_evaluation_bind(&evaluation->evaluation, element, value);
    return stopped(evaluation);
}

enum hr_dmn_status hr_dmn_set_null(struct hr_dmn_evaluation *evaluation, hr_dmn_element element)
{
    return set(evaluation, element, FEEL_NOTHING);
}

enum hr_dmn_status hr_dmn_set_boolean(struct hr_dmn_evaluation *evaluation, hr_dmn_element element,
                                      bool value)
{
    return set(evaluation, element, feel_boolean(value));
}

enum hr_dmn_status hr_dmn_set_integer(struct hr_dmn_evaluation *evaluation, hr_dmn_element element,
                                      int64_t value)
{
    return set(evaluation, element, feel_integer(value));
}

enum hr_dmn_status hr_dmn_set_number(struct hr_dmn_evaluation *evaluation, hr_dmn_element element,
                                     const char *digits)
{
    struct decimal number = DECIMAL_ZERO;
    if (!decimal_parse(slice_from_cstr(digits), &number)) {
        return HR_DMN_BAD_INPUT;
    }
    return set(evaluation, element, feel_number(number));
}

enum hr_dmn_status hr_dmn_set_string(struct hr_dmn_evaluation *evaluation, hr_dmn_element element,
                                     const char *text, size_t size)
{
    const struct slice slice = slice_of(text, size);
    if (size > UINT32_MAX || !utf8_valid(slice)) {
        return HR_DMN_BAD_INPUT;
    }
    return set(evaluation, element, feel_string(slice));
}

enum hr_dmn_status hr_dmn_set_temporal(struct hr_dmn_evaluation *evaluation, hr_dmn_element element,
                                       const char *text)
{
    struct feel_value value = FEEL_NOTHING;
    if (element_of(evaluation, element) == NULL) {
        return HR_DMN_NOT_FOUND;
    }
    if (!text_read_temporal(&evaluation->arena, &evaluation->evaluation.eval.zones,
                            slice_from_cstr(text), &value)) {
        return HR_DMN_BAD_INPUT;
    }
    return set(evaluation, element, value);
}

enum hr_dmn_status hr_dmn_set_json(struct hr_dmn_evaluation *evaluation, hr_dmn_element number,
                                   const char *json)
{
    struct json_error error;
    struct feel_value value = FEEL_NOTHING;
    const struct dmn_element *element = element_of(evaluation, number);
    if (element == NULL) {
        return HR_DMN_NOT_FOUND;
    }
    const struct json_value *parsed = json_parse(&evaluation->arena, &error, slice_from_cstr(json));
    if (parsed == NULL) {
        return error.memory_short ? HR_DMN_STOPPED : HR_DMN_BAD_INPUT;
    }
    if (!text_from_json(&evaluation->arena, &evaluation->evaluation.eval.zones, parsed,
                        element->type, &value)) {
        return HR_DMN_STOPPED;
    }
    return set(evaluation, number, value);
}

enum hr_dmn_status hr_dmn_get(struct hr_dmn_evaluation *evaluation,
                              const struct hr_dmn_value **ret_value, hr_dmn_element number)
{
    const struct dmn_element *element = element_of(evaluation, number);
    if (element == NULL) {
        return HR_DMN_NOT_FOUND;
    }
    (void)dmn_evaluation_get(&evaluation->evaluation, element);
    if (stopped(evaluation) == HR_DMN_OK) {
        *ret_value = value_out(&evaluation->evaluation.globals.values[number]);
    }
    return stopped(evaluation);
}

enum hr_dmn_status hr_dmn_diagnostic(const struct hr_dmn_evaluation *evaluation,
                                     struct hr_dmn_text *ret_text, size_t index)
{
    const struct feel_diagnostic *at = evaluation->begun ? evaluation->evaluation.eval.first : NULL;
    struct buffer out;
    for (; at != NULL && index > 0; index--) {
        at = at->next;
    }
    if (at == NULL) {
        return HR_DMN_NOT_FOUND;
    }
    buffer_init(&out);
    if (at->source != NULL) {
        buffer_append(&out, at->source->where);
        buffer_printf(&out, ", column %u: ", at->position + 1);
    }
    buffer_append(&out, at->message);
    return face_give(ret_text, &out);
}

/* ---- values ---- */

enum hr_dmn_kind hr_dmn_value_kind(const struct hr_dmn_value *value)
{
    _Static_assert((int)HR_DMN_NULL == (int)FEEL_NULL, "the kinds are those of FEEL");
    _Static_assert((int)HR_DMN_DAYS_TIME_DURATION == (int)FEEL_SPAN, "in the same order");
    _Static_assert((int)HR_DMN_FUNCTION == (int)FEEL_FUNCTION, "to the last");
    return (enum hr_dmn_kind)value_in(value)->kind;
}

bool hr_dmn_value_is_true(const struct hr_dmn_value *value)
{
    return feel_is_true(*value_in(value));
}

enum hr_dmn_status hr_dmn_value_integer(const struct hr_dmn_value *value, int64_t *ret_integer)
{
    const struct feel_value *given = value_in(value);
    const bool whole = given->kind == FEEL_NUMBER && decimal_to_i64(given->number, ret_integer);
    return whole ? HR_DMN_OK : HR_DMN_NOT_FOUND;
}

const char *hr_dmn_value_string(const struct hr_dmn_value *value, size_t *ret_size)
{
    const struct feel_value *given = value_in(value);
    const bool is_string = given->kind == FEEL_STRING;
    *ret_size = is_string ? given->size : 0;
    return is_string ? given->text : NULL;
}

enum hr_dmn_status hr_dmn_value_text(const struct hr_dmn_value *value, struct hr_dmn_text *ret_text)
{
    struct buffer out;
    buffer_init(&out);
    text_write(&out, *value_in(value));
    return face_give(ret_text, &out);
}

enum hr_dmn_status hr_dmn_value_json(const struct hr_dmn_value *value, struct hr_dmn_text *ret_json)
{
    struct buffer out;
    struct json_writer writer;
    buffer_init(&out);
    json_writer_init(&writer, &out);
    text_write_json(&writer, *value_in(value));
    return face_give(ret_json, &out);
}

size_t hr_dmn_value_count(const struct hr_dmn_value *value)
{
    const struct feel_value *given = value_in(value);
    return given->kind == FEEL_LIST      ? given->size
           : given->kind == FEEL_CONTEXT ? given->context->count
                                         : 0;
}

const struct hr_dmn_value *hr_dmn_value_item(const struct hr_dmn_value *value, size_t index)
{
    const struct feel_value *given = value_in(value);
    if (index >= hr_dmn_value_count(value)) {
        return NULL;
    }
    return value_out(given->kind == FEEL_LIST ? &given->items[index]
                                              : &given->context->entries[index].value);
}

const char *hr_dmn_value_name(const struct hr_dmn_value *value, size_t index, size_t *ret_size)
{
    const struct feel_value *given = value_in(value);
    const bool there = given->kind == FEEL_CONTEXT && index < given->context->count;
    *ret_size = there ? given->context->entries[index].name.size : 0;
    return there ? given->context->entries[index].name.data : NULL;
}

const struct hr_dmn_value *hr_dmn_value_entry(const struct hr_dmn_value *value, const char *name)
{
    const struct feel_value *given = value_in(value);
    return given->kind == FEEL_CONTEXT
               ? value_out(feel_context_get(given->context, slice_from_cstr(name)))
               : NULL;
}
