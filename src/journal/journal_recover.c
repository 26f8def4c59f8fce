/* Recovery: acts on what the survey found. See journal_survey.c for what a crash can leave. */
#include "journal/journal_survey.h"

static bool name_unfinished(struct slice name)
{
    const struct slice end = SLICE(".new");
    const bool ours = slice_starts_with(name, SLICE(SNAPSHOT_PREFIX)) ||
                      slice_starts_with(name, SLICE(JOURNAL_SEGMENT_PREFIX));

    return slice_equal(name, SLICE(JOURNAL_SPARE_NAME)) ||
           (ours && name.size > end.size &&
            slice_equal(slice_of(name.data + name.size - end.size, end.size), end));
}

static enum journal_status mend_failed(struct recovery *recovery, struct file_result result,
                                       const char *name, const char *cause)
{
    recovery->journal->phase = PHASE_FAILED;
    return journal_error_call(recovery->error, result, JOURNAL_FAILED, name, cause);
}

static enum journal_status unfinished_remove(struct recovery *recovery)
{
    struct directory *directory = recovery->journal->directory;
    char text[FILE_NAME_MAX + 1];
    bool end = false;

    for (bool first = true; !end; first = false) {
        struct file_result result = directory_next(directory, first, text, &end);

        if (result.status == OS_OK && !end && name_unfinished(slice_from_cstr(text))) {
            result = directory_remove(directory, text);
            recovery->report->removed_files++;
        }
        if (result.status != OS_OK) {
            return mend_failed(recovery, result, NULL, "removing an unfinished file failed");
        }
    }
    return JOURNAL_OK;
}

static enum journal_status file_open_durable(struct recovery *recovery, const char *name,
                                             struct file **ret_file)
{
    const struct file_result result =
        file_open(recovery->journal->directory, name, FILE_DURABLE, ret_file);

    if (result.status != OS_OK) {
        return journal_error_call(recovery->error, result, JOURNAL_UNREADABLE, name,
                                  "opening for writing failed");
    }
    return JOURNAL_OK;
}

/* Makes the kept record durable whatever the page cache says, and then seals it. */
static enum journal_status tail_keep(struct recovery *recovery, const char *name)
{
    struct journal *journal = recovery->journal;
    struct stored_record record;
    struct file_result result;

    memcpy(&record, recovery->keep_bytes, sizeof(record));
    result = file_write(journal->segment, recovery->tail_offset, recovery->keep_bytes,
                        (size_t)recovery->keep_size);
    if (result.status != OS_OK) {
        return mend_failed(recovery, result, name, "writing the last record again failed");
    }
    journal->written.sequence = record.sequence;
    journal->written.chain = record.checksum;
    journal->written.position.segment = recovery->tail_segment.first;
    journal->written.position.offset = recovery->tail_offset;
    journal->written_count = record.count;
    journal->written_time = record.time;
    journal->written_end = recovery->tail_offset + recovery->keep_size;
    journal->phase = PHASE_WRITTEN;
    return journal_seal_end(journal, recovery->error);
}

/* What was read may stand in the page cache only: written by a process that died before its sync
 * ended, or after it failed. So the newest slot is written again before anything builds on it. The
 * older one had been synced before the newer one was begun. */
static enum journal_status head_again(struct recovery *recovery)
{
    struct journal *journal = recovery->journal;
    struct file_result result;

    if (journal->last.sequence == 0) {
        return JOURNAL_OK;
    }
    journal_head_fill(journal, &journal->last, journal->last_count, journal->last_time,
                      recovery->answered.slot, journal->head_block);
    result = file_write(journal->head, (uint64_t)recovery->answered.slot * JOURNAL_BLOCK,
                        journal->head_block, JOURNAL_BLOCK);
    if (result.status != OS_OK) {
        return mend_failed(recovery, result, JOURNAL_HEAD_NAME, "writing the head again failed");
    }
    return JOURNAL_OK;
}

static void state_take(struct recovery *recovery)
{
    const struct stored_head *answered = &recovery->answered;
    struct journal *journal = recovery->journal;

    journal->last.sequence = answered->sequence;
    journal->last.chain = answered->chain;
    journal->last.position.segment = answered->segment;
    journal->last.position.offset = answered->offset;
    journal->last_count = answered->count;
    journal->last_time = answered->time;
    journal->end = recovery->tail_offset;
}

static enum journal_status mend(struct recovery *recovery)
{
    struct journal *journal = recovery->journal;
    char name[JOURNAL_NAME_SIZE];
    struct file_result result;

    segment_name(name, recovery->tail_segment.first);
    TRY(unfinished_remove(recovery));
    result = directory_sync(journal->directory);
    if (result.status != OS_OK) {
        return mend_failed(recovery, result, NULL, "syncing the directory failed");
    }
    TRY(file_open_durable(recovery, name, &journal->segment));
    TRY(file_open_durable(recovery, JOURNAL_HEAD_NAME, &journal->head));
    journal->segment_due = file_alignment(journal->segment) > recovery->tail_segment.alignment;
    state_take(recovery);
    if (recovery->torn_size > 0) {
        TRY(segment_zero(journal->segment, name, recovery->tail_offset, recovery->torn_size,
                         recovery->error));
    }
    return recovery->keep ? tail_keep(recovery, name) : head_again(recovery);
}

/* A new journal: the head first, because segments without a head are no new journal. */

static enum journal_status head_create(struct recovery *recovery)
{
    struct journal *journal = recovery->journal;
    struct directory *directory = journal->directory;
    struct file_result result;
    struct file *file;

    result = file_open(directory, JOURNAL_HEAD_NEW_NAME, FILE_CREATE, &file);
    if (result.status == OS_OK) {
        for (uint32_t i = 0; i < JOURNAL_HEAD_SLOTS && result.status == OS_OK; i++) {
            journal_head_fill(journal, &journal->last, 0, 0, i, journal->head_block);
            result =
                file_write(file, (uint64_t)i * JOURNAL_BLOCK, journal->head_block, JOURNAL_BLOCK);
        }
        if (result.status == OS_OK) {
            result = file_sync(file);
        }
        file_close(file);
    }
    if (result.status == OS_OK) {
        result = directory_rename(directory, JOURNAL_HEAD_NEW_NAME, JOURNAL_HEAD_NAME);
    }
    if (result.status == OS_OK) {
        result = directory_sync(directory);
    }
    if (result.status != OS_OK) {
        return mend_failed(recovery, result, JOURNAL_HEAD_NAME, "making the head failed");
    }
    return JOURNAL_OK;
}

/* Also finishes what was begun: a head that names no record, without a segment. */
static enum journal_status create(struct recovery *recovery)
{
    const struct journal_options *options = recovery->options;
    struct journal *journal = recovery->journal;

    TRY(unfinished_remove(recovery));
    if (!recovery->head_there) {
        memcpy(journal->identity, options->identity, JOURNAL_IDENTITY_SIZE);
        memcpy(journal->label, options->label, JOURNAL_LABEL_SIZE);
        journal->created = options->now;
        journal->last.chain = journal_genesis(journal->identity, journal->label, journal->created);
        TRY(head_create(recovery));
    } else {
        /* Its name may not be durable yet, and no segment's may be before it. */
        const struct file_result result = directory_sync(journal->directory);

        if (result.status != OS_OK) {
            return mend_failed(recovery, result, NULL, "syncing the directory failed");
        }
        journal->last.chain = recovery->answered.chain;
    }
    TRY(segment_begin(journal, recovery->error));
    TRY(file_open_durable(recovery, JOURNAL_HEAD_NAME, &journal->head));
    recovery->report->created = true;
    recovery->report->segments = journal->segment_count;
    return JOURNAL_OK;
}

static void report_fill(struct recovery *recovery)
{
    struct journal_recovery *report = recovery->report;

    report->segments = recovery->journal->segment_count;
    report->kept = recovery->keep;
    report->torn_size = recovery->torn_size;
    if (recovery->torn_size > 0) {
        report->torn_offset = recovery->tail_offset;
        segment_name(report->torn_file, recovery->tail_segment.first);
    }
}

static enum journal_status recover(struct recovery *recovery)
{
    struct journal *journal = recovery->journal;

    TRY(recovery_survey(recovery));
    if (!recovery->head_there || recovery->first_count == 0) {
        return create(recovery);
    }
    report_fill(recovery);
    if (!journal->read_only) {
        return mend(recovery);
    }
    state_take(recovery);
    if (recovery->tail_required) {
        /* It was to be the answered one, and the head's slot for it is damaged. */
        struct stored_record record;

        memcpy(&record, recovery->keep_bytes, sizeof(record));
        journal->last.sequence = record.sequence;
        journal->last.chain = record.checksum;
        journal->last.position.segment = recovery->tail_segment.first;
        journal->last.position.offset = recovery->tail_offset;
        journal->last_count = record.count;
        journal->last_time = record.time;
    }
    return JOURNAL_OK;
}

enum journal_status journal_recover(struct journal *journal, const struct journal_options *options,
                                    struct journal_recovery *ret_recovery,
                                    struct journal_error *reterr_error)
{
    struct recovery recovery;
    enum journal_status status;

    memset(&recovery, 0, sizeof(recovery));
    recovery.journal = journal;
    recovery.options = options;
    recovery.report = ret_recovery;
    recovery.error = reterr_error;
    status = recover(&recovery);
    recovery_release(&recovery);
    return status;
}
