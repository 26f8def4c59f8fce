#include "engine/engine.h"

#include "engine/history.h"

#include "base/arena.h"
#include "base/hash.h"
#include "os/pages.h"

enum { ENTRY_SIZE = sizeof(struct history_entry), NUMBER_DIGITS = 16, NAME_SIZE = 32 };

static const struct slice prefix = {"events-", 7};

static const struct slice suffix_new = {".new", 4};

static void name_write(char name[NAME_SIZE], uint64_t first, bool is_new)
{
    snprintf(name, NAME_SIZE, "events-%016llu%s", (unsigned long long)first,
             is_new ? suffix_new.data : "");
}

/* ---- the list of files ---- */

static bool files_add(struct history *history, uint64_t first)
{
    if (history->files_count == history->files_capacity) {
        const size_t capacity = history->files_capacity == 0 ? 16 : 2 * history->files_capacity;
        struct history_file *files =
            memory_resize(history->files, capacity * sizeof(*history->files));
        if (files == NULL) {
            return false;
        }
        history->files = files;
        history->files_capacity = capacity;
    }
    size_t at = history->files_count++;
    while (at > 0 && history->files[at - 1].first > first) {
        history->files[at] = history->files[at - 1];
        at--;
    }
    history->files[at] = (struct history_file){.first = first};
    return true;
}

static bool files_list(struct history *history)
{
    char name[FILE_NAME_MAX + 1];
    bool end = false;
    bool first = true;

    for (;;) {
        uint64_t number;

        if (directory_next(history->directory, first, name, &end).status != OS_OK) {
            return false;
        }
        if (end) {
            return true;
        }
        first = false;
        const struct slice text = slice_from_cstr(name);
        if (slice_starts_with(text, prefix) &&
            text.size == prefix.size + NUMBER_DIGITS + suffix_new.size) {
            if (directory_remove(history->directory, name).status != OS_OK) {
                return false;
            }
        } else if (slice_starts_with(text, prefix) && text.size == prefix.size + NUMBER_DIGITS &&
                   slice_to_u64(slice_of(text.data + prefix.size, NUMBER_DIGITS), UINT64_MAX,
                                &number) &&
                   !files_add(history, number)) {
            return false;
        }
    }
}

static bool files_drop_last(struct history *history)
{
    char name[NAME_SIZE];
    struct history_file *last = &history->files[--history->files_count];

    file_close(last->file);
    name_write(name, last->first, false);
    return directory_remove(history->directory, name).status == OS_OK;
}

/* The file at `place`, opened when it is needed. */
static struct file *file_at(struct history *history, size_t place)
{
    struct history_file *file = &history->files[place];
    char name[NAME_SIZE];

    if (file->file == NULL) {
        name_write(name, file->first, false);
        if (file_open(history->directory, name, FILE_READ, &file->file).status != OS_OK) {
            file->file = NULL;
        }
    }
    return file->file;
}

/* ---- opening ---- */

enum engine_status history_open(struct history *history, struct files *files, const char *path,
                                uint32_t limits_max)
{
    *history = (struct history){.chains_bytes = limits_max * sizeof(uint64_t)};
    if (directory_open(files, path, &history->directory).status != OS_OK) {
        return ENGINE_JOURNAL;
    }
    history->chains = os_pages_reserve(history->chains_bytes, false);
    if (history->chains == NULL || !files_list(history)) {
        history_release(history);
        return ENGINE_NO_MEMORY;
    }
    return ENGINE_OK;
}

void history_release(struct history *history)
{
    os_writer_end(history->writer);
    for (size_t i = 0; i < history->files_count; i++) {
        file_close(history->files[i].file);
    }
    memory_free(history->files);
    directory_close(history->directory);
    buffer_release(&history->pending);
    buffer_release(&history->leaving);
    os_pages_release(history->chains, history->chains_bytes);
    *history = (struct history){0};
}

/* Whether the files hold every event from 1 to `total`. */
static bool files_cover(struct history *history, uint64_t total)
{
    uint64_t next = 1;

    for (size_t i = 0; i < history->files_count && next <= total; i++) {
        const uint64_t end = i + 1 < history->files_count ? history->files[i + 1].first : total + 1;
        struct file *file = file_at(history, i);
        uint64_t size;

        if (history->files[i].first != next || file == NULL ||
            file_size(file, &size).status != OS_OK || size / ENTRY_SIZE < end - next) {
            return false;
        }
        next = end;
    }
    return next > total;
}

bool history_begin(struct history *history, uint64_t total)
{
    while (history->files_count > 0 && history->files[history->files_count - 1].first > total) {
        REQUIRE(files_drop_last(history), false);
    }
    history->writing = false;
    history->total = total;
    history->missing = 0;
    buffer_reset(&history->pending);
    buffer_reset(&history->leaving);
    return files_cover(history, total);
}

/* ---- writing ---- */

static uint64_t entry_check(const struct history_entry *entry)
{
    return hash64(entry, offsetof(struct history_entry, check), 2); /* second form of entries */
}

void history_append(struct history *history, struct history_entry *entry)
{
    entry->number = ++history->total;
    entry->before = 0;
    if (entry->limit != LEDGER_NONE) {
        entry->before = history->chains[entry->limit];
        history->chains[entry->limit] = entry->number;
    }
    entry->check = entry_check(entry);
    char *room = history->missing > 0 ? NULL : buffer_reserve(&history->pending, sizeof(*entry));
    if (room == NULL) {
        history->missing++; /* the journal has it; the next start reads it again */
        return;
    }
    memcpy(room, entry, sizeof(*entry));
    history->pending.size += sizeof(*entry);
}

static uint64_t written_total(const struct history *history)
{
    return history->total - history->missing -
           (history->leaving.size + history->pending.size) / ENTRY_SIZE;
}

static bool file_begin(struct history *history)
{
    const uint64_t first = written_total(history) + 1;
    char name[NAME_SIZE];
    struct file *file;

    name_write(name, first, true);
    if (file_open(history->directory, name, FILE_CREATE, &file).status != OS_OK) {
        return false;
    }
    if (!files_add(history, first)) {
        file_close(file);
        return false;
    }
    history->files[history->files_count - 1].file = file;
    history->files[history->files_count - 1].is_new = true;
    history->writing = true;
    return true;
}

enum engine_status history_write_beside(struct history *history)
{
    return os_writer_start(&history->writer, NULL, NULL) == OS_OK ? ENGINE_OK : ENGINE_NO_MEMORY;
}

static void leaving_write(void *context)
{
    struct history *history = context;

    history->leaving_written = file_write(history->leaving_file, history->leaving_offset,
                                          history->leaving.data, history->leaving.size)
                                   .status == OS_OK;
}

/* Takes the outcome of a write; the writer is at rest. */
static void leaving_end(struct history *history)
{
    if (history->leaving_written) {
        history->leaving_written = false;
        buffer_reset(&history->leaving);
    }
}

/* Makes what comes next ready to be written; false when there is nothing or no file for it. */
static bool leaving_begin(struct history *history)
{
    leaving_end(history);
    if (history->leaving.size == 0) {
        const struct buffer empty = history->leaving;
        history->leaving = history->pending;
        history->pending = empty;
    }
    if (history->leaving.size == 0 || (!history->writing && !file_begin(history))) {
        return false;
    }
    const struct history_file *last = &history->files[history->files_count - 1];
    history->leaving_file = last->file;
    history->leaving_offset = (written_total(history) + 1 - last->first) * ENTRY_SIZE;
    return true;
}

void history_flush(struct history *history)
{
    if (history->writer == NULL) {
        history_flush_all(history);
    } else if (!os_writer_busy(history->writer) && leaving_begin(history)) {
        os_writer_give(history->writer, leaving_write, history);
    }
}

void history_flush_all(struct history *history)
{
    if (history->writer != NULL) {
        os_writer_wait(history->writer);
    }
    /* Twice: what was leaving, and what came since. */
    for (int i = 0; i < 2 && leaving_begin(history); i++) {
        leaving_write(history);
        leaving_end(history);
    }
}

/* A file gets its name when all that is in it is durable. OS_MISSING: it has it already, from a
 * child that wrote a snapshot. */
static bool new_file_sync(struct history *history, struct history_file *file)
{
    char from[NAME_SIZE];
    char to[NAME_SIZE];

    name_write(from, file->first, true);
    name_write(to, file->first, false);
    if (file_sync(file->file).status != OS_OK) {
        return false;
    }
    const enum os_status renamed = directory_rename(history->directory, from, to).status;
    return renamed == OS_OK || renamed == OS_MISSING;
}

static bool new_files_sync(struct history *history)
{
    bool any = false;

    for (size_t i = 0; i < history->files_count; i++) {
        if (history->files[i].is_new) {
            any = true;
            REQUIRE(new_file_sync(history, &history->files[i]), false);
        }
    }
    return !any || directory_sync(history->directory).status == OS_OK;
}

bool history_sync(struct history *history)
{
    if (history->pending.size > 0 || history->leaving.size > 0 || history->missing > 0 ||
        history->sync_failed) {
        return false;
    }
    history->sync_failed = !new_files_sync(history);
    if (!history->sync_failed) {
        history_cut(history);
        history_synced(history);
    }
    return !history->sync_failed;
}

void history_cut(struct history *history)
{
    history->writing = false;
}

void history_synced(struct history *history)
{
    const size_t count = history->files_count - (history->writing ? 1 : 0);

    for (size_t i = 0; i < count; i++) {
        struct history_file *file = &history->files[i];

        if (file->is_new) {
            file->is_new = false;
            file_close(file->file); /* it has another name now; opened when it is read */
            file->file = NULL;
        }
    }
}

/* ---- reading ---- */

static size_t file_find(const struct history *history, uint64_t number)
{
    size_t low = 0;
    size_t high = history->files_count;

    while (low + 1 < high) {
        const size_t middle = (low + high) / 2;

        if (history->files[middle].first <= number) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}

bool history_read(struct history *history, uint64_t number, struct history_entry *ret_entry)
{
    struct history_entry entry;
    const uint64_t written = written_total(history);
    size_t got;

    if (number == 0 || number > history->total - history->missing) {
        return false;
    }
    if (number > written) {
        const size_t at = (number - written - 1) * ENTRY_SIZE;
        const struct buffer *from =
            at < history->leaving.size ? &history->leaving : &history->pending;
        memcpy(&entry, from->data + at - (from == &history->pending ? history->leaving.size : 0),
               sizeof(entry));
    } else {
        const size_t place = file_find(history, number);
        struct file *file = history->files_count == 0 ? NULL : file_at(history, place);
        if (file == NULL ||
            file_read(file, (number - history->files[place].first) * ENTRY_SIZE, &entry,
                      sizeof(entry), &got)
                    .status != OS_OK ||
            got != sizeof(entry)) {
            return false;
        }
    }
    if (entry.number != number || entry.check != entry_check(&entry)) {
        return false;
    }
    *ret_entry = entry;
    return true;
}
