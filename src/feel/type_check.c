#include "feel/type_check.h"

#include <stdarg.h>

#include "feel/builtin.h"
#include "feel/operator.h"

enum { CHECK_DEPTH_MAX = 1000 };

static unsigned kind_of(const struct feel_node *node)
{
    return node == NULL || node->type == NULL ? FEEL_ANY : node->type->kind;
}

static void report(const struct feel_type_check *check, const struct feel_node *node,
                   const char *format, ...) __attribute__((format(printf, 3, 4)));

static void report(const struct feel_type_check *check, const struct feel_node *node,
                   const char *format, ...)
{
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    const int size = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    const size_t kept = size < 0 ? 0 : (size_t)size < sizeof text ? (size_t)size : sizeof text - 1;
    check->report(check->data, check->source, node->position, slice_of(text, kept));
}

/* A value that stands for all of its kind where an operator asks for kinds alone. */
static struct feel_value sample_of(unsigned kind)
{
    static const struct feel_moment moment = {.days = 1};
    static const struct feel_context context = {0};
    static const struct feel_value item = {0};
    static const struct feel_range range = {
        .form = FEEL_RANGE_INTERVAL, .start = {.kind = FEEL_NUMBER}, .end = {.kind = FEEL_NUMBER}};
    struct feel_value value = {.kind = (uint8_t)kind};
    switch ((enum feel_kind)kind) {
    case FEEL_NUMBER:
        return feel_integer(1);
    case FEEL_STRING:
        return feel_string(SLICE("a"));
    case FEEL_TIME:
    case FEEL_DATE_TIME:
        value.moment = &moment;
        return value;
    case FEEL_DATE:
        value.days = 1;
        return value;
    case FEEL_MONTHS:
        value.months = 1;
        return value;
    case FEEL_SPAN:
        value.span = (struct feel_span){.seconds = 1};
        return value;
    case FEEL_LIST:
        return feel_list(&item, 0);
    case FEEL_CONTEXT:
        return feel_context_value(&context);
    case FEEL_RANGE:
        value.range = &range;
        return value;
    default:
        return value;
    }
}

/* Kinds whose values an operator tells apart by more than their kind, or that are not known. */
static bool is_open(unsigned kind)
{
    return kind == FEEL_ANY || kind == FEEL_NULL || kind == FEEL_FUNCTION || kind == FEEL_LIST;
}

static void check_operator(const struct feel_type_check *check, const struct feel_node *node)
{
    const unsigned a = kind_of(node->child[0]);
    const unsigned b = node->operation == FEEL_OP_NEGATE ? FEEL_NUMBER : kind_of(node->child[1]);
    struct feel_eval eval;
    const struct feel_moment now = {0};
    const bool days = (a == FEEL_DATE && b == FEEL_DATE_TIME) ||
                      (a == FEEL_DATE_TIME && b == FEEL_DATE); /* the offset decides */
    if (is_open(a) || is_open(b) || days) {
        return;
    }
    feel_eval_init(&eval, check->arena, (struct feel_limits){0}, &now);
    switch ((enum feel_operation)node->operation) {
    case FEEL_OP_NEGATE:
        (void)operator_negate(&eval, node, sample_of(a));
        break;
    case FEEL_OP_ADD:
    case FEEL_OP_SUBTRACT:
    case FEEL_OP_MULTIPLY:
    case FEEL_OP_DIVIDE:
    case FEEL_OP_POWER:
        (void)operator_arithmetic(&eval, node, sample_of(a), sample_of(b));
        break;
    default:
        (void)operator_compare(&eval, node, sample_of(a), sample_of(b));
        break;
    }
    if (eval.first != NULL) {
        check->report(check->data, check->source, node->position, eval.first->message);
    }
}

static void check_booleans(const struct feel_type_check *check, const struct feel_node *node)
{
    const char *word = node->operation == FEEL_OP_AND ? "and" : "or";
    for (uint32_t i = 0; i < node->count; i++) {
        const unsigned kind = kind_of(node->list[i]);
        if (kind != FEEL_BOOLEAN && kind != FEEL_NULL && kind != FEEL_ANY) {
            const struct slice name = feel_kind_name((enum feel_kind)kind);
            report(check, node->list[i], "an operand of `%s` is no boolean but %.*s", word,
                   (int)name.size, name.data);
        }
    }
}

static bool signature_fits(const struct feel_builtin *builtin, const struct feel_node *node)
{
    if (node->count < builtin->required || (node->count > builtin->count && !builtin->variadic)) {
        return false;
    }
    for (uint32_t i = 0; i < node->count; i++) {
        const uint32_t at = i < builtin->count ? i : builtin->count - 1U;
        const uint16_t kinds = builtin->parameters[at].kinds;
        const unsigned kind = kind_of(node->list[i]);
        const bool open = kind == FEEL_ANY || kind == FEEL_LIST || kind == FEEL_NULL;
        if (!open && (kinds >> kind & 1) == 0 && kinds != KIND_LIST) {
            return false;
        }
    }
    return true;
}

static void check_builtin(const struct feel_type_check *check, const struct feel_node *node)
{
    const struct feel_builtin *builtin = node->builtin;
    do {
        if (signature_fits(builtin, node)) {
            return;
        }
        builtin = node->flag != 0 ? NULL : builtin_next(builtin);
    } while (builtin != NULL);
    report(check, node, "%s: the arguments fit none of its signatures", node->builtin->name);
}

static void check_path(const struct feel_type_check *check, const struct feel_node *node)
{
    const struct feel_type *type = node->child[0]->type;
    const unsigned kind = kind_of(node->child[0]);
    if (kind == FEEL_CONTEXT && type->count > 0) {
        for (uint32_t i = 0; i < type->count; i++) {
            if (slice_equal(type->members[i].name, node->name)) {
                return;
            }
        }
        report(check, node, "the structure has no entry '%.*s'", (int)node->name.size,
               node->name.data);
    } else if (kind == FEEL_NUMBER || kind == FEEL_STRING || kind == FEEL_BOOLEAN) {
        const struct slice name = feel_kind_name((enum feel_kind)kind);
        report(check, node, "%.*s has no property '%.*s'", (int)name.size, name.data,
               (int)node->name.size, node->name.data);
    }
}

static bool kinds_can_convert(unsigned kind, unsigned target)
{
    return kind == target || kind == FEEL_ANY || target == FEEL_ANY || kind == FEEL_NULL ||
           (kind == FEEL_DATE && target == FEEL_DATE_TIME);
}

bool feel_type_can_convert(const struct feel_type *type, const struct feel_type *target)
{
    if (feel_type_is_any(type) || feel_type_is_any(target)) {
        return true;
    }
    const struct feel_type *item = type->kind == FEEL_LIST ? type->item : type;
    const struct feel_type *wanted = target->kind == FEEL_LIST ? target->item : target;
    if (feel_type_is_any(item) || feel_type_is_any(wanted) || item->kind == FEEL_LIST ||
        wanted->kind == FEEL_LIST) {
        return true;
    }
    return kinds_can_convert(item->kind, wanted->kind);
}

static void check_convert(const struct feel_type_check *check, const struct feel_node *node)
{
    struct buffer type;
    if (feel_type_can_convert(node->child[0]->type, node->target)) {
        return;
    }
    buffer_init(&type);
    feel_type_write(&type, node->target);
    report(check, node, "the value of '%.*s' is %.*s, never %.*s", (int)node->names[0].size,
           node->names[0].data, (int)feel_kind_name((enum feel_kind)kind_of(node->child[0])).size,
           feel_kind_name((enum feel_kind)kind_of(node->child[0])).data, (int)type.size, type.data);
    buffer_release(&type);
}

/* The kind of the values that a constant test is for. */
static unsigned test_kind(struct feel_value test)
{
    if (test.kind == FEEL_RANGE) {
        return test.range->start.kind != FEEL_NULL ? test.range->start.kind : test.range->end.kind;
    }
    return test.kind;
}

static void check_tests(const struct feel_type_check *check, const struct feel_node *node)
{
    const unsigned kind = kind_of(node->child[0]);
    if (is_open(kind) || kind == FEEL_CONTEXT || kind == FEEL_RANGE) {
        return;
    }
    for (uint32_t i = 0; i < node->count; i++) {
        const struct feel_node *test = node->list[i];
        const unsigned own =
            test->operation == FEEL_OP_CONSTANT ? test_kind(test->constant) : FEEL_ANY;
        const bool days = (kind == FEEL_DATE && own == FEEL_DATE_TIME) ||
                          (kind == FEEL_DATE_TIME && own == FEEL_DATE);
        if (own != kind && own != FEEL_ANY && own != FEEL_NULL && own != FEEL_LIST && !days) {
            const struct slice value = feel_kind_name((enum feel_kind)kind);
            const struct slice wanted = feel_kind_name((enum feel_kind)own);
            report(check, test, "a value of type %.*s is tested for %.*s", (int)value.size,
                   value.data, (int)wanted.size, wanted.data);
        }
    }
}

static void check_call(const struct feel_type_check *check, const struct feel_node *node)
{
    const struct feel_type *type = node->child[0]->type;
    const unsigned kind = kind_of(node->child[0]);
    if (kind != FEEL_ANY && kind != FEEL_FUNCTION && kind != FEEL_NULL) {
        const struct slice name = feel_kind_name((enum feel_kind)kind);
        report(check, node, "%.*s cannot be called", (int)name.size, name.data);
    } else if (kind == FEEL_FUNCTION && type->members != NULL &&
               (node->names == NULL ? node->count != type->count : node->count > type->count)) {
        report(check, node, "the function takes %u arguments, not %u", type->count, node->count);
    }
}

static void check_own(const struct feel_type_check *check, const struct feel_node *node)
{
    switch ((enum feel_operation)node->operation) {
    case FEEL_OP_ADD:
    case FEEL_OP_SUBTRACT:
    case FEEL_OP_MULTIPLY:
    case FEEL_OP_DIVIDE:
    case FEEL_OP_POWER:
    case FEEL_OP_NEGATE:
    case FEEL_OP_EQUAL:
    case FEEL_OP_UNEQUAL:
    case FEEL_OP_LESS:
    case FEEL_OP_LESS_EQUAL:
    case FEEL_OP_MORE:
    case FEEL_OP_MORE_EQUAL:
        check_operator(check, node);
        break;
    case FEEL_OP_AND:
    case FEEL_OP_OR:
        check_booleans(check, node);
        break;
    case FEEL_OP_IF:
        if (kind_of(node->child[0]) < FEEL_ANY && kind_of(node->child[0]) > FEEL_BOOLEAN) {
            report(check, node, "the condition of `if` is no boolean");
        }
        break;
    case FEEL_OP_CALL_BUILTIN:
        check_builtin(check, node);
        break;
    case FEEL_OP_CALL:
        check_call(check, node);
        break;
    case FEEL_OP_PATH:
        check_path(check, node);
        break;
    case FEEL_OP_CONVERT:
        check_convert(check, node);
        break;
    case FEEL_OP_IN:
        check_tests(check, node);
        break;
    default:
        break;
    }
}

static void walk(struct feel_type_check *check, const struct feel_node *node, unsigned depth)
{
    if (node == NULL || depth > CHECK_DEPTH_MAX) {
        return;
    }
    const struct feel_source *outer = check->source;
    if (node->operation == FEEL_OP_SOURCE) {
        check->source = node->source;
    }
    check_own(check, node);
    for (int i = 0; i < 3; i++) {
        walk(check, node->child[i], depth + 1);
    }
    for (uint32_t i = 0; i < node->count && node->list != NULL; i++) {
        walk(check, node->list[i], depth + 1);
    }
    if (node->operation == FEEL_OP_FUNCTION) {
        walk(check, node->lambda->body, depth + 1);
    }
    check->source = outer;
}

void feel_type_check(struct feel_type_check *check, const struct feel_node *node)
{
    walk(check, node, 0);
}
