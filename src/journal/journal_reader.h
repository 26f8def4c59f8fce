/* Reads the durable records of a journal, forward, verifying every checksum and the chain.
 *
 * A reader has its own files and buffer: after journal_reader_open it no longer touches the journal
 * but for journal_reader_advance, so it may be used in another thread or a forked child. It sees
 * the records that were sealed when it was opened or last advanced. */
#ifndef HEADROOM_JOURNAL_READER_H
#define HEADROOM_JOURNAL_READER_H

#include "journal/journal.h"

struct journal_reader;

/** A reader that begins with record `sequence`, 1 to last + 1. Finds its place from the marks kept
 *  of each segment; at most 1/64 of a segment is walked.
 *  Returns JOURNAL_OK, NO_MEMORY, UNREADABLE, or what is wrong with the stored data. */
enum journal_status journal_reader_open(struct journal *journal, uint64_t sequence,
                                        struct journal_reader **ret_reader,
                                        struct journal_error *reterr_error) MUST_USE;
/** A reader that begins behind a point got from this journal (or from a snapshot): no search. */
enum journal_status journal_reader_open_at(struct journal *journal,
                                           const struct journal_point *point,
                                           struct journal_reader **ret_reader,
                                           struct journal_error *reterr_error) MUST_USE;
void journal_reader_close(struct journal_reader *reader);

/** The next record; JOURNAL_END behind the last one (the reader stays usable); else the reader has
 *  stopped at what is wrong. */
enum journal_status journal_reader_next(struct journal_reader *reader,
                                        struct journal_record *ret_record,
                                        struct journal_error *reterr_error) MUST_USE;
/** Lets the reader see what has been sealed since. Only by the journal's own thread. */
void journal_reader_advance(struct journal_reader *reader, const struct journal *journal);
/** Puts a reader behind another point, keeping its memory and files where it can. */
void journal_reader_seek(struct journal_reader *reader, const struct journal_point *point);

/** The point of record `sequence`, 0 to last, for a snapshot or a place to read from. */
enum journal_status journal_locate(struct journal *journal, uint64_t sequence,
                                   struct journal_point *ret_point,
                                   struct journal_error *reterr_error) MUST_USE;

/** What stands at one position: the record `sequence` at `position`, its own checksums verified.
 *  For history: an index keeps (sequence, position) and reads single records back. */
enum journal_status journal_reader_get(struct journal_reader *reader, uint64_t sequence,
                                       struct journal_position position,
                                       struct journal_record *ret_record,
                                       struct journal_error *reterr_error) MUST_USE;

#endif
