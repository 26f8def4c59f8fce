/* A ledger command in memory: what JSON, the journal and the C interface are read into.
 * Source: ledger.md, "Values" and "Commands". */
#ifndef HEADROOM_LEDGER_COMMAND_H
#define HEADROOM_LEDGER_COMMAND_H

#include "base/amount.h"
#include "base/date.h"
#include "ledger/ledger_status.h"

enum {
    LEDGER_ID_SIZE = 32,      /* bytes of an id at most */
    LEDGER_PATH_MAX = 32,     /* limits on a path, itself included */
    LEDGER_PARENTS_MAX = 31,  /* parents of one limit */
    LEDGER_UNLOCKS_MAX = 16,  /* unlocks that one command names */
    LEDGER_TEXT_MAX = 1024,   /* bytes of actor, reason and case each */
    LEDGER_KIND_SIZE = 32,    /* bytes of a kind */
    LEDGER_BPS_MAX = 1000000, /* tolerance in basis points */
};

/** A rate of one, in the unit of rate_e10. */
#define LEDGER_RATE_ONE 10000000000ULL
/** The largest rate, 10^6, in the unit of rate_e10. */
#define LEDGER_RATE_MAX (1000000ULL * LEDGER_RATE_ONE)

/** An id, padded with zero bytes, which no id contains. */
struct ledger_id {
    char bytes[LEDGER_ID_SIZE];
};

/* X(identifier, name). */
#define LEDGER_OP_LIST(X)                                                                          \
    X(RATE_SET, "rate.set")                                                                        \
    X(DAY_OPEN, "day.open")                                                                        \
    X(LIMIT_OPEN, "limit.open")                                                                    \
    X(LIMIT_ADJUST, "limit.adjust")                                                                \
    X(LIMIT_RAISE, "limit.raise")                                                                  \
    X(LIMIT_ACTIVATE, "limit.activate")                                                            \
    X(LIMIT_FREEZE, "limit.freeze")                                                                \
    X(LIMIT_UNFREEZE, "limit.unfreeze")                                                            \
    X(LIMIT_MOVE, "limit.move")                                                                    \
    X(LIMIT_CLOSE, "limit.close")                                                                  \
    X(UNLOCK, "unlock")                                                                            \
    X(RESERVE, "reserve")                                                                          \
    X(CONFIRM, "confirm")                                                                          \
    X(CANCEL, "cancel")                                                                            \
    X(DRAW, "draw")                                                                                \
    X(REPAY, "repay")                                                                              \
    X(RESTATE, "restate")                                                                          \
    X(CHECK, "check")                                                                              \
    X(GET, "get")

enum ledger_op {
    LEDGER_OP_NONE, /* unknown: the form is bad */
#define X(identifier, name) LEDGER_OP_##identifier,
    LEDGER_OP_LIST(X)
#undef X
        LEDGER_OP_EXPIRE, /* no command: a reservation released by the passage of time */
    LEDGER_OP_COUNT
};

/* X(identifier, name, type). command_json.c says how each type is read. */
#define LEDGER_FIELD_LIST(X)                                                                       \
    X(ID, "id", ID)                                                                                \
    X(LIMIT, "limit", TARGET)                                                                      \
    X(RESERVATION, "reservation", TARGET)                                                          \
    X(EXPOSURE_ID, "exposure_id", TARGET)                                                          \
    X(UNLOCK, "unlock", TARGET)                                                                    \
    X(AMOUNT, "amount", AMOUNT)                                                                    \
    X(EXPOSURE, "exposure", AMOUNT)                                                                \
    X(WEIGHTED, "weighted", AMOUNT)                                                                \
    X(CAP, "cap", AMOUNT)                                                                          \
    X(CURRENCY, "currency", CURRENCY)                                                              \
    X(RATE, "rate", RATE)                                                                          \
    X(DATE, "date", DATE)                                                                          \
    X(FROM, "from", DATE)                                                                          \
    X(UNTIL, "until", DATE)                                                                        \
    X(DUE_UNTIL, "due_until", DATE)                                                                \
    X(DUE, "due", DATE)                                                                            \
    X(EXPIRES, "expires", TIME)                                                                    \
    X(AT, "at", TIME)                                                                              \
    X(PARENTS, "parents", IDS)                                                                     \
    X(UNLOCKS, "unlocks", IDS)                                                                     \
    X(HOLDER, "holder", TEXT)                                                                      \
    X(KIND, "kind", TEXT)                                                                          \
    X(ACTOR, "actor", TEXT)                                                                        \
    X(REASON, "reason", TEXT)                                                                      \
    X(CASE, "case", TEXT)                                                                          \
    X(MEASURE, "measure", WORD)                                                                    \
    X(MODE, "mode", WORD)                                                                          \
    X(STATUS, "status", WORD)                                                                      \
    X(LIFTS, "lifts", WORDS)                                                                       \
    X(TOLERANCE_BPS, "tolerance_bps", INTEGER)                                                     \
    X(REVOLVING, "revolving", BOOLEAN)                                                             \
    X(FINAL, "final", BOOLEAN)                                                                     \
    X(LINKED, "linked", BOOLEAN)

enum ledger_field {
#define X(identifier, name, type) LEDGER_FIELD_##identifier,
    LEDGER_FIELD_LIST(X)
#undef X
        LEDGER_FIELD_COUNT
};

/** The bit of a field in ledger_command.fields. */
#define LEDGER_HAS(field) (1ULL << LEDGER_FIELD_##field)

enum ledger_measure { MEASURE_NOMINAL, MEASURE_EXPOSURE, MEASURE_WEIGHTED, MEASURE_COUNT };
enum ledger_mode { MODE_HARD, MODE_SOFT, MODE_OFF, MODE_COUNT };
enum ledger_limit_status {
    LIMIT_STATUS_PENDING,
    LIMIT_STATUS_ACTIVE,
    LIMIT_STATUS_FROZEN,
    LIMIT_STATUS_CLOSED,
    LIMIT_STATUS_COUNT
};

/* Reasons that an unlock may lift, as bits. */
enum ledger_lift {
    LIFT_LIMIT_EXCEEDED = 1,
    LIFT_LIMIT_FROZEN = 2,
    LIFT_NOT_YET_VALID = 4,
    LIFT_EXPIRED = 8,
    LIFT_DUE_REQUIRED = 16,
    LIFT_DUE_TOO_LATE = 32,
    LIFT_ALL = 63
};

/** An amount as given: digits x 10^-decimals of the major unit, or minor units where the currency
 * is known. */
struct ledger_amount {
    uint64_t digits;
    uint8_t decimals; /* 0 to 18, or LEDGER_MINOR */
};

#define LEDGER_MINOR 255U

/** Fields that few commands have. Lists and texts belong to whoever made the command. */
struct ledger_extra {
    struct slice holder, kind, actor, reason, case_ref;
    const struct ledger_id *parents;
    const struct ledger_id *unlocks;
    uint64_t rate_e10; /* price of one major unit in the base currency x 10^10 */
    date_days date, from, until, due_until;
    int32_t tolerance_bps;
    uint8_t parents_count, unlocks_count;
    uint8_t measure, mode, status, lifts;
    bool revolving;
};

struct ledger_command {
    struct ledger_id id;
    struct ledger_id target; /* what limit, reservation, exposure_id or unlock names */
    /* The three amounts; the first is the cap in limit.open and limit.adjust. */
    struct ledger_amount amounts[MEASURE_COUNT];
    time_us at;                       /* TIME_NONE when not given */
    time_us expires;                  /* TIME_NONE when not given */
    const struct ledger_extra *extra; /* never NULL; ledger_extra_none by default */
    uint64_t fields;                  /* LEDGER_HAS bits of what was given */
    date_days due;                    /* DATE_NONE when not given */
    uint8_t op;                       /* enum ledger_op */
    uint8_t form;     /* enum ledger_status: OK, or the first rule of form that is broken */
    uint8_t currency; /* enum currency, CURRENCY_NONE when not given */
    bool linked;
    bool final;  /* of confirm */
    bool has_id; /* id is well formed, and echoed */
};

/** The extra fields of a command that gives none: every default. */
extern const struct ledger_extra ledger_extra_none;

static inline bool ledger_id_equal(const struct ledger_id *a, const struct ledger_id *b)
{
    return memcmp(a->bytes, b->bytes, LEDGER_ID_SIZE) == 0;
}

/** Reads an id: 1 to 32 bytes of UTF-8, no control characters, no space at either end. */
bool ledger_id_read(struct slice text, struct ledger_id *ret_id) MUST_USE;
/** The id's text, without the padding; points into `id`. */
struct slice ledger_id_slice(const struct ledger_id *id);
struct slice ledger_op_name(enum ledger_op op);
/** LEDGER_OP_NONE when no command has that name. */
enum ledger_op ledger_op_from_name(struct slice name);
struct slice ledger_measure_name(enum ledger_measure measure);
struct slice ledger_mode_name(enum ledger_mode mode);
struct slice ledger_limit_status_name(enum ledger_limit_status status);
/** The reason that one bit of enum ledger_lift stands for. */
enum ledger_status ledger_lift_reason(enum ledger_lift lift);
/** True when `text` has a control character (U+0000 to U+001F, U+007F to U+009F). */
bool ledger_text_has_control(struct slice text);

/** A command with nothing in it but its defaults. */
void ledger_command_init(struct ledger_command *command, enum ledger_op op);
/** Judges what step 1 of "Results" asks beyond each member by itself: amounts against the currency
 * that the command names (they become minor units), exposure and weighted against amount, until
 * against from, the base currency's rate. Every reader of commands ends with it. Sets command->form
 * unless a code that comes first stands there. */
void ledger_command_judge(struct ledger_command *command, enum currency base);
/** Sets command->form to `status` unless a code that comes first stands there. */
void ledger_command_break(struct ledger_command *command, enum ledger_status status);

#endif
