/* Indexes of input columns. The constants of the cells of a column cut the ordered values of their
 * kind into points and the gaps between them; for each the set of rules that hold there is found
 * once, by asking the cells. A lookup is a binary search.
 * Columns whose cells are not all constant tests of one ordered kind have no index. */
#include "dmn/table.h"

struct dmn_index {
    uint8_t kind; /* enum feel_kind of the values that the index can tell */
    uint32_t point_count;
    uint32_t words;                  /* of a set */
    const struct feel_value *points; /* ascending */
    const uint64_t *sets;            /* 2 * point_count + 1: gap, point, gap, ... point, gap */
};

enum { INDEX_BYTES_MAX = 32 << 20, INDEX_RULES_MIN = 4 };

struct points {
    struct feel_value *values;
    uint32_t count;
    uint32_t capacity;
    uint8_t kind;
    bool mixed;
};

static void add_point(struct points *points, struct feel_value value)
{
    const bool ordered = value.kind == FEEL_NUMBER || value.kind == FEEL_STRING ||
                         value.kind == FEEL_DATE || value.kind == FEEL_SPAN ||
                         value.kind == FEEL_MONTHS;
    if (!ordered || (points->count > 0 && value.kind != points->kind) ||
        points->count == points->capacity) {
        points->mixed = true;
        return;
    }
    points->kind = value.kind;
    points->values[points->count++] = value;
}

static void add_range(struct points *points, const struct feel_range *range)
{
    if (range->start.kind != FEEL_NULL) {
        add_point(points, range->start);
    }
    if (range->end.kind != FEEL_NULL && range->form != FEEL_RANGE_EQUAL &&
        range->form != FEEL_RANGE_UNEQUAL) {
        add_point(points, range->end);
    }
}

/* Collects the constants of one cell; marks the column as mixed when it has anything else. */
static void add_cell(struct points *points, const struct feel_node *cell)
{
    if (cell == NULL) {
        return;
    }
    if (cell->operation != FEEL_OP_IN) {
        points->mixed = true;
        return;
    }
    for (uint32_t i = 0; i < cell->count && !points->mixed; i++) {
        const struct feel_node *test = cell->list[i];
        if (test->operation != FEEL_OP_CONSTANT) {
            points->mixed = true;
        } else if (test->constant.kind == FEEL_RANGE) {
            add_range(points, test->constant.range);
        } else {
            add_point(points, test->constant);
        }
    }
}

static int compare_points(const void *a, const void *b)
{
    const struct feel_value *x = a;
    const struct feel_value *y = b;
    return (int)feel_compare(*x, *y);
}

static uint32_t without_duplicates(struct feel_value *values, uint32_t count)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (kept == 0 || feel_compare(values[kept - 1], values[i]) != FEEL_SAME) {
            values[kept++] = values[i];
        }
    }
    return kept;
}

/* Where a constant or an end lies among the sets: 2 * index + 1. */
static uint32_t place_of(const struct feel_value *points, uint32_t count, struct feel_value value)
{
    uint32_t low = 0;
    uint32_t high = count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        const enum feel_order order = feel_compare(points[middle], value);
        if (order == FEEL_SAME) {
            return 2 * middle + 1;
        }
        if (order == FEEL_LESS) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return 2 * low;
}

struct filling {
    const struct feel_value *points;
    uint32_t count;
    uint32_t words;
    uint64_t *sets;
    uint64_t *cell; /* one bit a set: where the cell at hand holds */
};

static void fill(struct filling *filling, uint32_t from, uint32_t to)
{
    for (uint32_t i = from; i <= to && i < 2 * filling->count + 1; i++) {
        filling->cell[i / 64] |= 1ULL << i % 64;
    }
}

static void fill_range(struct filling *filling, const struct feel_range *range)
{
    uint32_t from = 0;
    uint32_t to = 2 * filling->count;
    if (range->form == FEEL_RANGE_UNEQUAL) {
        const uint32_t hole = place_of(filling->points, filling->count, range->start);
        fill(filling, 0, hole - 1);
        fill(filling, hole + 1, to);
        return;
    }
    if (range->start.kind != FEEL_NULL) {
        from = place_of(filling->points, filling->count, range->start) + !range->start_included;
    }
    if (range->end.kind != FEEL_NULL) {
        to = place_of(filling->points, filling->count, range->end) - !range->end_included;
    }
    fill(filling, from, to);
}

static void fill_rule(struct filling *filling, const struct feel_node *cell, uint32_t rule)
{
    const uint32_t sets = 2 * filling->count + 1;
    memset(filling->cell, 0, (sets + 63) / 64 * sizeof *filling->cell);
    for (uint32_t i = 0; cell != NULL && i < cell->count; i++) {
        const struct feel_value test = cell->list[i]->constant;
        if (test.kind == FEEL_RANGE) {
            fill_range(filling, test.range);
        } else {
            const uint32_t place = place_of(filling->points, filling->count, test);
            fill(filling, place, place);
        }
    }
    const bool negated = cell == NULL || cell->flag == FEEL_IN_NEGATED;
    for (uint32_t i = 0; i < sets; i++) {
        if ((filling->cell[i / 64] >> i % 64 & 1) != negated) {
            filling->sets[(size_t)i * filling->words + rule / 64] |= 1ULL << rule % 64;
        }
    }
}

const struct dmn_index *dmn_index_build(struct dmn_model *model, const struct dmn_table *table,
                                        uint32_t column)
{
    uint32_t tests = 0;
    if (table->rule_count < INDEX_RULES_MIN || table->inputs[column].allowed != NULL) {
        return NULL;
    }
    for (uint32_t i = 0; i < table->rule_count; i++) {
        const struct feel_node *cell = table->rules[i].inputs[column];
        tests += cell == NULL ? 0 : 2 * cell->count;
    }
    const uint32_t words = (table->rule_count + 63) / 64;
    if (tests == 0 || (2 * (uint64_t)tests + 1) * words * 8 > INDEX_BYTES_MAX) {
        return NULL;
    }
    struct points points = {.capacity = tests};
    points.values = arena_take_array(&model->arena, tests, sizeof *points.values);
    for (uint32_t i = 0; points.values != NULL && i < table->rule_count; i++) {
        add_cell(&points, table->rules[i].inputs[column]);
    }
    if (points.values == NULL || points.mixed || points.count == 0) {
        return NULL;
    }
    qsort(points.values, points.count, sizeof *points.values, compare_points);
    points.count = without_duplicates(points.values, points.count);
    const size_t sets = 2 * (size_t)points.count + 1;
    struct dmn_index *index = arena_take(&model->arena, sizeof *index);
    struct filling filling = {.points = points.values, .count = points.count, .words = words};
    filling.sets = arena_take_array(&model->arena, sets * words, sizeof *filling.sets);
    filling.cell = arena_take_array(&model->arena, (sets + 63) / 64, sizeof *filling.cell);
    if (index == NULL || filling.sets == NULL || filling.cell == NULL) {
        return NULL;
    }
    for (uint32_t i = 0; i < table->rule_count; i++) {
        fill_rule(&filling, table->rules[i].inputs[column], i);
    }
    *index = (struct dmn_index){.kind = points.kind,
                                .point_count = points.count,
                                .words = words,
                                .points = points.values,
                                .sets = filling.sets};
    return index;
}

const uint64_t *dmn_index_find(const struct dmn_index *index, struct feel_value value)
{
    if (value.kind != index->kind) {
        return NULL;
    }
    const size_t place = place_of(index->points, index->point_count, value);
    return index->sets + place * index->words;
}
