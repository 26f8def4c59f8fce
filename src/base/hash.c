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

/* Two hashes of 128 bits, so that no small change of seed or data cancels out. The seeds are part
 * of what is stored. */
void hash_sum_add(struct hash_sum *sum, const void *data, size_t size)
{
    const struct hash128 first = hash128(data, size, 0x6861736873756D31ULL);
    const struct hash128 second = hash128(data, size, 0x6861736873756D32ULL);

    sum->words[0] += first.low;
    sum->words[1] += first.high;
    sum->words[2] += second.low;
    sum->words[3] += second.high;
}

void hash_sum_join(struct hash_sum *sum, const struct hash_sum *other)
{
    for (int i = 0; i < 4; i++) {
        sum->words[i] += other->words[i];
    }
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

bool hex_read(struct slice text, uint8_t *ret_bytes, size_t size)
{
    if (text.size != 2 * size) {
        return false;
    }
    for (size_t i = 0; i < text.size; i++) {
        const char c = text.data[i];
        unsigned digit;

        if (c >= '0' && c <= '9') {
            digit = (unsigned)(c - '0');
        } else if (c >= 'a' && c <= 'f') {
            digit = (unsigned)(c - 'a') + 10;
        } else {
            return false;
        }
        ret_bytes[i / 2] = (uint8_t)(i % 2 == 0 ? digit << 4 : ret_bytes[i / 2] | digit);
    }
    return true;
}

bool secret_equal(const uint8_t *a, const uint8_t *b, size_t size)
{
    return CRYPTO_memcmp(a, b, size) == 0;
}
