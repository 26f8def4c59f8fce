#include "base/gzip.h"

#include <limits.h>

#include <zlib.h>

#include "base/arena.h"

enum {
    WINDOW_BITS = 15,
    GZIP_ONLY = 16, /* added to the window bits: no zlib or raw format */
};

struct gzip {
    z_stream stream;
    struct gzip_options options;
    uint64_t in_total;
    uint64_t out_total;
    bool between;             /* a member has ended and none has begun since */
    bool begun;               /* some input was read */
    enum gzip_status failure; /* GZIP_OK while there is none */
};

bool gzip_recognise(struct slice start)
{
    return slice_starts_with(start, SLICE("\x1F\x8B"));
}

static void *zlib_allocate(void *opaque, unsigned count, unsigned size)
{
    size_t bytes;

    (void)opaque;
    return __builtin_mul_overflow((size_t)count, (size_t)size, &bytes) ? NULL
                                                                       : memory_allocate(bytes);
}

static void zlib_free(void *opaque, void *memory)
{
    (void)opaque;
    memory_free(memory);
}

struct gzip *gzip_new(const struct gzip_options *options)
{
    struct gzip *gzip = memory_allocate(sizeof(*gzip));

    check(options->ratio_max > 0);
    if (gzip == NULL) {
        return NULL;
    }
    *gzip =
        (struct gzip){.options = *options, .stream = {.zalloc = zlib_allocate, .zfree = zlib_free}};
    if (inflateInit2(&gzip->stream, WINDOW_BITS + GZIP_ONLY) != Z_OK) {
        memory_free(gzip);
        return NULL;
    }
    return gzip;
}

void gzip_free(struct gzip *gzip)
{
    if (gzip != NULL) {
        (void)inflateEnd(&gzip->stream);
        memory_free(gzip);
    }
}

static enum gzip_status gzip_fail(struct gzip *gzip, enum gzip_status failure)
{
    gzip->failure = failure;
    return failure;
}

/* The bounds on what came out so far. */
static enum gzip_status totals_judge(struct gzip *gzip)
{
    if (gzip->out_total > gzip->options.size_max) {
        return gzip_fail(gzip, GZIP_TOO_LARGE);
    }
    if (gzip->out_total > GZIP_RATIO_FREE &&
        gzip->out_total / gzip->options.ratio_max > gzip->in_total) {
        return gzip_fail(gzip, GZIP_TOO_DENSE);
    }
    return GZIP_OK;
}

/* Between two members: the next one begins, or something else follows. */
static enum gzip_status member_begin(struct gzip *gzip, struct slice input)
{
    if (gzip->begun && input.data[0] != '\x1F') {
        return gzip_fail(gzip, GZIP_TRAILING);
    }
    if (gzip->begun && inflateReset(&gzip->stream) != Z_OK) {
        return gzip_fail(gzip, GZIP_DAMAGED);
    }
    gzip->begun = true;
    gzip->between = false;
    return GZIP_OK;
}

/* One call of zlib. */
static enum gzip_status inflate_some(struct gzip *gzip, char *data, size_t size, size_t *ret_size,
                                     struct slice *inout_input)
{
    z_stream *stream = &gzip->stream;
    const size_t given = inout_input->size < UINT_MAX ? inout_input->size : UINT_MAX;

    /* zlib does not write to its input; the cast is for builds of it without const. */
    stream->next_in = (z_const Bytef *)(uintptr_t)inout_input->data;
    stream->avail_in = (unsigned)given;
    stream->next_out = (Bytef *)data;
    stream->avail_out = (unsigned)(size < UINT_MAX ? size : UINT_MAX);
    const size_t asked = stream->avail_out;
    const int code = inflate(stream, Z_NO_FLUSH);
    const size_t used = given - stream->avail_in;

    *ret_size = asked - stream->avail_out;
    if (used > 0) {
        *inout_input = slice_of(inout_input->data + used, inout_input->size - used);
    }
    gzip->in_total += used;
    gzip->out_total += *ret_size;
    gzip->between = code == Z_STREAM_END;
    if (code == Z_MEM_ERROR) {
        return gzip_fail(gzip, GZIP_NO_MEMORY);
    }
    if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR) {
        return gzip_fail(gzip, GZIP_DAMAGED);
    }
    return totals_judge(gzip);
}

enum gzip_status gzip_read(struct gzip *gzip, char *data, size_t size, size_t *ret_size,
                           struct slice *inout_input, bool last)
{
    check(size > 0);
    if (gzip->failure != GZIP_OK) {
        return gzip->failure;
    }
    for (;;) {
        size_t got = 0;
        enum gzip_status status = GZIP_OK;

        if ((gzip->between || !gzip->begun) && inout_input->size > 0) {
            status = member_begin(gzip, *inout_input);
        }
        if (status == GZIP_OK && gzip->begun && !gzip->between) {
            status = inflate_some(gzip, data, size, &got, inout_input);
        }
        if (status != GZIP_OK) {
            return status;
        }
        if (got > 0) {
            *ret_size = got;
            return GZIP_OK;
        }
        if (inout_input->size == 0) {
            break;
        }
    }
    if (!last) {
        return GZIP_MORE;
    }
    return gzip->between ? GZIP_END : gzip_fail(gzip, GZIP_TRUNCATED);
}

static const char *const english_texts[GZIP_STATUS_COUNT] = {
#define X(name, english, chinese) english,
    GZIP_STATUS_LIST(X)
#undef X
};

static const char *const chinese_texts[GZIP_STATUS_COUNT] = {
#define X(name, english, chinese) chinese,
    GZIP_STATUS_LIST(X)
#undef X
};

struct slice gzip_status_english(enum gzip_status status)
{
    check((unsigned)status < GZIP_STATUS_COUNT);
    return slice_from_cstr(english_texts[status]);
}

struct slice gzip_status_chinese(enum gzip_status status)
{
    check((unsigned)status < GZIP_STATUS_COUNT);
    return slice_from_cstr(chinese_texts[status]);
}
