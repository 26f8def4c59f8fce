/* The stored structs: every bit counts, every rule of a field has a row, and the bytes stay. */
#include "cmocka_headroom.h"

#include <stdlib.h>

#include "journal/journal_format.h"

static const uint8_t identity[JOURNAL_IDENTITY_SIZE] = "0123456789abcde";

enum kind { KIND_SEGMENT, KIND_HEAD, KIND_RECORD, KIND_SNAPSHOT, KIND_BLOCK, KIND_COUNT };

enum { RECORD_PAYLOAD = 300, BYTES = 8192 };

struct stored {
    enum kind kind;
    _Alignas(64) uint8_t bytes[BYTES];
    size_t size; /* bytes that the struct and what belongs to it take */
};

static void segment_make(struct stored_segment *segment)
{
    memset(segment, 0, sizeof(*segment));
    segment->magic = JOURNAL_SEGMENT_MAGIC;
    segment->version = JOURNAL_FORMAT_VERSION;
    segment->alignment = 512;
    segment->size = 65536;
    segment->first = 7;
    segment->previous = 3;
    segment->previous_end = 12800;
    segment->previous_chain = (struct hash128){1, 2};
    segment->created = 1700000000000000;
    memcpy(segment->identity, identity, sizeof(identity));
    memcpy(segment->label, "CNY", 3);
}

static void head_make(struct stored_head *head)
{
    memset(head, 0, sizeof(*head));
    head->magic = JOURNAL_HEAD_MAGIC;
    head->version = JOURNAL_FORMAT_VERSION;
    head->slot = 1;
    head->sequence = 9;
    head->chain = (struct hash128){3, 4};
    head->segment = 7;
    head->offset = 5120;
    head->count = 77;
    head->time = -5;
    head->created = 1700000000000000;
    memcpy(head->identity, identity, sizeof(identity));
    memcpy(head->label, "CNY", 3);
}

static void record_make(struct stored_record *record)
{
    memset(record, 0, sizeof(*record));
    record->magic = JOURNAL_RECORD_MAGIC;
    record->version = JOURNAL_FORMAT_VERSION;
    record->payload_size = RECORD_PAYLOAD;
    record->sequence = 9;
    record->time = 1700000000000001;
    record->count = 77;
    memcpy(record->identity, identity, sizeof(identity));
    record->previous = (struct hash128){5, 6};
}

static void snapshot_make(struct stored_snapshot *snapshot)
{
    memset(snapshot, 0, sizeof(*snapshot));
    snapshot->magic = SNAPSHOT_HEADER_MAGIC;
    snapshot->version = JOURNAL_FORMAT_VERSION;
    snapshot->block_size = 4096;
    snapshot->sequence = 9;
    snapshot->chain = (struct hash128){3, 4};
    snapshot->segment = 7;
    snapshot->offset = 5120;
    snapshot->count = 77;
    snapshot->time = 1700000000000001;
    snapshot->created = 1700000000000000;
    memcpy(snapshot->identity, identity, sizeof(identity));
}

static void block_make(struct stored_block *block)
{
    memset(block, 0, sizeof(*block));
    block->magic = SNAPSHOT_BLOCK_MAGIC;
    block->last = 1;
    block->size = 1000;
    block->index = 2;
    block->total = 2 * 3968 + 1000;
    block->previous = (struct hash128){7, 8};
}

static struct stored *stored_make(enum kind kind)
{
    struct stored *stored = aligned_alloc(64, sizeof(*stored));
    uint8_t *behind;

    assert_non_null(stored);
    memset(stored, 0, sizeof(*stored));
    stored->kind = kind;
    stored->size = JOURNAL_BLOCK;
    switch (kind) {
    case KIND_SEGMENT:
        segment_make((struct stored_segment *)(void *)stored->bytes);
        stored_segment_seal((struct stored_segment *)(void *)stored->bytes);
        break;
    case KIND_HEAD:
        head_make((struct stored_head *)(void *)stored->bytes);
        stored_head_seal((struct stored_head *)(void *)stored->bytes);
        break;
    case KIND_RECORD:
        stored->size = (size_t)journal_record_size(RECORD_PAYLOAD, 512);
        behind = stored->bytes + sizeof(struct stored_record);
        for (size_t i = 0; i < RECORD_PAYLOAD; i++) {
            behind[i] = (uint8_t)(i * 7);
        }
        record_make((struct stored_record *)(void *)stored->bytes);
        stored_record_seal((struct stored_record *)(void *)stored->bytes, behind);
        break;
    case KIND_SNAPSHOT:
        snapshot_make((struct stored_snapshot *)(void *)stored->bytes);
        stored_snapshot_seal((struct stored_snapshot *)(void *)stored->bytes);
        break;
    case KIND_BLOCK:
        behind = stored->bytes + sizeof(struct stored_block);
        memset(behind, 0x31, 1000);
        block_make((struct stored_block *)(void *)stored->bytes);
        stored_block_seal((struct stored_block *)(void *)stored->bytes, behind);
        break;
    case KIND_COUNT:
        check(false);
    }
    return stored;
}

static enum journal_status stored_validate(const struct stored *stored, const char **ret_cause)
{
    const struct stored_record *record = (const struct stored_record *)(const void *)stored->bytes;
    enum journal_status status = JOURNAL_OK;

    switch (stored->kind) {
    case KIND_SEGMENT:
        return stored_segment_validate(stored->bytes, 7, identity, ret_cause);
    case KIND_HEAD:
        return stored_head_validate(stored->bytes, 1, ret_cause);
    case KIND_RECORD:
        status = stored_record_validate(record, identity, ret_cause);
        if (status == JOURNAL_OK) {
            status = stored_payload_validate(record, stored->bytes + sizeof(*record),
                                             stored->size - sizeof(*record), ret_cause);
        }
        return status;
    case KIND_SNAPSHOT:
        return stored_snapshot_validate(stored->bytes, 9, identity, ret_cause);
    case KIND_BLOCK:
        return stored_block_validate(stored->bytes, 4096, 2, UINT64_C(2) * 3968,
                                     (struct hash128){7, 8}, ret_cause);
    case KIND_COUNT:
        break;
    }
    check(false);
}

static void every_bit_counts(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < KIND_COUNT; kind++) {
        struct stored *stored = stored_make(kind);
        const char *cause = NULL;

        assert_int_equal(stored_validate(stored, &cause), JOURNAL_OK);
        for (size_t bit = 0; bit < 8 * stored->size; bit++) {
            stored->bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
            cause = NULL;
            if (stored_validate(stored, &cause) == JOURNAL_OK || cause == NULL) {
                fail_msg("kind %u, bit %zu", kind, bit);
            }
            stored->bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
        }
        assert_int_equal(stored_validate(stored, &cause), JOURNAL_OK);
        free(stored);
    }
}

/* A field out of range, under a checksum that is right. */
struct row {
    enum kind kind;
    size_t offset;
    unsigned size;
    uint64_t value;
    enum journal_status expected;
};

#define SEGMENT(field) KIND_SEGMENT, offsetof(struct stored_segment, field)
#define HEAD(field) KIND_HEAD, offsetof(struct stored_head, field)
#define RECORD(field) KIND_RECORD, offsetof(struct stored_record, field)
#define SNAPSHOT(field) KIND_SNAPSHOT, offsetof(struct stored_snapshot, field)
#define BLOCK(field) KIND_BLOCK, offsetof(struct stored_block, field)

static const struct row rows[] = {
    {SEGMENT(magic), 8, 0, JOURNAL_SEGMENT_DAMAGED},
    {SEGMENT(version), 4, 2, JOURNAL_VERSION},
    {SEGMENT(alignment), 4, 0, JOURNAL_SEGMENT_DAMAGED},
    {SEGMENT(alignment), 4, 256, JOURNAL_SEGMENT_DAMAGED},
    {SEGMENT(alignment), 4, 768, JOURNAL_SEGMENT_DAMAGED},
    {SEGMENT(alignment), 4, 8192, JOURNAL_SEGMENT_DAMAGED},
    {SEGMENT(alignment), 4, 4096, JOURNAL_OK},
    {SEGMENT(size), 8, 4096, JOURNAL_SEGMENT_DAMAGED},
    {SEGMENT(size), 8, 65537, JOURNAL_SEGMENT_DAMAGED},
    {SEGMENT(size), 8, UINT64_MAX - 4095, JOURNAL_SEGMENT_DAMAGED},
    {SEGMENT(first), 8, 0, JOURNAL_SEGMENT_DAMAGED},
    {SEGMENT(first), 8, 8, JOURNAL_SEGMENT_DAMAGED},
    {SEGMENT(first), 8, 1, JOURNAL_SEGMENT_DAMAGED},
    {SEGMENT(previous), 8, 0, JOURNAL_SEGMENT_DAMAGED},
    {SEGMENT(previous), 8, 7, JOURNAL_SEGMENT_DAMAGED},
    {SEGMENT(previous_end), 8, 0, JOURNAL_SEGMENT_DAMAGED},
    {SEGMENT(identity), 1, 'x', JOURNAL_FOREIGN},
    {HEAD(magic), 8, 0, JOURNAL_HEAD_DAMAGED},
    {HEAD(version), 4, 9, JOURNAL_VERSION},
    {HEAD(slot), 4, 0, JOURNAL_HEAD_DAMAGED},
    {HEAD(slot), 4, 2, JOURNAL_HEAD_DAMAGED},
    {HEAD(sequence), 8, 10, JOURNAL_HEAD_DAMAGED},
    {HEAD(sequence), 8, 0, JOURNAL_HEAD_DAMAGED},
    {HEAD(sequence), 8, 5, JOURNAL_HEAD_DAMAGED},
    {HEAD(sequence), 8, JOURNAL_SEQUENCE_MAX + 2, JOURNAL_HEAD_DAMAGED},
    {HEAD(segment), 8, 0, JOURNAL_HEAD_DAMAGED},
    {HEAD(segment), 8, 10, JOURNAL_HEAD_DAMAGED},
    {HEAD(offset), 8, 0, JOURNAL_HEAD_DAMAGED},
    {HEAD(offset), 8, 5121, JOURNAL_HEAD_DAMAGED},
    {HEAD(offset), 8, 3584, JOURNAL_HEAD_DAMAGED},
    {RECORD(magic), 8, JOURNAL_SEGMENT_MAGIC, JOURNAL_RECORD_DAMAGED},
    {RECORD(version), 4, 0, JOURNAL_VERSION},
    {RECORD(payload_size), 4, 0, JOURNAL_RECORD_DAMAGED},
    {RECORD(payload_size), 4, JOURNAL_PAYLOAD_MAX + 1, JOURNAL_RECORD_DAMAGED},
    {RECORD(payload_size), 4, 299, JOURNAL_RECORD_DAMAGED},
    {RECORD(sequence), 8, 0, JOURNAL_RECORD_DAMAGED},
    {RECORD(sequence), 8, JOURNAL_SEQUENCE_MAX + 1, JOURNAL_RECORD_DAMAGED},
    {RECORD(identity), 1, 'x', JOURNAL_FOREIGN},
    {RECORD(zero), 1, 1, JOURNAL_RECORD_DAMAGED},
    {SNAPSHOT(magic), 8, 1, JOURNAL_SNAPSHOT_DAMAGED},
    {SNAPSHOT(version), 4, 2, JOURNAL_VERSION},
    {SNAPSHOT(block_size), 4, 0, JOURNAL_SNAPSHOT_DAMAGED},
    {SNAPSHOT(block_size), 4, 2048, JOURNAL_SNAPSHOT_DAMAGED},
    {SNAPSHOT(block_size), 4, 5000, JOURNAL_SNAPSHOT_DAMAGED},
    {SNAPSHOT(block_size), 4, 32 << 20, JOURNAL_SNAPSHOT_DAMAGED},
    {SNAPSHOT(sequence), 8, 8, JOURNAL_SNAPSHOT_DAMAGED},
    {SNAPSHOT(sequence), 8, 0, JOURNAL_SNAPSHOT_DAMAGED},
    {SNAPSHOT(segment), 8, 10, JOURNAL_SNAPSHOT_DAMAGED},
    {SNAPSHOT(offset), 8, 100, JOURNAL_SNAPSHOT_DAMAGED},
    {SNAPSHOT(identity), 1, 'x', JOURNAL_FOREIGN},
    {BLOCK(magic), 8, 1, JOURNAL_SNAPSHOT_DAMAGED},
    {BLOCK(last), 4, 2, JOURNAL_SNAPSHOT_DAMAGED},
    {BLOCK(last), 4, 0, JOURNAL_SNAPSHOT_DAMAGED},
    {BLOCK(size), 4, 3969, JOURNAL_SNAPSHOT_DAMAGED},
    {BLOCK(size), 4, UINT32_MAX, JOURNAL_SNAPSHOT_DAMAGED},
    {BLOCK(index), 8, 3, JOURNAL_SNAPSHOT_DAMAGED},
    {BLOCK(total), 8, 1000, JOURNAL_SNAPSHOT_DAMAGED},
    {BLOCK(previous), 1, 9, JOURNAL_SNAPSHOT_DAMAGED},
    {BLOCK(zero), 1, 1, JOURNAL_SNAPSHOT_DAMAGED},
};

static size_t checksum_offset(enum kind kind)
{
    static const size_t offsets[KIND_COUNT] = {
        offsetof(struct stored_segment, checksum), offsetof(struct stored_head, checksum),
        offsetof(struct stored_record, checksum), offsetof(struct stored_snapshot, checksum),
        offsetof(struct stored_block, checksum)};

    return offsets[kind];
}

static void every_rule_of_a_field_holds(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct stored *stored = stored_make(rows[i].kind);
        const size_t at = checksum_offset(rows[i].kind);
        const char *cause = "none";
        struct hash128 checksum;
        enum journal_status status;

        memcpy(stored->bytes + rows[i].offset, &rows[i].value, rows[i].size);
        checksum = hash128(stored->bytes, at, 0);
        memcpy(stored->bytes + at, &checksum, sizeof(checksum));
        status = stored_validate(stored, &cause);
        if (status != rows[i].expected) {
            fail_msg("row %zu: status %u (%s), expected %u", i, status, cause, rows[i].expected);
        }
        free(stored);
    }
}

/* What is stored today must be readable for ever: these digests change only with the version. */
static void the_bytes_stay(void **state)
{
    static const struct hash128 digests[KIND_COUNT] = {{0xfd84331937c4cce8, 0xf9565c284be56f93},
                                                       {0xb3ecfc2a7da4e120, 0x21e1aa66f14745d1},
                                                       {0xf6c88e5f525d899, 0x5ed12159c4e549a2},
                                                       {0xbaf28c7514756037, 0x7a3567a22130876a},
                                                       {0xb3c5955df95e4af8, 0x8ad46a367d86d63}};

    (void)state;
    for (unsigned kind = 0; kind < KIND_COUNT; kind++) {
        struct stored *stored = stored_make(kind);
        const struct hash128 digest = hash128(stored->bytes, stored->size, 0);

        if (!hash128_equal(digest, digests[kind])) {
            fail_msg("kind %u: {0x%llx, 0x%llx}", kind, (unsigned long long)digest.low,
                     (unsigned long long)digest.high);
        }
        free(stored);
    }
}

static void names_are_exact(void **state)
{
    static const struct {
        const char *name;
        bool good;
        uint64_t sequence;
    } names[] = {
        {"journal-0000000000000001", true, 1},
        {"journal-9999999999999999", true, 9999999999999999},
        {"journal-000000000000001", false, 0},
        {"journal-00000000000000001", false, 0},
        {"journal-000000000000000x", false, 0},
        {"journal-+000000000000001", false, 0},
        {"Journal-0000000000000001", false, 0},
        {"journal-head", false, 0},
        {"", false, 0},
    };
    char text[JOURNAL_NAME_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        uint64_t sequence = 0;

        assert_int_equal(
            journal_name_parse(slice_from_cstr(names[i].name), SLICE("journal-"), &sequence),
            names[i].good);
        assert_int_equal(sequence, names[i].sequence);
        if (names[i].good) {
            journal_name_write(text, SLICE("journal-"), sequence);
            assert_string_equal(text, names[i].name);
        }
    }
}

static void errors_are_told_in_two_languages(void **state)
{
    struct journal_error error = {.status = JOURNAL_RECORD_DAMAGED,
                                  .file = "journal-0000000000000001",
                                  .offset = 4096,
                                  .sequence = 3,
                                  .cause = "the payload's checksum differs"};
    struct buffer text;

    (void)state;
    buffer_init(&text);
    journal_error_write(&error, false, &text);
    assert_true(slice_equal(buffer_slice(&text),
                            SLICE("journal-0000000000000001 at 4096: an answered record is damaged "
                                  "(record 3: the payload's checksum differs)")));
    buffer_reset(&text);
    journal_error_write(&error, true, &text);
    assert_true(slice_starts_with(buffer_slice(&text), SLICE("journal-0000000000000001，偏移 4096："
                                                             "已应答的记录已损坏（记录 3：")));
    buffer_reset(&text);
    error = (struct journal_error){
        .status = JOURNAL_LOCKED, .file = "lock", .pid = 42, .cause = "it holds the lock"};
    journal_error_write(&error, false, &text);
    assert_true(slice_equal(buffer_slice(&text),
                            SLICE("lock at 0: another process uses this data directory (process "
                                  "42: it holds the lock)")));
    buffer_release(&text);
    for (unsigned i = 0; i < JOURNAL_STATUS_COUNT; i++) {
        assert_true(journal_status_text(i, false).size > 0);
        assert_true(journal_status_text(i, true).size > 0);
        assert_in_range(journal_status_http(i), 200, 599);
    }
    assert_true(journal_status_again(JOURNAL_FULL));
    assert_false(journal_status_again(JOURNAL_FAILED));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_bit_counts),
        cmocka_unit_test(every_rule_of_a_field_holds),
        cmocka_unit_test(the_bytes_stay),
        cmocka_unit_test(names_are_exact),
        cmocka_unit_test(errors_are_told_in_two_languages),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
