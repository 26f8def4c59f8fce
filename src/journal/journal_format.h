/* What a journal stores, byte by byte; docs/reference/journal-format.md is the same for readers
 * without C. Little endian; every byte of every file is covered by a checksum or must be zero, so
 * that no damage goes unseen. Each stored struct ends with the checksum of what precedes it.
 *
 *   journal-head                two slots, 4096 bytes each, written in turn: slot sequence % 2
 *   journal-0000000000000001    a segment, named by its first record: a header of 4096 bytes, then
 *                               records, each at a multiple of the segment's alignment, then zeros
 *   journal-spare               the next segment while it is made ready
 *   snapshot-0000000000000001   a header of 4096 bytes, then blocks of equal size
 *   *.new                       what is not complete yet */
#ifndef HEADROOM_JOURNAL_FORMAT_H
#define HEADROOM_JOURNAL_FORMAT_H

#include "journal/journal.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the stored formats are little endian and are read in place"
#endif

enum {
    JOURNAL_FORMAT_VERSION = 1,
    JOURNAL_BLOCK = 4096, /* of a segment's header, a head slot, a snapshot's header */
    JOURNAL_HEAD_SLOTS = 2,
    JOURNAL_HEAD_SIZE = JOURNAL_HEAD_SLOTS * JOURNAL_BLOCK,
    JOURNAL_NAME_DIGITS = 16,
    SNAPSHOT_BLOCK_MIN = 4096,
    SNAPSHOT_BLOCK_MAX = 16 << 20,
    SNAPSHOT_BLOCK_DEFAULT = 1 << 20,
};

#define JOURNAL_HEAD_NAME "journal-head"
#define JOURNAL_HEAD_NEW_NAME "journal-head.new"
#define JOURNAL_SPARE_NAME "journal-spare"
#define JOURNAL_LOCK_NAME "lock"
#define JOURNAL_SEGMENT_PREFIX "journal-"
#define SNAPSHOT_PREFIX "snapshot-"
#define JOURNAL_SEGMENT_SIZE_MAX (16ULL << 40)

/* The first eight bytes of each kind of stored struct, as text in the order of the file. */
#define JOURNAL_SEGMENT_MAGIC 0x314745534c4a5248ULL /* "HRJLSEG1" */
#define JOURNAL_HEAD_MAGIC 0x314145484c4a5248ULL    /* "HRJLHEA1" */
#define JOURNAL_RECORD_MAGIC 0x314345524c4a5248ULL  /* "HRJLREC1" */
#define SNAPSHOT_HEADER_MAGIC 0x31484e534c4a5248ULL /* "HRJLSNH1" */
#define SNAPSHOT_BLOCK_MAGIC 0x314b4c424c4a5248ULL  /* "HRJLBLK1" */

/* At the start of a segment. */
struct stored_segment {
    uint64_t magic;
    uint32_t version;
    uint32_t alignment;            /* bytes; each record begins at a multiple of it */
    uint64_t size;                 /* bytes of the whole file */
    uint64_t first;                /* sequence number of its first record */
    uint64_t previous;             /* first of the segment before; 0 when there is none */
    uint64_t previous_end;         /* where in that file its last record ends, padding included */
    struct hash128 previous_chain; /* chain checksum of record first - 1 */
    time_us created;               /* of the journal */
    uint8_t identity[JOURNAL_IDENTITY_SIZE];
    uint8_t label[JOURNAL_LABEL_SIZE];
    struct hash128 checksum;
};

/* A slot of the head: the last record that may have been answered. */
struct stored_head {
    uint64_t magic;
    uint32_t version;
    uint32_t slot; /* which one this is */
    uint64_t sequence;
    struct hash128 chain; /* of that record */
    uint64_t segment;     /* first of the segment that holds it; 0 when sequence is 0 */
    uint64_t offset;      /* where it begins there */
    uint64_t count;       /* as in the record */
    time_us time;
    time_us created;
    uint8_t identity[JOURNAL_IDENTITY_SIZE];
    uint8_t label[JOURNAL_LABEL_SIZE];
    struct hash128 checksum;
};

/* Before each payload. Its checksum, which covers the payload's and the previous record's, is the
 * record's chain checksum. */
struct stored_record {
    uint64_t magic;
    uint32_t version;
    uint32_t payload_size;
    uint64_t sequence;
    time_us time;
    uint64_t count;
    uint8_t identity[JOURNAL_IDENTITY_SIZE];
    struct hash128 previous; /* chain checksum of the record before */
    struct hash128 payload;  /* checksum of the payload */
    uint8_t zero[24];
    struct hash128 checksum;
};

/* At the start of a snapshot. */
struct stored_snapshot {
    uint64_t magic;
    uint32_t version;
    uint32_t block_size; /* bytes a block on disk */
    uint64_t sequence;   /* the record at which it stands, and where that is */
    struct hash128 chain;
    uint64_t segment;
    uint64_t offset;
    uint64_t count; /* as in the record */
    time_us time;
    time_us created; /* of the journal */
    uint8_t identity[JOURNAL_IDENTITY_SIZE];
    struct hash128 checksum;
};

/* Before the bytes of each block of a snapshot. */
struct stored_block {
    uint64_t magic;
    uint32_t last; /* 1 for the last block, else 0 */
    uint32_t size; /* bytes of content behind this header; full but in the last block */
    uint64_t index;
    uint64_t total;          /* bytes of content up to and including this block */
    struct hash128 previous; /* checksum of the block before, or of the snapshot's header */
    struct hash128 content;  /* checksum of the content */
    uint8_t zero[48];
    struct hash128 checksum;
};

_Static_assert(sizeof(struct stored_segment) == 168, "stored");
_Static_assert(sizeof(struct stored_head) == 176, "stored");
_Static_assert(sizeof(struct stored_record) == 128, "stored");
_Static_assert(sizeof(struct stored_snapshot) == 112, "stored");
_Static_assert(sizeof(struct stored_block) == 128, "stored");
_Static_assert(offsetof(struct stored_record, checksum) == 112, "stored");
_Static_assert(offsetof(struct stored_block, checksum) == 112, "stored");

/* Validation, used before each write and after each read. Each answers JOURNAL_OK or what is wrong,
 * with the cause in `ret_cause`. `identity` NULL: any. Pure: fuzzed as they stand. */

/** A block of JOURNAL_BLOCK bytes from the start of the segment named by `first`. */
enum journal_status stored_segment_validate(const uint8_t *block, uint64_t first,
                                            const uint8_t *identity,
                                            const char **ret_cause) MUST_USE;
/** A block of JOURNAL_BLOCK bytes from slot `slot`. */
enum journal_status stored_head_validate(const uint8_t *block, uint32_t slot,
                                         const char **ret_cause) MUST_USE;
/** A record's header alone. RECORD_MISSING: all of it is zero. */
enum journal_status stored_record_validate(const struct stored_record *record,
                                           const uint8_t *identity,
                                           const char **ret_cause) MUST_USE;
/** The bytes behind a valid header: payload and padding, `size` bytes in all. */
enum journal_status stored_payload_validate(const struct stored_record *record,
                                            const uint8_t *payload, size_t size,
                                            const char **ret_cause) MUST_USE;
/** A block of JOURNAL_BLOCK bytes from the start of the snapshot named by `sequence`. */
enum journal_status stored_snapshot_validate(const uint8_t *block, uint64_t sequence,
                                             const uint8_t *identity,
                                             const char **ret_cause) MUST_USE;
/** A whole block of a snapshot, which must follow `previous` and `total`. */
enum journal_status stored_block_validate(const uint8_t *bytes, uint32_t block_size, uint64_t index,
                                          uint64_t total, struct hash128 previous,
                                          const char **ret_cause) MUST_USE;

/* Sealing sets the checksum over what precedes it; the struct must be complete. */
void stored_segment_seal(struct stored_segment *segment);
void stored_head_seal(struct stored_head *head);
void stored_record_seal(struct stored_record *record, const uint8_t *payload);
void stored_snapshot_seal(struct stored_snapshot *snapshot);
void stored_block_seal(struct stored_block *block, const uint8_t *content);

/** The chain checksum before the first record. */
struct hash128 journal_genesis(const uint8_t *identity, const uint8_t *label, time_us created);
/** Bytes that a record with such a payload takes in a segment. */
uint64_t journal_record_size(uint64_t payload_size, uint32_t alignment);
/** True when all bytes are zero. */
bool bytes_zero(const uint8_t *bytes, size_t size);

/** Writes the name of a segment or snapshot, with a terminator. */
void journal_name_write(char ret_name[JOURNAL_NAME_SIZE], struct slice prefix, uint64_t sequence);
/** The number in such a name; false when it is not exactly one. */
bool journal_name_parse(struct slice name, struct slice prefix, uint64_t *ret_sequence) MUST_USE;

#endif
