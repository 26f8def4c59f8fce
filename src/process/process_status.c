#include "process/process_status.h"

static const struct row {
    unsigned http;
    const char *slug;
    const char *english;
    const char *chinese;
} rows[] = {
#define X(name, http, slug, english, chinese) {http, slug, english, chinese},
    PROCESS_STATUS_LIST(X)
#undef X
};

unsigned process_status_http(enum process_status status)
{
    check(status < PROCESS_STATUS_COUNT);
    return rows[status].http;
}

const char *process_status_slug(enum process_status status)
{
    check(status < PROCESS_STATUS_COUNT);
    return rows[status].slug;
}

const char *process_status_text(enum process_status status, bool chinese)
{
    check(status < PROCESS_STATUS_COUNT);
    return chinese ? rows[status].chinese : rows[status].english;
}
