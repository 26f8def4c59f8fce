/* The second reader of a head: libhttp-parser behind this one file. Inside of the room. */
#ifndef HEADROOM_HTTP_SECOND_H
#define HEADROOM_HTTP_SECOND_H

#include "base/slice.h"

struct http_second {
    struct slice method; /* static text */
    struct slice target;
    size_t field_count;
    unsigned version_major;
    unsigned version_minor;
    bool chunked;
    uint64_t content_length; /* 0 when there is none */
};

/** Reads a whole head. Returns false when the parser refuses it, sees an upgrade in it, or does not
 *  take all of it as one head. */
bool http_second_read(struct http_second *ret_second, struct slice text) MUST_USE;

#endif
