/* An independent auditor of answered commands.
 *
 * A small ledger of its own, written from docs/reference/ledger.md and not from src/ledger: plain
 * sums, recomputed where that is simpler, undone by copying the whole state. It is shown every
 * batch in the order in which the engine decided it, says what each answer had to be, and what each
 * limit and record has to stand at. It covers what the simulation sends: one currency, the nominal
 * measure, a fixed graph of limits with every control strength, no dates, no unlocks; time passes.
 * The model of tests/model covers the rest, without crashes. */
#ifndef HEADROOM_TESTS_SIM_AUDIT_H
#define HEADROOM_TESTS_SIM_AUDIT_H

#include "ledger/ledger.h"

enum { AUDIT_LIMITS = 12, AUDIT_ORDERS_MAX = 1000, AUDIT_PATH_MAX = 5, AUDIT_BATCH_MAX = 12 };

/** What never changes of a limit. `parents` end with -1. */
struct audit_shape {
    int parents[3];
    int64_t cap_minor;
    enum ledger_mode mode;
    bool revolving;
    int tolerance_bps;
};
extern const struct audit_shape audit_shapes[AUDIT_LIMITS];

/** A command that a client may send, once or often: its number is its id. The first AUDIT_LIMITS of
 * them open the limits. */
struct audit_order {
    uint8_t op;      /* enum ledger_op */
    bool has_amount; /* else the whole of what remains, or freezing whole */
    bool final;      /* of confirm */
    bool linked;     /* to the next one of its batch */
    bool foreign;    /* sent with other content than the order of that number */
    uint32_t number; /* 0 to AUDIT_ORDERS_MAX - 1 */
    uint32_t target; /* the limit, or the number of the reservation or exposure */
    int64_t amount_minor;
    time_us expires; /* TIME_NONE for never */
};

/** What the answer to an order has to be. */
struct audit_answer {
    enum ledger_status status;
    unsigned refusals, over;
    int refusal_limits[2 * AUDIT_PATH_MAX];
    enum ledger_status refusal_reasons[2 * AUDIT_PATH_MAX];
    int64_t available_minor[2 * AUDIT_PATH_MAX];
    int64_t required_minor;
    int over_limits[AUDIT_PATH_MAX];
};

struct audit_limit {
    bool open, frozen_whole, closed;
    int64_t cap, frozen, outstanding, reserved, repaid; /* minor units */
};

/* What became of an order. */
struct audit_entry {
    bool applied, foreign; /* with which content */
    bool is_reservation, is_exposure;
    uint8_t limit;
    int64_t remaining;
    time_us expires;
};

struct audit_event {
    uint8_t op;
    uint32_t number; /* of the order, or of the reservation that expired */
    time_us at;
    int64_t amount_minor; /* -1 where it is not looked at */
};

/** The state; can be copied. */
struct audit {
    time_us time;
    struct audit_limit limits[AUDIT_LIMITS];
    struct audit_entry entries[AUDIT_ORDERS_MAX];
    uint32_t expiring[AUDIT_ORDERS_MAX]; /* open reservations that may expire, oldest first */
    uint32_t expiring_count;
    uint32_t entries_used; /* orders beyond it were never applied */
    uint64_t events_count;
    struct audit_event *events; /* shared by copies: those up to events_count hold */
};

void audit_init(struct audit *audit, struct audit_event *events);
/** Copies what is in use. */
void audit_copy(struct audit *to, const struct audit *from);
/** Releases what expires by `at`. */
void audit_pass_time(struct audit *audit, time_us at);
/** Decides a batch. */
void audit_batch(struct audit *audit, struct audit_answer *answers,
                 const struct audit_order *orders, size_t count);
/** The first difference between an answer and what it had to be, in words; NULL when there is none.
 */
const char *audit_compare_answer(const struct ledger *ledger, const struct ledger_result *result,
                                 const struct audit_answer *answer);
/** The same for the whole state. */
const char *audit_compare_state(const struct audit *audit, const struct ledger *ledger);
/** The text of an order's id, or of a limit's. */
struct ledger_id audit_id(uint32_t number);
/** Makes the command of an order; `extra` and `parents` are its room. */
void audit_command(const struct audit_order *order, struct ledger_command *ret_command,
                   struct ledger_extra *extra, struct ledger_id parents[3]);

#endif
