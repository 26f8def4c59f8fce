#include "archive/archive.h"

#include "base/arena.h"
#include "base/buffer.h"

#include "archive/archive_internal.h"

enum { MERGE_WIDTH_DEFAULT = 4, PART_CAPACITY_MIN = 1024, FILTER_AHEAD = 16 };

/* Up to this many hashes a part doubles when it grows, then it grows by half. */
#define PART_DOUBLES_MAX (1ULL << 20)

/* ---- the list of segments ---- */

static bool list_room(struct segment ***list, size_t count, size_t *capacity)
{
    if (count < *capacity) {
        return true;
    }
    const size_t wanted = *capacity == 0 ? 32 : 2 * *capacity;
    struct segment **larger = memory_resize(*list, wanted * sizeof(struct segment *));
    if (larger == NULL) {
        return false;
    }
    *list = larger;
    *capacity = wanted;
    return true;
}

static void segments_drop(struct archive *archive)
{
    for (size_t i = 0; i < archive->segments_count; i++) {
        archive_segment_close(archive->segments[i]);
    }
    archive->segments_count = 0;
    archive->point = (struct archive_point){0};
}

static enum journal_status fail(struct archive *archive, const struct journal_error *error)
{
    archive->failure = *error;
    return error->status;
}

/* ---- opening ---- */

enum journal_status archive_open(const struct archive_options *options,
                                 struct archive **ret_archive, struct journal_error *reterr_error)
{
    struct archive *archive = memory_allocate(sizeof(*archive));

    REQUIRE(archive != NULL,
            archive_error_set(reterr_error, JOURNAL_NO_MEMORY, NULL, 0, "memory is short"));
    memset(archive, 0, sizeof(*archive));
    archive->options = *options;
    archive->prefix = options->prefix == NULL ? "archive" : options->prefix;
    archive->options.directory = NULL; /* the caller's, and not needed any more */
    archive->failure.cause = "";
    archive->put_off = UINT64_MAX;
    archive->seed = hash64(&options->run, sizeof(options->run), SEGMENT_MAGIC);
    archive->batch.job.stop = &archive->stop;
    archive->merge.job.stop = &archive->stop;
    archive->grow.job.stop = &archive->stop;
    buffer_init(&archive->batch.bytes);
    if (archive->options.merge_width == 0) {
        archive->options.merge_width = MERGE_WIDTH_DEFAULT;
    }
    check(archive->options.merge_width >= 2 && archive->options.merge_width <= MERGE_MAX);
    const struct file_result result =
        directory_open(options->files, options->directory, &archive->directory);
    if (result.status != OS_OK) {
        memory_free(archive);
        return archive_error_call(reterr_error, result, JOURNAL_UNREADABLE, NULL,
                                  "opening the directory failed");
    }
    *ret_archive = archive;
    return JOURNAL_OK;
}

static void jobs_stop(struct archive *archive)
{
    atomic_store(&archive->stop, true);
    (void)job_end(&archive->batch.job, true);
    (void)job_end(&archive->merge.job, true);
    (void)job_end(&archive->grow.job, true);
}

void archive_close(struct archive *archive)
{
    if (archive == NULL) {
        return;
    }
    jobs_stop(archive);
    archive_segment_close(archive->batch.made);
    archive_segment_close(archive->merge.made);
    filter_part_release(&archive->grow.made);
    memory_free(archive->grow.segments);
    segments_drop(archive);
    for (size_t i = 0; i < archive->retired_count; i++) {
        archive_segment_close(archive->retired[i]);
    }
    memory_free(archive->segments);
    memory_free(archive->retired);
    memory_free(archive->batch.entries);
    buffer_release(&archive->batch.bytes);
    filter_release(&archive->filter);
    directory_close(archive->directory);
    memory_free(archive);
}

static enum journal_status list_failed(struct archive *archive, struct file_result result,
                                       struct journal_error *error)
{
    (void)archive;
    return archive_error_call(error, result, JOURNAL_UNREADABLE, NULL,
                              "reading the directory failed");
}

/* The segment that begins with batch `first` and covers the most, up to `last`: the last one it
 * covers, 0 when there is none. */
static enum journal_status segment_choose(struct archive *archive, uint64_t first, uint64_t last,
                                          uint64_t *ret_end, struct journal_error *error)
{
    char name[FILE_NAME_MAX + 1];
    uint64_t best = 0;

    for (bool begin = true;; begin = false) {
        uint64_t from;
        uint64_t to;
        bool end;
        const struct file_result result = directory_next(archive->directory, begin, name, &end);

        REQUIRE(result.status == OS_OK, list_failed(archive, result, error));
        if (end) {
            break;
        }
        if (segment_name_read(slice_from_cstr(name), archive->prefix, &from, &to) &&
            from == first && to <= last && to > best) {
            best = to;
        }
    }
    *ret_end = best;
    return JOURNAL_OK;
}

static enum journal_status segment_take(struct archive *archive, uint64_t first, uint64_t last,
                                        struct journal_error *error)
{
    char name[JOURNAL_NAME_SIZE];
    struct segment *segment = NULL;

    REQUIRE(list_room(&archive->segments, archive->segments_count, &archive->segments_capacity),
            archive_error_set(error, JOURNAL_NO_MEMORY, NULL, 0, "memory is short"));
    segment_name_write(name, archive->prefix, first, last);
    TRY(archive_segment_open(archive->directory, name, archive->options.identity, &segment, error));
    if (archive->segments_count == 0) {
        archive->seed = segment->header.seed;
    }
    archive->segments[archive->segments_count++] = segment;
    REQUIRE(segment->header.first == first && segment->header.last == last &&
                segment->header.seed == archive->seed,
            archive_error_set(error, JOURNAL_ARCHIVE_DAMAGED, name, 0,
                              "the header does not fit its name or the other segments"));
    archive->point.batches = last;
    archive->point.entries += segment->header.entries;
    hash_sum_join(&archive->point.sum, &segment->header.sum);
    return JOURNAL_OK;
}

static enum journal_status segments_take(struct archive *archive, const struct archive_point *point,
                                         struct journal_error *error)
{
    while (archive->point.batches < point->batches) {
        const uint64_t first = archive->point.batches + 1;
        uint64_t last = 0;

        TRY(segment_choose(archive, first, point->batches, &last, error));
        if (last == 0) {
            char name[JOURNAL_NAME_SIZE];
            segment_name_write(name, archive->prefix, first, first);
            return archive_error_set(error, JOURNAL_ARCHIVE_MISSING, name, 0,
                                     "no segment begins with this batch");
        }
        TRY(segment_take(archive, first, last, error));
    }
    REQUIRE(archive->point.entries == point->entries &&
                hash_sum_equal(&archive->point.sum, &point->sum),
            archive_error_set(error, JOURNAL_ARCHIVE_MISSING, NULL, 0,
                              "the segments hold something else than what is relied on"));
    return JOURNAL_OK;
}

enum journal_status archive_begin(struct archive *archive, const struct archive_point *point,
                                  struct journal_error *reterr_error)
{
    check(!archive->filtering && archive->batch.count == 0);
    segments_drop(archive);
    const enum journal_status status = segments_take(archive, point, reterr_error);
    if (status != JOURNAL_OK) {
        segments_drop(archive);
    }
    return status;
}

static bool taken(const struct archive *archive, const char *name)
{
    for (size_t i = 0; i < archive->segments_count; i++) {
        if (slice_equal(slice_from_cstr(name), slice_from_cstr(archive->segments[i]->name))) {
            return true;
        }
    }
    return false;
}

/* Removes one file that is not taken up; *ret_found tells whether there was one. */
static enum journal_status stray_remove(struct archive *archive, bool *ret_found,
                                        struct journal_error *error)
{
    const struct slice prefix = slice_from_cstr(archive->prefix);
    char name[FILE_NAME_MAX + 1];

    *ret_found = false;
    for (bool begin = true;; begin = false) {
        bool end;
        struct file_result result = directory_next(archive->directory, begin, name, &end);

        REQUIRE(result.status == OS_OK, list_failed(archive, result, error));
        if (end) {
            return JOURNAL_OK;
        }
        const struct slice text = slice_from_cstr(name);
        if (text.size < JOURNAL_NAME_SIZE && slice_starts_with(text, prefix) &&
            text.size > prefix.size && text.data[prefix.size] == '-' && !taken(archive, name)) {
            result = directory_remove(archive->directory, name);
            *ret_found = true;
            return result.status == OS_OK
                       ? JOURNAL_OK
                       : archive_error_call(error, result, JOURNAL_UNREADABLE, name,
                                            "removing a segment that is not needed failed");
        }
    }
}

static enum journal_status strays_remove(struct archive *archive, struct journal_error *error)
{
    bool any = false;
    bool found = true;

    while (found) {
        TRY(stray_remove(archive, &found, error));
        any = any || found;
    }
    if (any) {
        const struct file_result result = directory_sync(archive->directory);
        REQUIRE(result.status == OS_OK, archive_error_call(error, result, JOURNAL_FAILED, NULL,
                                                           "syncing the directory failed"));
    }
    return JOURNAL_OK;
}

/* ---- going through all ---- */

/* What is done with each entry; false ends it. */
typedef bool (*entry_visit)(void *context, uint64_t hash, const uint8_t *bytes);

static enum journal_status segment_walk(struct segment *segment, entry_visit visit, void *context,
                                        struct journal_error *error)
{
    struct segment_cursor cursor;
    struct hash_sum sum = {{0}};
    uint64_t entries = 0;
    enum journal_status status;

    TRY(segment_cursor_open(&cursor, segment, 0, error));
    while ((status = segment_cursor_next(&cursor, error)) == JOURNAL_OK) {
        entry_sum(&sum, cursor.bytes);
        entries++;
        if (!visit(context, cursor.hash, cursor.bytes)) {
            break;
        }
    }
    segment_cursor_close(&cursor);
    if (status == JOURNAL_END &&
        (entries != segment->header.entries || !hash_sum_equal(&sum, &segment->header.sum))) {
        return archive_error_set(error, JOURNAL_ARCHIVE_DAMAGED, segment->name, 0,
                                 "the entries are not those that the header tells of");
    }
    return status == JOURNAL_END ? JOURNAL_OK : status;
}

struct visiting {
    bool (*visit)(void *context, const struct archive_key *key, const uint8_t *value, size_t size);
    void *context;
    bool ended;
};

static bool entry_show(void *context, uint64_t hash, const uint8_t *bytes)
{
    struct visiting *visiting = context;
    struct archive_key key;
    size_t size;
    const uint8_t *value = entry_value(bytes, &size);

    (void)hash;
    entry_key(bytes, &key);
    visiting->ended = !visiting->visit(visiting->context, &key, value, size);
    return !visiting->ended;
}

enum journal_status archive_visit(struct archive *archive,
                                  bool (*visit)(void *context, const struct archive_key *key,
                                                const uint8_t *value, size_t size),
                                  void *context)
{
    struct visiting visiting = {visit, context, false};
    struct journal_error error;

    REQUIRE(archive->failure.status == JOURNAL_OK, archive->failure.status);
    for (size_t i = 0; i < archive->segments_count && !visiting.ended; i++) {
        if (segment_walk(archive->segments[i], entry_show, &visiting, &error) != JOURNAL_OK) {
            return fail(archive, &error);
        }
    }
    return JOURNAL_OK;
}

static void filter_add(struct archive *archive, uint64_t hash)
{
    const unsigned part = filter_part_of(hash);

    filter_part_add(&archive->filter.parts[part], hash);
    archive->filter.parts[part].count++;
    if (UNLIKELY(archive->grow.job.active && archive->grow.part == part)) {
        filter_part_add_shared(&archive->grow.made, hash);
    }
}

static bool entry_filter(void *context, uint64_t hash, const uint8_t *bytes)
{
    struct archive *archive = context;

    (void)bytes;
    filter_add(archive, hash);
    return true;
}

/* Room for a fourth more than there is. */
static enum journal_status filter_fill(struct archive *archive, struct journal_error *error)
{
    const uint64_t share = archive->point.entries / FILTER_PARTS;

    for (int i = 0; i < FILTER_PARTS; i++) {
        REQUIRE(filter_part_open(&archive->filter.parts[i], share + share / 4 + PART_CAPACITY_MIN),
                archive_error_set(error, JOURNAL_NO_MEMORY, NULL, 0, "memory is short"));
    }
    archive->filtering = true;
    for (size_t i = 0; i < archive->segments_count; i++) {
        TRY(segment_walk(archive->segments[i], entry_filter, archive, error));
    }
    return JOURNAL_OK;
}

enum journal_status archive_settle(struct archive *archive, struct journal_error *reterr_error)
{
    check(!archive->filtering);
    REQUIRE(!archive->options.read_only, JOURNAL_OK);
    enum journal_status status = strays_remove(archive, reterr_error);
    if (status == JOURNAL_OK) {
        status = filter_fill(archive, reterr_error);
    }
    return status == JOURNAL_OK ? JOURNAL_OK : fail(archive, reterr_error);
}

void archive_remove(struct archive *archive)
{
    struct journal_error error;

    check(!archive->options.read_only);
    jobs_stop(archive);
    segments_drop(archive);
    const enum journal_status status = strays_remove(archive, &error);
    (void)status; /* the next one of that prefix removes them */
}

const struct journal_error *archive_failure(const struct archive *archive)
{
    return &archive->failure;
}

uint64_t archive_seed(const struct archive *archive)
{
    return archive->seed;
}

/* The segment is looked for again, so that the file can be named. */
void archive_refuse(struct archive *archive, const struct archive_key *key)
{
    const uint64_t hash = archive_hash(archive, key);
    uint8_t value[ARCHIVE_VALUE_MAX];
    struct journal_error error;
    size_t size;

    for (size_t i = archive->segments_count; i > 0; i--) {
        struct segment *segment = archive->segments[i - 1];

        if (archive_segment_find(segment, key, hash, value, &size, &archive->blocks_read, &error) ==
            JOURNAL_OK) {
            (void)archive_error_set(&archive->failure, JOURNAL_ARCHIVE_DAMAGED, segment->name,
                                    (1 + segment_block_of(segment, hash)) * BLOCK_SIZE,
                                    "what is kept of an id makes no sense");
            return;
        }
    }
    (void)archive_error_set(&archive->failure, JOURNAL_ARCHIVE_DAMAGED, NULL, 0,
                            "what is kept of an id makes no sense");
}

/* ---- finding ---- */

uint64_t archive_hash(const struct archive *archive, const struct archive_key *key)
{
    return hash64(key->bytes, sizeof(key->bytes), archive->seed);
}

void archive_prefetch(const struct archive *archive, uint64_t hash)
{
    filter_prefetch(&archive->filter, hash);
}

bool archive_may_hold(const struct archive *archive, uint64_t hash)
{
    return UNLIKELY(!archive->filtering) || filter_may_hold(&archive->filter, hash);
}

enum journal_status archive_find(struct archive *archive, const struct archive_key *key,
                                 uint64_t hash, uint8_t ret_value[ARCHIVE_VALUE_MAX],
                                 size_t *ret_size)
{
    struct journal_error error;

    REQUIRE(archive->failure.status == JOURNAL_OK, archive->failure.status);
    archive->finds++;
    for (size_t i = archive->segments_count; i > 0; i--) {
        const enum journal_status status =
            archive_segment_find(archive->segments[i - 1], key, hash, ret_value, ret_size,
                                 &archive->blocks_read, &error);

        if (status == JOURNAL_OK) {
            archive->found++;
            return JOURNAL_OK;
        }
        REQUIRE(status == JOURNAL_END, fail(archive, &error));
    }
    return JOURNAL_END;
}

/* ---- filling ---- */

bool archive_add(struct archive *archive, const struct archive_key *key, const uint8_t *value,
                 size_t size)
{
    struct batch_job *batch = &archive->batch;
    uint8_t entry[ENTRY_SIZE_MAX];

    check(!batch->job.active && !batch->written && !archive->options.read_only);
    if (batch->count == batch->capacity) {
        const size_t capacity = batch->capacity == 0 ? 4096 : 2 * batch->capacity;
        struct gathered *entries = memory_resize(batch->entries, capacity * sizeof(*entries));
        REQUIRE(entries != NULL, false);
        batch->entries = entries;
        batch->capacity = capacity;
    }
    const size_t entry_size = entry_write(entry, key, value, size);
    const size_t at = batch->bytes.size;
    buffer_append(&batch->bytes, slice_of((const char *)entry, entry_size));
    REQUIRE(!buffer_failed(&batch->bytes), false);
    batch->entries[batch->count++] = (struct gathered){archive_hash(archive, key), at};
    return true;
}

size_t archive_gathered(const struct archive *archive)
{
    return archive->batch.count;
}

void archive_forget(struct archive *archive)
{
    check(!archive->batch.job.active);
    archive->batch.written = false;
    archive->batch.filtered = 0;
    archive->batch.count = 0;
    buffer_reset(&archive->batch.bytes);
}

/* What a new segment is made with; its nonce is its own. */
static struct segment_making making_of(const struct archive *archive, uint64_t first, uint64_t last)
{
    const uint64_t words[] = {archive->options.run, first, last, archive->merges};

    return (struct segment_making){
        .directory = archive->directory,
        .prefix = archive->prefix,
        .identity = archive->options.identity,
        .seed = archive->seed,
        .nonce = hash64(words, sizeof(words), archive->seed),
        .first = first,
        .last = last,
    };
}

enum journal_status archive_write_begin(struct archive *archive)
{
    struct batch_job *batch = &archive->batch;
    const uint64_t number = archive->point.batches + 1;

    check(archive->filtering && batch->count > 0 && !batch->written);
    REQUIRE(archive->failure.status == JOURNAL_OK, archive->failure.status);
    batch->making = making_of(archive, number, number);
    return job_start(&batch->job, archive->options.threads, batch_job_run, batch);
}

enum journal_status archive_write_end(struct archive *archive, bool wait)
{
    struct batch_job *batch = &archive->batch;

    check(batch->job.active);
    REQUIRE(job_end(&batch->job, wait), JOURNAL_END);
    if (batch->job.status == JOURNAL_OK &&
        !list_room(&archive->segments, archive->segments_count, &archive->segments_capacity)) {
        archive_segment_close(batch->made);
        batch->made = NULL;
        return JOURNAL_NO_MEMORY;
    }
    if (batch->job.status == JOURNAL_FULL || batch->job.status == JOURNAL_NO_MEMORY ||
        batch->job.status == JOURNAL_UNREADABLE) {
        return batch->job.status;
    }
    REQUIRE(batch->job.status == JOURNAL_OK, fail(archive, &batch->job.error));
    archive->segments[archive->segments_count++] = batch->made;
    archive->point.batches = batch->made->header.last;
    archive->point.entries += batch->made->header.entries;
    hash_sum_join(&archive->point.sum, &batch->made->header.sum);
    batch->made = NULL;
    batch->written = true;
    return JOURNAL_OK;
}

bool archive_filter_batch(struct archive *archive, size_t most)
{
    struct batch_job *batch = &archive->batch;

    check(batch->written);
    const size_t left = batch->count - batch->filtered;
    const size_t end = batch->filtered + (left < most ? left : most);
    for (size_t i = batch->filtered; i < end; i++) {
        if (i + FILTER_AHEAD < batch->count) {
            filter_prefetch(&archive->filter, batch->entries[i + FILTER_AHEAD].hash);
        }
        filter_add(archive, batch->entries[i].hash);
    }
    batch->filtered = end;
    if (end < batch->count) {
        return false;
    }
    archive_forget(archive);
    return true;
}

struct archive_point archive_point(const struct archive *archive)
{
    return archive->point;
}

/* ---- tending ---- */

/* The archive goes on without a merge or a growth that failed for want of room, and tries no other
 * before the next batch; what else failed is for good. */
static enum journal_status job_judge(struct archive *archive, const struct job *job)
{
    const enum journal_status status = job->status;

    if (status == JOURNAL_FULL || status == JOURNAL_NO_MEMORY) {
        archive->put_off = archive->point.batches;
    }
    if (status == JOURNAL_OK || status == JOURNAL_FULL || status == JOURNAL_NO_MEMORY) {
        return JOURNAL_OK;
    }
    return fail(archive, &job->error);
}

static void segment_retire(struct archive *archive, struct segment *segment)
{
    const struct file_result result = directory_remove(archive->directory, segment->name);

    (void)result; /* the next start removes it */
    if (archive->grow.job.active) {
        archive->retired[archive->retired_count++] = segment; /* room was made beforehand */
    } else {
        archive_segment_close(segment);
    }
}

static enum journal_status merge_reap(struct archive *archive, bool wait)
{
    struct merge_job *merge = &archive->merge;
    size_t at = 0;

    if (!job_end(&merge->job, wait)) {
        return JOURNAL_OK;
    }
    if (merge->job.status != JOURNAL_OK) {
        return job_judge(archive, &merge->job);
    }
    while (archive->segments[at] != merge->inputs[0]) {
        at++;
    }
    archive->segments[at] = merge->made;
    archive->segments_count -= merge->inputs_count - 1;
    for (size_t i = at + 1; i < archive->segments_count; i++) {
        archive->segments[i] = archive->segments[i + merge->inputs_count - 1];
    }
    for (unsigned i = 0; i < merge->inputs_count; i++) {
        segment_retire(archive, merge->inputs[i]);
    }
    merge->made = NULL;
    archive->merges++;
    return JOURNAL_OK;
}

/* How many times a segment has been merged: the power of the width that its batches reach. */
static unsigned level_of(const struct archive *archive, const struct segment *segment)
{
    uint64_t batches = segment->header.last - segment->header.first + 1;
    unsigned level = 0;

    check(archive->options.merge_width >= 2);
    while (batches >= archive->options.merge_width) {
        batches /= archive->options.merge_width;
        level++;
    }
    return level;
}

/* The first run of `width` neighbours of one level; false when there is none. */
static bool merge_choose(const struct archive *archive, uint64_t settled, size_t *ret_at)
{
    const size_t width = archive->options.merge_width;

    for (size_t at = 0; at + width <= archive->segments_count; at++) {
        const unsigned level = level_of(archive, archive->segments[at]);
        size_t same = 1;

        while (same < width && level_of(archive, archive->segments[at + same]) == level) {
            same++;
        }
        if (same == width && archive->segments[at + width - 1]->header.last <= settled) {
            *ret_at = at;
            return true;
        }
    }
    return false;
}

/* Begins a merge where one is due; *ret_begun tells. */
static enum journal_status merge_begin(struct archive *archive, uint64_t settled, bool *ret_begun)
{
    struct merge_job *merge = &archive->merge;
    const unsigned width = archive->options.merge_width;
    size_t at;

    *ret_begun = false;
    if (merge->job.active || !merge_choose(archive, settled, &at)) {
        return JOURNAL_OK;
    }
    while (archive->retired_capacity < archive->retired_count + width) {
        REQUIRE(list_room(&archive->retired, archive->retired_capacity, &archive->retired_capacity),
                JOURNAL_NO_MEMORY);
    }
    for (unsigned i = 0; i < width; i++) {
        merge->inputs[i] = archive->segments[at + i];
    }
    merge->inputs_count = width;
    merge->making =
        making_of(archive, merge->inputs[0]->header.first, merge->inputs[width - 1]->header.last);
    TRY(job_start(&merge->job, archive->options.threads, merge_job_run, merge));
    *ret_begun = true;
    return JOURNAL_OK;
}

static enum journal_status grow_reap(struct archive *archive, bool wait)
{
    struct grow_job *grow = &archive->grow;

    if (!job_end(&grow->job, wait)) {
        return JOURNAL_OK;
    }
    for (size_t i = 0; i < archive->retired_count; i++) {
        archive_segment_close(archive->retired[i]);
    }
    archive->retired_count = 0;
    if (grow->job.status != JOURNAL_OK) {
        filter_part_release(&grow->made);
        return job_judge(archive, &grow->job);
    }
    struct filter_part *part = &archive->filter.parts[grow->part];
    grow->made.count = part->count;
    filter_part_release(part);
    *part = grow->made;
    grow->made = (struct filter_part){0};
    return JOURNAL_OK;
}

/* Begins to grow the part that is furthest beyond what it is to have; *ret_begun tells. */
static enum journal_status grow_begin(struct archive *archive, bool *ret_begun)
{
    struct grow_job *grow = &archive->grow;
    uint64_t most = 0;

    *ret_begun = false;
    if (grow->job.active) {
        return JOURNAL_OK;
    }
    for (unsigned i = 0; i < FILTER_PARTS; i++) {
        const struct filter_part *part = &archive->filter.parts[i];
        const uint64_t due = filter_part_due(part, i);

        if (part->count > due && part->count - due > most) {
            most = part->count - due;
            grow->part = i;
        }
    }
    if (most == 0) {
        return JOURNAL_OK;
    }
    const uint64_t count = archive->filter.parts[grow->part].count;
    struct segment **segments =
        memory_resize(grow->segments, archive->segments_count * sizeof(struct segment *));
    REQUIRE(segments != NULL, JOURNAL_NO_MEMORY);
    grow->segments = segments;
    memcpy(segments, archive->segments, archive->segments_count * sizeof(struct segment *));
    grow->segments_count = archive->segments_count;
    REQUIRE(filter_part_open(&grow->made, count + (count < PART_DOUBLES_MAX ? count : count / 2)),
            JOURNAL_NO_MEMORY);
    const enum journal_status status =
        job_start(&grow->job, archive->options.threads, grow_job_run, grow);
    if (status != JOURNAL_OK) {
        filter_part_release(&grow->made);
    }
    *ret_begun = status == JOURNAL_OK;
    return status;
}

enum journal_status archive_tend(struct archive *archive, uint64_t settled, bool wait)
{
    bool grows = false;
    bool merges = false;

    check(archive->filtering);
    do {
        REQUIRE(archive->failure.status == JOURNAL_OK, archive->failure.status);
        TRY(grow_reap(archive, wait));
        TRY(merge_reap(archive, wait));
        if (archive->put_off == archive->point.batches) {
            return JOURNAL_OK;
        }
        if (grow_begin(archive, &grows) != JOURNAL_OK ||
            merge_begin(archive, settled, &merges) != JOURNAL_OK) {
            archive->put_off = archive->point.batches;
        }
    } while (wait && (grows || merges));
    return JOURNAL_OK;
}

void archive_figures(const struct archive *archive, struct archive_figures *ret_figures)
{
    *ret_figures = (struct archive_figures){
        .entries = archive->point.entries,
        .segments = archive->segments_count,
        .filter_bytes = filter_bytes(&archive->filter),
        .merges = archive->merges,
        .finds = archive->finds,
        .found = archive->found,
        .blocks_read = archive->blocks_read,
    };
    for (size_t i = 0; i < archive->segments_count; i++) {
        const uint64_t blocks = archive->segments[i]->header.blocks;
        ret_figures->bytes += segment_size(blocks);
        ret_figures->fence_bytes += blocks * sizeof(uint64_t);
    }
}
