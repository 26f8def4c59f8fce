#include "base/identifier.h"

enum { NO_VALUE = 255, REGION_BEGIN = 2, REGION_END = 8 };

static const struct {
    const char *english;
    const char *chinese;
} texts[IDENTIFIER_STATUS_COUNT] = {
#define X(name, english, chinese) {english, chinese},
    IDENTIFIER_STATUS_LIST(X)
#undef X
};

struct slice identifier_status_text(enum identifier_status status, bool chinese)
{
    check((unsigned)status < IDENTIFIER_STATUS_COUNT);
    return slice_from_cstr(chinese ? texts[status].chinese : texts[status].english);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool all_digits(struct slice text, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        if (!is_digit(text.data[i])) {
            return false;
        }
    }
    return true;
}

/* 0-9 are 0 to 9, A-Z are 10 to 35. */
static unsigned alphanumeric_value(char c)
{
    if (is_digit(c)) {
        return (unsigned)(c - '0');
    }
    return c >= 'A' && c <= 'Z' ? (unsigned)(c - 'A') + 10 : NO_VALUE;
}

/* ---- the unified social credit code ---- */

/* Without I, O, S, V, Z. */
static const char uscc_alphabet[32] = "0123456789ABCDEFGHJKLMNPQRTUWXY";

static unsigned uscc_value(char c)
{
    const char *place = c == '\0' ? NULL : strchr(uscc_alphabet, c);

    return place == NULL ? NO_VALUE : (unsigned)(place - uscc_alphabet);
}

enum identifier_status uscc_judge(struct slice code)
{
    unsigned sum = 0;
    unsigned weight = 1;

    REQUIRE(code.size == USCC_SIZE, IDENTIFIER_LENGTH);
    REQUIRE(all_digits(code, REGION_BEGIN, REGION_END), IDENTIFIER_CHARACTER);
    for (size_t i = 0; i < USCC_SIZE; i++) {
        const unsigned value = uscc_value(code.data[i]);
        REQUIRE(value != NO_VALUE, IDENTIFIER_CHARACTER);
        if (i == USCC_SIZE - 1) {
            return value == (31 - sum % 31) % 31 ? IDENTIFIER_OK : IDENTIFIER_CHECK;
        }
        sum += value * weight;
        weight = weight * 3 % 31;
    }
    return IDENTIFIER_CHECK;
}

enum identifier_status organisation_code_judge(struct slice code)
{
    static const unsigned weights[ORGANISATION_CODE_SIZE - 1] = {3, 7, 9, 10, 5, 8, 4, 2};
    unsigned sum = 0;

    REQUIRE(code.size == ORGANISATION_CODE_SIZE, IDENTIFIER_LENGTH);
    for (size_t i = 0; i < ORGANISATION_CODE_SIZE - 1; i++) {
        const unsigned value = alphanumeric_value(code.data[i]);
        REQUIRE(value != NO_VALUE, IDENTIFIER_CHARACTER);
        sum += value * weights[i];
    }
    const char last = code.data[ORGANISATION_CODE_SIZE - 1];
    REQUIRE(is_digit(last) || last == 'X', IDENTIFIER_CHARACTER);
    const unsigned wanted = 11 - sum % 11;
    const char expected = (char)(wanted == 10 ? 'X' : wanted == 11 ? '0' : '0' + (int)wanted);
    return last == expected ? IDENTIFIER_OK : IDENTIFIER_CHECK;
}

/* ---- the identity card ---- */

/* Provinces by the first two digits. Source: GB/T 2260-2007; 83 as residence permits of Taiwan use
 * it. */
static bool province_known(unsigned code)
{
    static const uint8_t provinces[] = {11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34,
                                        35, 36, 37, 41, 42, 43, 44, 45, 46, 50, 51, 52,
                                        53, 54, 61, 62, 63, 64, 65, 71, 81, 82, 83};

    return code < NO_VALUE && memchr(provinces, (int)code, sizeof(provinces)) != NULL;
}

/* YYYYMMDD. */
static bool birth_read(const char digits[8], date_days *ret_date)
{
    const char text[10] = {digits[0], digits[1], digits[2], digits[3], '-',
                           digits[4], digits[5], '-',       digits[6], digits[7]};

    return date_parse(slice_of(text, sizeof(text)), ret_date);
}

/* Of the first 17 digits. */
static char id_card_check(const char *digits)
{
    static const unsigned weights[ID_CARD_SIZE - 1] = {7, 9, 10, 5,  8, 4, 2, 1, 6,
                                                       3, 7, 9,  10, 5, 8, 4, 2};
    unsigned sum = 0;

    for (size_t i = 0; i < ID_CARD_SIZE - 1; i++) {
        sum += (unsigned)(digits[i] - '0') * weights[i];
    }
    return "10X98765432"[sum % 11];
}

enum identifier_status id_card_judge(struct slice number, date_days today)
{
    date_days birth;

    REQUIRE(number.size == ID_CARD_SIZE, IDENTIFIER_LENGTH);
    const char last = number.data[ID_CARD_SIZE - 1];
    REQUIRE(all_digits(number, 0, ID_CARD_SIZE - 1) && (is_digit(last) || last == 'X'),
            IDENTIFIER_CHARACTER);
    const unsigned province =
        (unsigned)(number.data[0] - '0') * 10 + (unsigned)(number.data[1] - '0');
    REQUIRE(province_known(province), IDENTIFIER_REGION);
    REQUIRE(birth_read(number.data + 6, &birth) && birth <= today, IDENTIFIER_DATE);
    return last == id_card_check(number.data) ? IDENTIFIER_OK : IDENTIFIER_CHECK;
}

date_days id_card_birth(struct slice number)
{
    date_days birth;

    check(number.size == ID_CARD_SIZE && birth_read(number.data + 6, &birth));
    return birth;
}

bool id_card_from_old(struct slice old, char ret_number[ID_CARD_SIZE])
{
    char number[ID_CARD_SIZE + 1];
    date_days birth;

    if (old.size != 15 || !all_digits(old, 0, 15)) {
        return false;
    }
    (void)snprintf(number, sizeof(number), "%.6s19%.9s", old.data, old.data + 6);
    if (!birth_read(number + 6, &birth)) {
        return false;
    }
    number[ID_CARD_SIZE - 1] = id_card_check(number);
    for (size_t i = 0; i < ID_CARD_SIZE; i++) {
        ret_number[i] = number[i];
    }
    return true;
}

/* ---- the legal entity identifier ---- */

enum identifier_status lei_judge(struct slice lei)
{
    unsigned rest = 0; /* of the number that the characters spell, modulo 97 */

    REQUIRE(lei.size == LEI_SIZE, IDENTIFIER_LENGTH);
    REQUIRE(all_digits(lei, LEI_SIZE - 2, LEI_SIZE), IDENTIFIER_CHARACTER);
    for (size_t i = 0; i < LEI_SIZE; i++) {
        const unsigned value = alphanumeric_value(lei.data[i]);
        REQUIRE(value != NO_VALUE, IDENTIFIER_CHARACTER);
        rest = (rest * (value < 10 ? 10U : 100U) + value) % 97;
    }
    return rest == 1 ? IDENTIFIER_OK : IDENTIFIER_CHECK;
}
