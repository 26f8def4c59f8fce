#include "world_internal.h"

#include <stdlib.h>

#include "ledger/command_pack.h"

uint64_t world_draw(struct world *world, uint64_t bound)
{
    return disk_random(&world->random, bound);
}

bool world_wrong(struct world *world, const char *what, const char *more)
{
    if (world->wrong[0] == '\0') {
        (void)snprintf(world->wrong, sizeof(world->wrong), "seed %llu, life %u, step %llu: %s%s",
                       (unsigned long long)world->seed, world->life,
                       (unsigned long long)world->step, what, more);
    }
    return false;
}

static bool sound(const struct world *world)
{
    return world->wrong[0] == '\0';
}

/* ---- the faults of a life ---- */

static void life_plan(struct world *world)
{
    static const enum os_status statuses[] = {OS_FAILED, OS_FAILED, OS_FULL, OS_EXHAUSTED,
                                              OS_FORBIDDEN};
    const uint64_t now = disk_calls(world->disk);

    switch (world_draw(world, 8)) {
    case 0:
        break;
    case 1:
        disk_stop_at(world->disk, now + 1 + world_draw(world, 40));
        break;
    case 2:
    case 3:
        disk_stop_at(world->disk, now + 1 + world_draw(world, 900));
        break;
    case 4:
    case 5:
        world->disk_faulty = true;
        disk_fail_at(world->disk, now + 1 + world_draw(world, world_draw(world, 2) == 0 ? 40 : 500),
                     statuses[world_draw(world, 5)], world_draw(world, 2) == 0);
        break;
    case 6:
        world->disk_faulty = true;
        disk_capacity_set(world->disk, disk_used(world->disk) + world_draw(world, 150000));
        break;
    default:
        world->tainted = true;
        if (world_draw(world, 2) == 0) {
            disk_lose_at(world->disk, now + 1 + world_draw(world, 300));
        } else {
            disk_misdirect_at(world->disk, now + 1 + world_draw(world, 300));
        }
    }
}

static void faults_end(struct world *world)
{
    disk_capacity_set(world->disk, 0);
    disk_lose_at(world->disk, 0);
    disk_misdirect_at(world->disk, 0);
    world->disk_faulty = false;
}

/* A piece of damage on a disk at rest. */
static void rot_do(struct world *world)
{
    const char *name = NULL;
    uint64_t count = 0;
    uint8_t bytes[DISK_SECTOR] = {0};

    while ((name = disk_name_after(world->disk, name)) != NULL) {
        count++;
    }
    if (count == 0) {
        return;
    }
    count = world_draw(world, count);
    name = disk_name_after(world->disk, NULL);
    while (count-- > 0) {
        name = disk_name_after(world->disk, name);
    }
    const uint64_t size = disk_size(world->disk, name);
    if (size < sizeof(bytes)) {
        return;
    }
    const uint64_t at = world_draw(world, size / DISK_SECTOR) * DISK_SECTOR;
    if (world_draw(world, 4) > 0) {
        disk_peek(world->disk, name, at, bytes, sizeof(bytes));
        bytes[world_draw(world, sizeof(bytes))] ^= (uint8_t)(1U << world_draw(world, 8));
    }
    disk_poke(world->disk, name, at, bytes, sizeof(bytes));
    world->counts->rots++;
}

/* ---- looking ---- */

static bool event_fits(const struct audit_event *event, const struct engine_event *found)
{
    const struct ledger_id id = audit_id(event->number);

    return found->effect.op == event->op && ledger_id_equal(&found->id, &id) &&
           found->effect.at == event->at &&
           (event->amount_minor < 0 ||
            found->effect.amounts_minor[MEASURE_NOMINAL] == event->amount_minor);
}

/* Reads events, each `stride` of them. No fault comes about meanwhile. */
void world_events_look(struct world *world, uint64_t stride)
{
    const uint64_t first = 1 + world_draw(world, stride);
    char more[80];

    disk_truce(world->disk, true);
    for (uint64_t i = first; sound(world) && i <= world->audit.events_count; i += stride) {
        struct engine_event found;
        const enum engine_status status = engine_event_read(world->engine, i, &found);

        (void)snprintf(more, sizeof(more), "%llu", (unsigned long long)i);
        if (status == ENGINE_OK && !event_fits(&world->audit.events[i - 1], &found)) {
            (void)world_wrong(world, "another event is found as number ", more);
        }
        if (status != ENGINE_OK && !world->tainted) {
            (void)world_wrong(world, "an event cannot be read: ", more);
        }
    }
    disk_truce(world->disk, false);
}

void world_state_look(struct world *world)
{
    const char *wrong;

    world_time_note(world);
    wrong = audit_compare_state(&world->audit, engine_ledger(world->engine));
    if (wrong != NULL) {
        (void)world_wrong(world, wrong, "");
    }
}

/* ---- lives ---- */

static bool error_is_named(const struct journal_error *error)
{
    return error->status > JOURNAL_FAILED && error->status < JOURNAL_STATUS_COUNT &&
           error->file[0] != '\0';
}

/* Opens the engine. False when it did not open; that must have had a cause. */
bool world_open(struct world *world, bool fresh_start, struct journal_error *ret_error)
{
    struct engine_recovery recovery;

    world->options.files = disk_files(world->disk);
    world->options.now = world->now;
    world->options.fresh_start = fresh_start;
    const enum engine_status status =
        engine_open(&world->options, &world->engine, &recovery, ret_error);
    if (status == ENGINE_OK) {
        world->counts->from_snapshot += recovery.snapshot_sequence > 0;
        return true;
    }
    world->engine = NULL;
    if (disk_stopped(world->disk)) {
        world->counts->recoveries_stopped++;
    } else if (!world->disk_faulty && !world->tainted) {
        (void)world_wrong(world, "the engine would not open: ", ret_error->cause);
    }
    return false;
}

void world_snapshot(struct world *world)
{
    const enum engine_status status = engine_snapshot(world->engine);

    world->counts->snapshots += status == ENGINE_OK;
    if (status != ENGINE_OK && !world->disk_faulty && !world->tainted &&
        !disk_stopped(world->disk)) {
        (void)world_wrong(world,
                          "a snapshot failed without cause: ", engine_status_english(status).data);
    }
}

static void clock_go(struct world *world)
{
    world->now += (int64_t)world_draw(world, 3 * US_PER_SECOND);
    if (world_draw(world, 60) == 0) {
        world->now += ((int64_t)world_draw(world, 48 * 3600) - 24 * 3600) * US_PER_SECOND;
        world->counts->clock_jumps++;
    }
}

/* One step. False when the life is over. */
static bool life_step(struct world *world)
{
    const uint64_t dice = world_draw(world, 100);

    world->step++;
    world->counts->steps++;
    clock_go(world);
    if (dice < 45) {
        client_send(world);
        return true;
    }
    if (dice < 88) {
        return network_deliver(world);
    }
    if (dice < 92) {
        world->commit_now = world->now;
        world->flight_count = 0;
        if (engine_tick(world->engine, world->now) != ENGINE_OK) {
            if (!world->disk_faulty && !disk_stopped(world->disk) && !world_damage_named(world)) {
                (void)world_wrong(world, "the tick failed without cause", "");
            }
            return false;
        }
        world_time_note(world);
    } else if (dice < 94) {
        world_snapshot(world);
    } else if (dice < 97) {
        world_state_look(world);
    } else {
        world_events_look(world, 50);
    }
    return true;
}

/* ---- damage ---- */

static void backup_take(struct world *world)
{
    disk_free(world->backup);
    world->backup = disk_clone(world->disk);
    disk_kill(world->backup); /* the copy is nobody's */
    disk_faults()->kills--;
    memcpy(world->flights_backup, world->flights, sizeof(world->flights));
    world->flight_count_backup = world->flight_count;
    world->commit_now_backup = world->commit_now;
    audit_copy(&world->audit_backup, &world->audit);
    memcpy(world->events_backup, world->events,
           world->audit.events_count * sizeof(world->events[0]));
}

static void backup_restore(struct world *world)
{
    disk_free(world->disk);
    world->disk = world->backup;
    world->backup = NULL;
    audit_copy(&world->audit, &world->audit_backup);
    world->audit.events = world->events;
    memcpy(world->events, world->events_backup,
           world->audit.events_count * sizeof(world->events[0]));
    memcpy(world->flights, world->flights_backup, sizeof(world->flights));
    world->flight_count = world->flight_count_backup;
    world->commit_now = world->commit_now_backup;
    world->tainted = false;
    world->counts->restored++;
    for (unsigned i = 0; i < 20 && world->packet_count > 0; i++) {
        network_put(world, (uint32_t)world_draw(world, world->packet_count));
    }
}

/* After damage: it is named, or nothing is missing. Then the backup takes the disk's place. */
static void damage_judge(struct world *world)
{
    struct journal_error error;
    struct engine_proof proof;

    if (world_open(world, world_draw(world, 2) == 0, &error)) {
        (void)flights_settle(world);
        if (sound(world)) {
            world_events_look(world, 1);
        }
        engine_close(world->engine);
        world->engine = NULL;
        disk_kill(world->disk);
        if (world_draw(world, 2) == 0 ||
            engine_verify(&world->options, &proof, &error, NULL) == ENGINE_OK) {
            world->counts->damage_harmless++;
        } else if (error_is_named(&error)) {
            world->counts->damage_found++;
        } else {
            (void)world_wrong(world, "a proof failed and names nothing: ", proof.message);
        }
    } else if (error_is_named(&error)) {
        world->counts->damage_found++;
    } else {
        (void)world_wrong(world, "the engine would not open and names no damage: ", error.cause);
    }
    backup_restore(world);
}

/* ---- a whole life ---- */

static void life_run(struct world *world)
{
    const bool early = world_draw(world, 2) == 0; /* faults may meet the recovery */
    const uint64_t steps = world_draw(world, 160);
    struct journal_error error;
    bool going = true;

    world->life++;
    world->counts->lives++;
    backup_take(world);
    if (early) {
        life_plan(world);
    }
    if (!world_open(world, world_draw(world, 4) == 0, &error)) {
        return;
    }
    /* An engine that is open knows what happened; one on a disk that lied is judged at its end. */
    if (!flights_settle(world)) {
        return;
    }
    if (!early) {
        backup_take(world);
        life_plan(world);
    }
    for (uint64_t i = 0; going && sound(world) && i < steps; i++) {
        going = life_step(world);
    }
    if (going && sound(world) && world_draw(world, 3) == 0) {
        world_snapshot(world);
    }
    if (going && sound(world)) {
        world_state_look(world);
    }
}

static void life_end(struct world *world)
{
    if (world->engine != NULL) {
        struct engine_figures figures;

        engine_figures(world->engine, &figures);
        world->counts->archived += figures.archive.entries;
        world->counts->archive_merges += figures.archive.merges;
        world->counts->archive_found += figures.archive.found;
    }
    engine_close(world->engine);
    world->engine = NULL;
    faults_end(world);
    if (world_draw(world, 3) == 0) {
        disk_kill(world->disk);
    } else {
        disk_power_cut(world->disk);
    }
    if (sound(world) && !world->tainted && world->audit.events_count > 0 &&
        world_draw(world, 6) == 0) {
        struct journal_error error;

        /* Rot comes on a disk whose last life is settled. */
        if (world_open(world, false, &error) && flights_settle(world)) {
            engine_close(world->engine);
            world->engine = NULL;
            disk_kill(world->disk);
            backup_take(world);
            rot_do(world);
            world->tainted = true;
        }
    }
    if (sound(world) && world->tainted) {
        damage_judge(world);
    }
}

/* ---- on purpose ---- */

static void tamper_do(struct world *world)
{
    if (world->tampered || world->audit.events_count < 50 || world->tainted) {
        return;
    }
    if (world->tamper == TAMPER_LOSS && world->backup != NULL &&
        world->audit_backup.events_count + 10 < world->audit.events_count) {
        engine_close(world->engine); /* it holds the disk that goes */
        world->engine = NULL;
        disk_free(world->disk);
        world->disk = world->backup;
        world->backup = NULL;
        world->flight_count = 0;
        world->tampered = true;
        world->counts->tampered++;
    }
    if (world->tamper == TAMPER_TWICE) {
        world->audit.limits[0].outstanding -= 1; /* as if the ledger had counted a cent twice */
        world->tampered = true;
        world->counts->tampered++;
    }
}

/* ---- the whole world ---- */

/* The last life has no faults: all that was answered is there, by snapshot, from the first record,
 * and by the proof, with one and the same digest. */
void world_prove(struct world *world, uint8_t ret_digest[32])
{
    struct engine_proof proof;
    struct journal_error error;
    uint8_t digest[32];

    for (int fresh = 0; fresh < 2 && sound(world); fresh++) {
        if (!world_open(world, fresh == 1, &error) || !flights_settle(world)) {
            return;
        }
        world_events_look(world, 1);
        check(ledger_digest(engine_ledger(world->engine), fresh == 0 ? ret_digest : digest));
        engine_close(world->engine);
        world->engine = NULL;
        disk_kill(world->disk);
    }
    if (sound(world) && memcmp(digest, ret_digest, sizeof(digest)) != 0) {
        (void)world_wrong(world, "the digests of snapshot and journal differ", "");
    }
    if (!sound(world) || world_draw(world, 2) == 0) {
        return;
    }
    if (engine_verify(&world->options, &proof, &error, NULL) != ENGINE_OK) {
        (void)world_wrong(world, "the directory does not prove itself: ",
                          error.cause[0] != '\0' ? error.cause : proof.message);
    } else if (memcmp(proof.digest, digest, sizeof(digest)) != 0) {
        (void)world_wrong(world, "the digest of the proof differs", "");
    }
}

static void world_init(struct world *world, uint64_t seed)
{
    uint64_t random = seed * 104729;
    const struct disk_options options = {
        .seed = seed,
        .alignment = disk_random(&random, 4) == 0 ? 4096 : 512,
        .cached = disk_random(&random, 2) == 0,
        .whole_sectors = disk_random(&random, 2) == 0,
    };

    world->seed = seed;
    world->random = seed ^ 0xa0d17ULL;
    world->disk = disk_new(&options);
    world->now = 1764000000LL * US_PER_SECOND;
    world->orders_max = 200 + (uint32_t)disk_random(&random, AUDIT_ORDERS_MAX - 200);
    engine_options_init(&world->options);
    world->options.directory = "data";
    world->options.payload_max = COMMAND_PACKED_MAX + 2400 + (uint32_t)disk_random(&random, 3000);
    world->options.segment_size =
        4096 * (8 + disk_random(&random, 12) + world->options.payload_max / 4096);
    world->options.snapshot_bytes = UINT64_MAX; /* by request alone: no child on a simulated disk */
    world->options.snapshot_block = 4096;
    world->options.closed_max = 1 + (uint32_t)disk_random(&random, 60);
    world->options.ledger.limits_max = 512;
    world->options.ledger.records_max = 1 << 10;
    world->options.ledger.traces_max = 1 << 10;
    world->options.ledger.unlocks_max = 256;
    world->options.ledger.commands_max = 64;
    world->options.ledger.hash_seed = seed + 1;
    audit_init(&world->audit, world->events);
    audit_init(&world->audit_backup, world->events);
    audit_init(&world->trial, world->events);
}

struct world *world_new(uint64_t seed, struct world_counts *counts)
{
    struct world *world = calloc(1, sizeof(*world));

    check(world != NULL);
    world->counts = counts;
    world_init(world, seed);
    return world;
}

void world_free(struct world *world)
{
    engine_close(world->engine);
    disk_free(world->disk);
    disk_free(world->backup);
    free(world);
}

const char *world_run(uint64_t seed, enum world_tamper tamper, struct world_counts *counts,
                      uint8_t ret_digest[32])
{
    static char wrong[400];
    struct world *world = world_new(seed, counts);

    world->tamper = tamper;
    counts->seeds++;
    const uint64_t lives = 4 + world_draw(world, 6);
    for (uint64_t i = 0; sound(world) && i < lives; i++) {
        life_run(world);
        tamper_do(world);
        if (sound(world)) {
            life_end(world);
        }
    }
    if (sound(world)) {
        world_prove(world, ret_digest);
    }
    memcpy(wrong, world->wrong, sizeof(wrong));
    world_free(world);
    return wrong[0] == '\0' ? NULL : wrong;
}
