/* Any bytes as a decision model: refused with a reason, or loaded, checked, described, and each of
 * its decisions evaluated, twice with the same answer. */
#include "dmn/answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { STEPS_MAX = 5000, DEPTH_MAX = 300, MEMORY_MAX = 8 << 20, DECISIONS_MAX = 20 };

static enum dmn_answer_status ask(const struct dmn_model *model, struct slice decision,
                                  struct buffer *out)
{
    struct arena arena;
    const struct dmn_question question = {.decision = decision,
                                          .input = SLICE("{\"x\":1,\"n\":\"2020-01-01\"}"),
                                          .explain = true,
                                          .limits = {STEPS_MAX, DEPTH_MAX},
                                          .now = {.days = 20000, .has_offset = true}};
    arena_init(&arena, MEMORY_MAX);
    struct buffer reason = {0};
    const enum dmn_answer_status status = dmn_answer(model, &arena, &question, out, &reason);
    check((status == DMN_ANSWER_OK) == (reason.size == 0));
    buffer_release(&reason);
    arena_release(&arena);
    return status;
}

static void question(const struct dmn_model *model, const struct dmn_element *element)
{
    struct buffer first = {0}, second = {0};
    const enum dmn_answer_status status = ask(model, element->name, &first);
    check(ask(model, element->name, &second) == status);
    check(slice_equal(buffer_slice(&first), buffer_slice(&second)));
    buffer_release(&first);
    buffer_release(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct xml_error error = {0};
    struct buffer out = {0};
    struct json_writer writer;
    struct dmn_model *model = dmn_model_new();
    if (size > 50000 || model == NULL) {
        dmn_model_free(model);
        return 0;
    }
    if (!dmn_model_add(model, &error, slice_of((const char *)data, size))) {
        check(error.message != NULL && error.message[0] != '\0');
        dmn_model_free(model);
        return 0;
    }
    if (dmn_model_compile(model)) {
        (void)dmn_check(model, &out);
        json_writer_init(&writer, &out);
        json_object_begin(&writer);
        dmn_describe(model, &writer);
        json_object_end(&writer);
        for (uint32_t i = 0; i < model->element_count && i < DECISIONS_MAX; i++) {
            if (model->elements[i].kind != DMN_INPUT) {
                question(model, &model->elements[i]);
            }
        }
    }
    buffer_release(&out);
    dmn_model_free(model);
    return 0;
}
