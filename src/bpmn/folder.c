#include "bpmn/folder.h"

static bool add_process(struct bpmn_library *library, struct buffer *reterr_text, const char *path)
{
    struct arena arena;
    struct slice text = SLICE("");
    struct file_result result;
    struct xml_error error;
    const char *slash = strrchr(path, '/');
    bool added = false;
    arena_init(&arena, DMN_FILE_SIZE_MAX * 2U);
    if (!dmn_file_read(&arena, path, &text, &result)) {
        const struct slice why = os_status_text(result.status);
        buffer_printf(reterr_text, "%s: %.*s\n", path, (int)why.size, why.data);
    } else if (!bpmn_model_add(library->model, &error,
                               slice_from_cstr(slash == NULL ? path : slash + 1), text)) {
        buffer_printf(reterr_text, "%s:%u:%u: %s\n", path, error.line, error.column, error.message);
    } else {
        added = true;
    }
    arena_release(&arena);
    return added;
}

static bool add_rules(struct bpmn_library *library, struct buffer *reterr_text, const char *path)
{
    struct dmn_model *rules = dmn_model_load(path, reterr_text);
    if (rules == NULL) {
        buffer_append_byte(reterr_text, '\n');
        return false;
    }
    library->rules[library->rules_count++] = rules;
    if (!bpmn_model_add_rules(library->model, rules)) {
        buffer_printf(reterr_text, "%s: memory is exhausted\n", path);
        return false;
    }
    return true;
}

bool bpmn_library_load(struct bpmn_library *ret_library, struct buffer *reterr_text,
                       const char *const *paths, size_t count)
{
    struct bpmn_library library = {.model = bpmn_model_new()};
    bool good = library.model != NULL && count <= BPMN_FILES_MAX;
    if (!good) {
        buffer_append_cstr(reterr_text,
                           library.model == NULL ? "memory is exhausted\n" : "too many files\n");
    }
    for (size_t i = 0; i < count && good; i++) {
        good = dmn_path_ends(paths[i], ".dmn") ? add_rules(&library, reterr_text, paths[i])
                                               : add_process(&library, reterr_text, paths[i]);
    }
    if (good && !bpmn_model_compile(library.model) && library.model->refused_count == 0) {
        buffer_append_cstr(reterr_text, library.model->failed ? "memory is exhausted\n"
                                                              : "no process model is given\n");
        good = false;
    }
    if (!good) {
        bpmn_library_release(&library);
        return false;
    }
    *ret_library = library;
    return true;
}

void bpmn_library_release(struct bpmn_library *library)
{
    bpmn_model_free(library->model);
    for (uint32_t i = 0; i < library->rules_count; i++) {
        dmn_model_free(library->rules[i]);
    }
    *library = (struct bpmn_library){0};
}
