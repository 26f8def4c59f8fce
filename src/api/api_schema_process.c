/* What the bodies of tasks and cases look like. */
#include "api/api_schema.h"

static const struct api_property process_task[] = {
    {"id", API_TEXT, true, NULL, NULL},
    {"version", API_INTEGER, true, NULL, "its ETag"},
    {"case", API_TEXT, true, NULL, NULL},
    {"subject", API_TEXT, true, NULL, "what the case is about"},
    {"organisation", API_TEXT, true, NULL, "of the case"},
    {"element", API_TEXT, true, NULL, "of the process"},
    {"name", API_TEXT, true, NULL, NULL},
    {"form", API_TEXT, false, NULL, "of the pack: what it is completed with"},
    {"candidates", API_TEXT, true, NULL, "as the process names them"},
    {"assignee", API_TEXT, false, NULL, "the only one who may"},
    {"state", API_WORD, true, "open|claimed|returned|done|cancelled", NULL},
    {"claimed_by", API_TEXT, false, NULL, NULL},
    {"in_stead_of", API_TEXT, false, NULL, "by delegation: the user who was to act"},
    {"role", API_TEXT, false, NULL, "under which it was claimed"},
    {"reason", API_TEXT, false, NULL, "of the last return"},
    {"inputs", API_ANY, true, NULL, "an object"},
    {"outputs", API_ANY, false, NULL, "an object, once it is done"},
    {"created_at", API_TIME, true, NULL, NULL},
    {"due_at", API_TIME, false, NULL, NULL},
    {"returned_at", API_TIME, false, NULL, "since when it waits for a supplement"},
    {"escalated_at", API_TIME, false, NULL, "since when it is overdue and others see it"},
    {"ended_at", API_TIME, false, NULL, NULL},
    {"shown", API_TEXT, false, NULL, "the hash on which it was completed, as that person named it"},
    {"content", API_TEXT, false, NULL,
     "of one task, about an application: the hash of what is proposed now"},
    {"names_content", API_BOOLEAN, false, NULL, "whether who completes it names `content`"},
    {0},
};

static const struct api_property task_page[] = {
    {"items", API_OBJECTS, true, "Task", NULL},
    {"next", API_TEXT, true, NULL, "cursor of the next page; null on the last"},
    {0},
};

static const struct api_property task_reason[] = {
    {"reason", API_TEXT, true, NULL, "1 to 500 bytes"},
    {0},
};

static const struct api_property process_case[] = {
    {"id", API_TEXT, true, NULL, NULL},
    {"step", API_INTEGER, true, NULL, "events taken"},
    {"phase", API_WORD, true, "running|completed|cancelled", NULL},
    {"subject", API_TEXT, true, NULL, "what it is about, such as application/AP-00000001"},
    {"organisation", API_TEXT, true, NULL, NULL},
    {"process", API_TEXT, true, NULL, "of the pack"},
    {"pack", API_TEXT, true, NULL, "its hash"},
    {"incidents", API_INTEGER, true, NULL, "that a person must resolve"},
    {"started_by", API_TEXT, true, NULL, NULL},
    {"started_at", API_TIME, true, NULL, NULL},
    {"changed_at", API_TIME, true, NULL, NULL},
    {"ended_at", API_TIME, false, NULL, NULL},
    {"tasks", API_OBJECTS, false, "Task", "of one case alone"},
    {"open_incidents", API_OBJECTS, false, "Incident", "of one case alone"},
    {0},
};

static const struct api_property incident[] = {
    {"wait", API_INTEGER, true, NULL, "its number in the case; the history says why it arose"},
    {"element", API_TEXT, true, NULL, "of the process"},
    {"name", API_TEXT, true, NULL, NULL},
    {"flows", API_ANY, true, NULL, "a list: ids of the flows by which it can go on"},
    {0},
};

static const struct api_property incident_resolution[] = {
    {"reason", API_TEXT, true, NULL, "1 to 500 bytes"},
    {"flow", API_TEXT, false, NULL, "the way to go on; the element is entered again without it"},
    {"variables", API_ANY, false, NULL, "an object: values to go on with"},
    {0},
};

static const struct api_property case_request[] = {
    {"process", API_TEXT, true, NULL, "id in the pack in force at the organisation"},
    {"organisation", API_TEXT, true, NULL, NULL},
    {"subject", API_TEXT, true, NULL, "what it is about, such as customer/CU-00000001"},
    {"key", API_TEXT, false, NULL, "tells cases of one process and subject apart; 100 bytes"},
    {"variables", API_ANY, false, NULL,
     "an object: what the form of the start event asks for, or anything where it has none"},
    {0},
};

static const struct api_property case_move_preview[] = {
    {"elements", API_ANY, false, NULL,
     "an object: ids of the newer process by ids of the older; others keep theirs"},
    {0},
};

static const struct api_property case_move_request[] = {
    {"pack", API_TEXT, true, NULL, "`to` of the preview"},
    {"step", API_INTEGER, true, NULL, "of the case, as the preview showed it"},
    {"reason", API_TEXT, true, NULL, "1 to 500 bytes"},
    {"elements", API_ANY, false, NULL, "as in the preview"},
    {0},
};

static const struct api_property case_move[] = {
    {"case", API_TEXT, true, NULL, NULL},
    {"step", API_INTEGER, true, NULL, "of the case"},
    {"from", API_TEXT, true, NULL, "hash of the pack that it runs by, or ran by"},
    {"to", API_TEXT, true, NULL, "hash of the pack in force at its organisation"},
    {"possible", API_BOOLEAN, true, NULL, NULL},
    {"moves", API_ANY, true, NULL,
     "a list: what (scope, token, wait), number, element, kind; to, ends or obstacle"},
    {0},
};

static const struct api_property message_request[] = {
    {"name", API_TEXT, true, NULL, "of the message in the process"},
    {"key", API_TEXT, false, NULL, "its correlation key"},
    {"id", API_TEXT, false, NULL, "of this message: a case takes one id once"},
    {"case", API_TEXT, false, NULL, "the case; unless given the one that awaits name and key"},
    {"variables", API_ANY, false, NULL, "an object"},
    {0},
};

static const struct api_property case_page[] = {
    {"items", API_OBJECTS, true, "Case", NULL},
    {"next", API_TEXT, true, NULL, "cursor of the next page; null on the last"},
    {0},
};

static const struct api_property history_page[] = {
    {"items", API_ANY, true, NULL, "effects, as `headroom bpmn run` prints them"},
    {"next", API_TEXT, true, NULL, "cursor of the next page; null on the last"},
    {0},
};

static const struct api_property delegation_request[] = {
    {"delegate", API_TEXT, true, NULL, "the user who stands in"},
    {"organisation", API_TEXT, true, NULL, "with the role: a post of the delegator's"},
    {"role", API_TEXT, true, NULL, NULL},
    {"until", API_TIME, true, NULL, "its end, not beyond the post's"},
    {"document", API_TEXT, true, NULL, "number of the document, 1 to 500 bytes"},
    {"reason", API_TEXT, true, NULL, "1 to 500 bytes"},
    {"delegator", API_TEXT, false, NULL, "who asks, unless given by who gives posts there"},
    {"since", API_TIME, false, NULL, "its beginning; now unless given"},
    {0},
};

static const struct api_property delegation[] = {
    {"id", API_TEXT, true, NULL, NULL},
    {"delegator", API_TEXT, true, NULL, NULL},
    {"delegate", API_TEXT, true, NULL, NULL},
    {"organisation", API_TEXT, true, NULL, NULL},
    {"role", API_TEXT, true, NULL, NULL},
    {"since", API_TIME, true, NULL, NULL},
    {"until", API_TIME, true, NULL, NULL},
    {"document", API_TEXT, true, NULL, NULL},
    {"reason", API_TEXT, true, NULL, NULL},
    {"made_at", API_TIME, true, NULL, NULL},
    {"made_by", API_TEXT, true, NULL, NULL},
    {"revoked_at", API_TIME, false, NULL, NULL},
    {"revoked_by", API_TEXT, false, NULL, NULL},
    {"revoke_reason", API_TEXT, false, NULL, NULL},
    {0},
};

static const struct api_property delegation_page[] = {
    {"items", API_OBJECTS, true, "Delegation", NULL},
    {"next", API_TEXT, true, NULL, "cursor of the next page; null on the last"},
    {0},
};

static const struct api_property interest_request[] = {
    {"customer", API_TEXT, true, NULL, NULL},
    {"relation", API_WORD, true, "self|relative|shareholder|officer|creditor|other", NULL},
    {"reason", API_TEXT, true, NULL, "1 to 500 bytes"},
    {"user", API_TEXT, false, NULL, "who asks, unless given by who gives posts"},
    {0},
};

static const struct api_property interest_made[] = {
    {"number", API_INTEGER, true, NULL, NULL},
    {0},
};

static const struct api_property interest[] = {
    {"number", API_INTEGER, true, NULL, NULL},
    {"person", API_TEXT, true, NULL, "behind the accounts"},
    {"customer", API_TEXT, true, NULL, NULL},
    {"relation", API_WORD, true, "self|relative|shareholder|officer|creditor|other", NULL},
    {"reason", API_TEXT, true, NULL, NULL},
    {"since", API_TIME, true, NULL, NULL},
    {"declared_by", API_TEXT, true, NULL, NULL},
    {"until", API_TIME, false, NULL, NULL},
    {"ended_by", API_TEXT, false, NULL, NULL},
    {0},
};

static const struct api_property interest_page[] = {
    {"items", API_OBJECTS, true, "Interest", NULL},
    {"next", API_TEXT, true, NULL, "cursor of the next page; null on the last"},
    {0},
};

const struct api_schema api_schemas_process[] = {
    {"InterestRequest", NULL, interest_request},
    {"InterestMade", NULL, interest_made},
    {"Interest", "a person of the bank who is related to a customer", interest},
    {"InterestPage", NULL, interest_page},
    {"DelegationRequest", NULL, delegation_request},
    {"Delegation", "who stands in for whom in the tasks of a post", delegation},
    {"DelegationPage", NULL, delegation_page},
    {"Task", "what people have to do in a case", process_task},
    {"TaskPage", NULL, task_page},
    {"TaskReason", NULL, task_reason},
    {"Case", "a running process of a pack", process_case},
    {"CasePage", NULL, case_page},
    {"Incident", "where a case stopped, for a person", incident},
    {"IncidentResolution", NULL, incident_resolution},
    {"CaseRequest", NULL, case_request},
    {"CaseMovePreview", NULL, case_move_preview},
    {"CaseMoveRequest", NULL, case_move_request},
    {"CaseMove", "what becomes of a case under another pack", case_move},
    {"MessageRequest", "what a case may await from outside", message_request},
    {"CaseHistoryPage", NULL, history_page},
    {0},
};
