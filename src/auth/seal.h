/* Secrets that the database keeps for others to read back, such as keys of second factors, are
 * sealed with a key that is not in it: AES-256-GCM, bound to whose they are.
 *
 * A ring is a text file: a key a line, 64 hexadecimal digits; lines that are empty or begin with
 * '#' are for people. The first key seals; the others open what was sealed with them before. */
#ifndef HEADROOM_AUTH_SEAL_H
#define HEADROOM_AUTH_SEAL_H

#include "base/buffer.h"

enum {
    SEAL_KEY_SIZE = 32,
    SEAL_ID_SIZE = 4, /* of a key: the beginning of its SHA-256 */
    SEAL_KEYS_MAX = 16,
    SEAL_OVERHEAD = 33,   /* format 1, id of the key, nonce of 12, tag of 16 */
    SEAL_RING_MAX = 8192, /* bytes of a ring's file */
    SEAL_LINE_SIZE = 2 * SEAL_KEY_SIZE,
};

struct seal_ring {
    size_t count; /* 0: no ring was read, and nothing can be sealed */
    uint8_t keys[SEAL_KEYS_MAX][SEAL_KEY_SIZE];
    uint8_t ids[SEAL_KEYS_MAX][SEAL_ID_SIZE];
};

enum seal_state {
    SEAL_NEWEST,  /* sealed with the first key of the ring */
    SEAL_OLDER,   /* with another one of them */
    SEAL_UNKNOWN, /* with a key that is not in the ring */
    SEAL_NONE,    /* it is no seal */
};

/** Reads a ring from the text of its file. False: `reterr_line` is what is wrong, 0 where there is
 *  no key or there are too many; the ring is as it was. */
bool seal_ring_read(struct seal_ring *ret_ring, struct slice text, size_t *reterr_line) MUST_USE;
/** Wipes the keys. */
void seal_ring_release(struct seal_ring *ring);
/** A new key as a line of a ring, without its end. */
void seal_line_make(char ret_line[SEAL_LINE_SIZE]);
/** By which key a value is sealed; `ret_id` is its id where it is a seal. */
enum seal_state seal_state(const struct seal_ring *ring, struct slice value,
                           uint8_t ret_id[SEAL_ID_SIZE]);
/** Seals `plain` for who `owner` names, into `ret_sealed` of plain.size + SEAL_OVERHEAD bytes.
 *  In: ring  with a key. Source: NIST SP 800-38D, random nonces of 96 bits. */
void seal_close(const struct seal_ring *ring, struct slice owner, struct slice plain,
                uint8_t *ret_sealed);
/** Opens a seal into `ret_plain` of `size` bytes. False when it is none, of another size, sealed
 * for another owner, with a key that is not in the ring, or changed. */
bool seal_open(const struct seal_ring *ring, struct slice owner, struct slice sealed,
               uint8_t *ret_plain, size_t size) MUST_USE;

#endif
