/* The archive's parts. Private to the room. */
#ifndef HEADROOM_ARCHIVE_INTERNAL_H
#define HEADROOM_ARCHIVE_INTERNAL_H

#include "archive/archive_format.h"
#include "archive/filter.h"
#include "base/buffer.h"
#include "os/worker.h"

enum { PIECE_BLOCKS = 64 }; /* read or written at once where a segment is gone through */

/* ---- archive_error.c ---- */
enum journal_status archive_error_set(struct journal_error *error, enum journal_status status,
                                      const char *file, uint64_t offset, const char *cause);
/* For a failed call: FULL, NO_MEMORY, or `otherwise`. */
enum journal_status archive_error_call(struct journal_error *error, struct file_result result,
                                       enum journal_status otherwise, const char *file,
                                       const char *cause);

/* ---- segment.c: an immutable file of entries ---- */
struct segment {
    struct file *file;
    char name[JOURNAL_NAME_SIZE];
    struct archive_header header;
    uint64_t *fences; /* of each data block the hash of its first entry */
};

void segment_name_write(char name[JOURNAL_NAME_SIZE], const char *prefix, uint64_t first,
                        uint64_t last);
/* False when it is no name of a segment. */
bool segment_name_read(struct slice name, const char *prefix, uint64_t *ret_first,
                       uint64_t *ret_last);
/* Opens a segment by its name; reads and verifies header and fences, not the data. */
enum journal_status archive_segment_open(struct directory *directory, const char *name,
                                         const uint8_t identity[JOURNAL_IDENTITY_SIZE],
                                         struct segment **ret_segment, struct journal_error *error);
/* NULL-safe. */
void archive_segment_close(struct segment *segment);
/* OK with the value, END when it is not in it. Counts the blocks it reads. */
enum journal_status archive_segment_find(struct segment *segment, const struct archive_key *key,
                                         uint64_t hash, uint8_t ret_value[ARCHIVE_VALUE_MAX],
                                         size_t *ret_size, uint64_t *blocks_read,
                                         struct journal_error *error);
/* The first data block in which an entry of at least `hash` may stand. */
uint64_t segment_block_of(const struct segment *segment, uint64_t hash);

/* A walk through the entries of a segment, each block verified. */
struct segment_cursor {
    struct segment *segment;
    uint8_t *piece;
    uint64_t next;        /* data block to be read next */
    uint32_t there, at;   /* blocks in the piece, and the one that is gone through */
    uint32_t left;        /* entries of that block still to come, `bytes` not counted */
    const uint8_t *bytes; /* the entry; NULL before the first and behind the last */
    uint64_t hash;
};

enum journal_status segment_cursor_open(struct segment_cursor *cursor, struct segment *segment,
                                        uint64_t first_block, struct journal_error *error);
/* Moves to the next entry: OK, END, or a failure. Entries that do not ascend are damage. */
enum journal_status segment_cursor_next(struct segment_cursor *cursor, struct journal_error *error);
void segment_cursor_close(struct segment_cursor *cursor);

/* ---- segment_writer.c ---- */
struct segment_making {
    struct directory *directory;
    const char *prefix;
    const uint8_t *identity;
    uint64_t seed, nonce;
    uint64_t first, last;
};

struct segment_writer;

enum journal_status segment_writer_open(const struct segment_making *making,
                                        struct segment_writer **ret_writer,
                                        struct journal_error *error);
/* Adds an entry, which must come behind those before it. */
enum journal_status segment_writer_add(struct segment_writer *writer, const uint8_t *bytes,
                                       uint64_t hash, struct journal_error *error);
/* Makes it durable under its name and opens it. Frees the writer whatever it returns. */
enum journal_status segment_writer_finish(struct segment_writer *writer,
                                          struct segment **ret_segment,
                                          struct journal_error *error);
/* Gives it up and removes what was written. NULL-safe. */
void segment_writer_abandon(struct segment_writer *writer);

/* ---- archive_jobs.c: what runs beside the caller ---- */
struct job {
    struct os_worker *worker; /* NULL: it was run at once, or none is there */
    bool active;
    atomic_bool *stop; /* the archive is being closed */
    enum journal_status status;
    struct journal_error error;
};

struct gathered {
    uint64_t hash;
    uint64_t at; /* in the batch's bytes */
};

/* Entries on their way to a segment. */
struct batch_job {
    struct job job;
    struct segment_making making;
    struct buffer bytes;
    struct gathered *entries;
    size_t count, capacity;
    bool written;    /* and in no hurry: the filter takes its hashes */
    size_t filtered; /* how many it has taken */
    struct segment *made;
};

enum { MERGE_MAX = 16 };

struct merge_job {
    struct job job;
    struct segment_making making;
    struct segment *inputs[MERGE_MAX];
    unsigned inputs_count;
    struct segment *made;
};

/* A part of the filter made anew, larger. */
struct grow_job {
    struct job job;
    struct segment **segments; /* a copy of the list */
    size_t segments_count;
    uint64_t seed;
    unsigned part;
    struct filter_part made;
};

void batch_job_run(void *context);
void merge_job_run(void *context);
void grow_job_run(void *context);
/* Starts a job on a thread, or runs it at once. */
enum journal_status job_start(struct job *job, bool thread, void (*run)(void *context),
                              void *context);
/* True when it has ended and was reaped. */
bool job_end(struct job *job, bool wait);

struct archive {
    struct archive_options options;
    const char *prefix;
    struct directory *directory;
    struct journal_error failure;
    uint64_t seed;
    struct segment **segments; /* by their batches */
    size_t segments_count, segments_capacity;
    struct segment **retired; /* merged away while a job still read them */
    size_t retired_count, retired_capacity;
    struct archive_point point;
    struct filter filter;
    bool filtering;   /* the filter is filled */
    uint64_t put_off; /* no merge and no growth before there are other batches than so many */
    atomic_bool stop;
    struct batch_job batch;
    struct merge_job merge;
    struct grow_job grow;
    uint64_t merges, finds, found, blocks_read;
};

#endif
