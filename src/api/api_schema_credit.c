/* What the bodies of applications and decisions look like. */
#include "api/api_schema.h"

#define STATES "draft|submitted|withdrawn|rejected|approved|active|refused"

static const struct api_property condition[] = {
    {"when", API_WORD, true, "before_signing|before_first_draw|before_each_draw|standing", NULL},
    {"text", API_TEXT, true, NULL, "1 to 2000 bytes"},
    {0},
};

static const struct api_property line[] = {
    {"clause", API_TEXT, false, NULL, "its place in the tree, 1.2; given by the server"},
    {"product", API_TEXT, true, NULL, "of the pack"},
    {"currency", API_CURRENCY, false, NULL, "that of the total unless given"},
    {"amount", API_AMOUNT, true, NULL, "above zero; in the same currency not above what it is in"},
    {"tenor_months", API_INTEGER, true, NULL, "1 to 600"},
    {"revolving", API_BOOLEAN, true, NULL, NULL},
    {"conditions", API_OBJECTS, false, "Condition", "at most 50"},
    {"lines", API_OBJECTS, false, "ProposedLine", "within it; 8 deep, 200 in all"},
    {0},
};

static const struct api_property proposal[] = {
    {"customer", API_ID, true, NULL, NULL},
    {"type", API_TEXT, true, NULL, "of the pack: new"},
    {"purpose", API_TEXT, true, NULL, "1 to 2000 bytes"},
    {"currency", API_CURRENCY, true, NULL, "of the total"},
    {"amount", API_AMOUNT, true, NULL,
     "what the customer's total limit is opened with or raised by"},
    {"lines", API_OBJECTS, true, "ProposedLine", NULL},
    {0},
};

static const struct api_property decision[] = {
    {"id", API_TEXT, true, NULL, "each limit that it opened names it, with the clause"},
    {"outcome", API_WORD, true, "approve|reject", NULL},
    {"state", API_WORD, true, "rejected|waiting|owed|active|refused",
     "waiting: for the ledger's answer to the customer's decision before"},
    {"decider", API_TEXT, true, NULL, NULL},
    {"opinion", API_TEXT, false, NULL, NULL},
    {"made_at", API_TIME, true, NULL, NULL},
    {"valid_until", API_DATE, false, NULL, "last day of drawing"},
    {"case", API_TEXT, true, NULL, NULL},
    {"step", API_TEXT, true, NULL, "of the case"},
    {"approved", API_OBJECT, true, "Proposal", NULL},
    {"rules", API_ANY, true, NULL, "the limits of the pack that it had to fit"},
    {"proof", API_ANY, false, NULL, "the decision table's own account of the authority"},
    {0},
};

static const struct api_property application[] = {
    {"id", API_TEXT, true, NULL, NULL},
    {"version", API_INTEGER, true, NULL, "from 1; the ETag"},
    {"state", API_WORD, true, STATES, NULL},
    {"legal_entity", API_TEXT, true, NULL, NULL},
    {"organisation", API_TEXT, true, NULL, "that entered it"},
    {"customer", API_ID, true, NULL, NULL},
    {"type", API_TEXT, true, NULL, NULL},
    {"case", API_TEXT, false, NULL, "of the process, once it is submitted"},
    {"created_by", API_TEXT, true, NULL, NULL},
    {"created_at", API_TIME, true, NULL, NULL},
    {"changed_at", API_TIME, true, NULL, NULL},
    {"submitted_at", API_TIME, false, NULL, NULL},
    {"routing", API_ANY, false, NULL,
     "once it is submitted: the pack in force, what its routing table was asked and answered"},
    {"hash", API_TEXT, true, NULL, "SHA-256 over the bytes of `proposal`: what an approval names"},
    {"proposal", API_OBJECT, true, "Proposal", NULL},
    {"decisions", API_OBJECTS, false, "Verdict", "not in lists"},
    {0},
};

static const struct api_property application_page[] = {
    {"items", API_OBJECTS, true, "Application",
     "what is beyond reach is left out: a page may be short"},
    {"next", API_TEXT, false, NULL, "the cursor of the next page; null on the last"},
    {0},
};

static const struct api_property application_request[] = {
    {"organisation", API_TEXT, true, NULL, "that enters it"},
    {"proposal", API_OBJECT, true, "Proposal", NULL},
    {0},
};

static const struct api_property application_change[] = {
    {"proposal", API_OBJECT, true, "Proposal", NULL},
    {0},
};

static const struct api_property application_version[] = {
    {"version", API_INTEGER, true, NULL, NULL},
    {"state", API_WORD, true, STATES, NULL},
    {"actor", API_TEXT, true, NULL, NULL},
    {"at", API_TIME, true, NULL, NULL},
    {"proposal", API_OBJECT, true, "Proposal", NULL},
    {0},
};

static const struct api_property application_versions[] = {
    {"items", API_OBJECTS, true, "ApplicationVersion", NULL},
    {0},
};

static const struct api_property check_pack[] = {
    {"id", API_TEXT, true, NULL, NULL},
    {"version", API_TEXT, true, NULL, NULL},
    {"hash", API_TEXT, true, NULL, NULL},
    {0},
};

static const struct api_property check_break[] = {
    {"rule", API_TEXT, true, NULL, "limit of the pack that the decision would open"},
    {"currency", API_CURRENCY, true, NULL, NULL},
    {"cap", API_AMOUNT, true, NULL, NULL},
    {"required", API_AMOUNT, true, NULL, "of the lines that it counts, drawn in full"},
    {"required_currency", API_CURRENCY, true, NULL,
     "another than the limit's cannot be compared before it is open"},
    {0},
};

static const struct api_property check_asked[] = {
    {"limit", API_ID, true, NULL, "of the ledger, that stands"},
    {"amount", API_AMOUNT, true, NULL, NULL},
    {"currency", API_CURRENCY, true, NULL, NULL},
    {"answer", API_OBJECT, true, "Result", "of the ledger's check, over the whole path"},
    {0},
};

static const struct api_property check_broken[] = {
    {"scope", API_WORD, true, "customer|group", NULL},
    {"rule", API_TEXT, false, NULL, "limit of the pack; none: the total of the group"},
    {"group", API_ID, false, NULL, NULL},
    {"reason", API_TEXT, true, NULL, "as of a refusal: limit_exceeded, or why it cannot be asked"},
    {"currency", API_CURRENCY, false, NULL, "of the amounts, which limit_exceeded has"},
    {"available", API_AMOUNT, false, NULL, "may be below nil"},
    {"required", API_AMOUNT, false, NULL, NULL},
    {"excess", API_AMOUNT, false, NULL, "required beyond what is available"},
    {"zh", API_TEXT, true, NULL, "all this in Chinese"},
    {"en", API_TEXT, true, NULL, "and in English"},
    {0},
};

static const struct api_property check_answer[] = {
    {"fits", API_BOOLEAN, true, NULL, "nothing is named in what follows, no check is refused"},
    {"pack", API_OBJECT, true, "ApplicationCheckPack", "that is in force"},
    {"settles", API_BOOLEAN, false, NULL,
     "false: the ledger would not have the limits of the pack brought to the day"},
    {"broken", API_OBJECTS, true, "ApplicationCheckBroken",
     "of customer and group, by what figure"},
    {"unknown", API_TEXT, false, NULL, "the first product that the pack does not have, or has off"},
    {"breaks", API_OBJECTS, true, "ApplicationCheckBreak", NULL},
    {"checks", API_OBJECTS, true, "ApplicationCheckAsked", NULL},
    {0},
};

static const struct api_property view_limit[] = {
    {"depth", API_INTEGER, true, NULL, "levels below the customer's topmost limit"},
    {"decision", API_TEXT, false, NULL,
     "that opened it; not where it was opened by a command alone"},
    {"clause", API_TEXT, false, NULL, "of the decision, or the limit of the pack"},
    {"legal_entity", API_TEXT, false, NULL, NULL},
    {"limit", API_OBJECT, true, "Limit", "used, reserved, and available: the room left"},
    {0},
};

static const struct api_property view_task[] = {
    {"id", API_TEXT, true, NULL, NULL},
    {"element", API_TEXT, true, NULL, "of the process"},
    {"name", API_TEXT, true, NULL, NULL},
    {"state", API_WORD, true, "open|claimed|returned", NULL},
    {"candidates", API_TEXT, true, NULL, "as the process names them"},
    {"claimed_by", API_TEXT, false, NULL, NULL},
    {"created_at", API_TIME, true, NULL, NULL},
    {"due_at", API_TIME, false, NULL, NULL},
    {"escalated_at", API_TIME, false, NULL, "since when it is overdue and others see it"},
    {0},
};

static const struct api_property view_case[] = {
    {"case", API_OBJECT, true, "Case", NULL},
    {"tasks", API_OBJECTS, true, "CustomerViewTask", "those that wait for somebody"},
    {0},
};

static const struct api_property customer_view[] = {
    {"customer", API_OBJECT, true, "Customer", NULL},
    {"business_date", API_DATE, true, NULL, "of the ledger"},
    {"limits", API_OBJECTS, true, "CustomerViewLimit",
     "in depth-first order, each below the first of its parents that is the customer's"},
    {"records", API_OBJECTS, true, "Record", "what stands drawn or reserved on them, at most 200"},
    {"applications", API_OBJECTS, true, "Application", "the newest, at most 50"},
    {"cases", API_OBJECTS, true, "CustomerViewCase", "the newest, at most 50"},
    {"more", API_BOOLEAN, true, NULL, "there is more than stands here; the lists have all of it"},
    {0},
};

const struct api_schema api_schemas_credit[] = {
    {"Condition", "what must hold, and when", condition},
    {"ProposedLine", "a line that is proposed or approved", line},
    {"Proposal", "what is proposed or approved for a customer", proposal},
    {"Verdict", "a decision on an application", decision},
    {"Application", NULL, application},
    {"ApplicationPage", NULL, application_page},
    {"ApplicationRequest", NULL, application_request},
    {"ApplicationChange", NULL, application_change},
    {"ApplicationVersion", NULL, application_version},
    {"ApplicationVersions", NULL, application_versions},
    {"ApplicationCheckPack", NULL, check_pack},
    {"ApplicationCheckBreak", NULL, check_break},
    {"ApplicationCheckAsked", NULL, check_asked},
    {"ApplicationCheckBroken", "a limit that the lines, drawn in full, would break", check_broken},
    {"ApplicationCheck", "what would not fit", check_answer},
    {"CustomerViewLimit", NULL, view_limit},
    {"CustomerViewTask", "a task, without what it holds", view_task},
    {"CustomerViewCase", NULL, view_case},
    {"CustomerView", NULL, customer_view},
    {0},
};
