#include "auth/auth_file.h"

enum auth_status auth_from_os(enum os_status status)
{
    return status == OS_FULL ? AUTH_FULL : status == OS_EXHAUSTED ? AUTH_NO_MEMORY : AUTH_FAILED;
}

enum auth_status auth_file_failed(struct auth_error *reterr_error, const char *name,
                                  struct file_result result)
{
    *reterr_error = (struct auth_error){
        .file = name,
        .cause = os_status_text(result.status).data,
        .number = result.number,
        .missing = result.status == OS_MISSING,
    };
    return auth_from_os(result.status);
}

enum auth_status auth_file_damaged(struct auth_error *reterr_error, const char *name, uint64_t line,
                                   const char *cause)
{
    *reterr_error = (struct auth_error){.file = name, .line = line, .cause = cause};
    return AUTH_DAMAGED;
}

static enum auth_status no_memory(struct auth_error *reterr_error, const char *name)
{
    *reterr_error = (struct auth_error){.file = name, .cause = "memory is short"};
    return AUTH_NO_MEMORY;
}

static enum auth_status content_read(struct file *file, const char *name, size_t bytes_max,
                                     struct buffer *content, struct auth_error *reterr_error)
{
    uint64_t size = 0;
    size_t got = 0;

    struct file_result result = file_size(file, &size);
    if (result.status != OS_OK) {
        return auth_file_failed(reterr_error, name, result);
    }
    if (size > bytes_max) {
        return auth_file_damaged(reterr_error, name, 0, "the file is larger than it can be");
    }
    char *room = size == 0 ? content->data : buffer_reserve(content, (size_t)size);
    if (size > 0 && room == NULL) {
        return no_memory(reterr_error, name);
    }
    result = size == 0 ? result : file_read(file, 0, room, (size_t)size, &got);
    if (result.status != OS_OK) {
        return auth_file_failed(reterr_error, name, result);
    }
    content->size += got;
    return AUTH_OK;
}

enum auth_status auth_file_read(struct directory *directory, const char *name, size_t bytes_max,
                                struct buffer *content, bool *ret_found,
                                struct auth_error *reterr_error)
{
    struct file *file;
    const struct file_result opened = file_open(directory, name, FILE_READ, &file);

    if (opened.status == OS_MISSING) {
        *ret_found = false;
        return AUTH_OK;
    }
    if (opened.status != OS_OK) {
        return auth_file_failed(reterr_error, name, opened);
    }
    const enum auth_status status = content_read(file, name, bytes_max, content, reterr_error);
    file_close(file);
    *ret_found = status == AUTH_OK;
    return status;
}

/* Writes a new file and makes its content durable, but not yet its name. */
static struct file_result new_file_write(struct directory *directory, const char *name,
                                         struct slice content)
{
    struct file *file;
    struct file_result result = directory_remove(directory, name);

    if (result.status != OS_OK && result.status != OS_MISSING) {
        return result;
    }
    result = file_open(directory, name, FILE_CREATE, &file);
    if (result.status != OS_OK) {
        return result;
    }
    result = file_write(file, 0, content.data, content.size);
    if (result.status == OS_OK) {
        result = file_sync(file);
    }
    file_close(file);
    return result;
}

enum auth_status auth_file_replace(struct directory *directory, const char *name,
                                   const char *temporary, struct slice content,
                                   struct auth_error *reterr_error)
{
    struct file_result result = new_file_write(directory, temporary, content);

    if (result.status == OS_OK) {
        result = directory_rename(directory, temporary, name);
    }
    if (result.status == OS_OK) {
        result = directory_sync(directory);
    }
    return result.status == OS_OK ? AUTH_OK : auth_file_failed(reterr_error, name, result);
}
