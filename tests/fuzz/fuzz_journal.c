/* A journal with any bytes changed, and the checksums put right again where the input says so: it
 * opens or is refused with a cause, and nothing is read beyond its place. Where no checksum was put
 * right, no record is ever read that was not written.
 *
 * An input is a byte of flags (1: put the checksums right) and then patches: a byte for the file,
 * two for the offset, one for the size, and the bytes. */
#include "journal/journal_format.h"
#include "journal/journal_reader.h"
#include "journal/snapshot.h"
#include "sim/disk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { RECORDS = 6, PAYLOAD_MAX = 3000, SEGMENT_SIZE = 8192 };

static const char *const files[] = {"journal-head", "journal-0000000000000001",
                                    "journal-0000000000000005", "snapshot-0000000000000005"};
enum { FILES = sizeof(files) / sizeof(files[0]) };

static struct disk *base;
static struct journal_position positions[RECORDS + 1];
static uint32_t sizes[RECORDS + 1];

static void options_fill(struct disk *disk, struct journal_options *ret_options)
{
    memset(ret_options, 0, sizeof(*ret_options));
    ret_options->files = disk_files(disk);
    ret_options->directory = "data";
    ret_options->create = true;
    ret_options->segment_size = SEGMENT_SIZE;
    ret_options->payload_max = PAYLOAD_MAX;
    memcpy(ret_options->identity, "fuzzfuzzfuzzfuzz", JOURNAL_IDENTITY_SIZE);
}

static enum journal_status append(struct journal *journal, uint32_t size,
                                  struct journal_point *ret_point)
{
    const struct journal_entry entry = {.payload_size = size, .count = size};
    struct journal_error error;

    memset(journal_payload(journal, 0), (int)(size & 0xff), size);
    return journal_append(journal, &entry, ret_point, &error);
}

static void base_make(void)
{
    const struct disk_options options = {.seed = 1};
    struct snapshot_writer *writer = NULL;
    struct journal_options journal_options;
    struct journal_recovery recovery;
    struct journal *journal = NULL;
    struct journal_error error;
    uint8_t state[5000];

    base = disk_new(&options);
    options_fill(base, &journal_options);
    check(journal_open(&journal_options, &journal, &recovery, &error) == JOURNAL_OK);
    for (uint32_t i = 1; i <= RECORDS; i++) {
        struct journal_point point;

        sizes[i] = i <= 3 ? 700 : 100 * i;
        check(append(journal, sizes[i], &point) == JOURNAL_OK);
        positions[i] = point.position;
        if (i == 5) {
            memset(state, 7, sizeof(state));
            check(snapshot_writer_open(journal, 4096, &writer, &error) == JOURNAL_OK);
            check(snapshot_writer_add(writer, state, sizeof(state), &error) == JOURNAL_OK);
            check(snapshot_writer_finish(writer, 2, &error) == JOURNAL_OK);
        }
    }
    journal_close(journal);
    disk_power_cut(base);
    for (size_t i = 0; i < FILES; i++) {
        check(disk_exists(base, files[i]));
    }
}

/* Puts a checksum right: over `covered` bytes at `at`, standing behind them. */
static void checksum_mend(struct disk *disk, const char *name, uint64_t at, size_t covered)
{
    uint8_t bytes[256];
    struct hash128 checksum;

    check(covered <= sizeof(bytes));
    disk_peek(disk, name, at, bytes, covered);
    checksum = hash128(bytes, covered, 0);
    disk_poke(disk, name, at + covered, &checksum, sizeof(checksum));
}

/* The same of content that stands behind a header, in the header. */
static void content_mend(struct disk *disk, const char *name, uint64_t header, size_t field,
                         uint64_t content, uint32_t size)
{
    static uint8_t bytes[SEGMENT_SIZE];
    struct hash128 checksum;
    const uint64_t end = disk_size(disk, name);

    if (size <= sizeof(bytes) && content + size <= end) {
        disk_peek(disk, name, content, bytes, size);
        checksum = hash128(bytes, size, 0);
        disk_poke(disk, name, header + field, &checksum, sizeof(checksum));
    }
}

static void checksums_mend(struct disk *disk)
{
    for (uint64_t i = 0; i < JOURNAL_HEAD_SLOTS; i++) {
        checksum_mend(disk, files[0], i * JOURNAL_BLOCK, offsetof(struct stored_head, checksum));
    }
    for (size_t i = 1; i <= 2; i++) {
        checksum_mend(disk, files[i], 0, offsetof(struct stored_segment, checksum));
    }
    for (size_t i = 1; i <= RECORDS; i++) {
        const char *name = positions[i].segment == 1 ? files[1] : files[2];
        const uint64_t at = positions[i].offset;
        uint32_t size;

        disk_peek(disk, name, at + offsetof(struct stored_record, payload_size), &size,
                  sizeof(size));
        content_mend(disk, name, at, offsetof(struct stored_record, payload),
                     at + sizeof(struct stored_record), size);
        checksum_mend(disk, name, at, offsetof(struct stored_record, checksum));
    }
    checksum_mend(disk, files[3], 0, offsetof(struct stored_snapshot, checksum));
    for (uint64_t at = JOURNAL_BLOCK; at < disk_size(disk, files[3]); at += 4096) {
        uint32_t size;

        disk_peek(disk, files[3], at + offsetof(struct stored_block, size), &size, sizeof(size));
        content_mend(disk, files[3], at, offsetof(struct stored_block, content),
                     at + sizeof(struct stored_block), size);
        checksum_mend(disk, files[3], at, offsetof(struct stored_block, checksum));
    }
}

static void patch(struct disk *disk, const uint8_t *data, size_t size)
{
    while (size > 4) {
        const char *name = files[data[0] % FILES];
        const uint64_t end = disk_size(disk, name);
        const uint64_t at = (uint64_t)(data[1] | data[2] << 8) % end;
        size_t count = data[3] < size - 4 ? data[3] : size - 4;

        data += 4;
        size -= 4;
        disk_poke(disk, name, at, data, at + count <= end ? count : (size_t)(end - at));
        data += count;
        size -= count;
    }
}

static void error_verify(const struct journal_error *error)
{
    struct buffer text;

    buffer_init(&text);
    journal_error_write(error, true, &text);
    check(text.size > 0 && utf8_valid(buffer_slice(&text)));
    buffer_release(&text);
}

static void journal_read(struct journal *journal, bool mended)
{
    const uint64_t last = journal_last(journal).sequence;
    struct journal_reader *reader = NULL;
    struct journal_record record;
    struct journal_point point;
    struct journal_error error;
    enum journal_status status;

    status = journal_reader_open(journal, 1, &reader, &error);
    for (uint64_t i = 1; status == JOURNAL_OK; i++) {
        status = journal_reader_next(reader, &record, &error);
        if (status == JOURNAL_OK) {
            check(record.sequence == i && record.payload.size > 0);
            check(mended || (record.payload.size == sizes[i] &&
                             (uint8_t)record.payload.data[sizes[i] - 1] == (sizes[i] & 0xff)));
        }
    }
    if (status != JOURNAL_END) {
        error_verify(&error);
    }
    for (uint64_t i = 1; i <= last && i <= 8; i++) {
        if (journal_locate(journal, i, &point, &error) == JOURNAL_OK && reader != NULL) {
            status = journal_reader_get(reader, i, point.position, &record, &error);
            check(status != JOURNAL_OK || record.sequence == i);
        }
    }
    journal_reader_close(reader);
    status = snapshot_verify(journal, 5, &error);
    if (status != JOURNAL_OK) {
        error_verify(&error);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct journal_options options;
    struct journal_recovery recovery;
    struct journal *journal = NULL;
    struct journal_error error;
    struct disk *disk;
    bool mended;

    if (size == 0) {
        return 0;
    }
    if (base == NULL) {
        base_make();
    }
    mended = (data[0] & 1) != 0;
    disk = disk_clone(base);
    patch(disk, data + 1, size - 1);
    if (mended) {
        checksums_mend(disk);
    }
    options_fill(disk, &options);
    if (journal_open(&options, &journal, &recovery, &error) == JOURNAL_OK) {
        journal_read(journal, mended);
        if (append(journal, 50, NULL) != JOURNAL_OK) {
            check(false);
        }
        journal_close(journal);
        disk_kill(disk);
        if (journal_open(&options, &journal, &recovery, &error) == JOURNAL_OK) {
            journal_close(journal);
        } else {
            check(mended); /* what was opened once opens again */
        }
    } else {
        error_verify(&error);
    }
    disk_free(disk);
    return 0;
}
