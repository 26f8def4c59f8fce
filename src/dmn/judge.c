/* Tables judged: gaps, overlaps, rules out of reach. Each column is cut into regions with the set
 * of rules that hold there (region.c); rules overlap when in every column some region is in both,
 * and a gap is a choice of regions whose sets have no rule in common. All choices are gone through
 * column by column; choices that leave the same set of rules are one, so that large tables are
 * judged whole. */
#include "dmn/judge.h"

enum { REPORTED_MAX = 5, VISITS_MAX = 1 << 16, WORK_MAX = 200000000 };

/* A set of rules that was reached before a column. */
struct visit {
    const uint64_t *set;
    uint64_t hash;
    uint32_t column;
};

struct judge {
    struct feel_eval *eval;
    struct buffer *out;
    struct region_table regions;
    uint32_t *picks; /* the region of each column at hand */
    uint64_t *hit;   /* rules that some input hits, and no earlier one hides */
    struct visit *visits;
    uint32_t visit_count;
    uint64_t work;
    bool cut_short; /* a bound was passed: what was found is true, and not all */
    uint32_t gaps;
    uint32_t overlaps;
    uint32_t findings;
};

static void write_example(struct judge *judge)
{
    const struct dmn_table *table = judge->regions.table;
    for (uint32_t i = 0; i < table->input_count; i++) {
        const struct feel_value value = judge->regions.columns[i].examples[judge->picks[i]];
        buffer_append_cstr(judge->out, i == 0 ? "" : ", ");
        buffer_append(judge->out, table->inputs[i].name);
        buffer_append_cstr(judge->out, " = ");
        if (value.kind == FEEL_STRING) {
            json_quote(judge->out, feel_text(value));
        } else if (value.kind == FEEL_NULL) {
            buffer_append_cstr(judge->out, "any value");
        } else {
            text_write(judge->out, value);
        }
    }
    buffer_append_byte(judge->out, '\n');
}

static void begin(struct judge *judge, uint32_t line)
{
    buffer_append(judge->out, judge->regions.table->name);
    buffer_printf(judge->out, ", line %u: ", line);
}

static void report_more(struct judge *judge, uint32_t count, const char *what)
{
    if (count > REPORTED_MAX) {
        begin(judge, judge->regions.table->xml->line);
        buffer_printf(judge->out, "%u more %s\n", count - REPORTED_MAX, what);
    }
}

static bool spend(struct judge *judge, uint64_t work)
{
    judge->work += work;
    judge->cut_short = judge->cut_short || judge->work > WORK_MAX;
    return !judge->cut_short;
}

/* ---- overlaps ---- */

static bool has_rule(const uint64_t *set, uint32_t rule)
{
    return (set[rule / 64] >> rule % 64 & 1) != 0;
}

/* The regions of each column in which a rule holds: the sets of the columns, turned over. */
struct turned {
    uint64_t *sets; /* `words` a rule */
    uint32_t words;
};

static struct turned *turn_over(struct judge *judge)
{
    const struct dmn_table *table = judge->regions.table;
    struct arena *arena = judge->eval->arena;
    struct turned *turned = arena_take_array(arena, table->input_count + 1U, sizeof *turned);
    for (uint32_t i = 0; turned != NULL && i < table->input_count; i++) {
        const uint32_t count = judge->regions.columns[i].count;
        turned[i].words = (count + 63) / 64;
        turned[i].sets = arena_take_array(arena, (size_t)table->rule_count * turned[i].words + 1,
                                          sizeof *turned[i].sets);
        if (turned[i].sets == NULL) {
            return NULL;
        }
        for (uint32_t at = 0; at < count; at++) {
            const uint64_t *set = region_set(&judge->regions, i, at);
            for (uint32_t rule = 0; rule < table->rule_count; rule++) {
                if (has_rule(set, rule)) {
                    turned[i].sets[(size_t)rule * turned[i].words + at / 64] |= 1ULL << at % 64;
                }
            }
        }
    }
    return turned;
}

/* True when two rules hold for the same input, which the picks then show. */
static bool overlap(struct judge *judge, const struct turned *turned, uint32_t a, uint32_t b)
{
    for (uint32_t i = 0; i < judge->regions.table->input_count; i++) {
        const uint32_t words = turned[i].words;
        const uint64_t *x = turned[i].sets + (size_t)a * words;
        const uint64_t *y = turned[i].sets + (size_t)b * words;
        uint32_t word = 0;
        while (word < words && (x[word] & y[word]) == 0) {
            word++;
        }
        if (!spend(judge, word + 1U) || word == words) {
            return false;
        }
        judge->picks[i] = word * 64 + (uint32_t)__builtin_ctzll(x[word] & y[word]);
    }
    return true;
}

static bool outputs_differ(const struct dmn_table *table, uint32_t a, uint32_t b)
{
    for (uint32_t i = 0; i < table->output_count; i++) {
        const struct feel_node *x = table->rules[a].outputs[i];
        const struct feel_node *y = table->rules[b].outputs[i];
        if (x->operation == FEEL_OP_CONSTANT && y->operation == FEEL_OP_CONSTANT &&
            feel_equal(x->constant, y->constant) != 1) {
            return true;
        }
    }
    return false;
}

static void judge_overlaps(struct judge *judge)
{
    const struct dmn_table *table = judge->regions.table;
    const bool unique = table->policy == DMN_UNIQUE;
    if (!unique && table->policy != DMN_ANY) {
        return;
    }
    const struct turned *turned = turn_over(judge);
    if (turned == NULL) {
        judge->cut_short = true;
        return;
    }
    for (uint32_t a = 0; a < table->rule_count; a++) {
        for (uint32_t b = a + 1; b < table->rule_count && !judge->cut_short; b++) {
            if ((!unique && !outputs_differ(table, a, b)) || !overlap(judge, turned, a, b)) {
                continue;
            }
            judge->findings++;
            if (judge->overlaps++ < REPORTED_MAX) {
                begin(judge, table->rules[b].line);
                buffer_printf(judge->out, "overlap: rules %u and %u %sfor ", a + 1, b + 1,
                              unique ? "" : "differ ");
                write_example(judge);
            }
        }
    }
    report_more(judge, judge->overlaps, "overlaps");
}

/* ---- gaps, and what is hit ---- */

static uint64_t set_hash(const uint64_t *set, uint32_t words, uint32_t column)
{
    uint64_t hash = 0x9e3779b97f4a7c15ULL * (column + 1);
    for (uint32_t i = 0; i < words; i++) {
        hash = (hash ^ set[i]) * 0xff51afd7ed558ccdULL;
        hash ^= hash >> 32;
    }
    return hash;
}

/* True when the set was reached before the column already; notes it when not. */
static bool visited(struct judge *judge, const uint64_t *set, uint32_t column)
{
    const uint32_t words = judge->regions.words;
    const uint64_t hash = set_hash(set, words, column);
    uint32_t at = (uint32_t)(hash % VISITS_MAX);
    while (judge->visits[at].set != NULL) {
        const struct visit *visit = &judge->visits[at];
        if (visit->hash == hash && visit->column == column &&
            memcmp(visit->set, set, words * sizeof *set) == 0) {
            return true;
        }
        at = (at + 1) % VISITS_MAX;
    }
    uint64_t *copy = arena_take_array(judge->eval->arena, words, sizeof *copy);
    if (copy == NULL || ++judge->visit_count > VISITS_MAX / 2) {
        judge->cut_short = true;
        return true;
    }
    memcpy(copy, set, words * sizeof *set);
    judge->visits[at] = (struct visit){copy, hash, column};
    return false;
}

static bool is_empty(const uint64_t *set, uint32_t words)
{
    for (uint32_t i = 0; i < words; i++) {
        if (set[i] != 0) {
            return false;
        }
    }
    return true;
}

static void report_gap(struct judge *judge, uint32_t column)
{
    const struct dmn_table *table = judge->regions.table;
    for (uint32_t i = column; i < table->input_count; i++) {
        judge->picks[i] = 0;
    }
    judge->findings++;
    if (judge->gaps++ < REPORTED_MAX) {
        begin(judge, table->xml->line);
        buffer_append_cstr(judge->out, "gap: no rule for ");
        write_example(judge);
    }
}

static void note_hits(struct judge *judge, const uint64_t *set)
{
    const bool first_only = judge->regions.table->policy == DMN_FIRST;
    for (uint32_t i = 0; i < judge->regions.words; i++) {
        if (set[i] != 0 && first_only) {
            judge->hit[i] |= set[i] & -set[i];
            return;
        }
        judge->hit[i] |= set[i];
    }
}

/* Goes through all regions of the columns from `column` on, with the rules of `set` still in play.
 */
static void walk(struct judge *judge, const uint64_t *set, uint32_t column)
{
    const struct dmn_table *table = judge->regions.table;
    const uint32_t words = judge->regions.words;
    if (is_empty(set, words)) {
        if (table->outputs[0].fallback == NULL) {
            report_gap(judge, column);
        }
        return;
    }
    if (column == table->input_count) {
        note_hits(judge, set);
        return;
    }
    uint64_t *next = arena_take_array(judge->eval->arena, words, sizeof *next);
    if (next == NULL) {
        judge->cut_short = true;
        return;
    }
    for (uint32_t i = 0; i < judge->regions.columns[column].count && spend(judge, words); i++) {
        const uint64_t *own = region_set(&judge->regions, column, i);
        for (uint32_t word = 0; word < words; word++) {
            next[word] = set[word] & own[word];
        }
        judge->picks[column] = i;
        if (!visited(judge, next, column + 1)) {
            walk(judge, next, column + 1);
        }
    }
}

static void judge_unreachable(struct judge *judge)
{
    const struct dmn_table *table = judge->regions.table;
    for (uint32_t i = 0; i < table->rule_count; i++) {
        if (!has_rule(judge->hit, i)) {
            judge->findings++;
            begin(judge, table->rules[i].line);
            buffer_printf(judge->out, "rule %u cannot be reached\n", i + 1);
        }
    }
}

static void note(struct judge *judge, const char *text)
{
    begin(judge, judge->regions.table->xml->line);
    buffer_printf(judge->out, "note: %s\n", text);
}

static void judge_regions(struct judge *judge)
{
    const struct dmn_table *table = judge->regions.table;
    const uint32_t words = judge->regions.words;
    uint64_t *all = arena_take_array(judge->eval->arena, words, sizeof *all);
    bool partial = false;
    judge->picks = arena_take_array(judge->eval->arena, table->input_count + 1U, sizeof(uint32_t));
    judge->hit = arena_take_array(judge->eval->arena, words, sizeof *judge->hit);
    judge->visits = arena_take_array(judge->eval->arena, VISITS_MAX, sizeof *judge->visits);
    if (all == NULL || judge->picks == NULL || judge->hit == NULL || judge->visits == NULL) {
        judge->cut_short = true;
        return;
    }
    memset(all, 0xff, words * sizeof *all);
    if (table->rule_count % 64 != 0) {
        all[words - 1] = (1ULL << table->rule_count % 64) - 1;
    }
    for (uint32_t i = 0; i < table->input_count; i++) {
        partial = partial || judge->regions.columns[i].partial;
    }
    judge_overlaps(judge);
    judge->work = 0;
    walk(judge, all, 0);
    report_more(judge, judge->gaps, "gaps");
    if (!partial && !judge->cut_short) {
        judge_unreachable(judge);
    }
    if (partial) {
        note(judge,
             "a column has conditions: they were tried at examples, and not all rules judged");
    }
}

uint32_t dmn_judge(const struct dmn_table *table, struct feel_eval *eval, struct buffer *out)
{
    struct judge judge = {.eval = eval, .out = out};
    if (table->rule_count == 0) {
        return 0;
    }
    if (!region_table_init(&judge.regions, eval, table)) {
        judge.cut_short = true;
    } else if (judge.regions.opaque) {
        note(&judge, "a cell depends on more than its column: gaps and overlaps are not judged");
    } else {
        judge_regions(&judge);
    }
    if (judge.cut_short || eval->status != FEEL_STATUS_OK) {
        note(&judge, "the table is too large to be judged whole");
    }
    return judge.findings;
}
