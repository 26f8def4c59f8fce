#include "base/arena.h"
#include "journal/journal_internal.h"

/* Opening and closing. */

static void options_check(const struct journal_options *options, const struct journal *journal)
{
    check(options->files != NULL && options->directory != NULL);
    check(journal->segment_size % JOURNAL_BLOCK == 0);
    check(journal->segment_size <= JOURNAL_SEGMENT_SIZE_MAX);
    check(journal->payload_max > 0 && journal->payload_max <= JOURNAL_PAYLOAD_MAX);
    check(JOURNAL_BLOCK + journal_record_size(journal->payload_max, FILE_ALIGNMENT_MAX) <=
          journal->segment_size);
}

static enum journal_status journal_new(const struct journal_options *options,
                                       struct journal **ret_journal,
                                       struct journal_error *reterr_error)
{
    const size_t path_size = strlen(options->directory) + 1;
    struct journal *journal = memory_allocate(sizeof(*journal));
    size_t record;

    if (journal == NULL) {
        return journal_error_set(reterr_error, JOURNAL_NO_MEMORY, NULL, 0, 0,
                                 "no memory for the journal");
    }
    memset(journal, 0, sizeof(*journal));
    journal->files = options->files;
    journal->read_only = options->read_only;
    journal->segment_size =
        options->segment_size == 0 ? JOURNAL_SEGMENT_DEFAULT : options->segment_size;
    journal->payload_max =
        options->payload_max == 0 ? JOURNAL_PAYLOAD_DEFAULT : options->payload_max;
    memcpy(journal->run, options->identity, sizeof(journal->run));
    options_check(options, journal);
    record = (size_t)journal_record_size(journal->payload_max, FILE_ALIGNMENT_MAX);
    journal->path = memory_allocate(path_size);
    journal->memory = memory_allocate(JOURNAL_BUFFERS * record + 2 * (size_t)JOURNAL_BLOCK +
                                      (size_t)FILE_ALIGNMENT_MAX);
    if (journal->path == NULL || journal->memory == NULL) {
        journal_close(journal);
        return journal_error_set(reterr_error, JOURNAL_NO_MEMORY, NULL, 0, 0,
                                 "no memory for the journal's buffers");
    }
    memcpy(journal->path, options->directory, path_size);
    for (unsigned i = 0; i < JOURNAL_BUFFERS; i++) {
        journal->buffers[i] = memory_align(journal->memory) + i * record;
    }
    journal->head_block = journal->buffers[0] + JOURNAL_BUFFERS * record;
    journal->block = journal->head_block + JOURNAL_BLOCK;
    *ret_journal = journal;
    return JOURNAL_OK;
}

static enum journal_status directory_take(struct journal *journal,
                                          struct journal_error *reterr_error)
{
    struct file_result result;
    int64_t pid = 0;

    result = directory_open(journal->files, journal->path, &journal->directory);
    if (result.status == OS_MISSING) {
        journal_error_call(reterr_error, result, JOURNAL_NOT_FOUND, NULL,
                           "there is no such directory");
        return reterr_error->status;
    }
    if (result.status != OS_OK) {
        return journal_error_call(reterr_error, result, JOURNAL_UNREADABLE, NULL,
                                  "opening the directory failed");
    }
    result = directory_lock(journal->directory, JOURNAL_LOCK_NAME, &pid);
    if (result.status == OS_FORBIDDEN && journal->read_only) {
        return JOURNAL_OK; /* a medium that nobody can write to needs no lock */
    }
    if (result.status == OS_IN_USE) {
        journal_error_set(reterr_error, JOURNAL_LOCKED, JOURNAL_LOCK_NAME, 0, 0,
                          pid > 0 ? "it holds the lock" : "somebody holds the lock");
        reterr_error->pid = pid;
        return JOURNAL_LOCKED;
    }
    if (result.status != OS_OK) {
        return journal_error_call(reterr_error, result, JOURNAL_UNREADABLE, JOURNAL_LOCK_NAME,
                                  "locking failed");
    }
    return JOURNAL_OK;
}

enum journal_status journal_open(const struct journal_options *options,
                                 struct journal **ret_journal,
                                 struct journal_recovery *ret_recovery,
                                 struct journal_error *reterr_error)
{
    struct journal_recovery recovery;
    struct journal *journal = NULL;
    enum journal_status status;

    memset(&recovery, 0, sizeof(recovery));
    TRY(journal_new(options, &journal, reterr_error));
    check(journal != NULL);
    status = directory_take(journal, reterr_error);
    if (status == JOURNAL_OK) {
        status = journal_recover(journal, options, &recovery, reterr_error);
    }
    if (status != JOURNAL_OK) {
        journal_close(journal);
        return status;
    }
    check(journal->phase == PHASE_READY && journal->segment_count > 0);
    *ret_journal = journal;
    *ret_recovery = recovery;
    return JOURNAL_OK;
}

void journal_close(struct journal *journal)
{
    if (journal == NULL) {
        return;
    }
    if (journal->phase == PHASE_SEALING && journal->seal_result.status == OS_OK) {
        /* Whoever began the seal did not wait for it and so has answered nothing. */
        const struct file_result result = file_write_end(journal->head);

        (void)result;
    }
    file_close(journal->head);
    file_close(journal->segment);
    directory_close(journal->directory);
    memory_free(journal->segments);
    memory_free(journal->memory);
    memory_free(journal->path);
    memory_free(journal);
}

struct journal_point journal_last(const struct journal *journal)
{
    return journal->last;
}

void journal_last_values(const struct journal *journal, uint64_t *ret_count, time_us *ret_time)
{
    *ret_count = journal->last_count;
    *ret_time = journal->last_time;
}

const uint8_t *journal_identity(const struct journal *journal)
{
    return journal->identity;
}

struct slice journal_label(const struct journal *journal)
{
    const char *label = (const char *)journal->label;

    return slice_of(label, strnlen(label, JOURNAL_LABEL_SIZE));
}

time_us journal_created(const struct journal *journal)
{
    return journal->created;
}

uint32_t journal_payload_max(const struct journal *journal)
{
    return journal->payload_max;
}

/* Writing. */

uint8_t *journal_payload(struct journal *journal, unsigned buffer)
{
    check(buffer < JOURNAL_BUFFERS);
    return journal->buffers[buffer] + sizeof(struct stored_record);
}

enum journal_status journal_fail(struct journal *journal, struct journal_error *error,
                                 struct file_result result, const char *name, uint64_t offset,
                                 const char *cause)
{
    journal->phase = PHASE_FAILED;
    journal_error_set(error, JOURNAL_FAILED, name, offset, 0, cause);
    error->number = result.number;
    return JOURNAL_FAILED;
}

/* Sees to it that a record with this payload fits into the segment. */
static enum journal_status room_make(struct journal *journal, uint32_t payload_size,
                                     struct journal_error *reterr_error)
{
    const struct journal_segment *segment = segment_last(journal);
    const uint64_t size = journal_record_size(payload_size, segment->alignment);

    if (journal->spare == SPARE_MAKING ||
        (journal->spare == SPARE_NONE && journal->end > segment->size / 4)) {
        if (journal->spare_retry > 0) {
            journal->spare_retry--;
        } else {
            const enum journal_status status = journal_prepare(journal);

            (void)status; /* it counts only when the segment is full */
        }
    }
    if (!journal->segment_due && size <= segment->size - journal->end) {
        return JOURNAL_OK;
    }
    return segment_begin(journal, reterr_error);
}

/* Puts the header before the payload and zeros behind it. Returns the size of all. */
static uint64_t record_build(struct journal *journal, const struct journal_entry *entry)
{
    uint8_t *const buffer = journal->buffers[entry->buffer];
    struct stored_record *record = (struct stored_record *)(void *)buffer;
    const uint64_t used = sizeof(*record) + entry->payload_size;
    const uint64_t size =
        journal_record_size(entry->payload_size, segment_last(journal)->alignment);

    memset(record, 0, sizeof(*record));
    record->magic = JOURNAL_RECORD_MAGIC;
    record->version = JOURNAL_FORMAT_VERSION;
    record->payload_size = entry->payload_size;
    record->sequence = journal->last.sequence + 1;
    record->time = entry->time;
    record->count = entry->count;
    memcpy(record->identity, journal->identity, JOURNAL_IDENTITY_SIZE);
    record->previous = journal->last.chain;
    stored_record_seal(record, buffer + sizeof(*record));
    memset(buffer + used, 0, (size_t)(size - used));
    return size;
}

/* A full disk may have taken a part of the record. Only when that is gone can it be said that
 * nothing has changed; a part that looks whole would be kept by the next start. */
static enum journal_status write_refused(struct journal *journal, struct file_result result,
                                         uint64_t size, struct journal_error *reterr_error)
{
    struct journal_error cleaning;
    char name[JOURNAL_NAME_SIZE];

    journal_name_write(name, SLICE(JOURNAL_SEGMENT_PREFIX), segment_last(journal)->first);
    if (result.status != OS_FULL ||
        segment_zero(journal->segment, name, journal->end, size, &cleaning) != JOURNAL_OK) {
        return journal_fail(journal, reterr_error, result, name, journal->end,
                            "writing a record failed");
    }
    return journal_error_call(reterr_error, result, JOURNAL_FAILED, name,
                              "writing a record failed");
}

enum journal_status journal_write(struct journal *journal, const struct journal_entry *entry,
                                  struct journal_point *ret_point,
                                  struct journal_error *reterr_error)
{
    const uint8_t *const buffer = journal->buffers[entry->buffer];
    const struct stored_record *record = (const struct stored_record *)(const void *)buffer;
    struct file_result result;
    uint64_t size;

    check(!journal->read_only && journal->last.sequence < JOURNAL_SEQUENCE_MAX);
    check(entry->payload_size > 0 && entry->payload_size <= journal->payload_max);
    if (journal->phase == PHASE_FAILED) {
        return journal_error_set(reterr_error, JOURNAL_FAILED, NULL, 0, 0,
                                 "an earlier write has failed");
    }
    check(journal->phase == PHASE_READY);
    TRY(room_make(journal, entry->payload_size, reterr_error));
    size = record_build(journal, entry);
    check(journal->end + size <= segment_last(journal)->size);
    result = file_write(journal->segment, journal->end, buffer, (size_t)size);
    if (result.status != OS_OK) {
        return write_refused(journal, result, size, reterr_error);
    }
    /* The record is durable. It may be answered when the head names it. */
    journal->written.sequence = record->sequence;
    journal->written.chain = record->checksum;
    journal->written.position.segment = segment_last(journal)->first;
    journal->written.position.offset = journal->end;
    journal->written_count = entry->count;
    journal->written_time = entry->time;
    journal->written_end = journal->end + size;
    journal->phase = PHASE_WRITTEN;
    if (ret_point != NULL) {
        *ret_point = journal->written;
    }
    return JOURNAL_OK;
}

void journal_head_fill(const struct journal *journal, const struct journal_point *point,
                       uint64_t count, time_us time, uint32_t slot, uint8_t *ret_block)
{
    struct stored_head head;

    memset(&head, 0, sizeof(head));
    head.magic = JOURNAL_HEAD_MAGIC;
    head.version = JOURNAL_FORMAT_VERSION;
    head.slot = slot;
    head.sequence = point->sequence;
    head.chain = point->chain;
    head.segment = point->position.segment;
    head.offset = point->position.offset;
    head.count = count;
    head.time = time;
    head.created = journal->created;
    memcpy(head.identity, journal->identity, JOURNAL_IDENTITY_SIZE);
    memcpy(head.label, journal->label, JOURNAL_LABEL_SIZE);
    stored_head_seal(&head);
    memset(ret_block, 0, JOURNAL_BLOCK);
    memcpy(ret_block, &head, sizeof(head));
}

/* Puts the slot for the record that was written into head_block; returns the slot's offset. */
static uint64_t seal_build(struct journal *journal)
{
    const uint32_t slot = (uint32_t)(journal->written.sequence % JOURNAL_HEAD_SLOTS);

    check(journal->phase == PHASE_WRITTEN);
    journal_head_fill(journal, &journal->written, journal->written_count, journal->written_time,
                      slot, journal->head_block);
    return (uint64_t)slot * JOURNAL_BLOCK;
}

void journal_seal_begin(struct journal *journal)
{
    const uint64_t offset = seal_build(journal);

    journal->seal_result =
        file_write_begin(journal->head, offset, journal->head_block, JOURNAL_BLOCK);
    journal->phase = PHASE_SEALING;
}

enum journal_status journal_seal_end(struct journal *journal, struct journal_error *reterr_error)
{
    struct file_result result;

    check(journal->phase == PHASE_WRITTEN || journal->phase == PHASE_SEALING);
    if (journal->phase == PHASE_WRITTEN) {
        const uint64_t offset = seal_build(journal);

        result = file_write(journal->head, offset, journal->head_block, JOURNAL_BLOCK);
    } else {
        result = journal->seal_result;
        if (result.status == OS_OK) {
            result = file_write_end(journal->head);
        }
    }
    if (result.status != OS_OK) {
        return journal_fail(journal, reterr_error, result, JOURNAL_HEAD_NAME,
                            journal->written.sequence % JOURNAL_HEAD_SLOTS * JOURNAL_BLOCK,
                            "writing the head failed");
    }
    /* From here on the record is answered. */
    journal->last = journal->written;
    journal->last_count = journal->written_count;
    journal->last_time = journal->written_time;
    journal->end = journal->written_end;
    journal->phase = PHASE_READY;
    segment_mark(segment_last(journal), journal->last.sequence, journal->last.position.offset);
    return JOURNAL_OK;
}

enum journal_status journal_append(struct journal *journal, const struct journal_entry *entry,
                                   struct journal_point *ret_point,
                                   struct journal_error *reterr_error)
{
    struct journal_point point;

    TRY(journal_write(journal, entry, &point, reterr_error));
    TRY(journal_seal_end(journal, reterr_error));
    if (ret_point != NULL) {
        *ret_point = point;
    }
    return JOURNAL_OK;
}
