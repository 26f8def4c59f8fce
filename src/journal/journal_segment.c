/* Segments: opening one to read, making the next one, and the spare from which it is made. */
#include "base/arena.h"
#include "journal/journal_internal.h"

static const _Alignas(FILE_ALIGNMENT_MAX) uint8_t zeros[64 << 10];

enum journal_status segment_open(struct directory *directory, uint64_t first,
                                 const uint8_t *identity, struct file **ret_file,
                                 struct stored_segment *ret_segment,
                                 struct journal_error *reterr_error)
{
    char name[JOURNAL_NAME_SIZE];
    uint8_t block[JOURNAL_BLOCK];
    enum journal_status status;
    struct file_result result;
    const char *cause = NULL;
    struct file *file;
    uint64_t size = 0;
    size_t got = 0;

    journal_name_write(name, SLICE(JOURNAL_SEGMENT_PREFIX), first);
    result = file_open(directory, name, FILE_READ, &file);
    if (result.status == OS_MISSING) {
        return journal_error_set(reterr_error, JOURNAL_SEGMENT_MISSING, name, 0, first,
                                 "there is no such file");
    }
    if (result.status != OS_OK) {
        return journal_error_call(reterr_error, result, JOURNAL_UNREADABLE, name, "opening failed");
    }
    result = file_size(file, &size);
    if (result.status == OS_OK) {
        result = file_read(file, 0, block, sizeof(block), &got);
    }
    if (result.status != OS_OK) {
        file_close(file);
        return journal_error_call(reterr_error, result, JOURNAL_UNREADABLE, name, "reading failed");
    }
    if (got < sizeof(block)) {
        status = JOURNAL_SEGMENT_DAMAGED;
        cause = "the file ends within its header";
    } else {
        status = stored_segment_validate(block, first, identity, &cause);
    }
    if (status == JOURNAL_OK) {
        memcpy(ret_segment, block, sizeof(*ret_segment));
        if (size != ret_segment->size) {
            status = JOURNAL_SEGMENT_DAMAGED;
            cause = "the file's size is not the one in its header";
        }
    }
    if (status != JOURNAL_OK) {
        file_close(file);
        return journal_error_set(reterr_error, status, name, 0, 0, cause);
    }
    *ret_file = file;
    return JOURNAL_OK;
}

enum journal_status segment_reserve(struct journal *journal, struct journal_error *reterr_error)
{
    const uint32_t capacity = journal->segment_capacity == 0 ? 64 : 2 * journal->segment_capacity;
    struct journal_segment *segments;

    if (journal->segment_count < journal->segment_capacity) {
        return JOURNAL_OK;
    }
    segments = memory_resize(journal->segments, capacity * sizeof(*segments));
    if (segments == NULL) {
        return journal_error_set(reterr_error, JOURNAL_NO_MEMORY, NULL, 0, 0,
                                 "no memory for the list of segments");
    }
    journal->segments = segments;
    journal->segment_capacity = capacity;
    return JOURNAL_OK;
}

void segment_remember(struct journal *journal, const struct stored_segment *stored)
{
    struct journal_segment *segment;

    check(journal->segment_count < journal->segment_capacity);
    segment = &journal->segments[journal->segment_count++];
    memset(segment, 0, sizeof(*segment));
    segment->first = stored->first;
    segment->size = stored->size;
    segment->alignment = stored->alignment;
    segment->previous_chain = stored->previous_chain;
}

void segment_mark(struct journal_segment *segment, uint64_t sequence, uint64_t offset)
{
    struct journal_mark *mark = &segment->marks[offset / (segment->size / JOURNAL_MARKS + 1)];
    const uint64_t delta = sequence - segment->first;

    if (mark->block == 0 && delta <= UINT32_MAX && offset / FILE_ALIGNMENT_MIN <= UINT32_MAX) {
        mark->delta = (uint32_t)delta;
        mark->block = (uint32_t)(offset / FILE_ALIGNMENT_MIN);
    }
}

enum journal_status segment_zero(struct file *file, const char *name, uint64_t offset,
                                 uint64_t size, struct journal_error *reterr_error)
{
    for (uint64_t done = 0; done < size;) {
        const uint64_t rest = size - done;
        const size_t piece = rest < sizeof(zeros) ? (size_t)rest : sizeof(zeros);
        const struct file_result result = file_write(file, offset + done, zeros, piece);

        if (result.status != OS_OK) {
            journal_error_call(reterr_error, result, JOURNAL_FAILED, name,
                               "writing zeros behind the last record failed");
            reterr_error->offset = offset + done;
            return reterr_error->status;
        }
        done += piece;
    }
    return JOURNAL_OK;
}

/* The spare. It is made beside the writes, so that a change of segment finds it ready. */

static enum journal_status spare_refused(struct journal *journal, struct file_result result,
                                         struct journal_error *reterr_error)
{
    const enum journal_status status = journal_error_call(
        reterr_error, result, JOURNAL_FAILED, JOURNAL_SPARE_NAME, "making the next segment failed");

    journal->spare = SPARE_NONE;
    journal->spare_full = status == JOURNAL_FULL;
    journal->spare_retry = JOURNAL_SPARE_RETRY;
    return status;
}

/* Goes on with the spare; with `wait` until it is ready or refused. */
static enum journal_status spare_advance(struct journal *journal, bool wait,
                                         struct journal_error *reterr_error)
{
    struct file_result result;
    bool done = false;

    if (journal->spare == SPARE_NONE) {
        result = file_zero_begin(journal->directory, JOURNAL_SPARE_NAME, journal->segment_size);
        if (result.status == OS_EXISTS) {
            result = directory_remove(journal->directory, JOURNAL_SPARE_NAME);
            if (result.status == OS_OK) {
                result =
                    file_zero_begin(journal->directory, JOURNAL_SPARE_NAME, journal->segment_size);
            }
        }
        if (result.status != OS_OK) {
            return spare_refused(journal, result, reterr_error);
        }
        journal->spare = SPARE_MAKING;
    }
    if (journal->spare == SPARE_MAKING) {
        result = file_zero_end(journal->directory, wait, &done);
        if (result.status != OS_OK) {
            return spare_refused(journal, result, reterr_error);
        }
        if (done) {
            journal->spare = SPARE_READY;
            journal->spare_full = false;
        }
    }
    return JOURNAL_OK;
}

enum journal_status journal_prepare(struct journal *journal)
{
    struct journal_error error;

    if (journal->read_only || journal->phase == PHASE_FAILED || journal->spare == SPARE_READY) {
        return JOURNAL_OK;
    }
    if (spare_advance(journal, false, &error) != JOURNAL_OK) {
        return error.status == JOURNAL_FULL ? JOURNAL_FULL : JOURNAL_OK;
    }
    return JOURNAL_OK;
}

static void segment_fill(const struct journal *journal, uint32_t alignment,
                         struct stored_segment *ret_segment)
{
    memset(ret_segment, 0, sizeof(*ret_segment));
    ret_segment->magic = JOURNAL_SEGMENT_MAGIC;
    ret_segment->version = JOURNAL_FORMAT_VERSION;
    ret_segment->alignment = alignment;
    ret_segment->size = journal->segment_size;
    ret_segment->first = journal->last.sequence + 1;
    ret_segment->previous_chain = journal->last.chain;
    if (journal->segment_count > 0) {
        ret_segment->previous = journal->segments[journal->segment_count - 1].first;
        ret_segment->previous_end = journal->end;
    }
    ret_segment->created = journal->created;
    memcpy(ret_segment->identity, journal->identity, JOURNAL_IDENTITY_SIZE);
    memcpy(ret_segment->label, journal->label, JOURNAL_LABEL_SIZE);
    stored_segment_seal(ret_segment);
}

/* Whether a refusal has left no segment: one with a name would be taken as begun by a later start.
 */
static bool segment_absent(struct journal *journal, const char *name)
{
    struct file *file = NULL;
    const struct file_result result = file_open(journal->directory, name, FILE_READ, &file);

    file_close(file);
    return result.status == OS_MISSING;
}

/* Turns the spare, open as `file`, into the segment. */
static enum journal_status segment_publish(struct journal *journal, struct file *file,
                                           const struct stored_segment *segment,
                                           struct journal_error *reterr_error)
{
    char name[JOURNAL_NAME_SIZE];
    struct file_result result;

    journal_name_write(name, SLICE(JOURNAL_SEGMENT_PREFIX), segment->first);
    memset(journal->block, 0, JOURNAL_BLOCK);
    memcpy(journal->block, segment, sizeof(*segment));
    result = file_write(file, 0, journal->block, JOURNAL_BLOCK);
    if (result.status == OS_OK) {
        result = directory_rename(journal->directory, JOURNAL_SPARE_NAME, name);
    }
    if ((result.status == OS_FULL || result.status == OS_EXHAUSTED) &&
        segment_absent(journal, name)) {
        return journal_error_call(reterr_error, result, JOURNAL_FAILED, name,
                                  "making the next segment failed");
    }
    if (result.status == OS_OK) {
        result = directory_sync(journal->directory);
    }
    if (result.status != OS_OK) {
        return journal_fail(journal, reterr_error, result, name, 0,
                            "making the next segment failed");
    }
    return JOURNAL_OK;
}

enum journal_status segment_begin(struct journal *journal, struct journal_error *reterr_error)
{
    struct stored_segment segment;
    enum journal_status status;
    struct file_result result;
    struct file *file;

    check(journal->phase == PHASE_READY);
    TRY(segment_reserve(journal, reterr_error));
    if (journal->spare != SPARE_READY) {
        status = spare_advance(journal, true, reterr_error);
        if (status == JOURNAL_FAILED) {
            return journal_fail(journal, reterr_error,
                                (struct file_result){OS_FAILED, reterr_error->number},
                                JOURNAL_SPARE_NAME, 0, "making the next segment failed");
        }
        TRY(status);
    }
    result = file_open(journal->directory, JOURNAL_SPARE_NAME, FILE_DURABLE, &file);
    if (result.status == OS_EXHAUSTED) {
        return journal_error_call(reterr_error, result, JOURNAL_FAILED, JOURNAL_SPARE_NAME,
                                  "opening the next segment failed");
    }
    if (result.status != OS_OK) {
        return journal_fail(journal, reterr_error, result, JOURNAL_SPARE_NAME, 0,
                            "opening the next segment failed");
    }
    segment_fill(journal, file_alignment(file), &segment);
    status = segment_publish(journal, file, &segment, reterr_error);
    if (status != JOURNAL_OK) {
        file_close(file);
        return status;
    }
    /* The segment is there for good. */
    file_close(journal->segment);
    journal->segment = file;
    journal->end = JOURNAL_BLOCK;
    journal->segment_due = false;
    journal->spare = SPARE_NONE;
    journal->spare_retry = 0;
    segment_remember(journal, &segment);
    return JOURNAL_OK;
}
