#include "archive/archive_format.h"

static size_t key_size(const struct archive_key *key)
{
    size_t size = ARCHIVE_KEY_SIZE;

    while (size > 0 && key->bytes[size - 1] == '\0') {
        size--;
    }
    return size;
}

void entry_key(const uint8_t *bytes, struct archive_key *ret_key)
{
    memset(ret_key, 0, sizeof(*ret_key));
    memcpy(ret_key->bytes, bytes + 2, bytes[0]);
}

size_t entry_write(uint8_t out[ENTRY_SIZE_MAX], const struct archive_key *key, const uint8_t *value,
                   size_t size)
{
    const size_t id_size = key_size(key);

    check(id_size > 0 && size > 0 && size <= ARCHIVE_VALUE_MAX);
    out[0] = (uint8_t)id_size;
    out[1] = (uint8_t)size;
    memcpy(out + 2, key->bytes, id_size);
    memcpy(out + 2 + id_size, value, size);
    return 2 + id_size + size;
}

uint64_t entry_hash(const uint8_t *bytes, uint64_t seed)
{
    struct archive_key key;

    entry_key(bytes, &key);
    return hash64(key.bytes, sizeof(key.bytes), seed);
}

int entry_compare(uint64_t hash_a, const uint8_t *a, uint64_t hash_b, const uint8_t *b)
{
    struct archive_key key_a;
    struct archive_key key_b;

    if (hash_a != hash_b) {
        return hash_a < hash_b ? -1 : 1;
    }
    entry_key(a, &key_a);
    entry_key(b, &key_b);
    return memcmp(key_a.bytes, key_b.bytes, sizeof(key_a.bytes));
}

void entry_sum(struct hash_sum *sum, const uint8_t *bytes)
{
    uint8_t whole[ARCHIVE_KEY_SIZE + ARCHIVE_VALUE_MAX] = {0};
    size_t size;
    const uint8_t *value = entry_value(bytes, &size);

    memcpy(whole, bytes + 2, bytes[0]);
    memcpy(whole + ARCHIVE_KEY_SIZE, value, size);
    hash_sum_add(sum, whole, ARCHIVE_KEY_SIZE + size);
}

uint64_t fence_blocks(uint64_t blocks)
{
    return (blocks + BLOCK_FENCES - 1) / BLOCK_FENCES;
}

uint64_t segment_size(uint64_t blocks)
{
    return (1 + blocks + fence_blocks(blocks)) * BLOCK_SIZE;
}

static struct hash128 segment_checksum(const uint8_t block[BLOCK_SIZE])
{
    return hash128(block + sizeof(struct hash128), BLOCK_SIZE - sizeof(struct hash128),
                   SEGMENT_MAGIC);
}

void archive_header_seal(uint8_t block[BLOCK_SIZE], const struct archive_header *segment)
{
    memset(block, 0, BLOCK_SIZE);
    memcpy(block, segment, sizeof(*segment));
    const struct hash128 checksum = segment_checksum(block);
    memcpy(block, &checksum, sizeof(checksum));
}

const char *archive_header_validate(const uint8_t block[BLOCK_SIZE],
                                    struct archive_header *ret_segment)
{
    struct archive_header segment;

    memcpy(&segment, block, sizeof(segment));
    if (!hash128_equal(segment.checksum, segment_checksum(block))) {
        return "the header's checksum differs";
    }
    if (segment.magic != SEGMENT_MAGIC) {
        return "it does not begin as a segment does";
    }
    if (segment.version != SEGMENT_VERSION || segment.block_size != BLOCK_SIZE) {
        return "it is of another version";
    }
    if (segment.first == 0 || segment.first > segment.last || segment.blocks == 0 ||
        segment.blocks > UINT32_MAX / 2 || segment.entries < segment.blocks ||
        segment.entries / BLOCK_ROOM > segment.blocks) {
        return "the header contradicts itself";
    }
    *ret_segment = segment;
    return NULL;
}

static uint64_t block_checksum(const uint8_t block[BLOCK_SIZE], uint64_t nonce)
{
    return hash64(block + sizeof(uint64_t), BLOCK_SIZE - sizeof(uint64_t), nonce);
}

void archive_block_seal(uint8_t block[BLOCK_SIZE], const struct archive_block *header,
                        uint64_t nonce)
{
    check(header->size <= BLOCK_ROOM);
    memcpy(block, header, sizeof(*header));
    memset(block + sizeof(*header) + header->size, 0, (size_t)BLOCK_ROOM - header->size);
    const uint64_t checksum = block_checksum(block, nonce);
    memcpy(block, &checksum, sizeof(checksum));
}

/* Whether `count` entries fill exactly `size` bytes. */
static bool entries_fill(const uint8_t *entries, size_t count, size_t size)
{
    size_t at = 0;

    for (size_t i = 0; i < count; i++) {
        if (size - at < 2 || entries[at] == 0 || entries[at] > ARCHIVE_KEY_SIZE ||
            entries[at + 1] == 0 || entries[at + 1] > ARCHIVE_VALUE_MAX) {
            return false;
        }
        const size_t entry = 2UL + entries[at] + entries[at + 1];
        if (size - at < entry) {
            return false;
        }
        at += entry;
    }
    return at == size && count > 0;
}

const char *archive_block_validate(const uint8_t block[BLOCK_SIZE], uint32_t index, uint64_t nonce,
                                   bool fences, struct archive_block *ret_header)
{
    struct archive_block header;

    memcpy(&header, block, sizeof(header));
    if (header.checksum != block_checksum(block, nonce)) {
        return "a block's checksum differs";
    }
    if (header.index != index) {
        return "a block of another place stands here";
    }
    if (header.size > BLOCK_ROOM) {
        return "a block contradicts itself";
    }
    if (fences ? header.size != header.count * sizeof(uint64_t)
               : !entries_fill(block + sizeof(header), header.count, header.size)) {
        return "a block contradicts itself";
    }
    *ret_header = header;
    return NULL;
}
