/* Damage to a journal at rest: whatever changes in its files is found and named, or has changed
 * nothing that was answered. HEADROOM_ROTS says how often, HEADROOM_SEED replays one base. */
#include "cmocka_headroom.h"
#include "sim/tier.h"

#include "journal/journal_format.h"
#include "sim/model.h"

enum rot {
    ROT_FLIP,     /* one bit */
    ROT_NOISE,    /* some bytes */
    ROT_ZERO,     /* sectors are zero */
    ROT_SWAP,     /* two sectors change places, in one file or between two */
    ROT_COPY,     /* a sector stands in two places */
    ROT_STALE,    /* a sector is the one of an earlier day */
    ROT_CUT,      /* the file is cut short */
    ROT_REMOVE,   /* the file is gone */
    ROT_OLDER,    /* the file is the one of an earlier day */
    ROT_FOREIGN,  /* the file is the one of another journal */
    ROT_EXCHANGE, /* the file is another one of the same journal */
    ROT_COUNT,
};

static const char *const rot_names[ROT_COUNT] = {"flip",  "noise",   "zero",    "swap",
                                                 "copy",  "stale",   "cut",     "gone",
                                                 "older", "foreign", "exchange"};

struct base {
    struct model *model;
    struct disk *disk;
    struct disk *older;   /* the same some time before */
    struct disk *foreign; /* another journal, much like it */
};

/* What came of one piece of damage. */
struct outcome {
    struct journal_error error; /* of open, or else of the first thing that would not be read */
    bool opened;
    struct journal_recovery recovery;
    uint64_t last; /* the last record that was read and is as it was */
};

static struct disk *journal_make(struct model *model, uint64_t seed, unsigned steps,
                                 struct disk **ret_older)
{
    const struct disk_options options = {.seed = seed, .alignment = seed % 3 == 0 ? 4096 : 512};
    struct disk *disk = disk_new(&options);
    struct journal *journal = NULL;
    enum journal_status status;

    model_init(model, disk, seed);
    assert_true(model_open(model, disk, &journal, &status));
    assert_int_equal(status, JOURNAL_OK);
    for (unsigned i = 0; i < steps; i++) {
        assert_int_equal(model_append(model, journal, 0), JOURNAL_OK);
        if (i % 16 == 8) {
            assert_int_equal(model_snapshot(model, journal), JOURNAL_OK);
        }
        if (i == steps / 2 && ret_older != NULL) {
            *ret_older = disk_clone(disk);
        }
    }
    journal_close(journal);
    disk_kill(disk);
    return disk;
}

static void base_make(struct base *base, uint64_t seed)
{
    struct model *other = malloc(sizeof(*other));

    base->model = malloc(sizeof(*base->model));
    assert_non_null(base->model);
    assert_non_null(other);
    base->disk = journal_make(base->model, seed, 40, &base->older);
    disk_kill(base->older);
    base->foreign = journal_make(other, seed + 1000000, 40, NULL);
    free(other);
}

static void base_release(struct base *base)
{
    free(base->model);
    disk_free(base->disk);
    disk_free(base->older);
    disk_free(base->foreign);
}

static const char *name_draw(const struct disk *disk, uint64_t *random)
{
    const char *name = NULL;
    uint64_t count = 0;

    while ((name = disk_name_after(disk, name)) != NULL) {
        count++;
    }
    count = disk_random(random, count);
    name = disk_name_after(disk, NULL);
    while (count-- > 0) {
        name = disk_name_after(disk, name);
    }
    return name;
}

static uint64_t sector_draw(const struct disk *disk, const char *name, uint64_t *random)
{
    return disk_random(random, disk_size(disk, name) / DISK_SECTOR) * DISK_SECTOR;
}

static void sectors_move(struct disk *disk, const char *name, const char *other, bool swap,
                         uint64_t *random)
{
    const uint64_t from = sector_draw(disk, name, random);
    const uint64_t to = sector_draw(disk, other, random);
    uint8_t first[DISK_SECTOR];
    uint8_t second[DISK_SECTOR];

    disk_peek(disk, name, from, first, sizeof(first));
    disk_peek(disk, other, to, second, sizeof(second));
    disk_poke(disk, other, to, first, sizeof(first));
    if (swap) {
        disk_poke(disk, name, from, second, sizeof(second));
    }
}

static void bytes_rot(struct disk *disk, const char *name, enum rot rot, uint64_t *random)
{
    static const uint8_t zeros[8 * DISK_SECTOR];
    const uint64_t size = disk_size(disk, name);
    uint64_t at = disk_random(random, size);
    uint8_t byte;

    if (rot == ROT_ZERO) {
        const uint64_t count = (disk_random(random, 8) + 1) * DISK_SECTOR;

        at = sector_draw(disk, name, random);
        disk_poke(disk, name, at, zeros, (size_t)(size - at < count ? size - at : count));
        return;
    }
    for (uint64_t i = 0; i < (rot == ROT_FLIP ? 1 : 5) && at + i < size; i++) {
        disk_peek(disk, name, at + i, &byte, 1);
        byte = rot == ROT_FLIP ? (uint8_t)(byte ^ 1U << disk_random(random, 8))
                               : (uint8_t)disk_random(random, 256);
        disk_poke(disk, name, at + i, &byte, 1);
    }
}

/* Puts the older content back into a sector that has changed since, if there is one. */
static void sector_age(const struct base *base, struct disk *disk, const char *name,
                       uint64_t *random)
{
    for (unsigned i = 0; i < 100 && disk_exists(base->older, name); i++) {
        const uint64_t at = sector_draw(disk, name, random);
        uint8_t older[DISK_SECTOR];
        uint8_t newer[DISK_SECTOR];

        if (at >= disk_size(base->older, name)) {
            return; /* a spare that was not ready yet */
        }
        disk_peek(base->older, name, at, older, sizeof(older));
        disk_peek(disk, name, at, newer, sizeof(newer));
        if (memcmp(older, newer, sizeof(older)) != 0) {
            disk_poke(disk, name, at, older, sizeof(older));
            return;
        }
    }
}

static void rot_do(const struct base *base, struct disk *disk, enum rot rot, const char *name,
                   uint64_t *random)
{
    const char *other = disk_random(random, 2) == 0 ? name : name_draw(disk, random);

    switch (rot) {
    case ROT_FLIP:
    case ROT_NOISE:
    case ROT_ZERO:
        bytes_rot(disk, name, rot, random);
        break;
    case ROT_SWAP:
    case ROT_COPY:
        sectors_move(disk, name, other, rot == ROT_SWAP, random);
        break;
    case ROT_STALE:
        sector_age(base, disk, name, random);
        break;
    case ROT_CUT:
        disk_cut(disk, name, disk_random(random, disk_size(disk, name)));
        break;
    case ROT_REMOVE:
        disk_remove(disk, name);
        break;
    case ROT_OLDER:
        if (disk_exists(base->older, name)) {
            disk_graft(disk, name, base->older, name);
        }
        break;
    case ROT_FOREIGN:
        disk_graft(disk, name, base->foreign,
                   disk_exists(base->foreign, name) ? name : "journal-head");
        break;
    case ROT_EXCHANGE:
        disk_graft(disk, name, base->disk, other);
        break;
    case ROT_COUNT:
        check(false);
    }
}

/* Whether anything differs from the base but the spare segment, which holds nothing. */
static bool disk_changed(const struct disk *disk, const struct disk *base)
{
    const char *name = NULL;

    while ((name = disk_name_after(base, name)) != NULL) {
        const uint64_t size = disk_size(base, name);
        uint8_t *bytes;
        bool differs;

        if (strcmp(name, "journal-spare") == 0) {
            continue;
        }
        if (!disk_exists(disk, name) || disk_size(disk, name) != size) {
            return true;
        }
        bytes = malloc(2 * size + 1);
        assert_non_null(bytes);
        disk_peek(base, name, 0, bytes, size);
        disk_peek(disk, name, 0, bytes + size, size);
        differs = memcmp(bytes, bytes + size, size) != 0;
        free(bytes);
        if (differs) {
            return true;
        }
    }
    return false;
}

/* Opens and reads all there is. */
static void outcome_find(const struct model *before, struct disk *disk, struct outcome *outcome)
{
    struct model *model = malloc(sizeof(*model));
    uint64_t sequences[SNAPSHOT_LIST_MAX];
    struct journal_reader *reader = NULL;
    struct journal *journal = NULL;
    enum journal_status status;
    unsigned count = 0;

    assert_non_null(model);
    *model = *before;
    memset(outcome, 0, sizeof(*outcome));
    model->options.files = disk_files(disk);
    status = journal_open(&model->options, &journal, &outcome->recovery, &outcome->error);
    outcome->opened = status == JOURNAL_OK;
    if (outcome->opened) {
        status = journal_reader_open(journal, 1, &reader, &outcome->error);
        while (status == JOURNAL_OK) {
            struct journal_record record;

            status = journal_reader_next(reader, &record, &outcome->error);
            if (status == JOURNAL_OK) {
                outcome->last++;
                assert_int_equal(record.sequence, outcome->last);
                assert_true(outcome->last > before->answered ||
                            record.payload.size == before->nonce[outcome->last] >> 32);
            }
        }
        if (status == JOURNAL_END) {
            assert_int_equal(outcome->last, journal_last(journal).sequence);
            status = snapshot_list(journal, sequences, &count, &outcome->error);
        }
        for (unsigned i = 0; i < count && status == JOURNAL_OK; i++) {
            status = snapshot_verify(journal, sequences[i], &outcome->error);
        }
        journal_reader_close(reader);
    }
    if (status == JOURNAL_OK) {
        memset(&outcome->error, 0, sizeof(outcome->error));
    }
    journal_close(journal);
    disk_kill(disk);
    free(model);
}

/* What may change unseen, because nothing answered depends on it. */
static bool harmless(const struct base *base, enum rot rot, const char *name,
                     const struct outcome *outcome)
{
    if (outcome->last != base->model->answered) {
        return false;
    }
    /* A snapshot that is gone is no damage; an older head by one record is what a crash leaves; and
     * bytes behind the last record are what a torn record leaves, which is reported. */
    return (rot == ROT_REMOVE && slice_starts_with(slice_from_cstr(name), SLICE("snapshot-"))) ||
           outcome->recovery.kept || outcome->recovery.torn_size > 0;
}

static bool rot_try(const struct base *base, enum rot rot, uint64_t seed, uint64_t *found)
{
    struct disk *disk = disk_clone(base->disk);
    uint64_t random = seed;
    const char *drawn = name_draw(disk, &random);
    struct outcome outcome;
    bool changed;
    char name[64];
    bool good;

    (void)snprintf(name, sizeof(name), "%s", drawn);
    rot_do(base, disk, rot, name, &random);
    changed = disk_changed(disk, base->disk);
    outcome_find(base->model, disk, &outcome);
    if (outcome.error.status == JOURNAL_OK) {
        good =
            !changed ? outcome.last == base->model->answered : harmless(base, rot, name, &outcome);
    } else {
        /* Found: as damage, in a file of this journal, at a place, with a cause. */
        good = changed && outcome.error.status > JOURNAL_FAILED && outcome.error.file[0] != '\0' &&
               outcome.error.cause != NULL;
        if (rot <= ROT_ZERO || rot == ROT_CUT || rot == ROT_STALE) {
            good = good && strcmp(outcome.error.file, name) == 0;
        }
        (*found)++;
    }
    if (!good) {
        struct buffer text;

        buffer_init(&text);
        if (outcome.error.status != JOURNAL_OK) {
            journal_error_write(&outcome.error, false, &text);
        }
        print_error("base %llu, rot %llu, %s of %s: %.*s; read %llu of %llu, kept %d, torn %llu\n",
                    (unsigned long long)base->model->seed, (unsigned long long)seed, rot_names[rot],
                    name, (int)text.size, text.data, (unsigned long long)outcome.last,
                    (unsigned long long)base->model->answered, outcome.recovery.kept,
                    (unsigned long long)outcome.recovery.torn_size);
        buffer_release(&text);
    }
    disk_free(disk);
    return good;
}

static void damage_is_found_and_named(void **state)
{
    const uint64_t count = tier_size("HEADROOM_ROTS", 400, 4000, 100000);
    const uint64_t first = tier_seed(1);
    uint64_t found[ROT_COUNT] = {0};
    uint64_t tried[ROT_COUNT] = {0};
    struct base base = {0};
    uint64_t wrong = 0;

    (void)state;
    for (uint64_t i = 0; i < count && wrong < 10; i++) {
        const enum rot rot = i % ROT_COUNT;

        if (i % 100 == 0) {
            if (i > 0) {
                base_release(&base);
            }
            base_make(&base, first + i / 100);
        }
        wrong += !rot_try(&base, rot, i, &found[rot]);
        tried[rot]++;
    }
    base_release(&base);
    for (unsigned i = 0; i < ROT_COUNT; i++) {
        print_message("%-9s %6llu tried, %6llu found\n", rot_names[i], (unsigned long long)tried[i],
                      (unsigned long long)found[i]);
        assert_true(wrong > 0 || found[i] > 0);
    }
    assert_int_equal(wrong, 0);
}

/* The disk lies: one write is reported as done and was lost, or went to another place. Whenever
 * that shows, it must show as damage, never as a wrong record; and what was answered is all there
 * or named as missing. */
static void lies_of_the_disk_never_show_as_records(void **state)
{
    const uint64_t count = tier_size("HEADROOM_ROTS", 400, 4000, 100000) / 4;
    struct model *model = malloc(sizeof(*model));
    uint64_t found = 0;
    uint64_t lied = 0;

    (void)state;
    assert_non_null(model);
    for (uint64_t seed = 1; seed <= count; seed++) {
        const struct disk_options options = {.seed = seed};
        struct disk *disk = disk_new(&options);
        struct journal *journal = NULL;
        enum journal_status status;
        struct outcome outcome;

        model_init(model, disk, seed);
        assert_true(model_open(model, disk, &journal, &status));
        if (seed % 2 == 0) {
            disk_lose_at(disk, disk_calls(disk) + 1 + disk_random(&model->random, 60));
        } else {
            disk_misdirect_at(disk, disk_calls(disk) + 1 + disk_random(&model->random, 60));
        }
        for (unsigned i = 0; i < 30; i++) {
            assert_int_equal(model_append(model, journal, 0), JOURNAL_OK);
        }
        lied += disk_lied(disk);
        journal_close(journal);
        disk_power_cut(disk);
        outcome_find(model, disk, &outcome);
        if (outcome.error.status == JOURNAL_OK) {
            if (outcome.last != model->answered) {
                fail_msg("seed %llu: %llu of %llu records, and nothing was named",
                         (unsigned long long)seed, (unsigned long long)outcome.last,
                         (unsigned long long)model->answered);
            }
        } else {
            assert_true(outcome.error.status > JOURNAL_FAILED);
            assert_true(outcome.error.file[0] != '\0');
            found++;
        }
        disk_free(disk);
    }
    print_message("%llu lies told, %llu found\n", (unsigned long long)lied,
                  (unsigned long long)found);
    assert_true(lied > count / 2 && found > lied / 4);
    free(model);
}

/* A journal of records of one sector each: record n stands at sector n - 1 behind the header. */
static struct disk *row_make(struct model *model, unsigned records, unsigned keep_head_of,
                             struct disk **ret_then)
{
    const struct disk_options options = {.seed = 5};
    struct disk *disk = disk_new(&options);
    struct journal *journal = NULL;
    enum journal_status status;

    model_init(model, disk, 5);
    model->options.segment_size = 32768;
    assert_true(model_open(model, disk, &journal, &status));
    assert_int_equal(status, JOURNAL_OK);
    for (unsigned i = 1; i <= records; i++) {
        assert_int_equal(model_append(model, journal, 300), JOURNAL_OK);
        if (i == keep_head_of) {
            *ret_then = disk_clone(disk);
        }
    }
    journal_close(journal);
    disk_kill(disk);
    return disk;
}

static const char row_name[] = "journal-0000000000000001";

static uint64_t row_offset(uint64_t record)
{
    return JOURNAL_BLOCK + (record - 1) * DISK_SECTOR;
}

static void row_expect(const struct model *model, struct disk *disk, enum journal_status expected,
                       const char *file)
{
    struct outcome outcome;

    outcome_find(model, disk, &outcome);
    assert_int_equal(outcome.error.status, expected);
    assert_string_equal(outcome.error.file, file);
}

/* The head of an earlier day must not make answered records look like a tail that never was. */
static void a_stale_head_loses_nothing(void **state)
{
    static const uint8_t zeros[DISK_SECTOR];
    struct model *model = malloc(sizeof(*model));

    (void)state;
    assert_non_null(model);
    for (unsigned behind = 1; behind <= 4; behind++) {
        for (unsigned damage = 0; damage < 4; damage++) {
            struct disk *then = NULL;
            struct disk *disk = row_make(model, 20, 20 - behind, &then);
            struct outcome outcome;

            disk_graft(disk, "journal-head", then, "journal-head");
            if (damage == 1) { /* the first record behind it is damaged */
                disk_poke(disk, row_name, row_offset(21 - behind) + 200, zeros, 50);
            } else if (damage == 2) { /* or gone */
                disk_poke(disk, row_name, row_offset(21 - behind), zeros, DISK_SECTOR);
            } else if (damage == 3) { /* or the last one */
                disk_poke(disk, row_name, row_offset(20) + 200, zeros, 50);
            }
            if (behind == 1) {
                /* What a crash may leave: record 20 is kept, or was damaged and is reported. */
                outcome_find(model, disk, &outcome);
                assert_int_equal(outcome.error.status, JOURNAL_OK);
                assert_int_equal(outcome.recovery.kept, damage == 0);
                assert_true(damage % 2 == 0 || outcome.recovery.torn_size > 0);
            } else {
                row_expect(model, disk, JOURNAL_HEAD_STALE, row_name);
            }
            disk_free(then);
            disk_free(disk);
        }
    }
    free(model);
}

/* Head and segments of an earlier day agree with each other; a snapshot tells that there was more.
 */
static void a_journal_older_than_its_snapshot_is_found(void **state)
{
    struct model *model = malloc(sizeof(*model));
    struct disk *then = NULL;
    struct disk *disk;
    struct journal *journal = NULL;
    enum journal_status status;
    struct outcome outcome;

    (void)state;
    assert_non_null(model);
    disk = row_make(model, 20, 10, &then);
    assert_true(model_open(model, disk, &journal, &status));
    assert_int_equal(model_append(model, journal, 300), JOURNAL_OK);
    while (model->snapshot_count == 0) { /* now and then the model gives one up */
        assert_int_equal(model_snapshot(model, journal), JOURNAL_OK);
    }
    journal_close(journal);
    disk_kill(disk);
    disk_graft(disk, "journal-head", then, "journal-head");
    disk_graft(disk, row_name, then, row_name);
    outcome_find(model, disk, &outcome);
    assert_false(outcome.opened);
    assert_int_equal(outcome.error.status, JOURNAL_SNAPSHOT_AHEAD);
    assert_string_equal(outcome.error.file, "snapshot-0000000000000021");
    disk_free(then);
    disk_free(disk);
    free(model);
}

/* Record 1 is written and was to be named by slot 1. A crash may damage that slot, and no other. */
static void only_the_slot_being_written_may_be_damaged(void **state)
{
    static const uint8_t zeros[DISK_SECTOR];
    struct model *model = malloc(sizeof(*model));

    (void)state;
    assert_non_null(model);
    for (uint64_t slot = 0; slot < 2; slot++) {
        struct disk *disk = row_make(model, 0, 0, NULL);
        struct journal *journal = NULL;
        enum journal_status status;
        struct outcome outcome;

        assert_true(model_open(model, disk, &journal, &status));
        disk_stop_at(disk, disk_calls(disk) + 2);
        assert_int_equal(model_append(model, journal, 300), JOURNAL_FAILED);
        journal_close(journal);
        disk_power_cut_with(disk, (const enum disk_fate[DISK_UNSURE_MAX]){DISK_LOST});
        disk_poke(disk, "journal-head", slot * JOURNAL_BLOCK, zeros, sizeof(zeros));
        outcome_find(model, disk, &outcome);
        if (slot == 0) {
            assert_int_equal(outcome.error.status, JOURNAL_HEAD_DAMAGED);
            assert_int_equal(outcome.error.offset, 0);
        } else {
            assert_int_equal(outcome.error.status, JOURNAL_OK);
            assert_int_equal(outcome.last, 1);
        }
        disk_free(disk);
    }
    free(model);
}

/* Behind the last record only the next one can stand, at its place. */
static void a_record_astray_behind_the_end_is_found(void **state)
{
    struct model *model = malloc(sizeof(*model));
    struct disk *row = NULL;
    uint8_t sector[DISK_SECTOR];

    (void)state;
    assert_non_null(model);
    row = row_make(model, 20, 0, NULL);
    for (uint64_t record = 1; record <= 20; record++) {
        for (uint64_t to = 21; to <= 40; to += 7) {
            struct disk *disk = disk_clone(row);

            disk_peek(disk, row_name, row_offset(record), sector, sizeof(sector));
            disk_poke(disk, row_name, row_offset(to), sector, sizeof(sector));
            row_expect(model, disk, JOURNAL_TAIL_DIRTY, row_name);
            disk_free(disk);
        }
    }
    disk_free(row);
    free(model);
}

/* When a segment has been begun and holds nothing yet, the one before can have no tail. */
static void a_begun_segment_closes_the_one_before(void **state)
{
    struct model *model = malloc(sizeof(*model));
    unsigned begun = 0;

    (void)state;
    assert_non_null(model);
    /* Of 56 sectors 55 are used, and a record of two begins the next segment; the power goes at one
     * of the calls for that. */
    for (uint64_t call = 1; call < 20; call++) {
        struct disk *disk = row_make(model, 55, 0, NULL);
        struct journal *journal = NULL;
        enum journal_status status;
        const uint8_t byte = 1;
        struct outcome outcome;

        assert_true(model_open(model, disk, &journal, &status));
        disk_stop_at(disk, disk_calls(disk) + call);
        status = model_append(model, journal, 800);
        journal_close(journal);
        disk_power_cut(disk);
        if (status != JOURNAL_OK && disk_exists(disk, "journal-0000000000000056")) {
            disk_poke(disk, row_name, row_offset(56) + 9, &byte, 1);
            outcome_find(model, disk, &outcome);
            assert_string_equal(outcome.error.file, row_name);
            /* Opening finds it; once the head has gone on to the new segment, reading does. */
            assert_int_equal(outcome.error.status,
                             outcome.opened ? JOURNAL_RECORD_DAMAGED : JOURNAL_TAIL_DIRTY);
            begun += !outcome.opened;
        }
        disk_free(disk);
    }
    assert_true(begun > 1);
    free(model);
}

/* Records of a journal that was restored and went another way: whole, of the same identity, number
 * and size, but not the ones that the others follow. */
static void a_record_of_another_history_is_found(void **state)
{
    const struct disk_options options = {.seed = 5};
    struct model *models[2];
    struct disk *disks[2];
    struct outcome outcome;

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct journal *journal = NULL;
        enum journal_status status;

        disks[i] = disk_new(&options);
        models[i] = malloc(sizeof(*models[i]));
        assert_non_null(models[i]);
        model_init(models[i], disks[i], 5);
        models[i]->options.segment_size = 32768;
        models[i]->random += i;
        assert_true(model_open(models[i], disks[i], &journal, &status));
        for (unsigned j = 0; j < 20; j++) {
            assert_int_equal(model_append(models[i], journal, 300), JOURNAL_OK);
        }
        journal_close(journal);
        disk_kill(disks[i]);
    }
    for (uint64_t record = 1; record <= 20; record++) {
        const char *name = "journal-0000000000000001";
        const uint64_t at = JOURNAL_BLOCK + (record - 1) * DISK_SECTOR;
        struct disk *disk = disk_clone(disks[0]);
        uint8_t sector[DISK_SECTOR];

        disk_peek(disks[1], name, at, sector, sizeof(sector));
        disk_poke(disk, name, at, sector, sizeof(sector));
        outcome_find(models[0], disk, &outcome);
        assert_int_equal(outcome.error.status, JOURNAL_CHAIN_BROKEN);
        assert_string_equal(outcome.error.file, name);
        assert_in_range(outcome.error.sequence, record, record + 1);
        disk_free(disk);
    }
    for (unsigned i = 0; i < 2; i++) {
        disk_free(disks[i]);
        free(models[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stale_head_loses_nothing),
        cmocka_unit_test(a_journal_older_than_its_snapshot_is_found),
        cmocka_unit_test(only_the_slot_being_written_may_be_damaged),
        cmocka_unit_test(a_record_astray_behind_the_end_is_found),
        cmocka_unit_test(a_begun_segment_closes_the_one_before),
        cmocka_unit_test(a_record_of_another_history_is_found),
        cmocka_unit_test(damage_is_found_and_named),
        cmocka_unit_test(lies_of_the_disk_never_show_as_records),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
