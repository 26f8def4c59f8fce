/* Any bytes as a configuration pack: blocks of "=== PATH" and the text behind it; without one,
 * JSON. It is refused with a reason, or judged whole; what is without errors differs from itself in
 * nothing, and its canonical form is the same pack. */
#include "pack/pack_diff.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char mark[] = "=== ";

/* The blocks as the JSON document that a client would send. */
static void blocks_write(struct buffer *json, struct slice rest)
{
    struct json_writer writer;
    struct slice line;
    struct buffer text = {0};
    bool inside = false;

    json_writer_init(&writer, json);
    json_object_begin(&writer);
    json_name(&writer, SLICE("files"));
    json_object_begin(&writer);
    while (slice_split(&rest, '\n', &line)) {
        if (!slice_starts_with(line, slice_from_cstr(mark))) {
            buffer_append(&text, line);
            buffer_append_byte(&text, '\n');
            continue;
        }
        if (inside) {
            json_string(&writer, buffer_slice(&text));
        }
        buffer_reset(&text);
        inside = true;
        json_name(&writer, slice_of(line.data + sizeof(mark) - 1, line.size - (sizeof(mark) - 1)));
    }
    if (inside) {
        json_string(&writer, buffer_slice(&text));
    }
    json_object_end(&writer);
    json_object_end(&writer);
    buffer_release(&text);
}

static void compare(const struct pack *pack)
{
    struct arena arena;
    struct pack_difference difference;

    arena_init(&arena, 64 << 20);
    pack_diff(&difference, &arena, NULL, pack);
    pack_diff(&difference, &arena, pack, pack);
    check(difference.count == 0);
    arena_release(&arena);
}

static void judge(const struct pack *pack)
{
    struct buffer form = {0};
    struct buffer error = {0};
    struct buffer report = {0};

    pack_report_write(&report, pack);
    check(utf8_valid(buffer_slice(&report)));
    pack_files_write(pack->files, &form);
    struct pack_files *again = pack_files_from_json(buffer_slice(&form), &error);
    check(again != NULL && memcmp(again->hash, pack->files->hash, SHA256_SIZE) == 0);
    pack_files_free(again);
    if (pack->error_count == 0) {
        compare(pack);
    }
    buffer_release(&report);
    buffer_release(&error);
    buffer_release(&form);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct slice whole = slice_of((const char *)data, size);
    struct buffer json = {0};
    struct buffer error = {0};

    if (slice_starts_with(whole, slice_from_cstr(mark))) {
        blocks_write(&json, whole);
    } else {
        buffer_append(&json, whole);
    }
    struct pack_files *files = pack_files_from_json(buffer_slice(&json), &error);
    if (files == NULL) {
        check(error.size > 0);
    } else {
        struct pack *pack = pack_check(files);
        check(pack != NULL);
        judge(pack);
        pack_free(pack);
    }
    buffer_release(&error);
    buffer_release(&json);
    return 0;
}
