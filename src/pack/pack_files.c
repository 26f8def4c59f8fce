#include "pack/pack_files.h"

#include <stdlib.h>

#define DATA_FOLDER "data"

enum {
    FILES_MEMORY_MAX = 4 * PACK_SIZE_MAX,
    JSON_MEMORY_MAX = 8 * PACK_SIZE_MAX,
};

static const struct tree_bounds bounds = {.files_max = PACK_FILES_MAX,
                                          .depth_max = 1,
                                          .file_size_max = PACK_FILE_SIZE_MAX,
                                          .size_max = PACK_SIZE_MAX};

bool pack_id_valid(struct slice id)
{
    bool hyphen = true; /* none may stand in front, at the end, or beside another */
    for (size_t i = 0; i < id.size; i++) {
        const char c = id.data[i];
        const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (!plain && (c != '-' || hyphen)) {
            return false;
        }
        hyphen = c == '-';
    }
    return id.size > 0 && id.size <= PACK_ID_MAX && !hyphen;
}

/* NAME or FOLDER/NAME of letters, digits, points, hyphens and underscores, no part of which begins
 * with a point: so none leads out of where it is put. */
static bool path_valid(struct slice path)
{
    unsigned parts = 0;
    char before = '/';
    for (size_t i = 0; i < path.size; i++) {
        const char c = path.data[i];
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           (c >= '0' && c <= '9') || c == '-' || c == '_';
        if (!plain && !(c == '.' && before != '/') && !(c == '/' && before != '/')) {
            return false;
        }
        parts += c == '/';
        before = c;
    }
    return path.size > 0 && path.size <= PACK_PATH_MAX && before != '/' && parts <= 1;
}

static struct pack_files *refuse(struct pack_files *files, struct buffer *error, struct slice path,
                                 const char *what)
{
    buffer_append(error, path);
    buffer_append_cstr(error, path.size > 0 ? ": " : "");
    buffer_append_cstr(error, what);
    pack_files_free(files);
    return NULL;
}

static struct pack_files *files_new(void)
{
    struct pack_files *files = memory_allocate(sizeof *files);
    if (files != NULL) {
        *files = (struct pack_files){0};
        arena_init(&files->arena, FILES_MEMORY_MAX);
    }
    return files;
}

void pack_files_free(struct pack_files *files)
{
    if (files != NULL) {
        arena_release(&files->arena);
        memory_free(files);
    }
}

static int compare_files(const void *a, const void *b)
{
    return slice_compare(((const struct tree_file *)a)->path, ((const struct tree_file *)b)->path);
}

struct slice pack_files_find(const struct pack_files *files, struct slice path)
{
    const struct tree_file key = {.path = path};
    const struct tree_file *found =
        files->count == 0 ? NULL
                          : bsearch(&key, files->files, files->count, sizeof key, compare_files);
    return found == NULL ? slice_of(NULL, 0) : found->text;
}

void pack_files_write(const struct pack_files *files, struct buffer *out)
{
    struct json_writer writer;
    json_writer_init(&writer, out);
    json_object_begin(&writer);
    json_name(&writer, SLICE("files"));
    json_object_begin(&writer);
    for (uint32_t i = 0; i < files->count; i++) {
        json_name(&writer, files->files[i].path);
        json_string(&writer, files->files[i].text);
    }
    json_object_end(&writer);
    json_object_end(&writer);
}

/* The last step of both ways in: every file is judged, and the whole gets its hash. */
static struct pack_files *finish(struct pack_files *files, struct buffer *error)
{
    struct buffer form = {0};
    qsort(files->files, files->count, sizeof *files->files, compare_files);
    for (uint32_t i = 0; i < files->count; i++) {
        const struct tree_file *file = &files->files[i];
        if (!path_valid(file->path)) {
            return refuse(files, error, file->path, "no path that a file of a pack can have");
        }
        if (file->text.size > PACK_FILE_SIZE_MAX) {
            return refuse(files, error, file->path, "the file is larger than allowed");
        }
        if (!utf8_valid(file->text) || memchr(file->text.data, '\0', file->text.size) != NULL) {
            return refuse(files, error, file->path, "the file is no text in UTF-8");
        }
    }
    pack_files_write(files, &form);
    const bool good = !buffer_failed(&form) && form.size <= PACK_SIZE_MAX;
    const bool short_of_memory = buffer_failed(&form);
    if (good) {
        sha256_of(buffer_slice(&form), files->hash);
    }
    buffer_release(&form);
    return good ? files
                : refuse(files, error, SLICE(""),
                         short_of_memory ? "memory is exhausted"
                                         : "the files together are larger than allowed");
}

/* ---- from JSON ---- */

static bool take_member(struct pack_files *files, const struct json_value *member)
{
    struct tree_file *file = &files->files[files->count++];
    file->path = arena_copy(&files->arena, member->name);
    file->text = arena_copy(&files->arena, member->text);
    return file->path.data != NULL && file->text.data != NULL;
}

static struct pack_files *take_members(const struct json_value *value, struct buffer *error)
{
    const struct json_value *list = json_member(value, SLICE("files"));
    if (list == NULL || list->type != JSON_OBJECT || value->count != 1) {
        return refuse(NULL, error, SLICE(""), "a pack is an object with the one member 'files'");
    }
    if (list->count > PACK_FILES_MAX) {
        return refuse(NULL, error, SLICE(""), "more files than allowed");
    }
    struct pack_files *files = files_new();
    if (files == NULL || (files->files = arena_take_array(&files->arena, list->count + 1U,
                                                          sizeof *files->files)) == NULL) {
        return refuse(files, error, SLICE(""), "memory is exhausted");
    }
    for (const struct json_value *at = list->first; at != NULL; at = at->next) {
        if (at->type != JSON_STRING) {
            return refuse(files, error, at->name, "a file is given as a text");
        }
        if (!take_member(files, at)) {
            return refuse(files, error, SLICE(""), "the files together are larger than allowed");
        }
    }
    return finish(files, error);
}

struct pack_files *pack_files_from_json(struct slice text, struct buffer *reterr_text)
{
    struct arena arena;
    struct json_error error;
    arena_init(&arena, JSON_MEMORY_MAX);
    const struct json_value *value = json_parse(&arena, &error, text);
    struct pack_files *files = NULL;
    if (value == NULL) {
        buffer_printf(reterr_text, "no JSON: byte %zu: %s", error.offset, error.message);
    } else {
        files = take_members(value, reterr_text);
    }
    arena_release(&arena);
    return files;
}

/* ---- from a folder ---- */

static bool read_tree(struct pack_files *files, const char *path, struct tree *ret_tree,
                      struct buffer *error)
{
    struct buffer text = {0};
    const enum os_status status =
        tree_read(ret_tree, &files->arena, path, DATA_FOLDER, &bounds, &text);
    if (status != OS_OK) {
        struct slice folder = slice_from_cstr(path);
        while (folder.size > 0 && folder.data[folder.size - 1] == '/') {
            folder.size--;
        }
        buffer_append(error, folder);
        buffer_append(error, buffer_slice(&text));
    }
    buffer_release(&text);
    return status == OS_OK;
}

/* The id that pack.json says the pack extends; empty when it extends none, or is no pack. */
static struct slice extended_id(struct arena *arena, const struct pack_files *files)
{
    struct json_error error;
    const struct slice text = pack_files_find(files, SLICE("pack.json"));
    const struct json_value *value = text.data == NULL ? NULL : json_parse(arena, &error, text);
    const struct json_value *extends = value == NULL ? NULL : json_member(value, SLICE("extends"));
    return extends != NULL && extends->type == JSON_STRING ? extends->text : SLICE("");
}

/* Adds the files of a base that the pack does not have. */
static bool merge(struct pack_files *files, const struct tree *base)
{
    struct tree_file *merged =
        arena_take_array(&files->arena, files->count + base->count + 1U, sizeof *merged);
    uint32_t count = files->count;
    if (merged == NULL) {
        return false;
    }
    memcpy(merged, files->files, files->count * sizeof *merged);
    for (uint32_t i = 0; i < base->count; i++) {
        if (pack_files_find(files, base->files[i].path).data == NULL) {
            merged[count++] = base->files[i];
        }
    }
    files->files = merged;
    files->count = count;
    return true;
}

static bool extend(struct pack_files *files, const char *path, struct slice id,
                   struct buffer *error)
{
    struct buffer beside = {0};
    struct tree base = {0};
    if (!pack_id_valid(id)) {
        buffer_append_cstr(error, "pack.json: 'extends' is no id of a pack");
        return false;
    }
    buffer_append_cstr(&beside, path);
    buffer_append_cstr(&beside, "/../");
    buffer_append(&beside, id);
    buffer_append_byte(&beside, '\0');
    bool good = !buffer_failed(&beside) && read_tree(files, beside.data, &base, error);
    if (good && !merge(files, &base)) {
        buffer_append_cstr(error, "memory is exhausted");
        good = false;
    }
    if (good && files->count > PACK_FILES_MAX) {
        buffer_append_cstr(error, "more files than allowed");
        good = false;
    }
    buffer_release(&beside);
    return good;
}

struct pack_files *pack_files_from_folder(const char *path, struct buffer *reterr_text)
{
    struct pack_files *files = files_new();
    struct tree tree = {0};
    if (files == NULL) {
        return refuse(NULL, reterr_text, SLICE(""), "memory is exhausted");
    }
    if (path[0] == '\0' || !read_tree(files, path, &tree, reterr_text)) {
        pack_files_free(files);
        return NULL;
    }
    files->files = tree.files;
    files->count = tree.count;
    struct arena arena;
    arena_init(&arena, JSON_MEMORY_MAX);
    const struct slice id = extended_id(&arena, files);
    const bool whole = id.size == 0 || extend(files, path, id, reterr_text);
    arena_release(&arena);
    if (!whole) {
        pack_files_free(files);
        return NULL;
    }
    return finish(files, reterr_text);
}
