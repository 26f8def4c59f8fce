/* Passwords that are refused because others would guess them, one a row. */
#include "cmocka_headroom.h"

#include "auth/password.h"
#include "auth/password_list.h"

static struct password_list list;

static int setup(void **state)
{
    (void)state;
    assert_true(password_list_add(&list, SLICE("Password\r\n\nsecurity\ninternational\n  dragon \n"
                                               "Summer-in-Town 2026\n密码密码密码\nlast")));
    assert_int_equal(list.count, 7);
    assert_true(password_list_seal(&list));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    password_list_release(&list);
    return 0;
}

static void what_is_listed_is_found_whatever_its_case(void **state)
{
    (void)state;
    assert_true(password_listed(&list, SLICE("pASSWORD")));
    assert_true(password_listed(&list, SLICE("dragon")));
    assert_true(password_listed(&list, SLICE("last")));
    assert_false(password_listed(&list, SLICE("")));
    assert_false(password_listed(&list, SLICE("passwor")));
    assert_false(password_listed(&list, SLICE("passwords")));
    assert_false(password_listed(NULL, SLICE("password")));
    const struct password_list none = {0};
    assert_false(password_listed(&none, SLICE("password")));
}

static void every_row_is_judged(void **state)
{
    static const struct {
        const char *password;
        bool guessed;
    } rows[] = {
        {"internationaL", true},       /* a word */
        {"summer-in-town 2026", true}, /* as a corpus has it */
        {"密码密码密码", true},        /* beyond ASCII */
        {"password2026", true},        /* with a little around it */
        {"!!Dragon1987", true},        /* at both ends */
        {"P@ssw0rd!2026", true},       /* signs for letters */
        {"$ecurity1234", true},        /* at the beginning too */
        {"dragon123456789", false},    /* nine digits are more than a little */
        {"dragon flies low", false},   /* more words than one */
        {"my password is", false},     /* a word in it */
        {"abcabcabcabc", true},        /* a part, repeated */
        {"harbourharbour1", true},     /* and something behind it */
        {"Horse9horse9horse9", true},  /* whatever its case */
        {"horse9horse9ho", true},      /* and cut short */
        {"horse9horse8horse7", false}, /* not the same */
        {"123456789012", true},        /* rows of the keyboard */
        {"qwertyuiop[]", true},           {"lkjhgfdsa0987", true}, /* backwards */
        {"abcdefghijkl", true},                                    /* the alphabet */
        {"aabbccddeeff", true},                                    /* step by step */
        {"correct horse battery", false}, {"k7#Vq2!xPz9@", false}, /* random */
        {"一匹正确的马", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct slice password = slice_from_cstr(rows[i].password);
        if (password_guessed(&list, password) != rows[i].guessed) {
            fail_msg("%s", rows[i].password);
        }
    }
    /* Without a list the rest is judged all the same. */
    assert_true(password_guessed(NULL, SLICE("abcabcabcabc")));
    assert_false(password_guessed(NULL, SLICE("password2026")));
}

static void a_password_has_no_name_in_it(void **state)
{
    (void)state;
    assert_true(password_names(SLICE("xx MARIA xx 1"), SLICE("Maria Li")));
    assert_true(password_names(SLICE("a maria li in it"), SLICE("Maria Li")));
    assert_true(password_names(SLICE("的王丽丽在此处"), SLICE("王丽丽")));
    assert_true(password_names(SLICE("first harbour bank"), SLICE("Harbour Bank")));
    assert_false(password_names(SLICE("x of li and y"), SLICE("Li")));
    assert_false(password_names(SLICE("x of li and y"), SLICE("")));
    assert_false(password_names(SLICE("mari"), SLICE("Maria")));
}

static void what_is_huge_or_hostile_changes_nothing(void **state)
{
    char text[3 * PASSWORD_MAX];
    struct password_list other = {0};

    (void)state;
    memset(text, 'x', sizeof(text));
    assert_true(password_list_add(&other, slice_of(text, sizeof(text))));
    assert_true(password_list_add(&other, SLICE("\n\n\r\n \t\n")));
    assert_true(password_list_add(&other, SLICE("")));
    assert_int_equal(other.count, 0);
    assert_true(password_list_add(&other, slice_of("a\0b\n\xFF\xFE", 6)));
    assert_true(password_list_seal(&other));
    assert_int_equal(other.count, 2);
    assert_true(password_listed(&other, slice_of("A\0b", 3)));
    assert_false(password_listed(&other, slice_of("a", 1)));
    assert_false(password_guessed(&other, slice_of(text, sizeof(text))));
    assert_false(password_listed(&other, slice_of(text, sizeof(text))));
    password_list_release(&other);
}

/* Each word twice, so that places collide and words come again. */
static void a_long_list_has_its_words_and_no_others(void **state)
{
    enum { WORDS = 50000 };
    struct password_list other = {0};
    char word[32];

    (void)state;
    for (int i = 0; i < 2 * WORDS; i++) {
        const int size = snprintf(word, sizeof(word), "word %d\n", i % WORDS);
        assert_true(password_list_add(&other, slice_of(word, (size_t)size)));
    }
    assert_true(password_list_seal(&other));
    for (int i = 0; i < 2 * WORDS; i++) {
        const int size = snprintf(word, sizeof(word), "Word %d", i);
        assert_true(password_listed(&other, slice_of(word, (size_t)size)) == (i < WORDS));
    }
    password_list_release(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_listed_is_found_whatever_its_case),
        cmocka_unit_test(every_row_is_judged),
        cmocka_unit_test(a_password_has_no_name_in_it),
        cmocka_unit_test(what_is_huge_or_hostile_changes_nothing),
        cmocka_unit_test(a_long_list_has_its_words_and_no_others),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
