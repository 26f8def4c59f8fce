/* The audit log: what was done to the door itself, one line of JSON an entry, each with the SHA-256
 * of the line before. Lines are only ever added. An entry is durable before what it tells of
 * happens, so the log may name a thing that a crash prevented, and never lacks one that happened.
 *
 * A crash while adding may leave a part of a line; at the next start it is ended with a line break,
 * and the entry after it, "torn_line", accounts for it. Anything else that is no entry, or does not
 * carry its predecessor's hash, is damage. */
#ifndef HEADROOM_AUTH_AUDIT_H
#define HEADROOM_AUTH_AUDIT_H

#include "audit/trail.h"
#include "auth/auth_status.h"
#include "auth/token.h"
#include "os/file.h"

#define AUDIT_FILE "audit.log"

/* X(identifier, name) */
#define AUDIT_EVENT_LIST(X)                                                                        \
    X(FIRST_START, "first_start")                                                                  \
    X(TOKEN_CREATED, "token_created")                                                              \
    X(TOKEN_REVOKED, "token_revoked")                                                              \
    X(SIGN_IN_REFUSED, "sign_in_refused")                                                          \
    X(TRAIL_HEAD, "trail_head")                                                                    \
    X(TORN_LINE, "torn_line")

enum audit_event {
#define X(identifier, name) AUDIT_##identifier,
    AUDIT_EVENT_LIST(X)
#undef X
        AUDIT_EVENT_COUNT
};

/** What an entry tells; empty slices are left out. */
struct audit_entry {
    enum audit_event event;
    time_us at;
    struct slice actor;             /* id of the token that asked, or "first start" */
    struct slice address;           /* of who asked */
    const struct auth_token *token; /* made or revoked; NULL for none */
    struct slice reason;            /* of a refused sign-in */
    struct slice head;              /* of the trail in the store: a deposit */
    uint64_t suppressed;            /* refusals before this one that were not written */
};

struct audit_summary {
    uint64_t entries;
    uint64_t size;               /* bytes */
    uint8_t head[SHA256_SIZE];   /* of the last line; zeros when there is none */
    struct trail_head deposited; /* the last head of the trail that was deposited; number 0: none */
    bool torn;                   /* the last line is not ended */
    bool only_first_start;       /* nothing but entries of a first start */
};

struct audit;

/** Opens the log, or makes it, and verifies it from its first line. */
enum auth_status audit_open(struct directory *directory, struct audit **ret_audit, time_us now,
                            struct auth_error *reterr_error) MUST_USE;
void audit_close(struct audit *audit);
/** Adds an entry, durable on AUTH_OK. FULL changes nothing that counts; after FAILED every later
 *  call fails too. */
enum auth_status audit_add(struct audit *audit, const struct audit_entry *entry) MUST_USE;
const struct audit_summary *audit_summary(const struct audit *audit);

/** Reads the whole log and checks every line. `wanted_head`: a hash noted earlier that must be the
 *  hash of some line, so that a log cut short is found; NULL for none.
 *  Out: heads  every deposit in it, as struct trail_head; may be NULL */
enum auth_status audit_verify(struct directory *directory, struct audit_summary *ret_summary,
                              struct auth_error *reterr_error, const uint8_t *wanted_head,
                              struct buffer *heads) MUST_USE;

#endif
