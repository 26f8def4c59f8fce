/* Any bytes: the reader refuses them or what it read, written again, reads the same. */
#include "base/json.h"
#include "json_rewrite.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void rewrite(struct buffer *buffer, struct arena *arena, struct slice text)
{
    struct json_error error = {0};
    struct json_writer writer;
    const struct json_value *value = json_parse(arena, &error, text);

    if (value == NULL) {
        check(error.message != NULL && error.offset <= text.size);
        return;
    }
    json_writer_init(&writer, buffer);
    json_rewrite(&writer, value);
    check(!buffer_failed(buffer) && utf8_valid(buffer_slice(buffer)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct buffer once = {0};
    struct buffer twice = {0};

    arena_init(&arena, 16UL * 1024 * 1024);
    rewrite(&once, &arena, slice_of((const char *)data, size));
    if (once.size > 0) {
        rewrite(&twice, &arena, buffer_slice(&once));
        check(slice_equal(buffer_slice(&once), buffer_slice(&twice)));
    }
    buffer_release(&twice);
    buffer_release(&once);
    arena_release(&arena);
    return 0;
}
