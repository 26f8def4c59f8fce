#include "base/arena.h"

#include "archive/archive_internal.h"

void segment_name_write(char name[JOURNAL_NAME_SIZE], const char *prefix, uint64_t first,
                        uint64_t last)
{
    const int size = snprintf(name, JOURNAL_NAME_SIZE, "%s-%016llu-%016llu", prefix,
                              (unsigned long long)first, (unsigned long long)last);

    check(size > 0 && size < JOURNAL_NAME_SIZE);
}

bool segment_name_read(struct slice name, const char *prefix, uint64_t *ret_first,
                       uint64_t *ret_last)
{
    enum { DIGITS = 16 };
    const struct slice start = slice_from_cstr(prefix);

    return name.size == start.size + 2 + 2UL * DIGITS && slice_starts_with(name, start) &&
           name.data[start.size] == '-' && name.data[start.size + 1 + DIGITS] == '-' &&
           slice_to_u64(slice_of(name.data + start.size + 1, DIGITS), UINT64_MAX, ret_first) &&
           slice_to_u64(slice_of(name.data + start.size + 2 + DIGITS, DIGITS), UINT64_MAX,
                        ret_last) &&
           *ret_first > 0 && *ret_first <= *ret_last;
}

static enum journal_status damaged(const struct segment *segment, uint64_t offset,
                                   const char *cause, struct journal_error *error)
{
    return archive_error_set(error, JOURNAL_ARCHIVE_DAMAGED, segment->name, offset, cause);
}

/* Reads exactly `size` bytes. */
static enum journal_status bytes_read(const struct segment *segment, uint64_t offset, void *data,
                                      size_t size, struct journal_error *error)
{
    size_t got = 0;
    const struct file_result result = file_read(segment->file, offset, data, size, &got);

    if (result.status != OS_OK) {
        archive_error_call(error, result, JOURNAL_UNREADABLE, segment->name,
                           "reading a segment failed");
        error->offset = offset;
        return error->status;
    }
    REQUIRE(got == size, damaged(segment, offset + got, "the file ends too early", error));
    return JOURNAL_OK;
}

static enum journal_status fences_read(struct segment *segment, struct journal_error *error)
{
    const uint64_t blocks = segment->header.blocks;
    uint8_t block[BLOCK_SIZE];
    struct archive_block header;

    segment->fences = memory_allocate(blocks * sizeof(uint64_t));
    REQUIRE(segment->fences != NULL,
            archive_error_set(error, JOURNAL_NO_MEMORY, segment->name, 0, "memory is short"));
    for (uint64_t i = 0; i < fence_blocks(blocks); i++) {
        const uint64_t index = 1 + blocks + i;
        const uint64_t done = i * BLOCK_FENCES;
        const uint64_t due = blocks - done < BLOCK_FENCES ? blocks - done : BLOCK_FENCES;

        TRY(bytes_read(segment, index * BLOCK_SIZE, block, sizeof(block), error));
        const char *cause =
            archive_block_validate(block, (uint32_t)index, segment->header.nonce, true, &header);
        if (cause == NULL && header.count != due) {
            cause = "a block contradicts itself";
        }
        REQUIRE(cause == NULL, damaged(segment, index * BLOCK_SIZE, cause, error));
        memcpy(segment->fences + done, block + sizeof(header), header.size);
    }
    for (uint64_t i = 1; i < blocks; i++) {
        REQUIRE(segment->fences[i - 1] <= segment->fences[i],
                damaged(segment, (1 + blocks + i / BLOCK_FENCES) * BLOCK_SIZE,
                        "the fences do not ascend", error));
    }
    return JOURNAL_OK;
}

static enum journal_status segment_read(struct segment *segment,
                                        const uint8_t identity[JOURNAL_IDENTITY_SIZE],
                                        struct journal_error *error)
{
    uint8_t block[BLOCK_SIZE];
    uint64_t size;
    const struct file_result result = file_size(segment->file, &size);

    REQUIRE(result.status == OS_OK,
            archive_error_call(error, result, JOURNAL_UNREADABLE, segment->name,
                               "asking a segment's size failed"));
    TRY(bytes_read(segment, 0, block, sizeof(block), error));
    const char *cause = archive_header_validate(block, &segment->header);
    REQUIRE(cause == NULL, damaged(segment, 0, cause, error));
    REQUIRE(memcmp(segment->header.identity, identity, JOURNAL_IDENTITY_SIZE) == 0,
            archive_error_set(error, JOURNAL_FOREIGN, segment->name, 0,
                              "the segment was made from another journal"));
    REQUIRE(size == segment_size(segment->header.blocks),
            damaged(segment, size, "the file is not as long as its header says", error));
    return fences_read(segment, error);
}

enum journal_status archive_segment_open(struct directory *directory, const char *name,
                                         const uint8_t identity[JOURNAL_IDENTITY_SIZE],
                                         struct segment **ret_segment, struct journal_error *error)
{
    struct segment *segment = memory_allocate(sizeof(*segment));

    REQUIRE(segment != NULL,
            archive_error_set(error, JOURNAL_NO_MEMORY, name, 0, "memory is short"));
    *segment = (struct segment){0};
    snprintf(segment->name, sizeof(segment->name), "%s", name);
    const struct file_result result = file_open(directory, name, FILE_READ, &segment->file);
    enum journal_status status = JOURNAL_OK;
    if (result.status != OS_OK) {
        segment->file = NULL;
        status =
            archive_error_call(error, result, JOURNAL_UNREADABLE, name, "opening a segment failed");
    }
    if (status == JOURNAL_OK) {
        status = segment_read(segment, identity, error);
    }
    if (status != JOURNAL_OK) {
        archive_segment_close(segment);
        return status;
    }
    *ret_segment = segment;
    return JOURNAL_OK;
}

void archive_segment_close(struct segment *segment)
{
    if (segment != NULL) {
        file_close(segment->file);
        memory_free(segment->fences);
        memory_free(segment);
    }
}

/* ---- finding ---- */

/* Data blocks whose first hash is less than `hash`. */
static uint64_t fences_below(const struct segment *segment, uint64_t hash)
{
    uint64_t low = 0;
    uint64_t high = segment->header.blocks;

    while (low < high) {
        const uint64_t middle = low + (high - low) / 2;

        if (segment->fences[middle] < hash) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

uint64_t segment_block_of(const struct segment *segment, uint64_t hash)
{
    const uint64_t below = fences_below(segment, hash);

    return below == 0 ? 0 : below - 1;
}

static enum journal_status block_find(const struct segment *segment, uint64_t number,
                                      const struct archive_key *key,
                                      uint8_t ret_value[ARCHIVE_VALUE_MAX], size_t *ret_size,
                                      struct journal_error *error)
{
    const uint64_t offset = (1 + number) * BLOCK_SIZE;
    const size_t wanted = strnlen(key->bytes, ARCHIVE_KEY_SIZE);
    uint8_t block[BLOCK_SIZE];
    struct archive_block header;

    TRY(bytes_read(segment, offset, block, sizeof(block), error));
    const char *cause =
        archive_block_validate(block, (uint32_t)number + 1, segment->header.nonce, false, &header);
    REQUIRE(cause == NULL, damaged(segment, offset, cause, error));
    const uint8_t *at = block + sizeof(header);
    for (unsigned i = 0; i < header.count; i++, at += 2 + at[0] + at[1]) {
        if (at[0] == wanted && memcmp(at + 2, key->bytes, wanted) == 0) {
            const uint8_t *value = entry_value(at, ret_size);
            memcpy(ret_value, value, *ret_size);
            return JOURNAL_OK;
        }
    }
    return JOURNAL_END;
}

enum journal_status archive_segment_find(struct segment *segment, const struct archive_key *key,
                                         uint64_t hash, uint8_t ret_value[ARCHIVE_VALUE_MAX],
                                         size_t *ret_size, uint64_t *blocks_read,
                                         struct journal_error *error)
{
    /* The last block that begins below the hash, and those that begin with it. */
    for (uint64_t block = segment_block_of(segment, hash);
         block < segment->header.blocks && segment->fences[block] <= hash; block++) {
        const enum journal_status status =
            block_find(segment, block, key, ret_value, ret_size, error);

        ++*blocks_read;
        REQUIRE(status == JOURNAL_END, status);
    }
    return JOURNAL_END;
}

/* ---- walking ---- */

enum journal_status segment_cursor_open(struct segment_cursor *cursor, struct segment *segment,
                                        uint64_t first_block, struct journal_error *error)
{
    const uint64_t blocks = segment->header.blocks;
    const size_t piece = blocks < PIECE_BLOCKS ? (size_t)blocks : (size_t)PIECE_BLOCKS;

    *cursor = (struct segment_cursor){.segment = segment, .next = first_block};
    cursor->piece = memory_allocate((piece == 0 ? 1 : piece) * BLOCK_SIZE);
    REQUIRE(cursor->piece != NULL,
            archive_error_set(error, JOURNAL_NO_MEMORY, segment->name, 0, "memory is short"));
    return JOURNAL_OK;
}

void segment_cursor_close(struct segment_cursor *cursor)
{
    memory_free(cursor->piece);
    cursor->piece = NULL;
}

/* Goes to the next block and its first entry. */
static enum journal_status cursor_block(struct segment_cursor *cursor, struct journal_error *error)
{
    const struct segment *segment = cursor->segment;
    struct archive_block header;

    if (cursor->at + 1 < cursor->there) {
        cursor->at++;
    } else {
        const uint64_t left = segment->header.blocks - cursor->next;

        REQUIRE(left > 0, JOURNAL_END);
        cursor->there = left < PIECE_BLOCKS ? (uint32_t)left : PIECE_BLOCKS;
        cursor->at = 0;
        TRY(bytes_read(segment, (1 + cursor->next) * BLOCK_SIZE, cursor->piece,
                       (size_t)cursor->there * BLOCK_SIZE, error));
        cursor->next += cursor->there;
    }
    const uint64_t number = cursor->next - cursor->there + cursor->at;
    const uint8_t *block = cursor->piece + (size_t)cursor->at * BLOCK_SIZE;
    const char *cause =
        archive_block_validate(block, (uint32_t)number + 1, segment->header.nonce, false, &header);
    const uint64_t hash =
        cause == NULL ? entry_hash(block + sizeof(header), segment->header.seed) : 0;
    if (cause == NULL && hash != segment->fences[number]) {
        cause = "a block does not begin as its fence says";
    }
    REQUIRE(cause == NULL, damaged(segment, (1 + number) * BLOCK_SIZE, cause, error));
    cursor->left = header.count - 1;
    cursor->bytes = block + sizeof(header);
    return JOURNAL_OK;
}

enum journal_status segment_cursor_next(struct segment_cursor *cursor, struct journal_error *error)
{
    uint8_t before[ENTRY_SIZE_MAX];
    const bool first = cursor->bytes == NULL;
    const uint64_t hash_before = cursor->hash;

    check(!first || cursor->left == 0);
    if (!first) {
        memcpy(before, cursor->bytes, 2UL + cursor->bytes[0]);
    }
    if (cursor->left > 0) {
        cursor->bytes += 2 + cursor->bytes[0] + cursor->bytes[1];
        cursor->left--;
    } else {
        TRY(cursor_block(cursor, error));
    }
    cursor->hash = entry_hash(cursor->bytes, cursor->segment->header.seed);
    if (!first && entry_compare(hash_before, before, cursor->hash, cursor->bytes) >= 0) {
        const uint64_t number = cursor->next - cursor->there + cursor->at;
        return damaged(cursor->segment, (1 + number) * BLOCK_SIZE, "entries do not ascend", error);
    }
    return JOURNAL_OK;
}
