/* Names: the longest match in scope, members of the items of filters, built-in functions. */
#include "feel/builtin.h"
#include "feel/name.h"
#include "feel/operator.h"
#include "feel/parser.h"

struct match {
    size_t end; /* 0: nothing matches */
    const struct feel_binding *binding;
    const struct feel_scope *scope; /* of the binding */
    const struct feel_builtin *builtin;
};

static const struct feel_type *member_type(const struct feel_type *type, struct slice name)
{
    if (type != NULL && type->kind == FEEL_LIST) {
        type = type->item;
    }
    for (uint32_t i = 0; type != NULL && type->kind == FEEL_CONTEXT && i < type->count; i++) {
        if (slice_equal(type->members[i].name, name)) {
            return type->members[i].type;
        }
    }
    return NULL;
}

/* The longest name among the entries of a context type, or of the items of a list of them. */
static size_t match_members(const struct feel_type *type, struct slice text, size_t at,
                            struct slice *ret_name)
{
    size_t best = 0;
    while (type != NULL && type->kind == FEEL_LIST) {
        type = type->item;
    }
    for (uint32_t i = 0; type != NULL && type->kind == FEEL_CONTEXT && i < type->count; i++) {
        const size_t end = name_match(type->members[i].name, text, at);
        if (end > best) {
            best = end;
            *ret_name = type->members[i].name;
        }
    }
    return best;
}

/* The longest of the names that the model is known to use somewhere. */
static size_t match_words(const struct feel_compiler *compiler, struct slice text, size_t at,
                          struct slice *ret_name)
{
    size_t best = 0;
    for (uint32_t i = 0; i < compiler->word_count; i++) {
        const size_t end = name_match(compiler->words[i], text, at);
        if (end > best) {
            best = end;
            *ret_name = compiler->words[i];
        }
    }
    return best;
}

static struct match match_scope(const struct feel_scope *scope, struct slice text, size_t at)
{
    struct match best = {0};
    for (; scope != NULL; scope = scope->parent) {
        for (uint32_t i = scope->count; i-- > 0;) {
            const size_t end = name_match(scope->bindings[i].name, text, at);
            if (end > best.end) {
                best = (struct match){.end = end, .binding = &scope->bindings[i], .scope = scope};
            }
        }
    }
    return best;
}

static char byte_behind(const struct feel_parser *parser, size_t at)
{
    for (size_t size = name_space_at(parser->text, at); size > 0;
         size = name_space_at(parser->text, at)) {
        at += size;
    }
    return at < parser->text.size ? parser->text.data[at] : '\0';
}

/* What a name means outside of the entries of items. A variable that cannot be a function does not
 * hide a built-in function that is being called. */
static struct match match_name(const struct feel_parser *parser, size_t at)
{
    struct match match = match_scope(parser->scope, parser->text, at);
    size_t end = 0;
    const struct feel_builtin *builtin = builtin_match(parser->text, at, &end);
    if (builtin == NULL || end < match.end) {
        return match;
    }
    if (end == match.end) {
        check(match.binding != NULL); /* a match that has an end has one */
        const struct feel_type *type = match.binding->type;
        const bool callable = type == NULL || type->kind == FEEL_FUNCTION || type->kind == FEEL_ANY;
        if (callable || byte_behind(parser, end) != '(') {
            return match;
        }
    }
    return (struct match){.end = end, .builtin = builtin};
}

static const struct feel_node *binding_node(struct feel_parser *parser, const struct match *match,
                                            size_t at)
{
    const struct feel_binding *binding = match->binding;
    struct feel_node *node = NULL;
    if (binding->form == FEEL_BINDING_GLOBAL) {
        node = feel_node_new(parser->compiler, FEEL_OP_GLOBAL, (uint32_t)at);
        node->index = binding->index;
    } else {
        node = feel_node_new(parser->compiler, FEEL_OP_LOCAL, (uint32_t)at);
        node->slot = feel_unit_reach(parser->compiler, parser->scope->unit, match->scope->unit,
                                     (uint16_t)binding->index);
    }
    node->name = binding->name;
    node->type = binding->type;
    if (slice_equal(binding->name, SLICE("?"))) {
        parser->questions++;
    }
    return node;
}

static const struct feel_node *builtin_node(struct feel_parser *parser,
                                            const struct feel_builtin *builtin, size_t at)
{
    parser_skip(parser);
    if (parser->at < parser->text.size && parser->text.data[parser->at] == '(') {
        return parser_call(parser, NULL, builtin, at);
    }
    struct feel_function *function = arena_take(parser->compiler->arena, sizeof *function);
    if (function == NULL) {
        parser->compiler->failed = true;
        return feel_node_error(parser->compiler, (uint32_t)at, "memory is exhausted");
    }
    function->builtin = builtin;
    return feel_node_constant(parser->compiler, (uint32_t)at,
                              (struct feel_value){.kind = FEEL_FUNCTION, .function = function});
}

/* import.name: the name is one of the imported model. */
static const struct feel_node *space_node(struct feel_parser *parser, const struct match *match,
                                          size_t at)
{
    if (!parser_take(parser, ".")) {
        return parser_fail(parser, parser->at, "a point is expected behind the name of an import");
    }
    parser_skip(parser);
    const struct match inner = match_scope(match->binding->space, parser->text, parser->at);
    if (inner.end == 0) {
        return parser_fail(parser, parser->at, "the imported model has no such name in reach");
    }
    parser->at = inner.end;
    return binding_node(parser, &inner, at);
}

static const struct feel_node *unknown_node(struct feel_parser *parser, struct slice name,
                                            size_t at, bool in_filter)
{
    struct feel_compiler *compiler = parser->compiler;
    uint32_t index = 0;
    if (compiler->find_name != NULL && compiler->find_name(compiler->data, name, &index)) {
        struct feel_node *node = feel_node_new(compiler, FEEL_OP_GLOBAL, (uint32_t)at);
        node->index = index;
        node->name = name;
        return node;
    }
    if (!in_filter) {
        feel_compiler_report(parser->compiler, (uint32_t)at, "the name '%.*s' is not known here",
                             (int)name.size, name.data);
    }
    return feel_node_error(parser->compiler, (uint32_t)at, "the name is not known here");
}

/* True when the item of a filter may have entries. */
static bool has_entries(const struct feel_scope *scope)
{
    return scope->is_filter &&
           (feel_type_is_any(scope->item_type) || scope->item_type->kind == FEEL_CONTEXT ||
            scope->item_type->kind == FEEL_LIST);
}

/* Wraps a node in lookups of the name in the items of the filters between here and the scope of
 * its binding, the innermost asked first. */
static const struct feel_node *wrap_filters(struct feel_parser *parser,
                                            const struct feel_scope *scope,
                                            const struct feel_scope *end,
                                            const struct feel_node *node, struct slice name)
{
    if (scope == NULL || scope == end) {
        return node;
    }
    node = wrap_filters(parser, scope->parent, end, node, name);
    if (!has_entries(scope)) {
        return node;
    }
    struct feel_node *wrapped = feel_node_new(parser->compiler, FEEL_OP_MEMBER, node->position);
    wrapped->slot =
        feel_unit_reach(parser->compiler, parser->scope->unit, scope->unit, scope->item_slot);
    wrapped->name = name;
    wrapped->child[0] = node;
    wrapped->type = member_type(scope->item_type, name);
    if (wrapped->type == NULL && node->operation != FEEL_OP_ERROR && scope->item_type != NULL &&
        scope->item_type->kind == FEEL_CONTEXT) {
        wrapped->type = node->type;
    }
    return wrapped;
}

/* The longest name that entries of items may have here. */
static size_t match_entries(const struct feel_parser *parser, const struct feel_scope *end,
                            size_t at, struct slice *ret_name)
{
    size_t best = 0;
    bool open = false;
    for (const struct feel_scope *scope = parser->scope; scope != NULL && scope != end;
         scope = scope->parent) {
        if (!has_entries(scope)) {
            continue;
        }
        open = true;
        struct slice name = SLICE("");
        const size_t found = match_members(scope->item_type, parser->text, at, &name);
        if (found > best) {
            best = found;
            *ret_name = name;
        }
    }
    if (open) {
        struct slice name = SLICE("");
        const size_t found = match_words(parser->compiler, parser->text, at, &name);
        if (found > best) {
            best = found;
            *ret_name = name;
        }
        const size_t word = at + name_word_at(parser->text, at);
        if (word > best) {
            best = word;
            *ret_name = slice_of(parser->text.data + at, word - at);
        }
    }
    return best;
}

const struct feel_node *parser_name(struct feel_parser *parser)
{
    const size_t at = parser->at;
    const struct match match = match_name(parser, at);
    struct slice entry = SLICE("");
    /* "item" stands for the item itself; its own scope is where the search for entries ends, but
     * for an entry of that very name. */
    const size_t entry_end =
        match_entries(parser, match.binding == NULL ? NULL : match.scope, at, &entry);
    const bool is_item = match.binding != NULL && match.scope->is_filter;
    if (entry_end > match.end || (entry_end > 0 && entry_end == match.end)) {
        const bool own = entry_end == match.end;
        if (own && match.builtin != NULL && byte_behind(parser, match.end) == '(') {
            parser->at = match.end;
            return builtin_node(parser, match.builtin, at);
        }
        parser->at = entry_end;
        const struct feel_node *node =
            own && match.binding != NULL && match.binding->form != FEEL_BINDING_SPACE
                ? binding_node(parser, &match, at)
            : own && match.builtin != NULL ? builtin_node(parser, match.builtin, at)
                                           : unknown_node(parser, entry, at, true);
        return wrap_filters(parser, parser->scope,
                            own && match.binding != NULL ? match.scope : NULL, node, entry);
    }
    if (match.end == 0) {
        const size_t size = name_word_at(parser->text, at);
        parser->at += size;
        return unknown_node(parser, slice_of(parser->text.data + at, size), at, false);
    }
    parser->at = match.end;
    if (match.builtin != NULL) {
        return builtin_node(parser, match.builtin, at);
    }
    check(match.binding != NULL);
    if (match.binding->form == FEEL_BINDING_SPACE) {
        return space_node(parser, &match, at);
    }
    const struct feel_node *node = binding_node(parser, &match, at);
    if (is_item && has_entries(match.scope)) {
        struct feel_node *wrapped = feel_node_new(parser->compiler, FEEL_OP_MEMBER, (uint32_t)at);
        wrapped->slot = node->slot;
        wrapped->name = match.binding->name;
        wrapped->child[0] = node;
        wrapped->type = node->type;
        return wrapped;
    }
    return node;
}

struct slice parser_member_name(struct feel_parser *parser, const struct feel_type *type)
{
    parser_skip(parser);
    const size_t at = parser->at;
    struct slice name = SLICE("");
    size_t end = match_members(type, parser->text, at, &name);
    if (end == 0) {
        end = match_words(parser->compiler, parser->text, at, &name);
    }
    static const char *const properties[] = {"time offset", "start included", "end included"};
    for (size_t i = 0; end == 0 && i < sizeof properties / sizeof properties[0]; i++) {
        end = name_match(slice_from_cstr(properties[i]), parser->text, at);
        name = slice_from_cstr(properties[i]);
    }
    const size_t word = at + name_word_at(parser->text, at);
    if (end < word || end == 0) {
        end = word;
        name = slice_of(parser->text.data + at, word - at);
    }
    if (name_start_at(parser->text, at) == 0) {
        (void)parser_fail(parser, at, "a name is expected behind the point");
        return SLICE("");
    }
    parser->at = end;
    return name;
}
