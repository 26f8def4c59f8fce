#include "credit/shown.h"

#include "base/hash.h"

void shown_text(struct buffer *shown, struct slice text)
{
    buffer_append(shown, text);
    buffer_append_byte(shown, '\n');
}

void shown_number(struct buffer *shown, int64_t number)
{
    buffer_printf(shown, "%lld\n", (long long)number);
}

enum credit_status shown_hash(struct slice *ret_hash, struct arena *arena, struct buffer *shown)
{
    const bool failed = buffer_failed(shown);
    uint8_t digest[SHA256_SIZE];
    char text[2 * SHA256_SIZE];

    *ret_hash = slice_of(NULL, 0);
    if (!failed) {
        sha256_of(buffer_slice(shown), digest);
        hex_write(text, digest, SHA256_SIZE);
        *ret_hash = arena_copy(arena, slice_of(text, sizeof(text)));
    }
    buffer_release(shown);
    return failed || ret_hash->data == NULL ? CREDIT_NO_MEMORY : CREDIT_OK;
}
