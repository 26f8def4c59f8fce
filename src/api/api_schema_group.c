/* What the bodies of groups look like. */
#include "api/api_schema.h"

#define TIES "share|control|dependence"
#define BASES "control|dependence|entered"

#define GROUP_MEMBERS                                                                              \
    {"id", API_ID, true, NULL, NULL}, {"version", API_INTEGER, true, NULL, "from 1; the ETag"},    \
        {"name", API_TEXT, true, NULL, NULL},                                                      \
        {"legal_entity", API_TEXT, true, NULL, "whose group it is"},                               \
        {"organisation", API_TEXT, true, NULL, "that looks after it"},                             \
        {"lead", API_ID, true, NULL, "the customer that stands for it: the parent, or the core"},  \
        {"merged_into", API_ID, false, NULL, "the group that took its place"},                     \
        {"limit", API_ID, false, NULL, "its total in the ledger"},                                 \
    {                                                                                              \
        "created", API_TIME, true, NULL, NULL                                                      \
    }

static const struct api_property group_item[] = {
    GROUP_MEMBERS,
    {0},
};

static const struct api_property group_page[] = {
    {"items", API_OBJECTS, true, "GroupItem", NULL},
    {"next", API_TEXT, false, NULL, "the cursor of the next page; null on the last"},
    {0},
};

static const struct api_property rule_difference_limit[] = {
    {"rule", API_TEXT, true, NULL, "of the pack: CN.LEX1"},
    {"currency", API_CURRENCY, true, NULL, NULL},
    {"limit", API_ID, false, NULL, "of the ledger; none: it would be opened"},
    {"was", API_AMOUNT, false, NULL, "the cap in the ledger; none: it would be opened"},
    {"is", API_AMOUNT, false, NULL, "the cap by the pack today; none: it would be closed"},
    {"mode", API_TEXT, false, NULL, "the new one, where it is another"},
    {"types_change", API_BOOLEAN, false, NULL, "it counts other types of customers"},
    {"used", API_AMOUNT, false, NULL, "drawn and reserved under it now"},
    {"over", API_BOOLEAN, false, NULL, "that is more than it would be"},
    {0},
};

static const struct api_property rule_difference[] = {
    {"kind", API_WORD, true, "customer|group", NULL},
    {"id", API_ID, true, NULL, NULL},
    {"name", API_TEXT, false, NULL, "none: a natural person's"},
    {"group", API_ID, false, NULL, "whose member the customer is, and whose move brings them"},
    {"state", API_WORD, true, "ready|waiting", "waiting: a move or a decision is under way"},
    {"limits", API_OBJECTS, true, "RuleDifferenceLimit", NULL},
    {0},
};

static const struct api_property rule_difference_page[] = {
    {"items", API_OBJECTS, true, "RuleDifference", NULL},
    {"next", API_TEXT, false, NULL, "the cursor of the next page; null on the last"},
    {0},
};

static const struct api_property rule_move_request[] = {
    {"customers", API_IDS, true, NULL, "1 to 200, each of no group and within reach"},
    {"reason", API_TEXT, true, NULL, "1 to 500 bytes"},
    {0},
};

#define RULE_MOVE_MEMBERS                                                                          \
    {"number", API_INTEGER, true, NULL, NULL},                                                     \
        {"customers", API_INTEGER, true, NULL, "how many it names"},                               \
        {"reason", API_TEXT, true, NULL, NULL},                                                    \
        {"state", API_WORD, true, "proposed|agreed|rejected", NULL},                               \
        {"proposed", API_TIME, true, NULL, NULL}, {"proposed_by", API_TEXT, true, NULL, NULL},     \
        {"agreed_by", API_TEXT, false, NULL, NULL},                                                \
    {                                                                                              \
        "ended", API_TIME, false, NULL, NULL                                                       \
    }

static const struct api_property rule_move_item[] = {
    RULE_MOVE_MEMBERS,
    {0},
};

static const struct api_property rule_move_page[] = {
    {"items", API_OBJECTS, true, "RuleMoveItem", NULL},
    {"next", API_TEXT, false, NULL, "the cursor of the next page; null on the last"},
    {0},
};

static const struct api_property rule_move_turn[] = {
    {"customer", API_ID, true, NULL, NULL},
    {"state", API_WORD, true, "ready|today|waiting|grouped|gone",
     "ready: its limits change; today: they are of the day; else it is left out"},
    {0},
};

static const struct api_property rule_move_preview[] = {
    {"hash", API_TEXT, true, NULL, "of what it comes to: who agrees names it"},
    {"turns", API_OBJECTS, true, "RuleMoveTurn", "what becomes of each customer"},
    {"limits", API_OBJECTS, true, "GroupMoveLimit", "that change, and all above them"},
    {"over", API_IDS, true, NULL, "hard limits that would be over, or by more than they are"},
    {"holds", API_BOOLEAN, true, NULL, "the ledger would accept it now"},
    {"refusal", API_ANY, false, NULL, "the first, where it would not"},
    {0},
};

static const struct api_property rule_move_one[] = {
    RULE_MOVE_MEMBERS,
    {"named", API_IDS, true, NULL, "the customers"},
    {"preview", API_OBJECT, false, "RuleMovePreview", "while it is proposed, and can be done"},
    {0},
};

static const struct api_property group_request[] = {
    {"name", API_TEXT, true, NULL, "1 to 240 bytes"},
    {"organisation", API_TEXT, true, NULL, "that looks after it, within reach"},
    {"lead", API_ID, true, NULL, "a member from the start"},
    {"members", API_IDS, false, NULL, "the others, each within reach and in no other group"},
    {"reason", API_TEXT, true, NULL, "1 to 500 bytes"},
    {0},
};

static const struct api_property group_change[] = {
    {"name", API_TEXT, false, NULL, NULL},
    {"organisation", API_TEXT, false, NULL, NULL},
    {"lead", API_ID, false, NULL, "a member"},
    {"reason", API_TEXT, true, NULL, "1 to 500 bytes"},
    {0},
};

static const struct api_property group_made[] = {
    {"id", API_ID, true, NULL, NULL},
    {"version", API_INTEGER, true, NULL, NULL},
    {0},
};

static const struct api_property group_step[] = {
    {"customer", API_ID, true, NULL, "in which the share is held; that is controlled; depends"},
    {"kind", API_WORD, true, TIES, NULL},
    {"other", API_ID, true, NULL, "who holds, controls, or is depended on"},
    {"share", API_TEXT, false, NULL, "of a hundred"},
    {"reason", API_TEXT, true, NULL, NULL},
    {"since", API_DATE, true, NULL, "the first day"},
    {0},
};

#define BASIS_MEMBERS                                                                              \
    {"basis", API_WORD, true, BASES, "what the ties of the lead say; entered: they do not"},       \
        {"top", API_BOOLEAN, true, NULL, "an ultimate parent"},                                    \
        {"loop", API_BOOLEAN, true, NULL, "it and another control each other"},                    \
        {"held", API_TEXT, false, NULL, "of a hundred: what members by control hold in it"},       \
        {"path", API_OBJECTS, false, "GroupStep",                                                  \
         "of control: from it up to an ultimate parent, the largest share each time"},             \
    {                                                                                              \
        "dependence", API_OBJECTS, false, "GroupStep", "ties of dependence"                        \
    }

static const struct api_property group_member[] = {
    {"customer", API_ID, true, NULL, NULL},
    {"reason", API_TEXT, true, NULL, "for which it was taken in"},
    {"since", API_DATE, true, NULL, "the first day"},
    {"until", API_DATE, false, NULL, "the first day on which it no longer belongs"},
    BASIS_MEMBERS,
    {0},
};

static const struct api_property group_unlisted[] = {
    {"customer", API_ID, true, NULL, NULL},
    BASIS_MEMBERS,
    {0},
};

static const struct api_property group_limit[] = {
    {"depth", API_INTEGER, true, NULL, "0: below none of these"},
    {"customer", API_ID, false, NULL, "whose it is; none: the group's own"},
    {"decision", API_TEXT, false, NULL, "that opened it"},
    {"clause", API_TEXT, false, NULL, "of the decision"},
    {"limit", API_OBJECT, true, "Limit", NULL},
    {0},
};

static const struct api_property group[] = {
    GROUP_MEMBERS,
    {"as_of", API_DATE, true, NULL, NULL},
    {"members", API_OBJECTS, true, "GroupMember", "of that day"},
    {"ultimate_parents", API_IDS, true, NULL, "of the lead, by its ties on that day"},
    {"unlisted", API_OBJECTS, true, "GroupUnlisted", "whom the ties name and who is no member"},
    {"complete", API_BOOLEAN, true, NULL, "false where the web of ties is larger than the bound"},
    {"limits", API_OBJECTS, false, "GroupLimit",
     "of today: the group's and its members' totals and lines, depth first"},
    {"more_limits", API_BOOLEAN, false, NULL, "there are more than 1000"},
    {0},
};

static const struct api_property group_version[] = {
    {"version", API_INTEGER, true, NULL, NULL},
    {"valid_from", API_DATE, true, NULL, "the day from which it holds"},
    {"recorded_at", API_TIME, true, NULL, NULL},
    {"recorded_by", API_TEXT, true, NULL, NULL},
    {"action", API_TEXT, true, NULL, "such as group.create"},
    {"reason", API_TEXT, true, NULL, NULL},
    {"name", API_TEXT, true, NULL, NULL},
    {"organisation", API_TEXT, true, NULL, NULL},
    {"lead", API_ID, true, NULL, NULL},
    {"merged_into", API_ID, false, NULL, NULL},
    {0},
};

static const struct api_property group_versions[] = {
    {"items", API_OBJECTS, true, "GroupVersion", NULL},
    {"next", API_TEXT, false, NULL, "the cursor of the next page; null on the last"},
    {0},
};

#define KINDS "limit|join|leave|merge|split|rules"

#define MOVE_ASKED                                                                                 \
    {"kind", API_WORD, true, KINDS, NULL},                                                         \
        {"group", API_ID, true, NULL, "of a merge: that goes; of a split: that gives"},            \
        {"target", API_ID, false, NULL, "of a merge, and needed: that takes"},                     \
        {"customers", API_IDS, false, NULL, "of join, leave and split, and needed: whom"},         \
        {"cap", API_AMOUNT, false, NULL,                                                           \
         "of limit, and needed: the group's total; of split: the new group's"},                    \
        {"currency", API_CURRENCY, false, NULL, "with the cap"},                                   \
        {"cap_moves", API_BOOLEAN, false, NULL,                                                    \
         "of merge: the total that takes rises by the other; of split: the old falls by the new"}, \
        {"name", API_TEXT, false, NULL, "of split, and needed: the new group's"},                  \
        {"organisation", API_TEXT, false, NULL, "the same"},                                       \
    {                                                                                              \
        "lead", API_ID, false, NULL, "the same: one of those who split off"                        \
    }

static const struct api_property move_request[] = {
    MOVE_ASKED,
    {"reason", API_TEXT, true, NULL, "1 to 500 bytes"},
    {0},
};

static const struct api_property move_asked[] = {
    MOVE_ASKED,
    {"reason", API_TEXT, false, NULL, "not looked at"},
    {0},
};

static const struct api_property move_previewed[] = {
    MOVE_ASKED,
    {"preview", API_OBJECT, true, "GroupMovePreview", NULL},
    {0},
};

#define MOVE_MEMBERS                                                                               \
    {"number", API_INTEGER, true, NULL, NULL}, MOVE_ASKED, {"reason", API_TEXT, true, NULL, NULL}, \
        {"state", API_WORD, true, "proposed|owed|done|refused|rejected", NULL},                    \
        {"proposed", API_TIME, true, NULL, NULL}, {"proposed_by", API_TEXT, true, NULL, NULL},     \
        {"agreed_by", API_TEXT, false, NULL, NULL},                                                \
        {"made", API_ID, false, NULL, "of a split: the new group"},                                \
    {                                                                                              \
        "ended", API_TIME, false, NULL, NULL                                                       \
    }

static const struct api_property move_item[] = {
    MOVE_MEMBERS,
    {0},
};

static const struct api_property move_page[] = {
    {"items", API_OBJECTS, true, "GroupMoveItem", NULL},
    {"next", API_TEXT, false, NULL, "the cursor of the next page; null on the last"},
    {0},
};

static const struct api_property move_limit[] = {
    {"before", API_OBJECT, false, "Limit", "none: it would be opened"},
    {"after", API_OBJECT, true, "Limit", NULL},
    {0},
};

static const struct api_property move_preview[] = {
    {"hash", API_TEXT, true, NULL, "of what it comes to: who agrees names it"},
    {"customers", API_IDS, true, NULL, "whose limits would be moved, or looked at"},
    {"limits", API_OBJECTS, true, "GroupMoveLimit", "that change, and all above them"},
    {"over", API_IDS, true, NULL, "hard limits that would be over, or by more than they are"},
    {"holds", API_BOOLEAN, true, NULL, "the ledger would accept it now"},
    {"refusal", API_ANY, false, NULL, "the first, where it would not"},
    {0},
};

static const struct api_property rules_looked[] = {
    {"limits", API_OBJECTS, true, "GroupMoveLimit", "that change, and all above them"},
    {"over", API_IDS, true, NULL, "hard limits that would be over, or by more than they are"},
    {"holds", API_BOOLEAN, true, NULL, "the ledger would accept it now"},
    {"refusal", API_ANY, false, NULL, "the first, where it would not"},
    {0},
};

static const struct api_property rules_brought[] = {
    {"commands", API_INTEGER, true, NULL, "that the ledger is owed; 0: all are of today"},
    {0},
};

static const struct api_property move_one[] = {
    MOVE_MEMBERS,
    {"preview", API_OBJECT, false, "GroupMovePreview", "while it is proposed, and can be done"},
    {"answer", API_ANY, false, NULL, "of the ledger, where it refused"},
    {0},
};

const struct api_schema api_schemas_group[] = {
    {"GroupMoveRequest", "what moves of a group", move_request},
    {"GroupMoveAsked", "what would move", move_asked},
    {"GroupMovePreviewed", "what it would do", move_previewed},
    {"CustomerRules", "the pack's limits over a customer, brought to the day", rules_looked},
    {"CustomerRulesBrought", NULL, rules_brought},
    {"RuleDifferenceLimit", "a limit as it stands and as the pack has it", rule_difference_limit},
    {"RuleDifference", "a customer or a group with such limits", rule_difference},
    {"RuleDifferencePage", NULL, rule_difference_page},
    {"RuleMoveRequest", "whose limits of the pack are brought to the day", rule_move_request},
    {"RuleMoveItem", NULL, rule_move_item},
    {"RuleMovePage", NULL, rule_move_page},
    {"RuleMoveTurn", "what becomes of a customer's limits", rule_move_turn},
    {"RuleMovePreview", "what the ledger would make of it", rule_move_preview},
    {"RuleMove", NULL, rule_move_one},
    {"GroupMoveItem", NULL, move_item},
    {"GroupMovePage", NULL, move_page},
    {"GroupMoveLimit", "a limit as it is and would be", move_limit},
    {"GroupMovePreview", "what the ledger would make of it", move_preview},
    {"GroupMove", NULL, move_one},
    {"GroupItem", "a group of a list", group_item},
    {"GroupPage", NULL, group_page},
    {"GroupRequest", NULL, group_request},
    {"GroupChange", "what is given is changed", group_change},
    {"GroupMade", NULL, group_made},
    {"GroupStep", "a tie, as a step on the way to a parent", group_step},
    {"GroupMember", "a member, and what the ties say of it", group_member},
    {"GroupUnlisted", "a customer that the ties name", group_unlisted},
    {"GroupLimit", "a limit of the group or of a member", group_limit},
    {"Group", "a group on a day", group},
    {"GroupVersion", NULL, group_version},
    {"GroupVersions", NULL, group_versions},
    {0},
};
