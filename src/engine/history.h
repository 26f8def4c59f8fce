/* Events on disk: one entry an accepted command or expiry, in files events-N, where N is the number
 * of the first.
 *
 * The files are made from the journal and hold nothing that it does not: they are written without a
 * sync, and what a crash takes is written again when the journal is replayed. A snapshot stands on
 * its events, so before it they are synced, and then:
 *   - a file that was synced is never written again: the next event begins another one, for a torn
 *     write may take with it what was durable in its sector;
 *   - one that was not is named events-N.new and is removed at the next start: one of the same name
 *     may have been durable, and the size of what took its place proves nothing;
 *   - after a sync that failed, or with an event missing, no snapshot is written by this process.
 * Each entry names the event before it on the same limit, so that the movements of a limit are
 * found without a search. Private to the engine. */
#ifndef HEADROOM_ENGINE_HISTORY_H
#define HEADROOM_ENGINE_HISTORY_H

#include "base/buffer.h"
#include "base/prefetch.h"
#include "journal/journal.h"
#include "ledger/ledger.h"
#include "os/file.h"
#include "os/writer.h"

/** One event as it lies on disk. */
struct history_entry {
    uint64_t number;
    time_us at;
    int64_t amounts_minor[MEASURE_COUNT];
    uint64_t before;   /* the event before it on the same limit; 0 for none */
    uint64_t sequence; /* journal record */
    struct journal_position position;
    union {
        uint32_t command; /* index among all commands of the record */
        uint64_t made;    /* of an expiry: the event that made the reservation */
    };
    uint32_t limit;
    uint8_t op;
    char currency[3]; /* letters, or zeroes */
    uint64_t check;   /* XXH3 of what stands before it */
};

_Static_assert(sizeof(struct history_entry) == 96, "an entry is 96 bytes on disk");

struct history_file {
    uint64_t first;
    struct file *file; /* NULL until it is read */
    bool is_new;       /* written by this process, and not known to be durable */
};

struct history {
    struct directory *directory;
    struct history_file *files; /* by first */
    size_t files_count, files_capacity;
    bool writing;          /* the last file is the one that is written */
    bool sync_failed;      /* what was written may never be durable: no snapshot by this process */
    uint64_t total;        /* events, those pending included */
    uint64_t missing;      /* the newest of them, which found no memory: not here until a restart */
    struct buffer pending; /* the newest, not yet written */
    struct os_writer *writer; /* writes beside the caller; NULL: history_flush writes */
    struct buffer leaving;    /* older than pending, given to the writer and not known as written */
    struct file *leaving_file;
    uint64_t leaving_offset;
    bool leaving_written; /* set by the writer */
    uint64_t *chains;     /* for each limit the newest event on it; 0 for none */
    size_t chains_bytes;
};

/** Opens the files of a directory. No events are known until history_begin. */
enum engine_status history_open(struct history *history, struct files *files, const char *path,
                                uint32_t limits_max) MUST_USE;
void history_release(struct history *history);
/** Begins behind event `total`, whose chains the caller has filled in: later ones will be appended
 * anew. False when the files do not hold all events up to there; begin at 0 then, with chains of
 * zeroes. */
bool history_begin(struct history *history, uint64_t total) MUST_USE;
/** Says that an event on `limit` will follow soon. */
static inline void history_prefetch(const struct history *history, uint32_t limit)
{
    prefetch(&history->chains[limit]);
}
/** Adds an event behind the last one; its number, before and check are filled in. */
void history_append(struct history *history, struct history_entry *entry);
/** Lets a thread write what is pending from now on. Without it history_flush waits for its writes.
 */
enum engine_status history_write_beside(struct history *history) MUST_USE;
/** Writes what is pending, or begins to. A failure leaves it pending: nothing is lost, it is tried
 *  again. */
void history_flush(struct history *history);
/** Writes all that is pending, and waits for it. */
void history_flush_all(struct history *history);
/** Makes all that was flushed durable; for a snapshot. The next event begins a file. */
bool history_sync(struct history *history) MUST_USE;
/** The same in two steps, where a child syncs what it shares with this process: the next event
 *  begins a file ... */
void history_cut(struct history *history);
/** ... and the child has done it for all files before that one. */
void history_synced(struct history *history);
/** Reads an event; false beyond the last one, or when the entry on disk is damaged. */
bool history_read(struct history *history, uint64_t number,
                  struct history_entry *ret_entry) MUST_USE;

#endif
