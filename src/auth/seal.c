#include "auth/seal.h"

#include <openssl/evp.h>

#include "base/hash.h"
#include "os/entropy.h"

enum {
    FORMAT = 1,
    NONCE_SIZE = 12,
    TAG_SIZE = 16,
    NONCE_AT = 1 + SEAL_ID_SIZE,
    TEXT_AT = NONCE_AT + NONCE_SIZE,
};

_Static_assert((int)SEAL_OVERHEAD == (int)TEXT_AT + (int)TAG_SIZE, "what a seal adds");

/* ---- rings ---- */

static bool key_add(struct seal_ring *ring, const uint8_t key[SEAL_KEY_SIZE])
{
    uint8_t digest[SHA256_SIZE];

    if (ring->count == SEAL_KEYS_MAX) {
        return false;
    }
    sha256_of(slice_of((const char *)key, SEAL_KEY_SIZE), digest);
    for (size_t i = 0; i < ring->count; i++) {
        if (memcmp(ring->ids[i], digest, SEAL_ID_SIZE) == 0) {
            return false;
        }
    }
    memcpy(ring->keys[ring->count], key, SEAL_KEY_SIZE);
    memcpy(ring->ids[ring->count], digest, SEAL_ID_SIZE);
    ring->count++;
    return true;
}

bool seal_ring_read(struct seal_ring *ret_ring, struct slice text, size_t *reterr_line)
{
    struct seal_ring ring = {0};
    uint8_t key[SEAL_KEY_SIZE];
    struct slice line;
    size_t number = 0;
    bool good = true;

    while (good && slice_split(&text, '\n', &line)) {
        number++;
        line = slice_trim(line);
        if (line.size > 0 && line.data[0] != '#') {
            good = line.size == SEAL_LINE_SIZE && hex_read(line, key, sizeof(key)) &&
                   key_add(&ring, key);
        }
    }
    explicit_bzero(key, sizeof(key));
    const bool whole = good && ring.count > 0;
    if (whole) {
        *ret_ring = ring;
    } else {
        *reterr_line = good ? 0 : number;
    }
    explicit_bzero(&ring, sizeof(ring));
    return whole;
}

void seal_ring_release(struct seal_ring *ring)
{
    explicit_bzero(ring, sizeof(*ring));
}

void seal_line_make(char ret_line[SEAL_LINE_SIZE])
{
    uint8_t key[SEAL_KEY_SIZE];

    os_entropy_fill(key, sizeof(key));
    hex_write(ret_line, key, sizeof(key));
    explicit_bzero(key, sizeof(key));
}

/* ---- seals ---- */

static const uint8_t *key_find(const struct seal_ring *ring, const uint8_t id[SEAL_ID_SIZE],
                               size_t *ret_index)
{
    for (size_t i = 0; i < ring->count; i++) {
        if (memcmp(ring->ids[i], id, SEAL_ID_SIZE) == 0) {
            *ret_index = i;
            return ring->keys[i];
        }
    }
    return NULL;
}

enum seal_state seal_state(const struct seal_ring *ring, struct slice value,
                           uint8_t ret_id[SEAL_ID_SIZE])
{
    size_t index = 0;

    if (value.size <= SEAL_OVERHEAD || value.data[0] != FORMAT) {
        return SEAL_NONE;
    }
    memcpy(ret_id, value.data + 1, SEAL_ID_SIZE);
    if (key_find(ring, ret_id, &index) == NULL) {
        return SEAL_UNKNOWN;
    }
    return index == 0 ? SEAL_NEWEST : SEAL_OLDER;
}

/* What cannot fail but for want of memory ends the program, as every allocation that is small. */
static EVP_CIPHER_CTX *cipher_begin(bool seal, const uint8_t *key, const uint8_t *nonce,
                                    struct slice owner)
{
    EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
    int size = 0;

    check(cipher != NULL && owner.size <= 1024);
    check(EVP_CipherInit_ex(cipher, EVP_aes_256_gcm(), NULL, key, nonce, seal ? 1 : 0) == 1);
    check(EVP_CipherUpdate(cipher, NULL, &size, (const uint8_t *)owner.data, (int)owner.size) == 1);
    return cipher;
}

void seal_close(const struct seal_ring *ring, struct slice owner, struct slice plain,
                uint8_t *ret_sealed)
{
    uint8_t *nonce = ret_sealed + NONCE_AT;
    int size = 0;
    int rest = 0;

    check(ring->count > 0 && plain.size > 0 && plain.size <= 4096);
    ret_sealed[0] = FORMAT;
    memcpy(ret_sealed + 1, ring->ids[0], SEAL_ID_SIZE);
    os_entropy_fill(nonce, NONCE_SIZE);
    EVP_CIPHER_CTX *cipher = cipher_begin(true, ring->keys[0], nonce, owner);
    check(EVP_CipherUpdate(cipher, ret_sealed + TEXT_AT, &size, (const uint8_t *)plain.data,
                           (int)plain.size) == 1);
    check((size_t)size == plain.size);
    check(EVP_CipherFinal_ex(cipher, ret_sealed + TEXT_AT + size, &rest) == 1 && rest == 0);
    check(EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, TAG_SIZE,
                              ret_sealed + TEXT_AT + size) == 1);
    EVP_CIPHER_CTX_free(cipher);
}

bool seal_open(const struct seal_ring *ring, struct slice owner, struct slice sealed,
               uint8_t *ret_plain, size_t size)
{
    uint8_t plain[4096];
    uint8_t tag[TAG_SIZE];
    size_t index = 0;
    int got = 0;
    int rest = 0;

    if (sealed.size != size + SEAL_OVERHEAD || size == 0 || size > sizeof(plain) ||
        sealed.data[0] != FORMAT) {
        return false;
    }
    const uint8_t *bytes = (const uint8_t *)sealed.data;
    const uint8_t *key = key_find(ring, bytes + 1, &index);
    if (key == NULL) {
        return false;
    }
    memcpy(tag, bytes + TEXT_AT + size, TAG_SIZE);
    EVP_CIPHER_CTX *cipher = cipher_begin(false, key, bytes + NONCE_AT, owner);
    check(EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, TAG_SIZE, tag) == 1);
    check(EVP_CipherUpdate(cipher, plain, &got, bytes + TEXT_AT, (int)size) == 1);
    const bool genuine = EVP_CipherFinal_ex(cipher, plain + got, &rest) == 1;
    EVP_CIPHER_CTX_free(cipher);
    if (genuine) {
        memcpy(ret_plain, plain, size);
    }
    explicit_bzero(plain, sizeof(plain));
    return genuine;
}
