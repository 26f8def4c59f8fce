/* What is entered of a customer: read from JSON, judged and normalised. */
#include "customer/customer_internal.h"

void customer_detail_set(struct customer_detail *detail, struct slice english_what,
                         struct slice english_why, struct slice chinese_what,
                         struct slice chinese_why)
{
    (void)snprintf(detail->english, sizeof(detail->english), "%.*s: %.*s", (int)english_what.size,
                   english_what.data, (int)english_why.size, english_why.data);
    (void)snprintf(detail->chinese, sizeof(detail->chinese), "%.*s：%.*s", (int)chinese_what.size,
                   chinese_what.data, (int)chinese_why.size, chinese_why.data);
}

bool customer_text_valid(struct slice text, size_t max)
{
    if (text.size == 0 || text.size > max || !utf8_valid(text) ||
        slice_trim(text).size != text.size) {
        return false;
    }
    for (size_t i = 0; i < text.size; i++) {
        if ((uint8_t)text.data[i] < 0x20 || text.data[i] == 0x7F) {
            return false;
        }
    }
    return true;
}

/* ---- reading ---- */

/* A field that cannot be what it is. */
static enum customer_status bad_field(struct customer_detail *detail, struct slice name,
                                      enum customer_status status)
{
    struct slice shown = name;

    shown.size = shown.size > 64 ? 0 : shown.size;
    customer_detail_set(detail, shown, customer_status_text(status, false), shown,
                        customer_status_text(status, true));
    return status;
}

static enum customer_status identifiers_read(struct customer_draft *draft,
                                             struct customer_detail *detail,
                                             const struct json_value *list)
{
    REQUIRE(list->type == JSON_ARRAY, bad_field(detail, list->name, CUSTOMER_BAD_BODY));
    REQUIRE(list->count <= CUSTOMER_IDENTIFIERS_MAX,
            bad_field(detail, list->name, CUSTOMER_TOO_MANY));
    for (const struct json_value *item = list->first; item != NULL; item = item->next) {
        const struct json_value *kind = json_member(item, SLICE("kind"));
        const struct json_value *value = json_member(item, SLICE("value"));
        struct customer_identifier *identifier = &draft->identifiers[draft->identifier_count++];

        REQUIRE(kind != NULL && value != NULL && item->count == 2 && kind->type == JSON_STRING &&
                    value->type == JSON_STRING,
                bad_field(detail, list->name, CUSTOMER_BAD_BODY));
        REQUIRE(customer_kind_from_name(kind->text, &identifier->kind),
                bad_field(detail, kind->text, CUSTOMER_BAD_IDENTIFIER));
        identifier->value = value->text;
    }
    return CUSTOMER_OK;
}

static enum customer_status confirmed_read(struct customer_draft *draft,
                                           struct customer_detail *detail,
                                           const struct json_value *list)
{
    REQUIRE(list->type == JSON_ARRAY, bad_field(detail, list->name, CUSTOMER_BAD_BODY));
    REQUIRE(list->count <= CUSTOMER_CANDIDATES_MAX,
            bad_field(detail, list->name, CUSTOMER_TOO_MANY));
    for (const struct json_value *item = list->first; item != NULL; item = item->next) {
        REQUIRE(item->type == JSON_STRING, bad_field(detail, list->name, CUSTOMER_BAD_BODY));
        draft->confirmed[draft->confirmed_count++] = item->text;
    }
    return CUSTOMER_OK;
}

/* Where a text of that name goes; NULL: nowhere. */
static struct slice *text_place(struct customer_draft *draft, struct slice name)
{
    const struct {
        const char *name;
        struct slice *place;
    } places[] = {
        {"id", &draft->id},
        {"name", &draft->name},
        {"name_en", &draft->name_en},
        {"industry", &draft->industry},
        {"region", &draft->region},
        {"country", &draft->country},
        {"organisation", &draft->organisation},
        {"reason", &draft->reason},
    };

    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        if (slice_equal(name, slice_from_cstr(places[i].name))) {
            return places[i].place;
        }
    }
    return NULL;
}

static enum customer_status member_read(struct customer_draft *draft,
                                        struct customer_detail *detail,
                                        const struct json_value *member)
{
    struct slice *text = text_place(draft, member->name);

    if (slice_equal(member->name, SLICE("identifiers"))) {
        return identifiers_read(draft, detail, member);
    }
    if (slice_equal(member->name, SLICE("confirmed_distinct"))) {
        return confirmed_read(draft, detail, member);
    }
    REQUIRE(member->type == JSON_STRING, bad_field(detail, member->name, CUSTOMER_BAD_BODY));
    if (text != NULL) {
        *text = member->text;
        return CUSTOMER_OK;
    }
    if (slice_equal(member->name, SLICE("type"))) {
        return customer_type_from_name(member->text, &draft->type)
                   ? CUSTOMER_OK
                   : bad_field(detail, member->name, CUSTOMER_BAD_TYPE);
    }
    if (slice_equal(member->name, SLICE("valid_from"))) {
        return date_parse(member->text, &draft->valid_from)
                   ? CUSTOMER_OK
                   : bad_field(detail, member->name, CUSTOMER_BAD_DATES);
    }
    return bad_field(detail, member->name, CUSTOMER_BAD_BODY);
}

enum customer_status customer_draft_read(struct customer_draft *ret_draft,
                                         struct customer_detail *reterr_detail,
                                         const struct json_value *value)
{
    struct customer_draft draft = {.type = CUSTOMER_TYPE_COUNT, .valid_from = DATE_NONE};

    REQUIRE(value != NULL && value->type == JSON_OBJECT, CUSTOMER_BAD_BODY);
    for (const struct json_value *member = value->first; member != NULL; member = member->next) {
        TRY(member_read(&draft, reterr_detail, member));
    }
    *ret_draft = draft;
    return CUSTOMER_OK;
}

/* ---- judging ---- */

/* The divisions of each section, A to T. Source: GB/T 4754-2017, table 1. */
static bool industry_valid(struct slice code)
{
    static const uint8_t firsts[] = {1,  6,  13, 44, 47, 51, 53, 61, 63, 66, 70,
                                     71, 73, 76, 80, 83, 84, 86, 91, 97, 98};

    if (code.size < 1 || code.size > 5 || code.size == 2 || code.data[0] < 'A' ||
        code.data[0] > 'T') {
        return false;
    }
    for (size_t i = 1; i < code.size; i++) {
        if (code.data[i] < '0' || code.data[i] > '9') {
            return false;
        }
    }
    const unsigned section = (unsigned)(code.data[0] - 'A');
    const unsigned division =
        code.size == 1 ? firsts[section]
                       : (unsigned)(code.data[1] - '0') * 10 + (unsigned)(code.data[2] - '0');
    return division >= firsts[section] && division < firsts[section + 1];
}

static bool all_between(struct slice text, char low, char high)
{
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < low || text.data[i] > high) {
            return false;
        }
    }
    return true;
}

static enum customer_status attributes_judge(const struct customer_draft *draft,
                                             struct customer_detail *detail)
{
    REQUIRE(draft->industry.size == 0 || industry_valid(draft->industry),
            bad_field(detail, SLICE("industry"), CUSTOMER_BAD_ATTRIBUTE));
    REQUIRE(draft->region.size == 0 ||
                (draft->region.size == 6 && all_between(draft->region, '0', '9')),
            bad_field(detail, SLICE("region"), CUSTOMER_BAD_ATTRIBUTE));
    REQUIRE(draft->country.size == 0 ||
                (draft->country.size == 2 && all_between(draft->country, 'A', 'Z')),
            bad_field(detail, SLICE("country"), CUSTOMER_BAD_ATTRIBUTE));
    return CUSTOMER_OK;
}

static const struct customer_identifier *identifier_of(const struct customer_draft *draft,
                                                       enum customer_kind kind)
{
    for (size_t i = 0; i < draft->identifier_count; i++) {
        if (draft->identifiers[i].kind == kind) {
            return &draft->identifiers[i];
        }
    }
    return NULL;
}

/* One of a kind, but passports and customer numbers, of which there can be several. */
static bool repeated(const struct customer_draft *draft, size_t index)
{
    const struct customer_identifier *identifier = &draft->identifiers[index];
    const bool several = identifier->kind == CUSTOMER_KIND_PASSPORT ||
                         identifier->kind == CUSTOMER_KIND_CORE_NUMBER ||
                         identifier->kind == CUSTOMER_KIND_BIC ||
                         identifier->kind == CUSTOMER_KIND_CNAPS;

    for (size_t i = 0; i < index; i++) {
        if (draft->identifiers[i].kind == identifier->kind &&
            (!several || slice_equal(draft->identifiers[i].value, identifier->value))) {
            return true;
        }
    }
    return false;
}

static enum customer_status identifiers_judge(struct customer_draft *draft,
                                              struct customer_detail *detail, struct arena *arena,
                                              date_days today)
{
    bool known = false;

    for (size_t i = 0; i < draft->identifier_count; i++) {
        struct customer_identifier *identifier = &draft->identifiers[i];
        TRY(customer_identifier_judge(identifier, detail, arena, today));
        REQUIRE(customer_kind_fits(identifier->kind, draft->type) && !repeated(draft, i),
                bad_field(detail, customer_kind_name(identifier->kind), CUSTOMER_BAD_IDENTIFIER));
        known = known || identifier->kind != CUSTOMER_KIND_CORE_NUMBER;
    }
    REQUIRE(known, CUSTOMER_IDENTIFIER_NEEDED);
    const struct customer_identifier *uscc = identifier_of(draft, CUSTOMER_KIND_USCC);
    const struct customer_identifier *code = identifier_of(draft, CUSTOMER_KIND_ORGANISATION_CODE);
    REQUIRE(uscc == NULL || code == NULL ||
                slice_equal(uscc_organisation_code(uscc->value), code->value),
            CUSTOMER_IDENTIFIERS_DIFFER);
    return CUSTOMER_OK;
}

enum customer_status customer_draft_judge(struct customer_draft *draft,
                                          struct customer_detail *reterr_detail,
                                          struct arena *arena, date_days today)
{
    REQUIRE(draft->id.size == 0 || people_id_valid(draft->id), CUSTOMER_BAD_ID);
    REQUIRE(draft->type < CUSTOMER_TYPE_COUNT, CUSTOMER_BAD_TYPE);
    REQUIRE(customer_text_valid(draft->name, CUSTOMER_NAME_MAX), CUSTOMER_BAD_NAME);
    REQUIRE(draft->name_en.size == 0 || customer_text_valid(draft->name_en, CUSTOMER_NAME_MAX),
            CUSTOMER_BAD_NAME);
    REQUIRE(draft->reason.size == 0 || customer_text_valid(draft->reason, CUSTOMER_REASON_MAX),
            CUSTOMER_BAD_REASON);
    REQUIRE(draft->valid_from == DATE_NONE || draft->valid_from <= today, CUSTOMER_BAD_DATES);
    TRY(attributes_judge(draft, reterr_detail));
    return identifiers_judge(draft, reterr_detail, arena, today);
}
