/* Making a segment: blocks in pieces, fences behind them, the header last; then the sync, the name,
 * and the sync of the name. Before that nothing looks at it. */
#include "base/arena.h"
#include "base/buffer.h"

#include "archive/archive_internal.h"

struct segment_writer {
    struct directory *directory;
    struct file *file;
    char name[JOURNAL_NAME_SIZE];
    char new_name[JOURNAL_NAME_SIZE];
    uint8_t identity[JOURNAL_IDENTITY_SIZE];
    struct archive_header header;
    struct archive_block block; /* of the block that is being filled */
    void *memory;
    uint8_t *piece;   /* PIECE_BLOCKS blocks, aligned */
    uint32_t full;    /* blocks of it that are filled */
    uint64_t written; /* blocks, the header included, before the piece */
    struct buffer fences;
    uint64_t last_hash;
    uint8_t last[ENTRY_SIZE_MAX]; /* key of the entry added last */
};

static enum journal_status writer_call(struct segment_writer *writer, struct file_result result,
                                       const char *cause, struct journal_error *error)
{
    return result.status == OS_OK
               ? JOURNAL_OK
               : archive_error_call(error, result, JOURNAL_FAILED, writer->new_name, cause);
}

static enum journal_status file_begin(struct segment_writer *writer, struct journal_error *error)
{
    struct file_result result =
        file_open(writer->directory, writer->new_name, FILE_BULK, &writer->file);

    if (result.status == OS_EXISTS) {
        result = directory_remove(writer->directory, writer->new_name);
        if (result.status == OS_OK) {
            result = file_open(writer->directory, writer->new_name, FILE_BULK, &writer->file);
        }
    }
    if (result.status != OS_OK) {
        writer->file = NULL;
    }
    return result.status == OS_OK
               ? JOURNAL_OK
               : archive_error_call(error, result, JOURNAL_UNREADABLE, writer->new_name,
                                    "beginning a segment failed");
}

enum journal_status segment_writer_open(const struct segment_making *making,
                                        struct segment_writer **ret_writer,
                                        struct journal_error *error)
{
    struct segment_writer *writer = memory_allocate(sizeof(*writer));

    if (writer != NULL) {
        *writer = (struct segment_writer){.directory = making->directory, .written = 1};
        writer->memory = memory_allocate((size_t)PIECE_BLOCKS * BLOCK_SIZE + FILE_ALIGNMENT_MAX);
    }
    if (writer == NULL || writer->memory == NULL) {
        memory_free(writer);
        return archive_error_set(error, JOURNAL_NO_MEMORY, NULL, 0, "memory is short");
    }
    const uintptr_t start = (uintptr_t)writer->memory;
    writer->piece = (uint8_t *)writer->memory +
                    (FILE_ALIGNMENT_MAX - start % FILE_ALIGNMENT_MAX) % FILE_ALIGNMENT_MAX;
    writer->header = (struct archive_header){
        .magic = SEGMENT_MAGIC,
        .version = SEGMENT_VERSION,
        .block_size = BLOCK_SIZE,
        .seed = making->seed,
        .nonce = making->nonce,
        .first = making->first,
        .last = making->last,
    };
    memcpy(writer->header.identity, making->identity, JOURNAL_IDENTITY_SIZE);
    segment_name_write(writer->name, making->prefix, making->first, making->last);
    const int size = snprintf(writer->new_name, sizeof(writer->new_name), "%s.new", writer->name);
    check(size > 0 && size < (int)sizeof(writer->new_name));
    buffer_init(&writer->fences);
    const enum journal_status status = file_begin(writer, error);
    if (status != JOURNAL_OK) {
        segment_writer_abandon(writer);
        return status;
    }
    *ret_writer = writer;
    return JOURNAL_OK;
}

static uint8_t *block_place(struct segment_writer *writer)
{
    return writer->piece + (size_t)writer->full * BLOCK_SIZE;
}

static enum journal_status piece_flush(struct segment_writer *writer, struct journal_error *error)
{
    if (writer->full == 0) {
        return JOURNAL_OK;
    }
    TRY(writer_call(writer,
                    file_write(writer->file, writer->written * BLOCK_SIZE, writer->piece,
                               (size_t)writer->full * BLOCK_SIZE),
                    "writing a segment failed", error));
    writer->written += writer->full;
    writer->full = 0;
    return JOURNAL_OK;
}

/* Seals the block that was filled. */
static enum journal_status block_end(struct segment_writer *writer, struct journal_error *error)
{
    writer->block.index = (uint32_t)(writer->written + writer->full);
    archive_block_seal(block_place(writer), &writer->block, writer->header.nonce);
    writer->block = (struct archive_block){0};
    writer->full++;
    return writer->full == PIECE_BLOCKS ? piece_flush(writer, error) : JOURNAL_OK;
}

enum journal_status segment_writer_add(struct segment_writer *writer, const uint8_t *bytes,
                                       uint64_t hash, struct journal_error *error)
{
    const size_t size = 2UL + bytes[0] + bytes[1];

    REQUIRE(writer->header.entries == 0 ||
                entry_compare(writer->last_hash, writer->last, hash, bytes) < 0,
            archive_error_set(error, JOURNAL_ARCHIVE_DAMAGED, writer->new_name, 0,
                              "an id would stand in it twice"));
    if (writer->block.size + size > BLOCK_ROOM) {
        TRY(block_end(writer, error));
    }
    if (writer->block.count == 0) {
        buffer_append(&writer->fences, slice_of((const char *)&hash, sizeof(hash)));
        REQUIRE(!buffer_failed(&writer->fences),
                archive_error_set(error, JOURNAL_NO_MEMORY, NULL, 0, "memory is short"));
        writer->header.blocks++;
    }
    memcpy(block_place(writer) + sizeof(struct archive_block) + writer->block.size, bytes, size);
    writer->block.size = (uint16_t)(writer->block.size + size);
    writer->block.count++;
    writer->header.entries++;
    entry_sum(&writer->header.sum, bytes);
    writer->last_hash = hash;
    memcpy(writer->last, bytes, 2UL + bytes[0]);
    return JOURNAL_OK;
}

static enum journal_status fences_write(struct segment_writer *writer, struct journal_error *error)
{
    const size_t room = BLOCK_FENCES * sizeof(uint64_t);

    for (size_t at = 0; at < writer->fences.size; at += room) {
        const size_t left = writer->fences.size - at;
        const size_t size = left < room ? left : room;

        memcpy(block_place(writer) + sizeof(struct archive_block), writer->fences.data + at, size);
        writer->block.size = (uint16_t)size;
        writer->block.count = (uint16_t)(size / sizeof(uint64_t));
        TRY(block_end(writer, error));
    }
    return piece_flush(writer, error);
}

static enum journal_status writer_complete(struct segment_writer *writer,
                                           struct journal_error *error)
{
    check(writer->header.entries > 0);
    TRY(block_end(writer, error));
    TRY(fences_write(writer, error));
    archive_header_seal(writer->piece, &writer->header);
    TRY(writer_call(writer, file_write(writer->file, 0, writer->piece, BLOCK_SIZE),
                    "writing a segment failed", error));
    TRY(writer_call(writer, file_sync(writer->file), "syncing a segment failed", error));
    TRY(writer_call(writer, directory_rename(writer->directory, writer->new_name, writer->name),
                    "naming a segment failed", error));
    file_close(writer->file);
    writer->file = NULL;
    return writer_call(writer, directory_sync(writer->directory), "syncing the directory failed",
                       error);
}

enum journal_status segment_writer_finish(struct segment_writer *writer,
                                          struct segment **ret_segment, struct journal_error *error)
{
    enum journal_status status = writer_complete(writer, error);

    if (status == JOURNAL_OK) {
        status = archive_segment_open(writer->directory, writer->name, writer->header.identity,
                                      ret_segment, error);
    }
    segment_writer_abandon(writer);
    return status;
}

void segment_writer_abandon(struct segment_writer *writer)
{
    if (writer == NULL) {
        return;
    }
    if (writer->file != NULL) {
        const struct file_result result = directory_remove(writer->directory, writer->new_name);

        (void)result; /* the next start removes it */
        file_close(writer->file);
    }
    buffer_release(&writer->fences);
    memory_free(writer->memory);
    memory_free(writer);
}
