/* The operations of groups, for the table of routes. */
#include "api/api_routes_group.h"

static const struct api_parameter id_only[] = {
    {"id", true, API_ID, NULL, "its id"},
    {0},
};

#define LIST_PARAMETERS                                                                            \
    {"cursor", false, API_TEXT, NULL, "the \"next\" of the page before"},                          \
    {                                                                                              \
        "limit", false, API_INTEGER, NULL, "items of a page, 1 to 200; 50 unless given"            \
    }

static const struct api_parameter rule_differences_parameters[] = {
    {"kind", false, API_WORD, "customer|group", "both unless given: customers, then groups"},
    {"organisation", false, API_TEXT, NULL, "customers alone that it looks after, or one below"},
    {"rule", false, API_TEXT, NULL, "where this limit of the pack differs"},
    LIST_PARAMETERS,
    {0},
};

static const struct api_parameter rule_moves_parameters[] = {
    LIST_PARAMETERS,
    {0},
};

static const struct api_parameter groups_parameters[] = {
    {"match", false, API_TEXT, NULL, "whose name contains this text"},
    {"customer", false, API_ID, NULL, "of which this customer is a member now"},
    {"sort", false, API_WORD, "name|-name|created|-created", "name unless given"},
    LIST_PARAMETERS,
    {0},
};

static const struct api_parameter group_document_parameters[] = {
    {"id", true, API_ID, NULL, "the group"},
    {"as_of", false, API_DATE, NULL, "on this day; today, with its limits, unless given"},
    {0},
};

static const struct api_parameter group_history_parameters[] = {
    {"id", true, API_ID, NULL, "the group"},
    LIST_PARAMETERS,
    {0},
};

static const struct api_parameter group_move_parameters[] = {
    {"id", true, API_INTEGER, NULL, "its number"},
    {0},
};

static const struct api_parameter group_move_agree_parameters[] = {
    {"id", true, API_INTEGER, NULL, "its number"},
    {"shown", false, API_TEXT, NULL,
     "the hash in the preview of the move, as the person was shown it; without it 428"},
    {0},
};

static const struct api_parameter group_moves_parameters[] = {
    {"group", false, API_ID, NULL, "of which something moves, or that takes"},
    LIST_PARAMETERS,
    {0},
};

#define OPERATION(name, ...) const struct api_operation api_operation_##name = {__VA_ARGS__}

OPERATION(customer_rules_preview, .id = "previewCustomerRules", .tag = "Customers",
          .summary = "What would change if the pack's limits over a customer of no group were "
                     "brought to those of today",
          .parameters = id_only, .response = "CustomerRules");
OPERATION(customer_rules_post, .id = "bringCustomerRules", .tag = "Customers",
          .summary = "Bring the pack's limits over a customer of no group to those of today",
          .parameters = id_only, .request = "ReasonRequest", .response = "CustomerRulesBrought",
          .keyed = true);
OPERATION(rule_differences_list, .id = "listRuleDifferences", .tag = "Customers",
          .summary =
              "Customers and groups whose limits of the pack stand otherwise than the pack "
              "has them today, as they were entered; a page may be short though there are more",
          .parameters = rule_differences_parameters, .response = "RuleDifferencePage");
OPERATION(rule_moves_list, .id = "listRuleMoves", .tag = "Customers",
          .summary = "Moves of the pack's limits over many customers, newest first; a page may be "
                     "short though there are more",
          .parameters = rule_moves_parameters, .response = "RuleMovePage");
OPERATION(rule_moves_post, .id = "proposeRuleMove", .tag = "Customers",
          .summary = "Propose that the pack's limits over many customers of no group are brought "
                     "to those of the day",
          .request = "RuleMoveRequest", .response = "CustomerMoveMade", .status = 201,
          .keyed = true);
OPERATION(rule_move_get, .id = "getRuleMove", .tag = "Customers",
          .summary = "One move; until it is decided, with what it would do now",
          .parameters = group_move_parameters, .response = "RuleMove");
OPERATION(
    rule_move_agree, .id = "agreeRuleMove", .tag = "Customers",
    .summary = "Agree to what another person has proposed, as it was shown: the limits change",
    .parameters = group_move_agree_parameters, .request = "CustomerMoveConsent",
    .response = "CustomerMoveMade");
OPERATION(rule_move_reject, .id = "rejectRuleMove", .tag = "Customers",
          .summary = "Reject a proposal", .parameters = group_move_parameters,
          .request = "ReasonRequest", .response = "CustomerMoveMade", .keyed = true);
OPERATION(groups_list, .id = "listGroups", .tag = "Groups",
          .summary = "Groups within reach; a page may be short though there are more",
          .parameters = groups_parameters, .response = "GroupPage");
OPERATION(groups_post, .id = "createGroup", .tag = "Groups",
          .summary = "Enter a group with its first members; it has no total yet",
          .request = "GroupRequest", .response = "GroupMade", .status = 201, .keyed = true);
OPERATION(group_get, .id = "getGroup", .tag = "Groups",
          .summary = "A group on a day: members, why each belongs, whom the ties name beside, "
                     "and of today its limits",
          .parameters = group_document_parameters, .response = "Group");
OPERATION(group_put, .id = "changeGroup", .tag = "Groups",
          .summary = "Change name, organisation or lead", .parameters = id_only,
          .request = "GroupChange", .response = "GroupMade", .keyed = true, .matched = true);
OPERATION(group_history, .id = "listGroupVersions", .tag = "Groups",
          .summary = "The versions of a group, newest first",
          .parameters = group_history_parameters, .response = "GroupVersions");
OPERATION(group_moves_list, .id = "listGroupMoves", .tag = "Groups",
          .summary = "Moves of groups within reach, newest first; a page may be short though there "
                     "are more",
          .parameters = group_moves_parameters, .response = "GroupMovePage");
OPERATION(group_moves_post, .id = "proposeGroupMove", .tag = "Groups",
          .summary = "Propose a group's total limit, that customers join or leave, that two groups "
                     "merge or one splits, with the limits; or that the pack's limits over a "
                     "group are brought to those of today",
          .request = "GroupMoveRequest", .response = "CustomerMoveMade", .status = 201,
          .keyed = true);
OPERATION(group_moves_preview, .id = "previewGroupMove", .tag = "Groups",
          .summary = "What a move would do to limits; changes nothing", .request = "GroupMoveAsked",
          .response = "GroupMovePreviewed");
OPERATION(group_move_get, .id = "getGroupMove", .tag = "Groups",
          .summary = "One move; until it is decided, with what it would do now",
          .parameters = group_move_parameters, .response = "GroupMove");
OPERATION(group_move_agree, .id = "agreeGroupMove", .tag = "Groups",
          .summary = "Agree to what another person has proposed, as it was shown: the limits move",
          .parameters = group_move_agree_parameters, .request = "CustomerMoveConsent",
          .response = "CustomerMoveMade");
OPERATION(group_move_reject, .id = "rejectGroupMove", .tag = "Groups",
          .summary = "Reject a proposal", .parameters = group_move_parameters,
          .request = "ReasonRequest", .response = "CustomerMoveMade", .keyed = true);
