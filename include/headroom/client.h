/* libheadroom: commands to a Headroom server over its binary protocol.
 *
 *   struct hr_options options = {.server = "127.0.0.1:8081", .token_file = "admin.token"};
 *   struct hr_client *client;
 *   struct hr_command draw;
 *   struct hr_answer answer;
 *
 *   if (hr_open(&client, &options) == HR_OK) {
 *       hr_draw(&draw, "d-1", "line", "750000.00");
 *       if (hr_do(client, &draw, &answer) == HR_OK) {
 *           puts(hr_code_name(answer.code));
 *       }
 *   }
 *   hr_close(client);
 *
 * Two kinds of outcome are kept apart. The status of a call (enum hr_status) says whether an answer
 * came; the code of an answer (enum hr_code) is what the ledger decided. After HR_TIMED_OUT and
 * HR_UNREACHABLE it is not known whether the command was done: send it again with the same id, and
 * it has its one effect; HR_CODE_EXISTS then means that it was done before.
 *
 * A client may be used by any number of threads. One thread of the library sends and receives.
 * While batches are in flight later commands gather, so that under load batches become large by
 * themselves. When a connection breaks the library connects again and sends what was not answered
 * again, with the same ids, until the time-out of the call has passed.
 *
 * C11 and C++; documented in headroom_client(3), docs/guide/client.md. */
#ifndef HEADROOM_CLIENT_H
#define HEADROOM_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HR_API __attribute__((visibility("default")))

/* ---- statuses and codes ---- */

/** What became of a call. */
enum hr_status {
    HR_OK,           /* answered: look at the codes */
    HR_NO_MEMORY,    /* memory is short; nothing was sent */
    HR_BAD_ARGUMENT, /* an argument cannot be used; nothing was sent */
    HR_FULL,         /* the batch has no room, or more waits than options.waiting_max */
    HR_UNREACHABLE,  /* no connection could be made, or it broke and could not be made again */
    HR_DENIED,       /* token or certificate were refused, or the role does not allow commands */
    HR_TIMED_OUT,    /* no answer in time; whether it was done is not known */
    HR_NOT_DONE,     /* the server took none of the batch (disk or tables full); try again later */
    HR_PROTOCOL,     /* the other side does not speak this protocol, or bytes were damaged */
    HR_CLOSED,       /* hr_close came first; whether it was done is not known */
    HR_STATUS_COUNT
};

/** What a status means, in English; static. */
HR_API const char *hr_status_text(enum hr_status status);

/** What the ledger decided. Source: docs/reference/ledger.md, "Results". */
enum hr_code {
    HR_CODE_OK = 0,
    HR_CODE_EXISTS = 1, /* done before with the same content: a success */
    HR_CODE_REFUSED = 2,
    HR_CODE_BAD_REQUEST = 3,
    HR_CODE_BAD_ID = 4,
    HR_CODE_BAD_CURRENCY = 5,
    HR_CODE_BAD_AMOUNT = 6,
    HR_CODE_BAD_RATE = 7,
    HR_CODE_BAD_DATE = 8,
    HR_CODE_ID_CONFLICT = 9,
    HR_CODE_LIMIT_NOT_FOUND = 10,
    HR_CODE_PARENT_NOT_FOUND = 11,
    HR_CODE_RESERVATION_NOT_FOUND = 12,
    HR_CODE_EXPOSURE_NOT_FOUND = 13,
    HR_CODE_UNLOCK_NOT_FOUND = 14,
    HR_CODE_LIMIT_CLOSED = 15,
    HR_CODE_BAD_PARENTS = 16,
    HR_CODE_PARENT_CLOSED = 17,
    HR_CODE_NOT_PENDING = 18,
    HR_CODE_LIMIT_PENDING = 19,
    HR_CODE_NOT_FROZEN = 20,
    HR_CODE_LIMIT_IN_USE = 21,
    HR_CODE_DATE_NOT_AFTER = 22,
    HR_CODE_RESERVATION_CLOSED = 23,
    HR_CODE_EXPOSURE_CLOSED = 24,
    HR_CODE_AMOUNT_TOO_LARGE = 25,
    HR_CODE_RATE_NOT_SET = 26,
    HR_CODE_LIMIT_FROZEN = 27,
    HR_CODE_NOT_YET_VALID = 28,
    HR_CODE_EXPIRED = 29,
    HR_CODE_DUE_REQUIRED = 30,
    HR_CODE_DUE_TOO_LATE = 31,
    HR_CODE_AMOUNT_OVERFLOW = 32,
    HR_CODE_LIMIT_EXCEEDED = 33,
    HR_CODE_LINKED_FAILED = 34,
    HR_CODE_CHAIN_OPEN = 35,
    HR_CODE_COUNT
};

/** The name of a code, such as "limit_exceeded"; "unknown" for one of a later version. */
HR_API const char *hr_code_name(unsigned code);

/** True when the command has had its effect: now, or before under the same id. */
static inline bool hr_code_done(unsigned code)
{
    return code == HR_CODE_OK || code == HR_CODE_EXISTS;
}

/* ---- the client ---- */

struct hr_client;

/** Zeroed, then set what you need: every zero is a default. Texts are copied. */
struct hr_options {
    const char *server;     /* "127.0.0.1:8081", "[::1]:8081" or "name:8081" */
    const char *token;      /* the bearer token; or */
    const char *token_file; /* a file whose first line it is */
    bool tls;
    const char *ca_file;          /* PEM; NULL: the system's authorities */
    const char *certificate_file; /* of the client, PEM; NULL: none */
    const char *key_file;
    unsigned timeout_ms;         /* of a call, connecting again included; 0: 30,000 */
    unsigned connect_timeout_ms; /* of one attempt to connect; 0: 5,000 */
    unsigned batches_max;        /* in flight at the same time, at most 32; 0: 4 */
    unsigned gather_max;         /* commands of a batch that the library makes; 0: 8,192 */
    size_t waiting_max;          /* commands that wait to be sent; 0: 4,194,304 */
};

/** Connects and signs in.
 *  Returns HR_OK; NO_MEMORY, BAD_ARGUMENT, UNREACHABLE, DENIED or PROTOCOL, and then *ret_client is
 * a client that is good for hr_error_text and hr_close alone, or NULL when memory is short. */
HR_API enum hr_status hr_open(struct hr_client **ret_client, const struct hr_options *options);
/** Ends every call that waits with HR_CLOSED, and frees the client. Not from a callback. NULL-safe.
 */
HR_API void hr_close(struct hr_client *client);
/** Says what went wrong last, with the address: "127.0.0.1:8081: nobody listens there". Writes at
 *  most `size` bytes with the terminator; an empty text when nothing did. */
HR_API void hr_error_text(struct hr_client *client, char *ret_text, size_t size);

/** What the client has done so far. */
struct hr_figures {
    uint64_t batches, commands; /* sent, without what was sent again */
    uint64_t connections;       /* made, the first included */
    uint64_t resent;            /* batches sent again over a new connection */
    uint64_t timed_out;         /* calls */
    uint64_t bytes_sent, bytes_received;
};
HR_API void hr_figures(struct hr_client *client, struct hr_figures *ret_figures);

/* ---- commands ---- */

enum hr_op {
    HR_RATE_SET = 1,
    HR_DAY_OPEN = 2,
    HR_LIMIT_OPEN = 3,
    HR_LIMIT_ADJUST = 4,
    HR_LIMIT_RAISE = 5,
    HR_LIMIT_ACTIVATE = 6,
    HR_LIMIT_FREEZE = 7,
    HR_LIMIT_UNFREEZE = 8,
    HR_LIMIT_MOVE = 9,
    HR_LIMIT_CLOSE = 10,
    HR_UNLOCK = 11,
    HR_RESERVE = 12,
    HR_CONFIRM = 13,
    HR_CANCEL = 14,
    HR_DRAW = 15,
    HR_REPAY = 16,
    HR_RESTATE = 17,
    HR_CHECK = 18,
    HR_GET = 19
};

/** What a command names: the member `limit`, `reservation`, `exposure_id` or `unlock`. */
enum hr_target {
    HR_TARGET_NONE = 0,
    HR_TARGET_LIMIT = 1,
    HR_TARGET_RESERVATION = 2,
    HR_TARGET_EXPOSURE = 3,
    HR_TARGET_UNLOCK = 4
};

enum hr_measure { HR_AMOUNT = 0, HR_EXPOSURE = 1, HR_WEIGHTED = 2 };

enum { HR_ID_SIZE = 32, HR_COMMANDS_MAX = 8192 };

/** A command as it travels: 128 bytes, see docs/reference/protocol.md. Fill it by the functions
 *  below. What cannot be said (an id of 33 bytes, an amount that is none) is not refused here: the
 *  server answers such a command with bad_id, bad_amount and so on, at its place in the batch. */
struct hr_command {
    uint8_t op;
    uint8_t more;
    uint16_t flags;
    uint8_t target_kind;
    uint8_t decimals[3];
    char currency[3];
    uint8_t reserved;
    int32_t due;
    uint64_t amounts[3];
    int64_t expires;
    uint8_t reserved_too[16];
    char id[HR_ID_SIZE];
    char target[HR_ID_SIZE];
};

/** Begins a command of this op. `id` may be NULL for check and get. */
HR_API void hr_command(struct hr_command *command, enum hr_op op, const char *id);
HR_API void hr_set_target(struct hr_command *command, enum hr_target kind, const char *id);
/** An amount in major units, such as "750000.00". HR_AMOUNT of limit.open and limit.adjust is the
 *  cap. */
HR_API void hr_set_amount(struct hr_command *command, enum hr_measure measure, const char *amount);
/** The same in minor units of its currency: 75000000. */
HR_API void hr_set_minor(struct hr_command *command, enum hr_measure measure, uint64_t minor);
HR_API void hr_set_currency(struct hr_command *command, const char *code);
/** "2026-12-31". */
HR_API void hr_set_due(struct hr_command *command, const char *date);
/** Microseconds since 1970-01-01T00:00:00Z. */
HR_API void hr_set_expires(struct hr_command *command, int64_t at_us);
/** Of confirm: whether the rest is released. */
HR_API void hr_set_final(struct hr_command *command, bool final);
/** Chains the command to the next one of its batch. */
HR_API void hr_set_linked(struct hr_command *command, bool linked);

/* Whole commands in one call. `amount` is in major units; NULL where the ledger has a default. */
HR_API void hr_reserve(struct hr_command *command, const char *id, const char *limit,
                       const char *amount);
HR_API void hr_confirm(struct hr_command *command, const char *id, const char *reservation,
                       const char *amount);
HR_API void hr_cancel(struct hr_command *command, const char *id, const char *reservation);
HR_API void hr_draw(struct hr_command *command, const char *id, const char *limit,
                    const char *amount);
HR_API void hr_repay(struct hr_command *command, const char *id, const char *exposure_id,
                     const char *amount);
HR_API void hr_restate(struct hr_command *command, const char *id, const char *exposure_id,
                       const char *amount);
HR_API void hr_check(struct hr_command *command, const char *limit, const char *amount);
HR_API void hr_get(struct hr_command *command, enum hr_target kind, const char *id);

/* ---- answers ---- */

/** An integer of 128 bits, two's complement. Amounts are in minor units. */
struct hr_int128 {
    uint64_t low;
    int64_t high;
};

enum { HR_AMOUNT_TEXT_SIZE = 48 };
/** Writes an amount in major units with `digits` decimals, such as "-5.00", with its terminator. */
HR_API void hr_amount_text(char ret_text[HR_AMOUNT_TEXT_SIZE], struct hr_int128 minor,
                           unsigned digits);

/** One reason of refusal. Texts have a terminator. */
struct hr_refusal {
    char limit[HR_ID_SIZE + 1];
    char currency[4];
    uint8_t reason;                       /* enum hr_code */
    uint8_t digits;                       /* decimals of the currency */
    struct hr_int128 available, required; /* of HR_CODE_LIMIT_EXCEEDED; else zero */
};

/** A date that is not set. */
#define HR_DATE_NONE INT32_MIN
/** A time that is not set. */
#define HR_TIME_NONE INT64_MIN

enum { HR_PARENTS_MAX = 31, HR_OVER_MAX = 32, HR_REFUSALS_MAX = 64 };

/** A limit, as `get` answers. Dates are days since 1970-01-01. */
struct hr_limit_view {
    char id[HR_ID_SIZE + 1], holder[HR_ID_SIZE + 1], kind[HR_ID_SIZE + 1];
    char currency[4];
    uint8_t digits;
    uint8_t measure; /* enum hr_measure */
    uint8_t mode;    /* 0 hard, 1 soft, 2 off */
    uint8_t status;  /* 0 pending, 1 active, 2 frozen, 3 closed */
    bool revolving, over, has_raise;
    int32_t tolerance_bps;
    int32_t from, until, due_until;
    int32_t raise_from, raise_until;
    int64_t cap, raise;
    struct hr_int128 frozen, used, reserved, outstanding, committed, available;
    unsigned parents_count;
    char parents[HR_PARENTS_MAX][HR_ID_SIZE + 1];
};

/** A reservation or an exposure. */
struct hr_record_view {
    char id[HR_ID_SIZE + 1], limit[HR_ID_SIZE + 1];
    char currency[4];
    uint8_t digits;
    bool is_reservation, open;
    int64_t expires;               /* microseconds; HR_TIME_NONE */
    int64_t made[3], remaining[3]; /* by enum hr_measure */
};

struct hr_unlock_view {
    char id[HR_ID_SIZE + 1], limit[HR_ID_SIZE + 1];
    char currency[4];
    uint8_t digits;
    uint8_t lifts; /* bits: limit_exceeded 1, limit_frozen 2, not_yet_valid 4, expired 8,
                      due_required 16, due_too_late 32 */
    int32_t until;
    int64_t amount, remaining;
};

/** The answer to one command. */
struct hr_answer {
    uint8_t code; /* enum hr_code */
    uint8_t refusals_count;
    uint8_t over_count;
    uint8_t view; /* enum hr_target: which of the views is filled in; exposures are `record` too */
    int64_t time; /* ledger time, microseconds */
    uint64_t event;        /* number of the ledger's last event */
    int32_t business_date; /* days */
    struct hr_refusal refusals[HR_REFUSALS_MAX];
    char over[HR_OVER_MAX][HR_ID_SIZE + 1]; /* limits on the path that are over */
    union {
        struct hr_limit_view limit;
        struct hr_record_view record;
        struct hr_unlock_view unlock;
    } views;
};

/* ---- one command ---- */

/** Sends a command and waits for its answer. Not from a callback (HR_BAD_ARGUMENT). A linked
 * command needs a batch (HR_BAD_ARGUMENT). */
HR_API enum hr_status hr_do(struct hr_client *client, const struct hr_command *command,
                            struct hr_answer *ret_answer);

/** Called on the library's thread, once. `answer` is NULL unless status is HR_OK, and holds until
 * the call returns. It may submit more, and must not block. */
typedef void (*hr_answered)(const struct hr_answer *answer, enum hr_status status, void *context);
/** Sends a command, which is copied. Returns HR_OK when `answered` will be called, else it will
 * not: NO_MEMORY, BAD_ARGUMENT, FULL, CLOSED. */
HR_API enum hr_status hr_do_async(struct hr_client *client, const struct hr_command *command,
                                  hr_answered answered, void *context);

/* ---- batches: decided together, in order, durable together ---- */

struct hr_batch;

/** A batch of at most `commands_max` commands (1 to HR_COMMANDS_MAX), with `more_max` records of
 * 128 bytes for what hr_add_text and its kin add. NULL when memory is short. */
HR_API struct hr_batch *hr_batch_new(size_t commands_max, size_t more_max);
/** NULL-safe. Not while it is submitted. */
HR_API void hr_batch_free(struct hr_batch *batch);
/** Empties it, for the next use. Not while it is submitted. */
HR_API void hr_batch_clear(struct hr_batch *batch);
/** A new command at its end, begun by hr_command; NULL when there is no room. The pointer holds
 *  until the batch is cleared; commands may also be written into it directly. */
HR_API struct hr_command *hr_batch_add(struct hr_batch *batch, enum hr_op op, const char *id);
/** All commands of a batch without continuations, to be filled in again: hr_batch_count of them. */
HR_API struct hr_command *hr_batch_commands(struct hr_batch *batch);
HR_API size_t hr_batch_count(const struct hr_batch *batch);

/** Members that few commands have, numbered as the items of docs/reference/protocol.md. */
enum hr_member {
    HR_PARENTS = 1, /* lists of ids: hr_add_ids */
    HR_UNLOCKS = 2,
    HR_HOLDER = 3, /* texts: hr_add_text */
    HR_KIND = 4,
    HR_ACTOR = 5,
    HR_REASON = 6,
    HR_CASE = 7,
    HR_RATE = 8, /* numbers: hr_add_number. Price in the base currency x 10^10 */
    HR_DATE = 9, /* days since 1970-01-01, see hr_date */
    HR_FROM = 10,
    HR_UNTIL = 11,
    HR_DUE_UNTIL = 12,
    HR_TOLERANCE_BPS = 13,
    HR_MEASURE = 14, /* 0 nominal, 1 exposure, 2 weighted */
    HR_MODE = 15,    /* 0 hard, 1 soft, 2 off */
    HR_STATUS = 16,  /* 0 pending, 1 active */
    HR_LIFTS = 17,   /* bits, as in struct hr_unlock_view */
    HR_REVOLVING = 18
};
/* Add a member to the command that was added last. Each returns HR_OK, FULL or BAD_ARGUMENT (there
 * is no command yet, or the member is of another type). */
HR_API enum hr_status hr_add_text(struct hr_batch *batch, enum hr_member member, const char *text);
HR_API enum hr_status hr_add_ids(struct hr_batch *batch, enum hr_member member,
                                 const char *const *ids, size_t count);
HR_API enum hr_status hr_add_number(struct hr_batch *batch, enum hr_member member, int64_t number);
/** Days since 1970-01-01 of "2026-12-31"; HR_DATE_NONE when it is no such day. */
HR_API int32_t hr_date(const char *text);

/** Sends a batch and waits for its answers. Not from a callback. */
HR_API enum hr_status hr_call(struct hr_client *client, struct hr_batch *batch);

/** Called on the library's thread, once; the batch is the caller's again, and may be submitted
 * again from here. It must not block. */
typedef void (*hr_done)(struct hr_batch *batch, enum hr_status status, void *context);
/** Sends a batch; its memory belongs to the library until `done`. Batches are sent in the order of
 *  submission; up to options.batches_max are in flight, the others wait. A batch of HR_OWN_FRAME
 *  commands or more travels as it is, without being copied; smaller ones may share a frame with
 *  others. Returns HR_OK when `done` will be called, else it will not: BAD_ARGUMENT (empty, or
 *  submitted already), FULL, CLOSED. */
HR_API enum hr_status hr_submit(struct hr_client *client, struct hr_batch *batch, hr_done done,
                                void *context);
enum { HR_OWN_FRAME = 1024 };

/** Waits until nothing is submitted any more, or `timeout_ms` have passed. Not from a callback. */
HR_API enum hr_status hr_wait(struct hr_client *client, unsigned timeout_ms);

/* ---- results of a batch that was answered with HR_OK ---- */

/** The result of the command of the same index. */
struct hr_result {
    uint8_t code; /* enum hr_code */
    uint8_t details;
    uint8_t refusals;
    uint8_t over;
    uint32_t first;
};

/** hr_batch_count of them; NULL unless the batch was answered. */
HR_API const struct hr_result *hr_batch_results(const struct hr_batch *batch);
/** Everything that was answered to the command of that index; false when there is none. */
HR_API bool hr_batch_answer(const struct hr_batch *batch, size_t index,
                            struct hr_answer *ret_answer);

#ifdef __cplusplus
}
#endif

#endif
