#include "pack/pack_diff.h"

#include <stdlib.h>

struct diff {
    struct arena *arena;
    struct pack_difference *result;
    const struct pack *before; /* NULL: nothing */
    const struct pack *after;
};

static struct slice keep(struct diff *diff, struct slice text)
{
    const struct slice copy = arena_copy(diff->arena, text);
    diff->result->failed = diff->result->failed || copy.data == NULL;
    return copy.data == NULL ? SLICE("") : copy;
}

static void note(struct diff *diff, struct pack_change change)
{
    struct pack_change *added = arena_take(diff->arena, sizeof *added);
    if (added == NULL) {
        diff->result->failed = true;
        return;
    }
    *added = (struct pack_change){.kind = change.kind,
                                  .what = keep(diff, change.what),
                                  .element = keep(diff, change.element),
                                  .part = keep(diff, change.part),
                                  .before = keep(diff, change.before),
                                  .after = keep(diff, change.after)};
    if (diff->result->last == NULL) {
        diff->result->first = added;
    } else {
        ((struct pack_change *)(uintptr_t)diff->result->last)->next = added;
    }
    diff->result->last = added;
    diff->result->count++;
}

static void note_part(struct diff *diff, const char *what, struct slice element, const char *part,
                      struct slice before, struct slice after)
{
    if (!slice_equal(before, after)) {
        note(diff, (struct pack_change){.kind = PACK_CHANGED,
                                        .what = slice_from_cstr(what),
                                        .element = element,
                                        .part = slice_from_cstr(part),
                                        .before = before,
                                        .after = after});
    }
}

static void note_whole(struct diff *diff, bool added, const char *what, struct slice element)
{
    note(diff, (struct pack_change){.kind = added ? PACK_ADDED : PACK_REMOVED,
                                    .what = slice_from_cstr(what),
                                    .element = element});
}

/* ---- tables ---- */

/* "column=cell, column=cell" of what is given beside the keys. */
static struct slice row_text(struct diff *diff, const struct pack_table_form *form,
                             const struct pack_row *row)
{
    struct buffer text = {0};
    for (uint32_t i = 0; row != NULL && i < form->column_count; i++) {
        if (!form->columns[i].is_key && row->cells[i].size > 0) {
            buffer_printf(&text, "%s%s=", text.size > 0 ? ", " : "", form->columns[i].name);
            buffer_append(&text, row->cells[i]);
        }
    }
    const struct slice kept = keep(diff, buffer_slice(&text));
    buffer_release(&text);
    return kept;
}

static void diff_rows(struct diff *diff, const struct pack_table_form *form,
                      const struct pack_row *before, const struct pack_row *after)
{
    struct buffer key = {0};
    pack_row_key_write(&key, form, before == NULL ? after : before);
    if (before == NULL || after == NULL) {
        note(diff, (struct pack_change){.kind = before == NULL ? PACK_ADDED : PACK_REMOVED,
                                        .what = slice_from_cstr(form->row),
                                        .element = buffer_slice(&key),
                                        .before = row_text(diff, form, before),
                                        .after = row_text(diff, form, after)});
    }
    for (uint32_t i = 0; i < form->column_count && before != NULL && after != NULL; i++) {
        note_part(diff, form->row, buffer_slice(&key), form->columns[i].name, before->cells[i],
                  after->cells[i]);
    }
    diff->result->failed = diff->result->failed || buffer_failed(&key);
    buffer_release(&key);
}

static void diff_table(struct diff *diff, enum pack_table_name name)
{
    static const struct pack_table none = {0};
    const struct pack_table *before = diff->before == NULL ? &none : &diff->before->tables[name];
    const struct pack_table *after = &diff->after->tables[name];
    uint32_t i = 0;
    uint32_t k = 0;
    while (i < before->count || k < after->count) {
        const struct pack_row *old = i < before->count ? &before->rows[i] : NULL;
        const struct pack_row *new = k < after->count ? &after->rows[k] : NULL;
        const int order = old == NULL   ? 1
                          : new == NULL ? -1
                                        : pack_row_compare(after->form, old, new);
        diff_rows(diff, after->form, order <= 0 ? old : NULL, order >= 0 ? new : NULL);
        i += order <= 0;
        k += order >= 0;
    }
}

/* ---- decisions ---- */

struct rule {
    struct slice inputs; /* cells, " | " between */
    struct slice outputs;
    uint32_t place;
};

static struct slice join_cells(struct diff *diff, const struct xml_element *rule, const char *name)
{
    struct buffer text = {0};
    for (const struct xml_element *at = xml_child(rule, name); at != NULL; at = xml_next(at)) {
        buffer_append_cstr(&text, text.size > 0 ? " | " : "");
        buffer_append(&text, slice_trim(dmn_text_of(at)));
    }
    const struct slice kept = keep(diff, buffer_slice(&text));
    buffer_release(&text);
    return kept;
}

static int compare_rules(const void *a, const void *b)
{
    const struct rule *left = a;
    const struct rule *right = b;
    const int order = slice_compare(left->inputs, right->inputs);
    return order != 0 ? order : (left->place > right->place) - (left->place < right->place);
}

static struct rule *rules_of(struct diff *diff, const struct xml_element *table,
                             uint32_t *ret_count)
{
    uint32_t count = 0;
    for (const struct xml_element *at = xml_child(table, "rule"); at != NULL; at = xml_next(at)) {
        count++;
    }
    struct rule *rules = arena_take_array(diff->arena, count + 1U, sizeof *rules);
    if (rules == NULL) {
        diff->result->failed = true;
        *ret_count = 0;
        return NULL;
    }
    count = 0;
    for (const struct xml_element *at = xml_child(table, "rule"); at != NULL; at = xml_next(at)) {
        rules[count] = (struct rule){.inputs = join_cells(diff, at, "inputEntry"),
                                     .outputs = join_cells(diff, at, "outputEntry"),
                                     .place = count + 1};
        count++;
    }
    qsort(rules, count, sizeof *rules, compare_rules);
    *ret_count = count;
    return rules;
}

static void note_rule(struct diff *diff, struct slice decision, const struct rule *before,
                      const struct rule *after)
{
    struct buffer element = {0};
    const struct rule *rule = before == NULL ? after : before;
    check(rule != NULL);
    buffer_append(&element, decision);
    buffer_append_cstr(&element, ": ");
    buffer_append(&element, rule->inputs);
    if (before == NULL || after == NULL) {
        note(diff, (struct pack_change){.kind = before == NULL ? PACK_ADDED : PACK_REMOVED,
                                        .what = SLICE("rule"),
                                        .element = buffer_slice(&element),
                                        .before = before == NULL ? SLICE("") : before->outputs,
                                        .after = after == NULL ? SLICE("") : after->outputs});
    } else {
        note_part(diff, "rule", buffer_slice(&element), "outputs", before->outputs, after->outputs);
    }
    buffer_release(&element);
}

/* True when the rules that both tables have stand in another order: where the first rule that
 * holds counts, that matters. */
static bool order_differs(const struct rule *before, uint32_t before_count,
                          const struct rule *after, uint32_t after_count)
{
    if (before_count != after_count) {
        return false;
    }
    for (uint32_t i = 0; i < before_count; i++) {
        if (!slice_equal(before[i].inputs, after[i].inputs)) {
            return false;
        }
    }
    for (uint32_t i = 0; i < before_count; i++) {
        if (before[i].place != after[i].place) {
            return true;
        }
    }
    return false;
}

static void diff_rules(struct diff *diff, struct slice decision, const struct xml_element *before,
                       const struct xml_element *after)
{
    uint32_t before_count = 0;
    uint32_t after_count = 0;
    const struct rule *old = rules_of(diff, before, &before_count);
    const struct rule *new = rules_of(diff, after, &after_count);
    uint32_t i = 0;
    uint32_t k = 0;
    while (i < before_count || k < after_count) {
        const int order = i == before_count  ? 1
                          : k == after_count ? -1
                                             : slice_compare(old[i].inputs, new[k].inputs);
        note_rule(diff, decision, order <= 0 ? &old[i] : NULL, order >= 0 ? &new[k] : NULL);
        i += order <= 0;
        k += order >= 0;
    }
    if (order_differs(old, before_count, new, after_count)) {
        note(diff, (struct pack_change){.kind = PACK_CHANGED,
                                        .what = SLICE("decision"),
                                        .element = decision,
                                        .part = SLICE("order of rules")});
    }
}

/* ---- XML ---- */

static bool same_attributes(const struct xml_element *a, const struct xml_element *b)
{
    const struct xml_attribute *x = a->attributes;
    const struct xml_attribute *y = b->attributes;
    uint32_t count = 0;
    for (; y != NULL; y = y->next) {
        count++;
    }
    for (; x != NULL; x = x->next) {
        y = b->attributes;
        while (y != NULL && !(slice_equal(x->name, y->name) && slice_equal(x->space, y->space))) {
            y = y->next;
        }
        if (y == NULL || !slice_equal(x->value, y->value) || count-- == 0) {
            return false;
        }
    }
    return count == 0;
}

/* Equal but for lines, space around texts, and attributes in another order. `skip` names children
 * that are compared elsewhere. Depth is bounded by XML_DEPTH_MAX. */
static bool same_xml(const struct xml_element *a, const struct xml_element *b, const char *skip)
{
    if (!slice_equal(a->name, b->name) || !slice_equal(a->space, b->space) ||
        !slice_equal(slice_trim(a->text), slice_trim(b->text)) || !same_attributes(a, b)) {
        return false;
    }
    const struct xml_element *x = a->first;
    const struct xml_element *y = b->first;
    for (;;) {
        while (x != NULL && skip != NULL && xml_is(x, skip)) {
            x = x->next;
        }
        while (y != NULL && skip != NULL && xml_is(y, skip)) {
            y = y->next;
        }
        if (x == NULL || y == NULL) {
            return x == y;
        }
        if (!same_xml(x, y, NULL)) {
            return false;
        }
        x = x->next;
        y = y->next;
    }
}

static void note_changed(struct diff *diff, const char *what, struct slice element,
                         const char *part)
{
    note(diff, (struct pack_change){.kind = PACK_CHANGED,
                                    .what = slice_from_cstr(what),
                                    .element = element,
                                    .part = slice_from_cstr(part)});
}

static void diff_decision(struct diff *diff, const struct dmn_element *before,
                          const struct dmn_element *after)
{
    const struct xml_element *old = xml_child(before->xml, "decisionTable");
    const struct xml_element *new = xml_child(after->xml, "decisionTable");
    if (old == NULL || new == NULL) {
        if (!same_xml(before->xml, after->xml, NULL)) {
            note_changed(diff, "decision", after->name, "logic");
        }
        return;
    }
    if (!same_xml(old, new, "rule")) {
        note_changed(diff, "decision", after->name, "columns or hit policy");
    }
    if (!same_xml(before->xml, after->xml, "decisionTable")) {
        note_changed(diff, "decision", after->name, "requirements");
    }
    diff_rules(diff, after->name, old, new);
}

static const struct dmn_element *find_element(const struct pack *pack,
                                              const struct dmn_element *like)
{
    const struct dmn_model *model = NULL;
    return pack == NULL || like->kind == DMN_INPUT ? NULL
                                                   : pack_decision_find(pack, like->name, &model);
}

/* Both ways: what `pack` has and `other` does not, and, the first time, what both have. */
static void diff_decisions(struct diff *diff, const struct pack *pack, const struct pack *other,
                           bool added)
{
    for (uint32_t i = 0; pack != NULL && i < pack->decision_count; i++) {
        const struct dmn_model *model = pack->decisions[i].model;
        for (uint32_t k = 0; k < model->element_count; k++) {
            const struct dmn_element *element = &model->elements[k];
            if (element->document != model->first || element->kind == DMN_INPUT) {
                continue;
            }
            const struct dmn_element *match = find_element(other, element);
            if (match == NULL) {
                note_whole(diff, added, "decision", element->name);
            } else if (added) {
                diff_decision(diff, match, element);
            }
        }
    }
}

/* ---- processes ---- */

static void diff_node(struct diff *diff, const struct bpmn_node *before,
                      const struct bpmn_node *after)
{
    const bool container = bpmn_is_container(after->kind);
    if (before->kind != after->kind || !(container ? same_attributes(before->xml, after->xml)
                                                   : same_xml(before->xml, after->xml, NULL))) {
        note_changed(diff, after->kind == BPMN_PROCESS ? "process" : "process element", after->id,
                     after->name.size > 0 ? after->name.data : "");
    }
}

static void diff_nodes(struct diff *diff, const struct bpmn_model *model,
                       const struct bpmn_model *other, bool added)
{
    for (uint32_t i = 0; model != NULL && i < model->node_count; i++) {
        const struct bpmn_node *node = &model->nodes[i];
        const uint32_t match = other == NULL ? BPMN_NOWHERE : bpmn_model_find(other, node->id);
        if (match == BPMN_NOWHERE) {
            note_whole(diff, added, node->kind == BPMN_PROCESS ? "process" : "process element",
                       node->id);
        } else if (added) {
            diff_node(diff, &other->nodes[match], node);
        }
    }
}

struct flow_place {
    const struct bpmn_flow *flow;
};

static int compare_flows(const void *a, const void *b)
{
    return slice_compare(((const struct flow_place *)a)->flow->id,
                         ((const struct flow_place *)b)->flow->id);
}

static const struct flow_place *sorted_flows(struct diff *diff, const struct bpmn_model *model)
{
    const uint32_t count = model == NULL ? 0 : model->flow_count;
    struct flow_place *flows = arena_take_array(diff->arena, count + 1U, sizeof *flows);
    diff->result->failed = diff->result->failed || flows == NULL;
    for (uint32_t i = 0; i < count && flows != NULL; i++) {
        flows[i].flow = &model->flows[i];
    }
    if (flows != NULL) {
        qsort(flows, count, sizeof *flows, compare_flows);
    }
    return flows;
}

static void diff_flows(struct diff *diff, const struct bpmn_model *before,
                       const struct bpmn_model *after)
{
    const struct flow_place *old = sorted_flows(diff, before);
    const struct flow_place *new = sorted_flows(diff, after);
    const uint32_t old_count = before == NULL || old == NULL ? 0 : before->flow_count;
    const uint32_t new_count = after == NULL || new == NULL ? 0 : after->flow_count;
    uint32_t i = 0;
    uint32_t k = 0;
    while (i < old_count || k < new_count) {
        const int order = i == old_count   ? 1
                          : k == new_count ? -1
                                           : slice_compare(old[i].flow->id, new[k].flow->id);
        if (order != 0) {
            note_whole(diff, order > 0, "sequence flow",
                       order < 0 ? old[i].flow->id : new[k].flow->id);
        } else if (!same_xml(old[i].flow->xml, new[k].flow->xml, NULL)) {
            note_changed(diff, "sequence flow", new[k].flow->id, "");
        }
        i += order <= 0;
        k += order >= 0;
    }
}

/* ---- files that are compared whole, and texts ---- */

static void diff_texts(struct diff *diff, bool chinese, bool added)
{
    const struct pack *pack = added ? diff->after : diff->before;
    const struct pack *other = added ? diff->before : diff->after;
    const struct json_value *texts = pack == NULL ? NULL
                                     : chinese    ? pack->texts_zh
                                                  : pack->texts_en;
    const char *what = chinese ? "text zh" : "text en";
    for (const struct json_value *at = texts == NULL ? NULL : texts->first; at != NULL;
         at = at->next) {
        const struct slice match =
            other == NULL ? slice_of(NULL, 0) : pack_text(other, at->name, chinese);
        if (match.data == NULL) {
            note(diff, (struct pack_change){.kind = added ? PACK_ADDED : PACK_REMOVED,
                                            .what = slice_from_cstr(what),
                                            .element = at->name,
                                            .before = added ? SLICE("") : at->text,
                                            .after = added ? at->text : SLICE("")});
        } else if (added) {
            note_part(diff, what, at->name, "", match, at->text);
        }
    }
}

static bool compared_whole(struct slice path)
{
    return slice_starts_with(path, SLICE("forms/")) || slice_starts_with(path, SLICE("tests/")) ||
           slice_equal(path, SLICE("calendar.json")) || slice_equal(path, SLICE("checks.json"));
}

static void diff_files(struct diff *diff, bool added)
{
    const struct pack *pack = added ? diff->after : diff->before;
    const struct pack *other = added ? diff->before : diff->after;
    for (uint32_t i = 0; pack != NULL && i < pack->files->count; i++) {
        const struct tree_file *file = &pack->files->files[i];
        if (!compared_whole(file->path)) {
            continue;
        }
        const struct slice match =
            other == NULL ? slice_of(NULL, 0) : pack_files_find(other->files, file->path);
        if (match.data == NULL) {
            note_whole(diff, added, "file", file->path);
        } else if (added && !slice_equal(match, file->text)) {
            note_changed(diff, "file", file->path, "");
        }
    }
}

void pack_diff(struct pack_difference *ret_difference, struct arena *arena,
               const struct pack *before, const struct pack *after)
{
    *ret_difference = (struct pack_difference){0};
    struct diff diff = {.arena = arena, .result = ret_difference, .before = before, .after = after};
    const struct bpmn_model *old = before == NULL ? NULL : before->processes;
    for (unsigned i = 0; i < PACK_TABLE_COUNT; i++) {
        diff_table(&diff, (enum pack_table_name)i);
    }
    diff_decisions(&diff, before, after, false);
    diff_decisions(&diff, after, before, true);
    diff_nodes(&diff, old, after->processes, false);
    diff_nodes(&diff, after->processes, old, true);
    diff_flows(&diff, old, after->processes);
    for (int chinese = 1; chinese >= 0; chinese--) {
        diff_texts(&diff, chinese != 0, false);
        diff_texts(&diff, chinese != 0, true);
    }
    diff_files(&diff, false);
    diff_files(&diff, true);
}

static const char *kind_text(enum pack_change_kind kind)
{
    return kind == PACK_ADDED ? "added" : kind == PACK_REMOVED ? "removed" : "changed";
}

/* What was and what is; of what was added or removed the one that there is. */
static void write_values(struct buffer *out, const struct pack_change *change)
{
    const bool both = change->kind == PACK_CHANGED;
    const struct slice nothing = SLICE("(nothing)");
    if (change->before.size == 0 && change->after.size == 0) {
        return;
    }
    buffer_append_cstr(out, ": ");
    if (both || change->kind == PACK_REMOVED) {
        buffer_append(out, change->before.size > 0 ? change->before : nothing);
    }
    buffer_append_cstr(out, both ? " -> " : "");
    if (both || change->kind == PACK_ADDED) {
        buffer_append(out, change->after.size > 0 ? change->after : nothing);
    }
}

void pack_difference_write(struct buffer *out, const struct pack_difference *difference)
{
    for (const struct pack_change *at = difference->first; at != NULL; at = at->next) {
        buffer_printf(out, "%s ", kind_text(at->kind));
        buffer_append(out, at->what);
        buffer_append_byte(out, ' ');
        buffer_append(out, at->element);
        if (at->part.size > 0) {
            buffer_append_cstr(out, ": ");
            buffer_append(out, at->part);
        }
        write_values(out, at);
        buffer_append_byte(out, '\n');
    }
}

static void write_text(struct json_writer *writer, const char *name, struct slice text)
{
    json_name(writer, slice_from_cstr(name));
    json_string(writer, text);
}

void pack_difference_write_json(struct buffer *out, const struct pack_difference *difference)
{
    struct json_writer writer;
    json_writer_init(&writer, out);
    json_array_begin(&writer);
    for (const struct pack_change *at = difference->first; at != NULL; at = at->next) {
        json_object_begin(&writer);
        write_text(&writer, "change", slice_from_cstr(kind_text(at->kind)));
        write_text(&writer, "what", at->what);
        write_text(&writer, "element", at->element);
        write_text(&writer, "part", at->part);
        write_text(&writer, "before", at->before);
        write_text(&writer, "after", at->after);
        json_object_end(&writer);
    }
    json_array_end(&writer);
}
