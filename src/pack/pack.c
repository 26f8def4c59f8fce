/* A pack as a whole: its files read in turn, what it says, what was found. */
#include "pack/pack.h"
#include "pack/pack_mapping.h"

#include <stdarg.h>
#include <stdio.h>

#include "dmn/table.h"

enum { VERSION_MAX = 32, TITLE_MAX = 200 };

/* ---- findings ---- */

void pack_report(struct pack *pack, bool is_error, struct slice file, uint32_t line,
                 struct slice element, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    const int size = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    pack->error_count += is_error;
    pack->warning_count += !is_error;
    if (pack->error_count + pack->warning_count > PACK_FINDINGS_MAX) {
        return;
    }
    struct pack_finding *added = arena_take(&pack->arena, sizeof *added);
    if (added == NULL || size < 0) {
        pack->failed = true;
        return;
    }
    size_t kept = (size_t)size < sizeof text ? (size_t)size : sizeof text - 1;
    while (kept > 0 && !utf8_valid(slice_of(text, kept))) {
        kept--; /* cut within a character */
    }
    *added = (struct pack_finding){.is_error = is_error,
                                   .file = pack_copy(pack, file),
                                   .line = line,
                                   .element = pack_copy(pack, element),
                                   .message = pack_copy(pack, slice_of(text, kept))};
    *(pack->last == NULL ? &pack->first : &pack->last->next) = added;
    pack->last = added;
}

struct slice pack_copy(struct pack *pack, struct slice text)
{
    const struct slice copy = arena_copy(&pack->arena, text);
    pack->failed = pack->failed || copy.data == NULL;
    return copy.data == NULL ? SLICE("") : copy;
}

void pack_finding_write(struct buffer *out, const struct pack_finding *finding)
{
    buffer_append(out, finding->file);
    if (finding->line > 0) {
        buffer_printf(out, ":%u", finding->line);
    }
    buffer_append_cstr(out, finding->is_error ? ": error: " : ": warning: ");
    if (finding->element.size > 0) {
        buffer_append(out, finding->element);
        buffer_append_cstr(out, ": ");
    }
    buffer_append(out, finding->message);
    buffer_append_byte(out, '\n');
}

static void write_text(struct json_writer *writer, const char *name, struct slice text)
{
    json_name(writer, slice_from_cstr(name));
    json_string(writer, text);
}

static void write_count(struct json_writer *writer, const char *name, uint32_t count)
{
    json_name(writer, slice_from_cstr(name));
    json_u64(writer, count);
}

void pack_report_write(struct buffer *out, const struct pack *pack)
{
    struct json_writer writer;
    json_writer_init(&writer, out);
    json_object_begin(&writer);
    write_count(&writer, "errors", pack->error_count);
    write_count(&writer, "warnings", pack->warning_count);
    write_count(&writer, "cases_passed", pack->cases_passed);
    json_name(&writer, SLICE("findings"));
    json_array_begin(&writer);
    for (const struct pack_finding *at = pack->first; at != NULL; at = at->next) {
        json_object_begin(&writer);
        write_text(&writer, "severity", at->is_error ? SLICE("error") : SLICE("warning"));
        write_text(&writer, "file", at->file);
        write_count(&writer, "line", at->line);
        write_text(&writer, "element", at->element);
        write_text(&writer, "message", at->message);
        json_object_end(&writer);
    }
    json_array_end(&writer);
    json_object_end(&writer);
}

/* ---- pack.json, forms, texts, tests ---- */

static uint32_t line_of(struct slice text, size_t offset)
{
    uint32_t line = 1;
    for (size_t i = 0; i < offset && i < text.size; i++) {
        line += text.data[i] == '\n';
    }
    return line;
}

static const struct json_value *read_json(struct pack *pack, struct slice path, struct slice text)
{
    struct json_error error;
    const struct json_value *value = json_parse(&pack->arena, &error, text);
    if (value == NULL) {
        pack->failed = pack->failed || error.memory_short;
        pack_report(pack, true, path, line_of(text, error.offset), SLICE(""), "no JSON: %s",
                    error.message);
    } else if (value->type != JSON_OBJECT) {
        pack_report(pack, true, path, 1, SLICE(""), "an object of JSON is expected");
        value = NULL;
    }
    return value;
}

/* A text that must stand in an object; empty, with an error, when it does not. */
static struct slice need_text(struct pack *pack, const struct json_value *object,
                              const char *element, const char *name, size_t size_max)
{
    const struct json_value *member =
        object == NULL ? NULL : json_member(object, slice_from_cstr(name));
    if (member != NULL && member->type == JSON_STRING && member->text.size > 0 &&
        member->text.size <= size_max) {
        return member->text;
    }
    pack_report(pack, true, SLICE("pack.json"), 0, slice_from_cstr(element),
                "the text '%s' of at most %zu bytes is missing", name, size_max);
    return SLICE("");
}

static void know_members(struct pack *pack, struct slice path, const struct json_value *object,
                         const char *const *names)
{
    for (const struct json_value *at = object->first; at != NULL; at = at->next) {
        size_t i = 0;
        while (names[i] != NULL && !slice_equal(at->name, slice_from_cstr(names[i]))) {
            i++;
        }
        if (names[i] == NULL) {
            pack_report(pack, true, path, 0, at->name, "no member of this name is known");
        }
    }
}

static void read_head(struct pack *pack, struct slice path, struct slice text)
{
    static const char *const members[] = {"format", "id", "version", "title", "extends", NULL};
    const struct json_value *head = read_json(pack, path, text);
    if (head == NULL) {
        return;
    }
    know_members(pack, path, head, members);
    const struct json_value *format = json_member(head, SLICE("format"));
    if (format == NULL || format->type != JSON_NUMBER || !slice_equal(format->text, SLICE("1"))) {
        pack_report(pack, true, path, 0, SLICE("format"), "the format is not 1");
    }
    const struct json_value *title = json_member(head, SLICE("title"));
    const struct json_value *extends = json_member(head, SLICE("extends"));
    pack->id = need_text(pack, head, "id", "id", PACK_ID_MAX);
    pack->version = need_text(pack, head, "version", "version", VERSION_MAX);
    pack->title_zh = need_text(pack, title, "title", "zh", TITLE_MAX);
    pack->title_en = need_text(pack, title, "title", "en", TITLE_MAX);
    pack->extends = extends != NULL && extends->type == JSON_STRING ? extends->text : SLICE("");
    if (pack->id.size > 0 && !pack_id_valid(pack->id)) {
        pack_report(pack, true, path, 0, SLICE("id"),
                    "an id has small letters, digits, and hyphens between them");
    }
}

/* "entry" of "forms/entry.json". */
static struct slice stem(struct slice path, size_t folder, size_t ending)
{
    return slice_of(path.data + folder, path.size - folder - ending);
}

static void read_calendar(struct pack *pack, struct slice path, struct slice text)
{
    struct buffer error = {0};
    if (!bpmn_calendar_read(&pack->arena, text, &pack->calendar, &error)) {
        pack_report(pack, true, path, 0, SLICE(""), "%.*s", (int)error.size, error.data);
    }
    buffer_release(&error);
}

static void add_json(struct pack *pack, struct pack_json *list, uint32_t *count, struct slice path,
                     struct slice text, size_t folder)
{
    const struct json_value *value = read_json(pack, path, text);
    if (value != NULL) {
        list[(*count)++] =
            (struct pack_json){.path = path, .name = stem(path, folder, 5), .value = value};
    }
}

static bool ends(struct slice text, struct slice ending)
{
    return text.size > ending.size &&
           memcmp(text.data + text.size - ending.size, ending.data, ending.size) == 0;
}

static bool in_folder(struct slice path, struct slice folder, struct slice ending)
{
    return slice_starts_with(path, folder) && path.size > folder.size + ending.size &&
           ends(path, ending);
}

/* Files that other parts of the room read, by where they stand. */
static bool is_elsewhere(struct slice path)
{
    return in_folder(path, SLICE("processes/"), SLICE(".bpmn")) ||
           in_folder(path, SLICE("decisions/"), SLICE(".dmn")) ||
           in_folder(path, SLICE("tests/"), SLICE(".script")) ||
           slice_equal(path, SLICE("README.md")) ||
           (ends(path, SLICE(".csv")) &&
            pack_table_by_name(slice_of(path.data, path.size - 4)) != PACK_TABLE_COUNT);
}

static void read_file(struct pack *pack, const struct tree_file *file)
{
    const struct slice path = file->path;
    if (slice_equal(path, SLICE("pack.json"))) {
        read_head(pack, path, file->text);
    } else if (slice_equal(path, SLICE("checks.json"))) {
        static const char *const members[] = {"sound", "references", NULL};
        pack->checks = read_json(pack, path, file->text);
        if (pack->checks != NULL) {
            know_members(pack, path, pack->checks, members);
        }
    } else if (slice_equal(path, SLICE("calendar.json"))) {
        read_calendar(pack, path, file->text);
    } else if (slice_equal(path, SLICE("texts/zh.json"))) {
        pack->texts_zh = read_json(pack, path, file->text);
    } else if (slice_equal(path, SLICE("texts/en.json"))) {
        pack->texts_en = read_json(pack, path, file->text);
    } else if (in_folder(path, SLICE("forms/"), SLICE(".json"))) {
        add_json(pack, pack->forms, &pack->form_count, path, file->text, 6);
    } else if (in_folder(path, SLICE("tests/"), SLICE(".json"))) {
        add_json(pack, pack->tests, &pack->test_count, path, file->text, 6);
    } else if (!is_elsewhere(path)) {
        pack_report(pack, true, path, 0, SLICE(""), "no file of a pack has this place and name");
    }
}

static void read_files(struct pack *pack)
{
    const struct pack_files *files = pack->files;
    pack->forms = arena_take_array(&pack->arena, files->count + 1U, sizeof *pack->forms);
    pack->tests = arena_take_array(&pack->arena, files->count + 1U, sizeof *pack->tests);
    if (pack->forms == NULL || pack->tests == NULL) {
        pack->failed = true;
        return;
    }
    if (pack_files_find(files, SLICE("pack.json")).data == NULL) {
        pack_report(pack, true, SLICE("pack.json"), 0, SLICE(""), "the file is missing");
    }
    for (uint32_t i = 0; i < files->count && !pack->failed; i++) {
        read_file(pack, &files->files[i]);
    }
}

/* ---- life ---- */

static struct pack *load(struct pack_files *files)
{
    struct pack *pack = memory_allocate(sizeof *pack);
    if (pack == NULL) {
        pack_files_free(files);
        return NULL;
    }
    *pack = (struct pack){.files = files, .calendar = bpmn_calendar_default};
    arena_init(&pack->arena, PACK_MEMORY_MAX);
    read_files(pack);
    pack_tables_read(pack);
    pack_models_read(pack);
    pack_judge(pack);
    pack_personal_read(pack);
    pack_mappings_judge(pack);
    return pack;
}

static struct pack *whole(struct pack *pack)
{
    if (pack != NULL && (pack->failed || pack->arena.exhausted)) {
        pack_free(pack);
        pack = NULL;
    }
    return pack;
}

struct pack *pack_load(struct pack_files *files)
{
    return whole(load(files));
}

struct pack *pack_check(struct pack_files *files)
{
    struct pack *pack = whole(load(files));
    if (pack != NULL) {
        pack_models_check(pack);
        if (pack->error_count == 0) {
            pack_tests_run(pack);
        }
    }
    return whole(pack);
}

void pack_free(struct pack *pack)
{
    if (pack == NULL) {
        return;
    }
    bpmn_model_free(pack->processes);
    for (uint32_t i = 0; i < pack->decision_count; i++) {
        dmn_model_free(pack->decisions[i].model);
    }
    arena_release(&pack->arena);
    pack_files_free(pack->files);
    memory_free(pack);
}

/* ---- what it says ---- */

const struct dmn_element *pack_decision_find(const struct pack *pack, struct slice name,
                                             const struct dmn_model **ret_model)
{
    static const enum dmn_kind kinds[] = {DMN_DECISION, DMN_SERVICE, DMN_BKM};
    for (uint32_t i = 0; i < pack->decision_count; i++) {
        const struct dmn_model *model = pack->decisions[i].model;
        for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
            const struct dmn_element *found =
                dmn_document_find(model, model->first, kinds[k], name);
            if (found != NULL) {
                *ret_model = model;
                return found;
            }
        }
    }
    return NULL;
}

uint32_t pack_process_find(const struct pack *pack, struct slice id)
{
    const uint32_t node =
        pack->processes == NULL ? BPMN_NOWHERE : bpmn_model_find(pack->processes, id);
    return node != BPMN_NOWHERE && pack->processes->nodes[node].kind == BPMN_PROCESS ? node
                                                                                     : BPMN_NOWHERE;
}

const struct json_value *pack_form_find(const struct pack *pack, struct slice name)
{
    for (uint32_t i = 0; i < pack->form_count; i++) {
        if (slice_equal(pack->forms[i].name, name)) {
            return pack->forms[i].value;
        }
    }
    return NULL;
}

struct slice pack_organisation_level(const struct pack *pack, struct slice path)
{
    const struct pack_table *table = &pack->tables[PACK_ORGANISATIONS];
    size_t begin = path.size - 1;
    size_t depth = 0;

    while (begin > 0 && path.data[begin - 1] != '/') {
        begin--;
    }
    const struct pack_row *row =
        pack_row_find(table, slice_of(path.data + begin, path.size - 1 - begin));
    if (row != NULL) {
        return pack_cell(table, row, "level");
    }
    for (size_t i = 1; i < path.size; i++) {
        depth += path.data[i] == '/';
    }
    return depth == 1 ? SLICE("head") : depth == 2 ? SLICE("branch") : SLICE("sub_branch");
}

struct slice pack_text(const struct pack *pack, struct slice key, bool chinese)
{
    const struct json_value *texts = chinese ? pack->texts_zh : pack->texts_en;
    const struct json_value *text = texts == NULL ? NULL : json_member(texts, key);
    return text != NULL && text->type == JSON_STRING ? text->text : slice_of(NULL, 0);
}

const struct dmn_table *pack_decision_table(const struct dmn_model *model,
                                            const struct dmn_element *element)
{
    const struct xml_element *xml = xml_child(element->xml, "decisionTable");
    const struct dmn_table *table = xml == NULL ? NULL : model->tables;
    while (table != NULL && table->xml != xml) {
        table = table->next;
    }
    return table;
}

/* ---- parameters and limits by date ---- */

static date_days day_of(struct slice text, date_days otherwise)
{
    date_days day = otherwise;
    return date_parse(text, &day) ? day : otherwise;
}

static bool is_on(const struct pack_table *table, const struct pack_row *row)
{
    return slice_equal(pack_cell(table, row, "status"), SLICE("on"));
}

/* Rows of one id are ordered by their first day. */
const struct pack_row *pack_parameter(const struct pack *pack, struct slice id, date_days day)
{
    const struct pack_table *table = &pack->tables[PACK_PARAMETERS];
    const struct pack_row *row = pack_row_find(table, id);
    const struct pack_row *found = NULL;
    for (; row != NULL && row < table->rows + table->count && slice_equal(row->cells[0], id);
         row++) {
        if (is_on(table, row) && day_of(pack_cell(table, row, "from"), INT32_MAX) <= day) {
            found = row;
        }
    }
    return found;
}

const struct pack_row *pack_limit(const struct pack *pack, struct slice id, date_days day)
{
    const struct pack_table *table = &pack->tables[PACK_LIMITS];
    const struct pack_row *row = pack_row_find(table, id);
    const struct pack_row *found = NULL;
    for (; row != NULL && row < table->rows + table->count && slice_equal(row->cells[0], id);
         row++) {
        if (day_of(pack_cell(table, row, "from"), INT32_MAX) <= day) {
            found = row;
        }
    }
    return found != NULL && day < day_of(pack_cell(table, found, "until"), INT32_MAX) ? found
                                                                                      : NULL;
}

static void write_parameter(struct json_writer *writer, const struct pack_table *table,
                            const struct pack_row *row)
{
    const struct slice value = pack_cell(table, row, "value");
    struct decimal number;
    json_name(writer, row->cells[0]);
    if (slice_equal(pack_cell(table, row, "type"), SLICE("number")) &&
        decimal_parse(value, &number)) {
        json_value_begin(writer);
        decimal_write(writer->buffer, number);
    } else {
        json_string(writer, value);
    }
}

const struct json_value *pack_formula(const struct pack *pack, struct arena *arena,
                                      struct slice formula, date_days day,
                                      struct buffer *reterr_text)
{
    const struct pack_table *table = &pack->tables[PACK_PARAMETERS];
    struct buffer input = {0};
    struct buffer answer = {0};
    struct json_writer writer;
    struct json_error error;
    struct slice before = SLICE("");
    const struct json_value *result = NULL;
    json_writer_init(&writer, &input);
    json_object_begin(&writer);
    for (uint32_t i = 0; i < table->count; i++) {
        const struct slice id = table->rows[i].cells[0];
        const struct pack_row *row = slice_equal(id, before) ? NULL : pack_parameter(pack, id, day);
        if (row != NULL) {
            write_parameter(&writer, table, row);
        }
        before = id;
    }
    json_object_end(&writer);
    const struct dmn_question question = {.decision = formula,
                                          .input = buffer_slice(&input),
                                          .now = {.days = day, .has_offset = true}};
    if (!buffer_failed(&input) &&
        dmn_answer_feel(arena, &question, &answer, reterr_text) == DMN_ANSWER_OK) {
        const struct slice kept = arena_copy(arena, buffer_slice(&answer));
        const struct json_value *value = json_parse(arena, &error, kept);
        result = value == NULL ? NULL : json_member(value, SLICE("result"));
    }
    if (result == NULL && reterr_text->size == 0) {
        buffer_append_cstr(reterr_text, "memory is exhausted");
    }
    buffer_release(&answer);
    buffer_release(&input);
    return result;
}

bool pack_limit_amount(const struct pack *pack, const struct pack_row *limit, date_days day,
                       struct decimal *ret_amount, struct buffer *reterr_text)
{
    const struct slice formula = pack_cell(&pack->tables[PACK_LIMITS], limit, "formula");
    struct arena arena;
    arena_init(&arena, PACK_TEST_MEMORY_MAX);
    const struct json_value *result = pack_formula(pack, &arena, formula, day, reterr_text);
    const bool is_number =
        result != NULL && result->type == JSON_NUMBER && decimal_parse(result->text, ret_amount);
    if (result != NULL && !is_number) {
        buffer_append_cstr(reterr_text, "the formula gives no number");
    }
    arena_release(&arena);
    return is_number;
}
