/* The engine's parts. Private to the room. */
#ifndef HEADROOM_ENGINE_INTERNAL_H
#define HEADROOM_ENGINE_INTERNAL_H

#include "base/arena.h"
#include "engine/engine.h"
#include "engine/history.h"
#include "journal/journal_reader.h"
#include "journal/snapshot.h"
#include "os/process.h"
#include "os/worker.h"
#include "os/writer.h"

/* What is put into one record, and what became of it. */
struct group {
    unsigned buffer; /* of the journal, 0 or 1 */
    uint8_t *payload;
    size_t size, capacity;
    uint32_t packed;   /* batches in the payload */
    uint64_t commands; /* in the payload */
    bool only_time;    /* the record has no batch and lets time pass */
    struct engine_batch *first, *last;

    time_us time;
    uint64_t first_number; /* of its first command, in this process */
    enum journal_status written;
    struct journal_point point;
    struct journal_error error;
    uint64_t took_ns;
};

/* Room for a copy of what decisions write all over: the child that writes a snapshot reads the
 * copy, so that this process shares no page with it that it will write soon. */
struct state_copy {
    void *pages; /* NULL while no snapshot is coming */
    size_t bytes;
    struct os_worker *worker; /* commits the memory */
};

/* What is committed ahead of its use. */
struct ahead {
    struct os_worker *worker; /* NULL while there is nothing to commit; the parts are its own */
    struct ledger_ahead parts[LEDGER_AHEAD_COUNT];
    void *done[LEDGER_AHEAD_COUNT]; /* where the part committed last ends */
    uint64_t records, traces;       /* rows in use at the last tick */
};

/* What is closed leaves memory: gathered, written beside the writer, then retired, a few after each
 * group. */
struct leaving {
    struct archive *archive;
    struct ledger_archive found_by; /* the ledger's way to it */
    enum { LEAVING_NOTHING, LEAVING_GATHERED, LEAVING_WRITTEN, LEAVING_RETIRED } step;
    struct ledger_closed_walk walk;
    uint32_t *references; /* of what was gathered */
    size_t count, capacity, retired;
    bool is_filtered; /* the archive is asked for all of them by now */
    uint64_t closed_max;
    uint64_t put_off; /* after a refusal: how many must be closed before the next try */
    /* Batches that the snapshots still kept rely on, newest first. */
    uint64_t kept[SNAPSHOT_KEEP_DEFAULT];
};

struct engine {
    struct engine_options options;
    char *directory;
    struct ledger *ledger;
    struct journal *journal;
    struct history history;
    struct leaving leaving;
    struct leaving past; /* of the state at an earlier time */
    struct journal_error error;
    struct journal_point applied;            /* the record up to which the ledger stands */
    struct engine_batch *first, *last;       /* queued since the last commit began */
    struct engine_batch *taken, *taken_last; /* not yet in a group */
    struct group gathering;                  /* what the next record will hold */
    struct group writing;                    /* the writer's while is_writing and it is busy */
    bool is_writing;                         /* begun, and its outcome not yet taken */
    bool time_refused;        /* the disk had no room for a record that lets time pass */
    struct os_writer *writer; /* NULL: every write is waited for */
    struct engine_listener *listeners;
    struct engine_figures figures;
    bool failed;

    struct ahead ahead;

    struct os_child snapshot; /* pid 0: none is under way */
    bool snapshot_wanted;     /* begins when no write is under way and the copy is ready */
    struct state_copy copy;
    uint64_t snapshot_due;    /* journal bytes at which the next one begins */
    uint64_t snapshot_covers; /* of commands_behind, what the one under way will cover */
    uint64_t snapshot_relies; /* batches of the archive that it relies on */

    /* For reading events: a reader and the commands of the record it read last. */
    struct journal_reader *reader;
    uint64_t read_sequence;
    struct arena read_arena;
    struct ledger_command *read_commands;
    size_t read_count;
};

/* ---- group.c: a journal record is a group of batches ----
 * payload: u32 batches; for each: u8 keep_at, u32 commands, the packed commands */

/** What is done with each batch of a record, in order. Returns false to stop. */
struct group_visitor {
    bool (*batch)(void *context, const struct ledger_command *commands, size_t count, bool keep_at);
    void *context;
};
/** Unpacks a record's payload; false when it is no group, memory is short or the visitor stopped.
 */
bool group_read(struct arena *arena, struct slice payload, const struct group_visitor *visitor);

/** Applies a record to a ledger; `after` sees the effects of each step. */
struct group_effects {
    void (*after)(void *context, const struct ledger *ledger, uint32_t first_command);
    void *context;
};
bool group_apply(struct ledger *ledger, const struct journal_record *record, struct arena *arena,
                 struct ledger_result *results, const struct group_effects *effects,
                 uint64_t *ret_commands) MUST_USE;

/** Notes the effects of the last step of the ledger in the history. */
void effects_note(struct history *history, const struct ledger *ledger, uint32_t first_command,
                  uint64_t sequence, struct journal_position position);

/* A reader behind a point, sequence 0 being the beginning. */
enum journal_status reader_behind(struct engine *engine, const struct journal_point *point,
                                  struct journal_reader **ret_reader) MUST_USE;
/* The base currency that the journal's label tells; CURRENCY_NONE when it tells none. */
enum currency journal_base(const struct journal *journal);

/* ---- commit.c ---- */
/* An empty group over a buffer of the journal. */
void group_begin(struct engine *engine, struct group *group, unsigned buffer);

/* ---- ahead.c ---- */
/* Begins to commit what the next ticks will use; once a second, and as often in a replay. */
void ahead_tick(struct engine *engine);
/* Commits a part, in pieces. */
void ahead_commit(const struct ledger_ahead *part);
/* Waits for what was begun. */
void ahead_end(struct engine *engine);

/* ---- engine_snapshot.c ---- */
/* Whether a snapshot waits for nothing but a moment without a write. */
bool snapshot_ready(const struct engine *engine);
/* Reaps a snapshot that has ended, begins one that is due. */
enum engine_status snapshot_tick(struct engine *engine) MUST_USE;
/* Ends a snapshot under way without waiting for it. */
void snapshot_abandon(struct engine *engine);
/* Where a snapshot is loaded to. */
struct loading {
    struct ledger *ledger;   /* new */
    struct leaving *leaving; /* takes up the archive that the snapshot relies on */
    uint64_t *chains;        /* one a limit, or NULL */
};
/* Loads the snapshot that stands at `sequence`. */
enum engine_status snapshot_load(struct engine *engine, const struct loading *loading,
                                 uint64_t sequence, struct journal_point *ret_point) MUST_USE;
/* The batches that a snapshot relies on; 0 when it cannot be read. */
uint64_t snapshot_relies_on(struct engine *engine, uint64_t sequence);

/* ---- leaving.c ---- */
/* Opens the archive of the engine's directory, with nothing in it; `prefix` NULL: the one that
 * lasts. The error is the engine's. */
enum engine_status leaving_open(struct engine *engine, struct leaving *leaving, const char *prefix,
                                bool read_only) MUST_USE;
/* Frees all. */
void leaving_close(struct leaving *leaving);
/* Takes up the archive at `point` for a new ledger. */
enum journal_status leaving_begin(struct leaving *leaving, struct ledger *ledger,
                                  const struct archive_point *point,
                                  struct journal_error *error) MUST_USE;
/* Goes on by what `commands` commands are worth. OK, or what is wrong for good. */
enum journal_status leaving_go(struct leaving *leaving, struct ledger *ledger,
                               uint64_t commands) MUST_USE;
/* Ends with nothing half in memory and half on disk: what a snapshot needs. */
void leaving_settle(struct leaving *leaving, struct ledger *ledger);
/* A snapshot that relies on the archive up to `batches` is durable. */
void leaving_kept(struct leaving *leaving, uint64_t batches);
bool leaving_failed(const struct leaving *leaving);

#endif
