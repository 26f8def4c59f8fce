#include "dmn/catalog.h"

#include "dmn/folder.h"

enum { NAMES_MEMORY_MAX = 16 << 20 };

static int compare_entries(const void *a, const void *b)
{
    return slice_compare(((const struct dmn_catalog_entry *)a)->name,
                         ((const struct dmn_catalog_entry *)b)->name);
}

static enum os_status add_name(struct dmn_catalog *catalog, const char *file)
{
    const struct slice ending = SLICE(".dmn");
    const size_t size = strlen(file);
    if (size <= ending.size || file[0] == '.' || !dmn_path_ends(file, ending.data)) {
        return OS_OK;
    }
    struct slice name = SLICE("");
    if (catalog->count < DMN_CATALOG_MAX) {
        name = arena_copy(&catalog->arena, slice_of(file, size - ending.size));
    }
    if (name.size == 0) {
        return OS_EXHAUSTED;
    }
    catalog->entries[catalog->count++].name = name;
    return OS_OK;
}

/* The names of the models of a folder, in order, so that every start reports in the same order. */
static enum os_status read_names(struct dmn_catalog *catalog, const char *folder)
{
    struct directory *directory = NULL;
    char file[FILE_NAME_MAX + 1];
    bool end = false;
    enum os_status status = directory_open(files_real(), folder, &directory).status;
    for (bool first = true; status == OS_OK && !end; first = false) {
        status = directory_next(directory, first, file, &end).status;
        if (status == OS_OK && !end) {
            status = add_name(catalog, file);
        }
    }
    directory_close(directory);
    qsort(catalog->entries, catalog->count, sizeof *catalog->entries, compare_entries);
    return status;
}

static void note_problems(struct buffer *notes, const char *path, const struct dmn_model *model)
{
    for (const struct feel_problem *at = model->compiler.first; at != NULL; at = at->next) {
        buffer_printf(notes, "%s: ", path);
        dmn_problem_write(notes, at);
        buffer_append_byte(notes, '\n');
    }
}

static struct dmn_model *load(const char *folder, struct slice name, struct buffer *notes)
{
    struct buffer file;
    struct buffer path;
    struct dmn_model *model = NULL;
    buffer_init(&file);
    buffer_init(&path);
    buffer_append(&file, name);
    buffer_append_cstr(&file, ".dmn");
    dmn_path_join(&path, slice_from_cstr(folder), buffer_slice(&file));
    if (!buffer_failed(&file) && !buffer_failed(&path)) {
        model = dmn_model_load(path.data, notes);
        if (model == NULL) {
            buffer_append_byte(notes, '\n');
        } else {
            note_problems(notes, path.data, model);
        }
    }
    buffer_release(&path);
    buffer_release(&file);
    return model;
}

enum os_status dmn_catalog_open(struct dmn_catalog **ret_catalog, const char *folder,
                                struct buffer *notes)
{
    struct dmn_catalog *catalog = memory_allocate(sizeof *catalog);
    if (catalog == NULL) {
        return OS_EXHAUSTED;
    }
    *catalog = (struct dmn_catalog){0};
    arena_init(&catalog->arena, NAMES_MEMORY_MAX);
    catalog->entries = arena_take_array(&catalog->arena, DMN_CATALOG_MAX, sizeof *catalog->entries);
    const enum os_status status =
        catalog->entries == NULL ? OS_EXHAUSTED : read_names(catalog, folder);
    if (status != OS_OK) {
        dmn_catalog_free(catalog);
        return status;
    }
    uint32_t kept = 0;
    for (uint32_t i = 0; i < catalog->count; i++) {
        struct dmn_catalog_entry entry = catalog->entries[i];
        entry.model = load(folder, entry.name, notes);
        if (entry.model != NULL) {
            catalog->entries[kept++] = entry;
        }
    }
    for (uint32_t i = kept; i < catalog->count; i++) {
        catalog->entries[i] = (struct dmn_catalog_entry){0};
    }
    catalog->count = kept;
    *ret_catalog = catalog;
    return OS_OK;
}

void dmn_catalog_free(struct dmn_catalog *catalog)
{
    if (catalog == NULL) {
        return;
    }
    for (uint32_t i = 0; catalog->entries != NULL && i < catalog->count; i++) {
        dmn_model_free(catalog->entries[i].model);
    }
    arena_release(&catalog->arena);
    memory_free(catalog);
}

const struct dmn_model *dmn_catalog_find(const struct dmn_catalog *catalog, struct slice name)
{
    const struct dmn_catalog_entry key = {.name = name};
    const struct dmn_catalog_entry *found =
        bsearch(&key, catalog->entries, catalog->count, sizeof key, compare_entries);
    return found == NULL ? NULL : found->model;
}
