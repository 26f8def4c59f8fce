#include "base/arena.h"
#include "journal/journal_internal.h"

void record_window_reset(struct record_window *window, struct file *file)
{
    window->file = file;
    window->offset = 0;
    window->size = 0;
}

void record_window_release(struct record_window *window)
{
    memory_free(window->data);
    memset(window, 0, sizeof(*window));
}

static enum journal_status window_grow(struct record_window *window, size_t size)
{
    uint8_t *data;

    if (size <= window->capacity) {
        return JOURNAL_OK;
    }
    data = memory_resize(window->data, size);
    if (data == NULL) {
        return JOURNAL_NO_MEMORY;
    }
    window->data = data;
    window->capacity = size;
    return JOURNAL_OK;
}

enum journal_status record_window_take(struct record_window *window, uint64_t offset, size_t size,
                                       size_t ahead, const uint8_t **ret_bytes, size_t *ret_got,
                                       struct record_found *reterr_found)
{
    const uint64_t window_end = window->offset + window->size;
    const size_t wanted = size > ahead ? size : ahead;
    size_t kept = 0;
    size_t got = 0;
    struct file_result result;

    if (offset >= window->offset && offset + size <= window_end) {
        *ret_bytes = window->data + (offset - window->offset);
        *ret_got = size;
        return JOURNAL_OK;
    }
    if (window_grow(window, wanted) != JOURNAL_OK) {
        reterr_found->cause = "no memory for a piece of the file";
        return JOURNAL_NO_MEMORY;
    }
    if (offset >= window->offset && offset < window_end) {
        kept = (size_t)(window_end - offset);
        memmove(window->data, window->data + (offset - window->offset), kept);
    }
    window->offset = offset;
    window->size = kept;
    result = file_read(window->file, offset + kept, window->data + kept, wanted - kept, &got);
    if (result.status != OS_OK) {
        reterr_found->cause = "reading failed";
        reterr_found->number = result.number;
        return result.status == OS_EXHAUSTED ? JOURNAL_NO_MEMORY : JOURNAL_UNREADABLE;
    }
    window->size += got;
    *ret_bytes = window->data;
    *ret_got = window->size < size ? window->size : size;
    return JOURNAL_OK;
}

/* How much to read at once: nothing beyond the segment. */
static size_t ahead_of(const struct record_place *place)
{
    const uint64_t rest = place->segment_size - place->offset;

    return rest < place->ahead ? (size_t)rest : place->ahead;
}

enum journal_status record_header_load(struct record_window *window,
                                       const struct record_place *place, const uint8_t *identity,
                                       struct record_found *ret_found)
{
    const uint8_t *bytes;
    size_t got;

    memset(ret_found, 0, sizeof(*ret_found));
    check(place->offset % FILE_ALIGNMENT_MIN == 0);
    if (place->offset + sizeof(struct stored_record) > place->segment_size) {
        ret_found->cause = "the segment ends before the record";
        return JOURNAL_RECORD_MISSING;
    }
    TRY(record_window_take(window, place->offset, sizeof(struct stored_record), ahead_of(place),
                           &bytes, &got, ret_found));
    if (got < sizeof(struct stored_record)) {
        ret_found->cause = "the file ends before the record";
        return JOURNAL_RECORD_MISSING;
    }
    ret_found->record = (const struct stored_record *)(const void *)bytes;
    TRY(stored_record_validate(ret_found->record, identity, &ret_found->cause));
    ret_found->size = journal_record_size(ret_found->record->payload_size, place->alignment);
    if (ret_found->size > place->segment_size - place->offset) {
        ret_found->cause = "the record is larger than the rest of the segment";
        return JOURNAL_RECORD_DAMAGED;
    }
    return JOURNAL_OK;
}

enum journal_status record_load(struct record_window *window, const struct record_place *place,
                                const uint8_t *identity, struct record_found *ret_found)
{
    const size_t header = sizeof(struct stored_record);
    const uint8_t *bytes;
    size_t got;

    TRY(record_header_load(window, place, identity, ret_found));
    TRY(record_window_take(window, place->offset, (size_t)ret_found->size, ahead_of(place), &bytes,
                           &got, ret_found));
    if (got < ret_found->size) {
        ret_found->cause = "the file ends within the record";
        return JOURNAL_RECORD_MISSING;
    }
    ret_found->record = (const struct stored_record *)(const void *)bytes;
    ret_found->payload = bytes + header;
    return stored_payload_validate(ret_found->record, ret_found->payload,
                                   (size_t)ret_found->size - header, &ret_found->cause);
}

enum journal_status record_window_nonzero(struct record_window *window, uint64_t from, uint64_t to,
                                          uint64_t *ret_first, uint64_t *ret_last,
                                          struct record_found *reterr_found)
{
    uint64_t first = to;
    uint64_t last = to;

    for (uint64_t at = from; at < to;) {
        const uint64_t rest = to - at;
        const size_t piece = rest < JOURNAL_READ_AHEAD ? (size_t)rest : JOURNAL_READ_AHEAD;
        const uint8_t *bytes;
        size_t got;

        TRY(record_window_take(window, at, piece, piece, &bytes, &got, reterr_found));
        if (!bytes_zero(bytes, got)) {
            for (size_t i = 0; i < got; i++) {
                if (bytes[i] != 0) {
                    first = first == to ? at + i : first;
                    last = at + i;
                }
            }
        }
        if (got < piece) {
            break;
        }
        at += got;
    }
    *ret_first = first;
    *ret_last = last;
    return JOURNAL_OK;
}
