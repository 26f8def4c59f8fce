#include "cmocka_headroom.h"

#include <zlib.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/gzip.h"

static const struct gzip_options loose = {1ULL << 40, 1000000};

/* Packs with zlib itself. */
static void pack(struct buffer *out, struct slice text)
{
    z_stream stream = {0};
    const uLong bound = 64 + text.size + text.size / 100;
    char *data = buffer_reserve(out, bound);

    assert_non_null(data);
    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
    stream.next_in = (Bytef *)(uintptr_t)text.data;
    stream.avail_in = (unsigned)text.size;
    stream.next_out = (Bytef *)data;
    stream.avail_out = (unsigned)bound;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    out->size += bound - stream.avail_out;
    (void)deflateEnd(&stream);
}

/* Unpacks in pieces of `in` and `out_size` bytes. Returns how it ended. */
static enum gzip_status unpack(struct buffer *out, struct slice packed, size_t in, size_t out_size,
                               const struct gzip_options *options)
{
    struct gzip *gzip = gzip_new(options);
    struct slice input = slice_of(packed.data, 0);
    size_t fed = 0;
    enum gzip_status status;
    char data[4096];

    assert_non_null(gzip);
    assert_true(out_size <= sizeof(data));
    for (;;) {
        size_t size = 0;

        status = gzip_read(gzip, data, out_size, &size, &input, fed == packed.size);
        if (status == GZIP_OK) {
            assert_true(size > 0 && size <= out_size);
            buffer_append(out, slice_of(data, size));
        } else if (status == GZIP_MORE) {
            const size_t rest = packed.size - fed;
            const size_t size_in = in < rest ? in : rest;
            input = slice_of(packed.data + fed, size_in);
            fed += size_in;
        } else {
            break;
        }
    }
    gzip_free(gzip);
    return status;
}

static void text_comes_back_however_it_is_cut(void **state)
{
    const struct slice text = SLICE("End of Period,Loan Number\r\n2030-12-31,INV00010\r\n");
    struct buffer packed = {0};

    (void)state;
    pack(&packed, text);
    assert_true(gzip_recognise(buffer_slice(&packed)));
    assert_false(gzip_recognise(text));
    for (size_t in = 1; in <= packed.size; in++) {
        for (size_t out_size = 1; out_size <= 64; out_size *= 4) {
            struct buffer out = {0};

            assert_int_equal(unpack(&out, buffer_slice(&packed), in, out_size, &loose), GZIP_END);
            assert_true(slice_equal(buffer_slice(&out), text));
            buffer_release(&out);
        }
    }
    buffer_release(&packed);
}

static void members_behind_each_other_are_one_text(void **state)
{
    struct buffer packed = {0};
    struct buffer out = {0};

    (void)state;
    pack(&packed, SLICE("one,"));
    pack(&packed, SLICE(""));
    pack(&packed, SLICE("two"));
    for (size_t in = 1; in < packed.size; in++) {
        buffer_reset(&out);
        assert_int_equal(unpack(&out, buffer_slice(&packed), in, 3, &loose), GZIP_END);
        assert_true(slice_equal(buffer_slice(&out), SLICE("one,two")));
    }
    buffer_release(&out);
    buffer_release(&packed);
}

static void every_cut_is_seen(void **state)
{
    struct buffer packed = {0};

    (void)state;
    pack(&packed, SLICE("a text that is cut short"));
    for (size_t size = 0; size < packed.size; size++) {
        struct buffer out = {0};

        assert_int_equal(unpack(&out, slice_of(packed.data, size), 7, 16, &loose), GZIP_TRUNCATED);
        buffer_release(&out);
    }
    buffer_release(&packed);
}

static void no_flipped_bit_passes_for_the_text(void **state)
{
    const struct slice text = SLICE("a text of which one bit is flipped, flipped, flipped");
    struct buffer packed = {0};

    (void)state;
    pack(&packed, text);
    for (size_t bit = 0; bit < packed.size * 8; bit++) {
        struct buffer out = {0};

        packed.data[bit / 8] ^= (char)(1 << (bit % 8));
        /* The header's time and the bits that fill the last byte carry nothing. */
        if (unpack(&out, buffer_slice(&packed), packed.size, 4096, &loose) == GZIP_END) {
            assert_true(slice_equal(buffer_slice(&out), text));
        }
        packed.data[bit / 8] ^= (char)(1 << (bit % 8));
        buffer_release(&out);
    }
    buffer_release(&packed);
}

static void other_bytes_behind_it_are_refused(void **state)
{
    struct buffer packed = {0};
    struct buffer out = {0};

    (void)state;
    pack(&packed, SLICE("text"));
    buffer_append(&packed, SLICE("tail"));
    assert_int_equal(unpack(&out, buffer_slice(&packed), 1, 4, &loose), GZIP_TRAILING);
    buffer_release(&out);
    buffer_release(&packed);
}

static void bombs_are_refused_before_they_go_off(void **state)
{
    const size_t size = 64UL << 20;
    const struct gzip_options ratio = {1ULL << 40, 200};
    const struct gzip_options bound = {3UL << 20, 1000000};
    struct buffer packed = {0};
    struct buffer out = {0};
    char *zeroes = memory_allocate(size);

    (void)state;
    assert_non_null(zeroes);
    memset(zeroes, '0', size);
    pack(&packed, slice_of(zeroes, size));
    memory_free(zeroes);
    assert_int_equal(unpack(&out, buffer_slice(&packed), 4096, 4096, &ratio), GZIP_TOO_DENSE);
    assert_true(out.size < 2 * GZIP_RATIO_FREE);
    buffer_reset(&out);
    assert_int_equal(unpack(&out, buffer_slice(&packed), 4096, 4096, &bound), GZIP_TOO_LARGE);
    assert_true(out.size <= bound.size_max);
    buffer_release(&out);
    buffer_release(&packed);
}

static void short_memory_is_said(void **state)
{
    struct buffer packed = {0};

    (void)state;
    pack(&packed, SLICE("text"));
    memory_fail_at(1, 1);
    assert_null(gzip_new(&loose));
    memory_fail_at(2, 1);
    assert_null(gzip_new(&loose));
    memory_fail_at(0, 0);
    buffer_release(&packed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_comes_back_however_it_is_cut),
        cmocka_unit_test(members_behind_each_other_are_one_text),
        cmocka_unit_test(every_cut_is_seen),
        cmocka_unit_test(no_flipped_bit_passes_for_the_text),
        cmocka_unit_test(other_bytes_behind_it_are_refused),
        cmocka_unit_test(bombs_are_refused_before_they_go_off),
        cmocka_unit_test(short_memory_is_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
