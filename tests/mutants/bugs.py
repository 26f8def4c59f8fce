"""Named bugs, each an edit of one place, and the suites that have to notice it.

A snippet must stand in its file exactly once, whatever else changes around it; one that is gone is an error of
this list and not a caught bug. A suite is GROUP/NAME, with =SIZE where its usual size is too small.
"""

TABLE, MODEL, TINY = "table/test_ledger", "model/test_compare", "model/test_tiny"
STATES, FAULTS, LIVES, ROT = ("sim/test_journal_" + name for name in ("states", "faults", "sim", "rot"))
FORMAT, JOURNAL, ENGINE = "table/test_journal_format", "unit/test_journal", "unit/test_engine"
WORLD = "sim/test_engine_sim"
MANY_WORLDS = "sim/test_engine_sim=500"

# name: (file, what stands there, what the bug makes of it, suites in the order in which they are tried)
BUGS = {
    # The decision.
    "greater-or-equal-instead-of-greater": (
        "src/ledger/drawing.c", "fit.committed + fit.rise > limit_ceiling(ledger, number);",
        "fit.committed + fit.rise >= limit_ceiling(ledger, number);", [TABLE, TINY]),
    "a-cent-beyond-the-cap": (
        "src/ledger/drawing.c", "const bool beyond = after > limit->cap;",
        "const bool beyond = after > limit->cap + 1;", [TABLE, TINY]),
    "soft-limits-refuse": (
        "src/ledger/drawing.c", "return ledger->limits[number].mode == MODE_HARD && fit.rise > 0 &&",
        "return ledger->limits[number].mode != MODE_OFF && fit.rise > 0 &&", [TABLE, TINY]),
    "skip-an-ancestor": (
        "src/ledger/limits.c", "        if (path_has(path, count, edge->parent)) {",
        "        if (path_has(path, count, edge->parent) || count == 3) {", [TABLE, TINY]),
    "a-diamond-counts-twice": (
        "src/ledger/limits.c", "        if (path_has(path, count, edge->parent)) {",
        "        if (count > 4 && path_has(path, count, edge->parent)) {", [TABLE, TINY]),
    "partial-freeze-forgotten": (
        "src/ledger/sums.c", "return limit_effective_cap(ledger, number) + tolerance - rest->frozen;",
        "return limit_effective_cap(ledger, number) + tolerance;", [TABLE, TINY]),
    "tolerance-of-a-tenth": (
        "src/ledger/sums.c", "rest->tolerance_bps / 10000;", "rest->tolerance_bps / 100000;", [TABLE, MODEL]),
    "raise-outlives-its-day": (
        "src/ledger/sums.c", "ledger->business_date <= rest->raise_until;",
        "ledger->business_date <= rest->raise_until + 1;", [TABLE, TINY]),
    "conversion-rounds-down": (
        "src/ledger/sums.c", "(rest * multiplier + divisor - 1) / divisor;", "(rest * multiplier) / divisor;",
        [TABLE, TINY]),
    "stale-conversion-after-a-rate": (
        "src/ledger/limit_commands.c", "    ledger->rates_epoch++;\n", "", [TABLE, TINY]),
    "repayment-frees-what-does-not-revolve": (
        "src/ledger/sums.c", "return (int128)limit->outstanding + (limit->revolving ? 0 : limit->repaid);",
        "return (int128)limit->outstanding;", [TABLE, MODEL]),
    "repaid-not-counted": (
        "src/ledger/sums.c", "[POST_REPAY] = {-1, 0, 1}", "[POST_REPAY] = {-1, 0, 0}", [TABLE, TINY]),
    "share-rounds-down": (
        "src/ledger/settlement.c", "((int128)remaining * amount + base - 1) / base;",
        "((int128)remaining * amount) / base;", [TABLE, TINY]),
    "cancel-forgets-the-release": (
        "src/ledger/settlement.c",
        "    sums_post(ledger, record->limit, (enum currency)record->currency, POST_RELEASE, released);\n", "",
        [TABLE, TINY]),
    "expiry-forgets-the-release": (
        "src/ledger/time.c",
        "    sums_post(ledger, record->limit, (enum currency)record->currency, POST_RELEASE, released);\n", "",
        [TABLE, TINY]),
    "expiry-a-moment-late": (
        "src/ledger/time.c", "ledger->deadlines[0].expires <= ledger->time)",
        "ledger->deadlines[0].expires < ledger->time)", [TABLE, TINY]),
    "time-goes-back": (
        "src/ledger/time.c", "    if (at > ledger->time) {", "    if (at > ledger->time || at > 0) {",
        [TABLE, MODEL]),
    "a-query-lets-time-pass": (
        "src/ledger/apply.c", "    time_pass(ledger, ledger->time);\n}", "}", [MANY_WORLDS]),
    "day-opened-twice": (
        "src/ledger/limit_commands.c", "REQUIRE(command->extra->date > ledger->business_date,",
        "REQUIRE(command->extra->date >= ledger->business_date,", [TABLE, MODEL]),
    "closed-while-in-use": (
        "src/ledger/limit_commands.c", "REQUIRE(limit->record == LEDGER_NONE && !child_open(",
        "REQUIRE(!child_open(", [TABLE, TINY]),
    "unfrozen-by-more-than-is-frozen": (
        "src/ledger/limit_commands.c", "REQUIRE(target.amount <= rest->frozen, LEDGER_NOT_FROZEN);",
        "REQUIRE(target.amount <= rest->frozen + 1, LEDGER_NOT_FROZEN);", [TABLE, MODEL]),
    "move-leaves-the-sums-behind": (
        "src/ledger/limits.c", "            standing_add(ledger, limit, old[i], -1);",
        "            standing_add(ledger, limit, old[i], 0);", [TABLE, TINY]),
    "unlock-never-used-up": (
        "src/ledger/drawing.c", "unlock->remaining -= (int64_t)drawing->charges[i];",
        "unlock->remaining -= drawing->charges[i] > 0 ? 0 : 0;", [TABLE, TINY]),
    "unlock-outlives-its-day": (
        "src/ledger/drawing.c", "unlock->until >= ledger->business_date &&",
        "unlock->until + 1 >= ledger->business_date &&", [TABLE, TINY]),
    "over-tells-of-limits-that-are-off": (
        "src/ledger/sums.c", "if (limit->mode != MODE_OFF && limit_over(", "if (limit_over(", [TABLE, TINY]),
    # Chains and ids.
    "chain-without-undo": (
        "src/ledger/apply.c", "    undo_all(ledger);\n    ledger->effects_total -= ledger->effects_count - effects;\n",
        "    ledger->undos_count = 0;\n    ledger->in_chain = false;\n"
        "    ledger->effects_total -= ledger->effects_count - effects;\n",
        [TABLE, TINY]),
    "chain-fails-on-a-repeat": (
        "src/ledger/apply.c", "return status == LEDGER_OK || status == LEDGER_EXISTS ||",
        "return status == LEDGER_OK ||", [TABLE, TINY]),
    "undo-forgets-an-unlock": (
        "src/ledger/undo.c", "ledger->unlocks[undo->number].remaining = undo->amounts[0];", "(void)ledger;",
        [TABLE, MODEL]),
    "failed-chain-takes-time-back": (
        "src/ledger/apply.c", "        time_pass(ledger, commands[i].at);\n    }\n}",
        "        (void)commands;\n    }\n}", [TABLE, TINY]),
    "an-id-stands-for-any-content": (
        "src/ledger/identity.c", "amount) != stored->content) {", "amount) != stored->content && amount == -2) {",
        [TABLE, MODEL]),
    "the-reason-is-no-content": (
        "src/ledger/identity.c", "extra->actor, extra->reason,", "extra->actor, extra->actor,", [TABLE, WORLD]),
    "an-id-can-be-used-again": (
        "src/ledger/identity.c", "id_insert(ledger, ledger->sight->id_hash, ID_TRACE, number);", "(void)number;",
        [TABLE, TINY]),
    # The journal.
    "answered-before-the-head-names-it": (
        "src/journal/journal.c",
        "        result = file_write(journal->head, offset, journal->head_block, JOURNAL_BLOCK);",
        "        result = (struct file_result){offset > 0 ? OS_OK : OS_OK, 0};", [STATES, JOURNAL]),
    "answered-before-the-sync": (
        "src/journal/journal_segment.c", "JOURNAL_SPARE_NAME, FILE_DURABLE, &file);",
        "JOURNAL_SPARE_NAME, FILE_UPDATE, &file);", [STATES, LIVES]),
    "not-synced-after-a-restart": (
        "src/journal/journal_recover.c", "file_open(recovery->journal->directory, name, FILE_DURABLE, ret_file);",
        "file_open(recovery->journal->directory, name, FILE_UPDATE, ret_file);", [LIVES, STATES]),
    "directory-of-a-segment-not-synced": (
        "src/journal/journal_segment.c", "        result = directory_sync(journal->directory);",
        "        result.status = OS_OK;", [STATES, LIVES]),
    "directory-of-the-head-not-synced": (
        "src/journal/journal_recover.c", "        result = directory_sync(directory);",
        "        result.status = OS_OK;", [STATES, LIVES]),
    "found-in-the-cache-and-believed": (
        "src/journal/journal_recover.c",
        "    result = file_write(journal->head, (uint64_t)recovery->answered.slot * JOURNAL_BLOCK,\n"
        "                        journal->head_block, JOURNAL_BLOCK);",
        "    result = (struct file_result){OS_OK, 0};", [LIVES, STATES, "sim/test_journal_sim=2000"]),
    "payload-checksum-ignored": (
        "src/journal/journal_format.c",
        "if (!hash128_equal(record->payload, checksum_of(payload, record->payload_size))) {",
        "if (record->payload_size == 0) {", [FORMAT, ROT]),
    "head-checksum-ignored": (
        "src/journal/journal_format.c", "if (!hash128_equal(head.checksum, checksum_of(block, covered))) {",
        "if (covered == 0) {", [FORMAT, ROT]),
    "snapshot-checksum-ignored": (
        "src/journal/journal_format.c", "if (!hash128_equal(block.content, checksum_of(content, block.size))) {",
        "if (block.size > room) {", [FORMAT, ROT]),
    "torn-tail-cut-without-looking": (
        "src/journal/journal_survey.c", "    TRY(torn_search(recovery, last));\n", "    (void)torn_search;\n",
        [ROT, LIVES]),
    "the-older-slot-is-believed": (
        "src/journal/journal_survey.c", "recovery->answered = slots[newer];",
        "recovery->answered = slots[1 - newer];", [STATES, LIVES]),
    "a-snapshot-ahead-is-believed": (
        "src/journal/journal_survey.c", "recovery->snapshot_last > last) {",
        "recovery->snapshot_last > last + 1000) {", [JOURNAL, ROT]),
    "goes-on-after-a-failed-write": (
        "src/journal/journal.c", "    journal->phase = PHASE_FAILED;\n", "    journal->phase = PHASE_READY;\n",
        [FAULTS, LIVES]),
    "a-full-disk-leaves-its-part": (
        "src/journal/journal.c", "journal->end, size, &cleaning) != JOURNAL_OK)",
        "journal->end, size - size, &cleaning) != JOURNAL_OK)", [FAULTS, LIVES]),
    "two-processes-one-directory": (
        "src/journal/journal.c", "    result = directory_lock(journal->directory, JOURNAL_LOCK_NAME, &pid);",
        "    pid = 0;\n    result = (struct file_result){OS_OK, 0};", [JOURNAL]),
    # The engine.
    "decided-though-the-disk-was-full": (
        "src/engine/commit.c", "(batch->journalled && written != ENGINE_OK)) {",
        "(batch->journalled && written == ENGINE_FAILED)) {", [WORLD]),
    "answered-after-a-failure": (
        "src/engine/commit.c", "    REQUIRE(written != ENGINE_FAILED, written);\n", "", [WORLD]),
    "a-failure-taken-for-a-full-disk": (
        "src/engine/commit.c", "engine->failed = !journal_status_again(group->written);",
        "engine->failed = false;", [WORLD]),
    "time-passes-without-a-record": (
        "src/engine/commit.c", "if (group->only_time && written == ENGINE_OK) {", "if (group->only_time) {",
        [MANY_WORLDS]),
    "a-question-lets-time-pass": (
        "src/engine/commit.c", "    if (journalled && !batch->keep_at) {", "    if (!batch->keep_at) {", [WORLD]),
    "replay-forgets-the-time": (
        "src/engine/group.c", "    if (!keep_at) {\n        ledger_pass_time(applying->ledger,",
        "    if (keep_at) {\n        ledger_pass_time(applying->ledger,", [ENGINE, WORLD]),
    "events-named-before-they-are-durable": (
        "src/engine/history.c", "    if (file_sync(file->file).status != OS_OK) {", "    if (file->file == NULL) {",
        [WORLD, MANY_WORLDS]),
    "a-second-sync-is-believed": (
        "src/engine/history.c", "history->missing > 0 ||\n        history->sync_failed) {",
        "history->missing > 0) {", [MANY_WORLDS]),
    "events-written-behind-durable-ones": (
        "src/engine/history.c", "{\n    history->writing = false;\n}", "{\n    (void)history;\n}", [MANY_WORLDS]),
    # What comes from outside.
    "a-member-given-twice": (
        "src/base/json_read.c", "return duplicate_pairwise(object) ?",
        "return duplicate_pairwise(object) && object == NULL ?",
        ["table/test_json", "unit/test_json"]),
    "an-amount-with-more-decimals": (
        "src/base/amount.c", "        if (value % 10 != 0) {", "        if (value % 10 == 10) {",
        ["table/test_amount", TABLE]),
    "any-role-may-call": (
        "src/api/api_admit.c", "    REQUIRE((api->roles[index] & token->role) != 0, AUTH_FORBIDDEN);",
        "    REQUIRE((api->roles[index] & token->role) != 0 || api->roles[index] != 0, AUTH_FORBIDDEN);",
        ["api/test_roles"]),
}
