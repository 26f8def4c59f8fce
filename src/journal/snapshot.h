/* Snapshots: the state of whoever reads the journal, as bytes, standing at a record. They spare
 * reading the journal from its beginning and hold nothing that it does not.
 *
 * A snapshot is a file of checksummed blocks that appears under its name when it is complete and
 * durable. It carries the journal's identity and the sequence number, chain checksum and place of
 * the record at which it stands; opening compares these with the journal. */
#ifndef HEADROOM_JOURNAL_SNAPSHOT_H
#define HEADROOM_JOURNAL_SNAPSHOT_H

#include "journal/journal.h"

enum { SNAPSHOT_KEEP_DEFAULT = 2 };

struct snapshot_writer;

/** Begins a snapshot that stands at the journal's last durable record. May be used in a forked
 *  child: it touches no other state of the journal.
 *  In: block_size  bytes on disk a block, a power of two from 4096 to 16 MiB; 0 means 1 MiB */
enum journal_status snapshot_writer_open(const struct journal *journal, uint32_t block_size,
                                         struct snapshot_writer **ret_writer,
                                         struct journal_error *reterr_error) MUST_USE;
/** Adds bytes; after an error every later call answers it again. */
enum journal_status snapshot_writer_add(struct snapshot_writer *writer, const void *data,
                                        size_t size, struct journal_error *reterr_error) MUST_USE;
/** Makes it durable, gives it its name, and removes all but the newest `keep` (at least 1)
 *  snapshots; frees the writer whatever it returns. FULL leaves the earlier snapshots. */
enum journal_status snapshot_writer_finish(struct snapshot_writer *writer, unsigned keep,
                                           struct journal_error *reterr_error) MUST_USE;
/** Gives it up and removes what was written. NULL-safe. */
void snapshot_writer_abandon(struct snapshot_writer *writer);

enum { SNAPSHOT_LIST_MAX = 64 };

/** Sequence numbers of the snapshots by their names, newest first. Looks at no content. */
enum journal_status snapshot_list(const struct journal *journal,
                                  uint64_t ret_sequences[SNAPSHOT_LIST_MAX], unsigned *ret_count,
                                  struct journal_error *reterr_error) MUST_USE;

struct snapshot_reader;

/** Opens the snapshot that stands at `sequence`; verifies its header, that it is this journal's,
 * and that the record it names is in the journal with that chain checksum. Returns: JOURNAL_OK;
 * SNAPSHOT_DAMAGED, SNAPSHOT_MISMATCH, FOREIGN, VERSION: leave this one and use the one before, or
 * the journal alone; SNAPSHOT_AHEAD: the journal has lost answered records, stop; others as usual
 *  Out:     ret_point  where to read the journal on */
enum journal_status snapshot_reader_open(struct journal *journal, uint64_t sequence,
                                         struct snapshot_reader **ret_reader,
                                         struct journal_point *ret_point,
                                         struct journal_error *reterr_error) MUST_USE;
/** The next bytes, exactly `size`. SNAPSHOT_DAMAGED also when there are no more: a state loaded so
 *  far must be dropped. Bytes are handed out only from blocks that were verified. */
enum journal_status snapshot_reader_read(struct snapshot_reader *reader, void *data, size_t size,
                                         struct journal_error *reterr_error) MUST_USE;
/** Call when all has been read: JOURNAL_OK when this is the end of a whole snapshot. */
enum journal_status snapshot_reader_end(struct snapshot_reader *reader,
                                        struct journal_error *reterr_error) MUST_USE;
/** The size in bytes of all that was added, as the last block says; verified when that is read. */
uint64_t snapshot_reader_size(const struct snapshot_reader *reader);
void snapshot_reader_close(struct snapshot_reader *reader);

/** Reads and verifies a whole snapshot without keeping anything. */
enum journal_status snapshot_verify(struct journal *journal, uint64_t sequence,
                                    struct journal_error *reterr_error) MUST_USE;

#endif
