#include "api/api_schema.h"

#include "ledger/command_json.h"

static const struct api_property refusal[] = {
    {"limit", API_ID, true, NULL, "the limit that refuses"},
    {"reason", API_TEXT, true, NULL, "why: a code of the ledger"},
    {"available", API_AMOUNT, false, NULL, "of limit_exceeded: the room, in the limit's currency"},
    {"required", API_AMOUNT, false, NULL, "of limit_exceeded: the rise that was asked for"},
    {0},
};

static const struct api_property result[] = {
    {"id", API_ID, false, NULL, "of the command, when it had one that is well formed"},
    {"result", API_TEXT, true, NULL, "ok, exists, refused, or another code of the ledger"},
    {"refusals", API_OBJECTS, false, "Refusal", "every reason found, in path order"},
    {"over", API_IDS, false, NULL, "limits that are over after the command"},
    {"limit", API_OBJECT, false, "Limit", "of get"},
    {"reservation", API_OBJECT, false, "Reservation", "of get"},
    {"exposure", API_OBJECT, false, "Exposure", "of get"},
    {"unlock", API_OBJECT, false, "Unlock", "of get"},
    {0},
};

static const struct api_property raise[] = {
    {"amount", API_AMOUNT, true, NULL, NULL},
    {"from", API_DATE, true, NULL, NULL},
    {"until", API_DATE, true, NULL, NULL},
    {0},
};

static const struct api_property limit[] = {
    {"id", API_ID, true, NULL, NULL},
    {"holder", API_TEXT, true, NULL, "a customer or organisation; may be empty"},
    {"kind", API_TEXT, true, NULL, "a free word; may be empty"},
    {"currency", API_CURRENCY, true, NULL, "of every amount of this object"},
    {"parents", API_IDS, true, NULL, "as listed; the path follows this order"},
    {"measure", API_WORD, true, "nominal|exposure|weighted", "which amount of a drawing counts"},
    {"mode", API_WORD, true, "hard|soft|off", "whether what does not fit is refused"},
    {"revolving", API_BOOLEAN, true, NULL, "whether a repayment frees room"},
    {"cap", API_AMOUNT, true, NULL, NULL},
    {"tolerance_bps", API_INTEGER, true, NULL, "room above the cap, in basis points of it"},
    {"raise", API_OBJECT, false, "Raise", "the temporary increase set last"},
    {"status", API_WORD, true, "pending|active|frozen|closed", NULL},
    {"from", API_DATE, false, NULL, "first business date"},
    {"until", API_DATE, false, NULL, "last business date"},
    {"due_until", API_DATE, false, NULL, "latest due date of a drawing"},
    {"frozen", API_AMOUNT, true, NULL, "set aside by partial freezes"},
    {"used", API_AMOUNT, true, NULL, NULL},
    {"reserved", API_AMOUNT, true, NULL, NULL},
    {"outstanding", API_AMOUNT, true, NULL, NULL},
    {"committed", API_AMOUNT, true, NULL, "used and reserved"},
    {"effective_cap", API_AMOUNT, true, NULL, "cap and active raise"},
    {"available", API_AMOUNT, true, NULL, "can be negative"},
    {"over", API_BOOLEAN, true, NULL, "committed is above effective_cap"},
    {0},
};

static const struct api_property tree_node[] = {
    {"depth", API_INTEGER, true, NULL, "levels below the root"},
    {"children", API_BOOLEAN, true, NULL, "there are limits below it"},
    {"repeated", API_BOOLEAN, true, NULL,
     "reached by a further way: what is below it stands where it was reached by its first parent"},
    {"limit", API_OBJECT, true, "Limit", NULL},
    {0},
};

static const struct api_property record[] = {
    {"id", API_ID, true, NULL, NULL},
    {"limit", API_ID, true, NULL, "the limit that it was made on"},
    {"currency", API_CURRENCY, true, NULL, NULL},
    {"amount", API_AMOUNT, true, NULL, "as made"},
    {"exposure", API_AMOUNT, true, NULL, "as made"},
    {"weighted", API_AMOUNT, true, NULL, "as made"},
    {"remaining_amount", API_AMOUNT, true, NULL, "what stands"},
    {"remaining_exposure", API_AMOUNT, true, NULL, NULL},
    {"remaining_weighted", API_AMOUNT, true, NULL, NULL},
    {0},
};

static const struct api_property record_item[] = {
    {"reservation", API_OBJECT, false, "Reservation", "one of the two is there"},
    {"exposure", API_OBJECT, false, "Exposure", NULL},
    {0},
};

static const struct api_property unlock[] = {
    {"id", API_ID, true, NULL, NULL},
    {"limit", API_ID, true, NULL, NULL},
    {"amount", API_AMOUNT, true, NULL, "as granted"},
    {"remaining", API_AMOUNT, true, NULL, "not yet charged"},
    {"until", API_DATE, true, NULL, "last business date"},
    {"lifts", API_WORDS, true,
     "limit_exceeded|limit_frozen|not_yet_valid|expired|due_required|due_too_late", NULL},
    {0},
};

static const struct api_property event[] = {
    {"number", API_INTEGER, true, NULL, "1, 2, 3 ... of its source"},
    {"source", API_WORD, true, "ledger|credit", "which plane it is of"},
    {"at", API_TIME, true, NULL, "ledger time; of a step of the credit plane when it was done"},
    {"op", API_TEXT, true, NULL, "the command's, or expire; of a step what was done"},
    {"subject", API_TEXT, false, NULL, "of a step: what it was done to, as kind/id"},
    {"detail", API_ANY, false, NULL, "of a step: more of it"},
    {"id", API_ID, false, NULL, "of the command"},
    {"limit", API_ID, false, NULL, "the limit concerned"},
    {"record", API_ID, false, NULL, "the reservation or exposure made or changed"},
    {"currency", API_CURRENCY, false, NULL, "of the amounts"},
    {"amount", API_AMOUNT, false, NULL, "moved, or the new cap, raise, frozen or unlocked amount"},
    {"exposure", API_AMOUNT, false, NULL, NULL},
    {"weighted", API_AMOUNT, false, NULL, NULL},
    {"actor", API_TEXT, false, NULL, NULL},
    {"reason", API_TEXT, false, NULL, NULL},
    {"case", API_TEXT, false, NULL, NULL},
    {0},
};

#define PAGE_OF(name, member, schema)                                                              \
    static const struct api_property name[] = {                                                    \
        {member, API_OBJECTS, true, schema, NULL},                                                 \
        {"next", API_TEXT, false, NULL, "the cursor of the next page; null after the last"},       \
        {0},                                                                                       \
    }

PAGE_OF(limit_page, "limits", "Limit");
PAGE_OF(tree_page, "limits", "TreeNode");
PAGE_OF(record_page, "records", "Record");
PAGE_OF(movement_page, "movements", "Event");

static const struct api_property event_page[] = {
    {"events", API_OBJECTS, true, "Event", NULL},
    {"next", API_TEXT, true, NULL, "the place to ask after for what follows"},
    {0},
};

static const struct api_property rate[] = {
    {"currency", API_CURRENCY, true, NULL, NULL},
    {"rate", API_RATE, true, NULL, "price of one major unit in the base currency"},
    {0},
};

static const struct api_property rates[] = {
    {"base", API_CURRENCY, true, NULL, NULL},
    {"rates", API_OBJECTS, true, "Rate", NULL},
    {0},
};

static const struct api_property day[] = {
    {"business_date", API_DATE, true, NULL, NULL},
    {"time", API_TIME, true, NULL, "ledger time: that of the last command"},
    {"base", API_CURRENCY, true, NULL, NULL},
    {0},
};

#define TOKEN_PROPERTIES                                                                           \
    {"id", API_TEXT, true, NULL, NULL}, {"name", API_TEXT, true, NULL, NULL},                      \
        {"role", API_WORD, true, "reader|operator|administrator", NULL},                           \
        {"scope", API_TEXT, false, NULL, "all that the role may unless given"},                    \
        {"organisation", API_TEXT, false, NULL, "it reaches what stands at and below"},            \
        {"created", API_TIME, true, NULL, NULL}, {"expires", API_TIME, false, NULL, NULL},         \
        {"revoked", API_TIME, false, NULL, NULL},                                                  \
    {                                                                                              \
        "used", API_DATE, false, NULL, "last day on which it was shown"                            \
    }

static const struct api_property token[] = {
    TOKEN_PROPERTIES,
    {0},
};

static const struct api_property new_token[] = {
    TOKEN_PROPERTIES,
    {"token", API_TEXT, true, NULL, "the secret, shown this once"},
    {0},
};

static const struct api_property tokens[] = {
    {"tokens", API_OBJECTS, true, "Token", NULL},
    {0},
};

static const struct api_property token_request[] = {
    {"name", API_TEXT, true, NULL, "1 to 64 bytes"},
    {"role", API_WORD, true, "reader|operator|administrator", NULL},
    {"expires", API_TIME, false, NULL, "never unless given"},
    {"scope", API_TEXT, false, NULL,
     "words such as limits:read (x-scope of each operation), one space between two; all that the "
     "role may unless given"},
    {"organisation", API_TEXT, false, NULL, "its id; the token reaches what stands at and below"},
    {0},
};

static const struct api_property decision_input[] = {
    {"name", API_TEXT, true, NULL, NULL},
    {"id", API_TEXT, true, NULL, NULL},
    {"type", API_TEXT, true, NULL, "as FEEL writes it; Any when the model names none"},
    {0},
};

static const struct api_property decision_element[] = {
    {"name", API_TEXT, true, NULL, NULL},
    {"id", API_TEXT, true, NULL, NULL},
    {"kind", API_WORD, true, "decision|decision service|knowledge model", NULL},
    {"type", API_TEXT, true, NULL, "of the result"},
    {0},
};

static const struct api_property decision_model[] = {
    {"model", API_TEXT, true, NULL, "the name of its file without .dmn"},
    {"name", API_TEXT, true, NULL, "as the model calls itself"},
    {"namespace", API_TEXT, true, NULL, NULL},
    {"model_hash", API_TEXT, true, NULL, "SHA-256 of the file"},
    {"problems", API_INTEGER, true, NULL, "expressions and references that are wrong"},
    {"inputs", API_OBJECTS, true, "DecisionInput", NULL},
    {"decisions", API_OBJECTS, true, "Decision", NULL},
    {0},
};

static const struct api_property decision_models[] = {
    {"models", API_OBJECTS, true, "DecisionModel", NULL},
    {0},
};

static const struct api_property diagnostic[] = {
    {"where", API_TEXT, false, NULL, "the expression of the model"},
    {"column", API_INTEGER, false, NULL, "in the text of the expression, from 1, in bytes"},
    {"message", API_TEXT, true, NULL, NULL},
    {0},
};

static const struct api_property trace_input[] = {
    {"expression", API_TEXT, true, NULL, NULL},
    {"value", API_ANY, true, NULL, NULL},
    {0},
};

static const struct api_property trace_table[] = {
    {"line", API_INTEGER, true, NULL, "of the table in the model's file"},
    {"inputs", API_OBJECTS, true, "TraceInput", "what each input column saw"},
    {"rules", API_INTEGERS, true, NULL, "the rules that matched, from 1"},
    {0},
};

static const struct api_property trace[] = {
    {"name", API_TEXT, true, NULL, NULL},
    {"value", API_ANY, true, NULL, NULL},
    {"tables", API_OBJECTS, true, "TraceTable", NULL},
    {0},
};

static const struct api_property decision_answer[] = {
    {"model", API_TEXT, true, NULL, "as the model calls itself"},
    {"model_hash", API_TEXT, true, NULL, "SHA-256 of the file"},
    {"decision", API_TEXT, true, NULL, "as asked"},
    {"result", API_ANY, true, NULL, "numbers with all digits; dates and durations as strings"},
    {"diagnostics", API_OBJECTS, true, "Diagnostic", "why values became null"},
    {"inputs", API_ANY, false, NULL, "with explain: the inputs, after conversion to their types"},
    {"decisions", API_OBJECTS, false, "DecisionTrace",
     "with explain: the decisions on the way, in the order in which they were finished"},
    {0},
};

static const struct api_property audit_entry[] = {
    {"number", API_INTEGER, true, NULL, "from 1, without gaps"},
    {"at", API_TIME, true, NULL, NULL},
    {"actor", API_TEXT, true, NULL, "id of the user or token; system for the program's own"},
    {"address", API_TEXT, true, NULL, "where the request came from"},
    {"action", API_TEXT, true, NULL, "what was done"},
    {"subject", API_TEXT, true, NULL, "what it was done to"},
    {"before", API_TEXT, false, NULL, "JSON, as it was"},
    {"after", API_TEXT, false, NULL, "JSON, as it is since"},
    {"reason", API_TEXT, false, NULL, NULL},
    {"hash", API_TEXT, true, NULL, "SHA-256 over the entry and the hash of the one before"},
    {0},
};

static const struct api_property audit_page[] = {
    {"items", API_OBJECTS, true, "AuditEntry", NULL},
    {"next", API_INTEGER, true, NULL, "the \"after\" of the next page; null when there is none"},
    {0},
};

static const struct api_property audit_head[] = {
    {"number", API_INTEGER, true, NULL, NULL},
    {"hash", API_TEXT, true, NULL, NULL},
    {"line", API_TEXT, true, NULL, "both, as headroom verify --audit-heads reads them"},
    {0},
};

static const struct api_property made[] = {
    {"id", API_TEXT, true, NULL, NULL},
    {0},
};

static const struct api_property problem[] = {
    {"type", API_TEXT, true, NULL, "/problems/ and a word that does not change"},
    {"title", API_TEXT, true, NULL, NULL},
    {"status", API_INTEGER, true, NULL, NULL},
    {"detail", API_TEXT, false, NULL, "in English, or Chinese when Accept-Language asks for it"},
    {0},
};

static const struct api_schema schemas[] = {
    {"Result", "what became of one command", result},
    {"Refusal", "one reason of a refusal", refusal},
    {"Limit", "a limit with its figures", limit},
    {"Raise", "a temporary increase", raise},
    {"TreeNode", "a limit in a tree", tree_node},
    {"Reservation", "room that is held", record},
    {"Exposure", "a drawing", record},
    {"Record", "an open reservation or exposure", record_item},
    {"Unlock", "a permission to pass a limit", unlock},
    {"Event", "what an accepted command, or the passage of time, did", event},
    {"LimitPage", NULL, limit_page},
    {"TreePage", NULL, tree_page},
    {"RecordPage", NULL, record_page},
    {"MovementPage", NULL, movement_page},
    {"EventPage", NULL, event_page},
    {"Rate", NULL, rate},
    {"Rates", NULL, rates},
    {"Day", NULL, day},
    {"Token", "who may sign in", token},
    {"NewToken", "a token with its secret", new_token},
    {"Tokens", NULL, tokens},
    {"TokenRequest", NULL, token_request},
    {"DecisionInput", "an input of a decision model", decision_input},
    {"Decision", "what can be asked of a decision model", decision_element},
    {"DecisionModel", NULL, decision_model},
    {"DecisionModels", NULL, decision_models},
    {"DecisionAnswer", "the value of a decision and, if asked, what led to it", decision_answer},
    {"Diagnostic", "a place and what was wrong there", diagnostic},
    {"DecisionTrace", "one decision as it was evaluated", trace},
    {"TraceTable", "one decision table as it was evaluated", trace_table},
    {"TraceInput", NULL, trace_input},
    {"AuditEntry", "a change, or a look at personal data", audit_entry},
    {"AuditPage", NULL, audit_page},
    {"AuditHead", NULL, audit_head},
    {"Made", "what was made", made},
    {"Problem", "RFC 9457", problem},
    {0},
};

/* ---- writing ---- */

static void member(struct json_writer *writer, const char *name, const char *text)
{
    json_name(writer, slice_from_cstr(name));
    json_string(writer, slice_from_cstr(text));
}

void api_reference_write(struct json_writer *writer, const char *name)
{
    char reference[128];

    (void)snprintf(reference, sizeof(reference), "#/components/schemas/%s", name);
    json_object_begin(writer);
    member(writer, "$ref", reference);
    json_object_end(writer);
}

static void words_write(struct json_writer *writer, const char *words)
{
    struct slice rest = slice_from_cstr(words);
    struct slice word;

    json_name(writer, SLICE("enum"));
    json_array_begin(writer);
    while (slice_split(&rest, '|', &word)) {
        json_string(writer, word);
    }
    json_array_end(writer);
}

static void string_write(struct json_writer *writer, const char *format, const char *pattern)
{
    member(writer, "type", "string");
    if (format != NULL) {
        member(writer, "format", format);
    }
    if (pattern != NULL) {
        member(writer, "pattern", pattern);
    }
}

static void list_begin(struct json_writer *writer)
{
    member(writer, "type", "array");
    json_name(writer, SLICE("items"));
}

/* The members of a schema that is neither reference nor list. */
static void scalar_write(struct json_writer *writer, enum api_type type, const char *detail)
{
    switch (type) {
    case API_ID:
        string_write(writer, NULL, NULL);
        json_name(writer, SLICE("minLength"));
        json_u64(writer, 1);
        json_name(writer, SLICE("maxLength"));
        json_u64(writer, LEDGER_ID_SIZE);
        return;
    case API_AMOUNT:
        string_write(writer, NULL, "^-?[0-9]+([.][0-9]{1,4})?$");
        return;
    case API_CURRENCY:
        string_write(writer, NULL, "^[A-Z]{3}$");
        return;
    case API_RATE:
        string_write(writer, NULL, "^[0-9]+([.][0-9]{1,10})?$");
        return;
    case API_DATE:
        string_write(writer, "date", NULL);
        return;
    case API_TIME:
        string_write(writer, "date-time", NULL);
        return;
    case API_INTEGER:
        member(writer, "type", "integer");
        return;
    case API_BOOLEAN:
        member(writer, "type", "boolean");
        return;
    case API_WORD:
        string_write(writer, NULL, NULL);
        words_write(writer, detail);
        return;
    default:
        string_write(writer, NULL, NULL);
        return;
    }
}

void api_type_write(struct json_writer *writer, enum api_type type, const char *detail,
                    const char *description)
{
    json_object_begin(writer);
    if (description != NULL) {
        member(writer, "description", description);
    }
    switch (type) {
    case API_OBJECT: {
        char reference[128];
        (void)snprintf(reference, sizeof(reference), "#/components/schemas/%s", detail);
        member(writer, "$ref", reference);
        break;
    }
    case API_OBJECTS:
        list_begin(writer);
        api_reference_write(writer, detail);
        break;
    case API_IDS:
        list_begin(writer);
        api_type_write(writer, API_ID, NULL, NULL);
        break;
    case API_TEXTS:
        list_begin(writer);
        api_type_write(writer, API_TEXT, NULL, NULL);
        break;
    case API_ANY:
        break;
    case API_INTEGERS:
        list_begin(writer);
        api_type_write(writer, API_INTEGER, NULL, NULL);
        break;
    case API_WORDS:
        list_begin(writer);
        api_type_write(writer, API_WORD, detail, NULL);
        break;
    default:
        scalar_write(writer, type, detail);
        break;
    }
    json_object_end(writer);
}

static void schema_write(struct json_writer *writer, const struct api_schema *schema)
{
    json_name(writer, slice_from_cstr(schema->name));
    json_object_begin(writer);
    member(writer, "type", "object");
    if (schema->description != NULL) {
        member(writer, "description", schema->description);
    }
    json_name(writer, SLICE("required"));
    json_array_begin(writer);
    for (const struct api_property *p = schema->properties; p->name != NULL; p++) {
        if (p->required) {
            json_string(writer, slice_from_cstr(p->name));
        }
    }
    json_array_end(writer);
    json_name(writer, SLICE("properties"));
    json_object_begin(writer);
    for (const struct api_property *p = schema->properties; p->name != NULL; p++) {
        json_name(writer, slice_from_cstr(p->name));
        api_type_write(writer, p->type, p->detail, p->description);
    }
    json_object_end(writer);
    json_object_end(writer);
}

/* ---- commands: from the ledger's own table of fields ---- */

struct field_schema {
    const char *name;
    enum api_type type;
    const char *detail;
};

#define TYPE_ID API_ID, NULL
#define TYPE_TARGET API_ID, NULL
#define TYPE_AMOUNT API_AMOUNT, NULL
#define TYPE_CURRENCY API_CURRENCY, NULL
#define TYPE_RATE API_RATE, NULL
#define TYPE_DATE API_DATE, NULL
#define TYPE_TIME API_TIME, NULL
#define TYPE_IDS API_IDS, NULL
#define TYPE_TEXT API_TEXT, NULL
#define TYPE_WORD API_WORD, NULL
#define TYPE_WORDS API_WORDS, NULL
#define TYPE_INTEGER API_INTEGER, NULL
#define TYPE_BOOLEAN API_BOOLEAN, NULL

static const struct field_schema fields[LEDGER_FIELD_COUNT] = {
#define X(identifier, name, type) [LEDGER_FIELD_##identifier] = {name, TYPE_##type},
    LEDGER_FIELD_LIST(X)
#undef X
};

/* The words of an enumeration, which the type alone does not tell. */
static const char *field_words(enum ledger_field field)
{
    switch (field) {
    case LEDGER_FIELD_MEASURE:
        return "nominal|exposure|weighted";
    case LEDGER_FIELD_MODE:
        return "hard|soft|off";
    case LEDGER_FIELD_STATUS:
        return "pending|active";
    case LEDGER_FIELD_LIFTS:
        return "limit_exceeded|limit_frozen|not_yet_valid|expired|due_required|due_too_late";
    default:
        return NULL;
    }
}

static void command_name(char *ret_name, size_t size, enum ledger_op op)
{
    const struct slice name = ledger_op_name(op);

    (void)snprintf(ret_name, size, "Command.%.*s", (int)name.size, name.data);
}

static void command_properties(struct json_writer *writer, enum ledger_op op, uint64_t known)
{
    json_name(writer, SLICE("properties"));
    json_object_begin(writer);
    json_name(writer, SLICE("op"));
    json_object_begin(writer);
    json_name(writer, SLICE("const"));
    json_string(writer, ledger_op_name(op));
    json_object_end(writer);
    for (unsigned i = 0; i < LEDGER_FIELD_COUNT; i++) {
        if ((known >> i & 1) != 0) {
            json_name(writer, slice_from_cstr(fields[i].name));
            api_type_write(writer, fields[i].type, field_words((enum ledger_field)i), NULL);
        }
    }
    json_object_end(writer);
}

static void command_write(struct json_writer *writer, enum ledger_op op)
{
    char name[64];
    uint64_t required;
    uint64_t optional;

    ledger_op_fields(op, &required, &optional);
    command_name(name, sizeof(name), op);
    json_name(writer, slice_from_cstr(name));
    json_object_begin(writer);
    member(writer, "type", "object");
    json_name(writer, SLICE("required"));
    json_array_begin(writer);
    json_string(writer, SLICE("op"));
    for (unsigned i = 0; i < LEDGER_FIELD_COUNT; i++) {
        if ((required >> i & 1) != 0) {
            json_string(writer, slice_from_cstr(fields[i].name));
        }
    }
    json_array_end(writer);
    command_properties(writer, op, (required | optional) & ~LEDGER_HAS(AT));
    json_name(writer, SLICE("additionalProperties"));
    json_bool(writer, false);
    json_object_end(writer);
}

/* Lists of commands and results, and the union of the commands. */
static void command_lists_write(struct json_writer *writer)
{
    char name[64];

    json_name(writer, SLICE("Command"));
    json_object_begin(writer);
    json_name(writer, SLICE("oneOf"));
    json_array_begin(writer);
    for (unsigned op = LEDGER_OP_NONE + 1; op < LEDGER_OP_EXPIRE; op++) {
        command_name(name, sizeof(name), (enum ledger_op)op);
        api_reference_write(writer, name);
    }
    json_array_end(writer);
    json_object_end(writer);
    json_name(writer, SLICE("Commands"));
    api_type_write(writer, API_OBJECTS, "Command", "at most 8192 commands, one batch");
    json_name(writer, SLICE("Results"));
    api_type_write(writer, API_OBJECTS, "Result", "one a command, in order");
    json_name(writer, SLICE("DecisionInputs"));
    json_object_begin(writer);
    member(writer, "type", "object");
    member(writer, "description", "values by the names of the model's inputs");
    json_object_end(writer);
    json_name(writer, SLICE("TaskOutputs"));
    json_object_begin(writer);
    member(writer, "type", "object");
    member(writer, "description", "values by the names of the fields of the task's form");
    json_object_end(writer);
    json_name(writer, SLICE("Description"));
    json_object_begin(writer);
    member(writer, "type", "object");
    json_object_end(writer);
}

/* Parts that have a file of their own follow. */
static const struct api_schema *const parts[] = {
    schemas,
    api_schemas_people,
    api_schemas_customer,
    api_schemas_group,
    api_schemas_credit,
    api_schemas_pack,
    api_schemas_process,
};

void api_components_write(struct json_writer *writer)
{
    json_object_begin(writer);
    json_name(writer, SLICE("securitySchemes"));
    json_object_begin(writer);
    json_name(writer, SLICE("token"));
    json_object_begin(writer);
    member(writer, "type", "http");
    member(writer, "scheme", "bearer");
    json_object_end(writer);
    json_object_end(writer);
    json_name(writer, SLICE("schemas"));
    json_object_begin(writer);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        for (const struct api_schema *schema = parts[i]; schema->name != NULL; schema++) {
            schema_write(writer, schema);
        }
    }
    for (unsigned op = LEDGER_OP_NONE + 1; op < LEDGER_OP_EXPIRE; op++) {
        command_write(writer, (enum ledger_op)op);
    }
    command_lists_write(writer);
    json_object_end(writer);
    json_object_end(writer);
}
