#include "customer/customer_status.h"

static const struct {
    unsigned http;
    const char *name;
    const char *slug;
    const char *english;
    const char *chinese;
} texts[CUSTOMER_STATUS_COUNT] = {
#define X(name, http, slug, english, chinese) {http, "CUSTOMER_" #name, slug, english, chinese},
    CUSTOMER_STATUS_LIST(X)
#undef X
};

struct slice customer_status_text(enum customer_status status, bool chinese)
{
    check((unsigned)status < CUSTOMER_STATUS_COUNT);
    return slice_from_cstr(chinese ? texts[status].chinese : texts[status].english);
}

struct slice customer_status_slug(enum customer_status status)
{
    check((unsigned)status < CUSTOMER_STATUS_COUNT);
    return slice_from_cstr(texts[status].slug);
}

unsigned customer_status_http(enum customer_status status)
{
    check((unsigned)status < CUSTOMER_STATUS_COUNT);
    return texts[status].http;
}

const char *customer_status_name(enum customer_status status)
{
    check((unsigned)status < CUSTOMER_STATUS_COUNT);
    return texts[status].name;
}
