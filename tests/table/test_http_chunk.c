/* The chunk decoder: one row a case, each in one piece and byte by byte. */
#include "cmocka_headroom.h"

#include "base/buffer.h"
#include "http/http_chunk.h"

struct row {
    const char *text;
    const char *body; /* NULL: refused */
    size_t left;      /* bytes behind the end that must not be taken */
};

static const struct row rows[] = {
    {"0\r\n\r\n", "", 0},
    {"5\r\nhello\r\n0\r\n\r\n", "hello", 0},
    {"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", "hello world", 0},
    {"A\r\n0123456789\r\n0\r\n\r\n", "0123456789", 0},
    {"00000005\r\nhello\r\n0\r\n\r\n", "hello", 0},
    {"2\r\n\r\n\r\n0\r\n\r\n", "\r\n", 0},
    {"1\r\na\r\n0\r\n\r\nGET / HTTP/1.1\r\n", "a", 16},
    {"000000005\r\nhello\r\n0\r\n\r\n", NULL, 0}, /* nine digits */
    {"\r\n", NULL, 0},
    {"g\r\n", NULL, 0},
    {"-1\r\na\r\n", NULL, 0},
    {"+1\r\na\r\n", NULL, 0},
    {" 1\r\na\r\n", NULL, 0},
    {"1 \r\na\r\n", NULL, 0},
    {"0x1\r\na\r\n", NULL, 0},
    {"1\na\r\n0\r\n\r\n", NULL, 0},       /* a bare LF behind the size */
    {"1;x=y\r\na\r\n0\r\n\r\n", NULL, 0}, /* an extension */
    {"1;\n\r\na\r\n0\r\n\r\n", NULL, 0},
    {"1\r\nab\r\n0\r\n\r\n", NULL, 0}, /* data longer than its size */
    {"3\r\nab\r\n0\r\n\r\n", NULL, 0}, /* data shorter than its size */
    {"1\r\na\n0\r\n\r\n", NULL, 0},
    {"1\r\na0\r\n\r\n", NULL, 0},
    {"0\r\nX: trailer\r\n\r\n", NULL, 0},
    {"0\r\n\n", NULL, 0},
    {"0\r\nG", NULL, 0},
    {"1\rXa\r\n", NULL, 0},
};

/* Returns whether the body was whole; what was left of the input in `ret_left`. */
static bool decode(struct buffer *body, const char *text, size_t step, size_t *ret_left,
                   bool *ret_refused)
{
    struct http_chunk chunk = {0};
    struct slice rest = slice_from_cstr(text);

    *ret_refused = false;
    while (rest.size > 0 && chunk.state != HTTP_CHUNK_DONE) {
        const size_t size = rest.size < step ? rest.size : step;
        struct slice input = slice_of(rest.data, size);
        struct slice piece;

        if (http_chunk_take(&chunk, &piece, &input) != HTTP_REFUSAL_NONE) {
            *ret_refused = true;
            return false;
        }
        buffer_append(body, piece);
        rest = slice_of(input.data, rest.size - (size - input.size));
    }
    *ret_left = rest.size;
    return chunk.state == HTTP_CHUNK_DONE;
}

static void each_row(void **state)
{
    static const size_t steps[] = {1000, 1, 3};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (size_t s = 0; s < sizeof(steps) / sizeof(steps[0]); s++) {
            struct buffer body = {0};
            size_t left = 0;
            bool refused;
            const bool whole = decode(&body, rows[i].text, steps[s], &left, &refused);

            if (whole != (rows[i].body != NULL) || refused != (rows[i].body == NULL)) {
                fail_msg("row %zu, steps of %zu: %s", i, steps[s], rows[i].text);
            }
            if (whole) {
                assert_true(slice_equal(buffer_slice(&body), slice_from_cstr(rows[i].body)));
                assert_int_equal(left, rows[i].left);
            }
            buffer_release(&body);
        }
    }
}

static void a_part_of_a_body_waits_for_the_rest(void **state)
{
    const char *const text = "5\r\nhello\r\n0\r\n\r\n";

    (void)state;
    for (size_t size = 0; size < strlen(text); size++) {
        struct http_chunk chunk = {0};
        struct slice input = slice_of(text, size);
        struct slice piece;

        while (input.size > 0) {
            assert_int_equal(http_chunk_take(&chunk, &piece, &input), HTTP_REFUSAL_NONE);
        }
        assert_int_not_equal(chunk.state, HTTP_CHUNK_DONE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_row),
        cmocka_unit_test(a_part_of_a_body_waits_for_the_rest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
