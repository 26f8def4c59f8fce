/* The engine: the one writer. Batches of commands come in, are written to the journal as one group,
 * made durable, applied to the ledger, and answered, in that order.
 *
 * Life of a group: engine_submit queues batches; engine_commit packs them into one journal record,
 * begins to write it, and when it is durable applies them and calls each batch's `done`. The next
 * record is on its way meanwhile where a thread of the engine's own writes. Queries read the ledger
 * between commits, on the caller's thread. History reads files that no longer change.
 * A journal that failed ends the process: ENGINE_FAILED is final, see engine_error. */
#ifndef HEADROOM_ENGINE_ENGINE_H
#define HEADROOM_ENGINE_ENGINE_H

#include "archive/archive.h"
#include "journal/journal.h"
#include "ledger/ledger.h"

// clang-format off
/* X(identifier, HTTP status, may be tried again, text in English, text in Chinese). */
#define ENGINE_STATUS_LIST(X) \
    X(OK, 200, false, "done", "成功") \
    X(DISK_FULL, 507, true, "no space is left for the journal; nothing was done", "日志空间不足，未执行") \
    X(TABLES_FULL, 507, true, "the ledger's tables are full; start it with larger ones", "账本容量已满，请以更大容量启动") \
    X(TOO_LARGE, 413, false, "more than one journal record can hold", "超过一条日志记录的容量") \
    X(NO_MEMORY, 503, true, "memory is short", "内存不足") \
    X(NOT_FOUND, 404, false, "there is nothing of that number or time", "不存在") \
    X(JOURNAL, 500, false, "the stored data is wrong or cannot be used", "存储的数据有误或不可用") \
    X(STATE, 500, false, "the stored commands do not give a sound state", "由存储的命令得到的状态不成立") \
    X(FAILED, 500, false, "a write or sync failed; the process must end", "写入或同步失败，进程必须结束")
// clang-format on

enum engine_status {
#define X(name, http, again, english, chinese) ENGINE_##name,
    ENGINE_STATUS_LIST(X)
#undef X
        ENGINE_STATUS_COUNT
};

int engine_status_http(enum engine_status status);
struct slice engine_status_english(enum engine_status status);
struct slice engine_status_chinese(enum engine_status status);

struct engine;

struct engine_options {
    struct files *files;   /* files_real(), or a simulated file system */
    const char *directory; /* made when it is missing */
    bool fresh_start;      /* ignore snapshots: read the whole journal */
    struct ledger_options
        ledger;            /* sizes and base; base CURRENCY_NONE: that of the journal, CNY if new */
    date_days first_date;  /* business date that a new ledger opens; DATE_NONE opens none */
    time_us now;           /* creation time of a new journal */
    uint64_t segment_size; /* of the journal; 0: default */
    uint32_t payload_max;  /* bytes of a group, one packed command at least; 0: default */
    uint64_t snapshot_bytes; /* journal bytes between snapshots; 0: 256 MiB */
    uint32_t snapshot_block; /* bytes of a snapshot under one checksum; 0: default */
    uint32_t closed_max;     /* closed ids that stand in memory before they are archived; 0: 2^20 */
    /* With `wake` writes run in a thread beside the caller's, and `wake(wake_context)` is called in
     * that thread when one has ended, so that the caller calls engine_commit again. NULL: each
     * engine_commit waits for its writes. */
    void (*wake)(void *context);
    void *wake_context;
};

/** What engine_open found. */
struct engine_recovery {
    struct journal_recovery journal;
    uint64_t snapshot_sequence; /* the snapshot it began with; 0 for none */
    uint64_t snapshots_refused; /* damaged ones that were passed over */
    uint64_t records, commands; /* read from the journal behind it */
};

/** Defaults: the real file system, a bank's sizes, no first date. */
void engine_options_init(struct engine_options *options);
/** Opens a data directory: recovers the journal, loads the newest sound snapshot and applies what
 *  the journal has behind it. On ENGINE_JOURNAL *reterr_error says what and where. */
enum engine_status engine_open(const struct engine_options *options, struct engine **ret_engine,
                               struct engine_recovery *ret_recovery,
                               struct journal_error *reterr_error) MUST_USE;
/** NULL-safe. Ends a snapshot under way. Nothing needs to be written at this time. */
void engine_close(struct engine *engine);

/* ---- commands ---- */

/** Commands that are decided together; the memory is the caller's until `done`. */
struct engine_batch {
    struct engine_batch *next; /* the engine's own, as the next */
    bool journalled;
    const struct ledger_command *commands;
    size_t count;
    struct ledger_result *results; /* room for count */
    bool keep_at; /* commands carry their own time (a replay); else the engine stamps them */
    enum engine_status
        status; /* set before done: OK, or why nothing was done; results then unset */
    /* Called in engine_commit, once. Results point into the ledger: use them before returning.
     * It may submit more; those are of the next commit. */
    void (*done)(struct engine_batch *batch);
};

/** Queues a batch of 1 to ledger.commands_max commands. Always answered by `done`. */
void engine_submit(struct engine *engine, struct engine_batch *batch);
/** Whether anything was submitted and not yet answered, or a write has an outcome to be taken. */
bool engine_pending(const struct engine *engine);
/** Whether engine_commit has nothing to do before `wake` is called. */
bool engine_waits(const struct engine *engine);
/** Journals, applies and answers what is queued, as far as it gets without waiting for a write;
 *  without `wake` it waits and answers all. `now` stamps what begins. Returns OK, or FAILED when
 *  the process must end: then nothing of the failed group has been answered, nor will be. */
enum engine_status engine_commit(struct engine *engine, time_us now) MUST_USE;
/** To be called about once a second: releases what has expired, begins and reaps snapshots, looks
 * for room after a full disk. */
enum engine_status engine_tick(struct engine *engine, time_us now) MUST_USE;
/** Begins a snapshot in a child process now, unless one is under way. */
enum engine_status engine_snapshot_begin(struct engine *engine) MUST_USE;
/** Writes a snapshot in this process and waits for it, for a planned stop. */
enum engine_status engine_snapshot(struct engine *engine) MUST_USE;
/** Submits one batch and commits it: for programs without an event loop. */
enum engine_status engine_apply(struct engine *engine, const struct ledger_command *commands,
                                struct ledger_result *results, size_t count, bool keep_at,
                                time_us now) MUST_USE;
/** Waits until no write is under way, without taking its outcome: before a fork whose child reads
 *  the journal. */
void engine_settle(struct engine *engine);
/** What the journal said last, for ENGINE_DISK_FULL, JOURNAL and FAILED. */
const struct journal_error *engine_error(const struct engine *engine);

/** The live state; changes in engine_commit and engine_tick only. */
const struct ledger *engine_ledger(const struct engine *engine);
/** What a chain would come to now, without applying it; see ledger_foresee. Nothing is journalled.
 *  Returns: OK, with ret_holds as of ledger_foresee; TABLES_FULL; TOO_LARGE
 *  In/Out:  commands  stamped with the ledger's time */
enum engine_status engine_foresee(struct engine *engine, bool *ret_holds,
                                  struct ledger_result *results, struct ledger_command *commands,
                                  size_t count, const struct ledger_look *look) MUST_USE;
/** The record up to which the state stands. */
struct journal_point engine_last(const struct engine *engine);

struct engine_figures {
    uint64_t records, commands, journal_bytes; /* written by this process */
    uint64_t commands_behind; /* behind the newest snapshot: what the next start must apply */
    uint64_t snapshots, snapshots_failed;
    uint64_t disk_full;             /* groups refused */
    uint64_t sync_ns, sync_ns_max;  /* time spent making groups durable */
    uint64_t sync_histogram[32];    /* groups by log2 of their microseconds */
    struct archive_figures archive; /* what left memory */
    bool snapshot_running;
    bool room; /* the disk had room for the next journal segment when it was last looked at */
};
void engine_figures(const struct engine *engine, struct engine_figures *ret_figures);

/* ---- history ---- */

/** One event: an accepted command, or a reservation that expired. Slices hold until the next call.
 */
struct engine_event {
    struct ledger_effect effect; /* its record is not set */
    struct ledger_id id;         /* of the command; of the reservation when it expired */
    struct ledger_id
        target; /* what the command named: limit, reservation or exposure; may be empty */
    struct ledger_id record; /* the reservation or exposure made or changed, or empty */
    struct slice actor, reason, case_ref;
    uint64_t sequence; /* journal record */
};

/** Called at the end of each commit that made events. */
struct engine_listener {
    struct engine_listener *next; /* the engine's own */
    void (*events)(struct engine_listener *listener, uint64_t first, uint64_t last);
};
void engine_listen(struct engine *engine, struct engine_listener *listener);
void engine_unlisten(struct engine *engine, struct engine_listener *listener);

/** Reads event `number`, 1 to ledger_effects_total. NOT_FOUND beyond. */
enum engine_status engine_event_read(struct engine *engine, uint64_t number,
                                     struct engine_event *ret_event) MUST_USE;

/** Which events moved a limit: made on it, or on a limit that is below it now. */
struct engine_movements_query {
    uint32_t limit;
    time_us from, to;   /* ledger times, inclusive; TIME_NONE leaves that end open */
    uint64_t before;    /* only events with a smaller number; 0: from the newest */
    bool drawings_only; /* leave out commands on the limits themselves */
};
/** Gives numbers, newest first, at most `capacity`. *ret_before is where to go on, 0 at the end;
 * the page may be short, even empty, while there is more, because one call looks at a bounded
 * number of events. */
enum engine_status engine_movements(struct engine *engine, uint64_t *ret_numbers, size_t capacity,
                                    size_t *ret_count, uint64_t *ret_before,
                                    const struct engine_movements_query *query) MUST_USE;

/** The state as it was at ledger time `at`, in a ledger of its own, which the caller frees. Reads a
 * snapshot and the journal: slow; to be called in a child process (os_child_start_sharing). */
enum engine_status engine_state_at(struct engine *engine, struct ledger **ret_ledger,
                                   time_us at) MUST_USE;

/* ---- proof ---- */

struct engine_proof {
    uint64_t records, commands, events, snapshots;
    uint64_t snapshots_bare; /* not proved: their archive is gone, and a start passes them over */
    struct ledger_counts counts;
    uint8_t digest[32];
    char message[256]; /* what does not hold, when the status is STATE */
};
/** Reads every record from the first and verifies checksums, chain, every invariant of the state,
 * and every snapshot against the state replayed to where it stands. `progress` may be NULL. */
enum engine_status engine_verify(const struct engine_options *options,
                                 struct engine_proof *ret_proof, struct journal_error *reterr_error,
                                 void (*progress)(uint64_t records)) MUST_USE;

#endif
