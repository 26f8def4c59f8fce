/* Iterations and filters. */
#include "feel/eval_inner.h"

struct loop {
    struct feel_eval *eval;
    const struct feel_node *node;
    struct feel_value *frame;
    struct feel_builder results; /* of `for` */
    bool decided;                /* `some` or `every` has its answer */
    bool unknown;                /* a condition was neither true nor false */
    bool failed;                 /* a domain cannot be iterated over */
};

static void loop_level(struct loop *loop, uint32_t level);

/* The innermost step: a result of `for`, or a condition of `some` and `every`. */
static void loop_body(struct loop *loop)
{
    struct feel_eval *eval = loop->eval;
    const struct feel_node *node = loop->node;
    if (node->operation == FEEL_OP_FOR) {
        loop->frame[node->slot] = feel_builder_list(&loop->results);
    }
    const struct feel_value value = feel_eval_node(eval, node->child[0], loop->frame);
    if (node->operation == FEEL_OP_FOR) {
        if (!feel_builder_add(eval, &loop->results, value)) {
            loop->decided = true;
        }
        return;
    }
    if (value.kind != FEEL_BOOLEAN && value.kind != FEEL_NULL) {
        loop->failed = true;
        loop->decided = true;
        (void)feel_fail(eval, node->child[0]->position, "a condition is no boolean");
    } else if (value.kind == FEEL_NULL) {
        loop->unknown = true;
    } else if (value.boolean == (node->operation == FEEL_OP_SOME)) {
        loop->decided = true;
    }
}

static void loop_step(struct loop *loop, uint32_t level, struct feel_value value)
{
    loop->frame[loop->node->list[level]->slot] = value;
    if (level + 1 == loop->node->count) {
        loop_body(loop);
    } else {
        loop_level(loop, level + 1);
    }
    if (!feel_spend(loop->eval, 1)) {
        loop->decided = true;
    }
}

static void loop_failed(struct loop *loop, uint32_t level, const char *message)
{
    loop->failed = true;
    loop->decided = true;
    (void)feel_fail(loop->eval, loop->node->list[level]->position, "%s", message);
}

/* Whole numbers or days from one to another, in either direction. */
static void loop_range(struct loop *loop, uint32_t level, struct feel_value from,
                       struct feel_value to)
{
    int64_t start = 0;
    int64_t end = 0;
    if (from.kind == FEEL_DATE && to.kind == FEEL_DATE) {
        start = from.days;
        end = to.days;
    } else if (from.kind != FEEL_NUMBER || to.kind != FEEL_NUMBER ||
               !decimal_to_i64(from.number, &start) || !decimal_to_i64(to.number, &end)) {
        loop_failed(loop, level, "the ends of an iteration are neither whole numbers nor dates");
        return;
    }
    const int64_t step = start <= end ? 1 : -1;
    for (int64_t at = start;; at += step) {
        loop_step(loop, level,
                  from.kind == FEEL_DATE ? (struct feel_value){.kind = FEEL_DATE, .days = at}
                                         : feel_integer(at));
        if (at == end || loop->decided) {
            return;
        }
    }
}

/* A range value as a domain: its whole numbers or days, ascending. */
static void loop_range_value(struct loop *loop, uint32_t level, const struct feel_range *range)
{
    struct feel_value from = range->start;
    struct feel_value to = range->end;
    const bool days = from.kind == FEEL_DATE && to.kind == FEEL_DATE;
    int64_t start = 0;
    int64_t end = 0;
    if (range->form != FEEL_RANGE_INTERVAL ||
        !(days || (from.kind == FEEL_NUMBER && to.kind == FEEL_NUMBER &&
                   decimal_to_i64(from.number, &start) && decimal_to_i64(to.number, &end)))) {
        loop_failed(loop, level, "only intervals of whole numbers or dates can be iterated over");
        return;
    }
    start = days ? from.days : start;
    end = days ? to.days : end;
    start += !range->start_included;
    end -= !range->end_included;
    if (start > end) {
        return;
    }
    from = days ? (struct feel_value){.kind = FEEL_DATE, .days = start} : feel_integer(start);
    to = days ? (struct feel_value){.kind = FEEL_DATE, .days = end} : feel_integer(end);
    loop_range(loop, level, from, to);
}

static void loop_level(struct loop *loop, uint32_t level)
{
    const struct feel_node *domain = loop->node->list[level];
    if (domain->operation != FEEL_OP_DOMAIN) {
        loop->failed = true;
        (void)feel_eval_node(loop->eval, domain, loop->frame);
        return;
    }
    const struct feel_value value = feel_eval_node(loop->eval, domain->child[0], loop->frame);
    if (domain->child[1] != NULL) {
        loop_range(loop, level, value, feel_eval_node(loop->eval, domain->child[1], loop->frame));
    } else if (value.kind == FEEL_LIST) {
        for (uint32_t i = 0; i < value.size && !loop->decided; i++) {
            loop_step(loop, level, value.items[i]);
        }
    } else if (value.kind == FEEL_RANGE) {
        loop_range_value(loop, level, value.range);
    } else if (value.kind == FEEL_NULL) {
        loop_failed(loop, level, "null cannot be iterated over");
    } else {
        loop_step(loop, level, value);
    }
}

struct feel_value feel_eval_iteration(struct feel_eval *eval, const struct feel_node *node,
                                      struct feel_value *frame)
{
    struct loop loop = {.eval = eval, .node = node, .frame = frame};
    loop_level(&loop, 0);
    if (loop.failed) {
        return FEEL_NOTHING;
    }
    if (node->operation == FEEL_OP_FOR) {
        return feel_builder_list(&loop.results);
    }
    if (!loop.decided && loop.unknown) {
        return FEEL_NOTHING;
    }
    return feel_boolean(loop.decided == (node->operation == FEEL_OP_SOME));
}

static struct feel_value filter_index(struct feel_eval *eval, const struct feel_node *node,
                                      struct feel_value list, struct decimal number)
{
    int64_t index = 0;
    if (!decimal_to_i64(number, &index) || index == 0) {
        return feel_fail(eval, node->position, "the index is no whole number other than 0");
    }
    const int64_t size = list.size;
    const int64_t at = index > 0 ? index - 1 : size + index;
    if (at < 0 || at >= size) {
        return feel_fail(eval, node->position, "the list of %u has no item %lld", list.size,
                         (long long)index);
    }
    return list.items[at];
}

static struct feel_value filter_items(struct feel_eval *eval, const struct feel_node *node,
                                      struct feel_value *frame, struct feel_value list)
{
    struct feel_builder kept = {0};
    const struct feel_value outer = frame[node->slot];
    for (uint32_t i = 0; i < list.size; i++) {
        frame[node->slot] = list.items[i];
        const struct feel_value match = feel_eval_node(eval, node->child[1], frame);
        if (match.kind == FEEL_NUMBER) {
            frame[node->slot] = outer;
            return filter_index(eval, node, list, match.number);
        }
        if (match.kind != FEEL_BOOLEAN && match.kind != FEEL_NULL) {
            frame[node->slot] = outer;
            return feel_fail(eval, node->position, "a filter is neither a boolean nor a number");
        }
        if (feel_is_true(match) && !feel_builder_add(eval, &kept, list.items[i])) {
            break;
        }
    }
    frame[node->slot] = outer;
    return feel_builder_list(&kept);
}

struct feel_value feel_eval_filter(struct feel_eval *eval, const struct feel_node *node,
                                   struct feel_value *frame)
{
    const struct feel_node *match = node->child[1];
    struct feel_value list = feel_eval_node(eval, node->child[0], frame);
    if (list.kind == FEEL_NULL) {
        return FEEL_NOTHING;
    }
    struct feel_value *single = NULL;
    if (list.kind != FEEL_LIST) {
        single = arena_take(eval->arena, sizeof *single);
        if (single == NULL) {
            return feel_out_of_memory(eval);
        }
        *single = list;
        list = feel_list(single, 1);
    }
    if (list.size > 0 && match->operation != FEEL_OP_CONSTANT) {
        return filter_items(eval, node, frame, list);
    }
    /* A constant, or no item to ask: whether the filter is an index shows without one. */
    const struct feel_value value = feel_eval_node(eval, match, frame);
    if (value.kind == FEEL_NUMBER) {
        return filter_index(eval, node, list, value.number);
    }
    if (value.kind != FEEL_BOOLEAN && match->operation == FEEL_OP_CONSTANT) {
        return feel_fail(eval, node->position, "a filter is neither a boolean nor a number");
    }
    return feel_is_true(value) ? list : feel_list(NULL, 0);
}
