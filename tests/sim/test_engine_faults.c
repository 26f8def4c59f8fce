/* The n-th call of the file system and the n-th allocation fail, for every n, once and for good,
 * while the engine runs and while it recovers from each kind of end: it succeeds or refuses
 * cleanly, and afterwards all that was answered is there with one effect. HEADROOM_SIZE takes each
 * so manieth n only; 1 is all. */
#include "cmocka_headroom.h"
#include "sim/tier.h"

#include <malloc.h>
#include <sys/prctl.h>

#include "base/arena.h"
#include "world_internal.h"

enum start {
    START_NOTHING,  /* an empty directory */
    START_CLEAN,    /* a snapshot, events and records behind it */
    START_TORN,     /* the power went in a commit */
    START_KILLED,   /* the process was killed in a commit */
    START_SNAPSHOT, /* the power went while a snapshot was written */
    START_COUNT,
};

static const char *const start_names[START_COUNT] = {"nothing", "clean", "torn", "killed",
                                                     "snapshot"};

static struct world_counts counts;

/* Some work, the same each time. False when the engine's life is over. */
static bool work(struct world *world, unsigned steps)
{
    for (unsigned i = 0; i < steps; i++) {
        world->now += US_PER_SECOND;
        client_send(world);
        if (!network_deliver(world)) {
            return false;
        }
        if (i % 8 == 5) {
            world_snapshot(world);
        }
        if (i % 8 == 6) {
            struct engine_event event;
            const enum engine_status status = engine_event_read(world->engine, 1 + i * 3, &event);

            assert_true(status == ENGINE_OK || status == ENGINE_NOT_FOUND || world->disk_faulty ||
                        disk_stopped(world->disk));
        }
    }
    return true;
}

/* JOURNAL_OK, or why it would not open. */
static enum journal_status life(struct world *world, unsigned steps)
{
    struct journal_error error = {.status = JOURNAL_OK};

    if (!world_open(world, false, &error)) {
        return error.status;
    }
    if (flights_settle(world)) {
        (void)work(world, steps);
    }
    engine_close(world->engine);
    world->engine = NULL;
    return JOURNAL_OK;
}

static struct world *world_start(enum start start)
{
    struct world *world = world_new(40 + start, &counts);

    world->options.payload_max = 11000;
    world->options.segment_size = 4096 * 10;
    if (start == START_NOTHING) {
        return world;
    }
    assert_int_equal(life(world, 20), JOURNAL_OK);
    disk_kill(world->disk);
    if (start >= START_TORN) {
        struct journal_error error;

        assert_true(world_open(world, false, &error) && flights_settle(world));
        disk_stop_at(world->disk, disk_calls(world->disk) + (start == START_SNAPSHOT ? 5 : 2));
        if (start == START_SNAPSHOT) {
            world_snapshot(world);
        } else {
            (void)work(world, 3);
        }
        assert_true(disk_stopped(world->disk));
        engine_close(world->engine);
        world->engine = NULL;
        if (start == START_KILLED) {
            disk_kill(world->disk);
        } else {
            disk_power_cut(world->disk);
        }
    }
    assert_string_equal(world->wrong, "");
    return world;
}

/* All that was answered is there, after a kill and after a power cut. */
static void world_end(struct world *world, enum start start, const char *fault, uint64_t n)
{
    struct journal_error error;
    uint8_t digest[32];

    world->disk_faulty = false;
    for (unsigned i = 0; i < 2 && world->wrong[0] == '\0'; i++) {
        if (i == 0) {
            disk_kill(world->disk);
        } else {
            disk_power_cut(world->disk);
        }
        if (world_open(world, false, &error) && flights_settle(world)) {
            (void)work(world, 2);
            world_events_look(world, 1);
        }
        engine_close(world->engine);
        world->engine = NULL;
    }
    disk_kill(world->disk);
    if (world->wrong[0] == '\0') {
        world_prove(world, digest);
    }
    if (world->wrong[0] != '\0') {
        fail_msg("from %s, %s, n = %llu: %s", start_names[start], fault, (unsigned long long)n,
                 world->wrong);
    }
    world_free(world);
}

static uint64_t stride(void)
{
    return tier_stride(tier_size("HEADROOM_STRIDE", 47, 23, 1));
}

static uint64_t calls_fail(enum start start, enum os_status status, bool for_good, uint64_t first)
{
    uint64_t tried = 0;
    bool met = true;

    for (uint64_t n = first; met; n += stride()) {
        struct world *world = world_start(start);

        disk_fail_at(world->disk, disk_calls(world->disk) + n, status, for_good);
        world->disk_faulty = true;
        (void)life(world, 16);
        met = disk_failed(world->disk);
        disk_fail_at(world->disk, 0, OS_OK, false);
        tried += met;
        world_end(world, start, os_status_text(status).data, n);
    }
    return tried;
}

static void every_call_fails(void **state)
{
    static const enum os_status statuses[] = {OS_FAILED, OS_FULL, OS_EXHAUSTED};
    uint64_t tried = 0;
    uint64_t first = 1;

    (void)state;
    for (unsigned i = 0; i < START_COUNT * 3 * 2; i++) {
        const uint64_t more = calls_fail(i % START_COUNT, statuses[i / START_COUNT % 3],
                                         i / START_COUNT / 3 == 0, first);

        assert_true(more > 0);
        tried += more;
        first = first % stride() + 1; /* with strides, each round takes other calls */
    }
    print_message("%llu failures of a call, each in a run or a recovery of its own\n",
                  (unsigned long long)tried);
}

/* Whether the planned failure came about; ends the plan. */
static bool allocation_met(bool for_good)
{
    bool met = true;

    for (unsigned i = 0; met && i < (for_good ? 1 : 100000); i++) {
        void *probe = memory_allocate(1);

        met = probe != NULL;
        memory_free(probe);
    }
    memory_fail_at(0, 0);
    return for_good ? !met : met; /* what never fails any more has failed before */
}

static uint64_t allocations_fail(enum start start, bool for_good)
{
    uint64_t tried = 0;
    bool met = true;

    for (unsigned long n = 1; met; n += stride() > 20 ? tier_stride(4) : 1) {
        struct world *world = world_start(start);

        world->disk_faulty = true;
        memory_fail_at(n, for_good);
        const enum journal_status status = life(world, 16);
        met = allocation_met(for_good);
        assert_true(status == JOURNAL_OK || status == JOURNAL_NO_MEMORY);
        tried += met;
        world_end(world, start, "an allocation", n);
    }
    return tried;
}

static void every_allocation_fails(void **state)
{
    uint64_t tried = 0;

    (void)state;
    for (unsigned i = 0; i < START_COUNT * 2; i++) {
        const uint64_t more = allocations_fail(i % START_COUNT, i / START_COUNT == 0);

        assert_true(more > 2);
        tried += more;
    }
    print_message("%llu failures of an allocation\n", (unsigned long long)tried);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_call_fails),
        cmocka_unit_test(every_allocation_fails),
    };

    (void)prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
    (void)mallopt(M_MMAP_THRESHOLD, 1 << 30);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
