#include "cli/serve_packs.h"

#include <stdlib.h>

#include "cli/serve_store.h"
#include "dmn/folder.h"
#include "os/clock.h"
#include "pack/pack_store.h"

enum { PACKS_MAX = 1000 };

/* Says what is wrong, a line each. */
static void say(struct cli *cli, struct slice text)
{
    struct slice line;

    while (slice_split(&text, '\n', &line)) {
        if (line.size > 0) {
            (void)cli_fail(cli, CLI_REFUSED, "--packs: %.*s", "--packs：%.*s", (int)line.size,
                           line.data);
        }
    }
}

static void say_errors(struct cli *cli, const char *path, const struct pack *pack)
{
    struct buffer text = {0};

    for (const struct pack_finding *at = pack->first; at != NULL; at = at->next) {
        if (at->is_error) {
            buffer_printf(&text, "%s/", path);
            pack_finding_write(&text, at);
        }
    }
    say(cli, buffer_slice(&text));
    buffer_release(&text);
}

static int store_pack(struct cli *cli, struct store *store, const char *path,
                      const struct pack *pack)
{
    const struct people_actor actor = {.id = SLICE("system"), .now = os_clock_realtime_us()};
    char hash[PACK_HASH_TEXT];

    const enum pack_status status = pack_version_add(store, &actor, hash, pack);
    if (status == PACK_STATUS_STORE) {
        return cli_store_fail(cli, path, store_error(store)->status, store_error(store));
    }
    if (status == PACK_STATUS_ERRORS) {
        say_errors(cli, path, pack);
    } else if (status != PACK_STATUS_OK) {
        (void)cli_fail(cli, CLI_REFUSED, "--packs: %s: %s", "--packs：%s：%s", path,
                       pack_status_text(status, cli->chinese).data);
    }
    return CLI_DONE;
}

static int read_one(struct cli *cli, struct store *store, const char *path)
{
    struct buffer error = {0};
    struct pack_files *files = pack_files_from_folder(path, &error);
    struct pack *pack = files == NULL ? NULL : pack_check(files);
    int status = CLI_DONE;

    if (files == NULL) {
        say(cli, buffer_slice(&error));
    } else if (pack == NULL) {
        status = cli_fail_memory(cli);
    } else {
        status = store_pack(cli, store, path, pack);
    }
    pack_free(pack);
    buffer_release(&error);
    return status;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The names of the folder, in order, so that every start says the same. */
static size_t read_names(struct arena *arena, struct directory *directory, const char **names)
{
    char name[FILE_NAME_MAX + 1];
    bool end = false;
    size_t count = 0;

    for (bool first = true;
         count < PACKS_MAX && directory_next(directory, first, name, &end).status == OS_OK && !end;
         first = false) {
        if (name[0] != '.') {
            names[count] = arena_copy(arena, slice_from_cstr(name)).data;
            count += names[count] != NULL;
        }
    }
    qsort(names, count, sizeof(*names), compare_names);
    return count;
}

int serve_packs(struct cli *cli, struct store *store, const char *folder)
{
    struct directory *directory = NULL;
    struct arena arena;
    int status = CLI_DONE;

    const struct file_result opened = directory_open(files_real(), folder, &directory);
    if (opened.status != OS_OK) {
        return cli_fail_os(cli, opened.status, folder);
    }
    arena_init(&arena, 4 << 20);
    const char **names = arena_take_array(&arena, PACKS_MAX, sizeof(*names));
    const size_t count = names == NULL ? 0 : read_names(&arena, directory, names);
    for (size_t i = 0; i < count && status == CLI_DONE; i++) {
        struct buffer path = {0};
        dmn_path_join(&path, slice_from_cstr(folder), slice_from_cstr(names[i]));
        status = buffer_failed(&path) ? cli_fail_memory(cli) : read_one(cli, store, path.data);
        buffer_release(&path);
    }
    directory_close(directory);
    arena_release(&arena);
    return status;
}
