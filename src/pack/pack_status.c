#include "pack/pack_status.h"

static const struct {
    const char *slug;
    const char *english;
    const char *chinese;
    unsigned http;
} rows[PACK_STATUS_COUNT] = {
#define X(name, status, identifier, in_english, in_chinese)                                        \
    {.slug = (identifier), .english = (in_english), .chinese = (in_chinese), .http = (status)},
    PACK_STATUS_LIST(X)
#undef X
};

struct slice pack_status_text(enum pack_status status, bool chinese)
{
    check(status < PACK_STATUS_COUNT);
    return slice_from_cstr(chinese ? rows[status].chinese : rows[status].english);
}

struct slice pack_status_slug(enum pack_status status)
{
    check(status < PACK_STATUS_COUNT);
    return slice_from_cstr(rows[status].slug);
}

unsigned pack_status_http(enum pack_status status)
{
    check(status < PACK_STATUS_COUNT);
    return rows[status].http;
}
