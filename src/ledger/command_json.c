/* Commands read from JSON: step 1 of the rules, the form. Source: ledger.md, "Values", "Commands"
 * and "Results"; where the text leaves a choice, ledger-choices.md, "Form". */
#include "ledger/command_json.h"

/* ---- which fields belong to which op ---- */

#define HAS LEDGER_HAS
#define ALWAYS (HAS(AT) | HAS(ACTOR) | HAS(REASON) | HAS(CASE) | HAS(LINKED))
#define PARTS (HAS(EXPOSURE) | HAS(WEIGHTED))

struct op_fields {
    uint64_t required, optional;
};

static const struct op_fields op_fields[LEDGER_OP_COUNT] = {
    [LEDGER_OP_RATE_SET] = {HAS(ID) | HAS(CURRENCY) | HAS(RATE), 0},
    [LEDGER_OP_DAY_OPEN] = {HAS(ID) | HAS(DATE), 0},
    [LEDGER_OP_LIMIT_OPEN] = {HAS(ID) | HAS(CURRENCY) | HAS(CAP),
                              HAS(PARENTS) | HAS(HOLDER) | HAS(KIND) | HAS(MEASURE) | HAS(MODE) |
                                  HAS(REVOLVING) | HAS(TOLERANCE_BPS) | HAS(STATUS) | HAS(FROM) |
                                  HAS(UNTIL) | HAS(DUE_UNTIL)},
    [LEDGER_OP_LIMIT_ADJUST] = {HAS(ID) | HAS(LIMIT), HAS(CAP) | HAS(UNTIL) | HAS(DUE_UNTIL) |
                                                          HAS(TOLERANCE_BPS) | HAS(MODE)},
    [LEDGER_OP_LIMIT_RAISE] = {HAS(ID) | HAS(LIMIT) | HAS(AMOUNT) | HAS(FROM) | HAS(UNTIL), 0},
    [LEDGER_OP_LIMIT_ACTIVATE] = {HAS(ID) | HAS(LIMIT), 0},
    [LEDGER_OP_LIMIT_FREEZE] = {HAS(ID) | HAS(LIMIT), HAS(AMOUNT)},
    [LEDGER_OP_LIMIT_UNFREEZE] = {HAS(ID) | HAS(LIMIT), HAS(AMOUNT)},
    [LEDGER_OP_LIMIT_MOVE] = {HAS(ID) | HAS(LIMIT) | HAS(PARENTS), 0},
    [LEDGER_OP_LIMIT_CLOSE] = {HAS(ID) | HAS(LIMIT), 0},
    [LEDGER_OP_UNLOCK] = {HAS(ID) | HAS(LIMIT) | HAS(AMOUNT) | HAS(UNTIL), HAS(LIFTS)},
    [LEDGER_OP_RESERVE] = {HAS(ID) | HAS(LIMIT) | HAS(AMOUNT),
                           HAS(CURRENCY) | PARTS | HAS(DUE) | HAS(EXPIRES) | HAS(UNLOCKS)},
    [LEDGER_OP_CONFIRM] = {HAS(ID) | HAS(RESERVATION), HAS(AMOUNT) | PARTS | HAS(FINAL)},
    [LEDGER_OP_CANCEL] = {HAS(ID) | HAS(RESERVATION), 0},
    [LEDGER_OP_DRAW] = {HAS(ID) | HAS(LIMIT) | HAS(AMOUNT),
                        HAS(CURRENCY) | PARTS | HAS(DUE) | HAS(UNLOCKS)},
    [LEDGER_OP_REPAY] = {HAS(ID) | HAS(EXPOSURE_ID), HAS(AMOUNT) | PARTS},
    [LEDGER_OP_RESTATE] = {HAS(ID) | HAS(EXPOSURE_ID) | HAS(AMOUNT), PARTS},
    [LEDGER_OP_CHECK] = {HAS(LIMIT) | HAS(AMOUNT),
                         HAS(ID) | HAS(CURRENCY) | PARTS | HAS(DUE) | HAS(UNLOCKS)},
    [LEDGER_OP_GET] = {0, HAS(ID) | HAS(LIMIT) | HAS(RESERVATION) | HAS(EXPOSURE_ID) | HAS(UNLOCK)},
};

void ledger_op_fields(enum ledger_op op, uint64_t *ret_required, uint64_t *ret_optional)
{
    check(op > LEDGER_OP_NONE && op < LEDGER_OP_EXPIRE);
    *ret_required = op_fields[op].required;
    *ret_optional = op_fields[op].optional | ALWAYS;
}

/* ---- reading one member ---- */

struct reader {
    struct arena *arena;
    struct ledger_command *command;
    struct ledger_extra *extra; /* NULL until a field needs it */
    bool at_allowed;
    bool exhausted;
};

static void broken(struct reader *reader, enum ledger_status status)
{
    ledger_command_break(reader->command, status);
}

/* The extra fields of the command, made when the first of them is given. */
static struct ledger_extra *extra_of(struct reader *reader)
{
    static struct ledger_extra scrap; /* written when memory is short; never read */

    if (reader->extra == NULL) {
        reader->extra = arena_take(reader->arena, sizeof(*reader->extra));
        if (reader->extra == NULL) {
            reader->exhausted = true;
            return &scrap;
        }
        *reader->extra = ledger_extra_none;
        reader->command->extra = reader->extra;
    }
    return reader->extra;
}

static bool is_string(struct reader *reader, const struct json_value *value)
{
    if (value->type != JSON_STRING) {
        broken(reader, LEDGER_BAD_REQUEST);
    }
    return value->type == JSON_STRING;
}

static void read_id(struct reader *reader, struct ledger_id *id, const struct json_value *value)
{
    if (is_string(reader, value) && !ledger_id_read(value->text, id)) {
        broken(reader, LEDGER_BAD_ID);
    }
}

static void read_amount(struct reader *reader, enum ledger_field field,
                        const struct json_value *value)
{
    const int place = field == LEDGER_FIELD_EXPOSURE   ? MEASURE_EXPOSURE
                      : field == LEDGER_FIELD_WEIGHTED ? MEASURE_WEIGHTED
                                                       : MEASURE_NOMINAL;
    struct decimal_text decimal;

    if (value->type != JSON_STRING && value->type != JSON_NUMBER) {
        broken(reader, LEDGER_BAD_REQUEST);
    } else if (!decimal_text_parse(value->text, &decimal)) {
        broken(reader, LEDGER_BAD_AMOUNT);
    } else {
        reader->command->amounts[place] = (struct ledger_amount){decimal.digits, decimal.decimals};
    }
}

static void read_currency(struct reader *reader, const struct json_value *value)
{
    if (!is_string(reader, value)) {
        return;
    }
    reader->command->currency = (uint8_t)currency_from_code(value->text);
    if (reader->command->currency == CURRENCY_NONE) {
        broken(reader, LEDGER_BAD_CURRENCY);
    }
}

static void read_rate(struct reader *reader, const struct json_value *value)
{
    struct decimal_text decimal;
    uint64_t rate_e10;

    if (!is_string(reader, value)) {
        return;
    }
    if (!decimal_text_parse(value->text, &decimal) || decimal.decimals > 10 ||
        !decimal_text_scale(decimal, 10, LEDGER_RATE_MAX, &rate_e10) || rate_e10 == 0) {
        broken(reader, LEDGER_BAD_RATE);
        return;
    }
    extra_of(reader)->rate_e10 = rate_e10;
}

static void read_date(struct reader *reader, enum ledger_field field,
                      const struct json_value *value)
{
    date_days date;

    if (!is_string(reader, value)) {
        return;
    }
    if (!date_parse(value->text, &date)) {
        broken(reader, LEDGER_BAD_DATE);
        return;
    }
    if (field == LEDGER_FIELD_DUE) {
        reader->command->due = date;
        return;
    }
    struct ledger_extra *extra = extra_of(reader);
    date_days *place = field == LEDGER_FIELD_DATE    ? &extra->date
                       : field == LEDGER_FIELD_FROM  ? &extra->from
                       : field == LEDGER_FIELD_UNTIL ? &extra->until
                                                     : &extra->due_until;
    *place = date;
}

static void read_time(struct reader *reader, enum ledger_field field,
                      const struct json_value *value)
{
    time_us time;

    if (field == LEDGER_FIELD_AT && !reader->at_allowed) {
        broken(reader, LEDGER_BAD_REQUEST);
    }
    if (!is_string(reader, value)) {
        return;
    }
    if (!time_parse(value->text, &time)) {
        broken(reader, LEDGER_BAD_DATE);
    } else if (field == LEDGER_FIELD_EXPIRES) {
        reader->command->expires = time;
    } else if (reader->at_allowed) {
        reader->command->at = time;
    }
}

static void read_ids(struct reader *reader, enum ledger_field field, const struct json_value *value)
{
    const uint32_t max =
        field == LEDGER_FIELD_PARENTS ? LEDGER_PARENTS_MAX : (uint32_t)LEDGER_UNLOCKS_MAX;

    if (value->type != JSON_ARRAY || value->count > max) {
        broken(reader, LEDGER_BAD_REQUEST);
        return;
    }
    struct ledger_id *ids = arena_take_array(reader->arena, value->count + 1UL, sizeof(*ids));
    if (ids == NULL) {
        reader->exhausted = true;
        return;
    }
    uint8_t count = 0;
    for (const struct json_value *one = value->first; one != NULL; one = one->next) {
        read_id(reader, &ids[count++], one);
    }
    if (field == LEDGER_FIELD_PARENTS) {
        extra_of(reader)->parents = ids;
        extra_of(reader)->parents_count = count;
    } else {
        extra_of(reader)->unlocks = ids;
        extra_of(reader)->unlocks_count = count;
    }
}

static void read_text(struct reader *reader, enum ledger_field field,
                      const struct json_value *value)
{
    struct ledger_id id;

    if (!is_string(reader, value)) {
        return;
    }
    struct ledger_extra *extra = extra_of(reader);
    switch (field) {
    case LEDGER_FIELD_HOLDER:
        if (value->text.size > 0 && !ledger_id_read(value->text, &id)) {
            broken(reader, LEDGER_BAD_ID);
        }
        extra->holder = value->text;
        return;
    case LEDGER_FIELD_KIND:
        if (value->text.size > LEDGER_KIND_SIZE || ledger_text_has_control(value->text)) {
            broken(reader, LEDGER_BAD_REQUEST);
        }
        extra->kind = value->text;
        return;
    default:
        break;
    }
    if (value->text.size > LEDGER_TEXT_MAX ||
        (value->text.size > 0 && memchr(value->text.data, 0, value->text.size) != NULL)) {
        broken(reader, LEDGER_BAD_REQUEST);
    }
    struct slice *place = field == LEDGER_FIELD_ACTOR    ? &extra->actor
                          : field == LEDGER_FIELD_REASON ? &extra->reason
                                                         : &extra->case_ref;
    *place = value->text;
}

/* The place of a word in its list, or `count`. */
static unsigned word_find(struct slice word, unsigned count, struct slice (*name)(unsigned))
{
    unsigned i = 0;

    while (i < count && !slice_equal(word, name(i))) {
        i++;
    }
    return i;
}

static struct slice measure_name(unsigned i)
{
    return ledger_measure_name((enum ledger_measure)i);
}

static struct slice mode_name(unsigned i)
{
    return ledger_mode_name((enum ledger_mode)i);
}

static struct slice opening_status_name(unsigned i)
{
    return ledger_limit_status_name((enum ledger_limit_status)i);
}

static struct slice lift_name(unsigned i)
{
    return ledger_status_code(ledger_lift_reason((enum ledger_lift)(1U << i)));
}

enum { LIFTS_COUNT = 6, OPENING_STATUSES = LIMIT_STATUS_ACTIVE + 1 };

static void read_word(struct reader *reader, enum ledger_field field,
                      const struct json_value *value)
{
    const bool measure = field == LEDGER_FIELD_MEASURE;
    const bool mode = field == LEDGER_FIELD_MODE;
    const unsigned count = measure ? MEASURE_COUNT : mode ? MODE_COUNT : (unsigned)OPENING_STATUSES;

    if (!is_string(reader, value)) {
        return;
    }
    const unsigned place = word_find(value->text, count,
                                     measure ? measure_name
                                     : mode  ? mode_name
                                             : opening_status_name);
    if (place == count) {
        broken(reader, LEDGER_BAD_REQUEST);
        return;
    }
    struct ledger_extra *extra = extra_of(reader);
    uint8_t *word = measure ? &extra->measure : mode ? &extra->mode : &extra->status;
    *word = (uint8_t)place;
}

static void read_lifts(struct reader *reader, const struct json_value *value)
{
    unsigned lifts = 0;

    if (value->type != JSON_ARRAY || value->count == 0) {
        broken(reader, LEDGER_BAD_REQUEST);
        return;
    }
    for (const struct json_value *one = value->first; one != NULL; one = one->next) {
        const unsigned place = is_string(reader, one) ? word_find(one->text, LIFTS_COUNT, lift_name)
                                                      : (unsigned)LIFTS_COUNT;
        if (place == LIFTS_COUNT) {
            broken(reader, LEDGER_BAD_REQUEST);
            return;
        }
        lifts |= 1U << place;
    }
    extra_of(reader)->lifts = (uint8_t)lifts;
}

static void read_integer(struct reader *reader, const struct json_value *value)
{
    uint64_t number;

    if (value->type != JSON_NUMBER || !slice_to_u64(value->text, LEDGER_BPS_MAX, &number)) {
        broken(reader, LEDGER_BAD_REQUEST);
        return;
    }
    extra_of(reader)->tolerance_bps = (int32_t)number;
}

static void read_boolean(struct reader *reader, enum ledger_field field,
                         const struct json_value *value)
{
    const bool truth = value->type == JSON_TRUE;

    if (!truth && value->type != JSON_FALSE) {
        broken(reader, LEDGER_BAD_REQUEST);
        return;
    }
    if (field == LEDGER_FIELD_LINKED) {
        reader->command->linked = truth;
    } else if (field == LEDGER_FIELD_FINAL) {
        reader->command->final = truth;
    } else {
        extra_of(reader)->revolving = truth;
    }
}

static void read_target(struct reader *reader, enum ledger_field field,
                        const struct json_value *value)
{
    (void)field;
    read_id(reader, &reader->command->target, value);
}

static void read_own_id(struct reader *reader, const struct json_value *value)
{
    if (!is_string(reader, value)) {
        return;
    }
    reader->command->has_id = ledger_id_read(value->text, &reader->command->id);
    if (!reader->command->has_id) {
        broken(reader, LEDGER_BAD_ID);
    }
}

/* ---- which reader belongs to which field ---- */

#define READ_ID(field) read_own_id(reader, value)
#define READ_TARGET(field) read_target(reader, field, value)
#define READ_AMOUNT(field) read_amount(reader, field, value)
#define READ_CURRENCY(field) read_currency(reader, value)
#define READ_RATE(field) read_rate(reader, value)
#define READ_DATE(field) read_date(reader, field, value)
#define READ_TIME(field) read_time(reader, field, value)
#define READ_IDS(field) read_ids(reader, field, value)
#define READ_TEXT(field) read_text(reader, field, value)
#define READ_WORD(field) read_word(reader, field, value)
#define READ_WORDS(field) read_lifts(reader, value)
#define READ_INTEGER(field) read_integer(reader, value)
#define READ_BOOLEAN(field) read_boolean(reader, field, value)

static void read_field(struct reader *reader, enum ledger_field field,
                       const struct json_value *value)
{
    switch (field) {
#define X(identifier, name, type)                                                                  \
    case LEDGER_FIELD_##identifier:                                                                \
        READ_##type(field);                                                                        \
        return;
        LEDGER_FIELD_LIST(X)
#undef X
    case LEDGER_FIELD_COUNT:
        break;
    }
    broken(reader, LEDGER_BAD_REQUEST);
}

static enum ledger_field field_find(struct slice name)
{
    static const struct slice names[LEDGER_FIELD_COUNT] = {
#define X(identifier, name, type) {name, sizeof(name) - 1},
        LEDGER_FIELD_LIST(X)
#undef X
    };
    unsigned i = 0;

    while (i < LEDGER_FIELD_COUNT && !slice_equal(name, names[i])) {
        i++;
    }
    return (enum ledger_field)i;
}

/* ---- the command ---- */

bool ledger_command_fields_hold(const struct ledger_command *command)
{
    static const uint64_t named = HAS(LIMIT) | HAS(RESERVATION) | HAS(EXPOSURE_ID) | HAS(UNLOCK);
    const struct op_fields *fields = &op_fields[command->op];
    const uint64_t given = command->fields;

    if (command->op == LEDGER_OP_NONE || (given & fields->required) != fields->required ||
        (given & ~(fields->required | fields->optional | ALWAYS)) != 0) {
        return false;
    }
    if (command->op == LEDGER_OP_LIMIT_ADJUST && (given & fields->optional) == 0) {
        return false;
    }
    return command->op != LEDGER_OP_GET || __builtin_popcountll(given & named) == 1;
}

bool ledger_command_read_json(struct arena *arena, struct ledger_command *ret_command,
                              const struct json_value *value, enum currency base, bool at_allowed)
{
    struct reader reader = {.arena = arena, .command = ret_command, .at_allowed = at_allowed};

    ledger_command_init(ret_command, LEDGER_OP_NONE);
    if (value == NULL || value->type != JSON_OBJECT) {
        ret_command->form = LEDGER_BAD_REQUEST;
        return true;
    }
    for (const struct json_value *member = value->first; member != NULL; member = member->next) {
        if (slice_equal(member->name, SLICE("op"))) {
            if (member->type == JSON_STRING) {
                ret_command->op = (uint8_t)ledger_op_from_name(member->text);
            }
            continue;
        }
        const enum ledger_field field = field_find(member->name);
        if (field == LEDGER_FIELD_COUNT) {
            broken(&reader, LEDGER_BAD_REQUEST);
            continue;
        }
        ret_command->fields |= 1ULL << field;
        read_field(&reader, field, member);
    }
    if (!ledger_command_fields_hold(ret_command)) {
        broken(&reader, LEDGER_BAD_REQUEST);
    }
    ledger_command_judge(ret_command, base);
    return !reader.exhausted;
}
