/* The journal: every accepted batch of commands as one record, in order, for ever.
 *
 * A journal lives in a directory. Its records are numbered 1, 2, 3 ... without a gap; each carries
 * an opaque payload and is chained to the one before by checksum. Three promises:
 *   1. journal_append returns JOURNAL_OK only when the record is durable and the head, a second
 *      place that names it as the last answered one, is durable too.
 *   2. journal_open keeps every record that was ever answered, or refuses with a file name and an
 *      offset. What it drops provably was never answered, and it says so.
 *   3. No byte of an answered record is ever written again, and no segment is ever deleted.
 *
 * The format, byte by byte: docs/reference/journal-format.md. Why it is so: README.md here.
 * A journal is used by one thread. Readers (journal_reader.h) may live elsewhere. */
#ifndef HEADROOM_JOURNAL_H
#define HEADROOM_JOURNAL_H

#include "base/date.h"
#include "base/hash.h"
#include "journal/journal_status.h"
#include "os/file.h"

enum {
    JOURNAL_IDENTITY_SIZE = 16,
    JOURNAL_LABEL_SIZE = 64,
    JOURNAL_NAME_SIZE = 64, /* of any file of a journal, terminator included */
};

#define JOURNAL_SEQUENCE_MAX 9999999999999999ULL /* sixteen digits: file names sort by it */
#define JOURNAL_PAYLOAD_MAX (64U << 20)          /* the most that payload_max may be */
#define JOURNAL_PAYLOAD_DEFAULT (8U << 20)
#define JOURNAL_SEGMENT_DEFAULT (64ULL << 20)

/** What went wrong, for a person: `file` is a name within the journal's directory. */
struct journal_error {
    enum journal_status status;
    char file[JOURNAL_NAME_SIZE]; /* empty when no one file is at fault */
    uint64_t offset;              /* bytes from the start of the file */
    uint64_t sequence;            /* the record concerned; 0 when none is */
    int64_t pid;                  /* who holds the lock, for JOURNAL_LOCKED; else 0 */
    int number;                   /* errno of the failed call; 0 when no call failed */
    const char *cause;            /* what was found there, in English; never NULL */
};

/** Where a record begins. Stays valid for ever. */
struct journal_position {
    uint64_t segment; /* first sequence number of its segment, which names the file */
    uint64_t offset;  /* bytes from the start of that file */
};

/** A point between two records: everything up to and including `sequence`. */
struct journal_point {
    uint64_t sequence;                /* 0 before the first record */
    struct hash128 chain;             /* chain checksum of that record, or of the identity */
    struct journal_position position; /* of that record; segment 0 when sequence is 0 */
};

/** A record as it is read. */
struct journal_record {
    uint64_t sequence;
    time_us time;                     /* as the caller gave it */
    uint64_t count;                   /* as the caller gave it */
    struct slice payload;             /* valid until the reader moves or closes */
    struct hash128 chain;             /* its checksum, to which the next record is chained */
    struct journal_position position; /* where it begins */
};

struct journal_options {
    struct files *files;   /* the file system: files_real(), or a simulated one */
    const char *directory; /* must exist */
    bool create;           /* make a new journal where there is none */
    bool read_only;        /* look, mend nothing, write nothing; a torn tail is only reported */
    uint64_t segment_size; /* bytes, a multiple of 4096; 0 means JOURNAL_SEGMENT_DEFAULT */
    uint32_t payload_max;  /* bytes; 0 means JOURNAL_PAYLOAD_DEFAULT; a segment must hold one */
    uint8_t identity[JOURNAL_IDENTITY_SIZE]; /* random; of the journal if it is made new, and names
                                              * temporary files of this run */
    char label[JOURNAL_LABEL_SIZE];          /* for a new journal; else compared unless all zero */
    time_us now;                             /* creation time of a new journal */
};

/** What journal_open found and did. */
struct journal_recovery {
    bool created;
    bool kept;            /* a complete record that may not have been answered was kept */
    uint64_t torn_offset; /* an incomplete record that never was answered: where ... */
    uint64_t torn_size;   /* ... and how many bytes from its first to its last; 0 for none */
    char torn_file[JOURNAL_NAME_SIZE];
    uint32_t removed_files; /* unfinished segments and snapshots of an earlier run */
    uint32_t segments;
};

struct journal;

/** Opens the journal, takes the directory's lock, recovers, and keeps a spare segment ready.
 *  Returns:  JOURNAL_OK; LOCKED, NOT_FOUND, FULL, NO_MEMORY, UNREADABLE (nothing changed, try
 *            again); FAILED; or what is wrong with the stored data, which is then left as it is
 *  Out:      ret_journal, ret_recovery   Cost: reads the segment headers, the last record and the
 *            unused rest of the last segment; records before the last are verified by readers */
enum journal_status journal_open(const struct journal_options *options,
                                 struct journal **ret_journal,
                                 struct journal_recovery *ret_recovery,
                                 struct journal_error *reterr_error) MUST_USE;
/** Releases the lock and the memory. NULL-safe. Nothing needs to be written at this time. */
void journal_close(struct journal *journal);

/** The last durable record, or the point before the first. */
struct journal_point journal_last(const struct journal *journal);
/** `count` and `time` of the last durable record; both 0 when there is none. */
void journal_last_values(const struct journal *journal, uint64_t *ret_count, time_us *ret_time);
const uint8_t *journal_identity(const struct journal *journal);
struct slice journal_label(const struct journal *journal);
time_us journal_created(const struct journal *journal);
uint32_t journal_payload_max(const struct journal *journal);

enum { JOURNAL_BUFFERS = 2 };

/** The room for a payload, payload_max bytes, 64-byte aligned, in a buffer from which it is
 * written: there are JOURNAL_BUFFERS of them, so that one can be filled while another is written.
 * What stands there stays until the next record is built in it; a refused write leaves it. */
uint8_t *journal_payload(struct journal *journal, unsigned buffer);

/** What the caller says of a record beside its payload. */
struct journal_entry {
    unsigned buffer;       /* which of the buffers */
    uint32_t payload_size; /* 1 to payload_max bytes, standing at journal_payload(buffer) */
    time_us time;          /* not looked at */
    uint64_t count;        /* not looked at; such as the number of the first command */
};

/** Makes the record durable and then the head: all of it in one call, two writes.
 *  Returns:  JOURNAL_OK: it is there for ever. FULL: refused, nothing has changed. FAILED: it is
 *            unknown whether the record will be there after a restart, and every later write
 *            answers FAILED too
 *  Out:      ret_point  the record; may be NULL
 *  Cost:     no allocation; one checksum pass; two synced writes. At a change of segment also a
 *            rename and a directory sync */
enum journal_status journal_append(struct journal *journal, const struct journal_entry *entry,
                                   struct journal_point *ret_point,
                                   struct journal_error *reterr_error) MUST_USE;

/* The same in steps, for a caller that has work to do meanwhile: journal_write returns when the
 * record is durable, journal_seal_begin starts the head's write, journal_seal_end waits for it.
 * Nothing may be answered before journal_seal_end returned JOURNAL_OK, and the next journal_write
 * comes after it. journal_seal_end alone does both. */
enum journal_status journal_write(struct journal *journal, const struct journal_entry *entry,
                                  struct journal_point *ret_point,
                                  struct journal_error *reterr_error) MUST_USE;
void journal_seal_begin(struct journal *journal);
enum journal_status journal_seal_end(struct journal *journal,
                                     struct journal_error *reterr_error) MUST_USE;

/** Does a little of what makes the next segment ready; called by journal_write too. A caller calls
 *  it when idle after JOURNAL_FULL, to see whether there is room again.
 *  Returns JOURNAL_OK when the spare segment is ready or being made, FULL when it cannot be. */
enum journal_status journal_prepare(struct journal *journal) MUST_USE;

/** Writes one line such as "journal-0000000000000001 at 4096: an answered record is damaged
 *  (record 3: payload checksum differs)"; Chinese when `chinese`. */
void journal_error_write(const struct journal_error *error, bool chinese, struct buffer *buffer);
struct slice journal_status_text(enum journal_status status, bool chinese);
int journal_status_http(enum journal_status status);
/** True for refusals that changed nothing and may not come again. */
bool journal_status_again(enum journal_status status);

#endif
