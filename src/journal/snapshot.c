#include "journal/snapshot.h"

#include "base/arena.h"
#include "journal/journal_internal.h"
#include "journal/journal_reader.h"

/* Bytes of content a block. */
static uint32_t block_room(uint32_t block_size)
{
    return block_size - (uint32_t)sizeof(struct stored_block);
}

/* Writing. */

struct snapshot_writer {
    struct directory *directory; /* its own: the child in which it may live has no other */
    struct file *file;           /* NULL when it was closed */
    char name[JOURNAL_NAME_SIZE];
    char new_name[JOURNAL_NAME_SIZE];
    uint32_t block_size;
    uint32_t used; /* bytes of content in the block being filled */
    uint64_t index;
    uint64_t total;
    struct hash128 previous;
    struct journal_error failure; /* status JOURNAL_OK while there is none */
    void *memory;
    uint8_t *block; /* block_size bytes, aligned */
};

static enum journal_status writer_call(struct snapshot_writer *writer, struct file_result result,
                                       const char *cause, struct journal_error *error)
{
    if (result.status == OS_OK) {
        return JOURNAL_OK;
    }
    journal_error_call(&writer->failure, result, JOURNAL_FAILED, writer->new_name, cause);
    *error = writer->failure;
    return writer->failure.status;
}

static void new_name_write(struct snapshot_writer *writer, const uint8_t *run)
{
    char hex[2 * 8 + 1] = "";
    int size;

    hex_write(hex, run, 8);
    hex[16] = '\0';
    size = snprintf(writer->new_name, sizeof(writer->new_name), "%s-%s.new", writer->name, hex);
    check(size > 0 && size < (int)sizeof(writer->new_name));
}

static enum journal_status writer_begin(struct snapshot_writer *writer,
                                        const struct journal *journal, struct journal_error *error)
{
    struct stored_snapshot header;
    struct file_result result;

    memset(&header, 0, sizeof(header));
    header.magic = SNAPSHOT_HEADER_MAGIC;
    header.version = JOURNAL_FORMAT_VERSION;
    header.block_size = writer->block_size;
    header.sequence = journal->last.sequence;
    header.chain = journal->last.chain;
    header.segment = journal->last.position.segment;
    header.offset = journal->last.position.offset;
    header.count = journal->last_count;
    header.time = journal->last_time;
    header.created = journal->created;
    memcpy(header.identity, journal->identity, JOURNAL_IDENTITY_SIZE);
    stored_snapshot_seal(&header);
    memset(writer->block, 0, JOURNAL_BLOCK);
    memcpy(writer->block, &header, sizeof(header));
    writer->previous = header.checksum;

    result = file_open(writer->directory, writer->new_name, FILE_BULK, &writer->file);
    if (result.status == OS_EXISTS) {
        result = directory_remove(writer->directory, writer->new_name);
        if (result.status == OS_OK) {
            result = file_open(writer->directory, writer->new_name, FILE_BULK, &writer->file);
        }
    }
    if (result.status == OS_OK) {
        result = file_write(writer->file, 0, writer->block, JOURNAL_BLOCK);
    }
    return writer_call(writer, result, "beginning a snapshot failed", error);
}

enum journal_status snapshot_writer_open(const struct journal *journal, uint32_t block_size,
                                         struct snapshot_writer **ret_writer,
                                         struct journal_error *reterr_error)
{
    struct snapshot_writer *writer = memory_allocate(sizeof(*writer));
    struct file_result result = {OS_OK, 0};
    enum journal_status status;

    if (block_size == 0) {
        block_size = SNAPSHOT_BLOCK_DEFAULT;
    }
    check(block_size >= SNAPSHOT_BLOCK_MIN && block_size <= SNAPSHOT_BLOCK_MAX);
    check((block_size & (block_size - 1)) == 0);
    if (writer != NULL) {
        memset(writer, 0, sizeof(*writer));
        writer->memory = memory_allocate((size_t)block_size + FILE_ALIGNMENT_MAX);
    }
    if (writer == NULL || writer->memory == NULL) {
        memory_free(writer);
        return journal_error_set(reterr_error, JOURNAL_NO_MEMORY, NULL, 0, 0,
                                 "no memory for a snapshot's block");
    }
    writer->block = memory_align(writer->memory);
    writer->block_size = block_size;
    journal_name_write(writer->name, SLICE(SNAPSHOT_PREFIX), journal->last.sequence);
    new_name_write(writer, journal->run);
    result = directory_open(journal->files, journal->path, &writer->directory);
    status = writer_call(writer, result, "opening the directory failed", reterr_error);
    if (status == JOURNAL_OK) {
        status = writer_begin(writer, journal, reterr_error);
    }
    if (status != JOURNAL_OK) {
        snapshot_writer_abandon(writer);
        return status;
    }
    *ret_writer = writer;
    return JOURNAL_OK;
}

/* Writes the block that was filled. */
static enum journal_status block_put(struct snapshot_writer *writer, bool last,
                                     struct journal_error *error)
{
    struct stored_block block;
    uint8_t *content = writer->block + sizeof(block);
    const uint64_t offset = JOURNAL_BLOCK + writer->index * writer->block_size;
    struct file_result result;

    memset(&block, 0, sizeof(block));
    block.magic = SNAPSHOT_BLOCK_MAGIC;
    block.last = last;
    block.size = writer->used;
    block.index = writer->index;
    block.total = writer->total + writer->used;
    block.previous = writer->previous;
    stored_block_seal(&block, content);
    memcpy(writer->block, &block, sizeof(block));
    memset(content + writer->used, 0, block_room(writer->block_size) - writer->used);
    result = file_write(writer->file, offset, writer->block, writer->block_size);
    TRY(writer_call(writer, result, "writing a snapshot failed", error));
    writer->previous = block.checksum;
    writer->total = block.total;
    writer->index++;
    writer->used = 0;
    return JOURNAL_OK;
}

enum journal_status snapshot_writer_add(struct snapshot_writer *writer, const void *data,
                                        size_t size, struct journal_error *reterr_error)
{
    const uint32_t room = block_room(writer->block_size);
    uint8_t *content = writer->block + sizeof(struct stored_block);
    const uint8_t *bytes = data;

    if (writer->failure.status != JOURNAL_OK) {
        *reterr_error = writer->failure;
        return writer->failure.status;
    }
    while (size > 0) {
        size_t piece;

        if (writer->used == room) {
            TRY(block_put(writer, false, reterr_error));
        }
        piece = size < room - writer->used ? size : room - writer->used;
        memcpy(content + writer->used, bytes, piece);
        writer->used += (uint32_t)piece;
        bytes += piece;
        size -= piece;
    }
    return JOURNAL_OK;
}

/* Removes all snapshots but the newest ones. One that cannot be removed now is so the next time. */
static void snapshots_prune(struct snapshot_writer *writer, unsigned keep);

enum journal_status snapshot_writer_finish(struct snapshot_writer *writer, unsigned keep,
                                           struct journal_error *reterr_error)
{
    enum journal_status status = writer->failure.status;

    check(keep >= 1);
    if (status != JOURNAL_OK) {
        *reterr_error = writer->failure;
    } else {
        status = block_put(writer, true, reterr_error);
    }
    if (status == JOURNAL_OK) {
        status =
            writer_call(writer, file_sync(writer->file), "syncing a snapshot failed", reterr_error);
    }
    if (status == JOURNAL_OK) {
        status =
            writer_call(writer, directory_rename(writer->directory, writer->new_name, writer->name),
                        "naming a snapshot failed", reterr_error);
    }
    if (status == JOURNAL_OK) {
        /* It is whole and has its name. If only the name's sync fails, it may be gone after a power
         * cut, so the older ones stay. */
        file_close(writer->file);
        writer->file = NULL;
        status = writer_call(writer, directory_sync(writer->directory),
                             "syncing the directory failed", reterr_error);
        if (status == JOURNAL_OK) {
            snapshots_prune(writer, keep);
        }
    }
    snapshot_writer_abandon(writer);
    return status;
}

void snapshot_writer_abandon(struct snapshot_writer *writer)
{
    if (writer == NULL) {
        return;
    }
    if (writer->file != NULL) {
        const struct file_result result = directory_remove(writer->directory, writer->new_name);

        (void)result; /* the next start removes it */
        file_close(writer->file);
    }
    directory_close(writer->directory);
    memory_free(writer->memory);
    memory_free(writer);
}

/* Listing. */

static enum journal_status list_read(struct directory *directory,
                                     uint64_t ret_sequences[SNAPSHOT_LIST_MAX], unsigned *ret_count,
                                     struct journal_error *error)
{
    char text[FILE_NAME_MAX + 1];
    unsigned count = 0;
    bool end = false;

    for (bool first = true;; first = false) {
        const struct file_result result = directory_next(directory, first, text, &end);
        uint64_t sequence;
        unsigned at;

        if (result.status != OS_OK) {
            return journal_error_call(error, result, JOURNAL_UNREADABLE, NULL,
                                      "reading the directory failed");
        }
        if (end) {
            break;
        }
        if (!journal_name_parse(slice_from_cstr(text), SLICE(SNAPSHOT_PREFIX), &sequence)) {
            continue;
        }
        for (at = count; at > 0 && ret_sequences[at - 1] < sequence; at--) {
            if (at < SNAPSHOT_LIST_MAX) {
                ret_sequences[at] = ret_sequences[at - 1];
            }
        }
        if (at < SNAPSHOT_LIST_MAX) {
            ret_sequences[at] = sequence;
            count += count < SNAPSHOT_LIST_MAX;
        }
    }
    *ret_count = count;
    return JOURNAL_OK;
}

static void snapshots_prune(struct snapshot_writer *writer, unsigned keep)
{
    uint64_t sequences[SNAPSHOT_LIST_MAX];
    struct journal_error error;
    unsigned count = 0;

    if (list_read(writer->directory, sequences, &count, &error) != JOURNAL_OK) {
        return;
    }
    for (unsigned i = keep; i < count; i++) {
        char name[JOURNAL_NAME_SIZE];
        struct file_result result;

        journal_name_write(name, SLICE(SNAPSHOT_PREFIX), sequences[i]);
        result = directory_remove(writer->directory, name);
        (void)result;
    }
}

enum journal_status snapshot_list(const struct journal *journal,
                                  uint64_t ret_sequences[SNAPSHOT_LIST_MAX], unsigned *ret_count,
                                  struct journal_error *reterr_error)
{
    struct directory *directory = NULL;
    struct file_result result = directory_open(journal->files, journal->path, &directory);
    enum journal_status status;

    if (result.status != OS_OK) {
        return journal_error_call(reterr_error, result, JOURNAL_UNREADABLE, NULL,
                                  "opening the directory failed");
    }
    status = list_read(directory, ret_sequences, ret_count, reterr_error);
    directory_close(directory);
    return status;
}

/* Reading. */

struct snapshot_reader {
    struct directory *directory;
    struct file *file;
    char name[JOURNAL_NAME_SIZE];
    uint32_t block_size;
    uint64_t block_count;
    uint64_t size;  /* content bytes in all, by the last block */
    uint64_t index; /* of the next block to load */
    uint64_t total; /* content bytes in the blocks loaded so far */
    uint32_t used;  /* content bytes of the block that were handed out */
    uint32_t there; /* content bytes in the block */
    struct hash128 previous;
    struct journal_error failure;
    uint8_t *block;
};

static enum journal_status reader_fail(struct snapshot_reader *reader, enum journal_status status,
                                       uint64_t offset, const char *cause,
                                       struct journal_error *error)
{
    journal_error_set(&reader->failure, status, reader->name, offset, 0, cause);
    *error = reader->failure;
    return status;
}

static enum journal_status reader_take(struct snapshot_reader *reader, uint64_t offset, void *data,
                                       size_t size, struct journal_error *error)
{
    size_t got = 0;
    const struct file_result result = file_read(reader->file, offset, data, size, &got);

    if (result.status != OS_OK) {
        journal_error_call(&reader->failure, result, JOURNAL_UNREADABLE, reader->name,
                           "reading failed");
        *error = reader->failure;
        return reader->failure.status;
    }
    if (got < size) {
        return reader_fail(reader, JOURNAL_SNAPSHOT_DAMAGED, offset + got,
                           "the file ends too early", error);
    }
    return JOURNAL_OK;
}

static enum journal_status header_read(struct snapshot_reader *reader,
                                       const struct journal *journal, uint64_t sequence,
                                       struct journal_point *ret_point, struct journal_error *error)
{
    uint8_t block[JOURNAL_BLOCK];
    struct stored_snapshot header;
    enum journal_status status;
    const char *cause = NULL;

    TRY(reader_take(reader, 0, block, sizeof(block), error));
    status = stored_snapshot_validate(block, sequence, journal->identity, &cause);
    if (status != JOURNAL_OK) {
        return reader_fail(reader, status, 0, cause, error);
    }
    memcpy(&header, block, sizeof(header));
    reader->block_size = header.block_size;
    reader->previous = header.checksum;
    ret_point->sequence = header.sequence;
    ret_point->chain = header.chain;
    ret_point->position.segment = header.segment;
    ret_point->position.offset = header.offset;
    return JOURNAL_OK;
}

/* The size of the file must be that of whole blocks; the last one says how much there is. */
static enum journal_status size_read(struct snapshot_reader *reader, struct journal_error *error)
{
    struct stored_block last;
    uint64_t size = 0;
    struct file_result result = file_size(reader->file, &size);

    if (result.status != OS_OK) {
        return journal_error_call(error, result, JOURNAL_UNREADABLE, reader->name,
                                  "reading failed");
    }
    reader->block_count = (size - JOURNAL_BLOCK) / reader->block_size;
    if (size <= JOURNAL_BLOCK || (size - JOURNAL_BLOCK) % reader->block_size != 0) {
        return reader_fail(reader, JOURNAL_SNAPSHOT_DAMAGED, size,
                           "the file's size is not one of whole blocks", error);
    }
    TRY(reader_take(reader, JOURNAL_BLOCK + (reader->block_count - 1) * reader->block_size, &last,
                    sizeof(last), error));
    reader->size = last.total; /* a promise, kept or broken when that block is loaded */
    return JOURNAL_OK;
}

/* The record at which it stands must be in the journal. */
static enum journal_status pairing_verify(struct snapshot_reader *reader, struct journal *journal,
                                          const struct journal_point *point,
                                          struct journal_error *error)
{
    enum journal_status status;

    if (point->sequence == 0) {
        struct journal_point start;

        TRY(journal_locate(journal, 0, &start, error));
        status = hash128_equal(start.chain, point->chain) ? JOURNAL_OK : JOURNAL_CHAIN_BROKEN;
    } else {
        status = journal_point_verify(journal, point, error);
    }
    if (status == JOURNAL_CHAIN_BROKEN) {
        return reader_fail(reader, JOURNAL_SNAPSHOT_MISMATCH, 0,
                           "the journal holds another record under this number", error);
    }
    return status;
}

static enum journal_status reader_begin(struct snapshot_reader *reader, struct journal *journal,
                                        uint64_t sequence, struct journal_point *ret_point,
                                        struct journal_error *error)
{
    struct file_result result;

    result = directory_open(journal->files, journal->path, &reader->directory);
    if (result.status == OS_OK) {
        result = file_open(reader->directory, reader->name, FILE_READ, &reader->file);
    }
    if (result.status != OS_OK) {
        return journal_error_call(
            error, result, result.status == OS_MISSING ? JOURNAL_NOT_FOUND : JOURNAL_UNREADABLE,
            reader->name, "opening failed");
    }
    TRY(header_read(reader, journal, sequence, ret_point, error));
    TRY(size_read(reader, error));
    TRY(pairing_verify(reader, journal, ret_point, error));
    reader->block = memory_allocate(reader->block_size);
    if (reader->block == NULL) {
        return journal_error_set(error, JOURNAL_NO_MEMORY, reader->name, 0, 0,
                                 "no memory for a snapshot's block");
    }
    return JOURNAL_OK;
}

enum journal_status snapshot_reader_open(struct journal *journal, uint64_t sequence,
                                         struct snapshot_reader **ret_reader,
                                         struct journal_point *ret_point,
                                         struct journal_error *reterr_error)
{
    struct snapshot_reader *reader = memory_allocate(sizeof(*reader));
    struct journal_point point;
    enum journal_status status;

    if (reader == NULL) {
        return journal_error_set(reterr_error, JOURNAL_NO_MEMORY, NULL, 0, 0,
                                 "no memory for a snapshot's reader");
    }
    memset(reader, 0, sizeof(*reader));
    journal_name_write(reader->name, SLICE(SNAPSHOT_PREFIX), sequence);
    if (sequence > journal->last.sequence) {
        status = reader_fail(reader, JOURNAL_SNAPSHOT_AHEAD, 0,
                             "the journal has lost answered records", reterr_error);
    } else {
        status = reader_begin(reader, journal, sequence, &point, reterr_error);
    }
    if (status != JOURNAL_OK) {
        snapshot_reader_close(reader);
        return status;
    }
    *ret_reader = reader;
    *ret_point = point;
    return JOURNAL_OK;
}

static enum journal_status block_take(struct snapshot_reader *reader, struct journal_error *error)
{
    const uint64_t offset = JOURNAL_BLOCK + reader->index * reader->block_size;
    const bool last = reader->index + 1 == reader->block_count;
    struct stored_block block;
    enum journal_status status;
    const char *cause = NULL;

    if (reader->index == reader->block_count) {
        return reader_fail(reader, JOURNAL_SNAPSHOT_DAMAGED, offset,
                           "it holds less than was asked for", error);
    }
    TRY(reader_take(reader, offset, reader->block, reader->block_size, error));
    status = stored_block_validate(reader->block, reader->block_size, reader->index, reader->total,
                                   reader->previous, &cause);
    if (status != JOURNAL_OK) {
        return reader_fail(reader, status, offset, cause, error);
    }
    memcpy(&block, reader->block, sizeof(block));
    if ((block.last != 0) != last) {
        return reader_fail(reader, JOURNAL_SNAPSHOT_DAMAGED, offset,
                           "the last block is not where the file ends", error);
    }
    reader->index++;
    reader->total = block.total;
    reader->previous = block.checksum;
    reader->there = block.size;
    reader->used = 0;
    return JOURNAL_OK;
}

enum journal_status snapshot_reader_read(struct snapshot_reader *reader, void *data, size_t size,
                                         struct journal_error *reterr_error)
{
    const uint8_t *content = reader->block + sizeof(struct stored_block);
    uint8_t *bytes = data;

    if (reader->failure.status != JOURNAL_OK) {
        *reterr_error = reader->failure;
        return reader->failure.status;
    }
    while (size > 0) {
        size_t piece;

        if (reader->used == reader->there) {
            TRY(block_take(reader, reterr_error));
            continue;
        }
        piece = size < reader->there - reader->used ? size : reader->there - reader->used;
        memcpy(bytes, content + reader->used, piece);
        reader->used += (uint32_t)piece;
        bytes += piece;
        size -= piece;
    }
    return JOURNAL_OK;
}

enum journal_status snapshot_reader_end(struct snapshot_reader *reader,
                                        struct journal_error *reterr_error)
{
    if (reader->failure.status != JOURNAL_OK) {
        *reterr_error = reader->failure;
        return reader->failure.status;
    }
    while (reader->used == reader->there && reader->index < reader->block_count) {
        TRY(block_take(reader, reterr_error));
    }
    if (reader->used != reader->there) {
        return reader_fail(reader, JOURNAL_SNAPSHOT_DAMAGED,
                           JOURNAL_BLOCK + (reader->index - 1) * reader->block_size,
                           "it holds more than was asked for", reterr_error);
    }
    return JOURNAL_OK;
}

uint64_t snapshot_reader_size(const struct snapshot_reader *reader)
{
    return reader->size;
}

void snapshot_reader_close(struct snapshot_reader *reader)
{
    if (reader != NULL) {
        file_close(reader->file);
        directory_close(reader->directory);
        memory_free(reader->block);
        memory_free(reader);
    }
}

enum journal_status snapshot_verify(struct journal *journal, uint64_t sequence,
                                    struct journal_error *reterr_error)
{
    struct snapshot_reader *reader = NULL;
    struct journal_point point;
    enum journal_status status;

    TRY(snapshot_reader_open(journal, sequence, &reader, &point, reterr_error));
    check(reader != NULL);
    do {
        reader->used = reader->there;
        status =
            reader->index < reader->block_count ? block_take(reader, reterr_error) : JOURNAL_END;
    } while (status == JOURNAL_OK);
    snapshot_reader_close(reader);
    return status == JOURNAL_END ? JOURNAL_OK : status;
}
