#include "http/http_chunk.h"

enum { CHUNK_DIGITS_MAX = 8 };

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool size_digit(struct http_chunk *chunk, char byte)
{
    const int digit = hex_digit(byte);

    if (digit < 0 || chunk->digits == CHUNK_DIGITS_MAX) {
        return false;
    }
    chunk->left = chunk->left * 16 + (uint64_t)digit;
    chunk->digits++;
    chunk->state = HTTP_CHUNK_DIGITS;
    return true;
}

static bool expect_byte(struct http_chunk *chunk, char byte, char wanted,
                        enum http_chunk_state next)
{
    chunk->state = next;
    return byte == wanted;
}

/* One byte of what frames the chunks; false when it is not the one that must come. */
static bool frame_byte(struct http_chunk *chunk, char byte)
{
    switch (chunk->state) {
    case HTTP_CHUNK_SIZE:
        chunk->left = 0;
        chunk->digits = 0;
        return size_digit(chunk, byte);
    case HTTP_CHUNK_DIGITS:
        return byte == '\r' ? expect_byte(chunk, byte, '\r', HTTP_CHUNK_SIZE_LF)
                            : size_digit(chunk, byte);
    case HTTP_CHUNK_SIZE_LF:
        return expect_byte(chunk, byte, '\n',
                           chunk->left == 0 ? HTTP_CHUNK_LAST_CR : HTTP_CHUNK_DATA);
    case HTTP_CHUNK_DATA_CR:
        return expect_byte(chunk, byte, '\r', HTTP_CHUNK_DATA_LF);
    case HTTP_CHUNK_DATA_LF:
        return expect_byte(chunk, byte, '\n', HTTP_CHUNK_SIZE);
    case HTTP_CHUNK_LAST_CR:
        return expect_byte(chunk, byte, '\r', HTTP_CHUNK_LAST_LF);
    case HTTP_CHUNK_LAST_LF:
        return expect_byte(chunk, byte, '\n', HTTP_CHUNK_DONE);
    default:
        return false;
    }
}

static void input_skip(struct slice *input, size_t size)
{
    *input = slice_of(input->data + size, input->size - size);
}

enum http_refusal http_chunk_take(struct http_chunk *chunk, struct slice *ret_piece,
                                  struct slice *input)
{
    *ret_piece = slice_of(NULL, 0);
    while (input->size > 0 && chunk->state != HTTP_CHUNK_DONE) {
        if (chunk->state == HTTP_CHUNK_DATA) {
            const size_t size = chunk->left < input->size ? (size_t)chunk->left : input->size;

            *ret_piece = slice_of(input->data, size);
            input_skip(input, size);
            chunk->left -= size;
            if (chunk->left == 0) {
                chunk->state = HTTP_CHUNK_DATA_CR;
            }
            return HTTP_REFUSAL_NONE;
        }
        REQUIRE(frame_byte(chunk, input->data[0]), HTTP_REFUSAL_BAD_CHUNK);
        input_skip(input, 1);
    }
    return HTTP_REFUSAL_NONE;
}
