/* Expressions of a model: which language a text is in, and its compiled form. */

#include "bpmn/model.h"

/* ---- the language of other engines ---- */

struct translation {
    struct buffer *out;
    struct slice text;
    size_t at;
    unsigned depth;
};

enum { TRANSLATION_DEPTH_MAX = 32 };

static void skip(struct translation *t)
{
    while (t->at < t->text.size && strchr(" \t\r\n", t->text.data[t->at]) != NULL) {
        t->at++;
    }
}

static bool is_word(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '_' || (byte & 0x80) != 0;
}

/* Takes a sign or a whole word. */
static bool take(struct translation *t, const char *token)
{
    const size_t size = strlen(token);
    skip(t);
    if (t->text.size - t->at < size || memcmp(t->text.data + t->at, token, size) != 0) {
        return false;
    }
    const size_t end = t->at + size;
    if (is_word(token[0]) && end < t->text.size && is_word(t->text.data[end])) {
        return false;
    }
    t->at = end;
    return true;
}

static bool translate_or(struct translation *t);

static bool translate_string(struct translation *t, char quote)
{
    buffer_append_byte(t->out, '"');
    for (t->at++; t->at < t->text.size && t->text.data[t->at] != quote; t->at++) {
        if (t->text.data[t->at] == '\\' || t->text.data[t->at] == '"') {
            return false;
        }
        buffer_append_byte(t->out, t->text.data[t->at]);
    }
    buffer_append_byte(t->out, '"');
    return t->at++ < t->text.size;
}

/* A literal, a variable, a path of names, or an expression in brackets. */
static bool translate_operand(struct translation *t)
{
    skip(t);
    if (take(t, "(")) {
        buffer_append_byte(t->out, '(');
        if (!translate_or(t) || !take(t, ")")) {
            return false;
        }
        buffer_append_byte(t->out, ')');
        return true;
    }
    if (t->at == t->text.size) {
        return false;
    }
    const char first = t->text.data[t->at];
    if (first == '\'' || first == '"') {
        return translate_string(t, first);
    }
    const size_t begin = t->at;
    t->at += first == '-';
    while (t->at < t->text.size && (is_word(t->text.data[t->at]) || t->text.data[t->at] == '.')) {
        t->at++;
    }
    if (t->at == begin + (first == '-') || t->text.data[t->at - 1] == '.') {
        return false;
    }
    buffer_append(t->out, slice_of(t->text.data + begin, t->at - begin));
    skip(t);
    return t->at == t->text.size || strchr("([.", t->text.data[t->at]) == NULL;
}

static bool translate_comparison(struct translation *t)
{
    static const char *const operators[][2] = {
        {"==", " = "}, {"!=", " != "}, {"<=", " <= "}, {">=", " >= "}, {"<", " < "},  {">", " > "},
        {"eq", " = "}, {"ne", " != "}, {"le", " <= "}, {"ge", " >= "}, {"lt", " < "}, {"gt", " > "},
    };
    if (!translate_operand(t)) {
        return false;
    }
    for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++) {
        if (take(t, operators[i][0])) {
            buffer_append_cstr(t->out, operators[i][1]);
            return translate_operand(t);
        }
    }
    return true;
}

static bool translate_not(struct translation *t)
{
    skip(t);
    const bool unequal = t->at + 1 < t->text.size && t->text.data[t->at + 1] == '=';
    if (take(t, "not") || (!unequal && take(t, "!"))) {
        buffer_append_cstr(t->out, "not(");
        if (!translate_operand(t)) {
            return false;
        }
        buffer_append_byte(t->out, ')');
        return true;
    }
    return translate_comparison(t);
}

static bool translate_and(struct translation *t)
{
    if (!translate_not(t)) {
        return false;
    }
    while (take(t, "&&") || take(t, "and")) {
        buffer_append_cstr(t->out, " and ");
        if (!translate_not(t)) {
            return false;
        }
    }
    return true;
}

static bool translate_or(struct translation *t)
{
    if (++t->depth > TRANSLATION_DEPTH_MAX || !translate_and(t)) {
        return false;
    }
    while (take(t, "||") || take(t, "or")) {
        buffer_append_cstr(t->out, " or ");
        if (!translate_and(t)) {
            return false;
        }
    }
    t->depth--;
    return true;
}

bool bpmn_expression_translate(struct buffer *out, struct slice text)
{
    struct translation t = {.out = out, .text = text};
    if (!translate_or(&t)) {
        return false;
    }
    skip(&t);
    return t.at == text.size && !buffer_failed(out);
}

/* ---- compiling ---- */

bool bpmn_name_index(struct bpmn_model *model, struct slice name, uint32_t *ret_index)
{
    for (uint32_t i = 0; i < model->name_count; i++) {
        if (slice_equal(model->names[i], name)) {
            *ret_index = i;
            return true;
        }
    }
    if (model->name_count == model->name_capacity) {
        const uint32_t capacity = model->name_capacity == 0 ? 64 : model->name_capacity * 2;
        struct slice *names = arena_take_array(&model->arena, capacity, sizeof *names);
        if (names == NULL) {
            model->failed = true;
            return false;
        }
        if (model->name_count > 0) {
            memcpy(names, model->names, model->name_count * sizeof *names);
        }
        model->names = names;
        model->name_capacity = capacity;
    }
    *ret_index = model->name_count;
    model->names[model->name_count++] = name;
    return true;
}

/* FEEL alone, or NULL data when the text is in another language that is not read. */
static struct slice as_feel(struct bpmn_model *model, const struct bpmn_node *node,
                            struct slice text, struct slice language)
{
    const struct bpmn_document *document = &model->documents[node->document];
    const bool bracketed = text.size >= 3 && (text.data[0] == '$' || text.data[0] == '#') &&
                           text.data[1] == '{' && text.data[text.size - 1] == '}';
    if (text.data[0] == '=') {
        return slice_trim(slice_of(text.data + 1, text.size - 1));
    }
    if (bracketed) {
        struct buffer feel;
        buffer_init(&feel);
        const struct slice inner = slice_trim(slice_of(text.data + 2, text.size - 3));
        struct slice copy = {0};
        if (bpmn_expression_translate(&feel, inner)) {
            copy = arena_copy(&model->arena, buffer_slice(&feel));
            model->failed = model->failed || copy.data == NULL;
        } else {
            bpmn_report(model, BPMN_REFUSED, node,
                        "the expression %.*s is more than names, literals and comparisons; write "
                        "it in FEEL, behind =",
                        (int)text.size, text.data);
        }
        model->failed = model->failed || buffer_failed(&feel);
        buffer_release(&feel);
        return copy;
    }
    const struct slice said = language.data != NULL ? language : document->language;
    if (said.size > 0 && strstr(said.data, "FEEL") == NULL && strstr(said.data, "feel") == NULL) {
        bpmn_report(model, BPMN_REFUSED, node,
                    "the expression '%.*s' is in the language %.*s; FEEL is supported",
                    (int)(text.size > 80 ? 80 : text.size), text.data, (int)said.size, said.data);
        return (struct slice){0};
    }
    return text;
}

void bpmn_expression_compile(struct bpmn_model *model, const struct bpmn_node *node,
                             struct bpmn_expression *ret_expression, struct slice text,
                             struct slice language)
{
    struct feel_compiler *compiler = &model->compiler;
    const struct feel_problem *before = compiler->last;
    struct feel_unit unit = {0};
    struct feel_scope scope;
    *ret_expression = (struct bpmn_expression){.text = slice_trim(text)};
    if (ret_expression->text.size == 0) {
        return;
    }
    const struct slice feel = as_feel(model, node, ret_expression->text, language);
    if (feel.data == NULL) {
        return;
    }
    feel_scope_init(&scope, &model->scope, &unit);
    feel_compiler_source(compiler, node->id, feel);
    const struct feel_node *root = feel_compile_expression(compiler, &scope, feel);
    model->failed = model->failed || compiler->failed;
    ret_expression->program = (struct feel_program){
        .root = root, .slot_count = unit.slot_count, .source = compiler->source};
    const struct feel_problem *problem = before == NULL ? compiler->first : before->next;
    if (problem != NULL) {
        bpmn_report(model, BPMN_REFUSED, node, "the expression '%.*s': %.*s, at character %u",
                    (int)(feel.size > 80 ? 80 : feel.size), feel.data, (int)problem->message.size,
                    problem->message.data, problem->position + 1);
    }
}
