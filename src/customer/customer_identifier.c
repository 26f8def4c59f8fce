/* Identifiers: how each kind is normalised and judged. */
#include "base/identifier.h"
#include "customer/customer_internal.h"

static bool all_of(struct slice text, size_t from, size_t to, bool letters, bool digits)
{
    for (size_t i = from; i < to; i++) {
        const char c = text.data[i];
        if (!(letters && c >= 'A' && c <= 'Z') && !(digits && c >= '0' && c <= '9')) {
            return false;
        }
    }
    return true;
}

static enum identifier_status sized(struct slice text, size_t min, size_t max, bool letters)
{
    REQUIRE(text.size >= min && text.size <= max, IDENTIFIER_LENGTH);
    return all_of(text, 0, text.size, letters, true) ? IDENTIFIER_OK : IDENTIFIER_CHARACTER;
}

/* Party prefix, country, party suffix, and perhaps a branch. Source: ISO 9362:2022, 5.3. */
static enum identifier_status bic_judge(struct slice bic)
{
    REQUIRE(bic.size == 8 || bic.size == 11, IDENTIFIER_LENGTH);
    REQUIRE(all_of(bic, 0, 4, true, true) && all_of(bic, 4, 6, true, false) &&
                all_of(bic, 6, bic.size, true, true),
            IDENTIFIER_CHARACTER);
    return IDENTIFIER_OK;
}

/* The form alone where there is no check character. */
static enum identifier_status judge(enum customer_kind kind, struct slice value, date_days today)
{
    switch (kind) {
    case CUSTOMER_KIND_USCC:
        return uscc_judge(value);
    case CUSTOMER_KIND_ORGANISATION_CODE:
        return organisation_code_judge(value);
    case CUSTOMER_KIND_LEI:
        return lei_judge(value);
    case CUSTOMER_KIND_BIC:
        return bic_judge(value);
    case CUSTOMER_KIND_CNAPS:
        return sized(value, 12, 12, false);
    case CUSTOMER_KIND_ID_CARD:
        return id_card_judge(value, today);
    case CUSTOMER_KIND_PASSPORT:
        return sized(value, 5, 20, true);
    case CUSTOMER_KIND_TRAVEL_PERMIT:
        return sized(value, 8, 18, true);
    default:
        return sized(value, 1, CUSTOMER_VALUE_MAX, true);
    }
}

/* Capitals; the hyphen of an organisation code goes. */
static struct slice normalised(struct arena *arena, enum customer_kind kind, struct slice value)
{
    const struct slice trimmed = slice_trim(value);
    char *text = arena_take(arena, trimmed.size + ID_CARD_SIZE + 1);
    size_t size = 0;

    if (text == NULL) {
        return slice_of(NULL, 0);
    }
    for (size_t i = 0; i < trimmed.size; i++) {
        const char c = trimmed.data[i];
        if (kind == CUSTOMER_KIND_ORGANISATION_CODE && c == '-' && i == 8) {
            continue;
        }
        text[size++] = (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    }
    if (kind == CUSTOMER_KIND_ID_CARD && size == 15) {
        char number[ID_CARD_SIZE];
        if (id_card_from_old(slice_of(text, size), number)) {
            memcpy(text, number, sizeof(number));
            size = sizeof(number);
        }
    }
    return slice_of(text, size);
}

enum customer_status customer_identifier_judge(struct customer_identifier *identifier,
                                               struct customer_detail *reterr_detail,
                                               struct arena *arena, date_days today)
{
    const struct slice value = normalised(arena, identifier->kind, identifier->value);

    REQUIRE(value.data != NULL, CUSTOMER_NO_MEMORY);
    const enum identifier_status status = judge(identifier->kind, value, today);
    if (status != IDENTIFIER_OK) {
        customer_detail_set(reterr_detail, customer_kind_text(identifier->kind, false),
                            identifier_status_text(status, false),
                            customer_kind_text(identifier->kind, true),
                            identifier_status_text(status, true));
        return CUSTOMER_BAD_IDENTIFIER;
    }
    identifier->value = value;
    return CUSTOMER_OK;
}

bool customer_kind_fits(enum customer_kind kind, enum customer_type type)
{
    if (kind == CUSTOMER_KIND_CORE_NUMBER || type == CUSTOMER_PARTNER) {
        return true;
    }
    return customer_kind_personal(kind) == (type == CUSTOMER_INDIVIDUAL);
}

struct slice uscc_organisation_code(struct slice uscc)
{
    check(uscc.size == USCC_SIZE);
    return slice_of(uscc.data + 8, ORGANISATION_CODE_SIZE);
}
