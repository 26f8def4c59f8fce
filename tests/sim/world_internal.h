/* The world's own: world.c runs lives, world_client.c sends orders and has the answers audited. */
#ifndef HEADROOM_TESTS_SIM_WORLD_INTERNAL_H
#define HEADROOM_TESTS_SIM_WORLD_INTERNAL_H

#include "engine/engine.h"
#include "world.h"

enum { PACKETS_MAX = 1000, NETWORK_MAX = 256, FLIGHTS_MAX = 6 };

/* A batch as a client made it. */
struct packet {
    struct audit_order orders[AUDIT_BATCH_MAX];
    size_t count;
};

/* A batch in the engine's hands. */
struct flight {
    struct engine_batch batch; /* first */
    struct world *world;
    uint32_t packet;
    bool done;
    struct ledger_command commands[AUDIT_BATCH_MAX];
    struct ledger_result results[AUDIT_BATCH_MAX];
    struct ledger_extra extras[AUDIT_BATCH_MAX];
    struct ledger_id parents[AUDIT_BATCH_MAX][3];
};

struct world {
    char wrong[400];
    uint64_t seed, random;
    struct world_counts *counts;
    enum world_tamper tamper;
    bool tampered;
    unsigned life;
    uint64_t step;

    struct disk *disk;
    struct disk *backup;
    bool tainted;     /* the disk has lied or is rotten: what is wrong must be named, not absent */
    bool disk_faulty; /* a failing call or a full disk is planned */
    struct engine_options options;
    struct engine *engine;
    time_us now;

    struct audit audit, audit_backup, trial;
    struct audit_event events[2 * AUDIT_ORDERS_MAX], events_backup[2 * AUDIT_ORDERS_MAX];
    uint32_t orders, orders_max;
    struct packet packets[PACKETS_MAX];
    uint32_t packet_count;
    uint32_t network[NETWORK_MAX]; /* packets on their way */
    unsigned network_count;
    struct flight flights[FLIGHTS_MAX];
    unsigned flight_count, flight_count_backup;
    time_us commit_now, commit_now_backup;
    struct flight flights_backup[FLIGHTS_MAX];
};

uint64_t world_draw(struct world *world, uint64_t bound);
/** Whether the engine met what a lying disk did to the archive, and named it. */
bool world_damage_named(const struct world *world);
/** Notes what is wrong, unless something was noted before. Returns false. */
bool world_wrong(struct world *world, const char *what, const char *more);

/* ---- world.c, for tests that plan their faults themselves ---- */
/** A world of a seed in which nothing has happened yet. */
struct world *world_new(uint64_t seed, struct world_counts *counts);
void world_free(struct world *world);
/** Opens the engine, which must say why when it does not: a planned fault, or named damage. */
bool world_open(struct world *world, bool fresh_start, struct journal_error *ret_error);
void world_snapshot(struct world *world);
/** Reads events, each `stride` of them, and compares. No fault comes about meanwhile. */
void world_events_look(struct world *world, uint64_t stride);
/** Compares the whole state. */
void world_state_look(struct world *world);
/** Opens it twice without faults, compares all, and has the directory prove itself. */
void world_prove(struct world *world, uint8_t ret_digest[32]);

/* ---- world_client.c ---- */
/** A client makes a batch and sends it, perhaps often. */
void client_send(struct world *world);
/** A packet goes on its way (again). */
void network_put(struct world *world, uint32_t packet);
/** Some of what is on its way arrives and is committed. False when the engine's life is over. */
bool network_deliver(struct world *world);
/** The ledger's time is allowed to be, and the auditor's becomes it. */
void world_time_note(struct world *world);
/** After a recovery: whether what was in flight has had its effect; the whole state must fit. */
bool flights_settle(struct world *world);

#endif
