/* What the bodies of customers look like. */
#include "api/api_schema.h"

#define TYPES "corporate|small|individual|interbank|government_platform|partner"
#define KINDS "uscc|organisation_code|lei|bic|cnaps|id_card|passport|travel_permit|core_number"
#define TIES "share|control|dependence"
#define MOVES "merge|split"
#define LISTS "watch|blocked|related_party"

static const struct api_property identifier[] = {
    {"kind", API_WORD, true, KINDS, NULL},
    {"value", API_TEXT, true, NULL, NULL},
    {"masked", API_BOOLEAN, false, NULL, "true where the value is shown in part only"},
    {0},
};

static const struct api_property identifier_request[] = {
    {"kind", API_WORD, true, KINDS, NULL},
    {"value", API_TEXT, true, NULL, "checked by its kind's rule; a kind of its own once"},
    {0},
};

static const struct api_property relation[] = {
    {"legal_entity", API_TEXT, true, NULL, NULL},
    {"organisation", API_TEXT, true, NULL, "that looks after the customer"},
    {0},
};

static const struct api_property listing[] = {
    {"number", API_INTEGER, true, NULL, "of the customer's entries"},
    {"list", API_WORD, true, LISTS, NULL},
    {"legal_entity", API_TEXT, true, NULL, "whose list it is"},
    {"reason", API_TEXT, true, NULL, NULL},
    {"since", API_DATE, true, NULL, "the first day"},
    {"until", API_DATE, false, NULL, "the first day on which it no longer holds"},
    {0},
};

static const struct api_property customer[] = {
    {"id", API_ID, true, NULL, "the holder of the customer's limits"},
    {"type", API_WORD, true, TYPES, NULL},
    {"name", API_TEXT, true, NULL, NULL},
    {"name_en", API_TEXT, false, NULL, NULL},
    {"industry", API_TEXT, false, NULL, "GB/T 4754-2017, such as C3912"},
    {"region", API_TEXT, false, NULL, "GB/T 2260, six digits"},
    {"country", API_TEXT, false, NULL, "ISO 3166-1, two letters"},
    {"identifiers", API_OBJECTS, true, "CustomerIdentifier", NULL},
    {"relations", API_OBJECTS, true, "CustomerRelation", "one a legal entity"},
    {"listings", API_OBJECTS, true, "CustomerListing", "ended ones too"},
    {"merged_into", API_ID, false, NULL, "the customer that took its place"},
    {"version", API_INTEGER, true, NULL, "from 1; the ETag"},
    {"valid_from", API_DATE, true, NULL, "the day from which the version holds"},
    {"recorded_at", API_TIME, true, NULL, NULL},
    {"recorded_by", API_TEXT, true, NULL, NULL},
    {"action", API_TEXT, true, NULL, "such as customer.create"},
    {0},
};

static const struct api_property customer_page[] = {
    {"items", API_OBJECTS, true, "Customer", NULL},
    {"next", API_TEXT, false, NULL, "the cursor of the next page; null on the last"},
    {0},
};

static const struct api_property customer_request[] = {
    {"id", API_ID, false, NULL, "of a new one; made unless given"},
    {"type", API_WORD, true, TYPES, NULL},
    {"name", API_TEXT, true, NULL, "1 to 240 bytes"},
    {"name_en", API_TEXT, false, NULL, NULL},
    {"industry", API_TEXT, false, NULL, NULL},
    {"region", API_TEXT, false, NULL, NULL},
    {"country", API_TEXT, false, NULL, NULL},
    {"identifiers", API_OBJECTS, true, "CustomerIdentifierRequest", "at most 16"},
    {"organisation", API_TEXT, false, NULL, "that looks after it; needed for a new one"},
    {"valid_from", API_DATE, false, NULL, "today unless given"},
    {"confirmed_distinct", API_IDS, false, NULL, "customers of a similar name that are others"},
    {"reason", API_TEXT, false, NULL, NULL},
    {0},
};

static const struct api_property customer_made[] = {
    {"id", API_ID, true, NULL, NULL},
    {"version", API_INTEGER, true, NULL, NULL},
    {"number", API_INTEGER, false, NULL, "of the entry on a list"},
    {0},
};

static const struct api_property relation_request[] = {
    {"organisation", API_TEXT, true, NULL, NULL},
    {"kind", API_WORD, false, KINDS, "of an identifier that is known"},
    {"value", API_TEXT, false, NULL, "of that identifier"},
    {"reason", API_TEXT, false, NULL, NULL},
    {0},
};

static const struct api_property listing_request[] = {
    {"list", API_WORD, true, LISTS, NULL},
    {"reason", API_TEXT, true, NULL, "1 to 500 bytes"},
    {"since", API_DATE, false, NULL, "today unless given"},
    {"until", API_DATE, false, NULL, "open unless given"},
    {"legal_entity", API_TEXT, false, NULL, "whose list; a person's own, needed of a token"},
    {0},
};

static const struct api_property reason_request[] = {
    {"reason", API_TEXT, true, NULL, "1 to 500 bytes"},
    {0},
};

static const struct api_property tie[] = {
    {"customer", API_ID, true, NULL, "in which the share is held; that is controlled; depends"},
    {"number", API_INTEGER, true, NULL, "of the customer's ties"},
    {"kind", API_WORD, true, TIES, NULL},
    {"other", API_ID, true, NULL, "who holds, controls, or is depended on"},
    {"share", API_TEXT, false, NULL, "of a hundred, two decimals"},
    {"reason", API_TEXT, true, NULL, NULL},
    {"since", API_DATE, true, NULL, "the first day"},
    {"until", API_DATE, false, NULL, "the first day on which it no longer holds"},
    {0},
};

static const struct api_property tie_request[] = {
    {"kind", API_WORD, true, TIES, NULL},
    {"other", API_ID, true, NULL, "who holds, controls, or is depended on"},
    {"reason", API_TEXT, true, NULL, "1 to 500 bytes"},
    {"share", API_TEXT, false, NULL, "of a hundred, at most two decimals; of a share, and needed"},
    {"since", API_DATE, false, NULL, "today unless given"},
    {"until", API_DATE, false, NULL, "open unless given"},
    {0},
};

static const struct api_property tie_made[] = {
    {"id", API_ID, true, NULL, NULL},
    {"number", API_INTEGER, true, NULL, "of the tie"},
    {0},
};

static const struct api_property member[] = {
    {"id", API_ID, true, NULL, NULL},
    {"basis", API_WORD, true, "control|dependence", NULL},
    {"top", API_BOOLEAN, true, NULL, "an ultimate parent"},
    {"loop", API_BOOLEAN, true, NULL, "it and another control each other"},
    {0},
};

static const struct api_property group[] = {
    {"customer", API_ID, true, NULL, NULL},
    {"as_of", API_DATE, true, NULL, NULL},
    {"complete", API_BOOLEAN, true, NULL, "false where the web of shares is larger than the bound"},
    {"members", API_OBJECTS, true, "CustomerGroupMember", "the customer among them"},
    {"ties", API_OBJECTS, true, "CustomerTie", "that hold on that day"},
    {0},
};

static const struct api_property move_request[] = {
    {"kind", API_WORD, true, MOVES, "a split takes a merge back, or takes a part out"},
    {"source", API_ID, true, NULL, "that goes into the target, or that is split"},
    {"target", API_ID, true, NULL, "that takes"},
    {"reason", API_TEXT, false, NULL, "1 to 500 bytes; needed but for a preview"},
    {"cap", API_WORD, false, "keep|add", "whether the total that takes rises by what comes"},
    {"identifiers", API_OBJECTS, false, "CustomerIdentifierRequest",
     "of a split: those that go; all that the merge brought unless given"},
    {"limits", API_IDS, false, NULL,
     "of a split: lines at the top that go; all that the merge brought unless given"},
    {0},
};

static const struct api_property move_made[] = {
    {"number", API_INTEGER, true, NULL, NULL},
    {"state", API_WORD, true, "proposed|agreed|rejected", NULL},
    {0},
};

static const struct api_property move_consent_request[] = {
    {"accepted_over", API_IDS, false, NULL, "limits that may be over afterwards"},
    {0},
};

static const struct api_property move_consent[] = {
    {"legal_entity", API_TEXT, true, NULL, NULL},
    {"by", API_TEXT, true, NULL, NULL},
    {"at", API_TIME, true, NULL, NULL},
    {0},
};

#define MOVE_MEMBERS                                                                               \
    {"number", API_INTEGER, true, NULL, NULL}, {"kind", API_WORD, true, MOVES, NULL},              \
        {"source", API_ID, true, NULL, NULL}, {"target", API_ID, true, NULL, NULL},                \
        {"cap", API_WORD, true, "keep|add", NULL},                                                 \
        {"identifier_kinds", API_WORDS, false, KINDS, "of those that were chosen"},                \
        {"chosen_limits", API_IDS, false, NULL, NULL}, {"reason", API_TEXT, true, NULL, NULL},     \
        {"state", API_WORD, true, "proposed|owed|done|refused|rejected", NULL},                    \
        {"proposed", API_TIME, true, NULL, NULL}, {"proposed_by", API_TEXT, true, NULL, NULL},     \
    {                                                                                              \
        "ended", API_TIME, false, NULL, NULL                                                       \
    }

static const struct api_property move_item[] = {
    MOVE_MEMBERS,
    {0},
};

static const struct api_property move_one[] = {
    MOVE_MEMBERS,
    {"consents", API_OBJECTS, true, "CustomerMoveConsented", "one a legal entity"},
    {"preview", API_OBJECT, false, "CustomerMovePreview", "while it is proposed, and can be done"},
    {0},
};

static const struct api_property move_page[] = {
    {"items", API_OBJECTS, true, "CustomerMoveItem", NULL},
    {"next", API_TEXT, false, NULL, "the cursor of the next page; null on the last"},
    {0},
};

static const struct api_property move_identifier[] = {
    {"kind", API_WORD, true, KINDS, NULL},
    {"value", API_TEXT, true, NULL, NULL},
    {"moves", API_BOOLEAN, true, NULL, "false: it stays, as the target has one of its own"},
    {0},
};

static const struct api_property move_relation[] = {
    {"customer", API_ID, true, NULL, "that will be looked after"},
    {"legal_entity", API_TEXT, true, NULL, NULL},
    {"organisation", API_TEXT, true, NULL, NULL},
    {0},
};

static const struct api_property move_listing[] = {
    {"list", API_WORD, true, LISTS, NULL},
    {"legal_entity", API_TEXT, true, NULL, NULL},
    {"reason", API_TEXT, true, NULL, NULL},
    {0},
};

static const struct api_property move_tie_end[] = {
    {"customer", API_ID, true, NULL, NULL},
    {"kind", API_WORD, true, TIES, NULL},
    {"other", API_ID, true, NULL, NULL},
    {0},
};

static const struct api_property move_tie[] = {
    {"ends", API_OBJECT, false, "CustomerMoveTieEnd", NULL},
    {"begins", API_OBJECT, false, "CustomerMoveTieEnd", NULL},
    {0},
};

static const struct api_property move_owner[] = {
    {"limit", API_ID, true, NULL, NULL},
    {"customer", API_ID, true, NULL, "whose it will be"},
    {0},
};

static const struct api_property move_limit[] = {
    {"before", API_OBJECT, true, "Limit", NULL},
    {"after", API_OBJECT, true, "Limit", NULL},
    {0},
};

#define PREVIEW_MEMBERS                                                                            \
    {"hash", API_TEXT, true, NULL, "of what it comes to: who agrees names it"},                    \
        {"identifiers", API_OBJECTS, true, "CustomerMoveIdentifier", "of the source"},             \
        {"relations", API_OBJECTS, true, "CustomerMoveRelation", "that begin"},                    \
        {"listings", API_OBJECTS, true, "CustomerMoveListing", "that the target gets"},            \
        {"ties", API_OBJECTS, true, "CustomerMoveTie", NULL},                                      \
        {"applications", API_IDS, true, NULL, "not decided, that will name the target"},           \
        {"cases", API_IDS, true, NULL, "in which they run"},                                       \
        {"entities", API_IDS, true, NULL, "legal entities that must agree"},                       \
        {"owners", API_OBJECTS, true, "CustomerMoveOwner", "limits that change hands"},            \
        {"limits", API_OBJECTS, true, "CustomerMoveLimit",                                         \
         "of the own legal entity: what moves, and all above it"},                                 \
        {"over", API_IDS, true, NULL, "hard limits that would be over, or by more"},               \
        {"holds", API_BOOLEAN, true, NULL, "whether the ledger would accept it"},                  \
    {                                                                                              \
        "refusal", API_ANY, false, NULL, "the ledger's result that says why not"                   \
    }

static const struct api_property move_preview[] = {
    PREVIEW_MEMBERS,
    {0},
};

static const struct api_property move_previewed[] = {
    {"kind", API_WORD, true, MOVES, NULL},
    {"source", API_ID, true, NULL, NULL},
    {"target", API_ID, true, NULL, NULL},
    PREVIEW_MEMBERS,
    {0},
};

const struct api_schema api_schemas_customer[] = {
    {"CustomerMoveRequest", NULL, move_request},
    {"CustomerMoveMade", NULL, move_made},
    {"CustomerMoveConsent", NULL, move_consent_request},
    {"CustomerMoveConsented", NULL, move_consent},
    {"CustomerMoveItem", NULL, move_item},
    {"CustomerMove", "a merge or split of customers", move_one},
    {"CustomerMovePage", NULL, move_page},
    {"CustomerMoveIdentifier", NULL, move_identifier},
    {"CustomerMoveRelation", NULL, move_relation},
    {"CustomerMoveListing", NULL, move_listing},
    {"CustomerMoveTieEnd", NULL, move_tie_end},
    {"CustomerMoveTie", NULL, move_tie},
    {"CustomerMoveOwner", NULL, move_owner},
    {"CustomerMoveLimit", "a limit as it is, and as it would be", move_limit},
    {"CustomerMovePreview", NULL, move_preview},
    {"CustomerMovePreviewed", "what a merge or split would do", move_previewed},
    {"CustomerTie", "a share, control by other means, or economic dependence", tie},
    {"CustomerTieRequest", NULL, tie_request},
    {"CustomerTieMade", NULL, tie_made},
    {"CustomerGroupMember", NULL, member},
    {"CustomerGroup", NULL, group},
    {"CustomerIdentifier", NULL, identifier},
    {"CustomerIdentifierRequest", NULL, identifier_request},
    {"CustomerRelation", "who looks after a customer for a legal entity", relation},
    {"CustomerListing", "an entry of a list", listing},
    {"Customer", "a version of a customer", customer},
    {"CustomerPage", NULL, customer_page},
    {"CustomerRequest", NULL, customer_request},
    {"CustomerMade", "what was made or changed", customer_made},
    {"CustomerRelationRequest", NULL, relation_request},
    {"CustomerListingRequest", NULL, listing_request},
    {"ReasonRequest", NULL, reason_request},
    {0},
};
