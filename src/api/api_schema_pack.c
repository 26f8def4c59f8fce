/* What the bodies of configuration packs look like. */
#include "api/api_schema.h"

static const struct api_property content[] = {
    {"files", API_ANY, true, NULL, "the text of each file by its path: the canonical form"},
    {0},
};

static const struct api_property finding[] = {
    {"severity", API_WORD, true, "error|warning", NULL},
    {"file", API_TEXT, true, NULL, NULL},
    {"line", API_INTEGER, true, NULL, "0: of the file as a whole"},
    {"element", API_TEXT, true, NULL, NULL},
    {"message", API_TEXT, true, NULL, NULL},
    {0},
};

static const struct api_property report[] = {
    {"errors", API_INTEGER, true, NULL, NULL},
    {"warnings", API_INTEGER, true, NULL, NULL},
    {"cases_passed", API_INTEGER, true, NULL, "of the pack's own tests"},
    {"findings", API_OBJECTS, true, "PackFinding", NULL},
    {0},
};

static const struct api_property made[] = {
    {"hash", API_TEXT, true, NULL, "SHA-256 of the canonical form"},
    {"id", API_TEXT, true, NULL, NULL},
    {"version", API_TEXT, true, NULL, NULL},
    {"report", API_OBJECT, true, "PackReport", NULL},
    {0},
};

static const struct api_property pack[] = {
    {"hash", API_TEXT, true, NULL, "SHA-256 of the canonical form"},
    {"id", API_TEXT, true, NULL, NULL},
    {"version", API_TEXT, true, NULL, "has one content, for ever"},
    {"title_zh", API_TEXT, true, NULL, NULL},
    {"title_en", API_TEXT, true, NULL, NULL},
    {"stored", API_TIME, true, NULL, NULL},
    {"stored_by", API_TEXT, true, NULL, "user or token"},
    {"report", API_OBJECT, false, "PackReport", "of the check when it was stored; not in lists"},
    {0},
};

static const struct api_property pack_page[] = {
    {"items", API_OBJECTS, true, "Pack", NULL},
    {"next", API_TEXT, false, NULL, "null on the last page"},
    {0},
};

static const struct api_property change[] = {
    {"change", API_WORD, true, "added|removed|changed", NULL},
    {"what", API_TEXT, true, NULL, "product, parameter, rule, process element, text zh, ..."},
    {"element", API_TEXT, true, NULL, "its key"},
    {"part", API_TEXT, true, NULL, "the column, or what of it has changed; may be empty"},
    {"before", API_TEXT, true, NULL, NULL},
    {"after", API_TEXT, true, NULL, NULL},
    {0},
};

static const struct api_property difference[] = {
    {"pack", API_TEXT, true, NULL, NULL},
    {"from", API_TEXT, false, NULL, "the hash compared from; nothing unless given"},
    {"changes", API_OBJECTS, true, "PackChange", NULL},
    {0},
};

static const struct api_property parameter[] = {
    {"id", API_TEXT, true, NULL, NULL},
    {"from", API_DATE, true, NULL, "the first day"},
    {"value", API_TEXT, true, NULL, NULL},
    {"type", API_WORD, true, "number|text|date", NULL},
    {"unit", API_TEXT, false, NULL, NULL},
    {"status", API_WORD, true, "on|off", NULL},
    {"zh", API_TEXT, true, NULL, NULL},
    {"en", API_TEXT, true, NULL, NULL},
    {"source", API_TEXT, true, NULL, NULL},
    {"note", API_TEXT, false, NULL, NULL},
    {0},
};

static const struct api_property limit[] = {
    {"id", API_TEXT, true, NULL, NULL},
    {"kind", API_WORD, true, "regulatory|portfolio", NULL},
    {"scope", API_WORD, true, "customer|group|related_party|related_group|related_all|portfolio",
     NULL},
    {"measure", API_WORD, true, "loan|credit|exposure", NULL},
    {"customer_types", API_TEXT, false, NULL, "';' between; all unless given"},
    {"products", API_TEXT, false, NULL, "';' between; all unless given"},
    {"currency", API_CURRENCY, true, NULL, NULL},
    {"formula", API_TEXT, true, NULL, "FEEL over the parameters"},
    {"warning", API_TEXT, false, NULL, "share of the amount from which to warn"},
    {"control", API_WORD, true, "hard|soft|warn", NULL},
    {"from", API_DATE, true, NULL, NULL},
    {"until", API_DATE, false, NULL, "the first day on which it no longer holds"},
    {"status", API_WORD, true, "on|off", NULL},
    {"zh", API_TEXT, true, NULL, NULL},
    {"en", API_TEXT, true, NULL, NULL},
    {"regulation", API_TEXT, true, NULL, NULL},
    {"article", API_TEXT, false, NULL, NULL},
    {"note", API_TEXT, false, NULL, NULL},
    {"amount", API_TEXT, false, NULL, "in major units, a decimal number"},
    {"without_amount", API_TEXT, false, NULL, "why there is none"},
    {0},
};

static const struct api_property day[] = {
    {"pack", API_TEXT, true, NULL, NULL},
    {"date", API_DATE, true, NULL, NULL},
    {"parameters", API_OBJECTS, true, "PackParameter", "that hold on the day"},
    {"limits", API_OBJECTS, true, "PackLimit", "in force on the day, on and off"},
    {0},
};

#define ACTIVATION                                                                                 \
    {"number", API_INTEGER, true, NULL, NULL},                                                     \
        {"organisation", API_TEXT, true, NULL, "where, and below"},                                \
        {"pack", API_TEXT, true, NULL, "hash"},                                                    \
        {"before", API_TEXT, false, NULL, "hash of what was active there when it was proposed"},   \
        {"roll_back", API_BOOLEAN, true, NULL, NULL}, {"reason", API_TEXT, true, NULL, NULL},      \
        {"state", API_WORD, true, "proposed|active|replaced|rejected", NULL},                      \
        {"proposed", API_TIME, true, NULL, NULL}, {"proposed_by", API_TEXT, true, NULL, NULL},     \
        {"decided", API_TIME, false, NULL, NULL}, {"decided_by", API_TEXT, false, NULL, NULL},     \
        {"decision_reason", API_TEXT, false, NULL, NULL},                                          \
    {                                                                                              \
        "ended", API_TIME, false, NULL, "when another took its place"                              \
    }

static const struct api_property activation[] = {
    ACTIVATION,
    {0},
};

static const struct api_property activation_shown[] = {
    ACTIVATION,
    {"changes", API_OBJECTS, true, "PackChange", "what leads from `before` to `pack`"},
    {0},
};

static const struct api_property activation_page[] = {
    {"items", API_OBJECTS, true, "PackActivation", NULL},
    {"next", API_TEXT, false, NULL, "null on the last page"},
    {0},
};

static const struct api_property activation_request[] = {
    {"organisation", API_TEXT, true, NULL, "the root of a legal entity stands for all of it"},
    {"pack", API_TEXT, true, NULL, "hash, or \"previous\" to roll back"},
    {"reason", API_TEXT, true, NULL, "1 to 500 bytes"},
    {0},
};

static const struct api_property activate_request[] = {
    {"pack", API_TEXT, true, NULL, "the hash that was shown"},
    {0},
};

static const struct api_property activation_made[] = {
    {"number", API_INTEGER, true, NULL, NULL},
    {0},
};

static const struct api_property in_force[] = {
    {"organisation", API_TEXT, true, NULL, NULL},
    {"activation", API_OBJECT, false, "PackActivation",
     "the nearest at or above; none unless given"},
    {0},
};

const struct api_schema api_schemas_pack[] = {
    {"PackContent", "a configuration pack", content},
    {"PackFinding", "something wrong in a pack", finding},
    {"PackReport", "what the check of a pack said", report},
    {"PackMade", NULL, made},
    {"Pack", "a stored pack", pack},
    {"PackPage", NULL, pack_page},
    {"PackChange", "one difference between two packs", change},
    {"PackDifference", NULL, difference},
    {"PackParameter", "a value with its first day", parameter},
    {"PackLimit", "a portfolio or regulatory limit with its amount", limit},
    {"PackDay", "what a pack says on a day", day},
    {"PackActivation", "a pack proposed for, or in force at, an organisation", activation},
    {"PackActivationShown", "the same with what it changes", activation_shown},
    {"PackActivationPage", NULL, activation_page},
    {"PackActivationRequest", NULL, activation_request},
    {"PackActivateRequest", NULL, activate_request},
    {"PackActivationMade", NULL, activation_made},
    {"PackInForce", NULL, in_force},
    {0},
};
