/* List and context functions. Source: DMN 1.5, tables 75, 80 and 81. */
#include "feel/builtin.h"

static bool spend(const struct builtin_call *call, uint64_t steps)
{
    return feel_spend(call->eval, steps);
}

/* The index, from 0, that a position stands for: 1 is the first, -1 the last. */
static bool position_index(struct feel_value list, struct decimal position, uint32_t *ret_index)
{
    int64_t at = 0;
    if (!decimal_to_i64(position, &at) || at == 0 || at > (int64_t)list.size ||
        -at > (int64_t)list.size) {
        return false;
    }
    *ret_index = (uint32_t)(at > 0 ? at - 1 : (int64_t)list.size + at);
    return true;
}

static struct feel_value *take_items(const struct builtin_call *call, size_t count)
{
    struct feel_value *items =
        count > UINT32_MAX || !spend(call, count)
            ? NULL
            : arena_take_array(call->eval->arena, count == 0 ? 1 : count, sizeof *items);
    if (items == NULL) {
        (void)feel_out_of_memory(call->eval);
    }
    return items;
}

static void copy_items(struct feel_value *to, const struct feel_value *from, size_t count)
{
    if (count > 0) {
        memcpy(to, from, count * sizeof *to);
    }
}

BUILTIN(builtin_list_contains)
{
    const struct feel_value list = call->arguments[0];
    (void)spend(call, list.size);
    for (uint32_t i = 0; i < list.size; i++) {
        if (feel_equal(list.items[i], call->arguments[1]) == 1) {
            return feel_boolean(true);
        }
    }
    return feel_boolean(false);
}

BUILTIN(builtin_count)
{
    return feel_integer(call->arguments[0].size);
}

BUILTIN(builtin_sublist)
{
    const struct feel_value list = call->arguments[0];
    uint32_t start = 0;
    int64_t length = 0;
    if (!position_index(list, call->arguments[1].number, &start)) {
        return builtin_fail(call, "sublist: the start position is outside of the list");
    }
    length = list.size - start;
    if (call->count > 2) {
        int64_t wanted = 0;
        if (!decimal_to_i64(call->arguments[2].number, &wanted) || wanted < 1 || wanted > length) {
            return builtin_fail(call, "sublist: the length is outside of the list");
        }
        length = wanted;
    }
    return feel_list(list.items + start, (uint32_t)length);
}

BUILTIN(builtin_append)
{
    const struct feel_value list = call->arguments[0];
    const uint32_t more = call->count - 1;
    struct feel_value *items = take_items(call, (size_t)list.size + more);
    if (items == NULL) {
        return FEEL_NOTHING;
    }
    copy_items(items, list.items, list.size);
    copy_items(items + list.size, call->arguments + 1, more);
    return feel_list(items, list.size + more);
}

BUILTIN(builtin_concatenate)
{
    size_t size = 0;
    for (uint32_t i = 0; i < call->count; i++) {
        size += call->arguments[i].size;
    }
    struct feel_value *items = take_items(call, size);
    if (items == NULL) {
        return FEEL_NOTHING;
    }
    size_t at = 0;
    for (uint32_t i = 0; i < call->count; i++) {
        copy_items(items + at, call->arguments[i].items, call->arguments[i].size);
        at += call->arguments[i].size;
    }
    return feel_list(items, (uint32_t)size);
}

BUILTIN(builtin_insert_before)
{
    const struct feel_value list = call->arguments[0];
    uint32_t at = 0;
    if (!position_index(list, call->arguments[1].number, &at)) {
        return builtin_fail(call, "insert before: the position is outside of the list");
    }
    struct feel_value *items = take_items(call, (size_t)list.size + 1);
    if (items == NULL) {
        return FEEL_NOTHING;
    }
    copy_items(items, list.items, at);
    items[at] = call->arguments[2];
    copy_items(items + at + 1, list.items + at, list.size - at);
    return feel_list(items, list.size + 1);
}

BUILTIN(builtin_remove)
{
    const struct feel_value list = call->arguments[0];
    uint32_t at = 0;
    if (!position_index(list, call->arguments[1].number, &at)) {
        return builtin_fail(call, "remove: the position is outside of the list");
    }
    struct feel_value *items = take_items(call, list.size);
    if (items == NULL) {
        return FEEL_NOTHING;
    }
    copy_items(items, list.items, at);
    copy_items(items + at, list.items + at + 1, list.size - at - 1);
    return feel_list(items, list.size - 1);
}

static struct feel_value replace_matches(const struct builtin_call *call, struct feel_value *items)
{
    const struct feel_value list = call->arguments[0];
    for (uint32_t i = 0; i < list.size; i++) {
        const struct feel_value pair[] = {list.items[i], call->arguments[2]};
        const struct feel_value match = feel_call(call->eval, call->arguments[1].function, pair, 2);
        if (match.kind != FEEL_BOOLEAN) {
            return builtin_fail(call, "list replace: the match function gives no boolean");
        }
        items[i] = match.boolean ? call->arguments[2] : list.items[i];
    }
    return feel_list(items, list.size);
}

BUILTIN(builtin_list_replace)
{
    const struct feel_value list = call->arguments[0];
    struct feel_value *items = take_items(call, list.size);
    uint32_t at = 0;
    if (items == NULL) {
        return FEEL_NOTHING;
    }
    if (call->arguments[1].kind == FEEL_FUNCTION) {
        return replace_matches(call, items);
    }
    if (!position_index(list, call->arguments[1].number, &at)) {
        return builtin_fail(call, "list replace: the position is outside of the list");
    }
    copy_items(items, list.items, list.size);
    items[at] = call->arguments[2];
    return feel_list(items, list.size);
}

BUILTIN(builtin_reverse)
{
    const struct feel_value list = call->arguments[0];
    struct feel_value *items = take_items(call, list.size);
    for (uint32_t i = 0; items != NULL && i < list.size; i++) {
        items[i] = list.items[list.size - 1 - i];
    }
    return items == NULL ? FEEL_NOTHING : feel_list(items, list.size);
}

BUILTIN(builtin_index_of)
{
    const struct feel_value list = call->arguments[0];
    struct feel_builder found = {0};
    (void)spend(call, list.size);
    for (uint32_t i = 0; i < list.size; i++) {
        if (feel_equal(list.items[i], call->arguments[1]) == 1 &&
            !feel_builder_add(call->eval, &found, feel_integer((int64_t)i + 1))) {
            return FEEL_NOTHING;
        }
    }
    return feel_builder_list(&found);
}

static bool add_distinct(const struct builtin_call *call, struct feel_builder *builder,
                         struct feel_value list)
{
    for (uint32_t i = 0; i < list.size; i++) {
        bool known = false;
        if (!spend(call, builder->count + 1)) {
            return false;
        }
        for (uint32_t k = 0; k < builder->count && !known; k++) {
            known = feel_equal(builder->items[k], list.items[i]) == 1;
        }
        if (!known && !feel_builder_add(call->eval, builder, list.items[i])) {
            return false;
        }
    }
    return true;
}

BUILTIN(builtin_union)
{
    struct feel_builder builder = {0};
    for (uint32_t i = 0; i < call->count; i++) {
        if (!add_distinct(call, &builder, call->arguments[i])) {
            return FEEL_NOTHING;
        }
    }
    return feel_builder_list(&builder);
}

BUILTIN(builtin_distinct_values)
{
    struct feel_builder builder = {0};
    return add_distinct(call, &builder, call->arguments[0]) ? feel_builder_list(&builder)
                                                            : FEEL_NOTHING;
}

static bool flatten(const struct builtin_call *call, struct feel_builder *builder,
                    struct feel_value list, unsigned depth)
{
    if (depth > FEEL_NEST_MAX || !spend(call, list.size)) {
        return false;
    }
    for (uint32_t i = 0; i < list.size; i++) {
        const bool added = list.items[i].kind == FEEL_LIST
                               ? flatten(call, builder, list.items[i], depth + 1)
                               : feel_builder_add(call->eval, builder, list.items[i]);
        if (!added) {
            return false;
        }
    }
    return true;
}

BUILTIN(builtin_flatten)
{
    struct feel_builder builder = {0};
    return flatten(call, &builder, call->arguments[0], 0) ? feel_builder_list(&builder)
                                                          : FEEL_NOTHING;
}

/* 1 when a must stand in front of b, 0 when not, -1 after an error. */
static int precedes(const struct builtin_call *call, struct feel_value a, struct feel_value b)
{
    if (call->count < 2) {
        const enum feel_order order = feel_compare(a, b);
        return order == FEEL_INCOMPARABLE ? -1 : order == FEEL_LESS;
    }
    const struct feel_value pair[] = {a, b};
    const struct feel_value answer = feel_call(call->eval, call->arguments[1].function, pair, 2);
    return call->eval->status != FEEL_STATUS_OK ? -1 : feel_is_true(answer);
}

/* Merges two sorted runs; stable. */
static bool merge(const struct builtin_call *call, struct feel_value *to,
                  const struct feel_value *from, uint32_t start, uint32_t middle, uint32_t end)
{
    uint32_t left = start;
    uint32_t right = middle;
    for (uint32_t at = start; at < end; at++) {
        bool take_right = left == middle;
        if (!take_right && right < end) {
            const int first = precedes(call, from[right], from[left]);
            if (first < 0) {
                return false;
            }
            take_right = first == 1;
        }
        to[at] = take_right ? from[right++] : from[left++];
    }
    return true;
}

BUILTIN(builtin_sort)
{
    const struct feel_value list = call->arguments[0];
    struct feel_value *from = take_items(call, list.size);
    struct feel_value *to = take_items(call, list.size);
    if (from == NULL || to == NULL) {
        return FEEL_NOTHING;
    }
    copy_items(from, list.items, list.size);
    for (uint64_t width = 1; width < list.size; width *= 2) {
        for (uint64_t start = 0; start < list.size; start += 2 * width) {
            const uint64_t middle = start + width < list.size ? start + width : list.size;
            const uint64_t end = start + 2 * width < list.size ? start + 2 * width : list.size;
            if (!merge(call, to, from, (uint32_t)start, (uint32_t)middle, (uint32_t)end)) {
                return builtin_fail(call, "sort: the items cannot be ordered");
            }
        }
        struct feel_value *swap = from;
        from = to;
        to = swap;
    }
    return feel_list(from, list.size);
}

BUILTIN(builtin_get_value)
{
    const struct feel_value *entry =
        feel_context_get(call->arguments[0].context, feel_text(call->arguments[1]));
    return entry == NULL ? FEEL_NOTHING : *entry;
}

BUILTIN(builtin_get_value_path)
{
    struct feel_value value = call->arguments[0];
    const struct feel_value keys = call->arguments[1];
    if (keys.size == 0) {
        return builtin_fail(call, "get value: there is no key");
    }
    for (uint32_t i = 0; i < keys.size; i++) {
        if (value.kind != FEEL_CONTEXT || keys.items[i].kind != FEEL_STRING) {
            return builtin_fail(call, "get value: the path leads nowhere");
        }
        const struct feel_value *entry = feel_context_get(value.context, feel_text(keys.items[i]));
        value = entry == NULL ? FEEL_NOTHING : *entry;
    }
    return value;
}

BUILTIN(builtin_get_entries)
{
    const struct feel_context *context = call->arguments[0].context;
    struct feel_value *items = take_items(call, context->count);
    for (uint32_t i = 0; items != NULL && i < context->count; i++) {
        struct feel_context *pair = feel_context_new(call->eval->arena, 2);
        if (pair == NULL) {
            return feel_out_of_memory(call->eval);
        }
        pair->entries[0] = (struct feel_entry){SLICE("key"), feel_string(context->entries[i].name)};
        pair->entries[1] = (struct feel_entry){SLICE("value"), context->entries[i].value};
        pair->count = 2;
        items[i] = feel_context_value(pair);
    }
    return items == NULL ? FEEL_NOTHING : feel_list(items, context->count);
}

BUILTIN(builtin_context)
{
    const struct feel_value list = call->arguments[0];
    struct feel_context *context = feel_context_new(call->eval->arena, list.size);
    if (context == NULL) {
        return feel_out_of_memory(call->eval);
    }
    for (uint32_t i = 0; i < list.size; i++) {
        const struct feel_value pair = list.items[i];
        const struct feel_value *key =
            pair.kind == FEEL_CONTEXT ? feel_context_get(pair.context, SLICE("key")) : NULL;
        const struct feel_value *value =
            key == NULL ? NULL : feel_context_get(pair.context, SLICE("value"));
        if (value == NULL || key->kind != FEEL_STRING ||
            feel_context_get(context, feel_text(*key)) != NULL) {
            return builtin_fail(call, "context: each entry takes a key of its own and a value");
        }
        if (!spend(call, context->count) ||
            !feel_context_put(call->eval->arena, context, feel_text(*key), *value)) {
            return feel_out_of_memory(call->eval);
        }
    }
    return feel_context_value(context);
}

static struct feel_value put(const struct builtin_call *call, const struct feel_context *context,
                             struct slice key, struct feel_value value)
{
    struct feel_context *copy = feel_context_new(call->eval->arena, context->count + 1);
    if (copy == NULL || !spend(call, context->count)) {
        return feel_out_of_memory(call->eval);
    }
    memcpy(copy->entries, context->entries, context->count * sizeof *copy->entries);
    copy->count = context->count;
    if (!feel_context_put(call->eval->arena, copy, key, value)) {
        return feel_out_of_memory(call->eval);
    }
    return feel_context_value(copy);
}

BUILTIN(builtin_context_put)
{
    return put(call, call->arguments[0].context, feel_text(call->arguments[1]), call->arguments[2]);
}

static struct feel_value put_path(const struct builtin_call *call, struct feel_value target,
                                  struct feel_value keys, uint32_t at)
{
    if (target.kind != FEEL_CONTEXT || keys.items[at].kind != FEEL_STRING || at > FEEL_NEST_MAX) {
        return builtin_fail(call, "context put: the path leads nowhere");
    }
    const struct slice key = feel_text(keys.items[at]);
    struct feel_value value = call->arguments[2];
    if (at + 1 < keys.size) {
        const struct feel_value *inner = feel_context_get(target.context, key);
        value = put_path(call, inner == NULL ? FEEL_NOTHING : *inner, keys, at + 1);
        if (value.kind == FEEL_NULL) {
            return FEEL_NOTHING;
        }
    }
    return put(call, target.context, key, value);
}

BUILTIN(builtin_context_put_path)
{
    if (call->arguments[1].size == 0) {
        return builtin_fail(call, "context put: there is no key");
    }
    return put_path(call, call->arguments[0], call->arguments[1], 0);
}

BUILTIN(builtin_context_merge)
{
    const struct feel_value list = call->arguments[0];
    struct feel_context *merged = feel_context_new(call->eval->arena, 4);
    if (merged == NULL) {
        return feel_out_of_memory(call->eval);
    }
    for (uint32_t i = 0; i < list.size; i++) {
        if (list.items[i].kind != FEEL_CONTEXT) {
            return builtin_fail(call, "context merge: an item is no context");
        }
        const struct feel_context *context = list.items[i].context;
        for (uint32_t k = 0; k < context->count; k++) {
            if (!spend(call, merged->count + 1) ||
                !feel_context_put(call->eval->arena, merged, context->entries[k].name,
                                  context->entries[k].value)) {
                return feel_out_of_memory(call->eval);
            }
        }
    }
    return feel_context_value(merged);
}
