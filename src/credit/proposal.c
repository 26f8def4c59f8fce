#include "credit/proposal.h"

const char *const proposal_whens[] = {"before_signing", "before_first_draw", "before_each_draw",
                                      "standing", NULL};

/* A reading under way; `where` grows and shrinks with the place. */
struct reading {
    struct proposal *proposal;
    struct arena *arena;
    char *where;
    size_t where_size;
    enum credit_status status;
};

static bool wrong(struct reading *reading, const char *name)
{
    const size_t room = PROPOSAL_WHERE_SIZE - reading->where_size;
    const char *dot = reading->where_size > 0 && name[0] != '\0' ? "." : "";

    (void)snprintf(reading->where + reading->where_size, room, "%s%s", dot, name);
    reading->status = CREDIT_BAD_APPLICATION;
    return false;
}

/* ---- members ---- */

/* Refuses members that are not among `names`. */
static bool members_known(struct reading *reading, const struct json_value *object,
                          const char *const *names)
{
    if (object->type != JSON_OBJECT) {
        return wrong(reading, "");
    }
    for (const struct json_value *member = object->first; member != NULL; member = member->next) {
        size_t i = 0;
        while (names[i] != NULL && !slice_equal(member->name, slice_from_cstr(names[i]))) {
            i++;
        }
        if (names[i] == NULL) {
            char name[PROPOSAL_WORD_MAX + 1];
            (void)snprintf(name, sizeof(name), "%.*s", (int)member->name.size, member->name.data);
            return wrong(reading, name);
        }
    }
    return true;
}

static bool has_nul(struct slice text)
{
    return text.size > 0 && memchr(text.data, '\0', text.size) != NULL;
}

static bool text_read(struct reading *reading, const struct json_value *object, const char *name,
                      size_t size_max, struct slice *ret_text)
{
    const struct json_value *member = json_member(object, slice_from_cstr(name));

    if (member == NULL || member->type != JSON_STRING || slice_trim(member->text).size == 0 ||
        member->text.size > size_max || has_nul(member->text)) {
        return wrong(reading, name);
    }
    *ret_text = member->text;
    return true;
}

/* Letters, digits, points, hyphens and underscores, as ids of a pack are. */
static bool word_read(struct reading *reading, const struct json_value *object, const char *name,
                      struct slice *ret_word)
{
    if (!text_read(reading, object, name, PROPOSAL_WORD_MAX, ret_word)) {
        return false;
    }
    for (size_t i = 0; i < ret_word->size; i++) {
        const char c = ret_word->data[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '.' || c == '-' || c == '_')) {
            return wrong(reading, name);
        }
    }
    return true;
}

/* Currency and amount; `fallback` where no currency is given, unless CURRENCY_NONE. */
static bool money_read(struct reading *reading, const struct json_value *object,
                       enum currency fallback, enum currency *ret_currency, int64_t *ret_minor)
{
    const struct json_value *code = json_member(object, SLICE("currency"));
    const struct json_value *amount = json_member(object, SLICE("amount"));

    *ret_currency = code == NULL                ? fallback
                    : code->type == JSON_STRING ? currency_from_code(code->text)
                                                : CURRENCY_NONE;
    if (*ret_currency == CURRENCY_NONE) {
        return wrong(reading, "currency");
    }
    if (amount == NULL || (amount->type != JSON_STRING && amount->type != JSON_NUMBER) ||
        !amount_parse(amount->text, *ret_currency, ret_minor) || *ret_minor == 0) {
        return wrong(reading, "amount");
    }
    return true;
}

/* ---- lines ---- */

static bool conditions_judge(struct reading *reading, const struct json_value *list)
{
    static const char *const names[] = {"when", "text", NULL};
    struct slice text;

    if (list->type != JSON_ARRAY || list->count > PROPOSAL_CONDITIONS_MAX) {
        return wrong(reading, "conditions");
    }
    for (const struct json_value *item = list->first; item != NULL; item = item->next) {
        size_t i = 0;
        if (!members_known(reading, item, names) ||
            !text_read(reading, item, "text", PROPOSAL_TEXT_MAX, &text) ||
            !text_read(reading, item, "when", PROPOSAL_WORD_MAX, &text)) {
            return false;
        }
        while (proposal_whens[i] != NULL &&
               !slice_equal(text, slice_from_cstr(proposal_whens[i]))) {
            i++;
        }
        if (proposal_whens[i] == NULL) {
            return wrong(reading, "when");
        }
    }
    return true;
}

static bool tenor_read(struct reading *reading, const struct json_value *object,
                       uint32_t *ret_months)
{
    const struct json_value *member = json_member(object, SLICE("tenor_months"));
    uint64_t months;

    if (member == NULL || member->type != JSON_NUMBER ||
        !slice_to_u64(member->text, PROPOSAL_TENOR_MAX, &months) || months == 0) {
        return wrong(reading, "tenor_months");
    }
    *ret_months = (uint32_t)months;
    return true;
}

/* What a line itself says, all but its place. */
static bool line_read(struct reading *reading, const struct json_value *object,
                      struct proposal_line *line)
{
    static const char *const names[] = {"product",      "amount",    "currency",
                                        "tenor_months", "revolving", "conditions",
                                        "lines",        "clause",    NULL};
    const struct json_value *revolving = json_member(object, SLICE("revolving"));

    if (!members_known(reading, object, names) ||
        !word_read(reading, object, "product", &line->product) ||
        !money_read(reading, object, reading->proposal->currency, &line->currency,
                    &line->amount_minor) ||
        !tenor_read(reading, object, &line->tenor_months)) {
        return false;
    }
    if (revolving == NULL || (revolving->type != JSON_TRUE && revolving->type != JSON_FALSE)) {
        return wrong(reading, "revolving");
    }
    line->revolving = revolving->type == JSON_TRUE;
    line->conditions = json_member(object, SLICE("conditions"));
    return line->conditions == NULL || conditions_judge(reading, line->conditions);
}

/* A line fits into what it stands in. */
static bool fits(struct reading *reading, const struct proposal_line *line)
{
    const struct proposal *proposal = reading->proposal;
    const bool top = line->parent == SIZE_MAX;
    const struct proposal_line *above = top ? NULL : &proposal->lines[line->parent];
    const enum currency currency = top ? proposal->currency : above->currency;
    const int64_t amount_minor = top ? proposal->amount_minor : above->amount_minor;

    return currency != line->currency || line->amount_minor <= amount_minor ||
           wrong(reading, "amount");
}

/* "1.2": the clause above, and which of the lines there it is. */
static void clause_write(struct proposal_line *line, const struct proposal_line *above,
                         unsigned index)
{
    char text[PROPOSAL_CLAUSE_SIZE + 16];

    const int size = above == NULL ? snprintf(text, sizeof(text), "%u", index)
                                   : snprintf(text, sizeof(text), "%s.%u", above->clause, index);
    check(size > 0 && (size_t)size < sizeof(line->clause));
    memcpy(line->clause, text, (size_t)size + 1);
}

static bool lines_read(struct reading *reading, const struct json_value *list, size_t parent,
                       unsigned depth) // NOLINT(misc-no-recursion): bounded by PROPOSAL_DEPTH_MAX
{
    struct proposal *proposal = reading->proposal;
    const size_t where_size = reading->where_size;
    unsigned index = 0;

    if (list->type != JSON_ARRAY || list->count == 0 || depth > PROPOSAL_DEPTH_MAX ||
        list->count > PROPOSAL_LINES_MAX - proposal->line_count) {
        return wrong(reading, "lines");
    }
    for (const struct json_value *item = list->first; item != NULL; item = item->next) {
        const size_t place = proposal->line_count++;
        struct proposal_line *line = &proposal->lines[place];
        const struct json_value *below = json_member(item, SLICE("lines"));
        const int size = snprintf(reading->where + where_size, PROPOSAL_WHERE_SIZE - where_size,
                                  "%slines[%u]", where_size == 0 ? "" : ".", index++);
        reading->where_size = where_size + (size_t)size;
        check(reading->where_size < PROPOSAL_WHERE_SIZE);
        *line = (struct proposal_line){.parent = parent};
        clause_write(line, parent == SIZE_MAX ? NULL : &proposal->lines[parent], index);
        if (!line_read(reading, item, line) || !fits(reading, line) ||
            (below != NULL && !lines_read(reading, below, place, depth + 1))) {
            return false;
        }
    }
    reading->where_size = where_size;
    reading->where[where_size] = '\0';
    return true;
}

enum credit_status proposal_read(struct proposal *ret_proposal,
                                 char reterr_where[PROPOSAL_WHERE_SIZE], struct arena *arena,
                                 const struct json_value *value)
{
    static const char *const names[] = {"customer", "type",  "purpose", "currency",
                                        "amount",   "lines", NULL};
    struct proposal proposal = {0};
    struct reading reading = {.proposal = &proposal, .arena = arena, .where = reterr_where};

    reterr_where[0] = '\0';
    proposal.lines = arena_take_array(arena, PROPOSAL_LINES_MAX, sizeof(*proposal.lines));
    REQUIRE(proposal.lines != NULL, CREDIT_NO_MEMORY);
    const struct json_value *lines = json_member(value, SLICE("lines"));
    if (!members_known(&reading, value, names) ||
        !text_read(&reading, value, "customer", PROPOSAL_WORD_MAX, &proposal.customer) ||
        !word_read(&reading, value, "type", &proposal.type) ||
        !text_read(&reading, value, "purpose", PROPOSAL_TEXT_MAX, &proposal.purpose) ||
        !money_read(&reading, value, CURRENCY_NONE, &proposal.currency, &proposal.amount_minor)) {
        return reading.status;
    }
    if (lines == NULL) {
        (void)wrong(&reading, "lines");
        return reading.status;
    }
    if (!lines_read(&reading, lines, SIZE_MAX, 1)) {
        return reading.status;
    }
    *ret_proposal = proposal;
    return CREDIT_OK;
}

/* ---- writing ---- */

static void text_member(struct json_writer *writer, const char *name, struct slice text)
{
    json_name(writer, slice_from_cstr(name));
    json_string(writer, text);
}

static void money_write(struct json_writer *writer, enum currency currency, int64_t amount_minor)
{
    text_member(writer, "currency", currency_code(currency));
    json_name(writer, SLICE("amount"));
    json_value_begin(writer);
    buffer_append_byte(writer->buffer, '"');
    amount_write(writer->buffer, amount_minor, currency);
    buffer_append_byte(writer->buffer, '"');
}

static void line_write(struct json_writer *writer, const struct proposal_line *line)
{
    text_member(writer, "clause", slice_from_cstr(line->clause));
    text_member(writer, "product", line->product);
    money_write(writer, line->currency, line->amount_minor);
    json_name(writer, SLICE("tenor_months"));
    json_u64(writer, line->tenor_months);
    json_name(writer, SLICE("revolving"));
    json_bool(writer, line->revolving);
    if (line->conditions != NULL) {
        json_name(writer, SLICE("conditions"));
        json_array_begin(writer);
        for (const struct json_value *item = line->conditions->first; item != NULL;
             item = item->next) {
            json_object_begin(writer);
            text_member(writer, "when", json_member(item, SLICE("when"))->text);
            text_member(writer, "text", json_member(item, SLICE("text"))->text);
            json_object_end(writer);
        }
        json_array_end(writer);
    }
}

/* The lines that stand in `parent`; lines are in depth-first order. */
static void lines_write(struct json_writer *writer, const struct proposal *proposal,
                        size_t parent) // NOLINT(misc-no-recursion): bounded by the reader
{
    bool begun = false;

    for (size_t i = parent == SIZE_MAX ? 0 : parent + 1; i < proposal->line_count; i++) {
        if (proposal->lines[i].parent != parent) {
            continue;
        }
        if (!begun) {
            json_name(writer, SLICE("lines"));
            json_array_begin(writer);
            begun = true;
        }
        json_object_begin(writer);
        line_write(writer, &proposal->lines[i]);
        lines_write(writer, proposal, i);
        json_object_end(writer);
    }
    if (begun) {
        json_array_end(writer);
    }
}

void proposal_write(struct json_writer *writer, const struct proposal *proposal)
{
    json_object_begin(writer);
    text_member(writer, "customer", proposal->customer);
    text_member(writer, "type", proposal->type);
    text_member(writer, "purpose", proposal->purpose);
    money_write(writer, proposal->currency, proposal->amount_minor);
    lines_write(writer, proposal, SIZE_MAX);
    json_object_end(writer);
}
