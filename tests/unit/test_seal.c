/* Rings of keys and what they seal, pure. */
#include "cmocka_headroom.h"

#include "auth/seal.h"

#define KEY_A "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define KEY_B "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"

static const struct slice secret = {"twenty bytes of key!", 20};

static struct seal_ring ring_of(const char *text)
{
    struct seal_ring ring = {0};
    size_t line = 0;

    assert_true(seal_ring_read(&ring, slice_from_cstr(text), &line));
    return ring;
}

static void a_ring_is_read_or_refused_whole(void **state)
{
    static const struct {
        const char *text;
        size_t line;
    } wrong[] = {
        {"", 0},
        {"# for people\n\n", 0},
        {KEY_A "0\n", 1},
        {"# x\n" KEY_A "\n0001\n", 3},
        {KEY_A "\n" KEY_A "\n", 2},
        {"000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F\n", 1},
        {KEY_A " " KEY_B "\n", 1},
        {"x" KEY_A, 1},
    };
    struct seal_ring ring = ring_of("# head\r\n\r\n  " KEY_B "  \r\n" KEY_A);
    size_t line = 7;

    (void)state;
    assert_int_equal(ring.count, 2);
    assert_int_equal(ring.keys[0][0], 0xFF);
    assert_int_equal(ring.keys[1][31], 0x1F);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_false(seal_ring_read(&ring, slice_from_cstr(wrong[i].text), &line));
        assert_int_equal(line, wrong[i].line);
        assert_int_equal(ring.count, 2);
    }
    assert_false(seal_ring_read(&ring, slice_of(NULL, 0), &line));
    assert_false(seal_ring_read(&ring, slice_of("\0\0\0", 3), &line));
    seal_ring_release(&ring);
    assert_int_equal(ring.count, 0);
    assert_int_equal(ring.keys[0][0], 0);
}

static void a_ring_has_at_most_sixteen_keys(void **state)
{
    char text[(SEAL_KEYS_MAX + 1) * (SEAL_LINE_SIZE + 1)];
    struct seal_ring ring = {0};
    size_t line = 0;

    (void)state;
    for (size_t i = 0; i <= SEAL_KEYS_MAX; i++) {
        seal_line_make(text + i * (SEAL_LINE_SIZE + 1));
        text[(i + 1) * (SEAL_LINE_SIZE + 1) - 1] = '\n';
    }
    assert_true(seal_ring_read(&ring, slice_of(text, SEAL_KEYS_MAX * (SEAL_LINE_SIZE + 1)), &line));
    assert_int_equal(ring.count, SEAL_KEYS_MAX);
    assert_false(seal_ring_read(&ring, slice_of(text, sizeof(text)), &line));
    assert_int_equal(line, SEAL_KEYS_MAX + 1);
}

static void a_seal_opens_for_its_owner_with_its_key(void **state)
{
    const struct seal_ring old = ring_of(KEY_A);
    const struct seal_ring both = ring_of(KEY_B "\n" KEY_A);
    const struct seal_ring other = ring_of(KEY_B);
    uint8_t sealed[20 + SEAL_OVERHEAD];
    uint8_t again[20 + SEAL_OVERHEAD];
    uint8_t plain[20] = {0};
    uint8_t id[SEAL_ID_SIZE];
    const struct slice seal = slice_of((const char *)sealed, sizeof(sealed));

    (void)state;
    seal_close(&old, SLICE("totp/li"), secret, sealed);
    seal_close(&old, SLICE("totp/li"), secret, again);
    assert_memory_not_equal(sealed, again, sizeof(sealed));
    assert_null(memmem(sealed, sizeof(sealed), secret.data, 4));
    assert_true(seal_open(&old, SLICE("totp/li"), seal, plain, sizeof(plain)));
    assert_memory_equal(plain, secret.data, sizeof(plain));
    assert_int_equal(seal_state(&old, seal, id), SEAL_NEWEST);
    assert_memory_equal(id, old.ids[0], SEAL_ID_SIZE);
    assert_int_equal(seal_state(&both, seal, id), SEAL_OLDER);
    assert_true(seal_open(&both, SLICE("totp/li"), seal, plain, sizeof(plain)));
    memset(plain, 0, sizeof(plain));
    assert_int_equal(seal_state(&other, seal, id), SEAL_UNKNOWN);
    assert_false(seal_open(&other, SLICE("totp/li"), seal, plain, sizeof(plain)));
    /* A seal that is copied to another user opens nothing there. */
    assert_false(seal_open(&old, SLICE("totp/wu"), seal, plain, sizeof(plain)));
    assert_false(seal_open(&old, SLICE("totp/li"), seal, plain, sizeof(plain) - 1));
    for (size_t i = 0; i < sizeof(plain); i++) {
        assert_int_equal(plain[i], 0);
    }
    assert_int_equal(seal_state(&old, secret, id), SEAL_NONE);
    assert_int_equal(seal_state(&old, slice_of(NULL, 0), id), SEAL_NONE);
}

static void every_changed_bit_and_every_cut_is_found(void **state)
{
    const struct seal_ring ring = ring_of(KEY_A "\n" KEY_B);
    uint8_t sealed[20 + SEAL_OVERHEAD];
    uint8_t plain[20];

    (void)state;
    seal_close(&ring, SLICE("totp/li"), secret, sealed);
    for (size_t bit = 0; bit < 8 * sizeof(sealed); bit++) {
        sealed[bit / 8] ^= (uint8_t)(1U << bit % 8);
        assert_false(seal_open(&ring, SLICE("totp/li"),
                               slice_of((const char *)sealed, sizeof(sealed)), plain,
                               sizeof(plain)));
        sealed[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    for (size_t size = 0; size < sizeof(sealed); size++) {
        const struct slice cut = slice_of((const char *)sealed, size);
        assert_false(seal_open(&ring, SLICE("totp/li"), cut, plain, sizeof(plain)));
        assert_false(size > SEAL_OVERHEAD &&
                     seal_open(&ring, SLICE("totp/li"), cut, plain, size - SEAL_OVERHEAD));
    }
    assert_true(seal_open(&ring, SLICE("totp/li"), slice_of((const char *)sealed, sizeof(sealed)),
                          plain, sizeof(plain)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ring_is_read_or_refused_whole),
        cmocka_unit_test(a_ring_has_at_most_sixteen_keys),
        cmocka_unit_test(a_seal_opens_for_its_owner_with_its_key),
        cmocka_unit_test(every_changed_bit_and_every_cut_is_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
