/* What the files of this room share and nobody else sees. */
#ifndef HEADROOM_JOURNAL_INTERNAL_H
#define HEADROOM_JOURNAL_INTERNAL_H

#include "journal/journal_format.h"

enum {
    JOURNAL_MARKS = 64,           /* places remembered of each segment */
    JOURNAL_READ_AHEAD = 1 << 20, /* bytes a read when going forward */
    JOURNAL_SPARE_RETRY = 64,     /* writes between two tries to make a spare on a full disk */
};

/* A place to start walking from: record first + delta begins at block x 512. Zeroes: none. */
struct journal_mark {
    uint32_t delta;
    uint32_t block;
};

/* A segment as the journal remembers it. */
struct journal_segment {
    uint64_t first;
    uint64_t size; /* bytes of the file */
    uint32_t alignment;
    struct hash128 previous_chain;
    struct journal_mark marks[JOURNAL_MARKS]; /* mark i: a record in the i-th part of the file */
};

enum journal_phase {
    PHASE_READY,   /* the last record written is sealed */
    PHASE_WRITTEN, /* a record is durable, the head does not name it yet */
    PHASE_SEALING, /* the head's write is under way */
    PHASE_FAILED,  /* it is unknown what is stored; nothing goes on from here */
};

enum spare_state {
    SPARE_NONE,
    SPARE_MAKING,
    SPARE_READY,
};

struct journal {
    struct files *files;
    char *path;
    struct directory *directory;
    bool read_only;
    uint64_t segment_size; /* of segments to come */
    uint32_t payload_max;
    uint8_t identity[JOURNAL_IDENTITY_SIZE];
    uint8_t label[JOURNAL_LABEL_SIZE];
    time_us created;
    uint8_t run[JOURNAL_IDENTITY_SIZE]; /* names temporary files of this run */

    struct journal_segment *segments; /* in order; the last one is written to */
    uint32_t segment_count;
    uint32_t segment_capacity;

    struct file *head;    /* NULL when read only */
    struct file *segment; /* NULL when read only */
    uint64_t end;         /* where the next record begins in it */
    bool segment_due;     /* the next record goes to a new segment whatever the room */

    enum journal_phase phase;
    struct journal_point last; /* sealed */
    uint64_t last_count;
    time_us last_time;
    struct journal_point written; /* durable, to be sealed */
    uint64_t written_count;
    time_us written_time;
    uint64_t written_end;
    struct file_result seal_result; /* of beginning the head's write */

    enum spare_state spare;
    bool spare_full;      /* the last try found no space */
    unsigned spare_retry; /* writes until the next try */

    void *memory;                      /* of the three below */
    uint8_t *buffers[JOURNAL_BUFFERS]; /* header and payload of a record being built */
    uint8_t *head_block;               /* JOURNAL_BLOCK bytes, the slot being written */
    uint8_t *block;                    /* JOURNAL_BLOCK bytes, for whoever needs one for a moment */
};

/** The first place in `memory` with the alignment that every file takes. */
static inline uint8_t *memory_align(void *memory)
{
    return (uint8_t *)memory + (-(uintptr_t)memory & (FILE_ALIGNMENT_MAX - 1));
}

/* journal_error.c */

/** Fills the error and returns its status. `name` may be NULL. */
enum journal_status journal_error_set(struct journal_error *error, enum journal_status status,
                                      const char *name, uint64_t offset, uint64_t sequence,
                                      const char *cause);
/** The same for a failed call: FULL and NO_MEMORY as such, everything else as `otherwise`. */
enum journal_status journal_error_call(struct journal_error *error, struct file_result result,
                                       enum journal_status otherwise, const char *name,
                                       const char *cause);

/* journal_record.c: a piece of a file in memory, and the record in it. */

struct record_window {
    struct file *file; /* owned by whoever set it */
    uint8_t *data;
    size_t capacity;
    uint64_t offset; /* of data[0] in the file */
    size_t size;     /* bytes there */
};

/* Where to look, and what was found. */
struct record_place {
    uint64_t offset;
    uint64_t segment_size;
    uint32_t alignment;
    size_t ahead; /* bytes to read at once where that helps */
};
struct record_found {
    const struct stored_record *record;
    const uint8_t *payload;
    uint64_t size; /* in the file, padding included */
    const char *cause;
    int number; /* errno, for UNREADABLE */
};

void record_window_reset(struct record_window *window, struct file *file);
void record_window_release(struct record_window *window);
/** `size` bytes from `offset`, or fewer at the end of the file. */
enum journal_status record_window_take(struct record_window *window, uint64_t offset, size_t size,
                                       size_t ahead, const uint8_t **ret_bytes, size_t *ret_got,
                                       struct record_found *reterr_found) MUST_USE;
/** The header of the record at a place, verified by itself. ret_found->record and size. */
enum journal_status record_header_load(struct record_window *window,
                                       const struct record_place *place, const uint8_t *identity,
                                       struct record_found *ret_found) MUST_USE;
/** The whole record, verified by itself; not against its neighbours. */
enum journal_status record_load(struct record_window *window, const struct record_place *place,
                                const uint8_t *identity, struct record_found *ret_found) MUST_USE;
/** The first and last byte that are not zero in [from, to) of a file; to, to when all are. A file
 *  that ends early counts as zero there: its size is checked elsewhere. */
enum journal_status record_window_nonzero(struct record_window *window, uint64_t from, uint64_t to,
                                          uint64_t *ret_first, uint64_t *ret_last,
                                          struct record_found *reterr_found) MUST_USE;

/* journal_segment.c */

/** Opens a segment for reading and verifies its header and size. */
enum journal_status segment_open(struct directory *directory, uint64_t first,
                                 const uint8_t *identity, struct file **ret_file,
                                 struct stored_segment *ret_segment,
                                 struct journal_error *reterr_error) MUST_USE;
/** Remembers a segment; memory for it may be taken ahead by segment_reserve. */
enum journal_status segment_reserve(struct journal *journal,
                                    struct journal_error *reterr_error) MUST_USE;
void segment_remember(struct journal *journal, const struct stored_segment *stored);
/** Makes the segment that begins with the record after the last one, and goes on there. Works on
 *  the record durable last; FULL and NO_MEMORY leave everything as it was. */
enum journal_status segment_begin(struct journal *journal,
                                  struct journal_error *reterr_error) MUST_USE;
/** Writes zeros, durable. */
enum journal_status segment_zero(struct file *file, const char *name, uint64_t offset,
                                 uint64_t size, struct journal_error *reterr_error) MUST_USE;
/** Lets a record be found again by journal_locate. */
void segment_mark(struct journal_segment *segment, uint64_t sequence, uint64_t offset);
static inline struct journal_segment *segment_last(struct journal *journal)
{
    check(journal->segment_count > 0);
    return &journal->segments[journal->segment_count - 1];
}

/* journal_reader.c */

/** JOURNAL_OK when the journal holds just this record at just this place; else what is wrong, with
 *  CHAIN_BROKEN when the journal is whole and the point is not of it. */
enum journal_status journal_point_verify(struct journal *journal, const struct journal_point *point,
                                         struct journal_error *reterr_error) MUST_USE;

/* journal_recover.c */

/** Brings a journal with an open, locked directory to PHASE_READY. */
enum journal_status journal_recover(struct journal *journal, const struct journal_options *options,
                                    struct journal_recovery *ret_recovery,
                                    struct journal_error *reterr_error) MUST_USE;

/* journal.c */

/** A head block for a point. */
void journal_head_fill(const struct journal *journal, const struct journal_point *point,
                       uint64_t count, time_us time, uint32_t slot, uint8_t *ret_block);
/** Remembers that it is unknown what is stored. */
enum journal_status journal_fail(struct journal *journal, struct journal_error *error,
                                 struct file_result result, const char *name, uint64_t offset,
                                 const char *cause);

#endif
