/* Whole lives of the engine in a simulated world (world.h): what was answered stays, whatever the
 * disk, the clock and the network do. HEADROOM_SEED replays one seed, HEADROOM_SEEDS or
 * HEADROOM_SIZE sets how many, HEADROOM_FIRST where they begin. */
#include "cmocka_headroom.h"
#include "sim/tier.h"

#include <malloc.h>
#include <sys/prctl.h>

#include "base/hash.h"
#include "sim/world.h"

#define N(number) ((unsigned long long)(number))

static void counts_print(const struct world_counts *counts)
{
    const struct disk_faults *faults = disk_faults();

    print_message(
        "%llu seeds: %llu lives, %llu steps, %llu answers audited, %llu of them accepted\n",
        N(counts->seeds), N(counts->lives), N(counts->steps), N(counts->answers),
        N(counts->accepted));
    print_message(
        "crashes: %llu power cuts (%llu reordered), %llu kills, %llu within a call, %llu in "
        "recovery; sectors lost %llu, kept %llu, torn %llu; names lost %llu\n",
        N(faults->cuts), N(faults->cuts_reordered), N(faults->kills), N(faults->stopped_calls),
        N(counts->recoveries_stopped), N(faults->sectors_lost), N(faults->sectors_kept),
        N(faults->sectors_torn), N(faults->names_lost));
    print_message(
        "calls failed: %llu EIO, %llu ENOSPC, %llu ENOMEM, %llu EACCES; writes on a full disk "
        "%llu; lives ended by a failed write %llu\n",
        N(faults->failed_calls[OS_FAILED]), N(faults->failed_calls[OS_FULL]),
        N(faults->failed_calls[OS_EXHAUSTED]), N(faults->failed_calls[OS_FORBIDDEN]),
        N(faults->full), N(counts->failed_for_good));
    print_message(
        "lies and rot: %llu writes lost, %llu misdirected, %llu pieces of rot; found %llu, "
        "without effect %llu; backups restored %llu\n",
        N(faults->lost_writes), N(faults->misdirected_writes), N(counts->rots),
        N(counts->damage_found), N(counts->damage_harmless), N(counts->restored));
    print_message(
        "network: %llu batches sent again, %llu overtaken, %llu answers lost, %llu refused by "
        "a full disk; clock: %llu jumps\n",
        N(counts->sent_again), N(counts->delayed), N(counts->answers_lost), N(counts->refused_full),
        N(counts->clock_jumps));
    print_message(
        "recovery: unanswered batches kept %llu, sent again after %llu crashes, %llu starts "
        "from a snapshot, %llu snapshots\n"
        "memory: %llu ids archived at the ends of lives, %llu merges, %llu found on disk\n",
        N(counts->kept), N(counts->dropped), N(counts->from_snapshot), N(counts->snapshots),
        N(counts->archived), N(counts->archive_merges), N(counts->archive_found));
}

static void the_world_holds(void **state)
{
    const uint64_t first = tier_seed(1);
    const uint64_t count = tier_replayed() ? 1 : tier_size("HEADROOM_SEEDS", 60, 300, 1000000);
    const char *commit = getenv("HEADROOM_COMMIT");
    struct world_counts counts = {0};
    struct hash128 all = {0};
    unsigned failed = 0;

    (void)state;
    memset(disk_faults(), 0, sizeof(struct disk_faults));
    for (uint64_t seed = first; seed < first + count && failed < 5; seed++) {
        uint8_t digest[32];
        const char *wrong = world_run(seed, TAMPER_NONE, &counts, digest);

        if (wrong != NULL) {
            print_error("%s\nagain, on %s: make sim SEED=%llu\n", wrong,
                        commit == NULL || commit[0] == '\0' ? "this commit" : commit, N(seed));
            failed++;
            continue;
        }
        const struct hash128 more = hash128(digest, sizeof(digest), seed);
        all.low ^= more.low;
        all.high ^= more.high;
    }
    counts_print(&counts);
    print_message("digest of all states %016llx%016llx\n", N(all.high), N(all.low));
    assert_int_equal(failed, 0);
    assert_true(tier_replayed() || count < 50 || (counts.kept > 0 && counts.damage_found > 0));
}

/* The canaries: what the world does wrong on purpose must be seen. */
static void the_auditor_sees(void **state)
{
    static const enum world_tamper tampers[] = {TAMPER_ANSWER, TAMPER_LOSS, TAMPER_TWICE};

    (void)state;
    for (unsigned i = 0; i < sizeof(tampers) / sizeof(tampers[0]); i++) {
        struct world_counts counts = {0};
        uint64_t seen = 0;
        uint8_t digest[32];

        for (uint64_t seed = 1; seed <= 8; seed++) {
            seen += world_run(seed, tampers[i], &counts, digest) != NULL;
        }
        assert_true(counts.tampered > 0);
        assert_int_equal(seen, counts.tampered);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_auditor_sees),
        cmocka_unit_test(the_world_holds),
    };

    /* Small tables, made anew thousands of times: to zero huge pages, and to give memory back in
     * between, would be most of what is done. */
    (void)prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
    (void)mallopt(M_MMAP_THRESHOLD, 1 << 30);
    (void)mallopt(M_TRIM_THRESHOLD, 1 << 30);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
