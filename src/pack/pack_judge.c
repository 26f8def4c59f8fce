/* References: from cell to row, from model to role, form, process and text, from decision to what
 * its outputs name. */
#include <stdlib.h>

#include "dmn/table.h"
#include "pack/pack.h"
#include "pack/pack_mapping.h"

enum { TEXTS_MAX = 5000, ELEMENTS_MAX = 5000, FIELDS_MAX = 200 };

static bool on_row(struct pack *pack, enum pack_table_name name, struct slice key)
{
    return pack_row_find(&pack->tables[name], key) != NULL;
}

static void report_row(struct pack *pack, const struct pack_table *table,
                       const struct pack_row *row, const char *column, struct slice value,
                       const char *what)
{
    char file[PACK_PATH_MAX];
    struct buffer key = {0};
    const int size = snprintf(file, sizeof file, "%s.csv", table->form->name);
    pack_row_key_write(&key, table->form, row);
    pack_report(pack, true, slice_of(file, (size_t)size), row->line, buffer_slice(&key),
                "%s: '%.*s' %s", column, (int)(value.size > 200 ? 200 : value.size),
                value.data == NULL ? "" : value.data, what);
    buffer_release(&key);
}

/* ---- cells ---- */

static void judge_references(struct pack *pack, const struct pack_table *table,
                             const struct pack_row *row, uint32_t column)
{
    const struct pack_column *form = &table->form->columns[column];
    struct slice rest = row->cells[column];
    struct slice part;
    const enum pack_table_name wanted = pack_table_by_name(slice_from_cstr(form->detail));
    while (rest.size > 0 && pack_list_next(&rest, &part)) {
        if (!on_row(pack, wanted, part)) {
            report_row(pack, table, row, form->name, part, "is in no row of that table");
        }
        if (form->cell == PACK_CELL_REF) {
            return;
        }
    }
}

/* What stands over a group counts all of its members' totals. */
static void judge_scope(struct pack *pack, const struct pack_table *table,
                        const struct pack_row *row)
{
    if (slice_equal(pack_cell(table, row, "scope"), SLICE("group")) &&
        slice_equal(pack_cell(table, row, "status"), SLICE("on")) &&
        pack_cell(table, row, "products").size > 0) {
        report_row(pack, table, row, "products", pack_cell(table, row, "products"),
                   "must be empty: a limit of groups counts all products");
    }
}

static void judge_formula(struct pack *pack, const struct pack_table *table,
                          const struct pack_row *row)
{
    struct decimal amount;
    struct buffer error = {0};
    date_days day = 0;
    if (date_parse(pack_cell(table, row, "from"), &day) &&
        slice_equal(pack_cell(table, row, "status"), SLICE("on")) &&
        !pack_limit_amount(pack, row, day, &amount, &error)) {
        report_row(pack, table, row, "formula", pack_cell(table, row, "formula"),
                   "has no value on the limit's first day");
        pack_report(pack, true, SLICE("limits.csv"), row->line, row->cells[0], "%.*s",
                    (int)error.size, error.data == NULL ? "" : error.data);
    }
    buffer_release(&error);
}

static void judge_table(struct pack *pack, const struct pack_table *table)
{
    for (uint32_t i = 0; i < table->count; i++) {
        const struct pack_row *row = &table->rows[i];
        for (uint32_t k = 0; k < table->form->column_count; k++) {
            const enum pack_cell cell = table->form->columns[k].cell;
            if (cell == PACK_CELL_REF || cell == PACK_CELL_REFS) {
                judge_references(pack, table, row, k);
            } else if (cell == PACK_CELL_FORMULA) {
                judge_formula(pack, table, row);
                judge_scope(pack, table, row);
            }
        }
    }
}

static void judge_parameters(struct pack *pack)
{
    const struct pack_table *table = &pack->tables[PACK_PARAMETERS];
    for (uint32_t i = 0; i < table->count; i++) {
        const struct pack_row *row = &table->rows[i];
        const struct slice type = pack_cell(table, row, "type");
        const struct slice value = pack_cell(table, row, "value");
        struct decimal number;
        date_days day = 0;
        if (slice_equal(type, SLICE("number")) && !decimal_parse(value, &number)) {
            report_row(pack, table, row, "value", value, "is no number");
        } else if (slice_equal(type, SLICE("date")) && !date_parse(value, &day)) {
            report_row(pack, table, row, "value", value, "is no date YYYY-MM-DD");
        }
    }
}

/* ---- trees: organisations, products and limit trees have no loops ---- */

/* The row of a parent within a table whose parents are first keys, or within one limit tree. */
static const struct pack_row *parent_of(const struct pack_table *table, const struct pack_row *row)
{
    const struct slice parent = pack_cell(table, row, "parent");
    if (parent.size == 0) {
        return NULL;
    }
    if (!table->form->columns[1].is_key) {
        return pack_row_find(table, parent);
    }
    const struct slice cells[PACK_COLUMNS_MAX] = {row->cells[0], parent};
    const struct pack_row wanted = {.cells = cells};
    uint32_t low = 0;
    uint32_t high = table->count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        const int order = pack_row_compare(table->form, &table->rows[middle], &wanted);
        if (order == 0) {
            return &table->rows[middle];
        }
        low = order < 0 ? middle + 1 : low;
        high = order < 0 ? high : middle;
    }
    return NULL;
}

static void judge_tree(struct pack *pack, enum pack_table_name name)
{
    enum { DEPTH_MAX = 32 };
    const struct pack_table *table = &pack->tables[name];
    for (uint32_t i = 0; i < table->count; i++) {
        const struct pack_row *row = &table->rows[i];
        const struct slice parent = pack_cell(table, row, "parent");
        const struct pack_row *at = parent_of(table, row);
        if (at == NULL && parent.size > 0 && name == PACK_TREES) {
            report_row(pack, table, row, "parent", parent, "is no node of this tree");
        }
        unsigned depth = 0;
        while (at != NULL && depth++ < DEPTH_MAX) {
            at = parent_of(table, at);
        }
        if (at != NULL) {
            report_row(pack, table, row, "parent", parent,
                       "leads in a circle, or deeper than 32 levels");
        }
    }
}

static void judge_organisations(struct pack *pack)
{
    const struct pack_table *table = &pack->tables[PACK_ORGANISATIONS];
    for (uint32_t i = 0; i < table->count; i++) {
        const struct pack_row *row = &table->rows[i];
        const struct pack_row *parent = parent_of(table, row);
        if (parent != NULL && !slice_equal(pack_cell(table, row, "legal_entity"),
                                           pack_cell(table, parent, "legal_entity"))) {
            report_row(pack, table, row, "legal_entity", pack_cell(table, row, "legal_entity"),
                       "is not that of the parent");
        }
    }
}

/* ---- models ---- */

static void need_text(struct pack *pack, struct slice file, uint32_t line, const char *prefix,
                      struct slice name)
{
    struct buffer key = {0};
    buffer_append_cstr(&key, prefix);
    buffer_append(&key, name);
    for (int chinese = 0; chinese < 2; chinese++) {
        if (pack_text(pack, buffer_slice(&key), chinese != 0).data == NULL) {
            pack_report(pack, true, file, line, name, "texts/%s.json has no text '%.*s'",
                        chinese != 0 ? "zh" : "en", (int)key.size, key.data);
        }
    }
    buffer_release(&key);
}

bool pack_role_known(struct pack *pack, struct slice role)
{
    return on_row(pack, PACK_ROLES, role);
}

static void judge_roles(struct pack *pack, struct slice file, const struct bpmn_node *node)
{
    struct slice rest = node->roles;
    struct slice role;
    if (node->kind == BPMN_USER && slice_trim(rest).size == 0 && node->assignee.size == 0) {
        pack_report(pack, true, file, node->line, node->id, "a user task without candidate roles");
    }
    while (rest.size > 0 && slice_split(&rest, ',', &role)) {
        role = slice_trim(role);
        if (role.size > 0 && !on_row(pack, PACK_ROLES, role)) {
            pack_report(pack, true, file, node->line, node->id,
                        "the role '%.*s' is not in roles.csv",
                        (int)(role.size > 200 ? 200 : role.size), role.data);
        }
    }
}

static void judge_node(struct pack *pack, const struct bpmn_node *node)
{
    const struct slice file = pack->processes->documents[node->document].name;
    if (node->kind == BPMN_PROCESS) {
        need_text(pack, file, node->line, "process.", node->id);
        judge_roles(pack, file, node);
    } else if (node->kind == BPMN_USER) {
        need_text(pack, file, node->line, "task.", node->id);
        judge_roles(pack, file, node);
    }
    if (node->form.size > 0 && pack_form_find(pack, node->form) == NULL) {
        pack_report(pack, true, file, node->line, node->id, "there is no forms/%.*s.json",
                    (int)(node->form.size > 100 ? 100 : node->form.size), node->form.data);
    }
}

/* A name that two files have would mean one or the other. */
static void judge_names(struct pack *pack)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < pack->decision_count; i++) {
        count += pack->decisions[i].model->element_count;
    }
    if (count > ELEMENTS_MAX) {
        pack_report(pack, true, SLICE("decisions"), 0, SLICE(""),
                    "%u inputs and decisions: more than allowed", count);
        return;
    }
    for (uint32_t i = 0; i < pack->decision_count; i++) {
        const struct dmn_model *model = pack->decisions[i].model;
        for (uint32_t k = 0; k < model->element_count; k++) {
            const struct dmn_element *element = &model->elements[k];
            const struct dmn_model *found = NULL;
            if (element->document == model->first && element->kind != DMN_INPUT &&
                pack_decision_find(pack, element->name, &found) != NULL && found != model) {
                pack_report(pack, true, pack->decisions[i].path, element->xml->line, element->name,
                            "a decision of this name stands in another file too");
            }
        }
    }
}

/* ---- forms and texts ---- */

static void judge_field(struct pack *pack, const struct pack_json *form,
                        const struct json_value *field)
{
    static const char *const types[] = {"text",      "number", "amount",   "date", "boolean",
                                        "reference", "choice", "document", NULL};
    const struct json_value *name = json_member(field, SLICE("name"));
    const struct json_value *type = json_member(field, SLICE("type"));
    if (name == NULL || name->type != JSON_STRING || name->text.size == 0 || type == NULL ||
        type->type != JSON_STRING) {
        pack_report(pack, true, form->path, 0, SLICE("fields"), "a field needs a name and a type");
        return;
    }
    size_t i = 0;
    while (types[i] != NULL && !slice_equal(type->text, slice_from_cstr(types[i]))) {
        i++;
    }
    if (types[i] == NULL) {
        pack_report(pack, true, form->path, 0, name->text, "no type of a field is called so");
    }
    const struct json_value *of = json_member(field, SLICE("of"));
    if (slice_equal(type->text, SLICE("reference")) &&
        (of == NULL || of->type != JSON_STRING ||
         pack_table_by_name(of->text) == PACK_TABLE_COUNT)) {
        pack_report(pack, true, form->path, 0, name->text,
                    "a reference names in 'of' the table that it refers to");
    }
    need_text(pack, form->path, 0, "field.", name->text);
}

static void judge_form(struct pack *pack, const struct pack_json *form)
{
    const struct json_value *fields = json_member(form->value, SLICE("fields"));
    need_text(pack, form->path, 0, "form.", form->name);
    if (fields == NULL || fields->type != JSON_ARRAY || fields->count == 0 ||
        fields->count > FIELDS_MAX) {
        pack_report(pack, true, form->path, 0, SLICE("fields"),
                    "a form has a list of 1 to %d fields", FIELDS_MAX);
        return;
    }
    const struct json_value *names = json_member(form->value, SLICE("names_content"));
    if (names != NULL && names->type != JSON_TRUE && names->type != JSON_FALSE) {
        pack_report(pack, true, form->path, 0, SLICE("names_content"), "it is true or false");
    }
    for (const struct json_value *at = fields->first; at != NULL; at = at->next) {
        judge_field(pack, form, at);
    }
}

/* Texts are searched one by one, so there must not be many. */
static bool bound_texts(struct pack *pack, const struct json_value **texts)
{
    const bool good = *texts == NULL || (*texts)->count <= TEXTS_MAX;
    if (!good) {
        pack_report(pack, true, SLICE("texts"), 0, SLICE(""), "more than %d texts", TEXTS_MAX);
        *texts = NULL;
    }
    return good;
}

static void judge_texts(struct pack *pack, const struct json_value *texts, bool chinese)
{
    const struct slice file = chinese ? SLICE("texts/zh.json") : SLICE("texts/en.json");
    const struct json_value *at = texts == NULL ? NULL : texts->first;
    for (; at != NULL; at = at->next) {
        if (at->type != JSON_STRING || at->text.size == 0) {
            pack_report(pack, true, file, 0, at->name, "no text");
        } else if (pack_text(pack, at->name, !chinese).data == NULL) {
            pack_report(pack, true, file, 0, at->name, "the other language has no such text");
        }
    }
}

/* ---- checks.json ---- */

static bool reference_exists(struct pack *pack, struct slice to, struct slice value)
{
    if (slice_equal(to, SLICE("processes"))) {
        return pack_process_find(pack, value) != BPMN_NOWHERE;
    }
    if (slice_equal(to, SLICE("forms"))) {
        return pack_form_find(pack, value) != NULL;
    }
    return on_row(pack, pack_table_by_name(to), value);
}

/* Every constant of an output column must name something. */
static void judge_column(struct pack *pack, struct slice file, const struct dmn_table *table,
                         uint32_t column, struct slice to)
{
    for (uint32_t i = 0; i < table->rule_count; i++) {
        const struct dmn_rule *rule = &table->rules[i];
        const struct feel_node *node = rule->outputs[column];
        if (node->operation != FEEL_OP_CONSTANT) {
            pack_report(pack, true, file, rule->line, table->name,
                        "rule %u: an output that names one of the %.*s is a constant", i + 1,
                        (int)to.size, to.data);
            continue;
        }
        const struct feel_value *value = &node->constant;
        if (value->kind == FEEL_STRING &&
            !reference_exists(pack, to, slice_of(value->text, value->size))) {
            pack_report(pack, true, file, rule->line, table->name,
                        "rule %u: '%.*s' is none of the %.*s", i + 1,
                        (int)(value->size > 200 ? 200 : value->size), value->text, (int)to.size,
                        to.data);
        }
    }
}

static struct slice member_text(const struct json_value *object, const char *name)
{
    const struct json_value *member = json_member(object, slice_from_cstr(name));
    return member != NULL && member->type == JSON_STRING ? member->text : SLICE("");
}

static void judge_reference(struct pack *pack, const struct json_value *reference)
{
    const struct slice file = SLICE("checks.json");
    const struct slice name = member_text(reference, "decision");
    const struct slice output = member_text(reference, "output");
    const struct slice to = member_text(reference, "to");
    const struct dmn_model *model = NULL;
    const struct dmn_element *decision = pack_decision_find(pack, name, &model);
    const struct dmn_table *table = decision == NULL ? NULL : pack_decision_table(model, decision);
    if (table == NULL) {
        pack_report(pack, true, file, 0, name, "no decision of this name is a table");
        return;
    }
    if (!slice_equal(to, SLICE("processes")) && !slice_equal(to, SLICE("forms")) &&
        pack_table_by_name(to) == PACK_TABLE_COUNT) {
        pack_report(pack, true, file, 0, name, "'to' is one of the tables, 'processes' or 'forms'");
        return;
    }
    uint32_t column = 0;
    while (column < table->output_count && !slice_equal(table->outputs[column].name, output)) {
        column++;
    }
    if (column == table->output_count) {
        pack_report(pack, true, file, 0, name, "the table has no output '%.*s'",
                    (int)(output.size > 200 ? 200 : output.size), output.data);
        return;
    }
    uint32_t at = 0;
    while (pack->decisions[at].model != model) {
        at++;
    }
    judge_column(pack, pack->decisions[at].path, table, column, to);
}

static void judge_checks(struct pack *pack)
{
    const struct json_value *sound = json_member(pack->checks, SLICE("sound"));
    const struct json_value *references = json_member(pack->checks, SLICE("references"));
    if ((sound != NULL && sound->type != JSON_ARRAY) ||
        (references != NULL && references->type != JSON_ARRAY)) {
        pack_report(pack, true, SLICE("checks.json"), 0, SLICE(""),
                    "'sound' and 'references' are lists");
        return;
    }
    for (const struct json_value *at = sound == NULL ? NULL : sound->first; at != NULL;
         at = at->next) {
        if (at->type != JSON_STRING || pack_files_find(pack->files, at->text).data == NULL ||
            !(slice_starts_with(at->text, SLICE("decisions/")) ||
              slice_starts_with(at->text, SLICE("processes/")))) {
            pack_report(pack, true, SLICE("checks.json"), 0,
                        at->type == JSON_STRING ? at->text : SLICE("sound"),
                        "what is promised to be sound is a file of decisions or processes");
        }
    }
    for (const struct json_value *at = references == NULL ? NULL : references->first; at != NULL;
         at = at->next) {
        judge_reference(pack, at);
    }
}

void pack_judge(struct pack *pack)
{
    if (pack->failed) {
        return;
    }
    for (unsigned i = 0; i < PACK_TABLE_COUNT; i++) {
        judge_table(pack, &pack->tables[i]);
    }
    judge_parameters(pack);
    if (bound_texts(pack, &pack->texts_zh) && bound_texts(pack, &pack->texts_en)) {
        judge_texts(pack, pack->texts_zh, true);
        judge_texts(pack, pack->texts_en, false);
    }
    judge_tree(pack, PACK_ORGANISATIONS);
    judge_tree(pack, PACK_PRODUCTS);
    judge_tree(pack, PACK_TREES);
    judge_organisations(pack);
    judge_names(pack);
    for (uint32_t i = 0; pack->processes != NULL && i < pack->processes->node_count; i++) {
        judge_node(pack, &pack->processes->nodes[i]);
    }
    for (uint32_t i = 0; i < pack->form_count; i++) {
        judge_form(pack, &pack->forms[i]);
    }
    if (pack->checks != NULL) {
        judge_checks(pack);
    }
}
