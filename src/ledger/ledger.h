/* The limit ledger: a pure state machine. It reads commands and gives one result for each; the same
 * commands in the same order always give the same state and the same results. It has no clock, does
 * no input or output, takes no lock, and allocates nothing after ledger_open: its tables lie in
 * address space reserved there. One thread at a time.
 * Source: ledger.md; where the text leaves a choice, ledger-choices.md. */
#ifndef HEADROOM_LEDGER_LEDGER_H
#define HEADROOM_LEDGER_LEDGER_H

#include "base/hash.h"
#include "ledger/command.h"

struct ledger;

/** No limit, record or unlock. */
#define LEDGER_NONE UINT32_MAX

struct ledger_options {
    enum currency base;    /* the currency of rates; fixed for ever */
    uint32_t limits_max;   /* limits that may ever be opened; at most 2^28 */
    uint32_t records_max;  /* reservations and exposures that may ever be made; at most 2^30 - 1 */
    uint32_t traces_max;   /* other commands that may ever be accepted; at most 2^30 - 1 */
    uint32_t unlocks_max;  /* unlocks that may ever be granted */
    uint32_t commands_max; /* commands of one ledger_apply */
    uint64_t hash_seed;    /* any number; secret where ids come from strangers */
};

/** Options that fit a bank; address space only, memory follows use. */
void ledger_options_init(struct ledger_options *options);

/** NULL when the address space cannot be had. The ledger is new: time and business date 1970-01-01.
 */
struct ledger *ledger_open(const struct ledger_options *options) MUST_USE;
/** NULL-safe. */
void ledger_free(struct ledger *ledger);

/** Commits the memory that about so many limits and records will use, so that no decision waits for
 * it: a first touch of a page costs more than a decision. Advice; what is over is never refused. */
void ledger_warm(const struct ledger *ledger, uint64_t limits, uint64_t records);

/** A part of the address space that the tables will use soon. */
struct ledger_ahead {
    void *from;
    size_t bytes;
};
enum { LEDGER_AHEAD_COUNT = 4 };
/** Rows that the two growing tables have ever used at once. */
struct ledger_growth {
    uint64_t records, traces;
};
void ledger_growth(const struct ledger *ledger, struct ledger_growth *ret_growth);
/** The parts behind what is in use now: of the records, their links and the traces so many rows as
 *  asked for, of the index of ids what it grows into. Parts may be empty. Their memory may be
 *  committed from another thread (os_pages_populate) while this ledger is used. */
void ledger_ahead(const struct ledger *ledger, struct ledger_ahead ret_parts[LEDGER_AHEAD_COUNT],
                  uint64_t records, uint64_t traces);

/* ---- commands ---- */

/** One reason of refusal. The amounts are those of LEDGER_LIMIT_EXCEEDED, in the limit's currency.
 *  The limit is named by its id: one that was opened by the same failed chain is no more. */
struct ledger_refusal {
    struct ledger_id limit;
    enum currency currency; /* of the limit */
    enum ledger_status reason;
    int128 available_minor;
    int128 required_minor;
};

/** The figures of a limit at one moment. Amounts in minor units of its currency. */
struct ledger_limit_view {
    struct ledger_id id;
    struct slice holder, kind; /* owned by the ledger, for ever */
    enum currency currency;
    enum ledger_measure measure;
    enum ledger_mode mode;
    enum ledger_limit_status status;
    bool revolving;
    bool over;
    bool has_raise;
    uint8_t parents_count;
    int32_t tolerance_bps;
    date_days from, until, due_until; /* DATE_NONE when not set */
    date_days raise_from, raise_until;
    int64_t cap_minor, raise_minor;
    int128 frozen_minor, used_minor, reserved_minor, outstanding_minor, committed_minor;
    int128 effective_cap_minor, available_minor;
    uint32_t parents[LEDGER_PARENTS_MAX];
};

struct ledger_record_view {
    struct ledger_id id;
    uint32_t limit;
    bool is_reservation; /* else an exposure */
    bool open;
    enum currency currency;
    int64_t made_minor[MEASURE_COUNT]; /* nominal, exposure, weighted, as made */
    int64_t remaining_minor[MEASURE_COUNT];
    time_us expires; /* of a reservation; TIME_NONE when it does not expire */
};

struct ledger_unlock_view {
    struct ledger_id id;
    uint32_t limit;
    int64_t amount_minor, remaining_minor;
    date_days until;
    uint8_t lifts; /* enum ledger_lift bits */
};

/** What became of one command. The pointers hold until the next ledger_apply. */
struct ledger_result {
    enum ledger_status status;
    uint8_t refusals_count;
    uint8_t over_count;
    const struct ledger_refusal *refusals; /* when status is LEDGER_REFUSED */
    const uint32_t *over;                  /* limits, in path order, when status is LEDGER_OK */
    /* Of a `get` with status LEDGER_OK, one of: */
    const struct ledger_limit_view *limit;
    const struct ledger_record_view *record;
    const struct ledger_unlock_view *unlock;
};

/** What an accepted command, or the passage of time, did. Kept for the event feed and the history.
 */
struct ledger_effect {
    uint64_t number; /* 1, 2, 3 ... over the life of the ledger */
    time_us at;      /* ledger time */
    uint32_t
        command; /* index in the batch; of LEDGER_OP_EXPIRE the command before which it happened */
    uint32_t limit;   /* the limit concerned, LEDGER_NONE for rate.set and day.open */
    uint32_t record;  /* the reservation or exposure made or changed, else LEDGER_NONE */
    uint8_t op;       /* enum ledger_op; never CHECK or GET */
    uint8_t currency; /* of the amounts; CURRENCY_NONE when there are none */
    uint16_t spare;   /* 0: no byte of an effect is undefined */
    /* What moved: reserved, confirmed, drawn, repaid or released; of restate the change, negative
     * where it fell; of limit commands and unlock the cap, raise, frozen or unlocked amount comes
     * first. */
    int64_t amounts_minor[MEASURE_COUNT];
};

/** Applies `count` commands (at most commands_max) as one batch: a chain may not reach beyond it.
 *  Out: results  one a command. Cost: O(path) a drawing, all memory touched is prefetched. */
void ledger_apply(struct ledger *ledger, struct ledger_result *results,
                  const struct ledger_command *commands, size_t count);
/** Looks at the state of a moment; must change nothing. */
struct ledger_look {
    void (*look)(void *context, const struct ledger *ledger);
    void *context;
};
/** What a chain would come to: applies it, lets `look` see the state that it makes, and takes all
 * of it back, as a chain that fails is taken back. For what-if between two batches; nothing is left
 * of it but that the results and effects of the batch before no longer hold. Returns: false when
 * the chain would fail; `look` is not called then, and the result of the first command that fails
 * says why Out: results  one a command, up to that one In:  commands `at` not after the ledger's
 * time; at most commands_max */
bool ledger_foresee(struct ledger *ledger, struct ledger_result *results,
                    const struct ledger_command *commands, size_t count,
                    const struct ledger_look *look) MUST_USE;
/** Lets time pass to max(ledger time, at) without a command, and releases what expires by then: the
 * same as a batch whose commands all carry that time would begin with. Its effects replace those of
 * the batch before. */
void ledger_pass_time(struct ledger *ledger, time_us at);
/** The next moment at which something may expire; TIME_NONE when nothing will. */
time_us ledger_next_deadline(const struct ledger *ledger);
/** The effects of the last ledger_apply or ledger_pass_time, in order; valid until the next one. */
const struct ledger_effect *ledger_effects(const struct ledger *ledger, size_t *ret_count);
/** True when the tables have room for whatever `count` more commands may make. */
bool ledger_has_room(const struct ledger *ledger, size_t count);

/* ---- queries: they change nothing ---- */

time_us ledger_time(const struct ledger *ledger);
date_days ledger_business_date(const struct ledger *ledger);
enum currency ledger_base(const struct ledger *ledger);
/** Effects since the beginning: the number of the last one. */
uint64_t ledger_effects_total(const struct ledger *ledger);
/** The rate of a currency x 10^10; 0 when none is set. */
uint64_t ledger_rate_e10(const struct ledger *ledger, enum currency currency);

struct ledger_counts {
    uint64_t limits, limits_closed, reservations_open, exposures_open, records, unlocks, ids;
    uint64_t archived;     /* of the ids, those that have left memory */
    uint64_t memory_bytes; /* in use by tables, rounded down to what was handed out */
};
void ledger_count(const struct ledger *ledger, struct ledger_counts *ret_counts);

/** The number of a limit, record or unlock by its id; LEDGER_NONE when there is none. */
uint32_t ledger_limit_find(const struct ledger *ledger, const struct ledger_id *id);
uint32_t ledger_record_find(const struct ledger *ledger, const struct ledger_id *id);
/** A reservation or exposure by its id, also one that has left memory; false when there is none. */
bool ledger_record_look(const struct ledger *ledger, const struct ledger_id *id,
                        struct ledger_record_view *ret_view);
uint32_t ledger_unlock_find(const struct ledger *ledger, const struct ledger_id *id);
uint32_t ledger_limits_count(const struct ledger *ledger);
void ledger_limit_view(const struct ledger *ledger, struct ledger_limit_view *ret_view,
                       uint32_t limit);
void ledger_record_view(const struct ledger *ledger, struct ledger_record_view *ret_view,
                        uint32_t record);
void ledger_unlock_view(const struct ledger *ledger, struct ledger_unlock_view *ret_view,
                        uint32_t unlock);
/** The id of a limit; points into the ledger, for ever. */
const struct ledger_id *ledger_limit_id(const struct ledger *ledger, uint32_t limit);
const struct ledger_id *ledger_record_id(const struct ledger *ledger, uint32_t record);
/** The number of the event that made a record: for ever its own, unlike its place. */
uint64_t ledger_record_number(const struct ledger *ledger, uint32_t record);
enum currency ledger_limit_currency(const struct ledger *ledger, uint32_t limit);
/** The path of a limit: itself and its ancestors in depth-first preorder. Valid until the next
 * ledger_apply. */
const uint32_t *ledger_limit_path(const struct ledger *ledger, uint32_t limit, size_t *ret_count);
/** The children of a limit in the order of their opening: LEDGER_NONE gives the first, then each
 * the next. */
uint32_t ledger_child_next(const struct ledger *ledger, uint32_t limit, uint32_t child);
/** Open reservations and exposures made directly on a limit, newest first: LEDGER_NONE gives the
 * first. `number` is that of `record`, which may have closed since. */
uint32_t ledger_record_next(const struct ledger *ledger, uint32_t limit, uint32_t record,
                            uint64_t number);
/** Limits of a holder or kind, newest first: LEDGER_NONE gives the first. */
uint32_t ledger_holder_next(const struct ledger *ledger, struct slice holder, uint32_t limit);
uint32_t ledger_kind_next(const struct ledger *ledger, struct slice kind, uint32_t limit);

/** What stands on a limit and below it in one drawing currency, before conversion. */
struct ledger_currency_sums {
    enum currency currency;
    int128 outstanding_minor, reserved_minor, repaid_minor;
};
/** The sums of a limit, one a currency in which anything was ever drawn. Returns how many there
 * are; at most `capacity` are written. */
size_t ledger_limit_sums(const struct ledger *ledger, struct ledger_currency_sums *sums,
                         size_t capacity, uint32_t limit);

/* ---- what is closed leaves memory ----
 *
 * Closed reservations and exposures, and accepted commands that made nothing of their own, never
 * change again; only their ids are asked for. Whoever owns the ledger copies them to where they are
 * found again, and then takes them out of memory, between two batches. Nothing that the ledger
 * answers depends on when. */

enum { LEDGER_CLOSED_MAX = 160 }; /* bytes that are kept of one beside its id */

/** Where they are found. `hash` is that of the id with the seed of ledger_archive_set. */
struct ledger_archive {
    void *context;
    void (*prefetch)(void *context, uint64_t hash); /* may_hold will be asked soon */
    bool (*may_hold)(void *context, uint64_t hash); /* false: it is certainly not there */
    /* False when it is not there, or when it cannot be read: then the owner knows, and answers
     * nothing any more. */
    bool (*find)(void *context, const struct ledger_id *id, uint64_t hash,
                 uint8_t ret_value[LEDGER_CLOSED_MAX], size_t *ret_size);
    /* What was found under an id makes no sense. */
    void (*refuse)(void *context, const struct ledger_id *id);
};

/** Before the first command or ledger_load. `archive` must last as long as the ledger. */
void ledger_archive_set(struct ledger *ledger, const struct ledger_archive *archive,
                        uint64_t hash_seed);
/** How many could leave memory. */
uint64_t ledger_closed_count(const struct ledger *ledger);

struct ledger_closed {
    struct ledger_id id;
    uint8_t value[LEDGER_CLOSED_MAX]; /* what find must give back */
    size_t size;
    uint32_t reference; /* until it leaves memory */
};
struct ledger_closed_walk {
    uint32_t record, trace; /* places looked at so far */
    bool ended;
};
/** The next one of a walk over memory, which may go on after later batches: none is met twice.
 * Looks at no more places than `inout_looks` says. False when it has met none, or walk->ended. */
bool ledger_closed_next(const struct ledger *ledger, struct ledger_closed_walk *walk,
                        struct ledger_closed *ret_row, uint32_t *inout_looks);
const struct ledger_id *ledger_closed_id(const struct ledger *ledger, uint32_t reference);
void ledger_closed_prefetch(const struct ledger *ledger, uint32_t reference);
/** Asks for what the index keeps of one whose row is at hand: ledger_closed_prefetch came before.
 */
void ledger_closed_prefetch_index(const struct ledger *ledger, uint32_t reference);
/** Takes one out of memory; from now on the archive must find it. */
void ledger_closed_retire(struct ledger *ledger, uint32_t reference);
/** How many have left memory, and the sum of the hashes of (id, value). */
void ledger_archived(const struct ledger *ledger, uint64_t *ret_count, struct hash_sum *ret_sum);

/* ---- snapshot, digest, proof ---- */

/** Where a snapshot's bytes go; returns 0, or any other value to end the writing with it. */
struct ledger_sink {
    int (*write)(void *context, const void *data, size_t size);
    void *context;
};
/** Where they come from: exactly `size` bytes, or any value but 0 to end the reading with it. */
struct ledger_source {
    int (*read)(void *context, void *data, size_t size);
    void *context;
    /** Told once, before the first row is read, which memory will be filled, in that order; it may
     *  be committed from another thread meanwhile. `parts` may be kept by copy only. NULL: no. */
    void (*coming)(void *context, const struct ledger_ahead *parts, size_t count);
};
enum { LEDGER_COMING_MAX = 16 };
/** Writes the whole state. Returns 0 or what the sink returned. */
int ledger_save(const struct ledger *ledger, const struct ledger_sink *sink) MUST_USE;
/** Bytes that ledger_fork_begin copies. */
size_t ledger_fork_bytes(const struct ledger *ledger);
/** Before a fork whose child saves the state while this process goes on: copies the tables that
 *  decisions write all over into `copy`, and keeps them and the index of ids from the child.
 *  Else the first write to each of their pages would wait for a copy of it, thousands in a row. */
void ledger_fork_begin(struct ledger *ledger, void *copy);
/** After the fork: in the parent. */
void ledger_fork_end(struct ledger *ledger);
/** After the fork: in the child, which may then only save. */
void ledger_fork_child(struct ledger *ledger, void *copy);
/** Reads a state into a new ledger of the same base currency. Returns 0, what the source returned,
 * or -1 when the bytes are not a state that fits this ledger; the ledger is then good for
 * ledger_free alone. */
int ledger_load(struct ledger *ledger, const struct ledger_source *source) MUST_USE;

/** SHA-256 over everything that ledger.md calls state, in the order in which it came to be; of
 * records and other commands over the sum of their hashes. Equal on every build, after a restart,
 * and whatever has left memory. False when memory is short. */
bool ledger_digest(const struct ledger *ledger, uint8_t ret_digest[32]) MUST_USE;

/** Recomputes from the open records what the ledger keeps, and checks every invariant of "What
 * always holds" and of the tables. Returns true, or false with one line that says what is wrong in
 * `reterr_message`. */
bool ledger_verify(const struct ledger *ledger, struct buffer *reterr_message) MUST_USE;

#endif
