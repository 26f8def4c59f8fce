#include "journal/journal_internal.h"

struct status_text {
    struct slice english;
    struct slice chinese;
    int http;
    bool again;
};

static const struct status_text *status_text_of(enum journal_status status)
{
    enum { FINE, AGAIN, STOP };
    static const struct status_text texts[JOURNAL_STATUS_COUNT] = {
#define X(name, http, class, english, chinese)                                                     \
    [JOURNAL_##name] = {                                                                           \
        {english, sizeof(english) - 1}, {chinese, sizeof(chinese) - 1}, http, (class) == AGAIN},
        JOURNAL_STATUS_LIST(X)
#undef X
    };

    (void)FINE;
    (void)STOP;
    check(status < JOURNAL_STATUS_COUNT);
    return &texts[status];
}

struct slice journal_status_text(enum journal_status status, bool chinese)
{
    const struct status_text *text = status_text_of(status);

    return chinese ? text->chinese : text->english;
}

int journal_status_http(enum journal_status status)
{
    return status_text_of(status)->http;
}

bool journal_status_again(enum journal_status status)
{
    return status_text_of(status)->again;
}

enum journal_status journal_error_set(struct journal_error *error, enum journal_status status,
                                      const char *name, uint64_t offset, uint64_t sequence,
                                      const char *cause)
{
    const struct slice file = slice_from_cstr(name);

    check(status != JOURNAL_OK && cause != NULL && file.size < JOURNAL_NAME_SIZE);
    memset(error, 0, sizeof(*error));
    error->status = status;
    if (file.size > 0) {
        memcpy(error->file, file.data, file.size);
    }
    error->offset = offset;
    error->sequence = sequence;
    error->cause = cause;
    return status;
}

enum journal_status journal_error_call(struct journal_error *error, struct file_result result,
                                       enum journal_status otherwise, const char *name,
                                       const char *cause)
{
    enum journal_status status = otherwise;

    check(result.status != OS_OK);
    if (result.status == OS_FULL) {
        status = JOURNAL_FULL;
    } else if (result.status == OS_EXHAUSTED) {
        status = JOURNAL_NO_MEMORY;
    }
    journal_error_set(error, status, name, 0, 0, cause);
    error->number = result.number;
    return status;
}

void journal_error_write(const struct journal_error *error, bool chinese, struct buffer *buffer)
{
    if (error->file[0] != '\0') {
        buffer_append_cstr(buffer, error->file);
        buffer_append_cstr(buffer, chinese ? "，偏移 " : " at ");
        buffer_append_u64(buffer, error->offset);
        buffer_append_cstr(buffer, chinese ? "：" : ": ");
    }
    buffer_append(buffer, journal_status_text(error->status, chinese));
    buffer_append_cstr(buffer, chinese ? "（" : " (");
    if (error->sequence != 0) {
        buffer_append_cstr(buffer, chinese ? "记录 " : "record ");
        buffer_append_u64(buffer, error->sequence);
        buffer_append_cstr(buffer, chinese ? "：" : ": ");
    }
    if (error->pid != 0) {
        buffer_append_cstr(buffer, chinese ? "进程号 " : "process ");
        buffer_append_i64(buffer, error->pid);
        buffer_append_cstr(buffer, chinese ? "：" : ": ");
    }
    buffer_append_cstr(buffer, error->cause);
    if (error->number != 0) {
        buffer_append_cstr(buffer, ": ");
        buffer_append_cstr(buffer, strerrordesc_np(error->number) != NULL
                                       ? strerrordesc_np(error->number)
                                       : "unknown error");
    }
    buffer_append_cstr(buffer, chinese ? "）" : ")");
}
