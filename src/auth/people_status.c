#include "auth/people_status.h"

static const struct {
    unsigned http;
    const char *name;
    const char *slug;
    const char *english;
    const char *chinese;
} texts[PEOPLE_STATUS_COUNT] = {
#define X(name, http, slug, english, chinese) {http, "PEOPLE_" #name, slug, english, chinese},
    PEOPLE_STATUS_LIST(X)
#undef X
};

struct slice people_status_text(enum people_status status, bool chinese)
{
    check((unsigned)status < PEOPLE_STATUS_COUNT);
    return slice_from_cstr(chinese ? texts[status].chinese : texts[status].english);
}

struct slice people_status_slug(enum people_status status)
{
    check((unsigned)status < PEOPLE_STATUS_COUNT);
    return slice_from_cstr(texts[status].slug);
}

unsigned people_status_http(enum people_status status)
{
    check((unsigned)status < PEOPLE_STATUS_COUNT);
    return texts[status].http;
}

const char *people_status_name(enum people_status status)
{
    check((unsigned)status < PEOPLE_STATUS_COUNT);
    return texts[status].name;
}
