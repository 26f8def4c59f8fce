#include "cmocka_headroom.h"

#include "base/hash.h"

static void sha256_gives_the_standards_digests(void **state)
{
    /* FIPS 180-4, examples of NIST's cryptographic toolkit. */
    static const struct {
        struct slice text;
        const char *digest;
    } rows[] = {
        {SLICE(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {SLICE("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {SLICE("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint8_t digest[SHA256_SIZE];
        char text[2 * SHA256_SIZE];
        sha256_of(rows[i].text, digest);
        hex_write(text, digest, sizeof(digest));
        assert_memory_equal(text, rows[i].digest, sizeof(text));
    }
    uint8_t of_null[SHA256_SIZE];
    uint8_t of_empty[SHA256_SIZE];
    sha256_of(slice_of(NULL, 0), of_null);
    sha256_of(SLICE(""), of_empty);
    assert_memory_equal(of_null, of_empty, SHA256_SIZE);
}

static void sha256_of_pieces_is_that_of_the_whole(void **state)
{
    static const char text[] = "a journal record, its header and its commands";
    uint8_t whole[SHA256_SIZE];

    (void)state;
    sha256_of(slice_from_cstr(text), whole);
    for (size_t cut = 0; cut < sizeof(text); cut++) {
        uint8_t pieces[SHA256_SIZE];
        struct sha256 *sha = sha256_new();
        assert_non_null(sha);
        sha256_update(sha, text, cut);
        sha256_update(sha, text + cut, sizeof(text) - 1 - cut);
        sha256_finish(sha, pieces);
        assert_memory_equal(pieces, whole, SHA256_SIZE);
    }
}

static void fast_hashes_are_the_same_on_every_build(void **state)
{
    /* Stored data rests on these values: a change of them is a change of the format. */
    const struct hash128 empty = hash128("", 0, 0);
    const struct hash128 text = hash128("headroom", 8, 0);

    (void)state;
    assert_true(hash64("", 0, 0) == 0x2D06800538D394C2ULL);
    assert_true(empty.low == 0x6001C324468D497FULL && empty.high == 0x99AA06D3014798D8ULL);
    assert_true(hash128_equal(text, hash128("headroom", 8, 0)));
    assert_false(hash128_equal(text, hash128("headrooM", 8, 0)));
    assert_false(hash128_equal(text, hash128("headroom", 8, 1)));
    assert_false(hash128_equal(text, hash128("headroom", 7, 0)));
    assert_true(hash64("headroom", 8, 1) != hash64("headroom", 8, 2));
}

static void every_flipped_bit_is_seen(void **state)
{
    uint8_t data[256];

    (void)state;
    for (size_t i = 0; i < sizeof(data); i++) {
        data[i] = (uint8_t)(i * 37);
    }
    const struct hash128 before = hash128(data, sizeof(data), 7);
    for (size_t bit = 0; bit < 8 * sizeof(data); bit++) {
        data[bit / 8] ^= (uint8_t)(1U << bit % 8);
        assert_false(hash128_equal(before, hash128(data, sizeof(data), 7)));
        data[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
}

static void secrets_compare_by_every_byte(void **state)
{
    const uint8_t a[4] = {1, 2, 3, 4};
    const uint8_t b[4] = {1, 2, 3, 5};

    (void)state;
    assert_true(secret_equal(a, a, 4));
    assert_false(secret_equal(a, b, 4));
    assert_true(secret_equal(a, b, 3));
    assert_true(secret_equal(a, b, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha256_gives_the_standards_digests),
        cmocka_unit_test(sha256_of_pieces_is_that_of_the_whole),
        cmocka_unit_test(fast_hashes_are_the_same_on_every_build),
        cmocka_unit_test(every_flipped_bit_is_seen),
        cmocka_unit_test(secrets_compare_by_every_byte),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
