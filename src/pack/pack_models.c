/* Decision and process models: read together, compiled, checked for soundness. */
#include "pack/pack.h"

struct spaces {
    struct slice *space; /* one of each file: the namespace of a .dmn */
};

static bool in_folder(struct slice path, struct slice folder)
{
    return slice_starts_with(path, folder);
}

/* Splits what the checks of models print, "ELEMENT, line N, more: what", into a finding. */
static void report_line(struct pack *pack, bool is_error, struct slice path, struct slice text)
{
    static const char mark[] = ", line ";
    uint32_t line = 0;
    struct slice element = SLICE("");
    const char *at = text.size == 0 ? NULL : memmem(text.data, text.size, mark, sizeof mark - 1);
    if (at != NULL) {
        const char *digit = at + sizeof mark - 1;
        const char *end = text.data + text.size;
        element = slice_of(text.data, (size_t)(at - text.data));
        while (digit < end && *digit >= '0' && *digit <= '9' && line < 100000000) {
            line = line * 10 + (uint32_t)(*digit++ - '0');
        }
        while (digit < end && (*digit == ':' || *digit == ',' || *digit == ' ')) {
            digit++;
        }
        text = slice_of(digit, (size_t)(end - digit));
    }
    pack_report(pack, is_error, path, line, element, "%.*s",
                (int)(text.size > 400 ? 400 : text.size), text.data == NULL ? "" : text.data);
}

/* ---- decisions ---- */

static bool known_space(const struct dmn_model *model, struct slice space)
{
    const struct dmn_document *at = model->first;
    while (at != NULL && !slice_equal(at->space, space)) {
        at = at->next;
    }
    return at != NULL;
}

/* A namespace that the model imports and does not have; data NULL when there is none. */
static struct slice missing_space(const struct dmn_model *model, const struct spaces *spaces,
                                  uint32_t *ret_file, uint32_t file_count)
{
    for (const struct dmn_document *at = model->first; at != NULL; at = at->next) {
        for (uint32_t i = 0; i < at->import_count; i++) {
            const struct slice space = at->imports[i].space;
            for (uint32_t k = 0; k < file_count && !known_space(model, space); k++) {
                if (spaces->space[k].data != NULL && slice_equal(spaces->space[k], space)) {
                    *ret_file = k;
                    return space;
                }
            }
        }
    }
    return slice_of(NULL, 0);
}

static void report_xml(struct pack *pack, struct slice path, const struct xml_error *error)
{
    pack_report(pack, true, path, error->line, SLICE(""), "%s", error->message);
}

static bool add_document(struct pack *pack, struct dmn_model *model, const struct tree_file *file)
{
    struct xml_error error;
    if (dmn_model_add(model, &error, file->text)) {
        return true;
    }
    report_xml(pack, file->path, &error);
    return false;
}

static bool compile_decision(struct pack *pack, struct dmn_model *model,
                             const struct spaces *spaces, const struct tree_file *file)
{
    uint32_t next = 0;
    if (!add_document(pack, model, file)) {
        return false;
    }
    while (missing_space(model, spaces, &next, pack->files->count).data != NULL) {
        if (!add_document(pack, model, &pack->files->files[next])) {
            return false;
        }
    }
    if (!dmn_model_compile(model)) {
        pack->failed = true;
        return false;
    }
    for (const struct feel_problem *at = model->compiler.first; at != NULL; at = at->next) {
        struct buffer text = {0};
        dmn_problem_write(&text, at);
        report_line(pack, true, file->path, buffer_slice(&text));
        buffer_release(&text);
    }
    return true;
}

static void read_decision(struct pack *pack, const struct spaces *spaces,
                          const struct tree_file *file)
{
    struct dmn_model *model = dmn_model_new();
    if (model == NULL) {
        pack->failed = true;
    } else if (compile_decision(pack, model, spaces, file)) {
        pack->decisions[pack->decision_count++] =
            (struct pack_decision){.path = file->path, .model = model};
    } else {
        dmn_model_free(model);
    }
}

/* The namespace of every decision file, for imports. A file that is no XML has none, and is
 * reported where it is read. */
static bool read_spaces(struct pack *pack, struct spaces *ret_spaces)
{
    const uint32_t count = pack->files->count;
    ret_spaces->space = arena_take_array(&pack->arena, count + 1U, sizeof *ret_spaces->space);
    pack->decisions = arena_take_array(&pack->arena, count + 1U, sizeof *pack->decisions);
    if (ret_spaces->space == NULL || pack->decisions == NULL) {
        pack->failed = true;
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        const struct tree_file *file = &pack->files->files[i];
        struct arena arena;
        struct xml_error error;
        if (!in_folder(file->path, SLICE("decisions/"))) {
            continue;
        }
        arena_init(&arena, PACK_MEMORY_MAX);
        const struct xml_element *root = xml_parse(&arena, &error, file->text);
        const struct slice space = root == NULL ? SLICE("") : xml_attribute(root, "namespace");
        if (space.size > 0) {
            ret_spaces->space[i] = pack_copy(pack, space);
        }
        arena_release(&arena);
    }
    return !pack->failed;
}

static bool ends(struct slice text, struct slice ending)
{
    return text.size > ending.size &&
           memcmp(text.data + text.size - ending.size, ending.data, ending.size) == 0;
}

static void read_decisions(struct pack *pack)
{
    struct spaces spaces = {0};
    if (!read_spaces(pack, &spaces)) {
        return;
    }
    for (uint32_t i = 0; i < pack->files->count && !pack->failed; i++) {
        const struct tree_file *file = &pack->files->files[i];
        if (in_folder(file->path, SLICE("decisions/")) && ends(file->path, SLICE(".dmn"))) {
            read_decision(pack, &spaces, file);
        }
    }
}

/* ---- processes ---- */

static void report_process(struct pack *pack, const struct bpmn_problem *problem, bool is_error)
{
    const struct bpmn_model *model = pack->processes;
    const bool has_path = problem->path.size > 0;
    const struct slice path = has_path ? problem->path : SLICE("");
    pack_report(pack, is_error, model->documents[problem->document].name, problem->line,
                problem->id, "%.*s: %.*s%s%.*s", (int)problem->kind.size, problem->kind.data,
                (int)problem->message.size, problem->message.data, has_path ? "; way: " : "",
                (int)(path.size > 200 ? 200 : path.size), path.data);
}

static void add_process(struct pack *pack, const struct tree_file *file)
{
    struct xml_error error;
    if (!bpmn_model_add(pack->processes, &error, file->path, file->text)) {
        report_xml(pack, file->path, &error);
    }
}

static void read_processes(struct pack *pack)
{
    for (uint32_t i = 0; i < pack->files->count && !pack->failed; i++) {
        const struct tree_file *file = &pack->files->files[i];
        if (!in_folder(file->path, SLICE("processes/")) || !ends(file->path, SLICE(".bpmn"))) {
            continue;
        }
        if (pack->processes == NULL && (pack->processes = bpmn_model_new()) == NULL) {
            pack->failed = true;
            return;
        }
        add_process(pack, file);
    }
    for (uint32_t i = 0; i < pack->decision_count && pack->processes != NULL; i++) {
        if (!bpmn_model_add_rules(pack->processes, pack->decisions[i].model)) {
            pack->failed = true;
        }
    }
    if (pack->processes == NULL || pack->failed) {
        return;
    }
    if (!bpmn_model_compile(pack->processes)) {
        pack->failed = pack->processes->failed; /* else its problems tell */
    }
    for (const struct bpmn_problem *at = pack->processes->first; at != NULL; at = at->next) {
        if (at->severity == BPMN_REFUSED) {
            report_process(pack, at, true);
        }
    }
}

void pack_models_read(struct pack *pack)
{
    if (!pack->failed) {
        read_decisions(pack);
        read_processes(pack);
    }
}

/* ---- soundness ---- */

/* True when checks.json promises that a file is sound. */
static bool promised(const struct pack *pack, struct slice path)
{
    const struct json_value *list =
        pack->checks == NULL ? NULL : json_member(pack->checks, SLICE("sound"));
    const struct json_value *at = list == NULL ? NULL : list->first;
    while (at != NULL && !slice_equal(at->text, path)) {
        at = at->next;
    }
    return at != NULL;
}

static void check_decision(struct pack *pack, const struct pack_decision *decision)
{
    const bool is_error = promised(pack, decision->path);
    struct buffer text = {0};
    struct slice line;
    (void)dmn_check(decision->model, &text);
    struct slice rest = buffer_slice(&text);
    pack->failed = pack->failed || buffer_failed(&text);
    while (slice_split(&rest, '\n', &line)) {
        if (line.size > 0) {
            report_line(pack, is_error, decision->path, line);
        }
    }
    buffer_release(&text);
}

static void check_processes(struct pack *pack)
{
    struct bpmn_model *model = pack->processes;
    if (!bpmn_check(model)) {
        pack->failed = true;
        return;
    }
    for (const struct bpmn_problem *at = model->first; at != NULL; at = at->next) {
        if (at->severity != BPMN_REFUSED) {
            const struct slice path = model->documents[at->document].name;
            report_process(pack, at, at->severity == BPMN_FINDING && promised(pack, path));
        }
    }
}

void pack_models_check(struct pack *pack)
{
    for (uint32_t i = 0; i < pack->decision_count; i++) {
        if (pack->decisions[i].model->compiler.problem_count == 0) {
            check_decision(pack, &pack->decisions[i]);
        }
    }
    if (pack->processes != NULL && pack->processes->refused_count == 0 &&
        pack->processes->document_count > 0) {
        check_processes(pack);
    }
}
