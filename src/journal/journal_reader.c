#include "journal/journal_reader.h"

#include "base/arena.h"
#include "journal/journal_internal.h"

struct journal_reader {
    struct directory *directory; /* its own */
    uint8_t identity[JOURNAL_IDENTITY_SIZE];
    struct hash128 genesis;
    struct journal_point until; /* the last record to be seen */

    struct record_window window;
    struct file *file; /* of the segment being read; NULL before the first */
    struct stored_segment segment;
    uint64_t sequence;          /* of the last record read, 0 before the first */
    struct hash128 chain;       /* of that record */
    uint64_t offset;            /* where the next one begins */
    struct journal_point start; /* where to begin; taken up by the first read */
    bool started;

    struct record_window single; /* for journal_reader_get */
    struct file *single_file;
    struct stored_segment single_segment;
};

static void reader_release(struct journal_reader *reader)
{
    file_close(reader->file);
    file_close(reader->single_file);
    record_window_release(&reader->window);
    record_window_release(&reader->single);
    directory_close(reader->directory);
    memory_free(reader);
}

static enum journal_status reader_found(const struct stored_segment *segment,
                                        enum journal_status status, uint64_t offset,
                                        uint64_t sequence, const struct record_found *record,
                                        struct journal_error *error)
{
    char name[JOURNAL_NAME_SIZE];

    journal_name_write(name, SLICE(JOURNAL_SEGMENT_PREFIX), segment->first);
    journal_error_set(error, status, name, offset, sequence, record->cause);
    error->number = record->number;
    return status;
}

enum journal_status journal_reader_open_at(struct journal *journal,
                                           const struct journal_point *point,
                                           struct journal_reader **ret_reader,
                                           struct journal_error *reterr_error)
{
    struct journal_reader *reader = memory_allocate(sizeof(*reader));
    struct file_result result;

    check(point->sequence <= journal->last.sequence);
    if (reader == NULL) {
        return journal_error_set(reterr_error, JOURNAL_NO_MEMORY, NULL, 0, 0,
                                 "no memory for a reader");
    }
    memset(reader, 0, sizeof(*reader));
    result = directory_open(journal->files, journal->path, &reader->directory);
    if (result.status != OS_OK) {
        memory_free(reader);
        return journal_error_call(reterr_error, result, JOURNAL_UNREADABLE, NULL,
                                  "opening the directory failed");
    }
    memcpy(reader->identity, journal->identity, JOURNAL_IDENTITY_SIZE);
    reader->genesis = journal_genesis(journal->identity, journal->label, journal->created);
    reader->until = journal->last;
    reader->start = *point;
    *ret_reader = reader;
    return JOURNAL_OK;
}

enum journal_status journal_reader_open(struct journal *journal, uint64_t sequence,
                                        struct journal_reader **ret_reader,
                                        struct journal_error *reterr_error)
{
    struct journal_point point;

    check(sequence > 0 && sequence <= journal->last.sequence + 1);
    TRY(journal_locate(journal, sequence - 1, &point, reterr_error));
    return journal_reader_open_at(journal, &point, ret_reader, reterr_error);
}

void journal_reader_close(struct journal_reader *reader)
{
    if (reader != NULL) {
        reader_release(reader);
    }
}

void journal_reader_seek(struct journal_reader *reader, const struct journal_point *point)
{
    check(point->sequence <= reader->until.sequence);
    reader->start = *point;
    reader->started = false;
}

void journal_reader_advance(struct journal_reader *reader, const struct journal *journal)
{
    struct record_window *window = &reader->window;

    check(memcmp(reader->identity, journal->identity, JOURNAL_IDENTITY_SIZE) == 0);
    reader->until = journal->last;
    /* What was read ahead may have been written since. */
    if (reader->offset <= window->offset) {
        window->size = 0;
    } else if (reader->offset < window->offset + window->size) {
        window->size = (size_t)(reader->offset - window->offset);
    }
}

/* Opens a segment in place of the one being read. */
static enum journal_status segment_enter(struct journal_reader *reader, uint64_t first,
                                         struct journal_error *error)
{
    struct stored_segment segment;
    struct file *file = NULL;

    if (reader->file != NULL && reader->segment.first == first) {
        return JOURNAL_OK;
    }
    TRY(segment_open(reader->directory, first, reader->identity, &file, &segment, error));
    file_close(reader->file);
    reader->file = file;
    reader->segment = segment;
    record_window_reset(&reader->window, file);
    return JOURNAL_OK;
}

/* How much to read at once: no further than what can be of interest. */
static struct record_place place_of(const struct journal_reader *reader)
{
    struct record_place place = {reader->offset, reader->segment.size, reader->segment.alignment,
                                 JOURNAL_READ_AHEAD};

    if (reader->until.position.segment == reader->segment.first) {
        const uint64_t end = reader->until.position.offset + JOURNAL_BLOCK;
        const uint64_t rest = end > reader->offset ? end - reader->offset : JOURNAL_BLOCK;

        place.ahead = rest < place.ahead ? (size_t)rest : place.ahead;
    }
    return place;
}

/* Takes up the point at which to begin: the record there must be the one it names. */
static enum journal_status reader_start(struct journal_reader *reader, struct journal_error *error)
{
    const struct journal_point *start = &reader->start;
    struct record_found record = {0};
    struct record_place place;
    enum journal_status status;

    reader->sequence = start->sequence;
    reader->chain = start->chain;
    if (start->sequence == 0) {
        if (!hash128_equal(start->chain, reader->genesis)) {
            return journal_error_set(error, JOURNAL_CHAIN_BROKEN, NULL, 0, 0,
                                     "the point is not the beginning of this journal");
        }
        TRY(segment_enter(reader, 1, error));
        reader->offset = JOURNAL_BLOCK;
        reader->started = true;
        return JOURNAL_OK;
    }
    TRY(segment_enter(reader, start->position.segment, error));
    reader->offset = start->position.offset;
    place = place_of(reader);
    if (start->position.offset < JOURNAL_BLOCK ||
        start->position.offset % reader->segment.alignment != 0) {
        record.cause = "the position is not one of a record";
        return reader_found(&reader->segment, JOURNAL_RECORD_MISSING, start->position.offset,
                            start->sequence, &record, error);
    }
    status = record_header_load(&reader->window, &place, reader->identity, &record);
    if (status == JOURNAL_OK && (record.record->sequence != start->sequence ||
                                 !hash128_equal(record.record->checksum, start->chain))) {
        status = JOURNAL_CHAIN_BROKEN;
        record.cause = "the record is not the one that the point names";
    }
    if (status != JOURNAL_OK) {
        return reader_found(&reader->segment, status, start->position.offset, start->sequence,
                            &record, error);
    }
    reader->offset += record.size;
    reader->started = true;
    return JOURNAL_OK;
}

/* At the end of a segment's records: the rest must be zero, and the next segment continue here.
 * `missing` is what is wrong with this segment if there is no next one. */
static enum journal_status segment_leave(struct journal_reader *reader,
                                         const struct record_found *missing,
                                         struct journal_error *error)
{
    const struct stored_segment before = reader->segment;
    const uint64_t end = reader->offset;
    struct record_found record = {0};
    enum journal_status status;
    uint64_t first;
    uint64_t last;

    status = record_window_nonzero(&reader->window, end, before.size, &first, &last, &record);
    if (status != JOURNAL_OK) {
        return reader_found(&before, status, end, 0, &record, error);
    }
    status = segment_enter(reader, reader->sequence + 1, error);
    if (status == JOURNAL_SEGMENT_MISSING) {
        return reader_found(&before, JOURNAL_RECORD_MISSING, end, reader->sequence + 1, missing,
                            error);
    }
    TRY(status);
    if (reader->segment.previous != before.first || reader->segment.previous_end != end ||
        !hash128_equal(reader->segment.previous_chain, reader->chain)) {
        record.cause = "the segment does not continue the one before";
        return reader_found(&reader->segment, JOURNAL_CHAIN_BROKEN, 0, reader->sequence + 1,
                            &record, error);
    }
    if (first != before.size) {
        record.cause = "the bytes behind the last record of the segment are not zero";
        return reader_found(&before, JOURNAL_TAIL_DIRTY, first, 0, &record, error);
    }
    reader->offset = JOURNAL_BLOCK;
    return JOURNAL_OK;
}

static enum journal_status record_judge(const struct journal_reader *reader,
                                        struct record_found *record)
{
    const struct stored_record *stored = record->record;

    if (stored->sequence != reader->sequence + 1) {
        record->cause = "the record has the number of another";
        return JOURNAL_RECORD_MISPLACED;
    }
    if (!hash128_equal(stored->previous, reader->chain)) {
        record->cause = "the record does not follow the one before";
        return JOURNAL_CHAIN_BROKEN;
    }
    if (stored->sequence == reader->until.sequence &&
        !hash128_equal(stored->checksum, reader->until.chain)) {
        record->cause = "the record is not the one that the head names";
        return JOURNAL_CHAIN_BROKEN;
    }
    return JOURNAL_OK;
}

static void record_give(const struct stored_segment *segment, uint64_t offset,
                        const struct record_found *found, struct journal_record *ret_record)
{
    ret_record->sequence = found->record->sequence;
    ret_record->time = found->record->time;
    ret_record->count = found->record->count;
    ret_record->payload =
        slice_of((const char *)found->payload, (size_t)found->record->payload_size);
    ret_record->chain = found->record->checksum;
    ret_record->position.segment = segment->first;
    ret_record->position.offset = offset;
}

enum journal_status journal_reader_next(struct journal_reader *reader,
                                        struct journal_record *ret_record,
                                        struct journal_error *reterr_error)
{
    struct record_found record;
    struct record_place place;
    enum journal_status status;

    if (!reader->started) {
        TRY(reader_start(reader, reterr_error));
    }
    if (reader->sequence >= reader->until.sequence) {
        return JOURNAL_END;
    }
    place = place_of(reader);
    status = record_load(&reader->window, &place, reader->identity, &record);
    if (status == JOURNAL_RECORD_MISSING) {
        TRY(segment_leave(reader, &record, reterr_error));
        place = place_of(reader);
        status = record_load(&reader->window, &place, reader->identity, &record);
    }
    if (status == JOURNAL_OK) {
        status = record_judge(reader, &record);
    }
    if (status != JOURNAL_OK) {
        return reader_found(&reader->segment, status, reader->offset, reader->sequence + 1, &record,
                            reterr_error);
    }
    record_give(&reader->segment, reader->offset, &record, ret_record);
    reader->sequence = record.record->sequence;
    reader->chain = record.record->checksum;
    reader->offset += record.size;
    return JOURNAL_OK;
}

enum journal_status journal_reader_get(struct journal_reader *reader, uint64_t sequence,
                                       struct journal_position position,
                                       struct journal_record *ret_record,
                                       struct journal_error *reterr_error)
{
    struct record_found record = {0};
    enum journal_status status = JOURNAL_OK;
    struct record_place place;

    check(sequence > 0 && sequence <= reader->until.sequence);
    if (reader->single_file == NULL || reader->single_segment.first != position.segment) {
        struct stored_segment segment;
        struct file *file = NULL;

        TRY(segment_open(reader->directory, position.segment, reader->identity, &file, &segment,
                         reterr_error));
        file_close(reader->single_file);
        reader->single_file = file;
        reader->single_segment = segment;
    }
    record_window_reset(&reader->single, reader->single_file);
    place = (struct record_place){position.offset, reader->single_segment.size,
                                  reader->single_segment.alignment, JOURNAL_BLOCK};
    if (position.offset < JOURNAL_BLOCK || position.offset % place.alignment != 0) {
        record.cause = "the position is not one of a record";
        status = JOURNAL_RECORD_MISSING;
    } else {
        status = record_load(&reader->single, &place, reader->identity, &record);
    }
    if (status == JOURNAL_OK && record.record->sequence != sequence) {
        record.cause = "the record has the number of another";
        status = JOURNAL_RECORD_MISPLACED;
    }
    if (status != JOURNAL_OK) {
        return reader_found(&reader->single_segment, status, position.offset, sequence, &record,
                            reterr_error);
    }
    record_give(&reader->single_segment, position.offset, &record, ret_record);
    return JOURNAL_OK;
}

/* Finding a record by its number. */

static struct journal_segment *segment_of(struct journal *journal, uint64_t sequence)
{
    uint32_t low = 0;
    uint32_t high = journal->segment_count;

    while (high - low > 1) {
        const uint32_t middle = low + (high - low) / 2;

        if (journal->segments[middle].first <= sequence) {
            low = middle;
        } else {
            high = middle;
        }
    }
    check(journal->segments[low].first <= sequence);
    return &journal->segments[low];
}

/* Walks from header to header up to record `sequence`, and remembers places on the way. */
static enum journal_status locate_walk(const struct journal *journal,
                                       struct journal_segment *segment, struct file *file,
                                       uint64_t sequence, struct journal_point *ret_point,
                                       struct journal_error *error)
{
    const struct stored_segment named = {.first = segment->first};
    struct record_window window = {0};
    struct record_found record = {0};
    struct record_place place = {JOURNAL_BLOCK, segment->size, segment->alignment, 64 << 10};
    uint64_t at = segment->first;
    enum journal_status status;

    for (size_t i = 0; i < JOURNAL_MARKS; i++) {
        const struct journal_mark *mark = &segment->marks[i];
        const uint64_t marked = segment->first + mark->delta;

        if (mark->block != 0 && marked <= sequence && marked >= at) {
            at = marked;
            place.offset = (uint64_t)mark->block * FILE_ALIGNMENT_MIN;
        }
    }
    record_window_reset(&window, file);
    for (;;) {
        status = record_header_load(&window, &place, journal->identity, &record);
        if (status == JOURNAL_OK && record.record->sequence != at) {
            record.cause = "the record has the number of another";
            status = JOURNAL_RECORD_MISPLACED;
        }
        if (status != JOURNAL_OK) {
            status = reader_found(&named, status, place.offset, at, &record, error);
            break;
        }
        segment_mark(segment, at, place.offset);
        if (at == sequence) {
            ret_point->sequence = sequence;
            ret_point->chain = record.record->checksum;
            ret_point->position.segment = segment->first;
            ret_point->position.offset = place.offset;
            break;
        }
        at++;
        place.offset += record.size;
    }
    record_window_release(&window);
    return status;
}

enum journal_status journal_locate(struct journal *journal, uint64_t sequence,
                                   struct journal_point *ret_point,
                                   struct journal_error *reterr_error)
{
    struct journal_segment *segment;
    struct stored_segment stored;
    enum journal_status status;
    struct file *file = NULL;

    check(sequence <= journal->last.sequence);
    if (sequence == journal->last.sequence) {
        *ret_point = journal->last;
        return JOURNAL_OK;
    }
    if (sequence == 0) {
        memset(ret_point, 0, sizeof(*ret_point));
        ret_point->chain = journal->segments[0].previous_chain;
        return JOURNAL_OK;
    }
    segment = segment_of(journal, sequence);
    TRY(segment_open(journal->directory, segment->first, journal->identity, &file, &stored,
                     reterr_error));
    status = locate_walk(journal, segment, file, sequence, ret_point, reterr_error);
    file_close(file);
    return status;
}

enum journal_status journal_point_verify(struct journal *journal, const struct journal_point *point,
                                         struct journal_error *reterr_error)
{
    struct journal_reader *reader = NULL;
    struct journal_point there;
    enum journal_status status;

    TRY(journal_reader_open_at(journal, point, &reader, reterr_error));
    check(reader != NULL);
    status = reader_start(reader, reterr_error);
    journal_reader_close(reader);
    if (status == JOURNAL_OK || status == JOURNAL_NO_MEMORY || status == JOURNAL_UNREADABLE) {
        return status;
    }
    /* Either the point is wrong or the journal is: the journal answers for itself. */
    TRY(journal_locate(journal, point->sequence, &there, reterr_error));
    return journal_error_set(reterr_error, JOURNAL_CHAIN_BROKEN, NULL, 0, point->sequence,
                             "the journal holds another record under this number");
}
