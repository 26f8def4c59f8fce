#include "ledger/ledger_status.h"

struct status_text {
    const char *code;
    const char *english;
    const char *chinese;
};

static const struct status_text texts[LEDGER_STATUS_COUNT] = {
#define X(name, code, english, chinese) {code, english, chinese},
    LEDGER_STATUS_LIST(X)
#undef X
};

struct slice ledger_status_code(enum ledger_status status)
{
    check((unsigned)status < LEDGER_STATUS_COUNT);
    return slice_from_cstr(texts[status].code);
}

struct slice ledger_status_english(enum ledger_status status)
{
    check((unsigned)status < LEDGER_STATUS_COUNT);
    return slice_from_cstr(texts[status].english);
}

struct slice ledger_status_chinese(enum ledger_status status)
{
    check((unsigned)status < LEDGER_STATUS_COUNT);
    return slice_from_cstr(texts[status].chinese);
}
