#include "feel/type.h"

#include "feel/eval.h"

const struct feel_type *feel_type_of_kind(unsigned kind)
{
    static const struct feel_type any = {.kind = FEEL_ANY};
    static const struct feel_type types[FEEL_KIND_COUNT + 1] = {
        [FEEL_NULL] = {.kind = FEEL_NULL},
        [FEEL_BOOLEAN] = {.kind = FEEL_BOOLEAN},
        [FEEL_NUMBER] = {.kind = FEEL_NUMBER},
        [FEEL_STRING] = {.kind = FEEL_STRING},
        [FEEL_DATE] = {.kind = FEEL_DATE},
        [FEEL_TIME] = {.kind = FEEL_TIME},
        [FEEL_DATE_TIME] = {.kind = FEEL_DATE_TIME},
        [FEEL_MONTHS] = {.kind = FEEL_MONTHS},
        [FEEL_SPAN] = {.kind = FEEL_SPAN},
        [FEEL_LIST] = {.kind = FEEL_LIST, .item = &any},
        [FEEL_CONTEXT] = {.kind = FEEL_CONTEXT},
        [FEEL_RANGE] = {.kind = FEEL_RANGE, .item = &any},
        [FEEL_FUNCTION] = {.kind = FEEL_FUNCTION},
        [FEEL_ANY] = {.kind = FEEL_ANY},
    };
    check(kind <= FEEL_ANY);
    return &types[kind];
}

const struct feel_type *feel_type_named(struct slice name)
{
    static const struct {
        const char *name;
        unsigned kind;
    } names[] = {
        {"Any", FEEL_ANY},
        {"Null", FEEL_NULL},
        {"number", FEEL_NUMBER},
        {"string", FEEL_STRING},
        {"boolean", FEEL_BOOLEAN},
        {"date", FEEL_DATE},
        {"time", FEEL_TIME},
        {"date and time", FEEL_DATE_TIME},
        {"dateTime", FEEL_DATE_TIME},
        {"years and months duration", FEEL_MONTHS},
        {"yearMonthDuration", FEEL_MONTHS},
        {"days and time duration", FEEL_SPAN},
        {"dayTimeDuration", FEEL_SPAN},
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (slice_equal(slice_from_cstr(names[i].name), name)) {
            return feel_type_of_kind(names[i].kind);
        }
    }
    return NULL;
}

const struct feel_type *feel_type_list(struct arena *arena, const struct feel_type *item)
{
    struct feel_type *type = arena_take(arena, sizeof *type);
    if (type != NULL) {
        *type = (struct feel_type){.kind = FEEL_LIST, .item = item};
    }
    return type;
}

static const struct feel_member *find_member(const struct feel_type *type, struct slice name)
{
    for (uint32_t i = 0; i < type->count; i++) {
        if (slice_equal(type->members[i].name, name)) {
            return &type->members[i];
        }
    }
    return NULL;
}

/* Types of structures may hold themselves, and then two of them are compared for as long as this
 * lasts. */
struct comparison {
    uint32_t steps_left;
    unsigned depth;
};

static bool conforms_nested(const struct feel_type *type, const struct feel_type *other,
                            struct comparison *comparison);

static bool context_conforms(const struct feel_type *type, const struct feel_type *other,
                             struct comparison *comparison)
{
    for (uint32_t i = 0; i < other->count; i++) {
        const struct feel_member *own = find_member(type, other->members[i].name);
        if (own == NULL || !conforms_nested(own->type, other->members[i].type, comparison)) {
            return false;
        }
    }
    return true;
}

static bool function_conforms(const struct feel_type *type, const struct feel_type *other,
                              struct comparison *comparison)
{
    if (type->count != other->count) {
        return false;
    }
    for (uint32_t i = 0; i < type->count; i++) {
        if (!conforms_nested(other->members[i].type, type->members[i].type, comparison)) {
            return false;
        }
    }
    return conforms_nested(type->item, other->item, comparison);
}

static bool parts_conform(const struct feel_type *type, const struct feel_type *other,
                          struct comparison *comparison)
{
    switch (type->kind) {
    case FEEL_LIST:
    case FEEL_RANGE:
        return conforms_nested(type->item, other->item, comparison);
    case FEEL_CONTEXT:
        return context_conforms(type, other, comparison);
    case FEEL_FUNCTION:
        return function_conforms(type, other, comparison);
    default:
        return true;
    }
}

static bool conforms_nested(const struct feel_type *type, const struct feel_type *other,
                            struct comparison *comparison)
{
    if (feel_type_is_any(other) || type == other) {
        return true;
    }
    if (feel_type_is_any(type) || comparison->depth > FEEL_NEST_MAX ||
        comparison->steps_left == 0) {
        return false;
    }
    if (type->kind == FEEL_NULL) {
        return true;
    }
    if (type->kind != other->kind) {
        return false;
    }
    comparison->steps_left--;
    comparison->depth++;
    const bool conforms = parts_conform(type, other, comparison);
    comparison->depth--;
    return conforms;
}

bool feel_type_conforms(const struct feel_type *type, const struct feel_type *other)
{
    struct comparison comparison = {.steps_left = 100000};
    return conforms_nested(type, other, &comparison);
}

static bool accepts_nested(struct feel_eval *eval, const struct feel_type *type,
                           struct feel_value value, unsigned depth, bool constrained);

static bool accepts_parts(struct feel_eval *eval, const struct feel_type *type,
                          struct feel_value value, unsigned depth, bool constrained)
{
    switch ((enum feel_kind)value.kind) {
    case FEEL_LIST:
        for (uint32_t i = 0; i < value.size; i++) {
            if (!accepts_nested(eval, type->item, value.items[i], depth + 1, constrained)) {
                return false;
            }
        }
        return true;
    case FEEL_CONTEXT:
        for (uint32_t i = 0; i < type->count; i++) {
            const struct feel_value *entry = feel_context_get(value.context, type->members[i].name);
            if (entry == NULL ||
                !accepts_nested(eval, type->members[i].type, *entry, depth + 1, constrained)) {
                return false;
            }
        }
        return true;
    case FEEL_RANGE:
        return accepts_nested(eval, type->item, value.range->start, depth + 1, constrained) &&
               accepts_nested(eval, type->item, value.range->end, depth + 1, constrained);
    case FEEL_FUNCTION:
        return type->members == NULL || function_has_type(value.function, type);
    default:
        return true;
    }
}

static bool accepts_nested(struct feel_eval *eval, const struct feel_type *type,
                           struct feel_value value, unsigned depth, bool constrained)
{
    if (type == NULL || value.kind == FEEL_NULL) {
        return true;
    }
    if (depth > FEEL_NEST_MAX || !feel_spend(eval, 1)) {
        return false;
    }
    if (type->kind != FEEL_ANY &&
        (type->kind != value.kind || !accepts_parts(eval, type, value, depth, constrained))) {
        return false;
    }
    if (type->base != NULL && !accepts_nested(eval, type->base, value, depth + 1, constrained)) {
        return false;
    }
    return !constrained || type->allowed == NULL ||
           feel_is_true(feel_test(eval, type->allowed, value));
}

bool feel_type_accepts(struct feel_eval *eval, const struct feel_type *type,
                       struct feel_value value)
{
    return accepts_nested(eval, type, value, 0, true);
}

bool feel_type_has(struct feel_eval *eval, const struct feel_type *type, struct feel_value value)
{
    return accepts_nested(eval, type, value, 0, false);
}

static bool wrap_item(struct feel_eval *eval, const struct feel_type *type, struct feel_value value,
                      struct feel_value *ret_value)
{
    struct feel_value *item = arena_take(eval->arena, sizeof *item);
    if (item == NULL) {
        (void)feel_out_of_memory(eval);
        return false;
    }
    *item = value;
    const struct feel_value list = feel_list(item, 1);
    if (!feel_type_accepts(eval, type, list)) {
        return false;
    }
    *ret_value = list;
    return true;
}

bool feel_type_convert(struct feel_eval *eval, const struct feel_type *type,
                       struct feel_value value, struct feel_value *ret_value)
{
    if (feel_type_accepts(eval, type, value)) {
        *ret_value = value;
        return true;
    }
    if (value.kind == FEEL_LIST && value.size == 1 && type->kind != FEEL_LIST &&
        feel_type_accepts(eval, type, value.items[0])) {
        *ret_value = value.items[0];
        return true;
    }
    if (value.kind != FEEL_LIST && type->kind == FEEL_LIST) {
        return wrap_item(eval, type, value, ret_value);
    }
    if (value.kind == FEEL_DATE && type->kind == FEEL_DATE_TIME) {
        const struct feel_moment midnight = moment_of_day_value(value);
        *ret_value = feel_moment_value(eval, FEEL_DATE_TIME, &midnight);
        return eval->status == FEEL_STATUS_OK && feel_type_accepts(eval, type, *ret_value);
    }
    return false;
}

static void write_members(struct buffer *buffer, const struct feel_type *type, bool named)
{
    for (uint32_t i = 0; i < type->count; i++) {
        buffer_append_cstr(buffer, i == 0 ? "" : ", ");
        if (named) {
            buffer_append(buffer, type->members[i].name);
            buffer_append_cstr(buffer, ": ");
        }
        feel_type_write(buffer, type->members[i].type);
    }
}

void feel_type_write(struct buffer *buffer, const struct feel_type *type)
{
    if (type == NULL || type->kind == FEEL_ANY) {
        buffer_append_cstr(buffer, "Any");
        return;
    }
    if (type->name.size > 0) {
        buffer_append(buffer, type->name);
        return;
    }
    buffer_append(buffer, feel_kind_name((enum feel_kind)type->kind));
    switch (type->kind) {
    case FEEL_LIST:
    case FEEL_RANGE:
        buffer_append_byte(buffer, '<');
        feel_type_write(buffer, type->item);
        buffer_append_byte(buffer, '>');
        break;
    case FEEL_CONTEXT:
        buffer_append_byte(buffer, '<');
        write_members(buffer, type, true);
        buffer_append_byte(buffer, '>');
        break;
    case FEEL_FUNCTION:
        buffer_append_byte(buffer, '<');
        write_members(buffer, type, false);
        buffer_append_cstr(buffer, "> -> ");
        feel_type_write(buffer, type->item);
        break;
    default:
        break;
    }
}
