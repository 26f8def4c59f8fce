/* Identifiers against published ones, and against every single mistake of a hand. */
#include "cmocka_headroom.h"

#include <stdlib.h>

#include "base/identifier.h"

enum { LINE_SIZE = 512 };

struct row {
    const char *text;
    enum identifier_status status;
};

/* The last day of 2026. */
static date_days today(void)
{
    return date_from_civil(2026, 12, 31);
}

static void usccs_are_judged(void **state)
{
    /* Real ones are public; python-stdnum's tests have the first and the one with a letter in
     * front. */
    static const struct row rows[] = {
        {"91110000600037341L", IDENTIFIER_OK},
        {"9111000071093465XC", IDENTIFIER_OK},
        {"91310115MA1K3BTP2B", IDENTIFIER_OK},
        {"121200004013590816", IDENTIFIER_OK},
        {"91110000600037341N", IDENTIFIER_CHECK},
        {"A1110000600037341L", IDENTIFIER_CHECK},
        {"91110000600037341l", IDENTIFIER_CHARACTER},
        {"9111000060003734IL", IDENTIFIER_CHARACTER},
        {"911A0000600037341L", IDENTIFIER_CHARACTER},
        {"91110000600037341", IDENTIFIER_LENGTH},
        {"91110000600037341LL", IDENTIFIER_LENGTH},
        {"", IDENTIFIER_LENGTH},
        {"91110000 00037341L", IDENTIFIER_CHARACTER},
        {"9111000060003\xE4\xB8\xAD"
         "1L",
         IDENTIFIER_CHARACTER},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (uscc_judge(slice_from_cstr(rows[i].text)) != rows[i].status) {
            fail_msg("%s", rows[i].text);
        }
    }
    assert_int_equal(uscc_judge(slice_of("9111000060003734\0L", 18)), IDENTIFIER_CHARACTER);
}

static void id_cards_are_judged(void **state)
{
    static const struct row rows[] = {
        {"11010519491231002X", IDENTIFIER_OK}, /* GB 11643-1999, appendix A */
        {"360426199101010071", IDENTIFIER_OK}, /* python-stdnum */
        {"110105194912310021", IDENTIFIER_CHECK},
        {"11010519491231002x", IDENTIFIER_CHARACTER},
        {"1101051949123100X2", IDENTIFIER_CHARACTER},
        {"110105194902310029", IDENTIFIER_DATE}, /* the 31st of February */
        {"110105190002290026", IDENTIFIER_DATE}, /* 1900 had no leap day */
        {"110105202701010027", IDENTIFIER_DATE}, /* tomorrow */
        {"990105194912310024", IDENTIFIER_REGION},
        {"000105194912310024", IDENTIFIER_REGION},
        {"110105491231002", IDENTIFIER_LENGTH},
        {"", IDENTIFIER_LENGTH},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (id_card_judge(slice_from_cstr(rows[i].text), today()) != rows[i].status) {
            fail_msg("%s", rows[i].text);
        }
    }
    assert_int_equal(id_card_birth(SLICE("11010519491231002X")), date_from_civil(1949, 12, 31));
    /* Born today. */
    assert_int_equal(id_card_judge(SLICE("11010519491231002X"), date_from_civil(1949, 12, 31)),
                     IDENTIFIER_OK);
    assert_int_equal(id_card_judge(SLICE("11010519491231002X"), date_from_civil(1949, 12, 30)),
                     IDENTIFIER_DATE);
}

static void old_id_cards_are_turned_into_new_ones(void **state)
{
    char number[ID_CARD_SIZE];

    (void)state;
    assert_true(id_card_from_old(SLICE("110105491231002"), number));
    assert_memory_equal(number, "11010519491231002X", ID_CARD_SIZE);
    assert_false(id_card_from_old(SLICE("110105490231002"), number));
    assert_false(id_card_from_old(SLICE("11010549123100X"), number));
    assert_false(id_card_from_old(SLICE("11010549123100"), number));
}

static void leis_are_judged(void **state)
{
    static const struct row rows[] = {
        {"213800KUD8LAJWSQ9D15", IDENTIFIER_OK},
        {"213800KUD8LXJWSQ9D15", IDENTIFIER_CHECK},
        {"01ERPZV3DOLNXY2MLB90", IDENTIFIER_OK},
        {"213800KUD8LAJWSQ9DA5", IDENTIFIER_CHARACTER},
        {"213800kud8lajwsq9d15", IDENTIFIER_CHARACTER},
        {"213800KUD8LAJWSQ9D1", IDENTIFIER_LENGTH},
        {"213800KUD8L-JWSQ9D15", IDENTIFIER_CHARACTER},
        {"", IDENTIFIER_LENGTH},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (lei_judge(slice_from_cstr(rows[i].text)) != rows[i].status) {
            fail_msg("%s", rows[i].text);
        }
    }
}

static void organisation_codes_are_judged(void **state)
{
    (void)state;
    assert_int_equal(organisation_code_judge(SLICE("600037341")), IDENTIFIER_OK);
    assert_int_equal(organisation_code_judge(SLICE("71093465X")), IDENTIFIER_OK);
    assert_int_equal(organisation_code_judge(SLICE("600037342")), IDENTIFIER_CHECK);
    assert_int_equal(organisation_code_judge(SLICE("60003734A")), IDENTIFIER_CHARACTER);
    assert_int_equal(organisation_code_judge(SLICE("60003734")), IDENTIFIER_LENGTH);
}

/* ---- mistakes of a hand ---- */

typedef enum identifier_status (*judge)(struct slice text);

static enum identifier_status id_card_now(struct slice text)
{
    return id_card_judge(text, today());
}

/* Every character replaced by every other one, and every two neighbours swapped. */
static void mistakes_are_found(judge judges, const char *text)
{
    static const char alphabet[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    const size_t size = strlen(text);
    char changed[32];

    assert_int_equal(judges(slice_from_cstr(text)), IDENTIFIER_OK);
    for (size_t i = 0; i < size; i++) {
        for (size_t j = 0; alphabet[j] != '\0'; j++) {
            memcpy(changed, text, size);
            changed[i] = alphabet[j];
            if (alphabet[j] != text[i] && judges(slice_of(changed, size)) == IDENTIFIER_OK) {
                fail_msg("%.*s passes for %s", (int)size, changed, text);
            }
        }
        if (i + 1 < size && text[i] != text[i + 1]) {
            memcpy(changed, text, size);
            changed[i] = text[i + 1];
            changed[i + 1] = text[i];
            if (judges(slice_of(changed, size)) == IDENTIFIER_OK) {
                fail_msg("%.*s passes for %s", (int)size, changed, text);
            }
        }
    }
}

static void every_single_mistake_is_found(void **state)
{
    (void)state;
    mistakes_are_found(uscc_judge, "91110000600037341L");
    mistakes_are_found(uscc_judge, "91310115MA1K3BTP2B");
    mistakes_are_found(id_card_now, "11010519491231002X");
    mistakes_are_found(id_card_now, "360426199101010071");
}

/* ---- the collected vectors ---- */

static FILE *vectors_open(const char *name)
{
    const char *folder = getenv("HEADROOM_DATA");
    char path[LINE_SIZE];

    (void)snprintf(path, sizeof(path), "%s/identifiers/%s",
                   folder == NULL || folder[0] == '\0' ? "../shared/data" : folder, name);
    return fopen(path, "r");
}

/* Lines "TEXT <tab> 0 or 1 <tab> why"; the first is a heading. */
static void vectors_judge(const char *name, judge judges, unsigned rows_min)
{
    FILE *file = vectors_open(name);
    char line[LINE_SIZE];
    unsigned rows = 0;

    if (file == NULL) {
        skip();
    }
    while (fgets(line, sizeof(line), file) != NULL) {
        struct slice rest = slice_from_cstr(line);
        struct slice text;
        struct slice valid;
        if (!slice_split(&rest, '\t', &text) || !slice_split(&rest, '\t', &valid) ||
            slice_equal(valid, SLICE("valid"))) {
            continue;
        }
        if ((judges(text) == IDENTIFIER_OK) != slice_equal(valid, SLICE("1"))) {
            fail_msg("%s: %s", name, line);
        }
        rows++;
    }
    (void)fclose(file);
    assert_true(rows >= rows_min);
}

static void the_collected_usccs_are_judged(void **state)
{
    (void)state;
    vectors_judge("uscc-vectors.tsv", uscc_judge, 170);
}

static void the_collected_leis_are_judged(void **state)
{
    (void)state;
    vectors_judge("lei-vectors.tsv", lei_judge, 530);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(usccs_are_judged),
        cmocka_unit_test(id_cards_are_judged),
        cmocka_unit_test(old_id_cards_are_turned_into_new_ones),
        cmocka_unit_test(leis_are_judged),
        cmocka_unit_test(organisation_codes_are_judged),
        cmocka_unit_test(every_single_mistake_is_found),
        cmocka_unit_test(the_collected_usccs_are_judged),
        cmocka_unit_test(the_collected_leis_are_judged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
