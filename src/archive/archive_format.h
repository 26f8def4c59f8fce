/* A segment on disk: one header block, data blocks, fence blocks; each of 4096 bytes and under a
 * checksum of its own.
 *
 *   offset 0         struct archive_header, zero bytes to the end of the block
 *   4096 * (1 + i)   data block i: struct archive_block, then `count` entries in `size` bytes,
 * zeros behind them      fence blocks: struct archive_block, then for each data block in turn the
 * hash of its first entry (u64)
 *
 * An entry is u8 key size, u8 value size, the key's bytes without padding, the value's bytes.
 * Entries ascend by (hash of the id with the segment's seed, id). The checksum of a block is seeded
 * with a number that no other segment has and with its place, so that a block of another file or
 * place does not check out. */
#ifndef HEADROOM_ARCHIVE_FORMAT_H
#define HEADROOM_ARCHIVE_FORMAT_H

#include "archive/archive.h"

#define SEGMENT_MAGIC 0x3130676573647248ULL /* "Hrdseg01" */

enum {
    SEGMENT_VERSION = 1,
    BLOCK_SIZE = 4096,
    ENTRY_SIZE_MAX = 2 + ARCHIVE_KEY_SIZE + ARCHIVE_VALUE_MAX,
};

struct archive_header {
    struct hash128 checksum; /* of the rest of the block */
    uint64_t magic;
    uint32_t version;
    uint32_t block_size;
    uint8_t identity[JOURNAL_IDENTITY_SIZE];
    uint64_t seed;        /* of the hash by which entries are sorted; one for the whole archive */
    uint64_t nonce;       /* seeds the checksums of its blocks */
    uint64_t first, last; /* batches */
    uint64_t entries;
    uint64_t blocks; /* of data */
    struct hash_sum sum;
};

_Static_assert(sizeof(struct archive_header) == 128, "the header of a segment");

struct archive_block {
    uint64_t checksum; /* of the rest of the block */
    uint32_t index;    /* among all blocks of the file; the header is 0 */
    uint16_t count;    /* entries or fences */
    uint16_t size;     /* bytes they take */
};

_Static_assert(sizeof(struct archive_block) == 16, "the header of a block");

enum {
    BLOCK_ROOM = BLOCK_SIZE - (int)sizeof(struct archive_block),
    BLOCK_FENCES = BLOCK_ROOM / (int)sizeof(uint64_t),
};

/** An entry as it stands in memory; points into its block or batch. */
struct entry {
    const uint8_t *bytes; /* as stored */
    size_t size;
};

static inline const uint8_t *entry_value(const uint8_t *bytes, size_t *ret_size)
{
    *ret_size = bytes[1];
    return bytes + 2 + bytes[0];
}

void entry_key(const uint8_t *bytes, struct archive_key *ret_key);
/** Writes an entry; returns its size. */
size_t entry_write(uint8_t out[ENTRY_SIZE_MAX], const struct archive_key *key, const uint8_t *value,
                   size_t size);
uint64_t entry_hash(const uint8_t *bytes, uint64_t seed);
/** The order of two entries: by hash, then by id. */
int entry_compare(uint64_t hash_a, const uint8_t *a, uint64_t hash_b, const uint8_t *b);
void entry_sum(struct hash_sum *sum, const uint8_t *bytes);

/** Fence blocks that so many data blocks need. */
uint64_t fence_blocks(uint64_t blocks);
uint64_t segment_size(uint64_t blocks);

void archive_header_seal(uint8_t block[BLOCK_SIZE], const struct archive_header *segment);
/** NULL, or what is wrong with it. */
const char *archive_header_validate(const uint8_t block[BLOCK_SIZE],
                                    struct archive_header *ret_segment);
void archive_block_seal(uint8_t block[BLOCK_SIZE], const struct archive_block *header,
                        uint64_t nonce);
/** NULL, or what is wrong with it. A data block's entries are walked to their end. */
const char *archive_block_validate(const uint8_t block[BLOCK_SIZE], uint32_t index, uint64_t nonce,
                                   bool fences, struct archive_block *ret_header);

#endif
