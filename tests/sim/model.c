#include "model.h"

#include <stdlib.h>

static bool wrong(struct model *model, const char *what, uint64_t sequence)
{
    if (model->wrong[0] == '\0') {
        (void)snprintf(model->wrong, sizeof(model->wrong), "seed %llu, record %llu: %s",
                       (unsigned long long)model->seed, (unsigned long long)sequence, what);
    }
    return false;
}

static bool wrong_error(struct model *model, const struct journal_error *error)
{
    struct buffer buffer;

    buffer_init(&buffer);
    journal_error_write(error, false, &buffer);
    buffer_append_byte(&buffer, 0);
    (void)wrong(model, buffer.data, error->sequence);
    buffer_release(&buffer);
    return false;
}

void model_init(struct model *model, struct disk *disk, uint64_t seed)
{
    memset(model, 0, sizeof(*model));
    model->seed = seed;
    model->random = seed ^ 0x5eedULL;
    model->options.files = disk_files(disk);
    model->options.directory = "data";
    model->options.create = true;
    model->options.payload_max = (uint32_t)disk_random(&model->random, 3) * 3000 + 900;
    model->options.segment_size =
        12288 + 4096 * (disk_random(&model->random, 8) + model->options.payload_max / 4096);
    model->options.now = (time_us)seed;
    memcpy(model->options.label, "CNY", 3);
}

/* The values of a record follow from its nonce. */

static void payload_fill(uint64_t nonce, uint8_t *payload, uint32_t size)
{
    uint64_t state = nonce;

    for (uint32_t i = 0; i < size; i++) {
        /* Now and then a stretch of zeros, as real payloads have. */
        payload[i] = (i / 300) % 2 == 1 ? 0 : (uint8_t)disk_random(&state, 256);
    }
}

static uint32_t payload_size(uint64_t nonce)
{
    return (uint32_t)(nonce >> 32);
}

static bool record_fits(const struct journal_record *record, uint64_t nonce)
{
    uint8_t expected[16384];

    if (record->payload.size != payload_size(nonce) || record->time != (time_us)(nonce & 0xffff) ||
        record->count != (nonce & 0xffffff)) {
        return false;
    }
    check(record->payload.size <= sizeof(expected));
    payload_fill(nonce, expected, payload_size(nonce));
    return memcmp(record->payload.data, expected, record->payload.size) == 0;
}

enum journal_status model_append(struct model *model, struct journal *journal, uint32_t size)
{
    const uint32_t max = model->options.payload_max;
    const uint64_t sequence = model->answered + 1;
    struct journal_entry entry = {0};
    uint64_t nonce;
    struct journal_point point = {0};
    struct journal_error error;
    enum journal_status status;

    if (size == 0) {
        size =
            (uint32_t)disk_random(&model->random, disk_random(&model->random, 4) == 0 ? max : 600);
        size = size == 0 ? 1 : size > max ? max : size;
    }
    check(sequence <= MODEL_RECORDS_MAX);
    nonce = (uint64_t)size << 32 | disk_random(&model->random, UINT32_MAX);
    if (!model->failed) {
        model->nonce[sequence] = nonce; /* else the one that is underway stays */
    }
    entry.buffer = (unsigned)sequence % JOURNAL_BUFFERS;
    payload_fill(nonce, journal_payload(journal, entry.buffer), size);
    entry.payload_size = size;
    entry.time = (time_us)(nonce & 0xffff);
    entry.count = nonce & 0xffffff;
    if (disk_random(&model->random, 2) == 0) {
        status = journal_append(journal, &entry, &point, &error);
    } else {
        status = journal_write(journal, &entry, &point, &error);
        if (status == JOURNAL_OK) {
            if (disk_random(&model->random, 2) == 0) {
                journal_seal_begin(journal);
            }
            status = journal_seal_end(journal, &error);
        }
    }
    if (status == JOURNAL_OK) {
        model->answered = sequence;
        if (point.sequence != sequence || journal_last(journal).sequence != sequence) {
            (void)wrong(model, "the record got another number", sequence);
        }
    } else if (!journal_status_again(status)) {
        model->underway = true;
        model->failed = true;
    }
    return status;
}

/* Snapshots hold a number of bytes that follow from where they stand. */

static uint32_t snapshot_size(uint64_t sequence)
{
    static const uint32_t sizes[] = {0, 1, 3968, 3969, 9000, 20000};

    return sizes[sequence % (sizeof(sizes) / sizeof(sizes[0]))];
}

enum journal_status model_snapshot(struct model *model, struct journal *journal)
{
    const uint64_t sequence = journal_last(journal).sequence;
    const uint32_t size = snapshot_size(sequence);
    struct snapshot_writer *writer = NULL;
    struct journal_error error;
    enum journal_status status;
    static uint8_t bytes[20000];

    if (model->snapshot_count == MODEL_SNAPSHOTS_MAX ||
        (model->snapshot_count > 0 && model->snapshots[model->snapshot_count - 1] == sequence)) {
        return JOURNAL_OK;
    }
    payload_fill(sequence, bytes, size);
    status = snapshot_writer_open(journal, 4096, &writer, &error);
    if (status != JOURNAL_OK) {
        return status;
    }
    status = snapshot_writer_add(writer, bytes, size / 2, &error);
    if (status == JOURNAL_OK) {
        status = snapshot_writer_add(writer, bytes + size / 2, size - size / 2, &error);
    }
    if (status == JOURNAL_OK && disk_random(&model->random, 8) == 0) {
        snapshot_writer_abandon(writer);
        return JOURNAL_OK;
    }
    if (status == JOURNAL_OK) {
        status = snapshot_writer_finish(writer, SNAPSHOT_KEEP_DEFAULT, &error);
    } else {
        snapshot_writer_abandon(writer);
    }
    if (status == JOURNAL_OK) {
        model->snapshots[model->snapshot_count++] = sequence;
    }
    return status;
}

static bool snapshot_compare(struct model *model, struct journal *journal, uint64_t sequence)
{
    struct snapshot_reader *reader = NULL;
    struct journal_point point;
    struct journal_error error;
    const uint32_t size = snapshot_size(sequence);
    static uint8_t expected[20000];
    static uint8_t bytes[20000];

    if (snapshot_reader_open(journal, sequence, &reader, &point, &error) != JOURNAL_OK) {
        return wrong_error(model, &error);
    }
    payload_fill(sequence, expected, size);
    if (snapshot_reader_size(reader) != size || point.sequence != sequence ||
        snapshot_reader_read(reader, bytes, size / 3, &error) != JOURNAL_OK ||
        snapshot_reader_read(reader, bytes + size / 3, size - size / 3, &error) != JOURNAL_OK ||
        snapshot_reader_end(reader, &error) != JOURNAL_OK || memcmp(bytes, expected, size) != 0) {
        snapshot_reader_close(reader);
        return wrong(model, "the snapshot holds something else", sequence);
    }
    snapshot_reader_close(reader);
    return true;
}

static bool snapshots_verify(struct model *model, struct journal *journal)
{
    uint64_t sequences[SNAPSHOT_LIST_MAX];
    struct journal_error error;
    unsigned count = 0;

    if (snapshot_list(journal, sequences, &count, &error) != JOURNAL_OK) {
        return wrong_error(model, &error);
    }
    for (unsigned i = 0; i < count; i++) {
        if (i > 0 && sequences[i] >= sequences[i - 1]) {
            return wrong(model, "the snapshots are not in order", sequences[i]);
        }
        if (!snapshot_compare(model, journal, sequences[i])) {
            return false;
        }
    }
    /* A finished one is there, or has been pushed out by as many newer ones as are kept. */
    for (unsigned i = 0; i < model->snapshot_count; i++) {
        unsigned newer = 0;
        bool there = false;

        for (unsigned j = 0; j < count; j++) {
            newer += sequences[j] > model->snapshots[i];
            there = there || sequences[j] == model->snapshots[i];
        }
        if (!there && newer < SNAPSHOT_KEEP_DEFAULT) {
            return wrong(model, "a finished snapshot is gone", model->snapshots[i]);
        }
    }
    return true;
}

static bool places_verify(struct model *model, struct journal *journal,
                          struct journal_reader *reader)
{
    const uint64_t last = journal_last(journal).sequence;

    for (unsigned i = 0; i < 3 && last > 0; i++) {
        const uint64_t sequence = disk_random(&model->random, last) + 1;
        struct journal_record record;
        struct journal_point point;
        struct journal_error error;

        if (journal_locate(journal, sequence, &point, &error) != JOURNAL_OK ||
            journal_reader_get(reader, sequence, point.position, &record, &error) != JOURNAL_OK) {
            return wrong_error(model, &error);
        }
        if (!record_fits(&record, model->nonce[sequence]) ||
            !hash128_equal(record.chain, point.chain)) {
            return wrong(model, "another record is found by its number", sequence);
        }
        journal_reader_seek(reader, &point);
        if (sequence < last && (journal_reader_next(reader, &record, &error) != JOURNAL_OK ||
                                record.sequence != sequence + 1)) {
            return wrong(model, "reading does not go on behind a place", sequence);
        }
    }
    return true;
}

static bool records_verify(struct model *model, struct journal *journal)
{
    const uint64_t last = journal_last(journal).sequence;
    struct journal_reader *reader = NULL;
    struct journal_error error = {0};
    enum journal_status status;
    uint64_t sequence = 0;
    bool good = true;

    status = journal_reader_open(journal, 1, &reader, &error);
    while (status == JOURNAL_OK && good) {
        struct journal_record record;

        status = journal_reader_next(reader, &record, &error);
        if (status != JOURNAL_OK) {
            break;
        }
        sequence++;
        if (record.sequence != sequence || !record_fits(&record, model->nonce[sequence])) {
            good = wrong(model, "the record holds something else", sequence);
        }
    }
    if (good && status != JOURNAL_END) {
        good = wrong_error(model, &error);
    }
    if (good && sequence != last) {
        good = wrong(model, "reading ended before the last record", sequence);
    }
    good = good && places_verify(model, journal, reader);
    journal_reader_close(reader);
    return good;
}

bool model_verify(struct model *model, struct disk *disk, struct journal *journal)
{
    bool good;

    disk_truce(disk, true);
    good = records_verify(model, journal) && snapshots_verify(model, journal);
    disk_truce(disk, false);
    return good;
}

bool model_open(struct model *model, struct disk *disk, struct journal **ret_journal,
                enum journal_status *ret_status)
{
    struct journal_recovery recovery;
    struct journal_error error;
    struct journal *journal = NULL;
    uint64_t last;

    model->options.files = disk_files(disk);
    model->opens++;
    memcpy(model->options.identity, &model->seed, sizeof(model->seed));
    memcpy(model->options.identity + 8, &model->opens, sizeof(model->opens));
    *ret_status = journal_open(&model->options, &journal, &recovery, &error);
    if (*ret_status != JOURNAL_OK) {
        /* Nothing but a fault of the disk can be the cause; damage is none. */
        if (*ret_status > JOURNAL_FAILED || *ret_status == JOURNAL_NOT_FOUND ||
            *ret_status == JOURNAL_LOCKED) {
            return wrong_error(model, &error);
        }
        return true;
    }
    last = journal_last(journal).sequence;
    if (last < model->answered) {
        journal_close(journal);
        return wrong(model, "an answered record is gone", model->answered);
    }
    if (last > model->answered + (model->underway ? 1 : 0)) {
        journal_close(journal);
        return wrong(model, "a record is there that was refused or never written", last);
    }
    model->answered = last;
    model->underway = false;
    model->failed = false;
    *ret_journal = journal;
    return true;
}

bool model_step(struct model *model, struct journal *journal)
{
    const uint64_t dice = disk_random(&model->random, 40);

    if (dice == 0) {
        const enum journal_status status = model_snapshot(model, journal);

        (void)status;
    } else if (dice == 1 && !model->failed) {
        const enum journal_status status = journal_prepare(journal);

        (void)status;
    } else if (model->answered < MODEL_RECORDS_MAX) {
        const bool failed = model->failed;
        const uint64_t answered = model->answered;
        const enum journal_status status = model_append(model, journal, 0);

        if (failed && (status != JOURNAL_FAILED || model->answered != answered)) {
            return wrong(model, "the journal went on after a failed write", answered + 1);
        }
    }
    return model->wrong[0] == '\0';
}

void model_ended(struct model *model)
{
    model->failed = false;
}
