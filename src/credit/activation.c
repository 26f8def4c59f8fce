#include "credit/activation.h"

enum { GROUP_LIMIT_SIZE = 40, ABOVE_MAX = 25 };

/* In: currency  CURRENCY_NONE: whichever it is in */
static const struct credit_limit *standing_find(const struct activation *activation,
                                                struct slice kind, struct slice clause,
                                                enum currency currency)
{
    for (size_t i = 0; i < activation->standing_count; i++) {
        const struct credit_limit *limit = &activation->standing[i];
        if (slice_equal(limit->kind, kind) && slice_equal(limit->clause, clause) &&
            (currency == CURRENCY_NONE || limit->currency == currency) &&
            slice_equal(limit->legal_entity, activation->decision->legal_entity)) {
            return limit;
        }
    }
    return NULL;
}

static const struct credit_limit *activation_total(const struct activation *activation)
{
    return standing_find(activation, SLICE("total"), SLICE("total"), CURRENCY_NONE);
}

/* A limit of the ledger keeps its currency: where the pack has another now, it is another limit. */
const struct credit_limit *activation_rule(const struct activation *activation,
                                           const struct credit_rule *rule)
{
    return standing_find(activation, SLICE("rule"), rule->id, rule->currency);
}

bool activation_counts(const struct credit_rule *rule, const struct proposal_line *line)
{
    for (size_t i = 0; i < rule->product_count; i++) {
        if (slice_equal(rule->products[i], line->product)) {
            return true;
        }
    }
    return false;
}

/* ---- commands ---- */

static void text_member(struct json_writer *writer, const char *name, struct slice text)
{
    json_name(writer, slice_from_cstr(name));
    json_string(writer, text);
}

static void amount_member(struct json_writer *writer, const char *name, int64_t amount_minor,
                          enum currency currency)
{
    json_name(writer, slice_from_cstr(name));
    json_value_begin(writer);
    buffer_append_byte(writer->buffer, '"');
    amount_write(writer->buffer, amount_minor, currency);
    buffer_append_byte(writer->buffer, '"');
}

static void parents_member(struct json_writer *writer, const char *parents)
{
    struct slice rest = slice_from_cstr(parents);
    struct slice parent;

    json_name(writer, SLICE("parents"));
    json_array_begin(writer);
    while (slice_split(&rest, ' ', &parent)) {
        if (parent.size > 0) {
            json_string(writer, parent);
        }
    }
    json_array_end(writer);
}

/* Begins a command; what only it has follows. */
static void command_begin(struct activation *activation, struct json_writer *writer, const char *op,
                          struct slice id, struct slice clause)
{
    const struct slice decision = activation->decision->id;

    json_writer_init(writer, &activation->commands);
    writer->comma = activation->command_count++ > 0;
    json_object_begin(writer);
    text_member(writer, "op", slice_from_cstr(op));
    text_member(writer, "id", id);
    text_member(writer, "actor", activation->decision->decider);
    json_name(writer, SLICE("case"));
    json_value_begin(writer);
    buffer_printf(&activation->commands, "\"%.*s#%.*s\"", (int)decision.size, decision.data,
                  (int)clause.size, clause.data);
}

struct opening {
    const char *kind;
    struct slice measure;
    struct slice mode;
    bool revolving;
    date_days until; /* DATE_NONE: open */
};

static void open_write(struct activation *activation, const struct activation_limit *limit,
                       const struct opening *opening)
{
    struct json_writer writer;

    command_begin(activation, &writer, "limit.open", slice_from_cstr(limit->id), limit->clause);
    text_member(&writer, "holder", activation->decision->customer);
    text_member(&writer, "kind", slice_from_cstr(opening->kind));
    text_member(&writer, "currency", currency_code(limit->currency));
    amount_member(&writer, "cap", limit->cap_minor, limit->currency);
    text_member(&writer, "measure", opening->measure);
    text_member(&writer, "mode", opening->mode);
    json_name(&writer, SLICE("revolving"));
    json_bool(&writer, opening->revolving);
    if (limit->parents[0] != '\0') {
        parents_member(&writer, limit->parents);
    }
    if (opening->until != DATE_NONE) {
        json_name(&writer, SLICE("until"));
        json_value_begin(&writer);
        buffer_append_byte(&activation->commands, '"');
        date_write(&activation->commands, opening->until);
        buffer_append_byte(&activation->commands, '"');
    }
    json_object_end(&writer);
}

/* Brings a limit that stands to another cap or other parents; nothing where both are as they were.
 * `suffix` makes the id of the command. */
static void standing_write(struct activation *activation, const struct activation_limit *limit,
                           const struct credit_limit *standing, const char *suffix)
{
    const struct slice application = activation->decision->id;
    struct json_writer writer;
    char id[64];

    if (limit->cap_minor != standing->cap_minor) {
        (void)snprintf(id, sizeof(id), "%.*s.%sc", (int)application.size, application.data, suffix);
        command_begin(activation, &writer, "limit.adjust", slice_from_cstr(id), limit->clause);
        text_member(&writer, "limit", standing->id);
        amount_member(&writer, "cap", limit->cap_minor, limit->currency);
        json_object_end(&writer);
    }
    if (!slice_equal(slice_from_cstr(limit->parents), standing->parents)) {
        (void)snprintf(id, sizeof(id), "%.*s.%sm", (int)application.size, application.data, suffix);
        command_begin(activation, &writer, "limit.move", slice_from_cstr(id), limit->clause);
        text_member(&writer, "limit", standing->id);
        parents_member(&writer, limit->parents);
        json_object_end(&writer);
    }
}

/* ---- limits ---- */

static struct activation_limit *limit_new(struct activation *activation, const char *kind,
                                          struct slice clause, const struct credit_limit *standing)
{
    struct activation_limit *limit = &activation->limits[activation->limit_count++];

    *limit = (struct activation_limit){.kind = kind, .clause = clause, .opened = standing == NULL};
    if (standing != NULL) {
        (void)snprintf(limit->id, sizeof(limit->id), "%.*s", (int)standing->id.size,
                       standing->id.data);
    }
    return limit;
}

static void parent_add(struct activation_limit *limit, const char *parent)
{
    const size_t size = strlen(limit->parents);

    const int added = snprintf(limit->parents + size, sizeof(limit->parents) - size, "%s%s",
                               size == 0 ? "" : " ", parent);
    check(added > 0 && (size_t)added < sizeof(limit->parents) - size);
}

/* The words of measure and mode are ours. */
static struct slice word(struct slice text, const char *const *words)
{
    while (words[1] != NULL && !slice_equal(text, slice_from_cstr(*words))) {
        words++;
    }
    return slice_from_cstr(*words);
}

struct slice credit_rule_measure(const struct credit_rule *rule)
{
    static const char *const measures[] = {"nominal", "weighted", "exposure", NULL};

    return word(rule->measure, measures);
}

struct slice credit_rule_mode(const struct credit_rule *rule)
{
    static const char *const modes[] = {"soft", "off", "hard", NULL};

    return word(rule->mode, modes);
}

static void rule_build(struct activation *activation, size_t index)
{
    const struct credit_rule *rule = &activation->rules[index];
    const struct slice application = activation->decision->application;
    const struct credit_limit *standing = activation_rule(activation, rule);
    struct activation_limit *limit = limit_new(activation, "rule", rule->id, standing);
    const struct opening opening = {.kind = "regulatory",
                                    .measure = credit_rule_measure(rule),
                                    .mode = credit_rule_mode(rule),
                                    .revolving = true,
                                    .until = DATE_NONE};
    char suffix[24];

    limit->currency = rule->currency;
    limit->cap_minor = rule->cap_minor;
    (void)snprintf(suffix, sizeof(suffix), "R%zu", index + 1);
    if (limit->opened) {
        (void)snprintf(limit->id, sizeof(limit->id), "%.*s.%s", (int)application.size,
                       application.data, suffix);
        open_write(activation, limit, &opening);
    } else {
        standing_write(activation, limit, standing, suffix);
    }
}

static enum credit_status total_build(struct activation *activation)
{
    const struct proposal *proposal = activation->proposal;
    const struct slice application = activation->decision->application;
    const struct credit_limit *standing = activation_total(activation);
    const struct opening opening = {.kind = "total",
                                    .measure = SLICE("nominal"),
                                    .mode = SLICE("hard"),
                                    .revolving = true,
                                    .until = DATE_NONE};
    struct activation_limit *limit = limit_new(activation, "total", SLICE("total"), standing);

    REQUIRE(standing == NULL || standing->currency == proposal->currency, CREDIT_CURRENCY_DIFFERS);
    REQUIRE(standing == NULL || standing->cap_minor <= AMOUNT_MAX - proposal->amount_minor,
            CREDIT_AMOUNT_OVERFLOW);
    limit->currency = proposal->currency;
    limit->cap_minor = proposal->amount_minor + (standing == NULL ? 0 : standing->cap_minor);
    for (size_t i = 0; i < activation->rule_count; i++) {
        if (activation->rules[i].product_count == 0) {
            parent_add(limit, activation->limits[i].id);
        }
    }
    for (size_t i = 0; i < activation->group_limit_count; i++) {
        char parent[GROUP_LIMIT_SIZE];
        (void)snprintf(parent, sizeof(parent), "%.*s", (int)activation->group_limits[i].size,
                       activation->group_limits[i].data);
        parent_add(limit, parent);
    }
    if (standing == NULL) {
        (void)snprintf(limit->id, sizeof(limit->id), "%.*s.T", (int)application.size,
                       application.data);
        open_write(activation, limit, &opening);
    } else {
        standing_write(activation, limit, standing, "T");
    }
    return CREDIT_OK;
}

static void line_build(struct activation *activation, size_t index)
{
    const struct proposal_line *line = &activation->proposal->lines[index];
    const struct slice application = activation->decision->application;
    const size_t above = line->parent == SIZE_MAX ? activation->rule_count
                                                  : activation->rule_count + 1 + line->parent;
    struct activation_limit *limit = &activation->limits[activation->limit_count++];
    const struct opening opening = {.kind = "line",
                                    .measure = SLICE("nominal"),
                                    .mode = SLICE("hard"),
                                    .revolving = line->revolving,
                                    .until = activation->decision->valid_until};

    *limit = (struct activation_limit){.kind = "line",
                                       .clause = slice_from_cstr(line->clause),
                                       .currency = line->currency,
                                       .cap_minor = line->amount_minor,
                                       .opened = true};
    (void)snprintf(limit->id, sizeof(limit->id), "%.*s.%zu", (int)application.size,
                   application.data, index + 1);
    parent_add(limit, activation->limits[above].id);
    for (size_t i = 0; i < activation->rule_count; i++) {
        if (activation_counts(&activation->rules[i], line)) {
            parent_add(limit, activation->limits[i].id);
        }
    }
    open_write(activation, limit, &opening);
}

enum credit_status activation_build(struct activation *activation, struct arena *arena)
{
    const size_t count = activation->rule_count + 1 + activation->proposal->line_count;

    REQUIRE(activation->rule_count + activation->group_limit_count <= ABOVE_MAX, CREDIT_NO_RULES);
    activation->limits = arena_take_array(arena, count, sizeof(*activation->limits));
    REQUIRE(activation->limits != NULL, CREDIT_NO_MEMORY);
    buffer_append_byte(&activation->commands, '[');
    for (size_t i = 0; i < activation->rule_count; i++) {
        rule_build(activation, i);
    }
    TRY(total_build(activation));
    for (size_t i = 0; i < activation->proposal->line_count; i++) {
        line_build(activation, i);
    }
    check(activation->limit_count == count);
    buffer_append_byte(&activation->commands, ']');
    return buffer_failed(&activation->commands) ? CREDIT_NO_MEMORY : CREDIT_OK;
}
