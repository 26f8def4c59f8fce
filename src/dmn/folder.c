#include "dmn/folder.h"

struct slice dmn_path_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (slash == NULL) {
        return SLICE(".");
    }
    return slash == path ? SLICE("/") : slice_of(path, (size_t)(slash - path));
}

static const char *path_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

bool dmn_path_ends(const char *path, const char *ending)
{
    const size_t size = strlen(path);
    const size_t end = strlen(ending);
    return size >= end && memcmp(path + size - end, ending, end) == 0;
}

void dmn_path_join(struct buffer *path, struct slice folder, struct slice name)
{
    buffer_append(path, folder);
    buffer_append_byte(path, '/');
    buffer_append(path, name);
    buffer_append_byte(path, '\0');
}

static struct file_result read_all(struct arena *arena, struct file *file, struct slice *ret_text)
{
    uint64_t size = 0;
    struct file_result result = file_size(file, &size);
    if (result.status != OS_OK) {
        return result;
    }
    char *data = size > DMN_FILE_SIZE_MAX ? NULL : arena_take(arena, (size_t)size + 1);
    if (data == NULL) {
        return (struct file_result){.status = OS_EXHAUSTED};
    }
    size_t got = 0;
    result = file_read(file, 0, data, (size_t)size, &got);
    *ret_text = slice_of(data, got);
    return result;
}

bool dmn_file_read(struct arena *arena, const char *path, struct slice *ret_text,
                   struct file_result *reterr_result)
{
    struct buffer folder;
    struct directory *directory = NULL;
    struct file *file = NULL;
    buffer_init(&folder);
    buffer_append(&folder, dmn_path_folder(path));
    buffer_append_byte(&folder, '\0');
    struct file_result result = {.status = OS_EXHAUSTED};
    if (!buffer_failed(&folder)) {
        result = directory_open(files_real(), folder.data, &directory);
    }
    if (result.status == OS_OK) {
        result = file_open(directory, path_name(path), FILE_READ, &file);
    }
    if (result.status == OS_OK) {
        result = read_all(arena, file, ret_text);
    }
    file_close(file);
    directory_close(directory);
    buffer_release(&folder);
    *reterr_result = result;
    return result.status == OS_OK;
}

static void note_error(struct buffer *text, const char *path, const struct xml_error *error)
{
    buffer_append_cstr(text, path);
    if (error->line > 0) {
        buffer_printf(text, ":%u", error->line);
    }
    buffer_append_cstr(text, ": ");
    buffer_append_cstr(text, error->message);
}

static bool add_file(struct dmn_model *model, const char *path, struct buffer *reterr_text)
{
    struct arena arena;
    struct slice text = SLICE("");
    struct file_result result;
    struct xml_error error;
    arena_init(&arena, DMN_FILE_SIZE_MAX + (1 << 20));
    bool added = dmn_file_read(&arena, path, &text, &result);
    if (!added) {
        error = (struct xml_error){.message = os_status_text(result.status).data};
    } else {
        added = dmn_model_add(model, &error, text);
    }
    if (!added) {
        note_error(reterr_text, path, &error);
    }
    arena_release(&arena);
    return added;
}

/* The namespace of a definitions file; data NULL when it is none. It lies in the arena. */
static struct slice file_space(struct arena *arena, const char *path)
{
    struct slice text = SLICE("");
    struct file_result result;
    struct xml_error error;
    if (!dmn_file_read(arena, path, &text, &result)) {
        return slice_of(NULL, 0);
    }
    const struct xml_element *root = xml_parse(arena, &error, text);
    return root == NULL ? slice_of(NULL, 0) : xml_attribute(root, "namespace");
}

static bool known_space(const struct dmn_model *model, struct slice space)
{
    for (const struct dmn_document *at = model->first; at != NULL; at = at->next) {
        if (slice_equal(at->space, space)) {
            return true;
        }
    }
    return false;
}

/* A namespace that some document imports and none has, nor has been looked for; NULL: no more. */
static bool is_wanted(const struct dmn_model *model, struct slice space)
{
    for (const struct dmn_document *at = model->first; at != NULL; at = at->next) {
        for (uint32_t i = 0; i < at->import_count; i++) {
            if (slice_equal(at->imports[i].space, space)) {
                return !known_space(model, space);
            }
        }
    }
    return false;
}

static bool wants_any(const struct dmn_model *model)
{
    for (const struct dmn_document *at = model->first; at != NULL; at = at->next) {
        for (uint32_t i = 0; i < at->import_count; i++) {
            if (!known_space(model, at->imports[i].space)) {
                return true;
            }
        }
    }
    return false;
}

/* Goes once through the folder and adds the files that are imported; true when one was added. */
static bool add_imported(struct dmn_model *model, struct directory *directory, struct slice folder,
                         struct buffer *reterr_text)
{
    char name[FILE_NAME_MAX + 1];
    bool end = false;
    bool added = false;
    for (bool first = true; directory_next(directory, first, name, &end).status == OS_OK && !end;
         first = false) {
        if (!dmn_path_ends(name, ".dmn")) {
            continue;
        }
        struct arena arena;
        struct buffer path;
        arena_init(&arena, DMN_FILE_SIZE_MAX * 2U);
        buffer_init(&path);
        dmn_path_join(&path, folder, slice_from_cstr(name));
        if (!buffer_failed(&path) && is_wanted(model, file_space(&arena, path.data))) {
            added = add_file(model, path.data, reterr_text) || added;
        }
        buffer_release(&path);
        arena_release(&arena);
    }
    return added;
}

static void add_imports(struct dmn_model *model, const char *path, struct buffer *reterr_text)
{
    struct directory *directory = NULL;
    struct buffer folder;
    buffer_init(&folder);
    buffer_append(&folder, dmn_path_folder(path));
    buffer_append_byte(&folder, '\0');
    if (!buffer_failed(&folder) &&
        directory_open(files_real(), folder.data, &directory).status == OS_OK) {
        while (wants_any(model) &&
               add_imported(model, directory, slice_from_cstr(folder.data), reterr_text)) {
        }
    }
    directory_close(directory);
    buffer_release(&folder);
}

struct dmn_model *dmn_model_load(const char *path, struct buffer *reterr_text)
{
    struct dmn_model *model = dmn_model_new();
    if (model == NULL) {
        buffer_append_cstr(reterr_text, "memory is exhausted");
        return NULL;
    }
    if (!add_file(model, path, reterr_text)) {
        dmn_model_free(model);
        return NULL;
    }
    add_imports(model, path, reterr_text);
    if (!dmn_model_compile(model)) {
        buffer_append_cstr(reterr_text, path);
        buffer_append_cstr(reterr_text, ": the model takes more memory than allowed");
        dmn_model_free(model);
        return NULL;
    }
    return model;
}
