#include "store/store_status.h"

static const struct {
    unsigned http;
    bool again;
    const char *name;
    const char *english;
    const char *chinese;
} texts[STORE_STATUS_COUNT] = {
#define X(name, http, again, english, chinese) {http, again, "STORE_" #name, english, chinese},
    STORE_STATUS_LIST(X)
#undef X
};

struct slice store_status_text(enum store_status status, bool chinese)
{
    check((unsigned)status < STORE_STATUS_COUNT);
    return slice_from_cstr(chinese ? texts[status].chinese : texts[status].english);
}

unsigned store_status_http(enum store_status status)
{
    check((unsigned)status < STORE_STATUS_COUNT);
    return texts[status].http;
}

bool store_status_again(enum store_status status)
{
    check((unsigned)status < STORE_STATUS_COUNT);
    return texts[status].again;
}

const char *store_status_name(enum store_status status)
{
    check((unsigned)status < STORE_STATUS_COUNT);
    return texts[status].name;
}
