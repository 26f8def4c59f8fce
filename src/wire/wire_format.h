/* The binary protocol, byte by byte. All numbers are little-endian; what is not named is zero.
 * Source: docs/reference/protocol.md, which says the same for those who write a client.
 *
 * A connection is a stream of frames in both directions. A frame is a header of 64 bytes and a body
 * of whole 128-byte records:
 *
 *   client                       server
 *   HELLO   token          ->
 *                          <-    WELCOME  version, role, bounds
 *   BATCH   commands       ->
 *   BATCH   commands       ->             several in flight; each is answered when it is durable
 *                          <-    RESULTS  one of 8 bytes a command, then details
 *                          <-    ERROR    of a batch, or of the connection, which then ends */
#ifndef HEADROOM_WIRE_FORMAT_H
#define HEADROOM_WIRE_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    WIRE_VERSION = 1,
    WIRE_HEADER_SIZE = 64,
    WIRE_RECORD_SIZE = 128,
    WIRE_RESULT_SIZE = 8,
    WIRE_COMMANDS_MAX = 8192, /* of one batch */
    WIRE_RECORDS_MAX = 32768, /* of one batch, continuations included */
    WIRE_BATCHES_MAX = 32,    /* of one connection, unanswered; further ones are not read yet */
    WIRE_MORE_MAX = 64,       /* continuations of one command */
    WIRE_ID_SIZE = 32,
    WIRE_TOKEN_MAX = 96,
    WIRE_TEXT_MAX = 112, /* of an error */
};

#define WIRE_MAGIC "HRW1"

/* X(identifier, number). */
#define WIRE_TYPE_LIST(X)                                                                          \
    X(HELLO, 1)                                                                                    \
    X(WELCOME, 2)                                                                                  \
    X(BATCH, 3)                                                                                    \
    X(RESULTS, 4)                                                                                  \
    X(ERROR, 5)                                                                                    \
    X(PING, 6)                                                                                     \
    X(PONG, 7)

enum wire_type {
#define X(identifier, number) WIRE_##identifier = (number),
    WIRE_TYPE_LIST(X)
#undef X
};

// clang-format off
/* X(identifier, number, ends the connection, may be tried again, text in English). */
#define WIRE_ERROR_LIST(X) \
    X(BAD_MAGIC, 1, true, false, "this is no frame of the binary protocol") \
    X(BAD_VERSION, 2, true, false, "no version that both sides speak; this server speaks version 1") \
    X(BAD_CHECKSUM, 3, true, false, "the checksum does not match: bytes were damaged on the way") \
    X(BAD_SIZE, 4, true, false, "the size of the frame does not fit its type and counts") \
    X(BAD_TYPE, 5, true, false, "a frame of that type is not taken here") \
    X(BAD_COUNT, 6, true, false, "the commands and records of the frame are not as many as its header says") \
    X(BAD_RECORD, 7, true, false, "a continuation record is cut short, or bytes that must be zero are not") \
    X(HELLO_FIRST, 8, true, false, "the first frame must be a hello, and there is one") \
    X(TOO_SLOW, 9, true, true, "the rest of a frame did not come in time") \
    X(SIGN_IN_NEEDED, 16, true, false, "a bearer token is needed") \
    X(TOKEN_REFUSED, 17, true, false, "the token is not known here, has expired or was revoked") \
    X(THROTTLED, 18, true, true, "too many refused tokens from this address; wait a minute") \
    X(ROLE_NEEDED, 19, false, false, "the token's role does not allow commands") \
    X(TOO_LARGE, 32, false, false, "more than one journal record can hold; nothing was done") \
    X(DISK_FULL, 33, false, true, "no space is left for the journal; nothing was done") \
    X(TABLES_FULL, 34, false, true, "the ledger's tables are full; nothing was done") \
    X(MEMORY_SHORT, 35, false, true, "memory is short; nothing was done") \
    X(DRAINING, 36, true, true, "the server is about to stop; what it took was answered") \
    X(BUSY, 37, true, true, "too many connections") \
    X(INTERNAL, 38, true, false, "the server failed; whether the batch was done is not known")
// clang-format on

enum wire_error {
    WIRE_OK = 0,
#define X(identifier, number, ends, again, text) WIRE_##identifier = (number),
    WIRE_ERROR_LIST(X)
#undef X
};

/** The head of every frame. */
struct wire_header {
    char magic[4];     /* WIRE_MAGIC */
    uint32_t size;     /* bytes of the frame, this header included */
    uint8_t type;      /* enum wire_type */
    uint8_t version;   /* WIRE_VERSION */
    uint16_t flags;    /* zero */
    uint32_t count;    /* BATCH: commands; RESULTS: results */
    uint32_t records;  /* 128-byte records: of the body; of RESULTS those of the detail section */
    uint32_t reserved; /* zero */
    uint64_t tag;      /* the client's, of a BATCH or PING; the answer carries it */
    int64_t time;      /* RESULTS: ledger time, microseconds since 1970; else zero */
    uint64_t event;    /* RESULTS: number of the ledger's last event; else zero */
    int32_t date;      /* RESULTS: business date, days since 1970; else zero */
    uint32_t reserved_too;
    uint32_t body_checksum;   /* CRC-32C of the body */
    uint32_t header_checksum; /* CRC-32C of the 60 bytes before */
};
_Static_assert(sizeof(struct wire_header) == WIRE_HEADER_SIZE, "stored on the wire");

/** The body of HELLO. */
struct wire_hello {
    uint8_t version_min, version_max;
    uint16_t token_size;
    uint8_t reserved[28];
    char token[WIRE_TOKEN_MAX];
};
_Static_assert(sizeof(struct wire_hello) == WIRE_RECORD_SIZE, "stored on the wire");

/** The body of WELCOME. */
struct wire_welcome {
    uint8_t version;
    uint8_t role; /* 1 reader, 2 operator, 4 administrator */
    uint16_t reserved;
    uint32_t commands_max, records_max, batches_max;
    char base[4]; /* letters of the base currency, and a zero */
    uint8_t reserved_too[12];
    char server[32]; /* version of the server, padded with zeroes */
    uint8_t reserved_last[64];
};
_Static_assert(sizeof(struct wire_welcome) == WIRE_RECORD_SIZE, "stored on the wire");

/** The body of ERROR. */
struct wire_failure {
    uint16_t code; /* enum wire_error */
    uint8_t ends;  /* 1: the connection ends */
    uint8_t again; /* 1: the same may succeed later */
    uint32_t reserved;
    uint64_t reserved_too;
    char text[WIRE_TEXT_MAX]; /* for a person, English, padded with zeroes */
};
_Static_assert(sizeof(struct wire_failure) == WIRE_RECORD_SIZE, "stored on the wire");

/* Which members of a command were given, and its two truths. */
enum wire_flag {
    WIRE_LINKED = 1,
    WIRE_HAS_FINAL = 2,
    WIRE_FINAL = 4,
    WIRE_HAS_AMOUNT = 8, /* the cap of limit.open and limit.adjust */
    WIRE_HAS_EXPOSURE = 16,
    WIRE_HAS_WEIGHTED = 32,
    WIRE_HAS_DUE = 64,
    WIRE_HAS_EXPIRES = 128,
    WIRE_FLAGS_ALL = 255
};

/* What `target` names. */
enum wire_target {
    WIRE_TARGET_NONE,
    WIRE_TARGET_LIMIT,
    WIRE_TARGET_RESERVATION,
    WIRE_TARGET_EXPOSURE,
    WIRE_TARGET_UNLOCK,
    WIRE_TARGET_COUNT
};

enum { WIRE_MINOR = 255 }; /* in `decimals`: the amount is in minor units of its currency */

/** A command. `more` records of continuation follow it. Read where it was received, at any address.
 */
struct __attribute__((packed, may_alias)) wire_command {
    uint8_t op;     /* numbered as in docs/reference/protocol.md */
    uint8_t more;   /* continuation records */
    uint16_t flags; /* enum wire_flag */
    uint8_t target_kind;
    uint8_t decimals[3]; /* of the amounts: 0 to 18, or WIRE_MINOR */
    char currency[3];    /* letters, or zeroes when not given */
    uint8_t reserved;
    int32_t due;         /* days since 1970-01-01 */
    uint64_t amounts[3]; /* amount (or cap), exposure, weighted: digits x 10^-decimals */
    int64_t expires;     /* microseconds since 1970-01-01T00:00:00Z */
    uint8_t reserved_too[16];
    char id[WIRE_ID_SIZE];     /* padded with zeroes; all zero when not given */
    char target[WIRE_ID_SIZE]; /* the same */
};
_Static_assert(sizeof(struct wire_command) == WIRE_RECORD_SIZE, "stored on the wire");
_Static_assert(offsetof(struct wire_command, id) == 64, "stored on the wire");

/* X(identifier, number, bytes; 0: any number). The items of continuation records. */
#define WIRE_ITEM_LIST(X)                                                                          \
    X(PARENTS, 1, 0) /* ids of 32 bytes each */                                                    \
    X(UNLOCKS, 2, 0)                                                                               \
    X(HOLDER, 3, 0)                                                                                \
    X(KIND, 4, 0)                                                                                  \
    X(ACTOR, 5, 0)                                                                                 \
    X(REASON, 6, 0)                                                                                \
    X(CASE, 7, 0)                                                                                  \
    X(RATE, 8, 8) /* price of one major unit in the base currency x 10^10 */                       \
    X(DATE, 9, 4)                                                                                  \
    X(FROM, 10, 4)                                                                                 \
    X(UNTIL, 11, 4)                                                                                \
    X(DUE_UNTIL, 12, 4)                                                                            \
    X(TOLERANCE_BPS, 13, 4)                                                                        \
    X(MEASURE, 14, 1)   /* 0 nominal, 1 exposure, 2 weighted */                                    \
    X(MODE, 15, 1)      /* 0 hard, 1 soft, 2 off */                                                \
    X(STATUS, 16, 1)    /* 0 pending, 1 active */                                                  \
    X(LIFTS, 17, 1)     /* bits */                                                                 \
    X(REVOLVING, 18, 1) /* 0 or 1 */

enum wire_item {
    WIRE_ITEM_END = 0,
#define X(identifier, number, size) WIRE_ITEM_##identifier = (number),
    WIRE_ITEM_LIST(X)
#undef X
        WIRE_ITEM_COUNT
};

/** An item: this head, `size` bytes, and zeroes up to a multiple of 4. */
struct wire_item_head {
    uint8_t item; /* enum wire_item */
    uint8_t reserved;
    uint16_t size;
};
_Static_assert(sizeof(struct wire_item_head) == 4, "stored on the wire");

/** The result of one command. */
struct wire_result {
    uint8_t code;    /* numbered as in docs/reference/protocol.md; 0 is ok */
    uint8_t details; /* detail records of this result */
    uint8_t refusals;
    uint8_t over;
    uint32_t first; /* index of the first of them in the detail section */
};
_Static_assert(sizeof(struct wire_result) == WIRE_RESULT_SIZE, "stored on the wire");

/* The first byte of a detail record. */
enum wire_detail {
    WIRE_DETAIL_REFUSAL = 1,
    WIRE_DETAIL_OVER = 2,
    WIRE_DETAIL_LIMIT = 3,
    WIRE_DETAIL_RECORD = 4,
    WIRE_DETAIL_UNLOCK = 5,
    WIRE_DETAIL_FIGURES = 6,
    WIRE_DETAIL_PARENTS = 7,
};

/** An integer of 128 bits, two's complement. */
struct wire_int128 {
    uint64_t low;
    int64_t high;
};

/** One reason of refusal. */
struct wire_refusal {
    uint8_t detail; /* WIRE_DETAIL_REFUSAL */
    uint8_t reason; /* a result code */
    uint8_t digits; /* decimals of the limit's currency */
    uint8_t reserved;
    char currency[4];
    uint64_t reserved_too;
    struct wire_int128 available, required; /* of limit_exceeded; else zero */
    uint8_t reserved_last[16];
    char limit[WIRE_ID_SIZE];
    uint8_t reserved_end[32];
};
_Static_assert(sizeof(struct wire_refusal) == WIRE_RECORD_SIZE, "stored on the wire");

enum { WIRE_IDS_OF_RECORD = 3 };

/** Ids: limits that are over, or parents. */
struct wire_ids {
    uint8_t detail; /* WIRE_DETAIL_OVER or WIRE_DETAIL_PARENTS */
    uint8_t count;  /* 1 to 3 */
    uint8_t reserved[30];
    char ids[WIRE_IDS_OF_RECORD][WIRE_ID_SIZE];
};
_Static_assert(sizeof(struct wire_ids) == WIRE_RECORD_SIZE, "stored on the wire");

/** A limit; WIRE_DETAIL_FIGURES follows, then its parents, three a record. */
struct wire_limit {
    uint8_t detail; /* WIRE_DETAIL_LIMIT */
    uint8_t measure, mode, status;
    char currency[4];
    uint8_t flags; /* 1 revolving, 2 over, 4 has a raise */
    uint8_t digits;
    uint8_t parents;
    uint8_t reserved;
    int32_t tolerance_bps;
    int32_t from, until, due_until; /* INT32_MIN when not set */
    uint32_t reserved_too;
    char id[WIRE_ID_SIZE];
    char holder[WIRE_ID_SIZE];
    char kind[WIRE_ID_SIZE];
};
_Static_assert(sizeof(struct wire_limit) == WIRE_RECORD_SIZE, "stored on the wire");

struct wire_figures {
    uint8_t detail; /* WIRE_DETAIL_FIGURES */
    uint8_t reserved[7];
    int32_t raise_from, raise_until;
    int64_t cap, raise;
    struct wire_int128 frozen, used, reserved_amount, outstanding, committed, available;
};
_Static_assert(sizeof(struct wire_figures) == WIRE_RECORD_SIZE, "stored on the wire");

/** A reservation or an exposure. */
struct wire_holding {
    uint8_t detail; /* WIRE_DETAIL_RECORD */
    uint8_t flags;  /* 1 a reservation, 2 something remains */
    uint8_t digits;
    uint8_t reserved;
    char currency[4];
    int64_t expires; /* INT64_MIN when it does not */
    int64_t made[3], remaining[3];
    char id[WIRE_ID_SIZE];
    char limit[WIRE_ID_SIZE];
};
_Static_assert(sizeof(struct wire_holding) == WIRE_RECORD_SIZE, "stored on the wire");

struct wire_unlock {
    uint8_t detail; /* WIRE_DETAIL_UNLOCK */
    uint8_t lifts;
    uint8_t digits;
    uint8_t reserved;
    char currency[4];
    int32_t until;
    uint32_t reserved_too;
    int64_t amount, remaining;
    uint8_t reserved_last[32];
    char id[WIRE_ID_SIZE];
    char limit[WIRE_ID_SIZE];
};
_Static_assert(sizeof(struct wire_unlock) == WIRE_RECORD_SIZE, "stored on the wire");

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the wire is little-endian");

#endif
