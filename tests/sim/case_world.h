/* A small bank with a store of its own, in which random models are run; the calls that a run is
 * made of; and all that stands in the store of one case. For cmocka programs. */
#ifndef HEADROOM_TESTS_SIM_CASE_WORLD_H
#define HEADROOM_TESTS_SIM_CASE_WORLD_H

#include "cmocka_headroom.h"
#include "store_fixture.h"

#include "audit/event.h"
#include "bpmn_models.h"
#include "process/process.h"

enum { WORLD_PEOPLE = 5 /* of a role: "reviewer0" to "reviewer4", also "member", "decider" */ };

/* Thursday, 2026-11-26T01:30:00Z, half past nine in the bank's office. */
#define WORLD_START_US (1795656600LL * US_PER_SECOND)

struct world {
    struct database database;
    struct store *store;
    struct pack_shelf shelf;
    struct people_actor actor;
    struct process_asking asking;
    char hash[PACK_HASH_TEXT]; /* of the pack that cases begin with */
    /* How a case comes to the newer pack that is in force. */
    const struct bpmn_replacement *replacements;
    size_t replacement_count;
};

/** Makes a database with the bank's people; "starter" begins cases. */
void world_make(struct world *world, bool postgresql);
void case_world_open(struct world *world);
/** Throws away all that is in memory. */
void case_world_close(struct world *world);

/** The model as a pack, whose id is "random" and whose version is the seed. Fails the test when it
 *  is not sound. */
struct pack *world_pack(const struct bpmn_making *g, uint64_t seed);
/** Keeps a pack; its hash is that of cases to come. */
void world_keep(struct world *world, const struct pack *pack);
/** Keeps a pack and puts it in force at the head office; new cases begin with what was kept before.
 *  Out: ret_hash  PACK_HASH_TEXT characters */
void world_put_in_force(struct world *world, char *ret_hash, const struct pack *pack);

/* ---- calls ---- */

enum call_kind {
    CALL_START,
    CALL_CLAIM,
    CALL_UNCLAIM,
    CALL_RETURN,
    CALL_RESUME,
    CALL_COMPLETE,
    CALL_EFFECT,
    CALL_SENT,
    CALL_ERROR,
    CALL_FAIL,
    CALL_MESSAGE,
    CALL_TIMERS,
    CALL_RESOLVE,
    CALL_CANCEL,
    CALL_WRONG,  /* a message that nothing waits for: refused */
    CALL_MOVE,   /* to the pack in force, as its preview showed */
    CALL_ASTRAY, /* the same with the element `name` for `key`, where it has no place: refused */
    CALL_STALE,  /* the same for another pack (choice 0) or step than was shown: refused */
};

struct call {
    enum call_kind kind;
    char who[32];
    uint32_t wait;
    uint32_t step; /* of an effect, with `ordinal` */
    uint32_t ordinal;
    unsigned choice;
    char name[32]; /* of a message, with key and id */
    char key[32];
    unsigned id;
    time_us now;
};

/** What a call comes to. */
enum process_status call_first_status(enum call_kind kind);
/** What it comes to when it was done before. */
enum process_status call_again_status(enum call_kind kind);
/** In: number  of the case; In/Out: of CALL_START the one that was started */
enum process_status call_do(struct world *world, struct arena *arena, const struct call *call,
                            int64_t *inout_number);

/* ---- what stands in the store ---- */

struct census {
    struct arena *arena;
    int64_t number;
    char id[32];
    struct process_case row;
    struct store_rows waits;
    struct process_task *tasks;
    struct process_effect *effects;
    struct process_history *history;
    struct event *events;
    struct slice state;
    int64_t event_first; /* events behind this one */
    size_t task_count;
    size_t effect_count;
    size_t history_count;
    size_t event_count;
};

/** In: event_first  events behind this one */
struct census census_take(struct world *world, struct arena *arena, int64_t number,
                          int64_t event_first);
/** The number of the newest event. */
int64_t census_event_head(struct world *world);
/** The number of the newest entry in the audit trail. */
int64_t census_trail_head(struct world *world);
/** Appends it without what names this case; `whole`: with inputs, outputs, history and events. */
void census_write(struct buffer *out, const struct census *census, bool whole);

#endif
