/* Any bytes as a model, and behind a line "---" a script: the model is refused with a place and a
 * reason, or it is judged, and a case plays as far as it goes. */
#include "bpmn/script.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct bpmn_limits limits = {
    .moves_max = 300, .tokens_max = 200, .instances_max = 20, .depth_max = 8, .state_max = 1 << 16};

static void play(const struct bpmn_model *model, struct slice text)
{
    struct buffer error = {0};
    struct bpmn_script script = {.model = model, .limits = &limits, .text = text};
    if (!bpmn_script_run(&script, &error)) {
        check(error.size > 0);
    }
    buffer_release(&script.state);
    buffer_release(&error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct slice whole = slice_of((const char *)data, size);
    const char *cut = size == 0 ? NULL : memmem(data, size, "\n---\n", 5);
    const struct slice text =
        cut == NULL ? whole : slice_of(whole.data, (size_t)(cut - whole.data));
    struct xml_error error = {0};
    struct bpmn_model *model = bpmn_model_new();

    check(model != NULL);
    if (!bpmn_model_add(model, &error, SLICE("fuzz"), text)) {
        check(error.message != NULL);
    } else if (!bpmn_model_compile(model)) {
        check(model->refused_count > 0 && (model->problem_count > 0 || model->failed));
    } else if (model->flow_count < 60 && bpmn_check(model) && cut != NULL) {
        play(model, slice_of(cut + 5, size - (size_t)(cut + 5 - whole.data)));
    }
    for (const struct bpmn_problem *at = model->first; at != NULL; at = at->next) {
        struct buffer line = {0};
        bpmn_problem_write(&line, model, at);
        check(line.failed || (line.size > 0 && line.data[line.size - 1] == '\n'));
        buffer_release(&line);
    }
    bpmn_model_free(model);
    return 0;
}
