#include "credit/credit_status.h"

static const struct row {
    unsigned http;
    const char *slug;
    const char *english;
    const char *chinese;
} rows[] = {
#define X(name, http, slug, english, chinese) {http, slug, english, chinese},
    CREDIT_STATUS_LIST(X)
#undef X
};

unsigned credit_status_http(enum credit_status status)
{
    check(status < CREDIT_STATUS_COUNT);
    return rows[status].http;
}

const char *credit_status_slug(enum credit_status status)
{
    check(status < CREDIT_STATUS_COUNT);
    return rows[status].slug;
}

const char *credit_status_text(enum credit_status status, bool chinese)
{
    check(status < CREDIT_STATUS_COUNT);
    return chinese ? rows[status].chinese : rows[status].english;
}
