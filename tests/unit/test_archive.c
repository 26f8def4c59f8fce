/* The archive on the real file system: what was put in is found, whatever was merged and however
 * the filter grew, beside threads too; what was not is not; and what does not fit is said. */
#include "cmocka_headroom.h"

#include <stdlib.h>
#include <unistd.h>

#include "archive/archive.h"
#include "archive/filter.h"

struct fixture {
    char path[64];
    struct archive_options options;
    struct archive *archive;
    struct journal_error error;
};

static struct archive_key key_of(uint64_t batch, uint64_t number)
{
    struct archive_key key = {{0}};
    char text[40];
    const int size = snprintf(text, sizeof(text), "id-%llu-%llu%s", (unsigned long long)batch,
                              (unsigned long long)number, number % 7 == 0 ? "-of-many-bytes" : "");

    memcpy(key.bytes, text, (size_t)size < sizeof(key.bytes) ? (size_t)size : sizeof(key.bytes));
    return key;
}

/* A value from 1 to ARCHIVE_VALUE_MAX bytes that only this entry has. */
static size_t value_of(uint64_t batch, uint64_t number, uint8_t value[ARCHIVE_VALUE_MAX])
{
    const uint64_t words[] = {batch, number};
    const uint64_t hash = hash64(words, sizeof(words), 7);
    const size_t size = number % 11 == 0 ? 1 + hash % ARCHIVE_VALUE_MAX : 24;

    for (size_t i = 0; i < size; i++) {
        value[i] = (uint8_t)(hash >> (i % 8 * 8)) ^ (uint8_t)i;
    }
    return size;
}

static void archive_start(struct fixture *fixture, const struct archive_point *point)
{
    assert_int_equal(archive_open(&fixture->options, &fixture->archive, &fixture->error),
                     JOURNAL_OK);
    assert_int_equal(archive_begin(fixture->archive, point, &fixture->error), JOURNAL_OK);
    assert_int_equal(archive_settle(fixture->archive, &fixture->error), JOURNAL_OK);
}

static int setup(void **state)
{
    static const struct archive_point nothing = {0};
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    const char *folder = getenv("TMPDIR");

    assert_non_null(fixture);
    snprintf(fixture->path, sizeof(fixture->path), "%s/archive-XXXXXX",
             folder == NULL || strlen(folder) > 40 ? "." : folder);
    assert_non_null(mkdtemp(fixture->path));
    fixture->options = (struct archive_options){
        .files = files_real(), .directory = fixture->path, .identity = "of this journal", .run = 1};
    archive_start(fixture, &nothing);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    archive_close(fixture->archive);
    fixture->options.read_only = false;
    assert_int_equal(archive_open(&fixture->options, &fixture->archive, &fixture->error),
                     JOURNAL_OK);
    archive_remove(fixture->archive);
    archive_close(fixture->archive);
    assert_int_equal(rmdir(fixture->path), 0);
    free(fixture);
    return 0;
}

static void batch_gather(struct fixture *fixture, uint64_t batch, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        const struct archive_key key = key_of(batch, i);
        uint8_t value[ARCHIVE_VALUE_MAX];
        const size_t size = value_of(batch, i, value);

        assert_true(archive_add(fixture->archive, &key, value, size));
    }
    assert_int_equal(archive_gathered(fixture->archive), count);
}

static void batch_put(struct fixture *fixture, uint64_t batch, uint64_t count)
{
    batch_gather(fixture, batch, count);
    assert_int_equal(archive_write_begin(fixture->archive), JOURNAL_OK);
    assert_int_equal(archive_write_end(fixture->archive, true), JOURNAL_OK);
    assert_true(archive_filter_batch(fixture->archive, SIZE_MAX));
}

static void batch_look(struct fixture *fixture, uint64_t batch, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        const struct archive_key key = key_of(batch, i);
        const uint64_t hash = archive_hash(fixture->archive, &key);
        uint8_t expected[ARCHIVE_VALUE_MAX];
        uint8_t found[ARCHIVE_VALUE_MAX];
        const size_t expected_size = value_of(batch, i, expected);
        size_t size = 0;

        assert_true(archive_may_hold(fixture->archive, hash));
        assert_int_equal(archive_find(fixture->archive, &key, hash, found, &size), JOURNAL_OK);
        assert_int_equal(size, expected_size);
        assert_memory_equal(found, expected, size);
    }
}

static void batch_absent(struct fixture *fixture, uint64_t batch, uint64_t count)
{
    uint64_t maybe = 0;

    for (uint64_t i = 0; i < count; i++) {
        const struct archive_key key = key_of(batch, i);
        const uint64_t hash = archive_hash(fixture->archive, &key);
        uint8_t found[ARCHIVE_VALUE_MAX];
        size_t size;

        maybe += archive_may_hold(fixture->archive, hash);
        assert_int_equal(archive_find(fixture->archive, &key, hash, found, &size), JOURNAL_END);
    }
    assert_true(maybe * 100 <= count);
}

static void found_in_one_segment(void **state)
{
    struct fixture *fixture = *state;

    batch_absent(fixture, 1, 100);
    batch_put(fixture, 1, 5000);
    batch_look(fixture, 1, 5000);
    batch_absent(fixture, 2, 5000);
}

static void found_after_merges_and_a_restart(void **state)
{
    struct fixture *fixture = *state;
    struct archive_figures figures;

    for (uint64_t batch = 1; batch <= 22; batch++) {
        batch_put(fixture, batch, 50 + 13 * batch);
        assert_int_equal(archive_tend(fixture->archive, batch, true), JOURNAL_OK);
    }
    archive_figures(fixture->archive, &figures);
    assert_int_equal(figures.segments, 1 + 1 + 2); /* 16, 4 and two of one batch */
    assert_int_equal(figures.merges, 5 + 1);
    for (unsigned again = 0; again < 2; again++) {
        const struct archive_point point = archive_point(fixture->archive);

        for (uint64_t batch = 1; batch <= 22; batch++) {
            batch_look(fixture, batch, 50 + 13 * batch);
        }
        batch_absent(fixture, 23, 1000);
        archive_close(fixture->archive);
        fixture->options.run++;
        archive_start(fixture, &point);
    }
}

static void nothing_is_merged_that_a_snapshot_needs_apart(void **state)
{
    struct fixture *fixture = *state;
    struct archive_figures figures;

    for (uint64_t batch = 1; batch <= 12; batch++) {
        batch_put(fixture, batch, 10);
        assert_int_equal(archive_tend(fixture->archive, 6, true), JOURNAL_OK);
    }
    archive_figures(fixture->archive, &figures);
    assert_int_equal(figures.segments, 1 + 8);
    assert_int_equal(archive_tend(fixture->archive, 12, true), JOURNAL_OK);
    archive_figures(fixture->archive, &figures);
    assert_int_equal(figures.segments, 3);
}

/* A filter that has grown many times, beside a thread, answers for every id, and for few others. */
static void found_while_threads_work(void **state)
{
    enum { BATCHES = 24, COUNT = 20000 };
    struct fixture *fixture = *state;
    struct archive_figures figures;
    uint64_t maybe = 0;

    fixture->options.threads = true;
    archive_close(fixture->archive);
    archive_start(fixture, &(struct archive_point){0});
    for (uint64_t batch = 1; batch <= BATCHES; batch++) {
        enum journal_status status = JOURNAL_END;

        batch_gather(fixture, batch, COUNT);
        assert_int_equal(archive_write_begin(fixture->archive), JOURNAL_OK);
        while (status == JOURNAL_END) {
            batch_look(fixture, batch - (batch > 1), batch > 1 ? 50 : 0);
            assert_int_equal(archive_tend(fixture->archive, batch, false), JOURNAL_OK);
            status = archive_write_end(fixture->archive, false);
        }
        assert_int_equal(status, JOURNAL_OK);
        while (!archive_filter_batch(fixture->archive, 1000)) {
            assert_int_equal(archive_tend(fixture->archive, batch, false), JOURNAL_OK);
        }
    }
    assert_int_equal(archive_tend(fixture->archive, BATCHES, true), JOURNAL_OK);
    for (uint64_t batch = 1; batch <= BATCHES; batch++) {
        batch_look(fixture, batch, COUNT / 10);
    }
    for (uint64_t i = 0; i < 200000; i++) {
        const struct archive_key key = key_of(BATCHES + 1, i);
        maybe += archive_may_hold(fixture->archive, archive_hash(fixture->archive, &key));
    }
    archive_figures(fixture->archive, &figures);
    assert_true(figures.filter_bytes < 8ULL * BATCHES * COUNT);
    assert_true(maybe < 400); /* 0.2 %, where at most 0.1 % are expected */
    print_message("%llu bytes of filter for %u ids, %llu of 200000 others pass\n",
                  (unsigned long long)figures.filter_bytes, BATCHES * COUNT,
                  (unsigned long long)maybe);
}

/* A full filter part: the share of wrong answers at 16 bits a hash. */
static void filter_is_right_and_seldom_wrong(void **state)
{
    enum { COUNT = 320000 };
    struct filter filter = {0};
    uint64_t maybe = 0;

    (void)state;
    assert_true(filter_part_open(&filter.parts[0], COUNT));
    assert_int_equal(filter_part_capacity(&filter.parts[0]), COUNT);
    for (uint64_t i = 0; i < 2 * COUNT; i++) {
        const uint64_t hash = hash64(&i, sizeof(i), 3) >> (64 - FILTER_PART_SHIFT);

        if (i < COUNT) {
            filter_part_add(&filter.parts[0], hash);
            assert_true(filter_may_hold(&filter, hash));
        } else {
            maybe += filter_may_hold(&filter, hash);
        }
    }
    assert_true(maybe * 1000 <= COUNT);
    print_message("%llu of %u wrong\n", (unsigned long long)maybe, COUNT);
    filter_release(&filter);
}

static void other_points_are_refused(void **state)
{
    struct fixture *fixture = *state;
    struct archive_point first;
    struct archive_point second;
    struct archive_point wrong;

    batch_put(fixture, 1, 100);
    first = archive_point(fixture->archive);
    batch_put(fixture, 2, 100);
    second = archive_point(fixture->archive);
    archive_close(fixture->archive);
    assert_int_equal(archive_open(&fixture->options, &fixture->archive, &fixture->error),
                     JOURNAL_OK);
    wrong = second;
    wrong.sum.words[2]++;
    assert_int_equal(archive_begin(fixture->archive, &wrong, &fixture->error),
                     JOURNAL_ARCHIVE_MISSING);
    wrong = second;
    wrong.entries--;
    assert_int_equal(archive_begin(fixture->archive, &wrong, &fixture->error),
                     JOURNAL_ARCHIVE_MISSING);
    wrong = second;
    wrong.batches++;
    assert_int_equal(archive_begin(fixture->archive, &wrong, &fixture->error),
                     JOURNAL_ARCHIVE_MISSING);
    assert_string_equal(fixture->error.file, "archive-0000000000000003-0000000000000003");
    assert_int_equal(archive_begin(fixture->archive, &first, &fixture->error), JOURNAL_OK);
    /* What is beyond the point goes, and its number is used again. */
    assert_int_equal(archive_settle(fixture->archive, &fixture->error), JOURNAL_OK);
    batch_absent(fixture, 2, 100);
    batch_put(fixture, 3, 100);
    batch_look(fixture, 1, 100);
    batch_look(fixture, 3, 100);
}

static void another_journals_segments_are_refused(void **state)
{
    struct fixture *fixture = *state;
    struct archive_point point;

    batch_put(fixture, 1, 100);
    point = archive_point(fixture->archive);
    archive_close(fixture->archive);
    fixture->options.identity[3]++;
    assert_int_equal(archive_open(&fixture->options, &fixture->archive, &fixture->error),
                     JOURNAL_OK);
    assert_int_equal(archive_begin(fixture->archive, &point, &fixture->error), JOURNAL_FOREIGN);
}

static void an_id_stands_in_a_batch_once(void **state)
{
    struct fixture *fixture = *state;

    batch_gather(fixture, 1, 10);
    const struct archive_key key = key_of(1, 3);
    assert_true(archive_add(fixture->archive, &key, (const uint8_t *)"x", 1));
    assert_int_equal(archive_write_begin(fixture->archive), JOURNAL_OK);
    assert_int_equal(archive_write_end(fixture->archive, true), JOURNAL_ARCHIVE_DAMAGED);
    assert_int_equal(archive_failure(fixture->archive)->status, JOURNAL_ARCHIVE_DAMAGED);
}

static void a_reader_looks_without_filter(void **state)
{
    struct fixture *fixture = *state;
    struct archive *writer = fixture->archive;
    struct archive_point point;

    batch_put(fixture, 1, 3000);
    batch_put(fixture, 2, 3000);
    point = archive_point(writer);
    fixture->options.read_only = true;
    archive_start(fixture, &point);
    batch_look(fixture, 1, 3000);
    batch_look(fixture, 2, 3000);
    const struct archive_key key = key_of(3, 1);
    uint8_t value[ARCHIVE_VALUE_MAX];
    size_t size;
    assert_int_equal(
        archive_find(fixture->archive, &key, archive_hash(fixture->archive, &key), value, &size),
        JOURNAL_END);
    archive_close(fixture->archive);
    fixture->archive = writer;
}

struct tally {
    struct hash_sum sum;
    uint64_t count, stop_at;
};

static bool tally_add(void *context, const struct archive_key *key, const uint8_t *value,
                      size_t size)
{
    struct tally *tally = context;
    uint8_t whole[ARCHIVE_KEY_SIZE + ARCHIVE_VALUE_MAX];

    memcpy(whole, key->bytes, ARCHIVE_KEY_SIZE);
    memcpy(whole + ARCHIVE_KEY_SIZE, value, size);
    hash_sum_add(&tally->sum, whole, ARCHIVE_KEY_SIZE + size);
    return ++tally->count != tally->stop_at;
}

static void a_visit_meets_every_entry(void **state)
{
    struct fixture *fixture = *state;
    struct tally tally = {0};

    for (uint64_t batch = 1; batch <= 6; batch++) {
        batch_put(fixture, batch, 300);
    }
    const struct archive_point before = archive_point(fixture->archive);
    assert_int_equal(archive_tend(fixture->archive, 6, true), JOURNAL_OK);
    const struct archive_point after = archive_point(fixture->archive);
    assert_memory_equal(&before, &after, sizeof(after));
    assert_int_equal(archive_visit(fixture->archive, tally_add, &tally), JOURNAL_OK);
    assert_int_equal(tally.count, 1800);
    assert_true(hash_sum_equal(&tally.sum, &after.sum));
    tally = (struct tally){.stop_at = 17};
    assert_int_equal(archive_visit(fixture->archive, tally_add, &tally), JOURNAL_OK);
    assert_int_equal(tally.count, 17);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(found_in_one_segment, setup, teardown),
        cmocka_unit_test_setup_teardown(found_after_merges_and_a_restart, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_is_merged_that_a_snapshot_needs_apart, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(found_while_threads_work, setup, teardown),
        cmocka_unit_test(filter_is_right_and_seldom_wrong),
        cmocka_unit_test_setup_teardown(other_points_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(another_journals_segments_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(an_id_stands_in_a_batch_once, setup, teardown),
        cmocka_unit_test_setup_teardown(a_reader_looks_without_filter, setup, teardown),
        cmocka_unit_test_setup_teardown(a_visit_meets_every_entry, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
