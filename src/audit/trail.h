/* The audit trail: entries in the store, in a chain of hashes; see README.md. */
#ifndef HEADROOM_AUDIT_TRAIL_H
#define HEADROOM_AUDIT_TRAIL_H

#include "base/hash.h"
#include "store/store.h"

enum {
    TRAIL_TEXT_MAX = 256,        /* bytes of actor, address, action, subject */
    TRAIL_VALUE_MAX = 256 << 10, /* bytes of before, after, reason */
    TRAIL_WRONG_SIZE = 160,
};

/** Who, when, what, from where, before and after. All texts UTF-8 without NUL. */
struct trail_entry {
    int64_t number; /* from 1, without gaps */
    time_us at;
    struct slice actor;   /* id of the user or token, "system" for the program's own */
    struct slice address; /* where the request came from; may be empty */
    struct slice action;  /* "customer.create" */
    struct slice subject; /* "customer/8f2c"; what it was done to */
    struct slice before;  /* JSON; data NULL: there was nothing */
    struct slice after;   /* JSON; data NULL: there is nothing, or it was a look */
    struct slice reason;  /* data NULL: none was given */
    uint8_t previous[SHA256_SIZE];
    uint8_t hash[SHA256_SIZE];
};

/** A place in the trail, to be deposited elsewhere. Number 0, hash of zeros: before the first. */
struct trail_head {
    int64_t number;
    uint8_t hash[SHA256_SIZE];
};

/** Adds an entry, within a writing transaction; number, previous and hash are set here.
 *  Texts that are too long are cut at the end of a character, and end in "..." then: what was done
 *  is never kept from being recorded by its size.
 *  Returns STORE_OK, or the status of the query that failed. */
enum store_status trail_add(struct store *store, const struct trail_entry *entry) MUST_USE;
/** The newest place, within a transaction. */
enum store_status trail_head_read(struct store *store, struct trail_head *ret_head) MUST_USE;

/** Which entries a reader asks for; the first of the two that is not empty counts. */
struct trail_filter {
    struct slice subject;
    struct slice actor;
    int64_t after; /* numbers above this */
    int64_t count; /* at most so many, 1 to 1000 */
};

/** Entries in the order of their numbers, within a transaction; texts in `arena`. */
enum store_status trail_read(struct store *store, struct trail_entry **ret_entries,
                             size_t *ret_count, struct arena *arena,
                             const struct trail_filter *filter) MUST_USE;

/** The hash that an entry must have, from its fields and `previous`. */
void trail_hash(const struct trail_entry *entry, uint8_t ret_hash[SHA256_SIZE]);

/* ---- judging, pure ---- */

struct trail_walk {
    struct trail_head head;         /* of the last entry that was good */
    const struct trail_head *heads; /* deposited ones, by number upwards */
    size_t head_count;
    size_t heads_seen;
    bool failed;
    char wrong[TRAIL_WRONG_SIZE]; /* what, for a person; empty while nothing is */
};

/** In: heads  in the order of their numbers; must outlive the walk */
void trail_walk_init(struct trail_walk *walk, const struct trail_head *heads, size_t count);
/** Judges the next entry; false, from then on, when it does not follow. */
bool trail_walk_next(struct trail_walk *walk, const struct trail_entry *entry);
/** Judges the end: false when a deposited head lies behind it. */
bool trail_walk_end(struct trail_walk *walk);

/** Reads the whole trail and judges it. Returns STORE_OK when all of it could be read; whether it
 * is whole stands in `ret_walk`. */
enum store_status trail_verify(struct store *store, struct trail_walk *ret_walk,
                               const struct trail_head *heads, size_t count) MUST_USE;

/** "17 5f..." without line break: number and hash as a deposit has them. */
void trail_head_write(struct buffer *text, const struct trail_head *head);
/** Reads such a line; false when it is none. */
bool trail_head_parse(struct slice line, struct trail_head *ret_head) MUST_USE;
/** Puts heads in the order that a walk wants. */
void trail_heads_sort(struct trail_head *heads, size_t count);

#endif
