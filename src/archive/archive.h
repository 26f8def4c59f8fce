/* The archive: ids that are closed for good, on disk, each with what is kept of it.
 *
 * It holds nothing that the journal does not: a replay makes it anew. Entries come in batches; a
 * batch becomes a segment, an immutable file sorted by a hash of the id; segments are merged as
 * they gather. A filter in memory answers for nearly every new id that it is not here, at the cost
 * of one cache line; the others are looked up on disk.
 *
 * Segments of batches are numbered 1, 2, 3 ...; a merged one covers a range of numbers. What
 * somebody relies on, such as a snapshot, is named by a point: the number of the last batch, how
 * many entries there are up to it, and the sum of their hashes; whichever segments cover exactly
 * that range serve, however they were merged.
 *
 * One thread calls. Writing, merging and the growth of the filter run on threads of their own when
 * the options say so, and never hold the caller up. After a call that answers ARCHIVE_DAMAGED,
 * UNREADABLE or FAILED the archive answers that for good: archive_failure says what and where.
 * The format, byte by byte: docs/reference/archive-format.md. */
#ifndef HEADROOM_ARCHIVE_ARCHIVE_H
#define HEADROOM_ARCHIVE_ARCHIVE_H

#include "journal/journal.h"

enum {
    ARCHIVE_KEY_SIZE = 32,   /* bytes of an id, padded with zero bytes, which it does not contain */
    ARCHIVE_VALUE_MAX = 160, /* bytes of what is kept of it */
};

struct archive_key {
    char bytes[ARCHIVE_KEY_SIZE];
};

/** All that was archived up to a batch. */
struct archive_point {
    uint64_t batches; /* 1 to this; 0 for nothing */
    uint64_t entries;
    struct hash_sum sum; /* over id (32 bytes) and value of each entry, one behind the other */
};

struct archive_options {
    struct files *files;
    const char *directory;                   /* must exist */
    const char *prefix;                      /* of file names; NULL: "archive" */
    uint8_t identity[JOURNAL_IDENTITY_SIZE]; /* of the journal that it is made from */
    uint64_t run;   /* any number that another run does not have; also the seed of a new archive */
    bool read_only; /* write, merge and remove nothing; keep no filter */
    bool threads;   /* write, merge and grow on threads of their own */
    uint32_t merge_width; /* segments that become one; 0: 4 */
};

struct archive;

/** Looks at the directory; nothing is read and nothing held yet: archive_begin comes next.
 *  Returns JOURNAL_OK, UNREADABLE, NO_MEMORY. */
enum journal_status archive_open(const struct archive_options *options,
                                 struct archive **ret_archive,
                                 struct journal_error *reterr_error) MUST_USE;
/** Ends what is under way, unfinished, and frees all. NULL-safe. */
void archive_close(struct archive *archive);
/** Takes up the segments that cover exactly `point`, in place of what was held. Returns OK,
 *  ARCHIVE_MISSING when there are none (then nothing is held), ARCHIVE_DAMAGED, UNREADABLE. */
enum journal_status archive_begin(struct archive *archive, const struct archive_point *point,
                                  struct journal_error *reterr_error) MUST_USE;
/** Removes every file of an archive that archive_begin has not taken up, reads and verifies all
 *  that it has, and fills the filter. To be called once, when it is certain what the start relies
 *  on. */
enum journal_status archive_settle(struct archive *archive,
                                   struct journal_error *reterr_error) MUST_USE;
/** Removes all files of the archive, for one that was made for a single use; archive_close comes
 *  next. */
void archive_remove(struct archive *archive);
/** What went wrong for good; status JOURNAL_OK while nothing has. */
const struct journal_error *archive_failure(const struct archive *archive);

/** The seed of archive_hash: hash64 of the 32 bytes. Holds from archive_begin on. */
uint64_t archive_seed(const struct archive *archive);
/** What was found under an id makes no sense to whoever put it there: damage, for good. */
void archive_refuse(struct archive *archive, const struct archive_key *key);

/* ---- finding ---- */

/** The hash of an id that the other calls ask for. */
uint64_t archive_hash(const struct archive *archive, const struct archive_key *key);
/** Asks for the cache line that archive_may_hold will look at. */
void archive_prefetch(const struct archive *archive, uint64_t hash);
/** False: it is not here. True: it is, or, for about one id in a thousand, it is not. */
bool archive_may_hold(const struct archive *archive, uint64_t hash);
/** Looks an id up on disk. OK: found, its value copied; END: it is not here; else a failure, which
 *  is for good. Cost: a search in memory a segment, and one block read where it may stand. */
enum journal_status archive_find(struct archive *archive, const struct archive_key *key,
                                 uint64_t hash, uint8_t ret_value[ARCHIVE_VALUE_MAX],
                                 size_t *ret_size) MUST_USE;

/* ---- filling ---- */

/** Adds an entry to the batch that is being gathered; not found yet. False when memory is short. */
bool archive_add(struct archive *archive, const struct archive_key *key, const uint8_t *value,
                 size_t size) MUST_USE;
size_t archive_gathered(const struct archive *archive);
/** Forgets the batch that is being gathered. */
void archive_forget(struct archive *archive);
/** Begins to write the batch. OK, or NO_MEMORY: try again. */
enum journal_status archive_write_begin(struct archive *archive) MUST_USE;
/** OK: it is durable and found on disk; once archive_filter_batch is through with it, the caller
 * may drop what it holds of it. END: not done yet. FULL, NO_MEMORY, UNREADABLE (the file cannot be
 * made): it did not get in, the batch is as it was; begin again later. Else a failure for good. */
enum journal_status archive_write_end(struct archive *archive, bool wait) MUST_USE;
/** Makes archive_may_hold answer for `most` more ids of the batch that was written; true when it
 * does for all, and another can be gathered. They go by hash, so that the filter is passed through
 * from one end to the other: at random, each would be a miss of the cache and of the page table. */
bool archive_filter_batch(struct archive *archive, size_t most) MUST_USE;
/** Everything that is durable. */
struct archive_point archive_point(const struct archive *archive);

/** To be called now and then: takes up what was merged or grown, and begins what is due. Segments
 *  with batches beyond `settled`, the last one that every snapshot still kept relies on, are not
 *  merged. `wait`: do it now, for tests and for a replay. */
enum journal_status archive_tend(struct archive *archive, uint64_t settled, bool wait) MUST_USE;

struct archive_figures {
    uint64_t entries, segments, bytes, filter_bytes, fence_bytes;
    uint64_t merges, finds, found, blocks_read;
};
void archive_figures(const struct archive *archive, struct archive_figures *ret_figures);

/** Calls `visit` for every entry, by segment and hash; false ends it. For proofs. */
enum journal_status archive_visit(struct archive *archive,
                                  bool (*visit)(void *context, const struct archive_key *key,
                                                const uint8_t *value, size_t size),
                                  void *context) MUST_USE;

#endif
