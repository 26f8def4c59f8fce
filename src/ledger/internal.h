/* The tables of the ledger. Private to the room: everything here is reached through ledger.h.
 *
 * Limits, records and the rest are numbered from 0 in the order in which they came to be and refer
 * to one another by number. What a drawing touches on each limit of its path lies in one cache
 * line, what it reads of the limit that it names in the line behind (struct limit); what only
 * people and rare commands look at lies apart (struct limit_rest). */
#ifndef HEADROOM_LEDGER_INTERNAL_H
#define HEADROOM_LEDGER_INTERNAL_H

#include "base/hash.h"
#include "base/hash_inline.h"
#include "ledger/index.h"
#include "ledger/ledger.h"

/* The largest sum that a drawing may leave behind, in minor units. Source: ledger.md, "Results", 5.
 */
#define SUM_MAX 9000000000000000000LL
/* Converted figures are held here at most (ledger-choices.md, R27): 10^38. */
#define FIGURE_MAX ((int128)10000000000000000000ULL * (int128)10000000000000000000ULL)

enum { LIMIT_HAS_TOLERANCE = 1, LIMIT_HAS_FROZEN = 2, LIMIT_HAS_RAISE = 4 };

enum { LIMIT_PATH_NEAR = 6 };

/** What a drawing reads and writes of each limit on its path, and behind it, in a line of its own,
 *  what it reads of the limit that it names. The two lines are neighbours: both come for little
 * more than one, because what a miss waits for is mostly the translation of the page. */
struct limit {
    /* Sums in the limit's own currency; see sums.c for what does not fit here. */
    int64_t outstanding, reserved, repaid;
    int64_t cap;
    uint32_t sums;         /* first of the sums kept apart, or LEDGER_NONE */
    date_days from, until; /* DATE_NONE, INT32_MAX when not set */
    date_days due_until;   /* INT32_MAX when not set */
    uint32_t path;         /* where a path longer than LIMIT_PATH_NEAR begins in ledger.paths */
    uint32_t record;       /* newest open record directly on it, or LEDGER_NONE */
    uint8_t path_count;
    uint8_t status;    /* enum ledger_limit_status */
    uint8_t measure;   /* enum ledger_measure */
    uint8_t mode;      /* enum ledger_mode */
    uint8_t currency;  /* enum currency */
    uint8_t revolving; /* 0 or 1 */
    uint8_t extras;    /* LIMIT_HAS bits: what makes the usable amount differ from the cap */
    uint8_t spare;

    struct ledger_id id;
    uint32_t near[LIMIT_PATH_NEAR]; /* its path, when it is no longer than this */
    uint64_t content;               /* hash of the command that opened it */
};

_Static_assert(offsetof(struct limit, id) == 64, "what each limit on a path gives is one line");
_Static_assert(sizeof(struct limit) == 128, "a limit is two cache lines");
_Static_assert(CURRENCY_COUNT <= 256, "a currency fits a byte");

/* Where the alignment of an int128 would cost eight bytes a limit. */
typedef int128 int128_of_words __attribute__((aligned(8)));

/** What else there is to a limit. */
struct limit_rest {
    int128_of_words frozen;
    int64_t raise;
    date_days raise_from, raise_until;
    int32_t tolerance_bps;
    uint32_t holder, kind;           /* names, or LEDGER_NONE */
    uint32_t holder_next, kind_next; /* the limit of the same name before this one */
    uint32_t parent_edge;            /* first of its parents, or LEDGER_NONE */
};

_Static_assert(sizeof(struct limit_rest) == 56, "the rest of a limit has no padding");

/** One parent of one limit. Children stand in a ring in the order of their numbers. */
struct edge {
    uint32_t parent, child;
    uint32_t parent_next;            /* the child's next parent; of a free edge the next free one */
    uint32_t child_next, child_prev; /* the ring of the parent's children */
};

/** Sums of one drawing currency on one limit that are not kept inline: all of another currency than
 * the limit's own, and what passed 64 bits of its own. */
struct sum {
    int128 outstanding, reserved, repaid;
    int128 committed; /* converted, as of rates_epoch */
    uint64_t rates_epoch;
    uint32_t next;
    uint32_t currency;
};

enum { RECORD_AMOUNT_IS_DEFAULT = 1 }; /* bit i: amount i is what its default was */

/** A reservation or an exposure. Its place is used again once it has left memory; op NONE marks a
 * free one, whose limit is the next free one. */
struct record {
    struct ledger_id id;
    uint64_t content;
    uint32_t limit;
    uint8_t op; /* RESERVE, DRAW or CONFIRM: the command that made it */
    uint8_t currency;
    uint8_t defaults; /* bits of the amounts that were their default */
    uint8_t spare;
    int64_t made[MEASURE_COUNT];
    int64_t remaining[MEASURE_COUNT];
    time_us expires; /* TIME_NONE: does not */
    uint64_t number; /* of the event that made it: the order of records */
};

_Static_assert(sizeof(struct record) == 112, "a record has no padding");

/* The neighbours of an open record in the list of its limit, newest first. They lie apart from the
 * records because a drawing writes those of the record before it: in a table this small they are
 * often in the cache. */
struct record_link {
    uint32_t next, prev;
};

struct unlock {
    struct ledger_id id;
    uint64_t content;
    int64_t amount, remaining;
    uint32_t limit;
    date_days until;
    uint8_t lifts;
};

/** An accepted command that made nothing with a number of its own. op NONE marks a free place,
 * whose content is the next free one. */
struct trace {
    struct ledger_id id;
    uint64_t content;
    int64_t amounts[MEASURE_COUNT];
    uint8_t op, currency, defaults;
};

/** A holder or a kind. */
struct name {
    char text[LEDGER_ID_SIZE]; /* padded with zero bytes */
    uint32_t limit;            /* the newest limit of that name */
};

struct names {
    struct name *names;
    uint32_t count, max;
    uint64_t hash_seed;
    struct index index;
};

/** A reservation that will expire; entries of closed ones stay until they surface. */
struct deadline {
    time_us expires;
    uint64_t number; /* of the record */
    uint32_t record;
    uint32_t spare;
};

/* What ids.c keeps in its index: the kind of thing in the two high bits of 32, its number below. */
enum { ID_LIMIT, ID_RECORD, ID_UNLOCK, ID_TRACE };

/* What the look-ahead over a batch found for one command. */
struct sight {
    uint64_t id_hash, target_hash;
    uint64_t drops;  /* ledger.drops when the target was found */
    uint32_t target; /* reference of what the command names, or LEDGER_NONE: to be looked for */
};

enum { SIGHTS_COUNT = 64 };

struct undo;

struct ledger {
    struct ledger_options options;
    time_us time;
    date_days business_date;
    uint64_t effects_total;
    uint64_t rates[CURRENCY_COUNT]; /* x 10^10; 0: not set */
    uint64_t rates_epoch;           /* grows when a rate changes */

    struct limit *limits;
    struct limit_rest *rests;
    uint32_t *child_edges; /* of each limit the last edge to a child, or LEDGER_NONE */
    struct record *records;
    struct record_link *links;
    struct unlock *unlocks;
    struct trace *traces;
    struct edge *edges;
    struct sum *sums;
    uint32_t *paths;
    uint32_t limits_count, records_count, unlocks_count, traces_count, edges_count, sums_count;
    uint32_t edges_max, sums_max;
    uint32_t paths_used;
    uint32_t edge_free;                      /* first free edge, or LEDGER_NONE */
    uint32_t sum_free;                       /* first free sum, or LEDGER_NONE */
    uint32_t path_free[LEDGER_PATH_MAX + 1]; /* first free path of each length */
    uint32_t limits_closed, reservations_open, exposures_open;
    uint32_t record_free, trace_free;   /* first free place, or LEDGER_NONE */
    uint32_t records_free, traces_free; /* how many there are */
    uint64_t records_archived, traces_archived;
    struct hash_sum archived_sum;         /* over what has left memory */
    const struct ledger_archive *archive; /* or NULL: nothing leaves memory */
    struct index ids;
    struct names holders, kinds;

    struct deadline *deadlines; /* a heap by (expires, record) */
    uint32_t deadlines_count;
    uint32_t deadlines_live; /* open reservations that expire */

    /* Of the current batch. */
    struct ledger_effect *effects;
    size_t effects_count, effects_max;
    struct ledger_refusal *refusals;
    uint32_t *overs;
    char *views; /* of gets */
    size_t refusals_count, overs_count, views_count;
    uint32_t command; /* index of the one that is being applied */
    struct sight sights[SIGHTS_COUNT];
    const struct sight *sight; /* of the one that is being applied */
    uint64_t drops;            /* grows when a limit or record is taken back */

    /* Of the current chain. */
    bool in_chain;
    struct undo *undos;
    size_t undos_count, undos_max;
    uint32_t *subtree; /* room for a walk below a limit */
    uint64_t *marks;   /* one bit a limit, for walks; all zero between them */
};

/* ---- ids.c ---- */
static inline uint64_t id_hash(const struct ledger *ledger, const struct ledger_id *id)
{
    return hash64_of_32(id->bytes, ledger->options.hash_seed);
}

/* The reference (kind << 30 | number) of an id, or LEDGER_NONE. */
uint32_t id_find(const struct ledger *ledger, const struct ledger_id *id, uint64_t hash);
void id_insert(struct ledger *ledger, uint64_t hash, unsigned kind, uint32_t number);
void id_remove(struct ledger *ledger, const struct ledger_id *id, unsigned kind, uint32_t number);
const struct ledger_id *id_of(const struct ledger *ledger, uint32_t reference);
/* The number of what the command that is being applied names, if it is of that kind, or
 * LEDGER_NONE. */
uint32_t id_find_target(const struct ledger *ledger, const struct ledger_command *command,
                        unsigned kind);
/* The number of a thing of that kind with that id, or LEDGER_NONE. */
uint32_t id_find_kind(const struct ledger *ledger, const struct ledger_id *id, unsigned kind);

static inline unsigned reference_kind(uint32_t reference)
{
    return reference >> 30;
}

static inline uint32_t reference_number(uint32_t reference)
{
    return reference & 0x3FFFFFFFU;
}

/* Whether a place has nothing in it. */
static inline bool place_free(const struct ledger *ledger, unsigned kind, uint32_t number)
{
    return (kind == ID_RECORD && ledger->records[number].op == LEDGER_OP_NONE) ||
           (kind == ID_TRACE && ledger->traces[number].op == LEDGER_OP_NONE);
}

/* ---- names.c ---- */
bool names_open(struct names *names, uint32_t max, uint64_t hash_seed) MUST_USE;
void names_release(struct names *names);
/* The number of a name, LEDGER_NONE when unknown or empty. */
uint32_t name_find(const struct names *names, struct slice text);
/* The same, added when unknown; LEDGER_NONE for the empty name. */
uint32_t name_intern(struct names *names, struct slice text);
struct slice name_text(const struct names *names, uint32_t name);
/* Takes back a name that was the last to be added and has no limit left. */
void name_drop_unused(struct names *names, uint32_t name);

/* ---- sums.c ---- */

/* How an amount moves the three sums of each limit on a path. */
enum posting {
    POST_RESERVE, /* reserved + */
    POST_RELEASE, /* reserved - */
    POST_DRAW,    /* outstanding + */
    POST_UNDRAW,  /* outstanding -, the inverse of a draw */
    POST_REPAY,   /* outstanding -, repaid + */
    POST_UNREPAY, /* outstanding +, repaid -, the inverse of a repayment */
};

void sums_post(struct ledger *ledger, uint32_t limit, enum currency currency, enum posting posting,
               const int64_t amounts[MEASURE_COUNT]);
/* Gives back what a limit that is no more kept apart. */
void sums_drop(struct ledger *ledger, uint32_t limit);
/* Adds to the sums of one limit alone. */
void sums_add(struct ledger *ledger, uint32_t limit, enum currency currency, int128 outstanding,
              int128 reserved, int128 repaid);
int128 convert(const struct ledger *ledger, int128 amount_minor, enum currency from,
               enum currency to);
/* True when a drawing in `currency` can be expressed in the currency of `limit`. */
bool convertible(const struct ledger *ledger, enum currency currency, enum currency to);
/* Sum over the currencies of what is committed, in the limit's currency. */
int128 limit_committed(struct ledger *ledger, const struct limit *limit);
/* used_c + reserved_c of one drawing currency. */
int128 limit_committed_in(const struct ledger *ledger, const struct limit *limit,
                          enum currency currency);
int128 figure_add(int128 a, int128 b);
/* cap + the raise that is active. */
int128 limit_effective_cap(const struct ledger *ledger, uint32_t limit);
/* effective cap + tolerance - frozen: what committed may rise to. */
int128 limit_ceiling(const struct ledger *ledger, uint32_t limit);
bool limit_over(struct ledger *ledger, uint32_t limit);

/* The common case, on the hot path inline: every sum stands in the limit itself, and what may be
 * used is the cap. */
static inline bool limit_is_plain(const struct limit *limit, enum currency currency)
{
    return limit->currency == (uint8_t)currency && limit->sums == LEDGER_NONE && limit->extras == 0;
}

static inline int128 limit_committed_plain(const struct limit *limit)
{
    return (int128)limit->outstanding + limit->reserved + (limit->revolving ? 0 : limit->repaid);
}

/* ---- limits.c: the graph ---- */
static inline const uint32_t *limit_path(const struct ledger *ledger, uint32_t limit)
{
    const struct limit *leaf = &ledger->limits[limit];

    return LIKELY(leaf->path_count <= LIMIT_PATH_NEAR) ? leaf->near : &ledger->paths[leaf->path];
}

/* Computes the path of `limit` from its edges; returns its length, or 0 when it would pass 32. */
unsigned path_compute(const struct ledger *ledger, uint32_t limit, uint32_t path[LEDGER_PATH_MAX]);
void path_store(struct ledger *ledger, uint32_t limit, const uint32_t *path, unsigned count);
void path_free(struct ledger *ledger, uint32_t limit);
void parents_set(struct ledger *ledger, uint32_t limit, const uint32_t *parents, unsigned count);
unsigned parents_get(const struct ledger *ledger, uint32_t limit,
                     uint32_t parents[LEDGER_PARENTS_MAX]);
/* Lists `limit` and all below it in ledger->subtree; returns how many there are. */
uint32_t subtree_list(struct ledger *ledger, uint32_t limit);
/* Gives `limit` other parents, rewrites the paths below and moves what stands there. The parents
 * have been judged. */
void limit_reparent(struct ledger *ledger, uint32_t limit, const uint32_t *parents, unsigned count);
/* Judges a move: LEDGER_OK, BAD_PARENTS for a cycle or a path over 32, RATE_NOT_SET. */
enum ledger_status limit_move_judge(struct ledger *ledger, uint32_t limit, const uint32_t *parents,
                                    unsigned count);

/* ---- records.c ---- */
/* The next record, all zero but for what the caller fills in; record_add follows. */
struct record *record_new(struct ledger *ledger, uint32_t *ret_number);
/* Makes the record known and open and links it to its limit; the caller posts its sums. */
void record_add(struct ledger *ledger, uint32_t number);
/* Gives a place back. */
void record_free(struct ledger *ledger, uint32_t number);
/* Takes back the newest record. */
void record_drop(struct ledger *ledger, uint32_t record);
/* Sets what remains; unlinks the record from its limit at zero, links it again above. */
void record_set_remaining(struct ledger *ledger, uint32_t record,
                          const int64_t remaining[MEASURE_COUNT]);

static inline bool record_open(const struct record *record)
{
    return record->remaining[0] > 0;
}

static inline bool record_is_reservation(const struct record *record)
{
    return record->op == LEDGER_OP_RESERVE;
}

/* ---- closed.c: what leaves memory ---- */

/* What is kept of a closed reservation or exposure, or of a trace. */
struct closed {
    bool is_record;
    uint8_t op, currency, defaults;
    uint64_t content;
    uint64_t number; /* of a record */
    uint32_t limit;  /* of a record */
    time_us expires;
    int64_t amounts[MEASURE_COUNT];
};

struct closed closed_of_record(const struct record *record);
struct closed closed_of_trace(const struct trace *trace);
size_t closed_pack(uint8_t out[LEDGER_CLOSED_MAX], const struct closed *closed);
bool closed_unpack(struct closed *ret_closed, struct slice bytes);
/* Adds id and packed bytes to a sum, as whoever keeps them does. */
void closed_sum(struct hash_sum *sum, const struct ledger_id *id, const struct closed *closed);
/* False: nothing was archived under an id with that hash. */
static inline bool closed_may_hold(const struct ledger *ledger, uint64_t hash)
{
    const struct ledger_archive *archive = ledger->archive;

    return archive != NULL && archive->may_hold(archive->context, hash);
}

/* What was archived under an id that is not in memory; false when nothing was. */
bool closed_find(const struct ledger *ledger, const struct ledger_id *id, uint64_t hash,
                 struct closed *ret_closed);
bool closed_find_record(const struct ledger *ledger, const struct ledger_id *id, uint64_t hash,
                        bool reservation, struct closed *ret_closed);
void closed_view(struct ledger_record_view *ret_view, const struct ledger_id *id,
                 const struct closed *closed);

/* ---- time.c ---- */
/* Moves ledger time to max(time, at), TIME_NONE being before any time, and releases what expires.
 */
void time_pass(struct ledger *ledger, time_us at);
void deadline_add(struct ledger *ledger, uint32_t record);

/* ---- undo.c: what a chain did, so that it can be taken back ---- */
enum undo_kind {
    UNDO_LIMIT_OPEN,  /* number */
    UNDO_LIMIT_STATE, /* number, limit and rest as they were, but for sums and lists */
    UNDO_REPARENT,    /* number, the parents it had */
    UNDO_RECORD_ADD,  /* number */
    UNDO_REMAINING,   /* number, remaining as it was */
    UNDO_POST,        /* number (limit), currency, posting, amounts */
    UNDO_UNLOCK_ADD,  /* number */
    UNDO_UNLOCK_USE,  /* number, remaining[0] as it was */
    UNDO_TRACE_ADD,   /* number */
    UNDO_RATE,        /* number (currency), value as it was */
    UNDO_DAY,         /* the date as it was, in number */
    UNDO_TIME,        /* the time as it was, in amounts[0] */
};

struct undo_state {
    int64_t cap, raise;
    int128 frozen;
    date_days until, due_until, raise_from, raise_until;
    int32_t tolerance_bps;
    uint8_t mode, status, extras;
};

struct undo {
    uint8_t kind;
    uint8_t currency;
    uint8_t posting;
    uint8_t parents_count;
    uint32_t number;
    union {
        int64_t amounts[MEASURE_COUNT];
        uint64_t rate;
        struct undo_state state;
        uint32_t parents[LEDGER_PARENTS_MAX];
    };
};

/* Room for one more entry, or NULL outside a chain. */
struct undo *undo_push(struct ledger *ledger, enum undo_kind kind, uint32_t number);
void undo_limit_state(struct ledger *ledger, uint32_t limit);
/* Takes back everything since the chain began, newest first. */
void undo_all(struct ledger *ledger);

/* ---- identity.c: what makes a repeat the same ---- */

/* Hash of the content of a command but for the three amounts of a drawing. `currency` is the one
 * that the command gives or that its limit has; `amount` the minor units of any other amount, or
 * -1. */
uint64_t content_hash(const struct ledger_command *command, enum currency currency, int64_t amount);
/* The same for an id whose first command has left memory. */
enum ledger_status identity_judge_closed(const struct ledger *ledger,
                                         const struct ledger_command *command,
                                         const struct closed *closed);
/* LEDGER_EXISTS or LEDGER_ID_CONFLICT for a command whose id is taken. */
enum ledger_status identity_judge(const struct ledger *ledger, const struct ledger_command *command,
                                  uint32_t reference);
/* Minor units of an amount in a currency: -1 when it has too many decimals or is too large. */
int64_t amount_resolve(struct ledger_amount amount, enum currency currency);

/* ---- the commands; each returns LEDGER_OK or the first rule of steps 3 to 5 that is broken ----
 */
enum ledger_status apply_limit_command(struct ledger *ledger, const struct ledger_command *command,
                                       struct ledger_result *result);
enum ledger_status apply_drawing(struct ledger *ledger, const struct ledger_command *command,
                                 struct ledger_result *result);
enum ledger_status apply_settlement(struct ledger *ledger, const struct ledger_command *command,
                                    struct ledger_result *result);
enum ledger_status apply_get(struct ledger *ledger, const struct ledger_command *command,
                             struct ledger_result *result);

/* Gives a trace's place back. */
void trace_free(struct ledger *ledger, uint32_t number);
/* Takes back the newest trace. */
void trace_drop(struct ledger *ledger, uint32_t number);
/* Records that a command made nothing with a number of its own. */
void trace_add(struct ledger *ledger, const struct ledger_command *command, uint64_t content,
               enum currency currency, const int64_t amounts[MEASURE_COUNT], uint8_t defaults);
void effect_add(struct ledger *ledger, enum ledger_op op, uint32_t limit, uint32_t record,
                enum currency currency, const int64_t amounts[MEASURE_COUNT]);
/* Adds a reason of refusal to the result; the caller set result->refusals to the end of the list.
 */
struct ledger_refusal *refusal_add(struct ledger *ledger, struct ledger_result *result,
                                   uint32_t limit, enum ledger_status reason);
/* Lists in the result the limits on the path that are over. */
void over_list(struct ledger *ledger, struct ledger_result *result, uint32_t limit);

#endif
