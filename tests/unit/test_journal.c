/* The journal on the file system of this machine. */
#include "cmocka_headroom.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "journal/journal_reader.h"
#include "journal/snapshot.h"

struct place {
    char path[256];
    struct journal_options options;
};

static int setup(void **state)
{
    const char *base = getenv("TMPDIR");
    struct place *place = calloc(1, sizeof(*place));

    assert_non_null(place);
    (void)snprintf(place->path, sizeof(place->path), "%s/journal-XXXXXX",
                   base == NULL ? "." : base);
    assert_non_null(mkdtemp(place->path));
    place->options.files = files_real();
    place->options.directory = place->path;
    place->options.create = true;
    place->options.segment_size = 64 << 10;
    place->options.payload_max = 20000;
    place->options.now = 1700000000000000;
    memset(place->options.identity, 0x5a, sizeof(place->options.identity));
    memcpy(place->options.label, "CNY", 3);
    *state = place;
    return 0;
}

static int teardown(void **state)
{
    struct place *place = *state;
    struct directory *directory = NULL;
    char name[FILE_NAME_MAX + 1];
    bool end = false;

    assert_int_equal(directory_open(files_real(), place->path, &directory).status, OS_OK);
    for (bool first = true; !end; first = false) {
        assert_int_equal(directory_next(directory, first, name, &end).status, OS_OK);
        if (!end) {
            assert_int_equal(directory_remove(directory, name).status, OS_OK);
        }
    }
    directory_close(directory);
    assert_int_equal(rmdir(place->path), 0);
    free(place);
    return 0;
}

static struct journal *open_well(const struct place *place, struct journal_recovery *ret_recovery)
{
    struct journal_recovery recovery;
    struct journal *journal = NULL;
    struct journal_error error;

    if (journal_open(&place->options, &journal, &recovery, &error) != JOURNAL_OK) {
        struct buffer text;

        buffer_init(&text);
        journal_error_write(&error, false, &text);
        fail_msg("%.*s", (int)text.size, text.data);
    }
    if (ret_recovery != NULL) {
        *ret_recovery = recovery;
    }
    return journal;
}

static enum journal_status append(struct journal *journal, uint32_t size, uint64_t count)
{
    const struct journal_entry entry = {
        .payload_size = size, .time = (time_us)count, .count = count};
    struct journal_error error;

    memset(journal_payload(journal, 0), (int)(count & 0xff), size);
    return journal_append(journal, &entry, NULL, &error);
}

/* Reads from `first` to the end; returns the number of records. */
static uint64_t read_from(struct journal *journal, uint64_t first)
{
    struct journal_reader *reader = NULL;
    struct journal_record record;
    struct journal_error error;
    enum journal_status status;
    uint64_t count = 0;

    assert_int_equal(journal_reader_open(journal, first, &reader, &error), JOURNAL_OK);
    while ((status = journal_reader_next(reader, &record, &error)) == JOURNAL_OK) {
        assert_int_equal(record.sequence, first + count);
        assert_int_equal(record.count, record.sequence);
        assert_int_equal((uint8_t)record.payload.data[record.payload.size - 1],
                         record.sequence & 0xff);
        count++;
    }
    assert_int_equal(status, JOURNAL_END);
    journal_reader_close(reader);
    return count;
}

static void a_new_journal_is_empty_and_stays_itself(void **state)
{
    const struct place *place = *state;
    struct journal_recovery recovery;
    struct journal *journal = open_well(place, &recovery);

    assert_true(recovery.created);
    assert_int_equal(journal_last(journal).sequence, 0);
    assert_memory_equal(journal_identity(journal), place->options.identity, 16);
    assert_true(slice_equal(journal_label(journal), SLICE("CNY")));
    assert_int_equal(read_from(journal, 1), 0);
    journal_close(journal);
    journal = open_well(place, &recovery);
    assert_false(recovery.created);
    assert_int_equal(recovery.segments, 1);
    assert_int_equal(journal_created(journal), 1700000000000000);
    journal_close(journal);
}

static void what_was_appended_is_read_back(void **state)
{
    static const uint32_t sizes[] = {1, 127, 384, 385, 4000, 20000, 512, 8064, 8065};
    const struct place *place = *state;
    struct journal *journal = open_well(place, NULL);
    struct journal_recovery recovery;

    for (uint64_t i = 1; i <= 90; i++) {
        assert_int_equal(append(journal, sizes[i % 9], i), JOURNAL_OK);
    }
    assert_int_equal(read_from(journal, 1), 90);
    for (uint64_t i = 1; i <= 91; i++) {
        assert_int_equal(read_from(journal, i), 91 - i);
    }
    journal_close(journal);
    journal = open_well(place, &recovery);
    assert_true(recovery.segments > 5);
    assert_int_equal(recovery.torn_size, 0);
    assert_int_equal(journal_last(journal).sequence, 90);
    assert_int_equal(read_from(journal, 1), 90);
    assert_int_equal(append(journal, 100, 91), JOURNAL_OK);
    assert_int_equal(read_from(journal, 60), 32);
    journal_close(journal);
}

static void a_reader_sees_what_is_sealed_and_no_more(void **state)
{
    const struct place *place = *state;
    struct journal *journal = open_well(place, NULL);
    const struct journal_entry entry = {.payload_size = 10, .count = 2};
    struct journal_reader *reader = NULL;
    struct journal_record record;
    struct journal_error error;

    assert_int_equal(append(journal, 10, 1), JOURNAL_OK);
    assert_int_equal(journal_reader_open(journal, 1, &reader, &error), JOURNAL_OK);
    assert_int_equal(journal_reader_next(reader, &record, &error), JOURNAL_OK);
    assert_int_equal(journal_reader_next(reader, &record, &error), JOURNAL_END);
    assert_int_equal(journal_write(journal, &entry, NULL, &error), JOURNAL_OK);
    journal_reader_advance(reader, journal);
    assert_int_equal(journal_reader_next(reader, &record, &error), JOURNAL_END);
    journal_seal_begin(journal);
    journal_reader_advance(reader, journal);
    assert_int_equal(journal_reader_next(reader, &record, &error), JOURNAL_END);
    assert_int_equal(journal_seal_end(journal, &error), JOURNAL_OK);
    assert_int_equal(journal_reader_next(reader, &record, &error), JOURNAL_END);
    journal_reader_advance(reader, journal);
    assert_int_equal(journal_reader_next(reader, &record, &error), JOURNAL_OK);
    assert_int_equal(record.sequence, 2);
    for (uint64_t i = 3; i < 200; i++) {
        assert_int_equal(append(journal, 3000, i), JOURNAL_OK);
        journal_reader_advance(reader, journal);
        assert_int_equal(journal_reader_next(reader, &record, &error), JOURNAL_OK);
        assert_int_equal(record.sequence, i);
        assert_int_equal(journal_reader_next(reader, &record, &error), JOURNAL_END);
    }
    journal_reader_close(reader);
    journal_close(journal);
}

static void a_forked_child_reads_and_takes_a_snapshot(void **state)
{
    const struct place *place = *state;
    struct journal *journal = open_well(place, NULL);
    struct snapshot_reader *snapshot = NULL;
    struct journal_point point;
    struct journal_error error;
    char text[5];
    pid_t child;
    int status;

    for (uint64_t i = 1; i <= 20; i++) {
        assert_int_equal(append(journal, 3000, i), JOURNAL_OK);
    }
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct snapshot_writer *writer = NULL;
        struct journal_reader *reader = NULL;
        struct journal_record record;
        bool good = snapshot_writer_open(journal, 0, &writer, &error) == JOURNAL_OK &&
                    snapshot_writer_add(writer, "state", 5, &error) == JOURNAL_OK &&
                    snapshot_writer_finish(writer, 2, &error) == JOURNAL_OK &&
                    journal_reader_open(journal, 20, &reader, &error) == JOURNAL_OK &&
                    journal_reader_next(reader, &record, &error) == JOURNAL_OK;

        _exit(good ? 0 : 1);
    }
    assert_int_equal(append(journal, 3000, 21), JOURNAL_OK);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_int_equal(snapshot_reader_open(journal, 20, &snapshot, &point, &error), JOURNAL_OK);
    assert_int_equal(snapshot_reader_size(snapshot), 5);
    assert_int_equal(snapshot_reader_read(snapshot, text, 5, &error), JOURNAL_OK);
    assert_memory_equal(text, "state", 5);
    assert_int_equal(snapshot_reader_end(snapshot, &error), JOURNAL_OK);
    snapshot_reader_close(snapshot);
    assert_int_equal(append(journal, 3000, 22), JOURNAL_OK);
    journal_close(journal);
}

static void a_second_process_is_refused_and_told_who(void **state)
{
    const struct place *place = *state;
    struct journal *journal = open_well(place, NULL);
    pid_t child = fork();
    int status;

    assert_true(child >= 0);
    if (child == 0) {
        struct journal_recovery recovery;
        struct journal *second = NULL;
        struct journal_error error;

        _exit(journal_open(&place->options, &second, &recovery, &error) == JOURNAL_LOCKED &&
                      error.pid == getppid()
                  ? 0
                  : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_int_equal(append(journal, 10, 1), JOURNAL_OK);
    journal_close(journal);
    journal_close(open_well(place, NULL));
}

/* A child that outlives its parent must not keep the directory locked. */
static void the_lock_ends_with_its_process(void **state)
{
    const struct place *place = *state;
    int ends[2];
    pid_t child;
    char byte;
    int status;

    assert_int_equal(pipe(ends), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct journal *journal = open_well(place, NULL);

        if (append(journal, 10, 1) != JOURNAL_OK) {
            _exit(1);
        }
        if (fork() == 0) {
            close(ends[1]);
            _exit(read(ends[0], &byte, 1) == 0 ? 0 : 1); /* until the test is over */
        }
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    journal_close(open_well(place, NULL));
    close(ends[0]);
    close(ends[1]);
}

static void what_is_not_there_or_not_ours_is_refused(void **state)
{
    struct place *place = *state;
    struct journal_recovery recovery;
    struct journal *journal = NULL;
    struct journal_error error;

    place->options.create = false;
    assert_int_equal(journal_open(&place->options, &journal, &recovery, &error), JOURNAL_NOT_FOUND);
    place->options.create = true;
    place->options.directory = "no/such/directory";
    assert_int_equal(journal_open(&place->options, &journal, &recovery, &error), JOURNAL_NOT_FOUND);
    place->options.directory = place->path;
    journal_close(open_well(place, NULL));
    memcpy(place->options.label, "USD", 3);
    assert_int_equal(journal_open(&place->options, &journal, &recovery, &error), JOURNAL_FOREIGN);
    memset(place->options.label, 0, sizeof(place->options.label));
    journal_close(open_well(place, NULL));
}

static void reading_only_changes_nothing(void **state)
{
    struct place *place = *state;
    struct journal *journal = open_well(place, NULL);
    struct journal_recovery recovery;
    char path[320];
    struct stat before;
    struct stat after;
    int fd;

    for (uint64_t i = 1; i <= 3; i++) {
        assert_int_equal(append(journal, 100, i), JOURNAL_OK);
    }
    journal_close(journal);
    /* Half of a fourth record. */
    (void)snprintf(path, sizeof(path), "%s/journal-0000000000000001", place->path);
    fd = open(path, O_RDWR);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, "torn", 4, 60000), 4);
    assert_int_equal(close(fd), 0);
    assert_int_equal(stat(path, &before), 0);
    place->options.read_only = true;
    journal = open_well(place, &recovery);
    assert_true(recovery.torn_size > 0);
    assert_int_equal(read_from(journal, 1), 3);
    journal_close(journal);
    assert_int_equal(stat(path, &after), 0);
    assert_memory_equal(&before.st_mtim, &after.st_mtim, sizeof(before.st_mtim));
    place->options.read_only = false;
    journal = open_well(place, &recovery);
    assert_true(recovery.torn_size > 0);
    journal_close(journal);
    journal = open_well(place, &recovery);
    assert_int_equal(recovery.torn_size, 0);
    journal_close(journal);
}

/* A real full disk: a file system of 1 MiB in memory. Needs root. */
static void a_full_disk_refuses_and_goes_on_when_there_is_room(void **state)
{
    struct place *place = *state;
    static const uint8_t filler[256 << 10];
    struct journal *journal;
    uint64_t answered = 0;
    char path[320];
    int fd;

    if (mount("none", place->path, "tmpfs", 0, "size=1m") != 0) {
        skip();
    }
    (void)snprintf(path, sizeof(path), "%s/filler", place->path);
    fd = open(path, O_CREAT | O_RDWR, 0600);
    assert_int_equal(write(fd, filler, sizeof(filler)), sizeof(filler));
    journal = open_well(place, NULL);
    while (append(journal, 15000, answered + 1) == JOURNAL_OK) {
        answered++;
        assert_in_range(answered, 0, 100);
    }
    assert_in_range(answered, 10, 100);
    assert_int_equal(append(journal, 15000, answered + 1), JOURNAL_FULL);
    assert_int_equal(read_from(journal, 1), answered);
    journal_close(journal);
    journal = open_well(place, NULL);
    assert_int_equal(journal_last(journal).sequence, answered);
    assert_int_equal(append(journal, 15000, answered + 1), JOURNAL_FULL);
    assert_int_equal(ftruncate(fd, 0), 0);
    assert_int_equal(append(journal, 15000, answered + 1), JOURNAL_OK);
    assert_int_equal(read_from(journal, 1), answered + 1);
    journal_close(journal);
    close(fd);
    assert_int_equal(umount(place->path), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_new_journal_is_empty_and_stays_itself),
        TEST(what_was_appended_is_read_back),
        TEST(a_reader_sees_what_is_sealed_and_no_more),
        TEST(a_forked_child_reads_and_takes_a_snapshot),
        TEST(a_second_process_is_refused_and_told_who),
        TEST(the_lock_ends_with_its_process),
        TEST(what_is_not_there_or_not_ours_is_refused),
        TEST(reading_only_changes_nothing),
        TEST(a_full_disk_refuses_and_goes_on_when_there_is_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
