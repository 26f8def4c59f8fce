/* The archive on a simulated disk: every call fails, every power cut, every full disk, every
 * allocation; and rot in every block. What a start relies on is there, whole, or what is wrong is
 * named. */
#include "cmocka_headroom.h"

#include <stdlib.h>

#include "archive/archive.h"
#include "base/arena.h"
#include "sim/disk.h"
#include "sim/tier.h"

enum { BATCH = 40, BATCHES_MAX = 64, KEPT = 2, BLOCK = 4096 };

/* A disk, and what a snapshot would rely on: the points that are kept, newest first. */
struct scene {
    struct disk *disk;
    uint64_t run;
    struct archive_point points[KEPT];
    uint64_t newest_numbers[BATCHES_MAX + 1]; /* of the content of each batch */
    uint64_t next;
    char fault[80];
};

static struct archive_key key_of(uint64_t content, unsigned number)
{
    struct archive_key key = {{0}};

    snprintf(key.bytes, sizeof(key.bytes), "k%llu-%u", (unsigned long long)content, number);
    return key;
}

static size_t value_of(uint64_t content, unsigned number, uint8_t value[ARCHIVE_VALUE_MAX])
{
    const size_t size = 100 + (content + number) % 60;

    for (size_t i = 0; i < size; i++) {
        value[i] = (uint8_t)(content * 31 + number * 7 + i);
    }
    return size;
}

static struct archive *scene_open(struct scene *scene, enum journal_status *ret_status,
                                  struct journal_error *error)
{
    const struct archive_options options = {.files = disk_files(scene->disk),
                                            .directory = "d",
                                            .identity = "of this journal",
                                            .run = ++scene->run,
                                            .merge_width = 2};
    struct archive *archive = NULL;

    *ret_status = archive_open(&options, &archive, error);
    if (*ret_status == JOURNAL_OK) {
        *ret_status = archive_begin(archive, &scene->points[0], error);
    }
    if (*ret_status == JOURNAL_OK) {
        *ret_status = archive_settle(archive, error);
    }
    if (*ret_status != JOURNAL_OK) {
        archive_close(archive);
        return NULL;
    }
    return archive;
}

static enum journal_status batch_put(struct scene *scene, struct archive *archive)
{
    const uint64_t content = scene->next++;
    const uint64_t batch = archive_point(archive).batches + 1;

    assert_true(batch <= BATCHES_MAX);
    archive_forget(archive);
    for (unsigned i = 0; i < BATCH; i++) {
        const struct archive_key key = key_of(content, i);
        uint8_t value[ARCHIVE_VALUE_MAX];
        const size_t size = value_of(content, i, value);

        REQUIRE(archive_add(archive, &key, value, size), JOURNAL_NO_MEMORY);
    }
    TRY(archive_write_begin(archive));
    TRY(archive_write_end(archive, true));
    scene->newest_numbers[batch] = content;
    assert_true(archive_filter_batch(archive, SIZE_MAX));
    return JOURNAL_OK;
}

/* A snapshot: the archive's point is relied on from now on. */
static void scene_snapshot(struct scene *scene, const struct archive *archive)
{
    memmove(&scene->points[1], &scene->points[0], (KEPT - 1) * sizeof(scene->points[0]));
    scene->points[0] = archive_point(archive);
}

/* What a process does until something fails; a snapshot after every second batch. */
static enum journal_status scene_live(struct scene *scene, unsigned batches)
{
    struct journal_error error;
    enum journal_status status;
    struct archive *archive = scene_open(scene, &status, &error);

    for (unsigned i = 0; i < batches && status == JOURNAL_OK; i++) {
        status = batch_put(scene, archive);
        if (status == JOURNAL_FULL || status == JOURNAL_NO_MEMORY) {
            status = batch_put(scene, archive); /* tried again, as an engine would */
        }
        if (status == JOURNAL_OK && i % 2 == 1) {
            scene_snapshot(scene, archive);
        }
        if (status == JOURNAL_OK) {
            status = archive_tend(archive, scene->points[KEPT - 1].batches, true);
        }
    }
    archive_close(archive);
    return status;
}

/* Everything up to the point that is relied on is found, and nothing of what came later. */
static void scene_look(struct scene *scene)
{
    struct journal_error error;
    enum journal_status status;

    disk_truce(scene->disk, true);
    struct archive *archive = scene_open(scene, &status, &error);
    if (archive == NULL) {
        fail_msg("%s: opening gives %u, %s, %s", scene->fault, status, error.file, error.cause);
    }
    for (uint64_t batch = 1; batch <= scene->points[0].batches; batch++) {
        const uint64_t content = scene->newest_numbers[batch];

        for (unsigned i = 0; i < BATCH; i++) {
            const struct archive_key key = key_of(content, i);
            const uint64_t hash = archive_hash(archive, &key);
            uint8_t value[ARCHIVE_VALUE_MAX];
            uint8_t found[ARCHIVE_VALUE_MAX];
            const size_t size = value_of(content, i, value);
            size_t found_size = 0;

            if (!archive_may_hold(archive, hash) ||
                archive_find(archive, &key, hash, found, &found_size) != JOURNAL_OK ||
                found_size != size || memcmp(found, value, size) != 0) {
                fail_msg("%s: %s is not found", scene->fault, key.bytes);
            }
        }
    }
    archive_close(archive);
    disk_truce(scene->disk, false);
}

static struct scene *scene_new(uint64_t seed)
{
    struct scene *scene = calloc(1, sizeof(*scene));

    assert_non_null(scene);
    scene->disk = disk_new(&(struct disk_options){.seed = seed});
    assert_int_equal(scene_live(scene, 5), JOURNAL_OK);
    return scene;
}

static void scene_free(struct scene *scene)
{
    disk_free(scene->disk);
    free(scene);
}

/* After a fault: a kill, then a power cut; each time all is there and goes on. */
static void scene_recover(struct scene *scene)
{
    for (unsigned i = 0; i < 2; i++) {
        if (i == 0) {
            disk_kill(scene->disk);
        } else {
            disk_power_cut(scene->disk);
        }
        scene_look(scene);
        if (scene_live(scene, 2) != JOURNAL_OK) {
            fail_msg("%s: it does not go on", scene->fault);
        }
        scene_look(scene);
    }
}

static void every_call_fails(void **state)
{
    static const enum os_status statuses[] = {OS_FAILED, OS_FULL, OS_EXHAUSTED};
    const uint64_t stride = tier_stride(1);
    uint64_t count = 0;

    (void)state;
    for (unsigned i = 0; i < 6; i++) {
        bool met = true;

        /* With strides, each round takes other calls. */
        for (uint64_t n = 1 + i % stride; met; n += stride, count++) {
            struct scene *scene = scene_new(n);

            snprintf(scene->fault, sizeof(scene->fault), "call %llu, %s%s", (unsigned long long)n,
                     os_status_text(statuses[i / 2]).data, i % 2 == 0 ? "" : " for good");
            disk_fail_at(scene->disk, disk_calls(scene->disk) + n, statuses[i / 2], i % 2 != 0);
            const enum journal_status status = scene_live(scene, 6);
            met = disk_failed(scene->disk);
            if (!met) {
                assert_int_equal(status, JOURNAL_OK);
            }
            disk_fail_at(scene->disk, 0, OS_OK, false);
            scene_recover(scene);
            scene_free(scene);
        }
    }
    assert_true(count > 300 / stride);
    print_message("%llu failures of a call\n", (unsigned long long)count);
}

static void the_power_goes_at_every_call(void **state)
{
    const uint64_t fates = tier_size("HEADROOM_ARCHIVE_FATES", 1, 3, 400);
    const uint64_t stride = tier_stride(1);
    uint64_t count = 0;

    (void)state;
    for (uint64_t seed = 0; seed < fates; seed++) {
        bool met = true;

        for (uint64_t n = 1 + seed % stride; met; n += stride, count++) {
            struct scene *scene = scene_new(seed * 1000 + n);

            snprintf(scene->fault, sizeof(scene->fault), "power cut at call %llu, seed %llu",
                     (unsigned long long)n, (unsigned long long)seed);
            disk_stop_at(scene->disk, disk_calls(scene->disk) + n);
            (void)scene_live(scene, 6);
            met = disk_stopped(scene->disk);
            if (n % 3 == 0) {
                disk_kill(scene->disk);
            } else {
                disk_power_cut(scene->disk);
            }
            disk_stop_at(scene->disk, 0);
            scene_look(scene);
            scene_recover(scene);
            scene_free(scene);
        }
    }
    assert_true(count > 100 / stride);
    print_message("%llu power cuts and kills\n", (unsigned long long)count);
}

static void the_disk_is_full_at_every_size(void **state)
{
    (void)state;
    for (uint64_t free_space = 0; free_space < 20ULL * BLOCK; free_space += BLOCK / 2) {
        struct scene *scene = scene_new(5);

        snprintf(scene->fault, sizeof(scene->fault), "%llu bytes free",
                 (unsigned long long)free_space);
        disk_capacity_set(scene->disk, disk_used(scene->disk) + free_space);
        const enum journal_status status = scene_live(scene, 6);
        assert_true(status == JOURNAL_OK || status == JOURNAL_FULL);
        disk_capacity_set(scene->disk, 0);
        scene_recover(scene);
        scene_free(scene);
    }
}

static void every_allocation_fails(void **state)
{
    bool met = true;
    unsigned long n;

    (void)state;
    for (n = 1; met; n += tier_stride(1)) {
        struct scene *scene = scene_new(6);

        snprintf(scene->fault, sizeof(scene->fault), "allocation %lu", n);
        memory_fail_at(n, false);
        const enum journal_status status = scene_live(scene, 4);
        /* What is left of the count shows whether the failure came about. */
        unsigned left = 0;
        void *probe;
        while (left < 1000 && (probe = memory_allocate(1)) != NULL) {
            memory_free(probe);
            left++;
        }
        met = left == 1000;
        memory_fail_at(0, false);
        assert_true(status == JOURNAL_OK || status == JOURNAL_NO_MEMORY);
        scene_recover(scene);
        scene_free(scene);
    }
    assert_true(n > 50);
    print_message("%lu failures of an allocation\n", n);
}

/* ---- rot ---- */

/* A start on a disk with rot in `name` must name that file, at the block concerned. */
static void rot_is_named(struct scene *scene, const char *name, uint64_t offset, bool exact)
{
    struct journal_error error = {.cause = ""};
    enum journal_status status;
    struct archive *archive = scene_open(scene, &status, &error);

    if (archive != NULL || status != JOURNAL_ARCHIVE_DAMAGED || strcmp(error.file, name) != 0 ||
        (exact && error.offset != offset / BLOCK * BLOCK)) {
        fail_msg("%s in %s at %llu: status %u, %s at %llu", scene->fault, name,
                 (unsigned long long)offset, status, error.file, (unsigned long long)error.offset);
    }
}

static void every_bit_that_rots_is_named(void **state)
{
    struct scene *scene = scene_new(9);
    const uint64_t step = tier_size("HEADROOM_ARCHIVE_ROT_STEP", 61, 31, 1);
    uint64_t count = 0;

    (void)state;
    for (const char *name = disk_name_after(scene->disk, NULL); name != NULL;
         name = disk_name_after(scene->disk, name)) {
        const uint64_t size = disk_size(scene->disk, name);

        if (disk_size(scene->disk, name) == 0 || strncmp(name, "archive-", 8) != 0 ||
            strcmp(name, "archive-0000000000000005-0000000000000005") == 0) {
            continue; /* not relied on */
        }
        for (uint64_t offset = 0; offset < size; offset += step, count++) {
            uint8_t byte;

            disk_peek(scene->disk, name, offset, &byte, 1);
            const uint8_t other = byte ^ (uint8_t)(1U << (offset % 8));
            disk_poke(scene->disk, name, offset, &other, 1);
            snprintf(scene->fault, sizeof(scene->fault), "a bit");
            rot_is_named(scene, name, offset, true);
            disk_poke(scene->disk, name, offset, &byte, 1);
        }
    }
    assert_true(count > 200);
    scene_look(scene);
    scene_free(scene);
    print_message("%llu bits\n", (unsigned long long)count);
}

/* The name of the largest segment. */
static void largest_name(const struct scene *scene, char ret_name[64])
{
    uint64_t most = 0;

    for (const char *name = disk_name_after(scene->disk, NULL); name != NULL;
         name = disk_name_after(scene->disk, name)) {
        if (strncmp(name, "archive-", 8) == 0 && disk_size(scene->disk, name) > most) {
            most = disk_size(scene->disk, name);
            snprintf(ret_name, 64, "%s", name);
        }
    }
    assert_true(most >= 4ULL * BLOCK);
}

static void cut_swapped_and_zeroed_files_are_named(void **state)
{
    struct scene *scene = scene_new(10);
    struct disk *whole = disk_clone(scene->disk);
    uint8_t blocks[2][BLOCK];
    uint8_t zeros[BLOCK] = {0};
    char name[64];

    (void)state;
    largest_name(scene, name);
    const uint64_t size = disk_size(scene->disk, name);
    for (uint64_t cut = 0; cut < size; cut += 1024) {
        snprintf(scene->fault, sizeof(scene->fault), "cut to %llu", (unsigned long long)cut);
        disk_cut(scene->disk, name, cut);
        rot_is_named(scene, name, cut, false);
        disk_graft(scene->disk, name, whole, name);
    }
    for (uint64_t i = 0; i + 1 < size / BLOCK; i++) {
        disk_peek(whole, name, i * BLOCK, blocks[0], BLOCK);
        disk_peek(whole, name, (i + 1) * BLOCK, blocks[1], BLOCK);
        snprintf(scene->fault, sizeof(scene->fault), "swapped");
        disk_poke(scene->disk, name, i * BLOCK, blocks[1], BLOCK);
        disk_poke(scene->disk, name, (i + 1) * BLOCK, blocks[0], BLOCK);
        rot_is_named(scene, name, i * BLOCK, false);
        disk_graft(scene->disk, name, whole, name);
        snprintf(scene->fault, sizeof(scene->fault), "zeroed");
        disk_poke(scene->disk, name, i * BLOCK, zeros, BLOCK);
        rot_is_named(scene, name, i * BLOCK, true);
        disk_graft(scene->disk, name, whole, name);
    }
    scene_look(scene);
    disk_free(whole);
    scene_free(scene);
}

/* A block of the same place of a segment that another run made does not check out. */
static void a_block_of_another_run_is_named(void **state)
{
    struct scene *scene = scene_new(11);
    struct scene *other = calloc(1, sizeof(*other));
    uint8_t block[BLOCK];
    char name[64];

    (void)state;
    assert_non_null(other);
    other->disk = disk_new(&(struct disk_options){.seed = 12});
    other->run = 100;
    assert_int_equal(scene_live(other, 5), JOURNAL_OK);
    largest_name(scene, name);
    snprintf(scene->fault, sizeof(scene->fault), "a block of another run");
    disk_peek(other->disk, name, BLOCK, block, BLOCK);
    disk_poke(scene->disk, name, BLOCK, block, BLOCK);
    rot_is_named(scene, name, BLOCK, true);
    scene_free(other);
    scene_free(scene);
}

/* A segment that has gone missing is no damage to guess about: it is said. */
static void a_missing_segment_is_said(void **state)
{
    struct scene *scene = scene_new(13);
    struct journal_error error;
    enum journal_status status;
    char name[64];

    (void)state;
    largest_name(scene, name);
    disk_remove(scene->disk, name);
    assert_null(scene_open(scene, &status, &error));
    assert_int_equal(status, JOURNAL_ARCHIVE_MISSING);
    scene_free(scene);
}

/* Damage that comes about while the archive is in use is met when an id is looked up. */
static void damage_in_use_is_for_good(void **state)
{
    struct scene *scene = scene_new(14);
    struct journal_error error;
    enum journal_status status;
    uint8_t value[ARCHIVE_VALUE_MAX];
    size_t size;
    char name[64];
    const uint8_t byte = 0xA5;

    (void)state;
    struct archive *archive = scene_open(scene, &status, &error);
    assert_non_null(archive);
    largest_name(scene, name);
    for (uint64_t offset = BLOCK; offset < disk_size(scene->disk, name); offset += BLOCK) {
        disk_poke(scene->disk, name, offset + 100, &byte, 1);
    }
    for (uint64_t batch = 1; status == JOURNAL_OK && batch <= 4; batch++) {
        const struct archive_key key = key_of(scene->newest_numbers[batch], 3);
        status = archive_find(archive, &key, archive_hash(archive, &key), value, &size);
    }
    assert_int_equal(status, JOURNAL_ARCHIVE_DAMAGED);
    assert_string_equal(archive_failure(archive)->file, name);
    assert_int_equal(archive_failure(archive)->offset % BLOCK, 0);
    const struct archive_key key = key_of(scene->newest_numbers[1], 1);
    assert_int_equal(archive_find(archive, &key, archive_hash(archive, &key), value, &size),
                     JOURNAL_ARCHIVE_DAMAGED);
    archive_close(archive);
    scene_free(scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_call_fails),
        cmocka_unit_test(the_power_goes_at_every_call),
        cmocka_unit_test(the_disk_is_full_at_every_size),
        cmocka_unit_test(every_allocation_fails),
        cmocka_unit_test(every_bit_that_rots_is_named),
        cmocka_unit_test(cut_swapped_and_zeroed_files_are_named),
        cmocka_unit_test(a_block_of_another_run_is_named),
        cmocka_unit_test(a_missing_segment_is_said),
        cmocka_unit_test(damage_in_use_is_for_good),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
