#include "journal/journal_format.h"

#define FOUND(status, text)                                                                        \
    do {                                                                                           \
        *ret_cause = (text);                                                                       \
        return (status);                                                                           \
    } while (0)

static bool power_of_two(uint64_t value)
{
    return value != 0 && (value & (value - 1)) == 0;
}

static struct hash128 checksum_of(const void *stored, size_t size)
{
    return hash128(stored, size, 0);
}

bool bytes_zero(const uint8_t *bytes, size_t size)
{
    return size == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, size - 1) == 0);
}

uint64_t journal_record_size(uint64_t payload_size, uint32_t alignment)
{
    check(power_of_two(alignment) && payload_size <= JOURNAL_PAYLOAD_MAX);
    return (sizeof(struct stored_record) + payload_size + alignment - 1) &
           ~(uint64_t)(alignment - 1);
}

struct hash128 journal_genesis(const uint8_t *identity, const uint8_t *label, time_us created)
{
    uint8_t bytes[JOURNAL_IDENTITY_SIZE + JOURNAL_LABEL_SIZE + sizeof(created)];

    memcpy(bytes, identity, JOURNAL_IDENTITY_SIZE);
    memcpy(bytes + JOURNAL_IDENTITY_SIZE, label, JOURNAL_LABEL_SIZE);
    memcpy(bytes + JOURNAL_IDENTITY_SIZE + JOURNAL_LABEL_SIZE, &created, sizeof(created));
    return checksum_of(bytes, sizeof(bytes));
}

/* Segments. */

static enum journal_status segment_fields_validate(const struct stored_segment *segment,
                                                   const char **ret_cause)
{
    if (!power_of_two(segment->alignment) || segment->alignment < FILE_ALIGNMENT_MIN ||
        segment->alignment > FILE_ALIGNMENT_MAX) {
        FOUND(JOURNAL_SEGMENT_DAMAGED, "the alignment is out of range");
    }
    if (segment->size < (uint64_t)2 * JOURNAL_BLOCK || segment->size % JOURNAL_BLOCK != 0 ||
        segment->size > JOURNAL_SEGMENT_SIZE_MAX) {
        FOUND(JOURNAL_SEGMENT_DAMAGED, "the size is out of range");
    }
    if (segment->first == 0 || segment->first > JOURNAL_SEQUENCE_MAX ||
        segment->previous >= segment->first || (segment->previous == 0) != (segment->first == 1) ||
        (segment->previous == 0) != (segment->previous_end == 0)) {
        FOUND(JOURNAL_SEGMENT_DAMAGED, "the sequence numbers are out of range");
    }
    return JOURNAL_OK;
}

enum journal_status stored_segment_validate(const uint8_t *block, uint64_t first,
                                            const uint8_t *identity, const char **ret_cause)
{
    struct stored_segment segment;
    const size_t covered = offsetof(struct stored_segment, checksum);

    memcpy(&segment, block, sizeof(segment));
    if (segment.magic != JOURNAL_SEGMENT_MAGIC) {
        FOUND(JOURNAL_SEGMENT_DAMAGED, "the file does not begin as a segment");
    }
    if (segment.version != JOURNAL_FORMAT_VERSION) {
        FOUND(JOURNAL_VERSION, "the segment's format version is not known");
    }
    if (!hash128_equal(segment.checksum, checksum_of(block, covered))) {
        FOUND(JOURNAL_SEGMENT_DAMAGED, "the header's checksum differs");
    }
    if (!bytes_zero(block + sizeof(segment), JOURNAL_BLOCK - sizeof(segment))) {
        FOUND(JOURNAL_SEGMENT_DAMAGED, "the bytes behind the header are not zero");
    }
    TRY(segment_fields_validate(&segment, ret_cause));
    if (identity != NULL && memcmp(segment.identity, identity, JOURNAL_IDENTITY_SIZE) != 0) {
        FOUND(JOURNAL_FOREIGN, "the segment has another identity");
    }
    if (segment.first != first) {
        FOUND(JOURNAL_SEGMENT_DAMAGED, "the header is that of a segment with another name");
    }
    return JOURNAL_OK;
}

void stored_segment_seal(struct stored_segment *segment)
{
    const char *cause = NULL;

    check(segment_fields_validate(segment, &cause) == JOURNAL_OK);
    segment->checksum = checksum_of(segment, offsetof(struct stored_segment, checksum));
}

/* The head. */

static enum journal_status head_fields_validate(const struct stored_head *head,
                                                const char **ret_cause)
{
    const bool begun = head->sequence != 0;

    if (head->slot >= JOURNAL_HEAD_SLOTS || (begun && head->sequence % 2 != head->slot)) {
        FOUND(JOURNAL_HEAD_DAMAGED, "the slot stands in the place of the other");
    }
    if (head->sequence > JOURNAL_SEQUENCE_MAX || begun != (head->segment != 0) ||
        begun != (head->offset != 0) || head->segment > head->sequence ||
        head->offset % FILE_ALIGNMENT_MIN != 0 || (begun && head->offset < JOURNAL_BLOCK)) {
        FOUND(JOURNAL_HEAD_DAMAGED, "the position is out of range");
    }
    return JOURNAL_OK;
}

enum journal_status stored_head_validate(const uint8_t *block, uint32_t slot,
                                         const char **ret_cause)
{
    struct stored_head head;
    const size_t covered = offsetof(struct stored_head, checksum);

    memcpy(&head, block, sizeof(head));
    if (head.magic != JOURNAL_HEAD_MAGIC) {
        FOUND(JOURNAL_HEAD_DAMAGED, "the slot does not begin as one");
    }
    if (head.version != JOURNAL_FORMAT_VERSION) {
        FOUND(JOURNAL_VERSION, "the head's format version is not known");
    }
    if (!hash128_equal(head.checksum, checksum_of(block, covered))) {
        FOUND(JOURNAL_HEAD_DAMAGED, "the slot's checksum differs");
    }
    if (!bytes_zero(block + sizeof(head), JOURNAL_BLOCK - sizeof(head))) {
        FOUND(JOURNAL_HEAD_DAMAGED, "the bytes behind the slot are not zero");
    }
    TRY(head_fields_validate(&head, ret_cause));
    if (head.slot != slot) {
        FOUND(JOURNAL_HEAD_DAMAGED, "the slot stands in the place of the other");
    }
    return JOURNAL_OK;
}

void stored_head_seal(struct stored_head *head)
{
    const char *cause = NULL;

    check(head_fields_validate(head, &cause) == JOURNAL_OK);
    head->checksum = checksum_of(head, offsetof(struct stored_head, checksum));
}

/* Records. */

static enum journal_status record_fields_validate(const struct stored_record *record,
                                                  const char **ret_cause)
{
    if (record->payload_size == 0 || record->payload_size > JOURNAL_PAYLOAD_MAX) {
        FOUND(JOURNAL_RECORD_DAMAGED, "the payload size is out of range");
    }
    if (record->sequence == 0 || record->sequence > JOURNAL_SEQUENCE_MAX) {
        FOUND(JOURNAL_RECORD_DAMAGED, "the sequence number is out of range");
    }
    if (!bytes_zero(record->zero, sizeof(record->zero))) {
        FOUND(JOURNAL_RECORD_DAMAGED, "the unused bytes of the header are not zero");
    }
    return JOURNAL_OK;
}

enum journal_status stored_record_validate(const struct stored_record *record,
                                           const uint8_t *identity, const char **ret_cause)
{
    if (record->magic != JOURNAL_RECORD_MAGIC) {
        if (bytes_zero((const uint8_t *)record, sizeof(*record))) {
            FOUND(JOURNAL_RECORD_MISSING, "there are zeros where the record should begin");
        }
        FOUND(JOURNAL_RECORD_DAMAGED, "no record begins here");
    }
    if (record->version != JOURNAL_FORMAT_VERSION) {
        FOUND(JOURNAL_VERSION, "the record's format version is not known");
    }
    if (!hash128_equal(record->checksum,
                       checksum_of(record, offsetof(struct stored_record, checksum)))) {
        FOUND(JOURNAL_RECORD_DAMAGED, "the header's checksum differs");
    }
    TRY(record_fields_validate(record, ret_cause));
    if (identity != NULL && memcmp(record->identity, identity, JOURNAL_IDENTITY_SIZE) != 0) {
        FOUND(JOURNAL_FOREIGN, "the record has another identity");
    }
    return JOURNAL_OK;
}

enum journal_status stored_payload_validate(const struct stored_record *record,
                                            const uint8_t *payload, size_t size,
                                            const char **ret_cause)
{
    check(size >= record->payload_size);
    if (!hash128_equal(record->payload, checksum_of(payload, record->payload_size))) {
        FOUND(JOURNAL_RECORD_DAMAGED, "the payload's checksum differs");
    }
    if (!bytes_zero(payload + record->payload_size, size - record->payload_size)) {
        FOUND(JOURNAL_RECORD_DAMAGED, "the bytes behind the payload are not zero");
    }
    return JOURNAL_OK;
}

void stored_record_seal(struct stored_record *record, const uint8_t *payload)
{
    const char *cause = NULL;

    check(record_fields_validate(record, &cause) == JOURNAL_OK);
    record->payload = checksum_of(payload, record->payload_size);
    record->checksum = checksum_of(record, offsetof(struct stored_record, checksum));
}

/* Snapshots. */

static enum journal_status snapshot_fields_validate(const struct stored_snapshot *snapshot,
                                                    const char **ret_cause)
{
    const bool begun = snapshot->sequence != 0;

    if (!power_of_two(snapshot->block_size) || snapshot->block_size < SNAPSHOT_BLOCK_MIN ||
        snapshot->block_size > SNAPSHOT_BLOCK_MAX) {
        FOUND(JOURNAL_SNAPSHOT_DAMAGED, "the block size is out of range");
    }
    if (snapshot->sequence > JOURNAL_SEQUENCE_MAX || begun != (snapshot->segment != 0) ||
        snapshot->segment > snapshot->sequence || begun != (snapshot->offset != 0) ||
        snapshot->offset % FILE_ALIGNMENT_MIN != 0) {
        FOUND(JOURNAL_SNAPSHOT_DAMAGED, "the position is out of range");
    }
    return JOURNAL_OK;
}

enum journal_status stored_snapshot_validate(const uint8_t *block, uint64_t sequence,
                                             const uint8_t *identity, const char **ret_cause)
{
    struct stored_snapshot snapshot;
    const size_t covered = offsetof(struct stored_snapshot, checksum);

    memcpy(&snapshot, block, sizeof(snapshot));
    if (snapshot.magic != SNAPSHOT_HEADER_MAGIC) {
        FOUND(JOURNAL_SNAPSHOT_DAMAGED, "the file does not begin as a snapshot");
    }
    if (snapshot.version != JOURNAL_FORMAT_VERSION) {
        FOUND(JOURNAL_VERSION, "the snapshot's format version is not known");
    }
    if (!hash128_equal(snapshot.checksum, checksum_of(block, covered))) {
        FOUND(JOURNAL_SNAPSHOT_DAMAGED, "the header's checksum differs");
    }
    if (!bytes_zero(block + sizeof(snapshot), JOURNAL_BLOCK - sizeof(snapshot))) {
        FOUND(JOURNAL_SNAPSHOT_DAMAGED, "the bytes behind the header are not zero");
    }
    TRY(snapshot_fields_validate(&snapshot, ret_cause));
    if (identity != NULL && memcmp(snapshot.identity, identity, JOURNAL_IDENTITY_SIZE) != 0) {
        FOUND(JOURNAL_FOREIGN, "the snapshot has another identity");
    }
    if (snapshot.sequence != sequence) {
        FOUND(JOURNAL_SNAPSHOT_DAMAGED, "the header is that of a snapshot with another name");
    }
    return JOURNAL_OK;
}

void stored_snapshot_seal(struct stored_snapshot *snapshot)
{
    const char *cause = NULL;

    check(snapshot_fields_validate(snapshot, &cause) == JOURNAL_OK);
    snapshot->checksum = checksum_of(snapshot, offsetof(struct stored_snapshot, checksum));
}

static enum journal_status block_fields_validate(const struct stored_block *block, uint32_t room,
                                                 uint64_t index, uint64_t total,
                                                 struct hash128 previous, const char **ret_cause)
{
    if (block->index != index || !hash128_equal(block->previous, previous)) {
        FOUND(JOURNAL_SNAPSHOT_DAMAGED, "the block does not follow the one before");
    }
    if (block->last > 1 || block->size > room || (block->last == 0 && block->size != room) ||
        block->total != total + block->size) {
        FOUND(JOURNAL_SNAPSHOT_DAMAGED, "the block's size is out of range");
    }
    if (!bytes_zero(block->zero, sizeof(block->zero))) {
        FOUND(JOURNAL_SNAPSHOT_DAMAGED, "the unused bytes of the header are not zero");
    }
    return JOURNAL_OK;
}

enum journal_status stored_block_validate(const uint8_t *bytes, uint32_t block_size, uint64_t index,
                                          uint64_t total, struct hash128 previous,
                                          const char **ret_cause)
{
    const uint32_t room = block_size - (uint32_t)sizeof(struct stored_block);
    const uint8_t *content = bytes + sizeof(struct stored_block);
    struct stored_block block;

    memcpy(&block, bytes, sizeof(block));
    if (block.magic != SNAPSHOT_BLOCK_MAGIC) {
        FOUND(JOURNAL_SNAPSHOT_DAMAGED, "no block begins here");
    }
    if (!hash128_equal(block.checksum,
                       checksum_of(bytes, offsetof(struct stored_block, checksum)))) {
        FOUND(JOURNAL_SNAPSHOT_DAMAGED, "the block header's checksum differs");
    }
    TRY(block_fields_validate(&block, room, index, total, previous, ret_cause));
    if (!hash128_equal(block.content, checksum_of(content, block.size))) {
        FOUND(JOURNAL_SNAPSHOT_DAMAGED, "the block's checksum differs");
    }
    if (!bytes_zero(content + block.size, room - block.size)) {
        FOUND(JOURNAL_SNAPSHOT_DAMAGED, "the bytes behind the block are not zero");
    }
    return JOURNAL_OK;
}

void stored_block_seal(struct stored_block *block, const uint8_t *content)
{
    block->content = checksum_of(content, block->size);
    block->checksum = checksum_of(block, offsetof(struct stored_block, checksum));
}

/* Names. */

void journal_name_write(char ret_name[JOURNAL_NAME_SIZE], struct slice prefix, uint64_t sequence)
{
    const int size = snprintf(ret_name, JOURNAL_NAME_SIZE, "%.*s%0*llu", (int)prefix.size,
                              prefix.data, JOURNAL_NAME_DIGITS, (unsigned long long)sequence);

    check(sequence <= JOURNAL_SEQUENCE_MAX);
    check(size == (int)prefix.size + JOURNAL_NAME_DIGITS);
}

bool journal_name_parse(struct slice name, struct slice prefix, uint64_t *ret_sequence)
{
    if (name.size != prefix.size + JOURNAL_NAME_DIGITS || !slice_starts_with(name, prefix)) {
        return false;
    }
    return slice_to_u64(slice_of(name.data + prefix.size, JOURNAL_NAME_DIGITS),
                        JOURNAL_SEQUENCE_MAX, ret_sequence);
}
