/* The n-th call and the n-th allocation fail, for every n, once and for good, in a run and in each
 * kind of recovery: the call succeeds or is refused cleanly, and nothing answered is lost. And a
 * disk that fills up at every possible size. */
#include "cmocka_headroom.h"

#include <stdlib.h>

#include "base/arena.h"
#include "sim/model.h"

/* What a recovery has to begin with. */
enum start {
    START_NOTHING, /* no journal yet */
    START_CLEAN,   /* records in several segments, snapshots */
    START_TORN,    /* the power went while a record was written */
    START_SEALING, /* the power went while the head was written */
    START_KILLED,  /* the process was killed while a record was written */
    START_COUNT,
};

static const char *const start_names[START_COUNT] = {"nothing", "clean", "torn", "sealing",
                                                     "killed"};

struct scene {
    char fault[64];
    struct disk *disk;
    struct model model;
};

static void scene_fail(const struct scene *scene, const char *what, uint64_t n)
{
    fail_msg("%s, n = %llu, fault %s: %s", what, (unsigned long long)n, scene->fault,
             scene->model.wrong);
}

static void model_life(struct scene *scene, unsigned steps)
{
    struct journal *journal = NULL;
    enum journal_status status;

    if (!model_open(&scene->model, scene->disk, &journal, &status) || status != JOURNAL_OK) {
        return;
    }
    for (unsigned i = 0; i < steps; i++) {
        status = i == 7 ? model_snapshot(&scene->model, journal)
                        : model_append(&scene->model, journal, 300 + 311 * (i % 5));
    }
    journal_close(journal);
}

/* The number of calls from now on to the one that writes record or head of the next append. */
static struct scene *scene_start(enum start start, bool cached)
{
    const struct disk_options options = {.seed = 3, .cached = cached, .whole_writes = true};
    struct scene *scene = calloc(1, sizeof(*scene));
    struct journal *journal = NULL;
    enum journal_status status;

    assert_non_null(scene);
    scene->disk = disk_new(&options);
    model_init(&scene->model, scene->disk, 3);
    scene->model.options.payload_max = 2000;
    scene->model.options.segment_size = 12288;
    if (start != START_NOTHING) {
        model_life(scene, 21);
        assert_int_equal(scene->model.answered, 20);
        disk_kill(scene->disk);
    }
    if (start >= START_TORN) {
        assert_true(model_open(&scene->model, scene->disk, &journal, &status));
        assert_int_equal(status, JOURNAL_OK);
        disk_stop_at(scene->disk, disk_calls(scene->disk) + (start == START_SEALING ? 2 : 1));
        assert_int_equal(model_append(&scene->model, journal, 1800), JOURNAL_FAILED);
        journal_close(journal);
        if (start == START_KILLED) {
            disk_kill(scene->disk);
        } else {
            disk_power_cut(scene->disk);
        }
    }
    return scene;
}

static void scene_end(struct scene *scene)
{
    disk_free(scene->disk);
    free(scene);
}

/* After the fault: all that was answered must be there, before and after a power cut. */
static void scene_verify(struct scene *scene, const char *what, uint64_t n)
{
    for (unsigned i = 0; i < 2; i++) {
        struct journal *journal = NULL;
        enum journal_status status = JOURNAL_OK;

        if (i == 0) {
            disk_kill(scene->disk);
        } else {
            disk_power_cut(scene->disk);
        }
        if (!model_open(&scene->model, scene->disk, &journal, &status)) {
            scene_fail(scene, what, n);
        }
        if (status != JOURNAL_OK) {
            fail_msg("%s, n = %llu: open refused with %u", what, (unsigned long long)n, status);
        }
        if (!model_verify(&scene->model, scene->disk, journal)) {
            scene_fail(scene, what, n);
        }
        assert_int_equal(model_append(&scene->model, journal, 500), JOURNAL_OK);
        journal_close(journal);
    }
}

static uint64_t calls_fail(enum start start, bool cached, enum os_status status, bool for_good)
{
    uint64_t n = 0;
    bool met = true;

    while (met) {
        struct scene *scene = scene_start(start, cached);

        n++;
        disk_fail_at(scene->disk, disk_calls(scene->disk) + n, status, for_good);
        (void)snprintf(scene->fault, sizeof(scene->fault), "%s%s%s", os_status_text(status).data,
                       for_good ? " for good" : "", cached ? ", cached" : "");
        model_life(scene, 12);
        met = disk_failed(scene->disk);
        if (scene->model.wrong[0] != '\0') {
            scene_fail(scene, start_names[start], n);
        }
        disk_fail_at(scene->disk, 0, OS_OK, false);
        scene_verify(scene, start_names[start], n);
        scene_end(scene);
    }
    return n - 1;
}

static void every_call_fails(void **state)
{
    static const enum os_status statuses[] = {OS_FAILED, OS_FULL, OS_EXHAUSTED};
    uint64_t count = 0;

    (void)state;
    for (unsigned i = 0; i < START_COUNT * 3 * 2 * 2; i++) {
        const enum start start = i % START_COUNT;
        const uint64_t calls = calls_fail(start, i / START_COUNT / 3 % 2 == 0,
                                          statuses[i / START_COUNT % 3], i / START_COUNT / 6 == 0);

        assert_true(calls > 30);
        count += calls;
    }
    print_message("%llu failures of a call\n", (unsigned long long)count);
}

static uint64_t allocations_fail(enum start start, bool for_good)
{
    uint64_t n = 0;
    bool met = true;

    while (met) {
        struct scene *scene = scene_start(start, false);
        struct journal *journal = NULL;
        enum journal_status status;
        void *probe;

        n++;
        memory_fail_at((unsigned long)n, for_good);
        if (model_open(&scene->model, scene->disk, &journal, &status) && status == JOURNAL_OK) {
            for (unsigned i = 0; i < 12; i++) {
                status = i == 7 ? model_snapshot(&scene->model, journal)
                                : model_append(&scene->model, journal, 900);
                /* A segment could not be made for want of memory: the next append tries again. */
                assert_true(status == JOURNAL_OK || status == JOURNAL_NO_MEMORY);
            }
        } else {
            assert_int_equal(status, JOURNAL_NO_MEMORY);
        }
        journal_close(journal);
        /* What is left of the count shows whether the failure came about. */
        met = true;
        if (!for_good) {
            unsigned left = 0;

            while (left < 10000 && (probe = memory_allocate(1)) != NULL) {
                memory_free(probe);
                left++;
            }
            met = left == 10000;
        } else {
            probe = memory_allocate(1);
            met = probe == NULL;
            memory_free(probe);
        }
        memory_fail_at(0, false);
        if (scene->model.wrong[0] != '\0') {
            scene_fail(scene, start_names[start], n);
        }
        scene_verify(scene, start_names[start], n);
        scene_end(scene);
    }
    return n - 1;
}

static void every_allocation_fails(void **state)
{
    uint64_t count = 0;

    (void)state;
    for (unsigned i = 0; i < START_COUNT * 2; i++) {
        const uint64_t allocations = allocations_fail(i % START_COUNT, i / START_COUNT == 0);

        assert_true(allocations > 5);
        count += allocations;
    }
    print_message("%llu failures of an allocation\n", (unsigned long long)count);
}

/* Fills up at every number of free sectors; with room again the same journal goes on. */
static void the_disk_fills_up(void **state)
{
    uint64_t refusals = 0;

    (void)state;
    for (uint64_t free_sectors = 0; free_sectors < 80; free_sectors++) {
        struct scene *scene = scene_start(START_CLEAN, free_sectors % 2 == 0);
        struct model *model = &scene->model;
        struct journal *journal = NULL;
        enum journal_status status;

        disk_capacity_set(scene->disk, disk_used(scene->disk) + free_sectors * DISK_SECTOR);
        assert_true(model_open(model, scene->disk, &journal, &status));
        assert_int_equal(status, JOURNAL_OK);
        for (unsigned i = 0; i < 40; i++) {
            const uint64_t answered = model->answered;

            status = model_append(model, journal, 400 + i * 30);
            assert_true(status == JOURNAL_OK || status == JOURNAL_FULL);
            assert_int_equal(model->answered, answered + (status == JOURNAL_OK));
            refusals += status == JOURNAL_FULL;
        }
        status = model_snapshot(model, journal);
        assert_true(status == JOURNAL_OK || status == JOURNAL_FULL);
        if (!model_verify(model, scene->disk, journal)) {
            scene_fail(scene, "full", free_sectors);
        }
        disk_capacity_set(scene->disk, 0);
        for (unsigned i = 0; i < 10; i++) {
            assert_int_equal(model_append(model, journal, 1000), JOURNAL_OK);
        }
        journal_close(journal);
        scene_verify(scene, "full", free_sectors);
        scene_end(scene);
    }
    assert_true(refusals > 100);
}

/* When the disk stays full across a restart, the journal opens and refuses, and then goes on. */
static void a_full_disk_outlasts_a_restart(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 2; i++) {
        struct scene *scene = scene_start(i == 0 ? START_CLEAN : START_TORN, false);
        struct model *model = &scene->model;
        struct journal *journal = NULL;
        enum journal_status status;
        unsigned refusals = 0;

        disk_capacity_set(scene->disk, disk_used(scene->disk));
        assert_true(model_open(model, scene->disk, &journal, &status));
        assert_int_equal(status, JOURNAL_OK);
        for (unsigned j = 0; j < 30; j++) {
            refusals += model_append(model, journal, 1500) == JOURNAL_FULL;
        }
        assert_true(refusals > 10);
        disk_capacity_set(scene->disk, 0);
        assert_int_equal(model_append(model, journal, 1500), JOURNAL_OK);
        journal_close(journal);
        scene_verify(scene, "restart", i);
        scene_end(scene);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_call_fails),
        cmocka_unit_test(every_allocation_fails),
        cmocka_unit_test(the_disk_fills_up),
        cmocka_unit_test(a_full_disk_outlasts_a_restart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
