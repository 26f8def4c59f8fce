/* Entity tags: the version of a resource, so that nobody overwrites what they have not seen. */
#include "api/api_task.h"

static void etag_write(char ret_etag[API_ETAG_MAX], int64_t version)
{
    (void)snprintf(ret_etag, API_ETAG_MAX, "\"%lld\"", (long long)version);
}

void api_task_version(struct api_task *task, int64_t version)
{
    etag_write(task->etag, version);
}

bool api_etag_listed(struct slice list, struct slice etag, bool weak)
{
    struct slice part;

    /* No tag of ours has a comma in it. */
    while (list.data != NULL && slice_split(&list, ',', &part)) {
        part = slice_trim(part);
        if (weak && slice_starts_with(part, SLICE("W/"))) {
            part = slice_of(part.data + 2, part.size - 2);
        }
        if (slice_equal(part, etag) || slice_equal(part, SLICE("*"))) {
            return true;
        }
    }
    return false;
}

bool api_task_matches(struct api_task *task, int64_t version, bool required)
{
    const struct slice list = http_request_header(task->request, SLICE("if-match"));
    char etag[API_ETAG_MAX];

    if (list.data == NULL && required) {
        api_task_refuse(task, 428, "if-match-needed",
                        "say in If-Match which version you change: the ETag that you were shown",
                        "请在 If-Match 中给出所修改的版本（此前收到的 ETag）");
        return false;
    }
    etag_write(etag, version);
    if (list.data != NULL && !api_etag_listed(list, slice_from_cstr(etag), false)) {
        api_task_refuse(task, 412, "version-changed",
                        "it was changed since you were shown it; read it again",
                        "数据已被他人修改，请重新读取");
        return false;
    }
    return true;
}
