/* Whole lives of a journal on a simulated disk, drawn from a seed: crashes, kills, failing calls,
 * full disks. HEADROOM_SEED replays one; HEADROOM_SEEDS sets how many. */
#include "cmocka_headroom.h"
#include "sim/tier.h"

#include "sim/model.h"

struct counts {
    uint64_t lives;
    uint64_t records;
    uint64_t kept;
    uint64_t cuts;
    uint64_t kills;
    uint64_t failures;
    uint64_t full;
};

static void fault_plan(struct model *model, struct disk *disk)
{
    static const enum os_status statuses[] = {OS_FAILED, OS_FAILED, OS_FULL, OS_EXHAUSTED,
                                              OS_FORBIDDEN};
    const uint64_t now = disk_calls(disk);

    switch (disk_random(&model->random, 5)) {
    case 0:
        break;
    case 1:
        disk_stop_at(disk, now + 1 + disk_random(&model->random, 30));
        break;
    case 2:
        disk_stop_at(disk, now + 1 + disk_random(&model->random, 400));
        break;
    case 3:
        disk_fail_at(disk, now + 1 + disk_random(&model->random, 200),
                     statuses[disk_random(&model->random, 5)], disk_random(&model->random, 2) == 0);
        break;
    default:
        disk_capacity_set(disk, disk_used(disk) + disk_random(&model->random, 60000));
    }
}

static bool life(struct model *model, struct disk *disk, struct counts *counts)
{
    const uint64_t steps = disk_random(&model->random, 60);
    struct journal *journal = NULL;
    enum journal_status status;
    const uint64_t answered = model->answered;
    bool good;

    good = model_open(model, disk, &journal, &status);
    counts->kept += model->answered > answered;
    if (good && status != JOURNAL_OK && !disk_stopped(disk) && !disk_failed(disk) &&
        status != JOURNAL_FULL) {
        (void)snprintf(model->wrong, sizeof(model->wrong), "seed %llu: open refused with %u",
                       (unsigned long long)model->seed, status);
        good = false;
    }
    if (good && status == JOURNAL_OK) {
        good = model_verify(model, disk, journal);
    }
    for (uint64_t i = 0; good && journal != NULL && i < steps; i++) {
        good = model_step(model, journal);
    }
    if (good && journal != NULL && !disk_stopped(disk) && !model->failed) {
        good = model_verify(model, disk, journal);
    }
    journal_close(journal);
    counts->failures += disk_failed(disk);
    return good;
}

static bool run(uint64_t seed, struct counts *counts)
{
    uint64_t random = seed * 7919;
    const struct disk_options options = {
        .seed = seed,
        .alignment = disk_random(&random, 4) == 0 ? 4096 : 512,
        .cached = disk_random(&random, 2) == 0,
        .whole_sectors = disk_random(&random, 2) == 0,
    };
    struct disk *disk = disk_new(&options);
    struct model *model = malloc(sizeof(*model));
    const uint64_t lives = 3 + disk_random(&random, 8);
    bool good = true;

    assert_non_null(model);
    model_init(model, disk, seed);
    for (uint64_t i = 0; good && i <= lives; i++) {
        /* The last life has no faults, so that what is left is always looked at. */
        if (i < lives) {
            fault_plan(model, disk);
        }
        good = life(model, disk, counts);
        disk_capacity_set(disk, 0);
        if (disk_random(&random, 3) == 0) {
            disk_kill(disk);
            counts->kills++;
        } else {
            disk_power_cut(disk);
            counts->cuts++;
        }
        model_ended(model);
        counts->lives++;
    }
    counts->records += model->answered;
    if (!good) {
        print_error("%s\n", model->wrong);
    }
    free(model);
    disk_free(disk);
    return good;
}

static void lives_hold_what_was_answered(void **state)
{
    const uint64_t first = tier_seed(1);
    const uint64_t count = tier_replayed() ? 1 : tier_size("HEADROOM_SEEDS", 200, 5000, 100000);
    struct counts counts = {0};
    uint64_t failed = 0;

    (void)state;
    for (uint64_t seed = first; seed < first + count; seed++) {
        failed += !run(seed, &counts);
        if (failed >= 5) {
            break;
        }
    }
    print_message("%llu seeds: %llu lives, %llu records, %llu of them kept unanswered, %llu power "
                  "cuts, %llu kills, %llu lives with a failed call\n",
                  (unsigned long long)count, (unsigned long long)counts.lives,
                  (unsigned long long)counts.records, (unsigned long long)counts.kept,
                  (unsigned long long)counts.cuts, (unsigned long long)counts.kills,
                  (unsigned long long)counts.failures);
    assert_int_equal(failed, 0);
    assert_true(tier_replayed() || counts.kept > 0);
    assert_true(tier_replayed() || counts.failures > 0);
}

/* Records so small that several share what is read at once: a reader must not take what it read
 * ahead of their being written for what they are. */
static void a_reader_follows_small_records(void **state)
{
    const struct disk_options options = {.seed = 9};
    struct disk *disk = disk_new(&options);
    struct model *model = malloc(sizeof(*model));
    struct journal_reader *reader = NULL;
    struct journal *journal = NULL;
    struct journal_record record;
    struct journal_error error;
    enum journal_status status;

    (void)state;
    assert_non_null(model);
    model_init(model, disk, 9);
    assert_true(model_open(model, disk, &journal, &status));
    assert_int_equal(journal_reader_open(journal, 1, &reader, &error), JOURNAL_OK);
    for (uint64_t i = 1; i <= 300; i++) {
        assert_int_equal(journal_reader_next(reader, &record, &error), JOURNAL_END);
        assert_int_equal(model_append(model, journal, 1 + (uint32_t)(i * 37 % 700)), JOURNAL_OK);
        assert_int_equal(journal_reader_next(reader, &record, &error), JOURNAL_END);
        journal_reader_advance(reader, journal);
        assert_int_equal(journal_reader_next(reader, &record, &error), JOURNAL_OK);
        assert_int_equal(record.sequence, i);
        assert_int_equal(record.payload.size, 1 + i * 37 % 700);
    }
    journal_reader_close(reader);
    journal_close(journal);
    disk_free(disk);
    free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reader_follows_small_records),
        cmocka_unit_test(lives_hold_what_was_answered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
