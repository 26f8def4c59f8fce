#include "base/hash.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

uint64_t hash64(const void *data, size_t size, uint64_t seed)
{
    return XXH3_64bits_withSeed(data, size, seed);
}

struct hash128 hash128(const void *data, size_t size, uint64_t seed)
{
    const XXH128_hash_t hash = XXH3_128bits_withSeed(data, size, seed);

    return (struct hash128){hash.low64, hash.high64};
}

/* struct sha256 is OpenSSL's context under our name. */
struct sha256 *sha256_new(void)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();

    if (context != NULL && EVP_DigestInit_ex(context, EVP_sha256(), NULL) != 1) {
        EVP_MD_CTX_free(context);
        context = NULL;
    }
    return (struct sha256 *)context;
}

void sha256_update(struct sha256 *sha, const void *data, size_t size)
{
    check(EVP_DigestUpdate((EVP_MD_CTX *)sha, data, size) == 1);
}

void sha256_finish(struct sha256 *sha, uint8_t ret_digest[SHA256_SIZE])
{
    check(EVP_DigestFinal_ex((EVP_MD_CTX *)sha, ret_digest, NULL) == 1);
    EVP_MD_CTX_free((EVP_MD_CTX *)sha);
}

void sha256_of(struct slice text, uint8_t ret_digest[SHA256_SIZE])
{
    check(EVP_Digest(text.data == NULL ? "" : text.data, text.size, ret_digest, NULL, EVP_sha256(),
                     NULL) == 1);
}

void hex_write(char *ret_text, const uint8_t *data, size_t size)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < size; i++) {
        ret_text[2 * i] = digits[data[i] >> 4];
        ret_text[2 * i + 1] = digits[data[i] & 15];
    }
}

bool secret_equal(const uint8_t *a, const uint8_t *b, size_t size)
{
    return CRYPTO_memcmp(a, b, size) == 0;
}
