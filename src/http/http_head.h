/* The head of a request: the bytes up to and with the empty line, read by our guard and by
 * libhttp-parser, which must agree. Inside of the room. */
#ifndef HEADROOM_HTTP_HEAD_H
#define HEADROOM_HTTP_HEAD_H

#include "http/http_route.h"

enum { HTTP_HEAD_FIELDS_MAX = 256 };

struct http_head {
    enum http_method method;
    bool keep_alive;      /* the client wants the connection to stay */
    bool chunked;         /* the body comes in chunks */
    bool expect_continue; /* the client waits for 100 before it sends the body */
    bool version_1_0;
    uint64_t content_length; /* 0 when there is none, or when chunked */
    struct slice target;
    struct slice path;  /* "*" for OPTIONS on the server itself */
    struct slice query; /* behind '?'; data NULL when there is none */
    struct slice host;
    size_t field_count;
    struct http_field fields[HTTP_HEAD_FIELDS_MAX];
};

struct http_head_limits {
    size_t request_line_max; /* bytes without CR LF */
    size_t size_max;         /* bytes of the head, at most 64 KiB */
    size_t fields_max;       /* at most HTTP_HEAD_FIELDS_MAX */
};

/** Looks for the end of a head in `input`, of which `*scanned` bytes were looked at before (0 at
 *  first). Returns NONE with `ret_size` the bytes of the head, or 0 while it is not whole; or a
 *  refusal as soon as it is certain (a bare LF, a NUL, too long). Cost: each byte once. */
enum http_refusal http_head_find(size_t *ret_size, size_t *scanned, struct slice input,
                                 const struct http_head_limits *limits) MUST_USE;
/** Reads a whole head, found by http_head_find. Slices of ret_head point into `text`. */
enum http_refusal http_head_read(struct http_head *ret_head, struct slice text,
                                 const struct http_head_limits *limits) MUST_USE;

#endif
