/* The library's face: models, and questions in JSON. */
#include "dmn/face.h"

#include "base/date.h"
#include "dmn/folder.h"
#include "os/clock.h"

enum { FACE_MEMORY_DEFAULT = 256 << 20 };

const char *hr_dmn_status_text(enum hr_dmn_status status)
{
    static const char *const texts[] = {
        [HR_DMN_OK] = "done",
        [HR_DMN_NOT_FOUND] = "there is no such decision, input, entry or diagnostic",
        [HR_DMN_BAD_MODEL] = "the file cannot be read or is no model, or the text is no FEEL",
        [HR_DMN_BAD_INPUT] = "the input is no JSON object, or a value is not well formed",
        [HR_DMN_STOPPED] = "the evaluation passed a bound of steps, depth or memory",
        [HR_DMN_NO_MEMORY] = "memory is exhausted",
    };
    const size_t index = (size_t)status;
    return index < sizeof texts / sizeof texts[0] ? texts[index] : "unknown";
}

void hr_dmn_text_release(struct hr_dmn_text *text)
{
    memory_free(text->data);
    *text = (struct hr_dmn_text)HR_DMN_TEXT_NONE;
}

/* Moves a buffer into a text of the caller, and empties it. */
enum hr_dmn_status face_give(struct hr_dmn_text *ret_text, struct buffer *buffer)
{
    buffer_append_byte(buffer, '\0');
    if (buffer_failed(buffer)) {
        buffer_release(buffer);
        return HR_DMN_NO_MEMORY;
    }
    *ret_text = (struct hr_dmn_text){.data = buffer->data, .size = buffer->size - 1};
    buffer_init(buffer);
    return HR_DMN_OK;
}

/* Gives a reason, where one is wanted and there is memory for it, and the status back. */
static enum hr_dmn_status refuse(struct hr_dmn_text *reterr_reason, struct buffer *reason,
                                 enum hr_dmn_status status)
{
    if (reterr_reason != NULL) {
        (void)face_give(reterr_reason, reason);
    }
    buffer_release(reason);
    return status;
}

struct feel_moment face_moment(int64_t now_us)
{
    const int64_t us = now_us == 0 ? os_clock_realtime_us() : now_us;
    int64_t days = us / US_PER_DAY;
    days -= us % US_PER_DAY < 0 ? 1 : 0;
    return (struct feel_moment){
        .days = days, .nanos = (us - days * US_PER_DAY) * 1000, .has_offset = true};
}

size_t face_memory(const struct hr_dmn_limits *limits)
{
    return limits->memory_max == 0 ? FACE_MEMORY_DEFAULT : (size_t)limits->memory_max;
}

/* ---- models ---- */

/* Takes a compiled model over; NULL gives the reason. */
static enum hr_dmn_status wrap(struct hr_dmn_model **ret_model, struct hr_dmn_text *reterr_reason,
                               struct dmn_model *compiled, struct buffer *reason)
{
    struct hr_dmn_model *model = compiled == NULL ? NULL : memory_allocate(sizeof *model);
    if (model == NULL) {
        const enum hr_dmn_status status = compiled == NULL ? HR_DMN_BAD_MODEL : HR_DMN_NO_MEMORY;
        dmn_model_free(compiled);
        return refuse(reterr_reason, reason, status);
    }
    model->model = compiled;
    buffer_release(reason);
    *ret_model = model;
    return HR_DMN_OK;
}

enum hr_dmn_status hr_dmn_model_open(struct hr_dmn_model **ret_model,
                                     struct hr_dmn_text *reterr_reason, const char *path)
{
    struct buffer reason;
    buffer_init(&reason);
    return wrap(ret_model, reterr_reason, dmn_model_load(path, &reason), &reason);
}

static bool add_all(struct dmn_model *model, const struct hr_dmn_document *documents, size_t count,
                    struct buffer *reason)
{
    struct xml_error error;
    for (size_t i = 0; i < count; i++) {
        if (!dmn_model_add(model, &error, slice_of(documents[i].text, documents[i].size))) {
            buffer_printf(reason, "document %zu, line %u: %s", i + 1, error.line, error.message);
            return false;
        }
    }
    if (count == 0 || !dmn_model_compile(model)) {
        buffer_append_cstr(reason, count == 0 ? "there is no document"
                                              : "the model takes more memory than allowed");
        return false;
    }
    return true;
}

enum hr_dmn_status hr_dmn_model_read(struct hr_dmn_model **ret_model,
                                     struct hr_dmn_text *reterr_reason,
                                     const struct hr_dmn_document *documents, size_t count)
{
    struct buffer reason;
    struct dmn_model *model = dmn_model_new();
    buffer_init(&reason);
    if (model == NULL) {
        return HR_DMN_NO_MEMORY;
    }
    if (!add_all(model, documents, count, &reason)) {
        dmn_model_free(model);
        model = NULL;
    }
    return wrap(ret_model, reterr_reason, model, &reason);
}

void hr_dmn_model_free(struct hr_dmn_model *model)
{
    if (model != NULL) {
        dmn_model_free(model->model);
        memory_free(model);
    }
}

enum hr_dmn_status hr_dmn_describe(const struct hr_dmn_model *model, struct hr_dmn_text *ret_json)
{
    struct buffer out;
    struct json_writer writer;
    buffer_init(&out);
    json_writer_init(&writer, &out);
    json_object_begin(&writer);
    dmn_describe(model->model, &writer);
    json_object_end(&writer);
    return face_give(ret_json, &out);
}

enum hr_dmn_status hr_dmn_check(const struct hr_dmn_model *model, struct hr_dmn_text *ret_findings,
                                size_t *ret_count)
{
    struct buffer out;
    buffer_init(&out);
    const uint32_t count = dmn_check(model->model, &out);
    const enum hr_dmn_status status = face_give(ret_findings, &out);
    if (status == HR_DMN_OK && ret_count != NULL) {
        *ret_count = count;
    }
    return status;
}

/* ---- questions in JSON ---- */

static enum hr_dmn_status face_status(enum dmn_answer_status status, bool expression)
{
    switch (status) {
    case DMN_ANSWER_OK:
        return HR_DMN_OK;
    case DMN_ANSWER_NO_DECISION:
        return expression ? HR_DMN_BAD_MODEL : HR_DMN_NOT_FOUND;
    case DMN_ANSWER_BAD_INPUT:
        return HR_DMN_BAD_INPUT;
    case DMN_ANSWER_STOPPED:
        return HR_DMN_STOPPED;
    }
    return HR_DMN_STOPPED;
}

/* Asks a model or, when that is NULL, FEEL by itself. */
static enum hr_dmn_status ask(const struct dmn_model *model, struct hr_dmn_text *ret_answer,
                              struct hr_dmn_text *reterr_reason,
                              const struct hr_dmn_question *question)
{
    struct arena arena;
    struct buffer out;
    struct buffer reason;
    const struct dmn_question asked = {
        .decision = slice_from_cstr(question->decision),
        .input = question->input == NULL ? SLICE("{}") : slice_from_cstr(question->input),
        .explain = question->explain,
        .limits = {.steps_max = question->limits.steps_max,
                   .depth_max = question->limits.depth_max},
        .now = face_moment(question->now_us),
    };
    buffer_init(&out);
    buffer_init(&reason);
    arena_init(&arena, face_memory(&question->limits));
    const enum dmn_answer_status answer = model == NULL
                                              ? dmn_answer_feel(&arena, &asked, &out, &reason)
                                              : dmn_answer(model, &arena, &asked, &out, &reason);
    arena_release(&arena);
    if (answer != DMN_ANSWER_OK) {
        buffer_release(&out);
        return refuse(reterr_reason, &reason, face_status(answer, model == NULL));
    }
    buffer_release(&reason);
    return face_give(ret_answer, &out);
}

enum hr_dmn_status hr_dmn_evaluate(const struct hr_dmn_model *model, struct hr_dmn_text *ret_answer,
                                   struct hr_dmn_text *reterr_reason,
                                   const struct hr_dmn_question *question)
{
    return ask(model->model, ret_answer, reterr_reason, question);
}

enum hr_dmn_status hr_dmn_feel(struct hr_dmn_text *ret_answer, struct hr_dmn_text *reterr_reason,
                               const struct hr_dmn_question *question)
{
    return ask(NULL, ret_answer, reterr_reason, question);
}
