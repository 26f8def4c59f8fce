#include "engine/engine.h"

static const struct {
    int http;
    const char *english;
    const char *chinese;
} texts[ENGINE_STATUS_COUNT] = {
#define X(name, http, again, english, chinese) {http, english, chinese},
    ENGINE_STATUS_LIST(X)
#undef X
};

int engine_status_http(enum engine_status status)
{
    check((unsigned)status < ENGINE_STATUS_COUNT);
    return texts[status].http;
}

struct slice engine_status_english(enum engine_status status)
{
    check((unsigned)status < ENGINE_STATUS_COUNT);
    return slice_from_cstr(texts[status].english);
}

struct slice engine_status_chinese(enum engine_status status)
{
    check((unsigned)status < ENGINE_STATUS_COUNT);
    return slice_from_cstr(texts[status].chinese);
}
