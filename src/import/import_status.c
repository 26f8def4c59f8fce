#include "import/import_status.h"

static const char *const english_texts[IMPORT_STATUS_COUNT] = {
#define X(name, english, chinese) english,
    IMPORT_STATUS_LIST(X)
#undef X
};

static const char *const chinese_texts[IMPORT_STATUS_COUNT] = {
#define X(name, english, chinese) chinese,
    IMPORT_STATUS_LIST(X)
#undef X
};

struct slice import_status_english(enum import_status status)
{
    check((unsigned)status < IMPORT_STATUS_COUNT);
    return slice_from_cstr(english_texts[status]);
}

struct slice import_status_chinese(enum import_status status)
{
    check((unsigned)status < IMPORT_STATUS_COUNT);
    return slice_from_cstr(chinese_texts[status]);
}

void import_error_detail(struct import_error *error, struct slice text)
{
    size_t size = text.size < IMPORT_DETAIL_SIZE - 1 ? text.size : IMPORT_DETAIL_SIZE - 1;

    while (size > 0 && size < text.size && ((uint8_t)text.data[size] & 0xC0) == 0x80) {
        size--;
    }
    memset(error->detail, 0, sizeof(error->detail));
    if (size > 0) {
        memcpy(error->detail, text.data, size);
    }
}
