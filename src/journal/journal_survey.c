/* Recovery: from whatever a crash left to a journal that can be written to, or a refusal that names
 * what is wrong. First look at everything and decide, which is
 * this file; only then change anything, which is journal_recover.c.
 *
 * What a crash can leave, and nothing else. Let k be the last answered record.
 *   - The head's two slots name k - 1 and k; or, after a crash while a slot was being written, one
 *     of them is damaged, and then record k + 1, which the damaged slot was to name, is durable,
 *     because its write had ended before.
 *   - Behind record k stands nothing; or record k + 1, complete, which may be kept: it was not
 *     answered, but nobody was told that it failed; or parts of record k + 1, which never was
 *     answered because the head was not yet begun, and which go.
 *   - The place behind record k is the rest of its segment, or all of the next segment, which then
 *     begins with k + 1.
 *   - Files that were not finished, which go.
 * So a damaged slot without a whole record k + 1, a slot older than that, anything behind record
 * k + 1, or bytes behind k that hold a record of another number are no traces of a crash. */
#include "journal/journal_survey.h"
#include "base/arena.h"

enum journal_status recovery_found(struct recovery *recovery, enum journal_status status,
                                   const char *name, uint64_t offset, uint64_t sequence,
                                   const char *cause)
{
    return journal_error_set(recovery->error, status, name, offset, sequence, cause);
}

void segment_name(char ret_name[JOURNAL_NAME_SIZE], uint64_t first)
{
    journal_name_write(ret_name, SLICE(JOURNAL_SEGMENT_PREFIX), first);
}

/* The names. */

static enum journal_status firsts_add(struct recovery *recovery, uint64_t first)
{
    if (recovery->first_count == recovery->first_capacity) {
        const uint32_t capacity = recovery->first_capacity == 0 ? 64 : 2 * recovery->first_capacity;
        uint64_t *firsts = memory_resize(recovery->firsts, capacity * sizeof(*firsts));

        if (firsts == NULL) {
            return recovery_found(recovery, JOURNAL_NO_MEMORY, NULL, 0, 0,
                                  "no memory for the list of segments");
        }
        recovery->firsts = firsts;
        recovery->first_capacity = capacity;
    }
    recovery->firsts[recovery->first_count++] = first;
    return JOURNAL_OK;
}

static int firsts_compare(const void *a, const void *b)
{
    const uint64_t first = *(const uint64_t *)a;
    const uint64_t second = *(const uint64_t *)b;

    return first < second ? -1 : first > second;
}

static enum journal_status names_read(struct recovery *recovery)
{
    char text[FILE_NAME_MAX + 1];
    bool end = false;

    for (bool first = true;; first = false) {
        const struct file_result result =
            directory_next(recovery->journal->directory, first, text, &end);
        const struct slice name = slice_from_cstr(end ? "" : text);
        uint64_t sequence;

        if (result.status != OS_OK) {
            return journal_error_call(recovery->error, result, JOURNAL_UNREADABLE, NULL,
                                      "reading the directory failed");
        }
        if (end) {
            break;
        }
        if (slice_equal(name, SLICE(JOURNAL_HEAD_NAME))) {
            recovery->head_there = true;
        } else if (journal_name_parse(name, SLICE(JOURNAL_SEGMENT_PREFIX), &sequence)) {
            TRY(firsts_add(recovery, sequence));
        } else if (journal_name_parse(name, SLICE(SNAPSHOT_PREFIX), &sequence)) {
            if (recovery->snapshot_count++ == 0 || sequence > recovery->snapshot_last) {
                recovery->snapshot_last = sequence;
            }
        }
    }
    if (recovery->first_count > 1) {
        qsort(recovery->firsts, recovery->first_count, sizeof(*recovery->firsts), firsts_compare);
    }
    return JOURNAL_OK;
}

/* The head. */

static enum journal_status head_read(struct recovery *recovery)
{
    uint8_t blocks[JOURNAL_HEAD_SIZE];
    struct file_result result;
    uint64_t size = 0;
    struct file *file;
    size_t got = 0;

    result = file_open(recovery->journal->directory, JOURNAL_HEAD_NAME, FILE_READ, &file);
    if (result.status == OS_OK) {
        result = file_size(file, &size);
        if (result.status == OS_OK) {
            result = file_read(file, 0, blocks, sizeof(blocks), &got);
        }
        file_close(file);
    }
    if (result.status != OS_OK) {
        return journal_error_call(recovery->error, result, JOURNAL_UNREADABLE, JOURNAL_HEAD_NAME,
                                  "reading failed");
    }
    if (got != sizeof(blocks) || size != sizeof(blocks)) {
        return recovery_found(recovery, JOURNAL_HEAD_DAMAGED, JOURNAL_HEAD_NAME, got, 0,
                              "the file has another size than a head");
    }
    for (uint32_t i = 0; i < JOURNAL_HEAD_SLOTS; i++) {
        const uint8_t *block = blocks + (size_t)i * JOURNAL_BLOCK;
        const enum journal_status status = stored_head_validate(block, i, &recovery->slot_cause[i]);

        if (status == JOURNAL_VERSION) {
            return recovery_found(recovery, status, JOURNAL_HEAD_NAME, (uint64_t)i * JOURNAL_BLOCK,
                                  0, recovery->slot_cause[i]);
        }
        recovery->slot_good[i] = status == JOURNAL_OK;
        memcpy(&recovery->slots[i], block, sizeof(recovery->slots[i]));
    }
    return JOURNAL_OK;
}

static enum journal_status slot_found(struct recovery *recovery, uint32_t slot, const char *cause)
{
    return recovery_found(recovery, JOURNAL_HEAD_DAMAGED, JOURNAL_HEAD_NAME,
                          (uint64_t)slot * JOURNAL_BLOCK, 0, cause);
}

/* A damaged slot that no crash explains. */
static enum journal_status slot_unexplained(struct recovery *recovery)
{
    return slot_found(recovery, recovery->slot_damaged,
                      recovery->slot_cause[recovery->slot_damaged]);
}

/* Which record was answered last, by the head. */
static enum journal_status head_judge(struct recovery *recovery)
{
    const struct stored_head *slots = recovery->slots;

    if (!recovery->slot_good[0] && !recovery->slot_good[1]) {
        return slot_found(recovery, 0, recovery->slot_cause[0]);
    }
    if (recovery->slot_good[0] && recovery->slot_good[1]) {
        const uint32_t newer = slots[1].sequence > slots[0].sequence;

        if (memcmp(slots[0].identity, slots[1].identity, JOURNAL_IDENTITY_SIZE) != 0 ||
            memcmp(slots[0].label, slots[1].label, JOURNAL_LABEL_SIZE) != 0 ||
            slots[0].created != slots[1].created) {
            return slot_found(recovery, 1, "the slots belong to different journals");
        }
        if (slots[newer].sequence != 0 && slots[newer].sequence != slots[1 - newer].sequence + 1) {
            return slot_found(recovery, 1 - newer, "the slot is older than the other allows");
        }
        recovery->answered = slots[newer];
        return JOURNAL_OK;
    }
    recovery->slot_damaged = recovery->slot_good[0] ? 1 : 0;
    recovery->answered = slots[1 - recovery->slot_damaged];
    if ((recovery->answered.sequence + 1) % JOURNAL_HEAD_SLOTS != recovery->slot_damaged) {
        return slot_unexplained(recovery);
    }
    recovery->tail_required = true;
    return JOURNAL_OK;
}

static enum journal_status identity_take(struct recovery *recovery)
{
    struct journal *journal = recovery->journal;

    memcpy(journal->identity, recovery->answered.identity, JOURNAL_IDENTITY_SIZE);
    memcpy(journal->label, recovery->answered.label, JOURNAL_LABEL_SIZE);
    journal->created = recovery->answered.created;
    if (!bytes_zero((const uint8_t *)recovery->options->label, JOURNAL_LABEL_SIZE) &&
        memcmp(journal->label, recovery->options->label, JOURNAL_LABEL_SIZE) != 0) {
        return recovery_found(recovery, JOURNAL_FOREIGN, JOURNAL_HEAD_NAME, 0, 0,
                              "the journal has another label than the one asked for");
    }
    if (recovery->answered.sequence == 0 &&
        !hash128_equal(recovery->answered.chain,
                       journal_genesis(journal->identity, journal->label, journal->created))) {
        return slot_found(recovery, 0, "the chain does not begin with the identity");
    }
    return JOURNAL_OK;
}

/* The segments. */

/* One segment after another continues the one before, and none is missing in between. */
static enum journal_status segments_read(struct recovery *recovery)
{
    struct journal *journal = recovery->journal;
    uint64_t previous = 0;

    for (uint32_t i = 0; i < recovery->first_count; i++) {
        char name[JOURNAL_NAME_SIZE];
        struct stored_segment segment;
        struct file *file = NULL;

        segment_name(name, recovery->firsts[i]);
        TRY(segment_open(journal->directory, recovery->firsts[i], journal->identity, &file,
                         &segment, recovery->error));
        file_close(file);
        if (segment.previous != previous) {
            segment_name(name, segment.previous);
            return recovery_found(recovery, JOURNAL_SEGMENT_MISSING, name, 0, segment.previous,
                                  "the segment behind it is there");
        }
        if (memcmp(segment.label, journal->label, JOURNAL_LABEL_SIZE) != 0 ||
            segment.created != journal->created) {
            return recovery_found(recovery, JOURNAL_FOREIGN, name, 0, 0,
                                  "the segment has another label or time of creation");
        }
        previous = segment.first;
        TRY(segment_reserve(journal, recovery->error));
        segment_remember(journal, &segment);
    }
    return JOURNAL_OK;
}

/* Opens the segment of the answered record and verifies that record. */
static enum journal_status answered_read(struct recovery *recovery)
{
    const struct stored_head *answered = &recovery->answered;
    const struct stored_head *older = &recovery->slots[1 - answered->slot];
    struct journal *journal = recovery->journal;
    struct record_place place;
    struct record_found record;
    enum journal_status status;
    char name[JOURNAL_NAME_SIZE];

    segment_name(name, answered->segment);
    TRY(segment_open(journal->directory, answered->segment, journal->identity,
                     &recovery->answered_file, &recovery->answered_segment, recovery->error));
    record_window_reset(&recovery->window, recovery->answered_file);
    place = (struct record_place){answered->offset, recovery->answered_segment.size,
                                  recovery->answered_segment.alignment, 0};
    if (answered->offset % place.alignment != 0) {
        return slot_found(recovery, answered->slot, "the position is not one of a record");
    }
    status = record_load(&recovery->window, &place, journal->identity, &record);
    if (status == JOURNAL_OK && record.record->sequence != answered->sequence) {
        status = JOURNAL_RECORD_MISPLACED;
        record.cause = "the record has another number than the head says";
    } else if (status == JOURNAL_OK && !hash128_equal(record.record->checksum, answered->chain)) {
        status = JOURNAL_CHAIN_BROKEN;
        record.cause = "the record is not the one that the head names";
    } else if (status == JOURNAL_OK && !recovery->tail_required &&
               !hash128_equal(record.record->previous, older->chain)) {
        status = JOURNAL_CHAIN_BROKEN;
        record.cause = "the record does not follow the one in the other slot of the head";
    }
    if (status != JOURNAL_OK) {
        recovery_found(recovery, status, name, answered->offset, answered->sequence, record.cause);
        recovery->error->number = record.number;
        return status;
    }
    recovery->answered_end = answered->offset + record.size;
    return JOURNAL_OK;
}

/* Finds the place behind the answered record: the rest of its segment, or the segment after. */
static enum journal_status tail_find(struct recovery *recovery)
{
    const struct stored_head *answered = &recovery->answered;
    struct journal *journal = recovery->journal;
    const struct journal_segment *last = segment_last(journal);
    char name[JOURNAL_NAME_SIZE];

    segment_name(name, last->first);
    if (last->first > answered->sequence + 1) {
        REQUIRE(!recovery->tail_required, slot_unexplained(recovery));
        return recovery_found(recovery, JOURNAL_HEAD_STALE, name, 0, answered->sequence,
                              "the segment begins beyond the record that the head names");
    }
    if (answered->sequence > 0) {
        TRY(answered_read(recovery));
        check(last->first >= answered->segment); /* answered_read found it */
        if (last->first == answered->segment) {
            recovery->tail_file = recovery->answered_file;
            recovery->tail_segment = recovery->answered_segment;
            recovery->tail_offset = recovery->answered_end;
            return JOURNAL_OK;
        }
    }
    if (last->first != answered->sequence + 1) {
        return recovery_found(recovery, JOURNAL_HEAD_STALE, name, 0, answered->sequence,
                              "the segment begins before the end of the one that the head names");
    }
    TRY(segment_open(journal->directory, last->first, journal->identity, &recovery->tail_file,
                     &recovery->tail_segment, recovery->error));
    recovery->tail_offset = JOURNAL_BLOCK;
    if (!hash128_equal(recovery->tail_segment.previous_chain, answered->chain) ||
        recovery->tail_segment.previous != answered->segment ||
        recovery->tail_segment.previous_end != recovery->answered_end) {
        return recovery_found(recovery, JOURNAL_CHAIN_BROKEN, name, 0, answered->sequence + 1,
                              "the segment does not continue the record that the head names");
    }
    return JOURNAL_OK;
}

/* What stands behind the answered record. */

static enum journal_status tail_call(struct recovery *recovery, enum journal_status status,
                                     const struct record_found *record)
{
    char name[JOURNAL_NAME_SIZE];

    segment_name(name, recovery->tail_segment.first);
    recovery_found(recovery, status, name, recovery->tail_offset, 0, record->cause);
    recovery->error->number = record->number;
    return status;
}

static enum journal_status tail_found(struct recovery *recovery, enum journal_status status,
                                      uint64_t offset, const char *cause)
{
    char name[JOURNAL_NAME_SIZE];

    REQUIRE(!recovery->tail_required, slot_unexplained(recovery));
    segment_name(name, recovery->tail_segment.first);
    return recovery_found(recovery, status, name, offset, recovery->answered.sequence + 1, cause);
}

/* When the next segment has been begun, nothing may stand in the rest of the one before. */
static enum journal_status rest_verify(struct recovery *recovery)
{
    struct record_found record = {0};
    enum journal_status status;
    char name[JOURNAL_NAME_SIZE];
    uint64_t first;
    uint64_t last;

    if (recovery->answered_file == NULL || recovery->answered_file == recovery->tail_file) {
        return JOURNAL_OK;
    }
    segment_name(name, recovery->answered_segment.first);
    record_window_reset(&recovery->window, recovery->answered_file);
    status = record_window_nonzero(&recovery->window, recovery->answered_end,
                                   recovery->answered_segment.size, &first, &last, &record);
    if (status != JOURNAL_OK) {
        recovery_found(recovery, status, name, recovery->answered_end, 0, record.cause);
        recovery->error->number = record.number;
        return status;
    }
    if (first != recovery->answered_segment.size) {
        return recovery_found(recovery, JOURNAL_TAIL_DIRTY, name, first, 0,
                              "the segment after it has been begun, so there can be zeros only");
    }
    return JOURNAL_OK;
}

/* Keeps a copy of the record just loaded into the window. */
static enum journal_status keep_copy(struct recovery *recovery, const struct record_found *record)
{
    recovery->keep_size = record->size;
    recovery->keep_memory = memory_allocate((size_t)record->size + FILE_ALIGNMENT_MAX);
    if (recovery->keep_memory == NULL) {
        return recovery_found(recovery, JOURNAL_NO_MEMORY, NULL, 0, 0,
                              "no memory for the last record");
    }
    recovery->keep_bytes = memory_align(recovery->keep_memory);
    memcpy(recovery->keep_bytes, record->record, (size_t)record->size);
    recovery->keep = true;
    return JOURNAL_OK;
}

/* Whether this may be the header of the record that was torn: the next one, in the next place, and
 * nothing beyond its end. */
static bool torn_itself(const struct recovery *recovery, const struct stored_record *record,
                        uint64_t at, uint64_t size, uint64_t last)
{
    return at == recovery->tail_offset && last < at + size &&
           record->sequence == recovery->answered.sequence + 1 &&
           hash128_equal(record->previous, recovery->answered.chain) &&
           memcmp(record->identity, recovery->journal->identity, JOURNAL_IDENTITY_SIZE) == 0;
}

/* In a torn record no header can stand but its own, at its beginning. One that does says that more
 * was written after the record that the head names, or that a write went astray. */
static enum journal_status torn_search(struct recovery *recovery, uint64_t last)
{
    const uint64_t alignment = recovery->tail_segment.alignment;
    uint64_t astray = 0;

    for (uint64_t at = recovery->tail_offset; at <= last; at += alignment) {
        const struct record_place place = {at, recovery->tail_segment.size, (uint32_t)alignment,
                                           JOURNAL_READ_AHEAD};
        struct record_found record;
        const enum journal_status status =
            record_header_load(&recovery->window, &place, NULL, &record);

        if (status == JOURNAL_UNREADABLE || status == JOURNAL_NO_MEMORY) {
            return tail_call(recovery, status, &record);
        }
        if (status != JOURNAL_OK) {
            continue;
        }
        if (record.record->sequence > recovery->answered.sequence + 1 &&
            memcmp(record.record->identity, recovery->journal->identity, JOURNAL_IDENTITY_SIZE) ==
                0) {
            return tail_found(recovery, JOURNAL_HEAD_STALE, at,
                              "a later record stands behind the one that the head names");
        }
        if (astray == 0 && !torn_itself(recovery, record.record, at, record.size, last)) {
            astray = at;
        }
    }
    return astray == 0 ? JOURNAL_OK
                       : tail_found(recovery, JOURNAL_TAIL_DIRTY, astray,
                                    "a record that is not the next one stands behind the last one");
}

static enum journal_status tail_judge(struct recovery *recovery)
{
    const struct stored_segment *segment = &recovery->tail_segment;
    const struct stored_head *answered = &recovery->answered;
    const struct record_place place = {recovery->tail_offset, segment->size, segment->alignment, 0};
    struct record_found record = {0};
    enum journal_status status;
    uint64_t first;
    uint64_t last;

    TRY(rest_verify(recovery));
    record_window_reset(&recovery->window, recovery->tail_file);
    status = record_load(&recovery->window, &place, recovery->journal->identity, &record);
    if (status == JOURNAL_UNREADABLE || status == JOURNAL_NO_MEMORY) {
        return tail_call(recovery, status, &record);
    }
    if (status == JOURNAL_OK && record.record->sequence == answered->sequence + 1 &&
        hash128_equal(record.record->previous, answered->chain)) {
        TRY(keep_copy(recovery, &record));
    }
    status = record_window_nonzero(&recovery->window, place.offset + recovery->keep_size,
                                   segment->size, &first, &last, &record);
    if (status != JOURNAL_OK) {
        return tail_call(recovery, status, &record);
    }
    if (recovery->keep) {
        return first == segment->size
                   ? JOURNAL_OK
                   : tail_found(recovery, JOURNAL_HEAD_STALE, first,
                                "more than one record stands behind the one that the head names");
    }
    REQUIRE(!recovery->tail_required, slot_unexplained(recovery));
    if (first == segment->size) {
        return JOURNAL_OK;
    }
    TRY(torn_search(recovery, last));
    recovery->torn_size =
        (last - place.offset) / segment->alignment * segment->alignment + segment->alignment;
    return JOURNAL_OK;
}

/* A snapshot is taken of answered records only, so the journal cannot end before it. */
static enum journal_status snapshots_judge(struct recovery *recovery)
{
    const uint64_t last = recovery->answered.sequence + (recovery->tail_required ? 1 : 0);
    char name[JOURNAL_NAME_SIZE];

    if (recovery->snapshot_count > 0 && recovery->snapshot_last > last) {
        journal_name_write(name, SLICE(SNAPSHOT_PREFIX), recovery->snapshot_last);
        return recovery_found(recovery, JOURNAL_SNAPSHOT_AHEAD, name, 0, last + 1,
                              "the journal has lost answered records");
    }
    return JOURNAL_OK;
}

/* The parts in their order. */

enum journal_status recovery_survey(struct recovery *recovery)
{
    char name[JOURNAL_NAME_SIZE];

    TRY(names_read(recovery));
    if (!recovery->head_there) {
        if (recovery->first_count > 0 || recovery->snapshot_count > 0) {
            return recovery_found(recovery, JOURNAL_HEAD_MISSING, JOURNAL_HEAD_NAME, 0, 0,
                                  "there is no such file");
        }
        return recovery->options->create && !recovery->options->read_only
                   ? JOURNAL_OK
                   : recovery_found(recovery, JOURNAL_NOT_FOUND, NULL, 0, 0,
                                    "the directory holds neither head nor segment");
    }
    TRY(head_read(recovery));
    TRY(head_judge(recovery));
    TRY(identity_take(recovery));
    if (recovery->first_count == 0) {
        if (recovery->answered.sequence == 0 && !recovery->tail_required) {
            TRY(snapshots_judge(recovery));
            return recovery->options->read_only
                       ? recovery_found(recovery, JOURNAL_NOT_FOUND, NULL, 0, 0,
                                        "the journal was begun but not finished")
                       : JOURNAL_OK;
        }
        segment_name(name, recovery->answered.segment);
        return recovery_found(recovery, JOURNAL_SEGMENT_MISSING, name, 0,
                              recovery->answered.sequence, "there is no segment at all");
    }
    TRY(segments_read(recovery));
    TRY(tail_find(recovery));
    TRY(tail_judge(recovery));
    return snapshots_judge(recovery);
}

void recovery_release(struct recovery *recovery)
{
    if (recovery->tail_file != recovery->answered_file) {
        file_close(recovery->tail_file);
    }
    file_close(recovery->answered_file);
    record_window_release(&recovery->window);
    memory_free(recovery->keep_memory);
    memory_free(recovery->firsts);
}
