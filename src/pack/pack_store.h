/* Packs in the store: contents by their hash, and which of them is in force at an organisation.
 *
 * An activation is proposed by one person and activated by another. It holds at its organisation
 * and below, until another is activated there; one further down comes first. At the root of a legal
 * entity it holds for all of it. Contents are never changed or removed, so that a case can go on
 * with the pack that it began with. */
#ifndef HEADROOM_PACK_PACK_STORE_H
#define HEADROOM_PACK_PACK_STORE_H

#include "auth/people.h"
#include "pack/pack.h"
#include "pack/pack_status.h"
#include "store/store.h"

enum { PACK_HASH_TEXT = 2 * SHA256_SIZE, PACK_REASON_MAX = 500, PACK_SHELF_MAX = 8 };

struct pack_version {
    struct slice hash; /* PACK_HASH_TEXT hexadecimal characters */
    struct slice id;
    struct slice version;
    struct slice title_zh;
    struct slice title_en;
    time_us stored;
    struct slice stored_by;
    struct slice report; /* JSON, see pack_report_write; empty in lists */
};

struct pack_activation {
    int64_t number; /* from 1 */
    struct slice organisation;
    struct slice path;
    struct slice pack;   /* hash */
    struct slice before; /* hash of the pack that was active there then; empty: none */
    bool roll_back;
    struct slice reason;
    struct slice state; /* "proposed", "active", "replaced", "rejected" */
    time_us proposed;
    struct slice proposed_by;
    time_us decided;         /* TIME_NONE: not yet */
    struct slice decided_by; /* empty: nobody yet */
    struct slice decision_reason;
    time_us ended; /* TIME_NONE: it was not replaced */
};

/** Stores a pack that was checked and has no errors; ERRORS when it has. To store the same content
 *  again changes nothing. TAKEN when another content has its id and version.
 *  Out: ret_hash */
enum pack_status pack_version_add(struct store *store, const struct people_actor *actor,
                                  char ret_hash[PACK_HASH_TEXT], const struct pack *pack) MUST_USE;

/** What is asked for. */
struct pack_proposal {
    struct slice organisation;
    struct slice pack; /* hash; empty: roll back to the pack that was active before */
    struct slice reason;
};

/** Proposes an activation. ACTIVE when that pack is active at this organisation itself, PENDING
 *  when a proposal waits there. Out: ret_number */
enum pack_status pack_propose(struct store *store, const struct people_actor *actor,
                              int64_t *ret_number, const struct pack_proposal *proposal) MUST_USE;
/** Activates what another person has proposed. STALE unless `pack` is the hash proposed, and what
 *  is active there is what was active then. */
enum pack_status pack_activate(struct store *store, const struct people_actor *actor,
                               int64_t number, struct slice pack) MUST_USE;
/** Rejects a proposal, or takes back the own one. */
enum pack_status pack_reject(struct store *store, const struct people_actor *actor, int64_t number,
                             struct slice reason) MUST_USE;

/* ---- reading, within a transaction; texts in `arena` ---- */

enum pack_status pack_version_read(struct store *store, struct pack_version *ret_version,
                                   struct arena *arena, struct slice hash) MUST_USE;
/** Versions behind an id and version, by both, at most `count`. */
enum pack_status pack_version_list(struct store *store, struct pack_version **ret_versions,
                                   size_t *ret_count, struct arena *arena, struct slice id,
                                   struct slice version, size_t count) MUST_USE;
/** The canonical form. */
enum pack_status pack_content_read(struct store *store, struct slice *ret_content,
                                   struct arena *arena, struct slice hash) MUST_USE;
enum pack_status pack_activation_read(struct store *store, struct pack_activation *ret_activation,
                                      struct arena *arena, int64_t number) MUST_USE;
/** Activations at and below the organisation of `path` with numbers below `before`, newest first.
 */
enum pack_status pack_activation_list(struct store *store, struct pack_activation **ret_activations,
                                      size_t *ret_count, struct arena *arena, struct slice path,
                                      int64_t before, size_t count) MUST_USE;
/** The activation that was in force at the organisation of `path` at a time, INT64_MAX for now: of
 *  those at and above it, the nearest. NOT_FOUND when none was. */
enum pack_status pack_in_force(struct store *store, struct pack_activation *ret_activation,
                               struct arena *arena, struct slice path, time_us at) MUST_USE;

/* ---- compiled packs ---- */

/** The packs used last, compiled; of one thread. Zeroed at first. */
struct pack_shelf {
    struct {
        char hash[PACK_HASH_TEXT];
        struct pack *pack; /* NULL: free */
        uint64_t used;
    } places[PACK_SHELF_MAX];
    uint64_t clock;
};

/** A stored pack, compiled, within a transaction. It lives until PACK_SHELF_MAX - 1 others were
 *  taken. */
enum pack_status pack_shelf_take(struct pack_shelf *shelf, const struct pack **ret_pack,
                                 struct store *store, struct slice hash) MUST_USE;
void pack_shelf_release(struct pack_shelf *shelf);

#endif
