/* All states that a power cut can leave of a small workload: for every call of it, and every
 * combination of fates of what was not synced by then. From each state the journal must open, hold
 * what was answered, and go on; and where the size allows it, the power is cut in every way during
 * that recovery too. HEADROOM_NESTED says for workloads of how many appends that is done. */
#include "cmocka_headroom.h"
#include "sim/tier.h"

#include "sim/model.h"

enum { APPENDS_MAX = 3, UNSURE_TRIED = 12 };

struct workload {
    unsigned appends;
    uint32_t sizes[APPENDS_MAX];
    bool cached;
    bool torn;   /* a sector may be torn, not only lost or kept */
    bool nested; /* cut during recovery too */
};

struct counts {
    uint64_t workloads;
    uint64_t cuts;   /* calls at which the power was cut */
    uint64_t states; /* that were opened */
    unsigned unsure_most;
    bool wrong;
};

static struct disk *disk_fresh(const struct workload *workload)
{
    const struct disk_options options = {.seed = 1,
                                         .cached = workload->cached,
                                         .whole_sectors = !workload->torn,
                                         .whole_writes = true};

    return disk_new(&options);
}

static void workload_run(const struct workload *workload, struct model *model, struct disk *disk)
{
    struct journal *journal = NULL;
    enum journal_status status;

    if (!model_open(model, disk, &journal, &status) || status != JOURNAL_OK) {
        return;
    }
    for (unsigned i = 0; i < workload->appends; i++) {
        if (model_append(model, journal, workload->sizes[i]) != JOURNAL_OK) {
            break;
        }
    }
    journal_close(journal);
}

static void model_fresh(struct model *model, struct disk *disk)
{
    model_init(model, disk, 1);
    model->options.payload_max = 2000;
    model->options.segment_size = 8192; /* a header and eight sectors */
}

static void state_wrong(const struct model *model, const struct workload *workload,
                        const char *where, struct counts *counts)
{
    print_error("%u appends of %u, %u, %u%s%s, %s: %s\n", workload->appends, workload->sizes[0],
                workload->sizes[1], workload->sizes[2], workload->cached ? ", cached" : "",
                workload->torn ? ", torn" : "", where, model->wrong);
    counts->wrong = true;
}

/* Opens one state, compares, goes on for a record, and opens again. */
static void state_try(const struct workload *workload, const struct model *before,
                      struct disk *disk, struct counts *counts)
{
    struct model *model = malloc(sizeof(*model));
    struct journal *journal = NULL;
    enum journal_status status;

    assert_non_null(model);
    *model = *before;
    counts->states++;
    for (unsigned i = 0; i < 2 && model->wrong[0] == '\0'; i++) {
        if (model_open(model, disk, &journal, &status)) {
            if (status != JOURNAL_OK) {
                (void)snprintf(model->wrong, sizeof(model->wrong), "open refused with %u", status);
            } else if (model_verify(model, disk, journal) && i == 0 &&
                       model_append(model, journal, 700) != JOURNAL_OK) {
                (void)snprintf(model->wrong, sizeof(model->wrong), "append refused");
            }
        }
        journal_close(journal);
        journal = NULL;
        disk_kill(disk);
    }
    if (model->wrong[0] != '\0') {
        state_wrong(model, workload, "opened", counts);
    }
    free(model);
}

static void fates_try(const struct workload *workload, const struct model *model,
                      const struct disk *disk, bool nested, struct counts *counts);

/* Cuts the power at every call of the recovery from a state. */
static void recovery_try(const struct workload *workload, const struct model *before,
                         const struct disk *disk, struct counts *counts)
{
    struct model *model = malloc(sizeof(*model));
    bool over = false;

    assert_non_null(model);
    for (uint64_t call = 1; !over && !counts->wrong; call++) {
        struct disk *stopped = disk_clone(disk);
        struct journal *journal = NULL;
        enum journal_status status;

        *model = *before;
        disk_stop_at(stopped, disk_calls(stopped) + call);
        if (!model_open(model, stopped, &journal, &status)) {
            state_wrong(model, workload, "recovering", counts);
        }
        over = !disk_stopped(stopped);
        journal_close(journal);
        if (!over) {
            fates_try(workload, model, stopped, false, counts);
        }
        disk_free(stopped);
    }
    free(model);
}

/* Counts up through all combinations; false when the last one was reached. */
static bool fates_next(enum disk_fate *fates, const bool *sector, unsigned count, bool torn)
{
    for (unsigned i = 0; i < count; i++) {
        const enum disk_fate last = torn && sector[i] ? DISK_TORN : DISK_KEPT;

        if (fates[i] < last) {
            fates[i]++;
            return true;
        }
        fates[i] = DISK_LOST;
    }
    return false;
}

static void fates_try(const struct workload *workload, const struct model *model,
                      const struct disk *disk, bool nested, struct counts *counts)
{
    enum disk_fate fates[DISK_UNSURE_MAX] = {DISK_LOST};
    bool sector[DISK_UNSURE_MAX] = {false};
    const unsigned count = disk_unsure(disk, sector);

    assert_in_range(count, 0, UNSURE_TRIED);
    counts->unsure_most = count > counts->unsure_most ? count : counts->unsure_most;
    counts->cuts++;
    do {
        struct disk *cut = disk_clone(disk);

        disk_power_cut_with(cut, fates);
        if (nested) {
            recovery_try(workload, model, cut, counts);
        }
        state_try(workload, model, cut, counts);
        disk_free(cut);
    } while (!counts->wrong && fates_next(fates, sector, count, workload->torn));
}

/* The process dies at the same call while the machine lives: one state, and the power may go later.
 */
static void kill_try(const struct workload *workload, const struct model *model,
                     const struct disk *disk, struct counts *counts)
{
    struct disk *killed = disk_clone(disk);

    disk_kill(killed);
    recovery_try(workload, model, killed, counts);
    state_try(workload, model, killed, counts);
    disk_free(killed);
}

static void workload_try(const struct workload *workload, struct counts *counts)
{
    struct model *model = malloc(sizeof(*model));
    uint64_t calls;
    struct disk *disk = disk_fresh(workload);

    assert_non_null(model);
    model_fresh(model, disk);
    workload_run(workload, model, disk);
    assert_int_equal(model->answered, workload->appends);
    calls = disk_calls(disk);
    disk_free(disk);
    for (uint64_t call = 1; call <= calls + 1 && !counts->wrong; call++) {
        disk = disk_fresh(workload);
        model_fresh(model, disk);
        disk_stop_at(disk, call);
        workload_run(workload, model, disk);
        if (model->wrong[0] != '\0') {
            state_wrong(model, workload, "running", counts);
        }
        fates_try(workload, model, disk, workload->nested, counts);
        if (workload->nested) {
            kill_try(workload, model, disk, counts);
        }
        disk_free(disk);
    }
    counts->workloads++;
    free(model);
}

static void workloads_try(unsigned appends, bool torn, bool nested)
{
    static const uint32_t sizes[] = {100, 600, 1300}; /* one, two and three sectors */
    struct counts counts = {0};
    unsigned combinations = 1;

    for (unsigned i = 0; i < appends; i++) {
        combinations *= 3;
    }
    for (unsigned i = 0; i < 2 * combinations && !counts.wrong; i++) {
        struct workload workload = {
            .appends = appends, .cached = i % 2 == 1, .torn = torn, .nested = nested};
        unsigned rest = i / 2;

        for (unsigned j = 0; j < appends; j++) {
            workload.sizes[j] = sizes[rest % 3];
            rest /= 3;
        }
        workload_try(&workload, &counts);
    }
    print_message(
        "%llu workloads of %u appends%s%s: %llu power cuts, %llu states, at most %u things "
        "unsynced\n",
        (unsigned long long)counts.workloads, appends, torn ? ", torn sectors" : "",
        nested ? ", cut again during recovery" : "", (unsigned long long)counts.cuts,
        (unsigned long long)counts.states, counts.unsure_most);
    assert_false(counts.wrong);
    assert_true(counts.states > counts.cuts);
}

static void one_append(void **state)
{
    (void)state;
    workloads_try(1, true, false);
}

static void one_append_cut_again(void **state)
{
    (void)state;
    if (tier_size("HEADROOM_NESTED", 0, 1, 3) < 1) {
        skip();
    }
    workloads_try(1, true, true);
}

static void two_appends(void **state)
{
    (void)state;
    workloads_try(2, true, tier_size("HEADROOM_NESTED", 0, 1, 3) >= 2);
}

static void three_appends(void **state)
{
    (void)state;
    if (tier_size("HEADROOM_APPENDS", 2, 2, 3) < 3) {
        skip();
    }
    workloads_try(3, true, tier_size("HEADROOM_NESTED", 0, 1, 3) >= 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_append),
        cmocka_unit_test(one_append_cut_again),
        cmocka_unit_test(two_appends),
        cmocka_unit_test(three_appends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
