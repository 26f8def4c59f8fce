/* The table of routes, with what the API document says of each. */
#include "api/api_routes_group.h"
#include "api/api_routes_people.h"
#include "api/api_scope.h"
#include "auth/permission.h"

static const struct api_parameter id_only[] = {
    {"id", true, API_ID, NULL, "its id"},
    {0},
};

#define PAGE_PARAMETERS                                                                            \
    {"cursor", false, API_TEXT, NULL, "the \"next\" of the page before"},                          \
    {                                                                                              \
        "limit", false, API_INTEGER, NULL, "items of a page, 1 to 1000; 100 unless given"          \
    }

static const struct api_parameter delegation_parameters[] = {
    {"id", true, API_TEXT, NULL, "such as DG-00000001"},
    {0},
};

static const struct api_parameter delegations_parameters[] = {
    {"list", false, API_WORD, "mine|all", "those one gave or received alone; all unless given"},
    {"cursor", false, API_TEXT, NULL, "the \"next\" of the page before"},
    {"limit", false, API_INTEGER, NULL, "items of a page, 1 to 200; 50 unless given"},
    {0},
};

static const struct api_parameter interest_parameters[] = {
    {"number", true, API_INTEGER, NULL, "its number"},
    {0},
};

static const struct api_parameter interests_parameters[] = {
    {"cursor", false, API_TEXT, NULL, "the \"next\" of the page before"},
    {"limit", false, API_INTEGER, NULL, "items of a page, 1 to 200; 50 unless given"},
    {0},
};

static const struct api_parameter limits_parameters[] = {
    {"holder", false, API_TEXT, NULL,
     "limits of this holder, newest first; people must name one, a customer within reach"},
    {"kind", false, API_TEXT, NULL, "limits of this kind, newest first"},
    {"match", false, API_TEXT, NULL,
     "limits whose id or holder contains this text, in the order of their opening; a page may be "
     "short or empty though there are more"},
    PAGE_PARAMETERS,
    {0},
};

static const struct api_parameter limit_parameters[] = {
    {"id", true, API_ID, NULL, "the limit"},
    {"as_of", false, API_TIME, NULL, "its state as of this time, not after now"},
    {0},
};

static const struct api_parameter tree_parameters[] = {
    {"id", true, API_ID, NULL, "the limit at the root"},
    {"depth", false, API_INTEGER, NULL, "levels below the root; all unless given"},
    PAGE_PARAMETERS,
    {0},
};

static const struct api_parameter exposures_parameters[] = {
    {"id", true, API_ID, NULL, "the limit"},
    {"below", false, API_BOOLEAN, NULL, "also what was drawn on the limits below it"},
    PAGE_PARAMETERS,
    {0},
};

static const struct api_parameter movements_parameters[] = {
    {"id", true, API_ID, NULL, "the limit"},
    {"from", false, API_TIME, NULL, "not before this time"},
    {"to", false, API_TIME, NULL, "before this time"},
    PAGE_PARAMETERS,
    {0},
};

static const struct api_parameter events_parameters[] = {
    {"after", false, API_TEXT, NULL,
     "what follows this place: the \"next\" of a page, the id of a stream; 0 unless given"},
    {"limit", false, API_INTEGER, NULL, "events of a page, 1 to 1000; 100 unless given"},
    {0},
};

static const struct api_parameter decision_parameters[] = {
    {"model", true, API_TEXT, NULL, "the model: the name of its file without .dmn"},
    {"decision", true, API_TEXT, NULL,
     "a decision, decision service or knowledge model, by name or id"},
    {"explain", false, API_BOOLEAN, NULL,
     "also the inputs, and the decisions on the way with the rules that matched"},
    {0},
};

static const struct api_parameter audit_parameters[] = {
    {"subject", false, API_TEXT, NULL, "what was done to this, such as customer/8f2c"},
    {"actor", false, API_TEXT, NULL, "what this user or token did; not together with subject"},
    {"after", false, API_INTEGER, NULL, "entries with a higher number; 0 unless given"},
    {"limit", false, API_INTEGER, NULL, "entries of a page, 1 to 1000; 100 unless given"},
    {0},
};

#define LIST_PARAMETERS                                                                            \
    {"cursor", false, API_TEXT, NULL, "the \"next\" of the page before"},                          \
    {                                                                                              \
        "limit", false, API_INTEGER, NULL, "items of a page, 1 to 200; 50 unless given"            \
    }

static const struct api_parameter packs_parameters[] = {
    LIST_PARAMETERS,
    {0},
};

static const struct api_parameter pack_parameters[] = {
    {"id", true, API_TEXT, NULL, "its hash"},
    {0},
};

static const struct api_parameter difference_parameters[] = {
    {"id", true, API_TEXT, NULL, "its hash"},
    {"from", false, API_TEXT, NULL, "the hash of another; from nothing unless given"},
    {0},
};

static const struct api_parameter pack_day_parameters[] = {
    {"id", true, API_TEXT, NULL, "its hash"},
    {"date", false, API_DATE, NULL, "today in China unless given"},
    {0},
};

static const struct api_parameter activations_parameters[] = {
    {"organisation", false, API_TEXT, NULL, "at and below it; all within reach unless given"},
    LIST_PARAMETERS,
    {0},
};

static const struct api_parameter activation_parameters[] = {
    {"id", true, API_INTEGER, NULL, "its number"},
    {0},
};

static const struct api_parameter organisation_pack_parameters[] = {
    {"id", true, API_TEXT, NULL, "the organisation"},
    {"at", false, API_TIME, NULL, "at this time; now unless given"},
    {0},
};

static const struct api_parameter customers_parameters[] = {
    {"type", false, API_WORD, "corporate|small|individual|interbank|government_platform|partner",
     NULL},
    {"organisation", false, API_TEXT, NULL, "looked after at or below this organisation"},
    {"list", false, API_WORD, "watch|blocked|related_party", "on this list today; sorted by name"},
    {"match", false, API_TEXT, NULL, "whose Chinese or English name contains this text"},
    {"identifier", false, API_TEXT, NULL, "the one with this, such as uscc:91110000600037341L"},
    {"sort", false, API_WORD, "name|-name|created|-created", "name unless given"},
    LIST_PARAMETERS,
    {0},
};

static const struct api_parameter applications_parameters[] = {
    {"customer", false, API_TEXT, NULL, "of this customer"},
    {"state", false, API_WORD, "draft|submitted|withdrawn|rejected|approved|active|refused", NULL},
    {"organisation", false, API_TEXT, NULL, "entered at or below this organisation"},
    {"sort", false, API_WORD, "number|-number", "number, the oldest first, unless given"},
    LIST_PARAMETERS,
    {0},
};

static const struct api_parameter tasks_parameters[] = {
    {"list", false, API_WORD, "candidates|mine",
     "open ones that who asks may claim (all within reach, for a token), or those claimed by them; "
     "candidates unless given"},
    LIST_PARAMETERS,
    {0},
};

static const struct api_parameter task_complete_parameters[] = {
    {"id", true, API_ID, NULL, NULL},
    {"shown", false, API_TEXT, NULL,
     "the hash of what the person was shown and decides on: `content` of the task, `hash` of the "
     "application; asked for where the form says so"},
    {0},
};

static const struct api_parameter incident_parameters[] = {
    {"id", true, API_ID, NULL, "the case"},
    {"number", true, API_INTEGER, NULL, "of the incident: its `wait`"},
    {0},
};

static const struct api_parameter cases_parameters[] = {
    {"phase", false, API_WORD, "running|completed|cancelled", NULL},
    {"subject", false, API_TEXT, NULL, "about this"},
    LIST_PARAMETERS,
    {0},
};

static const struct api_parameter case_history_parameters[] = {
    {"id", true, API_ID, NULL, "the case"},
    LIST_PARAMETERS,
    {0},
};

static const struct api_parameter customer_parameters[] = {
    {"id", true, API_ID, NULL, "the customer"},
    {"as_of", false, API_DATE, NULL, "the version that holds on this day; now unless given"},
    {"known_at", false, API_TIME, NULL, "as it was recorded by this time"},
    {0},
};

static const struct api_parameter customer_history_parameters[] = {
    {"id", true, API_ID, NULL, "the customer"},
    LIST_PARAMETERS,
    {0},
};

static const struct api_parameter group_parameters[] = {
    {"id", true, API_ID, NULL, "the customer"},
    {"as_of", false, API_DATE, NULL, "on this day; today unless given"},
    {0},
};

static const struct api_parameter move_parameters[] = {
    {"id", true, API_INTEGER, NULL, "the number of the merge or split"},
    {0},
};

static const struct api_parameter move_agree_parameters[] = {
    {"id", true, API_INTEGER, NULL, "the number of the merge or split"},
    {"shown", false, API_TEXT, NULL,
     "the hash in the preview of the move, as the person was shown it; without it 428"},
    {0},
};

static const struct api_parameter moves_parameters[] = {
    {"customer", false, API_ID, NULL, "source or target"},
    {"cursor", false, API_TEXT, NULL, "the page before's next"},
    {"limit", false, API_INTEGER, NULL, "1 to 200; 50 unless given"},
    {0},
};

static const struct api_parameter listing_parameters[] = {
    {"id", true, API_ID, NULL, "the customer"},
    {"number", true, API_INTEGER, NULL, "of the entry"},
    {0},
};

/* The pages that a browser asks for; not part of the API document. */
static const struct api_operation page = {.media = "text/html"};

#define OPERATION(name, ...) static const struct api_operation name = {__VA_ARGS__}

OPERATION(commands_post, .id = "postCommands", .tag = "Commands",
          .summary = "Apply a batch of ledger commands and answer when it is durable; also as "
                     "lines (application/x-ndjson), answered as lines",
          .request = "Commands", .response = "Results");
OPERATION(limits_list, .query = api_limits_list, .scope = API_SCOPE_HOLDER, .id = "listLimits",
          .tag = "Limits", .summary = "Limits by holder, by kind, by a part of their names, or all",
          .parameters = limits_parameters, .response = "LimitPage");
OPERATION(limit_get, .query = api_limit_get, .scope = API_SCOPE_LIMIT, .id = "getLimit",
          .tag = "Limits", .summary = "One limit, now or as of an earlier time",
          .parameters = limit_parameters, .response = "Limit");
OPERATION(limit_tree, .query = api_limit_tree, .scope = API_SCOPE_LIMIT, .id = "getTree",
          .tag = "Limits", .summary = "A limit and the limits below it, in depth-first order",
          .parameters = tree_parameters, .response = "TreePage");
OPERATION(limit_exposures, .query = api_limit_exposures, .scope = API_SCOPE_LIMIT,
          .id = "listExposures", .tag = "Limits",
          .summary = "Open exposures and reservations on a limit",
          .parameters = exposures_parameters, .response = "RecordPage");
OPERATION(limit_movements, .query = api_limit_movements, .scope = API_SCOPE_LIMIT,
          .id = "listMovements", .tag = "Limits", .summary = "What moved a limit, in time order",
          .parameters = movements_parameters, .response = "MovementPage");
OPERATION(reservation_get, .query = api_reservation_get, .scope = API_SCOPE_RECORD,
          .id = "getReservation", .tag = "Drawings", .summary = "One reservation",
          .parameters = id_only, .response = "Reservation");
OPERATION(exposure_get, .query = api_exposure_get, .scope = API_SCOPE_RECORD, .id = "getExposure",
          .tag = "Drawings", .summary = "One exposure", .parameters = id_only,
          .response = "Exposure");
OPERATION(unlock_get, .query = api_unlock_get, .scope = API_SCOPE_UNLOCK, .id = "getUnlock",
          .tag = "Limits", .summary = "One unlock", .parameters = id_only, .response = "Unlock");
OPERATION(rates_list, .query = api_rates_list, .id = "listRates", .tag = "Ledger",
          .summary = "The rates that are set, in the base currency", .response = "Rates");
OPERATION(day_get, .query = api_day_get, .id = "getDay", .tag = "Ledger",
          .summary = "Business date and ledger time", .response = "Day");
OPERATION(events_get, .id = "listEvents", .tag = "Events",
          .summary = "What happened, in order; with Accept: text/event-stream as a live stream, "
                     "which Last-Event-ID resumes",
          .parameters = events_parameters, .response = "EventPage");
OPERATION(decisions_list, .id = "listDecisions", .tag = "Decisions",
          .summary = "The decision models that are loaded, with their inputs and decisions",
          .response = "DecisionModels");
OPERATION(decision_post, .id = "postDecision", .tag = "Decisions",
          .summary = "Evaluate a decision with the inputs of the body; it reads and changes "
                     "nothing of the ledger",
          .parameters = decision_parameters, .request = "DecisionInputs",
          .response = "DecisionAnswer");
OPERATION(me_get, .id = "getMe", .tag = "Tokens", .summary = "The token that asks",
          .response = "Token");
OPERATION(tokens_list, .id = "listTokens", .tag = "Tokens", .summary = "All tokens",
          .response = "Tokens");
OPERATION(tokens_post, .id = "createToken", .tag = "Tokens",
          .summary = "Make a token; its secret is shown this once", .request = "TokenRequest",
          .response = "NewToken", .status = 201);
OPERATION(token_delete, .id = "revokeToken", .tag = "Tokens", .summary = "Revoke a token",
          .parameters = id_only, .status = 204);
OPERATION(audit_list, .id = "listAudit", .tag = "Audit",
          .summary = "The audit trail, in order; to read it is recorded in it",
          .parameters = audit_parameters, .response = "AuditPage");
OPERATION(audit_head, .id = "getAuditHead", .tag = "Audit",
          .summary = "The newest place of the audit trail, to be deposited elsewhere",
          .response = "AuditHead");
OPERATION(customers_list, .id = "listCustomers", .tag = "Customers",
          .summary = "Customers within reach; a look at natural persons is recorded",
          .parameters = customers_parameters, .response = "CustomerPage");
OPERATION(customers_post, .id = "createCustomer", .tag = "Customers",
          .summary = "Enter a customer; one with the same identifier is refused naming the other, "
                     "ones of a similar name must be confirmed to be others",
          .request = "CustomerRequest", .response = "CustomerMade", .status = 201, .keyed = true);
OPERATION(customer_get, .id = "getCustomer", .tag = "Customers",
          .summary = "One customer, now or as of a date", .parameters = customer_parameters,
          .response = "Customer");
OPERATION(customer_put, .id = "changeCustomer", .tag = "Customers",
          .summary = "Replace what is entered of a customer", .parameters = id_only,
          .request = "CustomerRequest", .response = "CustomerMade", .matched = true);
OPERATION(customer_history, .id = "listCustomerVersions", .tag = "Customers",
          .summary = "The versions of a customer, newest first",
          .parameters = customer_history_parameters, .response = "CustomerPage");
OPERATION(customer_relations_post, .id = "relateCustomer", .tag = "Customers",
          .summary = "Take a customer into the care of an organisation: of another legal entity, "
                     "which must know an identifier, or of the own one",
          .parameters = id_only, .request = "CustomerRelationRequest", .response = "CustomerMade",
          .keyed = true);
OPERATION(customer_view, .id = "viewCustomer", .tag = "Customers",
          .summary = "Everything about one customer: lines as a tree with used, reserved and room, "
                     "what stands drawn, applications, cases with their open tasks; a look at a "
                     "natural person is recorded",
          .parameters = id_only, .response = "CustomerView");
OPERATION(tasks_list, .id = "listTasks", .tag = "Tasks",
          .summary = "Tasks to claim, or claimed, the oldest first", .parameters = tasks_parameters,
          .response = "TaskPage");
OPERATION(task_get, .id = "getTask", .tag = "Tasks", .summary = "One task", .parameters = id_only,
          .response = "Task");
OPERATION(task_claim, .id = "claimTask", .tag = "Tasks",
          .summary = "Claim a task; refused under four eyes", .parameters = id_only,
          .response = "Task");
OPERATION(task_unclaim, .id = "unclaimTask", .tag = "Tasks",
          .summary = "Give a claimed task back to the candidates", .parameters = id_only,
          .response = "Task");
OPERATION(task_complete, .id = "completeTask", .tag = "Tasks",
          .summary = "Complete a claimed task with the fields of its form; the case goes on",
          .parameters = task_complete_parameters, .request = "TaskOutputs", .response = "Task",
          .keyed = true);
OPERATION(task_return, .id = "returnTask", .tag = "Tasks",
          .summary = "Hand a claimed task back for a supplement; its due time stands still",
          .parameters = id_only, .request = "TaskReason", .response = "Task");
OPERATION(task_resume, .id = "resumeTask", .tag = "Tasks",
          .summary = "Hand a returned task on again", .parameters = id_only,
          .request = "TaskReason", .response = "Task");
OPERATION(cases_list, .id = "listCases", .tag = "Cases",
          .summary = "Cases within reach, the oldest first", .parameters = cases_parameters,
          .response = "CasePage");
OPERATION(incident_resolve, .id = "resolveIncident", .tag = "Cases",
          .summary = "Resolve an incident: once more, or by a flow or with values, under four eyes",
          .parameters = incident_parameters, .request = "IncidentResolution", .response = "Case",
          .keyed = true);
OPERATION(case_get, .id = "getCase", .tag = "Cases", .summary = "One case, with its tasks",
          .parameters = id_only, .response = "Case");
OPERATION(case_start, .id = "startCase", .tag = "Cases",
          .summary = "Start a case of a process that the pack in force lets one's post start; the "
                     "same process, subject and key again give the case that stands",
          .request = "CaseRequest", .response = "Case", .status = 201, .keyed = true);
OPERATION(case_cancel, .id = "cancelCase", .tag = "Cases",
          .summary = "Cancel a case for good: who started it, or a limit manager",
          .parameters = id_only, .request = "TaskReason", .response = "Case", .keyed = true);
OPERATION(case_move_preview, .id = "previewCaseMove", .tag = "Cases",
          .summary = "What would become of each token of a case under the pack in force; nothing "
                     "is changed",
          .parameters = id_only, .request = "CaseMovePreview", .response = "CaseMove");
OPERATION(case_move, .id = "moveCase", .tag = "Cases",
          .summary = "Move a running case to the pack in force, as the preview showed it; refused "
                     "with what has no place in the newer process",
          .parameters = id_only, .request = "CaseMoveRequest", .response = "CaseMove",
          .keyed = true);
OPERATION(message_post, .id = "sendMessage", .tag = "Cases",
          .summary = "Give a message to the one case that awaits its name and key, or to a case; "
                     "an id is taken once by a case",
          .request = "MessageRequest", .response = "Case", .keyed = true);
OPERATION(case_history, .id = "getCaseHistory", .tag = "Cases",
          .summary = "Every effect of a case, the oldest first",
          .parameters = case_history_parameters, .response = "CaseHistoryPage");
OPERATION(applications_list, .id = "listApplications", .tag = "Applications",
          .summary = "Applications within reach", .parameters = applications_parameters,
          .response = "ApplicationPage");
OPERATION(applications_post, .id = "createApplication", .tag = "Applications",
          .summary = "Enter a draft for a customer", .request = "ApplicationRequest",
          .response = "Application", .status = 201, .keyed = true);
OPERATION(application_get, .id = "getApplication", .tag = "Applications",
          .summary = "One application, with its decisions", .parameters = id_only,
          .response = "Application");
OPERATION(application_put, .id = "changeApplication", .tag = "Applications",
          .summary = "Replace what a draft proposes", .parameters = id_only,
          .request = "ApplicationChange", .response = "Application", .matched = true);
OPERATION(application_versions, .id = "listApplicationVersions", .tag = "Applications",
          .summary = "Every version of an application, the oldest first", .parameters = id_only,
          .response = "ApplicationVersions");
OPERATION(application_check, .id = "checkApplication", .tag = "Applications",
          .summary = "What would not fit, were the lines opened and drawn in full: limits of the "
                     "pack in force, and the live ledger; changes nothing",
          .parameters = id_only, .response = "ApplicationCheck");
OPERATION(
    application_withdraw, .id = "withdrawApplication", .tag = "Applications",
    .summary = "Give up a draft, or what is in process and not decided: its case is cancelled",
    .parameters = id_only, .response = "Application", .keyed = true);
OPERATION(
    application_submit, .id = "submitApplication", .tag = "Applications",
    .summary = "Hand a draft to the process that the routing table of the pack in force names",
    .parameters = id_only, .response = "Application", .keyed = true, .matched = true);
OPERATION(customer_listings_post, .id = "listCustomer", .tag = "Customers",
          .summary = "Put a customer on a list", .parameters = id_only,
          .request = "CustomerListingRequest", .response = "CustomerMade", .status = 201,
          .keyed = true);
OPERATION(
    customer_ties_post, .id = "tieCustomer", .tag = "Customers",
    .summary = "Record who holds a share in a customer, controls it, or is what it depends on",
    .parameters = id_only, .request = "CustomerTieRequest", .response = "CustomerTieMade",
    .status = 201, .keyed = true);
OPERATION(customer_tie_end, .id = "untieCustomer", .tag = "Customers", .summary = "End a tie today",
          .parameters = listing_parameters, .request = "ReasonRequest",
          .response = "CustomerTieMade", .keyed = true);
OPERATION(customer_group, .id = "getCustomerGroup", .tag = "Customers",
          .summary = "The group of a customer on a day: by control from shares, by dependence",
          .parameters = group_parameters, .response = "CustomerGroup");
OPERATION(moves_list, .id = "listCustomerMoves", .tag = "Customers",
          .summary = "Merges and splits within reach, newest first; a page may be short though "
                     "there are more",
          .parameters = moves_parameters, .response = "CustomerMovePage");
OPERATION(moves_post, .id = "proposeCustomerMove", .tag = "Customers",
          .summary = "Propose to merge one customer into another, or to split one, with the limits",
          .request = "CustomerMoveRequest", .response = "CustomerMoveMade", .status = 201,
          .keyed = true);
OPERATION(moves_preview, .id = "previewCustomerMove", .tag = "Customers",
          .summary = "What a merge or split would do to customers and limits; changes nothing",
          .request = "CustomerMoveRequest", .response = "CustomerMovePreviewed");
OPERATION(move_get, .id = "getCustomerMove", .tag = "Customers",
          .summary = "One merge or split; until it is decided, with what it would do now",
          .parameters = move_parameters, .response = "CustomerMove");
OPERATION(move_agree, .id = "agreeCustomerMove", .tag = "Customers",
          .summary = "Agree for the own legal entity to what another person has proposed, as it "
                     "was shown; with the "
                     "last one the limits move",
          .parameters = move_agree_parameters, .request = "CustomerMoveConsent",
          .response = "CustomerMoveMade");
OPERATION(move_reject, .id = "rejectCustomerMove", .tag = "Customers",
          .summary = "Reject a proposal", .parameters = move_parameters, .request = "ReasonRequest",
          .response = "CustomerMoveMade", .keyed = true);
OPERATION(customer_listing_end, .id = "unlistCustomer", .tag = "Customers",
          .summary = "Take a customer off a list today", .parameters = listing_parameters,
          .request = "ReasonRequest", .response = "CustomerMade", .keyed = true);
OPERATION(packs_list, .id = "listPacks", .tag = "Packs",
          .summary = "Stored configuration packs, by id and version",
          .parameters = packs_parameters, .response = "PackPage");
OPERATION(packs_post, .id = "storePack", .tag = "Packs",
          .summary = "Check a pack and store it; one with errors is refused with the report, the "
                     "same content again changes nothing",
          .request = "PackContent", .response = "PackMade", .status = 201);
OPERATION(packs_check, .id = "checkPack", .tag = "Packs",
          .summary = "Check a pack and store nothing", .request = "PackContent",
          .response = "PackMade");
OPERATION(pack_get, .id = "getPack", .tag = "Packs",
          .summary = "A stored pack with the report of its check", .parameters = pack_parameters,
          .response = "Pack");
OPERATION(pack_content, .id = "getPackContent", .tag = "Packs", .summary = "The files of a pack",
          .parameters = pack_parameters, .response = "PackContent");
OPERATION(pack_difference, .id = "comparePack", .tag = "Packs",
          .summary = "What leads to this pack from another", .parameters = difference_parameters,
          .response = "PackDifference");
OPERATION(pack_day, .id = "getPackDay", .tag = "Packs",
          .summary = "The parameters and limits of a pack that hold on a day",
          .parameters = pack_day_parameters, .response = "PackDay");
OPERATION(delegations_list, .id = "listDelegations", .tag = "People",
          .summary =
              "Written delegations: the own ones and those within reach; a page may be short "
              "though there are more",
          .parameters = delegations_parameters, .response = "DelegationPage");
OPERATION(
    delegations_post, .id = "delegate", .tag = "People",
    .summary = "Have another person stand in for the tasks of a post, from a moment to a moment",
    .request = "DelegationRequest", .response = "Delegation", .status = 201, .keyed = true);
OPERATION(delegation_get, .id = "getDelegation", .tag = "People", .summary = "One delegation",
          .parameters = delegation_parameters, .response = "Delegation");
OPERATION(delegation_revoke, .id = "revokeDelegation", .tag = "People",
          .summary = "End a delegation at once", .parameters = delegation_parameters,
          .request = "TaskReason", .response = "Delegation", .keyed = true);
OPERATION(interests_list, .id = "listInterests", .tag = "Customers",
          .summary =
              "Which persons of the bank are related to a customer; the own ones, to who keeps "
              "posts or the trail all",
          .parameters = interests_parameters, .response = "InterestPage");
OPERATION(interests_post, .id = "declareInterest", .tag = "Customers",
          .summary = "Declare a relation to a customer: the person withdraws from its cases",
          .request = "InterestRequest", .response = "InterestMade", .status = 201, .keyed = true);
OPERATION(interest_end, .id = "endInterest", .tag = "Customers",
          .summary = "End a relation, not one's own", .parameters = interest_parameters,
          .request = "TaskReason", .response = "InterestMade", .keyed = true);
OPERATION(activations_list, .id = "listPackActivations", .tag = "Packs",
          .summary = "Proposals and activations within reach, newest first; a page may be short "
                     "though there are more",
          .parameters = activations_parameters, .response = "PackActivationPage");
OPERATION(activations_post, .id = "proposePack", .tag = "Packs",
          .summary = "Propose a pack for an organisation and all below it, or to roll back",
          .request = "PackActivationRequest", .response = "PackActivationMade", .status = 201,
          .keyed = true);
OPERATION(activation_get, .id = "getPackActivation", .tag = "Packs",
          .summary = "A proposal or activation with what it changes",
          .parameters = activation_parameters, .response = "PackActivationShown");
OPERATION(activation_activate, .id = "activatePack", .tag = "Packs",
          .summary = "Activate what another person has proposed, at once",
          .parameters = activation_parameters, .request = "PackActivateRequest",
          .response = "PackActivationMade", .keyed = true, .matched = true);
OPERATION(activation_reject, .id = "rejectPack", .tag = "Packs",
          .summary = "Reject a proposal, or take back the own one",
          .parameters = activation_parameters, .request = "ReasonRequest",
          .response = "PackActivationMade", .keyed = true, .matched = true);
OPERATION(organisation_pack, .id = "getPackInForce", .tag = "Packs",
          .summary = "The pack that is in force at an organisation",
          .parameters = organisation_pack_parameters, .response = "PackInForce");
OPERATION(metrics_get, .id = "getMetrics", .tag = "Operation", .summary = "Figures for Prometheus",
          .media = "text/plain");
OPERATION(healthz_get, .id = "getHealth", .tag = "Operation",
          .summary = "200 while the process answers", .media = "text/plain");
OPERATION(readyz_get, .id = "getReadiness", .tag = "Operation",
          .summary = "200 when commands are taken, else 503", .media = "text/plain");
OPERATION(openapi_get, .id = "getDescription", .tag = "Operation", .summary = "This document",
          .response = "Description");

enum { PACK_BODY_MAX = 2 * PACK_SIZE_MAX };

static const struct http_route routes[] = {
    {HTTP_METHOD_POST, "/v1/commands", api_commands_post, &commands_post, 0},
    {HTTP_METHOD_GET, "/v1/limits", api_query, &limits_list, 0},
    {HTTP_METHOD_GET, "/v1/limits/{id}", api_query, &limit_get, 0},
    {HTTP_METHOD_GET, "/v1/limits/{id}/tree", api_query, &limit_tree, 0},
    {HTTP_METHOD_GET, "/v1/limits/{id}/exposures", api_query, &limit_exposures, 0},
    {HTTP_METHOD_GET, "/v1/limits/{id}/movements", api_query, &limit_movements, 0},
    {HTTP_METHOD_GET, "/v1/reservations/{id}", api_query, &reservation_get, 0},
    {HTTP_METHOD_GET, "/v1/exposures/{id}", api_query, &exposure_get, 0},
    {HTTP_METHOD_GET, "/v1/unlocks/{id}", api_query, &unlock_get, 0},
    {HTTP_METHOD_GET, "/v1/rates", api_query, &rates_list, 0},
    {HTTP_METHOD_GET, "/v1/day", api_query, &day_get, 0},
    {HTTP_METHOD_GET, "/v1/events", api_events_get, &events_get, 0},
    {HTTP_METHOD_GET, "/v1/decisions", api_decisions_list, &decisions_list, 0},
    {HTTP_METHOD_POST, "/v1/decisions/{model}/{decision}", api_decision_post, &decision_post,
     1 << 20},
    {HTTP_METHOD_GET, "/v1/me", api_me_get, &me_get, 0},
    {HTTP_METHOD_GET, "/v1/tokens", api_tokens_list, &tokens_list, 0},
    {HTTP_METHOD_POST, "/v1/tokens", api_tokens_post, &tokens_post, 4096},
    {HTTP_METHOD_DELETE, "/v1/tokens/{id}", api_token_delete, &token_delete, 0},
    {HTTP_METHOD_GET, "/v1/audit", api_audit_list, &audit_list, 0},
    {HTTP_METHOD_GET, "/v1/audit/head", api_audit_head_get, &audit_head, 0},
    {HTTP_METHOD_POST, "/v1/session", api_session_post, &api_operation_session_post, 4096},
    {HTTP_METHOD_GET, "/v1/session", api_session_get, &api_operation_session_get, 0},
    {HTTP_METHOD_DELETE, "/v1/session", api_session_delete, &api_operation_session_delete, 0},
    {HTTP_METHOD_POST, "/v1/session/password", api_session_password_post,
     &api_operation_session_password, 4096},
    {HTTP_METHOD_POST, "/v1/session/second-factor", api_own_factor_post, &api_operation_own_factor,
     4096},
    {HTTP_METHOD_POST, "/v1/session/second-factor/confirm", api_own_factor_confirm_post,
     &api_operation_own_factor_confirm, 4096},
    {HTTP_METHOD_POST, "/v1/session/second-factor/remove", api_own_factor_remove_post,
     &api_operation_own_factor_remove, 4096},
    {HTTP_METHOD_POST, "/v1/session/recovery-codes", api_recovery_codes_post,
     &api_operation_recovery_codes, 4096},
    {HTTP_METHOD_POST, "/v1/oidc/start", api_oidc_start, &api_operation_oidc_start, 4096},
    {HTTP_METHOD_POST, "/v1/oidc/session", api_oidc_session, &api_operation_oidc_session, 8192},
    {HTTP_METHOD_PUT, "/v1/users/{id}/identity", api_user_identity_put,
     &api_operation_user_identity_put, 4096},
    {HTTP_METHOD_POST, "/v1/entities", api_entities_post, &api_operation_entities_post, 4096},
    {HTTP_METHOD_POST, "/v1/organisations", api_organisations_post,
     &api_operation_organisations_post, 4096},
    {HTTP_METHOD_GET, "/v1/users", api_users_list, &api_operation_users_list, 0},
    {HTTP_METHOD_POST, "/v1/users", api_users_post, &api_operation_users_post, 4096},
    {HTTP_METHOD_GET, "/v1/users/{id}", api_user_get, &api_operation_user_get, 0},
    {HTTP_METHOD_GET, "/v1/users/{id}/sessions", api_user_sessions_list,
     &api_operation_user_sessions, 0},
    {HTTP_METHOD_DELETE, "/v1/users/{id}/sessions", api_user_sessions_delete,
     &api_operation_user_sessions_delete, 0},
    {HTTP_METHOD_PUT, "/v1/users/{id}/password", api_user_password_put,
     &api_operation_user_password_put, 4096},
    {HTTP_METHOD_DELETE, "/v1/users/{id}/second-factor", api_user_factor_delete,
     &api_operation_user_factor_delete, 0},
    {HTTP_METHOD_POST, "/v1/users/{id}/disable", api_user_disable_post,
     &api_operation_user_disable_post, 4096},
    {HTTP_METHOD_POST, "/v1/users/{id}/enable", api_user_enable_post,
     &api_operation_user_enable_post, 4096},
    {HTTP_METHOD_POST, "/v1/users/{id}/posts", api_user_posts_post, &api_operation_user_posts_post,
     4096},
    {HTTP_METHOD_DELETE, "/v1/users/{id}/posts/{organisation}/{role}", api_user_post_delete,
     &api_operation_user_post_delete, 0},
    {HTTP_METHOD_GET, "/v1/customers", api_customers_list, &customers_list, 0},
    {HTTP_METHOD_POST, "/v1/customers", api_customers_post, &customers_post, 16384},
    {HTTP_METHOD_GET, "/v1/customers/{id}", api_customer_get, &customer_get, 0},
    {HTTP_METHOD_PUT, "/v1/customers/{id}", api_customer_put, &customer_put, 16384},
    {HTTP_METHOD_GET, "/v1/customers/{id}/view", api_customer_view_get, &customer_view, 0},
    {HTTP_METHOD_GET, "/v1/tasks", api_process_tasks_list, &tasks_list, 0},
    {HTTP_METHOD_GET, "/v1/tasks/{id}", api_process_task_get, &task_get, 0},
    {HTTP_METHOD_POST, "/v1/tasks/{id}/claim", api_process_task_claim, &task_claim, 4096},
    {HTTP_METHOD_POST, "/v1/tasks/{id}/unclaim", api_process_task_unclaim, &task_unclaim, 4096},
    {HTTP_METHOD_POST, "/v1/tasks/{id}/complete", api_process_task_complete, &task_complete,
     262144},
    {HTTP_METHOD_POST, "/v1/tasks/{id}/return", api_process_task_return, &task_return, 4096},
    {HTTP_METHOD_POST, "/v1/tasks/{id}/resume", api_process_task_resume, &task_resume, 4096},
    {HTTP_METHOD_GET, "/v1/cases", api_process_cases_list, &cases_list, 0},
    {HTTP_METHOD_POST, "/v1/cases", api_process_case_start, &case_start, 262144},
    {HTTP_METHOD_GET, "/v1/cases/{id}", api_process_case_get, &case_get, 0},
    {HTTP_METHOD_GET, "/v1/cases/{id}/history", api_process_case_history, &case_history, 0},
    {HTTP_METHOD_POST, "/v1/cases/{id}/cancel", api_process_case_cancel, &case_cancel, 4096},
    {HTTP_METHOD_POST, "/v1/cases/{id}/incidents/{number}/resolve", api_process_incident_resolve,
     &incident_resolve, 262144},
    {HTTP_METHOD_POST, "/v1/cases/{id}/move", api_process_case_move, &case_move, 65536},
    {HTTP_METHOD_POST, "/v1/cases/{id}/move/preview", api_process_case_move_preview,
     &case_move_preview, 65536},
    {HTTP_METHOD_POST, "/v1/messages", api_process_message_post, &message_post, 262144},
    {HTTP_METHOD_GET, "/v1/applications", api_applications_list, &applications_list, 0},
    {HTTP_METHOD_POST, "/v1/applications", api_applications_post, &applications_post, 262144},
    {HTTP_METHOD_GET, "/v1/applications/{id}", api_application_get, &application_get, 0},
    {HTTP_METHOD_PUT, "/v1/applications/{id}", api_application_put, &application_put, 262144},
    {HTTP_METHOD_GET, "/v1/applications/{id}/versions", api_application_versions,
     &application_versions, 0},
    {HTTP_METHOD_POST, "/v1/applications/{id}/check", api_application_check, &application_check, 0},
    {HTTP_METHOD_POST, "/v1/applications/{id}/submit", api_application_submit, &application_submit,
     0},
    {HTTP_METHOD_POST, "/v1/applications/{id}/withdraw", api_application_withdraw,
     &application_withdraw, 0},
    {HTTP_METHOD_GET, "/v1/customers/{id}/history", api_customer_history, &customer_history, 0},
    {HTTP_METHOD_POST, "/v1/customers/{id}/relations", api_customer_relations_post,
     &customer_relations_post, 4096},
    {HTTP_METHOD_POST, "/v1/customers/{id}/listings", api_customer_listings_post,
     &customer_listings_post, 4096},
    {HTTP_METHOD_POST, "/v1/customers/{id}/rules/preview", api_customer_rules_preview,
     &api_operation_customer_rules_preview, 4096},
    {HTTP_METHOD_POST, "/v1/customers/{id}/rules", api_customer_rules_post,
     &api_operation_customer_rules_post, 4096},
    {HTTP_METHOD_GET, "/v1/rule-differences", api_rule_differences_list,
     &api_operation_rule_differences_list, 0},
    {HTTP_METHOD_GET, "/v1/rule-moves", api_rule_moves_list, &api_operation_rule_moves_list, 0},
    {HTTP_METHOD_POST, "/v1/rule-moves", api_rule_moves_post, &api_operation_rule_moves_post,
     16384},
    {HTTP_METHOD_GET, "/v1/rule-moves/{id}", api_rule_move_get, &api_operation_rule_move_get, 0},
    {HTTP_METHOD_POST, "/v1/rule-moves/{id}/agree", api_rule_move_agree,
     &api_operation_rule_move_agree, 65536},
    {HTTP_METHOD_POST, "/v1/rule-moves/{id}/reject", api_rule_move_reject,
     &api_operation_rule_move_reject, 4096},
    {HTTP_METHOD_GET, "/v1/groups", api_groups_list, &api_operation_groups_list, 0},
    {HTTP_METHOD_POST, "/v1/groups", api_groups_post, &api_operation_groups_post, 65536},
    {HTTP_METHOD_GET, "/v1/groups/{id}", api_group_get, &api_operation_group_get, 0},
    {HTTP_METHOD_PUT, "/v1/groups/{id}", api_group_put, &api_operation_group_put, 4096},
    {HTTP_METHOD_GET, "/v1/groups/{id}/history", api_group_history, &api_operation_group_history,
     0},
    {HTTP_METHOD_GET, "/v1/group-moves", api_group_moves_list, &api_operation_group_moves_list, 0},
    {HTTP_METHOD_POST, "/v1/group-moves", api_group_moves_post, &api_operation_group_moves_post,
     65536},
    {HTTP_METHOD_POST, "/v1/group-moves/preview", api_group_moves_preview,
     &api_operation_group_moves_preview, 65536},
    {HTTP_METHOD_GET, "/v1/group-moves/{id}", api_group_move_get, &api_operation_group_move_get, 0},
    {HTTP_METHOD_POST, "/v1/group-moves/{id}/agree", api_group_move_agree,
     &api_operation_group_move_agree, 16384},
    {HTTP_METHOD_POST, "/v1/group-moves/{id}/reject", api_group_move_reject,
     &api_operation_group_move_reject, 4096},
    {HTTP_METHOD_GET, "/v1/customer-moves", api_moves_list, &moves_list, 0},
    {HTTP_METHOD_POST, "/v1/customer-moves", api_moves_post, &moves_post, 16384},
    {HTTP_METHOD_POST, "/v1/customer-moves/preview", api_moves_preview, &moves_preview, 16384},
    {HTTP_METHOD_GET, "/v1/customer-moves/{id}", api_move_get, &move_get, 0},
    {HTTP_METHOD_POST, "/v1/customer-moves/{id}/agree", api_move_agree, &move_agree, 16384},
    {HTTP_METHOD_POST, "/v1/customer-moves/{id}/reject", api_move_reject, &move_reject, 16384},
    {HTTP_METHOD_POST, "/v1/customers/{id}/ties", api_customer_ties_post, &customer_ties_post,
     4096},
    {HTTP_METHOD_POST, "/v1/customers/{id}/ties/{number}/end", api_customer_tie_end,
     &customer_tie_end, 4096},
    {HTTP_METHOD_GET, "/v1/customers/{id}/group", api_customer_group_get, &customer_group, 0},
    {HTTP_METHOD_POST, "/v1/customers/{id}/listings/{number}/end", api_customer_listing_end,
     &customer_listing_end, 4096},
    {HTTP_METHOD_GET, "/v1/packs", api_packs_list, &packs_list, 0},
    {HTTP_METHOD_POST, "/v1/packs", api_packs_post, &packs_post, PACK_BODY_MAX},
    {HTTP_METHOD_POST, "/v1/packs/check", api_packs_check, &packs_check, PACK_BODY_MAX},
    {HTTP_METHOD_GET, "/v1/packs/{id}", api_pack_get, &pack_get, 0},
    {HTTP_METHOD_GET, "/v1/packs/{id}/content", api_pack_content, &pack_content, 0},
    {HTTP_METHOD_GET, "/v1/packs/{id}/difference", api_pack_difference, &pack_difference, 0},
    {HTTP_METHOD_GET, "/v1/packs/{id}/day", api_pack_day, &pack_day, 0},
    {HTTP_METHOD_GET, "/v1/delegations", api_delegations_list, &delegations_list, 0},
    {HTTP_METHOD_POST, "/v1/delegations", api_delegations_post, &delegations_post, 8192},
    {HTTP_METHOD_GET, "/v1/delegations/{id}", api_delegation_get, &delegation_get, 0},
    {HTTP_METHOD_POST, "/v1/delegations/{id}/revoke", api_delegation_revoke, &delegation_revoke,
     4096},
    {HTTP_METHOD_GET, "/v1/interests", api_interests_list, &interests_list, 0},
    {HTTP_METHOD_POST, "/v1/interests", api_interests_post, &interests_post, 4096},
    {HTTP_METHOD_POST, "/v1/interests/{number}/end", api_interest_end, &interest_end, 4096},
    {HTTP_METHOD_GET, "/v1/pack-activations", api_activations_list, &activations_list, 0},
    {HTTP_METHOD_POST, "/v1/pack-activations", api_activations_post, &activations_post, 4096},
    {HTTP_METHOD_GET, "/v1/pack-activations/{id}", api_activation_get, &activation_get, 0},
    {HTTP_METHOD_POST, "/v1/pack-activations/{id}/activate", api_activation_activate,
     &activation_activate, 4096},
    {HTTP_METHOD_POST, "/v1/pack-activations/{id}/reject", api_activation_reject,
     &activation_reject, 4096},
    {HTTP_METHOD_GET, "/v1/organisations/{id}/pack", api_organisation_pack, &organisation_pack, 0},
    {HTTP_METHOD_GET, "/v1/openapi.json", api_openapi_get, &openapi_get, 0},
    {HTTP_METHOD_GET, "/metrics", api_metrics_get, &metrics_get, 0},
    {HTTP_METHOD_GET, "/healthz", api_healthz_get, &healthz_get, 0},
    {HTTP_METHOD_GET, "/readyz", api_readyz_get, &readyz_get, 0},
    {HTTP_METHOD_GET, "/", api_page_get, &page, 0},
    {HTTP_METHOD_GET, "/page.css", api_page_get, &page, 0},
    {HTTP_METHOD_GET, "/page.js", api_page_get, &page, 0},
    {HTTP_METHOD_GET, "/favicon.svg", api_page_get, &page, 0},
};

_Static_assert(sizeof(routes) / sizeof(routes[0]) <= API_ROUTES_MAX, "room for every route");
_Static_assert((int)API_ROUTES_MAX <= (int)METRICS_ROUTES_MAX, "metrics count every route");

const struct http_route *api_routes(size_t *ret_count)
{
    *ret_count = sizeof(routes) / sizeof(routes[0]);
    return routes;
}

void api_roles_resolve(struct api *api)
{
    for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
        const struct slice method = http_method_name(routes[i].method);
        const struct slice pattern = slice_from_cstr(routes[i].pattern);
        api->roles[i] = permission_roles(method, pattern);
        api->people[i] = permission_people(method, pattern);
        api->placed[i] = permission_placed(method, pattern);
        api->scopes[i][permission_scope(api->scopes[i], method, pattern)] = '\0';
    }
}
