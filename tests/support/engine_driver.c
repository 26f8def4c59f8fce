/* An engine behind a pipe, for tests that kill it: batches of commands as lines of JSON on standard
 * input, each ended by an empty line; the answers of a batch on standard output, ended by an empty
 * line, once they are durable.
 *
 *   engine_driver DIR [segment bytes] [snapshot bytes]
 *   engine_driver --verify DIR        prints the digest, or what is wrong */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "engine/engine.h"
#include "ledger/command_json.h"
#include "os/clock.h"
#include "os/stream.h"

enum { BATCH_MAX = 512, LINE_MAX_BYTES = 1 << 16 };

struct driver {
    struct engine *engine;
    struct arena arena;
    struct ledger_command commands[BATCH_MAX];
    struct ledger_result results[BATCH_MAX];
    size_t count;
    struct buffer out;
};

static void options_fill(struct engine_options *options, const char *directory)
{
    engine_options_init(options);
    options->directory = directory;
    options->ledger.limits_max = 1 << 14;
    options->ledger.records_max = 1 << 22;
    options->ledger.traces_max = 1 << 22;
    options->ledger.unlocks_max = 1 << 12;
    options->closed_max = 100; /* so that a short life archives, on threads, and merges */
    options->now = os_clock_realtime_us();
}

static int fail(enum engine_status status, const struct journal_error *error)
{
    struct buffer text = {0};

    journal_error_write(error, false, &text);
    fprintf(stderr, "%.*s: %.*s\n", (int)engine_status_english(status).size,
            engine_status_english(status).data, (int)text.size, text.data);
    buffer_release(&text);
    return 3;
}

static int verify(const char *directory)
{
    struct engine_options options;
    struct engine_proof proof;
    struct journal_error error;
    char digest[2 * SHA256_SIZE];

    options_fill(&options, directory);
    const enum engine_status status = engine_verify(&options, &proof, &error, NULL);
    if (status != ENGINE_OK) {
        fprintf(stderr, "%s\n", proof.message);
        return fail(status, &error);
    }
    hex_write(digest, proof.digest, SHA256_SIZE);
    printf("%.*s\n", (int)sizeof(digest), digest);
    return 0;
}

static void line_take(struct driver *driver, const char *line, size_t size)
{
    struct json_error error;
    const struct slice kept = arena_copy(&driver->arena, slice_of(line, size));

    check(driver->count < BATCH_MAX && kept.data != NULL);
    const struct json_value *value = json_parse(&driver->arena, &error, kept);
    check(ledger_command_read_json(&driver->arena, &driver->commands[driver->count], value,
                                   ledger_base(engine_ledger(driver->engine)), false));
    driver->count++;
}

static enum engine_status batch_answer(struct driver *driver)
{
    buffer_reset(&driver->out);
    if (driver->count > 0) {
        const enum engine_status status =
            engine_apply(driver->engine, driver->commands, driver->results, driver->count, false,
                         os_clock_realtime_us());
        if (status == ENGINE_DISK_FULL) {
            buffer_append_cstr(&driver->out, "disk_full\n");
        } else if (status != ENGINE_OK) {
            return status;
        }
        for (size_t i = 0; status == ENGINE_OK && i < driver->count; i++) {
            struct json_writer writer;

            json_writer_init(&writer, &driver->out);
            ledger_result_write_json(&writer, engine_ledger(driver->engine), &driver->commands[i],
                                     &driver->results[i]);
            buffer_append_byte(&driver->out, '\n');
        }
    }
    buffer_append_byte(&driver->out, '\n');
    fwrite(driver->out.data, 1, driver->out.size, stdout);
    fflush(stdout);
    driver->count = 0;
    arena_reset(&driver->arena);
    return engine_tick(driver->engine, os_clock_realtime_us());
}

static int serve(struct driver *driver)
{
    static char line[LINE_MAX_BYTES];

    while (fgets(line, sizeof(line), stdin) != NULL) {
        const size_t size = strcspn(line, "\n");
        enum engine_status status = ENGINE_OK;

        if (size == 0) {
            status = batch_answer(driver);
        } else {
            line_take(driver, line, size);
        }
        if (status != ENGINE_OK) {
            return fail(status, engine_error(driver->engine));
        }
    }
    return 0;
}

int main(int argc, char **argv)
{
    static struct driver driver;
    struct engine_options options;
    struct engine_recovery recovery;
    struct journal_error error;

    if (argc == 3 && strcmp(argv[1], "--verify") == 0) {
        return verify(argv[2]);
    }
    check(argc >= 2);
    options_fill(&options, argv[1]);
    check(argc <= 2 || slice_to_u64(slice_from_cstr(argv[2]), UINT64_MAX, &options.segment_size));
    check(argc <= 3 || slice_to_u64(slice_from_cstr(argv[3]), UINT64_MAX, &options.snapshot_bytes));
    arena_init(&driver.arena, 1UL << 28);
    const enum engine_status status = engine_open(&options, &driver.engine, &recovery, &error);
    if (status != ENGINE_OK) {
        return fail(status, &error);
    }
    printf("ready %llu\n\n", (unsigned long long)recovery.snapshot_sequence);
    fflush(stdout);
    const int done = serve(&driver);
    engine_close(driver.engine);
    arena_release(&driver.arena);
    buffer_release(&driver.out);
    return done;
}
