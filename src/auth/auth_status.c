#include "auth/auth_status.h"

struct status_text {
    unsigned http;
    const char *slug;
    const char *english;
    const char *chinese;
};

static const struct status_text texts[AUTH_STATUS_COUNT] = {
#define X(name, http, slug, english, chinese) {http, slug, english, chinese},
    AUTH_STATUS_LIST(X)
#undef X
};

struct slice auth_status_text(enum auth_status status, bool chinese)
{
    check((unsigned)status < AUTH_STATUS_COUNT);
    return slice_from_cstr(chinese ? texts[status].chinese : texts[status].english);
}

struct slice auth_status_slug(enum auth_status status)
{
    check((unsigned)status < AUTH_STATUS_COUNT);
    return slice_from_cstr(texts[status].slug);
}

unsigned auth_status_http(enum auth_status status)
{
    check((unsigned)status < AUTH_STATUS_COUNT);
    return texts[status].http;
}
