#include "archive/archive_internal.h"

enum journal_status archive_error_set(struct journal_error *error, enum journal_status status,
                                      const char *file, uint64_t offset, const char *cause)
{
    const struct slice name = slice_from_cstr(file);

    check(status != JOURNAL_OK && name.size < JOURNAL_NAME_SIZE);
    *error = (struct journal_error){.status = status, .offset = offset, .cause = cause};
    if (name.size > 0) {
        memcpy(error->file, name.data, name.size);
    }
    return status;
}

enum journal_status archive_error_call(struct journal_error *error, struct file_result result,
                                       enum journal_status otherwise, const char *file,
                                       const char *cause)
{
    const enum journal_status status = result.status == OS_FULL        ? JOURNAL_FULL
                                       : result.status == OS_EXHAUSTED ? JOURNAL_NO_MEMORY
                                                                       : otherwise;

    (void)archive_error_set(error, status, file, 0, cause);
    error->number = result.number;
    return status;
}
