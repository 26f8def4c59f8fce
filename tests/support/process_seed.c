/* Starts cases in a store, for the suites from outside:
 *
 *   process_seed STORE PACK PROCESS ORGANISATION ACTOR person|token SUBJECT VARIABLES [SECONDS
 * [CUSTOMER]]
 *
 * Stores the pack of the folder PACK and starts one case, SECONDS after 1970 or at a moment of its
 * own, about a CUSTOMER. Prints its id. */
#include <stdio.h>
#include <string.h>

#include "process/process.h"

static enum store_status fail(const char *what)
{
    (void)fprintf(stderr, "process_seed: %s\n", what);
    return STORE_FAILED;
}

static enum store_status seed(struct store *store, char **arguments)
{
    uint64_t seconds = 1795656600;
    if (arguments[8] != NULL &&
        !slice_to_u64(slice_from_cstr(arguments[8]), INT32_MAX * 2ULL, &seconds)) {
        return fail("SECONDS is no number");
    }
    const struct people_actor actor = {slice_from_cstr(arguments[4]), SLICE("127.0.0.1:1"),
                                       (time_us)seconds * US_PER_SECOND};
    struct pack_shelf shelf = {0};
    const struct process_asking asking = {&actor, strcmp(arguments[5], "person") == 0, &shelf};
    struct buffer error = {0};
    struct arena arena;
    struct process_case row;
    char hash[PACK_HASH_TEXT];
    struct pack_files *files = pack_files_from_folder(arguments[1], &error);
    struct pack *pack = files == NULL ? NULL : pack_load(files);

    buffer_release(&error);
    if (pack == NULL) {
        return fail("no pack");
    }
    const enum pack_status stored = pack_version_add(store, &actor, hash, pack);
    pack_free(pack);
    if (stored != PACK_STATUS_OK) {
        return fail("the pack is not stored");
    }
    struct process_start start = {.pack = slice_of(hash, sizeof(hash)),
                                  .process = slice_from_cstr(arguments[2]),
                                  .organisation = slice_from_cstr(arguments[3]),
                                  .subject = slice_from_cstr(arguments[6]),
                                  .step = SLICE("1"),
                                  .variables = slice_from_cstr(arguments[7])};
    if (arguments[8] != NULL && arguments[9] != NULL) {
        start.customer = slice_from_cstr(arguments[9]);
    }
    arena_init(&arena, 64 << 20);
    const enum process_status started = process_start(store, &row, &arena, &asking, &start);
    if (started == PROCESS_OK) {
        (void)printf("%.*s\n", (int)row.id.size, row.id.data);
    }
    arena_release(&arena);
    pack_shelf_release(&shelf);
    return started == PROCESS_OK ? STORE_OK : fail(process_status_text(started, false));
}

int main(int argc, char **argv)
{
    struct store_options options = {.busy_timeout_ms = 5000};
    struct store_error error;
    struct store *store = NULL;

    if (argc < 9 || argc > 11) {
        (void)fail("see the head of its source");
        return 2;
    }
    options.location = argv[1];
    if (store_open(&store, &options, &error) != STORE_OK) {
        (void)fail(error.message);
        return 1;
    }
    const enum store_status status = seed(store, argv + 1);
    store_close(store);
    return status == STORE_OK ? 0 : 1;
}
