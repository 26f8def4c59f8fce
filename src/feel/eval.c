#include "feel/eval.h"

#include "feel/builtin.h"
#include "feel/eval_inner.h"
#include "feel/operator.h"

#include <stdarg.h>

/* The stack of slots: blocks that are kept once taken; a frame lies in one block. */
struct feel_stack_block {
    struct feel_stack_block *below;
    struct feel_stack_block *above;
    uint32_t used;
    uint32_t capacity;
    struct feel_value slots[];
};

enum { STACK_BLOCK_MIN = 128 };

struct slice feel_status_text(enum feel_status status)
{
    static const char *const texts[] = {
#define X(name, text) text,
        FEEL_STATUS_LIST(X)
#undef X
    };
    return slice_from_cstr(texts[status]);
}

void feel_eval_init(struct feel_eval *eval, struct arena *arena, struct feel_limits limits,
                    const struct feel_moment *now)
{
    *eval = (struct feel_eval){
        .arena = arena,
        .steps_left = limits.steps_max == 0 ? FEEL_STEPS_DEFAULT : limits.steps_max,
        .depth_left = limits.depth_max == 0 ? FEEL_DEPTH_DEFAULT : limits.depth_max,
        .zones = {.arena = arena},
        .now = *now,
    };
}

struct feel_value feel_out_of_memory(struct feel_eval *eval)
{
    if (eval->status == FEEL_STATUS_OK) {
        eval->status = FEEL_STATUS_MEMORY;
    }
    return FEEL_NOTHING;
}

bool feel_spend(struct feel_eval *eval, uint64_t steps)
{
    if (eval->steps_left < steps) {
        eval->steps_left = 0;
        if (eval->status == FEEL_STATUS_OK) {
            eval->status = FEEL_STATUS_STEPS;
        }
        return false;
    }
    eval->steps_left -= steps;
    return eval->status == FEEL_STATUS_OK;
}

struct feel_value feel_fail(struct feel_eval *eval, uint32_t position, const char *format, ...)
{
    eval->diagnostic_count++;
    if (eval->quiet || eval->diagnostic_count > FEEL_DIAGNOSTICS_MAX) {
        return FEEL_NOTHING;
    }
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    const int size = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    const size_t kept = size < 0 ? 0 : (size_t)size < sizeof text ? (size_t)size : sizeof text - 1;
    struct feel_diagnostic *diagnostic = arena_take(eval->arena, sizeof *diagnostic);
    if (diagnostic == NULL) {
        return feel_out_of_memory(eval);
    }
    diagnostic->source = eval->source;
    diagnostic->position = position;
    diagnostic->message = arena_copy(eval->arena, slice_of(text, kept));
    if (diagnostic->message.data == NULL) {
        return feel_out_of_memory(eval);
    }
    if (eval->last == NULL) {
        eval->first = diagnostic;
    } else {
        eval->last->next = diagnostic;
    }
    eval->last = diagnostic;
    return FEEL_NOTHING;
}

static struct feel_stack_block *stack_grow(struct feel_eval *eval, uint32_t count)
{
    struct feel_stack_block *top = eval->stack;
    while (top != NULL && top->above != NULL && top->above->capacity < count) {
        top = top->above;
    }
    struct feel_stack_block *block = top == NULL ? NULL : top->above;
    if (block == NULL) {
        uint32_t capacity = top == NULL ? STACK_BLOCK_MIN : top->capacity * 2;
        capacity = capacity < count ? count : capacity;
        block = arena_take(eval->arena, sizeof *block + capacity * sizeof block->slots[0]);
        if (block == NULL) {
            return NULL;
        }
        block->capacity = capacity;
        if (top != NULL) {
            top->above = block;
        }
    }
    block->below = eval->stack;
    block->used = 0;
    eval->stack = block;
    return block;
}

struct feel_value *feel_stack_take(struct feel_eval *eval, uint32_t count)
{
    struct feel_stack_block *block = eval->stack;
    if (block == NULL || block->capacity - block->used < count) {
        block = stack_grow(eval, count);
        if (block == NULL) {
            (void)feel_out_of_memory(eval);
            return NULL;
        }
    }
    struct feel_value *slots = block->slots + block->used;
    block->used += count;
    memset(slots, 0, count * sizeof *slots);
    return slots;
}

void feel_stack_give(struct feel_eval *eval, const struct feel_value *slots, uint32_t count)
{
    struct feel_stack_block *block = eval->stack;
    check(block->used >= count && block->slots + block->used - count == slots);
    block->used -= count;
    if (block->used == 0 && block->below != NULL) {
        eval->stack = block->below;
    }
}

bool feel_builder_add(struct feel_eval *eval, struct feel_builder *builder, struct feel_value value)
{
    if (builder->count == builder->capacity) {
        if (builder->capacity > UINT32_MAX / 2) {
            (void)feel_out_of_memory(eval);
            return false;
        }
        const uint32_t capacity = builder->capacity == 0 ? 8 : builder->capacity * 2;
        struct feel_value *items = arena_take_array(eval->arena, capacity, sizeof *items);
        if (items == NULL) {
            (void)feel_out_of_memory(eval);
            return false;
        }
        if (builder->count > 0) {
            memcpy(items, builder->items, builder->count * sizeof *items);
        }
        builder->items = items;
        builder->capacity = capacity;
    }
    builder->items[builder->count++] = value;
    return true;
}

struct feel_value feel_string_of_buffer(struct feel_eval *eval, struct buffer *buffer)
{
    struct slice text = slice_of(NULL, 0);
    if (!buffer_failed(buffer) && buffer->size <= UINT32_MAX) {
        text = arena_copy(eval->arena, buffer_slice(buffer));
    }
    buffer_release(buffer);
    return text.data == NULL ? feel_out_of_memory(eval) : feel_string(text);
}

struct feel_value feel_moment_value(struct feel_eval *eval, enum feel_kind kind,
                                    const struct feel_moment *moment)
{
    struct feel_moment *copy = arena_take(eval->arena, sizeof *copy);
    if (copy == NULL) {
        return feel_out_of_memory(eval);
    }
    *copy = *moment;
    return (struct feel_value){.kind = (uint8_t)kind, .moment = copy};
}

static struct feel_value eval_global(struct feel_eval *eval, const struct feel_node *node)
{
    struct feel_globals *globals = eval->globals;
    check(globals != NULL && node->index < globals->count);
    if (LIKELY(globals->states[node->index] == FEEL_GLOBAL_KNOWN)) {
        return globals->values[node->index];
    }
    if (globals->states[node->index] == FEEL_GLOBAL_RUNNING) {
        return feel_fail(eval, node->position, "'%.*s' depends on itself", (int)node->name.size,
                         node->name.data);
    }
    globals->states[node->index] = FEEL_GLOBAL_RUNNING;
    const struct feel_value value = globals->find(eval, globals, node->index);
    globals->values[node->index] = value;
    globals->states[node->index] = FEEL_GLOBAL_KNOWN;
    return value;
}

static struct feel_value eval_member(struct feel_eval *eval, const struct feel_node *node,
                                     struct feel_value *frame)
{
    const struct feel_value item = frame[node->slot];
    if (item.kind == FEEL_CONTEXT) {
        const struct feel_value *entry = feel_context_get(item.context, node->name);
        if (entry != NULL) {
            return *entry;
        }
    }
    return feel_eval_node(eval, node->child[0], frame);
}

/* Ternary logic over any number of operands: `decides` is the value that settles the answer.
 * Source: DMN 1.5, table 50. */
static struct feel_value eval_logic(struct feel_eval *eval, const struct feel_node *node,
                                    struct feel_value *frame, bool decides)
{
    bool unknown = false;
    for (uint32_t i = 0; i < node->count; i++) {
        const struct feel_value value = feel_eval_node(eval, node->list[i], frame);
        if (value.kind != FEEL_BOOLEAN) {
            unknown = true;
        } else if (value.boolean == decides) {
            return feel_boolean(decides);
        }
    }
    return unknown ? FEEL_NOTHING : feel_boolean(!decides);
}

static struct feel_value eval_between(struct feel_eval *eval, const struct feel_node *node,
                                      struct feel_value *frame)
{
    const struct feel_value value = feel_eval_node(eval, node->child[0], frame);
    const struct feel_value low = feel_eval_node(eval, node->child[1], frame);
    const struct feel_value high = feel_eval_node(eval, node->child[2], frame);
    const enum feel_order from = feel_compare(value, low);
    const enum feel_order to = feel_compare(value, high);
    /* value >= low and value <= high, in ternary logic */
    const bool below = from == FEEL_LESS;
    const bool above = to == FEEL_MORE;
    if (below || above) {
        return feel_boolean(false);
    }
    if (from == FEEL_INCOMPARABLE || to == FEEL_INCOMPARABLE) {
        return feel_fail(eval, node->position, "the values of `between` cannot be compared");
    }
    return feel_boolean(true);
}

int feel_value_in(struct feel_eval *eval, struct feel_value value, struct feel_value test)
{
    if (test.kind == FEEL_RANGE && value.kind != FEEL_RANGE) {
        return operator_in_range(value, test.range);
    }
    if (test.kind != FEEL_LIST) {
        return feel_equal(value, test);
    }
    if (value.kind == FEEL_LIST && feel_equal(value, test) == 1) {
        return 1;
    }
    if (!feel_spend(eval, test.size)) {
        return -1;
    }
    for (uint32_t i = 0; i < test.size; i++) {
        const struct feel_value item = test.items[i];
        const int found = item.kind == FEEL_RANGE && value.kind != FEEL_RANGE
                              ? operator_in_range(value, item.range)
                              : feel_equal(value, item);
        if (found == 1) {
            return 1;
        }
    }
    return 0;
}

/* One positive unary test of a value: 1, 0 or -1 for null. */
static int eval_test(struct feel_eval *eval, const struct feel_node *test, struct feel_value value,
                     struct feel_value *frame)
{
    if (test->operation != FEEL_OP_CONDITION) {
        const struct feel_value wanted = test->operation == FEEL_OP_CONSTANT
                                             ? test->constant
                                             : feel_eval_node(eval, test, frame);
        /* A test that failed tells nothing about the value; the literal null is a test for it. */
        const bool failed = wanted.kind == FEEL_NULL && value.kind != FEEL_NULL &&
                            test->operation != FEEL_OP_CONSTANT;
        return failed ? -1 : feel_value_in(eval, value, wanted);
    }
    const struct feel_value result = feel_eval_node(eval, test->child[0], frame);
    if (test->flag == FEEL_CONDITION_LOOSE && value.kind == FEEL_BOOLEAN) {
        return feel_value_in(eval, value, result);
    }
    return result.kind == FEEL_BOOLEAN ? result.boolean : -1;
}

static struct feel_value eval_in(struct feel_eval *eval, const struct feel_node *node,
                                 struct feel_value *frame)
{
    const struct feel_value value = feel_eval_node(eval, node->child[0], frame);
    int answer = 0;
    for (uint32_t i = 0; i < node->count && answer != 1; i++) {
        const int found = eval_test(eval, node->list[i], value, frame);
        answer = found == 1 ? 1 : found == -1 ? -1 : answer;
    }
    if (answer == -1) {
        return FEEL_NOTHING;
    }
    return feel_boolean((answer == 1) != (node->flag == FEEL_IN_NEGATED));
}

static struct feel_value eval_list(struct feel_eval *eval, const struct feel_node *node,
                                   struct feel_value *frame)
{
    struct feel_value *items =
        arena_take_array(eval->arena, node->count == 0 ? 1 : node->count, sizeof *items);
    if (items == NULL) {
        return feel_out_of_memory(eval);
    }
    for (uint32_t i = 0; i < node->count; i++) {
        items[i] = feel_eval_node(eval, node->list[i], frame);
    }
    return feel_list(items, node->count);
}

static struct feel_value eval_context(struct feel_eval *eval, const struct feel_node *node,
                                      struct feel_value *frame)
{
    struct feel_context *context = feel_context_new(eval->arena, node->count);
    if (context == NULL) {
        return feel_out_of_memory(eval);
    }
    for (uint32_t i = 0; i < node->count; i++) {
        const struct feel_value value = feel_eval_node(eval, node->list[i], frame);
        if (node->slots[i] != FEEL_SLOT_NONE) {
            frame[node->slots[i]] = value;
        }
        context->entries[i] = (struct feel_entry){.name = node->names[i], .value = value};
    }
    context->count = node->count;
    if (node->child[0] != NULL) {
        return feel_eval_node(eval, node->child[0], frame);
    }
    return feel_context_value(context);
}

static struct feel_value new_range(struct feel_eval *eval, struct feel_range value)
{
    struct feel_range *range = arena_take(eval->arena, sizeof *range);
    if (range == NULL) {
        return feel_out_of_memory(eval);
    }
    *range = value;
    return (struct feel_value){.kind = FEEL_RANGE, .range = range};
}

static struct feel_value eval_range(struct feel_eval *eval, const struct feel_node *node,
                                    struct feel_value *frame)
{
    const struct feel_value start = feel_eval_node(eval, node->child[0], frame);
    const struct feel_value end = feel_eval_node(eval, node->child[1], frame);
    const enum feel_order order = feel_compare(start, end);
    if (order == FEEL_INCOMPARABLE || start.kind != end.kind) {
        return feel_fail(eval, node->position, "the ends of the interval cannot be compared");
    }
    if (order == FEEL_MORE) {
        return feel_fail(eval, node->position, "the interval begins behind its end");
    }
    return new_range(eval, (struct feel_range){
                               .form = FEEL_RANGE_INTERVAL,
                               .start_included = (node->flag & FEEL_START_INCLUDED) != 0,
                               .end_included = (node->flag & FEEL_END_INCLUDED) != 0,
                               .start = start,
                               .end = end,
                           });
}

static struct feel_value eval_test_range(struct feel_eval *eval, const struct feel_node *node,
                                         struct feel_value *frame)
{
    const struct feel_value end = feel_eval_node(eval, node->child[0], frame);
    struct feel_range range = {.form = (enum feel_range_form)node->flag};
    const bool included = node->slot != 0;
    if (range.form == FEEL_RANGE_LESS) {
        range.end = end;
        range.end_included = included;
    } else if (range.form == FEEL_RANGE_GREATER) {
        range.start = end;
        range.start_included = included;
    } else {
        range.start = end;
        range.end = end;
        range.start_included = included;
        range.end_included = included;
    }
    return new_range(eval, range);
}

static struct feel_value eval_convert(struct feel_eval *eval, const struct feel_node *node,
                                      struct feel_value *frame)
{
    const struct feel_value value = feel_eval_node(eval, node->child[0], frame);
    struct feel_value converted = FEEL_NOTHING;
    if (feel_type_convert(eval, node->target, value, &converted)) {
        return converted;
    }
    const struct slice name = node->names[0];
    const struct slice type = node->target->name.size > 0
                                  ? node->target->name
                                  : feel_kind_name((enum feel_kind)node->target->kind);
    return feel_fail(eval, node->position, "the value of '%.*s' is not of type %.*s",
                     (int)name.size, name.data, (int)type.size, type.data);
}

static struct feel_value eval_instance(struct feel_eval *eval, const struct feel_node *node,
                                       struct feel_value *frame)
{
    const struct feel_value value = feel_eval_node(eval, node->child[0], frame);
    if (node->target == NULL) {
        return feel_fail(eval, node->position, "there is no such type");
    }
    if (value.kind == FEEL_NULL) {
        return feel_boolean(node->target->kind == FEEL_NULL);
    }
    return feel_boolean(feel_type_has(eval, node->target, value));
}

static struct feel_value eval_if(struct feel_eval *eval, const struct feel_node *node,
                                 struct feel_value *frame)
{
    const struct feel_value condition = feel_eval_node(eval, node->child[0], frame);
    if (condition.kind != FEEL_BOOLEAN && condition.kind != FEEL_NULL) {
        (void)feel_fail(eval, node->position, "the condition of `if` is no boolean");
    }
    return feel_eval_node(eval, node->child[feel_is_true(condition) ? 1 : 2], frame);
}

static struct feel_value eval_arguments(struct feel_eval *eval, const struct feel_node *node,
                                        struct feel_value *frame)
{
    struct feel_value *arguments = feel_stack_take(eval, node->count);
    if (arguments == NULL) {
        return FEEL_NOTHING;
    }
    for (uint32_t i = 0; i < node->count; i++) {
        arguments[i] = feel_eval_node(eval, node->list[i], frame);
    }
    const struct feel_value result =
        builtin_call(eval, node->position, node->builtin, node->flag != 0, arguments, node->count);
    feel_stack_give(eval, arguments, node->count);
    return result;
}

static struct feel_value eval_source(struct feel_eval *eval, const struct feel_node *node,
                                     struct feel_value *frame)
{
    const struct feel_source *outer = eval->source;
    eval->source = node->source;
    const struct feel_value value = feel_eval_node(eval, node->child[0], frame);
    eval->source = outer;
    return value;
}

/* The operations that are not hot enough to stand in the first switch. */
static struct feel_value eval_other(struct feel_eval *eval, const struct feel_node *node,
                                    struct feel_value *frame)
{
    switch ((enum feel_operation)node->operation) {
    case FEEL_OP_BETWEEN:
        return eval_between(eval, node, frame);
    case FEEL_OP_FOR:
    case FEEL_OP_SOME:
    case FEEL_OP_EVERY:
        return feel_eval_iteration(eval, node, frame);
    case FEEL_OP_FILTER:
        return feel_eval_filter(eval, node, frame);
    case FEEL_OP_LIST:
        return eval_list(eval, node, frame);
    case FEEL_OP_CONTEXT:
        return eval_context(eval, node, frame);
    case FEEL_OP_RANGE:
        return eval_range(eval, node, frame);
    case FEEL_OP_TEST_RANGE:
        return eval_test_range(eval, node, frame);
    case FEEL_OP_FUNCTION:
        return feel_eval_closure(eval, node, frame);
    case FEEL_OP_CALL:
        return feel_eval_call(eval, node, frame);
    case FEEL_OP_INSTANCE:
        return eval_instance(eval, node, frame);
    case FEEL_OP_CONVERT:
        return eval_convert(eval, node, frame);
    case FEEL_OP_CONDITION:
        return feel_eval_node(eval, node->child[0], frame);
    case FEEL_OP_SOURCE:
        return eval_source(eval, node, frame);
    case FEEL_OP_HOST:
        return node->host.run(eval, &node->host, frame);
    case FEEL_OP_ERROR:
        return feel_fail(eval, node->position, "%s", node->message);
    default:
        check(false);
    }
    return FEEL_NOTHING;
}

static struct feel_value eval_operation(struct feel_eval *eval, const struct feel_node *node,
                                        struct feel_value *frame)
{
    switch ((enum feel_operation)node->operation) {
    case FEEL_OP_GLOBAL:
        return eval_global(eval, node);
    case FEEL_OP_MEMBER:
        return eval_member(eval, node, frame);
    case FEEL_OP_ADD:
    case FEEL_OP_SUBTRACT:
    case FEEL_OP_MULTIPLY:
    case FEEL_OP_DIVIDE:
    case FEEL_OP_POWER: {
        const struct feel_value a = feel_eval_node(eval, node->child[0], frame);
        return operator_arithmetic(eval, node, a, feel_eval_node(eval, node->child[1], frame));
    }
    case FEEL_OP_NEGATE:
        return operator_negate(eval, node, feel_eval_node(eval, node->child[0], frame));
    case FEEL_OP_EQUAL:
    case FEEL_OP_UNEQUAL:
    case FEEL_OP_LESS:
    case FEEL_OP_LESS_EQUAL:
    case FEEL_OP_MORE:
    case FEEL_OP_MORE_EQUAL: {
        const struct feel_value a = feel_eval_node(eval, node->child[0], frame);
        return operator_compare(eval, node, a, feel_eval_node(eval, node->child[1], frame));
    }
    case FEEL_OP_IN:
        return eval_in(eval, node, frame);
    case FEEL_OP_AND:
        return eval_logic(eval, node, frame, false);
    case FEEL_OP_OR:
        return eval_logic(eval, node, frame, true);
    case FEEL_OP_IF:
        return eval_if(eval, node, frame);
    case FEEL_OP_PATH:
        return operator_path(eval, node, feel_eval_node(eval, node->child[0], frame), node->name);
    case FEEL_OP_CALL_BUILTIN:
        return eval_arguments(eval, node, frame);
    default:
        return eval_other(eval, node, frame);
    }
}

struct feel_value feel_eval_node(struct feel_eval *eval, const struct feel_node *node,
                                 struct feel_value *frame)
{
    if (node->operation == FEEL_OP_CONSTANT) {
        return node->constant;
    }
    if (node->operation == FEEL_OP_LOCAL) {
        return frame[node->slot];
    }
    if (UNLIKELY(eval->steps_left == 0 || eval->status != FEEL_STATUS_OK)) {
        (void)feel_spend(eval, 1);
        return FEEL_NOTHING;
    }
    if (UNLIKELY(eval->depth_left == 0)) {
        eval->status = FEEL_STATUS_DEPTH;
        return FEEL_NOTHING;
    }
    eval->steps_left--;
    eval->depth_left--;
    const struct feel_value value = eval_operation(eval, node, frame);
    eval->depth_left++;
    return value;
}

struct feel_value feel_run(struct feel_eval *eval, const struct feel_program *program,
                           const struct feel_value *arguments, uint32_t count)
{
    check(count <= program->slot_count);
    struct feel_value *frame = feel_stack_take(eval, program->slot_count);
    if (frame == NULL) {
        return FEEL_NOTHING;
    }
    if (count > 0) {
        memcpy(frame, arguments, count * sizeof *frame);
    }
    const struct feel_source *outer = eval->source;
    eval->source = program->source;
    const struct feel_value value = feel_eval_node(eval, program->root, frame);
    eval->source = outer;
    feel_stack_give(eval, frame, program->slot_count);
    return eval->status == FEEL_STATUS_OK ? value : FEEL_NOTHING;
}

struct feel_value feel_test(struct feel_eval *eval, const struct feel_tests *tests,
                            struct feel_value value)
{
    return feel_run(eval, &tests->program, &value, 1);
}
