/* Passwords, the second factor, and the table of duties. */
#include "cmocka_headroom.h"

#include "auth/password.h"
#include "auth/role.h"

/* Source: RFC 4226, appendix D. */
static void codes_are_those_of_rfc_4226(void **state)
{
    static const uint32_t codes[] = {755224, 287082, 359152, 969429, 338314,
                                     254676, 287922, 162583, 399871, 520489};

    (void)state;
    for (int64_t i = 0; i < 10; i++) {
        assert_int_equal(totp_code((const uint8_t *)"12345678901234567890", 20, i, 6), codes[i]);
    }
}

/* Source: RFC 6238, appendix B, the rows of SHA-1. */
static void codes_are_those_of_rfc_6238(void **state)
{
    static const struct {
        int64_t time;
        uint32_t code;
    } rows[] = {{59, 94287082},         {1111111109, 7081804},  {1111111111, 14050471},
                {1234567890, 89005924}, {2000000000, 69279037}, {20000000000, 65353130}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(
            totp_code((const uint8_t *)"12345678901234567890", 20, rows[i].time / 30, 8),
            rows[i].code);
    }
}

static void a_code_is_good_once_and_not_for_long(void **state)
{
    const uint8_t *key = (const uint8_t *)"12345678901234567890";
    const time_us at = 59 * US_PER_SECOND; /* step 1: 287082 */
    int64_t step = 0;

    (void)state;
    assert_true(totp_fits(key, SLICE("287082"), at, 0, &step));
    assert_int_equal(step, 1);
    assert_false(totp_fits(key, SLICE("287082"), at, 1, &step));
    assert_true(totp_fits(key, SLICE("359152"), at, 1, &step)); /* a clock a little ahead */
    assert_true(totp_fits(key, SLICE("287082"), 89 * US_PER_SECOND, 0, &step));
    assert_false(totp_fits(key, SLICE("287082"), 90 * US_PER_SECOND, 0, &step));
    assert_false(totp_fits(key, SLICE("287083"), at, 0, &step));
    assert_false(totp_fits(key, SLICE("28708"), at, 0, &step));
    assert_false(totp_fits(key, SLICE("94287082"), at, 0, &step));
    assert_false(totp_fits(key, SLICE(""), at, 0, &step));
}

/* Source: RFC 4648, section 10, and the key of RFC 4226 as authenticators show it. */
static void a_key_is_written_in_base32(void **state)
{
    char text[TOTP_TEXT_SIZE];

    (void)state;
    totp_key_write(text, (const uint8_t *)"12345678901234567890");
    assert_memory_equal(text, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", TOTP_TEXT_SIZE);
}

static void passwords_have_their_rules(void **state)
{
    static const struct {
        const char *password;
        bool good;
    } rows[] = {
        {"correct horse battery", true},
        {"short-12345", false},
        {"aaaaaaaaaaaaaaaa", false},
        {"abababababababab", false},
        {"twelve-bytes", true},
        {"my wang.li! secret", false},
        {"MY WANG.LI! SECRET", false},
        {"额度管控密码", true},
        {"tab\tin the middle", false},
        {"\xFF\xFE not utf-8 here", false},
        {"", false},
    };
    char longest[PASSWORD_MAX + 1];

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(password_valid(slice_from_cstr(rows[i].password), SLICE("wang.li")),
                         rows[i].good);
    }
    for (size_t i = 0; i < sizeof(longest); i++) {
        longest[i] = (char)('a' + i % 26);
    }
    assert_true(password_valid(slice_of(longest, PASSWORD_MAX), SLICE("wang.li")));
    assert_false(password_valid(slice_of(longest, PASSWORD_MAX + 1), SLICE("wang.li")));
}

static void a_hash_fits_its_password_alone(void **state)
{
    /* Source: the reference implementation's own tests (phc-winner-argon2, src/test.c). */
    static const char known[] = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$"
                                "CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
    const struct slice password = SLICE("correct horse battery");
    char first[PASSWORD_HASH_SIZE];
    char second[PASSWORD_HASH_SIZE];

    (void)state;
    assert_true(password_fits(SLICE("password"), slice_from_cstr(known)));
    assert_false(password_fits(SLICE("Password"), slice_from_cstr(known)));
    assert_true(password_hash(password, first));
    assert_true(password_hash(password, second));
    assert_true(strncmp(first, "$argon2id$v=19$m=19456,t=2,p=1$", 31) == 0);
    assert_string_not_equal(first, second);
    assert_true(password_fits(password, slice_from_cstr(first)));
    assert_false(password_fits(SLICE("correct horse batterz"), slice_from_cstr(first)));
    assert_false(password_fits(SLICE(""), slice_from_cstr(first)));
    assert_false(password_fits(password, SLICE("")));
    assert_false(password_fits(password, SLICE("$argon2id$v=19$m=19456")));
    assert_false(password_fits(password, SLICE("plain text, no hash at all")));
}

/* ---- duties ---- */

static void duties_exclude_each_other_both_ways(void **state)
{
    (void)state;
    for (unsigned a = 0; a < ROLE_COUNT; a++) {
        assert_false(roles_exclude((enum role)a, (enum role)a));
        for (unsigned b = 0; b < ROLE_COUNT; b++) {
            assert_int_equal(roles_exclude((enum role)a, (enum role)b),
                             roles_exclude((enum role)b, (enum role)a));
            if (a != b && (a <= ROLE_AUDIT_ADMINISTRATOR || b <= ROLE_AUDIT_ADMINISTRATOR)) {
                assert_true(roles_exclude((enum role)a, (enum role)b));
            }
        }
    }
    /* Investigation, review, approval, release: four different people. */
    const enum role chain[] = {ROLE_RELATIONSHIP_MANAGER, ROLE_REVIEWER, ROLE_APPROVER,
                               ROLE_RELEASE_OFFICER};
    for (size_t i = 0; i < 4; i++) {
        for (size_t j = 0; j < 4; j++) {
            assert_int_equal(roles_exclude(chain[i], chain[j]), i != j);
        }
    }
    assert_false(roles_exclude(ROLE_APPROVER, ROLE_COMMITTEE_MEMBER));
    assert_false(roles_exclude(ROLE_RELATIONSHIP_MANAGER, ROLE_MONITORING_OFFICER));
    assert_false(roles_exclude(ROLE_MANAGEMENT, ROLE_APPROVER));
}

static void roles_have_names(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ROLE_COUNT; i++) {
        enum role role = ROLE_COUNT;
        assert_true(role_from_name(role_name((enum role)i), &role));
        assert_int_equal(role, i);
        assert_true(role_chinese((enum role)i).size > 0);
    }
    enum role role;
    assert_false(role_from_name(SLICE("emperor"), &role));
    assert_false(role_from_name(SLICE(""), &role));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes_are_those_of_rfc_4226),
        cmocka_unit_test(codes_are_those_of_rfc_6238),
        cmocka_unit_test(a_code_is_good_once_and_not_for_long),
        cmocka_unit_test(a_key_is_written_in_base32),
        cmocka_unit_test(passwords_have_their_rules),
        cmocka_unit_test(a_hash_fits_its_password_alone),
        cmocka_unit_test(duties_exclude_each_other_both_ways),
        cmocka_unit_test(roles_have_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
