/* What recovery finds before it changes anything, and what it concludes from it. */
#ifndef HEADROOM_JOURNAL_SURVEY_H
#define HEADROOM_JOURNAL_SURVEY_H

#include "journal/journal_internal.h"

struct recovery {
    struct journal *journal;
    const struct journal_options *options;
    struct journal_recovery *report;
    struct journal_error *error;
    struct record_window window;

    bool head_there;
    uint64_t *firsts; /* of the segments, in order */
    uint32_t first_count;
    uint32_t first_capacity;
    uint64_t snapshot_last; /* of the newest snapshot by name; meaningful with snapshot_count */
    uint32_t snapshot_count;

    struct stored_head slots[JOURNAL_HEAD_SLOTS];
    bool slot_good[JOURNAL_HEAD_SLOTS];
    const char *slot_cause[JOURNAL_HEAD_SLOTS];
    bool tail_required;    /* a slot is damaged: record answered + 1 must be there */
    uint32_t slot_damaged; /* which, if so */
    struct stored_head answered;

    struct file *answered_file; /* the segment of the answered record, NULL when there is none */
    struct stored_segment answered_segment;
    uint64_t answered_end;
    struct file *tail_file; /* the segment that goes on behind it; may be the same file */
    struct stored_segment tail_segment;
    uint64_t tail_offset;

    bool keep;            /* record answered + 1 is complete */
    uint64_t keep_size;   /* its size in the file */
    uint8_t *keep_memory; /* its bytes, aligned in keep_bytes */
    uint8_t *keep_bytes;
    uint64_t torn_size; /* bytes from tail_offset to zero; 0 for none */
};

/** Looks at everything and decides; the list of segments is filled in, nothing else is changed.
 *  Returns JOURNAL_OK: there is something to go on with, or nothing and one may be made; else what
 * is wrong. recovery->report, journal, options and error are set by the caller. */
enum journal_status recovery_survey(struct recovery *recovery) MUST_USE;
void recovery_release(struct recovery *recovery);
/** Shorthands of both files: an error at a place; the name of a segment. */
enum journal_status recovery_found(struct recovery *recovery, enum journal_status status,
                                   const char *name, uint64_t offset, uint64_t sequence,
                                   const char *cause);
void segment_name(char ret_name[JOURNAL_NAME_SIZE], uint64_t first);

#endif
