#include "dmn/region.h"

#include "feel/temporal.h"

enum { NODE_DEPTH_MAX = 1000 };

/* Collects the examples of one column. */
struct cutter {
    struct feel_eval *eval;
    struct region_column *column;
    unsigned kind; /* of the column's values; FEEL_ANY as long as nothing tells */
    bool ordered;  /* some cell has a range */
};

static void add_example(struct cutter *cutter, struct feel_value value)
{
    struct region_column *column = cutter->column;
    if (column->count == REGIONS_MAX) {
        column->partial = true;
        return;
    }
    for (uint32_t i = 0; i < column->count; i++) {
        if (column->examples[i].kind == value.kind && feel_equal(column->examples[i], value) == 1) {
            return;
        }
    }
    column->examples[column->count++] = value;
}

/* A constant that a cell compares with. Of another kind than the column's it tells nothing. */
static void add_constant(struct cutter *cutter, struct feel_value value)
{
    if (value.kind == FEEL_RANGE) {
        cutter->ordered = true;
        add_constant(cutter, value.range->start);
        add_constant(cutter, value.range->end);
    } else if (value.kind == FEEL_LIST && cutter->kind != FEEL_LIST) {
        for (uint32_t i = 0; i < value.size && i < REGIONS_MAX; i++) {
            add_constant(cutter, value.items[i]);
        }
    } else if (value.kind != FEEL_NULL && value.kind != FEEL_FUNCTION) {
        cutter->kind = cutter->kind == FEEL_ANY ? value.kind : cutter->kind;
        if (value.kind == cutter->kind) {
            add_example(cutter, value);
        }
    }
}

/* True when an expression asks for nothing but the value of its column. Its constants are collected
 * on the way: they are as good a guess as any of where a condition changes. */
static bool is_closed(struct cutter *cutter, const struct feel_node *node, uint16_t slot,
                      unsigned depth)
{
    if (node == NULL) {
        return true;
    }
    if (node->operation == FEEL_OP_CONSTANT) {
        add_constant(cutter, node->constant);
        return true;
    }
    if (node->operation == FEEL_OP_LOCAL) {
        return node->slot == slot;
    }
    if (node->operation == FEEL_OP_GLOBAL || node->operation == FEEL_OP_HOST ||
        node->operation == FEEL_OP_FUNCTION || node->operation == FEEL_OP_MEMBER ||
        node->operation == FEEL_OP_FOR || node->operation == FEEL_OP_SOME ||
        node->operation == FEEL_OP_EVERY || node->operation == FEEL_OP_FILTER ||
        node->operation == FEEL_OP_CONTEXT || depth > NODE_DEPTH_MAX) {
        return false; /* it has locals of its own, or asks for others */
    }
    bool closed = true;
    for (int i = 0; i < 3 && closed; i++) {
        closed = is_closed(cutter, node->child[i], slot, depth + 1);
    }
    for (uint32_t i = 0; i < node->count && closed && node->list != NULL; i++) {
        closed = is_closed(cutter, node->list[i], slot, depth + 1);
    }
    return closed;
}

/* True when a cell compares with constants alone, so that they cut the column into all its regions.
 */
static bool is_plain(const struct feel_node *cell)
{
    if (cell == NULL || cell->operation == FEEL_OP_CONSTANT) {
        return true;
    }
    for (uint32_t i = 0; cell->operation == FEEL_OP_IN && i < cell->count; i++) {
        if (cell->list[i]->operation != FEEL_OP_CONSTANT) {
            return false;
        }
    }
    return cell->operation == FEEL_OP_IN;
}

/* ---- examples between the constants ---- */

static bool number_between(struct feel_value low, struct feel_value high, struct decimal *ret_value)
{
    const bool inner = low.kind == FEEL_NUMBER && high.kind == FEEL_NUMBER;
    struct decimal sum = DECIMAL_ZERO;
    if (inner) {
        return decimal_add(low.number, high.number, &sum) &&
               decimal_divide(sum, decimal_from_i64(2), ret_value);
    }
    return low.kind == FEEL_NUMBER ? decimal_add(low.number, decimal_from_i64(1), ret_value)
                                   : decimal_subtract(high.number, decimal_from_i64(1), ret_value);
}

static int64_t middle(bool has_low, int64_t low, bool has_high, int64_t high)
{
    return has_low && has_high ? low + (high - low) / 2 : has_low ? low + 1 : high - 1;
}

static struct feel_value moment_between(struct cutter *cutter, struct feel_value low,
                                        struct feel_value high)
{
    const struct feel_value base = low.kind != FEEL_NULL ? low : high;
    struct feel_span span = {.seconds = low.kind != FEEL_NULL ? 1 : -1};
    struct feel_moment moment = *base.moment;
    if (low.kind != FEEL_NULL && high.kind != FEEL_NULL) {
        if (!moment_subtract(high.moment, low.moment, &span)) {
            return FEEL_NOTHING;
        }
        span = (struct feel_span){.seconds = span.seconds / 2};
    }
    if (base.kind == FEEL_TIME) {
        moment = time_add(base.moment, span);
    } else if (!moment_add(base.moment, span, &moment)) {
        return FEEL_NOTHING;
    }
    return feel_moment_value(cutter->eval, (enum feel_kind)base.kind, &moment);
}

static struct feel_value text_between(struct cutter *cutter, struct feel_value low)
{
    struct buffer text;
    if (low.kind == FEEL_NULL) {
        return feel_string(SLICE(""));
    }
    buffer_init(&text);
    buffer_append(&text, feel_text(low));
    buffer_append_byte(&text, ' ');
    return feel_string_of_buffer(cutter->eval, &text);
}

/* A value between two neighbours, or beyond one end (the other is null); null when none is known.
 */
static struct feel_value between(struct cutter *cutter, struct feel_value low,
                                 struct feel_value high)
{
    const bool has_low = low.kind != FEEL_NULL;
    const bool has_high = high.kind != FEEL_NULL;
    const struct feel_value base = has_low ? low : high;
    struct feel_value value = {.kind = base.kind};
    switch ((enum feel_kind)base.kind) {
    case FEEL_NUMBER:
        return number_between(low, high, &value.number) ? value : FEEL_NOTHING;
    case FEEL_DATE:
        value.days = middle(has_low, low.days, has_high, high.days);
        return value;
    case FEEL_MONTHS:
        value.months = middle(has_low, low.months, has_high, high.months);
        return value;
    case FEEL_SPAN:
        value.span.seconds = middle(has_low, low.span.seconds, has_high, high.span.seconds);
        return value;
    case FEEL_TIME:
    case FEEL_DATE_TIME:
        return moment_between(cutter, low, high);
    case FEEL_STRING:
        return text_between(cutter, low);
    default:
        return FEEL_NOTHING;
    }
}

static int compare_values(const void *a, const void *b)
{
    return (int)feel_compare(*(const struct feel_value *)a, *(const struct feel_value *)b);
}

static void add_gaps(struct cutter *cutter)
{
    struct region_column *column = cutter->column;
    const uint32_t count = column->count;
    for (uint32_t i = 1; i < count; i++) {
        if (feel_compare(column->examples[0], column->examples[i]) == FEEL_INCOMPARABLE) {
            return; /* such as times of which some have an offset */
        }
    }
    if (count == 0) {
        return;
    }
    qsort(column->examples, count, sizeof *column->examples, compare_values);
    for (uint32_t i = 0; i <= count; i++) {
        const struct feel_value low = i == 0 ? FEEL_NOTHING : column->examples[i - 1];
        const struct feel_value high = i == count ? FEEL_NOTHING : column->examples[i];
        const struct feel_value value = between(cutter, low, high);
        const bool above = i == 0 || feel_compare(value, low) == FEEL_MORE;
        const bool below = i == count || feel_compare(value, high) == FEEL_LESS;
        if (value.kind != FEEL_NULL && above && below) {
            add_example(cutter, value);
        }
    }
}

/* ---- columns ---- */

static bool is_allowed(struct feel_eval *eval, const struct dmn_column *column,
                       struct feel_value value, struct feel_value *frame)
{
    frame[column->slot] = value;
    return value.kind == FEEL_NULL ||
           ((column->allowed == NULL ||
             feel_is_true(feel_eval_node(eval, column->allowed, frame))) &&
            (feel_type_is_any(column->type) || feel_type_accepts(eval, column->type, value)));
}

/* The rules that hold at an example: by the index of the column, or each asked. */
static void ask_cells(const struct dmn_table *table, uint32_t at, struct feel_eval *eval,
                      struct feel_value *frame, uint64_t *set, uint32_t words)
{
    const struct dmn_column *column = &table->inputs[at];
    const uint64_t *indexed =
        column->index == NULL ? NULL : dmn_index_find(column->index, frame[column->slot]);
    if (indexed != NULL) {
        memcpy(set, indexed, words * sizeof *set);
        return;
    }
    for (uint32_t rule = 0; rule < table->rule_count; rule++) {
        const struct feel_node *cell = table->rules[rule].inputs[at];
        if (cell == NULL || feel_is_true(feel_eval_node(eval, cell, frame))) {
            set[rule / 64] |= 1ULL << rule % 64;
        }
    }
}

/* Asks every rule at every example, and drops the examples that are not allowed. */
static bool ask_rules(struct region_table *regions, struct feel_eval *eval, uint32_t at,
                      struct feel_value *frame)
{
    const struct dmn_table *table = regions->table;
    struct region_column *column = &regions->columns[at];
    uint32_t kept = 0;
    column->sets = arena_take_array(eval->arena, (size_t)column->count * regions->words + 1,
                                    sizeof *column->sets);
    for (uint32_t i = 0; column->sets != NULL && i < column->count; i++) {
        const struct feel_value value = column->examples[i];
        if (!is_allowed(eval, &table->inputs[at], value, frame)) {
            continue;
        }
        uint64_t *set = column->sets + (size_t)kept * regions->words;
        frame[table->inputs[at].slot] = value;
        ask_cells(table, at, eval, frame, set, regions->words);
        column->examples[kept++] = value;
    }
    column->count = kept;
    return column->sets != NULL && eval->status == FEEL_STATUS_OK;
}

static void collect(struct region_table *regions, struct cutter *cutter, uint32_t at)
{
    const struct dmn_table *table = regions->table;
    const struct dmn_column *input = &table->inputs[at];
    const struct feel_type *type = input->type;
    const struct feel_tests *listed = type == NULL ? NULL : type->allowed;
    cutter->kind = type == NULL ? FEEL_ANY : type->kind;
    if (cutter->kind == FEEL_BOOLEAN) {
        add_example(cutter, feel_boolean(true));
        add_example(cutter, feel_boolean(false));
    }
    for (uint32_t i = 0; i < table->rule_count; i++) {
        const struct feel_node *cell = table->rules[i].inputs[at];
        cutter->column->partial = cutter->column->partial || !is_plain(cell);
        regions->opaque = regions->opaque || !is_closed(cutter, cell, input->slot, 0);
    }
    regions->opaque = regions->opaque || !is_closed(cutter, input->allowed, input->slot, 0);
    if (listed != NULL) {
        (void)is_closed(cutter, listed->program.root, 0, 0);
    }
    if (cutter->kind == FEEL_BOOLEAN) {
        return;
    }
    if (cutter->kind != FEEL_STRING || cutter->ordered) {
        add_gaps(cutter);
    }
    /* Text that no cell names is a region too; where values are listed it is not allowed. */
    if (cutter->kind == FEEL_STRING && cutter->column->count > 0) {
        add_example(cutter, feel_string(SLICE("(any other text)")));
    }
}

bool region_table_init(struct region_table *regions, struct feel_eval *eval,
                       const struct dmn_table *table)
{
    uint16_t slots = 1;
    *regions = (struct region_table){.table = table, .words = (table->rule_count + 63) / 64};
    regions->columns =
        arena_take_array(eval->arena, table->input_count + 1U, sizeof *regions->columns);
    for (uint32_t i = 0; i < table->input_count; i++) {
        slots = table->inputs[i].slot >= slots ? (uint16_t)(table->inputs[i].slot + 1) : slots;
    }
    struct feel_value *frame = arena_take_array(eval->arena, slots, sizeof *frame);
    if (regions->columns == NULL || frame == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < table->input_count; i++) {
        struct region_column *column = &regions->columns[i];
        struct cutter cutter = {.eval = eval, .column = column};
        column->examples = arena_take_array(eval->arena, REGIONS_MAX + 1, sizeof *column->examples);
        if (column->examples == NULL) {
            return false;
        }
        collect(regions, &cutter, i);
        if (column->count == 0) {
            column->examples[column->count++] = FEEL_NOTHING;
        }
        if (!regions->opaque && !ask_rules(regions, eval, i, frame)) {
            return false;
        }
    }
    return true;
}
